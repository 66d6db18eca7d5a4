/* Changing one record: the record, its index entries and its place in the feed move together. */
#include "record.h"

static void free_chain(crmi_ordered *map, crmi_node *node)
{
    while (node) {
        crmi_node *next = node->chain;
        crmi_node_free(map, node);
        node = next;
    }
}

static void drop_record(crmsync_memory *m, crmi_record *record)
{
    if (!record)
        return;
    free_chain(&m->index, record->index);
    crmi_node_free(&m->feed, record->feed);
    crmi_record_free(&m->alloc, record);
}

/* Two fields may make the same key; the index holds it once. */
static bool chained(const crmi_node *chain, crmsync_str key)
{
    for (; chain; chain = chain->chain)
        if (crmi_host_eq(chain->key, key))
            return true;
    return false;
}

static int32_t add_index(crmsync_memory *m, crmi_record *record, crmsync_str workspace,
                         crmsync_str kind, crmsync_str id, const crmsync_key_rule *rule,
                         crmsync_str text)
{
    char made[CRMSYNC_KEY_MAX];
    crmsync_str key;
    crmi_bytes b;
    int32_t code = crmi_key_make(&m->keys, rule->key_kind, text, made, &key);

    if (code != CRMSYNC_OK || key.len == 0)
        return code;
    crmi_bytes_init(&b, &m->alloc);
    crmi_bytes_part(&b, workspace);
    crmi_bytes_part(&b, kind);
    crmi_bytes_part(&b, rule->key_kind);
    crmi_bytes_part(&b, key);
    crmi_bytes_add(&b, id);
    if (!b.oom && !chained(record->index, crmi_bytes_str(&b))) {
        crmi_node *node = crmi_node_new(&m->index, crmi_bytes_str(&b), id);
        if (node) {
            node->chain = record->index;
            record->index = node;
        }
        b.oom = !node;
    }
    code = b.oom ? CRMSYNC_E_NOMEM : CRMSYNC_OK;
    crmi_bytes_clear(&b);
    return code;
}

static int32_t make_index(crmsync_memory *m, crmi_record *record, crmsync_str workspace,
                          crmsync_str kind, crmsync_str id)
{
    for (size_t i = 0; i < record->count; i++) {
        const crmi_value *value = &record->values[i];
        for (size_t r = 0; r < m->keys.count; r++) {
            int32_t code;
            if (value->cell.text.len == 0 ||
                !crmi_key_rule_applies(&m->keys.rules[r], kind, value->field->value))
                continue;
            code = add_index(m, record, workspace, kind, id, &m->keys.rules[r], value->cell.text);
            if (code != CRMSYNC_OK)
                return code;
        }
    }
    return CRMSYNC_OK;
}

static bool make_nodes(crmsync_memory *m, crmi_edit *edit, crmsync_str workspace,
                       crmsync_str kind, crmsync_str id)
{
    crmi_bytes b;

    crmi_bytes_init(&b, &m->alloc);
    crmi_bytes_part(&b, workspace);
    crmi_bytes_part(&b, kind);
    if (edit->fresh) {
        size_t prefix = b.len;
        crmi_bytes_add(&b, id);
        edit->node = b.oom ? NULL
                           : crmi_node_new(&m->records, crmi_bytes_str(&b), (crmsync_str){NULL, 0});
        b.len = prefix;
    }
    edit->after->rev = ++m->sequence;
    crmi_bytes_be(&b, edit->after->rev, 8);
    edit->after->feed = b.oom ? NULL : crmi_node_new(&m->feed, crmi_bytes_str(&b), id);
    crmi_bytes_clear(&b);
    return edit->node && edit->after->feed;
}

int32_t crmi_edit_init(crmsync_memory *m, crmi_edit *edit, crmsync_str workspace, crmsync_str kind,
                       crmsync_str id, crmi_node *node, crmi_record *after)
{
    int32_t code = after ? CRMSYNC_OK : CRMSYNC_E_NOMEM;

    *edit = (crmi_edit){node, node ? node->object : NULL, after, !node, false};
    if (code == CRMSYNC_OK && !make_nodes(m, edit, workspace, kind, id))
        code = CRMSYNC_E_NOMEM;
    if (code == CRMSYNC_OK && !after->deleted)
        code = make_index(m, after, workspace, kind, id);
    if (code != CRMSYNC_OK) {
        crmi_edit_end(m, edit, false);
        *edit = (crmi_edit){NULL, NULL, NULL, false, false};
    }
    return code;
}

static void take_out(crmsync_memory *m, crmi_record *record)
{
    if (!record)
        return;
    for (crmi_node *node = record->index; node; node = node->chain)
        crmi_ordered_unlink(&m->index, node);
    crmi_ordered_unlink(&m->feed, record->feed);
}

static void put_in(crmsync_memory *m, crmi_record *record)
{
    if (!record)
        return;
    for (crmi_node *node = record->index; node; node = node->chain)
        crmi_ordered_link(&m->index, node);
    crmi_ordered_link(&m->feed, record->feed);
}

void crmi_edit_apply(crmsync_memory *m, crmi_edit *edit)
{
    take_out(m, edit->before);
    put_in(m, edit->after);
    edit->node->object = edit->after;
    if (edit->fresh)
        crmi_ordered_link(&m->records, edit->node);
    edit->applied = true;
}

void crmi_edit_end(crmsync_memory *m, crmi_edit *edit, bool keep)
{
    if (keep) {
        drop_record(m, edit->before);
        return;
    }
    if (edit->applied) {
        take_out(m, edit->after);
        put_in(m, edit->before);
        edit->node->object = edit->before;
        if (edit->fresh)
            crmi_ordered_unlink(&m->records, edit->node);
    }
    drop_record(m, edit->after);
    if (edit->fresh)
        crmi_node_free(&m->records, edit->node);
}
