/* The engine from the inside: copies of the host's tables, and the guard against re-entry. */
#ifndef CRMI_SYNC_ENGINE_H
#define CRMI_SYNC_ENGINE_H

#include <crmsync/engine.h>

#include "net/pump.h"
#include "state/store.h"

struct crmsync_engine {
    crmsync_alloc alloc;
    crmsync_env_ops env;
    void *env_ctx;
    crmsync_state_ops state;
    void *state_ctx;
    crmsync_record_ops records;
    void *records_ctx;
    crmsync_transport_ops transport;
    void *transport_ctx;
    uint32_t lease_ms;
    crmi_pump pump;
    bool inside; /* a public function is running: hooks must not come back in */
};

/* Every public function that calls hooks begins and ends with these. */
int32_t crmi_engine_enter(crmsync_engine *engine, crmsync_error **err); /* CRMSYNC_E_REENTRANT */
void crmi_engine_leave(crmsync_engine *engine);

int64_t crmi_engine_wall(const crmsync_engine *engine);
uint64_t crmi_engine_mono(const crmsync_engine *engine);
crmi_random crmi_engine_random(crmsync_engine *engine);
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void crmi_engine_log(crmsync_engine *engine, uint32_t level, const char *format, ...);

#endif
