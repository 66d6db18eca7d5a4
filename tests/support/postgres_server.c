#include "postgres_server.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The server refuses to run as root. */
static void become_harmless(void)
{
    struct passwd *user = getpwnam("postgres");

    if (geteuid() != 0)
        return;
    if (!user)
        user = getpwnam("nobody");
    if (!user || setgid(user->pw_gid) || setuid(user->pw_uid))
        _exit(90);
}

static int run(const char *const argv[])
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        become_harmless();
        if (chdir("/") || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "r", stdin))
            _exit(91);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(92);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void must(int code, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "postgres_server: %s failed (%d)\n", what, code);
    exit(2);
}

static void program(const char *name, char out[256])
{
    const char *folder = getenv("POSTGRES_BIN");
    snprintf(out, 256, "%s/%s", folder ? folder : "", name);
}

static void pg_ctl(postgres_server *s, const char *what, const char *mode)
{
    char path[256], data[96], log[96], options[256];

    program("pg_ctl", path);
    snprintf(data, sizeof data, "%s/data", s->folder);
    snprintf(log, sizeof log, "%s/log", s->folder);
    snprintf(options, sizeof options, "-c listen_addresses='' -c unix_socket_directories='%s'",
             s->folder);
    if (strcmp(what, "start") == 0)
        must(run((const char *[]){path, what, "-D", data, "-l", log, "-o", options, "-w", NULL}), what);
    else
        must(run((const char *[]){path, what, "-D", data, "-m", mode, "-w", NULL}), what);
}

static void give_away(const char *folder)
{
    const struct passwd *user = getpwnam("postgres");

    if (geteuid() != 0)
        return;
    user = user ? user : getpwnam("nobody");
    if (user)
        must(chown(folder, user->pw_uid, user->pw_gid), "chown");
}

bool postgres_start(postgres_server *s)
{
    char path[256], data[96];

    memset(s, 0, sizeof *s);
    program("initdb", path);
    if (!getenv("POSTGRES_BIN") || access(path, X_OK) != 0)
        return false;
    strcpy(s->folder, "/tmp/crmsync-pg-XXXXXX");
    must(mkdtemp(s->folder) ? 0 : 1, "mkdtemp");
    give_away(s->folder);
    snprintf(data, sizeof data, "%s/data", s->folder);
    must(run((const char *[]){path, "-D", data, "-A", "trust", "-U", "crmsync", "-E", "UTF8", "--no-locale",
                        "-N", NULL}), "initdb");
    snprintf(s->conninfo, sizeof s->conninfo, "host=%s user=crmsync dbname=postgres", s->folder);
    postgres_resume(s);
    return true;
}

void postgres_halt(postgres_server *s)
{
    pg_ctl(s, "stop", "immediate");
    s->running = false;
}

void postgres_resume(postgres_server *s)
{
    pg_ctl(s, "start", NULL);
    s->running = true;
}

void postgres_restart(postgres_server *s)
{
    pg_ctl(s, "stop", "fast");
    postgres_resume(s);
}

void postgres_stop(postgres_server *s)
{
    if (s->running)
        postgres_halt(s);
    if (s->folder[0])
        run((const char *[]){"/bin/rm", "-rf", s->folder, NULL});
    s->folder[0] = '\0';
}
