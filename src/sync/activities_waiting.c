/* Activities whose person is not in the CRM: which go on, and how many there are. */
#include "base/time.h"
#include "sync/activities.h"

#define WAITING_ONES 10000u /* of one person, as many as activities.park_max may say */

static crmsync_workspace *workspace_of(const crmi_activities *t)
{
    return t->ship.task.job->ws;
}

/* ---- released ones ---- */

static bool keep_place(crmi_activities *t, const crmi_waiting *last)
{
    crmi_buf_reset(&t->seen_parent);
    crmi_buf_reset(&t->seen_child);
    crmi_buf_add(&t->seen_parent, last->parent);
    crmi_buf_add(&t->seen_child, last->child);
    return crmi_buf_ok(&t->seen_parent) && crmi_buf_ok(&t->seen_child);
}

static int32_t list_waiting(crmi_activities *t, crmi_waiting **list, size_t *n,
                            crmsync_error **err)
{
    crmi_waiting after = {.parent_kind = CRMI_STR("person"),
                          .parent = crmi_buf_str(&t->seen_parent),
                          .child_kind = CRMI_STR("activity"),
                          .child = crmi_buf_str(&t->seen_child)};
    int32_t rc = crmi_waiting_list(&workspace_of(t)->store, after.parent_kind, CRMI_STR_EMPTY,
                                   after.child_kind, after.child.len ? &after : NULL,
                                   CRMI_ACTIVITIES_PAGE, &t->work.arena, list, n, err);
    if (rc)
        return rc;
    t->parked_read = *n < CRMI_ACTIVITIES_PAGE;
    return *n == 0 || keep_place(t, &(*list)[*n - 1]) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static bool expired(const crmi_activities *t, const crmi_waiting *w)
{
    int64_t days = workspace_of(t)->config->activities.park_days;
    return days && crmi_workspace_server_now(workspace_of(t)) - w->since_ms > days * CRMI_DAY_MS;
}

static void add_item(crmi_activities *t, const crmi_waiting *w)
{
    t->parked[t->parked_count++] = *w;
    for (size_t k = 0; k < t->work.count; k++) {
        if (crmi_str_eq(t->work.items[k].id, w->child))
            return;
    }
    t->work.items[t->work.count].id = w->child;
    t->work.items[t->work.count++].from_queue = true;
}

int32_t crmi_activities_release(crmi_activities *t, crmsync_error **err)
{
    crmi_waiting *list;
    size_t n;
    t->parked_count = 0;
    if (t->parked_read)
        return CRMSYNC_OK;
    int32_t rc = list_waiting(t, &list, &n, err);
    if (rc || n == 0)
        return rc;
    crmi_arena *arena = &t->work.arena;
    crmsync_str *ids = crmi_arena_array(arena, n, sizeof *ids);
    crmi_link *links = crmi_arena_array(arena, n, sizeof *links);
    crmi_page_item *items = crmi_arena_array(arena, t->work.count + n + 1, sizeof *items);
    t->parked = crmi_arena_array(arena, n, sizeof *t->parked);
    if (!ids || !links || !t->parked || !items)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = list[i].parent;
    rc = crmi_link_get_many(&workspace_of(t)->store, arena, CRMI_STR("person"), ids, n, links, err);
    memcpy(items, t->work.items, t->work.count * sizeof *items);
    t->work.items = items;
    for (size_t i = 0; !rc && i < n; i++) {
        if (crmi_link_any_live(&links[i]) || expired(t, &list[i]))
            add_item(t, &list[i]);
    }
    return rc;
}

/* ---- those of the page ---- */

/* Same person as an earlier one of the page that waits too? */
static bool first_of_person(const crmi_activities *t, size_t at, crmsync_str person)
{
    for (size_t i = 0; i < at; i++) {
        const crmi_activity_input *in = &t->inputs[i];
        if (!in->person && crmi_str_eq(crmi_record_text(in->local, "person_id"), person))
            return false;
    }
    return true;
}

/* What waits for the person of input `first`, told to all its activities of the page. */
static int32_t count_waiting(crmi_activities *t, size_t first, crmsync_str person,
                             crmsync_error **err)
{
    crmi_waiting *list;
    size_t n;
    int32_t rc =
        crmi_waiting_list(&workspace_of(t)->store, CRMI_STR("person"), person,
                          CRMI_STR("activity"), NULL, WAITING_ONES, &t->work.arena, &list, &n, err);
    size_t waiting = n;
    for (size_t i = first; !rc && i < t->work.count; i++) {
        crmi_activity_input *in = &t->inputs[i];
        if (in->person || !crmi_str_eq(crmi_record_text(in->local, "person_id"), person))
            continue;
        for (size_t k = 0; k < n; k++) {
            if (crmi_str_eq(list[k].child, crmi_record_text(in->local, "id")))
                in->waiting_since = list[k].since_ms;
        }
        in->waiting_others = waiting;
        waiting += in->waiting_since == 0;
    }
    return rc;
}

int32_t crmi_activities_waiting(crmi_activities *t, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->work.count; i++) {
        crmi_activity_input *in = &t->inputs[i];
        crmsync_str person = crmi_record_text(in->local, "person_id");
        bool fits = person.len && person.len <= CRMI_LOCAL_ID_MAX;
        if (!in->person && fits && first_of_person(t, i, person))
            rc = count_waiting(t, i, person, err);
        for (size_t k = 0; in->person && k < t->parked_count; k++) {
            if (crmi_str_eq(t->parked[k].child, crmi_record_text(in->local, "id")))
                in->waiting_since = t->parked[k].since_ms;
        }
    }
    return rc;
}
