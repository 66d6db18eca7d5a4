/*
 * A PostgreSQL server of a test's own: in a temporary folder, on a socket there, as a user that is
 * not root. POSTGRES_BIN names the folder of its programs (initdb, postgres); set by the build.
 */
#ifndef TESTS_POSTGRES_SERVER_H
#define TESTS_POSTGRES_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct postgres_server {
    char folder[64];
    char conninfo[160];
    pid_t process;
    bool running;
} postgres_server;

/* false = there are no programs of a server here: skip. A server that does not start ends the
 * program, loudly. */
bool postgres_start(postgres_server *s);
void postgres_stop(postgres_server *s);    /* and drops the folder */
void postgres_restart(postgres_server *s); /* every connection breaks */
void postgres_halt(postgres_server *s);    /* stops it in the middle of what it does */
void postgres_resume(postgres_server *s);

#endif
