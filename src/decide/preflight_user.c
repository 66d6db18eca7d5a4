/* The preflight's questions about the org and the user that the library acts as. */
#include "decide/preflight.h"

#define NONE CRMI_STR_EMPTY

static bool right(const crmi_preflight *p, uint32_t which)
{
    return (p->facts->rights & which) != 0;
}

static void judge_api(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    uint32_t api = crmi_edition_api(f->edition);
    bool denied = f->rights_read && !right(p, CRMI_RIGHT_API);
    crmi_preflight_add(p, "api", denied ? CRMI_CHECK_FAIL : CRMI_CHECK_PASS, f->username,
                   denied ? "Give the user the permission API Enabled, by profile or permission set."
                          : "",
                   denied ? "the user lacks API Enabled" : "the API answers");
    if (!f->org_read)
        crmi_preflight_add(p, "edition", CRMI_CHECK_INFO, NONE, "",
                       "the org does not tell its edition to this user");
    else if (api == CRMI_API_YES)
        crmi_preflight_add(p, "edition", CRMI_CHECK_PASS, f->edition, "", "this edition has the API");
    else
        crmi_preflight_add(p, "edition", api == CRMI_API_NO ? CRMI_CHECK_WARN : CRMI_CHECK_INFO,
                       f->edition, api == CRMI_API_NO ? crmi_edition_remedy(f->edition) : "",
                       api == CRMI_API_ADDON ? "for this edition the API is an addition; it answers"
                                             : "not an edition known to have the API; it answers");
}

static void judge_dedicated(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    static const char remedy[] = "Use a user of its own for the integration, so that people's edits and "
                                 "the sync's are told apart and nobody's leaving ends it.";
    if (f->user_read)
        crmi_preflight_add(p, "user_active", f->active ? CRMI_CHECK_PASS : CRMI_CHECK_FAIL, f->username,
                       f->active ? "" : "Activate the user, or connect as another one.",
                       f->active ? "the user is active" : "the user is not active");
    if (!f->logins_read)
        crmi_preflight_add(p, "user_dedicated", CRMI_CHECK_INFO, f->username, remedy,
                       "the org does not tell how this user logs in");
    else
        crmi_preflight_add(p, "user_dedicated", f->browser_logins ? CRMI_CHECK_WARN : CRMI_CHECK_PASS,
                       f->username, f->browser_logins ? remedy : "",
                       "%u of the user's latest logins were made in a browser",
                       (unsigned)f->browser_logins);
}

static void judge_rights(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    bool web = p->config->connection.flow == CRMI_FLOW_WEB_SERVER;
    if (!f->rights_read) {
        crmi_preflight_add(p, "rights", CRMI_CHECK_INFO, f->username, "",
                       "the org does not tell the user's permissions; objects and fields tell theirs");
        return;
    }
    bool only = right(p, CRMI_RIGHT_API_ONLY);
    crmi_preflight_add(p, "api_only", only ? CRMI_CHECK_PASS : CRMI_CHECK_WARN, f->username,
                   only  ? ""
                   : web ? "Connect by jwt_bearer or client_credentials, which work with an API Only "
                           "user; this flow needs a login in a browser."
                         : "Give the integration user the permission API Only User.",
                   only ? "the user is API only" : "the user may log in with a browser too");
    bool all = right(p, CRMI_RIGHT_MODIFY_ALL);
    crmi_preflight_add(p, "modify_all_data", all ? CRMI_CHECK_INFO : CRMI_CHECK_PASS, f->username,
                   all ? "It is not needed: rights on the objects in use are enough." : "",
                   all ? "the user has Modify All Data" : "Modify All Data is not needed, and not given");
}

static void judge_role(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    bool sees_all = right(p, CRMI_RIGHT_VIEW_ALL | CRMI_RIGHT_MODIFY_ALL);
    if (!f->user_read)
        return;
    if (f->role.len)
        crmi_preflight_add(p, "role", CRMI_CHECK_INFO, f->username, "",
                       "role %.*s, profile %.*s: what lies outside of them by sharing is not synced",
                       CRMI_SPELL(f->role), CRMI_SPELL(f->profile));
    else
        crmi_preflight_add(p, "role", sees_all ? CRMI_CHECK_PASS : CRMI_CHECK_INFO, f->username,
                       sees_all ? ""
                                : "Give the user a role above the owners of the records, or View All on "
                                  "the objects.",
                       sees_all ? "no role, and sees all records"
                                : "no role, profile %.*s: sees its own records and those shared with it",
                       CRMI_SPELL(f->profile));
}

static void judge_marketing(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    if (!p->config->campaigns.enabled)
        return;
    if (!f->user_read)
        crmi_preflight_add(p, "marketing_user", CRMI_CHECK_WARN, f->username,
                       "See that Marketing User is ticked on the user.",
                       "the org does not tell whether the user may write campaigns");
    else
        crmi_preflight_add(p, "marketing_user", f->marketing ? CRMI_CHECK_PASS : CRMI_CHECK_FAIL,
                       f->username,
                       f->marketing ? "" : "Tick Marketing User on the user in Setup, Users.",
                       f->marketing ? "the user is a marketing user"
                                    : "campaigns are written, and the user is no marketing user");
}

static void judge_login(crmi_preflight *p)
{
    const crmi_org_facts *f = p->facts;
    bool high = crmi_str_is(f->session_level, "HIGH_ASSURANCE");
    static const char level[] = "Let the profile of the integration user not require the session "
                                "security level High Assurance at login.";
    if (f->session_read)
        crmi_preflight_add(p, "session_level", high ? CRMI_CHECK_WARN : CRMI_CHECK_PASS, f->username,
                       high ? level : "",
                       high ? "the session is of high assurance: where the profile requires it, a "
                              "renewal without a person is refused"
                            : "the login needed no high assurance");
    else
        crmi_preflight_add(p, "session_level", CRMI_CHECK_INFO, f->username, level,
                       "the org does not tell the level of this session");
    if (p->config->connection.flow != CRMI_FLOW_PASSWORD)
        return;
    crmi_preflight_add(p, "password_login", CRMI_CHECK_WARN, f->username,
                   "Use jwt_bearer or client_credentials: Salesforce is retiring logins by password.",
                   "the connection logs in by user name and password");
    if (!f->rights_read)
        return;
    bool stays = right(p, CRMI_RIGHT_PASSWORD_STAYS), factor = right(p, CRMI_RIGHT_SECOND_FACTOR_API);
    crmi_preflight_add(p, "password_expiry", stays ? CRMI_CHECK_PASS : CRMI_CHECK_WARN, f->username,
                   stays ? "" : "Give the user the permission Password Never Expires.",
                   stays ? "the password never expires"
                         : "the password expires, and the connection with it");
    crmi_preflight_add(p, "second_factor", factor ? CRMI_CHECK_FAIL : CRMI_CHECK_PASS, f->username,
                   factor ? "Use jwt_bearer or client_credentials, or take multi-factor authentication "
                            "for API logins from the user."
                          : "",
                   factor ? "logins of programs need a second factor"
                          : "logins of programs need no second factor");
}

void crmi_preflight_user(crmi_preflight *p)
{
    judge_api(p);
    judge_dedicated(p);
    judge_rights(p);
    judge_role(p);
    judge_marketing(p);
    judge_login(p);
}
