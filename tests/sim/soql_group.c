/* soql_group.c: GROUP BY and aggregates. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

typedef struct keyed {
    char *key;
    orgsim_row *row;
    size_t order;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *one = a, *two = b;
    int difference = strcmp(one->key, two->key);
    return difference ? difference : (one->order > two->order) - (one->order < two->order);
}

static void write_plain(orgsim_value value, const orgsim_field *field, orgsim_buf *out)
{
    char text[40];
    switch (value.kind) {
    case ORGSIM_NULL:
        orgsim_buf_puts(out, "null");
        break;
    case ORGSIM_TEXT:
        orgsim_buf_jsons(out, value.as.text);
        break;
    case ORGSIM_BOOL:
        orgsim_buf_puts(out, value.as.when ? "true" : "false");
        break;
    case ORGSIM_NUMBER:
        orgsim_buf_number(out, value.as.number, field->type == ORGSIM_T_INT);
        break;
    case ORGSIM_DAY:
        orgsim_format_date(value.as.when, text);
        orgsim_buf_printf(out, "\"%s\"", text);
        break;
    case ORGSIM_INSTANT:
        orgsim_format_datetime(value.as.when, text);
        orgsim_buf_printf(out, "\"%s\"", text);
        break;
    }
}

static char *group_key(orgsim *org, const orgsim_soql *soql, const orgsim_row *row)
{
    orgsim_buf key = {NULL, 0, 0};
    for (size_t i = 0; i < soql->group_count; i++) {
        write_plain(soql_path_value(org, soql, row, &soql->groups[i]), soql->groups[i].field,
                    &key);
        orgsim_buf_put(&key, "\x01", 1);
    }
    char *text = orgsim_buf_take(&key);
    char *folded = orgsim_fold(text, strlen(text));
    free(text);
    return folded;
}

static size_t count_distinct(orgsim *org, const orgsim_soql *soql, const soql_item *item,
                             orgsim_row *const *rows, size_t count)
{
    char **texts = orgsim_alloc((count + 1) * sizeof *texts);
    size_t n = 0, distinct = 0;
    struct orgsim_index *seen = orgsim_index_new();
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], &item->path);
        if (value.kind == ORGSIM_NULL)
            continue;
        orgsim_buf text = {NULL, 0, 0};
        write_plain(value, item->path.field, &text);
        texts[n] = orgsim_buf_take(&text);
        char *folded = orgsim_fold(texts[n], strlen(texts[n]));
        distinct += orgsim_index_find(seen, folded) == NULL;
        free(folded);
        orgsim_index_add(seen, texts[n], rows[i]);
        free(texts[n]);
        n++;
    }
    free(texts);
    orgsim_index_free(seen);
    return distinct;
}

double soql_aggregate(orgsim *org, const orgsim_soql *soql, const soql_item *item,
                      orgsim_row *const *rows, size_t count, bool *null)
{
    double sum = 0;
    size_t n = 0;
    *null = false;
    if (orgsim_ieq(item->function, "COUNT_DISTINCT"))
        return (double)count_distinct(org, soql, item, rows, count);
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], &item->path);
        if (value.kind == ORGSIM_NULL)
            continue;
        n++;
        sum += value.kind == ORGSIM_NUMBER ? value.as.number : 0;
    }
    if (orgsim_ieq(item->function, "COUNT"))
        return (double)n;
    *null = n == 0;
    return orgsim_ieq(item->function, "AVG") && n ? sum / (double)n : sum;
}

static void write_extreme(orgsim *org, const orgsim_soql *soql, const soql_item *item,
                          orgsim_row *const *rows, size_t count, orgsim_buf *out)
{
    int want = orgsim_ieq(item->function, "MAX") ? 1 : -1;
    orgsim_value best = {ORGSIM_NULL, {NULL}};
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], &item->path);
        if (value.kind != ORGSIM_NULL &&
            (best.kind == ORGSIM_NULL || soql_compare_values(value, best) == want))
            best = value;
    }
    write_plain(best, item->path.field, out);
}

static void write_item(orgsim *org, const orgsim_soql *soql, const soql_item *item, int *unnamed,
                       orgsim_row *const *rows, size_t count, orgsim_buf *out)
{
    orgsim_buf_puts(out, ",");
    if (item->alias)
        orgsim_buf_jsons(out, item->alias);
    else if (item->function)
        orgsim_buf_printf(out, "\"expr%d\"", (*unnamed)++);
    else
        orgsim_buf_jsons(out, item->path.field->name);
    orgsim_buf_puts(out, ":");
    if (!item->function) {
        write_plain(soql_path_value(org, soql, rows[0], &item->path), item->path.field, out);
    } else if (orgsim_ieq(item->function, "MIN") || orgsim_ieq(item->function, "MAX")) {
        write_extreme(org, soql, item, rows, count, out);
    } else {
        bool null;
        double number = soql_aggregate(org, soql, item, rows, count, &null);
        bool whole = strncmp(item->function, "COUNT", 5) == 0 ||
                     strncmp(item->function, "count", 5) == 0;
        if (null)
            orgsim_buf_puts(out, "null");
        else
            orgsim_buf_number(out, number, whole);
    }
}

/* HAVING knows COUNT(x) against a number. */
static bool having(const soql_node *node, double count)
{
    if (!node)
        return true;
    if (node->kind == SOQL_AND)
        return having(node->left, count) && having(node->right, count);
    if (node->kind != SOQL_COMPARE || !node->literal_count)
        return true;
    double number = node->literals[0].number;
    switch (node->op) {
    case SOQL_EQ:
        return count == number;
    case SOQL_NE:
        return count != number;
    case SOQL_LT:
        return count < number;
    case SOQL_LE:
        return count <= number;
    case SOQL_GT:
        return count > number;
    default:
        return count >= number;
    }
}

static bool write_group(orgsim *org, const orgsim_soql *soql, orgsim_row *const *rows,
                        size_t count, bool first, orgsim_buf *out)
{
    int unnamed = 0;
    if (!having(soql->having, (double)count))
        return false;
    orgsim_buf_puts(out, first ? "" : ",");
    orgsim_buf_puts(out, "{\"attributes\":{\"type\":\"AggregateResult\"}");
    for (size_t i = 0; i < soql->item_count; i++)
        write_item(org, soql, &soql->items[i], &unnamed, rows, count, out);
    orgsim_buf_puts(out, "}");
    return true;
}

size_t orgsim_soql_write_groups(orgsim *org, const orgsim_soql *soql, const orgsim_rows *rows,
                                orgsim_buf *out)
{
    if (!soql->group_count)
        return write_group(org, soql, rows->items, rows->count, true, out);
    size_t written = 0;
    keyed *keys = orgsim_alloc((rows->count + 1) * sizeof *keys);
    orgsim_row **sorted = orgsim_alloc((rows->count + 1) * sizeof *sorted);
    for (size_t i = 0; i < rows->count; i++)
        keys[i] = (keyed){group_key(org, soql, rows->items[i]), rows->items[i], i};
    qsort(keys, rows->count, sizeof *keys, by_key);
    for (size_t i = 0; i < rows->count; i++)
        sorted[i] = keys[i].row;
    for (size_t i = 0, end; i < rows->count; i = end) {
        for (end = i + 1; end < rows->count && strcmp(keys[end].key, keys[i].key) == 0;)
            end++;
        if (soql->limit < 0 || (int64_t)written < soql->limit)
            written += write_group(org, soql, sorted + i, end - i, written == 0, out);
    }
    for (size_t i = 0; i < rows->count; i++)
        free(keys[i].key);
    free(keys);
    free(sorted);
    return written;
}
