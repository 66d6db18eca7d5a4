/* What concerns a workspace as a whole: other CRMs beside this one, and forgetting everything. */
#include "state/meta.h"

#define CRM_PREFIX "crm/"

static int32_t take_name(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    crmi_buf *name = ctx;
    yyjson_doc *doc = NULL;
    int32_t rc = crmi_document_open(name->alloc, item, &doc, err);
    if (!rc)
        crmi_buf_add(name, crmi_json_member_text(yyjson_doc_get_root(doc), "name"));
    yyjson_doc_free(doc);
    if (rc)
        return rc;
    return crmi_buf_ok(name) ? CRMI_VISIT_STOP : crmi_fail_nomem(err);
}

int32_t crmi_other_crm(const crmi_store *store, crmi_buf *name, crmsync_error **err)
{
    crmi_buf_reset(name);
    return crmi_store_each(store, CRMSYNC_SPACE_META, CRMI_STR(CRM_PREFIX), take_name, name, err);
}

int32_t crmi_other_crm_set(const crmi_store *from, crmsync_str name, bool active, int64_t now_ms,
                           crmsync_error **err)
{
    crmi_store store = *from;
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("crm"), name));
    crmi_commit c;
    crmi_buf value;
    store.fence = NULL;
    crmi_commit_init(&c, &store);
    crmi_buf_init(&value, store.alloc);
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "name", name);
    crmi_member_i64(&w, "since", now_ms);
    crmi_jw_object_end(&w);
    if (active)
        crmi_document_put(&c, CRMSYNC_SPACE_META, crmi_key_str(&key), &value);
    else
        crmi_commit_delete(&c, CRMSYNC_SPACE_META, crmi_key_str(&key));
    int32_t rc = crmi_commit_must(&c, err);
    crmi_buf_clear(&value);
    crmi_commit_clear(&c);
    return rc;
}

/* All but the format and the other CRMs; the connection last, which says that a purge is under way. */
static int32_t purge_meta(const crmi_store *store, crmsync_error **err)
{
    static const struct {
        const char *from, *to;
    } ranges[] = {{"", "conn"}, {"crm0", "format"}, {"format0", ""}};
    crmi_commit c;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < sizeof ranges / sizeof ranges[0]; i++)
        rc = crmi_store_clear(store, CRMSYNC_SPACE_META, crmi_str(ranges[i].from),
                              crmi_str(ranges[i].to), err);
    if (rc)
        return rc;
    crmi_commit_init(&c, store);
    crmi_commit_delete(&c, CRMSYNC_SPACE_META, CRMI_STR("conn"));
    rc = crmi_commit_must(&c, err);
    crmi_commit_clear(&c);
    return rc;
}

int32_t crmi_meta_purge(const crmi_store *store, uint32_t *space, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    uint32_t next = *space ? *space : CRMSYNC_SPACE_META + 1;
    if (next == CRMSYNC_SPACE_LEASE) /* ours is held: nobody comes in between */
        next++;
    if (next > CRMSYNC_SPACE_UNDO) {
        *space = 0;
        return purge_meta(store, err);
    }
    rc = crmi_store_clear(store, next, CRMI_STR_EMPTY, CRMI_STR_EMPTY, err);
    if (!rc)
        *space = next + 1;
    return rc;
}
