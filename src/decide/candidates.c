#include "decide/match.h"

bool crmi_same_id(crmsync_str a, crmsync_str b)
{
    return a.len >= 15 && b.len >= 15 && memcmp(a.ptr, b.ptr, 15) == 0;
}

crmi_record crmi_candidate(const crmi_record *candidates, size_t n, crmsync_str id)
{
    for (size_t i = 0; id.len && i < n; i++) {
        if (crmi_same_id(crmi_record_text(candidates[i], "Id"), id)) {
            return candidates[i];
        }
    }
    return (crmi_record){NULL, 0};
}

/* One step: where the record went, and by which rule. Empty = it stays. */
static crmsync_str moved_to(crmi_record record, uint32_t *rule)
{
    if (crmi_record_flag(record, "IsDeleted")) {
        *rule = CRMSYNC_REASON_MATCH_MERGED;
        return crmi_record_text(record, "MasterRecordId");
    }
    if (crmi_record_flag(record, "IsConverted")) {
        *rule = CRMSYNC_REASON_MATCH_CONVERTED;
        return crmi_record_text(record, "ConvertedContactId");
    }
    return CRMI_STR_EMPTY;
}

uint32_t crmi_follow(const crmi_record *candidates, size_t n, crmi_record *record, uint32_t *lost)
{
    uint32_t first = 0;
    *lost = 0;
    for (int step = 0; step < CRMI_FOLLOW_MAX; step++) {
        uint32_t rule = 0;
        bool deleted = crmi_record_flag(*record, "IsDeleted");
        bool converted = crmi_record_flag(*record, "IsConverted");
        if (!deleted && !converted) {
            return first;
        }
        crmsync_str next = moved_to(*record, &rule);
        crmi_record found = crmi_candidate(candidates, n, next);
        if (!found.rows) {
            *lost = deleted && !next.len ? CRMSYNC_REASON_INACTIVE
                    : deleted            ? CRMSYNC_REASON_LOOKUP_UNKNOWN
                                         : CRMSYNC_REASON_CONVERTED_HIDDEN;
            return first;
        }
        first = first ? first : rule;
        *record = found;
    }
    *lost = CRMSYNC_REASON_LOOKUP_UNKNOWN;
    return first;
}
