/* What is told of a record: why it is as it is, and what is reserved while it is being made. */
#include "support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* The process ends when the first write is about to leave; look-ups go elsewhere. */
static void die_at_write(void *ctx, const hook_call *call, bool after)
{
    host *h = ctx;
    if (!after && call->what == HOOK_START && strstr(call->site, "composite/"))
        h->hooks.dead = true;
}

static const char *explained(host *h, const char *id)
{
    crmsync_str json;
    crmsync_error *err = NULL;
    int32_t rc = crmsync_workspace_explain(h->workspace, str("person"), str(id), &json, &err);
    crmsync_error_free(err);
    return rc ? "" : json.ptr;
}

static void test_explain__tells_the_claims_of_this_record_only(void **state)
{
    static const char claim[] =
        "\"claims\":[{\"kind\":\"person\",\"key_kind\":\"email\",\"key\":\"nia@newco.de\","
        "\"shipment\":\"";
    scene s;
    host h;
    (void)state;
    scene_open(&s, false, NULL);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    scene_put(&s, "person",
              "{\"id\":\"p\",\"last_name\":\"Lee\",\"company\":\"Newco\",\"status\":\"New\","
              "\"email\":\"Nia@newco.de\"}\n"
              "{\"id\":\"q\",\"last_name\":\"Ray\",\"company\":\"Other\",\"status\":\"New\","
              "\"email\":\"quin@other.com\"}");
    h.hooks.counting = true;
    h.hooks.on_call = die_at_write;
    h.hooks.on_call_ctx = &h;
    assert_int_not_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    host_stop(&h);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_CLAIM, "person/email/"), 2);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    const char *json = explained(&h, "p");
    const char *at = strstr(json, claim);
    assert_non_null(at);
    assert_null(strstr(json, "quin@other.com"));
    assert_null(strstr(at + strlen(claim), "\"key_kind\""));
    scene_pass(&s, 3600000);
    assert_int_not_equal(host_rest(&h, CRMSYNC_PHASE_SYNC, 10), 0);
    assert_non_null(strstr(explained(&h, "p"), "\"claims\":[]"));
    host_stop(&h);
    scene_close(&s);
}

/* ---- steps: why does this record, or this field, not arrive? ---- */

#define LEADS(rest)                                                                                \
    "{\"extends\":\"recommended\"," SCENE_CONNECTION                                               \
    ",\"export\":{\"mode\":\"by_status\",\"routes\":"                                              \
    "{\"New\":\"lead\",\"Interested\":\"contact\",\"Unsubscribed\":\"none\"}}" rest "}"
#define NIA(rest)                                                                                  \
    "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"nia@newco.example\",\"status\":\"New\"" rest  \
    "}"
#define STEP(step, answer) "{\"step\":\"" step "\",\"answer\":\"" answer "\""

typedef struct step_case {
    const char *name; /* begins with the requirement */
    const char *config, *person;
    const char *hidden;  /* field of the org that the user may not see */
    const char *want[3]; /* parts of the explanation, in this order */
    const char *never;
    bool run; /* a job has looked at it */
} step_case;

static const step_case step_cases[] = {
    {"B-106 creating is not enabled",
     LEADS(",\"objects\":{\"Lead\":{\"create\":{\"out\":false}}}"),
     NIA(",\"company\":\"Newco\""),
     NULL,
     {STEP("export",
           "yes") ",\"object\":\"Lead\",\"text\":\"changes are exported, new records are not\"",
      STEP("enabled", "no") ",\"object\":\"Lead\",\"reason\":\"op_disabled\"",
      "\"remedy\":\"Enable create or update for this direction"},
     "\"step\":\"result\"",
     false},
    {"B-106 the object is switched off",
     LEADS(",\"objects\":{\"Lead\":{\"direction\":\"off\"}}"),
     NIA(",\"company\":\"Newco\""),
     NULL,
     {STEP("import", "no") ",\"object\":\"Lead\",\"reason\":\"op_disabled\"",
      STEP("export", "no") ",\"object\":\"Lead\",\"reason\":\"op_disabled\"",
      STEP("enabled", "no")},
     NULL,
     false},
    {"B-106 there is no key",
     LEADS(""),
     "{\"id\":\"p\",\"last_name\":\"Lee\",\"status\":\"New\"}",
     NULL,
     {STEP("record", "yes"), STEP("match", "no"), STEP("key", "no") ",\"reason\":\"no_key\""},
     "\"step\":\"route\"",
     false},
    {"B-106 the status is mapped nowhere",
     LEADS(""),
     "{\"id\":\"p\",\"last_name\":\"Lee\",\"email\":\"nia@newco.example\",\"status\":\"Odd\"}",
     NULL,
     {STEP("key", "yes"), STEP("route", "no") ",\"reason\":\"unmapped_status\"",
      "\"remedy\":\"Map the status in export.routes"},
     NULL,
     false},
    {"B-106 the host marked it",
     LEADS(",\"local\":{\"do_not_sync\":\"private\"}"),
     NIA(",\"private\":true"),
     NULL,
     {STEP("record", "no") ",\"reason\":\"do_not_sync\"", "Clear the mark", ""},
     "\"step\":\"match\"",
     false},
    {"B-107 a field is not mapped",
     LEADS(""),
     NIA(",\"company\":\"Newco\",\"shoe_size\":\"42\""),
     NULL,
     {STEP("field", "written") ",\"local\":\"last_name\",\"remote\":\"LastName\"",
      STEP("result", "yes"),
      STEP("field",
           "left") ",\"object\":\"Lead\",\"local\":\"shoe_size\",\"reason\":\"not_mapped\""},
     NULL,
     false},
    {"B-58 the remedy is to map it",
     LEADS(""),
     NIA(",\"company\":\"Newco\",\"shoe_size\":\"42\""),
     NULL,
     {"\"reason\":\"not_mapped\"", "\"remedy\":\"Add it to objects.<Object>.fields.\"", ""},
     NULL,
     true},
    {"B-108 the field is hidden from the user",
     LEADS(""),
     NIA(",\"company\":\"Newco\",\"job_title\":\"CEO\""),
     "Lead.Title",
     {STEP("linked", "yes") ",\"object\":\"Lead\"",
      STEP("field",
           "left") ",\"local\":\"job_title\",\"remote\":\"Title\",\"reason\":\"invisible\"",
      "\"remedy\":\"Grant field-level access"},
     NULL,
     true},
    {"B-109 a required field has no value",
     LEADS(""),
     NIA(""),
     NULL,
     {STEP("route", "yes") ",\"object\":\"Lead\"",
      STEP("required", "no") ",\"object\":\"Lead\",\"reason\":\"required_missing\"",
      "required_defaults.\",\"detail\":\"Company\""},
     NULL,
     true},
    {"B-110 the mapped field does not exist",
     LEADS(",\"objects\":{\"Lead\":{\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"
           "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"company\",\"remote\":"
           "\"Company\"},"
           "{\"local\":\"shoe_size\",\"remote\":\"ShoeSize__c\",\"export\":\"overwrite\"}]}}"),
     NIA(",\"company\":\"Newco\",\"shoe_size\":\"42\""),
     NULL,
     {STEP("field",
           "left") ",\"local\":\"shoe_size\",\"remote\":\"ShoeSize__c\",\"reason\":\"invisible\"",
      "or correct the mapping", ""},
     NULL,
     true},
    {"B-106 nothing is wrong with it",
     LEADS(""),
     NIA(",\"company\":\"Newco\""),
     NULL,
     {STEP("match", "yes") ",\"object\":\"Lead\",\"reason\":\"match_link\"",
      STEP("result", "no") ",\"object\":\"Lead\",\"reason\":\"unchanged\"",
      STEP("last", "created") ",\"reason\":\"create_no_match\""},
     NULL,
     true},
};

static int check_steps(const step_case *c, const char *json)
{
    const char *at = strstr(json, "\"steps\":[");
    for (size_t i = 0; at && i < 3; i++) {
        const char *found = strstr(at, c->want[i]);
        if (!found) {
            print_error("%s: %s\n  is not told in %s\n", c->name, c->want[i], at);
        }
        at = found;
    }
    if (at && c->never && strstr(json, c->never)) {
        print_error("%s: %s is told in %s\n", c->name, c->never, json);
        return 1;
    }
    return !at;
}

static int run_step_case(const step_case *c)
{
    scene s;
    host h;
    scene_open(&s, false, c->config);
    if (c->hidden)
        assert_int_equal(orgsim_switch(s.org, "field_hidden", c->hidden), 0);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    scene_put(&s, "person", c->person);
    if (c->run) {
        assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
        host_stop(&h); /* a new process knows the org from the store alone */
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
    }
    int bad = check_steps(c, explained(&h, "p"));
    host_stop(&h);
    scene_close(&s);
    return bad;
}

static void test_explain__each_step_tells_why(void **state)
{
    int bad = 0;
    (void)state;
    for (size_t i = 0; i < sizeof step_cases / sizeof step_cases[0]; i++)
        bad += run_step_case(&step_cases[i]);
    assert_int_equal(bad, 0);
}

static void test_explain__a_record_nobody_knows_is_not_found(void **state)
{
    scene s;
    host h;
    crmsync_str json;
    (void)state;
    scene_open(&s, false, NULL);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_explain(h.workspace, str("person"), str("nobody"), &json, NULL),
        CRMSYNC_E_NOT_FOUND);
    assert_int_equal(json.len, 0);
    host_stop(&h);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__each_step_tells_why),
        cmocka_unit_test(test_explain__a_record_nobody_knows_is_not_found),
        cmocka_unit_test(test_explain__tells_the_claims_of_this_record_only),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
