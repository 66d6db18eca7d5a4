/* schema_activity.c: tasks, events and notes. */
#include "schema_macros.h"

#define WHAT "Account,Opportunity,Campaign:What"
#define WHO "Contact,Lead:Who"
#define SUBJECTS "Call|Email|Send Letter|Send Quote|Other"

static const orgsim_field_row task[] = {
    REFERENCE("WhoId", CREATE_UPDATE | INDEXED, WHO),
    REFERENCE("WhatId", CREATE_UPDATE | INDEXED, WHAT),
    {"Subject", ORGSIM_T_COMBOBOX, 255, 0, CREATE_UPDATE, SUBJECTS},
    DATE("ActivityDate", CREATE_UPDATE),
    PICKLIST("Status", DEFAULTED,
             "*Not Started|In Progress|Completed|Waiting on someone else|Deferred"),
    PICKLIST("Priority", DEFAULTED, "High|*Normal|Low"),
    BOOLEAN("IsHighPriority", ORGSIM_F_DEFAULTED),
    OWNER("User,Group"),
    TEXTAREA("Description", 32000, CREATE_UPDATE),
    PICKLIST("Type", CREATE_UPDATE, "Call|Email|Meeting|Other"),
    BOOLEAN("IsClosed", ORGSIM_F_DEFAULTED),
    REFERENCE("AccountId", READ_ONLY | INDEXED, "Account:Account"),
    BOOLEAN("IsArchived", ORGSIM_F_DEFAULTED),
    INTEGER("CallDurationInSeconds", CREATE_UPDATE),
    PICKLIST("CallType", CREATE_UPDATE | ORGSIM_F_RESTRICTED, "Internal|Inbound|Outbound"),
    STRING("CallDisposition", 255, CREATE_UPDATE),
    STRING("CallObject", 255, CREATE_UPDATE),
    DATETIME("ReminderDateTime", CREATE_UPDATE),
    BOOLEAN("IsReminderSet", DEFAULTED),
    BOOLEAN("IsRecurrence", ORGSIM_F_CREATE | ORGSIM_F_DEFAULTED),
    PICKLIST("TaskSubtype", CREATE_ONLY | ORGSIM_F_DEFAULTED | ORGSIM_F_RESTRICTED,
             "*Task|Email|List Email|Cadence|Call|LinkedIn"),
    DATETIME("CompletedDateTime", READ_ONLY),
};

static const orgsim_field_row task_status[] = {
    STRING("MasterLabel", 255, REQUIRED | ORGSIM_F_NAME),
    STRING("ApiName", 255, REQUIRED),
    INTEGER("SortOrder", DEFAULTED),
    BOOLEAN("IsDefault", DEFAULTED),
    BOOLEAN("IsClosed", DEFAULTED),
};

static const orgsim_field_row event[] = {
    REFERENCE("WhoId", CREATE_UPDATE | INDEXED, WHO),
    REFERENCE("WhatId", CREATE_UPDATE | INDEXED, WHAT),
    {"Subject", ORGSIM_T_COMBOBOX, 255, 0, CREATE_UPDATE, SUBJECTS},
    STRING("Location", 255, CREATE_UPDATE),
    BOOLEAN("IsAllDayEvent", DEFAULTED),
    DATETIME("ActivityDateTime", CREATE_UPDATE),
    DATE("ActivityDate", CREATE_UPDATE),
    INTEGER("DurationInMinutes", CREATE_UPDATE),
    DATETIME("StartDateTime", CREATE_UPDATE),
    DATETIME("EndDateTime", CREATE_UPDATE),
    DATE("EndDate", READ_ONLY),
    TEXTAREA("Description", 32000, CREATE_UPDATE),
    REFERENCE("AccountId", READ_ONLY | INDEXED, "Account:Account"),
    OWNER("User"),
    PICKLIST("Type", CREATE_UPDATE, "Call|Email|Meeting|Other"),
    BOOLEAN("IsPrivate", DEFAULTED),
    PICKLIST("ShowAs", DEFAULTED, "*Busy|OutOfOffice|Free"),
    BOOLEAN("IsChild", ORGSIM_F_DEFAULTED),
    BOOLEAN("IsGroupEvent", ORGSIM_F_DEFAULTED),
    BOOLEAN("IsArchived", ORGSIM_F_DEFAULTED),
    PICKLIST("EventSubtype", CREATE_ONLY | ORGSIM_F_DEFAULTED | ORGSIM_F_RESTRICTED, "*Event"),
};

static const orgsim_field_row content_note[] = {
    STRING("Title", 255, REQUIRED | ORGSIM_F_NAME | INDEXED),
    {"Content", ORGSIM_T_BASE64, 52428800, 0, CREATE_UPDATE | ORGSIM_F_NOFILTER, NULL},
    STRING("TextPreview", 255, READ_ONLY),
    INTEGER("ContentSize", READ_ONLY),
    STRING("FileType", 20, READ_ONLY),
    STRING("FileExtension", 40, READ_ONLY),
    OWNER("User"),
};

static const orgsim_field_row content_document[] = {
    STRING("Title", 255, ORGSIM_F_UPDATE | ORGSIM_F_NAME | INDEXED),
    INTEGER("ContentSize", READ_ONLY),
    STRING("FileType", 20, READ_ONLY),
    STRING("FileExtension", 40, READ_ONLY),
    BOOLEAN("IsArchived", ORGSIM_F_DEFAULTED),
    REFERENCE("OwnerId", ORGSIM_F_UPDATE | ORGSIM_F_DEFAULTED, "User:Owner"),
};

static const orgsim_field_row content_document_link[] = {
    REFERENCE("ContentDocumentId", REQUIRED_ONCE | INDEXED, "ContentDocument:ContentDocument"),
    REFERENCE("LinkedEntityId", REQUIRED_ONCE | INDEXED,
              "Account,Contact,Lead,Opportunity,Campaign,Task,Event,User:LinkedEntity"),
    PICKLIST("ShareType", CREATE_UPDATE | ORGSIM_F_RESTRICTED, "*V|C|I"),
    PICKLIST("Visibility", CREATE_UPDATE | ORGSIM_F_DEFAULTED | ORGSIM_F_RESTRICTED,
             "*AllUsers|InternalUsers|SharedUsers"),
};

const orgsim_object_row orgsim_activity_objects[] = {
    {"Task", "Task", "Tasks", "00T", ORGSIM_O_EDIT, FIELDS(task)},
    {"TaskStatus", "Task Status Value", "Task Status Value", "01J",
     ORGSIM_O_NO_DELETED | ORGSIM_O_REPLICATED, FIELDS(task_status)},
    {"Event", "Event", "Events", "00U", ORGSIM_O_EDIT, FIELDS(event)},
    {"ContentDocument", "Content Document", "Content Documents", "069",
     ORGSIM_O_DELETABLE | ORGSIM_O_UPDATEABLE | ORGSIM_O_REPLICATED, FIELDS(content_document)},
    {"ContentNote", "Note", "Notes", "069", ORGSIM_O_EDIT, FIELDS(content_note)},
    {"ContentDocumentLink", "Content Document Link", "Content Document Link", "06A",
     ORGSIM_O_EDIT | ORGSIM_O_HARD | ORGSIM_O_NO_CREATED, FIELDS(content_document_link)},
};
const size_t orgsim_activity_object_count =
    sizeof orgsim_activity_objects / sizeof *orgsim_activity_objects;
