/* Driving a job: step, wait, progress, review, Ctrl-C, report; and the commands that are one job.
 */
#include "sync.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 200u /* how soon Ctrl-C is noticed */
#define BAR     32

/* ---- progress ---- */

typedef struct meter {
    uint32_t phase;
    crmsync_str object; /* static texts of the library */
    uint64_t told;      /* without a terminal: records at the last line */
    bool drawn;         /* the cursor stands in a line that is redrawn */
} meter;

#define TELL_EVERY 1000u

/* Records of the export that have an outcome; what is only decided is still under way. */
static uint64_t settled(const crmsync_job *job)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < crmsync_job_counters(job); i++) {
        uint64_t n = 0;
        char what[32], copy[160];
        crmsync_str key = crmsync_job_counter(job, i, &n);
        snprintf(copy, sizeof copy, "%.*s", (int)key.len, key.ptr);
        /* export.<object>.<outcome>, and nothing behind it */
        if (sscanf(copy, "export.%*[^.].%31s", what) == 1 && crmsync_outcome_by_name(text(what)))
            sum += n;
    }
    return sum;
}

static void draw_bar(const settings *o, uint64_t done, uint64_t total)
{
    size_t full = total ? (size_t)(done * BAR / total) : 0;
    if (full > BAR)
        full = BAR;
    fputs(o->colour ? "[\033[32m" : "[", stdout);
    for (size_t i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '-', stdout);
    fputs(o->colour ? "\033[0m]" : "]", stdout);
}

static void print_state(const crmsync_job *job, const crmsync_progress *p)
{
    crmsync_str object = p->phase == CRMSYNC_PHASE_IMPORT ? p->object : text("");
    printf("  %s %.*s", crmsync_phase_name(p->phase), (int)object.len, object.ptr);
    if (p->done || p->total)
        printf("  %llu", (unsigned long long)p->done);
    if (p->total)
        printf(" of %llu", (unsigned long long)p->total);
    printf("   %llu calls, %llu writes", (unsigned long long)p->api_calls,
           (unsigned long long)crmsync_job_count(job, text("writes.crm")));
}

static void show_progress(meter *m, const settings *o, const crmsync_job *job, uint64_t total)
{
    crmsync_progress p = CRMSYNC_PROGRESS_INIT;
    crmsync_job_progress(job, &p);
    if (p.phase == CRMSYNC_PHASE_EXPORT) {
        p.done = settled(job);
        p.total = total;
    }
    bool fresh =
        p.phase != m->phase || (p.phase == CRMSYNC_PHASE_IMPORT && p.object.ptr != m->object.ptr);
    if (o->terminal) {
        fputs("\r\033[K  ", stdout);
        if (p.total)
            draw_bar(o, p.done, p.total);
        print_state(job, &p);
        m->drawn = true;
    } else if (fresh || p.done >= m->told + TELL_EVERY) {
        print_state(job, &p);
        putchar('\n');
        m->told = fresh ? 0 : p.done;
    }
    m->phase = p.phase;
    m->object = p.object;
    fflush(stdout);
}

/* ---- the loop ---- */

static int32_t drive(host *h, const job_run *run, crmsync_job *job, review *r, crmsync_error **err)
{
    crmsync_want want = CRMSYNC_WANT_INIT;
    meter m = {0};
    int32_t rc = CRMSYNC_OK;
    while (!rc) {
        if (interrupted())
            crmsync_job_cancel(job); /* the next step says CRMSYNC_E_CANCELLED */
        rc = crmsync_job_step(job, &want, err);
        if (rc || want.what == CRMSYNC_WANT_DONE)
            break;
        if (!run->quiet && !run->first)
            show_progress(&m, h->settings, job, run->total);
        if (want.what == CRMSYNC_WANT_PLAN) {
            rc = review_page(h, crmsync_job_plan(job), r, err);
            if (!rc)
                rc = crmsync_job_accept(job, err);
        } else if (want.what != CRMSYNC_WANT_MORE) {
            rc = crmsync_job_wait(job, want.timeout_ms < WAIT_MS ? want.timeout_ms : WAIT_MS, err);
        }
    }
    if (m.drawn)
        fputs("\r\033[K", stdout);
    return rc;
}

static int show_changes(host *h, const crmsync_job *job)
{
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    filter.run = crmsync_job_run_id(job);
    return print_log(h, &filter, false);
}

static void keep_calls(tally *sum)
{
    unsigned long long calls = tally_get(sum, "api.calls");
    memset(sum, 0, sizeof *sum);
    tally_add(sum, text("api.calls"), calls);
}

int run_job(host *h, const job_run *run)
{
    static tally sum;
    static review pages;
    crmsync_error *err = NULL;
    crmsync_job *job = NULL;
    crmsync_job_options options = CRMSYNC_JOB_OPTIONS_INIT;
    int code = EXIT_FINE;
    options.phases = run->phases;
    options.flags = run->flags;
    options.limit = run->limit;
    options.redirect_url = run->redirect_url;
    options.acknowledge = run->acknowledge;
    options.actor = text("crmsync-sync");
    pages.first = run->first;
    int32_t rc = crmsync_job_new(h->workspace, &options, &job, &err);
    if (rc)
        return complain(rc, err);
    rc = drive(h, run, job, &pages, &err);
    if (run->first && !rc)
        review_end(h->settings, &pages);
    free(pages.seen);
    tally_job(&sum, job); /* the report stands after an error, too */
    if (!run->quiet && !run->first)
        print_report(&sum, h->settings->colour);
    if (run->flags & CRMSYNC_JOB_DRY_RUN)
        keep_calls(&sum); /* nothing was done, but it was not free */
    if (h->settings->report)
        code = tally_write(&sum, h->settings->report);
    if (run->changes && !rc)
        code = show_changes(h, job);
    if (run->checklist && code == EXIT_FINE)
        code = print_checklist(job);
    if (rc)
        code = complain(rc, err);
    else if (code == EXIT_FINE && !(run->flags & CRMSYNC_JOB_DRY_RUN))
        code = report_code(&sum);
    crmsync_job_free(job);
    return code;
}

/* ---- commands ---- */

static const char help_import[] =
    "usage: crmsync-sync import [--changes]\n\n"
    "Reads users, accounts, contacts, leads and opportunities, as far as the configuration turns\n"
    "them on: all of them at first, then what changed since.\n\n"
    "  --changes     list afterwards what was changed\n";
static const char help_plan[] =
    "usage: crmsync-sync plan [--first N] [--all] [--limit N]\n\n"
    "Decides an export and shows it: the first operations of each kind in full, all of them "
    "summed\n"
    "up by what is done and why. Writes nothing to either side.\n\n"
    "  --first N     operations of each kind shown in full (10)\n"
    "  --all         every record, not only those that changed since the last export\n"
    "  --limit N     at most N records\n";
static const char help_apply[] =
    "usage: crmsync-sync apply [--limit N] [--acknowledge LIST] [--changes]\n\n"
    "Exports companies and people that changed since the last time, then activities.\n\n"
    "  --limit N           at most N records\n"
    "  --acknowledge LIST  breakers to pass: creates,updates,deactivations\n"
    "  --changes           list afterwards what was changed\n";
static const char help_sync[] =
    "usage: crmsync-sync sync [--acknowledge LIST] [--changes]\n\n"
    "Both ways: what became of writes in doubt, import, export, activities.\n\n"
    "  --acknowledge LIST  breakers to pass: creates,updates,deactivations\n"
    "  --changes           list afterwards what was changed, and who won each field\n";
static const char help_disconnect[] =
    "usage: crmsync-sync disconnect\n\nRevokes the tokens. Links and log are kept.\n";

/* -1 = go on, else the exit code. */
static int parse_run(job_run *run, const char *help, int argc, char **argv)
{
    static const struct option names[] = {{"first", required_argument, NULL, 'f'},
                                          {"all", no_argument, NULL, 'a'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {"acknowledge", required_argument, NULL, 'k'},
                                          {"changes", no_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 'f': run->first = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'a': run->flags |= CRMSYNC_JOB_ALL; break;
        case 'l': run->limit = strtoull(optarg, NULL, 10); break;
        case 'k': run->acknowledge = text(optarg); break;
        case 'c': run->changes = true; break;
        case 'h': fputs(help, stdout); return EXIT_FINE;
        default: fputs(help, stderr); return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    return -1;
}

static int command_run(host *h, job_run *run, const char *help, int argc, char **argv)
{
    int code = parse_run(run, help, argc, argv);
    return code >= 0 ? code : run_job(h, run);
}

int command_import(host *h, int argc, char **argv)
{
    job_run run = {.phases = CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_IMPORT};
    return command_run(h, &run, help_import, argc, argv);
}

int command_plan(host *h, int argc, char **argv)
{
    job_run run = {.phases = CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_EXPORT,
                   .flags = CRMSYNC_JOB_DRY_RUN | CRMSYNC_JOB_REVIEW,
                   .first = 10};
    return command_run(h, &run, help_plan, argc, argv);
}

int command_apply(host *h, int argc, char **argv)
{
    static const char *const kinds[] = {"company", "person"};
    job_run run = {.phases =
                       CRMSYNC_PHASE_DESCRIBE | CRMSYNC_PHASE_EXPORT | CRMSYNC_PHASE_ACTIVITIES};
    for (size_t i = 0; h->db && i < 2; i++) {
        crmsync_rows *rows = NULL;
        if (!crmsync_sqlite_get(h->db, text(h->settings->workspace), text(kinds[i]), &rows, NULL))
            run.total += crmsync_rows_count(rows);
        crmsync_rows_free(rows);
    }
    return command_run(h, &run, help_apply, argc, argv);
}

int command_sync(host *h, int argc, char **argv)
{
    job_run run = {.phases = CRMSYNC_PHASE_SYNC};
    return command_run(h, &run, help_sync, argc, argv);
}

int command_disconnect(host *h, int argc, char **argv)
{
    job_run run = {.phases = CRMSYNC_PHASE_DISCONNECT, .quiet = true};
    int code = command_run(h, &run, help_disconnect, argc, argv);
    if (code == EXIT_FINE && h->workspace)
        puts("disconnected: the tokens are revoked; links and log are kept");
    return code;
}
