/* Which engagements a page has: the host's feed, those that waited, those to be tried again. */
#include "base/time.h"
#include "sync/campaigns.h"

static const char *const parents[] = {"person", "campaign"}; /* by parked_kind */
#define PARENTS (sizeof parents / sizeof parents[0])
#define QUEUE_PAGE 1000u /* of all kinds */

/* ---- items ---- */

static int32_t add_item(crmi_campaigns *t, crmi_map *seen, crmsync_str id, crmsync_error **err)
{
    size_t at;
    if (crmi_map_get_index(seen, id, &at)) {
        t->work.items[at].from_queue = true;
        return CRMSYNC_OK;
    }
    t->work.items[t->work.count] = (crmi_page_item){.id = id, .from_queue = true};
    return crmi_map_put_index(seen, id, t->work.count++) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t make_room(crmi_campaigns *t, size_t more, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_page_item *items = crmi_arena_array(&w->arena, w->count + more + 1, sizeof *items);
    if (!items)
        return crmi_fail_nomem(err);
    memcpy(items, w->items, w->count * sizeof *items);
    w->items = items;
    return CRMSYNC_OK;
}

/* ---- retries ---- */

/* A member that is to be tried again stands for its engagements that were not settled. */
static int32_t take_queued(crmi_campaigns *t, crmi_map *seen, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_arena *arena = &t->work.arena;
    crmi_membership *states = crmi_arena_array(arena, t->queued_count + 1, sizeof *states);
    size_t open = 0;
    if (!states)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->queued_count; i++)
        states[i].id = t->queued[i].id;
    int32_t rc = crmi_memberships_get(&ws->store, arena, states, t->queued_count, err);
    for (size_t i = 0; !rc && i < t->queued_count; i++)
        open += states[i].open_count;
    if (!rc)
        rc = make_room(t, open, err);
    for (size_t i = 0; !rc && i < t->queued_count; i++) {
        for (size_t k = 0; !rc && k < states[i].open_count; k++)
            rc = add_item(t, seen, states[i].open[k], err);
    }
    return rc;
}

static int32_t gather_queue(crmi_campaigns *t, crmi_map *seen, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_queued *due;
    size_t n;
    if (t->queue_read)
        return CRMSYNC_OK;
    int32_t rc = crmi_queue_due(&ws->store, CRMSYNC_SPACE_QUEUE, CRMI_PART, t->work.due_ms,
                                QUEUE_PAGE, &t->work.arena, &due, &n, err);
    if (rc)
        return rc;
    t->queued = due;
    for (size_t i = 0; i < n && t->queued_count < CRMI_CAMPAIGNS_PAGE; i++) {
        if (crmi_str_is(due[i].kind, "member"))
            t->queued[t->queued_count++] = due[i];
    }
    t->queue_read = t->queued_count < CRMI_CAMPAIGNS_PAGE || crmi_campaigns_dry(t);
    return take_queued(t, seen, err);
}

/* ---- released ones ---- */

static bool keep_place(crmi_campaigns *t, const crmi_waiting *last)
{
    crmi_buf_reset(&t->seen_parent);
    crmi_buf_reset(&t->seen_child);
    crmi_buf_add(&t->seen_parent, last->parent);
    crmi_buf_add(&t->seen_child, last->child);
    return crmi_buf_ok(&t->seen_parent) && crmi_buf_ok(&t->seen_child);
}

static bool expired(const crmi_campaigns *t, const crmi_waiting *w)
{
    const crmsync_workspace *ws = crmi_campaigns_workspace(t);
    int64_t days = ws->config->campaigns.park_days;
    return days && crmi_workspace_server_now(ws) - w->since_ms > days * CRMI_DAY_MS;
}

static int32_t list_waiting(crmi_campaigns *t, crmi_waiting **list, size_t *n, crmsync_error **err)
{
    crmi_waiting after = {.parent_kind = crmi_str(parents[t->parked_kind]),
                          .parent = crmi_buf_str(&t->seen_parent),
                          .child_kind = CRMI_STR("engagement"),
                          .child = crmi_buf_str(&t->seen_child)};
    int32_t rc = crmi_waiting_list(&crmi_campaigns_workspace(t)->store, after.parent_kind,
                                   CRMI_STR_EMPTY, after.child_kind,
                                   after.child.len ? &after : NULL, CRMI_CAMPAIGNS_PAGE,
                                   &t->work.arena, list, n, err);
    if (rc)
        return rc;
    if (*n && !keep_place(t, &(*list)[*n - 1]))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t release(crmi_campaigns *t, crmi_map *seen, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_arena *arena = &t->work.arena;
    crmi_waiting *list;
    size_t n;
    if (t->parked_kind >= PARENTS)
        return CRMSYNC_OK;
    int32_t rc = list_waiting(t, &list, &n, err);
    crmsync_str *ids = crmi_arena_array(arena, n + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(arena, n + 1, sizeof *links);
    t->parked = crmi_arena_array(arena, n + 1, sizeof *t->parked);
    if (rc || !ids || !links || !t->parked)
        return rc ? rc : crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].parent;
    if (n)
        rc = crmi_link_get_many(&ws->store, arena, crmi_str(parents[t->parked_kind]), ids, n,
                                links, err);
    if (!rc)
        rc = make_room(t, n, err);
    for (size_t i = 0; !rc && i < n; i++) {
        if (!crmi_link_any_live(&links[i]) && !expired(t, &list[i]))
            continue;
        t->parked[t->parked_count++] = list[i];
        rc = add_item(t, seen, list[i].child, err);
    }
    if (n < CRMI_CAMPAIGNS_PAGE) { /* to the next kind of parents */
        t->parked_kind++;
        crmi_buf_reset(&t->seen_parent);
        crmi_buf_reset(&t->seen_child);
    }
    return rc;
}

int32_t crmi_campaigns_gather(crmi_campaigns *t, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmi_map seen;
    int32_t rc = crmi_work_gather(w, "engagement", CRMI_CAMPAIGNS_PAGE, err);
    crmi_map_init(&seen, crmi_workspace_alloc(crmi_campaigns_workspace(t)));
    for (size_t i = 0; !rc && i < w->count; i++)
        rc = crmi_map_put_index(&seen, w->items[i].id, i) ? CRMSYNC_OK : crmi_fail_nomem(err);
    if (!rc)
        rc = gather_queue(t, &seen, err);
    if (!rc)
        rc = release(t, &seen, err);
    crmi_map_clear(&seen);
    return rc;
}
