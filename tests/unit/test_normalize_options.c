/* The context of the normalizers: options, their checks, memory, and the tables behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "normalize/normalizer.h"

static crmsync_normalize_options defaults(void)
{
    return (crmsync_normalize_options)CRMSYNC_NORMALIZE_OPTIONS_INIT;
}

static crmsync_normalizer *make(const crmsync_normalize_options *options)
{
    crmsync_normalizer *n = NULL;
    assert_int_equal(crmsync_normalizer_new(NULL, options, &n, NULL), CRMSYNC_OK);
    assert_non_null(n);
    return n;
}

static void assert_key(int32_t (*key)(const crmsync_normalizer *, crmsync_str, char *, size_t,
                                      size_t *),
                       const crmsync_normalizer *n, const char *in, const char *expected)
{
    char out[CRMSYNC_KEY_MAX];
    size_t len = 999;
    assert_int_equal(key(n, crmi_str(in), out, sizeof out, &len), CRMSYNC_OK);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(out, expected);
}

static void test_is_freemail__additions_and_removals_count_most_specific_first(void **state)
{
    static const crmsync_str add[] = {CRMSYNC_STR_LIT("Mail.Example."),
                                      CRMSYNC_STR_LIT("bücher.example")};
    static const crmsync_str removed[] = {CRMSYNC_STR_LIT("staff.gmail.com"),
                                          CRMSYNC_STR_LIT("gmx.de")};
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.freemail_add = add;
    o.freemail_add_count = 2;
    o.freemail_remove = removed;
    o.freemail_remove_count = 2;
    n = make(&o);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("mail.example")), 1);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("x.mail.example")), 1);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("othermail.example")), 0);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("xn--bcher-kva.example")), 1);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("gmail.com")), 1);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("a.staff.gmail.com")), 0);
    assert_int_equal(crmsync_is_freemail(n, crmi_str("gmx.de")), 0);
    crmsync_normalizer_free(n);
}

static void test_is_shared_host__additions_count_with_what_lies_below(void **state)
{
    static const crmsync_str add[] = {CRMSYNC_STR_LIT("pages.example.com")};
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.shared_host_add = add;
    o.shared_host_add_count = 1;
    n = make(&o);
    assert_int_equal(crmsync_is_shared_host(n, crmi_str("pages.example.com")), 1);
    assert_int_equal(crmsync_is_shared_host(n, crmi_str("http://acme.pages.example.com/x")), 1);
    assert_int_equal(crmsync_is_shared_host(n, crmi_str("example.com")), 0);
    crmsync_normalizer_free(n);
}

static void test_normalize_company__added_forms_go_at_the_end_only(void **state)
{
    static const crmsync_str add[] = {CRMSYNC_STR_LIT("Zrt. Nyrt"), CRMSYNC_STR_LIT("großhandel")};
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.legal_form_add = add;
    o.legal_form_add_count = 2;
    n = make(&o);
    assert_key(crmsync_normalize_company, n, "Acme Grosshandel", "acme");
    assert_key(crmsync_normalize_company, n, "Acme zrt nyrt", "acme");
    assert_key(crmsync_normalize_company, n, "Grosshandel Acme", "grosshandel acme");
    assert_key(crmsync_normalize_company, n, "Grosshandel", "grosshandel");
    crmsync_normalizer_free(n);
}

static void test_normalize_domain__keep_subdomains_keeps_the_host(void **state)
{
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.keep_subdomains = 1;
    n = make(&o);
    assert_key(crmsync_normalize_domain, n, "http://shop.acme.com/x", "shop.acme.com");
    assert_key(crmsync_normalize_domain, n, "http://www.acme.com/x", "acme.com");
    crmsync_normalizer_free(n);
}

static void test_normalizer_new__a_newer_suffix_list_is_used(void **state)
{
    static const crmsync_str list = CRMSYNC_STR_LIT("// ===BEGIN ICANN DOMAINS===\n"
                                                    "com\nexample\n*.wild\n!own.wild\n公司.cn\n"
                                                    "// ===END ICANN DOMAINS===\n"
                                                    "// ===BEGIN PRIVATE DOMAINS===\n"
                                                    "webflow.io\nwordpress.com\n"
                                                    "// ===END PRIVATE DOMAINS===\n");
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.public_suffix_list = list;
    n = make(&o);
    assert_key(crmsync_normalize_domain, n, "a.acme.webflow.io", "acme.webflow.io");
    assert_key(crmsync_normalize_domain, n, "webflow.io", "");
    assert_key(crmsync_normalize_domain, n, "x.a.b.wild", "a.b.wild");
    assert_key(crmsync_normalize_domain, n, "x.own.wild", "own.wild");
    assert_key(crmsync_normalize_domain, n, "www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn");
    assert_int_equal(crmsync_is_shared_host(n, crmi_str("acme.wordpress.com")), 0);
    assert_int_equal(crmsync_is_shared_host(n, crmi_str("wordpress.com")), 1);
    crmsync_normalizer_free(n);
}

static void test_normalizer_new__bare_rules_are_a_list(void **state)
{
    crmsync_normalize_options o = defaults();
    crmsync_normalizer *n;
    (void)state;
    o.public_suffix_list = crmi_str("com\r\nshop.example\r\n");
    n = make(&o);
    assert_key(crmsync_normalize_domain, n, "www.acme.shop.example", "acme.shop.example");
    assert_key(crmsync_normalize_domain, n, "www.acme.com", "acme.com");
    crmsync_normalizer_free(n);
}

static void assert_refused(const crmsync_normalize_options *o, int32_t code, const char *where)
{
    crmsync_normalizer *n = NULL;
    crmsync_error *err = NULL;
    assert_int_equal(crmsync_normalizer_new(NULL, o, &n, &err), code);
    assert_null(n);
    assert_non_null(err);
    assert_int_equal(crmsync_error_code(err), code);
    assert_true(crmi_str_is(crmsync_error_where(err), where));
    assert_true(crmsync_error_message(err).len > 0);
    assert_true(crmsync_error_remedy(err).len > 0);
    crmsync_error_free(err);
    assert_int_equal(crmsync_normalizer_new(NULL, o, &n, NULL), code);
}

static void test_normalizer_new__a_bad_entry_is_refused_with_its_position(void **state)
{
    static const crmsync_str bad[] = {CRMSYNC_STR_LIT("ok.example"),
                                      CRMSYNC_STR_LIT("no domain\n")};
    static const crmsync_str empty[] = {CRMSYNC_STR_LIT("oy ab"), CRMSYNC_STR_LIT(" . ")};
    crmsync_normalize_options o = defaults();
    (void)state;
    o.freemail_add = bad;
    o.freemail_add_count = 2;
    assert_refused(&o, CRMSYNC_E_INVALID, "/freemail_add/1");
    o = defaults();
    o.freemail_remove = bad;
    o.freemail_remove_count = 2;
    assert_refused(&o, CRMSYNC_E_INVALID, "/freemail_remove/1");
    o = defaults();
    o.shared_host_add = bad;
    o.shared_host_add_count = 2;
    assert_refused(&o, CRMSYNC_E_INVALID, "/shared_host_add/1");
    o = defaults();
    o.legal_form_add = empty;
    o.legal_form_add_count = 2;
    assert_refused(&o, CRMSYNC_E_INVALID, "/legal_form_add/1");
}

static void test_normalizer_new__bad_options_are_refused(void **state)
{
    struct {
        crmsync_normalize_options known;
        size_t newer;
    } longer = {CRMSYNC_NORMALIZE_OPTIONS_INIT, 0};
    crmsync_normalize_options o = defaults();
    (void)state;
    o.keep_subdomains = 2;
    assert_refused(&o, CRMSYNC_E_INVALID, "/keep_subdomains");
    o = defaults();
    o.zero = 1;
    assert_refused(&o, CRMSYNC_E_INVALID, "/zero");
    o = defaults();
    o.struct_size = 0;
    assert_refused(&o, CRMSYNC_E_INVALID, "/struct_size");
    o = defaults();
    o.public_suffix_list = crmi_str("// no rule at all\n");
    assert_refused(&o, CRMSYNC_E_INVALID, "/public_suffix_list");
    o.public_suffix_list = crmi_str(".DAFSA@PSL_0   \nbinary");
    assert_refused(&o, CRMSYNC_E_INVALID, "/public_suffix_list");
    longer.known.struct_size = sizeof longer;
    crmsync_normalizer_free(make(&longer.known));
    longer.newer = 1;
    assert_refused(&longer.known, CRMSYNC_E_UNSUPPORTED, "/struct_size");
}

static void test_normalizer_free__null_is_allowed(void **state)
{
    (void)state;
    crmsync_normalizer_free(NULL);
}

/* Allocates from libc until the countdown ends. */
typedef struct countdown {
    size_t left;
    size_t live;
} countdown;

static void *countdown_alloc(void *ctx, size_t size)
{
    countdown *c = ctx;
    if (c->left == 0)
        return NULL;
    c->left--;
    c->live++;
    return malloc(size);
}

static void *countdown_realloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    countdown *c = ctx;
    (void)old_size;
    if (c->left == 0)
        return NULL;
    c->left--;
    c->live += ptr ? 0 : 1;
    return realloc(ptr, new_size);
}

static void countdown_free(void *ctx, void *ptr, size_t size)
{
    countdown *c = ctx;
    (void)size;
    c->live -= ptr ? 1 : 0;
    free(ptr);
}

static void test_normalizer_new__each_failed_allocation_is_told_and_leaks_nothing(void **state)
{
    static const crmsync_str entries[] = {CRMSYNC_STR_LIT("a.example"),
                                          CRMSYNC_STR_LIT("b.example")};
    crmsync_normalize_options o = defaults();
    countdown c = {0, 0};
    crmsync_alloc a = CRMSYNC_ALLOC_INIT;
    int32_t rc = CRMSYNC_E_NOMEM;
    (void)state;
    a.ctx = &c;
    a.alloc = countdown_alloc;
    a.realloc = countdown_realloc;
    a.free = countdown_free;
    o.freemail_add = o.freemail_remove = o.shared_host_add = o.legal_form_add = entries;
    o.freemail_add_count = o.freemail_remove_count = 2;
    o.shared_host_add_count = o.legal_form_add_count = 2;
    for (size_t allowed = 0; rc == CRMSYNC_E_NOMEM; allowed++) {
        crmsync_normalizer *n = NULL;
        crmsync_error *err = NULL;
        assert_true(allowed < 100);
        c.left = allowed;
        rc = crmsync_normalizer_new(&a, &o, &n, &err);
        assert_true(rc == CRMSYNC_OK ? n && allowed > 0 : !n && err);
        crmsync_error_free(err);
        crmsync_normalizer_free(n);
        assert_int_equal(c.live, 0);
    }
    assert_int_equal(rc, CRMSYNC_OK);
}

static void test_legal_forms__table_is_sorted_and_folded(void **state)
{
    size_t count;
    const crmi_legal_form *forms = crmi_legal_forms(&count);
    char before[CRMI_FORM_MAX * 2] = "";
    (void)state;
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        char folded[CRMI_FORM_MAX * 2] = "";
        char squeezed[CRMI_FORM_MAX * 2] = "";
        size_t n = crmi_fold_name(crmi_str(forms[i].words), folded, sizeof folded - 1);
        assert_int_equal(n, strlen(forms[i].words));
        assert_memory_equal(folded, forms[i].words, n);
        n = crmi_squeeze(crmi_str(forms[i].words), squeezed);
        assert_true(n > 0 && n <= CRMI_FORM_MAX);
        assert_true(strcmp(before, squeezed) < 0);
        memcpy(before, squeezed, sizeof before);
        assert_true(forms[i].flags & (CRMI_FORM_SUFFIX | CRMI_FORM_PREFIX));
        assert_int_equal(crmi_legal_form_find((crmsync_str){squeezed, n}), forms[i].flags);
    }
    assert_int_equal(crmi_legal_form_find(crmi_str("bank")), 0);
    assert_int_equal(crmi_legal_form_find(crmi_str("gmb")), 0);
    assert_int_equal(crmi_legal_form_find(crmi_str("gmbhx")), 0);
}

static void test_freemail_table__is_sorted_and_each_entry_is_found(void **state)
{
    (void)state;
    assert_true(crmi_freemail_count > 6000);
    for (size_t i = 0; i < crmi_freemail_count; i++) {
        const char *name = crmi_freemail_text + crmi_freemail_offset[i];
        char host[CRMI_HOST_SIZE];
        size_t len = 0;
        assert_true(crmi_freemail_listed(crmi_str(name)));
        assert_int_equal(crmi_host_clean(crmi_str(name), host, &len), CRMSYNC_OK);
        assert_string_equal(host, name);
        if (i > 0)
            assert_true(strcmp(crmi_freemail_text + crmi_freemail_offset[i - 1], name) < 0);
    }
    assert_false(crmi_freemail_listed(crmi_str("")));
    assert_false(crmi_freemail_listed(crmi_str("zzzz.zz")));
}

static void test_shared_host_table__is_sorted_and_each_entry_is_found(void **state)
{
    size_t count;
    const char *const *hosts = crmi_shared_hosts(&count);
    (void)state;
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        char host[CRMI_HOST_SIZE];
        size_t len = 0;
        assert_true(crmi_shared_host_listed(crmi_str(hosts[i])));
        assert_int_equal(crmi_host_clean(crmi_str(hosts[i]), host, &len), CRMSYNC_OK);
        assert_string_equal(host, hosts[i]);
        if (i > 0)
            assert_true(strcmp(hosts[i - 1], hosts[i]) < 0);
    }
    assert_false(crmi_shared_host_listed(crmi_str("acme.com")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_freemail__additions_and_removals_count_most_specific_first),
        cmocka_unit_test(test_is_shared_host__additions_count_with_what_lies_below),
        cmocka_unit_test(test_normalize_company__added_forms_go_at_the_end_only),
        cmocka_unit_test(test_normalize_domain__keep_subdomains_keeps_the_host),
        cmocka_unit_test(test_normalizer_new__a_newer_suffix_list_is_used),
        cmocka_unit_test(test_normalizer_new__bare_rules_are_a_list),
        cmocka_unit_test(test_normalizer_new__a_bad_entry_is_refused_with_its_position),
        cmocka_unit_test(test_normalizer_new__bad_options_are_refused),
        cmocka_unit_test(test_normalizer_free__null_is_allowed),
        cmocka_unit_test(test_normalizer_new__each_failed_allocation_is_told_and_leaks_nothing),
        cmocka_unit_test(test_legal_forms__table_is_sorted_and_folded),
        cmocka_unit_test(test_freemail_table__is_sorted_and_each_entry_is_found),
        cmocka_unit_test(test_shared_host_table__is_sorted_and_each_entry_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
