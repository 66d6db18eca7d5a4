#include "document.h"

#include <stdio.h>
#include <string.h>

/* Cell types that JSON has no notation for. */
static const struct {
    uint32_t type;
    const char *tag;
    bool number;
} tagged[] = {
    {CRMSYNC_CELL_DATE, "date", true},
    {CRMSYNC_CELL_DATETIME, "datetime", true},
    {CRMSYNC_CELL_ID, "id", false},
    {CRMSYNC_CELL_DECIMAL, "decimal", false}, /* one that is no JSON number, such as +1 */
};

enum { TAGS = sizeof tagged / sizeof tagged[0] };

bool crmi_document_cell_same(const crmsync_cell *a, const crmsync_cell *b)
{
    return a->type == b->type && a->number == b->number && crmi_host_eq(a->text, b->text);
}

const crmsync_cell *crmi_members_find(const crmi_member *members, size_t n, crmsync_str name)
{
    for (size_t i = 0; i < n; i++)
        if (crmi_host_eq(members[i].name, name))
            return &members[i].cell;
    return NULL;
}

/* ---- writing ---- */

static void write_string(crmi_bytes *out, crmsync_str s)
{
    crmi_bytes_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        char escape[8];
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            snprintf(escape, sizeof escape, "%c", c);
        crmi_bytes_lit(out, escape);
    }
    crmi_bytes_char(out, '"');
}

static size_t digits(crmsync_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && s.ptr[at + n] >= '0' && s.ptr[at + n] <= '9')
        n++;
    return n;
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)? */
static bool is_json_number(crmsync_str s)
{
    size_t at = s.len > 0 && s.ptr[0] == '-';
    size_t n = digits(s, at);

    if (n == 0 || (n > 1 && s.ptr[at] == '0'))
        return false;
    at += n;
    if (at == s.len)
        return true;
    if (s.ptr[at] != '.')
        return false;
    n = digits(s, at + 1);
    return n > 0 && at + 1 + n == s.len;
}

static void write_tagged(crmi_bytes *out, const crmsync_cell *cell)
{
    size_t i = 0;

    while (i < TAGS - 1 && tagged[i].type != cell->type)
        i++;
    crmi_bytes_lit(out, "{\"");
    crmi_bytes_lit(out, tagged[i].tag);
    crmi_bytes_lit(out, "\":");
    if (tagged[i].number)
        crmi_bytes_number(out, cell->number);
    else
        write_string(out, cell->text);
    crmi_bytes_char(out, '}');
}

static void write_cell(crmi_bytes *out, const crmsync_cell *cell)
{
    switch (cell->type) {
    case CRMSYNC_CELL_TEXT:
        write_string(out, cell->text);
        break;
    case CRMSYNC_CELL_BOOL:
        crmi_bytes_lit(out, cell->number ? "true" : "false");
        break;
    case CRMSYNC_CELL_NULL:
    case CRMSYNC_CELL_ABSENT:
        crmi_bytes_lit(out, "null");
        break;
    case CRMSYNC_CELL_DECIMAL:
        if (is_json_number(cell->text)) {
            crmi_bytes_add(out, cell->text);
            break;
        }
        write_tagged(out, cell);
        break;
    default:
        write_tagged(out, cell);
        break;
    }
}

void crmi_document_write(crmi_bytes *out, const crmi_member *members, size_t n)
{
    crmi_bytes_char(out, '{');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            crmi_bytes_char(out, ',');
        write_string(out, members[i].name);
        crmi_bytes_char(out, ':');
        write_cell(out, &members[i].cell);
    }
    crmi_bytes_char(out, '}');
}

/* ---- reading ---- */

struct reader {
    crmi_document *d;
    crmsync_str in;
    size_t at;
    size_t used; /* of d->text */
};

static bool skip(struct reader *r, char c)
{
    while (r->at < r->in.len && strchr(" \t\r\n", r->in.ptr[r->at]))
        r->at++;
    if (r->at >= r->in.len || r->in.ptr[r->at] != c)
        return false;
    r->at++;
    return true;
}

static bool word(struct reader *r, const char *text)
{
    size_t n = strlen(text);

    if (r->in.len - r->at < n || memcmp(r->in.ptr + r->at, text, n) != 0)
        return false;
    r->at += n;
    return true;
}

static bool hex4(struct reader *r, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        static const char known[] = "0123456789abcdefABCDEF";
        const char *p = r->at < r->in.len && r->in.ptr[r->at] ? strchr(known, r->in.ptr[r->at])
                                                              : NULL;
        uint32_t v = p ? (uint32_t)(p - known) : 0;
        if (!p)
            return false;
        *out = *out << 4 | (v > 15 ? v - 6 : v);
        r->at++;
    }
    return true;
}

static void put_code_point(struct reader *r, uint32_t cp)
{
    char *out = r->d->text;

    if (cp < 0x80) {
        out[r->used++] = (char)cp;
        return;
    }
    if (cp < 0x800) {
        out[r->used++] = (char)(0xc0 | cp >> 6);
    } else {
        if (cp < 0x10000) {
            out[r->used++] = (char)(0xe0 | cp >> 12);
        } else {
            out[r->used++] = (char)(0xf0 | cp >> 18);
            out[r->used++] = (char)(0x80 | (cp >> 12 & 0x3f));
        }
        out[r->used++] = (char)(0x80 | (cp >> 6 & 0x3f));
    }
    out[r->used++] = (char)(0x80 | (cp & 0x3f));
}

static bool escaped(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->in.len ? r->in.ptr[r->at++] : '\0';
    const char *simple = c ? strchr(from, c) : NULL;
    uint32_t cp;
    uint32_t low;

    if (simple) {
        r->d->text[r->used++] = to[simple - from];
        return true;
    }
    if (c != 'u' || !hex4(r, &cp))
        return false;
    if (cp >= 0xd800 && cp < 0xdc00) {
        if (!word(r, "\\u") || !hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
    }
    put_code_point(r, cp);
    return true;
}

/* Unescaped text is never longer than the JSON it came from, plus a NUL for each closing quote. */
static bool string(struct reader *r, crmsync_str *out)
{
    if (!skip(r, '"'))
        return false;
    out->ptr = r->d->text + r->used;
    while (r->at < r->in.len) {
        char c = r->in.ptr[r->at++];
        if (c == '"') {
            out->len = (size_t)(r->d->text + r->used - out->ptr);
            r->d->text[r->used++] = '\0';
            return true;
        }
        if (c != '\\')
            r->d->text[r->used++] = c;
        else if (!escaped(r))
            return false;
    }
    return false;
}

static bool number(struct reader *r, crmsync_str *out)
{
    out->ptr = r->d->text + r->used;
    while (r->at < r->in.len && strchr("+-.0123456789eE", r->in.ptr[r->at]) && r->in.ptr[r->at])
        r->d->text[r->used++] = r->in.ptr[r->at++];
    out->len = (size_t)(r->d->text + r->used - out->ptr);
    return out->len > 0;
}

static bool whole_number(struct reader *r, int64_t *out)
{
    crmsync_str text;
    uint64_t v = 0;
    bool minus;

    if (!number(r, &text))
        return false;
    minus = text.ptr[0] == '-';
    if (minus ? text.len == 1 : text.len == 0)
        return false;
    for (size_t i = minus; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || v > (uint64_t)INT64_MAX / 10)
            return false;
        v = v * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    if (v > (uint64_t)INT64_MAX)
        return false;
    *out = minus ? -(int64_t)v : (int64_t)v;
    return true;
}

static bool tagged_value(struct reader *r, crmsync_cell *cell)
{
    crmsync_str tag;

    if (!string(r, &tag) || !skip(r, ':'))
        return false;
    for (size_t i = 0; i < TAGS; i++) {
        if (!crmi_host_eq(tag, crmi_host_str(tagged[i].tag)))
            continue;
        cell->type = tagged[i].type;
        return (tagged[i].number ? whole_number(r, &cell->number) : string(r, &cell->text)) &&
               skip(r, '}');
    }
    return false;
}

static bool value(struct reader *r, crmsync_cell *cell)
{
    *cell = (crmsync_cell){.type = CRMSYNC_CELL_TEXT};
    if (skip(r, '{'))
        return tagged_value(r, cell);
    if (r->at < r->in.len && r->in.ptr[r->at] == '"')
        return string(r, &cell->text);
    if (word(r, "null")) {
        cell->type = CRMSYNC_CELL_NULL;
        return true;
    }
    cell->number = word(r, "true");
    if (cell->number || word(r, "false")) {
        cell->type = CRMSYNC_CELL_BOOL;
        return true;
    }
    cell->type = CRMSYNC_CELL_DECIMAL;
    return number(r, &cell->text);
}

static bool members(struct reader *r)
{
    crmi_document *d = r->d;

    if (!skip(r, '{'))
        return false;
    if (skip(r, '}'))
        return true;
    do {
        crmi_member *m = &d->members[d->count];
        if (d->count == d->cap || !string(r, &m->name) || !skip(r, ':') || !value(r, &m->cell))
            return false;
        d->count++;
    } while (skip(r, ','));
    return skip(r, '}');
}

int32_t crmi_document_parse(crmi_document *d, const crmsync_alloc *alloc, crmsync_str json)
{
    struct reader r = {d, json, 0, 0};
    size_t quotes = 0;

    *d = (crmi_document){.alloc = alloc};
    for (size_t i = 0; i < json.len; i++)
        quotes += json.ptr[i] == '"';
    d->cap = quotes / 2 + 1;
    d->text_size = json.len + 1;
    d->members = crmi_host_array(alloc, d->cap, sizeof *d->members);
    d->text = crmi_host_new(alloc, d->text_size);
    if (d->members && d->text && members(&r))
        return CRMSYNC_OK;
    if (d->members && d->text) {
        crmi_document_clear(d);
        return CRMSYNC_E_CORRUPT;
    }
    crmi_document_clear(d);
    return CRMSYNC_E_NOMEM;
}

void crmi_document_clear(crmi_document *d)
{
    if (d->members)
        crmi_host_free(d->alloc, d->members, d->cap * sizeof *d->members);
    crmi_host_free(d->alloc, d->text, d->text_size);
    *d = (crmi_document){.alloc = d->alloc};
}
