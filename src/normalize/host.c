/*
 * From what stands in a website field to a host name. The rules are those of the WHATWG URL
 * standard where it speaks (backslashes, user info, percent-encoded hosts, numbers that are IPv4
 * addresses); beyond it, text without a scheme is read as a host, and of several websites the first
 * one counts.
 */
#include <idn2.h>

#include "normalize/normalizer.h"

#define HOST_MAX     253
#define RAW_HOST_MAX 1000

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool is_hex(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

/* The URL standard calls a host an IPv4 address when its last label is a number. */
static bool is_number(crmsync_str label)
{
    size_t at = label.len >= 2 && label.ptr[0] == '0' && label.ptr[1] == 'x' ? 2 : 0;
    bool hex = at == 2;
    for (; at < label.len; at++) {
        if (hex ? !is_hex(label.ptr[at]) : !is_digit(label.ptr[at]))
            return false;
    }
    return true;
}

static bool label_ok(crmsync_str label)
{
    if (label.len == 0 || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

/* libidn2 lets empty labels through and libpsl checks nothing: every label is checked here. */
static bool labels_ok(crmsync_str host)
{
    size_t count = 0;
    crmsync_str label = CRMI_STR_EMPTY;
    if (host.len == 0 || host.len > HOST_MAX)
        return false;
    for (size_t from = 0; from <= host.len; from += label.len + 1) {
        ptrdiff_t dot = crmi_str_chr(crmi_str_sub(host, from, host.len - from), '.');
        label = crmi_str_sub(host, from, dot < 0 ? host.len - from : (size_t)dot);
        if (!label_ok(label))
            return false;
        count++;
    }
    /* No top-level domain has one letter: `n.a.` is somebody's way to say "none". */
    return count >= 2 && label.len >= 2 && !is_number(label) && crmi_str_chr(label, '_') < 0;
}

/* Lower-cases, percent-decodes, drops the one trailing dot. false = too long or badly encoded. */
static bool decode(crmsync_str in, char raw[RAW_HOST_MAX + 1], size_t *len, bool *plain)
{
    size_t n = 0;
    *plain = true;
    for (size_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];
        if (c == '%') {
            char digits[3] = {0};
            if (i + 2 >= in.len || !is_hex(in.ptr[i + 1]) || !is_hex(in.ptr[i + 2]))
                return false;
            memcpy(digits, in.ptr + i + 1, 2);
            for (int d = 0; d < 2; d++)
                digits[d] = is_digit(digits[d]) ? (char)(digits[d] - '0')
                                                : (char)(lower(digits[d]) - 'a' + 10);
            c = (char)(digits[0] * 16 + digits[1]);
            i += 2;
        }
        if (n == RAW_HOST_MAX || c == '\0')
            return false;
        if ((unsigned char)c >= 0x80)
            *plain = false;
        raw[n++] = lower(c);
    }
    if (n > 0 && raw[n - 1] == '.')
        n--;
    raw[n] = '\0';
    *len = n;
    return true;
}

static bool has_a_label(const char *host)
{
    return strncmp(host, "xn--", 4) == 0 || strstr(host, ".xn--") != NULL;
}

/* A-labels by UTS #46, non-transitional: straße.de and strasse.de stay two domains. */
static int32_t to_a_labels(char raw[RAW_HOST_MAX + 1], size_t *len, bool plain)
{
    char *ascii = NULL;
    int rc = idn2_to_ascii_8z(raw, &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    size_t n = rc == IDN2_OK && ascii ? strlen(ascii) : 0;
    if (rc == IDN2_MALLOC)
        return CRMSYNC_E_NOMEM;
    /* Registries sold emoji domains that IDNA 2008 forbids; their A-labels are in use. */
    if (rc != IDN2_OK)
        n = plain && (rc == IDN2_DISALLOWED || rc == IDN2_UNASSIGNED) ? *len : 0;
    else if (n <= HOST_MAX + 1)
        memcpy(raw, ascii, n + 1);
    else
        n = 0;
    if (n > 0 && raw[n - 1] == '.')
        n--;
    raw[n] = '\0';
    *len = n;
    if (ascii)
        idn2_free(ascii);
    return CRMSYNC_OK;
}

int32_t crmi_host_clean(crmsync_str in, char out[CRMI_HOST_SIZE], size_t *len)
{
    char raw[RAW_HOST_MAX + 1];
    size_t n = 0;
    bool plain = true;
    *len = 0;
    out[0] = '\0';
    if (!decode(in, raw, &n, &plain))
        return CRMSYNC_OK;
    if (!plain || has_a_label(raw)) {
        int32_t rc = to_a_labels(raw, &n, plain);
        if (rc)
            return rc;
    }
    for (size_t i = 0; i < n; i++)
        raw[i] = lower(raw[i]);
    if (!labels_ok((crmsync_str){raw, n}))
        return CRMSYNC_OK;
    memcpy(out, raw, n);
    out[n] = '\0';
    *len = n;
    return CRMSYNC_OK;
}

static size_t slashes(crmsync_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && is_slash(s.ptr[at + n]))
        n++;
    return n;
}

/* Schemes that need no slashes after the colon. */
static bool needs_no_slash(crmsync_str scheme)
{
    static const char *const names[] = {"http", "https", "ftp", "mailto", "ws", "wss"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (crmi_str_eq_ci(scheme, crmi_str(names[i])))
            return true;
    }
    return false;
}

/* Takes one scheme, or the slashes of a scheme-relative URL, off the front. */
static bool strip_scheme(crmsync_str *s)
{
    size_t at = 0;
    size_t n = slashes(*s, 0);
    crmsync_str scheme;
    if (n >= 2) {
        *s = crmi_str_sub(*s, n, s->len - n);
        return true;
    }
    while (at < s->len &&
           (is_alpha(s->ptr[at]) ||
            (at > 0 && (is_digit(s->ptr[at]) || s->ptr[at] == '+' || s->ptr[at] == '-'))))
        at++;
    if (at == 0 || at == s->len)
        return false;
    scheme = crmi_str_sub(*s, 0, at);
    if (s->ptr[at] == ':') {
        n = slashes(*s, at + 1);
        if (n == 0 && !needs_no_slash(scheme))
            return false;
        at += 1 + n;
    } else {
        /* `http//acme.com`, the colon forgotten */
        n = slashes(*s, at);
        if (n < 2 || !(crmi_str_eq_ci(scheme, CRMI_STR("http")) ||
                       crmi_str_eq_ci(scheme, CRMI_STR("https"))))
            return false;
        at += n;
    }
    *s = crmi_str_sub(*s, at, s->len - at);
    return true;
}

/* Quotes and brackets around the whole, punctuation that ends a sentence. */
static crmsync_str unwrap(crmsync_str s)
{
    s = crmi_unwrap_angle(crmi_trim_blank(s));
    while (s.len > 0 && memchr("\"'(<", s.ptr[0], 4))
        s = crmi_str_sub(s, 1, s.len - 1);
    while (s.len > 0 && memchr("\"')>,;", s.ptr[s.len - 1], 6))
        s.len--;
    return crmi_trim_blank(s);
}

/* Where the authority ends: a path, a query, a fragment, or the next of several websites. */
static size_t authority_len(crmsync_str s)
{
    size_t i = 0;
    while (i < s.len && !memchr("/\\?#,;|", s.ptr[i], 7)) {
        crmsync_str rest = {s.ptr + i, s.len - i};
        if (crmi_blank_at(rest) > 0 && crmi_invisible_at(rest) == 0)
            break;
        i++;
    }
    return i;
}

int32_t crmi_host_read(crmsync_str in, char out[CRMI_HOST_SIZE], size_t *len)
{
    crmsync_str s = unwrap(in);
    ptrdiff_t colon;
    *len = 0;
    out[0] = '\0';
    for (int i = 0; i < 4 && strip_scheme(&s); i++)
        s = crmi_trim_blank(s);
    s = crmi_str_sub(s, 0, authority_len(s));
    for (ptrdiff_t at = crmi_str_chr(s, '@'); at >= 0; at = crmi_str_chr(s, '@'))
        s = crmi_str_sub(s, (size_t)at + 1, s.len);
    colon = crmi_str_chr(s, ':');
    if (colon >= 0) {
        for (size_t i = (size_t)colon + 1; i < s.len; i++) {
            if (!is_digit(s.ptr[i]))
                return CRMSYNC_OK;
        }
        s.len = (size_t)colon;
    }
    return crmi_host_clean(s, out, len);
}
