#include "state/key.h"

#include "base/crypto.h"

#define PART_HEAD  64
#define HASH_BYTES 16

void crmi_key_init(crmi_key *k)
{
    k->len = 0;
    k->any = false;
    k->bad = false;
    k->bytes[0] = 0;
}

static void key_raw(crmi_key *k, const char *bytes, size_t n)
{
    if (k->bad || n > CRMI_KEY_MAX - k->len) {
        k->bad = true;
        return;
    }
    if (n)
        memcpy(k->bytes + k->len, bytes, n);
    k->len += n;
    k->bytes[k->len] = 0;
}

static void key_separator(crmi_key *k)
{
    if (k->any && (k->len == 0 || k->bytes[k->len - 1] != '/' || k->bad))
        key_raw(k, "/", 1);
    k->any = true;
}

static bool needs_escape(char c)
{
    return c == '/' || c == '%' || c == '~';
}

/* Escapes as much of `part` as fits `max` bytes, splitting neither escape nor character. */
static size_t escape_head(crmsync_str part, char *out, size_t max)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t n = 0, i = 0;
    while (i < part.len) {
        unsigned char c = (unsigned char)part.ptr[i];
        size_t step = 1;
        if (needs_escape(part.ptr[i])) {
            if (n + 3 > max)
                break;
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
            i++;
            continue;
        }
        while (c >= 0xc0 && step < 4 && i + step < part.len &&
               ((unsigned char)part.ptr[i + step] & 0xc0) == 0x80)
            step++;
        if (n + step > max)
            break;
        memcpy(out + n, part.ptr + i, step);
        n += step;
        i += step;
    }
    return n;
}

static size_t escaped_len(crmsync_str part)
{
    size_t n = part.len;
    for (size_t i = 0; i < part.len; i++)
        n += needs_escape(part.ptr[i]) ? 2 : 0;
    return n;
}

static void key_shortened(crmi_key *k, crmsync_str part)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char sum[CRMI_SHA256_LEN];
    char text[PART_HEAD + 1 + 2 * HASH_BYTES];
    size_t n = escape_head(part, text, PART_HEAD);
    if (!crmi_sha256(part, sum)) {
        k->bad = true;
        return;
    }
    text[n++] = '~';
    for (size_t i = 0; i < HASH_BYTES; i++) {
        text[n++] = hex[sum[i] >> 4];
        text[n++] = hex[sum[i] & 15];
    }
    key_raw(k, text, n);
}

void crmi_key_part(crmi_key *k, crmsync_str part)
{
    char text[CRMI_KEY_PART_MAX];
    key_separator(k);
    if (escaped_len(part) > CRMI_KEY_PART_MAX) {
        key_shortened(k, part);
        return;
    }
    key_raw(k, text, escape_head(part, text, sizeof text));
}

void crmi_key_digits(crmi_key *k, uint64_t v, unsigned width)
{
    char text[24];
    size_t at = sizeof text;
    do {
        text[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v && at);
    while (sizeof text - at < width && at)
        text[--at] = '0';
    crmi_key_part(k, (crmsync_str){text + at, sizeof text - at});
}

void crmi_key_open(crmi_key *k)
{
    key_raw(k, "/", 1);
}

crmsync_str crmi_key_str(const crmi_key *k)
{
    if (k->bad)
        return CRMI_STR_EMPTY;
    return (crmsync_str){k->bytes, k->len};
}

crmi_key crmi_key_of(const crmsync_str *parts, size_t n)
{
    crmi_key k;
    crmi_key_init(&k);
    for (size_t i = 0; i < n; i++)
        crmi_key_part(&k, parts[i]);
    return k;
}

crmi_key crmi_key_below(const crmsync_str *parts, size_t n)
{
    crmi_key k = crmi_key_of(parts, n);
    crmi_key_open(&k);
    return k;
}

crmsync_str crmi_key_nth(crmsync_str key, size_t i)
{
    size_t start = 0;
    for (size_t at = 0; at <= key.len; at++) {
        if (at < key.len && key.ptr[at] != '/')
            continue;
        if (i-- == 0)
            return (crmsync_str){key.ptr + start, at - start};
        start = at + 1;
    }
    return CRMI_STR_EMPTY;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool crmi_key_unescape(crmsync_str part, crmi_buf *out)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '~')
            return false;
        if (part.ptr[i] != '%') {
            crmi_buf_char(out, part.ptr[i]);
            continue;
        }
        int hi = i + 2 < part.len ? hex_value(part.ptr[i + 1]) : -1;
        int lo = i + 2 < part.len ? hex_value(part.ptr[i + 2]) : -1;
        if (hi < 0 || lo < 0)
            return false;
        crmi_buf_char(out, (char)(hi << 4 | lo));
        i += 2;
    }
    return true;
}

int32_t crmi_key_check_local_id(crmsync_str kind, crmsync_str id, crmsync_error **err)
{
    const char *trouble = NULL;
    if (id.len == 0)
        trouble = "is empty";
    else if (id.len > CRMI_LOCAL_ID_MAX)
        trouble = "is longer than 128 bytes";
    else if (!crmi_str_utf8_valid(id, NULL))
        trouble = "is not UTF-8";
    if (!trouble)
        return CRMSYNC_OK;
    return crmi_fail(err, CRMSYNC_E_INVALID, "the id of a %.*s %s; ids are 1 to 128 bytes of UTF-8",
                     CRMI_SPELL(kind), trouble);
}
