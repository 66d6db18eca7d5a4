/* The contract tests, with Go values as contexts and receivers. */
#ifndef CRMSYNC_GO_CONFORMANCE_BRIDGE_H
#define CRMSYNC_GO_CONFORMANCE_BRIDGE_H

#include <crmsync/conformance.h>

/* `run` names the Go value that takes results and answers questions; `other` 0 = none. */
int32_t crmsync_go_conformance_state(const void *table, uintptr_t ctx, crmsync_str workspace,
                                     uint32_t reopens, uintptr_t other, uintptr_t run);
int32_t crmsync_go_conformance_records(const void *table, uintptr_t ctx, crmsync_str workspace,
                                       uint32_t reopens, uint32_t removes, uintptr_t run);
int32_t crmsync_go_conformance_transport(const void *table, uintptr_t ctx, uintptr_t run);

#endif
