/* Everything that is known of one record, as JSON for a person. */
#include "state/claim.h"
#include "state/queue.h"
#include "sync/partition.h"
#include "sync/explain.h"
#include "sync/log_text.h"

#define LOG_ROWS 20
#define EVER     INT64_C(999999999999998) /* the last due time a key can hold */

static const char *const target_states[] = {"live", "deleted", "converted", "vanished", "merged"};
static const char *const shadow_states[] = {"agreed", "unverified", "diverged", "fought"};

static crmsync_str named(const char *const *names, size_t n, uint32_t value)
{
    return crmi_str(value < n ? names[value] : "?");
}

static void member_text(crmi_jw *w, const char *name, crmsync_str s)
{
    if (s.len)
        crmi_jw_member_text(w, name, s);
}

static void member_true(crmi_jw *w, const char *name, bool v)
{
    if (v)
        crmi_jw_member_bool(w, name, true);
}

static void write_link(crmi_jw *w, const crmi_link *link)
{
    crmi_jw_member_object(w, "link");
    member_text(w, "rule", link->rule);
    member_text(w, "rev", link->rev);
    crmi_jw_member_i64(w, "last_run", link->last_run_ms);
    member_true(w, "inactive", link->inactive);
    member_true(w, "write_back", link->write_back);
    member_true(w, "account_locked", link->account_locked);
    member_true(w, "orphan", link->orphan);
    member_true(w, "deleted_locally", link->deleted_locally);
    crmi_jw_object_end(w);
}

static void write_fields(crmi_jw *w, const crmi_target *target)
{
    crmi_jw_member_array(w, "fields");
    for (size_t i = 0; i < target->shadow_count; i++) {
        const crmi_shadow *s = &target->shadows[i];
        crmi_jw_object(w);
        crmi_jw_member_text(w, "local", s->local);
        crmi_jw_member_text(w, "remote", s->remote);
        crmi_value_member(w, "local_value", &s->l);
        crmi_value_member(w, "crm_value", &s->c);
        crmi_jw_member_text(
            w, "state",
            named(shadow_states, sizeof shadow_states / sizeof *shadow_states, s->state));
        crmi_jw_object_end(w);
    }
    crmi_jw_array_end(w);
}

static void write_targets(crmi_jw *w, const crmi_link *link)
{
    crmi_jw_member_array(w, "crm");
    for (size_t i = 0; i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        crmi_jw_object(w);
        crmi_jw_member_text(w, "object", t->object);
        crmi_jw_member_text(w, "id", t->id);
        crmi_jw_member_text(
            w, "state",
            named(target_states, sizeof target_states / sizeof *target_states, t->state));
        member_text(w, "moved_to", t->moved_to);
        write_fields(w, t);
        crmi_jw_object_end(w);
    }
    crmi_jw_array_end(w);
}

/* The last decision: of the log when there is one, else what the link remembers. */
static void write_reason(crmi_jw *w, crmsync_str name)
{
    uint32_t reason = crmsync_reason_by_name(name);
    if (!reason)
        return;
    const char *outcome = crmsync_outcome_name(crmsync_reason_outcome(reason));
    member_text(w, "outcome", crmi_str(outcome));
    crmi_jw_member_text(w, "reason", name);
    member_text(w, "text", crmi_str(crmsync_reason_text(reason)));
    member_text(w, "remedy", crmi_str(crmsync_reason_remedy(reason)));
}

static void write_dead(crmi_jw *w, const crmi_dead *dead)
{
    crmi_jw_member_object(w, "dead");
    crmi_jw_member_text(w, "class", crmi_str(crmsync_class_name(dead->error_class)));
    member_text(w, "object", dead->object);
    member_text(w, "crm_id", dead->crm_id);
    member_text(w, "operation", dead->op);
    member_text(w, "reason", dead->reason);
    member_text(w, "code", dead->code);
    member_text(w, "message", dead->message);
    member_text(w, "remedy", dead->remedy);
    crmi_jw_member_i64(w, "time", dead->time_ms);
    crmi_jw_member_u64(w, "attempts", dead->attempts);
    crmi_jw_object_end(w);
}

/* ---- claims, queue and log ---- */

/* Natural keys that are reserved while a CRM record is being made for this one. */
static int32_t write_claims(crmsync_workspace *ws, crmsync_str kind, crmsync_str id,
                            crmi_arena *arena, crmi_jw *w, bool *any, crmsync_error **err)
{
    crmi_claim *claims;
    size_t n = 0;
    int32_t rc = crmi_claims_of(&ws->store, kind, id, arena, &claims, &n, err);
    crmi_jw_member_array(w, "claims");
    for (size_t i = 0; i < n; i++) {
        crmi_jw_object(w);
        crmi_jw_member_text(w, "kind", claims[i].kind);
        crmi_jw_member_text(w, "key_kind", claims[i].key_kind);
        crmi_jw_member_text(w, "key", claims[i].key);
        crmi_jw_member_text(w, "shipment", claims[i].shipment);
        crmi_jw_object_end(w);
    }
    crmi_jw_array_end(w);
    *any = *any || n;
    return rc;
}

static void write_queued(const crmi_queued *items, size_t n, crmsync_str kind, crmsync_str id, crmi_jw *w,
                         bool *any)
{
    for (size_t i = 0; i < n; i++) {
        if (!crmi_str_eq(items[i].kind, kind) || !crmi_str_eq(items[i].id, id))
            continue;
        *any = true;
        crmi_jw_object(w);
        crmi_jw_member_i64(w, "due", items[i].due_ms);
        crmi_jw_member_u64(w, "attempts", items[i].attempts);
        member_text(w, "reason", items[i].reason);
        crmi_jw_object_end(w);
    }
}

static int32_t write_queue_space(crmsync_workspace *ws, uint32_t space, crmsync_str kind,
                                 crmsync_str id, crmi_jw *w, bool *any, crmsync_error **err)
{
    crmi_arena arena;
    crmi_queued *items;
    size_t n = 0;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    uint32_t parts = crmi_partition_count(ws->config);
    int32_t rc = CRMSYNC_OK;
    for (uint32_t p = 0; !rc && p < parts; p++) {
        rc = crmi_queue_due(&ws->store, space, crmi_partition_name(p), EVER, SIZE_MAX, &arena, &items,
                            &n, err);
        if (!rc)
            write_queued(items, n, kind, id, w, any);
    }
    crmi_arena_clear(&arena);
    return rc;
}

static int32_t write_queue(crmsync_workspace *ws, crmsync_str kind, crmsync_str id, crmi_jw *w,
                           bool *any, crmsync_error **err)
{
    crmi_jw_member_array(w, "queue");
    int32_t rc = write_queue_space(ws, CRMSYNC_SPACE_QUEUE, kind, id, w, any, err);
    if (!rc)
        rc = write_queue_space(ws, CRMSYNC_SPACE_PENDING, kind, id, w, any, err);
    crmi_jw_array_end(w);
    return rc;
}

typedef struct log_writer {
    crmi_jw *w;
    size_t n;
} log_writer;

static int32_t write_log_row(void *ctx, const crmi_log_row *row, crmsync_error **err)
{
    log_writer *l = ctx;
    crmi_jw *w = l->w;
    (void)err;
    crmi_jw_object(w);
    crmi_jw_member_i64(w, "time", row->time_ms);
    member_text(w, "run", row->run);
    member_text(w, "direction", row->direction);
    member_text(w, "operation", row->op);
    member_text(w, "object", row->object);
    member_text(w, "crm_id", row->crm_id);
    member_text(w, "reason", row->reason);
    member_text(w, "code", row->code);
    member_text(w, "message", row->message);
    crmi_jw_key(w, CRMI_STR("fields"));
    crmi_log_fields_write(w, row);
    crmi_jw_object_end(w);
    return ++l->n == LOG_ROWS ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static int32_t write_log(crmsync_workspace *ws, crmsync_str kind, crmsync_str id, crmi_jw *w,
                         bool *any, crmsync_error **err)
{
    crmi_log_filter filter = {.local_kind = kind, .local_id = id, .newest_first = true};
    log_writer l = {w, 0};
    crmi_jw_member_array(w, "log");
    int32_t rc = crmi_log_query(&ws->store, &filter, write_log_row, &l, err);
    crmi_jw_array_end(w);
    *any = *any || l.n;
    return rc;
}

/* Link, values, dead letter: what lies in the store under the record's own name. */
static void write_stored(crmi_jw *w, const crmi_link *link, const crmi_dead *dead)
{
    if (link->version)
        write_link(w, link);
    write_reason(w, dead->version && dead->reason.len ? dead->reason : link->last_outcome);
    write_targets(w, link);
    if (dead->version)
        write_dead(w, dead);
}

static int32_t write_all(const crmi_explained *e, crmi_jw *w, bool *any, crmsync_error **err)
{
    crmsync_workspace *ws = e->ws;
    crmi_explained with_queue = *e;
    *any = e->link->version || e->dead->version || e->local.rows;
    crmi_jw_object(w);
    crmi_jw_member_text(w, "kind", e->kind);
    crmi_jw_member_text(w, "id", e->id);
    write_stored(w, e->link, e->dead);
    int32_t rc = write_claims(ws, e->kind, e->id, e->arena, w, any, err);
    if (!rc)
        rc = write_queue(ws, e->kind, e->id, w, &with_queue.queued, err);
    *any = *any || with_queue.queued;
    if (!rc)
        rc = crmi_explain_steps(&with_queue, w, err);
    if (!rc)
        rc = write_log(ws, e->kind, e->id, w, any, err);
    crmi_jw_object_end(w);
    return rc;
}

static int32_t explain(crmsync_workspace *ws, crmsync_str kind, crmsync_str id, crmi_arena *arena,
                       crmsync_error **err)
{
    crmi_link link;
    crmi_dead dead;
    crmi_loaded local;
    bool any = false;
    crmi_explained e = {.ws = ws, .kind = kind, .id = id, .arena = arena, .link = &link,
                        .dead = &dead};
    crmi_jw w = crmi_jw_to(&ws->text);
    crmi_loaded_init(&local, crmi_workspace_alloc(ws));
    int32_t rc = crmi_link_get(&ws->store, arena, kind, id, &link, err);
    if (!rc)
        rc = crmi_dead_get(&ws->store, kind, id, arena, &dead, err);
    if (!rc)
        rc = crmi_records_load(ws->engine, ws->name, kind, &id, 1, &local, err);
    if (!rc) {
        e.local = crmi_loaded_get(&local, id);
        rc = write_all(&e, &w, &any, err);
    }
    crmi_loaded_clear(&local);
    if (rc)
        return rc;
    if (!any)
        return crmi_fail(err, CRMSYNC_E_NOT_FOUND, "%.*s %.*s was never seen", CRMI_SPELL(kind),
                         CRMI_SPELL(id));
    return crmi_buf_ok(&ws->text) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmsync_workspace_explain(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id,
                                  crmsync_str *json, crmsync_error **err)
{
    crmi_arena arena;
    if (!workspace || !json || !kind.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or json is NULL, or kind is empty");
    *json = CRMI_STR_EMPTY;
    int32_t rc = crmi_key_check_local_id(kind, id, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmi_buf_reset(&workspace->text);
    crmi_arena_init(&arena, crmi_workspace_alloc(workspace));
    rc = explain(workspace, kind, id, &arena, err);
    crmi_arena_clear(&arena);
    if (!rc)
        *json = crmi_buf_str(&workspace->text);
    crmi_engine_leave(workspace->engine);
    return rc;
}
