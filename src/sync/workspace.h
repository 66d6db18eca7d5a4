/* A workspace from the inside: everything a job works with. */
#ifndef CRMI_SYNC_WORKSPACE_H
#define CRMI_SYNC_WORKSPACE_H

#include <crmsync/normalize.h>
#include <crmsync/operations.h>
#include <crmsync/schedule.h>
#include <crmsync/workspace.h>

#include "decide/decide.h"
#include "net/call.h"
#include "state/lease.h"
#include "state/meta.h"
#include "sync/engine.h"

#define CRMI_PART CRMI_STR("0") /* the partition that reads, and hands over to the others */

struct crmsync_workspace {
    crmsync_engine *engine;
    crmsync_str name;
    const crmsync_config *config;
    crmsync_normalizer *normalizer;
    char worker[33]; /* random: who holds our leases */
    crmi_store store;
    crmi_secrets secrets;
    crmi_conn conn;

    /* the connected org, valid while session_open */
    bool session_open;
    crmi_buf login_url, org_id;
    crmi_buf client_secret, private_key, password, security_token; /* wiped */
    crmi_session_options session_options;
    crmi_session session;
    crmi_governor governor;
    crmi_calls calls;

    /* what describe told */
    crmsync_schema *schema; /* NULL = not loaded yet */
    uint64_t schema_mono;   /* when it was loaded */
    bool schema_doubted;    /* the org refused a field that it shows: described anew */
    crmi_arena owner_arena;
    crmi_owner *owners;
    size_t owner_count;

    /* the server's clock: its Date at a moment of our monotonic one */
    int64_t server_ms;
    uint64_t server_mono;

    crmi_buf text; /* what a public function returned last */
    crmi_lease leases[64]; /* what was seen of each partition's holder */
    struct crmsync_job *job; /* the open one, or NULL */
};

/* Reads the connection and its secrets, and opens the session; CRMSYNC_E_STATE = not connected. */
int32_t crmi_workspace_open_session(crmsync_workspace *ws, crmsync_error **err);
void crmi_workspace_close_session(crmsync_workspace *ws);
/* Reads the secrets that the flow uses. */
int32_t crmi_workspace_open_secrets(crmsync_workspace *ws, crmsync_error **err);
/* Takes tokens of the org that the connection belongs to, and of no other from now on. */
int32_t crmi_workspace_expect_org(crmsync_workspace *ws, crmsync_error **err);
/* Forgets what was read of the org and of the state. */
void crmi_workspace_forget(crmsync_workspace *ws);
/* Names of the secrets that may lie in the store, tokens and a login under way included. */
size_t crmi_secret_count(void);
const char *crmi_secret_name(size_t i);
/* Stores a new state of the connection. `cause` NULL = none; else its remedy is kept with it. */
int32_t crmi_workspace_set_connection(crmsync_workspace *ws, uint32_t state,
                                      const crmsync_error *cause, crmsync_error **err);

/* The server's time as far as we know it; the wall clock before the first answer. */
int64_t crmi_workspace_server_now(const crmsync_workspace *ws);
void crmi_workspace_heard(crmsync_workspace *ws, const crmi_response *response);
crmi_decide_env crmi_workspace_decide_env(const crmsync_workspace *ws);
crmsync_str crmi_workspace_api_version(const crmsync_workspace *ws);
const crmsync_alloc *crmi_workspace_alloc(const crmsync_workspace *ws);

#endif
