/*
 * scene.h: what outlives a process: an org, the time, the stores and what a human did in them.
 * Hosts (host.h) come, work, die and come again on it.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include <stdbool.h>

#include <crmsync/config.h>
#include <crmsync/env.h>
#include <crmsync/operations.h>
#include <crmsync/records.h>
#include <crmsync/state.h>

#include "orgsim.h"

#define SCENE_WORKSPACE "w"
#define SCENE_START_MS INT64_C(1769000000000)

/* Memory that is counted, and refused from the outside. */
typedef struct counted_memory {
    uint64_t requests;
    uint64_t fail_at; /* number of the request that is refused; 0 = none */
    size_t held, blocks;
} counted_memory;

typedef struct scene {
    orgsim *org;
    orgsim_clock clock;
    orgsim_transport *transport;
    const struct store_kind *stores;
    void *store; /* the one that people's hands use; a process opens its own */
    char *path;  /* the SQLite file that holds them, if one does */
    int64_t skew_ms;        /* how far the host's wall clock is off */
    uint64_t random;
    counted_memory counted;
    crmsync_alloc alloc;
    crmsync_config *config;
    bool verbose;
    /* Called with whatever a person could read: log lines, traces, errors. NULL = nobody listens. */
    void (*hear)(void *ctx, const char *what, crmsync_str text);
    void *hear_ctx;
    bool own_org; /* it ends with this scene */
    crmsync_plan *plan; /* what jobs of the apply phase carry out */
} scene;

/* `durable`: stores in an SQLite file, or where scene_database() says. `config`: JSON; NULL =
 * scene_config. */
void scene_open(scene *s, bool durable, const char *config);
/* Durable stores of the scenes to come lie in a PostgreSQL database; one scene at a time. */
void scene_database(const char *conninfo);
/* The same with an org of one's own making. */
void scene_open_org(scene *s, const orgsim_options *org, bool durable, const char *config);
/* Another product's stores in memory, beside `other`, on the same org; closed before it. Time passes in
 * both, one after the other. */
void scene_open_beside(scene *s, const scene *other, const char *config);
/* Another configuration for the processes that come. */
void scene_configure(scene *s, const char *config);
void scene_close(scene *s);

extern const char scene_config[];
/* Member of a configuration that connects to the scene's org. */
#define SCENE_CONNECTION                                                                           \
    "\"connection\":{\"client_id\":\"orgsim-client\",\"redirect_uri\":\"http://127.0.0.1:9/cb\","  \
    "\"login_host\":\"http://127.0.0.1\",\"allow_loopback_http\":true}"

/* The org's records, as orgsim_seed() takes them. */
void scene_seed(scene *s, const char *json);
/* The host's user writes records (JSON lines) or takes one away. */
void scene_put(scene *s, const char *kind, const char *jsonl);
void scene_remove(scene *s, const char *kind, const char *id);
/* One field of a record of the host; "" when it is not there. Valid until the next call. */
const char *scene_get(scene *s, const char *kind, const char *id, const char *field);
/* `field` as text of the one record of the host whose `by` is `value`; "(none)", "(several)". Valid
 * until the next call. */
const char *scene_value(scene *s, const char *kind, const char *by, const char *value,
                        const char *field);
size_t scene_count(scene *s, const char *kind);
void scene_pass(scene *s, uint64_t ms);

/* Fifty people of all sorts, their companies and activities, and what the org knows of them. */
void scene_fill(scene *s);

/* The plan that takes a run back, for jobs of the apply phase. */
void scene_keep_undo(scene *s, crmsync_workspace *workspace, const char *run);

/* Everything of both sides, without ids, revisions and times. Freed by the caller. */
char *scene_dump(scene *s);
/* Entries of a space of the state store whose keys begin with `prefix`. */
size_t scene_entries(scene *s, uint32_t space, const char *prefix);
/* Those of any key whose value holds a text. */
size_t scene_mentions(scene *s, uint32_t space, const char *text);
/* Calls for each entry of a space; the item is valid in the call. */
typedef void (*scene_entry_fn)(void *ctx, const crmsync_kv_item *item);
void scene_each(scene *s, uint32_t space, scene_entry_fn each, void *ctx);
/* Puts a record into the queue of a partition. */
void scene_queue(scene *s, const char *part, const char *kind, const char *id);
/* Prints the entries of a space, for a test that fails. */
void scene_print(scene *s, uint32_t space);
/* Living rows of the org that SOQL's WHERE text selects. */
long scene_rows(scene *s, const char *object, const char *where);
/* How often a key occurs twice in the org: people by address, accounts by website's host, tasks by
 * subject and person. 0 = no duplicates. */
size_t scene_duplicates(scene *s);

/* The stores' tables and context, as a process of its own opens them. */
const crmsync_state_ops *scene_state_ops(const scene *s);
const crmsync_record_ops *scene_record_ops(const scene *s);
void *scene_store_open(scene *s);
void scene_store_close(scene *s, void *store);

#endif
