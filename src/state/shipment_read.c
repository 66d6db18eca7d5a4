/* Finding shipments again: after a crash they are all that is known of what was sent. */
#include "state/shipment_codec.h"

static int32_t read_row(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    return crmi_shipment_row_decode(ctx, item, err);
}

int32_t crmi_shipment_load(const crmi_store *store, crmsync_str part, crmsync_str ulid,
                           crmi_shipment *s, crmsync_error **err)
{
    crmi_key head = crmi_shipment_head_key(part, ulid);
    crmi_key rows = crmi_key_below(CRMI_KEY_PARTS(part, ulid));
    crmi_items items;
    bool found = false;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_shipment_start(s, part, ulid, CRMI_STR_EMPTY, CRMI_STR_EMPTY);
    rc = rc ? crmi_fail_nomem(err)
            : crmi_store_get_one(store, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&head), &items, &found,
                                 err);
    if (!rc && !found)
        rc = crmi_fail(err, CRMSYNC_E_NOT_FOUND, "no shipment %.*s", CRMI_SPELL(ulid));
    if (!rc)
        rc = crmi_shipment_head_decode(s, &items.v[0], err);
    if (!rc)
        rc = crmi_store_each(store, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&rows), read_row, s, err);
    if (rc)
        crmi_shipment_clear(s);
    crmi_items_clear(&items);
    return rc;
}

/* A head's key has two parts, a row's three. */
static bool is_row(crmsync_str key)
{
    return crmi_key_nth(key, 2).ptr != NULL;
}

typedef struct lister {
    crmi_arena *arena;
    crmsync_str *v;
    size_t n, cap;
} lister;

static int32_t list_head(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    lister *l = ctx;
    if (is_row(item->key))
        return CRMSYNC_OK;
    if (!crmi_arena_grow(l->arena, &l->v, &l->cap, l->n + 1, sizeof *l->v) ||
        !crmi_arena_str(l->arena, crmi_key_nth(item->key, 1), &l->v[l->n]))
        return crmi_fail_nomem(err);
    l->n++;
    return CRMSYNC_OK;
}

int32_t crmi_shipment_list(const crmi_store *store, crmsync_str part, crmi_arena *arena,
                           crmsync_str **ulids, size_t *n, crmsync_error **err)
{
    lister l = {.arena = arena};
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(part));
    int32_t rc =
        crmi_store_each(store, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&below), list_head, &l, err);
    *ulids = rc ? NULL : l.v;
    *n = rc ? 0 : l.n;
    return rc;
}

typedef struct sweeper {
    const crmi_store *store;
    crmsync_str part;
    char head[CRMI_ULID_LEN + 1]; /* the last head passed */
    size_t dropped;
} sweeper;

/* Adds the removal of the claims that the row names, as far as its shipment holds them. */
static int32_t drop_claims(crmi_units *u, const crmi_shipment *s, crmsync_error **err)
{
    crmi_arena arena;
    int32_t rc = CRMSYNC_OK;
    crmi_arena_init(&arena, s->arena.alloc);
    for (size_t i = 0; !rc && i < s->count; i++) {
        for (size_t k = 0; !rc && k < s->intents[i].claim_count; k++) {
            crmi_claim claim = s->intents[i].claims[k];
            rc = crmi_claim_get(u->changes.store, &claim, 1, &arena, err);
            if (rc || !claim.version || !crmi_str_eq(claim.shipment, s->ulid))
                continue;
            crmi_units_begin(u);
            crmi_claim_drop(&u->changes, &claim);
        }
    }
    crmi_arena_clear(&arena);
    return rc;
}

/* The claims first: as long as the row is there, they are found again. */
static int32_t drop_row(sweeper *sw, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_shipment s;
    crmi_units u;
    size_t conflicts;
    crmi_shipment_init(&s, sw->store->alloc);
    crmi_units_init(&u, sw->store);
    int32_t rc = crmi_shipment_start(&s, sw->part, crmi_key_nth(item->key, 1), CRMI_STR_EMPTY,
                                     CRMI_STR_EMPTY);
    rc = rc ? crmi_fail_nomem(err) : crmi_shipment_row_decode(&s, item, err);
    if (!rc)
        rc = drop_claims(&u, &s, err);
    crmi_units_begin_closing(&u);
    crmi_commit_expect(&u.changes, CRMSYNC_SPACE_SHIPMENT, item->key, item->version);
    crmi_commit_delete(&u.changes, CRMSYNC_SPACE_SHIPMENT, item->key);
    if (!rc)
        rc = crmi_units_run(&u, &conflicts, err);
    if (!rc && conflicts == 0)
        sw->dropped++;
    crmi_units_clear(&u);
    crmi_shipment_clear(&s);
    return rc;
}

static int32_t sweep_row(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    sweeper *sw = ctx;
    crmsync_str ulid = crmi_key_nth(item->key, 1);
    if (is_row(item->key)) /* heads sort before their rows */
        return crmi_str_is(ulid, sw->head) ? CRMSYNC_OK : drop_row(sw, item, err);
    size_t n = ulid.len < CRMI_ULID_LEN ? ulid.len : CRMI_ULID_LEN;
    memcpy(sw->head, ulid.ptr, n);
    sw->head[n] = 0;
    return CRMSYNC_OK;
}

int32_t crmi_shipment_sweep(const crmi_store *store, crmsync_str part, size_t *dropped,
                            crmsync_error **err)
{
    sweeper sw = {.store = store, .part = part};
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(part));
    int32_t rc =
        crmi_store_each(store, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&below), sweep_row, &sw, err);
    if (dropped)
        *dropped = sw.dropped;
    return rc;
}
