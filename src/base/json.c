#include "base/json.h"

#include <stdio.h>

/* yyjson does not tell old sizes to free, so each block carries its size in front. */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static void *alc_malloc(void *ctx, size_t size)
{
    const crmsync_alloc *a = ctx;
    if (size > SIZE_MAX - sizeof(block_head))
        return NULL;
    block_head *head = crmi_alloc_bytes(a, size + sizeof *head);
    if (!head)
        return NULL;
    head->size = size;
    return head + 1;
}

static void alc_free(void *ctx, void *ptr)
{
    if (ptr) {
        block_head *head = (block_head *)ptr - 1;
        crmi_dealloc(ctx, head, head->size + sizeof *head);
    }
}

static void *alc_realloc(void *ctx, void *ptr, size_t old_size, size_t size)
{
    const crmsync_alloc *a = ctx;
    (void)old_size;
    if (!ptr)
        return alc_malloc(ctx, size);
    if (size > SIZE_MAX - sizeof(block_head))
        return NULL;
    block_head *head = (block_head *)ptr - 1;
    block_head *moved =
        a->realloc(a->ctx, head, head->size + sizeof *head, size + sizeof *head);
    if (!moved)
        return NULL;
    moved->size = size;
    return moved + 1;
}

yyjson_alc crmi_json_alc(const crmsync_alloc *alloc)
{
    void *ctx;
    memcpy(&ctx, &alloc, sizeof ctx);
    return (yyjson_alc){alc_malloc, alc_realloc, alc_free, ctx};
}

/* The containers that are open while a value is walked over. */
typedef struct walk {
    yyjson_obj_iter objects[CRMI_JSON_MAX_DEPTH];
    yyjson_arr_iter arrays[CRMI_JSON_MAX_DEPTH];
    bool is_object[CRMI_JSON_MAX_DEPTH];
    size_t depth;
} walk;

static bool enter(walk *w, yyjson_val *v)
{
    if (w->depth == CRMI_JSON_MAX_DEPTH)
        return false;
    w->is_object[w->depth] = yyjson_is_obj(v);
    if (yyjson_is_obj(v))
        yyjson_obj_iter_init(v, &w->objects[w->depth]);
    else
        yyjson_arr_iter_init(v, &w->arrays[w->depth]);
    w->depth++;
    return true;
}

/* The next value of the innermost container, NULL at its end. */
static yyjson_val *next_inside(walk *w)
{
    if (!w->is_object[w->depth - 1])
        return yyjson_arr_iter_next(&w->arrays[w->depth - 1]);
    yyjson_val *key = yyjson_obj_iter_next(&w->objects[w->depth - 1]);
    return key ? yyjson_obj_iter_get_val(key) : NULL;
}

/* The parser does not recurse, but the readers of parsed values do. */
static bool depth_ok(yyjson_val *root)
{
    walk w;
    w.depth = 0;
    if (!yyjson_is_ctn(root))
        return true;
    enter(&w, root);
    while (w.depth) {
        yyjson_val *v = next_inside(&w);
        if (!v)
            w.depth--;
        else if (yyjson_is_ctn(v) && !enter(&w, v))
            return false;
    }
    return true;
}

int32_t crmi_json_read_deep(const crmsync_alloc *alloc, crmsync_str text, yyjson_doc **out,
                            crmsync_error **err)
{
    char where[40];
    yyjson_read_err fault;
    *out = NULL;
    yyjson_alc alc = crmi_json_alc(alloc);
    char *bytes;
    memcpy(&bytes, &text.ptr, sizeof bytes); /* not written to: the in-situ flag is off */
    *out = yyjson_read_opts(text.len ? bytes : NULL, text.len, YYJSON_READ_NUMBER_AS_RAW, &alc,
                            &fault);
    if (*out)
        return CRMSYNC_OK;
    if (fault.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return crmi_fail_nomem(err);
    crmi_fail(err, CRMSYNC_E_INVALID, "not valid JSON: %s", text.len ? fault.msg : "empty text");
    int n = snprintf(where, sizeof where, "byte %zu", text.len ? fault.pos : (size_t)0);
    crmi_error_set_where(err, (crmsync_str){where, (size_t)n});
    return CRMSYNC_E_INVALID;
}

int32_t crmi_json_read(const crmsync_alloc *alloc, crmsync_str text, yyjson_doc **out,
                       crmsync_error **err)
{
    int32_t rc = crmi_json_read_deep(alloc, text, out, err);
    if (rc || depth_ok(yyjson_doc_get_root(*out)))
        return rc;
    yyjson_doc_free(*out);
    *out = NULL;
    return crmi_fail(err, CRMSYNC_E_LIMIT, "JSON is nested deeper than %d levels",
                     CRMI_JSON_MAX_DEPTH);
}

yyjson_val *crmi_json_member(const yyjson_val *object, const char *name)
{
    return yyjson_obj_get(crmi_json_any(object), name);
}

crmsync_str crmi_json_member_text(const yyjson_val *object, const char *name)
{
    return crmi_json_text(crmi_json_member(object, name));
}

bool crmi_json_i64(const yyjson_val *v, int64_t *out)
{
    return crmi_str_to_i64(crmi_json_raw(v), out);
}

bool crmi_json_member_i64(const yyjson_val *object, const char *name, int64_t *out)
{
    return crmi_json_i64(crmi_json_member(object, name), out);
}

bool crmi_json_member_u64(const yyjson_val *object, const char *name, uint64_t *out)
{
    return crmi_str_to_u64(crmi_json_raw(crmi_json_member(object, name)), out);
}

bool crmi_json_member_bool(const yyjson_val *object, const char *name, bool fallback)
{
    yyjson_val *v = crmi_json_member(object, name);
    return yyjson_is_bool(v) ? yyjson_get_bool(v) : fallback;
}

crmi_jw crmi_jw_to(crmi_buf *out)
{
    return (crmi_jw){out, false};
}

static void jw_begin_value(crmi_jw *w)
{
    if (w->comma)
        crmi_buf_char(w->out, ',');
    w->comma = true;
}

void crmi_jw_object(crmi_jw *w)
{
    jw_begin_value(w);
    crmi_buf_char(w->out, '{');
    w->comma = false;
}

void crmi_jw_object_end(crmi_jw *w)
{
    crmi_buf_char(w->out, '}');
    w->comma = true;
}

void crmi_jw_array(crmi_jw *w)
{
    jw_begin_value(w);
    crmi_buf_char(w->out, '[');
    w->comma = false;
}

void crmi_jw_array_end(crmi_jw *w)
{
    crmi_buf_char(w->out, ']');
    w->comma = true;
}

void crmi_jw_key(crmi_jw *w, crmsync_str key)
{
    jw_begin_value(w);
    crmi_buf_json(w->out, key);
    crmi_buf_char(w->out, ':');
    w->comma = false;
}

void crmi_jw_text(crmi_jw *w, crmsync_str s)
{
    jw_begin_value(w);
    crmi_buf_json(w->out, s);
}

void crmi_jw_i64(crmi_jw *w, int64_t v)
{
    jw_begin_value(w);
    crmi_buf_i64(w->out, v);
}

void crmi_jw_u64(crmi_jw *w, uint64_t v)
{
    jw_begin_value(w);
    crmi_buf_u64(w->out, v);
}

void crmi_jw_bool(crmi_jw *w, bool v)
{
    jw_begin_value(w);
    crmi_buf_lit(w->out, v ? "true" : "false");
}

void crmi_jw_null(crmi_jw *w)
{
    jw_begin_value(w);
    crmi_buf_lit(w->out, "null");
}

void crmi_jw_raw(crmi_jw *w, crmsync_str json)
{
    jw_begin_value(w);
    crmi_buf_add(w->out, json);
}

void crmi_jw_member_text(crmi_jw *w, const char *key, crmsync_str s)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_text(w, s);
}

void crmi_jw_member_i64(crmi_jw *w, const char *key, int64_t v)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_i64(w, v);
}

void crmi_jw_member_u64(crmi_jw *w, const char *key, uint64_t v)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_u64(w, v);
}

void crmi_jw_member_bool(crmi_jw *w, const char *key, bool v)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_bool(w, v);
}

void crmi_jw_member_object(crmi_jw *w, const char *key)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_object(w);
}

void crmi_jw_member_array(crmi_jw *w, const char *key)
{
    crmi_jw_key(w, crmi_str(key));
    crmi_jw_array(w);
}

void crmi_jw_value(crmi_jw *w, const yyjson_val *value)
{
    yyjson_val *v, *k;
    size_t i, n;
    memcpy(&v, &value, sizeof v);
    if (yyjson_is_obj(v)) {
        yyjson_val *member;
        crmi_jw_object(w);
        yyjson_obj_foreach(v, i, n, k, member) {
            crmi_jw_key(w, crmi_json_text(k));
            crmi_jw_value(w, member);
        }
        crmi_jw_object_end(w);
    } else if (yyjson_is_arr(v)) {
        yyjson_val *item;
        crmi_jw_array(w);
        yyjson_arr_foreach(v, i, n, item) crmi_jw_value(w, item);
        crmi_jw_array_end(w);
    } else if (yyjson_is_str(v)) {
        crmi_jw_text(w, crmi_json_text(v));
    } else if (yyjson_is_raw(v)) {
        crmi_jw_raw(w, crmi_json_raw(v));
    } else if (yyjson_is_bool(v)) {
        crmi_jw_bool(w, yyjson_get_bool(v));
    } else {
        crmi_jw_null(w);
    }
}

void crmi_pointer_add(crmi_buf *pointer, crmsync_str token)
{
    crmi_buf_char(pointer, '/');
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] == '~')
            crmi_buf_lit(pointer, "~0");
        else if (token.ptr[i] == '/')
            crmi_buf_lit(pointer, "~1");
        else
            crmi_buf_char(pointer, token.ptr[i]);
    }
}
