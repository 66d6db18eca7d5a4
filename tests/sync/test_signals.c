/* Signals over several runs: what rules write and which tasks they make, once, whoever dies. */
#include "support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PERSON                                                                                     \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                               \
    "{\"local\":\"email\",\"remote\":\"Email\"}"

#define WORK (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_CAMPAIGNS)

static const char config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Contact\":{\"direction\":\"out\"," PERSON "]},"
    "\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}," PERSON
    ",{\"local\":\"company\",\"remote\":\"Company\"}]}},\"activities\":{\"park_days\":2},"
    "\"signals\":[{\"name\":\"trial\",\"fields\":{\"Description\":\"Trial of {product}\"},"
    "\"task\":{\"subject\":\"Call about {product}\",\"due_days\":3,\"priority\":\"high\"}},"
    "{\"name\":\"trial\",\"task\":{\"subject\":\"Send the guide\"}}]}";

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"Acme\"}],"
    "\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\",\"AccountId\":\"@a\"}]}";

typedef struct stage {
    scene s;
    host h;
} stage;

static void open_stage(stage *t)
{
    memset(t, 0, sizeof *t);
    scene_open(&t->s, false, config);
    host_start(&t->h, &t->s, false);
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
    host_connect(&t->h);
    scene_pass(&t->s, 3600000);
    scene_seed(&t->s, seed);
    scene_put(&t->s, "person",
              "{\"id\":\"ann\",\"last_name\":\"Lee\",\"email\":\"ann@acme.com\"}\n");
    assert_int_equal(host_run(&t->h, WORK, 0), CRMSYNC_OK);
    scene_pass(&t->s, 60000);
}

static void close_stage(stage *t)
{
    assert_int_equal(t->h.miscounted, 0);
    host_stop(&t->h);
    scene_close(&t->s);
}

static void notice(stage *t, const char *id, const char *person, const char *name)
{
    char line[300];
    snprintf(line, sizeof line,
             "{\"id\":\"%s\",\"name\":\"%s\",\"person_id\":\"%s\",\"product\":\"Pro\","
             "\"at\":\"2026-01-21T10:00:00Z\"}\n",
             id, name, person);
    scene_put(&t->s, "signal", line);
}

static void run(stage *t)
{
    scene_pass(&t->s, 60000);
    if (host_run(&t->h, WORK, 0))
        fail_msg("run: %s", t->h.last_error);
}

static void test_signal__writes_fields_and_makes_tasks_once(void **state)
{
    stage t;
    (void)state;
    open_stage(&t);
    notice(&t, "s1", "ann", "trial");
    notice(&t, "s2", "ann", "nothing");
    run(&t);
    char *dump = orgsim_dump(t.s.org, "Contact");
    assert_non_null(strstr(dump, "Description=\"Trial of Pro\""));
    orgsim_string_free(dump);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 2);
    assert_int_equal(scene_rows(&t.s, "Task", "Subject = 'Call about Pro' AND Priority = 'High' AND "
                                              "ActivityDate = 2026-01-24 AND WhoId != null"), 1);
    run(&t);
    assert_int_equal(host_run(&t.h, WORK, CRMSYNC_JOB_ALL), CRMSYNC_OK);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 2);

    notice(&t, "s3", "ann", "trial"); /* another one is another call */
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 4);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_CLAIM, ""), 0);
    close_stage(&t);
}

static void test_signal__of_somebody_not_in_the_crm_waits(void **state)
{
    stage t;
    (void)state;
    open_stage(&t);
    notice(&t, "s1", "new", "trial");
    notice(&t, "s2", "never", "trial");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", NULL), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 2);
    scene_put(&t.s, "person",
              "{\"id\":\"new\",\"last_name\":\"Ray\",\"company\":\"Ray\",\"email\":\"ray@ray.io\"}\n");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Task", "Who.Type = 'Lead'"), 2);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person"), 1);
    scene_pass(&t.s, UINT64_C(3) * 86400000);
    run(&t);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, ""), 0);
    close_stage(&t);
}

static void restart(stage *t)
{
    host_stop(&t->h);
    scene_pass(&t->s, 1000);
    host_start(&t->h, &t->s, false);
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
}

static void test_faults__at_every_call_end_as_the_undisturbed_run(void **state)
{
    static const int faults[] = {FAULT_DEATH_BEFORE, FAULT_DEATH_AFTER,
                                 FAULT_FAIL,         FAULT_UNKNOWN_LOST,
                                 FAULT_CONFLICT,     FAULT_HTTP + ORGSIM_FAULT_LOST_BEFORE,
                                 FAULT_HTTP + ORGSIM_FAULT_LOST_AFTER,
                                 FAULT_HTTP + ORGSIM_FAULT_LATE_EFFECT};
    static hook_call log[400];
    stage t;
    (void)state;
    open_stage(&t);
    notice(&t, "s1", "ann", "trial");
    t.h.hooks.log = log;
    t.h.hooks.log_cap = 400;
    t.h.hooks.counting = true;
    assert_int_equal(host_run(&t.h, WORK, 0), CRMSYNC_OK);
    uint64_t calls = t.h.hooks.calls;
    t.h.hooks.counting = false;
    char *wanted = orgsim_dump(t.s.org, "Task,Contact");
    close_stage(&t);
    assert_in_range(calls, 10, 400);
    for (uint64_t at = 1; at <= calls; at++) {
        for (size_t f = at % 2; f < sizeof faults / sizeof faults[0]; f += 2) {
            if (!hook_fault_applies(log[at - 1].what, faults[f]))
                continue;
            open_stage(&t);
            notice(&t, "s1", "ann", "trial");
            t.h.hooks.counting = true;
            t.h.hooks.at = at;
            t.h.hooks.fault = faults[f];
            host_run(&t.h, WORK, 0);
            t.h.hooks.counting = false;
            restart(&t);
            if (!host_rest(&t.h, WORK, 16))
                fail_msg("call %d %s, %s: no rest", (int)at, log[at - 1].site,
                         hook_fault_name(faults[f]));
            char *got = orgsim_dump(t.s.org, "Task,Contact");
            if (strcmp(got, wanted) != 0)
                fail_msg("call %d %s, %s:\n%s\ninstead of\n%s", (int)at, log[at - 1].site,
                         hook_fault_name(faults[f]), got, wanted);
            orgsim_string_free(got);
            close_stage(&t);
        }
    }
    orgsim_string_free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal__writes_fields_and_makes_tasks_once),
        cmocka_unit_test(test_signal__of_somebody_not_in_the_crm_waits),
        cmocka_unit_test(test_faults__at_every_call_end_as_the_undisturbed_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
