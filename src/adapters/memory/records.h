/* The two halves of the record table: reading (records.c) and writing (save.c). */
#ifndef CRMI_ADAPTERS_MEMORY_RECORDS_H
#define CRMI_ADAPTERS_MEMORY_RECORDS_H

#include "record.h"

int32_t crmi_memory_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                         crmsync_record_sink *sink, crmsync_error **err);

/* The first record that carries a key, NULL = none. */
crmi_node *crmi_index_first(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                            crmsync_str key_kind, crmsync_str text, int32_t *code);

#endif
