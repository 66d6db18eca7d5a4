/* The exported half of the sinks: a hook calls these, the sink's owner receives. A missing sink, or
 * one that does not expect this kind of answer, refuses it as CRMSYNC_E_INVALID. */
#include "base/sinks.h"

int32_t crmsync_state_item(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    if (!sink || !sink->item || !item)
        return CRMSYNC_E_INVALID;
    return sink->item(sink, item);
}

int32_t crmsync_record_rows(crmsync_record_sink *sink, const crmsync_rows *rows)
{
    if (!sink || !sink->rows || !rows)
        return CRMSYNC_E_INVALID;
    return sink->rows(sink, rows);
}

int32_t crmsync_record_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome,
                             crmsync_str id, crmsync_str rev, const crmsync_rows *stored,
                             size_t row, crmsync_str reason)
{
    if (!sink || !sink->saved)
        return CRMSYNC_E_INVALID;
    return sink->saved(sink, item, outcome, id, rev, stored, row, reason);
}

int32_t crmsync_record_cursor(crmsync_record_sink *sink, crmsync_str cursor, int32_t more)
{
    if (!sink || !sink->cursor)
        return CRMSYNC_E_INVALID;
    return sink->cursor(sink, cursor, more);
}

int32_t crmsync_http_head(crmsync_http_sink *sink, uint64_t id, int32_t status,
                          const crmsync_header *headers, size_t header_count)
{
    if (!sink || !sink->head || (!headers && header_count > 0))
        return CRMSYNC_E_INVALID;
    return sink->head(sink, id, status, headers, header_count);
}

/* Without a receiver the transport is told to stop reading: nobody will ever take the rest. */
int32_t crmsync_http_body(crmsync_http_sink *sink, uint64_t id, crmsync_str bytes)
{
    if (!sink || !sink->body)
        return CRMSYNC_HTTP_BODY_LIMIT;
    return sink->body(sink, id, bytes);
}

int32_t crmsync_http_done(crmsync_http_sink *sink, uint64_t id, uint32_t outcome,
                          crmsync_str detail)
{
    if (!sink || !sink->done)
        return CRMSYNC_E_INVALID;
    return sink->done(sink, id, outcome, detail);
}

int32_t crmsync_bytes_set(crmsync_bytes_sink *sink, crmsync_str bytes)
{
    if (!sink || !sink->set)
        return CRMSYNC_E_INVALID;
    return sink->set(sink, bytes);
}
