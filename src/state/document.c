#include "state/document.h"

/* The tag before the value of a stored cell. */
static const struct {
    uint32_t type;
    const char *tag;
    bool textual;
} cell_tags[] = {
    {CRMSYNC_CELL_TEXT, "t", true},       {CRMSYNC_CELL_BOOL, "b", false},
    {CRMSYNC_CELL_DECIMAL, "n", true},    {CRMSYNC_CELL_DATE, "d", false},
    {CRMSYNC_CELL_DATETIME, "dt", false}, {CRMSYNC_CELL_ID, "i", true},
};
#define CELL_TAGS (sizeof cell_tags / sizeof cell_tags[0])

void crmi_cell_write(crmi_jw *w, const crmsync_cell *cell)
{
    if (cell->type == CRMSYNC_CELL_NULL) {
        crmi_jw_null(w);
        return;
    }
    crmi_jw_array(w);
    for (size_t i = 0; i < CELL_TAGS; i++) {
        if (cell_tags[i].type != cell->type)
            continue;
        crmi_jw_text(w, crmi_str(cell_tags[i].tag));
        if (cell_tags[i].textual)
            crmi_jw_text(w, cell->text);
        else if (cell->type == CRMSYNC_CELL_BOOL)
            crmi_jw_bool(w, cell->number != 0);
        else
            crmi_jw_i64(w, cell->number);
    }
    crmi_jw_array_end(w);
}

static int32_t read_tagged(crmi_arena *arena, size_t tag, const yyjson_val *v, crmsync_cell *out)
{
    out->type = cell_tags[tag].type;
    if (cell_tags[tag].textual) {
        crmsync_str text = crmi_json_text(v);
        if (!text.ptr)
            return CRMSYNC_E_CORRUPT;
        return crmi_arena_str(arena, text, &out->text) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
    }
    if (out->type == CRMSYNC_CELL_BOOL) {
        yyjson_val *b;
        memcpy(&b, &v, sizeof b);
        out->number = yyjson_get_bool(b);
        return yyjson_is_bool(b) ? CRMSYNC_OK : CRMSYNC_E_CORRUPT;
    }
    return crmi_json_i64(v, &out->number) ? CRMSYNC_OK : CRMSYNC_E_CORRUPT;
}

int32_t crmi_cell_read(crmi_arena *arena, const yyjson_val *value, crmsync_cell *out)
{
    yyjson_val *v;
    memcpy(&v, &value, sizeof v);
    *out = (crmsync_cell){{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0};
    if (!v)
        return CRMSYNC_OK;
    if (yyjson_is_null(v)) {
        out->type = CRMSYNC_CELL_NULL;
        return CRMSYNC_OK;
    }
    if (yyjson_is_arr(v) && yyjson_arr_size(v) == 0)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(v) || yyjson_arr_size(v) != 2)
        return CRMSYNC_E_CORRUPT;
    crmsync_str tag = crmi_json_text(yyjson_arr_get(v, 0));
    for (size_t i = 0; i < CELL_TAGS; i++) {
        if (crmi_str_is(tag, cell_tags[i].tag))
            return read_tagged(arena, i, yyjson_arr_get(v, 1), out);
    }
    return CRMSYNC_E_CORRUPT;
}

void crmi_fields_write(crmi_jw *w, const char *member, const crmi_named_cell *v, size_t n)
{
    if (n == 0)
        return;
    crmi_jw_member_array(w, member);
    for (size_t i = 0; i < n; i++) {
        crmi_jw_array(w);
        crmi_jw_text(w, v[i].name);
        crmi_cell_write(w, &v[i].cell);
        crmi_jw_array_end(w);
    }
    crmi_jw_array_end(w);
}

int32_t crmi_fields_read(crmi_arena *arena, const yyjson_val *value, crmi_named_cell **out,
                         size_t *n)
{
    yyjson_val *v, *pair;
    size_t i, max;
    memcpy(&v, &value, sizeof v);
    *out = NULL;
    *n = 0;
    if (!v)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(v))
        return CRMSYNC_E_CORRUPT;
    crmi_named_cell *fields = crmi_arena_array(arena, yyjson_arr_size(v) + 1, sizeof *fields);
    if (!fields)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(v, i, max, pair)
    {
        crmsync_str name = crmi_json_text(yyjson_arr_get(pair, 0));
        if (!yyjson_is_arr(pair) || yyjson_arr_size(pair) != 2 || !name.ptr)
            return CRMSYNC_E_CORRUPT;
        if (!crmi_arena_str(arena, name, &fields[i].name))
            return CRMSYNC_E_NOMEM;
        int32_t rc = crmi_cell_read(arena, yyjson_arr_get(pair, 1), &fields[i].cell);
        if (rc)
            return rc;
    }
    *out = fields;
    *n = yyjson_arr_size(v);
    return CRMSYNC_OK;
}

void crmi_name_write(crmi_jw *w, const char *member, crmi_names names, uint32_t value)
{
    crmi_jw_member_text(w, member, crmi_str(names.v[value < names.n ? value : 0]));
}

bool crmi_name_read(const yyjson_val *object, const char *member, crmi_names names, uint32_t *out)
{
    crmsync_str name = crmi_json_member_text(object, member);
    for (uint32_t i = 0; i < names.n; i++) {
        if (crmi_str_is(name, names.v[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool crmi_class_read(const yyjson_val *object, const char *member, uint32_t *out)
{
    crmsync_str name = crmi_json_member_text(object, member);
    *out = CRMSYNC_CLASS_NONE;
    if (!crmi_json_member(object, member))
        return true;
    for (uint32_t i = 0; i <= CRMSYNC_CLASS_INTERNAL; i++) {
        if (crmi_str_is(name, crmsync_class_name(i))) {
            *out = i;
            return true;
        }
    }
    return false;
}

int32_t crmi_document_corrupt(const crmsync_kv_item *item, const char *what, crmsync_error **err)
{
    crmi_fail(err, CRMSYNC_E_CORRUPT, "the stored value of %.*s in space %u cannot be read: %s",
              CRMI_SPELL(item->key), (unsigned)item->space, what);
    crmi_error_set_where(err, item->key);
    return CRMSYNC_E_CORRUPT;
}

int32_t crmi_document_open(const crmsync_alloc *alloc, const crmsync_kv_item *item,
                           yyjson_doc **out, crmsync_error **err)
{
    *out = NULL;
    int32_t rc = crmi_json_read(alloc, item->value, out, err);
    if (rc == CRMSYNC_E_NOMEM)
        return rc;
    if (rc)
        return crmi_document_corrupt(item, "not valid JSON", err);
    if (yyjson_is_obj(yyjson_doc_get_root(*out)))
        return CRMSYNC_OK;
    yyjson_doc_free(*out);
    *out = NULL;
    return crmi_document_corrupt(item, "not a JSON object", err);
}

bool crmi_member_dup(crmi_arena *arena, const yyjson_val *object, const char *name,
                     crmsync_str *out)
{
    return crmi_arena_str(arena, crmi_json_member_text(object, name), out);
}

void crmi_member_text(crmi_jw *w, const char *name, crmsync_str s)
{
    if (s.len)
        crmi_jw_member_text(w, name, s);
}

void crmi_member_u64(crmi_jw *w, const char *name, uint64_t v)
{
    if (v)
        crmi_jw_member_u64(w, name, v);
}

void crmi_member_i64(crmi_jw *w, const char *name, int64_t v)
{
    if (v)
        crmi_jw_member_i64(w, name, v);
}

void crmi_member_true(crmi_jw *w, const char *name, bool v)
{
    if (v)
        crmi_jw_member_bool(w, name, true);
}

void crmi_member_digest(crmi_jw *w, const char *name, uint64_t v)
{
    static const char hex[] = "0123456789abcdef";
    char text[16];
    if (!v)
        return;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = hex[v >> (60 - 4 * i) & 15];
    crmi_jw_member_text(w, name, (crmsync_str){text, sizeof text});
}

bool crmi_digest_read(const yyjson_val *object, const char *name, uint64_t *out)
{
    *out = 0;
    if (!crmi_json_member(object, name))
        return true;
    crmsync_str text = crmi_json_member_text(object, name);
    if (text.len != 16)
        return false;
    for (size_t i = 0; i < 16; i++) {
        char c = text.ptr[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else
            return false;
        *out = *out << 4 | digit;
    }
    return true;
}

static bool is_known(crmsync_str name, const char *const *known)
{
    for (size_t i = 0; known[i]; i++) {
        if (crmi_str_is(name, known[i]))
            return true;
    }
    return false;
}

bool crmi_extra_read(crmi_arena *arena, const yyjson_val *object, const char *const *known,
                     crmsync_str *out)
{
    yyjson_val *o, *key, *value;
    size_t i, n;
    crmi_buf buf;
    *out = CRMI_STR_EMPTY;
    memcpy(&o, &object, sizeof o);
    crmi_buf_init(&buf, arena->alloc);
    crmi_jw w = crmi_jw_to(&buf);
    crmi_jw_object(&w);
    yyjson_obj_foreach(o, i, n, key, value)
    {
        crmsync_str name = crmi_json_text(key);
        if (is_known(name, known))
            continue;
        crmi_jw_key(&w, name);
        crmi_jw_value(&w, value);
    }
    crmi_jw_object_end(&w);
    bool ok = crmi_buf_ok(&buf) && (buf.len == 2 || crmi_arena_str(arena, crmi_buf_str(&buf), out));
    crmi_buf_clear(&buf);
    return ok;
}

void crmi_extra_write(crmi_jw *w, crmsync_str extra)
{
    if (extra.len > 2) /* without its braces */
        crmi_jw_raw(w, crmi_str_sub(extra, 1, extra.len - 2));
}

bool crmi_arena_grow(crmi_arena *arena, void *ptr, size_t *cap, size_t need, size_t size)
{
    void *old;
    memcpy(&old, ptr, sizeof old);
    if (need <= *cap)
        return true;
    size_t want = *cap ? *cap : 4;
    while (want < need) {
        if (want > SIZE_MAX / 2)
            return false;
        want *= 2;
    }
    void *p = crmi_arena_array(arena, want, size);
    if (!p)
        return false;
    if (*cap)
        memcpy(p, old, *cap * size);
    memcpy(ptr, &p, sizeof p);
    *cap = want;
    return true;
}

void crmi_document_put(crmi_commit *c, uint32_t space, crmsync_str key, crmi_buf *value)
{
    if (crmi_buf_ok(value))
        crmi_commit_put(c, space, key, crmi_buf_str(value));
    else
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
    crmi_buf_clear(value);
}
