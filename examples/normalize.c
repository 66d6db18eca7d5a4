/*
 * crmsync-normalize: the keys libcrmsync matches people and companies by, line for line.
 *
 *   {"kind":"domain","input":"https://www.acme.co.uk/x"}
 *   {"kind":"domain","input":"https://www.acme.co.uk/x","output":"acme.co.uk"}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/normalize.h>
#include <yyjson.h>

static const char usage[] =
    "usage: crmsync-normalize < LINES\n"
    "\n"
    "Reads JSON lines "
    "{\"kind\":\"email|domain|host|company|id|freemail|shared_host\",\"input\":\"...\"}\n"
    "and writes each with \"output\" added: a string, null when the input has no key, or, for "
    "freemail\n"
    "and shared_host, true or false. Other members are kept. Blank lines are skipped.\n"
    "A line that cannot be read gives {\"error\":...,\"line\":N}.\n"
    "\n"
    "exit codes: 0 all lines answered, 1 some were not, 2 wrong call or no memory\n";

typedef int32_t (*key_function)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);
typedef int32_t (*flag_function)(const crmsync_normalizer *n, crmsync_str in);

static int32_t id_key(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                      size_t *len)
{
    (void)n; /* ids need no context */
    return crmsync_normalize_id(in, out, size, len);
}

static const struct {
    const char *kind;
    key_function key;
    flag_function flag;
} kinds[] = {
    {"email", crmsync_normalize_email, NULL},
    {"domain", crmsync_normalize_domain, NULL},
    {"host", crmsync_normalize_host, NULL},
    {"company", crmsync_normalize_company, NULL},
    {"id", id_key, NULL},
    {"freemail", NULL, crmsync_is_freemail},
    {"shared_host", NULL, crmsync_is_shared_host},
};

/* Adds "output" to the line; returns what is wrong with it, or NULL. */
static const char *answer(const crmsync_normalizer *n, yyjson_mut_doc *doc)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    yyjson_mut_val *line = yyjson_mut_doc_get_root(doc);
    yyjson_mut_val *kind = yyjson_mut_obj_get(line, "kind");
    yyjson_mut_val *input = yyjson_mut_obj_get(line, "input");
    crmsync_str in = {yyjson_mut_get_str(input), yyjson_mut_get_len(input)};
    if (!yyjson_mut_is_obj(line) || !yyjson_mut_is_str(kind) || !yyjson_mut_is_str(input))
        return "a line must be an object with the strings \"kind\" and \"input\"";
    yyjson_mut_obj_remove_key(line, "output");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!yyjson_mut_equals_str(kind, kinds[i].kind))
            continue;
        if (kinds[i].flag) {
            yyjson_mut_obj_add_bool(doc, line, "output", kinds[i].flag(n, in) != 0);
            return NULL;
        }
        if (kinds[i].key(n, in, key, sizeof key, &len) != CRMSYNC_OK)
            return "out of memory";
        if (len > 0)
            yyjson_mut_obj_add_strncpy(doc, line, "output", key, len);
        else
            yyjson_mut_obj_add_null(doc, line, "output");
        return NULL;
    }
    return "unknown kind; use email, domain, host, company, id, freemail or shared_host";
}

static void print_error(const char *message, unsigned long long number)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *line = yyjson_mut_obj(doc);
    char *text;
    yyjson_mut_doc_set_root(doc, line);
    yyjson_mut_obj_add_str(doc, line, "error", message);
    yyjson_mut_obj_add_uint(doc, line, "line", number);
    text = yyjson_mut_write(doc, 0, NULL);
    puts(text ? text : "{\"error\":\"out of memory\"}");
    free(text);
    yyjson_mut_doc_free(doc);
}

/* 1 = answered, 0 = an error line was written. */
static int do_line(const crmsync_normalizer *n, char *line, size_t len, unsigned long long number)
{
    yyjson_read_err why = {0};
    yyjson_doc *read = yyjson_read_opts(line, len, YYJSON_READ_NUMBER_AS_RAW, NULL, &why);
    yyjson_mut_doc *doc = yyjson_doc_mut_copy(read, NULL);
    const char *problem = why.msg;
    char *text = NULL;
    if (doc) {
        problem = answer(n, doc);
        text = problem ? NULL : yyjson_mut_write(doc, 0, NULL);
    }
    if (text)
        puts(text);
    else
        print_error(problem ? problem : "out of memory", number);
    free(text);
    yyjson_mut_doc_free(doc);
    yyjson_doc_free(read);
    return text != NULL;
}

static int is_blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '\0';
}

/* Reads one line of any length; 0 = end of input, -1 = no memory. */
static int read_line(char **line, size_t *cap, size_t *len)
{
    int c;
    *len = 0;
    while ((c = getchar()) != EOF) {
        if (*len + 2 > *cap) {
            size_t bigger = *cap ? *cap * 2 : 4096;
            char *moved = realloc(*line, bigger);
            if (!moved)
                return -1;
            *line = moved;
            *cap = bigger;
        }
        if (c == '\n')
            break;
        (*line)[(*len)++] = (char)c;
    }
    if (c == EOF && *len == 0)
        return 0;
    (*line)[*len] = '\0';
    return 1;
}

int main(int argc, char **argv)
{
    crmsync_normalizer *normalizer = NULL;
    crmsync_error *err = NULL;
    char *line = NULL;
    size_t cap = 0, len;
    unsigned long long number = 0;
    int more, failed = 0;

    if (argc > 1) {
        int help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
        fputs(usage, help ? stdout : stderr);
        return help ? 0 : 2;
    }
    if (crmsync_normalizer_new(NULL, NULL, &normalizer, &err) != CRMSYNC_OK) {
        fprintf(stderr, "crmsync-normalize: %s\n", crmsync_error_message(err).ptr);
        crmsync_error_free(err);
        return 2;
    }
    while ((more = read_line(&line, &cap, &len)) > 0) {
        number++;
        if (!is_blank(line) && !do_line(normalizer, line, len, number))
            failed = 1;
    }
    free(line);
    crmsync_normalizer_free(normalizer);
    return more < 0 || fflush(stdout) != 0 ? 2 : failed;
}
