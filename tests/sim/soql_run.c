/* soql_run.c: finds, orders and cuts the rows of a statement. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

static void free_subs(soql_node *node)
{
    if (!node)
        return;
    free_subs(node->left);
    free_subs(node->right);
    orgsim_soql_free(node->sub);
}

void orgsim_soql_free(orgsim_soql *soql)
{
    if (!soql)
        return;
    free_subs(soql->where);
    free_subs(soql->having);
    for (size_t i = 0; i < soql->item_count; i++)
        orgsim_soql_free(soql->items[i].children);
    for (size_t i = 0; i < soql->owned_count; i++)
        free(soql->owned[i]);
    free(soql->owned);
    free(soql->items);
    free(soql->groups);
    free(soql->orders);
    free(soql->text);
    free(soql);
}

orgsim_soql *orgsim_soql_new(orgsim *org, const char *text, bool see_all,
                             orgsim_problem *problem)
{
    size_t end;
    orgsim_soql *soql = orgsim_alloc(sizeof *soql);
    soql->org = org;
    soql->see_all = see_all;
    soql->text = orgsim_copy_text(text);
    if (strlen(text) > 100000) {
        orgsim_problem_set(problem, 400, "MALFORMED_QUERY", NULL,
                           "SOQL statements cannot be longer than 100000 characters.");
    } else if (soql_parse(soql, 0, &end, problem) == 0 && soql_bind(soql, problem) == 0) {
        return soql;
    }
    orgsim_soql_free(soql);
    return NULL;
}

bool orgsim_soql_row_matches(orgsim *org, orgsim_row *row, const char *where)
{
    orgsim_problem problem;
    orgsim_soql *soql = orgsim_alloc(sizeof *soql);
    soql->org = org;
    soql->see_all = true;
    soql->text = orgsim_copy_text(where);
    bool yes = true;
    if (soql_parse_where(soql, where, &problem) == 0) {
        soql->from = soql_keep_text(soql, row->object->name, strlen(row->object->name));
        if (soql_bind(soql, &problem) == 0)
            yes = soql_matches(org, soql, row, soql->where);
    }
    orgsim_soql_free(soql);
    return yes;
}

/* Rows that an index says could match: a superset. False when no index helps. */
static bool candidates_compare(orgsim *org, const orgsim_soql *soql, const soql_node *node,
                               orgsim_rows *out)
{
    const orgsim_field *field = node->path.field;
    bool by_id = field->source == ORGSIM_FROM_ID;
    if (node->path.hop_count || node->path.part || node->has_null ||
        (node->op != SOQL_EQ && node->op != SOQL_IN) || (!by_id && !field->index))
        return false;
    for (size_t i = 0; i < node->key_count; i++) {
        if (by_id) {
            orgsim_row *row = orgsim_row_by_id(org, soql->object, node->keys[i]);
            if (row)
                orgsim_rows_add(out, row);
            continue;
        }
        char *folded = orgsim_fold(node->keys[i], strlen(node->keys[i]));
        if (field->type == ORGSIM_T_REFERENCE) { /* the index holds 18 characters, folded */
            char id[19];
            orgsim_id_normal(node->keys[i], 15, id);
            free(folded);
            folded = orgsim_fold(id, 18);
        }
        const orgsim_rows *rows = orgsim_index_find(field->index, folded);
        free(folded);
        for (size_t k = 0; rows && k < rows->count; k++)
            orgsim_rows_add(out, rows->items[k]);
    }
    return true;
}

static bool candidates(orgsim *org, const orgsim_soql *soql, const soql_node *node,
                       orgsim_rows *out)
{
    if (!node || node->kind == SOQL_NOT)
        return false;
    if (node->kind == SOQL_COMPARE)
        return candidates_compare(org, soql, node, out);
    size_t before = out->count;
    bool left = candidates(org, soql, node->left, out);
    if (node->kind == SOQL_AND)
        return left || candidates(org, soql, node->right, out);
    if (left && candidates(org, soql, node->right, out))
        return true;
    out->count = before;
    return false;
}

static int by_id(const void *a, const void *b)
{
    const orgsim_row *one = *(orgsim_row *const *)a, *two = *(orgsim_row *const *)b;
    return strcmp(one->id, two->id);
}

static bool eligible(const orgsim_soql *soql, const orgsim_row *row, bool deleted_too)
{
    if (row->gone || row->object != soql->object)
        return false;
    if (row->deleted && (!deleted_too || (row->object->flags & ORGSIM_O_HARD)))
        return false;
    return soql->see_all || orgsim_row_shared(row);
}

/* `Id > x` among the conditions that all must hold: where to begin. */
static const char *lowest_id(const soql_node *node)
{
    if (!node || node->kind == SOQL_OR || node->kind == SOQL_NOT)
        return NULL;
    if (node->kind == SOQL_AND) {
        const char *left = lowest_id(node->left);
        return left ? left : lowest_id(node->right);
    }
    bool above = node->op == SOQL_GT || node->op == SOQL_GE;
    return above && !node->path.hop_count && node->path.field->source == ORGSIM_FROM_ID &&
                   node->key_count && strlen(node->keys[0]) == 15
               ? node->keys[0] : NULL;
}

static size_t first_position(const orgsim_soql *soql)
{
    const char *id = lowest_id(soql->where);
    size_t low = 0, high = id ? soql->object->row_count : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(soql->object->rows[middle]->id, id, 15) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool ordered_by_id(const orgsim_soql *soql)
{
    return soql->order_count == 0 ||
           (soql->order_count == 1 && !soql->orders[0].descending &&
            !soql->orders[0].path.hop_count &&
            soql->orders[0].path.field->source == ORGSIM_FROM_ID);
}

static int64_t wanted_rows(const orgsim_soql *soql)
{
    if (soql->limit < 0 || orgsim_soql_is_grouped(soql) || !ordered_by_id(soql))
        return INT64_MAX;
    return soql->limit + (soql->offset > 0 ? soql->offset : 0);
}

static void find_rows(orgsim *org, const orgsim_soql *soql, bool deleted_too, orgsim_rows *out)
{
    orgsim_rows found = {NULL, 0, 0};
    int64_t wanted = wanted_rows(soql);
    bool indexed = candidates(org, soql, soql->where, &found);
    orgsim_row **rows = indexed ? found.items : soql->object->rows;
    size_t count = indexed ? found.count : soql->object->row_count;
    if (indexed && count)
        qsort(found.items, found.count, sizeof *found.items, by_id);
    for (size_t i = indexed ? 0 : first_position(soql); i < count; i++) {
        if ((int64_t)out->count >= wanted)
            break;
        if (indexed && i > 0 && rows[i] == rows[i - 1])
            continue;
        if (eligible(soql, rows[i], deleted_too) &&
            (!soql->where || soql_matches(org, soql, rows[i], soql->where)))
            orgsim_rows_add(out, rows[i]);
    }
    orgsim_rows_clear(&found);
}

static int compare_rows(orgsim *org, const orgsim_soql *soql, const orgsim_row *a,
                        const orgsim_row *b)
{
    for (size_t i = 0; i < soql->order_count; i++) {
        const soql_order *order = &soql->orders[i];
        orgsim_value one = soql_path_value(org, soql, a, &order->path);
        orgsim_value two = soql_path_value(org, soql, b, &order->path);
        int difference;
        if (order->path.field->source == ORGSIM_FROM_ID)
            difference = strcmp(a->id, b->id); /* ids tell case apart */
        else
            difference = soql_compare_values(one, two);
        bool null = one.kind == ORGSIM_NULL || two.kind == ORGSIM_NULL;
        if (null ? order->nulls_last : order->descending)
            difference = -difference;
        if (difference)
            return difference;
    }
    return 0;
}

static void sort_rows(orgsim *org, const orgsim_soql *soql, orgsim_row **rows, orgsim_row **spare,
                      size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2, i = 0, k = half, n = 0;
    sort_rows(org, soql, rows, spare, half);
    sort_rows(org, soql, rows + half, spare, count - half);
    while (i < half && k < count)
        spare[n++] = compare_rows(org, soql, rows[k], rows[i]) < 0 ? rows[k++] : rows[i++];
    while (i < half)
        spare[n++] = rows[i++];
    memcpy(rows, spare, n * sizeof *rows);
}

void soql_arrange(orgsim *org, const orgsim_soql *soql, orgsim_rows *rows)
{
    if (rows->count > 1 && !ordered_by_id(soql)) {
        orgsim_row **spare = orgsim_alloc(rows->count * sizeof *spare);
        sort_rows(org, soql, rows->items, spare, rows->count);
        free(spare);
    }
    if (soql->offset > 0) {
        size_t skip = (size_t)soql->offset < rows->count ? (size_t)soql->offset : rows->count;
        rows->count -= skip;
        if (rows->count)
            memmove(rows->items, rows->items + skip, rows->count * sizeof *rows->items);
    }
    if (soql->limit >= 0 && rows->count > (size_t)soql->limit)
        rows->count = (size_t)soql->limit;
}

int orgsim_soql_run(orgsim *org, orgsim_soql *soql, bool deleted_too, orgsim_rows *out,
                    orgsim_problem *problem)
{
    (void)problem;
    find_rows(org, soql, deleted_too, out);
    if (!orgsim_soql_is_grouped(soql))
        soql_arrange(org, soql, out);
    return 0;
}

bool orgsim_soql_is_count(const orgsim_soql *soql)
{
    return soql->item_count == 1 && soql->items[0].function && !soql->items[0].path.text;
}

bool orgsim_soql_is_grouped(const orgsim_soql *soql)
{
    for (size_t i = 0; i < soql->item_count; i++) {
        if (soql->items[i].function && soql->items[i].path.text)
            return true;
    }
    return soql->group_count > 0;
}
