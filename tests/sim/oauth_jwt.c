/* oauth_jwt.c: verifying JWT assertions, and the hash of PKCE. */
#include "oauth.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

enum { LONGEST_LIFE = 300 }; /* seconds */

char *orgsim_sha256_base64url(const char *text)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)text, strlen(text), hash);
    return orgsim_base64url(hash, sizeof hash);
}

static bool signature_good(const char *pem, const char *signed_part, size_t len,
                           const char *signature, size_t signature_len)
{
    size_t size;
    bool good = false;
    unsigned char *bytes = orgsim_base64_decode(signature, signature_len, &size);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    if (bytes && key && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1)
        good = EVP_DigestVerify(md, bytes, size, (const unsigned char *)signed_part, len) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    BIO_free(bio);
    free(bytes);
    return good;
}

static yyjson_doc *part(const char *text, size_t len)
{
    size_t size;
    unsigned char *json = orgsim_base64_decode(text, len, &size);
    yyjson_doc *doc = json ? yyjson_read((char *)json, size, 0) : NULL;
    free(json);
    return doc;
}

static bool audience_good(const orgsim *org, const char *audience)
{
    static const char *const hosts[] = {"https://login.salesforce.com",
                                        "https://test.salesforce.com"};
    for (size_t i = 0; audience && i < 2; i++) {
        if (strcmp(audience, hosts[i]) == 0)
            return true;
    }
    return audience && strcmp(audience, org->instance_url) == 0;
}

/* Seconds as a number or, as some clients send, a string. */
static int64_t seconds(yyjson_val *value)
{
    return yyjson_is_str(value) ? strtoll(yyjson_get_str(value), NULL, 10)
                                : (int64_t)yyjson_get_num(value);
}

static const char *check_claims(const orgsim *org, yyjson_val *claims, char **subject)
{
    const char *issuer = yyjson_get_str(yyjson_obj_get(claims, "iss"));
    const char *user = yyjson_get_str(yyjson_obj_get(claims, "sub"));
    int64_t now = org->now_ms / 1000, expiry = seconds(yyjson_obj_get(claims, "exp"));
    if (!issuer || strcmp(issuer, org->client_id) != 0)
        return "client identifier invalid";
    if (!audience_good(org, yyjson_get_str(yyjson_obj_get(claims, "aud"))))
        return "audience is invalid";
    if (expiry <= now)
        return "expired assertion";
    if (expiry > now + LONGEST_LIFE)
        return "invalid assertion";
    if (!user)
        return "invalid assertion";
    *subject = orgsim_copy_text(user);
    return NULL;
}

const char *orgsim_jwt_check(const orgsim *org, const char *assertion, char **subject)
{
    const char *first = strchr(assertion, '.');
    const char *second = first ? strchr(first + 1, '.') : NULL;
    if (!second)
        return "invalid assertion";
    if (!org->jwt_public_pem)
        return "user hasn't approved this consumer";
    yyjson_doc *head = part(assertion, (size_t)(first - assertion));
    yyjson_doc *claims = part(first + 1, (size_t)(second - first - 1));
    const char *algorithm =
        yyjson_get_str(yyjson_obj_get(yyjson_doc_get_root(head), "alg"));
    const char *said;
    if (!head || !claims || !algorithm || strcmp(algorithm, "RS256") != 0)
        said = "invalid assertion";
    else if (!signature_good(org->jwt_public_pem, assertion, (size_t)(second - assertion),
                             second + 1, strlen(second + 1)))
        said = "invalid signature";
    else
        said = check_claims(org, yyjson_doc_get_root(claims), subject);
    yyjson_doc_free(head);
    yyjson_doc_free(claims);
    return said;
}
