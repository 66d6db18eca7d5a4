/* Decisions as data: tests/vectors/decide/ holds cases named after the requirement they prove. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/time.h"
#include "decide/decide.h"
#include "model/rows.h"

#define MOST   64
#define NOW_MS INT64_C(1795000000000)

static crmsync_alloc alloc;

/* One case laid out as inputs. */
typedef struct bench {
    const char *name;
    yyjson_val *json;
    crmi_arena arena;
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmi_decide_env env;
    crmsync_rows *rows[16];
    size_t rows_count;
    crmsync_rows *people, *companies, *opportunities;
    crmi_link links[MOST];
    size_t link_count;
    crmi_record persons_found[MOST], accounts[MOST];
    size_t person_found_count, account_count;
    crmi_person_input person_inputs[MOST];
    crmi_company_input company_inputs[MOST];
    size_t company_count;
    crmi_plan plan;
} bench;

static int wrong(const bench *b, const char *what, crmsync_str id, const char *have,
                 const char *want)
{
    print_error("%s: %.*s: %s is \"%s\", not \"%s\"\n", b->name, CRMI_SPELL(id), what, have, want);
    return 1;
}

static char *read_file(const char *dir, const char *name, size_t *len)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    *len = fread(text, 1, (size_t)size, f);
    fclose(f);
    return text;
}

static crmsync_str json_text(bench *b, const yyjson_val *v)
{
    crmi_buf buf;
    crmsync_str out;
    crmi_buf_init(&buf, &alloc);
    crmi_jw w = crmi_jw_to(&buf);
    crmi_jw_value(&w, v);
    assert_true(crmi_arena_str(&b->arena, crmi_buf_str(&buf), &out));
    crmi_buf_clear(&buf);
    return out;
}

static void fail_with(const bench *b, crmsync_error *err)
{
    if (err) {
        print_error("%s: %.*s at %.*s\n", b->name, CRMI_SPELL(crmsync_error_message(err)),
                    CRMI_SPELL(crmsync_error_where(err)));
    }
    assert_null(err);
}

/* ---- inputs ---- */

static crmsync_cell typed(const crmi_field *field, crmsync_str name, crmsync_cell cell)
{
    uint32_t type = field ? field->type : CRMI_TYPE_OTHER;
    int64_t n = 0;
    if (cell.type != CRMSYNC_CELL_TEXT) {
        return cell;
    }
    bool stamp = crmi_str_is(name, "SystemModstamp") || crmi_str_is(name, "LastModifiedDate") ||
                 crmi_str_is(name, "CreatedDate") || crmi_str_ends(name, "@changed") ||
                 crmi_str_is(name, "at");
    if ((type == CRMI_TYPE_DATETIME || stamp) && crmi_datetime_parse(cell.text, &n)) {
        return crmi_cell_number(CRMSYNC_CELL_DATETIME, n);
    }
    if ((type == CRMI_TYPE_DATE || crmi_str_is(name, "due")) && crmi_date_parse(cell.text, &n)) {
        return crmi_cell_number(CRMSYNC_CELL_DATE, n);
    }
    if (type == CRMI_TYPE_ID || type == CRMI_TYPE_REFERENCE) {
        cell.type = CRMSYNC_CELL_ID;
    }
    return cell;
}

static crmsync_rows *make_rows(bench *b, const char *kind, yyjson_val *list)
{
    crmsync_rows *rows = NULL;
    crmsync_error *err = NULL;
    const crmi_object *object = crmi_schema_object(b->schema, crmi_str(kind));
    if (object && !crmi_str_eq(object->name, crmi_str(kind))) {
        object = NULL; /* a local kind of the same name */
    }
    crmsync_rows_new(&alloc, crmi_str(kind), NULL, 0, &rows, &err);
    fail_with(b, err);
    b->rows[b->rows_count++] = rows;
    size_t i, max;
    yyjson_val *item;
    yyjson_arr_foreach(list, i, max, item)
    {
        crmsync_rows_append_json(rows, json_text(b, item), &err);
        fail_with(b, err);
    }
    for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
        for (size_t f = 0; f < crmsync_rows_field_count(rows); f++) {
            crmsync_str name = crmsync_rows_field(rows, f);
            crmsync_cell cell = crmsync_rows_get(rows, r, f);
            crmsync_str text;
            assert_true(crmi_arena_str(&b->arena, cell.text, &text));
            cell.text = text;
            const crmi_field *field = object ? crmi_object_field(object, name) : NULL;
            cell = typed(field, name, cell);
            crmsync_rows_set(rows, r, f, &cell, &err);
            fail_with(b, err);
        }
    }
    return rows;
}

static crmsync_cell cell_of(const crmi_field *field, crmsync_str name, yyjson_val *v)
{
    crmsync_cell cell = crmi_cell_absent();
    if (!v || crmi_str_is(crmi_json_text(v), "<absent>")) {
        return cell;
    }
    if (yyjson_is_null(v)) {
        return crmi_cell_null();
    }
    if (yyjson_is_bool(v)) {
        return crmi_cell_bool(yyjson_get_bool(v));
    }
    cell.type = yyjson_is_str(v) ? CRMSYNC_CELL_TEXT : CRMSYNC_CELL_DECIMAL;
    cell.text = yyjson_is_str(v) ? crmi_json_text(v) : crmi_json_raw(v);
    return typed(field, name, cell);
}

static uint32_t word(const char *const *words, crmsync_str s)
{
    for (uint32_t i = 0; words[i]; i++) {
        if (crmi_str_is(s, words[i])) {
            return i;
        }
    }
    return 0;
}

static void make_shadow(bench *b, crmi_target *t, yyjson_val *v)
{
    static const char *const states[] = {"agreed", "unverified", "diverged", "fought", NULL};
    crmsync_str remote = crmi_json_member_text(v, "remote");
    crmi_shadow *s =
        crmi_target_put_shadow(&b->arena, t, crmi_json_member_text(v, "local"), remote);
    const crmi_field *field = crmi_schema_field(b->schema, t->object, remote);
    int64_t n = 0;
    s->l = cell_of(NULL, CRMI_STR_EMPTY, crmi_json_member(v, "l"));
    s->c = cell_of(field, remote, crmi_json_member(v, "c"));
    s->state = word(states, crmi_json_member_text(v, "state"));
    s->asserts = crmi_json_member_i64(v, "asserts", &n) ? (uint32_t)n : 0;
    s->asserts_since = NOW_MS - 3600000;
    if (crmi_json_member_text(v, "read_at").len) {
        assert_true(crmi_datetime_parse(crmi_json_member_text(v, "read_at"), &s->read_at));
    }
}

static void make_link(bench *b, yyjson_val *v)
{
    static const char *const states[] = {"live",     "deleted", "converted",
                                         "vanished", "merged",  NULL};
    crmi_link *link = &b->links[b->link_count++];
    size_t i, max, k, most;
    yyjson_val *target, *shadow;
    link->kind = crmi_json_member_text(v, "kind");
    link->local_id = crmi_json_member_text(v, "id");
    link->rev = crmi_json_member_text(v, "rev");
    link->inactive = crmi_json_member_bool(v, "inactive", false);
    link->account_locked = crmi_json_member_bool(v, "account_locked", false);
    yyjson_arr_foreach(crmi_json_member(v, "targets"), i, max, target)
    {
        crmi_target *t =
            crmi_link_add_target(&b->arena, link, crmi_json_member_text(target, "object"),
                                 crmi_json_member_text(target, "id"));
        assert_non_null(t);
        t->state = word(states, crmi_json_member_text(target, "state"));
        t->moved_to = crmi_json_member_text(target, "moved_to");
        t->shared = crmi_json_member_bool(target, "shared", false);
        yyjson_arr_foreach(crmi_json_member(target, "shadows"), k, most, shadow)
        {
            make_shadow(b, t, shadow);
        }
    }
}

static const crmi_link *link_of(const bench *b, const char *kind, crmsync_str id)
{
    for (size_t i = 0; i < b->link_count; i++) {
        if (crmi_str_is(b->links[i].kind, kind) && crmi_str_eq(b->links[i].local_id, id)) {
            return &b->links[i];
        }
    }
    return NULL;
}

static crmi_record local_of(const bench *b, crmsync_str id)
{
    const crmsync_rows *sets[] = {b->people, b->companies, b->opportunities};
    for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++) {
        for (size_t i = 0; i < crmsync_rows_count(sets[s]); i++) {
            if (crmi_str_eq(crmi_record_text((crmi_record){sets[s], i}, "id"), id)) {
                return (crmi_record){sets[s], i};
            }
        }
    }
    return (crmi_record){NULL, 0};
}

static void make_candidates(bench *b)
{
    size_t i, max;
    yyjson_val *key, *list;
    yyjson_obj_foreach(crmi_json_member(b->json, "candidates"), i, max, key, list)
    {
        const char *kind = yyjson_get_str(key);
        crmsync_rows *rows = make_rows(b, kind, list);
        bool account = strcmp(kind, "Account") == 0;
        for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
            crmi_record record = {rows, r};
            if (account) {
                b->accounts[b->account_count++] = record;
            } else {
                b->persons_found[b->person_found_count++] = record;
            }
        }
    }
}

static void make_owners(bench *b)
{
    size_t i, max;
    yyjson_val *v, *list = crmi_json_member(b->json, "owners");
    crmi_owner *owners = crmi_arena_array(&b->arena, yyjson_arr_size(list) + 1, sizeof(*owners));
    assert_non_null(owners);
    yyjson_arr_foreach(list, i, max, v)
    {
        owners[i] = (crmi_owner){crmi_json_member_text(v, "id"), crmi_json_member_text(v, "email"),
                                 crmi_json_member_bool(v, "active", true),
                                 crmi_json_member_bool(v, "standard", true)};
    }
    b->env.owners = owners;
    b->env.owner_count = yyjson_arr_size(list);
    b->env.integration_user = crmi_json_member_text(b->json, "integration_user");
}

static void make_env(bench *b, yyjson_val *configs, crmsync_schema *schema)
{
    crmsync_error *err = NULL;
    yyjson_val *config = crmi_json_member(b->json, "config");
    if (yyjson_is_str(config)) {
        config = crmi_json_member(configs, yyjson_get_str(config));
        assert_non_null(config);
    }
    crmsync_config_parse(&alloc, json_text(b, config), &b->config, &err);
    fail_with(b, err);
    crmsync_config_normalizer(b->config, &alloc, &b->normalizer, &err);
    fail_with(b, err);
    b->schema = schema;
    b->env = (crmi_decide_env){.alloc = &alloc,
                               .config = b->config,
                               .schema = schema,
                               .normalizer = b->normalizer,
                               .now_ms = NOW_MS};
}

/* "options": {"@owned": {"<CRM id>": "<the local record that leads it>"}} */
static const crmsync_str *owners_of(bench *b, const crmi_record *candidates, size_t n,
                                    crmsync_str self)
{
    yyjson_val *owned = crmi_json_member(crmi_json_member(b->json, "options"), "@owned");
    crmsync_str *owners = crmi_arena_array(&b->arena, MOST, sizeof(*owners));
    assert_non_null(owners);
    for (size_t i = 0; i < n; i++) {
        crmsync_str id = crmi_record_text(candidates[i], "Id");
        crmsync_str owner = crmi_json_text(yyjson_obj_getn(owned, id.ptr, id.len));
        owners[i] = crmi_str_eq(owner, self) ? CRMI_STR_EMPTY : owner;
    }
    return owners;
}

static const crmsync_str *chosen(bench *b, yyjson_val *option, size_t *n)
{
    yyjson_val *list = crmi_json_member(option, "fields");
    crmsync_str *names = crmi_arena_array(&b->arena, MOST, sizeof(*names));
    assert_non_null(names);
    *n = yyjson_arr_size(list);
    for (size_t i = 0; i < *n; i++) {
        names[i] = crmi_json_text(yyjson_arr_get(list, i));
    }
    return names;
}

static void make_page(bench *b)
{
    static const char *const routes[] = {"none", "lead", "contact", NULL};
    yyjson_val *options = crmi_json_member(b->json, "options");
    crmsync_str company_id = b->config->local.company_id;
    size_t companies = crmsync_rows_count(b->companies);
    for (size_t i = 0; i < companies; i++) {
        crmi_record local = {b->companies, i};
        crmsync_str id = crmi_record_text(local, "id");
        yyjson_val *o = crmi_json_member(options, id.ptr);
        b->company_inputs[i] =
            (crmi_company_input){.local = local,
                                 .link = link_of(b, "company", id),
                                 .candidates = b->accounts,
                                 .candidate_count = b->account_count,
                                 .unknown = crmi_json_member_bool(o, "unknown", false),
                                 .owners = owners_of(b, b->accounts, b->account_count, id),
                                 .manual = crmi_json_member_bool(o, "manual", false)};
        b->company_inputs[i].fields = chosen(b, o, &b->company_inputs[i].field_count);
    }
    b->company_count = companies;
    for (size_t i = 0; i < crmsync_rows_count(b->people); i++) {
        crmi_record local = {b->people, i};
        crmsync_str id = crmi_record_text(local, "id");
        crmsync_str wanted = crmi_record_get(local, company_id).text;
        yyjson_val *o = crmi_json_member(options, id.ptr);
        size_t company = CRMI_NO_DECISION;
        for (size_t c = 0; c < companies; c++) {
            if (wanted.len &&
                crmi_str_eq(crmi_record_text((crmi_record){b->companies, c}, "id"), wanted)) {
                company = c;
            }
        }
        if (company == CRMI_NO_DECISION) {
            company = b->company_count++;
            b->company_inputs[company] =
                (crmi_company_input){.candidates = b->accounts,
                                     .candidate_count = b->account_count,
                                     .sample = local,
                                     .unknown = crmi_json_member_bool(o, "company_unknown", false)};
        }
        b->person_inputs[i] =
            (crmi_person_input){.local = local,
                                .link = link_of(b, "person", id),
                                .candidates = b->persons_found,
                                .candidate_count = b->person_found_count,
                                .company = company,
                                .unknown = crmi_json_member_bool(o, "unknown", false),
                                .manual = crmi_json_member_bool(o, "manual", false),
                                .route = word(routes, crmi_json_member_text(o, "route")),
                                .owners = owners_of(b, b->persons_found, b->person_found_count, id),
                                 .suppressed = crmsync_reason_by_name(
                                     crmi_json_member_text(o, "suppressed")),
                                 .suppressed_by = crmi_json_member_text(o, "suppressed_by")};
        b->person_inputs[i].fields = chosen(b, o, &b->person_inputs[i].field_count);
    }
}

static void decide_export(bench *b)
{
    crmsync_error *err = NULL;
    make_candidates(b);
    make_page(b);
    crmi_export_page page = {b->person_inputs, crmsync_rows_count(b->people), b->company_inputs,
                             b->company_count,
                             crmi_json_member_bool(b->json, "companies_too", false)};
    crmi_decide_export(&b->env, &page, &b->plan, &err);
    fail_with(b, err);
}

static void decide_import(bench *b, yyjson_val *import)
{
    crmsync_error *err = NULL;
    crmi_import_input *inputs = crmi_arena_array(&b->arena, MOST, sizeof(*inputs));
    yyjson_val *list = crmi_json_member(import, "rows"), *v;
    crmsync_str object = crmi_json_member_text(import, "object");
    crmsync_rows *rows = make_rows(b, object.ptr, list);
    size_t i, max;
    yyjson_arr_foreach(crmi_json_member(import, "about"), i, max, v)
    {
        size_t k, most;
        yyjson_val *id;
        yyjson_val *ids = crmi_json_member(v, "matches");
        crmi_record *matches = crmi_arena_array(&b->arena, MOST, sizeof(*matches));
        const crmi_link **links = crmi_arena_array(&b->arena, MOST, sizeof(*links));
        yyjson_arr_foreach(ids, k, most, id)
        {
            matches[k] = local_of(b, crmi_json_text(id));
            links[k] = link_of(b, crmsync_rows_kind(matches[k].rows).ptr, crmi_json_text(id));
        }
        inputs[i].matches = matches;
        inputs[i].match_links = links;
        inputs[i].match_count = yyjson_arr_size(ids);
        inputs[i].parent_local_id = crmi_json_member_text(v, "parent");
    }
    for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
        inputs[r].crm = (crmi_record){rows, r};
        crmsync_str id = crmi_record_text(inputs[r].crm, "Id");
        for (size_t l = 0; l < b->link_count; l++) {
            const crmi_target *t = crmi_link_target(&b->links[l], id);
            if (t && !t->shared) {
                inputs[r].link = &b->links[l];
                inputs[r].local = local_of(b, b->links[l].local_id);
            }
        }
    }
    crmi_decide_import(&b->env, crmi_crm_object_named(object), inputs, crmsync_rows_count(rows),
                       &b->plan, &err);
    fail_with(b, err);
}

/* What "about" says of an activity: how long it waits, its account, the opportunity it names. */
static void know_activity(bench *b, crmi_activity_input *in, yyjson_val *about)
{
    int64_t others = 0;
    size_t i, max;
    yyjson_val *v, *counted = crmi_json_member(about, "counted");
    crmsync_str *ids = crmi_arena_array(&b->arena, MOST, sizeof(*ids));
    crmsync_str since = crmi_json_member_text(about, "waiting_since");
    assert_true(!since.len || crmi_datetime_parse(since, &in->waiting_since));
    in->waiting_others =
        crmi_json_member_i64(about, "waiting_others", &others) ? (size_t)others : 0;
    in->account = crmi_json_member_text(about, "account");
    in->opportunity = crmi_json_member_text(about, "opportunity");
    in->visit = crmi_json_member_text(about, "visit");
    yyjson_arr_foreach(counted, i, max, v)
    {
        ids[i] = crmi_json_text(v);
    }
    in->counted = ids;
    in->counted_count = yyjson_arr_size(counted);
}

static size_t make_opportunities(bench *b, crmi_opportunity *out)
{
    size_t i, max;
    yyjson_val *v, *list = crmi_json_member(b->json, "opportunities");
    yyjson_arr_foreach(list, i, max, v)
    {
        out[i] = (crmi_opportunity){.id = crmi_json_member_text(v, "id"),
                                    .account = crmi_json_member_text(v, "account"),
                                    .contact = crmi_json_member_text(v, "contact")};
        crmi_datetime_parse(crmi_json_member_text(v, "created"), &out[i].created_ms);
    }
    return yyjson_arr_size(list);
}

static void decide_activities(bench *b, yyjson_val *list)
{
    crmsync_error *err = NULL;
    crmi_activity_input inputs[MOST];
    crmi_opportunity opportunities[MOST];
    size_t opportunity_count = make_opportunities(b, opportunities);
    yyjson_val *about = crmi_json_member(b->json, "about");
    crmsync_rows *rows = make_rows(b, "activity", list);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmi_record local = {rows, i};
        crmsync_cell at = crmi_record_get(local, CRMI_STR("at"));
        inputs[i] = (crmi_activity_input){
            .local = local,
            .person = link_of(b, "person", crmi_record_text(local, "person_id")),
            .link = link_of(b, "activity", crmi_record_text(local, "id")),
            .civil_date = at.type == CRMSYNC_CELL_DATETIME ? at.number / CRMI_DAY_MS : 0,
            .opportunities = opportunities,
            .opportunity_count = opportunity_count};
        crmsync_str id = crmi_record_text(local, "id");
        know_activity(b, &inputs[i], crmi_json_member(about, id.ptr));
    }
    crmi_decide_activities(&b->env, inputs, crmsync_rows_count(rows), &b->plan, &err);
    fail_with(b, err);
}

/* ---- expectations ---- */

static int check_word(const bench *b, yyjson_val *want, const char *member, crmsync_str id,
                      const char *have)
{
    yyjson_val *v = crmi_json_member(want, member);
    return v && strcmp(yyjson_get_str(v), have) != 0 ? wrong(b, member, id, have, yyjson_get_str(v))
                                                     : 0;
}

static int check_text(const bench *b, yyjson_val *want, const char *member, crmsync_str id,
                      crmsync_str have)
{
    yyjson_val *v = crmi_json_member(want, member);
    return v && !crmi_str_eq(crmi_json_text(v), have)
               ? wrong(b, member, id, have.ptr ? have.ptr : "", yyjson_get_str(v))
               : 0;
}

/* A member that is missing says: not written. */
static int check_cell(const bench *b, const char *what, crmsync_str id, const crmsync_cell *have,
                      yyjson_val *want)
{
    crmi_buf text;
    crmi_buf_init(&text, &alloc);
    crmi_buf_cell(&text, have);
    const char *shown = have->type == CRMSYNC_CELL_ABSENT ? "<not written>"
                        : have->type == CRMSYNC_CELL_NULL ? "<null>"
                        : text.ptr                        ? text.ptr
                                                          : "";
    const char *wanted = !want                  ? "<not written>"
                         : yyjson_is_null(want) ? "<null>"
                                                : yyjson_get_str(want);
    int bad = strcmp(shown, wanted) != 0 ? wrong(b, what, id, shown, wanted) : 0;
    crmi_buf_clear(&text);
    return bad;
}

static int check_field(const bench *b, const crmi_decision *d, crmsync_str id, const char *remote,
                       yyjson_val *want)
{
    static const char *const bases[] = {"keep", "agree", "diverge", "sent", "adopt_crm", "fought"};
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (!crmi_str_is(f->remote, remote)) {
            continue;
        }
        return check_cell(b, remote, id, &f->crm_new, crmi_json_member(want, "crm")) +
               check_cell(b, "its local value", id, &f->local_new,
                          crmi_json_member(want, "local")) +
               check_word(b, want, "reason", id, crmsync_reason_name(f->reason)) +
               check_word(b, want, "base", id, bases[f->base]);
    }
    return yyjson_is_null(want) ? 0 : wrong(b, "field", id, "missing", remote);
}

static int check_list(const bench *b, const char *what, crmsync_str id, const crmsync_str *have,
                      size_t n, yyjson_val *want)
{
    int bad = 0;
    if (!want) {
        return 0;
    }
    if (n != yyjson_arr_size(want)) {
        return wrong(b, what, id, "of another length", "that");
    }
    for (size_t i = 0; i < n; i++) {
        crmsync_str text = crmi_json_text(yyjson_arr_get(want, i));
        bad += crmi_str_eq(have[i], text) ? 0 : wrong(b, what, id, have[i].ptr, text.ptr);
    }
    return bad;
}

static const crmi_decision *decision_for(const bench *b, yyjson_val *want)
{
    crmsync_str id = crmi_json_member_text(want, "id");
    crmsync_str crm = crmi_json_member_text(want, "of_crm");
    crmsync_str slot = crmi_json_member_text(want, "slot");
    for (size_t i = 0; i < b->plan.count; i++) {
        const crmi_decision *d = &b->plan.items[i];
        bool here = id.ptr ? crmi_str_eq(d->local_id, id) : crmi_str_eq(d->crm_id, crm);
        if (here && (!slot.ptr || crmi_str_eq(d->slot, slot))) {
            return d;
        }
    }
    return NULL;
}

static crmsync_str local_id_at(const bench *b, size_t i)
{
    static const crmsync_str none = CRMSYNC_STR_LIT("none");
    return i < b->plan.count ? b->plan.items[i].local_id : none;
}

/* "flags" lists those that are to be set, of the ones that are looked at. */
static int check_flag(const bench *b, yyjson_val *want, const crmi_decision *d, crmsync_str id,
                      const char *name, uint32_t bit)
{
    yyjson_val *flags = crmi_json_member(want, "flags");
    size_t i, max;
    yyjson_val *v;
    bool wanted = false;
    yyjson_arr_foreach(flags, i, max, v)
    {
        wanted = wanted || yyjson_equals_str(v, name);
    }
    bool set = (d->flags & bit) != 0;
    return !flags || wanted == set ? 0 : wrong(b, name, id, set ? "set" : "clear", "the other");
}

static int check_decision(const bench *b, yyjson_val *want)
{
    static const char *const ops[] = {"none", "create", "update", "deactivate"};
    const crmi_decision *d = decision_for(b, want);
    crmsync_str id = crmi_json_member_text(want, "id");
    crmsync_str others[MOST];
    if (!d) {
        return wrong(b, "decision", id, "missing", "there");
    }
    for (size_t i = 0; i < d->other_count; i++) {
        others[i] = d->others[i].id;
    }
    yyjson_val *link = crmi_json_member(want, "link");
    int bad =
        check_word(b, want, "outcome", id, crmsync_outcome_name(d->outcome)) +
        check_word(b, want, "reason", id, crmsync_reason_name(d->reason)) +
        check_word(b, want, "rule", id, d->rule ? crmsync_reason_name(d->rule) : "") +
        check_word(b, want, "crm_op", id, ops[d->crm_op]) +
        check_word(b, want, "local_op", id, ops[d->local_op]) +
        check_text(b, want, "object", id, d->object) +
        check_text(b, want, "crm_id", id, d->crm_id) +
        check_text(b, want, "detail", id, d->detail) +
        check_text(b, want, "parent", id, local_id_at(b, d->parent)) +
        check_text(b, want, "same_as", id, local_id_at(b, d->same_as)) +
        check_list(b, "claims", id, d->claims, d->claim_count, crmi_json_member(want, "claims")) +
        check_list(b, "others", id, others, d->other_count, crmi_json_member(want, "others"));
    if (link && yyjson_get_bool(link) != d->link) {
        bad += wrong(b, "link", id, d->link ? "true" : "false", "the other");
    }
    yyjson_val *assign = crmi_json_member(want, "auto_assign");
    if (assign && yyjson_get_bool(assign) != !!(d->flags & CRMI_DECISION_AUTO_ASSIGN)) {
        bad += wrong(b, "auto_assign", id, "", "the other");
    }
    bad += check_flag(b, want, d, id, "reactivated", CRMI_DECISION_REACTIVATED) +
           check_flag(b, want, d, id, "deactivated", CRMI_DECISION_DEACTIVATED);
    size_t i, max;
    yyjson_val *key, *field;
    yyjson_obj_foreach(crmi_json_member(want, "fields"), i, max, key, field)
    {
        bad += check_field(b, d, id, yyjson_get_str(key), field);
    }
    return bad;
}

/* Every decision is counted once and tells a reason that fits its outcome. */
static int check_sanity(const bench *b)
{
    int bad = 0;
    for (size_t i = 0; i < b->plan.count; i++) {
        const crmi_decision *d = &b->plan.items[i];
        bool acts = d->crm_op != CRMI_OP_NONE || d->local_op != CRMI_OP_NONE;
        bad += d->outcome == crmsync_reason_outcome(d->reason)
                   ? 0
                   : wrong(b, "outcome", d->local_id, "one", "that of its reason");
        bad += acts && d->outcome >= CRMSYNC_OUTCOME_SKIPPED
                   ? wrong(b, "operation", d->local_id, "done", "none")
                   : 0;
        bad += d->parent != CRMI_NO_DECISION && d->parent >= i
                   ? wrong(b, "parent", d->local_id, "later", "earlier")
                   : 0;
    }
    return bad;
}

static int run_case(yyjson_val *json, yyjson_val *configs, crmsync_schema *schema)
{
    static bench empty;
    bench *b = malloc(sizeof(*b));
    assert_non_null(b);
    *b = empty;
    size_t i, max;
    yyjson_val *v;
    b->json = json;
    b->name = yyjson_get_str(crmi_json_member(json, "name"));
    crmi_arena_init(&b->arena, &alloc);
    crmi_plan_init(&b->plan, &alloc);
    make_env(b, configs, schema);
    make_owners(b);
    b->people = make_rows(b, "person", crmi_json_member(json, "people"));
    b->companies = make_rows(b, "company", crmi_json_member(json, "companies"));
    b->opportunities = make_rows(b, "opportunity", crmi_json_member(json, "opportunities"));
    yyjson_arr_foreach(crmi_json_member(json, "links"), i, max, v)
    {
        make_link(b, v);
    }
    if (crmi_json_member(json, "import")) {
        decide_import(b, crmi_json_member(json, "import"));
    } else if (crmi_json_member(json, "activities")) {
        decide_activities(b, crmi_json_member(json, "activities"));
    } else {
        decide_export(b);
    }
    int bad = check_sanity(b);
    yyjson_arr_foreach(crmi_json_member(json, "expect"), i, max, v)
    {
        bad += check_decision(b, v);
    }
    yyjson_arr_foreach(crmi_json_member(json, "order"), i, max, v)
    {
        crmsync_str have = local_id_at(b, i);
        bad += crmi_str_eq(have, crmi_json_text(v)) ? 0
                                                    : wrong(b, "order", crmi_json_text(v), have.ptr,
                                                            yyjson_get_str(v));
    }
    int64_t count = 0;
    if (crmi_json_member_i64(json, "count", &count) && (size_t)count != b->plan.count) {
        print_error("%s: %zu decisions, not %lld\n", b->name, b->plan.count, (long long)count);
        bad++;
    }
    crmi_plan_clear(&b->plan);
    for (size_t r = 0; r < b->rows_count; r++) {
        crmsync_rows_free(b->rows[r]);
    }
    crmsync_normalizer_free(b->normalizer);
    crmsync_config_free(b->config);
    crmi_arena_clear(&b->arena);
    free(b);
    return bad;
}

static crmsync_schema *standard_schema(const char *root)
{
    size_t len = 0;
    crmsync_schema *schema = NULL;
    crmsync_error *err = NULL;
    char dir[1024];
    snprintf(dir, sizeof(dir), "%s/tests/vectors/schema", root);
    char *text = read_file(dir, "standard.json", &len);
    crmsync_schema_parse(&alloc, (crmsync_str){text, len}, &schema, &err);
    free(text);
    if (err) {
        print_error("standard.json: %s\n", crmsync_error_message(err).ptr);
    }
    assert_null(err);
    return schema;
}

static int run_file(const char *dir, const char *name, crmsync_schema *schema, size_t *cases)
{
    size_t len = 0, i, max;
    yyjson_doc *doc = NULL;
    yyjson_val *v;
    crmsync_error *err = NULL;
    int bad = 0;
    char *text = read_file(dir, name, &len);
    crmi_json_read(&alloc, (crmsync_str){text, len}, &doc, &err);
    assert_null(err);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_arr_foreach(crmi_json_member(root, "cases"), i, max, v)
    {
        bad += run_case(v, crmi_json_member(root, "configs"), schema);
        (*cases)++;
    }
    yyjson_doc_free(doc);
    free(text);
    return bad;
}

static void test_vectors__each_case_decides_as_expected(void **state)
{
    (void)state;
    const char *root = getenv("SOURCE_ROOT");
    char dir[1024];
    size_t cases = 0;
    int bad = 0;
    if (!root)
        fail_msg("SOURCE_ROOT must name the source folder");
    snprintf(dir, sizeof(dir), "%s/tests/vectors/decide", root);
    crmsync_schema *schema = standard_schema(root);
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        size_t n = strlen(e->d_name);
        if (n > 5 && strcmp(e->d_name + n - 5, ".json") == 0 &&
            strcmp(e->d_name, "truth.json") != 0) {
            bad += run_file(dir, e->d_name, schema, &cases);
        }
    }
    closedir(d);
    crmsync_schema_free(schema);
    print_message("# %zu cases\n", cases);
    assert_int_equal(bad, 0);
    assert_true(cases >= 60);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors__each_case_decides_as_expected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
