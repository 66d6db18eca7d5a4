/* Configurations: vectors of accepted and refused documents, the dump, presets, lookups, memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <yyjson.h>

#include "failing_alloc.h"
#include "model/config_table.h"
#include "vector_file.h"

static crmsync_config *parsed(const char *json)
{
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    if (crmsync_config_parse(NULL, crmi_str(json), &config, &err))
        fail_msg("%s: %s %s", json, crmsync_error_message(err).ptr, crmsync_error_where(err).ptr);
    return config;
}

static void assert_holds(const char *name, const char *what, crmsync_str text, const char *part)
{
    if (part && crmi_str_find(text, crmi_str(part)) < 0)
        fail_msg("%s: %s \"%.*s\" lacks \"%s\"", name, what, CRMI_SPELL(text), part);
}

/* The case's document: its "text", or its "config" as JSON; free() it. */
static char *document(yyjson_val *c)
{
    const char *text = yyjson_get_str(yyjson_obj_get(c, "text"));
    if (!text)
        return yyjson_val_write(yyjson_obj_get(c, "config"), 0, NULL);
    size_t n = strlen(text) + 1;
    char *copy = malloc(n);
    memcpy(copy, text, n);
    return copy;
}

static size_t check_refused(const char *file)
{
    yyjson_doc *doc = vector_file(file);
    yyjson_val *c;
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, c) {
        const char *name = yyjson_get_str(yyjson_obj_get(c, "name"));
        char *json = document(c);
        crmsync_error *err = NULL;
        crmsync_config *config = (crmsync_config *)&err;
        int32_t code = crmsync_config_parse(NULL, crmi_str(json), &config, &err);
        if (!code)
            fail_msg("%s: was accepted", name);
        assert_null(config);
        assert_string_equal(crmsync_code_name(code), yyjson_get_str(yyjson_obj_get(c, "code")));
        if (!crmi_str_is(crmsync_error_where(err), yyjson_get_str(yyjson_obj_get(c, "where"))))
            fail_msg("%s: where is \"%.*s\" (%s)", name, CRMI_SPELL(crmsync_error_where(err)),
                     crmsync_error_message(err).ptr);
        assert_holds(name, "message", crmsync_error_message(err),
                     yyjson_get_str(yyjson_obj_get(c, "message")));
        assert_holds(name, "remedy", crmsync_error_remedy(err),
                     yyjson_get_str(yyjson_obj_get(c, "remedy")));
        crmsync_error_free(err);
        free(json);
    }
    yyjson_doc_free(doc);
    return n;
}

static void test_config_parse__refused_vectors_name_place_and_remedy(void **state)
{
    (void)state;
    assert_true(check_refused("config/refused.json") > 70);
    assert_true(check_refused("config/refused_rules.json") > 40);
}

static void assert_dumped(const char *name, yyjson_doc *dump, yyjson_val *expected)
{
    yyjson_val *pointer, *value;
    size_t i, n;
    yyjson_obj_foreach(expected, i, n, pointer, value) {
        yyjson_val *found = yyjson_doc_ptr_get(dump, yyjson_get_str(pointer));
        char *is = found ? yyjson_val_write(found, 0, NULL) : NULL;
        char *wanted = yyjson_val_write(value, 0, NULL); /* as text: the order counts too */
        if (!is || strcmp(is, wanted) != 0)
            fail_msg("%s: %s is %s, not %s", name, yyjson_get_str(pointer), is, wanted);
        free(is);
        free(wanted);
    }
}

static size_t check_accepted(const char *file)
{
    yyjson_doc *doc = vector_file(file);
    yyjson_val *c;
    size_t i, n;
    yyjson_arr_foreach(yyjson_doc_get_root(doc), i, n, c) {
        char *json = document(c);
        crmsync_config *config = parsed(json);
        crmsync_str dump = crmsync_config_dump(config);
        yyjson_doc *dumped = yyjson_read(dump.ptr, dump.len, 0);
        assert_non_null(dumped);
        assert_dumped(yyjson_get_str(yyjson_obj_get(c, "name")), dumped, yyjson_obj_get(c, "dump"));
        crmsync_config *again = parsed(dump.ptr);
        assert_string_equal(crmsync_config_dump(again).ptr, dump.ptr);
        assert_true(crmsync_config_digest(again) == crmsync_config_digest(config));
        for (uint32_t o = 0; o < CRMI_OBJECT_LAST; o++)
            assert_true(crmi_object_rule_stamp(&again->objects[o]) ==
                        crmi_object_rule_stamp(&config->objects[o]));
        crmsync_config_free(again);
        crmsync_config_free(config);
        yyjson_doc_free(dumped);
        free(json);
    }
    yyjson_doc_free(doc);
    return n;
}

static void test_config_parse__accepted_vectors_dump_as_expected_and_reparse_equal(void **state)
{
    (void)state;
    assert_true(check_accepted("config/accepted.json") > 10);
    assert_true(check_accepted("config/accepted_rules.json") > 20);
}

static void test_config_parse__permissions_follow_the_direction(void **state)
{
    crmsync_config *config =
        parsed("{\"objects\":{\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}},"
               "\"Contact\":{\"direction\":\"in\",\"create\":{\"out\":true}}}}");
    (void)state;
    const crmi_object_rule *lead = crmi_config_object(config, CRMI_STR("Lead"));
    const crmi_object_rule *contact = crmi_config_object(config, CRMI_STR("Contact"));
    assert_true(lead->enabled && lead->out_create && lead->out_update);
    assert_false(lead->in_create || lead->in_update);
    assert_true(contact->enabled && contact->in_create && contact->in_update);
    assert_false(contact->out_create || contact->out_update);
    assert_false(crmi_config_object(config, CRMI_STR("Account"))->enabled);
    assert_null(crmi_config_object(config, CRMI_STR("Case")));
    crmsync_config_free(config);
}

static void test_config_parse__values_lie_in_the_struct(void **state)
{
    crmsync_config *config = parsed(
        "{\"connection\":{\"environment\":\"sandbox\",\"flow\":\"jwt_bearer\"},"
        "\"objects\":{\"Lead\":{\"fields\":[{\"local\":\"email\",\"remote\":\"Email\"},"
        "{\"local\":\"heat\",\"remote\":\"Rating\",\"import\":\"two_way\",\"winner\":\"local\","
        "\"too_long\":\"cut\",\"propagate_null\":true,\"values\":{\"h\":\"Hot\"},"
        "\"inverse\":{\"Hot\":\"h\",\"Warm\":\"h\"}}],\"required_defaults\":{\"Company\":\"-\"}}},"
        "\"export\":{\"routes\":{\"New\":\"lead\"}},\"match\":{\"account\":[\"name\",\"id\"],"
        "\"freemail_add\":[\"web.example\"]},\"activities\":{\"kinds\":[\"call\",\"note\"]},"
        "\"limits\":{\"packing\":\"one\",\"breaker\":{\"updates\":5}},\"deletes\":\"ignore\"}");
    bool found;
    (void)state;
    assert_true(config->connection.sandbox);
    assert_int_equal(config->connection.flow, CRMI_FLOW_JWT_BEARER);
    const crmi_object_rule *lead = crmi_config_object(config, CRMI_STR("Lead"));
    assert_int_equal(lead->field_count, 2);
    const crmi_field_rule *heat = crmi_object_rule_by_local(lead, CRMI_STR("heat"));
    assert_ptr_equal(crmi_object_rule_by_remote(lead, CRMI_STR("rating")), heat);
    assert_null(crmi_object_rule_by_remote(lead, CRMI_STR("Nope")));
    assert_null(crmi_object_rule_by_local(lead, CRMI_STR("Heat")));
    assert_int_equal(heat->import, CRMI_IMPORT_TWO_WAY);
    assert_int_equal(heat->export, CRMI_EXPORT_FILL);
    assert_int_equal(heat->winner, CRMI_WINNER_LOCAL);
    assert_int_equal(heat->too_long, CRMI_TOO_LONG_CUT);
    assert_true(heat->propagate_null);
    assert_true(crmi_str_is(heat->pointer, "/objects/Lead/fields/1"));
    assert_true(crmi_str_is(
        crmi_pairs_get(heat->values, heat->value_count, CRMI_STR("h"), &found), "Hot"));
    assert_true(found);
    crmi_pairs_get(heat->values, heat->value_count, CRMI_STR("x"), &found);
    assert_false(found);
    assert_int_equal(heat->inverse_count, 2);
    assert_true(crmi_str_is(heat->inverse[1].remote, "Warm"));
    assert_true(crmi_str_is(heat->inverse[1].local, "h"));
    assert_true(crmi_str_is(lead->required_defaults[0].local, "Company"));
    assert_true(crmi_str_is(config->export.routes[0].remote, "lead"));
    assert_int_equal(config->match.account_count, 2);
    assert_int_equal(config->match.account[0], CRMI_MATCH_NAME);
    assert_int_equal(config->match.account[1], CRMI_MATCH_ID);
    assert_true(crmi_str_is(config->match.freemail_add[0], "web.example"));
    assert_int_equal(config->activities.kinds,
                     (1u << CRMI_ACTIVITY_CALL) | (1u << CRMI_ACTIVITY_NOTE));
    assert_int_equal(config->limits.packing, CRMI_PACKING_ONE);
    assert_int_equal(config->limits.breaker_updates, 5);
    assert_false(config->delete_deactivates);
    crmsync_config_free(config);
}

static void test_object_rule_stamp__moves_with_what_decides_only(void **state)
{
    static const struct {
        const char *json;
        bool moves;
    } cases[] = {
        {"{\"objects\":{\"Lead\":{\"fields\":[{\"local\":\"a\",\"remote\":\"Email\"}]}}}", true},
        {"{\"owner\":{\"apply\":\"never\"}}", true},
        {"{\"export\":{\"mode\":\"contacts\"}}", true},
        {"{\"objects\":{\"Contact\":{\"fields\":[{\"local\":\"a\",\"remote\":\"Email\"}]}}}", false},
        {"{\"suppression\":{\"holds_export\":true}}", true},
        {"{\"campaigns\":{\"enabled\":true}}", false},
        {"{\"limits\":{\"overlap_s\":1}}", false},
        {"{\"connection\":{\"client_id\":\"x\"}}", false},
    };
    (void)state;
    crmsync_config *plain = parsed("{}");
    uint64_t before = crmi_object_rule_stamp(&plain->objects[CRMI_OBJECT_LEAD]);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_config *config = parsed(cases[i].json);
        bool moved = crmi_object_rule_stamp(&config->objects[CRMI_OBJECT_LEAD]) != before;
        if (moved != cases[i].moves)
            fail_msg("%s", cases[i].json);
        assert_true(crmsync_config_digest(config) != crmsync_config_digest(plain));
        crmsync_config_free(config);
    }
    crmsync_config_free(plain);
}

static void test_config_parse__size_and_depth_are_limited(void **state)
{
    size_t n = CRMI_CONFIG_MAX_BYTES + 1;
    char *big = malloc(n);
    crmsync_config *config;
    (void)state;
    memset(big, ' ', n);
    assert_int_equal(crmsync_config_parse(NULL, (crmsync_str){big, n}, &config, NULL),
                     CRMSYNC_E_LIMIT);
    memset(big, '[', 500);
    memset(big + 500, ']', 500);
    assert_int_equal(crmsync_config_parse(NULL, (crmsync_str){big, 1000}, &config, NULL),
                     CRMSYNC_E_LIMIT);
    assert_null(config);
    free(big);
}

static void test_config_parse__invalid_utf8_is_refused_with_its_byte(void **state)
{
    crmsync_error *err = NULL;
    crmsync_config *config;
    (void)state;
    assert_int_equal(crmsync_config_parse(NULL, CRMI_STR("{\"deletes\":\"\xff\"}"), &config, &err),
                     CRMSYNC_E_INVALID);
    assert_true(crmi_str_is(crmsync_error_where(err), "byte 12"));
    crmsync_error_free(err);
}

static void test_presets__every_one_parses_alone(void **state)
{
    char json[80];
    (void)state;
    for (size_t i = 0; crmi_preset_at(i); i++) {
        snprintf(json, sizeof json, "{\"extends\":\"%s\"}", crmi_preset_at(i)->name);
        crmsync_config_free(parsed(json));
    }
    assert_true(crmi_str_is(crmi_str(crmi_preset_at(0)->name), "default"));
}

/* What examples/configs shows is what "extends" gives, and the dump says the same. */
static void test_presets__each_is_the_document_of_its_name(void **state)
{
    char json[80], path[200];
    (void)state;
    for (size_t i = 1; crmi_preset_at(i); i++) {
        snprintf(json, sizeof json, "{\"extends\":\"%s\"}", crmi_preset_at(i)->name);
        snprintf(path, sizeof path, "../../examples/configs/%s.json", crmi_preset_at(i)->name);
        yyjson_doc *doc = vector_file(path);
        yyjson_doc *built_in =
            yyjson_read(crmi_preset_at(i)->json, strlen(crmi_preset_at(i)->json), 0);
        assert_true(yyjson_equals(yyjson_doc_get_root(doc), yyjson_doc_get_root(built_in)));
        char *text = yyjson_write(doc, 0, NULL);
        crmsync_config *named = parsed(json), *shown = parsed(text);
        crmsync_config *again = parsed(named->dump.ptr);
        assert_string_equal(shown->dump.ptr, named->dump.ptr);
        assert_string_equal(again->dump.ptr, named->dump.ptr);
        assert_true(shown->digest == named->digest && again->digest == named->digest);
        crmsync_config_free(again);
        crmsync_config_free(shown);
        crmsync_config_free(named);
        free(text);
        yyjson_doc_free(built_in);
        yyjson_doc_free(doc);
    }
}

static void test_table__activity_words_are_those_of_the_table_of_kinds(void **state)
{
    crmsync_config *usual = parsed("{}");
    crmi_buf kinds, json;
    (void)state;
    crmi_buf_init(&kinds, &usual->alloc);
    crmi_buf_init(&json, &usual->alloc);
    crmi_buf_lit(&kinds, "\"kinds\":[");
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        crmi_buf_fmt(&kinds, "%s\"%s\"", i ? "," : "", crmi_activity_kind_at(i)->name);
        assert_int_equal(usual->activities.objects[i], crmi_activity_kind_at(i)->object);
    }
    crmi_buf_char(&kinds, ']');
    crmi_buf_fmt(&json, "{\"activities\":{%s}}", kinds.ptr);
    crmsync_config *all = parsed(json.ptr);
    assert_true(crmi_str_find(all->dump, crmi_buf_str(&kinds)) > 0);
    assert_int_equal(all->activities.kinds, CRMI_ACTIVITY_ALL);
    crmi_buf_clear(&json);
    crmi_buf_clear(&kinds);
    crmsync_config_free(all);
    crmsync_config_free(usual);
}

static void test_config_normalizer__takes_what_match_adds(void **state)
{
    static const struct {
        const char *json;
        bool shared, freemail;
        const char *key;
    } cases[] = {
        {"{}", false, false, "acme kkt"},
        {"{\"match\":{\"shared_host_add\":[\"Pages.example\"]}}", true, false, "acme kkt"},
        {"{\"match\":{\"freemail_add\":[\"pages.example\"]}}", false, true, "acme kkt"},
        {"{\"match\":{\"legal_form_add\":[\"K.K.T.\"]}}", false, false, "acme"},
    };
    crmsync_str host = CRMI_STR("http://acme.pages.example/");
    uint64_t seen[4];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_config *config = parsed(cases[i].json);
        crmsync_normalizer *n = NULL;
        char key[CRMSYNC_KEY_MAX];
        size_t len;
        crmi_digest d;
        assert_int_equal(crmsync_config_normalizer(config, NULL, &n, NULL), 0);
        assert_int_equal(crmsync_is_shared_host(n, host), cases[i].shared);
        assert_int_equal(crmsync_is_freemail(n, host), cases[i].freemail);
        assert_int_equal(
            crmsync_normalize_company(n, CRMI_STR("Acme KKT"), key, sizeof key, &len), 0);
        assert_string_equal(key, cases[i].key);
        crmi_digest_init(&d);
        crmi_config_normalizer_digest(config, &d);
        seen[i] = crmi_digest_end(&d);
        for (size_t j = 0; j < i; j++)
            assert_true(seen[i] != seen[j]);
        crmsync_normalizer_free(n);
        crmsync_config_free(config);
    }
    assert_int_equal(crmsync_config_normalizer(NULL, NULL, NULL, NULL), CRMSYNC_E_INVALID);
}

static void test_config__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    static const char json[] =
        "{\"extends\":\"recommended\",\"owner\":{\"map\":{\"ada\":\"005000000000001\"}},"
        "\"match\":{\"freemail_add\":[\"web.example\"],\"legal_form_add\":[\"Oy\"]},"
        "\"objects\":{\"Lead\":{\"status\":{\"values\":{\"a\":\"Open\"}}}}}";
    failing_alloc f = {0};
    crmsync_alloc a = failing_alloc_table(&f);
    crmsync_config *config;
    (void)state;
    assert_int_equal(crmsync_config_parse(&a, crmi_str(json), &config, NULL), 0);
    crmsync_config_free(config);
    assert_int_equal(f.held, 0);
    size_t total = f.requests;
    assert_true(total > 20);
    for (size_t k = 1; k <= total; k++) {
        crmsync_error *err = NULL;
        f = (failing_alloc){.fail_at = k};
        int32_t code = crmsync_config_parse(&a, crmi_str(json), &config, &err);
        if (code != CRMSYNC_E_NOMEM)
            fail_msg("allocation %zu of %zu: code %d", k, total, code);
        assert_int_equal(crmsync_error_code(err), CRMSYNC_E_NOMEM);
        assert_null(config);
        assert_int_equal(f.held, 0);
        assert_int_equal(f.blocks, 0);
        crmsync_error_free(err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_parse__refused_vectors_name_place_and_remedy),
        cmocka_unit_test(test_config_parse__accepted_vectors_dump_as_expected_and_reparse_equal),
        cmocka_unit_test(test_config_parse__permissions_follow_the_direction),
        cmocka_unit_test(test_config_parse__values_lie_in_the_struct),
        cmocka_unit_test(test_object_rule_stamp__moves_with_what_decides_only),
        cmocka_unit_test(test_config_parse__size_and_depth_are_limited),
        cmocka_unit_test(test_config_parse__invalid_utf8_is_refused_with_its_byte),
        cmocka_unit_test(test_presets__every_one_parses_alone),
        cmocka_unit_test(test_presets__each_is_the_document_of_its_name),
        cmocka_unit_test(test_table__activity_words_are_those_of_the_table_of_kinds),
        cmocka_unit_test(test_config_normalizer__takes_what_match_adds),
        cmocka_unit_test(test_config__every_allocation_failing_gives_nomem_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
