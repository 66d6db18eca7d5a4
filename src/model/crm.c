#include "model/crm.h"

/*
 * Object reference, API 60.0: MasterRecordId exists on Account, Contact and Lead only; User has no
 * IsDeleted, since users are deactivated and never deleted.
 */
static const crmi_crm_object objects[CRMI_OBJECT_LAST] = {
    [CRMI_OBJECT_USER] = {CRMI_OBJECT_USER, "User", "005", "user", false, false, NULL, {NULL},
                          "Name,Email,IsActive,UserType,LastModifiedDate,SystemModstamp"},
    [CRMI_OBJECT_ACCOUNT] = {CRMI_OBJECT_ACCOUNT, "Account", "001", "company", true, true, NULL,
                             {"Name", NULL},
                             "IsDeleted,MasterRecordId,CreatedDate,LastModifiedDate,"
                             "SystemModstamp"},
    [CRMI_OBJECT_CONTACT] = {CRMI_OBJECT_CONTACT, "Contact", "003", "person", true, true,
                             "AccountId", {"LastName", NULL},
                             "IsDeleted,MasterRecordId,AccountId,CreatedDate,LastModifiedDate,"
                             "SystemModstamp"},
    [CRMI_OBJECT_LEAD] = {CRMI_OBJECT_LEAD, "Lead", "00Q", "person", true, true, NULL,
                          {"LastName", "Company", NULL},
                          "IsDeleted,MasterRecordId,IsConverted,ConvertedContactId,"
                          "ConvertedAccountId,CreatedDate,LastModifiedDate,SystemModstamp"},
    [CRMI_OBJECT_OPPORTUNITY] = {CRMI_OBJECT_OPPORTUNITY, "Opportunity", "006", "opportunity",
                                 false, false, "AccountId",
                                 {"Name", "StageName", "CloseDate", NULL},
                                 "IsDeleted,AccountId,CreatedDate,LastModifiedDate,"
                                 "SystemModstamp"},
};

const crmi_crm_object *crmi_crm_object_at(uint32_t number)
{
    return number < CRMI_OBJECT_LAST ? &objects[number] : NULL;
}

const crmi_crm_object *crmi_crm_object_named(crmsync_str name)
{
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (crmi_str_is(name, objects[i].name))
            return &objects[i];
    }
    return NULL;
}

crmsync_str crmi_crm_object_word(crmsync_str name)
{
    const crmi_crm_object *known = crmi_crm_object_named(name);
    return known ? crmi_str(known->name) : name;
}

const crmi_crm_object *crmi_crm_object_by_id(crmsync_str id)
{
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (crmi_str_starts(id, objects[i].prefix))
            return &objects[i];
    }
    return NULL;
}
