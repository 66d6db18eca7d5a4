/*
 * One process of the host in `scripts/bench long`, which starts it, kills it and starts it again.
 *   long_worker CONFIG DB login             prints the address to send a browser to
 *   long_worker CONFIG DB connect ADDRESS   connects with the address the browser came back to
 *   long_worker CONFIG DB sync              runs, and tells how far it is, then what it took
 *   long_worker CONFIG DB edit N STAMP      the host's users change the title of N people
 *   long_worker CONFIG DB dump              people, as lines of JSON
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <crmsync/adapters/curl.h>
#include <crmsync/adapters/posix.h>
#include <crmsync/adapters/sqlite.h>
#include <crmsync/crmsync.h>

#define STR(s) ((crmsync_str)CRMSYNC_STR_LIT(s))
#define WORKSPACE STR("acme")
#define LEASE_MS 60000
#define SPREAD 2654435761u /* odd, so that no row comes twice among a power of two */

typedef struct worker {
    crmsync_alloc alloc;
    size_t now, peak; /* bytes that the library holds and held at most */
    crmsync_config *config;
    crmsync_posix_env *env;
    crmsync_sqlite *db;
    crmsync_curl *http;
    crmsync_engine *engine;
    crmsync_workspace *workspace;
} worker;

static void count(worker *w, size_t more, size_t less)
{
    w->now += more;
    w->now -= less;
    if (w->now > w->peak)
        w->peak = w->now;
}

static void *counted_alloc(void *ctx, size_t size)
{
    void *made = malloc(size);
    if (made)
        count(ctx, size, 0);
    return made;
}

static void *counted_realloc(void *ctx, void *old, size_t old_size, size_t size)
{
    void *made = realloc(old, size);
    if (made)
        count(ctx, size, old ? old_size : 0);
    return made;
}

static void counted_free(void *ctx, void *old, size_t size)
{
    if (old)
        count(ctx, 0, size);
    free(old);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 65536);
    if (file && text)
        text[fread(text, 1, 65535, file)] = '\0';
    if (file)
        fclose(file);
    return text;
}

static int32_t worker_open(worker *w, const char *config, const char *db, crmsync_error **err)
{
    crmsync_posix_options sealing = CRMSYNC_POSIX_OPTIONS_INIT;
    crmsync_engine_options hooks = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_sqlite_options store = CRMSYNC_SQLITE_OPTIONS_INIT;
    w->alloc = (crmsync_alloc){sizeof w->alloc, w, counted_alloc, counted_realloc, counted_free};
    sealing.seal_key = STR("32 bytes from your own key store");
    store.synchronous = CRMSYNC_SQLITE_NORMAL;
    char *text = read_file(config);
    if (!text)
        return CRMSYNC_E_NOMEM;
    int32_t rc =
        crmsync_config_parse(&w->alloc, (crmsync_str){text, strlen(text)}, &w->config, err);
    free(text);
    rc = rc ? rc : crmsync_posix_env_new(&w->alloc, &sealing, &w->env, err);
    rc = rc ? rc : crmsync_sqlite_open(&w->alloc, (crmsync_str){db, strlen(db)}, &store, &w->db, err);
    rc = rc ? rc : crmsync_curl_new(&w->alloc, NULL, &w->http, err);
    hooks.alloc = &w->alloc;
    hooks.env = crmsync_posix_env_ops();
    hooks.env_ctx = w->env;
    hooks.state = crmsync_sqlite_state_ops();
    hooks.state_ctx = w->db;
    hooks.records = crmsync_sqlite_record_ops();
    hooks.records_ctx = w->db;
    hooks.transport = crmsync_curl_ops();
    hooks.transport_ctx = w->http;
    hooks.lease_ms = LEASE_MS;
    rc = rc ? rc : crmsync_engine_new(&hooks, &w->engine, err);
    return rc ? rc : crmsync_workspace_open(w->engine, WORKSPACE, w->config, &w->workspace, err);
}

static void worker_close(worker *w)
{
    crmsync_workspace_close(w->workspace);
    crmsync_engine_free(w->engine);
    crmsync_curl_free(w->http);
    crmsync_sqlite_close(w->db);
    crmsync_posix_env_free(w->env);
    crmsync_config_free(w->config);
}

static int32_t login(worker *w, char **args, crmsync_error **err)
{
    crmsync_str url = {NULL, 0};
    (void)args;
    int32_t rc = crmsync_workspace_set_secret(w->workspace, STR("client_secret"),
                                              STR("orgsim-secret"), err);
    rc = rc ? rc : crmsync_workspace_authorize_url(w->workspace, STR(""), &url, err);
    if (!rc)
        printf("%s\n", url.ptr);
    return rc;
}

static int32_t run(worker *w, const crmsync_job_options *todo, crmsync_error **err)
{
    crmsync_job *job = NULL;
    crmsync_want want = CRMSYNC_WANT_INIT;
    crmsync_progress at = CRMSYNC_PROGRESS_INIT;
    uint64_t told = 0;
    int32_t rc = crmsync_job_new(w->workspace, todo, &job, err);
    while (!rc) {
        rc = crmsync_job_step(job, &want, err);
        if (rc || want.what == CRMSYNC_WANT_DONE)
            break;
        crmsync_job_progress(job, &at);
        uint64_t local = crmsync_job_count(job, STR("writes.local"));
        if (local >= told + 5000) {
            printf("progress %" PRIu64 "\n", local);
            fflush(stdout);
            told = local;
        }
        if (want.what != CRMSYNC_WANT_MORE)
            rc = crmsync_job_wait(job, want.timeout_ms, err);
    }
    printf("done {\"writes_local\": %" PRIu64 ", \"writes_crm\": %" PRIu64 ", \"calls\": %" PRIu64
           ", \"peak_bytes\": %zu}\n",
           job ? crmsync_job_count(job, STR("writes.local")) : 0,
           job ? crmsync_job_count(job, STR("writes.crm")) : 0,
           job ? crmsync_job_count(job, STR("api.calls")) : 0, w->peak);
    crmsync_job_free(job);
    return rc;
}

static int32_t connect_back(worker *w, char **args, crmsync_error **err)
{
    crmsync_job_options todo = CRMSYNC_JOB_OPTIONS_INIT;
    todo.phases = CRMSYNC_PHASE_CONNECT;
    todo.redirect_url = (crmsync_str){args[0], strlen(args[0])};
    return run(w, &todo, err);
}

static int32_t sync_now(worker *w, char **args, crmsync_error **err)
{
    crmsync_job_options todo = CRMSYNC_JOB_OPTIONS_INIT;
    (void)args;
    todo.phases = CRMSYNC_PHASE_SYNC;
    todo.acknowledge = STR("creates,updates,deactivations");
    return run(w, &todo, err);
}

static int32_t edit(worker *w, char **args, crmsync_error **err)
{
    crmsync_rows *all = NULL, *changed = NULL;
    crmsync_str names[] = {STR("id"), STR("title")};
    size_t n = (size_t)strtoull(args[0], NULL, 10), id = 0, rows = 0;
    char text[64];
    int32_t rc = crmsync_sqlite_get(w->db, WORKSPACE, STR("person"), &all, err);
    rc = rc ? rc : crmsync_rows_new(NULL, STR("person"), names, 2, &changed, err);
    if (!rc) {
        id = (size_t)crmsync_rows_find_field(all, names[0]);
        rows = crmsync_rows_count(all);
    }
    for (size_t i = 0; !rc && i < n && i < rows; i++) {
        crmsync_cell cells[2] = {crmsync_rows_get(all, (i * SPREAD) % rows, id),
                                 {{text, 0}, 0, CRMSYNC_CELL_TEXT, 0}};
        cells[1].text.len = (size_t)snprintf(text, sizeof text, "Local %s %zu", args[1], i);
        rc = crmsync_rows_append(changed, cells, 2, err);
    }
    rc = rc ? rc : crmsync_sqlite_put(w->db, WORKSPACE, changed, err);
    crmsync_rows_free(all);
    crmsync_rows_free(changed);
    return rc;
}

static int32_t print(void *ctx, crmsync_str text)
{
    (void)ctx;
    return fwrite(text.ptr, 1, text.len, stdout) == text.len ? CRMSYNC_OK : CRMSYNC_E_CALLBACK;
}

static int32_t dump(worker *w, char **args, crmsync_error **err)
{
    crmsync_rows *all = NULL;
    (void)args;
    int32_t rc = crmsync_sqlite_get(w->db, WORKSPACE, STR("person"), &all, err);
    rc = rc ? rc : crmsync_rows_write_jsonl(all, print, NULL, err);
    crmsync_rows_free(all);
    return rc;
}

static const struct {
    const char *name;
    int args;
    int32_t (*run)(worker *w, char **args, crmsync_error **err);
} commands[] = {{"login", 0, login},
                {"connect", 1, connect_back},
                {"sync", 0, sync_now},
                {"edit", 2, edit},
                {"dump", 0, dump}};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc != 4 + commands[i].args || strcmp(argv[3], commands[i].name) != 0)
            continue;
        worker w = {0};
        crmsync_error *err = NULL;
        int32_t rc = worker_open(&w, argv[1], argv[2], &err);
        rc = rc ? rc : commands[i].run(&w, argv + 4, &err);
        if (rc)
            fprintf(stderr, "long_worker: %s\n", crmsync_error_message(err).ptr);
        crmsync_error_free(err);
        worker_close(&w);
        return rc ? 1 : 0;
    }
    fprintf(stderr, "usage: long_worker CONFIG DB login | connect ADDRESS | sync | edit N STAMP | dump\n");
    return 2;
}
