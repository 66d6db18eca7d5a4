/* What a workspace is as a whole: the layout, the configuration last used, the connection. Space 1,
 * `format`, `config`, `conn`. */
#ifndef CRMI_STATE_META_H
#define CRMI_STATE_META_H

#include "state/document.h"
#include "state/key.h"

#define CRMI_STATE_FORMAT 1 /* what this library writes */

/*
 * Makes the format entry where there is none; CRMSYNC_E_UNSUPPORTED when the state was raised to a
 * layout that this library cannot read.
 */
int32_t crmi_meta_open(const crmi_store *store, crmsync_error **err);
/* The format found; 0 = an empty workspace. */
int32_t crmi_meta_format(const crmi_store *store, uint64_t *writer, uint64_t *min_reader,
                         crmsync_error **err);

/* State of the connection. Stored by name. */
enum {
    CRMI_CONN_NONE = 0,
    CRMI_CONN_PENDING = 1, /* the user is at the login page */
    CRMI_CONN_CONNECTED = 2,
    CRMI_CONN_EXPIRED = 3,      /* authorize again */
    CRMI_CONN_DISCONNECTED = 4, /* by the host */
    CRMI_CONN_BLOCKED = 5       /* the org refuses: app not installed, API off, user inactive */
};

typedef struct crmi_conn {
    crmi_arena arena;
    uint32_t state;
    crmsync_str crm; /* `salesforce` */
    crmsync_str org_id, user_id, login_host, instance_url, api_version;
    crmsync_str environment;           /* `production`, `sandbox` */
    crmsync_str code, message, remedy; /* EXPIRED, BLOCKED */
    crmsync_str scopes;
    crmsync_str org_name, edition, username; /* as the org told when it was asked last */
    bool purging;     /* everything is being forgotten: nothing else is done before that is over */
    int64_t since_ms; /* wall ms of the present state */
    uint64_t version;
    crmsync_str extra;
} crmi_conn;

void crmi_conn_init(crmi_conn *conn, const crmsync_alloc *alloc);
void crmi_conn_clear(crmi_conn *conn);
int32_t crmi_conn_set(crmi_conn *conn, crmsync_str *member, crmsync_str value);
int32_t crmi_conn_get(const crmi_store *store, crmi_conn *conn, crmsync_error **err);
void crmi_conn_put(crmi_commit *c, const crmi_conn *conn);

/*
 * Other CRMs that the host uses for the workspace, key `crm/<name>`: an entry is there while that
 * one is active. *name is empty when there is none.
 */
int32_t crmi_other_crm(const crmi_store *store, crmi_buf *name, crmsync_error **err);
int32_t crmi_other_crm_set(const crmi_store *store, crmsync_str name, bool active, int64_t now_ms,
                           crmsync_error **err);
/*
 * Forgets a workspace, a space a call: begin with *space 0, go on while it is not 0 again. All is
 * emptied but the leases, the format and the other CRMs; `conn` goes last. Cut off, it may begin
 * anew.
 */
int32_t crmi_meta_purge(const crmi_store *store, uint32_t *space, crmsync_error **err);

/* The digest of the configuration that last ran; 0 = none. */
int32_t crmi_meta_config(const crmi_store *store, uint64_t *digest, crmsync_error **err);
void crmi_meta_put_config(crmi_commit *c, uint64_t digest);

/* When something of that name was done last, wall ms; 0 = never. Key <name>, member `at`. */
int32_t crmi_meta_time(const crmi_store *store, crmsync_str name, int64_t *at_ms,
                       crmsync_error **err);
void crmi_meta_put_time(crmi_commit *c, crmsync_str name, int64_t at_ms);

/* Is the workspace paused? *why is in `arena`. Key `pause`, members `since` and `why`. */
int32_t crmi_meta_pause(const crmi_store *store, crmi_arena *arena, int64_t *since_ms,
                        crmsync_str *why, crmsync_error **err);
void crmi_meta_put_pause(crmi_commit *c, int64_t since_ms, crmsync_str why); /* 0 = goes on */

#endif
