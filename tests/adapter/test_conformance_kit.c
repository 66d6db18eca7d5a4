/* The kits must fail what is wrong: stores that break one promise each, and a transport as one
 * writes it with libcurl's defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <curl/curl.h>

#include <crmsync/adapters/memory.h>

#include "kit_report.h"

/* ---- state ---- */

static int32_t commit_without_expects(void *ctx, const crmsync_kv_commit *commit,
                                      uint32_t *outcome, crmsync_error **err)
{
    crmsync_kv_commit bent = *commit;
    bent.expect_count = 0;
    return crmsync_memory_state_ops()->commit(ctx, &bent, outcome, err);
}

static int32_t commit_in_two_steps(void *ctx, const crmsync_kv_commit *commit, uint32_t *outcome,
                                   crmsync_error **err)
{
    crmsync_kv_commit first = *commit;
    int32_t code;

    first.expect_count = 0;
    first.delete_count = 0;
    first.put_count = commit->put_count > 0;
    code = crmsync_memory_state_ops()->commit(ctx, &first, outcome, err);
    return code ? code : crmsync_memory_state_ops()->commit(ctx, commit, outcome, err);
}

/* As a column of doubles would keep the version. */
static int32_t commit_rounded(void *ctx, const crmsync_kv_commit *commit, uint32_t *outcome,
                              crmsync_error **err)
{
    crmsync_kv_commit bent = *commit;
    crmsync_kv_item *puts = calloc(commit->put_count + 1, sizeof *puts);
    int32_t code;

    for (size_t i = 0; i < commit->put_count; i++) {
        puts[i] = commit->puts[i];
        puts[i].version = (puts[i].version >> 11) << 11 | (puts[i].version < 2048 ? puts[i].version
                                                                                  : 0);
    }
    bent.puts = puts;
    code = crmsync_memory_state_ops()->commit(ctx, &bent, outcome, err);
    free(puts);
    return code;
}

static int32_t get_of_the_first(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys,
                                size_t n, crmsync_state_sink *sink, crmsync_error **err)
{
    return crmsync_memory_state_ops()->get(ctx, workspace, keys, n > 1 ? 1 : n, sink, err);
}

static int32_t scan_forward(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                            crmsync_str to, uint32_t limit, uint32_t flags,
                            crmsync_state_sink *sink, crmsync_error **err)
{
    (void)flags;
    return crmsync_memory_state_ops()->scan(ctx, workspace, space, from, to, limit, 0, sink, err);
}

static int32_t scan_one_tenant(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                               crmsync_str to, uint32_t limit, uint32_t flags,
                               crmsync_state_sink *sink, crmsync_error **err)
{
    workspace.len = workspace.len > 11 ? 11 : workspace.len; /* cuts the kit's second one */
    return crmsync_memory_state_ops()->scan(ctx, workspace, space, from, to, limit, flags, sink,
                                            err);
}

static int32_t clear_nothing(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                             crmsync_str to, crmsync_error **err)
{
    int whole = from.len == 0 && to.len == 0; /* the kit's own tidying still works */
    return whole ? crmsync_memory_state_ops()->clear(ctx, workspace, space, from, to, err) : 0;
}

static void few_items(crmsync_state_ops *ops)
{
    ops->max_items = 10;
}

static void blind_commit(crmsync_state_ops *ops)
{
    ops->commit = commit_without_expects;
}

static void torn_commit(crmsync_state_ops *ops)
{
    ops->commit = commit_in_two_steps;
}

static void rounded_commit(crmsync_state_ops *ops)
{
    ops->commit = commit_rounded;
}

static void lazy_get(crmsync_state_ops *ops)
{
    ops->get = get_of_the_first;
}

static void one_way_scan(crmsync_state_ops *ops)
{
    ops->scan = scan_forward;
}

static void shared_scan(crmsync_state_ops *ops)
{
    ops->scan = scan_one_tenant;
}

static void idle_clear(crmsync_state_ops *ops)
{
    ops->clear = clear_nothing;
}

static void test_state_kit__each_broken_promise_is_caught(void **state)
{
    static const struct {
        void (*bend)(crmsync_state_ops *ops);
        const char *caught_by;
    } rows[] = {
        {few_items, "state/promises"},
        {blind_commit, "state/commit/expects_absent"},
        {torn_commit, "state/commit/all_or_nothing"},
        {rounded_commit, "state/get/all_bits_of_the_version"},
        {lazy_get, "state/get/delivers_what_exists"},
        {one_way_scan, "state/scan/ranges"},
        {shared_scan, "state/get/workspaces_are_apart"},
        {idle_clear, "state/clear/range"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        crmsync_state_ops ops = *crmsync_memory_state_ops();
        crmsync_memory *memory;
        kit_report report = {.quiet = 1};
        rows[i].bend(&ops);
        assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
        assert_true(crmsync_conformance_state(&ops, memory, NULL, kit_take, &report) > 0);
        if (!kit_caught(&report, rows[i].caught_by))
            fail_msg("%s did not fail; these did:\n%s", rows[i].caught_by, report.failures);
        crmsync_memory_free(memory);
    }
}

static int32_t reopen_empty(void *reopen_ctx, void **ctx)
{
    crmsync_memory **memory = reopen_ctx;

    crmsync_memory_free(*memory);
    *memory = NULL;
    assert_int_equal(crmsync_memory_new(NULL, NULL, memory, NULL), CRMSYNC_OK);
    *ctx = *memory;
    return CRMSYNC_OK;
}

static void test_state_kit__a_store_that_forgets_is_caught(void **state)
{
    crmsync_conformance_state_options options = CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    crmsync_memory *memory;
    kit_report report = {.quiet = 1};

    (void)state;
    assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
    options.reopen = reopen_empty;
    options.reopen_ctx = &memory;
    assert_int_equal(crmsync_conformance_state(crmsync_memory_state_ops(), memory, &options,
                                               kit_take, &report), 1);
    assert_true(kit_caught(&report, "state/sharing/survives_a_restart"));
    crmsync_memory_free(memory);
}

/* ---- records ---- */

/* Ignores the expected revision: takes over the current one. */
static int32_t save_blindly(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    int32_t code = crmsync_memory_put(ctx, workspace, items, err);

    for (size_t i = 0; i < crmsync_rows_count(items) && code == CRMSYNC_OK; i++)
        code = crmsync_record_saved(sink, i, CRMSYNC_SAVE_SAVED, crmsync_rows_get(items, i, 0).text,
                                    (crmsync_str){"1", 1}, NULL, 0, (crmsync_str){NULL, 0});
    return code;
}

static int32_t changed_without_limit(void *ctx, crmsync_str workspace, crmsync_str kind,
                                     crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                                     crmsync_error **err)
{
    (void)limit;
    return crmsync_memory_record_ops()->changed(ctx, workspace, kind, cursor, 1000, sink, err);
}

static void test_record_kit__broken_promises_are_caught(void **state)
{
    crmsync_record_ops ops = *crmsync_memory_record_ops();
    crmsync_memory *memory;
    kit_report report = {.quiet = 1};

    (void)state;
    assert_int_equal(crmsync_memory_new(NULL, NULL, &memory, NULL), CRMSYNC_OK);
    ops.save = save_blindly;
    ops.changed = changed_without_limit;
    crmsync_conformance_records(&ops, memory, NULL, kit_take, &report);
    assert_true(kit_caught(&report, "records/save/stale_rev_is_a_conflict"));
    assert_true(kit_caught(&report, "records/save/create_is_idempotent_on_origin"));
    assert_true(kit_caught(&report, "records/save/no_such_record"));
    assert_true(kit_caught(&report, "records/changed/starts_at_the_beginning"));
    crmsync_memory_free(memory);
}

/* ---- transport: libcurl as one writes it ---- */

struct naive {
    CURL *easy;
    crmsync_http_sink *sink;
    uint64_t id;
    int headed;
};

static size_t naive_write(char *bytes, size_t size, size_t count, void *data)
{
    struct naive *n = data;
    long status = 0;

    curl_easy_getinfo(n->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!n->headed++)
        crmsync_http_head(n->sink, n->id, (int32_t)status, NULL, 0);
    crmsync_http_body(n->sink, n->id, (crmsync_str){bytes, size * count});
    return size * count;
}

static int32_t naive_start(void *ctx, const crmsync_http_request *request, crmsync_http_sink *sink,
                           crmsync_error **err)
{
    struct naive *n = ctx;
    char url[128];
    char method[16];
    CURLcode code;

    (void)err;
    n->sink = sink;
    n->id = request->id;
    n->headed = 0;
    snprintf(url, sizeof url, "%.*s", (int)request->url.len, request->url.ptr);
    snprintf(method, sizeof method, "%.*s", (int)request->method.len, request->method.ptr);
    curl_easy_setopt(n->easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(n->easy, CURLOPT_URL, url);
    curl_easy_setopt(n->easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(n->easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(n->easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(n->easy, CURLOPT_WRITEFUNCTION, naive_write);
    curl_easy_setopt(n->easy, CURLOPT_WRITEDATA, n);
    if (request->body.len > 0) {
        curl_easy_setopt(n->easy, CURLOPT_POSTFIELDS, request->body.ptr);
        curl_easy_setopt(n->easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    }
    code = curl_easy_perform(n->easy);
    if (code == CURLE_OK && !n->headed)
        naive_write(NULL, 0, 0, n);
    return crmsync_http_done(sink, request->id,
                             code == CURLE_OK ? CRMSYNC_HTTP_RESPONDED : CRMSYNC_HTTP_UNKNOWN,
                             (crmsync_str){NULL, 0});
}

static int32_t naive_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                          crmsync_error **err)
{
    (void)ctx;
    (void)timeout_ms;
    (void)sink;
    (void)err;
    return CRMSYNC_OK;
}

static int32_t naive_resume(void *ctx, uint64_t id, crmsync_http_sink *sink, crmsync_error **err)
{
    (void)id;
    return naive_poll(ctx, 0, sink, err);
}

static void naive_cancel(void *ctx, uint64_t id)
{
    (void)ctx;
    (void)id;
}

static void test_transport_kit__libcurl_by_its_defaults_is_caught(void **state)
{
    static const char *const caught[] = {
        "transport/fault/reused_post",           "transport/fault/reused_patch",
        "transport/fault/deadline_passed",       "transport/fault/nobody_listens",
        "transport/answer/redirect_is_not_followed", "transport/answer/cookies_are_not_kept",
        "transport/answer/request_line_and_headers", "transport/fault/too_much_body",
        "transport/fault/other_schemes",
    };
    crmsync_conformance_transport_options options = CRMSYNC_CONFORMANCE_TRANSPORT_OPTIONS_INIT;
    crmsync_transport_ops ops = {sizeof ops, naive_start, naive_poll, naive_resume, naive_cancel,
                                 NULL, NULL};
    struct naive naive = {.easy = curl_easy_init()};
    kit_report report = {.quiet = 1};

    (void)state;
    options.blocking = 1;
    curl_easy_setopt(naive.easy, CURLOPT_COOKIEFILE, "");
    crmsync_conformance_transport(&ops, &naive, &options, kit_take, &report);
    curl_easy_cleanup(naive.easy);
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++)
        if (!kit_caught(&report, caught[i]))
            fail_msg("%s did not fail; these did:\n%s", caught[i], report.failures);
    assert_false(kit_caught(&report, "transport/answer/chunked"));
    assert_int_equal(report.skipped, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_kit__each_broken_promise_is_caught),
        cmocka_unit_test(test_state_kit__a_store_that_forgets_is_caught),
        cmocka_unit_test(test_record_kit__broken_promises_are_caught),
        cmocka_unit_test(test_transport_kit__libcurl_by_its_defaults_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
