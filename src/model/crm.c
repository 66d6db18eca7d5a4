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
                                 "IsDeleted,AccountId,CampaignId,CreatedDate,LastModifiedDate,"
                                 "SystemModstamp",
                                 {{"AccountId", "company_id", "company"},
                                  {"CampaignId", "campaign_id", "campaign"}},
                                 false, false},
    [CRMI_OBJECT_CAMPAIGN] = {CRMI_OBJECT_CAMPAIGN, "Campaign", "701", "campaign", false, false,
                              NULL, {"Name", NULL},
                              "IsDeleted,CreatedDate,LastModifiedDate,SystemModstamp",
                              {{NULL, NULL, NULL}}, false, false},
    [CRMI_OBJECT_CONTACT_ROLE] = {CRMI_OBJECT_CONTACT_ROLE, "OpportunityContactRole", "00K",
                                  "opportunity_role", false, false, NULL, {NULL},
                                  "IsDeleted,OpportunityId,ContactId,CreatedDate,"
                                  "LastModifiedDate,SystemModstamp",
                                  {{"OpportunityId", "opportunity_id", "opportunity"},
                                   {"ContactId", "person_id", "person"}},
                                  false, false},
    [CRMI_OBJECT_CAMPAIGN_MEMBER] = {CRMI_OBJECT_CAMPAIGN_MEMBER, "CampaignMember", "00v",
                                     "campaign_member", false, false, NULL, {NULL},
                                     "IsDeleted,CampaignId,LeadId,ContactId,CreatedDate,"
                                     "LastModifiedDate,SystemModstamp",
                                     {{"CampaignId", "campaign_id", "campaign"},
                                      {"ContactId", "person_id", "person"},
                                      {"LeadId", "person_id", "person"}},
                                     true, false},
    [CRMI_OBJECT_TASK] = {CRMI_OBJECT_TASK, "Task", "00T", "crm_activity", false, false, NULL,
                          {NULL},
                          "IsDeleted,WhoId,WhatId,AccountId,CreatedDate,LastModifiedDate,"
                          "SystemModstamp",
                          {{"WhoId", "person_id", "person"},
                           {"WhatId", "opportunity_id", "opportunity"},
                           {"AccountId", "company_id", "company"}},
                          true, true},
    [CRMI_OBJECT_EVENT] = {CRMI_OBJECT_EVENT, "Event", "00U", "crm_activity", false, false, NULL,
                           {NULL},
                           "IsDeleted,WhoId,WhatId,AccountId,CreatedDate,LastModifiedDate,"
                           "SystemModstamp",
                           {{"WhoId", "person_id", "person"},
                            {"WhatId", "opportunity_id", "opportunity"},
                            {"AccountId", "company_id", "company"}},
                           true, true},
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
