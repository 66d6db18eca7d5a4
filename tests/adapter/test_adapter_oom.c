/* The adapters without memory: each allocation fails in turn. The call says CRMSYNC_E_NOMEM,
 * changes nothing and leaks nothing; the same calls succeed as soon as there is memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/adapters/memory.h>
#include <crmsync/adapters/posix.h>
#if defined(HAVE_SQLITE)
#include <crmsync/adapters/sqlite.h>
#endif
#if defined(HAVE_CURL)
#include <crmsync/adapters/curl.h>
#endif

#include "base/sinks.h"

struct scarce {
    long left;  /* allocations that still succeed; negative = all */
    long open;  /* blocks */
    size_t sum; /* bytes, by the sizes that were told */
};

static int taken(struct scarce *s)
{
    if (s->left == 0)
        return 0;
    if (s->left > 0)
        s->left--;
    return 1;
}

static void *scarce_alloc(void *ctx, size_t size)
{
    struct scarce *s = ctx;
    void *p = taken(s) ? malloc(size) : NULL;

    assert_true(size > 0);
    s->open += p != NULL;
    s->sum += p ? size : 0;
    return p;
}

static void *scarce_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct scarce *s = ctx;
    void *p = taken(s) ? realloc(ptr, new_size) : NULL;

    if (p)
        s->sum += new_size - old_size;
    return p;
}

static void scarce_free(void *ctx, void *ptr, size_t size)
{
    struct scarce *s = ctx;

    s->open--;
    s->sum -= size;
    free(ptr);
}

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

/* ---- a store of either kind ---- */

struct store {
    const char *name;
    const crmsync_state_ops *(*state)(void);
    const crmsync_record_ops *(*records)(void);
    int32_t (*open)(const crmsync_alloc *alloc, void **out);
    void (*close)(void *ctx);
    int32_t (*put)(void *ctx, const crmsync_rows *rows);
    int32_t (*remove)(void *ctx);
};

static int32_t memory_open(const crmsync_alloc *alloc, void **out)
{
    crmsync_memory *m;
    int32_t code = crmsync_memory_new(alloc, NULL, &m, NULL);
    *out = m;
    return code;
}

static void memory_close(void *ctx)
{
    crmsync_memory_free(ctx);
}

static int32_t memory_put(void *ctx, const crmsync_rows *rows)
{
    return crmsync_memory_put(ctx, str("w"), rows, NULL);
}

static int32_t memory_remove(void *ctx)
{
    return crmsync_memory_remove(ctx, str("w"), str("person"), str("p1"), NULL);
}

#if defined(HAVE_SQLITE)
static int32_t sqlite_open(const crmsync_alloc *alloc, void **out)
{
    crmsync_sqlite *s;
    int32_t code = crmsync_sqlite_open(alloc, str(":memory:"), NULL, &s, NULL);
    *out = s;
    return code;
}

static void sqlite_close(void *ctx)
{
    crmsync_sqlite_close(ctx);
}

static int32_t sqlite_put(void *ctx, const crmsync_rows *rows)
{
    return crmsync_sqlite_put(ctx, str("w"), rows, NULL);
}

static int32_t sqlite_remove(void *ctx)
{
    return crmsync_sqlite_remove(ctx, str("w"), str("person"), str("p1"), NULL);
}
#endif

static const struct store stores[] = {
    {"memory", crmsync_memory_state_ops, crmsync_memory_record_ops, memory_open, memory_close,
     memory_put, memory_remove},
#if defined(HAVE_SQLITE)
    {"sqlite", crmsync_sqlite_state_ops, crmsync_sqlite_record_ops, sqlite_open, sqlite_close,
     sqlite_put, sqlite_remove},
#endif
};

/* ---- sinks that only count ---- */

struct counted {
    struct crmsync_state_sink state;
    int items;
};

static int32_t count_item(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    (void)item;
    ((struct counted *)sink)->items++;
    return CRMSYNC_OK;
}

struct told {
    struct crmsync_record_sink sink;
    size_t rows;
    int saved;
};

static int32_t tell_rows(crmsync_record_sink *sink, const crmsync_rows *rows)
{
    ((struct told *)sink)->rows += crmsync_rows_count(rows);
    return CRMSYNC_OK;
}

static int32_t tell_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome, crmsync_str id,
                          crmsync_str rev, const crmsync_rows *stored, size_t row,
                          crmsync_str reason)
{
    (void)item;
    (void)id;
    (void)rev;
    (void)stored;
    (void)row;
    (void)reason;
    ((struct told *)sink)->saved += outcome == CRMSYNC_SAVE_SAVED;
    return CRMSYNC_OK;
}

static int32_t tell_cursor(crmsync_record_sink *sink, crmsync_str cursor, int32_t more)
{
    (void)sink;
    (void)cursor;
    (void)more;
    return CRMSYNC_OK;
}

/* ---- the calls, each of which is swept ---- */

struct scene {
    const struct store *store;
    void *ctx;
    crmsync_rows *rows;
};

static const crmsync_kv_item old_item = {{"a", 1}, {"old", 3}, 1, CRMSYNC_SPACE_LINK, 0};

static int32_t commit_two(struct scene *s)
{
    const crmsync_kv_item puts[] = {{{"a", 1}, {"new", 3}, 2, CRMSYNC_SPACE_LINK, 0},
                                    {{"b", 1}, {"new", 3}, 3, CRMSYNC_SPACE_LINK, 0}};
    crmsync_kv_commit commit = {sizeof commit, str("w"), &old_item, 1, puts, 2, NULL, 0};
    uint32_t outcome = 0;
    int32_t code = s->store->state()->commit(s->ctx, &commit, &outcome, NULL);

    if (code == CRMSYNC_OK)
        assert_int_equal(outcome, CRMSYNC_COMMIT_OK); /* so what failed before changed nothing */
    return code;
}

static int32_t get_one(struct scene *s)
{
    struct counted sink = {{count_item}, 0};
    int32_t code = s->store->state()->get(s->ctx, str("w"), &old_item, 1, &sink.state, NULL);

    if (code == CRMSYNC_OK)
        assert_int_equal(sink.items, 1);
    return code;
}

static int32_t scan_all(struct scene *s)
{
    struct counted sink = {{count_item}, 0};
    int32_t code = s->store->state()->scan(s->ctx, str("w"), CRMSYNC_SPACE_LINK, str(""), str(""),
                                           10, 0, &sink.state, NULL);
    if (code == CRMSYNC_OK)
        assert_int_equal(sink.items, 2);
    return code;
}

static int32_t clear_all(struct scene *s)
{
    return s->store->state()->clear(s->ctx, str("w"), CRMSYNC_SPACE_LINK, str(""), str(""), NULL);
}

static int32_t put_rows(struct scene *s)
{
    return s->store->put(s->ctx, s->rows);
}

static int32_t load_both(struct scene *s, size_t expected)
{
    const crmsync_str ids[] = {{"p1", 2}, {"p2", 2}};
    struct told told = {{tell_rows, tell_saved, tell_cursor}, 0, 0};
    int32_t code = s->store->records()->load(s->ctx, str("w"), str("person"), ids, 2, &told.sink,
                                             NULL);
    if (code == CRMSYNC_OK)
        assert_int_equal(told.rows, expected);
    return code;
}

static int32_t load_rows(struct scene *s)
{
    return load_both(s, 2);
}

/* A create that meets itself: SAVED again. */
static int32_t save_rows(struct scene *s)
{
    struct told told = {{tell_rows, tell_saved, tell_cursor}, 0, 0};
    int32_t code = s->store->records()->save(s->ctx, str("w"), s->rows, &told.sink, NULL);

    if (code == CRMSYNC_OK)
        assert_int_equal(told.saved, 2);
    return code;
}

static int32_t find_rows(struct scene *s)
{
    const crmsync_str value = {"a@b.example", 11};
    struct told told = {{tell_rows, tell_saved, tell_cursor}, 0, 0};
    int32_t code = s->store->records()->find(s->ctx, str("w"), str("person"), str("email"), &value,
                                             1, &told.sink, NULL);
    if (code == CRMSYNC_OK)
        assert_int_equal(told.rows, 1);
    return code;
}

static int32_t read_changes(struct scene *s)
{
    struct told told = {{tell_rows, tell_saved, tell_cursor}, 0, 0};
    int32_t code = s->store->records()->changed(s->ctx, str("w"), str("person"), str(""), 10,
                                                &told.sink, NULL);
    if (code == CRMSYNC_OK)
        assert_int_equal(told.rows, 2);
    return code;
}

static int32_t remove_one(struct scene *s)
{
    return s->store->remove(s->ctx);
}

static int32_t load_rest(struct scene *s)
{
    return load_both(s, 1);
}

static void sweep(struct scarce *scarce, struct scene *scene, int32_t (*call)(struct scene *s))
{
    for (long after = 0; after < 1000; after++) {
        long open = scarce->open;
        int32_t code;
        scarce->left = after;
        code = call(scene);
        scarce->left = -1;
        if (code == CRMSYNC_OK)
            return;
        assert_int_equal(code, CRMSYNC_E_NOMEM);
        /* a field that became known, or an undo, may keep or drop a block; nothing piles up */
        assert_true(scarce->open <= open + 8);
    }
    fail_msg("never succeeds");
}

static void sweep_store(const struct store *store)
{
    static int32_t (*const calls[])(struct scene *s) = {
        commit_two, get_one, scan_all, clear_all, put_rows, load_rows, save_rows, find_rows,
        read_changes, remove_one, load_rest,
    };
    struct scarce scarce = {-1, 0, 0};
    crmsync_alloc alloc = {sizeof alloc, &scarce, scarce_alloc, scarce_realloc, scarce_free};
    struct scene scene = {store, NULL, NULL};
    crmsync_kv_commit first = {sizeof first, str("w"), NULL, 0, &old_item, 1, NULL, 0};
    uint32_t outcome;
    int32_t code = CRMSYNC_E_NOMEM;

    for (long after = 0; after < 1000 && code == CRMSYNC_E_NOMEM; after++) {
        scarce.left = after;
        code = store->open(&alloc, &scene.ctx);
        if (code == CRMSYNC_E_NOMEM) {
            assert_null(scene.ctx);
            assert_int_equal(scarce.open, 0);
        }
    }
    scarce.left = -1;
    assert_int_equal(code, CRMSYNC_OK);
    assert_int_equal(crmsync_rows_new(NULL, str("person"), NULL, 0, &scene.rows, NULL), 0);
    assert_int_equal(crmsync_rows_append_jsonl(
        scene.rows, str("{\"id\":\"p1\",\"email\":\"A@b.example\",\"origin\":\"003\"}\n"
                        "{\"id\":\"p2\",\"name\":\"long enough to matter\"}\n"), NULL), 0);
    assert_int_equal(store->state()->commit(scene.ctx, &first, &outcome, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        sweep(&scarce, &scene, calls[i]);
    crmsync_rows_free(scene.rows);
    store->close(scene.ctx);
    assert_int_equal(scarce.open, 0);
    assert_int_equal(scarce.sum, 0);
}

static void test_stores__every_allocation_fails_in_turn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stores / sizeof stores[0]; i++)
        sweep_store(&stores[i]);
}

static void test_posix__every_allocation_fails_in_turn(void **state)
{
    struct scarce scarce = {0, 0, 0};
    crmsync_alloc alloc = {sizeof alloc, &scarce, scarce_alloc, scarce_realloc, scarce_free};
    crmsync_posix_env *env;

    (void)state;
    assert_int_equal(crmsync_posix_env_new(&alloc, NULL, &env, NULL), CRMSYNC_E_NOMEM);
    scarce.left = -1;
    assert_int_equal(crmsync_posix_env_new(&alloc, NULL, &env, NULL), CRMSYNC_OK);
    crmsync_posix_env_free(env);
    assert_int_equal(scarce.open, 0);
    assert_int_equal(scarce.sum, 0);
}

#if defined(HAVE_CURL)
static void test_curl__every_allocation_of_new_and_start_fails_in_turn(void **state)
{
    const crmsync_header header = {{"Accept", 6}, {"application/json", 16}};
    crmsync_http_request request = CRMSYNC_HTTP_REQUEST_INIT;
    struct scarce scarce = {-1, 0, 0};
    crmsync_alloc alloc = {sizeof alloc, &scarce, scarce_alloc, scarce_realloc, scarce_free};
    crmsync_curl *curl = NULL;
    int32_t code = CRMSYNC_E_NOMEM;

    (void)state;
    for (long after = 0; after < 100 && code == CRMSYNC_E_NOMEM; after++) {
        assert_int_equal(scarce.open, 0);
        scarce.left = after;
        code = crmsync_curl_new(&alloc, NULL, &curl, NULL);
    }
    assert_int_equal(code, CRMSYNC_OK);
    request.id = 1;
    request.method = str("POST");
    request.url = str("http://127.0.0.1:9/");
    request.body = str("{}");
    request.headers = &header;
    request.header_count = 1;
    code = CRMSYNC_E_NOMEM;
    for (long after = 0; after < 100 && code == CRMSYNC_E_NOMEM; after++) {
        scarce.left = after;
        code = crmsync_curl_ops()->start(curl, &request, NULL, NULL);
    }
    assert_int_equal(code, CRMSYNC_OK);
    scarce.left = -1;
    crmsync_curl_ops()->cancel(curl, 1);
    crmsync_curl_free(curl);
    assert_int_equal(scarce.open, 0);
    assert_int_equal(scarce.sum, 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores__every_allocation_fails_in_turn),
        cmocka_unit_test(test_posix__every_allocation_fails_in_turn),
#if defined(HAVE_CURL)
        cmocka_unit_test(test_curl__every_allocation_of_new_and_start_fails_in_turn),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
