#include "sync/schedule.h"

#include "state/cursor.h"
#include "state/meta.h"

#define MINUTE_MS INT64_C(60000)

static const struct {
    const char *kind, *name; /* as stored */
} exported[] = {{"company", "ran/export/company"}, {"person", "ran/export/person"}};

static crmsync_str stored_name(const char *kind)
{
    return crmi_str(exported[strcmp(kind, exported[0].kind) != 0].name);
}

bool crmi_schedule_imports(const crmsync_config *config, uint32_t object)
{
    const crmi_object_rule *rule = &config->objects[object];
    return rule->enabled &&
           (rule->direction == CRMI_DIRECTION_IN || rule->direction == CRMI_DIRECTION_BOTH);
}

static bool goes_out(const crmsync_config *config, uint32_t object, const char *kind)
{
    const crmi_object_rule *rule = &config->objects[object];
    const crmi_crm_object *crm = crmi_crm_object_at(object);
    return rule->enabled && crm->writeable && strcmp(crm->local_kind, kind) == 0 &&
           (rule->out_create || rule->out_update);
}

bool crmi_schedule_exports(const crmsync_config *config, const char *kind)
{
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        if (goes_out(config, i, kind))
            return true;
    }
    return false;
}

static void by_interval(crmi_due *out, int64_t last_ms, uint32_t minutes, int64_t now_ms)
{
    out->why = minutes ? "interval" : "manual";
    out->next_ms = minutes ? last_ms + (int64_t)minutes * MINUTE_MS : 0;
    out->due = minutes && out->next_ms <= now_ms;
}

static void at_once(crmi_due *out, const char *why, uint32_t minutes, int64_t now_ms)
{
    out->why = minutes ? why : "manual";
    out->next_ms = minutes ? now_ms : 0;
    out->due = minutes != 0;
}

/* When the org last told that more changed than it told. */
static int32_t gap_since(crmsync_workspace *ws, const crmi_crm_object *crm, int64_t *since,
                         crmsync_error **err)
{
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("gap"), crmi_str(crm->name)));
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found = false;
    crmi_items_init(&items, crmi_workspace_alloc(ws));
    int32_t rc = crmi_store_get_one(&ws->store, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &items, &found,
                                    err);
    if (!rc && found)
        rc = crmi_document_open(crmi_workspace_alloc(ws), &items.v[0], &doc, err);
    if (!rc && found)
        crmi_json_member_i64(yyjson_doc_get_root(doc), "since", since);
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

int32_t crmi_due_import(crmsync_workspace *ws, const crmi_crm_object *crm, int64_t now_ms,
                        crmi_due *out, crmsync_error **err)
{
    crmi_cursor cursor;
    uint32_t minutes = ws->config->objects[crm->number].interval_min;
    int64_t gap = 0;
    crmi_cursor_init(&cursor, crmi_workspace_alloc(ws));
    int32_t rc = crmi_cursor_get(&ws->store, crmi_str(crm->name), &cursor, err);
    if (!rc)
        rc = gap_since(ws, crm, &gap, err);
    if (!rc && !cursor.hi)
        at_once(out, "first", minutes, now_ms);
    else if (!rc && (cursor.backfill || cursor.scanning))
        at_once(out, "unfinished", minutes, now_ms);
    else if (!rc && gap >= cursor.hi) /* it is over once a poll went beyond it */
        at_once(out, "gap", minutes ? minutes : 1, now_ms);
    else if (!rc)
        by_interval(out, cursor.hi, minutes, now_ms);
    crmi_cursor_clear(&cursor);
    return rc;
}

/* Of the objects that a kind becomes, the one that is to be freshest. */
static uint32_t shortest(const crmsync_config *config, const char *kind)
{
    uint32_t minutes = 0;
    for (uint32_t i = 0; i < CRMI_OBJECT_LAST; i++) {
        uint32_t own = goes_out(config, i, kind) ? config->objects[i].interval_min : 0;
        if (own && (!minutes || own < minutes))
            minutes = own;
    }
    return minutes;
}

int32_t crmi_due_export(crmsync_workspace *ws, const char *kind, int64_t now_ms, crmi_due *out,
                        crmsync_error **err)
{
    int64_t last = 0;
    uint64_t digest = 0;
    uint32_t minutes = shortest(ws->config, kind);
    int32_t rc = crmi_meta_time(&ws->store, stored_name(kind), &last, err);
    if (!rc)
        rc = crmi_meta_config(&ws->store, &digest, err);
    if (rc)
        return rc;
    if (!last)
        at_once(out, "first", minutes, now_ms);
    else if (digest != ws->config->digest)
        at_once(out, "configuration", minutes, now_ms);
    else
        by_interval(out, last, minutes, now_ms);
    return CRMSYNC_OK;
}

int32_t crmi_schedule_exported(crmsync_job *job, const char *kind, crmsync_error **err)
{
    if (job->flags & CRMSYNC_JOB_DRY_RUN)
        return CRMSYNC_OK;
    crmi_commit c;
    crmi_commit_init(&c, &job->ws->store);
    crmi_meta_put_time(&c, stored_name(kind), crmi_engine_wall(job->ws->engine));
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}
