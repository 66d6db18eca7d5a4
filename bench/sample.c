#include "sample.h"

#include <stdio.h>

#include "state/link.h"

#define NOW_MS INT64_C(1795000000000)

static const char config_text[] =
    "{\"objects\":{\"Lead\":{\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true},"
    "\"fields\":["
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"},"
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"
    "{\"local\":\"email\",\"remote\":\"Email\"},"
    "{\"local\":\"job_title\",\"remote\":\"Title\",\"import\":\"two_way\",\"export\":\"overwrite\"}"
    ","
    "{\"local\":\"phone\",\"remote\":\"Phone\",\"import\":\"two_way\",\"export\":\"overwrite\"},"
    "{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"website\",\"remote\":\"Website\"},"
    "{\"local\":\"industry\",\"remote\":\"Industry\"},"
    "{\"local\":\"source\",\"remote\":\"LeadSource\"}]}},"
    "\"export\":{\"mode\":\"leads\"},\"owner\":{\"by_email\":true}}";

/* Local field, Salesforce field, text with one number in it. */
static const struct {
    const char *local, *remote, *text;
} fields[] = {
    {"first_name", "FirstName", "Ada%zu"},
    {"last_name", "LastName", "Byron-Lovelace %zu"},
    {"email", "Email", "ada.byron.%zu@analytical-engines.example"},
    {"job_title", "Title", "Vice President of Calculation %zu"},
    {"phone", "Phone", "+44 20 7946 %04zu"},
    {"company", "Company", "Analytical Engines %zu Ltd."},
    {"website", "Website", "https://www.engines-%zu.example/about"},
    {"industry", "Industry", "Electronics"},
    {"source", "LeadSource", "Web"},
};
#define FIELDS (sizeof fields / sizeof fields[0])

static const crmi_query_column columns[SAMPLE_COLUMNS] = {
    {{"Id", 2}, CRMSYNC_CELL_ID},
    {{"IsDeleted", 9}, CRMSYNC_CELL_BOOL},
    {{"MasterRecordId", 14}, CRMSYNC_CELL_ID},
    {{"IsConverted", 11}, CRMSYNC_CELL_BOOL},
    {{"ConvertedContactId", 18}, CRMSYNC_CELL_ID},
    {{"ConvertedAccountId", 18}, CRMSYNC_CELL_ID},
    {{"CreatedDate", 11}, CRMSYNC_CELL_DATETIME},
    {{"LastModifiedDate", 16}, CRMSYNC_CELL_DATETIME},
    {{"SystemModstamp", 14}, CRMSYNC_CELL_DATETIME},
    {{"FirstName", 9}, CRMSYNC_CELL_TEXT},
    {{"LastName", 8}, CRMSYNC_CELL_TEXT},
    {{"Email", 5}, CRMSYNC_CELL_TEXT},
    {{"Title", 5}, CRMSYNC_CELL_TEXT},
    {{"Phone", 5}, CRMSYNC_CELL_TEXT},
    {{"Company", 7}, CRMSYNC_CELL_TEXT},
    {{"Website", 7}, CRMSYNC_CELL_TEXT},
    {{"Industry", 8}, CRMSYNC_CELL_TEXT},
    {{"LeadSource", 10}, CRMSYNC_CELL_TEXT},
};

static void lead_id(size_t i, char out[19])
{
    char id15[40];
    size_t len;
    snprintf(id15, sizeof id15, "00Q%012zu", i);
    crmsync_normalize_id(crmi_str(id15), out, 19, &len);
}

/* The value of field f of person i; the CRM's differs in the title of every tenth. */
static crmsync_str value(size_t f, size_t i, bool crm, char out[120])
{
    bool changed = crm && i % 10 == 0 && crmi_str_is(crmi_str(fields[f].local), "job_title");
    snprintf(out, 120, fields[f].text, i); /* NOLINT: the formats are ours */
    return crmi_str(changed ? "Countess" : out);
}

static void add_lead(crmi_buf *b, size_t i)
{
    char id[19], text[120];
    lead_id(i, id);
    crmi_buf_fmt(
        b,
        "%s{\"attributes\":{\"type\":\"Lead\",\"url\":\"/services/data/v60.0/sobjects/Lead/%s\"},"
        "\"Id\":\"%s\",\"IsDeleted\":false,\"MasterRecordId\":null,\"IsConverted\":false,"
        "\"ConvertedContactId\":null,\"ConvertedAccountId\":null,"
        "\"CreatedDate\":\"2026-01-07T09:12:33.000+0000\","
        "\"LastModifiedDate\":\"2026-09-14T16:05:01.000+0000\","
        "\"SystemModstamp\":\"2026-09-14T16:05:01.000+0000\"",
        i ? "," : "", id, id);
    for (size_t f = 0; f < FIELDS; f++) {
        crmi_buf_fmt(b, ",\"%s\":", fields[f].remote);
        crmi_buf_json(b, value(f, i, true, text));
    }
    crmi_buf_char(b, '}');
}

static bool add_person(sample *s, size_t i)
{
    char text[120];
    size_t from = s->lines.len;
    crmi_buf_fmt(&s->lines, "{\"id\":\"p-%zu\",\"rev\":\"%zu\"", i, i % 7);
    for (size_t f = 0; f < FIELDS; f++) {
        crmi_buf_fmt(&s->lines, ",\"%s\":", fields[f].local);
        crmi_buf_json(&s->lines, value(f, i, false, text));
    }
    crmi_buf_fmt(&s->lines, ",\"owner\":\"rep%zu@host.example\"}", i % SAMPLE_OWNERS);
    if (!crmi_buf_ok(&s->lines))
        return false;
    crmsync_str line = crmi_str_sub(crmi_buf_str(&s->lines), from, s->lines.len);
    if (crmsync_rows_append_json(s->people, line, NULL))
        return false;
    crmi_buf_char(&s->lines, '\n');
    return crmi_buf_ok(&s->lines);
}

static bool make_link(crmi_arena *arena, size_t i, crmi_link *link)
{
    char id[19], text[120];
    crmsync_str kept;
    lead_id(i, id);
    snprintf(text, sizeof text, "p-%zu", i);
    if (!crmi_arena_str(arena, crmi_str(text), &link->local_id))
        return false;
    link->kind = CRMI_STR("person");
    crmi_target *t = crmi_link_add_target(arena, link, CRMI_STR("Lead"), crmi_str(id));
    for (size_t f = 0; t && f < FIELDS; f++) {
        crmi_shadow *shadow = crmi_target_put_shadow(arena, t, crmi_str(fields[f].local),
                                                     crmi_str(fields[f].remote));
        if (!shadow || !crmi_arena_str(arena, value(f, i, false, text), &kept))
            return false;
        shadow->l = shadow->c = crmi_cell_text(kept);
        shadow->read_at = NOW_MS - 86400000;
    }
    return t != NULL;
}

/* As a job has it: read from its document, after the one before it. */
static bool add_link(sample *s, size_t i)
{
    crmi_arena arena;
    crmi_buf document;
    crmi_link made = {.version = 0};
    crmi_arena_init(&arena, &s->alloc);
    crmi_buf_init(&document, &s->alloc);
    bool ok = make_link(&arena, i, &made);
    if (ok)
        crmi_link_encode(&made, &document);
    crmsync_kv_item item = {.value = crmi_buf_str(&document), .version = 1};
    ok = ok && crmi_buf_ok(&document) &&
         !crmi_link_decode_like(&s->arena, &item, i ? &s->links[i - 1] : NULL, &s->links[i], NULL);
    crmi_buf_clear(&document);
    crmi_arena_clear(&arena);
    return ok;
}

static bool make_owners(sample *s)
{
    char text[64];
    for (size_t i = 0; i < SAMPLE_OWNERS; i++) {
        crmi_owner *owner = &s->owners[i];
        size_t len;
        char id[19];
        snprintf(text, sizeof text, "005%012zu", i);
        crmsync_normalize_id(crmi_str(text), id, sizeof id, &len);
        snprintf(text, sizeof text, "rep%zu@host.example", i);
        owner->active = owner->standard = true;
        if (!crmi_arena_str(&s->arena, crmi_str(id), &owner->id) ||
            !crmi_arena_str(&s->arena, crmi_str(text), &owner->email))
            return false;
    }
    return true;
}

static bool make_env(sample *s, crmsync_str schema)
{
    if (crmsync_config_parse(NULL, crmi_str(config_text), &s->config, NULL) ||
        crmsync_schema_parse(NULL, schema, &s->schema, NULL) ||
        crmsync_config_normalizer(s->config, NULL, &s->normalizer, NULL) || !make_owners(s))
        return false;
    s->env = (crmi_decide_env){.alloc = &s->alloc,
                               .config = s->config,
                               .schema = s->schema,
                               .normalizer = s->normalizer,
                               .owners = s->owners,
                               .owner_count = SAMPLE_OWNERS,
                               .integration_user = s->owners[0].id,
                               .now_ms = NOW_MS};
    return true;
}

bool sample_make(sample *s, size_t count, crmsync_str schema)
{
    memset(s, 0, sizeof *s);
    s->count = count;
    crmi_alloc_init(&s->alloc, NULL);
    crmi_arena_init(&s->arena, &s->alloc);
    crmi_buf_init(&s->page, &s->alloc);
    crmi_buf_init(&s->lines, &s->alloc);
    memcpy(s->columns, columns, sizeof columns);
    s->links = crmi_arena_array(&s->arena, count, sizeof *s->links);
    if (!s->links || !make_env(s, schema) ||
        crmsync_rows_new(NULL, CRMI_STR("person"), NULL, 0, &s->people, NULL))
        return false;
    crmi_buf_fmt(&s->page, "{\"totalSize\":%zu,\"done\":true,\"records\":[", count);
    for (size_t i = 0; i < count; i++) {
        add_lead(&s->page, i);
        if (!add_person(s, i) || !add_link(s, i))
            return false;
    }
    crmi_buf_lit(&s->page, "]}");
    return crmi_buf_ok(&s->page);
}

void sample_clear(sample *s)
{
    crmsync_rows_free(s->people);
    crmi_buf_clear(&s->lines);
    crmi_buf_clear(&s->page);
    crmsync_normalizer_free(s->normalizer);
    crmsync_schema_free(s->schema);
    crmsync_config_free(s->config);
    crmi_arena_clear(&s->arena);
}
