/* Plans as cases of tests/vectors/plan/, and what tests of plans write into. */
#ifndef TESTS_PLAN_CASE_H
#define TESTS_PLAN_CASE_H

#include <crmsync/plan.h>

#include "unit/vector_file.h"

/* A crmsync_write_fn into a crmi_buf, and one that refuses with CRMSYNC_E_CALLBACK. */
int32_t plan_collect(void *ctx, crmsync_str text);
int32_t plan_refuse(void *ctx, crmsync_str text);

/* The plan that a case holds as JSON; `alloc` NULL = libc. */
crmsync_plan *plan_case_read(const crmsync_alloc *alloc, yyjson_val *json);

/* Runs each case of a file; `run` gives the number of things that are wrong. At least `least` of
 * them there must be. */
void plan_cases_run(const char *file, int (*run)(yyjson_val *json), size_t least);

#endif
