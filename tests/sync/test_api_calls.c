/*
 * API calls of an export of new people, matching and look-back included, token and describe cached:
 * a promise, so a test. One by one the same would take thousands.
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

#define FIELDS                                                                                     \
    "\"fields\":[{\"local\":\"first_name\",\"remote\":\"FirstName\"},"                             \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},{\"local\":\"email\",\"remote\":\"Email\"}"

static const char leads_config[] =
    "{" SCENE_CONNECTION
    ",\"objects\":{\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}," FIELDS
    ",{\"local\":\"company\",\"remote\":\"Company\"}]},"
    "\"Contact\":{\"direction\":\"out\"," FIELDS "]}},"
    "\"export\":{\"mode\":\"leads\"},\"limits\":{\"packing\":\"max\"}}";

static const char contacts_config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"out\"," FIELDS "]},"
    "\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true}," FIELDS "]},"
    "\"Account\":{\"direction\":\"both\",\"create\":{\"out\":true},"
    "\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"
    "{\"local\":\"website\",\"remote\":\"Website\"}]}},"
    "\"export\":{\"mode\":\"contacts\",\"account_create\":true},\"limits\":{\"packing\":\"max\"}}";

#define BY_BULK "{\"packing\":\"max\",\"bulk_from\":500}"

static const char leads_bulk_config[] =
    "{" SCENE_CONNECTION
    ",\"objects\":{\"Lead\":{\"direction\":\"out\",\"create\":{\"out\":true}," FIELDS
    ",{\"local\":\"company\",\"remote\":\"Company\"}]},"
    "\"Contact\":{\"direction\":\"out\"," FIELDS "]}},"
    "\"export\":{\"mode\":\"leads\"},\"limits\":" BY_BULK "}";

static const char contacts_bulk_config[] =
    "{" SCENE_CONNECTION ",\"objects\":{\"Lead\":{\"direction\":\"out\"," FIELDS "]},"
    "\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true}," FIELDS "]},"
    "\"Account\":{\"direction\":\"both\",\"create\":{\"out\":true},"
    "\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"
    "{\"local\":\"website\",\"remote\":\"Website\"}]}},"
    "\"export\":{\"mode\":\"contacts\",\"account_create\":true},\"limits\":" BY_BULK "}";

/* People p0 to p<n-1>, `per_company` of them at each company. */
static void put_people(scene *s, size_t n, size_t per_company)
{
    size_t size = n * 200 + 1, at = 0;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        size_t c = i / per_company;
        int len = snprintf(text + at, size - at,
                           "{\"id\":\"p%zu\",\"first_name\":\"Pat\",\"last_name\":\"Number %zu\","
                           "\"email\":\"pat.%zu@company-%zu.example\",\"company\":\"Company %zu\"}\n",
                           i, i, i, c, c);
        at += (size_t)len;
    }
    scene_put(s, "person", text);
    free(text);
}

static void seed_accounts(scene *s, size_t n)
{
    size_t size = n * 120 + 32, at = 0;
    char *text = malloc(size);
    assert_non_null(text);
    at += (size_t)snprintf(text, size, "{\"Account\":[");
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, size - at,
                               "%s{\"Name\":\"Company %zu\",\"Website\":\"www.company-%zu.example\"}",
                               i ? "," : "", i, i);
    snprintf(text + at, size - at, "]}");
    scene_seed(s, text);
    free(text);
}

typedef struct expectation {
    const char *config;
    size_t people, per_company;
    size_t accounts; /* that the org has already */
    uint64_t calls;
    const char *object;
} expectation;

static void test_export__packed_to_the_limit_costs_this_many_calls(void **state)
{
    static const expectation rows[] = {
        {leads_config, 1000, 1, 0, 3, "Lead"},       /* match, write, look back */
        {contacts_config, 1000, 1, 1000, 4, "Contact"}, /* freshen accounts first */
        {contacts_config, 1000, 1, 0, 6, "Contact"},  /* two look-ups, accounts, contacts */
        {contacts_config, 150, 2, 0, 4, "Contact"},   /* accounts with contacts in one graph call */
        /* a bulk job: create, upload, close, a poll, three results */
        {leads_bulk_config, 1000, 1, 0, 9, "Lead"},
        {contacts_bulk_config, 1000, 1, 0, 18, "Contact"}, /* two jobs, accounts first */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const expectation *e = &rows[i];
        scene s;
        host h;
        crmsync_job *job = NULL;
        char key[64];
        scene_open(&s, false, e->config);
        if (e->accounts)
            seed_accounts(&s, e->accounts);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        host_connect(&h);
        /* describe and the first read of all accounts are paid once */
        assert_int_equal(host_run(&h, CRMSYNC_PHASE_EXPORT, 0), CRMSYNC_OK);
        scene_pass(&s, 60000);
        put_people(&s, e->people, e->per_company);
        assert_int_equal(host_job(&h, CRMSYNC_PHASE_EXPORT, 0, &job), CRMSYNC_OK);
        snprintf(key, sizeof key, "export.%s.created", e->object);
        assert_int_equal(host_counter(job, key), e->people);
        assert_int_equal(host_counter(job, "api.calls"), e->calls);
        crmsync_job_free(job);
        assert_int_equal(scene_duplicates(&s), 0);
        /* and nothing is left to say */
        assert_int_equal(host_job(&h, CRMSYNC_PHASE_EXPORT, 0, &job), CRMSYNC_OK);
        assert_int_equal(host_counter(job, "writes.crm"), 0);
        crmsync_job_free(job);
        host_stop(&h);
        scene_close(&s);
    }
}

static void put_titles(scene *s, size_t n)
{
    size_t size = n * 80 + 1, at = 0;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, size - at, "{\"id\":\"p%zu\",\"first_name\":\"Pam\"}\n", i);
    scene_put(s, "person", text);
    free(text);
}

static void test_export__a_thousand_updates_cost_this_many_calls(void **state)
{
    static const char *const configs[] = {leads_config, leads_bulk_config};
    static const uint64_t calls[] = {2, 8}; /* read and write; read and a job */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        scene s;
        host h;
        crmsync_job *job = NULL;
        char config[1600];
        /* what was there is overwritten */
        const char *at = strstr(configs[i], "\"FirstName\"");
        assert_non_null(at);
        snprintf(config, sizeof config, "%.*s,\"export\":\"overwrite\",\"import\":\"local\"%s",
                 (int)(at + 11 - configs[i]), configs[i], at + 11);
        scene_open(&s, false, config);
        host_start(&h, &s, false);
        assert_int_equal(host_open(&h), CRMSYNC_OK);
        host_connect(&h);
        put_people(&s, 1000, 1);
        assert_true(host_rest(&h, CRMSYNC_PHASE_EXPORT, 8) > 0);
        scene_pass(&s, 3600000);
        put_titles(&s, 1000);
        assert_int_equal(host_job(&h, CRMSYNC_PHASE_EXPORT, 0, &job), CRMSYNC_OK);
        assert_int_equal(host_counter(job, "export.Lead.updated"), 1000);
        assert_int_equal(host_counter(job, "api.calls"), calls[i]);
        crmsync_job_free(job);
        host_stop(&h);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_export__packed_to_the_limit_costs_this_many_calls),
        cmocka_unit_test(test_export__a_thousand_updates_cost_this_many_calls),
    };
    return cmocka_run_group_tests_name("api_calls", tests, NULL, NULL);
}
