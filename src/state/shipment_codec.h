/* Heads and rows of shipments as documents. */
#ifndef CRMI_STATE_SHIPMENT_CODEC_H
#define CRMI_STATE_SHIPMENT_CODEC_H

#include "state/shipment.h"

void crmi_shipment_head_encode(const crmi_shipment *s, crmi_buf *out);
int32_t crmi_shipment_head_decode(crmi_shipment *s, const crmsync_kv_item *item,
                                  crmsync_error **err);
void crmi_intent_encode(const crmi_intent *intent, crmi_buf *out);
/* Appends the intents of one row. */
int32_t crmi_shipment_row_decode(crmi_shipment *s, const crmsync_kv_item *item,
                                 crmsync_error **err);
crmi_key crmi_shipment_head_key(crmsync_str part, crmsync_str ulid);
crmi_key crmi_shipment_row_key(crmsync_str part, crmsync_str ulid, size_t row);

#endif
