/*
 * Out of memory at each allocation in turn, over an export and an import: the job says so or gets
 * along without, nothing is held afterwards, and a run with memory converges as if nothing had been.
 *
 * Without arguments a sample; `--all`: every allocation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define ROUNDS 16

static uint64_t sample_size = 60;
static bool all;
static const char *config; /* NULL = the scene's */

static void fill(scene *s)
{
    scene_seed(s, "{\"Account\":[{\"Name\":\"Acme\",\"Website\":\"acme.com\",\"_ref\":\"a\"}],"
                  "\"Contact\":[{\"LastName\":\"Known\",\"Email\":\"known@acme.com\",\"AccountId\":\"@a\"}],"
                  "\"Lead\":[{\"LastName\":\"Old\",\"Company\":\"X\",\"Email\":\"old@x.com\"},"
                  "{\"LastName\":\"Only there\",\"Company\":\"Y\",\"Email\":\"there@y.com\"}]}");
    scene_put(s, "person",
              "{\"id\":\"p1\",\"last_name\":\"Known\",\"email\":\"known@acme.com\",\"job_title\":\"CEO\",\"status\":\"Interested\"}\n"
              "{\"id\":\"p2\",\"last_name\":\"Old\",\"email\":\"old@x.com\",\"phone\":\"1\",\"status\":\"New\"}\n"
              "{\"id\":\"p3\",\"last_name\":\"New\",\"email\":\"new@newco.com\",\"company\":\"Newco\",\"website\":\"newco.com\",\"status\":\"Interested\",\"owner\":\"ada@example.com\"}\n"
              "{\"id\":\"p4\",\"last_name\":\"Lead\",\"email\":\"lead@leadco.com\",\"company\":\"Leadco\",\"status\":\"New\"}\n"
              "{\"id\":\"p5\",\"last_name\":\"Lead\",\"email\":\"LEAD@leadco.com\",\"company\":\"Leadco\",\"status\":\"New\"}\n");
    scene_put(s, "activity",
              "{\"id\":\"a1\",\"kind\":\"call\",\"person_id\":\"p4\",\"at\":\"2026-01-10T10:00:00Z\",\"subject\":\"Call\"}\n"
              "{\"id\":\"a2\",\"kind\":\"note\",\"person_id\":\"p3\",\"at\":\"2026-01-10T10:00:00Z\",\"subject\":\"Note\",\"body\":\"text\"}\n");
}

/* One run with request number `fail_at` refused, then with memory to rest. Gives how many requests
 * the undisturbed run made, and what both sides are like in the end. */
static char *run(uint32_t phases, uint64_t fail_at, uint64_t *requests)
{
    scene s;
    host h;
    scene_open(&s, false, config);
    fill(&s);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    uint64_t before = s.counted.requests;
    s.counted.fail_at = fail_at ? before + fail_at : 0;
    int32_t rc = host_run(&h, phases, 0);
    s.counted.fail_at = 0;
    if (rc != CRMSYNC_OK && rc != CRMSYNC_E_NOMEM)
        fail_msg("allocation %llu: %d %s", (unsigned long long)fail_at, rc, h.last_error);
    if (requests)
        *requests = s.counted.requests - before;
    if (host_rest(&h, phases, ROUNDS) == 0)
        fail_msg("allocation %llu: not at rest: %s", (unsigned long long)fail_at, h.last_error);
    assert_int_equal(scene_duplicates(&s), 0);
    if (h.miscounted)
        fail_msg("allocation %llu: %llu reports do not add up", (unsigned long long)fail_at,
                 (unsigned long long)h.miscounted);
    char *dump = scene_dump(&s);
    host_stop(&h);
    scene_close(&s); /* asserts that nothing is held */
    return dump;
}

static void sweep(uint32_t phases, const char *name)
{
    uint64_t requests = 0, points = 0, failures = 0;
    char *expected = run(phases, 0, &requests);
    uint64_t step = all || requests < sample_size ? 1 : requests / sample_size;
    for (uint64_t at = 1; at <= requests; at += step, points++) {
        char *got = run(phases, at, NULL);
        if (strcmp(expected, got) != 0) {
            print_message("allocation %llu: other data\n", (unsigned long long)at);
            failures++;
        }
        free(got);
    }
    assert_int_equal(failures, 0);
    print_message("# %s: %llu allocations, %llu points\n", name, (unsigned long long)requests,
                  (unsigned long long)points);
    free(expected);
}

static void test_export__out_of_memory_anywhere__says_so_and_converges(void **state)
{
    (void)state;
    sweep(CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES, "export");
}

static void test_bulk_export__out_of_memory_anywhere__says_so_and_converges(void **state)
{
    char text[4000];
    const char *rest = strstr(scene_config, "\"connection\"");
    (void)state;
    assert_non_null(rest);
    snprintf(text, sizeof text, "{\"extends\":\"recommended\",\"limits\":{\"bulk_from\":1},%s", rest);
    config = text;
    sweep(CRMSYNC_PHASE_EXPORT, "bulk export");
    config = NULL;
}

static void test_import__out_of_memory_anywhere__says_so_and_converges(void **state)
{
    (void)state;
    sweep(CRMSYNC_PHASE_IMPORT, "import");
}

/* Opening and connecting, too: whatever fails leaves nothing behind. */
static void test_open__out_of_memory_anywhere__leaves_nothing(void **state)
{
    (void)state;
    uint64_t points = 0;
    for (uint64_t at = 1;; at++, points++) {
        scene s;
        host h;
        scene_open(&s, false, NULL);
        host_start(&h, &s, false);
        uint64_t before = s.counted.requests;
        s.counted.fail_at = before + at;
        int32_t rc = host_open(&h);
        bool reached = s.counted.requests >= before + at;
        s.counted.fail_at = 0;
        host_stop(&h);
        scene_close(&s);
        if (!reached)
            break;
        assert_true(rc == CRMSYNC_E_NOMEM || rc == CRMSYNC_OK);
    }
    assert_true(points > 3);
}

/* The configuration: every allocation of parsing. */
static void test_config__out_of_memory_anywhere__leaves_nothing(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        scene s;
        crmsync_config *parsed = NULL;
        scene_open(&s, false, NULL);
        s.counted.fail_at = s.counted.requests + at;
        int32_t rc = crmsync_config_parse(&s.alloc, (crmsync_str){scene_config, strlen(scene_config)},
                                          &parsed, NULL);
        bool reached = s.counted.requests >= s.counted.fail_at;
        s.counted.fail_at = 0;
        crmsync_config_free(parsed);
        scene_close(&s);
        if (!reached) {
            assert_int_equal(rc, CRMSYNC_OK);
            break;
        }
        assert_true(rc == CRMSYNC_E_NOMEM || rc == CRMSYNC_OK);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__out_of_memory_anywhere__leaves_nothing),
        cmocka_unit_test(test_open__out_of_memory_anywhere__leaves_nothing),
        cmocka_unit_test(test_export__out_of_memory_anywhere__says_so_and_converges),
        cmocka_unit_test(test_bulk_export__out_of_memory_anywhere__says_so_and_converges),
        cmocka_unit_test(test_import__out_of_memory_anywhere__says_so_and_converges),
    };
    all = argc > 1 && strcmp(argv[1], "--all") == 0;
    return cmocka_run_group_tests_name("out of memory", tests, NULL, NULL);
}
