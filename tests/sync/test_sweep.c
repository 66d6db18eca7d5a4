/*
 * The convergence sweep. An undisturbed run is recorded; then it is repeated with one hook call
 * going wrong in one way, or the process ending there, and must come to rest with both sides equal
 * to the undisturbed run, nothing twice, nothing lost and every report adding up.
 *
 * Without arguments a sample: each distinct call site with each fault once. `--all [memory|sqlite]`:
 * every call with every fault. `--some SCENARIO EVERY`: each EVERY-th of the sample.
 * `--point SCENARIO STORE CALL FAULT`: one of them, to look at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define LOG_CAP 4096
#define ROUNDS 16

typedef struct scenario {
    const char *name;
    uint32_t phases;
    void (*prepare)(scene *s, host *h); /* after the stores are filled and the org is connected */
    const char *config[4][2]; /* the scene's, with each second text after each first one */
    const char *external_ids; /* objects that have one */
    bool small_pages; /* of the org's answers */
} scenario;

static const char *const objects[6] = {"Account", "Contact", "Lead", "Task", "Event", "ContentNote"};

/* The undisturbed run. */
typedef struct record {
    hook_call *calls;
    uint64_t count;
    char *dump;
    long rows[6];
    size_t links, waiting, dead;
    uint64_t points, failures;
} record;

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

static const scenario scenarios[] = {
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
};
#define SCENARIOS (sizeof scenarios / sizeof scenarios[0])

static void with_external_ids(scene *s, const char *list)
{
    char name[80];
    for (const char *at = list; at && *at; at += strcspn(at, " ") + (strchr(at, ' ') != NULL)) {
        snprintf(name, sizeof name, "%.*s.Ext__c", (int)strcspn(at, " "), at);
        assert_int_equal(orgsim_switch(s->org, "external_id", name), 0);
    }
}

/* The scene's configuration with what the scenario adds. */
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

static void begin(scene *s, host *h, const scenario *sc, bool sqlite)
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

static void restart(scene *s, host *h)
{
    uint64_t miscounted = h->miscounted;
    host_stop(h);
    scene_pass(s, 1000);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    h->miscounted = miscounted;
}

static void record_run(record *r, const scenario *sc, bool sqlite)
{
    scene s;
    host h;
    memset(r, 0, sizeof *r);
    r->calls = calloc(LOG_CAP, sizeof *r->calls);
    begin(&s, &h, sc, sqlite);
    h.hooks.log = r->calls;
    h.hooks.log_cap = LOG_CAP;
    h.hooks.counting = true;
    assert_int_equal(host_run(&h, sc->phases, 0), CRMSYNC_OK);
    r->count = h.hooks.calls;
    assert_in_range(r->count, 20, LOG_CAP);
    h.hooks.counting = false;
    unsigned rounds = host_rest(&h, sc->phases, ROUNDS);
    assert_in_range(rounds, 1, ROUNDS);
    assert_int_equal(h.miscounted, 0);
    assert_int_equal(scene_duplicates(&s), 0);
    r->dump = scene_dump(&s);
    r->links = scene_entries(&s, CRMSYNC_SPACE_LINK, "");
    r->waiting = scene_entries(&s, CRMSYNC_SPACE_WAITING, "");
    r->dead = scene_entries(&s, CRMSYNC_SPACE_DEAD, "");
    for (size_t i = 0; i < 6; i++)
        r->rows[i] = scene_rows(&s, objects[i], NULL);
    host_stop(&h);
    scene_close(&s);
}

static void record_clear(record *r)
{
    free(r->calls);
    free(r->dump);
}

/* The first lines in which two texts differ. */
static void print_difference(const char *expected, const char *got)
{
    while (*expected && *expected == *got) {
        const char *e = strchr(expected, '\n'), *g = strchr(got, '\n');
        size_t n = e ? (size_t)(e - expected) : strlen(expected);
        if (!e || !g || (size_t)(g - got) != n || memcmp(expected, got, n) != 0)
            break;
        expected = e + 1;
        got = g + 1;
    }
    print_message("    expected %.*s\n    got      %.*s\n", (int)strcspn(expected, "\n"), expected,
                  (int)strcspn(got, "\n"), got);
}

/* What the host refuses stays different, at both sides; but every record is there, once. */
static bool as_many_rows(const record *r, scene *s)
{
    bool good = true;
    for (size_t i = 0; i < 6; i++) {
        long n = scene_rows(s, objects[i], NULL);
        if (n != r->rows[i])
            print_message("    %s: %ld rows instead of %ld\n", objects[i], n, r->rows[i]);
        good = good && n == r->rows[i];
    }
    return good;
}

static bool as_undisturbed(const char *expected, scene *s)
{
    char *dump = scene_dump(s);
    bool same = strcmp(dump, expected) == 0;
    if (!same)
        print_difference(expected, dump);
    free(dump);
    return same;
}

static bool check(const record *r, scene *s, host *h, unsigned rounds, int fault)
{
    bool good = true;
    const struct {
        const char *what;
        size_t expected, got;
    } counts[] = {
        {"duplicates", 0, scene_duplicates(s)},
        {"links", r->links, scene_entries(s, CRMSYNC_SPACE_LINK, "")},
        {"waiting", r->waiting, scene_entries(s, CRMSYNC_SPACE_WAITING, "")},
        {"dead letters", r->dead, scene_entries(s, CRMSYNC_SPACE_DEAD, "")},
        {"reports that do not add up", 0, h->miscounted},
    };
    if (rounds == 0) {
        print_message("    not at rest: %s; shipments %zu, claims %zu, queue %zu\n", h->last_error,
                      scene_entries(s, CRMSYNC_SPACE_SHIPMENT, ""),
                      scene_entries(s, CRMSYNC_SPACE_CLAIM, ""),
                      scene_entries(s, CRMSYNC_SPACE_QUEUE, ""));
        if (s->verbose) {
            scene_print(s, CRMSYNC_SPACE_SHIPMENT);
            scene_print(s, CRMSYNC_SPACE_CLAIM);
            scene_print(s, CRMSYNC_SPACE_QUEUE);
        }
        good = false;
    }
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (counts[i].expected == counts[i].got || (fault == FAULT_REFUSED && i == 1))
            continue;
        print_message("    %s: %zu instead of %zu\n", counts[i].what, counts[i].got,
                      counts[i].expected);
        good = false;
    }
    if (fault == FAULT_REFUSED)
        return as_many_rows(r, s) && good;
    return as_undisturbed(r->dump, s) && good;
}

/* One point of the sweep. */
static bool try_point(record *r, const scenario *sc, bool sqlite, uint64_t call, int fault)
{
    scene s;
    host h;
    begin(&s, &h, sc, sqlite);
    h.hooks.counting = true;
    h.hooks.at = call;
    h.hooks.fault = fault;
    int32_t rc = host_run(&h, sc->phases, 0);
    bool hit = h.hooks.hit;
    h.hooks.counting = false;
    if (s.verbose)
        print_message("---- first job %d %s\n", rc, h.last_error);
    if (h.hooks.dead)
        restart(&s, &h);
    /* what the host refused comes again when it changes, or when everything is looked at */
    if (fault == FAULT_REFUSED && rc == CRMSYNC_OK)
        host_run(&h, sc->phases, CRMSYNC_JOB_ALL);
    unsigned rounds = host_rest(&h, sc->phases, ROUNDS);
    bool good = check(r, &s, &h, rounds, fault) && hit;
    r->points++;
    if (!good) {
        r->failures++;
        print_message("  --point %s %s %llu %d: %s %s, %s%s\n", sc->name, sqlite ? "sqlite" : "memory",
                      (unsigned long long)call, fault, hook_name(r->calls[call - 1].what),
                      r->calls[call - 1].site, hook_fault_name(fault), hit ? "" : " (not met)");
    }
    host_stop(&h);
    scene_close(&s);
    return good;
}

/* Was this site met before in the run? */
static bool seen_before(const record *r, uint64_t call)
{
    const hook_call *c = &r->calls[call - 1];
    for (uint64_t i = 1; i < call; i++) {
        if (r->calls[i - 1].what == c->what && strcmp(r->calls[i - 1].site, c->site) == 0)
            return true;
    }
    return false;
}

static void sweep(const scenario *sc, bool sqlite, bool all, unsigned take_every)
{
    record r;
    uint64_t met = 0;
    record_run(&r, sc, sqlite);
    for (uint64_t call = 1; call <= r.count; call++) {
        for (int fault = 1; fault < FAULT_LAST; fault++) {
            if (!hook_fault_applies(r.calls[call - 1].what, fault) || (!all && seen_before(&r, call)))
                continue;
            if (met++ % take_every == 0)
                try_point(&r, sc, sqlite, call, fault);
        }
    }
    print_message("# %s on %s: %llu calls, %llu fault points, %llu failed\n", sc->name,
                  sqlite ? "sqlite" : "memory", (unsigned long long)r.count,
                  (unsigned long long)r.points, (unsigned long long)r.failures);
    uint64_t failures = r.failures;
    record_clear(&r);
    assert_int_equal(failures, 0);
}

static const scenario *scenario_named(const char *name)
{
    for (size_t i = 0; i < SCENARIOS; i++) {
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    }
    fprintf(stderr, "no scenario %s\n", name);
    exit(2);
}

static void test_export__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(&scenarios[0], false, false, 3);
}

static void test_sync__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(&scenarios[1], false, false, 7);
}

static void test_sync_again__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(&scenarios[2], true, false, 7);
}

static void test_recover__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(&scenarios[3], false, false, 5);
}

static void test_bulk__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(&scenarios[4], false, false, 17);
    sweep(&scenarios[5], false, false, 23);
}

static void test_bulk_query__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(scenario_named("bulk_query"), false, false, 9);
}

static void test_reconcile__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(scenario_named("reconcile"), true, false, 9);
}

static void test_ways_of_writing__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    for (size_t i = 6; i < SCENARIOS; i++)
        sweep(&scenarios[i], false, false, 31);
}

static const scenario *wanted; /* the whole product of */
static bool wanted_sqlite;

static void test_sweep__every_call_failing_every_way_converges(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENARIOS; i++) {
        if (!wanted || wanted == &scenarios[i])
            sweep(&scenarios[i], wanted_sqlite, true, 1);
    }
}

static unsigned wanted_every;

static void test_sweep__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sweep(wanted, false, false, wanted_every);
}

static int one_point(char **argv)
{
    record r;
    const scenario *sc = scenario_named(argv[2]);
    bool sqlite = strcmp(argv[3], "sqlite") == 0;
    record_run(&r, sc, sqlite);
    print_message("==== the point\n");
    bool good = try_point(&r, sc, sqlite, strtoull(argv[4], NULL, 10), atoi(argv[5]));
    record_clear(&r);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest sample[] = {
        cmocka_unit_test(test_export__each_site_failing_each_way_converges),
        cmocka_unit_test(test_sync__each_site_failing_each_way_converges),
        cmocka_unit_test(test_sync_again__each_site_failing_each_way_converges),
        cmocka_unit_test(test_recover__each_site_failing_each_way_converges),
        cmocka_unit_test(test_bulk__each_site_failing_each_way_converges),
        cmocka_unit_test(test_bulk_query__each_site_failing_each_way_converges),
        cmocka_unit_test(test_reconcile__each_site_failing_each_way_converges),
        cmocka_unit_test(test_ways_of_writing__each_site_failing_each_way_converges),
    };
    const struct CMUnitTest whole[] = {
        cmocka_unit_test(test_sweep__every_call_failing_every_way_converges)};
    if (argc == 6 && strcmp(argv[1], "--point") == 0)
        return one_point(argv);
    if (argc == 4 && strcmp(argv[1], "--some") == 0) {
        const struct CMUnitTest some[] = {
            cmocka_unit_test(test_sweep__each_site_failing_each_way_converges)};
        wanted = scenario_named(argv[2]);
        wanted_every = (unsigned)atoi(argv[3]);
        return cmocka_run_group_tests_name("sweep, some", some, NULL, NULL);
    }
    if (argc > 1 && strcmp(argv[1], "--all") == 0) {
        wanted_sqlite = argc > 2 && strcmp(argv[2], "sqlite") == 0;
        wanted = argc > 3 ? scenario_named(argv[3]) : NULL;
        return cmocka_run_group_tests_name("sweep", whole, NULL, NULL);
    }
    return cmocka_run_group_tests_name("sweep, sampled", sample, NULL, NULL);
}
