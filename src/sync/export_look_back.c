/* Looking back at what was created: was somebody else faster? */
#include "state/reverse.h"
#include "sync/export.h"

static bool created_person(const crmi_parcel *p)
{
    return p->state == CRMI_PARCEL_DONE && p->op != CRMI_WRITE_UPDATE &&
           crmi_str_is(p->decision->kind, "person");
}

static crmsync_str sent_email(const crmi_parcel *p)
{
    for (size_t i = 0; i < p->field_count; i++) {
        if (crmi_str_is(p->fields[i].name, "Email"))
            return p->fields[i].cell.text;
    }
    return CRMI_STR_EMPTY;
}

static int32_t looked_back(crmi_task *task, crmsync_error **err);

int32_t crmi_export_look_back(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = CRMSYNC_OK;
    crmi_lookup_reset(&t->lookup);
    for (size_t i = 0; !rc && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        if (!created_person(p))
            continue;
        rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_CONTACT, CRMI_ASK_EMAIL, sent_email(p), err);
        if (!rc)
            rc = crmi_lookup_want(&t->lookup, CRMI_OBJECT_LEAD, CRMI_ASK_EMAIL, sent_email(p), err);
    }
    size_t sent = 0;
    if (!rc)
        rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? looked_back : crmi_export_close;
    return rc;
}

/* The records that were found, those of one address in a chain. */
typedef struct found_again {
    crmi_map first; /* normalized address -> index */
    size_t *next;   /* of the same address; the count = none */
} found_again;

static bool by_address(const crmi_export *t, crmi_arena *arena, found_again *f)
{
    char email[CRMSYNC_KEY_MAX];
    const crmsync_normalizer *norm = t->ship.task.job->ws->normalizer;
    size_t n = t->lookup.record_count;
    f->next = crmi_arena_array(arena, n + 1, sizeof *f->next);
    for (size_t i = n; f->next && i-- > 0;) {
        crmsync_str key;
        size_t len = 0, after = n;
        crmsync_normalize_email(norm, crmi_record_text(t->lookup.records[i], "Email"), email,
                                sizeof email, &len);
        f->next[i] = n;
        if (!len)
            continue;
        if (crmi_map_get_index(&f->first, (crmsync_str){email, len}, &after))
            f->next[i] = after;
        if (!crmi_arena_str(arena, (crmsync_str){email, len}, &key) ||
            !crmi_map_put_index(&f->first, key, i))
            return false;
    }
    return f->next != NULL;
}

/* An older living record of somebody else's with the address of one we made. */
static crmi_record rival_of(const crmi_export *t, const crmi_parcel *p, const found_again *f)
{
    char email[CRMSYNC_KEY_MAX];
    size_t len = 0, i = 0, n = t->lookup.record_count;
    const crmi_record *list = t->lookup.records;
    crmsync_normalize_email(t->ship.task.job->ws->normalizer, sent_email(p), email, sizeof email,
                            &len);
    crmsync_cell ours = crmi_record_get(crmi_lookup_get(&t->lookup, p->crm_id), CRMI_STR("CreatedDate"));
    if (!len || !crmi_map_get_index(&f->first, (crmsync_str){email, len}, &i))
        return (crmi_record){NULL, 0};
    for (; i < n; i = f->next[i]) {
        crmsync_cell created = crmi_record_get(list[i], CRMI_STR("CreatedDate"));
        if (!crmi_str_eq(crmi_record_text(list[i], "Id"), p->crm_id) &&
            !crmi_record_flag(list[i], "IsDeleted") && !crmi_record_flag(list[i], "IsConverted") &&
            created.number <= ours.number)
            return list[i];
    }
    return (crmi_record){NULL, 0};
}

static int32_t link_rival(crmi_export *t, const crmi_parcel *p, crmi_record rival,
                          crmsync_error **err)
{
    crmsync_job *job = t->ship.task.job;
    crmsync_workspace *ws = job->ws;
    crmi_link link, before;
    crmi_commit c;
    crmi_reverse owner;
    crmsync_str id = crmi_record_text(rival, "Id");
    /* one of our own, of another local record, is no rival */
    int32_t rc = crmi_reverse_get(&ws->store, &id, 1, &t->work.arena, &owner, err);
    if (rc || owner.id.len)
        return rc;
    rc = crmi_link_get(&ws->store, &t->work.arena, p->decision->kind, p->decision->local_id, &link, err);
    if (rc)
        return rc;
    before = link;
    crmi_target *target =
        crmi_link_add_target(&t->work.arena, &link, crmsync_rows_kind(rival.rows), id);
    if (!target)
        return crmi_fail_nomem(err);
    crmi_link_make_primary(&link, id);
    link.local_digest = 0; /* decided anew, on the older record */
    crmi_commit_init(&c, &ws->store);
    crmi_link_commit(&c, &link, &before);
    crmi_logged what = {"link", CRMSYNC_REASON_DUPLICATE_RACE, CRMSYNC_CLASS_DUPLICATE, CRMI_STR_EMPTY,
                        CRMI_STR("somebody else created this person just before; the older record is "
                                 "the primary one now")};
    crmi_decision told = *p->decision;
    told.field_count = 0;
    crmi_log_decision(&c, job, &told, told.local_id, id, &what);
    crmi_export_queue(&c, job, p->decision, CRMSYNC_REASON_STALE);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    if (rc)
        return rc;
    return crmi_report_add(job, 1, t->ship.flow, p->object, "duplicate_race", CRMI_STR_EMPTY, err);
}

static int32_t looked_back(crmi_task *task, crmsync_error **err)
{
    crmi_export *t = (crmi_export *)task;
    int32_t rc = crmi_lookup_take(&t->lookup, err);
    found_again found = {.next = NULL};
    crmi_map_init(&found.first, crmi_workspace_alloc(task->job->ws));
    if (!rc && !by_address(t, &t->work.arena, &found))
        rc = crmi_fail_nomem(err);
    for (size_t i = 0; !rc && i < t->ship.count; i++) {
        const crmi_parcel *p = &t->ship.parcels[i];
        if (!created_person(p))
            continue;
        crmi_record rival = rival_of(t, p, &found);
        if (rival.rows)
            rc = link_rival(t, p, rival, err);
    }
    crmi_map_clear(&found.first);
    size_t sent = 0;
    if (!rc)
        rc = crmi_lookup_send(&t->lookup, &sent, err);
    task->next = sent ? looked_back : crmi_export_close;
    return rc;
}
