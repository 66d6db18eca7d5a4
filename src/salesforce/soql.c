#include "salesforce/soql.h"

#include "base/time.h"

/* The escapes SOQL knows; any other backslash is an error (SOQL reference, quoted string escapes).
 */
static char short_escape(char c)
{
    switch (c) {
    case '\'': return '\'';
    case '\\': return '\\';
    case '"': return '"';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    default: return 0;
    }
}

static bool control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

static void put_escaped(crmi_buf *b, char c, bool like)
{
    char e = short_escape(c);
    if (!e && like && (c == '%' || c == '_'))
        e = c;
    if (e) {
        crmi_buf_char(b, '\\');
        crmi_buf_char(b, e);
    } else if (control(c)) {
        crmi_buf_fmt(b, "\\u%04x", (unsigned)(unsigned char)c);
    } else {
        crmi_buf_char(b, c);
    }
}

static void put_text(crmi_buf *b, crmsync_str value, bool like)
{
    size_t done = 0;
    while (done < value.len) {
        crmsync_str rest = crmi_str_sub(value, done, value.len);
        size_t good = rest.len;
        crmi_str_utf8_valid(rest, &good);
        for (size_t i = 0; i < good; i++)
            put_escaped(b, rest.ptr[i], like);
        done += good;
        if (good < rest.len) {
            crmi_buf_lit(b, "\xef\xbf\xbd");
            done++;
        }
    }
}

void crmi_soql_text(crmi_buf *b, crmsync_str value)
{
    crmi_buf_char(b, '\'');
    put_text(b, value, false);
    crmi_buf_char(b, '\'');
}

void crmi_soql_like(crmi_buf *b, crmsync_str value)
{
    put_text(b, value, true);
}

void crmi_soql_datetime(crmi_buf *b, int64_t unix_ms)
{
    crmi_buf_datetime_s(b, unix_ms);
}

void crmi_soql_date(crmi_buf *b, int64_t days)
{
    crmi_buf_date(b, days);
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool crmi_soql_name_ok(crmsync_str name)
{
    bool part = false; /* inside a part that has a character */
    if (!name.len || name.len > 255)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == '.' && !part)
            return false;
        if (c != '.' && !name_char(c))
            return false;
        part = c != '.';
    }
    return part;
}

bool crmi_soql_select(crmi_buf *b, const crmsync_str *fields, size_t n, crmsync_str object)
{
    bool ok = n > 0 && crmi_soql_name_ok(object);
    for (size_t i = 0; ok && i < n; i++)
        ok = crmi_soql_name_ok(fields[i]);
    if (!ok)
        return false;
    crmi_buf_lit(b, "SELECT ");
    for (size_t i = 0; i < n; i++) {
        if (i)
            crmi_buf_lit(b, ", ");
        crmi_buf_add(b, fields[i]);
    }
    crmi_buf_lit(b, " FROM ");
    crmi_buf_add(b, object);
    return true;
}

void crmi_soql_in(crmi_buf *b, crmsync_str field, const crmsync_str *values, size_t n)
{
    crmi_buf_add(b, field);
    crmi_buf_lit(b, " IN (");
    for (size_t i = 0; i < n; i++) {
        if (i)
            crmi_buf_char(b, ',');
        crmi_soql_text(b, values[i]);
    }
    crmi_buf_char(b, ')');
}

static bool url_plain(char c)
{
    return name_char(c) || c == '-' || c == '.' || c == '~';
}

size_t crmi_soql_url_len(crmsync_str soql)
{
    size_t n = 0;
    for (size_t i = 0; i < soql.len; i++)
        n += url_plain(soql.ptr[i]) ? 1 : 3;
    return n;
}

/* Both lengths of a literal, without building it. An invalid byte counts as U+FFFD: three bytes. */
static void measure(crmsync_str value, size_t *text, size_t *url)
{
    size_t bad = value.len;
    bool valid = crmi_str_utf8_valid(value, &bad);
    *text = 2;
    *url = 6;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (short_escape(c)) {
            *text += 2;
            *url += 3 + (url_plain(short_escape(c)) ? (size_t)1 : 3);
        } else if (control(c)) {
            *text += 6;
            *url += 8;
        } else if (!valid && (unsigned char)c >= 0x80) {
            *text += 3;
            *url += 9;
        } else {
            *text += 1;
            *url += url_plain(c) ? 1 : 3;
        }
    }
}

size_t crmi_soql_text_len(crmsync_str value)
{
    size_t text, url;
    measure(value, &text, &url);
    return text;
}

size_t crmi_soql_in_fit(crmsync_str field, const crmsync_str *values, size_t n, size_t budget,
                        size_t url_budget)
{
    size_t text = field.len + sizeof(" IN ()") - 1;
    size_t url = field.len + sizeof("%20IN%20%28%29") - 1;
    size_t fit = 0;
    for (; fit < n; fit++) {
        size_t more, url_more;
        measure(values[fit], &more, &url_more);
        text += more + (fit ? 1 : 0);
        url += url_more + (fit ? 3 : 0);
        if (more > CRMI_SOQL_LITERAL_MAX || text > budget || (url_budget && url > url_budget))
            break;
    }
    return fit;
}
