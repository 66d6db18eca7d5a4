/* Two products on one org, each of which knows the same people: they do not chase each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"

#define SYNC    (CRMSYNC_PHASE_IMPORT | CRMSYNC_PHASE_EXPORT)
#define QUARTER (15ull * 60 * 1000)
#define DAY     (24ull * 3600 * 1000)

/* Leads with a title of which `policy` tells whose it is. */
#define CONFIG(policy)                                                                             \
    "{\"extends\":\"recommended\"," SCENE_CONNECTION ",\"local\":{\"opt_out\":null},"                \
    "\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true},"             \
    "\"fields\":[{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                   \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"company\",\"remote\":\"Company\"},"          \
    "{\"local\":\"job_title\",\"remote\":\"Title\"," policy "}]}},\"export\":{\"mode\":\"leads\"}}"

static const char two_way[] = CONFIG("\"policy\":\"two_way\"");
static const char own[] = CONFIG("\"import\":\"local\",\"export\":\"overwrite\"");

typedef struct product {
    scene s;
    host h;
} product;

static void open_product(product *p, const product *beside, const char *config)
{
    memset(p, 0, sizeof *p);
    if (beside)
        scene_open_beside(&p->s, &beside->s, config);
    else
        scene_open(&p->s, false, config);
    host_start(&p->h, &p->s, false);
    assert_int_equal(host_open(&p->h), CRMSYNC_OK);
    host_connect(&p->h);
}

static void close_product(product *p)
{
    assert_int_equal(p->h.miscounted, 0);
    host_stop(&p->h);
    scene_close(&p->s);
}

static void open_two(product two[2], const char *config)
{
    open_product(&two[0], NULL, config);
    open_product(&two[1], &two[0], config);
}

static void close_two(product two[2])
{
    close_product(&two[1]);
    close_product(&two[0]);
}

/* One sync of each, a quarter of an hour apart. What they wrote to the org. */
static uint64_t turn(product two[2])
{
    uint64_t writes = 0;
    for (int i = 0; i < 2; i++) {
        crmsync_job *job = NULL;
        if (host_job(&two[i].h, SYNC, 0, &job))
            fail_msg("product %d: %s", i, two[i].h.last_error);
        writes += host_counter(job, "writes.crm");
        crmsync_job_free(job);
        scene_pass(&two[0].s, QUARTER);
        scene_pass(&two[1].s, QUARTER);
    }
    return writes;
}

static uint64_t turns(product two[2], int n)
{
    uint64_t writes = 0;
    for (int i = 0; i < n; i++)
        writes += turn(two);
    return writes;
}

static void knows(product *p, const char *title)
{
    char line[200];
    snprintf(line, sizeof line,
             "{\"id\":\"p1\",\"last_name\":\"Lee\",\"email\":\"ann@acme.example\",\"company\":\"Acme\","
             "\"job_title\":\"%s\"}",
             title);
    scene_put(&p->s, "person", line);
}

static const char *title(product *p)
{
    return scene_get(&p->s, "person", "p1", "job_title");
}

static void test_two_workspaces__of_one_person__make_one_lead_and_agree(void **state)
{
    product two[2];
    (void)state;
    open_two(two, two_way);
    knows(&two[0], "CTO");
    knows(&two[1], "CFO");
    turns(two, 4);
    assert_int_equal(scene_rows(&two[0].s, "Lead", NULL), 1);
    assert_string_equal(title(&two[0]), title(&two[1]));
    assert_int_equal(turns(two, 8), 0);
    assert_int_equal(scene_count(&two[0].s, "person"), 1);
    assert_int_equal(scene_count(&two[1].s, "person"), 1);
    close_two(two);
}

static void test_two_workspaces__edits_at_either_reach_the_other_once(void **state)
{
    product two[2];
    (void)state;
    open_two(two, two_way);
    knows(&two[0], "CTO");
    knows(&two[1], "CTO");
    turns(two, 3);
    knows(&two[0], "Chair");
    assert_int_equal(turns(two, 3), 1);
    assert_string_equal(title(&two[1]), "Chair");
    knows(&two[1], "Owner");
    assert_int_equal(turns(two, 3), 1);
    assert_string_equal(title(&two[0]), "Owner");
    assert_int_equal(turns(two, 8), 0);
    close_two(two);
}

/* Each is told that its value always wins. Both cannot; both give up, and neither value is lost. */
static void test_two_workspaces__that_both_insist__stop_within_the_day(void **state)
{
    product two[2];
    (void)state;
    open_two(two, own);
    knows(&two[0], "CTO");
    knows(&two[1], "CFO");
    uint64_t writes = turns(two, 12);
    assert_in_range(writes, 2, 9); /* one creates, then each insists as often as a day permits */
    assert_int_equal(turns(two, 12), 0);
    assert_string_equal(title(&two[0]), "CTO");
    assert_string_equal(title(&two[1]), "CFO");
    assert_int_equal(scene_rows(&two[0].s, "Lead", NULL), 1);
    scene_pass(&two[0].s, 2 * DAY);
    scene_pass(&two[1].s, 2 * DAY);
    assert_int_equal(turns(two, 8), 0);
    knows(&two[0], "Chair"); /* a person's edit is another matter */
    assert_true(turns(two, 2) > 0);
    close_two(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_workspaces__of_one_person__make_one_lead_and_agree),
        cmocka_unit_test(test_two_workspaces__edits_at_either_reach_the_other_once),
        cmocka_unit_test(test_two_workspaces__that_both_insist__stop_within_the_day),
    };
    return cmocka_run_group_tests_name("two workspaces on one org", tests, NULL, NULL);
}
