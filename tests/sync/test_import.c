/* The import phase, phase by phase: a host in memory, the simulated org, hooks that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define OBJECTS                                                                                    \
    "\"objects\":{"                                                                                \
    "\"User\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"         \
    "{\"local\":\"email\",\"remote\":\"Email\"}]},"                                                \
    "\"Account\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"      \
    "{\"local\":\"website\",\"remote\":\"Website\"},"                                              \
    "{\"local\":\"industry\",\"remote\":\"Industry\"}]},"                                          \
    "\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]},"                                  \
    "\"Lead\":{\"direction\":\"in\",\"fields\":[" PERSON ","                                       \
    "{\"local\":\"company\",\"remote\":\"Company\"}]},"                                            \
    "\"Opportunity\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"  \
    "{\"local\":\"stage\",\"remote\":\"StageName\"}]}}"
#define PERSON                                                                                     \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"},"                                         \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                           \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"phone\",\"remote\":\"Phone\"}"

#define CONFIG(members) "{" SCENE_CONNECTION "," members "}"

#define IMPORT CRMSYNC_PHASE_IMPORT
#define MINUTE 60000
#define HOUR   (60 * MINUTE)

static const char seed[] =
    "{\"Account\":[{\"_ref\":\"a1\",\"Name\":\"Acme "
    "Ltd\",\"Website\":\"https://www.acme.example\"},"
    "{\"_ref\":\"a2\",\"Name\":\"Globex\",\"Website\":\"globex.example\"}],"
    "\"Contact\":[{\"FirstName\":\"Ann\",\"LastName\":\"Lee\",\"Email\":\"ann@acme.example\","
    "\"AccountId\":\"@a1\"},"
    "{\"FirstName\":\"Bob\",\"LastName\":\"Ray\",\"Email\":\"bob@globex.example\","
    "\"AccountId\":\"@a2\"}],"
    "\"Lead\":[{\"FirstName\":\"Cat\",\"LastName\":\"Fox\",\"Email\":\"cat@initech.example\","
    "\"Company\":\"Initech\"}],"
    "\"Opportunity\":[{\"Name\":\"Big deal\",\"StageName\":\"Prospecting\","
    "\"CloseDate\":\"2027-06-30\",\"AccountId\":\"@a1\"}]}";

/* A scene with one process on it, what it calls, and what happens meanwhile. */
typedef struct bench {
    scene scene;
    host host;
    crmsync_job *job;                     /* the last one; freed by the next run */
    uint64_t saves, loads;                /* calls */
    uint64_t fail_commit;                 /* the n-th commit from now fails once; 0 = none */
    bool refuse;                          /* the host wants no values */
    void (*before_save)(struct bench *b); /* at the next save, once: what happens "meanwhile" */
} bench;

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

static void fail_now(bench *b, int fault)
{
    b->host.hooks.at = b->host.hooks.calls;
    b->host.hooks.fault = fault;
}

static void on_save(bench *b)
{
    void (*meanwhile)(bench *) = b->before_save;
    b->saves++;
    b->before_save = NULL;
    if (meanwhile)
        meanwhile(b);
    if (b->refuse)
        fail_now(b, FAULT_REFUSED);
}

static void on_call(void *ctx, const hook_call *call, bool after)
{
    bench *b = ctx;
    if (after)
        return;
    if (call->what == HOOK_LOAD)
        b->loads++;
    if (call->what == HOOK_SAVE)
        on_save(b);
    if (call->what == HOOK_COMMIT && b->fail_commit && --b->fail_commit == 0)
        fail_now(b, FAULT_FAIL);
}

static void start(bench *b)
{
    host_start(&b->host, &b->scene, false);
    b->host.hooks.counting = true;
    b->host.hooks.on_call = on_call;
    b->host.hooks.on_call_ctx = b;
    assert_int_equal(host_open(&b->host), CRMSYNC_OK);
}

static void stop(bench *b)
{
    crmsync_job_free(b->job);
    b->job = NULL;
    /* trap 14: what became of the records adds up to what was read */
    assert_int_equal(b->host.miscounted, 0);
    host_stop(&b->host);
}

static void open_with(bench *b, const orgsim_options *org, const char *config)
{
    memset(b, 0, sizeof *b);
    scene_open_org(&b->scene, org, false, config);
    scene_seed(&b->scene, seed);
    start(b);
    host_connect(&b->host);
    scene_pass(&b->scene, HOUR);
}

/* The process ends as in a crash, another one begins. `config` NULL = the same. */
static void restart(bench *b, const char *config)
{
    b->host.hooks.dead = true;
    stop(b);
    if (config)
        scene_configure(&b->scene, config);
    start(b);
}

static void close_all(bench *b)
{
    stop(b);
    scene_close(&b->scene);
}

static int32_t run(bench *b, uint32_t phases, uint32_t flags)
{
    crmsync_job_free(b->job);
    b->job = NULL;
    return host_job(&b->host, phases, flags, &b->job);
}

static void must_run(bench *b, uint32_t phases)
{
    int32_t rc = run(b, phases, 0);
    if (rc)
        fail_msg("%s: %s", crmsync_code_name(rc), b->host.last_error);
}

static uint64_t count(const bench *b, const char *key)
{
    return host_counter(b->job, key);
}

static const char *person(bench *b, const char *by, const char *value, const char *field)
{
    return scene_value(&b->scene, "person", by, value, field);
}

static void crm_id(bench *b, const char *kind, const char *by, const char *value, char id[19])
{
    snprintf(id, 19, "%s", scene_value(&b->scene, kind, by, value, "origin"));
    assert_int_equal(strlen(id), 18);
}

static void test_import__never_polled_takes_all_objects(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Account.created"), 2);
    assert_int_equal(count(&b, "import.Contact.created"), 2);
    assert_int_equal(count(&b, "import.Lead.created"), 1);
    assert_int_equal(count(&b, "import.Opportunity.created"), 1);
    assert_true(count(&b, "import.User.created") >= 1);
    assert_int_equal(count(&b, "read.Contact"), 2);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(person(&b, "email", "ann@acme.example", "last_name"), "Lee");
    assert_string_equal(scene_value(&b.scene, "company", "name", "Globex", "website"),
                        "globex.example");
    assert_string_equal(scene_value(&b.scene, "opportunity", "name", "Big deal", "stage"),
                        "Prospecting");
    char company[64];
    snprintf(company, sizeof company, "%s",
             scene_value(&b.scene, "company", "name", "Acme Ltd", "id"));
    assert_string_equal(person(&b, "email", "ann@acme.example", "company_id"), company);
    close_all(&b);
}

static void test_import__nothing_changed_costs_a_call_per_object_and_saves_nothing(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    must_run(&b, IMPORT); /* everything is still within the overlap */
    b.saves = 0;
    scene_pass(&b.scene, 1000);
    orgsim_usage_reset(b.scene.org);
    must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    assert_int_equal(b.saves, 0);
    scene_pass(&b.scene, HOUR);
    orgsim_usage_reset(b.scene.org);
    b.loads = 0;
    must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_read, 0);
    assert_int_equal(b.saves, 0);
    assert_int_equal(b.loads, 0);
    close_all(&b);
}

static void test_import__edit_in_org_arrives_and_overlap_is_passed_over(void **state)
{
    bench b;
    char id[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.updated"), 1);
    assert_string_equal(person(&b, "email", "bob@globex.example", "phone"), "+1 555 0100");
    b.saves = b.loads = 0;
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.unchanged"), 1);
    assert_int_equal(count(&b, "import.Contact.reason.digest_equal"), 1);
    assert_int_equal(b.saves, 0);
    assert_int_equal(b.loads, 0);
    close_all(&b);
}

static void test_import__delete_in_org_deactivates(void **state)
{
    bench b;
    char id[19];
    crmsync_error *err = NULL;
    crmsync_str json;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    char local[64];
    snprintf(local, sizeof local, "%s", person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.updated"), 1);
    assert_int_equal(count(&b, "import.Contact.reason.crm_deleted"), 1);
    assert_string_equal(person(&b, "origin", id, "inactive"), "true");
    assert_string_equal(person(&b, "email", "ann@acme.example", "inactive"), "");
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, str("person"), str(local), &json, &err),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "\"state\":\"deleted\""));
    assert_non_null(strstr(json.ptr, "\"reason\":\"crm_deleted\""));
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT); /* once */
    assert_int_equal(count(&b, "import.Contact.updated"), 0);
    assert_int_equal(
        crmsync_workspace_reactivate(b.host.workspace, str("person"), str(local),
                                     CRMSYNC_REACTIVATE_FORM, &err),
        CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, str("person"), str(local), &json, &err),
        CRMSYNC_OK);
    assert_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "create_reactivated"));
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, str("person"), str("nobody"), &json, NULL),
        CRMSYNC_E_NOT_FOUND);
    close_all(&b);
}

static void test_import__more_deactivations_than_breaker_allows_stop_before_saving(void **state)
{
    bench b;
    char id[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS ",\"limits\":{\"breaker\":{\"deactivations\":1}}"));
    must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    crm_id(&b, "person", "email", "ann@acme.example", id);
    assert_int_equal(orgsim_delete(b.scene.org, id), 0);
    scene_pass(&b.scene, MINUTE);
    b.saves = 0;
    assert_int_equal(run(&b, IMPORT, 0), CRMSYNC_E_BREAKER);
    assert_int_equal(b.saves, 0);
    close_all(&b);
}

static void edit_bob(bench *b)
{
    char json[160], id[64];
    snprintf(id, sizeof id, "%s", person(b, "email", "bob@globex.example", "id"));
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"last_name\":\"Rayleigh\",\"note\":\"called\"}",
             id);
    scene_put(&b->scene, "person", json);
}

#define TWO_WAY(local, remote)                                                                     \
    "{\"local\":\"" local "\",\"remote\":\"" remote "\",\"import\":\"two_way\","                   \
    "\"export\":\"overwrite\"}"

/* Trap 5: what the host's user typed while the page was saved stays, and goes to the org. */
static void test_import__host_edit_during_save_survives(void **state)
{
    bench b;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    open_with(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":["
                     TWO_WAY("last_name", "LastName") "," TWO_WAY("email", "Email") ","
                     TWO_WAY("phone", "Phone") "]}}"));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.before_save = edit_bob;
    must_run(&b, IMPORT);
    assert_string_equal(person(&b, "origin", id, "phone"), "+1 555 0100");
    assert_string_equal(person(&b, "origin", id, "last_name"), "Rayleigh");
    assert_string_equal(person(&b, "origin", id, "note"), "called");
    assert_int_equal(count(&b, "import.Contact.updated"), 1);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, str("person"), str(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"queue\":[{")); /* the export writes the name */
    must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_count(b.scene.org, "Contact", "LastName = 'Rayleigh'"), 1);
    scene_pass(&b.scene, MINUTE);
    orgsim_usage_reset(b.scene.org);
    must_run(&b, IMPORT | CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_updated, 0);
    assert_string_equal(person(&b, "origin", id, "last_name"), "Rayleigh");
    close_all(&b);
}

static void edit_bob_again(bench *b)
{
    edit_bob(b);
    b->before_save = edit_bob_again;
}

/* The host's record never holds still: the row waits for a later run and is not lost. */
static void test_import__row_that_cannot_be_finished_is_read_by_next_run(void **state)
{
    bench b;
    char id[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.before_save = edit_bob_again;
    must_run(&b, IMPORT);
    b.before_save = NULL;
    assert_int_equal(count(&b, "import.Contact.held"), 1);
    assert_int_equal(count(&b, "import.Contact.reason.save_conflict"), 1);
    assert_string_equal(person(&b, "origin", id, "phone"), "");
    scene_pass(&b.scene, HOUR); /* beyond the overlap */
    must_run(&b, IMPORT);
    assert_string_equal(person(&b, "origin", id, "phone"), "+1 555 0100");
    orgsim_usage_reset(b.scene.org);
    scene_pass(&b.scene, HOUR);
    must_run(&b, IMPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 5);
    close_all(&b);
}

static void contact_id(bench *b, const char *email, char id[19])
{
    char soql[120];
    snprintf(soql, sizeof soql, "SELECT Id FROM Contact WHERE Email = '%s'", email);
    char *json = orgsim_query(b->scene.org, soql, false);
    const char *at = json ? strstr(json, "\"Id\":\"") : NULL;
    assert_non_null(at);
    snprintf(id, 19, "%s", at + 6);
    orgsim_string_free(json);
}

/* Trap 4: saved, not committed: the next run finds the record by its origin and converges. */
static void test_import__crash_between_save_and_commit_converges(void **state)
{
    int failures = 0;
    (void)state;
    for (uint64_t n = 1; n <= 20; n++) {
        bench b;
        char id[19];
        open_with(&b, NULL, CONFIG(OBJECTS));
        b.fail_commit = n;
        int32_t rc = run(&b, IMPORT, 0);
        b.fail_commit = 0;
        failures += rc != CRMSYNC_OK;
        contact_id(&b, "bob@globex.example", id);
        assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
        restart(&b, NULL);
        scene_pass(&b.scene, 10 * MINUTE); /* the dead worker's lease */
        must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "person"), 3);
        assert_int_equal(scene_count(&b.scene, "company"), 2);
        assert_int_equal(scene_count(&b.scene, "opportunity"), 1);
        assert_string_equal(person(&b, "origin", id, "phone"), "+1 555 0100");
        assert_int_equal(orgsim_update(b.scene.org, id, "{\"LastName\":\"Rayleigh\"}"), 0);
        scene_pass(&b.scene, MINUTE);
        must_run(&b, IMPORT);
        assert_string_equal(person(&b, "email", "bob@globex.example", "last_name"), "Rayleigh");
        close_all(&b);
    }
    assert_true(failures > 8);
}

static void seed_contacts(bench *b, int n)
{
    char fields[160], id[19];
    for (int i = 0; i < n; i++) {
        snprintf(fields, sizeof fields,
                 "{\"LastName\":\"Many %03d\",\"Email\":\"many%03d@initech.example\"}", i, i);
        assert_int_equal(orgsim_insert(b->scene.org, "Contact", fields, id), 0);
    }
}

static void test_import__small_pages_give_the_same(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    open_with(&b, &org, CONFIG(OBJECTS));
    seed_contacts(&b, 50);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.created"), 52);
    scene_pass(&b.scene, HOUR);
    seed_contacts(&b, 30); /* the same people once more: second records of theirs */
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.reason.secondary"), 30);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    close_all(&b);
}

/* Trap 7: more rows of one stamp than a page holds, and no locator lives. */
static void test_import__one_stamp_over_many_pages_without_locators_is_read_whole(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    open_with(&b, &org, CONFIG(OBJECTS));
    assert_int_equal(orgsim_switch(b.scene.org, "locator_short", "on"), 0);
    must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    seed_contacts(&b, 50);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.created"), 50);
    assert_int_equal(count(&b, "import.Contact.input"), 50);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    close_all(&b);
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
    open_with(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(orgsim_insert(b.scene.org, "Account",
                                   "{\"Name\":\"Pages\",\"Website\":\"pages.wordpress.com\"}",
                                   other),
                     0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 1);
    assert_int_equal(accounts_by(&b, "host", "globex.example"), 1);
    assert_int_equal(accounts_by(&b, "name", "acme"), 1);
    assert_int_equal(accounts_by(&b, "domain", "wordpress.com"), 0);
    assert_int_equal(accounts_by(&b, "host", "pages.wordpress.com"), 1);
    crm_id(&b, "company", "name", "Acme Ltd", id);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Website\":\"https://acme.test\"}"), 0);
    assert_int_equal(orgsim_delete(b.scene.org, other), 0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 0);
    assert_int_equal(accounts_by(&b, "domain", "acme.test"), 1);
    assert_int_equal(accounts_by(&b, "name", "pages"), 0);
    close_all(&b);
}

static void test_import__refused_values_are_reported_and_not_taken_for_settled(void **state)
{
    bench b;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", person(&b, "origin", id, "id"));
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_update(b.scene.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    b.refuse = true;
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.reason.save_refused"), 1);
    assert_int_equal(
        crmsync_workspace_explain(b.host.workspace, str("person"), str(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "the host does not want it"));
    b.refuse = false;
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT); /* within the overlap it is offered again */
    assert_string_equal(person(&b, "origin", id, "phone"), "+1 555 0100");
    close_all(&b);
}

/* Contacts find their accounts by it even where accounts are not imported. */
static void test_export__account_index_is_kept_without_importing_accounts(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true},"
                     "\"fields\":[" PERSON "]}},\"export\":{\"mode\":\"contacts\"}"));
    must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(accounts_by(&b, "domain", "acme.example"), 1);
    assert_int_equal(scene_count(&b.scene, "company"), 0);
    scene_pass(&b.scene, HOUR);
    orgsim_usage_reset(b.scene.org);
    must_run(&b, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(b.scene.org).api_calls, 1);
    assert_int_equal(orgsim_usage_get(b.scene.org).rows_read, 0);
    close_all(&b);
}

static void test_import__record_linked_as_it_is_learns_crm_id(void **state)
{
    bench b;
    char lead[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    scene_put(&b.scene, "person",
              "{\"id\":\"p1\",\"first_name\":\"Cat\",\"last_name\":\"Fox\","
              "\"email\":\"cat@initech.example\",\"company\":\"Initech\"}");
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Lead.reason.link_only"), 1);
    snprintf(lead, sizeof lead, "%s", person(&b, "id", "p1", "crm_id"));
    assert_int_equal(strncmp(lead, "00Q", 3), 0);
    close_all(&b);
}

static void test_import__crash_in_backfill_goes_on_behind_last_page(void **state)
{
    orgsim_options org = {.query_page = 7};
    bench b;
    (void)state;
    open_with(&b, &org, CONFIG(OBJECTS));
    seed_contacts(&b, 50);
    orgsim_transport_fault(b.scene.transport, 12, ORGSIM_FAULT_GARBAGE);
    assert_true(run(&b, IMPORT, 0) != CRMSYNC_OK);
    uint64_t before = count(&b, "read.Contact");
    assert_true(before > 0 && before < 52);
    restart(&b, NULL);
    scene_pass(&b.scene, 10 * MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.created"), 52 - before);
    assert_int_equal(scene_count(&b.scene, "person"), 53);
    close_all(&b);
}

static void test_import__matching_host_person_is_linked(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    scene_put(&b.scene, "person", "{\"id\":\"p1\",\"email\":\" ANN@acme.example\"}");
    scene_put(&b.scene, "company",
              "{\"id\":\"c1\",\"name\":\"ACME\",\"website\":\"acme.example\"}");
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.created"), 1);
    assert_int_equal(count(&b, "import.Account.created"), 1);
    assert_string_equal(person(&b, "id", "p1", "last_name"), "Lee");
    assert_string_equal(person(&b, "id", "p1", "company_id"), "c1");
    assert_int_equal(count(&b, "match.person.match_email"), 1);
    assert_int_equal(count(&b, "match.company.match_website"), 1);
    close_all(&b);
}

static void test_import__merge_in_org_moves_link_and_makes_nobody_new(void **state)
{
    bench b;
    char winner[19], loser[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "bob@globex.example", loser);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_insert(b.scene.org, "Contact",
                                   "{\"LastName\":\"Ray\",\"Email\":\"robert@globex.example\"}",
                                   winner),
                     0);
    assert_int_equal(orgsim_merge(b.scene.org, winner, loser), 0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.reason.merged"), 1);
    assert_int_equal(count(&b, "import.Contact.created"), 0);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(person(&b, "origin", loser, "email"), "robert@globex.example");
    close_all(&b);
}

static void test_import__conversion_makes_nobody_new(void **state)
{
    bench b;
    char lead[19], contact[19];
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    crm_id(&b, "person", "email", "cat@initech.example", lead);
    scene_pass(&b.scene, HOUR);
    assert_int_equal(orgsim_convert_lead(b.scene.org, lead, NULL, NULL, false, contact), 0);
    assert_int_equal(orgsim_update(b.scene.org, contact, "{\"Email\":\"new@initech.example\"}"), 0);
    scene_pass(&b.scene, MINUTE);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Lead.reason.converted"), 1);
    assert_int_equal(count(&b, "import.Contact.created"), 0);
    assert_int_equal(scene_count(&b.scene, "person"), 3);
    assert_string_equal(person(&b, "origin", lead, "email"), "new@initech.example");
    close_all(&b);
}

static void test_import__dry_run_counts_and_writes_nothing(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    assert_int_equal(run(&b, IMPORT, CRMSYNC_JOB_DRY_RUN), CRMSYNC_OK);
    assert_int_equal(count(&b, "import.Contact.created"), 2);
    assert_int_equal(b.saves, 0);
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.created"), 2);
    close_all(&b);
}

static void test_import__new_mapping_reads_everything_again(void **state)
{
    bench b;
    (void)state;
    open_with(&b, NULL,
              CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":["
                     "{\"local\":\"last_name\",\"remote\":\"LastName\"},"
                     "{\"local\":\"email\",\"remote\":\"Email\"}]}}"));
    must_run(&b, IMPORT);
    scene_pass(&b.scene, HOUR);
    restart(&b, CONFIG("\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]}}"));
    must_run(&b, IMPORT);
    assert_int_equal(count(&b, "import.Contact.updated"), 2);
    assert_string_equal(person(&b, "email", "bob@globex.example", "first_name"), "Bob");
    close_all(&b);
}

/* Every 7th request of a whole import fails, one per run: nothing leaks, and the next run makes it
 * good. */
static void test_import__out_of_memory_leaks_nothing_and_converges(void **state)
{
    bool more = true;
    (void)state;
    for (uint64_t n = 1; more; n += 7) {
        bench b;
        counted_memory *memory = &b.scene.counted; /* closing the scene looks for leaks */
        open_with(&b, NULL, CONFIG(OBJECTS));
        restart(&b, NULL);
        memory->fail_at = memory->requests + n;
        int32_t rc = run(&b, IMPORT, 0);
        more = memory->requests >= memory->fail_at;
        memory->fail_at = 0;
        assert_true(rc == CRMSYNC_OK || rc == CRMSYNC_E_NOMEM);
        restart(&b, NULL);
        scene_pass(&b.scene, 10 * MINUTE);
        must_run(&b, IMPORT);
        assert_int_equal(scene_count(&b.scene, "person"), 3);
        assert_int_equal(scene_count(&b.scene, "company"), 2);
        assert_int_equal(scene_count(&b.scene, "opportunity"), 1);
        close_all(&b);
    }
}

static void test_log__filter_selects_newest_first(void **state)
{
    bench b;
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    (void)state;
    open_with(&b, NULL, CONFIG(OBJECTS));
    must_run(&b, IMPORT);
    filter.object = str("Contact");
    filter.operation = str("create");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    int32_t at = crmsync_rows_find_field(rows, str("fields"));
    assert_true(at >= 0);
    crmsync_cell fields = crmsync_rows_get(rows, 0, (size_t)at);
    assert_non_null(strstr(fields.text.ptr, "\"remote\":\"LastName\""));
    crmsync_rows_free(rows);
    filter.limit = 1;
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 1);
    crmsync_rows_free(rows);
    filter.kind = str("company");
    assert_int_equal(crmsync_workspace_log(b.host.workspace, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 0);
    crmsync_rows_free(rows);
    close_all(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import__never_polled_takes_all_objects),
        cmocka_unit_test(test_import__nothing_changed_costs_a_call_per_object_and_saves_nothing),
        cmocka_unit_test(test_import__edit_in_org_arrives_and_overlap_is_passed_over),
        cmocka_unit_test(test_import__delete_in_org_deactivates),
        cmocka_unit_test(test_import__more_deactivations_than_breaker_allows_stop_before_saving),
        cmocka_unit_test(test_import__host_edit_during_save_survives),
        cmocka_unit_test(test_import__row_that_cannot_be_finished_is_read_by_next_run),
        cmocka_unit_test(test_import__one_stamp_over_many_pages_without_locators_is_read_whole),
        cmocka_unit_test(test_import__account_index_follows_the_org),
        cmocka_unit_test(test_export__account_index_is_kept_without_importing_accounts),
        cmocka_unit_test(test_import__refused_values_are_reported_and_not_taken_for_settled),
        cmocka_unit_test(test_import__record_linked_as_it_is_learns_crm_id),
        cmocka_unit_test(test_import__crash_between_save_and_commit_converges),
        cmocka_unit_test(test_import__small_pages_give_the_same),
        cmocka_unit_test(test_import__crash_in_backfill_goes_on_behind_last_page),
        cmocka_unit_test(test_import__matching_host_person_is_linked),
        cmocka_unit_test(test_import__merge_in_org_moves_link_and_makes_nobody_new),
        cmocka_unit_test(test_import__conversion_makes_nobody_new),
        cmocka_unit_test(test_import__dry_run_counts_and_writes_nothing),
        cmocka_unit_test(test_import__new_mapping_reads_everything_again),
        cmocka_unit_test(test_import__out_of_memory_leaks_nothing_and_converges),
        cmocka_unit_test(test_log__filter_selects_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
