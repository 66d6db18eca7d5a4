/*
 * Salesforce ids. The 15-character form tells ids apart by letter case; the 18-character form adds
 * three characters, each naming which of five characters are upper case, so that it survives
 * systems that fold case (REST API Developer Guide, "ID Field Type").
 */
#include "normalize/normalizer.h"

static const char checksum_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_id_char(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Which of the five characters at p are upper case, as a checksum character. */
static char checksum(const char *p)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < 5; i++)
        bits |= is_upper(p[i]) ? 1U << i : 0U;
    return checksum_digits[bits];
}

/* Case as the checksum says: mends an id that went through a system that folds case. */
static bool restore_case(char id[18])
{
    for (int group = 0; group < 3; group++) {
        const char *found = strchr(checksum_digits, upper(id[15 + group]));
        unsigned bits = found ? (unsigned)(found - checksum_digits) : 0;
        if (!found)
            return false;
        for (int i = 0; i < 5; i++) {
            char *c = &id[group * 5 + i];
            bool want = (bits >> i) & 1U;
            if (want && !is_upper(upper(*c)))
                return false; /* a digit cannot be upper case */
            if (want)
                *c = upper(*c);
            else if (is_upper(*c))
                *c = (char)(*c + 32);
        }
        id[15 + group] = upper(id[15 + group]);
    }
    return true;
}

static bool one_case(const char *id)
{
    bool has_upper = false;
    bool has_lower = false;
    for (int i = 0; i < 18; i++) {
        has_upper = has_upper || is_upper(id[i]);
        has_lower = has_lower || (id[i] >= 'a' && id[i] <= 'z');
    }
    return !(has_upper && has_lower);
}

int32_t crmsync_normalize_id(crmsync_str in, char *out, size_t size, size_t *len)
{
    char id[18];
    crmsync_str s = crmi_trim_blank(in);
    bool ok = s.len == 15 || s.len == 18;
    for (size_t i = 0; ok && i < s.len; i++)
        ok = is_id_char(s.ptr[i]);
    if (!ok)
        return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    memcpy(id, s.ptr, s.len);
    /* 18 characters in one case only went through a folding system; the checksum brings it back. */
    if (s.len == 18 && one_case(id) && !restore_case(id))
        return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    for (int group = 0; group < 3; group++) {
        char sum = checksum(id + group * 5);
        if (s.len == 18 && upper(id[15 + group]) != sum)
            return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
        id[15 + group] = sum;
    }
    return crmi_key_put((crmsync_str){id, 18}, out, size, len);
}
