/* test_salesforce_writes.h: records that are written by each of the tests of writes. */
#ifndef TEST_SALESFORCE_WRITES_H
#define TEST_SALESFORCE_WRITES_H

#include "test_salesforce.h"

#include "salesforce/sobject.h"

#define V CRMI_STR("68.0")
#define TEXT(s)                                                                                    \
    {                                                                                              \
        CRMSYNC_STR_LIT(s), 0, CRMSYNC_CELL_TEXT, 0                                                \
    }
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const crmi_write_field person_fields[] = {
    {CRMSYNC_STR_LIT("LastName"), TEXT("Doe")},
    {CRMSYNC_STR_LIT("Email"), {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}},
    {CRMSYNC_STR_LIT("Title"), {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}},
    {CRMSYNC_STR_LIT("Account.ExtKey__c"), TEXT("A-17")},
    {CRMSYNC_STR_LIT("Lead:Who.Ext__c"), TEXT("7")},
};
static const crmi_write person = {CRMSYNC_STR_LIT("Contact"), CRMSYNC_STR_LIT("003RO0000035WQgYAM"),
                                  person_fields, COUNT(person_fields)};
static const char person_json[] = "{\"LastName\":\"Doe\",\"Email\":null,\"Account\":{\"ExtKey__c\":"
                                  "\"A-17\"},\"Who\":{\"attributes\":{\"type\":\"Lead\"},"
                                  "\"Ext__c\":\"7\"}}";

static const crmi_write_field account_fields[] = {{CRMSYNC_STR_LIT("Name"), TEXT("Acme")}};
static const crmi_write_field child_fields[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("Doe")},
                                                {CRMSYNC_STR_LIT("AccountId"), TEXT("stale")}};
static const crmi_write account = {
    CRMSYNC_STR_LIT("Account"), {NULL, 0}, account_fields, COUNT(account_fields)};
static const crmi_write child = {
    CRMSYNC_STR_LIT("Contact"), {NULL, 0}, child_fields, COUNT(child_fields)};

#endif
