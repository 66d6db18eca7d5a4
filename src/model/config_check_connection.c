/* What a configuration says of the connection. */
#include "model/config_table.h"

#define refuse crmi_config_refuse

static bool loopback(crmsync_str origin)
{
    static const char *const hosts[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        size_t n = strlen(hosts[i]);
        if (crmi_str_starts(origin, hosts[i]) && (origin.len == n || origin.ptr[n] == ':'))
            return true;
    }
    return false;
}

static int32_t check_login_host(const crmsync_config *config, crmsync_error **err)
{
    crmsync_str host = config->connection.login_host;
    if (!crmi_str_starts(host, "http://"))
        return CRMSYNC_OK;
    if (loopback(host) && config->connection.allow_loopback_http)
        return CRMSYNC_OK;
    return refuse(err, "tokens travel over https only",
                  "Use https, or a loopback address together with \"allow_loopback_http\":true.",
                  "/connection/login_host");
}

int32_t crmi_config_check_connection(const crmsync_config *config, crmsync_error **err)
{
    if (!config->connection.api_version.len)
        return refuse(err, "an API version is needed", "Leave the member out for the default.",
                      "/connection/api_version");
    if (config->connection.flow == CRMI_FLOW_PASSWORD && !config->connection.allow_password)
        return refuse(err, "login by user name and password is off",
                      "Use \"jwt_bearer\" or \"client_credentials\" with an integration user, or say "
                      "\"allow_password\":true.",
                      "/connection/flow");
    return check_login_host(config, err);
}
