/* The state table of the PostgreSQL adapter. */
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

enum { MAX_KEY = 255, LOCKS = 32, TRIES = 5, MAX_SPACE = INT32_MAX };

/* ---- reading ---- */

static int32_t deliver(const PGresult *result, crmsync_state_sink *sink)
{
    int32_t code = CRMSYNC_OK;

    for (int i = 0; i < PQntuples(result) && code == CRMSYNC_OK; i++) {
        crmsync_kv_item item = {crmi_pg_text(result, i, 1), crmi_pg_text(result, i, 3),
                                crmi_pg_value(result, i, 2),
                                (uint32_t)crmi_pg_value(result, i, 0), 0};
        code = crmsync_state_item(sink, &item);
    }
    return code;
}

/* One statement is one snapshot. */
static int32_t postgres_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys,
                            size_t n, crmsync_state_sink *sink, crmsync_error **err)
{
    crmsync_postgres *s = ctx;
    crmi_pg_list spaces, names;
    crmi_pg_pipeline p;
    int32_t code;

    crmi_pg_list_init(&spaces, &s->alloc, CRMI_PG_INT4);
    crmi_pg_list_init(&names, &s->alloc, CRMI_PG_BYTEA);
    for (size_t i = 0; i < n; i++) {
        crmi_pg_list_number(&spaces, keys[i].space);
        crmi_pg_list_bytes(&names, keys[i].key);
    }
    crmi_pg_pipeline_init(&p, s);
    crmi_pg_add(&p, CRMI_PG_STATE_GET);
    crmi_pg_bytes(&p, workspace);
    crmi_pg_list_of(&p, &spaces);
    crmi_pg_list_of(&p, &names);
    code = crmi_pg_read(&p, "reading state", err);
    if (code == CRMSYNC_OK)
        code = deliver(p.results[0], sink);
    crmi_pg_pipeline_clear(&p);
    crmi_pg_list_clear(&spaces);
    crmi_pg_list_clear(&names);
    return code;
}

/* Above every key there can be. */
static crmsync_str beyond(char out[MAX_KEY + 1])
{
    memset(out, 0xff, MAX_KEY + 1);
    return (crmsync_str){out, MAX_KEY + 1};
}

static int32_t postgres_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                             crmsync_str to, uint32_t limit, uint32_t flags,
                             crmsync_state_sink *sink, crmsync_error **err)
{
    bool reverse = (flags & CRMSYNC_SCAN_REVERSE) != 0;
    char top[MAX_KEY + 1];
    crmi_pg_pipeline p;
    int32_t code;

    crmi_pg_pipeline_init(&p, ctx);
    crmi_pg_add(&p, reverse ? CRMI_PG_STATE_SCAN_REVERSE : CRMI_PG_STATE_SCAN);
    crmi_pg_bytes(&p, workspace);
    crmi_pg_number(&p, space, 4);
    crmi_pg_bytes(&p, from);
    crmi_pg_bytes(&p, to.len > 0 ? to : beyond(top));
    crmi_pg_number(&p, limit, 8);
    code = crmi_pg_read(&p, "reading state", err);
    if (code == CRMSYNC_OK)
        code = deliver(p.results[0], sink);
    crmi_pg_pipeline_clear(&p);
    return code;
}

/* ---- locks: a key that is absent cannot be locked as a row ---- */

/* One of the workspace's 32; keys that share one wait for each other without need, no more. */
static uint32_t lock_of(crmsync_str workspace, const crmsync_kv_item *item)
{
    uint32_t w = 2166136261u;
    uint32_t k = 2166136261u ^ item->space;

    for (size_t i = 0; i < workspace.len; i++)
        w = (w ^ (unsigned char)workspace.ptr[i]) * 16777619u;
    for (size_t i = 0; i < item->key.len; i++)
        k = (k ^ (unsigned char)item->key.ptr[i]) * 16777619u;
    return (w & ~(uint32_t)(LOCKS - 1)) | ((k ^ k >> 16) & (LOCKS - 1));
}

static void mark(uint32_t *marked, crmsync_str workspace, const crmsync_kv_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *marked |= (uint32_t)1 << (lock_of(workspace, &items[i]) & (LOCKS - 1));
}

/* In ascending order everywhere: two commits cannot wait for each other. */
static void add_locks(crmi_pg_pipeline *p, crmsync_str workspace, uint32_t marked,
                      crmi_pg_list *locks)
{
    static const crmsync_kv_item none = {{NULL, 0}, {NULL, 0}, 0, 0, 0};
    uint32_t base = lock_of(workspace, &none) & ~(uint32_t)(LOCKS - 1);

    crmi_pg_list_init(locks, &p->s->alloc, CRMI_PG_INT4);
    for (uint32_t i = 0; i < LOCKS; i++)
        if (marked & (uint32_t)1 << i)
            crmi_pg_list_number(locks, base | i);
    crmi_pg_add(p, CRMI_PG_LOCK);
    crmi_pg_number(p, (uint32_t)p->s->lock_class, 4);
    crmi_pg_list_of(p, locks);
}

/* ---- writing ---- */

/* Once more where the server refused it for others' sake, such as a deadlock with a host's own
 * statements: nothing was done. */
static int32_t run_again(crmi_pg_pipeline *p, const char *doing, crmsync_error **err)
{
    int32_t code = CRMSYNC_E_STORE;

    for (int i = 0; i < TRIES; i++) {
        crmsync_error *trouble = NULL;
        for (size_t k = 0; k < p->count; k++) {
            PQclear(p->results[k]);
            p->results[k] = NULL;
        }
        code = crmi_pg_ready(p->s, &trouble);
        p->sent = p->sent && code == CRMSYNC_OK;
        if (code == CRMSYNC_OK)
            code = crmi_pg_run(p, doing, &trouble);
        if (code != CRMSYNC_OK && p->again && i + 1 < TRIES) {
            crmsync_error_free(trouble);
            continue;
        }
        if (err && code != CRMSYNC_OK)
            *err = trouble;
        else
            crmsync_error_free(trouble);
        break;
    }
    return code;
}

static int32_t postgres_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                              crmsync_str to, crmsync_error **err)
{
    crmsync_postgres *s = ctx;
    char top[MAX_KEY + 1];
    crmi_pg_list locks;
    crmi_pg_pipeline p;
    int32_t code;

    crmi_pg_pipeline_init(&p, s);
    crmi_pg_begin(&p);
    add_locks(&p, workspace, UINT32_MAX, &locks);
    crmi_pg_add(&p, CRMI_PG_STATE_CLEAR);
    crmi_pg_bytes(&p, workspace);
    crmi_pg_number(&p, space, 4);
    crmi_pg_bytes(&p, from);
    crmi_pg_bytes(&p, to.len > 0 ? to : beyond(top));
    crmi_pg_add(&p, CRMI_PG_COMMIT);
    code = run_again(&p, "clearing state", err);
    crmi_pg_pipeline_clear(&p);
    crmi_pg_list_clear(&locks);
    return code;
}

/* The columns of a commit's three arrays. */
struct columns {
    crmi_pg_list locks;
    crmi_pg_list expect[3];  /* space, key, version */
    crmi_pg_list dropped[2]; /* space, key */
    crmi_pg_list put[4];     /* space, key, version, value */
};

static void columns_init(struct columns *c, const crmsync_alloc *a)
{
    static const uint32_t of[] = {CRMI_PG_INT4, CRMI_PG_BYTEA, CRMI_PG_INT8, CRMI_PG_BYTEA};

    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < 4; i++) {
        if (i < 3)
            crmi_pg_list_init(&c->expect[i], a, of[i]);
        if (i < 2)
            crmi_pg_list_init(&c->dropped[i], a, of[i]);
        crmi_pg_list_init(&c->put[i], a, of[i]);
    }
}

static void columns_clear(struct columns *c)
{
    for (size_t i = 0; i < 4; i++) {
        if (i < 3)
            crmi_pg_list_clear(&c->expect[i]);
        if (i < 2)
            crmi_pg_list_clear(&c->dropped[i]);
        crmi_pg_list_clear(&c->put[i]);
    }
    if (c->locks.bytes.alloc)
        crmi_pg_list_clear(&c->locks);
}

static int compare(const crmsync_kv_item *a, const crmsync_kv_item *b)
{
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    return crmi_host_cmp(a->key, b->key);
}

/* Puts come after deletes: one statement must not touch a row twice. */
static void fill(struct columns *to, const crmsync_kv_commit *c)
{
    size_t at = 0;

    for (size_t i = 0; i < c->expect_count; i++) {
        crmi_pg_list_number(&to->expect[0], c->expects[i].space);
        crmi_pg_list_bytes(&to->expect[1], c->expects[i].key);
        crmi_pg_list_number(&to->expect[2], c->expects[i].version);
    }
    for (size_t i = 0; i < c->delete_count; i++) {
        while (at < c->put_count && compare(&c->puts[at], &c->deletes[i]) < 0)
            at++;
        if (at < c->put_count && compare(&c->puts[at], &c->deletes[i]) == 0)
            continue;
        crmi_pg_list_number(&to->dropped[0], c->deletes[i].space);
        crmi_pg_list_bytes(&to->dropped[1], c->deletes[i].key);
    }
    for (size_t i = 0; i < c->put_count; i++) {
        crmi_pg_list_number(&to->put[0], c->puts[i].space);
        crmi_pg_list_bytes(&to->put[1], c->puts[i].key);
        crmi_pg_list_number(&to->put[2], c->puts[i].version);
        crmi_pg_list_bytes(&to->put[3], c->puts[i].value);
    }
}

static bool is_fit(const crmsync_kv_item *put)
{
    return put->version != 0 && put->key.len > 0 && put->key.len <= MAX_KEY && put->space > 0 &&
           put->space <= MAX_SPACE;
}

static void build(crmi_pg_pipeline *p, const crmsync_kv_commit *c, struct columns *columns)
{
    uint32_t marked = 0;

    mark(&marked, c->workspace, c->expects, c->expect_count);
    mark(&marked, c->workspace, c->puts, c->put_count);
    mark(&marked, c->workspace, c->deletes, c->delete_count);
    fill(columns, c);
    crmi_pg_begin(p);
    add_locks(p, c->workspace, marked, &columns->locks);
    crmi_pg_add(p, CRMI_PG_STATE_WRITE);
    crmi_pg_bytes(p, c->workspace);
    for (size_t i = 0; i < 3; i++)
        crmi_pg_list_of(p, &columns->expect[i]);
    for (size_t i = 0; i < 2; i++)
        crmi_pg_list_of(p, &columns->dropped[i]);
    for (size_t i = 0; i < 4; i++)
        crmi_pg_list_of(p, &columns->put[i]);
    crmi_pg_add(p, CRMI_PG_COMMIT);
}

/* Whether a commit that failed may be there all the same. An answer of the server to an earlier
 * statement says that COMMIT was not reached; silence says nothing. */
static bool may_be_there(const crmi_pg_pipeline *p)
{
    size_t at = 0;

    if (!p->sent)
        return false;
    while (at + 1 < p->count && p->results[at] &&
           PQresultStatus(p->results[at]) != PGRES_FATAL_ERROR &&
           PQresultStatus(p->results[at]) != PGRES_PIPELINE_ABORTED)
        at++;
    if (at + 1 < p->count)
        return !crmi_pg_state_is(p->results[at], "");
    return !crmi_pg_state_is(p->results[at], "") || crmi_pg_state_is(p->results[at], "08") ||
           crmi_pg_state_is(p->results[at], "57") || crmi_pg_state_is(p->results[at], "58") ||
           crmi_pg_state_is(p->results[at], "XX");
}

static int32_t postgres_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                               crmsync_error **err)
{
    enum { WRITE = 3 }; /* after BEGIN, the settings and the locks */
    crmsync_postgres *s = ctx;
    crmsync_error *trouble = NULL;
    struct columns columns;
    crmi_pg_pipeline p;
    int32_t code;

    for (size_t i = 0; i < c->put_count; i++)
        if (!is_fit(&c->puts[i]))
            return crmi_host_fail(err, CRMSYNC_E_INVALID,
                                  "postgres: a put without version or space, or with a key that "
                                  "is not 1 to 255 bytes");
    columns_init(&columns, &s->alloc);
    crmi_pg_pipeline_init(&p, s);
    build(&p, c, &columns);
    code = run_again(&p, "writing state", &trouble);
    if (code == CRMSYNC_OK) {
        *outcome = crmi_pg_value(p.results[WRITE], 0, 0) == 0 ? CRMSYNC_COMMIT_OK
                                                              : CRMSYNC_COMMIT_CONFLICT;
    } else if (may_be_there(&p)) {
        *outcome = CRMSYNC_COMMIT_UNKNOWN;
        crmsync_error_free(trouble);
        trouble = NULL;
        code = CRMSYNC_OK;
    }
    if (err && code != CRMSYNC_OK)
        *err = trouble;
    else
        crmsync_error_free(trouble);
    crmi_pg_pipeline_clear(&p);
    columns_clear(&columns);
    return code;
}

const crmsync_state_ops *crmsync_postgres_state_ops(void)
{
    static const crmsync_state_ops ops = {sizeof ops, 4096, 1u << 20, 16u << 20, postgres_get,
                                          postgres_scan, postgres_commit, postgres_clear, NULL};
    return &ops;
}
