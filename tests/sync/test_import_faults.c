/* Imports that are disturbed: edits meanwhile, crashes, pages that break off, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

static void edit_bob(bench *b)
{
    char json[160], id[64];
    snprintf(id, sizeof id, "%s", bench_person(b, "email", "bob@globex.example", "id"));
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"last_name\":\"Rayleigh\",\"note\":\"called\"}",
             id);
    scene_put(&b->scene, "person", json);
}

#define TWO_WAY(local, remote)                                                                     \
    "{\"local\":\"" local "\",\"remote\":\"" remote "\",\"import\":\"two_way\","                   \
    "\"export\":\"overwrite\"}"

/* Trap 5: what the host's user typed while the page was saved stays, and goes to the org. */
static void test_import__host_edit_during_save_survives(void **state)
{
    bench b;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    bench_open(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":["
                     TWO_WAY("last_name", "LastName") "," TWO_WAY("email", "Email") ","
                     TWO_WAY("phone", "Phone") "]}}"));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", bench_person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.before_save = edit_bob;
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "origin", id, "phone"), "+1 555 0100");
    assert_string_equal(bench_person(&b, "origin", id, "last_name"), "Rayleigh");
    assert_string_equal(bench_person(&b, "origin", id, "note"), "called");
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 1);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, text_of("person"), text_of(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"queue\":[{")); /* the export writes the name */
    bench_must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_count(b.scene.org, "Contact", "LastName = 'Rayleigh'"), 1);
    scene_pass(&b.scene, MINUTE);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, IMPORT | CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_updated, 0);
    assert_string_equal(bench_person(&b, "origin", id, "last_name"), "Rayleigh");
    bench_close(&b);
}

static void edit_bob_again(bench *b)
{
    edit_bob(b);
    b->before_save = edit_bob_again;
}

/* The host's record never holds still: the row waits for a later run and is not lost. */
static void test_import__row_that_cannot_be_finished_is_read_by_next_run(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.before_save = edit_bob_again;
    bench_must_run(&b, IMPORT);
    b.before_save = NULL;
    assert_int_equal(bench_count(&b, "import.Contact.held"), 1);
    assert_int_equal(bench_count(&b, "import.Contact.reason.save_conflict"), 1);
    assert_string_equal(bench_person(&b, "origin", id, "phone"), "");
    scene_pass(&b.scene, HOUR); /* beyond the overlap */
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "origin", id, "phone"), "+1 555 0100");
    orgsim_usage_reset(b.scene.org);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    bench_close(&b);
}

static void contact_id(bench *b, const char *email, char id[19])
{
    char soql[120];
    snprintf(soql, sizeof soql, "SELECT Id FROM Contact WHERE Email = '%s'", email);
    char *json = orgsim_query(b->scene.org, soql, false);
    const char *at = json ? strstr(json, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%s", at + 6);
    orgsim_string_free(json);
}

/* Trap 4: saved, not committed: the next run finds the record by its origin and converges. */
static void test_import__crash_between_save_and_commit_converges(void **state)
{
    int failures = 0;
    (void)state;
    for (uint64_t n = 1; n <= 20; n++) {
        bench b;
        char id[19];
        bench_open(&b, NULL, CONFIG(OBJECTS));
        b.fail_commit = n;
        int32_t rc = bench_run(&b, IMPORT, 0);
        b.fail_commit = 0;
        failures += rc != CRMSYNC_OK;
        contact_id(&b, "bob@globex.example", id);
        assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
        bench_restart(&b, NULL);
        scene_pass(&b.scene, 10 * MINUTE); /* the dead worker's lease */
        bench_must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "person"), 3);
        assert_int_equal(scene_count(&b.scene, "company"), 2);
        assert_int_equal(scene_count(&b.scene, "opportunity"), 1);
        assert_string_equal(bench_person(&b, "origin", id, "phone"), "+1 555 0100");
        assert_int_equal(orgsim_update(b.scene.org, id, "{\"LastName\":\"Rayleigh\"}"), 0);
        scene_pass(&b.scene, MINUTE);
        bench_must_run(&b, IMPORT);
        assert_string_equal(bench_person(&b, "email", "bob@globex.example", "last_name"), "Rayleigh");
        bench_close(&b);
    }
    assert_true(failures > 8);
}

static void seed_contacts(bench *b, int n)
{
    char fields[160], id[19];
    for (int i = 0; i < n; i++) {
        snprintf(fields, sizeof fields,
                 "{\"LastName\":\"Many %03d\",\"Email\":\"many%03d@initech.example\"}", i, i);
        assert_int_equal(orgsim_insert(b->scene.org, "Contact", fields, id), 0);
    }
}

static void test_import__small_pages_give_the_same(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    bench_open(&b, &org, CONFIG(OBJECTS));
    seed_contacts(&b, 50);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 52);
    scene_pass(&b.scene, HOUR);
    seed_contacts(&b, 30); /* the same people once more: second records of theirs */
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.reason.secondary"), 30);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    bench_close(&b);
}

/* Trap 7: more rows of one stamp than a page holds, and no locator lives. */
static void test_import__one_stamp_over_many_pages_without_locators_is_read_whole(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    bench_open(&b, &org, CONFIG(OBJECTS));
    assert_int_equal(orgsim_switch(b.scene.org, "locator_short", "on"), 0);
    bench_must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    seed_contacts(&b, 50);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 50);
    assert_int_equal(bench_count(&b, "import.Contact.input"), 50);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    bench_close(&b);
}

static void test_import__refused_values_are_reported_and_not_taken_for_settled(void **state)
{
    bench b;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", bench_person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.refuse = true;
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.reason.save_refused"), 1);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, text_of("person"), text_of(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "the host does not want it"));
    b.refuse = false;
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT); /* within the overlap it is offered again */
    assert_string_equal(bench_person(&b, "origin", id, "phone"), "+1 555 0100");
    bench_close(&b);
}

static void test_import__crash_in_backfill_goes_on_behind_last_page(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    bench_open(&b, &org, CONFIG(OBJECTS));
    seed_contacts(&b, 50);
    orgsim_transport_fault(b.scene.transport, 12, ORGSIM_FAULT_GARBAGE);
    assert_true(bench_run(&b, IMPORT, 0) != CRMSYNC_OK);
    uint64_t before = bench_count(&b, "read.Contact");
    assert_true(before > 0 && before < 52);
    bench_restart(&b, NULL);
    scene_pass(&b.scene, 10 * MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 52 - before);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    bench_close(&b);
}

/* Every 7th request of a whole import fails, one per run: nothing leaks, and the next run makes it
 * good. */
static void test_import__out_of_memory_leaks_nothing_and_converges(void **state)
{
    bool more = true;
    (void)state;
    for (uint64_t n = 1; more; n += 7) {
        bench b;
        counted_memory *memory = &b.scene.counted; /* closing the scene looks for leaks */
        bench_open(&b, NULL, CONFIG(OBJECTS));
        bench_restart(&b, NULL);
        memory->fail_at = memory->requests + n;
        int32_t rc = bench_run(&b, IMPORT, 0);
        more = memory->requests >= memory->fail_at;
        memory->fail_at = 0;
        assert_true(rc == CRMSYNC_OK || rc == CRMSYNC_E_NOMEM);
        bench_restart(&b, NULL);
        scene_pass(&b.scene, 10 * MINUTE);
        bench_must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "person"), 3);
        assert_int_equal(scene_count(&b.scene, "company"), 2);
        assert_int_equal(scene_count(&b.scene, "opportunity"), 1);
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__host_edit_during_save_survives),
        cmocka_unit_test(test_import__row_that_cannot_be_finished_is_read_by_next_run),
        cmocka_unit_test(test_import__one_stamp_over_many_pages_without_locators_is_read_whole),
        cmocka_unit_test(test_import__refused_values_are_reported_and_not_taken_for_settled),
        cmocka_unit_test(test_import__crash_between_save_and_commit_converges),
        cmocka_unit_test(test_import__small_pages_give_the_same),
        cmocka_unit_test(test_import__crash_in_backfill_goes_on_behind_last_page),
        cmocka_unit_test(test_import__out_of_memory_leaks_nothing_and_converges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
