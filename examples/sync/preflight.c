/* Asking the org whether it, the user and the rights are fit for what is configured. */
#include "sync.h"

#include <getopt.h>
#include <string.h>

static const char help_preflight[] =
    "usage: crmsync-sync preflight\n\n"
    "Lists what is fit for the configuration and what is not, each with what to do about it. Exit code "
    "1:\nsomething fails.\n";

static const char *cell(const crmsync_rows *rows, size_t row, const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, text(field));
    const char *value = at < 0 ? NULL : crmsync_rows_get(rows, row, (size_t)at).text.ptr;
    return value ? value : "";
}

int print_checklist(const crmsync_job *job)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    size_t failed = 0;
    int32_t rc = crmsync_job_preflight(job, &rows, &err);
    if (rc)
        return complain(rc, err);
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        const char *state = cell(rows, i, "state"), *subject = cell(rows, i, "subject");
        const char *remedy = cell(rows, i, "remedy");
        failed += strcmp(state, "fail") == 0;
        printf("%-4s  %-16s %s%s%s\n", state, cell(rows, i, "id"), subject, *subject ? ": " : "",
               cell(rows, i, "message"));
        if (*remedy)
            printf("      %-16s -> %s\n", "", remedy);
    }
    crmsync_rows_free(rows);
    return failed ? EXIT_INCOMPLETE : EXIT_FINE;
}

int command_preflight(host *h, int argc, char **argv)
{
    job_run run = {.phases = CRMSYNC_PHASE_PREFLIGHT, .quiet = true, .checklist = true};
    if (argc > 1) {
        fputs(help_preflight, strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return strcmp(argv[1], "--help") == 0 ? EXIT_FINE : EXIT_USAGE;
    }
    return run_job(h, &run);
}
