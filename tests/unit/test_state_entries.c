/* Leases, secrets, queues, cursors, the run log and their kin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kv_double.h"
#include "state/cursor.h"
#include "state/dead.h"
#include "state/index.h"
#include "state/lease.h"
#include "state/meta.h"
#include "state/queue.h"
#include "state/reverse.h"
#include "state/run.h"
#include "state/runlog.h"
#include "state/schema_cache.h"
#include "state/secret.h"
#include "state/waiting.h"

static dry_alloc dry;
static kv_double kv;
static crmi_store store;
static crmi_arena arena;
static crmi_commit c;

static int set_up(void **state)
{
    (void)state;
    dry_init(&dry, -1);
    kv_init(&kv);
    store = kv_store(&kv, &dry.table);
    crmi_arena_init(&arena, &dry.table);
    crmi_commit_init(&c, &store);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crmi_commit_clear(&c);
    crmi_arena_clear(&arena);
    kv_clear(&kv);
    return dry.out == 0 ? 0 : -1;
}

static void commit(void)
{
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    crmi_commit_reset(&c);
}

static crmi_lease lease_of(const char *owner)
{
    crmi_lease l;
    assert_int_equal(
        crmi_lease_init(&l, CRMI_STR("work"), CRMI_STR("0"), crmi_str(owner), 1000, NULL),
        CRMSYNC_OK);
    return l;
}

static void test_lease__is_taken_over_only_after_a_whole_period_unchanged(void **state)
{
    crmi_lease a = lease_of("a"), b = lease_of("b");
    uint64_t retry;
    (void)state;
    assert_int_equal(crmi_lease_take(&store, &a, 100, NULL, NULL), CRMSYNC_OK);
    assert_true(a.held && a.epoch == 1 && a.ends == 1100);
    assert_true(crmi_lease_valid(&a, 1099, 0) && !crmi_lease_valid(&a, 1099, 1));
    /* b's clock has nothing to do with a's */
    assert_int_equal(crmi_lease_take(&store, &b, 9000000, &retry, NULL), CRMSYNC_OK);
    assert_true(!b.held && retry == 1001);
    assert_int_equal(crmi_lease_renew(&store, &a, 600, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_lease_take(&store, &b, 9001001, &retry, NULL), CRMSYNC_OK);
    assert_false(b.held);
    assert_int_equal(crmi_lease_take(&store, &b, 9002002, &retry, NULL), CRMSYNC_OK);
    assert_true(b.held && b.epoch == 2);
    assert_int_equal(crmi_lease_renew(&store, &a, 700, NULL), CRMSYNC_E_CONFLICT);
    assert_false(a.held);
    assert_int_equal(crmi_lease_release(&store, &b, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_lease_take(&store, &a, 800, &retry, NULL), CRMSYNC_OK);
    assert_true(a.held && a.epoch == 3);
}

static void test_lease__a_woken_zombie_cannot_write_state(void **state)
{
    crmi_lease a = lease_of("a"), b = lease_of("b");
    crmi_store fenced = store;
    crmi_commit mine;
    uint32_t outcome;
    (void)state;
    crmi_lease_take(&store, &a, 0, NULL, NULL);
    fenced.fence = &a.fence;
    crmi_commit_init(&mine, &fenced);
    crmi_meta_put_config(&mine, 1);
    assert_int_equal(crmi_commit_run(&mine, &outcome, NULL), CRMSYNC_OK);
    crmi_lease_take(&store, &b, 0, NULL, NULL);
    crmi_lease_take(&store, &b, 2000, NULL, NULL);
    assert_true(b.held);
    crmi_commit_reset(&mine);
    crmi_meta_put_config(&mine, 2);
    assert_int_equal(crmi_commit_run(&mine, &outcome, NULL), CRMSYNC_E_CONFLICT);
    crmi_commit_clear(&mine);
}

static int32_t seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                        crmsync_error **err)
{
    (void)workspace;
    (void)err;
    if (key_id.len == 0)
        crmsync_bytes_set(id_out, crmi_str(ctx));
    bool first = crmi_str_is(key_id.len ? key_id : crmi_str(ctx), "k1");
    return crmsync_bytes_set(key_out, first ? CRMI_STR("0123456789abcdef0123456789abcdef")
                                            : CRMI_STR("fedcba9876543210fedcba9876543210"));
}

static void test_secret__is_sealed_bound_to_its_name_and_survives_a_new_key(void **state)
{
    crmsync_env_ops env = {.struct_size = sizeof env, .seal_key = seal_key};
    char key_id[] = "k1";
    crmi_secrets secrets = {&store, &env, key_id};
    crmi_buf out;
    uint64_t version;
    (void)state;
    crmi_buf_init(&out, &dry.table);
    assert_int_equal(crmi_secret_get(&secrets, CRMI_STR("token"), &out, &version, NULL),
                     CRMSYNC_OK);
    assert_true(out.len == 0 && version == 0);
    assert_int_equal(crmi_secret_put(&secrets, CRMI_STR("token"), CRMI_STR("hush"), NULL),
                     CRMSYNC_OK);
    const kv_entry *e = kv_find(&kv, CRMSYNC_SPACE_SECRET, "token");
    assert_null(strstr(e->value, "hush"));
    assert_non_null(strstr(e->value, "\"key\":\"k1\""));
    kv_set(&kv, CRMSYNC_SPACE_SECRET, "other", e->value, 5);
    key_id[1] = '2';
    assert_int_equal(crmi_secret_get(&secrets, CRMI_STR("token"), &out, &version, NULL),
                     CRMSYNC_OK);
    assert_string_equal(crmi_buf_str(&out).ptr, "hush");
    assert_true(version == kv_find(&kv, CRMSYNC_SPACE_SECRET, "token")->version);
    assert_int_equal(crmi_secret_get(&secrets, CRMI_STR("other"), &out, NULL, NULL),
                     CRMSYNC_E_CORRUPT);
    assert_int_equal(out.len, 0);
    assert_int_equal(crmi_secret_put(&secrets, CRMI_STR("token"), CRMI_STR_EMPTY, NULL),
                     CRMSYNC_OK);
    assert_null(kv_find(&kv, CRMSYNC_SPACE_SECRET, "token"));
    crmi_buf_wipe(&out);
}

static void test_queue__priority_first_then_the_longest_due(void **state)
{
    static const struct {
        uint32_t prio;
        int64_t due;
        const char *id;
    } rows[] = {{5, 100, "c"}, {0, 900, "b"}, {0, 50, "a"}, {5, 5000, "later"}, {9, 1, "d/e"}};
    crmi_queued *v;
    size_t n;
    int64_t next;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_queued q = {.part = CRMI_STR("0"),
                         .kind = CRMI_STR("person"),
                         .id = crmi_str(rows[i].id),
                         .reason = CRMI_STR("RETRY"),
                         .space = CRMSYNC_SPACE_QUEUE,
                         .prio = rows[i].prio,
                         .due_ms = rows[i].due,
                         .attempts = 2,
                         .detail = CRMI_STR("{\"x\":1}")};
        crmi_queue_put(&c, &q);
    }
    commit();
    assert_int_equal(
        crmi_queue_due(&store, CRMSYNC_SPACE_QUEUE, CRMI_STR("0"), 900, 10, &arena, &v, &n, NULL),
        CRMSYNC_OK);
    assert_int_equal(n, 4);
    assert_string_equal(v[0].id.ptr, "a");
    assert_string_equal(v[1].id.ptr, "b");
    assert_string_equal(v[2].id.ptr, "c");
    assert_string_equal(v[3].id.ptr, "d/e");
    assert_true(v[2].due_ms == 100 && v[2].prio == 5 && v[2].attempts == 2);
    assert_string_equal(v[2].detail.ptr, "{\"x\":1}");
    for (size_t i = 0; i < n; i++)
        crmi_queue_delete(&c, &v[i]);
    commit();
    assert_int_equal(crmi_queue_next(&store, CRMSYNC_SPACE_QUEUE, CRMI_STR("0"), &next, NULL),
                     CRMSYNC_OK);
    assert_true(next == 5000);
    assert_int_equal(crmi_queue_count(&store, CRMSYNC_SPACE_QUEUE, CRMI_STR("0"), &n, NULL),
                     CRMSYNC_OK);
    assert_int_equal(n, 1);
}

static void test_waiting__children_are_found_by_parent(void **state)
{
    crmi_waiting w = {.parent_kind = CRMI_STR("company"),
                      .parent = CRMI_STR("c1"),
                      .child_kind = CRMI_STR("person"),
                      .child = CRMI_STR("p/1"),
                      .since_ms = 7};
    crmi_waiting *v;
    size_t n;
    (void)state;
    crmi_waiting_put(&c, &w);
    w.parent = CRMI_STR("c11");
    crmi_waiting_put(&c, &w);
    commit();
    assert_int_equal(
        crmi_waiting_list(&store, CRMI_STR("company"), CRMI_STR("c1"), CRMI_STR("person"), NULL, 9,
                          &arena, &v, &n, NULL),
        CRMSYNC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(v[0].child.ptr, "p/1");
    crmi_waiting_delete(&c, &v[0]);
    commit();
    assert_int_equal(
        crmi_waiting_list(&store, CRMI_STR("company"), CRMI_STR_EMPTY, CRMI_STR("activity"), NULL,
                          9, &arena, &v, &n, NULL),
        CRMSYNC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(
        crmi_waiting_list(&store, CRMI_STR("company"), CRMI_STR_EMPTY, CRMI_STR_EMPTY, NULL, 9,
                          &arena, &v, &n, NULL),
        CRMSYNC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(v[0].parent.ptr, "c11");
}

static void test_cursor__every_member_returns_and_versions_guard(void **state)
{
    crmi_cursor a, b;
    crmi_buf position;
    uint64_t version;
    (void)state;
    crmi_cursor_init(&a, &dry.table);
    crmi_cursor_init(&b, &dry.table);
    assert_int_equal(crmi_cursor_get(&store, CRMI_STR("Lead"), &a, NULL), CRMSYNC_OK);
    assert_true(a.version == 0 && a.overlap_ms == CRMI_OVERLAP_MS && !a.scanning);
    a.hi = 5;
    a.fields_fp = UINT64_MAX;
    a.scanning = a.backfill = true;
    a.scan_bound = 9;
    assert_int_equal(crmi_cursor_set(&a, &a.scan_locator, CRMI_STR("/q/1-2000")), CRMSYNC_OK);
    crmi_cursor_put(&c, &a);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    crmi_cursor_committed(&c, &a);
    assert_int_equal(crmi_cursor_get(&store, CRMI_STR("Lead"), &b, NULL), CRMSYNC_OK);
    assert_true(b.version == a.version && b.hi == 5 && b.fields_fp == UINT64_MAX && b.scanning &&
                b.backfill && b.scan_bound == 9);
    assert_string_equal(b.scan_locator.ptr, "/q/1-2000");
    crmi_cursor_clear(&a);
    crmi_cursor_clear(&b);
    crmi_commit_reset(&c);
    crmi_buf_init(&position, &dry.table);
    assert_int_equal(crmi_feed_get(&store, CRMI_STR("person"), &position, &version, NULL),
                     CRMSYNC_OK);
    assert_true(version == 0 && position.len == 0);
    crmi_feed_put(&c, CRMI_STR("person"), (crmsync_str){"\0\xff", 2}, 0);
    commit();
    assert_int_equal(crmi_feed_get(&store, CRMI_STR("person"), &position, &version, NULL),
                     CRMSYNC_OK);
    assert_true(version != 0 && position.len == 2 && position.ptr[1] == '\xff');
    crmi_feed_put(&c, CRMI_STR("person"), CRMI_STR("x"), 0);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_E_CONFLICT);
    crmi_buf_clear(&position);
}

typedef struct log_seen {
    size_t n, stop;
    int64_t first, last;
} log_seen;

static int32_t see_row(void *ctx, const crmi_log_row *row, crmsync_error **err)
{
    log_seen *seen = ctx;
    (void)err;
    seen->first = seen->n ? seen->first : row->time_ms;
    seen->last = row->time_ms;
    return ++seen->n == seen->stop ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static void log_rows(int n)
{
    crmi_log_field field = {.local = CRMI_STR("email"),
                            .remote = CRMI_STR("Email"),
                            .after = {CRMI_STR("a@b.example"), 0, CRMSYNC_CELL_TEXT, 0},
                            .decision = CRMI_STR("FILL")};
    for (int i = 0; i < n; i++) {
        char id[12];
        snprintf(id, sizeof id, "%d", i % 10);
        crmi_log_row row = {.time_ms = 1000 + i,
                            .run = CRMI_STR("r1"),
                            .n = (uint64_t)i,
                            .direction = CRMI_STR("export"),
                            .op = CRMI_STR("create"),
                            .object = i % 2 ? CRMI_STR("Lead") : CRMI_STR("Contact"),
                            .local_kind = CRMI_STR("person"),
                            .local_id = crmi_str(id),
                            .error_class = i % 3 ? 0 : CRMSYNC_CLASS_DATA,
                            .fields = &field,
                            .field_count = 1};
        crmi_log_put(&c, &row);
        if (i % 50 == 49)
            commit();
    }
    commit();
}

static void test_log__is_queried_by_time_and_by_what_it_says(void **state)
{
    static const struct {
        crmi_log_filter filter;
        size_t stop, n;
        int64_t first, last;
    } rows[] = {
        {{.from_ms = 0}, 0, 1200, 1000, 2199},
        {{.newest_first = true}, 0, 1200, 2199, 1000},
        {{.newest_first = true}, 3, 3, 2199, 2197},
        {{.from_ms = 1010, .to_ms = 1020}, 0, 10, 1010, 1019},
        {{.object = CRMSYNC_STR_LIT("Lead"), .to_ms = 1010}, 0, 5, 1001, 1009},
        {{.error_class = CRMSYNC_CLASS_DATA, .to_ms = 1010}, 0, 4, 1000, 1009},
        {{.local_id = CRMSYNC_STR_LIT("7"), .to_ms = 1100}, 0, 10, 1007, 1097},
        {{.run = CRMSYNC_STR_LIT("r2")}, 0, 0, 0, 0},
    };
    size_t erased;
    (void)state;
    log_rows(1200);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        log_seen seen = {.stop = rows[i].stop};
        assert_int_equal(crmi_log_query(&store, &rows[i].filter, see_row, &seen, NULL), CRMSYNC_OK);
        assert_int_equal(seen.n, rows[i].n);
        assert_int_equal(seen.first, rows[i].first);
        assert_int_equal(seen.last, rows[i].last);
    }
    assert_int_equal(crmi_log_forget(&store, CRMI_STR("person"), CRMI_STR("7"), &erased, NULL),
                     CRMSYNC_OK);
    assert_int_equal(erased, 120);
    assert_int_equal(crmi_log_clear(&store, 1100, NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_LOG), 1200 - 120 - 90);
}

static void test_run__counters_of_all_workers_add_up(void **state)
{
    crmi_run run, total;
    (void)state;
    crmi_run_init(&run, &dry.table);
    crmi_run_init(&total, &dry.table);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            crmi_run_start(&run, CRMI_STR("r1"), i ? CRMI_STR("b") : CRMI_STR("a"), 100 - i),
            CRMSYNC_OK);
        crmi_run_add(&run, CRMI_STR("export.Lead.created"), 5);
        crmi_run_add(&run, CRMI_STR("export.Lead.created"), 1);
        crmi_run_add(&run, CRMI_STR("api.calls"), 2);
        run.ended_ms = i ? 300 : 0;
        crmi_run_put(&c, &run);
        assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
        crmi_run_committed(&c, &run);
        crmi_commit_reset(&c);
    }
    assert_int_equal(crmi_run_total(&store, CRMI_STR("r1"), &total, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_run_value(&total, CRMI_STR("export.Lead.created")), 12);
    assert_int_equal(crmi_run_value(&total, CRMI_STR("api.calls")), 4);
    assert_true(total.started_ms == 99 && total.ended_ms == 0);
    assert_int_equal(crmi_run_get(&store, CRMI_STR("r1"), CRMI_STR("b"), &total, NULL), CRMSYNC_OK);
    assert_true(total.version == run.version && total.ended_ms == 300);
    assert_int_equal(crmi_run_total(&store, CRMI_STR("r2"), &total, NULL), CRMSYNC_E_NOT_FOUND);
    crmi_run_clear(&run);
    crmi_run_clear(&total);
}

static int32_t count_dead(void *ctx, const crmi_dead *dead, crmsync_error **err)
{
    (void)err;
    *(size_t *)ctx += dead->attempts;
    return CRMSYNC_OK;
}

static void test_dead__are_found_by_record_and_by_class(void **state)
{
    crmi_dead dead = {.kind = CRMI_STR("person"),
                      .id = CRMI_STR("1"),
                      .error_class = CRMSYNC_CLASS_DATA,
                      .code = CRMI_STR("STRING_TOO_LONG"),
                      .attempts = 1,
                      .mapping = 7};
    crmi_dead out;
    size_t n = 0;
    (void)state;
    crmi_dead_put(&c, &dead);
    dead.id = CRMI_STR("2");
    dead.error_class = CRMSYNC_CLASS_PERMISSION;
    dead.attempts = 10;
    crmi_dead_put(&c, &dead);
    commit();
    assert_int_equal(crmi_dead_get(&store, CRMI_STR("person"), CRMI_STR("1"), &arena, &out, NULL),
                     CRMSYNC_OK);
    assert_string_equal(out.code.ptr, "STRING_TOO_LONG");
    assert_true(out.version != 0 && out.mapping == 7);
    crmi_dead_each(&store, CRMSYNC_CLASS_PERMISSION, count_dead, &n, NULL);
    assert_int_equal(n, 10);
    crmi_dead_each(&store, CRMSYNC_CLASS_NONE, count_dead, &n, NULL);
    assert_int_equal(n, 21);
    crmi_dead_delete(&c, &out);
    commit();
    crmi_dead_delete_all(&c, CRMI_STR("person"), CRMI_STR("2"));
    commit();
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_DEAD), 0);
}

static void test_schema_cache__comes_back_whole_or_not_at_all(void **state)
{
    static char text[200000];
    crmi_schema_entry entry;
    bool found;
    (void)state;
    memset(text, 'z', sizeof text);
    crmi_schema_entry_init(&entry, &dry.table);
    crmsync_str all = {text, sizeof text};
    assert_int_equal(crmi_schema_cache_put(&store, CRMI_STR("Lead"), 11, 12, 13, all, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmi_schema_cache_get(&store, CRMI_STR("Lead"), &entry, &found, NULL),
                     CRMSYNC_OK);
    assert_true(found && entry.fetched_ms == 11 && entry.modified_ms == 12 && entry.config == 13);
    assert_true(crmi_str_eq(crmi_buf_str(&entry.text), all));
    kv_set(&kv, CRMSYNC_SPACE_SCHEMA, "Lead/00001", "cut", 3);
    assert_int_equal(crmi_schema_cache_get(&store, CRMI_STR("Lead"), &entry, &found, NULL),
                     CRMSYNC_OK);
    assert_false(found);
    assert_int_equal(crmi_schema_cache_drop(&store, CRMI_STR("Lead"), NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_SCHEMA), 0);
    crmi_schema_entry_clear(&entry);
}

static void test_meta__a_newer_format_is_refused(void **state)
{
    crmi_conn conn;
    uint64_t digest;
    (void)state;
    assert_int_equal(crmi_meta_open(&store, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_meta_open(&store, NULL), CRMSYNC_OK);
    kv_set(&kv, CRMSYNC_SPACE_META, "format", "{\"writer\":9,\"min_reader\":1}", 4);
    assert_int_equal(crmi_meta_open(&store, NULL), CRMSYNC_OK);
    kv_set(&kv, CRMSYNC_SPACE_META, "format", "{\"writer\":9,\"min_reader\":2}", 5);
    assert_int_equal(crmi_meta_open(&store, NULL), CRMSYNC_E_UNSUPPORTED);
    crmi_conn_init(&conn, &dry.table);
    assert_int_equal(crmi_conn_get(&store, &conn, NULL), CRMSYNC_OK);
    assert_int_equal(conn.state, CRMI_CONN_NONE);
    conn.state = CRMI_CONN_EXPIRED;
    assert_int_equal(crmi_conn_set(&conn, &conn.org_id, CRMI_STR("00D1")), CRMSYNC_OK);
    crmi_conn_put(&c, &conn);
    crmi_meta_put_config(&c, 99);
    commit();
    assert_int_equal(crmi_conn_get(&store, &conn, NULL), CRMSYNC_OK);
    assert_true(conn.state == CRMI_CONN_EXPIRED && conn.version != 0);
    assert_string_equal(conn.org_id.ptr, "00D1");
    assert_int_equal(crmi_meta_config(&store, &digest, NULL), CRMSYNC_OK);
    assert_true(digest == 99);
    crmi_conn_clear(&conn);
}

static void test_index__old_keys_go_when_the_record_changes(void **state)
{
    const crmi_index_key before[] = {{CRMI_STR("domain"), CRMI_STR("acme.com")},
                                     {CRMI_STR("name"), CRMI_STR("acme")}};
    const crmi_index_key after[] = {{CRMI_STR("domain"), CRMI_STR("acme.org")},
                                    {CRMI_STR("name"), CRMI_STR("acme")}};
    crmi_index_entry none = {.version = 0}, old;
    crmi_index_entry entry = {.kind = CRMI_STR("Account"),
                              .id = CRMI_STR("001A"),
                              .keys = before,
                              .key_count = 2,
                              .facts = CRMI_STR("{\"OwnerId\":\"005\"}")};
    crmsync_str *ids;
    size_t n;
    (void)state;
    crmi_index_replace(&c, &none, &entry);
    entry.id = CRMI_STR("001B");
    crmi_index_replace(&c, &none, &entry);
    commit();
    crmi_index_find(&store, CRMI_STR("Account"), CRMI_STR("domain"), CRMI_STR("acme.com"), &arena,
                    &ids, &n, NULL);
    assert_int_equal(n, 2);
    assert_string_equal(ids[1].ptr, "001B");
    assert_int_equal(
        crmi_index_get(&store, CRMI_STR("Account"), CRMI_STR("001B"), &arena, &old, NULL),
        CRMSYNC_OK);
    assert_string_equal(old.facts.ptr, "{\"OwnerId\":\"005\"}");
    entry.keys = after;
    crmi_index_replace(&c, &old, &entry);
    commit();
    crmi_index_find(&store, CRMI_STR("Account"), CRMI_STR("domain"), CRMI_STR("acme.com"), &arena,
                    &ids, &n, NULL);
    assert_int_equal(n, 1);
    crmi_index_find(&store, CRMI_STR("Account"), CRMI_STR("name"), CRMI_STR("acme"), &arena, &ids,
                    &n, NULL);
    assert_int_equal(n, 2);
    crmi_index_replace(&c, &old, &entry); /* read before the change */
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_E_CONFLICT);
    assert_int_equal(crmi_index_clear(&store, CRMI_STR("Account"), NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_INDEX), 0);
}

static void test_reverse__one_crm_record_belongs_to_one_local_record(void **state)
{
    const crmsync_str ids[] = {CRMI_STR("003A"), CRMI_STR("003B")};
    crmi_reverse out[2];
    (void)state;
    crmi_reverse_put(&c, ids[0], CRMI_STR("person"), CRMI_STR("1"), 0);
    commit();
    assert_int_equal(crmi_reverse_get(&store, ids, 2, &arena, out, NULL), CRMSYNC_OK);
    assert_string_equal(out[0].id.ptr, "1");
    assert_true(out[0].version != 0 && out[1].version == 0 && out[1].id.len == 0);
    crmi_reverse_put(&c, ids[0], CRMI_STR("person"), CRMI_STR("2"), 0);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_E_CONFLICT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lease__is_taken_over_only_after_a_whole_period_unchanged),
        T(test_lease__a_woken_zombie_cannot_write_state),
        T(test_secret__is_sealed_bound_to_its_name_and_survives_a_new_key),
        T(test_queue__priority_first_then_the_longest_due),
        T(test_waiting__children_are_found_by_parent),
        T(test_cursor__every_member_returns_and_versions_guard),
        T(test_log__is_queried_by_time_and_by_what_it_says),
        T(test_run__counters_of_all_workers_add_up),
        T(test_dead__are_found_by_record_and_by_class),
        T(test_schema_cache__comes_back_whole_or_not_at_all),
        T(test_meta__a_newer_format_is_refused),
        T(test_index__old_keys_go_when_the_record_changes),
        T(test_reverse__one_crm_record_belongs_to_one_local_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
