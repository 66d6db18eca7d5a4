/* The normalizer a configuration asks for. */
#include "base/error.h"
#include "model/config.h"

static void digest_list(crmi_digest *d, const char *name, const crmsync_str *list, size_t n)
{
    if (n)
        crmi_digest_part(d, crmi_str(name));
    for (size_t i = 0; i < n; i++)
        crmi_digest_part(d, list[i]);
}

void crmi_config_normalizer_digest(const crmsync_config *config, crmi_digest *d)
{
    crmi_digest_part(d, config->match.keep_subdomains ? CRMI_STR("host") : CRMI_STR("domain"));
    digest_list(d, "freemail_add", config->match.freemail_add, config->match.freemail_add_count);
    digest_list(d, "freemail_remove", config->match.freemail_remove,
                config->match.freemail_remove_count);
    digest_list(d, "shared_host_add", config->match.shared_host_add,
                config->match.shared_host_add_count);
    digest_list(d, "legal_form_add", config->match.legal_form_add,
                config->match.legal_form_add_count);
}

int32_t crmsync_config_normalizer(const crmsync_config *config, const crmsync_alloc *alloc,
                                  crmsync_normalizer **out, crmsync_error **err)
{
    crmsync_normalize_options options = CRMSYNC_NORMALIZE_OPTIONS_INIT;
    if (!config || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID, "configuration or out is NULL");
    options.freemail_add = config->match.freemail_add;
    options.freemail_add_count = config->match.freemail_add_count;
    options.freemail_remove = config->match.freemail_remove;
    options.freemail_remove_count = config->match.freemail_remove_count;
    options.shared_host_add = config->match.shared_host_add;
    options.shared_host_add_count = config->match.shared_host_add_count;
    options.legal_form_add = config->match.legal_form_add;
    options.legal_form_add_count = config->match.legal_form_add_count;
    options.keep_subdomains = config->match.keep_subdomains;
    return crmsync_normalizer_new(alloc, &options, out, err);
}
