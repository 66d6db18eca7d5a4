/* Refusals: the table, the shapes they come in, and what is made of them. */
#include "test_salesforce.h"

#include "salesforce/errors.h"

static crmi_sf_errors read_errors(crmi_arena *arena, int32_t status, const char *body)
{
    crmi_sf_errors errors;
    crmi_response r = answer(status, body);
    assert_int_equal(crmi_sf_error_read(arena, &r, &errors, NULL), CRMSYNC_OK);
    return errors;
}

static void test_rules__each_code_stands_once_with_a_remedy(void **state)
{
    (void)state;
    assert_true(crmi_sf_rule_count() > 100);
    for (size_t i = 0; i < crmi_sf_rule_count(); i++) {
        const crmi_sf_rule *rule = crmi_sf_rule_at(i);
        size_t n = strlen(rule->remedy);
        if (crmi_sf_rule_find(crmi_str(rule->code), 400) != rule)
            fail_msg("%s stands twice", rule->code);
        assert_true(n > 10 && rule->remedy[n - 1] == '.');
        assert_true(rule->error_class <= CRMSYNC_CLASS_INTERNAL);
        assert_true(rule->retry <= CRMI_RETRY_DUPLICATE);
    }
    assert_null(crmi_sf_rule_at(crmi_sf_rule_count()));
}

/* The codes an integration meets, as the API documents them. */
static void test_rule_of__documented_codes_have_their_class_and_way_on(void **state)
{
    static const struct {
        int32_t status;
        const char *code, *message;
        uint32_t error_class, retry;
    } rows[] = {
        {401, "INVALID_SESSION_ID", "Session expired or invalid", CRMSYNC_CLASS_AUTH,
         CRMI_RETRY_REFRESH},
        {401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API",
         CRMSYNC_CLASS_AUTH, CRMI_RETRY_NEVER},
        {403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", CRMSYNC_CLASS_LIMIT,
         CRMI_RETRY_LATER},
        {403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.",
         CRMSYNC_CLASS_LIMIT, CRMI_RETRY_BACKOFF},
        {400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", CRMSYNC_CLASS_TRANSIENT,
         CRMI_RETRY_BACKOFF},
        {400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
         "Trg: execution of AfterInsert caused by: boom", CRMSYNC_CLASS_DATA, CRMI_RETRY_NEVER},
        {400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trg: UNABLE_TO_LOCK_ROW, unable to obtain",
         CRMSYNC_CLASS_TRANSIENT, CRMI_RETRY_BACKOFF},
        {404, "ENTITY_IS_DELETED", "entity is deleted", CRMSYNC_CLASS_STATE, CRMI_RETRY_REREAD},
        {404, "NOT_FOUND", "The requested resource does not exist", CRMSYNC_CLASS_STATE,
         CRMI_RETRY_REREAD},
        {404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: X__c",
         CRMSYNC_CLASS_SCHEMA, CRMI_RETRY_DESCRIBE},
        {400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead",
         CRMSYNC_CLASS_STATE, CRMI_RETRY_REREAD},
        {400, "INVALID_FIELD", "No such column 'X' on entity", CRMSYNC_CLASS_SCHEMA,
         CRMI_RETRY_DESCRIBE},
        {400, "INVALID_FIELD", "Foreign key external ID: 0116 not found for field X",
         CRMSYNC_CLASS_REFERENCE, CRMI_RETRY_REREAD},
        {400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: X",
         CRMSYNC_CLASS_SCHEMA, CRMI_RETRY_DROP_FIELD},
        {400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user",
         CRMSYNC_CLASS_DATA, CRMI_RETRY_OWNER},
        {400, "INVALID_QUERY_LOCATOR", "invalid query locator", CRMSYNC_CLASS_TRANSIENT,
         CRMI_RETRY_REQUERY},
        {400, "PROCESSING_HALTED", "rolled back", CRMSYNC_CLASS_CONFLICT, CRMI_RETRY_CULPRIT},
        {400, "DUPLICATE_VALUE", "duplicate value found", CRMSYNC_CLASS_DUPLICATE,
         CRMI_RETRY_DUPLICATE},
        {400, "SOME_CODE_OF_TOMORROW", "x", CRMSYNC_CLASS_DATA, CRMI_RETRY_NEVER},
        {403, "SOME_CODE_OF_TOMORROW", "x", CRMSYNC_CLASS_PERMISSION, CRMI_RETRY_NEVER},
        {412, "", "", CRMSYNC_CLASS_CONFLICT, CRMI_RETRY_REREAD},
        {414, "", "", CRMSYNC_CLASS_LIMIT, CRMI_RETRY_SMALLER},
        {420, "", "", CRMSYNC_CLASS_TRANSIENT, CRMI_RETRY_BACKOFF},
        {429, "", "", CRMSYNC_CLASS_LIMIT, CRMI_RETRY_BACKOFF},
        {418, "", "", CRMSYNC_CLASS_DATA, CRMI_RETRY_NEVER},
        {502, "", "", CRMSYNC_CLASS_TRANSIENT, CRMI_RETRY_BACKOFF},
        {-5, "", "", CRMSYNC_CLASS_TRANSIENT, CRMI_RETRY_BACKOFF},
        {302, "", "", CRMSYNC_CLASS_TRANSIENT, CRMI_RETRY_BACKOFF},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const crmi_sf_rule *rule =
            crmi_sf_rule_of(crmi_str(rows[i].code), crmi_str(rows[i].message), rows[i].status);
        if (rule->error_class != rows[i].error_class || rule->retry != rows[i].retry)
            fail_msg("row %zu, %s: class %u, retry %u", i, rows[i].code, rule->error_class,
                     rule->retry);
    }
}

static void test_error_read__whether_a_write_was_applied_is_told_by_the_shape(void **state)
{
    static const struct {
        int32_t status;
        const char *body;
        bool documented;
        uint8_t applied;
    } rows[] = {
        {400, "[{\"message\":\"x\",\"errorCode\":\"STRING_TOO_LONG\"}]", true, CRMI_APPLIED_NO},
        {400, "[{\"message\":\"x\",\"errorCode\":\"REQUEST_RUNNING_TOO_LONG\"}]", true,
         CRMI_APPLIED_MAYBE},
        {500, "[{\"message\":\"x\",\"errorCode\":\"UNKNOWN_EXCEPTION\"}]", true,
         CRMI_APPLIED_MAYBE},
        {503, "[{\"message\":\"x\",\"errorCode\":\"STRING_TOO_LONG\"}]", true, CRMI_APPLIED_MAYBE},
        {503, "<html>maintenance</html>", false, CRMI_APPLIED_MAYBE},
        {400, "<html>proxy</html>", false, CRMI_APPLIED_MAYBE},
        {400, "", false, CRMI_APPLIED_MAYBE},
        {400, "[]", false, CRMI_APPLIED_MAYBE},
        {400, "[{\"message\":\"cut", false, CRMI_APPLIED_MAYBE},
        {400, "[{\"message\":\"no code\"}]", false, CRMI_APPLIED_MAYBE},
        {400, "[7]", false, CRMI_APPLIED_MAYBE},
        {400, "{\"errorCode\":\"X\",\"message\":\"object, not array\"}", true, CRMI_APPLIED_NO},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmi_arena arena;
        crmi_arena_init(&arena, &alloc);
        crmi_sf_errors e = read_errors(&arena, rows[i].status, rows[i].body);
        if (e.documented != rows[i].documented || e.applied != rows[i].applied || !e.count)
            fail_msg("row %zu: documented %d, applied %d", i, e.documented, e.applied);
        crmi_arena_clear(&arena);
    }
}

static void test_error_read__both_spellings_of_duplicate_results_give_the_records(void **state)
{
    static const char *const keys[] = {"duplicateResult", "duplicateResut"};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char body[1200];
        crmi_arena arena;
        snprintf(
            body, sizeof body,
            "[{\"%s\":{\"allowSave\":true,\"duplicateRule\":\"Contacts_DR\",\"matchResults\":"
            "[{\"entityType\":\"Contact\",\"matchRecords\":[{\"matchConfidence\":100.0,"
            "\"record\":{\"attributes\":{\"type\":\"Contact\"},\"Id\":"
            "\"0031i000013x2TEAAY\"}},{\"record\":{\"Id\":\"not an id\"}}],\"size\":2}]},"
            "\"errorCode\":\"DUPLICATES_DETECTED\",\"message\":\"Use one of these records?\"}]",
            keys[i]);
        crmi_arena_init(&arena, &alloc);
        crmi_sf_errors e = read_errors(&arena, 400, body);
        assert_int_equal(e.items[0].match_count, 1);
        assert_true(text_is(e.items[0].matches[0].id, "0031i000013x2TEAAY"));
        assert_true(text_is(e.items[0].matches[0].object, "Contact"));
        assert_true(e.items[0].allow_save);
        assert_int_equal(e.rule->retry, CRMI_RETRY_DUPLICATE);
        crmi_arena_clear(&arena);
    }
}

static void test_error_read__duplicate_value_names_the_record_in_its_message(void **state)
{
    static const struct {
        const char *tail, *id;
    } rows[] = {
        {"001D000000Kv3g5IAB", "001D000000Kv3g5IAB"},
        {"001D000000Kv3g5", "001D000000Kv3g5"},
        {"001D000000Kv3g5.", "001D000000Kv3g5"},
        {"<unknown>", NULL},
        {"", NULL},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[400];
        crmi_arena arena;
        snprintf(body, sizeof body,
                 "[{\"statusCode\":\"DUPLICATE_VALUE\",\"message\":\"duplicate value found: Ext__c "
                 "duplicates value on record with id: %s\",\"fields\":[\"Ext__c\"]}]",
                 rows[i].tail);
        crmi_arena_init(&arena, &alloc);
        crmi_sf_errors e = read_errors(&arena, 400, body);
        assert_int_equal(e.items[0].match_count, rows[i].id != NULL);
        if (rows[i].id)
            assert_true(text_is(e.items[0].matches[0].id, rows[i].id));
        assert_int_equal(e.items[0].field_count, 1);
        crmi_arena_clear(&arena);
    }
}

static void test_error_read__roll_backs_never_hide_the_cause(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_arena arena;
    (void)state;
    crmi_arena_init(&arena, &alloc);
    crmi_sf_errors e = read_errors(
        &arena, 400,
        "[{\"errorCode\":\"PROCESSING_HALTED\",\"message\":\"x\"},"
        "{\"errorCode\":\"REQUIRED_FIELD_MISSING\",\"message\":\"Required fields are missing: "
        "[LastName]\",\"fields\":[\"LastName\"]}]");
    assert_int_equal(e.count, 2);
    assert_int_equal(e.rule->error_class, CRMSYNC_CLASS_DATA);
    crmi_arena_clear(&arena);
}

static void test_fail_response__tells_what_where_and_how_to_mend(void **state)
{
    static const struct {
        int32_t status;
        const char *body;
        int32_t code;
        uint32_t error_class;
        const char *message;
    } rows[] = {
        {400,
         "[{\"message\":\"\\nSELECT Id FROM Foo\\n  ^\\nERROR at Row:1\",\"errorCode\":"
         "\"MALFORMED_QUERY\"}]",
         CRMSYNC_E_SALESFORCE, CRMSYNC_CLASS_CONFIG,
         "query Foo: MALFORMED_QUERY:  SELECT Id FROM Foo   ^ ERROR at Row:1"},
        {401, "[{\"message\":\"Session expired\",\"errorCode\":\"INVALID_SESSION_ID\"}]",
         CRMSYNC_E_AUTH, CRMSYNC_CLASS_AUTH, "query Foo: INVALID_SESSION_ID: Session expired"},
        {503, "<html></html>", CRMSYNC_E_SALESFORCE, CRMSYNC_CLASS_TRANSIENT,
         "query Foo: HTTP 503 without an answer of the API"},
        {403, "Wrong_Org", CRMSYNC_E_SALESFORCE, CRMSYNC_CLASS_PERMISSION,
         "query Foo: HTTP 403: Wrong_Org"},
        {302, "", CRMSYNC_E_PROTOCOL, CRMSYNC_CLASS_TRANSIENT,
         "query Foo: HTTP 302 without an answer of the API"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        crmsync_error *err = NULL;
        crmi_response r = answer(rows[i].status, rows[i].body);
        r.retry_after_ms = 7000;
        assert_int_equal(crmi_fail_response(&err, &alloc, "query Foo", &r), rows[i].code);
        assert_int_equal(crmsync_error_code(err), rows[i].code);
        assert_int_equal(crmsync_error_class(err), rows[i].error_class);
        assert_true(text_is(crmsync_error_message(err), rows[i].message));
        assert_int_equal(crmsync_error_http_status(err), rows[i].status);
        assert_int_equal(crmsync_error_retry_after_ms(err), 7000);
        assert_true(crmsync_error_remedy(err).len > 0);
        crmsync_error_free(err);
    }
}

static int32_t read_body(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_arena arena;
    crmi_sf_errors errors;
    crmi_response r = answer(
        400,
        "[{\"errorCode\":\"DUPLICATE_VALUE\",\"message\":\"on record with id: "
        "001D000000Kv3g5IAB\",\"fields\":[\"A\",\"B\"]},{\"errorCode\":\"DUPLICATES_DETECTED\","
        "\"duplicateResult\":{\"matchResults\":[{\"entityType\":\"Contact\",\"matchRecords\":"
        "[{\"record\":{\"Id\":\"0031i000013x2TEAAY\"}}]}]}}]");
    crmi_arena_init(&arena, alloc);
    int32_t rc = crmi_sf_error_read(&arena, &r, &errors, err);
    crmi_arena_clear(&arena);
    return rc;
}

static void test_error_read__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(read_body) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__each_code_stands_once_with_a_remedy),
        cmocka_unit_test(test_rule_of__documented_codes_have_their_class_and_way_on),
        cmocka_unit_test(test_error_read__whether_a_write_was_applied_is_told_by_the_shape),
        cmocka_unit_test(test_error_read__both_spellings_of_duplicate_results_give_the_records),
        cmocka_unit_test(test_error_read__duplicate_value_names_the_record_in_its_message),
        cmocka_unit_test(test_error_read__roll_backs_never_hide_the_cause),
        cmocka_unit_test(test_fail_response__tells_what_where_and_how_to_mend),
        cmocka_unit_test(test_error_read__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests_name("salesforce_errors", tests, NULL, NULL);
}
