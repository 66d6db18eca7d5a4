/*
 * The account index: which accounts carry a domain, a host, a name. Kept from the pages of every
 * poll, so that a person's company is found without asking the org.
 */
#include "state/index.h"
#include "sync/import.h"

#define KIND CRMI_STR("Account")
#define KEYS 3

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

static const struct {
    const char *kind;
    const char *field;
    normalize_fn normalize;
    bool own_host; /* not for hosts where everybody may have a page */
} key_table[KEYS] = {
    {"domain", "Website", crmsync_normalize_domain, true},
    {"host", "Website", crmsync_normalize_host, false},
    {"name", "Name", crmsync_normalize_company, false},
};

static int32_t make_keys(const crmsync_workspace *ws, crmi_record row, crmi_arena *arena,
                         crmi_index_entry *entry, crmsync_error **err)
{
    char text[CRMSYNC_KEY_MAX];
    crmi_index_key *keys = crmi_arena_array(arena, KEYS, sizeof *keys);
    if (!keys)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < KEYS; i++) {
        size_t len = 0;
        crmsync_str raw = crmi_record_text(row, key_table[i].field);
        if (!raw.len || (key_table[i].own_host && crmsync_is_shared_host(ws->normalizer, raw)))
            continue;
        int32_t rc = key_table[i].normalize(ws->normalizer, raw, text, sizeof text, &len);
        if (rc == CRMSYNC_E_NOMEM)
            return crmi_fail_nomem(err);
        if (rc || !len)
            continue;
        keys[entry->key_count].key_kind = crmi_str(key_table[i].kind);
        if (!crmi_arena_str(arena, (crmsync_str){text, len}, &keys[entry->key_count++].key))
            return crmi_fail_nomem(err);
    }
    entry->keys = keys;
    return CRMSYNC_OK;
}

int32_t crmi_import_index(crmsync_job *job, const crmsync_rows *rows, crmi_arena *arena,
                          crmi_units *units, crmsync_error **err)
{
    crmsync_workspace *ws = job->ws;
    size_t n = crmsync_rows_count(rows);
    crmsync_str *ids = crmi_arena_array(arena, n + 1, sizeof *ids);
    crmi_index_entry *old = crmi_arena_array(arena, n + 1, sizeof *old);
    if (!ids || !old)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = crmi_record_text((crmi_record){rows, i}, "Id");
    int32_t rc = crmi_index_get_many(&ws->store, KIND, ids, n, arena, old, err);
    for (size_t i = 0; !rc && i < n; i++) {
        crmi_record row = {rows, i};
        crmi_index_entry entry = {.kind = KIND, .id = ids[i]};
        bool gone =
            crmi_record_flag(row, "IsDeleted") || crmi_record_text(row, "MasterRecordId").len;
        if (!gone)
            rc = make_keys(ws, row, arena, &entry, err);
        if (rc || crmi_index_same_keys(&old[i], &entry))
            continue;
        crmi_units_begin(units);
        crmi_index_replace(&units->changes, &old[i], &entry);
    }
    return rc;
}

int32_t crmi_import_index_drop(crmsync_job *job, const crmsync_str *ids, size_t n, crmi_arena *arena,
                               crmi_units *units, crmsync_error **err)
{
    crmi_index_entry *old = crmi_arena_array(arena, n + 1, sizeof *old);
    if (!old)
        return crmi_fail_nomem(err);
    int32_t rc = crmi_index_get_many(&job->ws->store, KIND, ids, n, arena, old, err);
    for (size_t i = 0; !rc && i < n; i++) {
        crmi_index_entry none = {.kind = KIND, .id = ids[i]};
        if (crmi_index_same_keys(&old[i], &none))
            continue;
        crmi_units_begin(units);
        crmi_index_replace(&units->changes, &old[i], &none);
    }
    return rc;
}
