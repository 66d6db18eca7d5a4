#include "sync/records.h"

#include "state/key.h"

#define AS_SENT ((size_t)-1)

/* One collecting sink for all four hooks; what a hook may not deliver is refused. */
typedef struct collector {
    crmsync_record_sink sink; /* first: what the hook sees */
    const crmsync_alloc *alloc;
    crmi_loaded *loaded;
    crmi_save_result *saved;
    crmi_feed_page *feed;
    int32_t code; /* first trouble while collecting */
} collector;

void crmi_loaded_init(crmi_loaded *l, const crmsync_alloc *alloc)
{
    l->rows = NULL;
    crmi_map_init(&l->by_id, alloc);
}

void crmi_loaded_clear(crmi_loaded *l)
{
    crmsync_rows_free(l->rows);
    l->rows = NULL;
    crmi_map_clear(&l->by_id);
}

crmi_record crmi_loaded_get(const crmi_loaded *l, crmsync_str id)
{
    size_t row;
    if (!l->rows || !crmi_map_get_index(&l->by_id, id, &row))
        return (crmi_record){NULL, 0};
    return (crmi_record){l->rows, row};
}

static int32_t add_loaded(crmi_loaded *l, const crmsync_rows *rows)
{
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmsync_str id = crmi_record_text((crmi_record){rows, i}, "id");
        if (id.len == 0 || id.len > CRMI_LOCAL_ID_MAX || !crmi_str_utf8_valid(id, NULL))
            return CRMSYNC_E_CONTRACT;
        if (crmi_map_get(&l->by_id, id))
            continue;
        if (!crmi_rows_copy_row(l->rows, (crmi_record){rows, i}))
            return CRMSYNC_E_NOMEM;
        size_t row = crmsync_rows_count(l->rows) - 1;
        crmsync_str kept = crmi_record_text((crmi_record){l->rows, row}, "id");
        if (!crmi_map_put_index(&l->by_id, kept, row))
            return CRMSYNC_E_NOMEM;
    }
    return CRMSYNC_OK;
}

static int32_t add_feed(crmi_feed_page *p, const crmsync_rows *rows)
{
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmsync_str id = crmi_record_text((crmi_record){rows, i}, "id");
        if (id.len == 0 || id.len > CRMI_LOCAL_ID_MAX || !crmi_str_utf8_valid(id, NULL))
            return CRMSYNC_E_CONTRACT;
        if (!crmi_rows_copy_row(p->rows, (crmi_record){rows, i}))
            return CRMSYNC_E_NOMEM;
    }
    return CRMSYNC_OK;
}

static int32_t on_rows(crmsync_record_sink *sink, const crmsync_rows *rows)
{
    collector *c = (collector *)sink;
    if (!c->code && !rows)
        c->code = CRMSYNC_E_CONTRACT;
    if (!c->code && c->loaded)
        c->code = add_loaded(c->loaded, rows);
    else if (!c->code && c->feed)
        c->code = add_feed(c->feed, rows);
    else if (!c->code)
        c->code = CRMSYNC_E_CONTRACT;
    return c->code;
}

static int32_t keep_saved(crmi_save_result *r, crmi_saved *to, crmsync_str id, crmsync_str rev,
                          const crmsync_rows *stored, size_t row, crmsync_str reason)
{
    if (!crmi_arena_str(&r->arena, id, &to->id) || !crmi_arena_str(&r->arena, rev, &to->rev) ||
        !crmi_arena_str(&r->arena, reason, &to->reason))
        return CRMSYNC_E_NOMEM;
    to->stored = AS_SENT;
    if (!stored || row >= crmsync_rows_count(stored))
        return CRMSYNC_OK;
    if (!crmi_rows_copy_row(r->stored, (crmi_record){stored, row}))
        return CRMSYNC_E_NOMEM;
    to->stored = crmsync_rows_count(r->stored) - 1;
    return CRMSYNC_OK;
}

static int32_t on_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome, crmsync_str id,
                        crmsync_str rev, const crmsync_rows *stored, size_t row, crmsync_str reason)
{
    collector *c = (collector *)sink;
    if (c->code)
        return c->code;
    if (!c->saved || item >= c->saved->count || outcome < CRMSYNC_SAVE_SAVED ||
        outcome > CRMSYNC_SAVE_GONE || c->saved->items[item].outcome ||
        (outcome == CRMSYNC_SAVE_SAVED && (id.len == 0 || id.len > CRMI_LOCAL_ID_MAX))) {
        c->code = CRMSYNC_E_CONTRACT;
        return c->code;
    }
    crmi_saved *to = &c->saved->items[item];
    c->code = keep_saved(c->saved, to, id, rev, stored, row, reason);
    if (!c->code)
        to->outcome = outcome;
    return c->code;
}

static int32_t on_cursor(crmsync_record_sink *sink, crmsync_str cursor, int32_t more)
{
    collector *c = (collector *)sink;
    if (!c->code && !c->feed)
        c->code = CRMSYNC_E_CONTRACT;
    if (c->code)
        return c->code;
    crmi_buf_reset(&c->feed->cursor);
    crmi_buf_add(&c->feed->cursor, cursor);
    c->feed->more = more != 0;
    if (!crmi_buf_ok(&c->feed->cursor))
        c->code = CRMSYNC_E_NOMEM;
    return c->code;
}

static collector collector_to(crmsync_engine *engine)
{
    collector c = {{on_rows, on_saved, on_cursor}, &engine->alloc, NULL, NULL, NULL, CRMSYNC_OK};
    return c;
}

/* Joins what the hook returned with what went wrong while collecting. */
static int32_t finish(const collector *c, int32_t rc, const char *hook, crmsync_error **err)
{
    if (c->code == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (c->code)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "records.%s broke its contract: an empty or too long id, an item that was "
                         "not asked for or was answered twice",
                         hook);
    if (rc > 0)
        return crmi_fail(err, CRMSYNC_E_CONTRACT,
                         "records.%s broke its contract: it returned %d, where 0 or a negative code "
                         "is expected",
                         hook, (int)rc);
    if (rc && err && !*err)
        return crmi_fail(err, rc, "records.%s failed", hook);
    return rc;
}

int32_t crmi_records_load(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                          const crmsync_str *ids, size_t n, crmi_loaded *out, crmsync_error **err)
{
    crmi_loaded_clear(out);
    int32_t rc = crmsync_rows_new(&engine->alloc, kind, NULL, 0, &out->rows, err);
    if (rc || n == 0)
        return rc;
    collector c = collector_to(engine);
    c.loaded = out;
    rc = engine->records.load(engine->records_ctx, workspace, kind, ids, n, &c.sink, err);
    return finish(&c, rc, "load", err);
}

int32_t crmi_records_find(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                          const char *key_kind, const crmsync_str *values, size_t n,
                          crmi_loaded *out, bool *supported, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *supported = engine->records.find != NULL;
    if (!out->rows)
        rc = crmsync_rows_new(&engine->alloc, kind, NULL, 0, &out->rows, err);
    if (rc || n == 0 || !*supported)
        return rc;
    collector c = collector_to(engine);
    c.loaded = out;
    rc = engine->records.find(engine->records_ctx, workspace, kind, crmi_str(key_kind), values, n,
                              &c.sink, err);
    return finish(&c, rc, "find", err);
}

void crmi_save_result_clear(crmi_save_result *r)
{
    crmsync_rows_free(r->stored);
    if (r->arena.alloc)
        crmi_arena_clear(&r->arena);
    memset(r, 0, sizeof *r);
}

int32_t crmi_records_save(crmsync_engine *engine, crmsync_str workspace, const crmsync_rows *items,
                          crmi_save_result *out, crmsync_error **err)
{
    memset(out, 0, sizeof *out);
    crmi_arena_init(&out->arena, &engine->alloc);
    out->count = crmsync_rows_count(items);
    out->items = crmi_arena_array(&out->arena, out->count, sizeof *out->items);
    if (!out->items)
        return crmi_fail_nomem(err);
    int32_t rc = crmsync_rows_new(&engine->alloc, crmsync_rows_kind(items), NULL, 0, &out->stored, err);
    if (rc || out->count == 0)
        return rc;
    collector c = collector_to(engine);
    c.saved = out;
    rc = engine->records.save(engine->records_ctx, workspace, items, &c.sink, err);
    rc = finish(&c, rc, "save", err);
    for (size_t i = 0; !rc && i < out->count; i++) {
        if (!out->items[i].outcome)
            rc = crmi_fail(err, CRMSYNC_E_CONTRACT,
                           "records.save broke its contract: item %zu of %zu was not answered", i,
                           out->count);
    }
    return rc;
}

void crmi_feed_page_init(crmi_feed_page *p, const crmsync_alloc *alloc)
{
    p->rows = NULL;
    p->more = false;
    crmi_buf_init(&p->cursor, alloc);
}

void crmi_feed_page_clear(crmi_feed_page *p)
{
    crmsync_rows_free(p->rows);
    p->rows = NULL;
    crmi_buf_clear(&p->cursor);
}

int32_t crmi_records_changed(crmsync_engine *engine, crmsync_str workspace, crmsync_str kind,
                             crmsync_str cursor, uint32_t limit, crmi_feed_page *out,
                             crmsync_error **err)
{
    crmi_feed_page_clear(out);
    out->more = false;
    crmi_buf_add(&out->cursor, cursor);
    int32_t rc = crmsync_rows_new(&engine->alloc, kind, NULL, 0, &out->rows, err);
    if (rc)
        return rc;
    collector c = collector_to(engine);
    c.feed = out;
    rc = engine->records.changed(engine->records_ctx, workspace, kind, cursor, limit, &c.sink, err);
    return finish(&c, rc, "changed", err);
}
