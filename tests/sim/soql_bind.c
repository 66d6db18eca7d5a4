/* soql_bind.c: from names to fields, and what Salesforce refuses about them. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

static int no_column(const orgsim_soql *soql, const soql_path *path, const char *name,
                     const char *entity, orgsim_problem *problem)
{
    return soql_refuse(soql, path->at, "INVALID_FIELD", problem,
                       "No such column '%s' on entity '%s'. If you are attempting to use a custom "
                       "field, be sure to append the '__c' after the custom field name. Please "
                       "reference your WSDL or the describe call for the appropriate names.",
                       name, entity);
}

bool soql_visible(const orgsim_soql *soql, const orgsim_field *field)
{
    return field && (soql->see_all || !field->hidden);
}

/* A polymorphic reference: which object comes next is known only with the row. */
static int bind_late(orgsim_soql *soql, soql_path *path, const orgsim_field *reference,
                     const char *rest, orgsim_problem *problem)
{
    path->late = rest;
    path->late_name = reference->relationship;
    path->is_type = orgsim_ieq(rest, "Type");
    size_t len = strcspn(rest, ".");
    for (size_t i = 0; i < reference->ref_count; i++) {
        const orgsim_object *object = orgsim_object_named(soql->org, reference->refs[i]);
        path->field = object ? orgsim_field_named_n(object, rest, len) : NULL;
        if (soql_visible(soql, path->field) || (object && rest[len] == '.' &&
                                           orgsim_field_related(object, rest, len)))
            return 0;
    }
    path->field = orgsim_field_named(orgsim_object_named(soql->org, "User"), "Name");
    return path->is_type ? 0 : no_column(soql, path, rest, "Name", problem);
}

int soql_bind_path(orgsim_soql *soql, soql_path *path, orgsim_problem *problem)
{
    const orgsim_object *object = soql->object;
    const char *name = path->text;
    if (!path->text)
        return soql_refuse(soql, path->at, "MALFORMED_QUERY", problem, "unexpected token");
    size_t own = strcspn(name, ".");
    if (name[own] && (orgsim_ieq_n(name, own, object->name) ||
                      (soql->from_alias && orgsim_ieq_n(name, own, soql->from_alias))))
        name += own + 1;
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(name, '.')) {
        const orgsim_field *hop = orgsim_field_related(object, name, (size_t)(dot - name));
        if (!soql_visible(soql, hop) || path->hop_count == SOQL_HOPS)
            return soql_refuse(soql, path->at, "INVALID_FIELD", problem,
                               "Didn't understand relationship '%.*s' in field path. If you are "
                               "attempting to use a custom relationship, be sure to append the "
                               "'__r' after the custom relationship name.",
                               (int)(dot - name), name);
        path->hops[path->hop_count++] = hop;
        name = dot + 1;
        if (hop->ref_count > 1)
            return bind_late(soql, path, hop, name, problem);
        object = orgsim_object_named(soql->org, hop->refs[0]);
        if (!object || (object->hidden && !soql->see_all))
            return no_column(soql, path, name, hop->refs[0], problem);
    }
    path->field = orgsim_field_named(object, name);
    if (!soql_visible(soql, path->field))
        return no_column(soql, path, name, object->name, problem);
    if (path->part && !soql_date_part_fits(path->part, path->field->type))
        return soql_refuse(soql, path->at, "INVALID_FIELD", problem,
                           "field '%s' is not of a type that the date function takes",
                           path->field->name);
    return 0;
}

static int wrong_type(const orgsim_soql *soql, const soql_node *node, const char *type,
                      const char *quoting, orgsim_problem *problem)
{
    return soql_refuse(soql, node->path.at, "INVALID_FIELD", problem,
                       "value of filter criterion for field '%s' must be of type %s and should "
                       "%sbe enclosed in quotes",
                       node->path.field->name, type, quoting);
}

static int check_literal(const orgsim_soql *soql, const soql_node *node,
                         const soql_literal *literal, orgsim_problem *problem)
{
    orgsim_type type = soql_path_type(&node->path);
    soql_literal_kind kind = literal->kind;
    if (node->function && soql_counts(node->function))
        type = ORGSIM_T_INT;
    char id[19];
    if (kind == SOQL_L_NULL)
        return 0;
    if (type == ORGSIM_T_ID || type == ORGSIM_T_REFERENCE) {
        if (kind != SOQL_L_STRING)
            return wrong_type(soql, node, "ID", "", problem);
        if (*literal->text && !orgsim_id_normal(literal->text, strlen(literal->text), id))
            return soql_refuse(soql, node->path.at, "INVALID_QUERY_FILTER_OPERATOR", problem,
                               "invalid ID field: %s", literal->text);
        return 0;
    }
    if (type == ORGSIM_T_BOOLEAN)
        return kind == SOQL_L_BOOL ? 0 : wrong_type(soql, node, "boolean", "not ", problem);
    if (type == ORGSIM_T_DATE)
        return kind == SOQL_L_DATE || kind == SOQL_L_NAMED
                   ? 0 : wrong_type(soql, node, "date", "not ", problem);
    if (type == ORGSIM_T_DATETIME)
        return kind == SOQL_L_DATETIME || kind == SOQL_L_NAMED
                   ? 0 : wrong_type(soql, node, "dateTime", "not ", problem);
    if (orgsim_type_is_number(type))
        return kind == SOQL_L_NUMBER
                   ? 0 : wrong_type(soql, node, orgsim_type_name(type), "not ", problem);
    if (strlen(literal->text) > 4000)
        return soql_refuse(soql, node->path.at, "MALFORMED_QUERY", problem,
                           "string literal is too long");
    return kind == SOQL_L_STRING ? 0 : wrong_type(soql, node, "string", "", problem);
}

static bool is_id_field(const orgsim_field *field)
{
    return field->type == ORGSIM_T_ID || field->type == ORGSIM_T_REFERENCE;
}

/* Drops the backslash before \, % and _, which only LIKE needs. */
static void plain_wildcards(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        if (*c == '\\' && c[1])
            c++;
        *to++ = *c;
    }
    *to = '\0';
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_key(orgsim_soql *soql, soql_node *node, const char *text)
{
    char *key;
    if (is_id_field(node->path.field)) {
        key = orgsim_copy(text, strlen(text) < 15 ? strlen(text) : 15);
    } else {
        key = soql_folded(node->path.field, text);
        if (node->op != SOQL_LIKE)
            plain_wildcards(key);
    }
    node->keys[node->key_count++] = soql_keep(soql, key);
}

static int collect_sub(orgsim_soql *soql, soql_node *node, orgsim_problem *problem)
{
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *sub = node->sub;
    if (soql_bind(sub, problem) != 0)
        return -1;
    if (sub->item_count != 1 || !soql_only_fields(sub) ||
        orgsim_soql_run(soql->org, sub, false, &rows, problem) != 0)
        return soql_refuse(soql, node->path.at, "MALFORMED_QUERY", problem,
                           "only one field may be selected in a semi join");
    node->keys = soql_keep(soql, orgsim_alloc((rows.count + 1) * sizeof *node->keys));
    for (size_t i = 0; i < rows.count; i++) {
        orgsim_value value =
            soql_path_value(soql->org, sub, rows.items[i], &sub->items[0].path);
        if (value.kind == ORGSIM_TEXT)
            add_key(soql, node, value.as.text);
    }
    orgsim_rows_clear(&rows);
    return 0;
}

static int bind_compare(orgsim_soql *soql, soql_node *node, orgsim_problem *problem)
{
    if (soql_bind_path(soql, &node->path, problem) != 0 ||
        soql_not_usable(soql, &node->path, "filtered", problem) != 0 ||
        (node->function &&
         soql_check_aggregate(soql, node->function, &node->path, problem) != 0))
        return -1;
    const orgsim_field *field = node->path.field;
    bool text = orgsim_type_is_text(field->type) && !soql_counts(node->function);
    if ((node->op == SOQL_LIKE && !text) ||
        ((node->op == SOQL_INCLUDES || node->op == SOQL_EXCLUDES) &&
         field->type != ORGSIM_T_MULTIPICKLIST))
        return soql_refuse(soql, node->path.at, "INVALID_QUERY_FILTER_OPERATOR", problem,
                           "invalid operator on %s field", orgsim_type_name(field->type));
    if (node->sub) {
        if (collect_sub(soql, node, problem) != 0)
            return -1;
    } else {
        node->keys =
            soql_keep(soql, orgsim_alloc((node->literal_count + 1) * sizeof *node->keys));
    }
    for (size_t i = 0; i < node->literal_count; i++) {
        const soql_literal *literal = &node->literals[i];
        if (check_literal(soql, node, literal, problem) != 0)
            return -1;
        bool empty = literal->kind == SOQL_L_STRING && !*literal->text;
        if (literal->kind == SOQL_L_NULL || empty)
            node->has_null = true; /* '' matches null too */
        else if (literal->kind == SOQL_L_STRING)
            add_key(soql, node, literal->text);
    }
    qsort(node->keys, node->key_count, sizeof *node->keys, by_text);
    return 0;
}

static int bind_node(orgsim_soql *soql, soql_node *node, bool having, orgsim_problem *problem)
{
    if (!node)
        return 0;
    if (node->kind == SOQL_COMPARE && node->function && !having)
        return soql_refuse(soql, node->path.at, "MALFORMED_QUERY", problem,
                           "Aggregate functions are not allowed in WHERE: '%s'", node->function);
    if (node->kind == SOQL_COMPARE)
        return bind_compare(soql, node, problem);
    if (bind_node(soql, node->left, having, problem) != 0)
        return -1;
    return bind_node(soql, node->right, having, problem);
}

enum { SEMI_JOINS = 2 };

/* Statements in a condition: two at most, not below OR, and none within another. */
static int check_semi_joins(const orgsim_soql *soql, const soql_node *node, bool below_or,
                            int *count, orgsim_problem *problem)
{
    if (!node)
        return 0;
    if (node->kind != SOQL_COMPARE) {
        below_or = below_or || node->kind == SOQL_OR;
        return check_semi_joins(soql, node->left, below_or, count, problem) != 0 ||
                       check_semi_joins(soql, node->right, below_or, count, problem) != 0
                   ? -1 : 0;
    }
    if (!node->sub)
        return 0;
    if (below_or)
        return soql_refuse(soql, node->path.at, "MALFORMED_QUERY", problem,
                           "Semi join sub-selects are not allowed with the 'OR' operator");
    if (soql->parent)
        return soql_refuse(soql, node->path.at, "MALFORMED_QUERY", problem,
                           "Nesting of semi join sub-selects is not supported");
    if (++*count > SEMI_JOINS)
        return soql_refuse(soql, node->path.at, "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS", problem,
                           "Maximum %d semi join sub-selects are allowed.", SEMI_JOINS);
    return 0;
}

static int bind_conditions(orgsim_soql *soql, orgsim_problem *problem)
{
    int joins = 0;
    if (check_semi_joins(soql, soql->where, false, &joins, problem) != 0 ||
        bind_node(soql, soql->where, false, problem) != 0)
        return -1;
    return bind_node(soql, soql->having, true, problem);
}

/* Documents' links can only be asked for by document or by record. */
static bool filters_links(const soql_node *node)
{
    if (!node)
        return false;
    if (node->kind == SOQL_AND)
        return filters_links(node->left) || filters_links(node->right);
    if (node->kind != SOQL_COMPARE || node->path.hop_count ||
        (node->op != SOQL_EQ && node->op != SOQL_IN))
        return false;
    return orgsim_ieq(node->path.text, "ContentDocumentId") ||
           orgsim_ieq(node->path.text, "LinkedEntityId");
}

int soql_bind(orgsim_soql *soql, orgsim_problem *problem)
{
    soql->object = orgsim_object_named(soql->org, soql->from);
    if (!soql->object || (soql->object->hidden && !soql->see_all))
        return soql_refuse(soql, soql->from_at, "INVALID_TYPE", problem,
                           "sObject type '%s' is not supported. If you are attempting to use a "
                           "custom object, be sure to append the '__c' after the entity name. "
                           "Please reference your WSDL or the describe call for the appropriate "
                           "names.",
                           soql->from);
    if (soql_bind_items(soql, problem) != 0 || soql_bind_orders(soql, problem) != 0)
        return -1;
    if (soql->offset > 2000)
        return orgsim_problem_set(problem, 400, "NUMBER_OUTSIDE_VALID_RANGE", NULL,
                                  "SOQL offset must be at most 2000");
    if (bind_conditions(soql, problem) != 0)
        return -1;
    if (!soql->see_all && strcmp(soql->object->name, "ContentDocumentLink") == 0 &&
        !soql->child_field && !filters_links(soql->where))
        return soql_refuse(soql, soql->from_at, "MALFORMED_QUERY", problem,
                           "Implementation restriction: ContentDocumentLink requires a filter by "
                           "a single Id on ContentDocumentId or LinkedEntityId using the equals "
                           "operator or multiple Id's using the IN operator.");
    return 0;
}
