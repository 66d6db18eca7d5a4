/* Audiences: what a reading makes of the set that is there, cut off or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kv_double.h"
#include "state/audience.h"

#define UNIVERSE 6000u

static dry_alloc dry;
static kv_double kv;
static crmi_store store;
static crmi_audience head;

static int set_up(void **state)
{
    (void)state;
    dry_init(&dry, -1);
    kv_init(&kv);
    store = kv_store(&kv, &dry.table);
    crmi_audience_init(&head, &dry.table);
    assert_int_equal(crmi_audience_get(&store, CRMI_STR("Hot/leads"), &head, NULL), CRMSYNC_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crmi_audience_clear(&head);
    kv_clear(&kv);
    return dry.out == 0 ? 0 : -1;
}

static void id_at(unsigned i, char out[19])
{
    snprintf(out, 19, "00Q5g%013u", i);
}

static crmsync_str page_ids[2000];
static char page_text[2000][19];

/* Feeds the ids that `in` marks, in pages of `size`; stops before page `stop` (0 = never). */
static void feed(crmi_audience_merge *m, const bool *in, size_t size, size_t stop)
{
    size_t n = 0, pages = 0;
    for (unsigned i = 0; i <= UNIVERSE; i++) {
        if (i == UNIVERSE || n == size) {
            if (stop && ++pages == stop)
                return;
            assert_int_equal(crmi_audience_merge_take(m, page_ids, n, NULL), CRMSYNC_OK);
            n = 0;
        }
        if (i < UNIVERSE && in[i]) {
            id_at(i, page_text[n]);
            page_ids[n] = crmi_str(page_text[n]);
            n++;
        }
    }
}

static void finish(crmi_audience_merge *m)
{
    assert_int_equal(crmi_audience_merge_end(m, NULL), CRMSYNC_OK);
    if (m->added || m->removed)
        head.generation = m->next;
    head.members = m->members;
}

static void read_set(const bool *in)
{
    crmi_audience_merge m;
    crmi_audience_merge_init(&m, &store, &head);
    feed(&m, in, 700, 0);
    finish(&m);
    crmi_audience_merge_clear(&m);
}

/* 0 = not told, + 1 + CRMI_MEMBER_*. */
static unsigned told[UNIVERSE];

static int32_t tell(void *ctx, crmsync_str id, uint32_t change, crmsync_error **err)
{
    uint64_t i;
    (void)ctx;
    (void)err;
    assert_true(crmi_str_to_u64(crmi_str_sub(id, 5, 13), &i));
    assert_int_equal(told[i], 0);
    told[i] = change + 1;
    return CRMSYNC_OK;
}

static void visit(bool changes, uint64_t since)
{
    memset(told, 0, sizeof told);
    assert_int_equal(
        crmi_audience_members(&store, &head, changes, since, CRMI_STR_EMPTY, tell, NULL, NULL),
        CRMSYNC_OK);
}

static void assert_members(const bool *in)
{
    visit(false, 0);
    for (unsigned i = 0; i < UNIVERSE; i++)
        assert_int_equal(told[i], in[i] ? 1 + CRMI_MEMBER_IS : 0);
}

static void assert_changes(const bool *before, const bool *after, uint64_t since)
{
    visit(true, since);
    for (unsigned i = 0; i < UNIVERSE; i++) {
        if (before[i] != after[i])
            assert_int_equal(told[i], 1 + (after[i] ? CRMI_MEMBER_ADDED : CRMI_MEMBER_REMOVED));
    }
}

static void shuffle(bool *in, unsigned flips)
{
    for (unsigned i = 0; i < flips; i++) {
        unsigned at = (unsigned)rand() % UNIVERSE;
        in[at] = !in[at];
    }
}

static void test_merge__many_readings_give_what_the_source_gave(void **state)
{
    static bool in[UNIVERSE], before[UNIVERSE], first[UNIVERSE];
    (void)state;
    srand(7);
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = i % 3 != 0;
    memcpy(first, in, sizeof in);
    read_set(in);
    assert_int_equal(head.generation, 1);
    assert_members(in);
    for (unsigned round = 0; round < 12; round++) {
        memcpy(before, in, sizeof in);
        shuffle(in, round % 3 == 0 ? 5 : 1500);
        if (round == 7)
            memset(in, 0, sizeof in);
        uint64_t since = head.generation;
        read_set(in);
        assert_members(in);
        assert_changes(before, in, since);
        assert_changes(first, in, 1);
    }
}

static void test_merge__reading_cut_off_is_not_seen_and_the_next_is_exact(void **state)
{
    static bool in[UNIVERSE], half[UNIVERSE], later[UNIVERSE];
    crmi_audience_merge m;
    (void)state;
    srand(11);
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = i % 2 == 0;
    read_set(in);
    for (unsigned round = 0; round < 8; round++) {
        memcpy(half, in, sizeof in);
        memcpy(later, in, sizeof in);
        shuffle(half, 3000);
        shuffle(later, 2000);
        crmi_audience_merge_init(&m, &store, &head);
        feed(&m, half, 300, 2 + round);
        crmi_audience_merge_clear(&m);
        assert_members(in);
        uint64_t since = head.generation;
        visit(true, since);
        for (unsigned i = 0; i < UNIVERSE; i++)
            assert_int_equal(told[i], 0);
        read_set(later);
        assert_members(later);
        visit(true, since);
        for (unsigned i = 0; i < UNIVERSE; i++) { /* exactly what differs, however far the other came */
            unsigned expected = in[i] == later[i] ? 0 : 1 + (later[i] ? CRMI_MEMBER_ADDED
                                                                    : CRMI_MEMBER_REMOVED);
            assert_int_equal(told[i], expected);
        }
        memcpy(in, later, sizeof in);
    }
}

static void test_merge__each_commit_failing_loses_no_member(void **state)
{
    static bool in[UNIVERSE], later[UNIVERSE];
    (void)state;
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = i % 2 == 0 && i < 3000;
    read_set(in);
    memcpy(later, in, sizeof in);
    for (unsigned i = 1; i < 3000; i += 2) /* every block is split */
        later[i] = i % 5 != 0;
    for (unsigned at = 1; at < 9; at++) {
        crmi_audience_merge m;
        int32_t rc = CRMSYNC_OK;
        crmi_audience_merge_init(&m, &store, &head);
        kv.fault_at = kv.commits + at;
        kv.fault = KV_FAIL;
        for (unsigned i = 0; !rc && i < UNIVERSE; i++) {
            char id[19];
            id_at(i, id);
            crmsync_str one = crmi_str(id);
            rc = later[i] ? crmi_audience_merge_take(&m, &one, 1, NULL) : CRMSYNC_OK;
        }
        if (!rc)
            rc = crmi_audience_merge_end(&m, NULL);
        kv.fault_at = 0;
        crmi_audience_merge_clear(&m);
        assert_members(in);
    }
    read_set(later);
    assert_members(later);
}

static void test_merge__unsorted_ids__are_refused(void **state)
{
    crmi_audience_merge m;
    const crmsync_str ids[] = {CRMI_STR("00Q5g0000000000002"), CRMI_STR("00Q5g0000000000001")};
    (void)state;
    crmi_audience_merge_init(&m, &store, &head);
    assert_int_equal(crmi_audience_merge_take(&m, ids, 2, NULL), CRMSYNC_E_PROTOCOL);
    crmi_audience_merge_clear(&m);
}

static void test_blocks__hold_a_bounded_number_of_ids(void **state)
{
    static bool in[UNIVERSE];
    (void)state;
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = i >= 1000;
    read_set(in);
    size_t first = kv_count(&kv, CRMSYNC_SPACE_AUDIENCE);
    assert_in_range(first, 5000 / CRMI_AUDIENCE_BLOCK, 5000 / CRMI_AUDIENCE_BLOCK + 2);
    for (unsigned i = 0; i < 1000; i++) /* from the front, one by one */
        in[i] = true;
    read_set(in);
    assert_members(in);
    assert_in_range(kv_count(&kv, CRMSYNC_SPACE_AUDIENCE), UNIVERSE / CRMI_AUDIENCE_BLOCK,
                    2 * UNIVERSE / CRMI_AUDIENCE_BLOCK + 2);
    assert_true(kv.largest < 65536);
}

static void test_contains__tells_members_of_the_generation_alone(void **state)
{
    static bool in[UNIVERSE];
    crmi_audience_merge m;
    static char text[400][19];
    crmsync_str ids[400];
    bool member[400];
    (void)state;
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = i % 4 == 1;
    read_set(in);
    crmi_audience_merge_init(&m, &store, &head); /* everybody leaves, but the reading is cut off */
    char last[19];
    id_at(UNIVERSE, last);
    crmsync_str end = crmi_str(last);
    assert_int_equal(crmi_audience_merge_take(&m, &end, 1, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_audience_merge_end(&m, NULL), CRMSYNC_OK);
    crmi_audience_merge_clear(&m);
    for (unsigned i = 0; i < 400; i++) {
        id_at(i * 16 + (i % 4), text[i]);
        ids[i] = crmi_str(text[i]);
    }
    assert_int_equal(crmi_audience_contains(&store, &head, ids, 400, member, NULL), CRMSYNC_OK);
    for (unsigned i = 0; i < 400; i++)
        assert_int_equal(member[i], i * 16 + i % 4 < UNIVERSE && (i * 16 + i % 4) % 4 == 1);
}

static void test_members__after__goes_on_there(void **state)
{
    static bool in[UNIVERSE];
    char after[19];
    (void)state;
    for (unsigned i = 0; i < UNIVERSE; i++)
        in[i] = true;
    read_set(in);
    id_at(2999, after);
    memset(told, 0, sizeof told);
    assert_int_equal(
        crmi_audience_members(&store, &head, false, 0, crmi_str(after), tell, NULL, NULL),
        CRMSYNC_OK);
    for (unsigned i = 0; i < UNIVERSE; i++)
        assert_int_equal(told[i] != 0, i > 2999);
}

static void test_head__comes_back_with_members_of_a_newer_version(void **state)
{
    crmi_commit c;
    (void)state;
    kv_set(&kv, CRMSYNC_SPACE_AUDIENCE, "head/Hot%2Fleads",
           "{\"name\":\"Hot/leads\",\"state\":\"truncated\",\"gen\":7,\"mood\":\"fine\"}", 5);
    assert_int_equal(crmi_audience_get(&store, CRMI_STR("Hot/leads"), &head, NULL), CRMSYNC_OK);
    assert_int_equal(head.state, CRMI_AUDIENCE_TRUNCATED);
    assert_int_equal(head.generation, 7);
    head.state = CRMI_AUDIENCE_READ;
    head.read_ms = 1000;
    crmi_commit_init(&c, &store);
    crmi_audience_put(&c, &head);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    crmi_commit_clear(&c);
    const kv_entry *e = kv_find(&kv, CRMSYNC_SPACE_AUDIENCE, "head/Hot%2Fleads");
    assert_non_null(strstr(e->value, "\"mood\":\"fine\""));
    assert_non_null(strstr(e->value, "\"read\":1000"));
}

static void test_block__that_is_none__is_told_as_corrupt(void **state)
{
    static const char *const values[] = {
        "{}", "{\"ids\":[\"short\"],\"in\":1}", "{\"ids\":7}",
        "{\"ids\":[\"00Q5g0000000000002\",\"00Q5g0000000000001\"],\"in\":1}",
        "{\"ids\":[\"00Q5g0000000000001\"],\"in\":[1,2]}",
        "{\"ids\":[\"00Q5g0000000000001\"],\"in\":-1}",
    };
    (void)state;
    head.generation = 1;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        kv_set(&kv, CRMSYNC_SPACE_AUDIENCE, "set/Hot%2Fleads/00Q5g0000000000001", values[i], 5 + i);
        assert_int_equal(
            crmi_audience_members(&store, &head, false, 0, CRMI_STR_EMPTY, tell, NULL, NULL),
            CRMSYNC_E_CORRUPT);
    }
}

static void test_forget__leaves_nothing(void **state)
{
    static bool in[UNIVERSE];
    crmi_commit c;
    (void)state;
    memset(in, 1, sizeof in);
    read_set(in);
    crmi_commit_init(&c, &store);
    crmi_audience_put(&c, &head);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    crmi_commit_clear(&c);
    assert_int_equal(crmi_audience_forget(&store, head.name, NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_AUDIENCE), 0);
}

static size_t stored_block(const char *first)
{
    crmi_key key = crmi_audience_key(head.name, crmi_str(first));
    crmi_items items;
    bool found = false;
    crmi_items_init(&items, &dry.table);
    assert_int_equal(crmi_store_get_one(&store, CRMSYNC_SPACE_AUDIENCE, crmi_key_str(&key), &items,
                                        &found, NULL), CRMSYNC_OK);
    crmi_items_clear(&items);
    return found;
}

/* The first of a block, one amid, one that left; the others are told as before. */
static void test_erase__takes_ids_out_of_blocks_and_moves_their_keys(void **state)
{
    static bool before[UNIVERSE], in[UNIVERSE];
    char text[4][19];
    crmsync_str ids[4];
    const unsigned which[4] = {0, 700, 1000, UNIVERSE - 1};
    crmi_commit c;
    (void)state;
    memset(before, 1, sizeof before);
    read_set(before);
    memcpy(in, before, sizeof in);
    in[1000] = in[1001] = false;
    read_set(in);
    crmi_commit_init(&c, &store);
    crmi_audience_put(&c, &head);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    crmi_commit_clear(&c);
    for (size_t i = 0; i < 4; i++) {
        id_at(which[i], text[i]);
        ids[i] = crmi_str(text[i]);
        in[which[i]] = before[which[i]] = false;
    }
    assert_true(stored_block(text[0]));
    assert_int_equal(crmi_audience_erase(&store, ids, 4, NULL), CRMSYNC_OK);
    assert_false(stored_block(text[0]));
    assert_int_equal(crmi_audience_get(&store, CRMI_STR("Hot/leads"), &head, NULL), CRMSYNC_OK);
    assert_int_equal(head.members, UNIVERSE - 5);
    assert_members(in);
    assert_changes(before, in, head.generation - 1);
    assert_int_equal(told[1000], 0); /* nobody remembers that it left */
    assert_int_equal(crmi_audience_erase(&store, ids, 4, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_audience_get(&store, CRMI_STR("Hot/leads"), &head, NULL), CRMSYNC_OK);
    assert_int_equal(head.members, UNIVERSE - 5);
}

static void test_erase__set_without_a_head__is_looked_at_too(void **state)
{
    static bool in[UNIVERSE];
    char text[19];
    (void)state;
    memset(in, 0, sizeof in);
    in[7] = true;
    read_set(in);
    id_at(7, text);
    crmsync_str id = crmi_str(text);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_AUDIENCE), 1);
    assert_int_equal(crmi_audience_erase(&store, &id, 1, NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_AUDIENCE), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_merge__many_readings_give_what_the_source_gave),
        TEST(test_merge__reading_cut_off_is_not_seen_and_the_next_is_exact),
        TEST(test_merge__each_commit_failing_loses_no_member),
        TEST(test_merge__unsorted_ids__are_refused),
        TEST(test_blocks__hold_a_bounded_number_of_ids),
        TEST(test_contains__tells_members_of_the_generation_alone),
        TEST(test_members__after__goes_on_there),
        TEST(test_head__comes_back_with_members_of_a_newer_version),
        TEST(test_block__that_is_none__is_told_as_corrupt),
        TEST(test_forget__leaves_nothing),
        TEST(test_erase__takes_ids_out_of_blocks_and_moves_their_keys),
        TEST(test_erase__set_without_a_head__is_looked_at_too),
    };
    return cmocka_run_group_tests_name("state, audiences", tests, NULL, NULL);
}
