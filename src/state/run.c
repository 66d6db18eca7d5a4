#include "state/run.h"

#include "state/shipment.h"

static const char *const known[] = {"run",   "worker",  "phase", "state",  "message",
                                    "actor", "started", "ended", "counts", NULL};

void crmi_run_init(crmi_run *run, const crmsync_alloc *alloc)
{
    *run = (crmi_run){.version = 0};
    crmi_arena_init(&run->arena, alloc);
}

void crmi_run_clear(crmi_run *run)
{
    const crmsync_alloc *alloc = run->arena.alloc;
    crmi_arena_clear(&run->arena);
    crmi_run_init(run, alloc);
}

int32_t crmi_run_set(crmi_run *run, crmsync_str *member, crmsync_str value)
{
    crmsync_str copy;
    if (crmi_str_eq(*member, value))
        return CRMSYNC_OK;
    if (!crmi_arena_str(&run->arena, value, &copy))
        return CRMSYNC_E_NOMEM;
    *member = copy;
    return CRMSYNC_OK;
}

int32_t crmi_run_start(crmi_run *run, crmsync_str id, crmsync_str worker, int64_t started_ms)
{
    crmi_run_clear(run);
    run->started_ms = started_ms;
    int32_t rc = crmi_run_set(run, &run->run, id);
    if (!rc)
        rc = crmi_run_set(run, &run->worker, worker);
    return rc ? rc : crmi_run_set(run, &run->state, CRMI_STR("running"));
}

/* Where a name stands, or belongs. */
static size_t seek(const crmi_run *run, crmsync_str name, bool *found)
{
    size_t lo = 0, hi = run->count;
    *found = false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = crmi_str_cmp(run->counts[mid].name, name);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

int32_t crmi_run_add(crmi_run *run, crmsync_str name, uint64_t n)
{
    bool found;
    crmi_count fresh = {.value = n};
    size_t at = seek(run, name, &found);
    if (found) {
        run->counts[at].value += n;
        if (run->counts[at].value == 0) { /* what was counted was taken back */
            run->count--;
            memmove(run->counts + at, run->counts + at + 1, (run->count - at) * sizeof fresh);
        }
        return CRMSYNC_OK;
    }
    if (!crmi_arena_str(&run->arena, name, &fresh.name) ||
        !crmi_arena_grow(&run->arena, &run->counts, &run->cap, run->count + 1, sizeof fresh))
        return CRMSYNC_E_NOMEM;
    memmove(run->counts + at + 1, run->counts + at, (run->count - at) * sizeof fresh);
    run->counts[at] = fresh;
    run->count++;
    return CRMSYNC_OK;
}

uint64_t crmi_run_value(const crmi_run *run, crmsync_str name)
{
    bool found;
    size_t at = seek(run, name, &found);
    return found ? run->counts[at].value : 0;
}

static crmi_key run_key(const crmi_run *run)
{
    return crmi_key_of(CRMI_KEY_PARTS(run->run, run->worker));
}

void crmi_run_put(crmi_commit *c, const crmi_run *run)
{
    crmi_key key = run_key(run);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "run", run->run);
    crmi_jw_member_text(&w, "worker", run->worker);
    crmi_member_text(&w, "phase", run->phase);
    crmi_member_text(&w, "state", run->state);
    crmi_member_text(&w, "message", run->message);
    crmi_member_text(&w, "actor", run->actor);
    crmi_member_i64(&w, "started", run->started_ms);
    crmi_member_i64(&w, "ended", run->ended_ms);
    crmi_jw_member_object(&w, "counts");
    for (size_t i = 0; i < run->count; i++) {
        crmi_jw_key(&w, run->counts[i].name);
        crmi_jw_u64(&w, run->counts[i].value);
    }
    crmi_jw_object_end(&w);
    crmi_extra_write(&w, run->extra);
    crmi_jw_object_end(&w);
    crmi_commit_expect(c, CRMSYNC_SPACE_RUN, crmi_key_str(&key), run->version);
    crmi_document_put(c, CRMSYNC_SPACE_RUN, crmi_key_str(&key), &value);
}

void crmi_run_committed(const crmi_commit *c, crmi_run *run)
{
    crmi_key key = run_key(run);
    run->version = crmi_commit_version(c, CRMSYNC_SPACE_RUN, crmi_key_str(&key));
}

static int32_t add_counts(crmi_run *run, yyjson_val *counts)
{
    yyjson_val *key, *value;
    size_t i, n;
    if (!yyjson_is_obj(counts))
        return CRMSYNC_E_CORRUPT;
    yyjson_obj_foreach(counts, i, n, key, value)
    {
        uint64_t v;
        if (!crmi_str_to_u64(crmi_json_raw(value), &v))
            return CRMSYNC_E_CORRUPT;
        if (crmi_run_add(run, crmi_json_text(key), v))
            return CRMSYNC_E_NOMEM;
    }
    return CRMSYNC_OK;
}

/* Adds one worker's entry to *run: texts are the last one's, times the outermost, counts summed. */
static int32_t absorb(crmi_run *run, const yyjson_val *o)
{
    int64_t started = 0, ended = 0;
    bool first = run->version == 0;
    crmi_json_member_i64(o, "started", &started);
    crmi_json_member_i64(o, "ended", &ended);
    if (first || started < run->started_ms)
        run->started_ms = started;
    if (first || (run->ended_ms && (ended == 0 || ended > run->ended_ms)))
        run->ended_ms = ended; /* 0 as long as one is running */
    if (!crmi_member_dup(&run->arena, o, "phase", &run->phase) ||
        !crmi_member_dup(&run->arena, o, "state", &run->state) ||
        !crmi_member_dup(&run->arena, o, "message", &run->message) ||
        !crmi_member_dup(&run->arena, o, "actor", &run->actor) ||
        !crmi_extra_read(&run->arena, o, known, &run->extra))
        return CRMSYNC_E_NOMEM;
    return add_counts(run, crmi_json_member(o, "counts"));
}

static int32_t absorb_item(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_run *run = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(run->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = absorb(run, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    run->version = item->version;
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not a run", err) : CRMSYNC_OK;
}

int32_t crmi_run_get(const crmi_store *store, crmsync_str id, crmsync_str worker, crmi_run *run,
                     crmsync_error **err)
{
    crmi_items items;
    bool found = false;
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_run_start(run, id, worker, 0) ? crmi_fail_nomem(err) : CRMSYNC_OK;
    crmi_key key = run_key(run);
    if (!rc)
        rc = crmi_store_get_one(store, CRMSYNC_SPACE_RUN, crmi_key_str(&key), &items, &found, err);
    if (!rc && !found)
        rc = crmi_fail(err, CRMSYNC_E_NOT_FOUND, "no run %.*s", CRMI_SPELL(id));
    if (!rc)
        rc = absorb_item(run, &items.v[0], err);
    crmi_items_clear(&items);
    return rc;
}

/* Where runs of a time stand: their ids begin with it. */
static crmi_key time_key(int64_t time_ms)
{
    char time[CRMI_ULID_TIME + 1];
    crmi_key k;
    crmi_key_init(&k);
    if (time_ms > 0) {
        crmi_ulid_time(time_ms, time);
        crmi_key_part(&k, crmi_str(time));
    }
    return k;
}

static int32_t visit_page(const crmi_items *page, crmi_run_fn visit, void *ctx, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < page->n; i++) {
        crmi_run run;
        crmi_buf id, worker;
        crmi_run_init(&run, page->arena.alloc);
        crmi_buf_init(&id, page->arena.alloc);
        crmi_buf_init(&worker, page->arena.alloc);
        if (!crmi_key_unescape(crmi_key_nth(page->v[i].key, 0), &id) ||
            !crmi_key_unescape(crmi_key_nth(page->v[i].key, 1), &worker) || !crmi_buf_ok(&id) ||
            !crmi_buf_ok(&worker))
            rc = crmi_document_corrupt(&page->v[i], "not a run", err);
        else if (crmi_run_start(&run, crmi_buf_str(&id), crmi_buf_str(&worker), 0))
            rc = crmi_fail_nomem(err);
        if (!rc)
            rc = absorb_item(&run, &page->v[i], err);
        if (!rc)
            rc = visit(ctx, &run, err);
        crmi_buf_clear(&id);
        crmi_buf_clear(&worker);
        crmi_run_clear(&run);
    }
    return rc;
}

int32_t crmi_run_each(const crmi_store *store, int64_t from_ms, int64_t to_ms, crmi_run_fn visit,
                      void *ctx, crmsync_error **err)
{
    enum { PAGE = 100 };
    crmi_key from = time_key(from_ms), to = time_key(to_ms);
    crmi_items page;
    int32_t rc;
    crmi_items_init(&page, store->alloc);
    do {
        rc = crmi_store_scan(store, CRMSYNC_SPACE_RUN, crmi_key_str(&from), crmi_key_str(&to), PAGE,
                             CRMSYNC_SCAN_REVERSE, &page, err);
        if (!rc)
            rc = visit_page(&page, visit, ctx, err);
        if (rc || page.n == 0)
            break;
        crmsync_str last = page.v[page.n - 1].key;
        to.len = last.len;
        memcpy(to.bytes, last.ptr, last.len);
    } while (page.n == PAGE);
    crmi_items_clear(&page);
    return rc == CRMI_VISIT_STOP ? CRMSYNC_OK : rc;
}

int32_t crmi_run_trim(const crmi_store *store, int64_t before_ms, crmsync_error **err)
{
    crmi_key to = time_key(before_ms);
    if (before_ms <= 0)
        return CRMSYNC_OK;
    return crmi_store_clear(store, CRMSYNC_SPACE_RUN, CRMI_STR_EMPTY, crmi_key_str(&to), err);
}

int32_t crmi_run_total(const crmi_store *store, crmsync_str id, crmi_run *total,
                       crmsync_error **err)
{
    crmi_key below = crmi_key_below(CRMI_KEY_PARTS(id));
    if (crmi_run_start(total, id, CRMI_STR_EMPTY, 0))
        return crmi_fail_nomem(err);
    int32_t rc =
        crmi_store_each(store, CRMSYNC_SPACE_RUN, crmi_key_str(&below), absorb_item, total, err);
    if (!rc && total->version == 0)
        return crmi_fail(err, CRMSYNC_E_NOT_FOUND, "no run %.*s", CRMI_SPELL(id));
    return rc;
}
