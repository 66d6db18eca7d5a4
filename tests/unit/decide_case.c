/* A case laid out as inputs of the decision that it is about, and decided. */
#include "unit/decide_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "decide/signal.h"

#define NOW_MS INT64_C(1795000000000)

static crmsync_alloc alloc;

static crmsync_str json_text(decide_case *b, const yyjson_val *v)
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

static void fail_with(const decide_case *b, crmsync_error *err)
{
    if (err) {
        print_error("%s: %.*s at %.*s\n", b->name, CRMI_SPELL(crmsync_error_message(err)),
                    CRMI_SPELL(crmsync_error_where(err)));
    }
    assert_null(err);
}

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

static crmsync_rows *make_rows(decide_case *b, const char *kind, yyjson_val *list)
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

static void make_shadow(decide_case *b, crmi_target *t, yyjson_val *v)
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

static void make_link(decide_case *b, yyjson_val *v)
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

static const crmi_link *link_of(const decide_case *b, const char *kind, crmsync_str id)
{
    for (size_t i = 0; i < b->link_count; i++) {
        if (crmi_str_is(b->links[i].kind, kind) && crmi_str_eq(b->links[i].local_id, id)) {
            return &b->links[i];
        }
    }
    return NULL;
}

static crmi_record local_of(const decide_case *b, crmsync_str id)
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

static void make_candidates(decide_case *b)
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

static void make_owners(decide_case *b)
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

static void make_env(decide_case *b, yyjson_val *configs, crmsync_schema *schema)
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
static const crmsync_str *owners_of(decide_case *b, const crmi_record *candidates, size_t n,
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

static const crmsync_str *chosen(decide_case *b, yyjson_val *option, size_t *n)
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

static void make_page(decide_case *b)
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
        b->person_inputs[i] = (crmi_person_input){
            .local = local,
            .link = link_of(b, "person", id),
            .candidates = b->persons_found,
            .candidate_count = b->person_found_count,
            .company = company,
            .unknown = crmi_json_member_bool(o, "unknown", false),
            .manual = crmi_json_member_bool(o, "manual", false),
            .route = word(routes, crmi_json_member_text(o, "route")),
            .owners = owners_of(b, b->persons_found, b->person_found_count, id),
            .suppressed = crmsync_reason_by_name(crmi_json_member_text(o, "suppressed")),
            .suppressed_by = crmi_json_member_text(o, "suppressed_by")};
        b->person_inputs[i].fields = chosen(b, o, &b->person_inputs[i].field_count);
    }
}

static void decide_export(decide_case *b)
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

static void decide_import(decide_case *b, yyjson_val *import)
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
        for (size_t r = 0; r < CRMI_CRM_RELATIONS; r++)
            inputs[i].related[r] =
                crmi_json_text(yyjson_arr_get(crmi_json_member(v, "related"), r));
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
static void know_activity(decide_case *b, crmi_activity_input *in, yyjson_val *about)
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

static size_t make_opportunities(decide_case *b, crmi_opportunity *out)
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

static void decide_activities(decide_case *b, yyjson_val *list)
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

static void decide_signals(decide_case *b, yyjson_val *list)
{
    crmsync_error *err = NULL;
    crmi_signal_input inputs[MOST];
    crmsync_rows *rows = make_rows(b, "signal", list);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmi_record local = {rows, i};
        crmsync_cell at = crmi_record_get(local, CRMI_STR("at"));
        inputs[i] = (crmi_signal_input){
            .local = local,
            .person = link_of(b, "person", crmi_record_text(local, "person_id")),
            .company = link_of(b, "company", crmi_record_text(local, "company_id")),
            .link = link_of(b, "signal", crmi_record_text(local, "id")),
            .civil_date = at.type == CRMSYNC_CELL_DATETIME ? at.number / CRMI_DAY_MS : 0};
    }
    crmi_decide_signals(&b->env, inputs, crmsync_rows_count(rows), &b->plan, &err);
    fail_with(b, err);
}

void decide_case_open(decide_case *b, yyjson_val *json, yyjson_val *configs, crmsync_schema *schema)
{
    size_t i, max;
    yyjson_val *v;
    memset(b, 0, sizeof(*b));
    crmi_alloc_init(&alloc, NULL);
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
    } else if (crmi_json_member(json, "signals")) {
        decide_signals(b, crmi_json_member(json, "signals"));
    } else {
        decide_export(b);
    }
}

void decide_case_close(decide_case *b)
{
    crmi_plan_clear(&b->plan);
    for (size_t r = 0; r < b->rows_count; r++) {
        crmsync_rows_free(b->rows[r]);
    }
    crmsync_normalizer_free(b->normalizer);
    crmsync_config_free(b->config);
    crmi_arena_clear(&b->arena);
}
