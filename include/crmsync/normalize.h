/**
 * @file normalize.h
 * Keys that two systems agree on: e-mail address, domain, company name, freemail, Salesforce id.
 *
 * Pure functions over an immutable context, safe to share between threads once made.
 */
#ifndef CRMSYNC_NORMALIZE_H
#define CRMSYNC_NORMALIZE_H

#include <crmsync/error.h>
#include <crmsync/types.h>

CRMSYNC_BEGIN_DECLS

typedef struct crmsync_normalizer crmsync_normalizer;

/** Options. All may be left at their INIT values. Views are copied. */
typedef struct crmsync_normalize_options {
    size_t struct_size;
    const crmsync_str *freemail_add; /**< further consumer mail domains */
    size_t freemail_add_count;
    const crmsync_str *freemail_remove; /**< built-in ones that are employers to this host; an entry
                                             for a sub-domain counts before one for its parent */
    size_t freemail_remove_count;
    const crmsync_str *shared_host_add; /**< hosts under which everybody may have a page; what is
                                             below them is shared, too */
    size_t shared_host_add_count;
    const crmsync_str *legal_form_add; /**< `oy ab`, stripped at a name's end; folded like names */
    size_t legal_form_add_count;
    crmsync_str public_suffix_list; /**< text of a newer list; empty = libpsl's own */
    uint32_t keep_subdomains;       /**< 1 = shop.acme.com stays itself; 0 = acme.com */
    uint32_t zero;
} crmsync_normalize_options;

#define CRMSYNC_NORMALIZE_OPTIONS_INIT \
    {sizeof(crmsync_normalize_options), NULL, 0, NULL, 0, NULL, 0, NULL, 0, {NULL, 0}, 0, 0}

/**
 * @param alloc    NULL = libc
 * @param options  NULL = defaults
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (an entry that is no domain, with its position; a suffix
 *         list that holds no rule); CRMSYNC_E_NOMEM. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_normalizer_new(const crmsync_alloc *alloc,
                                           const crmsync_normalize_options *options,
                                           crmsync_normalizer **out, crmsync_error **err);
CRMSYNC_API void crmsync_normalizer_free(crmsync_normalizer *normalizer);

/*
 * Each function writes the key, NUL-terminated, into `out` of `size` bytes, sets `*len` (0 = the
 * input has no key: it is empty, malformed or a placeholder) and returns CRMSYNC_OK, or
 * CRMSYNC_E_LIMIT when `size` is too small (CRMSYNC_KEY_MAX always suffices), or CRMSYNC_E_NOMEM.
 * Idempotent: a key normalizes to itself. Since 0.1.
 */
#define CRMSYNC_KEY_MAX 1024

/** `  John.Doe@Example.COM ` -> `john.doe@example.com`. Sub-domains, tags and dots stay; the domain
 *  becomes A-labels. Several addresses in one text have no key. */
CRMSYNC_API int32_t crmsync_normalize_email(const crmsync_normalizer *n, crmsync_str in, char *out,
                                            size_t size, size_t *len);
/** A website, host or e-mail address -> registrable domain as A-labels, `https://www.acme.co.uk/x`
 *  -> `acme.co.uk`. Of several websites the first counts; IP addresses, public suffixes alone and
 *  placeholders (`n/a`) have no key. */
CRMSYNC_API int32_t crmsync_normalize_domain(const crmsync_normalizer *n, crmsync_str in, char *out,
                                             size_t size, size_t *len);
/** The host without `www.`, sub-domains kept: `http://shop.acme.com/x` -> `shop.acme.com`. */
CRMSYNC_API int32_t crmsync_normalize_host(const crmsync_normalizer *n, crmsync_str in, char *out,
                                           size_t size, size_t *len);
/** A company name without legal form, case, marks and punctuation: `The Acme Co., Ltd.` -> `acme`.
 *  A name that is nothing but a form keeps it (`SA` -> `sa`). No key have: blanks, punctuation
 *  alone (`---`, `!!!`), placeholders (`n/a`, `unknown`, `[not provided]`), text that is not UTF-8.
 *  Only the first 1023 bytes count. */
CRMSYNC_API int32_t crmsync_normalize_company(const crmsync_normalizer *n, crmsync_str in,
                                              char *out, size_t size, size_t *len);
/** A Salesforce id of 15 or 18 characters -> 18; no key when it is not one (checksum included). If
 *  all 18 characters are of one case, the checksum restores the case. */
CRMSYNC_API int32_t crmsync_normalize_id(crmsync_str in, char *out, size_t size, size_t *len);

/** 1 when the domain, or a parent of it, belongs to a consumer mail provider; else 0. Takes what
 *  crmsync_normalize_domain() takes. */
CRMSYNC_API int32_t crmsync_is_freemail(const crmsync_normalizer *n, crmsync_str domain);
/** 1 when everybody may have a page below the host or a parent of it (wordpress.com,
 *  acme.wordpress.com, linkedin.com); else 0. Ask with the host or the website, not with its
 *  domain: sites.google.com is shared, google.com is not. What the public suffix list knows as a
 *  suffix is shared itself, but a site below it (acme.myshopify.com) is one company's own. */
CRMSYNC_API int32_t crmsync_is_shared_host(const crmsync_normalizer *n, crmsync_str host);

CRMSYNC_END_DECLS

#endif
