/* Programs that were compiled against an older or a newer header: what the library does with structs
 * that are shorter or longer than its own. docs/abi.md tells the rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <crmsync/adapters/memory.h>
#include <crmsync/adapters/posix.h>
#include <crmsync/crmsync.h>

/* A struct as a later version might have it. */
#define LATER(type)    \
    struct {           \
        type known;    \
        uint64_t more; \
    }

/* One host, its tables in their later form; nothing beyond is set. */
typedef struct host {
    crmsync_memory *memory;
    crmsync_posix_env *env;
    crmsync_sync_transport *transport;
    LATER(crmsync_env_ops) env_ops;
    LATER(crmsync_state_ops) state_ops;
    LATER(crmsync_record_ops) record_ops;
    LATER(crmsync_transport_ops) transport_ops;
    LATER(crmsync_engine_options) options;
} host;

static int destroyed;

static void count_destroy(void *ctx)
{
    (void)ctx;
    destroyed++;
}

static int32_t never_send(void *ctx, const crmsync_http_request *request,
                          crmsync_http_reply *reply, crmsync_error **err)
{
    (void)ctx;
    (void)request;
    (void)reply;
    (void)err;
    return CRMSYNC_HTTP_NOT_SENT;
}

static void make_host(host *h)
{
    memset(h, 0, sizeof *h);
    assert_int_equal(crmsync_memory_new(NULL, NULL, &h->memory, NULL), 0);
    assert_int_equal(crmsync_posix_env_new(NULL, NULL, &h->env, NULL), 0);
    crmsync_sync_transport_options never = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    never.send = never_send;
    assert_int_equal(crmsync_sync_transport_new(&never, &h->transport, NULL), 0);
    h->env_ops.known = *crmsync_posix_env_ops();
    h->state_ops.known = *crmsync_memory_state_ops();
    h->record_ops.known = *crmsync_memory_record_ops();
    h->transport_ops.known = *crmsync_sync_transport_ops();
    h->transport_ops.known.destroy = NULL;
    h->env_ops.known.struct_size = sizeof h->env_ops;
    h->state_ops.known.struct_size = sizeof h->state_ops;
    h->record_ops.known.struct_size = sizeof h->record_ops;
    h->transport_ops.known.struct_size = sizeof h->transport_ops;
    crmsync_engine_options *o = &h->options.known;
    o->struct_size = sizeof h->options;
    o->env = &h->env_ops.known;
    o->env_ctx = h->env;
    o->state = &h->state_ops.known;
    o->state_ctx = h->memory;
    o->records = &h->record_ops.known;
    o->records_ctx = h->memory;
    o->transport = &h->transport_ops.known;
    o->transport_ctx = h->transport;
}

static void drop_host(host *h)
{
    crmsync_sync_transport_free(h->transport);
    crmsync_posix_env_free(h->env);
    crmsync_memory_free(h->memory);
}

static int32_t try_engine(const host *h)
{
    crmsync_engine *engine = NULL;
    int32_t rc = crmsync_engine_new(&h->options.known, &engine, NULL);
    assert_true((rc == CRMSYNC_OK) == (engine != NULL));
    crmsync_engine_free(engine);
    return rc;
}

static void test_engine__longer_structs_with_nothing_set_beyond_are_taken(void **state)
{
    host h;
    (void)state;
    make_host(&h);
    assert_int_equal(try_engine(&h), CRMSYNC_OK);
    drop_host(&h);
}

static void test_engine__longer_structs_with_something_set_beyond_are_refused(void **state)
{
    host h;
    (void)state;
    make_host(&h);
    uint64_t *beyond[] = {&h.options.more, &h.env_ops.more, &h.state_ops.more, &h.record_ops.more,
                          &h.transport_ops.more};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        *beyond[i] = UINT64_C(1) << 56; /* whichever byte it is */
        assert_int_equal(try_engine(&h), CRMSYNC_E_UNSUPPORTED);
        *beyond[i] = 0;
    }
    drop_host(&h);
}

static void test_engine__shorter_structs_are_read_no_further_than_they_go(void **state)
{
    host h;
    (void)state;
    make_host(&h);
    destroyed = 0;
    h.options.known.lease_ms = 1; /* refused, if it were looked at */
    h.options.known.struct_size = offsetof(crmsync_engine_options, lease_ms);
    h.env_ops.known.destroy = count_destroy;
    h.env_ops.known.struct_size = offsetof(crmsync_env_ops, destroy);
    h.record_ops.known.destroy = count_destroy;
    h.record_ops.known.struct_size = offsetof(crmsync_record_ops, destroy);
    assert_int_equal(try_engine(&h), CRMSYNC_OK);
    assert_int_equal(destroyed, 0);
    h.env_ops.known.struct_size = sizeof h.env_ops.known;
    assert_int_equal(try_engine(&h), CRMSYNC_OK);
    assert_int_equal(destroyed, 1);
    drop_host(&h);
}

static void test_engine__one_that_could_not_be_made_took_nothing(void **state)
{
    host h;
    (void)state;
    make_host(&h);
    destroyed = 0;
    h.env_ops.known.destroy = count_destroy;
    h.transport_ops.more = 1; /* the last table that is copied */
    assert_int_equal(try_engine(&h), CRMSYNC_E_UNSUPPORTED);
    assert_int_equal(destroyed, 0);
    h.transport_ops.more = 0;
    h.record_ops.known.save = NULL; /* all are read, then one turns out to lack something */
    assert_int_equal(try_engine(&h), CRMSYNC_E_INVALID);
    assert_int_equal(destroyed, 0);
    drop_host(&h);
}

static void test_normalizer__longer_options_are_taken_unless_set_beyond(void **state)
{
    LATER(crmsync_normalize_options) options = {CRMSYNC_NORMALIZE_OPTIONS_INIT, 0};
    crmsync_normalizer *n;
    (void)state;
    options.known.struct_size = sizeof options;
    assert_int_equal(crmsync_normalizer_new(NULL, &options.known, &n, NULL), CRMSYNC_OK);
    crmsync_normalizer_free(n);
    options.more = 1;
    assert_int_equal(crmsync_normalizer_new(NULL, &options.known, &n, NULL), CRMSYNC_E_UNSUPPORTED);
}

/* A plan of one person. */
static crmsync_plan *make_plan(void)
{
    crmsync_str json = CRMSYNC_STR_LIT("{\"version\":1}"), kind = CRMSYNC_STR_LIT("person"),
                person = CRMSYNC_STR_LIT("{\"id\":\"p1\",\"email\":\"a@b.example\"}");
    crmsync_decide_input input = CRMSYNC_DECIDE_INPUT_INIT;
    crmsync_config *config;
    crmsync_normalizer *normalizer;
    crmsync_rows *people;
    crmsync_plan *plan;
    assert_int_equal(crmsync_config_parse(NULL, json, &config, NULL), 0);
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &normalizer, NULL), 0);
    assert_int_equal(crmsync_rows_new(NULL, kind, NULL, 0, &people, NULL), 0);
    assert_int_equal(crmsync_rows_append_json(people, person, NULL), 0);
    input.config = config;
    input.normalizer = normalizer;
    input.people = people;
    assert_int_equal(crmsync_decide_people(NULL, &input, &plan, NULL), 0);
    crmsync_rows_free(people);
    crmsync_normalizer_free(normalizer);
    crmsync_config_free(config);
    return plan;
}

static void test_plan_get__fills_what_the_program_knows_and_no_more(void **state)
{
    LATER(crmsync_plan_op) op = {CRMSYNC_PLAN_OP_INIT, 77};
    crmsync_plan *plan = make_plan();
    (void)state;
    assert_int_equal(crmsync_plan_count(plan), 1);

    op.known.struct_size = sizeof op;
    assert_int_equal(crmsync_plan_get(plan, 0, &op.known), CRMSYNC_OK);
    assert_int_equal(op.known.local_id.len, 2);
    assert_int_equal(op.known.struct_size, sizeof op);
    assert_int_equal(op.more, 77);

    memset(&op, 0x5a, sizeof op);
    op.known.struct_size = offsetof(crmsync_plan_op, object);
    assert_int_equal(crmsync_plan_get(plan, 0, &op.known), CRMSYNC_OK);
    assert_int_equal(op.known.local_id.len, 2);
    assert_int_equal(op.known.struct_size, offsetof(crmsync_plan_op, object));
    for (size_t i = offsetof(crmsync_plan_op, object); i < sizeof op; i++)
        assert_int_equal(((unsigned char *)&op)[i], 0x5a);
    crmsync_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine__longer_structs_with_nothing_set_beyond_are_taken),
        cmocka_unit_test(test_engine__longer_structs_with_something_set_beyond_are_refused),
        cmocka_unit_test(test_engine__shorter_structs_are_read_no_further_than_they_go),
        cmocka_unit_test(test_engine__one_that_could_not_be_made_took_nothing),
        cmocka_unit_test(test_normalizer__longer_options_are_taken_unless_set_beyond),
        cmocka_unit_test(test_plan_get__fills_what_the_program_knows_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
