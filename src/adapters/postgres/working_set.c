#include "working_set.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

struct entry {
    crmsync_str id;       /* copies */
    crmsync_str document;
    uint64_t rev;
    size_t next; /* of the same slot, by id; 0 = none, else place + 1 */
    bool found;
    bool deleted;
    bool dirty;
};

/* Who carries an origin. */
struct origin {
    crmsync_str key; /* a copy */
    size_t entry;
    bool gone;
};

struct crmi_working_set {
    const crmsync_alloc *alloc;
    struct entry *entries;
    size_t count, cap;
    size_t *slots;
    size_t slot_count;
    struct origin *origins;
    size_t origin_count, origin_cap;
    crmi_pg_list fields;
    uint64_t next_id, next_rev;
};

typedef struct crmi_working_set set;

static size_t hash(crmsync_str s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h;
}

static struct entry *entry_of(const set *w, crmsync_str id)
{
    size_t at = w->slots[hash(id) % w->slot_count];

    while (at && !crmi_host_eq(w->entries[at - 1].id, id))
        at = w->entries[at - 1].next;
    return at ? &w->entries[at - 1] : NULL;
}

/* Room for one more in an array; false = no memory. */
static bool room(const crmsync_alloc *a, void **array, size_t count, size_t *cap, size_t size)
{
    size_t wider = *cap ? *cap * 2 : 64;
    void *grown;

    if (count < *cap)
        return true;
    grown = crmi_host_array(a, wider, size);
    if (!grown)
        return false;
    if (count > 0)
        memcpy(grown, *array, count * size);
    crmi_host_free(a, *array, *cap * size);
    *array = grown;
    *cap = wider;
    return true;
}

static struct entry *entry_new(set *w, crmsync_str id)
{
    void *entries = w->entries;
    size_t slot = hash(id) % w->slot_count;
    struct entry *e;

    if (!room(w->alloc, &entries, w->count, &w->cap, sizeof *w->entries))
        return NULL;
    w->entries = entries;
    e = &w->entries[w->count];
    *e = (struct entry){.next = w->slots[slot]};
    if (!crmi_host_copy(w->alloc, id, &e->id))
        return NULL;
    w->slots[slot] = ++w->count;
    return e;
}

static bool origin_add(set *w, crmsync_str key, size_t entry)
{
    void *origins = w->origins;

    if (!room(w->alloc, &origins, w->origin_count, &w->origin_cap, sizeof *w->origins))
        return false;
    w->origins = origins;
    w->origins[w->origin_count] = (struct origin){.entry = entry};
    if (!crmi_host_copy(w->alloc, key, &w->origins[w->origin_count].key))
        return false;
    w->origin_count++;
    return true;
}

static void set_free(crmsync_postgres *s)
{
    set *w = s->work;

    s->work = NULL;
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++) {
        crmi_host_drop(w->alloc, &w->entries[i].id);
        if (w->entries[i].document.ptr)
            crmi_host_drop(w->alloc, &w->entries[i].document);
    }
    for (size_t i = 0; i < w->origin_count; i++)
        crmi_host_drop(w->alloc, &w->origins[i].key);
    crmi_host_free(w->alloc, w->entries, w->cap * sizeof *w->entries);
    crmi_host_free(w->alloc, w->origins, w->origin_cap * sizeof *w->origins);
    crmi_host_free(w->alloc, w->slots, w->slot_count * sizeof *w->slots);
    crmi_pg_list_clear(&w->fields);
    crmi_host_free(w->alloc, w, sizeof *w);
}

static bool set_new(crmsync_postgres *s, const crmi_save_wants *wants)
{
    set *w = crmi_host_new(&s->alloc, sizeof *w);

    if (!w)
        return false;
    s->work = w;
    w->alloc = &s->alloc;
    crmi_pg_list_init(&w->fields, w->alloc, CRMI_PG_BYTEA);
    w->slot_count = 2 * (wants->id_count + wants->writes) + 16;
    w->slots = crmi_host_array(w->alloc, w->slot_count, sizeof *w->slots);
    return w->slots != NULL;
}

/* ---- reading at the beginning ---- */

static bool take_records(set *w, const PGresult *r)
{
    for (int i = 0; i < PQntuples(r); i++) {
        crmsync_str id = crmi_pg_text(r, i, 0);
        struct entry *e = entry_of(w, id);
        if (e && e->found)
            continue; /* both asked for by id and found by origin */
        e = e ? e : entry_new(w, id);
        if (!e || !crmi_host_copy(w->alloc, crmi_pg_text(r, i, 3), &e->document))
            return false;
        e->found = true;
        e->rev = crmi_pg_value(r, i, 1);
        e->deleted = crmi_pg_value(r, i, 2) != 0;
    }
    return true;
}

static bool take_origins(set *w, const PGresult *r)
{
    for (int i = 0; i < PQntuples(r); i++) {
        struct entry *e = entry_of(w, crmi_pg_text(r, i, 1));
        if (e && !origin_add(w, crmi_pg_text(r, i, 0), (size_t)(e - w->entries)))
            return false;
    }
    return true;
}

static size_t made_id(uint64_t number, char out[32])
{
    out[0] = 's';
    return 1 + crmi_rev_text(number, out + 1);
}

/* All ids that the save can ask for are asked for at once; those that are not there are known not
 * to be. */
static bool list_ids(set *w, const crmi_save_wants *wants, crmi_pg_list *ids)
{
    char text[32];

    for (size_t i = 0; i < wants->id_count + wants->writes; i++) {
        crmsync_str id = i < wants->id_count
                             ? wants->ids[i]
                             : (crmsync_str){text, made_id(w->next_id + i - wants->id_count, text)};
        if (entry_of(w, id))
            continue;
        if (!entry_new(w, id))
            return false;
        crmi_pg_list_bytes(ids, id);
    }
    return true;
}

static int32_t read_set(crmsync_postgres *s, const crmi_save_wants *wants, crmsync_error **err)
{
    set *w = s->work;
    crmi_pg_list ids, keys;
    crmi_pg_pipeline p;
    bool fits;
    int32_t code = CRMSYNC_OK;

    crmi_pg_pipeline_init(&p, s);
    crmi_pg_list_init(&ids, &s->alloc, CRMI_PG_BYTEA);
    crmi_pg_list_init(&keys, &s->alloc, CRMI_PG_BYTEA);
    fits = list_ids(w, wants, &ids);
    for (size_t i = 0; i < wants->origin_count && fits; i++) {
        char made[CRMSYNC_KEY_MAX];
        crmsync_str key;
        fits = crmi_key_make(&s->keys, CRMI_HOST_LIT("origin"), wants->origins[i], made, &key) ==
               CRMSYNC_OK;
        if (fits && key.len > 0)
            crmi_pg_list_bytes(&keys, key);
    }
    for (size_t i = 0; i < 3; i++) {
        static const crmi_pg_statement which[] = {CRMI_PG_RECORD_BY_ID, CRMI_PG_RECORD_BY_KEY,
                                                  CRMI_PG_KEY_FIND};
        crmi_pg_add(&p, which[i]);
        crmi_pg_bytes(&p, wants->workspace);
        crmi_pg_bytes(&p, wants->kind);
        if (i > 0)
            crmi_pg_bytes(&p, CRMI_HOST_LIT("origin"));
        crmi_pg_list_of(&p, i == 0 ? &ids : &keys);
    }
    if (fits)
        code = crmi_pg_run(&p, "reading records", err);
    if (fits && code == CRMSYNC_OK)
        fits = take_records(w, p.results[0]) && take_records(w, p.results[1]) &&
               take_origins(w, p.results[2]);
    if (!fits)
        code = crmi_host_nomem(err);
    crmi_pg_pipeline_clear(&p);
    crmi_pg_list_clear(&ids);
    crmi_pg_list_clear(&keys);
    return code;
}

static void rollback(void *store)
{
    crmi_pg_rollback(store);
    set_free(store);
}

/* Takes two numbers for each write, and with them the turn among the workspace's writers. */
static int32_t begin(void *store, const crmi_save_wants *wants, crmsync_error **err)
{
    crmsync_postgres *s = store;
    uint64_t numbers = 2 * (uint64_t)wants->writes;
    crmi_pg_pipeline p;
    int32_t code = crmi_pg_ready(s, err);

    if (code != CRMSYNC_OK)
        return code;
    if (!set_new(s, wants)) {
        set_free(s);
        return crmi_host_nomem(err);
    }
    crmi_pg_pipeline_init(&p, s);
    crmi_pg_begin(&p);
    crmi_pg_add(&p, CRMI_PG_NUMBERS);
    crmi_pg_bytes(&p, wants->workspace);
    crmi_pg_number(&p, numbers, 8);
    code = crmi_pg_run(&p, "beginning to write records", err);
    if (code == CRMSYNC_OK) {
        s->work->next_id = crmi_pg_value(p.results[2], 0, 0) - numbers + 1;
        s->work->next_rev = s->work->next_id + wants->writes;
        code = read_set(s, wants, err);
    }
    crmi_pg_pipeline_clear(&p);
    if (code != CRMSYNC_OK)
        rollback(s);
    return code;
}

/* ---- between ---- */

static int32_t remember_field(void *store, const crmi_save_wants *wants, crmsync_str name,
                              crmsync_error **err)
{
    crmsync_postgres *s = store;

    (void)wants;
    crmi_pg_list_bytes(&s->work->fields, name);
    return s->work->fields.bytes.oom ? crmi_host_nomem(err) : CRMSYNC_OK;
}

static int32_t read_one(void *store, const crmi_save_wants *wants, crmsync_str id,
                        crmi_stored *stored, crmsync_error **err)
{
    crmsync_postgres *s = store;
    const struct entry *e = entry_of(s->work, id);

    (void)wants;
    *stored = (crmi_stored){.document = {.alloc = &s->alloc}};
    if (!e || !e->found)
        return CRMSYNC_OK;
    stored->found = true;
    stored->rev = e->rev;
    stored->deleted = e->deleted;
    return crmi_stored_parse(&s->alloc, "postgres", id, e->document, &stored->document, err);
}

static int32_t by_origin(void *store, const crmi_save_wants *wants, crmsync_str origin,
                         crmsync_str *id, crmsync_error **err)
{
    crmsync_postgres *s = store;
    const set *w = s->work;
    const struct entry *first = NULL;
    char made[CRMSYNC_KEY_MAX];
    crmsync_str key;

    (void)wants;
    *id = (crmsync_str){NULL, 0};
    if (crmi_key_make(&s->keys, CRMI_HOST_LIT("origin"), origin, made, &key) != CRMSYNC_OK)
        return crmi_host_nomem(err);
    for (size_t i = 0; i < w->origin_count && key.len > 0; i++) {
        const struct entry *e = &w->entries[w->origins[i].entry];
        if (!w->origins[i].gone && crmi_host_eq(w->origins[i].key, key) &&
            (!first || crmi_host_cmp(e->id, first->id) < 0))
            first = e;
    }
    if (!first)
        return CRMSYNC_OK;
    return crmi_host_copy(&s->alloc, first->id, id) ? CRMSYNC_OK : crmi_host_nomem(err);
}

static int32_t next(void *store, uint64_t *out, crmsync_error **err)
{
    crmsync_postgres *s = store;

    (void)err;
    *out = s->work->next_id++;
    return CRMSYNC_OK;
}

static bool keep_origin(crmsync_postgres *s, size_t entry, const crmi_member *members, size_t n)
{
    set *w = s->work;
    const crmsync_cell *cell = crmi_members_find(members, n, CRMI_HOST_LIT("origin"));
    char made[CRMSYNC_KEY_MAX];
    crmsync_str key = {NULL, 0};

    for (size_t i = 0; i < w->origin_count; i++)
        if (w->origins[i].entry == entry)
            w->origins[i].gone = true;
    if (!cell || cell->text.len == 0)
        return true;
    if (crmi_key_make(&s->keys, CRMI_HOST_LIT("origin"), cell->text, made, &key) != CRMSYNC_OK)
        return false;
    return key.len == 0 || origin_add(w, key, entry);
}

static int32_t write_one(void *store, const crmi_save_wants *wants, crmsync_str id, bool deleted,
                         const crmi_member *members, size_t n, uint64_t *rev, crmsync_error **err)
{
    crmsync_postgres *s = store;
    struct entry *e = entry_of(s->work, id);
    crmsync_str document = {NULL, 0};
    crmi_bytes json;
    bool fits;

    (void)wants;
    e = e ? e : entry_new(s->work, id);
    crmi_bytes_init(&json, &s->alloc);
    crmi_document_write(&json, members, n);
    fits = e && !json.oom && crmi_host_copy(&s->alloc, crmi_bytes_str(&json), &document) &&
           keep_origin(s, (size_t)(e - s->work->entries), members, n);
    crmi_bytes_clear(&json);
    if (!fits) {
        if (document.ptr)
            crmi_host_drop(&s->alloc, &document);
        return crmi_host_nomem(err);
    }
    if (e->document.ptr)
        crmi_host_drop(&s->alloc, &e->document);
    e->document = document;
    e->rev = *rev = s->work->next_rev++;
    e->deleted = deleted;
    e->found = e->dirty = true;
    return CRMSYNC_OK;
}

/* ---- writing at the end ---- */

struct output {
    crmi_pg_list ids, revs, deleted, documents;
    crmi_pg_list key_kinds, keys, key_ids;
};

static void output_init(struct output *o, const crmsync_alloc *a)
{
    crmi_pg_list_init(&o->ids, a, CRMI_PG_BYTEA);
    crmi_pg_list_init(&o->revs, a, CRMI_PG_INT8);
    crmi_pg_list_init(&o->deleted, a, CRMI_PG_INT4);
    crmi_pg_list_init(&o->documents, a, CRMI_PG_BYTEA);
    crmi_pg_list_init(&o->key_kinds, a, CRMI_PG_BYTEA);
    crmi_pg_list_init(&o->keys, a, CRMI_PG_BYTEA);
    crmi_pg_list_init(&o->key_ids, a, CRMI_PG_BYTEA);
}

static void output_clear(struct output *o)
{
    crmi_pg_list *const all[] = {&o->ids,       &o->revs, &o->deleted, &o->documents,
                                 &o->key_kinds, &o->keys, &o->key_ids};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        crmi_pg_list_clear(all[i]);
}

static int32_t put_keys(crmsync_postgres *s, crmsync_str kind, const struct entry *e,
                        struct output *o, crmsync_error **err)
{
    crmi_document d;
    int32_t code = crmi_stored_parse(&s->alloc, "postgres", e->id, e->document, &d, err);

    for (size_t i = 0; code == CRMSYNC_OK && i < d.count * s->keys.count; i++) {
        const crmi_member *m = &d.members[i / s->keys.count];
        const crmsync_key_rule *rule = &s->keys.rules[i % s->keys.count];
        char made[CRMSYNC_KEY_MAX];
        crmsync_str key;
        if (m->cell.text.len == 0 || !crmi_key_rule_applies(rule, kind, m->name))
            continue;
        if (crmi_key_make(&s->keys, rule->key_kind, m->cell.text, made, &key) != CRMSYNC_OK) {
            code = crmi_host_nomem(err);
        } else if (key.len > 0) {
            crmi_pg_list_bytes(&o->key_kinds, rule->key_kind);
            crmi_pg_list_bytes(&o->keys, key);
            crmi_pg_list_bytes(&o->key_ids, e->id);
        }
    }
    crmi_document_clear(&d);
    return code;
}

static int32_t put_out(crmsync_postgres *s, crmsync_str kind, struct output *o,
                       crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    for (size_t i = 0; i < s->work->count && code == CRMSYNC_OK; i++) {
        const struct entry *e = &s->work->entries[i];
        if (!e->dirty)
            continue;
        crmi_pg_list_bytes(&o->ids, e->id);
        crmi_pg_list_number(&o->revs, e->rev);
        crmi_pg_list_number(&o->deleted, e->deleted);
        crmi_pg_list_bytes(&o->documents, e->document);
        code = put_keys(s, kind, e, o, err);
    }
    return code;
}

static void add(crmi_pg_pipeline *p, crmi_pg_statement which, const crmi_save_wants *wants)
{
    crmi_pg_add(p, which);
    crmi_pg_bytes(p, wants->workspace);
    crmi_pg_bytes(p, wants->kind);
}

static int32_t commit(void *store, const crmi_save_wants *wants, crmsync_error **err)
{
    crmsync_postgres *s = store;
    struct output o;
    crmi_pg_pipeline p;
    int32_t code;

    output_init(&o, &s->alloc);
    crmi_pg_pipeline_init(&p, s);
    code = put_out(s, wants->kind, &o, err);
    add(&p, CRMI_PG_FIELD_ADD, wants);
    crmi_pg_list_of(&p, &s->work->fields);
    add(&p, CRMI_PG_KEY_DROP, wants);
    crmi_pg_list_of(&p, &o.ids);
    add(&p, CRMI_PG_RECORD_PUT, wants);
    crmi_pg_list_of(&p, &o.ids);
    crmi_pg_list_of(&p, &o.revs);
    crmi_pg_list_of(&p, &o.deleted);
    crmi_pg_list_of(&p, &o.documents);
    add(&p, CRMI_PG_KEY_ADD, wants);
    crmi_pg_list_of(&p, &o.key_kinds);
    crmi_pg_list_of(&p, &o.keys);
    crmi_pg_list_of(&p, &o.key_ids);
    crmi_pg_add(&p, CRMI_PG_COMMIT);
    if (code == CRMSYNC_OK)
        code = crmi_pg_run(&p, "writing records", err);
    crmi_pg_pipeline_clear(&p);
    output_clear(&o);
    rollback(s);
    return code;
}

crmi_record_table crmi_pg_table(crmsync_postgres *s)
{
    return (crmi_record_table){"postgres",     &s->alloc, s,         begin, commit, rollback,
                               remember_field, read_one,  by_origin, next,  write_one};
}
