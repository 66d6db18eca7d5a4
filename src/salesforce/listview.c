#include "salesforce/listview.h"

#include "salesforce/answer.h"

#define NEXT_URL_MAX 512
#define COLUMNS_MAX  1000

static int32_t view_path(crmi_request *r, crmsync_str version, crmsync_str object, crmsync_str id,
                         const char *rest, crmsync_error **err)
{
    int32_t rc = id.ptr ? crmi_id_check(object, id, err) : crmi_object_check(object, err);
    if (rc)
        return rc;
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_request_path(r, version, "/sobjects/");
    crmi_buf_add(&r->path, object);
    crmi_buf_lit(&r->path, "/listviews");
    if (id.ptr) {
        crmi_buf_char(&r->path, '/');
        crmi_buf_add(&r->path, id);
    }
    crmi_buf_lit(&r->path, rest);
    return crmi_request_check(r, err);
}

int32_t crmi_listviews_request(crmi_request *r, crmsync_str version, crmsync_str object,
                               crmsync_error **err)
{
    return view_path(r, version, object, CRMI_STR_EMPTY, "", err);
}

/* Host-relative, below /services/data/, and nothing that could leave it. */
static bool next_ok(crmsync_str url)
{
    if (url.len > NEXT_URL_MAX || !crmi_str_starts(url, "/services/data/v") ||
        crmi_str_find(url, CRMI_STR("/listviews")) < 0 || crmi_str_find(url, CRMI_STR("..")) >= 0 ||
        crmi_str_find(url, CRMI_STR("//")) >= 0)
        return false;
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~' || url.ptr[i] == '#' || url.ptr[i] == '\\')
            return false;
    return true;
}

int32_t crmi_listviews_more_request(crmi_request *r, crmsync_str next_url, crmsync_error **err)
{
    if (!next_ok(next_url))
        return crmi_fail(err, CRMSYNC_E_INVALID, "not the address of more list views");
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    crmi_buf_add(&r->path, next_url);
    return crmi_request_check(r, err);
}

static int32_t take_view(crmi_arena *arena, const yyjson_val *v, crmi_listview *out,
                         crmsync_error **err)
{
    crmsync_str id = crmi_json_member_text(v, "id");
    if (!crmi_sf_id_like(id))
        return crmi_answer_odd(err, "list views", "/listviews/id");
    out->soql = crmi_json_member_bool(v, "soqlCompatible", false);
    bool kept =
        crmi_arena_str(arena, id, &out->id) &&
        crmi_arena_str(arena, crmi_json_member_text(v, "developerName"), &out->developer_name) &&
        crmi_arena_str(arena, crmi_json_member_text(v, "label"), &out->label);
    return kept ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t take_views(crmi_arena *arena, const yyjson_val *root, crmi_listviews *out,
                          crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v, *list = crmi_json_member(root, "listviews");
    crmsync_str next = crmi_json_member_text(root, "nextRecordsUrl");
    if (!yyjson_is_arr(list))
        return crmi_answer_odd(err, "list views", "/listviews");
    n = yyjson_arr_size(list);
    crmi_listview *items = crmi_arena_array(arena, n ? n : 1, sizeof *items);
    if (!items)
        return crmi_fail_nomem(err);
    out->items = items;
    yyjson_arr_foreach(list, i, n, v)
    {
        int32_t rc = take_view(arena, v, &items[out->count++], err);
        if (rc)
            return rc;
    }
    if (next.len && !next_ok(next))
        return crmi_answer_odd(err, "list views", "/nextRecordsUrl");
    if (next.len && !crmi_arena_str(arena, next, &out->next_url))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmi_listviews_read(crmi_arena *arena, const crmi_response *response, crmi_listviews *out,
                            crmsync_error **err)
{
    yyjson_doc *doc;
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_answer_json(arena->alloc, response, "list views", &doc, err);
    if (rc)
        return rc;
    rc = take_views(arena, yyjson_doc_get_root(doc), out, err);
    yyjson_doc_free(doc);
    if (rc)
        memset(out, 0, sizeof *out);
    return rc;
}

int32_t crmi_listview_describe_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                       crmsync_str id, crmsync_error **err)
{
    return view_path(r, version, object, id, "/describe", err);
}

int32_t crmi_listview_describe_read(crmi_arena *arena, const crmi_response *response,
                                    crmsync_str *soql, crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_buf b;
    *soql = CRMI_STR_EMPTY;
    int32_t rc = crmi_answer_json(arena->alloc, response, "list view", &doc, err);
    if (rc)
        return rc;
    crmsync_str query = crmi_json_member_text(yyjson_doc_get_root(doc), "query");
    ptrdiff_t from =
        crmi_str_find(query, CRMI_STR(" FROM ")); /* a view has no sub-queries before */
    crmi_buf_init(&b, arena->alloc);
    if (from < 0 || !crmi_str_eq_ci(crmi_str_sub(query, 0, 7), CRMI_STR("SELECT "))) {
        rc = crmi_answer_odd(err, "list view", "/query");
    } else {
        crmi_buf_lit(&b, "SELECT Id");
        crmi_buf_add(&b, crmi_str_sub(query, (size_t)from, query.len));
        if (!crmi_buf_ok(&b) || !crmi_arena_str(arena, crmi_buf_str(&b), soql))
            rc = crmi_fail_nomem(err);
    }
    crmi_buf_clear(&b);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_listview_results_request(crmi_request *r, crmsync_str version, crmsync_str object,
                                      crmsync_str id, uint32_t offset, crmsync_error **err)
{
    if (offset > CRMI_LISTVIEW_OFFSET_MAX)
        return crmi_fail(err, CRMSYNC_E_LIMIT, "a list view's results end %d rows after offset %d",
                         CRMI_LISTVIEW_ROWS_MAX, CRMI_LISTVIEW_OFFSET_MAX);
    int32_t rc = view_path(r, version, object, id, "/results?limit=2000&offset=", err);
    if (rc)
        return rc;
    crmi_buf_u64(&r->path, offset);
    return crmi_request_check(r, err);
}

/* ---- results ---- */

static int32_t make_rows(const crmsync_alloc *alloc, crmsync_str object, const yyjson_val *columns,
                         crmsync_rows **out, crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v, *list = crmi_json_member(columns, "columns");
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) > COLUMNS_MAX)
        return crmi_answer_odd(err, "list view", "/columns");
    int32_t rc = crmsync_rows_new(alloc, object, NULL, 0, out, err);
    yyjson_arr_foreach(list, i, n, v)
    {
        crmsync_str name = crmi_json_member_text(v, "fieldNameOrPath");
        int32_t at = rc ? rc : crmsync_rows_add_field(*out, name, err);
        if (at < 0)
            return crmi_fail_protocol(err, at, "list view");
    }
    if (!rc && crmsync_rows_find_field(*out, CRMI_STR("Id")) < 0)
        rc = crmi_answer_odd(err, "list view", "/columns");
    return rc;
}

static crmsync_cell shown(const yyjson_val *value, bool id)
{
    crmsync_str text = crmi_json_text(value);
    crmsync_cell cell = {text, 0, id ? CRMSYNC_CELL_ID : CRMSYNC_CELL_TEXT, 0};
    if (!text.ptr)
        cell.type = CRMSYNC_CELL_NULL;
    return cell;
}

static int32_t take_record(const yyjson_val *record, crmsync_rows *rows, crmsync_error **err)
{
    size_t i, n, row = crmsync_rows_count(rows);
    yyjson_val *v;
    bool identified = false;
    int32_t rc = crmsync_rows_append(rows, NULL, 0, err);
    yyjson_arr_foreach(crmi_json_member(record, "columns"), i, n, v)
    {
        crmsync_str name = crmi_json_member_text(v, "fieldNameOrPath");
        bool id = crmi_str_is(name, "Id");
        crmsync_cell cell = shown(crmi_json_member(v, "value"), id);
        int32_t at = crmsync_rows_find_field(rows, name);
        if (rc || at < 0)
            break;
        identified = identified || (id && crmi_sf_id_like(cell.text));
        rc = crmsync_rows_set(rows, row, (size_t)at, &cell, err);
    }
    if (rc)
        return crmi_fail_protocol(err, rc, "list view");
    return identified ? CRMSYNC_OK : crmi_answer_odd(err, "list view", "/records/Id");
}

static int32_t take_results(const crmsync_alloc *alloc, const yyjson_val *root, crmsync_str object,
                            crmi_listview_page *page, crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v, *list = crmi_json_member(root, "records");
    int32_t rc = make_rows(alloc, object, root, &page->rows, err);
    if (!rc && !yyjson_is_arr(list))
        rc = crmi_answer_odd(err, "list view", "/records");
    if (rc)
        return rc;
    yyjson_arr_foreach(list, i, n, v)
    {
        rc = take_record(v, page->rows, err);
        if (rc)
            return rc;
    }
    /* "done" speaks of the request; only a page that is not full is surely the last */
    page->done = n < CRMI_LISTVIEW_ROWS_MAX;
    return CRMSYNC_OK;
}

int32_t crmi_listview_results_read(const crmsync_alloc *alloc, const crmi_response *response,
                                   crmsync_str object, crmi_listview_page *page,
                                   crmsync_error **err)
{
    yyjson_doc *doc;
    memset(page, 0, sizeof *page);
    int32_t rc = crmi_answer_json(alloc, response, "list view", &doc, err);
    if (rc)
        return rc;
    rc = take_results(alloc, yyjson_doc_get_root(doc), object, page, err);
    yyjson_doc_free(doc);
    if (rc) {
        crmsync_rows_free(page->rows);
        memset(page, 0, sizeof *page);
    }
    return rc;
}
