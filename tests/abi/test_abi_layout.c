/* What of the public headers is compiled into programs, against the golden table golden.txt: sizes,
 * offsets and types of members, values of constants, types of functions. UPDATE_ABI=1 writes the
 * table anew. abi_rows.inc is printed from the headers by print_layout.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ABI_HEADERS
#include "abi_rows.inc"
#undef ABI_HEADERS

#define SIZE_OF(s, m) sizeof(((s *)0)->m)

/* A sized struct ends with its last member. A member added into padding would leave the size as it
 * was, and the library would read what an older program left there. */
#define ABI_STRUCT(s)
#define ABI_MEMBER(s, m, type)
#define ABI_CONSTANT(c)
#define ABI_FUNCTION(f, type)
#define ABI_TYPE(t, type)
#define ABI_INIT(s, macro)
#if UINTPTR_MAX > 0xffffffffu
#define ABI_LAST(s, m) \
    _Static_assert(offsetof(s, m) + SIZE_OF(s, m) == sizeof(s), #s " has padding at its end");
#else
#define ABI_LAST(s, m)
#endif
#include "abi_rows.inc"
#undef ABI_STRUCT
#undef ABI_MEMBER
#undef ABI_CONSTANT
#undef ABI_FUNCTION
#undef ABI_TYPE
#undef ABI_LAST
#undef ABI_INIT

/* `value` is a size or the value of a constant; `offset` that of a member. */
typedef struct fact {
    const char *kind, *name, *type;
    size_t offset;
    long long value;
} fact;

#define ABI_STRUCT(s) {"struct", #s, NULL, 0, (long long)sizeof(s)},
#define ABI_MEMBER(s, m, type) \
    {"member", #s "." #m, type, offsetof(s, m), (long long)SIZE_OF(s, m)},
#define ABI_CONSTANT(c) {"constant", #c, NULL, 0, (long long)(c)},
#define ABI_FUNCTION(f, type) {"function", #f, type, 0, 0},
#define ABI_TYPE(t, type) {"type", #t, type, 0, (long long)sizeof(t)},
#define ABI_LAST(s, m) {"sized", #s, NULL, 0, 0},
#define ABI_INIT(s, macro)
static const fact facts[] = {
#include "abi_rows.inc"
};
#undef ABI_STRUCT
#undef ABI_MEMBER
#undef ABI_CONSTANT
#undef ABI_FUNCTION
#undef ABI_TYPE
#undef ABI_LAST
#undef ABI_INIT

#define FACTS (sizeof facts / sizeof facts[0])
#define ROW_MAX 512

/* Says a fact as a row of the table: `kind name: the rest`. */
static void spell(const fact *f, char row[ROW_MAX])
{
    int n = snprintf(row, ROW_MAX, "%s %s:", f->kind, f->name);
    char *rest = row + n;
    size_t room = ROW_MAX - (size_t)n;
    if (strcmp(f->kind, "struct") == 0)
        snprintf(rest, room, " %lld bytes", f->value);
    else if (strcmp(f->kind, "member") == 0)
        snprintf(rest, room, " at %zu, %lld bytes, %s", f->offset, f->value, f->type);
    else if (strcmp(f->kind, "constant") == 0)
        snprintf(rest, room, " %lld", f->value);
    else
        snprintf(rest, room, " %s", f->type ? f->type : "begins with struct_size");
}

static bool same_key(const char *a, const char *b)
{
    size_t n = strcspn(a, ":");
    return n == strcspn(b, ":") && memcmp(a, b, n) == 0;
}

/* The line of `table` about the same thing as `row`, copied to `line`. */
static bool look_up(const char *table, const char *row, char line[ROW_MAX])
{
    for (const char *p = table; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        if (*p != '#' && same_key(p, row)) {
            snprintf(line, ROW_MAX, "%.*s", (int)strcspn(p, "\n"), p);
            return true;
        }
    }
    return false;
}

/* A sized struct that is now larger: allowed, if its old members stay (they have rows too). */
static bool has_grown(const char *golden, const char *now)
{
    char name[ROW_MAX], sized[ROW_MAX], line[ROW_MAX];
    long long before = 0, after = 0;
    if (sscanf(golden, "struct %255[^:]: %lld", name, &before) != 2 ||
        sscanf(now, "struct %255[^:]: %lld", name, &after) != 2)
        return false;
    snprintf(sized, sizeof sized, "sized %.255s:", name);
    for (size_t i = 0; i < FACTS; i++) {
        spell(&facts[i], line);
        if (same_key(line, sized))
            return after > before;
    }
    return false;
}

static void take_line(const char *text, char row[ROW_MAX])
{
    size_t n = strcspn(text, "\n");
    if (n >= ROW_MAX)
        n = ROW_MAX - 1;
    memcpy(row, text, n);
    row[n] = '\0';
}

/* Tells how `now` differs from `golden`; returns the number of changes, and of additions. */
static size_t compare(const char *golden, const char *now, size_t *additions)
{
    size_t changes = 0;
    char row[ROW_MAX], other[ROW_MAX];
    *additions = 0;
    for (const char *p = golden; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        take_line(p, row);
        if (row[0] == '#' || (look_up(now, row, other) && strcmp(row, other) == 0))
            continue;
        bool there = look_up(now, row, other), grown = there && has_grown(row, other);
        fprintf(stderr, "%s %s\n", grown ? "GROWN " : there ? "BROKEN" : "GONE  ", row);
        if (there)
            fprintf(stderr, "   now %s\n", other);
        changes += !grown;
        *additions += grown;
    }
    for (const char *p = now; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        take_line(p, row);
        if (!look_up(golden, row, other)) {
            fprintf(stderr, "NEW    %s\n", row);
            ++*additions;
        }
    }
    return changes;
}

static const char *golden_path(void)
{
    const char *path = getenv("ABI_GOLDEN");
    assert_non_null(path); /* set by the build */
    return path;
}

static char *read_golden(void)
{
    FILE *f = fopen(golden_path(), "rb");
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    if (f) {
        size_t n = fread(text, 1, (1 << 20) - 1, f);
        assert_true(n < (1 << 20) - 1);
        fclose(f);
    }
    return text;
}

static char *read_headers(void)
{
    char *text = calloc(FACTS, ROW_MAX), *at = text;
    assert_non_null(text);
    for (size_t i = 0; i < FACTS; i++) {
        spell(&facts[i], at);
        at += strlen(at);
        *at++ = '\n';
    }
    return text;
}

static void write_golden(const char *now)
{
    FILE *f = fopen(golden_path(), "wb");
    assert_non_null(f);
    fputs("# What of the public headers is compiled into programs, for 64-bit machines; see\n"
          "# docs/abi.md. Written by UPDATE_ABI=1; a line that changes or goes breaks the ABI.\n",
          f);
    fputs(now, f);
    assert_int_equal(fclose(f), 0);
}

static void test_layout__against_the_golden_table_is_the_same(void **state)
{
    (void)state;
    if (sizeof(void *) != 8 || sizeof(size_t) != 8)
        skip();
    char *now = read_headers();
    if (getenv("UPDATE_ABI"))
        write_golden(now);
    char *golden = read_golden();
    size_t additions, changes = compare(golden, now, &additions);
    free(golden);
    free(now);
    if (changes)
        fail_msg("%zu rows of golden.txt changed or went: programs that are compiled break. Take it "
                 "back; a break that is meant is recorded as docs/abi.md says",
                 changes);
    if (additions)
        fail_msg("%zu additions are not in golden.txt; record them as docs/abi.md says", additions);
}

static void test_compare__of_planted_differences_tells_changes_from_additions(void **state)
{
    static const struct {
        const char *golden, *now;
        size_t changes, additions;
    } cases[] = {
        {"# text\nconstant A: 1\n", "constant A: 1\n", 0, 0},
        {"constant A: 1\n", "constant A: 2\n", 1, 0},
        {"constant A: 1\nconstant AB: 2\n", "constant A: 1\n", 1, 0},
        {"constant AB: 2\n", "constant A: 2\nconstant AB: 2\n", 0, 1},
        {"member a.b: at 0, 4 bytes, int32_t\n", "member a.b: at 0, 4 bytes, uint32_t\n", 1, 0},
        {"struct crmsync_want: 8 bytes\n", "struct crmsync_want: 16 bytes\n", 0, 1},
        {"struct crmsync_want: 16 bytes\n", "struct crmsync_want: 8 bytes\n", 1, 0},
        {"struct crmsync_cell: 32 bytes\n", "struct crmsync_cell: 40 bytes\n", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t additions;
        assert_int_equal(compare(cases[i].golden, cases[i].now, &additions), cases[i].changes);
        assert_int_equal(additions, cases[i].additions);
    }
}

#define ABI_STRUCT(s)
#define ABI_MEMBER(s, m, type)
#define ABI_CONSTANT(c)
#define ABI_FUNCTION(f, type)
#define ABI_TYPE(t, type)
#define ABI_LAST(s, m)
#define ABI_INIT(s, macro)               \
    {                                    \
        const s init = macro;            \
        size_t given = init.struct_size; \
        assert_int_equal(given, sizeof(s)); \
        n++;                             \
    }
static void test_init__of_every_sized_struct_sets_its_size(void **state)
{
    size_t n = 0;
    (void)state;
#include "abi_rows.inc"
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout__against_the_golden_table_is_the_same),
        cmocka_unit_test(test_compare__of_planted_differences_tells_changes_from_additions),
        cmocka_unit_test(test_init__of_every_sized_struct_sets_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
