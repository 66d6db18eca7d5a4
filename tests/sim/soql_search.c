/*
 * soql_search.c: searches by words. The index of a real org is behind its data, so a row that was
 * saved a moment ago is not found: whoever looks for what it has just written finds nothing.
 */
#include "search.h"
#include "soql_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_LAG_MS = 60000, MOST_WORDS = 32 };

/* The words to find, folded; all of them, or any where OR stood between. */
typedef struct words {
    char *items[MOST_WORDS];
    size_t count;
    bool any;
} words;

static bool reserved_sign(char c)
{
    return c && strchr("?&|!{}[]()^~*:\\\"'+-", c) != NULL;
}

static void words_clear(words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->items[i]);
}

static void add_word(words *w, orgsim_buf *word)
{
    char *text = orgsim_buf_take(word);
    if (text && (strcmp(text, "AND") == 0 || strcmp(text, "OR") == 0)) {
        w->any = w->any || *text == 'O';
    } else if (text && *text && w->count < MOST_WORDS) {
        w->items[w->count++] = orgsim_fold(text, strlen(text));
    }
    free(text);
}

/* Splits where a word ends; * and ? stay wildcards unless they are escaped. */
static words split_words(const char *text)
{
    words w = {{NULL}, 0, false};
    orgsim_buf word = {NULL, 0, 0};
    for (const char *c = text; *c; c++) {
        bool escaped = *c == '\\' && reserved_sign(c[1]);
        c += escaped;
        bool part = isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80 ||
                    (!escaped && (*c == '*' || *c == '?'));
        if (part)
            orgsim_buf_put(&word, c, 1);
        else
            add_word(&w, &word);
    }
    add_word(&w, &word);
    orgsim_buf_clear(&word);
    return w;
}

static bool word_fits(const char *word, size_t len, const char *pattern)
{
    if (!*pattern)
        return len == 0;
    if (*pattern == '*')
        return word_fits(word, len, pattern + 1) || (len && word_fits(word + 1, len - 1, pattern));
    return len && (*pattern == '?' || *pattern == *word) &&
           word_fits(word + 1, len - 1, pattern + 1);
}

static bool text_has(const char *folded, const char *pattern)
{
    for (const char *at = folded; *at;) {
        size_t len = 0;
        while (isalnum((unsigned char)at[len]) || (unsigned char)at[len] >= 0x80)
            len++;
        if (len && word_fits(at, len, pattern))
            return true;
        at += len + (len == 0);
    }
    return false;
}

static bool searched(const orgsim_field *field, orgsim_search_scope scope)
{
    if (field->hidden || field->source != ORGSIM_FROM_CELL || !orgsim_type_is_text(field->type))
        return false;
    switch (scope) {
    case ORGSIM_SEARCH_NAME:
        return (field->flags & ORGSIM_F_NAME) || strstr(field->name, "Name");
    case ORGSIM_SEARCH_EMAIL:
        return field->type == ORGSIM_T_EMAIL;
    case ORGSIM_SEARCH_PHONE:
        return field->type == ORGSIM_T_PHONE;
    case ORGSIM_SEARCH_ALL:
        break;
    }
    return true;
}

static bool row_has(const orgsim_row *row, const char *pattern, orgsim_search_scope scope)
{
    bool found = false;
    for (size_t i = 0; i < row->cell_count && !found; i++) {
        const orgsim_cell *cell = &row->cells[i];
        if (cell->kind != ORGSIM_TEXT || !searched(row->object->fields[cell->slot], scope))
            continue;
        char *folded = orgsim_fold(cell->as.text, strlen(cell->as.text));
        found = text_has(folded, pattern);
        free(folded);
    }
    return found;
}

static bool hit(const orgsim *org, const orgsim_row *row, const words *w,
                orgsim_search_scope scope)
{
    const orgsim_setting *lag = orgsim_setting_find(org, "search_lag", NULL);
    int64_t behind = lag ? strtoll(lag->value, NULL, 10) : INDEX_LAG_MS;
    if (row->deleted || !orgsim_row_shared(row) || row->stamp > org->now_ms - behind)
        return false;
    for (size_t i = 0; i < w->count; i++) {
        if (row_has(row, w->items[i], scope) == w->any)
            return w->any;
    }
    return !w->any && w->count;
}

int orgsim_search_object(orgsim *org, const char *text, orgsim_search_scope scope,
                         const char *statement, const char *version, size_t *left,
                         orgsim_buf *out, orgsim_problem *problem)
{
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *soql = orgsim_soql_new(org, statement, false, problem);
    if (!soql)
        return -1;
    words w = split_words(text);
    for (size_t i = 0; i < soql->object->row_count; i++) {
        orgsim_row *row = soql->object->rows[i];
        if (hit(org, row, &w, scope) &&
            (!soql->where || soql_matches(org, soql, row, soql->where)))
            orgsim_rows_add(&rows, row);
    }
    soql_arrange(org, soql, &rows);
    for (size_t i = 0; i < rows.count && *left; i++, --*left) {
        orgsim_buf_puts(out, out->len ? "," : "");
        orgsim_soql_write_row(org, soql, rows.items[i], version, out);
        org->usage.rows_read++;
    }
    words_clear(&w);
    orgsim_rows_clear(&rows);
    orgsim_soql_free(soql);
    return 0;
}
