/* dml_rules.c: what the platform and the people of the org forbid or change. */
#include "dml.h"
#include "soql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_owner(orgsim *org, const orgsim_row *row, orgsim_problem *problem)
{
    const char *owner = orgsim_field_named(row->object, "OwnerId")
                            ? orgsim_get_text(row, "OwnerId") : NULL;
    if (!owner || memcmp(owner, "005", 3) != 0)
        return 0;
    const orgsim_row *user = orgsim_row_by_id(org, NULL, owner);
    if (user && orgsim_get_bool(user, "IsActive"))
        return 0;
    char lower[64];
    size_t n = 0;
    for (const char *c = row->object->name; *c && n + 1 < sizeof lower; c++)
        lower[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    lower[n] = '\0';
    return orgsim_problem_set(problem, 400, "INACTIVE_OWNER_OR_USER", "OwnerId",
                              "operation performed with inactive user [%s] as owner of %s", owner,
                              lower);
}

static int duplicate_value(const orgsim_row *twin, const char *field, orgsim_problem *problem)
{
    problem->match = NULL;
    return orgsim_problem_set(problem, 400, "DUPLICATE_VALUE", field,
                              "duplicate value found: %s duplicates value on record with id: %.15s",
                              field ? field : "<unknown>", twin->id);
}

static int check_unique(const orgsim_row *row, orgsim_problem *problem)
{
    for (size_t i = 0; i < row->object->field_count; i++) {
        const orgsim_field *field = row->object->fields[i];
        if (!(field->flags & ORGSIM_F_UNIQUE) || !field->index)
            continue;
        orgsim_value value = orgsim_get(row, field);
        if (value.kind != ORGSIM_TEXT)
            continue;
        char *folded = orgsim_fold(value.as.text, strlen(value.as.text));
        const orgsim_rows *same = orgsim_index_find(field->index, folded);
        free(folded);
        for (size_t k = 0; same && k < same->count; k++) {
            bool other = (field->flags & ORGSIM_F_CASE) &&
                         strcmp(orgsim_get(same->items[k], field).as.text, value.as.text) != 0;
            if (!other && same->items[k] != row && !same->items[k]->deleted)
                return duplicate_value(same->items[k], field->name, problem);
        }
    }
    return 0;
}

/* Another live row with the same values in two reference fields. */
static int check_pair(orgsim *org, const orgsim_row *row, const char *one, const char *two,
                      orgsim_problem *problem)
{
    const char *first = orgsim_get_text(row, one), *second = orgsim_get_text(row, two);
    int r = 0;
    if (!first || !second)
        return 0;
    orgsim_rows rows = orgsim_children(org, row->object->name, two, second);
    for (size_t i = 0; i < rows.count && r == 0; i++) {
        const char *other = orgsim_get_text(rows.items[i], one);
        if (rows.items[i] != row && other && strcmp(other, first) == 0)
            r = duplicate_value(rows.items[i], NULL, problem);
    }
    orgsim_rows_clear(&rows);
    return r;
}

int orgsim_check_platform(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                          bool created, orgsim_problem *problem)
{
    (void)created;
    if (!writer->by_hand && check_owner(org, row, problem) != 0)
        return -1;
    if (check_unique(row, problem) != 0)
        return -1;
    if (strcmp(row->object->name, "CampaignMember") == 0 &&
        (check_pair(org, row, "CampaignId", "LeadId", problem) != 0 ||
         check_pair(org, row, "CampaignId", "ContactId", problem) != 0))
        return -1;
    if (strcmp(row->object->name, "CampaignMemberStatus") == 0)
        return check_pair(org, row, "Label", "CampaignId", problem);
    if (strcmp(row->object->name, "ContentDocumentLink") == 0)
        return check_pair(org, row, "LinkedEntityId", "ContentDocumentId", problem);
    return 0;
}

static orgsim_row *twin_in(const orgsim_row *row, const orgsim_object *object, const char *name,
                           const char *text)
{
    orgsim_field *field = orgsim_field_named(object, name);
    const orgsim_rows every = {object->rows, object->row_count, object->row_cap};
    const orgsim_rows *rows = &every;
    if (!field)
        return NULL;
    if (field->index) {
        char *folded = orgsim_fold(text, strlen(text));
        rows = orgsim_index_find(field->index, folded);
        free(folded);
    }
    for (size_t i = 0; rows && i < rows->count; i++) {
        orgsim_row *other = rows->items[i];
        orgsim_value value = orgsim_get(other, field);
        if (other == row || other->deleted || value.kind != ORGSIM_TEXT)
            continue;
        if (strcmp(other->object->name, "Lead") == 0 && orgsim_get_bool(other, "IsConverted"))
            continue;
        if (orgsim_ieq(value.as.text, text))
            return other;
    }
    return NULL;
}

/* "duplicate_rule" "Lead.Email=block": the same object, and with "+Contact" another one too. */
static int check_rule(orgsim *org, const orgsim_writer *writer, const orgsim_row *row,
                      const orgsim_setting *rule, orgsim_problem *problem)
{
    const char *field = strchr(rule->key, '.') + 1;
    const char *text = orgsim_get_text(row, field);
    const char *plus = strchr(rule->value, '+');
    bool alert = strncmp(rule->value, "alert", 5) == 0;
    if (!text || (alert && writer->allow_save))
        return 0;
    orgsim_row *twin = twin_in(row, row->object, field, text);
    if (!twin && plus && orgsim_object_named(org, plus + 1))
        twin = twin_in(row, orgsim_object_named(org, plus + 1), field, text);
    if (!twin)
        return 0;
    orgsim_problem_set(problem, 400, "DUPLICATES_DETECTED", NULL, "Use one of these records?");
    problem->match = twin;
    problem->allow_save = alert;
    return -1;
}

static bool names_object(const orgsim_setting *setting, const char *object)
{
    size_t len = strlen(object);
    return strncmp(setting->key, object, len) == 0 && setting->key[len] == '.';
}

int orgsim_check_duplicates(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                            bool created, orgsim_problem *problem)
{
    (void)created;
    for (size_t i = 0; i < org->setting_count; i++) {
        const orgsim_setting *rule = &org->settings[i];
        if (strcmp(rule->name, "duplicate_rule") == 0 && names_object(rule, row->object->name) &&
            check_rule(org, writer, row, rule, problem) != 0)
            return -1;
    }
    return 0;
}

int orgsim_check_locks(orgsim *org, orgsim_row *row, orgsim_problem *problem)
{
    static const char *const parents[] = {"AccountId", "WhatId", "WhoId", "OpportunityId",
                                          "CampaignId"};
    orgsim_setting *lock = orgsim_setting_find(org, "row_lock", row->id);
    const char *id = row->id;
    for (size_t i = 0; !lock && i < sizeof parents / sizeof *parents; i++) {
        id = orgsim_get_text(row, parents[i]);
        lock = id ? orgsim_setting_find(org, "row_lock", id) : NULL;
    }
    if (!lock || lock->left == 0)
        return 0;
    if (lock->left > 0)
        lock->left--;
    return orgsim_problem_set(problem, 400, "UNABLE_TO_LOCK_ROW", NULL,
                              "unable to obtain exclusive access to this record or 1 records: %s",
                              id);
}

int orgsim_check_validation(orgsim *org, orgsim_row *row, orgsim_problem *problem)
{
    for (size_t i = 0; i < org->setting_count; i++) {
        const orgsim_setting *rule = &org->settings[i];
        if (strcmp(rule->name, "validation") != 0 || !names_object(rule, row->object->name))
            continue;
        if (!orgsim_soql_row_matches(org, row, strchr(rule->key, '.') + 1))
            return orgsim_problem_set(problem, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", NULL,
                                      "%s", rule->value);
    }
    return 0;
}

static char *triggered(const char *action, const char *text)
{
    if (strncmp(action, "const:", 6) == 0)
        return orgsim_copy_text(action + 6);
    if (strncmp(action, "prefix:", 7) == 0) {
        orgsim_buf out = {NULL, 0, 0};
        if (strncmp(text ? text : "", action + 7, strlen(action + 7)) != 0)
            orgsim_buf_puts(&out, action + 7);
        orgsim_buf_puts(&out, text ? text : "");
        return orgsim_buf_take(&out);
    }
    char *out = orgsim_copy_text(text ? text : "");
    bool upper = strcmp(action, "upper") == 0;
    for (char *c = out; *c; c++) {
        if (upper && *c >= 'a' && *c <= 'z')
            *c = (char)(*c - 32);
        else if (!upper && *c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    }
    return out;
}

void orgsim_run_triggers(orgsim *org, orgsim_row *row)
{
    for (size_t i = 0; i < org->setting_count; i++) {
        const orgsim_setting *trigger = &org->settings[i];
        if (strcmp(trigger->name, "trigger") != 0 || !names_object(trigger, row->object->name))
            continue;
        const char *name = strchr(trigger->key, '.') + 1;
        char *text = triggered(trigger->value, orgsim_get_text(row, name));
        orgsim_put_text(row, name, text);
        free(text);
    }
}
