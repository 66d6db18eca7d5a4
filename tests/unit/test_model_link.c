/* Links: targets, shadows, and cells compared and copied by value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "failing_alloc.h"
#include "model/link.h"

static crmsync_alloc libc_alloc;

/* A lead and two contacts, in this order. */
static crmi_link three_targets(crmi_arena *arena)
{
    static const struct {
        crmsync_str object, id;
    } rows[] = {{CRMSYNC_STR_LIT("Lead"), CRMSYNC_STR_LIT("00Q000000000001AAA")},
                {CRMSYNC_STR_LIT("Contact"), CRMSYNC_STR_LIT("003000000000001AAA")},
                {CRMSYNC_STR_LIT("Contact"), CRMSYNC_STR_LIT("003000000000002AAA")}};
    crmi_link link = {0};
    for (size_t i = 0; i < 3; i++)
        assert_non_null(crmi_link_add_target(arena, &link, rows[i].object, rows[i].id));
    return link;
}

static void test_link_add_target__same_id_is_added_once(void **state)
{
    crmi_arena arena;
    (void)state;
    crmi_arena_init(&arena, &libc_alloc);
    crmi_link link = three_targets(&arena);
    crmi_target *again =
        crmi_link_add_target(&arena, &link, CRMI_STR("Contact"), CRMI_STR("003000000000001AAA"));
    assert_ptr_equal(again, &link.targets[1]);
    assert_int_equal(link.target_count, 3);
    assert_null(crmi_link_target(&link, CRMI_STR("003000000000009AAA")));
    crmi_arena_clear(&arena);
}

static void test_link_primary__is_the_first_live_target(void **state)
{
    static const struct {
        uint32_t states[3];
        ptrdiff_t primary, contact; /* -1 = none */
    } cases[] = {
        {{CRMI_TARGET_LIVE, CRMI_TARGET_LIVE, CRMI_TARGET_LIVE}, 0, 1},
        {{CRMI_TARGET_CONVERTED, CRMI_TARGET_LIVE, CRMI_TARGET_LIVE}, 1, 1},
        {{CRMI_TARGET_DELETED, CRMI_TARGET_MERGED, CRMI_TARGET_LIVE}, 2, 2},
        {{CRMI_TARGET_LIVE, CRMI_TARGET_DELETED, CRMI_TARGET_VANISHED}, 0, -1},
        {{CRMI_TARGET_DELETED, CRMI_TARGET_DELETED, CRMI_TARGET_VANISHED}, -1, -1},
    };
    crmi_arena arena;
    (void)state;
    crmi_arena_init(&arena, &libc_alloc);
    crmi_link link = three_targets(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t j = 0; j < 3; j++)
            link.targets[j].state = cases[i].states[j];
        assert_ptr_equal(crmi_link_primary(&link),
                         cases[i].primary < 0 ? NULL : &link.targets[cases[i].primary]);
        assert_ptr_equal(crmi_link_object(&link, "Contact"),
                         cases[i].contact < 0 ? NULL : &link.targets[cases[i].contact]);
        assert_int_equal(crmi_link_any_live(&link), cases[i].primary >= 0);
    }
    crmi_arena_clear(&arena);
}

static void test_link_make_primary__moves_one_and_keeps_the_others_in_order(void **state)
{
    crmi_arena arena;
    (void)state;
    crmi_arena_init(&arena, &libc_alloc);
    crmi_link link = three_targets(&arena);
    assert_false(crmi_link_make_primary(&link, CRMI_STR("nope")));
    assert_true(crmi_link_make_primary(&link, CRMI_STR("003000000000002AAA")));
    assert_true(crmi_str_is(link.targets[0].id, "003000000000002AAA"));
    assert_true(crmi_str_is(link.targets[1].id, "00Q000000000001AAA"));
    assert_true(crmi_str_is(link.targets[2].id, "003000000000001AAA"));
    crmi_arena_clear(&arena);
}

static void test_put_shadow__one_for_each_remote_field(void **state)
{
    crmi_arena arena;
    (void)state;
    crmi_arena_init(&arena, &libc_alloc);
    crmi_link link = three_targets(&arena);
    crmi_target *lead = &link.targets[0];
    crmi_shadow *email = crmi_target_put_shadow(&arena, lead, CRMI_STR("email"), CRMI_STR("Email"));
    assert_int_equal(email->l.type, CRMSYNC_CELL_ABSENT);
    email->asserts = 2;
    crmi_target_put_shadow(&arena, lead, CRMI_STR("title"), CRMI_STR("Title"));
    crmi_target_put_shadow(&arena, lead, CRMI_STR("email"), CRMI_STR("Email"));
    assert_int_equal(lead->shadow_count, 2);
    assert_int_equal(crmi_target_shadow(lead, CRMI_STR("Email"))->asserts, 2);
    assert_null(crmi_target_shadow(lead, CRMI_STR("Phone")));
    crmi_arena_clear(&arena);
}

static void test_cell_same__type_and_content_count(void **state)
{
    static const crmsync_cell cells[] = {
        {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0},
        {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0},
        {CRMSYNC_STR_LIT("1"), 0, CRMSYNC_CELL_TEXT, 0},
        {CRMSYNC_STR_LIT("2"), 0, CRMSYNC_CELL_TEXT, 0},
        {CRMSYNC_STR_LIT("1"), 0, CRMSYNC_CELL_DECIMAL, 0},
        {{NULL, 0}, 1, CRMSYNC_CELL_BOOL, 0},
        {{NULL, 0}, 1, CRMSYNC_CELL_DATE, 0},
        {{NULL, 0}, 2, CRMSYNC_CELL_DATE, 0},
        {{NULL, 0}, 1, CRMSYNC_CELL_DATETIME, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        for (size_t j = 0; j < sizeof cells / sizeof cells[0]; j++)
            assert_int_equal(crmi_cell_same(&cells[i], &cells[j]), i == j);
    }
}

static void test_cell_blank__nothing_but_white_space(void **state)
{
    static const struct {
        crmsync_cell cell;
        bool blank;
    } cases[] = {
        {{{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}, true},
        {{{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}, true},
        {{CRMSYNC_STR_LIT(" \t\n"), 0, CRMSYNC_CELL_TEXT, 0}, true},
        {{CRMSYNC_STR_LIT(" x "), 0, CRMSYNC_CELL_TEXT, 0}, false},
        {{{NULL, 0}, 0, CRMSYNC_CELL_BOOL, 0}, false},
        {{CRMSYNC_STR_LIT("0"), 0, CRMSYNC_CELL_DECIMAL, 0}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(crmi_cell_blank(&cases[i].cell), cases[i].blank);
}

static void test_link__no_memory_leaves_the_link_as_it_was(void **state)
{
    (void)state;
    for (size_t k = 1; k <= 3; k++) {
        failing_alloc f = {.fail_at = k};
        crmsync_alloc a = failing_alloc_table(&f);
        crmi_arena arena;
        crmi_link link = {0};
        char id[19];
        bool failed = false;
        crmi_arena_init(&arena, &a);
        for (size_t i = 0; i < 60 && !failed; i++) {
            size_t before = link.target_count;
            snprintf(id, sizeof id, "00Q%015zu", i);
            failed = !crmi_link_add_target(&arena, &link, CRMI_STR("Lead"), crmi_str(id));
            assert_int_equal(link.target_count, before + !failed);
        }
        assert_true(failed);
        for (size_t i = 0; i < link.target_count; i++)
            assert_int_equal(link.targets[i].id.len, 18);
        crmi_arena_clear(&arena);
        assert_int_equal(f.held, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_add_target__same_id_is_added_once),
        cmocka_unit_test(test_link_primary__is_the_first_live_target),
        cmocka_unit_test(test_link_make_primary__moves_one_and_keeps_the_others_in_order),
        cmocka_unit_test(test_put_shadow__one_for_each_remote_field),
        cmocka_unit_test(test_cell_same__type_and_content_count),
        cmocka_unit_test(test_cell_blank__nothing_but_white_space),
        cmocka_unit_test(test_link__no_memory_leaves_the_link_as_it_was),
    };
    crmi_alloc_init(&libc_alloc, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
