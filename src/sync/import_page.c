/*
 * One page of an import. It is done in rounds: each round takes at most one decision per local
 * record, so that the next one sees what the host made of it, and a row whose save or commit met
 * somebody else's change is decided anew in the next round on what is there now.
 */
#include "sync/import_page.h"

#include "decide/plan.h"

/* ---- counting ---- */

int32_t crmi_import_row_done(crmi_import_work *p, crmi_import_row *row, uint32_t outcome,
                             uint32_t reason, crmsync_error **err)
{
    crmsync_str object = crmi_str(p->crm->name);
    row->open = false;
    p->open--;
    int32_t rc = crmi_report_input(p->job, "import", object, err);
    if (!rc && p->job->found && (p->job->flags & CRMSYNC_JOB_DRY_RUN))
        rc = crmi_import_preview(p->job, row->crm, row->link ? row->link->local_id : CRMI_STR_EMPTY,
                                 outcome, reason, err);
    return rc ? rc : crmi_report_outcome(p->job, "import", object, outcome, reason, 0, err);
}

int32_t crmi_import_done(crmi_import_work *p, const crmi_decision *d, crmsync_error **err)
{
    int32_t rc = crmi_import_row_done(p, &p->rows[p->which[d->input]], d->outcome, d->reason, err);
    if (!rc && d->rule)
        rc = crmi_report_add(p->job, 1, "match", d->kind, crmsync_reason_name(d->rule),
                             CRMI_STR_EMPTY, err);
    return rc;
}

/* ---- what is known of the rows ---- */

static const char *const id_fields[] = {"Id", "MasterRecordId", "ConvertedContactId", "AccountId"};
#define ID_FIELDS (sizeof id_fields / sizeof id_fields[0])

static const char *id_field(const crmi_crm_object *crm, size_t k)
{
    return k < ID_FIELDS ? id_fields[k] : crm->relations[k - ID_FIELDS].remote;
}

static int32_t read_reverse(crmi_import_work *p, crmsync_error **err)
{
    crmi_store *store = &p->job->ws->store;
    size_t most = p->open * (ID_FIELDS + CRMI_CRM_RELATIONS) + 1;
    crmsync_str *ids = crmi_arena_array(&p->arena, most, sizeof *ids);
    p->reverse = crmi_arena_array(&p->arena, most, sizeof *p->reverse);
    if (!ids || !p->reverse)
        return crmi_fail_nomem(err);
    size_t n = 0;
    crmi_map_clear(&p->known);
    for (size_t i = 0; i < p->count; i++) {
        for (size_t k = 0; p->rows[i].open && k < ID_FIELDS + CRMI_CRM_RELATIONS; k++) {
            const char *field = id_field(p->crm, k);
            crmsync_str id = field ? crmi_record_text(p->rows[i].crm, field) : CRMI_STR_EMPTY;
            if (!id.len || crmi_map_get(&p->known, id))
                continue;
            if (!crmi_map_put_index(&p->known, id, n))
                return crmi_fail_nomem(err);
            ids[n++] = id;
        }
    }
    return crmi_reverse_get(store, ids, n, &p->arena, p->reverse, err);
}

const crmi_reverse *crmi_import_owner(const crmi_import_work *p, crmsync_str id)
{
    size_t at;
    if (!id.len || !crmi_map_get_index(&p->known, id, &at) || !p->reverse[at].id.len)
        return NULL;
    return &p->reverse[at];
}

static int32_t read_links(crmi_import_work *p, crmsync_error **err)
{
    crmsync_str kind = crmi_str(p->crm->local_kind);
    crmsync_str *ids = crmi_arena_array(&p->arena, p->open + 1, sizeof *ids);
    crmi_link *links = crmi_arena_array(&p->arena, p->open + 1, sizeof *links);
    size_t n = 0;
    if (!ids || !links)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->count; i++) {
        const crmi_reverse *owner = p->rows[i].open ? crmi_import_owner(p, p->rows[i].id) : NULL;
        p->rows[i].link = NULL;
        if (!owner)
            continue;
        if (!crmi_str_eq(owner->kind, kind) && p->crm->needs_person) { /* logged by us */
            int32_t rc = crmi_import_row_done(p, &p->rows[i],
                                              crmsync_reason_outcome(CRMSYNC_REASON_OWN_ACTIVITY),
                                              CRMSYNC_REASON_OWN_ACTIVITY, err);
            if (rc)
                return rc;
            continue;
        }
        if (!crmi_str_eq(owner->kind, kind))
            return crmi_fail(err, CRMSYNC_E_CORRUPT, "%s %.*s is linked to a %.*s", p->crm->name,
                             CRMI_SPELL(p->rows[i].id), CRMI_SPELL(owner->kind));
        p->rows[i].link = &links[n];
        ids[n++] = owner->id;
    }
    return crmi_link_get_many(&p->job->ws->store, &p->arena, kind, ids, n, links, err);
}

/* Equal digests under the same mapping: nothing is loaded, compared or written. */
static int32_t pass_unchanged(crmi_import_work *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->count; i++) {
        crmi_import_row *row = &p->rows[i];
        const crmi_target *t = row->open && row->link ? crmi_link_target(row->link, row->id) : NULL;
        if (t && t->remote_digest == row->digest && t->state != CRMI_TARGET_VANISHED &&
            row->link->mapping_stamp == p->job->ws->config->digest)
            rc = crmi_import_row_done(p, row, CRMSYNC_OUTCOME_UNCHANGED,
                                      CRMSYNC_REASON_DIGEST_EQUAL, err);
    }
    return rc;
}

/* The sync began with what was new: what was there before is taken when something links it. */
static int32_t pass_old(crmi_import_work *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; p->start && !rc && i < p->count; i++) {
        crmi_import_row *row = &p->rows[i];
        int64_t stamp = crmi_record_get(row->crm, CRMI_STR("SystemModstamp")).number;
        if (row->open && !row->link && stamp < p->start)
            rc = crmi_import_row_done(p, row, crmsync_reason_outcome(CRMSYNC_REASON_NOT_IN_SEGMENT),
                                      CRMSYNC_REASON_NOT_IN_SEGMENT, err);
    }
    return rc;
}

/* Merge losers and converted leads come first: a winner that is linked by then is no new record. */
static bool has_moved(const crmi_import_row *row)
{
    return crmi_record_text(row->crm, "MasterRecordId").len > 0 ||
           crmi_record_flag(row->crm, "IsConverted");
}

static int32_t choose(crmi_import_work *p, crmsync_error **err)
{
    bool moves = false;
    p->n = 0;
    p->which = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->which);
    p->inputs = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->inputs);
    p->out = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->out);
    p->later = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->later);
    p->unit = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->unit);
    p->twin = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->twin);
    p->tell = crmi_arena_array(&p->arena, p->open + 1, sizeof *p->tell);
    if (!p->which || !p->inputs || !p->out || !p->later || !p->unit || !p->twin || !p->tell)
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

/* The local record that leads what this row was merged or converted into. */
static crmsync_str heir_of(const crmi_import_work *p, const crmi_import_row *row)
{
    crmsync_str to = crmi_record_text(row->crm, "MasterRecordId");
    const crmi_reverse *r =
        crmi_import_owner(p, to.len ? to : crmi_record_text(row->crm, "ConvertedContactId"));
    return r ? r->id : CRMI_STR_EMPTY;
}

static void fill_related(const crmi_import_work *p, const crmi_import_row *row,
                         crmi_import_input *in)
{
    for (size_t k = 0; k < CRMI_CRM_RELATIONS && p->crm->relations[k].remote; k++) {
        const crmi_crm_relation *r = &p->crm->relations[k];
        const crmi_reverse *owner = crmi_import_owner(p, crmi_record_text(row->crm, r->remote));
        bool fits = owner && crmi_str_is(owner->kind, r->kind);
        in->related[k] = fits ? owner->id : CRMI_STR_EMPTY;
    }
}

static int32_t fill_inputs(crmi_import_work *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t k = 0; !rc && k < p->n; k++) {
        crmi_import_row *row = &p->rows[p->which[k]];
        crmi_import_input *in = &p->inputs[k];
        crmsync_str own = row->link ? row->link->local_id : CRMI_STR_EMPTY;
        const crmi_reverse *parent = crmi_import_owner(p, crmi_record_text(row->crm, "AccountId"));
        in->crm = row->crm;
        in->link = row->link;
        in->local = own.len ? crmi_loaded_get(&p->locals.loaded, own) : (crmi_record){NULL, 0};
        in->parent_local_id = parent ? parent->id : CRMI_STR_EMPTY;
        in->heir = heir_of(p, row);
        fill_related(p, row, in);
        rc = crmi_import_locals_match(&p->locals, row->crm, own, &in->matches, &in->match_links,
                                      &in->match_count, err);
        if (!rc)
            rc = crmi_import_early(p, row->crm, &row->early, err);
    }
    return rc;
}

static int32_t decide(crmi_import_work *p, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    crmi_record *records = crmi_arena_array(&p->arena, p->n + 1, sizeof *records);
    crmsync_str *linked = crmi_arena_array(&p->arena, p->n + 1, sizeof *linked);
    size_t linked_count = 0;
    if (!records || !linked)
        return crmi_fail_nomem(err);
    for (size_t k = 0; k < p->n; k++) {
        crmi_import_row *row = &p->rows[p->which[k]];
        records[k] = row->crm;
        if (row->link)
            linked[linked_count++] = row->link->local_id;
    }
    crmi_import_locals_clear(&p->locals);
    crmi_import_locals_init(&p->locals, ws, &p->arena, p->crm);
    int32_t rc = crmi_import_locals_load(&p->locals, records, p->n, linked, linked_count, err);
    if (!rc)
        rc = fill_inputs(p, err);
    crmi_plan_reset(p->plan);
    crmi_decide_env env = crmi_workspace_decide_env(ws);
    if (!rc)
        rc = crmi_decide_import(&env, p->crm, p->inputs, p->n, p->plan, err);
    if (!rc && p->plan->count != p->n)
        rc = crmi_fail(err, CRMSYNC_E_INTERNAL, "%zu decisions for %zu rows", p->plan->count,
                       p->n);
    return rc;
}

static int32_t check_breaker(crmi_import_work *p, crmsync_error **err)
{
    uint64_t limit = p->job->ws->config->limits.breaker_deactivations, n = *p->deactivations;
    for (size_t i = 0; i < p->plan->count; i++)
        n += !p->out[i] && (p->plan->items[i].flags & CRMI_DECISION_DEACTIVATED) != 0;
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
static int32_t line_up(crmi_import_work *p, crmsync_error **err)
{
    crmi_map seen;
    int32_t rc = CRMSYNC_OK;
    crmi_map_init(&seen, crmi_workspace_alloc(p->job->ws));
    for (size_t i = 0; i < p->plan->count; i++)
        p->twin[i] = p->unit[i] = CRMI_IMPORT_NONE;
    for (size_t i = 0; !rc && i < p->plan->count; i++) {
        crmi_decision *d = &p->plan->items[i];
        if (p->out[i]) {
            p->later[i] = true;
        } else if (d->same_as != CRMI_NO_DECISION && d->same_as < i) {
            /* one of them with the record it shares; further ones find it linked by then */
            p->later[i] = p->later[d->same_as] || p->twin[d->same_as] != CRMI_IMPORT_NONE;
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

static int32_t dry_round(crmi_import_work *p, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->plan->count; i++) {
        if (!p->out[i])
            rc = crmi_import_done(p, &p->plan->items[i], err);
    }
    return rc;
}

/* What the host took out of the plan is skipped, and comes again when it changes in the org. */
static int32_t exclude(crmi_import_work *p, crmsync_error **err)
{
    crmsync_job *job = p->job;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < p->plan->count; i++) {
        p->out[i] = job->review && crmi_plan_excluded(job->review, i);
        if (p->out[i])
            rc = crmi_import_row_done(p, &p->rows[p->which[p->plan->items[i].input]],
                                      CRMSYNC_OUTCOME_SKIPPED, CRMSYNC_REASON_EXCLUDED, err);
    }
    crmsync_plan_free(job->review);
    job->review = NULL;
    return rc;
}

static int32_t plan_round(crmi_import_work *p, crmsync_error **err)
{
    crmsync_job *job = p->job;
    int32_t rc = read_reverse(p, err);
    if (!rc)
        rc = read_links(p, err);
    if (!rc)
        rc = pass_unchanged(p, err);
    if (!rc)
        rc = pass_old(p, err);
    if (rc || !p->open)
        return rc;
    rc = choose(p, err);
    if (!rc)
        rc = decide(p, err);
    p->decided = !rc;
    if (!rc && (job->flags & CRMSYNC_JOB_REVIEW)) {
        rc = crmi_plan_wrap(crmi_workspace_alloc(job->ws), p->plan, &job->review, err);
        job->review_open = !rc;
    }
    return rc;
}

static int32_t carry_out(crmi_import_work *p, crmsync_error **err)
{
    p->decided = false;
    int32_t rc = exclude(p, err);
    if (!rc && (p->job->flags & CRMSYNC_JOB_DRY_RUN))
        return dry_round(p, err);
    if (!rc)
        rc = check_breaker(p, err);
    if (!rc)
        rc = line_up(p, err);
    if (!rc)
        rc = crmi_apply_local(p->job, p->plan, &p->applied, err);
    return rc ? rc : crmi_import_settle(p, err);
}

/* ---- the page ---- */

static int32_t page_init(crmi_import_work *p, const crmsync_rows *rows, crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    const crmsync_alloc *alloc = crmi_workspace_alloc(ws);
    crmi_arena_init(&p->arena, alloc);
    crmi_map_init(&p->known, alloc);
    crmi_import_locals_init(&p->locals, ws, &p->arena, p->crm);
    crmi_applied_init(&p->applied, alloc);
    crmi_units_init(&p->units, &ws->store);
    p->count = p->open = crmsync_rows_count(rows);
    p->rows = crmi_arena_array(&p->arena, p->count + 1, sizeof *p->rows);
    crmi_digest_fields fields;
    if (!p->rows || !crmi_digest_fields_find(&p->arena, p->rule, rows, &fields))
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < p->count; i++) {
        crmi_import_row *row = &p->rows[i];
        row->crm = (crmi_record){rows, i};
        row->id = crmi_record_text(row->crm, "Id");
        row->digest = crmi_remote_digest(&fields, row->crm);
        row->open = true;
    }
    return crmi_report_add(p->job, p->count, "read", crmi_str(p->crm->name), NULL, CRMI_STR_EMPTY,
                           err);
}

int32_t crmi_import_begin(crmi_import_work *p, crmsync_job *job, const crmi_crm_object *crm,
                          const crmsync_rows *rows, int64_t start, uint64_t *deactivations,
                          crmsync_error **err)
{
    *p = (crmi_import_work){.job = job,
                            .plan = &job->plan,
                            .crm = crm,
                            .rule = &job->ws->config->objects[crm->number],
                            .start = start,
                            .deactivations = deactivations};
    return page_init(p, rows, err);
}

int32_t crmi_import_go_on(crmi_import_work *p, bool *done, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *done = false;
    while (!rc && (p->decided || p->open)) {
        bool stopped = !p->decided;
        rc = p->decided ? carry_out(p, err) : plan_round(p, err);
        if (!rc && stopped && p->job->review_open)
            return CRMSYNC_OK;
    }
    *done = !rc;
    return rc;
}

void crmi_import_end(crmi_import_work *p)
{
    if (!p->job)
        return;
    crmi_units_clear(&p->units);
    crmi_applied_clear(&p->applied);
    crmi_import_locals_clear(&p->locals);
    crmi_map_clear(&p->known);
    crmi_arena_clear(&p->arena);
    p->job = NULL;
}

int32_t crmi_import_page(crmsync_job *job, const crmi_crm_object *crm, const crmsync_rows *rows,
                         int64_t start, uint64_t *deactivations, crmsync_error **err)
{
    crmi_import_work p;
    bool done = false;
    int32_t rc = crmi_import_begin(&p, job, crm, rows, start, deactivations, err);
    while (!rc && !done)
        rc = crmi_import_go_on(&p, &done, err);
    crmi_import_end(&p);
    return rc;
}
