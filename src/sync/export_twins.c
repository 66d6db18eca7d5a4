/*
 * E8: records of ours that turned out to be second ones are deleted again where export.twin says so:
 * only while nobody has modified them or hung anything on them. Whatever cannot be asked, or is
 * answered otherwise, leaves them where they are.
 */
#include "salesforce/sobject.h"
#include "salesforce/soql.h"
#include "sync/export.h"

#include <stdio.h>

/* What may hang on a person, and by which field. */
static const struct {
    const char *object, *lead, *contact;
} children[] = {
    {"Task", "WhoId", "WhoId"},
    {"Event", "WhoId", "WhoId"},
    {"CampaignMember", "LeadId", "ContactId"},
    {"OpportunityContactRole", NULL, "ContactId"},
};
#define CHILDREN (sizeof children / sizeof children[0])

int32_t crmi_export_add_twin(crmi_export *t, const crmi_parcel *p, crmsync_error **err)
{
    if (t->ship.task.job->ws->config->export.twin != CRMI_TWIN_DELETE_OWN)
        return CRMSYNC_OK;
    if (!t->twins)
        t->twins = crmi_arena_array(&t->work.arena, t->ship.count + 1, sizeof *t->twins);
    if (!t->twins)
        return crmi_fail_nomem(err);
    t->twins[t->twin_count++] = (crmi_twin){.parcel = p};
    return CRMSYNC_OK;
}

static const char *child_field(const crmi_export *t, size_t child)
{
    return crmi_str_is(t->twins[t->twin_at].parcel->object, "Lead") ? children[child].lead
                                                                    : children[child].contact;
}

/* Those of one object that follow each other; a composite deletes 25 of them. */
static void begin_turn(crmi_export *t)
{
    crmsync_str object = t->twins[t->twin_at].parcel->object;
    t->twin_to = t->twin_at;
    while (t->twin_to < t->twin_count && t->twin_to < t->twin_at + CRMI_COMPOSITE_MAX &&
           crmi_str_eq(t->twins[t->twin_to].parcel->object, object))
        t->twin_to++;
}

static bool of_turn(const crmi_export *t, size_t i)
{
    return i >= t->twin_at && i < t->twin_to;
}

static int32_t add_query(crmi_export *t, crmi_composite *c, const char *name, const char *select,
                         const char *object, const char *field, crmsync_error **err)
{
    crmsync_str version = crmi_workspace_api_version(t->ship.task.job->ws);
    crmsync_str ids[CRMI_COMPOSITE_MAX];
    size_t n = 0;
    crmi_buf soql;
    for (size_t i = 0; i < t->twin_count; i++) {
        if (of_turn(t, i))
            ids[n++] = t->twins[i].parcel->crm_id;
    }
    crmi_buf_init(&soql, crmi_workspace_alloc(t->ship.task.job->ws));
    crmi_buf_fmt(&soql, "SELECT %s FROM %s WHERE ", select, object);
    crmi_soql_in(&soql, crmi_str(field), ids, n);
    int32_t rc = crmi_buf_ok(&soql) ? crmi_composite_add_query(c, crmi_str(name), version,
                                                               crmi_buf_str(&soql), false, err)
                                    : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

static int32_t twins_answer(crmi_task *task, crmsync_error **err);

int32_t crmi_export_twins(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmi_composite c;
    char object[24];
    if (t->twin_at >= t->twin_count) {
        task->next = crmi_export_close;
        return CRMSYNC_OK;
    }
    begin_turn(t);
    snprintf(object, sizeof object, "%.*s", CRMI_SPELL(t->twins[t->twin_at].parcel->object));
    crmi_composite_begin(&c, crmi_task_request(task), crmi_workspace_api_version(task->job->ws), false);
    int32_t rc = add_query(t, &c, "own", "Id, CreatedDate, LastModifiedDate", object, "Id", err);
    for (size_t k = 0; !rc && k < CHILDREN; k++) {
        const char *field = child_field(t, k);
        if (field)
            rc = add_query(t, &c, children[k].object, field, children[k].object, field, err);
    }
    if (!rc)
        rc = crmi_task_ask(task, &c, err);
    if (!rc)
        task->next = twins_answer;
    return rc;
}

/* ---- who is untouched? ---- */

static crmi_twin *twin_named(crmi_export *t, crmsync_str id)
{
    for (size_t i = 0; i < t->twin_count; i++) {
        if (of_turn(t, i) && id.len >= 15 &&
            memcmp(t->twins[i].parcel->crm_id.ptr, id.ptr, 15) == 0)
            return &t->twins[i];
    }
    return NULL;
}

static void take_own(crmi_export *t, const crmsync_rows *rows)
{
    for (size_t r = 0; r < crmsync_rows_count(rows); r++) {
        crmi_record row = {rows, r};
        crmi_twin *twin = twin_named(t, crmi_record_text(row, "Id"));
        crmsync_cell created = crmi_record_get(row, CRMI_STR("CreatedDate"));
        crmsync_cell modified = crmi_record_get(row, CRMI_STR("LastModifiedDate"));
        if (twin && created.type == CRMSYNC_CELL_DATETIME && created.number == modified.number)
            twin->untouched_at = created.number;
    }
}

static int32_t take_part(crmi_export *t, const crmi_composite_part *part, const char *object,
                         const char *field, bool *good, crmsync_error **err)
{
    static const crmi_query_column own[] = {
        {CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
        {CRMSYNC_STR_LIT("CreatedDate"), CRMSYNC_CELL_DATETIME},
        {CRMSYNC_STR_LIT("LastModifiedDate"), CRMSYNC_CELL_DATETIME}};
    const crmsync_alloc *alloc = crmi_workspace_alloc(t->ship.task.job->ws);
    crmi_query_column child[] = {{crmi_str(field ? field : ""), CRMSYNC_CELL_ID}};
    crmi_query_page page;
    *good = part && part->status == 200;
    if (!*good)
        return CRMSYNC_OK;
    crmi_query_page_init(&page, alloc);
    int32_t rc = crmi_query_page_take(alloc, part->body, crmi_str(object), field ? child : own,
                                      field ? 1 : 3, &page, err);
    *good = !rc && page.done;
    if (!rc && !field)
        take_own(t, page.rows);
    for (size_t r = 0; !rc && field && r < crmsync_rows_count(page.rows); r++) {
        crmi_twin *twin = twin_named(t, crmi_record_text((crmi_record){page.rows, r}, field));
        if (twin)
            twin->parent = true;
    }
    crmi_query_page_clear(&page);
    return rc;
}

/* ---- deleting ---- */

static void one_name(char out[32], size_t i)
{
    snprintf(out, 32, "twin%zu", i);
}

/* It leads nowhere any more; the older one is the primary. */
static int32_t forget(crmi_export *t, const crmi_parcel *p, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    const crmi_decision *d = p->decision;
    crmi_link link;
    crmi_commit c;
    int32_t rc = crmi_link_get(&job->ws->store, &t->work.arena, d->kind, d->local_id, &link, err);
    if (rc)
        return rc;
    crmi_target *own = crmi_link_target(&link, p->crm_id);
    if (own)
        own->state = CRMI_TARGET_DELETED;
    crmi_commit_init(&c, &job->ws->store);
    crmi_link_put(&c, &link);
    crmi_logged what = {"delete", CRMSYNC_REASON_DUPLICATE_RACE, 0, CRMI_STR_EMPTY,
                        CRMI_STR("our second record of the person is deleted again, untouched")};
    crmi_decision told = *d;
    told.field_count = 0;
    crmi_log_decision(&c, job, &told, told.local_id, p->crm_id, &what);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc ? rc
              : crmi_report_add(job, 1, t->ship.flow, p->object, "own_twin_deleted", CRMI_STR_EMPTY,
                                err);
}

static void next_turn(crmi_export *t)
{
    t->twin_at = t->twin_to;
    t->ship.task.next = crmi_export_twins;
}

static int32_t twins_deleted(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmi_composite_answer answer;
    char name[32];
    size_t sent = 0;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; i < t->twin_count; i++)
        sent += t->twins[i].asked && of_turn(t, i);
    /* without an answer the next import tells what became of them */
    bool answered = task->call[0].result == CRMI_CALL_ANSWERED &&
                    !crmi_composite_read(crmi_workspace_alloc(task->job->ws), &task->call[0].response,
                                         sent, &answer, NULL);
    for (size_t i = 0; !rc && answered && i < t->twin_count; i++) {
        one_name(name, i);
        const crmi_composite_part *part =
            t->twins[i].asked && of_turn(t, i) ? crmi_composite_find(&answer, crmi_str(name)) : NULL;
        if (part && part->status == 204)
            rc = forget(t, t->twins[i].parcel, err);
    }
    if (answered)
        crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    next_turn(t);
    return rc;
}

static int32_t delete_untouched(crmi_export *t, crmsync_error **err)
{
    crmi_task *task = &t->ship.task;
    crmsync_str version = crmi_workspace_api_version(task->job->ws);
    crmi_composite c;
    crmi_request one;
    char name[32];
    int32_t rc = CRMSYNC_OK;
    crmi_composite_begin(&c, crmi_task_request(task), version, false);
    crmi_request_init(&one, crmi_workspace_alloc(task->job->ws));
    for (size_t i = 0; !rc && i < t->twin_count; i++) {
        crmi_twin *twin = &t->twins[i];
        twin->asked = of_turn(t, i) && twin->untouched_at && !twin->parent;
        if (!twin->asked)
            continue;
        crmi_write_options options = {.unmodified_since_ms = twin->untouched_at};
        rc = crmi_sobject_delete_request(&one, version, twin->parcel->object, twin->parcel->crm_id, err);
        if (!rc)
            crmi_write_options_apply(&one, &options);
        one_name(name, i);
        if (!rc)
            rc = crmi_composite_add(&c, crmi_str(name), &one, err);
    }
    crmi_request_clear(&one);
    if (rc)
        return rc;
    if (!c.count) {
        crmi_request_start(crmi_task_request(task), "GET", 0);
        next_turn(t);
        return CRMSYNC_OK;
    }
    rc = crmi_composite_end(&c, err);
    if (rc)
        return rc;
    crmi_task_send(task, true);
    task->settles = true;
    task->next = twins_deleted;
    return CRMSYNC_OK;
}

static int32_t twins_answer(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    crmi_composite_answer answer;
    bool all = true, good = false;
    size_t parts = 1;
    int32_t rc = crmi_task_answer(task, 0, err);
    for (size_t k = 0; k < CHILDREN; k++)
        parts += child_field(t, k) != NULL;
    if (!rc)
        rc = crmi_composite_read(crmi_workspace_alloc(task->job->ws), &task->call[0].response, parts,
                                 &answer, err);
    if (rc)
        return rc;
    rc = take_part(t, crmi_composite_find(&answer, CRMI_STR("own")), "Record", NULL, &good, err);
    all = good;
    for (size_t k = 0; !rc && k < CHILDREN; k++) {
        const char *field = child_field(t, k);
        if (!field)
            continue;
        rc = take_part(t, crmi_composite_find(&answer, crmi_str(children[k].object)),
                       children[k].object, field, &good, err);
        all = all && good;
    }
    crmi_composite_answer_clear(&answer);
    crmi_task_reset_calls(task);
    if (rc)
        return rc;
    if (!all) {
        next_turn(t);
        return CRMSYNC_OK;
    }
    return delete_untouched(t, err);
}
