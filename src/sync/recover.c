/*
 * The recover phase: shipments whose outcome is not known are looked up in the org (semantics E6,
 * E7). Found: settled. Surely not there: planned anew. Too early to tell: left for the next job.
 */
#include "salesforce/composite.h"
#include "salesforce/describe.h"
#include "salesforce/query.h"
#include "salesforce/soql.h"
#include "sync/settle.h"

#include <stdio.h>

#define BEFORE_MS INT64_C(60000) /* clocks of a cluster differ a little */
#define DOUBT_MS (INT64_C(11) * 60 * 1000)
#define PARTS 5
#define MAX_FIELDS 200

/* What tells our record among those of the same minutes: values that no automation rewrites. */
static const struct {
    const char *object;
    const char *keys[5]; /* the first that was sent decides alone when `first_alone` */
    bool first_alone;
} key_table[] = {
    {"Lead", {"Email", "LastName", "FirstName", "Company", NULL}, true},
    {"Contact", {"Email", "LastName", "FirstName", NULL}, true},
    {"Account", {"Name", NULL}, true},
    {"Task", {"Subject", "ActivityDate", "OwnerId", "Description", NULL}, false},
    {"Event", {"Subject", "StartDateTime", "OwnerId", "Description", NULL}, false},
    {"ContentNote", {"Title", NULL}, true},
};

typedef struct recover_part {
    crmsync_str object;
    bool updates; /* asked by id, not by window */
    crmi_query_column *columns;
    size_t column_count;
    crmi_query_page page;
    bool answered;
} recover_part;

typedef struct recover_task {
    crmi_task task;
    crmi_arena arena;
    crmsync_str *ulids;
    size_t ulid_count, at;
    crmi_shipment shipment;
    recover_part parts[PARTS];
    size_t part_count;
    crmi_settled *ends;
    crmsync_str *emails; /* of creates that were not found */
    size_t email_count;
} recover_task;

static void parts_clear(recover_task *t)
{
    for (size_t i = 0; i < t->part_count; i++)
        crmi_query_page_clear(&t->parts[i].page);
    t->part_count = 0;
}

static void recover_clear(crmi_task *task)
{
    recover_task *t = (recover_task *)task;
    parts_clear(t);
    crmi_shipment_clear(&t->shipment);
    crmi_arena_clear(&t->arena);
}

static bool in_doubt(const crmi_intent *in)
{
    return in->state == CRMI_SHIP_SENDING || in->state == CRMI_SHIP_UNKNOWN ||
           in->state == CRMI_SHIP_PLANNED;
}

static bool is_create(const crmi_intent *in)
{
    return crmi_str_is(in->op, "create");
}

/* ---- asking ---- */

static bool selected(const recover_part *part, crmsync_str name)
{
    for (size_t i = 0; i < part->column_count; i++) {
        if (crmi_str_eq_ci(part->columns[i].name, name))
            return true;
    }
    return false;
}

static void select_field(recover_part *part, crmsync_str name)
{
    if (part->column_count < MAX_FIELDS && !selected(part, name))
        part->columns[part->column_count++].name = name;
}

/* Note bodies cannot be selected, and a link's target is no field of the note. */
static bool readable(const crmi_intent *in, crmsync_str name)
{
    return !crmi_str_is(in->object, "ContentNote") || crmi_str_is(name, "Title");
}

static recover_part *part_for(recover_task *t, const crmi_intent *in)
{
    for (size_t i = 0; i < t->part_count; i++) {
        if (crmi_str_eq(t->parts[i].object, in->object) && t->parts[i].updates == !is_create(in))
            return &t->parts[i];
    }
    if (t->part_count == PARTS)
        return NULL;
    recover_part *part = &t->parts[t->part_count];
    memset(part, 0, sizeof *part);
    part->columns = crmi_arena_array(&t->arena, MAX_FIELDS, sizeof *part->columns);
    if (!part->columns)
        return NULL;
    part->object = in->object;
    part->updates = !is_create(in);
    crmi_query_page_init(&part->page, crmi_workspace_alloc(t->task.job->ws));
    select_field(part, CRMI_STR("Id"));
    t->part_count++;
    return part;
}

static int32_t window_soql(recover_task *t, crmi_buf *soql)
{
    const crmi_shipment *s = &t->shipment;
    crmi_buf_lit(soql, " WHERE CreatedById = ");
    crmi_soql_text(soql, s->count ? s->intents[0].user : CRMI_STR_EMPTY);
    crmi_buf_lit(soql, " AND CreatedDate >= ");
    crmi_soql_datetime(soql, s->sent - BEFORE_MS);
    crmi_buf_lit(soql, " AND CreatedDate <= ");
    crmi_soql_datetime(soql, s->sent + s->send_within + DOUBT_MS);
    return crmi_buf_ok(soql) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t ids_soql(recover_task *t, const recover_part *part, crmi_buf *soql)
{
    crmsync_str *ids = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *ids);
    size_t n = 0;
    if (!ids)
        return CRMSYNC_E_NOMEM;
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (in_doubt(in) && !is_create(in) && crmi_str_eq(in->object, part->object))
            ids[n++] = in->crm_id;
    }
    crmi_buf_lit(soql, " WHERE ");
    crmi_soql_in(soql, CRMI_STR("Id"), ids, n);
    return crmi_buf_ok(soql) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t add_query(recover_task *t, crmi_composite *c, size_t at, crmsync_error **err)
{
    crmsync_workspace *ws = t->task.job->ws;
    recover_part *part = &t->parts[at];
    crmi_buf soql;
    char name[24];
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    crmi_query_columns_type(part->columns, part->column_count, ws->schema, part->object);
    crmi_buf_lit(&soql, "SELECT ");
    for (size_t i = 0; i < part->column_count; i++) {
        crmi_buf_lit(&soql, i ? ", " : "");
        crmi_buf_add(&soql, part->columns[i].name);
    }
    crmi_buf_lit(&soql, " FROM ");
    crmi_buf_add(&soql, part->object);
    int32_t rc = part->updates ? ids_soql(t, part, &soql) : window_soql(t, &soql);
    snprintf(name, sizeof name, "q%zu", at);
    rc = rc ? crmi_fail_nomem(err)
            : crmi_composite_add_query(c, crmi_str(name), crmi_workspace_api_version(ws),
                                       crmi_buf_str(&soql), true, err);
    crmi_buf_clear(&soql);
    return rc;
}

static int32_t recover_answer(crmi_task *task, crmsync_error **err);
static int32_t recover_more(crmi_task *task, crmsync_error **err);
static int32_t recover_settle(crmi_task *task, crmsync_error **err);

static int32_t recover_ask(crmi_task *task, crmsync_error **err)
{
    recover_task *t = (recover_task *)task;
    crmi_composite c;
    parts_clear(t);
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        recover_part *part = in_doubt(in) ? part_for(t, in) : NULL;
        for (size_t k = 0; part && k < in->field_count; k++) {
            if (readable(in, in->fields[k].name))
                select_field(part, in->fields[k].name);
        }
    }
    if (!t->part_count) {
        task->next = recover_settle;
        return CRMSYNC_OK;
    }
    crmi_request *r = crmi_task_request(task);
    crmi_composite_begin(&c, r, crmi_workspace_api_version(task->job->ws), false);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->part_count; i++)
        rc = add_query(t, &c, i, err);
    if (!rc)
        rc = crmi_composite_end(&c, err);
    if (rc)
        return rc;
    r->flags = CRMI_REQ_IDEMPOTENT;
    crmi_task_send(task, false);
    task->next = recover_answer;
    return CRMSYNC_OK;
}

/* ---- comparing ---- */

static const crmsync_cell *sent_cell(const crmi_intent *in, const char *name)
{
    for (size_t i = 0; i < in->field_count; i++) {
        if (crmi_str_is(in->fields[i].name, name))
            return &in->fields[i].cell;
    }
    return NULL;
}

static bool same_key(recover_task *t, const crmi_intent *in, const char *name, crmi_record row)
{
    const crmsync_cell *sent = sent_cell(in, name);
    crmsync_cell held = crmi_record_get(row, crmi_str(name));
    const crmi_field *field = crmi_schema_field(t->task.job->ws->schema, in->object, crmi_str(name));
    if (!sent)
        return true;
    return crmi_save_equal(field, sent, &held, &t->arena);
}

static bool is_ours(recover_task *t, const crmi_intent *in, crmi_record row)
{
    for (size_t o = 0; o < sizeof key_table / sizeof key_table[0]; o++) {
        if (!crmi_str_is(in->object, key_table[o].object))
            continue;
        for (const char *const *key = key_table[o].keys; *key; key++) {
            const crmsync_cell *sent = sent_cell(in, *key);
            bool same = same_key(t, in, *key, row);
            if (!same)
                return false;
            if (key_table[o].first_alone && sent && !crmi_cell_blank(sent))
                return true;
        }
        return true;
    }
    return false;
}

static bool holds_all(recover_task *t, const crmi_intent *in, crmi_record row)
{
    for (size_t i = 0; i < in->field_count; i++) {
        crmsync_cell held = crmi_record_get(row, in->fields[i].name);
        const crmi_field *field =
            crmi_schema_field(t->task.job->ws->schema, in->object, in->fields[i].name);
        if (!crmi_save_equal(field, &in->fields[i].cell, &held, &t->arena))
            return false;
    }
    return true;
}

static void settled(crmi_settled *end, const crmi_intent *in, crmsync_str crm_id)
{
    end->state = CRMI_SHIP_SETTLED;
    end->crm_id = crm_id;
    end->outcome = is_create(in) ? CRMSYNC_OUTCOME_CREATED : CRMSYNC_OUTCOME_UPDATED;
    end->reason = is_create(in) ? CRMSYNC_REASON_CREATE_NO_MATCH : CRMSYNC_REASON_UPDATE_FIELDS;
}

static void plan_anew(recover_task *t, crmi_settled *end)
{
    end->state = CRMI_SHIP_RETRY;
    end->queue = true;
    end->due_ms = crmi_engine_wall(t->task.job->ws->engine);
    end->outcome = CRMSYNC_OUTCOME_HELD;
    end->reason = CRMSYNC_REASON_STALE;
}

/* Ids of the page that are linked already are nobody's missing create. */
static int32_t linked_ids(recover_task *t, const crmsync_rows *rows, bool **linked,
                          crmsync_error **err)
{
    size_t n = crmsync_rows_count(rows);
    crmsync_str *ids = crmi_arena_array(&t->arena, n + 1, sizeof *ids);
    crmi_reverse *owners = crmi_arena_array(&t->arena, n + 1, sizeof *owners);
    *linked = crmi_arena_array(&t->arena, n + 1, sizeof **linked);
    if (!ids || !owners || !*linked)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = crmi_record_text((crmi_record){rows, i}, "Id");
    int32_t rc = crmi_reverse_get(&t->task.job->ws->store, ids, n, &t->arena, owners, err);
    for (size_t i = 0; !rc && i < n; i++)
        (*linked)[i] = owners[i].id.len > 0;
    return rc;
}

/* A multiset: k identical intents take k identical rows, whichever. */
static int32_t match_creates(recover_task *t, recover_part *part, crmsync_error **err)
{
    bool *taken = NULL;
    int32_t rc = linked_ids(t, part->page.rows, &taken, err);
    for (size_t i = 0; !rc && i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (!in_doubt(in) || !is_create(in) || !crmi_str_eq(in->object, part->object))
            continue;
        for (size_t r = 0; r < crmsync_rows_count(part->page.rows); r++) {
            crmi_record row = {part->page.rows, r};
            if (taken[r] || !is_ours(t, in, row))
                continue;
            taken[r] = true;
            settled(&t->ends[i], in, crmi_record_text(row, "Id"));
            break;
        }
    }
    return rc;
}

static void match_updates(recover_task *t, recover_part *part)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (!in_doubt(in) || is_create(in) || !crmi_str_eq(in->object, part->object))
            continue;
        /* not as sent: the CRM side is looked at again, never written blindly */
        plan_anew(t, &t->ends[i]);
        for (size_t r = 0; r < crmsync_rows_count(part->page.rows); r++) {
            crmi_record row = {part->page.rows, r};
            if (crmi_str_eq(crmi_record_text(row, "Id"), in->crm_id) && holds_all(t, in, row))
                settled(&t->ends[i], in, in->crm_id);
        }
    }
}

static int32_t recover_answer(crmi_task *task, crmsync_error **err)
{
    recover_task *t = (recover_task *)task;
    crmi_composite_answer answer;
    char name[24];
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(crmi_workspace_alloc(task->job->ws), &task->call[0].response,
                             t->part_count, &answer, err);
    for (size_t i = 0; !rc && i < t->part_count; i++) {
        recover_part *part = &t->parts[i];
        snprintf(name, sizeof name, "q%zu", i);
        const crmi_composite_part *sub = crmi_composite_find(&answer, crmi_str(name));
        if (!sub || sub->status != 200)
            continue; /* not answered: stays unknown */
        rc = crmi_query_page_take(crmi_workspace_alloc(task->job->ws), sub->body, part->object,
                                  part->columns, part->column_count, &part->page, err);
        part->answered = !rc && part->page.done;
        if (!rc && part->updates)
            match_updates(t, part);
        else if (!rc)
            rc = match_creates(t, part, err);
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    task->next = recover_more;
    return rc;
}

/* ---- by address, whoever made it ---- */

static int32_t recover_emails(crmi_task *task, crmsync_error **err);

static int32_t recover_more(crmi_task *task, crmsync_error **err)
{
    static const char *const objects[] = {"Lead", "Contact"};
    recover_task *t = (recover_task *)task;
    crmsync_workspace *ws = task->job->ws;
    t->email_count = 0;
    t->emails = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *t->emails);
    if (!t->emails)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmsync_cell *email = sent_cell(&t->shipment.intents[i], "Email");
        if (in_doubt(&t->shipment.intents[i]) && is_create(&t->shipment.intents[i]) && email &&
            !t->ends[i].state && email->text.len)
            t->emails[t->email_count++] = email->text;
    }
    task->next = recover_settle;
    if (!t->email_count)
        return CRMSYNC_OK;
    crmi_composite c;
    crmi_buf soql;
    crmi_request *r = crmi_task_request(task);
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    crmi_composite_begin(&c, r, crmi_workspace_api_version(ws), false);
    for (size_t o = 0; !rc && o < 2; o++) {
        crmi_buf_reset(&soql);
        crmi_buf_fmt(&soql, "SELECT Id, Email FROM %s WHERE ", objects[o]);
        crmi_soql_in(&soql, CRMI_STR("Email"), t->emails, t->email_count);
        rc = crmi_buf_ok(&soql)
                 ? crmi_composite_add_query(&c, crmi_str(objects[o]), crmi_workspace_api_version(ws),
                                            crmi_buf_str(&soql), false, err)
                 : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&soql);
    if (!rc)
        rc = crmi_composite_end(&c, err);
    if (rc)
        return rc;
    r->flags = CRMI_REQ_IDEMPOTENT;
    crmi_task_send(task, false);
    task->next = recover_emails;
    return CRMSYNC_OK;
}

static void found_by_email(recover_task *t, crmsync_str email)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmsync_cell *sent = sent_cell(&t->shipment.intents[i], "Email");
        /* it exists, so it is no create any more: planned anew, it will be matched and linked */
        if (!t->ends[i].state && in_doubt(&t->shipment.intents[i]) && sent &&
            crmi_str_eq_ci(sent->text, email))
            plan_anew(t, &t->ends[i]);
    }
}

static int32_t recover_emails(crmi_task *task, crmsync_error **err)
{
    static const crmi_query_column columns[] = {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
                                                {CRMSYNC_STR_LIT("Email"), CRMSYNC_CELL_TEXT}};
    recover_task *t = (recover_task *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_composite_answer answer;
    int32_t rc = crmi_task_answer(task, 0, err);
    if (rc)
        return rc;
    rc = crmi_composite_read(alloc, &task->call[0].response, 2, &answer, err);
    for (size_t i = 0; !rc && i < answer.count; i++) {
        crmi_query_page page;
        if (answer.parts[i].status != 200)
            continue;
        crmi_query_page_init(&page, alloc);
        rc = crmi_query_page_take(alloc, answer.parts[i].body, answer.parts[i].reference, columns, 2,
                                  &page, err);
        for (size_t r = 0; !rc && r < crmsync_rows_count(page.rows); r++)
            found_by_email(t, crmi_record_text((crmi_record){page.rows, r}, "Email"));
        crmi_query_page_clear(&page);
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    task->next = recover_settle;
    return rc;
}

/* ---- ends ---- */

static bool answered(const recover_task *t, const crmi_intent *in)
{
    for (size_t i = 0; i < t->part_count; i++) {
        if (crmi_str_eq(t->parts[i].object, in->object) && t->parts[i].updates == !is_create(in))
            return t->parts[i].answered;
    }
    return false;
}

static int32_t recover_next(crmi_task *task, crmsync_error **err);

static int32_t recover_settle(crmi_task *task, crmsync_error **err)
{
    recover_task *t = (recover_task *)task;
    int64_t now = crmi_workspace_server_now(task->job->ws);
    int64_t sure = t->shipment.sent + t->shipment.send_within + DOUBT_MS;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->shipment.count; i++) {
        crmi_intent *in = &t->shipment.intents[i];
        if (!in_doubt(in)) {
            t->ends[i].state = CRMI_SHIP_RETRY; /* settled before: nothing is left of it */
            continue;
        }
        if (!t->ends[i].state && now >= sure && answered(t, in)) {
            plan_anew(t, &t->ends[i]);
        } else if (!t->ends[i].state) {
            t->ends[i].state = CRMI_SHIP_UNKNOWN;
            t->ends[i].outcome = CRMSYNC_OUTCOME_UNKNOWN;
            t->ends[i].reason = CRMSYNC_REASON_IN_FLIGHT;
            in->look_after = sure;
        }
        rc = crmi_report_input(task->job, "recover", in->object, err);
    }
    if (!rc)
        rc = crmi_settle(task->job, "recover", &t->shipment, t->ends, false, err);
    task->next = recover_next;
    return rc;
}

static int32_t recover_next(crmi_task *task, crmsync_error **err)
{
    recover_task *t = (recover_task *)task;
    parts_clear(t);
    if (t->at == t->ulid_count) {
        task->next = NULL;
        return CRMSYNC_OK;
    }
    crmi_shipment_clear(&t->shipment);
    crmi_shipment_init(&t->shipment, crmi_workspace_alloc(task->job->ws));
    int32_t rc = crmi_shipment_load(&task->job->ws->store, CRMI_PART, t->ulids[t->at++], &t->shipment,
                                    err);
    if (rc)
        return rc;
    t->ends = crmi_arena_array(&t->arena, t->shipment.count + 1, sizeof *t->ends);
    if (!t->ends)
        return crmi_fail_nomem(err);
    task->next = recover_ask;
    return CRMSYNC_OK;
}

/* Under the lease: rows without a head were never sent, the others are gone through. */
static int32_t recover_begin(crmi_task *task, crmsync_error **err)
{
    recover_task *t = (recover_task *)task;
    crmsync_workspace *ws = task->job->ws;
    int32_t rc = crmi_shipment_sweep(&ws->store, CRMI_PART, NULL, err);
    if (!rc)
        rc = crmi_shipment_list(&ws->store, CRMI_PART, &t->arena, &t->ulids, &t->ulid_count, err);
    task->next = recover_next;
    return rc;
}

int32_t crmi_recover_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    /* a dry run changes nothing, and what is in doubt is left to a real one */
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmsync_workspace *ws = job->ws;
    recover_task *t = crmi_task_new(job, CRMSYNC_PHASE_RECOVER, sizeof *t, recover_begin, recover_clear);
    if (!t)
        return crmi_fail_nomem(err);
    crmi_arena_init(&t->arena, crmi_workspace_alloc(ws));
    crmi_shipment_init(&t->shipment, crmi_workspace_alloc(ws));
    *out = &t->task;
    return CRMSYNC_OK;
}
