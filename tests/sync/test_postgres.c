/*
 * Syncs whose stores are a PostgreSQL database, on a server of the test's own: from end to end, and
 * over a restart. test_sweep runs its scenes there, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host.h"
#include "postgres_server.h"

#define SYNC (CRMSYNC_PHASE_SYNC | CRMSYNC_PHASE_ACTIVITIES)

static postgres_server server;

static void begin(scene *s, host *h, bool durable)
{
    scene_open(s, durable, NULL);
    scene_fill(s);
    host_start(h, s, false);
    assert_int_equal(host_open(h), CRMSYNC_OK);
    host_connect(h);
}

/* Both sides after a sync that rested, then was started anew by another process. */
static char *synced(bool durable, bool restart_server)
{
    scene s;
    host h;
    char *dump;
    begin(&s, &h, durable);
    assert_true(host_rest(&h, SYNC, 20) > 0);
    host_stop(&h);
    if (restart_server)
        postgres_restart(&server);
    scene_put(&s, "person", "{\"id\":\"late\",\"first_name\":\"Late\",\"last_name\":\"Comer\","
                            "\"email\":\"late@comer.example\",\"status\":\"New\"}\n");
    host_start(&h, &s, false);
    assert_int_equal(host_open(&h), CRMSYNC_OK);
    assert_true(host_rest(&h, SYNC, 20) > 0);
    assert_int_equal(h.miscounted, 0);
    assert_int_equal(scene_duplicates(&s), 0);
    assert_true(scene_entries(&s, CRMSYNC_SPACE_LINK, "person/") > 10);
    assert_int_equal(scene_entries(&s, CRMSYNC_SPACE_SHIPMENT, ""), 0);
    dump = scene_dump(&s);
    host_stop(&h);
    scene_close(&s);
    return dump;
}

static void test_sync__on_postgres_ends_as_in_memory(void **state)
{
    char *want = synced(false, false);
    char *have = synced(true, false);
    (void)state;
    assert_string_equal(want, have);
    free(want);
    free(have);
}

static void test_sync__server_started_again_in_between_changes_nothing(void **state)
{
    char *want = synced(false, false);
    char *have = synced(true, true);
    (void)state;
    assert_string_equal(want, have);
    free(want);
    free(have);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync__on_postgres_ends_as_in_memory),
        cmocka_unit_test(test_sync__server_started_again_in_between_changes_nothing),
    };
    int failed;

    if (!postgres_start(&server)) {
        printf("1..0 # SKIP no PostgreSQL server is installed (postgresql)\n");
        return 0;
    }
    scene_database(server.conninfo);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    postgres_stop(&server);
    return failed;
}
