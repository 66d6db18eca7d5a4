#include "normalize/display.h"

#include <utf8proc.h>

#define ZWNJ 0x200C /* parts of words and of emoji: they do no harm */
#define ZWJ  0x200D

/* One character, or one byte that belongs to none. */
typedef struct glyph {
    int32_t code; /* -1 = a byte that is no UTF-8 */
    size_t bytes;
    size_t width;
    char spelled[12]; /* empty = as it is */
} glyph;

static bool hidden(int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CN: return true;
    case UTF8PROC_CATEGORY_CF: return code != ZWJ && code != ZWNJ;
    default: return false;
    }
}

static void hex(char *out, uint32_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[value & 0xF];
        value >>= 4;
    }
}

/* \n, \x1b, \u202e, \U000e0001 */
static void spell(glyph *g, uint32_t value)
{
    g->spelled[0] = '\\';
    if (value == '\n' || value == '\r' || value == '\t') {
        g->spelled[1] = value == '\n' ? 'n' : value == '\r' ? 'r' : 't';
        g->width = 2;
        return;
    }
    int digits = value < 0x100 ? 2 : value < 0x10000 ? 4 : 8;
    g->spelled[1] = digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
    hex(g->spelled + 2, value, digits);
    g->width = (size_t)digits + 2;
}

static glyph glyph_at(crmsync_str s, size_t at, bool quoted)
{
    glyph g = {.bytes = 1, .width = 1};
    utf8proc_int32_t code = -1;
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)s.ptr + at;
    utf8proc_ssize_t n = utf8proc_iterate(from, (utf8proc_ssize_t)(s.len - at), &code);
    if (n <= 0) {
        g.code = -1;
        spell(&g, *from);
        return g;
    }
    g.code = code;
    g.bytes = (size_t)n;
    if (hidden(code)) {
        spell(&g, (uint32_t)code);
    } else if (quoted && (code == '"' || code == '\\')) {
        g.spelled[0] = '\\';
        g.spelled[1] = (char)code;
        g.width = 2;
    } else {
        int width = utf8proc_charwidth(code);
        g.width = width > 0 ? (size_t)width : 0;
    }
    return g;
}

/* Where to stop so that all that is shown fits; the length when everything does. */
static size_t end_of(crmsync_str s, size_t from, size_t columns, bool quoted)
{
    size_t width = 0;
    size_t fits = from; /* with room for the dots */
    size_t at = from;
    while (at < s.len) {
        glyph g = glyph_at(s, at, quoted);
        if (width + g.width > columns) {
            return fits;
        }
        width += g.width;
        at += g.bytes;
        fits = width + 3 <= columns ? at : fits;
    }
    return s.len;
}

void crmi_display_add(crmi_buf *b, crmsync_str s, size_t from, size_t columns, bool quoted)
{
    size_t dots = from ? 3 : 0;
    size_t room = columns > dots + 2 ? columns - dots - (quoted ? 2 : 0) : 1;
    size_t end = end_of(s, from, room, quoted);
    crmi_buf_lit(b, quoted ? "\"" : "");
    crmi_buf_lit(b, dots ? "..." : "");
    for (size_t at = from; at < end;) {
        glyph g = glyph_at(s, at, quoted);
        if (g.spelled[0]) {
            crmi_buf_lit(b, g.spelled);
        } else {
            crmi_buf_add(b, crmi_str_sub(s, at, g.bytes));
        }
        at += g.bytes;
    }
    crmi_buf_lit(b, end < s.len ? "..." : "");
    crmi_buf_lit(b, quoted ? "\"" : "");
}

size_t crmi_display_width(crmsync_str s)
{
    size_t width = 0;
    for (size_t at = 0; at < s.len;) {
        glyph g = glyph_at(s, at, false);
        width += g.width;
        at += g.bytes;
    }
    return width;
}

void crmi_display_pad(crmi_buf *b, size_t width, size_t columns)
{
    for (; width < columns; width++) {
        crmi_buf_char(b, ' ');
    }
}
