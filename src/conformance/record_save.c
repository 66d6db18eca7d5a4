/* Cases of save: creating, changing, refusing. */
#include "record_kit.h"

#include <string.h>

static void create_then_load(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Zo\xc3\xab", "O'Neil \"Z\" \\ \n\t line");

    if (crmi_record_create(k, &p))
        crmi_record_holds(k, &p);
}

static void update_gives_a_new_rev(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Before");
    char was[CRMI_TEXT_SIZE];

    if (!crmi_record_create(k, &p))
        return;
    memcpy(was, p.rev, sizeof was);
    crmi_person_set(&p, CRMI_LAST, "After");
    if (!crmi_record_create(k, &p))
        return;
    crmi_kit_check(&k->kit, strcmp(was, p.rev) != 0, "the revision did not change");
    crmi_record_holds(k, &p);
}

static void absent_leaves_and_null_clears(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Stays");
    crmi_person change;

    if (!crmi_record_create(k, &p))
        return;
    change = p;
    crmi_person_set(&change, CRMI_LAST, "");
    crmi_person_set(&change, CRMI_EMAIL, "");
    crmi_person_set(&change, CRMI_FIRST, "");
    change.clear[CRMI_FIRST] = true;
    if (!crmi_record_create(k, &change))
        return;
    memcpy(p.rev, change.rev, sizeof p.rev);
    crmi_person_set(&p, CRMI_FIRST, "");
    crmi_record_holds(k, &p);
}

static void stale_rev_is_a_conflict(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "One");
    crmi_person late;

    if (!crmi_record_create(k, &p))
        return;
    late = p;
    crmi_person_set(&p, CRMI_LAST, "Two");
    if (!crmi_record_create(k, &p))
        return;
    crmi_person_set(&late, CRMI_LAST, "Three");
    if (crmi_record_save(k, &late, 1) && crmi_record_answer_is(k, 0, CRMSYNC_SAVE_CONFLICT))
        crmi_record_holds(k, &p);
}

static void no_such_record(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "No", "Body");
    crmsync_str id;

    strcpy(p.rev, "1");
    if (!crmi_record_save(k, &p, 1) || !crmi_record_answer_is(k, 0, CRMSYNC_SAVE_GONE))
        return;
    id = crmi_host_str(p.id);
    crmi_record_load(k, &id, 1);
    crmi_kit_check(&k->kit, k->seen_count == 0, "saving with a revision created a record");
}

/* The answer of the first create may have been lost: the second is the same one. */
static void create_is_idempotent_on_origin(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Imported");
    crmi_person again;

    crmi_person_set(&p, CRMI_ORIGIN, p.id);
    again = p;
    strcat(again.id, "-again");
    if (!crmi_record_create(k, &p) || !crmi_record_create(k, &again))
        return;
    crmi_kit_check(&k->kit, strcmp(p.id, again.id) == 0,
                   "one origin made two records, %s and %s", p.id, again.id);
    crmi_record_holds(k, &p);
}

static void other_values_of_one_origin(crmi_record_kit *k)
{
    crmi_person p = crmi_person_new(k, "Ann", "Imported");
    crmi_person other;

    crmi_person_set(&p, CRMI_ORIGIN, p.id);
    other = p;
    strcat(other.id, "-other");
    crmi_person_set(&other, CRMI_LAST, "Else");
    if (crmi_record_create(k, &p) && crmi_record_save(k, &other, 1) &&
        crmi_record_answer_is(k, 0, CRMSYNC_SAVE_CONFLICT))
        crmi_record_holds(k, &p);
}

static void one_origin_twice_in_a_batch(crmi_record_kit *k)
{
    crmi_person pair[2];

    pair[0] = crmi_person_new(k, "Ann", "Twin");
    crmi_person_set(&pair[0], CRMI_ORIGIN, pair[0].id);
    pair[1] = pair[0];
    strcat(pair[1].id, "-twin");
    if (!crmi_record_save(k, pair, 2) || !crmi_record_answer_is(k, 0, CRMSYNC_SAVE_SAVED) ||
        !crmi_record_answer_is(k, 1, CRMSYNC_SAVE_SAVED))
        return;
    crmi_kit_check(&k->kit, strcmp(k->answers[0].id, k->answers[1].id) == 0,
                   "one origin made two records, %s and %s", k->answers[0].id, k->answers[1].id);
}

static void items_are_answered_apart(crmi_record_kit *k)
{
    crmi_person first = crmi_person_new(k, "Ann", "First");
    crmi_person batch[4];

    if (!crmi_record_create(k, &first))
        return;
    batch[0] = crmi_person_new(k, "New", "One");
    batch[1] = first; /* conflict */
    strcat(batch[1].rev, "0");
    crmi_person_set(&batch[1], CRMI_LAST, "Wrong");
    batch[2] = crmi_person_new(k, "No", "Body"); /* gone */
    strcpy(batch[2].rev, "1");
    batch[3] = first;
    crmi_person_set(&batch[3], CRMI_LAST, "Right");
    if (!crmi_record_save(k, batch, 4))
        return;
    crmi_record_answer_is(k, 0, CRMSYNC_SAVE_SAVED);
    crmi_record_answer_is(k, 1, CRMSYNC_SAVE_CONFLICT);
    crmi_record_answer_is(k, 2, CRMSYNC_SAVE_GONE);
    crmi_record_answer_is(k, 3, CRMSYNC_SAVE_SAVED);
    memcpy(batch[3].rev, k->answers[3].rev, sizeof batch[3].rev);
    memcpy(batch[0].rev, k->answers[0].rev, sizeof batch[0].rev);
    memcpy(batch[0].id, k->answers[0].id, sizeof batch[0].id);
    crmi_record_holds(k, &batch[3]);
    crmi_record_holds(k, &batch[0]);
}

static void empty_batch(crmi_record_kit *k)
{
    crmi_record_save(k, NULL, 0);
}

const crmi_record_case crmi_record_save_cases[] = {
    {"records/save/create_then_load", create_then_load},
    {"records/save/update_gives_a_new_rev", update_gives_a_new_rev},
    {"records/save/absent_leaves_and_null_clears", absent_leaves_and_null_clears},
    {"records/save/stale_rev_is_a_conflict", stale_rev_is_a_conflict},
    {"records/save/no_such_record", no_such_record},
    {"records/save/create_is_idempotent_on_origin", create_is_idempotent_on_origin},
    {"records/save/other_values_of_one_origin", other_values_of_one_origin},
    {"records/save/one_origin_twice_in_a_batch", one_origin_twice_in_a_batch},
    {"records/save/items_are_answered_apart", items_are_answered_apart},
    {"records/save/empty_batch", empty_batch},
    {NULL, NULL},
};
