/* Is a domain one where consumers have their mail? Then it names no company. */
#include "normalize/normalizer.h"

#include <stdlib.h>

static int by_domain(const void *domain, const void *offset)
{
    const uint32_t *at = offset;
    return crmi_str_cmp(*(const crmsync_str *)domain, crmi_str(crmi_freemail_text + *at));
}

bool crmi_freemail_listed(crmsync_str domain)
{
    return bsearch(&domain, crmi_freemail_offset, crmi_freemail_count, sizeof *crmi_freemail_offset,
                   by_domain) != NULL;
}

int32_t crmsync_is_freemail(const crmsync_normalizer *n, crmsync_str domain)
{
    char host[CRMI_HOST_SIZE];
    size_t len = 0;
    crmsync_str at;
    if (crmi_host_read(domain, host, &len))
        return 0;
    /* The most specific entry wins, so a host can take back one sub-domain of a provider. */
    for (at = (crmsync_str){host, len}; at.len > 0;) {
        ptrdiff_t dot = crmi_str_chr(at, '.');
        if (crmi_map_get(&n->freemail_remove, at))
            return 0;
        if (crmi_map_get(&n->freemail_add, at) || crmi_freemail_listed(at))
            return 1;
        at = dot < 0 ? CRMI_STR_EMPTY : crmi_str_sub(at, (size_t)dot + 1, at.len);
    }
    return 0;
}
