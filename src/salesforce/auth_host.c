#include "salesforce/auth.h"

/* Hosts of Salesforce's that serve an API. force.com and site.com are not among them: customers'
 * own pages live there. */
static const char *const api_hosts[] = {
    ".salesforce.com", ".salesforce.mil", ".cloudforce.com", ".crmforce.mil", ".sfcrmproducts.cn",
};

/* Where people find their org's address in the browser, and the login host that belongs to it. */
static const struct {
    const char *ending;
    const char *instead;
} browser_hosts[] = {
    {".lightning.force.com", ".my.salesforce.com"},
    {".my.salesforce-setup.com", ".my.salesforce.com"},
    {".lightning.crmforce.mil", ".my.salesforce.mil"},
};

typedef struct url_origin {
    bool https;
    crmsync_str host; /* without port */
    crmsync_str port; /* digits; empty = none */
} url_origin;

static bool host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static bool digits_only(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len > 0 && s.len <= 5;
}

/* Splits "host[:port]", already in lower case. IPv6 only as the loopback address. */
static bool split_host(crmsync_str s, url_origin *out)
{
    ptrdiff_t colon;
    out->port = CRMI_STR_EMPTY;
    if (crmi_str_starts(s, "[::1]")) {
        out->host = crmi_str_sub(s, 0, 5);
        s = crmi_str_sub(s, 5, s.len);
        if (s.len && s.ptr[0] != ':')
            return false;
        colon = s.len ? 0 : -1;
    } else {
        colon = crmi_str_chr(s, ':');
        out->host = colon < 0 ? s : crmi_str_sub(s, 0, (size_t)colon);
        for (size_t i = 0; i < out->host.len; i++)
            if (!host_char(out->host.ptr[i]))
                return false;
    }
    if (colon >= 0) {
        out->port = crmi_str_sub(s, (size_t)colon + 1, s.len);
        if (!digits_only(out->port))
            return false;
    }
    return out->host.len > 0 && out->host.len <= 253 && out->host.ptr[0] != '.' &&
           out->host.ptr[0] != '-';
}

static bool loopback(crmsync_str host)
{
    if (crmi_str_is(host, "localhost") || crmi_str_is(host, "[::1]"))
        return true;
    if (!crmi_str_starts(host, "127."))
        return false;
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9'))
            return false;
    return true; /* a name such as 127.evil.example has letters */
}

static bool api_host(crmsync_str host)
{
    for (size_t i = 0; i < sizeof api_hosts / sizeof *api_hosts; i++)
        if (crmi_str_ends(host, api_hosts[i]))
            return true;
    return false;
}

static void add_lower(crmi_buf *b, crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        crmi_buf_char(b, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
}

/* The text between "//" and the next "/", "?" or "#". */
static crmsync_str authority(crmsync_str s)
{
    size_t n = 0;
    while (n < s.len && !strchr("/?#\\", s.ptr[n]))
        n++;
    return crmi_str_sub(s, 0, n);
}

static bool starts_ci(crmsync_str s, const char *prefix)
{
    crmsync_str p = crmi_str(prefix);
    return crmi_str_eq_ci(crmi_str_sub(s, 0, p.len), p);
}

/* Splits a URL; `lower` holds the bytes the views point to. */
static bool split_url(crmsync_str url, crmi_buf *lower, url_origin *out)
{
    out->https = starts_ci(url, "https://");
    if (!out->https && !starts_ci(url, "http://"))
        return false;
    add_lower(lower, authority(crmi_str_sub(url, out->https ? 8 : 7, url.len)));
    return crmi_buf_ok(lower) && split_host(crmi_buf_str(lower), out);
}

static void add_origin(crmi_buf *out, const url_origin *o)
{
    crmi_buf_lit(out, o->https ? "https://" : "http://");
    crmi_buf_add(out, o->host);
    if (o->port.len) {
        crmi_buf_char(out, ':');
        crmi_buf_add(out, o->port);
    }
}

bool crmi_auth_origin(crmi_buf *out, crmsync_str url)
{
    crmi_buf lower;
    url_origin o;
    crmi_buf_init(&lower, out->alloc);
    bool ok = split_url(url, &lower, &o);
    if (ok)
        add_origin(out, &o);
    crmi_buf_clear(&lower);
    return ok && crmi_buf_ok(out);
}

static int32_t check_origin(const url_origin *o, bool loopback_http, crmsync_error **err)
{
    if (loopback(o->host)) {
        if (loopback_http)
            return CRMSYNC_OK;
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "tokens do not go to %.*s: allow_loopback_http is not set",
                         CRMI_SPELL(o->host));
    }
    if (!o->https)
        return crmi_fail(err, CRMSYNC_E_INVALID, "tokens go over https only, not to http://%.*s",
                         CRMI_SPELL(o->host));
    if (!api_host(o->host) || (o->port.len && !crmi_str_is(o->port, "443")))
        return crmi_fail(err, CRMSYNC_E_INVALID, "%.*s is not a host of Salesforce",
                         CRMI_SPELL(o->host));
    return CRMSYNC_OK;
}

int32_t crmi_auth_url_check(crmsync_str url, bool loopback_http, crmsync_error **err)
{
    char bytes[320];
    url_origin o;
    size_t n;
    bool https = starts_ci(url, "https://");
    crmsync_str host = authority(crmi_str_sub(url, https ? 8 : 7, url.len));
    if ((!https && !starts_ci(url, "http://")) || host.len >= sizeof bytes)
        return crmi_fail(err, CRMSYNC_E_INVALID, "not an address that starts with https://");
    for (n = 0; n < host.len; n++)
        bytes[n] = host.ptr[n] >= 'A' && host.ptr[n] <= 'Z' ? (char)(host.ptr[n] - 'A' + 'a')
                                                            : host.ptr[n];
    o.https = https;
    if (!split_host((crmsync_str){bytes, n}, &o))
        return crmi_fail(err, CRMSYNC_E_INVALID, "not an address of a host");
    return check_origin(&o, loopback_http, err);
}

static int32_t bad_domain(crmsync_error **err, crmsync_str domain, const char *remedy)
{
    crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not a My Domain of Salesforce",
              CRMI_SPELL(crmi_str_sub(domain, 0, crmi_str_utf8_cut(domain, 100))));
    crmi_error_set_remedy(err, crmi_str(remedy));
    return CRMSYNC_E_INVALID;
}

static int32_t from_prefix(crmi_buf *out, crmsync_str prefix, uint32_t environment,
                           crmsync_error **err)
{
    bool dashes = crmi_str_find(prefix, CRMI_STR("--")) >= 0;
    for (size_t i = 0; i < prefix.len; i++)
        if (!host_char(prefix.ptr[i]) || prefix.ptr[i] == '.')
            return bad_domain(err, prefix,
                              "Use letters, digits and hyphens: acme for "
                              "acme.my.salesforce.com.");
    if (prefix.len > 63 || prefix.ptr[0] == '-' || prefix.ptr[prefix.len - 1] == '-')
        return bad_domain(err, prefix, "Give the part before .my.salesforce.com, such as acme.");
    if (dashes && environment != CRMI_ENV_SANDBOX)
        return bad_domain(err, prefix,
                          "This is a sandbox: choose the environment sandbox, or give "
                          "the whole host.");
    crmi_buf_lit(out, "https://");
    crmi_buf_add(out, prefix);
    crmi_buf_lit(out, environment == CRMI_ENV_SANDBOX ? ".sandbox.my.salesforce.com"
                                                      : ".my.salesforce.com");
    return CRMSYNC_OK;
}

static void add_login_host(crmi_buf *out, const url_origin *o)
{
    for (size_t i = 0; i < sizeof browser_hosts / sizeof *browser_hosts; i++) {
        size_t n = strlen(browser_hosts[i].ending);
        if (!crmi_str_ends(o->host, browser_hosts[i].ending))
            continue;
        crmi_buf_lit(out, "https://");
        crmi_buf_add(out, crmi_str_sub(o->host, 0, o->host.len - n));
        crmi_buf_lit(out, browser_hosts[i].instead);
        return;
    }
    add_origin(out, o);
}

static int32_t from_host(crmi_buf *out, crmsync_str host, bool https, bool loopback_http,
                         crmsync_error **err)
{
    url_origin o;
    size_t start = out->len;
    if (!split_host(host, &o))
        return bad_domain(err, host, "Give the part before .my.salesforce.com, such as acme.");
    o.https = https;
    add_login_host(out, &o);
    if (!crmi_buf_ok(out))
        return crmi_fail_nomem(err);
    return crmi_auth_url_check(crmi_str_sub(crmi_buf_str(out), start, out->len), loopback_http,
                               err);
}

int32_t crmi_auth_login_url(crmi_buf *out, crmsync_str domain, uint32_t environment,
                            bool loopback_http, crmsync_error **err)
{
    crmi_buf lower;
    int32_t rc = CRMSYNC_OK;
    domain = crmi_str_trim(domain);
    bool http = starts_ci(domain, "http://"), https = starts_ci(domain, "https://");
    crmi_buf_init(&lower, out->alloc);
    add_lower(&lower, authority(crmi_str_sub(domain, https ? 8 : http ? 7 : 0, domain.len)));
    crmsync_str host = crmi_buf_str(&lower);
    if (!crmi_buf_ok(&lower))
        rc = crmi_fail_nomem(err);
    else if (!domain.len)
        crmi_buf_lit(out, environment == CRMI_ENV_SANDBOX ? "https://test.salesforce.com"
                                                          : "https://login.salesforce.com");
    else if (!host.len)
        rc = bad_domain(err, domain, "Give the part before .my.salesforce.com, such as acme.");
    else if (crmi_str_chr(host, '.') < 0 && crmi_str_chr(host, ':') < 0 &&
             !crmi_str_is(host, "localhost"))
        rc = from_prefix(out, host, environment, err);
    else
        rc = from_host(out, host, !http, loopback_http, err);
    crmi_buf_clear(&lower);
    if (!rc && !crmi_buf_ok(out))
        rc = crmi_fail_nomem(err);
    return rc;
}
