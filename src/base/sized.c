#include "base/sized.h"

int32_t crmi_copy_in(void *to, size_t known, const void *from, const char *name,
                     crmsync_error **err)
{
    size_t given;
    if (!from)
        return crmi_fail(err, CRMSYNC_E_INVALID, "the %s are missing", name);
    memcpy(&given, from, sizeof given);
    if (given < sizeof given)
        return crmi_fail(err, CRMSYNC_E_INVALID, "struct_size of the %s is not set", name);
    const unsigned char *bytes = from;
    for (size_t i = known; i < given; i++) {
        if (bytes[i])
            return crmi_fail(err, CRMSYNC_E_UNSUPPORTED, "the %s use members of a newer library",
                             name);
    }
    memset(to, 0, known);
    memcpy(to, from, given < known ? given : known);
    memcpy(to, &known, sizeof known);
    return CRMSYNC_OK;
}
