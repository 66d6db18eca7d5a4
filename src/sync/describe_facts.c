/* What describes do not tell: statuses of what is configured, and the org's users. */
#include "sync/describe_facts.h"


static bool with_leads(const crmsync_config *config)
{
    return config->objects[CRMI_OBJECT_LEAD].enabled;
}

static bool with_tasks(const crmsync_config *config)
{
    return config->activities.enabled;
}

static bool with_deals(const crmsync_config *config)
{
    return config->objects[CRMI_OBJECT_OPPORTUNITY].enabled;
}

/* Statuses of what is configured, and users, in one call. */
static const struct {
    const char *name;
    const char *soql;
    bool (*wanted)(const crmsync_config *config); /* NULL = always */
} fact_queries[] = {
    {"LeadStatus", "SELECT ApiName, IsConverted FROM LeadStatus", with_leads},
    {"TaskStatus", "SELECT ApiName, IsClosed FROM TaskStatus", with_tasks},
    {"OpportunityStage", "SELECT ApiName, IsClosed FROM OpportunityStage", with_deals},
    {"User", "SELECT Id, Email, IsActive, UserType FROM User", NULL},
};
#define FACT_COUNT (sizeof fact_queries / sizeof fact_queries[0])

static bool fact_wanted(const crmsync_config *config, size_t i)
{
    return !fact_queries[i].wanted || fact_queries[i].wanted(config);
}

static int32_t owner_add(crmsync_workspace *ws, const yyjson_val *user, crmsync_error **err)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    crmi_owner *o = &ws->owners[ws->owner_count];
    crmsync_str email = crmi_json_member_text(user, "Email");
    /* a sandbox copies users with ".invalid" behind their address */
    if (ws->config->connection.sandbox && crmi_str_ends(email, ".invalid"))
        email.len -= sizeof ".invalid" - 1;
    int32_t rc = crmsync_normalize_id(crmi_json_member_text(user, "Id"), key, sizeof key, &len);
    if (rc || len == 0)
        return rc;
    if (!crmi_arena_str(&ws->owner_arena, (crmsync_str){key, len}, &o->id))
        return crmi_fail_nomem(err);
    rc = crmsync_normalize_email(ws->normalizer, email, key, sizeof key, &len);
    if (rc)
        return rc;
    if (!crmi_arena_str(&ws->owner_arena, (crmsync_str){key, len}, &o->email))
        return crmi_fail_nomem(err);
    o->active = crmi_json_member_bool(user, "IsActive", false);
    o->standard = crmi_str_is(crmi_json_member_text(user, "UserType"), "Standard");
    ws->owner_count++;
    return CRMSYNC_OK;
}

static int32_t owners_take(crmsync_workspace *ws, const yyjson_val *users, crmsync_error **err)
{
    yyjson_val *list, *user;
    size_t i, n;
    int32_t rc = CRMSYNC_OK;
    memcpy(&list, &users, sizeof list);
    crmi_arena_clear(&ws->owner_arena);
    ws->owner_count = 0;
    ws->owners = crmi_arena_array(&ws->owner_arena, yyjson_arr_size(list) + 1, sizeof *ws->owners);
    if (!ws->owners)
        return crmi_fail_nomem(err);
    yyjson_arr_foreach(list, i, n, user)
    {
        if (!rc)
            rc = owner_add(ws, user, err);
    }
    return rc;
}

/* Puts statuses and owners to use. */
int32_t crmi_facts_use(crmsync_workspace *ws, crmsync_schema *schema, crmsync_str text,
                       crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    crmi_buf rows;
    crmi_buf_init(&rows, crmi_workspace_alloc(ws));
    int32_t rc = crmi_json_read(crmi_workspace_alloc(ws), text, &doc, err);
    for (size_t i = 0; !rc && i < FACT_COUNT; i++) {
        yyjson_val *list = crmi_json_member(yyjson_doc_get_root(doc), fact_queries[i].name);
        if (crmi_str_is(crmi_str(fact_queries[i].name), "User")) {
            rc = owners_take(ws, list, err);
            continue;
        }
        if (!list || yyjson_is_null(list))
            continue;
        crmi_buf_reset(&rows);
        crmi_jw w = crmi_jw_to(&rows);
        crmi_jw_value(&w, list);
        rc = crmi_buf_ok(&rows)
                 ? crmsync_schema_add_statuses(schema, crmi_str(fact_queries[i].name),
                                               crmi_buf_str(&rows), err)
                 : crmi_fail_nomem(err);
    }
    yyjson_doc_free(doc);
    crmi_buf_clear(&rows);
    return rc;
}

/* Do the facts that are kept tell of everything that the configuration asks for by now? */
int32_t crmi_facts_cover(const crmsync_workspace *ws, crmsync_str text, bool *cover,
                         crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    int32_t rc = crmi_json_read(crmi_workspace_alloc(ws), text, &doc, err);
    *cover = !rc;
    for (size_t i = 0; *cover && i < FACT_COUNT; i++)
        *cover = !fact_wanted(ws->config, i) ||
                 crmi_json_member(yyjson_doc_get_root(doc), fact_queries[i].name);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_facts_query(const crmsync_workspace *ws, crmi_composite *c, size_t *n,
                         crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    *n = 0;
    for (size_t i = 0; !rc && i < FACT_COUNT; i++) {
        if (!fact_wanted(ws->config, i))
            continue;
        rc = crmi_composite_add_query(c, crmi_str(fact_queries[i].name),
                                      crmi_workspace_api_version(ws),
                                      crmi_str(fact_queries[i].soql), false, err);
        (*n)++;
    }
    return rc;
}
