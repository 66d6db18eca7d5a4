/*
 * hooks.h: hook tables around other tables that number every call and, at one of them, fail in one
 * way. A process dies by failing every call from there on.
 */
#ifndef TESTS_HOOKS_H
#define TESTS_HOOKS_H

#include <stdbool.h>

#include <crmsync/engine.h>

#include "orgsim.h"

/* What a call is. Polling is none: it only waits. */
enum {
    HOOK_GET, HOOK_SCAN, HOOK_COMMIT, HOOK_CLEAR,       /* state */
    HOOK_LOAD, HOOK_FIND, HOOK_SAVE, HOOK_CHANGED,      /* records */
    HOOK_START,                                         /* transport */
    HOOK_LAST
};

/* How a call goes wrong. */
enum {
    FAULT_NONE,
    FAULT_FAIL,            /* an error, nothing done: all but transport */
    FAULT_FAIL_AFTER,      /* save: an error, all of it done */
    FAULT_CONFLICT,        /* commit, save: as if somebody else were faster */
    FAULT_UNKNOWN_APPLIED, /* commit: the answer is lost */
    FAULT_UNKNOWN_LOST,    /* commit: the answer is lost and so is the change */
    FAULT_REFUSED,         /* save: the host does not want these values */
    FAULT_DEATH_BEFORE,    /* the process ends before the call */
    FAULT_DEATH_AFTER,     /* the process ends with the call done and nobody told */
    FAULT_CLOCK_BACK,      /* the host's wall clock is an hour earlier from here on */
    FAULT_HTTP,            /* + orgsim fault kind: what the transport meets */
    FAULT_LAST = FAULT_HTTP + ORGSIM_FAULT_LAST
};

#define HOOK_SITE_MAX 120

typedef struct hook_call {
    int what;
    char site[HOOK_SITE_MAX]; /* what it is about: spaces written, kind, path */
} hook_call;

typedef struct hooks {
    /* the tables behind */
    const crmsync_state_ops *state;
    void *state_ctx;
    const crmsync_record_ops *records;
    void *records_ctx;
    const crmsync_transport_ops *transport;
    void *transport_ctx;
    orgsim_transport *sim; /* NULL = no transport faults */
    int64_t *skew_ms;

    bool counting;   /* calls are numbered */
    uint64_t calls;
    uint64_t at;     /* the call that fails; 0 = none */
    const char *at_site; /* or the first call whose site begins so, of kind `at_what`; NULL = none */
    int at_what;
    int fault;
    bool dead;
    bool hit;        /* the fault was met */
    hook_call *log;  /* NULL = not kept */
    size_t log_cap;

    /* Called at each call, before or after its effect. */
    void (*on_call)(void *ctx, const hook_call *call, bool after);
    void *on_call_ctx;
} hooks;

/* The tables to give to an engine; their context is the hooks. */
crmsync_state_ops hooks_state_ops(const hooks *h);
crmsync_record_ops hooks_record_ops(const hooks *h);
crmsync_transport_ops hooks_transport_ops(const hooks *h);

/* Can this kind of call go wrong in this way? */
bool hook_fault_applies(int what, int fault);
const char *hook_fault_name(int fault);
const char *hook_name(int what);

#endif
