#include "base/map.h"
#include "state/commit.h"

void crmi_units_init(crmi_units *u, const crmi_store *store)
{
    *u = (crmi_units){.outcome = NULL};
    crmi_commit_init(&u->changes, store);
}

void crmi_units_clear(crmi_units *u)
{
    const crmi_store *store = u->changes.store;
    crmi_dealloc_array(store->alloc, u->outcome, u->cap, sizeof *u->outcome);
    crmi_commit_clear(&u->changes);
    crmi_units_init(u, store);
}

void crmi_units_reset(crmi_units *u)
{
    crmi_commit_reset(&u->changes);
    u->count = 0;
    u->closing = 0;
}

size_t crmi_units_begin(crmi_units *u)
{
    if (!crmi_grow(u->changes.store->alloc, &u->outcome, &u->cap, u->count + 1,
                   sizeof *u->outcome)) {
        crmi_commit_spoil(&u->changes, CRMSYNC_E_NOMEM, "");
        return u->count;
    }
    u->outcome[u->count] = CRMI_UNIT_PENDING;
    u->changes.unit = u->count;
    return u->count++;
}

size_t crmi_units_begin_closing(crmi_units *u)
{
    if (u->closing)
        crmi_commit_spoil(&u->changes, CRMSYNC_E_INTERNAL, "a second closing unit");
    size_t unit = crmi_units_begin(u);
    u->closing = unit + 1;
    return unit;
}

uint32_t crmi_units_outcome(const crmi_units *u, size_t unit)
{
    return unit < u->count ? u->outcome[unit] : CRMI_UNIT_PENDING;
}

/* What a unit asks of a commit. */
typedef struct span {
    size_t unit, first, n;
    uint64_t bytes;
} span;

enum { TOUCH_READ = 1, TOUCH_WRITTEN = 2 };

/* The commit being filled. */
typedef struct pack {
    crmi_units *u;
    crmi_arena arena;  /* keys of the map */
    crmi_map touched;  /* space and key -> TOUCH_* */
    const span *spans; /* all pending units, in order */
    size_t first, n;   /* the ones in this pack */
    size_t items;
    uint64_t bytes;
    size_t conflicts;
} pack;

static int32_t make_spans(const crmi_units *u, span *out, size_t *n, crmsync_error **err)
{
    const crmi_commit *c = &u->changes;
    *n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const crmi_change *change = &c->v[i];
        if (u->outcome[change->unit] != CRMI_UNIT_PENDING)
            continue;
        if (*n == 0 || out[*n - 1].unit != change->unit)
            out[(*n)++] = (span){.unit = change->unit, .first = i};
        span *s = &out[*n - 1];
        s->n++;
        s->bytes += change->item.key.len + change->item.value.len;
    }
    for (size_t i = 0; i < *n; i++) {
        if (out[i].n > 2 * CRMI_UNIT_ITEMS)
            return crmi_fail(err, CRMSYNC_E_INTERNAL, "a unit of %zu items", out[i].n);
    }
    return CRMSYNC_OK;
}

static bool touch_key(pack *p, const crmi_change *change, crmsync_str *out)
{
    char text[260];
    text[0] = (char)change->item.space;
    memcpy(text + 1, change->item.key.ptr, change->item.key.len);
    return crmi_arena_str(&p->arena, (crmsync_str){text, change->item.key.len + 1}, out);
}

static uint32_t touch_of(const crmi_change *change)
{
    return change->op == CRMI_CHANGE_EXPECT ? TOUCH_READ : TOUCH_WRITTEN;
}

/* Units that write what another reads or writes cannot share a commit: they would be one. */
static int32_t clashes(pack *p, const span *s, bool *clash, crmsync_error **err)
{
    *clash = false;
    for (size_t i = 0; i < s->n && !*clash; i++) {
        const crmi_change *change = &p->u->changes.v[s->first + i];
        crmsync_str key;
        size_t seen;
        if (!touch_key(p, change, &key))
            return crmi_fail_nomem(err);
        if (crmi_map_get_index(&p->touched, key, &seen))
            *clash = (seen | touch_of(change)) & TOUCH_WRITTEN;
    }
    return CRMSYNC_OK;
}

static int32_t pack_add(pack *p, const span *s, crmsync_error **err)
{
    for (size_t i = 0; i < s->n; i++) {
        const crmi_change *change = &p->u->changes.v[s->first + i];
        crmsync_str key;
        size_t seen = 0;
        if (!touch_key(p, change, &key))
            return crmi_fail_nomem(err);
        crmi_map_get_index(&p->touched, key, &seen);
        if (!crmi_map_put_index(&p->touched, key, seen | touch_of(change)))
            return crmi_fail_nomem(err);
    }
    p->items += s->n;
    p->bytes += s->bytes;
    p->n++;
    return CRMSYNC_OK;
}

static void pack_empty(pack *p)
{
    const crmi_store *store = p->u->changes.store;
    crmi_map_clear(&p->touched);
    crmi_arena_clear(&p->arena);
    crmi_map_init(&p->touched, store->alloc);
    p->first += p->n;
    p->n = 0;
    p->items = store->fence ? 1 : 0;
    p->bytes = store->fence ? store->fence->key.len : 0;
}

static bool fits(const pack *p, const span *s)
{
    const crmsync_state_ops *ops = p->u->changes.store->ops;
    return p->items + s->n <= ops->max_items && p->bytes + s->bytes <= ops->max_bytes;
}

/* Commits n neighbouring spans, and the closing one if it is given. */
static int32_t commit_spans(pack *p, const span *v, size_t n, const span *closing,
                            uint32_t *outcome, crmsync_error **err)
{
    const crmi_commit *c = &p->u->changes;
    size_t total = closing ? closing->n : 0, at = 0;
    for (size_t i = 0; i < n; i++)
        total += v[i].n;
    const crmi_change **list = crmi_alloc_zeroed(c->store->alloc, total + 1, sizeof *list);
    if (!list)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i <= n; i++) {
        const span *s = i < n ? &v[i] : closing;
        for (size_t k = 0; s && k < s->n; k++)
            list[at++] = &c->v[s->first + k];
    }
    int32_t rc = crmi_commit_changes(c->store, list, at, outcome, err);
    crmi_dealloc_array(c->store->alloc, list, total + 1, sizeof *list);
    p->u->commits++;
    for (size_t i = 0; !rc && *outcome == CRMSYNC_COMMIT_OK && i < n; i++)
        p->u->outcome[v[i].unit] = CRMI_UNIT_OK;
    if (!rc && *outcome == CRMSYNC_COMMIT_OK && closing)
        p->u->outcome[closing->unit] = CRMI_UNIT_OK;
    return rc;
}

/* Finds the guilty among units that conflict together; the others are committed. */
static int32_t split(pack *p, const span *v, size_t n, crmsync_error **err)
{
    if (n == 1) {
        p->u->outcome[v[0].unit] = CRMI_UNIT_CONFLICT;
        p->conflicts++;
        return CRMSYNC_OK;
    }
    for (size_t half = 0; half < 2; half++) {
        const span *part = half ? v + n / 2 : v;
        size_t count = half ? n - n / 2 : n / 2;
        uint32_t outcome;
        int32_t rc = commit_spans(p, part, count, NULL, &outcome, err);
        if (!rc && outcome == CRMSYNC_COMMIT_CONFLICT)
            rc = split(p, part, count, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t pack_commit(pack *p, crmsync_error **err)
{
    uint32_t outcome = CRMSYNC_COMMIT_OK;
    int32_t rc = CRMSYNC_OK;
    if (p->n)
        rc = commit_spans(p, p->spans + p->first, p->n, NULL, &outcome, err);
    if (!rc && outcome == CRMSYNC_COMMIT_CONFLICT)
        rc = split(p, p->spans + p->first, p->n, err);
    pack_empty(p);
    return rc;
}

static int32_t pack_all(pack *p, size_t n, crmsync_error **err)
{
    for (size_t i = 0; i < n; i++) {
        bool clash;
        int32_t rc = clashes(p, &p->spans[i], &clash, err);
        if (!rc && p->n && (clash || !fits(p, &p->spans[i])))
            rc = pack_commit(p, err);
        if (!rc)
            rc = pack_add(p, &p->spans[i], err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

/* The last pack: with the closing unit if it fits and nothing conflicts, else one after the other.
 */
static int32_t finish(pack *p, const span *closing, crmsync_error **err)
{
    uint32_t outcome = CRMSYNC_COMMIT_CONFLICT;
    bool clash = false;
    int32_t rc = CRMSYNC_OK;
    if (closing)
        rc = clashes(p, closing, &clash, err);
    if (rc)
        return rc;
    if (closing && p->n && !clash && p->conflicts == 0 && fits(p, closing))
        rc = commit_spans(p, p->spans + p->first, p->n, closing, &outcome, err);
    if (rc || outcome == CRMSYNC_COMMIT_OK)
        return rc;
    rc = pack_commit(p, err);
    if (rc || !closing || p->conflicts)
        return rc;
    rc = commit_spans(p, NULL, 0, closing, &outcome, err);
    if (!rc && outcome == CRMSYNC_COMMIT_CONFLICT) {
        p->u->outcome[closing->unit] = CRMI_UNIT_CONFLICT;
        rc = crmi_fail(err, CRMSYNC_E_CONFLICT, "the cursor was moved by somebody else meanwhile");
    }
    return rc;
}

/* Moves the closing unit's span to the end; NULL = nothing of it is pending. */
static const span *closing_last(const crmi_units *u, span *v, size_t *n)
{
    for (size_t i = 0; i < *n; i++) {
        if (v[i].unit + 1 != u->closing)
            continue;
        span closing = v[i];
        memmove(v + i, v + i + 1, (*n - i - 1) * sizeof *v);
        v[--*n] = closing;
        return &v[*n];
    }
    return NULL;
}

int32_t crmi_units_run(crmi_units *u, size_t *conflicts, crmsync_error **err)
{
    const crmsync_alloc *alloc = u->changes.store->alloc;
    uint32_t outcome;
    size_t n = 0;
    *conflicts = 0;
    if (u->changes.code)
        return crmi_commit_run(&u->changes, &outcome, err);
    span *spans = crmi_alloc_zeroed(alloc, u->count + 1, sizeof *spans);
    if (!spans)
        return crmi_fail_nomem(err);
    int32_t rc = make_spans(u, spans, &n, err);
    const span *closing = rc ? NULL : closing_last(u, spans, &n);
    pack p = {.u = u, .spans = spans};
    crmi_arena_init(&p.arena, alloc);
    crmi_map_init(&p.touched, alloc);
    pack_empty(&p);
    if (!rc)
        rc = pack_all(&p, n, err);
    if (!rc)
        rc = finish(&p, closing, err);
    for (size_t i = 0; !rc && i < u->count; i++) { /* units without changes */
        if (u->outcome[i] == CRMI_UNIT_PENDING && i + 1 != u->closing)
            u->outcome[i] = CRMI_UNIT_OK;
    }
    *conflicts = p.conflicts;
    crmi_map_clear(&p.touched);
    crmi_arena_clear(&p.arena);
    crmi_dealloc_array(alloc, spans, u->count + 1, sizeof *spans);
    return rc;
}
