/* What a person asks of a workspace: export these now, let that one be created again. */
#include "base/sized.h"
#include "state/link.h"
#include "state/queue.h"
#include "state/runlog.h"
#include "sync/workspace.h"

#define ALL_FLAGS   (CRMSYNC_ENQUEUE_MANUAL | CRMSYNC_ENQUEUE_LEAD | CRMSYNC_ENQUEUE_CONTACT)
#define FIELDS_MAX  256u

/* Read again by the export when it gathers its page. */
static void write_wish(crmi_buf *out, const crmsync_enqueue_options *o)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_jw_member_bool(&w, "manual", (o->flags & CRMSYNC_ENQUEUE_MANUAL) != 0);
    if (o->flags & (CRMSYNC_ENQUEUE_LEAD | CRMSYNC_ENQUEUE_CONTACT))
        crmi_jw_member_text(&w, "as",
                            crmi_str(o->flags & CRMSYNC_ENQUEUE_LEAD ? "lead" : "contact"));
    if (o->field_count) {
        crmi_jw_member_array(&w, "fields");
        for (size_t i = 0; i < o->field_count; i++)
            crmi_jw_text(&w, o->fields[i]);
        crmi_jw_array_end(&w);
    }
    crmi_jw_object_end(&w);
}

static bool is_mapped(const crmsync_config *config, crmsync_str kind, crmsync_str name)
{
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        const crmi_object_rule *rule = &config->objects[i];
        if (!crmi_str_is(kind, crmi_crm_object_at(i)->local_kind))
            continue;
        if (crmi_object_rule_by_local(rule, name) || crmi_object_rule_by_remote(rule, name) ||
            (rule->status.enabled && (crmi_str_eq(rule->status.local, name) ||
                                      crmi_str_eq_ci(rule->status.remote, name))))
            return true;
    }
    return crmi_str_is(name, "OwnerId") || crmi_str_eq(name, config->local.owner);
}

static int32_t check_fields(const crmsync_config *config, crmsync_str kind,
                            const crmsync_enqueue_options *o, crmsync_error **err)
{
    if (o->field_count > FIELDS_MAX || (o->field_count && !o->fields))
        return crmi_fail(err, CRMSYNC_E_INVALID, "fields is NULL or has more than %u names",
                         FIELDS_MAX);
    for (size_t i = 0; i < o->field_count; i++) {
        if (!is_mapped(config, kind, o->fields[i]))
            return crmi_fail(err, CRMSYNC_E_INVALID,
                             "field \"%.*s\" is not mapped for any %.*s; add it to objects.*.fields",
                             CRMI_SPELL(o->fields[i]), CRMI_SPELL(kind));
    }
    return CRMSYNC_OK;
}

static int32_t check_wish(const crmsync_config *config, crmsync_str kind, const crmsync_str *ids,
                          size_t n, const crmsync_enqueue_options *o, crmsync_error **err)
{
    if (!crmi_str_is(kind, "person") && !crmi_str_is(kind, "company"))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "records of kind \"%.*s\" are not exported; person and company are",
                         CRMI_SPELL(kind));
    if (o->flags & ~ALL_FLAGS)
        return crmi_fail(err, CRMSYNC_E_INVALID, "unknown flags 0x%x", o->flags & ~ALL_FLAGS);
    if ((o->flags & CRMSYNC_ENQUEUE_LEAD) && (o->flags & CRMSYNC_ENQUEUE_CONTACT))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a record cannot become a lead and a contact at once");
    if (n && !ids)
        return crmi_fail(err, CRMSYNC_E_INVALID, "ids is NULL");
    for (size_t i = 0; i < n; i++) {
        int32_t rc = crmi_key_check_local_id(kind, ids[i], err);
        if (rc)
            return rc;
    }
    return check_fields(config, kind, o, err);
}

static int32_t enqueue(crmsync_workspace *ws, crmsync_str kind, const crmsync_str *ids, size_t n,
                       const crmsync_enqueue_options *o, crmsync_error **err)
{
    crmi_units units;
    crmi_buf wish;
    size_t conflicts = 0;
    int64_t now = crmi_engine_wall(ws->engine);
    crmi_buf_init(&wish, crmi_workspace_alloc(ws));
    write_wish(&wish, o);
    if (!crmi_buf_ok(&wish)) {
        crmi_buf_clear(&wish);
        return crmi_fail_nomem(err);
    }
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; i < n; i++) {
        crmi_queued item = {.part = CRMI_PART,
                            .kind = kind,
                            .id = ids[i],
                            .detail = crmi_buf_str(&wish),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = o->flags & CRMSYNC_ENQUEUE_MANUAL ? CRMI_PRIO_MANUAL : CRMI_PRIO_ASKED,
                            .due_ms = now,
                            .since_ms = now};
        crmi_units_begin(&units);
        crmi_queue_put(&units.changes, &item);
    }
    int32_t rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    crmi_buf_clear(&wish);
    return rc;
}

int32_t crmsync_workspace_enqueue(crmsync_workspace *workspace, crmsync_str kind,
                                  const crmsync_str *ids, size_t n,
                                  const crmsync_enqueue_options *options, crmsync_error **err)
{
    crmsync_enqueue_options given = CRMSYNC_ENQUEUE_OPTIONS_INIT;
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    int32_t rc = options ? crmi_copy_in(&given, sizeof given, options, "members of the options", err)
                         : CRMSYNC_OK;
    if (!rc)
        rc = check_wish(workspace->config, kind, ids, n, &given, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = enqueue(workspace, kind, ids, n, &given, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

static void log_reactivation(crmi_commit *c, crmsync_workspace *ws, const crmi_link *link,
                             uint32_t why)
{
    crmi_log_row row = {
        .time_ms = crmi_engine_wall(ws->engine),
        .run = CRMI_STR("reactivate"),
        .n = crmi_digest64(link->local_id) % 1000000000, /* several may come in one millisecond */
        .direction = CRMI_STR("out"),
        .op = CRMI_STR("reactivate"),
        .object = link->kind,
        .local_kind = link->kind,
        .local_id = link->local_id,
        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_CREATE_REACTIVATED)),
        .message = crmi_str(why == CRMSYNC_REACTIVATE_FORM ? "the person filled in a form"
                                                           : "imported again at the host"),
    };
    crmi_log_put(c, &row);
}

/* The links to what was deleted stay: they say that a new one takes its place. */
static int32_t reactivate(crmsync_workspace *ws, crmsync_str kind, crmsync_str id, uint32_t why,
                          crmsync_error **err)
{
    crmi_arena arena;
    crmi_link link;
    crmi_commit c;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    crmi_commit_init(&c, &ws->store);
    int32_t rc = crmi_link_get(&ws->store, &arena, kind, id, &link, err);
    if (!rc && !link.version) {
        crmi_fail(err, CRMSYNC_E_NOT_FOUND, "%.*s %.*s was never seen", CRMI_SPELL(kind),
                  CRMI_SPELL(id));
        rc = CRMSYNC_E_NOT_FOUND;
    }
    if (!rc && link.inactive) {
        int64_t now = crmi_engine_wall(ws->engine);
        crmi_queued item = {.part = CRMI_PART,
                            .kind = kind,
                            .id = id,
                            .reason =
                                crmi_str(crmsync_reason_name(CRMSYNC_REASON_CREATE_REACTIVATED)),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = CRMI_PRIO_ASKED,
                            .due_ms = now,
                            .since_ms = now};
        link.inactive = false;
        link.local_digest = 0;
        crmi_link_put(&c, &link);
        crmi_queue_put(&c, &item);
        log_reactivation(&c, ws, &link, why);
        rc = crmi_commit_must(&c, err);
    }
    crmi_commit_clear(&c);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmsync_workspace_reactivate(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id,
                                     uint32_t why, crmsync_error **err)
{
    if (!workspace || !kind.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL or kind is empty");
    if (why != CRMSYNC_REACTIVATE_FORM && why != CRMSYNC_REACTIVATE_IMPORT)
        return crmi_fail(err, CRMSYNC_E_INVALID, "%u is no CRMSYNC_REACTIVATE_*", (unsigned)why);
    int32_t rc = crmi_key_check_local_id(kind, id, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = reactivate(workspace, kind, id, why, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
