/*
 * The sources phase: which list views, reports and campaigns of the org an audience or an import can
 * be read from, for a page on which somebody chooses. What the user may not see is left out.
 */
#include "salesforce/query.h"
#include "sync/report.h"

#define SOURCES      3
#define COLUMNS      5
#define SOURCES_MAX  20000u /* rows of an answer; nobody chooses from more */

/* Columns stand where the row takes them from: id, name, label, object, and what it is like. */
static const struct {
    const char *type, *object, *soql;
    crmi_query_column columns[COLUMNS];
} sources[SOURCES] = {
    {"list_view",
     "ListView",
     "SELECT Id, DeveloperName, Name, SobjectType, IsSoqlCompatible FROM ListView WHERE "
     "SobjectType IN ('Account', 'Contact', 'Lead') ORDER BY SobjectType, Name, Id",
     {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
      {CRMSYNC_STR_LIT("DeveloperName"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("Name"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("SobjectType"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("IsSoqlCompatible"), CRMSYNC_CELL_BOOL}}},
    {"report",
     "Report",
     "SELECT Id, DeveloperName, Name, FolderName, Format FROM Report ORDER BY Name, Id",
     {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
      {CRMSYNC_STR_LIT("DeveloperName"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("Name"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("FolderName"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("Format"), CRMSYNC_CELL_TEXT}}},
    {"campaign",
     "Campaign",
     "SELECT Id, Name, Type, Status, IsActive FROM Campaign ORDER BY Name, Id",
     {{CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID},
      {CRMSYNC_STR_LIT("Name"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("Type"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("Status"), CRMSYNC_CELL_TEXT},
      {CRMSYNC_STR_LIT("IsActive"), CRMSYNC_CELL_BOOL}}},
};
enum { LIST_VIEW, REPORT, CAMPAIGN };

typedef struct sources_task {
    crmi_task task;
    bool begun[SOURCES];
    crmi_buf next_url[SOURCES]; /* empty, and begun: there is no more */
    size_t asked[SOURCES];      /* what each call is about */
} sources_task;

static const crmsync_str fields[] = {CRMSYNC_STR_LIT("type"),   CRMSYNC_STR_LIT("object"),
                                     CRMSYNC_STR_LIT("id"),     CRMSYNC_STR_LIT("name"),
                                     CRMSYNC_STR_LIT("label"),  CRMSYNC_STR_LIT("folder"),
                                     CRMSYNC_STR_LIT("usable"), CRMSYNC_STR_LIT("note")};

static void sources_clear(crmi_task *task)
{
    sources_task *t = (sources_task *)task;
    for (size_t i = 0; i < SOURCES; i++)
        crmi_buf_clear(&t->next_url[i]);
}

/* ---- rows ---- */

/* What somebody who chooses it should know; "" = nothing. */
static const char *note_of(size_t source, crmi_record row)
{
    if (source == LIST_VIEW && !crmi_record_flag(row, "IsSoqlCompatible"))
        return "has no query behind it: only its first 4,000 records can be read";
    if (source == REPORT && !crmi_str_eq(crmi_record_text(row, "Format"), CRMI_STR("Tabular")))
        return "is not tabular: only tabular reports can be read";
    if (source == CAMPAIGN && !crmi_record_flag(row, "IsActive"))
        return "is not active";
    return "";
}

static int32_t put_row(crmsync_rows *out, size_t source, crmi_record row, crmsync_error **err)
{
    const char *note = note_of(source, row);
    bool usable = source != REPORT || !*note;
    bool developer_name = source != CAMPAIGN;
    const crmsync_cell cells[] = {
        crmi_cell_text(crmi_str(sources[source].type)),
        crmi_cell_text(crmi_record_text(row, "SobjectType")),
        crmi_cell_id(crmi_record_text(row, "Id")),
        crmi_cell_text(developer_name ? crmi_record_text(row, "DeveloperName") : CRMI_STR_EMPTY),
        crmi_cell_text(crmi_record_text(row, "Name")),
        crmi_cell_text(crmi_record_text(row, "FolderName")),
        crmi_cell_bool(usable),
        crmi_cell_text(crmi_str(note)),
    };
    return crmsync_rows_append(out, cells, sizeof cells / sizeof cells[0], err);
}

/* ---- asking ---- */

static int32_t take_page(sources_task *t, size_t source, crmi_query_page *page, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    int32_t rc = CRMSYNC_OK;
    crmi_buf_reset(&t->next_url[source]);
    size_t n = crmsync_rows_count(page->rows);
    for (size_t i = 0; !rc && i < n && crmsync_rows_count(job->found) < SOURCES_MAX; i++)
        rc = put_row(job->found, source, (crmi_record){page->rows, i}, err);
    bool full = crmsync_rows_count(job->found) == SOURCES_MAX;
    if (!rc && !page->done && !full)
        crmi_buf_add(&t->next_url[source], crmi_buf_str(&page->next_url));
    if (!rc && !crmi_buf_ok(&t->next_url[source]))
        rc = crmi_fail_nomem(err);
    job->progress.done += n;
    return rc ? rc
              : crmi_report_add(job, n, "sources", crmi_str(sources[source].type), NULL,
                                CRMI_STR_EMPTY, err);
}

/* One kind that is refused, because the user may not see it, does not hide the others. */
static int32_t leave_out(sources_task *t, size_t source, int32_t code, crmsync_error **err)
{
    crmsync_job *job = t->task.job;
    crmi_buf_reset(&t->next_url[source]);
    if (code != CRMSYNC_E_SALESFORCE && code != CRMSYNC_E_NOT_FOUND)
        return code;
    crmi_engine_log(job->ws->engine, CRMSYNC_LOG_WARN, "the org's %s records cannot be listed: %.*s",
                    sources[source].object, CRMI_SPELL(crmsync_error_message(err ? *err : NULL)));
    if (err)
        crmi_error_drop(err);
    return crmi_report_add(job, 1, "sources", CRMI_STR("refused"), NULL, CRMI_STR_EMPTY, err);
}

static int32_t sources_ask(crmi_task *task, crmsync_error **err);

static int32_t sources_answer(crmi_task *task, crmsync_error **err)
{
    sources_task *t = (sources_task *)task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < task->calls; i++) {
        size_t source = t->asked[i];
        crmi_query_page page;
        crmi_query_page_init(&page, alloc);
        rc = crmi_task_answer(task, i, err);
        if (!rc)
            rc = crmi_query_answer_read(alloc, task->requests[i].flags, &task->call[i].response,
                                        crmi_str(sources[source].object), sources[source].columns,
                                        COLUMNS, &page, err);
        rc = rc ? leave_out(t, source, rc, err) : take_page(t, source, &page, err);
        crmi_query_page_clear(&page);
    }
    crmi_task_reset_calls(task);
    task->next = sources_ask;
    return rc;
}

static int32_t sources_ask(crmi_task *task, crmsync_error **err)
{
    sources_task *t = (sources_task *)task;
    crmsync_str version = crmi_workspace_api_version(task->job->ws);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < SOURCES; i++) {
        if (t->begun[i] && !t->next_url[i].len)
            continue;
        crmi_request *r = crmi_task_request(task);
        rc = t->begun[i] ? crmi_query_more_request(r, crmi_buf_str(&t->next_url[i]), err)
                         : crmi_query_request(r, version, crmi_str(sources[i].soql), false, 0, err);
        if (rc)
            break;
        t->begun[i] = true;
        t->asked[task->calls] = i;
        crmi_task_send(task, false);
    }
    task->next = task->calls ? sources_answer : NULL;
    return rc;
}

int32_t crmi_sources_task(crmsync_job *job, crmi_task **out, crmsync_error **err)
{
    *out = NULL;
    crmsync_rows_free(job->found);
    job->found = NULL;
    int32_t rc = crmsync_rows_new(crmi_workspace_alloc(job->ws), CRMI_STR("source"), fields,
                                  sizeof fields / sizeof fields[0], &job->found, err);
    if (rc)
        return rc;
    sources_task *t =
        crmi_task_new(job, CRMSYNC_PHASE_SOURCES, sizeof *t, sources_ask, sources_clear);
    if (!t)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < SOURCES; i++)
        crmi_buf_init(&t->next_url[i], crmi_workspace_alloc(job->ws));
    *out = &t->task;
    return CRMSYNC_OK;
}
