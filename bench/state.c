/*
 * What it costs that state is keys and values: the SQLite adapter beside tables of typed columns that
 * hold the same, with the same indexes. Links under random keys: made, read, changed.
 *
 *   bench_state FOLDER [LINKS [BYTES]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include <crmsync/adapters/sqlite.h>

#include "base/sinks.h"
#include "clock.h"

#define BATCH 200 /* links of one commit */
#define BASE  1200 /* bytes of the base values of a link with nine fields, unless told otherwise */
#define MAX   8192

typedef struct bench {
    char path[2][400];
    crmsync_sqlite *store;
    sqlite3 *db;
    sqlite3_stmt *put, *version, *get, *begin, *commit;
    size_t links;
    char base[MAX + 1];
    size_t base_len;
    uint64_t found;
} bench;

/* A link's number from its place in the order of work: every number once, in no order. */
static size_t shuffled(const bench *b, size_t i)
{
    return (size_t)(((uint64_t)i * UINT64_C(2654435761)) % b->links);
}

static crmsync_str spell(char out[64], const char *format, size_t i)
{
    int n = snprintf(out, 64, format, i); /* NOLINT: the formats are ours */
    return (crmsync_str){out, (size_t)n};
}

/* ---- keys and values ---- */

static int by_key(const void *a, const void *b)
{
    const crmsync_kv_item *x = a, *y = b;
    if (x->space != y->space)
        return x->space < y->space ? -1 : 1;
    size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
    int c = memcmp(x->key.ptr, y->key.ptr, n);
    return c ? c : (int)(x->key.len > y->key.len) - (int)(x->key.len < y->key.len);
}

static bool kv_commit(bench *b, size_t from, uint64_t version)
{
    static char keys[2][BATCH][64], ids[BATCH][64], values[BATCH][MAX + 400];
    crmsync_kv_item puts[BATCH * 2], expects[BATCH];
    size_t n = 0;
    uint32_t outcome = 0;
    for (size_t k = 0; k < BATCH && from + k < b->links; k++, n++) {
        size_t i = shuffled(b, from + k);
        crmsync_str id = spell(ids[k], "p-%zu", i);
        int len = snprintf(values[k], sizeof values[k],
                           "{\"kind\":\"person\",\"id\":\"%s\",\"rev\":\"%llu\",\"outcome\":"
                           "\"unchanged\",\"run_at\":1795000000000,\"local_digest\":"
                           "\"0f3c00000000aaaa\",\"mapping\":\"91aa00000000bbbb\",\"crm\":[{"
                           "\"object\":\"Lead\",\"id\":\"00Q%015zu\",\"digest\":\"77b0000000000001\","
                           "\"stamp\":1795000000000,\"base\":%s}]}",
                           id.ptr, (unsigned long long)version, i, b->base);
        puts[k] = (crmsync_kv_item){spell(keys[0][k], "person/p-%zu", i),
                                    {values[k], (size_t)len}, version, CRMSYNC_SPACE_LINK, 0};
        expects[k] = puts[k];
        expects[k].version = version - 1;
    }
    qsort(expects, n, sizeof expects[0], by_key);
    size_t all = n;
    for (size_t k = 0; version == 1 && k < n; k++) /* the way back does not change again */
        puts[all++] = (crmsync_kv_item){
            spell(keys[1][k], "00Q%015zu", shuffled(b, from + k)),
            {ids[k], strlen(ids[k])}, version, CRMSYNC_SPACE_REVERSE, 0};
    qsort(puts, all, sizeof puts[0], by_key);
    const crmsync_kv_commit c = {.struct_size = sizeof c, .workspace = {"acme", 4},
                                 .expects = expects, .expect_count = n,
                                 .puts = puts, .put_count = all};
    return !crmsync_sqlite_state_ops()->commit(b->store, &c, &outcome, NULL) &&
           outcome == CRMSYNC_COMMIT_OK;
}

typedef struct counting_sink {
    crmsync_state_sink sink; /* first */
    size_t least;
    uint64_t whole; /* values that are longer than that */
} counting_sink;

static int32_t count_item(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    counting_sink *count = (counting_sink *)sink;
    count->whole += item->value.len > count->least;
    return CRMSYNC_OK;
}

static bool kv_read(bench *b, size_t from, uint64_t version)
{
    static char keys[BATCH][64];
    crmsync_kv_item items[BATCH];
    counting_sink sink = {{count_item}, b->base_len, 0};
    size_t n = 0;
    (void)version;
    for (size_t k = 0; k < BATCH && from + k < b->links; k++, n++)
        items[k] = (crmsync_kv_item){spell(keys[k], "person/p-%zu", shuffled(b, from + k)),
                                     {NULL, 0}, 0, CRMSYNC_SPACE_LINK, 0};
    int32_t rc = crmsync_sqlite_state_ops()->get(b->store, (crmsync_str){"acme", 4}, items, n,
                                                 &sink.sink, NULL);
    b->found += sink.whole;
    return !rc && sink.whole == n;
}

/* ---- typed columns ---- */

static const char typed_schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "CREATE TABLE link (workspace BLOB NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,"
    " version INTEGER NOT NULL, rev TEXT, outcome TEXT, run_at INTEGER, local_digest INTEGER,"
    " mapping INTEGER, object TEXT, crm_id TEXT, digest INTEGER, stamp INTEGER, base TEXT,"
    " PRIMARY KEY (workspace, kind, id));"
    "CREATE UNIQUE INDEX link_crm ON link (workspace, crm_id);";

static bool typed_open(bench *b)
{
    static const char *const sql[] = {
        "INSERT INTO link VALUES (?1,'person',?2,?3,?4,'unchanged',1795000000000,1,2,'Lead',?5,3,"
        "1795000000000,?6) ON CONFLICT (workspace, kind, id) DO UPDATE SET version = ?3, rev = ?4,"
        " outcome = 'unchanged', run_at = 1795000000000, local_digest = 1, mapping = 2,"
        " digest = 3, stamp = 1795000000000, base = ?6",
        "SELECT version FROM link WHERE workspace = ?1 AND kind = 'person' AND id = ?2",
        "SELECT version, rev, outcome, run_at, local_digest, mapping, object, crm_id, digest,"
        " stamp, base FROM link WHERE workspace = ?1 AND kind = 'person' AND id = ?2",
        "BEGIN IMMEDIATE", "COMMIT"};
    sqlite3_stmt **const to[] = {&b->put, &b->version, &b->get, &b->begin, &b->commit};
    bool ok = sqlite3_open(b->path[1], &b->db) == SQLITE_OK &&
              sqlite3_exec(b->db, typed_schema, NULL, NULL, NULL) == SQLITE_OK;
    for (size_t i = 0; ok && i < sizeof sql / sizeof sql[0]; i++)
        ok = sqlite3_prepare_v3(b->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, to[i], NULL) ==
             SQLITE_OK;
    return ok;
}

static void bind(sqlite3_stmt *q, int at, crmsync_str text)
{
    sqlite3_bind_text(q, at, text.ptr, (int)text.len, SQLITE_STATIC);
}

static bool done(sqlite3_stmt *q)
{
    bool ok = sqlite3_step(q) == SQLITE_DONE;
    return sqlite3_reset(q) == SQLITE_OK && ok;
}

static bool holds(bench *b, crmsync_str id, uint64_t version)
{
    sqlite3_bind_blob(b->version, 1, "acme", 4, SQLITE_STATIC);
    bind(b->version, 2, id);
    bool there = sqlite3_step(b->version) == SQLITE_ROW;
    uint64_t have = there ? (uint64_t)sqlite3_column_int64(b->version, 0) : 0;
    sqlite3_reset(b->version);
    return have == version;
}

static bool typed_commit(bench *b, size_t from, uint64_t version)
{
    char id[64], crm[64], rev[64];
    bool ok = done(b->begin);
    for (size_t k = 0; ok && k < BATCH && from + k < b->links; k++) {
        size_t i = shuffled(b, from + k);
        crmsync_str key = spell(id, "p-%zu", i);
        ok = holds(b, key, version - 1);
        sqlite3_bind_blob(b->put, 1, "acme", 4, SQLITE_STATIC);
        bind(b->put, 2, key);
        sqlite3_bind_int64(b->put, 3, (sqlite3_int64)version);
        bind(b->put, 4, spell(rev, "%zu", (size_t)version));
        bind(b->put, 5, spell(crm, "00Q%015zu", i));
        bind(b->put, 6, (crmsync_str){b->base, b->base_len});
        ok = ok && done(b->put);
    }
    return ok && done(b->commit);
}

static bool typed_read(bench *b, size_t from, uint64_t version)
{
    char id[64];
    bool ok = done(b->begin);
    (void)version;
    for (size_t k = 0; ok && k < BATCH && from + k < b->links; k++) {
        sqlite3_bind_blob(b->get, 1, "acme", 4, SQLITE_STATIC);
        bind(b->get, 2, spell(id, "p-%zu", shuffled(b, from + k)));
        ok = sqlite3_step(b->get) == SQLITE_ROW &&
             (size_t)sqlite3_column_bytes(b->get, 10) == b->base_len;
        sqlite3_reset(b->get);
        b->found++;
    }
    return done(b->commit) && ok;
}

/* ---- the table ---- */

typedef bool (*batch_fn)(bench *b, size_t from, uint64_t version);

static const struct {
    const char *name, *what;
    batch_fn ours, typed;
    uint64_t version;
} rows[] = {
    {"make", "links and their ways back, 200 a commit, versions checked", kv_commit, typed_commit, 1},
    {"read", "links by id, 200 a snapshot", kv_read, typed_read, 0},
    {"change", "links, 200 a commit, versions checked", kv_commit, typed_commit, 2},
};

static double run(bench *b, batch_fn work, uint64_t version)
{
    double start = bench_now_ns();
    for (size_t i = 0; i < b->links; i += BATCH) {
        if (!work(b, i, version))
            return -1;
    }
    return bench_now_ns() - start;
}

static bool open_both(bench *b, const char *folder)
{
    static const char *const names[] = {"values", "typed"}, *const ends[] = {"", "-wal", "-shm"};
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    options.synchronous = CRMSYNC_SQLITE_NORMAL;
    for (size_t i = 0; i < 6; i++) {
        char file[420];
        snprintf(b->path[i % 2], sizeof b->path[0], "%s/bench-%s.db", folder, names[i % 2]);
        snprintf(file, sizeof file, "%s%s", b->path[i % 2], ends[i / 2]);
        remove(file);
    }
    memset(b->base, 'x', b->base_len);
    b->base[0] = b->base[b->base_len - 1] = '"';
    return typed_open(b) &&
           !crmsync_sqlite_open(NULL, (crmsync_str){b->path[0], strlen(b->path[0])}, &options,
                                &b->store, NULL);
}

static void close_both(bench *b)
{
    sqlite3_stmt *const all[] = {b->put, b->version, b->get, b->begin, b->commit};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        sqlite3_finalize(all[i]);
    sqlite3_close(b->db);
    crmsync_sqlite_close(b->store);
}

int main(int argc, char **argv)
{
    static bench b;
    double ours_all = 0, typed_all = 0;
    b.links = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 100000;
    b.base_len = argc > 3 ? (size_t)strtoul(argv[3], NULL, 10) : BASE;
    if (argc < 2 || argc > 4 || !b.links || b.base_len < 2 || b.base_len > MAX) {
        fputs("usage: bench_state FOLDER [LINKS [BYTES, 2 to 8192]]\n", stderr);
        return 2;
    }
    bool ok = open_both(&b, argv[1]);
    printf("%zu links of %zu bytes of base values\n\n%-7s %12s %12s %6s %5s\n", b.links,
           b.base_len, "", "ours ns", "typed ns", "ratio", "bar");
    for (size_t i = 0; ok && i < sizeof rows / sizeof rows[0]; i++) {
        double typed = run(&b, rows[i].typed, rows[i].version);
        double ours = run(&b, rows[i].ours, rows[i].version);
        ok = typed > 0 && ours > 0;
        ours_all += ours;
        typed_all += typed;
        if (ok)
            printf("%-7s %12.0f %12.0f %6.2f %5.1f  %s\n", rows[i].name, ours / (double)b.links,
                   typed / (double)b.links, ours / typed, 1.5, rows[i].what);
    }
    if (ok)
        printf("%-7s %12.0f %12.0f %6.2f %5.1f  the three together\n", "all",
               ours_all / (double)b.links, typed_all / (double)b.links, ours_all / typed_all, 1.5);
    else
        fputs("bench_state: a store cannot be opened in the folder, or lost a link\n", stderr);
    close_both(&b);
    return ok ? 0 : 1;
}
