/* Bulk ingest against the simulated org: every row told once, whatever is lost on the way. */
#include "org_exchange.h"

#include "salesforce/ingest.h"

#define V CRMI_STR("68.0")

static const crmsync_str person_columns[] = {CRMSYNC_STR_LIT("LastName"), CRMSYNC_STR_LIT("Email"),
                                             CRMSYNC_STR_LIT("Title")};

static const crmi_ingest_target people = {CRMSYNC_STR_LIT("68.0"), CRMSYNC_STR_LIT("Contact"),
                                          CRMI_WRITE_CREATE,       {NULL, 0},
                                          person_columns,          3};

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

static crmsync_cell text_cell(const char *text)
{
    crmsync_cell c = {crmi_str(text), 0, text ? CRMSYNC_CELL_TEXT : CRMSYNC_CELL_ABSENT, 0};
    return c;
}

static int32_t add_person(crmi_ingest *op, const char *name, const char *email, const char *title)
{
    crmsync_cell cells[] = {text_cell(name), text_cell(email), text_cell(title)};
    return crmi_ingest_add(op, cells, NULL);
}

/* What happens to the request of a step. */
enum { FINE = 0, NOT_SENT, LOST_BEFORE, LOST_AFTER, ERROR_500, ERROR_500_AFTER, GARBAGE, CUT };

typedef struct mishap {
    uint32_t step;
    int kind; /* happens once */
} mishap;

static void feed(crmi_ingest *op, const crmi_response *response, size_t piece)
{
    size_t at = 0;
    bool streamed = op->step >= CRMI_INGEST_SUCCESSES && op->step <= CRMI_INGEST_UNPROCESSED &&
                    response->status == 200 && piece;
    crmi_response rest = *response;
    while (streamed && at < response->body.len) {
        if (crmi_ingest_body(op, crmi_str_sub(response->body, at, piece), NULL) != CRMSYNC_OK)
            return;
        at += piece;
    }
    rest.body = streamed ? CRMI_STR_EMPTY : response->body;
    crmi_ingest_feed(op, &rest, NULL);
}

static void one_request(orgsim *org, crmi_ingest *op, int kind)
{
    static const char broken[] = "[{\"errorCode\":\"UNKNOWN_EXCEPTION\",\"message\":\"x\"}]";
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    exchange e = {.response = {.status = 500, .body = crmi_str(broken)}};
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_ingest_next(op, &r, NULL), CRMSYNC_OK);
    pass_time(org, op->wait_ms);
    if (kind != LOST_BEFORE && kind != ERROR_500 && kind != NOT_SENT)
        e = ask_org(org, &r);
    if (kind == ERROR_500_AFTER)
        e.response = (crmi_response){.status = 500, .body = crmi_str(broken)};
    if (kind == GARBAGE)
        e.response.body = CRMI_STR("\"<html");
    if (kind == CUT)
        e.response.body.len /= 2;
    if (kind == LOST_BEFORE || kind == LOST_AFTER)
        crmi_ingest_lost(op);
    else if (kind != NOT_SENT)
        feed(op, &e.response, 7);
    exchange_clear(&e);
    crmi_request_clear(&r);
}

/* Runs to the end; returns the number of requests. */
static size_t run(orgsim *org, crmi_ingest *op, const mishap *m)
{
    bool met = false;
    size_t n = 0;
    while (op->step != CRMI_INGEST_DONE && op->step != CRMI_INGEST_GONE) {
        bool now = m && !met && op->step == m->step;
        met = met || now;
        one_request(org, op, now ? m->kind : FINE);
        assert_true(++n < 60);
    }
    return n;
}

static void assert_email(orgsim *org, const crmi_write_result *result, const char *email)
{
    char where[160];
    assert_true(result->success && result->created && !result->unknown);
    snprintf(where, sizeof where, "Id = '%.*s' AND Email = '%s'", CRMI_SPELL(result->id), email);
    assert_int_equal(orgsim_count(org, "Contact", where), 1);
}

static void test_run__insert__gives_each_row_its_own_result(void **state)
{
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest op;
    char email[40];
    assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
    for (int i = 0; i < 50; i++) {
        snprintf(email, sizeof email, "p%d@example.com", i);
        assert_int_equal(add_person(&op, i == 20 ? NULL : "Doe, \"J\"\n", email, NULL), CRMSYNC_OK);
    }
    assert_int_equal(run(org, &op, NULL), 7); /* create, upload, close, one look, three results */
    assert_int_equal(op.job_state, CRMI_JOB_COMPLETE);
    assert_int_equal(op.strangers, 0);
    for (int i = 0; i < 50; i++) {
        snprintf(email, sizeof email, "p%d@example.com", i);
        if (i != 20)
            assert_email(org, &op.results[i], email);
    }
    const crmi_sf_error *e = &op.results[20].errors.items[0];
    assert_false(op.results[20].success || op.results[20].unknown);
    assert_true(text_is(e->code, "REQUIRED_FIELD_MISSING"));
    assert_true(text_is(e->message, "Required fields are missing: [LastName]"));
    assert_int_equal(e->field_count, 1);
    assert_true(text_is(e->fields[0], "LastName"));
    assert_int_equal(e->rule->retry, CRMI_RETRY_NEVER);
    crmi_ingest_clear(&op);
}

static void test_run__identical_rows__are_interchangeable_and_each_told_once(void **state)
{
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest op;
    assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(add_person(&op, "Doe", NULL, i % 2 ? "x" : NULL), CRMSYNC_OK);
    run(org, &op, NULL);
    for (int i = 0; i < 6; i++) {
        assert_true(op.results[i].success);
        for (int k = 0; k < i; k++)
            assert_false(crmi_str_eq(op.results[i].id, op.results[k].id));
    }
    crmi_ingest_clear(&op);
}

/* absent leaves a field alone, null empties it: also when rows are told apart by nothing else */
static void test_run__update__absent_and_null_are_not_confused(void **state)
{
    static const crmsync_str columns[] = {CRMSYNC_STR_LIT("Id"), CRMSYNC_STR_LIT("Title")};
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest_target target = {V, CRMI_STR("Contact"), CRMI_WRITE_UPDATE, CRMI_STR_EMPTY, columns,
                                 2};
    char one[19], two[19];
    crmi_ingest op;
    orgsim_insert(org, "Contact", "{\"LastName\":\"A\",\"Title\":\"t\"}", one);
    orgsim_insert(org, "Contact", "{\"LastName\":\"B\",\"Title\":\"t\"}", two);
    assert_int_equal(crmi_ingest_init(&op, &alloc, &target, 0, NULL), CRMSYNC_OK);
    crmsync_cell absent[] = {{crmi_str(one), 0, CRMSYNC_CELL_ID, 0},
                             {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0}};
    crmsync_cell null[] = {{crmi_str(two), 0, CRMSYNC_CELL_ID, 0},
                           {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0}};
    assert_int_equal(crmi_ingest_add(&op, absent, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_ingest_add(&op, null, NULL), CRMSYNC_OK);
    run(org, &op, NULL);
    assert_true(op.results[0].success && op.results[1].success && !op.results[0].created);
    assert_int_equal(orgsim_count(org, "Contact", "LastName = 'A' AND Title = 't'"), 1);
    assert_int_equal(orgsim_count(org, "Contact", "LastName = 'B' AND Title = null"), 1);
    crmi_ingest_clear(&op);
}

static void test_run__upsert__tells_created_from_updated_and_names_the_duplicate(void **state)
{
    static const crmsync_str columns[] = {CRMSYNC_STR_LIT("Ext__c"), CRMSYNC_STR_LIT("Name"),
                                          CRMSYNC_STR_LIT("Other__c")};
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest_target target = {
        V, CRMI_STR("Account"), CRMI_WRITE_UPSERT, CRMI_STR("ext__c"), columns, 3};
    char id[19];
    crmi_ingest op;
    orgsim_switch(org, "external_id", "Account.Ext__c");
    orgsim_switch(org, "external_id", "Account.Other__c");
    orgsim_insert(org, "Account", "{\"Name\":\"Old\",\"Ext__c\":\"1\",\"Other__c\":\"taken\"}", id);
    assert_int_equal(crmi_ingest_init(&op, &alloc, &target, 0, NULL), CRMSYNC_OK);
    static const char *const rows[][3] = {
        {"1", "New", NULL}, {"2", "Two", NULL}, {"3", "Three", "taken"}};
    for (size_t i = 0; i < 3; i++) {
        crmsync_cell cells[] = {text_cell(rows[i][0]), text_cell(rows[i][1]),
                                text_cell(rows[i][2])};
        assert_int_equal(crmi_ingest_add(&op, cells, NULL), CRMSYNC_OK);
    }
    run(org, &op, NULL);
    assert_true(op.results[0].success && !op.results[0].created);
    assert_true(op.results[1].success && op.results[1].created);
    const crmi_sf_error *e = &op.results[2].errors.items[0];
    assert_true(text_is(e->code, "DUPLICATE_VALUE"));
    assert_int_equal(e->match_count, 1);
    assert_true(
        crmi_str_eq(crmi_str_sub(e->matches[0].id, 0, 15), crmi_str_sub(crmi_str(id), 0, 15)));
    crmi_ingest_clear(&op);
}

/* Each step meets each mishap; afterwards the org holds every row once and each is told. */
static void test_run__any_loss_at_any_step__makes_no_second_row(void **state)
{
    static const uint32_t steps[] = {
        CRMI_INGEST_CREATE,    CRMI_INGEST_UPLOAD,   CRMI_INGEST_CLOSE,      CRMI_INGEST_POLL,
        CRMI_INGEST_SUCCESSES, CRMI_INGEST_FAILURES, CRMI_INGEST_UNPROCESSED};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++) {
        for (int kind = NOT_SENT; kind <= CUT; kind++) {
            mishap m = {steps[s], kind};
            crmi_ingest op;
            orgsim *org = orgsim_new(NULL);
            assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
            for (int i = 0; i < 8; i++)
                add_person(&op, i == 5 ? NULL : "Doe", i % 2 ? "a@example.com" : "b@example.com",
                           NULL);
            run(org, &op, &m);
            assert_int_equal(op.step, CRMI_INGEST_DONE);
            if (orgsim_count(org, "Contact", NULL) != 7)
                fail_msg("step %u, mishap %d: %ld rows", steps[s], kind,
                         orgsim_count(org, "Contact", NULL));
            for (int i = 0; i < 8; i++)
                assert_true(!op.results[i].unknown && op.results[i].success == (i != 5));
            crmi_ingest_clear(&op);
            orgsim_free(org);
        }
    }
}

/* The process dies before and after each request; the next one knows only what was committed. */
static void test_resume__death_around_any_request__makes_no_second_row(void **state)
{
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t death = 0; death < 14; death++) {
        orgsim *org = orgsim_new(NULL);
        char job[19] = "";
        uint32_t step = CRMI_INGEST_CREATE;
        size_t n = 0;
        for (int life = 0; life < 2; life++) {
            crmi_ingest op;
            assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
            for (int i = 0; i < 4; i++)
                add_person(&op, "Doe", NULL, NULL);
            assert_int_equal(crmi_ingest_resume(&op, crmi_str(job), step, NULL), CRMSYNC_OK);
            while (op.step != CRMI_INGEST_DONE && (life || n < death / 2 + 1)) {
                if (op.step == CRMI_INGEST_CLOSE) { /* the one commit that is demanded */
                    memcpy(job, op.job, sizeof job);
                    step = op.step;
                }
                bool dies = !life && n == death / 2;
                one_request(org, &op, dies && death % 2 ? LOST_AFTER : dies ? LOST_BEFORE : FINE);
                assert_true(++n < 40);
            }
            if (life)
                for (int i = 0; i < 4; i++)
                    assert_true(op.results[i].success);
            crmi_ingest_clear(&op);
        }
        if (orgsim_count(org, "Contact", NULL) != 4)
            fail_msg("death %zu: %ld rows", death, orgsim_count(org, "Contact", NULL));
        orgsim_free(org);
    }
}

static void test_run__job_fails_midway__tells_done_and_untouched_rows(void **state)
{
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest op;
    orgsim_switch(org, "bulk_fail", "3");
    assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
    for (int i = 0; i < 5; i++)
        add_person(&op, "Doe", NULL, i % 2 ? "x" : "y");
    run(org, &op, NULL);
    assert_int_equal(op.job_state, CRMI_JOB_FAILED);
    assert_true(text_has(op.message, "retried too often"));
    size_t done = 0, untouched = 0;
    for (int i = 0; i < 5; i++) {
        assert_false(op.results[i].unknown);
        done += op.results[i].success;
        untouched += !op.results[i].success &&
                     crmi_str_is(op.results[i].errors.items[0].code, "PROCESSING_HALTED");
    }
    assert_int_equal(done, 3);
    assert_int_equal(untouched, 2);
    crmi_ingest_clear(&op);
}

static void test_run__column_unknown__fails_whole_and_says_which(void **state)
{
    static const crmsync_str columns[] = {CRMSYNC_STR_LIT("LastName"), CRMSYNC_STR_LIT("Nope__c")};
    crmi_ingest_target target = {V, CRMI_STR("Contact"), CRMI_WRITE_CREATE, CRMI_STR_EMPTY, columns,
                                 2};
    crmsync_alloc alloc = libc_table();
    crmsync_cell cells[] = {text_cell("Doe"), text_cell("x")};
    crmi_ingest op;
    assert_int_equal(crmi_ingest_init(&op, &alloc, &target, 0, NULL), CRMSYNC_OK);
    crmi_ingest_add(&op, cells, NULL);
    run(*state, &op, NULL);
    assert_int_equal(op.job_state, CRMI_JOB_FAILED);
    assert_true(text_has(op.message, "Field name not found : Nope__c"));
    assert_false(op.results[0].success || op.results[0].unknown);
    crmi_ingest_clear(&op);
}

static void test_feed__refused_for_want_of_calls_or_session__stays_where_it_was(void **state)
{
    static const char *const codes[] = {"REQUEST_LIMIT_EXCEEDED", "INVALID_SESSION_ID"};
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    char fault[60];
    for (size_t i = 0; i < 2; i++) {
        crmi_ingest op;
        assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
        add_person(&op, "Doe", NULL, NULL);
        while (op.step != CRMI_INGEST_DONE) {
            uint32_t step = op.step;
            snprintf(fault, sizeof fault, "jobs=%s:1", codes[i]);
            orgsim_switch(org, "fail", fault);
            one_request(org, &op, FINE);
            assert_int_equal(op.step, step);
            one_request(org, &op, FINE);
        }
        assert_true(op.results[0].success);
        crmi_ingest_clear(&op);
    }
    assert_int_equal(orgsim_count(org, "Contact", NULL), 2);
}

static void test_run__job_deleted_meanwhile__is_gone_and_all_unknown(void **state)
{
    orgsim *org = *state;
    crmsync_alloc alloc = libc_table();
    crmi_ingest op;
    assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
    add_person(&op, "Doe", NULL, NULL);
    for (int i = 0; i < 3; i++)
        one_request(org, &op, FINE);
    pass_time(org, INT64_C(8) * 86400000);
    assert_int_equal(op.step, CRMI_INGEST_POLL);
    one_request(org, &op, FINE);
    pass_time(org, INT64_C(8) * 86400000);
    run(org, &op, NULL);
    assert_int_equal(op.step, CRMI_INGEST_GONE);
    crmi_ingest_clear(&op);
}

static void test_cancel__at_any_time__aborts_and_tells_what_was_written(void **state)
{
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t after = 0; after < 7; after++) {
        orgsim *org = orgsim_new(NULL);
        crmi_ingest op;
        assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 0, NULL), CRMSYNC_OK);
        add_person(&op, "Doe", NULL, NULL);
        for (size_t i = 0; i < after; i++)
            one_request(org, &op, FINE);
        crmi_ingest_cancel(&op);
        run(org, &op, NULL);
        long rows = orgsim_count(org, "Contact", NULL);
        assert_int_equal(rows, after >= 4 ? 1 : 0);
        if (op.results)
            assert_int_equal(op.results[0].success, rows == 1);
        crmi_ingest_clear(&op);
        orgsim_free(org);
    }
}

static void test_add__job_full__leaves_the_row_to_the_next(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_ingest op;
    size_t n = 0;
    (void)state;
    assert_int_equal(crmi_ingest_init(&op, &alloc, &people, 60, NULL), CRMSYNC_OK);
    assert_int_equal(
        add_person(&op, "a name that alone is longer than the whole job may be, 0123", "", ""),
        CRMSYNC_E_INVALID);
    while (add_person(&op, "0123456", "x", "y") == CRMSYNC_OK)
        n++;
    assert_int_equal(n, 3); /* 21 bytes of names, 12 a row */
    assert_true(op.csv.len <= 60 && op.rows == n);
    assert_int_equal(add_person(&op, "0123456", "x", "y"), CRMSYNC_E_LIMIT);
    crmi_ingest_clear(&op);
}

static void test_init__targets_that_cannot_be__are_refused(void **state)
{
    static const crmsync_str with_id[] = {CRMSYNC_STR_LIT("Id"), CRMSYNC_STR_LIT("Name")};
    static const crmsync_str without[] = {CRMSYNC_STR_LIT("Name"), CRMSYNC_STR_LIT("Phone")};
    static const struct {
        const crmsync_str *columns;
        uint32_t op;
        const char *object, *key;
    } cases[] = {
        {with_id, CRMI_WRITE_CREATE, "Account", NULL},
        {without, CRMI_WRITE_UPDATE, "Account", NULL},
        {without, CRMI_WRITE_DELETE, "Account", NULL},
        {without, CRMI_WRITE_UPSERT, "Account", "Ext__c"},
        {without, CRMI_WRITE_UPSERT, "Account", NULL},
        {without, CRMI_WRITE_CREATE, "Acc/ount", NULL},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_ingest op;
        crmi_ingest_target t = {
            V, crmi_str(cases[i].object), cases[i].op, crmi_str(cases[i].key), cases[i].columns, 2};
        assert_int_equal(crmi_ingest_init(&op, &alloc, &t, 0, NULL), CRMSYNC_E_INVALID);
    }
}

static int32_t whole_job(const crmsync_alloc *alloc, crmsync_error **err)
{
    static const char *const answers[] = {
        "{\"id\":\"7505e00001ABCDEAAW\",\"state\":\"Open\"}",
        "",
        "{\"id\":\"7505e00001ABCDEAAW\",\"state\":\"UploadComplete\"}",
        "{\"id\":\"7505e00001ABCDEAAW\",\"state\":\"JobComplete\",\"numberRecordsProcessed\":2,"
        "\"numberRecordsFailed\":1,\"errorMessage\":\"x\"}",
        "\"sf__Id\",\"sf__Created\",\"LastName\",\"Email\",\"Title\"\n"
        "\"003KB000004xQzKYAU\",\"true\",\"Doe\",\"\",\"\"\n",
        "\"sf__Id\",\"sf__Error\",\"LastName\",\"Email\",\"Title\"\n"
        "\"\",\"REQUIRED_FIELD_MISSING:a: [b]:LastName --\",\"\",\"\",\"x\"\n",
        "\"LastName\",\"Email\",\"Title\"\n"};
    crmi_ingest op;
    crmi_request r;
    crmsync_cell cells[] = {text_cell("Doe"), text_cell(NULL), text_cell(NULL)};
    crmsync_cell more[] = {text_cell(NULL), text_cell(NULL), text_cell("x")};
    crmi_request_init(&r, alloc);
    int32_t rc = crmi_ingest_init(&op, alloc, &people, 0, err);
    if (!rc)
        rc = crmi_ingest_add(&op, cells, err);
    if (!rc)
        rc = crmi_ingest_add(&op, more, err);
    for (size_t i = 0; !rc && i < sizeof answers / sizeof *answers; i++) {
        crmi_response said = answer(200, answers[i]);
        rc = crmi_ingest_next(&op, &r, err);
        if (!rc)
            rc = crmi_ingest_feed(&op, &said, err);
    }
    if (!rc)
        assert_true(op.step == CRMI_INGEST_DONE && op.results[0].success && !op.results[1].unknown);
    crmi_request_clear(&r);
    crmi_ingest_clear(&op);
    return rc;
}

static void test_ingest__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(whole_job) > 20);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_run__insert__gives_each_row_its_own_result),
        TEST(test_run__identical_rows__are_interchangeable_and_each_told_once),
        TEST(test_run__update__absent_and_null_are_not_confused),
        TEST(test_run__upsert__tells_created_from_updated_and_names_the_duplicate),
        TEST(test_run__any_loss_at_any_step__makes_no_second_row),
        TEST(test_resume__death_around_any_request__makes_no_second_row),
        TEST(test_run__job_fails_midway__tells_done_and_untouched_rows),
        TEST(test_run__column_unknown__fails_whole_and_says_which),
        TEST(test_feed__refused_for_want_of_calls_or_session__stays_where_it_was),
        TEST(test_run__job_deleted_meanwhile__is_gone_and_all_unknown),
        TEST(test_cancel__at_any_time__aborts_and_tells_what_was_written),
        TEST(test_add__job_full__leaves_the_row_to_the_next),
        TEST(test_init__targets_that_cannot_be__are_refused),
        TEST(test_ingest__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
