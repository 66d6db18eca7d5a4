/*
 * docs/errors.md is generated from what it describes: the codes and their meanings in
 * include/crmsync/error.h, and the tables that classify Salesforce's answers. With UPDATE_DOCS=1 in
 * the environment this writes it, else it compares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "salesforce/errors_table.h"

static crmsync_alloc libc_alloc;

static const struct {
    uint8_t retry;
    const char *text;
} retries[] = {
    {CRMI_RETRY_NEVER, "not unchanged"},
    {CRMI_RETRY_REFRESH, "new token, once"},
    {CRMI_RETRY_BACKOFF, "soon, a few times"},
    {CRMI_RETRY_LATER, "in minutes to hours"},
    {CRMI_RETRY_SMALLER, "in smaller pieces"},
    {CRMI_RETRY_REREAD, "read, then decide anew"},
    {CRMI_RETRY_DROP_FIELD, "without the named fields"},
    {CRMI_RETRY_DESCRIBE, "describe, then decide anew"},
    {CRMI_RETRY_REQUERY, "query again from a checkpoint"},
    {CRMI_RETRY_OWNER, "once without owner"},
    {CRMI_RETRY_CULPRIT, "without the record that failed"},
    {CRMI_RETRY_DUPLICATE, "link to the existing record"},
};

static const char *retry_text(uint8_t retry)
{
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++) {
        if (retries[i].retry == retry)
            return retries[i].text;
    }
    fail_msg("CRMI_RETRY_* %u has no words in this test", retry);
    return "";
}

static crmsync_str source_path(const char *name, char *room, size_t size)
{
    const char *root = getenv("SOURCE_ROOT");
    int n = snprintf(room, size, "%s/%s", root ? root : ".", name);
    assert_true(n > 0 && (size_t)n < size);
    return crmi_str(room);
}

static void read_all(const char *path, crmi_buf *b)
{
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is missing: run this test with UPDATE_DOCS=1", path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        crmi_buf_add(b, (crmsync_str){piece, n});
    fclose(f);
}

/* One line `NAME = -1, <doc comment>` of the header; false when it is none of `prefix`. */
static bool header_line(crmsync_str line, const char *prefix, crmsync_str *name, int32_t *number,
                        crmsync_str *meaning)
{
    line = crmi_str_trim(line);
    ptrdiff_t equals = crmi_str_find(line, CRMI_STR(" = "));
    ptrdiff_t comment = crmi_str_find(line, CRMI_STR("/**< "));
    if (!crmi_str_starts(line, prefix) || equals < 0)
        return false;
    *name = crmi_str_sub(line, 0, (size_t)equals);
    *number = (int32_t)strtol(line.ptr + equals + 3, NULL, 10);
    *meaning = CRMI_STR_EMPTY;
    if (comment >= 0) {
        crmsync_str text = crmi_str_sub(line, (size_t)comment + 5, line.len);
        ptrdiff_t end = crmi_str_find(text, CRMI_STR(" */"));
        assert_true(end > 0);
        *meaning = crmi_str_sub(text, 0, (size_t)end);
    }
    return true;
}

typedef void (*row_fn)(crmi_buf *b, crmsync_str name, int32_t number, crmsync_str meaning);

static size_t each_header_line(crmi_buf *b, const char *prefix, row_fn row)
{
    char path[1024];
    crmi_buf header;
    size_t rows = 0;
    crmi_buf_init(&header, &libc_alloc);
    read_all(source_path("include/crmsync/error.h", path, sizeof path).ptr, &header);
    crmsync_str rest = crmi_buf_str(&header);
    while (rest.len) {
        ptrdiff_t end = crmi_str_find(rest, CRMI_STR("\n"));
        size_t len = end < 0 ? rest.len : (size_t)end;
        crmsync_str name, meaning;
        int32_t number;
        if (header_line(crmi_str_sub(rest, 0, len), prefix, &name, &number, &meaning)) {
            row(b, name, number, meaning);
            rows++;
        }
        rest = crmi_str_sub(rest, len + 1, rest.len);
    }
    crmi_buf_clear(&header);
    return rows;
}

/* The class that an error of this code has when nothing better is known. */
static uint32_t class_of(int32_t code)
{
    crmsync_error *err = NULL;
    crmsync_error_new(code, CRMI_STR("x"), &err);
    uint32_t found = crmsync_error_class(err);
    crmsync_error_free(err);
    return found;
}

static void code_row(crmi_buf *b, crmsync_str name, int32_t number, crmsync_str meaning)
{
    assert_true(crmi_str_is(name, crmsync_code_name(number)));
    crmi_buf_fmt(b, "| %d | `%s` | %s | %.*s |\n", number, crmsync_code_name(number),
                 crmsync_class_name(class_of(number)), (int)meaning.len, meaning.ptr);
}

static void class_row(crmi_buf *b, crmsync_str name, int32_t number, crmsync_str meaning)
{
    (void)name;
    if (number == CRMSYNC_CLASS_INTERNAL)
        meaning = CRMI_STR("a defect of the library, or a request it should not have made");
    crmi_buf_fmt(b, "| %d | `%s` | %.*s |\n", number, crmsync_class_name((uint32_t)number),
                 (int)meaning.len, meaning.ptr);
}

static void rule_cells(crmi_buf *b, const crmi_sf_rule *rule)
{
    crmi_buf_fmt(b, "%s | %s | %s | %s |\n", crmsync_class_name(rule->error_class),
                 retry_text(rule->retry), rule->applied == CRMI_APPLIED_MAYBE ? "perhaps" : "no",
                 rule->remedy);
}

static void render_library(crmi_buf *b)
{
    crmi_buf_lit(b,
        "# Errors\n\n"
        "Generated from `include/crmsync/error.h` and `src/salesforce/errors_table.c`; do not edit. "
        "Write it anew with `UPDATE_DOCS=1`.\n\n"
        "A fallible function returns 0 or a code, and fills a `crmsync_error` with the code, a class, "
        "one line of message, where (a JSON pointer, `byte 17`, `person/42`), a remedy, and, where "
        "Salesforce answered, the HTTP status, Salesforce's own code and how long to wait.\n\n"
        "## Codes\n\nWhat a function returns. Numbers are ABI. The class is what an error of this code "
        "has when nothing better is known.\n\n| number | code | class | meaning |\n|---|---|---|---|\n");
    assert_int_equal(each_header_line(b, "CRMSYNC_E_", code_row), -CRMSYNC_E_CONTRACT);
    crmi_buf_lit(b, "\n## Classes\n\nWhat kind of trouble it is, and so who can mend it. Names are what "
                    "logs, reports and dead letters hold.\n\n| number | class | meaning |\n|---|---|---|\n");
    assert_int_equal(each_header_line(b, "CRMSYNC_CLASS_", class_row), CRMSYNC_CLASS_INTERNAL + 1);
}

static void render_salesforce(crmi_buf *b)
{
    crmi_buf_lit(b,
        "\n## What Salesforce answers\n\n"
        "By Salesforce's code; the first table that fits counts: code and message, code, HTTP "
        "status. *Again* is what the library does about it, *applied* whether a write that got this "
        "as its whole answer may have had an effect all the same: if perhaps, the record is looked up "
        "before anything is sent again.\n\n"
        "### By code and message\n\n| code | message has | class | again | applied | remedy |\n"
        "|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < crmi_sf_message_rules_count; i++) {
        const crmi_sf_message_rule *r = &crmi_sf_message_rules[i];
        crmi_buf_fmt(b, "| `%s` | %s | ", r->code, r->says);
        rule_cells(b, &r->rule);
    }
    crmi_buf_lit(b, "\n### By code\n\n| code | class | again | applied | remedy |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < crmi_sf_rules_count; i++) {
        crmi_buf_fmt(b, "| `%s` | ", crmi_sf_rules[i].code);
        rule_cells(b, &crmi_sf_rules[i]);
    }
    crmi_buf_lit(b, "\n### By HTTP status\n\nFor codes that are not in the table, and answers without "
                    "one. The first that fits.\n\n| status | class | again | applied | remedy |\n"
                    "|---|---|---|---|---|\n");
    for (size_t i = 0; i < crmi_sf_status_rules_count; i++) {
        const crmi_sf_status_rule *r = &crmi_sf_status_rules[i];
        if (r->from == INT32_MIN)
            crmi_buf_lit(b, "| any other | ");
        else if (r->from == r->to)
            crmi_buf_fmt(b, "| %d | ", r->from);
        else
            crmi_buf_fmt(b, "| %d to %d | ", r->from, r->to);
        rule_cells(b, &r->rule);
    }
}

static void test_errors_md__is_up_to_date(void **state)
{
    char path[1024];
    crmi_buf made, found;
    const char *update = getenv("UPDATE_DOCS");
    (void)state;
    crmi_buf_init(&made, &libc_alloc);
    crmi_buf_init(&found, &libc_alloc);
    source_path("docs/errors.md", path, sizeof path);
    render_library(&made);
    render_salesforce(&made);
    assert_true(crmi_buf_ok(&made));
    if (update && update[0] == '1') {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(made.ptr, 1, made.len, f), made.len);
        assert_int_equal(fclose(f), 0);
    }
    read_all(path, &found);
    if (!crmi_str_eq(crmi_buf_str(&made), crmi_buf_str(&found)))
        fail_msg("%s is out of date: run this test with UPDATE_DOCS=1", path);
    crmi_buf_clear(&made);
    crmi_buf_clear(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_md__is_up_to_date),
    };
    crmi_alloc_init(&libc_alloc, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
