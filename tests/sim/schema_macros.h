/* schema_macros.h: shorthand of the schema tables. */
#ifndef ORGSIM_SCHEMA_MACROS_H
#define ORGSIM_SCHEMA_MACROS_H

#include "schema.h"

#define CREATE_UPDATE (ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_NILLABLE)
#define CREATE_ONLY (ORGSIM_F_CREATE | ORGSIM_F_NILLABLE)
#define REQUIRED (ORGSIM_F_CREATE | ORGSIM_F_UPDATE)
#define REQUIRED_ONCE ORGSIM_F_CREATE
#define DEFAULTED (ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_DEFAULTED)
#define READ_ONLY ORGSIM_F_NILLABLE
#define INDEXED ORGSIM_F_INDEXED

#define STRING(name, length, flags) {name, ORGSIM_T_STRING, length, 0, flags, NULL}
#define TEXTAREA(name, length, flags) \
    {name, ORGSIM_T_TEXTAREA, length, 0, (flags) | ((length) > 255 ? ORGSIM_F_NOFILTER : 0), NULL}
#define PHONE(name) {name, ORGSIM_T_PHONE, 40, 0, CREATE_UPDATE, NULL}
#define EMAIL(name, flags) {name, ORGSIM_T_EMAIL, 80, 0, flags, NULL}
#define URL(name, flags) {name, ORGSIM_T_URL, 255, 0, flags, NULL}
#define PICKLIST(name, flags, values) {name, ORGSIM_T_PICKLIST, 255, 0, flags, values}
#define BOOLEAN(name, flags) {name, ORGSIM_T_BOOLEAN, 0, 0, (flags) & ~ORGSIM_F_NILLABLE, NULL}
#define INTEGER(name, flags) {name, ORGSIM_T_INT, 8, 0, flags, NULL}
#define DOUBLE(name, digits, scale, flags) {name, ORGSIM_T_DOUBLE, digits, scale, flags, NULL}
#define CURRENCY(name, scale, flags) {name, ORGSIM_T_CURRENCY, 18, scale, flags, NULL}
#define PERCENT(name, flags) {name, ORGSIM_T_PERCENT, 3, 0, flags, NULL}
#define DATE(name, flags) {name, ORGSIM_T_DATE, 0, 0, flags, NULL}
#define DATETIME(name, flags) {name, ORGSIM_T_DATETIME, 0, 0, flags, NULL}
#define REFERENCE(name, flags, to) {name, ORGSIM_T_REFERENCE, 18, 0, flags, to}
#define OWNER(to) REFERENCE("OwnerId", DEFAULTED, to ":Owner")
#define ADDRESS(prefix) \
    {prefix "Street", ORGSIM_T_TEXTAREA, 255, 0, CREATE_UPDATE, NULL}, \
    STRING(prefix "City", 40, CREATE_UPDATE), STRING(prefix "State", 80, CREATE_UPDATE), \
    STRING(prefix "PostalCode", 20, CREATE_UPDATE), STRING(prefix "Country", 80, CREATE_UPDATE), \
    DOUBLE(prefix "Latitude", 3, 15, CREATE_UPDATE), \
    DOUBLE(prefix "Longitude", 3, 15, CREATE_UPDATE), \
    {prefix "Address", ORGSIM_T_ADDRESS, 0, 0, READ_ONLY, prefix}

#define SOURCES "Web|Phone Inquiry|Partner Referral|Purchased List|Other"
#define INDUSTRIES "Agriculture|Banking|Biotechnology|Consulting|Education|Energy|Finance|" \
    "Healthcare|Insurance|Manufacturing|Media|Retail|Technology|Telecommunications|Other"
#define RATINGS "Hot|Warm|Cold"
#define SALUTATIONS "Mr.|Ms.|Mrs.|Dr.|Prof."

#define FIELDS(table) table, sizeof(table) / sizeof(*(table))

#endif
