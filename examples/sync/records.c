/* The host's own doing: filling its record store and changing records, as its users would. */
#include "sync.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static int put_rows(host *h, const crmsync_rows *rows)
{
    crmsync_error *err = NULL;
    int32_t rc = crmsync_sqlite_put(h->db, text(h->settings->workspace), rows, &err);
    return rc ? complain(rc, err) : EXIT_FINE;
}

/* JSON has no notation for instants: `2026-05-04T09:30:00Z` becomes milliseconds since 1970. */
static bool read_instant(crmsync_str s, int64_t *ms)
{
    int y, mo, d, h, mi, sec;
    char zone = 0, copy[32];
    if (s.len >= sizeof copy)
        return false;
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d%c", &y, &mo, &d, &h, &mi, &sec, &zone) != 7 ||
        zone != 'Z')
        return false;
    int64_t shifted = mo > 2 ? y : y - 1; /* years that begin in March: leap days come last */
    int64_t days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 +
                   (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 719469;
    *ms = (((days * 24 + h) * 60 + mi) * 60 + sec) * 1000;
    return true;
}

static int type_instants(crmsync_rows *rows, const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, text(field));
    for (size_t i = 0; at >= 0 && i < crmsync_rows_count(rows); i++) {
        crmsync_cell cell = crmsync_rows_get(rows, i, (size_t)at);
        crmsync_cell instant = {.type = CRMSYNC_CELL_DATETIME};
        if (cell.type != CRMSYNC_CELL_TEXT)
            continue;
        if (!read_instant(cell.text, &instant.number)) {
            fprintf(stderr, "crmsync-sync: record %zu: \"%s\" must be like 2026-05-04T09:30:00Z\n",
                    i + 1, field);
            return EXIT_USAGE;
        }
        if (crmsync_rows_set(rows, i, (size_t)at, &instant, NULL))
            return EXIT_OTHER;
    }
    return EXIT_FINE;
}

static int load_file(host *h, const char *kind, const char *path)
{
    crmsync_rows *rows = NULL;
    crmsync_error *err = NULL;
    size_t len = 0;
    char *lines = read_file(path, &len);
    if (!lines)
        return EXIT_USAGE;
    int code = EXIT_FINE;
    int32_t rc = crmsync_rows_new(NULL, text(kind), NULL, 0, &rows, &err);
    if (!rc)
        rc = crmsync_rows_append_jsonl(rows, (crmsync_str){lines, len}, &err);
    if (rc) {
        fprintf(stderr, "crmsync-sync: in %s:\n", path);
        complain(rc, err);
        code = EXIT_USAGE;
    }
    if (code == EXIT_FINE && strcmp(kind, "activity") == 0)
        code = type_instants(rows, "at");
    if (code == EXIT_FINE)
        code = put_rows(h, rows);
    if (code == EXIT_FINE)
        printf("  %zu records of kind %s from %s\n", crmsync_rows_count(rows), kind, path);
    crmsync_rows_free(rows);
    free(lines);
    return code;
}

static const char help_load[] =
    "usage: crmsync-sync load [--people FILE] [--companies FILE] [--activities FILE]\n\n"
    "Reads JSON lines, one record a line, into the SQLite file. Records that are there already "
    "are\n"
    "changed: members that a line does not carry stay as they are. Every record has an \"id\".\n";

int command_load(host *h, int argc, char **argv)
{
    static const struct option names[] = {{"people", required_argument, NULL, 'p'},
                                          {"companies", required_argument, NULL, 'c'},
                                          {"activities", required_argument, NULL, 'a'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    static const char *const kinds[] = {"company", "person", "activity"};
    const char *files[] = {NULL, NULL, NULL};
    int c, code = EXIT_FINE;
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 'c': files[0] = optarg; break;
        case 'p': files[1] = optarg; break;
        case 'a': files[2] = optarg; break;
        case 'h': fputs(help_load, stdout); return EXIT_FINE;
        default: fputs(help_load, stderr); return EXIT_USAGE;
        }
    }
    if (optind < argc || (!files[0] && !files[1] && !files[2])) {
        fputs(help_load, stderr);
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < 3 && code == EXIT_FINE; i++) {
        if (files[i])
            code = load_file(h, kinds[i], files[i]);
    }
    return code;
}

static const char help_activity[] =
    "usage: crmsync-sync activity FILE\n\n"
    "Adds activities from JSON lines; the next apply or sync logs them in Salesforce:\n"
    "  {\"id\":\"a-1\",\"kind\":\"email|call|meeting|note|task\",\"person_id\":\"p-1\",\n"
    "   \"at\":\"2026-05-04T09:30:00Z\",\"subject\":\"...\",\"body\":\"...\",\n"
    "   "
    "\"direction\":\"inbound|outbound\",\"outcome\":\"...\",\"duration_s\":900,\"owner\":\"...\"}\n"
    "All but id, kind, person_id and at may be missing.\n";

int command_activity(host *h, int argc, char **argv)
{
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (argc != 2 || help) {
        fputs(help_activity, help ? stdout : stderr);
        return help ? EXIT_FINE : EXIT_USAGE;
    }
    return load_file(h, "activity", argv[1]);
}

/* ---- edit ---- */

static const char help_edit[] =
    "usage: crmsync-sync edit KIND ID FIELD=VALUE...\n"
    "       crmsync-sync edit KIND ID --delete\n\n"
    "Changes fields of a record in the SQLite file. FIELD= empties a field; true and false are\n"
    "booleans where the field holds one. The next apply or sync takes the change to Salesforce.\n";

/* The record's row, or -1. */
static int64_t find_record(const crmsync_rows *rows, const char *id)
{
    int32_t at = crmsync_rows_find_field(rows, text("id"));
    for (size_t i = 0; at >= 0 && i < crmsync_rows_count(rows); i++) {
        if (same(crmsync_rows_get(rows, i, (size_t)at).text, id))
            return (int64_t)i;
    }
    return -1;
}

/* The value in the type that the field has now. */
static crmsync_cell typed(const crmsync_rows *rows, size_t row, crmsync_str field,
                          const char *value)
{
    int32_t at = crmsync_rows_find_field(rows, field);
    crmsync_cell cell = crmsync_rows_get(rows, row, at < 0 ? SIZE_MAX : (size_t)at);
    bool boolean = cell.type == CRMSYNC_CELL_BOOL;
    bool decimal =
        cell.type == CRMSYNC_CELL_DECIMAL && value[strspn(value, "-0123456789.")] == '\0';
    cell.text = text(value);
    if (!*value)
        cell = (crmsync_cell){.type = CRMSYNC_CELL_NULL};
    else if (boolean)
        cell = (crmsync_cell){.type = CRMSYNC_CELL_BOOL, .number = strcmp(value, "true") == 0};
    else
        cell.type = decimal ? CRMSYNC_CELL_DECIMAL : CRMSYNC_CELL_TEXT;
    return cell;
}

static int edit_fields(host *h, const crmsync_rows *now, size_t row, int argc, char **argv)
{
    enum { MOST = 32 };
    crmsync_str names[MOST] = {text("id")};
    crmsync_cell cells[MOST] = {{.text = text(argv[2]), .type = CRMSYNC_CELL_TEXT}};
    crmsync_rows *rows = NULL;
    crmsync_error *err = NULL;
    size_t n = 1;
    for (int i = 3; i < argc; i++) {
        const char *equal = strchr(argv[i], '=');
        if (!equal || equal == argv[i] || n == MOST) {
            fputs(help_edit, stderr);
            return EXIT_USAGE;
        }
        names[n] = (crmsync_str){argv[i], (size_t)(equal - argv[i])};
        cells[n] = typed(now, row, names[n], equal + 1);
        n++;
    }
    int32_t rc = crmsync_rows_new(NULL, text(argv[1]), names, n, &rows, &err);
    if (!rc)
        rc = crmsync_rows_append(rows, cells, n, &err);
    int code = rc ? complain(rc, err) : put_rows(h, rows);
    crmsync_rows_free(rows);
    return code;
}

int command_edit(host *h, int argc, char **argv)
{
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    if (help || argc < 4) {
        fputs(help_edit, help ? stdout : stderr);
        return help ? EXIT_FINE : EXIT_USAGE;
    }
    crmsync_str workspace = text(h->settings->workspace);
    crmsync_rows *now = NULL;
    crmsync_error *err = NULL;
    int32_t rc = crmsync_sqlite_get(h->db, workspace, text(argv[1]), &now, &err);
    if (rc)
        return complain(rc, err);
    int64_t row = find_record(now, argv[2]);
    int code = EXIT_NOT_FOUND;
    if (row < 0) {
        fprintf(stderr, "crmsync-sync: there is no %s %s\n", argv[1], argv[2]);
    } else if (argc == 4 && strcmp(argv[3], "--delete") == 0) {
        rc = crmsync_sqlite_remove(h->db, workspace, text(argv[1]), text(argv[2]), &err);
        code = rc ? complain(rc, err) : EXIT_FINE;
    } else {
        code = edit_fields(h, now, (size_t)row, argc, argv);
    }
    if (code == EXIT_FINE)
        printf("  changed %s %s\n", argv[1], argv[2]);
    crmsync_rows_free(now);
    return code;
}
