/* Command line of crmsync-orgsim. */
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 256 << 20 };

enum option_id {
    OPT_PORT = 1,
    OPT_SEED,
    OPT_CLIENT_ID,
    OPT_CLIENT_SECRET,
    OPT_USERNAME,
    OPT_PASSWORD,
    OPT_JWT_KEY,
    OPT_ROTATE,
    OPT_DAILY_LIMIT,
    OPT_QUERY_PAGE,
    OPT_TLS,
    OPT_CA_OUT,
    OPT_LATENCY,
    OPT_EXIT_WITH_PARENT,
    OPT_VERBOSE,
    OPT_HELP
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"seed", required_argument, NULL, OPT_SEED},
    {"client-id", required_argument, NULL, OPT_CLIENT_ID},
    {"client-secret", required_argument, NULL, OPT_CLIENT_SECRET},
    {"username", required_argument, NULL, OPT_USERNAME},
    {"password", required_argument, NULL, OPT_PASSWORD},
    {"jwt-key", required_argument, NULL, OPT_JWT_KEY},
    {"rotate", no_argument, NULL, OPT_ROTATE},
    {"daily-limit", required_argument, NULL, OPT_DAILY_LIMIT},
    {"query-page", required_argument, NULL, OPT_QUERY_PAGE},
    {"tls", no_argument, NULL, OPT_TLS},
    {"ca-out", required_argument, NULL, OPT_CA_OUT},
    {"latency", required_argument, NULL, OPT_LATENCY},
    {"exit-with-parent", no_argument, NULL, OPT_EXIT_WITH_PARENT},
    {"verbose", no_argument, NULL, OPT_VERBOSE},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "Usage: crmsync-orgsim [OPTION]...\n"
    "A Salesforce org on this machine: REST API, OAuth and errors as documented, data in memory.\n"
    "It listens on the loopback address only and forgets everything when it ends.\n"
    "\n"
    "  --port N             port to listen on; 0 (default) takes a free one\n"
    "  --seed FILE          records to start with, see below\n"
    "  --client-id ID       consumer key of the connected app      (orgsim-client)\n"
    "  --client-secret S    its secret                             (orgsim-secret)\n"
    "  --username NAME      the API user                           (integration@example.com)\n"
    "  --password PASS      its password with security token       (secrettoken)\n"
    "  --jwt-key FILE       PEM public key; turns the JWT bearer flow on\n"
    "  --rotate             a refresh token works once; using it again revokes its family\n"
    "  --daily-limit N      API calls in 24 hours                  (100000)\n"
    "  --query-page N       rows in a query page, at most 2000     (2000)\n"
    "  --tls                speak https, with a certificate authority made at start\n"
    "  --ca-out FILE        write the certificate to trust there (PEM)\n"
    "  --latency real|none  real: answer as slowly as an org would (none)\n"
    "  --exit-with-parent   end when the process that started this one ends\n"
    "  --verbose            a line on stderr for each request\n"
    "  --help               this text\n"
    "\n"
    "Prints `listening on http://127.0.0.1:PORT` and serves until SIGTERM or SIGINT.\n"
    "\n"
    "A seed names records by object. \"_ref\" gives a record a name for later records of the file;\n"
    "a value \"@name\" becomes its id. Rules that bind users bind here, too:\n"
    "  {\"Account\": [{\"_ref\": \"acme\", \"Name\": \"Acme Ltd\", \"Website\": \"acme.example\"}],\n"
    "   \"Contact\": [{\"_ref\": \"jane\", \"LastName\": \"Doe\", \"Email\": \"jane@acme.example\",\n"
    "                \"AccountId\": \"@acme\"}],\n"
    "   \"Campaign\": [{\"_ref\": \"fair\", \"Name\": \"Fair 2026\", \"IsActive\": true}],\n"
    "   \"CampaignMember\": [{\"CampaignId\": \"@fair\", \"ContactId\": \"@jane\"}]}\n"
    "\n"
    "It serves below /services: data (the list of versions), and below data/vNN.0 (31 to 68)\n"
    "  sobjects, sobjects/X, .../describe, .../ID, .../FIELD/VALUE, .../updated, .../deleted,\n"
    "  .../listviews[/ID[/describe|/results]]\n"
    "  query, queryAll, query?explain=, search, parameterizedSearch\n"
    "  composite, composite/batch, composite/graph, composite/tree/X, composite/sobjects[/X[/FIELD]]\n"
    "  jobs/ingest and jobs/query with all below them\n"
    "  analytics/reports[/ID[/describe|/instances[/ID]]]\n"
    "  limits, limits/recordCount, ui-api/records\n"
    "and oauth2/authorize, token, revoke, introspect, userinfo, and /id/ORG/USER.\n"
    "\n"
    "A first session:\n"
    "  crmsync-orgsim --port 8080 &\n"
    "  curl -d grant_type=client_credentials -d client_id=orgsim-client \\\n"
    "       -d client_secret=orgsim-secret http://127.0.0.1:8080/services/oauth2/token\n"
    "  curl -H 'Authorization: Bearer TOKEN' \\\n"
    "       'http://127.0.0.1:8080/services/data/v60.0/query?q=SELECT+Id,Name+FROM+User'\n"
    "\n"
    "Web-server flow: open /services/oauth2/authorize?response_type=code&client_id=...\n"
    "&redirect_uri=... in a browser and allow; `&orgsim_allow=1` allows without a page,\n"
    "`&orgsim_deny=1` refuses.\n"
    "\n"
    "Behind the scenes, not counted as API calls, JSON in and out:\n"
    "  POST /_orgsim/seed      body as in --seed\n"
    "  POST /_orgsim/insert    {\"object\":\"Lead\",\"fields\":{...}}      -> {\"id\":...}\n"
    "  POST /_orgsim/update    {\"id\":...,\"fields\":{...}}\n"
    "  POST /_orgsim/delete    {\"id\":...}   also /undelete and /purge\n"
    "  POST /_orgsim/merge     {\"winner\":...,\"loser\":...}\n"
    "  POST /_orgsim/convert   {\"lead\":...,\"account\":...,\"contact\":...,"
    "\"opportunity\":true}\n"
    "  POST /_orgsim/switch    {\"name\":...,\"value\":...}   what the org is unkind about\n"
    "  POST /_orgsim/fault     {\"kind\":...,\"on\":\"POST /services/data\",\"count\":1,"
    "\"skip\":0,\n"
    "                          \"reused\":false}; kind none takes all back\n"
    "  POST /_orgsim/clock     {\"advance_ms\":600000}\n"
    "  GET  /_orgsim/usage     calls and rows so far; POST /_orgsim/usage/reset\n"
    "  GET  /_orgsim/query?q=  SOQL that sees everything; &all=1 with deleted rows\n"
    "  GET  /_orgsim/dump?objects=Account,Contact\n"
    "  GET  /_orgsim/snapshot  all records, ids and stamps; POST /_orgsim/restore takes them back\n"
    "\n"
    "Exit status: 0 stopped, 1 could not start, 2 wrong usage.\n";

void server_options_help(void)
{
    fputs(help_text, stdout);
    fputs("\nKinds of faults:\n", stdout);
    for (size_t i = 0; i < server_wire_fault_count; i++)
        printf("  %-13s %s\n", server_wire_faults[i].name, server_wire_faults[i].meaning);
    const char *name, *value, *meaning;
    fputs("\nSwitches, each with an example of its value; the value off takes it back:\n", stdout);
    for (size_t i = 0; orgsim_switch_told(i, &name, &value, &meaning); i++)
        printf("  %-21s %s\n  %-21s   %s\n", name, *value ? value : "(empty)", "", meaning);
}

static int number(const char *name, const char *text, long long largest, long long *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *out >= 0 && *out <= largest)
        return 0;
    fprintf(stderr, "crmsync-orgsim: --%s %s: give a number from 0 to %lld\n", name, text, largest);
    return -1;
}

static int latency(server_options *o, const char *text)
{
    o->real_latency = strcmp(text, "real") == 0;
    if (o->real_latency || strcmp(text, "none") == 0)
        return 0;
    fprintf(stderr, "crmsync-orgsim: --latency %s: give real or none\n", text);
    return -1;
}

static int take(server_options *o, int id, const char *value)
{
    long long n = 0;
    int rc = 0;
    switch (id) {
    case OPT_PORT:
        rc = number("port", value, 65535, &n);
        o->port = (uint16_t)n;
        break;
    case OPT_SEED: o->seed_file = value; break;
    case OPT_CLIENT_ID: o->org.client_id = value; break;
    case OPT_CLIENT_SECRET: o->org.client_secret = value; break;
    case OPT_USERNAME: o->org.username = value; break;
    case OPT_PASSWORD: o->org.password = value; break;
    case OPT_JWT_KEY: o->jwt_public_file = value; break;
    case OPT_ROTATE: o->org.rotate_refresh_tokens = true; break;
    case OPT_DAILY_LIMIT:
        rc = number("daily-limit", value, 1000000000, &n);
        o->org.daily_api_limit = n;
        break;
    case OPT_QUERY_PAGE:
        rc = number("query-page", value, 2000, &n);
        o->org.query_page = (uint32_t)n;
        break;
    case OPT_TLS: o->tls = true; break;
    case OPT_CA_OUT: o->ca_out = value; break;
    case OPT_LATENCY: rc = latency(o, value); break;
    case OPT_EXIT_WITH_PARENT: o->exit_with_parent = true; break;
    case OPT_VERBOSE: o->verbose = true; break;
    case OPT_HELP: o->help = true; break;
    default: rc = -1; break; /* getopt has said why */
    }
    return rc;
}

int server_options_parse(server_options *options, int argc, char **argv)
{
    int id;
    memset(options, 0, sizeof *options);
    while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (take(options, id, optarg) != 0) {
            fputs("Try 'crmsync-orgsim --help'.\n", stderr);
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "crmsync-orgsim: unexpected argument '%s'; try --help\n", argv[optind]);
        return -1;
    }
    if (options->ca_out && !options->tls) {
        fputs("crmsync-orgsim: --ca-out needs --tls\n", stderr);
        return -1;
    }
    return 0;
}

char *server_file_read(const char *path, size_t *len)
{
    orgsim_buf buf = {0};
    char piece[16384];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "crmsync-orgsim: %s: %s\n", path, strerror(errno));
        return NULL;
    }
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && buf.len < MAX_FILE)
        orgsim_buf_put(&buf, piece, got);
    bool bad = ferror(file) != 0 || buf.len >= MAX_FILE;
    fclose(file);
    if (bad) {
        fprintf(stderr, "crmsync-orgsim: %s: cannot be read or is too large\n", path);
        orgsim_buf_clear(&buf);
        return NULL;
    }
    *len = buf.len;
    return orgsim_buf_take(&buf);
}
