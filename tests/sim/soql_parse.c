/* soql_parse.c: the grammar of SOQL. AND and OR need parentheses to be mixed, as does NOT. */
#include "soql_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
    orgsim_soql *soql;
    size_t next;
    soql_token token;
    orgsim_problem *problem;
    bool failed;
} parser;

void *soql_keep(orgsim_soql *soql, void *ptr)
{
    ORGSIM_ROOM(soql->owned, soql->owned_count, soql->owned_cap);
    soql->owned[soql->owned_count++] = ptr;
    return ptr;
}

char *soql_keep_text(orgsim_soql *soql, const char *text, size_t len)
{
    return soql_keep(soql, orgsim_copy(text, len));
}

int soql_refuse(const orgsim_soql *soql, size_t at, const char *code, orgsim_problem *problem,
                const char *format, ...)
{
    char said[700];
    va_list args;
    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    size_t row = 1, line = 0;
    for (size_t i = 0; i < at && soql->text[i]; i++) {
        if (soql->text[i] == '\n') {
            row++;
            line = i + 1;
        }
    }
    size_t from = at - line > 40 ? at - 40 : line;
    size_t len = strcspn(soql->text + from, "\n");
    return orgsim_problem_set(problem, 400, code, NULL,
                              "\n%.*s\n%*s^\nERROR at Row:%zu:Column:%zu\n%s",
                              (int)(len > 80 ? 80 : len), soql->text + from, (int)(at - from), "",
                              row, at - line + 1, said);
}

static void unexpected(parser *p)
{
    if (p->failed)
        return;
    p->failed = true;
    if (p->token.kind == SOQL_BAD)
        soql_refuse(p->soql, p->token.at, "MALFORMED_QUERY", p->problem,
                    "line 1:%zu mismatched character, expecting a valid token", p->token.at);
    else
        soql_refuse(p->soql, p->token.at, "MALFORMED_QUERY", p->problem, "unexpected token: '%s'",
                    p->token.text);
}

static void advance(parser *p)
{
    p->token = soql_next(p->soql, &p->next);
    if (p->token.kind == SOQL_BAD)
        unexpected(p);
}

static bool is_word(const parser *p, const char *word)
{
    return p->token.kind == SOQL_NAME && orgsim_ieq(p->token.text, word);
}

static bool is_punct(const parser *p, const char *mark)
{
    return p->token.kind == SOQL_PUNCT && strcmp(p->token.text, mark) == 0;
}

static bool take_word(parser *p, const char *word)
{
    if (!is_word(p, word))
        return false;
    advance(p);
    return true;
}

static bool take_punct(parser *p, const char *mark)
{
    if (!is_punct(p, mark))
        return false;
    advance(p);
    return true;
}

static void expect_punct(parser *p, const char *mark)
{
    if (!take_punct(p, mark))
        unexpected(p);
}

static void expect_word(parser *p, const char *word)
{
    if (!take_word(p, word))
        unexpected(p);
}

static bool reserved(const char *text)
{
    static const char *const words[] = {"FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE",
                                        "ORDER", "GROUP", "LIMIT", "SELECT", "HAVING",
                                        "OFFSET", "NULL", "TRUE", "FALSE", "BY", "FOR"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (orgsim_ieq(words[i], text))
            return true;
    }
    return false;
}

static bool is_name(const parser *p)
{
    return p->token.kind == SOQL_NAME && !reserved(p->token.text);
}

static soql_path parse_path(parser *p)
{
    soql_path path = {0};
    if (!is_name(p)) {
        unexpected(p);
        return path;
    }
    path.text = p->token.text;
    path.at = p->token.at;
    advance(p);
    const soql_date_part *part = is_punct(p, "(") ? soql_date_part_named(path.text) : NULL;
    if (part && take_punct(p, "(")) {
        path.part = part;
        path.text = is_name(p) ? p->token.text : NULL;
        if (!path.text)
            unexpected(p);
        advance(p);
        expect_punct(p, ")");
    }
    return path;
}

static orgsim_soql *parse_nested(parser *p)
{
    orgsim_soql *sub = orgsim_alloc(sizeof *sub);
    sub->org = p->soql->org;
    sub->see_all = p->soql->see_all;
    sub->text = orgsim_copy_text(p->soql->text);
    sub->parent = p->soql;
    size_t end = p->token.at;
    if (soql_parse(sub, p->token.at, &end, p->problem) != 0) {
        p->failed = true;
        orgsim_soql_free(sub);
        return NULL;
    }
    p->next = end;
    advance(p);
    return sub;
}

static void parse_item(parser *p)
{
    orgsim_soql *soql = p->soql;
    ORGSIM_ROOM(soql->items, soql->item_count, soql->item_cap);
    soql_item *item = &soql->items[soql->item_count++];
    memset(item, 0, sizeof *item);
    if (take_punct(p, "(")) {
        item->children = parse_nested(p);
        expect_punct(p, ")");
        return;
    }
    item->path = parse_path(p);
    if (p->failed)
        return;
    if (!item->path.part && take_punct(p, "(")) {
        item->function = item->path.text;
        size_t at = item->path.at;
        memset(&item->path, 0, sizeof item->path);
        item->path.at = at;
        if (!is_punct(p, ")"))
            item->path = parse_path(p);
        expect_punct(p, ")");
    }
    if (!p->failed && is_name(p)) {
        item->alias = p->token.text;
        advance(p);
    }
}

static bool classify(const orgsim *org, const soql_token *token, soql_literal *literal)
{
    memset(literal, 0, sizeof *literal);
    literal->text = token->text;
    if (token->kind == SOQL_STRING) {
        literal->kind = SOQL_L_STRING;
    } else if (token->kind == SOQL_NAME && orgsim_ieq(token->text, "null")) {
        literal->kind = SOQL_L_NULL;
    } else if (token->kind == SOQL_NAME && (orgsim_ieq(token->text, "true") ||
                                            orgsim_ieq(token->text, "false"))) {
        literal->kind = SOQL_L_BOOL;
        literal->when = orgsim_ieq(token->text, "true");
    } else if (token->kind == SOQL_NAME) {
        literal->kind = SOQL_L_NAMED;
        return soql_named_days(org, token->text, &literal->when, &literal->until);
    } else if (token->kind != SOQL_LITERAL) {
        return false;
    } else if (orgsim_parse_date(token->text, token->len, &literal->when)) {
        literal->kind = SOQL_L_DATE;
        literal->until = literal->when + 1;
    } else if (orgsim_parse_datetime(token->text, token->len, &literal->when)) {
        literal->kind = SOQL_L_DATETIME;
        literal->until = literal->when + 1;
    } else {
        char *end;
        literal->kind = SOQL_L_NUMBER;
        literal->number = strtod(token->text, &end);
        return *end == '\0';
    }
    return true;
}

static void parse_literal(parser *p, soql_node *node)
{
    ORGSIM_ROOM(node->literals, node->literal_count, node->literal_cap);
    if (!classify(p->soql->org, &p->token, &node->literals[node->literal_count])) {
        unexpected(p);
        return;
    }
    node->literal_count++;
    advance(p);
}

static void parse_set(parser *p, soql_node *node)
{
    expect_punct(p, "(");
    if (is_word(p, "SELECT") && (node->op == SOQL_IN || node->op == SOQL_NOT_IN)) {
        node->sub = parse_nested(p);
    } else {
        do {
            parse_literal(p, node);
        } while (!p->failed && take_punct(p, ","));
    }
    expect_punct(p, ")");
}

static const struct { const char *mark; soql_op op; } marks[] = {
    {"=", SOQL_EQ}, {"!=", SOQL_NE}, {"<>", SOQL_NE}, {"<", SOQL_LT},
    {"<=", SOQL_LE}, {">", SOQL_GT}, {">=", SOQL_GE},
};

static void parse_operator(parser *p, soql_node *node)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (is_punct(p, marks[i].mark)) {
            node->op = marks[i].op;
            advance(p);
            parse_literal(p, node);
            return;
        }
    }
    if (take_word(p, "LIKE")) {
        node->op = SOQL_LIKE;
        parse_literal(p, node);
        return;
    }
    if (take_word(p, "IN"))
        node->op = SOQL_IN;
    else if (take_word(p, "INCLUDES"))
        node->op = SOQL_INCLUDES;
    else if (take_word(p, "EXCLUDES"))
        node->op = SOQL_EXCLUDES;
    else if (take_word(p, "NOT") && take_word(p, "IN"))
        node->op = SOQL_NOT_IN;
    else
        unexpected(p);
    if (!p->failed)
        parse_set(p, node);
}

static soql_node *new_node(parser *p, soql_node_kind kind)
{
    soql_node *node = soql_keep(p->soql, orgsim_alloc(sizeof *node));
    node->kind = kind;
    return node;
}

static soql_node *parse_condition(parser *p);

static soql_node *parse_simple(parser *p)
{
    if (take_punct(p, "(")) {
        soql_node *inner = parse_condition(p);
        expect_punct(p, ")");
        return inner;
    }
    soql_node *node = new_node(p, SOQL_COMPARE);
    node->path = parse_path(p);
    if (!p->failed && !node->path.part && take_punct(p, "(")) {
        node->function = node->path.text;
        node->path = parse_path(p); /* HAVING COUNT(Id) > 1 */
        expect_punct(p, ")");
    }
    if (!p->failed)
        parse_operator(p, node);
    /* The array lives as long as the tree. */
    if (node->literals)
        soql_keep(p->soql, node->literals);
    return node;
}

static soql_node *parse_condition(parser *p)
{
    if (take_word(p, "NOT")) {
        soql_node *negation = new_node(p, SOQL_NOT);
        negation->left = parse_simple(p);
        return negation;
    }
    soql_node *left = parse_simple(p);
    const char *word = is_word(p, "AND") ? "AND" : "OR";
    while (!p->failed && take_word(p, word)) {
        soql_node *both = new_node(p, *word == 'A' ? SOQL_AND : SOQL_OR);
        both->left = left;
        both->right = parse_simple(p);
        left = both;
    }
    return left;
}

static void parse_orders(parser *p)
{
    orgsim_soql *soql = p->soql;
    do {
        ORGSIM_ROOM(soql->orders, soql->order_count, soql->order_cap);
        soql_order *order = &soql->orders[soql->order_count++];
        memset(order, 0, sizeof *order);
        order->path = parse_path(p);
        if (!p->failed && !order->path.part && take_punct(p, "(")) {
            order->function = order->path.text;
            order->path = parse_path(p);
            expect_punct(p, ")");
        }
        if (!take_word(p, "ASC"))
            order->descending = take_word(p, "DESC");
        if (take_word(p, "NULLS")) {
            order->nulls_last = take_word(p, "LAST");
            if (!order->nulls_last)
                expect_word(p, "FIRST");
        }
    } while (!p->failed && take_punct(p, ","));
}

static int64_t parse_count(parser *p)
{
    char *end;
    long long value = p->token.kind == SOQL_LITERAL ? strtoll(p->token.text, &end, 10) : -1;
    if (value < 0) {
        unexpected(p);
        return 0;
    }
    advance(p);
    return value;
}

static void parse_tail(parser *p)
{
    orgsim_soql *soql = p->soql;
    if (take_word(p, "WHERE"))
        soql->where = parse_condition(p);
    if (!p->failed && take_word(p, "GROUP")) {
        expect_word(p, "BY");
        do {
            ORGSIM_ROOM(soql->groups, soql->group_count, soql->group_cap);
            soql->groups[soql->group_count++] = parse_path(p);
        } while (!p->failed && take_punct(p, ","));
        if (!p->failed && take_word(p, "HAVING"))
            soql->having = parse_condition(p);
    }
    if (!p->failed && take_word(p, "ORDER")) {
        expect_word(p, "BY");
        parse_orders(p);
    }
    if (!p->failed && take_word(p, "LIMIT"))
        soql->limit = parse_count(p);
    if (!p->failed && take_word(p, "OFFSET"))
        soql->offset = parse_count(p);
    while (!p->failed && take_word(p, "FOR")) {
        if (!take_word(p, "VIEW") && !take_word(p, "REFERENCE") && !take_word(p, "UPDATE"))
            unexpected(p);
    }
}

int soql_parse(orgsim_soql *soql, size_t at, size_t *end, orgsim_problem *problem)
{
    parser p = {soql, at, {SOQL_END, 0, 0, NULL}, problem, false};
    soql->limit = soql->offset = -1;
    advance(&p);
    expect_word(&p, "SELECT");
    do {
        if (!p.failed)
            parse_item(&p);
    } while (!p.failed && take_punct(&p, ","));
    if (!p.failed)
        expect_word(&p, "FROM");
    if (!p.failed) {
        soql_path from = parse_path(&p);
        soql->from = from.text;
        soql->from_at = from.at;
        if (!p.failed && is_name(&p)) {
            soql->from_alias = p.token.text;
            advance(&p);
        }
        if (!p.failed)
            parse_tail(&p);
    }
    if (!p.failed && !(soql->parent ? is_punct(&p, ")") : p.token.kind == SOQL_END))
        unexpected(&p);
    *end = p.token.at;
    return p.failed ? -1 : 0;
}

int soql_parse_where(orgsim_soql *soql, const char *text, orgsim_problem *problem)
{
    parser p = {soql, 0, {SOQL_END, 0, 0, NULL}, problem, false};
    (void)text;
    soql->limit = soql->offset = -1;
    advance(&p);
    if (!p.failed)
        soql->where = parse_condition(&p);
    if (!p.failed && p.token.kind != SOQL_END)
        unexpected(&p);
    return p.failed ? -1 : 0;
}
