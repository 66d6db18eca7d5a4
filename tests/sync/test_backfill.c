/* Backfills by bulk queries: the same as by queries, resumed wherever they are cut off, in memory that
 * does not grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

#define PEOPLE_ONLY                                                                                \
    "\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]}}"
#define FROM(n) PEOPLE_ONLY ",\"limits\":{\"bulk_query_from\":" n "}"

/* n contacts; the bench has two of its own. */
static void fill(bench *b, int from, int n)
{
    char fields[160], id[19];
    for (int i = from; i < from + n; i++) {
        snprintf(fields, sizeof fields,
                 "{\"FirstName\":\"F%d\",\"LastName\":\"L, \\\"%d\\\"\",\"Email\":\"p%d@many.example\"}",
                 i, i, i);
        assert_int_equal(orgsim_insert(b->scene.org, "Contact", fields, id), 0);
    }
    scene_pass(&b->scene, HOUR);
}

static const orgsim_options small_pages = {.query_page = 50};

static void test_backfill__many_records__bulk_brings_the_same_as_queries(void **state)
{
    bench b;
    char *by_query, *by_bulk;
    (void)state;
    bench_open(&b, &small_pages, CONFIG(FROM("0")));
    fill(&b, 0, 400);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 402);
    by_query = scene_dump(&b.scene);
    bench_close(&b);

    bench_open(&b, &small_pages, CONFIG(FROM("100")));
    fill(&b, 0, 400);
    assert_int_equal(orgsim_switch(b.scene.org, "bulk_page", "70"), 0);
    orgsim_transport_chunk(b.scene.transport, 97);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 402);
    crmsync_progress progress = CRMSYNC_PROGRESS_INIT;
    crmsync_job_progress(b.job, &progress);
    assert_int_equal(progress.total, 402);
    assert_int_equal(progress.done, 402);
    by_bulk = scene_dump(&b.scene);
    assert_string_equal(by_bulk, by_query);
    scene_pass(&b.scene, HOUR);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 1);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_read, 0);
    free(by_query);
    free(by_bulk);
    bench_close(&b);
}

/* What came in the first run is not saved again by the second. */
static void test_backfill__process_dies_between_pages__job_and_locator_go_on(void **state)
{
    bench b;
    (void)state;
    for (uint64_t at = 8; at < 60; at += 3) {
        bench_open(&b, &small_pages, CONFIG(FROM("100")));
        fill(&b, 0, 400);
        assert_int_equal(orgsim_switch(b.scene.org, "bulk_page", "20"), 0);
        b.host.hooks.at = b.host.hooks.calls + at;
        b.host.hooks.fault = FAULT_DEATH_AFTER;
        bench_run(&b, IMPORT, 0);
        bench_restart(&b, NULL);
        orgsim_usage_reset(b.scene.org);
        bench_must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "person"), 402);
        bench_must_run(&b, IMPORT);
        assert_int_equal(bench_count(&b, "writes.local"), 0);
        bench_close(&b);
    }
}

static const struct {
    const char *name, *part;
    enum orgsim_fault_kind kind;
} spoilt[] = {
    {"lost", "/results", ORGSIM_FAULT_LOST_AFTER}, {"cut", "/results", ORGSIM_FAULT_CUT},
    {"garbage", "/results", ORGSIM_FAULT_GARBAGE}, {"503", "/results", ORGSIM_FAULT_HTML_503},
    {"401", "/results", ORGSIM_FAULT_401},         {"500", "POST /services/data/v60.0/jobs/query",
                                                    ORGSIM_FAULT_500_AFTER},
    {"list", "/resultPages", ORGSIM_FAULT_CUT},    {"slow", "/results", ORGSIM_FAULT_SLOW},
};

static void test_backfill__page_is_lost_or_cut__it_is_read_again(void **state)
{
    bench b;
    (void)state;
    for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
        bench_open(&b, &small_pages, CONFIG(FROM("100")));
        fill(&b, 0, 300);
        assert_int_equal(orgsim_switch(b.scene.org, "bulk_page", "90"), 0);
        orgsim_transport_fault_on(b.scene.transport, spoilt[i].part, spoilt[i].kind);
        if (bench_run(&b, IMPORT, 0)) /* an answer that is none ends a run: the next one goes on */
            bench_must_run(&b, IMPORT);
        if (scene_count(&b.scene, "person") != 302)
            fail_msg("%s: %zu", spoilt[i].name, scene_count(&b.scene, "person"));
        bench_close(&b);
    }
}

static size_t peak;

static void sample(bench *b)
{
    peak = b->scene.counted.held > peak ? b->scene.counted.held : peak;
    b->before_save = sample;
}

static size_t peak_of(int people)
{
    bench b;
    peak = 0;
    bench_open(&b, NULL, CONFIG(FROM("100")));
    fill(&b, 0, people);
    orgsim_transport_chunk(b.scene.transport, 8192); /* one page: it is paused again and again */
    b.before_save = sample;
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), people + 2);
    bench_close(&b);
    return peak;
}

static void test_backfill__three_times_as_many__memory_does_not_grow(void **state)
{
    (void)state;
    size_t few = peak_of(4500), many = peak_of(13500);
    if (many > few + few / 4)
        fail_msg("%zu bytes for 4,500 records, %zu for 13,500", few, many);
}

/* Refused, failed or forgotten by the org: queries bring the rest. */
static void test_backfill__bulk_is_not_possible__queries_bring_the_rest(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, &small_pages, CONFIG(FROM("100")));
    fill(&b, 0, 300);
    assert_int_equal(orgsim_switch(b.scene.org, "fail", "POST /services/data/v60.0/jobs/query="
                                                       "FEATURENOTENABLED:9"),
                     0);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 302);
    bench_close(&b);

    bench_open(&b, &small_pages, CONFIG(FROM("100")));
    fill(&b, 0, 300);
    assert_int_equal(orgsim_switch(b.scene.org, "bulk_page", "20"), 0);
    b.fail_commit = 20; /* somewhere in the pages */
    assert_int_not_equal(bench_run(&b, IMPORT, 0), CRMSYNC_OK);
    scene_pass(&b.scene, 8ull * 24 * HOUR); /* longer than a job is kept */
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 302);
    bench_close(&b);
}

/* An org whose API version lists no pages gives one locator after the other. */
static void test_backfill__old_api_version__pages_one_by_one(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, &small_pages,
               "{\"connection\":{\"client_id\":\"orgsim-client\",\"redirect_uri\":"
               "\"http://127.0.0.1:9/cb\",\"login_host\":\"http://127.0.0.1\","
               "\"api_version\":\"57.0\",\"allow_loopback_http\":true}," FROM("100") "}");
    fill(&b, 0, 300);
    assert_int_equal(orgsim_switch(b.scene.org, "bulk_page", "70"), 0);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 302);
    bench_close(&b);
}

static void test_backfill__start_from_now__takes_what_is_new_and_what_is_linked(void **state)
{
    bench b;
    char id[19], old[19];
    (void)state;
    bench_open(&b, NULL,
               CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"start_from\":\"now\","
                      "\"fields\":[" PERSON "]}}"));
    assert_int_equal(orgsim_insert(b.scene.org, "Contact", "{\"LastName\":\"Old\",\"Email\":"
                                                          "\"old@many.example\"}", old), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 0);
    assert_int_equal(bench_count(&b, "import.Contact.reason.not_in_segment"), 1);
    scene_pass(&b.scene, MINUTE);
    assert_int_equal(orgsim_insert(b.scene.org, "Contact", "{\"LastName\":\"New\",\"Email\":"
                                                          "\"new@many.example\"}", id), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 1);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, old, "{\"Phone\":\"1\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "person"), 2);
    assert_string_equal(bench_person(&b, "email", "old@many.example", "phone"), "1");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backfill__many_records__bulk_brings_the_same_as_queries),
        cmocka_unit_test(test_backfill__process_dies_between_pages__job_and_locator_go_on),
        cmocka_unit_test(test_backfill__page_is_lost_or_cut__it_is_read_again),
        cmocka_unit_test(test_backfill__three_times_as_many__memory_does_not_grow),
        cmocka_unit_test(test_backfill__bulk_is_not_possible__queries_bring_the_rest),
        cmocka_unit_test(test_backfill__old_api_version__pages_one_by_one),
        cmocka_unit_test(test_backfill__start_from_now__takes_what_is_new_and_what_is_linked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
