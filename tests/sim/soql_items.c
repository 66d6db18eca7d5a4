/* soql_items.c: what a statement selects, groups and orders by. */
#include "soql_tree.h"

#include <string.h>

enum { CHILD_QUERIES = 20 };

int soql_not_usable(const orgsim_soql *soql, const soql_path *path, const char *use,
                    orgsim_problem *problem)
{
    if (!(path->field->flags & ORGSIM_F_NOFILTER))
        return 0;
    return soql_refuse(soql, path->at, "INVALID_FIELD", problem,
                       "field '%s' can not be %s in a query call", path->field->name, use);
}

bool soql_only_fields(const orgsim_soql *soql)
{
    for (size_t i = 0; i < soql->item_count; i++) {
        const soql_item *item = &soql->items[i];
        if (item->function || item->children || !item->path.field || item->path.part)
            return false;
    }
    return soql->group_count == 0;
}

/* ---- aggregates ---- */

static const struct aggregate {
    const char *name;
    bool counts, sums;
} aggregates[] = {
    {"COUNT", true, false}, {"COUNT_DISTINCT", true, false}, {"MIN", false, false},
    {"MAX", false, false},  {"SUM", false, true},            {"AVG", false, true},
};

static const struct aggregate *aggregate_named(const char *name)
{
    for (size_t i = 0; name && i < sizeof aggregates / sizeof *aggregates; i++) {
        if (orgsim_ieq(name, aggregates[i].name))
            return &aggregates[i];
    }
    return NULL;
}

bool soql_counts(const char *function)
{
    const struct aggregate *found = aggregate_named(function);
    return found && found->counts;
}

int soql_check_aggregate(const orgsim_soql *soql, const char *function, const soql_path *path,
                         orgsim_problem *problem)
{
    const struct aggregate *found = aggregate_named(function);
    orgsim_type type = soql_path_type(path);
    if (!found)
        return soql_refuse(soql, path->at, "MALFORMED_QUERY", problem, "unknown function '%s'",
                           function);
    bool fits = found->counts || (!found->sums && type != ORGSIM_T_BOOLEAN) ||
                (found->sums && orgsim_type_is_number(type));
    if (fits && !(path->field->flags & ORGSIM_F_NOFILTER))
        return 0;
    return soql_refuse(soql, path->at, "MALFORMED_QUERY", problem,
                       "field %s does not support aggregate operator %s", path->field->name,
                       found->name);
}

/* ---- SELECT ---- */

static int expand_fields(orgsim_soql *soql, size_t at, orgsim_problem *problem)
{
    const char *which = soql->items[at].path.text;
    bool all = orgsim_ieq(which, "ALL"), custom = orgsim_ieq(which, "CUSTOM");
    if (!all && !custom && !orgsim_ieq(which, "STANDARD"))
        return soql_refuse(soql, soql->items[at].path.at, "MALFORMED_QUERY", problem,
                           "FIELDS() must be ALL, STANDARD or CUSTOM");
    if ((all || custom) && (soql->limit < 0 || soql->limit > 200))
        return soql_refuse(soql, soql->items[at].path.at, "MALFORMED_QUERY", problem,
                           "The SOQL FIELDS function must have a LIMIT of at most 200");
    bool first = true;
    for (size_t i = 0; i < soql->object->field_count; i++) {
        const orgsim_field *field = soql->object->fields[i];
        bool is_custom = field->flags & ORGSIM_F_CUSTOM;
        if (!soql_visible(soql, field) || (!all && is_custom != custom))
            continue;
        if (!first)
            ORGSIM_ROOM(soql->items, soql->item_count, soql->item_cap);
        soql_item *item = &soql->items[first ? at : soql->item_count++];
        memset(item, 0, sizeof *item);
        item->path.text = soql_keep_text(soql, field->name, strlen(field->name));
        item->path.field = field;
        first = false;
    }
    if (!first)
        return 0;
    return soql_refuse(soql, soql->items[at].path.at, "MALFORMED_QUERY", problem,
                       "The SOQL FIELDS function found no field of that kind");
}

/* "duplicate field selected: Id" */
static int selected_twice(const orgsim_soql *soql, size_t at, orgsim_problem *problem)
{
    const soql_item *item = &soql->items[at];
    for (size_t i = 0; i < at; i++) {
        const soql_item *other = &soql->items[i];
        if (!item->function && !other->function && !other->children &&
            other->path.part == item->path.part && orgsim_ieq(item->path.text, other->path.text))
            return soql_refuse(soql, item->path.at, "INVALID_FIELD", problem,
                               "duplicate field selected: %s", item->path.text);
    }
    return 0;
}

static int bind_field(orgsim_soql *soql, size_t at, orgsim_problem *problem)
{
    soql_item *item = &soql->items[at];
    if (selected_twice(soql, at, problem) != 0 ||
        soql_bind_path(soql, &item->path, problem) != 0)
        return -1;
    if (orgsim_ieq(item->function, "toLabel") || orgsim_ieq(item->function, "format") ||
        orgsim_ieq(item->function, "convertCurrency"))
        item->function = NULL; /* labels are the values; one language, one currency */
    return item->function ? soql_check_aggregate(soql, item->function, &item->path, problem) : 0;
}

int soql_bind_items(orgsim_soql *soql, orgsim_problem *problem)
{
    size_t nested = 0;
    for (size_t i = 0, count = soql->item_count; i < count; i++) {
        soql_item *item = &soql->items[i];
        int r;
        if (item->children && ++nested > CHILD_QUERIES)
            return soql_refuse(soql, item->children->from_at, "MALFORMED_QUERY", problem,
                               "a query may have %d sub-selects at most", CHILD_QUERIES);
        if (item->children)
            r = soql_bind_children(soql, item->children, problem);
        else if (orgsim_ieq(item->function, "FIELDS"))
            r = expand_fields(soql, i, problem);
        else if (!orgsim_ieq(item->function, "COUNT") || item->path.text)
            r = bind_field(soql, i, problem);
        else if (count > 1 || soql->group_count)
            r = soql_refuse(soql, item->path.at, "MALFORMED_QUERY", problem,
                            "COUNT() must be the only element of SELECT");
        else
            r = 0;
        if (r != 0)
            return -1;
    }
    return 0;
}

/* ---- GROUP BY and ORDER BY ---- */

static bool is_grouped(const orgsim_soql *soql, const soql_path *path)
{
    for (size_t i = 0; i < soql->group_count; i++) {
        if (orgsim_ieq(soql->groups[i].text, path->text) && soql->groups[i].part == path->part)
            return true;
    }
    return false;
}

static int bind_groups(orgsim_soql *soql, orgsim_problem *problem)
{
    for (size_t i = 0; i < soql->group_count; i++) {
        if (soql_bind_path(soql, &soql->groups[i], problem) != 0 ||
            soql_not_usable(soql, &soql->groups[i], "grouped", problem) != 0)
            return -1;
    }
    bool grouped = orgsim_soql_is_grouped(soql);
    for (size_t i = 0; i < soql->item_count; i++) {
        const soql_item *item = &soql->items[i];
        if (grouped ? !item->function && !is_grouped(soql, &item->path)
                    : item->path.part != NULL)
            return soql_refuse(soql, item->path.at, "MALFORMED_QUERY", problem,
                               "Field must be grouped or aggregated: %s",
                               item->path.text ? item->path.text : "(SELECT");
    }
    if (grouped && !soql->group_count && soql->limit >= 0)
        return soql_refuse(soql, soql->from_at, "MALFORMED_QUERY", problem,
                           "Non-grouped query that uses overall aggregate functions cannot also "
                           "use LIMIT");
    return 0;
}

int soql_bind_orders(orgsim_soql *soql, orgsim_problem *problem)
{
    if (bind_groups(soql, problem) != 0)
        return -1;
    bool grouped = orgsim_soql_is_grouped(soql);
    for (size_t i = 0; i < soql->order_count; i++) {
        soql_order *order = &soql->orders[i];
        if (soql_bind_path(soql, &order->path, problem) != 0 ||
            soql_not_usable(soql, &order->path, "sorted", problem) != 0 ||
            (order->function &&
             soql_check_aggregate(soql, order->function, &order->path, problem) != 0))
            return -1;
        if (grouped ? !order->function && !is_grouped(soql, &order->path)
                    : order->function || order->path.part)
            return soql_refuse(soql, order->path.at, "MALFORMED_QUERY", problem,
                               "Ordered field must be grouped or aggregated: %s",
                               order->path.text);
    }
    return 0;
}
