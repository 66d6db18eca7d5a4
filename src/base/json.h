/*
 * The glue to yyjson: reading untrusted JSON with our allocator, a depth limit and error places,
 * and writing JSON straight into a buffer.
 */
#ifndef CRMI_BASE_JSON_H
#define CRMI_BASE_JSON_H

#include <yyjson.h>

#include "base/error.h"

#define CRMI_JSON_MAX_DEPTH 64

yyjson_alc crmi_json_alc(const crmsync_alloc *alloc); /* *alloc must outlive its users */

/*
 * Reads a whole document; numbers stay as written (yyjson raw), so decimals lose no digit.
 * CRMSYNC_E_INVALID with "byte N" as where; CRMSYNC_E_LIMIT when nested too deep. Free the document
 * with yyjson_doc_free.
 */
int32_t crmi_json_read(const crmsync_alloc *alloc, crmsync_str text, yyjson_doc **out,
                       crmsync_error **err);
/* The same of any depth: for readers that go down no further than they know by name. */
int32_t crmi_json_read_deep(const crmsync_alloc *alloc, crmsync_str text, yyjson_doc **out,
                            crmsync_error **err);

/* yyjson's getters are not const-correct. */
static inline yyjson_val *crmi_json_any(const yyjson_val *v)
{
    yyjson_val *any;
    memcpy(&any, &v, sizeof any);
    return any;
}
/* Strings only; NULL ptr = not a string. */
static inline crmsync_str crmi_json_text(const yyjson_val *v)
{
    yyjson_val *s = crmi_json_any(v);
    return yyjson_is_str(s) ? (crmsync_str){unsafe_yyjson_get_str(s), unsafe_yyjson_get_len(s)}
                            : CRMI_STR_EMPTY;
}
/* Digits of a number. */
static inline crmsync_str crmi_json_raw(const yyjson_val *v)
{
    yyjson_val *s = crmi_json_any(v);
    return yyjson_is_raw(s) ? (crmsync_str){unsafe_yyjson_get_raw(s), unsafe_yyjson_get_len(s)}
                            : CRMI_STR_EMPTY;
}

/* Lookups that answer "nothing there" for a NULL or another type. */
crmsync_str crmi_json_member_text(const yyjson_val *object, const char *name);
bool crmi_json_member_i64(const yyjson_val *object, const char *name, int64_t *out);
bool crmi_json_member_u64(const yyjson_val *object, const char *name, uint64_t *out);
bool crmi_json_member_bool(const yyjson_val *object, const char *name, bool fallback);
bool crmi_json_i64(const yyjson_val *v, int64_t *out); /* a raw integer */
yyjson_val *crmi_json_member(const yyjson_val *object, const char *name);

/*
 * Streaming writer. Commas come by themselves: between begin and end of an array call values, of an
 * object call crmi_jw_key (or the *_member forms) then a value.
 */
typedef struct crmi_jw {
    crmi_buf *out;
    bool comma;
} crmi_jw;

crmi_jw crmi_jw_to(crmi_buf *out);
void crmi_jw_object(crmi_jw *w);
void crmi_jw_object_end(crmi_jw *w);
void crmi_jw_array(crmi_jw *w);
void crmi_jw_array_end(crmi_jw *w);
void crmi_jw_key(crmi_jw *w, crmsync_str key);
void crmi_jw_text(crmi_jw *w, crmsync_str s);
void crmi_jw_i64(crmi_jw *w, int64_t v);
void crmi_jw_u64(crmi_jw *w, uint64_t v);
void crmi_jw_bool(crmi_jw *w, bool v);
void crmi_jw_null(crmi_jw *w);
void crmi_jw_raw(crmi_jw *w, crmsync_str json); /* already JSON */
void crmi_jw_member_text(crmi_jw *w, const char *key, crmsync_str s);
void crmi_jw_member_i64(crmi_jw *w, const char *key, int64_t v);
void crmi_jw_member_u64(crmi_jw *w, const char *key, uint64_t v);
void crmi_jw_member_bool(crmi_jw *w, const char *key, bool v);
/* Opens a member whose value is an object or array. */
void crmi_jw_member_object(crmi_jw *w, const char *key);
void crmi_jw_member_array(crmi_jw *w, const char *key);
/* Writes any parsed value back, numbers digit for digit. */
void crmi_jw_value(crmi_jw *w, const yyjson_val *v);

/* Appends "/" and the reference token, escaped as RFC 6901 wants, to a JSON pointer. */
void crmi_pointer_add(crmi_buf *pointer, crmsync_str token);

#endif
