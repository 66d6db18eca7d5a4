#include "key_rules.h"

#include <string.h>

typedef int32_t normalize_fn(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                             size_t *len);

static const struct {
    const char *key_kind;
    normalize_fn *make;
} makers[] = {
    {"email", crmsync_normalize_email},
    {"domain", crmsync_normalize_domain},
    {"host", crmsync_normalize_host},
    {"name", crmsync_normalize_company},
};

static const crmsync_key_rule default_rules[] = {
    {CRMSYNC_STR_LIT("person"), CRMSYNC_STR_LIT("email"), CRMSYNC_STR_LIT("email")},
    {CRMSYNC_STR_LIT("company"), CRMSYNC_STR_LIT("domain"), CRMSYNC_STR_LIT("domain")},
    {CRMSYNC_STR_LIT("company"), CRMSYNC_STR_LIT("website"), CRMSYNC_STR_LIT("domain")},
    {CRMSYNC_STR_LIT("company"), CRMSYNC_STR_LIT("name"), CRMSYNC_STR_LIT("name")},
};

static const crmsync_key_rule origin_rule = {
    {NULL, 0}, CRMSYNC_STR_LIT("origin"), CRMSYNC_STR_LIT("origin")};

static bool copy_rule(const crmsync_alloc *a, const crmsync_key_rule *from, crmsync_key_rule *to)
{
    return crmi_host_copy(a, from->kind, &to->kind) && crmi_host_copy(a, from->field, &to->field) &&
           crmi_host_copy(a, from->key_kind, &to->key_kind);
}

int32_t crmi_key_rules_init(crmi_key_rules *k, const crmsync_alloc *alloc,
                            const crmsync_record_keys *from, crmsync_error **err)
{
    bool own = from && from->rules;
    const crmsync_key_rule *rules = own ? from->rules : default_rules;
    size_t n = own ? from->rule_count : sizeof default_rules / sizeof default_rules[0];

    *k = (crmi_key_rules){alloc, from ? from->normalizer : NULL, NULL, NULL, 0};
    if (from && from->struct_size < sizeof *from)
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "record keys: struct_size is not set; use the INIT macro");
    if (!k->normalizer) {
        int32_t code = crmsync_normalizer_new(alloc, NULL, &k->own, err);
        if (code != CRMSYNC_OK)
            return code;
        k->normalizer = k->own;
    }
    k->rules = crmi_host_array(alloc, n + 1, sizeof *k->rules);
    if (!k->rules) {
        crmi_key_rules_clear(k);
        return crmi_host_nomem(err);
    }
    k->count = n + 1;
    for (size_t i = 0; i <= n; i++) {
        if (!copy_rule(alloc, i < n ? &rules[i] : &origin_rule, &k->rules[i])) {
            crmi_key_rules_clear(k);
            return crmi_host_nomem(err);
        }
    }
    return CRMSYNC_OK;
}

void crmi_key_rules_clear(crmi_key_rules *k)
{
    for (size_t i = 0; k->rules && i < k->count; i++) {
        crmsync_key_rule *rule = &k->rules[i];
        crmi_host_drop(k->alloc, &rule->kind);
        crmi_host_drop(k->alloc, &rule->field);
        crmi_host_drop(k->alloc, &rule->key_kind);
    }
    if (k->rules)
        crmi_host_free(k->alloc, k->rules, k->count * sizeof *k->rules);
    crmsync_normalizer_free(k->own);
    k->own = NULL;
    k->normalizer = NULL;
    k->rules = NULL;
    k->count = 0;
}

bool crmi_key_rule_applies(const crmsync_key_rule *rule, crmsync_str kind, crmsync_str field)
{
    return crmi_host_eq(rule->field, field) &&
           (rule->kind.len == 0 || crmi_host_eq(rule->kind, kind));
}

bool crmi_key_rules_find(const crmi_key_rules *k, crmsync_str kind, crmsync_str key_kind)
{
    for (size_t i = 0; i < k->count; i++) {
        const crmsync_key_rule *rule = &k->rules[i];
        if (crmi_host_eq(rule->key_kind, key_kind) &&
            (rule->kind.len == 0 || crmi_host_eq(rule->kind, kind)))
            return true;
    }
    return false;
}

static crmsync_str trimmed(crmsync_str s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && strchr(" \t\r\n", s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Over-long text has no key: it could not be told from another that begins alike. */
static crmsync_str plain(crmsync_str text, char *out)
{
    text = trimmed(text);
    if (text.len >= CRMSYNC_KEY_MAX)
        return (crmsync_str){out, 0};
    if (text.len)
        memcpy(out, text.ptr, text.len);
    return (crmsync_str){out, text.len};
}

int32_t crmi_key_make(const crmi_key_rules *k, crmsync_str key_kind, crmsync_str text, char *out,
                      crmsync_str *key)
{
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        int32_t code;
        if (!crmi_host_eq(key_kind, crmi_host_str(makers[i].key_kind)))
            continue;
        *key = (crmsync_str){out, 0};
        code = makers[i].make(k->normalizer, text, out, CRMSYNC_KEY_MAX, &key->len);
        /* Text that does not fit has no key; only a lack of memory is worth failing for. */
        if (code == CRMSYNC_E_LIMIT)
            key->len = 0;
        return code == CRMSYNC_E_LIMIT ? CRMSYNC_OK : code;
    }
    *key = plain(text, out);
    return CRMSYNC_OK;
}
