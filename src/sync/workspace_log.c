/* The sync log as rows. */
#include "base/sized.h"
#include "model/rows.h"
#include "state/runlog.h"
#include "sync/log_text.h"
#include "sync/workspace.h"

#define LIMIT_DEFAULT 1000u

void crmi_log_fields_write(crmi_jw *w, const crmi_log_row *row)
{
    crmi_jw_array(w);
    for (size_t i = 0; i < row->field_count; i++) {
        const crmi_log_field *f = &row->fields[i];
        crmi_jw_object(w);
        crmi_jw_member_text(w, "local", f->local);
        crmi_jw_member_text(w, "remote", f->remote);
        crmi_value_member(w, "old", &f->before);
        crmi_value_member(w, "new", &f->after);
        crmi_jw_member_text(w, "decision", f->decision);
        crmi_jw_object_end(w);
    }
    crmi_jw_array_end(w);
}

void crmi_value_member(crmi_jw *w, const char *name, const crmsync_cell *cell)
{
    crmi_buf text;
    if (cell->type == CRMSYNC_CELL_ABSENT)
        return;
    crmi_jw_key(w, crmi_str(name));
    if (cell->type == CRMSYNC_CELL_NULL) {
        crmi_jw_null(w);
    } else if (cell->type == CRMSYNC_CELL_BOOL) {
        crmi_jw_bool(w, cell->number != 0);
    } else if (cell->type == CRMSYNC_CELL_DECIMAL) {
        crmi_jw_raw(w, cell->text);
    } else {
        crmi_buf_init(&text, w->out->alloc);
        crmi_buf_cell(&text, cell);
        if (!crmi_buf_ok(&text))
            w->out->oom = true;
        crmi_jw_text(w, crmi_buf_str(&text));
        crmi_buf_clear(&text);
    }
}

typedef struct reader {
    const crmsync_alloc *alloc;
    crmsync_rows *rows;
    uint32_t limit;
} reader;

static int32_t read_row(void *ctx, const crmi_log_row *row, crmsync_error **err)
{
    reader *r = ctx;
    crmi_buf text;
    crmi_buf_init(&text, r->alloc);
    crmi_jw w = crmi_jw_to(&text);
    crmi_log_fields_write(&w, row);
    const char *class_name = row->error_class ? crmsync_class_name(row->error_class) : NULL;
    const crmsync_cell cells[] = {
        crmi_cell_number(CRMSYNC_CELL_DATETIME, row->time_ms),
        crmi_cell_text(row->run),
        crmi_cell_text(row->direction),
        crmi_cell_text(row->op),
        crmi_cell_text(row->local_kind),
        crmi_cell_text(row->local_id),
        crmi_cell_text(row->object),
        crmi_cell_text(row->crm_id),
        crmi_cell_text(row->reason),
        crmi_cell_text(crmi_str(class_name)),
        crmi_cell_text(row->code),
        crmi_cell_text(row->message),
        crmi_cell_text(crmi_buf_str(&text)),
    };
    int32_t rc = crmi_buf_ok(&text)
                     ? crmsync_rows_append(r->rows, cells, sizeof cells / sizeof cells[0], err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&text);
    if (!rc && crmsync_rows_count(r->rows) == r->limit)
        return CRMI_VISIT_STOP;
    return rc;
}

static int32_t read_log(crmsync_workspace *ws, const crmsync_log_filter *f, crmsync_rows **out,
                        crmsync_error **err)
{
    static const crmsync_str fields[] = {
        {"time", 4}, {"run", 3},     {"direction", 9}, {"operation", 9}, {"kind", 4},
        {"id", 2},   {"object", 6},  {"crm_id", 6},    {"reason", 6},    {"class", 5},
        {"code", 4}, {"message", 7}, {"fields", 6}};
    reader r = {crmi_workspace_alloc(ws), NULL, f->limit ? f->limit : LIMIT_DEFAULT};
    crmi_log_filter filter = {.from_ms = f->from_ms,
                              .to_ms = f->to_ms,
                              .object = f->object,
                              .op = f->operation,
                              .run = f->run,
                              .local_kind = f->kind,
                              .local_id = f->id,
                              .error_class = f->error_class,
                              .newest_first = true};
    int32_t rc = crmsync_rows_new(r.alloc, CRMI_STR("log"), fields,
                                  sizeof fields / sizeof fields[0], &r.rows, err);
    if (!rc)
        rc = crmi_log_query(&ws->store, &filter, read_row, &r, err);
    if (rc)
        crmsync_rows_free(r.rows);
    else
        *out = r.rows;
    return rc;
}

int32_t crmsync_workspace_log(crmsync_workspace *workspace, const crmsync_log_filter *filter,
                              crmsync_rows **out, crmsync_error **err)
{
    crmsync_log_filter f = CRMSYNC_LOG_FILTER_INIT;
    if (!workspace || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or out is NULL");
    *out = NULL;
    int32_t rc = filter ? crmi_copy_in(&f, sizeof f, filter, "members of the log filter", err)
                        : CRMSYNC_OK;
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = read_log(workspace, &f, out, err);
    crmi_engine_leave(workspace->engine);
    return rc;
}
