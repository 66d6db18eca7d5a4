/* test_orgsim.h: asking the simulated org, for its own tests. */
#ifndef TEST_ORGSIM_H
#define TEST_ORGSIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <yyjson.h>

#include "orgsim.h"

typedef struct reply {
    int status;
    orgsim_response response;
    yyjson_doc *doc;
    yyjson_val *root;
} reply;

static inline crmsync_str view(const char *text)
{
    crmsync_str s = {text, strlen(text)};
    return s;
}

/* `extra` is one more header "Name: value", or NULL. */
static inline reply ask_with(orgsim *org, const char *method, const char *target,
                             const char *body, const char *extra)
{
    char bearer[256], name[64] = "X-None";
    const char *value = "";
    snprintf(bearer, sizeof bearer, "Bearer %s", orgsim_access_token(org));
    if (extra) {
        size_t len = strcspn(extra, ":");
        snprintf(name, sizeof name, "%.*s", (int)len, extra);
        value = extra + len + 2;
    }
    crmsync_header headers[] = {{view("Authorization"), view(bearer)},
                                {view("Content-Type"), view("application/json")},
                                {view(name), view(value)}};
    orgsim_request request = {view(method), view(target), headers, 3, view(body ? body : "")};
    reply r;
    memset(&r, 0, sizeof r);
    orgsim_handle(org, &request, &r.response);
    r.status = r.response.status;
    r.doc = yyjson_read(r.response.body, r.response.body_len, 0);
    r.root = yyjson_doc_get_root(r.doc);
    return r;
}

static inline reply ask(orgsim *org, const char *method, const char *target, const char *body)
{
    return ask_with(org, method, target, body, "Sforce-Auto-Assign: FALSE");
}

static inline void done(reply *r)
{
    yyjson_doc_free(r->doc);
    orgsim_response_clear(&r->response);
}

static inline const char *text_at(const reply *r, const char *pointer)
{
    const char *text = yyjson_get_str(yyjson_ptr_get(r->root, pointer));
    return text ? text : "(none)";
}

static inline const char *header_of(const reply *r, const char *name)
{
    for (size_t i = 0; i < r->response.header_count; i++) {
        if (strcmp(r->response.headers[i].name.ptr, name) == 0)
            return r->response.headers[i].value.ptr;
    }
    return NULL;
}

/* One value by SOQL that gives one row; to be freed. */
static inline char *field_of(orgsim *org, const char *id, const char *object, const char *field)
{
    char soql[256];
    snprintf(soql, sizeof soql, "SELECT %s FROM %s WHERE Id = '%s'", field, object, id);
    char *json = orgsim_query(org, soql, true);
    yyjson_doc *doc = yyjson_read(json ? json : "", json ? strlen(json) : 0, 0);
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/records/0/%s", field);
    yyjson_val *value = yyjson_ptr_get(yyjson_doc_get_root(doc), pointer);
    char *text = value ? yyjson_val_write(value, 0, NULL) : NULL;
    yyjson_doc_free(doc);
    orgsim_string_free(json);
    return text;
}

static inline void assert_field(orgsim *org, const char *id, const char *object,
                                const char *field, const char *json)
{
    char *text = field_of(org, id, object, field);
    assert_non_null(text);
    assert_string_equal(text, json);
    free(text);
}

#endif
