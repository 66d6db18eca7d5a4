#include "sync/page.h"

#include "sync/partition.h"

#include "sync/report.h"

/* The phase may begin by our clock and go on by the server's, whose Date header has whole seconds. */
#define CLOCK_SLACK_MS 5000
#define DOUBT_WAIT_MS  60000

void crmi_work_init(crmi_export_work *w, crmsync_job *job)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    memset(w, 0, sizeof *w);
    w->job = job;
    w->flow = "export";
    w->due_ms = crmi_engine_wall(job->ws->engine);
    w->since_ms = crmi_workspace_server_now(job->ws);
    crmi_arena_init(&w->arena, alloc);
    crmi_feed_page_init(&w->feed, alloc);
    crmi_loaded_init(&w->records, alloc);
    crmi_loaded_init(&w->company_records, alloc);
    crmi_owners_init(&w->owners, alloc);
    crmi_buf_init(&w->position, alloc);
}

void crmi_work_clear(crmi_export_work *w)
{
    if (!w->job)
        return;
    crmi_feed_page_clear(&w->feed);
    crmi_loaded_clear(&w->records);
    crmi_loaded_clear(&w->company_records);
    crmi_owners_clear(&w->owners);
    crmi_arena_clear(&w->arena);
    crmi_buf_clear(&w->position);
}

static void next_page(crmi_export_work *w)
{
    crmi_buf position = w->position;
    bool positioned = w->positioned, queue_read = w->queue_read;
    int64_t due_ms = w->due_ms, since_ms = w->since_ms;
    const char *flow = w->flow;
    struct crmi_deals *deals = w->deals;
    bool silent = w->silent, queue_only = w->queue_only;
    crmi_buf_init(&w->position, position.alloc);
    crmi_work_clear(w);
    crmi_work_init(w, w->job);
    w->position = position;
    w->positioned = positioned;
    w->queue_read = queue_read;
    w->due_ms = due_ms;
    w->since_ms = since_ms;
    w->flow = flow;
    w->deals = deals;
    w->silent = silent;
    w->queue_only = queue_only;
}

void crmi_work_begin(crmi_export_work *w, const char *kind)
{
    next_page(w);
    w->kind = crmi_str(kind);
}

void crmi_work_rewind(crmi_export_work *w, bool from_start)
{
    crmi_buf_reset(&w->position);
    w->positioned = from_start;
    w->queue_read = false;
}

/* ---- which records ---- */

static bool read_fields(crmi_export_work *w, const yyjson_val *list, crmi_page_item *item)
{
    size_t n = yyjson_arr_size((yyjson_val *)list);
    item->field_count = 0;
    item->fields = crmi_arena_array(&w->arena, n + 1, sizeof *item->fields);
    for (size_t i = 0; item->fields && i < n; i++) {
        if (!crmi_arena_str(&w->arena, crmi_json_text(yyjson_arr_get((yyjson_val *)list, i)),
                            &item->fields[i]))
            return false;
        item->field_count++;
    }
    return item->fields != NULL;
}

/* What crmsync_workspace_enqueue() wrote into the entry's detail. Of two wishes for one record the
 * wider one counts: one of them may be for chosen fields only. */
static int32_t read_wish(crmi_export_work *w, const crmi_queued *q, crmi_page_item *item,
                         crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    bool second = item->from_queue, partial = item->field_count > 0;
    item->from_queue = true;
    if (!q->detail.len || crmi_json_read(crmi_workspace_alloc(w->job->ws), q->detail, &doc, NULL)) {
        item->field_count = 0;
        return CRMSYNC_OK;
    }
    const yyjson_val *root = yyjson_doc_get_root(doc);
    bool ok = second && !partial;
    if (!ok)
        ok = read_fields(w, crmi_json_member(root, "fields"), item);
    crmsync_str as = crmi_json_member_text(root, "as");
    item->wish = q->detail;
    item->manual = crmi_json_member_bool(root, "manual", false);
    item->route = crmi_str_is(as, "lead")      ? CRMI_ROUTE_LEAD
                  : crmi_str_is(as, "contact") ? CRMI_ROUTE_CONTACT
                                               : CRMI_ROUTE_NONE;
    yyjson_doc_free(doc);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t gather_queue(crmi_export_work *w, size_t limit, crmi_map *seen, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmi_queued *due;
    size_t n;
    int32_t rc = crmi_queue_due(&ws->store, CRMSYNC_SPACE_QUEUE, crmi_job_part(w->job),
                                w->due_ms, limit, &w->arena, &due, &n, err);
    if (rc)
        return rc;
    w->queued = crmi_arena_array(&w->arena, n + 1, sizeof *w->queued);
    if (!w->queued)
        return crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < n; i++) {
        size_t at = w->count;
        if (!crmi_str_eq(due[i].kind, w->kind))
            continue;
        if (!crmi_map_get_index(seen, due[i].id, &at)) {
            if (w->count == limit)
                break; /* stays for the next page */
            if (!crmi_map_put_index(seen, due[i].id, at))
                return crmi_fail_nomem(err);
            w->items[w->count++].id = due[i].id;
        }
        w->queued[w->queued_count++] = due[i];
        w->items[at].tries = due[i].attempts;
        w->items[at].lane = due[i].prio;
        rc = read_wish(w, &due[i], &w->items[at], err);
    }
    return rc;
}

static int32_t gather_feed(crmi_export_work *w, size_t limit, crmi_map *seen, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmi_buf stored;
    crmi_buf_init(&stored, crmi_workspace_alloc(ws));
    int32_t rc = crmi_feed_get(&ws->store, w->kind, &stored, &w->feed_version, err);
    if (!rc)
        rc = crmi_records_changed(ws->engine, ws->name, w->kind,
                                  crmi_buf_str(w->positioned ? &w->position : &stored),
                                  (uint32_t)(limit - w->count), &w->feed, err);
    crmi_buf_clear(&stored);
    if (rc)
        return rc;
    crmi_buf_reset(&w->position);
    crmi_buf_add(&w->position, crmi_buf_str(&w->feed.cursor));
    if (!crmi_buf_ok(&w->position))
        return crmi_fail_nomem(err);
    w->positioned = true;
    w->fed = true;
    w->last = !w->feed.more;
    for (size_t i = 0; i < crmsync_rows_count(w->feed.rows); i++) {
        crmi_record row = {w->feed.rows, i};
        crmsync_str id = crmi_record_text(row, "id");
        size_t at = w->count;
        if (!crmi_map_get_index(seen, id, &at)) {
            if (w->count >= limit)
                return crmi_fail(err, CRMSYNC_E_CONTRACT,
                                 "records.changed delivered more than the %zu it was asked for", limit);
            if (!crmi_map_put_index(seen, id, at))
                return crmi_fail_nomem(err);
            w->items[w->count++].id = id;
        }
        w->items[at].gone = crmi_record_flag(row, "deleted");
        w->items[at].field_count = 0; /* it changed: all of it is looked at */
    }
    return CRMSYNC_OK;
}

int32_t crmi_work_gather(crmi_export_work *w, const char *kind, size_t limit, crmsync_error **err)
{
    crmi_map seen;
    next_page(w);
    w->kind = crmi_str(kind);
    w->items = crmi_arena_array(&w->arena, limit + 1, sizeof *w->items);
    if (!w->items)
        return crmi_fail_nomem(err);
    crmi_map_init(&seen, crmi_workspace_alloc(w->job->ws));
    bool dry = (w->job->flags & CRMSYNC_JOB_DRY_RUN) != 0;
    int32_t rc = dry && w->queue_read ? CRMSYNC_OK : gather_queue(w, limit, &seen, err);
    w->queue_read = true;
    if (!rc && (w->queue_only || w->job->partition))
        w->last = w->count < limit;
    else if (!rc && w->count < limit)
        rc = gather_feed(w, limit, &seen, err);
    crmi_map_clear(&seen);
    return rc;
}

/* ---- what is remembered of them ---- */

static int32_t count_unchanged(crmi_export_work *w, const crmi_page_item *item, crmsync_error **err)
{
    crmsync_job *job = w->job;
    uint32_t reason = crmsync_reason_by_name(item->link->last_outcome);
    uint32_t outcome = crmsync_reason_outcome(reason);
    const crmi_target *primary = crmi_link_primary(item->link);
    if (item->link->last_run_ms + CLOCK_SLACK_MS >= w->since_ms)
        return CRMSYNC_OK; /* the echo of our own save: counted when it was decided, in this run */
    bool at_rest = outcome != CRMSYNC_OUTCOME_HELD && outcome != CRMSYNC_OUTCOME_SKIPPED &&
                   outcome != CRMSYNC_OUTCOME_FAILED;
    crmsync_str object = primary ? primary->object : w->kind;
    int32_t rc = crmi_report_input(job, w->flow, object, err);
    if (rc)
        return rc;
    return crmi_report_outcome(job, w->flow, object,
                               at_rest ? (uint32_t)CRMSYNC_OUTCOME_UNCHANGED : outcome,
                               at_rest ? (uint32_t)CRMSYNC_REASON_DIGEST_EQUAL : reason, 0, err);
}

/* A record the host deleted is left alone in the CRM; its link says so. */
static int32_t count_gone(crmi_export_work *w, crmsync_error **err)
{
    int32_t rc = crmi_report_input(w->job, w->flow, w->kind, err);
    return rc ? rc
              : crmi_report_outcome(w->job, w->flow, w->kind, CRMSYNC_OUTCOME_SKIPPED,
                                    CRMSYNC_REASON_LOCAL_GONE, 0, err);
}

static int32_t count_in_doubt(crmi_export_work *w, crmi_page_item *item, crmsync_error **err)
{
    item->in_doubt = true;
    int32_t rc = crmi_report_input(w->job, w->flow, w->kind, err);
    return rc ? rc
              : crmi_report_outcome(w->job, w->flow, w->kind, CRMSYNC_OUTCOME_UNKNOWN,
                                    CRMSYNC_REASON_IN_FLIGHT, 0, err);
}

static int32_t sort_out(crmi_export_work *w, crmi_page_item *item, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    item->local = crmi_loaded_get(&w->records, item->id);
    if (!item->local.rows || item->gone)
        return w->silent ? CRMSYNC_OK : count_gone(w, err);
    if (crmi_in_doubt(w->job, w->kind, item->id)) {
        item->in_doubt = true;
        return w->silent ? CRMSYNC_OK : count_in_doubt(w, item, err);
    }
    item->digest = crmi_local_digest(item->local, ws->config->local.crm_id);
    item->decide = item->from_queue || (w->job->flags & CRMSYNC_JOB_ALL) || item->link->write_back ||
                   item->link->local_digest != item->digest ||
                   item->link->mapping_stamp != ws->config->digest;
    return item->decide ? CRMSYNC_OK : count_unchanged(w, item, err);
}

int32_t crmi_work_load(crmi_export_work *w, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    w->links = crmi_arena_array(&w->arena, w->count + 1, sizeof *w->links);
    if (!ids || !w->links)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++)
        ids[i] = w->items[i].id;
    int32_t rc = crmi_link_get_many(&ws->store, &w->arena, w->kind, ids, w->count, w->links, err);
    if (!rc)
        rc = crmi_records_load(ws->engine, ws->name, w->kind, ids, w->count, &w->records, err);
    for (size_t i = 0; !rc && i < w->count; i++) {
        w->items[i].link = &w->links[i];
        rc = sort_out(w, &w->items[i], err);
    }
    bool shared = crmi_str_is(w->kind, "person") || crmi_str_is(w->kind, "company");
    return rc || !shared ? rc : crmi_partition_sort(w, err);
}

/* Before its entry, or the feed, is done with. */
static void put_doubt(crmi_export_work *w, const crmi_page_item *item, crmi_units *units)
{
    int64_t now = crmi_engine_wall(w->job->ws->engine);
    if (!item->in_doubt)
        return;
    crmi_queued again = {.part = CRMI_PART,
                         .kind = w->kind,
                         .id = item->id,
                         .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_IN_FLIGHT)),
                         .detail = item->wish,
                         .space = CRMSYNC_SPACE_QUEUE,
                         .prio = 5,
                         .attempts = item->tries,
                         .due_ms = now + DOUBT_WAIT_MS,
                         .since_ms = now};
    crmi_units_begin(units);
    crmi_queue_put(&units->changes, &again);
}

int32_t crmi_work_close(crmi_export_work *w, crmsync_error **err)
{
    crmsync_workspace *ws = w->job->ws;
    if (w->job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmi_units units;
    size_t conflicts = 0;
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; i < w->count; i++)
        put_doubt(w, &w->items[i], &units);
    for (size_t i = 0; i < w->queued_count; i++) {
        crmi_units_begin(&units);
        crmi_queue_delete(&units.changes, &w->queued[i]);
    }
    crmi_partition_hand_over(w, &units); /* before the cursor that would hide them */
    if (w->fed) {
        crmi_units_begin_closing(&units);
        crmi_feed_put(&units.changes, w->kind, crmi_buf_str(&w->feed.cursor), w->feed_version);
    }
    int32_t rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}
