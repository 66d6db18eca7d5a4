/* bulk_query.c: queries whose answer is read as pages of CSV. */
#include "bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 50000, PAGES_LISTED = 5 };

orgsim_soql *orgsim_job_statement(orgsim *org, const char *text, orgsim_problem *problem)
{
    orgsim_soql *statement = orgsim_soql_new(org, text, false, problem);
    if (!statement)
        return NULL;
    const char *why = orgsim_soql_not_bulk(statement);
    if (!why)
        return statement;
    orgsim_problem_set(problem, 400, "API_ERROR", NULL, "%s", why);
    orgsim_soql_free(statement);
    return NULL;
}

void orgsim_job_select(orgsim *org, orgsim_job *job)
{
    orgsim_problem problem;
    job->statement = orgsim_job_statement(org, job->soql, &problem);
    if (!job->statement) {
        job->error = orgsim_copy_text(problem.message);
        job->state = ORGSIM_JOB_FAILED;
        return;
    }
    orgsim_soql_run(org, job->statement, strcmp(job->operation, "queryAll") == 0, &job->found,
                    &problem);
    job->processed = job->found.count;
    org->usage.rows_read += job->found.count;
    job->state = ORGSIM_JOB_COMPLETE;
}

static size_t page_size(const orgsim *org)
{
    const orgsim_setting *page = orgsim_setting_find(org, "bulk_page", NULL);
    return page ? (size_t)strtoull(page->value, NULL, 10) : PAGE;
}

/* A locator is the position, in base64: opaque to whoever reads no documentation. */
static char *locator_of(size_t position)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%zu", position);
    return orgsim_base64url((const unsigned char *)digits, (size_t)len);
}

/* False after refusing. */
static bool read_locator(orgsim_call *call, const orgsim_job *job, size_t *position)
{
    char *text = orgsim_parameter(call, "locator");
    size_t len = 0;
    unsigned char *digits = text ? orgsim_base64_decode(text, strlen(text), &len) : NULL;
    char number[24] = "";
    *position = 0;
    if (digits && len < sizeof number)
        memcpy(number, digits, len);
    bool good = !text || (*number && strspn(number, "0123456789") == strlen(number));
    if (good && text)
        *position = (size_t)strtoull(number, NULL, 10);
    good = good && (*position < job->found.count || !*position);
    free(digits);
    free(text);
    if (!good)
        orgsim_refuse_with(call, 400, "INVALID_LOCATOR", "The locator is not valid");
    return good;
}

void orgsim_job_write_page(orgsim_call *call, const orgsim_job *job)
{
    size_t from, size = page_size(call->org), asked = 0;
    char number[24];
    char *most = orgsim_parameter(call, "maxRecords");
    if (most)
        asked = (size_t)strtoull(most, NULL, 10);
    free(most);
    if (!read_locator(call, job, &from))
        return;
    size = asked && asked < size ? asked : size;
    size_t end = from + size < job->found.count ? from + size : job->found.count;
    orgsim_soql_write_csv(call->org, job->statement, NULL, job->delimiter, &call->out);
    for (size_t i = from; i < end; i++)
        orgsim_soql_write_csv(call->org, job->statement, job->found.items[i], job->delimiter,
                              &call->out);
    char *next = end < job->found.count ? locator_of(end) : orgsim_copy_text("null");
    snprintf(number, sizeof number, "%zu", end - from);
    orgsim_pairs_add(&call->out_headers, "Sforce-Locator", next);
    orgsim_pairs_add(&call->out_headers, "Sforce-NumberOfRecords", number);
    orgsim_pairs_add(&call->out_headers, "Content-Type", "text/csv");
    free(next);
    orgsim_answer(call, 200);
}

void orgsim_job_write_pages(orgsim_call *call, const orgsim_job *job)
{
    size_t from, size = page_size(call->org), listed = 0;
    if (!read_locator(call, job, &from))
        return;
    orgsim_buf_puts(&call->out, "{\"resultPages\":[");
    for (; listed < PAGES_LISTED && (from < job->found.count || !from); listed++, from += size) {
        char *locator = locator_of(from);
        orgsim_buf_printf(&call->out,
                          "%s{\"resultUrl\":\"/services/data/v%s/jobs/query/%s/results?locator=%s"
                          "\"}",
                          listed ? "," : "", call->version, job->id, locator);
        free(locator);
        if (!job->found.count)
            break;
    }
    orgsim_buf_printf(&call->out, "],\"done\":%s", from < job->found.count ? "false" : "true");
    if (from < job->found.count) {
        char *locator = locator_of(from);
        orgsim_buf_printf(&call->out,
                          ",\"nextRecordsUrl\":\"/services/data/v%s/jobs/query/%s/resultPages"
                          "?locator=%s\"",
                          call->version, job->id, locator);
        free(locator);
    }
    orgsim_buf_puts(&call->out, "}");
    orgsim_answer(call, 200);
}
