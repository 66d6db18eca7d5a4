/* What is told of a record while its CRM record is being made. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__tells_the_claims_of_this_record_only),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
