#include "state/membership.h"

#include <stdio.h>

#include "base/map.h"

#define KIND CRMI_STR("member")
#define KEY_KIND CRMI_STR("crm_id")

static const char *const known[] = {"campaign", "person", "crm_id", "seen",
                                    "removed",  "events", "open",   NULL};

bool crmi_membership_id(crmi_arena *arena, crmsync_str campaign, crmsync_str person,
                        crmsync_str *out)
{
    char digest[24];
    crmi_buf b;
    if (campaign.len + 1 + person.len > CRMI_LOCAL_ID_MAX) {
        int n = snprintf(digest, sizeof digest, "~%016llx",
                         (unsigned long long)crmi_digest64(person));
        person = (crmsync_str){digest, (size_t)n};
    }
    crmi_buf_init(&b, arena->alloc);
    crmi_buf_add(&b, campaign);
    crmi_buf_char(&b, '/');
    crmi_buf_add(&b, person);
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out);
    crmi_buf_clear(&b);
    return ok;
}

bool crmi_membership_add_open(crmi_arena *arena, crmi_membership *m, crmsync_str engagement)
{
    for (size_t i = 0; i < m->open_count; i++) {
        if (crmi_str_eq(m->open[i], engagement))
            return true;
    }
    if (!crmi_arena_grow(arena, &m->open, &m->open_cap, m->open_count + 1, sizeof *m->open))
        return false;
    if (m->open_count == CRMI_MEMBERSHIP_OPEN_MAX) {
        memmove(m->open, m->open + 1, (m->open_count - 1) * sizeof *m->open);
        m->open_count--;
    }
    return crmi_arena_str(arena, engagement, &m->open[m->open_count++]);
}

bool crmi_membership_add_event(crmi_arena *arena, crmi_membership *m, crmsync_str event, int64_t at)
{
    for (size_t i = 0; i < m->event_count; i++) {
        if (!crmi_str_eq(m->events[i].event, event))
            continue;
        m->events[i].at = at > m->events[i].at ? at : m->events[i].at;
        return true;
    }
    if (!crmi_arena_grow(arena, &m->events, &m->event_cap, m->event_count + 1, sizeof *m->events))
        return false;
    m->events[m->event_count].at = at;
    return crmi_arena_str(arena, event, &m->events[m->event_count++].event);
}

/* ---- stored form ---- */

static bool read_events(crmi_arena *arena, yyjson_val *object, crmi_membership *m)
{
    yyjson_val *key, *value;
    size_t i, n;
    yyjson_obj_foreach(object, i, n, key, value)
    {
        int64_t at = 0;
        crmi_json_i64(value, &at);
        if (!crmi_membership_add_event(arena, m, crmi_json_text(key), at))
            return false;
    }
    return true;
}

static bool read_open(crmi_arena *arena, yyjson_val *list, crmi_membership *m)
{
    yyjson_val *value;
    size_t i, n;
    yyjson_arr_foreach(list, i, n, value)
    {
        if (crmi_json_text(value).len && !crmi_membership_add_open(arena, m, crmi_json_text(value)))
            return false;
    }
    return true;
}

static int32_t read_facts(crmi_arena *arena, crmi_membership *m, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    if (!m->entry.facts.len)
        return CRMSYNC_OK;
    int32_t rc = crmi_json_read(arena->alloc, m->entry.facts, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    crmi_json_member_i64(o, "seen", &m->seen_ms);
    crmi_json_member_i64(o, "removed", &m->removed_ms);
    bool ok = crmi_member_dup(arena, o, "campaign", &m->campaign) &&
              crmi_member_dup(arena, o, "person", &m->person) &&
              crmi_member_dup(arena, o, "crm_id", &m->crm_id) &&
              read_events(arena, crmi_json_member(o, "events"), m) &&
              read_open(arena, crmi_json_member(o, "open"), m) &&
              crmi_extra_read(arena, o, known, &m->extra);
    yyjson_doc_free(doc);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_memberships_get(const crmi_store *store, crmi_arena *arena, crmi_membership *items,
                             size_t n, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(arena, n + 1, sizeof *ids);
    crmi_index_entry *entries = crmi_arena_array(arena, n + 1, sizeof *entries);
    if (!ids || !entries)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = items[i].id;
    int32_t rc = n ? crmi_index_get_many(store, KIND, ids, n, arena, entries, err) : CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++) {
        items[i] = (crmi_membership){.id = ids[i],
                                     .campaign = items[i].campaign,
                                     .person = items[i].person,
                                     .entry = entries[i]};
        rc = read_facts(arena, &items[i], err);
    }
    return rc;
}

static void write_facts(crmi_buf *out, const crmi_membership *m)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "campaign", m->campaign);
    crmi_jw_member_text(&w, "person", m->person);
    crmi_member_text(&w, "crm_id", m->crm_id);
    crmi_member_i64(&w, "seen", m->seen_ms);
    crmi_member_i64(&w, "removed", m->removed_ms);
    if (m->event_count) {
        crmi_jw_member_object(&w, "events");
        for (size_t i = 0; i < m->event_count; i++) {
            crmi_jw_key(&w, m->events[i].event);
            crmi_jw_i64(&w, m->events[i].at);
        }
        crmi_jw_object_end(&w);
    }
    if (m->open_count) {
        crmi_jw_member_array(&w, "open");
        for (size_t i = 0; i < m->open_count; i++)
            crmi_jw_text(&w, m->open[i]);
        crmi_jw_array_end(&w);
    }
    crmi_extra_write(&w, m->extra);
    crmi_jw_object_end(&w);
}

void crmi_membership_put(crmi_commit *c, const crmi_membership *m)
{
    crmi_buf facts;
    crmi_index_key key = {KEY_KIND, m->crm_id};
    crmi_buf_init(&facts, c->store->alloc);
    write_facts(&facts, m);
    crmi_index_entry entry = {.kind = KIND,
                              .id = m->id,
                              .keys = &key,
                              .key_count = m->crm_id.len ? 1 : 0,
                              .facts = crmi_buf_str(&facts)};
    if (crmi_buf_ok(&facts))
        crmi_index_replace(c, &m->entry, &entry);
    else
        crmi_commit_spoil(c, CRMSYNC_E_NOMEM, "");
    crmi_buf_clear(&facts);
}

int32_t crmi_membership_find(const crmi_store *store, crmi_arena *arena, crmsync_str crm_id,
                             crmsync_str *id, crmsync_error **err)
{
    crmsync_str *ids;
    size_t n;
    int32_t rc = crmi_index_find(store, KIND, KEY_KIND, crm_id, arena, &ids, &n, err);
    *id = !rc && n ? ids[0] : CRMI_STR_EMPTY;
    return rc;
}
