/* The sync log and what is known of one record, for people. */
#include "sync.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <yyjson.h>

/* Values come from others: a terminal must not obey what stands in them. */
static void print_safe(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 0x20 || c == 0x7f)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
}

static void print_str(crmsync_str s)
{
    print_safe(s.ptr, s.len);
}

/* A JSON value as people write it. */
static void print_value(yyjson_val *v)
{
    if (!v || yyjson_is_null(v)) {
        fputs("(empty)", stdout);
    } else if (yyjson_is_str(v)) {
        putchar('"');
        print_safe(yyjson_get_str(v), yyjson_get_len(v));
        putchar('"');
    } else {
        char *json = yyjson_val_write(v, 0, NULL);
        if (json)
            print_safe(json, strlen(json));
        free(json);
    }
}

static crmsync_str member(yyjson_val *object, const char *name)
{
    yyjson_val *v = yyjson_obj_get(object, name);
    return (crmsync_str){yyjson_get_str(v), yyjson_get_len(v)};
}

/* ---- rows of the log ---- */

typedef struct pen {
    const char *dim, *bold, *plain;
} pen;

static pen pen_of(const settings *o)
{
    return o->colour ? (pen){"\033[2m", "\033[1m", "\033[0m"} : (pen){"", "", ""};
}

static crmsync_str cell_text(const crmsync_rows *rows, size_t row, const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, text(field));
    return crmsync_rows_get(rows, row, at < 0 ? SIZE_MAX : (size_t)at).text;
}

static void print_time(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char when[32] = "";
    if (gmtime_r(&seconds, &tm))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%SZ", &tm);
    fputs(when, stdout);
}

/* Old and new value of each field, and who won it. */
static void print_fields(yyjson_val *fields, const pen *p)
{
    yyjson_val *f;
    size_t i, n;
    yyjson_arr_foreach(fields, i, n, f) {
        crmsync_str local = member(f, "local"), remote = member(f, "remote");
        uint32_t reason = crmsync_reason_by_name(member(f, "decision"));
        fputs("      ", stdout);
        print_str(local);
        fputs(local.len && remote.len ? " = " : "", stdout);
        print_str(remote);
        fputs(": ", stdout);
        print_value(yyjson_obj_get(f, "old"));
        printf(" -> %s", p->bold);
        print_value(yyjson_obj_get(f, "new"));
        printf("%s   %s%s%s\n", p->plain, p->dim, crmsync_reason_text(reason), p->plain);
    }
}

static void print_row(const crmsync_rows *rows, size_t row, const pen *p)
{
    crmsync_str direction = cell_text(rows, row, "direction"), message = cell_text(rows, row, "message");
    crmsync_str code = cell_text(rows, row, "code"), json = cell_text(rows, row, "fields");
    int32_t at = crmsync_rows_find_field(rows, text("time"));
    crmsync_str operation = cell_text(rows, row, "operation");
    uint32_t reason = crmsync_reason_by_name(cell_text(rows, row, "reason"));
    print_time(crmsync_rows_get(rows, row, at < 0 ? SIZE_MAX : (size_t)at).number);
    printf("  %s %s%-10.*s%s ", same(direction, "in") ? "from Salesforce" : "to Salesforce  ", p->bold,
           (int)operation.len, operation.ptr, p->plain);
    print_str(cell_text(rows, row, "kind"));
    putchar(' ');
    print_str(cell_text(rows, row, "id"));
    fputs("  ", stdout);
    print_str(cell_text(rows, row, "object"));
    putchar(' ');
    print_str(cell_text(rows, row, "crm_id"));
    printf("  %s%s%s\n", p->dim, crmsync_reason_text(reason), p->plain);
    if (message.len || code.len) {
        fputs("      ", stdout);
        print_str(code);
        fputs(code.len ? ": " : "", stdout);
        print_str(message);
        putchar('\n');
    }
    yyjson_doc *fields = json.len ? yyjson_read(json.ptr, json.len, 0) : NULL;
    print_fields(yyjson_doc_get_root(fields), p);
    yyjson_doc_free(fields);
}

static void add_member(yyjson_mut_doc *doc, yyjson_mut_val *line, crmsync_str name,
                       const crmsync_cell *cell)
{
    yyjson_mut_val *key = yyjson_mut_strncpy(doc, name.ptr, name.len), *value = NULL;
    yyjson_doc *fields = NULL;
    if (cell->type == CRMSYNC_CELL_DATETIME)
        value = yyjson_mut_sint(doc, cell->number);
    else if (same(name, "fields") && cell->text.len)
        fields = yyjson_read(cell->text.ptr, cell->text.len, 0);
    else if (cell->text.len)
        value = yyjson_mut_strncpy(doc, cell->text.ptr, cell->text.len);
    if (fields)
        value = yyjson_val_mut_copy(doc, yyjson_doc_get_root(fields));
    if (value)
        yyjson_mut_obj_add(line, key, value);
    yyjson_doc_free(fields);
}

static void print_json_row(const crmsync_rows *rows, size_t row)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *line = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, line);
    for (size_t f = 0; f < crmsync_rows_field_count(rows); f++) {
        crmsync_cell cell = crmsync_rows_get(rows, row, f);
        add_member(doc, line, crmsync_rows_field(rows, f), &cell);
    }
    char *json = yyjson_mut_write(doc, 0, NULL);
    puts(json ? json : "{}");
    free(json);
    yyjson_mut_doc_free(doc);
}

int print_log(host *h, const crmsync_log_filter *filter, bool json)
{
    crmsync_rows *rows = NULL;
    crmsync_error *err = NULL;
    pen p = pen_of(h->settings);
    int32_t rc = crmsync_workspace_log(h->workspace, filter, &rows, &err);
    if (rc)
        return complain(rc, err);
    for (size_t i = crmsync_rows_count(rows); i-- > 0;) { /* oldest first, as a story is told */
        if (json)
            print_json_row(rows, i);
        else
            print_row(rows, i, &p);
    }
    crmsync_rows_free(rows);
    return EXIT_FINE;
}

/* ---- explain ---- */

/* Objects and arrays as an indented outline. */
static void print_outline(yyjson_val *v, int depth)
{
    size_t i, n;
    yyjson_val *key, *item;
    if (yyjson_is_obj(v)) {
        yyjson_obj_foreach(v, i, n, key, item) {
            bool nested = yyjson_is_ctn(item);
            if (yyjson_is_null(item) || (nested && yyjson_get_len(item) == 0))
                continue;
            printf("%*s%s:%s", depth * 2, "", yyjson_get_str(key), nested ? "\n" : " ");
            print_outline(item, depth + 1);
        }
    } else if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item) {
            if (!yyjson_is_ctn(item))
                printf("%*s", depth * 2, "");
            else
                printf("%*s-\n", depth * 2, "");
            print_outline(item, yyjson_is_ctn(item) ? depth + 1 : 0);
        }
    } else {
        print_value(v);
        putchar('\n');
    }
}

static void print_sides(yyjson_val *crm)
{
    size_t i, n, k, m;
    yyjson_val *record, *f;
    yyjson_arr_foreach(crm, i, n, record) {
        crmsync_str object = member(record, "object"), id = member(record, "id");
        crmsync_str state = member(record, "state");
        printf("\nin Salesforce: %.*s %.*s%s%.*s\n", (int)object.len, object.ptr, (int)id.len, id.ptr,
               state.len ? ", " : "", (int)state.len, state.ptr);
        yyjson_arr_foreach(yyjson_obj_get(record, "fields"), k, m, f) {
            crmsync_str local = member(f, "local"), remote = member(f, "remote");
            printf("  %-14.*s ", (int)local.len, local.ptr);
            print_value(yyjson_obj_get(f, "local_value"));
            printf("   |   %.*s ", (int)remote.len, remote.ptr);
            print_value(yyjson_obj_get(f, "crm_value"));
            crmsync_str word = member(f, "state");
            printf("   %.*s\n", (int)word.len, word.ptr);
        }
    }
}

static void print_history(yyjson_val *log, const pen *p)
{
    yyjson_val *row;
    size_t i, n;
    yyjson_arr_foreach(log, i, n, row) {
        crmsync_str operation = member(row, "operation"), object = member(row, "object");
        bool in = same(member(row, "direction"), "in");
        uint32_t reason = crmsync_reason_by_name(member(row, "reason"));
        fputs("  ", stdout);
        print_time(yyjson_get_sint(yyjson_obj_get(row, "time")));
        printf("  %s  %.*s %.*s: %s\n", in ? "from Salesforce" : "to Salesforce", (int)operation.len,
               operation.ptr, (int)object.len, object.ptr, crmsync_reason_text(reason));
        print_fields(yyjson_obj_get(row, "fields"), p);
    }
}

static void print_told(yyjson_val *root, const pen *p)
{
    static const char *const sections[] = {"dead", "queue", "claims"};
    crmsync_str kind = member(root, "kind"), id = member(root, "id"), outcome = member(root, "outcome");
    crmsync_str why = member(root, "text"), remedy = member(root, "remedy");
    printf("%s%.*s %.*s%s: ", p->bold, (int)kind.len, kind.ptr, (int)id.len, id.ptr, p->plain);
    print_str(outcome.len ? outcome : text("no decision is stored"));
    fputs(why.len ? "; " : "", stdout);
    print_str(why);
    fputs(remedy.len ? "\nremedy: " : "", stdout);
    print_str(remedy);
    putchar('\n');
    print_sides(yyjson_obj_get(root, "crm"));
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        yyjson_val *section = yyjson_obj_get(root, sections[i]);
        if (!yyjson_is_ctn(section) || yyjson_get_len(section) == 0)
            continue;
        printf("\n%s:\n", sections[i]);
        print_outline(section, 1);
    }
    puts("\nwhat happened, newest first:");
    print_history(yyjson_obj_get(root, "log"), p);
}

int print_explanation(host *h, crmsync_str kind, crmsync_str id)
{
    crmsync_str json = {NULL, 0};
    crmsync_error *err = NULL;
    int32_t rc = crmsync_workspace_explain(h->workspace, kind, id, &json, &err);
    if (rc)
        return complain(rc, err);
    yyjson_doc *doc = yyjson_read(json.ptr, json.len, 0);
    pen p = pen_of(h->settings);
    print_told(yyjson_doc_get_root(doc), &p);
    yyjson_doc_free(doc);
    return EXIT_FINE;
}

/* ---- commands ---- */

static const char help_log[] =
    "usage: crmsync-sync log [--since WHEN] [--kind KIND] [--id ID] [--object OBJECT]\n"
    "                        [--operation OP] [--limit N] [--json]\n\n"
    "Tells what was done, oldest first: each field with its old and new value and who won it.\n\n"
    "  --since WHEN     90s, 15m, 2h or 7d ago, or seconds since 1970 as date +%s gives them\n"
    "  --kind KIND      person, company, user, opportunity, activity\n"
    "  --id ID          the host's id of a record\n"
    "  --object OBJECT  Lead, Contact, Account, ...\n"
    "  --operation OP   create, update, link, skip, hold, deactivate, fail, unknown\n"
    "  --limit N        the newest N rows (1000)\n"
    "  --json           JSON lines\n";
static const char help_explain[] =
    "usage: crmsync-sync explain KIND ID [--json]\n\n"
    "Everything known of one record: both sides, the last decision and its reason, its history.\n";

/* -1 = not a time. */
static int64_t since_ms(const char *when)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    char *end = NULL;
    int64_t n = strtoll(when, &end, 10);
    if (end == when || n < 0)
        return -1;
    if (*end == '\0')
        return n * 1000;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (*end == units[i].unit && end[1] == '\0')
            return (int64_t)time(NULL) * 1000 - n * units[i].ms;
    }
    return -1;
}

int command_log(host *h, int argc, char **argv)
{
    static const struct option names[] = {
        {"since", required_argument, NULL, 's'},  {"kind", required_argument, NULL, 'k'},
        {"id", required_argument, NULL, 'i'},     {"object", required_argument, NULL, 'o'},
        {"operation", required_argument, NULL, 'p'}, {"limit", required_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},         {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    crmsync_log_filter filter = CRMSYNC_LOG_FILTER_INIT;
    bool json = false;
    int c;
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 's': filter.from_ms = since_ms(optarg); break;
        case 'k': filter.kind = text(optarg); break;
        case 'i': filter.id = text(optarg); break;
        case 'o': filter.object = text(optarg); break;
        case 'p': filter.operation = text(optarg); break;
        case 'l': filter.limit = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'j': json = true; break;
        case 'h': fputs(help_log, stdout); return EXIT_FINE;
        default: fputs(help_log, stderr); return EXIT_USAGE;
        }
    }
    if (optind < argc || filter.from_ms < 0) {
        fputs(help_log, stderr);
        return EXIT_USAGE;
    }
    return print_log(h, &filter, json);
}

int command_explain(host *h, int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[argc - 1], "--help") == 0;
    bool json = argc == 4 && strcmp(argv[3], "--json") == 0;
    if (help || (argc != 3 && !json)) {
        fputs(help_explain, help ? stdout : stderr);
        return help ? EXIT_FINE : EXIT_USAGE;
    }
    if (!json)
        return print_explanation(h, text(argv[1]), text(argv[2]));
    crmsync_str told = {NULL, 0};
    crmsync_error *err = NULL;
    int32_t rc = crmsync_workspace_explain(h->workspace, text(argv[1]), text(argv[2]), &told, &err);
    if (rc)
        return complain(rc, err);
    printf("%.*s\n", (int)told.len, told.ptr);
    return EXIT_FINE;
}
