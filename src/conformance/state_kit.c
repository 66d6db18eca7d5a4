#include "state_kit.h"

#include <string.h>

enum { LAST_SPACE = CRMSYNC_SPACE_UNDO };

static int32_t take_item(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    crmi_seen *seen = (crmi_seen *)sink;
    crmsync_kv_item copy = *item;

    if (seen->count >= seen->accept)
        return seen->refuse;
    if (seen->count == seen->cap) {
        size_t cap = seen->cap ? seen->cap * 2 : 16;
        crmsync_kv_item *grown = crmi_host_array(seen->alloc, cap, sizeof *grown);
        if (!grown)
            return CRMSYNC_E_NOMEM;
        if (seen->count > 0)
            memcpy(grown, seen->items, seen->count * sizeof *grown);
        crmi_host_free(seen->alloc, seen->items, seen->cap * sizeof *grown);
        seen->items = grown;
        seen->cap = cap;
    }
    if (!crmi_host_copy(seen->alloc, item->key, &copy.key))
        return CRMSYNC_E_NOMEM;
    if (!crmi_host_copy(seen->alloc, item->value, &copy.value)) {
        crmi_host_drop(seen->alloc, &copy.key);
        return CRMSYNC_E_NOMEM;
    }
    seen->items[seen->count++] = copy;
    return CRMSYNC_OK;
}

void crmi_seen_init(crmi_seen *seen, const crmsync_alloc *alloc)
{
    *seen = (crmi_seen){{take_item}, alloc, NULL, 0, 0, SIZE_MAX, CRMSYNC_OK};
}

void crmi_seen_clear(crmi_seen *seen)
{
    for (size_t i = 0; i < seen->count; i++) {
        crmi_host_drop(seen->alloc, &seen->items[i].key);
        crmi_host_drop(seen->alloc, &seen->items[i].value);
    }
    crmi_host_free(seen->alloc, seen->items, seen->cap * sizeof *seen->items);
    seen->items = NULL;
    seen->count = seen->cap = 0;
}

const crmsync_kv_item *crmi_seen_find(const crmi_seen *seen, uint32_t space, crmsync_str key)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].space == space && crmi_host_eq(seen->items[i].key, key))
            return &seen->items[i];
    return NULL;
}

crmsync_kv_item crmi_kv(uint32_t space, const char *key, const char *value, uint64_t version)
{
    return (crmsync_kv_item){crmi_host_str(key), crmi_host_str(value), version, space, 0};
}

bool crmi_state_get(crmi_state_kit *k, const crmsync_kv_item *keys, size_t n)
{
    crmsync_error *err = NULL;
    crmi_seen_clear(&k->seen);
    return crmi_kit_answered(&k->kit, "get",
                             k->ops->get(k->ctx, k->workspace, keys, n, &k->seen.sink, &err), &err);
}

bool crmi_state_scan(crmi_state_kit *k, uint32_t space, crmsync_str from, crmsync_str to,
                     uint32_t limit, uint32_t flags)
{
    crmsync_error *err = NULL;
    crmi_seen_clear(&k->seen);
    return crmi_kit_answered(&k->kit, "scan",
                             k->ops->scan(k->ctx, k->workspace, space, from, to, limit, flags,
                                          &k->seen.sink, &err), &err);
}

uint32_t crmi_state_commit(crmi_state_kit *k, const crmsync_kv_item *expects, size_t expect_count,
                           const crmsync_kv_item *puts, size_t put_count,
                           const crmsync_kv_item *deletes, size_t delete_count)
{
    crmsync_kv_commit commit = {sizeof commit, k->workspace, expects, expect_count,
                                puts, put_count, deletes, delete_count};
    crmsync_error *err = NULL;
    uint32_t outcome = 0;
    int32_t code = k->ops->commit(k->ctx, &commit, &outcome, &err);

    if (!crmi_kit_answered(&k->kit, "commit", code, &err))
        return 0;
    crmi_kit_check(&k->kit, outcome >= CRMSYNC_COMMIT_OK && outcome <= CRMSYNC_COMMIT_UNKNOWN,
                   "commit returned OK but outcome %u is none", (unsigned)outcome);
    return outcome;
}

bool crmi_state_put(crmi_state_kit *k, const crmsync_kv_item *puts, size_t n)
{
    uint32_t outcome = crmi_state_commit(k, NULL, 0, puts, n, NULL, 0);
    return crmi_kit_check(&k->kit, outcome == CRMSYNC_COMMIT_OK,
                          "a commit without expectations ended %u, not OK", (unsigned)outcome);
}

static void wipe_workspace(crmi_state_kit *k, crmsync_str workspace)
{
    crmsync_str all = {NULL, 0};
    for (uint32_t space = 1; space <= LAST_SPACE; space++) {
        crmsync_error *err = NULL;
        crmi_kit_answered(&k->kit, "clear",
                          k->ops->clear(k->ctx, workspace, space, all, all, &err), &err);
    }
}

void crmi_state_wipe(crmi_state_kit *k)
{
    wipe_workspace(k, k->workspace);
    wipe_workspace(k, k->second_workspace);
    crmi_seen_clear(&k->seen);
}

void crmi_state_holds(crmi_state_kit *k, crmsync_kv_item expected)
{
    const crmsync_kv_item *item;

    if (!crmi_state_get(k, &expected, 1))
        return;
    item = crmi_seen_find(&k->seen, expected.space, expected.key);
    if (expected.version == 0) {
        crmi_kit_check(&k->kit, k->seen.count == 0, "%.*s is there, and should not be",
                       CRMI_HOST_SPELL(expected.key));
        return;
    }
    if (!crmi_kit_check(&k->kit, item != NULL, "%.*s is not there",
                        CRMI_HOST_SPELL(expected.key)))
        return;
    crmi_kit_check(&k->kit, item->version == expected.version,
                   "%.*s has version %llu instead of the %llu that was put",
                   CRMI_HOST_SPELL(expected.key), (unsigned long long)item->version,
                   (unsigned long long)expected.version);
    crmi_kit_check(&k->kit, crmi_host_eq(item->value, expected.value),
                   "%.*s has another value than was put (%zu bytes instead of %zu)",
                   CRMI_HOST_SPELL(expected.key), item->value.len, expected.value.len);
}

void crmi_state_saw(crmi_state_kit *k, const char *keys)
{
    crmi_bytes got;

    crmi_bytes_init(&got, &k->kit.alloc);
    for (size_t i = 0; i < k->seen.count; i++) {
        if (i > 0)
            crmi_bytes_char(&got, ' ');
        crmi_bytes_add(&got, k->seen.items[i].key);
    }
    crmi_kit_check(&k->kit, crmi_host_eq(crmi_bytes_str(&got), crmi_host_str(keys)),
                   "delivered [%.*s] instead of [%s]", CRMI_HOST_SPELL(crmi_bytes_str(&got)), keys);
    crmi_bytes_clear(&got);
}

static void run_cases(crmi_state_kit *k, const crmi_state_case *cases)
{
    for (; cases->name; cases++) {
        crmi_kit_begin(&k->kit);
        crmi_state_wipe(k);
        cases->run(k);
        k->seen.accept = SIZE_MAX;
        crmi_kit_end(&k->kit, cases->name);
    }
    crmi_kit_begin(&k->kit);
    crmi_state_wipe(k);
}

int32_t crmsync_conformance_state(const crmsync_state_ops *ops, void *ctx,
                                  const crmsync_conformance_state_options *options,
                                  crmsync_conformance_report report, void *report_ctx)
{
    static const crmsync_conformance_state_options defaults =
        CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    crmi_state_kit k = {.ops = ops, .ctx = ctx, .options = options ? *options : defaults};
    crmi_bytes second;

    crmi_kit_init(&k.kit, report, report_ctx);
    crmi_kit_begin(&k.kit);
    if (!crmi_kit_check(&k.kit, ops && ops->get && ops->scan && ops->commit && ops->clear,
                        "the table misses one of get, scan, commit, clear")) {
        crmi_kit_end(&k.kit, "table");
        return k.kit.failures;
    }
    k.workspace = k.options.workspace.len > 0 ? k.options.workspace : CRMI_HOST_LIT("conformance");
    crmi_bytes_init(&second, &k.kit.alloc);
    crmi_bytes_add(&second, k.workspace);
    crmi_bytes_lit(&second, "-2");
    k.second_workspace = crmi_bytes_str(&second);
    crmi_seen_init(&k.seen, &k.kit.alloc);
    run_cases(&k, crmi_state_basic_cases);
    run_cases(&k, crmi_state_scan_cases);
    run_cases(&k, crmi_state_commit_cases);
    run_cases(&k, crmi_state_sharing_cases);
    crmi_seen_clear(&k.seen);
    crmi_bytes_clear(&second);
    return k.kit.failures;
}
