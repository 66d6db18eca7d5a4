/*
 * sweep_scenes.h: what the convergence sweep repeats: runs over every flow, each from a state of both
 * sides that its preparation makes.
 */
#ifndef TESTS_SWEEP_SCENES_H
#define TESTS_SWEEP_SCENES_H

#include "host.h"

#define SWEEP_ROUNDS 16

typedef struct scenario {
    const char *name;
    uint32_t phases;
    void (*prepare)(scene *s, host *h); /* after the stores are filled and the org is connected */
    const char *config[4][2]; /* the scene's, with each second text after each first one */
    const char *external_ids; /* objects that have one */
    bool small_pages; /* of the org's answers */
} scenario;


extern const scenario sweep_scenarios[];
extern const size_t sweep_scenario_count;

/* Ends the test program when there is none of the name. */
const scenario *scenario_named(const char *name);
/* Opens a scene and a host that is connected, and prepares both sides. */
void scenario_begin(scene *s, host *h, const scenario *sc, bool sqlite);

#endif
