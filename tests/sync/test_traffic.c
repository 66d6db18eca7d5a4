/* What leaves for the org in a run, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define FIELDS                                                                                     \
    "\"fields\":[{\"local\":\"first_name\",\"remote\":\"FirstName\"},"                             \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"}," \
    "{\"local\":\"company\",\"remote\":\"Company\"}]"

static const char leads_config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true}," FIELDS
    "}}}";
static const char deals_config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"both\"," FIELDS "},"
    "\"Opportunity\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"}]}}}";
static const char one_by_one_config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}," FIELDS
    "}},\"limits\":{\"packing\":\"one\"}}";
static const char people[] =
    "{\"id\":\"p1\",\"first_name\":\"Ada\",\"last_name\":\"One\",\"email\":\"ada@one.com\","
    "\"company\":\"One\",\"phone\":\"+1 555 0100\"}\n"
    "{\"id\":\"p2\",\"first_name\":\"Bea\",\"last_name\":\"Two\",\"email\":\"bea@two.com\","
    "\"company\":\"Two\",\"phone\":\"+1 555 0101\"}\n"
    "{\"id\":\"p3\",\"first_name\":\"Cay\",\"last_name\":\"Tri\",\"email\":\"cay@tri.com\","
    "\"company\":\"Tri\",\"phone\":\"+1 555 0102\"}";

/* A transport that keeps what it is given before it passes it on. */
typedef struct wire {
    crmsync_transport_ops ops; /* those of the simulated org, but for start */
    void *behind;
    char text[1 << 18]; /* a line for each request: method, URL, headers, body */
    size_t len;
} wire;

static void keep(wire *w, crmsync_str s)
{
    assert_true(w->len + s.len + 1 < sizeof w->text);
    if (s.len)
        memcpy(w->text + w->len, s.ptr, s.len);
    w->len += s.len;
    w->text[w->len] = '\0';
}

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static int32_t wire_start(void *ctx, const crmsync_http_request *r, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    wire *w = ctx;
    keep(w, r->method);
    keep(w, str(" "));
    keep(w, r->url);
    for (size_t i = 0; i < r->header_count; i++) {
        keep(w, str(" "));
        keep(w, r->headers[i].name);
        keep(w, str(": "));
        keep(w, r->headers[i].value);
    }
    keep(w, str(" "));
    keep(w, r->body);
    keep(w, str("\n"));
    return orgsim_transport_ops()->start(w->behind, r, sink, err);
}

static int32_t wire_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                         crmsync_error **err)
{
    return orgsim_transport_ops()->poll(((wire *)ctx)->behind, timeout_ms, sink, err);
}

static int32_t wire_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    return orgsim_transport_ops()->resume(((wire *)ctx)->behind, id, sink, err);
}

static void wire_cancel(void *ctx, uint64_t id)
{
    orgsim_transport_ops()->cancel(((wire *)ctx)->behind, id);
}

/* A process of the host that talks over the wire. */
static void start(scene *s, host *h, wire *w)
{
    host_start(h, s, false);
    memset(w, 0, sizeof *w);
    w->ops = *h->hooks.transport;
    w->ops.start = wire_start;
    w->ops.poll = wire_poll;
    w->ops.resume = wire_resume;
    w->ops.cancel = wire_cancel;
    w->behind = h->hooks.transport_ctx;
    h->hooks.transport = &w->ops;
    h->hooks.transport_ctx = w;
    assert_int_equal(host_open(h), CRMSYNC_OK);
}

/* An org that is connected, a host, and the wire between them. */
static void begin(scene *s, host *h, wire *w, const char *config)
{
    scene_open(s, false, config);
    start(s, h, w);
    host_connect(h);
}

static void end(scene *s, host *h)
{
    assert_int_equal(h->miscounted, 0);
    host_stop(h);
    scene_close(s);
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        n++;
    return n;
}

static void test_requests__of_a_run__name_what_is_configured_only(void **state)
{
    static const char *const foreign[] = {
        "Opportunity", "Task", "Phone", "Title", "Industry", "555"};
    (void)state;
    scene s;
    host h;
    wire *w = malloc(sizeof *w);
    assert_non_null(w);
    begin(&s, &h, w, leads_config);
    scene_put(&s, "person", people);
    scene_seed(&s, "{\"Lead\":[{\"LastName\":\"Four\",\"Company\":\"Four\",\"Email\":\"dan@four.com\","
                   "\"Phone\":\"+1 555 0103\"}]}");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 4);
    assert_int_equal(scene_count(&s, "person"), 4);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        const char *at = strstr(w->text, foreign[i]);
        if (at)
            fail_msg("%s is in a request: %.200s", foreign[i], at);
    }
    end(&s, &h);
    free(w);
}

static void test_statuses__of_an_object_configured_later__are_read_then(void **state)
{
    (void)state;
    scene s;
    host h;
    wire *w = malloc(sizeof *w);
    assert_non_null(w);
    begin(&s, &h, w, leads_config);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(times(w->text, "\"LeadStatus\""), 1);
    host_stop(&h);
    start(&s, &h, w);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(times(w->text, "\"LeadStatus\""), 0); /* still fresh */
    host_stop(&h);
    scene_configure(&s, deals_config);
    start(&s, &h, w);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_SYNC, 0), CRMSYNC_OK);
    assert_int_equal(times(w->text, "\"OpportunityStage\""), 1);
    assert_int_equal(times(w->text, "\"TaskStatus\""), 0);
    end(&s, &h);
    free(w);
}

static void test_create__of_leads__always_says_whether_rules_assign(void **state)
{
    (void)state;
    scene s;
    host h;
    wire *w = malloc(sizeof *w);
    assert_non_null(w);
    begin(&s, &h, w, leads_config);
    scene_put(&s, "person", people);
    w->len = 0;
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 3);
    assert_true(times(w->text, "Sforce-Auto-Assign") > 0);
    assert_int_equal(times(w->text, "Auto-Assign: TRUE") + times(w->text, "Auto-Assign\":\"TRUE"), 0);
    end(&s, &h);
    free(w);
}

static void test_packing_one__three_people__three_writes(void **state)
{
    (void)state;
    scene s;
    host h;
    wire *w = malloc(sizeof *w);
    crmsync_job *job = NULL;
    assert_non_null(w);
    begin(&s, &h, w, one_by_one_config);
    scene_put(&s, "person", people);
    w->len = 0;
    assert_int_equal(host_job(&h, CRMSYNC_PHASE_EXPORT, 0, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "export.Lead.created"), 3);
    crmsync_job_free(job);
    /* no request carries two of them, look-ups aside */
    assert_int_equal(times(w->text, "\"LastName\":\"One\""), 1);
    for (char *line = strtok(w->text, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(times(line, "\"LastName\":") <= 1);
    end(&s, &h);
    free(w);
}

static void test_activities__a_run_of_their_own__logs_at_once(void **state)
{
    (void)state;
    scene s;
    host h;
    scene_open(&s, false, NULL);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    host_connect(&h);
    scene_put(&s, "person",
              "{\"id\":\"p1\",\"last_name\":\"One\",\"email\":\"ada@one.com\",\"company\":\"One\","
              "\"status\":\"New\"}");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    scene_put(&s, "activity",
              "{\"id\":\"a1\",\"kind\":\"email\",\"person_id\":\"p1\",\"subject\":\"Hello\","
              "\"at\":\"2026-01-21T10:00:00.000Z\"}");
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_ACTIVITIES, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Task", "Subject = 'Hello'"), 1);
    end(&s, &h);
}

static void test_disconnect__forgets_the_tokens_and_keeps_the_links(void **state)
{
    (void)state;
    scene s;
    host h;
    wire *w = malloc(sizeof *w);
    crmsync_connection connection = CRMSYNC_CONNECTION_INIT;
    crmsync_job *job = NULL;
    assert_non_null(w);
    begin(&s, &h, w, leads_config);
    scene_put(&s, "person", people);
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    size_t links = scene_entries(&s, CRMSYNC_SPACE_LINK, "");
    assert_int_equal(links, 3);
    w->len = 0;
    assert_int_equal(host_run(&h, CRMSYNC_PHASE_DISCONNECT, 0), CRMSYNC_OK);
    assert_int_equal(times(w->text, "/services/oauth2/revoke"), 1);
    assert_int_equal(crmsync_workspace_connection(h.workspace, &connection, NULL), CRMSYNC_OK);
    assert_int_equal(connection.state, CRMSYNC_CONNECTION_DISCONNECTED);
    assert_int_not_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_LINK, ""), links);
    host_connect(&h);
    assert_int_equal(host_job(&h, CRMSYNC_PHASE_EXPORT, CRMSYNC_JOB_ALL, &job), CRMSYNC_OK);
    assert_int_equal(host_counter(job, "writes.crm"), 0);
    crmsync_job_free(job);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 3);
    end(&s, &h);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests__of_a_run__name_what_is_configured_only),
        cmocka_unit_test(test_statuses__of_an_object_configured_later__are_read_then),
        cmocka_unit_test(test_create__of_leads__always_says_whether_rules_assign),
        cmocka_unit_test(test_packing_one__three_people__three_writes),
        cmocka_unit_test(test_activities__a_run_of_their_own__logs_at_once),
        cmocka_unit_test(test_disconnect__forgets_the_tokens_and_keeps_the_links),
    };
    return cmocka_run_group_tests_name("traffic", tests, NULL, NULL);
}
