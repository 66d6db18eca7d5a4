#include "state/runlog.h"

#define TIME_DIGITS 15

static crmi_key log_key(int64_t time_ms, crmsync_str run, uint64_t n)
{
    crmi_key k;
    crmi_key_init(&k);
    crmi_key_digits(&k, time_ms > 0 ? (uint64_t)time_ms : 0, TIME_DIGITS);
    crmi_key_part(&k, run);
    crmi_key_digits(&k, n, 9);
    return k;
}

#define LOG_MEMBER(name, member)                                                                   \
    {                                                                                              \
        name, offsetof(crmi_log_row, member)                                                       \
    }
static const struct {
    const char *member;
    size_t offset;
} texts[] = {
    LOG_MEMBER("run", run),         LOG_MEMBER("direction", direction), LOG_MEMBER("op", op),
    LOG_MEMBER("object", object),   LOG_MEMBER("kind", local_kind),     LOG_MEMBER("id", local_id),
    LOG_MEMBER("crm_id", crm_id),   LOG_MEMBER("reason", reason),       LOG_MEMBER("code", code),
    LOG_MEMBER("message", message), LOG_MEMBER("actor", actor),
};
#define TEXTS (sizeof texts / sizeof texts[0])

enum { DETAIL_VALUES, DETAIL_NAMES, DETAIL_NONE };

static void encode_field(crmi_jw *w, const crmi_log_field *f, int detail)
{
    crmi_jw_object(w);
    crmi_member_text(w, "local", f->local);
    crmi_member_text(w, "remote", f->remote);
    if (detail == DETAIL_VALUES && f->before.type != CRMSYNC_CELL_ABSENT) {
        crmi_jw_key(w, CRMI_STR("old"));
        crmi_cell_write(w, &f->before);
    }
    if (detail == DETAIL_VALUES && f->after.type != CRMSYNC_CELL_ABSENT) {
        crmi_jw_key(w, CRMI_STR("new"));
        crmi_cell_write(w, &f->after);
    }
    crmi_member_text(w, "decision", f->decision);
    crmi_jw_object_end(w);
}

static void encode(crmi_buf *out, const crmi_log_row *row, int detail)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_jw_member_i64(&w, "time", row->time_ms);
    crmi_jw_member_u64(&w, "n", row->n);
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        memcpy(&s, (const char *)row + texts[i].offset, sizeof s);
        crmi_member_text(&w, texts[i].member, s);
    }
    if (row->error_class)
        crmi_jw_member_text(&w, "class", crmi_str(crmsync_class_name(row->error_class)));
    if (row->field_count && detail != DETAIL_NONE) {
        crmi_jw_member_array(&w, "fields");
        for (size_t i = 0; i < row->field_count; i++)
            encode_field(&w, &row->fields[i], detail);
        crmi_jw_array_end(&w);
    }
    crmi_jw_object_end(&w);
}

void crmi_log_put(crmi_commit *c, const crmi_log_row *row)
{
    crmi_key key = log_key(row->time_ms, row->run, row->n);
    crmi_buf value;
    crmi_buf_init(&value, c->store->alloc);
    for (int detail = DETAIL_VALUES; detail <= DETAIL_NONE; detail++) {
        crmi_buf_reset(&value);
        encode(&value, row, detail);
        if (value.len <= c->store->ops->max_value)
            break;
    }
    crmi_document_put(c, CRMSYNC_SPACE_LOG, crmi_key_str(&key), &value);
}

static int32_t decode_fields(crmi_arena *arena, yyjson_val *list, crmi_log_row *row)
{
    yyjson_val *o;
    size_t i, n;
    if (!list)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    crmi_log_field *fields = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *fields);
    if (!fields)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, o)
    {
        if (!crmi_member_dup(arena, o, "local", &fields[i].local) ||
            !crmi_member_dup(arena, o, "remote", &fields[i].remote) ||
            !crmi_member_dup(arena, o, "decision", &fields[i].decision))
            return CRMSYNC_E_NOMEM;
        int32_t rc = crmi_cell_read(arena, crmi_json_member(o, "old"), &fields[i].before);
        if (!rc)
            rc = crmi_cell_read(arena, crmi_json_member(o, "new"), &fields[i].after);
        if (rc)
            return rc;
    }
    row->fields = fields;
    row->field_count = yyjson_arr_size(list);
    return CRMSYNC_OK;
}

static int32_t decode(crmi_arena *arena, const yyjson_val *o, crmi_log_row *row)
{
    *row = (crmi_log_row){.time_ms = 0};
    if (!crmi_json_member_i64(o, "time", &row->time_ms) || !crmi_json_member_u64(o, "n", &row->n) ||
        !crmi_class_read(o, "class", &row->error_class))
        return CRMSYNC_E_CORRUPT;
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        if (!crmi_member_dup(arena, o, texts[i].member, &s))
            return CRMSYNC_E_NOMEM;
        memcpy((char *)row + texts[i].offset, &s, sizeof s);
    }
    return decode_fields(arena, crmi_json_member(o, "fields"), row);
}

/* A query under way. */
typedef struct query {
    const crmi_store *store;
    const crmi_log_filter *filter;
    crmi_log_fn visit;
    void *ctx;
} query;

static bool wanted(crmsync_str want, crmsync_str is)
{
    return want.len == 0 || crmi_str_eq(want, is);
}

static bool matches(const crmi_log_filter *f, const crmi_log_row *row)
{
    return wanted(f->direction, row->direction) && wanted(f->object, row->object) &&
           wanted(f->op, row->op) && wanted(f->run, row->run) &&
           wanted(f->local_kind, row->local_kind) && wanted(f->local_id, row->local_id) &&
           wanted(f->crm_id, row->crm_id) && wanted(f->reason, row->reason) &&
           (!f->error_class || f->error_class == row->error_class);
}

static int32_t query_one(const query *q, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_arena arena;
    yyjson_doc *doc;
    crmi_log_row row;
    int32_t rc = crmi_document_open(q->store->alloc, item, &doc, err);
    if (rc)
        return rc;
    crmi_arena_init(&arena, q->store->alloc);
    rc = decode(&arena, yyjson_doc_get_root(doc), &row);
    yyjson_doc_free(doc);
    if (rc == CRMSYNC_E_NOMEM)
        rc = crmi_fail_nomem(err);
    else if (rc)
        rc = crmi_document_corrupt(item, "not a log row", err);
    else if (matches(q->filter, &row))
        rc = q->visit(q->ctx, &row, err);
    crmi_arena_clear(&arena);
    return rc;
}

static crmi_key time_key(int64_t time_ms)
{
    crmi_key k;
    crmi_key_init(&k);
    if (time_ms > 0)
        crmi_key_digits(&k, (uint64_t)time_ms, TIME_DIGITS);
    return k;
}

static int32_t query_page(const query *q, const crmi_items *page, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < page->n; i++)
        rc = query_one(q, &page->v[i], err);
    return rc;
}

int32_t crmi_log_query(const crmi_store *store, const crmi_log_filter *filter, crmi_log_fn visit,
                       void *ctx, crmsync_error **err)
{
    enum { PAGE = 500 };
    query q = {store, filter, visit, ctx};
    crmi_key from = time_key(filter->from_ms), to = time_key(filter->to_ms);
    crmi_items page;
    int32_t rc;
    crmi_items_init(&page, store->alloc);
    do {
        rc = crmi_store_scan(store, CRMSYNC_SPACE_LOG, crmi_key_str(&from), crmi_key_str(&to), PAGE,
                             filter->newest_first ? CRMSYNC_SCAN_REVERSE : 0, &page, err);
        if (!rc)
            rc = query_page(&q, &page, err);
        if (rc || page.n == 0)
            break;
        crmi_key *edge = filter->newest_first ? &to : &from;
        crmsync_str last = page.v[page.n - 1].key;
        edge->len = last.len;
        memcpy(edge->bytes, last.ptr, last.len);
        if (!filter->newest_first && edge->len < CRMI_KEY_MAX)
            edge->bytes[edge->len++] = 0; /* the least key above it */
        edge->bytes[edge->len] = 0;
    } while (page.n == PAGE);
    crmi_items_clear(&page);
    return rc == CRMI_VISIT_STOP ? CRMSYNC_OK : rc;
}

int32_t crmi_log_clear(const crmi_store *store, int64_t before_ms, crmsync_error **err)
{
    crmi_key to = time_key(before_ms);
    if (before_ms <= 0)
        return CRMSYNC_OK;
    return crmi_store_clear(store, CRMSYNC_SPACE_LOG, CRMI_STR_EMPTY, crmi_key_str(&to), err);
}

typedef struct eraser {
    const crmi_store *store;
    size_t erased;
} eraser;

static int32_t erase(void *ctx, const crmi_log_row *row, crmsync_error **err)
{
    eraser *e = ctx;
    crmi_key key = log_key(row->time_ms, row->run, row->n);
    crmi_commit c;
    crmi_commit_init(&c, e->store);
    crmi_commit_delete(&c, CRMSYNC_SPACE_LOG, crmi_key_str(&key));
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    e->erased += rc ? 0 : 1;
    return rc;
}

int32_t crmi_log_forget(const crmi_store *store, crmsync_str local_kind, crmsync_str local_id,
                        size_t *erased, crmsync_error **err)
{
    crmi_log_filter filter = {.local_kind = local_kind, .local_id = local_id};
    eraser e = {store, 0};
    int32_t rc = crmi_log_query(store, &filter, erase, &e, err);
    if (erased)
        *erased = e.erased;
    return rc;
}

int32_t crmi_log_forget_crm(const crmi_store *store, crmsync_str crm_id, crmsync_error **err)
{
    crmi_log_filter filter = {.crm_id = crm_id};
    eraser e = {store, 0};
    return crmi_log_query(store, &filter, erase, &e, err);
}
