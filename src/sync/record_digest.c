/* By which most records of an import end: is this what was read the last time? */
#include "base/mix.h"
#include "sync/apply.h"

bool crmi_digest_fields_find(crmi_arena *arena, const crmi_object_rule *rule,
                             const crmsync_rows *rows, crmi_digest_fields *out)
{
    static const char *const life[] = {"IsDeleted", "MasterRecordId", "IsConverted",
                                       "ConvertedContactId", "AccountId", "OwnerId"};
    size_t lives = sizeof life / sizeof life[0];
    out->count = 0;
    out->at = crmi_arena_array(arena, lives + CRMI_CRM_RELATIONS + rule->field_count + 1,
                               sizeof *out->at);
    if (!out->at)
        return false;
    for (size_t i = 0; i < lives; i++)
        out->at[out->count++] = crmsync_rows_find_field(rows, crmi_str(life[i]));
    for (size_t i = 0; i < CRMI_CRM_RELATIONS && rule->crm->relations[i].remote; i++)
        out->at[out->count++] =
            crmsync_rows_find_field(rows, crmi_str(rule->crm->relations[i].remote));
    for (size_t i = 0; i < rule->field_count; i++)
        out->at[out->count++] = crmsync_rows_find_field(rows, rule->fields[i].remote);
    if (rule->status.enabled)
        out->at[out->count++] = crmsync_rows_find_field(rows, rule->status.remote);
    return true;
}

uint64_t crmi_remote_digest(const crmi_digest_fields *fields, crmi_record record)
{
    static const crmsync_cell none = {{NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0};
    const crmsync_cell *cells = crmi_record_cells(record);
    uint64_t digest = CRMI_MIX_SEED;
    for (size_t i = 0; i < fields->count; i++)
        digest = crmi_mix_cell(digest, fields->at[i] < 0 ? &none : &cells[fields->at[i]]);
    return digest ? digest : 1;
}
