/* life.c: recycle bin, undelete and merge. */
#include "life.h"

#include <string.h>

/* What a deletion takes along, and what a merge moves to the winner. */
static const struct child_row {
    const char *parent, *child, *field;
    bool cascade;
} children[] = {
    {"Account", "Contact", "AccountId", true},
    {"Account", "Opportunity", "AccountId", true},
    {"Account", "Task", "WhatId", true},
    {"Account", "Event", "WhatId", true},
    {"Account", "Account", "ParentId", false},
    {"Account", "ContentDocumentLink", "LinkedEntityId", true},
    {"Contact", "Task", "WhoId", true},
    {"Contact", "Event", "WhoId", true},
    {"Contact", "CampaignMember", "ContactId", true},
    {"Contact", "OpportunityContactRole", "ContactId", true},
    {"Contact", "Contact", "ReportsToId", false},
    {"Contact", "ContentDocumentLink", "LinkedEntityId", true},
    {"Lead", "Task", "WhoId", true},
    {"Lead", "Event", "WhoId", true},
    {"Lead", "CampaignMember", "LeadId", true},
    {"Lead", "ContentDocumentLink", "LinkedEntityId", true},
    {"Opportunity", "OpportunityContactRole", "OpportunityId", true},
    {"Opportunity", "Task", "WhatId", true},
    {"Opportunity", "Event", "WhatId", true},
    {"Campaign", "CampaignMember", "CampaignId", true},
    {"Campaign", "CampaignMemberStatus", "CampaignId", true},
    {"Campaign", "Task", "WhatId", true},
    {"ContentDocument", "ContentDocumentLink", "ContentDocumentId", true},
};
#define CHILD_COUNT (sizeof children / sizeof *children)

orgsim_writer orgsim_hand(orgsim *org)
{
    /* A person's change is not the integration user's: ada made it. */
    const orgsim_object *users = orgsim_object_named(org, "User");
    orgsim_writer writer = {users->row_count > 1 ? users->rows[1] : org->api_user, true, false,
                            true};
    return writer;
}

static void log_deletion(orgsim *org, const orgsim_row *row)
{
    ORGSIM_ROOM(org->deletions, org->deletion_count, org->deletion_cap);
    struct orgsim_deletion *deletion = &org->deletions[org->deletion_count++];
    memcpy(deletion->id, row->id, sizeof deletion->id);
    deletion->object = row->object;
    deletion->when = org->now_ms;
}

static void bin_one(orgsim *org, const orgsim_writer *writer, orgsim_row *row)
{
    orgsim_remember(org, row);
    row->deleted = true;
    row->deleted_at = org->now_ms;
    row->batch = org->next_batch;
    orgsim_stamp(org, writer, row, false);
    log_deletion(org, row);
}

static void bin_tree(orgsim *org, const orgsim_writer *writer, orgsim_row *row)
{
    bin_one(org, writer, row);
    for (size_t i = 0; i < CHILD_COUNT; i++) {
        if (strcmp(children[i].parent, row->object->name) != 0 || !children[i].cascade)
            continue;
        orgsim_rows rows = orgsim_children(org, children[i].child, children[i].field, row->id);
        for (size_t k = 0; k < rows.count; k++)
            bin_tree(org, writer, rows.items[k]);
        orgsim_rows_clear(&rows);
    }
    bool note = strcmp(row->object->name, "ContentNote") == 0;
    bool document = strcmp(row->object->name, "ContentDocument") == 0;
    if (note || document) { /* one thing, seen as two objects */
        const char *other = note ? "ContentDocument" : "ContentNote";
        orgsim_row *twin = orgsim_row_by_id(org, orgsim_object_named(org, other), row->id);
        if (twin && !twin->deleted)
            bin_tree(org, writer, twin);
    }
}

void orgsim_bin(orgsim *org, const orgsim_writer *writer, orgsim_row *row)
{
    org->next_batch++;
    bin_tree(org, writer, row);
}

int orgsim_remove(orgsim *org, const orgsim_writer *writer, orgsim_row *row,
                  orgsim_problem *problem)
{
    if (row->deleted)
        return orgsim_problem_set(problem, 404, "ENTITY_IS_DELETED", NULL, "entity is deleted");
    if (!(row->object->flags & ORGSIM_O_DELETABLE))
        return orgsim_problem_set(problem, 400, "INSUFFICIENT_ACCESS_OR_READONLY", NULL,
                                  "insufficient access rights on object id");
    if (!writer->by_hand && orgsim_check_locks(org, row, problem) != 0)
        return -1;
    orgsim_bin(org, writer, row);
    org->usage.rows_deleted += !writer->by_hand;
    return 0;
}

int orgsim_restore(orgsim *org, const orgsim_writer *writer, orgsim_row *row)
{
    if (!row->deleted || (row->object->flags & ORGSIM_O_HARD))
        return -1;
    uint64_t batch = row->batch;
    for (size_t i = 0; i < org->all_rows.count; i++) {
        orgsim_row *other = org->all_rows.items[i];
        if (!other->deleted || other->gone || other->batch != batch)
            continue;
        orgsim_remember(org, other);
        other->deleted = false;
        orgsim_stamp(org, writer, other, false);
        if (orgsim_field_named(other->object, "MasterRecordId"))
            orgsim_put_text(other, "MasterRecordId", NULL);
        for (size_t k = org->deletion_count; k-- > 0;) {
            if (strcmp(org->deletions[k].id, other->id) == 0)
                org->deletions[k] = org->deletions[--org->deletion_count];
        }
    }
    return 0;
}

/* A person is in a campaign once: the loser's membership goes when the winner has one. */
static bool has_member(const orgsim *org, const orgsim_row *member, const char *field,
                       const char *person)
{
    const char *campaign = orgsim_get_text(member, "CampaignId");
    orgsim_rows rows = orgsim_children(org, "CampaignMember", field, person);
    bool found = false;
    for (size_t i = 0; i < rows.count; i++)
        found = found || orgsim_ieq(orgsim_get_text(rows.items[i], "CampaignId"), campaign);
    orgsim_rows_clear(&rows);
    return found;
}

static void move_child(orgsim *org, const orgsim_writer *writer, orgsim_row *child,
                       const char *field, const orgsim_row *winner)
{
    orgsim_problem ignored;
    if (strcmp(child->object->name, "CampaignMember") == 0 &&
        has_member(org, child, field, winner->id)) {
        bin_one(org, writer, child);
        return;
    }
    orgsim_remember(org, child);
    orgsim_row before = org->journal[org->journal_count - 1].before;
    orgsim_put_text(child, field, winner->id);
    orgsim_stamp(org, writer, child, false);
    (void)orgsim_derive(org, writer, child, &before, &ignored);
}

int orgsim_join(orgsim *org, const orgsim_writer *writer, orgsim_row *winner, orgsim_row *loser)
{
    if (winner->object != loser->object || winner == loser || winner->deleted || loser->deleted ||
        !(winner->object->flags & ORGSIM_O_MERGEABLE))
        return -1;
    for (size_t i = 0; i < CHILD_COUNT; i++) {
        if (strcmp(children[i].parent, loser->object->name) != 0)
            continue;
        orgsim_rows rows = orgsim_children(org, children[i].child, children[i].field, loser->id);
        for (size_t k = 0; k < rows.count; k++)
            move_child(org, writer, rows.items[k], children[i].field, winner);
        orgsim_rows_clear(&rows);
    }
    org->next_batch++;
    bin_one(org, writer, loser);
    orgsim_put_text(loser, "MasterRecordId", winner->id);
    orgsim_remember(org, winner);
    orgsim_stamp(org, writer, winner, false);
    return 0;
}
