/* The vectors of tests/vectors/normalize, and what must hold for all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json.h"
#include "normalize/normalizer.h"

typedef int32_t (*key_function)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

static int32_t id_key(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                      size_t *len)
{
    (void)n;
    return crmsync_normalize_id(in, out, size, len);
}

static const struct {
    const char *kind;
    key_function key;
    int32_t (*flag)(const crmsync_normalizer *n, crmsync_str in);
} kinds[] = {
    {"email", crmsync_normalize_email, NULL},
    {"domain", crmsync_normalize_domain, NULL},
    {"host", crmsync_normalize_host, NULL},
    {"company", crmsync_normalize_company, NULL},
    {"id", id_key, NULL},
    {"freemail", NULL, crmsync_is_freemail},
    {"shared_host", NULL, crmsync_is_shared_host},
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static crmsync_alloc libc_alloc(void)
{
    crmsync_alloc a;
    assert_int_equal(crmi_alloc_init(&a, NULL), CRMSYNC_OK);
    return a;
}

static crmsync_normalizer *make(const crmsync_normalize_options *options)
{
    crmsync_normalizer *n = NULL;
    assert_int_equal(crmsync_normalizer_new(NULL, options, &n, NULL), CRMSYNC_OK);
    assert_non_null(n);
    return n;
}

static crmsync_str key_of(key_function key, const crmsync_normalizer *n, crmsync_str in, char *out)
{
    size_t len = 999;
    assert_int_equal(key(n, in, out, CRMSYNC_KEY_MAX, &len), CRMSYNC_OK);
    assert_true(len < CRMSYNC_KEY_MAX);
    assert_int_equal(out[len], '\0');
    return (crmsync_str){out, len};
}

typedef void (*row_function)(const crmsync_normalizer *n, const char *file, size_t line,
                             const yyjson_val *row);

/* Calls `each` for all lines of all vector files; returns how many. */
static size_t for_each_row(row_function each)
{
    static const char *const files[] = {"cases.jsonl", "more.jsonl"};
    crmsync_alloc a = libc_alloc();
    crmsync_normalizer *n = make(NULL);
    const char *root = getenv("SOURCE_ROOT");
    char text[8192];
    size_t rows = 0;
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        char path[1024];
        FILE *in;
        snprintf(path, sizeof path, "%s/tests/vectors/normalize/%s", root ? root : ".", files[f]);
        in = fopen(path, "r");
        assert_non_null(in);
        for (size_t line = 1; fgets(text, sizeof text, in); line++) {
            yyjson_doc *doc = NULL;
            assert_int_equal(crmi_json_read(&a, crmi_str(text), &doc, NULL), CRMSYNC_OK);
            each(n, files[f], line, yyjson_doc_get_root(doc));
            yyjson_doc_free(doc);
            rows++;
        }
        fclose(in);
    }
    crmsync_normalizer_free(n);
    return rows;
}

static size_t kind_of(const yyjson_val *row)
{
    size_t k = 0;
    while (k < KIND_COUNT && !crmi_str_is(crmi_json_member_text(row, "kind"), kinds[k].kind))
        k++;
    assert_true(k < KIND_COUNT);
    return k;
}

static void expect_row(const crmsync_normalizer *n, const char *file, size_t line,
                       const yyjson_val *row)
{
    char out[CRMSYNC_KEY_MAX];
    size_t k = kind_of(row);
    crmsync_str in = crmi_json_member_text(row, "input");
    yyjson_val *expected = crmi_json_member(row, "expected");
    if (kinds[k].flag) {
        if ((kinds[k].flag(n, in) != 0) != yyjson_get_bool(expected))
            fail_msg("%s:%zu: %s of %.*s", file, line, kinds[k].kind, CRMI_SPELL(in));
        return;
    }
    crmsync_str key = key_of(kinds[k].key, n, in, out);
    crmsync_str want = crmi_json_text(expected);
    if (!crmi_str_eq(key, want))
        fail_msg("%s:%zu: %s of %.*s gave \"%.*s\", not \"%.*s\"", file, line, kinds[k].kind,
                 CRMI_SPELL(in), CRMI_SPELL(key), CRMI_SPELL(want));
}

static void test_normalize__vectors_all_give_the_expected_key(void **state)
{
    (void)state;
    assert_true(for_each_row(expect_row) >= 168 + 130);
}

/* Whatever a row is about, its input goes through every function. */
static void expect_idempotence(const crmsync_normalizer *n, const char *file, size_t line,
                               const yyjson_val *row)
{
    crmsync_str in = crmi_json_member_text(row, "input");
    for (size_t k = 0; k < KIND_COUNT; k++) {
        char once[CRMSYNC_KEY_MAX], twice[CRMSYNC_KEY_MAX];
        if (!kinds[k].key)
            continue;
        crmsync_str first = key_of(kinds[k].key, n, in, once);
        crmsync_str second = key_of(kinds[k].key, n, first, twice);
        if (!crmi_str_eq(first, second))
            fail_msg("%s:%zu: %s of %.*s gave \"%.*s\", then \"%.*s\"", file, line, kinds[k].kind,
                     CRMI_SPELL(in), CRMI_SPELL(first), CRMI_SPELL(second));
        if (!crmi_str_utf8_valid(first, NULL))
            fail_msg("%s:%zu: %s is no UTF-8", file, line, kinds[k].kind);
    }
}

static void test_normalize__a_key_is_its_own_key(void **state)
{
    (void)state;
    assert_true(for_each_row(expect_idempotence) > 0);
}

/* Names that lose nothing but case: no form, no mark that may go. */
static void test_normalize_company__scripts_are_left_undamaged(void **state)
{
    static const char *const names[] = {
        "トヨタ自動車", "ソニーグループ", "ガード",   "パピプペポ", "がぎぐげご",   "ヴィトン",
        "々木",         "任天堂",         "华为技术", "阿里巴巴",   "台灣積體電路", "삼성전자",
        "카카오",       "йошкар",         "київстар", "її",         "ўзбекистон",   "ќе",
        "ѓорче",        "щука",           "αβγδ",     "ελλαδα",     "أرامكو",       "آسيا",
        "الاتصالات",    "پارس",           "گروه",     "ईंट",         "বাংলা",        "ไทยพาณิชย์",
        "ქართული",      "հայաստան",       "የኢትዮጵያ",
    };
    char out[CRMSYNC_KEY_MAX];
    crmsync_normalizer *n = make(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(key_of(crmsync_normalize_company, n, crmi_str(names[i]), out).ptr,
                            names[i]);
    crmsync_normalizer_free(n);
}

static void test_normalize__an_output_too_small_is_a_limit(void **state)
{
    static const struct {
        key_function key;
        const char *in;
        size_t needs;
    } rows[] = {
        {crmsync_normalize_email, "Jane@Acme.com", 14},
        {crmsync_normalize_domain, "www.acme.com", 9},
        {crmsync_normalize_host, "x.acme.com", 11},
        {crmsync_normalize_company, "Acme Inc", 5},
        {id_key, "0015000000Gv7qJ", 19},
        {crmsync_normalize_company, "", 1},
    };
    crmsync_normalizer *n = make(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t size = 0; size <= rows[i].needs; size++) {
            char *out = malloc(size + 1); /* exact, so that the sanitizer sees a byte too many */
            size_t len = 999;
            int32_t rc;
            assert_non_null(out);
            out[size] = 'x';
            rc = rows[i].key(n, crmi_str(rows[i].in), out, size, &len);
            assert_int_equal(rc, size < rows[i].needs ? CRMSYNC_E_LIMIT : CRMSYNC_OK);
            assert_int_equal(len, size < rows[i].needs ? 0 : rows[i].needs - 1);
            assert_int_equal(out[size], 'x');
            free(out);
        }
    }
    crmsync_normalizer_free(n);
}

static void test_normalize__hostile_bytes_have_no_key_or_a_valid_one(void **state)
{
    static const crmsync_str rows[] = {
        CRMSYNC_STR_LIT("\xff\xfe"),
        CRMSYNC_STR_LIT("a\0b.com"),
        CRMSYNC_STR_LIT("jane@\xc3.com"),
        CRMSYNC_STR_LIT("\xed\xa0\x80@acme.com"),
        CRMSYNC_STR_LIT("<"),
        CRMSYNC_STR_LIT(">"),
        CRMSYNC_STR_LIT("<>"),
        CRMSYNC_STR_LIT("\"@acme.com"),
        CRMSYNC_STR_LIT("\"\\@acme.com"),
        CRMSYNC_STR_LIT("http:"),
        CRMSYNC_STR_LIT("%"),
        CRMSYNC_STR_LIT("%4"),
        CRMSYNC_STR_LIT("@"),
        CRMSYNC_STR_LIT("&&&&"),
        CRMSYNC_STR_LIT("'''"),
        CRMSYNC_STR_LIT("a'"),
        CRMSYNC_STR_LIT("\\"),
        CRMSYNC_STR_LIT("/de/"),
        CRMSYNC_STR_LIT(" /de/"),
        CRMSYNC_STR_LIT("\xcc\x81"),
    };
    crmsync_normalizer *n = make(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < KIND_COUNT; k++) {
            char out[CRMSYNC_KEY_MAX];
            if (kinds[k].key)
                assert_true(crmi_str_utf8_valid(key_of(kinds[k].key, n, rows[i], out), NULL));
            else
                assert_int_equal(kinds[k].flag(n, rows[i]), 0);
        }
    }
    crmsync_normalizer_free(n);
}

static void test_normalize_company__long_names_keep_the_key_size(void **state)
{
    static const char *const pieces[] = {"a ", "&", "ﷺ ", "ltd ", "ß", "株式会社", "the ", "a b "};
    char text[20000];
    char once[CRMSYNC_KEY_MAX], twice[CRMSYNC_KEY_MAX];
    crmsync_normalizer *n = make(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t len = 0, piece = strlen(pieces[i]);
        for (; len + piece < sizeof text; len += piece)
            memcpy(text + len, pieces[i], piece);
        crmsync_str first = key_of(crmsync_normalize_company, n, (crmsync_str){text, len}, once);
        assert_true(first.len > 0);
        assert_true(crmi_str_eq(first, key_of(crmsync_normalize_company, n, first, twice)));
    }
    crmsync_normalizer_free(n);
}

/* Plain addresses take a short way; a semicolon at the end, which does not count, keeps them off it. */
static void test_normalize_email__the_short_way_tells_what_the_long_one_does(void **state)
{
    static const char letters[] = "a1.-_@", *const ends[] = {"", ".aa", ".a1", "aa"};
    char text[16], one[CRMSYNC_KEY_MAX], other[CRMSYNC_KEY_MAX];
    size_t keys = 0, all = 1;
    crmsync_normalizer *n = make(NULL);
    (void)state;
    for (size_t length = 1; length <= 6; length++) {
        all *= 6;
        for (size_t i = 0; i < all * 4; i++) {
            size_t rest = i / 4;
            for (size_t k = 0; k < length; k++, rest /= 6)
                text[k] = letters[rest % 6];
            size_t len = length + (size_t)snprintf(text + length, 8, "%s;", ends[i % 4]);
            crmsync_str shorter = {text, len - 1}, longer = {text, len};
            crmsync_str key = key_of(crmsync_normalize_email, n, shorter, one);
            assert_true(crmi_str_eq(key, key_of(crmsync_normalize_email, n, longer, other)));
            keys += key.len > 0;
        }
    }
    assert_true(keys > 500);
    crmsync_normalizer_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normalize__vectors_all_give_the_expected_key),
        cmocka_unit_test(test_normalize__a_key_is_its_own_key),
        cmocka_unit_test(test_normalize_company__scripts_are_left_undamaged),
        cmocka_unit_test(test_normalize__an_output_too_small_is_a_limit),
        cmocka_unit_test(test_normalize__hostile_bytes_have_no_key_or_a_valid_one),
        cmocka_unit_test(test_normalize_company__long_names_keep_the_key_size),
        cmocka_unit_test(test_normalize_email__the_short_way_tells_what_the_long_one_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
