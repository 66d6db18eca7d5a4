/*
 * Combined values over many rounds: whatever two sides write and in whatever order the sync looks,
 * they come to the same value, and a sum counts each step once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide/decimal.h"
#include "decide/policy.h"
#include "decide/reduce.h"
#include "failing_alloc.h"

static crmsync_alloc alloc;

/* Two sides, the base between them, and the rule. */
typedef struct pair_of_sides {
    crmi_arena arena;
    crmi_field field;
    crmi_object object;
    crmi_object_rule objects;
    crmi_field_rule rule;
    crmi_link link;
    crmi_target *target;
    crmsync_cell local, crm;
} pair_of_sides;

static uint32_t seed = 1;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % n;
}

static crmsync_rows *rows_of(const char *kind, const char *name, const crmsync_cell *cell)
{
    crmsync_rows *rows = NULL;
    crmsync_str field = crmi_str(name);
    assert_int_equal(crmsync_rows_new(&alloc, crmi_str(kind), &field, 1, &rows, NULL), 0);
    assert_int_equal(crmi_rows_add_row(rows), 0);
    assert_true(crmi_rows_put(rows, 0, field, cell));
    return rows;
}

/* What a job stores: the host saves, Salesforce is written, the base follows. */
static void carry_out(pair_of_sides *s, const crmi_field_decision *d)
{
    crmsync_cell before = s->local;
    if (d->local_new.type != CRMSYNC_CELL_ABSENT)
        assert_true(crmi_cell_copy(&s->arena, &d->local_new, &s->local));
    if (d->crm_new.type != CRMSYNC_CELL_ABSENT)
        assert_true(crmi_cell_copy(&s->arena, &d->crm_new, &s->crm));
    if (d->base == CRMI_BASE_KEEP)
        return;
    crmi_shadow *shadow =
        crmi_target_put_shadow(&s->arena, s->target, s->rule.local, s->rule.remote);
    bool sent = d->base == CRMI_BASE_SENT;
    shadow->l = sent ? before : s->local;
    assert_true(crmi_cell_copy(&s->arena, sent ? &s->crm : &d->crm_old, &shadow->c));
    shadow->state = sent ? CRMI_SHADOW_UNVERIFIED : CRMI_SHADOW_AGREED;
}

/* One look; true if it wrote anything. */
static bool look(pair_of_sides *s, crmi_decide_env *env)
{
    crmi_fields fields;
    crmsync_rows *local = rows_of("person", "x", &s->local);
    crmsync_rows *crm = rows_of("Contact", "X__c", &s->crm);
    crmi_merge m = {.env = env, .rule = &s->objects, .object = &s->object, .local = {local, 0},
                    .crm = {crm, 0}, .link = &s->link, .target = s->target, .out = true,
                    .in = true};
    crmi_fields_init(&fields, &s->arena, 1);
    assert_int_equal(crmi_merge_one(&m, &s->rule, &s->rule, &fields, NULL), 0);
    const crmi_field_decision *d = &fields.items[0];
    bool wrote =
        d->crm_new.type != CRMSYNC_CELL_ABSENT || d->local_new.type != CRMSYNC_CELL_ABSENT;
    carry_out(s, d);
    crmsync_rows_free(local);
    crmsync_rows_free(crm);
    return wrote;
}

static void sides_init(pair_of_sides *s, uint32_t reduce, uint32_t type)
{
    memset(s, 0, sizeof *s);
    crmi_arena_init(&s->arena, &alloc);
    s->field = (crmi_field){.name = CRMI_STR("X__c"), .type = type, .precision = 18, .scale = 2,
                            .flags = CRMI_FIELD_CREATEABLE | CRMI_FIELD_UPDATEABLE};
    s->local = s->crm = crmi_cell_null();
    s->object.fields = &s->field;
    s->object.field_count = 1;
    crmi_map_init(&s->object.by_name, &alloc);
    assert_true(crmi_map_put(&s->object.by_name, CRMI_STR("x__c"), &s->field));
    bool sums = reduce == CRMI_REDUCE_SUM;
    s->rule = (crmi_field_rule){.local = CRMI_STR("x"), .remote = CRMI_STR("X__c"),
                                .reduce = reduce, .export = CRMI_EXPORT_OVERWRITE,
                                .import = sums ? CRMI_IMPORT_NEVER : CRMI_IMPORT_TWO_WAY};
    s->target = crmi_link_add_target(&s->arena, &s->link, CRMI_STR("Contact"),
                                     CRMI_STR("003000000000001AAA"));
    assert_non_null(s->target);
}

static void sides_clear(pair_of_sides *s)
{
    crmi_map_clear(&s->object.by_name);
    crmi_arena_clear(&s->arena);
}

static crmsync_cell number(pair_of_sides *s, int n)
{
    char text[32];
    crmsync_cell cell = {.type = CRMSYNC_CELL_DECIMAL};
    snprintf(text, sizeof text, "%d", n);
    assert_true(crmi_arena_str(&s->arena, crmi_str(text), &cell.text));
    return cell;
}

static crmsync_cell any_value(pair_of_sides *s, uint32_t type)
{
    static const char *const lists[] = {"a", "b;a", "c;a;b", "d", "a;d"};
    switch (pick(6) ? type : CRMI_TYPE_OTHER) {
    case CRMI_TYPE_BOOLEAN: return crmi_cell_bool(pick(2));
    case CRMI_TYPE_DATE: return crmi_cell_number(CRMSYNC_CELL_DATE, pick(9));
    case CRMI_TYPE_DOUBLE: return number(s, (int)pick(40) - 20);
    case CRMI_TYPE_MULTIPICKLIST: return crmi_cell_text(crmi_str(lists[pick(5)]));
    default: return crmi_cell_null();
    }
}

static void test_reduce__two_sides_settle_in_three_looks_and_stay(void **state)
{
    static const struct {
        uint32_t reduce, type;
    } kinds[] = {{CRMI_REDUCE_OR, CRMI_TYPE_BOOLEAN},   {CRMI_REDUCE_MAX, CRMI_TYPE_DOUBLE},
                 {CRMI_REDUCE_MIN, CRMI_TYPE_DOUBLE},   {CRMI_REDUCE_MAX, CRMI_TYPE_DATE},
                 {CRMI_REDUCE_EARLIEST, CRMI_TYPE_DATE},
                 {CRMI_REDUCE_APPEND, CRMI_TYPE_MULTIPICKLIST}};
    crmsync_config *config = NULL;
    (void)state;
    assert_int_equal(crmsync_config_parse(&alloc, CRMI_STR("{}"), &config, NULL), 0);
    crmi_decide_env env = {.alloc = &alloc, .config = config, .now_ms = 1};
    for (size_t i = 0; i < 600; i++) {
        pair_of_sides s;
        size_t k = i % (sizeof kinds / sizeof kinds[0]);
        sides_init(&s, kinds[k].reduce, kinds[k].type);
        for (size_t round = 0; round < 8; round++) {
            if (pick(2))
                s.local = any_value(&s, kinds[k].type);
            if (pick(2))
                s.crm = any_value(&s, kinds[k].type);
            crmsync_cell had[2] = {s.local, s.crm}, none;
            look(&s, &env);
            look(&s, &env);
            assert_false(look(&s, &env));
            assert_true(crmi_save_equal(&s.field, &s.local, &s.crm, NULL));
            for (size_t side = 0; side < 2; side++) { /* nothing that either side had is lost */
                crmi_reduce_case c = {kinds[k].reduce, &s.field, &had[side], &s.crm, NULL};
                uint32_t verdict = crmi_reduce(&c, &s.arena, &none);
                assert_true(verdict == CRMI_REDUCED_SAME || verdict == CRMI_REDUCED_CRM);
            }
        }
        sides_clear(&s);
    }
    crmsync_config_free(config);
}

static int value_of(const crmsync_cell *cell)
{
    return crmi_cell_blank(cell) ? 0 : atoi(cell->text.ptr);
}

static void test_reduce_sum__each_step_is_counted_once(void **state)
{
    crmsync_config *config = NULL;
    (void)state;
    assert_int_equal(crmsync_config_parse(&alloc, CRMI_STR("{}"), &config, NULL), 0);
    crmi_decide_env env = {.alloc = &alloc, .config = config, .now_ms = 1};
    for (size_t i = 0; i < 200; i++) {
        pair_of_sides s;
        int total = 0, here = (int)pick(50);
        sides_init(&s, CRMI_REDUCE_SUM, CRMI_TYPE_DOUBLE);
        s.local = number(&s, here);
        s.crm = crmi_cell_null();
        look(&s, &env);
        total = here;
        for (size_t round = 0; round < 12; round++) {
            int step = (int)pick(20) - 5, there = (int)pick(20) - 5;
            bool local = pick(2), crm = pick(2);
            if (local)
                s.local = number(&s, here += step);
            if (crm)
                s.crm = number(&s, value_of(&s.crm) + there);
            total += (local ? step : 0) + (crm ? there : 0);
            for (uint32_t looks = pick(3); looks > 0; looks--)
                look(&s, &env);
        }
        look(&s, &env);
        assert_false(look(&s, &env));
        assert_int_equal(value_of(&s.crm), total);
        assert_int_equal(value_of(&s.local), here);
        sides_clear(&s);
    }
    crmsync_config_free(config);
}

static void test_decimal_add__is_exact_and_keeps_signs(void **state)
{
    static const struct {
        const char *a, *b, *sum;
    } rows[] = {
        {"0.1", "0.2", "0.3"},   {"1", "-1", "0"},       {"-5", "3", "-2"},   {"5", "-3", "2"},
        {"999.99", "0.01", "1000"}, {"100", "-0.01", "99.99"}, {"0", "-7", "-7"}, {"-8", "0", "-8"},
        {"-99", "-1", "-100"},   {"1e3", "1e-3", "1000.001"}, {"1000", "-999", "1"},
        {"12345678901234567890", "9", "12345678901234567899"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        crmi_decimal a, b, sum;
        char text[CRMI_DECIMAL_TEXT];
        assert_true(crmi_decimal_parse(crmi_str(rows[i].a), &a));
        assert_true(crmi_decimal_parse(crmi_str(rows[i].b), &b));
        assert_true(crmi_decimal_add(&a, &b, &sum));
        assert_true(crmi_decimal_text(&sum, text) > 0);
        assert_string_equal(text, rows[i].sum);
    }
}

static void test_decimal_add__too_many_digits_is_told(void **state)
{
    crmi_decimal a, b, sum;
    (void)state;
    assert_true(crmi_decimal_parse(CRMI_STR("1e60"), &a));
    assert_true(crmi_decimal_parse(CRMI_STR("1e-60"), &b));
    assert_false(crmi_decimal_add(&a, &b, &sum));
}

static void test_decimal_cmp__orders_numbers(void **state)
{
    static const char *const ascending[] = {"-1e60", "-100", "-99.5", "-0.01", "0", "0.001",
                                            "0.01", "9", "10", "10.5", "1e3", "1e60"};
    size_t n = sizeof ascending / sizeof ascending[0];
    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            crmi_decimal a, b;
            assert_true(crmi_decimal_parse(crmi_str(ascending[i]), &a));
            assert_true(crmi_decimal_parse(crmi_str(ascending[j]), &b));
            int order = crmi_decimal_cmp(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static const char rules[] =
    "{\"objects\":{\"Contact\":{\"direction\":\"both\",\"fields\":["
    "{\"local\":\"list\",\"remote\":\"List__c\",\"reduce\":\"append\"},"
    "{\"local\":\"n\",\"remote\":\"N__c\",\"reduce\":\"sum\"},"
    "{\"local\":\"map\",\"remote\":\"Map__c\",\"values\":{\"a\":\"A\",\"b\":\"B\"}},"
    "{\"template\":\"https://a/{n}/{map}\",\"remote\":\"Link__c\"}]}},"
    "\"owner\":{\"apply\":\"two_way\",\"map\":{\"ann\":\"005000000000001AAA\"}}}";

static const char described[] =
    "{\"objects\":[{\"name\":\"Contact\",\"updateable\":true,\"fields\":["
    "{\"name\":\"List__c\",\"type\":\"textarea\",\"length\":500,\"updateable\":true},"
    "{\"name\":\"N__c\",\"type\":\"double\",\"precision\":18,\"updateable\":true},"
    "{\"name\":\"Map__c\",\"type\":\"multipicklist\",\"length\":500,\"updateable\":true},"
    "{\"name\":\"Link__c\",\"type\":\"url\",\"length\":255,\"updateable\":true},"
    "{\"name\":\"OwnerId\",\"type\":\"reference\",\"updateable\":true}]}]}";

static crmsync_rows *rows_from(const char *kind, const char *json)
{
    crmsync_rows *rows = NULL;
    assert_int_equal(crmsync_rows_new(&alloc, crmi_str(kind), NULL, 0, &rows, NULL), 0);
    assert_int_equal(crmsync_rows_append_json(rows, crmi_str(json), NULL), 0);
    return rows;
}

static int32_t merge_all(const crmi_merge *m, const crmsync_alloc *from, size_t *written)
{
    crmi_arena arena;
    crmi_fields fields;
    crmi_arena_init(&arena, from);
    crmi_fields_init(&fields, &arena, 8);
    crmi_owner_choice owner = crmi_owner_of(m->env, m->local, "Contact");
    int32_t code = crmi_merge_fields(m, &fields, NULL);
    if (!code)
        code = crmi_owner_merge(m, &owner, &fields, NULL);
    *written = 0;
    for (size_t i = 0; i < fields.count; i++)
        *written += fields.items[i].crm_new.type != CRMSYNC_CELL_ABSENT;
    crmi_arena_clear(&arena);
    return code;
}

static void test_merge__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    failing_alloc f = {0};
    crmsync_alloc failing = failing_alloc_table(&f);
    crmsync_config *config = NULL;
    crmsync_schema *schema = NULL;
    crmi_arena arena;
    crmi_link link = {.kind = CRMI_STR("person")};
    size_t written = 0, refused = 0;
    (void)state;
    assert_int_equal(crmsync_config_parse(&alloc, crmi_str(rules), &config, NULL), 0);
    assert_int_equal(crmsync_schema_parse(&alloc, crmi_str(described), &schema, NULL), 0);
    crmsync_rows *local = rows_from("person", "{\"list\":\"x\\ny\",\"n\":\"5\",\"map\":\"b;a\","
                                              "\"owner\":\"ann\"}");
    crmsync_rows *crm =
        rows_from("Contact", "{\"List__c\":\"z\",\"N__c\":7,\"Map__c\":null,\"Link__c\":null,"
                             "\"OwnerId\":\"005000000000002AAA\"}");
    crmi_arena_init(&arena, &alloc);
    crmi_target *target = crmi_link_add_target(&arena, &link, CRMI_STR("Contact"),
                                               CRMI_STR("003000000000001AAA"));
    crmi_shadow *count = crmi_target_put_shadow(&arena, target, CRMI_STR("n"), CRMI_STR("N__c"));
    count->l = crmi_cell_text(CRMI_STR("2"));
    count->c = crmi_cell_text(CRMI_STR("7"));
    crmi_shadow *owner =
        crmi_target_put_shadow(&arena, target, CRMI_STR("owner"), CRMI_STR("OwnerId"));
    owner->l = crmi_cell_text(CRMI_STR("eve"));
    owner->c = crmi_cell_text(CRMI_STR("005000000000002AAA"));
    crmi_decide_env env = {.alloc = &failing, .config = config, .schema = schema, .now_ms = 1};
    crmi_merge m = {.env = &env, .rule = crmi_config_object(config, CRMI_STR("Contact")),
                    .object = crmi_schema_object(schema, CRMI_STR("Contact")), .local = {local, 0},
                    .crm = {crm, 0}, .link = &link, .target = target, .out = true, .in = true};
    assert_int_equal(merge_all(&m, &failing, &written), 0);
    assert_int_equal(written, 5);
    size_t all = f.requests;
    assert_true(all > 4);
    for (size_t k = 1; k <= all; k++) {
        f.requests = 0;
        f.fail_at = k;
        int32_t code = merge_all(&m, &failing, &written);
        assert_int_equal(f.blocks, 0);
        if (code == CRMSYNC_OK) /* what was only asked for ahead is asked for again */
            assert_int_equal(written, 5);
        else
            assert_int_equal(code, CRMSYNC_E_NOMEM);
        refused += code != CRMSYNC_OK;
    }
    assert_true(refused + 1 >= all);
    crmi_arena_clear(&arena);
    crmsync_rows_free(local);
    crmsync_rows_free(crm);
    crmsync_schema_free(schema);
    crmsync_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduce__two_sides_settle_in_three_looks_and_stay),
        cmocka_unit_test(test_reduce_sum__each_step_is_counted_once),
        cmocka_unit_test(test_merge__every_allocation_failing_gives_nomem_and_leaks_nothing),
        cmocka_unit_test(test_decimal_add__is_exact_and_keeps_signs),
        cmocka_unit_test(test_decimal_add__too_many_digits_is_told),
        cmocka_unit_test(test_decimal_cmp__orders_numbers),
    };
    crmi_alloc_init(&alloc, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
