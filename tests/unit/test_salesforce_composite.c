/* Composites. */
#include "test_salesforce_writes.h"

#include "salesforce/composite.h"

static void test_composite__parts_carry_their_own_headers_and_keep_the_limits(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r, part;
    crmi_composite c;
    crmi_write_options o = {.auto_assign = CRMI_ASSIGN_NO};
    crmi_write w = {CRMI_STR("Lead"), CRMI_STR_EMPTY, person_fields, 1};
    char ref[16];
    (void)state;
    crmi_request_init(&r, &alloc);
    crmi_request_init(&part, &alloc);
    crmi_composite_begin(&c, &r, V, false);
    assert_int_equal(crmi_sobject_create_request(&part, V, &w, &o, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_composite_add(&c, CRMI_STR("a"), &part, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_composite_add_query(&c, CRMI_STR("b"), V, CRMI_STR("SELECT Id FROM Lead"),
                                              false, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmi_composite_end(&c, NULL), CRMSYNC_OK);
    assert_true(text_is(
        crmi_buf_str(&r.body),
        "{\"allOrNone\":false,\"collateSubrequests\":false,\"compositeRequest\":[{\"method\":"
        "\"POST\",\"url\":\"/services/data/v68.0/sobjects/Lead\",\"referenceId\":\"a\","
        "\"httpHeaders\":{\"Sforce-Auto-Assign\":\"FALSE\"},\"body\":{\"LastName\":\"Doe\"}},{"
        "\"method\":\"GET\",\"url\":\"/services/data/v68.0/query?q=SELECT%20Id%20FROM%20Lead\","
        "\"referenceId\":\"b\"}]}"));
    assert_int_equal(r.flags, CRMI_REQ_WRITE);
    for (int i = 0; i < 4; i++) {
        snprintf(ref, sizeof ref, "q%d", i);
        assert_int_equal(
            crmi_composite_add_query(&c, crmi_str(ref), V, CRMI_STR("SELECT"), false, NULL),
            CRMSYNC_OK);
    }
    size_t before = r.body.len;
    assert_int_equal(crmi_composite_add_query(&c, CRMI_STR("q5"), V, CRMI_STR("S"), false, NULL),
                     CRMSYNC_E_LIMIT);
    assert_int_equal(r.body.len, before);
    for (int i = 6; i < CRMI_COMPOSITE_MAX; i++) {
        snprintf(ref, sizeof ref, "w%d", i);
        assert_int_equal(crmi_composite_add(&c, crmi_str(ref), &part, NULL), CRMSYNC_OK);
    }
    assert_int_equal(crmi_composite_add(&c, CRMI_STR("w25"), &part, NULL), CRMSYNC_E_LIMIT);
    crmi_request_clear(&part);
    crmi_request_clear(&r);
}

static void test_composite_add__text_that_reads_as_a_reference_is_refused(void **state)
{
    static const crmi_write_field f[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("@{a.id}")}};
    crmi_write w = {CRMI_STR("Lead"), CRMI_STR_EMPTY, f, 1};
    crmsync_alloc alloc = libc_table();
    crmi_request r, part;
    crmi_composite c;
    crmsync_error *err = NULL;
    (void)state;
    crmi_request_init(&r, &alloc);
    crmi_request_init(&part, &alloc);
    crmi_composite_begin(&c, &r, V, false);
    assert_int_equal(crmi_sobject_create_request(&part, V, &w, NULL, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_composite_add(&c, CRMI_STR("a"), &part, &err), CRMSYNC_E_INVALID);
    assert_true(crmsync_error_remedy(err).len > 0);
    crmsync_error_free(err);
    assert_int_equal(c.count, 0);
    assert_int_equal(crmi_composite_add_linked(&c, CRMI_STR("a"), &part, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_composite_add(&c, CRMI_STR("1a"), &r, NULL), CRMSYNC_E_INVALID);
    crmi_request_clear(&part);
    crmi_request_clear(&r);
}

static const char composite_answer[] =
    "{\"compositeResponse\":[{\"body\":{\"id\":\"001D000000Kv3g5IAB\",\"success\":true,\"errors\":["
    "],"
    "\"warnings\":[]},\"httpHeaders\":{\"Location\":\"/x\"},\"httpStatusCode\":201,"
    "\"referenceId\":\"refAcc\"},{\"body\":null,\"httpHeaders\":{},\"httpStatusCode\":204,"
    "\"referenceId\":\"refCon\"}]}";

static void test_composite_read__parts_by_reference(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_composite_answer a;
    crmi_response r = answer(200, composite_answer);
    (void)state;
    assert_int_equal(crmi_composite_read(&alloc, &r, 2, &a, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_composite_find(&a, CRMI_STR("refCon"))->status, 204);
    assert_true(
        text_is(crmi_json_member_text(crmi_composite_find(&a, CRMI_STR("refAcc"))->body, "id"),
                "001D000000Kv3g5IAB"));
    assert_null(crmi_composite_find(&a, CRMI_STR("other")));
    crmi_composite_answer_clear(&a);
}

static void test_composite_read__hostile_answers_are_refused(void **state)
{
    static const struct {
        size_t n;
        const char *body;
    } rows[] = {
        {1, composite_answer},
        {3, composite_answer},
        {26, composite_answer},
        {1, "{}"},
        {1, "[]"},
        {1, ""},
        {1, "{\"compositeResponse\":{}}"},
        {1, "{\"compositeResponse\":[null]}"},
        {1, "{\"compositeResponse\":[{\"httpStatusCode\":\"200\",\"referenceId\":\"a\"}]}"},
        {1, "{\"compositeResponse\":[{\"httpStatusCode\":2000,\"referenceId\":\"a\"}]}"},
        {1, "{\"compositeResponse\":[{\"httpStatusCode\":200}]}"},
        {1, "{\"compositeResponse\":[{\"httpStatusCode\":200,\"httpStatusCode\":400,"
            "\"referenceId\":\"a\"}]}"},
        {2, "{\"compositeResponse\":[{\"httpStatusCode\":200,\"referenceId\":\"a\"},"
            "{\"httpStatusCode\":200,\"referenceId\":\"a\"}]}"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_composite_answer a;
        crmi_response r = answer(200, rows[i].body);
        if (crmi_composite_read(&alloc, &r, rows[i].n, &a, NULL) != CRMSYNC_E_PROTOCOL)
            fail_msg("row %zu", i);
        assert_int_equal(a.count, 0);
        crmi_composite_answer_clear(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_composite__parts_carry_their_own_headers_and_keep_the_limits),
        cmocka_unit_test(test_composite_add__text_that_reads_as_a_reference_is_refused),
        cmocka_unit_test(test_composite_read__parts_by_reference),
        cmocka_unit_test(test_composite_read__hostile_answers_are_refused),
    };
    return cmocka_run_group_tests_name("salesforce_composite", tests, NULL, NULL);
}
