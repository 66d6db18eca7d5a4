/*
 * crmsync-plan: what would an export do? Offline planning from files: no network, no store.
 *
 *   crmsync-plan --config config.json --schema schema.json --people people.jsonl
 *                --candidates crm.jsonl [--companies companies.jsonl] [--format text|json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/plan.h>

enum { EXIT_OK = 0, EXIT_PLAN = 1, EXIT_USAGE = 2, EXIT_FILE = 3 };
enum { MOST_OBJECTS = 8 };

static const char help[] =
    "usage: crmsync-plan --config FILE --schema FILE --people FILE --candidates FILE [options]\n"
    "\n"
    "Shows what an export of people to Salesforce would do, and why, without a network.\n"
    "\n"
    "  --config FILE      configuration (JSON)\n"
    "  --schema FILE      {\"objects\":[<describe>, ...],\"statuses\":{...}}\n"
    "  --people FILE      the host's people, one JSON object a line, each with \"id\"\n"
    "  --candidates FILE  CRM records, one JSON object a line, each with \"object\" and \"Id\";\n"
    "                     objects: Lead, Contact, Account, User\n"
    "  --companies FILE   the host's companies, one JSON object a line\n"
    "  --format WORD      text (default) or json\n"
    "  --limit N          operations shown in full in text, 10 unless told\n"
    "  --all-fields       show fields that stay as they are, too\n"
    "  --colour           ANSI colours\n"
    "  --help             this text\n"
    "\n"
    "exit code: 0 planned, 1 the input is not valid, 2 wrong usage, 3 a file cannot be read\n";

typedef struct arguments {
    const char *config, *schema, *people, *candidates, *companies, *format;
    unsigned long limit;
    int all_fields, colour;
} arguments;

/* Everything that is freed at the end. */
typedef struct session {
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmsync_rows *people, *companies;
    crmsync_rows *objects[MOST_OBJECTS];
    size_t object_count;
    crmsync_plan *plan;
    crmsync_error *err;
} session;

static int spell(const char *what, const crmsync_error *err)
{
    crmsync_str message = crmsync_error_message(err);
    crmsync_str where = crmsync_error_where(err);
    crmsync_str remedy = crmsync_error_remedy(err);
    fprintf(stderr, "crmsync-plan: %s: %.*s", what, (int)message.len,
            message.ptr ? message.ptr : "");
    if (where.len) {
        fprintf(stderr, " (at %.*s)", (int)where.len, where.ptr);
    }
    if (remedy.len) {
        fprintf(stderr, "\n  %.*s", (int)remedy.len, remedy.ptr);
    }
    fputc('\n', stderr);
    return EXIT_PLAN;
}

/* Reads a whole file into memory that the caller frees; NULL after a message. */
static char *read_file(const char *path, crmsync_str *out)
{
    size_t size = 0;
    size_t room = 65536;
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(room) : NULL;
    while (text) {
        size += fread(text + size, 1, room - size, file);
        if (size < room) {
            break;
        }
        char *more = realloc(text, room *= 2);
        if (!more) {
            free(text);
        }
        text = more;
    }
    if (!text || ferror(file)) {
        perror(path);
        free(text);
        text = NULL;
    }
    if (file) {
        fclose(file);
    }
    *out = (crmsync_str){text, text ? size : 0};
    return text;
}

static const char **text_option(arguments *a, const char *name)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {
        {"--config", &a->config},         {"--schema", &a->schema},       {"--people", &a->people},
        {"--candidates", &a->candidates}, {"--companies", &a->companies}, {"--format", &a->format},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, name) == 0) {
            return options[i].value;
        }
    }
    return NULL;
}

static int parse_arguments(int argc, char **argv, arguments *a)
{
    for (int i = 1; i < argc; i++) {
        const char **value = text_option(a, argv[i]);
        char *end = NULL;
        if (value && i + 1 < argc) {
            *value = argv[++i];
        } else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
            a->limit = strtoul(argv[++i], &end, 10);
            if (!end || *end || a->limit > 1000000) {
                fprintf(stderr, "crmsync-plan: --limit needs a number\n");
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--all-fields") == 0) {
            a->all_fields = 1;
        } else if (strcmp(argv[i], "--colour") == 0) {
            a->colour = 1;
        } else {
            fprintf(stderr, "crmsync-plan: \"%s\" is not understood; see --help\n", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (!a->config || !a->schema || !a->people || !a->candidates) {
        fprintf(stderr, "crmsync-plan: --config, --schema, --people and --candidates are needed; "
                        "see --help\n");
        return EXIT_USAGE;
    }
    if (strcmp(a->format, "text") != 0 && strcmp(a->format, "json") != 0) {
        fprintf(stderr, "crmsync-plan: --format is text or json\n");
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static int load_rows(session *s, const char *path, const char *kind, crmsync_rows **out)
{
    crmsync_str text;
    char *owned = read_file(path, &text);
    if (!owned) {
        return EXIT_FILE;
    }
    crmsync_str name = {kind, strlen(kind)};
    int32_t code = crmsync_rows_new(NULL, name, NULL, 0, out, &s->err);
    if (code == CRMSYNC_OK) {
        code = crmsync_rows_append_jsonl(*out, text, &s->err);
    }
    free(owned);
    return code == CRMSYNC_OK ? EXIT_OK : spell(path, s->err);
}

static int load_settings(session *s, const arguments *a)
{
    crmsync_str text;
    char *owned = read_file(a->config, &text);
    if (!owned) {
        return EXIT_FILE;
    }
    int32_t code = crmsync_config_parse(NULL, text, &s->config, &s->err);
    free(owned);
    if (code != CRMSYNC_OK) {
        return spell(a->config, s->err);
    }
    owned = read_file(a->schema, &text);
    if (!owned) {
        return EXIT_FILE;
    }
    code = crmsync_schema_parse(NULL, text, &s->schema, &s->err);
    free(owned);
    if (code != CRMSYNC_OK) {
        return spell(a->schema, s->err);
    }
    code = crmsync_normalizer_new(NULL, NULL, &s->normalizer, &s->err);
    return code == CRMSYNC_OK ? EXIT_OK : spell("normalizer", s->err);
}

static crmsync_rows *object_rows(session *s, crmsync_str object)
{
    for (size_t i = 0; i < s->object_count; i++) {
        crmsync_str kind = crmsync_rows_kind(s->objects[i]);
        if (kind.len == object.len && memcmp(kind.ptr, object.ptr, kind.len) == 0) {
            return s->objects[i];
        }
    }
    if (s->object_count == MOST_OBJECTS ||
        crmsync_rows_new(NULL, object, NULL, 0, &s->objects[s->object_count], &s->err)) {
        return NULL;
    }
    return s->objects[s->object_count++];
}

/* Every line names its object; each object becomes rows of its own. */
static int load_candidates(session *s, const char *path)
{
    crmsync_str text;
    char *owned = read_file(path, &text);
    size_t line = 1;
    size_t at = 0;
    int result = owned ? EXIT_OK : EXIT_FILE;
    while (result == EXIT_OK && at < text.len) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - (text.ptr + at)) : text.len - at;
        crmsync_rows *one = NULL;
        crmsync_str json = {text.ptr + at, len};
        int32_t code = crmsync_rows_new(NULL, (crmsync_str){"line", 4}, NULL, 0, &one, &s->err);
        if (code == CRMSYNC_OK) {
            code = crmsync_rows_append_jsonl(one, json, &s->err);
        }
        if (code == CRMSYNC_OK && crmsync_rows_count(one)) {
            int32_t field = crmsync_rows_find_field(one, (crmsync_str){"object", 6});
            crmsync_cell object =
                field < 0 ? (crmsync_cell){0} : crmsync_rows_get(one, 0, (size_t)field);
            crmsync_rows *rows = object.text.len ? object_rows(s, object.text) : NULL;
            code = rows ? crmsync_rows_append_json(rows, json, &s->err) : CRMSYNC_E_INVALID;
        }
        if (code != CRMSYNC_OK) {
            fprintf(stderr, "crmsync-plan: %s, line %zu: not a record with \"object\" and \"Id\"\n",
                    path, line);
            result = s->err ? spell(path, s->err) : EXIT_PLAN;
        }
        crmsync_rows_free(one);
        at += len + 1;
        line++;
    }
    free(owned);
    return result;
}

static int32_t print(void *ctx, crmsync_str text)
{
    return fwrite(text.ptr, 1, text.len, ctx) == text.len ? CRMSYNC_OK : CRMSYNC_E_CALLBACK;
}

static int show(session *s, const arguments *a)
{
    int32_t code;
    if (strcmp(a->format, "json") == 0) {
        code = crmsync_plan_write_json(s->plan, print, stdout, &s->err);
        putchar('\n');
    } else {
        crmsync_plan_text_options options = CRMSYNC_PLAN_TEXT_OPTIONS_INIT;
        options.limit = (uint32_t)a->limit;
        options.all_fields = a->all_fields ? 1 : 0;
        options.colour = a->colour ? 1 : 0;
        code = crmsync_plan_write_text(s->plan, &options, print, stdout, &s->err);
    }
    return code == CRMSYNC_OK ? EXIT_OK : spell("plan", s->err);
}

static int run(session *s, const arguments *a)
{
    int result = load_settings(s, a);
    if (result == EXIT_OK) {
        result = load_rows(s, a->people, "person", &s->people);
    }
    if (result == EXIT_OK && a->companies) {
        result = load_rows(s, a->companies, "company", &s->companies);
    }
    if (result == EXIT_OK) {
        result = load_candidates(s, a->candidates);
    }
    if (result != EXIT_OK) {
        return result;
    }
    crmsync_decide_input input = CRMSYNC_DECIDE_INPUT_INIT;
    input.config = s->config;
    input.schema = s->schema;
    input.normalizer = s->normalizer;
    input.people = s->people;
    input.companies = s->companies;
    input.candidates = (const crmsync_rows *const *)s->objects;
    input.candidate_count = s->object_count;
    if (crmsync_decide_people(NULL, &input, &s->plan, &s->err) != CRMSYNC_OK) {
        return spell("plan", s->err);
    }
    return show(s, a);
}

int main(int argc, char **argv)
{
    arguments a = {.format = "text", .limit = 10};
    session s = {0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    int result = parse_arguments(argc, argv, &a);
    if (result == EXIT_OK) {
        result = run(&s, &a);
    }
    crmsync_plan_free(s.plan);
    for (size_t i = 0; i < s.object_count; i++) {
        crmsync_rows_free(s.objects[i]);
    }
    crmsync_rows_free(s.people);
    crmsync_rows_free(s.companies);
    crmsync_normalizer_free(s.normalizer);
    crmsync_schema_free(s.schema);
    crmsync_config_free(s.config);
    crmsync_error_free(s.err);
    return result;
}
