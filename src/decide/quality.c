/* How well records can be matched: keys that are missing, not valid, not in one form, or shared. */
#include <stdio.h>

#include "decide/decide.h"

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

/* What is counted of one field; the order is that of the report. */
enum { MISSING, NOT_VALID, NOT_NORMAL, SHARED, DUPLICATE, VERDICTS };

/* A field that records of some kind are matched by. */
typedef struct key_field {
    const char *name; /* of the key, in the report: email, domain, name */
    crmsync_str field;
    normalize_fn normalize;
    bool one_form; /* the key itself is how the field should be written */
    int32_t (*shared)(const crmsync_normalizer *n, crmsync_str text);
} key_field;

typedef struct quality {
    const crmsync_rows *records;
    const crmsync_normalizer *normalizer;
    crmi_arena arena;
    crmsync_rows *out;
} quality;

#define MOST_FIELDS 4

static const key_field no_field = {NULL, {NULL, 0}, NULL, false, NULL};

static key_field email_field(crmsync_str field)
{
    return (key_field){"email", field, crmsync_normalize_email, true, crmsync_is_freemail};
}

static key_field domain_field(crmsync_str field)
{
    return (key_field){"domain", field, crmsync_normalize_domain, true, crmsync_is_shared_host};
}

static key_field name_field(crmsync_str field)
{
    return (key_field){"name", field, crmsync_normalize_company, false, NULL};
}

/* The fields of a kind that are there; false = a kind that is not matched by keys. */
static bool fields_of(const crmsync_config *config, crmsync_str kind, key_field out[MOST_FIELDS])
{
    const crmi_local_names *local = &config->local;
    for (size_t i = 0; i < MOST_FIELDS; i++)
        out[i] = no_field;
    if (crmi_str_is(kind, "person")) {
        out[0] = email_field(local->email);
        out[1] = domain_field(local->website);
    } else if (crmi_str_is(kind, "company")) {
        out[0] = domain_field(local->company_domain);
        out[1] = domain_field(local->company_website);
        out[2] = name_field(local->company_label);
    } else if (crmi_str_is(kind, "Lead") || crmi_str_is(kind, "Contact")) {
        out[0] = email_field(CRMI_STR("Email"));
        out[1] = domain_field(CRMI_STR("Website"));
    } else if (crmi_str_is(kind, "Account")) {
        out[0] = domain_field(CRMI_STR("Website"));
        out[1] = name_field(CRMI_STR("Name"));
    } else {
        return false;
    }
    return true;
}

/* The verdicts on one text, as bits; the key is remembered to find it again. */
static int32_t judge(quality *q, const key_field *k, crmi_map *seen, crmsync_str text,
                     uint32_t *verdicts, crmsync_error **err)
{
    char key[CRMSYNC_KEY_MAX];
    crmsync_str kept;
    size_t len = 0;
    text = crmi_str_trim(text);
    *verdicts = text.len ? 0 : 1u << MISSING;
    if (!text.len)
        return CRMSYNC_OK;
    if (k->normalize(q->normalizer, text, key, sizeof key, &len) == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (!len) {
        *verdicts = 1u << NOT_VALID;
        return CRMSYNC_OK;
    }
    if (k->one_form && !crmi_str_eq(text, (crmsync_str){key, len}))
        *verdicts |= 1u << NOT_NORMAL;
    if (k->shared && k->shared(q->normalizer, text))
        *verdicts |= 1u << SHARED;
    if (crmi_map_get(seen, (crmsync_str){key, len}))
        *verdicts |= 1u << DUPLICATE;
    else if (!crmi_arena_str(&q->arena, (crmsync_str){key, len}, &kept) ||
             !crmi_map_put(seen, kept, q))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

static int32_t report(quality *q, const key_field *k, const char *verdict, size_t count,
                      crmsync_str first, crmsync_error **err)
{
    char check[40], number[24];
    snprintf(check, sizeof check, "%s_%s", k->name, verdict);
    snprintf(number, sizeof number, "%zu", count);
    crmsync_cell cells[] = {
        crmi_cell_text(crmi_str(check)),
        crmi_cell_text(k->field),
        {crmi_str(number), 0, CRMSYNC_CELL_DECIMAL, 0},
        crmi_cell_text(first),
    };
    return crmsync_rows_append(q->out, cells, sizeof cells / sizeof cells[0], err);
}

static int32_t examine(quality *q, const key_field *k, crmsync_str id_field, crmsync_error **err)
{
    static const char *const names[] = {"missing", "not_valid", "not_normal", "shared",
                                        "duplicate"};
    size_t counts[VERDICTS] = {0};
    crmsync_str first[VERDICTS] = {{NULL, 0}};
    int32_t code = CRMSYNC_OK;
    crmi_map seen;
    crmi_map_init(&seen, q->arena.alloc);
    for (size_t row = 0; !code && row < crmsync_rows_count(q->records); row++) {
        crmi_record record = {q->records, row};
        uint32_t verdicts = 0;
        code = judge(q, k, &seen, crmi_record_get(record, k->field).text, &verdicts, err);
        for (size_t v = 0; !code && v < VERDICTS; v++) {
            if (!(verdicts & (1u << v)))
                continue;
            if (!counts[v]++)
                first[v] = crmi_record_get(record, id_field).text;
        }
    }
    for (size_t v = 0; !code && v < VERDICTS; v++) {
        if (counts[v])
            code = report(q, k, names[v], counts[v], first[v], err);
    }
    crmi_map_clear(&seen);
    return code;
}

int32_t crmsync_quality(const crmsync_config *config, const crmsync_normalizer *normalizer,
                        const crmsync_rows *records, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str columns[] = {CRMSYNC_STR_LIT("check"), CRMSYNC_STR_LIT("field"),
                                          CRMSYNC_STR_LIT("count"), CRMSYNC_STR_LIT("first")};
    key_field fields[MOST_FIELDS];
    if (!config || !normalizer || !records || !out)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "configuration, normalizer, records or out is NULL");
    *out = NULL;
    crmsync_str kind = crmsync_rows_kind(records);
    if (!fields_of(config, kind, fields))
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "records of kind \"%.*s\" have no keys; give person, company, Lead, "
                         "Contact or Account",
                         CRMI_SPELL(kind));
    quality q = {.records = records, .normalizer = normalizer};
    const crmsync_alloc *alloc = crmi_rows_alloc(records);
    crmsync_str id =
        crmsync_rows_find_field(records, CRMI_STR("id")) >= 0 ? CRMI_STR("id") : CRMI_STR("Id");
    int32_t code = crmsync_rows_new(alloc, CRMI_STR("quality"), columns, 4, &q.out, err);
    crmi_arena_init(&q.arena, alloc);
    for (size_t i = 0; !code && i < MOST_FIELDS; i++) {
        if (fields[i].field.len && crmsync_rows_find_field(records, fields[i].field) >= 0)
            code = examine(&q, &fields[i], id, err);
    }
    crmi_arena_clear(&q.arena);
    if (code)
        crmsync_rows_free(q.out);
    else
        *out = q.out;
    return code;
}
