/*
 * crmsync-sync: a host on the command line. It keeps people, companies and activities in an SQLite
 * file and brings them into line with a Salesforce org.
 *
 * Read sync/host.c first (how the hooks are put together), then sync/job.c (how a job is driven).
 */
#include "sync/sync.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help_head[] =
    "usage: crmsync-sync [OPTIONS] COMMAND [...]\n"
    "\n"
    "Brings the people and companies in an SQLite file and a Salesforce org into line.\n"
    "\n"
    "commands (crmsync-sync COMMAND --help tells more):\n";
static const char help_tail[] =
    "\n"
    "options:\n"
    "  --db FILE          the SQLite file, made when it is missing           (crmsync.db)\n"
    "  --config FILE      the configuration, see docs/configuration.md       (crmsync.json)\n"
    "  --workspace NAME   which of the tenants in the file                   (main)\n"
    "  --key-file FILE    32 bytes that seal the tokens in the file; made, readable by you\n"
    "                     alone, when it is missing                  (FILE of --db and .key)\n"
    "  --ca FILE          PEM file of the certificates to trust              (the system's)\n"
    "  --report FILE      add the counters of each run to FILE, a JSON line a run\n"
    "  --color WHEN       auto, always or never                              (auto)\n"
    "  --verbose          what the library logs, on standard error\n"
    "  --help             this text\n"
    "\n"
    "exit codes:\n"
    "  0  everything is in line\n"
    "  1  some records were held or failed, or are in doubt; the others are in line\n"
    "  2  wrong call                         6  the configuration is not valid\n"
    "  3  not connected: authorize (anew)    7  interrupted; the next run goes on from there\n"
    "  4  the network failed                 8  stopped by Salesforce, budget or breaker\n"
    "  5  the SQLite file failed             9  nothing is known of that record\n"
    "                                       10  anything else\n";

/* What a command needs to be open before it runs. */
enum { NOTHING, STORE, ENGINE };

static const struct command {
    const char *name;
    int needs;
    int (*run)(host *h, int argc, char **argv);
    const char *summary;
} commands[] = {
    {"load", STORE, command_load, "read people, companies and activities into the SQLite file"},
    {"edit", STORE, command_edit, "change fields of a record, as its user would"},
    {"activity", STORE, command_activity, "add e-mails, calls, meetings, notes and tasks"},
    {"connect", ENGINE, command_connect, "authorize with Salesforce (OAuth, PKCE)"},
    {"preflight", ENGINE, command_preflight, "is the org fit for what is configured?"},
    {"import", ENGINE, command_import, "read users, accounts, contacts, leads, opportunities"},
    {"plan", ENGINE, command_plan, "show what an export would do, and why; write nothing"},
    {"apply", ENGINE, command_apply, "export people, companies and activities"},
    {"sync", ENGINE, command_sync, "both ways: import, export, activities"},
    {"log", ENGINE, command_log, "what was done, field by field"},
    {"explain", ENGINE, command_explain, "everything known of one record"},
    {"report", NOTHING, command_report, "add up the runs in a --report file"},
    {"disconnect", ENGINE, command_disconnect, "revoke the tokens"},
};

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
}

bool interrupted(void)
{
    return signalled != 0;
}

/* The first Ctrl-C ends the job cleanly, the second one the process. */
static void watch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

static void print_help(FILE *out)
{
    fputs(help_head, out);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fputs(help_tail, out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

/* -1 = go on, else the exit code. */
static int parse_options(int argc, char **argv, settings *o)
{
    static const struct option names[] = {{"db", required_argument, NULL, 'd'},
                                          {"config", required_argument, NULL, 'c'},
                                          {"workspace", required_argument, NULL, 'w'},
                                          {"ca", required_argument, NULL, 'a'},
                                          {"key-file", required_argument, NULL, 'k'},
                                          {"report", required_argument, NULL, 'r'},
                                          {"color", required_argument, NULL, 'C'},
                                          {"verbose", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    const char *colour = "auto";
    int c;
    while ((c = getopt_long(argc, argv, "+h", names, NULL)) != -1) {
        switch (c) {
        case 'd': o->db = optarg; break;
        case 'c': o->config = optarg; break;
        case 'w': o->workspace = optarg; break;
        case 'a': o->ca_file = optarg; break;
        case 'k': o->key_file = optarg; break;
        case 'r': o->report = optarg; break;
        case 'C': colour = optarg; break;
        case 'v': o->verbose = true; break;
        case 'h': print_help(stdout); return EXIT_FINE;
        default: fputs("Try 'crmsync-sync --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    const char *term = getenv("TERM");
    o->terminal = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
    o->colour = strcmp(colour, "always") == 0 ||
                (strcmp(colour, "auto") == 0 && o->terminal && !getenv("NO_COLOR"));
    if (o->colour || strcmp(colour, "auto") == 0 || strcmp(colour, "never") == 0)
        return -1;
    fprintf(stderr, "crmsync-sync: --color %s: give auto, always or never\n", colour);
    return EXIT_USAGE;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    settings o = {.db = "crmsync.db", .config = "crmsync.json", .workspace = "main"};
    int code = parse_options(argc, argv, &o);
    if (code >= 0)
        return code;
    const struct command *command = optind < argc ? find_command(argv[optind]) : NULL;
    if (!command) {
        if (optind < argc)
            fprintf(stderr, "crmsync-sync: no command is called '%s'\n", argv[optind]);
        print_help(stderr);
        return EXIT_USAGE;
    }
    argc -= optind;
    argv += optind;
    optind = 0; /* the command reads options of its own */
    int needs = asks_help(argc, argv) ? NOTHING : command->needs;
    host h;
    memset(&h, 0, sizeof h);
    h.settings = &o;
    watch_signals();
    code = needs == NOTHING ? EXIT_FINE : host_open(&h, &o, needs == ENGINE);
    if (code == EXIT_FINE)
        code = command->run(&h, argc, argv);
    host_close(&h);
    if (fflush(stdout) != 0)
        code = EXIT_OTHER;
    return code;
}
