/* Writing records: the hook `save`, and what the host itself does to its records. */
#include "records.h"

/* What became of one row. `edit.after` is set for the rows that change something. */
struct answer {
    crmi_edit edit;
    uint32_t outcome;
    const crmi_node *node;
    const char *reason;
};

struct batch {
    crmsync_memory *m;
    crmsync_str workspace;
    crmsync_str kind;
    const crmsync_rows *rows;
    crmi_columns columns;
    crmi_value *values; /* of the row at hand */
    size_t value_count;
    struct answer *answers;
    size_t count;
};

static int32_t batch_init(struct batch *b, crmsync_memory *m, crmsync_str workspace,
                          const crmsync_rows *rows)
{
    *b = (struct batch){.m = m, .workspace = workspace, .kind = crmsync_rows_kind(rows),
                        .rows = rows, .count = crmsync_rows_count(rows)};
    if (crmi_memory_columns_init(m, workspace, rows, &b->columns) != CRMSYNC_OK)
        return CRMSYNC_E_NOMEM;
    b->values = crmi_host_array(&m->alloc, b->columns.count, sizeof *b->values);
    b->answers = crmi_host_array(&m->alloc, b->count, sizeof *b->answers);
    return b->values && b->answers ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

/* Undoes from the last to the first: a batch may change one record twice. */
static void batch_end(struct batch *b, bool keep)
{
    crmsync_memory *m = b->m;

    for (size_t i = b->count; b->answers && i-- > 0;)
        if (b->answers[i].edit.after)
            crmi_edit_end(m, &b->answers[i].edit, keep);
    crmi_host_free(&m->alloc, b->answers, (b->count ? b->count : 1) * sizeof *b->answers);
    crmi_host_free(&m->alloc, b->values,
                   (b->columns.count ? b->columns.count : 1) * sizeof *b->values);
    crmi_memory_columns_clear(m, &b->columns);
}

static int32_t change(struct batch *b, size_t row, crmsync_str id, crmi_node *node)
{
    struct answer *answer = &b->answers[row];
    const crmi_record *old = node ? node->object : NULL;
    crmi_record *after;
    int32_t code;

    if (old && old->deleted)
        old = NULL;
    after = crmi_record_merge(&b->m->alloc, old, b->values, b->value_count);
    code = crmi_edit_init(b->m, &answer->edit, b->workspace, b->kind, id, node, after);
    if (code != CRMSYNC_OK)
        return code;
    crmi_edit_apply(b->m, &answer->edit);
    answer->outcome = CRMSYNC_SAVE_SAVED;
    answer->node = answer->edit.node;
    return CRMSYNC_OK;
}

static bool alive(const crmi_node *node)
{
    const crmi_record *record = node ? node->object : NULL;
    return record && !record->deleted;
}

static int32_t update(struct batch *b, size_t row, crmsync_str id, crmsync_str rev)
{
    struct answer *answer = &b->answers[row];
    const crmi_record *record;
    char text[24];
    int32_t code;
    crmi_node *node = crmi_store_record(b->m, b->workspace, b->kind, id, &code);

    if (code != CRMSYNC_OK)
        return code;
    if (!alive(node)) {
        answer->outcome = CRMSYNC_SAVE_GONE;
        return CRMSYNC_OK;
    }
    record = node->object;
    if (!crmi_host_eq(rev, (crmsync_str){text, crmi_memory_rev_text(record->rev, text)})) {
        answer->outcome = CRMSYNC_SAVE_CONFLICT;
        return CRMSYNC_OK;
    }
    return change(b, row, id, node);
}

/* A create that meets its own earlier success finds equal values, and is that success. */
static void meet(struct batch *b, size_t row, crmi_node *node)
{
    struct answer *answer = &b->answers[row];

    answer->outcome = CRMSYNC_SAVE_SAVED;
    answer->node = node;
    for (size_t i = 0; i < b->value_count; i++) {
        const crmsync_cell *have = crmi_record_cell(node->object, b->values[i].field);
        const crmsync_cell *want = &b->values[i].cell;
        bool equal = have ? crmi_cell_eq(have, want) : want->type == CRMSYNC_CELL_NULL;
        if (!equal)
            answer->outcome = CRMSYNC_SAVE_CONFLICT;
    }
}

static int32_t create(struct batch *b, size_t row, crmsync_str id, crmsync_str origin)
{
    char made[32] = "m";
    int32_t code = CRMSYNC_OK;
    crmi_node *node = NULL;

    if (origin.len > 0) {
        node = crmi_index_first(b->m, b->workspace, b->kind, CRMI_HOST_LIT("origin"), origin,
                                &code);
        if (code != CRMSYNC_OK)
            return code;
    }
    if (!node && id.len == 0)
        id = (crmsync_str){made, 1 + crmi_memory_rev_text(b->m->sequence + 1, made + 1)};
    if (!node)
        node = crmi_store_record(b->m, b->workspace, b->kind, id, &code);
    if (code != CRMSYNC_OK)
        return code;
    if (alive(node)) {
        meet(b, row, node);
        return CRMSYNC_OK;
    }
    return change(b, row, id, node);
}

static int32_t save_row(struct batch *b, size_t row)
{
    crmsync_str id = crmi_column_text(b->rows, row, b->columns.id);
    crmsync_str rev = crmi_column_text(b->rows, row, b->columns.rev);

    if (id.len > CRMI_MAX_ID) {
        b->answers[row].outcome = CRMSYNC_SAVE_REFUSED;
        b->answers[row].reason = "the id is longer than 128 bytes";
        return CRMSYNC_OK;
    }
    b->value_count = crmi_memory_columns_read(&b->columns, b->rows, row, b->values);
    if (rev.len > 0)
        return update(b, row, id, rev);
    return create(b, row, id, crmi_column_text(b->rows, row, b->columns.origin));
}

static int32_t tell(struct batch *b, size_t row, crmsync_record_sink *sink)
{
    const struct answer *answer = &b->answers[row];
    const crmi_record *record = answer->node ? answer->node->object : NULL;
    bool saved = answer->outcome == CRMSYNC_SAVE_SAVED && record;
    crmsync_str none = {NULL, 0};
    char rev[24];
    size_t rev_len = saved ? crmi_memory_rev_text(record->rev, rev) : 0;

    return crmsync_record_saved(
        sink, row, answer->outcome,
        saved ? crmi_records_id(answer->node, b->workspace, b->kind) : none,
        saved ? (crmsync_str){rev, rev_len} : none, NULL, 0, crmi_host_str(answer->reason));
}

int32_t crmi_memory_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                         crmsync_record_sink *sink, crmsync_error **err)
{
    crmsync_memory *m = ctx;
    struct batch b;
    int32_t code;

    pthread_mutex_lock(&m->lock);
    code = batch_init(&b, m, workspace, items);
    for (size_t i = 0; i < b.count && code == CRMSYNC_OK; i++)
        code = save_row(&b, i);
    if (code == CRMSYNC_E_NOMEM)
        crmi_host_nomem(err);
    for (size_t i = 0; i < b.count && code == CRMSYNC_OK; i++)
        code = tell(&b, i, sink);
    batch_end(&b, code == CRMSYNC_OK);
    pthread_mutex_unlock(&m->lock);
    return code;
}

int32_t crmsync_memory_put(crmsync_memory *memory, crmsync_str workspace, const crmsync_rows *rows,
                           crmsync_error **err)
{
    struct batch b;
    int32_t code;

    if (!memory || !rows)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "memory store: store or rows are NULL");
    pthread_mutex_lock(&memory->lock);
    code = batch_init(&b, memory, workspace, rows);
    for (size_t i = 0; i < b.count && code == CRMSYNC_OK; i++) {
        crmsync_str id = crmi_column_text(rows, i, b.columns.id);
        crmi_node *node;
        if (id.len == 0 || id.len > CRMI_MAX_ID) {
            code = crmi_host_fail(err, CRMSYNC_E_INVALID,
                                  "memory store: row %zu has no id of 1 to 128 bytes", i);
            break;
        }
        b.value_count = crmi_memory_columns_read(&b.columns, rows, i, b.values);
        node = crmi_store_record(memory, workspace, b.kind, id, &code);
        if (code == CRMSYNC_OK)
            code = change(&b, i, id, node);
    }
    if (code == CRMSYNC_E_NOMEM)
        crmi_host_nomem(err);
    batch_end(&b, code == CRMSYNC_OK);
    pthread_mutex_unlock(&memory->lock);
    return code;
}

static int32_t remove_record(crmsync_memory *m, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id, crmsync_error **err)
{
    int32_t code;
    crmi_node *node = crmi_store_record(m, workspace, kind, id, &code);
    crmi_record *after;
    crmi_edit edit;

    if (code != CRMSYNC_OK)
        return crmi_host_nomem(err);
    if (!alive(node))
        return crmi_host_fail(err, CRMSYNC_E_NOT_FOUND, "memory store: no %.*s with id %.*s",
                              CRMI_HOST_SPELL(kind), CRMI_HOST_SPELL(id));
    after = crmi_record_merge(&m->alloc, NULL, NULL, 0);
    if (after)
        after->deleted = true;
    code = crmi_edit_init(m, &edit, workspace, kind, id, node, after);
    if (code != CRMSYNC_OK)
        return crmi_host_nomem(err);
    crmi_edit_apply(m, &edit);
    crmi_edit_end(m, &edit, true);
    return CRMSYNC_OK;
}

int32_t crmsync_memory_remove(crmsync_memory *memory, crmsync_str workspace, crmsync_str kind,
                              crmsync_str id, crmsync_error **err)
{
    int32_t code;

    if (!memory)
        return crmi_host_fail(err, CRMSYNC_E_INVALID, "memory store: store is NULL");
    pthread_mutex_lock(&memory->lock);
    code = remove_record(memory, workspace, kind, id, err);
    pthread_mutex_unlock(&memory->lock);
    return code;
}
