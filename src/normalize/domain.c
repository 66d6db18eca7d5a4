/* Website, host or e-mail address -> the domain by which two systems know a company. */
#include "normalize/normalizer.h"

int32_t crmi_key_put(crmsync_str key, char *out, size_t size, size_t *len)
{
    *len = 0;
    if (size > 0)
        out[0] = '\0';
    if (key.len + 1 > size)
        return CRMSYNC_E_LIMIT;
    if (key.len > 0)
        memcpy(out, key.ptr, key.len);
    out[key.len] = '\0';
    *len = key.len;
    return CRMSYNC_OK;
}

/* Host and registrable domain of the text; both empty when there is none. */
static int32_t read_domain(const crmsync_normalizer *n, crmsync_str in, char host[CRMI_HOST_SIZE],
                           crmsync_str *whole, crmsync_str *domain)
{
    size_t len = 0;
    int32_t rc = crmi_host_read(in, host, &len);
    *whole = *domain = CRMI_STR_EMPTY;
    if (rc || len == 0)
        return rc;
    *domain = crmi_suffix_registrable(n, host);
    if (domain->len > 0)
        *whole = (crmsync_str){host, len};
    /* `www.gov.uk` is a name of its own: www. goes only where a registrable domain remains. */
    while (crmi_str_starts(*whole, "www.") && whole->len > domain->len)
        *whole = crmi_str_sub(*whole, 4, whole->len - 4);
    return CRMSYNC_OK;
}

int32_t crmsync_normalize_domain(const crmsync_normalizer *n, crmsync_str in, char *out,
                                 size_t size, size_t *len)
{
    char host[CRMI_HOST_SIZE];
    crmsync_str whole, domain;
    int32_t rc = read_domain(n, in, host, &whole, &domain);
    if (rc) {
        (void)crmi_key_put(CRMI_STR_EMPTY, out, size, len);
        return rc;
    }
    return crmi_key_put(n->keep_subdomains ? whole : domain, out, size, len);
}

int32_t crmsync_normalize_host(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                               size_t *len)
{
    char host[CRMI_HOST_SIZE];
    crmsync_str whole, domain;
    int32_t rc = read_domain(n, in, host, &whole, &domain);
    if (rc) {
        (void)crmi_key_put(CRMI_STR_EMPTY, out, size, len);
        return rc;
    }
    return crmi_key_put(whole, out, size, len);
}
