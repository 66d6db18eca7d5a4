/*
 * What must hold of every decision, tried on random configurations, records and edits.
 *
 *   PROPERTY_ROUNDS=100000 PROPERTY_SEED=7 tests/test_decide_properties
 *
 * Each round has a seed of its own, printed when it fails; PROPERTY_SEED=<it> PROPERTY_ROUNDS=1 is
 * that round again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/decide_world.h"

/* Everything a decision says, but not where it stands in the page. */
static uint64_t digest_of(const crmi_decision *d)
{
    crmi_digest digest;
    uint32_t words[] = {d->crm_op, d->local_op, d->link,  d->outcome,
                        d->reason, d->rule,     d->flags, (uint32_t)d->field_count};
    crmi_digest_init(&digest);
    crmi_digest_part(&digest, (crmsync_str){(const char *)words, sizeof words});
    crmi_digest_part(&digest, d->crm_id);
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        uint32_t said[] = {f->reason, f->base};
        crmi_digest_part(&digest, f->remote);
        crmi_digest_part(&digest, (crmsync_str){(const char *)said, sizeof said});
        crmi_digest_cell(&digest, &f->local_old);
        crmi_digest_cell(&digest, &f->local_new);
        crmi_digest_cell(&digest, &f->crm_old);
        crmi_digest_cell(&digest, &f->crm_new);
    }
    return crmi_digest_end(&digest);
}

static void digests_of(world *w, uint32_t direction, const size_t order[WORLD_PEOPLE],
                       uint64_t out[WORLD_PEOPLE])
{
    crmi_plan plan;
    world_decide(w, direction, order, &plan);
    for (size_t k = 0; k < WORLD_PEOPLE; k++)
        out[world_person_of(w, &plan.items[k])] = digest_of(&plan.items[k]);
    crmi_plan_clear(&plan);
}

static void shuffle(random_source *r, size_t order[WORLD_PEOPLE])
{
    memcpy(order, world_in_order, sizeof world_in_order);
    for (size_t i = WORLD_PEOPLE - 1; i > 0; i--) {
        size_t j = random_below(r, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* ---- the properties ---- */

static void test_decide__is_deterministic_and_knows_no_order_within_a_page(void **state)
{
    (void)state;
    WORLD_SEEDS(seed)
    {
        world w;
        world_make(&w, seed, false, false);
        for (size_t step = 0; step < 3; step++) {
            for (uint32_t way = CRMSYNC_DIRECTION_IN; way <= CRMSYNC_DIRECTION_OUT; way++) {
                uint64_t first[WORLD_PEOPLE], second[WORLD_PEOPLE];
                size_t order[WORLD_PEOPLE];
                shuffle(&w.random, order);
                digests_of(&w, way, world_in_order, first);
                digests_of(&w, way, order, second);
                if (memcmp(first, second, sizeof first) != 0)
                    fail_msg("seed %llu, direction %u: another order, another decision",
                             (unsigned long long)seed, way);
            }
            world_sync(&w);
            world_edit(&w, false);
        }
        world_clear(&w);
    }
}

static void test_decide__a_plan_carried_out_leaves_nothing_to_do(void **state)
{
    (void)state;
    WORLD_SEEDS(seed)
    {
        world w;
        world_make(&w, seed, false, false);
        for (size_t step = 0; step < 4; step++) {
            world_sync(&w);
            size_t again = world_sync(&w);
            if (again)
                fail_msg("seed %llu, step %zu: %zu values written again", (unsigned long long)seed,
                         step, again);
            world_edit(&w, false);
        }
        world_clear(&w);
    }
}

static void test_decide__edits_on_both_sides_converge(void **state)
{
    (void)state;
    WORLD_SEEDS(seed)
    {
        world w;
        world_make(&w, seed, true, true);
        for (size_t step = 0; step < 4; step++) {
            sides before = world_sides(&w);
            world_sync(&w);
            world_expect_converged(&w, &before, seed);
            world_edit(&w, true);
        }
        world_clear(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__is_deterministic_and_knows_no_order_within_a_page),
        cmocka_unit_test(test_decide__a_plan_carried_out_leaves_nothing_to_do),
        cmocka_unit_test(test_decide__edits_on_both_sides_converge),
    };
    return cmocka_run_group_tests(tests, world_open, world_close);
}
