/* Links as stored documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kv_double.h"
#include "state/link.h"

static dry_alloc dry;
static kv_double kv;
static crmi_store store;
static crmi_arena arena;

static int set_up(void **state)
{
    (void)state;
    dry_init(&dry, -1);
    kv_init(&kv);
    store = kv_store(&kv, &dry.table);
    crmi_arena_init(&arena, &dry.table);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    crmi_arena_clear(&arena);
    kv_clear(&kv);
    return dry.out == 0 ? 0 : -1;
}

static crmsync_cell text(const char *s)
{
    return (crmsync_cell){crmi_str(s), 0, CRMSYNC_CELL_TEXT, 0};
}

static const char full[] =
    "{\"kind\":\"person\",\"id\":\"42\",\"rev\":\"7\",\"rule\":\"email\",\"outcome\":\"updated\","
    "\"run_at\":1795177920000,\"local_digest\":\"00000000000000ff\",\"mapping\":"
    "\"8000000000000001\","
    "\"write_back\":true,\"crm\":[{\"object\":\"Contact\",\"id\":\"003000000000001AAA\","
    "\"digest\":\"0123456789abcdef\",\"stamp\":5,\"base\":{"
    "\"Email\":{\"local\":\"email\",\"l\":[\"t\",\"a@b.example\"],\"c\":[\"t\",\"A@b.example\"],"
    "\"read_at\":9,\"future\":{\"x\":1.50}},"
    "\"Score__c\":{\"local\":\"score\",\"l\":[\"n\",\"12.50\"],\"c\":null,\"state\":\"fought\","
    "\"asserts\":3,\"asserts_since\":8},"
    "\"Birthdate\":{\"local\":\"born\",\"l\":[\"d\",-20000],\"c\":[\"dt\",-1]},"
    "\"VIP__c\":{\"local\":\"vip\",\"l\":[\"b\",true],\"c\":[\"b\",false]},"
    "\"OwnerId\":{\"local\":\"owner\",\"c\":[\"i\",\"005000000000001AAA\"],\"state\":"
    "\"unverified\"}"
    "},\"novel\":[1,2]},"
    "{\"object\":\"Lead\",\"id\":\"00Q000000000001AAA\",\"state\":\"converted\","
    "\"moved_to\":\"003000000000001AAA\"}],\"tombstones\":[\"00T1\",\"00T2\"],\"newer\":\"kept\"}";

static void test_link__decoding_and_encoding_gives_back_every_byte(void **state)
{
    crmi_link link;
    crmi_buf out;
    crmsync_kv_item item = {CRMI_STR("person/42"), crmi_str(full), 77, CRMSYNC_SPACE_LINK, 0};
    (void)state;
    assert_int_equal(crmi_link_decode(&arena, &item, &link, NULL), CRMSYNC_OK);
    assert_int_equal(link.version, 77);
    assert_int_equal(link.target_count, 2);
    assert_true(link.write_back);
    assert_int_equal(link.targets[1].state, CRMI_TARGET_CONVERTED);
    crmi_shadow *score = crmi_target_shadow(&link.targets[0], CRMI_STR("Score__c"));
    assert_string_equal(score->l.text.ptr, "12.50");
    assert_int_equal(score->c.type, CRMSYNC_CELL_NULL);
    assert_int_equal(score->state, CRMI_SHADOW_FOUGHT);
    assert_int_equal(crmi_target_shadow(&link.targets[0], CRMI_STR("OwnerId"))->l.type,
                     CRMSYNC_CELL_ABSENT);
    crmi_buf_init(&out, &dry.table);
    crmi_link_encode(&link, &out);
    assert_string_equal(crmi_buf_str(&out).ptr, full);
    crmi_buf_clear(&out);
}

static void test_link_like__names_and_agreed_values_are_kept_once(void **state)
{
    static const char text[] =
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"Lead\",\"id\":\"x\",\"base\":"
        "{\"Email\":{\"local\":\"email\",\"l\":[\"t\",\"a@b\"],\"c\":[\"t\",\"a@b\"]},"
        "\"Title\":{\"local\":\"title\",\"l\":[\"t\",\"x\"],\"c\":[\"t\",\"y\"]}}}]}";
    crmsync_kv_item first = {CRMI_STR("person/42"), crmi_str(full), 1, CRMSYNC_SPACE_LINK, 0};
    crmsync_kv_item second = {CRMI_STR("person/1"), crmi_str(text), 2, CRMSYNC_SPACE_LINK, 0};
    crmi_link one, other;
    (void)state;
    assert_int_equal(crmi_link_decode(&arena, &first, &one, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_link_decode_like(&arena, &second, &one, &other, NULL), CRMSYNC_OK);
    const crmi_shadow *email = &other.targets[0].shadows[0], *title = &other.targets[0].shadows[1];
    assert_ptr_equal(email->remote.ptr, one.targets[0].shadows[0].remote.ptr);
    assert_ptr_equal(email->local.ptr, one.targets[0].shadows[0].local.ptr);
    assert_ptr_equal(email->l.text.ptr, email->c.text.ptr);
    assert_string_equal(title->remote.ptr, "Title");
    assert_string_equal(title->local.ptr, "title");
    assert_string_equal(title->l.text.ptr, "x");
    assert_string_equal(title->c.text.ptr, "y");
}

static void test_link__what_cannot_be_read_is_told_with_its_key(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"kind\":\"person\",\"id\":\"1\"}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":{}}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"Lead\"}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"Lead\",\"id\":\"x\","
        "\"state\":\"odd\"}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"L\",\"id\":\"x\"},"
        "{\"object\":\"L\",\"id\":\"x\"}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"L\",\"id\":\"x\",\"base\":"
        "{\"F\":{\"l\":[\"t\"]}}}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"L\",\"id\":\"x\",\"base\":"
        "{\"F\":{\"l\":[\"d\",\"1\"]}}}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[{\"object\":\"L\",\"id\":\"x\",\"base\":"
        "{\"F\":{\"l\":[\"zz\",1]}}}]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[],\"tombstones\":[1]}",
        "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[],\"mapping\":\"12\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        crmi_link link;
        crmsync_error *err = NULL;
        crmsync_kv_item item = {CRMI_STR("person/1"), crmi_str(bad[i]), 1, CRMSYNC_SPACE_LINK, 0};
        assert_int_equal(crmi_link_decode(&arena, &item, &link, &err), CRMSYNC_E_CORRUPT);
        assert_string_equal(crmsync_error_where(err).ptr, "person/1");
        crmsync_error_free(err);
    }
}

static int32_t put(crmi_link *link, uint32_t *outcome)
{
    crmi_commit c;
    crmi_commit_init(&c, &store);
    crmi_link_put(&c, link);
    int32_t rc = crmi_commit_run(&c, outcome, NULL);
    if (!rc && *outcome == CRMSYNC_COMMIT_OK)
        crmi_link_committed(&c, link);
    crmi_commit_clear(&c);
    return rc;
}

static void test_link__is_stored_and_guarded_by_its_version(void **state)
{
    crmi_link link, again[2];
    crmsync_str ids[2] = {CRMI_STR("nobody"), CRMI_STR("a/b")};
    uint32_t outcome;
    (void)state;
    assert_int_equal(crmi_link_get(&store, &arena, CRMI_STR("person"), ids[1], &link, NULL),
                     CRMSYNC_OK);
    assert_int_equal(link.version, 0);
    crmi_target *t = crmi_link_add_target(&arena, &link, CRMI_STR("Lead"), CRMI_STR("00Q1"));
    crmi_shadow *s = crmi_target_put_shadow(&arena, t, CRMI_STR("name"), CRMI_STR("LastName"));
    s->l = text("Z\xc3\xbcrich \"x\"\n");
    assert_int_equal(put(&link, &outcome), CRMSYNC_OK);
    assert_non_null(kv_find(&kv, CRMSYNC_SPACE_LINK, "person/a%2Fb"));
    assert_int_equal(crmi_link_get_many(&store, &arena, CRMI_STR("person"), ids, 2, again, NULL),
                     CRMSYNC_OK);
    assert_int_equal(again[0].version, 0);
    assert_true(again[1].version == link.version);
    assert_true(crmi_cell_same(&again[1].targets[0].shadows[0].l, &s->l));
    assert_int_equal(put(&link, &outcome), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    assert_int_equal(put(&again[1], &outcome), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_CONFLICT);
    ids[0] = CRMI_STR_EMPTY;
    assert_int_equal(crmi_link_get_many(&store, &arena, CRMI_STR("person"), ids, 2, again, NULL),
                     CRMSYNC_E_INVALID);
}

static int32_t count(void *ctx, crmi_link *link, crmsync_error **err)
{
    (void)err;
    *(size_t *)ctx += link->local_id.len;
    return CRMSYNC_OK;
}

static void test_link_each__visits_one_kind_or_all(void **state)
{
    size_t n = 0;
    (void)state;
    kv_set(&kv, CRMSYNC_SPACE_LINK, "person/1", "{\"kind\":\"person\",\"id\":\"1\",\"crm\":[]}", 1);
    kv_set(&kv, CRMSYNC_SPACE_LINK, "personal/22",
           "{\"kind\":\"personal\",\"id\":\"22\",\"crm\":[]}", 1);
    assert_int_equal(crmi_link_each(&store, CRMI_STR("person"), count, &n, NULL), CRMSYNC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(crmi_link_each(&store, CRMI_STR_EMPTY, count, &n, NULL), CRMSYNC_OK);
    assert_int_equal(n, 4);
}

static void test_link__out_of_memory_anywhere_leaks_nothing(void **state)
{
    crmsync_kv_item item = {CRMI_STR("person/42"), crmi_str(full), 77, CRMSYNC_SPACE_LINK, 0};
    (void)state;
    for (long left = 0;; left++) {
        crmi_link link;
        dry_init(&dry, left);
        int32_t rc = crmi_link_decode(&arena, &item, &link, NULL);
        crmi_arena_clear(&arena);
        assert_int_equal(dry.out, 0);
        if (!dry.ran_dry) {
            assert_int_equal(rc, CRMSYNC_OK);
            break;
        }
        assert_int_equal(rc, CRMSYNC_E_NOMEM);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_link__decoding_and_encoding_gives_back_every_byte),
        T(test_link_like__names_and_agreed_values_are_kept_once),
        T(test_link__what_cannot_be_read_is_told_with_its_key),
        T(test_link__is_stored_and_guarded_by_its_version),
        T(test_link_each__visits_one_kind_or_all),
        T(test_link__out_of_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
