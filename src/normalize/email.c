/*
 * E-mail addresses by RFC 5321 and 6531, folded to lower case: servers may tell local parts apart
 * by case, none in use does, and Salesforce compares Email without case. Tags, dots and aliases of
 * providers stay: jane+x@gmail.com is another key than jane@gmail.com.
 */
#include <utf8proc.h>

#include "normalize/normalizer.h"

#define LOCAL_MAX       64
#define ADDRESS_MAX     254
#define LOCAL_INPUT_MAX 256

static bool is_atext(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c));
}

static bool is_dot_atom(crmsync_str s)
{
    bool after_dot = true;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.' ? after_dot : !is_atext(s.ptr[i]))
            return false;
        after_dot = s.ptr[i] == '.';
    }
    return !after_dot;
}

/* A quoted local part; one that needs no quotes loses them, since both spell one mailbox. */
static bool read_quoted(crmsync_str *s)
{
    crmsync_str inside;
    if (s->len < 3 || s->ptr[0] != '"' || s->ptr[s->len - 1] != '"')
        return false;
    inside = crmi_str_sub(*s, 1, s->len - 2);
    for (size_t i = 0; i < inside.len; i++) {
        char c = inside.ptr[i];
        if ((c >= 0 && c < ' ') || c == 0x7f || c == '"')
            return false;
        if (c == '\\' && ++i == inside.len)
            return false;
    }
    if (is_dot_atom(inside))
        *s = inside;
    return true;
}

/* Copies without the invisible characters of copy and paste. false = too long. */
static bool drop_invisible(crmsync_str in, char *out, size_t size, size_t *len)
{
    *len = 0;
    for (size_t i = 0; i < in.len;) {
        size_t invisible = crmi_invisible_at((crmsync_str){in.ptr + i, in.len - i});
        i += invisible;
        if (invisible > 0)
            continue;
        if (*len == size)
            return false;
        out[(*len)++] = in.ptr[i++];
    }
    return true;
}

/* NFC and case folding of an internationalized local part, in place. 0 = not UTF-8, or blanks. */
static size_t fold_wide(char *text, size_t len, size_t size)
{
    utf8proc_int32_t wide[LOCAL_INPUT_MAX * 4];
    utf8proc_ssize_t n =
        utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, wide,
                           LOCAL_INPUT_MAX * 4, UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD);
    size_t written = 0;
    if (n <= 0 || n > LOCAL_INPUT_MAX * 4)
        return 0;
    n = utf8proc_normalize_utf32(wide, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        utf8proc_category_t category = utf8proc_category(wide[i]);
        if (written + 4 > size || category == UTF8PROC_CATEGORY_CC ||
            category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
            category == UTF8PROC_CATEGORY_ZP)
            return 0;
        written += (size_t)utf8proc_encode_char(wide[i], (utf8proc_uint8_t *)text + written);
    }
    return written;
}

/* The local part, folded; 0 = not one. */
static size_t read_local(crmsync_str in, char out[LOCAL_INPUT_MAX])
{
    crmsync_str s;
    size_t len = 0;
    bool ascii = true;
    /* checked first: what invisible characters kept apart must not join into another one */
    if (!crmi_str_utf8_valid(in, NULL) || !drop_invisible(in, out, LOCAL_INPUT_MAX, &len))
        return 0;
    s = (crmsync_str){out, len};
    if (!read_quoted(&s) && !is_dot_atom(s))
        return 0;
    memmove(out, s.ptr, s.len);
    len = s.len;
    for (size_t i = 0; i < len; i++) {
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (char)(out[i] + 32);
        ascii = ascii && (unsigned char)out[i] < 0x80;
    }
    if (!ascii)
        len = fold_wide(out, len, LOCAL_INPUT_MAX);
    return len <= LOCAL_MAX ? len : 0;
}

/* The @ that ends the local part; -1 = none, or several outside quotes. */
static ptrdiff_t find_at(crmsync_str s)
{
    ptrdiff_t found = -1;
    bool quoted = s.len > 0 && s.ptr[0] == '"';
    for (size_t i = quoted ? 1 : 0; i < s.len; i++) {
        if (quoted && s.ptr[i] == '\\')
            i++;
        else if (quoted && s.ptr[i] == '"')
            quoted = false;
        else if (!quoted && s.ptr[i] == '@') {
            if (found >= 0)
                return -1;
            found = (ptrdiff_t)i;
        }
    }
    return found;
}

/* What surrounds an address that was copied from somewhere. */
static crmsync_str unwrap(crmsync_str s)
{
    s = crmi_trim_blank(s);
    while (s.len > 0 && (s.ptr[s.len - 1] == ';' || s.ptr[s.len - 1] == ','))
        s = crmi_trim_blank((crmsync_str){s.ptr, s.len - 1});
    if (s.len > 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
        s = crmi_trim_blank((crmsync_str){s.ptr + 1, s.len - 2});
    s = crmi_unwrap_angle(s);
    if (s.len > 7 && crmi_str_eq_ci(crmi_str_sub(s, 0, 7), CRMI_STR("mailto:"))) {
        ptrdiff_t query = crmi_str_chr(s, '?');
        s = crmi_str_sub(s, 7, query < 0 ? s.len : (size_t)query - 7);
    }
    return s;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Parts of letters and digits, joined by single marks out of `joins`. */
static bool is_joined(crmsync_str s, const char *joins)
{
    bool joined = true;
    for (size_t i = 0; i < s.len; i++) {
        bool word = is_word(s.ptr[i]);
        if (!word && (joined || !strchr(joins, s.ptr[i]) || !s.ptr[i]))
            return false;
        joined = !word;
    }
    return !joined;
}

/* Most addresses are their own key: lower-case ASCII below a top-level domain of letters. Fewer are
 * told so than are; the long way tells the same of them. */
static bool is_plain(crmsync_str s)
{
    ptrdiff_t at = crmi_str_chr(s, '@');
    if (at < 1 || at > LOCAL_MAX || s.len > ADDRESS_MAX)
        return false;
    crmsync_str host = crmi_str_sub(s, (size_t)at + 1, s.len);
    size_t top = host.len, label = 0;
    while (top > 0 && host.ptr[top - 1] >= 'a' && host.ptr[top - 1] <= 'z')
        top--;
    if (top < 2 || host.len - top < 2 || host.len - top > 63 || host.ptr[top - 1] != '.')
        return false;
    for (size_t i = 0; i < host.len; i++) {
        label = host.ptr[i] == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return is_joined(crmi_str_sub(s, 0, (size_t)at), "._+-") && is_joined(host, ".-");
}

int32_t crmsync_normalize_email(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len)
{
    if (is_plain(in))
        return crmi_key_put(in, out, size, len);
    char address[LOCAL_INPUT_MAX + 1 + CRMI_HOST_SIZE];
    size_t local_len, host_len = 0;
    crmsync_str s = unwrap(in);
    ptrdiff_t at;
    int32_t rc;
    (void)n;
    (void)crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    at = find_at(s);
    if (at <= 0)
        return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    local_len = read_local(crmi_str_sub(s, 0, (size_t)at), address);
    if (local_len == 0)
        return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    address[local_len] = '@';
    rc =
        crmi_host_clean(crmi_str_sub(s, (size_t)at + 1, s.len), address + local_len + 1, &host_len);
    if (rc)
        return rc;
    if (host_len == 0 || local_len + 1 + host_len > ADDRESS_MAX || strchr(address + local_len, '_'))
        return crmi_key_put(CRMI_STR_EMPTY, out, size, len);
    return crmi_key_put((crmsync_str){address, local_len + 1 + host_len}, out, size, len);
}
