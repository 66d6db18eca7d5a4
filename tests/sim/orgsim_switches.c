/*
 * orgsim_switches.c: everything about the org that a test can make worse.
 *
 *   name                   value                          what the org does then
 *   field_hidden           Contact.Title                  the API user has no access to the field
 *   object_hidden          Lead                           nor to the object
 *   rows_hidden            Contact:half (all, 25)         nor, by sharing, to this share of rows
 *   trigger                Account.Industry=upper         changes the text on every save: upper,
 *                                                         lower, const:TEXT, prefix:TEXT
 *   duplicate_rule         Lead.Email=block (alert)       DUPLICATES_DETECTED; block+Contact looks
 *                                                         at contacts too
 *   validation             Lead.Phone!=null:Text          a SOQL condition every saved row fulfils
 *   row_lock               001... (001...:3)              UNABLE_TO_LOCK_ROW, always or 3 times
 *   api_used               99990                          calls counted so far
 *   session_expire         ""                             all access tokens die
 *   refresh_revoke         ""                             all refresh tokens die
 *   token_error            invalid_grant:inactive user    what the token endpoint answers
 *   unknown_member_status  default (reject)               a status the campaign does not have
 *   external_id            Account.Ext__c                 a unique external-id text field
 *   field_add              Contact.Status__c:picklist:New|Working
 *                                                         also string, email, double, date, ...;
 *                                                         type! makes a picklist restricted
 *   field_drop             Contact.Status__c              the custom field is deleted
 *   not_filterable         Lead.Email                     as with encrypted fields
 *   user_inactive          ada@example.com                deactivates a user
 *   organization           IsSandbox=true                 a field of the Organization row
 *   locator_expire         ""                             all query locators so far are void
 *   locator_short          on                             no query locator outlives its first page
 *   short_pages            on                             pages of 1 to the page size
 *   stamp_lag              540000                         changes by hand carry stamps this many
 *                                                         milliseconds old: a late commit
 *   textarea_crlf          on                             line ends come back as CRLF
 *   no_idempotency         on                             the UI API takes no Idempotency-Key
 *   duplicate_spelling     on                             "duplicateResut", as some versions say
 *   query_timeout          Website LIKE                   queries with that text end QUERY_TIMEOUT
 *   fail                   POST /composite=UNABLE_TO_LOCK_ROW (:3)
 *                                                         requests whose "METHOD target" contains
 *                                                         the text are refused with that code
 *   purge_log              600000                         getDeleted reaches back this far only
 *   list_view              Contact.Acme=LastName LIKE 'A%'
 *                                                         a list view of that WHERE text; "none":
 *                                                         one that is no SOQL, of all rows
 *   report                 People=SELECT Id FROM Contact  a tabular report of what it selects; one
 *                                                         named Summary... is not tabular
 *   report_rows            3                              rows of a report at most (2000)
 *   bulk_delay             60000                          a bulk job takes twice this long (200)
 *   bulk_fail              3                              a bulk job fails after this many rows
 *   bulk_page              2                              rows of a bulk result page at most
 *
 * "off" as value takes back all of that name; "KEY=off" only that one.
 */
#include "org.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

orgsim_setting *orgsim_setting_find(const orgsim *org, const char *name, const char *key)
{
    for (size_t i = 0; i < org->setting_count; i++) {
        orgsim_setting *setting = &org->settings[i];
        if (strcmp(setting->name, name) == 0 && (!key || orgsim_ieq(setting->key, key)))
            return setting;
    }
    return NULL;
}

bool orgsim_row_shared(const orgsim_row *row)
{
    if (row->object->hidden)
        return false;
    if (!row->object->hide_percent)
        return true;
    unsigned spread = 0;
    for (int i = 0; i < 15; i++)
        spread = spread * 31 + (unsigned char)row->id[i];
    return (int)(spread % 100) >= row->object->hide_percent;
}

static orgsim_setting *keep(orgsim *org, const char *name, const char *key, const char *value)
{
    orgsim_setting *setting = orgsim_setting_find(org, name, key);
    if (!setting) {
        ORGSIM_ROOM(org->settings, org->setting_count, org->setting_cap);
        setting = &org->settings[org->setting_count++];
        memset(setting, 0, sizeof *setting);
        setting->name = orgsim_copy_text(name);
        setting->key = orgsim_copy_text(key);
    }
    free(setting->value);
    setting->value = orgsim_copy_text(value);
    setting->left = -1;
    return setting;
}

static void forget(orgsim *org, const char *name, const char *key)
{
    for (size_t i = org->setting_count; i-- > 0;) {
        orgsim_setting *setting = &org->settings[i];
        if (strcmp(setting->name, name) != 0 || (key && !orgsim_ieq(setting->key, key)))
            continue;
        free(setting->name);
        free(setting->key);
        free(setting->value);
        *setting = org->settings[--org->setting_count];
    }
}

/* "Contact.Title" to the field; NULL when there is none. */
static orgsim_field *field_at(orgsim *org, const char *path, orgsim_object **object)
{
    const char *dot = strchr(path, '.');
    *object = dot ? orgsim_object_named_n(org, path, (size_t)(dot - path)) : NULL;
    return *object ? orgsim_field_named(*object, dot + 1) : NULL;
}

static int field_hidden(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++) {
            org->objects[i].described_at = org->now_ms;
            for (size_t k = 0; k < org->objects[i].field_count; k++)
                org->objects[i].fields[k]->hidden = false;
        }
        return 0;
    }
    char *path = orgsim_copy(value, strcspn(value, "="));
    orgsim_field *field = field_at(org, path, &object);
    free(path);
    if (!field)
        return -1;
    field->hidden = strstr(value, "=off") == NULL;
    object->described_at = org->now_ms;
    return 0;
}

static int object_hidden(orgsim *org, const char *name, const char *value)
{
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++)
            org->objects[i].hidden = false;
        return 0;
    }
    orgsim_object *object = orgsim_object_named_n(org, value, strcspn(value, "="));
    if (!object)
        return -1;
    object->hidden = strstr(value, "=off") == NULL;
    return 0;
}

static int rows_hidden(orgsim *org, const char *name, const char *value)
{
    (void)name;
    if (strcmp(value, "off") == 0) {
        for (size_t i = 0; i < org->object_count; i++)
            org->objects[i].hide_percent = 0;
        return 0;
    }
    const char *colon = strchr(value, ':');
    orgsim_object *object =
        colon ? orgsim_object_named_n(org, value, (size_t)(colon - value)) : NULL;
    if (!object)
        return -1;
    int percent = atoi(colon + 1);
    if (strcmp(colon + 1, "half") == 0)
        percent = 50;
    if (strcmp(colon + 1, "all") == 0)
        percent = 100;
    object->hide_percent = percent;
    return 0;
}

/* name=value kept under the key before the sign `split`. */
static int keep_pair(orgsim *org, const char *name, const char *value, char split)
{
    const char *at = strrchr(value, split);
    if (strcmp(value, "off") == 0) {
        forget(org, name, NULL);
        return 0;
    }
    if (!at)
        return -1;
    char *key = orgsim_copy(value, (size_t)(at - value));
    if (strcmp(at + 1, "off") == 0)
        forget(org, name, key);
    else
        keep(org, name, key, at + 1);
    free(key);
    return 0;
}

static int rule(orgsim *org, const char *name, const char *value)
{
    const char *equals = strchr(value, '=');
    orgsim_object *object;
    if (strcmp(value, "off") != 0) {
        char *path = orgsim_copy(value, equals ? (size_t)(equals - value) : 0);
        orgsim_field *field = field_at(org, path, &object);
        free(path);
        if (!field)
            return -1;
    }
    return keep_pair(org, name, value, '=');
}

static int validation(orgsim *org, const char *name, const char *value)
{
    const char *colon = strchr(value, ':');
    if (strcmp(value, "off") == 0) {
        forget(org, name, NULL);
        return 0;
    }
    const char *dot = strchr(value, '.');
    if (!colon || !dot || dot > colon)
        return -1;
    char *key = orgsim_copy(value, (size_t)(colon - value));
    if (strcmp(colon + 1, "off") == 0)
        forget(org, name, key);
    else
        keep(org, name, key, colon + 1);
    free(key);
    return 0;
}

static int row_lock(orgsim *org, const char *name, const char *value)
{
    char id[19];
    if (strcmp(value, "off") == 0) {
        forget(org, name, NULL);
        return 0;
    }
    size_t len = strcspn(value, ":=");
    if (!orgsim_id_normal(value, len, id))
        return -1;
    if (strcmp(value + len, "=off") == 0) {
        forget(org, name, id);
        return 0;
    }
    keep(org, name, id, "locked")->left = value[len] ? strtoll(value + len + 1, NULL, 10) : -1;
    return 0;
}

static int api_used(orgsim *org, const char *name, const char *value)
{
    (void)name;
    org->api_used = strcmp(value, "off") == 0 ? 0 : strtoll(value, NULL, 10);
    return 0;
}

static int session_expire(orgsim *org, const char *name, const char *value)
{
    (void)name, (void)value;
    for (size_t i = 0; i < org->token_count; i++)
        org->tokens[i].dead = true;
    return 0;
}

static int refresh_revoke(orgsim *org, const char *name, const char *value)
{
    (void)name, (void)value;
    for (size_t i = 0; i < org->grant_count; i++)
        org->grants[i].revoked = true;
    return 0;
}

static int locator_expire(orgsim *org, const char *name, const char *value)
{
    (void)name, (void)value;
    for (size_t i = 0; i < org->cursor_count; i++)
        org->cursors[i].made_ms = INT64_MIN / 2;
    return 0;
}

static int text_setting(orgsim *org, const char *name, const char *value)
{
    if (strcmp(value, "off") == 0)
        forget(org, name, NULL);
    else
        keep(org, name, "", value);
    return 0;
}

/* KEY=TEXT, where the text may have such signs too. */
static int named_text(orgsim *org, const char *name, const char *value)
{
    const char *at = strchr(value, '=');
    if (!at && strcmp(value, "off") != 0)
        return -1;
    char *key = at ? orgsim_copy(value, (size_t)(at - value)) : NULL;
    if (!at || strcmp(at + 1, "off") == 0)
        forget(org, name, key);
    else
        keep(org, name, key, at + 1);
    free(key);
    return 0;
}

static int fail(orgsim *org, const char *name, const char *value)
{
    if (keep_pair(org, name, value, '=') != 0)
        return -1;
    for (size_t i = 0; i < org->setting_count; i++) {
        char *colon = strchr(org->settings[i].value, ':');
        if (strcmp(org->settings[i].name, name) != 0 || !colon)
            continue;
        org->settings[i].left = strtoll(colon + 1, NULL, 10);
        *colon = '\0';
    }
    return 0;
}

static orgsim_field *add_field(orgsim *org, const char *path, const orgsim_field_row *row)
{
    orgsim_object *object;
    if (field_at(org, path, &object) || !object)
        return NULL;
    object->described_at = org->now_ms;
    orgsim_field_row named = *row;
    named.name = strchr(path, '.') + 1;
    orgsim_field *field = orgsim_object_add(object, &named);
    if (field->flags & ORGSIM_F_INDEXED)
        field->index = orgsim_index_new();
    return field;
}

static int external_id(orgsim *org, const char *name, const char *value)
{
    static const orgsim_field_row row = {
        "", ORGSIM_T_STRING, 255, 0,
        ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_NILLABLE | ORGSIM_F_IDLOOKUP |
            ORGSIM_F_INDEXED | ORGSIM_F_UNIQUE | ORGSIM_F_EXTERNAL,
        NULL};
    (void)name;
    return add_field(org, value, &row) ? 0 : -1;
}

static int field_add(orgsim *org, const char *name, const char *value)
{
    (void)name;
    const char *colon = strchr(value, ':');
    if (!colon)
        return -1;
    size_t len = strcspn(colon + 1, ":");
    const char *rest = colon[1 + len] ? colon + 2 + len : NULL;
    orgsim_field_row row = {"", ORGSIM_T_STRING, 255, 0,
                            ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_NILLABLE, rest};
    char *type = orgsim_copy(colon + 1, len);
    char *path = orgsim_copy(value, (size_t)(colon - value));
    if (len && type[len - 1] == '!') {
        row.flags |= ORGSIM_F_RESTRICTED;
        type[len - 1] = '\0';
    }
    int known = -1;
    for (int i = ORGSIM_T_REFERENCE; i < ORGSIM_T_ADDRESS; i++) {
        if (strcmp(orgsim_type_name((orgsim_type)i), type) == 0)
            known = i;
    }
    if (known >= 0)
        row.type = (orgsim_type)known;
    if (known >= 0 && orgsim_type_is_number(row.type)) {
        row.length = 18;
        row.scale = 2;
    }
    if (row.type == ORGSIM_T_BOOLEAN)
        row.flags = ORGSIM_F_CREATE | ORGSIM_F_UPDATE | ORGSIM_F_DEFAULTED;
    int r = known >= 0 && add_field(org, path, &row) ? 0 : -1;
    free(type);
    free(path);
    return r;
}

static int field_drop(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    orgsim_field *field = field_at(org, value, &object);
    (void)name;
    if (!field || !(field->flags & ORGSIM_F_CUSTOM))
        return -1;
    field->name[0] = '\0'; /* its values stay, nobody can name them */
    field->hidden = true;
    field->flags = ORGSIM_F_NILLABLE | ORGSIM_F_NOFILTER;
    object->described_at = org->now_ms;
    return 0;
}

static int not_filterable(orgsim *org, const char *name, const char *value)
{
    orgsim_object *object;
    (void)name;
    char *path = orgsim_copy(value, strcspn(value, "="));
    orgsim_field *field = field_at(org, path, &object);
    free(path);
    if (!field)
        return -1;
    if (strstr(value, "=off"))
        field->flags &= ~(uint32_t)ORGSIM_F_NOFILTER;
    else
        field->flags |= ORGSIM_F_NOFILTER;
    object->described_at = org->now_ms;
    return 0;
}

static int user_inactive(orgsim *org, const char *name, const char *value)
{
    const orgsim_object *users = orgsim_object_named(org, "User");
    (void)name;
    size_t len = strcspn(value, "=");
    for (size_t i = 0; i < users->row_count; i++) {
        const char *username = orgsim_get_text(users->rows[i], "Username");
        if (!username || !orgsim_ieq_n(value, len, username))
            continue;
        orgsim_put_bool(users->rows[i], "IsActive", value[len] != '\0');
        users->rows[i]->stamp = users->rows[i]->modified = org->now_ms / 1000 * 1000;
        return 0;
    }
    return -1;
}

static int organization(orgsim *org, const char *name, const char *value)
{
    orgsim_row *row = orgsim_row_by_id(org, orgsim_object_named(org, "Organization"), org->org_id);
    const char *equals = strchr(value, '=');
    (void)name;
    if (!row || !equals)
        return -1;
    char *path = orgsim_copy(value, (size_t)(equals - value));
    const orgsim_field *field = orgsim_field_named(row->object, path);
    int r = field ? 0 : -1;
    if (field && field->type == ORGSIM_T_BOOLEAN)
        orgsim_put_bool(row, path, strcmp(equals + 1, "true") == 0);
    else if (field)
        orgsim_put_text(row, path, equals + 1);
    free(path);
    return r;
}

static const struct switch_row {
    const char *name;
    int (*set)(orgsim *org, const char *name, const char *value);
} switches[] = {
    {"field_hidden", field_hidden},
    {"object_hidden", object_hidden},
    {"rows_hidden", rows_hidden},
    {"trigger", rule},
    {"duplicate_rule", rule},
    {"validation", validation},
    {"row_lock", row_lock},
    {"api_used", api_used},
    {"session_expire", session_expire},
    {"refresh_revoke", refresh_revoke},
    {"token_error", text_setting},
    {"unknown_member_status", text_setting},
    {"external_id", external_id},
    {"field_add", field_add},
    {"field_drop", field_drop},
    {"not_filterable", not_filterable},
    {"user_inactive", user_inactive},
    {"organization", organization},
    {"locator_expire", locator_expire},
    {"locator_short", text_setting},
    {"short_pages", text_setting},
    {"stamp_lag", text_setting},
    {"textarea_crlf", text_setting},
    {"no_idempotency", text_setting},
    {"duplicate_spelling", text_setting},
    {"query_timeout", text_setting},
    {"fail", fail},
    {"purge_log", text_setting},
    {"list_view", named_text},
    {"report", named_text},
    {"report_rows", text_setting},
    {"bulk_delay", text_setting},
    {"bulk_fail", text_setting},
    {"bulk_page", text_setting},
};

int orgsim_switch(orgsim *org, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (strcmp(switches[i].name, name) == 0)
            return switches[i].set(org, name, value ? value : "");
    }
    return -1;
}
