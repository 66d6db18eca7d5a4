/* Secrets of a connection: which there are, who may set them, and which a session uses. */
#include "sync/workspace.h"

/* Those that are not settable are come by on the way. */
static const struct {
    const char *name;
    bool settable, of_password;
} names[] = {
    {"client_secret", true, false}, {"private_key", true, false},
    {"password", true, true},       {"security_token", true, true},
    {"token/salesforce", false, false}, {"pending_authorization", false, false},
};
#define NAMES (sizeof names / sizeof names[0])

size_t crmi_secret_count(void)
{
    return NAMES;
}

const char *crmi_secret_name(size_t i)
{
    return names[i].name;
}

static int32_t check_name(const crmsync_config *config, crmsync_str name, crmsync_str value,
                          crmsync_error **err)
{
    size_t i = 0;
    while (i < NAMES && !(names[i].settable && crmi_str_is(name, names[i].name)))
        i++;
    if (i == NAMES)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "no secret is called \"%.*s\"; there are client_secret, private_key, password "
                         "and security_token",
                         CRMI_SPELL(name));
    if (names[i].of_password && value.len && !config->connection.allow_password)
        return crmi_fail_at(err, CRMSYNC_E_STATE, CRMI_STR("/connection/allow_password"),
                            "Connect by OAuth, or say \"allow_password\":true.",
                            "passwords are not kept unless the configuration allows it");
    return CRMSYNC_OK;
}

int32_t crmsync_workspace_set_secret(crmsync_workspace *workspace, crmsync_str name,
                                     crmsync_str value, crmsync_error **err)
{
    if (!workspace)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace is NULL");
    int32_t rc = check_name(workspace->config, name, value, err);
    if (!rc)
        rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_secret_put(&workspace->secrets, name, value, err);
    if (!rc && !workspace->job)
        crmi_workspace_close_session(workspace); /* it is opened anew with what was set */
    crmi_engine_leave(workspace->engine);
    return rc;
}

int32_t crmi_workspace_open_secrets(crmsync_workspace *ws, crmsync_error **err)
{
    const struct {
        const char *name;
        crmi_buf *to;
    } used[] = {
        {"client_secret", &ws->client_secret},
        {"private_key", &ws->private_key},
        {"password", &ws->password},
        {"security_token", &ws->security_token},
    };
    bool password = ws->config->connection.flow == CRMI_FLOW_PASSWORD;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < sizeof used / sizeof used[0]; i++) {
        if (i < 2 || password)
            rc = crmi_secret_get(&ws->secrets, crmi_str(used[i].name), used[i].to, NULL, err);
    }
    return rc;
}
