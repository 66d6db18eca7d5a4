/*
 * Keys of the state spaces: parts joined by '/', of at most 255 bytes altogether.
 *
 * In a part '/', '%' and '~' are percent-escaped. A part whose escaped form is longer than
 * CRMI_KEY_PART_MAX is its first 64 bytes (no character or escape split), '~' and 128 bits of the
 * SHA-256 of the whole part in hex. So a key is not always readable back: values repeat what a
 * reader needs.
 */
#ifndef CRMI_STATE_KEY_H
#define CRMI_STATE_KEY_H

#include "base/error.h"

#define CRMI_KEY_MAX      255
#define CRMI_KEY_PART_MAX 96
#define CRMI_LOCAL_ID_MAX 128

/* On the stack; no clear. */
typedef struct crmi_key {
    char bytes[CRMI_KEY_MAX + 1];
    size_t len;
    bool any; /* has a part */
    bool bad; /* did not fit */
} crmi_key;

void crmi_key_init(crmi_key *k);
void crmi_key_part(crmi_key *k, crmsync_str part);
void crmi_key_digits(crmi_key *k, uint64_t v, unsigned width); /* zero-padded, so that it sorts */
void crmi_key_open(crmi_key *k);                               /* a trailing '/': a prefix */
crmsync_str crmi_key_str(const crmi_key *k);                   /* empty when bad */
/* All at once; parts end with a NULL pointer. */
#define CRMI_KEY_PARTS(...)                                                                        \
    (const crmsync_str[]){__VA_ARGS__},                                                            \
        sizeof((const crmsync_str[]){__VA_ARGS__}) / sizeof(crmsync_str)
crmi_key crmi_key_of(const crmsync_str *parts, size_t n);
crmi_key crmi_key_below(const crmsync_str *parts, size_t n); /* with the trailing '/' */

/* Part `i` as it stands in the key, still escaped; NULL ptr = there is none. */
crmsync_str crmi_key_nth(crmsync_str key, size_t i);
/* Appends a part with its escapes undone; false: malformed, or shortened and so not readable. */
bool crmi_key_unescape(crmsync_str part, crmi_buf *out);

/* CRMSYNC_E_INVALID when a host's id is empty, too long, or not UTF-8. */
int32_t crmi_key_check_local_id(crmsync_str kind, crmsync_str id, crmsync_error **err);

#endif
