/* Cases of get and of single entries. */
#include "state_kit.h"

#include <string.h>

static void absent_key(crmi_state_kit *k)
{
    crmi_state_holds(k, crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "", 0));
}

static void no_keys(crmi_state_kit *k)
{
    crmi_state_get(k, NULL, 0);
    crmi_state_saw(k, "");
}

static void put_then_get(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "{\"a\":1}", 7);
    if (crmi_state_put(k, &item, 1))
        crmi_state_holds(k, item);
}

/* Versions are random 64-bit numbers: a signed column or a double must not bend them. */
static void all_bits_of_the_version(crmi_state_kit *k)
{
    static const uint64_t versions[] = {1, UINT64_C(0x8000000000000000), UINT64_MAX,
                                        UINT64_C(0x0020000000000001)};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_META, "format", "x", versions[i]);
        if (!crmi_state_put(k, &item, 1))
            return;
        crmi_state_holds(k, item);
    }
}

static void put_replaces(crmi_state_kit *k)
{
    crmsync_kv_item first = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "a longer first value", 7);
    crmsync_kv_item second = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "second", 9);
    if (crmi_state_put(k, &first, 1) && crmi_state_put(k, &second, 1))
        crmi_state_holds(k, second);
}

static void bytes_of_every_kind(crmi_state_kit *k)
{
    char key[255];
    char value[256];
    crmsync_kv_item item = {{key, sizeof key}, {value, sizeof value}, 3, CRMSYNC_SPACE_LOG, 0};

    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (char)(unsigned char)i;
    memcpy(key, value, sizeof key);
    if (crmi_state_put(k, &item, 1))
        crmi_state_holds(k, item);
}

static void empty_value(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_CLAIM, "person/email/a@b.example", "", 5);
    if (crmi_state_put(k, &item, 1))
        crmi_state_holds(k, item);
}

static void value_of_promised_size(crmi_state_kit *k)
{
    size_t size = k->ops->max_value;
    char *value = crmi_host_array(&k->kit.alloc, size, 1);
    crmsync_kv_item item = {CRMI_HOST_LIT("big"), {value, size}, 3, CRMSYNC_SPACE_UNDO, 0};

    if (crmi_kit_check(&k->kit, value != NULL, "out of memory")) {
        memset(value, 'v', size);
        if (crmi_state_put(k, &item, 1))
            crmi_state_holds(k, item);
    }
    crmi_host_free(&k->kit.alloc, value, size ? size : 1);
}

static void keys_that_share_a_beginning(crmi_state_kit *k)
{
    const crmsync_kv_item items[] = {
        {CRMI_HOST_LIT("a"), CRMI_HOST_LIT("1"), 1, CRMSYNC_SPACE_META, 0},
        {CRMI_HOST_LIT("a\0"), CRMI_HOST_LIT("2"), 2, CRMSYNC_SPACE_META, 0},
        {CRMI_HOST_LIT("a\0b"), CRMI_HOST_LIT("3"), 3, CRMSYNC_SPACE_META, 0},
        {CRMI_HOST_LIT("a "), CRMI_HOST_LIT("4"), 4, CRMSYNC_SPACE_META, 0},
    };
    if (!crmi_state_put(k, items, 4))
        return;
    for (size_t i = 0; i < 4; i++)
        crmi_state_holds(k, items[i]);
}

static void keys_differ_in_case(crmi_state_kit *k)
{
    const crmsync_kv_item items[] = {
        crmi_kv(CRMSYNC_SPACE_REVERSE, "003A", "1", 1),
        crmi_kv(CRMSYNC_SPACE_REVERSE, "003a", "2", 2),
    };
    if (!crmi_state_put(k, items, 2))
        return;
    crmi_state_holds(k, items[0]);
    crmi_state_holds(k, items[1]);
}

static void spaces_are_apart(crmi_state_kit *k)
{
    crmsync_kv_item items[18];
    crmsync_kv_item absent;

    for (uint32_t space = 1; space <= 18; space++)
        items[space - 1] = crmi_kv(space, "same", "v", 100 + space);
    absent = items[8];
    absent.version = 0;
    if (!crmi_state_put(k, items, 8) || !crmi_state_put(k, items + 9, 9))
        return;
    crmi_state_holds(k, absent);
    for (size_t i = 0; i < 18; i++)
        if (i != 8)
            crmi_state_holds(k, items[i]);
    crmi_state_get(k, items, 18);
    crmi_kit_check(&k->kit, k->seen.count == 17, "get over 18 spaces delivered %zu of 17 entries",
                   k->seen.count);
}

static void workspaces_are_apart(crmi_state_kit *k)
{
    crmsync_str first = k->workspace;
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "first", 7);
    crmsync_kv_item other = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "second", 8);
    crmsync_kv_item absent = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "", 0);
    crmsync_str all = {NULL, 0};

    if (!crmi_state_put(k, &item, 1))
        return;
    k->workspace = k->second_workspace;
    crmi_state_holds(k, absent);
    crmi_state_scan(k, CRMSYNC_SPACE_LINK, all, all, 10, 0);
    crmi_state_saw(k, "");
    if (crmi_state_put(k, &other, 1))
        crmi_state_holds(k, other);
    k->workspace = first;
    crmi_state_holds(k, item);
}

static void get_delivers_what_exists(crmi_state_kit *k)
{
    const crmsync_kv_item items[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "b", "B", 2),
        crmi_kv(CRMSYNC_SPACE_LINK, "d", "D", 4),
        crmi_kv(CRMSYNC_SPACE_REVERSE, "b", "R", 5),
    };
    const crmsync_kv_item keys[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "a", "", 0), crmi_kv(CRMSYNC_SPACE_LINK, "b", "", 0),
        crmi_kv(CRMSYNC_SPACE_LINK, "c", "", 0), crmi_kv(CRMSYNC_SPACE_LINK, "d", "", 0),
        crmi_kv(CRMSYNC_SPACE_REVERSE, "a", "", 0), crmi_kv(CRMSYNC_SPACE_REVERSE, "b", "", 0),
    };

    if (!crmi_state_put(k, items, 3) || !crmi_state_get(k, keys, 6))
        return;
    crmi_kit_check(&k->kit, k->seen.count == 3, "get delivered %zu entries instead of 3",
                   k->seen.count);
    for (size_t i = 0; i < 3; i++)
        crmi_kit_check(&k->kit, crmi_seen_find(&k->seen, items[i].space, items[i].key) != NULL,
                       "get left out %.*s of space %u", CRMI_HOST_SPELL(items[i].key),
                       (unsigned)items[i].space);
}

static void get_stops_when_told(crmi_state_kit *k)
{
    const crmsync_kv_item items[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "a", "A", 2), crmi_kv(CRMSYNC_SPACE_LINK, "b", "B", 3)};
    crmsync_error *err = NULL;
    int32_t code;

    if (!crmi_state_put(k, items, 2))
        return;
    crmi_seen_clear(&k->seen);
    k->seen.accept = 1;
    k->seen.refuse = CRMSYNC_E_NOMEM;
    code = k->ops->get(k->ctx, k->workspace, items, 2, &k->seen.sink, &err);
    crmsync_error_free(err);
    crmi_kit_check(&k->kit, code == CRMSYNC_E_NOMEM,
                   "the sink said CRMSYNC_E_NOMEM but get returned %s", crmsync_code_name(code));
    k->seen.accept = SIZE_MAX;
    crmi_state_holds(k, items[1]);
}

static void promises(crmi_state_kit *k)
{
    crmi_kit_check(&k->kit, k->ops->max_items >= 100, "max_items is %u, below 100",
                   (unsigned)k->ops->max_items);
    crmi_kit_check(&k->kit, k->ops->max_value >= 65536, "max_value is %u, below 65536",
                   (unsigned)k->ops->max_value);
    crmi_kit_check(&k->kit, k->ops->max_bytes >= 262144, "max_bytes is %llu, below 262144",
                   (unsigned long long)k->ops->max_bytes);
    crmi_kit_check(&k->kit, k->ops->struct_size >= sizeof(crmsync_state_ops),
                   "struct_size is not set");
}

const crmi_state_case crmi_state_basic_cases[] = {
    {"state/promises", promises},
    {"state/get/absent_key", absent_key},
    {"state/get/no_keys", no_keys},
    {"state/get/put_then_get", put_then_get},
    {"state/get/all_bits_of_the_version", all_bits_of_the_version},
    {"state/get/put_replaces", put_replaces},
    {"state/get/bytes_of_every_kind", bytes_of_every_kind},
    {"state/get/empty_value", empty_value},
    {"state/get/value_of_promised_size", value_of_promised_size},
    {"state/get/keys_that_share_a_beginning", keys_that_share_a_beginning},
    {"state/get/keys_differ_in_case", keys_differ_in_case},
    {"state/get/spaces_are_apart", spaces_are_apart},
    {"state/get/workspaces_are_apart", workspaces_are_apart},
    {"state/get/delivers_what_exists", get_delivers_what_exists},
    {"state/get/stops_when_told", get_stops_when_told},
    {NULL, NULL},
};
