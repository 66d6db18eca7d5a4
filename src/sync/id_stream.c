#include "sync/id_stream.h"

#include <stdlib.h>

#include "salesforce/listview.h"
#include "salesforce/query.h"
#include "salesforce/report.h"
#include "salesforce/soql.h"

#define POLL_MS   2000u
#define POLLS_MAX 900u /* half an hour */

void crmi_id_stream_init(crmi_id_stream *s, crmi_task *task)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    *s = (crmi_id_stream){.task = task};
    crmi_arena_init(&s->arena, alloc);
    crmi_buf_init(&s->next_url, alloc);
}

void crmi_id_stream_clear(crmi_id_stream *s)
{
    if (!s->task)
        return;
    crmi_task *task = s->task;
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    crmi_dealloc_array(alloc, s->text, s->text_cap, sizeof *s->text);
    crmi_dealloc_array(alloc, s->ids, s->ids_cap, sizeof *s->ids);
    crmi_buf_clear(&s->next_url);
    crmi_arena_clear(&s->arena);
    crmi_id_stream_init(s, task);
}

bool crmi_id_stream_fault(int32_t code)
{
    static const int32_t codes[] = {CRMSYNC_E_SALESFORCE, CRMSYNC_E_NOT_FOUND, CRMSYNC_E_PROTOCOL,
                                    CRMSYNC_E_LIMIT,      CRMSYNC_E_INVALID,   CRMSYNC_E_UNSUPPORTED};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

bool crmi_id_stream_source(crmi_buf *out, const crmi_audience_rule *rule)
{
    const struct {
        const char *name;
        crmsync_str value;
    } sources[] = {{"list_view ", rule->list_view},
                   {"report ", rule->report},
                   {"soql ", rule->soql},
                   {"campaign ", rule->campaign}};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (!sources[i].value.len)
            continue;
        crmi_buf_lit(out, sources[i].name);
        crmi_buf_add(out, sources[i].value);
    }
    return crmi_buf_ok(out);
}

static crmsync_str version_of(const crmi_id_stream *s)
{
    return crmi_workspace_api_version(s->task->job->ws);
}

static const crmsync_alloc *alloc_of(const crmi_id_stream *s)
{
    return crmi_workspace_alloc(s->task->job->ws);
}

/* ---- ids ---- */

/* Records of another object are left out, told by number. */
static int32_t add_id(crmi_id_stream *s, crmsync_str raw, crmsync_error **err)
{
    char id[32];
    size_t len = 0;
    if (!raw.len || crmsync_normalize_id(raw, id, sizeof id, &len) || len != 18 ||
        memcmp(id, s->crm->prefix, 3) != 0) {
        s->without++;
        return CRMSYNC_OK;
    }
    if (s->collect && s->text_count == CRMI_ID_STREAM_COLLECTED) {
        s->truncated = true;
        s->why = "more than 50,000 records, which do not come in the order of their ids";
        s->remedy = "Leave out LIMIT and OFFSET, or narrow the condition.";
        return CRMSYNC_OK;
    }
    if (!crmi_grow(alloc_of(s), &s->text, &s->text_cap, s->text_count + 1, sizeof *s->text))
        return crmi_fail_nomem(err);
    memcpy(s->text[s->text_count++], id, 18);
    s->text[s->text_count - 1][18] = '\0';
    return CRMSYNC_OK;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 18);
}

/* The page: sorted where the source did not, repeats left out. */
static int32_t give_page(crmi_id_stream *s, crmsync_error **err)
{
    if (s->collect && s->text_count)
        qsort(s->text, s->text_count, sizeof *s->text, compare);
    if (!crmi_grow(alloc_of(s), &s->ids, &s->ids_cap, s->text_count + 1, sizeof *s->ids))
        return crmi_fail_nomem(err);
    s->count = 0;
    for (size_t i = 0; i < s->text_count; i++) {
        crmsync_str id = {s->text[i], 18};
        crmsync_str before = s->count ? s->ids[s->count - 1] : crmi_str(s->last);
        if (!crmi_str_eq(id, before))
            s->ids[s->count++] = id;
    }
    if (s->count)
        memcpy(s->last, s->ids[s->count - 1].ptr, 18);
    return CRMSYNC_OK;
}

/* ---- queries ---- */

static int32_t query_ask(crmi_id_stream *s, crmsync_error **err)
{
    crmi_buf soql;
    if (s->next_url.len)
        return crmi_query_more_request(crmi_task_request(s->task), crmi_buf_str(&s->next_url), err);
    crmi_buf_init(&soql, alloc_of(s));
    crmi_soql_ids(&soql, s->soql, &s->parts, s->column, s->collect ? CRMI_STR_EMPTY
                                                                   : crmi_str(s->last));
    int32_t rc = crmi_buf_ok(&soql)
                     ? crmi_query_request(crmi_task_request(s->task), version_of(s),
                                          crmi_buf_str(&soql), false, 0, err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

/* An org keeps few locators, and for two days at most: the statement goes on behind the last id. */
static bool locator_lost(const crmi_id_stream *s, crmsync_error **err)
{
    return s->next_url.len && !s->collect && err && *err &&
           crmi_str_is(crmsync_error_salesforce_code(*err), "INVALID_QUERY_LOCATOR");
}

static int32_t take_rows(crmi_id_stream *s, const crmi_query_page *page, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (!s->collect)
        s->text_count = 0;
    for (size_t i = 0; !rc && i < crmsync_rows_count(page->rows); i++)
        rc = add_id(s, crmi_record_get((crmi_record){page->rows, i}, s->column).text, err);
    crmi_buf_reset(&s->next_url);
    crmi_buf_add(&s->next_url, crmi_buf_str(&page->next_url));
    if (!rc && !crmi_buf_ok(&s->next_url))
        rc = crmi_fail_nomem(err);
    s->total = s->total ? s->total : page->total_size;
    s->end = page->done;
    return rc;
}

static int32_t query_take(crmi_id_stream *s, crmsync_error **err)
{
    const crmi_query_column column = {s->column, CRMSYNC_CELL_ID};
    crmsync_error *own = NULL;
    crmsync_error **cause = err ? err : &own;
    crmi_query_page page;
    crmi_query_page_init(&page, alloc_of(s));
    int32_t rc = crmi_task_answer(s->task, 0, cause);
    if (!rc)
        rc = crmi_query_answer_read(alloc_of(s), s->task->requests[0].flags,
                                    &s->task->call[0].response, s->of, &column, 1, &page, cause);
    if (!rc) {
        rc = take_rows(s, &page, cause);
    } else if (locator_lost(s, cause)) {
        crmi_error_drop(cause);
        crmi_buf_reset(&s->next_url);
        s->text_count = 0;
        rc = CRMSYNC_OK;
    }
    crmi_query_page_clear(&page);
    crmsync_error_free(own);
    return rc;
}

/* A statement of the caller's, or of a view. */
static int32_t begin_query(crmi_id_stream *s, crmsync_str soql, crmsync_error **err)
{
    int32_t rc = crmi_soql_check(&s->arena, soql, &s->parts, err);
    if (rc)
        return rc;
    if (!crmi_str_eq_ci(s->parts.object, s->of))
        return crmi_fail_at(err, CRMSYNC_E_INVALID, CRMI_STR_EMPTY,
                            "Name the object that the query is of.",
                            "the query's object is not the audience's");
    s->soql = soql;
    s->collect = s->collect || s->parts.limited;
    s->ask = query_ask;
    s->take = query_take;
    return CRMSYNC_OK;
}

/* ---- list views ---- */

static int32_t results_ask(crmi_id_stream *s, crmsync_error **err)
{
    return crmi_listview_results_request(crmi_task_request(s->task), version_of(s), s->of, s->view,
                                         s->offset, err);
}

static int32_t results_take(crmi_id_stream *s, crmsync_error **err)
{
    crmi_listview_page page = {NULL, false};
    int32_t rc = crmi_task_answer(s->task, 0, err);
    if (!rc)
        rc = crmi_listview_results_read(alloc_of(s), &s->task->call[0].response, s->of, &page, err);
    for (size_t i = 0; !rc && i < crmsync_rows_count(page.rows); i++)
        rc = add_id(s, crmi_record_text((crmi_record){page.rows, i}, "Id"), err);
    crmsync_rows_free(page.rows);
    if (rc)
        return rc;
    s->end = page.done || s->offset == CRMI_LISTVIEW_OFFSET_MAX;
    if (s->end && !page.done) {
        s->truncated = true;
        s->why = "the list view has no query behind it, and Salesforce gives 4,000 rows of such";
        s->remedy = "Narrow the view's filter, or write its condition as soql.";
    }
    s->offset += CRMI_LISTVIEW_ROWS_MAX;
    s->total = s->text_count;
    return CRMSYNC_OK;
}

static void begin_results(crmi_id_stream *s)
{
    s->collect = true;
    s->ask = results_ask;
    s->take = results_take;
}

static int32_t view_ask(crmi_id_stream *s, crmsync_error **err)
{
    return crmi_listview_describe_request(crmi_task_request(s->task), version_of(s), s->of, s->view,
                                          err);
}

/* Some views have no query, or one that is more than a query of ours may be: what they show is
 * read instead. */
static int32_t view_take(crmi_id_stream *s, crmsync_error **err)
{
    crmsync_error *own = NULL;
    crmsync_str soql;
    int32_t rc = crmi_task_answer(s->task, 0, &own);
    bool none = rc && crmsync_error_http_status(own) == 400;
    if (!rc)
        rc = crmi_listview_describe_read(&s->arena, &s->task->call[0].response, &soql, &own);
    if (!rc) {
        rc = begin_query(s, soql, &own);
        none = rc == CRMSYNC_E_INVALID;
    }
    if (none) {
        begin_results(s);
        rc = CRMSYNC_OK;
    }
    if (rc && err) {
        crmi_error_drop(err);
        *err = own;
        own = NULL;
    }
    crmsync_error_free(own);
    return rc;
}

static void begin_view(crmi_id_stream *s, crmsync_str id)
{
    s->view = id;
    s->ask = view_ask;
    s->take = view_take;
}

static int32_t names_ask(crmi_id_stream *s, crmsync_error **err)
{
    crmi_request *r = crmi_task_request(s->task);
    return s->next_url.len ? crmi_listviews_more_request(r, crmi_buf_str(&s->next_url), err)
                           : crmi_listviews_request(r, version_of(s), s->of, err);
}

static int32_t names_take(crmi_id_stream *s, crmsync_error **err)
{
    crmi_listviews list;
    int32_t rc = crmi_task_answer(s->task, 0, err);
    if (!rc)
        rc = crmi_listviews_read(&s->arena, &s->task->call[0].response, &list, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < list.count; i++) {
        if (!crmi_str_eq_ci(list.items[i].developer_name, s->rule->list_view))
            continue;
        crmi_buf_reset(&s->next_url);
        begin_view(s, list.items[i].id);
        if (!list.items[i].soql)
            begin_results(s);
        return CRMSYNC_OK;
    }
    crmi_buf_reset(&s->next_url);
    crmi_buf_add(&s->next_url, list.next_url);
    if (!crmi_buf_ok(&s->next_url))
        return crmi_fail_nomem(err);
    if (list.next_url.len)
        return CRMSYNC_OK;
    crmi_fail(err, CRMSYNC_E_NOT_FOUND, "%.*s has no list view \"%.*s\" that this user sees",
              CRMI_SPELL(s->of), CRMI_SPELL(crmi_str_sub(s->rule->list_view, 0, 80)));
    crmi_error_set_remedy(err, CRMI_STR("Share the view with the integration user, or give its id."));
    return CRMSYNC_E_NOT_FOUND;
}

/* ---- reports ---- */

static int32_t report_ask(crmi_id_stream *s, crmsync_error **err)
{
    crmi_request *r = crmi_task_request(s->task);
    if (!s->rule->background)
        return crmi_report_run_request(r, version_of(s), s->rule->report, err);
    return s->instance.len
               ? crmi_report_instance_request(r, version_of(s), s->rule->report, s->instance, err)
               : crmi_report_start_request(r, version_of(s), s->rule->report, err);
}

static int32_t wait_for_report(crmi_id_stream *s, crmsync_error **err)
{
    if (s->polls++ == POLLS_MAX)
        return crmi_fail(err, CRMSYNC_E_SALESFORCE, "the report has been running for half an hour");
    s->task->wake = crmi_engine_mono(s->task->job->ws->engine) + POLL_MS;
    return CRMSYNC_OK;
}

static int32_t take_report(crmi_id_stream *s, const crmi_report *report, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    if (report->state == CRMI_REPORT_RUNNING)
        return wait_for_report(s, err);
    if (report->state == CRMI_REPORT_FAILED)
        return crmi_fail(err, CRMSYNC_E_SALESFORCE, "the report's run failed");
    for (size_t i = 0; !rc && i < crmsync_rows_count(report->rows); i++)
        rc = add_id(s, crmi_record_text((crmi_record){report->rows, i}, "Id"), err);
    s->end = true;
    s->total = s->text_count;
    if (report->truncated) {
        s->truncated = true;
        s->why = "the report has more rows than the 2,000 that Salesforce gives of one";
        s->remedy = "Narrow the report's filter, or write its condition as soql.";
    }
    if (!rc && s->without && !s->text_count)
        rc = crmi_fail_at(err, CRMSYNC_E_UNSUPPORTED, CRMI_STR_EMPTY,
                          "Add the record's name to its columns.",
                          "no column of the report leads to a record of the object");
    return rc;
}

static int32_t report_take(crmi_id_stream *s, crmsync_error **err)
{
    crmi_report report = {.rows = NULL};
    const crmi_response *response = &s->task->call[0].response;
    int32_t rc = crmi_task_answer(s->task, 0, err);
    if (rc)
        return rc;
    if (s->rule->background && !s->instance.len) {
        rc = crmi_report_instance_read(&s->arena, response, &s->instance, err);
        return rc ? rc : wait_for_report(s, err);
    }
    rc = crmi_report_read(alloc_of(s), response, crmi_str(s->crm->prefix), &report, err);
    if (!rc)
        rc = take_report(s, &report, err);
    crmsync_rows_free(report.rows);
    return rc;
}

/* ---- campaigns ---- */

static int32_t campaign_ask(crmi_id_stream *s, crmsync_error **err)
{
    crmi_buf soql;
    crmi_buf_init(&soql, alloc_of(s));
    crmi_buf_lit(&soql, "SELECT Id FROM Campaign WHERE Id = ");
    crmi_soql_text(&soql, s->rule->campaign);
    int32_t rc = crmi_buf_ok(&soql)
                     ? crmi_query_request(crmi_task_request(s->task), version_of(s),
                                          crmi_buf_str(&soql), false, 0, err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

static int32_t begin_members(crmi_id_stream *s, crmsync_error **err)
{
    crmi_buf soql;
    crmsync_str kept;
    crmi_buf_init(&soql, alloc_of(s));
    s->of = CRMI_STR("CampaignMember");
    s->column = s->crm->number == CRMI_OBJECT_LEAD ? CRMI_STR("LeadId") : CRMI_STR("ContactId");
    crmi_buf_fmt(&soql, "SELECT Id FROM CampaignMember WHERE %.*s != null AND CampaignId = ",
                 CRMI_SPELL(s->column));
    crmi_soql_text(&soql, s->rule->campaign);
    int32_t rc = crmi_buf_ok(&soql) && crmi_arena_str(&s->arena, crmi_buf_str(&soql), &kept)
                     ? begin_query(s, kept, err)
                     : crmi_fail_nomem(err);
    crmi_buf_clear(&soql);
    return rc;
}

/* A campaign that is gone has no members either: that must not pass for an empty one. */
static int32_t campaign_take(crmi_id_stream *s, crmsync_error **err)
{
    static const crmi_query_column column = {CRMSYNC_STR_LIT("Id"), CRMSYNC_CELL_ID};
    crmi_query_page page;
    crmi_query_page_init(&page, alloc_of(s));
    int32_t rc = crmi_task_answer(s->task, 0, err);
    if (!rc)
        rc = crmi_query_answer_read(alloc_of(s), s->task->requests[0].flags,
                                    &s->task->call[0].response, CRMI_STR("Campaign"), &column, 1,
                                    &page, err);
    if (!rc && !crmsync_rows_count(page.rows))
        rc = crmi_fail(err, CRMSYNC_E_NOT_FOUND, "there is no campaign %.*s that this user sees",
                       CRMI_SPELL(s->rule->campaign));
    crmi_query_page_clear(&page);
    return rc ? rc : begin_members(s, err);
}

/* ---- all of them ---- */

int32_t crmi_id_stream_begin(crmi_id_stream *s, const crmi_audience_rule *rule, bool collect,
                             crmsync_error **err)
{
    crmi_id_stream_clear(s);
    s->rule = rule;
    s->crm = crmi_crm_object_at(crmi_audience_object(rule));
    s->of = crmi_str(s->crm->name);
    s->column = CRMI_STR("Id");
    s->collect = collect;
    if (rule->soql.len)
        return begin_query(s, rule->soql, err);
    if (rule->list_view.len && crmi_sf_id_like(rule->list_view) &&
        crmi_str_starts(rule->list_view, "00B")) {
        begin_view(s, rule->list_view);
    } else if (rule->list_view.len) {
        s->ask = names_ask;
        s->take = names_take;
    } else if (rule->report.len) {
        s->collect = true;
        s->ask = report_ask;
        s->take = report_take;
    } else {
        s->ask = campaign_ask;
        s->take = campaign_take;
    }
    return CRMSYNC_OK;
}

int32_t crmi_id_stream_ask(crmi_id_stream *s, crmsync_error **err)
{
    int32_t rc = s->ask(s, err);
    if (!rc)
        crmi_task_send(s->task, false);
    return rc;
}

int32_t crmi_id_stream_take(crmi_id_stream *s, bool *page, crmsync_error **err)
{
    crmi_id_stream_fn took = s->take;
    s->count = 0;
    int32_t rc = took(s, err);
    crmi_task_reset_calls(s->task);
    *page = !rc && (s->end || (took == query_take && !s->collect && s->next_url.len));
    return *page ? give_page(s, err) : rc;
}
