/* Describe snapshots and the marks of status objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "failing_alloc.h"
#include "model/schema.h"

static const char lead[] =
    "{\"name\":\"Lead\",\"keyPrefix\":\"00Q\",\"createable\":true,\"updateable\":true,"
    "\"queryable\":true,\"childRelationships\":[{\"x\":1}],\"fields\":["
    "{\"name\":\"Id\",\"type\":\"id\",\"length\":18,\"defaultedOnCreate\":true,\"idLookup\":true},"
    "{\"name\":\"LastName\",\"label\":\"Last Name\",\"type\":\"string\",\"length\":80,"
    "\"createable\":true,\"updateable\":true,\"nillable\":false},"
    "{\"name\":\"OwnerId\",\"type\":\"reference\",\"referenceTo\":[\"Group\",\"User\"],"
    "\"createable\":true,\"updateable\":true,\"defaultedOnCreate\":true},"
    "{\"name\":\"Status\",\"type\":\"picklist\",\"createable\":true,\"updateable\":true,"
    "\"defaultedOnCreate\":true,\"restrictedPicklist\":false,\"picklistValues\":["
    "{\"active\":true,\"defaultValue\":true,\"label\":\"Open\",\"value\":\"Open\"},"
    "{\"active\":true,\"defaultValue\":false,\"label\":\"Done\",\"value\":\"Converted\"}]},"
    "{\"name\":\"Score__c\",\"type\":\"double\",\"precision\":18,\"scale\":2,\"createable\":true,"
    "\"nillable\":true},"
    "{\"name\":\"Shape__c\",\"type\":\"hologram\",\"createable\":true,\"updateable\":true}]}";

static const char statuses[] = "[{\"ApiName\":\"converted\",\"IsConverted\":true},"
                               "{\"ApiName\":\"Gone\",\"IsConverted\":true}]";

static crmsync_schema *empty_schema(void)
{
    crmsync_schema *schema = NULL;
    assert_int_equal(crmsync_schema_new(NULL, &schema, NULL), 0);
    return schema;
}

static const crmi_field *lead_field(const crmsync_schema *schema, const char *name)
{
    return crmi_schema_field(schema, CRMI_STR("Lead"), crmi_str(name));
}

static void test_add_describe__fields_keep_type_flags_and_sizes(void **state)
{
    crmsync_schema *schema = empty_schema();
    (void)state;
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(lead), NULL), 0);
    const crmi_object *object = crmi_schema_object(schema, CRMI_STR("lead"));
    assert_non_null(object);
    assert_true(crmi_str_is(object->key_prefix, "00Q"));
    assert_true(object->createable && object->updateable && object->queryable);
    assert_int_equal(object->field_count, 6);
    const crmi_field *last_name = lead_field(schema, "LASTNAME");
    assert_int_equal(last_name->type, CRMI_TYPE_STRING);
    assert_int_equal(last_name->length, 80);
    assert_true(crmi_str_is(last_name->label, "Last Name"));
    assert_true(crmi_field_required(last_name));
    const crmi_field *owner = lead_field(schema, "OwnerId");
    assert_true(crmi_str_is(owner->reference_to, "Group"));
    assert_false(crmi_field_required(owner));
    const crmi_field *score = lead_field(schema, "Score__c");
    assert_int_equal(score->precision, 18);
    assert_int_equal(score->scale, 2);
    assert_false(crmi_field_required(score));
    assert_null(lead_field(schema, "Nope"));
    assert_null(crmi_schema_object(schema, CRMI_STR("Contact")));
    assert_null(crmi_schema_field(schema, CRMI_STR("Contact"), CRMI_STR("Id")));
    crmsync_schema_free(schema);
}

static void test_add_describe__unknown_type_is_kept_but_not_writeable(void **state)
{
    crmsync_schema *schema = empty_schema();
    (void)state;
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(lead), NULL), 0);
    const crmi_field *shape = lead_field(schema, "Shape__c");
    assert_int_equal(shape->type, CRMI_TYPE_OTHER);
    assert_true(crmi_str_is(shape->type_name, "hologram"));
    assert_int_equal(shape->flags & (CRMI_FIELD_CREATEABLE | CRMI_FIELD_UPDATEABLE), 0);
    crmsync_schema_free(schema);
}

static void test_field_type__describe_words(void **state)
{
    (void)state;
    assert_int_equal(crmi_field_type(CRMI_STR("currency")), CRMI_TYPE_CURRENCY);
    assert_int_equal(crmi_field_type(CRMI_STR("multipicklist")), CRMI_TYPE_MULTIPICKLIST);
    assert_int_equal(crmi_field_type(CRMI_STR("anyType")), CRMI_TYPE_OTHER);
    assert_int_equal(crmi_field_type(CRMI_STR("Currency")), CRMI_TYPE_OTHER);
}

static void assert_marks(const crmsync_schema *schema)
{
    const crmi_field *status = lead_field(schema, "Status");
    assert_false(crmi_field_value(status, CRMI_STR("Open"))->converted);
    assert_true(crmi_field_value(status, CRMI_STR("open"))->is_default);
    assert_true(crmi_field_value(status, CRMI_STR("Converted"))->converted);
    assert_null(crmi_field_value(status, CRMI_STR("Gone")));
}

static void test_add_statuses__order_and_repetition_do_not_matter(void **state)
{
    crmsync_schema *schema = empty_schema();
    (void)state;
    assert_int_equal(
        crmsync_schema_add_statuses(schema, CRMI_STR("LeadStatus"), crmi_str(statuses), NULL), 0);
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(lead), NULL), 0);
    assert_marks(schema);
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(lead), NULL), 0);
    assert_marks(schema);
    assert_int_equal(crmsync_schema_add_statuses(schema, CRMI_STR("LeadStatus"),
                                                 CRMI_STR("{\"done\":true,\"records\":[]}"), NULL), 0);
    assert_false(crmi_field_value(lead_field(schema, "Status"), CRMI_STR("Converted"))->converted);
    assert_int_equal(
        crmsync_schema_add_statuses(schema, CRMI_STR("LeadStatus"), crmi_str(statuses), NULL), 0);
    assert_marks(schema);
    crmsync_schema_free(schema);
}

static void test_schema_parse__objects_and_statuses(void **state)
{
    char json[4096];
    crmsync_schema *schema = NULL;
    (void)state;
    snprintf(json, sizeof json, "{\"objects\":[%s],\"statuses\":{\"LeadStatus\":%s}}", lead, statuses);
    assert_int_equal(crmsync_schema_parse(NULL, crmi_str(json), &schema, NULL), 0);
    assert_marks(schema);
    crmsync_schema_free(schema);
}

static void test_schema__bad_input_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *json, *where;
    } cases[] = {
        {"{", "byte 1"},
        {"[]", "/objects"},
        {"{}", "/objects"},
        {"{\"objects\":[7]}", "/objects/0"},
        {"{\"objects\":[{}]}", "/objects/0/name"},
        {"{\"objects\":[{\"name\":\"X\"}]}", "/objects/0/fields"},
        {"{\"objects\":[{\"name\":\"X\",\"createable\":1,\"fields\":[]}]}", "/objects/0/createable"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[3]}]}", "/objects/0/fields/0"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[{\"name\":\"A\"}]}]}", "/objects/0/fields/0/type"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[{\"name\":\"A\",\"type\":\"id\","
         "\"length\":-1}]}]}", "/objects/0/fields/0/length"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[{\"name\":\"A\",\"type\":\"id\"},"
         "{\"name\":\"a\",\"type\":\"id\"}]}]}", "/objects/0/fields/1/name"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[{\"name\":\"A\",\"type\":\"picklist\","
         "\"picklistValues\":{}}]}]}", "/objects/0/fields/0/picklistValues"},
        {"{\"objects\":[{\"name\":\"X\",\"fields\":[{\"name\":\"A\",\"type\":\"picklist\","
         "\"picklistValues\":[{\"value\":\"v\"},null]}]}]}", "/objects/0/fields/0/picklistValues/1"},
        {"{\"objects\":[],\"statuses\":[]}", "/statuses"},
        {"{\"objects\":[],\"statuses\":{\"a/b\":[]}}", "/statuses/a~1b"},
        {"{\"objects\":[],\"statuses\":{\"LeadStatus\":[{\"ApiName\":\"a\"},{}]}}",
         "/statuses/LeadStatus/1/ApiName"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        crmsync_error *err = NULL;
        crmsync_schema *schema = (crmsync_schema *)&err;
        assert_int_equal(crmsync_schema_parse(NULL, crmi_str(cases[i].json), &schema, &err),
                         CRMSYNC_E_INVALID);
        assert_null(schema);
        if (!crmi_str_is(crmsync_error_where(err), cases[i].where))
            fail_msg("%s: \"%s\" is not \"%s\"", cases[i].json, crmsync_error_where(err).ptr,
                     cases[i].where);
        crmsync_error_free(err);
    }
}

static void test_add_describe__error_leaves_the_schema_unchanged(void **state)
{
    crmsync_schema *schema = empty_schema();
    (void)state;
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(lead), NULL), 0);
    const crmi_object *before = crmi_schema_object(schema, CRMI_STR("Lead"));
    assert_int_equal(crmsync_schema_add_describe(
                         schema, CRMI_STR("{\"name\":\"Lead\",\"fields\":[{}]}"), NULL),
                     CRMSYNC_E_INVALID);
    assert_ptr_equal(crmi_schema_object(schema, CRMI_STR("Lead")), before);
    assert_int_equal(before->field_count, 6);
    crmsync_schema_free(schema);
}

static void test_schema__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    char json[4096];
    failing_alloc f = {0};
    crmsync_alloc a = failing_alloc_table(&f);
    crmsync_schema *schema = NULL;
    (void)state;
    snprintf(json, sizeof json, "{\"objects\":[%s,%s],\"statuses\":{\"LeadStatus\":%s}}", lead, lead,
             statuses);
    assert_int_equal(crmsync_schema_parse(&a, crmi_str(json), &schema, NULL), 0);
    crmsync_schema_free(schema);
    assert_int_equal(f.held, 0);
    size_t total = f.requests;
    assert_true(total > 10);
    for (size_t k = 1; k <= total; k++) {
        crmsync_error *err = NULL;
        f = (failing_alloc){.fail_at = k};
        assert_int_equal(crmsync_schema_parse(&a, crmi_str(json), &schema, &err), CRMSYNC_E_NOMEM);
        assert_null(schema);
        assert_int_equal(crmsync_error_code(err), CRMSYNC_E_NOMEM);
        assert_int_equal(f.held, 0);
        assert_int_equal(f.blocks, 0);
        crmsync_error_free(err);
    }
}

static const char typed[] =
    "{\"name\":\"Lead\",\"recordTypeInfos\":["
    "{\"active\":true,\"available\":true,\"defaultRecordTypeMapping\":true,\"developerName\":"
    "\"Partner\",\"master\":false,\"recordTypeId\":\"012000000000001AAA\"},"
    "{\"active\":true,\"available\":true,\"defaultRecordTypeMapping\":false,\"developerName\":"
    "\"Master\",\"master\":true,\"recordTypeId\":\"012000000000000AAA\"}],\"fields\":["
    "{\"name\":\"Tier__c\",\"type\":\"picklist\",\"restrictedPicklist\":true,"
    "\"picklistValues\":[{\"active\":true,\"label\":\"Gold\",\"value\":\"Gold\"},"
    "{\"active\":true,\"label\":\"Silver\",\"value\":\"Silver\"}]}]}";
static const char permitted[] = "{\"picklistFieldValues\":{\"Tier__c\":{\"values\":["
                                "{\"label\":\"Gold\",\"value\":\"Gold\"}]},"
                                "\"Gone__c\":{\"values\":[]}}}";

static void test_record_type__picklist_has_its_values_alone(void **state)
{
    (void)state;
    crmsync_schema *schema = empty_schema();
    crmsync_str lead_name = CRMI_STR("Lead"), type = CRMI_STR("012000000000001");
    assert_int_equal(crmsync_schema_add_describe(schema, crmi_str(typed), NULL), CRMSYNC_OK);
    const crmi_object *object = crmi_schema_object(schema, lead_name);
    assert_true(crmi_object_has_record_types(object));
    assert_int_equal(crmi_object_field_as(object, CRMI_STR("tier__C"), type)->value_count, 2);
    assert_int_equal(crmi_schema_add_picklists(schema, lead_name, type, crmi_str(permitted), NULL),
                     CRMSYNC_OK);
    const crmi_field *as = crmi_object_field_as(object, CRMI_STR("tier__C"), type);
    assert_true(as->of_record_type);
    assert_int_equal(as->value_count, 1);
    assert_non_null(crmi_field_value(as, CRMI_STR("gold")));
    assert_null(crmi_field_value(as, CRMI_STR("Silver")));
    /* new records get that type; those of the master one have all values */
    assert_int_equal(crmi_object_field_as(object, CRMI_STR("Tier__c"), CRMI_STR_EMPTY)->value_count,
                     1);
    assert_int_equal(
        crmi_object_field_as(object, CRMI_STR("Tier__c"), CRMI_STR("012000000000000AAA"))->value_count,
        2);
    assert_int_equal(crmi_schema_add_picklists(schema, lead_name, type, CRMI_STR("{}"), NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(crmi_schema_add_picklists(schema, CRMI_STR("Contact"), type,
                                               crmi_str(permitted), NULL),
                     CRMSYNC_OK);
    crmsync_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record_type__picklist_has_its_values_alone),
        cmocka_unit_test(test_add_describe__fields_keep_type_flags_and_sizes),
        cmocka_unit_test(test_add_describe__unknown_type_is_kept_but_not_writeable),
        cmocka_unit_test(test_field_type__describe_words),
        cmocka_unit_test(test_add_statuses__order_and_repetition_do_not_matter),
        cmocka_unit_test(test_schema_parse__objects_and_statuses),
        cmocka_unit_test(test_schema__bad_input_is_refused_with_its_place),
        cmocka_unit_test(test_add_describe__error_leaves_the_schema_unchanged),
        cmocka_unit_test(test_schema__every_allocation_failing_gives_nomem_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
