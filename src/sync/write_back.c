/* Telling the host which CRM record its record is. */
#include "state/queue.h"
#include "sync/settle.h"

static int32_t save_ids(crmsync_job *job, crmsync_str kind, crmi_link *links, size_t n,
                        crmi_loaded *records, crmi_save_result *result, size_t *which,
                        crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    crmsync_rows *rows = NULL;
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), kind, NULL, 0, &rows, err);
    size_t saved = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        crmi_record record = crmi_loaded_get(records, links[i].local_id);
        const crmi_target *primary = crmi_link_primary(&links[i]);
        if (!links[i].write_back || !record.rows || !primary)
            continue;
        crmsync_str held = crmi_record_text(record, ws->config->local.crm_id.ptr);
        if (crmi_str_eq(held, primary->id))
            continue;
        ptrdiff_t row = crmi_rows_add_row(rows);
        crmsync_cell id = crmi_cell_text(links[i].local_id), crm = crmi_cell_text(primary->id);
        crmsync_cell rev = crmi_cell_text(crmi_record_text(record, "rev"));
        if (row < 0 || !crmi_rows_put(rows, (size_t)row, CRMI_STR("id"), &id) ||
            !crmi_rows_put(rows, (size_t)row, CRMI_STR("rev"), &rev) ||
            !crmi_rows_put(rows, (size_t)row, ws->config->local.crm_id, &crm))
            rc = crmi_fail_nomem(err);
        which[saved++] = i;
    }
    if (!rc)
        rc = crmi_records_save(ws->engine, ws->name, rows, result, err);
    /* not taken: the flag stays up, and the host is asked again when the record comes again */
    for (size_t k = 0; !rc && k < saved; k++) {
        if (result->items[k].outcome == CRMSYNC_SAVE_CONFLICT ||
            result->items[k].outcome == CRMSYNC_SAVE_REFUSED)
            links[which[k]].write_back = false;
    }
    crmsync_rows_free(rows);
    return rc;
}

/* Somebody edited the record meanwhile: it is looked at once more, and the host told then. */
static void put_again(crmi_units *units, const crmsync_job *job, const crmi_link *link)
{
    int64_t now = crmi_engine_wall(job->ws->engine);
    crmi_queued item = {.part = crmi_job_part(job),
                        .kind = link->kind,
                        .id = link->local_id,
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_SAVE_CONFLICT)),
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = CRMI_PRIO_RETRY,
                        .due_ms = now + 1,
                        .since_ms = now};
    crmi_units_begin(units);
    crmi_queue_put(&units->changes, &item);
}

int32_t crmi_write_back(crmsync_job *job, crmsync_str kind, const crmsync_str *ids, size_t n,
                        crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_arena arena;
    crmi_loaded records;
    crmi_save_result result = {0};
    crmi_units units;
    size_t conflicts = 0;
    crmi_arena_init(&arena, alloc);
    crmi_loaded_init(&records, alloc);
    crmi_units_init(&units, &ws->store);
    crmi_link *links = crmi_arena_array(&arena, n + 1, sizeof *links);
    size_t *which = crmi_arena_array(&arena, n + 1, sizeof *which);
    int32_t rc = links && which ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc)
        rc = crmi_link_get_many(&ws->store, &arena, kind, ids, n, links, err);
    if (!rc)
        rc = crmi_records_load(ws->engine, ws->name, kind, ids, n, &records, err);
    if (!rc)
        rc = save_ids(job, kind, links, n, &records, &result, which, err);
    for (size_t k = 0; !rc && k < result.count; k++) {
        if (result.items[k].outcome == CRMSYNC_SAVE_CONFLICT)
            put_again(&units, job, &links[which[k]]);
    }
    for (size_t i = 0; !rc && i < n; i++) {
        if (!links[i].write_back)
            continue;
        links[i].write_back = false;
        crmi_units_begin(&units);
        crmi_link_put(&units.changes, &links[i]);
    }
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    crmi_save_result_clear(&result);
    crmi_units_clear(&units);
    crmi_loaded_clear(&records);
    crmi_arena_clear(&arena);
    return rc;
}
