/* The faults of the transport and of the server: a table, broken answers, and the plan. */
#include "orgsim_faults.h"

#include "buf.h"
#include "org.h"

#include <stdlib.h>
#include <string.h>

static const orgsim_fault faults[ORGSIM_FAULT_LAST] = {
    [ORGSIM_FAULT_NONE] = {"none", ORGSIM_EFFECT_NOW, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_REFUSED] = {"refused", ORGSIM_EFFECT_NEVER, 0, CRMSYNC_HTTP_NOT_SENT,
                              "orgsim: connection refused"},
    [ORGSIM_FAULT_LOST_BEFORE] = {"lost_before", ORGSIM_EFFECT_NEVER, 0, CRMSYNC_HTTP_UNKNOWN,
                                  "orgsim: connection reset before the answer"},
    [ORGSIM_FAULT_LOST_AFTER] = {"lost_after", ORGSIM_EFFECT_NOW, 0, CRMSYNC_HTTP_UNKNOWN,
                                 "orgsim: connection reset before the answer"},
    [ORGSIM_FAULT_LATE_EFFECT] = {"late_effect", ORGSIM_EFFECT_LATE, 300000, CRMSYNC_HTTP_UNKNOWN,
                                  "orgsim: connection reset before the answer"},
    [ORGSIM_FAULT_CUT] = {"cut", ORGSIM_EFFECT_NOW, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_GARBAGE] = {"garbage", ORGSIM_EFFECT_NOW, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_HTML_503] = {"html_503", ORGSIM_EFFECT_NEVER, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_500_AFTER] = {"500_after", ORGSIM_EFFECT_NOW, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_401] = {"401", ORGSIM_EFFECT_NEVER, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_403_LIMIT] = {"403_limit", ORGSIM_EFFECT_NEVER, 0, CRMSYNC_HTTP_RESPONDED, ""},
    [ORGSIM_FAULT_SLOW] = {"slow", ORGSIM_EFFECT_LATE, 90000, CRMSYNC_HTTP_RESPONDED, ""},
};

/* Answers that do not come from the org. A NULL body is the real one, cut in half. */
static const struct {
    enum orgsim_fault_kind kind;
    int status;
    const char *type, *body;
} broken[] = {
    {ORGSIM_FAULT_CUT, 0, NULL, NULL},
    {ORGSIM_FAULT_GARBAGE, 200, "application/json;charset=UTF-8", "\x1f{\"done\":tru\xff\xfe]]"},
    {ORGSIM_FAULT_HTML_503, 503, "text/html",
     "<!DOCTYPE html><html><head><title>Service Unavailable</title></head>"
     "<body>We are down for maintenance. Please try again later.</body></html>"},
    {ORGSIM_FAULT_500_AFTER, 500, "application/json;charset=UTF-8",
     "[{\"message\":\"An unexpected error occurred. Please include this ErrorId if you contact "
     "support: 1186003243-11832 (1)\",\"errorCode\":\"UNKNOWN_EXCEPTION\"}]"},
    {ORGSIM_FAULT_401, 401, "application/json;charset=UTF-8",
     "[{\"message\":\"Session expired or invalid\",\"errorCode\":\"INVALID_SESSION_ID\"}]"},
    {ORGSIM_FAULT_403_LIMIT, 403, "application/json;charset=UTF-8",
     "[{\"message\":\"TotalRequests Limit exceeded.\",\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\"}]"},
};

static const crmsync_header json_headers[] = {
    {CRMSYNC_STR_LIT("Content-Type"), CRMSYNC_STR_LIT("application/json;charset=UTF-8")}};
static const crmsync_header html_headers[] = {
    {CRMSYNC_STR_LIT("Content-Type"), CRMSYNC_STR_LIT("text/html")}};

const orgsim_fault *orgsim_fault_of(enum orgsim_fault_kind kind)
{
    return &faults[kind > ORGSIM_FAULT_NONE && kind < ORGSIM_FAULT_LAST ? kind : ORGSIM_FAULT_NONE];
}

enum orgsim_fault_kind orgsim_fault_named(const char *name)
{
    int kind = 0;
    while (kind < ORGSIM_FAULT_LAST && strcmp(faults[kind].name, name) != 0)
        kind++;
    return (enum orgsim_fault_kind)kind;
}

orgsim_wire_answer orgsim_fault_answer(enum orgsim_fault_kind kind, const orgsim_response *real)
{
    orgsim_wire_answer answer = {500, json_headers, 1, {"", 0}};
    if (real) {
        answer.status = real->status;
        answer.headers = real->headers;
        answer.header_count = real->header_count;
        answer.body.ptr = real->body;
        answer.body.len = real->body_len;
    }
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        if (broken[i].kind != kind)
            continue;
        if (!broken[i].body) {
            answer.body.len /= 2;
            break;
        }
        answer.status = broken[i].status;
        answer.headers = strcmp(broken[i].type, "text/html") == 0 ? html_headers : json_headers;
        answer.header_count = 1;
        answer.body.ptr = broken[i].body;
        answer.body.len = strlen(broken[i].body);
    }
    return answer;
}

/* The token of "Bearer xyz" or "OAuth xyz". */
static crmsync_str bearer(const crmsync_header *headers, size_t count)
{
    static const char name[] = "authorization";
    crmsync_str none = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        crmsync_str value = headers[i].value;
        if (!orgsim_ieq_n(headers[i].name.ptr, headers[i].name.len, name))
            continue;
        const char *space = value.len ? memchr(value.ptr, ' ', value.len) : NULL;
        if (!space)
            return none;
        size_t skip = (size_t)(space - value.ptr) + 1;
        crmsync_str token = {value.ptr + skip, value.len - skip};
        return token;
    }
    return none;
}

void orgsim_fault_kill_token(orgsim *org, const crmsync_header *headers, size_t count)
{
    crmsync_str token = bearer(headers, count);
    for (size_t i = 0; token.ptr && i < org->token_count; i++) {
        const char *text = org->tokens[i].text;
        if (text && strlen(text) == token.len && memcmp(text, token.ptr, token.len) == 0)
            org->tokens[i].dead = true;
    }
}

static void drop(orgsim_fault_plan *plan, size_t at)
{
    free(plan->entries[at].part);
    plan->count--;
    memmove(plan->entries + at, plan->entries + at + 1,
            (plan->count - at) * sizeof plan->entries[0]);
}

static void add(orgsim_fault_plan *plan, uint64_t number, const char *part,
                enum orgsim_fault_kind kind)
{
    ORGSIM_ROOM(plan->entries, plan->count, plan->cap);
    orgsim_fault_entry *entry = &plan->entries[plan->count++];
    entry->number = number;
    entry->part = orgsim_copy_text(part);
    entry->kind = kind;
}

void orgsim_fault_plan_number(orgsim_fault_plan *plan, uint64_t number,
                              enum orgsim_fault_kind kind)
{
    for (size_t i = plan->count; i > 0; i--) {
        if (!plan->entries[i - 1].part && plan->entries[i - 1].number == number)
            drop(plan, i - 1);
    }
    if (kind != ORGSIM_FAULT_NONE)
        add(plan, number, NULL, kind);
}

void orgsim_fault_plan_part(orgsim_fault_plan *plan, const char *part,
                            enum orgsim_fault_kind kind)
{
    if (kind != ORGSIM_FAULT_NONE) {
        add(plan, 0, part, kind);
        return;
    }
    for (size_t i = plan->count; i > 0; i--) {
        if (plan->entries[i - 1].part && strcmp(plan->entries[i - 1].part, part) == 0)
            drop(plan, i - 1);
    }
}

void orgsim_fault_plan_rate(orgsim_fault_plan *plan, uint32_t per_mille,
                            enum orgsim_fault_kind kind, uint64_t seed)
{
    plan->per_mille = per_mille;
    plan->rate_kind = kind;
    plan->random = seed ? seed : 1;
}

static enum orgsim_fault_kind by_chance(orgsim_fault_plan *plan)
{
    if (plan->per_mille == 0)
        return ORGSIM_FAULT_NONE;
    plan->random ^= plan->random << 13; /* xorshift */
    plan->random ^= plan->random >> 7;
    plan->random ^= plan->random << 17;
    return plan->random % 1000 < plan->per_mille ? plan->rate_kind : ORGSIM_FAULT_NONE;
}

enum orgsim_fault_kind orgsim_fault_plan_take(orgsim_fault_plan *plan, uint64_t number,
                                              crmsync_str method, crmsync_str target)
{
    enum orgsim_fault_kind kind = ORGSIM_FAULT_NONE;
    if (plan->count == 0)
        return by_chance(plan);
    orgsim_buf line = {0};
    orgsim_buf_put(&line, method.ptr, method.len);
    orgsim_buf_puts(&line, " ");
    orgsim_buf_put(&line, target.ptr, target.len);
    size_t hit = plan->count;
    for (size_t i = 0; i < plan->count; i++) {
        const orgsim_fault_entry *entry = &plan->entries[i];
        if (!entry->part && entry->number == number) {
            hit = i; /* a number goes before a part */
            break;
        }
        if (entry->part && hit == plan->count && strstr(line.ptr, entry->part))
            hit = i;
    }
    orgsim_buf_clear(&line);
    if (hit == plan->count)
        return by_chance(plan);
    kind = plan->entries[hit].kind;
    drop(plan, hit);
    return kind;
}

void orgsim_fault_plan_clear(orgsim_fault_plan *plan)
{
    while (plan->count > 0)
        drop(plan, plan->count - 1);
    free(plan->entries);
    plan->entries = NULL;
    plan->cap = 0;
    plan->per_mille = 0;
}
