/* Writes that go as a job of the Bulk API 2.0. */
#ifndef CRMI_SYNC_SHIP_BULK_H
#define CRMI_SYNC_SHIP_BULK_H

#include "sync/ship.h"

/* From how many on; 0 = never. */
size_t crmi_ship_bulk_from(const crmi_ship *ship);
/* The parcels that go by one job with `first`; 0 when they are too few. */
size_t crmi_ship_bulk_like(const crmi_ship *ship, const crmi_parcel *first, size_t *which);
/* Begins the job of what was packed and journalled. */
int32_t crmi_ship_bulk(crmi_ship *ship, crmsync_error **err);

#endif
