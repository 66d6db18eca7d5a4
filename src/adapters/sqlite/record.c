/* One record: reading it, writing it with its keys and its place in the feed. */
#include "records.h"

int32_t crmi_stored_read(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                         crmsync_str id, crmi_stored *stored, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(s, CRMI_RECORD_GET, err);
    int32_t code = CRMSYNC_OK;
    int step;

    *stored = (crmi_stored){.document = {.alloc = &s->alloc}};
    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind_text(q, 2, kind);
    crmi_sqlite_bind_text(q, 3, id);
    step = sqlite3_step(q);
    if (step == SQLITE_ROW) {
        stored->found = true;
        stored->rev = (uint64_t)sqlite3_column_int64(q, 0);
        stored->deleted = sqlite3_column_int(q, 1) != 0;
        code = crmi_stored_parse(&s->alloc, "sqlite", id, crmi_sqlite_column(q, 2), &stored->document, err);
    } else if (step != SQLITE_DONE) {
        code = crmi_sqlite_fail(s, "reading a record", err);
    }
    sqlite3_reset(q);
    return code;
}

static int32_t sequence_next(crmsync_sqlite *s, uint64_t *next, crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(s, CRMI_SEQUENCE_NEXT, err);
    int32_t code = CRMSYNC_OK;

    if (!q)
        return s->failed;
    if (sqlite3_step(q) == SQLITE_ROW)
        *next = (uint64_t)sqlite3_column_int64(q, 0);
    else
        code = crmi_sqlite_fail(s, "counting revisions", err);
    if (code == CRMSYNC_OK && sqlite3_step(q) != SQLITE_DONE)
        code = crmi_sqlite_fail(s, "counting revisions", err);
    sqlite3_reset(q);
    return code;
}

sqlite3_stmt *crmi_key_query(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                             crmsync_str key_kind, crmsync_str text, char made[CRMSYNC_KEY_MAX],
                             int32_t *code, crmsync_error **err)
{
    sqlite3_stmt *q;
    crmsync_str key;

    *code = crmi_key_make(&s->keys, key_kind, text, made, &key);
    if (*code != CRMSYNC_OK) {
        crmi_host_nomem(err);
        return NULL;
    }
    if (key.len == 0)
        return NULL;
    q = crmi_sqlite_statement(s, CRMI_KEY_FIND, err);
    if (!q) {
        *code = s->failed;
        return NULL;
    }
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind_text(q, 2, kind);
    crmi_sqlite_bind_text(q, 3, key_kind);
    crmi_sqlite_bind_text(q, 4, key);
    return q;
}

static int32_t add_key(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind, crmsync_str id,
                       const crmsync_key_rule *rule, crmsync_str text, crmsync_error **err)
{
    char made[CRMSYNC_KEY_MAX];
    crmsync_str key;
    sqlite3_stmt *q;

    if (crmi_key_make(&s->keys, rule->key_kind, text, made, &key) != CRMSYNC_OK)
        return crmi_host_nomem(err);
    if (key.len == 0)
        return CRMSYNC_OK;
    q = crmi_sqlite_statement(s, CRMI_KEY_ADD, err);
    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind_text(q, 2, kind);
    crmi_sqlite_bind_text(q, 3, rule->key_kind);
    crmi_sqlite_bind_text(q, 4, key);
    crmi_sqlite_bind_text(q, 5, id);
    return crmi_sqlite_run(s, q, err);
}

static int32_t write_keys(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                          crmsync_str id, const crmi_member *members, size_t n,
                          crmsync_error **err)
{
    sqlite3_stmt *q = crmi_sqlite_statement(s, CRMI_KEY_DROP, err);
    int32_t code;

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, workspace);
    crmi_sqlite_bind_text(q, 2, kind);
    crmi_sqlite_bind_text(q, 3, id);
    code = crmi_sqlite_run(s, q, err);
    for (size_t i = 0; i < n; i++) {
        for (size_t r = 0; r < s->keys.count && code == CRMSYNC_OK; r++)
            if (members[i].cell.text.len > 0 &&
                crmi_key_rule_applies(&s->keys.rules[r], kind, members[i].name))
                code = add_key(s, workspace, kind, id, &s->keys.rules[r], members[i].cell.text,
                               err);
    }
    return code;
}

static int32_t write_record(crmsync_sqlite *s, crmsync_str workspace, crmsync_str kind,
                            crmsync_str id, bool deleted, const crmi_member *members, size_t n,
                            uint64_t *rev, crmsync_error **err)
{
    sqlite3_stmt *q;
    crmi_bytes json;
    int32_t code = sequence_next(s, rev, err);

    if (code != CRMSYNC_OK)
        return code;
    crmi_bytes_init(&json, &s->alloc);
    crmi_document_write(&json, members, n);
    q = crmi_sqlite_statement(s, CRMI_RECORD_PUT, err);
    if (json.oom) {
        code = crmi_host_nomem(err);
    } else if (!q) {
        code = s->failed;
    } else {
        crmi_sqlite_bind(q, 1, workspace);
        crmi_sqlite_bind_text(q, 2, kind);
        crmi_sqlite_bind_text(q, 3, id);
        sqlite3_bind_int64(q, 4, (int64_t)*rev);
        sqlite3_bind_int(q, 5, deleted);
        crmi_sqlite_bind_text(q, 6, crmi_bytes_str(&json));
        code = crmi_sqlite_run(s, q, err);
    }
    crmi_bytes_clear(&json);
    return code == CRMSYNC_OK ? write_keys(s, workspace, kind, id, members, n, err) : code;
}

/* ---- what a save asks for ---- */

static int32_t begin(void *store, const crmi_save_wants *wants, crmsync_error **err)
{
    (void)wants;
    return crmi_sqlite_begin(store, true, err);
}

static int32_t commit(void *store, const crmi_save_wants *wants, crmsync_error **err)
{
    (void)wants;
    return crmi_sqlite_commit(store, NULL, err);
}

static void rollback(void *store)
{
    crmi_sqlite_rollback(store);
}

static int32_t remember_field(void *store, const crmi_save_wants *wants, crmsync_str name,
                              crmsync_error **err)
{
    crmsync_sqlite *s = store;
    sqlite3_stmt *q = crmi_sqlite_statement(s, CRMI_FIELD_ADD, err);

    if (!q)
        return s->failed;
    crmi_sqlite_bind(q, 1, wants->workspace);
    crmi_sqlite_bind_text(q, 2, wants->kind);
    crmi_sqlite_bind_text(q, 3, name);
    return crmi_sqlite_run(s, q, err);
}

static int32_t read_one(void *store, const crmi_save_wants *wants, crmsync_str id,
                        crmi_stored *stored, crmsync_error **err)
{
    return crmi_stored_read(store, wants->workspace, wants->kind, id, stored, err);
}

static int32_t by_origin(void *store, const crmi_save_wants *wants, crmsync_str origin,
                         crmsync_str *id, crmsync_error **err)
{
    crmsync_sqlite *s = store;
    char made[CRMSYNC_KEY_MAX];
    int32_t code = CRMSYNC_OK;
    sqlite3_stmt *q;
    int step;

    *id = (crmsync_str){NULL, 0};
    q = crmi_key_query(s, wants->workspace, wants->kind, CRMI_HOST_LIT("origin"), origin, made,
                       &code, err);
    if (!q)
        return code;
    step = sqlite3_step(q);
    if (step == SQLITE_ROW && !crmi_host_copy(&s->alloc, crmi_sqlite_column(q, 0), id))
        code = crmi_host_nomem(err);
    else if (step != SQLITE_ROW && step != SQLITE_DONE)
        code = crmi_sqlite_fail(s, "finding a record by origin", err);
    sqlite3_reset(q);
    return code;
}

static int32_t next(void *store, uint64_t *out, crmsync_error **err)
{
    return sequence_next(store, out, err);
}

static int32_t write_one(void *store, const crmi_save_wants *wants, crmsync_str id, bool deleted,
                         const crmi_member *members, size_t n, uint64_t *rev, crmsync_error **err)
{
    return write_record(store, wants->workspace, wants->kind, id, deleted, members, n, rev, err);
}

crmi_record_table crmi_sqlite_table(crmsync_sqlite *s)
{
    return (crmi_record_table){"sqlite",       &s->alloc, s,         begin, commit, rollback,
                               remember_field, read_one,  by_origin, next,  write_one};
}
