/*
 * Facts: statuses of what is configured, and the org's users. Read in one call, kept as an object of
 * lists by the queried object's name; null for a list that the org refused.
 */
#ifndef CRMI_SYNC_DESCRIBE_FACTS_H
#define CRMI_SYNC_DESCRIBE_FACTS_H

#include "salesforce/composite.h"
#include "sync/workspace.h"

/* Adds the queries of what the configuration asks for, `n` of them. */
int32_t crmi_facts_query(const crmsync_workspace *ws, crmi_composite *c, size_t *n,
                         crmsync_error **err);
/* Do the facts that are kept tell of everything that the configuration asks for by now? */
int32_t crmi_facts_cover(const crmsync_workspace *ws, crmsync_str text, bool *cover,
                         crmsync_error **err);
/* Puts statuses and owners to use. */
int32_t crmi_facts_use(crmsync_workspace *ws, crmsync_schema *schema, crmsync_str text,
                       crmsync_error **err);

#endif
