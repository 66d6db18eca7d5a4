/*
 * Precision and recall of company-name keys over names that are known to be the same company.
 *
 *   bench_names FILE [--list]      FILE: lines of id, TAB, name; what follows a second TAB is
 * ignored
 *
 * Two names form a true pair when their ids are equal, a found pair when their keys are. Names are
 * counted by groups of equal keys, so that a million of them is no matter. Names without a key
 * match nothing. A first line whose id is not found again counts like any other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/normalize.h>

#include "clock.h"

typedef struct row {
    const char *id, *name;
    char *key;
} row;

typedef struct names {
    char *text;
    row *rows;
    size_t count, cap;
    crmsync_normalizer *normalizer;
} names;

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    if (size >= 0 && fseek(f, 0, SEEK_SET) == 0)
        text = malloc((size_t)size + 1);
    if (text)
        text[fread(text, 1, (size_t)size, f)] = '\0';
    if (f)
        fclose(f);
    return text;
}

static bool add_row(names *n, const char *id, const char *name)
{
    if (n->count == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 1024;
        row *rows = realloc(n->rows, cap * sizeof *rows);
        if (!rows)
            return false;
        n->rows = rows;
        n->cap = cap;
    }
    n->rows[n->count++] = (row){id, name, NULL};
    return true;
}

/* Cuts the text into rows; lines without a tab are passed over. */
static bool cut_rows(names *n)
{
    for (char *line = strtok(n->text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab++ = '\0';
        char *end = strchr(tab, '\t');
        if (end)
            *end = '\0';
        if (!add_row(n, line, tab))
            return false;
    }
    return n->count > 0;
}

static int by_id_and_name(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int c = strcmp(x->id, y->id);
    return c ? c : strcmp(x->name, y->name);
}

static int by_key_and_id(const void *a, const void *b)
{
    const row *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : strcmp(x->id, y->id);
}

/* One spelling of one company counts once, however often it is listed. */
static void drop_repeats(names *n)
{
    size_t kept = 0;
    qsort(n->rows, n->count, sizeof *n->rows, by_id_and_name);
    for (size_t i = 0; i < n->count; i++) {
        if (!kept || by_id_and_name(&n->rows[kept - 1], &n->rows[i]))
            n->rows[kept++] = n->rows[i];
    }
    n->count = kept;
}

static bool make_keys(void *ctx)
{
    names *n = ctx;
    char key[CRMSYNC_KEY_MAX];
    for (size_t i = 0; i < n->count; i++) {
        crmsync_str in = {n->rows[i].name, strlen(n->rows[i].name)};
        size_t len;
        if (crmsync_normalize_company(n->normalizer, in, key, sizeof key, &len))
            return false;
        if (n->rows[i].key)
            continue;
        n->rows[i].key = malloc(len + 1);
        if (!n->rows[i].key)
            return false;
        memcpy(n->rows[i].key, key, len + 1);
    }
    return true;
}

static double pairs(size_t n)
{
    return (double)n * ((double)n - 1) / 2;
}

/* Pairs within runs of rows that `same` holds together. */
static double count_pairs(const names *n, bool (*same)(const row *a, const row *b))
{
    double all = 0;
    for (size_t i = 0, end; i < n->count; i = end) {
        for (end = i + 1; end < n->count && same(&n->rows[i], &n->rows[end]);)
            end++;
        all += pairs(end - i);
    }
    return all;
}

static bool same_id(const row *a, const row *b)
{
    return strcmp(a->id, b->id) == 0;
}

static bool same_key(const row *a, const row *b)
{
    return a->key[0] && strcmp(a->key, b->key) == 0;
}

static bool same_both(const row *a, const row *b)
{
    return same_key(a, b) && same_id(a, b);
}

/* Keys that stand for more than one company. The rows are sorted by key, then id. */
static size_t ambiguous(const names *n, bool list, size_t *keys)
{
    size_t count = 0;
    *keys = 0;
    for (size_t i = 0, end; i < n->count; i = end) {
        for (end = i + 1; end < n->count && same_key(&n->rows[i], &n->rows[end]);)
            end++;
        *keys += n->rows[i].key[0] != '\0';
        if (same_id(&n->rows[i], &n->rows[end - 1]))
            continue;
        count++;
        for (size_t k = i; list && k < end; k++)
            printf("%s\t%s\t%s\n", n->rows[k].key, n->rows[k].id, n->rows[k].name);
    }
    return count;
}

static void report(names *n, double ns, bool list)
{
    size_t keys, shared, without = 0;
    double truth = count_pairs(n, same_id);
    qsort(n->rows, n->count, sizeof *n->rows, by_key_and_id);
    double found = count_pairs(n, same_key), right = count_pairs(n, same_both);
    for (size_t i = 0; i < n->count; i++)
        without += n->rows[i].key[0] == '\0';
    shared = ambiguous(n, list, &keys);
    printf("names      %zu different, %zu without a key\n", n->count, without);
    printf("pairs      %.0f true, %.0f found, %.0f of them right\n", truth, found, right);
    printf("precision  %.4f\n", found > 0 ? right / found : 0);
    printf("recall     %.4f\n", truth > 0 ? right / truth : 0);
    printf("ambiguous  %zu of %zu keys stand for several companies%s\n", shared, keys,
           shared && !list ? " (--list names them)" : "");
    printf("time       %.0f ns a name\n", ns / (double)n->count);
}

int main(int argc, char **argv)
{
    names n = {0};
    bool list = argc == 3 && strcmp(argv[2], "--list") == 0;
    if (argc < 2 || argc > 3 || (argc == 3 && !list)) {
        fputs("usage: bench_names FILE [--list]\n", stderr);
        return 2;
    }
    n.text = read_file(argv[1]);
    bool ok = n.text && cut_rows(&n) && !crmsync_normalizer_new(NULL, NULL, &n.normalizer, NULL);
    if (ok) {
        drop_repeats(&n);
        double ns = bench_best_ns(make_keys, &n);
        ok = ns >= 0;
        if (ok)
            report(&n, ns, list);
    }
    if (!ok)
        fprintf(stderr, "bench_names: %s cannot be read, or holds no lines of id, TAB, name\n",
                argv[1]);
    for (size_t i = 0; i < n.count; i++)
        free(n.rows[i].key);
    free(n.rows);
    free(n.text);
    crmsync_normalizer_free(n.normalizer);
    return ok ? 0 : 1;
}
