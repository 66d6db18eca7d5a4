/* CSV: what the reader takes, in pieces of any size, and what the writer makes. */
#include "test_salesforce.h"

#include "salesforce/csv.h"

/* Rows as text, "a|b;c|d;", so that a table can say what is expected. */
typedef struct listing {
    crmi_buf text;
    uint64_t last_at;
    size_t stop_at; /* number of a row to stop at; 0 = none */
} listing;

static int32_t list_row(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    listing *l = ctx;
    if (l->stop_at && row->number == l->stop_at)
        return crmi_fail(err, CRMSYNC_E_CANCELLED, "enough");
    for (size_t i = 0; i < row->count; i++) {
        if (i)
            crmi_buf_char(&l->text, '|');
        crmi_buf_add(&l->text, row->fields[i]);
    }
    crmi_buf_char(&l->text, ';');
    l->last_at = row->at;
    return crmi_buf_ok(&l->text) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static int32_t read_in_pieces(const crmsync_alloc *alloc, crmsync_str csv, size_t piece,
                              const crmi_csv_limits *limits, listing *l, crmsync_error **err)
{
    crmi_csv_reader r;
    crmi_csv_reader_init(&r, alloc, ',', limits, list_row, l);
    int32_t rc = CRMSYNC_OK;
    for (size_t at = 0; !rc && at < csv.len; at += piece)
        rc = crmi_csv_push(&r, crmi_str_sub(csv, at, piece), err);
    if (!rc)
        rc = crmi_csv_end(&r, err);
    crmi_csv_reader_clear(&r);
    return rc;
}

#define TEXT(lit)                                                                                  \
    {                                                                                              \
        "" lit, sizeof(lit) - 1                                                                    \
    }

static void test_push__well_formed__gives_the_same_rows_in_pieces_of_any_size(void **state)
{
    static const struct {
        crmsync_str csv;
        const char *rows;
    } cases[] = {
        {TEXT(""), ""},
        {TEXT("a,b\n1,2\n"), "a|b;1|2;"},
        {TEXT("a,b\r\n1,2\r\n"), "a|b;1|2;"},
        {TEXT("a,b\n1,2"), "a|b;1|2;"},
        {TEXT("\"a\",\"b\"\n\"1\",\"2\"\n"), "a|b;1|2;"},
        {TEXT("\"a\",\"b\"\n\"\",\n,\"\"\n"), "a|b;|;|;"},
        {TEXT("\xef\xbb\xbfId,b\n1,2\n"), "Id|b;1|2;"},
        {TEXT("\xef\xbb\xbf\"Id\"\n\"1\"\n"), "Id;1;"},
        {TEXT("\xef\xbc\xa1,b\n1,2\n"),
         "\xef\xbc\xa1|b;1|2;"}, /* begins like a mark, is a letter */
        {TEXT("a\n\"line\none\"\n"), "a;line\none;"},
        {TEXT("a\n\"line\r\none\"\r\n"), "a;line\r\none;"},
        {TEXT("a\n\"say \"\"hi\"\"\"\n"), "a;say \"hi\";"},
        {TEXT("a\n\"\"\"\"\n"), "a;\";"},
        {TEXT("a\n\"x,y\"\n"), "a;x,y;"},
        {TEXT("a\n x \n"), "a; x ;"},               /* blanks belong to the value */
        {TEXT("a,b\n\n1,2\n\n\n"), "a|b;1|2;"},     /* empty lines are no rows of two */
        {TEXT("\n\r\na,b\n\r\n1,2\n"), "a|b;1|2;"}, /* also before the names */
        {TEXT("a\n\n1\n"), "a;;1;"},                /* of one they are */
        {TEXT("a\n\"\"\n"), "a;;"},
        {TEXT("a\r\n\r\n1\r\n"), "a;;1;"},
        {TEXT("a\n#N/A\n"), "a;#N/A;"},
        {TEXT("na\xc3\xafve\n\xf0\x9f\x98\x80\n"), "na\xc3\xafve;\xf0\x9f\x98\x80;"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t piece = 1; piece <= cases[i].csv.len + 1; piece++) {
            listing l = {.last_at = 0};
            crmi_buf_init(&l.text, &alloc);
            if (read_in_pieces(&alloc, cases[i].csv, piece, NULL, &l, NULL) != CRMSYNC_OK ||
                !text_is(crmi_buf_str(&l.text), cases[i].rows))
                fail_msg("case %zu in pieces of %zu", i, piece);
            crmi_buf_clear(&l.text);
        }
    }
}

static void test_push__malformed__is_refused_with_its_byte_in_pieces_of_any_size(void **state)
{
    static const struct {
        crmsync_str csv;
        int32_t code;
        const char *where;
        const char *rows; /* handed on before */
    } cases[] = {
        {TEXT("a,b\n1,2\n\"3\n"), CRMSYNC_E_PROTOCOL, "byte 11", "a|b;1|2;"},
        {TEXT("a\n\"x\"y\n"), CRMSYNC_E_PROTOCOL, "byte 5", "a;"},
        {TEXT("a\nx\"y\"\n"), CRMSYNC_E_PROTOCOL, "byte 3", "a;"},
        {TEXT("a\n \"y\"\n"), CRMSYNC_E_PROTOCOL, "byte 3", "a;"},
        {TEXT("a\nx\ry\n"), CRMSYNC_E_PROTOCOL, "byte 3", "a;"},
        {TEXT("a\nx\r"), CRMSYNC_E_PROTOCOL, "byte 4", "a;"},
        {TEXT("a,b\n1,2,3\n"), CRMSYNC_E_PROTOCOL, "byte 4", "a|b;"},
        {TEXT("a,b\n1,2\n3\n"), CRMSYNC_E_PROTOCOL, "byte 8", "a|b;1|2;"},
        {TEXT("a\n\xff\n"), CRMSYNC_E_PROTOCOL, "byte 2", "a;"},
        {TEXT("\xef\xbb"), CRMSYNC_E_PROTOCOL, "byte 0", ""},
        {TEXT("a,b\n\xc3,\xa9\n"), CRMSYNC_E_PROTOCOL, "byte 4",
         "a|b;"}, /* split over two values */
        {TEXT("a\n123456789\n"), CRMSYNC_E_LIMIT, "byte 2", "a;"},
        {TEXT("a,b\n12345678,1234567\n"), CRMSYNC_E_LIMIT, "byte 4", "a|b;"},
        {TEXT("a,b,c,d\n"), CRMSYNC_E_LIMIT, "byte 0", ""},
    };
    static const crmi_csv_limits limits = {8, 14, 3};
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t piece = 1; piece <= cases[i].csv.len; piece++) {
            listing l = {.last_at = 0};
            crmsync_error *err = NULL;
            crmi_buf_init(&l.text, &alloc);
            int32_t rc = read_in_pieces(&alloc, cases[i].csv, piece, &limits, &l, &err);
            if (rc != cases[i].code || !text_is(crmsync_error_where(err), cases[i].where) ||
                !text_is(crmi_buf_str(&l.text), cases[i].rows))
                fail_msg("case %zu in pieces of %zu gives %d", i, piece, (int)rc);
            crmsync_error_free(err);
            crmi_buf_clear(&l.text);
        }
    }
}

static void test_push__taker_refuses__stops_and_stays_stopped(void **state)
{
    crmsync_alloc alloc = libc_table();
    listing l = {.stop_at = 1};
    crmi_csv_reader r;
    (void)state;
    crmi_buf_init(&l.text, &alloc);
    crmi_csv_reader_init(&r, &alloc, ',', NULL, list_row, &l);
    assert_int_equal(crmi_csv_push(&r, CRMI_STR("a\n1\n2\n"), NULL), CRMSYNC_E_CANCELLED);
    assert_int_equal(crmi_csv_push(&r, CRMI_STR("3\n"), NULL), CRMSYNC_E_CANCELLED);
    assert_int_equal(crmi_csv_end(&r, NULL), CRMSYNC_E_CANCELLED);
    assert_true(text_is(crmi_buf_str(&l.text), "a;"));
    crmi_csv_reader_clear(&r);
    crmi_buf_clear(&l.text);
}

#define CELL_ABSENT                                                                                \
    {                                                                                              \
        {NULL, 0}, 0, CRMSYNC_CELL_ABSENT, 0                                                       \
    }
#define CELL_NULL                                                                                  \
    {                                                                                              \
        {NULL, 0}, 0, CRMSYNC_CELL_NULL, 0                                                         \
    }
#define CELL_TEXT(t)                                                                               \
    {                                                                                              \
        {t, sizeof(t) - 1}, 0, CRMSYNC_CELL_TEXT, 0                                                \
    }

static void test_write_row__each_kind_of_cell__is_written_by_the_rules(void **state)
{
    static const struct {
        crmsync_cell cell;
        bool crlf;
        const char *text;
    } cases[] = {
        {CELL_ABSENT, false, ",x\n"},
        {CELL_NULL, false, "#N/A,x\n"},
        {CELL_TEXT(""), false, "#N/A,x\n"},
        {CELL_TEXT("a"), false, "a,x\n"},
        {CELL_TEXT("a"), true, "a,x\r\n"},
        {CELL_TEXT("a,b"), false, "\"a,b\",x\n"},
        {CELL_TEXT("a\"b"), false, "\"a\"\"b\",x\n"},
        {CELL_TEXT(" a"), false, "\" a\",x\n"},
        {CELL_TEXT("a "), false, "\"a \",x\n"},
        {CELL_TEXT("a\nb"), false, "\"a\nb\",x\n"},
        {CELL_TEXT("a\r\nb"), false, "\"a\nb\",x\n"},
        {CELL_TEXT("a\rb"), false, "\"a\nb\",x\n"},
        {CELL_TEXT("a\nb\r\n"), true, "\"a\r\nb\r\n\",x\r\n"},
        {CELL_TEXT("null"), false, "null,x\n"},
        {{{NULL, 0}, 1, CRMSYNC_CELL_BOOL, 0}, false, "true,x\n"},
        {{{NULL, 0}, 0, CRMSYNC_CELL_BOOL, 0}, false, "false,x\n"},
        {{TEXT("1.5E3"), 0, CRMSYNC_CELL_DECIMAL, 0}, false, "1500,x\n"},
        {{TEXT("-0.10"), 0, CRMSYNC_CELL_DECIMAL, 0}, false, "-0.10,x\n"},
        {{{NULL, 0}, 14610, CRMSYNC_CELL_DATE, 0}, false, "2010-01-01,x\n"},
        {{{NULL, 0}, INT64_C(1795178096000), CRMSYNC_CELL_DATETIME, 0},
         false,
         "2026-11-20T12:34:56.000Z,x\n"},
        {{TEXT("003RO0000035WQgYAM"), 0, CRMSYNC_CELL_ID, 0}, false, "003RO0000035WQgYAM,x\n"},
    };
    crmsync_alloc alloc = libc_table();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmi_buf out;
        crmi_buf_init(&out, &alloc);
        crmi_csv_writer w = {&out, ',', cases[i].crlf};
        crmsync_cell cells[] = {cases[i].cell, CELL_TEXT("x")};
        assert_int_equal(crmi_csv_write_row(&w, cells, 2, NULL), CRMSYNC_OK);
        if (!text_is(crmi_buf_str(&out), cases[i].text))
            fail_msg("case %zu", i);
        crmi_buf_clear(&out);
    }
}

static crmsync_cell long_text(crmi_buf *b, size_t n)
{
    crmi_buf_reset(b);
    for (size_t i = 0; i < n; i++)
        crmi_buf_lit(b, "\xc3\xa9"); /* limits count characters */
    return (crmsync_cell){crmi_buf_str(b), 0, CRMSYNC_CELL_TEXT, 0};
}

static void test_write_row__what_cannot_be_sent__is_refused_and_leaves_nothing(void **state)
{
    static const struct {
        crmsync_cell cell;
        int32_t code;
    } cases[] = {
        {CELL_TEXT("#N/A"), CRMSYNC_E_INVALID},
        {CELL_TEXT("\xff"), CRMSYNC_E_INVALID},
        {{TEXT("12x"), 0, CRMSYNC_CELL_DECIMAL, 0}, CRMSYNC_E_INVALID},
        {{{NULL, 0}, 0, 77, 0}, CRMSYNC_E_INVALID},
    };
    crmsync_alloc alloc = libc_table();
    crmi_buf out, big;
    (void)state;
    crmi_buf_init(&out, &alloc);
    crmi_buf_init(&big, &alloc);
    crmi_csv_writer w = {&out, ',', false};
    crmi_buf_lit(&out, "a,b\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        crmsync_cell cells[] = {CELL_TEXT("x"), cases[i].cell};
        crmsync_error *err = NULL;
        assert_int_equal(crmi_csv_write_row(&w, cells, 2, &err), cases[i].code);
        assert_true(text_has(crmsync_error_message(err), "column 1"));
        crmsync_error_free(err);
        assert_true(text_is(crmi_buf_str(&out), "a,b\n"));
    }
    crmsync_cell fits = long_text(&big, CRMI_CSV_FIELD_MAX);
    crmsync_cell four[] = {fits, fits, fits, fits};
    assert_int_equal(crmi_csv_write_row(&w, four, 1, NULL), CRMSYNC_OK);
    assert_int_equal(crmi_csv_write_row(&w, four, 4, NULL), CRMSYNC_E_LIMIT);
    crmsync_cell over = long_text(&big, CRMI_CSV_FIELD_MAX + 1);
    assert_int_equal(crmi_csv_write_row(&w, &over, 1, NULL), CRMSYNC_E_LIMIT);
    assert_int_equal(out.len, 4 + 2 * CRMI_CSV_FIELD_MAX + 1);
    crmi_buf_clear(&out);
    crmi_buf_clear(&big);
}

static void test_write_header__names__are_checked(void **state)
{
    crmsync_alloc alloc = libc_table();
    crmsync_str names[] = {CRMI_STR("Id"), CRMI_STR("Account.Ext__c"), CRMI_STR_EMPTY};
    crmi_buf out;
    (void)state;
    crmi_buf_init(&out, &alloc);
    crmi_csv_writer w = {&out, ',', false};
    assert_int_equal(crmi_csv_write_header(&w, names, 2, NULL), CRMSYNC_OK);
    assert_true(text_is(crmi_buf_str(&out), "Id,Account.Ext__c\n"));
    assert_int_equal(crmi_csv_write_header(&w, names, 3, NULL), CRMSYNC_E_INVALID);
    assert_int_equal(crmi_csv_write_header(&w, names, 0, NULL), CRMSYNC_E_LIMIT);
    assert_int_equal(out.len, strlen("Id,Account.Ext__c\n"));
    crmi_buf_clear(&out);
}

/* ---- whatever is written is read back ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

#define COLUMNS 3

typedef struct trip {
    char texts[40][COLUMNS][16];
    size_t seen;
} trip;

static int32_t compare_row(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    trip *t = ctx;
    (void)err;
    assert_int_equal(row->number, t->seen);
    assert_int_equal(row->count, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        assert_true(text_is(row->fields[i], t->texts[t->seen][i]));
    t->seen++;
    return CRMSYNC_OK;
}

static void make_texts(trip *t, uint32_t *seed)
{
    static const char *const parts[] = {"a", ",", "\"", "\n", " ", "\xc3\xa9", "\"\"", "#", "|"};
    memset(t, 0, sizeof *t);
    for (size_t i = 0; i < 40 * COLUMNS; i++) {
        char *text = t->texts[i / COLUMNS][i % COLUMNS];
        for (size_t n = 1 + next_random(seed) % 7; n; n--)
            strcat(text, parts[next_random(seed) % (sizeof parts / sizeof *parts)]);
    }
}

static void test_round_trip__any_text__comes_back_as_it_was(void **state)
{
    static const char delimiters[] = {',', ';', '\t', '|', '^', '`'};
    crmsync_alloc alloc = libc_table();
    uint32_t seed = 7;
    trip t;
    (void)state;
    for (size_t round = 0; round < 300; round++) {
        crmi_buf out;
        crmi_csv_reader r;
        char delimiter = delimiters[round % sizeof delimiters];
        make_texts(&t, &seed);
        crmi_buf_init(&out, &alloc);
        crmi_csv_writer w = {&out, delimiter, false};
        for (size_t i = 0; i < 40; i++) {
            crmsync_cell cells[COLUMNS];
            for (size_t k = 0; k < COLUMNS; k++)
                cells[k] = (crmsync_cell){crmi_str(t.texts[i][k]), 0, CRMSYNC_CELL_TEXT, 0};
            assert_int_equal(crmi_csv_write_row(&w, cells, COLUMNS, NULL), CRMSYNC_OK);
        }
        crmi_csv_reader_init(&r, &alloc, delimiter, NULL, compare_row, &t);
        for (size_t at = 0, n; at < out.len; at += n) {
            n = 1 + next_random(&seed) % 50;
            assert_int_equal(crmi_csv_push(&r, crmi_str_sub(crmi_buf_str(&out), at, n), NULL),
                             CRMSYNC_OK);
        }
        assert_int_equal(crmi_csv_end(&r, NULL), CRMSYNC_OK);
        assert_int_equal(t.seen, 40);
        crmi_csv_reader_clear(&r);
        crmi_buf_clear(&out);
    }
}

static int32_t write_and_read(const crmsync_alloc *alloc, crmsync_error **err)
{
    static const crmsync_cell cells[] = {CELL_TEXT("x,y"), CELL_NULL, CELL_ABSENT, CELL_TEXT("1"),
                                         CELL_TEXT("1"),   CELL_NULL, CELL_ABSENT, CELL_TEXT("1"),
                                         CELL_TEXT("1"),   CELL_NULL};
    listing l = {.last_at = 0};
    crmi_buf out;
    crmi_buf_init(&out, alloc);
    crmi_buf_init(&l.text, alloc);
    crmi_csv_writer w = {&out, ',', false};
    int32_t rc = crmi_csv_write_row(&w, cells, 10, err);
    if (!rc)
        rc = read_in_pieces(alloc, crmi_buf_str(&out), 3, NULL, &l, err);
    crmi_buf_clear(&out);
    crmi_buf_clear(&l.text);
    return rc;
}

static void test_csv__no_memory_anywhere_leaks_nothing(void **state)
{
    (void)state;
    assert_true(sweep_memory(write_and_read) > 3);
}

static int32_t count_row(void *ctx, const crmi_csv_row *row, crmsync_error **err)
{
    (void)row;
    (void)err;
    ++*(size_t *)ctx;
    return CRMSYNC_OK;
}

/* Bytes held when so many rows have been read, in pieces as they come from the network. */
static size_t held_after(size_t rows)
{
    static const char line[] = "\"003000000000001AAA\",\"a \"\"b\"\"\nc\",\"01234567890123456789\"\n";
    failing_alloc counted = {0};
    crmsync_alloc alloc = failing_alloc_table(&counted);
    crmi_csv_reader r;
    crmi_buf piece;
    size_t taken = 0, held = 0;
    crmsync_alloc plain = libc_table();
    crmi_buf_init(&piece, &plain);
    for (size_t i = 0; i < 100; i++)
        crmi_buf_add(&piece, crmi_str(line));
    crmi_csv_reader_init(&r, &alloc, ',', NULL, count_row, &taken);
    for (size_t done = 0; done < rows; done += 100) {
        for (size_t at = 0; at < piece.len; at += 1000)
            assert_int_equal(crmi_csv_push(&r, crmi_str_sub(crmi_buf_str(&piece), at, 1000), NULL),
                             CRMSYNC_OK);
        held = counted.held > held ? counted.held : held;
    }
    assert_int_equal(crmi_csv_end(&r, NULL), CRMSYNC_OK);
    assert_int_equal(taken, rows);
    crmi_csv_reader_clear(&r);
    crmi_buf_clear(&piece);
    assert_int_equal(counted.held, 0);
    return held;
}

static void test_push__any_number_of_rows__memory_stays_what_one_row_takes(void **state)
{
    (void)state;
    size_t few = held_after(1000), many = held_after(100000);
    assert_int_equal(few, many);
    assert_true(many < 8192);
}

/* A value that never ends is refused when it is too large, not when memory is gone. */
static void test_push__value_without_end__is_refused_at_the_limit(void **state)
{
    static const crmi_csv_limits limits = {1000, 4000, 8};
    static const char *const starts[] = {"a\n\"", "a\nx", "a,b\n,\"\"\""};
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        failing_alloc counted = {0};
        crmsync_alloc alloc = failing_alloc_table(&counted);
        crmsync_error *err = NULL;
        crmi_csv_reader r;
        size_t taken = 0, pushed = 0;
        crmi_csv_reader_init(&r, &alloc, ',', &limits, count_row, &taken);
        int32_t rc = crmi_csv_push(&r, crmi_str(starts[i]), &err);
        for (; !rc && pushed < 1000000; pushed += 100)
            rc = crmi_csv_push(&r, crmi_str("0123456789012345678901234567890123456789012345678"
                                            "901234567890123456789012345678901234567890123456789"),
                               &err);
        assert_int_equal(rc, CRMSYNC_E_LIMIT);
        assert_true(pushed < 2000 && counted.held < 8192);
        crmsync_error_free(err);
        crmi_csv_reader_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_push__any_number_of_rows__memory_stays_what_one_row_takes),
        cmocka_unit_test(test_push__value_without_end__is_refused_at_the_limit),
        cmocka_unit_test(test_push__well_formed__gives_the_same_rows_in_pieces_of_any_size),
        cmocka_unit_test(test_push__malformed__is_refused_with_its_byte_in_pieces_of_any_size),
        cmocka_unit_test(test_push__taker_refuses__stops_and_stays_stopped),
        cmocka_unit_test(test_write_row__each_kind_of_cell__is_written_by_the_rules),
        cmocka_unit_test(test_write_row__what_cannot_be_sent__is_refused_and_leaves_nothing),
        cmocka_unit_test(test_write_header__names__are_checked),
        cmocka_unit_test(test_round_trip__any_text__comes_back_as_it_was),
        cmocka_unit_test(test_csv__no_memory_anywhere_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
