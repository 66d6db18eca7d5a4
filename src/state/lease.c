#include "state/lease.h"

int32_t crmi_lease_init(crmi_lease *lease, crmsync_str lane, crmsync_str part, crmsync_str owner,
                        uint64_t period_ms, crmsync_error **err)
{
    *lease = (crmi_lease){.period_ms = period_ms};
    if (owner.len == 0 || owner.len > CRMI_LEASE_OWNER_MAX || period_ms == 0)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a lease needs an owner of 1 to 64 bytes and a period");
    memcpy(lease->owner, owner.ptr, owner.len);
    lease->key = crmi_key_of(CRMI_KEY_PARTS(lane, part));
    return CRMSYNC_OK;
}

/* What the store says of a lease. */
typedef struct holding {
    bool held;
    uint64_t version, epoch, period_ms;
} holding;

static int32_t read_holding(const crmi_store *store, const crmi_lease *lease, holding *out,
                            crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found;
    *out = (holding){.held = false};
    crmi_items_init(&items, store->alloc);
    int32_t rc = crmi_store_get_one(store, CRMSYNC_SPACE_LEASE, crmi_key_str(&lease->key), &items,
                                    &found, err);
    if (!rc && found)
        rc = crmi_document_open(store->alloc, &items.v[0], &doc, err);
    if (!rc && found) {
        const yyjson_val *o = yyjson_doc_get_root(doc);
        out->version = items.v[0].version;
        out->held = crmi_json_member_text(o, "owner").len > 0;
        if (!crmi_json_member_u64(o, "epoch", &out->epoch) ||
            !crmi_json_member_u64(o, "period_ms", &out->period_ms))
            rc = crmi_document_corrupt(&items.v[0], "not a lease", err);
    }
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    return rc;
}

static int32_t write_lease(const crmi_store *from, crmi_lease *lease, crmsync_str owner,
                           uint64_t expected, uint64_t epoch, bool *done, crmsync_error **err)
{
    crmi_store store = *from; /* this is the fence: it expects itself */
    crmsync_str key = crmi_key_str(&lease->key);
    crmi_commit c;
    crmi_buf value;
    uint32_t outcome;
    store.fence = NULL;
    crmi_commit_init(&c, &store);
    crmi_buf_init(&value, store.alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "owner", owner);
    crmi_jw_member_u64(&w, "epoch", epoch);
    crmi_jw_member_u64(&w, "period_ms", lease->period_ms);
    crmi_jw_object_end(&w);
    crmi_commit_expect(&c, CRMSYNC_SPACE_LEASE, key, expected);
    crmi_document_put(&c, CRMSYNC_SPACE_LEASE, key, &value);
    int32_t rc = crmi_commit_run(&c, &outcome, err);
    *done = !rc && outcome == CRMSYNC_COMMIT_OK;
    if (*done) {
        lease->fence =
            (crmsync_kv_item){.key = key,
                              .space = CRMSYNC_SPACE_LEASE,
                              .version = crmi_commit_version(&c, CRMSYNC_SPACE_LEASE, key)};
        lease->epoch = epoch;
    }
    crmi_commit_clear(&c);
    return rc;
}

/* True when the lease may be taken now; else *retry_ms says when to look again. */
static bool may_take(crmi_lease *lease, const holding *now, uint64_t mono_ms, uint64_t *retry_ms)
{
    *retry_ms = 0;
    if (!now->held)
        return true;
    if (lease->seen_version != now->version) {
        lease->seen_version = now->version;
        lease->seen_since = mono_ms;
        lease->seen_period = now->period_ms;
    }
    uint64_t waited = mono_ms >= lease->seen_since ? mono_ms - lease->seen_since : 0;
    if (waited > lease->seen_period)
        return true;
    *retry_ms = lease->seen_period - waited + 1;
    return false;
}

int32_t crmi_lease_take(const crmi_store *store, crmi_lease *lease, uint64_t mono_ms,
                        uint64_t *retry_ms, crmsync_error **err)
{
    holding now;
    uint64_t retry;
    bool done = false;
    lease->held = false;
    if (retry_ms)
        *retry_ms = lease->period_ms;
    int32_t rc = read_holding(store, lease, &now, err);
    if (rc)
        return rc;
    if (may_take(lease, &now, mono_ms, &retry)) {
        rc = write_lease(store, lease, crmi_str(lease->owner), now.version, now.epoch + 1, &done,
                         err);
        if (!done)
            retry = lease->period_ms;
    }
    if (rc)
        return rc;
    lease->held = done;
    if (done) {
        lease->ends = mono_ms + lease->period_ms;
        lease->seen_version = 0;
    }
    if (retry_ms)
        *retry_ms = retry;
    return CRMSYNC_OK;
}

int32_t crmi_lease_renew(const crmi_store *store, crmi_lease *lease, uint64_t mono_ms,
                         crmsync_error **err)
{
    bool done = false;
    if (!lease->held)
        return crmi_fail(err, CRMSYNC_E_CONFLICT, "the lease %.*s is not held",
                         CRMI_SPELL(crmi_key_str(&lease->key)));
    int32_t rc = write_lease(store, lease, crmi_str(lease->owner), lease->fence.version,
                             lease->epoch, &done, err);
    if (rc)
        return rc;
    if (!done) {
        lease->held = false;
        return crmi_fail(err, CRMSYNC_E_CONFLICT, "the lease %.*s was lost to another worker",
                         CRMI_SPELL(crmi_key_str(&lease->key)));
    }
    lease->ends = mono_ms + lease->period_ms;
    return CRMSYNC_OK;
}

int32_t crmi_lease_release(const crmi_store *store, crmi_lease *lease, crmsync_error **err)
{
    bool done;
    if (!lease->held)
        return CRMSYNC_OK;
    lease->held = false;
    return write_lease(store, lease, CRMI_STR_EMPTY, lease->fence.version, lease->epoch, &done,
                       err);
}

bool crmi_lease_valid(const crmi_lease *lease, uint64_t mono_ms, uint64_t margin_ms)
{
    return lease->held && mono_ms <= lease->ends && lease->ends - mono_ms > margin_ms;
}
