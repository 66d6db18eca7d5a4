/* Receives what a conformance kit reports: failures are printed and counted, cases remembered. */
#ifndef CRMSYNC_TESTS_KIT_REPORT_H
#define CRMSYNC_TESTS_KIT_REPORT_H

#include <stdio.h>
#include <string.h>

#include <crmsync/conformance.h>

typedef struct kit_report {
    int passed;
    int failed;
    int skipped;
    int quiet;           /* failures are what the test is after: do not print them */
    char failures[2048]; /* names of the cases that failed, one per line */
} kit_report;

static inline void kit_take(void *ctx, const char *name, int32_t result, const char *message)
{
    kit_report *r = ctx;

    if (result == CRMSYNC_CASE_PASSED) {
        r->passed++;
        return;
    }
    if (!r->quiet)
        print_message("# %s %s: %s\n", result == CRMSYNC_CASE_SKIPPED ? "skipped" : "FAILED", name,
                      message);
    if (result == CRMSYNC_CASE_SKIPPED) {
        r->skipped++;
        return;
    }
    r->failed++;
    if (strlen(r->failures) + strlen(name) + 2 < sizeof r->failures) {
        strcat(r->failures, name);
        strcat(r->failures, "\n");
    }
}

static inline int kit_caught(const kit_report *r, const char *name)
{
    char line[128];
    snprintf(line, sizeof line, "%s\n", name);
    return strstr(r->failures, line) != NULL;
}

#endif
