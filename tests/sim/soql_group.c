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

static void write_plain(orgsim_value value, const soql_path *path, orgsim_buf *out)
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
        orgsim_buf_number(out, value.as.number, soql_path_type(path) == ORGSIM_T_INT);
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
        write_plain(soql_path_value(org, soql, row, &soql->groups[i]), &soql->groups[i], &key);
        orgsim_buf_put(&key, "\x01", 1);
    }
    char *text = orgsim_buf_take(&key);
    char *folded = orgsim_fold(text, strlen(text));
    free(text);
    return folded;
}

static size_t count_distinct(orgsim *org, const orgsim_soql *soql, const soql_path *path,
                             orgsim_row *const *rows, size_t count)
{
    char **texts = orgsim_alloc((count + 1) * sizeof *texts);
    size_t n = 0, distinct = 0;
    struct orgsim_index *seen = orgsim_index_new();
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], path);
        if (value.kind == ORGSIM_NULL)
            continue;
        orgsim_buf text = {NULL, 0, 0};
        write_plain(value, path, &text);
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

static orgsim_value number_value(double number)
{
    orgsim_value value = {ORGSIM_NUMBER, {NULL}};
    value.as.number = number;
    return value;
}

/* The least or the greatest. */
static orgsim_value extreme(orgsim *org, const orgsim_soql *soql, const soql_path *path, int want,
                            orgsim_row *const *rows, size_t count)
{
    orgsim_value best = {ORGSIM_NULL, {NULL}};
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], path);
        int order = best.kind == ORGSIM_NULL ? want : soql_compare_values(value, best);
        if (value.kind != ORGSIM_NULL && (want < 0 ? order < 0 : order > 0))
            best = value;
    }
    return best;
}

/* What a function makes of the rows of one group; without one, what all of them share. */
static orgsim_value group_value(orgsim *org, const orgsim_soql *soql, const char *function,
                                const soql_path *path, orgsim_row *const *rows, size_t count)
{
    double sum = 0;
    size_t n = 0;
    if (!function)
        return soql_path_value(org, soql, rows[0], path);
    if (orgsim_ieq(function, "COUNT_DISTINCT"))
        return number_value((double)count_distinct(org, soql, path, rows, count));
    if (orgsim_ieq(function, "MIN") || orgsim_ieq(function, "MAX"))
        return extreme(org, soql, path, orgsim_ieq(function, "MIN") ? -1 : 1, rows, count);
    for (size_t i = 0; i < count; i++) {
        orgsim_value value = soql_path_value(org, soql, rows[i], path);
        n += value.kind != ORGSIM_NULL;
        sum += value.kind == ORGSIM_NUMBER ? value.as.number : 0;
    }
    if (orgsim_ieq(function, "COUNT"))
        return number_value((double)n);
    if (!n)
        return (orgsim_value){ORGSIM_NULL, {NULL}};
    return number_value(orgsim_ieq(function, "AVG") ? sum / (double)n : sum);
}

static void write_item(orgsim *org, const orgsim_soql *soql, const soql_item *item, int *unnamed,
                       orgsim_row *const *rows, size_t count, orgsim_buf *out)
{
    orgsim_value value = group_value(org, soql, item->function, &item->path, rows, count);
    orgsim_buf_puts(out, ",");
    if (item->alias)
        orgsim_buf_jsons(out, item->alias);
    else if (item->function || item->path.part)
        orgsim_buf_printf(out, "\"expr%d\"", (*unnamed)++);
    else
        orgsim_buf_jsons(out, item->path.field->name);
    orgsim_buf_puts(out, ":");
    if (soql_counts(item->function))
        orgsim_buf_number(out, value.as.number, true);
    else if (orgsim_ieq(item->function, "AVG") && value.kind == ORGSIM_NUMBER)
        orgsim_buf_number(out, value.as.number, false);
    else
        write_plain(value, &item->path, out);
}

typedef struct group {
    const orgsim_soql *soql; /* so that a comparison finds the directions */
    orgsim_row *const *rows;
    size_t count, number;
    orgsim_value *keys; /* of ORDER BY */
} group;

static int by_order(const void *a, const void *b)
{
    const group *one = a, *two = b;
    for (size_t i = 0; i < one->soql->order_count; i++) {
        const soql_order *order = &one->soql->orders[i];
        int difference = soql_compare_values(one->keys[i], two->keys[i]);
        bool null = one->keys[i].kind == ORGSIM_NULL || two->keys[i].kind == ORGSIM_NULL;
        if (null ? order->nulls_last : order->descending)
            difference = -difference;
        if (difference)
            return difference;
    }
    return (one->number > two->number) - (one->number < two->number);
}

static bool having(orgsim *org, const group *g, const soql_node *node)
{
    if (!node)
        return true;
    switch (node->kind) {
    case SOQL_AND:
        return having(org, g, node->left) && having(org, g, node->right);
    case SOQL_OR:
        return having(org, g, node->left) || having(org, g, node->right);
    case SOQL_NOT:
        return !having(org, g, node->left);
    case SOQL_COMPARE:
        break;
    }
    return soql_value_matches(
        node, group_value(org, g->soql, node->function, &node->path, g->rows, g->count));
}

static void write_group(orgsim *org, const group *g, bool first, orgsim_buf *out)
{
    int unnamed = 0;
    orgsim_buf_puts(out, first ? "" : ",");
    orgsim_buf_puts(out, "{\"attributes\":{\"type\":\"AggregateResult\"}");
    for (size_t i = 0; i < g->soql->item_count; i++)
        write_item(org, g->soql, &g->soql->items[i], &unnamed, g->rows, g->count, out);
    orgsim_buf_puts(out, "}");
}

/* Keeps what HAVING leaves, orders it, and writes what OFFSET and LIMIT leave. */
static size_t write_groups(orgsim *org, const orgsim_soql *soql, group *groups, size_t count,
                           orgsim_buf *out)
{
    size_t kept = 0, from = soql->offset > 0 ? (size_t)soql->offset : 0, written = 0;
    for (size_t i = 0; i < count; i++) {
        if (having(org, &groups[i], soql->having))
            groups[kept++] = groups[i];
    }
    for (size_t i = 0; i < kept; i++) {
        groups[i].keys = orgsim_alloc((soql->order_count + 1) * sizeof *groups[i].keys);
        for (size_t k = 0; k < soql->order_count; k++)
            groups[i].keys[k] = group_value(org, soql, soql->orders[k].function,
                                            &soql->orders[k].path, groups[i].rows,
                                            groups[i].count);
    }
    if (kept > 1)
        qsort(groups, kept, sizeof *groups, by_order);
    for (size_t i = from; i < kept && (soql->limit < 0 || (int64_t)written < soql->limit); i++)
        write_group(org, &groups[i], written++ == 0, out);
    for (size_t i = 0; i < kept; i++)
        free(groups[i].keys);
    return written;
}

size_t orgsim_soql_write_groups(orgsim *org, const orgsim_soql *soql, const orgsim_rows *rows,
                                orgsim_buf *out)
{
    if (!soql->group_count) {
        group all = {soql, rows->items, rows->count, 0, NULL};
        return write_groups(org, soql, &all, 1, out);
    }
    size_t count = 0;
    keyed *keys = orgsim_alloc((rows->count + 1) * sizeof *keys);
    orgsim_row **sorted = orgsim_alloc((rows->count + 1) * sizeof *sorted);
    group *groups = orgsim_alloc((rows->count + 1) * sizeof *groups);
    for (size_t i = 0; i < rows->count; i++)
        keys[i] = (keyed){group_key(org, soql, rows->items[i]), rows->items[i], i};
    qsort(keys, rows->count, sizeof *keys, by_key);
    for (size_t i = 0; i < rows->count; i++)
        sorted[i] = keys[i].row;
    for (size_t i = 0, end; i < rows->count; i = end, count++) {
        for (end = i + 1; end < rows->count && strcmp(keys[end].key, keys[i].key) == 0;)
            end++;
        groups[count] = (group){soql, sorted + i, end - i, count, NULL};
    }
    size_t written = write_groups(org, soql, groups, count, out);
    for (size_t i = 0; i < rows->count; i++)
        free(keys[i].key);
    free(keys);
    free(sorted);
    free(groups);
    return written;
}
