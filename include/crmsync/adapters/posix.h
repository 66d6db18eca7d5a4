/**
 * @file adapters/posix.h
 * The environment of a POSIX machine: clocks, random bytes, a log on standard error, a sealing key.
 *
 * Monotonic time is CLOCK_BOOTTIME where the machine has it, which keeps counting in suspend; else
 * CLOCK_MONOTONIC. Random bytes come from getentropy().
 */
#ifndef CRMSYNC_ADAPTERS_POSIX_H
#define CRMSYNC_ADAPTERS_POSIX_H

#include <crmsync/env.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_posix_env crmsync_posix_env;

/** Options. Texts are copied. */
typedef struct crmsync_posix_options {
    size_t struct_size;
    uint32_t log_level;   /**< lines up to this CRMSYNC_LOG_* go to standard error; 0 = none */
    uint32_t zero;
    crmsync_str seal_key; /**< 32 bytes that tokens in the state store are sealed with; empty = no
                               key, and connecting fails */
    crmsync_str key_id;   /**< names that key, 1 to 64 bytes; empty = `1` */
    crmsync_str old_seal_key; /**< a key that stored tokens may still be sealed with; or empty */
    crmsync_str old_key_id;
} crmsync_posix_options;

#define CRMSYNC_POSIX_OPTIONS_INIT \
    {sizeof(crmsync_posix_options), 0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}}

/**
 * @param alloc    NULL = libc
 * @param options  NULL = defaults
 * @param out      set to NULL first; the context of crmsync_posix_env_ops()
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (a key that is not 32 bytes, an id over 64);
 *         CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_posix_env_new(const crmsync_alloc *alloc,
                                          const crmsync_posix_options *options,
                                          crmsync_posix_env **out, crmsync_error **err);
/** Frees it and overwrites its keys; NULL is allowed. The table has no `destroy`, so that many
 *  engines in many threads can share one environment. Since 0.1. */
CRMSYNC_API void crmsync_posix_env_free(crmsync_posix_env *env);
/** The table; static. Since 0.1. */
CRMSYNC_API const crmsync_env_ops *crmsync_posix_env_ops(void);

CRMSYNC_END_DECLS

#endif
