/*
 * One page of an import. It is done in rounds: each round takes at most one decision per local
 * record, so that the next one sees what the host made of it, and a row whose save or commit met
 * somebody else's change is decided anew in the next round on what is there now.
 */
#include "sync/import.h"

#include "state/queue.h"
#include "state/reverse.h"
#include "sync/apply.h"
#include "sync/import_locals.h"

#define TRIES_MAX 3     /* per row; then it waits for the next run */
#define PENDING_WAIT_MS 60000
#define NONE ((size_t)-1)

typedef struct page_row {
    crmi_record crm;
    crmsync_str id;
    uint64_t digest; /* of what the CRM says */
    crmi_link *link; /* of the local record it belongs to; NULL = none */
    bool open;       /* not counted yet */
    uint32_t tries;
} page_row;

typedef struct import_page {
    crmsync_job *job;
    const crmi_crm_object *crm;
    const crmi_object_rule *rule;
    uint64_t *deactivations;
    crmi_arena arena;
    page_row *rows;
    size_t count, open;

    /* of the round */
    crmi_map known; /* CRM id -> number in reverse */
    crmi_reverse *reverse;
    size_t *which; /* rows that take part */
    size_t n;
    crmi_import_input *inputs;
    crmi_import_locals locals;
    crmi_plan plan; /* one decision per input, in their order */
    crmi_applied_page applied;
    crmi_units units;
    bool *later;     /* per decision: its local record has another one in this round */
    size_t *unit;    /* per decision, or NONE */
    size_t *twin;    /* per decision: the next one that shares its new record, or NONE */
} import_page;

/* ---- counting ---- */

static int32_t row_done(import_page *p, page_row *row, uint32_t outcome, uint32_t reason,
                        crmsync_error **err)
{
    crmsync_str object = crmi_str(p->crm->name);
    row->open = false;
    p->open--;
    int32_t rc = crmi_report_input(p->job, "import", object, err);
    return rc ? rc : crmi_report_outcome(p->job, "import", object, outcome, reason, 0, err);
}

static int32_t decision_done(import_page *p, const crmi_decision *d, crmsync_error **err)
{
    int32_t rc = row_done(p, &p->rows[p->which[d->input]], d->outcome, d->reason, err);
    if (!rc && d->rule)
        rc = crmi_report_add(p->job, 1, "match", d->kind, crmsync_reason_name(d->rule),
                             CRMI_STR_EMPTY, err);
    return rc;
}

/* ---- what is known of the rows ---- */

static const char *const id_fields[] = {"Id", "MasterRecordId", "ConvertedContactId", "AccountId"};
#define ID_FIELDS (sizeof id_fields / sizeof id_fields[0])

static int32_t read_reverse(import_page *p, crmsync_error **err)
{
    crmi_store *store = &p->job->ws->store;
    crmsync_str *ids = crmi_arena_array(&p->arena, p->open * ID_FIELDS + 1, sizeof *ids);
    p->reverse = crmi_arena_array(&p->arena, p->open * ID_FIELDS + 1, sizeof *p->reverse);
    if (!ids || !p->reverse)
        return crmi_fail_nomem(err);
    size_t n = 0;
    crmi_map_clear(&p->known);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; p->rows[i].open && k < ID_FIELDS; k++) {
            crmsync_str id = crmi_record_text(p->rows[i].crm, id_fields[k]);
            if (!id.len || crmi_map_get(&p->known, id))
                continue;
            if (!crmi_map_put_index(&p->known, id, n))
                return crmi_fail_nomem(err);
            ids[n++] = id;
        }
    }
    return crmi_reverse_get(store, ids, n, &p->arena, p->reverse, err);
}

static const crmi_reverse *owner_of(const import_page *p, crmsync_str id)
{
    size_t at;
    if (!id.len || !crmi_map_get_index(&p->known, id, &at) || !p->reverse[at].id.len)
        return NULL;
    return &p->reverse[at];
}

static int32_t read_links(import_page *p, crmsync_error **err)
{
    crmsync_str kind = crmi_str(p->crm->local_kind);
    crmsync_str *ids = crmi_arena_array(&p->arena, p->open + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&p->arena, p->open + 1, sizeof *links);
    size_t n = 0;
    if (!ids || !links)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->count; i++) {
        const crmi_reverse *owner = p->rows[i].open ? owner_of(p, p->rows[i].id) : NULL;
        p->rows[i].link = NULL;
        if (!owner)
            continue;
        if (!crmi_str_eq(owner->kind, kind))
            return crmi_fail(err, CRMSYNC_E_CORRUPT, "%s %.*s is linked to a %.*s", p->crm->name,
                             CRMI_SPELL(p->rows[i].id), CRMI_SPELL(owner->kind));
        p->rows[i].link = &links[n];
        ids[n++] = owner->id;
    }
    return crmi_link_get_many(&p->job->ws->store, &p->arena, kind, ids, n, links, err);
}

/* Equal digests under the same mapping: nothing is loaded, compared or written. */
static int32_t pass_unchanged(import_page *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->count; i++) {
        page_row *row = &p->rows[i];
        const crmi_target *t = row->open && row->link ? crmi_link_target(row->link, row->id) : NULL;
        if (t && t->remote_digest == row->digest && t->state != CRMI_TARGET_VANISHED &&
            row->link->mapping_stamp == p->job->ws->config->digest)
            rc = row_done(p, row, CRMSYNC_OUTCOME_UNCHANGED, CRMSYNC_REASON_DIGEST_EQUAL, err);
    }
    return rc;
}

/* Merge losers and converted leads come first: a winner that is linked by then is no new record. */
static bool has_moved(const page_row *row)
{
    return crmi_record_text(row->crm, "MasterRecordId").len > 0 ||
           crmi_record_flag(row->crm, "IsConverted");
}

static int32_t choose(import_page *p, crmsync_error **err)
{
    bool moves = false;
    p->n = 0;
    p->which = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->which);
    p->inputs = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->inputs);
    p->later = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->later);
    p->unit = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->unit);
    p->twin = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->twin);
    if (!p->which || !p->inputs || !p->later || !p->unit || !p->twin)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->count; i++)
        moves = moves || (p->rows[i].open && p->rows[i].tries == 0 && has_moved(&p->rows[i]));
    for (size_t i = 0; i < p->count; i++) {
        if (p->rows[i].open && (!moves || (p->rows[i].tries == 0 && has_moved(&p->rows[i]))))
            p->which[p->n++] = i;
    }
    return CRMSYNC_OK;
}

/* ---- deciding ---- */

static int32_t fill_inputs(import_page *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t k = 0; !rc && k < p->n; k++) {
        page_row *row = &p->rows[p->which[k]];
        crmi_import_input *in = &p->inputs[k];
        crmsync_str own = row->link ? row->link->local_id : CRMI_STR_EMPTY;
        const crmi_reverse *parent = owner_of(p, crmi_record_text(row->crm, "AccountId"));
        in->crm = row->crm;
        in->link = row->link;
        in->local = own.len ? crmi_loaded_get(&p->locals.loaded, own) : (crmi_record){NULL, 0};
        in->parent_local_id = parent ? parent->id : CRMI_STR_EMPTY;
        rc = crmi_import_locals_match(&p->locals, row->crm, own, &in->matches, &in->match_links,
                                      &in->match_count, err);
    }
    return rc;
}

static int32_t decide(import_page *p, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    crmi_record *records = crmi_arena_array(&p->arena, p->n + 1, sizeof *records);
    crmsync_str *linked = crmi_arena_array(&p->arena, p->n + 1, sizeof *linked);
    size_t linked_count = 0;
    if (!records || !linked)
        return crmi_fail_nomem(err);
    for (size_t k = 0; k < p->n; k++) {
        page_row *row = &p->rows[p->which[k]];
        records[k] = row->crm;
        if (row->link)
            linked[linked_count++] = row->link->local_id;
    }
    crmi_import_locals_clear(&p->locals);
    crmi_import_locals_init(&p->locals, ws, &p->arena, p->crm);
    int32_t rc = crmi_import_locals_load(&p->locals, records, p->n, linked, linked_count, err);
    if (!rc)
        rc = fill_inputs(p, err);
    crmi_plan_clear(&p->plan);
    crmi_plan_init(&p->plan, crmi_workspace_alloc(ws));
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    if (!rc)
        rc = crmi_decide_import(&env, p->crm, p->inputs, p->n, &p->plan, err);
    if (!rc && p->plan.count != p->n)
        rc = crmi_fail(err, CRMSYNC_E_INTERNAL, "%zu decisions for %zu rows", p->plan.count, p->n);
    return rc;
}

static int32_t check_breaker(import_page *p, crmsync_error **err)
{
    uint64_t limit = p->job->ws->config->limits.breaker_deactivations, n = *p->deactivations;
    for (size_t i = 0; i < p->plan.count; i++)
        n += (p->plan.items[i].flags & CRMI_DECISION_DEACTIVATED) != 0;
    if (!limit || n <= limit || crmi_job_acknowledged(p->job, "deactivations"))
        return CRMSYNC_OK;
    crmi_fail(err, CRMSYNC_E_BREAKER,
              "%llu deactivations in one run, more than the %llu of limits.breaker.deactivations",
              (unsigned long long)n, (unsigned long long)limit);
    crmi_error_set_remedy(err, CRMI_STR("See whether the org really lost these records; if so, run "
                                        "again with options.acknowledge."));
    return CRMSYNC_E_BREAKER;
}

/* Finds who goes now: one decision per local record, and those that share a new one. */
static int32_t line_up(import_page *p, crmsync_error **err)
{
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    crmi_map_init(&seen, crmi_workspace_alloc(p->job->ws));
    for (size_t i = 0; i < p->plan.count; i++)
        p->twin[i] = p->unit[i] = NONE;
    for (size_t i = 0; !rc && i < p->plan.count; i++) {
        crmi_decision *d = &p->plan.items[i];
        if (d->same_as != CRMI_NO_DECISION && d->same_as < i) {
            /* one of them with the record it shares; further ones find it linked by then */
            p->later[i] = p->later[d->same_as] || p->twin[d->same_as] != NONE;
            if (!p->later[i])
                p->twin[d->same_as] = i;
        } else if (d->local_id.len) {
            p->later[i] = crmi_map_get(&seen, d->local_id) != NULL;
            if (!p->later[i] && !crmi_map_put_index(&seen, d->local_id, i))
                rc = crmi_fail_nomem(err);
        }
        bool untold = d->link && d->local_id.len && d->local_op == CRMI_OP_NONE &&
                      p->job->ws->config->local.crm_id.len && crmi_tells_crm_id(d);
        if (p->later[i])
            d->local_op = CRMI_OP_NONE;
        else if (untold)
            d->local_op = CRMI_OP_UPDATE; /* nothing changes but that the host learns the id */
        if (!p->later[i])
            *p->deactivations += (d->flags & CRMI_DECISION_DEACTIVATED) != 0;
    }
    crmi_map_clear(&seen);
    return rc;
}

/* ---- carrying out ---- */

static const crmi_link *stored_link(const import_page *p, const crmi_decision *d)
{
    const crmi_import_input *in = &p->inputs[d->input];
    if (in->link)
        return in->link;
    for (size_t i = 0; i < in->match_count; i++) {
        if (in->match_links[i] && crmi_str_eq(in->match_links[i]->local_id, d->local_id))
            return in->match_links[i];
    }
    return NULL;
}

/* The digest of the local record, when the export has nothing left to see in it: it did not move
 * since it was last decided both ways. */
static uint64_t settled_digest(const import_page *p, const crmi_decision *d, const crmi_link *link)
{
    const crmsync_config *config = p->job->ws->config;
    if (d->link || d->crm_op != CRMI_OP_NONE || link->mapping_stamp != config->digest)
        return 0;
    uint64_t digest = crmi_local_digest(p->inputs[d->input].local, config->local.crm_id);
    return digest == link->local_digest ? digest : 0;
}

static int32_t apply_link(import_page *p, crmi_link *link, const crmi_decision *d,
                          const crmi_applied *applied, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    const page_row *row = &p->rows[p->which[d->input]];
    crmi_target *own = crmi_link_target(link, row->id);
    bool known_dead = own && own->state != CRMI_TARGET_LIVE && d->reason == CRMSYNC_REASON_UNCHANGED;
    uint32_t state = own ? own->state : CRMI_TARGET_LIVE;
    bool about_row = crmi_str_eq(d->crm_id, row->id);
    crmi_applied_facts facts = {settled_digest(p, d, link), about_row ? row->digest : 0};
    if (link->mapping_stamp != ws->config->digest) {
        for (size_t i = 0; i < link->target_count; i++) /* taken under another mapping */
            link->targets[i].remote_digest = 0;
    }
    int32_t rc = crmi_link_apply(&p->arena, link, d, applied->outcome ? applied : NULL, &facts,
                                 ws->config->digest, crmi_workspace_server_now(ws), err);
    own = rc ? NULL : crmi_link_target(link, row->id);
    if (own && known_dead)
        own->state = state;
    if (own && !about_row)
        own->remote_digest = row->digest; /* a loser is not looked at again */
    return rc;
}

static void put_link(import_page *p, const crmi_link *link, const crmi_link *before)
{
    crmi_commit *c = &p->units.changes;
    crmi_link_put(c, link);
    for (size_t i = 0; i < link->target_count; i++) {
        crmsync_str id = link->targets[i].id;
        /* two local records may share a CRM record: the way back leads to the first */
        if (!owner_of(p, id) && (!before || !crmi_link_target(before, id)))
            crmi_reverse_put(c, id, link->kind, link->local_id, 0);
    }
}

static void put_log(import_page *p, const crmi_decision *d, crmsync_str local_id,
                    crmsync_str message)
{
    bool silent = d->reason == CRMSYNC_REASON_UNCHANGED ||
                  (d->outcome == CRMSYNC_OUTCOME_SKIPPED && !local_id.len);
    if (silent)
        return;
    crmi_logged what = {crmi_log_op(d, d->outcome), d->reason, 0, CRMI_STR_EMPTY,
                        message.len ? message : d->detail};
    crmi_log_decision(&p->units.changes, p->job, d, local_id,
                      p->rows[p->which[d->input]].id, &what);
}

/* The export looks at the record anew: both sides count there. */
static void put_queue(import_page *p, crmi_commit *c, crmsync_str id, uint32_t reason)
{
    int64_t now = crmi_engine_wall(p->job->ws->engine);
    crmi_queued item = {.part = CRMI_PART,
                        .kind = crmi_str(p->crm->local_kind),
                        .id = id,
                        .reason = crmi_str(crmsync_reason_name(reason)),
                        .space = CRMSYNC_SPACE_QUEUE,
                        .prio = 4,
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

/* Link, ways back, log and queue row of one decision and of the one that shares its record. */
static int32_t put_unit(import_page *p, size_t i, crmsync_error **err)
{
    crmi_decision *d = &p->plan.items[i];
    const crmi_applied *applied = &p->applied.items[i];
    crmsync_str local_id = applied->outcome == CRMSYNC_SAVE_SAVED ? applied->id : d->local_id;
    const crmi_link *before = stored_link(p, d);
    crmi_link link = {.kind = d->kind, .local_id = local_id};
    crmi_link had = link;
    if (before)
        had = link = *before;
    p->unit[i] = crmi_units_begin(&p->units);
    if (applied->outcome == CRMSYNC_SAVE_REFUSED) {
        d->reason = CRMSYNC_REASON_SAVE_REFUSED;
        d->outcome = crmsync_reason_outcome(d->reason);
        d->crm_op = CRMI_OP_NONE;
    }
    if (!local_id.len) {
        put_log(p, d, local_id, applied->reason);
        return CRMSYNC_OK;
    }
    crmi_target *targets = link.targets; /* `had` keeps its own list */
    if (link.target_count) {
        had.targets = crmi_arena_array(&p->arena, link.target_count, sizeof *targets);
        if (!had.targets)
            return crmi_fail_nomem(err);
        memcpy(had.targets, targets, link.target_count * sizeof *targets);
    }
    int32_t rc = apply_link(p, &link, d, applied, err);
    put_log(p, d, local_id, applied->reason);
    if (!rc && p->twin[i] != NONE && applied->outcome == CRMSYNC_SAVE_SAVED) {
        const crmi_decision *twin = &p->plan.items[p->twin[i]];
        p->unit[p->twin[i]] = p->unit[i];
        rc = apply_link(p, &link, twin, applied, err);
        put_log(p, twin, local_id, CRMI_STR_EMPTY);
    }
    if (rc)
        return rc;
    if (link.target_count || link.version)
        put_link(p, &link, &had);
    if (d->crm_op != CRMI_OP_NONE)
        put_queue(p, &p->units.changes, local_id, d->reason);
    return CRMSYNC_OK;
}

/* A row that could not be finished now is read again by the next run. */
static int32_t give_up(import_page *p, const crmi_decision *d, crmsync_error **err)
{
    crmsync_job *job = p->job;
    page_row *row = &p->rows[p->which[d->input]];
    int64_t now = crmi_engine_wall(job->ws->engine);
    crmi_queued item = {.part = crmi_str(p->crm->name),
                        .kind = crmi_str(p->crm->name),
                        .id = row->id,
                        .reason = crmi_str(crmsync_reason_name(CRMSYNC_REASON_SAVE_CONFLICT)),
                        .space = CRMSYNC_SPACE_PENDING,
                        .prio = 4,
                        .due_ms = now + PENDING_WAIT_MS,
                        .since_ms = now};
    crmi_commit c;
    crmi_logged what = {"hold", CRMSYNC_REASON_SAVE_CONFLICT, CRMSYNC_CLASS_CONFLICT, CRMI_STR_EMPTY,
                        CRMI_STR_EMPTY};
    crmi_commit_init(&c, &job->ws->store);
    crmi_queue_put(&c, &item);
    if (d->local_id.len)
        put_queue(p, &c, d->local_id, CRMSYNC_REASON_SAVE_CONFLICT);
    crmi_log_decision(&c, job, d, d->local_id, row->id, &what);
    int32_t rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc ? rc
              : row_done(p, row, crmsync_reason_outcome(CRMSYNC_REASON_SAVE_CONFLICT),
                         CRMSYNC_REASON_SAVE_CONFLICT, err);
}

static int32_t commit_round(import_page *p, crmsync_error **err)
{
    size_t conflicts = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_units_reset(&p->units);
    for (size_t i = 0; !rc && i < p->plan.count; i++) {
        if (!p->later[i] && p->plan.items[i].same_as == CRMI_NO_DECISION &&
            is_settled(&p->applied.items[i]))
            rc = put_unit(p, i, err);
    }
    if (!rc)
        rc = crmi_units_run(&p->units, &conflicts, err);
    for (size_t i = 0; !rc && i < p->plan.count; i++) {
        crmi_decision *d = &p->plan.items[i];
        page_row *row = &p->rows[p->which[d->input]];
        if (p->later[i])
            continue;
        if (p->unit[i] != NONE && crmi_units_outcome(&p->units, p->unit[i]) == CRMI_UNIT_OK)
            rc = decision_done(p, d, err);
        else if (++row->tries == TRIES_MAX)
            rc = give_up(p, d, err);
    }
    return rc;
}

static int32_t dry_round(import_page *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->plan.count; i++)
        rc = decision_done(p, &p->plan.items[i], err);
    return rc;
}

static int32_t one_round(import_page *p, crmsync_error **err)
{
    int32_t rc = read_reverse(p, err);
    if (!rc)
        rc = read_links(p, err);
    if (!rc)
        rc = pass_unchanged(p, err);
    if (rc || !p->open)
        return rc;
    rc = choose(p, err);
    if (!rc)
        rc = decide(p, err);
    if (rc)
        return rc;
    if (p->job->flags & CRMSYNC_JOB_DRY_RUN)
        return dry_round(p, err);
    rc = check_breaker(p, err);
    if (!rc)
        rc = line_up(p, err);
    if (!rc)
        rc = crmi_apply_local(p->job, &p->plan, &p->applied, err);
    return rc ? rc : commit_round(p, err);
}

/* ---- the page ---- */

static int32_t page_init(import_page *p, const crmsync_rows *rows, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_arena_init(&p->arena, alloc);
    crmi_map_init(&p->known, alloc);
    crmi_import_locals_init(&p->locals, ws, &p->arena, p->crm);
    crmi_plan_init(&p->plan, alloc);
    crmi_applied_init(&p->applied, alloc);
    crmi_units_init(&p->units, &ws->store);
    p->count = p->open = crmsync_rows_count(rows);
    p->rows = crmi_arena_array(&p->arena, p->count + 1, sizeof *p->rows);
    if (!p->rows)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->count; i++) {
        page_row *row = &p->rows[i];
        row->crm = (crmi_record){rows, i};
        row->id = crmi_record_text(row->crm, "Id");
        row->digest = crmi_remote_digest(p->rule, row->crm);
        row->open = true;
    }
    return crmi_report_add(p->job, p->count, "read", crmi_str(p->crm->name), NULL, CRMI_STR_EMPTY, err);
}

int32_t crmi_import_page(crmsync_job *job, const crmi_crm_object *crm, const crmsync_rows *rows,
                         uint64_t *deactivations, crmsync_error **err)
{
    import_page p = {.job = job,
                     .crm = crm,
                     .rule = &job->ws->config->objects[crm->number],
                     .deactivations = deactivations};
    int32_t rc = page_init(&p, rows, err);
    while (!rc && p.open)
        rc = one_round(&p, err);
    crmi_units_clear(&p.units);
    crmi_applied_clear(&p.applied);
    crmi_plan_clear(&p.plan);
    crmi_import_locals_clear(&p.locals);
    crmi_map_clear(&p.known);
    crmi_arena_clear(&p.arena);
    return rc;
}
