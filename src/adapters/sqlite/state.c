/* The state table of the SQLite adapter. */
#include "store.h"

enum { MAX_KEY = 255 };

static int64_t as_signed(uint64_t version)
{
    union {
        uint64_t from;
        int64_t to;
    } bits = {version};
    return bits.to;
}

static uint64_t version_column(sqlite3_stmt *statement, int at)
{
    return (uint64_t)sqlite3_column_int64(statement, at);
}

static int32_t get_one(crmsync_sqlite *s, crmsync_str workspace, const crmsync_kv_item *key,
                       crmsync_state_sink *sink, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_space(s, key->space, CRMI_SPACE_GET, err);
    crmsync_kv_item item = {key->key, {NULL, 0}, 0, key->space, 0};
    int32_t code = CRMSYNC_OK;
    int step;

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, key->key);
    step = sqlite3_step(q);
    if (step == SQLITE_ROW) {
        item.version = version_column(q, 0);
        item.value = crmi_sqlite_column(q, 1);
        code = crmsync_state_item(sink, &item);
    } else if (step != SQLITE_DONE) {
        code = crmi_sqlite_fail(s, "reading state", err);
    }
    sqlite3_reset(q);
    return code;
}

/* Several keys are read in one transaction, which is one snapshot of the write-ahead log. */
static int32_t sqlite_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                          crmsync_state_sink *sink, crmsync_error **err)
{
    crmsync_sqlite *s = ctx;
    int32_t code = n > 1 ? crmi_sqlite_begin(s, false, err) : CRMSYNC_OK;

    for (size_t i = 0; i < n && code == CRMSYNC_OK; i++)
        code = get_one(s, workspace, &keys[i], sink, err);
    crmi_sqlite_rollback(s);
    return code;
}

/* Above every key there can be. */
static crmsync_str beyond(char out[MAX_KEY + 1])
{
    for (size_t i = 0; i <= MAX_KEY; i++)
        out[i] = (char)0xff;
    return (crmsync_str){out, MAX_KEY + 1};
}

static int32_t sqlite_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                           crmsync_str to, uint32_t limit, uint32_t flags,
                           crmsync_state_sink *sink, crmsync_error **err)
{
    crmsync_sqlite *s = ctx;
    bool reverse = (flags & CRMSYNC_SCAN_REVERSE) != 0;
    sqlite3_stmt *q =
        crmi_sqlite_space(s, space, reverse ? CRMI_SPACE_SCAN_REVERSE : CRMI_SPACE_SCAN, err);
    char top[MAX_KEY + 1];
    int32_t code = CRMSYNC_OK;
    int step = SQLITE_DONE;

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, from);
    crmi_sqlite_bind(q, 3, to.len > 0 ? to : beyond(top));
    sqlite3_bind_int64(q, 4, limit);
    while (code == CRMSYNC_OK && (step = sqlite3_step(q)) == SQLITE_ROW) {
        crmsync_kv_item item = {crmi_sqlite_column(q, 0), crmi_sqlite_column(q, 2),
                                version_column(q, 1), space, 0};
        code = crmsync_state_item(sink, &item);
    }
    if (code == CRMSYNC_OK && step != SQLITE_DONE)
        code = crmi_sqlite_fail(s, "reading state", err);
    sqlite3_reset(q);
    sqlite3_clear_bindings(q);
    return code;
}

static int32_t sqlite_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                            crmsync_str to, crmsync_error **err)
{
    crmsync_sqlite *s = ctx;
    sqlite3_stmt *q = crmi_sqlite_space(s, space, CRMI_SPACE_CLEAR, err);
    char top[MAX_KEY + 1];

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, from);
    crmi_sqlite_bind(q, 3, to.len > 0 ? to : beyond(top));
    return crmi_sqlite_run(s, q, err);
}

/* 0 and `*holds`, or negative. */
static int32_t check_one(crmsync_sqlite *s, crmsync_str workspace, const crmsync_kv_item *expect,
                         bool *holds, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_space(s, expect->space, CRMI_SPACE_VERSION, err);
    int32_t code = CRMSYNC_OK;
    int step;

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, expect->key);
    step = sqlite3_step(q);
    if (step == SQLITE_ROW)
        *holds = version_column(q, 0) == expect->version;
    else if (step == SQLITE_DONE)
        *holds = expect->version == 0;
    else
        code = crmi_sqlite_fail(s, "checking an expectation", err);
    sqlite3_reset(q);
    return code;
}

static int32_t put_one(crmsync_sqlite *s, crmsync_str workspace, const crmsync_kv_item *put,
                       crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_space(s, put->space, CRMI_SPACE_PUT, err);

    if (!q)
        return s->failed;
    if (put->version == 0 || put->key.len == 0 || put->key.len > MAX_KEY)
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "sqlite: a put without version, or with a key that is not 1 to 255 "
                              "bytes");
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, put->key);
    sqlite3_bind_int64(q, 3, as_signed(put->version));
    crmi_sqlite_bind(q, 4, put->value);
    return crmi_sqlite_run(s, q, err);
}

static int32_t delete_one(crmsync_sqlite *s, crmsync_str workspace, const crmsync_kv_item *item,
                          crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_space(s, item->space, CRMI_SPACE_DELETE, err);

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind(q, 2, item->key);
    return crmi_sqlite_run(s, q, err);
}

static int32_t change(crmsync_sqlite *s, const crmsync_kv_commit *c, bool *holds,
                      crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    for (size_t i = 0; i < c->expect_count && *holds && code == CRMSYNC_OK; i++)
        code = check_one(s, c->workspace, &c->expects[i], holds, err);
    if (!*holds)
        return code;
    for (size_t i = 0; i < c->delete_count && code == CRMSYNC_OK; i++)
        code = delete_one(s, c->workspace, &c->deletes[i], err);
    for (size_t i = 0; i < c->put_count && code == CRMSYNC_OK; i++)
        code = put_one(s, c->workspace, &c->puts[i], err);
    return code;
}

static int32_t sqlite_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                             crmsync_error **err)
{
    crmsync_sqlite *s = ctx;
    crmsync_error *trouble = NULL;
    bool holds = true;
    bool unknown = false;
    int32_t code = crmi_sqlite_begin(s, true, err);

    if (code != CRMSYNC_OK)
        return code;
    code = change(s, c, &holds, err);
    if (code != CRMSYNC_OK || !holds) {
        crmi_sqlite_rollback(s);
        *outcome = CRMSYNC_COMMIT_CONFLICT;
        return code;
    }
    code = crmi_sqlite_commit(s, &unknown, &trouble);
    if (unknown) {
        crmsync_error_free(trouble);
        *outcome = CRMSYNC_COMMIT_UNKNOWN;
        return CRMSYNC_OK;
    }
    if (err && code != CRMSYNC_OK)
        *err = trouble;
    else
        crmsync_error_free(trouble);
    *outcome = CRMSYNC_COMMIT_OK;
    return code;
}

const crmsync_state_ops *crmsync_sqlite_state_ops(void)
{
    static const crmsync_state_ops ops = {sizeof ops, 4096, 1u << 20, 16u << 20, sqlite_get,
                                          sqlite_scan, sqlite_commit, sqlite_clear, NULL};
    return &ops;
}
