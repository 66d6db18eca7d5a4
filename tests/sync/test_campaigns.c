/*
 * Campaign members over several runs: engagement moves them on and never back, people remove them,
 * leads are converted, statuses are missing, and processes die in between.
 */
#include "support/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PERSON                                                                                     \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                               \
    "{\"local\":\"company\",\"remote\":\"Company\"},{\"local\":\"email\",\"remote\":\"Email\"}]"
#define CONFIG(campaigns)                                                                          \
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}," \
    PERSON "},\"Contact\":{\"direction\":\"out\",\"fields\":["                                     \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                           \
    "{\"local\":\"email\",\"remote\":\"Email\"}]}},"                                               \
    "\"campaigns\":{\"enabled\":true" campaigns "}}"

#define WORK  (CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_CAMPAIGNS)
#define HOUR  UINT64_C(3600000)

static const char plain_config[] = CONFIG("");
static const char making_config[] = CONFIG(",\"create_statuses\":true");
static const char figures_config[] =
    CONFIG(",\"fields\":{\"at\":\"Last_Touch__c\",\"score\":\"Score__c\"},\"park_days\":2");

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a\",\"Name\":\"Acme\"}],"
    "\"Contact\":[{\"LastName\":\"Lee\",\"Email\":\"ann@acme.com\",\"AccountId\":\"@a\"}],"
    "\"Lead\":[{\"LastName\":\"Fox\",\"Company\":\"Fox\",\"Email\":\"cat@fox.com\"}],"
    "\"Campaign\":[{\"_ref\":\"c\",\"Name\":\"Spring\"},{\"_ref\":\"d\",\"Name\":\"Autumn\"}],"
    "\"CampaignMemberStatus\":[{\"CampaignId\":\"@c\",\"Label\":\"Converted\",\"SortOrder\":3,"
    "\"HasResponded\":true},{\"CampaignId\":\"@c\",\"Label\":\"Qualified\",\"SortOrder\":4,"
    "\"HasResponded\":true}]}";

typedef struct stage {
    scene s;
    host h;
    crmsync_job *job; /* the last one */
    char spring[19], autumn[19];
} stage;

static void run(stage *t)
{
    crmsync_job_free(t->job);
    t->job = NULL;
    scene_pass(&t->s, 60000);
    if (host_job(&t->h, WORK, 0, &t->job))
        fail_msg("run: %s", t->h.last_error);
    assert_int_equal(t->h.miscounted, 0);
}

static void id_of(stage *t, const char *soql, char id[19])
{
    char *answer = orgsim_query(t->s.org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%.18s", at + strlen("\"Id\":\""));
    orgsim_string_free(answer);
}

static void open_stage(stage *t, const char *config)
{
    memset(t, 0, sizeof *t);
    scene_open(&t->s, false, config);
    if (strstr(config, "__c")) {
        assert_int_equal(
            orgsim_switch(t->s.org, "field_add", "CampaignMember.Last_Touch__c:datetime"), 0);
        assert_int_equal(orgsim_switch(t->s.org, "field_add", "CampaignMember.Score__c:double"), 0);
    }
    host_start(&t->h, &t->s, false);
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
    host_connect(&t->h);
    scene_pass(&t->s, HOUR);
    scene_seed(&t->s, seed);
    id_of(t, "SELECT Id FROM Campaign WHERE Name = 'Spring'", t->spring);
    id_of(t, "SELECT Id FROM Campaign WHERE Name = 'Autumn'", t->autumn);
    scene_put(&t->s, "person",
              "{\"id\":\"ann\",\"last_name\":\"Lee\",\"email\":\"ann@acme.com\"}\n"
              "{\"id\":\"cat\",\"last_name\":\"Fox\",\"company\":\"Fox\",\"email\":\"cat@fox.com\"}\n");
}

static void close_stage(stage *t)
{
    crmsync_job_free(t->job);
    host_stop(&t->h);
    scene_close(&t->s);
}

static void touch(stage *t, const char *id, const char *person, const char *campaign,
                  const char *event, const char *at, const char *rest)
{
    char line[500];
    snprintf(line, sizeof line,
             "{\"id\":\"%s\",\"person_id\":\"%s\",\"campaign_id\":\"%s\",\"event\":\"%s\","
             "\"at\":\"%s\"%s%s}\n",
             id, person, campaign, event, at, *rest ? "," : "", rest);
    scene_put(&t->s, "engagement", line);
}

static uint64_t counted(const stage *t, const char *object, const char *what)
{
    char key[200];
    snprintf(key, sizeof key, "campaigns.%s.%s", object, what);
    return host_counter(t->job, key);
}

static uint64_t because(const stage *t, const char *reason)
{
    char key[100];
    snprintf(key, sizeof key, "reason.%s", reason);
    return counted(t, "CampaignMember", key);
}

static long members(stage *t, const char *where)
{
    return scene_rows(&t->s, "CampaignMember", where);
}

/* ---- statuses ---- */

static void test_engagement__moves_a_member_on_and_never_back(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    touch(&t, "e1", "ann", t.spring, "added", "2026-01-21T10:00:00Z", "");
    touch(&t, "e2", "cat", t.spring, "added", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_added"), 2);
    assert_int_equal(members(&t, "Status = 'Sent' AND ContactId != null"), 1);
    assert_int_equal(members(&t, "Status = 'Sent' AND LeadId != null"), 1);

    touch(&t, "e3", "ann", t.spring, "viewed_page", "2026-01-21T11:00:00Z", "");
    touch(&t, "e4", "cat", t.spring, "form", "2026-01-21T11:00:00Z", "\"form_type\":\"demo\"");
    run(&t);
    assert_int_equal(because(&t, "member_advanced"), 2);
    assert_int_equal(members(&t, "Status = 'Responded' AND HasResponded = true"), 1);
    assert_int_equal(members(&t, "Status = 'Qualified'"), 1);

    /* a weaker event, and one that counts once */
    touch(&t, "e5", "cat", t.spring, "form", "2026-01-21T12:00:00Z", "");
    touch(&t, "e6", "ann", t.spring, "viewed_page", "2026-01-21T12:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_kept"), 1);
    assert_int_equal(because(&t, "engagement_repeated"), 1);
    assert_int_equal(members(&t, "Status = 'Qualified'"), 1);
    assert_int_equal(members(&t, NULL), 2);

    /* nothing new: no write, nothing waits */
    run(&t);
    assert_int_equal(host_counter(t.job, "writes.crm"), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_QUEUE, ""), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_CLAIM, ""), 0);
    close_stage(&t);
}

static void test_member__of_people_and_other_tools_is_taken_up(void **state)
{
    stage t;
    char fields[200], person[19], member[19];
    (void)state;
    open_stage(&t, plain_config);
    id_of(&t, "SELECT Id FROM Contact", person);
    snprintf(fields, sizeof fields,
             "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\",\"Status\":\"Converted\"}", t.spring,
             person);
    assert_int_equal(orgsim_insert(t.s.org, "CampaignMember", fields, member), 0);
    touch(&t, "e1", "ann", t.spring, "viewed_page", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_kept"), 1);
    assert_int_equal(members(&t, "Status = 'Converted'"), 1);
    assert_int_equal(members(&t, NULL), 1);
    close_stage(&t);
}

static void test_status__that_the_campaign_lacks_holds_the_member(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    touch(&t, "e1", "ann", t.autumn, "form", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_status_missing"), 1);
    assert_int_equal(members(&t, NULL), 0);
    run(&t); /* not yet */
    assert_int_equal(counted(&t, "CampaignMember", "input"), 0);

    /* somebody adds the status: the engagement comes again by itself */
    char fields[200], id[19];
    snprintf(fields, sizeof fields,
             "{\"CampaignId\":\"%s\",\"Label\":\"converted\",\"SortOrder\":3}", t.autumn);
    assert_int_equal(orgsim_insert(t.s.org, "CampaignMemberStatus", fields, id), 0);
    scene_pass(&t.s, 7 * HOUR);
    run(&t);
    assert_int_equal(because(&t, "member_added"), 1);
    assert_int_equal(members(&t, "Status = 'converted'"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_QUEUE, ""), 0);
    close_stage(&t);
}

static void test_status__that_the_campaign_lacks_is_made_where_wished(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, making_config);
    touch(&t, "e1", "ann", t.autumn, "form", "2026-01-21T10:00:00Z", "");
    touch(&t, "e2", "cat", t.autumn, "form", "2026-01-21T10:00:00Z", "\"form_type\":\"demo\"");
    run(&t);
    assert_int_equal(counted(&t, "CampaignMemberStatus", "created"), 2);
    assert_int_equal(because(&t, "member_added"), 2);
    assert_int_equal(members(&t, "Status = 'Converted' AND HasResponded = true"), 1);
    assert_int_equal(members(&t, "Status = 'Qualified'"), 1);
    close_stage(&t);

    /* without the permission they are held, and the refusal is told */
    open_stage(&t, making_config);
    assert_int_equal(orgsim_switch(t.s.org, "validation", "CampaignMemberStatus.HasResponded=false:no"), 0);
    touch(&t, "e1", "ann", t.autumn, "form", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(counted(&t, "CampaignMemberStatus", "failed"), 1);
    assert_int_equal(because(&t, "member_status_missing"), 1);
    assert_int_equal(members(&t, NULL), 0);
    close_stage(&t);
}

/* ---- people remove members ---- */

static void test_member__that_was_removed_returns_only_by_a_later_engagement(void **state)
{
    stage t;
    char id[19];
    (void)state;
    open_stage(&t, plain_config);
    touch(&t, "e1", "ann", t.spring, "viewed_page", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(members(&t, NULL), 1);
    id_of(&t, "SELECT Id FROM CampaignMember", id);
    scene_pass(&t.s, 24 * HOUR);
    assert_int_equal(orgsim_delete(t.s.org, id), 0);
    scene_pass(&t.s, HOUR);

    /* what happened before the removal, told late */
    touch(&t, "e2", "ann", t.spring, "form", "2026-01-22T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_removed"), 1);
    assert_int_equal(members(&t, NULL), 0);

    /* and after it: what counted once counts again */
    touch(&t, "e3", "ann", t.spring, "viewed_page", "2026-01-24T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_returned"), 1);
    assert_int_equal(members(&t, "Status = 'Responded'"), 1);
    close_stage(&t);
}

/* ---- who it is ---- */

static void test_engagement__of_somebody_not_in_the_crm_waits(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, plain_config);
    touch(&t, "e1", "new", t.spring, "form", "2026-01-21T10:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "waiting_person"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person/new/engagement"), 1);
    scene_put(&t.s, "person",
              "{\"id\":\"new\",\"last_name\":\"Ray\",\"company\":\"Ray\",\"email\":\"ray@ray.io\"}\n");
    run(&t);
    assert_int_equal(scene_rows(&t.s, "Lead", "Email = 'ray@ray.io'"), 1);
    assert_int_equal(because(&t, "member_added"), 1);
    assert_int_equal(members(&t, "Status = 'Converted'"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, ""), 0);
    close_stage(&t);
}

static void test_engagement__waits_no_longer_than_configured(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, figures_config);
    touch(&t, "e1", "nobody", t.spring, "form", "2026-01-21T10:00:00Z", "");
    touch(&t, "e2", "ann", "host-campaign", "form", "2026-01-21T10:00:00Z", "");
    scene_put(&t.s, "engagement", "{\"id\":\"e3\",\"person_id\":\"ann\",\"event\":\"form\"}\n");
    run(&t);
    assert_int_equal(counted(&t, "engagement", "reason.waiting_campaign"), 1);
    assert_int_equal(counted(&t, "engagement", "reason.engagement_incomplete"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, ""), 2);
    scene_pass(&t.s, 72 * HOUR);
    run(&t);
    assert_int_equal(because(&t, "park_expired"), 1);
    assert_int_equal(counted(&t, "engagement", "reason.park_expired"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, ""), 0);
    close_stage(&t);
}

static void test_converted_lead__keeps_its_one_member(void **state)
{
    stage t;
    char lead[19], contact[19];
    (void)state;
    open_stage(&t, plain_config);
    touch(&t, "e1", "cat", t.spring, "added", "2026-01-21T10:00:00Z", "");
    run(&t);
    id_of(&t, "SELECT Id FROM Lead", lead);
    assert_int_equal(orgsim_convert_lead(t.s.org, lead, NULL, NULL, false, contact), 0);
    /* no import ran: the link still says Lead */
    touch(&t, "e2", "cat", t.spring, "form", "2026-01-21T11:00:00Z", "");
    touch(&t, "e3", "cat", t.autumn, "viewed_page", "2026-01-21T11:00:00Z", "");
    run(&t);
    assert_int_equal(because(&t, "member_advanced"), 1);
    assert_int_equal(because(&t, "member_added"), 1);
    assert_int_equal(members(&t, NULL), 2);
    char where[120];
    snprintf(where, sizeof where, "ContactId = '%s'", contact);
    assert_int_equal(members(&t, where), 2);
    close_stage(&t);
}

static void test_figures__go_to_fields_of_the_member(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, figures_config);
    touch(&t, "e1", "ann", t.spring, "added", "2026-01-21T10:00:00Z", "\"score\":7");
    run(&t);
    assert_int_equal(members(&t, "Score__c = 7 AND Last_Touch__c = 2026-01-21T10:00:00Z"), 1);
    touch(&t, "e2", "ann", t.spring, "added", "2026-01-21T12:00:00Z", "\"score\":9");
    run(&t);
    assert_int_equal(members(&t, "Score__c = 9 AND Status = 'Sent'"), 1);
    touch(&t, "e0", "ann", t.spring, "added", "2026-01-21T09:00:00Z", "\"score\":9");
    run(&t);
    assert_int_equal(members(&t, "Last_Touch__c = 2026-01-21T12:00:00Z"), 1);
    assert_int_equal(host_counter(t.job, "writes.crm"), 0);
    close_stage(&t);
}

static void test_dry_run__writes_nothing(void **state)
{
    stage t;
    (void)state;
    open_stage(&t, making_config);
    run(&t);
    touch(&t, "e1", "ann", t.autumn, "form", "2026-01-21T10:00:00Z", "");
    touch(&t, "e2", "ann", t.spring, "form", "2026-01-21T10:00:00Z", "");
    crmsync_job_free(t.job);
    t.job = NULL;
    assert_int_equal(host_job(&t.h, WORK, CRMSYNC_JOB_DRY_RUN, &t.job), CRMSYNC_OK);
    assert_int_equal(because(&t, "member_added"), 1);
    assert_int_equal(because(&t, "member_status_missing"), 1);
    assert_int_equal(members(&t, NULL), 0);
    run(&t);
    assert_int_equal(members(&t, NULL), 2);
    close_stage(&t);
}

#define MANY 400

static void test_page__of_members_costs_a_look_and_a_write(void **state)
{
    stage t;
    char line[300], id[20], person[20];
    (void)state;
    open_stage(&t, plain_config);
    for (int i = 0; i < MANY; i++) {
        snprintf(line, sizeof line,
                 "{\"Lead\":[{\"LastName\":\"L%d\",\"Company\":\"C\",\"Email\":\"l%d@x.io\"}]}", i, i);
        scene_seed(&t.s, line);
        snprintf(line, sizeof line,
                 "{\"id\":\"p%d\",\"last_name\":\"L%d\",\"company\":\"C\",\"email\":\"l%d@x.io\"}\n", i,
                 i, i);
        scene_put(&t.s, "person", line);
    }
    run(&t); /* links them */
    run(&t);
    scene_pass(&t.s, HOUR);
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "e%d", i);
        snprintf(person, sizeof person, "p%d", i);
        touch(&t, id, person, t.spring, "added", "2026-01-21T10:00:00Z", "");
    }
    orgsim_usage_reset(t.s.org);
    run(&t);
    assert_int_equal(members(&t, NULL), MANY);
    /* two pages of 200: a look and a write each; asking who was removed once */
    uint64_t calls = orgsim_usage_get(t.s.org).api_calls;
    print_message("# %d members: %d calls\n", MANY, (int)calls);
    assert_in_range(calls, 4, 7);
    close_stage(&t);
}

/* ---- when things go wrong ---- */

static void fill(stage *t)
{
    open_stage(t, making_config);
    run(t);
    touch(t, "e1", "ann", t->spring, "added", "2026-01-21T10:00:00Z", "");
    run(t);
    crmsync_job_free(t->job);
    t->job = NULL;
    touch(t, "e2", "ann", t->spring, "form", "2026-01-21T11:00:00Z", "");
    touch(t, "e3", "cat", t->spring, "viewed_page", "2026-01-21T11:00:00Z", "");
    touch(t, "e4", "cat", t->autumn, "form", "2026-01-21T11:00:00Z", "");
    touch(t, "e5", "late", t->autumn, "added", "2026-01-21T11:00:00Z", "");
    scene_put(&t->s, "person", "{\"id\":\"late\",\"last_name\":\"Ray\",\"company\":\"Ray\","
                               "\"email\":\"ray@ray.io\"}\n");
    scene_pass(&t->s, 60000);
}

static void restart(stage *t)
{
    host_stop(&t->h);
    scene_pass(&t->s, 1000);
    host_start(&t->h, &t->s, false);
    assert_int_equal(host_open(&t->h), CRMSYNC_OK);
}

static const char dumped[] = "Campaign,CampaignMember,CampaignMemberStatus,Lead,Contact";

static void test_faults__at_every_call_end_as_the_undisturbed_run(void **state)
{
    static const int faults[] = {FAULT_DEATH_BEFORE, FAULT_DEATH_AFTER, FAULT_FAIL,
                                 FAULT_CONFLICT,     FAULT_UNKNOWN_APPLIED, FAULT_UNKNOWN_LOST,
                                 FAULT_HTTP + ORGSIM_FAULT_LOST_BEFORE,
                                 FAULT_HTTP + ORGSIM_FAULT_LOST_AFTER,
                                 FAULT_HTTP + ORGSIM_FAULT_LATE_EFFECT,
                                 FAULT_HTTP + ORGSIM_FAULT_CUT, FAULT_HTTP + ORGSIM_FAULT_HTML_503};
    static hook_call log[600];
    size_t sampled = getenv("CAMPAIGNS_ALL") ? 1 : 3; /* of each call every third fault */
    stage t;
    (void)state;
    fill(&t);
    t.h.hooks.log = log;
    t.h.hooks.log_cap = 600;
    t.h.hooks.counting = true;
    assert_int_equal(host_run(&t.h, WORK, 0), CRMSYNC_OK);
    uint64_t calls = t.h.hooks.calls;
    t.h.hooks.counting = false;
    assert_in_range(calls, 20, 600);
    assert_true(host_rest(&t.h, WORK, 12) > 0);
    assert_int_equal(members(&t, NULL), 4);
    char *wanted = orgsim_dump(t.s.org, dumped);
    close_stage(&t);

    for (uint64_t at = 1; at <= calls; at++) {
        for (size_t f = at % sampled; f < sizeof faults / sizeof faults[0]; f += sampled) {
            if (!hook_fault_applies(log[at - 1].what, faults[f]))
                continue;
            fill(&t);
            t.h.hooks.counting = true;
            t.h.hooks.at = at;
            t.h.hooks.fault = faults[f];
            host_run(&t.h, WORK, 0);
            t.h.hooks.counting = false;
            restart(&t);
            if (!host_rest(&t.h, WORK, 16))
                fail_msg("call %d %s, %s: no rest", (int)at, log[at - 1].site,
                         hook_fault_name(faults[f]));
            char *got = orgsim_dump(t.s.org, dumped);
            if (strcmp(got, wanted) != 0)
                fail_msg("call %d %s, %s:\n%s\ninstead of\n%s", (int)at, log[at - 1].site,
                         hook_fault_name(faults[f]), got, wanted);
            orgsim_string_free(got);
            assert_int_equal(t.h.miscounted, 0);
            close_stage(&t);
        }
    }
    orgsim_string_free(wanted);
}

/* A signal rides along: both halves of the phase. */
static char *without_memory(uint64_t fail_at, uint64_t *requests)
{
    static const char with_signals[] =
        CONFIG(",\"create_statuses\":true},\"signals\":[{\"name\":\"trial\",\"task\":"
               "{\"subject\":\"Call\"},\"fields\":{\"Description\":\"{at}\"}}],\"limits\":{");
    stage t;
    fill(&t);
    scene_configure(&t.s, with_signals);
    scene_put(&t.s, "signal", "{\"id\":\"s1\",\"name\":\"trial\",\"person_id\":\"ann\","
                              "\"at\":\"2026-01-21T10:00:00Z\"}\n");
    restart(&t);
    uint64_t before = t.s.counted.requests;
    t.s.counted.fail_at = fail_at ? before + fail_at : 0;
    int32_t rc = host_run(&t.h, WORK, 0);
    t.s.counted.fail_at = 0;
    if (rc != CRMSYNC_OK && rc != CRMSYNC_E_NOMEM)
        fail_msg("allocation %d: %d %s", (int)fail_at, rc, t.h.last_error);
    *requests = t.s.counted.requests - before;
    if (!host_rest(&t.h, WORK, 16))
        fail_msg("allocation %d: no rest: %s", (int)fail_at, t.h.last_error);
    assert_int_equal(t.h.miscounted, 0);
    char *dump = orgsim_dump(t.s.org, "CampaignMember,CampaignMemberStatus,Lead,Contact,Task");
    close_stage(&t);
    return dump;
}

static void test_memory__that_ends_anywhere_loses_nothing(void **state)
{
    uint64_t requests, ignored;
    (void)state;
    char *wanted = without_memory(0, &requests);
    uint64_t step = getenv("CAMPAIGNS_ALL") ? 1 : requests / 60 + 1;
    for (uint64_t at = 1; at <= requests; at += step) {
        char *got = without_memory(at, &ignored);
        if (strcmp(got, wanted) != 0)
            fail_msg("allocation %d:\n%s\ninstead of\n%s", (int)at, got, wanted);
        orgsim_string_free(got);
    }
    orgsim_string_free(wanted);
}

/* ---- erasing ---- */

/* Entries of all spaces that name it in their value. */
static size_t mentions(stage *t, const char *what)
{
    size_t n = 0;
    for (uint32_t space = CRMSYNC_SPACE_META; space <= CRMSYNC_SPACE_UNDO; space++)
        n += scene_mentions(&t->s, space, what);
    return n;
}

static void engage(stage *t)
{
    open_stage(t, plain_config);
    touch(t, "e1", "ann", t->spring, "added", "2026-01-21T10:00:00Z", "");
    touch(t, "e2", "ann", t->autumn, "added", "2026-01-21T10:00:00Z", "");
    touch(t, "e3", "cat", t->spring, "added", "2026-01-21T10:00:00Z", "");
    touch(t, "e4", "new", t->spring, "form", "2026-01-21T10:00:00Z", "");
    scene_put(&t->s, "signal",
              "{\"id\":\"s1\",\"person_id\":\"new\",\"name\":\"visit\","
              "\"at\":\"2026-01-21T10:00:00Z\"}");
    run(t);
}

static int32_t forget_person(stage *t, const char *id)
{
    crmsync_job_free(t->job);
    t->job = NULL;
    return crmsync_workspace_forget(t->h.workspace, (crmsync_str)CRMSYNC_STR_LIT("person"),
                                    (crmsync_str){id, strlen(id)}, NULL);
}

static void test_forget__a_person_goes_with_its_memberships_and_what_waits(void **state)
{
    stage t;
    (void)state;
    engage(&t);
    assert_true(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "member/id/") == 3);
    size_t others = mentions(&t, "/cat\"");
    assert_true(mentions(&t, "/ann\"") > 2 && others > 1);
    assert_true(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person/new/engagement") == 1);
    assert_int_equal(forget_person(&t, "ann"), CRMSYNC_OK);
    assert_int_equal(mentions(&t, "ann\""), 0);
    assert_int_equal(mentions(&t, "ann@acme.com"), 0);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "member/id/"), 1);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "member/crm_id/"), 1);
    assert_int_equal(mentions(&t, "/cat\""), others);
    assert_int_equal(forget_person(&t, "new"), CRMSYNC_OK);
    assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_WAITING, "person/new"), 0);
    assert_int_equal(mentions(&t, ":\"new\""), 0);
    /* Salesforce still has the member: found again, not made twice */
    touch(&t, "e5", "ann", t.spring, "added", "2026-01-22T10:00:00Z", "");
    run(&t);
    assert_int_equal(members(&t, "ContactId != null"), 2);
    close_stage(&t);
}

static void test_forget__of_a_member_cut_off_anywhere_is_ended_by_a_repeat(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 400; at += 3) {
        stage t;
        engage(&t);
        t.h.hooks.counting = true;
        t.h.hooks.calls = 0;
        t.h.hooks.at = at;
        t.h.hooks.fault = at % 2 ? FAULT_DEATH_BEFORE : FAULT_DEATH_AFTER;
        int32_t rc = forget_person(&t, "ann");
        host_stop(&t.h);
        host_start(&t.h, &t.s, false);
        assert_int_equal(host_open(&t.h), CRMSYNC_OK);
        assert_int_equal(forget_person(&t, "ann"), CRMSYNC_OK);
        assert_int_equal(mentions(&t, "ann\""), 0);
        assert_int_equal(scene_entries(&t.s, CRMSYNC_SPACE_INDEX, "member/id/"), 1);
        close_stage(&t);
        if (!rc)
            return;
    }
    fail_msg("it never came to its end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engagement__moves_a_member_on_and_never_back),
        cmocka_unit_test(test_member__of_people_and_other_tools_is_taken_up),
        cmocka_unit_test(test_status__that_the_campaign_lacks_holds_the_member),
        cmocka_unit_test(test_status__that_the_campaign_lacks_is_made_where_wished),
        cmocka_unit_test(test_member__that_was_removed_returns_only_by_a_later_engagement),
        cmocka_unit_test(test_engagement__of_somebody_not_in_the_crm_waits),
        cmocka_unit_test(test_engagement__waits_no_longer_than_configured),
        cmocka_unit_test(test_converted_lead__keeps_its_one_member),
        cmocka_unit_test(test_figures__go_to_fields_of_the_member),
        cmocka_unit_test(test_dry_run__writes_nothing),
        cmocka_unit_test(test_page__of_members_costs_a_look_and_a_write),
        cmocka_unit_test(test_faults__at_every_call_end_as_the_undisturbed_run),
        cmocka_unit_test(test_memory__that_ends_anywhere_loses_nothing),
        cmocka_unit_test(test_forget__a_person_goes_with_its_memberships_and_what_waits),
        cmocka_unit_test(test_forget__of_a_member_cut_off_anywhere_is_ended_by_a_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
