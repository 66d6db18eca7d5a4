/*
 * Partitions: shares of a workspace's exports, each under a lease of its own, so that several workers
 * write at a time. Partition 0 also reads: both sides' changes, activities, what is deleted. It hands
 * records over to the partition that their natural key belongs to; the others write what is queued.
 */
#ifndef CRMI_SYNC_PARTITION_H
#define CRMI_SYNC_PARTITION_H

#include "sync/page.h"

#define CRMI_PARTITIONS_MOST 64u

/* How many there are, and the name of one, as stored: its number; a static string. */
uint32_t crmi_partition_count(const crmsync_config *config);
crmsync_str crmi_partition_name(uint32_t partition);
/* Where a natural key belongs. */
uint32_t crmi_partition_of_key(uint32_t count, crmsync_str kind, crmsync_str key);
/* Takes the lease of a partition that this job has not done, the first that is free. None is: *retry_ms
 * tells how long to wait. */
int32_t crmi_partition_take(crmsync_job *job, uint64_t now_ms, uint64_t *retry_ms,
                            crmsync_error **err);
/* This partition is done: goes on with another one that nobody holds. false: there is none. */
int32_t crmi_partition_next(crmsync_job *job, bool *more, crmsync_error **err);
/* Takes the records out of a page that belong elsewhere; crmi_work_close() queues them there. */
int32_t crmi_partition_sort(crmi_export_work *w, crmsync_error **err);
void crmi_partition_hand_over(const crmi_export_work *w, crmi_units *units);

#endif
