/*
 * What comes from outside and is wrong: records of the host, hooks that break their contract, answers
 * of a hostile server. Each gives a clear error or leaves the record out; nothing else is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES)

static const char good_person[] =
    "{\"id\":\"good\",\"first_name\":\"Lea\",\"last_name\":\"Lead\",\"email\":\"lea@leadco.com\","
    "\"company\":\"Leadco\",\"status\":\"New\"}";

static void begin(scene *s, host *h)
{
    scene_open(s, false, NULL);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
    assert_int_equal(host_run(h, CRMSYNC_PHASE_DESCRIBE, 0), CRMSYNC_OK);
    scene_put(s, "person", good_person);
}

/* Everything is well again: the good record lands, once. */
static void end_well(scene *s, host *h)
{
    if (host_rest(h, CRMSYNC_PHASE_SYNC, 16) == 0)
        fail_msg("not at rest: %s", h->last_error);
    assert_int_equal(scene_rows(s, "Lead", "Email='lea@leadco.com'"), 1);
    assert_int_equal(scene_duplicates(s), 0);
    assert_int_equal(h->miscounted, 0);
    host_stop(h);
    scene_close(s);
}

/* ---- records ---- */

static void test_records__odd_values__told_and_left_out(void **state)
{
    char line[70000];
    static const struct {
        const char *format;
        const char *reason; /* counter that tells */
    } cases[] = {
        {"{\"id\":\"x\",\"last_name\":\"No\",\"company\":\"Key\",\"status\":\"New\"}",
         "export.person.reason.no_key"},
        {"{\"id\":\"x\",\"last_name\":\"No\",\"email\":\"not an address\",\"company\":\"K\",\"status\":\"New\"}",
         "export.person.reason.no_key"},
        {"{\"id\":\"x\",\"email\":\"x@y.com\",\"company\":\"K\",\"status\":\"New\"}",
         "export.Lead.reason.required_missing"},
        {"{\"id\":\"x\",\"last_name\":\"%0300d\",\"email\":\"x@y.com\",\"company\":\"K\",\"status\":\"New\"}",
         "export.Lead.reason.value_refused"},
        {"{\"id\":\"x\",\"last_name\":\"Long\",\"email\":\"x@y.com\",\"phone\":\"%060000d\",\"company\":\"K\",\"status\":\"New\"}",
         "export.Lead.created"},
        {"{\"id\":\"x\",\"last_name\":\"Status\",\"email\":\"x@y.com\",\"company\":\"K\",\"status\":7}",
         "export.person.reason.unmapped_status"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene s;
        host h;
        crmsync_job *job = NULL;
        begin(&s, &h);
        snprintf(line, sizeof line, cases[i].format, 7);
        scene_put(&s, "person", line);
        assert_int_equal(host_job(&h, EXPORT, 0, &job), CRMSYNC_OK);
        if (host_counter(job, cases[i].reason) == 0) {
            for (size_t k = 0; k < crmsync_job_counters(job); k++)
                print_message("    %s\n", crmsync_job_counter(job, k, NULL).ptr);
            fail_msg("case %zu: %s is not told", i, cases[i].reason);
        }
        crmsync_job_free(job);
        end_well(&s, &h);
    }
}

static void test_companies__decimal_that_is_none__company_lands_without_it(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h);
    scene_put(&s, "company", "{\"id\":\"c\",\"name\":\"Deci\",\"website\":\"deci.com\","
                             "\"annual_revenue\":\"a lot\",\"employees\":\"1e400\"}");
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_int_equal(scene_rows(&s, "Account", "Name='Deci' AND AnnualRevenue = null"), 1);
    end_well(&s, &h);
}

/* ---- hooks that break their contract ---- */

/* Records hooks around the scene's own, wrong in one way. */
typedef struct wrong_hooks {
    crmsync_record_ops ops;
    void *ctx;
    int how;
} wrong_hooks;

enum { NOT_ANSWERED, WRONG_ITEM, ANSWERED_TWICE, NO_ID, LONG_ID, BAD_UTF8_ID, TOO_MANY, HOW_LAST };

static int32_t one_id(crmsync_record_sink *sink, crmsync_str kind, crmsync_str id, size_t times)
{
    static const crmsync_str fields[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("rev")};
    crmsync_rows *rows = NULL;
    crmsync_cell cells[2] = {{id, 0, CRMSYNC_CELL_TEXT, 0}, {{"1", 1}, 0, CRMSYNC_CELL_TEXT, 0}};
    char text[32];
    int32_t rc = crmsync_rows_new(NULL, kind, fields, 2, &rows, NULL);
    for (size_t i = 0; !rc && i < times; i++) {
        if (times > 1) {
            snprintf(text, sizeof text, "n%zu", i);
            cells[0].text = (crmsync_str){text, strlen(text)};
        }
        rc = crmsync_rows_append(rows, cells, 2, NULL);
    }
    rc = rc ? CRMSYNC_OK : crmsync_record_rows(sink, rows);
    crmsync_rows_free(rows);
    return rc;
}

static int32_t wrong_changed(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str cursor,
                             uint32_t limit, crmsync_record_sink *sink, crmsync_error **err)
{
    static char id[300];
    wrong_hooks *w = ctx;
    int32_t rc = CRMSYNC_OK;
    memset(id, 'x', sizeof id);
    if (w->how == NO_ID)
        rc = one_id(sink, kind, (crmsync_str){NULL, 0}, 1);
    else if (w->how == LONG_ID)
        rc = one_id(sink, kind, (crmsync_str){id, sizeof id}, 1);
    else if (w->how == TOO_MANY)
        rc = one_id(sink, kind, (crmsync_str){NULL, 0}, (size_t)limit + 1);
    return rc ? rc : w->ops.changed(w->ctx, workspace, kind, cursor, limit, sink, err);
}

static int32_t wrong_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                          crmsync_record_sink *sink, crmsync_error **err)
{
    static const crmsync_str none = {NULL, 0};
    wrong_hooks *w = ctx;
    if (w->how == NOT_ANSWERED)
        return CRMSYNC_OK;
    int32_t rc = w->ops.save(w->ctx, workspace, items, sink, err);
    if (!rc && w->how == WRONG_ITEM)
        rc = crmsync_record_saved(sink, crmsync_rows_count(items) + 3, CRMSYNC_SAVE_GONE, none, none,
                                  NULL, 0, none);
    if (!rc && w->how == ANSWERED_TWICE)
        rc = crmsync_record_saved(sink, 0, CRMSYNC_SAVE_GONE, none, none, NULL, 0, none);
    return rc;
}

static int32_t wrong_load(void *ctx, crmsync_str workspace, crmsync_str kind, const crmsync_str *ids,
                          size_t n, crmsync_record_sink *sink, crmsync_error **err)
{
    wrong_hooks *w = ctx;
    return w->ops.load(w->ctx, workspace, kind, ids, n, sink, err);
}

static void test_hooks__breaking_their_contract__job_says_so(void **state)
{
    (void)state;
    for (int how = 0; how < HOW_LAST; how++) {
        scene s;
        host h;
        if (how == BAD_UTF8_ID) /* rows refuse such text at the door */
            continue;
        begin(&s, &h);
        wrong_hooks wrong = {*h.hooks.records, h.hooks.records_ctx, how};
        crmsync_record_ops ops = wrong.ops;
        ops.changed = wrong_changed;
        ops.save = wrong_save;
        ops.load = wrong_load;
        ops.find = NULL;
        h.hooks.records = &ops;
        h.hooks.records_ctx = &wrong;
        int32_t rc = host_run(&h, EXPORT, 0);
        if (rc != CRMSYNC_E_CONTRACT || !strstr(h.last_error, "records."))
            fail_msg("breach %d: %d %s", how, rc, h.last_error);
        h.hooks.records = &wrong.ops;
        h.hooks.records_ctx = wrong.ctx;
        end_well(&s, &h);
    }
}

static void test_rows__text_that_is_not_utf8__refused(void **state)
{
    static const crmsync_str field = CRMSYNC_STR_LIT("id");
    (void)state;
    crmsync_rows *rows = NULL;
    crmsync_cell cell = {{"\xff\xfe", 2}, 0, CRMSYNC_CELL_TEXT, 0};
    assert_int_equal(crmsync_rows_new(NULL, (crmsync_str){"person", 6}, &field, 1, &rows, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append(rows, &cell, 1, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_rows_count(rows), 0);
    crmsync_rows_free(rows);
}

/* ---- hostile answers ---- */

/* A transport that answers what it likes to requests that match. */
typedef struct liar {
    const crmsync_transport_ops *real;
    void *ctx;
    const char *part; /* of the URL */
    const char *body;
    uint64_t pending; /* id of the exchange that is to be answered */
    unsigned lies;
    bool act; /* the request has its effect all the same */
    char foreign[100]; /* a host that was asked and must not be */
} liar;

static bool has(crmsync_str text, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= text.len; i++) {
        if (memcmp(text.ptr + i, part, n) == 0)
            return true;
    }
    return false;
}

static int32_t liar_start(void *ctx, const crmsync_http_request *r, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    liar *l = ctx;
    if (has(r->url, "evil.example"))
        snprintf(l->foreign, sizeof l->foreign, "%.*s", (int)(r->url.len > 99 ? 99 : r->url.len),
                 r->url.ptr);
    if (!l->body || l->pending || !has(r->url, l->part))
        return l->real->start(l->ctx, r, sink, err);
    l->pending = r->id;
    l->lies++;
    if (l->act) {
        int32_t rc = l->real->start(l->ctx, r, sink, err);
        l->real->cancel(l->ctx, r->id);
        return rc;
    }
    return CRMSYNC_OK;
}

static int32_t liar_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink, crmsync_error **err)
{
    static const crmsync_header json = {CRMSYNC_STR_LIT("Content-Type"),
                                        CRMSYNC_STR_LIT("application/json")};
    liar *l = ctx;
    uint64_t id = l->pending;
    if (!id)
        return l->real->poll(l->ctx, timeout_ms, sink, err);
    l->pending = 0;
    crmsync_http_head(sink, id, 200, &json, 1);
    crmsync_http_body(sink, id, (crmsync_str){l->body, strlen(l->body)});
    crmsync_http_done(sink, id, CRMSYNC_HTTP_RESPONDED, (crmsync_str){NULL, 0});
    return CRMSYNC_OK;
}

static int32_t liar_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    liar *l = ctx;
    return l->real->resume(l->ctx, id, sink, err);
}

static void liar_cancel(void *ctx, uint64_t id)
{
    liar *l = ctx;
    if (l->pending == id)
        l->pending = 0;
    else
        l->real->cancel(l->ctx, id);
}

static char *nested(size_t depth)
{
    char *text = malloc(depth * 2 + 1);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[depth * 2] = '\0';
    return text;
}

static void test_server__hostile_answers__job_fails_or_waits_and_nothing_is_lost(void **state)
{
    (void)state;
    char *deep = nested(200000);
    static const char look_up[] = "/composite", collection[] = "/composite/sobjects";
    const struct {
        const char *part, *body;
        bool act;
    } cases[] = {
        {look_up, "{\"compositeResponse\":[", false},
        {look_up, "{\"compositeResponse\":7}", false},
        {look_up, "{\"compositeResponse\":[]}", false},
        {look_up, "[]", false},
        {look_up, "{\"compositeResponse\":[{\"body\":{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":{\"a\":1},\"Email\":[1]}]},\"httpStatusCode\":200,\"referenceId\":\"q0\"},{\"body\":null,\"httpStatusCode\":\"200\",\"referenceId\":\"q1\"}]}", false},
        {look_up, "{\"compositeResponse\":[{\"body\":{\"totalSize\":9,\"done\":false,\"nextRecordsUrl\":\"https://evil.example/services/data/v60.0/query/01g-2000\",\"records\":[]},\"httpStatusCode\":200,\"referenceId\":\"q0\"},{\"body\":{\"totalSize\":0,\"done\":true,\"records\":[]},\"httpStatusCode\":200,\"referenceId\":\"q1\"}]}", false},
        {look_up, deep, false},
        {collection, "[]", true},
        {collection, "[{\"id\":\"00Q000000000001AAA\",\"success\":true,\"errors\":[]},{\"id\":\"00Q000000000002AAA\",\"success\":true,\"errors\":[]}]", true},
        {collection, "[{\"id\":7,\"success\":\"yes\"}]", true},
        {collection, "[{\"id\":\"00Q0000", true},
        {collection, "{\"success\":true}", true},
        {collection, deep, true},
        {collection, "[{\"id\":null,\"success\":true,\"errors\":[]}]", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene s;
        host h;
        begin(&s, &h);
        liar l = {.real = h.hooks.transport, .ctx = h.hooks.transport_ctx, .part = cases[i].part,
                  .body = cases[i].body, .act = cases[i].act};
        crmsync_transport_ops ops = *l.real;
        ops.start = liar_start;
        ops.poll = liar_poll;
        ops.resume = liar_resume;
        ops.cancel = liar_cancel;
        h.hooks.transport = &ops;
        h.hooks.transport_ctx = &l;
        int32_t rc = host_run(&h, EXPORT, 0);
        if (l.lies == 0 || (rc && !h.last_error[0]))
            fail_msg("case %zu: %u lies, %d %s", i, l.lies, rc, h.last_error);
        l.body = NULL;
        scene_pass(&s, 1000);
        if (host_rest(&h, CRMSYNC_PHASE_SYNC, 16) == 0)
            fail_msg("case %zu: not at rest: %s", i, h.last_error);
        if (scene_rows(&s, "Lead", "Email='lea@leadco.com'") != 1)
            fail_msg("case %zu: %ld leads", i, scene_rows(&s, "Lead", NULL));
        assert_string_equal(l.foreign, "");
        h.hooks.transport = l.real;
        h.hooks.transport_ctx = l.ctx;
        end_well(&s, &h);
    }
    free(deep);
}

static void test_server__token_for_another_host__refused(void **state)
{
    (void)state;
    static const char *const places[] = {"http://evil.example", "https://evil.example@127.0.0.1",
                                         "ftp://127.0.0.1"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        orgsim_options o = {.instance_url = places[i]};
        scene s;
        host h;
        crmsync_str url;
        crmsync_job *job = NULL;
        crmsync_job_options jo = CRMSYNC_JOB_OPTIONS_INIT;
        scene_open(&s, false, NULL);
        orgsim_transport_free(s.transport);
        orgsim_free(s.org);
        s.org = orgsim_new(&o);
        orgsim_set_now(s.org, s.clock.wall_ms);
        s.transport = orgsim_transport_new(s.org, &s.clock);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        assert_int_equal(crmsync_workspace_set_secret(h.workspace, (crmsync_str){"client_secret", 13},
                                                      (crmsync_str){"orgsim-secret", 13}, NULL),
                         CRMSYNC_OK);
        assert_int_equal(
            crmsync_workspace_authorize_url(h.workspace, (crmsync_str){NULL, 0}, &url, NULL), CRMSYNC_OK);
        char *back = orgsim_browser_allow(s.org, url.ptr);
        jo.phases = CRMSYNC_PHASE_CONNECT;
        jo.redirect_url = (crmsync_str){back, strlen(back)};
        assert_int_equal(crmsync_job_new(h.workspace, &jo, &job, NULL), CRMSYNC_OK);
        int32_t rc = crmsync_job_run(job, NULL);
        if (rc == CRMSYNC_OK)
            fail_msg("a token for %s was taken", places[i]);
        crmsync_job_free(job);
        orgsim_string_free(back);
        host_stop(&h);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records__odd_values__told_and_left_out),
        cmocka_unit_test(test_companies__decimal_that_is_none__company_lands_without_it),
        cmocka_unit_test(test_hooks__breaking_their_contract__job_says_so),
        cmocka_unit_test(test_rows__text_that_is_not_utf8__refused),
        cmocka_unit_test(test_server__hostile_answers__job_fails_or_waits_and_nothing_is_lost),
        cmocka_unit_test(test_server__token_for_another_host__refused),
    };
    return cmocka_run_group_tests_name("bad input", tests, NULL, NULL);
}
