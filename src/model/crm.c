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

/* TaskSubtype cannot change after the insert (Object Reference, Task), so each kind has its own. */
static const crmi_activity_kind kinds[CRMI_ACTIVITY_LAST] = {
    [CRMI_ACTIVITY_EMAIL] = {"email", "Task", "Email", "Email", true},
    [CRMI_ACTIVITY_CALL] = {"call", "Task", "Call", "Call", true},
    [CRMI_ACTIVITY_MEETING] = {"meeting", "Event", NULL, NULL, true},
    [CRMI_ACTIVITY_NOTE] = {"note", "ContentNote", NULL, NULL, true},
    [CRMI_ACTIVITY_TASK] = {"task", "Task", "Task", NULL, false},
    [CRMI_ACTIVITY_LINKEDIN_MESSAGE] = {"linkedin_message", "Task", "LinkedIn", NULL, true},
    [CRMI_ACTIVITY_LINKEDIN_REQUEST] = {"linkedin_request", "Task", "LinkedIn", NULL, true},
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

const crmi_crm_object *crmi_crm_object_by_id(crmsync_str id)
{
    for (size_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (crmi_str_starts(id, objects[i].prefix))
            return &objects[i];
    }
    return NULL;
}

const crmi_activity_kind *crmi_activity_kind_at(uint32_t number)
{
    return number < CRMI_ACTIVITY_LAST ? &kinds[number] : NULL;
}

const crmi_activity_kind *crmi_activity_kind_named(crmsync_str name, uint32_t *number)
{
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        if (crmi_str_is(name, kinds[i].name)) {
            if (number)
                *number = i;
            return &kinds[i];
        }
    }
    return NULL;
}
