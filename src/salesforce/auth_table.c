#include "salesforce/auth.h"

#define V(x) CRMI_AUTH_##x
#define C(x) CRMSYNC_CLASS_##x

#define PASSWORD                                                                       \
    "The user must set a new password; let it never expire for an integration user, or " \
    "use jwt_bearer or client_credentials."
#define SECOND_FACTOR                                                                  \
    "Connect by jwt_bearer or client_credentials as a dedicated integration user: a "    \
    "program has no second factor."
#define ASSURANCE                                                                      \
    "Let the profile of the integration user not require the session security level "   \
    "High Assurance at login."
#define UNLOCK "An administrator must unlock the user; then set the right secrets and connect again."

/* Token endpoint and callback errors; the first row that fits. */
static const crmi_auth_rule rules[] = {
    {"invalid_grant", "expired access/refresh token", V(REVOKED), C(AUTH),
     "The authorization was revoked, replaced or left unused too long: connect again."},
    {"invalid_grant", "expired authorization code", V(CODE_EXPIRED), C(AUTH),
     "Start connecting again, and finish within fifteen minutes."},
    {"invalid_grant", "invalid authorization code", V(CODE_EXPIRED), C(AUTH),
     "Start connecting again: a code works once."},
    {"invalid_grant", "code verifier", V(CODE_EXPIRED), C(AUTH), "Start connecting again."},
    {"invalid_grant", "inactive user", V(USER_INACTIVE), C(AUTH),
     "Activate the user in Salesforce, or connect as another one."},
    {"invalid_grant", "user is inactive", V(USER_INACTIVE), C(AUTH),
     "Activate the user in Salesforce, or connect as another one."},
    {"invalid_grant", "ip restricted", V(IP_RESTRICTED), C(AUTH),
     "Add this IP address to the app's policies and the login ranges of the user's profile."},
    {"invalid_grant", "approved", V(NOT_APPROVED), C(AUTH),
     "An administrator must approve the user for the app: permitted users in its policies."},
    {"invalid_grant", "activation secret", V(LATER), C(TRANSIENT),
     "Salesforce refuses now and then without cause; it is tried again."},
    {"invalid_grant", "audience", V(ASSERTION), C(CONFIG),
     "Set the audience to login.salesforce.com, test.salesforce.com or the org's My Domain."},
    {"invalid_grant", "signature", V(ASSERTION), C(CONFIG),
     "Upload the certificate that belongs to the private key to the app."},
    {"invalid_grant", "in the future", V(ASSERTION), C(CONFIG), "Set the clock of this machine."},
    {"invalid_grant", "assertion", V(ASSERTION), C(CONFIG),
     "Check user name, key, audience and the clock of this machine."},
    {"invalid_grant", "invalid_login", V(CREDENTIALS), C(AUTH),
     "Check user name, password and security token, then connect again."},
    {"invalid_grant", "expired password", V(PASSWORD_EXPIRED), C(AUTH), PASSWORD},
    {"invalid_grant", "password expired", V(PASSWORD_EXPIRED), C(AUTH), PASSWORD},
    {"invalid_grant", "password has expired", V(PASSWORD_EXPIRED), C(AUTH), PASSWORD},
    {"invalid_grant", "invalid_operation_with_expired_password", V(PASSWORD_EXPIRED), C(AUTH),
     PASSWORD},
    {"invalid_grant", "multi-factor", V(MFA), C(AUTH), SECOND_FACTOR},
    {"invalid_grant", "multifactor", V(MFA), C(AUTH), SECOND_FACTOR},
    {"invalid_grant", "two-factor", V(MFA), C(AUTH), SECOND_FACTOR},
    {"invalid_grant", "second factor", V(MFA), C(AUTH), SECOND_FACTOR},
    {"invalid_grant", "verify your identity", V(MFA), C(AUTH), SECOND_FACTOR},
    {"invalid_grant", "high assurance", V(SESSION_LEVEL), C(AUTH), ASSURANCE},
    {"invalid_grant", "high_assurance", V(SESSION_LEVEL), C(AUTH), ASSURANCE},
    {"invalid_grant", "session security level", V(SESSION_LEVEL), C(AUTH), ASSURANCE},
    {"invalid_grant", "lockout", V(LOCKED), C(AUTH), UNLOCK},
    {"invalid_grant", "locked out", V(LOCKED), C(AUTH), UNLOCK},
    {"invalid_grant", "security token", V(CREDENTIALS), C(AUTH),
     "Set the user's present security token as the secret security_token, or trust this IP "
     "address."},
    {"invalid_grant", "authentication failure", V(CREDENTIALS), C(AUTH),
     "Check user name, password and security token; the user may be locked."},
    {"invalid_grant", "user hasn't", V(NOT_APPROVED), C(AUTH),
     "An administrator must approve the user for the app: permitted users in its policies."},
    {"invalid_grant", NULL, V(REVOKED), C(AUTH), "Connect again."},
    {"invalid_client_id", NULL, V(CLIENT), C(CONFIG),
     "Check the client id of the app; a new app needs ten minutes to be known."},
    {"invalid_client", NULL, V(CLIENT), C(CONFIG), "Check the client id and secret of the app."},
    {"app_not_found", NULL, V(APP_NOT_INSTALLED), C(AUTH),
     "Install the app's package in this org for all users, then connect again."},
    {"OAUTH_EC_APP_NOT_FOUND", NULL, V(APP_NOT_INSTALLED), C(AUTH),
     "Install the app's package in this org for all users, then connect again."},
    {"OAUTH_APP_BLOCKED", NULL, V(NOT_APPROVED), C(AUTH),
     "An administrator blocked the app: unblock it in Setup, Connected Apps OAuth Usage."},
    {"OAUTH_APPROVAL_ERROR_GENERIC", NULL, V(NOT_APPROVED), C(AUTH),
     "An administrator must allow the app in Setup, then connect again."},
    {"access_denied", NULL, V(NOT_APPROVED), C(AUTH),
     "The person declined: connect again and allow the access."},
    {"inactive_user", NULL, V(USER_INACTIVE), C(AUTH),
     "Activate the user in Salesforce, or connect as another one."},
    {"inactive_org", NULL, V(ORG_INACTIVE), C(AUTH),
     "The org is locked, closed or gone: activate it, then connect again."},
    {"rate_limit_exceeded", NULL, V(LATER), C(LIMIT), "Too many logins: wait an hour."},
    {"server_error", NULL, V(LATER), C(TRANSIENT), "Salesforce failed; it is tried again."},
    {"temporarily_unavailable", NULL, V(LATER), C(TRANSIENT),
     "Salesforce is not available at the moment; it is tried again."},
    {"unknown_error", NULL, V(LATER), C(TRANSIENT), "Salesforce failed; it is tried again."},
    {"redirect_uri_mismatch", NULL, V(REQUEST), C(CONFIG),
     "Register this redirect URI, letter by letter, as a callback URL of the app."},
    {"invalid_request", NULL, V(REQUEST), C(CONFIG),
     "Check the settings of the app, PKCE included."},
    {"unsupported_grant_type", "password", V(FLOW_OFF), C(AUTH),
     "The org blocks logins by password: use jwt_bearer or client_credentials."},
    {"unsupported_grant_type", NULL, V(REQUEST), C(CONFIG),
     "Allow this OAuth flow in the settings of the app."},
    {"unsupported_response_type", NULL, V(REQUEST), C(CONFIG),
     "Allow this OAuth flow in the settings of the app."},
    {"unauthorized_client", NULL, V(REQUEST), C(CONFIG),
     "Allow this OAuth flow in the settings of the app."},
    {"invalid_scope", NULL, V(REQUEST), C(CONFIG), "Add the scopes to the app, or ask for fewer."},
    {"immediate_unsuccessful", NULL, V(NOT_APPROVED), C(AUTH), "Connect again and log in."},
    {NULL, NULL, V(REQUEST), C(CONFIG), "Check the settings of the app in Salesforce."},
};

bool crmi_auth_blocks(uint32_t verdict)
{
    switch (verdict) {
    case V(APP_NOT_INSTALLED):
    case V(NOT_APPROVED):
    case V(USER_INACTIVE):
    case V(IP_RESTRICTED):
    case V(ORG_INACTIVE):
    case V(CREDENTIALS):
    case V(PASSWORD_EXPIRED):
    case V(MFA):
    case V(SESSION_LEVEL):
    case V(LOCKED):
    case V(FLOW_OFF): return true;
    default: return false;
    }
}

size_t crmi_auth_rule_count(void)
{
    return sizeof rules / sizeof *rules;
}

const crmi_auth_rule *crmi_auth_rule_at(size_t i)
{
    return i < crmi_auth_rule_count() ? &rules[i] : NULL;
}

/* Descriptions come in several spellings: compare without case. `what` is in lower case. */
static bool says(crmsync_str text, const char *what)
{
    crmsync_str w = crmi_str(what);
    for (size_t i = 0; i + w.len <= text.len; i++)
        if (crmi_str_eq_ci(crmi_str_sub(text, i, w.len), w))
            return true;
    return false;
}

const crmi_auth_rule *crmi_auth_rule_find(crmsync_str error, crmsync_str description)
{
    size_t i = 0;
    while (rules[i].error && (!crmi_str_is(error, rules[i].error) ||
                              (rules[i].says && !says(description, rules[i].says))))
        i++;
    return &rules[i];
}
