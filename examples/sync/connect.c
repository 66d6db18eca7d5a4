/*
 * Connecting: the web-server flow with PKCE. The user logs in with a browser and is sent back to
 * the redirect_uri of the configuration, with a code that the connect phase exchanges for tokens.
 */
#include "sync.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>
#include <yyjson.h>

#define URL_SIZE 8192

extern char **environ;

/* ---- how the redirect comes back ---- */

static size_t ignore_body(char *bytes, size_t size, size_t n, void *ctx)
{
    (void)bytes, (void)ctx;
    return size * n;
}

/* The simulated org answers `orgsim_allow=1` as if somebody had pressed "Allow". */
static int play_browser(const host *h, const char *url, char redirect[URL_SIZE])
{
    char asked[URL_SIZE + 32];
    char *location = NULL;
    CURL *curl = curl_easy_init();
    if (!curl)
        return EXIT_OTHER;
    snprintf(asked, sizeof asked, "%s&orgsim_allow=1", url);
    curl_easy_setopt(curl, CURLOPT_URL, asked);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (h->settings->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, h->settings->ca_file);
    CURLcode rc = curl_easy_perform(curl);
    if (rc == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
    if (location)
        snprintf(redirect, URL_SIZE, "%s", location);
    else
        fprintf(stderr, "crmsync-sync: the org did not send the browser back: %s\n",
                rc == CURLE_OK ? "it answered with a page; --play-browser is for the simulated org"
                               : curl_easy_strerror(rc));
    curl_easy_cleanup(curl);
    return location ? EXIT_FINE : EXIT_NETWORK;
}

static int read_pasted(char redirect[URL_SIZE])
{
    fputs("After logging in, paste the address the browser was sent to:\n", stdout);
    fflush(stdout);
    if (!fgets(redirect, URL_SIZE, stdin)) {
        fputs("crmsync-sync: no address was given\n", stderr);
        return interrupted() ? EXIT_CANCELLED : EXIT_USAGE;
    }
    redirect[strcspn(redirect, "\r\n")] = '\0';
    return EXIT_FINE;
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 4) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Reads one request and answers it. true = it asked for `path`, and `redirect` is the whole URL. */
static bool serve_one(int fd, const char *base, const char *path, char redirect[URL_SIZE])
{
    static const char thanks[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                 "Connection: close\r\n\r\nConnected. You can close this page.\n";
    static const char other[] = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n";
    char request[URL_SIZE], target[URL_SIZE] = "";
    ssize_t n = read(fd, request, sizeof request - 1);
    request[n > 0 ? n : 0] = '\0';
    bool hit = sscanf(request, "GET %8191s HTTP/", target) == 1 &&
               strncmp(target, path, strlen(path)) == 0 && strchr(target, '?');
    const char *answer = hit ? thanks : other;
    if (write(fd, answer, strlen(answer)) < 0)
        fputs("crmsync-sync: the browser went away\n", stderr);
    if (hit)
        hit = snprintf(redirect, URL_SIZE, "%s%s", base, target) < URL_SIZE;
    return hit;
}

/* Waits on the loopback address of the redirect_uri until the browser comes by. */
static int wait_for_browser(const char *redirect_uri, char redirect[URL_SIZE])
{
    char name[64], path[1024] = "/", base[128];
    unsigned port = 0;
    if (sscanf(redirect_uri, "http://%63[^:/]:%u%1023s", name, &port, path) < 2 || port > 65535 ||
        (strcmp(name, "127.0.0.1") != 0 && strcmp(name, "localhost") != 0))
        return read_pasted(redirect); /* not ours to listen on */
    int fd = listen_on((uint16_t)port);
    if (fd < 0) {
        fprintf(stderr, "crmsync-sync: port %u of redirect_uri: %s\n", port, strerror(errno));
        return read_pasted(redirect);
    }
    snprintf(base, sizeof base, "http://%s:%u", name, port);
    printf("Waiting for the browser at %s\n", redirect_uri);
    fflush(stdout);
    bool done = false;
    while (!done && !interrupted()) {
        int peer = accept(fd, NULL, NULL);
        done = peer >= 0 && serve_one(peer, base, path, redirect);
        if (peer >= 0)
            close(peer);
    }
    close(fd);
    return done ? EXIT_FINE : EXIT_CANCELLED;
}

/* ---- the command ---- */

static const char help_connect[] =
    "usage: crmsync-sync connect [--browser PROGRAM] [--paste] [--client-secret-file FILE]\n\n"
    "Prints the address to log in at, waits for the browser to come back to redirect_uri (an "
    "address\n"
    "of this machine), and exchanges what it brings for tokens, which are kept sealed.\n\n"
    "  --browser PROGRAM         open the address with it, such as xdg-open\n"
    "  --paste                   read the address the browser came back to from standard input\n"
    "  --client-secret-file F    the secret of the connected app; kept sealed from then on\n"
    "  --play-browser            with the simulated org: press its \"Allow\" button\n";

typedef struct connect_options {
    const char *browser, *secret_file;
    bool paste, play;
} connect_options;

static int parse_connect(connect_options *o, int argc, char **argv)
{
    static const struct option names[] = {{"browser", required_argument, NULL, 'b'},
                                          {"client-secret-file", required_argument, NULL, 's'},
                                          {"paste", no_argument, NULL, 'p'},
                                          {"play-browser", no_argument, NULL, 'y'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int c;
    while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (c) {
        case 'b': o->browser = optarg; break;
        case 's': o->secret_file = optarg; break;
        case 'p': o->paste = true; break;
        case 'y': o->play = true; break;
        case 'h': fputs(help_connect, stdout); return EXIT_FINE;
        default: fputs(help_connect, stderr); return EXIT_USAGE;
        }
    }
    return -1;
}

static int keep_secret(host *h, const char *path)
{
    crmsync_error *err = NULL;
    size_t len = 0;
    char *secret = read_file(path, &len);
    if (!secret)
        return EXIT_USAGE;
    len = strcspn(secret, "\r\n");
    int32_t rc = crmsync_workspace_set_secret(h->workspace, text("client_secret"),
                                              (crmsync_str){secret, len}, &err);
    memset(secret, 0, len);
    free(secret);
    return rc ? complain(rc, err) : EXIT_FINE;
}

/* A text of the configuration, as the library understood it. */
static void config_text(const host *h, const char *pointer, char *out, size_t size)
{
    crmsync_str dump = crmsync_config_dump(h->config);
    yyjson_doc *doc = yyjson_read(dump.ptr, dump.len, 0);
    const char *value = yyjson_get_str(yyjson_doc_ptr_get(doc, pointer));
    snprintf(out, size, "%s", value ? value : "");
    yyjson_doc_free(doc);
}

/* Prints the address to log in at and gets the one the browser comes back to. */
static int authorize(host *h, const connect_options *o, char redirect[URL_SIZE])
{
    crmsync_error *err = NULL;
    crmsync_str url;
    char copy[URL_SIZE], redirect_uri[1024];
    int32_t rc = crmsync_workspace_authorize_url(h->workspace, (crmsync_str){NULL, 0}, &url, &err);
    if (rc)
        return complain(rc, err);
    snprintf(copy, sizeof copy, "%.*s", (int)url.len, url.ptr);
    printf("Log in at:\n  %s\n", copy);
    fflush(stdout);
    if (o->play)
        return play_browser(h, copy, redirect);
    if (o->browser) {
        char *const call[] = {(char *)o->browser, copy, NULL};
        pid_t pid;
        if (posix_spawnp(&pid, o->browser, NULL, NULL, call, environ) != 0)
            fprintf(stderr, "crmsync-sync: %s could not be started\n", o->browser);
    }
    config_text(h, "/connection/redirect_uri", redirect_uri, sizeof redirect_uri);
    return o->paste ? read_pasted(redirect) : wait_for_browser(redirect_uri, redirect);
}

static int print_connection(host *h)
{
    crmsync_error *err = NULL;
    crmsync_connection now = CRMSYNC_CONNECTION_INIT;
    int32_t rc = crmsync_workspace_connection(h->workspace, &now, &err);
    if (rc)
        return complain(rc, err);
    printf("%s to org %.*s at %.*s\n", crmsync_connection_name(now.state), (int)now.org_id.len,
           now.org_id.ptr, (int)now.instance_url.len, now.instance_url.ptr);
    if (now.org_name.len)
        printf("%.*s, %.*s, as %.*s\n", (int)now.org_name.len, now.org_name.ptr, (int)now.edition.len,
               now.edition.ptr, (int)now.username.len, now.username.ptr);
    return now.state == CRMSYNC_CONNECTION_CONNECTED ? EXIT_FINE : EXIT_AUTHORIZE;
}

int command_connect(host *h, int argc, char **argv)
{
    connect_options o = {0};
    char redirect[URL_SIZE] = "", flow[32];
    int code = parse_connect(&o, argc, argv);
    if (code >= 0)
        return code;
    code = o.secret_file ? keep_secret(h, o.secret_file) : EXIT_FINE;
    config_text(h, "/connection/flow", flow, sizeof flow);
    if (code == EXIT_FINE && strcmp(flow, "web_server") == 0)
        code = authorize(h, &o, redirect); /* the other flows need no browser */
    if (code != EXIT_FINE)
        return code;
    job_run run = {.phases = CRMSYNC_PHASE_CONNECT, .quiet = true, .redirect_url = text(redirect)};
    code = run_job(h, &run);
    return code == EXIT_FINE ? print_connection(h) : code;
}
