/* What an import brings: records, edits, deletions, merges, conversions, the log of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

static void test_import__never_polled_takes_all_objects(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Account.created"), 2);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 2);
    assert_int_equal(bench_count(&b, "import.Lead.created"), 1);
    assert_int_equal(bench_count(&b, "import.Opportunity.created"), 1);
    assert_true(bench_count(&b, "import.User.created") >= 1);
    assert_int_equal(bench_count(&b, "read.Contact"), 2);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "last_name"), "Lee");
    assert_string_equal(scene_value(&b.scene, "company", "name", "Globex", "website"),
                        "globex.example");
    assert_string_equal(scene_value(&b.scene, "opportunity", "name", "Big deal", "stage"),
                        "Prospecting");
    char company[64];
    snprintf(company, sizeof company, "%s",
             scene_value(&b.scene, "company", "name", "Acme Ltd", "id"));
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "company_id"), company);
    bench_close(&b);
}

static void test_import__nothing_changed_costs_a_call_per_object_and_saves_nothing(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_must_run(&b, IMPORT); /* everything is still within the overlap */
    b.saves = 0;
    scene_pass(&b.scene, 1000);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    assert_int_equal(b.saves, 0);
    scene_pass(&b.scene, HOUR);
    orgsim_usage_reset(b.scene.org);
    b.loads = 0;
    bench_must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_read, 0);
    assert_int_equal(b.saves, 0);
    assert_int_equal(b.loads, 0);
    bench_close(&b);
}

static void test_import__edit_in_org_arrives_and_overlap_is_passed_over(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 1);
    assert_string_equal(bench_person(&b, "email", "bob@globex.example", "phone"), "+1 555 0100");
    b.saves = b.loads = 0;
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.unchanged"), 1);
    assert_int_equal(bench_count(&b, "import.Contact.reason.digest_equal"), 1);
    assert_int_equal(b.saves, 0);
    assert_int_equal(b.loads, 0);
    bench_close(&b);
}

static void test_import__delete_in_org_deactivates(void **state)
{
    bench b;
    char id[19];
    crmsync_error *err = NULL;
    crmsync_str json;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    char local[64];
    snprintf(local, sizeof local, "%s", bench_person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 1);
    assert_int_equal(bench_count(&b, "import.Contact.reason.crm_deleted"), 1);
    assert_string_equal(bench_person(&b, "origin", id, "inactive"), "true");
    assert_string_equal(bench_person(&b, "email", "ann@acme.example", "inactive"), "");
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, text_of("person"), text_of(local), &json, &err),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "\"state\":\"deleted\""));
    assert_non_null(strstr(json.ptr, "\"reason\":\"crm_deleted\""));
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT); /* once */
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 0);
    assert_int_equal(
        crmsync_workspace_reactivate(b.host.workspace, text_of("person"), text_of(local),
                                     CRMSYNC_REACTIVATE_FORM, &err),
        CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, text_of("person"), text_of(local), &json, &err),
        CRMSYNC_OK);
    assert_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "create_reactivated"));
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, text_of("person"), text_of("nobody"), &json, NULL),
        CRMSYNC_E_NOT_FOUND);
    bench_close(&b);
}

static void test_import__more_deactivations_than_breaker_allows_stop_before_saving(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS ",\"limits\":{\"breaker\":{\"deactivations\":1}}"));
    bench_must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    bench_crm_id(&b, "person", "email", "bob@globex.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    bench_crm_id(&b, "person", "email", "ann@acme.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    scene_pass(&b.scene, MINUTE);
    b.saves = 0;
    assert_int_equal(bench_run(&b, IMPORT, 0), CRMSYNC_E_BREAKER);
    assert_int_equal(b.saves, 0);
    bench_close(&b);
}

/* Accounts that the index knows by a key, which must need no escape. */
static size_t accounts_by(bench *b, const char *key_kind, const char *key)
{
    char prefix[100];
    snprintf(prefix, sizeof prefix, "Account/%s/%s/", key_kind, key);
    return scene_entries(&b->scene, CRMSYNC_SPACE_INDEX, prefix);
}

static void test_import__account_index_follows_the_org(void **state)
{
    bench b;
    char id[19], other[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(orgsim_insert(b.scene.org, "Account",
                                   "{\"Name\":\"Pages\",\"Website\":\"pages.wordpress.com\"}",
                                   other),
                     0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 1);
    assert_int_equal(accounts_by(&b, "host", "globex.example"), 1);
    assert_int_equal(accounts_by(&b, "name", "acme"), 1);
    assert_int_equal(accounts_by(&b, "domain", "wordpress.com"), 0);
    assert_int_equal(accounts_by(&b, "host", "pages.wordpress.com"), 1);
    bench_crm_id(&b, "company", "name", "Acme Ltd", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Website\":\"https://acme.test\"}"), 0);
    assert_int_equal(orgsim_delete(b.scene.org, other), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 0);
    assert_int_equal(accounts_by(&b, "domain", "acme.test"), 1);
    assert_int_equal(accounts_by(&b, "name", "pages"), 0);
    bench_close(&b);
}

/* Contacts find their accounts by it even where accounts are not imported. */
static void test_export__account_index_is_kept_without_importing_accounts(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true},"
                     "\"fields\":[" PERSON "]}},\"export\":{\"mode\":\"contacts\"}"));
    bench_must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 1);
    assert_int_equal(scene_count(&b.scene, "company"), 0);
    scene_pass(&b.scene, HOUR);
    orgsim_usage_reset(b.scene.org);
    bench_must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 1);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_read, 0);
    bench_close(&b);
}

static void test_import__record_linked_as_it_is_learns_crm_id(void **state)
{
    bench b;
    char lead[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    scene_put(&b.scene, "person",
              "{\"id\":\"p1\",\"first_name\":\"Cat\",\"last_name\":\"Fox\","
              "\"email\":\"cat@initech.example\",\"company\":\"Initech\"}");
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Lead.reason.link_only"), 1);
    snprintf(lead, sizeof lead, "%s", bench_person(&b, "id", "p1", "crm_id"));
    assert_int_equal(strncmp(lead, "00Q", 3), 0);
    bench_close(&b);
}

static void test_import__matching_host_person_is_linked(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    scene_put(&b.scene, "person", "{\"id\":\"p1\",\"email\":\" ANN@acme.example\"}");
    scene_put(&b.scene, "company",
              "{\"id\":\"c1\",\"name\":\"ACME\",\"website\":\"acme.example\"}");
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 1);
    assert_int_equal(bench_count(&b, "import.Account.created"), 1);
    assert_string_equal(bench_person(&b, "id", "p1", "last_name"), "Lee");
    assert_string_equal(bench_person(&b, "id", "p1", "company_id"), "c1");
    assert_int_equal(bench_count(&b, "match.person.match_email"), 1);
    assert_int_equal(bench_count(&b, "match.company.match_website"), 1);
    bench_close(&b);
}

static void test_import__merge_in_org_moves_link_and_makes_nobody_new(void **state)
{
    bench b;
    char winner[19], loser[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "bob@globex.example", loser);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_insert(b.scene.org, "Contact",
                                   "{\"LastName\":\"Ray\",\"Email\":\"robert@globex.example\"}",
                                   winner),
                     0);
    assert_int_equal(orgsim_merge(b.scene.org, winner, loser), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.reason.merged"), 1);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 0);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(bench_person(&b, "origin", loser, "email"), "robert@globex.example");
    bench_close(&b);
}

static void test_import__conversion_makes_nobody_new(void **state)
{
    bench b;
    char lead[19], contact[19];
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    bench_crm_id(&b, "person", "email", "cat@initech.example", lead);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_convert_lead(b.scene.org, lead, NULL, NULL, false, contact), 0);
    assert_int_equal(orgsim_update(b.scene.org, contact, "{\"Email\":\"new@initech.example\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Lead.reason.converted"), 1);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 0);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(bench_person(&b, "origin", lead, "email"), "new@initech.example");
    bench_close(&b);
}

static void test_import__dry_run_counts_and_writes_nothing(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(bench_run(&b, IMPORT, CRMSYNC_JOB_DRY_RUN), CRMSYNC_OK);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 2);
    assert_int_equal(b.saves, 0);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.created"), 2);
    bench_close(&b);
}

static void test_import__new_mapping_reads_everything_again(void **state)
{
    bench b;
    (void)state;
    bench_open(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":["
                     "{\"local\":\"last_name\",\"remote\":\"LastName\"},"
                     "{\"local\":\"email\",\"remote\":\"Email\"}]}}"));
    bench_must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    bench_restart(&b, CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]}}"));
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Contact.updated"), 2);
    assert_string_equal(bench_person(&b, "email", "bob@globex.example", "first_name"), "Bob");
    bench_close(&b);
}

/* Two companies of one domain share the account; the second takes it over when the first is gone. */
static void test_import__leading_company_is_gone__the_other_one_takes_over(void **state)
{
    bench b;
    char id[19];
    (void)state;
    bench_open(&b, NULL,
               CONFIG("\"objects\":{\"Account\":{\"direction\":\"both\",\"create\":{\"in\":true,"
                      "\"out\":true},\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"
                      "{\"local\":\"website\",\"remote\":\"Website\"},"
                      "{\"local\":\"industry\",\"remote\":\"Industry\"}]}}"));
    scene_put(&b.scene, "company",
              "{\"id\":\"c1\",\"name\":\"Acme\",\"website\":\"acme.example\"}");
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    scene_put(&b.scene, "company",
              "{\"id\":\"c2\",\"name\":\"Acme\",\"website\":\"acme.example\"}");
    bench_must_run(&b, CRMSYNC_PHASE_SYNC);
    snprintf(id, sizeof id, "%s", scene_get(&b.scene, "company", "c1", "crm_id"));
    assert_int_equal(strlen(id), 18);
    scene_remove(&b.scene, "company", "c1");
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Industry\":\"Banking\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    bench_must_run(&b, IMPORT);
    assert_string_equal(scene_get(&b.scene, "company", "c2", "industry"), "Banking");
    assert_int_equal(scene_rows(&b.scene, "Account", "Website LIKE '%acme.example%'"), 1);
    bench_close(&b);
}

static void test_log__filter_selects_newest_first(void **state)
{
    bench b;
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    (void)state;
    bench_open(&b, NULL, CONFIG(OBJECTS));
    bench_must_run(&b, IMPORT);
    filter.object = text_of("Contact");
    filter.operation = text_of("create");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    int32_t at = crmsync_rows_find_field(rows, text_of("fields"));
    assert_true(at >= 0);
    crmsync_cell fields = crmsync_rows_get(rows, 0, (size_t)at);
    assert_non_null(strstr(fields.text.ptr, "\"remote\":\"LastName\""));
    crmsync_rows_free(rows);
    filter.limit = 1;
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 1);
    crmsync_rows_free(rows);
    filter.kind = text_of("company");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 0);
    crmsync_rows_free(rows);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__never_polled_takes_all_objects),
        cmocka_unit_test(test_import__nothing_changed_costs_a_call_per_object_and_saves_nothing),
        cmocka_unit_test(test_import__edit_in_org_arrives_and_overlap_is_passed_over),
        cmocka_unit_test(test_import__delete_in_org_deactivates),
        cmocka_unit_test(test_import__more_deactivations_than_breaker_allows_stop_before_saving),
        cmocka_unit_test(test_import__account_index_follows_the_org),
        cmocka_unit_test(test_export__account_index_is_kept_without_importing_accounts),
        cmocka_unit_test(test_import__record_linked_as_it_is_learns_crm_id),
        cmocka_unit_test(test_import__matching_host_person_is_linked),
        cmocka_unit_test(test_import__merge_in_org_moves_link_and_makes_nobody_new),
        cmocka_unit_test(test_import__conversion_makes_nobody_new),
        cmocka_unit_test(test_import__dry_run_counts_and_writes_nothing),
        cmocka_unit_test(test_import__new_mapping_reads_everything_again),
        cmocka_unit_test(test_import__leading_company_is_gone__the_other_one_takes_over),
        cmocka_unit_test(test_log__filter_selects_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
