/*
 * What else names a person that is being forgotten: a person in a campaign is a record of its own, of
 * kind `member`, whose id ends with the person's; it is found wherever one may be named.
 */
#include "sync/forget.h"

#include "state/document.h"
#include "state/key.h"
#include "state/membership.h"

typedef struct finder {
    crmi_arena *arena, scratch;
    crmsync_str person;
    bool implied; /* the key tells the kind, the value does not */
    crmsync_str *ids;
    size_t n, cap;
} finder;

static const struct {
    uint32_t space;
    const char *below; /* members alone; empty: entries of all kinds */
} places[] = {
    {CRMSYNC_SPACE_LINK, "member/"}, {CRMSYNC_SPACE_INDEX, "member/id/"},
    {CRMSYNC_SPACE_QUEUE, ""},       {CRMSYNC_SPACE_DEAD, ""},
    {CRMSYNC_SPACE_LOG, ""},         {CRMSYNC_SPACE_UNDO, ""},
};

/* Is it `<campaign>/<person>`, with a digest where that is long? */
static bool is_of_person(finder *f, crmsync_str id)
{
    crmsync_str own;
    ptrdiff_t slash = crmi_str_chr(id, '/');
    if (slash < 0)
        return false;
    crmsync_str rest = crmi_str_sub(id, (size_t)slash + 1, id.len);
    if (!crmi_str_eq(rest, f->person) && !crmi_str_starts(rest, "~"))
        return false;
    crmi_arena_reset(&f->scratch);
    return crmi_membership_id(&f->scratch, crmi_str_sub(id, 0, (size_t)slash), f->person, &own) &&
           crmi_str_eq(own, id);
}

static bool is_known(const finder *f, crmsync_str id)
{
    for (size_t i = 0; i < f->n; i++) {
        if (crmi_str_eq(f->ids[i], id))
            return true;
    }
    return false;
}

static int32_t look_at(void *ctx, const crmsync_kv_item *item, crmsync_error **err)
{
    finder *f = ctx;
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(f->arena->alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    crmsync_str id = crmi_json_member_text(o, "id");
    bool member = f->implied || crmi_str_is(crmi_json_member_text(o, "kind"), "member");
    if (member && is_of_person(f, id) && !is_known(f, id) &&
        (!crmi_arena_grow(f->arena, &f->ids, &f->cap, f->n + 1, sizeof *f->ids) ||
         !crmi_arena_str(f->arena, id, &f->ids[f->n++])))
        rc = crmi_fail_nomem(err);
    yyjson_doc_free(doc);
    return rc;
}

int32_t crmi_forget_find_members(const crmi_store *store, crmi_arena *arena, crmsync_str person,
                                 crmsync_str **ids, size_t *n, crmsync_error **err)
{
    finder f = {.arena = arena, .person = person};
    int32_t rc = CRMSYNC_OK;
    crmi_arena_init(&f.scratch, store->alloc);
    for (size_t i = 0; !rc && i < sizeof places / sizeof places[0]; i++) {
        f.implied = places[i].below[0] != '\0';
        rc = crmi_store_each(store, places[i].space, crmi_str(places[i].below), look_at, &f, err);
    }
    crmi_arena_clear(&f.scratch);
    *ids = f.ids;
    *n = rc ? 0 : f.n;
    return rc;
}
