/* Adding sources of suppression: every row becomes entries under the keys it is found by. */
#include "decide/suppression.h"

#include "base/sized.h"
#include "base/time.h"

typedef int32_t (*normalize_fn)(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                                size_t *len);

typedef struct adding {
    crmsync_suppression *s;
    crmsync_str source;
    crmi_record row;
} adding;

/* The objects that sources other than lists are read from. */
static const char *const objects[] = {"", "", "Opportunity", "OpportunityContactRole",
                                      "OpportunityStage"};

uint32_t crmi_said(crmi_record record, crmsync_str field)
{
    crmsync_cell cell = field.len ? crmi_record_get(record, field) : crmi_cell_absent();
    if (cell.type != CRMSYNC_CELL_BOOL) {
        return CRMI_UNSAID;
    }
    return cell.number ? CRMI_YES : CRMI_NO;
}

static void key_text(crmi_buf *b, const crmi_arena *arena, const char *prefix, crmsync_str key)
{
    crmi_buf_init(b, arena->alloc);
    crmi_buf_lit(b, prefix);
    crmi_buf_add(b, key);
}

const crmi_entry *crmi_suppression_find(const crmsync_suppression *s, const char *prefix,
                                        crmsync_str key, bool *oom)
{
    crmi_buf b;
    size_t at = 0;
    if (!key.len) {
        return NULL;
    }
    key_text(&b, &s->arena, prefix, key);
    bool found = crmi_buf_ok(&b) && crmi_map_get_index(&s->heads, crmi_buf_str(&b), &at);
    *oom = *oom || !crmi_buf_ok(&b);
    crmi_buf_clear(&b);
    return found ? &s->entries[at] : NULL;
}

const crmi_entry *crmi_suppression_next(const crmsync_suppression *s, const crmi_entry *entry)
{
    return entry->next == CRMI_NO_DECISION ? NULL : &s->entries[entry->next];
}

/* Puts an entry under a key, behind the first one that the key has. */
static bool put(crmsync_suppression *s, const char *prefix, crmsync_str key, crmi_entry entry)
{
    crmi_buf b;
    crmsync_str kept;
    size_t first = 0;
    size_t at = s->entry_count;
    if (!key.len) {
        return true;
    }
    if (!crmi_grow(&s->alloc, &s->entries, &s->entry_cap, at + 1, sizeof(entry))) {
        return false;
    }
    key_text(&b, &s->arena, prefix, key);
    bool ok = crmi_buf_ok(&b);
    entry.next = CRMI_NO_DECISION;
    if (ok && crmi_map_get_index(&s->heads, crmi_buf_str(&b), &first)) {
        entry.next = s->entries[first].next;
        s->entries[first].next = at;
    } else {
        ok = ok && crmi_arena_str(&s->arena, crmi_buf_str(&b), &kept) &&
             crmi_map_put_index(&s->heads, kept, at);
    }
    crmi_buf_clear(&b);
    s->entries[s->entry_count++] = entry;
    return ok;
}

static bool normalized(adding *a, normalize_fn fn, crmsync_str in, crmsync_str *out)
{
    char key[CRMSYNC_KEY_MAX];
    size_t len = 0;
    int32_t code = in.len ? fn(a->s->normalizer, in, key, sizeof(key), &len) : CRMSYNC_OK;
    *out = CRMI_STR_EMPTY;
    if (code == CRMSYNC_E_LIMIT) {
        return true;
    }
    return code == CRMSYNC_OK &&
           (!len || crmi_arena_str(&a->s->arena, (crmsync_str){key, len}, out));
}

static int32_t id_key(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                      size_t *len)
{
    (void)n;
    return crmsync_normalize_id(in, out, size, len);
}

/* The host's own ids are compared as they are. */
static int32_t plain_key(const crmsync_normalizer *n, crmsync_str in, char *out, size_t size,
                         size_t *len)
{
    (void)n;
    if (in.len >= size) {
        return CRMSYNC_E_LIMIT;
    }
    memcpy(out, in.ptr, in.len);
    *len = in.len;
    return CRMSYNC_OK;
}

static bool field(adding *a, const char *name, normalize_fn fn, crmsync_str *out)
{
    return normalized(a, fn, crmi_str_trim(crmi_record_text(a->row, name)), out);
}

static bool add_listed(adding *a)
{
    static const struct {
        const char *field, *prefix;
        normalize_fn fn;
    } keys[] = {
        {"person_id", CRMI_KEY_PERSON, plain_key},
        {"crm_id", CRMI_KEY_CRM, id_key},
        {"email", CRMI_KEY_EMAIL, crmsync_normalize_email},
        {"domain", CRMI_KEY_DOMAIN, crmsync_normalize_domain},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof(keys) / sizeof(keys[0]); i++) {
        crmi_entry entry = {.source = a->source};
        ok = field(a, keys[i].field, keys[i].fn, &entry.text) &&
             put(a->s, keys[i].prefix, entry.text, entry);
    }
    return ok;
}

static bool close_date(crmi_record row, int64_t *days)
{
    crmsync_cell cell = crmi_record_get(row, CRMI_STR("CloseDate"));
    *days = cell.number;
    return cell.type == CRMSYNC_CELL_DATE ||
           (cell.type == CRMSYNC_CELL_TEXT && crmi_date_parse(cell.text, days));
}

/* A page on somebody else's host is nobody's domain. */
static bool own_site(adding *a, crmsync_str *out)
{
    crmsync_str website = crmi_str_trim(crmi_record_text(a->row, "Account.Website"));
    bool shared = website.len && crmsync_is_shared_host(a->s->normalizer, website);
    *out = CRMI_STR_EMPTY;
    return shared || normalized(a, crmsync_normalize_domain, website, out);
}

static bool add_opportunity(adding *a)
{
    crmsync_suppression *s = a->s;
    crmi_known_opportunity o = {.source = a->source};
    crmi_entry entry = {.source = a->source, .opportunity = s->opportunity_count};
    crmsync_str account;
    crmsync_str site;
    if (crmi_record_flag(a->row, "IsDeleted")) {
        return true;
    }
    o.dated = close_date(a->row, &o.close);
    o.closed = crmi_said(a->row, CRMI_STR("IsClosed"));
    o.won = crmi_said(a->row, CRMI_STR("IsWon"));
    bool ok = field(a, "Id", id_key, &o.id) && field(a, "AccountId", id_key, &account) &&
              own_site(a, &site) &&
              crmi_arena_str(&s->arena, crmi_record_text(a->row, "Name"), &o.name) &&
              crmi_arena_str(&s->arena, crmi_record_text(a->row, "StageName"), &o.stage) &&
              crmi_grow(&s->alloc, &s->opportunities, &s->opportunity_cap, s->opportunity_count + 1,
                        sizeof(o));
    if (!ok || !o.id.len) {
        return ok;
    }
    s->opportunities[s->opportunity_count++] = o;
    return put(s, CRMI_KEY_OPPORTUNITY, o.id, entry) && put(s, CRMI_KEY_ACCOUNT, account, entry) &&
           put(s, CRMI_KEY_SITE, site, entry);
}

static bool add_role(adding *a)
{
    crmi_entry entry = {.source = a->source};
    crmsync_str contact;
    return field(a, "OpportunityId", id_key, &entry.text) &&
           field(a, "ContactId", id_key, &contact) && put(a->s, CRMI_KEY_ROLE, contact, entry);
}

static bool add_stage(adding *a)
{
    crmi_entry entry = {.source = a->source,
                        .closed = crmi_said(a->row, CRMI_STR("IsClosed")),
                        .won = crmi_said(a->row, CRMI_STR("IsWon"))};
    return put(a->s, CRMI_KEY_STAGE, crmi_record_text(a->row, "ApiName"), entry);
}

/* By CRMSYNC_SOURCE_*. */
static bool (*const add_row[])(adding *a) = {NULL, add_listed, add_opportunity, add_role,
                                             add_stage};

static bool add_customers(crmsync_suppression *s)
{
    const crmi_suppression_rule *rule = &s->config->suppression;
    adding a = {.s = s};
    bool ok = true;
    for (size_t i = 0; ok && i < rule->customer_domain_count; i++) {
        crmi_entry entry = {.source = CRMI_STR("suppression.customer.domains")};
        ok = normalized(&a, crmsync_normalize_domain, rule->customer_domains[i], &entry.text) &&
             put(s, CRMI_KEY_CUSTOMER, entry.text, entry);
    }
    return ok;
}

int32_t crmsync_suppression_new(const crmsync_alloc *alloc, const crmsync_config *config,
                                const crmsync_normalizer *normalizer, crmsync_suppression **out,
                                crmsync_error **err)
{
    crmsync_alloc a;
    *out = NULL;
    if (!config || !normalizer) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "suppression needs a configuration and a normalizer");
    }
    if (crmi_alloc_init(&a, alloc) != CRMSYNC_OK) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "the allocator lacks a function");
    }
    crmsync_suppression *s = CRMI_NEW(&a, crmsync_suppression);
    if (!s) {
        return crmi_fail_nomem(err);
    }
    s->alloc = a;
    s->config = config;
    s->normalizer = normalizer;
    crmi_arena_init(&s->arena, &s->alloc);
    crmi_map_init(&s->heads, &s->alloc);
    if (!add_customers(s)) {
        crmsync_suppression_free(s);
        return crmi_fail_nomem(err);
    }
    *out = s;
    return CRMSYNC_OK;
}

void crmsync_suppression_free(crmsync_suppression *s)
{
    if (!s) {
        return;
    }
    crmsync_alloc a = s->alloc;
    crmi_dealloc_array(&a, s->sources, s->source_cap, sizeof(*s->sources));
    crmi_dealloc_array(&a, s->opportunities, s->opportunity_cap, sizeof(*s->opportunities));
    crmi_dealloc_array(&a, s->entries, s->entry_cap, sizeof(*s->entries));
    crmi_map_clear(&s->heads);
    crmi_arena_clear(&s->arena);
    CRMI_DELETE(&a, s);
}

int32_t crmsync_suppression_add_source(crmsync_suppression *s,
                                       const crmsync_suppression_source *given, crmsync_error **err)
{
    crmsync_suppression_source source;
    int32_t code = crmi_copy_in(&source, sizeof(source), given, "members of the source", err);
    if (code != CRMSYNC_OK) {
        return code;
    }
    if (source.kind < CRMSYNC_SOURCE_LIST || source.kind > CRMSYNC_SOURCE_STAGES) {
        return crmi_fail(err, CRMSYNC_E_INVALID, "%u is no kind of source", source.kind);
    }
    if (source.kind == CRMSYNC_SOURCE_LIST && !source.name.len) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a suppression list needs a name, for the verdicts to tell it");
    }
    crmi_source kept = {
        .kind = source.kind, .complete = source.complete && source.rows, .read_ms = source.read_ms};
    crmsync_str name = source.name.len ? source.name : crmi_str(objects[source.kind]);
    if (!crmi_arena_str(&s->arena, name, &kept.name) ||
        !crmi_grow(&s->alloc, &s->sources, &s->source_cap, s->source_count + 1, sizeof(kept))) {
        return crmi_fail_nomem(err);
    }
    s->sources[s->source_count++] = kept;
    adding a = {.s = s, .source = kept.name, .row = {source.rows, 0}};
    for (; a.row.row < crmsync_rows_count(source.rows); a.row.row++) {
        if (!add_row[source.kind](&a)) {
            return crmi_fail_nomem(err);
        }
    }
    return CRMSYNC_OK;
}
