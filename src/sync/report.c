#include "sync/report.h"

#define FIELDS_PER_ROW 64

int32_t crmi_report_add(crmsync_job *job, uint64_t n, const char *a, crmsync_str b, const char *c,
                        crmsync_str d, crmsync_error **err)
{
    crmi_buf key;
    if (n == 0)
        return CRMSYNC_OK;
    crmi_buf_init(&key, crmi_workspace_alloc(job->ws));
    crmi_buf_lit(&key, a);
    if (b.len) {
        crmi_buf_char(&key, '.');
        crmi_buf_add(&key, b);
    }
    if (c) {
        crmi_buf_char(&key, '.');
        crmi_buf_lit(&key, c);
    }
    if (d.len) {
        crmi_buf_char(&key, '.');
        crmi_buf_add(&key, d);
    }
    int32_t rc = crmi_buf_ok(&key) ? crmi_run_add(&job->report, crmi_buf_str(&key), n)
                                   : CRMSYNC_E_NOMEM;
    crmi_buf_clear(&key);
    return rc ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

int32_t crmi_report_input(crmsync_job *job, const char *flow, crmsync_str object,
                          crmsync_error **err)
{
    job->progress.done++;
    return crmi_report_add(job, 1, flow, object, "input", CRMI_STR_EMPTY, err);
}

int32_t crmi_report_outcome(crmsync_job *job, const char *flow, crmsync_str object,
                            uint32_t outcome, uint32_t reason, uint32_t error_class,
                            crmsync_error **err)
{
    int32_t rc = crmi_report_add(job, 1, flow, object, crmsync_outcome_name(outcome),
                                 CRMI_STR_EMPTY, err);
    if (!rc && reason)
        rc = crmi_report_add(job, 1, flow, object, "reason", crmi_str(crmsync_reason_name(reason)),
                             err);
    if (!rc && error_class)
        rc = crmi_report_add(job, 1, flow, object, "class",
                             crmi_str(crmsync_class_name(error_class)), err);
    return rc;
}

int32_t crmi_report_move(crmsync_job *job, const char *flow, crmsync_str object, uint32_t from,
                         uint32_t to, crmsync_error **err)
{
    crmi_buf key;
    crmi_buf_init(&key, crmi_workspace_alloc(job->ws));
    crmi_buf_fmt(&key, "%s.%.*s.%s", flow, CRMI_SPELL(object), crmsync_outcome_name(from));
    if (!crmi_buf_ok(&key)) {
        crmi_buf_clear(&key);
        return crmi_fail_nomem(err);
    }
    uint64_t had = crmi_run_value(&job->report, crmi_buf_str(&key));
    /* adding the two's complement takes one away */
    int32_t rc = had ? crmi_run_add(&job->report, crmi_buf_str(&key), UINT64_MAX) : CRMSYNC_OK;
    crmi_buf_clear(&key);
    if (rc)
        return crmi_fail_nomem(err);
    return had ? crmi_report_add(job, 1, flow, object, crmsync_outcome_name(to), CRMI_STR_EMPTY, err)
               : CRMSYNC_OK;
}

int32_t crmi_report_sent(crmsync_job *job, const char *flow, crmsync_str object, crmsync_error **err)
{
    return crmi_report_add(job, 1, flow, object, crmsync_outcome_name(CRMSYNC_OUTCOME_UNKNOWN),
                           CRMI_STR_EMPTY, err);
}

int32_t crmi_report_landed(crmsync_job *job, const char *flow, crmsync_str object,
                           crmsync_error **err)
{
    /* adding the two's complement takes one away */
    return crmi_report_add(job, UINT64_MAX, flow, object,
                           crmsync_outcome_name(CRMSYNC_OUTCOME_UNKNOWN), CRMI_STR_EMPTY, err);
}

/* Counters are sorted: those of "export.Lead." follow each other. */
static int32_t cut_off(crmsync_job *job, crmsync_str prefix, crmsync_error **err)
{
    crmi_buf key;
    uint64_t input = 0, sum = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&key, crmi_workspace_alloc(job->ws));
    crmi_buf_fmt(&key, "%.*sinput", CRMI_SPELL(prefix));
    if (crmi_buf_ok(&key))
        input = crmi_run_value(&job->report, crmi_buf_str(&key));
    for (uint32_t o = CRMSYNC_OUTCOME_CREATED; o <= CRMSYNC_OUTCOME_UNKNOWN; o++) {
        crmi_buf_reset(&key);
        crmi_buf_fmt(&key, "%.*s%s", CRMI_SPELL(prefix), crmsync_outcome_name(o));
        if (crmi_buf_ok(&key))
            sum += crmi_run_value(&job->report, crmi_buf_str(&key));
    }
    crmi_buf_reset(&key);
    crmi_buf_fmt(&key, "%.*s%s", CRMI_SPELL(prefix), crmsync_outcome_name(CRMSYNC_OUTCOME_HELD));
    if (!crmi_buf_ok(&key) ||
        (input > sum && crmi_run_add(&job->report, crmi_buf_str(&key), input - sum)))
        rc = crmi_fail_nomem(err);
    crmi_buf_clear(&key);
    return rc;
}

int32_t crmi_report_cut_off(crmsync_job *job, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = job->report.count; !rc && i-- > 0;) {
        crmsync_str name = job->report.counts[i].name;
        crmsync_str last = CRMI_STR("input");
        if (name.len > last.len + 1 && name.ptr[name.len - last.len - 1] == '.' &&
            crmi_str_eq(crmi_str_sub(name, name.len - last.len, name.len), last))
            rc = cut_off(job, crmi_str_sub(name, 0, name.len - last.len), err);
    }
    return rc;
}

static const struct {
    uint32_t outcome;
    const char *op;
} outcome_ops[] = {
    {CRMSYNC_OUTCOME_CREATED, "create"}, {CRMSYNC_OUTCOME_UPDATED, "update"},
    {CRMSYNC_OUTCOME_UNCHANGED, "link"}, {CRMSYNC_OUTCOME_SKIPPED, "skip"},
    {CRMSYNC_OUTCOME_HELD, "hold"},      {CRMSYNC_OUTCOME_FAILED, "fail"},
    {CRMSYNC_OUTCOME_UNKNOWN, "unknown"},
};

const char *crmi_log_op(const crmi_decision *d, uint32_t outcome)
{
    if (d->local_op == CRMI_OP_DEACTIVATE)
        return "deactivate";
    for (size_t i = 0; i < sizeof outcome_ops / sizeof outcome_ops[0]; i++) {
        if (outcome_ops[i].outcome == outcome)
            return outcome_ops[i].op;
    }
    return "unknown";
}

static bool written(const crmsync_cell *cell)
{
    return cell->type != CRMSYNC_CELL_ABSENT;
}

/* Fields that are not written are told when somebody may wonder why. */
static bool worth_telling(uint32_t reason)
{
    static const uint32_t reasons[] = {
        CRMSYNC_REASON_CRM_WINS,      CRMSYNC_REASON_LOCAL_EDIT_REVERTED,
        CRMSYNC_REASON_DIVERGED,      CRMSYNC_REASON_CRM_ALTERED,
        CRMSYNC_REASON_FIELD_FIGHT,   CRMSYNC_REASON_CLEARING_KEPT,
        CRMSYNC_REASON_NOT_WRITEABLE, CRMSYNC_REASON_INVISIBLE,
        CRMSYNC_REASON_TOO_LONG,      CRMSYNC_REASON_CUT,
        CRMSYNC_REASON_PICKLIST_MISS, CRMSYNC_REASON_TYPE_MISMATCH,
        CRMSYNC_REASON_UNMAPPED_VALUE, CRMSYNC_REASON_OUT_OF_RANGE,
        CRMSYNC_REASON_OWNER_UNMAPPED, CRMSYNC_REASON_OWNER_INACTIVE,
        CRMSYNC_REASON_STATUS_NOT_FORWARD, CRMSYNC_REASON_STATUS_UNMAPPED,
        CRMSYNC_REASON_EXTERNAL_ID_TAKEN, CRMSYNC_REASON_KEY_COLLISION,
        CRMSYNC_REASON_OPPORTUNITY_SEVERAL,
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i] == reason)
            return true;
    }
    return false;
}

void crmi_log_decision(crmi_commit *c, crmsync_job *job, const crmi_decision *d, crmsync_str local_id,
                       crmsync_str crm_id, const crmi_logged *what)
{
    crmi_log_field fields[FIELDS_PER_ROW];
    size_t n = 0;
    for (size_t i = 0; i < d->field_count && n < FIELDS_PER_ROW; i++) {
        const crmi_field_decision *f = &d->fields[i];
        bool out = written(&f->crm_new), in = written(&f->local_new);
        bool told = worth_telling(f->reason);
        if (!out && !in && !told)
            continue;
        fields[n++] = (crmi_log_field){
            f->local, f->remote, out || !in ? f->crm_old : f->local_old,
            out ? f->crm_new : in ? f->local_new : f->crm_old, crmi_str(crmsync_reason_name(f->reason))};
    }
    crmi_log_row row = {
        .time_ms = crmi_engine_wall(job->ws->engine),
        .run = crmi_str(job->run_id),
        .n = job->log_n++,
        .direction = d->direction == CRMSYNC_DIRECTION_IN ? CRMI_STR("in") : CRMI_STR("out"),
        .op = crmi_str(what->op),
        .object = d->object,
        .local_kind = d->kind,
        .local_id = local_id,
        .crm_id = crm_id,
        .reason = crmi_str(crmsync_reason_name(what->reason)),
        .error_class = what->error_class,
        .code = what->code,
        .message = what->message,
        .actor = job->actor,
        .fields = fields,
        .field_count = n,
    };
    crmi_log_put(c, &row);
}
