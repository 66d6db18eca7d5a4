#include "sync/owners.h"

void crmi_owners_init(crmi_owners *o, const crmsync_alloc *alloc)
{
    memset(o, 0, sizeof *o);
    o->alloc = alloc;
    crmi_arena_init(&o->arena, alloc);
    crmi_map_init(&o->by_id, alloc);
}

void crmi_owners_clear(crmi_owners *o)
{
    crmi_map_clear(&o->by_id);
    crmi_arena_clear(&o->arena);
    crmi_owners_init(o, o->alloc);
}

/* Which of the local records of one kind are gone. */
static int32_t see_gone(crmi_owners *o, crmsync_workspace *ws, crmsync_str kind,
                        const crmi_loaded *known, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&o->arena, o->count + 1, sizeof *ids);
    crmi_loaded loaded;
    crmi_map seen;
    size_t n = 0;
    int32_t rc = ids ? CRMSYNC_OK : crmi_fail_nomem(err);
    crmi_loaded_init(&loaded, o->alloc);
    crmi_map_init(&seen, o->alloc);
    for (size_t i = 0; !rc && i < o->count; i++) {
        bool ours = crmi_str_eq(o->rows[i].kind, kind);
        if (!ours || (known && crmi_loaded_get(known, o->rows[i].id).rows))
            continue;
        o->gone[i] = true;
        if (crmi_map_get(&seen, o->rows[i].id))
            continue;
        if (!crmi_map_put_index(&seen, o->rows[i].id, n))
            rc = crmi_fail_nomem(err);
        ids[n++] = o->rows[i].id;
    }
    if (!rc && n)
        rc = crmi_records_load(ws->engine, ws->name, kind, ids, n, &loaded, err);
    for (size_t i = 0; !rc && n && i < o->count; i++) {
        if (o->gone[i] && crmi_str_eq(o->rows[i].kind, kind))
            o->gone[i] = !crmi_loaded_get(&loaded, o->rows[i].id).rows;
    }
    crmi_map_clear(&seen);
    crmi_loaded_clear(&loaded);
    return rc;
}

int32_t crmi_owners_read(crmi_owners *o, crmsync_workspace *ws, const crmi_record *records, size_t n,
                         const crmi_loaded *people, const crmi_loaded *companies,
                         crmsync_error **err)
{
    crmi_owners_clear(o);
    crmsync_str *ids = crmi_arena_array(&o->arena, n + 1, sizeof *ids);
    o->rows = crmi_arena_array(&o->arena, n + 1, sizeof *o->rows);
    o->gone = crmi_arena_array(&o->arena, n + 1, sizeof *o->gone);
    if (!ids || !o->rows || !o->gone)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        crmsync_str id = crmi_record_text(records[i], "Id");
        if (!id.len || crmi_map_get(&o->by_id, id))
            continue;
        if (!crmi_map_put_index(&o->by_id, id, o->count))
            return crmi_fail_nomem(err);
        ids[o->count++] = id;
    }
    int32_t rc = crmi_reverse_get(&ws->store, ids, o->count, &o->arena, o->rows, err);
    if (!rc)
        rc = see_gone(o, ws, CRMI_STR("person"), people, err);
    return rc ? rc : see_gone(o, ws, CRMI_STR("company"), companies, err);
}

static const crmi_reverse *find(const crmi_owners *o, crmsync_str crm_id, size_t *at)
{
    if (!crm_id.len || !crmi_map_get_index(&o->by_id, crm_id, at) || !o->rows[*at].id.len)
        return NULL;
    return &o->rows[*at];
}

crmsync_str crmi_owners_other(const crmi_owners *o, crmsync_str crm_id, crmsync_str kind,
                              crmsync_str self)
{
    size_t at = 0;
    const crmi_reverse *row = find(o, crm_id, &at);
    bool other = row && !o->gone[at] && crmi_str_eq(row->kind, kind) && !crmi_str_eq(row->id, self);
    return other ? row->id : CRMI_STR_EMPTY;
}

uint64_t crmi_owners_orphaned(const crmi_owners *o, crmsync_str crm_id)
{
    size_t at = 0;
    const crmi_reverse *row = find(o, crm_id, &at);
    return row && o->gone[at] ? row->version : 0;
}
