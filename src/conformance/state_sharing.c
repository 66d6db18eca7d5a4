/* Cases of restarts and of two users of one store. */
#include "state_kit.h"

#include <pthread.h>
#include <string.h>

enum { ROUNDS = 150, TRIES = 100000 };

static void survives_a_restart(crmi_state_kit *k)
{
    const crmsync_kv_item items[] = {
        crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "L", UINT64_MAX),
        crmi_kv(CRMSYNC_SPACE_SHIPMENT, "0/1", "head", 4),
    };
    crmsync_kv_item wrong = crmi_kv(CRMSYNC_SPACE_LINK, "person/1", "", 1);
    crmsync_kv_item lost = crmi_kv(CRMSYNC_SPACE_RUN, "lost", "x", 6);
    int32_t code;

    if (!k->options.reopen) {
        crmi_kit_skip(&k->kit, "option reopen is not given");
        return;
    }
    if (!crmi_state_put(k, items, 2))
        return;
    crmi_state_commit(k, &wrong, 1, &lost, 1, NULL, 0); /* a conflict leaves nothing behind */
    code = k->options.reopen(k->options.reopen_ctx, &k->ctx);
    if (!crmi_kit_check(&k->kit, code == CRMSYNC_OK, "reopen returned %s",
                        crmsync_code_name(code)))
        return;
    crmi_state_holds(k, items[0]);
    crmi_state_holds(k, items[1]);
    lost.version = 0;
    crmi_state_holds(k, lost);
}

/* One of two users that work on the same two keys. */
struct user {
    const crmsync_state_ops *ops;
    void *ctx;
    crmsync_str workspace;
    crmsync_alloc alloc;
    uint64_t salt; /* makes its versions its own */
    uint32_t done; /* rounds that committed */
    uint32_t torn; /* snapshots in which the two keys did not agree */
    int32_t code;
};

struct pair {
    uint64_t version[2];
    unsigned char count[2];
    bool there[2];
};

static const char *const pair_keys[] = {"left", "right"};

static bool read_pair(struct user *u, bool by_scan, struct pair *out)
{
    crmsync_kv_item keys[2] = {crmi_kv(CRMSYNC_SPACE_RUN, pair_keys[0], "", 0),
                               crmi_kv(CRMSYNC_SPACE_RUN, pair_keys[1], "", 0)};
    crmsync_str all = {NULL, 0};
    crmsync_error *err = NULL;
    crmi_seen seen;

    crmi_seen_init(&seen, &u->alloc);
    u->code = by_scan ? u->ops->scan(u->ctx, u->workspace, CRMSYNC_SPACE_RUN, all, all, 10, 0,
                                     &seen.sink, &err)
                      : u->ops->get(u->ctx, u->workspace, keys, 2, &seen.sink, &err);
    crmsync_error_free(err);
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 2; i++) {
        const crmsync_kv_item *item = crmi_seen_find(&seen, CRMSYNC_SPACE_RUN, keys[i].key);
        if (!item || item->value.len != 1)
            continue;
        out->there[i] = true;
        out->version[i] = item->version;
        out->count[i] = (unsigned char)item->value.ptr[0];
    }
    crmi_seen_clear(&seen);
    return u->code == CRMSYNC_OK;
}

/* Adds one to both keys if nobody was faster. */
static bool add_one(struct user *u, const struct pair *was, uint32_t *outcome)
{
    char value = (char)(was->count[0] + 1);
    crmsync_kv_item expects[2];
    crmsync_kv_item puts[2];
    crmsync_error *err = NULL;
    crmsync_kv_commit commit = {sizeof commit, u->workspace, expects, 2, puts, 2, NULL, 0};

    for (size_t i = 0; i < 2; i++) {
        expects[i] = crmi_kv(CRMSYNC_SPACE_RUN, pair_keys[i], "", was->version[i]);
        puts[i] = expects[i];
        puts[i].value = (crmsync_str){&value, 1};
        puts[i].version = u->salt + u->done + 1;
    }
    u->code = u->ops->commit(u->ctx, &commit, outcome, &err);
    crmsync_error_free(err);
    return u->code == CRMSYNC_OK;
}

static void *work(void *arg)
{
    struct user *u = arg;

    for (int tries = 0; u->done < ROUNDS && tries < TRIES; tries++) {
        struct pair was;
        uint32_t outcome = 0;
        if (!read_pair(u, tries % 2 == 1, &was))
            break;
        if (was.count[0] != was.count[1] || was.there[0] != was.there[1] ||
            was.version[0] != was.version[1])
            u->torn++;
        if (!add_one(u, &was, &outcome))
            break;
        if (outcome == CRMSYNC_COMMIT_OK)
            u->done++;
    }
    return NULL;
}

static void two_users(crmi_state_kit *k)
{
    struct user users[2];
    struct pair end;
    pthread_t thread;
    unsigned expected = (2u * ROUNDS) & 0xff;

    if (!k->options.other) {
        crmi_kit_skip(&k->kit, "option other is not given");
        return;
    }
    for (size_t i = 0; i < 2; i++)
        users[i] = (struct user){k->ops, i ? k->options.other : k->ctx, k->workspace,
                                 k->kit.alloc, (uint64_t)(i + 1) << 40, 0, 0, 0};
    if (!crmi_kit_check(&k->kit, pthread_create(&thread, NULL, work, &users[1]) == 0, "no thread"))
        return;
    work(&users[0]);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < 2; i++) {
        crmi_kit_check(&k->kit, users[i].code == CRMSYNC_OK, "user %zu was told %s", i,
                       crmsync_code_name(users[i].code));
        crmi_kit_check(&k->kit, users[i].done == ROUNDS, "user %zu committed %u of %u rounds", i,
                       (unsigned)users[i].done, (unsigned)ROUNDS);
        crmi_kit_check(&k->kit, users[i].torn == 0,
                       "user %zu saw %u snapshots with half of a commit", i,
                       (unsigned)users[i].torn);
    }
    if (read_pair(&users[0], false, &end))
        crmi_kit_check(&k->kit, end.count[0] == expected && end.count[1] == expected,
                       "a commit was lost: the count is %u instead of %u",
                       (unsigned)end.count[0], expected);
}

const crmi_state_case crmi_state_sharing_cases[] = {
    {"state/sharing/survives_a_restart", survives_a_restart},
    {"state/sharing/two_users", two_users},
    {NULL, NULL},
};
