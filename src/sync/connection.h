/* The connection of a workspace: what may be done over it now, and what becomes of it. */
#ifndef CRMI_SYNC_CONNECTION_H
#define CRMI_SYNC_CONNECTION_H

#include "model/org.h"
#include "sync/job.h"

#define CRMI_PENDING_SECRET CRMI_STR("pending_authorization") /* state and verifier of a login */

/*
 * May the phases of a job be done now? CRMSYNC_E_STATE names the step that is missing. Flows
 * without a person get CONNECT added where the connection has ended.
 */
int32_t crmi_connection_gate(crmsync_job *job, crmsync_error **err);
/* May one connect now: switched on, no other CRM, everything given that the flow needs? */
int32_t crmi_connection_may_connect(crmsync_workspace *ws, crmsync_error **err);
/* CRMSYNC_E_STATE: why it is not connected, and the step that comes next. */
int32_t crmi_connection_missing(const crmsync_workspace *ws, crmsync_error **err);
/* Does the flow do without a person? */
bool crmi_connection_unattended(const crmsync_config *config);
/* The org that answers is the workspace's own, and of the kind that is configured. */
int32_t crmi_connection_org_fits(crmsync_workspace *ws, const crmi_org_facts *facts,
                                 crmsync_error **err);
/* Stores that it works, and with whom. */
int32_t crmi_connection_made(crmsync_workspace *ws, const crmi_org_facts *facts,
                             crmsync_error **err);
/* Rewords the remedy of a refusal by what is known of the app and the org, and lets the connection
 * become what the refusal makes of it. */
void crmi_connection_failed(crmsync_job *job, crmsync_error **err);
/* Starts the revocation of the tokens at hand; *exchange stays NULL where there are none. */
int32_t crmi_revoke_send(crmi_task *task, crmi_exchange **exchange, crmsync_error **err);

#endif
