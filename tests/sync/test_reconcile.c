/* What polling cannot see: late commits, records deleted for good, access that was taken away, values
 * that change without a stamp, rows that leave the condition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

#define RECONCILE CRMSYNC_PHASE_RECONCILE
#define DAY       (24ull * HOUR)
#define CONTACTS(direction, more)                                                                  \
    "\"objects\":{\"Contact\":{\"direction\":\"" direction "\"," more "\"fields\":[" PERSON "]}}"

static const orgsim_options small_pages = {.query_page = 30};

static void fill(bench *b, int n)
{
    char fields[160], id[19];
    for (int i = 0; i < n; i++) {
        snprintf(fields, sizeof fields,
                 "{\"FirstName\":\"F%d\",\"LastName\":\"L%d\",\"Email\":\"p%d@many.example\"}", i, i,
                 i);
        assert_int_equal(orgsim_insert(b->scene.org, "Contact", fields, id), 0);
    }
    scene_pass(&b->scene, HOUR);
}

/* An org with n more contacts, all of them imported an hour ago. */
static void begin(bench *b, const char *config, int n)
{
    bench_open(b, &small_pages, config);
    fill(b, n);
    bench_must_run(b, IMPORT);
    scene_pass(&b->scene, HOUR);
}

static void must_switch(bench *b, const char *name, const char *value)
{
    assert_int_equal(orgsim_switch(b->scene.org, name, value), 0);
}

static size_t inactive(bench *b, int n)
{
    char email[40];
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        snprintf(email, sizeof email, "p%d@many.example", i);
        count += strcmp(bench_person(b, "email", email, "inactive"), "true") == 0;
    }
    return count;
}

static void explain(bench *b, const char *id, const char *part)
{
    crmsync_str json;
    char local[64];
    snprintf(local, sizeof local, "%s", bench_person(b, "origin", id, "id"));
    assert_int_equal(crmsync_workspace_explain(b->host.workspace, text_of("person"), text_of(local),
                                               &json, NULL),
                     CRMSYNC_OK);
    if (!strstr(json.ptr, part))
        fail_msg("no %s in %s", part, json.ptr);
}

/* ---- what polling missed ---- */

static void test_reconcile__commit_later_than_the_overlap__is_found(void **state)
{
    bench b;
    char id[19], fresh[19];
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "")), 100);
    bench_crm_id(&b, "person", "email", "p7@many.example", id);
    must_switch(&b, "stamp_lag", "6000000");
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"7\"}"), 0);
    assert_int_equal(orgsim_insert(b.scene.org, "Contact",
                                   "{\"LastName\":\"Late\",\"Email\":\"late@many.example\"}", fresh),
                     0);
    must_switch(&b, "stamp_lag", "off");
    bench_must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "email", "p7@many.example", "phone"), "");
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.read"), 103);
    assert_int_equal(bench_count(&b, "reconcile.Contact.newer"), 1);
    assert_int_equal(bench_count(&b, "reconcile.Contact.new"), 1);
    assert_string_equal(bench_person(&b, "email", "p7@many.example", "phone"), "7");
    assert_string_equal(bench_person(&b, "email", "late@many.example", "last_name"), "Late");
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.newer"), 0);
    assert_int_equal(bench_count(&b, "import.Contact.input"), 0);
    bench_close(&b);
}

/* An ordinary run does it when a week has passed. */
static void test_reconcile__week_has_passed__ordinary_run_does_it_once(void **state)
{
    bench b;
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "")), 3);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "reconcile.Contact.read"), 0);
    scene_pass(&b.scene, 8 * DAY);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "reconcile.Contact.read"), 5);
    scene_pass(&b.scene, DAY);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "reconcile.Contact.read"), 0);
    bench_close(&b);
}

static void test_reconcile__by_bulk__finds_the_same(void **state)
{
    bench b;
    char id[19];
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "") ",\"limits\":{\"bulk_query_from\":60}"), 200);
    bench_crm_id(&b, "person", "email", "p150@many.example", id);
    must_switch(&b, "stamp_lag", "6000000");
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"7\"}"), 0);
    must_switch(&b, "stamp_lag", "off");
    must_switch(&b, "bulk_page", "25");
    must_switch(&b, "rows_hidden", "Contact:1");
    long hidden = 202 - scene_rows(&b.scene, "Contact", NULL);
    (void)hidden;
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.newer"), 1);
    assert_true(bench_count(&b, "reconcile.Contact.read") > 190);
    assert_int_equal(bench_count(&b, "reconcile.Contact.read") +
                         bench_count(&b, "reconcile.Contact.vanished"),
                     202);
    assert_string_equal(bench_person(&b, "email", "p150@many.example", "phone"), "7");
    bench_close(&b);
}

/* ---- deletions ---- */

static void test_deletions__purged_between_two_polls__person_is_deactivated(void **state)
{
    bench b;
    char id[19];
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "")), 3);
    bench_crm_id(&b, "person", "email", "p1@many.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    assert_int_equal(orgsim_purge(b.scene.org, id), 0);
    bench_must_run(&b, IMPORT);
    assert_int_equal(inactive(&b, 3), 0);
    scene_pass(&b.scene, DAY);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.reason.crm_deleted"), 1);
    assert_int_equal(inactive(&b, 3), 1);
    explain(&b, id, "\"state\":\"deleted\"");
    scene_pass(&b.scene, DAY);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, IMPORT);
    /* two describes and the facts, daily; a poll; deletions, daily */
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    assert_int_equal(bench_count(&b, "import.Contact.input"), 0);
    bench_close(&b);
}

/* Nobody knows whether it was deleted: it is paused, and nobody is deactivated. */
static void test_deletions__away_for_longer_than_they_are_kept__reconciled_and_paused(void **state)
{
    bench b;
    char id[19];
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "") ",\"limits\":{\"reconcile_days\":0}"), 60);
    bench_crm_id(&b, "person", "email", "p1@many.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    assert_int_equal(orgsim_purge(b.scene.org, id), 0);
    scene_pass(&b.scene, 20 * DAY);
    bench_must_run(&b, IMPORT | RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.vanished"), 1);
    assert_int_equal(inactive(&b, 60), 0);
    explain(&b, id, "\"state\":\"vanished\"");
    bench_close(&b);
}

/* ---- 8: access is taken away ---- */

#define BOTH "\"create\":{\"in\":true,\"out\":true},"
#define OUT  ",\"export\":{\"mode\":\"contacts\"}"

static void test_trap8__sharing_removed_from_half__job_stops_and_nothing_changes(void **state)
{
    bench b;
    char *before, *after;
    (void)state;
    begin(&b, CONFIG(CONTACTS("both", BOTH) OUT), 100);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    scene_pass(&b.scene, 8 * DAY);
    before = scene_dump(&b.scene);
    must_switch(&b, "rows_hidden", "Contact:half");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(bench_run(&b, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_E_BREAKER);
        assert_non_null(strstr(b.host.last_error, "permission_loss"));
        assert_int_equal(bench_count(&b, "reconcile.Contact.vanished"), 0);
    }
    after = scene_dump(&b.scene);
    assert_string_equal(after, before);
    assert_int_equal(inactive(&b, 100), 0);
    must_switch(&b, "rows_hidden", "off");
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "writes.crm"), 0);
    free(before);
    free(after);
    bench_close(&b);
}

static void test_vanished__few__paused_and_not_made_again_until_back(void **state)
{
    bench b;
    (void)state;
    begin(&b, CONFIG(CONTACTS("both", BOTH) OUT), 150);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    long all = scene_rows(&b.scene, "Contact", NULL);
    must_switch(&b, "rows_hidden", "Contact:1");
    bench_must_run(&b, RECONCILE);
    uint64_t n = bench_count(&b, "reconcile.Contact.vanished");
    assert_true(n >= 1 && n <= 3);
    assert_int_equal(inactive(&b, 150), 0);
    scene_put(&b.scene, "person", "{\"id\":\"x\"}");
    assert_int_equal(bench_run(&b, CRMSYNC_PHASE_EXPORT, CRMSYNC_JOB_ALL), CRMSYNC_OK);
    assert_int_equal(bench_count(&b, "export.person.reason.vanished") +
                         bench_count(&b, "export.Contact.reason.vanished"),
                     n);
    must_switch(&b, "rows_hidden", "off");
    assert_int_equal(scene_rows(&b.scene, "Contact", NULL), all);
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.restored"), n);
    assert_int_equal(bench_count(&b, "import.Contact.reason.crm_undeleted"), n);
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.restored"), 0);
    bench_close(&b);
}

/* ---- values and rows that change without a stamp ---- */

static void test_formula__parent_is_renamed__value_is_read_again(void **state)
{
    bench b;
    char account[19];
    (void)state;
    begin(&b,
          CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON ","
                 "{\"local\":\"employer\",\"remote\":\"Account.Name\",\"export\":\"never\"}]}}"),
          40);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "employer"), "Acme Ltd");
    char *found = orgsim_query(b.scene.org, "SELECT Id FROM Account WHERE Name = 'Acme Ltd'", false);
    snprintf(account, sizeof account, "%.18s", strstr(found, "001"));
    orgsim_string_free(found);
    assert_int_equal(orgsim_update(b.scene.org, account, "{\"Name\":\"Acme AG\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "employer"), "Acme Ltd");
    bench_must_run(&b, RECONCILE);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "employer"), "Acme AG");
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 1);
    bench_close(&b);
}

static void test_filter__row_leaves_it__told_and_left_alone(void **state)
{
    bench b;
    char id[19];
    (void)state;
    begin(&b, CONFIG(CONTACTS("in", "\"filter\":\"LastName LIKE 'L%'\",")), 60);
    bench_crm_id(&b, "person", "email", "p3@many.example", id);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"LastName\":\"Out\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    bench_must_run(&b, RECONCILE);
    assert_int_equal(bench_count(&b, "reconcile.Contact.left_filter"), 1);
    assert_int_equal(bench_count(&b, "reconcile.Contact.vanished"), 0);
    assert_string_equal(bench_person(&b, "email", "p3@many.example", "last_name"), "L3");
    assert_int_equal(inactive(&b, 60), 0);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"LastName\":\"Lagain\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "email", "p3@many.example", "last_name"), "Lagain");
    bench_close(&b);
}

/* ---- killed anywhere ---- */

static void test_reconcile__process_dies_anywhere__next_one_finds_it_all(void **state)
{
    bench b;
    char id[19];
    (void)state;
    for (uint64_t at = 1; at < 60; at += 4) {
        for (int fault = FAULT_DEATH_BEFORE; fault <= FAULT_DEATH_AFTER; fault++) {
            begin(&b, CONFIG(CONTACTS("in", "")), 100);
            bench_crm_id(&b, "person", "email", "p70@many.example", id);
            must_switch(&b, "stamp_lag", "6000000");
            assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"7\"}"), 0);
            must_switch(&b, "stamp_lag", "off");
            bench_crm_id(&b, "person", "email", "p20@many.example", id);
            assert_int_equal(orgsim_delete(b.scene.org, id), 0);
            assert_int_equal(orgsim_purge(b.scene.org, id), 0);
            must_switch(&b, "purge_log", "1"); /* nobody will tell of it */
            scene_pass(&b.scene, HOUR);
            b.host.hooks.at = b.host.hooks.calls + at;
            b.host.hooks.fault = fault;
            bench_run(&b, RECONCILE, 0);
            bench_restart(&b, NULL);
            bench_must_run(&b, RECONCILE);
            bench_must_run(&b, IMPORT);
            assert_string_equal(bench_person(&b, "email", "p70@many.example", "phone"), "7");
            explain(&b, id, "\"state\":\"vanished\"");
            assert_int_equal(inactive(&b, 100), 0);
            bench_must_run(&b, RECONCILE);
            assert_int_equal(bench_count(&b, "writes.local"), 0);
            bench_close(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reconcile__commit_later_than_the_overlap__is_found),
        cmocka_unit_test(test_reconcile__week_has_passed__ordinary_run_does_it_once),
        cmocka_unit_test(test_reconcile__by_bulk__finds_the_same),
        cmocka_unit_test(test_deletions__purged_between_two_polls__person_is_deactivated),
        cmocka_unit_test(
            test_deletions__away_for_longer_than_they_are_kept__reconciled_and_paused),
        cmocka_unit_test(test_trap8__sharing_removed_from_half__job_stops_and_nothing_changes),
        cmocka_unit_test(test_vanished__few__paused_and_not_made_again_until_back),
        cmocka_unit_test(test_formula__parent_is_renamed__value_is_read_again),
        cmocka_unit_test(test_filter__row_leaves_it__told_and_left_alone),
        cmocka_unit_test(test_reconcile__process_dies_anywhere__next_one_finds_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
