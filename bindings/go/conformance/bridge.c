#include "bridge.h"

#include "_cgo_export.h"

static void take_result(void *ctx, const char *name, int32_t result, const char *message)
{
    crmsyncGoCase((uintptr_t)ctx, (char *)name, result, (char *)message);
}

static int32_t open_anew(void *ctx, void **out)
{
    uintptr_t fresh = crmsyncGoReopen((uintptr_t)ctx);
    *out = (void *)fresh;
    return fresh ? CRMSYNC_OK : CRMSYNC_E_CALLBACK;
}

static int32_t remove_one(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str id)
{
    return crmsyncGoRemove((uintptr_t)ctx, workspace, kind, id);
}

int32_t crmsync_go_conformance_state(const void *table, uintptr_t ctx, crmsync_str workspace,
                                     uint32_t reopens, uintptr_t other, uintptr_t run)
{
    crmsync_conformance_state_options o = CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    o.workspace = workspace;
    o.reopen = reopens ? open_anew : NULL;
    o.reopen_ctx = (void *)run;
    o.other = (void *)other;
    return crmsync_conformance_state(table, (void *)ctx, &o, take_result, (void *)run);
}

int32_t crmsync_go_conformance_records(const void *table, uintptr_t ctx, crmsync_str workspace,
                                       uint32_t reopens, uint32_t removes, uintptr_t run)
{
    crmsync_conformance_record_options o = CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    o.workspace = workspace;
    o.reopen = reopens ? open_anew : NULL;
    o.reopen_ctx = (void *)run;
    o.remove = removes ? remove_one : NULL;
    o.remove_ctx = (void *)run;
    return crmsync_conformance_records(table, (void *)ctx, &o, take_result, (void *)run);
}

int32_t crmsync_go_conformance_transport(const void *table, uintptr_t ctx, uintptr_t run)
{
    crmsync_conformance_transport_options o = CRMSYNC_CONFORMANCE_TRANSPORT_OPTIONS_INIT;
    o.blocking = 1;
    return crmsync_conformance_transport(table, (void *)ctx, &o, take_result, (void *)run);
}
