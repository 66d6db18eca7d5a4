/* The POSIX environment: clocks, random bytes, keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/adapters/posix.h>

#include "base/sinks.h"

static const char key[] = "0123456789abcdef0123456789abcdef";
static const char old_key[] = "fedcba9876543210fedcba9876543210";

struct taken {
    struct crmsync_bytes_sink sink;
    char bytes[80];
    size_t len;
};

static int32_t take(crmsync_bytes_sink *sink, crmsync_str bytes)
{
    struct taken *t = (struct taken *)sink;

    assert_true(bytes.len < sizeof t->bytes);
    memcpy(t->bytes, bytes.ptr, bytes.len);
    t->len = bytes.len;
    return CRMSYNC_OK;
}

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

static void test_clocks_and_random__give_what_the_machine_has(void **state)
{
    const crmsync_env_ops *ops = crmsync_posix_env_ops();
    crmsync_posix_env *env;
    unsigned char bytes[600] = {0};
    size_t zeros = 0;
    uint64_t before;

    (void)state;
    assert_int_equal(crmsync_posix_env_new(NULL, NULL, &env, NULL), CRMSYNC_OK);
    assert_true(ops->wall_ms(env) > INT64_C(1700000000000));
    before = ops->mono_ms(env);
    assert_true(ops->mono_ms(env) >= before);
    assert_int_equal(ops->random(env, bytes, sizeof bytes, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < sizeof bytes; i++)
        zeros += bytes[i] == 0;
    assert_true(zeros < 60); /* by chance about 2 of 600 */
    crmsync_posix_env_free(env);
}

static void test_seal_key__current_and_old_by_id(void **state)
{
    const crmsync_env_ops *ops = crmsync_posix_env_ops();
    crmsync_posix_options options = CRMSYNC_POSIX_OPTIONS_INIT;
    struct taken bytes = {{take}, {0}, 0};
    struct taken id = {{take}, {0}, 0};
    crmsync_posix_env *env;
    crmsync_error *err = NULL;

    (void)state;
    options.seal_key = str(key);
    options.key_id = str("2026");
    options.old_seal_key = str(old_key);
    options.old_key_id = str("2025");
    assert_int_equal(crmsync_posix_env_new(NULL, &options, &env, NULL), CRMSYNC_OK);
    assert_int_equal(ops->seal_key(env, str("w"), str(""), &bytes.sink, &id.sink, NULL), 0);
    assert_memory_equal(bytes.bytes, key, 32);
    assert_int_equal(id.len, 4);
    assert_memory_equal(id.bytes, "2026", 4);
    assert_int_equal(ops->seal_key(env, str("w"), str("2025"), &bytes.sink, &id.sink, NULL), 0);
    assert_memory_equal(bytes.bytes, old_key, 32);
    assert_int_equal(ops->seal_key(env, str("w"), str("1999"), &bytes.sink, &id.sink, &err),
                     CRMSYNC_E_CALLBACK);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "1999"));
    crmsync_error_free(err);
    crmsync_posix_env_free(env);
}

static void test_env_new__a_key_of_another_size_is_refused(void **state)
{
    crmsync_posix_options options = CRMSYNC_POSIX_OPTIONS_INIT;
    crmsync_posix_env *env;

    (void)state;
    options.seal_key = str("short");
    assert_int_equal(crmsync_posix_env_new(NULL, &options, &env, NULL), CRMSYNC_E_INVALID);
    assert_null(env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks_and_random__give_what_the_machine_has),
        cmocka_unit_test(test_seal_key__current_and_old_by_id),
        cmocka_unit_test(test_env_new__a_key_of_another_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
