/* What becomes of a field whose two values are combined. */
#include "decide/merge_field.h"
#include "decide/reduce.h"

/* A combined value that Salesforce gets in the place of the host's. */
static bool send_combined(crmi_field_case *f, const crmsync_cell *value)
{
    crmi_field_rule whole = *f->rule;
    whole.too_long = CRMI_TOO_LONG_REFUSE; /* half of a list would grow again each time */
    f->converted = crmi_to_crm(f->m->env, f->field, &whole, value, f->arena, &f->sent);
    return f->converted != CRMI_CONVERT_NOMEM;
}

/* What a verdict of crmi_reduce() does where it may. */
static crmi_truth reduced(const crmi_field_case *f, uint32_t verdict)
{
    static const uint32_t told[] = {[CRMI_REDUCED_SAME] = CRMSYNC_REASON_EQUAL,
                                    [CRMI_REDUCED_LOCAL] = CRMSYNC_REASON_DIVERGED,
                                    [CRMI_REDUCED_CRM] = CRMSYNC_REASON_NOT_IMPORTED,
                                    [CRMI_REDUCED_VALUE] = CRMSYNC_REASON_DIVERGED,
                                    [CRMI_REDUCED_ADDED] = CRMSYNC_REASON_DIVERGED,
                                    [CRMI_REDUCED_STARTED] = CRMSYNC_REASON_REDUCE_STARTED,
                                    [CRMI_REDUCED_NOT] = CRMSYNC_REASON_TYPE_MISMATCH};
    bool sums = f->rule->reduce == CRMI_REDUCE_SUM;
    bool write = crmi_case_export(f) == CRMI_EXPORT_OVERWRITE && verdict != CRMI_REDUCED_CRM;
    bool take = f->m->in && f->rule->import != CRMI_IMPORT_NEVER && verdict != CRMI_REDUCED_LOCAL;
    crmi_truth t = {CRMI_ACTION_NOTHING, told[verdict], CRMI_BASE_DIVERGE};
    if (verdict >= CRMI_REDUCED_LOCAL && verdict <= CRMI_REDUCED_ADDED && (write || take)) {
        t.action = write ? CRMI_ACTION_WRITE : CRMI_ACTION_TAKE;
        t.reason = CRMSYNC_REASON_REDUCED;
        t.base = write ? CRMI_BASE_SENT : CRMI_BASE_AGREE;
    } else if (verdict == CRMI_REDUCED_SAME && !sums) {
        t.base = CRMI_BASE_AGREE;
    } else if (verdict == CRMI_REDUCED_SAME) {
        t.reason = CRMSYNC_REASON_REDUCE_NOTHING;
        t.base = crmi_cell_blank(&f->l) ? CRMI_BASE_KEEP : CRMI_BASE_DIVERGE;
    } else if (verdict == CRMI_REDUCED_ADDED || (verdict == CRMI_REDUCED_NOT && sums)) {
        t.base = CRMI_BASE_KEEP; /* what could not be counted yet is still to be counted */
    }
    return t;
}

/* false = no memory; *done = the field is one that is combined, and *t says how. */
bool crmi_case_reduce(crmi_field_case *f, bool unsent, bool *done, crmi_truth *t)
{
    bool sums = f->rule->reduce == CRMI_REDUCE_SUM;
    bool fills = sums && (!f->shadow || unsent) && crmi_cell_blank(&f->c);
    crmsync_cell value = crmi_cell_absent();
    *done = f->rule->reduce != CRMI_REDUCE_NONE && !fills &&
            (sums || crmi_case_pair(f) != CRMI_PAIR_EQUAL);
    if (!*done) {
        return true;
    }
    if (!crmi_converted(f->converted)) {
        *t = reduced(f, CRMI_REDUCED_NOT);
        return true;
    }
    crmi_reduce_case c = {f->rule->reduce, f->field, &f->sent, &f->c,
                          f->shadow && !unsent ? &f->shadow->l : NULL};
    uint32_t verdict = crmi_reduce(&c, f->arena, &value);
    bool made = verdict == CRMI_REDUCED_VALUE || verdict == CRMI_REDUCED_ADDED;
    if (verdict == CRMI_REDUCED_NOMEM || (made && !send_combined(f, &value))) {
        return false;
    }
    *t = reduced(f, verdict);
    if (verdict == CRMI_REDUCED_VALUE && f->m->in && f->rule->import != CRMI_IMPORT_NEVER) {
        f->combined = value;
    }
    return true;
}
