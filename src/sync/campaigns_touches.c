/* From a page's engagements to people in campaigns: who, where, and what is remembered of them. */
#include "sync/campaigns.h"

/* ---- engagements that say too little ---- */

static int32_t count_stop(crmi_campaigns *t, const crmi_page_item *item, uint32_t reason,
                          crmsync_str detail, crmi_units *units, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_str kind = CRMI_STR("engagement");
    uint32_t outcome = crmsync_reason_outcome(reason);
    crmi_decision d = {.kind = kind,
                       .local_id = item->id,
                       .direction = CRMSYNC_DIRECTION_OUT,
                       .outcome = outcome,
                       .reason = reason,
                       .detail = detail};
    int32_t rc = crmi_report_input(job, t->ship.flow, kind, err);
    if (!rc)
        rc = crmi_report_outcome(job, t->ship.flow, kind, outcome, reason, 0, err);
    if (!rc && !crmi_campaigns_dry(t)) {
        crmi_logged what = {crmi_log_op(&d, outcome), reason, 0, CRMI_STR_EMPTY, detail};
        crmi_units_begin(units);
        crmi_log_decision(&units->changes, job, &d, item->id, CRMI_STR_EMPTY, &what);
    }
    return rc;
}

/* The field that is missing or wrong, or NULL. */
static const char *missing(crmi_record local)
{
    static const char *const needed[] = {"campaign_id", "person_id", "event"};
    crmsync_cell at = crmi_record_get(local, CRMI_STR("at"));
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        crmsync_str text = crmi_str_trim(crmi_record_text(local, needed[i]));
        if (!text.len || (i < 2 && text.len > CRMI_LOCAL_ID_MAX))
            return needed[i];
    }
    return crmi_cell_instant(&at, &ms) ? NULL : "at";
}

/* ---- which campaign ---- */

/* The campaign by Salesforce's id, or by the host's own where the campaign was imported. */
static int32_t find_campaigns(crmi_campaigns *t, crmsync_str *campaigns, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_str *ids = crmi_arena_array(&w->arena, w->count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&w->arena, w->count + 1, sizeof *links);
    size_t *which = crmi_arena_array(&w->arena, w->count + 1, sizeof *which);
    size_t n = 0;
    if (!ids || !links || !which)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < w->count; i++) {
        if (!w->items[i].decide || missing(w->items[i].local))
            continue;
        crmsync_str said = crmi_str_trim(crmi_record_text(w->items[i].local, "campaign_id"));
        if (crmi_str_starts(said, "701") && !crmi_keep_id(&w->arena, said, &campaigns[i]))
            return crmi_fail_nomem(err);
        if (campaigns[i].len)
            continue;
        which[n] = i;
        ids[n++] = said;
    }
    int32_t rc = n ? crmi_link_get_many(&crmi_campaigns_workspace(t)->store, &w->arena,
                                        CRMI_STR("campaign"), ids, n, links, err)
                   : CRMSYNC_OK;
    for (size_t k = 0; !rc && k < n; k++) {
        const crmi_target *campaign = crmi_link_object(&links[k], "Campaign");
        campaigns[which[k]] = campaign ? campaign->id : CRMI_STR_EMPTY;
    }
    return rc;
}

/* ---- pairs ---- */

static int32_t add_touch(crmi_campaigns *t, crmi_map *pairs, crmsync_str id, crmi_record local,
                         crmsync_str campaign, crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    crmsync_str person = crmi_str_trim(crmi_record_text(local, "person_id"));
    crmsync_str key;
    size_t at = t->pair_count;
    if (!crmi_membership_id(arena, campaign, person, &key))
        return crmi_fail_nomem(err);
    if (!crmi_map_get_index(pairs, key, &at)) {
        crmi_membership *state = CRMI_ARENA_NEW(arena, crmi_membership);
        if (!state || !crmi_map_put_index(pairs, key, at))
            return crmi_fail_nomem(err);
        *state = (crmi_membership){.id = key, .campaign = campaign, .person = person};
        t->pairs[t->pair_count++].state = state;
    }
    t->touches[t->touch_count++] =
        (crmi_touch){.id = id, .local = local, .campaign = campaign, .pair = at};
    return CRMSYNC_OK;
}

static int32_t collect(crmi_campaigns *t, crmi_map *pairs, crmi_units *units, crmsync_error **err)
{
    crmi_export_work *w = &t->work;
    crmsync_str *campaigns = crmi_arena_array(&w->arena, w->count + 1, sizeof *campaigns);
    t->touches = crmi_arena_array(&w->arena, w->count + 1, sizeof *t->touches);
    t->pairs = crmi_arena_array(&w->arena, w->count + 1, sizeof *t->pairs);
    if (!campaigns || !t->touches || !t->pairs)
        return crmi_fail_nomem(err);
    int32_t rc = find_campaigns(t, campaigns, err);
    for (size_t i = 0; !rc && i < w->count; i++) {
        const crmi_page_item *item = &w->items[i];
        if (!item->decide)
            continue;
        const char *lacks = missing(item->local);
        crmsync_str said = crmi_str_trim(crmi_record_text(item->local, "campaign_id"));
        if (lacks) {
            rc = count_stop(t, item, CRMSYNC_REASON_ENGAGEMENT_INCOMPLETE, crmi_str(lacks), units,
                            err);
        } else if (!campaigns[i].len && crmi_campaigns_waited(t, item->id)) {
            rc = count_stop(t, item, CRMSYNC_REASON_PARK_EXPIRED, said, units, err);
        } else if (!campaigns[i].len) {
            rc = count_stop(t, item, CRMSYNC_REASON_WAITING_CAMPAIGN, said, units, err);
            if (!rc && !crmi_campaigns_dry(t))
                crmi_campaigns_park(t, units, "campaign", said, item->id,
                                    CRMSYNC_REASON_WAITING_CAMPAIGN);
        } else {
            rc = add_touch(t, pairs, item->id, item->local, campaigns[i], err);
        }
    }
    return rc;
}

static int32_t read_states(crmi_campaigns *t, crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    crmi_membership *states = crmi_arena_array(arena, t->pair_count + 1, sizeof *states);
    if (!states)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->pair_count; i++)
        states[i] = *t->pairs[i].state;
    int32_t rc = crmi_memberships_get(&crmi_campaigns_workspace(t)->store, arena, states,
                                      t->pair_count, err);
    for (size_t i = 0; !rc && i < t->pair_count; i++)
        t->pairs[i].state = &states[i];
    return rc;
}

/* ---- what was not settled before ---- */

static int32_t add_open(crmi_campaigns *t, crmi_map *pairs, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_arena *arena = &t->work.arena;
    crmi_map here;
    size_t most = 0, n = 0, at;
    for (size_t i = 0; i < t->pair_count; i++)
        most += t->pairs[i].state->open_count;
    crmsync_str *ids = crmi_arena_array(arena, most + 1, sizeof *ids);
    size_t *of = crmi_arena_array(arena, most + 1, sizeof *of);
    crmi_touch *touches = crmi_arena_array(arena, t->touch_count + most + 1, sizeof *touches);
    if (!ids || !of || !touches)
        return crmi_fail_nomem(err);
    memcpy(touches, t->touches, t->touch_count * sizeof *touches);
    t->touches = touches;
    crmi_map_init(&here, crmi_workspace_alloc(ws));
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->touch_count; i++)
        rc = crmi_map_put_index(&here, touches[i].id, i) ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t i = 0; i < t->pair_count; i++) {
        const crmi_membership *state = t->pairs[i].state;
        for (size_t k = 0; k < state->open_count; k++) {
            of[n] = i;
            ids[n] = state->open[k];
            n += !crmi_map_get_index(&here, state->open[k], &at);
        }
    }
    crmi_map_clear(&here);
    if (!rc && n)
        rc = crmi_records_load(ws->engine, ws->name, t->work.kind, ids, n, &t->others, err);
    for (size_t i = 0; !rc && i < n; i++) {
        const crmi_membership *state = t->pairs[of[i]].state;
        crmi_record local = crmi_loaded_get(&t->others, ids[i]);
        crmsync_str person = crmi_str_trim(crmi_record_text(local, "person_id"));
        /* else the host took it back, or it is somebody else's by now and comes by itself */
        if (local.rows && !missing(local) && crmi_str_eq(person, state->person))
            rc = add_touch(t, pairs, ids[i], local, state->campaign, err);
    }
    return rc;
}

/* ---- people ---- */

static void fill_person(crmi_pair *pair, const crmi_link *link)
{
    const crmi_target *contact = crmi_link_object(link, "Contact");
    const crmi_target *lead = crmi_link_object(link, "Lead");
    for (size_t i = 0; !lead && i < link->target_count; i++) {
        const crmi_target *was = &link->targets[i];
        if (was->state != CRMI_TARGET_CONVERTED || !crmi_str_is(was->object, "Lead"))
            continue;
        pair->lead = was->id; /* its member may still be there under the lead's id */
        pair->converted = true;
        if (!contact)
            pair->contact = was->moved_to;
    }
    if (contact)
        pair->contact = contact->id;
    if (lead)
        pair->lead = lead->id;
}

static int32_t read_people(crmi_campaigns *t, crmsync_error **err)
{
    crmi_arena *arena = &t->work.arena;
    crmsync_str *ids = crmi_arena_array(arena, t->pair_count + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(arena, t->pair_count + 1, sizeof *links);
    if (!ids || !links)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < t->pair_count; i++)
        ids[i] = t->pairs[i].state->person;
    int32_t rc = t->pair_count ? crmi_link_get_many(&crmi_campaigns_workspace(t)->store, arena,
                                                    CRMI_STR("person"), ids, t->pair_count, links,
                                                    err)
                               : CRMSYNC_OK;
    for (size_t i = 0; !rc && i < t->pair_count; i++) {
        crmi_pair *pair = &t->pairs[i];
        if (links[i].version)
            fill_person(pair, &links[i]);
        for (size_t k = 0; k < t->queued_count; k++) {
            if (crmi_str_eq(t->queued[k].id, pair->state->id))
                pair->tries = t->queued[k].attempts;
        }
    }
    return rc;
}

int32_t crmi_campaigns_touches(crmi_campaigns *t, crmsync_error **err)
{
    crmsync_workspace *ws = crmi_campaigns_workspace(t);
    crmi_map pairs;
    crmi_units units;
    size_t conflicts = 0;
    crmi_map_init(&pairs, crmi_workspace_alloc(ws));
    crmi_units_init(&units, &ws->store);
    int32_t rc = collect(t, &pairs, &units, err);
    if (!rc)
        rc = crmi_units_run(&units, &conflicts, err);
    if (!rc)
        rc = read_states(t, err);
    if (!rc)
        rc = add_open(t, &pairs, err);
    if (!rc)
        rc = read_people(t, err);
    crmi_units_clear(&units);
    crmi_map_clear(&pairs);
    return rc;
}
