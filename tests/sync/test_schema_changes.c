/* The org's fields, objects and record types change under a running sync; and imports under review. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

#define DAY    (24ull * HOUR)
#define EXPORT CRMSYNC_PHASE_EXPORT
#define BOTH                                                                                       \
    "\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":["                                \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\",\"import\":\"two_way\",\"export\":"        \
    "\"overwrite\"},{\"local\":\"last_name\",\"remote\":\"LastName\"},"                            \
    "{\"local\":\"email\",\"remote\":\"Email\"},"                                                  \
    "{\"local\":\"title\",\"remote\":\"Title\",\"import\":\"two_way\",\"export\":\"overwrite\","   \
    "\"propagate_null\":true}]}},\"export\":{\"mode\":\"contacts\"}"

static void must_switch(bench *b, const char *name, const char *value)
{
    assert_int_equal(orgsim_switch(b->scene.org, name, value), 0);
}

static void set_title(bench *b, const char *email, const char *title)
{
    char line[200], id[64];
    snprintf(id, sizeof id, "%s", bench_person(b, "email", email, "id"));
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"title\":\"%s\"}", id, title);
    scene_put(&b->scene, "person", line);
}

/* ---- 10 ---- */

static void test_trap10__field_hidden_and_shown_again__merged_on_the_old_base(void **state)
{
    bench b;
    char ann[19], bob[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(BOTH));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "ann@acme.example", ann);
    bench_crm_id(&b, "person", "email", "bob@globex.example", bob);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, ann, "{\"Title\":\"CEO\"}"), 0);
    assert_int_equal(orgsim_update(b.scene.org, bob, "{\"Title\":\"CTO\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "title"), "CEO");

    must_switch(&b, "field_hidden", "Contact.Title");
    scene_pass(&b.scene, 2 * DAY);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "describe.Contact.fields_removed"), 1);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "title"), "CEO");
    set_title(&b, "bob@globex.example", "Chief");
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&b.scene, "Contact", "Title = 'CTO'"), 1);
    assert_int_equal(orgsim_update(b.scene.org, ann, "{\"Title\":\"Founder\"}"), 0);

    must_switch(&b, "field_hidden", "off");
    scene_pass(&b.scene, 2 * DAY);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "title"), "Founder");
    assert_int_equal(scene_rows(&b.scene, "Contact", "Title = 'Chief'"), 1);
    bench_close(&b);
}

static void test_invalid_field__goes_while_a_job_reads__same_job_goes_on_without_it(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(BOTH));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "ann@acme.example", id);
    scene_pass(&b.scene, HOUR);
    must_switch(&b, "field_hidden", "Contact.Title");
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"FirstName\":\"Anna\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "first_name"), "Anna");
    assert_int_equal(bench_count(&b, "describe.Contact.fields_removed"), 1);
    bench_close(&b);
}

static void test_object_hidden__others_go_on_and_it_comes_back(void **state)
{
    bench b;
    char ann[19], cat[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "ann@acme.example", ann);
    bench_crm_id(&b, "person", "email", "cat@initech.example", cat);
    must_switch(&b, "object_hidden", "Lead");
    scene_pass(&b.scene, 2 * DAY);
    assert_int_equal(orgsim_update(b.scene.org, ann, "{\"Phone\":\"1\"}"), 0);
    assert_int_equal(orgsim_update(b.scene.org, cat, "{\"Phone\":\"2\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "phone"), "1");
    assert_string_equal(bench_person(&b, "email", "cat@initech.example", "phone"), "");
    assert_string_equal(bench_person(&b, "email", "cat@initech.example", "inactive"), "");
    must_switch(&b, "object_hidden", "off");
    scene_pass(&b.scene, 2 * DAY);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_string_equal(bench_person(&b, "email", "cat@initech.example", "phone"), "2");
    bench_close(&b);
}

/* ---- a refresh that is asked for ---- */

static void test_describe__asked_for__tells_what_came_and_went(void **state)
{
    bench b;
    crmsync_rows *rows = NULL;
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    (void)state;
    bench_open(&b, NULL, CONFIG(BOTH));
    bench_must_run(&b, IMPORT);
    scene_pass(&b.scene, MINUTE);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, CRMSYNC_PHASE_DESCRIBE); /* nothing changed: answers without bodies */
    assert_int_equal(bench_count(&b, "describe.Contact.fields_added"), 0);
    must_switch(&b, "field_add", "Contact.Tier__c:picklist!:Gold|Silver");
    must_switch(&b, "field_add", "Contact.Old__c:string");
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, CRMSYNC_PHASE_DESCRIBE);
    assert_int_equal(bench_count(&b, "describe.Contact.fields_added"), 2);
    must_switch(&b, "field_drop", "Contact.Old__c");
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, CRMSYNC_PHASE_DESCRIBE);
    assert_int_equal(bench_count(&b, "describe.Contact.fields_removed"), 1);
    filter.operation = text_of("describe");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    crmsync_rows_free(rows);
    bench_close(&b);
}

/* ---- a field that was made after the org was described ---- */

#define WITH(field)                                                                                \
    "\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":["                                \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                           \
    "{\"local\":\"email\",\"remote\":\"Email\"},"                                                  \
    "{\"local\":\"tier\",\"remote\":\"" field "\"}]}},\"export\":{\"mode\":\"contacts\"}"

static void test_describe__new_field_mapped_within_the_day__object_is_read_anew(void **state)
{
    bench b;
    char line[200], id[64];
    (void)state;
    bench_open(&b, NULL, CONFIG(BOTH));
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    must_switch(&b, "field_add", "Contact.Tier__c:string");
    scene_pass(&b.scene, MINUTE);
    bench_restart(&b, CONFIG(WITH("Tier__c")));
    snprintf(id, sizeof id, "%s", bench_person(&b, "email", "ann@acme.example", "id"));
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"tier\":\"Gold\"}", id);
    scene_put(&b.scene, "person", line);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "describe.Contact.fields_added"), 1);
    assert_int_equal(scene_rows(&b.scene, "Contact", "Tier__c = 'Gold'"), 1);
    bench_close(&b);
}

static void test_describe__mapped_field_that_is_nowhere__asked_for_once(void **state)
{
    bench b;
    uint64_t with, after;
    (void)state;
    bench_open(&b, NULL, CONFIG(BOTH));
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    scene_pass(&b.scene, MINUTE);
    bench_restart(&b, CONFIG(WITH("Nowhere__c")));
    bench_must_run(&b, CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_RECOVER);
    with = bench_count(&b, "api.calls");
    bench_restart(&b, NULL);
    bench_must_run(&b, CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_RECOVER);
    after = bench_count(&b, "api.calls");
    assert_int_equal(with, after + 1);
    bench_close(&b);
}

/* ---- record types ---- */

#define LEADS                                                                                      \
    "\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true},\"fields\":["         \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"}," \
    "{\"local\":\"company\",\"remote\":\"Company\"},"                                              \
    "{\"local\":\"tier\",\"remote\":\"Tier__c\",\"export\":\"overwrite\",\"import\":\"local\"}],"  \
    "\"status\":{\"policy\":\"always\",\"values\":{\"new\":\"Open - Not Contacted\",\"warm\":"     \
    "\"Working - Contacted\"}}}}"
#define TYPE_PARTNER "012000000000001AAA"
#define TYPE_DIRECT  "012000000000002AAA"

static void test_record_type__value_it_does_not_permit__is_not_sent(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(LEADS));
    must_switch(&b, "field_add", "Lead.Tier__c:picklist!:Gold|Silver|Bronze");
    must_switch(&b, "record_type",
                "Lead.Partner=Tier__c=Gold|Silver;Status=Open - Not Contacted");
    must_switch(&b, "record_type", "Lead.Direct=Tier__c=Bronze");
    assert_int_equal(orgsim_insert(b.scene.org, "Lead",
                                   "{\"LastName\":\"Dee\",\"Email\":\"dee@acme.example\",\"Company\":"
                                   "\"Acme\",\"RecordTypeId\":\"" TYPE_DIRECT "\"}", id), 0);
    scene_put(&b.scene, "person",
              "{\"id\":\"g\",\"last_name\":\"Gee\",\"email\":\"gee@acme.example\",\"company\":\"A\","
              "\"tier\":\"Gold\",\"status\":\"new\"}\n"
              "{\"id\":\"b\",\"last_name\":\"Bee\",\"email\":\"bee@acme.example\",\"company\":\"A\","
              "\"tier\":\"Bronze\",\"status\":\"warm\"}\n"
              "{\"id\":\"d\",\"last_name\":\"Dee\",\"email\":\"dee@acme.example\",\"company\":\"Acme\","
              "\"tier\":\"Bronze\",\"status\":\"warm\"}");
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Gee' AND Tier__c = 'Gold'"), 1);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Bee' AND Tier__c = NULL"), 1);
    assert_int_equal(scene_rows(&b.scene, "Lead",
                                "LastName = 'Bee' AND Status = 'Working - Contacted'"),
                     0);
    assert_int_equal(scene_rows(&b.scene, "Lead", "LastName = 'Dee' AND Tier__c = 'Bronze'"), 1);
    assert_int_equal(scene_rows(&b.scene, "Lead",
                                "LastName = 'Dee' AND Status = 'Working - Contacted'"),
                     1);
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    assert_int_equal(bench_count(&b, "writes.crm"), 0);
    bench_close(&b);
}

/* ---- review ---- */

static void test_review__import_pages__stop_and_leave_out_what_was_excluded(void **state)
{
    bench b;
    crmsync_job_options options = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_job *job = NULL;
    crmsync_want want = CRMSYNC_WANT_INIT;
    size_t plans = 0;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    options.phases = IMPORT;
    options.flags = CRMSYNC_JOB_REVIEW;
    assert_int_equal(crmsync_job_new(b.host.workspace, &options, &job, NULL), CRMSYNC_OK);
    do {
        assert_int_equal(crmsync_job_step(job, &want, NULL), CRMSYNC_OK);
        if (want.what == CRMSYNC_WANT_PLAN) {
            crmsync_plan *plan = crmsync_job_plan(job);
            plans++;
            assert_non_null(plan);
            for (size_t i = 0; i < crmsync_plan_count(plan); i++) {
                crmsync_plan_op op = CRMSYNC_PLAN_OP_INIT;
                crmsync_plan_get(plan, i, &op);
                if (strncmp(op.object.ptr, "Lead", op.object.len) == 0)
                    assert_int_equal(crmsync_plan_exclude(plan, i, 1), CRMSYNC_OK);
            }
            assert_int_equal(crmsync_job_accept(job, NULL), CRMSYNC_OK);
        } else if (want.what != CRMSYNC_WANT_DONE) {
            assert_int_equal(crmsync_job_wait(job, want.timeout_ms, NULL), CRMSYNC_OK);
        }
    } while (want.what != CRMSYNC_WANT_DONE);
    assert_int_equal(plans, 5);
    assert_true(host_adds_up(job));
    assert_int_equal(host_counter(job, "import.Lead.reason.excluded"), 1);
    assert_int_equal(host_counter(job, "import.Contact.created"), 2);
    assert_int_equal(scene_count(&b.scene, "person"), 2);
    crmsync_job_free(job);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trap10__field_hidden_and_shown_again__merged_on_the_old_base),
        cmocka_unit_test(test_invalid_field__goes_while_a_job_reads__same_job_goes_on_without_it),
        cmocka_unit_test(test_object_hidden__others_go_on_and_it_comes_back),
        cmocka_unit_test(test_describe__asked_for__tells_what_came_and_went),
        cmocka_unit_test(test_describe__new_field_mapped_within_the_day__object_is_read_anew),
        cmocka_unit_test(test_describe__mapped_field_that_is_nowhere__asked_for_once),
        cmocka_unit_test(test_record_type__value_it_does_not_permit__is_not_sent),
        cmocka_unit_test(test_review__import_pages__stop_and_leave_out_what_was_excluded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
