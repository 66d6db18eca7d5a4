/* rest_search.c: search (SOSL) and parameterizedSearch. */
#include "rest.h"
#include "search.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 2000 };

typedef struct search {
    orgsim_call *call;
    char *text;
    orgsim_search_scope scope;
    size_t left;
    orgsim_buf found;
    bool failed;
} search;

static bool refuse(search *s, const char *format, const char *what)
{
    if (!s->failed) {
        orgsim_refuse_with(s->call, 400, "MALFORMED_SEARCH", format, what);
        s->failed = true;
    }
    return false;
}

static bool scope_named(const char *name, size_t len, orgsim_search_scope *scope)
{
    static const struct { const char *name; orgsim_search_scope scope; } scopes[] = {
        {"ALL", ORGSIM_SEARCH_ALL}, {"SIDEBAR", ORGSIM_SEARCH_ALL},
        {"NAME", ORGSIM_SEARCH_NAME}, {"EMAIL", ORGSIM_SEARCH_EMAIL},
        {"PHONE", ORGSIM_SEARCH_PHONE}};
    for (size_t i = 0; i < sizeof scopes / sizeof *scopes; i++) {
        if (!orgsim_ieq_n(name, len, scopes[i].name))
            continue;
        *scope = scopes[i].scope;
        return true;
    }
    return false;
}

static void one_object(search *s, const char *object, size_t object_len, const char *fields,
                       size_t fields_len)
{
    orgsim_problem problem;
    orgsim_buf soql = {NULL, 0, 0};
    const char *rest = NULL;
    for (size_t i = 0; i + 1 < fields_len && !rest; i++) { /* Name WHERE .. ORDER BY .. LIMIT .. */
        static const char *const words[] = {" WHERE ", " ORDER ", " LIMIT ", " OFFSET "};
        for (size_t k = 0; k < 4 && !rest; k++) {
            size_t len = strlen(words[k]);
            if (i + len <= fields_len && orgsim_ieq_n(fields + i, len, words[k]))
                rest = fields + i;
        }
    }
    size_t names = rest ? (size_t)(rest - fields) : fields_len;
    orgsim_buf_printf(&soql, "SELECT %.*s FROM %.*s%.*s", names ? (int)names : 2,
                      names ? fields : "Id", (int)object_len, object,
                      (int)(fields_len - names), rest ? rest : "");
    if (orgsim_search_object(s->call->org, s->text, s->scope, soql.ptr, s->call->version, &s->left,
                             &s->found, &problem) != 0) {
        orgsim_refuse(s->call, &problem);
        s->failed = true;
    }
    orgsim_buf_clear(&soql);
}

/* Links and the like are found by nobody. */
static bool searchable(const orgsim_object *object)
{
    for (size_t i = 0; i < object->field_count; i++) {
        if (object->fields[i]->flags & ORGSIM_F_NAME)
            return !object->hidden && (object->flags & ORGSIM_O_DELETABLE);
    }
    return false;
}

static void all_objects(search *s)
{
    const orgsim *org = s->call->org;
    for (size_t i = 0; i < org->object_count && !s->failed; i++) {
        const orgsim_object *object = &org->objects[i];
        if (searchable(object))
            one_object(s, object->name, strlen(object->name), "Id", 2);
    }
}

static void finish(search *s)
{
    orgsim_call *call = s->call;
    bool bare = strtod(call->version, NULL) < 37;
    if (!s->failed) {
        orgsim_buf_puts(&call->out, bare ? "[" : "{\"searchRecords\":[");
        orgsim_buf_puts(&call->out, s->found.len ? s->found.ptr : "");
        orgsim_buf_puts(&call->out, bare ? "]" : "]}");
        orgsim_answer(call, 200);
    }
    orgsim_buf_clear(&s->found);
    free(s->text);
}

static bool text_long_enough(search *s)
{
    size_t signs = 0;
    for (const char *c = s->text; *c; c++)
        signs += isalnum((unsigned char)*c) || (unsigned char)*c >= 0x80;
    return signs > 1 || refuse(s, "search term must be longer than one character: %s", s->text);
}

/* ---- FIND {text} IN ALL FIELDS RETURNING Contact(Id, Name), Lead LIMIT 5 ---- */

static const char *blanks(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static size_t word_length(const char *at)
{
    size_t len = 0;
    while (isalnum((unsigned char)at[len]) || at[len] == '_')
        len++;
    return len;
}

static bool take(const char **at, const char *word)
{
    const char *from = blanks(*at);
    size_t len = word_length(from);
    if (!len || !orgsim_ieq_n(from, len, word))
        return false;
    *at = from + len;
    return true;
}

/* The text between braces; a backslash keeps the sign after it. */
static bool find_text(search *s, const char **at)
{
    const char *from = blanks(*at), *end;
    if (!take(at, "FIND"))
        return refuse(s, "unexpected token: '%s'", from);
    from = blanks(*at);
    if (*from != '{')
        return refuse(s, "expecting '{', found '%s'", from);
    for (end = ++from; *end && *end != '}'; end++) {
        if (*end == '\\' && end[1])
            end++;
    }
    if (!*end)
        return refuse(s, "no '}' after '%s'", from);
    s->text = orgsim_copy(from, (size_t)(end - from));
    *at = end + 1;
    return text_long_enough(s);
}

static bool find_scope(search *s, const char **at)
{
    if (!take(at, "IN"))
        return true;
    const char *from = blanks(*at);
    size_t len = word_length(from);
    if (!scope_named(from, len, &s->scope))
        return refuse(s, "unexpected token: '%s'", from);
    *at = from + len;
    return take(at, "FIELDS") || refuse(s, "expecting FIELDS, found '%s'", blanks(*at));
}

/* Up to the bracket that closes; quotes hide what is within them. NULL = none. */
static const char *closing(const char *at)
{
    int depth = 1;
    bool quoted = false;
    for (; *at; at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        else if (*at == '\'')
            quoted = !quoted;
        else if (!quoted && *at == '(')
            depth++;
        else if (!quoted && *at == ')' && --depth == 0)
            return at;
    }
    return NULL;
}

static bool find_returning(search *s, const char **at)
{
    do {
        const char *name = blanks(*at), *fields = "", *end;
        size_t len = word_length(name), fields_len = 0;
        if (!len)
            return refuse(s, "expecting an object, found '%s'", name);
        *at = blanks(name + len);
        if (**at == '(') {
            fields = blanks(*at + 1);
            end = closing(fields);
            if (!end)
                return refuse(s, "no ')' after '%s'", fields);
            fields_len = (size_t)(end - fields);
            *at = blanks(end + 1);
        }
        one_object(s, name, len, fields, fields_len);
    } while (!s->failed && **at == ',' && ++*at);
    return !s->failed;
}

static void read_limit(search *s, const char *text)
{
    const char *at = strrchr(text, '}');
    for (; at && *at; at++) { /* the LIMIT after the last bracket is that of the whole */
        const char *number = at;
        if (*at == ')' || !isspace((unsigned char)*at) || !take(&number, "LIMIT"))
            continue;
        char *end;
        unsigned long most = strtoul(number, &end, 10);
        if (!*blanks(end) && most < s->left)
            s->left = most;
    }
}

void orgsim_rest_search(orgsim_call *call)
{
    search s = {.call = call, .scope = ORGSIM_SEARCH_ALL, .left = MOST_ROWS};
    char *sosl = orgsim_parameter(call, "q");
    const char *at = sosl ? sosl : "";
    read_limit(&s, at);
    if (find_text(&s, &at) && find_scope(&s, &at)) {
        if (!take(&at, "RETURNING"))
            all_objects(&s);
        else
            find_returning(&s, &at);
    }
    if (!s.failed && take(&at, "LIMIT"))
        at += strspn(at, " 0123456789");
    if (!s.failed && *blanks(at))
        refuse(&s, "unexpected token: '%s'", blanks(at));
    finish(&s);
    free(sosl);
}

/* ---- parameterizedSearch ---- */

static char *joined(yyjson_val *list)
{
    orgsim_buf out = {NULL, 0, 0};
    size_t i, max;
    yyjson_val *name;
    orgsim_buf_put(&out, "", 0);
    yyjson_arr_foreach(list, i, max, name) {
        orgsim_buf_printf(&out, "%s%s", i ? "," : "", yyjson_get_str(name));
    }
    return orgsim_buf_take(&out);
}

static void search_listed(search *s, yyjson_val *body)
{
    size_t i, max;
    yyjson_val *one, *objects = yyjson_obj_get(body, "sobjects");
    yyjson_val *shared = yyjson_obj_get(body, "fields");
    yyjson_arr_foreach(objects, i, max, one) {
        const char *name = yyjson_get_str(yyjson_obj_get(one, "name"));
        yyjson_val *own = yyjson_obj_get(one, "fields");
        char *fields = joined(own ? own : shared);
        if (name && !s->failed)
            one_object(s, name, strlen(name), fields, strlen(fields));
        free(fields);
    }
    if (!yyjson_arr_size(objects))
        all_objects(s);
}

static void search_named(search *s)
{
    char *object = orgsim_parameter(s->call, "sobject"), *own = NULL;
    char *fields = orgsim_parameter(s->call, "fields");
    if (object) {
        orgsim_buf name = {NULL, 0, 0};
        orgsim_buf_printf(&name, "%s.fields", object);
        own = orgsim_parameter(s->call, name.ptr);
        orgsim_buf_clear(&name);
    }
    const char *asked = own ? own : fields ? fields : "Id";
    if (object)
        one_object(s, object, strlen(object), asked, strlen(asked));
    else
        all_objects(s);
    free(own);
    free(fields);
    free(object);
}

void orgsim_rest_parameterized_search(orgsim_call *call)
{
    search s = {.call = call, .scope = ORGSIM_SEARCH_ALL, .left = MOST_ROWS};
    bool post = strcmp(call->method, "POST") == 0;
    yyjson_val *body = post ? orgsim_body(call) : NULL;
    if (post && !body)
        return;
    const char *text = yyjson_get_str(yyjson_obj_get(body, "q"));
    char *in = post ? orgsim_copy_text(yyjson_get_str(yyjson_obj_get(body, "in")))
                    : orgsim_parameter(call, "in");
    s.text = post ? orgsim_copy_text(text ? text : "") : orgsim_parameter(call, "q");
    s.text = s.text ? s.text : orgsim_copy_text("");
    if (in && !scope_named(in, strlen(in), &s.scope))
        refuse(&s, "in: unknown scope '%s'", in);
    else if (text_long_enough(&s) && post)
        search_listed(&s, body);
    else if (!s.failed)
        search_named(&s);
    finish(&s);
    free(in);
}
