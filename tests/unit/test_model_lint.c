/*
 * crmsync_config_lint: a configuration against the describe answers of an org.
 *
 * tests/vectors/lint/ holds the orgs ("open" unless a case names another) and the cases. A finding is
 * "E /pointer: words", W for a warning: exactly the listed ones must come, in any order, each message
 * holding the words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <crmsync/config.h>
#include <crmsync/env.h>

#include "model/config_table.h"
#include "unit/vector_file.h"

#define FINDINGS 12

typedef struct findings {
    char text[FINDINGS][700];
    size_t count;
    int32_t errors;
} findings;

static void collect(void *ctx, int32_t severity, crmsync_str where, crmsync_str message,
                    crmsync_str remedy)
{
    findings *f = ctx;
    bool error = severity == CRMSYNC_LOG_ERROR;
    assert_true(error || severity == CRMSYNC_LOG_WARN);
    assert_true(remedy.len > 0 && message.len > 0 && where.len > 0);
    assert_true(f->count < FINDINGS);
    f->errors += error;
    snprintf(f->text[f->count++], sizeof f->text[0], "%c %.*s: %.*s", error ? 'E' : 'W',
             (int)where.len, where.ptr, (int)message.len, message.ptr);
}

/* "E /where: words" against what was found: the same place, and the words in the message. */
static bool found(const findings *f, const char *wanted)
{
    const char *words = strstr(wanted, ": ");
    assert_non_null(words);
    size_t place = (size_t)(words - wanted) + 2;
    for (size_t i = 0; i < f->count; i++) {
        if (strncmp(f->text[i], wanted, place) == 0 && strstr(f->text[i] + place, wanted + place))
            return true;
    }
    return false;
}

static crmsync_schema *org_named(yyjson_val *orgs, const char *name)
{
    crmsync_schema *schema = NULL;
    char *text = yyjson_val_write(yyjson_obj_get(orgs, name), 0, NULL);
    assert_non_null(text);
    assert_int_equal(crmsync_schema_parse(NULL, crmi_str(text), &schema, NULL), 0);
    free(text);
    return schema;
}

/* 0, or 1 when the case fails. */
static int run_case(yyjson_val *orgs, yyjson_val *test)
{
    const char *name = yyjson_get_str(yyjson_obj_get(test, "name"));
    const char *org = yyjson_get_str(yyjson_obj_get(test, "org"));
    char *json = yyjson_val_write(yyjson_obj_get(test, "config"), 0, NULL);
    yyjson_val *wanted = yyjson_obj_get(test, "findings"), *w;
    crmsync_schema *schema = org_named(orgs, org ? org : "open");
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    findings f = {.count = 0};
    size_t i, n;
    if (crmsync_config_parse(NULL, crmi_str(json), &config, &err))
        fail_msg("%s: %s at %s", name, crmsync_error_message(err).ptr,
                 crmsync_error_where(err).ptr);
    int32_t errors = crmsync_config_lint(config, schema, collect, &f, NULL);
    assert_int_equal(errors, f.errors);
    int failed = f.count != yyjson_arr_size(wanted);
    yyjson_arr_foreach(wanted, i, n, w)
    {
        if (!found(&f, yyjson_get_str(w))) {
            print_error("%s: not found: %s\n", name, yyjson_get_str(w));
            failed = 1;
        }
    }
    for (i = 0; failed && i < f.count; i++)
        print_error("%s: gives: %s\n", name, f.text[i]);
    crmsync_config_free(config);
    crmsync_schema_free(schema);
    free(json);
    return failed;
}

static void test_config_lint__each_case_gives_exactly_its_findings(void **state)
{
    static const char *const files[] = {"lint/objects.json", "lint/values.json",
                                        "lint/rules.json", "lint/campaigns.json",
                                        "lint/audiences.json"};
    yyjson_doc *orgs = vector_file("lint/org.json");
    size_t cases = 0;
    int failed = 0;
    (void)state;
    for (size_t k = 0; k < sizeof files / sizeof files[0]; k++) {
        yyjson_doc *doc = vector_file(files[k]);
        yyjson_val *test;
        size_t i, n;
        yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"), i, n, test)
        {
            failed += run_case(yyjson_doc_get_root(orgs), test);
            cases++;
        }
        yyjson_doc_free(doc);
    }
    yyjson_doc_free(orgs);
    assert_int_equal(failed, 0);
    assert_true(cases >= 70);
}

static void test_config_lint__works_without_a_receiver_and_refuses_nothing_to_check(void **state)
{
    crmsync_schema *schema = NULL;
    crmsync_config *config = NULL;
    (void)state;
    assert_int_equal(crmsync_schema_new(NULL, &schema, NULL), 0);
    assert_int_equal(
        crmsync_config_parse(NULL, CRMI_STR("{\"extends\":\"recommended\"}"), &config, NULL), 0);
    /* five objects to sync, three that activities are logged as */
    assert_int_equal(crmsync_config_lint(config, schema, NULL, NULL, NULL), 8);
    assert_int_equal(crmsync_config_lint(config, NULL, NULL, NULL, NULL), CRMSYNC_E_INVALID);
    crmsync_config_free(config);
    crmsync_schema_free(schema);
}

/* Subtype LinkedIn comes with a product of Salesforce: without it a Task has none, and lint says so.
 * The default preset is empty, and lint says that, too. */
static bool only_a_warning(const char *finding)
{
    static const char *const known[] = {
        "W /activities/kinds: this org has no TaskSubtype \"LinkedIn\"",
        "W /objects: nothing is synced",
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strstr(finding, known[i]) == finding)
            return true;
    }
    return false;
}

/* An org with the usual fields alone needs no field added for any preset. */
static void test_config_lint__presets_fit_a_usual_org(void **state)
{
    yyjson_doc *doc = vector_file("schema/standard.json");
    char *text = yyjson_write(doc, 0, NULL), json[80];
    crmsync_schema *schema = NULL;
    int failed = 0;
    (void)state;
    assert_int_equal(crmsync_schema_parse(NULL, crmi_str(text), &schema, NULL), 0);
    for (size_t i = 0; crmi_preset_at(i); i++) {
        crmsync_config *config = NULL;
        findings f = {.count = 0};
        snprintf(json, sizeof json, "{\"extends\":\"%s\"}", crmi_preset_at(i)->name);
        assert_int_equal(crmsync_config_parse(NULL, crmi_str(json), &config, NULL), 0);
        crmsync_config_lint(config, schema, collect, &f, NULL);
        for (size_t k = 0; k < f.count; k++) {
            if (!only_a_warning(f.text[k])) {
                print_error("%s: %s\n", crmi_preset_at(i)->name, f.text[k]);
                failed++;
            }
        }
        crmsync_config_free(config);
    }
    crmsync_schema_free(schema);
    free(text);
    yyjson_doc_free(doc);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_lint__each_case_gives_exactly_its_findings),
        cmocka_unit_test(test_config_lint__works_without_a_receiver_and_refuses_nothing_to_check),
        cmocka_unit_test(test_config_lint__presets_fit_a_usual_org),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
