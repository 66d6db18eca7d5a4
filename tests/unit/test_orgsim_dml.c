/* test_orgsim_dml.c: what is stored, what is refused, what is filled in. */
#include "test_orgsim.h"

#define DATA "/services/data/v60.0/sobjects/"

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

static void make(orgsim *org, const char *object, const char *fields, char id[19])
{
    if (orgsim_insert(org, object, fields, id) != 0)
        fail_msg("%s %s", object, fields);
}

/* Creates by REST and keeps the id. */
static void post(orgsim *org, const char *object, const char *fields, char id[19])
{
    char target[100];
    snprintf(target, sizeof target, DATA "%s", object);
    reply r = ask(org, "POST", target, fields);
    if (r.status != 201)
        fail_msg("%s -> %s", fields, r.response.body);
    snprintf(id, 19, "%s", text_at(&r, "/id"));
    done(&r);
}

static const struct { const char *object, *fields, *field, *stored; } saved[] = {
    {"Lead", "{\"LastName\":\"  Doe \\n\",\"Company\":\"X\"}", "LastName", "\"Doe\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"Title\":\"  \"}", "Title", "null"},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"Email\":\"A.B@Ex.COM\"}", "Email",
     "\"a.b@ex.com\""},
    {"Lead", "{\"LastName\":\"D\",\"FirstName\":\"J\",\"Company\":\"X\"}", "Name", "\"J D\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\"}", "Status", "\"Open - Not Contacted\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"Status\":null}", "Status",
     "\"Open - Not Contacted\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"Status\":\"Unlisted\"}", "Status",
     "\"Unlisted\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"Rating\":\"hot\"}", "Rating", "\"Hot\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"AnnualRevenue\":1.5}", "AnnualRevenue",
     "2.0"},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"NumberOfEmployees\":7}",
     "NumberOfEmployees", "7"},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"lastname\":\"Twice\"}", "LastName",
     "\"Twice\""},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"EmailBouncedDate\":"
     "\"2026-01-02T03:04:05.678+01:00\"}", "EmailBouncedDate", "\"2026-01-02T02:04:05.000+0000\""},
    {"Contact", "{\"LastName\":\"D\",\"Birthdate\":\"1999-12-31\"}", "Birthdate",
     "\"1999-12-31\""},
    {"Contact", "{\"LastName\":\"D\",\"MailingCity\":\"Ulm\"}", "MailingAddress",
     "{\"city\":\"Ulm\",\"country\":null,\"geocodeAccuracy\":null,\"latitude\":null,"
     "\"longitude\":null,\"postalCode\":null,\"state\":null,\"street\":null}"},
    {"Opportunity", "{\"Name\":\"O\",\"StageName\":\"Closed Won\",\"CloseDate\":\"2026-01-01\","
     "\"Amount\":200.126}", "Amount", "200.13"},
    {"Opportunity", "{\"Name\":\"O\",\"StageName\":\"Closed Won\",\"CloseDate\":\"2026-01-01\"}",
     "IsWon", "true"},
    {"Opportunity", "{\"Name\":\"O\",\"StageName\":\"Prospecting\",\"CloseDate\":\"2026-01-01\"}",
     "Probability", "10.0"},
    {"Opportunity", "{\"Name\":\"O\",\"StageName\":\"Prospecting\",\"CloseDate\":\"2026-01-01\","
     "\"Probability\":33}", "Probability", "33.0"},
    {"Task", "{\"Subject\":\"Call\",\"Status\":\"Completed\"}", "IsClosed", "true"},
    {"Task", "{\"Subject\":\"Call\"}", "Status", "\"Not Started\""},
    {"Task", "{\"Subject\":\"Call\",\"Priority\":\"High\"}", "IsHighPriority", "true"},
    {"Event", "{\"StartDateTime\":\"2026-01-05T10:00:00Z\",\"DurationInMinutes\":30}",
     "EndDateTime", "\"2026-01-05T10:30:00.000+0000\""},
    {"Event", "{\"StartDateTime\":\"2026-01-05T10:00:00Z\",\"EndDateTime\":"
     "\"2026-01-05T11:00:00Z\"}", "DurationInMinutes", "60"},
    {"ContentNote", "{\"Title\":\"N\",\"Content\":\"PGI+SGk8L2I+\"}", "TextPreview", "\"Hi\""},
    {"ContentNote", "{\"Title\":\"N\",\"Content\":\"PGI+SGk8L2I+\"}", "ContentSize", "9"},
};

static void test_create__values__are_stored_as_salesforce_does(void **state)
{
    for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) {
        char id[19];
        post(*state, saved[i].object, saved[i].fields, id);
        char *text = field_of(*state, id, saved[i].object, saved[i].field);
        if (!text || strcmp(text, saved[i].stored) != 0)
            print_error("%s: %s\n", saved[i].fields, text ? text : "(none)");
        assert_string_equal(text, saved[i].stored);
        free(text);
    }
}

static const struct { const char *object, *fields, *code, *part; } refused[] = {
    {"Lead", "{\"LastName\":\"D\"}", "REQUIRED_FIELD_MISSING",
     "Required fields are missing: [Company]"},
    {"Lead", "{}", "REQUIRED_FIELD_MISSING", "[LastName, Company]"},
    {"Lead", "{\"LastName\":\" \",\"Company\":\"X\"}", "REQUIRED_FIELD_MISSING", "LastName"},
    {"Contact", "{\"LastName\":\"D\",\"Foo\":1}", "INVALID_FIELD",
     "No such column 'Foo' on sobject of type Contact"},
    {"Contact", "{\"LastName\":\"D\",\"Name\":\"x\"}", "INVALID_FIELD_FOR_INSERT_UPDATE", "Name"},
    {"Contact", "{\"LastName\":\"D\",\"CreatedDate\":\"2026-01-01T00:00:00Z\"}",
     "INVALID_FIELD_FOR_INSERT_UPDATE", "CreatedDate"},
    {"Contact", "{\"LastName\":\"D\",\"Email\":\"abc\"}", "INVALID_EMAIL_ADDRESS",
     "Email: invalid email address: abc"},
    {"Contact", "{\"LastName\":\"D\",\"Email\":\"a b@c.de\"}", "INVALID_EMAIL_ADDRESS", "Email"},
    {"Contact", "{\"LastName\":\"D\",\"Email\":\"a@localhost\"}", "INVALID_EMAIL_ADDRESS", ""},
    {"Contact", "{\"LastName\":\"D\",\"FirstName\":\"12345678901234567890123456789012345678901\"}",
     "STRING_TOO_LONG", "First Name: data value too large"},
    {"Contact", "{\"LastName\":5}", "JSON_PARSER_ERROR", "Cannot deserialize instance of string"},
    {"Contact", "{\"LastName\":\"D\",\"Birthdate\":\"31.12.1999\"}", "JSON_PARSER_ERROR", "date"},
    {"Contact", "{\"LastName\":\"D\",\"Birthdate\":\"2026-02-30\"}", "JSON_PARSER_ERROR", "date"},
    {"Contact", "{\"LastName\":\"D\",\"DoNotCall\":null}", "INVALID_TYPE_ON_FIELD_IN_RECORD",
     "not of required type"},
    {"Contact", "{\"LastName\":\"D\",\"AccountId\":\"001\"}", "MALFORMED_ID", "incorrect type"},
    {"Contact", "{\"LastName\":\"D\",\"AccountId\":\"005gS0000000001QAA\"}", "MALFORMED_ID",
     "id value of incorrect type"},
    {"Contact", "{\"LastName\":\"D\",\"AccountId\":\"001gS00000zzzzz\"}",
     "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"},
    {"Contact", "{\"LastName\":\"D\",\"OwnerId\":\"005gS0000000005QAA\"}",
     "INACTIVE_OWNER_OR_USER", "as owner of contact"},
    {"Task", "{\"TaskSubtype\":\"Fax\"}", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "bad value for restricted picklist field: Fax"},
    {"Lead", "{\"LastName\":\"D\",\"Company\":\"X\",\"NumberOfEmployees\":123456789}",
     "NUMBER_OUTSIDE_VALID_RANGE", "Employees"},
    {"Event", "{\"Subject\":\"x\"}", "REQUIRED_FIELD_MISSING", "StartDateTime"},
    {"Event", "{\"StartDateTime\":\"2026-01-05T10:00:00Z\",\"DurationInMinutes\":5,"
     "\"EndDateTime\":\"2026-01-05T11:00:00Z\"}", "FIELD_INTEGRITY_EXCEPTION", "duration"},
    {"Opportunity", "{\"Name\":\"O\"}", "REQUIRED_FIELD_MISSING", "[StageName, CloseDate]"},
    {"LeadStatus", "{\"MasterLabel\":\"O\"}", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "create"},
};

static void test_create__bad_values__are_refused_without_a_row(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char target[100];
        long before = orgsim_count(*state, refused[i].object, NULL);
        snprintf(target, sizeof target, DATA "%s", refused[i].object);
        reply r = ask(*state, "POST", target, refused[i].fields);
        if (r.status != 400 || strcmp(text_at(&r, "/0/errorCode"), refused[i].code) != 0 ||
            !strstr(text_at(&r, "/0/message"), refused[i].part))
            print_error("%s -> %d %s\n", refused[i].fields, r.status, r.response.body);
        assert_int_equal(r.status, 400);
        assert_string_equal(text_at(&r, "/0/errorCode"), refused[i].code);
        assert_non_null(strstr(text_at(&r, "/0/message"), refused[i].part));
        assert_int_equal(orgsim_count(*state, refused[i].object, NULL), before);
        done(&r);
    }
}

static void test_create__without_auto_assign_false__the_rule_takes_the_lead(void **state)
{
    static const struct { const char *header, *name; } cases[] = {
        {"Sforce-Auto-Assign: FALSE", "\"Integration User\""},
        {"Sforce-Auto-Assign: TRUE", "\"Assignment Rule\""},
        {NULL, "\"Assignment Rule\""},
    };
    for (size_t i = 0; i < 3; i++) {
        reply r = ask_with(*state, "POST", DATA "Lead", "{\"LastName\":\"D\",\"Company\":\"X\"}",
                           cases[i].header);
        char soql[200];
        snprintf(soql, sizeof soql, "SELECT Owner.Name FROM Lead WHERE Id = '%s'",
                 text_at(&r, "/id"));
        char *json = orgsim_query(*state, soql, false);
        assert_non_null(strstr(json, cases[i].name));
        orgsim_string_free(json);
        done(&r);
    }
}

static void test_task__who_and_what__follow_the_rules(void **state)
{
    orgsim *org = *state;
    char account[19], contact[19], lead[19], task[19], fields[200];
    make(org, "Account", "{\"Name\":\"A\"}", account);
    snprintf(fields, sizeof fields, "{\"LastName\":\"C\",\"AccountId\":\"%s\"}", account);
    make(org, "Contact", fields, contact);
    make(org, "Lead", "{\"LastName\":\"L\",\"Company\":\"X\"}", lead);
    snprintf(fields, sizeof fields, "{\"WhoId\":\"%s\"}", contact);
    post(org, "Task", fields, task);
    char quoted[24];
    snprintf(quoted, sizeof quoted, "\"%s\"", account);
    assert_field(org, task, "Task", "AccountId", quoted);
    snprintf(fields, sizeof fields, "{\"WhoId\":\"%s\",\"WhatId\":\"%s\"}", lead, account);
    reply r = ask(org, "POST", DATA "Task", fields);
    assert_string_equal(text_at(&r, "/0/errorCode"), "FIELD_INTEGRITY_EXCEPTION");
    done(&r);
}

static void test_member__same_person_twice__is_a_duplicate_value(void **state)
{
    orgsim *org = *state;
    char campaign[19], lead[19], member[19], fields[300];
    make(org, "Campaign", "{\"Name\":\"C\"}", campaign);
    assert_int_equal(orgsim_count(org, "CampaignMemberStatus", NULL), 2);
    make(org, "Lead", "{\"LastName\":\"L\",\"Company\":\"X\",\"Email\":\"l@x.de\"}", lead);
    snprintf(fields, sizeof fields,
             "{\"CampaignId\":\"%s\",\"LeadId\":\"%s\",\"Status\":\"Unheard of\"}", campaign, lead);
    post(org, "CampaignMember", fields, member);
    assert_field(org, member, "CampaignMember", "Status", "\"Sent\"");
    assert_field(org, member, "CampaignMember", "HasResponded", "false");
    assert_field(org, member, "CampaignMember", "Email", "\"l@x.de\"");
    reply r = ask(org, "POST", DATA "CampaignMember", fields);
    assert_string_equal(text_at(&r, "/0/errorCode"), "DUPLICATE_VALUE");
    done(&r);
    char target[100];
    snprintf(target, sizeof target, DATA "CampaignMember/%s", member);
    r = ask(org, "PATCH", target, "{\"Status\":\"Responded\"}");
    assert_int_equal(r.status, 204);
    done(&r);
    assert_field(org, member, "CampaignMember", "HasResponded", "true");
    orgsim_switch(org, "unknown_member_status", "reject");
    r = ask(org, "PATCH", target, "{\"Status\":\"Unheard of\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");
    done(&r);
    snprintf(fields, sizeof fields, "{\"CampaignId\":\"%s\"}", campaign);
    r = ask(org, "POST", DATA "CampaignMember", fields);
    assert_int_equal(r.status, 400);
    done(&r);
}

static void test_update__stamps__move_to_the_second(void **state)
{
    orgsim *org = *state;
    char id[19], target[100];
    post(org, "Account", "{\"Name\":\"A\"}", id);
    orgsim_set_now(org, orgsim_now(org) + 90500);
    snprintf(target, sizeof target, DATA "Account/%s", id);
    reply r = ask(org, "PATCH", target, "{\"Phone\":\"1\"}");
    assert_int_equal(r.status, 204);
    done(&r);
    assert_field(org, id, "Account", "CreatedDate", "\"2026-01-05T09:00:00.000+0000\"");
    assert_field(org, id, "Account", "SystemModstamp", "\"2026-01-05T09:01:30.000+0000\"");
    assert_field(org, id, "Account", "LastModifiedDate", "\"2026-01-05T09:01:30.000+0000\"");
}

static void test_duplicate_rule__block_and_alert__answer_as_documented(void **state)
{
    orgsim *org = *state;
    char id[19];
    const char *lead = "{\"LastName\":\"D\",\"Company\":\"X\",\"Email\":\"d@x.de\"}";
    make(org, "Lead", lead, id);
    orgsim_switch(org, "duplicate_rule", "Lead.Email=alert");
    reply r = ask(org, "POST", DATA "Lead", lead);
    assert_string_equal(text_at(&r, "/0/errorCode"), "DUPLICATES_DETECTED");
    assert_string_equal(
        text_at(&r, "/0/duplicateResult/matchResults/0/matchRecords/0/record/Id"), id);
    done(&r);
    r = ask_with(org, "POST", DATA "Lead", lead, "Sforce-Duplicate-Rule-Header: allowSave=true");
    assert_int_equal(r.status, 201);
    done(&r);
    orgsim_switch(org, "duplicate_rule", "Lead.Email=block");
    r = ask_with(org, "POST", DATA "Lead", lead, "Sforce-Duplicate-Rule-Header: allowSave=true");
    assert_int_equal(r.status, 400);
    done(&r);
    r = ask(org, "POST", "/services/data/v60.0/composite/sobjects",
            "{\"records\":[{\"attributes\":{\"type\":\"Lead\"},\"LastName\":\"D\","
            "\"Company\":\"X\",\"Email\":\"d@x.de\"}]}");
    assert_string_equal(text_at(&r, "/0/errors/0/statusCode"), "DUPLICATES_DETECTED");
    assert_null(strstr(r.response.body, "matchRecords"));
    done(&r);
}

static void test_switches__rules_of_the_org__act_on_every_save(void **state)
{
    orgsim *org = *state;
    char id[19], target[100];
    assert_int_equal(orgsim_switch(org, "trigger", "Account.Site=upper"), 0);
    assert_int_equal(orgsim_switch(org, "validation", "Account.Phone!=null:Phone is required"), 0);
    assert_int_equal(orgsim_switch(org, "no_such_switch", "x"), -1);
    assert_int_equal(orgsim_switch(org, "trigger", "Account.Nope=upper"), -1);
    reply r = ask(org, "POST", DATA "Account", "{\"Name\":\"A\",\"Site\":\"abc\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "FIELD_CUSTOM_VALIDATION_EXCEPTION");
    assert_string_equal(text_at(&r, "/0/message"), "Phone is required");
    done(&r);
    post(org, "Account", "{\"Name\":\"A\",\"Site\":\"abc\",\"Phone\":\"1\"}", id);
    assert_field(org, id, "Account", "Site", "\"ABC\"");
    char lock[40];
    snprintf(lock, sizeof lock, "%s:1", id);
    assert_int_equal(orgsim_switch(org, "row_lock", lock), 0);
    snprintf(target, sizeof target, DATA "Account/%s", id);
    r = ask(org, "PATCH", target, "{\"Site\":\"d\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "UNABLE_TO_LOCK_ROW");
    done(&r);
    r = ask(org, "PATCH", target, "{\"Site\":\"d\"}");
    assert_int_equal(r.status, 204);
    done(&r);
    orgsim_switch(org, "field_hidden", "Account.Site");
    r = ask(org, "PATCH", target, "{\"Site\":\"e\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "INVALID_FIELD_FOR_INSERT_UPDATE");
    done(&r);
}

static void test_external_id__same_value_twice__is_a_duplicate_value(void **state)
{
    orgsim *org = *state;
    char id[19];
    assert_int_equal(orgsim_switch(org, "external_id", "Account.Ext__c"), 0);
    post(org, "Account", "{\"Name\":\"A\",\"Ext__c\":\"k1\"}", id);
    reply r = ask(org, "POST", DATA "Account", "{\"Name\":\"B\",\"Ext__c\":\"K1\"}");
    assert_string_equal(text_at(&r, "/0/errorCode"), "DUPLICATE_VALUE");
    assert_non_null(strstr(text_at(&r, "/0/message"), "Ext__c duplicates value on record"));
    done(&r);
    r = ask(org, "POST", DATA "Contact", "{\"LastName\":\"C\",\"Account\":{\"Ext__c\":\"k1\"}}");
    assert_int_equal(r.status, 201);
    done(&r);
    assert_int_equal(orgsim_count(org, "Contact", "Account.Ext__c = 'k1'"), 1);
}

static void test_owner__queue__is_legal_for_leads_only(void **state)
{
    orgsim *org = *state;
    char queue[19], id[19], fields[200];
    make(org, "Group", "{\"Name\":\"Q\"}", queue);
    snprintf(fields, sizeof fields, "{\"LastName\":\"L\",\"Company\":\"X\",\"OwnerId\":\"%s\"}",
             queue);
    post(org, "Lead", fields, id);
    snprintf(fields, sizeof fields, "{\"LastName\":\"L\",\"OwnerId\":\"%s\"}", queue);
    reply r = ask(org, "POST", DATA "Contact", fields);
    assert_string_equal(text_at(&r, "/0/errorCode"), "MALFORMED_ID");
    done(&r);
}

static void test_dump__two_orgs_with_equal_data__are_equal(void **state)
{
    orgsim *other = orgsim_new(NULL);
    char id[19];
    (void)*state;
    orgsim *org = orgsim_new(NULL);
    make(org, "Account", "{\"Name\":\"A\"}", id);
    make(org, "Account", "{\"Name\":\"B\"}", id);
    orgsim_set_now(other, orgsim_now(other) + 5000);
    make(other, "Lead", "{\"LastName\":\"x\",\"Company\":\"y\"}", id);
    make(other, "Account", "{\"Name\":\"B\"}", id);
    make(other, "Account", "{\"Name\":\"A\"}", id);
    char *one = orgsim_dump(org, "Account"), *two = orgsim_dump(other, "Account");
    assert_string_equal(one, two);
    orgsim_string_free(two);
    two = orgsim_dump(other, "Account,Lead");
    assert_string_not_equal(one, two);
    orgsim_string_free(one);
    orgsim_string_free(two);
    orgsim_free(org);
    orgsim_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_create__values__are_stored_as_salesforce_does, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_create__bad_values__are_refused_without_a_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            test_create__without_auto_assign_false__the_rule_takes_the_lead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_task__who_and_what__follow_the_rules, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_member__same_person_twice__is_a_duplicate_value,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_update__stamps__move_to_the_second, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_duplicate_rule__block_and_alert__answer_as_documented, setup, teardown),
        cmocka_unit_test_setup_teardown(test_switches__rules_of_the_org__act_on_every_save, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_external_id__same_value_twice__is_a_duplicate_value,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_owner__queue__is_legal_for_leads_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_dump__two_orgs_with_equal_data__are_equal, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
