/* The environment hooks of a POSIX machine. _DEFAULT_SOURCE is for getentropy(). */
#include <crmsync/adapters/posix.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "host_alloc.h"

enum { KEY_SIZE = 32, KEY_ID_MAX = 64, ENTROPY_MAX = 256 };

struct key {
    unsigned char bytes[KEY_SIZE];
    char id[KEY_ID_MAX];
    size_t id_len; /* 0 = no key */
};

struct crmsync_posix_env {
    crmsync_alloc alloc;
    uint32_t log_level;
    struct key keys[2]; /* the current one first */
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t posix_wall_ms(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_REALTIME);
}

static uint64_t posix_mono_ms(void *ctx)
{
    (void)ctx;
#ifdef CLOCK_BOOTTIME
    return (uint64_t)clock_ms(CLOCK_BOOTTIME);
#else
    return (uint64_t)clock_ms(CLOCK_MONOTONIC);
#endif
}

static int32_t posix_random(void *ctx, void *out, size_t n, crmsync_error **err)
{
    unsigned char *bytes = out;

    (void)ctx;
    while (n > 0) {
        size_t piece = n < ENTROPY_MAX ? n : ENTROPY_MAX;
        if (getentropy(bytes, piece) != 0)
            return crmi_host_fail(err, CRMSYNC_E_CALLBACK, "the system gave no random bytes");
        bytes += piece;
        n -= piece;
    }
    return CRMSYNC_OK;
}

static void posix_log(void *ctx, uint32_t level, crmsync_str message)
{
    static const char *const names[] = {"", "error", "warning", "info", "debug"};
    const crmsync_posix_env *env = ctx;

    if (level == 0 || level > env->log_level)
        return;
    fprintf(stderr, "crmsync: %s: %.*s\n", names[level <= CRMSYNC_LOG_DEBUG ? level : 4],
            CRMI_HOST_SPELL(message));
}

static const struct key *key_of_id(const crmsync_posix_env *env, crmsync_str id)
{
    for (size_t i = 0; i < 2; i++) {
        const struct key *key = &env->keys[i];
        if (key->id_len > 0 &&
            (id.len == 0 || crmi_host_eq(id, (crmsync_str){key->id, key->id_len})))
            return key;
        if (id.len == 0)
            break;
    }
    return NULL;
}

static int32_t posix_seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                              crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                              crmsync_error **err)
{
    const struct key *key = key_of_id(ctx, key_id);
    int32_t code;

    (void)workspace;
    if (!key && key_id.len == 0)
        return crmi_host_fail(err, CRMSYNC_E_CALLBACK,
                              "no sealing key: set seal_key in crmsync_posix_options");
    if (!key)
        return crmi_host_fail(err, CRMSYNC_E_CALLBACK,
                              "no sealing key with id %.*s: give it as old_seal_key",
                              CRMI_HOST_SPELL(key_id));
    code = crmsync_bytes_set(key_out, (crmsync_str){(const char *)key->bytes, KEY_SIZE});
    if (code == CRMSYNC_OK && id_out)
        code = crmsync_bytes_set(id_out, (crmsync_str){key->id, key->id_len});
    return code;
}

static bool take_key(struct key *to, crmsync_str bytes, crmsync_str id)
{
    if (bytes.len == 0)
        return true;
    if (id.len == 0)
        id = CRMI_HOST_LIT("1");
    if (bytes.len != KEY_SIZE || id.len > KEY_ID_MAX)
        return false;
    for (size_t i = 0; i < KEY_SIZE; i++)
        to->bytes[i] = (unsigned char)bytes.ptr[i];
    for (size_t i = 0; i < id.len; i++)
        to->id[i] = id.ptr[i];
    to->id_len = id.len;
    return true;
}

int32_t crmsync_posix_env_new(const crmsync_alloc *alloc, const crmsync_posix_options *options,
                              crmsync_posix_env **out, crmsync_error **err)
{
    static const crmsync_posix_options defaults = CRMSYNC_POSIX_OPTIONS_INIT;
    const crmsync_posix_options *o = options ? options : &defaults;
    crmsync_posix_env *env;
    crmsync_alloc a;

    if (!out)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "posix environment: out is NULL");
    *out = NULL;
    if (o->struct_size < sizeof *o || !crmi_host_alloc_init(&a, alloc))
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "posix environment: struct_size is not set; use the INIT macro");
    env = crmi_host_new(&a, sizeof *env);
    if (!env)
        return crmi_host_nomem(err);
    env->alloc = a;
    env->log_level = o->log_level;
    if (!take_key(&env->keys[0], o->seal_key, o->key_id) ||
        !take_key(&env->keys[1], o->old_seal_key, o->old_key_id)) {
        crmsync_posix_env_free(env);
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "posix environment: a sealing key has 32 bytes, its id at most 64");
    }
    *out = env;
    return CRMSYNC_OK;
}

void crmsync_posix_env_free(crmsync_posix_env *env)
{
    crmsync_alloc a;

    if (!env)
        return;
    a = env->alloc;
    /* volatile: a plain memset of memory that is freed next may be left out */
    for (size_t i = 0; i < sizeof env->keys; i++)
        ((volatile unsigned char *)env->keys)[i] = 0;
    crmi_host_free(&a, env, sizeof *env);
}

const crmsync_env_ops *crmsync_posix_env_ops(void)
{
    static const crmsync_env_ops ops = {
        .struct_size = sizeof ops,
        .wall_ms = posix_wall_ms,
        .mono_ms = posix_mono_ms,
        .random = posix_random,
        .log = posix_log,
        .seal_key = posix_seal_key,
    };
    return &ops;
}
