#include "state/shipment.h"

#include "base/map.h"
#include "state/shipment_codec.h"

#define ROWS_PER_DROP 64u /* well below the items every store takes in a commit */

void crmi_shipment_init(crmi_shipment *s, const crmsync_alloc *alloc)
{
    *s = (crmi_shipment){.version = 0};
    crmi_arena_init(&s->arena, alloc);
}

void crmi_shipment_clear(crmi_shipment *s)
{
    const crmsync_alloc *alloc = s->arena.alloc;
    crmi_arena_clear(&s->arena);
    crmi_shipment_init(s, alloc);
}

int32_t crmi_shipment_start(crmi_shipment *s, crmsync_str part, crmsync_str ulid, crmsync_str kind,
                            crmsync_str run)
{
    crmi_shipment_clear(s);
    if (!crmi_arena_str(&s->arena, part, &s->part) || !crmi_arena_str(&s->arena, ulid, &s->ulid) ||
        !crmi_arena_str(&s->arena, kind, &s->kind) || !crmi_arena_str(&s->arena, run, &s->run))
        return CRMSYNC_E_NOMEM;
    return CRMSYNC_OK;
}

/* Copying through the document form keeps one list of an intent's members. */
int32_t crmi_shipment_add(crmi_shipment *s, const crmi_intent *intent)
{
    crmi_buf row;
    crmi_buf_init(&row, s->arena.alloc);
    crmi_buf_lit(&row, "{\"intents\":[");
    crmi_intent_encode(intent, &row);
    crmi_buf_lit(&row, "]}");
    int32_t rc = CRMSYNC_E_NOMEM;
    if (crmi_buf_ok(&row)) {
        crmsync_kv_item item = {.value = crmi_buf_str(&row), .space = CRMSYNC_SPACE_SHIPMENT};
        rc = crmi_shipment_row_decode(s, &item, NULL);
    }
    crmi_buf_clear(&row);
    return rc;
}

crmi_claim crmi_shipment_claim(const crmi_shipment *s, const crmi_intent *intent, size_t i)
{
    crmi_claim claim = intent->claims[i];
    claim.part = s->part;
    claim.shipment = s->ulid;
    claim.local_kind = intent->local_kind;
    claim.local_id = intent->local_id;
    return claim;
}

/* Calls `put` for each row: as many intents as its value may hold. */
typedef void (*row_fn)(void *ctx, crmi_key key, crmi_buf *row);

static int32_t each_row(const crmi_shipment *s, const crmi_store *store, row_fn put, void *ctx,
                        size_t *rows)
{
    crmi_buf row, one;
    bool ok = true;
    *rows = 0;
    crmi_buf_init(&row, store->alloc);
    crmi_buf_init(&one, store->alloc);
    for (size_t i = 0; ok && i < s->count; i++) {
        crmi_buf_reset(&one);
        crmi_intent_encode(&s->intents[i], &one);
        if (row.len && row.len + one.len + 16 > store->ops->max_value) {
            crmi_buf_lit(&row, "]}");
            put(ctx, crmi_shipment_row_key(s->part, s->ulid, (*rows)++), &row);
            crmi_buf_reset(&row);
        }
        crmi_buf_lit(&row, row.len ? "," : "{\"intents\":[");
        crmi_buf_add(&row, crmi_buf_str(&one));
        ok = crmi_buf_ok(&row) && crmi_buf_ok(&one);
    }
    if (ok && row.len) {
        crmi_buf_lit(&row, "]}");
        put(ctx, crmi_shipment_row_key(s->part, s->ulid, (*rows)++), &row);
    }
    crmi_buf_clear(&one);
    crmi_buf_clear(&row);
    return ok ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static void put_row(void *ctx, crmi_key key, crmi_buf *row)
{
    crmi_commit *c = ctx;
    if (crmi_buf_ok(row))
        crmi_commit_put(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key), crmi_buf_str(row));
    else
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
}

static void put_row_unit(void *ctx, crmi_key key, crmi_buf *row)
{
    crmi_units *u = ctx;
    crmi_units_begin(u);
    put_row(&u->changes, key, row);
}

void crmi_shipment_put_head(crmi_commit *c, const crmi_shipment *s)
{
    crmi_key key = crmi_shipment_head_key(s->part, s->ulid);
    crmi_buf head;
    crmi_buf_init(&head, c->store->alloc);
    crmi_shipment_head_encode(s, &head);
    crmi_commit_expect(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key), s->version);
    crmi_document_put(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key), &head);
}

static void put_claims(crmi_commit *c, const crmi_shipment *s, const crmi_intent *intent)
{
    for (size_t i = 0; i < intent->claim_count; i++) {
        crmi_claim claim = crmi_shipment_claim(s, intent, i);
        crmi_claim_put(c, &claim);
    }
}

void crmi_shipment_save(crmi_commit *c, crmi_shipment *s)
{
    size_t before = s->rows;
    if (each_row(s, c->store, put_row, c, &s->rows))
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
    for (size_t i = s->rows; i < before; i++) {
        crmi_key key = crmi_shipment_row_key(s->part, s->ulid, i);
        crmi_commit_delete(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
    }
    crmi_shipment_put_head(c, s);
}

void crmi_shipment_drop(crmi_commit *c, const crmi_shipment *s)
{
    crmi_key key = crmi_shipment_head_key(s->part, s->ulid);
    crmi_commit_expect(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key), s->version);
    crmi_commit_delete(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
    for (size_t i = 0; i < s->rows; i++) {
        crmi_key row = crmi_shipment_row_key(s->part, s->ulid, i);
        crmi_commit_delete(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&row));
    }
}

void crmi_shipment_drop_head(crmi_commit *c, const crmi_shipment *s)
{
    crmi_key key = crmi_shipment_head_key(s->part, s->ulid);
    crmi_commit_expect(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key), s->version);
    crmi_commit_delete(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
}

int32_t crmi_shipment_drop_rows(const crmi_store *store, const crmi_shipment *s,
                                crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t first = 0; !rc && first < s->rows; first += ROWS_PER_DROP) {
        crmi_commit c;
        crmi_commit_init(&c, store);
        for (size_t i = first; i < s->rows && i < first + ROWS_PER_DROP; i++) {
            crmi_key row = crmi_shipment_row_key(s->part, s->ulid, i);
            crmi_commit_delete(&c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&row));
        }
        rc = crmi_commit_must(&c, err);
        crmi_commit_clear(&c);
    }
    return rc;
}

void crmi_shipment_committed(const crmi_commit *c, crmi_shipment *s)
{
    crmi_key key = crmi_shipment_head_key(s->part, s->ulid);
    s->version = crmi_commit_version(c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
}

/* Everything in one commit. *done false: too large, or a claim is held by somebody else. */
static int32_t journal_at_once(const crmi_store *store, crmi_shipment *s, bool *done,
                               crmsync_error **err)
{
    crmi_commit c;
    uint32_t outcome = CRMSYNC_COMMIT_CONFLICT;
    crmi_commit_init(&c, store);
    for (size_t i = 0; i < s->count; i++)
        put_claims(&c, s, &s->intents[i]);
    crmi_shipment_save(&c, s);
    int32_t rc = crmi_commit_run(&c, &outcome, err);
    *done = !rc && outcome == CRMSYNC_COMMIT_OK;
    if (*done)
        crmi_shipment_committed(&c, s);
    crmi_commit_clear(&c);
    if (rc == CRMSYNC_E_LIMIT) {
        crmi_error_drop(err);
        rc = CRMSYNC_OK;
    }
    return rc;
}

/* Rows first, so that a claim always has a row that names it. */
static int32_t journal_rows(const crmi_store *store, crmi_shipment *s, crmsync_error **err)
{
    crmi_units u;
    size_t conflicts;
    crmi_units_init(&u, store);
    int32_t rc = each_row(s, store, put_row_unit, &u, &s->rows)
                     ? crmi_fail_nomem(err)
                     : crmi_units_run(&u, &conflicts, err);
    crmi_units_clear(&u);
    return rc;
}

static int32_t journal_claims(const crmi_store *store, crmi_shipment *s, size_t *parked,
                              crmsync_error **err)
{
    crmi_units u;
    crmi_units_init(&u, store);
    for (size_t i = 0; i < s->count; i++) {
        crmi_units_begin(&u);
        put_claims(&u.changes, s, &s->intents[i]);
    }
    int32_t rc = crmi_units_run(&u, parked, err);
    for (size_t i = 0; !rc && i < s->count; i++) {
        if (crmi_units_outcome(&u, i) == CRMI_UNIT_CONFLICT)
            s->intents[i].state = CRMI_SHIP_PARKED;
    }
    crmi_units_clear(&u);
    return rc;
}

/* The head, with the rows that changed; in several commits when the rows are large. */
static int32_t journal_head(const crmi_store *store, crmi_shipment *s, bool rows_changed,
                            crmsync_error **err)
{
    crmi_units u;
    size_t conflicts, rows = s->rows;
    crmi_units_init(&u, store);
    int32_t rc = CRMSYNC_OK;
    if (rows_changed)
        rc = each_row(s, store, put_row_unit, &u, &s->rows);
    for (size_t i = s->rows; i < rows; i++) {
        crmi_key key = crmi_shipment_row_key(s->part, s->ulid, i);
        crmi_units_begin(&u);
        crmi_commit_delete(&u.changes, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
    }
    crmi_units_begin_closing(&u);
    crmi_shipment_put_head(&u.changes, s);
    rc = rc ? crmi_fail_nomem(err) : crmi_units_run(&u, &conflicts, err);
    if (!rc)
        crmi_shipment_committed(&u.changes, s);
    crmi_units_clear(&u);
    return rc;
}

static int32_t journal_nothing(const crmi_store *store, crmi_shipment *s, crmsync_error **err)
{
    crmi_commit c;
    crmi_commit_init(&c, store);
    for (size_t i = 0; i < s->rows; i++) {
        crmi_key key = crmi_shipment_row_key(s->part, s->ulid, i);
        crmi_commit_delete(&c, CRMSYNC_SPACE_SHIPMENT, crmi_key_str(&key));
    }
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    s->rows = 0;
    return rc;
}

/* Two intents of one shipment with one claim: the second must find it taken. */
static int32_t claims_twice(const crmi_shipment *s, bool *twice, crmsync_error **err)
{
    crmi_arena arena;
    crmi_map seen;
    bool ok = true;
    *twice = false;
    crmi_arena_init(&arena, s->arena.alloc);
    crmi_map_init(&seen, s->arena.alloc);
    for (size_t i = 0; ok && i < s->count; i++) {
        for (size_t k = 0; ok && k < s->intents[i].claim_count; k++) {
            const crmi_claim *claim = &s->intents[i].claims[k];
            crmi_key key = crmi_claim_key(claim->kind, claim->key_kind, claim->key);
            crmsync_str copy;
            size_t owner;
            ok = crmi_arena_str(&arena, crmi_key_str(&key), &copy);
            if (ok && crmi_map_get_index(&seen, copy, &owner))
                *twice = *twice || owner != i;
            else if (ok)
                ok = crmi_map_put_index(&seen, copy, i);
        }
    }
    crmi_map_clear(&seen);
    crmi_arena_clear(&arena);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_shipment_store(const crmi_store *store, crmi_shipment *s, crmsync_error **err)
{
    return journal_head(store, s, true, err);
}

static void set_states(crmi_shipment *s, uint32_t state)
{
    s->state = state;
    for (size_t i = 0; i < s->count; i++)
        s->intents[i].state = state;
}

int32_t crmi_shipment_journal(const crmi_store *store, crmi_shipment *s, crmsync_error **err)
{
    bool done = false, twice;
    size_t parked = 0;
    s->version = 0;
    s->rows = 0;
    set_states(s, CRMI_SHIP_SENDING);
    int32_t rc = claims_twice(s, &twice, err);
    if (!rc && !twice)
        rc = journal_at_once(store, s, &done, err);
    if (rc || done)
        return rc;
    rc = journal_rows(store, s, err);
    if (!rc)
        rc = journal_claims(store, s, &parked, err);
    if (rc)
        return rc;
    if (parked == s->count)
        return journal_nothing(store, s, err);
    return journal_head(store, s, parked > 0, err);
}
