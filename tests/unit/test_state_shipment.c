/* Shipments: written down whole before anything is sent, and found again after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kv_double.h"
#include "state/shipment.h"

static dry_alloc dry;
static kv_double kv;
static crmi_store store;
static crmi_shipment shipment;
static char padding[3001];

static int set_up(void **state)
{
    (void)state;
    dry_init(&dry, -1);
    kv_init(&kv);
    store = kv_store(&kv, &dry.table);
    crmi_shipment_init(&shipment, &dry.table);
    memset(padding, 'x', sizeof padding - 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crmi_shipment_clear(&shipment);
    kv_clear(&kv);
    return dry.out == 0 ? 0 : -1;
}

static void make(int n, size_t size, int same_key)
{
    char id[20], email[40];
    assert_int_equal(crmi_shipment_start(&shipment, CRMI_STR("0"), CRMI_STR("01ULID"),
                                         CRMI_STR("collections"), CRMI_STR("run1")),
                     CRMSYNC_OK);
    for (int i = 0; i < n; i++) {
        crmi_claim claim = {.kind = CRMI_STR("person"), .key_kind = CRMI_STR("email")};
        crmi_named_cell field = {CRMI_STR("Description"),
                                 {{padding, size}, 0, CRMSYNC_CELL_TEXT, 0}};
        snprintf(id, sizeof id, "%d", i);
        snprintf(email, sizeof email, "p%d@x.example", same_key ? i / 2 : i);
        claim.key = crmi_str(email);
        crmi_intent intent = {.uuid = crmi_str(id),
                              .op = CRMI_STR("create"),
                              .object = CRMI_STR("Lead"),
                              .local_kind = CRMI_STR("person"),
                              .local_id = crmi_str(id),
                              .fields = &field,
                              .field_count = 1,
                              .claims = &claim,
                              .claim_count = 1,
                              .position = (uint32_t)i,
                              .sent = 123,
                              .plan = CRMI_STR("{\"why\":[1]}")};
        assert_int_equal(crmi_shipment_add(&shipment, &intent), CRMSYNC_OK);
    }
}

static void test_journal__a_small_one_takes_one_commit_and_is_read_back(void **state)
{
    crmi_shipment again;
    (void)state;
    make(20, 10, 0);
    assert_int_equal(crmi_shipment_journal(&store, &shipment, NULL), CRMSYNC_OK);
    assert_int_equal(kv.commits, 1);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_CLAIM), 20);
    crmi_shipment_init(&again, &dry.table);
    assert_int_equal(crmi_shipment_load(&store, CRMI_STR("0"), CRMI_STR("01ULID"), &again, NULL),
                     CRMSYNC_OK);
    assert_int_equal(again.count, 20);
    assert_int_equal(again.state, CRMI_SHIP_SENDING);
    assert_true(again.version == shipment.version);
    assert_string_equal(again.intents[7].claims[0].key.ptr, "p7@x.example");
    assert_string_equal(again.intents[7].plan.ptr, "{\"why\":[1]}");
    assert_int_equal(again.intents[7].fields[0].cell.text.len, 10);
    assert_int_equal(again.intents[7].sent, 123);
    crmi_shipment_clear(&again);
    assert_int_equal(crmi_shipment_load(&store, CRMI_STR("0"), CRMI_STR("02"), &again, NULL),
                     CRMSYNC_E_NOT_FOUND);
}

static void test_journal__a_held_claim_parks_its_intent_alone(void **state)
{
    (void)state;
    make(20, 10, 0);
    kv_set(&kv, CRMSYNC_SPACE_CLAIM, "person/email/p3@x.example", "{\"shipment\":\"other\"}", 9);
    assert_int_equal(crmi_shipment_journal(&store, &shipment, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < shipment.count; i++)
        assert_int_equal(shipment.intents[i].state, i == 3 ? CRMI_SHIP_PARKED : CRMI_SHIP_SENDING);
    assert_non_null(
        strstr(kv_find(&kv, CRMSYNC_SPACE_CLAIM, "person/email/p3@x.example")->value, "other"));
    crmi_shipment again;
    crmi_shipment_init(&again, &dry.table);
    assert_int_equal(crmi_shipment_load(&store, CRMI_STR("0"), CRMI_STR("01ULID"), &again, NULL),
                     CRMSYNC_OK);
    assert_int_equal(again.intents[3].state, CRMI_SHIP_PARKED);
    crmi_shipment_clear(&again);
}

static void test_journal__two_intents_of_one_key_are_never_both_sent(void **state)
{
    size_t sent = 0;
    (void)state;
    make(10, 10, 1);
    assert_int_equal(crmi_shipment_journal(&store, &shipment, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < shipment.count; i++)
        sent += shipment.intents[i].state == CRMI_SHIP_SENDING;
    assert_int_equal(sent, 5);
}

static void test_journal__nothing_stays_when_every_claim_is_held(void **state)
{
    (void)state;
    make(1, 10, 0);
    kv_set(&kv, CRMSYNC_SPACE_CLAIM, "person/email/p0@x.example", "{\"shipment\":\"other\"}", 9);
    assert_int_equal(crmi_shipment_journal(&store, &shipment, NULL), CRMSYNC_OK);
    assert_int_equal(shipment.intents[0].state, CRMI_SHIP_PARKED);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_SHIPMENT), 0);
    assert_int_equal(shipment.version, 0);
}

/* Whatever commit the store dies at: either the head is there and everything it needs, or the sweep
 * leaves no trace. */
static void test_journal__a_crash_at_any_commit_leaves_all_or_nothing(void **state)
{
    bool whole = false;
    for (unsigned k = 1; !whole; k++) {
        tear_down(state);
        set_up(state);
        make(120, 3000, 0);
        kv.fault = KV_FAIL;
        kv.fault_at = k;
        kv.fault_for = 1000;
        whole = crmi_shipment_journal(&store, &shipment, NULL) == CRMSYNC_OK;
        kv.fault_at = 0;
        assert_int_equal(crmi_shipment_sweep(&store, CRMI_STR("0"), NULL, NULL), CRMSYNC_OK);
        bool head = kv_find(&kv, CRMSYNC_SPACE_SHIPMENT, "0/01ULID") != NULL;
        assert_int_equal(head, whole);
        assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_CLAIM), whole ? 120 : 0);
        if (!whole)
            assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_SHIPMENT), 0);
    }
    assert_true(kv.commits > 3);
}

static void test_journal__out_of_memory_anywhere_leaks_nothing(void **state)
{
    for (long left = 0;; left++) {
        tear_down(state);
        set_up(state);
        make(6, 30, 1);
        dry.left = left;
        int32_t rc = crmi_shipment_journal(&store, &shipment, NULL);
        bool ran_dry = dry.ran_dry;
        dry.left = -1;
        crmi_shipment_clear(&shipment);
        assert_int_equal(dry.out, 0);
        if (!ran_dry) {
            assert_int_equal(rc, CRMSYNC_OK);
            break;
        }
        assert_int_equal(rc, CRMSYNC_E_NOMEM);
    }
}

static void test_list_and_drop__rows_go_with_their_head(void **state)
{
    crmi_arena arena;
    crmsync_str *ulids;
    size_t n, dropped;
    crmi_commit c;
    (void)state;
    make(120, 3000, 0);
    assert_int_equal(crmi_shipment_journal(&store, &shipment, NULL), CRMSYNC_OK);
    crmi_arena_init(&arena, &dry.table);
    assert_int_equal(crmi_shipment_list(&store, CRMI_STR("0"), &arena, &ulids, &n, NULL),
                     CRMSYNC_OK);
    assert_int_equal(n, 1);
    assert_string_equal(ulids[0].ptr, "01ULID");
    assert_int_equal(crmi_shipment_sweep(&store, CRMI_STR("0"), &dropped, NULL), CRMSYNC_OK);
    assert_int_equal(dropped, 0);
    shipment.intents[0].state = CRMI_SHIP_UNKNOWN;
    assert_int_equal(crmi_shipment_store(&store, &shipment, NULL), CRMSYNC_OK);
    crmi_commit_init(&c, &store);
    crmi_shipment_drop(&c, &shipment);
    assert_int_equal(crmi_commit_must(&c, NULL), CRMSYNC_OK);
    assert_int_equal(kv_count(&kv, CRMSYNC_SPACE_SHIPMENT), 0);
    crmi_commit_clear(&c);
    crmi_arena_clear(&arena);
}

static void test_names__have_their_form_and_differ(void **state)
{
    char a[CRMI_ULID_LEN + 1], b[CRMI_ULID_LEN + 1], u[37];
    (void)state;
    assert_int_equal(crmi_ulid_make(kv_random(&kv), 1000, a, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_ulid_make(kv_random(&kv), 2000, b, NULL), CRMSYNC_OK);
    assert_int_equal(strlen(a), CRMI_ULID_LEN);
    assert_true(strcmp(a, b) < 0);
    assert_int_equal(crmi_uuid_make(kv_random(&kv), u, NULL), CRMSYNC_OK);
    assert_int_equal(strlen(u), 36);
    assert_int_equal(u[14], '4');
    assert_non_null(strchr("89ab", u[19]));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_journal__a_small_one_takes_one_commit_and_is_read_back),
        T(test_journal__a_held_claim_parks_its_intent_alone),
        T(test_journal__two_intents_of_one_key_are_never_both_sent),
        T(test_journal__nothing_stays_when_every_claim_is_held),
        T(test_journal__a_crash_at_any_commit_leaves_all_or_nothing),
        T(test_journal__out_of_memory_anywhere_leaks_nothing),
        T(test_list_and_drop__rows_go_with_their_head),
        T(test_names__have_their_form_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
