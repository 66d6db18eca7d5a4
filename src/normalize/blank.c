/* White space and invisible characters around what people paste. */
#include "normalize/normalizer.h"

typedef struct blank {
    const char *bytes;
    size_t len;
} blank;

/* Besides ASCII and U+2000..U+200F, which are matched by range. */
static const blank blanks[] = {
    {"\xc2\xa0", 2},     /* U+00A0 no-break space */
    {"\xc2\xad", 2},     /* U+00AD soft hyphen */
    {"\xe2\x80\xa8", 3}, /* U+2028 line separator */
    {"\xe2\x80\xa9", 3}, /* U+2029 paragraph separator */
    {"\xe2\x80\xaf", 3}, /* U+202F narrow no-break space */
    {"\xe2\x81\x9f", 3}, /* U+205F mathematical space */
    {"\xe2\x81\xa0", 3}, /* U+2060 word joiner */
    {"\xe3\x80\x80", 3}, /* U+3000 ideographic space */
    {"\xef\xbb\xbf", 3}, /* U+FEFF byte order mark */
};

size_t crmi_blank_at(crmsync_str s)
{
    unsigned char c;
    if (s.len == 0)
        return 0;
    c = (unsigned char)s.ptr[0];
    if (c <= ' ' || c == 0x7f)
        return 1;
    if (c < 0x80)
        return 0;
    if (s.len >= 3 && memcmp(s.ptr, "\xe2\x80", 2) == 0 && (unsigned char)s.ptr[2] <= 0x8f)
        return 3;
    for (size_t i = 0; i < sizeof blanks / sizeof blanks[0]; i++) {
        if (s.len >= blanks[i].len && memcmp(s.ptr, blanks[i].bytes, blanks[i].len) == 0)
            return blanks[i].len;
    }
    return 0;
}

size_t crmi_invisible_at(crmsync_str s)
{
    size_t n = crmi_blank_at(s);
    if (n == 3 && memcmp(s.ptr, "\xe2\x80", 2) == 0)
        return (unsigned char)s.ptr[2] >= 0x8b && (unsigned char)s.ptr[2] <= 0x8f ? 3 : 0;
    if (n == 3)
        return memcmp(s.ptr, "\xe2\x81\xa0", 3) == 0 || memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0 ? 3
                                                                                              : 0;
    return n == 2 && memcmp(s.ptr, "\xc2\xad", 2) == 0 ? 2 : 0;
}

crmsync_str crmi_trim_blank(crmsync_str s)
{
    size_t n;
    while ((n = crmi_blank_at(s)) > 0)
        s = (crmsync_str){s.ptr + n, s.len - n};
    while (s.len > 0) {
        size_t at = s.len;
        do
            at--;
        while (at > 0 && ((unsigned char)s.ptr[at] & 0xc0) == 0x80);
        n = crmi_blank_at((crmsync_str){s.ptr + at, s.len - at});
        if (n == 0 || at + n != s.len)
            break;
        s.len = at;
    }
    return s;
}

crmsync_str crmi_unwrap_angle(crmsync_str s)
{
    ptrdiff_t open = crmi_str_chr(s, '<');
    if (open < 0 || s.ptr[s.len - 1] != '>')
        return s;
    return crmi_trim_blank((crmsync_str){s.ptr + open + 1, s.len - (size_t)open - 2});
}
