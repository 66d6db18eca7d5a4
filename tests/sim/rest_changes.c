/* rest_changes.c: getUpdated and getDeleted. */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

typedef struct window {
    int64_t start, end;
} window;

#define MINUTE 60000LL
#define DAY (86400000LL)

/* Seconds of both ends are ignored. False after refusing. */
static bool read_window(orgsim_call *call, int64_t days_back, window *out)
{
    char *start = orgsim_parameter(call, "start"), *end = orgsim_parameter(call, "end");
    bool good = start && end && orgsim_parse_datetime(start, strlen(start), &out->start) &&
                orgsim_parse_datetime(end, strlen(end), &out->end);
    free(start);
    free(end);
    if (!good) {
        orgsim_refuse_with(call, 400, "INVALID_REPLICATION_DATE", "start and end are required");
        return false;
    }
    out->start -= out->start % MINUTE;
    out->end -= out->end % MINUTE;
    if (out->end - out->start < MINUTE || out->start < call->org->now_ms - days_back * DAY) {
        orgsim_refuse_with(call, 400, "INVALID_REPLICATION_DATE",
                           out->end - out->start < MINUTE
                               ? "startDate before endDate by at least one minute"
                               : "startDate before the replication window");
        return false;
    }
    if (out->end > call->org->now_ms)
        out->end = call->org->now_ms - call->org->now_ms % MINUTE;
    return true;
}

static void write_covered(orgsim_call *call, const window *w)
{
    char text[40];
    orgsim_format_datetime(w->end, text);
    orgsim_buf_printf(&call->out, "],\"latestDateCovered\":\"%s\"}", text);
}

void orgsim_rest_updated(orgsim_call *call)
{
    window w;
    bool first = true;
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object || !read_window(call, 30, &w))
        return;
    orgsim_buf_puts(&call->out, "{\"ids\":[");
    for (size_t i = 0; i < object->row_count; i++) {
        const orgsim_row *row = object->rows[i];
        if (row->deleted || row->stamp < w.start || row->stamp >= w.end || !orgsim_row_shared(row))
            continue;
        orgsim_buf_printf(&call->out, "%s\"%s\"", first ? "" : ",", row->id);
        first = false;
    }
    write_covered(call, &w);
    orgsim_answer(call, 200);
}

void orgsim_rest_deleted(orgsim_call *call)
{
    window w;
    char text[40];
    bool first = true;
    orgsim *org = call->org;
    orgsim_object *object = orgsim_call_object(call, call->args[0]);
    if (!object || !read_window(call, 15, &w))
        return;
    const orgsim_setting *purge = orgsim_setting_find(org, "purge_log", NULL);
    int64_t earliest = org->now_ms - (purge ? strtoll(purge->value, NULL, 10) : 15 * DAY);
    orgsim_buf_puts(&call->out, "{\"deletedRecords\":[");
    for (size_t i = 0; i < org->deletion_count; i++) {
        const struct orgsim_deletion *deletion = &org->deletions[i];
        if (deletion->object != object || deletion->when < w.start || deletion->when >= w.end ||
            deletion->when < earliest)
            continue;
        orgsim_format_datetime(deletion->when - deletion->when % 1000, text);
        orgsim_buf_printf(&call->out, "%s{\"id\":\"%s\",\"deletedDate\":\"%s\"}",
                          first ? "" : ",", deletion->id, text);
        first = false;
    }
    orgsim_format_datetime(earliest - earliest % 1000, text);
    orgsim_buf_printf(&call->out, "],\"earliestDateAvailable\":\"%s\"", text);
    orgsim_format_datetime(w.end, text);
    orgsim_buf_printf(&call->out, ",\"latestDateCovered\":\"%s\"}", text);
    orgsim_answer(call, 200);
}
