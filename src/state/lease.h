/*
 * Leases: one worker at a time on one lane. No wall clocks are compared: a taker waits until it has
 * itself seen the same version for the whole period on its own monotonic clock. Space 10,
 * <lane>/<part>; a released lease stays there without an owner, so that the epoch only grows.
 */
#ifndef CRMI_STATE_LEASE_H
#define CRMI_STATE_LEASE_H

#include "state/document.h"
#include "state/key.h"

#define CRMI_LEASE_OWNER_MAX 64

typedef struct crmi_lease {
    crmi_key key;
    char owner[CRMI_LEASE_OWNER_MAX + 1];
    uint64_t period_ms;
    uint64_t epoch; /* grows with every change of owner */
    uint64_t ends;  /* mono ms; valid while held */
    bool held;
    crmsync_kv_item fence; /* give its address to crmi_store.fence while held */
    uint64_t seen_version; /* what a waiting taker watches */
    uint64_t seen_since;   /* mono ms */
    uint64_t seen_period;
} crmi_lease;

/* `owner` must differ between any two workers (a random name). CRMSYNC_E_INVALID: too long. */
int32_t crmi_lease_init(crmi_lease *lease, crmsync_str lane, crmsync_str part, crmsync_str owner,
                        uint64_t period_ms, crmsync_error **err);
/*
 * Takes it or goes on waiting: lease->held tells. `mono_ms` was read before the call, so that the
 * lease never seems to last longer than others grant it. *retry_ms (may be NULL): how long to wait
 * before the next try.
 */
int32_t crmi_lease_take(const crmi_store *store, crmi_lease *lease, uint64_t mono_ms,
                        uint64_t *retry_ms, crmsync_error **err);
/* Prolongs; CRMSYNC_E_CONFLICT: it was lost (held is then false). */
int32_t crmi_lease_renew(const crmi_store *store, crmi_lease *lease, uint64_t mono_ms,
                         crmsync_error **err);
/* Gives it back; being late is no error. */
int32_t crmi_lease_release(const crmi_store *store, crmi_lease *lease, crmsync_error **err);
/* True while the lease surely holds for another `margin_ms`. */
bool crmi_lease_valid(const crmi_lease *lease, uint64_t mono_ms, uint64_t margin_ms);

#endif
