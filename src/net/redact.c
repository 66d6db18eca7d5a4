#include "net/redact.h"

static const char *const secret_names[] = {
    "access_token",  "refresh_token", "id_token",      "token",         "assertion",
    "client_secret", "code",          "code_verifier", "password",      "client_assertion",
    "sid",           "signature",     "device_code",   "authorization", "security_token",
};

bool crmi_redact_name(crmsync_str name)
{
    for (size_t i = 0; i < sizeof secret_names / sizeof *secret_names; i++) {
        if (crmi_str_eq_ci(name, crmi_str(secret_names[i])))
            return true;
    }
    return false;
}

void crmi_redact_form(crmi_buf *out, crmsync_str in)
{
    size_t at = 0;
    while (at < in.len) {
        crmsync_str rest = crmi_str_sub(in, at, in.len - at);
        ptrdiff_t end = crmi_str_chr(rest, '&');
        crmsync_str pair = crmi_str_sub(rest, 0, end < 0 ? rest.len : (size_t)end);
        ptrdiff_t eq = crmi_str_chr(pair, '=');
        if (eq >= 0 && crmi_redact_name(crmi_str_sub(pair, 0, (size_t)eq))) {
            crmi_buf_add(out, crmi_str_sub(pair, 0, (size_t)eq + 1));
            crmi_buf_lit(out, CRMI_REDACTED);
        } else {
            crmi_buf_add(out, pair);
        }
        at += pair.len;
        if (end >= 0) {
            crmi_buf_char(out, '&');
            at++;
        }
    }
}

static size_t min_at(ptrdiff_t found, size_t len)
{
    return found < 0 ? len : (size_t)found;
}

void crmi_redact_url(crmi_buf *out, crmsync_str url)
{
    size_t query = min_at(crmi_str_chr(url, '?'), url.len);
    crmsync_str front = crmi_str_sub(url, 0, query);
    ptrdiff_t scheme = crmi_str_find(front, CRMI_STR("://"));
    size_t host = scheme < 0 ? 0 : (size_t)scheme + 3;
    crmsync_str rest = crmi_str_sub(front, host, front.len - host);
    crmsync_str authority = crmi_str_sub(rest, 0, min_at(crmi_str_chr(rest, '/'), rest.len));
    ptrdiff_t user = crmi_str_chr(authority, '@');
    crmi_buf_add(out, crmi_str_sub(front, 0, host));
    if (user >= 0) {
        crmi_buf_lit(out, CRMI_REDACTED);
        rest = crmi_str_sub(rest, (size_t)user, rest.len);
    }
    crmi_buf_add(out, rest);
    if (query < url.len) {
        crmi_buf_char(out, '?');
        crmi_redact_form(out, crmi_str_sub(url, query + 1, url.len));
    }
}

/* The length of a JSON string from its opening quote on, both quotes included; clamped. */
static size_t string_len(crmsync_str s)
{
    size_t i = 1;
    while (i < s.len && s.ptr[i] != '"')
        i += s.ptr[i] == '\\' ? 2 : 1;
    return i < s.len ? i + 1 : s.len;
}

static size_t blanks(crmsync_str s, size_t at)
{
    while (at < s.len &&
           (s.ptr[at] == ' ' || s.ptr[at] == '\t' || s.ptr[at] == '\n' || s.ptr[at] == '\r'))
        at++;
    return at;
}

/* The length of a value that is a string or a bare word; objects are walked into, so 0. */
static size_t value_len(crmsync_str s)
{
    size_t i = 0;
    if (s.len == 0 || s.ptr[0] == '{' || s.ptr[0] == '[')
        return 0;
    if (s.ptr[0] == '"')
        return string_len(s);
    while (i < s.len && s.ptr[i] != ',' && s.ptr[i] != '}' && s.ptr[i] != ']')
        i++;
    return i;
}

/* No parser: what is cut or broken must be masked too. */
static void redact_json(crmi_buf *out, crmsync_str in)
{
    size_t at = 0;
    while (at < in.len) {
        if (in.ptr[at] != '"') {
            crmi_buf_char(out, in.ptr[at++]);
            continue;
        }
        crmsync_str rest = crmi_str_sub(in, at, in.len - at);
        size_t len = string_len(rest), after = blanks(in, at + len);
        crmi_buf_add(out, crmi_str_sub(rest, 0, len));
        at += len;
        bool is_name = after < in.len && in.ptr[after] == ':';
        if (!is_name || len < 2 || !crmi_redact_name(crmi_str_sub(rest, 1, len - 2)))
            continue;
        size_t value = blanks(in, after + 1);
        size_t skip = value_len(crmi_str_sub(in, value, in.len - value));
        if (skip == 0)
            continue;
        crmi_buf_add(out, crmi_str_sub(in, at, value - at));
        crmi_buf_lit(out, "\"" CRMI_REDACTED "\"");
        at = value + skip;
    }
}

void crmi_redact_body(crmi_buf *out, crmsync_str in)
{
    crmsync_str trimmed = crmi_str_trim(in);
    if (trimmed.len && (trimmed.ptr[0] == '{' || trimmed.ptr[0] == '['))
        redact_json(out, in);
    else
        crmi_redact_form(out, in);
}
