/* A request of the Salesforce layer as an exchange, and the exchange as its answer. */
#ifndef CRMI_NET_WIRE_H
#define CRMI_NET_WIRE_H

#include "net/pump.h"
#include "salesforce/request.h"

typedef struct crmi_wire {
    crmsync_str url;    /* absolute */
    crmsync_str bearer; /* access token; empty = none */
    uint64_t not_after; /* mono ms; 0 = none */
    uint32_t timeout_ms;
    crmi_body_fn on_body; /* NULL = collect */
    void *body_ctx;
} crmi_wire;

int32_t crmi_wire_submit(crmi_pump *pump, const crmi_request *request, const crmi_wire *wire,
                         crmi_exchange **out, crmsync_error **err);
/* Views of the exchange. */
void crmi_wire_response(const crmi_exchange *ex, crmi_response *out);
/* Does the body look like a page for people instead of an answer of the API? */
bool crmi_wire_html(const crmi_exchange *ex);

#endif
