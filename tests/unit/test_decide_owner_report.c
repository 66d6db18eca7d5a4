/* The report on owners: who is the matter, and how many records wait for somebody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/decide.h>

#include "failing_alloc.h"
#include "model/rows.h"

#define ANN "005000000000001AAA"
#define BOB "005000000000002AAA"
#define CAT "005000000000003AAA"
#define BOT "005000000000004AAA"

static const char users[] =
    "{\"Id\":\"" ANN "\",\"Name\":\"Ann\",\"Email\":\"ann@acme.com.invalid\",\"IsActive\":true,"
    "\"UserType\":\"Standard\"}\n"
    "{\"Id\":\"" BOB "\",\"Name\":\"Bob\",\"Email\":\"bob@acme.com\",\"IsActive\":true,"
    "\"UserType\":\"Standard\"}\n"
    "{\"Id\":\"" CAT "\",\"Name\":\"Cat\",\"Email\":\"cat@acme.com\",\"IsActive\":false,"
    "\"UserType\":\"Standard\"}\n"
    "{\"Id\":\"" BOT "\",\"Name\":\"Bot\",\"Email\":\"bot@acme.com\",\"IsActive\":true,"
    "\"UserType\":\"AutomatedProcess\"}\n";
static const char owned[] = "{\"OwnerId\":\"" BOB "\",\"object\":\"Lead\",\"records\":7}\n"
                            "{\"OwnerId\":\"005000000000003\",\"object\":\"Account\",\"records\":2}\n"
                            "{\"OwnerId\":\"" CAT "\",\"object\":\"Account\"}\n"
                            "{\"OwnerId\":\"00G000000000001EAA\",\"object\":\"Lead\",\"records\":4}\n"
                            "{\"OwnerId\":\"005000000000009AAA\",\"object\":\"Lead\"}\n"
                            "{\"OwnerId\":\"" BOT "\",\"object\":\"Lead\"}\n";

typedef struct fixture {
    crmsync_config *config;
    crmsync_normalizer *normalizer;
} fixture;

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static fixture configured(const char *json)
{
    fixture f = {NULL, NULL};
    assert_int_equal(crmsync_config_parse(NULL, str(json), &f.config, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_config_normalizer(f.config, NULL, &f.normalizer, NULL), CRMSYNC_OK);
    return f;
}

static void unload(fixture *f)
{
    crmsync_normalizer_free(f->normalizer);
    crmsync_config_free(f->config);
}

static crmsync_rows *rows(const crmsync_alloc *alloc, const char *kind, const char *jsonl)
{
    crmsync_rows *out = NULL;
    assert_int_equal(crmsync_rows_new(alloc, str(kind), NULL, 0, &out, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append_jsonl(out, str(jsonl), NULL), CRMSYNC_OK);
    return out;
}

static void expect(const crmsync_rows *report, size_t row, const char *finding, const char *owner,
                   const char *object, const char *records)
{
    crmi_record r = {report, row};
    assert_string_equal(crmi_record_text(r, "finding").ptr, finding);
    assert_string_equal(crmi_record_text(r, "owner").ptr, owner);
    assert_true(crmi_str_is(crmi_record_text(r, "object"), object));
    assert_string_equal(crmi_record_text(r, "records").ptr, records);
}

static void test_owner_report__tells_unmapped_inactive_queues_and_unknown(void **state)
{
    (void)state;
    fixture f = configured("{\"connection\":{\"environment\":\"sandbox\"}}");
    crmsync_rows *u = rows(NULL, "User", users), *o = rows(NULL, "owned", owned);
    crmsync_rows *team = rows(NULL, "member", "{\"id\":\"m1\",\"email\":\"Ann@acme.com\"}\n");
    crmsync_rows *out = NULL;
    assert_int_equal(crmsync_owner_report(f.config, f.normalizer, u, o, team, &out, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(out), 4);
    expect(out, 0, "unmapped", BOB, "Lead", "7");
    expect(out, 1, "inactive", CAT, "Account", "3");
    expect(out, 2, "queue", "00G000000000001EAA", "Lead", "4");
    expect(out, 3, "unknown", "005000000000009AAA", "Lead", "1");
    crmsync_rows_free(out);

    /* without the team only the map counts; whoever owns nothing is told, too */
    assert_int_equal(crmsync_owner_report(f.config, f.normalizer, u, NULL, NULL, &out, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(out), 2);
    expect(out, 0, "unmapped", ANN, "", "0");
    expect(out, 1, "unmapped", BOB, "", "0");
    crmsync_rows_free(out);
    unload(&f);

    f = configured("{\"owner\":{\"map\":{\"b\":\"005000000000002\"},\"inverse\":{\"" ANN
                   "\":\"b\",\"" BOB "\":\"b\"}}}");
    assert_int_equal(crmsync_owner_report(f.config, f.normalizer, u, NULL, NULL, &out, NULL),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(out), 0);
    crmsync_rows_free(out);
    assert_int_equal(crmsync_owner_report(f.config, f.normalizer, NULL, NULL, NULL, &out, NULL),
                     CRMSYNC_E_INVALID);
    unload(&f);
    crmsync_rows_free(team);
    crmsync_rows_free(o);
    crmsync_rows_free(u);
}

static void test_owner_report__without_memory_leaves_nothing(void **state)
{
    failing_alloc counted = {.fail_at = 0};
    (void)state;
    fixture f = configured("{}");
    crmsync_rows *o = rows(NULL, "owned", owned);
    for (size_t at = 1;; at++) {
        counted = (failing_alloc){.fail_at = 0};
        crmsync_alloc alloc = failing_alloc_table(&counted);
        crmsync_rows *u = rows(&alloc, "User", users), *out = NULL;
        size_t held = counted.held;
        counted.fail_at = counted.requests + at;
        int32_t rc = crmsync_owner_report(f.config, f.normalizer, u, o, o, &out, NULL);
        counted.fail_at = 0;
        if (rc) {
            assert_int_equal(rc, CRMSYNC_E_NOMEM);
            assert_null(out);
            assert_int_equal(counted.held, held);
        }
        crmsync_rows_free(out);
        crmsync_rows_free(u);
        assert_int_equal(counted.blocks, 0);
        if (!rc)
            break;
    }
    crmsync_rows_free(o);
    unload(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_owner_report__tells_unmapped_inactive_queues_and_unknown),
        cmocka_unit_test(test_owner_report__without_memory_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
