/* The import phase between a host in memory and the simulated org. */
#include "support/memory_host.h"

#include "state/index.h"
#include "sync/workspace.h"
#include "unit/failing_alloc.h"

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

static void crm_id(host *h, const char *kind, const char *by, const char *value, char id[19])
{
    snprintf(id, 19, "%s", host_value(h, kind, by, value, "origin"));
    assert_int_equal(strlen(id), 18);
}

/* Trap 14: what became of the records adds up to what was read. */
static void assert_adds_up(const host *h, const char *object)
{
    static const char *const outcomes[] = {"created", "updated", "unchanged", "skipped",
                                           "held",    "failed",  "unknown"};
    char key[80];
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        snprintf(key, sizeof key, "import.%s.%s", object, outcomes[i]);
        sum += host_count(h, key);
    }
    snprintf(key, sizeof key, "import.%s.input", object);
    assert_int_equal(sum, host_count(h, key));
}

static void open_with(host *h, const orgsim_options *org, const char *members)
{
    memset(h, 0, sizeof *h);
    host_open(h, org, members, seed);
    host_pass(h, HOUR);
}

static void test_import__never_polled_takes_all_objects(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Account.created"), 2);
    assert_int_equal(host_count(&h, "import.Contact.created"), 2);
    assert_int_equal(host_count(&h, "import.Lead.created"), 1);
    assert_int_equal(host_count(&h, "import.Opportunity.created"), 1);
    assert_true(host_count(&h, "import.User.created") >= 1);
    assert_int_equal(host_count(&h, "read.Contact"), 2);
    assert_int_equal(host_records(&h, "person"), 3);
    assert_string_equal(host_value(&h, "person", "email", "ann@acme.example", "last_name"), "Lee");
    assert_string_equal(host_value(&h, "company", "name", "Globex", "website"), "globex.example");
    assert_string_equal(host_value(&h, "opportunity", "name", "Big deal", "stage"), "Prospecting");
    char company[64];
    snprintf(company, sizeof company, "%s", host_value(&h, "company", "name", "Acme Ltd", "id"));
    assert_string_equal(host_value(&h, "person", "email", "ann@acme.example", "company_id"),
                        company);
    assert_adds_up(&h, "Account");
    assert_adds_up(&h, "Contact");
    assert_adds_up(&h, "User");
    host_close(&h);
}

static void test_import__nothing_changed_costs_a_call_per_object_and_saves_nothing(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    host_must_run(&h, IMPORT); /* everything is still within the overlap */
    h.saves = 0;
    host_pass(&h, 1000);
    orgsim_usage_reset(h.org);
    host_must_run(&h, IMPORT);
    assert_int_equal(orgsim_usage_get(h.org).api_calls, 5);
    assert_int_equal(h.saves, 0);
    host_pass(&h, HOUR);
    orgsim_usage_reset(h.org);
    h.loads = 0;
    host_must_run(&h, IMPORT);
    assert_int_equal(orgsim_usage_get(h.org).api_calls, 5);
    assert_int_equal(orgsim_usage_get(h.org).rows_read, 0);
    assert_int_equal(h.saves, 0);
    assert_int_equal(h.loads, 0);
    host_close(&h);
}

static void test_import__edit_in_org_arrives_and_overlap_is_passed_over(void **state)
{
    host h;
    char id[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_update(h.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.updated"), 1);
    assert_string_equal(host_value(&h, "person", "email", "bob@globex.example", "phone"),
                        "+1 555 0100");
    h.saves = h.loads = 0;
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.unchanged"), 1);
    assert_int_equal(host_count(&h, "import.Contact.reason.digest_equal"), 1);
    assert_int_equal(h.saves, 0);
    assert_int_equal(h.loads, 0);
    host_close(&h);
}

static void test_import__delete_in_org_deactivates(void **state)
{
    host h;
    char id[19];
    crmsync_error *err = NULL;
    crmsync_str json;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    char local[64];
    snprintf(local, sizeof local, "%s", host_value(&h, "person", "origin", id, "id"));
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_delete(h.org, id), 0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.updated"), 1);
    assert_int_equal(host_count(&h, "import.Contact.reason.crm_deleted"), 1);
    assert_string_equal(host_value(&h, "person", "origin", id, "inactive"), "true");
    assert_string_equal(host_value(&h, "person", "email", "ann@acme.example", "inactive"), "");
    assert_int_equal(
        crmsync_workspace_explain(h.ws, host_view("person"), host_view(local), &json, &err),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "\"state\":\"deleted\""));
    assert_non_null(strstr(json.ptr, "\"reason\":\"crm_deleted\""));
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT); /* once */
    assert_int_equal(host_count(&h, "import.Contact.updated"), 0);
    assert_int_equal(
        crmsync_workspace_reactivate(h.ws, host_view("person"), host_view(local), &err),
        CRMSYNC_OK);
    assert_int_equal(
        crmsync_workspace_explain(h.ws, host_view("person"), host_view(local), &json, &err),
        CRMSYNC_OK);
    assert_null(strstr(json.ptr, "\"inactive\":true"));
    assert_non_null(strstr(json.ptr, "create_reactivated"));
    assert_int_equal(
        crmsync_workspace_explain(h.ws, host_view("person"), host_view("nobody"), &json, NULL),
        CRMSYNC_E_NOT_FOUND);
    host_close(&h);
}

static void test_import__more_deactivations_than_breaker_allows_stop_before_saving(void **state)
{
    host h;
    char id[19];
    (void)state;
    open_with(&h, NULL, OBJECTS ",\"limits\":{\"breaker\":{\"deactivations\":1}}");
    host_must_run(&h, IMPORT);
    host_pass(&h, HOUR);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    assert_int_equal(orgsim_delete(h.org, id), 0);
    crm_id(&h, "person", "email", "ann@acme.example", id);
    assert_int_equal(orgsim_delete(h.org, id), 0);
    host_pass(&h, MINUTE);
    h.saves = 0;
    assert_int_equal(host_run(&h, IMPORT, 0), CRMSYNC_E_BREAKER);
    assert_int_equal(h.saves, 0);
    assert_adds_up(&h, "Contact");
    host_close(&h);
}

static void edit_bob(host *h)
{
    char json[160], id[64];
    snprintf(id, sizeof id, "%s", host_value(h, "person", "email", "bob@globex.example", "id"));
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"last_name\":\"Rayleigh\",\"note\":\"called\"}",
             id);
    host_put(h, "person", json);
}

#define TWO_WAY(local, remote)                                                                     \
    "{\"local\":\"" local "\",\"remote\":\"" remote "\",\"import\":\"two_way\","                   \
    "\"export\":\"overwrite\"}"

/* Trap 5: what the host's user typed while the page was saved stays, and goes to the org. */
static void test_import__host_edit_during_save_survives(void **state)
{
    host h;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    open_with(&h, NULL,
              "\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":[" TWO_WAY(
                  "last_name",
                  "LastName") "," TWO_WAY("email", "Email") "," TWO_WAY("phone", "Phone") "]}}");
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", host_value(&h, "person", "origin", id, "id"));
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_update(h.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    host_pass(&h, MINUTE);
    h.before_save = edit_bob;
    host_must_run(&h, IMPORT);
    assert_string_equal(host_value(&h, "person", "origin", id, "phone"), "+1 555 0100");
    assert_string_equal(host_value(&h, "person", "origin", id, "last_name"), "Rayleigh");
    assert_string_equal(host_value(&h, "person", "origin", id, "note"), "called");
    assert_int_equal(host_count(&h, "import.Contact.updated"), 1);
    assert_adds_up(&h, "Contact");
    assert_int_equal(
        crmsync_workspace_explain(h.ws, host_view("person"), host_view(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"queue\":[{")); /* the export writes the name */
    host_must_run(&h, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_count(h.org, "Contact", "LastName = 'Rayleigh'"), 1);
    host_pass(&h, MINUTE);
    orgsim_usage_reset(h.org);
    host_must_run(&h, IMPORT | CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(h.org).rows_updated, 0);
    assert_string_equal(host_value(&h, "person", "origin", id, "last_name"), "Rayleigh");
    host_close(&h);
}

static void edit_bob_again(host *h)
{
    edit_bob(h);
    h->before_save = edit_bob_again;
}

/* The host's record never holds still: the row waits for a later run and is not lost. */
static void test_import__row_that_cannot_be_finished_is_read_by_next_run(void **state)
{
    host h;
    char id[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_update(h.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    host_pass(&h, MINUTE);
    h.before_save = edit_bob_again;
    host_must_run(&h, IMPORT);
    h.before_save = NULL;
    assert_int_equal(host_count(&h, "import.Contact.held"), 1);
    assert_int_equal(host_count(&h, "import.Contact.reason.save_conflict"), 1);
    assert_string_equal(host_value(&h, "person", "origin", id, "phone"), "");
    assert_adds_up(&h, "Contact");
    host_pass(&h, HOUR); /* beyond the overlap */
    host_must_run(&h, IMPORT);
    assert_string_equal(host_value(&h, "person", "origin", id, "phone"), "+1 555 0100");
    orgsim_usage_reset(h.org);
    host_pass(&h, HOUR);
    host_must_run(&h, IMPORT);
    assert_int_equal(orgsim_usage_get(h.org).api_calls, 5);
    host_close(&h);
}

static void contact_id(host *h, const char *email, char id[19])
{
    char soql[120];
    snprintf(soql, sizeof soql, "SELECT Id FROM Contact WHERE Email = '%s'", email);
    char *json = orgsim_query(h->org, soql, false);
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
        host h;
        char id[19];
        open_with(&h, NULL, OBJECTS);
        h.fail_commit = n;
        int32_t rc = host_run(&h, IMPORT, 0);
        h.fail_commit = 0;
        failures += rc != CRMSYNC_OK;
        contact_id(&h, "bob@globex.example", id);
        assert_int_equal(orgsim_update(h.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
        host_restart(&h, NULL);
        host_pass(&h, 10 * MINUTE); /* the dead worker's lease */
        host_must_run(&h, IMPORT);
        assert_int_equal(host_records(&h, "person"), 3);
        assert_int_equal(host_records(&h, "company"), 2);
        assert_int_equal(host_records(&h, "opportunity"), 1);
        assert_string_equal(host_value(&h, "person", "origin", id, "phone"), "+1 555 0100");
        assert_int_equal(orgsim_update(h.org, id, "{\"LastName\":\"Rayleigh\"}"), 0);
        host_pass(&h, MINUTE);
        host_must_run(&h, IMPORT);
        assert_string_equal(host_value(&h, "person", "email", "bob@globex.example", "last_name"),
                            "Rayleigh");
        host_close(&h);
    }
    assert_true(failures > 8);
}

static void seed_contacts(host *h, int n)
{
    char fields[160], id[19];
    for (int i = 0; i < n; i++) {
        snprintf(fields, sizeof fields,
                 "{\"LastName\":\"Many %03d\",\"Email\":\"many%03d@initech.example\"}", i, i);
        assert_int_equal(orgsim_insert(h->org, "Contact", fields, id), 0);
    }
}

static void test_import__small_pages_give_the_same(void **state)
{
    orgsim_options org = {.query_page = 7};
    host h;
    (void)state;
    open_with(&h, &org, OBJECTS);
    seed_contacts(&h, 50);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.created"), 52);
    host_pass(&h, HOUR);
    seed_contacts(&h, 30); /* the same people once more: second records of theirs */
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.reason.secondary"), 30);
    assert_int_equal(host_records(&h, "person"), 53);
    assert_adds_up(&h, "Contact");
    host_close(&h);
}

/* Trap 7: more rows of one stamp than a page holds, and no locator lives. */
static void test_import__one_stamp_over_many_pages_without_locators_is_read_whole(void **state)
{
    orgsim_options org = {.query_page = 7};
    host h;
    (void)state;
    open_with(&h, &org, OBJECTS);
    assert_int_equal(orgsim_switch(h.org, "locator_short", "on"), 0);
    host_must_run(&h, IMPORT);
    host_pass(&h, HOUR);
    seed_contacts(&h, 50);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.created"), 50);
    assert_int_equal(host_count(&h, "import.Contact.input"), 50);
    assert_int_equal(host_records(&h, "person"), 53);
    host_close(&h);
}

static size_t accounts_by(host *h, const char *key_kind, const char *key)
{
    crmi_arena arena;
    crmsync_str *ids;
    size_t n = 0;
    crmi_arena_init(&arena, h->ws->store.alloc);
    assert_int_equal(crmi_index_find(&h->ws->store, host_view("Account"), host_view(key_kind),
                                     host_view(key), &arena, &ids, &n, NULL),
                     CRMSYNC_OK);
    crmi_arena_clear(&arena);
    return n;
}

static void test_import__account_index_follows_the_org(void **state)
{
    host h;
    char id[19], other[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    assert_int_equal(orgsim_insert(h.org, "Account",
                                   "{\"Name\":\"Pages\",\"Website\":\"pages.wordpress.com\"}",
                                   other),
                     0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(accounts_by(&h, "domain", "acme.example"), 1);
    assert_int_equal(accounts_by(&h, "host", "globex.example"), 1);
    assert_int_equal(accounts_by(&h, "name", "acme"), 1);
    assert_int_equal(accounts_by(&h, "domain", "wordpress.com"), 0);
    assert_int_equal(accounts_by(&h, "host", "pages.wordpress.com"), 1);
    crm_id(&h, "company", "name", "Acme Ltd", id);
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_update(h.org, id, "{\"Website\":\"https://acme.test\"}"), 0);
    assert_int_equal(orgsim_delete(h.org, other), 0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(accounts_by(&h, "domain", "acme.example"), 0);
    assert_int_equal(accounts_by(&h, "domain", "acme.test"), 1);
    assert_int_equal(accounts_by(&h, "name", "pages"), 0);
    host_close(&h);
}

static void test_import__refused_values_are_reported_and_not_taken_for_settled(void **state)
{
    host h;
    char id[19], local[64];
    crmsync_str json;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", id);
    snprintf(local, sizeof local, "%s", host_value(&h, "person", "origin", id, "id"));
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_update(h.org, id, "{\"Phone\":\"+1 555 0100\"}"), 0);
    host_pass(&h, MINUTE);
    h.refuse = "no phone numbers on Fridays";
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.reason.save_refused"), 1);
    assert_adds_up(&h, "Contact");
    assert_int_equal(
        crmsync_workspace_explain(h.ws, host_view("person"), host_view(local), &json, NULL),
        CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "no phone numbers on Fridays"));
    h.refuse = NULL;
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT); /* within the overlap it is offered again */
    assert_string_equal(host_value(&h, "person", "origin", id, "phone"), "+1 555 0100");
    host_close(&h);
}

/* Contacts find their accounts by it even where accounts are not imported. */
static void test_export__account_index_is_kept_without_importing_accounts(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL,
              "\"objects\":{\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true},"
              "\"fields\":[" PERSON "]}},\"export\":{\"mode\":\"contacts\"}");
    host_must_run(&h, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(accounts_by(&h, "domain", "acme.example"), 1);
    assert_int_equal(host_records(&h, "company"), 0);
    host_pass(&h, HOUR);
    orgsim_usage_reset(h.org);
    host_must_run(&h, CRMSYNC_PHASE_EXPORT);
    assert_int_equal(orgsim_usage_get(h.org).api_calls, 1);
    assert_int_equal(orgsim_usage_get(h.org).rows_read, 0);
    host_close(&h);
}

static void test_import__record_linked_as_it_is_learns_crm_id(void **state)
{
    host h;
    char lead[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_put(&h, "person",
             "{\"id\":\"p1\",\"first_name\":\"Cat\",\"last_name\":\"Fox\","
             "\"email\":\"cat@initech.example\",\"company\":\"Initech\"}");
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Lead.reason.link_only"), 1);
    snprintf(lead, sizeof lead, "%s", host_value(&h, "person", "id", "p1", "crm_id"));
    assert_int_equal(strncmp(lead, "00Q", 3), 0);
    host_close(&h);
}

static void test_import__crash_in_backfill_goes_on_behind_last_page(void **state)
{
    orgsim_options org = {.query_page = 7};
    host h;
    (void)state;
    open_with(&h, &org, OBJECTS);
    seed_contacts(&h, 50);
    orgsim_transport_fault(h.transport, 12, ORGSIM_FAULT_GARBAGE);
    assert_true(host_run(&h, IMPORT, 0) != CRMSYNC_OK);
    uint64_t before = host_count(&h, "read.Contact");
    assert_true(before > 0 && before < 52);
    host_restart(&h, NULL);
    host_pass(&h, 10 * MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.created"), 52 - before);
    assert_int_equal(host_records(&h, "person"), 53);
    host_close(&h);
}

static void test_import__matching_host_person_is_linked(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_put(&h, "person", "{\"id\":\"p1\",\"email\":\" ANN@acme.example\"}");
    host_put(&h, "company", "{\"id\":\"c1\",\"name\":\"ACME\",\"website\":\"acme.example\"}");
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.created"), 1);
    assert_int_equal(host_count(&h, "import.Account.created"), 1);
    assert_string_equal(host_value(&h, "person", "id", "p1", "last_name"), "Lee");
    assert_string_equal(host_value(&h, "person", "id", "p1", "company_id"), "c1");
    assert_int_equal(host_count(&h, "match.person.match_email"), 1);
    assert_int_equal(host_count(&h, "match.company.match_website"), 1);
    host_close(&h);
}

static void test_import__merge_in_org_moves_link_and_makes_nobody_new(void **state)
{
    host h;
    char winner[19], loser[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "bob@globex.example", loser);
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_insert(h.org, "Contact",
                                   "{\"LastName\":\"Ray\",\"Email\":\"robert@globex.example\"}",
                                   winner),
                     0);
    assert_int_equal(orgsim_merge(h.org, winner, loser), 0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.reason.merged"), 1);
    assert_int_equal(host_count(&h, "import.Contact.created"), 0);
    assert_int_equal(host_records(&h, "person"), 3);
    assert_string_equal(host_value(&h, "person", "origin", loser, "email"),
                        "robert@globex.example");
    host_close(&h);
}

static void test_import__conversion_makes_nobody_new(void **state)
{
    host h;
    char lead[19], contact[19];
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    crm_id(&h, "person", "email", "cat@initech.example", lead);
    host_pass(&h, HOUR);
    assert_int_equal(orgsim_convert_lead(h.org, lead, NULL, NULL, false, contact), 0);
    assert_int_equal(orgsim_update(h.org, contact, "{\"Email\":\"new@initech.example\"}"), 0);
    host_pass(&h, MINUTE);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Lead.reason.converted"), 1);
    assert_int_equal(host_count(&h, "import.Contact.created"), 0);
    assert_int_equal(host_records(&h, "person"), 3);
    assert_string_equal(host_value(&h, "person", "origin", lead, "email"), "new@initech.example");
    host_close(&h);
}

static void test_import__dry_run_counts_and_writes_nothing(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    assert_int_equal(host_run(&h, IMPORT, CRMSYNC_JOB_DRY_RUN), CRMSYNC_OK);
    assert_int_equal(host_count(&h, "import.Contact.created"), 2);
    assert_int_equal(h.saves, 0);
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.created"), 2);
    host_close(&h);
}

static void test_import__new_mapping_reads_everything_again(void **state)
{
    host h;
    (void)state;
    open_with(&h, NULL,
              "\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":["
              "{\"local\":\"last_name\",\"remote\":\"LastName\"},"
              "{\"local\":\"email\",\"remote\":\"Email\"}]}}");
    host_must_run(&h, IMPORT);
    host_pass(&h, HOUR);
    host_restart(&h, "\"objects\":{\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]}}");
    host_must_run(&h, IMPORT);
    assert_int_equal(host_count(&h, "import.Contact.updated"), 2);
    assert_string_equal(host_value(&h, "person", "email", "bob@globex.example", "first_name"),
                        "Bob");
    host_close(&h);
}

/* Every 7th request of a whole import fails, one per run: nothing leaks, and the next run makes it
 * good. */
static void test_import__out_of_memory_leaks_nothing_and_converges(void **state)
{
    bool more = true;
    (void)state;
    for (size_t n = 1; more; n += 7) {
        host h;
        failing_alloc memory = {0};
        crmsync_alloc table = failing_alloc_table(&memory);
        open_with(&h, NULL, OBJECTS);
        h.alloc = &table;
        host_restart(&h, NULL);
        memory.fail_at = memory.requests + n;
        int32_t rc = host_run(&h, IMPORT, 0);
        more = memory.requests >= memory.fail_at;
        memory.fail_at = 0;
        assert_true(rc == CRMSYNC_OK || rc == CRMSYNC_E_NOMEM);
        host_restart(&h, NULL);
        host_pass(&h, 10 * MINUTE);
        host_must_run(&h, IMPORT);
        assert_int_equal(host_records(&h, "person"), 3);
        assert_int_equal(host_records(&h, "company"), 2);
        assert_int_equal(host_records(&h, "opportunity"), 1);
        host_close(&h);
        assert_int_equal(memory.blocks, 0);
    }
}

static void test_log__filter_selects_newest_first(void **state)
{
    host h;
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    host_must_run(&h, IMPORT);
    filter.object = host_view("Contact");
    filter.operation = host_view("create");
    assert_int_equal(crmsync_workspace_log(h.ws, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 2);
    int32_t at = crmsync_rows_find_field(rows, host_view("fields"));
    assert_true(at >= 0);
    crmsync_cell fields = crmsync_rows_get(rows, 0, (size_t)at);
    assert_non_null(strstr(fields.text.ptr, "\"remote\":\"LastName\""));
    crmsync_rows_free(rows);
    filter.limit = 1;
    assert_int_equal(crmsync_workspace_log(h.ws, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 1);
    crmsync_rows_free(rows);
    filter.kind = host_view("company");
    assert_int_equal(crmsync_workspace_log(h.ws, &filter, &rows, &err), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(rows), 0);
    crmsync_rows_free(rows);
    host_close(&h);
}

static void test_enqueue__wish_waits_in_queue(void **state)
{
    host h;
    crmsync_error *err = NULL;
    crmsync_str ids[] = {host_view("p1"), host_view("p2")}, json;
    (void)state;
    open_with(&h, NULL, OBJECTS);
    assert_int_equal(crmsync_workspace_enqueue(h.ws, host_view("person"), ids, 2,
                                               CRMSYNC_ENQUEUE_MANUAL | CRMSYNC_ENQUEUE_LEAD, &err),
                     CRMSYNC_OK);
    assert_int_equal(crmsync_workspace_explain(h.ws, host_view("person"), ids[1], &json, &err),
                     CRMSYNC_OK);
    assert_non_null(strstr(json.ptr, "\"queue\":[{"));
    ids[1] = host_view("");
    static const struct {
        const char *kind;
        uint32_t flags;
        size_t n;
    } bad[] = {{"person", 0, 2},
               {"activity", 0, 1},
               {"person", 0x80, 1},
               {"person", CRMSYNC_ENQUEUE_LEAD | CRMSYNC_ENQUEUE_CONTACT, 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(crmsync_workspace_enqueue(h.ws, host_view(bad[i].kind), ids, bad[i].n,
                                                   bad[i].flags, NULL),
                         CRMSYNC_E_INVALID);
    host_close(&h);
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
        cmocka_unit_test(test_enqueue__wish_waits_in_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
