/*
 * The public suffix list. libpsl 0.21 neither folds case nor drops a trailing dot and validates
 * nothing ("EXAMPLE.CO.UK" gives "CO.UK"), so it is only ever asked about hosts of host.c.
 */
#define _POSIX_C_SOURCE 200809L /* fmemopen */
#include <stdio.h>

#include "normalize/normalizer.h"

/* libpsl also takes compiled lists, whose bytes it trusts; text is parsed with care. */
static bool is_text(crmsync_str list)
{
    return !crmi_str_starts(list, ".DAFSA@") && !memchr(list.ptr, '\0', list.len);
}

int32_t crmi_suffix_open(crmsync_normalizer *n, crmsync_str list, crmsync_error **err)
{
    FILE *f;
    if (list.len == 0) {
        n->suffix = psl_builtin();
        if (n->suffix)
            return CRMSYNC_OK;
        return crmi_fail_at(err, CRMSYNC_E_UNSUPPORTED, crmi_str("/public_suffix_list"),
                            "give the text of public_suffix_list.dat in public_suffix_list",
                            "this libpsl has no built-in public suffix list");
    }
    if (!is_text(list))
        goto bad;
    f = fmemopen((void *)(uintptr_t)list.ptr, list.len, "r"); /* read only: not written to */
    if (!f)
        return crmi_fail_nomem(err);
    n->own_suffix = psl_load_fp(f);
    fclose(f);
    if (!n->own_suffix)
        return crmi_fail_nomem(err);
    if (psl_suffix_count(n->own_suffix) <= 0)
        goto bad;
    n->suffix = n->own_suffix;
    return CRMSYNC_OK;
bad:
    return crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_str("/public_suffix_list"),
                        "give the text of public_suffix_list.dat, or leave it empty",
                        "the public suffix list holds no rule");
}

void crmi_suffix_close(crmsync_normalizer *n)
{
    if (n->own_suffix)
        psl_free(n->own_suffix);
    n->own_suffix = NULL;
    n->suffix = NULL;
}

crmsync_str crmi_suffix_registrable(const crmsync_normalizer *n, const char *host)
{
    const char *domain = psl_registrable_domain(n->suffix, host);
    /* An underscore may stand in a sub-domain, no registry sells it. */
    if (!domain || strchr(domain, '_'))
        return CRMI_STR_EMPTY;
    return crmi_str(domain);
}

bool crmi_suffix_is_public(const crmsync_normalizer *n, const char *host)
{
    return psl_is_public_suffix(n->suffix, host) != 0;
}
