/* What the tests of the Salesforce layer share: memory that fails, and answers. */
#ifndef TEST_SALESFORCE_H
#define TEST_SALESFORCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/error.h"
#include "failing_alloc.h"
#include "salesforce/request.h"

#if defined(__GNUC__)
#define MAYBE_UNUSED __attribute__((unused))
#else
#define MAYBE_UNUSED
#endif

/*
 * Runs `body` with each allocation in turn failing, until none is left. Each run must
 * end in OK or NOMEM and leave nothing behind. Returns the number of failing runs.
 */
MAYBE_UNUSED static size_t sweep_memory(int32_t (*body)(const crmsync_alloc *alloc,
                                                        crmsync_error **err))
{
    size_t failed = 0;
    for (size_t k = 1; k < 20000; k++) {
        failing_alloc f = {.fail_at = k};
        crmsync_alloc alloc = failing_alloc_table(&f);
        crmsync_error *err = NULL;
        int32_t rc = body(&alloc, &err);
        assert_int_equal(crmsync_error_code(err), rc);
        crmsync_error_free(err);
        assert_int_equal(f.blocks, 0);
        assert_int_equal(f.held, 0); /* sizes were told back right */
        if (rc == CRMSYNC_OK && f.requests < k)
            return failed;
        assert_int_equal(rc, CRMSYNC_E_NOMEM);
        failed++;
    }
    fail_msg("the sweep does not end");
    return failed;
}

MAYBE_UNUSED static crmsync_alloc libc_table(void)
{
    crmsync_alloc a;
    assert_int_equal(crmi_alloc_init(&a, NULL), CRMSYNC_OK);
    return a;
}

MAYBE_UNUSED static crmi_response answer(int32_t status, const char *body)
{
    return (crmi_response){.status = status, .body = crmi_str(body)};
}

MAYBE_UNUSED static bool text_is(crmsync_str s, const char *expected)
{
    if (crmi_str_is(s, expected))
        return true;
    print_message("# is   \"%.*s\"\n# want \"%s\"\n", CRMI_SPELL(s), expected);
    return false;
}

MAYBE_UNUSED static bool text_has(crmsync_str s, const char *part)
{
    if (crmi_str_find(s, crmi_str(part)) >= 0)
        return true;
    print_message("# \"%.*s\"\n# has no \"%s\"\n", CRMI_SPELL(s), part);
    return false;
}

#endif
