/* Counters of runs, added up, and the table made of them. */
#include "sync.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <yyjson.h>

/* ---- adding up ---- */

void tally_add(tally *t, crmsync_str key, unsigned long long n)
{
    size_t i = 0;
    if (key.len >= sizeof t->items[0].key)
        return; /* longer than any counter of the library */
    while (i < t->count && !same(key, t->items[i].key))
        i++;
    if (i == sizeof t->items / sizeof t->items[0])
        return;
    if (i == t->count) {
        memcpy(t->items[i].key, key.ptr, key.len);
        t->items[i].key[key.len] = '\0';
        t->items[i].n = 0;
        t->count++;
    }
    t->items[i].n += n;
}

unsigned long long tally_get(const tally *t, const char *key)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->items[i].key, key) == 0)
            return t->items[i].n;
    }
    return 0;
}

void tally_job(tally *t, const crmsync_job *job)
{
    for (size_t i = 0; i < crmsync_job_counters(job); i++) {
        uint64_t n = 0;
        crmsync_str key = crmsync_job_counter(job, i, &n);
        tally_add(t, key, n);
    }
}

int tally_write(const tally *t, const char *path)
{
    FILE *file = fopen(path, "a");
    bool good = file != NULL;
    if (file) {
        fputc('{', file);
        for (size_t i = 0; i < t->count; i++) /* keys are plain words, with nothing to escape */
            fprintf(file, "%s\"%s\":%llu", i ? "," : "", t->items[i].key, t->items[i].n);
        good = fputs("}\n", file) >= 0;
        good = fclose(file) == 0 && good;
    }
    if (!good)
        fprintf(stderr, "crmsync-sync: %s: %s\n", path, strerror(errno));
    return good ? EXIT_FINE : EXIT_OTHER;
}

static void add_line(tally *t, yyjson_val *line)
{
    size_t i, n;
    yyjson_val *key, *value;
    yyjson_obj_foreach(line, i, n, key, value) tally_add(
        t, (crmsync_str){yyjson_get_str(key), yyjson_get_len(key)}, yyjson_get_uint(value));
}

int tally_read(tally *t, const char *path)
{
    size_t len = 0, at = 0;
    char *lines = read_file(path, &len);
    if (!lines)
        return EXIT_USAGE;
    while (at < len) {
        size_t n = strcspn(lines + at, "\n");
        yyjson_doc *doc = yyjson_read(lines + at, n, 0);
        if (n && !yyjson_is_obj(yyjson_doc_get_root(doc))) {
            fprintf(stderr, "crmsync-sync: %s: this is not a file of --report\n", path);
            free(lines);
            return EXIT_USAGE;
        }
        add_line(t, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
        at += n + 1;
    }
    free(lines);
    return EXIT_FINE;
}

/* ---- the table ---- */

static const char *const outcomes[] = {"created", "updated", "unchanged", "skipped",
                                       "held",    "failed",  "unknown"};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

static unsigned long long counter(const tally *t, const char *flow, const char *object,
                                  const char *what)
{
    char key[256];
    snprintf(key, sizeof key, "%s.%s.%s", flow, object, what);
    return tally_get(t, key);
}

/* Splits `flow.object.input`. */
static bool is_flow(const char *key, char flow[16], char object[64])
{
    char rest[32] = "";
    return sscanf(key, "%15[^.].%63[^.].%31[^.]", flow, object, rest) == 3 &&
           strcmp(rest, "input") == 0 &&
           (strcmp(flow, "import") == 0 || strcmp(flow, "export") == 0 ||
            strcmp(flow, "activities") == 0);
}

/* Columns that hold nothing are left out, but for the first three. */
static void find_columns(const tally *t, bool shown[OUTCOMES])
{
    char flow[16], object[64];
    for (size_t k = 0; k < OUTCOMES; k++) {
        shown[k] = k < 3;
        for (size_t i = 0; i < t->count && !shown[k]; i++)
            shown[k] = is_flow(t->items[i].key, flow, object) &&
                       counter(t, flow, object, outcomes[k]) != 0;
    }
}

static void print_row(const tally *t, const bool shown[OUTCOMES], const char *flow,
                      const char *object)
{
    printf("  %-10s %-11s %8llu", flow, object, counter(t, flow, object, "input"));
    for (size_t k = 0; k < OUTCOMES; k++) {
        unsigned long long n = counter(t, flow, object, outcomes[k]);
        if (shown[k] && n)
            printf(" %9llu", n);
        else if (shown[k])
            printf(" %9s", "-");
    }
    fputc('\n', stdout);
}

static void print_outcomes(const tally *t)
{
    static const char *const flows[] = {"import", "export", "activities"};
    char flow[16], object[64];
    bool shown[OUTCOMES];
    find_columns(t, shown);
    printf("\n  %-10s %-11s %8s", "", "", "records");
    for (size_t k = 0; k < OUTCOMES; k++) {
        if (shown[k])
            printf(" %9s", outcomes[k]);
    }
    fputc('\n', stdout);
    for (size_t f = 0; f < sizeof flows / sizeof flows[0]; f++) {
        for (size_t i = 0; i < t->count; i++) {
            if (is_flow(t->items[i].key, flow, object) && strcmp(flow, flows[f]) == 0)
                print_row(t, shown, flow, object);
        }
    }
}

/* Why records of one outcome have it, and of which class the failures are. */
static void print_reasons(const tally *t, uint32_t outcome, bool *any)
{
    for (size_t i = 0; i < t->count; i++) {
        char flow[16], object[64], kind[16], name[64];
        if (sscanf(t->items[i].key, "%15[^.].%63[^.].%15[^.].%63s", flow, object, kind, name) != 4)
            continue;
        uint32_t reason = crmsync_reason_by_name(text(name));
        bool is_class = strcmp(kind, "class") == 0 && outcome == CRMSYNC_OUTCOME_FAILED;
        bool is_reason = strcmp(kind, "reason") == 0 && crmsync_reason_outcome(reason) == outcome;
        if (!is_class && !is_reason)
            continue;
        printf("%s  %-9s %8llu  %-10s %-12s %s%s\n", *any ? "" : "\n",
               crmsync_outcome_name(outcome), t->items[i].n, flow, object,
               is_class ? "error class: " : "", is_class ? name : crmsync_reason_text(reason));
        *any = true;
    }
}

static void print_matches(const tally *t)
{
    bool any = false;
    for (size_t i = 0; i < t->count; i++) {
        char kind[32], name[64];
        if (sscanf(t->items[i].key, "match.%31[^.].%63s", kind, name) != 2)
            continue;
        if (!any)
            printf("\n  how records were found in the other system\n");
        any = true;
        printf("  %-9s %8llu  %s\n", kind, t->items[i].n,
               crmsync_reason_text(crmsync_reason_by_name(text(name))));
    }
}

void print_report(const tally *t, bool colour)
{
    unsigned long long calls = tally_get(t, "api.calls");
    unsigned long long single = tally_get(t, "api.one_by_one");
    bool any = false;
    print_outcomes(t);
    print_reasons(t, CRMSYNC_OUTCOME_SKIPPED, &any);
    print_reasons(t, CRMSYNC_OUTCOME_HELD, &any);
    print_reasons(t, CRMSYNC_OUTCOME_FAILED, &any);
    print_matches(t);
    printf("\n  %s%llu writes to Salesforce, %llu to this side%s; %llu API calls",
           colour ? "\033[1m" : "", tally_get(t, "writes.crm"), tally_get(t, "writes.local"),
           colour ? "\033[0m" : "", calls);
    if (single)
        printf(" (one by one the export would have cost %llu)", single);
    fputs("\n", stdout);
}

int report_code(const tally *t)
{
    static const char *const open[] = {"held", "failed", "unknown"};
    char flow[16], object[64];
    for (size_t i = 0; i < t->count; i++) {
        if (!is_flow(t->items[i].key, flow, object))
            continue;
        for (size_t k = 0; k < 3; k++) {
            if (counter(t, flow, object, open[k]))
                return EXIT_INCOMPLETE;
        }
    }
    return EXIT_FINE;
}

/* ---- the command ---- */

static const char help_report[] =
    "usage: crmsync-sync report FILE\n\n"
    "Adds up the runs that --report FILE has written and prints their table: records by outcome,\n"
    "why some were skipped, held or failed, which rule found them in the other system, API "
    "calls.\n";

int command_report(host *h, int argc, char **argv)
{
    static tally sum;
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc != 2 || help) {
        fputs(help_report, help ? stdout : stderr);
        return help ? EXIT_FINE : EXIT_USAGE;
    }
    int code = tally_read(&sum, argv[1]);
    if (code == EXIT_FINE)
        print_report(&sum, h->settings->colour);
    return code;
}
