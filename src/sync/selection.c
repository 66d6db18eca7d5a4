#include "sync/apply.h"

/* What matching needs of each object beside its mapped fields. */
static const char *const key_fields[CRMI_OBJECT_LAST][4] = {
    [CRMI_OBJECT_USER] = {"Name", "Email", NULL},
    [CRMI_OBJECT_ACCOUNT] = {"Name", "Website", "OwnerId", NULL},
    [CRMI_OBJECT_CONTACT] = {"Email", "LastName", "OwnerId", NULL},
    [CRMI_OBJECT_LEAD] = {"Email", "LastName", "OwnerId", NULL},
    [CRMI_OBJECT_OPPORTUNITY] = {"Name", "OwnerId", NULL},
};

static bool have(const crmi_selection *c, crmsync_str name)
{
    for (size_t i = 0; i < c->count; i++) {
        if (crmi_str_eq_ci(c->names[i], name))
            return true;
    }
    return false;
}

/* A field that describe does not show would fail the whole query: left out, and so ABSENT in the
 * rows, which decide never takes for empty. */
static bool visible(const crmi_object *object, crmsync_str name)
{
    return !object || crmi_str_chr(name, '.') > 0 || crmi_object_field(object, name) != NULL;
}

static void add(crmi_selection *c, const crmi_object *object, crmsync_str name)
{
    if (name.len && !have(c, name) && visible(object, name))
        c->names[c->count++] = name;
}

static void add_listed(crmi_selection *c, const crmi_object *object, const char *list)
{
    crmsync_str rest = crmi_str(list);
    while (rest.len) {
        ptrdiff_t comma = crmi_str_chr(rest, ',');
        size_t n = comma < 0 ? rest.len : (size_t)comma;
        add(c, object, crmi_str_trim(crmi_str_sub(rest, 0, n)));
        rest = crmi_str_sub(rest, n + 1, rest.len);
    }
}

static int32_t join(crmi_selection *c, const crmsync_alloc *alloc, crmsync_error **err)
{
    crmi_buf text;
    crmi_buf_init(&text, alloc);
    for (size_t i = 0; i < c->count; i++) {
        if (i)
            crmi_buf_lit(&text, ", ");
        crmi_buf_add(&text, c->names[i]);
    }
    bool ok = crmi_buf_ok(&text) && crmi_arena_str(&c->arena, crmi_buf_str(&text), &c->list);
    crmi_buf_clear(&text);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_selection_make(const crmsync_workspace *ws, const crmi_crm_object *object,
                          crmi_selection *out, crmsync_error **err)
{
    const crmi_object_rule *rule = &ws->config->objects[object->number];
    const crmi_object *described = crmi_schema_object(ws->schema, crmi_str(object->name));
    memset(out, 0, sizeof *out);
    crmi_arena_init(&out->arena, crmi_workspace_alloc(ws));
    size_t most = rule->field_count + ws->config->export.stamp_count + 32;
    out->names = crmi_arena_array(&out->arena, most, sizeof *out->names);
    if (!out->names)
        return crmi_fail_nomem(err);
    add(out, NULL, CRMI_STR("Id"));
    add_listed(out, described, object->system_fields);
    if (crmi_object_has_record_types(described))
        add(out, described, CRMI_STR("RecordTypeId"));
    for (const char *const *f = key_fields[object->number]; *f; f++)
        add(out, described, crmi_str(*f));
    for (size_t i = 0; i < rule->field_count; i++)
        add(out, described, rule->fields[i].remote);
    if (rule->status.enabled)
        add(out, described, rule->status.remote);
    add(out, described, rule->external_id);
    for (size_t i = 0; object->writeable && crmi_config_stamp(ws->config, i); i++)
        add(out, described, crmi_config_stamp(ws->config, i)->field);
    int32_t rc = join(out, crmi_workspace_alloc(ws), err);
    if (rc)
        crmi_selection_clear(out);
    return rc;
}

void crmi_selection_clear(crmi_selection *columns)
{
    if (columns->arena.alloc)
        crmi_arena_clear(&columns->arena);
    memset(columns, 0, sizeof *columns);
}
