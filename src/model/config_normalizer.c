/* The normalizer a configuration asks for. */
#include "base/error.h"
#include "model/config.h"

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
    options.keep_subdomains = config->match.keep_subdomains;
    return crmsync_normalizer_new(alloc, &options, out, err);
}
