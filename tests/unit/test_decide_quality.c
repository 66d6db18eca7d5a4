/* crmsync_quality: what stands in the way of matching. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "decide/decide.h"
#include "unit/failing_alloc.h"

typedef struct bench {
    crmsync_config *config;
    crmsync_normalizer *normalizer;
} bench;

static int make(void **state)
{
    static bench b;
    *state = &b;
    return crmsync_config_parse(NULL, CRMI_STR("{}"), &b.config, NULL) ||
           crmsync_config_normalizer(b.config, NULL, &b.normalizer, NULL);
}

static int drop(void **state)
{
    bench *b = *state;
    crmsync_normalizer_free(b->normalizer);
    crmsync_config_free(b->config);
    return 0;
}

static crmsync_rows *rows_of(const crmsync_alloc *alloc, const char *kind, const char *const *lines)
{
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_rows_new(alloc, crmi_str(kind), NULL, 0, &rows, NULL), 0);
    for (; *lines; lines++)
        assert_int_equal(crmsync_rows_append_json(rows, crmi_str(*lines), NULL), 0);
    return rows;
}

static const char *const people[] = {
    "{\"id\":\"1\",\"email\":\"ada@acme.com\",\"website\":\"acme.com\"}",
    "{\"id\":\"2\",\"email\":\" Ada@ACME.com \",\"website\":\"https://www.acme.com/about\"}",
    "{\"id\":\"3\",\"email\":\"ada at acme\",\"website\":\"n/a\"}",
    "{\"id\":\"4\",\"email\":null}",
    "{\"id\":\"5\",\"email\":\"ada@gmail.com\",\"website\":\"https://linkedin.com/in/ada\"}",
    NULL,
};
static const char *const companies[] = {
    "{\"id\":\"c1\",\"name\":\"Acme Inc.\",\"domain\":\"acme.com\"}",
    "{\"id\":\"c2\",\"name\":\"ACME\",\"domain\":\"ac me\"}",
    "{\"id\":\"c3\",\"name\":\"n/a\",\"domain\":\"b\xc3\xbc"
    "cher.example\"}",
    NULL,
};
static const char *const accounts[] = {
    "{\"Id\":\"001000000000001AAA\",\"Name\":\"Acme\",\"Website\":\"www.acme.com\"}",
    "{\"Id\":\"001000000000002AAA\",\"Name\":\"Acme GmbH\",\"Website\":\"acme.com\"}",
    NULL,
};

static const struct {
    const char *kind;
    const char *const *lines;
    const char *expected; /* check field count first; ... */
} cases[] = {
    {"person", people,
     "email_missing email 1 4;email_not_valid email 1 3;email_not_normal email 1 2;"
     "email_shared email 1 5;email_duplicate email 1 2;"
     "domain_missing website 1 4;domain_not_valid website 1 3;domain_not_normal website 2 2;"
     "domain_shared website 1 5;domain_duplicate website 1 2;"},
    {"company", companies,
     "domain_not_valid domain 1 c2;domain_not_normal domain 1 c3;name_not_valid name 1 c3;"
     "name_duplicate name 1 c2;"},
    {"Account", accounts,
     "domain_not_normal Website 1 001000000000001AAA;"
     "domain_duplicate Website 1 001000000000002AAA;"
     "name_duplicate Name 1 001000000000002AAA;"},
    {"person", people + 5, ""},
    {"Contact", accounts,
     "domain_not_normal Website 1 001000000000001AAA;"
     "domain_duplicate Website 1 001000000000002AAA;"},
};

static void test_quality__each_batch_gives_its_checks(void **state)
{
    const bench *b = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_rows *records = rows_of(NULL, cases[i].kind, cases[i].lines), *out = NULL;
        char told[1000] = "";
        assert_int_equal(crmsync_quality(b->config, b->normalizer, records, &out, NULL), 0);
        assert_true(crmi_str_is(crmsync_rows_kind(out), "quality"));
        for (size_t r = 0; r < crmsync_rows_count(out); r++) {
            for (size_t f = 0; f < 4; f++) {
                size_t n = strlen(told);
                snprintf(told + n, sizeof told - n, "%.*s%s",
                         CRMI_SPELL(crmsync_rows_get(out, r, f).text), f < 3 ? " " : ";");
            }
        }
        assert_string_equal(told, cases[i].expected);
        crmsync_rows_free(out);
        crmsync_rows_free(records);
    }
}

static void test_quality__other_kinds_and_null_are_refused(void **state)
{
    const bench *b = *state;
    crmsync_rows *records = rows_of(NULL, "campaign", people), *out = NULL;
    assert_int_equal(crmsync_quality(b->config, b->normalizer, records, &out, NULL),
                     CRMSYNC_E_INVALID);
    assert_null(out);
    assert_int_equal(crmsync_quality(b->config, b->normalizer, NULL, &out, NULL),
                     CRMSYNC_E_INVALID);
    crmsync_rows_free(records);
}

static void test_quality__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    const bench *b = *state;
    failing_alloc f = {0};
    crmsync_alloc a = failing_alloc_table(&f);
    crmsync_rows *records = rows_of(&a, "person", people), *out = NULL;
    size_t held = f.held, before = f.requests;
    assert_int_equal(crmsync_quality(b->config, b->normalizer, records, &out, NULL), 0);
    crmsync_rows_free(out);
    size_t total = f.requests - before;
    assert_true(total > 5);
    for (size_t k = 1; k <= total; k++) {
        f.fail_at = f.requests + k;
        assert_int_equal(crmsync_quality(b->config, b->normalizer, records, &out, NULL),
                         CRMSYNC_E_NOMEM);
        assert_null(out);
        assert_int_equal(f.held, held);
    }
    f.fail_at = 0;
    crmsync_rows_free(records);
    assert_int_equal(f.held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quality__each_batch_gives_its_checks),
        cmocka_unit_test(test_quality__other_kinds_and_null_are_refused),
        cmocka_unit_test(test_quality__every_allocation_failing_gives_nomem_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
