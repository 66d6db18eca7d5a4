/* The merge truth table against tests/vectors/decide/truth.json, every cell of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "decide/decide.h"
#include "decide/truth.h"
#include "unit/vector_file.h"

enum { PAIRS = 4, MOVES = 5, IMPORTS = 4, EXPORTS = 3, NULLS = 2, NEWERS = 3, WINNERS = 2 };

static const char *const pairs[] = {"equal", "v0", "0w", "vw"};
static const char *const moves[] = {"none", "neither", "crm", "local", "both"};
static const char *const imports[] = {"crm", "local", "never", "two_way"};
static const char *const exports[] = {"fill", "overwrite", "never"};
static const char *const newers[] = {"undecided", "crm", "local"};
static const char *const winners[] = {"crm", "local"};
static const char *const actions[] = {"nothing", "write", "take"};
static const char *const bases[] = {"keep", "agree", "diverge", "sent", "adopt_crm", "fought"};

static unsigned char seen[PAIRS][MOVES][IMPORTS][EXPORTS][NULLS][NEWERS][WINNERS];

static size_t number(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    fail_msg("unknown word %s", word);
    return 0;
}

static const char *text(yyjson_val *row, size_t column)
{
    return yyjson_get_str(yyjson_arr_get(row, column));
}

static void check(yyjson_val *row, size_t newer, size_t winner)
{
    size_t p = number(pairs, PAIRS, text(row, 0));
    size_t m = number(moves, MOVES, text(row, 1));
    size_t i = number(imports, IMPORTS, text(row, 2));
    size_t e = number(exports, EXPORTS, text(row, 3));
    bool null = yyjson_get_bool(yyjson_arr_get(row, 4));
    crmi_truth_case c = {1u << p,          1u << m,     (uint32_t)i, (uint32_t)e,
                         (uint32_t)winner, 1u << newer, null};
    crmi_truth t = crmi_truth_of(&c);
    assert_string_equal(actions[t.action], text(row, 7));
    assert_string_equal(crmsync_reason_name(t.reason), text(row, 8));
    assert_string_equal(bases[t.base], text(row, 9));
    seen[p][m][i][e][null][newer][winner]++;
}

static void test_truth__every_cell_is_as_written(void **state)
{
    (void)state;
    yyjson_doc *doc = vector_file("decide/truth.json");
    yyjson_val *row;
    size_t i, max, unseen = 0;
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "cells"), i, max, row)
    {
        bool any_newer = strcmp(text(row, 5), "*") == 0;
        bool any_winner = strcmp(text(row, 6), "*") == 0;
        for (size_t n = 0; n < NEWERS; n++) {
            for (size_t w = 0; w < WINNERS; w++) {
                bool newer = any_newer || n == number(newers, NEWERS, text(row, 5));
                bool winner = any_winner || w == number(winners, WINNERS, text(row, 6));
                if (newer && winner) {
                    check(row, n, w);
                }
            }
        }
    }
    const unsigned char *flat = &seen[0][0][0][0][0][0][0];
    for (i = 0; i < sizeof(seen); i++) {
        unseen += flat[i] != 1;
    }
    assert_int_equal(unseen, 0);
    yyjson_doc_free(doc);
}

static void test_newer__times_around_the_interval_are_told_apart(void **state)
{
    static const struct {
        int64_t changed, read_at, modified;
        uint32_t want;
    } rows[] = {
        {0, 100, 200, CRMI_NEWER_UNDECIDED},   {100, 100, 200, CRMI_NEWER_CRM},
        {99, 100, 200, CRMI_NEWER_CRM},        {101, 100, 200, CRMI_NEWER_UNDECIDED},
        {200, 100, 200, CRMI_NEWER_UNDECIDED}, {201, 100, 200, CRMI_NEWER_LOCAL},
        {500, 0, 0, CRMI_NEWER_UNDECIDED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(crmi_newer(rows[i].changed, rows[i].read_at, rows[i].modified),
                         rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth__every_cell_is_as_written),
        cmocka_unit_test(test_newer__times_around_the_interval_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
