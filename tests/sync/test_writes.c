/* Ways of writing: conditional, under a key, by external id, past or along duplicate rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define EXPORT CRMSYNC_PHASE_EXPORT
#define VERSION "/services/data/v60.0"
#define COMPOSITE "POST " VERSION "/composite "
#define COLLECTION "POST " VERSION "/composite/sobjects"
#define PERSON                                             \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"}," \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"   \
    "{\"local\":\"email\",\"remote\":\"Email\"},"          \
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"import\":\"two_way\",\"export\":\"overwrite\"}"
#define LEADS(more)                                                                          \
    "\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true}," more          \
    "\"fields\":[" PERSON ",{\"local\":\"company\",\"remote\":\"Company\"}]}"
#define CONFIG(objects, more) "{" SCENE_CONNECTION ",\"objects\":{" objects "}" more "}"

static void begin(scene *s, host *h, const char *config)
{
    scene_open(s, false, config);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

static void end(scene *s, host *h)
{
    assert_int_equal(h->miscounted, 0);
    host_stop(h);
    scene_close(s);
}

static void rest(host *h, uint32_t phases)
{
    if (host_rest(h, phases, 16) == 0) {
        scene_print(h->scene, CRMSYNC_SPACE_SHIPMENT);
        scene_print(h->scene, CRMSYNC_SPACE_QUEUE);
        fail_msg("not at rest: %s", h->last_error);
    }
}

/* Runs a job and gives one of its counters. */
static uint64_t run_counting(host *h, uint32_t phases, const char *key)
{
    crmsync_job *job = NULL;
    int32_t rc = host_job(h, phases, 0, &job);
    if (rc)
        fail_msg("job: %d %s", rc, h->last_error);
    uint64_t n = host_counter(job, key);
    crmsync_job_free(job);
    return n;
}

static void put_people(scene *s, size_t first, size_t n, const char *more)
{
    for (size_t i = first; i < first + n; i++) {
        char line[400];
        snprintf(line, sizeof line,
                 "{\"id\":\"p%zu\",\"first_name\":\"Pat\",\"last_name\":\"No%zu\","
                 "\"email\":\"p%zu@site%zu.com\",\"company\":\"Site %zu\",\"status\":\"New\"%s}",
                 i, i, i, i, i, more);
        scene_put(s, "person", line);
    }
}

/* ---- something happens while a call is under way ---- */

typedef struct event {
    const char *site; /* beginning of a request's site */
    bool after;
    unsigned skip; /* so many times it passes by */
    void (*happen)(struct event *e);
    scene *scene;
    unsigned seen, times;
} event;

static void on_call(void *ctx, const hook_call *call, bool after)
{
    event *e = ctx;
    if (call->what != HOOK_START || after != e->after ||
        strncmp(call->site, e->site, strlen(e->site)) != 0)
        return;
    e->seen++;
    if (!e->happen || e->times || e->seen <= e->skip)
        return;
    e->times++;
    e->happen(e);
}

static void watch_for(host *h, event *e)
{
    e->scene = h->scene;
    h->hooks.counting = true;
    h->hooks.on_call = on_call;
    h->hooks.on_call_ctx = e;
}

/* ---- strict: U-04 ---- */

static const char strict[] = CONFIG(LEADS(""), ",\"export\":{\"strict\":true}");

static void human_edits(event *e)
{
    char id[19] = "";
    char *answer = orgsim_query(e->scene->org, "SELECT Id FROM Lead WHERE LastName='No1'", false);
    const char *at = strstr(answer, "\"Id\":\"");
    assert_non_null(at);
    memcpy(id, at + 6, 18);
    orgsim_string_free(answer);
    scene_pass(e->scene, 5000);
    assert_int_equal(orgsim_update(e->scene->org, id, "{\"Phone\":\"+1 human\"}"), 0);
}

static void test_strict__human_edit_between_read_and_write__survives(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = COMPOSITE, .after = true, .happen = human_edits};
    begin(&s, &h, strict);
    put_people(&s, 1, 1, ",\"phone\":\"+1 555 1\"");
    rest(&h, CRMSYNC_PHASE_SYNC);
    scene_pass(&s, 3600000);
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"+1 555 2\"}");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.updated"), 0);
    assert_int_equal(e.times, 1);
    /* both sides moved: decided as a conflict, which Salesforce wins by default */
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 human'"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "phone"), "+1 human");
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 0);
    end(&s, &h);
}

static void test_strict__thirty_updates__25_a_call(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = COMPOSITE};
    begin(&s, &h, strict);
    put_people(&s, 1, 30, "");
    rest(&h, CRMSYNC_PHASE_SYNC);
    scene_pass(&s, 3600000);
    put_people(&s, 1, 30, ",\"phone\":\"+1 555 9\"");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.updated"), 30);
    assert_int_equal(e.seen, 3); /* a look-up, 25 and 5 */
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 555 9'"), 30);
    end(&s, &h);
}

/* ---- under a key: E9 ---- */

static const char keyed[] =
    CONFIG(LEADS(""), ",\"limits\":{\"packing\":\"one\"},\"export\":{\"create_api\":\"ui_idempotent\"}");
#define UI "POST " VERSION "/ui-api/records"

static void test_idempotent__answer_lost__sent_again_one_row_at_once(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = UI};
    begin(&s, &h, keyed);
    put_people(&s, 1, 2, "");
    orgsim_transport_fault_on(s.transport, UI, ORGSIM_FAULT_LOST_AFTER);
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 2);
    assert_int_equal(e.seen, 3);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    end(&s, &h);
}

static void test_idempotent__owner_of_a_lead__is_left_alone_by_assignment_rules(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = UI};
    begin(&s, &h,
          CONFIG(LEADS(""), ",\"limits\":{\"packing\":\"one\"},\"export\":{\"create_api\":"
                            "\"ui_idempotent\"},\"owner\":{\"by_email\":true}"));
    put_people(&s, 1, 1, ",\"owner\":\"cleo@example.com\"");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 1);
    assert_int_equal(e.seen, 1);
    assert_int_equal(scene_rows(&s, "Lead", "Owner.Email='cleo@example.com'"), 1);
    end(&s, &h);
}

static void test_idempotent__death_after_send__recovered_without_waiting(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, keyed);
    put_people(&s, 1, 1, "");
    h.hooks.counting = true;
    h.hooks.at_site = UI;
    h.hooks.at_what = HOOK_START;
    h.hooks.fault = FAULT_DEATH_AFTER;
    host_run(&h, EXPORT, 0);
    assert_true(h.hooks.dead);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    host_stop(&h);
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    assert_int_equal(run_counting(&h, EXPORT, "recover.Lead.created"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_CLAIM, ""), 0);
    end(&s, &h);
}

static void test_idempotent__org_knows_no_keys__falls_back(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = UI};
    begin(&s, &h, keyed);
    assert_int_equal(orgsim_switch(s.org, "no_idempotency", "on"), 0);
    put_people(&s, 1, 3, "");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 3);
    assert_int_equal(e.seen, 1); /* asked once a run */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 3);
    end(&s, &h);
}

/* ---- by external id: E7, E9 ---- */

static const char upserts[] = CONFIG(LEADS("\"external_id\":\"Ext__c\","), "");

static void test_upsert__answer_lost__repeated_at_once_one_row(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, upserts);
    assert_int_equal(orgsim_switch(s.org, "external_id", "Lead.Ext__c"), 0);
    put_people(&s, 1, 3, "");
    orgsim_transport_fault_on(s.transport, "PATCH " VERSION "/composite/sobjects",
                              ORGSIM_FAULT_LOST_AFTER);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    scene_pass(&s, 1000);
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK); /* no eleven minutes */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 3);
    assert_int_equal(scene_rows(&s, "Lead", "Ext__c='p2'"), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 3);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_SHIPMENT, ""), 0);
    end(&s, &h);
}

static void two_others_come(event *e)
{
    scene_seed(e->scene, "{\"Lead\":[{\"LastName\":\"X\",\"Company\":\"X\",\"Ext__c\":\"p1\"},"
                         "{\"LastName\":\"Y\",\"Company\":\"Y\",\"Ext__c\":\"p1\"}]}");
}

static void ambiguous(const char *config)
{
    scene s;
    host h;
    event e = {.site = COMPOSITE, .after = true, .happen = two_others_come};
    begin(&s, &h, config);
    assert_int_equal(orgsim_switch(s.org, "external_id", "Lead.Ext__c:shared"), 0);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    put_people(&s, 1, 1, "");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.reason.ambiguous"), 1);
    /* nobody is written, nobody is made, and a person has to look */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    assert_int_equal(scene_rows(&s, "Lead", "Email!=null"), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, "duplicate"), 1);
    end(&s, &h);
}

static void test_upsert__several_records_have_the_id__held_as_ambiguous(void **state)
{
    (void)state;
    ambiguous(upserts);
    ambiguous(CONFIG(LEADS("\"external_id\":\"Ext__c\","), ",\"limits\":{\"packing\":\"one\"}"));
}

static const char related[] = CONFIG(
    "\"Account\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},\"external_id\":\"Ext__c\","
    "\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},{\"local\":\"website\",\"remote\":\"Website\"}]},"
    "\"Contact\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},\"fields\":[" PERSON "]}",
    ",\"limits\":{\"packing\":\"max\"},\"export\":{\"mode\":\"contacts\",\"account_create\":true}");

static void put_family(scene *s)
{
    scene_put(s, "company",
              "{\"id\":\"c1\",\"name\":\"Newco\",\"domain\":\"newco.com\",\"website\":\"newco.com\"}");
    scene_put(s, "person",
              "{\"id\":\"p1\",\"first_name\":\"A\",\"last_name\":\"One\",\"email\":\"a@newco.com\","
              "\"company\":\"Newco\",\"company_id\":\"c1\",\"status\":\"New\"}\n"
              "{\"id\":\"p2\",\"first_name\":\"B\",\"last_name\":\"Two\",\"email\":\"b@newco.com\","
              "\"company\":\"Newco\",\"company_id\":\"c1\",\"status\":\"New\"}");
}

static void test_upsert__account_with_its_people__related_by_external_id_in_one_call(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = "P"}, together = {.site = COMPOSITE};
    begin(&s, &h, related);
    assert_int_equal(orgsim_switch(s.org, "external_id", "Account.Ext__c"), 0);
    rest(&h, CRMSYNC_PHASE_SYNC);
    put_family(&s);
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Contact.created"), 2);
    watch_for(&h, &together);
    rest(&h, EXPORT);
    assert_int_equal(e.seen, 5); /* all of them composites: look-ups, one write, looking back */
    assert_int_equal(scene_rows(&s, "Account", "Ext__c='c1'"), 1);
    assert_int_equal(scene_rows(&s, "Contact", "Account.Name='Newco'"), 2);
    assert_int_equal(scene_duplicates(&s), 0);
    end(&s, &h);
}

/* ---- parents and children ---- */

static const char two_steps[] = CONFIG(
    "\"Account\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},"
    "\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},{\"local\":\"website\",\"remote\":\"Website\"}]},"
    "\"Contact\":{\"direction\":\"both\",\"create\":{\"in\":false,\"out\":true},\"fields\":[" PERSON "]}",
    ",\"export\":{\"mode\":\"contacts\",\"account_create\":true}");

static void test_orphan__account_whose_people_are_refused__is_told_and_used_again(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, two_steps);
    assert_int_equal(orgsim_switch(s.org, "validation", "Contact.Phone!=null:Phone is required"), 0);
    /* "@{" goes into no graph, which would make both or neither */
    scene_put(&s, "person",
              "{\"id\":\"p1\",\"first_name\":\"@{x}\",\"last_name\":\"One\",\"email\":\"a@newco.com\","
              "\"company\":\"Newco\",\"website\":\"newco.com\",\"status\":\"New\"}");
    assert_int_equal(run_counting(&h, EXPORT, "export.Account.orphan"), 1);
    assert_int_equal(scene_rows(&s, "Account", NULL), 1);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 0);
    scene_put(&s, "person", "{\"id\":\"p1\",\"phone\":\"+1 555\"}");
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Account", NULL), 1);
    assert_int_equal(scene_rows(&s, "Contact", "Account.Name='Newco'"), 1);
    end(&s, &h);
}

/* Person `id` of company `company`; without a phone it is refused. */
static void put_member(scene *s, const char *id, int company, bool good)
{
    char line[300];
    snprintf(line, sizeof line,
             "{\"id\":\"%s\",\"last_name\":\"%s\",\"email\":\"%s@co%d.com\",\"company\":\"Co %d\","
             "\"website\":\"co%d.com\",\"status\":\"New\"%s}",
             id, id, id, company, company, company, good ? ",\"phone\":\"+1 555\"" : "");
    scene_put(s, "person", line);
}

static void test_trap12__bad_contacts_in_graphs__all_good_rows_land_once_at_once(void **state)
{
    (void)state;
    scene s;
    host h;
    char id[20];
    begin(&s, &h, two_steps);
    assert_int_equal(orgsim_switch(s.org, "validation", "Contact.Phone!=null:Phone is required"), 0);
    for (int i = 0; i < 6; i++) {
        snprintf(id, sizeof id, "six%d", i);
        put_member(&s, id, 0, i != 2);
    }
    for (int i = 1; i <= 40; i++) {
        snprintf(id, sizeof id, "one%d", i);
        put_member(&s, id, i, i % 2 == 0);
    }
    assert_int_equal(run_counting(&h, EXPORT, "export.Contact.created"), 25);
    assert_int_equal(scene_rows(&s, "Account", NULL), 21); /* none for nobody */
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Contact", NULL), 25);
    assert_int_equal(scene_rows(&s, "Account", NULL), 21);
    assert_int_equal(scene_duplicates(&s), 0);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, "data"), 21);
    end(&s, &h);
}

/* ---- duplicate rules ---- */

#define RULED(word) CONFIG(LEADS(""), ",\"export\":{\"duplicates\":\"" word "\"}")

static void seed_twin(scene *s)
{
    assert_int_equal(orgsim_switch(s->org, "duplicate_rule", "Lead.Phone=alert"), 0);
    scene_seed(s, "{\"Lead\":[{\"LastName\":\"Other\",\"Company\":\"O\",\"Phone\":\"+1 555 1\","
                  "\"Email\":\"other@o.com\"}]}");
}

static void test_duplicates__use_existing__twin_is_asked_for_and_linked(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, RULED("use_existing"));
    seed_twin(&s);
    put_people(&s, 1, 1, ",\"phone\":\"+1 555 1\"");
    put_people(&s, 2, 5, "");
    rest(&h, EXPORT);
    /* the address tells nothing of it: only the refusal of a single create does */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 6);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 6);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, ""), 0);
    end(&s, &h);
}

static void test_duplicates__allow_save__goes_past_an_alert(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, RULED("allow_save"));
    seed_twin(&s);
    put_people(&s, 1, 1, ",\"phone\":\"+1 555 1\"");
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 1);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 2);
    end(&s, &h);
}

static void test_duplicates__fail__dead_letter_with_remedy(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, RULED("fail"));
    seed_twin(&s);
    put_people(&s, 1, 1, ",\"phone\":\"+1 555 1\"");
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, "duplicate"), 1);
    end(&s, &h);
}

/* ---- races: E8 ---- */

static const char twins[] = CONFIG(LEADS(""), ",\"export\":{\"twin\":\"delete_own\"}");

static void rival_comes(event *e)
{
    char id[19];
    assert_int_equal(orgsim_insert(e->scene->org, "Lead",
                                   "{\"LastName\":\"Rival\",\"Company\":\"R\",\"Email\":\"p1@site1.com\"}",
                                   id),
                     0);
}

static void race(bool blind)
{
    scene s;
    host h;
    event e = {.site = COMPOSITE, .after = true, .happen = rival_comes};
    begin(&s, &h, twins);
    if (blind)
        assert_int_equal(orgsim_switch(s.org, "object_hidden", "CampaignMember"), 0);
    rest(&h, CRMSYNC_PHASE_DESCRIBE);
    put_people(&s, 1, 2, "");
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.own_twin_deleted"), !blind);
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", "Email='p1@site1.com'"), blind ? 2 : 1);
    assert_int_equal(scene_rows(&s, "Lead", "Email='p2@site2.com'"), 1);
    /* the older one leads, and nobody is inactive for the deletion of ours */
    assert_string_equal(scene_get(&s, "person", "p1", "inactive"), "");
    end(&s, &h);
}

static void test_twin__untouched__is_deleted_and_the_older_one_leads(void **state)
{
    (void)state;
    race(false);
}

static void test_twin__what_hangs_on_it_cannot_be_asked__stays(void **state)
{
    (void)state;
    race(true);
}

/* ---- bulk ---- */

#define BULK CONFIG(LEADS(""), ",\"limits\":{\"bulk_from\":20}")
#define JOBS "POST " VERSION "/jobs/ingest"

static void test_bulk__many_creates_and_updates__by_jobs(void **state)
{
    (void)state;
    scene s;
    host h;
    event jobs = {.site = JOBS}, direct = {.site = COLLECTION};
    begin(&s, &h, BULK);
    put_people(&s, 1, 1200, "");
    watch_for(&h, &jobs);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 1200);
    assert_int_equal(jobs.seen, 1); /* one page holds them all */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 1200);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 1200);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_SHIPMENT, ""), 0);
    rest(&h, CRMSYNC_PHASE_SYNC);
    scene_pass(&s, 3600000);
    put_people(&s, 1, 30, ",\"phone\":\"+1 555 7\"");
    put_people(&s, 31, 1, ",\"phone\":null"); /* nothing to clear: no write */
    watch_for(&h, &direct);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.updated"), 30);
    assert_int_equal(direct.seen, 0);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 555 7'"), 30);
    assert_int_equal(scene_duplicates(&s), 0);
    end(&s, &h);
}

static void test_bulk__bad_rows__fail_alone_with_their_code(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, BULK);
    assert_int_equal(orgsim_switch(s.org, "validation", "Lead.Phone!=null:Phone is required"), 0);
    put_people(&s, 1, 30, ",\"phone\":\"+1 555\"");
    put_people(&s, 31, 3, "");
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 30);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_DEAD, "data"), 3);
    end(&s, &h);
}

static void test_bulk__job_fails_half_way__the_rest_goes_by_collections(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, BULK);
    assert_int_equal(orgsim_switch(s.org, "bulk_fail", "10"), 0);
    put_people(&s, 1, 40, "");
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 40);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 40);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 40);
    end(&s, &h);
}

/* Dies at a request of the job, and comes again. */
static void die_at(scene *s, host *h, const char *site, int fault)
{
    h->hooks.counting = true;
    h->hooks.at_site = site;
    h->hooks.at_what = HOOK_START;
    h->hooks.fault = fault;
    host_run(h, EXPORT, 0);
    assert_true(h->hooks.dead);
    host_stop(h);
    scene_pass(s, 1000);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
}

static void test_bulk__death_at_each_step__no_row_twice_none_lost(void **state)
{
    static const char *const sites[] = {JOBS, "PUT " VERSION "/jobs/ingest",
                                        "PATCH " VERSION "/jobs/ingest",
                                        "GET " VERSION "/jobs/ingest"};
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        scene s;
        host h;
        begin(&s, &h, BULK);
        put_people(&s, 1, 25, "");
        die_at(&s, &h, sites[i / 2], i % 2 ? FAULT_DEATH_AFTER : FAULT_DEATH_BEFORE);
        rest(&h, EXPORT);
        assert_int_equal(scene_rows(&s, "Lead", NULL), 25);
        assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_REVERSE, "00Q"), 25);
        end(&s, &h);
    }
}

static void test_bulk__job_of_another_day__its_records_wait_and_are_settled(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, BULK);
    assert_int_equal(orgsim_switch(s.org, "bulk_delay", "7200000"), 0); /* hours in the queue */
    put_people(&s, 1, 25, "");
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.unknown"), 25);
    put_people(&s, 1, 1, ",\"phone\":\"+1 555 3\""); /* meanwhile */
    assert_int_equal(run_counting(&h, EXPORT, "export.person.unknown"), 1);
    scene_pass(&s, 4 * 3600000);
    rest(&h, EXPORT);
    assert_int_equal(scene_rows(&s, "Lead", NULL), 25);
    assert_int_equal(scene_rows(&s, "Lead", "Phone='+1 555 3'"), 1);
    end(&s, &h);
}

/* ---- a sum in doubt ---- */

static const char sums[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"both\","
    "\"create\":{\"in\":false,\"out\":true},\"fields\":[" PERSON
    ",{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"visits\",\"remote\":\"Visits__c\",\"reduce\":\"sum\"}]}}}";

static void count_visits(scene *s, const char *visits)
{
    char id[19] = "", fields[80];
    char *answer = orgsim_query(s->org, "SELECT Id FROM Lead", false);
    memcpy(id, strstr(answer, "\"Id\":\"") + 6, 18);
    orgsim_string_free(answer);
    snprintf(fields, sizeof fields, "{\"Visits__c\":%s}", visits);
    assert_int_equal(orgsim_update(s->org, id, fields), 0);
}

static void test_sum__in_doubt_and_as_sent__is_not_added_again(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, sums);
    assert_int_equal(orgsim_switch(s.org, "field_add", "Lead.Visits__c:double"), 0);
    put_people(&s, 1, 1, ",\"visits\":10");
    rest(&h, CRMSYNC_PHASE_SYNC);
    scene_pass(&s, 3600000);
    scene_put(&s, "person", "{\"id\":\"p1\",\"visits\":15}");
    orgsim_transport_fault_on(s.transport, "PATCH " VERSION "/composite/sobjects",
                              ORGSIM_FAULT_LOST_AFTER);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.unknown"), 1);
    assert_int_equal(run_counting(&h, EXPORT, "recover.Lead.updated"), 1);
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", "Visits__c=15"), 1);
    assert_string_equal(scene_get(&s, "person", "p1", "visits"), "15");
    end(&s, &h);
}

static void test_sum__in_doubt_and_changed_by_others__is_never_counted_twice(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, sums);
    assert_int_equal(orgsim_switch(s.org, "field_add", "Lead.Visits__c:double"), 0);
    put_people(&s, 1, 1, ",\"visits\":10");
    rest(&h, CRMSYNC_PHASE_SYNC);
    scene_pass(&s, 3600000);
    scene_put(&s, "person", "{\"id\":\"p1\",\"visits\":15}");
    orgsim_transport_fault_on(s.transport, "PATCH " VERSION "/composite/sobjects",
                              ORGSIM_FAULT_LOST_AFTER);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.unknown"), 1);
    assert_int_equal(scene_rows(&s, "Lead", "Visits__c=15"), 1);
    count_visits(&s, "115");
    rest(&h, CRMSYNC_PHASE_SYNC);
    assert_int_equal(scene_rows(&s, "Lead", "Visits__c=115"), 1); /* not 120 */
    end(&s, &h);
}

/* ---- size ---- */

static void test_packing__cpu_time__halved_and_landed_in_the_same_run(void **state)
{
    (void)state;
    scene s;
    host h;
    event e = {.site = COLLECTION};
    begin(&s, &h, CONFIG(LEADS(""), ""));
    put_people(&s, 1, 120, "");
    assert_int_equal(orgsim_switch(s.org, "fail", COLLECTION "=APEX_CPU_TIME_LIMIT_EXCEEDED:1"), 0);
    watch_for(&h, &e);
    assert_int_equal(run_counting(&h, EXPORT, "export.Lead.created"), 120);
    assert_int_equal(e.seen, 3); /* 120 refused, 60, 60 */
    assert_int_equal(scene_rows(&s, "Lead", NULL), 120);
    end(&s, &h);
}

/* ---- telling the host ---- */

static void test_write_back__refused__asked_again_when_the_record_comes_again(void **state)
{
    (void)state;
    scene s;
    host h;
    begin(&s, &h, CONFIG(LEADS(""), ""));
    put_people(&s, 1, 1, "");
    h.hooks.counting = true;
    h.hooks.at_site = "person";
    h.hooks.at_what = HOOK_SAVE;
    h.hooks.fault = FAULT_REFUSED;
    assert_int_equal(host_run(&h, EXPORT, 0), CRMSYNC_OK);
    assert_true(h.hooks.hit);
    assert_string_equal(scene_get(&s, "person", "p1", "crm_id"), "");
    scene_put(&s, "person", "{\"id\":\"p1\",\"first_name\":\"Pam\"}");
    rest(&h, EXPORT);
    assert_int_equal(strlen(scene_get(&s, "person", "p1", "crm_id")), 18);
    end(&s, &h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strict__human_edit_between_read_and_write__survives),
        cmocka_unit_test(test_strict__thirty_updates__25_a_call),
        cmocka_unit_test(test_idempotent__answer_lost__sent_again_one_row_at_once),
        cmocka_unit_test(test_idempotent__owner_of_a_lead__is_left_alone_by_assignment_rules),
        cmocka_unit_test(test_idempotent__death_after_send__recovered_without_waiting),
        cmocka_unit_test(test_idempotent__org_knows_no_keys__falls_back),
        cmocka_unit_test(test_upsert__answer_lost__repeated_at_once_one_row),
        cmocka_unit_test(test_upsert__account_with_its_people__related_by_external_id_in_one_call),
        cmocka_unit_test(test_orphan__account_whose_people_are_refused__is_told_and_used_again),
        cmocka_unit_test(test_trap12__bad_contacts_in_graphs__all_good_rows_land_once_at_once),
        cmocka_unit_test(test_duplicates__use_existing__twin_is_asked_for_and_linked),
        cmocka_unit_test(test_duplicates__allow_save__goes_past_an_alert),
        cmocka_unit_test(test_duplicates__fail__dead_letter_with_remedy),
        cmocka_unit_test(test_twin__untouched__is_deleted_and_the_older_one_leads),
        cmocka_unit_test(test_twin__what_hangs_on_it_cannot_be_asked__stays),
        cmocka_unit_test(test_bulk__many_creates_and_updates__by_jobs),
        cmocka_unit_test(test_bulk__bad_rows__fail_alone_with_their_code),
        cmocka_unit_test(test_bulk__job_fails_half_way__the_rest_goes_by_collections),
        cmocka_unit_test(test_bulk__death_at_each_step__no_row_twice_none_lost),
        cmocka_unit_test(test_bulk__job_of_another_day__its_records_wait_and_are_settled),
        cmocka_unit_test(test_upsert__several_records_have_the_id__held_as_ambiguous),
        cmocka_unit_test(test_sum__in_doubt_and_as_sent__is_not_added_again),
        cmocka_unit_test(test_sum__in_doubt_and_changed_by_others__is_never_counted_twice),
        cmocka_unit_test(test_packing__cpu_time__halved_and_landed_in_the_same_run),
        cmocka_unit_test(test_write_back__refused__asked_again_when_the_record_comes_again),
    };
    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
