/*
 * A record's document: one flat JSON object. Text is a string, BOOL true or false, NULL null,
 * DECIMAL a number with its digits as they are; a type that JSON does not know is an object that
 * names it, {"date":20777}, {"datetime":1795170896000}, {"id":"003..."}.
 */
#ifndef CRMI_ADAPTERS_DOCUMENT_H
#define CRMI_ADAPTERS_DOCUMENT_H

#include "host_alloc.h"

typedef struct crmi_member {
    crmsync_str name;
    crmsync_cell cell;
} crmi_member;

typedef struct crmi_document {
    const crmsync_alloc *alloc;
    crmi_member *members;
    size_t count;
    size_t cap;
    char *text; /* names and texts, unescaped */
    size_t text_size;
} crmi_document;

/* CRMSYNC_E_CORRUPT when it is not such a document. The JSON may go afterwards. */
int32_t crmi_document_parse(crmi_document *d, const crmsync_alloc *alloc, crmsync_str json);
void crmi_document_clear(crmi_document *d);
const crmsync_cell *crmi_members_find(const crmi_member *members, size_t n, crmsync_str name);
void crmi_document_write(crmi_bytes *out, const crmi_member *members, size_t n);
bool crmi_document_cell_same(const crmsync_cell *a, const crmsync_cell *b);

#endif
