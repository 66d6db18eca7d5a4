/* Campaign members: vectors, ranks that never fall, JSON both ways, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <crmsync/campaign.h>

#include "decide/plan.h"
#include "model/rows.h"
#include "unit/failing_alloc.h"
#include "unit/vector_file.h"

#define CAMPAIGN "701000000000001AAA"

/* One case laid out. */
typedef struct bench {
    crmsync_config *config;
    crmsync_schema *schema;
    crmsync_normalizer *normalizer;
    crmsync_rows *engagements, *people, *statuses, *members, *history;
    crmsync_plan *plan;
} bench;

static crmsync_config *config_of(yyjson_val *rules)
{
    crmsync_config *config = NULL;
    char *text = yyjson_val_write(rules, 0, NULL);
    size_t size = strlen(text) + 64;
    char *json = malloc(size);
    assert_non_null(json);
    snprintf(json, size, "{\"version\":1,\"campaigns\":%s}", text);
    assert_int_equal(crmsync_config_parse(NULL, crmi_str(json), &config, NULL), CRMSYNC_OK);
    free(json);
    free(text);
    return config;
}

static void set_up(bench *b, yyjson_val *v)
{
    yyjson_val *schema = yyjson_obj_get(v, "schema");
    *b = (bench){.config = config_of(yyjson_obj_get(v, "campaigns"))};
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &b->normalizer, NULL), CRMSYNC_OK);
    b->engagements = vector_rows(NULL, "engagement", yyjson_obj_get(v, "engagements"));
    b->people = vector_rows(NULL, "person", yyjson_obj_get(v, "people"));
    b->statuses = vector_rows(NULL, "CampaignMemberStatus", yyjson_obj_get(v, "statuses"));
    b->members = vector_rows(NULL, "CampaignMember", yyjson_obj_get(v, "members"));
    b->history = vector_rows(NULL, "history", yyjson_obj_get(v, "history"));
    if (schema) {
        size_t len = 0;
        char *text = yyjson_val_write(schema, 0, &len);
        assert_int_equal(crmsync_schema_parse(NULL, (crmsync_str){text, len}, &b->schema, NULL), 0);
        free(text);
    }
}

static void tear_down(bench *b)
{
    crmsync_plan_free(b->plan);
    crmsync_rows_free(b->engagements);
    crmsync_rows_free(b->people);
    crmsync_rows_free(b->statuses);
    crmsync_rows_free(b->members);
    crmsync_rows_free(b->history);
    crmsync_schema_free(b->schema);
    crmsync_normalizer_free(b->normalizer);
    crmsync_config_free(b->config);
}

static int32_t decide(bench *b, const crmsync_alloc *alloc, crmsync_error **err)
{
    crmsync_campaign_input in = CRMSYNC_CAMPAIGN_INPUT_INIT;
    in.config = b->config;
    in.schema = b->schema;
    in.normalizer = b->normalizer;
    in.engagements = b->engagements;
    in.people = b->people;
    in.statuses = b->statuses;
    in.members = b->members;
    in.history = b->history;
    crmsync_plan_free(b->plan);
    return crmsync_decide_members(alloc, &in, &b->plan, err);
}

static const crmi_decision *decision_for(const bench *b, yyjson_val *want)
{
    crmsync_str campaign = vector_text(want, "campaign");
    for (size_t i = 0; i < b->plan->page->count; i++) {
        const crmi_decision *d = &b->plan->page->items[i];
        if (crmi_str_eq(d->local_id, vector_text(want, "id")) &&
            (!campaign.len || crmi_str_eq(d->slot, campaign))) {
            return d;
        }
    }
    return NULL;
}

static void expect_word(const char *name, yyjson_val *want, const char *member, crmsync_str have)
{
    if (yyjson_obj_get(want, member) && !crmi_str_eq(vector_text(want, member), have)) {
        fail_msg("%s: %s is \"%.*s\", not \"%s\"", name, member, CRMI_SPELL(have),
                 vector_text(want, member).ptr);
    }
}

/* Whatever is said of fields begins with the campaign, written or not. */
static void expect_campaign(const crmi_decision *d)
{
    if (d->field_count) {
        const crmi_field_decision *f = &d->fields[0];
        bool fresh = d->crm_op == CRMI_OP_CREATE;
        assert_string_equal(f->remote.ptr, "CampaignId");
        assert_true(crmi_str_eq(fresh ? f->crm_new.text : f->crm_old.text, d->slot));
    }
    assert_true(crmi_str_starts(d->detail, d->slot.ptr));
}

/* The fields that are written, all of them. */
static void expect_fields(const char *name, yyjson_val *want, const crmi_decision *d)
{
    crmsync_alloc alloc;
    crmi_buf text;
    size_t written = 0;
    crmi_alloc_init(&alloc, NULL);
    crmi_buf_init(&text, &alloc);
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        if (f->crm_new.type == CRMSYNC_CELL_ABSENT) {
            continue;
        }
        crmi_buf_reset(&text);
        crmi_buf_cell(&text, &f->crm_new);
        yyjson_val *value = yyjson_obj_getn(want, f->remote.ptr, f->remote.len);
        if (!value || strcmp(yyjson_get_str(value), text.ptr) != 0) {
            fail_msg("%s: %.*s is written as %s", name, CRMI_SPELL(f->remote), text.ptr);
        }
        assert_int_equal(f->base, CRMI_BASE_SENT);
        written++;
    }
    if (written != yyjson_obj_size(want)) {
        fail_msg("%s: %zu fields are written, not %zu", name, written, yyjson_obj_size(want));
    }
    crmi_buf_clear(&text);
}

static void expect_decision(const bench *b, const char *name, yyjson_val *want)
{
    static const char *const ops[] = {"none", "create", "update"};
    const crmi_decision *d = decision_for(b, want);
    yyjson_val *others = yyjson_obj_get(want, "others");
    yyjson_val *claims = yyjson_obj_get(want, "claims");
    if (!d) {
        fail_msg("%s: no decision for %s", name, vector_text(want, "id").ptr);
    }
    assert_string_equal(d->kind.ptr, "member");
    assert_string_equal(d->object.ptr, "CampaignMember");
    assert_int_equal(d->link, d->crm_op == CRMI_OP_CREATE);
    assert_int_equal(d->outcome, crmsync_reason_outcome(d->reason));
    expect_word(name, want, "outcome", crmi_str(crmsync_outcome_name(d->outcome)));
    expect_word(name, want, "reason", crmi_str(crmsync_reason_name(d->reason)));
    expect_word(name, want, "crm_op", crmi_str(ops[d->crm_op]));
    expect_word(name, want, "crm_id", d->crm_id);
    expect_word(name, want, "detail", d->detail);
    expect_fields(name, yyjson_obj_get(want, "fields"), d);
    expect_campaign(d);
    assert_true(!others || yyjson_get_uint(others) == d->other_count);
    assert_int_equal(d->claim_count, d->crm_op == CRMI_OP_CREATE ? 1 : 0);
    if (claims) {
        assert_true(crmi_str_is(d->claims[0], yyjson_get_str(yyjson_arr_get_first(claims))));
    }
    if (yyjson_obj_get(want, "same_as")) {
        expect_word(name, want, "same_as", b->plan->page->items[d->same_as].local_id);
    }
}

static int32_t collect(void *ctx, crmsync_str text)
{
    crmi_buf_add(ctx, text);
    return CRMSYNC_OK;
}

/* Written as JSON, read and written again it is the same: a reviewer may keep it in a file. */
static void expect_round_trip(const bench *b, const char *name)
{
    crmsync_alloc alloc;
    crmi_buf once, twice;
    crmsync_plan *again = NULL;
    crmsync_error *err = NULL;
    crmi_alloc_init(&alloc, NULL);
    crmi_buf_init(&once, &alloc);
    crmi_buf_init(&twice, &alloc);
    assert_int_equal(crmsync_plan_write_json(b->plan, collect, &once, NULL), CRMSYNC_OK);
    if (crmsync_plan_read(NULL, crmi_buf_str(&once), &again, &err) != CRMSYNC_OK) {
        fail_msg("%s: %s %s", name, crmsync_error_where(err).ptr, crmsync_error_message(err).ptr);
    }
    assert_int_equal(crmsync_plan_write_json(again, collect, &twice, NULL), CRMSYNC_OK);
    assert_string_equal(once.ptr, twice.ptr);
    crmsync_plan_free(again);
    crmi_buf_clear(&once);
    crmi_buf_clear(&twice);
}

static void run_case(yyjson_val *v)
{
    bench b;
    size_t i, n;
    yyjson_val *want, *all = yyjson_obj_get(v, "expect");
    const char *name = yyjson_get_str(yyjson_obj_get(v, "name"));
    crmsync_str refusal = vector_text(v, "error");
    set_up(&b, v);
    int32_t code = decide(&b, NULL, NULL);
    if (!crmi_str_eq(refusal, code ? crmi_str(crmsync_code_name(code)) : CRMI_STR_EMPTY)) {
        fail_msg("%s: code %d", name, (int)code);
    }
    if (code == CRMSYNC_OK) {
        assert_int_equal(crmsync_plan_count(b.plan), yyjson_arr_size(all));
        expect_round_trip(&b, name);
    }
    yyjson_arr_foreach(all, i, n, want)
    {
        expect_decision(&b, name, want);
    }
    tear_down(&b);
}

/* Under an allocator that fails at each request in turn. */
static void starve(yyjson_val *v)
{
    bench b;
    failing_alloc f = {0};
    crmsync_alloc alloc = failing_alloc_table(&f);
    int32_t code = CRMSYNC_E_NOMEM;
    set_up(&b, v);
    for (size_t k = 1; code == CRMSYNC_E_NOMEM && k < 2000; k++) {
        f = (failing_alloc){.fail_at = k};
        code = decide(&b, &alloc, NULL);
        crmsync_plan_free(b.plan);
        b.plan = NULL;
        assert_int_equal(f.blocks, 0);
    }
    assert_true(code != CRMSYNC_E_NOMEM);
    tear_down(&b);
}

static void for_each_case(void (*run)(yyjson_val *v))
{
    yyjson_doc *doc = vector_file("engagement/members.json");
    yyjson_val *v;
    size_t i, n;
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "cases"), i, n, v)
    {
        run(v);
    }
    assert_true(n >= 45);
    yyjson_doc_free(doc);
}

static void test_decide_members__each_vector_is_decided_as_expected(void **state)
{
    (void)state;
    for_each_case(run_case);
}

static void
test_decide_members__every_allocation_failing_gives_nomem_and_leaks_nothing(void **state)
{
    (void)state;
    for_each_case(starve);
}

/* ---- a member over a long random life ---- */

static const char *const labels[] = {"Sent", "Responded", "Converted", "Qualified"};

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void append(crmsync_rows *rows, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert_int_equal(crmsync_rows_append_json(rows, (crmsync_str){text, (size_t)n}, NULL), 0);
}

static int rank_of(crmsync_str label)
{
    for (int i = 0; i < 4; i++) {
        if (crmi_str_is(label, labels[i])) {
            return i;
        }
    }
    return -1;
}

static void random_engagements(bench *b, uint64_t *seed)
{
    static const char *const events[] = {"added", "viewed_page", "form", "form", "other"};
    size_t n = 1 + next(seed) % 4;
    for (size_t i = 0; i < n; i++) {
        append(b->engagements,
               "{\"id\":\"e%zu\",\"campaign_id\":\"" CAMPAIGN "\",\"person_id\":\"p1\","
               "\"event\":\"%s\",\"form_type\":\"%s\",\"at\":\"2026-11-%02dT10:00:00Z\"}",
               i, events[next(seed) % 5], next(seed) % 3 ? "news" : "demo",
               1 + (int)(next(seed) % 28));
    }
}

/* What a decision would make of the member; the rank it had when nothing is written. */
static int rank_after(const bench *b, int before)
{
    const crmi_decision *d = &b->plan->page->items[0];
    for (size_t i = 0; i < d->field_count; i++) {
        if (crmi_str_is(d->fields[i].remote, "Status")) {
            return rank_of(d->fields[i].crm_new.text);
        }
    }
    return before;
}

static void turn_round(bench *b)
{
    crmsync_rows *turned = NULL;
    crmsync_rows_new(NULL, CRMI_STR("engagement"), NULL, 0, &turned, NULL);
    for (size_t i = crmsync_rows_count(b->engagements); i-- > 0;) {
        crmi_rows_copy_row(turned, (crmi_record){b->engagements, i});
    }
    crmsync_rows_free(b->engagements);
    b->engagements = turned;
}

static void test_decide_members__over_random_lives_a_rank_never_falls(void **state)
{
    bench b = {0};
    uint64_t seed = 362436069362436069u;
    int rank = -1;
    (void)state;
    assert_int_equal(
        crmsync_config_parse(NULL, CRMI_STR("{\"version\":1,\"campaigns\":{\"enabled\":true}}"),
                             &b.config, NULL),
        0);
    assert_int_equal(crmsync_normalizer_new(NULL, NULL, &b.normalizer, NULL), CRMSYNC_OK);
    crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &b.people, NULL);
    crmsync_rows_new(NULL, CRMI_STR("status"), NULL, 0, &b.statuses, NULL);
    crmsync_rows_new(NULL, CRMI_STR("engagement"), NULL, 0, &b.engagements, NULL);
    crmsync_rows_new(NULL, CRMI_STR("CampaignMember"), NULL, 0, &b.members, NULL);
    append(b.people, "{\"id\":\"p1\",\"contact_id\":\"003000000000001AAA\"}");
    for (int i = 0; i < 4; i++) {
        append(b.statuses, "{\"CampaignId\":\"" CAMPAIGN "\",\"Label\":\"%s\"}", labels[i]);
    }
    for (size_t step = 0; step < 1500; step++) {
        bool starts_over = next(&seed) % 8 == 0;
        rank = starts_over ? -1 : rank;
        crmsync_rows_clear(b.engagements);
        crmsync_rows_clear(b.members);
        if (rank >= 0) {
            append(b.members,
                   "{\"Id\":\"00v000000000001AAA\",\"CampaignId\":\"" CAMPAIGN "\","
                   "\"ContactId\":\"003000000000001AAA\",\"Status\":\"%s\"}",
                   labels[rank]);
        }
        random_engagements(&b, &seed);
        assert_int_equal(decide(&b, NULL, NULL), CRMSYNC_OK);
        int after = rank_after(&b, rank);
        assert_true(after >= rank);
        turn_round(&b);
        assert_int_equal(decide(&b, NULL, NULL), CRMSYNC_OK);
        assert_int_equal(rank_after(&b, rank), after);
        rank = after;
    }
    tear_down(&b);
}

static void test_decide_members__without_rows_it_says_what_is_missing(void **state)
{
    crmsync_campaign_input in = CRMSYNC_CAMPAIGN_INPUT_INIT;
    crmsync_plan *plan = NULL;
    crmsync_error *err = NULL;
    (void)state;
    assert_int_equal(crmsync_decide_members(NULL, &in, &plan, &err), CRMSYNC_E_INVALID);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "engagements"));
    crmsync_error_free(err);
    in.struct_size = 1;
    assert_int_equal(crmsync_decide_members(NULL, &in, &plan, NULL), CRMSYNC_E_INVALID);
    assert_null(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide_members__each_vector_is_decided_as_expected),
        cmocka_unit_test(
            test_decide_members__every_allocation_failing_gives_nomem_and_leaks_nothing),
        cmocka_unit_test(test_decide_members__over_random_lives_a_rank_never_falls),
        cmocka_unit_test(test_decide_members__without_rows_it_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
