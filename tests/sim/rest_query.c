/* rest_query.c: query, queryAll and their pages. */
#include "rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURSOR_DAYS = 2, MOST_CURSORS = 500 };

/* `size` holds when the call asks for none. */
static size_t page_size(const orgsim_call *call, size_t size)
{
    size_t most = call->org->query_page;
    const char *options = orgsim_pairs_get(&call->headers, "Sforce-Query-Options");
    const char *batch = options ? strstr(options, "batchSize=") : NULL;
    if (batch) {
        long asked = strtol(batch + 10, NULL, 10);
        asked = asked < 200 ? 200 : asked;
        size = (size_t)asked < most ? (size_t)asked : most;
    }
    if (orgsim_setting_find(call->org, "short_pages", NULL) && size > 1)
        size = 1 + (size_t)(orgsim_random(call->org) % size);
    return size;
}

static void drop_oldest(orgsim *org)
{
    orgsim_soql_free(org->cursors[0].query);
    orgsim_rows_clear(&org->cursors[0].rows);
    org->cursor_count--;
    memmove(org->cursors, org->cursors + 1, org->cursor_count * sizeof *org->cursors);
}

/* Takes query and rows over. */
static orgsim_cursor *keep_cursor(orgsim *org, orgsim_soql *query, orgsim_rows rows, size_t page)
{
    if (org->cursor_count >= MOST_CURSORS)
        drop_oldest(org);
    ORGSIM_ROOM(org->cursors, org->cursor_count, org->cursor_cap);
    orgsim_cursor *cursor = &org->cursors[org->cursor_count++];
    memset(cursor, 0, sizeof *cursor);
    orgsim_id_make("01g", ++org->next_cursor, cursor->id);
    cursor->query = query;
    cursor->rows = rows;
    cursor->page = page;
    cursor->made_ms =
        orgsim_setting_find(org, "locator_short", NULL) ? INT64_MIN / 2 : org->now_ms;
    return cursor;
}

/* One page from `offset`; rows purged since then are left out. */
static void write_page(orgsim_call *call, orgsim_soql *query, const orgsim_rows *rows,
                       size_t offset, size_t size, const orgsim_cursor *cursor)
{
    size_t end = offset + size < rows->count ? offset + size : rows->count;
    orgsim_buf_printf(&call->out, "{\"totalSize\":%zu,\"done\":%s,", rows->count,
                      end == rows->count ? "true" : "false");
    const orgsim_setting *host = orgsim_setting_find(call->org, "next_host", NULL);
    if (end < rows->count)
        orgsim_buf_printf(&call->out, "\"nextRecordsUrl\":\"%s/services/data/v%s/query/%s-%zu\",",
                          host ? host->value : "", call->version, cursor->id, end);
    orgsim_buf_puts(&call->out, "\"records\":[");
    bool first = true;
    for (size_t i = offset; i < end; i++) {
        if (rows->items[i]->gone)
            continue;
        orgsim_buf_puts(&call->out, first ? "" : ",");
        orgsim_soql_write_row(call->org, query, rows->items[i], call->version, &call->out);
        call->org->usage.rows_read++;
        first = false;
    }
    orgsim_buf_puts(&call->out, "]}");
    orgsim_answer(call, 200);
}

static void write_groups(orgsim_call *call, orgsim_soql *query, const orgsim_rows *rows)
{
    orgsim_buf records = {NULL, 0, 0};
    orgsim_buf_put(&records, "", 0);
    size_t count = orgsim_soql_write_groups(call->org, query, rows, &records);
    if (count > 2000) {
        orgsim_refuse_with(call, 400, "EXCEEDED_ID_LIMIT",
                           "Aggregate query does not support queryMore(), use LIMIT to restrict "
                           "the results to a single batch");
    } else {
        orgsim_buf_printf(&call->out, "{\"totalSize\":%zu,\"done\":true,\"records\":[%s]}", count,
                          records.ptr);
        call->org->usage.rows_read += count;
        orgsim_answer(call, 200);
    }
    orgsim_buf_clear(&records);
}

static void run(orgsim_call *call, const char *text, bool deleted_too)
{
    orgsim *org = call->org;
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    const orgsim_setting *slow = orgsim_setting_find(org, "query_timeout", NULL);
    if (slow && strstr(text, slow->value)) {
        orgsim_refuse_with(call, 400, "QUERY_TIMEOUT",
                           "Your query request was running for too long.");
        return;
    }
    orgsim_soql *query = orgsim_soql_new(org, text, false, &problem);
    if (!query) {
        orgsim_refuse(call, &problem);
        return;
    }
    orgsim_soql_run(org, query, deleted_too, &rows, &problem);
    if (orgsim_soql_is_count(query)) {
        orgsim_buf_printf(&call->out, "{\"totalSize\":%zu,\"done\":true,\"records\":[]}",
                          rows.count);
        orgsim_answer(call, 200);
    } else if (orgsim_soql_is_grouped(query)) {
        write_groups(call, query, &rows);
    } else {
        size_t size = page_size(call, org->query_page);
        if (rows.count > size) {
            orgsim_cursor *cursor = keep_cursor(org, query, rows, size);
            write_page(call, query, &cursor->rows, 0, size, cursor);
            return;
        }
        write_page(call, query, &rows, 0, size, NULL);
    }
    orgsim_rows_clear(&rows);
    orgsim_soql_free(query);
}

/* query?explain=: the plan alone, no row. */
static void explain(orgsim_call *call, const char *text)
{
    orgsim_problem problem;
    orgsim_rows rows = {NULL, 0, 0};
    orgsim_soql *query = orgsim_soql_new(call->org, text, false, &problem);
    if (!query) {
        orgsim_refuse(call, &problem);
        return;
    }
    const orgsim_object *object = orgsim_soql_object(query);
    orgsim_soql_run(call->org, query, false, &rows, &problem);
    orgsim_buf_printf(&call->out,
                      "{\"plans\":[{\"cardinality\":%zu,\"fields\":[],\"leadingOperationType\":"
                      "\"TableScan\",\"notes\":[],\"relativeCost\":1.0,\"sobjectCardinality\":%zu,"
                      "\"sobjectType\":\"%s\"}],\"sourceQuery\":",
                      rows.count, object->row_count, object->name);
    orgsim_buf_jsons(&call->out, text);
    orgsim_buf_puts(&call->out, "}");
    orgsim_rows_clear(&rows);
    orgsim_soql_free(query);
    orgsim_answer(call, 200);
}

static void query(orgsim_call *call, bool deleted_too)
{
    char *plan = orgsim_parameter(call, "explain");
    if (plan) { /* of a statement, or of a list view or report by id */
        char *behind = orgsim_view_statement(call->org, plan);
        explain(call, behind ? behind : plan);
        free(behind);
        free(plan);
        return;
    }
    char *text = orgsim_parameter(call, "q");
    if (text)
        run(call, text, deleted_too);
    else
        orgsim_refuse_with(call, 400, "MALFORMED_QUERY", "query parameter q is missing");
    free(text);
}

void orgsim_rest_query(orgsim_call *call)
{
    query(call, false);
}

void orgsim_rest_query_all(orgsim_call *call)
{
    query(call, true);
}

void orgsim_rest_query_more(orgsim_call *call)
{
    orgsim *org = call->org;
    const char *dash = strchr(call->args[0], '-');
    size_t len = dash ? (size_t)(dash - call->args[0]) : 0;
    for (size_t i = 0; i < org->cursor_count; i++) {
        orgsim_cursor *cursor = &org->cursors[i];
        if (!dash || len != 18 || memcmp(cursor->id, call->args[0], 15) != 0)
            continue;
        size_t offset = (size_t)strtoull(dash + 1, NULL, 10);
        if (org->now_ms - cursor->made_ms > CURSOR_DAYS * 86400000LL ||
            offset > cursor->rows.count)
            break;
        write_page(call, cursor->query, &cursor->rows, offset, page_size(call, cursor->page),
                   cursor);
        return;
    }
    orgsim_refuse_with(call, 400, "INVALID_QUERY_LOCATOR", "invalid query locator");
}
