#include "model/link.h"

crmi_target *crmi_link_primary(const crmi_link *link)
{
    for (size_t i = 0; i < link->target_count; i++) {
        if (link->targets[i].state == CRMI_TARGET_LIVE)
            return &link->targets[i];
    }
    return NULL;
}

crmi_target *crmi_link_target(const crmi_link *link, crmsync_str id)
{
    for (size_t i = 0; i < link->target_count; i++) {
        if (crmi_str_eq(link->targets[i].id, id))
            return &link->targets[i];
    }
    return NULL;
}

crmi_target *crmi_link_object(const crmi_link *link, const char *object)
{
    for (size_t i = 0; i < link->target_count; i++) {
        if (link->targets[i].state == CRMI_TARGET_LIVE &&
            crmi_str_is(link->targets[i].object, object))
            return &link->targets[i];
    }
    return NULL;
}

crmi_shadow *crmi_target_shadow(const crmi_target *target, crmsync_str remote)
{
    for (size_t i = 0; i < target->shadow_count; i++) {
        if (crmi_str_eq(target->shadows[i].remote, remote))
            return &target->shadows[i];
    }
    return NULL;
}

bool crmi_link_leads(const crmi_link *link)
{
    for (size_t i = 0; link && i < link->target_count; i++) {
        if (link->targets[i].state == CRMI_TARGET_LIVE && !link->targets[i].shared)
            return true;
    }
    return false;
}

bool crmi_link_any_live(const crmi_link *link)
{
    return crmi_link_primary(link) != NULL;
}

/* Arena arrays grow by one: links have few targets and few fields. */
static void *append(crmi_arena *arena, void *old, size_t count, size_t size)
{
    char *grown = crmi_arena_array(arena, count + 1, size);
    if (grown && count)
        memcpy(grown, old, count * size);
    return grown;
}

crmi_target *crmi_link_add_target(crmi_arena *arena, crmi_link *link, crmsync_str object,
                                  crmsync_str id)
{
    crmi_target *found = crmi_link_target(link, id);
    if (found)
        return found;
    crmi_target *grown = append(arena, link->targets, link->target_count, sizeof *grown);
    if (!grown)
        return NULL;
    crmi_target *added = &grown[link->target_count];
    if (!crmi_arena_str(arena, object, &added->object) || !crmi_arena_str(arena, id, &added->id))
        return NULL;
    link->targets = grown;
    link->target_count++;
    return added;
}

crmi_shadow *crmi_target_put_shadow(crmi_arena *arena, crmi_target *target, crmsync_str local,
                                    crmsync_str remote)
{
    crmi_shadow *found = crmi_target_shadow(target, remote);
    if (found)
        return found;
    crmi_shadow *grown = append(arena, target->shadows, target->shadow_count, sizeof *grown);
    if (!grown)
        return NULL;
    crmi_shadow *added = &grown[target->shadow_count];
    if (!crmi_arena_str(arena, local, &added->local) ||
        !crmi_arena_str(arena, remote, &added->remote))
        return NULL;
    target->shadows = grown;
    target->shadow_count++;
    return added;
}

bool crmi_link_make_primary(crmi_link *link, crmsync_str id)
{
    crmi_target *found = crmi_link_target(link, id);
    if (!found)
        return false;
    crmi_target chosen = *found;
    for (crmi_target *t = found; t > link->targets; t--)
        *t = t[-1];
    link->targets[0] = chosen;
    return true;
}

bool crmi_cell_same(const crmsync_cell *a, const crmsync_cell *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case CRMSYNC_CELL_TEXT:
    case CRMSYNC_CELL_DECIMAL:
    case CRMSYNC_CELL_ID: return crmi_str_eq(a->text, b->text);
    case CRMSYNC_CELL_BOOL:
    case CRMSYNC_CELL_DATE:
    case CRMSYNC_CELL_DATETIME: return a->number == b->number;
    default: return true;
    }
}

bool crmi_cell_copy(crmi_arena *arena, const crmsync_cell *in, crmsync_cell *out)
{
    crmsync_cell copy = *in;
    if (in->text.len == 0)
        copy.text = CRMI_STR_EMPTY;
    else if (!crmi_arena_str(arena, in->text, &copy.text))
        return false;
    *out = copy;
    return true;
}

bool crmi_cell_blank(const crmsync_cell *cell)
{
    if (cell->type == CRMSYNC_CELL_ABSENT || cell->type == CRMSYNC_CELL_NULL)
        return true;
    return cell->type == CRMSYNC_CELL_TEXT && crmi_str_trim(cell->text).len == 0;
}
