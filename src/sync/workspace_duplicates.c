/* What stands more than once, for people to merge. */
#include "model/rows.h"
#include "state/link.h"
#include "sync/workspace.h"

#define LIMIT_DEFAULT 1000u

typedef struct reader {
    crmsync_rows *rows;
    uint32_t left;
} reader;

static bool stands(const crmi_target *t)
{
    return t->state == CRMI_TARGET_LIVE || t->state == CRMI_TARGET_VANISHED;
}

static int32_t add_row(reader *r, const crmi_link *link, const crmi_target *t, const char *role,
                       crmsync_error **err)
{
    bool vanished = t && t->state == CRMI_TARGET_VANISHED;
    const crmsync_cell cells[] = {
        crmi_cell_text(link->local_id),
        crmi_cell_text(t ? t->object : CRMI_STR_EMPTY),
        crmi_cell_text(t ? t->id : CRMI_STR_EMPTY),
        crmi_cell_text(crmi_str(role)),
        crmi_cell_text(!t ? CRMI_STR_EMPTY : crmi_str(vanished ? "vanished" : "live")),
    };
    return crmsync_rows_append(r->rows, cells, sizeof cells / sizeof cells[0], err);
}

static int32_t read_link(void *ctx, crmi_link *link, crmsync_error **err)
{
    reader *r = ctx;
    const crmi_target *primary = crmi_link_primary(link);
    size_t n = 0;
    bool shares = false;
    for (size_t i = 0; i < link->target_count; i++) {
        n += stands(&link->targets[i]);
        shares = shares || (stands(&link->targets[i]) && link->targets[i].shared);
    }
    bool ambiguous = crmi_str_is(link->last_outcome, crmsync_reason_name(CRMSYNC_REASON_AMBIGUOUS));
    int32_t rc = CRMSYNC_OK;
    if (n < 2 && !shares && !ambiguous)
        return rc;
    for (size_t i = 0; !rc && i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        if (stands(t))
            rc = add_row(r, link, t, t->shared ? "shared" : t == primary ? "primary" : "also", err);
    }
    if (!rc && ambiguous)
        rc = add_row(r, link, NULL, "ambiguous", err);
    return rc || --r->left ? rc : CRMI_VISIT_STOP;
}

static int32_t read_all(crmsync_workspace *ws, crmsync_str kind, uint32_t limit, crmsync_rows **out,
                        crmsync_error **err)
{
    static const crmsync_str fields[] = {
        {"id", 2}, {"object", 6}, {"crm_id", 6}, {"role", 4}, {"state", 5}};
    reader r = {NULL, limit ? limit : LIMIT_DEFAULT};
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(ws), CRMI_STR("duplicate"), fields,
                                  sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = crmi_link_each(&ws->store, kind, read_link, &r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

int32_t crmsync_workspace_duplicates(crmsync_workspace *workspace, crmsync_str kind, uint32_t limit,
                                     crmsync_rows **out, crmsync_error **err)
{
    if (!workspace || !out || !kind.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL, or kind is empty");
    *out = NULL;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_all(workspace, kind, limit, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
