/* Queries for what an org tells of itself and of a user, and their answers. */
#ifndef CRMI_SALESFORCE_ORG_FACTS_H
#define CRMI_SALESFORCE_ORG_FACTS_H

#include "model/org.h"
#include "salesforce/composite.h"

/* How much is asked for: who it is, or all that a preflight looks at. */
enum { CRMI_FACTS_IDENTITY = 0, CRMI_FACTS_ALL = 1 };

/* Adds the queries about the org and its user to a composite of queries; *n counts them. */
int32_t crmi_org_facts_ask(crmi_composite *c, crmsync_str version, uint32_t depth,
                           crmsync_str user_id, size_t *n, crmsync_error **err);
/*
 * Reads the composite's answer of `n` parts. A part that was refused stays unread: an org may keep
 * some of it from the user.
 */
int32_t crmi_org_facts_read(const crmi_response *response, size_t n, crmi_org_facts *f,
                            crmsync_error **err);
/* The query for the org's active duplicate rules, and its answer. */
int32_t crmi_duplicate_rules_ask(crmi_request *r, crmsync_str version, crmsync_error **err);
int32_t crmi_duplicate_rules_read(const crmi_response *response, crmi_org_facts *f,
                                  crmsync_error **err);

#endif
