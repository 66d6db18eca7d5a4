/* Checking people against the sources: every reason that there is, the strongest first. */
#include <stdlib.h>

#include "decide/suppression.h"

#include "base/sized.h"
#include "base/time.h"

typedef struct finding {
    uint32_t reason; /* CRMSYNC_REASON_*; the smaller, the stronger */
    crmsync_str source, record, name;
    bool ends;
    int64_t until; /* days, when it ends */
} finding;

typedef struct findings {
    finding *items;
    size_t count, cap;
} findings;

typedef struct check {
    const crmsync_suppression *s;
    const crmi_suppression_rule *rule;
    crmsync_suppression_query q;
    crmi_decide_env env;
    int64_t today;
    crmi_map companies; /* id -> row */
    findings gaps;      /* sources missing, incomplete, stale: the same for everybody */
    findings found;     /* of the person at hand */
    crmi_arena arena;   /* texts of the person at hand */
    crmi_record person, company;
    crmi_company_keys keys;
    crmsync_str email, email_domain;
    crmsync_str ids[3], accounts[2]; /* contact, lead, local.crm_id; of person and company */
    bool opt_out, do_not_call;
    bool oom;
    crmsync_rows *out;
} check;

bool crmi_refuses(uint32_t host, uint32_t crm, uint32_t was, bool reactivated)
{
    bool lifted = host == CRMI_NO && crm == CRMI_NO;
    return host == CRMI_YES || (!reactivated && (crm == CRMI_YES || (was == CRMI_YES && !lifted)));
}

static void add(check *c, findings *list, finding f)
{
    if (!crmi_grow(&c->s->alloc, &list->items, &list->cap, list->count + 1, sizeof(f))) {
        c->oom = true;
        return;
    }
    list->items[list->count++] = f;
}

/* ---- sources ---- */

static void need(check *c, uint32_t kind, crmsync_str name)
{
    for (size_t i = 0; i < c->s->source_count; i++) {
        const crmi_source *source = &c->s->sources[i];
        bool named = kind != CRMSYNC_SOURCE_LIST || crmi_str_eq(source->name, name);
        if (source->kind == kind && named) {
            return;
        }
    }
    add(c, &c->gaps, (finding){.reason = CRMSYNC_REASON_SOURCE_UNKNOWN, .source = name});
}

static void find_gaps(check *c)
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
            add(c, &c->gaps,
                (finding){.reason = CRMSYNC_REASON_SOURCE_UNKNOWN, .source = source->name});
        }
        if (!off && stale) {
            add(c, &c->gaps,
                (finding){.reason = CRMSYNC_REASON_SOURCE_STALE, .source = source->name});
        }
    }
}

/* ---- the person ---- */

static crmsync_str id_of(check *c, crmi_record record, crmsync_str field)
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

static void find_company(check *c)
{
    crmsync_str field = c->env.config->local.company_id;
    crmsync_str id = field.len ? crmi_record_get(c->person, field).text : CRMI_STR_EMPTY;
    size_t row = 0;
    bool known = c->q.companies && id.len && crmi_map_get_index(&c->companies, id, &row);
    c->company = known ? (crmi_record){c->q.companies, row} : (crmi_record){NULL, 0};
}

static int32_t read_person(check *c, crmsync_error **err)
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
static uint32_t word_on(const check *c, crmsync_str field)
{
    uint32_t every = crmi_said(c->person, c->env.config->local.do_not_contact);
    return every == CRMI_YES ? CRMI_YES : crmi_said(c->person, field);
}

static void find_consent(check *c)
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
        add(c, &c->found, (finding){.reason = CRMSYNC_REASON_OPT_OUT});
    }
    if (c->do_not_call && (channels & CRMSYNC_CHANNEL_CALL)) {
        add(c, &c->found, (finding){.reason = CRMSYNC_REASON_DO_NOT_CALL});
    }
}

/* Adds all that stands under a key. */
static void find_entries(check *c, const char *prefix, crmsync_str key, uint32_t reason)
{
    const crmi_entry *e = crmi_suppression_find(c->s, prefix, key, &c->oom);
    for (; e; e = crmi_suppression_next(c->s, e)) {
        add(c, &c->found, (finding){.reason = reason, .source = e->source, .record = e->text});
    }
}

static void find_listed(check *c)
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

/* ---- customers ---- */

static bool among(const crmsync_str *list, size_t n, crmsync_str text)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_str_eq_ci(list[i], text)) {
            return true;
        }
    }
    return false;
}

static void find_marked(check *c, crmi_record record)
{
    crmsync_str field = c->rule->customer_field;
    if (!record.rows || !field.len) {
        return;
    }
    crmsync_cell cell = crmi_record_get(record, field);
    bool marked =
        cell.type == CRMSYNC_CELL_BOOL
            ? cell.number != 0
            : cell.text.len && among(c->rule->customer_values, c->rule->customer_value_count,
                                     crmi_str_trim(cell.text));
    if (marked) {
        add(c, &c->found,
            (finding){.reason = CRMSYNC_REASON_CUSTOMER,
                      .source = crmsync_rows_kind(record.rows),
                      .record = crmi_record_text(record, "id")});
    }
}

/* ---- opportunities ---- */

/* What the opportunity does not say itself, its stage does. Not closed, as far as is known, is
 * open; closed and not known to be lost is won. */
static void stage_of(check *c, const crmi_known_opportunity *o, bool *closed, bool *won)
{
    const crmi_entry *stage = crmi_suppression_find(c->s, CRMI_KEY_STAGE, o->stage, &c->oom);
    uint32_t is_closed = o->closed || !stage ? o->closed : stage->closed;
    uint32_t is_won = o->won || !stage ? o->won : stage->won;
    *closed = is_closed == CRMI_YES;
    *won = is_won != CRMI_NO;
}

/* Adds what an opportunity is a reason for, if its window of days has not passed. */
static void windowed(check *c, const crmi_known_opportunity *o, uint32_t reason, uint32_t days)
{
    finding f = {.reason = reason,
                 .source = o->source,
                 .record = o->id,
                 .name = o->name,
                 .ends = days && o->dated,
                 .until = o->close + (int64_t)days};
    if (!f.ends || f.until >= c->today) {
        add(c, &c->found, f);
    }
}

static void judge(check *c, const crmi_known_opportunity *o)
{
    bool closed = false;
    bool won = false;
    stage_of(c, o, &closed, &won);
    if (!closed) {
        if (!c->rule->stage_count || among(c->rule->stages, c->rule->stage_count, o->stage)) {
            windowed(c, o, CRMSYNC_REASON_OPEN_OPPORTUNITY, c->rule->overdue_days);
        }
    } else if (won) {
        if (c->rule->won) {
            windowed(c, o, CRMSYNC_REASON_CUSTOMER, c->rule->won_days);
        }
    } else if (c->rule->lost_days) {
        windowed(c, o, CRMSYNC_REASON_RECENTLY_LOST, c->rule->lost_days);
    }
}

static void judge_all(check *c, const char *prefix, crmsync_str key)
{
    const crmi_entry *e = crmi_suppression_find(c->s, prefix, key, &c->oom);
    for (; e; e = crmi_suppression_next(c->s, e)) {
        judge(c, &c->s->opportunities[e->opportunity]);
    }
}

static void find_opportunities(check *c)
{
    if (c->rule->scope == CRMI_SCOPE_ACCOUNT) {
        judge_all(c, CRMI_KEY_ACCOUNT, c->accounts[0]);
        judge_all(c, CRMI_KEY_ACCOUNT, c->accounts[1]);
        judge_all(c, CRMI_KEY_SITE, c->keys.website);
        judge_all(c, CRMI_KEY_SITE, c->keys.email_domain);
    }
    for (size_t i = 0; c->rule->scope == CRMI_SCOPE_CONTACT_ROLE && i < 3; i++) {
        const crmi_entry *e = crmi_suppression_find(c->s, CRMI_KEY_ROLE, c->ids[i], &c->oom);
        for (; e; e = crmi_suppression_next(c->s, e)) {
            judge_all(c, CRMI_KEY_OPPORTUNITY, e->text);
        }
    }
}

/* ---- the verdict ---- */

/* By strength; what has no end, or the later one, first; then by name, so that order is total. */
static int compare(const void *left, const void *right)
{
    const finding *a = left;
    const finding *b = right;
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

static void put(check *c, size_t row, const char *field, crmsync_cell cell)
{
    c->oom = c->oom || !crmi_rows_put(c->out, row, crmi_str(field), &cell);
}

static void emit(check *c, const char *verdict, const finding *f, size_t rank)
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

static void tell(check *c)
{
    findings *list = &c->found;
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

static int32_t check_person(check *c, crmsync_error **err)
{
    crmi_arena_init(&c->arena, &c->s->alloc);
    c->found.count = 0;
    int32_t code = read_person(c, err);
    if (code == CRMSYNC_OK) {
        find_consent(c);
        find_listed(c);
        find_marked(c, c->person);
        find_marked(c, c->company);
        find_entries(c, CRMI_KEY_CUSTOMER, c->email_domain, CRMSYNC_REASON_CUSTOMER);
        find_entries(c, CRMI_KEY_CUSTOMER, c->keys.website, CRMSYNC_REASON_CUSTOMER);
        find_opportunities(c);
        for (size_t i = 0; i < c->gaps.count; i++) {
            add(c, &c->found, c->gaps.items[i]);
        }
        tell(c);
        code = c->oom ? crmi_fail_nomem(err) : CRMSYNC_OK;
    }
    crmi_arena_clear(&c->arena);
    return code;
}

static int32_t check_all(check *c, crmsync_error **err)
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
    check c = {.s = s, .rule = &s->config->suppression};
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
    crmi_dealloc_array(&s->alloc, c.gaps.items, c.gaps.cap, sizeof(finding));
    crmi_dealloc_array(&s->alloc, c.found.items, c.found.cap, sizeof(finding));
    if (code != CRMSYNC_OK) {
        crmsync_rows_free(c.out);
        return code;
    }
    *out = c.out;
    return CRMSYNC_OK;
}
