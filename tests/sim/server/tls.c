/* A throw-away certificate authority and a server certificate for localhost and 127.0.0.1. */
#include "server.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { LIFE_SECONDS = 30 * 86400 };

typedef struct extension {
    int nid;
    const char *value;
} extension;

static const extension ca_extensions[] = {
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
};
static const extension server_extensions[] = {
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,digitalSignature"},
    {NID_ext_key_usage, "serverAuth"},
    {NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid"},
};

static int extend(X509 *cert, X509 *issuer, const extension *list, size_t count)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &ctx, list[i].nid, list[i].value);
        int ok = made && X509_add_ext(cert, made, -1);
        X509_EXTENSION_free(made);
        if (!ok)
            return -1;
    }
    return 0;
}

/* Fills in everything but the extensions and the signature. */
static X509 *cert_begin(const char *name, EVP_PKEY *key, const X509_NAME *issuer)
{
    X509 *cert = X509_new();
    unsigned char serial[8];
    if (!cert)
        return NULL;
    X509_NAME *subject = X509_get_subject_name(cert);
    int ok = RAND_bytes(serial, sizeof serial) == 1 && X509_set_version(cert, 2);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    ok = ok && number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    ok = ok && X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
         X509_gmtime_adj(X509_getm_notAfter(cert), LIFE_SECONDS) &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
                                    -1, 0) &&
         X509_set_issuer_name(cert, issuer ? issuer : subject) && X509_set_pubkey(cert, key);
    if (ok)
        return cert;
    X509_free(cert);
    return NULL;
}

static char *bio_text(BIO *bio)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    return len > 0 ? orgsim_copy(data, (size_t)len) : NULL;
}

static char *cert_pem(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = bio && PEM_write_bio_X509(bio, cert) ? bio_text(bio) : NULL;
    BIO_free(bio);
    return text;
}

static char *key_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    char *text = ok ? bio_text(bio) : NULL;
    BIO_free(bio);
    return text;
}

int server_tls_make(server_tls *tls)
{
    X509 *ca = NULL, *cert = NULL;
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int rc = -1;
    memset(tls, 0, sizeof *tls);
    if (!ca_key || !key)
        goto done;
    ca = cert_begin("orgsim throw-away CA", ca_key, NULL);
    if (!ca || extend(ca, ca, ca_extensions, sizeof ca_extensions / sizeof ca_extensions[0]) != 0 ||
        !X509_sign(ca, ca_key, EVP_sha256()))
        goto done;
    cert = cert_begin("localhost", key, X509_get_subject_name(ca));
    if (!cert ||
        extend(cert, ca, server_extensions,
               sizeof server_extensions / sizeof server_extensions[0]) != 0 ||
        !X509_sign(cert, ca_key, EVP_sha256()))
        goto done;
    tls->ca_pem = cert_pem(ca);
    tls->cert_pem = cert_pem(cert);
    tls->key_pem = key_pem(key);
    rc = tls->ca_pem && tls->cert_pem && tls->key_pem ? 0 : -1;
done:
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return rc;
}

void server_tls_clear(server_tls *tls)
{
    free(tls->ca_pem);
    free(tls->cert_pem);
    free(tls->key_pem);
    memset(tls, 0, sizeof *tls);
}
