/*
 * decide_world.h: linked people at the host and in the CRM, with random values of all types, random
 * edits of both, and a sync that carries out what is decided.
 */
#ifndef TESTS_DECIDE_WORLD_H
#define TESTS_DECIDE_WORLD_H

#include "decide/decide.h"
#include "unit/random.h"

#define WORLD_NOW_MS INT64_C(1795000000000)
enum { WORLD_PEOPLE = 6, WORLD_FIELDS = 10, WORLD_ROUNDS = 300 };

/* For each seed that the environment asks for. */
#define WORLD_SEEDS(seed)                                                                          \
    for (uint64_t seed = random_setting("PROPERTY_SEED", 1),                                       \
                  last_ = seed + random_setting("PROPERTY_ROUNDS", WORLD_ROUNDS);                  \
         seed < last_; seed++)

typedef struct world {
    random_source random;
    crmsync_config *config;
    crmi_arena arena;
    const crmi_object *object;
    crmi_link links[WORLD_PEOPLE];
    crmsync_rows *people, *contacts;
    size_t writes;                /* of the last sync, on either side */
    bool edited[2][WORLD_PEOPLE][WORLD_FIELDS]; /* by the last edits: at the host, in the CRM */
    crmi_decide_env env;
} world;

/* What both sides hold; texts stay in the rows' memory. */
typedef struct sides {
    crmsync_cell value[2][WORLD_PEOPLE][WORLD_FIELDS];
} sides;

extern crmsync_alloc world_alloc;
extern const size_t world_in_order[WORLD_PEOPLE];

/* Set-up and tear-down of a group of tests. */
int world_open(void **state);
int world_close(void **state);

crmsync_config *world_config(random_source *r, bool two_way);
/* `plain`: only values that both sides can hold as they are. */
void world_make(world *w, uint64_t seed, bool two_way, bool plain);
void world_clear(world *w);
void world_edit(world *w, bool plain);
/* Decides over the people in the given order. */
void world_decide(world *w, uint32_t direction, const size_t order[WORLD_PEOPLE], crmi_plan *plan);
size_t world_person_of(const world *w, const crmi_decision *d);
/* One import and one export; the number of values written. */
size_t world_sync(world *w);
sides world_sides(const world *w);
/* Both sides hold the same, and where one alone was edited, that edit. */
void world_expect_converged(const world *w, const sides *before, uint64_t seed);

#endif
