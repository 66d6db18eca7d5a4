/* id.c: record ids: 15 characters that tell case apart, 18 that need not. */
#include "schema.h"

#include <string.h>

void orgsim_id_checksum(const char *id15, char out[4])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    for (int block = 0; block < 3; block++) {
        unsigned bits = 0;
        for (int k = 0; k < 5; k++) {
            char c = id15[5 * block + k];
            if (c >= 'A' && c <= 'Z')
                bits |= 1u << k;
        }
        out[block] = alphabet[bits];
    }
    out[3] = '\0';
}

static bool is_id_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool orgsim_id_normal(const char *text, size_t len, char out[19])
{
    char sum[4];
    if (len != 15 && len != 18)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_id_char(text[i]))
            return false;
    }
    orgsim_id_checksum(text, sum);
    if (len == 18) {
        for (int i = 0; i < 3; i++) {
            char c = text[15 + i];
            if (c >= 'a' && c <= 'z')
                c = (char)(c - 32);
            if (c != sum[i])
                return false;
        }
    }
    memcpy(out, text, 15);
    memcpy(out + 15, sum, 4);
    return true;
}

void orgsim_id_make(const char *prefix, uint64_t number, char out[19])
{
    /* In the order of ASCII, so that later ids sort later. */
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    memcpy(out, prefix, 3);
    memcpy(out + 3, "gS0", 3);
    for (int i = 14; i >= 6; i--) {
        out[i] = digits[number % 62];
        number /= 62;
    }
    orgsim_id_checksum(out, out + 15);
}
