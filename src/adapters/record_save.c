/* Writing records: the hook `save`, and what the host itself does to its records. */
#include "record_save.h"

#include <stdio.h>

/* What became of one row. */
struct answer {
    uint32_t outcome;
    uint64_t rev;
    crmsync_str id; /* a copy; SAVED only */
    const char *reason;
};

struct batch {
    const crmi_record_table *t;
    crmi_save_wants wants;
    const crmsync_rows *rows;
    int32_t id_column;
    int32_t rev_column;
    int32_t origin_column;
    crmi_member *values; /* of the row at hand, without id, rev and deleted */
    size_t value_count;
    size_t width;
    struct answer *answers;
    crmsync_str *asked; /* ids, then origins */
    size_t count;
};

void crmi_stored_clear(crmi_stored *stored)
{
    crmi_document_clear(&stored->document);
}

size_t crmi_rev_text(uint64_t rev, char out[24])
{
    return (size_t)snprintf(out, 24, "%llu", (unsigned long long)rev);
}

int32_t crmi_stored_parse(const crmsync_alloc *alloc, const char *store, crmsync_str id,
                          crmsync_str json, crmi_document *d, crmsync_error **err)
{
    int32_t code = crmi_document_parse(d, alloc, json);

    if (code == CRMSYNC_E_NOMEM)
        return crmi_host_nomem(err);
    if (code != CRMSYNC_OK)
        return crmi_host_fail(err, code, "%s: the document of record %.*s is damaged", store,
                              CRMI_HOST_SPELL(id));
    return CRMSYNC_OK;
}

static bool own_field(crmsync_str name)
{
    return !crmi_host_eq(name, CRMI_HOST_LIT("id")) && !crmi_host_eq(name, CRMI_HOST_LIT("rev")) &&
           !crmi_host_eq(name, CRMI_HOST_LIT("deleted"));
}

static int32_t remember_fields(struct batch *b, crmsync_error **err)
{
    int32_t code = CRMSYNC_OK;

    for (size_t i = 0; i < b->width && code == CRMSYNC_OK; i++) {
        crmsync_str name = crmsync_rows_field(b->rows, i);
        if (own_field(name))
            code = b->t->remember_field(b->t->store, &b->wants, name, err);
    }
    return code;
}

static crmsync_str text_at(const struct batch *b, size_t row, int32_t column)
{
    if (column < 0)
        return (crmsync_str){NULL, 0};
    return crmsync_rows_get(b->rows, row, (size_t)column).text;
}

static int32_t batch_init(struct batch *b, const crmi_record_table *t, crmsync_str workspace,
                          const crmsync_rows *rows, crmsync_error **err)
{
    size_t n = crmsync_rows_count(rows);

    *b = (struct batch){.t = t, .rows = rows, .count = n,
                        .width = crmsync_rows_field_count(rows)};
    b->id_column = crmsync_rows_find_field(rows, CRMI_HOST_LIT("id"));
    b->rev_column = crmsync_rows_find_field(rows, CRMI_HOST_LIT("rev"));
    b->origin_column = crmsync_rows_find_field(rows, CRMI_HOST_LIT("origin"));
    b->values = crmi_host_array(t->alloc, b->width, sizeof *b->values);
    b->answers = crmi_host_array(t->alloc, n, sizeof *b->answers);
    b->asked = crmi_host_array(t->alloc, 2 * n, sizeof *b->asked);
    if (!b->values || !b->answers || !b->asked)
        return crmi_host_nomem(err);
    b->wants = (crmi_save_wants){workspace, crmsync_rows_kind(rows), b->asked, 0, b->asked + n, 0, n};
    for (size_t i = 0; i < n; i++) {
        crmsync_str id = text_at(b, i, b->id_column);
        crmsync_str origin = text_at(b, i, b->origin_column);
        if (id.len > 0 && id.len <= CRMI_MAX_ID)
            b->asked[b->wants.id_count++] = id;
        if (origin.len > 0)
            b->asked[n + b->wants.origin_count++] = origin;
    }
    return CRMSYNC_OK;
}

static void batch_clear(struct batch *b)
{
    const crmsync_alloc *a = b->t->alloc;

    for (size_t i = 0; b->answers && i < b->count; i++)
        crmi_host_drop(a, &b->answers[i].id);
    crmi_host_free(a, b->answers, (b->count ? b->count : 1) * sizeof *b->answers);
    crmi_host_free(a, b->asked, (b->count ? 2 * b->count : 1) * sizeof *b->asked);
    crmi_host_free(a, b->values, (b->width ? b->width : 1) * sizeof *b->values);
}

static void read_row(struct batch *b, size_t row)
{
    b->value_count = 0;
    for (size_t i = 0; i < b->width; i++) {
        crmsync_cell cell = crmsync_rows_get(b->rows, row, i);
        crmsync_str name = crmsync_rows_field(b->rows, i);
        if (cell.type != CRMSYNC_CELL_ABSENT && own_field(name))
            b->values[b->value_count++] = (crmi_member){name, cell};
    }
}

static int32_t saved(struct batch *b, size_t row, crmsync_str id, uint64_t rev,
                     crmsync_error **err)
{
    b->answers[row].outcome = CRMSYNC_SAVE_SAVED;
    b->answers[row].rev = rev;
    return crmi_host_copy(b->t->alloc, id, &b->answers[row].id) ? CRMSYNC_OK
                                                                 : crmi_host_nomem(err);
}

/* Writes what was stored, overlaid by the row's values. */
static int32_t write_over(struct batch *b, size_t row, crmsync_str id, const crmi_stored *old,
                          crmsync_error **err)
{
    size_t old_count = old->found && !old->deleted ? old->document.count : 0;
    size_t cap = old_count + b->value_count;
    crmi_member *merged = crmi_host_array(b->t->alloc, cap, sizeof *merged);
    size_t n = 0;
    uint64_t rev = 0;
    int32_t code;

    if (!merged)
        return crmi_host_nomem(err);
    for (size_t i = 0; i < old_count; i++) {
        const crmi_member *m = &old->document.members[i];
        if (!crmi_members_find(b->values, b->value_count, m->name))
            merged[n++] = *m;
    }
    for (size_t i = 0; i < b->value_count; i++)
        merged[n++] = b->values[i];
    code = b->t->write(b->t->store, &b->wants, id, false, merged, n, &rev, err);
    crmi_host_free(b->t->alloc, merged, (cap ? cap : 1) * sizeof *merged);
    return code == CRMSYNC_OK ? saved(b, row, id, rev, err) : code;
}

static int32_t update(struct batch *b, size_t row, crmsync_str id, crmsync_str rev,
                      crmsync_error **err)
{
    crmi_stored old;
    char text[24];
    int32_t code = b->t->read(b->t->store, &b->wants, id, &old, err);

    if (code == CRMSYNC_OK && (!old.found || old.deleted))
        b->answers[row].outcome = CRMSYNC_SAVE_GONE;
    else if (code == CRMSYNC_OK &&
             !crmi_host_eq(rev, (crmsync_str){text, crmi_rev_text(old.rev, text)}))
        b->answers[row].outcome = CRMSYNC_SAVE_CONFLICT;
    else if (code == CRMSYNC_OK)
        code = write_over(b, row, id, &old, err);
    crmi_stored_clear(&old);
    return code;
}

/* A create that meets its own earlier success finds equal values, and is that success. */
static bool meets_itself(const struct batch *b, const crmi_stored *old)
{
    for (size_t i = 0; i < b->value_count; i++) {
        const crmsync_cell *want = &b->values[i].cell;
        const crmsync_cell *have =
            crmi_members_find(old->document.members, old->document.count, b->values[i].name);
        if (have ? !crmi_document_cell_same(have, want) : want->type != CRMSYNC_CELL_NULL)
            return false;
    }
    return true;
}

static int32_t create_as(struct batch *b, size_t row, crmsync_str id, crmsync_error **err)
{
    crmi_stored old;
    int32_t code = b->t->read(b->t->store, &b->wants, id, &old, err);

    if (code == CRMSYNC_OK && old.found && !old.deleted) {
        if (meets_itself(b, &old))
            code = saved(b, row, id, old.rev, err);
        else
            b->answers[row].outcome = CRMSYNC_SAVE_CONFLICT;
    } else if (code == CRMSYNC_OK) {
        code = write_over(b, row, id, &old, err);
    }
    crmi_stored_clear(&old);
    return code;
}

static int32_t create(struct batch *b, size_t row, crmsync_str id, crmsync_error **err)
{
    char made[32] = "s";
    uint64_t next;
    crmsync_str origin = text_at(b, row, b->origin_column);
    crmsync_str known = {NULL, 0};
    int32_t code = CRMSYNC_OK;

    if (origin.len > 0)
        code = b->t->by_origin(b->t->store, &b->wants, origin, &known, err);
    if (code == CRMSYNC_OK && known.len > 0) {
        code = create_as(b, row, known, err);
    } else if (code == CRMSYNC_OK && id.len > 0) {
        code = create_as(b, row, id, err);
    } else if (code == CRMSYNC_OK) {
        code = b->t->next(b->t->store, &next, err);
        if (code == CRMSYNC_OK)
            code = create_as(b, row,
                             (crmsync_str){made, 1 + crmi_rev_text(next, made + 1)}, err);
    }
    crmi_host_drop(b->t->alloc, &known);
    return code;
}

static int32_t save_row(struct batch *b, size_t row, crmsync_error **err)
{
    crmsync_str id = text_at(b, row, b->id_column);
    crmsync_str rev = text_at(b, row, b->rev_column);

    if (id.len > CRMI_MAX_ID) {
        b->answers[row].outcome = CRMSYNC_SAVE_REFUSED;
        b->answers[row].reason = "the id is longer than 128 bytes";
        return CRMSYNC_OK;
    }
    read_row(b, row);
    return rev.len > 0 ? update(b, row, id, rev, err) : create(b, row, id, err);
}

static int32_t put_row(struct batch *b, size_t row, crmsync_error **err)
{
    crmsync_str id = text_at(b, row, b->id_column);
    crmi_stored old;
    int32_t code;

    if (id.len == 0 || id.len > CRMI_MAX_ID)
        return crmi_host_fail(err, CRMSYNC_E_INVALID,
                              "%s: row %zu has no id of 1 to 128 bytes", b->t->name, row);
    read_row(b, row);
    code = b->t->read(b->t->store, &b->wants, id, &old, err);
    if (code == CRMSYNC_OK)
        code = write_over(b, row, id, &old, err);
    crmi_stored_clear(&old);
    return code;
}

/* All rows in one transaction. */
static int32_t write_rows(struct batch *b,
                          int32_t (*write)(struct batch *b, size_t row, crmsync_error **err),
                          crmsync_error **err)
{
    int32_t code = b->t->begin(b->t->store, &b->wants, err);

    if (code != CRMSYNC_OK)
        return code;
    code = remember_fields(b, err);
    for (size_t i = 0; i < b->count && code == CRMSYNC_OK; i++)
        code = write(b, i, err);
    if (code == CRMSYNC_OK)
        return b->t->commit(b->t->store, &b->wants, err);
    b->t->rollback(b->t->store);
    return code;
}

static int32_t tell(const struct batch *b, size_t row, crmsync_record_sink *sink)
{
    const struct answer *a = &b->answers[row];
    crmsync_str none = {NULL, 0};
    bool done = a->outcome == CRMSYNC_SAVE_SAVED;
    char text[24];
    crmsync_str rev = {text, crmi_rev_text(a->rev, text)};

    return crmsync_record_saved(sink, row, a->outcome, done ? a->id : none, done ? rev : none,
                                NULL, 0, crmi_host_str(a->reason));
}

int32_t crmi_record_save(const crmi_record_table *t, crmsync_str workspace,
                         const crmsync_rows *items, crmsync_record_sink *sink,
                         crmsync_error **err)
{
    struct batch b;
    int32_t code = batch_init(&b, t, workspace, items, err);

    if (code == CRMSYNC_OK)
        code = write_rows(&b, save_row, err);
    for (size_t i = 0; i < b.count && code == CRMSYNC_OK; i++)
        code = tell(&b, i, sink);
    batch_clear(&b);
    return code;
}

int32_t crmi_record_put(const crmi_record_table *t, crmsync_str workspace,
                        const crmsync_rows *rows, crmsync_error **err)
{
    struct batch b;
    int32_t code = batch_init(&b, t, workspace, rows, err);

    if (code == CRMSYNC_OK)
        code = write_rows(&b, put_row, err);
    batch_clear(&b);
    return code;
}

int32_t crmi_record_remove(const crmi_record_table *t, crmsync_str workspace, crmsync_str kind,
                           crmsync_str id, crmsync_error **err)
{
    crmi_save_wants wants = {workspace, kind, &id, 1, NULL, 0, 1};
    crmi_stored old;
    uint64_t rev;
    int32_t code = t->begin(t->store, &wants, err);

    if (code != CRMSYNC_OK)
        return code;
    code = t->read(t->store, &wants, id, &old, err);
    if (code == CRMSYNC_OK && (!old.found || old.deleted))
        code = crmi_host_fail(err, CRMSYNC_E_NOT_FOUND, "%s: no %.*s with id %.*s", t->name,
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(id));
    if (code == CRMSYNC_OK)
        code = t->write(t->store, &wants, id, true, NULL, 0, &rev, err);
    crmi_stored_clear(&old);
    if (code == CRMSYNC_OK)
        return t->commit(t->store, &wants, err);
    t->rollback(t->store);
    return code;
}
