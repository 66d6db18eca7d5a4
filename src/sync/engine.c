#include "sync/engine.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/sized.h"

#define LEASE_DEFAULT_MS 300000u
#define LEASE_MIN_MS 60000u
#define LEASE_MAX_MS 3600000u

static int32_t tables_copy(crmsync_engine *e, const crmsync_engine_options *o, crmsync_error **err)
{
    int32_t rc = crmi_copy_in(&e->env, sizeof e->env, o->env, "environment hooks", err);
    if (!rc)
        rc = crmi_copy_in(&e->state, sizeof e->state, o->state, "state hooks", err);
    if (!rc)
        rc = crmi_copy_in(&e->records, sizeof e->records, o->records, "record hooks", err);
    if (!rc)
        rc = crmi_copy_in(&e->transport, sizeof e->transport, o->transport, "transport hooks", err);
    e->env_ctx = o->env_ctx;
    e->state_ctx = o->state_ctx;
    e->records_ctx = o->records_ctx;
    e->transport_ctx = o->transport_ctx;
    return rc;
}

static int32_t tables_check(const crmsync_engine *e, crmsync_error **err)
{
    const struct {
        bool there;
        const char *name;
    } required[] = {
        {e->env.wall_ms != NULL, "env.wall_ms"},
        {e->env.mono_ms != NULL, "env.mono_ms"},
        {e->env.random != NULL, "env.random"},
        {e->records.load != NULL, "records.load"},
        {e->records.save != NULL, "records.save"},
        {e->records.changed != NULL, "records.changed"},
        {e->transport.start != NULL, "transport.start"},
        {e->transport.poll != NULL, "transport.poll"},
        {e->transport.resume != NULL, "transport.resume"},
        {e->transport.cancel != NULL, "transport.cancel"},
    };
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++) {
        if (!required[i].there)
            return crmi_fail(err, CRMSYNC_E_INVALID, "the hook %s is missing", required[i].name);
    }
    return crmi_store_check(&e->state, err);
}

static void tables_destroy(crmsync_engine *e)
{
    if (e->transport.destroy)
        e->transport.destroy(e->transport_ctx);
    if (e->records.destroy)
        e->records.destroy(e->records_ctx);
    if (e->state.destroy)
        e->state.destroy(e->state_ctx);
    if (e->env.destroy)
        e->env.destroy(e->env_ctx);
}

int32_t crmsync_engine_new(const crmsync_engine_options *options, crmsync_engine **out,
                           crmsync_error **err)
{
    crmsync_alloc alloc;
    crmsync_engine_options o;
    if (!out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "out is NULL");
    *out = NULL;
    int32_t rc = crmi_copy_in(&o, sizeof o, options, "engine options", err);
    if (rc)
        return rc;
    if (crmi_alloc_init(&alloc, o.alloc))
        return crmi_fail(err, CRMSYNC_E_INVALID, "the allocator lacks a function");
    uint32_t lease = o.lease_ms ? o.lease_ms : LEASE_DEFAULT_MS;
    if (lease < LEASE_MIN_MS || lease > LEASE_MAX_MS)
        return crmi_fail(err, CRMSYNC_E_INVALID, "lease_ms is %u, allowed are %u to %u", lease,
                         LEASE_MIN_MS, LEASE_MAX_MS);
    crmsync_engine *e = CRMI_NEW(&alloc, crmsync_engine);
    if (!e)
        return crmi_fail_nomem(err);
    e->alloc = alloc;
    e->lease_ms = lease;
    rc = tables_copy(e, &o, err);
    if (rc) {
        CRMI_DELETE(&alloc, e);
        return rc;
    }
    rc = tables_check(e, err);
    if (!rc)
        rc = crmi_pump_init(&e->pump, &e->alloc, &e->transport, e->transport_ctx, &e->env, e->env_ctx,
                            (size_t)o.max_response_bytes, err);
    if (rc) {
        CRMI_DELETE(&alloc, e);
        return rc;
    }
    *out = e;
    return CRMSYNC_OK;
}

void crmsync_engine_free(crmsync_engine *engine)
{
    if (!engine)
        return;
    crmi_pump_clear(&engine->pump);
    tables_destroy(engine);
    crmsync_alloc alloc = engine->alloc;
    CRMI_DELETE(&alloc, engine);
}

int32_t crmi_engine_enter(crmsync_engine *engine, crmsync_error **err)
{
    if (engine->inside)
        return crmi_fail(err, CRMSYNC_E_REENTRANT, "called from a hook of the same engine");
    engine->inside = true;
    return CRMSYNC_OK;
}

void crmi_engine_leave(crmsync_engine *engine)
{
    engine->inside = false;
}

int64_t crmi_engine_wall(const crmsync_engine *engine)
{
    return engine->env.wall_ms(engine->env_ctx);
}

uint64_t crmi_engine_mono(const crmsync_engine *engine)
{
    return engine->env.mono_ms(engine->env_ctx);
}

static int32_t random_fill(void *ctx, void *out, size_t n, crmsync_error **err)
{
    crmsync_engine *engine = ctx;
    return engine->env.random(engine->env_ctx, out, n, err);
}

crmi_random crmi_engine_random(crmsync_engine *engine)
{
    return (crmi_random){random_fill, engine};
}

void crmi_engine_log(crmsync_engine *engine, uint32_t level, const char *format, ...)
{
    char text[512];
    if (!engine->env.log)
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len >= sizeof text)
        len = sizeof text - 1;
    engine->env.log(engine->env_ctx, level, (crmsync_str){text, len});
}
