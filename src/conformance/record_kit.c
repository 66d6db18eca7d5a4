#include "record_kit.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static crmi_record_kit *kit_of(crmsync_record_sink *sink)
{
    return (crmi_record_kit *)(void *)((char *)sink - offsetof(crmi_record_kit, sink));
}

static void copy_text(char out[CRMI_TEXT_SIZE], crmsync_str s)
{
    size_t n = s.len < CRMI_TEXT_SIZE ? s.len : CRMI_TEXT_SIZE - 1;

    if (n > 0)
        memcpy(out, s.ptr, n);
    out[n] = '\0';
}

static crmsync_cell cell_of(const crmsync_rows *rows, size_t row, crmsync_str name)
{
    int32_t field = crmsync_rows_find_field(rows, name);
    return field < 0 ? (crmsync_cell){.type = CRMSYNC_CELL_ABSENT}
                     : crmsync_rows_get(rows, row, (size_t)field);
}

static crmi_person *next_seen(crmi_record_kit *k)
{
    if (k->seen_count == k->seen_cap) {
        size_t cap = k->seen_cap ? k->seen_cap * 2 : 32;
        crmi_person *grown = crmi_host_array(&k->kit.alloc, cap, sizeof *grown);
        if (!grown)
            return NULL;
        if (k->seen_count > 0)
            memcpy(grown, k->seen, k->seen_count * sizeof *grown);
        crmi_host_free(&k->kit.alloc, k->seen, k->seen_cap * sizeof *grown);
        k->seen = grown;
        k->seen_cap = cap;
    }
    memset(&k->seen[k->seen_count], 0, sizeof k->seen[0]);
    return &k->seen[k->seen_count++];
}

static int32_t take_rows(crmsync_record_sink *sink, const crmsync_rows *rows)
{
    crmi_record_kit *k = kit_of(sink);

    for (size_t row = 0; row < crmsync_rows_count(rows); row++) {
        crmi_person *p = next_seen(k);
        if (!p)
            return CRMSYNC_E_NOMEM;
        copy_text(p->id, cell_of(rows, row, k->names[0]).text);
        copy_text(p->rev, cell_of(rows, row, k->names[1]).text);
        p->deleted = cell_of(rows, row, CRMI_HOST_LIT("deleted")).number != 0;
        for (size_t i = 0; i < CRMI_TEXTS; i++)
            copy_text(p->texts[i], cell_of(rows, row, k->names[2 + i]).text);
    }
    return CRMSYNC_OK;
}

static int32_t take_saved(crmsync_record_sink *sink, size_t item, uint32_t outcome, crmsync_str id,
                          crmsync_str rev, const crmsync_rows *stored, size_t row,
                          crmsync_str reason)
{
    crmi_record_kit *k = kit_of(sink);
    crmi_save_answer *a;

    (void)reason;
    if (!crmi_kit_check(&k->kit, item < CRMI_ANSWERS, "item %zu was answered but not sent", item))
        return CRMSYNC_E_INVALID;
    a = &k->answers[item];
    a->times++;
    a->outcome = outcome;
    copy_text(a->id, id);
    copy_text(a->rev, rev);
    crmi_kit_check(&k->kit, !stored || row < crmsync_rows_count(stored),
                   "the row of the values as stored is out of range");
    return CRMSYNC_OK;
}

static int32_t take_cursor(crmsync_record_sink *sink, crmsync_str cursor, int32_t more)
{
    crmi_record_kit *k = kit_of(sink);

    k->cursors++;
    k->more = more;
    if (!crmi_kit_check(&k->kit, cursor.len <= sizeof k->cursor, "a cursor of %zu bytes",
                        cursor.len))
        return CRMSYNC_E_LIMIT;
    if (cursor.len > 0)
        memcpy(k->cursor, cursor.ptr, cursor.len);
    k->cursor_len = cursor.len;
    return CRMSYNC_OK;
}

crmi_person crmi_person_new(crmi_record_kit *k, const char *first, const char *last)
{
    crmi_person p;

    memset(&p, 0, sizeof p);
    snprintf(p.id, sizeof p.id, "%s-%u", k->token, ++k->serial);
    snprintf(p.texts[CRMI_EMAIL], CRMI_TEXT_SIZE, "%s-%u@example.com", k->token, k->serial);
    crmi_person_set(&p, CRMI_FIRST, first);
    crmi_person_set(&p, CRMI_LAST, last);
    return p;
}

void crmi_person_set(crmi_person *p, size_t field, const char *text)
{
    snprintf(p->texts[field], CRMI_TEXT_SIZE, "%s", text ? text : "");
}

static crmsync_cell text_cell(const char *text)
{
    return (crmsync_cell){.text = crmi_host_str(text),
                          .type = text[0] ? CRMSYNC_CELL_TEXT : CRMSYNC_CELL_ABSENT};
}

static bool append_person(crmi_record_kit *k, crmsync_rows *rows, const crmi_person *p)
{
    crmsync_cell cells[2 + CRMI_TEXTS];
    crmsync_error *err = NULL;

    cells[0] = text_cell(p->id);
    cells[1] = text_cell(p->rev);
    for (size_t i = 0; i < CRMI_TEXTS; i++) {
        cells[2 + i] = text_cell(p->texts[i]);
        if (p->clear[i])
            cells[2 + i] = (crmsync_cell){.type = CRMSYNC_CELL_NULL};
    }
    return crmi_kit_answered(&k->kit, "rows", crmsync_rows_append(rows, cells, 2 + CRMI_TEXTS,
                                                                  &err), &err);
}

bool crmi_record_save(crmi_record_kit *k, const crmi_person *people, size_t n)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    bool fine = crmi_kit_answered(&k->kit, "rows",
                                  crmsync_rows_new(NULL, k->kind, k->names, 2 + CRMI_TEXTS, &rows,
                                                   &err), &err);

    memset(k->answers, 0, sizeof k->answers);
    for (size_t i = 0; i < n && fine; i++)
        fine = append_person(k, rows, &people[i]);
    fine = fine && crmi_kit_answered(&k->kit, "save", k->ops->save(k->ctx, k->workspace, rows,
                                                                   &k->sink, &err), &err);
    for (size_t i = 0; i < n && fine; i++)
        crmi_kit_check(&k->kit, k->answers[i].times == 1, "item %zu of %zu was answered %u times",
                       i, n, k->answers[i].times);
    crmsync_rows_free(rows);
    return fine && k->kit.result == CRMSYNC_CASE_PASSED;
}

bool crmi_record_answer_is(crmi_record_kit *k, size_t item, uint32_t outcome)
{
    static const char *const names[] = {"nothing", "SAVED", "CONFLICT", "REFUSED", "GONE"};
    uint32_t got = k->answers[item].outcome;

    return crmi_kit_check(&k->kit, got == outcome, "item %zu was answered %s instead of %s", item,
                          got < 5 ? names[got] : "an unknown outcome", names[outcome]);
}

bool crmi_record_create(crmi_record_kit *k, crmi_person *p)
{
    if (!crmi_record_save(k, p, 1) || !crmi_record_answer_is(k, 0, CRMSYNC_SAVE_SAVED))
        return false;
    memcpy(p->id, k->answers[0].id, sizeof p->id);
    memcpy(p->rev, k->answers[0].rev, sizeof p->rev);
    return crmi_kit_check(&k->kit, p->id[0] && p->rev[0], "SAVED without id or without rev");
}

bool crmi_record_load(crmi_record_kit *k, const crmsync_str *ids, size_t n)
{
    crmsync_error *err = NULL;

    k->seen_count = 0;
    return crmi_kit_answered(&k->kit, "load", k->ops->load(k->ctx, k->workspace, k->kind, ids, n,
                                                           &k->sink, &err), &err);
}

const crmi_person *crmi_record_holds(crmi_record_kit *k, const crmi_person *p)
{
    crmsync_str id = crmi_host_str(p->id);
    const crmi_person *got = k->seen;

    if (!crmi_record_load(k, &id, 1))
        return NULL;
    got = k->seen;
    if (!crmi_kit_check(&k->kit, k->seen_count == 1, "load of one record delivered %zu",
                        k->seen_count) ||
        !crmi_kit_check(&k->kit, strcmp(got->id, p->id) == 0 && strcmp(got->rev, p->rev) == 0,
                        "load delivered %s in revision %s instead of %s in %s", got->id, got->rev,
                        p->id, p->rev))
        return NULL;
    for (size_t i = 0; i < CRMI_TEXTS; i++)
        crmi_kit_check(&k->kit, strcmp(got->texts[i], p->texts[i]) == 0,
                       "%.*s is [%s] instead of [%s]", CRMI_HOST_SPELL(k->names[2 + i]),
                       got->texts[i], p->texts[i]);
    return got;
}

bool crmi_record_find(crmi_record_kit *k, const char *key_kind, const char *value)
{
    crmsync_error *err = NULL;
    crmsync_str one = crmi_host_str(value);

    k->seen_count = 0;
    return crmi_kit_answered(&k->kit, "find",
                             k->ops->find(k->ctx, k->workspace, k->kind, crmi_host_str(key_kind),
                                          &one, 1, &k->sink, &err), &err);
}

bool crmi_record_changed(crmi_record_kit *k, uint32_t limit)
{
    crmsync_error *err = NULL;
    char from[sizeof k->cursor];
    size_t had = k->seen_count;
    crmsync_str cursor = {from, k->cursor_len};

    memcpy(from, k->cursor, sizeof from);
    k->cursors = 0;
    if (!crmi_kit_answered(&k->kit, "changed",
                           k->ops->changed(k->ctx, k->workspace, k->kind, cursor, limit, &k->sink,
                                           &err), &err))
        return false;
    return crmi_kit_check(&k->kit, k->cursors == 1, "changed gave %u cursors", k->cursors) &&
           crmi_kit_check(&k->kit, k->seen_count - had <= limit,
                          "changed delivered %zu records with limit %u", k->seen_count - had,
                          (unsigned)limit);
}

bool crmi_record_catch_up(crmi_record_kit *k)
{
    for (int pages = 0; pages < 100000; pages++) {
        if (!crmi_record_changed(k, 3))
            return false;
        if (!k->more)
            return true;
    }
    return crmi_kit_check(&k->kit, false, "the change feed never ends");
}

size_t crmi_record_seen(const crmi_record_kit *k, const char *id)
{
    size_t n = 0;
    for (size_t i = 0; i < k->seen_count; i++)
        n += strcmp(k->seen[i].id, id) == 0;
    return n;
}

void crmi_record_forget(crmi_record_kit *k)
{
    k->seen_count = 0;
}

static crmsync_str or_else(crmsync_str given, const char *preset)
{
    return given.len > 0 ? given : crmi_host_str(preset);
}

static void run_cases(crmi_record_kit *k, const crmi_record_case *cases)
{
    for (; cases->name; cases++) {
        crmi_kit_begin(&k->kit);
        k->cursor_len = 0;
        crmi_record_forget(k);
        cases->run(k);
        crmi_kit_end(&k->kit, cases->name);
    }
}

int32_t crmsync_conformance_records(const crmsync_record_ops *ops, void *ctx,
                                    const crmsync_conformance_record_options *options,
                                    crmsync_conformance_report report, void *report_ctx)
{
    static const crmsync_conformance_record_options defaults =
        CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    const crmsync_conformance_record_options *o = options ? options : &defaults;
    crmi_record_kit k = {.ops = ops, .ctx = ctx, .options = *o,
                         .sink = {take_rows, take_saved, take_cursor}};
    struct timespec now = {0, 0};

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(k.token, sizeof k.token, "kit-%llx%lx", (unsigned long long)now.tv_sec,
             (unsigned long)now.tv_nsec);
    crmi_kit_init(&k.kit, report, report_ctx);
    k.workspace = or_else(o->workspace, "conformance");
    k.kind = or_else(o->kind, "person");
    k.names[0] = CRMI_HOST_LIT("id");
    k.names[1] = CRMI_HOST_LIT("rev");
    k.names[2 + CRMI_ORIGIN] = CRMI_HOST_LIT("origin");
    k.names[2 + CRMI_EMAIL] = or_else(o->email_field, "email");
    k.names[2 + CRMI_FIRST] = or_else(o->text_fields[0], "first_name");
    k.names[2 + CRMI_LAST] = or_else(o->text_fields[1], "last_name");
    crmi_kit_begin(&k.kit);
    if (crmi_kit_check(&k.kit, ops && ops->load && ops->save && ops->changed,
                       "the table misses one of load, save, changed")) {
        run_cases(&k, crmi_record_save_cases);
        run_cases(&k, crmi_record_read_cases);
    } else {
        crmi_kit_end(&k.kit, "records/table");
    }
    crmi_host_free(&k.kit.alloc, k.seen, k.seen_cap * sizeof *k.seen);
    return k.kit.failures;
}
