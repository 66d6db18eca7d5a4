/* decide_world.c: random people on both sides, and what a sync makes of them. */
#include "unit/decide_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/vector_file.h"

crmsync_alloc world_alloc;
static crmsync_schema *schema;
static crmsync_normalizer *normalizer;

int world_open(void **state)
{
    (void)state;
    yyjson_doc *doc = vector_file("schema/standard.json");
    char *text = yyjson_write(doc, 0, NULL);
    int failed = !text || crmi_alloc_init(&world_alloc, NULL) ||
                 crmsync_schema_parse(NULL, crmi_str(text), &schema, NULL) ||
                 crmsync_normalizer_new(NULL, NULL, &normalizer, NULL);
    free(text);
    yyjson_doc_free(doc);
    return failed;
}

int world_close(void **state)
{
    (void)state;
    crmsync_normalizer_free(normalizer);
    crmsync_schema_free(schema);
    return 0;
}

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
_Static_assert(sizeof pool / sizeof pool[0] == WORLD_FIELDS, "a cell of a world for each");

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
    crmi_decide_env env = {.alloc = &world_alloc, .normalizer = normalizer};
    if (crmi_cell_blank(&cell) && field && field->type == CRMI_TYPE_BOOLEAN)
        return crmi_cell_bool(false);
    if (crmi_cell_blank(&cell))
        return crmi_cell_null();
    if (!crmi_converted(crmi_to_crm(&env, field, NULL, &cell, arena, &out)))
        return cell;
    return out;
}

/* ---- a world: people on both sides, linked ---- */

crmsync_config * world_config(random_source *r, bool two_way)
{
    static const char *const imports[] = {"crm", "local", "never", "two_way"};
    static const char *const exports[] = {"fill", "overwrite", "never"};
    crmsync_config *config = NULL;
    crmsync_error *err = NULL;
    crmi_buf b;
    crmi_buf_init(&b, &world_alloc);
    crmi_buf_lit(
        &b, "{\"export\":{\"mode\":\"contacts\"},\"objects\":{\"Contact\":{\"direction\":\"both\","
            "\"create\":{\"out\":true},\"fields\":[{\"local\":\"last\",\"remote\":\"LastName\"},"
            "{\"local\":\"email\",\"remote\":\"Email\"}");
    for (size_t i = 0; i < WORLD_FIELDS; i++) {
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
    put(w->contacts, i, "CreatedDate", crmi_cell_number(CRMSYNC_CELL_DATETIME, WORLD_NOW_MS - 9000000));
    put(w->contacts, i, "SystemModstamp", crmi_cell_number(CRMSYNC_CELL_DATETIME, WORLD_NOW_MS - 1000));
    put(w->contacts, i, "LastModifiedDate", crmi_cell_number(CRMSYNC_CELL_DATETIME, WORLD_NOW_MS - 1000));
    put_text(w->contacts, i, "LastName", "Byron", i);
    put_text(w->contacts, i, "Email", "ada@acme.example", i);
    for (size_t f = 0; f < WORLD_FIELDS; f++) {
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

void world_make(world *w, uint64_t seed, bool two_way, bool plain)
{
    memset(w, 0, sizeof *w);
    w->random.state = seed;
    crmi_arena_init(&w->arena, &world_alloc);
    w->config = world_config(&w->random, two_way);
    w->object = crmi_schema_object(schema, CRMI_STR("Contact"));
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &w->people, NULL), 0);
    assert_int_equal(crmsync_rows_new(NULL, CRMI_STR("Contact"), NULL, 0, &w->contacts, NULL), 0);
    w->env = (crmi_decide_env){.alloc = &world_alloc,
                               .config = w->config,
                               .schema = schema,
                               .normalizer = normalizer,
                               .now_ms = WORLD_NOW_MS};
    for (size_t i = 0; i < WORLD_PEOPLE; i++)
        add_person(w, i, plain);
}

void world_clear(world *w)
{
    crmsync_rows_free(w->contacts);
    crmsync_rows_free(w->people);
    crmsync_config_free(w->config);
    crmi_arena_clear(&w->arena);
}

void world_edit(world *w, bool plain)
{
    memset(w->edited, 0, sizeof w->edited);
    for (size_t n = 1 + random_below(&w->random, 12); n > 0; n--) {
        size_t i = random_below(&w->random, WORLD_PEOPLE), f = random_below(&w->random, WORLD_FIELDS);
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
void world_decide(world *w, uint32_t direction, const size_t order[WORLD_PEOPLE], crmi_plan *plan)
{
    crmi_import_input rows[WORLD_PEOPLE];
    crmi_person_input people[WORLD_PEOPLE];
    crmi_record contacts[WORLD_PEOPLE];
    int32_t code;
    for (size_t k = 0; k < WORLD_PEOPLE; k++) {
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
    crmi_export_page page = {.people = people, .person_count = WORLD_PEOPLE};
    crmi_plan_init(plan, &world_alloc);
    if (direction == CRMSYNC_DIRECTION_IN)
        code = crmi_decide_import(&w->env, crmi_crm_object_at(CRMI_OBJECT_CONTACT), rows, WORLD_PEOPLE,
                                  plan, NULL);
    else
        code = crmi_decide_export(&w->env, &page, plan, NULL);
    assert_int_equal(code, CRMSYNC_OK);
    assert_int_equal(plan->count, WORLD_PEOPLE);
}

size_t world_person_of(const world *w, const crmi_decision *d)
{
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
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
    s->read_at = WORLD_NOW_MS;
    if (f->base != CRMI_BASE_ADOPT_CRM)
        assert_true(crmi_cell_copy(&w->arena, took ? &f->local_new : &f->local_old, &s->l));
    assert_true(
        crmi_cell_copy(&w->arena, f->base == CRMI_BASE_SENT ? &f->crm_new : &f->crm_old, &s->c));
}

static void carry_out(world *w, const crmi_plan *plan)
{
    for (size_t k = 0; k < plan->count; k++) {
        const crmi_decision *d = &plan->items[k];
        size_t i = world_person_of(w, d);
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

const size_t world_in_order[WORLD_PEOPLE] = {0, 1, 2, 3, 4, 5};

/* One import and one export; the number of values written. */
size_t world_sync(world *w)
{
    static const uint32_t directions[] = {CRMSYNC_DIRECTION_IN, CRMSYNC_DIRECTION_OUT};
    w->writes = 0;
    for (size_t i = 0; i < 2; i++) {
        crmi_plan plan;
        world_decide(w, directions[i], world_in_order, &plan);
        carry_out(w, &plan);
        crmi_plan_clear(&plan);
    }
    return w->writes;
}

sides world_sides(const world *w)
{
    sides s;
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        for (size_t f = 0; f < WORLD_FIELDS; f++) {
            s.value[0][i][f] =
                crmi_record_get((crmi_record){w->people, i}, crmi_str(pool[f].local));
            s.value[1][i][f] =
                crmi_record_get((crmi_record){w->contacts, i}, crmi_str(pool[f].remote));
        }
    }
    return s;
}

/* Both sides hold the same, and where one alone was edited, that edit. */
void world_expect_converged(const world *w, const sides *before, uint64_t seed)
{
    sides now = world_sides(w);
    for (size_t i = 0; i < WORLD_PEOPLE; i++) {
        for (size_t f = 0; f < WORLD_FIELDS; f++) {
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
