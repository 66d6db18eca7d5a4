/* dml_derive.c: what the platform fills in by itself. */
#include "dml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void orgsim_stamp(orgsim *org, const orgsim_writer *writer, orgsim_row *row, bool created)
{
    int64_t second = org->now_ms - org->now_ms % 1000;
    const orgsim_setting *lag = orgsim_setting_find(org, "stamp_lag", NULL);
    if (lag && writer->by_hand)
        second -= strtoll(lag->value, NULL, 10) / 1000 * 1000;
    if (created) {
        row->created = second;
        row->creator = writer->user;
    }
    row->modified = row->stamp = second;
    row->modifier = writer->user;
}

static void derive_person_name(orgsim_row *row)
{
    const char *first = orgsim_get_text(row, "FirstName");
    const char *last = orgsim_get_text(row, "LastName");
    char name[512];
    snprintf(name, sizeof name, "%s%s%s", first ? first : "", first && last ? " " : "",
             last ? last : "");
    orgsim_put_text(row, "Name", name);
}

static int derive_person(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                         const orgsim_row *before, orgsim_problem *problem)
{
    (void)org, (void)writer, (void)before, (void)problem;
    derive_person_name(row);
    if (strcmp(row->object->name, "Contact") == 0)
        orgsim_put_bool(row, "IsEmailBounced", orgsim_get_text(row, "EmailBouncedReason") != NULL);
    return 0;
}

/* A row of a status object by its label; NULL when unknown. */
static orgsim_row *status_row(const orgsim *org, const char *object, const char *label)
{
    const orgsim_object *statuses = orgsim_object_named(org, object);
    for (size_t i = 0; label && i < statuses->row_count; i++) {
        if (orgsim_ieq(orgsim_get_text(statuses->rows[i], "MasterLabel"), label))
            return statuses->rows[i];
    }
    return NULL;
}

static void derive_account_of_activity(orgsim *org, orgsim_row *row)
{
    const char *what = orgsim_get_text(row, "WhatId");
    const char *who = orgsim_get_text(row, "WhoId");
    const orgsim_row *target = orgsim_row_by_id(org, NULL, what ? what : who ? who : "000");
    const char *account = NULL;
    if (target && strcmp(target->object->name, "Account") == 0)
        account = target->id;
    else if (target && orgsim_field_named(target->object, "AccountId"))
        account = orgsim_get_text(target, "AccountId");
    orgsim_put_text(row, "AccountId", account);
}

static int check_who_and_what(orgsim *org, orgsim_row *row, orgsim_problem *problem)
{
    const char *who = orgsim_get_text(row, "WhoId");
    if (!who || memcmp(who, "00Q", 3) != 0)
        return 0;
    if (orgsim_get_text(row, "WhatId"))
        return orgsim_problem_set(problem, 400, "FIELD_INTEGRITY_EXCEPTION", "WhatId",
                                  "Related To ID: cannot be set when Name ID is a lead");
    const orgsim_row *lead = orgsim_row_by_id(org, NULL, who);
    if (lead && orgsim_get_bool(lead, "IsConverted"))
        return orgsim_problem_set(problem, 400, "CANNOT_UPDATE_CONVERTED_LEAD", "WhoId",
                                  "cannot reference converted lead");
    return 0;
}

static int derive_task(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                       const orgsim_row *before, orgsim_problem *problem)
{
    if (!writer->by_hand && check_who_and_what(org, row, problem) != 0)
        return -1;
    derive_account_of_activity(org, row);
    const orgsim_row *status = status_row(org, "TaskStatus", orgsim_get_text(row, "Status"));
    bool closed = status && orgsim_get_bool(status, "IsClosed");
    bool was_closed = before && orgsim_get_bool(before, "IsClosed");
    orgsim_put_bool(row, "IsClosed", closed);
    orgsim_put_bool(row, "IsHighPriority", orgsim_ieq(orgsim_get_text(row, "Priority"), "High"));
    if (closed != was_closed) {
        orgsim_value when = {closed ? ORGSIM_INSTANT : ORGSIM_NULL, {NULL}};
        if (closed)
            when.as.when = row->modified;
        orgsim_put(row, orgsim_field_named(row->object, "CompletedDateTime"), when);
    }
    return 0;
}

static orgsim_value value_named(const orgsim_row *row, const char *name)
{
    return orgsim_get(row, orgsim_field_named(row->object, name));
}

static void put_instant(orgsim_row *row, const char *name, int64_t ms)
{
    orgsim_value value = {ORGSIM_INSTANT, {NULL}};
    value.as.when = ms;
    orgsim_put(row, orgsim_field_named(row->object, name), value);
}

static bool changed(const orgsim_row *row, const orgsim_row *before, const char *name)
{
    if (!before)
        return value_named(row, name).kind != ORGSIM_NULL;
    orgsim_value a = value_named(row, name), b = value_named(before, name);
    if (a.kind != b.kind)
        return true;
    return a.kind == ORGSIM_NUMBER ? a.as.number != b.as.number : a.as.when != b.as.when;
}

static int derive_event(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                        const orgsim_row *before, orgsim_problem *problem)
{
    if (!writer->by_hand && check_who_and_what(org, row, problem) != 0)
        return -1;
    derive_account_of_activity(org, row);
    if (changed(row, before, "ActivityDateTime") && !changed(row, before, "StartDateTime"))
        put_instant(row, "StartDateTime", value_named(row, "ActivityDateTime").as.when);
    orgsim_value start = value_named(row, "StartDateTime");
    orgsim_value day = value_named(row, "ActivityDate");
    if (start.kind == ORGSIM_NULL && orgsim_get_bool(row, "IsAllDayEvent") &&
        day.kind != ORGSIM_NULL) {
        put_instant(row, "StartDateTime", day.as.when * 86400000);
        start = value_named(row, "StartDateTime");
    }
    if (start.kind == ORGSIM_NULL)
        return orgsim_problem_set(problem, 400, "REQUIRED_FIELD_MISSING", "StartDateTime",
                                  "Required fields are missing: [StartDateTime]");
    bool end_given = changed(row, before, "EndDateTime");
    bool minutes_given = changed(row, before, "DurationInMinutes");
    orgsim_value end = value_named(row, "EndDateTime");
    orgsim_value minutes = value_named(row, "DurationInMinutes");
    if (end_given && end.kind != ORGSIM_NULL) {
        double length = (double)(end.as.when - start.as.when) / 60000;
        if (length < 0 || (minutes_given && minutes.as.number != length))
            return orgsim_problem_set(problem, 400, "FIELD_INTEGRITY_EXCEPTION",
                                      "DurationInMinutes",
                                      "Event duration must agree with its start and end");
        orgsim_put_number(row, "DurationInMinutes", length);
    } else if (minutes.kind != ORGSIM_NULL) {
        put_instant(row, "EndDateTime", start.as.when + (int64_t)minutes.as.number * 60000);
    } else if (!orgsim_get_bool(row, "IsAllDayEvent")) {
        return orgsim_problem_set(problem, 400, "REQUIRED_FIELD_MISSING", "DurationInMinutes",
                                  "Required fields are missing: [DurationInMinutes]");
    }
    put_instant(row, "ActivityDateTime", start.as.when);
    orgsim_put_day(row, "ActivityDate", start.as.when / 86400000);
    end = value_named(row, "EndDateTime");
    if (end.kind != ORGSIM_NULL)
        orgsim_put_day(row, "EndDate", end.as.when / 86400000);
    return 0;
}

static int derive_opportunity(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                              const orgsim_row *before, orgsim_problem *problem)
{
    (void)writer, (void)problem;
    const char *name = orgsim_get_text(row, "StageName");
    const char *old = before ? orgsim_get_text(before, "StageName") : NULL;
    const orgsim_row *stage = status_row(org, "OpportunityStage", name);
    orgsim_put_bool(row, "IsClosed", stage && orgsim_get_bool(stage, "IsClosed"));
    orgsim_put_bool(row, "IsWon", stage && orgsim_get_bool(stage, "IsWon"));
    orgsim_put_text(row, "ForecastCategory",
                    stage ? orgsim_get_text(stage, "ForecastCategory") : "Pipeline");
    bool moved = name && !orgsim_ieq(name, old);
    if (moved && before)
        put_instant(row, "LastStageChangeDate", row->modified);
    if (stage && moved && !changed(row, before, "Probability"))
        orgsim_put_number(row, "Probability",
                          value_named(stage, "DefaultProbability").as.number);
    orgsim_value amount = value_named(row, "Amount");
    orgsim_value chance = value_named(row, "Probability");
    if (amount.kind == ORGSIM_NUMBER && chance.kind == ORGSIM_NUMBER)
        orgsim_put_number(row, "ExpectedRevenue", amount.as.number * chance.as.number / 100);
    return 0;
}

static int member_status(orgsim *org, orgsim_row *row, orgsim_problem *problem)
{
    const char *campaign = orgsim_get_text(row, "CampaignId");
    const char *wanted = orgsim_get_text(row, "Status");
    orgsim_rows labels =
        orgsim_children(org, "CampaignMemberStatus", "CampaignId", campaign ? campaign : "000");
    orgsim_row *found = NULL, *fallback = NULL;
    for (size_t i = 0; i < labels.count; i++) {
        orgsim_row *label = labels.items[i];
        if (orgsim_ieq(orgsim_get_text(label, "Label"), wanted))
            found = label;
        if (orgsim_get_bool(label, "IsDefault"))
            fallback = label;
    }
    orgsim_rows_clear(&labels);
    const orgsim_setting *mode = orgsim_setting_find(org, "unknown_member_status", NULL);
    if (!found && wanted && mode && strcmp(mode->value, "reject") == 0)
        return orgsim_problem_set(problem, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                                  "Status", "Status: bad value for restricted picklist field: %s",
                                  wanted);
    found = found ? found : fallback; /* an unknown label silently becomes the default one */
    orgsim_put_text(row, "Status", found ? orgsim_get_text(found, "Label") : NULL);
    bool responded = found && orgsim_get_bool(found, "HasResponded");
    orgsim_put_bool(row, "HasResponded", responded);
    if (responded && value_named(row, "FirstRespondedDate").kind == ORGSIM_NULL)
        orgsim_put_day(row, "FirstRespondedDate", row->modified / 86400000);
    return 0;
}

static int derive_member(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                         const orgsim_row *before, orgsim_problem *problem)
{
    (void)writer;
    static const char *const mirrored[] = {"Name", "FirstName", "LastName", "Email"};
    const char *lead = orgsim_get_text(row, "LeadId");
    const char *contact = orgsim_get_text(row, "ContactId");
    if (!before && !lead == !contact)
        return orgsim_problem_set(problem, 400, "FIELD_INTEGRITY_EXCEPTION", "ContactId",
                                  "Attempting to add or update a campaign member without exactly "
                                  "one of LeadId and ContactId");
    const orgsim_row *person = orgsim_row_by_id(org, NULL, contact ? contact : lead);
    if (!before && !contact && person && orgsim_get_bool(person, "IsConverted"))
        return orgsim_problem_set(problem, 400, "CANNOT_UPDATE_CONVERTED_LEAD", "LeadId",
                                  "cannot reference converted lead");
    for (size_t i = 0; person && i < sizeof mirrored / sizeof *mirrored; i++)
        orgsim_put_text(row, mirrored[i], orgsim_get_text(person, mirrored[i]));
    orgsim_put_text(row, "Type", contact ? "Contact" : "Lead");
    orgsim_put_text(row, "LeadOrContactId", contact ? contact : lead);
    if (person) {
        orgsim_put_text(row, "LeadOrContactOwnerId", orgsim_get_text(person, "OwnerId"));
        const char *account = contact ? orgsim_get_text(person, "AccountId") : NULL;
        const orgsim_row *company = account ? orgsim_row_by_id(org, NULL, account) : NULL;
        orgsim_put_text(row, "CompanyOrAccount",
                        contact ? (company ? orgsim_get_text(company, "Name") : NULL)
                                : orgsim_get_text(person, "Company"));
    }
    return member_status(org, row, problem);
}

/* The first 255 characters of the note as plain text. */
static void preview(const unsigned char *html, size_t len, char out[256])
{
    size_t n = 0;
    bool tag = false;
    for (size_t i = 0; i < len && n < 255; i++) {
        if (html[i] == '<')
            tag = true;
        else if (html[i] == '>')
            tag = false;
        else if (!tag)
            out[n++] = (char)html[i];
    }
    bool cut = n == 255;
    while (cut && n && ((unsigned char)out[n - 1] & 0x80u)) /* do not end inside a character */
        n--;
    out[n] = '\0';
}

static int derive_note(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                       const orgsim_row *before, orgsim_problem *problem)
{
    (void)org, (void)writer, (void)before;
    const char *content = orgsim_get_text(row, "Content");
    size_t size = 0;
    char text[256] = "";
    if (content) {
        unsigned char *bytes = orgsim_base64_decode(content, strlen(content), &size);
        if (!bytes)
            return orgsim_problem_set(problem, 400, "JSON_PARSER_ERROR", NULL,
                                      "Cannot deserialize instance of base64 from VALUE_STRING");
        preview(bytes, size, text);
        free(bytes);
    }
    orgsim_put_number(row, "ContentSize", (double)size);
    orgsim_put_text(row, "TextPreview", text);
    orgsim_put_text(row, "FileType", "SNOTE");
    orgsim_put_text(row, "FileExtension", "snote");
    return 0;
}

static int derive_role(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                       const orgsim_row *before, orgsim_problem *problem)
{
    (void)writer, (void)before, (void)problem;
    const char *opportunity = orgsim_get_text(row, "OpportunityId");
    if (!orgsim_get_bool(row, "IsPrimary") || !opportunity)
        return 0;
    orgsim_rows roles =
        orgsim_children(org, "OpportunityContactRole", "OpportunityId", opportunity);
    for (size_t i = 0; i < roles.count; i++) {
        if (roles.items[i] == row || !orgsim_get_bool(roles.items[i], "IsPrimary"))
            continue;
        orgsim_remember(org, roles.items[i]);
        orgsim_put_bool(roles.items[i], "IsPrimary", false);
    }
    orgsim_rows_clear(&roles);
    return 0;
}

static const struct derivation {
    const char *object;
    int (*derive)(orgsim *, const orgsim_writer *, orgsim_row *, const orgsim_row *,
                  orgsim_problem *);
} derivations[] = {
    {"Contact", derive_person},         {"Lead", derive_person},
    {"User", derive_person},            {"Task", derive_task},
    {"Event", derive_event},            {"Opportunity", derive_opportunity},
    {"CampaignMember", derive_member},  {"ContentNote", derive_note},
    {"OpportunityContactRole", derive_role},
};

int orgsim_derive(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                  const orgsim_row *before, orgsim_problem *problem)
{
    for (size_t i = 0; i < sizeof derivations / sizeof *derivations; i++) {
        if (strcmp(row->object->name, derivations[i].object) == 0)
            return derivations[i].derive(org, writer, row, before, problem);
    }
    return 0;
}

static orgsim_row *companion(orgsim *org, const orgsim_writer *writer, const char *object,
                             const char *id)
{
    orgsim_row *row = orgsim_row_new(org, orgsim_object_named(org, object), id);
    orgsim_remember(org, row);
    orgsim_stamp(org, writer, row, true);
    return row;
}

static void make_member_status(orgsim *org, const orgsim_writer *writer, const orgsim_row *campaign,
                               const char *label, int order)
{
    orgsim_row *row = companion(org, writer, "CampaignMemberStatus", NULL);
    orgsim_put_text(row, "CampaignId", campaign->id);
    orgsim_put_text(row, "Label", label);
    orgsim_put_number(row, "SortOrder", order);
    orgsim_put_bool(row, "IsDefault", order == 1);
    orgsim_put_bool(row, "HasResponded", order == 2);
}

static void make_document(orgsim *org, const orgsim_writer *writer, const orgsim_row *note)
{
    orgsim_row *document = companion(org, writer, "ContentDocument", note->id);
    orgsim_put_text(document, "Title", orgsim_get_text(note, "Title"));
    orgsim_put_text(document, "FileType", "SNOTE");
    orgsim_put_text(document, "FileExtension", "snote");
    orgsim_put_text(document, "OwnerId", orgsim_get_text(note, "OwnerId"));
    orgsim_row *link = companion(org, writer, "ContentDocumentLink", NULL);
    orgsim_put_text(link, "ContentDocumentId", note->id);
    orgsim_put_text(link, "LinkedEntityId", orgsim_get_text(note, "OwnerId"));
    orgsim_put_text(link, "ShareType", "I");
    orgsim_put_text(link, "Visibility", "AllUsers");
}

void orgsim_create_companions(orgsim *org, const orgsim_writer *writer, orgsim_row *row)
{
    const char *contact = strcmp(row->object->name, "Opportunity") == 0
                              ? orgsim_get_text(row, "ContactId") : NULL;
    if (strcmp(row->object->name, "Campaign") == 0) {
        make_member_status(org, writer, row, "Sent", 1);
        make_member_status(org, writer, row, "Responded", 2);
    } else if (strcmp(row->object->name, "ContentNote") == 0) {
        make_document(org, writer, row);
    } else if (contact) {
        orgsim_row *role = companion(org, writer, "OpportunityContactRole", NULL);
        orgsim_put_text(role, "OpportunityId", row->id);
        orgsim_put_text(role, "ContactId", contact);
        orgsim_put_bool(role, "IsPrimary", true);
    }
}
