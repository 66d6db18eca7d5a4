/* What the files of crmsync-sync share. The host owns everything the library works on. */
#ifndef CRMSYNC_SYNC_H
#define CRMSYNC_SYNC_H

#include <stdbool.h>
#include <stdio.h>

#include <crmsync/adapters/curl.h>
#include <crmsync/adapters/posix.h>
#include <crmsync/adapters/sqlite.h>
#include <crmsync/crmsync.h>

/* Exit codes; --help tells them. */
enum {
    EXIT_FINE = 0,
    EXIT_INCOMPLETE = 1, /* some records were held or failed, or are in doubt */
    EXIT_USAGE = 2,
    EXIT_AUTHORIZE = 3,
    EXIT_NETWORK = 4,
    EXIT_STORE = 5,
    EXIT_CONFIG = 6,
    EXIT_CANCELLED = 7,
    EXIT_STOPPED = 8, /* Salesforce refused, the API budget is used up, or a breaker opened */
    EXIT_NOT_FOUND = 9,
    EXIT_OTHER = 10
};

typedef struct settings {
    const char *db, *config, *workspace, *ca_file, *key_file, *report;
    bool colour;   /* ANSI colours on standard output */
    bool terminal; /* progress may redraw its line */
    bool verbose;
} settings;

/* ---- host.c: the hooks and what stands on them ---- */

typedef struct host {
    const settings *settings;
    crmsync_normalizer *normalizer;
    crmsync_config *config;
    crmsync_sqlite *db; /* state and records in one file */
    crmsync_posix_env *env;
    crmsync_curl *curl;
    crmsync_engine *engine;
    crmsync_workspace *workspace;
} host;

/* Opens the stores; `engine` also the configuration, the engine and the workspace.
 * 0, or an exit code after a message on standard error. host_close() in any case. */
int host_open(host *h, const settings *o, bool engine);
void host_close(host *h);

crmsync_str text(const char *s);
bool same(crmsync_str a, const char *b);
/* Prints `err` with where and remedy, frees it and returns the exit code for it. */
int complain(int32_t code, crmsync_error *err);
/* Reads a whole file and ends it with a NUL; NULL after a message. The caller frees it. */
char *read_file(const char *path, size_t *len);

/* ---- job.c ---- */

typedef struct job_run {
    uint32_t phases, flags;
    uint64_t limit;
    crmsync_str redirect_url, acknowledge;
    uint64_t total; /* records that will be looked at, for the progress bar; 0 = unknown */
    bool quiet;     /* no progress, no report */
    bool changes;   /* print the sync log of this run */
    bool checklist; /* print what the preflight found */
    uint32_t first; /* review: operations of each kind shown in full */
} job_run;

/* Runs a job to its end, with progress, and reports. An exit code. */
int run_job(host *h, const job_run *run);

/* ---- preflight.c ---- */

/* Prints what the preflight found. An exit code. */
int print_checklist(const crmsync_job *job);

/* ---- report.c: counters, added up over runs ---- */

typedef struct tally {
    struct {
        char key[160];
        unsigned long long n;
    } items[400];
    size_t count;
} tally;

void tally_add(tally *t, crmsync_str key, unsigned long long n);
unsigned long long tally_get(const tally *t, const char *key);
void tally_job(tally *t, const crmsync_job *job);
/* Appends the tally to a file as one JSON line, and reads all lines of such a file. */
int tally_write(const tally *t, const char *path);
int tally_read(tally *t, const char *path);
void print_report(const tally *t, bool colour);
/* Are all records done with? Else EXIT_INCOMPLETE. */
int report_code(const tally *t);

/* ---- review.c: a plan, page by page ---- */

typedef struct review {
    uint32_t first;
    tally sum;  /* `plan.<operation>.<object>.<reason>`, `shown.<kind>` */
    char *seen; /* companies planned to be created, each between newlines: a page of people, decided
                   before anything is written, plans the missing ones again */
    size_t seen_len;
} review;

/* Shows the page under review: the first operations of each kind in full. */
int32_t review_page(const host *h, crmsync_plan *plan, review *r, crmsync_error **err);
/* Shows what all pages add up to. */
void review_end(const settings *o, const review *r);

/* ---- history.c: the sync log ---- */

int print_log(host *h, const crmsync_log_filter *filter, bool json);

/* ---- commands: argv[0] is the command's name ---- */

int command_connect(host *h, int argc, char **argv);    /* connect.c */
int command_preflight(host *h, int argc, char **argv);  /* preflight.c */
int command_load(host *h, int argc, char **argv);       /* records.c */
int command_edit(host *h, int argc, char **argv);       /* records.c */
int command_activity(host *h, int argc, char **argv);   /* records.c */
int command_import(host *h, int argc, char **argv);     /* job.c */
int command_plan(host *h, int argc, char **argv);       /* job.c */
int command_apply(host *h, int argc, char **argv);      /* job.c */
int command_sync(host *h, int argc, char **argv);       /* job.c */
int command_disconnect(host *h, int argc, char **argv); /* job.c */
int command_log(host *h, int argc, char **argv);        /* history.c */
int command_explain(host *h, int argc, char **argv);    /* explain.c */
int command_report(host *h, int argc, char **argv);     /* report.c */

/* Set by Ctrl-C. */
bool interrupted(void);

#endif
