/* test_orgsim_life.c: deletion, undelete, purge, merge and conversion. */
#include "test_orgsim.h"

static int setup(void **state)
{
    *state = orgsim_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    orgsim_free(*state);
    return 0;
}

static void make(orgsim *org, const char *object, char id[19], const char *format, ...)
{
    char fields[500];
    va_list args;
    va_start(args, format);
    vsnprintf(fields, sizeof fields, format, args);
    va_end(args);
    if (orgsim_insert(org, object, fields, id) != 0)
        fail_msg("%s %s", object, fields);
}

/* Rows by SOQL with the deleted ones. */
static long count_all(orgsim *org, const char *object, const char *where)
{
    char soql[300];
    snprintf(soql, sizeof soql, "SELECT COUNT() FROM %s WHERE %s", object, where);
    char *json = orgsim_query(org, soql, true);
    long count = json ? strtol(json + strlen("{\"totalSize\":"), NULL, 10) : -1;
    orgsim_string_free(json);
    return count;
}

static int status_of(orgsim *org, const char *method, const char *object, const char *id,
                     const char *code)
{
    char target[100];
    snprintf(target, sizeof target, "/services/data/v60.0/sobjects/%s/%s", object, id);
    reply r = ask(org, method, target, "{\"Description\":\"x\"}");
    int status = r.status;
    assert_string_equal(text_at(&r, "/0/errorCode"), code);
    done(&r);
    return status;
}

static void test_delete__account__takes_its_children_and_gives_them_back(void **state)
{
    orgsim *org = *state;
    char account[19], contact[19], lone[19], task[19], deal[19], role[19];
    make(org, "Account", account, "{\"Name\":\"A\"}");
    make(org, "Contact", contact, "{\"LastName\":\"C\",\"AccountId\":\"%s\"}", account);
    make(org, "Contact", lone, "{\"LastName\":\"L\"}");
    make(org, "Task", task, "{\"WhoId\":\"%s\"}", contact);
    make(org, "Opportunity", deal, "{\"Name\":\"O\",\"AccountId\":\"%s\",\"StageName\":"
         "\"Prospecting\",\"CloseDate\":\"2026-02-01\"}", account);
    make(org, "OpportunityContactRole", role, "{\"OpportunityId\":\"%s\",\"ContactId\":\"%s\"}",
         deal, contact);
    assert_int_equal(orgsim_delete(org, lone), 0);
    orgsim_set_now(org, orgsim_now(org) + 60000);
    assert_int_equal(orgsim_delete(org, account), 0);
    assert_int_equal(orgsim_count(org, "Contact", NULL), 0);
    assert_int_equal(orgsim_count(org, "Task", NULL), 0);
    assert_int_equal(orgsim_count(org, "Opportunity", NULL), 0);
    assert_int_equal(count_all(org, "Contact", "IsDeleted = true"), 2);
    assert_int_equal(count_all(org, "Contact",
                               "IsDeleted = true AND SystemModstamp >= 2026-01-05T09:01:00Z"), 1);
    /* a role of its own leaves no trace */
    assert_int_equal(count_all(org, "OpportunityContactRole", "Id != null"), 0);
    assert_int_equal(orgsim_delete(org, account), -1);
    assert_int_equal(orgsim_undelete(org, account), 0);
    assert_int_equal(orgsim_count(org, "Contact", NULL), 1);
    assert_int_equal(orgsim_count(org, "Opportunity", "Account.Name = 'A'"), 1);
    assert_int_equal(orgsim_undelete(org, account), -1);
}

static void test_purge__deleted_row__is_gone_for_good(void **state)
{
    orgsim *org = *state;
    char id[19];
    make(org, "Lead", id, "{\"LastName\":\"L\",\"Company\":\"X\"}");
    assert_int_equal(orgsim_purge(org, id), -1);
    orgsim_delete(org, id);
    assert_int_equal(status_of(org, "GET", "Lead", id, "ENTITY_IS_DELETED"), 404);
    assert_int_equal(orgsim_purge(org, id), 0);
    assert_int_equal(status_of(org, "GET", "Lead", id, "NOT_FOUND"), 404);
    assert_int_equal(count_all(org, "Lead", "Id != null"), 0);
    assert_int_equal(orgsim_undelete(org, id), -1);
}

static void test_merge__loser__points_to_the_winner_and_children_move(void **state)
{
    orgsim *org = *state;
    char winner[19], loser[19], task[19], campaign[19], other[19], member[19], where[200];
    make(org, "Contact", winner, "{\"LastName\":\"W\"}");
    make(org, "Contact", loser, "{\"LastName\":\"L\"}");
    make(org, "Task", task, "{\"WhoId\":\"%s\"}", loser);
    make(org, "Campaign", campaign, "{\"Name\":\"both\"}");
    make(org, "Campaign", other, "{\"Name\":\"loser only\"}");
    make(org, "CampaignMember", member, "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\"}", campaign,
         winner);
    make(org, "CampaignMember", member, "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\"}", campaign,
         loser);
    make(org, "CampaignMember", member, "{\"CampaignId\":\"%s\",\"ContactId\":\"%s\"}", other,
         loser);
    orgsim_set_now(org, orgsim_now(org) + 1000);
    assert_int_equal(orgsim_merge(org, winner, loser), 0);
    snprintf(where, sizeof where, "MasterRecordId = '%s' AND IsDeleted = true", winner);
    assert_int_equal(count_all(org, "Contact", where), 1);
    assert_int_equal(status_of(org, "PATCH", "Contact", loser, "ENTITY_IS_DELETED"), 404);
    snprintf(where, sizeof where, "WhoId = '%s'", winner);
    assert_int_equal(orgsim_count(org, "Task", where), 1);
    snprintf(where, sizeof where, "ContactId = '%s'", winner);
    assert_int_equal(orgsim_count(org, "CampaignMember", where), 2);
    assert_field(org, winner, "Contact", "SystemModstamp", "\"2026-01-05T09:00:01.000+0000\"");
    assert_int_equal(orgsim_merge(org, winner, loser), -1);
    assert_int_equal(orgsim_merge(org, winner, task), -1);
}

static void test_convert__new_records__get_the_lead_and_its_activities(void **state)
{
    orgsim *org = *state;
    char lead[19], task[19], campaign[19], member[19], contact[19], quoted[24];
    make(org, "Lead", lead, "{\"LastName\":\"L\",\"Company\":\"Acme\",\"Email\":\"l@a.de\","
         "\"City\":\"Ulm\",\"HasOptedOutOfEmail\":true}");
    make(org, "Task", task, "{\"WhoId\":\"%s\"}", lead);
    make(org, "Campaign", campaign, "{\"Name\":\"C\"}");
    make(org, "CampaignMember", member, "{\"CampaignId\":\"%s\",\"LeadId\":\"%s\"}", campaign,
         lead);
    assert_int_equal(orgsim_convert_lead(org, lead, NULL, "", true, contact), 0);
    snprintf(quoted, sizeof quoted, "\"%s\"", contact);
    assert_field(org, lead, "Lead", "ConvertedContactId", quoted);
    assert_field(org, lead, "Lead", "Status", "\"Closed - Converted\"");
    assert_field(org, lead, "Lead", "ConvertedDate", "\"2026-01-05\"");
    assert_field(org, contact, "Contact", "MailingCity", "\"Ulm\"");
    assert_field(org, contact, "Contact", "HasOptedOutOfEmail", "true");
    assert_field(org, task, "Task", "WhoId", quoted);
    assert_field(org, member, "CampaignMember", "ContactId", quoted);
    assert_int_equal(orgsim_count(org, "Contact", "Account.Name = 'Acme'"), 1);
    assert_int_equal(orgsim_count(org, "Opportunity", "Account.Name = 'Acme'"), 1);
    assert_int_equal(orgsim_count(org, "OpportunityContactRole", "IsPrimary = true"), 1);
    assert_int_equal(status_of(org, "PATCH", "Lead", lead, "CANNOT_UPDATE_CONVERTED_LEAD"), 400);
    assert_int_equal(orgsim_convert_lead(org, lead, NULL, NULL, false, contact), -1);
    char fields[200];
    snprintf(fields, sizeof fields, "{\"WhoId\":\"%s\"}", lead);
    reply r = ask(org, "POST", "/services/data/v60.0/sobjects/Task", fields);
    assert_string_equal(text_at(&r, "/0/errorCode"), "CANNOT_UPDATE_CONVERTED_LEAD");
    done(&r);
}

static void test_convert__into_existing_contact__fills_only_what_is_empty(void **state)
{
    orgsim *org = *state;
    char lead[19], account[19], contact[19], out[19];
    make(org, "Account", account, "{\"Name\":\"Kept\"}");
    make(org, "Contact", contact, "{\"LastName\":\"Kept\",\"AccountId\":\"%s\"}", account);
    make(org, "Lead", lead, "{\"LastName\":\"L\",\"Company\":\"Acme\",\"Title\":\"CTO\","
         "\"Website\":\"acme.com\"}");
    assert_int_equal(orgsim_convert_lead(org, lead, account, contact, false, out), 0);
    assert_string_equal(out, contact);
    assert_field(org, contact, "Contact", "LastName", "\"Kept\"");
    assert_field(org, contact, "Contact", "Title", "\"CTO\"");
    assert_field(org, account, "Account", "Name", "\"Kept\"");
    assert_field(org, account, "Account", "Website", "\"acme.com\"");
    assert_int_equal(orgsim_count(org, "Opportunity", NULL), 0);
}

static void test_note__links__appear_and_go_with_the_document(void **state)
{
    orgsim *org = *state;
    char note[19], contact[19], link[19], soql[300];
    make(org, "ContentNote", note, "{\"Title\":\"N\",\"Content\":\"SGk=\"}");
    make(org, "Contact", contact, "{\"LastName\":\"C\"}");
    make(org, "ContentDocumentLink", link,
         "{\"ContentDocumentId\":\"%s\",\"LinkedEntityId\":\"%s\",\"ShareType\":\"V\"}", note,
         contact);
    snprintf(soql, sizeof soql, "LinkedEntityId = '%s' AND ContentDocument.Title = 'N'", contact);
    assert_int_equal(orgsim_count(org, "ContentDocumentLink", soql), 1);
    snprintf(soql, sizeof soql, "ContentDocumentId = '%s'", note);
    assert_int_equal(orgsim_count(org, "ContentDocumentLink", soql), 2);
    char target[100];
    snprintf(target, sizeof target, "/services/data/v60.0/sobjects/ContentNote/%s/Content", note);
    reply r = ask(org, "GET", target, NULL);
    assert_string_equal(r.response.body, "Hi");
    done(&r);
    snprintf(target, sizeof target, "/services/data/v60.0/sobjects/ContentNote/%s/Owner", note);
    r = ask(org, "GET", target, NULL);
    assert_string_equal(text_at(&r, "/Email"), "ada@example.com");
    done(&r);
    assert_int_equal(orgsim_delete(org, note), 0);
    assert_int_equal(orgsim_count(org, "ContentNote", NULL), 0);
    assert_int_equal(orgsim_count(org, "ContentDocument", NULL), 0);
    assert_int_equal(orgsim_count(org, "ContentDocumentLink", soql), 0);
}

static void test_role__new_primary__takes_it_from_the_other(void **state)
{
    orgsim *org = *state;
    char deal[19], contact[19], first[19], second[19];
    make(org, "Contact", contact, "{\"LastName\":\"C\"}");
    make(org, "Opportunity", deal, "{\"Name\":\"O\",\"StageName\":\"Prospecting\","
         "\"CloseDate\":\"2026-02-01\"}");
    make(org, "OpportunityContactRole", first,
         "{\"OpportunityId\":\"%s\",\"ContactId\":\"%s\",\"IsPrimary\":true}", deal, contact);
    make(org, "OpportunityContactRole", second,
         "{\"OpportunityId\":\"%s\",\"ContactId\":\"%s\",\"IsPrimary\":true}", deal, contact);
    assert_field(org, first, "OpportunityContactRole", "IsPrimary", "false");
    assert_field(org, second, "OpportunityContactRole", "IsPrimary", "true");
}

static void test_seed__references__become_ids_and_errors_say_why(void **state)
{
    orgsim *org = *state;
    char why[200] = "";
    const char *good = "{\"Account\":[{\"_ref\":\"a\",\"Id\":\"001000000000001AAA\","
                       "\"Name\":\"A\"}],"
                       "\"Contact\":[{\"LastName\":\"C\",\"AccountId\":\"@a\"}]}";
    const char *bad = "{\"Contact\":[{\"FirstName\":\"C\"}]}";
    assert_int_equal(orgsim_seed(org, good, strlen(good), why, sizeof why), 0);
    assert_int_equal(orgsim_count(org, "Contact", "AccountId = '001000000000001'"), 1);
    assert_int_equal(orgsim_seed(org, good, strlen(good), why, sizeof why), -1);
    assert_int_equal(orgsim_seed(org, bad, strlen(bad), why, sizeof why), -1);
    assert_non_null(strstr(why, "Contact: REQUIRED_FIELD_MISSING"));
    assert_int_equal(orgsim_seed(org, "[]", 2, why, sizeof why), -1);
    assert_int_equal(orgsim_seed(org, "{\"X\":[]}", 8, why, sizeof why), -1);
}

static void test_stamp_lag__late_commit__shows_an_old_stamp(void **state)
{
    orgsim *org = *state;
    char id[19];
    orgsim_switch(org, "stamp_lag", "540000");
    make(org, "Account", id, "{\"Name\":\"A\"}");
    assert_field(org, id, "Account", "SystemModstamp", "\"2026-01-05T08:51:00.000+0000\"");
    orgsim_switch(org, "stamp_lag", "off");
    assert_int_equal(orgsim_update(org, id, "{\"Phone\":\"1\"}"), 0);
    assert_field(org, id, "Account", "SystemModstamp", "\"2026-01-05T09:00:00.000+0000\"");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_delete__account__takes_its_children_and_gives_them_back),
        T(test_purge__deleted_row__is_gone_for_good),
        T(test_merge__loser__points_to_the_winner_and_children_move),
        T(test_convert__new_records__get_the_lead_and_its_activities),
        T(test_convert__into_existing_contact__fills_only_what_is_empty),
        T(test_note__links__appear_and_go_with_the_document),
        T(test_role__new_primary__takes_it_from_the_other),
        T(test_seed__references__become_ids_and_errors_say_why),
        T(test_stamp_lag__late_commit__shows_an_old_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
