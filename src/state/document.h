/*
 * The JSON documents that values are: typed cells, names for numbers, and members that a newer
 * version wrote and this one keeps.
 */
#ifndef CRMI_STATE_DOCUMENT_H
#define CRMI_STATE_DOCUMENT_H

#include "base/json.h"
#include "model/link.h"
#include "state/store.h"

/* A field and its value. */
typedef struct crmi_named_cell {
    crmsync_str name;
    crmsync_cell cell;
} crmi_named_cell;

/* Exact: null, ["t","x"], ["b",true], ["n","12.50"], ["d",20000], ["dt",1700000000000],
 * ["i","003..."]; [] = absent. */
void crmi_cell_write(crmi_jw *w, const crmsync_cell *cell);
/* Texts are copied into the arena. CRMSYNC_E_CORRUPT, CRMSYNC_E_NOMEM. */
int32_t crmi_cell_read(crmi_arena *arena, const yyjson_val *v, crmsync_cell *out);
/* [["Email",["t","a@b.example"]], ...] */
void crmi_fields_write(crmi_jw *w, const char *member, const crmi_named_cell *v, size_t n);
int32_t crmi_fields_read(crmi_arena *arena, const yyjson_val *v, crmi_named_cell **out, size_t *n);

/* Stored names of small enumerations; a number without a name is written as the first one. */
typedef struct crmi_names {
    const char *const *v;
    size_t n;
} crmi_names;
void crmi_name_write(crmi_jw *w, const char *member, crmi_names names, uint32_t value);
bool crmi_name_read(const yyjson_val *object, const char *member, crmi_names names, uint32_t *out);

/* A member that holds the name of a CRMSYNC_CLASS_*; absent = NONE; false = no such name. */
bool crmi_class_read(const yyjson_val *object, const char *member, uint32_t *out);

/* Opens the document of an entry. CRMSYNC_E_CORRUPT with the key as where; free the document. */
int32_t crmi_document_open(const crmsync_alloc *alloc, const crmsync_kv_item *item,
                           yyjson_doc **out, crmsync_error **err);
int32_t crmi_document_corrupt(const crmsync_kv_item *item, const char *what, crmsync_error **err);

/* Copies a member's text; an absent member gives an empty view. false = no memory. */
bool crmi_member_dup(crmi_arena *arena, const yyjson_val *object, const char *name,
                     crmsync_str *out);
/* Writes a member unless it is empty or 0. */
void crmi_member_text(crmi_jw *w, const char *name, crmsync_str s);
void crmi_member_u64(crmi_jw *w, const char *name, uint64_t v);
void crmi_member_i64(crmi_jw *w, const char *name, int64_t v);
void crmi_member_true(crmi_jw *w, const char *name, bool v);
void crmi_member_digest(crmi_jw *w, const char *name, uint64_t v); /* 16 hex digits */
bool crmi_digest_read(const yyjson_val *object, const char *name, uint64_t *out); /* absent = 0 */

/*
 * Members of `object` that are not among `known` (names, NULL at the end), as an object; empty when
 * there are none. false = no memory. They are written back before the object ends.
 */
bool crmi_extra_read(crmi_arena *arena, const yyjson_val *object, const char *const *known,
                     crmsync_str *out);
void crmi_extra_write(crmi_jw *w, crmsync_str extra);

/* Grows an array that lives in an arena to hold `need` elements; doubles. false = no memory. */
bool crmi_arena_grow(crmi_arena *arena, void *ptr, size_t *cap, size_t need, size_t size);
/* A put of a finished document; one that ran out of memory spoils the set. Clears the buffer. */
void crmi_document_put(crmi_commit *c, uint32_t space, crmsync_str key, crmi_buf *value);

#endif
