#include "sync/partition.h"

#include "sync/job.h"

/* What a partition other than 0 does of the phases that were asked for. */
#define SHARED_PHASES (CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_RECOVER | CRMSYNC_PHASE_EXPORT)

static const char names[CRMI_PARTITIONS_MOST][3] = {
    "0",  "1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10", "11", "12", "13", "14", "15",
    "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31",
    "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46", "47",
    "48", "49", "50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "62", "63"};

uint32_t crmi_partition_count(const crmsync_config *config)
{
    uint32_t n = config->limits.partitions;
    return n < 1 ? 1 : n < CRMI_PARTITIONS_MOST ? n : CRMI_PARTITIONS_MOST;
}

crmsync_str crmi_partition_name(uint32_t partition)
{
    return crmi_str(names[partition < CRMI_PARTITIONS_MOST ? partition : 0]);
}

uint32_t crmi_partition_of_key(uint32_t count, crmsync_str kind, crmsync_str key)
{
    crmi_digest d;
    crmi_digest_init(&d);
    crmi_digest_part(&d, kind);
    crmi_digest_part(&d, key);
    return (uint32_t)(crmi_digest_end(&d) % count);
}

/* ---- leases ---- */

static int32_t try_one(crmsync_job *job, uint32_t partition, uint64_t now_ms, uint64_t *retry_ms,
                       crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    crmi_lease *seen = &ws->leases[partition]; /* what was seen of its holder, over jobs */
    uint64_t retry = 0;
    int32_t rc = seen->key.len ? CRMSYNC_OK
                               : crmi_lease_init(seen, CRMI_STR("sync"), crmi_partition_name(partition),
                                                 crmi_str(ws->worker), ws->engine->lease_ms, err);
    if (rc)
        return rc;
    job->lease = *seen;
    ws->store.fence = NULL;
    rc = crmi_lease_take(&ws->store, &job->lease, now_ms, &retry, err);
    *seen = job->lease;
    seen->held = false;
    if (!rc && job->lease.held) {
        ws->store.fence = &job->lease.fence;
        job->partition = partition;
        job->phases = partition ? job->asked & SHARED_PHASES : job->asked;
        job->accounts_fresh = partition != 0; /* partition 0 keeps the index */
    } else if (!rc && retry < *retry_ms) {
        *retry_ms = retry;
    }
    return rc;
}

int32_t crmi_partition_take(crmsync_job *job, uint64_t now_ms, uint64_t *retry_ms, crmsync_error **err)
{
    bool shared = (job->asked & SHARED_PHASES & ~(uint32_t)CRMSYNC_PHASE_DESCRIBE) != 0;
    uint32_t count = shared ? crmi_partition_count(job->ws->config) : 1;
    int32_t rc = CRMSYNC_OK;
    *retry_ms = UINT64_MAX;
    for (uint32_t i = 0; !rc && i < count && !job->lease.held; i++) {
        if (!(job->partitions_done & (UINT64_C(1) << i)))
            rc = try_one(job, i, now_ms, retry_ms, err);
    }
    return rc;
}

int32_t crmi_partition_next(crmsync_job *job, bool *more, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    uint64_t retry = 0;
    *more = false;
    if (!job->lease.held || crmi_partition_count(ws->config) == 1)
        return CRMSYNC_OK;
    job->partitions_done |= UINT64_C(1) << job->partition;
    int32_t rc = crmi_lease_release(&ws->store, &job->lease, err);
    job->lease.held = false;
    ws->store.fence = NULL;
    if (!rc)
        rc = crmi_partition_take(job, crmi_engine_mono(ws->engine), &retry, err);
    *more = !rc && job->lease.held;
    if (*more)
        job->phases_begun = 0;
    return rc;
}

/* ---- records ---- */

static int32_t natural_key(const crmi_export_work *w, const crmi_page_item *item, crmi_arena *arena,
                           crmsync_str *key, crmsync_error **err)
{
    crmi_decide_env env = crmi_workspace_decide_env(w->job->ws);
    crmi_company_keys keys;
    *key = CRMI_STR_EMPTY;
    if (crmi_str_is(w->kind, "person"))
        return crmi_person_email_key(&env, item->local, arena, key, err);
    int32_t rc = crmi_company_keys_of(&env, item->local, (crmi_record){NULL, 0}, arena, &keys, err);
    if (!rc)
        *key = keys.website.len ? keys.website : keys.name;
    return rc;
}

int32_t crmi_partition_sort(crmi_export_work *w, crmsync_error **err)
{
    uint32_t count = crmi_partition_count(w->job->ws->config);
    int32_t rc = CRMSYNC_OK;
    if (count == 1 || w->job->partition != 0 || w->silent || (w->job->flags & CRMSYNC_JOB_DRY_RUN))
        return CRMSYNC_OK;
    w->handed = crmi_arena_array(&w->arena, w->count + 1, sizeof *w->handed);
    if (!w->handed)
        return crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < w->count; i++) {
        crmi_page_item *item = &w->items[i];
        crmsync_str key;
        if (!item->decide)
            continue;
        rc = natural_key(w, item, &w->arena, &key, err);
        item->partition = crmi_partition_of_key(count, w->kind, key.len ? key : item->id);
        item->decide = item->partition == 0; /* this job's own */
        if (!rc && item->partition)
            w->handed[w->handed_count++] = *item;
    }
    return rc;
}

/* With the wish it was asked for with, and in its lane. */
void crmi_partition_hand_over(const crmi_export_work *w, crmi_units *units)
{
    int64_t now = crmi_engine_wall(w->job->ws->engine);
    for (size_t i = 0; i < w->handed_count; i++) {
        const crmi_page_item *item = &w->handed[i];
        crmi_queued entry = {.part = crmi_partition_name(item->partition),
                             .kind = w->kind,
                             .id = item->id,
                             .detail = item->wish,
                             .space = CRMSYNC_SPACE_QUEUE,
                             .prio = item->from_queue ? item->lane : CRMI_PRIO_BULK,
                             .attempts = item->tries,
                             .due_ms = now,
                             .since_ms = now};
        crmi_units_begin(units);
        crmi_queue_put(&units->changes, &entry);
    }
}
