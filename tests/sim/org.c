/* org.c: the org itself: making it, its time, its first rows. */
#include "bulk.h"

#include <stdlib.h>
#include <string.h>

#include "dml.h"
#include "soql.h"

/* 2026-01-05T09:00:00Z, a Monday. */
#define FIRST_DAY 1767603600000

orgsim_object *orgsim_object_named_n(const orgsim *org, const char *name, size_t len)
{
    for (size_t i = 0; i < org->object_count; i++) {
        if (orgsim_ieq_n(name, len, org->objects[i].name))
            return &org->objects[i];
    }
    return NULL;
}

orgsim_object *orgsim_object_named(const orgsim *org, const char *name)
{
    return orgsim_object_named_n(org, name, strlen(name));
}

uint64_t orgsim_random(orgsim *org)
{
    org->random += 0x9E3779B97F4A7C15u;
    uint64_t z = org->random;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void orgsim_random_text(orgsim *org, char *out, size_t count)
{
    static const char letters[] =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < count; i++)
        out[i] = letters[orgsim_random(org) % 62];
    out[count] = '\0';
}

static void add_objects(orgsim *org, const orgsim_object_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t number = (uint16_t)org->object_count;
        orgsim_object_init(&org->objects[org->object_count++], &rows[i], number);
    }
}

static void build_schema(orgsim *org)
{
    size_t total = orgsim_people_object_count + orgsim_sales_object_count +
                   orgsim_activity_object_count + orgsim_setup_object_count;
    org->objects = orgsim_alloc(total * sizeof *org->objects);
    add_objects(org, orgsim_people_objects, orgsim_people_object_count);
    add_objects(org, orgsim_sales_objects, orgsim_sales_object_count);
    add_objects(org, orgsim_activity_objects, orgsim_activity_object_count);
    add_objects(org, orgsim_setup_objects, orgsim_setup_object_count);
    for (size_t i = 0; i < org->object_count; i++) {
        orgsim_object *object = &org->objects[i];
        object->described_at = org->now_ms;
        for (size_t k = 0; k < object->field_count; k++) {
            if (object->fields[k]->flags & ORGSIM_F_INDEXED)
                object->fields[k]->index = orgsim_index_new();
        }
    }
}

static orgsim_row *first_row(orgsim *org, const char *object, const char *id)
{
    orgsim_row *row = orgsim_row_new(org, orgsim_object_named(org, object), id);
    row->created = row->modified = row->stamp = org->now_ms;
    row->creator = row->modifier = org->api_user ? org->api_user : row;
    return row;
}

static orgsim_row *add_user(orgsim *org, const char *first, const char *last, const char *email,
                            bool active)
{
    orgsim_row *row = first_row(org, "User", NULL);
    orgsim_put_text(row, "FirstName", first);
    orgsim_put_text(row, "LastName", last);
    orgsim_buf name = {NULL, 0, 0};
    orgsim_buf_printf(&name, "%s %s", first, last);
    orgsim_put_text(row, "Name", name.ptr);
    orgsim_buf_clear(&name);
    orgsim_put_text(row, "Username", email);
    orgsim_put_text(row, "Email", email);
    orgsim_put_text(row, "UserType", "Standard");
    orgsim_put_text(row, "TimeZoneSidKey", "UTC");
    orgsim_put_text(row, "LocaleSidKey", "en_US");
    orgsim_put_text(row, "LanguageLocaleKey", "en_US");
    orgsim_put_bool(row, "IsActive", active);
    return row;
}

static void add_people(orgsim *org)
{
    orgsim_row *own = first_row(org, "Organization", org->org_id);
    org->api_user = add_user(org, "Integration", "User", org->username, true);
    own->creator = own->modifier = org->api_user;
    orgsim_put_text(own, "Name", "Simulated Org");
    orgsim_put_text(own, "OrganizationType", "Enterprise Edition");
    orgsim_put_text(own, "InstanceName", "SIM1");
    orgsim_put_text(own, "TimeZoneSidKey", "UTC");
    orgsim_put_text(own, "DefaultLocaleSidKey", "en_US");
    add_user(org, "Ada", "Adams", "ada@example.com", true);
    add_user(org, "Ben", "Brown", "ben@example.com", true);
    add_user(org, "Cleo", "Clark", "cleo@example.com", true);
    add_user(org, "Dora", "Dale", "dora@example.com", false);
    org->rule_user = add_user(org, "Assignment", "Rule", "assignment-rule@example.com", true);
}

static orgsim_row *add_status(orgsim *org, const char *object, const char *label, int order)
{
    orgsim_row *row = first_row(org, object, NULL);
    orgsim_put_text(row, "MasterLabel", label);
    orgsim_put_text(row, "ApiName", label);
    orgsim_put_number(row, "SortOrder", order);
    return row;
}

static void add_stages(orgsim *org)
{
    static const struct { const char *name; int chance; const char *category; } stages[] = {
        {"Prospecting", 10, "Pipeline"}, {"Qualification", 10, "Pipeline"},
        {"Needs Analysis", 20, "Pipeline"}, {"Value Proposition", 50, "Pipeline"},
        {"Id. Decision Makers", 60, "Pipeline"}, {"Perception Analysis", 70, "Pipeline"},
        {"Proposal/Price Quote", 75, "Pipeline"}, {"Negotiation/Review", 90, "Pipeline"},
        {"Closed Won", 100, "Closed"}, {"Closed Lost", 0, "Omitted"}};
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        orgsim_row *row = add_status(org, "OpportunityStage", stages[i].name, (int)i + 1);
        orgsim_put_number(row, "DefaultProbability", stages[i].chance);
        orgsim_put_text(row, "ForecastCategory", stages[i].category);
        orgsim_put_text(row, "ForecastCategoryName", stages[i].category);
        orgsim_put_bool(row, "IsActive", true);
        orgsim_put_bool(row, "IsClosed", i >= 8);
        orgsim_put_bool(row, "IsWon", i == 8);
    }
}

static void add_statuses(orgsim *org)
{
    static const struct { const char *object, *field; } sources[] = {{"Lead", "Status"},
                                                                     {"Task", "Status"}};
    for (size_t i = 0; i < 2; i++) {
        const orgsim_field *field =
            orgsim_field_named(orgsim_object_named(org, sources[i].object), sources[i].field);
        for (size_t k = 0; k < field->value_count; k++) {
            const char *label = field->values[k];
            orgsim_row *row =
                add_status(org, i ? "TaskStatus" : "LeadStatus", label, (int)k + 1);
            orgsim_put_bool(row, "IsDefault", (long)k == field->default_value);
            if (i)
                orgsim_put_bool(row, "IsClosed", strcmp(label, "Completed") == 0);
            else
                orgsim_put_bool(row, "IsConverted", strcmp(label, "Closed - Converted") == 0);
        }
    }
    add_stages(org);
}

static char *text_or(const char *text, const char *otherwise)
{
    return orgsim_copy_text(text ? text : otherwise);
}

orgsim *orgsim_new(const orgsim_options *options)
{
    static const orgsim_options none;
    const orgsim_options *o = options ? options : &none;
    orgsim *org = orgsim_alloc(sizeof *org);
    org->org_id = text_or(o->org_id, "00D000000000001EAA");
    org->client_id = text_or(o->client_id, "orgsim-client");
    org->client_secret = text_or(o->client_secret, "orgsim-secret");
    org->username = text_or(o->username, "integration@example.com");
    org->password = text_or(o->password, "secrettoken");
    org->jwt_public_pem = orgsim_copy_text(o->jwt_public_pem);
    org->instance_url = text_or(o->instance_url, "http://127.0.0.1");
    org->random = o->seed ? o->seed : 1;
    org->daily_limit = o->daily_api_limit ? o->daily_api_limit : 100000;
    org->query_page = o->query_page ? o->query_page : 2000;
    org->rotate = o->rotate_refresh_tokens;
    org->now_ms = FIRST_DAY;
    org->slot_count = 1024;
    org->slots = orgsim_alloc(org->slot_count * sizeof *org->slots);
    build_schema(org);
    add_people(org);
    add_statuses(org);
    orgsim_add_setup(org);
    return org;
}

static void free_rows(orgsim *org)
{
    for (size_t i = 0; i < org->all_rows.count; i++) {
        orgsim_row *row = org->all_rows.items[i];
        for (size_t k = 0; k < row->cell_count; k++) {
            if (row->cells[k].kind == ORGSIM_TEXT)
                free(row->cells[k].as.text);
        }
        free(row->cells);
        free(row);
    }
    orgsim_rows_clear(&org->all_rows);
}

static void free_access(orgsim *org)
{
    for (size_t i = 0; i < org->token_count; i++)
        free(org->tokens[i].text);
    for (size_t i = 0; i < org->refresh_count; i++)
        free(org->refreshes[i].text);
    for (size_t i = 0; i < org->grant_count; i++) {
        free(org->grants[i].code);
        free(org->grants[i].challenge);
        free(org->grants[i].redirect_uri);
        free(org->grants[i].scope);
    }
    free(org->tokens);
    free(org->refreshes);
    free(org->grants);
}

static void free_rest(orgsim *org)
{
    for (size_t i = 0; i < org->setting_count; i++) {
        free(org->settings[i].name);
        free(org->settings[i].key);
        free(org->settings[i].value);
    }
    for (size_t i = 0; i < org->cursor_count; i++) {
        orgsim_soql_free(org->cursors[i].query);
        orgsim_rows_clear(&org->cursors[i].rows);
    }
    for (size_t i = 0; i < org->key_count; i++) {
        free(org->keys[i].key);
        free(org->keys[i].body);
    }
    free(org->settings);
    free(org->cursors);
    free(org->keys);
    free(org->deletions);
    orgsim_jobs_free(org);
    for (size_t i = 0; i < org->run_count; i++)
        free(org->runs[i].where);
    free(org->runs);
}

void orgsim_free(orgsim *org)
{
    if (!org)
        return;
    orgsim_journal_clear(org);
    free(org->journal);
    for (size_t i = 0; i < org->object_count; i++) {
        for (size_t k = 0; k < org->objects[i].field_count; k++)
            orgsim_index_free(org->objects[i].fields[k]->index);
        orgsim_object_clear(&org->objects[i]);
    }
    free(org->objects);
    free_rows(org);
    free_access(org);
    free_rest(org);
    free(org->slots);
    free(org->org_id);
    free(org->client_id);
    free(org->client_secret);
    free(org->username);
    free(org->password);
    free(org->jwt_public_pem);
    free(org->instance_url);
    free(org);
}

void orgsim_set_now(orgsim *org, int64_t unix_ms)
{
    org->now_ms = unix_ms;
    orgsim_jobs_settle(org);
}

int64_t orgsim_now(const orgsim *org)
{
    return org->now_ms;
}

orgsim_usage orgsim_usage_get(const orgsim *org)
{
    return org->usage;
}

void orgsim_usage_reset(orgsim *org)
{
    memset(&org->usage, 0, sizeof org->usage);
}

void orgsim_string_free(char *text)
{
    free(text);
}
