/* Graphs: records that stand or fall together; notes; and all kinds of writes without memory. */
#include "test_salesforce_writes.h"

#include "salesforce/collections.h"
#include "salesforce/composite.h"
#include "salesforce/graph.h"
#include "salesforce/note.h"

static void test_graph_request__children_point_at_their_new_parent(void **state)
{
    static crmi_write children[500];
    static const crmi_write_field trap[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("@{p.id}")}};
    crmi_write trapped = {CRMI_STR("Contact"), CRMI_STR_EMPTY, trap, 1};
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_graph g;
    crmi_write_options o = {.auto_assign = CRMI_ASSIGN_NO};
    (void)state;
    crmi_request_init(&r, &alloc);
    crmi_graph_begin(&g, &r, V);
    assert_int_equal(
        crmi_graph_add(&g, CRMI_STR("g1"), &account, CRMI_STR("AccountId"), &child, 1, &o, NULL),
        CRMSYNC_OK);
    size_t before = r.body.len;
    assert_int_equal(crmi_graph_add(&g, CRMI_STR("g2"), &account, CRMI_STR("AccountId"), &trapped,
                                    1, NULL, NULL),
                     CRMSYNC_E_INVALID);
    for (size_t i = 0; i < COUNT(children); i++)
        children[i] = child;
    assert_int_equal(crmi_graph_add(&g, CRMI_STR("g2"), &account, CRMI_STR("AccountId"), children,
                                    498, NULL, NULL),
                     CRMSYNC_E_LIMIT);
    assert_int_equal(
        crmi_graph_add(&g, CRMI_STR("g 2"), &account, CRMI_STR("AccountId"), &child, 1, NULL, NULL),
        CRMSYNC_E_INVALID);
    assert_int_equal(r.body.len, before);
    assert_int_equal(crmi_graph_end(&g, NULL), CRMSYNC_OK);
    assert_true(text_is(
        crmi_buf_str(&r.body),
        "{\"graphs\":[{\"graphId\":\"g1\",\"compositeRequest\":[{\"method\":\"POST\",\"url\":"
        "\"/services/data/v68.0/sobjects/Account\",\"referenceId\":\"p\",\"httpHeaders\":{"
        "\"Sforce-Auto-Assign\":\"FALSE\"},\"body\":{\"Name\":\"Acme\"}},{\"method\":\"POST\","
        "\"url\":\"/services/data/v68.0/sobjects/Contact\",\"referenceId\":\"c0\",\"httpHeaders\":"
        "{\"Sforce-Auto-Assign\":\"FALSE\"},\"body\":{\"LastName\":\"Doe\",\"AccountId\":"
        "\"@{p.id}\"}}]}]}"));
    crmi_request_clear(&r);
}

#define NODE(ref, status, body)                                                                    \
    "{\"body\":" body ",\"httpHeaders\":{},\"httpStatusCode\":" status ",\"referenceId\":\"" ref   \
    "\"}"
#define MADE(id) "{\"id\":\"" id "\",\"success\":true,\"errors\":[]}"
#define HALT     "[{\"errorCode\":\"PROCESSING_HALTED\",\"message\":\"x\"}]"
#define GRAPH(id, nodes, ok)                                                                       \
    "{\"graphId\":\"" id "\",\"graphResponse\":{\"compositeResponse\":[" nodes                     \
    "]},\"isSuccessful\":" ok "}"

static void test_graph_read__culprit_and_halted_are_told_apart(void **state)
{
    static const char body[] = "{\"graphs\":[" GRAPH(
        "g3", NODE("p", "400", HALT) "," NODE("c0", "400", HALT),
        "false") "," GRAPH("g1",
                           NODE("c0", "201", MADE("003D000000QV9n2IAD")) "," NODE(
                               "p", "201", MADE("001D000000Kv3g5IAB")),
                           "true") "," GRAPH("g2",
                                             NODE("p", "201", MADE("001D000000Kv3g5IAB")) "," NODE(
                                                 "c0", "400",
                                                 "[{\"errorCode\":\"INVALID_EMAIL_ADDRESS\","
                                                 "\"message\":\"x\"}]"),
                                             "false") "]}";
    crmsync_str ids[] = {CRMI_STR("g1"), CRMI_STR("g2"), CRMI_STR("g3")};
    size_t nodes[] = {2, 2, 2};
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_graph_result g[3];
    crmi_response r = answer(200, body);
    (void)state;
    crmi_arena_init(&arena, &alloc);
    assert_int_equal(crmi_graph_read(&arena, &r, ids, nodes, 3, g, NULL), CRMSYNC_OK);
    assert_int_equal(g[0].outcome, CRMI_GRAPH_DONE);
    assert_true(text_is(g[0].nodes[0].id, "001D000000Kv3g5IAB"));
    assert_true(text_is(g[0].nodes[1].id, "003D000000QV9n2IAD"));
    assert_int_equal(g[1].outcome, CRMI_GRAPH_FAILED);
    assert_int_equal(g[1].culprit, 1);
    assert_false(g[1].nodes[0].success); /* rolled back, whatever the node says */
    assert_int_equal(g[1].nodes[0].id.len, 0);
    assert_int_equal(g[2].outcome, CRMI_GRAPH_HALTED);
    assert_int_equal(g[2].culprit, 2);
    crmi_arena_clear(&arena);
}

static void test_graph_read__missing_graphs_and_nodes_are_refused(void **state)
{
    static const char *const bodies[] = {
        "{\"graphs\":[]}",
        "{}",
        "{\"graphs\":[" GRAPH("g1", NODE("p", "201", MADE("001D000000Kv3g5IAB")), "true") "]}",
        "{\"graphs\":[" GRAPH("gx", NODE("p", "400", HALT) "," NODE("c0", "400", HALT),
                              "false") "]}",
        "{\"graphs\":[" GRAPH("g1", NODE("p", "400", HALT) "," NODE("p", "400", HALT),
                              "false") "]}",
        "{\"graphs\":[" GRAPH("g1", NODE("p", "400", HALT) "," NODE("c7", "400", HALT),
                              "false") "]}",
        "{\"graphs\":[" GRAPH("g1", NODE("p", "400", HALT) "," NODE("c0", "400", HALT), "1") "]}",
        "{\"graphs\":[null]}",
    };
    crmsync_str ids[] = {CRMI_STR("g1")};
    size_t nodes[] = {2};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++) {
        crmi_arena arena;
        crmi_graph_result g;
        crmi_response r = answer(200, bodies[i]);
        crmi_arena_init(&arena, &alloc);
        if (crmi_graph_read(&arena, &r, ids, nodes, 1, &g, NULL) != CRMSYNC_E_PROTOCOL)
            fail_msg("row %zu", i);
        crmi_arena_clear(&arena);
    }
}

static void test_note__text_is_escaped_and_linked_in_one_call(void **state)
{
    crmsync_str ids[] = {CRMI_STR("003D000000QV9n2IAD")};
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_note_request(&r, V, CRMI_STR("a @{x}"), CRMI_STR("<b>&\r\n\"'\x01"),
                                       CRMI_STR("005x00000012Q9PAAU"), ids, 1, NULL),
                     CRMSYNC_OK);
    /* &lt;b&gt;&amp;<br>&quot;&#39; */
    assert_true(text_is(
        crmi_buf_str(&r.body),
        "{\"allOrNone\":true,\"collateSubrequests\":false,\"compositeRequest\":[{\"method\":"
        "\"POST\",\"url\":\"/services/data/v68.0/sobjects/ContentNote\",\"referenceId\":\"note\","
        "\"body\":{\"Title\":\"a @ {x}\",\"Content\":\"Jmx0O2ImZ3Q7JmFtcDs8YnI+JnF1b3Q7JiMzOTs=\","
        "\"OwnerId\":\"005x00000012Q9PAAU\"}},{\"method\":\"POST\",\"url\":\"/services/data/v68.0/"
        "sobjects/ContentDocumentLink\",\"referenceId\":\"l0\",\"body\":{\"ContentDocumentId\":"
        "\"@{note.id}\",\"LinkedEntityId\":\"003D000000QV9n2IAD\",\"ShareType\":\"V\","
        "\"Visibility\":\"AllUsers\"}}]}"));
    crmi_request_clear(&r);
}

static void test_note_read__gives_the_note_or_what_it_fell_with(void **state)
{
    static const char made[] =
        "{\"compositeResponse\":[" NODE("note", "201", MADE("069D000000QV9n2IAD")) "," NODE(
            "l0", "201", MADE("06AD000000QV9n2IAD")) "]}";
    static const char fallen[] = "{\"compositeResponse\":[" NODE("note", "400", HALT) "," NODE(
        "l0", "400", "[{\"errorCode\":\"INSUFFICIENT_ACCESS\",\"message\":\"x\"}]") "]}";
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    crmi_write_result w;
    crmi_response r = answer(200, made);
    (void)state;
    crmi_arena_init(&arena, &alloc);
    assert_int_equal(crmi_note_read(&arena, &r, 1, &w, NULL), CRMSYNC_OK);
    assert_true(w.success);
    assert_true(text_is(w.id, "069D000000QV9n2IAD"));
    r = answer(200, fallen);
    assert_int_equal(crmi_note_read(&arena, &r, 1, &w, NULL), CRMSYNC_OK);
    assert_false(w.success);
    assert_int_equal(w.errors.rule->error_class, CRMSYNC_CLASS_PERMISSION);
    crmi_arena_clear(&arena);
}

static int32_t everything(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmsync_str ids[] = {CRMI_STR("g1")};
    size_t nodes[] = {2};
    crmi_request r;
    crmi_arena arena;
    crmi_graph g;
    crmi_graph_result result;
    crmi_write_result w[2];
    crmi_write_options o = {.auto_assign = CRMI_ASSIGN_NO};
    crmi_request_init(&r, alloc);
    crmi_arena_init(&arena, alloc);
    crmsync_str record = CRMI_STR("003D000000QV9n2IAD");
    crmi_response two = answer(200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},"
                                    "{\"success\":false,\"errors\":[{\"statusCode\":\"X\"}]}]");
    crmi_response graph =
        answer(200, "{\"graphs\":[" GRAPH("g1", NODE("p", "400", HALT) "," NODE("c0", "400", HALT),
                                          "false") "]}");
    int32_t rc =
        crmi_note_request(&r, V, CRMI_STR("t"), CRMI_STR("x"), CRMI_STR_EMPTY, &record, 1, err);
    if (!rc) {
        crmi_graph_begin(&g, &r, V);
        rc = crmi_graph_add(&g, ids[0], &account, CRMI_STR("AccountId"), &child, 1, &o, err);
    }
    if (!rc)
        rc = crmi_graph_end(&g, err);
    if (!rc)
        rc = crmi_collections_request(&r, V, CRMI_WRITE_CREATE, CRMI_STR_EMPTY, &child, 1, NULL,
                                      false, &o, err);
    if (!rc)
        rc = crmi_collections_read(&arena, &two, 2, NULL, w, err);
    if (!rc)
        rc = crmi_graph_read(&arena, &graph, ids, nodes, 1, &result, err);
    crmi_arena_clear(&arena);
    crmi_request_clear(&r);
    return rc;
}

static void test_writes__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(everything) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph_request__children_point_at_their_new_parent),
        cmocka_unit_test(test_graph_read__culprit_and_halted_are_told_apart),
        cmocka_unit_test(test_graph_read__missing_graphs_and_nodes_are_refused),
        cmocka_unit_test(test_note__text_is_escaped_and_linked_in_one_call),
        cmocka_unit_test(test_note_read__gives_the_note_or_what_it_fell_with),
        cmocka_unit_test(test_writes__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests_name("salesforce_graph", tests, NULL, NULL);
}
