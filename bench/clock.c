#include "clock.h"

#include <time.h>

#define ENOUGH_NS 1e9
#define ROUNDS    5

double bench_now_ns(void)
{
    return (double)clock() * (1e9 / CLOCKS_PER_SEC);
}

double bench_best_ns(bench_work work, void *ctx)
{
    double best = -1, spent = 0;
    for (int round = 0; round < ROUNDS || spent < ENOUGH_NS; round++) {
        double start = bench_now_ns();
        if (!work(ctx))
            return -1;
        double took = bench_now_ns() - start;
        spent += took > 0 ? took : 1;
        if (best < 0 || took < best)
            best = took;
    }
    return best;
}
