#include "postgres_server.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

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

/* Becomes a program that shares nothing with the test but its end. */
static void become(const char *const argv[], const char *log)
{
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

    become_harmless();
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGQUIT); /* a test that is killed leaves no server */
#endif
    if (chdir("/") || out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        !freopen("/dev/null", "r", stdin))
        _exit(91);
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(92);
}

static pid_t begin(const char *const argv[], const char *log)
{
    pid_t child = fork();

    if (child == 0)
        become(argv, log);
    return child;
}

static int end(pid_t child)
{
    int status = 0;

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
    must(end(begin((const char *[]){path, "-D", data, "-A", "trust", "-U", "crmsync", "-E", "UTF8",
                                    "--no-locale", "-N", NULL}, "/dev/null")), "initdb");
    snprintf(s->conninfo, sizeof s->conninfo, "host=%s user=crmsync dbname=postgres", s->folder);
    postgres_resume(s);
    return true;
}

static void stop(postgres_server *s, int how)
{
    if (!s->running)
        return;
    kill(s->process, how);
    end(s->process);
    s->running = false;
}

void postgres_halt(postgres_server *s)
{
    stop(s, SIGQUIT);
}

void postgres_resume(postgres_server *s)
{
    struct timespec pause = {0, 20000000};
    char path[256], data[96], log[96];

    program("postgres", path);
    snprintf(data, sizeof data, "%s/data", s->folder);
    snprintf(log, sizeof log, "%s/log", s->folder);
    s->process = begin((const char *[]){path, "-D", data, "-h", "", "-k", s->folder, NULL}, log);
    for (int i = 0; i < 3000 && PQping(s->conninfo) != PQPING_OK; i++) {
        must(waitpid(s->process, NULL, WNOHANG), "postgres");
        nanosleep(&pause, NULL);
    }
    must(PQping(s->conninfo) != PQPING_OK, "waiting for postgres");
    s->running = true;
}

void postgres_restart(postgres_server *s)
{
    stop(s, SIGINT);
    postgres_resume(s);
}

void postgres_stop(postgres_server *s)
{
    stop(s, SIGQUIT);
    if (s->folder[0])
        end(begin((const char *[]){"/bin/rm", "-rf", s->folder, NULL}, "/dev/null"));
    s->folder[0] = '\0';
}
