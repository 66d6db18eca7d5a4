/* Checking people against the sources: every reason that there is, the strongest first. */
#include <stdlib.h>

#include "decide/suppression_case.h"

#include "base/sized.h"
#include "base/time.h"

bool crmi_refuses(uint32_t host, uint32_t crm, uint32_t was, bool reactivated)
{
    bool lifted = host == CRMI_NO && crm == CRMI_NO;
    return host == CRMI_YES || (!reactivated && (crm == CRMI_YES || (was == CRMI_YES && !lifted)));
}

void crmi_check_add(crmi_check *c, crmi_findings *list, crmi_finding f)
{
    if (!crmi_grow(&c->s->alloc, &list->items, &list->cap, list->count + 1, sizeof(f))) {
        c->oom = true;
        return;
    }
    list->items[list->count++] = f;
}

/* ---- sources ---- */

static void need(crmi_check *c, uint32_t kind, crmsync_str name)
{
    for (size_t i = 0; i < c->s->source_count; i++) {
        const crmi_source *source = &c->s->sources[i];
        bool named = kind != CRMSYNC_SOURCE_LIST || crmi_str_eq(source->name, name);
        if (source->kind == kind && named) {
            return;
        }
    }
    crmi_check_add(c, &c->gaps,
                   (crmi_finding){.reason = CRMSYNC_REASON_SOURCE_UNKNOWN, .source = name});
}

static void find_gaps(crmi_check *c)
{
    int64_t oldest = c->q.now_ms - (int64_t)c->rule->max_age_hours * 3600000;
    for (size_t i = 0; i < c->rule->list_count; i++) {
        need(c, CRMSYNC_SOURCE_LIST, c->rule->lists[i]);
    }
    if (c->rule->scope != CRMI_SCOPE_OFF) {
        need(c, CRMSYNC_SOURCE_OPPORTUNITIES, CRMI_STR("Opportunity"));
    }
    if (c->rule->scope == CRMI_SCOPE_CONTACT_ROLE) {
        need(c, CRMSYNC_SOURCE_CONTACT_ROLES, CRMI_STR("OpportunityContactRole"));
    }
    for (size_t i = 0; i < c->s->source_count; i++) {
        const crmi_source *source = &c->s->sources[i];
        bool off = source->kind != CRMSYNC_SOURCE_LIST && c->rule->scope == CRMI_SCOPE_OFF;
        bool stale = c->rule->max_age_hours && source->read_ms < oldest;
        if (!off && !source->complete) {
            crmi_check_add(
                c, &c->gaps,
                (crmi_finding){.reason = CRMSYNC_REASON_SOURCE_UNKNOWN, .source = source->name});
        }
        if (!off && stale) {
            crmi_check_add(
                c, &c->gaps,
                (crmi_finding){.reason = CRMSYNC_REASON_SOURCE_STALE, .source = source->name});
        }
    }
}

/* ---- the person ---- */

static crmsync_str id_of(crmi_check *c, crmi_record record, crmsync_str field)
{
    char id[32];
    size_t len = 0;
    crmsync_str out = CRMI_STR_EMPTY;
    crmsync_str text =
        record.rows && field.len ? crmi_record_get(record, field).text : CRMI_STR_EMPTY;
    if (crmsync_normalize_id(text, id, sizeof(id), &len) == CRMSYNC_OK && len) {
        c->oom = c->oom || !crmi_arena_str(&c->arena, (crmsync_str){id, len}, &out);
    }
    return out;
}

static void find_company(crmi_check *c)
{
    crmsync_str field = c->env.config->local.company_id;
    crmsync_str id = field.len ? crmi_record_get(c->person, field).text : CRMI_STR_EMPTY;
    size_t row = 0;
    bool known = c->q.companies && id.len && crmi_map_get_index(&c->companies, id, &row);
    c->company = known ? (crmi_record){c->q.companies, row} : (crmi_record){NULL, 0};
}

static int32_t read_person(crmi_check *c, crmsync_error **err)
{
    char domain[CRMSYNC_KEY_MAX];
    size_t len = 0;
    crmsync_str crm_id = c->env.config->local.crm_id;
    find_company(c);
    c->ids[0] = id_of(c, c->person, CRMI_STR("contact_id"));
    c->ids[1] = id_of(c, c->person, CRMI_STR("lead_id"));
    c->ids[2] = id_of(c, c->person, crm_id);
    c->accounts[0] = id_of(c, c->person, CRMI_STR("account_id"));
    c->accounts[1] = id_of(c, c->company, crm_id);
    int32_t code = crmi_person_email_key(&c->env, c->person, &c->arena, &c->email, err);
    if (code == CRMSYNC_OK) {
        code = crmi_company_keys_of(&c->env, c->company, c->person, &c->arena, &c->keys, err);
    }
    c->email_domain = CRMI_STR_EMPTY;
    if (code == CRMSYNC_OK && c->email.len) {
        int32_t found =
            crmsync_normalize_domain(c->s->normalizer, c->email, domain, sizeof(domain), &len);
        bool kept = crmi_arena_str(&c->arena, (crmsync_str){domain, len}, &c->email_domain);
        code = found == CRMSYNC_E_NOMEM || !kept ? crmi_fail_nomem(err) : CRMSYNC_OK;
    }
    return code;
}

/* The host's word on one way of contact; local.do_not_contact refuses every one. */
static uint32_t word_on(const crmi_check *c, crmsync_str field)
{
    uint32_t every = crmi_said(c->person, c->env.config->local.do_not_contact);
    return every == CRMI_YES ? CRMI_YES : crmi_said(c->person, field);
}

static void find_consent(crmi_check *c)
{
    bool again = crmi_record_flag(c->person, "reactivated");
    uint32_t channels =
        c->q.channels ? c->q.channels : CRMSYNC_CHANNEL_EMAIL | CRMSYNC_CHANNEL_CALL;
    c->opt_out = crmi_refuses(word_on(c, c->rule->opt_out),
                              crmi_said(c->person, CRMI_STR("crm_opt_out")),
                              crmi_said(c->person, CRMI_STR("was_opt_out")), again);
    c->do_not_call = crmi_refuses(word_on(c, c->rule->do_not_call),
                                  crmi_said(c->person, CRMI_STR("crm_do_not_call")),
                                  crmi_said(c->person, CRMI_STR("was_do_not_call")), again);
    if (c->opt_out && (channels & CRMSYNC_CHANNEL_EMAIL)) {
        crmi_check_add(c, &c->found, (crmi_finding){.reason = CRMSYNC_REASON_OPT_OUT});
    }
    if (c->do_not_call && (channels & CRMSYNC_CHANNEL_CALL)) {
        crmi_check_add(c, &c->found, (crmi_finding){.reason = CRMSYNC_REASON_DO_NOT_CALL});
    }
}

/* Adds all that stands under a key. */
static void find_entries(crmi_check *c, const char *prefix, crmsync_str key, uint32_t reason)
{
    const crmi_entry *e = crmi_suppression_find(c->s, prefix, key, &c->oom);
    for (; e; e = crmi_suppression_next(c->s, e)) {
        crmi_check_add(c, &c->found,
                       (crmi_finding){.reason = reason, .source = e->source, .record = e->text});
    }
}

static void find_listed(crmi_check *c)
{
    const struct {
        const char *prefix;
        crmsync_str key;
    } keys[] = {
        {CRMI_KEY_PERSON, crmi_record_text(c->person, "id")},
        {CRMI_KEY_CRM, c->ids[0]},
        {CRMI_KEY_CRM, c->ids[1]},
        {CRMI_KEY_CRM, c->ids[2]},
        {CRMI_KEY_CRM, c->accounts[0]},
        {CRMI_KEY_CRM, c->accounts[1]},
        {CRMI_KEY_EMAIL, c->email},
        {CRMI_KEY_DOMAIN, c->email_domain},
        {CRMI_KEY_DOMAIN, c->keys.website},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        find_entries(c, keys[i].prefix, keys[i].key, CRMSYNC_REASON_ON_LIST);
    }
}

/* ---- the verdict ---- */

/* By strength; what has no end, or the later one, first; then by name, so that order is total. */
static int compare(const void *left, const void *right)
{
    const crmi_finding *a = left;
    const crmi_finding *b = right;
    if (a->reason != b->reason) {
        return a->reason < b->reason ? -1 : 1;
    }
    if (a->ends != b->ends) {
        return a->ends ? 1 : -1;
    }
    if (a->ends && a->until != b->until) {
        return a->until > b->until ? -1 : 1;
    }
    int order = crmi_str_cmp(a->source, b->source);
    order = order ? order : crmi_str_cmp(a->record, b->record);
    return order ? order : crmi_str_cmp(a->name, b->name);
}

static void put(crmi_check *c, size_t row, const char *field, crmsync_cell cell)
{
    c->oom = c->oom || !crmi_rows_put(c->out, row, crmi_str(field), &cell);
}

static void emit(crmi_check *c, const char *verdict, const crmi_finding *f, size_t rank)
{
    char digits[24];
    size_t n = sizeof(digits);
    ptrdiff_t row = crmi_rows_add_row(c->out);
    if (row < 0) {
        c->oom = true;
        return;
    }
    do {
        digits[--n] = (char)('0' + rank % 10);
        rank /= 10;
    } while (rank);
    crmsync_str place = {digits + n, sizeof(digits) - n};
    size_t at = (size_t)row;
    put(c, at, "id", crmi_record_get(c->person, CRMI_STR("id")));
    put(c, at, "rank", (crmsync_cell){place, 0, CRMSYNC_CELL_DECIMAL, 0});
    put(c, at, "verdict", crmi_cell_text(crmi_str(verdict)));
    put(c, at, "reason",
        f ? crmi_cell_text(crmi_str(crmsync_reason_name(f->reason))) : crmi_cell_null());
    put(c, at, "source", f ? crmi_cell_text(f->source) : crmi_cell_null());
    put(c, at, "record", f ? crmi_cell_text(f->record) : crmi_cell_null());
    put(c, at, "name", f ? crmi_cell_text(f->name) : crmi_cell_null());
    put(c, at, "until",
        f && f->ends ? crmi_cell_number(CRMSYNC_CELL_DATE, f->until) : crmi_cell_null());
    put(c, at, "opt_out", crmi_cell_bool(c->opt_out));
    put(c, at, "do_not_call", crmi_cell_bool(c->do_not_call));
}

static void tell(crmi_check *c)
{
    crmi_findings *list = &c->found;
    size_t rank = 0;
    if (!list->count) {
        emit(c, "clear", NULL, 0);
        return;
    }
    qsort(list->items, list->count, sizeof(*list->items), compare);
    bool known = list->items[0].reason < CRMSYNC_REASON_SOURCE_UNKNOWN;
    for (size_t i = 0; i < list->count; i++) {
        if (i == 0 || compare(&list->items[i - 1], &list->items[i]) != 0) {
            emit(c, known ? "suppressed" : "unknown", &list->items[i], rank++);
        }
    }
}

static int32_t check_person(crmi_check *c, crmsync_error **err)
{
    crmi_arena_init(&c->arena, &c->s->alloc);
    c->found.count = 0;
    int32_t code = read_person(c, err);
    if (code == CRMSYNC_OK) {
        find_consent(c);
        find_listed(c);
        crmi_check_marked(c, c->person);
        crmi_check_marked(c, c->company);
        find_entries(c, CRMI_KEY_CUSTOMER, c->email_domain, CRMSYNC_REASON_CUSTOMER);
        find_entries(c, CRMI_KEY_CUSTOMER, c->keys.website, CRMSYNC_REASON_CUSTOMER);
        crmi_check_opportunities(c);
        for (size_t i = 0; i < c->gaps.count; i++) {
            crmi_check_add(c, &c->found, c->gaps.items[i]);
        }
        tell(c);
        code = c->oom ? crmi_fail_nomem(err) : CRMSYNC_OK;
    }
    crmi_arena_clear(&c->arena);
    return code;
}

static int32_t check_all(crmi_check *c, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; i < crmsync_rows_count(c->q.companies); i++) {
        crmsync_str id = crmi_record_text((crmi_record){c->q.companies, i}, "id");
        if (id.len && !crmi_map_put_index(&c->companies, id, i)) {
            return crmi_fail_nomem(err);
        }
    }
    find_gaps(c);
    for (size_t i = 0; code == CRMSYNC_OK && i < crmsync_rows_count(c->q.people); i++) {
        c->person = (crmi_record){c->q.people, i};
        if (!crmi_record_text(c->person, "id").len) {
            return crmi_fail(err, CRMSYNC_E_INVALID,
                             "person %zu has no \"id\": every record needs the host's id", i);
        }
        code = check_person(c, err);
    }
    return code;
}

int32_t crmsync_suppression_check(const crmsync_suppression *s,
                                  const crmsync_suppression_query *query, crmsync_rows **out,
                                  crmsync_error **err)
{
    static const crmsync_str fields[] = {
        CRMSYNC_STR_LIT("id"),         CRMSYNC_STR_LIT("rank"),   CRMSYNC_STR_LIT("verdict"),
        CRMSYNC_STR_LIT("reason"),     CRMSYNC_STR_LIT("source"), CRMSYNC_STR_LIT("record"),
        CRMSYNC_STR_LIT("name"),       CRMSYNC_STR_LIT("until"),  CRMSYNC_STR_LIT("opt_out"),
        CRMSYNC_STR_LIT("do_not_call")};
    crmi_check c = {.s = s, .rule = &s->config->suppression};
    *out = NULL;
    int32_t code = crmi_copy_in(&c.q, sizeof(c.q), query, "members of the query", err);
    if (code == CRMSYNC_OK && (!c.q.people || c.q.now_ms <= 0)) {
        code = crmi_fail(err, CRMSYNC_E_INVALID,
                         "checking needs people, and the time in now_ms: lists may be stale");
    }
    if (code == CRMSYNC_OK) {
        code = crmsync_rows_new(&s->alloc, CRMI_STR("verdict"), fields, 10, &c.out, err);
    }
    if (code != CRMSYNC_OK) {
        return code;
    }
    c.env = (crmi_decide_env){.alloc = &s->alloc, .config = s->config, .normalizer = s->normalizer};
    c.today = c.q.now_ms / CRMI_DAY_MS;
    crmi_map_init(&c.companies, &s->alloc);
    code = check_all(&c, err);
    crmi_map_clear(&c.companies);
    crmi_dealloc_array(&s->alloc, c.gaps.items, c.gaps.cap, sizeof(crmi_finding));
    crmi_dealloc_array(&s->alloc, c.found.items, c.found.cap, sizeof(crmi_finding));
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(c.out);
        return code;
    }
    *out = c.out;
    return CRMSYNC_OK;
}
