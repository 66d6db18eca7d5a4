#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sweep_scenes.h"

#define ROUNDS SWEEP_ROUNDS

static void no_preparation(scene *s, host *h)
{
    (void)s;
    (void)h;
}

/* Both sides have changed since they were last in line. */
static void edit_both_sides(scene *s, host *h)
{
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);
    scene_put(s, "person", "{\"id\":\"l1\",\"phone\":\"+1 555 777\"}\n"
                           "{\"id\":\"a1\",\"job_title\":\"Captain\"}\n"
                           "{\"id\":\"new1\",\"first_name\":\"Late\",\"last_name\":\"Comer\","
                           "\"email\":\"late@hooli.io\",\"company\":\"Hooli\",\"status\":\"Interested\"}\n");
    scene_put(s, "activity", "{\"id\":\"late1\",\"kind\":\"call\",\"person_id\":\"new1\","
                             "\"at\":\"2026-01-20T10:00:00Z\",\"subject\":\"Late call\"}\n");
    scene_seed(s, "{\"Lead\":[{\"LastName\":\"Walkin\",\"FirstName\":\"Wes\",\"Company\":\"Walk\","
                  "\"Email\":\"wes@walk.com\"}]}");
    scene_pass(s, 60000);
}

/* Writes in doubt: accounts with their contacts, leads, updates and tasks that reached the org, and
 * whose answer never came. */
static void leave_in_doubt(scene *s, host *h)
{
    static const char *const requests[] = {"POST /services/data/v60.0/composite/graph",
                                           "POST /services/data/v60.0/composite/sobjects",
                                           "PATCH /services/data/v60.0/composite/sobjects"};
    for (size_t i = 0; i < 3; i++)
        orgsim_transport_fault_on(s->transport, requests[i], ORGSIM_FAULT_LOST_AFTER);
    assert_int_equal(host_run(h, CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES, 0), CRMSYNC_OK);
    assert_true(scene_entries(s, CRMSYNC_SPACE_SHIPMENT, "") > 0);
    scene_pass(s, 5 * 60 * 1000);
}

#define NO_CONFIG {{NULL, NULL}}
#define IN_EXPORT "\"export\":{"
#define AT_TOP    "{\"extends\":\"recommended\","
#define BY_ID(object) "\"" object "\":{", "\"external_id\":\"Ext__c\","

#define AUDIENCES                                                                                  \
    "\"audiences\":[{\"name\":\"known\",\"object\":\"Contact\",\"list_view\":\"Known\"},"            \
    "{\"name\":\"buyers\",\"object\":\"Contact\",\"soql\":\"SELECT Id FROM Contact WHERE "              \
    "LastName LIKE 'Known%'\"}],"
#define CAMPAIGNS                                                                                  \
    "\"campaigns\":{\"enabled\":true},\"signals\":[{\"name\":\"trial\",\"fields\":{"                   \
    "\"Description\":\"Trial of {product}\"},\"task\":{\"subject\":\"Call about {product}\"}}],"

/* Everybody is there already; their notes, tasks and events are not. */
static void leave_people(scene *s, host *h)
{
    (void)s;
    assert_true(host_rest(h, CRMSYNC_PHASE_EXPORT, ROUNDS) > 0);
}

/* A bulk job of updates, and one of new leads, whose close went out and whose end nobody saw. */
static void leave_bulk_jobs(scene *s, host *h)
{
    edit_both_sides(s, h);
    assert_int_equal(orgsim_switch(s->org, "bulk_delay", "60000"), 0);
    for (int i = 0; i < 12; i++) {
        char line[300];
        snprintf(line, sizeof line,
                 "{\"id\":\"bulk%d\",\"first_name\":\"B\",\"last_name\":\"Ulk%d\",\"status\":\"New\","
                 "\"email\":\"b%d@ulk%d.io\",\"company\":\"Ulk %d\"}",
                 i, i, i, i, i);
        scene_put(s, "person", line);
    }
    h->hooks.counting = true;
    h->hooks.calls = 0;
    h->hooks.at_site = "GET /services/data/v60.0/jobs/ingest";
    h->hooks.at_what = HOOK_START;
    h->hooks.fault = FAULT_DEATH_BEFORE;
    host_run(h, CRMSYNC_PHASE_EXPORT, 0);
    assert_true(h->hooks.dead);
    uint64_t miscounted = h->miscounted;
    host_stop(h);
    scene_pass(s, 1000);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    h->miscounted = miscounted;
    assert_true(scene_entries(s, CRMSYNC_SPACE_SHIPMENT, "") > 0);
}

/* Changes in the org that no poll sees: an edit and a record whose transactions took too long. */
static void commit_late(scene *s, host *h)
{
    char id[19];
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);
    scene_pass(s, 3ull * 3600000);
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);
    char *found = orgsim_query(s->org, "SELECT Id FROM Contact ORDER BY Email LIMIT 1", false);
    const char *at = strstr(found, "\"Id\":\"");
    assert_non_null(at);
    snprintf(id, sizeof id, "%.18s", at + 6);
    orgsim_string_free(found);
    assert_int_equal(orgsim_switch(s->org, "stamp_lag", "7200000"), 0);
    assert_int_equal(orgsim_update(s->org, id, "{\"Phone\":\"+1 555 2222\"}"), 0);
    scene_seed(s, "{\"Lead\":[{\"LastName\":\"Slow\",\"FirstName\":\"Sue\",\"Company\":\"Slow\","
                  "\"Email\":\"sue@slow.com\"}]}");
    assert_int_equal(orgsim_switch(s->org, "stamp_lag", "off"), 0);
    scene_pass(s, 60000);
}

/* ---- what people do in the org ---- */

static void id_where(scene *s, const char *object, const char *where, char id[19])
{
    char soql[300];
    snprintf(soql, sizeof soql, "SELECT Id FROM %s WHERE %s", object, where);
    char *answer = orgsim_query(s->org, soql, true);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    if (!at)
        fail_msg("no %s", soql);
    snprintf(id, 19, "%.18s", at + strlen("\"Id\":\""));
    orgsim_string_free(answer);
}

/* Merges, conversions, deletions and one that is taken back, each beside an edit of the host's. */
static void reorganize(scene *s, host *h)
{
    char id[19], other[19], contact[19];
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);
    id_where(s, "Contact", "Email = 'nia1@newco.de'", id);
    assert_int_equal(orgsim_delete(s->org, id), 0);
    scene_pass(s, 60000);
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);

    assert_int_equal(orgsim_undelete(s->org, id), 0);
    id_where(s, "Lead", "Email = 'lou3@leadco3.com'", id);
    assert_int_equal(orgsim_convert_lead(s->org, id, NULL, NULL, false, contact), 0);
    id_where(s, "Lead", "Email = 'lou4@leadco4.com'", id);
    assert_int_equal(orgsim_delete(s->org, id), 0);
    id_where(s, "Contact", "Email = 'vic0@vandelay.biz'", id);
    id_where(s, "Contact", "Email = 'vic1@vandelay.biz'", other);
    assert_int_equal(orgsim_merge(s->org, id, other), 0);
    id_where(s, "Account", "Name = 'Initech'", id);
    id_where(s, "Account", "Name = 'Hooli GmbH'", other);
    assert_int_equal(orgsim_merge(s->org, id, other), 0);
    scene_put(s, "person", "{\"id\":\"l3\",\"phone\":\"+1 555 333\"}\n"
                           "{\"id\":\"l4\",\"phone\":\"+1 555 444\"}\n"
                           "{\"id\":\"v0\",\"phone\":\"+1 555 000\"}\n"
                           "{\"id\":\"h1\",\"job_title\":\"Head\"}\n");
    scene_pass(s, 60000);
}

/* Everybody of the org is here; two members of the audiences leave, one comes. */
static void move_members(scene *s, host *h)
{
    char id[19];
    assert_int_equal(orgsim_switch(s->org, "list_view", "Contact.Known=LastName LIKE 'Known%'"), 0);
    assert_true(host_rest(h, CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_AUDIENCE, ROUNDS) > 0);
    id_where(s, "Contact", "Email = 'known0@acme.com'", id);
    assert_int_equal(orgsim_update(s->org, id, "{\"LastName\":\"Stranger\"}"), 0);
    id_where(s, "Contact", "Email = 'known1@globex.net'", id);
    assert_int_equal(orgsim_update(s->org, id, "{\"LastName\":\"Stranger too\"}"), 0);
    scene_seed(s, "{\"Contact\":[{\"LastName\":\"Known9\",\"Email\":\"known9@acme.com\"}]}");
    scene_pass(s, 25ull * 3600000);
}

/* Engagements of people who are there, who come with this run, and who are not known; signals. */
static void engage(scene *s, host *h)
{
    static const char *const who[] = {"k0", "k1", "l1", "a2", "b0", "l1", "nobody"};
    static const char *const what[] = {"added", "added", "added", "responded", "added", "responded", "added"};
    char spring[19], line[400];
    scene_seed(s, "{\"Campaign\":[{\"Name\":\"Spring\"}]}");
    id_where(s, "Campaign", "Name = 'Spring'", spring);
    (void)h;
    for (int i = 0; i < 7; i++) {
        snprintf(line, sizeof line,
                 "{\"id\":\"e%d\",\"person_id\":\"%s\",\"campaign_id\":\"%s\",\"event\":\"%s\","
                 "\"at\":\"2026-01-2%dT10:00:00Z\"}",
                 i, who[i], spring, what[i], i % 3);
        scene_put(s, "engagement", line);
    }
    for (int i = 0; i < 4; i++) {
        snprintf(line, sizeof line,
                 "{\"id\":\"s%d\",\"name\":\"trial\",\"person_id\":\"%s\",\"product\":\"Pro\","
                 "\"at\":\"2026-01-20T10:00:00Z\"}",
                 i, who[i + 1]);
        scene_put(s, "signal", line);
    }
    scene_pass(s, 60000);
}

/* A stream of the org's events: records that changed, one that went, and a gap. */
static void feed_events(scene *s, host *h)
{
    char changed[19], gone[19], events[1200];
    uint64_t taken = 0;
    assert_true(host_rest(h, CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT, ROUNDS) > 0);
    id_where(s, "Lead", "Email = 'old0@umbra.com'", changed);
    id_where(s, "Lead", "Email = 'old1@umbra.com'", gone);
    assert_int_equal(orgsim_update(s->org, changed, "{\"Title\":\"Boss\"}"), 0);
    assert_int_equal(orgsim_delete(s->org, gone), 0);
    scene_seed(s, "{\"Contact\":[{\"LastName\":\"Unseen\",\"Email\":\"unseen@acme.com\"}]}");
    snprintf(events, sizeof events,
             "[{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":[\"%s\"],"
             "\"changeType\":\"UPDATE\"}},\"event\":{\"replayId\":1}},"
             "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Lead\",\"recordIds\":[\"%s\"],"
             "\"changeType\":\"DELETE\"}},\"event\":{\"replayId\":2}},"
             "{\"payload\":{\"ChangeEventHeader\":{\"entityName\":\"Contact\",\"recordIds\":"
             "[\"000000000000000AAA\"],\"changeType\":\"GAP_OVERFLOW\"}},\"event\":{\"replayId\":3}}]",
             changed, gone);
    static const crmsync_str channel = CRMSYNC_STR_LIT("/data/ChangeEvents");
    assert_int_equal(crmsync_workspace_feed(h->workspace, channel, (crmsync_str){events, strlen(events)},
                                            &taken, NULL),
                     CRMSYNC_OK);
    scene_pass(s, 60000);
}

/* A run of edits in both directions, and the plan that takes it back, as a host keeps it. */
static void plan_undo(scene *s, host *h)
{
    crmsync_job *job = NULL;
    char run[40];
    edit_both_sides(s, h);
    assert_int_equal(host_job(h, CRMSYNC_PHASE_SYNC, 0, &job), CRMSYNC_OK);
    snprintf(run, sizeof run, "%s", crmsync_job_run_id(job).ptr);
    crmsync_job_free(job);
    assert_true(host_rest(h, CRMSYNC_PHASE_SYNC, ROUNDS) > 0);
    scene_keep_undo(s, h->workspace, run);
}

const scenario sweep_scenarios[] = {
    {"export", CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES, no_preparation, NO_CONFIG, NULL, false},
    {"sync", CRMSYNC_PHASE_SYNC, no_preparation, NO_CONFIG, NULL, false},
    {"again", CRMSYNC_PHASE_SYNC, edit_both_sides, NO_CONFIG, NULL, false},
    {"recover", CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES, leave_in_doubt, NO_CONFIG, NULL, false},
    {"bulk", CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES, no_preparation,
     {{AT_TOP, "\"limits\":{\"bulk_from\":2},"}}, NULL, false},
    {"bulk_recover", CRMSYNC_PHASE_EXPORT, leave_bulk_jobs,
     {{AT_TOP, "\"limits\":{\"bulk_from\":2},"}}, NULL, false},
    {"idempotent", CRMSYNC_PHASE_EXPORT, no_preparation,
     {{AT_TOP, "\"limits\":{\"packing\":\"one\"},"}, {IN_EXPORT, "\"create_api\":\"ui_idempotent\","}},
     NULL, false},
    {"strict", CRMSYNC_PHASE_SYNC, edit_both_sides, {{IN_EXPORT, "\"strict\":true,"}}, NULL, false},
    {"upsert", CRMSYNC_PHASE_EXPORT, no_preparation,
     {{BY_ID("Contact")}, {BY_ID("Lead")}, {AT_TOP, "\"limits\":{\"packing\":\"max\"},"}},
     "Contact Lead", false},
    {"notes", CRMSYNC_PHASE_ACTIVITIES, leave_people, NO_CONFIG, NULL, false},
    {"bulk_query", CRMSYNC_PHASE_IMPORT, no_preparation,
     {{AT_TOP, "\"limits\":{\"bulk_query_from\":4},"}}, NULL, true},
    {"reconcile", CRMSYNC_PHASE_RECONCILE | CRMSYNC_PHASE_EXPORT, commit_late, NO_CONFIG, NULL, false},
    {"follow", CRMSYNC_PHASE_SYNC, reorganize, NO_CONFIG, NULL, false},
    {"events", CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT, feed_events, NO_CONFIG, NULL, false},
    {"audience", CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_AUDIENCE | CRMSYNC_PHASE_EXPORT, move_members,
     {{AT_TOP, AUDIENCES}}, NULL, false},
    {"campaigns", CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_CAMPAIGNS, engage,
     {{AT_TOP, CAMPAIGNS}}, NULL, false},
    {"undo", CRMSYNC_PHASE_SYNC | CRMSYNC_PHASE_APPLY, plan_undo, NO_CONFIG, NULL, false},
};
const size_t sweep_scenario_count = sizeof sweep_scenarios / sizeof sweep_scenarios[0];

const scenario *scenario_named(const char *name)
{
    for (size_t i = 0; i < sweep_scenario_count; i++) {
        if (strcmp(sweep_scenarios[i].name, name) == 0)
            return &sweep_scenarios[i];
    }
    fprintf(stderr, "no scenario %s\n", name);
    exit(2);
}

static void with_external_ids(scene *s, const char *list)
{
    char name[80];
    for (const char *at = list; at && *at; at += strcspn(at, " ") + (strchr(at, ' ') != NULL)) {
        snprintf(name, sizeof name, "%.*s.Ext__c", (int)strcspn(at, " "), at);
        assert_int_equal(orgsim_switch(s->org, "external_id", name), 0);
    }
}

/* The scene's configuration with what the scenario adds. Freed by the caller. */
static char *config_of(const scenario *sc)
{
    char *text = strdup(scene_config);
    for (size_t i = 0; i < 4 && sc->config[i][0]; i++) {
        const char *find = sc->config[i][0], *more = sc->config[i][1];
        char *at = strstr(text, find);
        char *grown = malloc(strlen(text) + strlen(more) + 1);
        assert_non_null(at);
        assert_non_null(grown);
        at += strlen(find);
        sprintf(grown, "%.*s%s%s", (int)(at - text), text, more, at);
        free(text);
        text = grown;
    }
    return text;
}


void scenario_begin(scene *s, host *h, const scenario *sc, bool sqlite)
{
    char *config = config_of(sc);
    const orgsim_options org = {.query_page = sc->small_pages ? 3 : 0};
    scene_open_org(s, &org, sqlite, config);
    free(config);
    if (sc->small_pages)
        assert_int_equal(orgsim_switch(s->org, "bulk_page", "4"), 0);
    with_external_ids(s, sc->external_ids);
    scene_fill(s);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
    sc->prepare(s, h);
}
