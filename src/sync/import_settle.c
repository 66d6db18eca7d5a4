/* What a round of an import leaves behind, one unit per local record. */
#include "state/queue.h"
#include "sync/import_page.h"
#include "sync/settle.h"

#define TRIES_MAX       3 /* per row; then it waits for the next run */
#define PENDING_WAIT_MS 60000

static const crmi_link *stored_link(const crmi_import_work *p, const crmi_decision *d)
{
    const crmi_import_input *in = &p->inputs[d->input];
    if (in->link && crmi_str_eq(in->link->local_id, d->local_id))
        return in->link;
    for (size_t i = 0; i < in->match_count; i++) {
        if (in->match_links[i] && crmi_str_eq(in->match_links[i]->local_id, d->local_id))
            return in->match_links[i];
    }
    return NULL;
}

/* The digest of the local record, when the export has nothing left to see in it: it did not move
 * since it was last decided both ways. */
static uint64_t settled_digest(const crmi_import_work *p, const crmi_decision *d,
                               const crmi_link *link)
{
    const crmsync_config *config = p->job->ws->config;
    if (d->link || d->crm_op != CRMI_OP_NONE || link->mapping_stamp != config->digest)
        return 0;
    uint64_t digest = crmi_local_digest(p->inputs[d->input].local, config->local.crm_id);
    return digest == link->local_digest ? digest : 0;
}

static int32_t apply_link(crmi_import_work *p, crmi_link *link, const crmi_decision *d,
                          const crmi_applied *applied, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    const crmi_import_row *row = &p->rows[p->which[d->input]];
    bool about_row = crmi_str_eq(d->crm_id, row->id);
    uint64_t read = about_row && !row->early ? row->digest : 0; /* the next reading is no repeat */
    crmi_applied_facts facts = {settled_digest(p, d, link), read};
    if (link->mapping_stamp != ws->config->digest) {
        for (size_t i = 0; i < link->target_count; i++) /* taken under another mapping */
            link->targets[i].remote_digest = 0;
    }
    int32_t rc = crmi_link_apply(&p->arena, link, d, applied->outcome ? applied : NULL, &facts,
                                 ws->config->digest, crmi_workspace_server_now(ws), err);
    crmi_target *own = rc ? NULL : crmi_link_target(link, row->id);
    if (own && !about_row)
        own->remote_digest = row->digest; /* a loser is not looked at again */
    return rc;
}

static void put_link(crmi_import_work *p, const crmi_link *link, const crmi_link *before)
{
    crmi_commit *c = &p->units.changes;
    crmi_link_put(c, link);
    for (size_t i = 0; i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        const crmi_reverse *owner = crmi_import_owner(p, t->id);
        bool fresh = !before || !crmi_link_target(before, t->id);
        /* two local records may share a CRM record: the way back leads to the first */
        if (!t->shared && (t->inherited || (fresh && !owner)))
            crmi_reverse_put(c, t->id, link->kind, link->local_id, owner ? owner->version : 0);
    }
}

static void put_log(crmi_import_work *p, const crmi_decision *d, crmsync_str local_id,
                    crmsync_str message)
{
    bool silent = d->reason == CRMSYNC_REASON_UNCHANGED ||
                  (d->outcome == CRMSYNC_OUTCOME_SKIPPED && !local_id.len);
    if (silent)
        return;
    crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY,
                        message.len ? message : d->detail};
    crmi_log_decision(&p->units.changes, p->job, d, local_id, p->rows[p->which[d->input]].id,
                      &what);
}

/* The export looks at the record anew: both sides count there. */
static void put_queue(crmi_import_work *p, crmi_commit *c, crmsync_str id, uint32_t reason)
{
    int64_t now = crmi_engine_wall(p->job->ws->engine);
    crmi_queued item = {.part = crmi_job_part(p->job),
                        .kind = crmi_str(p->crm->local_kind),
                        .id = id,
                        .reason = crmi_str(crmsync_reason_name(reason)),
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = CRMI_PRIO_IMPORTED,
                        .due_ms = now,
                        .since_ms = now};
    if (p->crm->writeable)
        crmi_queue_put(c, &item);
}

static bool is_settled(const crmi_applied *applied)
{
    return applied->outcome == 0 || applied->outcome == CRMSYNC_SAVE_SAVED ||
           applied->outcome == CRMSYNC_SAVE_REFUSED;
}

/* The link as it is stored, beside a copy whose list of targets stays as it was. */
static bool take_link(crmi_import_work *p, const crmi_decision *d, crmsync_str local_id,
                      crmi_link *link, crmi_link *had)
{
    const crmi_link *stored = stored_link(p, d);
    *link = (crmi_link){.kind = d->kind, .local_id = local_id};
    if (stored)
        *link = *stored;
    *had = *link;
    if (!link->target_count)
        return true;
    had->targets = crmi_arena_array(&p->arena, link->target_count, sizeof *had->targets);
    if (had->targets)
        memcpy(had->targets, link->targets, link->target_count * sizeof *had->targets);
    return had->targets != NULL;
}

/* Link and ways back of a decision, and of the one that shares its new record. */
static int32_t put_links(crmi_import_work *p, size_t i, crmsync_str local_id, crmsync_error **err)
{
    const crmi_decision *d = &p->plan->items[i];
    const crmi_applied *applied = &p->applied.items[i];
    bool saved = applied->outcome == CRMSYNC_SAVE_SAVED;
    crmi_link link, had;
    if (!take_link(p, d, local_id, &link, &had))
        return crmi_fail_nomem(err);
    int32_t rc = apply_link(p, &link, d, applied, err);
    if (!rc && saved && p->twin[i] != CRMI_IMPORT_NONE) {
        const crmi_decision *twin = &p->plan->items[p->twin[i]];
        p->unit[p->twin[i]] = p->unit[i];
        rc = apply_link(p, &link, twin, applied, err);
        put_log(p, twin, local_id, CRMI_STR_EMPTY);
    }
    if (rc)
        return rc;
    p->tell[i] =
        !saved && crmi_tells_crm_id(d) && p->job->ws->config->local.crm_id.len && link.target_count;
    link.write_back = link.write_back || p->tell[i];
    if (link.target_count || link.version)
        put_link(p, &link, &had);
    return CRMSYNC_OK;
}

/* The next run reads the row once more, by its id. */
static void put_pending(crmi_import_work *p, crmi_commit *c, const crmi_import_row *row,
                        uint32_t reason)
{
    int64_t now = crmi_engine_wall(p->job->ws->engine);
    crmi_queued item = {.part = crmi_str(p->crm->name),
                        .kind = crmi_str(p->crm->name),
                        .id = row->id,
                        .reason = crmi_str(crmsync_reason_name(reason)),
                        .space = CRMSYNC_SPACE_PENDING,
                        .prio = CRMI_PRIO_IMPORTED,
                        .due_ms = now + PENDING_WAIT_MS,
                        .since_ms = now};
    crmi_queue_put(c, &item);
}

/* Everything one decision leaves: link, ways back, log and queue row. */
static int32_t put_unit(crmi_import_work *p, size_t i, crmsync_error **err)
{
    crmi_decision *d = &p->plan->items[i];
    const crmi_applied *applied = &p->applied.items[i];
    crmsync_str local_id = applied->outcome == CRMSYNC_SAVE_SAVED ? applied->id : d->local_id;
    uint32_t why = d->reason;
    p->unit[i] = crmi_units_begin(&p->units);
    if (applied->outcome == CRMSYNC_SAVE_REFUSED) {
        d->reason = CRMSYNC_REASON_SAVE_REFUSED;
        d->outcome = crmsync_reason_outcome(d->reason);
        d->crm_op = CRMI_OP_NONE;
    } else if (why == CRMSYNC_REASON_UPDATE_FIELDS && d->local_op == CRMI_OP_NONE) {
        /* only the CRM is to be written: the export does it, counts it and tells why */
        d->reason = CRMSYNC_REASON_UNCHANGED;
        d->outcome = CRMSYNC_OUTCOME_UNCHANGED;
    }
    put_log(p, d, local_id, applied->reason);
    if (!local_id.len)
        return CRMSYNC_OK;
    if (d->crm_op != CRMI_OP_NONE)
        put_queue(p, &p->units.changes, local_id, why);
    if (p->rows[p->which[d->input]].early)
        put_pending(p, &p->units.changes, &p->rows[p->which[d->input]], CRMSYNC_REASON_WAITING_PARENT);
    return put_links(p, i, local_id, err);
}

/* A row that could not be finished now is read again by the next run. */
static int32_t give_up(crmi_import_work *p, const crmi_decision *d, crmsync_error **err)
{
    crmsync_job *job = p->job;
    crmi_import_row *row = &p->rows[p->which[d->input]];
    crmi_commit c;
    crmi_logged what = {"hold", CRMSYNC_REASON_SAVE_CONFLICT, CRMSYNC_CLASS_CONFLICT,
                        CRMI_STR_EMPTY, CRMI_STR_EMPTY};
    crmi_commit_init(&c, &job->ws->store);
    put_pending(p, &c, row, CRMSYNC_REASON_SAVE_CONFLICT);
    if (d->local_id.len)
        put_queue(p, &c, d->local_id, CRMSYNC_REASON_SAVE_CONFLICT);
    crmi_log_decision(&c, job, d, d->local_id, row->id, &what);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc ? rc
              : crmi_import_row_done(p, row, crmsync_reason_outcome(CRMSYNC_REASON_SAVE_CONFLICT),
                                     CRMSYNC_REASON_SAVE_CONFLICT, err);
}

/* Records that were linked as they are: nothing was saved that told them. */
static int32_t tell_host(crmi_import_work *p, crmsync_error **err)
{
    crmsync_str *ids = crmi_arena_array(&p->arena, p->plan->count + 1, sizeof *ids);
    size_t n = 0;
    if (!ids)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->plan->count; i++) {
        if (p->tell[i] && crmi_units_outcome(&p->units, p->unit[i]) == CRMI_UNIT_OK)
            ids[n++] = p->plan->items[i].local_id;
    }
    return n ? crmi_write_back(p->job, crmi_str(p->crm->local_kind), ids, n, err) : CRMSYNC_OK;
}

int32_t crmi_import_settle(crmi_import_work *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_reset(&p->units);
    for (size_t i = 0; !rc && i < p->plan->count; i++) {
        if (!p->later[i] && p->plan->items[i].same_as == CRMI_NO_DECISION &&
            is_settled(&p->applied.items[i]))
            rc = put_unit(p, i, err);
    }
    if (!rc)
        rc = crmi_units_run(&p->units, &conflicts, err);
    if (!rc)
        rc = tell_host(p, err);
    for (size_t i = 0; !rc && i < p->plan->count; i++) {
        crmi_decision *d = &p->plan->items[i];
        crmi_import_row *row = &p->rows[p->which[d->input]];
        if (p->later[i])
            continue;
        if (p->unit[i] != CRMI_IMPORT_NONE &&
            crmi_units_outcome(&p->units, p->unit[i]) == CRMI_UNIT_OK)
            rc = crmi_import_done(p, d, err);
        else if (++row->tries == TRIES_MAX)
            rc = give_up(p, d, err);
    }
    return rc;
}
