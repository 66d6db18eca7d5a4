/* The context: options read, checked and kept. */
#include "normalize/normalizer.h"

/* Takes a host's options of any version; what this library cannot know must be zero. */
static int32_t read_options(const crmsync_normalize_options *from, crmsync_normalize_options *to,
                            crmsync_error **err)
{
    static const crmsync_normalize_options defaults = CRMSYNC_NORMALIZE_OPTIONS_INIT;
    const unsigned char *bytes = (const unsigned char *)from;
    *to = defaults;
    if (!from)
        return CRMSYNC_OK;
    if (from->struct_size < sizeof defaults)
        return crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_str("/struct_size"),
                            "start from CRMSYNC_NORMALIZE_OPTIONS_INIT",
                            "the normalizer options have no valid struct_size");
    for (size_t i = sizeof defaults; i < from->struct_size; i++) {
        if (bytes[i])
            return crmi_fail_at(err, CRMSYNC_E_UNSUPPORTED, crmi_str("/struct_size"),
                                "upgrade libcrmsync, or leave the newer options unset",
                                "the normalizer options use members newer than this library");
    }
    *to = *from;
    if (to->keep_subdomains > 1 || to->zero)
        return crmi_fail_at(
            err, CRMSYNC_E_INVALID, crmi_str(to->zero ? "/zero" : "/keep_subdomains"),
            "set keep_subdomains to 0 or 1 and zero to 0", "a normalizer option is out of range");
    return CRMSYNC_OK;
}

static int32_t fail_entry(crmsync_normalizer *n, crmsync_error **err, const char *list, size_t at,
                          crmsync_str entry, const char *what)
{
    crmi_buf b;
    int32_t rc;
    crmi_buf_init(&b, &n->alloc);
    crmi_buf_json(&b, crmi_str_sub(entry, 0, crmi_str_utf8_cut(entry, 60)));
    rc = crmi_fail(err, CRMSYNC_E_INVALID, "%s entry %zu is no %s: %.*s", list, at, what,
                   CRMI_SPELL(crmi_buf_str(&b)));
    crmi_buf_reset(&b);
    crmi_buf_fmt(&b, "/%s/%zu", list, at);
    if (!crmi_buf_ok(&b))
        rc = crmi_fail_nomem(err);
    crmi_error_set_where(err, crmi_buf_str(&b));
    crmi_error_set_remedy(err, crmi_str("correct the entry or leave it out; entries count from 0"));
    crmi_buf_clear(&b);
    return rc;
}

static int32_t keep(crmsync_normalizer *n, crmi_map *map, crmsync_str key, crmsync_error **err)
{
    crmsync_str kept;
    if (!crmi_arena_str(&n->arena, key, &kept) || !crmi_map_put(map, kept, (void *)n))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t keep_domains(crmsync_normalizer *n, crmi_map *map, const char *list,
                            const crmsync_str *entries, size_t count, crmsync_error **err)
{
    for (size_t i = 0; i < count; i++) {
        char host[CRMI_HOST_SIZE];
        size_t len = 0;
        int32_t rc = crmi_host_clean(crmi_trim_blank(entries[i]), host, &len);
        if (rc)
            return crmi_fail_nomem(err);
        if (len == 0)
            return fail_entry(n, err, list, i, entries[i], "domain");
        rc = keep(n, map, (crmsync_str){host, len}, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t keep_legal_forms(crmsync_normalizer *n, const crmsync_str *entries, size_t count,
                                crmsync_error **err)
{
    for (size_t i = 0; i < count; i++) {
        char folded[CRMI_FORM_MAX + 4];
        size_t from = crmi_fold_name(entries[i], folded, sizeof folded);
        size_t len = crmi_squeeze((crmsync_str){folded, from}, folded);
        int32_t rc;
        if (len == 0 || len > CRMI_FORM_MAX)
            return fail_entry(n, err, "legal_form_add", i, entries[i], "legal form");
        rc = keep(n, &n->legal_form_add, (crmsync_str){folded, len}, err);
        if (rc)
            return rc;
    }
    return CRMSYNC_OK;
}

static int32_t fill(crmsync_normalizer *n, const crmsync_normalize_options *o, crmsync_error **err)
{
    int32_t rc = keep_domains(n, &n->freemail_add, "freemail_add", o->freemail_add,
                              o->freemail_add_count, err);
    if (!rc)
        rc = keep_domains(n, &n->freemail_remove, "freemail_remove", o->freemail_remove,
                          o->freemail_remove_count, err);
    if (!rc)
        rc = keep_domains(n, &n->shared_host_add, "shared_host_add", o->shared_host_add,
                          o->shared_host_add_count, err);
    if (!rc)
        rc = keep_legal_forms(n, o->legal_form_add, o->legal_form_add_count, err);
    if (!rc)
        rc = crmi_suffix_open(n, o->public_suffix_list, err);
    n->keep_subdomains = o->keep_subdomains == 1;
    return rc;
}

int32_t crmsync_normalizer_new(const crmsync_alloc *alloc, const crmsync_normalize_options *options,
                               crmsync_normalizer **out, crmsync_error **err)
{
    crmsync_alloc a;
    crmsync_normalize_options o;
    crmsync_normalizer *n;
    int32_t rc;
    *out = NULL;
    if (crmi_alloc_init(&a, alloc))
        return crmi_fail(
            err, CRMSYNC_E_INVALID,
            "the allocator lacks a function; start from CRMSYNC_ALLOC_INIT and set all");
    rc = read_options(options, &o, err);
    if (rc)
        return rc;
    n = CRMI_NEW(&a, crmsync_normalizer);
    if (!n)
        return crmi_fail_nomem(err);
    n->alloc = a;
    crmi_arena_init(&n->arena, &n->alloc);
    crmi_map_init(&n->freemail_add, &n->alloc);
    crmi_map_init(&n->freemail_remove, &n->alloc);
    crmi_map_init(&n->shared_host_add, &n->alloc);
    crmi_map_init(&n->legal_form_add, &n->alloc);
    rc = fill(n, &o, err);
    if (rc)
        crmsync_normalizer_free(n);
    else
        *out = n;
    return rc;
}

void crmsync_normalizer_free(crmsync_normalizer *normalizer)
{
    crmsync_alloc a;
    if (!normalizer)
        return;
    a = normalizer->alloc;
    crmi_suffix_close(normalizer);
    crmi_map_clear(&normalizer->legal_form_add);
    crmi_map_clear(&normalizer->shared_host_add);
    crmi_map_clear(&normalizer->freemail_remove);
    crmi_map_clear(&normalizer->freemail_add);
    crmi_arena_clear(&normalizer->arena);
    crmi_dealloc(&a, normalizer, sizeof *normalizer);
}
