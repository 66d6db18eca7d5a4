/* test_orgsim_bulk.c: jobs of the Bulk API 2.0, from their creation to their results. */
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

static void pass(orgsim *org, int64_t ms)
{
    orgsim_set_now(org, orgsim_now(org) + ms);
}

static void expect(orgsim *org, const char *method, const char *target, const char *body,
                   int status, const char *part)
{
    reply r = ask(org, method, target, body);
    if (r.status != status || !strstr(r.response.body ? r.response.body : "", part))
        fail_msg("%s %s -> %d %s", method, target, r.status, r.response.body);
    done(&r);
}

static int upload(orgsim *org, const char *id, const char *csv)
{
    char bearer[256], target[120];
    snprintf(bearer, sizeof bearer, "Bearer %s", orgsim_access_token(org));
    snprintf(target, sizeof target, V "jobs/ingest/%s/batches/", id);
    crmsync_header headers[] = {{view("Authorization"), view(bearer)},
                                {view("Content-Type"), view("text/csv; charset=UTF-8")}};
    orgsim_request request = {view("PUT"), view(target), headers, 2, view(csv)};
    orgsim_response response;
    orgsim_handle(org, &request, &response);
    int status = response.status;
    orgsim_response_clear(&response);
    return status;
}

static const char *job_path(const char *id, const char *rest)
{
    static char path[200];
    snprintf(path, sizeof path, V "jobs/%s%s", id, rest);
    return path;
}

static void create(orgsim *org, const char *kind, const char *body, char path[40])
{
    char target[60];
    snprintf(target, sizeof target, V "jobs/%s", kind);
    reply r = ask(org, "POST", target, body);
    if (r.status != 200)
        fail_msg("%d %s", r.status, r.response.body);
    assert_int_equal(strncmp(text_at(&r, "/id"), "750", 3), 0);
    snprintf(path, 40, "%s/%s", kind, text_at(&r, "/id"));
    done(&r);
}

/* Creates a job, uploads, closes and lets the time pass. */
static void ingest(orgsim *org, const char *job, const char *csv, char path[40])
{
    create(org, "ingest", job, path);
    assert_int_equal(upload(org, path + strlen("ingest/"), csv), 201);
    expect(org, "PATCH", job_path(path, ""), "{\"state\":\"UploadComplete\"}", 200,
           "\"state\":\"UploadComplete\"");
    pass(org, 1000);
}

static void test_ingest__states__follow_each_other_in_time(void **state)
{
    orgsim *org = *state;
    char path[40];
    create(org, "ingest", "{\"object\":\"contact\",\"operation\":\"insert\"}", path);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"contentUrl\":\"services/data/v60.0/jobs");
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"object\":\"Contact\"");
    expect(org, "GET", job_path(path, "/successfulResults"), NULL, 400, "INVALIDJOBSTATE");
    expect(org, "DELETE", job_path(path, ""), NULL, 400, "INVALIDJOBSTATE");
    assert_int_equal(upload(org, path + 7, "LastName\nDoe\n"), 201);
    assert_int_equal(upload(org, path + 7, "LastName\nRoe\n"), 400); /* one upload a job */
    expect(org, "PATCH", job_path(path, ""), "{\"state\":\"UploadComplete\"}", 200, "UploadC");
    expect(org, "PATCH", job_path(path, ""), "{\"state\":\"UploadComplete\"}", 400, "INVALIDJOBS");
    assert_int_equal(orgsim_count(org, "Contact", NULL), 0);
    pass(org, 200);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"state\":\"InProgress\"");
    pass(org, 200);
    assert_int_equal(orgsim_count(org, "Contact", NULL), 1); /* whether anybody looks or not */
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"numberRecordsProcessed\":1,");
    expect(org, "PATCH", job_path(path, ""), "{\"state\":\"Aborted\"}", 400, "INVALIDJOBSTATE");
    expect(org, "GET", V "jobs/ingest", NULL, 200, "JobComplete");
    char newer[80];
    snprintf(newer, sizeof newer, "/services/data/v61.0/jobs/%s", path);
    expect(org, "GET", newer, NULL, 409, "API_ERROR");
    expect(org, "DELETE", job_path(path, ""), NULL, 204, "");
    expect(org, "GET", job_path(path, ""), NULL, 404, "NOT_FOUND");
}

static void test_ingest__results__tell_each_row_in_another_order(void **state)
{
    orgsim *org = *state;
    char path[40];
    orgsim_switch(org, "external_id", "Contact.Ext__c");
    ingest(org,
           "{\"object\":\"Contact\",\"operation\":\"upsert\",\"externalIdFieldName\":"
           "\"Ext__c\"}",
           "Ext__c,LastName,Title\n1,A,\n2,B,\"x \"\"y\"\", z\"\n3,,t\n4,C,t\n4,D,t\n5,E,t\n",
           path);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"numberRecordsFailed\":3");
    reply r = ask(org, "GET", job_path(path, "/successfulResults/"), NULL);
    const char *csv = r.response.body;
    assert_string_equal(header_of(&r, "Content-Type"), "text/csv");
    assert_non_null(strstr(csv, "\"sf__Id\",\"sf__Created\",\"Ext__c\",\"LastName\",\"Title\"\n"));
    assert_non_null(strstr(csv, "\"true\",\"2\",\"B\",\"x \"\"y\"\", z\"\n"));
    assert_non_null(strstr(csv, "\"true\",\"1\",\"A\",\"\"\n"));
    done(&r);
    r = ask(org, "GET", job_path(path, "/failedResults"), NULL);
    csv = r.response.body;
    assert_non_null(strstr(csv, "\"\",\"REQUIRED_FIELD_MISSING:Required fields are missing: "
                                "[LastName]:LastName --\",\"3\",\"\",\"t\"\n"));
    assert_non_null(
        strstr(csv, "\"DUPLICATE_VALUE:Duplicate external id specified: 4:Ext__c --\""));
    done(&r);
    expect(org, "GET", job_path(path, "/unprocessedRecords"), NULL, 200, "\"Ext__c\",\"LastName\"");
}

static void test_ingest__results__are_shuffled(void **state)
{
    orgsim *org = *state;
    char path[40], csv[400] = "LastName\n", line[16];
    for (int i = 0; i < 20; i++) {
        snprintf(line, sizeof line, "P%02d\n", i);
        strcat(csv, line);
    }
    ingest(org, "{\"object\":\"Contact\",\"operation\":\"insert\"}", csv, path);
    reply r = ask(org, "GET", job_path(path, "/successfulResults"), NULL);
    int inversions = 0;
    for (int i = 0; i < 19; i++) {
        char one[16], two[16];
        snprintf(one, sizeof one, "P%02d", i);
        snprintf(two, sizeof two, "P%02d", i + 1);
        inversions += strstr(r.response.body, one) > strstr(r.response.body, two);
    }
    assert_true(inversions > 0);
    done(&r);
}

static void test_ingest__cells__empty_is_left_and_na_is_null(void **state)
{
    orgsim *org = *state;
    char path[40], id[19], account[19], csv[300];
    orgsim_switch(org, "external_id", "Account.Key__c");
    assert_int_equal(
        orgsim_insert(org, "Account", "{\"Name\":\"Acme\",\"Key__c\":\"k1\"}", account), 0);
    assert_int_equal(orgsim_insert(org, "Contact",
                                   "{\"LastName\":\"Doe\",\"Title\":\"t\",\"Phone\":"
                                   "\"1\",\"HasOptedOutOfEmail\":false}",
                                   id),
                     0);
    snprintf(csv, sizeof csv,
             "Id,Title,Phone,HasOptedOutOfEmail,Account.Key__c\r\n%s,,#N/A,1,k1\r\n", id);
    ingest(org, "{\"object\":\"Contact\",\"operation\":\"update\",\"lineEnding\":\"CRLF\"}", csv,
           path);
    expect(org, "GET", job_path(path, "/failedResults"), NULL, 200, "\"Account.Key__c\"\r\n");
    assert_field(org, id, "Contact", "Title", "\"t\"");
    assert_field(org, id, "Contact", "Phone", "null");
    assert_field(org, id, "Contact", "HasOptedOutOfEmail", "true");
    char quoted[24];
    snprintf(quoted, sizeof quoted, "\"%s\"", account);
    assert_field(org, id, "Contact", "AccountId", quoted);
}

static void test_ingest__bad_uploads__fail_the_whole_job(void **state)
{
    static const struct {
        const char *csv, *why;
    } cases[] = {
        {"LastName,Nope__c,Neither__c\nDoe,1,2\n", "InvalidBatch : Field name not found : Nope__c"},
        {"\xef\xbb\xbfLastName\nDoe\n", "InvalidBatch : Field name not found : "},
        {"LastName,Title\nDoe,1\n", "InvalidBatch : Field name not found : Title"}, /* hidden */
        {"LastName\r\nDoe\r\n", "ClientInputError : LineEnding is invalid on user data. Current "
                                "LineEnding setting is LF"},
        {"LastName\n\"Doe\r\nRoe\"\n", "ClientInputError : LineEnding is invalid on user data"},
        {"", "InvalidBatch : No data was uploaded"},
    };
    orgsim *org = *state;
    orgsim_switch(org, "field_hidden", "Contact.Title");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[40];
        ingest(org, "{\"object\":\"Contact\",\"operation\":\"insert\"}", cases[i].csv, path);
        expect(org, "GET", job_path(path, ""), NULL, 200, "\"state\":\"Failed\"");
        expect(org, "GET", job_path(path, ""), NULL, 200, cases[i].why);
        assert_int_equal(orgsim_count(org, "Contact", NULL), 0);
    }
}

static void test_ingest__job_stopped_midway__keeps_what_was_done(void **state)
{
    orgsim *org = *state;
    char path[40];
    orgsim_switch(org, "bulk_fail", "2");
    ingest(org, "{\"object\":\"Contact\",\"operation\":\"insert\"}",
           "LastName,Title\nA,\nB,\nC,\nD,\"un\"quoted\n", path);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"state\":\"Failed\"");
    assert_int_equal(orgsim_count(org, "Contact", NULL), 2);
    expect(org, "GET", job_path(path, "/unprocessedrecords"), NULL, 200, "\"C\",\"\"\n");
    expect(org, "GET", job_path(path, "/successfulResults"), NULL, 200, "\"B\",\"\"\n");
    orgsim_switch(org, "bulk_fail", "off");
    create(org, "ingest", "{\"object\":\"Contact\",\"operation\":\"insert\"}", path);
    expect(org, "PATCH", job_path(path, ""), "{\"state\":\"Aborted\"}", 200, "Aborted");
    ingest(org, "{\"object\":\"Contact\",\"operation\":\"insert\"}", "LastName\n\"A\"x\nB,C\nD\n",
           path);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"numberRecordsFailed\":2");
}

static void test_ingest__bad_jobs__are_refused(void **state)
{
    static const struct {
        const char *body, *code;
    } cases[] = {
        {"{\"object\":\"Nope\",\"operation\":\"insert\"}", "INVALIDENTITY"},
        {"{\"object\":\"Lead\",\"operation\":\"merge\"}", "INVALIDREQUEST"},
        {"{\"object\":\"Lead\",\"operation\":\"upsert\"}", "INVALIDJOB"},
        {"{\"object\":\"Lead\",\"operation\":\"upsert\",\"externalIdFieldName\":\"Title\"}",
         "INVALIDJOB"},
        {"{\"object\":\"Lead\",\"operation\":\"insert\",\"lineEnding\":\"CR\"}", "INVALIDREQUEST"},
        {"{\"object\":\"Lead\",\"operation\":\"insert\",\"columnDelimiter\":\"COLON\"}",
         "INVALIDREQUEST"},
        {"{\"object\":\"Lead\",", "JSON_PARSER_ERROR"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(*state, "POST", V "jobs/ingest", cases[i].body, 400, cases[i].code);
}

static void test_query__pages__carry_locator_header_row_and_count(void **state)
{
    orgsim *org = *state;
    char path[40], id[19];
    for (int i = 0; i < 5; i++)
        assert_int_equal(orgsim_insert(org, "Contact",
                                       "{\"LastName\":\"D\\\"oe\",\"Birthdate\":"
                                       "\"1980-02-03\"}",
                                       id),
                         0);
    create(org, "query",
           "{\"operation\":\"query\",\"query\":\"SELECT Id, LastName, Birthdate, "
           "HasOptedOutOfEmail, CreatedDate, Account.Name FROM Contact\"}",
           path);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"state\":\"UploadComplete\"");
    expect(org, "GET", job_path(path, "/results"), NULL, 400, "INVALIDJOBSTATE");
    pass(org, 1000);
    expect(org, "GET", job_path(path, ""), NULL, 200, "\"numberRecordsProcessed\":5");
    reply r = ask(org, "GET", job_path(path, "/results?maxRecords=3"), NULL);
    assert_string_equal(header_of(&r, "Sforce-Locator"), "Mw");
    assert_string_equal(header_of(&r, "Sforce-NumberOfRecords"), "3");
    assert_non_null(strstr(r.response.body,
                           "\"Id\",\"LastName\",\"Birthdate\",\"HasOptedOutOfEmail\","
                           "\"CreatedDate\",\"Account.Name\"\n"));
    assert_non_null(strstr(r.response.body,
                           ",\"D\"\"oe\",\"1980-02-03\",\"false\",\"2026-01-05T09:00:"
                           "00.000Z\",\"\"\n"));
    done(&r);
    r = ask(org, "GET", job_path(path, "/results?maxRecords=3&locator=Mw"), NULL);
    assert_string_equal(header_of(&r, "Sforce-Locator"), "null");
    assert_string_equal(header_of(&r, "Sforce-NumberOfRecords"), "2");
    assert_int_equal(strncmp(r.response.body, "\"Id\",", 5), 0);
    done(&r);
    expect(org, "GET", job_path(path, "/results?locator=xx"), NULL, 400, "INVALID_LOCATOR");
    orgsim_switch(org, "bulk_page", "1");
    expect(org, "GET", job_path(path, "/resultPages"), NULL, 200, "\"done\":true");
    orgsim_insert(org, "Contact", "{\"LastName\":\"x\"}", id);
    create(org, "query", "{\"operation\":\"queryAll\",\"query\":\"SELECT Id FROM Contact\"}", path);
    pass(org, 1000);
    expect(org, "GET", job_path(path, "/resultPages"), NULL, 200, "resultPages?locator=NQ\"}");
}

static void test_query__what_bulk_cannot_select__is_refused(void **state)
{
    static const char *const statements[] = {"SELECT COUNT(Id) FROM Contact",
                                             "SELECT COUNT() FROM Contact",
                                             "SELECT Title FROM Contact GROUP BY Title",
                                             "SELECT Id FROM Contact LIMIT 1 OFFSET 1",
                                             "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
                                             "SELECT MailingAddress FROM Contact",
                                             "SELECT Nope FROM Contact",
                                             "DELETE FROM Contact"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        char body[200];
        snprintf(body, sizeof body, "{\"operation\":\"query\",\"query\":\"%s\"}", statements[i]);
        expect(*state, "POST", V "jobs/query", body, 400, "errorCode");
    }
}

static void test_ingest__in_one_request_of_two_parts__starts_by_itself(void **state)
{
    static const char body[] =
        "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n"
        "\r\n{\"object\":\"Contact\",\"operation\":\"insert\"}\r\n--B\r\nContent-Type: text/csv\r\n"
        "Content-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\n"
        "LastName\nParts\n\r\n--B--\r\n";
    orgsim *org = *state;
    char bearer[256];
    snprintf(bearer, sizeof bearer, "Bearer %s", orgsim_access_token(org));
    crmsync_header headers[] = {{view("Authorization"), view(bearer)},
                                {view("Content-Type"), view("multipart/form-data; boundary=B")}};
    orgsim_request request = {view("POST"), view(V "jobs/ingest"), headers, 2, view(body)};
    orgsim_response response;
    orgsim_handle(org, &request, &response);
    if (response.status != 200 || !strstr(response.body, "\"state\":\"UploadComplete\""))
        fail_msg("%d %s", response.status, response.body);
    orgsim_response_clear(&response);
    pass(org, 1000);
    assert_int_equal(orgsim_count(org, "Contact", "LastName = 'Parts'"), 1);
    request.body = view("--B\r\nnothing");
    orgsim_handle(org, &request, &response);
    assert_int_equal(response.status, 400);
    orgsim_response_clear(&response);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_ingest__states__follow_each_other_in_time),
        TEST(test_ingest__results__tell_each_row_in_another_order),
        TEST(test_ingest__results__are_shuffled),
        TEST(test_ingest__cells__empty_is_left_and_na_is_null),
        TEST(test_ingest__bad_uploads__fail_the_whole_job),
        TEST(test_ingest__job_stopped_midway__keeps_what_was_done),
        TEST(test_ingest__bad_jobs__are_refused),
        TEST(test_ingest__in_one_request_of_two_parts__starts_by_itself),
        TEST(test_query__pages__carry_locator_header_row_and_count),
        TEST(test_query__what_bulk_cannot_select__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
