/*
 * Many rounds of random life on both sides, with faults on the way, against an oracle: after each
 * round both sides hold, for everybody it touched, what the rules of each field say, and nobody
 * stands twice.
 *   test_rounds [ROUNDS [SEED]]      150 rounds unless told otherwise
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define PEOPLE 120
#define VALUE 40
#define HALF_A_DAY ((uint64_t)13 * 3600 * 1000) /* no field is asserted three times in a day */

static const char config[] =
    "{\"extends\":\"recommended\"," SCENE_CONNECTION
    ",\"local\":{\"opt_out\":null},\"undelete\":\"person\",\"limits\":{\"breaker\":null},"
    "\"objects\":{\"Contact\":{\"fields\":["
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"},"
    "{\"local\":\"title\",\"remote\":\"Title\",\"policy\":\"two_way\"},"
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"import\":\"local\",\"export\":\"overwrite\"},"
    "{\"local\":\"first_name\",\"remote\":\"FirstName\",\"import\":\"crm\",\"export\":\"fill\"}]},"
    "\"Lead\":{\"fields\":["
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"},"
    "{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"title\",\"remote\":\"Title\",\"policy\":\"two_way\"},"
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"import\":\"local\",\"export\":\"overwrite\"},"
    "{\"local\":\"first_name\",\"remote\":\"FirstName\",\"import\":\"crm\",\"export\":\"fill\"}]}},"
    "\"export\":{\"mode\":\"by_status\",\"routes\":{\"New\":\"lead\",\"Interested\":\"contact\"},"
    "\"account_create\":true},\"activities\":{\"enabled\":false}}";

/* What each rule makes of a field that moved on one side or on both. */
typedef enum rule { NEWER, LOCAL, CRM } rule;

static const struct {
    const char *local, *remote;
    rule rule;
} fields[] = {{"title", "Title", NEWER}, {"phone", "Phone", LOCAL}, {"first_name", "FirstName", CRM}};
#define FIELDS (sizeof fields / sizeof fields[0])

typedef enum life { UNBORN, LIVE, DELETED, MERGED } life;

typedef struct person {
    life life;
    bool lead, touched;
    char key[VALUE]; /* local part of the address, which nobody edits */
    char value[FIELDS][VALUE];
} person;

typedef struct world world;

struct world {
    scene scene;
    host host;
    person people[PEOPLE];
    size_t count;
    uint64_t random;
    unsigned serial;
};

static size_t pick(world *w, size_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((w->random >> 33) % below);
}

/* A person who is `lead` (0, 1, or 2 for any), alive, and had nothing done in this round. */
static person *anybody(world *w, unsigned lead)
{
    for (unsigned tries = 0; tries < 40 && w->count; tries++) {
        person *p = &w->people[pick(w, w->count)];
        if (p->life == LIVE && !p->touched && (lead == 2 || p->lead == (lead == 1))) {
            p->touched = true;
            if (w->scene.verbose)
                print_message("  somebody does something with %s\n", p->key);
            return p;
        }
    }
    return NULL;
}

/* ---- what people do ---- */

static void new_value(world *w, size_t field, char *out)
{
    if (field == 1)
        snprintf(out, VALUE, "+1 555 %06u", ++w->serial);
    else
        snprintf(out, VALUE, "%s %u", fields[field].remote, ++w->serial);
}

static const char *local_id(world *w, const person *p)
{
    char email[VALUE + 20];
    snprintf(email, sizeof email, "%s@round.example", p->key);
    return scene_value(&w->scene, "person", "email", email, "id");
}

/* The one living record of a person in the org; false = none, or several. */
static bool crm_id(world *w, const person *p, char id[19])
{
    char soql[200];
    snprintf(soql, sizeof soql, "SELECT Id FROM %s WHERE Email='%s@round.example'",
             p->lead ? "Lead" : "Contact", p->key);
    char *answer = orgsim_query(w->scene.org, soql, false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    bool one = at && !strstr(at + 6, "\"Id\":\"");
    if (one)
        snprintf(id, 19, "%.18s", at + 6);
    orgsim_string_free(answer);
    return one;
}

static void edit_local(world *w, person *p, size_t field, const char *value)
{
    char line[300];
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"%s\":\"%s\"}", local_id(w, p), fields[field].local, value);
    scene_put(&w->scene, "person", line);
}

static void edit_org(world *w, const person *p, size_t field, const char *value)
{
    char line[300], id[19];
    assert_true(crm_id(w, p, id));
    snprintf(line, sizeof line, "{\"%s\":\"%s\"}", fields[field].remote, value);
    assert_int_equal(orgsim_update(w->scene.org, id, line), 0);
}

static void host_edits(world *w)
{
    char value[VALUE];
    size_t field = pick(w, FIELDS);
    person *p = anybody(w, 2);
    if (!p)
        return;
    new_value(w, field, value);
    edit_local(w, p, field, value);
    if (fields[field].rule != CRM)
        memcpy(p->value[field], value, VALUE);
}

static void org_edits(world *w)
{
    char value[VALUE];
    size_t field = pick(w, FIELDS);
    person *p = anybody(w, 2);
    if (!p)
        return;
    new_value(w, field, value);
    edit_org(w, p, field, value);
    if (fields[field].rule != LOCAL)
        memcpy(p->value[field], value, VALUE);
}

static void both_edit(world *w)
{
    char here[VALUE], there[VALUE];
    size_t field = pick(w, FIELDS);
    person *p = anybody(w, 2);
    if (!p)
        return;
    new_value(w, field, here);
    new_value(w, field, there);
    edit_local(w, p, field, here);
    edit_org(w, p, field, there);
    memcpy(p->value[field], fields[field].rule == LOCAL ? here : there, VALUE);
}

static person *born(world *w, bool lead)
{
    if (w->count == PEOPLE)
        return NULL;
    person *p = &w->people[w->count++];
    p->life = LIVE;
    p->lead = lead;
    p->touched = true;
    snprintf(p->key, sizeof p->key, "p%u", ++w->serial);
    for (size_t i = 0; i < FIELDS; i++)
        new_value(w, i, p->value[i]);
    return p;
}

static void host_adds(world *w)
{
    char line[500];
    person *p = born(w, pick(w, 2) == 0);
    if (!p)
        return;
    snprintf(line, sizeof line,
             "{\"id\":\"h-%s\",\"email\":\"%s@round.example\",\"last_name\":\"L%s\",\"company\":\"Round\","
             "\"website\":\"round.example\",\"title\":\"%s\",\"phone\":\"%s\",\"first_name\":\"%s\",\"status\":\"%s\"}",
             p->key, p->key, p->key, p->value[0], p->value[1], p->value[2], p->lead ? "New" : "Interested");
    scene_put(&w->scene, "person", line);
}

static void org_adds(world *w)
{
    char line[500], id[19];
    person *p = born(w, pick(w, 2) == 0);
    if (!p)
        return;
    snprintf(line, sizeof line,
             "{\"LastName\":\"L%s\",\"Email\":\"%s@round.example\",%s\"Title\":\"%s\",\"Phone\":\"%s\","
             "\"FirstName\":\"%s\"}",
             p->key, p->key, p->lead ? "\"Company\":\"Round\"," : "", p->value[0], p->value[1], p->value[2]);
    assert_int_equal(orgsim_insert(w->scene.org, p->lead ? "Lead" : "Contact", line, id), 0);
}

static void org_deletes(world *w)
{
    char id[19];
    person *p = anybody(w, 2);
    if (!p)
        return;
    assert_true(crm_id(w, p, id));
    assert_int_equal(orgsim_delete(w->scene.org, id), 0);
    p->life = DELETED;
}

static void org_merges(world *w)
{
    char winner[19], loser[19];
    unsigned lead = (unsigned)pick(w, 2);
    person *kept = anybody(w, lead), *lost = anybody(w, lead);
    if (!kept || !lost)
        return;
    assert_true(crm_id(w, kept, winner) && crm_id(w, lost, loser));
    assert_int_equal(orgsim_merge(w->scene.org, winner, loser), 0);
    lost->life = MERGED;
}

static void org_converts(world *w)
{
    char id[19], contact[19];
    person *p = anybody(w, 1);
    if (!p)
        return;
    assert_true(crm_id(w, p, id));
    assert_int_equal(orgsim_convert_lead(w->scene.org, id, NULL, NULL, false, contact), 0);
    p->lead = false;
}

/* A human's edit of the host reaches a person whose record is converted in the same minutes. */
static void converted_while_edited(world *w)
{
    char value[VALUE], id[19], contact[19];
    person *p = anybody(w, 1);
    if (!p)
        return;
    new_value(w, 0, value);
    edit_local(w, p, 0, value);
    assert_true(crm_id(w, p, id));
    assert_int_equal(orgsim_convert_lead(w->scene.org, id, NULL, NULL, false, contact), 0);
    p->lead = false;
    memcpy(p->value[0], value, VALUE);
}

static const struct {
    void (*act)(world *w);
    unsigned weight;
} acts[] = {{host_edits, 30}, {org_edits, 30}, {both_edit, 12},    {host_adds, 8}, {org_adds, 8},
            {org_deletes, 3}, {org_merges, 3}, {org_converts, 4}, {converted_while_edited, 2}};

static void somebody_acts(world *w)
{
    size_t at = pick(w, 100);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (at < acts[i].weight) {
            if (w->scene.verbose)
                print_message("  act %zu\n", i);
            acts[i].act(w);
            return;
        }
        at -= acts[i].weight;
    }
}

/* ---- what must have become of it ---- */

static void expect_equal(world *w, const person *p, unsigned round)
{
    char soql[300], wanted[VALUE + 30], email[VALUE + 20];
    snprintf(email, sizeof email, "%s@round.example", p->key);
    snprintf(soql, sizeof soql, "SELECT Title,Phone,FirstName FROM %s WHERE Email='%s'",
             p->lead ? "Lead" : "Contact", email);
    char *answer = orgsim_query(w->scene.org, soql, false);
    assert_non_null(answer);
    for (size_t i = 0; i < FIELDS; i++) {
        const char *here = scene_value(&w->scene, "person", "email", email, fields[i].local);
        snprintf(wanted, sizeof wanted, "\"%s\":\"%s\"", fields[i].remote, p->value[i]);
        if (strcmp(here, p->value[i]) == 0 && strstr(answer, wanted))
            continue;
        scene_print(&w->scene, CRMSYNC_SPACE_LINK);
        fail_msg("round %u, %s %s of %s: expected '%s', the host has '%s', the org %s", round,
                 fields[i].local, p->lead ? "(Lead)" : "(Contact)", p->key, p->value[i], here, answer);
    }
    orgsim_string_free(answer);
}

static void expect_records(world *w, const person *p, unsigned round)
{
    char where[VALUE + 40];
    snprintf(where, sizeof where, "Email='%s@round.example'", p->key);
    char open_leads[VALUE + 80];
    snprintf(open_leads, sizeof open_leads, "IsConverted=false AND %s", where);
    long leads = scene_rows(&w->scene, "Lead", open_leads);
    long contacts = scene_rows(&w->scene, "Contact", where);
    long expected = p->life == LIVE ? 1 : 0;
    if (leads + contacts != expected)
        fail_msg("round %u, %s (%s): %ld leads and %ld contacts, %ld expected", round, p->key,
                 p->life == LIVE ? "live" : p->life == DELETED ? "deleted" : "merged away", leads, contacts,
                 expected);
}

static void expect(world *w, bool everybody, unsigned round)
{
    for (size_t i = 0; i < w->count; i++) {
        person *p = &w->people[i];
        if (p->touched || everybody) {
            expect_records(w, p, round);
            if (p->life == LIVE)
                expect_equal(w, p, round);
        }
        p->touched = false;
    }
}

/* ---- rounds ---- */

static const enum orgsim_fault_kind faults[] = {
    ORGSIM_FAULT_REFUSED, ORGSIM_FAULT_LOST_BEFORE, ORGSIM_FAULT_LOST_AFTER, ORGSIM_FAULT_LATE_EFFECT,
    ORGSIM_FAULT_CUT,     ORGSIM_FAULT_GARBAGE,     ORGSIM_FAULT_HTML_503,   ORGSIM_FAULT_500_AFTER,
    ORGSIM_FAULT_401,     ORGSIM_FAULT_SLOW};

static void play_round(world *w, unsigned round)
{
    size_t acts_now = 1 + pick(w, 6);
    for (size_t i = 0; i < acts_now; i++)
        somebody_acts(w);
    scene_pass(&w->scene, 5000);
    if (pick(w, 3) == 0)
        orgsim_transport_fault(w->scene.transport, 1 + pick(w, 6),
                               faults[pick(w, sizeof faults / sizeof faults[0])]);
    if (!host_rest(&w->host, CRMSYNC_PHASE_SYNC, 14))
        fail_msg("round %u does not come to rest: %s", round, w->host.last_error);
    orgsim_transport_fault(w->scene.transport, 0, ORGSIM_FAULT_NONE);
    expect(w, round % 50 == 0, round);
    scene_pass(&w->scene, HALF_A_DAY);
}

static unsigned rounds = 150;
static uint64_t seed = 1;

/* A dead person makes room, so that long runs go on. */
static void bury(world *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->people[i].life == LIVE && !(w->count > PEOPLE - 10 && pick(w, 4) == 0))
            w->people[kept++] = w->people[i];
    }
    memset(w->people + kept, 0, (PEOPLE - kept) * sizeof w->people[0]);
    w->count = kept;
}

static void test_sync__random_rounds_on_both_sides__end_as_the_rules_say(void **state)
{
    static world w;
    (void)state;
    memset(&w, 0, sizeof w);
    w.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    scene_open(&w.scene, false, config);
    host_start(&w.host, &w.scene, false);
    assert_int_equal(host_open(&w.host), CRMSYNC_OK);
    host_connect(&w.host);
    for (unsigned round = 1; round <= rounds; round++) {
        play_round(&w, round);
        if (round % 50 == 0)
            bury(&w);
        if (rounds > 1000 && round % 500 == 0)
            print_message("# %u rounds, %zu people of the host\n", round, scene_count(&w.scene, "person"));
    }
    assert_int_equal(w.host.miscounted, 0);
    host_stop(&w.host);
    scene_close(&w.scene);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync__random_rounds_on_both_sides__end_as_the_rules_say),
    };
    if (argc > 1)
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests_name("rounds", tests, NULL, NULL);
}
