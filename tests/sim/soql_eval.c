/* soql_eval.c: a row against a condition. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

static const orgsim_value nothing = {ORGSIM_NULL, {NULL}};

static orgsim_row *follow(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                          const orgsim_field *reference)
{
    orgsim_value id = orgsim_get(row, reference);
    if (id.kind != ORGSIM_TEXT)
        return NULL;
    orgsim_row *target = orgsim_row_by_id(org, NULL, id.as.text);
    if (target && !soql->see_all && (target->object->hidden || !orgsim_row_shared(target)))
        return NULL;
    return target;
}

static orgsim_value late_value(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                               const soql_path *path)
{
    const char *name = path->late;
    if (path->is_type) {
        orgsim_value type = {ORGSIM_TEXT, {row->object->name}};
        return type;
    }
    for (const char *dot = strchr(name, '.'); dot; dot = strchr(name, '.')) {
        const orgsim_field *hop = orgsim_field_related(row->object, name, (size_t)(dot - name));
        row = hop ? follow(org, soql, row, hop) : NULL;
        if (!row)
            return nothing;
        name = dot + 1;
    }
    const orgsim_field *field = orgsim_field_named(row->object, name);
    return field && (soql->see_all || !field->hidden) ? orgsim_get(row, field) : nothing;
}

orgsim_value soql_path_value(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                             const soql_path *path)
{
    for (int i = 0; i < path->hop_count; i++) {
        row = follow(org, soql, row, path->hops[i]);
        if (!row)
            return nothing;
    }
    orgsim_value value =
        path->late ? late_value(org, soql, row, path) : orgsim_get(row, path->field);
    return path->part ? soql_date_part_of(path->part, value) : value;
}

int soql_compare_values(orgsim_value a, orgsim_value b)
{
    if (a.kind == ORGSIM_NULL || b.kind == ORGSIM_NULL)
        return (a.kind != ORGSIM_NULL) - (b.kind != ORGSIM_NULL);
    if (a.kind == ORGSIM_NUMBER)
        return (a.as.number > b.as.number) - (a.as.number < b.as.number);
    if (a.kind != ORGSIM_TEXT)
        return (a.as.when > b.as.when) - (a.as.when < b.as.when);
    char *one = orgsim_fold(a.as.text, strlen(a.as.text));
    char *two = orgsim_fold(b.as.text, strlen(b.as.text));
    int order = strcmp(one, two);
    free(one);
    free(two);
    return order;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *soql_folded(const orgsim_field *field, const char *text)
{
    return field->flags & ORGSIM_F_CASE ? orgsim_copy_text(text) : orgsim_fold(text, strlen(text));
}

/* The text in the form of the keys, to be freed. */
static char *key_of(const soql_node *node, const char *text)
{
    orgsim_type type = node->path.field->type;
    if (type == ORGSIM_T_ID || type == ORGSIM_T_REFERENCE)
        return orgsim_copy(text, 15);
    return soql_folded(node->path.field, text);
}

static bool text_matches(const soql_node *node, const char *text)
{
    char *key = key_of(node, text);
    bool yes = false;
    int order = node->key_count ? strcmp(key, node->keys[0]) : 1;
    switch (node->op) {
    case SOQL_LT:
        yes = order < 0;
        break;
    case SOQL_LE:
        yes = order <= 0;
        break;
    case SOQL_GT:
        yes = order > 0;
        break;
    case SOQL_GE:
        yes = order >= 0;
        break;
    case SOQL_LIKE:
        yes = node->key_count && orgsim_like(key, node->keys[0]);
        break;
    default:
        yes = bsearch(&key, node->keys, node->key_count, sizeof key, by_text) != NULL;
    }
    free(key);
    return yes;
}

/* -1, 0, 1: the value lies before, within or after what the literal means. */
static int position(const orgsim_value value, const soql_literal *literal)
{
    if (value.kind == ORGSIM_NUMBER)
        return (value.as.number > literal->number) - (value.as.number < literal->number);
    if (value.kind == ORGSIM_BOOL)
        return (value.as.when > literal->when) - (value.as.when < literal->when);
    int64_t unit = value.kind == ORGSIM_INSTANT && literal->kind == SOQL_L_NAMED ? 86400000 : 1;
    if (value.as.when < literal->when * unit)
        return -1;
    return value.as.when >= literal->until * unit;
}

static bool scalar_matches(const soql_node *node, orgsim_value value)
{
    if (node->op == SOQL_IN || node->op == SOQL_EQ || node->op == SOQL_NE ||
        node->op == SOQL_NOT_IN) {
        for (size_t i = 0; i < node->literal_count; i++) {
            if (node->literals[i].kind != SOQL_L_NULL && position(value, &node->literals[i]) == 0)
                return true;
        }
        return false;
    }
    int at = position(value, &node->literals[0]);
    switch (node->op) {
    case SOQL_LT:
        return at < 0;
    case SOQL_LE:
        return at <= 0;
    case SOQL_GT:
        return at > 0;
    default:
        return at >= 0;
    }
}

static bool has_value(const char *list, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = list; *at;) {
        size_t part = strcspn(at, ";");
        if (part == len && memcmp(at, value, len) == 0)
            return true;
        at += part + (at[part] == ';');
    }
    return false;
}

/* 'A;B' asks for both; several literals ask for any. */
static bool includes(const soql_node *node, const char *text)
{
    char *list = orgsim_fold(text, strlen(text));
    bool any = false;
    for (size_t i = 0; i < node->key_count && !any; i++) {
        bool all = true;
        for (const char *at = node->keys[i]; *at && all;) {
            size_t part = strcspn(at, ";");
            char *one = orgsim_copy(at, part);
            all = has_value(list, one);
            free(one);
            at += part + (at[part] == ';');
        }
        any = all;
    }
    free(list);
    return any;
}

bool soql_value_matches(const soql_node *node, orgsim_value value)
{
    bool negative =
        node->op == SOQL_NE || node->op == SOQL_NOT_IN || node->op == SOQL_EXCLUDES;
    if (value.kind == ORGSIM_NULL) {
        bool equal = node->op == SOQL_EQ || node->op == SOQL_IN;
        return negative ? !node->has_null : equal && node->has_null;
    }
    if (node->has_null && !node->key_count && !node->sub && node->literal_count == 1)
        return negative; /* = null and != null */
    bool yes;
    if (value.kind != ORGSIM_TEXT)
        yes = scalar_matches(node, value);
    else if (node->op == SOQL_INCLUDES || node->op == SOQL_EXCLUDES)
        yes = includes(node, value.as.text);
    else
        yes = text_matches(node, value.as.text);
    return yes != negative;
}

bool soql_matches(orgsim *org, const orgsim_soql *soql, const orgsim_row *row,
                  const soql_node *node)
{
    switch (node->kind) {
    case SOQL_AND:
        return soql_matches(org, soql, row, node->left) &&
               soql_matches(org, soql, row, node->right);
    case SOQL_OR:
        return soql_matches(org, soql, row, node->left) ||
               soql_matches(org, soql, row, node->right);
    case SOQL_NOT:
        return !soql_matches(org, soql, row, node->left);
    case SOQL_COMPARE:
        break;
    }
    return soql_value_matches(node, soql_path_value(org, soql, row, &node->path));
}
