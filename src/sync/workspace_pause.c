/* A pause: stored, so that it holds for every worker. */
#include "state/meta.h"
#include "sync/phases.h"

int32_t crmi_pause_check(crmsync_workspace *ws, uint32_t phases, crmsync_error **err)
{
    crmi_arena arena;
    crmsync_str why;
    int64_t since = 0;
    bool works = false;
    for (size_t i = 0; i < crmi_phase_count(); i++)
        works = works || ((phases & crmi_phase_at(i)->phase) && crmi_phase_at(i)->works);
    if (!works)
        return CRMSYNC_OK;
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    int32_t rc = crmi_meta_pause(&ws->store, &arena, &since, &why, err);
    if (!rc && since) {
        rc = crmi_fail(err, CRMSYNC_E_STATE, "the workspace is paused%s%.*s", why.len ? ": " : "",
                       CRMI_SPELL(why));
        crmi_error_set_remedy(err, CRMI_STR("Call crmsync_workspace_pause() with 0 to go on."));
    }
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmsync_workspace_pause(crmsync_workspace *workspace, uint32_t paused, crmsync_str why,
                                crmsync_error **err)
{
    crmi_commit c;
    if (!workspace || paused > 1)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL, or paused is neither 0 nor 1");
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmi_store store = workspace->store;
    store.fence = NULL; /* whoever holds the lease: it is for all */
    crmi_commit_init(&c, &store);
    crmi_meta_put_pause(&c, paused ? crmi_engine_wall(workspace->engine) : 0, why);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    crmi_engine_leave(workspace->engine);
    return rc;
}
