/*
 * Rows that come before what they refer to. Accounts are read before contacts, each up to its own
 * moment: a contact made with its account in between is read, its account with the next run only.
 * Such a row is read once more then.
 */
#include "sync/import_cursor.h"
#include "sync/import_page.h"

/* Up to when an object was read; 0 = it is not, so nothing of it will come. */
static int32_t read_to(crmi_import_work *p, const crmi_crm_object *crm, int64_t *out,
                       crmsync_error **err)
{
    crmsync_workspace *ws = p->job->ws;
    const crmi_object_rule *rule = &ws->config->objects[crm->number];
    int64_t *known = &p->read_to[crm->number];
    int32_t rc = CRMSYNC_OK;
    if (!*known && rule->enabled && (rule->in_create || rule->in_update)) {
        crmi_cursor cursor;
        crmi_cursor_init(&cursor, crmi_workspace_alloc(ws));
        rc = crmi_cursor_get(&ws->store, crmi_str(crm->name), &cursor, err);
        *known = cursor.hi ? cursor.hi : CRMI_IMPORT_NEVER;
        crmi_cursor_clear(&cursor);
    } else if (!*known) {
        *known = CRMI_IMPORT_NEVER;
    }
    *out = *known == CRMI_IMPORT_NEVER ? 0 : *known;
    return rc;
}

/* Does the row refer to one that nobody here knows yet, and that is still to be read? */
static int32_t ahead_of(crmi_import_work *p, crmi_record row, crmsync_str id, bool *early,
                        crmsync_error **err)
{
    const crmi_crm_object *crm = id.len ? crmi_crm_object_by_id(id) : NULL;
    int64_t stamp = crmi_record_get(row, CRMI_STR("SystemModstamp")).number, to = 0;
    if (!crm || crmi_import_owner(p, id))
        return CRMSYNC_OK;
    int32_t rc = read_to(p, crm, &to, err);
    *early = *early || (to && stamp >= to);
    return rc;
}

int32_t crmi_import_early(crmi_import_work *p, crmi_record row, bool *early, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *early = false;
    if (p->crm->parent_field)
        rc = ahead_of(p, row, crmi_record_text(row, p->crm->parent_field), early, err);
    for (size_t k = 0; !rc && k < CRMI_CRM_RELATIONS && p->crm->relations[k].remote; k++)
        rc = ahead_of(p, row, crmi_record_text(row, p->crm->relations[k].remote), early, err);
    return rc;
}
