/* oauth.h: tokens of the org; shared by the oauth*.c files. */
#ifndef ORGSIM_OAUTH_H
#define ORGSIM_OAUTH_H

#include "rest.h"

orgsim_grant *orgsim_grant_of(orgsim *org, uint64_t family);
orgsim_grant *orgsim_grant_new(orgsim *org);
const char *orgsim_issue_access(orgsim *org, uint64_t family, orgsim_row *user);
const char *orgsim_issue_refresh(orgsim *org, uint64_t family);
/* All tokens that came from one authorization die. */
void orgsim_revoke_family(orgsim *org, uint64_t family);
orgsim_row *orgsim_user_named(const orgsim *org, const char *username);

void orgsim_oauth_token(orgsim_call *call);
void orgsim_oauth_refuse(orgsim_call *call, const char *error, const char *description);
/* Whether client id and secret of the form (or Basic header) are right; refuses otherwise.
 * `need_secret` false: a missing secret is fine (public client). */
bool orgsim_oauth_client(orgsim_call *call, bool need_secret);

/* ---- oauth_jwt.c ---- */
/* Verifies RS256 and the claims; NULL = good, else the error_description. `subject` receives the
 * user name, to be freed. */
const char *orgsim_jwt_check(const orgsim *org, const char *assertion, char **subject);
char *orgsim_sha256_base64url(const char *text);

#endif
