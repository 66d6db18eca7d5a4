/* Cryptography, all of it by OpenSSL 3, behind one header. */
#ifndef CRMI_BASE_CRYPTO_H
#define CRMI_BASE_CRYPTO_H

#include "base/error.h"

#define CRMI_SHA256_LEN 32
#define CRMI_SEAL_KEY_LEN 32
#define CRMI_SEAL_NONCE_LEN 12
#define CRMI_SEAL_TAG_LEN 16

bool crmi_sha256(crmsync_str in, unsigned char out[CRMI_SHA256_LEN]);
void crmi_buf_base64url(crmi_buf *b, crmsync_str in); /* RFC 4648 section 5, no padding */
void crmi_buf_base64(crmi_buf *b, crmsync_str in);    /* with padding */
bool crmi_buf_unbase64url(crmi_buf *b, crmsync_str in); /* false = not base64url */
void crmi_buf_hex(crmi_buf *b, crmsync_str in);
void crmi_wipe(void *p, size_t n); /* not optimised away */

/*
 * AES-256-GCM. Appends nonce, ciphertext and tag to `out`. `nonce` must be fresh random bytes;
 * `context` is authenticated, not encrypted (it binds a secret to its place).
 */
int32_t crmi_seal(crmsync_str key, const unsigned char nonce[CRMI_SEAL_NONCE_LEN],
                  crmsync_str context, crmsync_str plain, crmi_buf *out, crmsync_error **err);
/* CRMSYNC_E_CORRUPT when key, context or bytes do not fit. */
int32_t crmi_unseal(crmsync_str key, crmsync_str context, crmsync_str sealed, crmi_buf *out,
                    crmsync_error **err);

/* Appends the base64url RS256 signature of `input`. CRMSYNC_E_INVALID: the PEM is no RSA key. */
int32_t crmi_sign_rs256(crmsync_str private_key_pem, crmsync_str input, crmi_buf *out,
                        crmsync_error **err);

#endif
