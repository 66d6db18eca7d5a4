/* The table of reasons, and docs/reasons.md that is written from it. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/decide.h>

#include "base/str.h"
#include "decide/reason.h"
#include "unit/vector_file.h"

/* By CRMI_REASON_OF_*. */
static const char *const headings[] = {
    "How a record was found",
    "What becomes of a record",
    "What becomes of a field",
};

static void test_reason_table__walked_is_ascending_and_complete(void **state)
{
    (void)state;
    uint32_t last = 0;
    assert_true(crmi_reason_count() > 100);
    for (size_t i = 0; i < crmi_reason_count(); i++) {
        const crmi_reason *r = crmi_reason_at(i);
        assert_true(r->number > last);
        last = r->number;
        assert_true(r->name[0] != '\0' && strlen(r->name) <= 40);
        assert_true(strspn(r->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(r->name));
        assert_true(r->text[0] != '\0');
        uint32_t of = r->number < 200   ? CRMI_REASON_OF_MATCH
                      : r->number < 300 ? CRMI_REASON_OF_RECORD
                                        : CRMI_REASON_OF_FIELD;
        if (r->number < 400 && crmi_reason_of(r) != of)
            fail_msg("%s %u", r->name, r->number);
        bool needs_remedy =
            r->outcome == CRMSYNC_OUTCOME_HELD || r->outcome == CRMSYNC_OUTCOME_FAILED;
        assert_true(!needs_remedy || r->remedy[0] != '\0');
        assert_int_equal(crmsync_reason_by_name(crmi_str(r->name)), r->number);
        /* Texts continue a line; remedies are sentences of their own. */
        assert_true(r->text[strlen(r->text) - 1] != '.');
        assert_true(strchr("abcdefghijklmnopqrstuvwxyzS", r->text[0]) != NULL);
        assert_true(!r->remedy[0] || (r->remedy[0] >= 'A' && r->remedy[0] <= 'Z'));
        assert_true(!r->remedy[0] || r->remedy[strlen(r->remedy) - 1] == '.');
        assert_string_equal(crmsync_reason_name(r->number), r->name);
        assert_string_equal(crmsync_reason_text(r->number), r->text);
        assert_string_equal(crmsync_reason_remedy(r->number), r->remedy);
        assert_int_equal(crmsync_reason_outcome(r->number), r->outcome);
    }
    assert_null(crmi_reason_at(crmi_reason_count()));
}

/* Names of reasons in a vector: values of "reason", "rule" and "held" wherever they stand. */
static size_t check_names(const char *file, yyjson_val *v)
{
    size_t i, n, seen = 0;
    yyjson_val *key, *item;
    if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item)
        {
            seen += check_names(file, item);
        }
    }
    if (!yyjson_is_obj(v)) {
        return seen;
    }
    yyjson_obj_foreach(v, i, n, key, item)
    {
        bool names = yyjson_equals_str(key, "reason") || yyjson_equals_str(key, "rule");
        if (!names || !yyjson_is_str(item)) {
            seen += check_names(file, item);
            continue;
        }
        uint32_t reason = crmsync_reason_by_name(crmi_str(yyjson_get_str(item)));
        if (!reason || !crmsync_reason_text(reason)[0]) {
            fail_msg("%s: reason \"%s\" is not in the table", file, yyjson_get_str(item));
        }
        seen++;
    }
    return seen;
}

static void test_reason_table__what_the_vectors_reach_is_in_it(void **state)
{
    const char *root = getenv("SOURCE_ROOT");
    char dir[1024];
    size_t seen = 0;
    (void)state;
    snprintf(dir, sizeof(dir), "%s/tests/vectors/decide", root ? root : ".");
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char name[300];
        size_t n = strlen(e->d_name);
        if (n > 5 && strcmp(e->d_name + n - 5, ".json") == 0) {
            snprintf(name, sizeof(name), "decide/%s", e->d_name);
            yyjson_doc *doc = vector_file(name);
            seen += check_names(e->d_name, yyjson_doc_get_root(doc));
            yyjson_doc_free(doc);
        }
    }
    closedir(d);
    assert_true(seen > 100);
}

static void test_reason_name__unknown_number_is_said_so(void **state)
{
    (void)state;
    assert_string_equal(crmsync_reason_name(99), "unknown");
    assert_string_equal(crmsync_reason_text(99999), "");
    assert_int_equal(crmsync_reason_by_name(CRMI_STR("no_such_reason")), 0);
    assert_int_equal(crmsync_reason_by_name(CRMI_STR_EMPTY), 0);
}

static void test_outcome_name__all_go_round(void **state)
{
    (void)state;
    for (uint32_t o = CRMSYNC_OUTCOME_CREATED; o <= CRMSYNC_OUTCOME_UNKNOWN; o++) {
        assert_int_equal(crmsync_outcome_by_name(crmi_str(crmsync_outcome_name(o))), o);
    }
    assert_int_equal(crmsync_outcome_by_name(CRMI_STR("lost")), 0);
    assert_string_equal(crmsync_outcome_name(0), "");
}

static void render(crmi_buf *b)
{
    crmi_buf_lit(b, "# Reasons\n\nEvery operation and every field of a plan carries one of these. "
                    "Numbers are ABI, names are what is\nstored. Written from the table in "
                    "`src/decide/reason.c`.\n");
    for (uint32_t of = CRMI_REASON_OF_MATCH; of <= CRMI_REASON_OF_FIELD; of++) {
        crmi_buf_fmt(b,
                     "\n## %s\n\n| number | name | counted as | meaning | remedy |\n"
                     "|---|---|---|---|---|\n",
                     headings[of]);
        for (size_t i = 0; i < crmi_reason_count(); i++) {
            const crmi_reason *r = crmi_reason_at(i);
            if (crmi_reason_of(r) == of) {
                crmi_buf_fmt(b, "| %u | `%s` | %s | %s | %s |\n", (unsigned)r->number, r->name,
                             r->outcome ? crmsync_outcome_name(r->outcome) : "", r->text,
                             r->remedy);
            }
        }
    }
}

/* UPDATE_DOCS=1 writes the file anew. */
static void test_reasons_md__compared_equals_the_table(void **state)
{
    (void)state;
    const char *root = getenv("SOURCE_ROOT");
    if (!root)
        fail_msg("SOURCE_ROOT must name the source folder");
    char path[1024];
    snprintf(path, sizeof(path), "%s/docs/reasons.md", root);
    crmsync_alloc alloc;
    assert_int_equal(crmi_alloc_init(&alloc, NULL), CRMSYNC_OK);
    crmi_buf want;
    crmi_buf_init(&want, &alloc);
    render(&want);
    assert_true(crmi_buf_ok(&want));
    if (getenv("UPDATE_DOCS")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(want.ptr, 1, want.len, out), want.len);
        fclose(out);
    }
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *have = malloc(want.len + 2);
    assert_non_null(have);
    size_t n = fread(have, 1, want.len + 1, in);
    fclose(in);
    assert_int_equal(n, want.len);
    assert_memory_equal(have, want.ptr, n);
    free(have);
    crmi_buf_clear(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reason_table__walked_is_ascending_and_complete),
        cmocka_unit_test(test_reason_table__what_the_vectors_reach_is_in_it),
        cmocka_unit_test(test_reason_name__unknown_number_is_said_so),
        cmocka_unit_test(test_outcome_name__all_go_round),
        cmocka_unit_test(test_reasons_md__compared_equals_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
