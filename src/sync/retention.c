#include "sync/retention.h"

#include "base/time.h"
#include "state/index.h"
#include "state/run.h"
#include "state/runlog.h"
#include "state/undo.h"
#include "sync/allowances.h"

#define EVERY_MS (INT64_C(6) * 3600 * 1000)

typedef struct old_uses {
    const crmi_store *store;
    int64_t before_ms;
} old_uses;

/* Entries of a library that told no time stay. */
static int32_t drop_old(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    const old_uses *o = ctx;
    yyjson_doc *doc;
    int64_t at = 0;
    int32_t rc = crmi_document_open(o->store->alloc, item, &doc, err);
    if (rc)
        return rc;
    crmi_json_member_i64(crmi_json_member(yyjson_doc_get_root(doc), "facts"), "at", &at);
    yyjson_doc_free(doc);
    if (at && at < o->before_ms) {
        crmi_commit c;
        crmi_commit_init(&c, o->store);
        crmi_commit_delete(&c, item->space, item->key);
        rc = crmi_commit_must(&c, err);
        crmi_commit_clear(&c);
    }
    return rc;
}

int32_t crmi_trim_log(crmsync_workspace *ws, int64_t before_ms, crmsync_error **err)
{
    old_uses old = {&ws->store, before_ms};
    int32_t rc = crmi_log_clear(&ws->store, before_ms, err);
    if (!rc)
        rc = crmi_run_trim(&ws->store, before_ms, err);
    for (size_t i = 0; !rc && i < crmi_allowance_kinds(); i++) {
        crmi_key below = crmi_key_below(CRMI_KEY_PARTS(crmi_allowance_kind_at(i), CRMI_STR("id")));
        rc = crmi_store_each(&ws->store, CRMSYNC_SPACE_INDEX, crmi_key_str(&below), drop_old, &old,
                             err);
    }
    return rc;
}

int32_t crmi_retention(crmsync_job *job, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    int64_t now = crmi_engine_wall(ws->engine), last = 0;
    int64_t log_ms = (int64_t)ws->config->retention.log_days * CRMI_DAY_MS;
    int64_t undo_ms = (int64_t)ws->config->retention.undo_days * CRMI_DAY_MS;
    crmi_commit c;
    if ((!log_ms && !undo_ms) || (job->flags & CRMSYNC_JOB_DRY_RUN) || job->purged)
        return CRMSYNC_OK;
    int32_t rc = crmi_meta_time(&ws->store, CRMI_STR("trim"), &last, err);
    if (rc || (last && now >= last && now - last < EVERY_MS))
        return rc;
    if (log_ms)
        rc = crmi_trim_log(ws, now - log_ms, err);
    if (!rc && undo_ms)
        rc = crmi_undo_trim(&ws->store, now - undo_ms, err);
    crmi_commit_init(&c, &ws->store);
    crmi_meta_put_time(&c, CRMI_STR("trim"), now);
    if (!rc)
        rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}
