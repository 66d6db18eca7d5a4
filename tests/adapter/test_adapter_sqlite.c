/* The SQLite adapter: the state and record kits, files, versions, several connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include <crmsync/adapters/sqlite.h>

#include "base/sinks.h"
#include "kit_report.h"

struct file {
    char folder[64];
    char path[96];
    crmsync_sqlite *store;
};

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

static int32_t open_store(const struct file *f, crmsync_sqlite **out, crmsync_error **err)
{
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    options.synchronous = CRMSYNC_SQLITE_NORMAL;
    return crmsync_sqlite_open(NULL, str(f->path), &options, out, err);
}

static int make_file(void **state)
{
    struct file *f = calloc(1, sizeof *f);

    assert_non_null(f);
    strcpy(f->folder, "/tmp/crmsync-sqlite-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/store.db", f->folder);
    assert_int_equal(open_store(f, &f->store, NULL), CRMSYNC_OK);
    *state = f;
    return 0;
}

static int drop_file(void **state)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct file *f = *state;

    crmsync_sqlite_close(f->store);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", f->path, endings[i]);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

static int32_t reopen(void *reopen_ctx, void **ctx)
{
    struct file *f = reopen_ctx;
    int32_t code;

    crmsync_sqlite_close(f->store);
    f->store = NULL;
    code = open_store(f, &f->store, NULL);
    *ctx = f->store;
    return code;
}

static void test_state_kit__sqlite_passes(void **state)
{
    crmsync_conformance_state_options options = CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    struct file *f = *state;
    crmsync_sqlite *other;
    kit_report report = {0};

    assert_int_equal(open_store(f, &other, NULL), CRMSYNC_OK);
    options.reopen = reopen;
    options.reopen_ctx = f;
    options.other = other;
    assert_int_equal(crmsync_conformance_state(crmsync_sqlite_state_ops(), f->store, &options,
                                               kit_take, &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 30);
    crmsync_sqlite_close(other);
}

static int32_t remove_record(void *remove_ctx, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id)
{
    const struct file *f = remove_ctx;
    return crmsync_sqlite_remove(f->store, workspace, kind, id, NULL);
}

static void test_record_kit__sqlite_passes(void **state)
{
    crmsync_conformance_record_options options = CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    struct file *f = *state;
    kit_report report = {0};

    options.reopen = reopen;
    options.reopen_ctx = f;
    options.remove = remove_record;
    options.remove_ctx = f;
    assert_int_equal(crmsync_conformance_records(crmsync_sqlite_record_ops(), f->store, &options,
                                                 kit_take, &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 20);
}

static void test_put_get__every_cell_type_comes_back_as_it_was(void **state)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("value")};
    static const crmsync_cell cells[] = {
        {CRMSYNC_STR_LIT("\x01\"\\/\n\xf0\x9f\x98\x80"), 0, CRMSYNC_CELL_TEXT, 0},
        {{NULL, 0}, 0, CRMSYNC_CELL_NULL, 0},
        {{NULL, 0}, 1, CRMSYNC_CELL_BOOL, 0},
        {{NULL, 0}, 0, CRMSYNC_CELL_BOOL, 0},
        {CRMSYNC_STR_LIT("-12345678901234567890.1200"), 0, CRMSYNC_CELL_DECIMAL, 0},
        {{NULL, 0}, -719162, CRMSYNC_CELL_DATE, 0},
        {{NULL, 0}, INT64_C(1795170896123), CRMSYNC_CELL_DATETIME, 0},
        {CRMSYNC_STR_LIT("0035g00000ABCDEAA4"), 0, CRMSYNC_CELL_ID, 0},
    };
    enum { N = sizeof cells / sizeof cells[0] };
    struct file *f = *state;
    crmsync_rows *rows;
    crmsync_rows *got;

    assert_int_equal(crmsync_rows_new(NULL, str("thing"), names, 2, &rows, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < N; i++) {
        char id[2] = {(char)('a' + i), '\0'};
        crmsync_cell row[2] = {{{id, 1}, 0, CRMSYNC_CELL_TEXT, 0}, cells[i]};
        assert_int_equal(crmsync_rows_append(rows, row, 2, NULL), CRMSYNC_OK);
    }
    assert_int_equal(crmsync_sqlite_put(f->store, str("w"), rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_sqlite_get(f->store, str("w"), str("thing"), &got, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_count(got), N);
    for (size_t i = 0; i < N; i++) {
        crmsync_cell cell =
            crmsync_rows_get(got, i, (size_t)crmsync_rows_find_field(got, str("value")));
        assert_int_equal(cell.type, cells[i].type);
        assert_true(cell.number == cells[i].number);
        assert_int_equal(cell.text.len, cells[i].text.len);
        if (cell.text.len > 0)
            assert_memory_equal(cell.text.ptr, cells[i].text.ptr, cell.text.len);
    }
    crmsync_rows_free(rows);
    crmsync_rows_free(got);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* As files were made before documents lay in tables by rowid. */
static int make_older_file(void **state)
{
    static const char *const spaces[] = {"link", "shipment", "schema", "dead", "audience", "log",
                                         "undo"};
    char sql[600];
    struct file *f;

    make_file(state);
    f = *state;
    crmsync_sqlite_close(f->store);
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        snprintf(sql, sizeof sql,
                 "DROP TABLE crmsync_%s; CREATE TABLE crmsync_%s (workspace BLOB NOT NULL,"
                 " key BLOB NOT NULL, version INTEGER NOT NULL, value BLOB NOT NULL,"
                 " PRIMARY KEY (workspace, key)) WITHOUT ROWID", spaces[i], spaces[i]);
        run_sql(f->path, sql);
    }
    run_sql(f->path, "DROP TABLE crmsync_record; CREATE TABLE crmsync_record (workspace BLOB NOT"
                     " NULL, kind TEXT NOT NULL, id TEXT NOT NULL, rev INTEGER NOT NULL,"
                     " deleted INTEGER NOT NULL, document TEXT NOT NULL,"
                     " PRIMARY KEY (workspace, kind, id)) WITHOUT ROWID;"
                     "CREATE UNIQUE INDEX crmsync_record_feed ON crmsync_record (workspace, kind,"
                     " rev, deleted)");
    assert_int_equal(open_store(f, &f->store, NULL), CRMSYNC_OK);
    return 0;
}

typedef struct counting_sink {
    crmsync_record_sink sink; /* first */
    size_t rows;
} counting_sink;

static int32_t count_rows(crmsync_record_sink *sink, const crmsync_rows *rows)
{
    ((counting_sink *)sink)->rows += crmsync_rows_count(rows);
    return CRMSYNC_OK;
}

static void put_person(struct file *f, const char *id, const char *email)
{
    const crmsync_str names[] = {str("id"), str("email")};
    const crmsync_cell cells[] = {{str(id), 0, CRMSYNC_CELL_TEXT, 0},
                                  {str(email), 0, CRMSYNC_CELL_TEXT, 0}};
    crmsync_rows *rows;

    assert_int_equal(crmsync_rows_new(NULL, str("person"), names, 2, &rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_rows_append(rows, cells, 2, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_sqlite_put(f->store, str("w"), rows, NULL), CRMSYNC_OK);
    crmsync_rows_free(rows);
}

static void test_find__values_that_lead_to_one_record__tell_it_once(void **state)
{
    enum { PEOPLE = 150, SPELLINGS = 2 };
    static const char *const spelt[SPELLINGS] = {"p%d@acme.example", "P%d@ACME.example"};
    static char texts[PEOPLE * SPELLINGS][32];
    crmsync_str values[PEOPLE * SPELLINGS];
    counting_sink sink = {{.rows = count_rows}, 0};
    struct file *f = *state;

    for (int i = 0; i < PEOPLE * SPELLINGS; i++) {
        char id[16];
        snprintf(texts[i], sizeof texts[i], spelt[i % SPELLINGS], i / SPELLINGS); /* NOLINT */
        values[i] = str(texts[i]);
        snprintf(id, sizeof id, "p-%d", i / SPELLINGS);
        if (i % SPELLINGS == 0)
            put_person(f, id, texts[i]);
    }
    assert_int_equal(crmsync_sqlite_record_ops()->find(f->store, str("w"), str("person"),
                                                       str("email"), values, PEOPLE * SPELLINGS,
                                                       &sink.sink, NULL), CRMSYNC_OK);
    assert_int_equal(sink.rows, PEOPLE);
}

static void test_open__layout_of_a_newer_version_is_refused(void **state)
{
    struct file *f = *state;
    crmsync_error *err = NULL;
    crmsync_sqlite *store;

    run_sql(f->path, "PRAGMA user_version = 99");
    assert_int_equal(open_store(f, &store, &err), CRMSYNC_E_UNSUPPORTED);
    assert_null(store);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "layout 99"));
    crmsync_error_free(err);
}

static void test_open__bad_arguments_are_refused(void **state)
{
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    crmsync_sqlite *store;
    crmsync_error *err = NULL;

    (void)state;
    assert_int_equal(crmsync_sqlite_open(NULL, str(""), NULL, &store, NULL), CRMSYNC_E_INVALID);
    options.synchronous = 7;
    assert_int_equal(crmsync_sqlite_open(NULL, str("/tmp/x.db"), &options, &store, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_sqlite_open(NULL, str("/nowhere/at/all.db"), NULL, &store, &err),
                     CRMSYNC_E_STORE);
    assert_null(store);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "opening the file"));
    crmsync_error_free(err);
}

static void test_commit__another_writer_gives_a_clear_error_and_changes_nothing(void **state)
{
    struct file *f = *state;
    crmsync_sqlite_options options = CRMSYNC_SQLITE_OPTIONS_INIT;
    crmsync_kv_item put = {{"k", 1}, {"v", 1}, 1, CRMSYNC_SPACE_META, 0};
    crmsync_kv_commit commit = {sizeof commit, {"w", 1}, NULL, 0, &put, 1, NULL, 0};
    const crmsync_state_ops *ops = crmsync_sqlite_state_ops();
    crmsync_error *err = NULL;
    crmsync_sqlite *hasty;
    sqlite3 *writer = NULL;
    uint32_t outcome = 0;

    options.busy_timeout_ms = 20;
    assert_int_equal(crmsync_sqlite_open(NULL, str(f->path), &options, &hasty, NULL), CRMSYNC_OK);
    assert_int_equal(sqlite3_open(f->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(ops->commit(hasty, &commit, &outcome, &err), CRMSYNC_E_STORE);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "busy_timeout_ms"));
    crmsync_error_free(err);
    assert_int_equal(sqlite3_exec(writer, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(writer);
    assert_int_equal(ops->commit(hasty, &commit, &outcome, NULL), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    crmsync_sqlite_close(hasty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_state_kit__sqlite_passes, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_record_kit__sqlite_passes, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_state_kit__sqlite_passes, make_older_file, drop_file),
        cmocka_unit_test_setup_teardown(test_record_kit__sqlite_passes, make_older_file, drop_file),
        cmocka_unit_test_setup_teardown(
            test_find__values_that_lead_to_one_record__tell_it_once, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_put_get__every_cell_type_comes_back_as_it_was,
                                        make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_open__layout_of_a_newer_version_is_refused, make_file,
                                        drop_file),
        cmocka_unit_test(test_open__bad_arguments_are_refused),
        cmocka_unit_test_setup_teardown(
            test_commit__another_writer_gives_a_clear_error_and_changes_nothing, make_file,
            drop_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
