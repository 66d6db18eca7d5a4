/*
 * Accounts made for people who were then refused (two steps; a graph makes both or neither). The
 * account stays and is found by its keys at the next attempt; its link and the log tell of it. It is
 * not deleted: with it would go whatever somebody else has hung on it meanwhile.
 */
#include "sync/export.h"

/* How the people fared whom an account was made for. */
typedef struct family {
    size_t landed, refused, open;
} family;

static bool account(const crmi_parcel *p)
{
    return p->state == CRMI_PARCEL_DONE && p->op != CRMI_WRITE_UPDATE &&
           crmi_str_is(p->object, "Account");
}

/* One pass over the children: the number of a parent is its place in the plan. */
static family *families(const crmi_export *t)
{
    family *of = crmi_arena_array((crmi_arena *)&t->work.arena, t->plan.count + 1, sizeof *of);
    for (size_t i = 0; of && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        size_t parent = p->decision->parent;
        if (parent == CRMI_NO_DECISION || parent >= t->plan.count)
            continue;
        of[parent].landed += p->state == CRMI_PARCEL_DONE;
        of[parent].refused += p->state == CRMI_PARCEL_FAILED;
        of[parent].open += p->state != CRMI_PARCEL_DONE && p->state != CRMI_PARCEL_FAILED;
    }
    return of;
}

static crmi_link *company_link(crmi_export *t, const crmi_decision *d, crmi_link *fresh,
                               crmsync_error **err, int32_t *rc)
{
    if (!d->local_id.len)
        return NULL;
    *rc = crmi_link_get(&t->ship.task.job->ws->store, &t->work.arena, d->kind, d->local_id, fresh, err);
    return *rc || !fresh->version ? NULL : fresh;
}

static int32_t tell(crmi_export *t, const crmi_parcel *p, crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmi_link fresh;
    crmi_commit c;
    int32_t rc = CRMSYNC_OK;
    crmi_link *link = company_link(t, p->decision, &fresh, err, &rc);
    if (rc)
        return rc;
    crmi_commit_init(&c, &job->ws->store);
    if (link) {
        link->orphan = true;
        crmi_link_put(&c, link);
    }
    crmi_logged what = {"hold", CRMSYNC_REASON_ORPHAN, 0, CRMI_STR_EMPTY,
                        CRMI_STR("its people were refused; the next attempt uses it")};
    crmi_decision told = *p->decision;
    told.field_count = 0;
    crmi_log_decision(&c, job, &told, told.local_id, p->crm_id, &what);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc ? rc
              : crmi_report_add(job, 1, t->ship.flow, p->object, "orphan", CRMI_STR_EMPTY, err);
}

/* Somebody is at home now. */
static int32_t take_back(crmi_export *t, const crmi_work_company *company, crmsync_error **err)
{
    crmi_link link;
    crmi_commit c;
    int32_t rc = crmi_link_get(&t->ship.task.job->ws->store, &t->work.arena, CRMI_STR("company"),
                               company->id, &link, err);
    if (rc || !link.orphan)
        return rc;
    crmi_commit_init(&c, &t->ship.task.job->ws->store);
    link.orphan = false;
    crmi_link_put(&c, &link);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

int32_t crmi_export_orphans(crmi_export *t, crmsync_error **err)
{
    const family *of = families(t);
    int32_t rc = of ? CRMSYNC_OK : crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        const crmi_decision *d = p->decision;
        size_t at = (size_t)(d - t->plan.items);
        if (account(p) && of[at].refused && !of[at].landed && !of[at].open)
            rc = tell(t, p, err);
        if (rc || p->state != CRMI_PARCEL_DONE || !crmi_str_is(p->object, "Contact") ||
            d->input >= t->work.count)
            continue;
        size_t company = t->work.company_of ? t->work.company_of[d->input] : (size_t)-1;
        if (company < t->work.company_count && t->work.companies[company].link &&
            t->work.companies[company].link->orphan)
            rc = take_back(t, &t->work.companies[company], err);
    }
    return rc;
}
