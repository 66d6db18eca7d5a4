/* convert.c: a lead becomes a contact, an account and perhaps an opportunity. */
#include "life.h"

#include <stdlib.h>
#include <string.h>

typedef struct copy_row {
    const char *from, *to;
} copy_row;

static const copy_row contact_fields[] = {
    {"FirstName", "FirstName"}, {"LastName", "LastName"}, {"Salutation", "Salutation"},
    {"Title", "Title"}, {"Email", "Email"}, {"Phone", "Phone"}, {"MobilePhone", "MobilePhone"},
    {"Fax", "Fax"}, {"LeadSource", "LeadSource"}, {"Description", "Description"},
    {"Street", "MailingStreet"}, {"City", "MailingCity"}, {"State", "MailingState"},
    {"PostalCode", "MailingPostalCode"}, {"Country", "MailingCountry"}, {"OwnerId", "OwnerId"}};
static const copy_row contact_flags[] = {{"HasOptedOutOfEmail", "HasOptedOutOfEmail"},
                                         {"HasOptedOutOfFax", "HasOptedOutOfFax"},
                                         {"DoNotCall", "DoNotCall"}};
static const copy_row account_fields[] = {
    {"Company", "Name"}, {"Phone", "Phone"}, {"Fax", "Fax"}, {"Website", "Website"},
    {"Industry", "Industry"}, {"Rating", "Rating"}, {"LeadSource", "AccountSource"},
    {"Street", "BillingStreet"}, {"City", "BillingCity"}, {"State", "BillingState"},
    {"PostalCode", "BillingPostalCode"}, {"Country", "BillingCountry"}, {"OwnerId", "OwnerId"}};

/* Existing records get only what they lack. */
static void copy_empty(orgsim_row *to, const orgsim_row *from, const copy_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = orgsim_get_text(from, rows[i].from);
        if (!text || orgsim_get_text(to, rows[i].to))
            continue;
        if (strcmp(rows[i].to, "OwnerId") == 0 && memcmp(text, "005", 3) != 0)
            continue; /* a queue owns leads only */
        orgsim_put_text(to, rows[i].to, text);
    }
}

static orgsim_row *target(orgsim *org, const orgsim_writer *writer, const char *object,
                          const char *id, bool *made)
{
    orgsim_object *type = orgsim_object_named(org, object);
    *made = !id || !*id;
    if (!*made) {
        orgsim_row *found = orgsim_row_by_id(org, type, id);
        return found && !found->deleted ? found : NULL;
    }
    orgsim_row *row = orgsim_row_new(org, type, NULL);
    orgsim_remember(org, row);
    orgsim_stamp(org, writer, row, true);
    return row;
}

static orgsim_row *make_account(orgsim *org, const orgsim_writer *writer, const orgsim_row *lead,
                                const char *id)
{
    bool made;
    orgsim_row *account = target(org, writer, "Account", id, &made);
    if (!account)
        return NULL;
    if (!made)
        orgsim_remember(org, account);
    copy_empty(account, lead, account_fields, sizeof account_fields / sizeof *account_fields);
    if (!made)
        orgsim_stamp(org, writer, account, false);
    return account;
}

static orgsim_row *make_contact(orgsim *org, const orgsim_writer *writer, const orgsim_row *lead,
                                const orgsim_row *account, const char *id)
{
    bool made;
    orgsim_problem ignored;
    orgsim_row *contact = target(org, writer, "Contact", id, &made);
    if (!contact)
        return NULL;
    if (!made)
        orgsim_remember(org, contact);
    copy_empty(contact, lead, contact_fields, sizeof contact_fields / sizeof *contact_fields);
    for (size_t i = 0; i < sizeof contact_flags / sizeof *contact_flags; i++) {
        if (orgsim_get_bool(lead, contact_flags[i].from) && made)
            orgsim_put_bool(contact, contact_flags[i].to, true);
    }
    if (!orgsim_get_text(contact, "AccountId"))
        orgsim_put_text(contact, "AccountId", account->id);
    if (!made)
        orgsim_stamp(org, writer, contact, false);
    (void)orgsim_derive(org, writer, contact, NULL, &ignored);
    return contact;
}

static orgsim_row *make_opportunity(orgsim *org, const orgsim_writer *writer,
                                    const orgsim_row *lead, const orgsim_row *account,
                                    const orgsim_row *contact)
{
    bool made;
    orgsim_problem ignored;
    orgsim_row *opportunity = target(org, writer, "Opportunity", NULL, &made);
    orgsim_put_text(opportunity, "Name", orgsim_get_text(lead, "Company"));
    orgsim_put_text(opportunity, "AccountId", account->id);
    orgsim_put_text(opportunity, "StageName", "Prospecting");
    orgsim_put_text(opportunity, "LeadSource", orgsim_get_text(lead, "LeadSource"));
    orgsim_put_text(opportunity, "OwnerId", orgsim_get_text(contact, "OwnerId"));
    orgsim_put_text(opportunity, "ContactId", contact->id);
    orgsim_put_day(opportunity, "CloseDate", org->now_ms / 86400000 + 90);
    (void)orgsim_derive(org, writer, opportunity, NULL, &ignored);
    orgsim_create_companions(org, writer, opportunity);
    return opportunity;
}

static void move_children(orgsim *org, const orgsim_writer *writer, const orgsim_row *lead,
                          const orgsim_row *contact)
{
    static const char *const activities[] = {"Task", "Event"};
    orgsim_problem ignored;
    for (size_t i = 0; i < 2; i++) {
        orgsim_rows rows = orgsim_children(org, activities[i], "WhoId", lead->id);
        for (size_t k = 0; k < rows.count; k++) {
            orgsim_remember(org, rows.items[k]);
            orgsim_row before = org->journal[org->journal_count - 1].before;
            orgsim_put_text(rows.items[k], "WhoId", contact->id);
            orgsim_stamp(org, writer, rows.items[k], false);
            (void)orgsim_derive(org, writer, rows.items[k], &before, &ignored);
        }
        orgsim_rows_clear(&rows);
    }
    /* A membership keeps its LeadId and shows the contact. */
    orgsim_rows members = orgsim_children(org, "CampaignMember", "LeadId", lead->id);
    for (size_t i = 0; i < members.count; i++) {
        orgsim_remember(org, members.items[i]);
        orgsim_row before = org->journal[org->journal_count - 1].before;
        orgsim_put_text(members.items[i], "ContactId", contact->id);
        orgsim_stamp(org, writer, members.items[i], false);
        (void)orgsim_derive(org, writer, members.items[i], &before, &ignored);
    }
    orgsim_rows_clear(&members);
}

static const char *converted_status(const orgsim *org)
{
    const orgsim_object *statuses = orgsim_object_named(org, "LeadStatus");
    for (size_t i = 0; i < statuses->row_count; i++) {
        if (orgsim_get_bool(statuses->rows[i], "IsConverted"))
            return orgsim_get_text(statuses->rows[i], "MasterLabel");
    }
    return NULL;
}

static int convert(orgsim *org, const orgsim_writer *writer, orgsim_row *lead,
                   const char *account_id, const char *contact_id, bool with_opportunity,
                   char contact_out[19])
{
    orgsim_row *account = make_account(org, writer, lead, account_id);
    orgsim_row *contact =
        account ? make_contact(org, writer, lead, account, contact_id) : NULL;
    if (!contact)
        return -1;
    orgsim_row *opportunity =
        with_opportunity ? make_opportunity(org, writer, lead, account, contact) : NULL;
    orgsim_remember(org, lead);
    orgsim_put_bool(lead, "IsConverted", true);
    orgsim_put_text(lead, "Status", converted_status(org));
    orgsim_put_day(lead, "ConvertedDate", org->now_ms / 86400000);
    orgsim_put_text(lead, "ConvertedAccountId", account->id);
    orgsim_put_text(lead, "ConvertedContactId", contact->id);
    orgsim_put_text(lead, "ConvertedOpportunityId", opportunity ? opportunity->id : NULL);
    orgsim_stamp(org, writer, lead, false);
    move_children(org, writer, lead, contact);
    memcpy(contact_out, contact->id, sizeof contact->id);
    return 0;
}

int orgsim_convert_lead(orgsim *org, const char *lead, const char *account, const char *contact,
                        bool with_opportunity, char contact_out[19])
{
    char id[19], scratch[19];
    orgsim_writer writer = orgsim_hand(org);
    if (!orgsim_id_normal(lead, strlen(lead), id))
        return -1;
    orgsim_row *row = orgsim_row_by_id(org, orgsim_object_named(org, "Lead"), id);
    if (!row || row->deleted || orgsim_get_bool(row, "IsConverted"))
        return -1;
    size_t mark = orgsim_mark(org);
    int r = convert(org, &writer, row, account, contact, with_opportunity,
                    contact_out ? contact_out : scratch);
    if (r != 0)
        orgsim_rollback(org, mark);
    orgsim_journal_clear(org);
    return r;
}
