/*
 * The sinks that hooks deliver into. Each public sink type begins with its functions, so that the
 * library, the contract tests and a test's double can all receive through the same exported calls.
 */
#ifndef CRMI_BASE_SINKS_H
#define CRMI_BASE_SINKS_H

#include <crmsync/env.h>
#include <crmsync/records.h>
#include <crmsync/state.h>
#include <crmsync/transport.h>

struct crmsync_state_sink {
    int32_t (*item)(crmsync_state_sink *sink, const crmsync_kv_item *item);
};

struct crmsync_record_sink {
    int32_t (*rows)(crmsync_record_sink *sink, const crmsync_rows *rows);
    int32_t (*saved)(crmsync_record_sink *sink, size_t item, uint32_t outcome, crmsync_str id,
                     crmsync_str rev, const crmsync_rows *stored, size_t row, crmsync_str reason);
    int32_t (*cursor)(crmsync_record_sink *sink, crmsync_str cursor, int32_t more);
};

struct crmsync_http_sink {
    int32_t (*head)(crmsync_http_sink *sink, uint64_t id, int32_t status,
                    const crmsync_header *headers, size_t header_count);
    int32_t (*body)(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes);
    int32_t (*done)(crmsync_http_sink *sink, uint64_t id, uint32_t outcome, crmsync_str detail);
};

struct crmsync_bytes_sink {
    int32_t (*set)(crmsync_bytes_sink *sink, crmsync_str bytes);
};

#endif
