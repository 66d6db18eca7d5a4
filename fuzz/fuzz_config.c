/* Any bytes as a configuration: refused with an error, or dumped to what parses to the same. */
#include <stdlib.h>

#include <crmsync/config.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_config *config = NULL, *again = NULL;
    crmsync_error *err = NULL;
    int32_t code = crmsync_config_parse(NULL, (crmsync_str){(const char *)data, size}, &config, &err);
    if ((code != CRMSYNC_OK) != (err != NULL) || (code == CRMSYNC_OK) != (config != NULL))
        abort();
    /* A dump spells out defaults: only near the size limit may it be too large to be read again. */
    if (config && crmsync_config_dump(config).len <= 1048576 &&
        (crmsync_config_parse(NULL, crmsync_config_dump(config), &again, NULL) != CRMSYNC_OK ||
         crmsync_config_digest(config) != crmsync_config_digest(again)))
        abort();
    crmsync_error_free(err);
    crmsync_config_free(config);
    crmsync_config_free(again);
    return 0;
}
