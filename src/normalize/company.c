/*
 * Company names: `The Procter & Gamble Co.` and `PROCTER AND GAMBLE COMPANY (THE)` are one company.
 * A name is folded (fold.c), cut into words, freed of articles and legal forms at its ends, and
 * written as words joined by one space. What would leave nothing, or only a placeholder, stays.
 */
#include "normalize/normalizer.h"

#define WORDS_MAX      512
#define FORM_WORDS_MAX 8

typedef struct name {
    const crmsync_normalizer *normalizer;
    crmsync_str word[WORDS_MAX];
    size_t from, to; /* the words still in the key */
    char text[CRMSYNC_KEY_MAX];
} name;

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool is_letter_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

size_t crmi_squeeze(crmsync_str in, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        if (is_word_byte(in.ptr[i]))
            out[n++] = in.ptr[i];
    }
    return n;
}

/* Words from..to without spaces; false = longer than a form can be. */
static bool squeeze_words(const name *n, size_t from, size_t to, char out[CRMI_FORM_MAX],
                          crmsync_str *squeezed)
{
    size_t len = 0;
    for (size_t i = from; i < to; i++) {
        if (len + n->word[i].len > CRMI_FORM_MAX)
            return false;
        memcpy(out + len, n->word[i].ptr, n->word[i].len);
        len += n->word[i].len;
    }
    *squeezed = (crmsync_str){out, len};
    return true;
}

/* May the name shrink to the words from..to? */
static bool leaves_a_name(const name *n, size_t from, size_t to)
{
    char bytes[CRMI_FORM_MAX];
    crmsync_str rest;
    if (from >= to)
        return false;
    if (to - from == 1 && (crmi_str_is(n->word[from], "the") || crmi_str_is(n->word[from], "and")))
        return false;
    return !squeeze_words(n, from, to, bytes, &rest) || !crmi_is_placeholder(rest);
}

static bool shrink(name *n, size_t from, size_t to)
{
    if (!leaves_a_name(n, from, to))
        return false;
    n->from = from;
    n->to = to;
    return true;
}

/*
 * SEC filers carry their state behind slashes: `ACME INC /DE/`, `ACME INC \DE\`, `ACME CO/MN`, and
 * `/NEW/`, `/ADV` (EDGAR conformed names).
 */
static crmsync_str drop_filer_code(crmsync_str s)
{
    size_t end, at;
    bool closed;
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '.'))
        s.len--;
    closed = s.len > 0 && (s.ptr[s.len - 1] == '/' || s.ptr[s.len - 1] == '\\');
    end = s.len - (closed ? 1 : 0);
    at = end;
    while (at > 0 && s.ptr[at - 1] >= 'a' && s.ptr[at - 1] <= 'z')
        at--;
    if (at < 2 || end - at < 2 || end - at > 4 || (s.ptr[at - 1] != '/' && s.ptr[at - 1] != '\\'))
        return s;
    if (!closed && s.ptr[at - 2] != ' ')
        return s;
    return crmi_str_sub(s, 0, at - 1);
}

/* Bytes of a plus or ampersand that reads "and": `a+b`, `a + b`, any `&`, `&amp;`; 0 = none. */
static size_t and_at(crmsync_str s, size_t i)
{
    bool before, after;
    if (s.ptr[i] == '&')
        return crmi_str_starts(crmi_str_sub(s, i, s.len), "&amp;") ? 5 : 1;
    if (s.ptr[i] != '+' || i == 0 || i + 1 == s.len)
        return 0;
    before = s.ptr[i - 1] == ' ';
    after = s.ptr[i + 1] == ' ';
    if (before != after)
        return 0;
    return before || (is_word_byte(s.ptr[i - 1]) && is_word_byte(s.ptr[i + 1])) ? 1 : 0;
}

static void add_word(name *n, crmsync_str word)
{
    bool both_and = n->to > 0 && crmi_str_is(word, "and") && crmi_str_eq(n->word[n->to - 1], word);
    if (n->to < WORDS_MAX && !both_and)
        n->word[n->to++] = word;
}

/* An apostrophe inside a word: McDonald's is mcdonalds. */
static bool is_inner_apostrophe(crmsync_str s, size_t i)
{
    return (s.ptr[i] == '\'' || s.ptr[i] == '`') && i > 0 && i + 1 < s.len &&
           is_letter_byte(s.ptr[i - 1]) && is_letter_byte(s.ptr[i + 1]);
}

static void split(name *n, crmsync_str s)
{
    size_t used = 0;
    n->from = n->to = 0;
    for (size_t i = 0; i < s.len;) {
        size_t start = used;
        size_t and_len = and_at(s, i);
        if (and_len > 0)
            add_word(n, CRMI_STR("and"));
        i += and_len;
        while (i < s.len && (is_word_byte(s.ptr[i]) || is_inner_apostrophe(s, i))) {
            if (is_word_byte(s.ptr[i]))
                n->text[used++] = s.ptr[i];
            i++;
        }
        if (used > start)
            add_word(n, (crmsync_str){n->text + start, used - start});
        else if (and_len == 0)
            i++;
    }
}

/* Everything from `d/b/a` and its kin on is another name of the same company. */
static void drop_trade_name(name *n)
{
    char bytes[CRMI_FORM_MAX];
    crmsync_str squeezed;
    for (size_t i = n->from + 1; i + 1 < n->to; i++) {
        for (size_t end = i + 1; end < n->to && end <= i + 3; end++) {
            if (!squeeze_words(n, i, end, bytes, &squeezed))
                break;
            if (crmi_is_trade_mark(squeezed) && shrink(n, n->from, i))
                return;
        }
    }
}

static bool is_form(const name *n, size_t from, size_t to, uint32_t where)
{
    char bytes[CRMI_FORM_MAX];
    crmsync_str squeezed;
    uint32_t flags;
    if (!squeeze_words(n, from, to, bytes, &squeezed))
        return false;
    flags = crmi_legal_form_find(squeezed);
    if ((flags & CRMI_FORM_LETTERS) && to - from != squeezed.len)
        flags = 0;
    return (flags & where) != 0 ||
           (where == CRMI_FORM_SUFFIX && crmi_map_get(&n->normalizer->legal_form_add, squeezed));
}

/* Only behind a legal form that itself has a name before it. */
static bool drop_qualifier(name *n)
{
    char bytes[CRMI_FORM_MAX];
    crmsync_str squeezed;
    for (size_t k = 2; k > 0; k--) {
        size_t at = n->to - k;
        if (n->to - n->from < k + 2 || !squeeze_words(n, at, n->to, bytes, &squeezed) ||
            !crmi_is_qualifier(squeezed))
            continue;
        for (size_t form = 1; form <= 3 && at - form > n->from; form++) {
            if (is_form(n, at - form, at, CRMI_FORM_SUFFIX))
                return shrink(n, n->from, at);
        }
    }
    return false;
}

/* The longest form first, so that `S. de R.L. de C.V.` goes as one. */
static bool drop_form(name *n)
{
    size_t most = n->to - n->from - 1;
    if (most > FORM_WORDS_MAX)
        most = FORM_WORDS_MAX;
    for (size_t k = most; k > 0; k--) {
        if (is_form(n, n->to - k, n->to, CRMI_FORM_SUFFIX) && shrink(n, n->from, n->to - k))
            return true;
        if (is_form(n, n->from, n->from + k, CRMI_FORM_PREFIX) && shrink(n, n->from + k, n->to))
            return true;
    }
    return false;
}

/* Scripts without spaces: the longest form that begins or ends a word. */
static bool drop_glued_form(name *n)
{
    size_t count, longest = 0;
    const crmi_legal_form *forms = crmi_legal_forms(&count);
    crmsync_str *first = &n->word[n->from];
    crmsync_str *last = &n->word[n->to - 1];
    bool at_end = false;
    if ((unsigned char)first->ptr[0] < 0x80 && (unsigned char)last->ptr[last->len - 1] < 0x80)
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t len = forms[i].flags & CRMI_FORM_GLUED ? strlen(forms[i].words) : 0;
        if (len <= longest)
            continue;
        if ((forms[i].flags & CRMI_FORM_SUFFIX) && last->len > len &&
            crmi_str_ends(*last, forms[i].words)) {
            longest = len;
            at_end = true;
        } else if ((forms[i].flags & CRMI_FORM_PREFIX) && first->len > len &&
                   crmi_str_starts(*first, forms[i].words)) {
            longest = len;
            at_end = false;
        }
    }
    if (longest > 0 && at_end)
        last->len -= longest;
    else if (longest > 0)
        *first = crmi_str_sub(*first, longest, first->len);
    return longest > 0;
}

static bool drop_small_word(name *n)
{
    crmsync_str first = n->word[n->from];
    crmsync_str last = n->word[n->to - 1];
    if (crmi_str_is(first, "the") && shrink(n, n->from + 1, n->to))
        return true;
    /* `Procter & Gamble Company (The)`; `Merck & Co.` has lost its "Co." by now */
    return (crmi_str_is(last, "the") || crmi_str_is(last, "and")) && shrink(n, n->from, n->to - 1);
}

static void drop_forms(name *n)
{
    while (drop_small_word(n) || drop_qualifier(n) || drop_form(n) || drop_glued_form(n))
        ;
}

/* One letter of a script that has capitals, so one that initials are made of. */
static bool is_initial(crmsync_str word)
{
    unsigned char c = word.len > 0 ? (unsigned char)word.ptr[0] : 0;
    if (word.len == 1)
        return c >= 'a' && c <= 'z';
    return word.len == 2 && c >= 0xc3 && c <= 0xd6; /* U+00C0..U+05BF: Latin, Greek, Cyrillic */
}

/* `a b c motors` -> `abc motors`; the words lie one behind the other in the text. */
static bool join_initials(name *n)
{
    size_t out = n->from;
    bool joined = false;
    for (size_t i = n->from; i < n->to;) {
        crmsync_str word = n->word[i];
        size_t next = i + 1;
        while (is_initial(n->word[i]) && next < n->to && is_initial(n->word[next]) &&
               n->word[next].ptr == word.ptr + word.len)
            word.len += n->word[next++].len;
        joined = joined || next > i + 1;
        n->word[out++] = word;
        i = next;
    }
    n->to = out;
    return joined;
}

static size_t write_key(const name *n, char out[CRMSYNC_KEY_MAX])
{
    size_t len = 0;
    for (size_t i = n->from; i < n->to; i++) {
        crmsync_str word = n->to - n->from > 1 ? crmi_spell_out(n->word[i]) : n->word[i];
        if (len + 1 + word.len >= CRMSYNC_KEY_MAX)
            break;
        if (len > 0)
            out[len++] = ' ';
        memcpy(out + len, word.ptr, word.len);
        len += word.len;
    }
    return len;
}

static size_t make_key(name *n, crmsync_str in, char out[CRMSYNC_KEY_MAX])
{
    char folded[CRMSYNC_KEY_MAX];
    char bytes[CRMI_FORM_MAX];
    crmsync_str squeezed;
    size_t len = crmi_fold_name(in, folded, sizeof folded - 2);
    split(n, drop_filer_code((crmsync_str){folded, len}));
    if (n->to == 0)
        return crmi_fold_symbols(in, out, CRMSYNC_KEY_MAX - 1);
    if (squeeze_words(n, n->from, n->to, bytes, &squeezed) && crmi_is_placeholder(squeezed))
        return 0;
    drop_trade_name(n);
    do
        drop_forms(n);
    while (join_initials(n));
    return write_key(n, out);
}

int32_t crmsync_normalize_company(const crmsync_normalizer *n, crmsync_str in, char *out,
                                  size_t size, size_t *len)
{
    name work;
    char key[CRMSYNC_KEY_MAX];
    char again[CRMSYNC_KEY_MAX];
    size_t key_len, again_len;
    work.normalizer = n;
    key_len = make_key(&work, crmi_trim_blank(in), key);
    /* A key is its own key. One pass nearly always gets there; what it uncovers goes in the next.
     */
    for (int i = 0; i < 8 && key_len > 0; i++) {
        again_len = make_key(&work, (crmsync_str){key, key_len}, again);
        if (again_len == key_len && memcmp(key, again, key_len) == 0)
            break;
        memcpy(key, again, again_len);
        key_len = again_len;
    }
    return crmi_key_put((crmsync_str){key, key_len}, out, size, len);
}
