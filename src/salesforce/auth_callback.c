#include "salesforce/auth.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Form decoding: "+" is a blank; a "%" that begins no escape stays. */
static bool decode(crmi_arena *arena, crmsync_str in, crmsync_str *out)
{
    char *p = crmi_arena_alloc(arena, in.len + 1);
    size_t n = 0;
    if (!p)
        return false;
    for (size_t i = 0; i < in.len; i++) {
        int high = -1, low = -1;
        if (in.ptr[i] == '%' && i + 2 < in.len) {
            high = hex(in.ptr[i + 1]);
            low = hex(in.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            p[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            p[n++] = in.ptr[i] == '+' ? ' ' : in.ptr[i];
        }
    }
    *out = (crmsync_str){p, n};
    return true;
}

static bool same_state(crmsync_str a, crmsync_str b)
{
    unsigned char difference = 0;
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
    return difference == 0;
}

static int32_t take(crmi_arena *arena, crmsync_str pair, crmi_auth_callback *out,
                    crmsync_error **err)
{
    ptrdiff_t eq = crmi_str_chr(pair, '=');
    crmsync_str name = eq < 0 ? pair : crmi_str_sub(pair, 0, (size_t)eq);
    crmsync_str value = eq < 0 ? CRMI_STR_EMPTY : crmi_str_sub(pair, (size_t)eq + 1, pair.len);
    crmsync_str *slot = crmi_str_is(name, "code")                ? &out->code
                        : crmi_str_is(name, "state")             ? &out->state
                        : crmi_str_is(name, "error")             ? &out->error
                        : crmi_str_is(name, "error_description") ? &out->description
                                                                 : NULL;
    if (!slot)
        return CRMSYNC_OK;
    if (slot->ptr)
        return crmi_fail(err, CRMSYNC_E_INVALID, "the redirect carries \"%.*s\" twice",
                         CRMI_SPELL(name));
    return decode(arena, value, slot) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t refused(const crmi_auth_callback *c, crmsync_error **err)
{
    const crmi_auth_rule *rule = crmi_auth_rule_find(c->error, c->description);
    crmi_fail(err, CRMSYNC_E_AUTH, "authorization was refused: %.*s: %.*s",
              CRMI_SPELL(crmi_str_sub(c->error, 0, crmi_str_utf8_cut(c->error, 60))),
              CRMI_SPELL(crmi_str_sub(c->description, 0, crmi_str_utf8_cut(c->description, 200))));
    crmi_error_set_class(err, CRMSYNC_CLASS_AUTH);
    crmi_error_set_remedy(err, crmi_str(rule->remedy));
    crmi_error_set_http(err, 0, c->error);
    return CRMSYNC_E_AUTH;
}

int32_t crmi_auth_callback_read(crmi_arena *arena, crmsync_str url, crmsync_str state,
                                crmi_auth_callback *out, crmsync_error **err)
{
    ptrdiff_t mark = crmi_str_chr(url, '?');
    memset(out, 0, sizeof *out);
    if (mark >= 0)
        url = crmi_str_sub(url, (size_t)mark + 1, url.len);
    mark = crmi_str_chr(url, '#');
    if (mark >= 0)
        url = crmi_str_sub(url, 0, (size_t)mark);
    while (url.len) {
        ptrdiff_t amp = crmi_str_chr(url, '&');
        int32_t rc = take(arena, amp < 0 ? url : crmi_str_sub(url, 0, (size_t)amp), out, err);
        if (rc)
            return rc;
        url = amp < 0 ? CRMI_STR_EMPTY : crmi_str_sub(url, (size_t)amp + 1, url.len);
    }
    bool stateless_refusal =
        out->error.len && !out->state.ptr; /* an unknown app is not told ours */
    if (!stateless_refusal && (!state.len || !same_state(out->state, state))) {
        crmi_fail(err, CRMSYNC_E_AUTH, "the redirect belongs to another authorization");
        crmi_error_set_remedy(err, CRMI_STR("Start connecting again, in one browser."));
        return CRMSYNC_E_AUTH;
    }
    if (out->error.len)
        return refused(out, err);
    if (!out->code.len)
        return crmi_fail(err, CRMSYNC_E_INVALID, "the redirect carries no code");
    return CRMSYNC_OK;
}
