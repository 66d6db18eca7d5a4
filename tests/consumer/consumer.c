/* A program outside the build that uses the library as its packages offer it. USE_<ADAPTER> says
 * which ones it is compiled against; with none it uses the core alone. */
#include <stdio.h>
#include <string.h>

#include <crmsync/rows.h>
#include <crmsync/version.h>

#if defined(USE_CONFORMANCE)
#include <crmsync/conformance.h>
#endif
#if defined(USE_CURL)
#include <crmsync/adapters/curl.h>
#endif
#if defined(USE_MEMORY)
#include <crmsync/adapters/memory.h>
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

int main(void)
{
    return use_core() || use_stores() || use_rest();
}
