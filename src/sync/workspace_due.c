/* What is due, when what is not, and why. */
#include "model/rows.h"
#include "state/queue.h"
#include "state/schema_cache.h"
#include "state/shipment.h"
#include "sync/partition.h"
#include "sync/schedule.h"

#define QUEUED_MOST 10000u /* entries that are counted */
#define EVER        INT64_C(999999999999990)
#define DESCRIBE_MS (INT64_C(24) * 3600 * 1000)

typedef struct due_reader {
    crmsync_workspace *ws;
    crmsync_rows *rows;
    int64_t now_ms, deferred_ms;
    bool paused;
} due_reader;

static int32_t add_row(due_reader *r, const char *phase, const char *object, const crmi_due *d,
                       uint64_t waiting, crmsync_error **err)
{
    crmi_due told = *d;
    crmi_buf number;
    if (r->paused)
        told = (crmi_due){false, 0, "paused"};
    else if (r->deferred_ms > r->now_ms && (told.due || (told.next_ms && told.next_ms < r->deferred_ms)))
        told = (crmi_due){false, r->deferred_ms, "budget"};
    crmi_buf_init(&number, crmi_workspace_alloc(r->ws));
    crmi_buf_u64(&number, waiting);
    const crmsync_cell cells[] = {
        crmi_cell_text(crmi_str(phase)),
        crmi_cell_text(crmi_str(object)),
        crmi_cell_bool(told.due),
        told.next_ms ? crmi_cell_number(CRMSYNC_CELL_DATETIME, told.next_ms) : crmi_cell_null(),
        crmi_cell_text(crmi_str(told.why)),
        {.text = crmi_buf_str(&number), .type = CRMSYNC_CELL_DECIMAL},
    };
    int32_t rc = crmi_buf_ok(&number)
                     ? crmsync_rows_append(r->rows, cells, sizeof cells / sizeof cells[0], err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&number);
    return rc;
}

static void by_time(crmi_due *d, int64_t next_ms, int64_t now_ms, const char *why)
{
    *d = (crmi_due){next_ms <= now_ms, next_ms, why};
}

/* ---- what is read ---- */

static int32_t add_describe(due_reader *r, crmsync_error **err)
{
    crmi_due d = {.why = "first"};
    crmi_schema_entry entry;
    bool found = false;
    int32_t rc = CRMSYNC_OK;
    by_time(&d, r->now_ms, r->now_ms, "first");
    for (uint32_t i = 0; !rc && i < CRMI_OBJECT_LAST; i++) {
        if (!r->ws->config->objects[i].enabled)
            continue;
        crmi_schema_entry_init(&entry, crmi_workspace_alloc(r->ws));
        rc = crmi_schema_cache_get(&r->ws->store, crmi_str(crmi_crm_object_at(i)->name), &entry,
                                   &found, err);
        if (!rc && found)
            by_time(&d, entry.fetched_ms + DESCRIBE_MS, r->now_ms, "interval");
        crmi_schema_entry_clear(&entry);
        break; /* they are described together */
    }
    return rc ? rc : add_row(r, "describe", "", &d, 0, err);
}

static int32_t add_imports(due_reader *r, crmsync_error **err)
{
    crmi_due d;
    int32_t rc = CRMSYNC_OK;
    for (uint32_t i = 0; !rc && i < CRMI_OBJECT_LAST; i++) {
        const crmi_crm_object *crm = crmi_crm_object_at(i);
        int64_t next = INT64_MAX;
        size_t waiting = 0;
        if (!crmi_schedule_imports(r->ws->config, i))
            continue;
        rc = crmi_due_import(r->ws, crm, r->now_ms, &d, err);
        if (!rc)
            rc = crmi_queue_next(&r->ws->store, CRMSYNC_SPACE_PENDING, crmi_str(crm->name), &next, err);
        if (!rc)
            rc = crmi_queue_count(&r->ws->store, CRMSYNC_SPACE_PENDING, crmi_str(crm->name), &waiting,
                                  err);
        if (!rc && next != INT64_MAX && !d.due && (!d.next_ms || next < d.next_ms))
            by_time(&d, next, r->now_ms, "pending");
        if (!rc)
            rc = add_row(r, "import", crm->name, &d, waiting, err);
    }
    return rc;
}

/* ---- what is written ---- */

typedef struct due_queue {
    int64_t next_ms;
    uint64_t count;
} due_queue;

static int32_t read_queue(due_reader *r, const char *const *kinds, size_t n, due_queue *out,
                          crmsync_error **err)
{
    crmi_arena arena;
    crmi_queued *items;
    size_t count = 0;
    crmi_arena_init(&arena, crmi_workspace_alloc(r->ws));
    for (size_t k = 0; k < n; k++)
        out[k] = (due_queue){INT64_MAX, 0};
    int32_t rc = CRMSYNC_OK;
    for (uint32_t p = 0; !rc && p < crmi_partition_count(r->ws->config); p++) {
        rc = crmi_queue_due(&r->ws->store, CRMSYNC_SPACE_QUEUE, crmi_partition_name(p), EVER,
                            QUEUED_MOST, &arena, &items, &count, err);
        for (size_t i = 0; !rc && i < count * n; i++) {
            const crmi_queued *q = &items[i / n];
            due_queue *to = &out[i % n];
            if (!crmi_str_is(q->kind, kinds[i % n]))
                continue;
            to->count++;
            to->next_ms = q->due_ms < to->next_ms ? q->due_ms : to->next_ms;
        }
    }
    crmi_arena_clear(&arena);
    return rc;
}

static int32_t add_exports(due_reader *r, crmsync_error **err)
{
    static const char *const kinds[] = {"company", "person", "activity"};
    due_queue queue[3];
    crmi_due d;
    int32_t rc = read_queue(r, kinds, 3, queue, err);
    for (size_t k = 0; !rc && k < 3; k++) {
        bool activities = k == 2;
        if (activities ? !r->ws->config->activities.enabled
                       : !crmi_schedule_exports(r->ws->config, kinds[k]))
            continue;
        if (activities)
            by_time(&d, r->now_ms, r->now_ms, "always");
        else
            rc = crmi_due_export(r->ws, kinds[k], r->now_ms, &d, err);
        if (!rc && queue[k].count && !d.due && (!d.next_ms || queue[k].next_ms < d.next_ms))
            by_time(&d, queue[k].next_ms, r->now_ms, "queued");
        if (!rc)
            rc = add_row(r, activities ? "activities" : "export", kinds[k], &d, queue[k].count, err);
    }
    return rc;
}

static int32_t shipment_next(due_reader *r, crmsync_str part, crmsync_str ulid, int64_t *next_ms,
                             uint64_t *unknown, crmsync_error **err)
{
    crmi_shipment s;
    crmi_shipment_init(&s, crmi_workspace_alloc(r->ws));
    int32_t rc = crmi_shipment_load(&r->ws->store, part, ulid, &s, err);
    for (size_t i = 0; !rc && i < s.count; i++) {
        bool known = s.intents[i].state == CRMI_SHIP_SETTLED || s.intents[i].state == CRMI_SHIP_FAILED;
        int64_t at = s.intents[i].look_after ? s.intents[i].look_after : r->now_ms;
        *unknown += !known;
        if (!known && at < *next_ms)
            *next_ms = at;
    }
    crmi_shipment_clear(&s);
    return rc;
}

/* Writes whose outcome is not known. */
static int32_t add_recover(due_reader *r, crmsync_error **err)
{
    crmi_arena arena;
    crmsync_str *ulids;
    size_t n = 0, all = 0;
    int64_t next = INT64_MAX;
    uint64_t unknown = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_due d;
    crmi_arena_init(&arena, crmi_workspace_alloc(r->ws));
    for (uint32_t p = 0; !rc && p < crmi_partition_count(r->ws->config); p++) {
        crmsync_str part = crmi_partition_name(p);
        rc = crmi_shipment_list(&r->ws->store, part, &arena, &ulids, &n, err);
        for (size_t i = 0; !rc && i < n; i++)
            rc = shipment_next(r, part, ulids[i], &next, &unknown, err);
        all += n;
    }
    crmi_arena_clear(&arena);
    if (rc || !all)
        return rc;
    by_time(&d, next == INT64_MAX ? r->now_ms : next, r->now_ms, "unknown");
    return add_row(r, "recover", "", &d, unknown, err);
}

static int32_t read_due(crmsync_workspace *ws, int64_t now_ms, crmsync_rows **out,
                        crmsync_error **err)
{
    static const crmsync_str fields[] = {{"phase", 5}, {"object", 6}, {"due", 3},
                                         {"next", 4},  {"why", 3},    {"waiting", 7}};
    due_reader r = {ws, NULL, now_ms ? now_ms : crmi_engine_wall(ws->engine), 0, false};
    crmi_arena arena;
    crmsync_str why;
    int64_t since = 0;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    int32_t rc = crmi_meta_pause(&ws->store, &arena, &since, &why, err);
    r.paused = since != 0;
    crmi_arena_clear(&arena);
    if (!rc)
        rc = crmi_meta_time(&ws->store, CRMI_STR("deferred"), &r.deferred_ms, err);
    if (!rc)
        rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("due"), fields,
                              sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = add_describe(&r, err);
    if (!rc)
        rc = add_recover(&r, err);
    if (!rc)
        rc = add_imports(&r, err);
    if (!rc)
        rc = add_exports(&r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

int32_t crmsync_workspace_due(crmsync_workspace *workspace, int64_t now_ms, crmsync_rows **out,
                              crmsync_error **err)
{
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_due(workspace, now_ms, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
