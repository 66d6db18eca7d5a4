/* How the texts of a configuration must look. */
#include "model/config_table.h"

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool plain(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    }
    return s.len <= 4096;
}

static bool local_name(crmsync_str s)
{
    return s.len >= 1 && s.len <= 255 && plain(s);
}

int crmi_template_next(crmsync_str *rest, crmsync_str *part)
{
    size_t n = 0;
    if (!rest->len)
        return CRMI_TEMPLATE_END;
    while (n < rest->len && rest->ptr[n] != '{' && rest->ptr[n] != '}')
        n++;
    char brace = n ? '\0' : rest->ptr[0];
    bool doubled = brace && rest->len > 1 && rest->ptr[1] == brace;
    ptrdiff_t close = brace == '{' && !doubled ? crmi_str_chr(*rest, '}') : -1;
    if (brace && !doubled && close < 0)
        return CRMI_TEMPLATE_BAD;
    size_t taken = close > 0 ? (size_t)close + 1 : doubled ? 2 : n;
    *part = close > 0  ? crmi_str_sub(*rest, 1, (size_t)close - 1)
            : doubled ? crmi_str_sub(*rest, 0, 1)
                      : crmi_str_sub(*rest, 0, n);
    *rest = crmi_str_sub(*rest, taken, rest->len);
    if (close > 0 && crmi_str_chr(*part, '{') >= 0)
        return CRMI_TEMPLATE_BAD;
    return close > 0 ? CRMI_TEMPLATE_FIELD : CRMI_TEMPLATE_TEXT;
}

static bool api_name(crmsync_str s)
{
    if (s.len == 0 || s.len > 80 || !letter(s.ptr[0]))
        return false;
    for (size_t i = 1; i < s.len; i++) {
        if (!letter(s.ptr[i]) && !digit(s.ptr[i]) && s.ptr[i] != '_')
            return false;
    }
    return true;
}

static bool custom_name(crmsync_str s)
{
    return api_name(s) && crmi_str_ends(s, "__c");
}

/* SOQL follows at most five relationships upwards (SOQL and SOSL Reference). */
static bool path(crmsync_str s)
{
    for (size_t level = 0; level < 6; level++) {
        ptrdiff_t dot = crmi_str_chr(s, '.');
        if (dot < 0)
            return api_name(s);
        if (!api_name(crmi_str_sub(s, 0, (size_t)dot)))
            return false;
        s = crmi_str_sub(s, (size_t)dot + 1, s.len);
    }
    return false;
}

/* Braces in pairs, a field's name between them. */
static bool template(crmsync_str s)
{
    crmsync_str rest = s, field;
    int part;
    while ((part = crmi_template_next(&rest, &field)) > 0) {
        if (part == CRMI_TEMPLATE_FIELD && !local_name(field))
            return false;
    }
    return part == CRMI_TEMPLATE_END && plain(s);
}

static bool api_version(crmsync_str s)
{
    uint64_t major = 0;
    ptrdiff_t dot = crmi_str_chr(s, '.');
    return dot >= 2 && dot <= 3 && crmi_str_ends(s, ".0") && s.len == (size_t)dot + 2 &&
           crmi_str_to_u64(crmi_str_sub(s, 0, (size_t)dot), &major) && major >= 50;
}

static bool host_char(char c)
{
    return letter(c) || digit(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
}

static bool origin(crmsync_str s)
{
    size_t scheme = crmi_str_starts(s, "https://") ? 8 : crmi_str_starts(s, "http://") ? 7 : 0;
    for (size_t i = scheme; i < s.len; i++) {
        if (!host_char(s.ptr[i]))
            return false;
    }
    return scheme && s.len > scheme && s.len <= 255;
}

/* An address to be shown to people. */
static bool url(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f)
            return false;
    }
    return crmi_str_starts(s, "https://") && s.len > 8 && s.len <= 1024;
}

static bool my_domain(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!host_char(s.ptr[i]) || s.ptr[i] == ':' || s.ptr[i] == '[' || s.ptr[i] == ']')
            return false;
    }
    return s.len >= 1 && s.len <= 120 && s.ptr[0] != '.' && s.ptr[0] != '-';
}

static bool domain(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ' || strchr("/@:?#", s.ptr[i]))
            return false;
    }
    ptrdiff_t dot = crmi_str_chr(s, '.');
    return s.len <= 253 && dot > 0 && (size_t)dot + 1 < s.len;
}

static bool record_id(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!letter(s.ptr[i]) && !digit(s.ptr[i]))
            return false;
    }
    return s.len == 15 || s.len == 18;
}

static bool owner_id(crmsync_str s)
{
    return record_id(s) && (crmi_str_starts(s, "005") || crmi_str_starts(s, "00G"));
}

static bool campaign_id(crmsync_str s)
{
    return record_id(s) && crmi_str_starts(s, "701");
}

static bool report_id(crmsync_str s)
{
    return record_id(s) && crmi_str_starts(s, "00O");
}

/* What it selects, and whether it is one statement, is looked at before it is sent. */
static bool select(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
    }
    return s.len <= 20000 && crmi_str_eq_ci(crmi_str_sub(s, 0, 7), CRMI_STR("SELECT "));
}

const crmi_text_rule crmi_text_plain = {
    "at most 4096 bytes without control characters", "^[^\\x00-\\x1f\\x7f]{0,4096}$", plain};
const crmi_text_rule crmi_text_local = {
    "a field name of 1 to 255 bytes without control characters", "^[^\\x00-\\x1f\\x7f]{0,255}$",
    local_name};
const crmi_text_rule crmi_text_remote = {
    "a Salesforce API name such as LastName or Score__c", "^([A-Za-z][A-Za-z0-9_]{0,79})?$",
    api_name};
const crmi_text_rule crmi_text_path = {
    "a Salesforce API name such as LastName, or a path such as Owner.Email",
    "^([A-Za-z][A-Za-z0-9_]{0,79}(\\.[A-Za-z][A-Za-z0-9_]{0,79}){0,5})?$", path};
const crmi_text_rule crmi_text_template = {
    "a text with field names in braces, {{ and }} for braces themselves",
    "^([^{}\\x00-\\x1f\\x7f]|\\{\\{|\\}\\}|\\{[^{}\\x00-\\x1f\\x7f]{1,255}\\})*$", template};
const crmi_text_rule crmi_text_version = {
    "an API version from 50.0 on, such as 60.0", "^([5-9][0-9]|[1-9][0-9][0-9])\\.0$",
    api_version};
const crmi_text_rule crmi_text_origin = {
    "https:// and a host, without a path", "^(https?://[A-Za-z0-9.:\\[\\]-]{1,247})?$", origin};
const crmi_text_rule crmi_text_url = {
    "an address that begins with https://", "^(https://[\\x21-\\x7e]{1,1016})?$", url};
const crmi_text_rule crmi_text_my_domain = {
    "the part of My Domain before .my.salesforce.com, such as acme or acme--dev",
    "^([A-Za-z0-9][A-Za-z0-9.-]{0,119})?$", my_domain};
const crmi_text_rule crmi_text_domain = {
    "a domain such as acme.example", "^([^\\s/@:?#.]+(\\.[^\\s/@:?#.]+)+)?$", domain};
const crmi_text_rule crmi_text_owner = {
    "the id of a User (005...) or of a queue (00G...), 15 or 18 letters and digits",
    "^((005|00G)([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$", owner_id};
const crmi_text_rule crmi_text_campaign = {
    "the id of a Campaign (701...), 15 or 18 letters and digits",
    "^(701([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$", campaign_id};
const crmi_text_rule crmi_text_report = {
    "the id of a Report (00O...), 15 or 18 letters and digits",
    "^(00O([A-Za-z0-9]{12}|[A-Za-z0-9]{15}))?$", report_id};
const crmi_text_rule crmi_text_select = {
    "a SELECT statement of at most 20,000 bytes", "^([Ss][Ee][Ll][Ee][Cc][Tt] [^\\x00]{1,20000})?$",
    select};
const crmi_text_rule crmi_text_custom = {
    "a custom field such as Last_Engaged__c", "^([A-Za-z][A-Za-z0-9_]{0,76}__c)?$", custom_name};
