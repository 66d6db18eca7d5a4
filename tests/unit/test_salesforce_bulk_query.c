/* Bulk queries against the simulated org: typed rows, page by page, and pages that are none. */
#include "org_exchange.h"

#include "salesforce/bulk_query.h"

#define V CRMI_STR("68.0")

static const crmi_query_column columns[] = {
    {CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
    {CRMSYNC_STR_LIT("LastName"), CRMSYNC_CELL_TEXT},
    {CRMSYNC_STR_LIT("HasOptedOutOfEmail"), CRMSYNC_CELL_BOOL},
    {CRMSYNC_STR_LIT("Birthdate"), CRMSYNC_CELL_DATE},
    {CRMSYNC_STR_LIT("SystemModstamp"), CRMSYNC_CELL_DATETIME},
    {CRMSYNC_STR_LIT("Account.Name"), CRMSYNC_CELL_ABSENT},
    {CRMSYNC_STR_LIT("Score__c"), CRMSYNC_CELL_DECIMAL},
};
#define N_COLUMNS (sizeof columns / sizeof *columns)
static const char soql[] = "SELECT Score__c, id, LastName, HasOptedOutOfEmail, Birthdate, "
                           "SystemModstamp, Account.Name FROM Contact ORDER BY LastName";

/* Takes rows down as "name;name;". */
typedef struct notes {
    crmi_buf names;
    size_t calls;
    crmsync_cell last[N_COLUMNS]; /* types and numbers only */
} notes;

static int32_t take(void *ctx, const crmsync_rows *rows, crmsync_error **err)
{
    notes *n = ctx;
    n->calls++;
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        crmi_buf_add(&n->names, crmsync_rows_get(rows, i, 1).text);
        crmi_buf_char(&n->names, ';');
        for (size_t k = 0; k < crmsync_rows_field_count(rows); k++)
            n->last[k] = crmsync_rows_get(rows, i, k);
    }
    return crmi_buf_ok(&n->names) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int setup(void **state)
{
    char account[19], id[19], fields[200];
    orgsim *org = orgsim_new(NULL);
    orgsim_switch(org, "field_add", "Contact.Score__c:double");
    orgsim_insert(org, "Account", "{\"Name\":\"Acme, \\\"Ltd\\\"\"}", account);
    for (int i = 0; i < 5; i++) {
        snprintf(fields, sizeof fields,
                 "{\"LastName\":\"P%d\",\"HasOptedOutOfEmail\":%s,\"AccountId\":\"%s\","
                 "\"Birthdate\":\"2010-01-01\",\"Score__c\":1.5}",
                 i, i == 4 ? "true" : "false", account);
        orgsim_insert(org, "Contact", fields, id);
    }
    *state = org;
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static void begin(crmi_bulk_query *op, const crmsync_alloc *alloc, notes *n)
{
    memset(n, 0, sizeof *n);
    crmi_buf_init(&n->names, alloc);
    crmi_bulk_query_init(op, alloc, V, crmi_str(soql), false);
    crmi_bulk_query_into(op, CRMI_STR("Contact"), columns, N_COLUMNS, take, n);
}

/* One request; `spoil` 1 loses its answer, 2 cuts its body short, 3 makes it a 500. */
static void one_request(orgsim *org, crmi_bulk_query *op, int spoil)
{
    crmsync_alloc alloc = libc_table();
    crmi_request r;
    crmi_request_init(&r, &alloc);
    assert_int_equal(crmi_bulk_query_next(op, &r, NULL), CRMSYNC_OK);
    pass_time(org, op->wait_ms);
    exchange e = ask_org(org, &r);
    if (spoil == 2)
        e.response.body.len = (size_t)(strchr(e.response.body.ptr, '\n') - e.response.body.ptr) +
                              1; /* just the names, or all */
    if (spoil == 3)
        e.response.status = 500;
    if (spoil == 1)
        crmi_bulk_query_lost(op);
    else
        crmi_bulk_query_feed(op, &e.response, NULL);
    exchange_clear(&e);
    crmi_request_clear(&r);
}

static void test_run__pages_of_two__give_typed_rows_in_order(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_bulk_query op;
    notes n;
    size_t requests = 0;
    begin(&op, &alloc, &n);
    op.max_records = 2;
    for (; op.step != CRMI_BULK_QUERY_DONE; requests++)
        one_request(*state, &op, 0);
    assert_int_equal(requests, 5); /* create, one look, three pages */
    assert_int_equal(op.total, 5);
    assert_true(text_is(crmi_buf_str(&n.names), "P0;P1;P2;P3;P4;"));
    assert_int_equal(n.last[0].type, CRMSYNC_CELL_ID);
    assert_int_equal(n.last[2].number, 1);
    assert_int_equal(n.last[3].number, 14610);
    assert_int_equal(n.last[4].number, orgsim_now(*state) / 86400000 * 86400000 + 9 * 3600000);
    assert_int_equal(n.last[5].type, CRMSYNC_CELL_TEXT);
    assert_int_equal(n.last[6].type, CRMSYNC_CELL_DECIMAL);
    crmi_bulk_query_clear(&op);
    crmi_buf_clear(&n.names);
}

static void test_run__any_answer_lost_cut_or_500__comes_again(void **state)
{
    crmsync_alloc alloc = libc_table();
    for (size_t at = 0; at < 5; at++) {
        for (int spoil = 1; spoil <= 3; spoil++) {
            crmi_bulk_query op;
            notes n;
            size_t requests = 0;
            begin(&op, &alloc, &n);
            op.max_records = 2;
            for (; op.step != CRMI_BULK_QUERY_DONE && requests < 20; requests++)
                one_request(*state, &op, requests == at && (spoil != 2 || at > 1) ? spoil : 0);
            if (!text_is(crmi_buf_str(&n.names), "P0;P1;P2;P3;P4;"))
                fail_msg("request %zu, %d", at, spoil);
            crmi_bulk_query_clear(&op);
            crmi_buf_clear(&n.names);
        }
    }
}

static void test_resume__from_job_and_locator__goes_on_there(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_bulk_query op, after;
    notes n, rest;
    begin(&op, &alloc, &n);
    op.max_records = 2;
    for (int i = 0; i < 3; i++)
        one_request(*state, &op, 0);
    begin(&after, &alloc, &rest);
    assert_int_equal(
        crmi_bulk_query_resume(&after, crmi_str(op.job), crmi_buf_str(&op.locator), NULL),
        CRMSYNC_OK);
    while (after.step != CRMI_BULK_QUERY_DONE)
        one_request(*state, &after, 0);
    assert_true(text_is(crmi_buf_str(&rest.names), "P2;P3;P4;"));
    assert_int_equal(crmi_bulk_query_resume(&after, CRMI_STR("x"), CRMI_STR_EMPTY, NULL),
                     CRMSYNC_E_CORRUPT);
    crmi_bulk_query_clear(&op);
    crmi_bulk_query_clear(&after);
    crmi_buf_clear(&n.names);
    crmi_buf_clear(&rest.names);
}

static void test_pages__list__names_where_each_page_begins(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmi_bulk_query op;
    crmi_bulk_pages pages;
    crmi_request r;
    crmi_arena arena;
    notes n;
    begin(&op, &alloc, &n);
    crmi_arena_init(&arena, &alloc);
    crmi_request_init(&r, &alloc);
    orgsim_switch(*state, "bulk_page", "2");
    one_request(*state, &op, 0);
    one_request(*state, &op, 0);
    assert_int_equal(crmi_bulk_pages_request(&r, V, crmi_str(op.job), CRMI_STR_EMPTY, NULL),
                     CRMSYNC_OK);
    exchange e = ask_org(*state, &r);
    assert_int_equal(crmi_bulk_pages_read(&arena, &e.response, &pages, NULL), CRMSYNC_OK);
    exchange_clear(&e);
    assert_int_equal(pages.count, 3);
    assert_int_equal(pages.next.len, 0);
    for (size_t i = 3; i-- > 0;) { /* in any order */
        crmi_buf_reset(&op.locator);
        crmi_buf_add(&op.locator, pages.locators[i]);
        op.step = CRMI_BULK_QUERY_PAGE;
        one_request(*state, &op, 0);
    }
    assert_true(text_is(crmi_buf_str(&n.names), "P4;P2;P3;P0;P1;"));
    crmi_request_clear(&r);
    crmi_arena_clear(&arena);
    crmi_bulk_query_clear(&op);
    crmi_buf_clear(&n.names);
}

static void test_pages__hostile_lists__are_refused(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"resultPages\":[{}],\"done\":true}",
        "{\"resultPages\":[],\"done\":false}",
        "{\"resultPages\":[{\"resultUrl\":\"/x?locator=../../y\"}],\"done\":true}",
        "{\"resultPages\":[{\"resultUrl\":\"/x?locator=a%20b\"}],\"done\":true}",
        "{\"resultPages\":[],\"done\":false,\"nextRecordsUrl\":\"/x?locator=a?b\"}"};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        crmi_bulk_pages pages;
        crmi_arena arena;
        crmi_response said = answer(200, bodies[i]);
        crmi_arena_init(&arena, &alloc);
        if (crmi_bulk_pages_read(&arena, &said, &pages, NULL) != CRMSYNC_E_PROTOCOL)
            fail_msg("%s", bodies[i]);
        crmi_arena_clear(&arena);
    }
}

static void test_page__values_that_are_none__are_refused_with_row_and_column(void **state)
{
    static const struct {
        const char *csv, *where;
    } cases[] = {
        {"Id,LastName\n", "the column names"},
        {"", "the column names"},
        {"Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
         "short,,,,,,\n",
         "row 1, Id"},
        {"Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
         ",,,,,,\n,,maybe,,,,\n",
         "row 2, HasOptedOutOfEmail"},
        {"Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
         ",,,soon,,,\n",
         "row 1, Birthdate"},
        {"Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
         ",,,,x,,\n",
         "row 1, SystemModstamp"},
        {"Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
         ",,,,,,1e9999\n",
         "row 1, Score__c"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_bulk_page page;
        crmsync_error *err = NULL;
        notes n;
        memset(&n, 0, sizeof n);
        crmi_buf_init(&n.names, &alloc);
        assert_int_equal(crmi_bulk_page_init(&page, &alloc, CRMI_STR("Contact"), columns, N_COLUMNS,
                                             take, &n, NULL),
                         CRMSYNC_OK);
        int32_t rc = crmi_bulk_page_push(&page, crmi_str(cases[i].csv), &err);
        if (!rc)
            rc = crmi_bulk_page_end(&page, 0, &err);
        if (rc != CRMSYNC_E_PROTOCOL || !text_is(crmsync_error_where(err), cases[i].where))
            fail_msg("case %zu gives %d", i, (int)rc);
        assert_int_equal(n.calls, 0);
        crmsync_error_free(err);
        crmi_bulk_page_clear(&page);
        crmi_buf_clear(&n.names);
    }
}

static int32_t whole_query(const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_bulk_query op;
    crmi_request r;
    notes n;
    crmi_response said[] = {
        answer(200, "{\"id\":\"7505e00001ABCDEAAW\",\"state\":\"UploadComplete\"}"),
        answer(200, "{\"id\":\"7505e00001ABCDEAAW\",\"state\":\"JobComplete\"}"),
        answer(200,
               "Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
               ",a,true,2010-01-01,,,1.5E3\n"),
        answer(200,
               "Id,LastName,HasOptedOutOfEmail,Birthdate,SystemModstamp,Account.Name,Score__c\n"
               ",b,,,,,\n")};
    int32_t rc = CRMSYNC_OK;
    said[2].locator = CRMI_STR("MQ");
    begin(&op, alloc, &n);
    crmi_request_init(&r, alloc);
    for (size_t i = 0; !rc && i < 4; i++) {
        rc = crmi_bulk_query_next(&op, &r, err);
        if (!rc)
            rc = crmi_bulk_query_feed(&op, &said[i], err);
    }
    if (!rc)
        assert_true(op.step == CRMI_BULK_QUERY_DONE && text_is(crmi_buf_str(&n.names), "a;b;"));
    crmi_request_clear(&r);
    crmi_bulk_query_clear(&op);
    crmi_buf_clear(&n.names);
    return rc;
}

static void test_bulk_query__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(whole_query) > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_run__pages_of_two__give_typed_rows_in_order),
        TEST(test_run__any_answer_lost_cut_or_500__comes_again),
        TEST(test_resume__from_job_and_locator__goes_on_there),
        TEST(test_pages__list__names_where_each_page_begins),
        TEST(test_pages__hostile_lists__are_refused),
        TEST(test_page__values_that_are_none__are_refused_with_row_and_column),
        TEST(test_bulk_query__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
