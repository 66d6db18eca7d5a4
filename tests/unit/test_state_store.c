/* Keys, reads, commits and units over a store with faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kv_double.h"
#include "state/key.h"

#define LINK CRMSYNC_SPACE_LINK

typedef struct fixture {
    dry_alloc dry;
    kv_double kv;
    crmi_store store;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    dry_init(&f.dry, -1);
    kv_init(&f.kv);
    f.store = kv_store(&f.kv, &f.dry.table);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    kv_clear(&f->kv);
    return f->dry.out == 0 ? 0 : -1;
}

static void test_key__parts_are_escaped_and_long_ones_shortened(void **state)
{
    static const struct {
        const char *a, *b, *key;
    } rows[] = {
        {"person", "42", "person/42"},
        {"person", "a/b%c~d", "person/a%2Fb%25c%7Ed"},
        {"person", "", "person/"},
    };
    char id[200];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_key k = crmi_key_of(CRMI_KEY_PARTS(crmi_str(rows[i].a), crmi_str(rows[i].b)));
        assert_string_equal(crmi_key_str(&k).ptr, rows[i].key);
    }
    memset(id, 'x', sizeof id);
    crmi_key at_limit = crmi_key_of(CRMI_KEY_PARTS((crmsync_str){id, CRMI_KEY_PART_MAX}));
    crmi_key over = crmi_key_of(CRMI_KEY_PARTS((crmsync_str){id, CRMI_KEY_PART_MAX + 1}));
    crmi_key other = crmi_key_of(CRMI_KEY_PARTS((crmsync_str){id, CRMI_KEY_PART_MAX + 2}));
    assert_int_equal(at_limit.len, CRMI_KEY_PART_MAX);
    assert_int_equal(over.len, 64 + 1 + 32);
    assert_int_equal(over.bytes[64], '~');
    assert_false(crmi_str_eq(crmi_key_str(&over), crmi_key_str(&other)));
    assert_memory_equal(over.bytes, id, 64);
}

static void test_key__too_many_bytes_make_a_bad_key(void **state)
{
    char part[97];
    crmsync_str p = {part, 96};
    (void)state;
    memset(part, 'p', sizeof part);
    crmi_key k = crmi_key_of(CRMI_KEY_PARTS(p, p, p));
    assert_true(k.bad);
    assert_int_equal(crmi_key_str(&k).len, 0);
}

static void test_key_unescape__gives_back_what_was_put_in(void **state)
{
    fixture *f = *state;
    crmi_buf b;
    crmi_key k = crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("k"), CRMI_STR("a/%~\xc3\xbc")));
    crmi_buf_init(&b, &f->dry.table);
    assert_true(crmi_key_unescape(crmi_key_nth(crmi_key_str(&k), 1), &b));
    assert_string_equal(crmi_buf_str(&b).ptr, "a/%~\xc3\xbc");
    assert_null(crmi_key_nth(crmi_key_str(&k), 2).ptr);
    assert_false(crmi_key_unescape(CRMI_STR("bad%2"), &b));
    assert_false(crmi_key_unescape(CRMI_STR("short~00"), &b));
    crmi_buf_clear(&b);
}

static void test_local_id__length_and_encoding_are_checked(void **state)
{
    char id[129];
    crmsync_str person = CRMI_STR("person");
    (void)state;
    memset(id, 'i', sizeof id);
    assert_int_equal(crmi_key_check_local_id(person, (crmsync_str){id, 128}, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_key_check_local_id(person, (crmsync_str){id, 129}, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(crmi_key_check_local_id(person, CRMI_STR_EMPTY, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmi_key_check_local_id(person, CRMI_STR("\xff"), NULL), CRMSYNC_E_INVALID);
}

static void test_get__finds_what_exists_in_any_order(void **state)
{
    fixture *f = *state;
    crmi_items items;
    kv_set(&f->kv, LINK, "b", "2", 20);
    kv_set(&f->kv, LINK, "a", "1", 10);
    crmsync_kv_item keys[] = {{.key = CRMI_STR("b"), .space = LINK},
                              {.key = CRMI_STR("zz"), .space = LINK},
                              {.key = CRMI_STR("a"), .space = LINK}};
    crmi_items_init(&items, &f->dry.table);
    assert_int_equal(crmi_store_get(&f->store, keys, 3, &items, NULL), CRMSYNC_OK);
    assert_int_equal(items.n, 2);
    assert_int_equal(crmi_items_find(&items, LINK, CRMI_STR("b"))->version, 20);
    assert_null(crmi_items_find(&items, LINK, CRMI_STR("zz")));
    crmi_items_clear(&items);
}

static void test_get__a_store_that_breaks_its_contract_is_told(void **state)
{
    fixture *f = *state;
    crmi_items items;
    crmsync_kv_item key = {.key = CRMI_STR("ab"), .space = LINK};
    kv_set(&f->kv, LINK, "ab", "1", 10);
    crmi_items_init(&items, &f->dry.table);
    for (int how = 1; how <= 2; how++) {
        f->kv.broken = how;
        assert_int_equal(crmi_store_get(&f->store, &key, 1, &items, NULL), CRMSYNC_E_CONTRACT);
        assert_int_equal(items.n, 0);
    }
    f->kv.broken = 1;
    assert_int_equal(
        crmi_store_scan(&f->store, LINK, CRMI_STR_EMPTY, CRMI_STR_EMPTY, 5, 0, &items, NULL),
        CRMSYNC_E_CONTRACT);
    crmi_items_clear(&items);
}

static int32_t count_visit(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    size_t *n = ctx;
    (void)err;
    (void)item;
    return ++*n == 1203 ? CRMI_VISIT_STOP : CRMSYNC_OK;
}

static void test_each__pages_through_a_prefix(void **state)
{
    fixture *f = *state;
    char key[20];
    size_t n = 0;
    for (int i = 0; i < 1201; i++) {
        snprintf(key, sizeof key, "p/%05d", i);
        kv_set(&f->kv, LINK, key, "v", 1);
    }
    kv_set(&f->kv, LINK, "p0", "v", 1);
    kv_set(&f->kv, LINK, "o", "v", 1);
    assert_int_equal(crmi_store_each(&f->store, LINK, CRMI_STR("p/"), count_visit, &n, NULL),
                     CRMSYNC_OK);
    assert_int_equal(n, 1201);
    n = 1200;
    assert_int_equal(crmi_store_each(&f->store, LINK, CRMI_STR_EMPTY, count_visit, &n, NULL),
                     CRMSYNC_OK);
    assert_int_equal(n, 1203);
}

static void test_commit__later_write_wins_and_fence_is_expected(void **state)
{
    fixture *f = *state;
    crmsync_kv_item fence = {.key = CRMI_STR("lane/0"), .space = CRMSYNC_SPACE_LEASE, .version = 7};
    crmi_commit c;
    uint32_t outcome;
    crmsync_error *err = NULL;
    f->store.fence = &fence;
    kv_set(&f->kv, CRMSYNC_SPACE_LEASE, "lane/0", "{}", 7);
    kv_set(&f->kv, LINK, "gone", "x", 3);
    crmi_commit_init(&c, &f->store);
    crmi_commit_put(&c, LINK, CRMI_STR("b"), CRMI_STR("old"));
    crmi_commit_put(&c, LINK, CRMI_STR("a"), CRMI_STR("1"));
    crmi_commit_put(&c, LINK, CRMI_STR("b"), CRMI_STR("new"));
    crmi_commit_expect(&c, LINK, CRMI_STR("b"), 0);
    crmi_commit_expect(&c, LINK, CRMI_STR("b"), 0);
    crmi_commit_delete(&c, LINK, CRMI_STR("gone"));
    assert_int_equal(crmi_commit_run(&c, &outcome, &err), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    assert_int_equal(f->kv.last_items, 5);
    assert_string_equal(kv_find(&f->kv, LINK, "b")->value, "new");
    assert_true(kv_find(&f->kv, LINK, "b")->version ==
                crmi_commit_version(&c, LINK, CRMI_STR("b")));
    assert_null(kv_find(&f->kv, LINK, "gone"));
    kv_set(&f->kv, CRMSYNC_SPACE_LEASE, "lane/0", "{}", 8);
    crmi_commit_reset(&c);
    crmi_commit_put(&c, LINK, CRMI_STR("c"), CRMI_STR("1"));
    assert_int_equal(crmi_commit_run(&c, &outcome, &err), CRMSYNC_E_CONFLICT);
    assert_null(kv_find(&f->kv, LINK, "c"));
    crmsync_error_free(err);
    crmi_commit_clear(&c);
}

static void test_commit__every_fault_ends_in_a_known_outcome(void **state)
{
    static const struct {
        int fault;
        unsigned lasting;
        int32_t rc;
        uint32_t outcome;
        bool applied;
    } rows[] = {
        {KV_FINE, 1, CRMSYNC_OK, CRMSYNC_COMMIT_OK, true},
        {KV_CONFLICT, 1, CRMSYNC_OK, CRMSYNC_COMMIT_CONFLICT, false},
        {KV_UNKNOWN_APPLIED, 1, CRMSYNC_OK, CRMSYNC_COMMIT_OK, true},
        {KV_UNKNOWN_LOST, 1, CRMSYNC_OK, CRMSYNC_COMMIT_OK, true},
        {KV_UNKNOWN_LOST, 3, CRMSYNC_OK, CRMSYNC_COMMIT_OK, true},
        {KV_UNKNOWN_LOST, 99, CRMSYNC_E_STORE, 0, false},
        {KV_FAIL, 1, CRMSYNC_E_CALLBACK, 0, false},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_commit c;
        uint32_t outcome;
        kv_clear(&f->kv);
        f->kv.commits = 0;
        f->kv.fault_at = 1;
        f->kv.fault = rows[i].fault;
        f->kv.fault_for = rows[i].lasting;
        crmi_commit_init(&c, &f->store);
        crmi_commit_expect(&c, LINK, CRMI_STR("a"), 0);
        crmi_commit_put(&c, LINK, CRMI_STR("a"), CRMI_STR("1"));
        assert_int_equal(crmi_commit_run(&c, &outcome, NULL), rows[i].rc);
        if (rows[i].rc == CRMSYNC_OK)
            assert_int_equal(outcome, rows[i].outcome);
        assert_int_equal(kv_find(&f->kv, LINK, "a") != NULL, rows[i].applied);
        crmi_commit_clear(&c);
    }
}

static void test_commit__lost_answer_is_settled_though_reads_fail_twice(void **state)
{
    fixture *f = *state;
    crmi_commit c;
    uint32_t outcome;
    f->kv.fault_at = 1;
    f->kv.fault = KV_UNKNOWN_APPLIED;
    f->kv.get_fails = 2;
    crmi_commit_init(&c, &f->store);
    crmi_commit_put(&c, LINK, CRMI_STR("a"), CRMI_STR("1"));
    assert_int_equal(crmi_commit_run(&c, &outcome, NULL), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    assert_int_equal(f->kv.commits, 1);
    crmi_commit_clear(&c);
}

static void test_commit__limits_are_refused_before_the_store_is_asked(void **state)
{
    fixture *f = *state;
    crmi_commit c;
    uint32_t outcome;
    char key[20];
    crmi_commit_init(&c, &f->store);
    for (int i = 0; i < 101; i++) {
        snprintf(key, sizeof key, "%d", i);
        crmi_commit_put(&c, LINK, crmi_str(key), CRMI_STR("1"));
    }
    assert_int_equal(crmi_commit_run(&c, &outcome, NULL), CRMSYNC_E_LIMIT);
    crmi_commit_reset(&c);
    crmi_commit_put(&c, LINK, CRMI_STR_EMPTY, CRMI_STR("1"));
    assert_int_equal(crmi_commit_run(&c, &outcome, NULL), CRMSYNC_E_LIMIT);
    crmi_commit_reset(&c);
    crmi_commit_expect(&c, LINK, CRMI_STR("a"), 1);
    crmi_commit_expect(&c, LINK, CRMI_STR("a"), 2);
    assert_int_equal(crmi_commit_run(&c, &outcome, NULL), CRMSYNC_E_INTERNAL);
    assert_int_equal(f->kv.commits, 0);
    crmi_commit_clear(&c);
}

static void fill_units(crmi_units *u, int n)
{
    char key[20];
    for (int i = 0; i < n; i++) {
        crmi_units_begin(u);
        snprintf(key, sizeof key, "k%04d", i);
        crmi_commit_expect(&u->changes, LINK, crmi_str(key), 0);
        crmi_commit_put(&u->changes, LINK, crmi_str(key), CRMI_STR("v"));
        crmi_commit_put(&u->changes, CRMSYNC_SPACE_LOG, crmi_str(key), CRMI_STR("log"));
    }
    crmi_units_begin_closing(u);
    crmi_commit_put(&u->changes, CRMSYNC_SPACE_CURSOR, CRMI_STR("c"), CRMI_STR("at"));
}

static void test_units__a_page_takes_as_few_commits_as_the_limits_allow(void **state)
{
    fixture *f = *state;
    crmi_units u;
    size_t conflicts;
    crmi_units_init(&u, &f->store);
    fill_units(&u, 66);
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_OK);
    assert_int_equal(conflicts, 0);
    assert_int_equal(f->kv.commits,
                     2); /* 33 units of 3 items each: 99, and the cursor as the 100th */
    assert_int_equal(kv_count(&f->kv, LINK), 66);
    assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_CURSOR), 1);
    crmi_units_clear(&u);
}

static void test_units__only_the_guilty_fails_and_the_cursor_waits(void **state)
{
    fixture *f = *state;
    crmi_units u;
    size_t conflicts;
    kv_set(&f->kv, LINK, "k0010", "other", 5);
    kv_set(&f->kv, LINK, "k0050", "other", 5);
    crmi_units_init(&u, &f->store);
    fill_units(&u, 66);
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_OK);
    assert_int_equal(conflicts, 2);
    for (size_t i = 0; i < 66; i++)
        assert_int_equal(crmi_units_outcome(&u, i),
                         i == 10 || i == 50 ? CRMI_UNIT_CONFLICT : CRMI_UNIT_OK);
    assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_LOG), 64);
    assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_CURSOR), 0);
    crmi_units_begin(&u);
    crmi_commit_put(&u.changes, CRMSYNC_SPACE_PENDING, CRMI_STR("later"), CRMI_STR("{}"));
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_OK);
    assert_int_equal(conflicts, 0);
    assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_CURSOR), 1);
    assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_PENDING), 1);
    crmi_units_clear(&u);
}

static void test_units__a_moved_cursor_is_an_error_and_the_records_are_kept(void **state)
{
    fixture *f = *state;
    crmi_units u;
    size_t conflicts;
    kv_set(&f->kv, CRMSYNC_SPACE_CURSOR, "c", "elsewhere", 9);
    crmi_units_init(&u, &f->store);
    fill_units(&u, 3);
    crmi_commit_expect(&u.changes, CRMSYNC_SPACE_CURSOR, CRMI_STR("c"), 1);
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_E_CONFLICT);
    assert_int_equal(kv_count(&f->kv, LINK), 3);
    assert_string_equal(kv_find(&f->kv, CRMSYNC_SPACE_CURSOR, "c")->value, "elsewhere");
    crmi_units_clear(&u);
}

static void test_units__two_units_of_one_key_never_share_a_commit(void **state)
{
    fixture *f = *state;
    crmi_units u;
    size_t conflicts;
    crmi_units_init(&u, &f->store);
    for (int i = 0; i < 2; i++) {
        crmi_units_begin(&u);
        crmi_commit_expect(&u.changes, CRMSYNC_SPACE_CLAIM, CRMI_STR("same"), 0);
        crmi_commit_put(&u.changes, CRMSYNC_SPACE_CLAIM, CRMI_STR("same"), CRMI_STR("{}"));
    }
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_units_outcome(&u, 0), CRMI_UNIT_OK);
    assert_int_equal(crmi_units_outcome(&u, 1), CRMI_UNIT_CONFLICT);
    crmi_units_clear(&u);
}

static void test_units__a_lost_lease_stops_everything(void **state)
{
    fixture *f = *state;
    crmsync_kv_item fence = {.key = CRMI_STR("lane/0"), .space = CRMSYNC_SPACE_LEASE, .version = 7};
    crmi_units u;
    size_t conflicts;
    f->store.fence = &fence;
    crmi_units_init(&u, &f->store);
    fill_units(&u, 3);
    assert_int_equal(crmi_units_run(&u, &conflicts, NULL), CRMSYNC_E_CONFLICT);
    assert_int_equal(f->kv.n, 0);
    crmi_units_clear(&u);
}

/* A crash after any commit leaves whole records, and the cursor only when all are there. */
static void test_units__a_store_that_dies_leaves_whole_units(void **state)
{
    fixture *f = *state;
    for (unsigned k = 1; k <= 3; k++) {
        crmi_units u;
        size_t conflicts;
        kv_clear(&f->kv);
        f->kv.commits = 0;
        f->kv.fault_at = k;
        f->kv.fault = KV_FAIL;
        f->kv.fault_for = 99;
        crmi_units_init(&u, &f->store);
        fill_units(&u, 66);
        int32_t rc = crmi_units_run(&u, &conflicts, NULL);
        assert_int_equal(rc, k <= 2 ? CRMSYNC_E_CALLBACK : CRMSYNC_OK);
        assert_int_equal(kv_count(&f->kv, LINK), kv_count(&f->kv, CRMSYNC_SPACE_LOG));
        assert_int_equal(kv_count(&f->kv, CRMSYNC_SPACE_CURSOR), rc ? 0 : 1);
        crmi_units_clear(&u);
    }
}

static void test_units__out_of_memory_anywhere_is_reported_and_leaks_nothing(void **state)
{
    fixture *f = *state;
    for (long left = 0;; left++) {
        crmi_units u;
        size_t conflicts;
        kv_clear(&f->kv);
        kv_set(&f->kv, LINK, "k0003", "other", 5);
        dry_init(&f->dry, left);
        crmi_units_init(&u, &f->store);
        fill_units(&u, 40);
        int32_t rc = crmi_units_run(&u, &conflicts, NULL);
        crmi_units_clear(&u);
        assert_int_equal(f->dry.out, 0);
        if (!f->dry.ran_dry) {
            assert_int_equal(rc, CRMSYNC_OK);
            break;
        }
        assert_int_equal(rc, CRMSYNC_E_NOMEM);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_key__parts_are_escaped_and_long_ones_shortened),
        T(test_key__too_many_bytes_make_a_bad_key),
        T(test_key_unescape__gives_back_what_was_put_in),
        T(test_local_id__length_and_encoding_are_checked),
        T(test_get__finds_what_exists_in_any_order),
        T(test_get__a_store_that_breaks_its_contract_is_told),
        T(test_each__pages_through_a_prefix),
        T(test_commit__later_write_wins_and_fence_is_expected),
        T(test_commit__every_fault_ends_in_a_known_outcome),
        T(test_commit__lost_answer_is_settled_though_reads_fail_twice),
        T(test_commit__limits_are_refused_before_the_store_is_asked),
        T(test_units__a_page_takes_as_few_commits_as_the_limits_allow),
        T(test_units__only_the_guilty_fails_and_the_cursor_waits),
        T(test_units__a_moved_cursor_is_an_error_and_the_records_are_kept),
        T(test_units__two_units_of_one_key_never_share_a_commit),
        T(test_units__a_lost_lease_stops_everything),
        T(test_units__a_store_that_dies_leaves_whole_units),
        T(test_units__out_of_memory_anywhere_is_reported_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
