#include "base/crypto.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

bool crmi_sha256(crmsync_str in, unsigned char out[CRMI_SHA256_LEN])
{
    return EVP_Digest(in.len ? in.ptr : "", in.len, out, NULL, EVP_sha256(), NULL) == 1;
}

void crmi_wipe(void *p, size_t n)
{
    if (p)
        OPENSSL_cleanse(p, n);
}

static void buf_base64(crmi_buf *b, crmsync_str in, const char *alphabet, bool padded)
{
    const unsigned char *p = (const unsigned char *)in.ptr;
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = in.len - i < 3 ? in.len - i : 3;
        uint32_t v = (uint32_t)p[i] << 16;
        if (n > 1)
            v |= (uint32_t)p[i + 1] << 8;
        if (n > 2)
            v |= p[i + 2];
        for (size_t k = 0; k < 4; k++) {
            if (k <= n)
                crmi_buf_char(b, alphabet[v >> (18 - 6 * k) & 63]);
            else if (padded)
                crmi_buf_char(b, '=');
        }
    }
}

void crmi_buf_base64url(crmi_buf *b, crmsync_str in)
{
    buf_base64(b, in, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

void crmi_buf_base64(crmi_buf *b, crmsync_str in)
{
    buf_base64(b, in, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

static int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool crmi_buf_unbase64url(crmi_buf *b, crmsync_str in)
{
    uint32_t v = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < in.len; i++) {
        int digit = base64url_value(in.ptr[i]);
        if (digit < 0)
            return false;
        v = v << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            crmi_buf_char(b, (char)(v >> bits & 0xff));
        }
    }
    return bits < 6 && (v & ((1u << bits) - 1)) == 0;
}

void crmi_buf_hex(crmi_buf *b, crmsync_str in)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        unsigned char c = (unsigned char)in.ptr[i];
        crmi_buf_char(b, hex[c >> 4]);
        crmi_buf_char(b, hex[c & 15]);
    }
}

static bool gcm_run(bool seal, crmsync_str key, const unsigned char *nonce, crmsync_str context,
                    crmsync_str in, unsigned char *out, unsigned char *tag)
{
    int n = 0;
    bool ok = false;
    if (in.len > INT32_MAX || context.len > INT32_MAX)
        return false;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (!c)
        return false;
    if (EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, (const unsigned char *)key.ptr, nonce,
                          seal) != 1)
        goto done;
    if (context.len &&
        EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)context.ptr, (int)context.len) != 1)
        goto done;
    if (!seal && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, CRMI_SEAL_TAG_LEN, tag) != 1)
        goto done;
    if (in.len && EVP_CipherUpdate(c, out, &n, (const unsigned char *)in.ptr, (int)in.len) != 1)
        goto done;
    if (EVP_CipherFinal_ex(c, out + in.len, &n) != 1)
        goto done;
    if (seal && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, CRMI_SEAL_TAG_LEN, tag) != 1)
        goto done;
    ok = true;
done:
    EVP_CIPHER_CTX_free(c);
    return ok;
}

int32_t crmi_seal(crmsync_str key, const unsigned char nonce[CRMI_SEAL_NONCE_LEN],
                  crmsync_str context, crmsync_str plain, crmi_buf *out, crmsync_error **err)
{
    if (key.len != CRMI_SEAL_KEY_LEN)
        return crmi_fail(err, CRMSYNC_E_INVALID, "the sealing key has %zu bytes, 32 are needed",
                         key.len);
    size_t start = out->len;
    crmi_buf_add(out, (crmsync_str){(const char *)nonce, CRMI_SEAL_NONCE_LEN});
    if (!crmi_buf_reserve(out, plain.len + CRMI_SEAL_TAG_LEN))
        return crmi_fail_nomem(err);
    unsigned char *at = (unsigned char *)out->ptr + start + CRMI_SEAL_NONCE_LEN;
    if (!gcm_run(true, key, nonce, context, plain, at, at + plain.len)) {
        out->len = start;
        return crmi_fail(err, CRMSYNC_E_INTERNAL, "the secret could not be sealed");
    }
    out->len = start + CRMI_SEAL_NONCE_LEN + plain.len + CRMI_SEAL_TAG_LEN;
    out->ptr[out->len] = '\0';
    return CRMSYNC_OK;
}

int32_t crmi_unseal(crmsync_str key, crmsync_str context, crmsync_str sealed, crmi_buf *out,
                    crmsync_error **err)
{
    size_t frame = CRMI_SEAL_NONCE_LEN + CRMI_SEAL_TAG_LEN;
    if (key.len != CRMI_SEAL_KEY_LEN || sealed.len < frame)
        return crmi_fail(err, CRMSYNC_E_CORRUPT, "the stored secret is not a sealed one");
    crmsync_str cipher = {sealed.ptr + CRMI_SEAL_NONCE_LEN, sealed.len - frame};
    unsigned char tag[CRMI_SEAL_TAG_LEN];
    memcpy(tag, cipher.ptr + cipher.len, sizeof tag);
    if (!crmi_buf_reserve(out, cipher.len + 1))
        return crmi_fail_nomem(err);
    unsigned char *at = (unsigned char *)out->ptr + out->len;
    if (!gcm_run(false, key, (const unsigned char *)sealed.ptr, context, cipher, at, tag)) {
        crmi_wipe(at, cipher.len);
        return crmi_fail(err, CRMSYNC_E_CORRUPT,
                         "the stored secret does not open with the key the host gave");
    }
    out->len += cipher.len;
    out->ptr[out->len] = '\0';
    return CRMSYNC_OK;
}

int32_t crmi_sign_rs256(crmsync_str private_key_pem, crmsync_str input, crmi_buf *out,
                        crmsync_error **err)
{
    unsigned char signature[1024];
    size_t n = sizeof signature;
    int32_t rc = CRMSYNC_E_INVALID;
    EVP_MD_CTX *ctx = NULL;
    EVP_PKEY *key = NULL;
    BIO *bio = NULL;
    if (private_key_pem.len && private_key_pem.len < INT32_MAX)
        bio = BIO_new_mem_buf(private_key_pem.ptr, (int)private_key_pem.len);
    if (bio)
        key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    if (!key || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
        crmi_fail(err, rc, "the JWT key is not an RSA private key in PEM form");
        goto done;
    }
    ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(ctx, signature, &n, (const unsigned char *)input.ptr, input.len) != 1) {
        rc = crmi_fail(err, CRMSYNC_E_INTERNAL, "the JWT could not be signed");
        goto done;
    }
    crmi_buf_base64url(out, (crmsync_str){(const char *)signature, n});
    rc = crmi_buf_ok(out) ? CRMSYNC_OK : crmi_fail_nomem(err);
done:
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return rc;
}
