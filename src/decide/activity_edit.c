/* An edited activity: what of its record is sent again. */
#include "decide/activity.h"

/* An edit never resends what can only be created, nor moves the record to somebody else. */
static bool create_only(const crmi_activity_case *c, crmsync_str remote)
{
    static const char *const names[] = {"TaskSubtype", "WhoId", "WhatId", "OwnerId",
                                        "LinkedEntityId"};
    const crmi_field *field = c->object ? crmi_object_field(c->object, remote) : NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (crmi_str_is(remote, names[i])) {
            return true;
        }
    }
    return field && !(field->flags & CRMI_FIELD_UPDATEABLE);
}

/* Is it what we sent last? Of long texts the shadow holds a digest. */
static int32_t as_sent(const crmi_activity_case *c, const crmi_shadow *s,
                       const crmi_field_decision *f, crmi_arena *arena, bool *same,
                       crmsync_error **err)
{
    bool content = crmi_str_is(f->remote, "Content"); /* sent as base64: the text itself counts */
    const crmi_field *field = c->object ? crmi_object_field(c->object, f->remote) : NULL;
    crmsync_cell kept;
    if (!crmi_shadow_keep(arena, content ? &f->local_old : &f->crm_new, &kept)) {
        return crmi_fail_nomem(err);
    }
    *same = content ? crmi_cell_same(&s->l, &kept) : crmi_save_equal(field, &s->c, &kept, NULL);
    return CRMSYNC_OK;
}

/* Keeps only what changed since we sent it. */
static int32_t keep_changes(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    for (size_t i = 0; i < fields->count; i++) {
        crmi_field_decision *f = &fields->items[i];
        const crmi_shadow *s = crmi_target_shadow(c->target, f->remote);
        bool same = create_only(c, f->remote);
        if (!same && s) {
            int32_t code = as_sent(c, s, f, fields->arena, &same, err);
            if (code != CRMSYNC_OK) {
                return code;
            }
        }
        f->crm_old = !s                              ? crmi_cell_null()
                     : crmi_shadow_digested(&s->c) ? crmi_cell_absent()
                                                   : s->c;
        if (same) {
            f->crm_new = crmi_cell_absent();
            f->reason = CRMSYNC_REASON_EQUAL;
            f->base = CRMI_BASE_KEEP;
        }
    }
    return CRMSYNC_OK;
}

/* What the host's activity says no more is emptied. */
static int32_t clear_gone(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    for (size_t i = 0; i < c->target->shadow_count; i++) {
        const crmi_shadow *s = &c->target->shadows[i];
        const crmi_field *field = c->object ? crmi_object_field(c->object, s->remote) : NULL;
        bool clears = field && (field->flags & CRMI_FIELD_NILLABLE);
        if (!clears || crmi_cell_blank(&s->c) || create_only(c, s->remote) ||
            crmi_fields_find(fields, s->remote)) {
            continue;
        }
        crmi_field_decision *f = crmi_fields_add(fields, CRMI_STR_EMPTY, s->remote);
        if (!f) {
            return crmi_fail_nomem(err);
        }
        f->crm_old = crmi_shadow_digested(&s->c) ? crmi_cell_absent() : s->c;
        f->local_old = crmi_cell_null();
        f->crm_new = crmi_cell_null();
        f->reason = CRMSYNC_REASON_LOCAL_CLEARED;
        f->base = CRMI_BASE_SENT;
    }
    return CRMSYNC_OK;
}

int32_t crmi_activity_changes(const crmi_activity_case *c, crmi_fields *fields, crmsync_error **err)
{
    int32_t code = keep_changes(c, fields, err);
    return code == CRMSYNC_OK ? clear_gone(c, fields, err) : code;
}
