#include "salesforce/report.h"

#include "salesforce/answer.h"

#define COLUMNS_MAX 1000

static int32_t report_path(crmi_request *r, crmsync_str version, crmsync_str report,
                           crmsync_str instance, const char *rest, crmsync_error **err)
{
    if (!crmi_sf_id_like(report) || (instance.ptr && !crmi_sf_id_like(instance)))
        return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the id of a report or its run",
                         CRMI_SPELL(crmi_str_sub(instance.ptr ? instance : report, 0, 40)));
    crmi_request_path(r, version, "/analytics/reports/");
    crmi_buf_add(&r->path, report);
    crmi_buf_lit(&r->path, rest);
    crmi_buf_add(&r->path, instance);
    return crmi_request_check(r, err);
}

int32_t crmi_report_run_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    return report_path(r, version, report, CRMI_STR_EMPTY, "?includeDetails=true", err);
}

int32_t crmi_report_start_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                  crmsync_error **err)
{
    crmi_request_start(r, "POST", CRMI_REQ_IDEMPOTENT); /* a run more changes no record */
    return report_path(r, version, report, CRMI_STR_EMPTY, "/instances?includeDetails=true", err);
}

int32_t crmi_report_instance_request(crmi_request *r, crmsync_str version, crmsync_str report,
                                     crmsync_str instance, crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    return report_path(r, version, report, instance, "/instances/", err);
}

int32_t crmi_report_instance_read(crmi_arena *arena, const crmi_response *response,
                                  crmsync_str *instance, crmsync_error **err)
{
    yyjson_doc *doc;
    *instance = CRMI_STR_EMPTY;
    int32_t rc = crmi_answer_json(arena->alloc, response, "report", &doc, err);
    if (rc)
        return rc;
    crmsync_str id = crmi_json_member_text(yyjson_doc_get_root(doc), "id");
    if (!crmi_sf_id_like(id))
        rc = crmi_answer_odd(err, "report", "/id");
    else if (!crmi_arena_str(arena, id, instance))
        rc = crmi_fail_nomem(err);
    yyjson_doc_free(doc);
    return rc;
}

/* ---- results ---- */

static int32_t make_rows(const crmsync_alloc *alloc, const yyjson_val *root, crmsync_rows **out,
                         crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v, *metadata = crmi_json_member(root, "reportMetadata");
    yyjson_val *list = crmi_json_member(metadata, "detailColumns");
    crmsync_str id = CRMI_STR("Id"), format = crmi_json_member_text(metadata, "reportFormat");
    if (format.len && !crmi_str_is(format, "TABULAR"))
        return crmi_fail(err, CRMSYNC_E_UNSUPPORTED,
                         "the report's format is %.*s: only tabular reports are read",
                         CRMI_SPELL(crmi_str_sub(format, 0, 40)));
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) > COLUMNS_MAX)
        return crmi_answer_odd(err, "report", "/reportMetadata/detailColumns");
    int32_t rc = crmsync_rows_new(alloc, CRMI_STR("report"), &id, 1, out, err);
    yyjson_arr_foreach(list, i, n, v)
    {
        crmsync_str name = crmi_json_text(v);
        size_t before = rc ? 0 : crmsync_rows_field_count(*out);
        int32_t at = rc ? rc : crmsync_rows_add_field(*out, name, err);
        if (at >= 0 && crmsync_rows_field_count(*out) == before && !crmi_str_is(name, "Id"))
            return crmi_answer_odd(err, "report", "/reportMetadata/detailColumns");
        if (at < 0)
            return crmi_fail_protocol(err, at, "report");
    }
    return rc;
}

static bool is_wanted(crmsync_str value, crmsync_str prefix)
{
    return crmi_sf_id_like(value) && crmi_str_eq(crmi_str_sub(value, 0, prefix.len), prefix);
}

static int32_t set_cell(crmsync_rows *rows, size_t row, int32_t field, crmsync_str text,
                        uint32_t type, crmsync_error **err)
{
    crmsync_cell cell = {text, 0, text.len ? type : CRMSYNC_CELL_NULL, 0};
    return crmi_fail_protocol(err, crmsync_rows_set(rows, row, (size_t)field, &cell, err),
                              "report");
}

/* Cells stand in the order of the columns; a link has its text as label and the id as value. */
static int32_t take_row(yyjson_val *list, yyjson_val *names, crmsync_str prefix, crmi_report *out,
                        crmsync_error **err)
{
    size_t i, n, row = crmsync_rows_count(out->rows);
    yyjson_val *v;
    crmsync_str id = CRMI_STR_EMPTY;
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != yyjson_arr_size(names))
        return crmi_answer_odd(err, "report", "/factMap/T!T/rows/dataCells");
    int32_t rc = crmsync_rows_append(out->rows, NULL, 0, err);
    yyjson_arr_foreach(list, i, n, v)
    {
        crmsync_str value = crmi_json_member_text(v, "value");
        yyjson_val *said = crmi_json_member(v, "value");
        crmsync_str label =
            yyjson_is_null(said) ? CRMI_STR_EMPTY : crmi_json_member_text(v, "label");
        int32_t at = crmsync_rows_find_field(out->rows, crmi_json_text(yyjson_arr_get(names, i)));
        if (!id.len && is_wanted(value, prefix))
            id = value;
        if (!rc && at > 0)
            rc = set_cell(out->rows, row, at, label, CRMSYNC_CELL_TEXT, err);
    }
    out->without_id += !id.len;
    return rc ? rc : set_cell(out->rows, row, 0, id, CRMSYNC_CELL_ID, err);
}

static int32_t take_report(const crmsync_alloc *alloc, const yyjson_val *root, crmsync_str prefix,
                           crmi_report *out, crmsync_error **err)
{
    size_t i, n;
    yyjson_val *v,
        *names = crmi_json_member(crmi_json_member(root, "reportMetadata"), "detailColumns");
    yyjson_val *table = crmi_json_member(crmi_json_member(root, "factMap"), "T!T");
    yyjson_val *list = crmi_json_member(table, "rows");
    yyjson_val *all = crmi_json_member(root, "allData");
    int32_t rc = make_rows(alloc, root, &out->rows, err);
    if (!rc && !yyjson_is_bool(all)) /* who does not say so has not promised it */
        rc = crmi_answer_odd(err, "report", "/allData");
    if (!rc && !yyjson_is_arr(list))
        rc = crmi_answer_odd(err, "report", "/factMap/T!T/rows");
    if (rc)
        return rc;
    out->state = CRMI_REPORT_READY;
    out->truncated =
        !yyjson_get_bool(all) || crmi_json_member_bool(root, "hasExceededTabularRowLimit", false);
    yyjson_arr_foreach(list, i, n, v)
    {
        rc = take_row(crmi_json_member(v, "dataCells"), names, prefix, out, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

/* New, Running, Success, Error; a run that answers rows has succeeded. */
static uint32_t state_of(const yyjson_val *root)
{
    crmsync_str status = crmi_json_member_text(crmi_json_member(root, "attributes"), "status");
    if (!status.len)
        status = crmi_json_member_text(root, "status");
    if (crmi_str_is(status, "New") || crmi_str_is(status, "Running"))
        return CRMI_REPORT_RUNNING;
    return crmi_str_is(status, "Error") ? CRMI_REPORT_FAILED : CRMI_REPORT_READY;
}

int32_t crmi_report_read(const crmsync_alloc *alloc, const crmi_response *response,
                         crmsync_str prefix, crmi_report *out, crmsync_error **err)
{
    yyjson_doc *doc;
    memset(out, 0, sizeof *out);
    int32_t rc = crmi_answer_json(alloc, response, "report", &doc, err);
    if (rc)
        return rc;
    out->state = state_of(yyjson_doc_get_root(doc));
    if (out->state == CRMI_REPORT_READY)
        rc = take_report(alloc, yyjson_doc_get_root(doc), prefix, out, err);
    yyjson_doc_free(doc);
    if (rc) {
        crmsync_rows_free(out->rows);
        memset(out, 0, sizeof *out);
    }
    return rc;
}
