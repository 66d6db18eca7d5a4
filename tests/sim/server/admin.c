/* Endpoints under /_orgsim/: the hand of a person inside the org, for demos and other languages. */
#include "server.h"

#include "../text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

static const char prefix[] = "/_orgsim/";
static const char default_objects[] =
    "Account,Contact,Lead,Opportunity,OpportunityContactRole,Task,Event,Campaign,CampaignMember";

typedef struct call {
    server *s;
    exchange *x;
    const char *query; /* after the ? */
    yyjson_val *body;  /* an object, or NULL for GET */
} call;

/* ---- arguments and answers ---- */

static const char *text_of(const call *c, const char *name)
{
    return yyjson_get_str(yyjson_obj_get(c->body, name));
}

static char *parameter(const call *c, const char *name)
{
    return orgsim_form_value(c->query, strlen(c->query), name);
}

static void reply_json(call *c, unsigned status, orgsim_buf *json)
{
    size_t len = json->len;
    exchange_reply_text(c->x, status, "application/json; charset=utf-8", orgsim_buf_take(json),
                        len);
}

static void refuse(call *c, unsigned status, const char *why)
{
    orgsim_buf json = {0};
    orgsim_buf_puts(&json, "{\"ok\":false,\"error\":");
    orgsim_buf_jsons(&json, why);
    orgsim_buf_puts(&json, "}\n");
    reply_json(c, status, &json);
}

static void agree(call *c)
{
    orgsim_buf json = {0};
    orgsim_buf_puts(&json, "{\"ok\":true}\n");
    reply_json(c, 200, &json);
}

static void agree_if(call *c, int rc, const char *why_not)
{
    if (rc == 0)
        agree(c);
    else
        refuse(c, 400, why_not);
}

static void agree_id(call *c, const char *name, const char *id)
{
    orgsim_buf json = {0};
    orgsim_buf_printf(&json, "{\"ok\":true,\"%s\":\"%s\"}\n", name, id);
    reply_json(c, 200, &json);
}

/* ---- endpoints ---- */

static void do_seed(call *c)
{
    char why[1024] = "the seed was refused";
    int rc = orgsim_seed(c->s->org, c->x->body.ptr ? c->x->body.ptr : "", c->x->body.len, why,
                         sizeof why);
    agree_if(c, rc, why);
}

static void do_switch(call *c)
{
    const char *name = text_of(c, "name"), *value = text_of(c, "value");
    if (!name || !value)
        refuse(c, 400, "give name and value");
    else
        agree_if(c, orgsim_switch(c->s->org, name, value),
                  "unknown switch or value; tests/sim/README.md lists them");
}

static void do_insert(call *c)
{
    const char *object = text_of(c, "object");
    char *fields = yyjson_val_write(yyjson_obj_get(c->body, "fields"), 0, NULL);
    char id[19] = "";
    if (!object || !fields)
        refuse(c, 400, "give object and fields");
    else if (orgsim_insert(c->s->org, object, fields, id) != 0)
        refuse(c, 400, "the org refused the record: a required field, a picklist or a length");
    else
        agree_id(c, "id", id);
    free(fields);
}

static void do_update(call *c)
{
    const char *id = text_of(c, "id");
    char *fields = yyjson_val_write(yyjson_obj_get(c->body, "fields"), 0, NULL);
    if (!id || !fields)
        refuse(c, 400, "give id and fields");
    else
        agree_if(c, orgsim_update(c->s->org, id, fields),
                  "no such record, or the org refused the values");
    free(fields);
}

static void with_id(call *c, int (*act)(orgsim *org, const char *id))
{
    const char *id = text_of(c, "id");
    if (!id)
        refuse(c, 400, "give id");
    else
        agree_if(c, act(c->s->org, id), "no such record in that state");
}

static void do_delete(call *c)
{
    with_id(c, orgsim_delete);
}

static void do_undelete(call *c)
{
    with_id(c, orgsim_undelete);
}

static void do_purge(call *c)
{
    with_id(c, orgsim_purge);
}

static void do_merge(call *c)
{
    const char *winner = text_of(c, "winner"), *loser = text_of(c, "loser");
    if (!winner || !loser)
        refuse(c, 400, "give winner and loser");
    else
        agree_if(c, orgsim_merge(c->s->org, winner, loser),
                  "both must be live records of one object that can be merged");
}

static void do_convert(call *c)
{
    const char *lead = text_of(c, "lead");
    char contact[19] = "";
    bool opportunity = yyjson_get_bool(yyjson_obj_get(c->body, "opportunity"));
    if (!lead)
        refuse(c, 400, "give lead");
    else if (orgsim_convert_lead(c->s->org, lead, text_of(c, "account"), text_of(c, "contact"),
                                 opportunity, contact) != 0)
        refuse(c, 400, "the lead cannot be converted");
    else
        agree_id(c, "contact", contact);
}

static uint64_t number_or(const call *c, const char *name, uint64_t otherwise)
{
    yyjson_val *value = yyjson_obj_get(c->body, name);
    return yyjson_is_uint(value) ? yyjson_get_uint(value) : otherwise;
}

static void do_fault(call *c)
{
    const char *kind = text_of(c, "kind");
    const wire_fault *fault = kind ? server_wire_fault_named(kind) : NULL;
    uint64_t count = number_or(c, "count", 1);
    if (kind && strcmp(kind, "none") == 0) {
        server_wire_plan_clear(c->s);
        agree(c);
        return;
    }
    if (!fault || count == 0) {
        refuse(c, 400, "give a kind that --help lists, and a count of 1 or more");
        return;
    }
    server_wire_plan_add(c->s, fault, text_of(c, "on"), number_or(c, "skip", 0), count,
                         yyjson_get_bool(yyjson_obj_get(c->body, "reused")));
    agree(c);
}

static void do_clock(call *c)
{
    yyjson_val *by = yyjson_obj_get(c->body, "advance_ms");
    orgsim_buf json = {0};
    if (by && !yyjson_is_int(by)) {
        refuse(c, 400, "advance_ms is a whole number");
        return;
    }
    c->s->ahead_ms += yyjson_get_sint(by);
    orgsim_set_now(c->s->org, server_wall_ms(c->s));
    orgsim_buf_printf(&json, "{\"ok\":true,\"now_ms\":%" PRId64 "}\n", orgsim_now(c->s->org));
    reply_json(c, 200, &json);
}

static void do_usage(call *c)
{
    orgsim_usage u = orgsim_usage_get(c->s->org);
    orgsim_buf json = {0};
    orgsim_buf_printf(&json,
                      "{\"api_calls\":%" PRIu64 ",\"token_calls\":%" PRIu64
                      ",\"rows_read\":%" PRIu64 ",\"rows_created\":%" PRIu64
                      ",\"rows_updated\":%" PRIu64 ",\"rows_deleted\":%" PRIu64 "}\n",
                      u.api_calls, u.token_calls, u.rows_read, u.rows_created, u.rows_updated,
                      u.rows_deleted);
    reply_json(c, 200, &json);
}

static void do_usage_reset(call *c)
{
    orgsim_usage_reset(c->s->org);
    agree(c);
}

static void do_query(call *c)
{
    char *soql = parameter(c, "q"), *all = parameter(c, "all");
    char *json = soql ? orgsim_query(c->s->org, soql, all && strcmp(all, "1") == 0) : NULL;
    if (json)
        exchange_reply_text(c->x, 200, "application/json; charset=utf-8", orgsim_copy_text(json),
                            strlen(json));
    else
        refuse(c, 400, soql ? "that is not SOQL this org understands" : "give q");
    orgsim_string_free(json);
    free(soql);
    free(all);
}

static void do_snapshot(call *c)
{
    char *json = orgsim_snapshot(c->s->org);
    exchange_reply_text(c->x, 200, "application/json; charset=utf-8", json, strlen(json));
}

static void do_restore(call *c)
{
    char why[1024] = "the snapshot was refused";
    int rc = orgsim_snapshot_load(c->s->org, c->x->body.ptr ? c->x->body.ptr : "", c->x->body.len,
                                  why, sizeof why);
    agree_if(c, rc, why);
}

static void do_dump(call *c)
{
    char *objects = parameter(c, "objects");
    char *text = orgsim_dump(c->s->org, objects ? objects : default_objects);
    if (text)
        exchange_reply_text(c->x, 200, "text/plain; charset=utf-8", orgsim_copy_text(text),
                            strlen(text));
    else
        refuse(c, 400, "objects names an object that does not exist");
    orgsim_string_free(text);
    free(objects);
}

static const struct {
    const char *method, *name;
    void (*act)(call *c);
} endpoints[] = {
    {"POST", "seed", do_seed},         {"POST", "switch", do_switch},
    {"POST", "insert", do_insert},     {"POST", "update", do_update},
    {"POST", "delete", do_delete},     {"POST", "undelete", do_undelete},
    {"POST", "purge", do_purge},       {"POST", "merge", do_merge},
    {"POST", "convert", do_convert},   {"POST", "fault", do_fault},
    {"POST", "clock", do_clock},       {"POST", "usage/reset", do_usage_reset},
    {"GET", "usage", do_usage},        {"GET", "query", do_query},
    {"GET", "dump", do_dump},          {"GET", "snapshot", do_snapshot},
    {"POST", "restore", do_restore},
};

static void run(call *c, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        if (strlen(endpoints[i].name) != len || memcmp(endpoints[i].name, name, len) != 0)
            continue;
        bool post = strcmp(endpoints[i].method, "POST") == 0;
        if (strcmp(endpoints[i].method, c->x->method) != 0)
            refuse(c, 405, post ? "use POST" : "use GET");
        else if (post && !c->body && c->x->body.len > 0)
            refuse(c, 400, "the body is not a JSON object");
        else
            endpoints[i].act(c);
        return;
    }
    refuse(c, 404, "no such endpoint; crmsync-orgsim --help lists them");
}

bool admin_answer(server *s, exchange *x)
{
    if (strncmp(x->target, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *name = x->target + sizeof prefix - 1;
    size_t len = strcspn(name, "?");
    yyjson_doc *doc = x->body.len ? yyjson_read(x->body.ptr, x->body.len, 0) : NULL;
    yyjson_val *root = yyjson_doc_get_root(doc);
    call c = {s, x, name[len] ? name + len + 1 : "", yyjson_is_obj(root) ? root : NULL};
    run(&c, name, len);
    yyjson_doc_free(doc);
    return true;
}
