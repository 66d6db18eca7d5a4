/* Campaigns, their members, deals' people and what was done with people there: imported and joined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "import_bench.h"

#define MORE                                                                                       \
    ",\"Campaign\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"}]},"  \
    "\"OpportunityContactRole\":{\"direction\":\"in\",\"fields\":["                                \
    "{\"local\":\"role\",\"remote\":\"Role\"},"                                                    \
    "{\"local\":\"deal_name\",\"remote\":\"Opportunity.Name\"}]},"                                 \
    "\"CampaignMember\":{\"direction\":\"in\",\"fields\":["                                        \
    "{\"local\":\"status\",\"remote\":\"Status\"}]},"                                              \
    "\"Task\":{\"direction\":\"in\",\"fields\":[{\"local\":\"subject\",\"remote\":\"Subject\"}]}," \
    "\"Event\":{\"direction\":\"in\",\"fields\":[{\"local\":\"subject\",\"remote\":\"Subject\"}]}}"

static char config[6000];

static const char *configured(const char *members)
{
    snprintf(config, sizeof config, "{%s,%.*s%s%s}", SCENE_CONNECTION, (int)strlen(OBJECTS) - 1,
             OBJECTS, MORE, members);
    return config;
}

static void crm_id(bench *b, const char *soql, char id[19])
{
    char *answer = orgsim_query(b->scene.org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + strlen("\"Id\":\""));
    orgsim_string_free(answer);
}

static void insert(bench *b, const char *object, const char *fields, char id[19])
{
    if (orgsim_insert(b->scene.org, object, fields, id))
        fail_msg("insert %s %s", object, fields);
}

/* A campaign with Ann as a contact and Cat as a lead; Ann has a part in the big deal. */
static void fill(bench *b, char spring[19], char autumn[19])
{
    char fields[300], id[19], ann[19], cat[19], deal[19];
    crm_id(b, "SELECT Id FROM Contact WHERE LastName = 'Lee'", ann);
    crm_id(b, "SELECT Id FROM Lead WHERE LastName = 'Fox'", cat);
    crm_id(b, "SELECT Id FROM Opportunity", deal);
    insert(b, "Campaign", "{\"Name\":\"Spring\"}", spring);
    insert(b, "Campaign", "{\"Name\":\"Autumn\"}", autumn);
    snprintf(fields, sizeof fields, "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\"}", spring, ann);
    insert(b, "CampaignMember", fields, id);
    snprintf(fields, sizeof fields, "{\"CampaignId\":\"%s\",\"LeadId\":\"%s\"}", autumn, cat);
    insert(b, "CampaignMember", fields, id);
    snprintf(fields, sizeof fields,
             "{\"OpportunityId\":\"%s\",\"ContactId\":\"%s\",\"Role\":\"Evaluator\"}", deal, ann);
    insert(b, "OpportunityContactRole", fields, id);
    snprintf(fields, sizeof fields, "{\"CampaignId\":\"%s\"}", spring);
    assert_int_equal(orgsim_update(b->scene.org, deal, fields), 0);
    snprintf(fields, sizeof fields,
             "{\"Subject\":\"Call Ann\",\"WhoId\":\"%s\",\"WhatId\":\"%s\","
             "\"ActivityDate\":\"2026-01-20\"}",
             ann, deal);
    insert(b, "Task", fields, id);
    snprintf(fields, sizeof fields,
             "{\"Subject\":\"Long ago\",\"WhoId\":\"%s\",\"ActivityDate\":\"2024-01-20\"}", ann);
    insert(b, "Task", fields, id);
    insert(b, "Task", "{\"Subject\":\"Nobody's\",\"ActivityDate\":\"2026-01-20\"}", id);
    scene_pass(&b->scene, HOUR);
}

static const char *value(bench *b, const char *kind, const char *by, const char *of,
                         const char *field)
{
    return scene_value(&b->scene, kind, by, of, field);
}

static void test_import__joins_what_belongs_together(void **state)
{
    bench b;
    char spring[19], autumn[19], ann[200], text[200];
    (void)state;
    bench_open(&b, NULL, configured(""));
    fill(&b, spring, autumn);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "campaign"), 2);
    assert_int_equal(scene_count(&b.scene, "campaign_member"), 2);
    assert_int_equal(scene_count(&b.scene, "opportunity_role"), 1);
    assert_int_equal(scene_count(&b.scene, "crm_activity"), 1);
    snprintf(ann, sizeof ann, "%s", bench_person(&b, "last_name", "Lee", "id"));

    snprintf(text, sizeof text, "%s", value(&b, "campaign", "name", "Spring", "id"));
    assert_string_equal(value(&b, "campaign_member", "person_id", ann, "campaign_id"), text);
    assert_string_equal(value(&b, "opportunity", "name", "Big deal", "campaign_id"), text);
    snprintf(text, sizeof text, "%s", value(&b, "company", "name", "Acme Ltd", "id"));
    assert_string_equal(value(&b, "opportunity", "name", "Big deal", "company_id"), text);
    snprintf(text, sizeof text, "%s", value(&b, "opportunity", "name", "Big deal", "id"));
    assert_string_equal(value(&b, "opportunity_role", "person_id", ann, "opportunity_id"), text);
    assert_string_equal(value(&b, "opportunity_role", "person_id", ann, "deal_name"), "Big deal");
    assert_string_equal(value(&b, "crm_activity", "subject", "Call Ann", "person_id"), ann);
    assert_string_equal(value(&b, "crm_activity", "subject", "Call Ann", "opportunity_id"), text);

    /* nothing has changed: nothing is saved */
    uint64_t saves = b.saves;
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_int_equal(b.saves, saves);

    /* a status that moved comes by the next poll */
    crm_id(&b, "SELECT Id FROM CampaignMember WHERE ContactId != null", text);
    assert_int_equal(orgsim_update(b.scene.org, text, "{\"Status\":\"Responded\"}"), 0);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_string_equal(value(&b, "campaign_member", "person_id", ann, "status"), "Responded");
    bench_close(&b);
}

static void test_import__of_picked_campaigns_leaves_the_others(void **state)
{
    bench b;
    char spring[19], autumn[19], picked[200];
    (void)state;
    bench_open(&b, NULL, configured(""));
    fill(&b, spring, autumn);
    snprintf(picked, sizeof picked, ",\"campaigns\":{\"picked\":[\"%.15s\"]}", spring);
    bench_restart(&b, configured(picked));
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "campaign"), 1);
    assert_int_equal(scene_count(&b.scene, "campaign_member"), 1);

    /* one that is picked later comes whole, though it is older than the cursor */
    snprintf(picked, sizeof picked, ",\"campaigns\":{\"picked\":[\"%s\",\"%s\"]}", spring, autumn);
    bench_restart(&b, configured(picked));
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "campaign"), 2);
    assert_int_equal(scene_count(&b.scene, "campaign_member"), 2);
    bench_close(&b);
}

static void test_context__of_activities_logged_by_the_host_is_no_news(void **state)
{
    bench b;
    char spring[19], autumn[19], line[300];
    (void)state;
    bench_open(&b, NULL, configured(",\"activities\":{\"enabled\":true,\"context_days\":0}"));
    fill(&b, spring, autumn);
    bench_must_run(&b, IMPORT);
    assert_int_equal(scene_count(&b.scene, "crm_activity"), 2); /* of any age */
    snprintf(line, sizeof line,
             "{\"id\":\"m1\",\"kind\":\"call\",\"person_id\":\"%s\",\"subject\":\"Our call\","
             "\"at\":\"2026-01-21T10:00:00Z\"}\n",
             bench_person(&b, "last_name", "Lee", "id"));
    scene_put(&b.scene, "activity", line);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, CRMSYNC_PHASE_ACTIVITIES);
    assert_int_equal(scene_rows(&b.scene, "Task", "Subject LIKE '%Our call%'"), 1);
    scene_pass(&b.scene, HOUR);
    bench_must_run(&b, IMPORT);
    assert_int_equal(bench_count(&b, "import.Task.reason.own_activity"), 1);
    assert_int_equal(scene_count(&b.scene, "crm_activity"), 2);
    bench_close(&b);
}

static void test_import__that_dies_anywhere_ends_the_same(void **state)
{
    static hook_call log[900];
    static const int faults[] = {FAULT_DEATH_BEFORE, FAULT_DEATH_AFTER, FAULT_FAIL};
    char spring[19], autumn[19];
    bench b;
    (void)state;
    bench_open(&b, NULL, configured(""));
    fill(&b, spring, autumn);
    b.host.hooks.log = log;
    b.host.hooks.log_cap = 900;
    uint64_t before = b.host.hooks.calls;
    bench_must_run(&b, IMPORT);
    uint64_t calls = b.host.hooks.calls;
    bench_close(&b);
    for (uint64_t at = before + 1; at <= calls; at += 3) {
        int fault = faults[at / 3 % 3];
        if (at > 900 || !hook_fault_applies(log[at - 1].what, fault))
            continue;
        bench_open(&b, NULL, configured(""));
        fill(&b, spring, autumn);
        b.host.hooks.at = at;
        b.host.hooks.fault = fault;
        bench_run(&b, IMPORT, 0);
        bench_restart(&b, NULL);
        scene_pass(&b.scene, HOUR);
        bench_must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "campaign"), 2);
        assert_int_equal(scene_count(&b.scene, "campaign_member"), 2);
        assert_int_equal(scene_count(&b.scene, "opportunity_role"), 1);
        assert_int_equal(scene_count(&b.scene, "crm_activity"), 1);
        bench_close(&b);
    }
}

/* Salesforce's users make both while the run is between the two objects. */
static void found_a_company(bench *b)
{
    scene_pass(&b->scene, 5000);
    scene_seed(&b->scene, "{\"Account\":[{\"_ref\":\"n\",\"Name\":\"Newco\",\"Website\":\"newco.example\"}],"
                          "\"Contact\":[{\"FirstName\":\"Eve\",\"LastName\":\"New\","
                          "\"Email\":\"eve@newco.example\",\"AccountId\":\"@n\"}]}");
    scene_pass(&b->scene, 2000);
}

/* The first save of a backfill is that of the users. */
static void found_after_users(bench *b)
{
    b->before_save = found_a_company;
}

static void test_import__contact_that_is_read_before_its_account__gets_its_company(void **state)
{
    static const bool backfills[] = {true, false}; /* the run in which it happens */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bench b;
        bench_open(&b, NULL, configured(""));
        if (!backfills[i]) {
            bench_must_run(&b, IMPORT);
            scene_seed(&b.scene, "{\"Account\":[{\"Name\":\"Other\"}]}");
            scene_pass(&b.scene, HOUR);
        }
        b.before_save = backfills[i] ? found_after_users : found_a_company;
        bench_must_run(&b, IMPORT);
        assert_string_equal(value(&b, "person", "first_name", "Eve", "last_name"), "New");
        assert_string_equal(value(&b, "company", "name", "Newco", "id"), "(none)");
        scene_pass(&b.scene, 24 * HOUR); /* beyond what polls overlap */
        bench_must_run(&b, IMPORT);
        char company[60];
        snprintf(company, sizeof company, "%s", value(&b, "company", "name", "Newco", "id"));
        assert_string_equal(value(&b, "person", "first_name", "Eve", "company_id"), company);
        assert_int_equal(scene_entries(&b.scene, CRMSYNC_SPACE_PENDING, ""), 0);
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__joins_what_belongs_together),
        cmocka_unit_test(test_import__of_picked_campaigns_leaves_the_others),
        cmocka_unit_test(test_context__of_activities_logged_by_the_host_is_no_news),
        cmocka_unit_test(test_import__that_dies_anywhere_ends_the_same),
        cmocka_unit_test(test_import__contact_that_is_read_before_its_account__gets_its_company),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
