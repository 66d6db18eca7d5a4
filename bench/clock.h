/* What a piece of work costs: the processor's time, ours and the kernel's for us, of the best of many
 * rounds, so that what else runs here counts least. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdbool.h>

/* One round of the work; false = it failed, and the figure would be worth nothing. */
typedef bool (*bench_work)(void *ctx);

/* Nanoseconds of the processor so far; only differences mean anything. */
double bench_now_ns(void);
/* Nanoseconds of the fastest round within about a second, at least 5 of them; negative = failed. */
double bench_best_ns(bench_work work, void *ctx);

#endif
