/* The PostgreSQL adapter against a server of the test's own: the kits, races, kills, restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include <crmsync/adapters/postgres.h>

#include "base/sinks.h"
#include "kit_report.h"
#include "postgres_server.h"

static postgres_server server;

struct place {
    crmsync_postgres *store;
    char schema[32];
};

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

static int32_t open_store(const struct place *f, crmsync_postgres **out, crmsync_error **err)
{
    crmsync_postgres_options options = CRMSYNC_POSTGRES_OPTIONS_INIT;
    options.schema = str(f->schema);
    options.lock_timeout_ms = 5000;
    return crmsync_postgres_open(NULL, str(server.conninfo), &options, out, err);
}

static void no_error(int32_t code, crmsync_error *err)
{
    if (code != CRMSYNC_OK)
        fail_msg("%d %s", code, err ? crmsync_error_message(err).ptr : "");
}

static void sql(const char *text)
{
    PGconn *db = PQconnectdb(server.conninfo);
    PGresult *r = PQexec(db, text);
    ExecStatusType status = PQresultStatus(r);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(db));
    PQclear(r);
    PQfinish(db);
}

static int make_place(void **state)
{
    static int made;
    struct place *f = calloc(1, sizeof *f);
    crmsync_error *err = NULL;

    assert_non_null(f);
    snprintf(f->schema, sizeof f->schema, "Place \"%d\"", made++);
    no_error(open_store(f, &f->store, &err), err);
    *state = f;
    return 0;
}

static int drop_place(void **state)
{
    struct place *f = *state;
    crmsync_postgres_close(f->store);
    free(f);
    return 0;
}

static int32_t reopen(void *reopen_ctx, void **ctx)
{
    struct place *f = reopen_ctx;
    int32_t code;

    crmsync_postgres_close(f->store);
    f->store = NULL;
    code = open_store(f, &f->store, NULL);
    *ctx = f->store;
    return code;
}

static void test_state_kit__postgres_passes(void **state)
{
    crmsync_conformance_state_options options = CRMSYNC_CONFORMANCE_STATE_OPTIONS_INIT;
    struct place *f = *state;
    crmsync_postgres *other;
    kit_report report = {0};

    assert_int_equal(open_store(f, &other, NULL), CRMSYNC_OK);
    options.reopen = reopen;
    options.reopen_ctx = f;
    options.other = other;
    assert_int_equal(crmsync_conformance_state(crmsync_postgres_state_ops(), f->store, &options,
                                               kit_take, &report), 0);
    assert_int_equal(report.skipped, 0);
    assert_true(report.passed >= 30);
    crmsync_postgres_close(other);
}

static int32_t remove_record(void *remove_ctx, crmsync_str workspace, crmsync_str kind,
                             crmsync_str id)
{
    const struct place *f = remove_ctx;
    return crmsync_postgres_remove(f->store, workspace, kind, id, NULL);
}

static void test_record_kit__postgres_passes(void **state)
{
    crmsync_conformance_record_options options = CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    struct place *f = *state;
    kit_report report = {0};

    options.reopen = reopen;
    options.reopen_ctx = f;
    options.remove = remove_record;
    options.remove_ctx = f;
    assert_int_equal(crmsync_conformance_records(crmsync_postgres_record_ops(), f->store, &options,
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
        {CRMSYNC_STR_LIT("-12345678901234567890.1200"), 0, CRMSYNC_CELL_DECIMAL, 0},
        {{NULL, 0}, -719162, CRMSYNC_CELL_DATE, 0},
        {{NULL, 0}, INT64_C(1795170896123), CRMSYNC_CELL_DATETIME, 0},
        {CRMSYNC_STR_LIT("0035g00000ABCDEAA4"), 0, CRMSYNC_CELL_ID, 0},
    };
    enum { N = sizeof cells / sizeof cells[0] };
    struct place *f = *state;
    crmsync_rows *rows;
    crmsync_rows *got;

    assert_int_equal(crmsync_rows_new(NULL, str("thing"), names, 2, &rows, NULL), CRMSYNC_OK);
    for (size_t i = 0; i < N; i++) {
        char id[2] = {(char)('a' + i), '\0'};
        crmsync_cell row[2] = {{{id, 1}, 0, CRMSYNC_CELL_TEXT, 0}, cells[i]};
        assert_int_equal(crmsync_rows_append(rows, row, 2, NULL), CRMSYNC_OK);
    }
    assert_int_equal(crmsync_postgres_put(f->store, str("w"), rows, NULL), CRMSYNC_OK);
    assert_int_equal(crmsync_postgres_get(f->store, str("w"), str("thing"), &got, NULL), CRMSYNC_OK);
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

/* ---- opening ---- */

static void test_open__layout_of_a_newer_version_is_refused(void **state)
{
    struct place f = {NULL, "newer"};
    crmsync_error *err = NULL;
    crmsync_postgres *store;

    (void)state;
    assert_int_equal(open_store(&f, &store, NULL), CRMSYNC_OK);
    crmsync_postgres_close(store);
    sql("UPDATE newer.layout SET version = 99");
    assert_int_equal(open_store(&f, &store, &err), CRMSYNC_E_UNSUPPORTED);
    assert_null(store);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "layout 99"));
    crmsync_error_free(err);
}

static void test_open__bad_arguments_are_refused(void **state)
{
    crmsync_postgres_options options = CRMSYNC_POSTGRES_OPTIONS_INIT;
    crmsync_postgres *store;
    crmsync_error *err = NULL;

    (void)state;
    options.synchronous = 7;
    assert_int_equal(crmsync_postgres_open(NULL, str(server.conninfo), &options, &store, NULL),
                     CRMSYNC_E_INVALID);
    options.synchronous = 0;
    options.schema = str("a$schema$b");
    assert_int_equal(crmsync_postgres_open(NULL, str(server.conninfo), &options, &store, NULL),
                     CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_postgres_borrow(NULL, NULL, NULL, &store, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmsync_postgres_open(NULL, str("host=/nowhere/at/all"), NULL, &store, &err),
                     CRMSYNC_E_STORE);
    assert_null(store);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "connecting"));
    crmsync_error_free(err);
}

static pid_t apart(int (*work)(void *ctx), void *ctx)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        _exit(work(ctx));
    return child;
}

static void wait_for(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int open_and_close(void *ctx)
{
    crmsync_postgres *store;

    if (open_store(ctx, &store, NULL) != CRMSYNC_OK)
        return 1;
    crmsync_postgres_close(store);
    return 0;
}

static void test_open__several_processes_make_the_tables_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        struct place f = {NULL, ""};
        pid_t children[6];
        snprintf(f.schema, sizeof f.schema, "crowd%d", round);
        for (size_t i = 0; i < 6; i++)
            children[i] = apart(open_and_close, &f);
        for (size_t i = 0; i < 6; i++)
            wait_for(children[i]);
    }
}

/* ---- many processes ---- */

typedef struct reading {
    struct crmsync_state_sink sink;
    uint64_t version;
    char value[64];
} reading;

static int32_t take_item(crmsync_state_sink *ctx, const crmsync_kv_item *item)
{
    reading *r = (reading *)ctx;
    r->version = item->version;
    snprintf(r->value, sizeof r->value, "%.*s", (int)item->value.len, item->value.ptr);
    return CRMSYNC_OK;
}

static int32_t read_key(crmsync_postgres *store, const char *key, reading *r, crmsync_error **err)
{
    crmsync_kv_item item = {str(key), {NULL, 0}, 0, CRMSYNC_SPACE_META, 0};

    *r = (reading){.sink = {take_item}};
    return crmsync_postgres_state_ops()->get(store, str("w"), &item, 1, &r->sink, err);
}

/* Puts `key` and a marker that only this step writes, provided `key` has a version. */
static int32_t step(crmsync_postgres *store, const char *key, uint64_t expected, long value,
                    uint32_t *outcome, crmsync_error **err)
{
    char text[32], other[48];
    crmsync_kv_item expect = {str(key), {NULL, 0}, expected, CRMSYNC_SPACE_META, 0};
    crmsync_kv_item puts[2];
    crmsync_kv_commit c = {sizeof c, str("w"), &expect, 1, puts, 2, NULL, 0};

    snprintf(text, sizeof text, "%ld", value);
    snprintf(other, sizeof other, "%s/%08ld", key, value);
    puts[0] = (crmsync_kv_item){str(key), str(text), (uint64_t)value, CRMSYNC_SPACE_META, 0};
    puts[1] = (crmsync_kv_item){str(other), str(text), (uint64_t)value, CRMSYNC_SPACE_META, 0};
    return crmsync_postgres_state_ops()->commit(store, &c, outcome, err);
}

enum { COUNTS = 30, RACERS = 4 };

/* Counts up: what somebody else did in between is a conflict. */
static int count_up(void *ctx)
{
    crmsync_postgres *store;
    int done = 0;

    if (open_store(ctx, &store, NULL) != CRMSYNC_OK)
        return 1;
    while (done < COUNTS) {
        reading r;
        uint32_t outcome = 0;
        if (read_key(store, "n", &r, NULL) != CRMSYNC_OK ||
            step(store, "n", r.version, (long)r.version + 1, &outcome, NULL) != CRMSYNC_OK)
            return 2;
        done += outcome == CRMSYNC_COMMIT_OK;
    }
    crmsync_postgres_close(store);
    return 0;
}

static void test_commit__processes_that_race_on_a_key_lose_no_step(void **state)
{
    struct place *f = *state;
    pid_t children[RACERS];
    reading r;

    for (size_t i = 0; i < RACERS; i++)
        children[i] = apart(count_up, f);
    for (size_t i = 0; i < RACERS; i++)
        wait_for(children[i]);
    assert_int_equal(read_key(f->store, "n", &r, NULL), CRMSYNC_OK);
    assert_int_equal(r.version, RACERS * COUNTS);
}

/* Each takes keys that must be absent, in an order of its own, and a lease that it does not write. */
static int claim(void *ctx)
{
    crmsync_postgres *store;
    int won = 0;
    srand((unsigned)getpid());

    if (open_store(ctx, &store, NULL) != CRMSYNC_OK)
        return 255;
    for (int i = 0; i < 40; i++) {
        char key[16], other[16], mine[16];
        uint32_t outcome = 0;
        snprintf(key, sizeof key, "c%02d", i);
        snprintf(other, sizeof other, "d%02d", rand() % 40);
        snprintf(mine, sizeof mine, "%ld", (long)getpid());
        crmsync_kv_item expects[] = {{str(key), {NULL, 0}, 0, CRMSYNC_SPACE_CLAIM, 0},
                                     {str("lease"), {NULL, 0}, 0, CRMSYNC_SPACE_LEASE, 0}};
        crmsync_kv_item puts[] = {{str(key), str(mine), 1, CRMSYNC_SPACE_CLAIM, 0},
                                  {str(other), str(mine), 1, CRMSYNC_SPACE_CLAIM, 0}};
        crmsync_kv_commit c = {sizeof c, str("w"), expects, 2, puts, 2, NULL, 0};
        if (crmsync_postgres_state_ops()->commit(store, &c, &outcome, NULL) != CRMSYNC_OK)
            return 254;
        won += outcome == CRMSYNC_COMMIT_OK;
    }
    crmsync_postgres_close(store);
    return won;
}

static void test_commit__an_absent_key_is_claimed_by_one_alone(void **state)
{
    struct place *f = *state;
    pid_t children[RACERS];
    int won = 0;

    for (size_t i = 0; i < RACERS; i++)
        children[i] = apart(claim, f);
    for (size_t i = 0; i < RACERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status));
        assert_in_range(WEXITSTATUS(status), 0, 40);
        won += WEXITSTATUS(status);
    }
    assert_int_equal(won, 40);
}

/* ---- what dies ---- */

static int count_for_ever(void *ctx)
{
    crmsync_postgres *store;

    if (open_store(ctx, &store, NULL) != CRMSYNC_OK)
        return 1;
    for (;;) {
        reading r;
        uint32_t outcome;
        if (read_key(store, "k", &r, NULL) != CRMSYNC_OK ||
            step(store, "k", r.version, (long)r.version + 1, &outcome, NULL) != CRMSYNC_OK)
            return 2;
    }
}

static void pass(long us)
{
    struct timespec t = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&t, NULL);
}

static size_t steps_there(crmsync_postgres *store)
{
    size_t n = 0;
    reading r;
    char key[32];

    do {
        snprintf(key, sizeof key, "k/%08zu", ++n);
        assert_int_equal(read_key(store, key, &r, NULL), CRMSYNC_OK);
    } while (r.version);
    return n - 1;
}

static void test_commit__killed_in_the_middle_is_whole_or_not_at_all(void **state)
{
    struct place *f = *state;
    reading r;

    for (int i = 0; i < 12; i++) {
        pid_t child = apart(count_for_ever, f);
        int status;
        pass(40000 + i * 3100);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        /* The server may still carry out what was sent: ask after all others are gone. */
        sql("DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity WHERE application_name = ''"
            " AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid())"
            " > 0 LOOP PERFORM pg_sleep(0.005), pg_stat_clear_snapshot(); END LOOP; END $$");
        assert_int_equal(read_key(f->store, "k", &r, NULL), CRMSYNC_OK);
        assert_int_equal(steps_there(f->store), r.version);
    }
    assert_true(r.version > 0);
}

static void test_calls__go_on_after_the_server_was_started_again(void **state)
{
    struct place *f = *state;
    uint32_t outcome = 0;
    reading r;
    crmsync_error *err = NULL;

    no_error(step(f->store, "k", 0, 1, &outcome, &err), err);
    postgres_restart(&server);
    no_error(step(f->store, "k", 1, 2, &outcome, &err), err);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    postgres_restart(&server);
    no_error(read_key(f->store, "k", &r, &err), err);
    assert_int_equal(r.version, 2);
}

static void test_calls__without_a_server_fail_in_the_class_that_is_tried_again(void **state)
{
    struct place *f = *state;
    uint32_t outcome = 0;
    reading r;
    crmsync_error *err = NULL;

    postgres_halt(&server);
    assert_int_equal(step(f->store, "k", 0, 1, &outcome, &err), CRMSYNC_E_STORE);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
    crmsync_error_free(err);
    err = NULL;
    assert_int_equal(read_key(f->store, "k", &r, &err), CRMSYNC_E_STORE);
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
    crmsync_error_free(err);
    err = NULL;
    postgres_resume(&server);
    no_error(step(f->store, "k", 0, 1, &outcome, &err), err);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
}

/* Ends every connection but its own again and again. */
static int cut_often(void *ctx)
{
    (void)ctx;
    for (int i = 0; i < 40; i++) {
        PGconn *db = PQconnectdb(server.conninfo);
        PQclear(PQexec(db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                           " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"));
        PQfinish(db);
        pass(7000 + i * 211);
    }
    return 0;
}

static void test_commit__connection_cut_at_any_time_is_settled_by_reading_back(void **state)
{
    struct place *f = *state;
    pid_t cutter = apart(cut_often, NULL);
    long value = 0, cuts = 0;
    int status = 0;
    reading r;

    while (waitpid(cutter, &status, WNOHANG) == 0) {
        uint32_t outcome = 0;
        crmsync_error *err = NULL;
        int32_t code = step(f->store, "k", (uint64_t)value, value + 1, &outcome, &err);
        bool known = code == CRMSYNC_OK && outcome == CRMSYNC_COMMIT_OK;
        if (code == CRMSYNC_OK)
            assert_int_not_equal(outcome, CRMSYNC_COMMIT_CONFLICT); /* nobody else writes */
        else
            assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
        crmsync_error_free(err);
        cuts += !known;
        while (read_key(f->store, "k", &r, NULL) != CRMSYNC_OK)
            pass(1000);
        if (known)
            assert_int_equal(r.version, value + 1);
        if (code != CRMSYNC_OK) /* an error says that nothing was done */
            assert_int_equal(r.version, value);
        value = (long)r.version;
    }
    assert_true(value > 0);
    assert_true(cuts > 0);
}

static void test_commit__another_writer_gives_a_clear_error_and_changes_nothing(void **state)
{
    struct place f = {NULL, "busy"};
    crmsync_postgres_options options = CRMSYNC_POSTGRES_OPTIONS_INIT;
    crmsync_error *err = NULL;
    crmsync_postgres *hasty;
    PGconn *writer;
    uint32_t outcome = 0;
    reading r;

    (void)state;
    options.schema = str(f.schema);
    options.lock_timeout_ms = 30;
    assert_int_equal(crmsync_postgres_open(NULL, str(server.conninfo), &options, &hasty, NULL),
                     CRMSYNC_OK);
    writer = PQconnectdb(server.conninfo);
    PQclear(PQexec(writer, "BEGIN; LOCK TABLE busy.state IN EXCLUSIVE MODE"));
    assert_int_equal(step(hasty, "k", 0, 1, &outcome, &err), CRMSYNC_E_STORE);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "lock_timeout_ms"));
    assert_int_equal(crmsync_error_class(err), CRMSYNC_CLASS_TRANSIENT);
    crmsync_error_free(err);
    assert_int_equal(read_key(hasty, "k", &r, NULL), CRMSYNC_OK);
    assert_int_equal(r.version, 0);
    PQfinish(writer);
    assert_int_equal(step(hasty, "k", 0, 1, &outcome, NULL), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    crmsync_postgres_close(hasty);
}

/* ---- a connection of the host's ---- */

static void test_borrow__the_connection_stays_the_hosts(void **state)
{
    crmsync_postgres *one, *two;
    crmsync_error *err = NULL;
    PGconn *db = PQconnectdb(server.conninfo);
    uint32_t outcome = 0;
    PGresult *r;

    (void)state;
    no_error(crmsync_postgres_borrow(NULL, db, NULL, &one, &err), err);
    no_error(crmsync_postgres_borrow(NULL, db, NULL, &two, &err), err);
    no_error(step(one, "k", 0, 1, &outcome, &err), err);
    no_error(step(two, "k", 1, 2, &outcome, &err), err);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
    PQclear(PQexec(db, "BEGIN"));
    assert_int_equal(step(one, "k", 2, 3, &outcome, &err), CRMSYNC_E_STATE);
    crmsync_error_free(err);
    err = NULL;
    PQclear(PQexec(db, "ROLLBACK"));
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type ="
        " 'client backend' AND pid <> pg_backend_pid()");
    while (PQconsumeInput(db) && PQstatus(db) == CONNECTION_OK)
        pass(1000);
    assert_int_equal(step(one, "k", 2, 3, &outcome, &err), CRMSYNC_E_STORE);
    assert_non_null(strstr(crmsync_error_message(err).ptr, "PQreset"));
    crmsync_error_free(err);
    err = NULL;
    PQreset(db);
    no_error(step(one, "k", 2, 3, &outcome, &err), err);
    no_error(step(two, "k", 3, 4, &outcome, &err), err);
    crmsync_postgres_close(one);
    crmsync_postgres_close(two);
    r = PQexec(db, "SELECT name FROM pg_prepared_statements");
    assert_int_equal(PQntuples(r), 0);
    PQclear(r);
    PQfinish(db);
}

/* ---- records ---- */

static int put_often(void *ctx)
{
    static const crmsync_str names[] = {CRMSYNC_STR_LIT("id"), CRMSYNC_STR_LIT("email")};
    crmsync_postgres *store;

    if (open_store(ctx, &store, NULL) != CRMSYNC_OK)
        return 1;
    for (int i = 0; i < 50; i++) {
        char id[32];
        crmsync_rows *rows;
        snprintf(id, sizeof id, "p%ld-%d", (long)getpid(), i);
        crmsync_cell cells[2] = {{str(id), 0, CRMSYNC_CELL_TEXT, 0},
                                 {str("a@b.example"), 0, CRMSYNC_CELL_TEXT, 0}};
        if (crmsync_rows_new(NULL, str("person"), names, 2, &rows, NULL) ||
            crmsync_rows_append(rows, cells, 2, NULL) ||
            crmsync_postgres_put(store, str("w"), rows, NULL))
            return 2;
        crmsync_rows_free(rows);
    }
    crmsync_postgres_close(store);
    return 0;
}

typedef struct feed {
    struct crmsync_record_sink sink;
    size_t seen;
    char cursor[32];
} feed;

static int32_t take_rows(crmsync_record_sink *ctx, const crmsync_rows *rows)
{
    feed *f = (feed *)ctx;
    f->seen += crmsync_rows_count(rows);
    return CRMSYNC_OK;
}

static int32_t take_cursor(crmsync_record_sink *ctx, crmsync_str cursor, int32_t more)
{
    feed *f = (feed *)ctx;
    (void)more;
    snprintf(f->cursor, sizeof f->cursor, "%.*s", (int)cursor.len, cursor.ptr);
    return CRMSYNC_OK;
}

static void read_feed(crmsync_postgres *store, feed *f)
{
    assert_int_equal(crmsync_postgres_record_ops()->changed(store, str("w"), str("person"),
                                                            str(f->cursor), 7, &f->sink, NULL),
                     CRMSYNC_OK);
}

static void test_changed__a_reader_among_writers_passes_nothing_over(void **state)
{
    struct place *f = *state;
    pid_t children[RACERS];
    feed reader = {.seen = 0};
    size_t running = RACERS;
    size_t before;

    reader.sink.rows = take_rows;
    reader.sink.cursor = take_cursor;
    for (size_t i = 0; i < RACERS; i++)
        children[i] = apart(put_often, f);
    while (running) {
        int status;
        read_feed(f->store, &reader);
        for (size_t i = 0; i < RACERS; i++) {
            if (children[i] && waitpid(children[i], &status, WNOHANG) == children[i]) {
                assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
                children[i] = 0;
                running--;
            }
        }
    }
    do {
        before = reader.seen;
        read_feed(f->store, &reader);
    } while (reader.seen > before);
    assert_int_equal(reader.seen, RACERS * 50);
}

#define AT_A_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_PLACE(test_state_kit__postgres_passes),
        AT_A_PLACE(test_record_kit__postgres_passes),
        AT_A_PLACE(test_put_get__every_cell_type_comes_back_as_it_was),
        cmocka_unit_test(test_open__layout_of_a_newer_version_is_refused),
        cmocka_unit_test(test_open__bad_arguments_are_refused),
        cmocka_unit_test(test_open__several_processes_make_the_tables_at_once),
        AT_A_PLACE(test_commit__processes_that_race_on_a_key_lose_no_step),
        AT_A_PLACE(test_commit__an_absent_key_is_claimed_by_one_alone),
        AT_A_PLACE(test_commit__killed_in_the_middle_is_whole_or_not_at_all),
        AT_A_PLACE(test_calls__go_on_after_the_server_was_started_again),
        AT_A_PLACE(test_calls__without_a_server_fail_in_the_class_that_is_tried_again),
        AT_A_PLACE(test_commit__connection_cut_at_any_time_is_settled_by_reading_back),
        cmocka_unit_test(test_commit__another_writer_gives_a_clear_error_and_changes_nothing),
        cmocka_unit_test(test_borrow__the_connection_stays_the_hosts),
        AT_A_PLACE(test_changed__a_reader_among_writers_passes_nothing_over),
    };
    int failed;

    if (!postgres_start(&server)) {
        printf("1..0 # SKIP no PostgreSQL server is installed (postgresql)\n");
        return 0;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    postgres_stop(&server);
    return failed;
}
