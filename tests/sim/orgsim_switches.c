/*
 * orgsim_switches.c: everything about the org that a test can make worse; the table below lists it,
 * and crmsync-orgsim --help prints it. "off" as value takes back all of that name; "KEY=off" only
 * that one.
 */
#include "switches.h"

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
    uint32_t spread = 2166136261u; /* FNV-1a: ids differ in their last characters only */
    for (int i = 0; i < 15; i++)
        spread = (spread ^ (unsigned char)row->id[i]) * 16777619u;
    return (int)((spread >> 8) % 100) >= row->object->hide_percent;
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
        orgsim_field *field = orgsim_field_at(org, path, &object);
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
    orgsim_set_calls_today(org, strcmp(value, "off") == 0 ? 0 : strtoll(value, NULL, 10));
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
int orgsim_switch_named_text(orgsim *org, const char *name, const char *value)
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

static int record_type(orgsim *org, const char *name, const char *value)
{
    size_t len = strcspn(value, ".");
    orgsim_object *object = orgsim_object_named_n(org, value, len);
    char field[100];
    snprintf(field, sizeof field, "%.*s.RecordTypeId:string", (int)len, value);
    if (!object || orgsim_switch_named_text(org, name, value) != 0)
        return -1;
    object->described_at = org->now_ms;
    return orgsim_field_named(object, "RecordTypeId") ? 0
                                                      : orgsim_switch_field_add(org, name, field);
}

static const struct switch_row {
    const char *name;
    int (*set)(orgsim *org, const char *name, const char *value);
    const char *value, *meaning; /* an example, and others in brackets */
} switches[] = {
    {"field_hidden", orgsim_switch_field_hidden, "Contact.Title",
     "the API user has no access to the field"},
    {"object_hidden", orgsim_switch_object_hidden, "Lead",
     "the API user has no access to the object"},
    {"rows_hidden", orgsim_switch_rows_hidden, "Contact:half (all, 25)",
     "sharing hides this share of the rows from the API user"},
    {"trigger", rule, "Account.Industry=upper",
     "changes the text on every save: upper, lower, const:TEXT, prefix:TEXT"},
    {"duplicate_rule", rule, "Lead.Email=block (alert)",
     "DUPLICATES_DETECTED; block+Contact looks at contacts too"},
    {"validation", validation, "Lead.Phone!=null:Text",
     "a SOQL condition that every saved row fulfils, and what is said otherwise"},
    {"row_lock", row_lock, "001... (001...:3)",
     "UNABLE_TO_LOCK_ROW, always or 3 times"},
    {"api_used", api_used, "99990",
     "calls counted so far"},
    {"app_usage", text_setting, "17/250(appName=crm)",
     "a second quota in Sforce-Limit-Info, as orgs with one per app send it"},
    {"session_expire", session_expire, "",
     "all access tokens die"},
    {"refresh_revoke", refresh_revoke, "",
     "all refresh tokens die"},
    {"token_error", text_setting, "invalid_grant:inactive user",
     "what the token endpoint answers"},
    {"unknown_member_status", text_setting, "default (reject)",
     "what becomes of a status that the campaign does not have"},
    {"external_id", orgsim_switch_external_id, "Account.Ext__c (Account.Ext__c:shared)",
     "a unique external-id text field; shared: not unique"},
    {"field_add", orgsim_switch_field_add, "Contact.Status__c:picklist:New|Working",
     "also string, email, double, date, ...; type! makes a picklist restricted"},
    {"field_drop", orgsim_switch_field_drop, "Contact.Status__c",
     "the custom field is deleted"},
    {"record_type", record_type, "Lead.Partner=Status=New|Working;Rating=Hot",
     "a record type, the first is the default; of picklists not named it permits all"},
    {"not_filterable", orgsim_switch_not_filterable, "Lead.Email",
     "the field cannot be filtered, as with encrypted ones"},
    {"case_sensitive", orgsim_switch_case_sensitive, "Account.Ext__c",
     "values of the field that differ in case alone are two"},
    {"user_inactive", user_inactive, "ada@example.com",
     "deactivates a user"},
    {"organization", organization, "IsSandbox=true", "a field of the Organization row"},
    {"permission", orgsim_set_permission, "ModifyAllData=on (off)",
     "a permission of the API user; without ApiEnabled the API is closed to it"},
    {"object_right", orgsim_set_object_right, "Lead.create=off (Lead.update=off)",
     "what the API user may do with an object"},
    {"api_user", orgsim_set_api_user, "Role=Sales (MarketingUser=on)",
     "its role, and its UserPermissions checkboxes"},
    {"login", orgsim_add_login, "Application", "one more row of the API user's LoginHistory"},
    {"session_level", orgsim_set_session_level, "HIGH_ASSURANCE", "of the API user's AuthSession"},
    {"duplicate_rule_setup", orgsim_add_duplicate_rule, "Lead", "an active row of DuplicateRule"},
    {"locator_expire", locator_expire, "",
     "all query locators so far are void"},
    {"locator_short", text_setting, "on",
     "no query locator outlives its first page"},
    {"next_host", text_setting, "https://evil.example",
     "nextRecordsUrl of a query points there"},
    {"short_pages", text_setting, "on",
     "pages of 1 to the page size"},
    {"stamp_lag", text_setting, "540000",
     "changes by hand carry stamps this many milliseconds old: a late commit"},
    {"textarea_crlf", text_setting, "on",
     "line ends come back as CRLF"},
    {"no_idempotency", text_setting, "on", "the UI API takes no Idempotency-Key"},
    {"duplicate_spelling", text_setting, "on",
     "\"duplicateResut\", as some versions say"},
    {"query_timeout", text_setting, "Website LIKE",
     "queries with that text end QUERY_TIMEOUT"},
    {"fail", fail, "POST /composite=UNABLE_TO_LOCK_ROW (:3)",
     "requests whose \"METHOD target\" contains the text are refused with that code"},
    {"purge_log", text_setting, "600000",
     "getDeleted reaches back this far only"},
    {"list_view", orgsim_switch_list_view, "Contact.Acme=LastName LIKE 'A%'",
     "a list view of that WHERE text; \"none\": one that is no SOQL, of all rows"},
    {"report", orgsim_switch_report, "People=SELECT Id FROM Contact",
     "a tabular report of what it selects; one named Summary... is not tabular"},
    {"report_rows", text_setting, "3",
     "rows of a report at most (2000)"},
    {"search_lag", text_setting, "0",
     "searches find what is this many milliseconds old (60000)"},
    {"bulk_delay", text_setting, "60000",
     "a bulk job takes twice this long (200)"},
    {"bulk_fail", text_setting, "3",
     "a bulk job fails after this many rows"},
    {"bulk_page", text_setting, "2",
     "rows of a bulk result page at most"},
};

int orgsim_switch(orgsim *org, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        if (strcmp(switches[i].name, name) == 0)
            return switches[i].set(org, name, value ? value : "");
    }
    return -1;
}

bool orgsim_switch_told(size_t at, const char **name, const char **value, const char **meaning)
{
    if (at >= sizeof switches / sizeof *switches)
        return false;
    *name = switches[at].name;
    *value = switches[at].value;
    *meaning = switches[at].meaning;
    return true;
}
