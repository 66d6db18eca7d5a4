/*
 * host.h: one process of a host on a scene: an engine over the scene's stores and transport, whose
 * hooks can fail (hooks.h).
 */
#ifndef TESTS_HOST_H
#define TESTS_HOST_H

#include <crmsync/crmsync.h>

#include <pthread.h>

#include "hooks.h"
#include "scene.h"

typedef struct host {
    scene *scene;
    hooks hooks;
    void *store;
    orgsim_transport *own_transport; /* of a second worker, whose exchanges are its own */
    crmsync_engine *engine;
    crmsync_workspace *workspace;
    uint64_t miscounted; /* jobs whose report did not add up */
    char last_error[300];
    char last_remedy[300];
    uint64_t retry_after_ms;
    pthread_mutex_t *turn; /* several threads share the scene: its clock and randomness in turn */
} host;

/* Starts a process. `second`: beside another one, over a transport of its own. */
void host_start(host *h, scene *s, bool second);
/* Opens the engine and the workspace; a result other than OK comes from a fault. */
int32_t host_open(host *h);
/* Ends the process: after a death nothing of it reaches the stores or the network. */
void host_stop(host *h);

/* Connects by OAuth, the simulated org's user allows it. */
void host_connect(host *h);
/* Runs a job to its end; its report must add up. */
int32_t host_run(host *h, uint32_t phases, uint32_t flags);
/* The same on a job the caller made and frees. */
int32_t host_job(host *h, uint32_t phases, uint32_t flags, crmsync_job **job);
/* Does the report of a job add up? Prints where it does not. */
bool host_adds_up(const crmsync_job *job);
/* One counter of a job. */
uint64_t host_counter(const crmsync_job *job, const char *key);

/*
 * What the host's scheduler would do: run jobs, with time between them, until two write nothing and
 * nothing is unknown, queued or claimed. Returns the number of jobs, 0 = not at rest within `most`.
 */
unsigned host_rest(host *h, uint32_t phases, unsigned most);

#endif
