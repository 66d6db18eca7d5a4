/* Files below tests/vectors/. */
#ifndef TESTS_VECTOR_FILE_H
#define TESTS_VECTOR_FILE_H

#include <stdio.h>
#include <stdlib.h>

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

#endif
