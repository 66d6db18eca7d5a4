/* Names of shipments and intents. */
#include "state/shipment.h"

/* Crockford's base 32: sorts as the number does. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void crmi_ulid_time(int64_t wall_ms, char out[CRMI_ULID_TIME + 1])
{
    uint64_t t = wall_ms > 0 ? (uint64_t)wall_ms : 0;
    for (size_t i = CRMI_ULID_TIME; i-- > 0; t >>= 5)
        out[i] = digits[t & 31];
    out[CRMI_ULID_TIME] = 0;
}

int32_t crmi_ulid_make(crmi_random random, int64_t wall_ms, char out[CRMI_ULID_LEN + 1],
                       crmsync_error **err)
{
    unsigned char noise[16];
    int32_t rc = random.fill(random.ctx, noise, sizeof noise, err);
    if (rc)
        return rc;
    crmi_ulid_time(wall_ms, out);
    for (size_t i = 0; i < sizeof noise; i++)
        out[CRMI_ULID_TIME + i] = digits[noise[i] & 31];
    out[CRMI_ULID_LEN] = 0;
    return CRMSYNC_OK;
}

int32_t crmi_uuid_make(crmi_random random, char out[37], crmsync_error **err)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char b[16];
    size_t at = 0;
    int32_t rc = random.fill(random.ctx, b, sizeof b, err);
    if (rc)
        return rc;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = hex[b[i] >> 4];
        out[at++] = hex[b[i] & 15];
    }
    out[at] = 0;
    return CRMSYNC_OK;
}
