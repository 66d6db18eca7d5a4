#include <crmsync/version.h>

uint32_t crmsync_version_number(void)
{
    return CRMSYNC_VERSION_NUMBER;
}

const char *crmsync_version(void)
{
    return CRMSYNC_VERSION;
}
