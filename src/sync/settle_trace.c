/* What an intent leaves beside its link: claims, queue, dead letters, the log. */
#include "state/dead.h"
#include "state/queue.h"
#include "sync/settle_page.h"

#define LOG_FIELDS 64

void crmi_settle_drop_claims(crmi_settle_page *p, const crmi_intent *in)
{
    for (size_t i = 0; i < in->claim_count; i++) {
        crmi_claim claim = crmi_shipment_claim(p->shipment, in, i);
        crmi_claim_drop(&p->units.changes, &claim);
    }
}

/* Does this end count as a try of the record? Waiting for others, or for the org, does not. */
bool crmi_settle_tried(const crmi_settled *end)
{
    return end->state == CRMI_SHIP_FAILED && end->code.len &&
           end->error_class != CRMSYNC_CLASS_LIMIT && end->error_class != CRMSYNC_CLASS_AUTH;
}

/* What the record was asked for with, for the same to be asked again; empty = nothing special. */
static int32_t wish_of(crmi_settle_page *p, const crmi_intent *in, crmsync_str *wish,
                       crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmi_buf text;
    *wish = CRMI_STR_EMPTY;
    int32_t rc = in->plan.len
                     ? crmi_json_read(crmi_workspace_alloc(p->job->ws), in->plan, &doc, err)
                     : CRMSYNC_OK;
    const yyjson_val *v = doc ? crmi_json_member(yyjson_doc_get_root(doc), "wish") : NULL;
    if (v) {
        crmi_buf_init(&text, crmi_workspace_alloc(p->job->ws));
        crmi_jw w = crmi_jw_to(&text);
        crmi_jw_value(&w, v);
        if (!crmi_buf_ok(&text) || !crmi_arena_str(&p->arena, crmi_buf_str(&text), wish))
            rc = crmi_fail_nomem(err);
        crmi_buf_clear(&text);
    }
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_settle_put_queue(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end,
                              crmsync_error **err)
{
    crmsync_str wish;
    int32_t rc = wish_of(p, in, &wish, err);
    if (rc)
        return rc;
    int64_t now = crmi_engine_wall(p->job->ws->engine);
    crmi_queued item = {
        .part = crmi_job_part(p->job),
        .kind = in->local_kind,
        .id = in->local_id,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .detail = wish,
        .space = CRMSYNC_SPACE_QUEUE,
        .prio = CRMI_PRIO_RETRY,
        .attempts = in->attempts + crmi_settle_tried(end),
        .due_ms = end->due_ms ? end->due_ms : now,
        .since_ms = now,
    };
    crmi_queue_put(&p->units.changes, &item);
    return CRMSYNC_OK;
}

void crmi_settle_put_dead(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end)
{
    crmi_dead dead = {
        .kind = in->local_kind,
        .id = in->local_id,
        .error_class = end->error_class,
        .object = in->object,
        .crm_id = in->crm_id,
        .op = in->op,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .code = end->code,
        .message = end->message,
        .remedy = end->remedy,
        .rev = in->local_rev,
        .mapping = p->job->ws->config->digest,
        .time_ms = crmi_engine_wall(p->job->ws->engine),
        .attempts = in->attempts + 1,
    };
    crmi_dead_put(&p->units.changes, &dead);
}

static const char *op_of(const crmi_intent *in, const crmi_settled *end)
{
    switch (end->state) {
    case CRMI_SHIP_SETTLED: return crmi_str_is(in->op, "update") ? "update" : "create";
    case CRMI_SHIP_UNKNOWN: return "unknown";
    case CRMI_SHIP_PARKED: return "hold";
    default: return "fail";
    }
}

int32_t crmi_settle_put_log(crmi_settle_page *p, const crmi_intent *in, const crmi_settled *end,
                            crmsync_error **err)
{
    crmi_log_field fields[LOG_FIELDS];
    yyjson_doc *doc = NULL;
    size_t n = 0;
    int32_t rc = crmi_json_read(crmi_workspace_alloc(p->job->ws),
                                in->plan.len ? in->plan : CRMI_STR("{}"), &doc, err);
    if (rc)
        return rc;
    const yyjson_val *why = crmi_json_member(yyjson_doc_get_root(doc), "why");
    for (size_t i = 0; i < in->field_count && n < LOG_FIELDS; i++) {
        const crmsync_cell *before =
            crmi_settle_named(in->before, in->before_count, in->fields[i].name);
        fields[n++] = (crmi_log_field){
            crmi_settle_local_name(p, in, in->fields[i].name), in->fields[i].name,
            before ? *before : crmi_cell_absent(), in->fields[i].cell,
            why ? crmi_json_member_text(why, in->fields[i].name.ptr) : CRMI_STR_EMPTY};
    }
    crmi_log_row row = {
        .time_ms = crmi_engine_wall(p->job->ws->engine),
        .run = crmi_str(p->job->run_id),
        .n = p->job->log_n++,
        .direction = CRMI_STR("out"),
        .op = crmi_str(op_of(in, end)),
        .object = in->object,
        .local_kind = in->local_kind,
        .local_id = in->local_id,
        .crm_id = end->crm_id.len ? end->crm_id : in->crm_id,
        .reason = crmi_str(crmsync_reason_name(end->reason)),
        .error_class = end->error_class,
        .code = end->code,
        .message = end->message,
        .actor = p->job->actor,
        .fields = fields,
        .field_count = n,
    };
    crmi_log_put(&p->units.changes, &row);
    yyjson_doc_free(doc);
    return CRMSYNC_OK;
}

/* A record that had failed for good is well again. */
int32_t crmi_settle_drop_dead(crmi_settle_page *p, const crmi_settling *s, const crmi_intent *in,
                              crmsync_error **err)
{
    crmi_dead dead;
    uint32_t last = crmsync_reason_by_name(s->before.last_outcome);
    if (crmsync_reason_outcome(last) != CRMSYNC_OUTCOME_FAILED)
        return CRMSYNC_OK;
    int32_t rc =
        crmi_dead_get(&p->job->ws->store, in->local_kind, in->local_id, &p->arena, &dead, err);
    if (!rc && dead.version)
        crmi_dead_delete(&p->units.changes, &dead);
    return rc;
}
