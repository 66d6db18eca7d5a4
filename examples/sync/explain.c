/* Everything known of one record, for people. */
#include "sync.h"
#include "values.h"

#include <string.h>

/* Objects and arrays as an indented outline. */
static void print_outline(yyjson_val *v, int depth)
{
    size_t i, n;
    yyjson_val *key, *item;
    if (yyjson_is_obj(v)) {
        yyjson_obj_foreach(v, i, n, key, item)
        {
            bool nested = yyjson_is_ctn(item);
            if (yyjson_is_null(item) || (nested && yyjson_get_len(item) == 0))
                continue;
            printf("%*s%s:%s", depth * 2, "", yyjson_get_str(key), nested ? "\n" : " ");
            print_outline(item, depth + 1);
        }
    } else if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item)
        {
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
    yyjson_arr_foreach(crm, i, n, record)
    {
        crmsync_str object = member(record, "object"), id = member(record, "id");
        crmsync_str state = member(record, "state");
        printf("\nin Salesforce: %.*s %.*s%s%.*s\n", (int)object.len, object.ptr, (int)id.len,
               id.ptr, state.len ? ", " : "", (int)state.len, state.ptr);
        yyjson_arr_foreach(yyjson_obj_get(record, "fields"), k, m, f)
        {
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
    yyjson_arr_foreach(log, i, n, row)
    {
        crmsync_str operation = member(row, "operation"), object = member(row, "object");
        bool in = same(member(row, "direction"), "in");
        uint32_t reason = crmsync_reason_by_name(member(row, "reason"));
        fputs("  ", stdout);
        print_time(yyjson_get_sint(yyjson_obj_get(row, "time")));
        printf("  %s  %.*s %.*s: %s\n", in ? "from Salesforce" : "to Salesforce",
               (int)operation.len, operation.ptr, (int)object.len, object.ptr,
               crmsync_reason_text(reason));
        print_fields(yyjson_obj_get(row, "fields"), p);
    }
}

/* What is bad news, and what is only told. */
static bool stops(yyjson_val *step)
{
    crmsync_str name = member(step, "step"), answer = member(step, "answer");
    return same(answer, "no") && !same(name, "linked") && !same(name, "result") &&
           member(step, "reason").len > 0;
}

/* The questions asked of the record; what to do stands under the answer. */
static void print_steps(yyjson_val *steps, const pen *p)
{
    yyjson_val *step;
    size_t i, n;
    puts("\nstep by step:");
    yyjson_arr_foreach(steps, i, n, step)
    {
        crmsync_str name = member(step, "step"), answer = member(step, "answer");
        crmsync_str object = member(step, "object"), local = member(step, "local");
        crmsync_str remote = member(step, "remote"), words = member(step, "text");
        crmsync_str remedy = member(step, "remedy"), detail = member(step, "detail");
        bool field = same(name, "field");
        printf("  %s%-9.*s %-8.*s%s ", stops(step) ? p->bold : "", (int)name.len, name.ptr,
               (int)answer.len, answer.ptr, stops(step) ? p->plain : "");
        print_str(field && local.len ? local : field ? remote : object);
        fputs(field && local.len && remote.len ? " / " : "", stdout);
        print_str(field && local.len ? remote : text(""));
        fputs(field || object.len ? ": " : "", stdout);
        print_str(words);
        fputs(detail.len ? ": " : "", stdout);
        print_str(detail);
        putchar('\n');
        if (remedy.len && (stops(step) || same(name, "parked"))) {
            printf("%22s", "");
            print_str(remedy);
            putchar('\n');
        }
    }
}

static void print_told(yyjson_val *root, const pen *p)
{
    static const char *const sections[] = {"dead", "queue", "claims"};
    crmsync_str kind = member(root, "kind"), id = member(root, "id"),
                outcome = member(root, "outcome");
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
    print_steps(yyjson_obj_get(root, "steps"), p);
    puts("\nwhat happened, newest first:");
    print_history(yyjson_obj_get(root, "log"), p);
}

static int print_explanation(host *h, crmsync_str kind, crmsync_str id)
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

static const char help_explain[] =
    "usage: crmsync-sync explain KIND ID [--json]\n\n"
    "Everything known of one record: both sides, the last decision and its reason, why it does or\n"
    "does not arrive, step by step, and its history.\n";

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
