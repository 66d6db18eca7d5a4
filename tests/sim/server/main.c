/* crmsync-orgsim: a Salesforce org as a loopback HTTP server. */
#define _POSIX_C_SOURCE 200809L
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { CONNECTION_MEMORY = 512 << 10, IDLE_SECONDS = 120, LOOK_UP_MS = 200 };

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static void catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static int watch_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return -1;
    return getppid() == parent ? 0 : -1; /* it was gone already */
}

static struct MHD_Daemon *listen_on(server *s, const server_tls *tls)
{
    struct sockaddr_in address;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem tls_items[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key_pem},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert_pem},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(s->options.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (s->options.tls)
        flags |= MHD_USE_TLS;
    if (s->options.verbose)
        flags |= MHD_USE_ERROR_LOG;
    return MHD_start_daemon(
        flags, s->options.port, NULL, NULL, exchange_handle, s, MHD_OPTION_ARRAY,
        s->options.tls ? tls_items : none, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_URI_LOG_CALLBACK,
        exchange_open, s, MHD_OPTION_NOTIFY_COMPLETED, exchange_close, s,
        MHD_OPTION_NOTIFY_CONNECTION, exchange_connection, s, MHD_OPTION_END);
}

static int write_ca(const char *path, const char *pem)
{
    FILE *file = fopen(path, "w");
    int ok = file && fputs(pem, file) >= 0;
    if (file && fclose(file) != 0)
        ok = 0;
    if (!ok)
        fprintf(stderr, "crmsync-orgsim: %s: %s\n", path, strerror(errno));
    return ok ? 0 : -1;
}

static int seed(server *s)
{
    char why[1024] = "the seed was refused";
    size_t len = 0;
    char *json = server_file_read(s->options.seed_file, &len);
    if (!json)
        return -1;
    int rc = orgsim_seed(s->org, json, len, why, sizeof why);
    if (rc != 0)
        fprintf(stderr, "crmsync-orgsim: %s: %s\n", s->options.seed_file, why);
    free(json);
    return rc;
}

static int start_org(server *s)
{
    size_t len = 0;
    char *pem = NULL;
    if (s->options.jwt_public_file) {
        pem = server_file_read(s->options.jwt_public_file, &len);
        if (!pem)
            return -1;
        s->options.org.jwt_public_pem = pem;
    }
    s->options.org.instance_url = s->base_url;
    s->org = orgsim_new(&s->options.org);
    free(pem);
    s->options.org.jwt_public_pem = NULL;
    if (!s->org)
        return -1;
    orgsim_set_now(s->org, server_wall_ms(s));
    return s->options.seed_file ? seed(s) : 0;
}

static void serve(server *s)
{
    while (!stopped) {
        int64_t wait = server_wake_sleepers(s, false);
        if (wait < 0 || wait > LOOK_UP_MS)
            wait = LOOK_UP_MS;
        if (MHD_run_wait(s->daemon, (int32_t)wait) != MHD_YES)
            break;
    }
}

static int run(server *s, server_tls *tls)
{
    if (s->options.tls && server_tls_make(tls) != 0) {
        fputs("crmsync-orgsim: no certificate could be made\n", stderr);
        return -1;
    }
    s->daemon = listen_on(s, tls);
    if (!s->daemon) {
        fprintf(stderr, "crmsync-orgsim: cannot listen on 127.0.0.1:%u: %s\n", s->options.port,
                strerror(errno));
        return -1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    if (!info)
        return -1;
    snprintf(s->base_url, sizeof s->base_url, "%s://127.0.0.1:%u",
             s->options.tls ? "https" : "http", info->port);
    if (start_org(s) != 0 || (s->options.ca_out && write_ca(s->options.ca_out, tls->ca_pem) != 0))
        return -1;
    printf("listening on %s\n", s->base_url);
    fflush(stdout);
    serve(s);
    return 0;
}

/* Suspended connections have to be woken before the daemon may stop. */
static void stop(server *s)
{
    if (s->daemon) {
        server_wake_sleepers(s, true);
        MHD_run(s->daemon);
        MHD_stop_daemon(s->daemon);
    }
    server_wire_plan_clear(s);
    orgsim_free(s->org);
}

int main(int argc, char **argv)
{
    pid_t parent = getppid();
    server s;
    server_tls tls;
    memset(&s, 0, sizeof s);
    memset(&tls, 0, sizeof tls);
    if (server_options_parse(&s.options, argc, argv) != 0)
        return 2;
    if (s.options.help) {
        server_options_help();
        return 0;
    }
    catch_signals();
    if (s.options.exit_with_parent && watch_parent(parent) != 0)
        return 1;
    int rc = run(&s, &tls);
    stop(&s);
    server_tls_clear(&tls);
    return rc == 0 ? 0 : 1;
}
