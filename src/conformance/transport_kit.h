/* The transport kit: the transport under test, the server, and what was delivered. */
#ifndef CRMI_CONFORMANCE_TRANSPORT_KIT_H
#define CRMI_CONFORMANCE_TRANSPORT_KIT_H

#include "base/sinks.h"
#include "http_server.h"
#include "kit.h"

enum { CRMI_FLIGHTS = 8, CRMI_PATIENCE_MS = 10000 };

/* One exchange as the sink saw it. */
typedef struct crmi_flight {
    uint64_t id; /* 0 = free */
    unsigned heads;
    int32_t status;
    bool custom_header;    /* `X-Kit: two words` was among the headers */
    crmi_bytes body;
    unsigned bodies;       /* pieces */
    unsigned dones;
    uint32_t outcome;
    unsigned pause_at;     /* say PAUSED to this piece, counted from 1; 0 = never */
    size_t limit;          /* say LIMIT to the piece that passes this size; 0 = never */
    bool paused;           /* said PAUSED and did not resume */
    const char *violation; /* the first thing that the contract forbids */
} crmi_flight;

typedef struct crmi_transport_kit {
    crmi_kit kit;
    struct crmsync_http_sink sink; /* found by its offset */
    const crmsync_transport_ops *ops;
    void *ctx;
    crmsync_conformance_transport_options options;
    crmi_http_server *server;
    uint64_t next_id;
    crmi_flight flights[CRMI_FLIGHTS];
} crmi_transport_kit;

typedef struct crmi_transport_case {
    const char *name;
    void (*run)(crmi_transport_kit *k);
    bool overlaps; /* skipped for a blocking transport */
} crmi_transport_case;

extern const crmi_transport_case crmi_transport_basic_cases[];
extern const crmi_transport_case crmi_transport_fault_cases[];
extern const crmi_transport_case crmi_transport_flow_cases[];

uint64_t crmi_transport_now(crmi_transport_kit *k);
/* A request for a path of the server; NULL body = none. Its `url` lies in `text`. */
crmsync_http_request crmi_request_for(crmi_transport_kit *k, char text[96], const char *method,
                                      const char *path, const char *body);
/* Starts it under a new id; NULL = the hook failed, which is noted. */
crmi_flight *crmi_flight_start(crmi_transport_kit *k, crmsync_http_request request);
/* Polls until the exchange has ended, or for so long. */
bool crmi_flight_wait(crmi_transport_kit *k, crmi_flight *f);
void crmi_transport_poll_for(crmi_transport_kit *k, uint32_t ms);
bool crmi_flight_resume(crmi_transport_kit *k, crmi_flight *f);
void crmi_flight_cancel(crmi_transport_kit *k, crmi_flight *f);
/* Starts, waits, and checks the outcome. */
crmi_flight *crmi_flight_run(crmi_transport_kit *k, const char *method, const char *path,
                             const char *body, uint32_t outcome);
void crmi_flight_answered(crmi_transport_kit *k, const crmi_flight *f, int32_t status,
                          crmsync_str body);
bool crmi_flight_ended(crmi_transport_kit *k, const crmi_flight *f, uint32_t outcome);

#endif
