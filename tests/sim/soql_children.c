/* soql_children.c: (SELECT ... FROM Contacts), and what relationships are called from above. */
#include "soql_tree.h"

#include <stdlib.h>
#include <string.h>

/* Of standard fields; the field itself tells to which objects it leads. */
static const struct { const char *relationship, *object, *field; } relations[] = {
    {"Contacts", "Contact", "AccountId"},
    {"Opportunities", "Opportunity", "AccountId"},
    {"Opportunities", "Opportunity", "CampaignId"},
    {"ChildAccounts", "Account", "ParentId"},
    {"ChildCampaigns", "Campaign", "ParentId"},
    {"Tasks", "Task", "WhoId"},
    {"Tasks", "Task", "WhatId"},
    {"Events", "Event", "WhoId"},
    {"Events", "Event", "WhatId"},
    {"CampaignMembers", "CampaignMember", "CampaignId"},
    {"CampaignMembers", "CampaignMember", "ContactId"},
    {"CampaignMembers", "CampaignMember", "LeadId"},
    {"CampaignMemberStatuses", "CampaignMemberStatus", "CampaignId"},
    {"OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"},
    {"OpportunityContactRoles", "OpportunityContactRole", "ContactId"},
    {"ContentDocumentLinks", "ContentDocumentLink", "LinkedEntityId"},
};

const char *orgsim_child_relationship(const orgsim_object *object, const orgsim_field *field)
{
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        if (strcmp(relations[i].object, object->name) == 0 &&
            strcmp(relations[i].field, field->name) == 0)
            return relations[i].relationship;
    }
    return NULL;
}

int soql_bind_children(orgsim_soql *parent, orgsim_soql *child, orgsim_problem *problem)
{
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        const orgsim_object *object = orgsim_object_named(parent->org, relations[i].object);
        const orgsim_field *field = orgsim_field_named(object, relations[i].field);
        if (!orgsim_ieq(relations[i].relationship, child->from) || parent->parent ||
            !orgsim_field_leads_to(field, parent->object))
            continue;
        child->relationship =
            soql_keep_text(child, relations[i].relationship, strlen(child->from));
        child->child_field = field;
        child->from = soql_keep_text(child, object->name, strlen(object->name));
        if (soql_bind(child, problem) != 0)
            return -1;
        return soql_only_fields(child)
                   ? 0
                   : soql_refuse(parent, child->from_at, "MALFORMED_QUERY", problem,
                                 "only fields in a nested query");
    }
    return soql_refuse(parent, child->from_at, "INVALID_TYPE", problem,
                       "Didn't understand relationship '%s' in FROM part of query call. If you "
                       "are attempting to use a custom relationship, be sure to append the '__r' "
                       "after the custom relationship name.",
                       child->from);
}

void soql_write_children(orgsim *org, const orgsim_soql *child, const orgsim_row *parent,
                         const char *version, orgsim_buf *out)
{
    orgsim_rows rows =
        orgsim_children(org, child->object->name, child->child_field->name, parent->id);
    size_t kept = 0;
    for (size_t i = 0; i < rows.count; i++) {
        orgsim_row *row = rows.items[i];
        if ((child->see_all || orgsim_row_shared(row)) &&
            (!child->where || soql_matches(org, child, row, child->where)))
            rows.items[kept++] = row;
    }
    rows.count = kept;
    soql_arrange(org, child, &rows);
    orgsim_buf_printf(out, ",\"%s\":", child->relationship);
    if (rows.count)
        orgsim_buf_printf(out, "{\"totalSize\":%zu,\"done\":true,\"records\":[", rows.count);
    else
        orgsim_buf_puts(out, "null"); /* no rows are null, not a list */
    for (size_t i = 0; i < rows.count; i++) {
        orgsim_buf_puts(out, i ? "," : "");
        orgsim_soql_write_row(org, child, rows.items[i], version, out);
    }
    orgsim_buf_puts(out, rows.count ? "]}" : "");
    orgsim_rows_clear(&rows);
}
