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

bool crmi_deletes_ignored(const crmi_decide_env *env, crmsync_str object)
{
    const crmi_object_rule *rule = crmi_config_object(env->config, object);
    bool own = rule && rule->deletes != CRMI_DELETES_AS_ALL;
    return own ? rule->deletes == CRMI_DELETES_IGNORE : !env->config->delete_deactivates;
}

crmsync_str crmi_candidate_owner(const crmi_record *candidates, const crmsync_str *owners, size_t n,
                                 crmsync_str id)
{
    for (size_t i = 0; owners && id.len && i < n; i++) {
        if (crmi_same_id(crmi_record_text(candidates[i], "Id"), id)) {
            return owners[i];
        }
    }
    return CRMI_STR_EMPTY;
}

bool crmi_match_other(crmi_match *match, crmi_arena *arena, size_t cap, crmi_record record)
{
    crmsync_str id = crmi_record_text(record, "Id");
    if (!match->others) {
        match->others = crmi_arena_array(arena, cap + 2, sizeof(*match->others));
    }
    if (!match->others) {
        return false;
    }
    for (size_t i = 0; i < match->other_count; i++) {
        if (crmi_same_id(match->others[i].id, id)) {
            return true;
        }
    }
    bool converted = crmi_record_flag(record, "IsConverted");
    match->others[match->other_count++] = (crmi_other){
        .object = crmi_crm_object_word(crmsync_rows_kind(record.rows)),
        .id = id,
        .state = converted ? CRMI_TARGET_CONVERTED : CRMI_TARGET_LIVE,
        .moved_to = converted ? crmi_record_text(record, "ConvertedContactId") : CRMI_STR_EMPTY,
    };
    return true;
}

bool crmi_match_moved(crmi_match *match, crmi_arena *arena, size_t cap, const crmi_target *from,
                      uint32_t rule)
{
    crmi_other other = {
        .object = from->object,
        .id = from->id,
        .state =
            rule == CRMSYNC_REASON_MATCH_CONVERTED ? CRMI_TARGET_CONVERTED : CRMI_TARGET_MERGED,
        .moved_to = match->id,
    };
    if (!match->others) {
        match->others = crmi_arena_array(arena, cap + 2, sizeof(*match->others));
    }
    if (!match->others) {
        return false;
    }
    for (size_t i = 0; i < match->other_count; i++) {
        if (crmi_same_id(match->others[i].id, from->id)) {
            match->others[i] = other;
            return true;
        }
    }
    match->others[match->other_count++] = other;
    return true;
}

bool crmi_match_told(crmi_match *match, crmi_arena *arena)
{
    crmi_buf b;
    size_t kept = 0;
    for (size_t i = 0; i < match->other_count; i++) {
        if (!crmi_same_id(match->others[i].id, match->id)) {
            match->others[kept++] = match->others[i];
        }
    }
    match->other_count = kept;
    if (!kept) {
        return true;
    }
    crmi_buf_init(&b, arena->alloc);
    crmi_buf_fmt(&b, "%s", match->tie ? crmsync_reason_name(match->tie) : "also");
    crmi_buf_lit(&b, match->tie ? " before" : "");
    for (size_t i = 0; i < kept && i < 8; i++) {
        crmi_buf_fmt(&b, "%s %.*s %.*s", i ? "," : "", CRMI_SPELL(match->others[i].object),
                     CRMI_SPELL(match->others[i].id));
    }
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), &match->detail);
    crmi_buf_clear(&b);
    return ok;
}
