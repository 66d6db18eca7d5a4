/* test_orgsim_rest.c: the resources of the REST API. */
#include "test_orgsim.h"

#define V "/services/data/v60.0/"

static int setup(void **state)
{
    *state = orgsim_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static long number_at(const reply *r, const char *pointer)
{
    yyjson_val *value = yyjson_ptr_get(r->root, pointer);
    return value ? (long)yyjson_get_sint(value) : -1;
}

static void expect(orgsim *org, const char *method, const char *target, const char *body,
                   int status, const char *part)
{
    reply r = ask(org, method, target, body);
    if (r.status != status || !strstr(r.response.body, part))
        fail_msg("%s %s -> %d %s", method, target, r.status, r.response.body);
    done(&r);
}

static void test_dispatch__addresses__answer_as_documented(void **state)
{
    static const struct { const char *method, *target; int status; const char *part; } cases[] = {
        {"GET", "/services/data", 200, "\"version\":\"68.0\""},
        {"GET", "/services/data/", 200, "Winter '27"},
        {"GET", V, 200, "\"sobjects\""},
        {"GET", V "limits", 200, "DailyApiRequests"},
        {"GET", V "limits/", 200, "DailyApiRequests"},
        {"GET", "/services/data/v69.0/limits", 404, "NOT_FOUND"},
        {"GET", "/services/data/v20.0/limits", 410, "GONE"},
        {"GET", V "nope", 404, "\"errorCode\":\"NOT_FOUND\""},
        {"GET", "/elsewhere", 404, "NOT_FOUND"},
        {"DELETE", V "query?q=x", 405, "METHOD_NOT_ALLOWED"},
        {"GET", V "query", 400, "MALFORMED_QUERY"},
        {"GET", V "query/01gRO0000016PIAYA2-500", 400, "INVALID_QUERY_LOCATOR"},
        {"GET", V "sobjects", 200, "\"maxBatchSize\":200"},
        {"GET", V "sobjects/Lead", 200, "objectDescribe"},
        {"GET", V "sobjects/Nope/describe", 404, "NOT_FOUND"},
        {"GET", V "sobjects/Lead/00QgS00000zzzzz", 404, "NOT_FOUND"},
        {"GET", V "sobjects/Lead/x", 400, "MALFORMED_ID"},
        {"GET", V "sobjects/Account/Namez/1", 404, "Provided external ID field does not exist"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(*state, cases[i].method, cases[i].target, NULL, cases[i].status, cases[i].part);
}

static void test_dispatch__long_head__is_refused(void **state)
{
    static char target[17000];
    strcpy(target, V "query?q=");
    memset(target + strlen(target), 'x', sizeof target - strlen(target) - 1);
    reply r = ask(*state, "GET", target, NULL);
    assert_int_equal(r.status, 414);
    done(&r);
}

static void test_session__missing_or_dead_token__is_401(void **state)
{
    orgsim *org = *state;
    crmsync_header header = {view("Authorization"), view("Bearer 00D000000000001!nope")};
    orgsim_request request = {view("GET"), view(V "limits"), &header, 1, view("")};
    orgsim_response response;
    for (size_t count = 0; count < 2; count++) {
        request.header_count = count;
        orgsim_handle(org, &request, &response);
        assert_int_equal(response.status, 401);
        assert_non_null(strstr(response.body, "INVALID_SESSION_ID"));
        orgsim_response_clear(&response);
    }
    char bearer[256];
    snprintf(bearer, sizeof bearer, "OAuth %s", orgsim_access_token(org));
    header.value = view(bearer);
    orgsim_handle(org, &request, &response);
    assert_int_equal(response.status, 200);
    orgsim_response_clear(&response);
    orgsim_switch(org, "session_expire", "");
    orgsim_handle(org, &request, &response);
    assert_int_equal(response.status, 401);
    orgsim_response_clear(&response);
}

static void test_limits__used_up__refuse_and_are_told_in_each_reply(void **state)
{
    orgsim *org = *state;
    reply r = ask(org, "GET", V "limits", NULL);
    assert_string_equal(header_of(&r, "Sforce-Limit-Info"), "api-usage=1/100000");
    assert_string_equal(header_of(&r, "Date"), "Mon, 05 Jan 2026 09:00:00 GMT");
    assert_int_equal(number_at(&r, "/DailyApiRequests/Remaining"), 99999);
    done(&r);
    orgsim_switch(org, "api_used", "99999");
    expect(org, "GET", V "limits", NULL, 200, "\"Remaining\":0");
    expect(org, "GET", V "limits", NULL, 403, "REQUEST_LIMIT_EXCEEDED");
    orgsim_set_now(org, orgsim_now(org) + INT64_C(23) * 3600000);
    expect(org, "GET", V "limits", NULL, 403, "REQUEST_LIMIT_EXCEEDED");
    orgsim_set_now(org, orgsim_now(org) + 3600000); /* the limit is one of the last 24 hours */
    expect(org, "GET", V "limits", NULL, 200, "\"Remaining\":99999");
    orgsim_switch(org, "api_used", "off");
    expect(org, "GET", V "limits", NULL, 200, "Daily");
    assert_int_equal(orgsim_usage_get(org).api_calls, 4);
}

static void test_rows__by_id__create_read_update_delete(void **state)
{
    orgsim *org = *state;
    char target[120], id[19];
    reply r = ask(org, "POST", V "sobjects/Contact", "{\"LastName\":\"Doe\",\"Email\":\"d@x.de\"}");
    assert_int_equal(r.status, 201);
    snprintf(id, sizeof id, "%s", text_at(&r, "/id"));
    snprintf(target, sizeof target, V "sobjects/Contact/%s", id);
    assert_string_equal(header_of(&r, "Location"), target);
    done(&r);
    r = ask(org, "GET", target, NULL);
    assert_string_equal(text_at(&r, "/Email"), "d@x.de");
    assert_string_equal(text_at(&r, "/attributes/type"), "Contact");
    done(&r);
    expect(org, "PATCH", target, "{\"Id\":\"x\",\"LastName\":\"E\"}", 400, "The Id field");
    expect(org, "PATCH", target, "{\"LastName\":null}", 400, "REQUIRED_FIELD_MISSING");
    expect(org, "PATCH", target, "{\"Email\":null}", 204, "");
    r = ask(org, "GET", target, NULL);
    assert_true(yyjson_is_null(yyjson_ptr_get(r.root, "/Email")));
    done(&r);
    r = ask_with(org, "PATCH", target, "{\"Title\":\"x\"}",
                 "If-Unmodified-Since: Mon, 05 Jan 2026 08:59:59 GMT");
    assert_int_equal(r.status, 412);
    done(&r);
    r = ask_with(org, "PATCH", target, "{\"Title\":\"x\"}",
                 "If-Unmodified-Since: Mon, 05 Jan 2026 09:00:00 GMT");
    assert_int_equal(r.status, 204);
    done(&r);
    expect(org, "PATCH", target, "{\"LastName\":", 400, "JSON_PARSER_ERROR");
    expect(org, "DELETE", target, NULL, 204, "");
    expect(org, "GET", target, NULL, 404, "ENTITY_IS_DELETED");
    expect(org, "PATCH", target, "{\"Title\":\"y\"}", 404, "ENTITY_IS_DELETED");
    expect(org, "DELETE", target, NULL, 404, "ENTITY_IS_DELETED");
}

static void test_upsert__by_external_id__creates_then_updates(void **state)
{
    orgsim *org = *state;
    char id[19];
    orgsim_switch(org, "external_id", "Account.Ext__c");
    expect(org, "PATCH", V "sobjects/Account/Ext__c/a%2Fb?updateOnly=true", "{\"Name\":\"A\"}", 404,
           "NOT_FOUND");
    expect(org, "PATCH", V "sobjects/Account/Ext__c/a%2Fb", "{\"Name\":\"A\"}", 201,
           "\"created\":true");
    expect(org, "PATCH", V "sobjects/Account/Ext__c/A%2FB", "{\"Name\":\"B\"}", 200,
           "\"created\":false");
    expect(org, "PATCH", "/services/data/v45.0/sobjects/Account/Ext__c/A%2FB",
           "{\"Name\":\"B\"}", 204, "");
    expect(org, "GET", V "sobjects/Account/Ext__c/a%2Fb", NULL, 200, "\"Name\":\"B\"");
    expect(org, "PATCH", V "sobjects/Account/Ext__c/q", "{\"Ext__c\":\"q\",\"Name\":\"B\"}", 400,
           "INVALID_FIELD");
    assert_int_equal(orgsim_count(org, "Account", "Ext__c = 'a/b'"), 1);
    orgsim_insert(org, "Contact", "{\"LastName\":\"1\",\"Email\":\"t@x.de\"}", id);
    orgsim_insert(org, "Contact", "{\"LastName\":\"2\",\"Email\":\"t@x.de\"}", id);
    expect(org, "PATCH", V "sobjects/Contact/Email/t@x.de", "{\"Title\":\"x\"}", 300,
           "[\"/services/data/v60.0/sobjects/Contact/003");
    assert_int_equal(orgsim_count(org, "Contact", "Title = 'x'"), 0);
}

static void test_describe__unchanged__is_304(void **state)
{
    orgsim *org = *state;
    reply r = ask(org, "GET", V "sobjects/Contact/describe", NULL);
    assert_string_equal(text_at(&r, "/keyPrefix"), "003");
    const char *stamp = header_of(&r, "Last-Modified");
    char header[100];
    snprintf(header, sizeof header, "If-Modified-Since: %s", stamp);
    done(&r);
    r = ask_with(org, "GET", V "sobjects/Contact/describe", NULL, header);
    assert_int_equal(r.status, 304);
    assert_int_equal(r.response.body_len, 0);
    done(&r);
    orgsim_set_now(org, orgsim_now(org) + 60000);
    orgsim_switch(org, "field_add", "Contact.Level__c:picklist!:Low|*High");
    orgsim_switch(org, "field_hidden", "Contact.Title");
    r = ask_with(org, "GET", V "sobjects/Contact/describe", NULL, header);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.response.body, "\"name\":\"Level__c\""));
    assert_null(strstr(r.response.body, "\"name\":\"Title\""));
    done(&r);
    expect(org, "POST", V "sobjects/Contact", "{\"LastName\":\"x\",\"Level__c\":\"Mid\"}", 400,
           "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
}

static void test_query__more_rows_than_a_page__are_paged(void **state)
{
    orgsim_options options = {0};
    char fields[60], id[19], next[100];
    (void)state;
    options.query_page = 300;
    orgsim *org = orgsim_new(&options);
    for (int i = 0; i < 700; i++) {
        snprintf(fields, sizeof fields, "{\"Name\":\"A%d\"}", i);
        assert_int_equal(orgsim_insert(org, "Account", fields, id), 0);
    }
    snprintf(next, sizeof next, V "query?q=SELECT+Id+FROM+Account");
    long seen = 0, pages = 0;
    for (bool more = true; more; pages++) {
        reply r = ask_with(org, "GET", next, NULL, "Sforce-Query-Options: batchSize=200");
        assert_int_equal(r.status, 200);
        assert_int_equal(number_at(&r, "/totalSize"), 700);
        seen += (long)yyjson_arr_size(yyjson_ptr_get(r.root, "/records"));
        more = !yyjson_get_bool(yyjson_ptr_get(r.root, "/done"));
        if (more)
            snprintf(next, sizeof next, "%s", text_at(&r, "/nextRecordsUrl"));
        assert_int_equal(yyjson_ptr_get(r.root, "/nextRecordsUrl") != NULL, more);
        done(&r);
    }
    assert_int_equal(seen, 700);
    assert_int_equal(pages, 4);
    orgsim_set_now(org, orgsim_now(org) + 3 * 86400000LL);
    expect(org, "GET", next, NULL, 400, "INVALID_QUERY_LOCATOR");
    orgsim_switch(org, "locator_short", "on");
    reply r = ask(org, "GET", V "query?q=SELECT+Id+FROM+Account", NULL);
    snprintf(next, sizeof next, "%s", text_at(&r, "/nextRecordsUrl"));
    done(&r);
    expect(org, "GET", next, NULL, 400, "INVALID_QUERY_LOCATOR");
    orgsim_free(org);
}

#define C(type, rest) "{\"attributes\":{\"type\":\"" type "\"}," rest "}"

static void test_collections__create__answers_item_by_item(void **state)
{
    orgsim *org = *state;
    const char *some = "{\"records\":[" C("Account", "\"Name\":\"A\"") ","
                       C("Account", "\"Nme\":\"A\"") "," C("Nope", "\"x\":1") "]}";
    const char *all = "{\"allOrNone\":true,\"records\":[" C("Account", "\"Name\":\"A\"") ","
                      C("Account", "\"Phone\":\"A\"") "]}";
    reply r = ask(org, "POST", V "composite/sobjects", some);
    assert_int_equal(r.status, 200);
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/0/success")));
    assert_string_equal(text_at(&r, "/1/errors/0/statusCode"), "INVALID_FIELD");
    assert_null(yyjson_ptr_get(r.root, "/1/id"));
    assert_string_equal(text_at(&r, "/2/errors/0/statusCode"), "INVALID_TYPE");
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
    r = ask(org, "POST", V "composite/sobjects", all);
    assert_int_equal(r.status, 200);
    assert_string_equal(text_at(&r, "/0/errors/0/statusCode"),
                        "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_string_equal(text_at(&r, "/1/errors/0/statusCode"), "REQUIRED_FIELD_MISSING");
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
    assert_int_equal(orgsim_usage_get(org).rows_created, 1);
}

static void test_collections__too_many__are_refused_whole(void **state)
{
    orgsim *org = *state;
    static char body[20000];
    strcpy(body, "{\"records\":[");
    for (int i = 0; i < 201; i++)
        snprintf(body + strlen(body), 80, "%s" C("Account", "\"Name\":\"A\""), i ? "," : "");
    strcat(body, "]}");
    expect(org, "POST", V "composite/sobjects", body, 400, "LIMIT_EXCEEDED");
    strcpy(body, "{\"records\":[");
    for (int i = 0; i < 11; i++) {
        strcat(body, i ? "," : "");
        strcat(body, i % 2 ? C("Account", "\"Name\":\"A\"") : C("Contact", "\"LastName\":\"A\""));
    }
    strcat(body, "]}");
    expect(org, "POST", V "composite/sobjects", body, 400, "10 chunks");
    assert_int_equal(orgsim_count(org, "Account", NULL), 0);
}

static void test_collections__update_delete_read__work_by_id(void **state)
{
    orgsim *org = *state;
    char a[19], b[19], body[600], target[200];
    orgsim_insert(org, "Account", "{\"Name\":\"A\"}", a);
    orgsim_insert(org, "Account", "{\"Name\":\"B\"}", b);
    snprintf(body, sizeof body,
             "{\"records\":[" C("Account", "\"id\":\"%s\",\"Phone\":\"1\"") ","
             C("Account", "\"Id\":\"%.15s\",\"Phone\":\"2\"") ","
             C("Account", "\"id\":\"%s\",\"Phone\":\"3\"") ","
             C("Account", "\"id\":\"001gS00000zzzzz\"") "]}", a, b, a);
    reply r = ask(org, "PATCH", V "composite/sobjects", body);
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/0/success")));
    assert_string_equal(text_at(&r, "/1/id"), b);
    assert_string_equal(text_at(&r, "/2/errors/0/statusCode"), "DUPLICATE_VALUE");
    assert_string_equal(text_at(&r, "/3/errors/0/statusCode"), "INVALID_CROSS_REFERENCE_KEY");
    done(&r);
    snprintf(target, sizeof target, V "composite/sobjects/Account?ids=%s,001gS00000zzzzz,%s&fields="
             "Phone", b, a);
    r = ask(org, "GET", target, NULL);
    assert_string_equal(text_at(&r, "/0/Phone"), "2");
    assert_true(yyjson_is_null(yyjson_ptr_get(r.root, "/1")));
    assert_string_equal(text_at(&r, "/2/Phone"), "1");
    done(&r);
    orgsim_delete(org, b);
    snprintf(target, sizeof target, V "composite/sobjects?ids=%s,%s&allOrNone=true", a, b);
    r = ask(org, "DELETE", target, NULL);
    assert_string_equal(text_at(&r, "/0/errors/0/statusCode"),
                        "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    assert_string_equal(text_at(&r, "/1/errors/0/statusCode"), "ENTITY_IS_DELETED");
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
}

static void test_collections__upsert__tells_what_was_created(void **state)
{
    orgsim *org = *state;
    orgsim_switch(org, "external_id", "Account.Ext__c");
    const char *body = "{\"records\":[" C("Account", "\"Ext__c\":\"1\",\"Name\":\"A\"") ","
                       C("Account", "\"Ext__c\":\"1\",\"Name\":\"A\"") ","
                       C("Account", "\"Name\":\"A\"") "]}";
    reply r = ask(org, "PATCH", V "composite/sobjects/Account/Ext__c", body);
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/0/created")));
    assert_string_equal(text_at(&r, "/1/errors/0/statusCode"), "DUPLICATE_VALUE");
    assert_string_equal(text_at(&r, "/2/errors/0/statusCode"), "MISSING_ARGUMENT");
    done(&r);
    r = ask(org, "PATCH", V "composite/sobjects/Account/Ext__c", body);
    assert_true(yyjson_is_false(yyjson_ptr_get(r.root, "/0/created")));
    done(&r);
}

#define PART(method, url, ref, rest) \
    "{\"method\":\"" method "\",\"url\":\"" V url "\",\"referenceId\":\"" ref "\"" rest "}"

static void test_composite__references__carry_ids_and_rows(void **state)
{
    orgsim *org = *state;
    const char *body =
        "{\"allOrNone\":true,\"compositeRequest\":["
        PART("POST", "sobjects/Account", "a", ",\"body\":{\"Name\":\"Acme\"}") ","
        PART("POST", "composite/sobjects", "many",
             ",\"body\":{\"records\":[" C("Contact", "\"LastName\":\"C\",\"AccountId\":\"@{a.id}\"")
             "]}") ","
        PART("GET", "query?q=SELECT Id FROM Contact WHERE AccountId='@{a.id}'", "q", "") ","
        PART("PATCH", "sobjects/Contact/@{q.records[0].Id}", "p",
             ",\"body\":{\"Title\":\"CTO @{many[0].id}\"}") "]}";
    reply r = ask(org, "POST", V "composite", body);
    assert_int_equal(number_at(&r, "/compositeResponse/0/httpStatusCode"), 201);
    assert_int_equal(number_at(&r, "/compositeResponse/2/body/totalSize"), 1);
    assert_int_equal(number_at(&r, "/compositeResponse/3/httpStatusCode"), 204);
    assert_true(yyjson_is_null(yyjson_ptr_get(r.root, "/compositeResponse/3/body")));
    assert_non_null(yyjson_ptr_get(r.root, "/compositeResponse/0/httpHeaders/Location"));
    done(&r);
    assert_int_equal(orgsim_count(org, "Contact", "Title LIKE 'CTO 003%'"), 1);
    assert_int_equal(orgsim_usage_get(org).api_calls, 1);
}

static void test_composite__failure__halts_all_or_only_dependents(void **state)
{
    orgsim *org = *state;
    static const char parts[] =
        "\"compositeRequest\":["
        PART("POST", "sobjects/Account", "a", ",\"body\":{\"Name\":\"A\"}") ","
        PART("POST", "sobjects/Account", "b", ",\"body\":{}") ","
        PART("POST", "sobjects/Contact", "c",
             ",\"body\":{\"LastName\":\"C\",\"AccountId\":\"@{b.id}\"}") "]}";
    char body[1200];
    snprintf(body, sizeof body, "{\"allOrNone\":true,%s", parts);
    reply r = ask(org, "POST", V "composite", body);
    assert_int_equal(r.status, 200);
    assert_string_equal(text_at(&r, "/compositeResponse/0/body/0/errorCode"), "PROCESSING_HALTED");
    assert_string_equal(text_at(&r, "/compositeResponse/1/body/0/errorCode"),
                        "REQUIRED_FIELD_MISSING");
    assert_string_equal(text_at(&r, "/compositeResponse/2/body/0/errorCode"), "PROCESSING_HALTED");
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 0);
    snprintf(body, sizeof body, "{\"allOrNone\":false,%s", parts);
    r = ask(org, "POST", V "composite", body);
    assert_int_equal(number_at(&r, "/compositeResponse/0/httpStatusCode"), 201);
    assert_non_null(strstr(text_at(&r, "/compositeResponse/2/body/0/message"),
                           "No value for b.id found in b"));
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
    assert_int_equal(orgsim_count(org, "Contact", NULL), 0);
}

static void test_rollback__updated_row__is_found_by_its_old_values(void **state)
{
    orgsim *org = *state;
    char id[19], body[600];
    orgsim_insert(org, "Contact", "{\"LastName\":\"C\",\"Email\":\"old@x.de\"}", id);
    char *before = orgsim_dump(org, "Contact");
    snprintf(body, sizeof body,
             "{\"allOrNone\":true,\"records\":["
             C("Contact", "\"id\":\"%s\",\"Email\":\"new@x.de\",\"Title\":\"x\"") ","
             C("Contact", "\"id\":\"003gS00000zzzzz\"") "]}", id);
    reply r = ask(org, "PATCH", V "composite/sobjects", body);
    assert_string_equal(text_at(&r, "/0/errors/0/statusCode"),
                        "ALL_OR_NONE_OPERATION_ROLLED_BACK");
    done(&r);
    char *after = orgsim_dump(org, "Contact");
    assert_string_equal(before, after);
    assert_int_equal(orgsim_count(org, "Contact", "Email = 'old@x.de'"), 1);
    assert_int_equal(orgsim_count(org, "Contact", "Email = 'new@x.de'"), 0);
    assert_int_equal(orgsim_usage_get(org).rows_updated, 0);
    orgsim_string_free(before);
    orgsim_string_free(after);
}

static void test_composite__outer_headers__are_not_inherited(void **state)
{
    orgsim *org = *state;
    const char *body =
        "{\"compositeRequest\":["
        PART("POST", "sobjects/Lead", "a", ",\"body\":{\"LastName\":\"A\",\"Company\":\"X\"}") ","
        PART("POST", "sobjects/Lead", "b",
             ",\"httpHeaders\":{\"Sforce-Auto-Assign\":\"FALSE\"},\"body\":{\"LastName\":\"B\","
             "\"Company\":\"X\"}") "]}";
    reply r = ask(org, "POST", V "composite", body);
    assert_int_equal(r.status, 200);
    done(&r);
    assert_int_equal(orgsim_count(org, "Lead", "LastName='A' AND Owner.Name='Assignment Rule'"), 1);
    assert_int_equal(orgsim_count(org, "Lead", "LastName='B' AND Owner.Name='Integration User'"),
                     1);
}

static void test_composite__malformed__runs_nothing(void **state)
{
    orgsim *org = *state;
    static const char *const bodies[] = {
        "{}", "{\"compositeRequest\":[]}",
        "{\"compositeRequest\":[{\"method\":\"GET\",\"url\":\"" V "limits\"}]}",
        "{\"compositeRequest\":[" PART("GET", "limits", "a", "") "," PART("GET", "limits", "a", "")
        "]}",
        "{\"compositeRequest\":[" PART("GET", "query?q=a", "a1", "") ","
        PART("GET", "query?q=a", "a2", "") "," PART("GET", "query?q=a", "a3", "") ","
        PART("GET", "query?q=a", "a4", "") "," PART("GET", "query?q=a", "a5", "") ","
        PART("POST", "composite/sobjects", "a6", "") "]}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        expect(org, "POST", V "composite", bodies[i], 400, "INVALID_INPUT");
    expect(org, "POST", V "composite", "nonsense", 400, "JSON_PARSER_ERROR");
}

static void test_batch__halt_on_error__stops_after_it(void **state)
{
    const char *body = "{\"haltOnError\":true,\"batchRequests\":["
                       "{\"method\":\"POST\",\"url\":\"v60.0/sobjects/Account\",\"richInput\":"
                       "{\"Name\":\"A\"}},{\"method\":\"GET\",\"url\":\"v60.0/nope\"},"
                       "{\"method\":\"GET\",\"url\":\"v60.0/limits\"}]}";
    reply r = ask(*state, "POST", V "composite/batch", body);
    assert_int_equal(number_at(&r, "/results/0/statusCode"), 201);
    assert_int_equal(number_at(&r, "/results/1/statusCode"), 404);
    assert_int_equal(number_at(&r, "/results/2/statusCode"), 412);
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/hasErrors")));
    done(&r);
}

static void test_graph__one_bad_contact__fails_its_graph_only(void **state)
{
    orgsim *org = *state;
    const char *body =
        "{\"graphs\":[{\"graphId\":\"g1\",\"compositeRequest\":["
        PART("POST", "sobjects/Account", "a", ",\"body\":{\"Name\":\"A\"}") ","
        PART("POST", "sobjects/Contact", "c", ",\"body\":{\"AccountId\":\"@{a.id}\"}") "]},"
        "{\"graphId\":\"g2\",\"compositeRequest\":["
        PART("POST", "sobjects/Account/", "a", ",\"body\":{\"Name\":\"B\"}") ","
        PART("POST", "sobjects/Contact", "c",
             ",\"body\":{\"LastName\":\"x\",\"AccountId\":\"@{a.id}\"}") "]}]}";
    reply r = ask(org, "POST", V "composite/graph", body);
    assert_true(yyjson_is_false(yyjson_ptr_get(r.root, "/graphs/0/isSuccessful")));
    assert_string_equal(
        text_at(&r, "/graphs/0/graphResponse/compositeResponse/0/body/0/errorCode"),
        "PROCESSING_HALTED");
    assert_string_equal(
        text_at(&r, "/graphs/0/graphResponse/compositeResponse/1/body/0/errorCode"),
        "REQUIRED_FIELD_MISSING");
    assert_true(yyjson_get_bool(yyjson_ptr_get(r.root, "/graphs/1/isSuccessful")));
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
    assert_int_equal(orgsim_count(org, "Contact", "Account.Name = 'B'"), 1);
}

static void test_graph__fourteen_failures__stop_the_rest(void **state)
{
    orgsim *org = *state;
    static char body[8000];
    strcpy(body, "{\"graphs\":[");
    for (int i = 0; i < 20; i++)
        snprintf(body + strlen(body), 250,
                 "%s{\"graphId\":\"g%d\",\"compositeRequest\":["
                 PART("POST", "sobjects/Account", "a", ",\"body\":{%s}") "]}",
                 i ? "," : "", i, i < 14 ? "" : "\"Name\":\"good\"");
    strcat(body, "]}");
    reply r = ask(org, "POST", V "composite/graph", body);
    assert_string_equal(
        text_at(&r, "/graphs/19/graphResponse/compositeResponse/0/body/0/errorCode"),
        "PROCESSING_HALTED");
    done(&r);
    assert_int_equal(orgsim_count(org, "Account", NULL), 0);
}

static void test_tree__children__are_made_with_the_parent(void **state)
{
    orgsim *org = *state;
    const char *good = "{\"records\":[{\"attributes\":{\"type\":\"Account\","
                       "\"referenceId\":\"r1\"},\"Name\":\"A\","
                       "\"Contacts\":{\"records\":[{\"attributes\":{\"type\":"
                       "\"Contact\",\"referenceId\":\"r2\"},\"LastName\":\"C\"}]}}]}";
    expect(org, "POST", V "composite/tree/Account", good, 201, "\"referenceId\":\"r2\"");
    assert_int_equal(orgsim_count(org, "Contact", "Account.Name = 'A'"), 1);
    expect(org, "POST", V "composite/tree/Account",
           "{\"records\":[{\"attributes\":{\"referenceId\":\"r1\"},\"Name\":\"B\",\"Contacts\":"
           "{\"records\":[{\"attributes\":{\"referenceId\":\"r2\"}}]}}]}",
           400, "\"hasErrors\":true,\"results\":[{\"referenceId\":\"r2\"");
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
}

static void test_changes__windows__list_updates_and_deletions(void **state)
{
    orgsim *org = *state;
    char a[19], b[19];
    orgsim_insert(org, "Lead", "{\"LastName\":\"A\",\"Company\":\"X\"}", a);
    orgsim_insert(org, "Lead", "{\"LastName\":\"B\",\"Company\":\"X\"}", b);
    orgsim_delete(org, b);
    orgsim_purge(org, b);
    orgsim_set_now(org, orgsim_now(org) + 3600000);
    static const char window[] = "start=2026-01-05T08:00:00Z&end=2026-01-05T09:30:00Z";
    char target[200];
    snprintf(target, sizeof target, V "sobjects/Lead/updated/?%s", window);
    reply r = ask(org, "GET", target, NULL);
    assert_string_equal(text_at(&r, "/ids/0"), a);
    assert_string_equal(text_at(&r, "/latestDateCovered"), "2026-01-05T09:30:00.000+0000");
    done(&r);
    snprintf(target, sizeof target, V "sobjects/Lead/deleted/?%s", window);
    r = ask(org, "GET", target, NULL);
    assert_string_equal(text_at(&r, "/deletedRecords/0/id"), b);
    assert_null(yyjson_ptr_get(r.root, "/deletedRecords/1"));
    assert_non_null(yyjson_ptr_get(r.root, "/earliestDateAvailable"));
    done(&r);
    expect(org, "GET", V "sobjects/Lead/updated?start=2025-01-05T08:00:00Z&end="
           "2026-01-05T09:30:00Z", NULL, 400, "INVALID_REPLICATION_DATE");
}

static void test_ui_create__same_key_twice__makes_one_row(void **state)
{
    orgsim *org = *state;
    const char *body = "{\"apiName\":\"Account\",\"fields\":{\"Name\":\"A\"}}";
    for (int i = 0; i < 2; i++) {
        reply r = ask_with(org, "POST", V "ui-api/records", body, "Idempotency-Key: k-1");
        assert_int_equal(r.status, 201);
        done(&r);
    }
    assert_int_equal(orgsim_count(org, "Account", NULL), 1);
}

static void test_fail__told_requests__are_refused_so_often(void **state)
{
    orgsim *org = *state;
    assert_int_equal(orgsim_switch(org, "fail", "GET " V "limits=SERVER_UNAVAILABLE:1"), 0);
    expect(org, "GET", V "limits", NULL, 503, "SERVER_UNAVAILABLE");
    expect(org, "GET", V "limits", NULL, 200, "Daily");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_dispatch__addresses__answer_as_documented),
        T(test_dispatch__long_head__is_refused),
        T(test_session__missing_or_dead_token__is_401),
        T(test_limits__used_up__refuse_and_are_told_in_each_reply),
        T(test_rows__by_id__create_read_update_delete),
        T(test_upsert__by_external_id__creates_then_updates),
        T(test_describe__unchanged__is_304),
        T(test_query__more_rows_than_a_page__are_paged),
        T(test_collections__create__answers_item_by_item),
        T(test_collections__too_many__are_refused_whole),
        T(test_collections__update_delete_read__work_by_id),
        T(test_collections__upsert__tells_what_was_created),
        T(test_composite__references__carry_ids_and_rows),
        T(test_composite__failure__halts_all_or_only_dependents),
        T(test_rollback__updated_row__is_found_by_its_old_values),
        T(test_composite__outer_headers__are_not_inherited),
        T(test_composite__malformed__runs_nothing),
        T(test_batch__halt_on_error__stops_after_it),
        T(test_graph__one_bad_contact__fails_its_graph_only),
        T(test_graph__fourteen_failures__stop_the_rest),
        T(test_tree__children__are_made_with_the_parent),
        T(test_changes__windows__list_updates_and_deletions),
        T(test_ui_create__same_key_twice__makes_one_row),
        T(test_fail__told_requests__are_refused_so_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
