/*
 * Any bytes through every normalizer: no key is longer than promised, each is UTF-8 and its own
 * key. An input that begins with 'P' is read as a public suffix list, one with 'L' as a legal form
 * to add.
 */
#include <stdint.h>
#include <stdlib.h>

#include <crmsync/normalize.h>

#include "base/str.h"

typedef int32_t (*key_function)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

static int32_t id_key(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                      size_t *len)
{
    (void)n;
    return crmsync_normalize_id(in, out, size, len);
}

static const key_function keys[] = {
    crmsync_normalize_email,
    crmsync_normalize_domain,
    crmsync_normalize_host,
    crmsync_normalize_company,
    id_key,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static void run_keys(const crmsync_normalizer *n, crmsync_str in)
{
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        char once[CRMSYNC_KEY_MAX], twice[CRMSYNC_KEY_MAX];
        size_t len = 0, again = 0;
        int32_t rc = keys[k](n, in, once, sizeof once, &len);
        crmsync_str key = {once, len};
        if (rc == CRMSYNC_E_NOMEM)
            continue;
        expect(rc == CRMSYNC_OK && len < sizeof once && once[len] == '\0');
        expect(crmi_str_utf8_valid(key, NULL));
        rc = keys[k](n, key, twice, sizeof twice, &again);
        expect(rc == CRMSYNC_OK && crmi_str_eq(key, (crmsync_str){twice, again}));
    }
    (void)crmsync_is_freemail(n, in);
    (void)crmsync_is_shared_host(n, in);
}

static void run_options(crmsync_str in)
{
    crmsync_normalize_options o = CRMSYNC_NORMALIZE_OPTIONS_INIT;
    crmsync_normalizer *n = NULL;
    crmsync_error *err = NULL;
    crmsync_str rest = crmi_str_sub(in, 1, in.len);
    if (in.ptr[0] == 'P') {
        o.public_suffix_list = rest;
    } else {
        o.legal_form_add = o.freemail_add = &rest;
        o.legal_form_add_count = 1;
        o.keep_subdomains = 1;
    }
    if (crmsync_normalizer_new(NULL, &o, &n, &err) == CRMSYNC_OK)
        run_keys(n, crmi_str_sub(rest, 0, 512));
    else
        expect(n == NULL && crmsync_error_message(err).len > 0);
    crmsync_error_free(err);
    crmsync_normalizer_free(n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static crmsync_normalizer *normalizer; /* one for all inputs: it is immutable */
    crmsync_str in = {(const char *)data, size};
    if (!normalizer)
        expect(crmsync_normalizer_new(NULL, NULL, &normalizer, NULL) == CRMSYNC_OK);
    run_keys(normalizer, in);
    if (size > 1 && (data[0] == 'P' || data[0] == 'L'))
        run_options(in);
    return 0;
}
