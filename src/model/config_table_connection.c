#include "model/config_table.h"

static const char *const flow_words[] = {"web_server", "jwt_bearer", "client_credentials",
                                         "password", NULL}; /* by CRMI_FLOW_* */
static const char *const environment_words[] = {"production", "sandbox", NULL};

#define AT(field) .at = offsetof(struct crmsync_config, connection.field)
#define COUNT(field) .count_at = offsetof(struct crmsync_config, connection.field)

static const crmi_member members[] = {
    {"enabled", CRMI_MEMBER_BOOL, AT(enabled), .fallback = "true",
     .doc = "Whether Salesforce is used at all. Off: every job but a disconnect is refused; tokens, "
            "links, queue and cursors stay."},
    {"name", CRMI_MEMBER_TEXT, AT(name), .fallback = "",
     .doc = "What people call this connection: shown with it and in the log. It may be changed."},
    {"exclusive", CRMI_MEMBER_BOOL, AT(exclusive), .fallback = "false",
     .doc = "Whether a workspace has one active CRM: connecting is refused while the host has another "
            "one, and the other way round."},
    {"flow", CRMI_MEMBER_WORD, AT(flow), .words = flow_words, .fallback = "web_server",
     .doc = "How the host is authorized: by a person in a browser, by a signed assertion, as the app's "
            "own user, or by user name and password."},
    {"allow_password", CRMI_MEMBER_BOOL, AT(allow_password), .fallback = "false",
     .doc = "Whether the flow password may be used and a password be kept. Salesforce is retiring that "
            "login."},
    {"environment", CRMI_MEMBER_SWITCH, AT(sandbox), .words = environment_words,
     .fallback = "production",
     .doc = "Whether the org is a sandbox; an org of the other kind is refused. It chooses the login "
            "host where neither my_domain nor login_host is given."},
    {"my_domain", CRMI_MEMBER_TEXT, AT(my_domain), .rule = &crmi_text_my_domain,
     .fallback = "", .doc = "The org's My Domain, as it stands before .my.salesforce.com."},
    {"login_host", CRMI_MEMBER_TEXT, AT(login_host), .rule = &crmi_text_origin,
     .fallback = "", .doc = "The whole login address instead of a derived one."},
    {"api_version", CRMI_MEMBER_TEXT, AT(api_version), .rule = &crmi_text_version,
     .fallback = "60.0", .doc = "The REST API version all requests use."},
    {"client_id", CRMI_MEMBER_TEXT, AT(client_id), .fallback = "",
     .doc = "The consumer key of the connected app; its secret is never part of a configuration."},
    {"redirect_uri", CRMI_MEMBER_TEXT, AT(redirect_uri), .fallback = "",
     .doc = "Where the browser returns to, exactly as the connected app has it."},
    {"username", CRMI_MEMBER_TEXT, AT(username), .fallback = "",
     .doc = "The integration user that jwt_bearer and password act as."},
    {"scopes", CRMI_MEMBER_TEXTS, AT(scopes), COUNT(scope_count),
     .fallback = "api refresh_token", .doc = "The OAuth scopes asked for."},
    {"package_url", CRMI_MEMBER_TEXT, AT(package_url), .rule = &crmi_text_url, .fallback = "",
     .doc = "Where the app's package is installed from in production; shown when it is missing."},
    {"package_url_sandbox", CRMI_MEMBER_TEXT, AT(package_url_sandbox), .rule = &crmi_text_url,
     .fallback = "", .doc = "The same for sandboxes."},
    {"allow_loopback_http", CRMI_MEMBER_BOOL, AT(allow_loopback_http), .fallback = "false",
     .doc = "Whether plain http is allowed to 127.0.0.1, [::1] and localhost, for tests."},
};
const crmi_group crmi_connection_group = {.members = members,
                                          .count = sizeof members / sizeof members[0]};
