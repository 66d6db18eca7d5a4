/* Files below tests/vectors/. */
#ifndef TESTS_VECTOR_FILE_H
#define TESTS_VECTOR_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/rows.h>
#include <yyjson.h>

/* The parsed file, found from SOURCE_ROOT; a test without its vectors must not pass. */
static inline yyjson_doc *vector_file(const char *name)
{
    char path[1024];
    yyjson_read_err fault;
    const char *root = getenv("SOURCE_ROOT");
    snprintf(path, sizeof path, "%s/tests/vectors/%s", root ? root : ".", name);
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, &fault);
    if (!doc) {
        fprintf(stderr, "%s: %s at byte %zu\n", path, fault.msg, fault.pos);
        exit(1);
    }
    return doc;
}

static inline crmsync_str vector_str(const char *s)
{
    return (crmsync_str){s, s ? strlen(s) : 0};
}

/* A text member of a vector; empty when it is not there. */
static inline crmsync_str vector_text(yyjson_val *object, const char *name)
{
    return vector_str(yyjson_get_str(yyjson_obj_get(object, name)));
}

/* A list of JSON objects as rows; no list gives no rows. Numbers keep their digits. */
static inline crmsync_rows *vector_rows(const crmsync_alloc *alloc, const char *kind,
                                        yyjson_val *list)
{
    size_t i, n, len = 0;
    yyjson_val *item;
    crmsync_rows *rows = NULL;
    if (!list || crmsync_rows_new(alloc, vector_str(kind), NULL, 0, &rows, NULL) != CRMSYNC_OK)
        return NULL;
    yyjson_arr_foreach(list, i, n, item) {
        char *text = yyjson_val_write(item, 0, &len);
        if (crmsync_rows_append_json(rows, (crmsync_str){text, len}, NULL) != CRMSYNC_OK) {
            fprintf(stderr, "no record: %s\n", text);
            exit(1);
        }
        free(text);
    }
    return rows;
}

#endif
