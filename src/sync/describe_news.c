/* What came, went and changed in an object since it was described before. */
#include "sync/describe_types.h"
#include "sync/report.h"

#define NAMED_MAX 20u /* fields that the message names of each sort */

typedef struct news {
    crmi_buf text;
    uint64_t added, removed, changed;
} news;

static void tell(news *n, uint64_t *count, const char *what, crmsync_str name, const char *detail)
{
    if (++*count > NAMED_MAX)
        return;
    if (n->text.len)
        crmi_buf_lit(&n->text, ", ");
    crmi_buf_fmt(&n->text, "%s %.*s%s", what, CRMI_SPELL(name), detail);
}

/* Rights and values count as well as types: they decide what can be sent. */
static bool differs(const crmi_field *a, const crmi_field *b)
{
    bool same = a->type == b->type && a->flags == b->flags && a->length == b->length &&
                a->value_count == b->value_count;
    for (size_t i = 0; same && i < a->value_count; i++)
        same = crmi_str_eq(a->values[i].value, b->values[i].value) &&
               a->values[i].active == b->values[i].active;
    return !same;
}

static void compare(news *n, const crmi_object *before, const crmi_object *now)
{
    for (size_t i = 0; i < now->field_count; i++) {
        const crmi_field *field = &now->fields[i];
        const crmi_field *old = crmi_object_field(before, field->name);
        if (!old)
            tell(n, &n->added, "came", field->name, "");
        else if (differs(old, field))
            tell(n, &n->changed, "changed", field->name, old->type != field->type ? " (type)" : "");
    }
    for (size_t i = 0; i < before->field_count; i++) {
        if (!crmi_object_field(now, before->fields[i].name))
            tell(n, &n->removed, "went", before->fields[i].name, "");
    }
}

static int32_t report(crmsync_job *job, crmsync_str object, const news *n, crmsync_error **err)
{
    const struct {
        const char *what;
        uint64_t count;
    } counts[] = {{"fields_added", n->added},
                  {"fields_removed", n->removed},
                  {"fields_changed", n->changed}};
    crmi_commit c;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < sizeof counts / sizeof counts[0]; i++)
        rc = crmi_report_add(job, counts[i].count, "describe", object, counts[i].what,
                             CRMI_STR_EMPTY, err);
    if (rc || !n->text.len)
        return rc;
    crmi_engine_log(job->ws->engine, CRMSYNC_LOG_INFO, "fields of %.*s: %.*s", CRMI_SPELL(object),
                    CRMI_SPELL(crmi_buf_str(&n->text)));
    crmi_log_row row = {.time_ms = crmi_engine_wall(job->ws->engine),
                        .run = crmi_str(job->run_id),
                        .n = job->log_n++,
                        .direction = CRMI_STR("in"),
                        .op = CRMI_STR("describe"),
                        .object = object,
                        .message = crmi_buf_str(&n->text),
                        .actor = job->actor};
    crmi_commit_init(&c, &job->ws->store);
    crmi_log_put(&c, &row);
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

int32_t crmi_describe_news(crmsync_job *job, crmsync_str object, crmsync_str before,
                           const crmsync_schema *now, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(job->ws);
    crmsync_schema *old = NULL;
    news n = {.added = 0};
    crmi_buf_init(&n.text, alloc);
    int32_t rc = crmsync_schema_new(alloc, &old, err);
    if (!rc)
        rc = crmsync_schema_add_describe(old, before, err);
    const crmi_object *a = crmi_schema_object(old, object), *b = crmi_schema_object(now, object);
    if (!rc && a && b)
        compare(&n, a, b);
    if (!rc && !crmi_buf_ok(&n.text))
        rc = crmi_fail_nomem(err);
    if (!rc)
        rc = report(job, object, &n, err);
    crmi_buf_clear(&n.text);
    crmsync_schema_free(old);
    return rc;
}
