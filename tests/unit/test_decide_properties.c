/*
 * What must hold of every decision, tried on random configurations, records and edits.
 *
 *   PROPERTY_ROUNDS=100000 PROPERTY_SEED=7 tests/test_decide_properties
 *
 * Each round has a seed of its own, printed when it fails; PROPERTY_SEED=<it> PROPERTY_ROUNDS=1 is
 * that round again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decide/decide.h"
#include "model/config_table.h"
#include "unit/random.h"
#include "unit/vector_file.h"

#define ROUNDS 300
#define PEOPLE 6
#define NOW_MS INT64_C(1795000000000)

static crmsync_alloc alloc;
static crmsync_schema *schema;
static crmsync_normalizer *normalizer;

#define SEEDS(seed)                                                                                \
    for (uint64_t seed = random_setting("PROPERTY_SEED", 1),                                       \
                  last_ = seed + random_setting("PROPERTY_ROUNDS", ROUNDS);                        \
         seed < last_; seed++)

/* ---- values ---- */

enum { DATE_COUNT = 3 };

/* A mapped field of Contact with texts of its type: some are one value to Salesforce. The first
 * `plain` ones can be sent; the others cannot, or lose something. */
static const struct {
    const char *local, *remote;
    uint32_t cell;
    size_t plain;
    const char *values[8];
} pool[] = {
    {"first",
     "FirstName",
     CRMSYNC_CELL_TEXT,
     5,
     {"Ada", " Ada ", "ADA",
      "\xc3\x84"
      "da",
      "a\r\nb"}},
    {"title",
     "Title",
     CRMSYNC_CELL_TEXT,
     3,
     {"Countess", "countess", "Boss ", "Vice President of Everything Imaginable"}},
    {"phone", "Phone", CRMSYNC_CELL_TEXT, 2, {"+44 1", "+44 2"}},
    {"source", "LeadSource", CRMSYNC_CELL_TEXT, 4, {"Web", "web", "Other", "Trade Fair"}},
    {"level", "Level__c", CRMSYNC_CELL_TEXT, 3, {"Gold", "Silver", "gold", "Platinum"}},
    {"likes", "Interests__c", CRMSYNC_CELL_TEXT, 4, {"A;B", "B;A", "C", "a", "D"}},
    {"score",
     "Score__c",
     CRMSYNC_CELL_DECIMAL,
     4,
     {"1", "1.00", "-2.5", "0", "1.005", "1234567890"}},
    {"born", "Birthdate", CRMSYNC_CELL_DATE, DATE_COUNT, {"0", "-1", "20000"}},
    {"seen",
     "Last_Seen__c",
     CRMSYNC_CELL_DATETIME,
     DATE_COUNT,
     {"1795000000000", "1795000000999", "1500000000000"}},
    {"no_mail", "HasOptedOutOfEmail", CRMSYNC_CELL_BOOL, 2, {"0", "1"}},
};
#define POOL (sizeof pool / sizeof pool[0])

static crmsync_cell pool_cell(size_t field, size_t value)
{
    crmsync_cell cell = {.type = pool[field].cell, .text = crmi_str(pool[field].values[value])};
    if (cell.type >= CRMSYNC_CELL_BOOL && cell.type != CRMSYNC_CELL_DECIMAL &&
        cell.type != CRMSYNC_CELL_ID) {
        assert_true(crmi_str_to_i64(cell.text, &cell.number));
        cell.text = CRMI_STR_EMPTY;
    }
    return cell;
}

static crmsync_cell random_cell(random_source *r, size_t field, bool plain)
{
    size_t n = pool[field].plain;
    while (!plain && n < 8 && pool[field].values[n])
        n++;
    /* a checkbox is never empty in the CRM: emptied at the host, it stays as it is there */
    size_t at = random_below(r, plain && pool[field].cell == CRMSYNC_CELL_BOOL ? n : n + 1);
    return at == n ? crmi_cell_null() : pool_cell(field, at);
}

/* What Salesforce would keep of a value: not what it looks like, but by crmi_save_equal() the same.
 */
static crmsync_cell saved(const crmi_field *field, crmsync_cell cell, crmi_arena *arena)
{
    crmsync_cell out;
    crmi_decide_env env = {.alloc = &alloc, .normalizer = normalizer};
    if (crmi_cell_blank(&cell) && field && field->type == CRMI_TYPE_BOOLEAN)
        return crmi_cell_bool(false);
    if (crmi_cell_blank(&cell))
        return crmi_cell_null();
    if (!crmi_converted(crmi_to_crm(&env, field, NULL, &cell, arena, &out)))
        return cell;
    return out;
}

/* ---- a world: people on both sides, linked ---- */

typedef struct world {
    random_source random;
    crmsync_config *config;
    crmi_arena arena;
    const crmi_object *object;
    crmi_link links[PEOPLE];
    crmsync_rows *people, *contacts;
    size_t writes;                /* of the last sync, on either side */
    bool edited[2][PEOPLE][POOL]; /* by the last edits: at the host, in the CRM */
    crmi_decide_env env;
} world;

static crmsync_config *config_of(random_source *r, bool two_way)
{
    static const char *const imports[] = {"crm", "local", "never", "two_way"};
    static const char *const exports[] = {"fill", "overwrite", "never"};
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    crmi_buf b;
    crmi_buf_init(&b, &alloc);
    crmi_buf_lit(
        &b, "{\"export\":{\"mode\":\"contacts\"},\"objects\":{\"Contact\":{\"direction\":\"both\","
            "\"create\":{\"out\":true},\"fields\":[{\"local\":\"last\",\"remote\":\"LastName\"},"
            "{\"local\":\"email\",\"remote\":\"Email\"}");
    for (size_t i = 0; i < POOL; i++) {
        bool both = two_way || random_below(r, 3) == 0;
        crmi_buf_fmt(&b, ",{\"local\":\"%s\",\"remote\":\"%s\",\"import\":\"%s\",\"export\":\"%s\"",
                     pool[i].local, pool[i].remote, both ? "two_way" : imports[random_below(r, 4)],
                     both ? "overwrite" : exports[random_below(r, 3)]);
        crmi_buf_fmt(&b, ",\"winner\":\"%s\",\"too_long\":\"%s\",\"propagate_null\":%s}",
                     random_below(r, 2) ? "crm" : "local", random_below(r, 2) ? "cut" : "refuse",
                     two_way || random_below(r, 2) ? "true" : "false");
    }
    crmi_buf_lit(&b, "]}}}");
    if (crmsync_config_parse(NULL, crmi_buf_str(&b), &config, &err))
        fail_msg("%s", crmsync_error_message(err).ptr);
    crmi_buf_clear(&b);
    return config;
}

static void put(crmsync_rows *rows, size_t row, const char *field, crmsync_cell cell)
{
    assert_true(crmi_rows_put(rows, row, crmi_str(field), &cell));
}

static void put_text(crmsync_rows *rows, size_t row, const char *field, const char *prefix,
                     size_t i)
{
    char text[60];
    snprintf(text, sizeof text, "%s%zu", prefix, i);
    put(rows, row, field, crmi_cell_text(crmi_str(text)));
}

static void add_person(world *w, size_t i, bool plain)
{
    char id[19], id15[40];
    size_t len;
    snprintf(id15, sizeof id15, "003%012zu", i);
    crmsync_normalize_id(crmi_str(id15), id, sizeof id, &len);
    assert_true(crmi_rows_add_row(w->people) >= 0 && crmi_rows_add_row(w->contacts) >= 0);
    put_text(w->people, i, "id", "p-", i);
    put_text(w->people, i, "rev", "", i);
    put_text(w->people, i, "last", "Byron", i);
    put_text(w->people, i, "email", "ada@acme.example", i);
    put(w->contacts, i, "Id", crmi_cell_id(crmi_str(id)));
    put(w->contacts, i, "IsDeleted", crmi_cell_bool(false));
    put(w->contacts, i, "CreatedDate", crmi_cell_number(CRMSYNC_CELL_DATETIME, NOW_MS - 9000000));
    put(w->contacts, i, "SystemModstamp", crmi_cell_number(CRMSYNC_CELL_DATETIME, NOW_MS - 1000));
    put(w->contacts, i, "LastModifiedDate", crmi_cell_number(CRMSYNC_CELL_DATETIME, NOW_MS - 1000));
    put_text(w->contacts, i, "LastName", "Byron", i);
    put_text(w->contacts, i, "Email", "ada@acme.example", i);
    for (size_t f = 0; f < POOL; f++) {
        const crmi_field *field = crmi_object_field(w->object, crmi_str(pool[f].remote));
        put(w->people, i, pool[f].local, random_cell(&w->random, f, plain));
        put(w->contacts, i, pool[f].remote,
            saved(field, random_cell(&w->random, f, true), &w->arena));
    }
    crmsync_str local_id = crmi_record_text((crmi_record){w->people, i}, "id");
    w->links[i].kind = CRMI_STR("person");
    assert_true(crmi_arena_str(&w->arena, local_id, &w->links[i].local_id));
    assert_non_null(
        crmi_link_add_target(&w->arena, &w->links[i], CRMI_STR("Contact"), crmi_str(id)));
}

static void world_make(world *w, uint64_t seed, bool two_way, bool plain)
{
    memset(w, 0, sizeof *w);
    w->random.state = seed;
    crmi_arena_init(&w->arena, &alloc);
    w->config = config_of(&w->random, two_way);
    w->object = crmi_schema_object(schema, CRMI_STR("Contact"));
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &w->people, NULL), 0);
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("Contact"), NULL, 0, &w->contacts, NULL), 0);
    w->env = (crmi_decide_env){.alloc = &alloc,
                               .config = w->config,
                               .schema = schema,
                               .normalizer = normalizer,
                               .now_ms = NOW_MS};
    for (size_t i = 0; i < PEOPLE; i++)
        add_person(w, i, plain);
}

static void world_clear(world *w)
{
    crmsync_rows_free(w->contacts);
    crmsync_rows_free(w->people);
    crmsync_config_free(w->config);
    crmi_arena_clear(&w->arena);
}

static void edit(world *w, bool plain)
{
    memset(w->edited, 0, sizeof w->edited);
    for (size_t n = 1 + random_below(&w->random, 12); n > 0; n--) {
        size_t i = random_below(&w->random, PEOPLE), f = random_below(&w->random, POOL);
        const crmi_field *field = crmi_object_field(w->object, crmi_str(pool[f].remote));
        size_t side = random_below(&w->random, 2);
        w->edited[side][i][f] = true;
        if (side == 0)
            put(w->people, i, pool[f].local, random_cell(&w->random, f, plain));
        else
            put(w->contacts, i, pool[f].remote,
                saved(field, random_cell(&w->random, f, true), &w->arena));
    }
}

/* ---- deciding and carrying out ---- */

/* Decides over the people in the given order. */
static void decide(world *w, uint32_t direction, const size_t order[PEOPLE], crmi_plan *plan)
{
    crmi_import_input rows[PEOPLE];
    crmi_person_input people[PEOPLE];
    crmi_record contacts[PEOPLE];
    int32_t code;
    for (size_t k = 0; k < PEOPLE; k++) {
        size_t i = order[k];
        contacts[k] = (crmi_record){w->contacts, i};
        rows[k] =
            (crmi_import_input){.crm = contacts[k], .link = &w->links[i], .local = {w->people, i}};
        people[k] = (crmi_person_input){.local = {w->people, i},
                                        .link = &w->links[i],
                                        .candidates = &contacts[k],
                                        .candidate_count = 1,
                                        .company = CRMI_NO_DECISION};
    }
    crmi_export_page page = {.people = people, .person_count = PEOPLE};
    crmi_plan_init(plan, &alloc);
    if (direction == CRMSYNC_DIRECTION_IN)
        code = crmi_decide_import(&w->env, crmi_crm_object_at(CRMI_OBJECT_CONTACT), rows, PEOPLE,
                                  plan, NULL);
    else
        code = crmi_decide_export(&w->env, &page, plan, NULL);
    assert_int_equal(code, CRMSYNC_OK);
    assert_int_equal(plan->count, PEOPLE);
}

static size_t person_of(const world *w, const crmi_decision *d)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        if (crmi_str_eq(w->links[i].local_id, d->local_id))
            return i;
    }
    fail_msg("a decision about nobody: \"%.*s\"", CRMI_SPELL(d->local_id));
    return 0;
}

/* The base of one field, as settling leaves it. */
static void settle(world *w, crmi_target *target, const crmi_field_decision *f)
{
    static const uint32_t states[] = {
        [CRMI_BASE_AGREE] = CRMI_SHADOW_AGREED,    [CRMI_BASE_DIVERGE] = CRMI_SHADOW_DIVERGED,
        [CRMI_BASE_SENT] = CRMI_SHADOW_UNVERIFIED, [CRMI_BASE_ADOPT_CRM] = CRMI_SHADOW_AGREED,
        [CRMI_BASE_FOUGHT] = CRMI_SHADOW_FOUGHT,
    };
    if (f->base == CRMI_BASE_KEEP)
        return;
    crmi_shadow *s = crmi_target_put_shadow(&w->arena, target, f->local, f->remote);
    bool took = f->local_new.type != CRMSYNC_CELL_ABSENT;
    assert_non_null(s);
    s->state = states[f->base];
    s->read_at = NOW_MS;
    if (f->base != CRMI_BASE_ADOPT_CRM)
        assert_true(crmi_cell_copy(&w->arena, took ? &f->local_new : &f->local_old, &s->l));
    assert_true(
        crmi_cell_copy(&w->arena, f->base == CRMI_BASE_SENT ? &f->crm_new : &f->crm_old, &s->c));
}

static void carry_out(world *w, const crmi_plan *plan)
{
    for (size_t k = 0; k < plan->count; k++) {
        const crmi_decision *d = &plan->items[k];
        size_t i = person_of(w, d);
        for (size_t f = 0; f < d->field_count; f++) {
            const crmi_field_decision *fd = &d->fields[f];
            const crmi_field *field = crmi_object_field(w->object, fd->remote);
            settle(w, &w->links[i].targets[0], fd);
            if (fd->local_new.type != CRMSYNC_CELL_ABSENT) {
                assert_true(crmi_rows_put(w->people, i, fd->local, &fd->local_new));
                w->writes++;
            }
            if (fd->crm_new.type != CRMSYNC_CELL_ABSENT) {
                crmsync_cell kept = saved(field, fd->crm_new, &w->arena);
                assert_true(crmi_save_equal(field, &fd->crm_new, &kept, NULL));
                assert_true(crmi_rows_put(w->contacts, i, fd->remote, &kept));
                w->writes++;
            }
        }
    }
}

static const size_t in_order[PEOPLE] = {0, 1, 2, 3, 4, 5};

/* One import and one export; the number of values written. */
static size_t sync_once(world *w)
{
    static const uint32_t directions[] = {CRMSYNC_DIRECTION_IN, CRMSYNC_DIRECTION_OUT};
    w->writes = 0;
    for (size_t i = 0; i < 2; i++) {
        crmi_plan plan;
        decide(w, directions[i], in_order, &plan);
        carry_out(w, &plan);
        crmi_plan_clear(&plan);
    }
    return w->writes;
}

/* Everything a decision says, but not where it stands in the page. */
static uint64_t digest_of(const crmi_decision *d)
{
    crmi_digest digest;
    uint32_t words[] = {d->crm_op, d->local_op, d->link,  d->outcome,
                        d->reason, d->rule,     d->flags, (uint32_t)d->field_count};
    crmi_digest_init(&digest);
    crmi_digest_part(&digest, (crmsync_str){(const char *)words, sizeof words});
    crmi_digest_part(&digest, d->crm_id);
    for (size_t i = 0; i < d->field_count; i++) {
        const crmi_field_decision *f = &d->fields[i];
        uint32_t said[] = {f->reason, f->base};
        crmi_digest_part(&digest, f->remote);
        crmi_digest_part(&digest, (crmsync_str){(const char *)said, sizeof said});
        crmi_digest_cell(&digest, &f->local_old);
        crmi_digest_cell(&digest, &f->local_new);
        crmi_digest_cell(&digest, &f->crm_old);
        crmi_digest_cell(&digest, &f->crm_new);
    }
    return crmi_digest_end(&digest);
}

static void digests_of(world *w, uint32_t direction, const size_t order[PEOPLE],
                       uint64_t out[PEOPLE])
{
    crmi_plan plan;
    decide(w, direction, order, &plan);
    for (size_t k = 0; k < PEOPLE; k++)
        out[person_of(w, &plan.items[k])] = digest_of(&plan.items[k]);
    crmi_plan_clear(&plan);
}

static void shuffle(random_source *r, size_t order[PEOPLE])
{
    memcpy(order, in_order, sizeof in_order);
    for (size_t i = PEOPLE - 1; i > 0; i--) {
        size_t j = random_below(r, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* ---- the properties ---- */

static void test_decide__is_deterministic_and_knows_no_order_within_a_page(void **state)
{
    (void)state;
    SEEDS(seed)
    {
        world w;
        world_make(&w, seed, false, false);
        for (size_t step = 0; step < 3; step++) {
            for (uint32_t way = CRMSYNC_DIRECTION_IN; way <= CRMSYNC_DIRECTION_OUT; way++) {
                uint64_t first[PEOPLE], second[PEOPLE];
                size_t order[PEOPLE];
                shuffle(&w.random, order);
                digests_of(&w, way, in_order, first);
                digests_of(&w, way, order, second);
                if (memcmp(first, second, sizeof first) != 0)
                    fail_msg("seed %llu, direction %u: another order, another decision",
                             (unsigned long long)seed, way);
            }
            sync_once(&w);
            edit(&w, false);
        }
        world_clear(&w);
    }
}

static void test_decide__a_plan_carried_out_leaves_nothing_to_do(void **state)
{
    (void)state;
    SEEDS(seed)
    {
        world w;
        world_make(&w, seed, false, false);
        for (size_t step = 0; step < 4; step++) {
            sync_once(&w);
            size_t again = sync_once(&w);
            if (again)
                fail_msg("seed %llu, step %zu: %zu values written again", (unsigned long long)seed,
                         step, again);
            edit(&w, false);
        }
        world_clear(&w);
    }
}

/* What both sides hold; texts stay in the rows' memory. */
typedef struct sides {
    crmsync_cell value[2][PEOPLE][POOL];
} sides;

static sides sides_of(const world *w)
{
    sides s;
    for (size_t i = 0; i < PEOPLE; i++) {
        for (size_t f = 0; f < POOL; f++) {
            s.value[0][i][f] =
                crmi_record_get((crmi_record){w->people, i}, crmi_str(pool[f].local));
            s.value[1][i][f] =
                crmi_record_get((crmi_record){w->contacts, i}, crmi_str(pool[f].remote));
        }
    }
    return s;
}

/* Both sides hold the same, and where one alone was edited, that edit. */
static void expect_converged(const world *w, const sides *before, uint64_t seed)
{
    sides now = sides_of(w);
    for (size_t i = 0; i < PEOPLE; i++) {
        for (size_t f = 0; f < POOL; f++) {
            const crmi_field *field = crmi_object_field(w->object, crmi_str(pool[f].remote));
            crmsync_cell l = now.value[0][i][f], c = now.value[1][i][f];
            bool host = w->edited[0][i][f], crm = w->edited[1][i][f];
            if (host != crm && !crmi_save_equal(field, &before->value[crm][i][f], &l, NULL))
                fail_msg("seed %llu, person %zu, %s: an edit %s is lost", (unsigned long long)seed,
                         i, pool[f].local, crm ? "in the CRM" : "at the host");
            if (!crmi_save_equal(field, &l, &c, NULL))
                fail_msg("seed %llu, person %zu, %s: \"%.*s\" (%u) and \"%.*s\" (%u)",
                         (unsigned long long)seed, i, pool[f].local, CRMI_SPELL(l.text), l.type,
                         CRMI_SPELL(c.text), c.type);
        }
    }
}

static void test_decide__edits_on_both_sides_converge(void **state)
{
    (void)state;
    SEEDS(seed)
    {
        world w;
        world_make(&w, seed, true, true);
        for (size_t step = 0; step < 4; step++) {
            sides before = sides_of(&w);
            sync_once(&w);
            expect_converged(&w, &before, seed);
            edit(&w, true);
        }
        world_clear(&w);
    }
}

/* ---- configurations ---- */

static void random_member(random_source *r, crmi_buf *b, const crmi_member *m);

/* Members that the table alone can make up; each is left out as often as not. */
static void random_group(random_source *r, crmi_buf *b, const crmi_group *group)
{
    bool comma = false;
    crmi_buf_char(b, '{');
    for (size_t i = 0; i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        bool made_up = m->kind == CRMI_MEMBER_WORD || m->kind == CRMI_MEMBER_SWITCH ||
                       m->kind == CRMI_MEMBER_BOOL || m->kind == CRMI_MEMBER_NUMBER ||
                       m->kind == CRMI_MEMBER_WORDS || m->kind == CRMI_MEMBER_SET ||
                       m->kind == CRMI_MEMBER_GROUP;
        if (!made_up || random_below(r, 2))
            continue;
        crmi_buf_fmt(b, "%s\"%s\":", comma ? "," : "", m->name);
        random_member(r, b, m);
        comma = true;
    }
    crmi_buf_char(b, '}');
}

static void random_words(random_source *r, crmi_buf *b, const char *const *words)
{
    size_t n = crmi_words_count(words);
    bool comma = false;
    crmi_buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        if (random_below(r, 2))
            continue;
        crmi_buf_fmt(b, "%s\"%s\"", comma ? "," : "", words[i]);
        comma = true;
    }
    crmi_buf_char(b, ']');
}

static void random_member(random_source *r, crmi_buf *b, const crmi_member *m)
{
    switch (m->kind) {
    case CRMI_MEMBER_GROUP: random_group(r, b, m->group); break;
    case CRMI_MEMBER_BOOL: crmi_buf_lit(b, random_below(r, 2) ? "true" : "false"); break;
    case CRMI_MEMBER_NUMBER: crmi_buf_u64(b, random_below(r, (size_t)m->max + 1)); break;
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET: random_words(r, b, m->words); break;
    default:
        crmi_buf_fmt(b, "\"%s\"", m->words[random_below(r, crmi_words_count(m->words))]);
        break;
    }
}

static void expect_same_again(crmsync_config *config, uint64_t seed)
{
    crmsync_config *again = NULL;
    crmsync_error *err = NULL;
    if (crmsync_config_parse(NULL, crmsync_config_dump(config), &again, &err))
        fail_msg("seed %llu: the dump is refused: %s at %s", (unsigned long long)seed,
                 crmsync_error_message(err).ptr, crmsync_error_where(err).ptr);
    if (!crmi_str_eq(crmsync_config_dump(config), crmsync_config_dump(again)) ||
        crmsync_config_digest(config) != crmsync_config_digest(again))
        fail_msg("seed %llu: %s\nand again %s", (unsigned long long)seed,
                 crmsync_config_dump(config).ptr, crmsync_config_dump(again).ptr);
    crmsync_config_free(again);
}

static void test_config__parsing_a_dump_gives_an_equal_configuration(void **state)
{
    size_t accepted = 0;
    (void)state;
    SEEDS(seed)
    {
        random_source r = {seed};
        crmsync_config *config = config_of(&r, false);
        crmi_buf b;
        expect_same_again(config, seed);
        crmsync_config_free(config);
        config = NULL;
        crmi_buf_init(&b, &alloc);
        random_group(&r, &b, &crmi_config_group);
        if (!crmsync_config_parse(NULL, crmi_buf_str(&b), &config, NULL)) {
            expect_same_again(config, seed);
            accepted++;
        }
        crmsync_config_free(config);
        crmi_buf_clear(&b);
    }
    if (random_setting("PROPERTY_ROUNDS", ROUNDS) >= ROUNDS)
        assert_true(accepted > ROUNDS / 20);
}

static int make(void **state)
{
    (void)state;
    yyjson_doc *doc = vector_file("schema/standard.json");
    char *text = yyjson_write(doc, 0, NULL);
    int failed = !text || crmi_alloc_init(&alloc, NULL) ||
                 crmsync_schema_parse(NULL, crmi_str(text), &schema, NULL) ||
                 crmsync_normalizer_new(NULL, NULL, &normalizer, NULL);
    free(text);
    yyjson_doc_free(doc);
    return failed;
}

static int drop(void **state)
{
    (void)state;
    crmsync_normalizer_free(normalizer);
    crmsync_schema_free(schema);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__is_deterministic_and_knows_no_order_within_a_page),
        cmocka_unit_test(test_decide__a_plan_carried_out_leaves_nothing_to_do),
        cmocka_unit_test(test_decide__edits_on_both_sides_converge),
        cmocka_unit_test(test_config__parsing_a_dump_gives_an_equal_configuration),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
