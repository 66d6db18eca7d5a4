#include "sync/import_cursor.h"

#include "sync/import.h"

#define SECOND_MS INT64_C(1000)

void crmi_import_cursor_init(crmi_import_cursor *c, crmsync_workspace *ws, bool index_only)
{
    *c = (crmi_import_cursor){.ws = ws, .index_only = index_only};
    crmi_cursor_init(&c->entry, crmi_workspace_alloc(ws));
}

void crmi_import_cursor_clear(crmi_import_cursor *c)
{
    crmi_cursor_clear(&c->entry);
    c->again = false;
}

crmsync_str crmi_import_cursor_filter(const crmi_import_cursor *c)
{
    return c->index_only ? CRMI_STR_EMPTY : c->rule->reads;
}

static int64_t whole_seconds(int64_t ms)
{
    return ms - ms % SECOND_MS; /* stamps have no more */
}

static uint64_t fingerprint(const crmi_import_cursor *c, crmsync_str select)
{
    crmi_digest d;
    crmi_digest_init(&d);
    if (c->index_only) {
        crmi_digest_part(&d, CRMI_STR("account index 1"));
        crmi_config_normalizer_digest(c->ws->config, &d);
    } else {
        uint64_t stamp = c->rule->stamp;
        crmi_digest_part(&d, select);
        crmi_digest_part(&d, (crmsync_str){(const char *)&stamp, sizeof stamp});
    }
    uint64_t value = crmi_digest_end(&d);
    return value ? value : 1;
}

void crmi_import_cursor_poll(crmi_import_cursor *c)
{
    crmi_cursor *e = &c->entry;
    c->mode = CRMI_IMPORT_POLL;
    c->first = true;
    if (e->scanning) { /* a crash cut it short: finish it, then poll to now */
        c->again = true;
        return;
    }
    e->scanning = true;
    e->scan_lo = e->scan_t = whole_seconds(e->hi - e->overlap_ms);
    e->scan_bound = whole_seconds(crmi_workspace_server_now(c->ws));
    e->scan_id = CRMI_STR_EMPTY;
}

/* The index of an import that reads all accounts is the same one: it goes on where that is. */
static int32_t adopt_import(crmi_import_cursor *c, uint64_t fields, crmsync_error **err)
{
    crmi_cursor import;
    if (!c->rule->enabled || c->rule->filter.len)
        return CRMSYNC_OK;
    crmi_cursor_init(&import, crmi_workspace_alloc(c->ws));
    int32_t rc = crmi_cursor_get(&c->ws->store, crmi_str(c->crm->name), &import, err);
    if (!rc && import.hi > c->entry.hi && !import.backfill && !import.start) {
        c->entry.hi = import.hi;
        c->entry.backfill = c->entry.scanning = false;
        c->entry.fields_fp = fields;
    }
    crmi_cursor_clear(&import);
    return rc;
}

int32_t crmi_import_cursor_begin(crmi_import_cursor *c, const crmi_crm_object *crm,
                                 crmsync_str select, crmsync_error **err)
{
    crmsync_workspace *ws = c->ws;
    crmi_cursor *e = &c->entry;
    c->crm = crm;
    c->rule = &ws->config->objects[crm->number];
    crmsync_str condition = crmi_import_cursor_filter(c);
    uint64_t fields = fingerprint(c, select);
    uint64_t filter = condition.len ? crmi_digest64(condition) : 0;
    crmsync_str name = c->index_only ? CRMI_STR("Account~index") : crmi_str(crm->name);
    int32_t rc = crmi_cursor_get(&ws->store, name, e, err);
    if (!rc && c->index_only)
        rc = adopt_import(c, fields, err);
    if (rc)
        return rc;
    e->overlap_ms = (int64_t)ws->config->limits.overlap_s * SECOND_MS;
    bool fresh = e->hi == 0;
    if (fresh) /* before the first page: what changes while we read comes with the next poll */
        e->hi = whole_seconds(crmi_workspace_server_now(ws) - e->overlap_ms);
    if (fresh) /* what was deleted before is not there to be read */
        e->deleted_hi = e->last_reconcile = e->hi;
    if (fresh && c->rule->start_now && !c->index_only)
        e->start = e->hi = whole_seconds(crmi_workspace_server_now(ws));
    if ((fresh && !e->start) || (!fresh && (e->fields_fp != fields || e->filter_fp != filter))) {
        e->backfill = true;
        e->backfill_after = e->bulk_job = e->bulk_list = CRMI_STR_EMPTY;
        e->bulk_first = 0;
        e->scanning = false;
    }
    e->fields_fp = fields;
    e->filter_fp = filter;
    c->again = e->backfill && !fresh;
    c->first = true;
    c->mode = CRMI_IMPORT_BACKFILL;
    if (!e->backfill)
        crmi_import_cursor_poll(c);
    return CRMSYNC_OK;
}

/* Our clock may run before the server's: nothing after its first answer counts as read. */
void crmi_import_cursor_heard(crmi_import_cursor *c, int64_t server_ms)
{
    crmi_cursor *e = &c->entry;
    if (!c->first || !server_ms)
        return;
    c->first = false;
    if (c->mode == CRMI_IMPORT_BACKFILL && !c->again && server_ms - e->overlap_ms < e->hi)
        e->hi = whole_seconds(server_ms - e->overlap_ms);
    if (c->mode == CRMI_IMPORT_POLL && server_ms < e->scan_bound)
        e->scan_bound = whole_seconds(server_ms);
}

int32_t crmi_import_cursor_move(crmi_import_cursor *c, const crmi_query_page *page,
                                crmsync_error **err)
{
    crmi_cursor *e = &c->entry;
    size_t n = crmsync_rows_count(page->rows);
    crmi_record last = {page->rows, n - 1};
    crmsync_str id = n ? crmi_record_text(last, "Id") : CRMI_STR_EMPTY;
    int32_t rc = CRMSYNC_OK;
    if (c->mode == CRMI_IMPORT_BACKFILL) {
        e->backfill = !page->done;
        rc = crmi_cursor_set(e, &e->backfill_after, page->done ? CRMI_STR_EMPTY : id);
    } else if (c->mode == CRMI_IMPORT_POLL) {
        e->scanning = !page->done;
        if (n)
            e->scan_t = crmi_record_get(last, CRMI_STR("SystemModstamp")).number;
        if (page->done)
            e->hi = e->scan_bound; /* not the newest stamp seen */
        rc = crmi_cursor_set(e, &e->scan_id, page->done ? CRMI_STR_EMPTY : id);
    }
    return rc ? crmi_fail_nomem(err) : CRMSYNC_OK;
}
