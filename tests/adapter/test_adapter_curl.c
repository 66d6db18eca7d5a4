/* The curl adapter against the transport kit's server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crmsync/adapters/curl.h>

#include "kit_report.h"

static void test_transport_kit__curl_passes(void **state)
{
    crmsync_curl *curl;
    kit_report report = {0};

    (void)state;
    assert_int_equal(crmsync_curl_new(NULL, NULL, &curl, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_conformance_transport(crmsync_curl_ops(), curl, NULL, kit_take,
                                                   &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 35);
    crmsync_curl_free(curl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transport_kit__curl_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
