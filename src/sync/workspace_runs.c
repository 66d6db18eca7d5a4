/* What ran, and what it cost. */
#include "base/sized.h"
#include "base/time.h"
#include "model/rows.h"
#include "state/run.h"
#include "state/undo.h"
#include "sync/workspace.h"

#define LIMIT_DEFAULT 100u

typedef struct run_reader {
    crmsync_workspace *ws;
    const crmsync_run_filter *filter;
    crmsync_rows *rows;
    uint32_t limit;
} run_reader;

static void write_counts(crmi_buf *out, const crmi_run *run)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    for (size_t i = 0; i < run->count; i++) {
        crmi_jw_key(&w, run->counts[i].name);
        crmi_jw_u64(&w, run->counts[i].value);
    }
    crmi_jw_object_end(&w);
}

static crmsync_cell instant(int64_t ms)
{
    return ms ? crmi_cell_number(CRMSYNC_CELL_DATETIME, ms) : crmi_cell_null();
}

static int32_t add_run(run_reader *r, const crmi_run *run, crmsync_error **err)
{
    crmi_buf counts;
    bool undo = false;
    int32_t rc = crmi_undo_any(&r->ws->store, run->run, &undo, err);
    if (rc)
        return rc;
    crmi_buf_init(&counts, crmi_workspace_alloc(r->ws));
    write_counts(&counts, run);
    const crmsync_cell cells[] = {
        crmi_cell_text(run->run),      crmi_cell_text(run->state),
        crmi_cell_text(run->phase),    crmi_cell_text(run->message),
        crmi_cell_text(run->actor),    instant(run->started_ms),
        instant(run->ended_ms),        crmi_cell_text(run->worker),
        crmi_cell_text(crmi_buf_str(&counts)), crmi_cell_bool(undo),
    };
    rc = crmi_buf_ok(&counts)
             ? crmsync_rows_append(r->rows, cells, sizeof cells / sizeof cells[0], err)
             : crmi_fail_nomem(err);
    crmi_buf_clear(&counts);
    return rc;
}

static int32_t read_run(void *ctx, const crmi_run *run, crmsync_error **err)
{
    run_reader *r = ctx;
    const crmsync_run_filter *f = r->filter;
    if ((f->run.len && !crmi_str_eq(f->run, run->run)) ||
        (f->state.len && !crmi_str_eq(f->state, run->state)))
        return CRMSYNC_OK;
    int32_t rc = add_run(r, run, err);
    if (!rc && crmsync_rows_count(r->rows) == r->limit)
        return CRMI_VISIT_STOP;
    return rc;
}

static int32_t read_runs(crmsync_workspace *ws, const crmsync_run_filter *f, crmsync_rows **out,
                         crmsync_error **err)
{
    static const crmsync_str fields[] = {{"run", 3},     {"state", 5},   {"phase", 5},
                                         {"message", 7}, {"actor", 5},   {"started", 7},
                                         {"ended", 5},   {"worker", 6},  {"counts", 6},
                                         {"undo", 4}};
    run_reader r = {ws, f, NULL, f->limit ? f->limit : LIMIT_DEFAULT};
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("run"), fields,
                                  sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = crmi_run_each(&ws->store, f->from_ms, f->to_ms, read_run, &r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

int32_t crmsync_workspace_runs(crmsync_workspace *workspace, const crmsync_run_filter *filter,
                               crmsync_rows **out, crmsync_error **err)
{
    crmsync_run_filter f = CRMSYNC_RUN_FILTER_INIT;
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = filter ? crmi_copy_in(&f, sizeof f, filter, "members of the run filter", err)
                        : CRMSYNC_OK;
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_runs(workspace, &f, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* ---- usage ---- */

/* One day's sums; runs come newest first, so the first word about the org is the last one said. */
typedef struct usage_day {
    int64_t day;
    uint64_t runs, failed, calls, token_calls, writes_crm, writes_local, used, limit;
} usage_day;

typedef struct usage_reader {
    crmsync_rows *rows;
    usage_day now;
} usage_reader;

static int32_t close_day(usage_reader *r, crmsync_error **err)
{
    const usage_day *d = &r->now;
    const uint64_t numbers[] = {d->runs,       d->failed,       d->calls, d->token_calls,
                                d->writes_crm, d->writes_local, d->used,  d->limit};
    enum { NUMBERS = sizeof numbers / sizeof numbers[0], TOLD = NUMBERS - 2 };
    crmsync_cell cells[1 + NUMBERS] = {crmi_cell_number(CRMSYNC_CELL_DATE, d->day)};
    crmi_buf text[NUMBERS];
    bool ok = true;
    if (!d->runs)
        return CRMSYNC_OK;
    for (size_t i = 0; i < NUMBERS; i++) {
        crmi_buf_init(&text[i], crmi_rows_alloc(r->rows));
        crmi_buf_u64(&text[i], numbers[i]);
        ok = ok && crmi_buf_ok(&text[i]);
        cells[1 + i] = (crmsync_cell){.text = crmi_buf_str(&text[i]), .type = CRMSYNC_CELL_DECIMAL};
        if (i >= TOLD && !d->limit)
            cells[1 + i] = crmi_cell_null();
    }
    int32_t rc = ok ? crmsync_rows_append(r->rows, cells, 1 + NUMBERS, err) : crmi_fail_nomem(err);
    for (size_t i = 0; i < NUMBERS; i++)
        crmi_buf_clear(&text[i]);
    r->now = (usage_day){.day = 0};
    return rc;
}

static int32_t add_usage(void *ctx, const crmi_run *run, crmsync_error **err)
{
    usage_reader *r = ctx;
    usage_day *d = &r->now;
    int64_t day = run->started_ms / CRMI_DAY_MS;
    int32_t rc = d->runs && d->day != day ? close_day(r, err) : CRMSYNC_OK;
    d->day = day;
    d->runs++;
    d->failed += crmi_str_is(run->state, "failed");
    d->calls += crmi_run_value(run, CRMI_STR("api.calls"));
    d->token_calls += crmi_run_value(run, CRMI_STR("api.token_calls"));
    d->writes_crm += crmi_run_value(run, CRMI_STR("writes.crm"));
    d->writes_local += crmi_run_value(run, CRMI_STR("writes.local"));
    if (!d->limit) {
        d->used = crmi_run_value(run, CRMI_STR("api.used"));
        d->limit = crmi_run_value(run, CRMI_STR("api.limit"));
    }
    return rc;
}

static int32_t read_usage(crmsync_workspace *ws, int64_t from_ms, int64_t to_ms, crmsync_rows **out,
                          crmsync_error **err)
{
    static const crmsync_str fields[] = {{"day", 3},          {"runs", 4},         {"failed", 6},
                                         {"calls", 5},        {"token_calls", 11}, {"writes_crm", 10},
                                         {"writes_local", 12}, {"used", 4},        {"limit", 5}};
    usage_reader r = {NULL, {.day = 0}};
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("usage"), fields,
                                  sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = crmi_run_each(&ws->store, from_ms, to_ms, add_usage, &r, err);
    if (!rc)
        rc = close_day(&r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

int32_t crmsync_workspace_usage(crmsync_workspace *workspace, int64_t from_ms, int64_t to_ms,
                                crmsync_rows **out, crmsync_error **err)
{
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_usage(workspace, from_ms, to_ms, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
