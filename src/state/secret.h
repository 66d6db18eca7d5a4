/*
 * Secrets: sealed by AES-256-GCM under a key of the host's (space 15, key <name>, the key's id
 * beside), or kept by the host itself.
 */
#ifndef CRMI_STATE_SECRET_H
#define CRMI_STATE_SECRET_H

#include <crmsync/env.h>

#include "state/store.h"

typedef struct crmi_secrets {
    const crmi_store *store; /* its fence is not expected: a token is no work of a partition */
    const crmsync_env_ops *env;
    void *env_ctx;
} crmi_secrets;

/* CRMSYNC_E_INVALID when the host gives neither a key nor a place for secrets. */
int32_t crmi_secrets_check(const crmsync_env_ops *env, crmsync_error **err);
/*
 * Replaces *out; wipe it after use. Nothing there: CRMSYNC_OK, *out empty. *version (may be NULL):
 * 0 = nothing there; kept by the host: a digest of the value, so a change shows. CRMSYNC_E_CORRUPT:
 * cannot be opened with the key of that id.
 */
int32_t crmi_secret_get(const crmi_secrets *secrets, crmsync_str name, crmi_buf *out,
                        uint64_t *version, crmsync_error **err);
/* Durable when it returns OK. An empty value deletes. */
int32_t crmi_secret_put(const crmi_secrets *secrets, crmsync_str name, crmsync_str value,
                        crmsync_error **err);

#endif
