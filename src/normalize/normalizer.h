/* What the files of this layer share: the context and the steps between raw text and key. */
#ifndef CRMI_NORMALIZE_NORMALIZER_H
#define CRMI_NORMALIZE_NORMALIZER_H

#include <libpsl.h>

#include <crmsync/normalize.h>

#include "base/error.h"
#include "base/map.h"

#define CRMI_HOST_SIZE 256 /* a host name of at most 253 bytes, its NUL, some slack */

struct crmsync_normalizer {
    crmsync_alloc alloc;
    crmi_arena arena;        /* owns the keys of the maps */
    const psl_ctx_t *suffix; /* never NULL in a finished context */
    psl_ctx_t *own_suffix;   /* the host's newer list, NULL when libpsl's own is used */
    crmi_map freemail_add;
    crmi_map freemail_remove;
    crmi_map shared_host_add;
    crmi_map legal_form_add; /* squeezed: `oyab` */
    bool keep_subdomains;
};

/* Writes a key into the caller's buffer: the one place that knows the size rule. */
int32_t crmi_key_put(crmsync_str key, char *out, size_t size, size_t *len);

/* blank.c: white space of all of Unicode, and the invisible characters copy and paste brings. */
crmsync_str crmi_trim_blank(crmsync_str s);
/* Bytes of the blank character that s begins with, 0 = none. */
size_t crmi_blank_at(crmsync_str s);
/* The same for those without a width, which separate nothing: zero-width space, soft hyphen. */
size_t crmi_invisible_at(crmsync_str s);
/* `Jane Doe <jane@acme.com>` -> `jane@acme.com`; anything else unchanged. */
crmsync_str crmi_unwrap_angle(crmsync_str s);

/*
 * host.c. Both write a lower-case host as A-labels with at least two labels, NUL-terminated, and
 * set *len, 0 when there is none. CRMSYNC_E_NOMEM is the only failure.
 */
int32_t crmi_host_clean(crmsync_str in, char out[CRMI_HOST_SIZE], size_t *len); /* a bare host */
int32_t crmi_host_read(crmsync_str in, char out[CRMI_HOST_SIZE], size_t *len);  /* as pasted */

/* suffix.c */
int32_t crmi_suffix_open(crmsync_normalizer *n, crmsync_str list, crmsync_error **err);
void crmi_suffix_close(crmsync_normalizer *n);
/* The registrable domain as a view into host; empty for a public suffix. Host from crmi_host_*. */
crmsync_str crmi_suffix_registrable(const crmsync_normalizer *n, const char *host);
bool crmi_suffix_is_public(const crmsync_normalizer *n, const char *host);

/* freemail.c and shared_host.c: the built-in tables; exact, for clean hosts. */
bool crmi_freemail_listed(crmsync_str domain);
bool crmi_shared_host_listed(crmsync_str host);
const char *const *crmi_shared_hosts(size_t *count);

/*
 * fold.c: case, compatibility forms and marks folded away. What remains are letters, marks and
 * digits of any script, ASCII punctuation and single spaces. Returns the length written, at most
 * size; 0 when the input is not UTF-8. No allocation: everything is on the stack.
 */
size_t crmi_fold_name(crmsync_str in, char *out, size_t size);
/* What crmi_fold_name drops as a symbol, for names made of nothing else. */
size_t crmi_fold_symbols(crmsync_str in, char *out, size_t size);

/* company_words.c; squeezed: without spaces. */
/* What people type where they do not know; Salesforce itself writes "[not provided]". */
bool crmi_is_placeholder(crmsync_str squeezed);
/* `d/b/a` and its kin: another name of the same company follows. */
bool crmi_is_trade_mark(crmsync_str squeezed);
/* What registers and exchanges put behind the legal form: the state (`INC DE`, `COMPANY/MN`), a
 * share class, the kind of company. */
bool crmi_is_qualifier(crmsync_str squeezed);
/* Abbreviations inside names, `intl`; any other word is returned as it is. */
crmsync_str crmi_spell_out(crmsync_str word);

/* legal_forms.c */
enum {
    CRMI_FORM_SUFFIX = 1, /* at the end of a name */
    CRMI_FORM_PREFIX = 2, /* at its beginning */
    CRMI_FORM_GLUED = 4,  /* written without a space, too: CJK and Thai */
    CRMI_FORM_LETTERS = 8 /* only as single letters: `e.V.` is a form, `EV` a kind of car */
};
#define CRMI_FORM_MAX 96 /* bytes of a squeezed form */
typedef struct crmi_legal_form {
    const char *words; /* folded, single spaces */
    uint32_t flags;
} crmi_legal_form;
const crmi_legal_form *crmi_legal_forms(size_t *count);
/* The flags of the form that spells `squeezed` (no spaces), 0 = none. */
uint32_t crmi_legal_form_find(crmsync_str squeezed);
/* Copies only the bytes of words, no spaces or punctuation; out may be in.ptr. Returns the length.
 */
size_t crmi_squeeze(crmsync_str in, char *out);

/* Generated from freemail_domains.txt: NUL-separated, sorted bytewise. */
extern const char crmi_freemail_text[];
extern const uint32_t crmi_freemail_offset[];
extern const size_t crmi_freemail_count;

#endif
