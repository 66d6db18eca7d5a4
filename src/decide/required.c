#include "decide/policy.h"

typedef struct check {
    const crmi_merge *m;
    crmi_fields *fields;
    crmi_buf missing;
    bool refused; /* a missing one has a value that cannot be stored */
} check;

static bool has_value(const crmi_fields *fields, crmsync_str name)
{
    const crmi_field_decision *d = crmi_fields_find(fields, name);
    return d && !crmi_cell_blank(&d->crm_new);
}

static const crmi_value_pair *default_of(const crmi_object_rule *rule, crmsync_str name)
{
    for (size_t i = 0; i < rule->required_default_count; i++) {
        if (crmi_str_eq_ci(rule->required_defaults[i].local, name)) {
            return &rule->required_defaults[i];
        }
    }
    return NULL;
}

/* false = no memory. */
static bool apply_default(check *c, crmsync_str name, const crmi_value_pair *pair)
{
    const crmi_field *field = c->m->object ? crmi_object_field(c->m->object, name) : NULL;
    crmi_field_decision *d = crmi_fields_find(c->fields, name);
    crmsync_cell value = crmi_cell_text(pair->remote);
    crmsync_cell sent;
    if (!d) {
        d = crmi_fields_add(c->fields, CRMI_STR_EMPTY, name);
    }
    if (!d) {
        return false;
    }
    uint32_t result = crmi_to_crm(c->m->env, field, NULL, &value, c->fields->arena, &sent);
    if (result == CRMI_CONVERT_NOMEM) {
        return false;
    }
    d->crm_old = crmi_cell_null();
    d->reason = crmi_converted(result) ? CRMSYNC_REASON_REQUIRED_DEFAULT : result;
    d->crm_new = crmi_converted(result) ? sent : crmi_cell_absent();
    return true;
}

static bool require(check *c, crmsync_str name)
{
    if (has_value(c->fields, name)) {
        return true;
    }
    const crmi_value_pair *pair = default_of(c->m->rule, name);
    if (pair && !apply_default(c, name, pair)) {
        return false;
    }
    if (has_value(c->fields, name)) {
        return true;
    }
    const crmi_field_decision *d = crmi_fields_find(c->fields, name);
    bool bad = d && !crmi_cell_blank(&d->local_old) && d->reason != CRMSYNC_REASON_NOT_FILLED;
    c->refused = c->refused || bad;
    crmi_buf_fmt(&c->missing, "%s%.*s", c->missing.len ? ", " : "", CRMI_SPELL(name));
    if (bad) {
        crmi_buf_fmt(&c->missing, " (%s)", crmsync_reason_name(d->reason));
    }
    return true;
}

int32_t crmi_required_fields(const crmi_merge *m, bool parent_follows, crmi_fields *fields,
                             uint32_t *reason, crmsync_str *detail, crmsync_error **err)
{
    check c = {.m = m, .fields = fields};
    const char *parent = m->rule->crm->parent_field;
    bool ok = true;
    crmi_buf_init(&c.missing, m->env->alloc);
    for (size_t i = 0; ok && i < 4 && m->rule->crm->required[i]; i++) {
        ok = require(&c, crmi_str(m->rule->crm->required[i]));
    }
    for (size_t i = 0; ok && m->object && i < m->object->field_count; i++) {
        const crmi_field *field = &m->object->fields[i];
        bool floor = false;
        if (!crmi_field_required(field)) {
            continue;
        }
        for (size_t j = 0; j < 4 && m->rule->crm->required[j]; j++) {
            floor = floor || crmi_str_is(field->name, m->rule->crm->required[j]);
        }
        bool follows = parent_follows && parent && crmi_str_is(field->name, parent);
        if (!floor && !follows) {
            ok = require(&c, field->name);
        }
    }
    *reason = 0;
    if (ok && c.missing.len) {
        *reason = c.refused ? CRMSYNC_REASON_VALUE_REFUSED : CRMSYNC_REASON_REQUIRED_MISSING;
        ok = crmi_arena_str(fields->arena, crmi_buf_str(&c.missing), detail);
    }
    ok = ok && crmi_buf_ok(&c.missing);
    crmi_buf_clear(&c.missing);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}
