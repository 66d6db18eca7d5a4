/* Who is a customer, or may become one: marks on records, and opportunities. */
#include "decide/suppression_case.h"

static bool among(const crmsync_str *list, size_t n, crmsync_str text)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_str_eq_ci(list[i], text)) {
            return true;
        }
    }
    return false;
}

void crmi_check_marked(crmi_check *c, crmi_record record)
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
        crmi_check_add(c, &c->found,
                       (crmi_finding){.reason = CRMSYNC_REASON_CUSTOMER,
                                      .source = crmsync_rows_kind(record.rows),
                                      .record = crmi_record_text(record, "id")});
    }
}

/* What the opportunity does not say itself, its stage does. Not closed, as far as is known, is
 * open; closed and not known to be lost is won. */
static void stage_of(crmi_check *c, const crmi_known_opportunity *o, bool *closed, bool *won)
{
    const crmi_entry *stage = crmi_suppression_find(c->s, CRMI_KEY_STAGE, o->stage, &c->oom);
    uint32_t is_closed = o->closed || !stage ? o->closed : stage->closed;
    uint32_t is_won = o->won || !stage ? o->won : stage->won;
    *closed = is_closed == CRMI_YES;
    *won = is_won != CRMI_NO;
}

/* Adds what an opportunity is a reason for, if its window of days has not passed. */
static void windowed(crmi_check *c, const crmi_known_opportunity *o, uint32_t reason, uint32_t days)
{
    crmi_finding f = {.reason = reason,
                      .source = o->source,
                      .record = o->id,
                      .name = o->name,
                      .ends = days && o->dated,
                      .until = o->close + (int64_t)days};
    if (!f.ends || f.until >= c->today) {
        crmi_check_add(c, &c->found, f);
    }
}

static void judge(crmi_check *c, const crmi_known_opportunity *o)
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

static void judge_all(crmi_check *c, const char *prefix, crmsync_str key)
{
    const crmi_entry *e = crmi_suppression_find(c->s, prefix, key, &c->oom);
    for (; e; e = crmi_suppression_next(c->s, e)) {
        judge(c, &c->s->opportunities[e->opportunity]);
    }
}

void crmi_check_opportunities(crmi_check *c)
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
