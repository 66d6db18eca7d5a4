/* Faults of the server: which request meets which. */
#include "server.h"

#include <stdlib.h>
#include <string.h>

const wire_fault server_wire_faults[] = {
    {"reset_after", true, false, false, ORGSIM_FAULT_NONE,
     "the request acts, then the connection is reset without a reply byte"},
    {"reset_before", false, false, false, ORGSIM_FAULT_NONE,
     "the connection is reset, nothing happened"},
    {"stall", true, false, true, ORGSIM_FAULT_NONE,
     "the request acts, no reply ever comes (closed after ten minutes)"},
    {"stall_before", false, false, true, ORGSIM_FAULT_NONE, "no reply comes, nothing happened"},
    {"cut", true, true, false, ORGSIM_FAULT_CUT,
     "the request acts, the connection ends in the middle of the body"},
    {"garbage", true, true, false, ORGSIM_FAULT_GARBAGE,
     "the request acts, the body is not JSON"},
    {"html_503", false, true, false, ORGSIM_FAULT_HTML_503, "an HTML page, nothing happened"},
    {"500_after", true, true, false, ORGSIM_FAULT_500_AFTER,
     "the request acts, the reply is an error 500"},
    {"401", false, true, false, ORGSIM_FAULT_401, "INVALID_SESSION_ID, and the token is dead"},
    {"403_limit", false, true, false, ORGSIM_FAULT_403_LIMIT,
     "REQUEST_LIMIT_EXCEEDED, nothing happened"},
};
const size_t server_wire_fault_count = sizeof server_wire_faults / sizeof server_wire_faults[0];

const wire_fault *server_wire_fault_named(const char *name)
{
    for (size_t i = 0; i < server_wire_fault_count; i++) {
        if (strcmp(server_wire_faults[i].name, name) == 0)
            return &server_wire_faults[i];
    }
    return NULL;
}

void server_wire_plan_add(server *s, const wire_fault *fault, const char *part, uint64_t skip,
                          uint64_t count, bool reused)
{
    wire_plan *plan = orgsim_alloc(sizeof *plan);
    wire_plan **end = &s->plans;
    plan->fault = fault;
    plan->part = orgsim_copy_text(part);
    plan->skip = skip;
    plan->count = count;
    plan->reused = reused;
    while (*end)
        end = &(*end)->next;
    *end = plan;
}

static void plan_free(wire_plan *plan)
{
    free(plan->part);
    free(plan);
}

void server_wire_plan_clear(server *s)
{
    while (s->plans) {
        wire_plan *next = s->plans->next;
        plan_free(s->plans);
        s->plans = next;
    }
}

const wire_fault *server_wire_fault_take(server *s, const char *method, const char *target,
                                         bool reused_connection)
{
    const wire_fault *fault = NULL;
    orgsim_buf line = {0};
    orgsim_buf_printf(&line, "%s %s", method, target);
    for (wire_plan **at = &s->plans; *at && !fault; at = &(*at)->next) {
        wire_plan *plan = *at;
        if ((plan->reused && !reused_connection) || (plan->part && !strstr(line.ptr, plan->part)))
            continue;
        if (plan->skip > 0) {
            plan->skip--;
            continue;
        }
        fault = plan->fault;
        if (--plan->count == 0) {
            *at = plan->next;
            plan_free(plan);
            break;
        }
    }
    orgsim_buf_clear(&line);
    return fault;
}
