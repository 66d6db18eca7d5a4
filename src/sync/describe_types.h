/* Picklist values by record type: read for what is exported and has several record types only. */
#ifndef CRMI_SYNC_DESCRIBE_TYPES_H
#define CRMI_SYNC_DESCRIBE_TYPES_H

#include "sync/workspace.h"

#define CRMI_TYPES_MAX 64

/* A record type whose values are wanted. */
typedef struct crmi_described_type {
    const char *object;
    char id[19];
} crmi_described_type;

/* Those of the objects in the schema; at most CRMI_TYPES_MAX. */
size_t crmi_types_wanted(const crmsync_workspace *ws, const crmsync_schema *schema,
                         crmi_described_type *out);
/* Takes what is kept of one into the schema; false in *fresh when it is older than `since`, or not
 * there. */
int32_t crmi_types_recall(crmsync_workspace *ws, crmsync_schema *schema,
                          const crmi_described_type *type, int64_t since, bool *fresh,
                          crmsync_error **err);
int32_t crmi_types_keep(crmsync_workspace *ws, crmsync_schema *schema,
                        const crmi_described_type *type, crmsync_str text, crmsync_error **err);

/* describe_news.c: tells in log and report which fields of an object came, went and changed since
 * `before`, the describe answer that was kept. */
struct crmsync_job;
int32_t crmi_describe_news(struct crmsync_job *job, crmsync_str object, crmsync_str before,
                           const crmsync_schema *now, crmsync_error **err);

#endif
