/* The sync log, for people and as JSON lines. */
#include "sync.h"
#include "values.h"

#include <getopt.h>
#include <stdlib.h>
#include <time.h>

static crmsync_str cell_text(const crmsync_rows *rows, size_t row, const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, text(field));
    return crmsync_rows_get(rows, row, at < 0 ? SIZE_MAX : (size_t)at).text;
}

static void print_row(const crmsync_rows *rows, size_t row, const pen *p)
{
    crmsync_str direction = cell_text(rows, row, "direction"),
                message = cell_text(rows, row, "message");
    crmsync_str code = cell_text(rows, row, "code"), json = cell_text(rows, row, "fields");
    int32_t at = crmsync_rows_find_field(rows, text("time"));
    crmsync_str operation = cell_text(rows, row, "operation");
    uint32_t reason = crmsync_reason_by_name(cell_text(rows, row, "reason"));
    print_time(crmsync_rows_get(rows, row, at < 0 ? SIZE_MAX : (size_t)at).number);
    printf("  %s %s%-10.*s%s ", same(direction, "in") ? "from Salesforce" : "to Salesforce  ",
           p->bold, (int)operation.len, operation.ptr, p->plain);
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

/* ---- the command ---- */

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
    static const struct option names[] = {{"since", required_argument, NULL, 's'},
                                          {"kind", required_argument, NULL, 'k'},
                                          {"id", required_argument, NULL, 'i'},
                                          {"object", required_argument, NULL, 'o'},
                                          {"operation", required_argument, NULL, 'p'},
                                          {"limit", required_argument, NULL, 'l'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
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
