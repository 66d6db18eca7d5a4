/* Cases of commit: expectations, atomicity, deletes, size. */
#include "state_kit.h"

#include <stdio.h>

static void conflict_expected(crmi_state_kit *k, const crmsync_kv_item *expect, const char *why)
{
    crmsync_kv_item put = crmi_kv(CRMSYNC_SPACE_LINK, "written", "no", 50);
    crmsync_kv_item absent = crmi_kv(CRMSYNC_SPACE_LINK, "written", "", 0);
    uint32_t outcome = crmi_state_commit(k, expect, 1, &put, 1, NULL, 0);

    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_CONFLICT, "%s: outcome %u, not CONFLICT",
                   why, (unsigned)outcome);
    crmi_state_holds(k, absent);
}

static void expects_absent(crmi_state_kit *k)
{
    crmsync_kv_item absent = crmi_kv(CRMSYNC_SPACE_CLAIM, "person/email/x", "", 0);
    crmsync_kv_item claim = crmi_kv(CRMSYNC_SPACE_CLAIM, "person/email/x", "me", 11);
    crmsync_kv_item rival = crmi_kv(CRMSYNC_SPACE_CLAIM, "person/email/x", "you", 12);
    uint32_t outcome = crmi_state_commit(k, &absent, 1, &claim, 1, NULL, 0);

    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_OK,
                   "expecting absent, and it is: outcome %u, not OK", (unsigned)outcome);
    outcome = crmi_state_commit(k, &absent, 1, &rival, 1, NULL, 0);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_CONFLICT,
                   "expecting absent, and it is there: outcome %u, not CONFLICT",
                   (unsigned)outcome);
    crmi_state_holds(k, claim);
}

static void expects_version(crmi_state_kit *k)
{
    crmsync_kv_item old = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "a", 21);
    crmsync_kv_item next = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "b", 22);
    crmsync_kv_item missing = crmi_kv(CRMSYNC_SPACE_LEASE, "export/1", "", 3);
    uint32_t outcome;

    if (!crmi_state_put(k, &old, 1))
        return;
    outcome = crmi_state_commit(k, &old, 1, &next, 1, NULL, 0);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_OK,
                   "expecting the version that is there: outcome %u, not OK", (unsigned)outcome);
    conflict_expected(k, &old, "expecting an older version");
    conflict_expected(k, &missing, "expecting a version of a key that is not there");
    crmi_state_holds(k, next);
}

/* A store that keeps versions in doubles or 63 bits takes two of them for one. */
static void expects_every_bit(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_META, "conn", "x", UINT64_MAX);
    crmsync_kv_item off_by_one = crmi_kv(CRMSYNC_SPACE_META, "conn", "", UINT64_MAX - 1);
    crmsync_kv_item half = crmi_kv(CRMSYNC_SPACE_META, "conn", "", UINT64_MAX >> 1);

    if (!crmi_state_put(k, &item, 1))
        return;
    conflict_expected(k, &off_by_one, "expecting a version one below");
    conflict_expected(k, &half, "expecting a version without the highest bit");
}

static void covers_unwritten_keys(crmi_state_kit *k)
{
    crmsync_kv_item lease = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "a", 21);
    crmsync_kv_item taken = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "z", 99);
    crmsync_kv_item put = crmi_kv(CRMSYNC_SPACE_CURSOR, "Contact", "1", 5);
    crmsync_kv_item late = crmi_kv(CRMSYNC_SPACE_CURSOR, "Contact", "2", 6);
    uint32_t outcome;

    if (!crmi_state_put(k, &lease, 1))
        return;
    outcome = crmi_state_commit(k, &lease, 1, &put, 1, NULL, 0);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_OK,
                   "an expectation on another key holds: outcome %u, not OK", (unsigned)outcome);
    crmi_state_holds(k, lease);
    if (!crmi_state_put(k, &taken, 1))
        return;
    outcome = crmi_state_commit(k, &lease, 1, &late, 1, NULL, 0);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_CONFLICT,
                   "an expectation on another key fails: outcome %u, not CONFLICT",
                   (unsigned)outcome);
    crmi_state_holds(k, put);
}

static void only_expects(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "a", 21);
    crmsync_kv_item wrong = crmi_kv(CRMSYNC_SPACE_LEASE, "export/0", "", 20);

    if (!crmi_state_put(k, &item, 1))
        return;
    crmi_kit_check(&k->kit, crmi_state_commit(k, &item, 1, NULL, 0, NULL, 0) == CRMSYNC_COMMIT_OK,
                   "a commit of one expectation that holds is not OK");
    crmi_kit_check(&k->kit,
                   crmi_state_commit(k, &wrong, 1, NULL, 0, NULL, 0) == CRMSYNC_COMMIT_CONFLICT,
                   "a commit of one expectation that fails is not CONFLICT");
}

static void all_or_nothing(crmi_state_kit *k)
{
    const crmsync_kv_item before[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "kept", "old", 1),
        crmi_kv(CRMSYNC_SPACE_LINK, "stays", "old", 2),
    };
    const crmsync_kv_item puts[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "fresh", "new", 10),
        crmi_kv(CRMSYNC_SPACE_LINK, "kept", "new", 11),
        crmi_kv(CRMSYNC_SPACE_REVERSE, "003", "new", 12),
    };
    const crmsync_kv_item expects[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "kept", "", 1), /* holds */
        crmi_kv(CRMSYNC_SPACE_LOG, "zz", "", 5),    /* the very last one fails */
    };
    uint32_t outcome;

    if (!crmi_state_put(k, before, 2))
        return;
    outcome = crmi_state_commit(k, expects, 2, puts, 3, &before[1], 1);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_CONFLICT, "outcome %u, not CONFLICT",
                   (unsigned)outcome);
    crmi_state_holds(k, before[0]);
    crmi_state_holds(k, before[1]);
    crmi_state_holds(k, crmi_kv(CRMSYNC_SPACE_LINK, "fresh", "", 0));
    crmi_state_holds(k, crmi_kv(CRMSYNC_SPACE_REVERSE, "003", "", 0));
}

static void puts_and_deletes_together(crmi_state_kit *k)
{
    const crmsync_kv_item before[] = {
        crmi_kv(CRMSYNC_SPACE_CLAIM, "a", "claim", 1),
        crmi_kv(CRMSYNC_SPACE_SHIPMENT, "0/1", "head", 2),
    };
    crmsync_kv_item link = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "L", 3);
    uint32_t outcome;

    if (!crmi_state_put(k, before, 2))
        return;
    outcome = crmi_state_commit(k, before, 2, &link, 1, before, 2);
    crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_OK, "outcome %u, not OK", (unsigned)outcome);
    crmi_state_holds(k, link);
    crmi_state_holds(k, crmi_kv(CRMSYNC_SPACE_CLAIM, "a", "", 0));
    crmi_state_holds(k, crmi_kv(CRMSYNC_SPACE_SHIPMENT, "0/1", "", 0));
}

static void deleting_what_is_absent(crmi_state_kit *k)
{
    crmsync_kv_item absent = crmi_kv(CRMSYNC_SPACE_DEAD, "schema/1", "", 0);
    crmi_kit_check(&k->kit,
                   crmi_state_commit(k, NULL, 0, NULL, 0, &absent, 1) == CRMSYNC_COMMIT_OK,
                   "deleting an absent key is not OK");
    crmi_kit_check(&k->kit,
                   crmi_state_commit(k, &absent, 1, NULL, 0, &absent, 1) == CRMSYNC_COMMIT_OK,
                   "deleting an absent key that was expected absent is not OK");
}

static void absent_again_after_delete(crmi_state_kit *k)
{
    crmsync_kv_item item = crmi_kv(CRMSYNC_SPACE_CLAIM, "a", "1", 1);
    crmsync_kv_item absent = crmi_kv(CRMSYNC_SPACE_CLAIM, "a", "", 0);
    crmsync_kv_item again = crmi_kv(CRMSYNC_SPACE_CLAIM, "a", "2", 2);

    if (!crmi_state_put(k, &item, 1))
        return;
    crmi_state_commit(k, NULL, 0, NULL, 0, &item, 1);
    crmi_state_holds(k, absent);
    crmi_kit_check(&k->kit, crmi_state_commit(k, &absent, 1, &again, 1, NULL, 0) ==
                   CRMSYNC_COMMIT_OK, "a deleted key does not count as absent");
    crmi_state_holds(k, again);
}

static void nothing_at_all(crmi_state_kit *k)
{
    crmi_kit_check(&k->kit, crmi_state_commit(k, NULL, 0, NULL, 0, NULL, 0) == CRMSYNC_COMMIT_OK,
                   "an empty commit is not OK");
}

/* As many puts as promised, then as many deletes. */
static void promised_number_of_items(crmi_state_kit *k)
{
    size_t n = k->ops->max_items > 20000 ? 20000 : k->ops->max_items;
    crmsync_kv_item *items = crmi_host_array(&k->kit.alloc, n, sizeof *items);
    char *text = crmi_host_array(&k->kit.alloc, n, 8);
    crmsync_str all = {NULL, 0};

    if (!crmi_kit_check(&k->kit, items && text, "out of memory"))
        goto done;
    for (size_t i = 0; i < n; i++) {
        snprintf(text + 8 * i, 8, "%06u", (unsigned)(i % 1000000));
        items[i] = crmi_kv(CRMSYNC_SPACE_AUDIENCE, text + 8 * i, "v", i + 1);
    }
    if (!crmi_state_put(k, items, n))
        goto done;
    crmi_state_scan(k, CRMSYNC_SPACE_AUDIENCE, all, all, UINT32_MAX, 0);
    crmi_kit_check(&k->kit, k->seen.count == n, "%zu of %zu entries are there", k->seen.count, n);
    crmi_kit_check(&k->kit,
                   crmi_state_commit(k, NULL, 0, NULL, 0, items, n) == CRMSYNC_COMMIT_OK,
                   "deleting max_items keys is not OK");
    crmi_state_scan(k, CRMSYNC_SPACE_AUDIENCE, all, all, UINT32_MAX, 0);
    crmi_kit_check(&k->kit, k->seen.count == 0, "%zu entries are left", k->seen.count);
done:
    crmi_host_free(&k->kit.alloc, items, n * sizeof *items);
    crmi_host_free(&k->kit.alloc, text, n * 8);
}

/* 256 KiB in four values is promised by every store. */
static void promised_bytes(crmi_state_kit *k)
{
    enum { SIZE = 65000 };
    static const char *const names[] = {"a", "b", "c", "d"};
    char *value = crmi_host_array(&k->kit.alloc, SIZE, 1);
    crmsync_kv_item items[4];

    if (!crmi_kit_check(&k->kit, value != NULL, "out of memory"))
        return;
    for (size_t i = 0; i < SIZE; i++)
        value[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < 4; i++) {
        items[i] = crmi_kv(CRMSYNC_SPACE_LOG, names[i], "", i + 1);
        items[i].value = (crmsync_str){value, SIZE};
    }
    if (crmi_state_put(k, items, 4))
        for (size_t i = 0; i < 4; i++)
            crmi_state_holds(k, items[i]);
    crmi_host_free(&k->kit.alloc, value, SIZE);
}

const crmi_state_case crmi_state_commit_cases[] = {
    {"state/commit/expects_absent", expects_absent},
    {"state/commit/expects_version", expects_version},
    {"state/commit/expects_every_bit", expects_every_bit},
    {"state/commit/covers_unwritten_keys", covers_unwritten_keys},
    {"state/commit/only_expects", only_expects},
    {"state/commit/all_or_nothing", all_or_nothing},
    {"state/commit/puts_and_deletes_together", puts_and_deletes_together},
    {"state/commit/deleting_what_is_absent", deleting_what_is_absent},
    {"state/commit/absent_again_after_delete", absent_again_after_delete},
    {"state/commit/nothing_at_all", nothing_at_all},
    {"state/commit/promised_number_of_items", promised_number_of_items},
    {"state/commit/promised_bytes", promised_bytes},
    {NULL, NULL},
};
