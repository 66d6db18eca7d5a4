/* What other parts of a run and the host ask of stored audiences. */
#ifndef CRMI_SYNC_AUDIENCE_H
#define CRMI_SYNC_AUDIENCE_H

#include <crmsync/audience.h>

#include "state/audience.h"
#include "sync/workspace.h"

/* CRMSYNC_AUDIENCE_* of a head, under the rule that the configuration has of it (NULL = none). */
uint32_t crmi_audience_standing(const crmi_audience *a, const crmi_audience_rule *rule,
                                int64_t now_ms);

#endif
