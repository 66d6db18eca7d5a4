/*
 * What must hold of every configuration, tried on random ones.
 *
 *   PROPERTY_ROUNDS=100000 PROPERTY_SEED=7 tests/test_config_properties
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "model/config_table.h"
#include "unit/decide_world.h"

static void random_member(random_source *r, crmi_buf *b, const crmi_member *m);

/* Members that the table alone can make up; each is left out as often as not. */
static void random_group(random_source *r, crmi_buf *b, const crmi_group *group)
{
    bool comma = false;
    crmi_buf_char(b, '{');
    for (size_t i = 0; i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        bool made_up = m->kind == CRMI_MEMBER_WORD || m->kind == CRMI_MEMBER_SWITCH ||
                       m->kind == CRMI_MEMBER_BOOL || m->kind == CRMI_MEMBER_NUMBER ||
                       m->kind == CRMI_MEMBER_WORDS || m->kind == CRMI_MEMBER_SET ||
                       m->kind == CRMI_MEMBER_GROUP;
        if (!made_up || random_below(r, 2))
            continue;
        crmi_buf_fmt(b, "%s\"%s\":", comma ? "," : "", m->name);
        random_member(r, b, m);
        comma = true;
    }
    crmi_buf_char(b, '}');
}

static void random_words(random_source *r, crmi_buf *b, const char *const *words)
{
    size_t n = crmi_words_count(words);
    bool comma = false;
    crmi_buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (random_below(r, 2))
            continue;
        crmi_buf_fmt(b, "%s\"%s\"", comma ? "," : "", words[i]);
        comma = true;
    }
    crmi_buf_char(b, ']');
}

static void random_member(random_source *r, crmi_buf *b, const crmi_member *m)
{
    switch (m->kind) {
    case CRMI_MEMBER_GROUP: random_group(r, b, m->group); break;
    case CRMI_MEMBER_BOOL: crmi_buf_lit(b, random_below(r, 2) ? "true" : "false"); break;
    case CRMI_MEMBER_NUMBER: crmi_buf_u64(b, random_below(r, (size_t)m->max + 1)); break;
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET: random_words(r, b, m->words); break;
    default:
        crmi_buf_fmt(b, "\"%s\"", m->words[random_below(r, crmi_words_count(m->words))]);
        break;
    }
}

static void expect_same_again(crmsync_config *config, uint64_t seed)
{
    crmsync_config *again = NULL;
    crmsync_error *err = NULL;
    if (crmsync_config_parse(NULL, crmsync_config_dump(config), &again, &err))
        fail_msg("seed %llu: the dump is refused: %s at %s", (unsigned long long)seed,
                 crmsync_error_message(err).ptr, crmsync_error_where(err).ptr);
    if (!crmi_str_eq(crmsync_config_dump(config), crmsync_config_dump(again)) ||
        crmsync_config_digest(config) != crmsync_config_digest(again))
        fail_msg("seed %llu: %s\nand again %s", (unsigned long long)seed,
                 crmsync_config_dump(config).ptr, crmsync_config_dump(again).ptr);
    crmsync_config_free(again);
}

static void test_config__parsing_a_dump_gives_an_equal_configuration(void **state)
{
    size_t accepted = 0;
    (void)state;
    WORLD_SEEDS(seed)
    {
        random_source r = {seed};
        crmsync_config *config = world_config(&r, false);
        crmi_buf b;
        expect_same_again(config, seed);
        crmsync_config_free(config);
        config = NULL;
        crmi_buf_init(&b, &world_alloc);
        random_group(&r, &b, &crmi_config_group);
        if (!crmsync_config_parse(NULL, crmi_buf_str(&b), &config, NULL)) {
            expect_same_again(config, seed);
            accepted++;
        }
        crmsync_config_free(config);
        crmi_buf_clear(&b);
    }
    if (random_setting("PROPERTY_ROUNDS", WORLD_ROUNDS) >= WORLD_ROUNDS)
        assert_true(accepted > WORLD_ROUNDS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config__parsing_a_dump_gives_an_equal_configuration),
    };
    return cmocka_run_group_tests(tests, world_open, world_close);
}
