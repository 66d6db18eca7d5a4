#include "salesforce/soql_check.h"

#include <stdio.h>

#include "salesforce/soql.h"

enum { END = 0, NAME, TEXT, MARK, BAD };

typedef struct token {
    int kind;
    size_t at;
    crmsync_str text;
} token;

typedef struct checker {
    crmsync_str soql;
    size_t at;
    token t;
    crmsync_error **err;
} checker;

static int32_t refuse(const checker *c, size_t at, const char *what)
{
    char where[32];
    snprintf(where, sizeof where, "byte %zu", at);
    crmi_fail(c->err, CRMSYNC_E_INVALID, "SOQL: %s", what);
    crmi_error_set_where(c->err, crmi_str(where));
    return CRMSYNC_E_INVALID;
}

static bool name_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || ch == '.';
}

/* Past the closing quote; 0 = there is none. */
static size_t text_end(crmsync_str s, size_t at)
{
    for (size_t i = at + 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '\'')
            return i + 1;
    }
    return 0;
}

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

/* What operators, dates, numbers and lists are made of. No semicolon, slash, star, back quote. */
static bool mark_char(char ch)
{
    return ch != '\0' && strchr("(),=<>!+-:%", ch) != NULL;
}

static void advance(checker *c)
{
    crmsync_str s = c->soql;
    while (c->at < s.len && is_blank(s.ptr[c->at]))
        c->at++;
    size_t from = c->at, end = from + 1;
    c->t = (token){END, from, CRMI_STR_EMPTY};
    if (from == s.len)
        return;
    c->t.kind = BAD;
    if (name_char(s.ptr[from])) {
        while (end < s.len && name_char(s.ptr[end]))
            end++;
        c->t.kind = NAME;
    } else if (s.ptr[from] == '\'') {
        end = text_end(s, from);
        c->t.kind = end ? TEXT : BAD;
    } else if (mark_char(s.ptr[from])) {
        bool comment = s.ptr[from] == '-' && end < s.len && s.ptr[end] == '-';
        c->t.kind = comment ? BAD : MARK;
    }
    c->t.text = crmi_str_sub(s, from, end > from ? end - from : 0);
    c->at = end ? end : s.len;
}

static bool is_word(const checker *c, const char *word)
{
    return c->t.kind == NAME && crmi_str_eq_ci(c->t.text, crmi_str(word));
}

static bool is_mark(const checker *c, char mark)
{
    return c->t.kind == MARK && c->t.text.ptr[0] == mark;
}

static bool any_word(const checker *c, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_word(c, words[i]))
            return true;
    return false;
}

/* Names that begin a clause are no fields and no objects. */
static const char *const reserved[] = {"SELECT", "FROM",  "WHERE", "WITH",   "ORDER",  "GROUP",
                                       "HAVING", "LIMIT", "FOR",   "UPDATE", "OFFSET", "TYPEOF",
                                       "USING",  "AND",   "OR",    "NOT",    "IN",     "LIKE",
                                       "BY",     "ALL",   "NULL",  "TRUE",   "FALSE"};
#define N_RESERVED (sizeof reserved / sizeof *reserved)

static int32_t take_field(checker *c, crmi_query_column *fields, crmi_soql_parts *out)
{
    if (c->t.kind != NAME || !crmi_soql_name_ok(c->t.text) || any_word(c, reserved, N_RESERVED))
        return refuse(c, c->t.at, "the name of a field is expected here");
    if (out->count == CRMI_SOQL_FIELDS_MAX)
        return refuse(c, c->t.at, "too many fields");
    fields[out->count++] = (crmi_query_column){c->t.text, CRMSYNC_CELL_ABSENT};
    out->has_id = out->has_id || crmi_str_eq_ci(c->t.text, CRMI_STR("Id"));
    advance(c);
    if (is_mark(c, '(')) /* they give other columns than their names say */
        return refuse(c, c->t.at, "functions are not taken, only plain fields");
    return CRMSYNC_OK;
}

static int32_t take_fields(checker *c, crmi_query_column *fields, crmi_soql_parts *out)
{
    int32_t rc = take_field(c, fields, out);
    while (!rc && is_mark(c, ',')) {
        advance(c);
        rc = take_field(c, fields, out);
    }
    return rc;
}

static int32_t take_object(checker *c, crmi_soql_parts *out)
{
    out->from_at = c->t.at;
    if (!is_word(c, "FROM"))
        return refuse(c, c->t.at, "FROM is expected here");
    advance(c);
    if (c->t.kind != NAME || !crmi_soql_name_ok(c->t.text) || crmi_str_chr(c->t.text, '.') >= 0 ||
        any_word(c, reserved, N_RESERVED))
        return refuse(c, c->t.at, "the name of an object is expected here");
    out->object = c->t.text;
    advance(c);
    return CRMSYNC_OK;
}

/* Only these may follow; an alias of the object would rename the fields. */
static bool begins_clause(const checker *c)
{
    static const char *const words[] = {"WHERE", "WITH", "ORDER", "LIMIT", "OFFSET", "USING"};
    return any_word(c, words, sizeof words / sizeof *words);
}

static bool is_refused(const checker *c)
{
    static const char *const words[] = {"GROUP", "HAVING", "FOR", "UPDATE", "ALL", "TYPEOF"};
    return any_word(c, words, sizeof words / sizeof *words);
}

/* Where the clauses of the outer statement begin. */
static void mark_clause(const checker *c, crmi_soql_parts *out)
{
    static const char *const rest[] = {"WITH", "ORDER", "LIMIT", "OFFSET"};
    if (is_word(c, "WHERE") && !out->where_at)
        out->where_at = c->t.at;
    if (any_word(c, rest, 4) && out->rest_at == c->soql.len)
        out->rest_at = c->t.at;
    if (any_word(c, rest + 1, 3) && out->order_at == c->soql.len)
        out->order_at = c->t.at;
    out->limited = out->limited || any_word(c, rest + 2, 2);
}

static int32_t take_rest(checker *c, crmi_soql_parts *out)
{
    static const char *const orders[] = {"ORDER", "LIMIT", "OFFSET"};
    size_t depth = 0;
    out->rest_at = out->order_at = c->soql.len;
    if (c->t.kind != END && !begins_clause(c))
        return refuse(c, c->t.at, "WHERE, WITH, ORDER BY, LIMIT or the end is expected here");
    for (; c->t.kind != END; advance(c)) {
        if (c->t.kind == BAD)
            return refuse(c, c->t.at, "no comment, open quote, semicolon or other sign is taken");
        if (is_refused(c))
            return refuse(c, c->t.at, "this clause is not taken");
        out->ordered = out->ordered || (!depth && any_word(c, orders, 3));
        if (!depth)
            mark_clause(c, out);
        depth += is_mark(c, '(');
        if (depth > CRMI_SOQL_DEPTH_MAX)
            return refuse(c, c->t.at, "nested too deep");
        if (is_mark(c, ')') && !depth)
            return refuse(c, c->t.at, "a parenthesis too many");
        depth -= is_mark(c, ')');
        if (!depth && (is_word(c, "SELECT") || is_word(c, "FROM")))
            return refuse(c, c->t.at, "one statement, please");
    }
    return depth ? refuse(c, c->t.at, "a parenthesis is open") : CRMSYNC_OK;
}

int32_t crmi_soql_check(crmi_arena *arena, crmsync_str soql, crmi_soql_parts *out,
                        crmsync_error **err)
{
    checker c = {.soql = soql, .err = err};
    size_t bad_at, most = 1;
    memset(out, 0, sizeof *out);
    if (soql.len > CRMI_SOQL_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "SOQL: %zu bytes, %d are allowed", soql.len,
                         CRMI_SOQL_MAX);
    if (!crmi_str_utf8_valid(soql, &bad_at))
        return refuse(&c, bad_at, "not UTF-8");
    for (size_t i = 0; i < soql.len && most < CRMI_SOQL_FIELDS_MAX; i++)
        most += soql.ptr[i] == ',';
    crmi_query_column *fields = crmi_arena_array(arena, most, sizeof *fields);
    if (!fields)
        return crmi_fail_nomem(err);
    out->fields = fields;
    advance(&c);
    int32_t rc =
        is_word(&c, "SELECT") ? CRMSYNC_OK : refuse(&c, c.t.at, "only SELECT statements are taken");
    advance(&c);
    if (!rc)
        rc = take_fields(&c, fields, out);
    if (!rc)
        rc = take_object(&c, out);
    if (!rc)
        rc = take_rest(&c, out);
    if (rc)
        memset(out, 0, sizeof *out);
    return rc;
}

void crmi_soql_ids(crmi_buf *out, crmsync_str soql, const crmi_soql_parts *parts,
                   crmsync_str column, crmsync_str after)
{
    size_t head_end = parts->where_at ? parts->where_at : parts->rest_at;
    const char *glue = " WHERE ";
    crmi_buf_lit(out, "SELECT ");
    crmi_buf_add(out, column);
    crmi_buf_char(out, ' ');
    if (parts->limited) {
        crmi_buf_add(out, crmi_str_sub(soql, parts->from_at, soql.len));
        return;
    }
    crmi_buf_add(out, crmi_str_trim(crmi_str_sub(soql, parts->from_at, head_end - parts->from_at)));
    if (parts->where_at) {
        size_t at = parts->where_at + 5;
        crmi_buf_lit(out, " WHERE (");
        crmi_buf_add(out, crmi_str_trim(crmi_str_sub(soql, at, parts->rest_at - at)));
        crmi_buf_char(out, ')');
        glue = " AND ";
    }
    if (after.len) {
        crmi_buf_lit(out, glue);
        crmi_buf_add(out, column);
        crmi_buf_lit(out, " > ");
        crmi_soql_text(out, after);
    }
    if (parts->order_at > parts->rest_at) {
        crmi_buf_char(out, ' ');
        crmi_buf_add(out, crmi_str_trim(crmi_str_sub(soql, parts->rest_at,
                                                     parts->order_at - parts->rest_at)));
    }
    crmi_buf_lit(out, " ORDER BY ");
    crmi_buf_add(out, column);
}
