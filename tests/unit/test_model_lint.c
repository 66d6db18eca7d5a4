/* crmsync_config_lint: a configuration against the describe answers of an org. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <crmsync/config.h>
#include <crmsync/env.h>

#include "base/str.h"

#define FLAGS(c, u, n) "\"createable\":" c ",\"updateable\":" u ",\"nillable\":" n
#define FIELD(name, type, more) "{\"name\":\"" name "\",\"type\":\"" type "\"," more "}"
#define OBJECT(name, createable, fields) \
    "{\"name\":\"" name "\",\"queryable\":true,\"createable\":" createable \
    ",\"updateable\":true,\"fields\":[" fields "]}"

static const char org[] =
    "{\"objects\":[" OBJECT("Lead", "true",
    FIELD("Id", "id", FLAGS("false", "false", "false")) ","
    FIELD("LastName", "string", FLAGS("true", "true", "false") ",\"length\":80") ","
    FIELD("Company", "string", FLAGS("true", "true", "false") ",\"length\":5") ","
    FIELD("Email", "email", FLAGS("true", "true", "true")) ","
    FIELD("Score__c", "double", FLAGS("false", "false", "true")) ","
    FIELD("Once__c", "string", FLAGS("true", "false", "true")) ","
    FIELD("Late__c", "string", FLAGS("false", "true", "true")) ","
    FIELD("Bounced__c", "boolean", FLAGS("true", "true", "true")) ","
    FIELD("Count__c", "double", FLAGS("true", "true", "true")) ","
    FIELD("First__c", "date", FLAGS("true", "true", "true")) ","
    FIELD("Sealed__c", "encryptedstring", FLAGS("true", "true", "true")) ","
    FIELD("Address", "address", FLAGS("false", "false", "true")) ","
    FIELD("OwnerId", "reference", FLAGS("true", "true", "false") ",\"referenceTo\":[\"User\"]") ","
    FIELD("Host__c", "string", FLAGS("true", "true", "true") ",\"externalId\":true,\"unique\":true") ","
    FIELD("Loose__c", "string", FLAGS("true", "true", "true") ",\"externalId\":true") ","
    FIELD("Rating", "picklist", FLAGS("true", "true", "true") ",\"restrictedPicklist\":true,"
          "\"picklistValues\":[{\"value\":\"Hot\",\"active\":true},{\"value\":\"Old\",\"active\":false}]") ","
    FIELD("Status", "picklist", FLAGS("true", "true", "false") ",\"defaultedOnCreate\":true,"
          "\"picklistValues\":[{\"value\":\"Open\",\"active\":true},{\"value\":\"Won\",\"active\":true}]"))
    "," OBJECT("Contact", "false",
    FIELD("LastName", "string", FLAGS("true", "true", "false")) ","
    FIELD("AccountId", "reference", FLAGS("true", "true", "true") ",\"referenceTo\":[\"Account\"]"))
    "," OBJECT("User", "false", FIELD("Email", "email", FLAGS("false", "false", "true")))
    "],\"statuses\":{\"LeadStatus\":[{\"ApiName\":\"Won\",\"IsConverted\":true}]}}";

#define LEAD(members) \
    "{\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"out\":true}," members "}}}"
#define NAMED "{\"local\":\"last\",\"remote\":\"LastName\"},{\"local\":\"co\",\"remote\":\"Company\"}"
#define LEAD_FIELD(field) LEAD("\"fields\":[" NAMED "," field "]")

static const struct {
    const char *json;
    const char *finding; /* "E where: part of the message"; NULL = none */
} cases[] = {
    {LEAD("\"fields\":[" NAMED "]"), NULL},
    {"{}", NULL},
    {"{\"objects\":{\"Account\":{\"direction\":\"in\"}}}", "E /objects/Account: not visible"},
    {"{\"objects\":{\"Contact\":{\"direction\":\"out\",\"create\":{\"out\":true},\"fields\":["
     "{\"local\":\"l\",\"remote\":\"LastName\"}]}},\"export\":{\"mode\":\"contacts\"}}",
     "E /objects/Contact/direction: cannot be created"},
    {LEAD("\"fields\":[{\"local\":\"last\",\"remote\":\"LastName\"}]"),
     "E /objects/Lead/fields: cannot be created without Company"},
    {LEAD("\"fields\":[{\"local\":\"last\",\"remote\":\"LastName\"}],"
          "\"required_defaults\":{\"Company\":\"none\"}"), NULL},
    {LEAD("\"fields\":[{\"local\":\"last\",\"remote\":\"LastName\"}],"
          "\"required_defaults\":{\"Company\":\"unknown\"}"),
     "E /objects/Lead/required_defaults/Company: longer than the 5 characters"},
    {LEAD("\"fields\":[" NAMED "],\"required_defaults\":{\"Nope\":\"x\"}"),
     "E /objects/Lead/required_defaults/Nope: no visible field"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Nope__c\"}"),
     "E /objects/Lead/fields/2/remote: no visible field \"Nope__c\""},
    {LEAD_FIELD("{\"local\":\"s\",\"remote\":\"Score__c\"}"),
     "E /objects/Lead/fields/2/remote: cannot be written"},
    {LEAD_FIELD("{\"local\":\"s\",\"remote\":\"Score__c\",\"export\":\"never\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"s\",\"remote\":\"Once__c\"}"),
     "W /objects/Lead/fields/2/remote: cannot be changed after"},
    {LEAD_FIELD("{\"local\":\"s\",\"remote\":\"Late__c\"}"),
     "W /objects/Lead/fields/2/remote: cannot be given on create"},
    {LEAD_FIELD("{\"local\":\"a\",\"remote\":\"Address\",\"export\":\"never\"}"),
     "E /objects/Lead/fields/2/remote: type address"},
    {LEAD_FIELD("{\"local\":\"o\",\"remote\":\"Owner.Email\",\"export\":\"never\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"x\",\"remote\":\"Sealed__c\"}"),
     "E /objects/Lead/fields/2/remote: type encryptedstring"},
    {LEAD_FIELD("{\"local\":\"b\",\"remote\":\"Bounced__c\",\"reduce\":\"or\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"b\",\"remote\":\"Host__c\",\"reduce\":\"or\"}"),
     "E /objects/Lead/fields/2/reduce: type string"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Count__c\",\"reduce\":\"sum\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Host__c\",\"reduce\":\"sum\"}"),
     "E /objects/Lead/fields/2/reduce: type string"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"First__c\",\"reduce\":\"sum\"}"),
     "E /objects/Lead/fields/2/reduce: type date"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"First__c\",\"reduce\":\"earliest\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Count__c\",\"reduce\":\"earliest\"}"),
     "E /objects/Lead/fields/2/reduce: type double"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Count__c\",\"reduce\":\"max\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Email\",\"reduce\":\"max\"}"),
     "E /objects/Lead/fields/2/reduce: type email"},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Host__c\",\"reduce\":\"append\"}"), NULL},
    {LEAD_FIELD("{\"local\":\"n\",\"remote\":\"Bounced__c\",\"reduce\":\"append\"}"),
     "E /objects/Lead/fields/2/reduce: type boolean"},
    {LEAD_FIELD("{\"constant\":\"Tepid\",\"remote\":\"Rating\"}"),
     "E /objects/Lead/fields/2/constant: \"Tepid\" is no value"},
    {LEAD_FIELD("{\"local\":\"r\",\"remote\":\"Rating\",\"value_default\":\"Tepid\"}"),
     "E /objects/Lead/fields/2/value_default: \"Tepid\" is no value"},
    {"{\"objects\":{\"Lead\":{\"direction\":\"both\"}},\"export\":{\"stamps\":[{\"field\":"
     "\"Host__c\",\"value\":\"Us\"},{\"field\":\"Rating\",\"value\":\"Us\"}]}}",
     "E /export/stamps/1/value: no value of Rating"},
    {LEAD_FIELD("{\"local\":\"o\",\"remote\":\"Owner.Nope\",\"export\":\"never\"}"),
     "E /objects/Lead/fields/2/remote: no visible field \"Owner.Nope\""},
    {LEAD_FIELD("{\"local\":\"o\",\"remote\":\"Boss__r.Name\",\"export\":\"never\"}"),
     "E /objects/Lead/fields/2/remote: no visible field"},
    {LEAD_FIELD("{\"local\":\"r\",\"remote\":\"Rating\",\"values\":{\"h\":\"hot\"}}"), NULL},
    {LEAD_FIELD("{\"local\":\"r\",\"remote\":\"Rating\",\"values\":{\"h\":\"Tepid\"}}"),
     "E /objects/Lead/fields/2/values: \"Tepid\" is no value"},
    {LEAD_FIELD("{\"local\":\"r\",\"remote\":\"Rating\",\"values\":{\"h\":\"Old\"}}"),
     "W /objects/Lead/fields/2/values: inactive"},
    {LEAD_FIELD("{\"local\":\"s\",\"remote\":\"Status\"}"),
     "W /objects/Lead/fields/2/remote: \"fill\" never writes"},
    {LEAD("\"fields\":[" NAMED "],\"status\":{\"values\":{\"a\":\"Open\"}}"), NULL},
    {LEAD("\"fields\":[" NAMED "],\"status\":{\"values\":{\"a\":\"Shut\"}}"),
     "W /objects/Lead/status/values: \"Shut\" is no value"},
    {LEAD("\"fields\":[" NAMED "],\"status\":{\"values\":{\"a\":\"Won\"}}"),
     "E /objects/Lead/status/values: converting"},
    {LEAD("\"fields\":[" NAMED "],\"status\":{\"remote\":\"Stage__c\",\"values\":{\"a\":\"b\"}}"),
     "E /objects/Lead/status/remote: no visible field"},
    {LEAD("\"fields\":[" NAMED "],\"external_id\":\"Host__c\""), NULL},
    {LEAD("\"fields\":[" NAMED "],\"external_id\":\"Company\""),
     "E /objects/Lead/external_id: not an external id"},
    {LEAD("\"fields\":[" NAMED "],\"external_id\":\"Loose__c\""),
     "W /objects/Lead/external_id: not unique"},
    {"{\"objects\":{\"Lead\":{\"direction\":\"both\"}},\"export\":{\"stamp\":"
     "{\"field\":\"Rating\",\"value\":\"Us\"}}}", "E /export/stamp/value: no value of Rating"},
    {"{\"objects\":{\"Lead\":{\"direction\":\"both\"}},\"export\":{\"stamp\":"
     "{\"field\":\"Nope\",\"value\":\"Us\"}}}", "E /export/stamp/field: no visible field"},
    {"{\"objects\":{\"Lead\":{\"direction\":\"both\"}},\"export\":{\"mode\":\"contacts\"}}",
     "W /export/mode: Contact is not exported"},
    {"{\"objects\":{\"Lead\":{\"direction\":\"in\",\"create\":{\"in\":false},"
     "\"update\":{\"in\":false}}}}", "W /objects/Lead: neither created nor updated"},
};

typedef struct findings {
    size_t errors, warnings;
    bool matched;
    const char *wanted;
    char last[700];
} findings;

static void collect(void *ctx, int32_t severity, crmsync_str where, crmsync_str message,
                    crmsync_str remedy)
{
    findings *f = ctx;
    const char *part = f->wanted ? strstr(f->wanted, ": ") : NULL;
    bool error = severity == CRMSYNC_LOG_ERROR;
    *(error ? &f->errors : &f->warnings) += 1;
    assert_true(remedy.len > 0);
    snprintf(f->last, sizeof f->last, "%c %s: %s", error ? 'E' : 'W', where.ptr, message.ptr);
    if (part && strncmp(f->last, f->wanted, (size_t)(part - f->wanted) + 2) == 0 &&
        strstr(message.ptr, part + 2))
        f->matched = true;
}

static void test_config_lint__each_case_gives_exactly_its_finding(void **state)
{
    crmsync_schema *schema = NULL;
    (void)state;
    assert_int_equal(crmsync_schema_parse(NULL, crmi_str(org), &schema, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_config *config = NULL;
        findings f = {.wanted = cases[i].finding};
        if (crmsync_config_parse(NULL, crmi_str(cases[i].json), &config, NULL))
            fail_msg("not valid: %s", cases[i].json);
        int32_t errors = crmsync_config_lint(config, schema, collect, &f, NULL);
        assert_int_equal(errors, f.errors);
        if (f.errors + f.warnings != (f.wanted != NULL) || f.matched != (f.wanted != NULL))
            fail_msg("%s: %zu errors, %zu warnings, last \"%s\", not \"%s\"", cases[i].json, f.errors,
                     f.warnings, f.last, f.wanted ? f.wanted : "none");
        crmsync_config_free(config);
    }
    crmsync_schema_free(schema);
}

static void test_config_lint__works_without_a_receiver_and_refuses_nothing_to_check(void **state)
{
    crmsync_schema *schema = NULL;
    crmsync_config *config = NULL;
    (void)state;
    assert_int_equal(crmsync_schema_new(NULL, &schema, NULL), 0);
    assert_int_equal(
        crmsync_config_parse(NULL, CRMI_STR("{\"extends\":\"recommended\"}"), &config, NULL), 0);
    assert_int_equal(crmsync_config_lint(config, schema, NULL, NULL, NULL), 5);
    assert_int_equal(crmsync_config_lint(config, NULL, NULL, NULL, NULL), CRMSYNC_E_INVALID);
    crmsync_config_free(config);
    crmsync_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_lint__each_case_gives_exactly_its_finding),
        cmocka_unit_test(test_config_lint__works_without_a_receiver_and_refuses_nothing_to_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
