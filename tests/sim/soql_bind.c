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

static bool visible(const orgsim_soql *soql, const orgsim_field *field)
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
        if (visible(soql, path->field) || (object && rest[len] == '.' &&
                                           orgsim_field_related(object, rest, len)))
            return 0;
    }
    path->field = orgsim_field_named(orgsim_object_named(soql->org, "User"), "Name");
    return path->is_type ? 0 : no_column(soql, path, rest, "Name", problem);
}

static int bind_path(orgsim_soql *soql, soql_path *path, orgsim_problem *problem)
{
    const orgsim_object *object = soql->object;
    const char *name = path->text;
    if (!path->text)
        return soql_refuse(soql, path->at, "MALFORMED_QUERY", problem, "unexpected token");
    size_t own = strlen(object->name);
    if (orgsim_ieq_n(name, strlen(name) > own ? own : 0, object->name) && name[own] == '.')
        name += own + 1;
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(name, '.')) {
        const orgsim_field *hop = orgsim_field_related(object, name, (size_t)(dot - name));
        if (!visible(soql, hop) || path->hop_count == SOQL_HOPS)
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
    return visible(soql, path->field) ? 0 : no_column(soql, path, name, object->name, problem);
}

static int not_usable(const orgsim_soql *soql, const soql_path *path, const char *use,
                      orgsim_problem *problem)
{
    if (!(path->field->flags & ORGSIM_F_NOFILTER))
        return 0;
    return soql_refuse(soql, path->at, "INVALID_FIELD", problem,
                       "field '%s' can not be %s in a query call", path->field->name, use);
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
    orgsim_type type = node->path.field->type;
    soql_literal_kind kind = literal->kind;
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

/* Drops the backslash before % and _, which only LIKE needs. */
static void plain_wildcards(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        if (*c == '\\' && (c[1] == '%' || c[1] == '_'))
            continue;
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
        key = orgsim_fold(text, strlen(text));
        if (node->op != SOQL_LIKE)
            plain_wildcards(key);
    }
    node->keys[node->key_count++] = soql_keep(soql, key);
}

/* Inner statements select plain fields. */
static bool only_fields(const orgsim_soql *soql)
{
    for (size_t i = 0; i < soql->item_count; i++) {
        if (soql->items[i].function || soql->items[i].children || !soql->items[i].path.field)
            return false;
    }
    return soql->group_count == 0;
}

static int collect_sub(orgsim_soql *soql, soql_node *node, orgsim_problem *problem)
{
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *sub = node->sub;
    if (soql_bind(sub, problem) != 0)
        return -1;
    if (sub->item_count != 1 || !only_fields(sub) ||
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
    if (bind_path(soql, &node->path, problem) != 0 ||
        not_usable(soql, &node->path, "filtered", problem) != 0)
        return -1;
    const orgsim_field *field = node->path.field;
    bool text = orgsim_type_is_text(field->type);
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

static int bind_node(orgsim_soql *soql, soql_node *node, orgsim_problem *problem)
{
    if (!node)
        return 0;
    if (node->kind == SOQL_COMPARE)
        return bind_compare(soql, node, problem);
    if (bind_node(soql, node->left, problem) != 0)
        return -1;
    return bind_node(soql, node->right, problem);
}

/* HAVING COUNT(x) compares with numbers. */
static int bind_having(orgsim_soql *soql, soql_node *node, orgsim_problem *problem)
{
    if (!node)
        return 0;
    if (node->kind != SOQL_COMPARE)
        return bind_having(soql, node->left, problem) != 0 ||
                       bind_having(soql, node->right, problem) != 0
                   ? -1 : 0;
    if (bind_path(soql, &node->path, problem) != 0)
        return -1;
    if (node->literal_count == 1 && node->literals[0].kind == SOQL_L_NUMBER)
        return 0;
    return wrong_type(soql, node, "int", "not ", problem);
}

static bool function_known(const char *name)
{
    static const char *const names[] = {"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG",
                                        "toLabel", "FIELDS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (orgsim_ieq(name, names[i]))
            return true;
    }
    return false;
}

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
        if (!visible(soql, field) || (!all && is_custom != custom))
            continue;
        if (!first)
            ORGSIM_ROOM(soql->items, soql->item_count, soql->item_cap);
        soql_item *item = &soql->items[first ? at : soql->item_count++];
        memset(item, 0, sizeof *item);
        item->path.text = soql_keep_text(soql, field->name, strlen(field->name));
        item->path.field = field;
        first = false;
    }
    return 0;
}

static int bind_children(orgsim_soql *parent, orgsim_soql *child, orgsim_problem *problem)
{
    static const struct { const char *relationship, *object, *field; } relations[] = {
        {"Contacts", "Contact", "AccountId"}, {"Opportunities", "Opportunity", "AccountId"},
        {"Tasks", "Task", "WhoId"}, {"Tasks", "Task", "WhatId"}, {"Events", "Event", "WhoId"},
        {"Events", "Event", "WhatId"}, {"CampaignMembers", "CampaignMember", "CampaignId"},
        {"CampaignMembers", "CampaignMember", "ContactId"},
        {"CampaignMembers", "CampaignMember", "LeadId"},
        {"OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"},
        {"OpportunityContactRoles", "OpportunityContactRole", "ContactId"},
        {"ChildAccounts", "Account", "ParentId"},
        {"ContentDocumentLinks", "ContentDocumentLink", "LinkedEntityId"},
    };
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        if (!orgsim_ieq(relations[i].relationship, child->from))
            continue;
        orgsim_object *object = orgsim_object_named(parent->org, relations[i].object);
        const orgsim_field *field = orgsim_field_named(object, relations[i].field);
        for (size_t k = 0; k < field->ref_count; k++) {
            if (strcmp(field->refs[k], parent->object->name) != 0)
                continue;
            child->relationship =
                soql_keep_text(child, relations[i].relationship, strlen(child->from));
            child->child_field = field;
            child->from = soql_keep_text(child, object->name, strlen(object->name));
            if (soql_bind(child, problem) != 0)
                return -1;
            return only_fields(child) ? 0
                                      : soql_refuse(parent, child->from_at, "MALFORMED_QUERY",
                                                    problem, "only fields in a nested query");
        }
    }
    return soql_refuse(parent, child->from_at, "INVALID_TYPE", problem,
                       "Didn't understand relationship '%s' in FROM part of query call.",
                       child->from);
}

/* "duplicate field selected: Id" */
static int selected_twice(const orgsim_soql *soql, size_t at, orgsim_problem *problem)
{
    const soql_item *item = &soql->items[at];
    for (size_t i = 0; i < at; i++) {
        const soql_item *other = &soql->items[i];
        if (!item->function && !other->function && !other->children &&
            orgsim_ieq(item->path.text, other->path.text))
            return soql_refuse(soql, item->path.at, "INVALID_FIELD", problem,
                               "duplicate field selected: %s", item->path.text);
    }
    return 0;
}

static int bind_items(orgsim_soql *soql, orgsim_problem *problem)
{
    for (size_t i = 0, count = soql->item_count; i < count; i++) {
        soql_item *item = &soql->items[i];
        if (item->children) {
            if (bind_children(soql, item->children, problem) != 0)
                return -1;
            continue;
        }
        if (item->function && !function_known(item->function))
            return soql_refuse(soql, item->path.at, "MALFORMED_QUERY", problem,
                               "unknown function '%s'", item->function);
        if (orgsim_ieq(item->function, "FIELDS")) {
            if (expand_fields(soql, i, problem) != 0)
                return -1;
            continue;
        }
        bool bare_count = orgsim_ieq(item->function, "COUNT") && !item->path.text;
        if (bare_count && (count > 1 || soql->group_count))
            return soql_refuse(soql, item->path.at, "MALFORMED_QUERY", problem,
                               "COUNT() must be the only element of SELECT");
        if (!bare_count && (selected_twice(soql, i, problem) != 0 ||
                            bind_path(soql, &item->path, problem) != 0))
            return -1;
        if (orgsim_ieq(item->function, "toLabel"))
            item->function = NULL;
    }
    return 0;
}

static bool is_grouped_field(const orgsim_soql *soql, const soql_item *item)
{
    for (size_t i = 0; i < soql->group_count; i++) {
        if (orgsim_ieq(soql->groups[i].text, item->path.text))
            return true;
    }
    return false;
}

static int bind_rest(orgsim_soql *soql, orgsim_problem *problem)
{
    for (size_t i = 0; i < soql->group_count; i++) {
        if (bind_path(soql, &soql->groups[i], problem) != 0 ||
            not_usable(soql, &soql->groups[i], "grouped", problem) != 0)
            return -1;
    }
    bool grouped = orgsim_soql_is_grouped(soql);
    for (size_t i = 0; grouped && i < soql->item_count; i++) {
        const soql_item *item = &soql->items[i];
        if (!item->function && !is_grouped_field(soql, item))
            return soql_refuse(soql, item->path.at, "MALFORMED_QUERY", problem,
                               "Field must be grouped or aggregated: %s", item->path.text);
    }
    for (size_t i = 0; i < soql->order_count; i++) {
        if (bind_path(soql, &soql->orders[i].path, problem) != 0 ||
            not_usable(soql, &soql->orders[i].path, "sorted", problem) != 0)
            return -1;
    }
    if (soql->offset > 2000)
        return orgsim_problem_set(problem, 400, "NUMBER_OUTSIDE_VALID_RANGE", NULL,
                                  "SOQL offset must be at most 2000");
    if (bind_node(soql, soql->where, problem) != 0)
        return -1;
    return bind_having(soql, soql->having, problem);
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
    if (bind_items(soql, problem) != 0 || bind_rest(soql, problem) != 0)
        return -1;
    if (!soql->see_all && strcmp(soql->object->name, "ContentDocumentLink") == 0 &&
        !soql->child_field && !filters_links(soql->where))
        return soql_refuse(soql, soql->from_at, "MALFORMED_QUERY", problem,
                           "Implementation restriction: ContentDocumentLink requires a filter by "
                           "a single Id on ContentDocumentId or LinkedEntityId using the equals "
                           "operator or multiple Id's using the IN operator.");
    return 0;
}
