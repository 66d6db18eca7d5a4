/* Writes: single records, collections, composites, graphs, notes. */
#include "test_salesforce.h"

#include "salesforce/collections.h"
#include "salesforce/composite.h"
#include "salesforce/graph.h"
#include "salesforce/note.h"

#define V CRMI_STR("68.0")
#define TEXT(s)                                                                                    \
    {                                                                                              \
        CRMSYNC_STR_LIT(s), 0, CRMSYNC_CELL_TEXT, 0                                                \
    }
#define COUNT(a) (sizeof(a) / sizeof *(a))

static const crmi_write_field person_fields[] = {
    {CRMSYNC_STR_LIT("LastName"), TEXT("Doe")},
    {CRMSYNC_STR_LIT("Email"), {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}},
    {CRMSYNC_STR_LIT("Title"), {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}},
    {CRMSYNC_STR_LIT("Account.ExtKey__c"), TEXT("A-17")},
    {CRMSYNC_STR_LIT("Lead:Who.Ext__c"), TEXT("7")},
};
static const crmi_write person = {CRMSYNC_STR_LIT("Contact"), CRMSYNC_STR_LIT("003RO0000035WQgYAM"),
                                  person_fields, COUNT(person_fields)};
static const char person_json[] = "{\"LastName\":\"Doe\",\"Email\":null,\"Account\":{\"ExtKey__c\":"
                                  "\"A-17\"},\"Who\":{\"attributes\":{\"type\":\"Lead\"},"
                                  "\"Ext__c\":\"7\"}}";

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

static void test_collections__order_groups_objects_and_answers_come_back_in_place(void **state)
{
    static const crmi_write_field f[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("Doe")}};
    crmi_write w[] = {
        {CRMI_STR("Lead"), CRMI_STR_EMPTY, f, 1},
        {CRMI_STR("Contact"), CRMI_STR_EMPTY, f, 1},
        {CRMI_STR("Lead"), CRMI_STR_EMPTY, f, 1},
    };
    uint32_t order[3];
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_arena arena;
    crmi_write_result results[3];
    (void)state;
    crmi_collections_order(w, 3, order);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 2);
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_collections_request(&r, V, CRMI_WRITE_CREATE, CRMI_STR_EMPTY, w, 3, order,
                                              false, NULL, NULL),
                     CRMSYNC_OK);
    assert_true(text_is(
        crmi_buf_str(&r.body),
        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Contact\"},\"LastName\":"
        "\"Doe\"},{\"attributes\":{\"type\":\"Lead\"},\"LastName\":\"Doe\"},{\"attributes\":{"
        "\"type\":\"Lead\"},\"LastName\":\"Doe\"}]}"));
    crmi_request_clear(&r);
    crmi_arena_init(&arena, &alloc);
    crmi_response a = answer(
        200,
        "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true,\"errors\":[]},"
        "{\"success\":false,\"errors\":[{\"statusCode\":\"REQUIRED_FIELD_MISSING\",\"message\":"
        "\"Required fields are missing: [Company]\",\"fields\":[\"Company\"]}]},"
        "{\"id\":\"001RM000003oCprYAE\",\"success\":false,\"errors\":[{\"statusCode\":"
        "\"ALL_OR_NONE_OPERATION_ROLLED_BACK\",\"message\":\"x\",\"fields\":[]}]}]");
    assert_int_equal(crmi_collections_read(&arena, &a, 3, order, results, NULL), CRMSYNC_OK);
    assert_true(results[1].success);
    assert_true(text_is(results[1].id, "003D000000QV9n2IAD"));
    assert_int_equal(results[0].errors.rule->error_class, CRMSYNC_CLASS_DATA);
    assert_true(text_is(results[0].errors.items[0].fields[0], "Company"));
    assert_int_equal(results[2].errors.rule->retry, CRMI_RETRY_CULPRIT);
    assert_false(results[2].unknown);
    crmi_arena_clear(&arena);
}

static void test_collections_read__answers_that_do_not_fit_the_request_are_refused(void **state)
{
    static const struct {
        int32_t status;
        const char *body;
        int32_t code;
    } rows[] = {
        {200, "[]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true}]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},7]", CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":true}]",
         CRMSYNC_E_PROTOCOL},
        {200, "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":\"no\"}]",
         CRMSYNC_E_PROTOCOL},
        {200,
         "[{\"id\":\"003D000000QV9n2IAD\",\"success\":true},{\"success\":false,\"success\":true,"
         "\"id\":\"003D000000QV9n2IAD\"}]",
         CRMSYNC_E_PROTOCOL},
        {200, "{}", CRMSYNC_E_PROTOCOL},
        {200, "<html>", CRMSYNC_E_PROTOCOL},
        {200, "", CRMSYNC_E_PROTOCOL},
        {400, "[{\"errorCode\":\"LIMIT_EXCEEDED\",\"message\":\"x\"}]", CRMSYNC_E_SALESFORCE},
        {503, "<html>", CRMSYNC_E_SALESFORCE},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        crmi_arena arena;
        crmi_write_result results[2];
        crmi_response a = answer(rows[i].status, rows[i].body);
        crmi_arena_init(&arena, &alloc);
        if (crmi_collections_read(&arena, &a, 2, NULL, results, NULL) != rows[i].code)
            fail_msg("row %zu", i);
        crmi_arena_clear(&arena);
    }
}

static void test_collections_request__limits_and_odd_items_are_refused(void **state)
{
    static const crmi_write_field f[] = {{CRMSYNC_STR_LIT("Ext__c"), TEXT("1")}};
    static const crmi_write_field null_key[] = {
        {CRMSYNC_STR_LIT("Ext__c"), {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}}};
    static char names[12][8];
    crmi_write w[201];
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    (void)state;
    crmi_request_init(&r, &alloc);
#define REQUEST(op, n)                                                                             \
    crmi_collections_request(&r, V, op, CRMI_STR("Ext__c"), w, n, NULL, false, NULL, NULL)
    for (size_t i = 0; i < 201; i++)
        w[i] = (crmi_write){CRMI_STR("Lead"), CRMI_STR("00QD000000QV9n2IAD"), f, 1};
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 200), CRMSYNC_OK);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 201), CRMSYNC_E_LIMIT);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 0), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(9, 1), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_OK);
    assert_true(
        text_is(crmi_buf_str(&r.path), "/services/data/v68.0/composite/sobjects/Lead/Ext__c"));
    w[1].fields = null_key;
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_E_INVALID);
    w[1] = (crmi_write){CRMI_STR("Contact"), CRMI_STR_EMPTY, f, 1};
    assert_int_equal(REQUEST(CRMI_WRITE_UPSERT, 2), CRMSYNC_E_INVALID);
    assert_int_equal(REQUEST(CRMI_WRITE_UPDATE, 2), CRMSYNC_E_INVALID);
    w[1] = w[0];
    assert_int_equal(REQUEST(CRMI_WRITE_DELETE, 2), CRMSYNC_OK);
    assert_true(text_is(r.method, "DELETE"));
    assert_true(text_is(crmi_buf_str(&r.path),
                        "/services/data/v68.0/composite/sobjects?ids=00QD000000QV9n2IAD,"
                        "00QD000000QV9n2IAD&allOrNone=false"));
    for (size_t i = 0; i < 12; i++) {
        snprintf(names[i], sizeof names[i], "X%zu__c", i);
        w[i] = (crmi_write){crmi_str(names[i]), CRMI_STR_EMPTY, f, 1};
    }
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 10), CRMSYNC_OK);
    assert_int_equal(REQUEST(CRMI_WRITE_CREATE, 11), CRMSYNC_E_LIMIT);
#undef REQUEST
    crmi_request_clear(&r);
}

static void test_collections_rows__missing_records_are_absent_rows(void **state)
{
    crmsync_str ids[] = {CRMI_STR("003D000000QV9n2IAD"), CRMI_STR("003RO0000035WQgYAM")};
    crmsync_str fields[] = {CRMI_STR("Id"), CRMI_STR("Email")};
    crmi_query_column columns[] = {{CRMI_STR("Id"), CRMSYNC_CELL_ID}, {CRMI_STR("Email"), 0}};
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmsync_rows *rows;
    (void)state;
    crmi_request_init(&r, &alloc);
    assert_int_equal(
        crmi_collections_retrieve_request(&r, V, CRMI_STR("Contact"), ids, 2, fields, 2, NULL),
        CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&r.body),
                        "{\"ids\":[\"003D000000QV9n2IAD\","
                        "\"003RO0000035WQgYAM\"],\"fields\":[\"Id\",\"Email\"]}"));
    crmi_request_clear(&r);
    crmi_response a = answer(200, "[null,{\"Id\":\"003RO0000035WQgYAM\",\"Email\":null}]");
    assert_int_equal(
        crmi_collections_rows(&alloc, &a, 2, CRMI_STR("Contact"), columns, 2, &rows, NULL),
        CRMSYNC_OK);
    assert_int_equal(crmsync_rows_get(rows, 0, 0).type, CRMSYNC_CELL_ABSENT);
    assert_int_equal(crmsync_rows_get(rows, 1, 1).type, CRMSYNC_CELL_NULL);
    crmsync_rows_free(rows);
    assert_int_equal(
        crmi_collections_rows(&alloc, &a, 3, CRMI_STR("Contact"), columns, 2, &rows, NULL),
        CRMSYNC_E_PROTOCOL);
}

static void test_composite__parts_carry_their_own_headers_and_keep_the_limits(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r, part;
    crmi_composite c;
    crmi_write_options o = {.auto_assign = CRMI_ASSIGN_NO};
    crmi_write w = {CRMI_STR("Lead"), CRMI_STR_EMPTY, person_fields, 1};
    char ref[8];
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

static const crmi_write_field account_fields[] = {{CRMSYNC_STR_LIT("Name"), TEXT("Acme")}};
static const crmi_write_field child_fields[] = {{CRMSYNC_STR_LIT("LastName"), TEXT("Doe")},
                                                {CRMSYNC_STR_LIT("AccountId"), TEXT("stale")}};
static const crmi_write account = {
    CRMSYNC_STR_LIT("Account"), {NULL, 0}, account_fields, COUNT(account_fields)};
static const crmi_write child = {
    CRMSYNC_STR_LIT("Contact"), {NULL, 0}, child_fields, COUNT(child_fields)};

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
        cmocka_unit_test(test_create_request__fields_options_and_path),
        cmocka_unit_test(test_upsert_request__key_is_encoded_and_left_out_of_the_body),
        cmocka_unit_test(test_write_requests__what_cannot_be_sent_is_named),
        cmocka_unit_test(test_write_read__documented_answers_have_their_outcome),
        cmocka_unit_test(test_ui_create_request__carries_the_idempotency_key),
        cmocka_unit_test(test_collections__order_groups_objects_and_answers_come_back_in_place),
        cmocka_unit_test(test_collections_read__answers_that_do_not_fit_the_request_are_refused),
        cmocka_unit_test(test_collections_request__limits_and_odd_items_are_refused),
        cmocka_unit_test(test_collections_rows__missing_records_are_absent_rows),
        cmocka_unit_test(test_composite__parts_carry_their_own_headers_and_keep_the_limits),
        cmocka_unit_test(test_composite_add__text_that_reads_as_a_reference_is_refused),
        cmocka_unit_test(test_composite_read__parts_by_reference),
        cmocka_unit_test(test_composite_read__hostile_answers_are_refused),
        cmocka_unit_test(test_graph_request__children_point_at_their_new_parent),
        cmocka_unit_test(test_graph_read__culprit_and_halted_are_told_apart),
        cmocka_unit_test(test_graph_read__missing_graphs_and_nodes_are_refused),
        cmocka_unit_test(test_note__text_is_escaped_and_linked_in_one_call),
        cmocka_unit_test(test_note_read__gives_the_note_or_what_it_fell_with),
        cmocka_unit_test(test_writes__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests_name("salesforce_composite", tests, NULL, NULL);
}
