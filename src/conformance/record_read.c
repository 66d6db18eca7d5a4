/* Cases of load, find and the change feed. */
#include "record_kit.h"

#include <string.h>

static void load_delivers_what_exists(crmi_record_kit *k)
{
    crmi_person people[2];
    crmsync_str ids[4] = {CRMI_HOST_LIT("kit-never-was"), {NULL, 0}, CRMI_HOST_LIT("kit-nor-this"),
                          {NULL, 0}};

    for (size_t i = 0; i < 2; i++) {
        people[i] = crmi_person_new(k, "Ann", i ? "Two" : "One");
        if (!crmi_record_create(k, &people[i]))
            return;
        ids[1 + 2 * i] = crmi_host_str(people[i].id);
    }
    if (!crmi_record_load(k, ids, 4))
        return;
    crmi_kit_check(&k->kit, k->seen_count == 2, "load delivered %zu records instead of 2",
                   k->seen_count);
    for (size_t i = 0; i < 2; i++)
        crmi_kit_check(&k->kit, crmi_record_seen(k, people[i].id) == 1, "load left out %s",
                       people[i].id);
}

static void workspaces_are_apart(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Here");
    crmsync_str was = k->workspace;
    crmsync_str id;

    if (!crmi_record_create(k, &p))
        return;
    id = crmi_host_str(p.id);
    k->workspace = CRMI_HOST_LIT("conformance-elsewhere");
    crmi_record_load(k, &id, 1);
    crmi_kit_check(&k->kit, k->seen_count == 0, "a record shows in another workspace");
    k->workspace = was;
}

static void find_delivers_all_hits(crmi_record_kit *k)
{
    crmi_person people[3];
    char upper[CRMI_TEXT_SIZE];

    if (!k->ops->find) {
        crmi_kit_skip(&k->kit, "the table has no find");
        return;
    }
    for (size_t i = 0; i < 3; i++)
        people[i] = crmi_person_new(k, "Ann", "Found");
    memcpy(upper, people[0].texts[CRMI_EMAIL], sizeof upper);
    for (char *p = upper; *p; p++)
        if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    crmi_person_set(&people[1], CRMI_EMAIL, upper);
    for (size_t i = 0; i < 3; i++)
        if (!crmi_record_create(k, &people[i]))
            return;
    if (!crmi_record_find(k, "email", people[0].texts[CRMI_EMAIL]))
        return;
    crmi_kit_check(&k->kit, k->seen_count == 2 && crmi_record_seen(k, people[0].id) == 1 &&
                   crmi_record_seen(k, people[1].id) == 1,
                   "find by e-mail delivered %zu records; two have it, one in capitals",
                   k->seen_count);
    for (size_t i = 0; i < k->seen_count; i++)
        crmi_kit_check(&k->kit, k->seen[i].rev[0] && k->seen[i].texts[CRMI_EMAIL][0],
                       "find delivered a record without rev or without the field");
    if (crmi_record_find(k, "email", "kit-nobody@example.com"))
        crmi_kit_check(&k->kit, k->seen_count == 0, "find delivered what nobody asked for");
}

static void find_follows_changes(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Moves");
    char was[CRMI_TEXT_SIZE];

    if (!k->ops->find) {
        crmi_kit_skip(&k->kit, "the table has no find");
        return;
    }
    if (!crmi_record_create(k, &p))
        return;
    memcpy(was, p.texts[CRMI_EMAIL], sizeof was);
    strcat(p.texts[CRMI_EMAIL], ".example");
    if (!crmi_record_create(k, &p))
        return;
    if (crmi_record_find(k, "email", was))
        crmi_kit_check(&k->kit, k->seen_count == 0, "find still knows an old address");
    if (crmi_record_find(k, "email", p.texts[CRMI_EMAIL]))
        crmi_kit_check(&k->kit, k->seen_count == 1, "find does not know the new address");
}

static void find_by_origin(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Imported");

    if (!k->ops->find) {
        crmi_kit_skip(&k->kit, "the table has no find");
        return;
    }
    crmi_person_set(&p, CRMI_ORIGIN, p.id);
    if (crmi_record_create(k, &p) && crmi_record_find(k, "origin", p.texts[CRMI_ORIGIN]))
        crmi_kit_check(&k->kit, k->seen_count == 1 && strcmp(k->seen[0].id, p.id) == 0,
                       "find by origin delivered %zu records", k->seen_count);
}

static void feed_starts_at_the_beginning(crmi_record_kit *k)
{
    crmi_person people[7];

    for (size_t i = 0; i < 7; i++) {
        people[i] = crmi_person_new(k, "Ann", "Fed");
        if (!crmi_record_create(k, &people[i]))
            return;
    }
    crmi_record_forget(k);
    if (!crmi_record_catch_up(k))
        return;
    for (size_t i = 0; i < 7; i++)
        crmi_kit_check(&k->kit, crmi_record_seen(k, people[i].id) == 1,
                       "from the beginning, %s was delivered %zu times", people[i].id,
                       crmi_record_seen(k, people[i].id));
    for (size_t i = 0; i < k->seen_count; i++)
        crmi_kit_check(&k->kit, k->seen[i].rev[0] != '\0', "a change without rev");
}

static void feed_tells_own_saves(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "One");
    crmi_person fresh = crmi_person_new(k, "Ben", "New");

    if (!crmi_record_create(k, &p) || !crmi_record_catch_up(k))
        return;
    crmi_record_forget(k);
    if (!crmi_record_changed(k, 100))
        return;
    crmi_kit_check(&k->kit, k->seen_count == 0 && !k->more,
                   "nothing changed, yet the feed delivers %zu records", k->seen_count);
    crmi_person_set(&p, CRMI_LAST, "Two");
    if (!crmi_record_create(k, &p) || !crmi_record_create(k, &fresh) || !crmi_record_catch_up(k))
        return;
    crmi_kit_check(&k->kit, crmi_record_seen(k, p.id) >= 1, "a saved change is not in the feed");
    crmi_kit_check(&k->kit, crmi_record_seen(k, fresh.id) >= 1,
                   "a created record is not in the feed");
}

static void conflicts_are_no_changes(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "One");

    if (!crmi_record_create(k, &p) || !crmi_record_catch_up(k))
        return;
    crmi_record_forget(k);
    strcat(p.rev, "0");
    crmi_person_set(&p, CRMI_LAST, "Two");
    if (crmi_record_save(k, &p, 1) && crmi_record_answer_is(k, 0, CRMSYNC_SAVE_CONFLICT) &&
        crmi_record_catch_up(k))
        crmi_kit_check(&k->kit, crmi_record_seen(k, p.id) == 0, "a conflict entered the feed");
}

static void removed_record(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Leaves");
    crmsync_str id;
    size_t told = 0;
    int32_t code;

    if (!k->options.remove) {
        crmi_kit_skip(&k->kit, "option remove is not given");
        return;
    }
    if (!crmi_record_create(k, &p) || !crmi_record_catch_up(k))
        return;
    crmi_record_forget(k);
    id = crmi_host_str(p.id);
    code = k->options.remove(k->options.remove_ctx, k->workspace, k->kind, id);
    if (!crmi_kit_check(&k->kit, code == CRMSYNC_OK, "remove returned %s",
                        crmsync_code_name(code)) ||
        !crmi_record_catch_up(k))
        return;
    for (size_t i = 0; i < k->seen_count; i++)
        told += strcmp(k->seen[i].id, p.id) == 0 && k->seen[i].deleted;
    crmi_kit_check(&k->kit, told >= 1, "the feed does not tell of a removed record");
    crmi_record_load(k, &id, 1);
    crmi_kit_check(&k->kit, k->seen_count == 0, "load delivers a removed record");
    if (k->ops->find && crmi_record_find(k, "email", p.texts[CRMI_EMAIL]))
        crmi_kit_check(&k->kit, k->seen_count == 0, "find delivers a removed record");
    if (crmi_record_save(k, &p, 1))
        crmi_record_answer_is(k, 0, CRMSYNC_SAVE_GONE);
}

static void survives_a_restart(crmi_record_kit *k)
{
    crmi_person before = crmi_person_new(k, "Ann", "Before");
    crmi_person after = crmi_person_new(k, "Ben", "After");
    int32_t code;

    if (!k->options.reopen) {
        crmi_kit_skip(&k->kit, "option reopen is not given");
        return;
    }
    if (!crmi_record_create(k, &before) || !crmi_record_catch_up(k))
        return;
    code = k->options.reopen(k->options.reopen_ctx, &k->ctx);
    if (!crmi_kit_check(&k->kit, code == CRMSYNC_OK, "reopen returned %s",
                        crmsync_code_name(code)))
        return;
    crmi_record_holds(k, &before);
    crmi_record_forget(k);
    if (!crmi_record_create(k, &after) || !crmi_record_catch_up(k))
        return;
    crmi_kit_check(&k->kit, crmi_record_seen(k, after.id) >= 1 &&
                   crmi_record_seen(k, before.id) == 0,
                   "the cursor does not go on where it was before the restart");
}

const crmi_record_case crmi_record_read_cases[] = {
    {"records/load/delivers_what_exists", load_delivers_what_exists},
    {"records/load/workspaces_are_apart", workspaces_are_apart},
    {"records/find/delivers_all_hits", find_delivers_all_hits},
    {"records/find/follows_changes", find_follows_changes},
    {"records/find/by_origin", find_by_origin},
    {"records/changed/starts_at_the_beginning", feed_starts_at_the_beginning},
    {"records/changed/tells_own_saves", feed_tells_own_saves},
    {"records/changed/conflicts_are_no_changes", conflicts_are_no_changes},
    {"records/changed/removed_record", removed_record},
    {"records/changed/survives_a_restart", survives_a_restart},
    {NULL, NULL},
};
