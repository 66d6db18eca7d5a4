/*
 * The least that a host does: keeps its people in crm.db and a Salesforce org in line.
 *   quickstart                 prints the address to send the user's browser to
 *   quickstart 'ADDRESS'       connects with the address the browser came back to, and syncs
 *   quickstart sync            syncs again
 */
#include <stdio.h>
#include <string.h>

#include <crmsync/adapters/curl.h>
#include <crmsync/adapters/posix.h>
#include <crmsync/adapters/sqlite.h>
#include <crmsync/crmsync.h>

#define STR(s) ((crmsync_str)CRMSYNC_STR_LIT(s))

static const char settings[] =
    "{\"version\": 1, \"extends\": \"recommended\", \"connection\": {"
    "\"client_id\": \"3MVG9example\", \"redirect_uri\": \"https://app.example/crm/callback\"}}";

static int32_t run(crmsync_engine *engine, const crmsync_config *config, const char *word,
                   crmsync_error **err)
{
    crmsync_workspace *acme = NULL;
    crmsync_job_options todo = CRMSYNC_JOB_OPTIONS_INIT;
    crmsync_job *job = NULL;
    crmsync_str url = {NULL, 0};
    int32_t rc = crmsync_workspace_open(engine, STR("acme"), config, &acme, err);

    if (!rc && !word) { /* not connected yet: send the user's browser there */
        rc = crmsync_workspace_authorize_url(acme, STR(""), &url, err);
        if (!rc)
            printf("%s\n", url.ptr);
    } else if (!rc) { /* what changed there comes here, then what changed here goes there */
        todo.phases = CRMSYNC_PHASE_SYNC;
        if (strcmp(word, "sync") != 0) {
            todo.phases |= CRMSYNC_PHASE_CONNECT;
            todo.redirect_url = (crmsync_str){word, strlen(word)};
        }
        rc = crmsync_job_new(acme, &todo, &job, err);
        rc = rc ? rc : crmsync_job_run(job, err);
        if (job)
            printf("%llu written there, %llu here, by %llu API calls\n",
                   (unsigned long long)crmsync_job_count(job, STR("writes.crm")),
                   (unsigned long long)crmsync_job_count(job, STR("writes.local")),
                   (unsigned long long)crmsync_job_count(job, STR("api.calls")));
    }
    crmsync_job_free(job);
    crmsync_workspace_close(acme);
    return rc;
}

int main(int argc, char **argv)
{
    crmsync_posix_options sealing = CRMSYNC_POSIX_OPTIONS_INIT;
    crmsync_engine_options hooks = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_posix_env *env = NULL;
    crmsync_sqlite *db = NULL;
    crmsync_curl *http = NULL;
    crmsync_config *config = NULL;
    crmsync_engine *engine = NULL;
    crmsync_error *err = NULL;

    sealing.seal_key = STR("32 bytes from your own key store");
    int32_t rc = crmsync_config_parse(NULL, STR(settings), &config, &err);
    rc = rc ? rc : crmsync_posix_env_new(NULL, &sealing, &env, &err);
    rc = rc ? rc : crmsync_sqlite_open(NULL, STR("crm.db"), NULL, &db, &err);
    rc = rc ? rc : crmsync_curl_new(NULL, NULL, &http, &err);
    hooks.env = crmsync_posix_env_ops(); /* clocks, random bytes, log */
    hooks.env_ctx = env;
    hooks.state = crmsync_sqlite_state_ops(); /* what the sync remembers */
    hooks.state_ctx = db;
    hooks.records = crmsync_sqlite_record_ops(); /* your people and companies */
    hooks.records_ctx = db;
    hooks.transport = crmsync_curl_ops(); /* the network */
    hooks.transport_ctx = http;
    rc = rc ? rc : crmsync_engine_new(&hooks, &engine, &err);
    rc = rc ? rc : run(engine, config, argc > 1 ? argv[1] : NULL, &err);
    if (rc)
        fprintf(stderr, "%s\n", crmsync_error_message(err).ptr);
    crmsync_engine_free(engine);
    crmsync_curl_free(http);
    crmsync_sqlite_close(db);
    crmsync_posix_env_free(env);
    crmsync_config_free(config);
    crmsync_error_free(err);
    return rc ? 1 : 0;
}
