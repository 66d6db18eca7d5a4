#include "hooks.h"

#include <stdio.h>
#include <string.h>

static const char *const hook_names[HOOK_LAST] = {"get",  "scan", "commit",  "clear", "load",
                                                  "find", "save", "changed", "start"};

const char *hook_name(int what)
{
    return hook_names[what];
}

const char *hook_fault_name(int fault)
{
    static const char *const names[] = {"none",         "fail",        "fail after",   "conflict",
                                        "unknown applied", "unknown lost", "refused",
                                        "death before", "death after", "clock back"};
    static const char *const http[] = {"none",     "refused connection", "lost before", "lost after",
                                       "late effect", "cut",   "garbage", "html 503", "500 after",
                                       "401",      "403 limit", "slow"};
    return fault < FAULT_HTTP ? names[fault] : http[fault - FAULT_HTTP];
}

bool hook_fault_applies(int what, int fault)
{
    switch (fault) {
    case FAULT_FAIL: return what != HOOK_START;
    case FAULT_FAIL_AFTER:
    case FAULT_REFUSED: return what == HOOK_SAVE;
    case FAULT_CONFLICT: return what == HOOK_COMMIT || what == HOOK_SAVE;
    case FAULT_UNKNOWN_APPLIED:
    case FAULT_UNKNOWN_LOST: return what == HOOK_COMMIT;
    case FAULT_DEATH_BEFORE: return true;
    case FAULT_DEATH_AFTER: return what == HOOK_COMMIT || what == HOOK_SAVE || what == HOOK_START;
    case FAULT_CLOCK_BACK: return true;
    default: return fault > FAULT_HTTP && fault < FAULT_LAST && what == HOOK_START;
    }
}

static int32_t broken(int32_t code, const char *what, crmsync_error **err)
{
    return crmsync_error_new(code, (crmsync_str){what, strlen(what)}, err);
}

/* One call that was numbered: whether it fails, and how. */
typedef struct passing {
    hooks *h;
    hook_call call;
    int fault;
} passing;

static passing enter(hooks *h, int what, const char *site)
{
    passing p = {h, {what, ""}, FAULT_NONE};
    snprintf(p.call.site, sizeof p.call.site, "%s", site);
    if (h->dead) {
        p.fault = FAULT_DEATH_BEFORE;
        return p;
    }
    if (!h->counting)
        return p;
    h->calls++;
    if (h->log && h->calls <= h->log_cap)
        h->log[h->calls - 1] = p.call;
    if (h->on_call)
        h->on_call(h->on_call_ctx, &p.call, false);
    bool here = h->calls == h->at || (h->at_site && !h->hit && what == h->at_what &&
                                      strncmp(site, h->at_site, strlen(h->at_site)) == 0);
    if (here && hook_fault_applies(what, h->fault)) {
        p.fault = h->fault;
        h->hit = true;
    }
    if (p.fault == FAULT_CLOCK_BACK)
        *h->skew_ms -= 3600000;
    if (p.fault == FAULT_DEATH_BEFORE)
        h->dead = true;
    return p;
}

static void leave(passing *p)
{
    if (p->fault == FAULT_DEATH_AFTER)
        p->h->dead = true;
    if (p->h->on_call && p->h->counting && !p->h->dead)
        p->h->on_call(p->h->on_call_ctx, &p->call, true);
}

/* ---- state ---- */

static void spaces_of(const crmsync_kv_item *items, size_t n, char mark, char *text, size_t size)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        if (items[i].space >= 32 || (seen & (1u << items[i].space)))
            continue;
        seen |= 1u << items[i].space;
        size_t len = strlen(text);
        snprintf(text + len, size - len, "%c%u", mark, items[i].space);
    }
}

static int32_t state_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                         crmsync_state_sink *sink, crmsync_error **err)
{
    char site[HOOK_SITE_MAX] = "";
    spaces_of(keys, n, '?', site, sizeof site);
    passing p = enter(ctx, HOOK_GET, site);
    if (p.fault == FAULT_FAIL || p.fault == FAULT_DEATH_BEFORE)
        return broken(CRMSYNC_E_STORE, "the store is not there", err);
    int32_t rc = p.h->state->get(p.h->state_ctx, workspace, keys, n, sink, err);
    leave(&p);
    return rc;
}

static int32_t state_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                          crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                          crmsync_error **err)
{
    char site[HOOK_SITE_MAX];
    snprintf(site, sizeof site, "%u", space);
    passing p = enter(ctx, HOOK_SCAN, site);
    if (p.fault == FAULT_FAIL || p.fault == FAULT_DEATH_BEFORE)
        return broken(CRMSYNC_E_STORE, "the store is not there", err);
    int32_t rc = p.h->state->scan(p.h->state_ctx, workspace, space, from, to, limit, flags, sink, err);
    leave(&p);
    return rc;
}

static int32_t state_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                            crmsync_error **err)
{
    char site[HOOK_SITE_MAX] = "";
    spaces_of(c->puts, c->put_count, '+', site, sizeof site);
    spaces_of(c->deletes, c->delete_count, '-', site, sizeof site);
    passing p = enter(ctx, HOOK_COMMIT, site);
    switch (p.fault) {
    case FAULT_FAIL:
    case FAULT_DEATH_BEFORE: return broken(CRMSYNC_E_STORE, "the store is not there", err);
    case FAULT_CONFLICT: *outcome = CRMSYNC_COMMIT_CONFLICT; return CRMSYNC_OK;
    case FAULT_UNKNOWN_LOST: *outcome = CRMSYNC_COMMIT_UNKNOWN; return CRMSYNC_OK;
    default: break;
    }
    int32_t rc = p.h->state->commit(p.h->state_ctx, c, outcome, err);
    if (rc == CRMSYNC_OK && p.fault == FAULT_UNKNOWN_APPLIED)
        *outcome = CRMSYNC_COMMIT_UNKNOWN;
    leave(&p);
    if (p.fault == FAULT_DEATH_AFTER && rc == CRMSYNC_OK)
        return broken(CRMSYNC_E_STORE, "the store is not there", err);
    return rc;
}

static int32_t state_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                           crmsync_str to, crmsync_error **err)
{
    char site[HOOK_SITE_MAX];
    snprintf(site, sizeof site, "%u", space);
    passing p = enter(ctx, HOOK_CLEAR, site);
    if (p.fault == FAULT_FAIL || p.fault == FAULT_DEATH_BEFORE)
        return broken(CRMSYNC_E_STORE, "the store is not there", err);
    int32_t rc = p.h->state->clear(p.h->state_ctx, workspace, space, from, to, err);
    leave(&p);
    return rc;
}

/* ---- records ---- */

static passing enter_records(void *ctx, int what, crmsync_str kind, crmsync_str more)
{
    char site[HOOK_SITE_MAX];
    snprintf(site, sizeof site, "%.*s %.*s", (int)kind.len, kind.ptr, (int)more.len,
             more.ptr ? more.ptr : "");
    return enter(ctx, what, site);
}

static bool down(const passing *p)
{
    return p->fault == FAULT_FAIL || p->fault == FAULT_DEATH_BEFORE;
}

static int32_t host_down(crmsync_error **err)
{
    return broken(CRMSYNC_E_CALLBACK, "the host's records are not there", err);
}

static int32_t records_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                            const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                            crmsync_error **err)
{
    passing p = enter_records(ctx, HOOK_LOAD, kind, (crmsync_str){NULL, 0});
    if (down(&p))
        return host_down(err);
    int32_t rc = p.h->records->load(p.h->records_ctx, workspace, kind, ids, n, sink, err);
    leave(&p);
    return rc;
}

static int32_t records_find(void *ctx, crmsync_str workspace, crmsync_str kind,
                            crmsync_str key_kind, const crmsync_str *values, size_t n,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    passing p = enter_records(ctx, HOOK_FIND, kind, key_kind);
    if (down(&p))
        return host_down(err);
    int32_t rc = p.h->records->find(p.h->records_ctx, workspace, kind, key_kind, values, n, sink, err);
    leave(&p);
    return rc;
}

static int32_t answer_all(const crmsync_rows *items, crmsync_record_sink *sink, uint32_t outcome)
{
    static const crmsync_str none = {NULL, 0};
    static const crmsync_str why = CRMSYNC_STR_LIT("the host does not want it");
    for (size_t i = 0; i < crmsync_rows_count(items); i++) {
        int32_t rc = crmsync_record_saved(sink, i, outcome, none, none, NULL, 0,
                                          outcome == CRMSYNC_SAVE_REFUSED ? why : none);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t records_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                            crmsync_record_sink *sink, crmsync_error **err)
{
    passing p = enter_records(ctx, HOOK_SAVE, crmsync_rows_kind(items), (crmsync_str){NULL, 0});
    if (down(&p))
        return host_down(err);
    if (p.fault == FAULT_CONFLICT || p.fault == FAULT_REFUSED)
        return answer_all(items, sink, p.fault == FAULT_CONFLICT ? CRMSYNC_SAVE_CONFLICT
                                                                 : CRMSYNC_SAVE_REFUSED);
    int32_t rc = p.h->records->save(p.h->records_ctx, workspace, items, sink, err);
    leave(&p);
    if (!rc && (p.fault == FAULT_FAIL_AFTER || p.fault == FAULT_DEATH_AFTER))
        return host_down(err);
    return rc;
}

static int32_t records_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                               crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                               crmsync_error **err)
{
    passing p = enter_records(ctx, HOOK_CHANGED, kind, (crmsync_str){NULL, 0});
    if (down(&p))
        return host_down(err);
    int32_t rc = p.h->records->changed(p.h->records_ctx, workspace, kind, cursor, limit, sink, err);
    leave(&p);
    return rc;
}

/* ---- transport ---- */

/* "POST /services/data/v60.0/composite/graph" without host and query. */
static void name_request(const crmsync_http_request *r, char *site, size_t size)
{
    static const char scheme[] = "://";
    crmsync_str u = r->url;
    size_t from = 0, to;
    for (size_t i = 0; i + 3 < u.len && !from; i++) {
        if (memcmp(u.ptr + i, scheme, 3) == 0)
            from = i + 3;
    }
    while (from < u.len && u.ptr[from] != '/')
        from++;
    to = from;
    while (to < u.len && u.ptr[to] != '?')
        to++;
    /* which objects a body is about tells look-ups and writes apart */
    static const char *const objects[] = {"Account", "Contact", "Lead", "Task", "Event", "ContentNote",
                                          "User", "Opportunity"};
    int n = snprintf(site, size, "%.*s %.*s", (int)r->method.len, r->method.ptr, (int)(to - from),
                     u.ptr + from);
    crmsync_str body = r->body.len ? r->body : (crmsync_str){u.ptr + to, u.len - to};
    for (size_t o = 0; o < sizeof objects / sizeof objects[0]; o++) {
        size_t len = strlen(objects[o]);
        bool found = false;
        for (size_t i = 0; i + len <= body.len && !found; i++)
            found = memcmp(body.ptr + i, objects[o], len) == 0;
        if (found && n > 0 && (size_t)n < size)
            n += snprintf(site + n, size - (size_t)n, " %s", objects[o]);
    }
}

static int32_t transport_start(void *ctx, const crmsync_http_request *request,
                               crmsync_http_sink *sink, crmsync_error **err)
{
    char site[HOOK_SITE_MAX];
    name_request(request, site, sizeof site);
    passing p = enter(ctx, HOOK_START, site);
    if (p.fault == FAULT_DEATH_BEFORE)
        return broken(CRMSYNC_E_TRANSPORT, "the network is not there", err);
    if (p.fault > FAULT_HTTP)
        orgsim_transport_fault(p.h->sim, 1, (enum orgsim_fault_kind)(p.fault - FAULT_HTTP));
    int32_t rc = p.h->transport->start(p.h->transport_ctx, request, sink, err);
    leave(&p);
    return p.fault == FAULT_DEATH_AFTER ? broken(CRMSYNC_E_TRANSPORT, "the network is not there", err)
                                        : rc;
}

static int32_t transport_poll(void *ctx, uint32_t timeout_ms, crmsync_http_sink *sink,
                              crmsync_error **err)
{
    hooks *h = ctx;
    if (h->dead)
        return broken(CRMSYNC_E_TRANSPORT, "the network is not there", err);
    return h->transport->poll(h->transport_ctx, timeout_ms, sink, err);
}

static int32_t transport_resume(void *ctx, uint64_t id, crmsync_http_sink *sink,
                                crmsync_error **err)
{
    hooks *h = ctx;
    if (h->dead)
        return broken(CRMSYNC_E_TRANSPORT, "the network is not there", err);
    return h->transport->resume(h->transport_ctx, id, sink, err);
}

static void transport_cancel(void *ctx, uint64_t id)
{
    hooks *h = ctx;
    h->transport->cancel(h->transport_ctx, id);
}

static void transport_wake(void *ctx)
{
    hooks *h = ctx;
    if (h->transport->wake)
        h->transport->wake(h->transport_ctx);
}

/* ---- tables ---- */

crmsync_state_ops hooks_state_ops(const hooks *h)
{
    crmsync_state_ops ops = *h->state;
    ops.get = state_get;
    ops.scan = state_scan;
    ops.commit = state_commit;
    ops.clear = state_clear;
    ops.destroy = NULL;
    return ops;
}

crmsync_record_ops hooks_record_ops(const hooks *h)
{
    crmsync_record_ops ops = *h->records;
    ops.load = records_load;
    ops.find = h->records->find ? records_find : NULL;
    ops.save = records_save;
    ops.changed = records_changed;
    ops.destroy = NULL;
    return ops;
}

crmsync_transport_ops hooks_transport_ops(const hooks *h)
{
    crmsync_transport_ops ops = *h->transport;
    ops.start = transport_start;
    ops.poll = transport_poll;
    ops.resume = transport_resume;
    ops.cancel = transport_cancel;
    ops.wake = transport_wake;
    ops.destroy = NULL;
    return ops;
}
