/*
 * The convergence sweep. An undisturbed run is recorded; then it is repeated with one hook call
 * going wrong in one way, or the process ending there, and must come to rest with both sides equal
 * to the undisturbed run, nothing twice, nothing lost and every report adding up.
 *
 * Without arguments a sample: each distinct call site with each fault once. `--all [memory|sqlite|postgres]`:
 * every call with every fault. `--some SCENARIO EVERY`: each EVERY-th of the sample.
 * `--point SCENARIO STORE CALL FAULT`: one of them, to look at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sweep_scenes.h"
#ifdef HAVE_POSTGRES
#include "postgres_server.h"
#endif

#define LOG_CAP 4096
#define ROUNDS SWEEP_ROUNDS

static const char *const objects[6] = {"Account", "Contact", "Lead", "Task", "Event", "ContentNote"};

/* The undisturbed run. */
typedef struct record {
    hook_call *calls;
    uint64_t count;
    char *dump;
    long rows[6];
    size_t links, waiting, dead, members;
    uint64_t points, failures;
} record;

static void restart(scene *s, host *h)
{
    uint64_t miscounted = h->miscounted;
    host_stop(h);
    scene_pass(s, 1000);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    h->miscounted = miscounted;
}

/* Of all audiences together; 0 = the scenario has none. */
static size_t members(host *h)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("known"), CRMSYNC_STR_LIT("buyers")};
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        crmsync_audience a = CRMSYNC_AUDIENCE_INIT;
        crmsync_error *err = NULL;
        if (!crmsync_workspace_audience(h->workspace, names[i], &a, &err))
            n += a.members;
        crmsync_error_free(err);
    }
    return n;
}

static void record_run(record *r, const scenario *sc, bool sqlite)
{
    scene s;
    host h;
    memset(r, 0, sizeof *r);
    r->calls = calloc(LOG_CAP, sizeof *r->calls);
    scenario_begin(&s, &h, sc, sqlite);
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
    r->members = members(&h);
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
        {"members of audiences", r->members, members(h)},
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
    scenario_begin(&s, &h, sc, sqlite);
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

/* Each `every`-th of the sites' faults, in memory or a file. */
static void sample(const char *name, bool sqlite, unsigned every)
{
    sweep(scenario_named(name), sqlite, false, every);
}

static void test_export__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sample("export", false, 3);
    sample("recover", false, 5);
}

static void test_sync__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sample("sync", false, 7);
    sample("again", true, 7);
}

static void test_import__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sample("bulk_query", false, 9);
    sample("reconcile", true, 9);
    sample("follow", false, 17);
    sample("events", false, 9);
    sample("audience", false, 9);
}

static void test_ways_of_writing__each_site_failing_each_way_converges(void **state)
{
    (void)state;
    sample("bulk", false, 17);
    sample("bulk_recover", false, 23);
    sample("idempotent", false, 31);
    sample("strict", false, 31);
    sample("upsert", false, 31);
    sample("notes", false, 31);
    sample("campaigns", false, 17);
    sample("undo", false, 9);
}

static const scenario *wanted; /* the whole product of */
static bool wanted_sqlite;

static void test_sweep__every_call_failing_every_way_converges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sweep_scenario_count; i++) {
        if (!wanted || wanted == &sweep_scenarios[i])
            sweep(&sweep_scenarios[i], wanted_sqlite, true, 1);
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

#ifdef HAVE_POSTGRES
static int on_postgres(const struct CMUnitTest whole[1])
{
    postgres_server server;
    int failed;
    if (!postgres_start(&server)) {
        print_message("1..0 # SKIP no PostgreSQL server is installed (postgresql)\n");
        return 0;
    }
    scene_database(server.conninfo);
    wanted_sqlite = true; /* durable */
    failed = cmocka_run_group_tests_name("sweep", (const struct CMUnitTest[1]){whole[0]}, NULL,
                                         NULL);
    postgres_stop(&server);
    return failed;
}
#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest sample[] = {
        cmocka_unit_test(test_export__each_site_failing_each_way_converges),
        cmocka_unit_test(test_sync__each_site_failing_each_way_converges),
        cmocka_unit_test(test_import__each_site_failing_each_way_converges),
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
#ifdef HAVE_POSTGRES
        if (argc > 2 && strcmp(argv[2], "postgres") == 0)
            return on_postgres(whole);
#endif
        return cmocka_run_group_tests_name("sweep", whole, NULL, NULL);
    }
    return cmocka_run_group_tests_name("sweep, sampled", sample, NULL, NULL);
}
