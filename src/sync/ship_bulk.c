/*
 * Bulk: many writes of one object as a job of the Bulk API 2.0. Two-phase by nature: until the job is
 * closed nothing is written, and its id is durable before that. From then on what became of the rows
 * is for the job's results to say, in this run or in the next one's recover phase.
 */
#include "sync/ship_bulk.h"

#define TROUBLES_MAX 8  /* refusals and losses in one job */
#define POLLS_MAX    40 /* some eighteen minutes: then the next run goes on */

static crmi_parcel *packed(crmi_ship *ship, size_t i)
{
    return &ship->parcels[ship->packed[i]];
}

/* ---- the rows ---- */

static bool columns_of(crmi_ship *ship)
{
    bool ok = true;
    ship->bulk.column_count = ship->bulk.column_cap = 0;
    if (packed(ship, 0)->op == CRMI_WRITE_UPDATE)
        ok = crmi_bulk_column(&ship->arena, &ship->bulk, CRMI_STR("Id"));
    for (size_t i = 0; ok && i < ship->packed_count; i++) {
        const crmi_parcel *p = packed(ship, i);
        for (size_t f = 0; ok && f < p->field_count; f++)
            ok = crmi_bulk_column(&ship->arena, &ship->bulk, p->fields[f].name);
    }
    return ok;
}

static int32_t add_row(crmi_ship *ship, crmi_parcel *p, crmsync_cell *cells, crmsync_error **err)
{
    for (size_t i = 0; i < ship->bulk.column_count; i++)
        cells[i] = crmi_cell_absent();
    for (size_t f = 0; f < p->field_count; f++)
        crmi_bulk_cell(&ship->bulk, cells, p->fields[f].name, &p->fields[f].cell);
    if (p->op == CRMI_WRITE_UPDATE) {
        crmsync_cell id = crmi_cell_id(p->crm_id);
        crmi_bulk_cell(&ship->bulk, cells, CRMI_STR("Id"), &id);
    }
    int32_t rc = crmi_ingest_add(&ship->bulk.op, cells, err);
    if (rc && rc != CRMSYNC_E_NOMEM) { /* no CSV holds it, or it is full: another way, or another job */
        if (err)
            crmi_error_drop(err);
        p->not_bulk = rc != CRMSYNC_E_LIMIT;
        p->state = CRMI_PARCEL_PENDING;
        rc = CRMSYNC_OK;
    }
    return rc;
}

static int32_t fill(crmi_ship *ship, crmsync_error **err)
{
    const crmi_parcel *first = packed(ship, 0);
    if (!columns_of(ship))
        return crmi_fail_nomem(err);
    crmi_ingest_target target = {crmi_workspace_api_version(ship->task.job->ws),
                                 first->object,
                                 first->op,
                                 first->key_field,
                                 ship->bulk.columns,
                                 ship->bulk.column_count};
    ship->bulk.row_of = crmi_arena_array(&ship->arena, ship->packed_count, sizeof *ship->bulk.row_of);
    crmsync_cell *cells = crmi_arena_array(&ship->arena, ship->bulk.column_count, sizeof *cells);
    if (!cells || !ship->bulk.row_of)
        return crmi_fail_nomem(err);
    crmi_ingest_clear(&ship->bulk.op);
    int32_t rc = crmi_ingest_init(&ship->bulk.op, crmi_workspace_alloc(ship->task.job->ws), &target, 0,
                                  err);
    for (size_t i = 0; !rc && i < ship->packed_count; i++) {
        crmi_parcel *p = packed(ship, i);
        if (p->state != CRMI_PARCEL_PACKED)
            continue;
        ship->bulk.row_of[ship->bulk.op.rows] = i;
        rc = add_row(ship, p, cells, err);
    }
    return rc;
}

/* ---- its ends ---- */

static void all_of_it(crmi_ship *ship, uint32_t state)
{
    for (size_t i = 0; i < ship->packed_count; i++) {
        crmi_parcel *p = packed(ship, i);
        if (p->state != CRMI_PARCEL_PACKED)
            continue;
        p->state = state;
        p->not_bulk = p->not_bulk || state == CRMI_PARCEL_PENDING;
        memset(&p->result, 0, sizeof p->result);
    }
}

/* Each row's result. One that the job did not come to goes by collections, which say what is wrong. */
static int32_t take_results(crmi_ship *ship, crmsync_error **err)
{
    const crmi_ingest *op = &ship->bulk.op;
    for (size_t r = 0; r < op->rows; r++) {
        crmi_parcel *p = packed(ship, ship->bulk.row_of[r]);
        if (!op->results || op->results[r].unknown) {
            p->state = CRMI_PARCEL_UNKNOWN;
            continue;
        }
        crmi_parcel_take(p, &op->results[r]);
        if (p->state == CRMI_PARCEL_DONE && !crmi_arena_str(&ship->arena, p->crm_id, &p->crm_id))
            return crmi_fail_nomem(err);
        const crmi_sf_rule *rule = p->result.errors.rule;
        if (p->state == CRMI_PARCEL_FAILED && rule && rule->retry == CRMI_RETRY_CULPRIT) {
            p->state = CRMI_PARCEL_PENDING;
            p->not_bulk = true;
        }
    }
    return CRMSYNC_OK;
}

static int32_t bulk_end(crmi_ship *ship, crmsync_error **err)
{
    int32_t rc = ship->bulk.op.step == CRMI_INGEST_DONE ? take_results(ship, err) : CRMSYNC_OK;
    if (ship->bulk.op.step != CRMI_INGEST_DONE) /* not at its end yet, or gone with its results */
        all_of_it(ship, ship->bulk.closed ? CRMI_PARCEL_UNKNOWN : CRMI_PARCEL_PENDING);
    if (!rc)
        rc = crmi_ship_settle(ship, err);
    crmi_ingest_clear(&ship->bulk.op);
    return rc;
}

/* ---- its requests ---- */

static int32_t bulk_send(crmi_task *task, crmsync_error **err);
static int32_t bulk_answer(crmi_task *task, crmsync_error **err);

/* The job's id, and from the close on the time that its rows may be written from, are durable. */
static int32_t remember(crmi_ship *ship, crmsync_error **err)
{
    crmsync_job *job = ship->task.job;
    crmi_shipment *sh = &ship->shipment;
    crmi_commit c;
    if (!crmi_arena_str(&sh->arena, crmi_str(ship->bulk.op.job), &sh->job))
        return crmi_fail_nomem(err);
    crmi_commit_init(&c, &job->ws->store);
    crmi_shipment_put_head(&c, sh);
    int32_t rc = crmi_commit_must(&c, err);
    if (!rc)
        crmi_shipment_committed(&c, sh);
    crmi_commit_clear(&c);
    return rc;
}

static int32_t bulk_next(crmi_ship *ship, crmsync_error **err)
{
    crmi_task *task = &ship->task;
    const crmi_ingest *op = &ship->bulk.op;
    bool over = op->step == CRMI_INGEST_DONE || op->step == CRMI_INGEST_GONE;
    bool enough = op->polls > POLLS_MAX || ship->bulk.troubles > TROUBLES_MAX;
    if (over || enough) {
        if (enough && !ship->bulk.closed)
            ship->no_bulk = true;
        return bulk_end(ship, err);
    }
    task->wake = op->wait_ms ? crmi_engine_mono(task->job->ws->engine) + op->wait_ms : 0;
    task->next = bulk_send;
    return CRMSYNC_OK;
}

static int32_t bulk_send(crmi_task *task, crmsync_error **err)
{
    crmi_ship *ship = (crmi_ship *)task;
    crmi_ingest *op = &ship->bulk.op;
    int32_t rc = CRMSYNC_OK;
    if (!crmi_str_eq(ship->shipment.job, crmi_str(op->job)))
        rc = remember(ship, err);
    if (!rc)
        rc = crmi_ingest_next(op, crmi_task_request(task), err);
    if (rc)
        return rc;
    ship->bulk.closed = ship->bulk.closed || op->step == CRMI_INGEST_CLOSE;
    crmi_task_send(task, op->step <= CRMI_INGEST_CLOSE);
    task->settles = true;
    task->next = bulk_answer;
    return CRMSYNC_OK;
}

/* What ends the job over there and ours here: no calls left, not authorized, no network. */
static crmsync_error *stopping(crmi_call *call)
{
    int32_t code = call->error ? crmsync_error_code(call->error) : CRMSYNC_OK;
    bool left = call->result == CRMI_CALL_NOT_APPLIED || call->result == CRMI_CALL_FAILED;
    if (!left || (code != CRMSYNC_E_AUTH && code != CRMSYNC_E_BUDGET && code != CRMSYNC_E_TRANSPORT))
        return NULL;
    crmsync_error *stop = call->error;
    call->error = NULL;
    return stop;
}

static int32_t feed(crmi_ship *ship, const crmi_call *call, crmsync_error **err)
{
    crmi_ingest *op = &ship->bulk.op;
    uint32_t step = op->step;
    bool refused = call->result == CRMI_CALL_NOT_APPLIED && call->response.status >= 400;
    int32_t rc = CRMSYNC_OK;
    if (call->result == CRMI_CALL_ANSWERED || refused)
        rc = crmi_ingest_feed(op, &call->response, err);
    else
        crmi_ingest_lost(op);
    if (rc == CRMSYNC_E_NOMEM)
        return rc;
    if (rc && err)
        crmi_error_drop(err); /* the step says how to go on */
    bool back = step != CRMI_INGEST_POLL && op->step != CRMI_INGEST_POLL && op->step <= step;
    ship->bulk.troubles += rc != CRMSYNC_OK || back;
    if (rc && step == CRMI_INGEST_CREATE) /* no bulk jobs of this object for this user */
        ship->bulk.troubles = TROUBLES_MAX + 1;
    return CRMSYNC_OK;
}

static int32_t bulk_answer(crmi_task *task, crmsync_error **err)
{
    crmi_ship *ship = (crmi_ship *)task;
    crmsync_error *stop = stopping(&task->call[0]);
    int32_t rc = stop ? CRMSYNC_OK : feed(ship, &task->call[0], err);
    crmi_task_reset_calls(task);
    if (!rc && !stop)
        return bulk_next(ship, err);
    if (!rc) {
        all_of_it(ship, ship->bulk.closed ? CRMI_PARCEL_UNKNOWN : CRMI_PARCEL_FAILED);
        rc = bulk_end(ship, err);
    }
    if (!rc && stop) {
        rc = crmsync_error_code(stop);
        if (err) {
            crmi_error_drop(err);
            *err = stop;
            stop = NULL;
        }
    }
    crmsync_error_free(stop);
    return rc;
}

int32_t crmi_ship_bulk(crmi_ship *ship, crmsync_error **err)
{
    ship->bulk.closed = false;
    ship->bulk.troubles = 0;
    int32_t rc = fill(ship, err);
    if (rc)
        return rc;
    if (!ship->bulk.op.rows)
        return bulk_end(ship, err);
    return bulk_next(ship, err);
}

/* ---- choosing ---- */

static bool bulky(const crmi_ship *ship, const crmi_parcel *p)
{
    bool strict = ship->task.job->ws->config->export.strict && p->op == CRMI_WRITE_UPDATE;
    return p->state == CRMI_PARCEL_PENDING && !crmi_parcel_is_note(p) && !p->not_bulk && !p->alone &&
           !strict && !(p->decision->flags & CRMI_DECISION_AUTO_ASSIGN) &&
           (p->parent == CRMI_NO_PARCEL || ship->parcels[p->parent].state == CRMI_PARCEL_DONE);
}

static bool same_job(const crmi_parcel *a, const crmi_parcel *b)
{
    return a->op == b->op && crmi_str_eq(a->object, b->object) &&
           crmi_str_eq(a->key_field, b->key_field);
}

/* More than the row can take in CSV: quotes doubled, every value quoted. */
static size_t bytes_of(const crmi_parcel *p)
{
    size_t n = 32;
    for (size_t i = 0; i < p->field_count; i++)
        n += p->fields[i].cell.text.len * 2 + 40;
    return n;
}

size_t crmi_ship_bulk_from(const crmi_ship *ship)
{
    const crmsync_config *config = ship->task.job->ws->config;
    bool never = ship->no_bulk || config->limits.packing == CRMI_PACKING_ONE;
    return never ? 0 : config->limits.bulk_from;
}

/* The parcels like `first`, as many as one job holds; none when they are too few. */
size_t crmi_ship_bulk_like(const crmi_ship *ship, const crmi_parcel *first, size_t *which)
{
    size_t n = 0, bytes = CRMI_CSV_HEADER_MAX;
    for (size_t k = 0; k < ship->count && n < CRMI_INGEST_ROWS_MAX; k++) {
        const crmi_parcel *p = &ship->parcels[ship->order[k]];
        if (!bulky(ship, p) || !same_job(first, p))
            continue;
        bytes += bytes_of(p);
        if (n && bytes > CRMI_INGEST_BYTES_MAX)
            break;
        which[n++] = ship->order[k];
    }
    return bulky(ship, first) && n >= crmi_ship_bulk_from(ship) ? n : 0;
}
