/* Cases of scan and clear. */
#include "state_kit.h"

static const crmsync_str whole = {NULL, 0};

static bool fill(crmi_state_kit *k, uint32_t space)
{
    const crmsync_kv_item items[] = {
        crmi_kv(space, "a", "1", 1), crmi_kv(space, "ab", "2", 2), crmi_kv(space, "b", "3", 3),
        crmi_kv(space, "c", "4", 4), crmi_kv(space, "d", "5", 5),
    };
    return crmi_state_put(k, items, 5);
}

static void ranges(crmi_state_kit *k)
{
    static const struct {
        const char *from;
        const char *to;
        uint32_t limit;
        uint32_t flags;
        const char *keys;
    } rows[] = {
        {"", "", 10, 0, "a ab b c d"},
        {"", "", 10, CRMSYNC_SCAN_REVERSE, "d c b ab a"},
        {"ab", "", 10, 0, "ab b c d"},
        {"", "c", 10, 0, "a ab b"},
        {"", "c", 10, CRMSYNC_SCAN_REVERSE, "b ab a"},
        {"aa", "bb", 10, 0, "ab b"},
        {"ab", "ab", 10, 0, ""},
        {"d", "a", 10, 0, ""},
        {"d", "a", 10, CRMSYNC_SCAN_REVERSE, ""},
        {"b", "d", 1, 0, "b"},
        {"b", "d", 1, CRMSYNC_SCAN_REVERSE, "c"},
        {"", "", 2, 0, "a ab"},
        {"", "", 2, CRMSYNC_SCAN_REVERSE, "d c"},
        {"e", "", 10, 0, ""},
        {"", "", 0, 0, ""},
    };

    if (!fill(k, CRMSYNC_SPACE_QUEUE))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        crmi_state_scan(k, CRMSYNC_SPACE_QUEUE, crmi_host_str(rows[i].from),
                        crmi_host_str(rows[i].to), rows[i].limit, rows[i].flags);
        crmi_state_saw(k, rows[i].keys);
    }
}

static void order_is_by_bytes(crmi_state_kit *k)
{
    const crmsync_str keys[] = {
        CRMI_HOST_LIT("\0"),   CRMI_HOST_LIT("\0\0"),     CRMI_HOST_LIT("10"),
        CRMI_HOST_LIT("9"),    CRMI_HOST_LIT("A"),        CRMI_HOST_LIT("B"),
        CRMI_HOST_LIT("_"),    CRMI_HOST_LIT("a"),        CRMI_HOST_LIT("a\0"),
        CRMI_HOST_LIT("a/b"),  CRMI_HOST_LIT("\xc3\xa4"), CRMI_HOST_LIT("\xff"),
        CRMI_HOST_LIT("\xff\xff"),
    };
    enum { N = sizeof keys / sizeof keys[0] };
    crmsync_kv_item items[N];

    for (size_t i = 0; i < N; i++)
        items[i] = (crmsync_kv_item){keys[i], whole, i + 1, CRMSYNC_SPACE_INDEX, 0};
    if (!crmi_state_put(k, items, N))
        return;
    crmi_state_scan(k, CRMSYNC_SPACE_INDEX, whole, whole, 100, 0);
    crmi_kit_check(&k->kit, k->seen.count == N, "scan delivered %zu of %d entries", k->seen.count,
                   (int)N);
    for (size_t i = 0; i < N && i < k->seen.count; i++)
        crmi_kit_check(&k->kit, crmi_host_eq(k->seen.items[i].key, keys[i]),
                       "entry %zu of a scan is out of memcmp order", i);
}

static void carries_value_and_version(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_CURSOR, "Contact", "hi", UINT64_MAX - 1);
    const crmsync_kv_item *got;

    if (!crmi_state_put(k, &item, 1))
        return;
    crmi_state_scan(k, CRMSYNC_SPACE_CURSOR, whole, whole, 5, 0);
    got = crmi_seen_find(&k->seen, CRMSYNC_SPACE_CURSOR, item.key);
    crmi_kit_check(&k->kit, got && got->version == item.version &&
                   crmi_host_eq(got->value, item.value), "scan does not deliver what was put");
}

static void pages_join(crmi_state_kit *k)
{
    enum { N = 95, PAGE = 10 };
    static char text[N][8];
    crmsync_kv_item items[N];
    crmsync_str from = whole;
    size_t total = 0;
    char resume[16];

    for (size_t i = 0; i < N; i++) {
        text[i][0] = 'k';
        text[i][1] = (char)('0' + i / 10);
        text[i][2] = (char)('0' + i % 10);
        items[i] = crmi_kv(CRMSYNC_SPACE_LOG, text[i], "v", i + 1);
    }
    if (!crmi_state_put(k, items, N))
        return;
    do {
        if (!crmi_state_scan(k, CRMSYNC_SPACE_LOG, from, whole, PAGE, 0))
            return;
        total += k->seen.count;
        if (k->seen.count > 0) { /* the next page starts behind the last key: key, then NUL */
            crmsync_str last = k->seen.items[k->seen.count - 1].key;
            for (size_t i = 0; i < last.len && i < sizeof resume - 1; i++)
                resume[i] = last.ptr[i];
            resume[last.len < 15 ? last.len : 15] = '\0';
            from = (crmsync_str){resume, last.len + 1};
        }
    } while (k->seen.count == PAGE);
    crmi_kit_check(&k->kit, total == N, "paging delivered %zu of %d entries", total, (int)N);
}

static void stops_when_told(crmi_state_kit *k)
{
    crmsync_error *err = NULL;
    int32_t code;

    if (!fill(k, CRMSYNC_SPACE_QUEUE))
        return;
    crmi_seen_clear(&k->seen);
    k->seen.accept = 2;
    k->seen.refuse = CRMSYNC_E_LIMIT;
    code = k->ops->scan(k->ctx, k->workspace, CRMSYNC_SPACE_QUEUE, whole, whole, 10, 0,
                        &k->seen.sink, &err);
    crmsync_error_free(err);
    crmi_kit_check(&k->kit, code == CRMSYNC_E_LIMIT,
                   "the sink said CRMSYNC_E_LIMIT but scan returned %s", crmsync_code_name(code));
    k->seen.accept = SIZE_MAX;
    crmi_state_scan(k, CRMSYNC_SPACE_QUEUE, whole, whole, 10, 0);
    crmi_state_saw(k, "a ab b c d");
}

static bool clear(crmi_state_kit *k, uint32_t space, const char *from, const char *to)
{
    crmsync_error *err = NULL;
    int32_t code = k->ops->clear(k->ctx, k->workspace, space, crmi_host_str(from),
                                 crmi_host_str(to), &err);
    return crmi_kit_answered(&k->kit, "clear", code, &err);
}

static void clear_range(crmi_state_kit *k)
{
    if (!fill(k, CRMSYNC_SPACE_LOG) || !clear(k, CRMSYNC_SPACE_LOG, "ab", "c"))
        return;
    crmi_state_scan(k, CRMSYNC_SPACE_LOG, whole, whole, 10, 0);
    crmi_state_saw(k, "a c d");
    clear(k, CRMSYNC_SPACE_LOG, "ab", "c");
    clear(k, CRMSYNC_SPACE_LOG, "d", "a");
    crmi_state_scan(k, CRMSYNC_SPACE_LOG, whole, whole, 10, 0);
    crmi_state_saw(k, "a c d");
    clear(k, CRMSYNC_SPACE_LOG, "c", "");
    crmi_state_scan(k, CRMSYNC_SPACE_LOG, whole, whole, 10, 0);
    crmi_state_saw(k, "a");
    clear(k, CRMSYNC_SPACE_LOG, "", "");
    crmi_state_scan(k, CRMSYNC_SPACE_LOG, whole, whole, 10, 0);
    crmi_state_saw(k, "");
}

static void clear_leaves_the_rest(crmi_state_kit *k)
{
    crmsync_str first = k->workspace;

    if (!fill(k, CRMSYNC_SPACE_LOG) || !fill(k, CRMSYNC_SPACE_UNDO))
        return;
    k->workspace = k->second_workspace;
    fill(k, CRMSYNC_SPACE_LOG);
    k->workspace = first;
    clear(k, CRMSYNC_SPACE_LOG, "", "");
    crmi_state_scan(k, CRMSYNC_SPACE_UNDO, whole, whole, 10, 0);
    crmi_state_saw(k, "a ab b c d");
    k->workspace = k->second_workspace;
    crmi_state_scan(k, CRMSYNC_SPACE_LOG, whole, whole, 10, 0);
    crmi_state_saw(k, "a ab b c d");
    k->workspace = first;
}

const crmi_state_case crmi_state_scan_cases[] = {
    {"state/scan/ranges", ranges},
    {"state/scan/order_is_by_bytes", order_is_by_bytes},
    {"state/scan/carries_value_and_version", carries_value_and_version},
    {"state/scan/pages_join", pages_join},
    {"state/scan/stops_when_told", stops_when_told},
    {"state/clear/range", clear_range},
    {"state/clear/leaves_the_rest", clear_leaves_the_rest},
    {NULL, NULL},
};
