/*
 * Any bytes as what OAuth answers. The first byte chooses: 'C' a callback, 'U' a typed domain or
 * URL, 'L' a Sforce-Limit-Info header, else a token answer. A token that is granted can stand in a
 * header and names a host of Salesforce's; one that is refused leaves nothing.
 */
#include <stdint.h>
#include <stdlib.h>

#include "salesforce/auth.h"
#include "salesforce/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static void run_callback(const crmsync_alloc *alloc, crmsync_str in)
{
    crmi_arena arena;
    crmi_auth_callback c;
    crmi_arena_init(&arena, alloc);
    if (crmi_auth_callback_read(&arena, in, CRMI_STR("st"), &c, NULL) == CRMSYNC_OK)
        expect(c.code.len > 0 && crmi_str_is(c.state, "st"));
    crmi_arena_clear(&arena);
}

static void run_url(const crmsync_alloc *alloc, crmsync_str in)
{
    crmi_buf b, origin;
    crmi_buf_init(&b, alloc);
    crmi_buf_init(&origin, alloc);
    if (crmi_auth_login_url(&b, in, CRMI_ENV_PRODUCTION, false, NULL) == CRMSYNC_OK) {
        expect(crmi_str_starts(crmi_buf_str(&b), "https://"));
        expect(crmi_auth_url_check(crmi_buf_str(&b), false, NULL) == CRMSYNC_OK);
    }
    if (crmi_auth_url_check(in, false, NULL) == CRMSYNC_OK) {
        expect(crmi_auth_origin(&origin, in)); /* what is checked is what is used */
        expect(crmi_auth_url_check(crmi_buf_str(&origin), false, NULL) == CRMSYNC_OK);
    }
    crmi_buf_clear(&origin);
    crmi_buf_clear(&b);
}

static void run_token(const crmsync_alloc *alloc, crmsync_str in)
{
    crmi_auth_token t;
    uint32_t verdict;
    crmsync_error *err = NULL;
    crmi_response r = {.status = 200, .body = in};
    crmi_auth_token_init(&t, alloc);
    int32_t rc = crmi_auth_token_read(&r, false, &t, &verdict, &err);
    expect(rc == crmsync_error_code(err));
    expect((rc == CRMSYNC_OK) == (verdict == CRMI_AUTH_GRANTED));
    expect((rc == CRMSYNC_OK) == (t.access_token.len > 0));
    for (size_t i = 0; i < t.access_token.len; i++)
        expect(t.access_token.ptr[i] > 0x20 && t.access_token.ptr[i] < 0x7f);
    if (!rc)
        expect(crmi_auth_url_check(t.instance_url, false, NULL) == CRMSYNC_OK);
    crmsync_error_free(err);
    crmi_auth_token_clear(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_response r = {0};
    char kind = size ? (char)data[0] : '\0';
    bool tagged = kind == 'C' || kind == 'U' || kind == 'L';
    crmsync_str in = {(const char *)data + (tagged ? 1 : 0), size - (tagged ? 1 : 0)};
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    if (kind == 'C')
        run_callback(&alloc, in);
    else if (kind == 'U')
        run_url(&alloc, in);
    else if (kind == 'L')
        crmi_limit_info_parse(in, &r);
    else
        run_token(&alloc, in);
    return 0;
}
