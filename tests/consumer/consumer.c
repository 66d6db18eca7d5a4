/* A program outside the build that uses the library as its packages offer it. USE_<ADAPTER> says
 * which ones it is compiled against; with none it uses the core alone. */
#include <stdio.h>
#include <string.h>

#include <crmsync/crmsync.h>

#if defined(USE_CONFORMANCE)
#include <crmsync/conformance.h>
#endif
#if defined(USE_CURL)
#include <crmsync/adapters/curl.h>
#endif
#if defined(USE_MEMORY)
#include <crmsync/adapters/memory.h>
#endif
#if defined(USE_POSTGRES)
#include <crmsync/adapters/postgres.h>
#endif
#if defined(USE_POSIX)
#include <crmsync/adapters/posix.h>
#endif
#if defined(USE_SQLITE)
#include <crmsync/adapters/sqlite.h>
#endif

static int failed(const char *what, crmsync_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err ? crmsync_error_message(err).ptr : "failed");
    crmsync_error_free(err);
    return 1;
}

static int use_core(void)
{
    crmsync_str kind = {"person", 6};
    crmsync_rows *rows;
    crmsync_error *err = NULL;

    if (crmsync_version_number() != CRMSYNC_VERSION_NUMBER)
        return failed("another version is linked than was compiled against", NULL);
    if (crmsync_rows_new(NULL, kind, NULL, 0, &rows, &err) != CRMSYNC_OK)
        return failed("rows", err);
    crmsync_rows_free(rows);
    return 0;
}

static int use_stores(void)
{
    crmsync_error *err = NULL;
#if defined(USE_MEMORY)
    crmsync_memory *memory;
    if (crmsync_memory_new(NULL, NULL, &memory, &err) != CRMSYNC_OK)
        return failed("memory", err);
    crmsync_memory_free(memory);
#endif
#if defined(USE_SQLITE)
    crmsync_str path = {":memory:", 8};
    crmsync_sqlite *sqlite;
    if (crmsync_sqlite_open(NULL, path, NULL, &sqlite, &err) != CRMSYNC_OK)
        return failed("sqlite", err);
    crmsync_sqlite_close(sqlite);
#endif
#if defined(USE_POSTGRES)
    crmsync_str nowhere = {"host=/nowhere", 13}; /* it says so, and that is an answer */
    crmsync_postgres *postgres;
    if (crmsync_postgres_open(NULL, nowhere, NULL, &postgres, &err) != CRMSYNC_E_STORE)
        return failed("postgres", err);
    crmsync_error_free(err);
    err = NULL;
#endif
    (void)err;
    return 0;
}

static int use_rest(void)
{
    crmsync_error *err = NULL;
#if defined(USE_CONFORMANCE)
    if (crmsync_conformance_state(NULL, NULL, NULL, NULL, NULL) != 1)
        return failed("the kit passes a store that is none", NULL);
#endif
#if defined(USE_CURL)
    crmsync_curl *curl;
    if (crmsync_curl_new(NULL, NULL, &curl, &err) != CRMSYNC_OK)
        return failed("curl", err);
    crmsync_curl_free(curl);
#endif
#if defined(USE_POSIX)
    crmsync_posix_env *env;
    if (crmsync_posix_env_new(NULL, NULL, &env, &err) != CRMSYNC_OK)
        return failed("posix", err);
    crmsync_posix_env_free(env);
#endif
    (void)err;
    return 0;
}

/* All adapters in one engine, as a host has them. */
static int use_engine(void)
{
#if defined(USE_CURL) && defined(USE_MEMORY) && defined(USE_POSIX)
    crmsync_str json = CRMSYNC_STR_LIT("{\"version\":1}"), name = CRMSYNC_STR_LIT("tenant");
    crmsync_engine_options options = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_memory *memory = NULL;
    crmsync_curl *curl = NULL;
    crmsync_posix_env *env = NULL;
    crmsync_config *config = NULL;
    crmsync_engine *engine = NULL;
    crmsync_workspace *workspace = NULL;
    crmsync_error *err = NULL;
    int rc = crmsync_memory_new(NULL, NULL, &memory, &err) ||
             crmsync_curl_new(NULL, NULL, &curl, &err) ||
             crmsync_posix_env_new(NULL, NULL, &env, &err) ||
             crmsync_config_parse(NULL, json, &config, &err);
    options.env = crmsync_posix_env_ops();
    options.env_ctx = env;
    options.state = crmsync_memory_state_ops();
    options.state_ctx = memory;
    options.records = crmsync_memory_record_ops();
    options.records_ctx = memory;
    options.transport = crmsync_curl_ops();
    options.transport_ctx = curl;
    rc = rc || crmsync_engine_new(&options, &engine, &err) ||
         crmsync_workspace_open(engine, name, config, &workspace, &err);
    crmsync_workspace_close(workspace);
    crmsync_engine_free(engine);
    crmsync_config_free(config);
    crmsync_posix_env_free(env);
    crmsync_curl_free(curl);
    crmsync_memory_free(memory);
    if (rc)
        return failed("engine", err);
#endif
    return 0;
}

int main(void)
{
    return use_core() || use_stores() || use_rest() || use_engine();
}
