/*
 * Folding a name: NFKC case folding by utf8proc with our own treatment of marks, since dropping all
 * of them would turn the Japanese ga into ka and Russian й into и. Marks go where writers leave
 * them out without changing the name; everywhere else they stay.
 */
#include <utf8proc.h>

#include "normalize/normalizer.h"

/* No code point decomposes into more than 6 per byte of its UTF-8 form (U+FDFA: 18 from 3). */
#define WIDE_MAX    (CRMSYNC_KEY_MAX * 6)
#define SOFT_HYPHEN 0xad /* default-ignorable: utf8proc drops it */

/* Looked at before decomposition, which would turn the trade mark sign into the letters "tm". */
static utf8proc_int32_t before(utf8proc_int32_t c, void *data)
{
    (void)data;
    switch (c) {
    case 0x2122: /* trade mark */
    case 0x2120: /* service mark */
    case 0xae:   /* registered */
    case 0xa9: /* copyright */ return SOFT_HYPHEN;
    case 0xb4: /* acute accent */
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x2bc: /* modifier apostrophe */
    case 0x2b9: return '\'';
    case 0x5f4: /* Hebrew gershayim, inside abbreviations */ return '"';
    default: return c;
    }
}

/* Letters that Unicode does not decompose and that people type without their stroke. */
static const char *plain_letter(utf8proc_int32_t c)
{
    switch (c) {
    case 0xe6: return "ae";
    case 0xf0: return "d";
    case 0xf8: return "o";
    case 0xfe: return "th";
    case 0x111: return "d";
    case 0x127: return "h";
    case 0x131: return "i";
    case 0x142: return "l";
    case 0x153: return "oe";
    case 0x167: return "t";
    default: return NULL;
    }
}

static bool is_latin_or_greek(utf8proc_int32_t c)
{
    return c < 0x300 || (c >= 0x370 && c < 0x400) || (c >= 0x1d00 && c < 0x2000) ||
           (c >= 0x2c60 && c < 0x2c80) || (c >= 0xa720 && c < 0xa800);
}

static bool is_cyrillic(utf8proc_int32_t c)
{
    return c >= 0x400 && c < 0x530;
}

/* Does the mark go, standing on this base? */
static bool is_dropped_mark(utf8proc_int32_t mark, utf8proc_int32_t base)
{
    if (mark == 0x640) /* Arabic tatweel, a typographic stretch */
        return true;
    if ((mark >= 0x64b && mark <= 0x652) || mark == 0x670) /* Arabic vowel signs */
        return true;
    if (mark >= 0x591 && mark <= 0x5c7) /* Hebrew points */
        return mark != 0x5be && mark != 0x5c0 && mark != 0x5c3 && mark != 0x5c6;
    if (!((mark >= 0x300 && mark <= 0x36f) || (mark >= 0x1ab0 && mark <= 0x1aff) ||
          (mark >= 0x1dc0 && mark <= 0x1dff) || (mark >= 0x20d0 && mark <= 0x20ff)))
        return false;
    if (!is_cyrillic(base))
        return is_latin_or_greek(base);
    /* ё is written е as often as not; a stress mark is no letter; й, ї, ў, ѓ and ќ are letters. */
    return (mark == 0x308 && base == 0x435) ||
           ((mark == 0x300 || mark == 0x301) && base != 0x433 && base != 0x43a);
}

/* In place; returns the new length. */
static utf8proc_ssize_t drop_marks(utf8proc_int32_t *wide, utf8proc_ssize_t n)
{
    utf8proc_ssize_t out = 0;
    utf8proc_int32_t base = ' ';
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        bool mark = wide[i] == 0x640 || utf8proc_category(wide[i]) == UTF8PROC_CATEGORY_MN;
        if (mark && is_dropped_mark(wide[i], base))
            continue;
        if (!mark)
            base = wide[i];
        wide[out++] = wide[i];
    }
    return out;
}

/* Folded and composed code points; at most what CRMSYNC_KEY_MAX bytes hold. 0 = not UTF-8. */
static utf8proc_ssize_t widen(crmsync_str in, utf8proc_int32_t wide[WIDE_MAX], bool keep_marks)
{
    crmsync_str s = crmi_str_sub(in, 0, crmi_str_utf8_cut(in, CRMSYNC_KEY_MAX - 1));
    utf8proc_ssize_t n = utf8proc_decompose_custom(
        (const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, wide, WIDE_MAX,
        UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, before, NULL);
    if (n <= 0 || n > WIDE_MAX)
        return 0;
    if (!keep_marks)
        n = drop_marks(wide, n);
    return utf8proc_normalize_utf32(wide, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
}

/* Letters, marks and numbers make words, in any script. */
static bool is_word(utf8proc_int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static size_t fold_ascii(crmsync_str in, char *out, size_t size)
{
    size_t n = in.len < size ? in.len : size;
    for (size_t i = 0; i < n; i++) {
        char c = in.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c < ' ' || c == 0x7f ? ' ' : c;
    }
    return n;
}

static bool is_ascii(crmsync_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

size_t crmi_fold_name(crmsync_str in, char *out, size_t size)
{
    utf8proc_int32_t wide[WIDE_MAX];
    utf8proc_ssize_t n;
    size_t len = 0;
    if (is_ascii(in))
        return fold_ascii(in, out, size);
    n = widen(in, wide, false);
    for (utf8proc_ssize_t i = 0; i < n && len + 4 <= size; i++) {
        const char *plain = plain_letter(wide[i]);
        if (plain)
            for (; *plain; plain++)
                out[len++] = *plain;
        else if (wide[i] >= 0x80 && is_word(wide[i]))
            len += (size_t)utf8proc_encode_char(wide[i], (utf8proc_uint8_t *)out + len);
        else
            out[len++] = wide[i] > ' ' && wide[i] < 0x7f ? (char)wide[i] : ' ';
    }
    return len;
}

size_t crmi_fold_symbols(crmsync_str in, char *out, size_t size)
{
    utf8proc_int32_t wide[WIDE_MAX];
    utf8proc_ssize_t n = is_ascii(in) ? 0 : widen(in, wide, true);
    size_t len = 0;
    for (utf8proc_ssize_t i = 0; i < n && len + 4 <= size; i++) {
        utf8proc_category_t category = utf8proc_category(wide[i]);
        if (wide[i] >= 0x80 &&
            ((category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO) ||
             category == UTF8PROC_CATEGORY_CO))
            len += (size_t)utf8proc_encode_char(wide[i], (utf8proc_uint8_t *)out + len);
    }
    return len;
}
