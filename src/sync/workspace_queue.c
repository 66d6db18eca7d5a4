/* What a person asks of a workspace: export these now, let that one be created again. */
#include "state/link.h"
#include "state/queue.h"
#include "sync/workspace.h"

#define ALL_FLAGS   (CRMSYNC_ENQUEUE_MANUAL | CRMSYNC_ENQUEUE_LEAD | CRMSYNC_ENQUEUE_CONTACT)
#define PRIO_MANUAL 0
#define PRIO_ASKED  3

/* Read again by the export when it gathers its page. */
static crmsync_str wish(uint32_t flags)
{
    static const char *const wishes[] = {
        "{\"manual\":false}",
        "{\"manual\":false,\"as\":\"lead\"}",
        "{\"manual\":false,\"as\":\"contact\"}",
        "{\"manual\":true}",
        "{\"manual\":true,\"as\":\"lead\"}",
        "{\"manual\":true,\"as\":\"contact\"}",
    };
    size_t as = flags & CRMSYNC_ENQUEUE_LEAD ? 1 : flags & CRMSYNC_ENQUEUE_CONTACT ? 2 : 0;
    return crmi_str(wishes[(flags & CRMSYNC_ENQUEUE_MANUAL ? 3 : 0) + as]);
}

static int32_t check_wish(crmsync_str kind, const crmsync_str *ids, size_t n, uint32_t flags,
                          crmsync_error **err)
{
    if (!crmi_str_is(kind, "person") && !crmi_str_is(kind, "company"))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "records of kind \"%.*s\" are not exported; person and company are",
                         CRMI_SPELL(kind));
    if (flags & ~ALL_FLAGS)
        return crmi_fail(err, CRMSYNC_E_INVALID, "unknown flags 0x%x", flags & ~ALL_FLAGS);
    if ((flags & CRMSYNC_ENQUEUE_LEAD) && (flags & CRMSYNC_ENQUEUE_CONTACT))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a record cannot become a lead and a contact at once");
    if (n && !ids)
        return crmi_fail(err, CRMSYNC_E_INVALID, "ids is NULL");
    for (size_t i = 0; i < n; i++) {
        int32_t rc = crmi_key_check_local_id(kind, ids[i], err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t enqueue(crmsync_workspace *ws, crmsync_str kind, const crmsync_str *ids, size_t n,
                       uint32_t flags, crmsync_error **err)
{
    crmi_units units;
    size_t conflicts = 0;
    int64_t now = crmi_engine_wall(ws->engine);
    crmi_units_init(&units, &ws->store);
    for (size_t i = 0; i < n; i++) {
        crmi_queued item = {.part = CRMI_PART,
                            .kind = kind,
                            .id = ids[i],
                            .detail = wish(flags),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = flags & CRMSYNC_ENQUEUE_MANUAL ? PRIO_MANUAL : PRIO_ASKED,
                            .due_ms = now,
                            .since_ms = now};
        crmi_units_begin(&units);
        crmi_queue_put(&units.changes, &item);
    }
    int32_t rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

int32_t crmsync_workspace_enqueue(crmsync_workspace *workspace, crmsync_str kind,
                                  const crmsync_str *ids, size_t n, uint32_t flags,
                                  crmsync_error **err)
{
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    int32_t rc = check_wish(kind, ids, n, flags, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = enqueue(workspace, kind, ids, n, flags, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* The links to what was deleted stay: they say that a new one takes its place. */
static int32_t reactivate(crmsync_workspace *ws, crmsync_str kind, crmsync_str id,
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
                            .prio = PRIO_ASKED,
                            .due_ms = now,
                            .since_ms = now};
        link.inactive = false;
        link.local_digest = 0;
        crmi_link_put(&c, &link);
        crmi_queue_put(&c, &item);
        rc = crmi_commit_must(&c, err);
    }
    crmi_commit_clear(&c);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmsync_workspace_reactivate(crmsync_workspace *workspace, crmsync_str kind, crmsync_str id,
                                     crmsync_error **err)
{
    if (!workspace || !kind.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL or kind is empty");
    int32_t rc = crmi_key_check_local_id(kind, id, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = reactivate(workspace, kind, id, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
