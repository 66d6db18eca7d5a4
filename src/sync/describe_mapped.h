/* Which fields the configuration names, against what a description of the org knows. */
#ifndef CRMI_SYNC_DESCRIBE_MAPPED_H
#define CRMI_SYNC_DESCRIBE_MAPPED_H

#include "model/config.h"
#include "model/schema.h"

/* Does the configuration name a field of the object that its description lacks? */
bool crmi_described_lacks(const crmsync_config *config, const crmsync_schema *schema,
                          crmsync_str object);

#endif
