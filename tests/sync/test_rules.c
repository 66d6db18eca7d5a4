/* Rules that need both sides and several runs: links, flags, counts and owners, over whole jobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define HOUR 3600000
#define SYNC (CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT)

static const char config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"User\":{\"direction\":\"in\",\"fields\":["
    "{\"local\":\"email\",\"remote\":\"Email\"}]},"
    "\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true},\"fields\":["
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"},"
    "{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"opted_out\",\"remote\":\"HasOptedOutOfEmail\",\"reduce\":\"or\"},"
    "{\"local\":\"visits\",\"remote\":\"NumberOfEmployees\",\"reduce\":\"sum\"},"
    "{\"local\":\"seen\",\"remote\":\"Description\",\"reduce\":\"append\"},"
    "{\"template\":\"https://app.example/p/{email}\",\"remote\":\"Website\"}],"
    "\"status\":{\"values\":{\"New\":\"Open - Not Contacted\",\"Warm\":\"Working - Contacted\"},"
    "\"inverse\":{\"Open - Not Contacted\":\"New\",\"Working - Contacted\":\"Warm\"}}}},"
    "\"owner\":{\"apply\":\"two_way\"},\"export\":{\"mode\":\"leads\"}}";

typedef struct bench {
    scene scene;
    host host;
} bench;

static void run(bench *b)
{
    scene_pass(&b->scene, HOUR);
    int32_t rc = host_run(&b->host, SYNC, 0);
    if (rc)
        fail_msg("%s: %s", crmsync_code_name(rc), b->host.last_error);
}

static void begin(bench *b)
{
    memset(b, 0, sizeof *b);
    scene_open(&b->scene, false, config);
    host_start(&b->host, &b->scene, false);
    assert_int_equal(host_open(&b->host), CRMSYNC_OK);
    host_connect(&b->host);
}

/* What is at rest stays at rest. */
static void end(bench *b)
{
    orgsim_usage before, after;
    run(b);
    run(b);
    before = orgsim_usage_get(b->scene.org);
    run(b);
    after = orgsim_usage_get(b->scene.org);
    assert_int_equal(after.rows_updated, before.rows_updated);
    assert_int_equal(after.rows_created, before.rows_created);
    host_stop(&b->host);
    scene_close(&b->scene);
}

static void assert_rows(bench *b, const char *where, long n)
{
    if (orgsim_count(b->scene.org, "Lead", where) != n) {
        char *dump = orgsim_dump(b->scene.org, "Lead");
        fail_msg("%s: not %ld of %s", where, n, dump);
    }
}

static const char *local(bench *b, const char *field)
{
    return scene_value(&b->scene, "person", "email", "ann@acme.example", field);
}

static void put(bench *b, const char *fields)
{
    char line[400];
    snprintf(line, sizeof line,
             "{\"id\":\"p1\",\"last_name\":\"Lee\",\"email\":\"ann@acme.example\","
             "\"company\":\"Acme\"%s}", fields);
    scene_put(&b->scene, "person", line);
}

static void change(bench *b, const char *fields)
{
    char id[19];
    snprintf(id, sizeof id, "%s", local(b, "crm_id"));
    assert_int_equal(orgsim_update(b->scene.org, id, fields), 0);
}

static void test_template__an_imported_person_gets_the_link_from_the_next_export(void **state)
{
    bench b;
    (void)state;
    begin(&b);
    scene_seed(&b.scene, "{\"Lead\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.example\","
                         "\"Company\":\"Acme\"}]}");
    run(&b);
    run(&b);
    assert_rows(&b, "Website = 'https://app.example/p/ann%40acme.example'", 1);
    end(&b);
}

static void test_reduce_or__an_opt_out_on_either_side_holds_on_both(void **state)
{
    bench b;
    (void)state;
    begin(&b);
    put(&b, ",\"opted_out\":false");
    run(&b);
    assert_rows(&b, "HasOptedOutOfEmail = false", 1);
    change(&b, "{\"HasOptedOutOfEmail\":true}");
    run(&b);
    assert_string_equal(local(&b, "opted_out"), "true");
    put(&b, ",\"opted_out\":false");
    run(&b);
    assert_string_equal(local(&b, "opted_out"), "true");
    assert_rows(&b, "HasOptedOutOfEmail = true", 1);
    end(&b);
}

static void test_reduce_sum__steps_of_both_sides_are_counted_once(void **state)
{
    bench b;
    (void)state;
    begin(&b);
    put(&b, ",\"visits\":10");
    run(&b);
    assert_rows(&b, "NumberOfEmployees = 10", 1);
    change(&b, "{\"NumberOfEmployees\":25}");
    put(&b, ",\"visits\":12");
    run(&b);
    run(&b);
    assert_rows(&b, "NumberOfEmployees = 27", 1);
    put(&b, ",\"visits\":13");
    run(&b);
    assert_rows(&b, "NumberOfEmployees = 28", 1);
    assert_string_equal(local(&b, "visits"), "13");
    end(&b);
}

static void test_reduce_append__both_sides_come_to_one_list(void **state)
{
    bench b;
    (void)state;
    begin(&b);
    put(&b, ",\"seen\":\"pricing\"");
    run(&b);
    change(&b, "{\"Description\":\"pricing\\ndemo\"}");
    put(&b, ",\"seen\":\"pricing\\ndocs\"");
    run(&b);
    run(&b);
    assert_string_equal(local(&b, "seen"), "pricing\ndemo\ndocs");
    end(&b);
}

static void test_owner__changes_on_either_side_reach_the_other(void **state)
{
    bench b;
    char ben[19] = "", fields[80];
    (void)state;
    begin(&b);
    put(&b, ",\"owner\":\"ada@example.com\"");
    run(&b);
    assert_rows(&b, "Owner.Email = 'ada@example.com'", 1);
    char *found = orgsim_query(b.scene.org, "SELECT Id FROM User WHERE Email = 'ben@example.com'",
                               false);
    const char *id = strstr(found, "\"Id\":\"");
    assert_non_null(id);
    snprintf(ben, sizeof ben, "%.18s", id + 6);
    orgsim_string_free(found);
    snprintf(fields, sizeof fields, "{\"OwnerId\":\"%s\"}", ben);
    change(&b, fields);
    run(&b);
    assert_string_equal(local(&b, "owner"), "ben@example.com");
    put(&b, ",\"owner\":\"cleo@example.com\"");
    run(&b);
    assert_rows(&b, "Owner.Email = 'cleo@example.com'", 1);
    assert_string_equal(local(&b, "owner"), "cleo@example.com");
    end(&b);
}

static void test_status__a_change_after_the_create_goes_out(void **state)
{
    bench b;
    (void)state;
    begin(&b);
    put(&b, ",\"status\":\"New\"");
    run(&b);
    put(&b, ",\"status\":\"Warm\"");
    run(&b);
    assert_rows(&b, "Status = 'Working - Contacted'", 1);
    assert_string_equal(local(&b, "status"), "Warm");
    change(&b, "{\"Status\":\"Open - Not Contacted\"}");
    run(&b);
    assert_string_equal(local(&b, "status"), "New");
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template__an_imported_person_gets_the_link_from_the_next_export),
        cmocka_unit_test(test_reduce_or__an_opt_out_on_either_side_holds_on_both),
        cmocka_unit_test(test_reduce_sum__steps_of_both_sides_are_counted_once),
        cmocka_unit_test(test_reduce_append__both_sides_come_to_one_list),
        cmocka_unit_test(test_status__a_change_after_the_create_goes_out),
        cmocka_unit_test(test_owner__changes_on_either_side_reach_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
