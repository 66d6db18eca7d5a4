/*
 * The steps of an explanation. Nothing is asked of Salesforce: the decision is made anew from the
 * host's record and from what the link remembers of the other side.
 */
#include "decide/explain.h"
#include "sync/explain.h"
#include "sync/job.h"

#define NO_COMPANY ((size_t)-1)

/* What a run would see, made of what is remembered. */
typedef struct remembered {
    const crmi_explained *e;
    crmi_decide_env env;
    crmsync_schema *schema; /* recalled, when the workspace has none */
    crmi_loaded companies;
    crmi_link company_link;
    crmsync_rows **rows; /* one per CRM record */
    crmi_record *records;
    size_t count, people; /* the person's own come first */
    crmi_plan plan;
} remembered;

static void remembered_clear(remembered *r)
{
    for (size_t i = 0; i < r->count; i++)
        crmsync_rows_free(r->rows[i]);
    crmi_loaded_clear(&r->companies);
    crmi_plan_clear(&r->plan);
    crmsync_schema_free(r->schema);
}

/* How the record ended, as its own row would say it. */
static bool put_life(crmsync_rows *row, const crmi_target *t)
{
    crmsync_cell yes = crmi_cell_bool(true);
    crmsync_cell to = crmi_cell_id(t->moved_to);
    switch (t->state) {
    case CRMI_TARGET_DELETED: return crmi_rows_put(row, 0, CRMI_STR("IsDeleted"), &yes);
    case CRMI_TARGET_MERGED:
        return crmi_rows_put(row, 0, CRMI_STR("IsDeleted"), &yes) &&
               crmi_rows_put(row, 0, CRMI_STR("MasterRecordId"), &to);
    case CRMI_TARGET_CONVERTED:
        return crmi_rows_put(row, 0, CRMI_STR("IsConverted"), &yes) &&
               crmi_rows_put(row, 0, CRMI_STR("ConvertedContactId"), &to);
    default: return true;
    }
}

/* The CRM record as it was when it was last read or written. */
static int32_t add_target(remembered *r, const crmi_target *t, crmsync_error **err)
{
    crmsync_rows *row = NULL;
    crmsync_cell id = crmi_cell_id(t->id);
    int32_t rc = crmsync_rows_new(r->env.alloc, t->object, NULL, 0, &row, err);
    if (rc)
        return rc;
    r->rows[r->count] = row;
    r->records[r->count++] = (crmi_record){row, 0};
    bool ok = crmi_rows_add_row(row) >= 0 && crmi_rows_put(row, 0, CRMI_STR("Id"), &id) &&
              put_life(row, t);
    for (size_t i = 0; ok && i < t->shadow_count; i++) {
        if (t->shadows[i].c.type != CRMSYNC_CELL_ABSENT)
            ok = crmi_rows_put(row, 0, t->shadows[i].remote, &t->shadows[i].c);
    }
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t add_targets(remembered *r, const crmi_link *link, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < link->target_count; i++) {
        if (link->targets[i].state != CRMI_TARGET_VANISHED)
            rc = add_target(r, &link->targets[i], err);
    }
    return rc;
}

/* The company of a person: the host's record and its link. */
static int32_t load_company(remembered *r, crmsync_error **err)
{
    crmsync_workspace *ws = r->e->ws;
    crmsync_str field = ws->config->local.company_id;
    crmsync_str id = crmi_record_get(r->e->local, field).text;
    if (!crmi_str_is(r->e->kind, "person") || !id.len || id.len > CRMI_LOCAL_ID_MAX)
        return CRMSYNC_OK;
    int32_t rc = crmi_records_load(ws->engine, ws->name, CRMI_STR("company"), &id, 1, &r->companies,
                                   err);
    if (!rc)
        rc = crmi_link_get(&ws->store, r->e->arena, CRMI_STR("company"), id, &r->company_link, err);
    return rc;
}

static int32_t recall_all(remembered *r, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (!r->env.schema)
        rc = crmi_schema_recall(r->e->ws, &r->schema, err);
    if (!rc)
        rc = load_company(r, err);
    if (rc)
        return rc;
    r->env = crmi_workspace_decide_env(r->e->ws);
    r->env.schema = r->env.schema ? r->env.schema : r->schema;
    size_t most = r->e->link->target_count + r->company_link.target_count;
    r->rows = crmi_arena_array(r->e->arena, most + 1, sizeof *r->rows);
    r->records = crmi_arena_array(r->e->arena, most + 1, sizeof *r->records);
    if (!r->rows || !r->records)
        return crmi_fail_nomem(err);
    rc = add_targets(r, r->e->link, err);
    r->people = r->count;
    return rc ? rc : add_targets(r, &r->company_link, err);
}

static int32_t decide(remembered *r, crmsync_error **err)
{
    const crmi_explained *e = r->e;
    bool person = crmi_str_is(e->kind, "person");
    crmsync_str id = crmi_record_get(e->local, e->ws->config->local.company_id).text;
    crmi_record company = person ? crmi_loaded_get(&r->companies, id) : e->local;
    crmi_company_input companies = {
        .local = company,
        .link = person ? &r->company_link : e->link,
        .candidates = person ? r->records + r->people : r->records,
        .candidate_count = person ? r->count - r->people : r->count,
        .sample = person ? e->local : (crmi_record){NULL, 0},
    };
    crmi_person_input people = {
        .local = e->local,
        .link = e->link->version ? e->link : NULL,
        .candidates = r->records,
        .candidate_count = r->people,
        .company = person ? 0 : NO_COMPANY,
    };
    crmi_export_page page = {&people, person ? 1 : 0, &companies, 1, !person};
    return crmi_decide_export(&r->env, &page, &r->plan, err);
}

static void write_decision(const remembered *r, crmi_jw *w)
{
    const crmi_explained *e = r->e;
    for (size_t i = 0; i < r->plan.count; i++) {
        const crmi_decision *d = &r->plan.items[i];
        if (!crmi_str_eq(d->kind, e->kind) || !crmi_str_eq(d->local_id, e->id))
            continue;
        crmi_explain_decision(w, d);
        crmi_explain_unmapped(w, e->ws->config, d->object, e->local);
    }
}

/* ---- what became of it so far ---- */

static void write_seen(const crmi_explained *e, crmi_jw *w)
{
    crmi_step s = {.step = "linked", .answer = "no"};
    if (crmi_link_any_live(e->link)) {
        s.answer = "yes";
        s.object = e->link->targets[0].object;
        s.detail = e->link->targets[0].id;
        s.text = "a CRM record is linked; what follows goes by what was last known of it";
    } else {
        s.text = "no living CRM record is linked; what follows holds if the next search finds none";
    }
    crmi_step_write(w, &s);
}

static void write_state(const crmi_explained *e, crmi_jw *w)
{
    uint32_t last = crmsync_reason_by_name(e->dead->version && e->dead->reason.len
                                               ? e->dead->reason
                                               : e->link->last_outcome);
    if (e->queued) {
        crmi_step s = {.step = "queued", .answer = "yes",
                       .text = "it waits to be tried; \"queue\" tells when"};
        crmi_step_write(w, &s);
    }
    if (e->dead->version) {
        crmi_step s = {.step = "parked", .answer = "yes", .object = e->dead->object,
                       .reason = last, .remedy = e->dead->remedy, .detail = e->dead->message};
        s.text = last ? NULL : "it failed for good; it is tried again when it changes";
        crmi_step_write(w, &s);
    }
    if (last) {
        crmi_step s = {.step = "last", .reason = last};
        s.answer = crmsync_outcome_name(crmsync_reason_outcome(last));
        crmi_step_write(w, &s);
    }
}

static bool decided_here(crmsync_str kind)
{
    return crmi_str_is(kind, "person") || crmi_str_is(kind, "company");
}

int32_t crmi_explain_steps(const crmi_explained *e, crmi_jw *w, crmsync_error **err)
{
    remembered r = {.e = e, .env = crmi_workspace_decide_env(e->ws)};
    int32_t rc = CRMSYNC_OK;
    crmi_loaded_init(&r.companies, r.env.alloc);
    crmi_plan_init(&r.plan, r.env.alloc);
    crmi_jw_member_array(w, "steps");
    crmi_explain_directions(w, e->ws->config, e->kind);
    if (!e->local.rows) {
        crmi_step s = {.step = "record", .answer = "no", .reason = CRMSYNC_REASON_LOCAL_GONE};
        crmi_step_write(w, &s);
    } else if (decided_here(e->kind)) {
        write_seen(e, w);
        rc = recall_all(&r, err);
        if (!rc)
            rc = decide(&r, err);
        if (!rc)
            write_decision(&r, w);
    }
    write_state(e, w);
    crmi_jw_array_end(w);
    remembered_clear(&r);
    return rc;
}
