/**
 * @file conformance.h
 * Contract tests that a host runs against its own hooks; the library crmsync-conformance.
 *
 * Each kit runs its cases one after the other, tells each result to `report` and returns the number
 * of failures. The stores are written to: give the kits a workspace of their own.
 */
#ifndef CRMSYNC_CONFORMANCE_H
#define CRMSYNC_CONFORMANCE_H

#include <crmsync/records.h>
#include <crmsync/state.h>
#include <crmsync/transport.h>

CRMSYNC_BEGIN_DECLS

/** How a case ended. */
enum {
    CRMSYNC_CASE_FAILED = 0,
    CRMSYNC_CASE_PASSED = 1,
    CRMSYNC_CASE_SKIPPED = 2 /**< an option that it needs was not given; `message` names it */
};

/** Receives one result. `message` is empty for a case that passed; valid inside the call. */
typedef void (*crmsync_conformance_report)(void *ctx, const char *name, int32_t result,
                                           const char *message);

/**
 * Throws the hook's handle away as a crash would, opens it anew on the same data and gives the new
 * context. @return CRMSYNC_OK or a negative code
 */
typedef int32_t (*crmsync_conformance_reopen)(void *reopen_ctx, void **ctx);

/** Options of the state kit. All may be left at their INIT values, which skips some cases. */
typedef struct crmsync_conformance_state_options {
    size_t struct_size;
    crmsync_str workspace; /**< empty = `conformance`; another, with `-2` behind, is used as well */
    crmsync_conformance_reopen reopen; /**< NULL = what survives a restart is not tested */
    void *reopen_ctx;
    void *other; /**< a second context on the same data, used from another thread; may be the same
                      context if the hooks may be called by several threads; NULL = not tested */
} crmsync_conformance_state_options;

#define CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT \
    {sizeof(crmsync_conformance_state_options), {NULL, 0}, NULL, NULL, NULL}

/**
 * Tests a state store.
 * @param options  NULL = defaults
 * @param report   NULL = count only
 * @return the number of failures. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_conformance_state(const crmsync_state_ops *ops, void *ctx,
                                              const crmsync_conformance_state_options *options,
                                              crmsync_conformance_report report, void *report_ctx);

/** Options of the record kit. */
typedef struct crmsync_conformance_record_options {
    size_t struct_size;
    crmsync_str workspace;     /**< empty = `conformance` */
    crmsync_str kind;          /**< empty = `person` */
    crmsync_str email_field;   /**< found by key kind `email`; empty = `email` */
    crmsync_str text_fields[2]; /**< two ordinary text fields; empty = `first_name`, `last_name` */
    crmsync_conformance_reopen reopen;
    void *reopen_ctx;
    /** Removes a record as the host's user would; NULL = not tested. */
    int32_t (*remove)(void *remove_ctx, crmsync_str workspace, crmsync_str kind, crmsync_str id);
    void *remove_ctx;
} crmsync_conformance_record_options;

#define CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT                                       \
    {sizeof(crmsync_conformance_record_options), {NULL, 0}, {NULL, 0}, {NULL, 0},     \
     {{NULL, 0}, {NULL, 0}}, NULL, NULL, NULL, NULL}

/** Tests a record store; parameters as crmsync_conformance_state(). Since 0.1. */
CRMSYNC_API int32_t crmsync_conformance_records(const crmsync_record_ops *ops, void *ctx,
                                                const crmsync_conformance_record_options *options,
                                                crmsync_conformance_report report,
                                                void *report_ctx);

/** Options of the transport kit. */
typedef struct crmsync_conformance_transport_options {
    size_t struct_size;
    uint64_t (*mono_ms)(void *clock_ctx); /**< the clock that `not_after` is compared with; NULL =
                                               CLOCK_BOOTTIME, or CLOCK_MONOTONIC without it */
    void *clock_ctx;
    uint32_t blocking; /**< 1 = a wrapped blocking function: `start` performs the exchange, so cases
                            that need several in flight, a pause or a wake are skipped */
    uint32_t zero;
} crmsync_conformance_transport_options;

#define CRMSYNC_CONFORMANCE_TRANSPORT_OPTIONS_INIT \
    {sizeof(crmsync_conformance_transport_options), NULL, NULL, 0, 0}

/**
 * Tests a transport against a small HTTP server that the kit runs on 127.0.0.1 in a thread of its
 * own; parameters as crmsync_conformance_state(). Since 0.1.
 */
CRMSYNC_API int32_t
crmsync_conformance_transport(const crmsync_transport_ops *ops, void *ctx,
                              const crmsync_conformance_transport_options *options,
                              crmsync_conformance_report report, void *report_ctx);

CRMSYNC_END_DECLS

#endif
