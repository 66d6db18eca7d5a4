/* Writes of single records. */
#include "test_salesforce_writes.h"

#include "salesforce/sobject.h"

static void test_create_request__fields_options_and_path(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_write_options o = {.auto_assign = CRMI_ASSIGN_NO,
                            .allow_save = true,
                            .record_details = true,
                            .unmodified_since_ms = INT64_C(1795178096000)};
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_sobject_create_request(&r, V, &person, &o, NULL), CRMSYNC_OK);
    assert_true(text_is(r.method, "POST"));
    assert_true(text_is(crmi_buf_str(&r.path), "/services/data/v68.0/sobjects/Contact"));
    assert_true(text_is(crmi_buf_str(&r.body), person_json));
    assert_int_equal(r.flags, CRMI_REQ_WRITE);
    assert_int_equal(r.header_count, 3);
    assert_true(text_is(r.headers[0].name, "Sforce-Auto-Assign"));
    assert_true(text_is(crmi_buf_str(&r.headers[0].value), "FALSE"));
    assert_true(
        text_is(crmi_buf_str(&r.headers[1].value), "allowSave=true; includeRecordDetails=true"));
    assert_true(text_is(r.headers[2].name, "If-Unmodified-Since"));
    assert_true(text_is(crmi_buf_str(&r.headers[2].value), "Fri, 20 Nov 2026 12:34:56 GMT"));
    crmi_request_clear(&r);
}

static void test_upsert_request__key_is_encoded_and_left_out_of_the_body(void **state)
{
    static const crmi_write_field fields[] = {
        {CRMSYNC_STR_LIT("ext__c"), TEXT("../a b/1")},
        {CRMSYNC_STR_LIT("Name"), TEXT("X")},
    };
    crmi_write w = {CRMI_STR("Account"), CRMI_STR_EMPTY, fields, 2};
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_sobject_upsert_request(&r, V, &w, CRMI_STR("Ext__c"),
                                                 CRMI_STR("../a b/1"), NULL, NULL),
                     CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.path), "/services/data/v68.0/sobjects/Account/Ext__c/"
                                               "%2E%2E%2Fa%20b%2F1"));
    assert_true(text_is(crmi_buf_str(&r.body), "{\"Name\":\"X\"}"));
    assert_int_equal(
        crmi_sobject_upsert_request(&r, V, &w, CRMI_STR("Ext__c"), CRMI_STR("  "), NULL, NULL),
        CRMSYNC_E_INVALID);
    crmi_request_clear(&r);
}

static void test_write_requests__what_cannot_be_sent_is_named(void **state)
{
    static const struct {
        crmi_write_field field;
        const char *object, *id, *where;
    } rows[] = {
        {{CRMSYNC_STR_LIT("Na me"), TEXT("x")}, "Contact", "003RO0000035WQgYAM", "Na me"},
        {{CRMSYNC_STR_LIT("A.B.C"), TEXT("x")}, "Contact", "003RO0000035WQgYAM", "A.B.C"},
        {{CRMSYNC_STR_LIT("Lead:Who"), TEXT("x")}, "Contact", "003RO0000035WQgYAM", "Lead:Who"},
        {{CRMSYNC_STR_LIT("id"), TEXT("x")}, "Contact", "003RO0000035WQgYAM", "id"},
        {{CRMSYNC_STR_LIT("attributes"), TEXT("x")}, "Contact", "003RO0000035WQgYAM", "attributes"},
        {{CRMSYNC_STR_LIT("Account.X"), {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}},
         "Contact",
         "003RO0000035WQgYAM",
         "Account.X"},
        {{CRMSYNC_STR_LIT("N"), {CRMSYNC_STR_LIT("x"), 0, CRMSYNC_CELL_DECIMAL, 0}},
         "Contact",
         "003RO0000035WQgYAM",
         "N"},
        {{CRMSYNC_STR_LIT("N"), TEXT("x")}, "Contact/..", "003RO0000035WQgYAM", ""},
        {{CRMSYNC_STR_LIT("N"), TEXT("x")}, "Contact", "003/../x", ""},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_write w = {crmi_str(rows[i].object), crmi_str(rows[i].id), &rows[i].field, 1};
        crmi_request r;
        crmsync_error *err = NULL;
        crmi_request_init(&r, &alloc);
        assert_int_equal(crmi_sobject_update_request(&r, V, &w, NULL, &err), CRMSYNC_E_INVALID);
        assert_true(text_is(crmsync_error_where(err), rows[i].where));
        crmsync_error_free(err);
        crmi_request_clear(&r);
    }
}

static void test_write_read__documented_answers_have_their_outcome(void **state)
{
    enum { OK = 1, CREATED = 2, UNKNOWN = 4, AMBIGUOUS = 8 };
    static const struct {
        int32_t status;
        const char *body, *id;
        int outcome;
        uint32_t error_class; /* 0 = success */
    } rows[] = {
        {201, "{\"id\":\"003D000000QV9n2IAD\",\"success\":true,\"errors\":[],\"warnings\":[]}",
         "003D000000QV9n2IAD", OK | CREATED, 0},
        {200, "{\"id\":\"001D000000Kv3g5IAB\",\"success\":true,\"errors\":[],\"created\":false}",
         "001D000000Kv3g5IAB", OK, 0},
        {201, "{\"id\":\"00190000001pPvHAAU\",\"success\":true,\"errors\":[],\"created\":true}",
         "00190000001pPvHAAU", OK | CREATED, 0},
        {204, "", "", OK, 0},
        {300, "[\"/services/data/v23.0/sobjects/Account/00190000001pPvHAAU\"]", "", AMBIGUOUS,
         CRMSYNC_CLASS_DATA},
        {404, "[{\"errorCode\":\"ENTITY_IS_DELETED\",\"message\":\"entity is deleted\"}]", "", 0,
         CRMSYNC_CLASS_STATE},
        {412, "[{\"errorCode\":\"PRECONDITION_FAILED\",\"message\":\"x\"}]", "", 0,
         CRMSYNC_CLASS_CONFLICT},
        {201, "", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
        {201, "{\"id\":7,\"success\":true}", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
        {201, "{\"id\":\"003D0000", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
        {200, "<html>", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
        {500, "[{\"errorCode\":\"UNKNOWN_EXCEPTION\",\"message\":\"x\"}]", "", UNKNOWN,
         CRMSYNC_CLASS_TRANSIENT},
        {503, "<html>", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
        {400, "<html>", "", UNKNOWN, CRMSYNC_CLASS_DATA},
        {302, "", "", UNKNOWN, CRMSYNC_CLASS_TRANSIENT},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_arena arena;
        crmi_write_result w;
        crmi_response r = answer(rows[i].status, rows[i].body);
        crmi_arena_init(&arena, &alloc);
        assert_int_equal(crmi_sobject_write_read(&arena, &r, &w, NULL), CRMSYNC_OK);
        int outcome = (w.success ? OK : 0) | (w.created ? CREATED : 0) | (w.unknown ? UNKNOWN : 0) |
                      (w.ambiguous ? AMBIGUOUS : 0);
        if (outcome != rows[i].outcome)
            fail_msg("row %zu: outcome %d", i, outcome);
        assert_true(text_is(w.id, rows[i].id));
        assert_int_equal(w.errors.count == 0, rows[i].error_class == 0);
        if (w.errors.count)
            assert_int_equal(w.errors.rule->error_class, rows[i].error_class);
        if (w.ambiguous)
            assert_true(text_is(w.errors.items[0].matches[0].id, "00190000001pPvHAAU"));
        crmi_arena_clear(&arena);
    }
}

static void test_ui_create_request__carries_the_idempotency_key(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_write_options o = {.idempotency_key = CRMI_STR("7f9c")};
    crmi_write w = {CRMI_STR("Lead"), CRMI_STR_EMPTY, person_fields, 1};
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_sobject_ui_create_request(&r, V, &w, &o, NULL), CRMSYNC_OK);
    assert_true(
        text_is(crmi_buf_str(&r.body), "{\"apiName\":\"Lead\",\"fields\":{\"LastName\":\"Doe\"}}"));
    assert_true(text_is(r.headers[0].name, "Idempotency-Key"));
    assert_int_equal(r.flags, CRMI_REQ_WRITE | CRMI_REQ_IDEMPOTENT);
    crmi_request_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_request__fields_options_and_path),
        cmocka_unit_test(test_upsert_request__key_is_encoded_and_left_out_of_the_body),
        cmocka_unit_test(test_write_requests__what_cannot_be_sent_is_named),
        cmocka_unit_test(test_write_read__documented_answers_have_their_outcome),
        cmocka_unit_test(test_ui_create_request__carries_the_idempotency_key),
    };
    return cmocka_run_group_tests_name("salesforce_sobject", tests, NULL, NULL);
}
