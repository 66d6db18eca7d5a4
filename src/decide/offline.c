/* Deciding from files: an export page made of plain rows, without links and base values. */
#include "base/sized.h"
#include "decide/offline.h"

#include "base/time.h"
#include "model/rows.h"

/* JSON has no dates and ids: texts become what describe says they are. */
static bool typed(const crmi_field *field, const crmsync_cell *in, crmsync_cell *out)
{
    uint32_t type = field ? field->type : CRMI_TYPE_OTHER;
    int64_t number = 0;
    *out = *in;
    if (in->type != CRMSYNC_CELL_TEXT) {
        return true;
    }
    if (type == CRMI_TYPE_DATETIME && crmi_datetime_parse(in->text, &number)) {
        *out = crmi_cell_number(CRMSYNC_CELL_DATETIME, number);
    } else if (type == CRMI_TYPE_DATE && crmi_date_parse(in->text, &number)) {
        *out = crmi_cell_number(CRMSYNC_CELL_DATE, number);
    }
    return true;
}

static bool looks_like_id(crmsync_str name)
{
    return crmi_str_ends(name, "Id") && crmi_str_chr(name, '.') < 0;
}

static bool widen(crmi_offline *o, crmsync_str name, crmsync_cell *cell)
{
    char id[32];
    size_t len = 0;
    if (cell->type != CRMSYNC_CELL_TEXT || !looks_like_id(name) ||
        crmsync_normalize_id(cell->text, id, sizeof(id), &len) != CRMSYNC_OK || !len) {
        return true;
    }
    cell->type = CRMSYNC_CELL_ID;
    return crmi_arena_str(o->arena, (crmsync_str){id, len}, &cell->text);
}

static bool stamp_field(crmsync_str name)
{
    return crmi_str_is(name, "CreatedDate") || crmi_str_is(name, "SystemModstamp") ||
           crmi_str_is(name, "LastModifiedDate");
}

int32_t crmi_offline_keep(crmi_offline *o, const crmsync_rows *from, crmsync_rows **out)
{
    static const crmi_field instant = {.type = CRMI_TYPE_DATETIME};
    crmsync_str kind = crmsync_rows_kind(from);
    const crmi_object *object = crmi_schema_object(o->env.schema, kind);
    crmsync_rows *rows = NULL;
    int32_t code = crmsync_rows_new(&o->plan->alloc, kind, NULL, 0, &rows, o->err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    o->plan->inputs[o->plan->input_count++] = rows;
    for (size_t i = 0; i < crmsync_rows_count(from); i++) {
        bool ok = crmi_rows_add_row(rows) >= 0;
        for (size_t k = 0; ok && k < crmsync_rows_field_count(from); k++) {
            crmsync_str name = crmsync_rows_field(from, k);
            crmsync_cell cell = crmsync_rows_get(from, i, k);
            const crmi_field *field = object ? crmi_object_field(object, name) : NULL;
            bool crm = object || crmi_crm_object_named(kind);
            if (!field && crm && stamp_field(name)) {
                field = &instant;
            }
            ok = cell.type == CRMSYNC_CELL_ABSENT ||
                 (typed(field, &cell, &cell) && (!crm || widen(o, name, &cell)) &&
                  crmi_rows_put(rows, i, name, &cell));
        }
        if (!ok) {
            return crmi_fail_nomem(o->err);
        }
    }
    *out = rows;
    return CRMSYNC_OK;
}

static int32_t keep_owners(crmi_offline *o, const crmsync_rows *rows)
{
    size_t n = crmsync_rows_count(rows);
    crmi_owner *owners = crmi_arena_array(o->arena, n + 1, sizeof(*owners));
    if (!owners) {
        return crmi_fail_nomem(o->err);
    }
    for (size_t i = 0; i < n; i++) {
        crmi_record user = {rows, i};
        crmsync_str type = crmi_record_text(user, "UserType");
        crmsync_str email = crmi_record_text(user, "Email");
        if (o->in->config->connection.sandbox && crmi_str_ends(email, ".invalid")) {
            email.len -= sizeof(".invalid") - 1;
        }
        owners[i] = (crmi_owner){
            .id = crmi_record_text(user, "Id"),
            .email = email,
            .active = crmi_record_flag(user, "IsActive"),
            .standard = !type.len || crmi_str_is(type, "Standard"),
        };
    }
    o->env.owners = owners;
    o->env.owner_count = n;
    return CRMSYNC_OK;
}

static int32_t keep_candidates(crmi_offline *o)
{
    size_t total = 0;
    for (size_t i = 0; i < o->in->candidate_count; i++) {
        total += crmsync_rows_count(o->in->candidates[i]);
    }
    o->people_found = crmi_arena_array(o->arena, total + 1, sizeof(crmi_record));
    o->accounts = crmi_arena_array(o->arena, total + 1, sizeof(crmi_record));
    if (!o->people_found || !o->accounts) {
        return crmi_fail_nomem(o->err);
    }
    for (size_t i = 0; i < o->in->candidate_count; i++) {
        crmsync_rows *rows = NULL;
        int32_t code = crmi_offline_keep(o, o->in->candidates[i], &rows);
        if (code != CRMSYNC_OK) {
            return code;
        }
        crmsync_str kind = crmsync_rows_kind(rows);
        bool person = crmi_str_is(kind, "Lead") || crmi_str_is(kind, "Contact");
        if (crmi_str_is(kind, "User")) {
            code = keep_owners(o, rows);
        }
        for (size_t k = 0; code == CRMSYNC_OK && k < crmsync_rows_count(rows); k++) {
            crmi_record record = {rows, k};
            if (person) {
                o->people_found[o->people_found_count++] = record;
            } else if (crmi_str_is(kind, "Account")) {
                o->accounts[o->account_count++] = record;
            }
        }
        if (code != CRMSYNC_OK) {
            return code;
        }
    }
    return CRMSYNC_OK;
}

/* The company a person names, or one of its own made of the person's words. */
static int32_t add_company(crmi_offline *o, crmi_map *ids, const crmsync_rows *companies, size_t i)
{
    crmsync_str field = o->in->config->local.company_id;
    crmi_record person = o->people[i].local;
    size_t row = 0;
    crmsync_str id = field.len ? crmi_record_get(person, field).text : CRMI_STR_EMPTY;
    if (companies && id.len && crmi_map_get_index(ids, id, &row)) {
        o->people[i].company = row;
        return CRMSYNC_OK;
    }
    crmi_company_keys keys;
    int32_t code =
        crmi_company_keys_of(&o->env, (crmi_record){NULL, 0}, person, o->arena, &keys, o->err);
    crmsync_str key = keys.website.len        ? keys.website
                      : keys.email_domain.len ? keys.email_domain
                                              : keys.name;
    o->people[i].company = CRMI_NO_DECISION;
    if (code != CRMSYNC_OK || !key.len) {
        return code;
    }
    crmi_buf b;
    crmsync_str tagged;
    crmi_buf_init(&b, &o->plan->alloc);
    crmi_buf_fmt(&b, "\x01%.*s", CRMI_SPELL(key)); /* cannot be an id of the host's companies */
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(o->arena, crmi_buf_str(&b), &tagged);
    crmi_buf_clear(&b);
    if (ok && !crmi_map_get_index(ids, tagged, &row)) {
        row = o->company_count++;
        o->companies[row].sample = person;
        ok = crmi_map_put_index(ids, tagged, row);
    }
    o->people[i].company = row;
    return ok ? CRMSYNC_OK : crmi_fail_nomem(o->err);
}

/* The strongest reason of each person: the row of rank 0. Nothing else of the rows is used. */
static int32_t keep_verdicts(crmi_offline *o, size_t people)
{
    crmsync_rows *rows = NULL;
    crmi_map first;
    size_t row = 0;
    int32_t code = o->in->verdicts ? crmi_offline_keep(o, o->in->verdicts, &rows) : CRMSYNC_OK;
    crmi_map_init(&first, &o->plan->alloc);
    for (size_t i = crmsync_rows_count(rows); code == CRMSYNC_OK && i-- > 0;) {
        crmsync_str id = crmi_record_text((crmi_record){rows, i}, "id");
        if (id.len && !crmi_map_put_index(&first, id, i)) {
            code = crmi_fail_nomem(o->err);
        }
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < people; i++) {
        if (crmi_map_get_index(&first, crmi_record_text(o->people[i].local, "id"), &row)) {
            crmi_record verdict = {rows, row};
            crmsync_str record = crmi_record_text(verdict, "record");
            o->people[i].suppressed =
                crmsync_reason_by_name(crmi_record_text(verdict, "reason"));
            o->people[i].suppressed_by =
                record.len ? record : crmi_record_text(verdict, "source");
        }
    }
    crmi_map_clear(&first);
    return code;
}

static int32_t lay_out(crmi_offline *o, const crmsync_rows *people, const crmsync_rows *companies,
                       crmi_map *ids)
{
    size_t n = crmsync_rows_count(people);
    size_t m = companies ? crmsync_rows_count(companies) : 0;
    o->people = crmi_arena_array(o->arena, n + 1, sizeof(*o->people));
    o->companies = crmi_arena_array(o->arena, n + m + 1, sizeof(*o->companies));
    if (!o->people || !o->companies) {
        return crmi_fail_nomem(o->err);
    }
    for (size_t i = 0; i < m; i++) {
        o->companies[i].local = (crmi_record){companies, i};
        crmsync_str id = crmi_record_text(o->companies[i].local, "id");
        if (id.len && !crmi_map_put_index(ids, id, i)) {
            return crmi_fail_nomem(o->err);
        }
    }
    o->company_count = m;
    for (size_t i = 0; i < n; i++) {
        o->people[i].local = (crmi_record){people, i};
        int32_t code = crmi_offline_candidates(o, &o->people[i]);
        if (code == CRMSYNC_OK) {
            code = add_company(o, ids, companies, i);
        }
        if (code != CRMSYNC_OK) {
            return code;
        }
    }
    for (size_t i = 0; i < o->company_count; i++) {
        o->companies[i].candidates = o->accounts;
        o->companies[i].candidate_count = o->account_count;
    }
    return CRMSYNC_OK;
}

static int32_t decide(crmi_offline *o)
{
    crmsync_rows *people = NULL;
    crmsync_rows *companies = NULL;
    crmi_map ids;
    int32_t code = keep_candidates(o);
    crmi_map_init(&ids, &o->plan->alloc);
    crmi_map_init(&o->emails, &o->plan->alloc);
    crmi_map_init(&o->ids, &o->plan->alloc);
    if (code == CRMSYNC_OK) {
        code = crmi_offline_index(o);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_offline_keep(o, o->in->people, &people);
    }
    if (code == CRMSYNC_OK && o->in->companies) {
        code = crmi_offline_keep(o, o->in->companies, &companies);
    }
    if (code == CRMSYNC_OK) {
        code = lay_out(o, people, companies, &ids);
    }
    if (code == CRMSYNC_OK) {
        code = keep_verdicts(o, crmsync_rows_count(people));
    }
    if (code == CRMSYNC_OK) {
        crmi_export_page page = {o->people, crmsync_rows_count(people), o->companies,
                                 o->company_count, companies != NULL};
        code = crmi_decide_export(&o->env, &page, &o->plan->own, o->err);
    }
    crmi_map_clear(&ids);
    crmi_map_clear(&o->emails);
    crmi_map_clear(&o->ids);
    return code == CRMSYNC_OK ? crmi_plan_seal(o->plan, o->err) : code;
}

/* The rules are the configuration's: a plan that outlives it forgets them. */
static void forget_rules(crmi_plan *page)
{
    for (size_t i = 0; i < page->count; i++) {
        for (size_t k = 0; k < page->items[i].field_count; k++) {
            page->items[i].fields[k].rule = NULL;
        }
    }
}

bool crmi_offline_keep_names(crmi_plan *page)
{
    bool ok = true;
    for (size_t i = 0; ok && i < page->count; i++) {
        crmi_decision *d = &page->items[i];
        for (size_t k = 0; ok && k < d->field_count; k++) {
            crmi_field_decision *f = &d->fields[k];
            ok = crmi_arena_str(&page->arena, f->local, &f->local) &&
                 crmi_cell_copy(&page->arena, &f->local_old, &f->local_old) &&
                 crmi_arena_str(&page->arena, f->remote, &f->remote) &&
                 crmi_cell_copy(&page->arena, &f->crm_new, &f->crm_new) &&
                 crmi_cell_copy(&page->arena, &f->local_new, &f->local_new);
        }
    }
    return ok;
}

int32_t crmsync_decide_people(const crmsync_alloc *alloc, const crmsync_decide_input *given,
                              crmsync_plan **out, crmsync_error **err)
{
    crmsync_decide_input copy = CRMSYNC_DECIDE_INPUT_INIT;
    const crmsync_decide_input *input = &copy;
    crmsync_plan *plan = NULL;
    crmsync_schema *empty = NULL;
    *out = NULL;
    int32_t code = crmi_copy_in(&copy, sizeof(copy), given, "members of the input", err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    if (!input->config || !input->normalizer || !input->people) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "deciding needs a configuration, a normalizer and people");
    }
    code = crmi_plan_owned(alloc, &plan, err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    size_t slots = input->candidate_count + 3;
    plan->inputs = crmi_arena_array(&plan->own.arena, slots, sizeof(*plan->inputs));
    code = plan->inputs ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (code == CRMSYNC_OK && !input->schema) {
        code = crmsync_schema_new(&plan->alloc, &empty, err);
    }
    if (code == CRMSYNC_OK) {
        crmi_offline o = {.in = input, .plan = plan, .arena = &plan->own.arena, .err = err};
        o.env = (crmi_decide_env){
            .alloc = &plan->alloc,
            .config = input->config,
            .schema = input->schema ? input->schema : empty,
            .normalizer = input->normalizer,
            .now_ms = input->now_ms,
        };
        code = decide(&o);
    }
    if (code == CRMSYNC_OK) {
        forget_rules(&plan->own);
        code = crmi_offline_keep_names(&plan->own) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    crmsync_schema_free(empty);
    if (code != CRMSYNC_OK) {
        crmsync_plan_free(plan);
        return code;
    }
    *out = plan;
    return CRMSYNC_OK;
}
