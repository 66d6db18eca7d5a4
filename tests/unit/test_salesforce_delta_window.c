/* Windows of getDeleted and getUpdated, against the simulated org that refuses wrong ones. */
#include "org_exchange.h"

#include "salesforce/delta.h"

#define V      CRMI_STR("68.0")
#define OBJECT CRMI_STR("Contact")
#define MINUTE INT64_C(60000)
#define DAY    INT64_C(86400000)

static void test_window__reach__is_cut_and_told(void **state)
{
    static const struct {
        int64_t ago;
        bool deleted_reach, updated_reach;
    } cases[] = {{0, true, true},          {10 * 1000, true, true}, {14 * DAY, true, true},
                 {15 * DAY, false, true},  {29 * DAY, false, true}, {30 * DAY, false, false},
                 {400 * DAY, false, false}};
    const int64_t now = INT64_C(1795178096000);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_delta_window d, u;
        int64_t from = now - cases[i].ago;
        assert_int_equal(crmi_deleted_window(from, now, &d), cases[i].deleted_reach);
        assert_int_equal(crmi_updated_window(from, now, &u), cases[i].updated_reach);
        assert_true(d.end_ms - d.start_ms >= MINUTE && u.end_ms - u.start_ms >= MINUTE);
        assert_true(d.start_ms == from || !cases[i].deleted_reach);
        assert_true(d.start_ms > now - 15 * DAY && u.start_ms > now - 30 * DAY);
    }
}

static void test_halve__too_many_ids__ends_at_a_minute(void **state)
{
    crmi_delta_window w = {0, 10 * MINUTE};
    (void)state;
    assert_true(crmi_delta_window_halve(&w));
    assert_int_equal(w.end_ms, 5 * MINUTE);
    assert_true(crmi_delta_window_halve(&w));
    assert_int_equal(w.end_ms, 2 * MINUTE);
    assert_true(crmi_delta_window_halve(&w));
    assert_int_equal(w.end_ms, MINUTE);
    assert_false(crmi_delta_window_halve(&w));
}

static int32_t ask_deleted(orgsim *org, crmi_arena *arena, const crmi_delta_window *w,
                           crmi_delta *out)
{
    crmi_request r;
    crmi_request_init(&r, arena->alloc);
    assert_int_equal(crmi_deleted_request(&r, V, OBJECT, w->start_ms, w->end_ms, NULL), CRMSYNC_OK);
    exchange e = ask_org(org, &r);
    int32_t rc = crmi_deleted_read(arena, &e.response, out, NULL);
    exchange_clear(&e);
    crmi_request_clear(&r);
    return rc;
}

static void test_deleted__window_at_its_longest__is_answered_and_purges_are_seen(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_delta delta;
    crmi_delta_window w;
    char id[19];
    orgsim *org = orgsim_new(NULL);
    (void)state;
    crmi_arena_init(&arena, &alloc);
    orgsim_insert(org, "Contact", "{\"LastName\":\"Doe\"}", id);
    orgsim_delete(org, id);
    pass_time(org, 10 * MINUTE);
    assert_false(crmi_deleted_window(0, orgsim_now(org), &w)); /* cut to what may be asked */
    assert_int_equal(ask_deleted(org, &arena, &w, &delta), CRMSYNC_OK);
    assert_int_equal(delta.count, 1);
    assert_true(crmi_deleted_complete(&delta, w.start_ms));
    orgsim_switch(org, "purge_log", "60000");
    assert_int_equal(ask_deleted(org, &arena, &w, &delta), CRMSYNC_OK);
    assert_int_equal(delta.count, 0);
    assert_false(crmi_deleted_complete(&delta, w.start_ms));
    w.start_ms -= 10 * MINUTE;
    assert_int_equal(ask_deleted(org, &arena, &w, &delta), CRMSYNC_E_SALESFORCE);
    crmi_arena_clear(&arena);
    orgsim_free(org);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window__reach__is_cut_and_told),
        cmocka_unit_test(test_halve__too_many_ids__ends_at_a_minute),
        cmocka_unit_test(test_deleted__window_at_its_longest__is_answered_and_purges_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
