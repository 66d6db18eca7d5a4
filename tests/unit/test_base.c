/* The base layer: strings, buffers, digests, time, JSON, cryptography. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mix.h"
#include "base/time.h"

static crmsync_alloc libc_alloc(void)
{
    crmsync_alloc a;
    assert_int_equal(crmi_alloc_init(&a, NULL), CRMSYNC_OK);
    return a;
}

static void assert_buf(crmi_buf *b, const char *expected)
{
    assert_true(crmi_buf_ok(b));
    assert_string_equal(crmi_buf_str(b).ptr, expected);
    crmi_buf_clear(b);
}

static void test_utf8_valid__table_finds_the_first_bad_byte(void **state)
{
    static const struct {
        const char *bytes;
        ptrdiff_t bad; /* -1 = valid */
    } rows[] = {
        {"plain", -1},          {"z\xc3\xbcrich", -1},      {"\xf0\x9f\x98\x80", -1},
        {"a\xc0\x80", 1},       {"ab\xed\xa0\x80", 2},      {"\xf4\x90\x80\x80", 0},
        {"abc\xe2\x82", 3},     {"\x80", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t bad = 999;
        bool valid = crmi_str_utf8_valid(crmi_str(rows[i].bytes), &bad);
        assert_int_equal(valid, rows[i].bad < 0);
        if (!valid)
            assert_int_equal(bad, rows[i].bad);
    }
}

static void test_utf8_cut__never_splits_a_character(void **state)
{
    crmsync_str s = crmi_str("a\xe2\x82\xac" "b");
    (void)state;
    assert_int_equal(crmi_str_utf8_cut(s, 1), 1);
    assert_int_equal(crmi_str_utf8_cut(s, 2), 1);
    assert_int_equal(crmi_str_utf8_cut(s, 3), 1);
    assert_int_equal(crmi_str_utf8_cut(s, 4), 4);
    assert_int_equal(crmi_str_utf8_cut_chars(s, 2), 4);
}

static void test_buf_json__escapes_and_replaces_bad_bytes(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmi_buf b;
    (void)state;
    crmi_buf_init(&b, &a);
    crmi_buf_json(&b, (crmsync_str){"a\"\\\n\x01\xff\xc3\xbc", 8});
    assert_buf(&b, "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\xc3\xbc\"");
}

/* They are stored: another value for the same bytes would make every record look changed. */
static void test_mix__values_are_the_same_everywhere(void **state)
{
    char text[64];
    (void)state;
    memset(text, 'a', sizeof text);
    assert_true(crmi_mix(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    assert_true(crmi_mix(UINT64_C(0x123456789abcdef0), 3) == UINT64_C(0x369d0369d0369cd0));
    assert_true(crmi_mix_bytes(CRMI_MIX_SEED, CRMI_STR("ada@engines.example")) ==
                UINT64_C(0x33b9f414f7d4a4f4));
    for (size_t i = 0; i < sizeof text; i++) { /* each length and each byte counts */
        uint64_t plain = crmi_mix_bytes(1, (crmsync_str){text, i + 1});
        assert_true(plain != crmi_mix_bytes(1, (crmsync_str){text, i}));
        for (size_t k = 0; k <= i; k++) {
            text[k] = 'b';
            assert_true(plain != crmi_mix_bytes(1, (crmsync_str){text, i + 1}));
            text[k] = 'a';
        }
    }
}

static void test_arena_reset__memory_is_used_again(void **state)
{
    crmsync_alloc a;
    crmi_arena arena;
    (void)state;
    crmi_alloc_init(&a, NULL);
    crmi_arena_init(&arena, &a);
    char *small = crmi_arena_alloc(&arena, 100), *large = crmi_arena_alloc(&arena, 100000);
    assert_non_null(small);
    assert_non_null(large);
    memset(large, 7, 100000);
    crmi_arena_reset(&arena);
    char *again = crmi_arena_alloc(&arena, 100000);
    assert_ptr_equal(again, large);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(again[i], 0);
    assert_ptr_equal(crmi_arena_alloc(&arena, 100), small);
    crmi_arena_clear(&arena);
}

static void test_digest64__reference_vector_and_chunks_agree(void **state)
{
    crmi_digest d;
    (void)state;
    uint64_t whole = crmi_digest64(CRMI_STR("the quick brown fox"));
    crmi_digest_init(&d);
    crmi_digest_add(&d, CRMI_STR("the "));
    crmi_digest_add(&d, CRMI_STR("quick brown"));
    crmi_digest_add(&d, CRMI_STR(" fox"));
    assert_true(crmi_digest_end(&d) == whole);
    for (size_t cut = 0; cut <= 40; cut++) {
        crmsync_str text = CRMI_STR("0123456789 and more, longer than words \xff\xff");
        crmi_digest_init(&d);
        crmi_digest_add(&d, crmi_str_sub(text, 0, cut));
        crmi_digest_add(&d, crmi_str_sub(text, cut, 3));
        crmi_digest_add(&d, crmi_str_sub(text, cut + 3, text.len));
        assert_true(crmi_digest_end(&d) == crmi_digest64(text));
    }
    assert_true(whole == UINT64_C(0x4a1360c19675601d)); /* by another implementation */
    assert_true(crmi_digest64(CRMI_STR("the quick brown foy")) != whole);
}

static void test_datetime_parse__accepts_every_form_salesforce_writes(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        bool ok;
    } rows[] = {
        {"2011-07-07T00:37:00.000+0000", INT64_C(1309999020000), true},
        {"2011-07-07T00:37:00Z", INT64_C(1309999020000), true},
        {"2011-07-07T02:37:00.5+02:00", INT64_C(1309999020500), true},
        {"1969-12-31T23:59:59Z", INT64_C(-1000), true},
        {"2011-02-29T00:00:00Z", 0, false},
        {"2011-07-07", 0, false},
        {"2011-07-07T25:00:00Z", 0, false},
        {"2011-07-07T00:37:00+02:0", 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        assert_int_equal(crmi_datetime_parse(crmi_str(rows[i].text), &ms), rows[i].ok);
        if (rows[i].ok)
            assert_true(ms == rows[i].ms);
    }
}

static void test_http_date__round_trips(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmi_buf b;
    int64_t ms;
    (void)state;
    crmi_buf_init(&b, &a);
    crmi_buf_http_date(&b, INT64_C(1784635200000));
    assert_true(crmi_http_date_parse(crmi_buf_str(&b), &ms));
    assert_true(ms == INT64_C(1784635200000));
    assert_buf(&b, "Tue, 21 Jul 2026 12:00:00 GMT");
}

static void test_json_read__bad_input_names_the_byte(void **state)
{
    crmsync_alloc a = libc_alloc();
    yyjson_doc *doc;
    crmsync_error *err = NULL;
    (void)state;
    assert_int_equal(crmi_json_read(&a, CRMI_STR("{\"a\":1,}"), &doc, &err), CRMSYNC_E_INVALID);
    assert_null(doc);
    assert_string_equal(crmsync_error_where(err).ptr, "byte 6");
    crmsync_error_free(err);
}

/* `levels` lists in each other, every second one an object. */
static int32_t read_nested(size_t levels)
{
    crmsync_alloc a = libc_alloc();
    yyjson_doc *doc = NULL;
    crmi_buf b;
    crmi_buf_init(&b, &a);
    for (size_t i = 0; i < levels; i++)
        crmi_buf_lit(&b, i % 2 ? "{\"a\":" : "[1,[],");
    crmi_buf_lit(&b, "\"]]{[\"");
    for (size_t i = levels; i-- > 0;)
        crmi_buf_char(&b, i % 2 ? '}' : ']');
    int32_t code = crmi_json_read(&a, crmi_buf_str(&b), &doc, NULL);
    assert_int_equal(doc != NULL, code == CRMSYNC_OK);
    yyjson_doc_free(doc);
    crmi_buf_clear(&b);
    return code;
}

static void test_json_read__nesting_has_a_limit(void **state)
{
    (void)state;
    assert_int_equal(read_nested(0), CRMSYNC_OK);
    assert_int_equal(read_nested(1), CRMSYNC_OK);
    assert_int_equal(read_nested(CRMI_JSON_MAX_DEPTH), CRMSYNC_OK);
    assert_int_equal(read_nested(CRMI_JSON_MAX_DEPTH + 1), CRMSYNC_E_LIMIT);
    assert_int_equal(read_nested(100000), CRMSYNC_E_LIMIT);
}

static void test_jw_value__writes_back_what_was_read(void **state)
{
    static const char text[] = "{\"a\":[1.50,-2e400,true,null,\"x\\ny\"],\"b\":{}}";
    crmsync_alloc a = libc_alloc();
    yyjson_doc *doc;
    crmi_buf b;
    (void)state;
    assert_int_equal(crmi_json_read(&a, crmi_str(text), &doc, NULL), CRMSYNC_OK);
    crmi_buf_init(&b, &a);
    crmi_jw w = crmi_jw_to(&b);
    crmi_jw_value(&w, yyjson_doc_get_root(doc));
    yyjson_doc_free(doc);
    assert_buf(&b, text);
}

static void test_seal__opens_only_with_key_and_context(void **state)
{
    static const unsigned char nonce[CRMI_SEAL_NONCE_LEN] = {1, 2, 3};
    crmsync_alloc a = libc_alloc();
    crmsync_str key = CRMI_STR("0123456789abcdef0123456789abcdef");
    crmi_buf sealed, plain;
    (void)state;
    crmi_buf_init(&sealed, &a);
    crmi_buf_init(&plain, &a);
    assert_int_equal(crmi_seal(key, nonce, CRMI_STR("w/token"), CRMI_STR("s3cret"), &sealed, NULL), 0);
    assert_true(crmi_str_find(crmi_buf_str(&sealed), CRMI_STR("s3cret")) < 0);
    assert_int_equal(crmi_unseal(key, CRMI_STR("other"), crmi_buf_str(&sealed), &plain, NULL),
                     CRMSYNC_E_CORRUPT);
    assert_int_equal(crmi_unseal(key, CRMI_STR("w/token"), crmi_buf_str(&sealed), &plain, NULL), 0);
    assert_buf(&plain, "s3cret");
    crmi_buf_clear(&sealed);
}

static void test_base64url__rfc_vectors_round_trip(void **state)
{
    static const char *const rows[][2] = {
        {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xfb\xff", "-_8"}};
    crmsync_alloc a = libc_alloc();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        crmi_buf b;
        crmi_buf_init(&b, &a);
        crmi_buf_base64url(&b, crmi_str(rows[i][0]));
        assert_buf(&b, rows[i][1]);
        assert_true(crmi_buf_unbase64url(&b, crmi_str(rows[i][1])));
        assert_buf(&b, rows[i][0]);
    }
}

static void test_map__holds_what_was_put(void **state)
{
    crmsync_alloc a = libc_alloc();
    crmi_map m;
    crmi_arena arena;
    (void)state;
    crmi_map_init(&m, &a);
    crmi_arena_init(&arena, &a);
    for (size_t i = 0; i < 1000; i++) {
        char key[24];
        crmsync_str kept;
        snprintf(key, sizeof key, "key-%zu", i);
        assert_true(crmi_arena_str(&arena, crmi_str(key), &kept));
        assert_true(crmi_map_put_index(&m, kept, i));
    }
    size_t index = 0;
    assert_true(crmi_map_get_index(&m, CRMI_STR("key-777"), &index));
    assert_int_equal(index, 777);
    assert_false(crmi_map_get_index(&m, CRMI_STR("key-1000"), &index));
    crmi_map_clear(&m);
    crmi_arena_clear(&arena);
}

static void test_error__replaces_and_keeps_attributes(void **state)
{
    crmsync_error *err = NULL;
    (void)state;
    crmi_fail(&err, CRMSYNC_E_STATE, "first");
    assert_int_equal(crmi_fail(&err, CRMSYNC_E_INVALID, "bad %s\nline", "value"), CRMSYNC_E_INVALID);
    crmi_error_set_where(&err, CRMI_STR("/a/b"));
    crmi_error_set_remedy(&err, CRMI_STR("mend it"));
    assert_string_equal(crmsync_error_message(err).ptr, "bad value line");
    assert_string_equal(crmsync_error_where(err).ptr, "/a/b");
    assert_string_equal(crmsync_error_remedy(err).ptr, "mend it");
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_CONFIG);
    crmi_fail_nomem(&err);
    assert_int_equal(crmsync_error_code(err), CRMSYNC_E_NOMEM);
    crmsync_error_free(err);
}

static void test_error_set_class__a_hook_says_what_kind_of_trouble_it_is(void **state)
{
    crmsync_error *err = NULL;
    (void)state;
    crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("database is restarting"), &err);
    crmsync_error_set_class(err, CRMSYNC_CLASS_TRANSIENT);
    crmsync_error_set_retry_after(err, 5000);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
    assert_int_equal(crmsync_error_retry_after_ms(err), 5000);
    crmsync_error_free(err);
    crmsync_error_set_class(NULL, CRMSYNC_CLASS_DATA);
    err = NULL;
    crmi_fail_nomem(&err); /* static: nobody changes it */
    crmsync_error_set_class(err, CRMSYNC_CLASS_DATA);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_INTERNAL);
    crmsync_error_free(err);
}

static void test_error_set_token__the_host_finds_its_own_error_again(void **state)
{
    crmsync_error *err = NULL;
    (void)state;
    assert_int_equal(crmsync_error_token(NULL), 0);
    crmsync_error_set_token(NULL, 7);
    crmsync_error_new(CRMSYNC_E_CALLBACK, CRMI_STR("database is restarting"), &err);
    assert_int_equal(crmsync_error_token(err), 0);
    crmsync_error_set_token(err, UINT64_MAX);
    crmi_error_set_where(&err, CRMI_STR("person/42"));
    assert_true(crmsync_error_token(err) == UINT64_MAX);
    crmi_fail(&err, CRMSYNC_E_CANCELLED, "another error"); /* that is not the host's any more */
    assert_int_equal(crmsync_error_token(err), 0);
    crmi_fail_nomem(&err);
    crmsync_error_set_token(err, 7); /* static: nobody changes it */
    assert_int_equal(crmsync_error_token(err), 0);
    crmsync_error_free(err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_valid__table_finds_the_first_bad_byte),
        cmocka_unit_test(test_utf8_cut__never_splits_a_character),
        cmocka_unit_test(test_buf_json__escapes_and_replaces_bad_bytes),
        cmocka_unit_test(test_digest64__reference_vector_and_chunks_agree),
        cmocka_unit_test(test_mix__values_are_the_same_everywhere),
        cmocka_unit_test(test_arena_reset__memory_is_used_again),
        cmocka_unit_test(test_datetime_parse__accepts_every_form_salesforce_writes),
        cmocka_unit_test(test_http_date__round_trips),
        cmocka_unit_test(test_json_read__bad_input_names_the_byte),
        cmocka_unit_test(test_json_read__nesting_has_a_limit),
        cmocka_unit_test(test_jw_value__writes_back_what_was_read),
        cmocka_unit_test(test_seal__opens_only_with_key_and_context),
        cmocka_unit_test(test_base64url__rfc_vectors_round_trip),
        cmocka_unit_test(test_map__holds_what_was_put),
        cmocka_unit_test(test_error__replaces_and_keeps_attributes),
        cmocka_unit_test(test_error_set_class__a_hook_says_what_kind_of_trouble_it_is),
        cmocka_unit_test(test_error_set_token__the_host_finds_its_own_error_again),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
