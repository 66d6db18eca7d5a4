/*
 * The texts of activities, which no vector can hold, and docs/activities.md, which is generated from
 * the tables of kinds and fields. With UPDATE_DOCS=1 in the environment the paper is written, else
 * compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "decide/activity.h"
#include "model/rows.h"

#define MARK "\n[shortened]"

static crmsync_alloc alloc;

/* ---- shortening ---- */

typedef struct bench {
    crmsync_config *config;
    crmsync_rows *rows;
    crmi_arena arena;
    crmi_decide_env env;
    crmi_activity_input in;
    crmi_activity_case c;
} bench;

/* A form whose fields are `unit`, `count` times, logged as `log`. */
static void open_form(bench *b, const char *unit, size_t count, uint32_t log)
{
    crmi_buf text;
    memset(b, 0, sizeof(*b));
    crmi_buf_init(&text, &alloc);
    for (size_t i = 0; i < count; i++) {
        crmi_buf_lit(&text, unit);
    }
    crmi_arena_init(&b->arena, &alloc);
    assert_int_equal(crmsync_config_parse(&alloc, CRMI_STR("{}"), &b->config, NULL), 0);
    assert_int_equal(crmsync_rows_new(&alloc, CRMI_STR("activity"), NULL, 0, &b->rows, NULL), 0);
    crmsync_cell cell = crmi_cell_text(crmi_buf_str(&text));
    assert_int_equal(crmi_rows_add_row(b->rows), 0);
    assert_true(crmi_rows_put(b->rows, 0, CRMI_STR("fields"), &cell));
    crmi_buf_clear(&text);
    b->env = (crmi_decide_env){.alloc = &alloc, .config = b->config};
    b->in.local = (crmi_record){b->rows, 0};
    b->c = (crmi_activity_case){.env = &b->env,
                                .in = &b->in,
                                .kind = crmi_activity_kind_at(CRMI_ACTIVITY_FORM_SUBMISSION),
                                .number = CRMI_ACTIVITY_FORM_SUBMISSION,
                                .log = log};
}

static void close_form(bench *b)
{
    crmsync_rows_free(b->rows);
    crmsync_config_free(b->config);
    crmi_arena_clear(&b->arena);
}

static size_t utf16_units(crmsync_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char ch = (unsigned char)s.ptr[i];
        n += (ch & 0xc0) != 0x80;
        n += ch >= 0xf0;
    }
    return n;
}

static size_t json_size(crmsync_str s)
{
    crmi_buf b;
    crmi_buf_init(&b, &alloc);
    crmi_buf_json(&b, s);
    size_t n = b.len;
    crmi_buf_clear(&b);
    return n;
}

static void test_description__of_any_script_fits_and_says_when_it_was_cut(void **state)
{
    static const struct {
        const char *unit;
        size_t count;
        bool cut;
    } rows[] = {
        {"a", 31992, false}, /* "Fields:\n" makes it 32,000 */
        {"a", 31993, true},
        {"\xc3\xa9", 15000, false},
        {"\xc3\xa9", 40000, true},
        {"\xe6\xbc\xa2", 12000, false},
        {"\xe6\xbc\xa2", 32000, true},
        {"\xf0\x9f\x9a\x80", 15000, true}, /* by its bytes, though not by its units */
        {"\xf0\x9f\x9a\x80", 9000, false},
        {"\"", 19000, false},
        {"\"", 30000, true},
        {"x\x01", 10000, true},
        {"a\xff\xfe", 20000, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bench b;
        crmsync_str text;
        uint32_t reason = 0;
        open_form(&b, rows[i].unit, rows[i].count, CRMI_LOG_TASK);
        assert_int_equal(crmi_activity_description(&b.c, &b.arena, &text, &reason, NULL), 0);
        assert_int_equal(reason == CRMSYNC_REASON_CUT, rows[i].cut);
        assert_int_equal(crmi_str_ends(text, MARK), rows[i].cut);
        assert_true(utf16_units(text) <= 32000 || i + 1 == sizeof(rows) / sizeof(rows[0]));
        assert_true(json_size(text) <= 60000);
        if (rows[i].cut && i + 1 < sizeof(rows) / sizeof(rows[0])) {
            assert_true(crmi_str_utf8_valid(text, NULL));
            assert_true(utf16_units(text) > 6000);
        }
        close_form(&b);
    }
}

static void test_description__of_a_note_fits_as_html_in_base64(void **state)
{
    bench b;
    crmsync_str text;
    uint32_t reason = 0;
    (void)state;
    open_form(&b, "<&>", 20000, CRMI_LOG_NOTE);
    assert_int_equal(crmi_activity_description(&b.c, &b.arena, &text, &reason, NULL), 0);
    assert_int_equal(reason, CRMSYNC_REASON_CUT);
    assert_true(crmi_str_ends(text, MARK));
    assert_in_range(text.len, 6000, 40000 / 6 + 100);
    close_form(&b);
}

/* ---- docs/activities.md ---- */

static const char head[] =
    "# Activities\n"
    "\n"
    "Generated from the tables of kinds and fields. What was done with people goes to their\n"
    "timelines in Salesforce: the host keeps records of kind `activity`, the phase\n"
    "`activities` logs them. The switches are in group [activities](configuration.md) of the\n"
    "configuration.\n"
    "\n";

static const char kinds_head[] =
    "## Kinds\n"
    "\n"
    "`activities.kinds` chooses; `activities.objects` makes something else of a kind, save\n"
    "for a `task`. A TaskSubtype or Type that the org does not offer is left out.\n"
    "\n"
    "| kind | logged if | becomes | subtype | type | what it is |\n"
    "|---|---|---|---|---|---|\n";

static const char fields_head[] =
    "\n"
    "## Fields of a record\n"
    "\n"
    "Texts, unless told otherwise. What is not there is left out.\n"
    "\n"
    "| field | type | kinds | in the description | what it is |\n"
    "|---|---|---|---|---|\n";

static const char rules[] =
    "\n"
    "## Who\n"
    "\n"
    "An activity hangs on the Contact or Lead of its person. For a person who is both,\n"
    "`activities.both` says `contact`, `lead` or `each`; `each` makes two records, since a\n"
    "Task has one Who, and each has an idempotency key of its own: activity and slot. Where a\n"
    "person has one slot, a record that was logged for the other one before stays the\n"
    "activity's only record.\n"
    "\n"
    "## What\n"
    "\n"
    "WhatId is never the account: Salesforce shows the activities of a Contact on its account\n"
    "by itself, and WhatId would pin them to an account that the Contact may leave. With\n"
    "`activities.opportunity`, one call a page asks for the open opportunities of the\n"
    "Contacts, and WhatId becomes, in this order: the imported opportunity that\n"
    "`opportunity_id` names; the open one that the Contact has a role in; the open one of its\n"
    "account. Of several, `open_single` takes none and says `opportunity_several`,\n"
    "`newest_open` the one created last. With a Lead as Who Salesforce refuses any WhatId, so\n"
    "a Lead's activities have none; nor do notes. An edit never moves a record to another\n"
    "person, owner or opportunity.\n"
    "\n"
    "## Owner, status, date\n"
    "\n"
    "The owner is found as for records: `owner.map`, equal e-mail address, `owner.unmapped`.\n"
    "What happened is logged with a closed status: `Completed`, or the org's own word where\n"
    "TaskStatus says so. A to-do keeps the org's default status until `done` is true, and is\n"
    "opened again only if the sync had closed it. ActivityDate is the civil date of `at`,\n"
    "which the hook `civil_date` may tell by owner, or `due`. An Event needs `at`, else it is\n"
    "held (`time_missing`); its length is `duration_s` in whole minutes, at most fourteen\n"
    "days.\n"
    "\n"
    "## Content\n"
    "\n"
    "The subject and what happened are always logged. `body` is copied only where\n"
    "`activities.content` is true; else the field says `content_withheld`. Fields of a form\n"
    "are what a submission consists of, so they are listed either way. `redact` on a record\n"
    "keeps all of it back: subject, form, pages, outcome and recording too. A description has\n"
    "at most 32,000 characters and 40,000 bytes as JSON (a note 40,000 bytes as HTML); what\n"
    "is longer ends in `[shortened]`.\n"
    "\n"
    "## Edits\n"
    "\n"
    "Another `rev` updates the record in place: only fields that changed are sent, those that\n"
    "the activity says no more are emptied, those that can only be created never. A record\n"
    "that somebody deleted in Salesforce is not logged again, whatever is edited\n"
    "(`tombstone`).\n"
    "\n"
    "## Waiting\n"
    "\n"
    "An activity whose person is not in Salesforce waits, for `activities.park_days`, and no\n"
    "more than `activities.park_max` for one person; then it is dropped as `park_expired` or\n"
    "`park_full`. So a person who is linked late gets the last days on the timeline and not\n"
    "the last years. `CRMSYNC_JOB_ALL` offers dropped ones anew.\n"
    "\n"
    "## Limits\n"
    "\n"
    "A click is logged when a person clicks a link (`url`) of an e-mail (`email_id`) for the\n"
    "first time; later ones are `click_repeated`. Of visits, `activities.visits_per_day` are\n"
    "logged for a person and a civil date, the earliest of what a page brings first; more are\n"
    "`visits_capped`. A visit is one record of the host's, which it writes again while the\n"
    "visit goes on; or, with `visit_id`, a record for each page view, at most 200 of them.\n"
    "The first of those stands for the visit: its Task lists the pages of all and adds up\n"
    "their durations, the others are `part_of_visit`. Which records took a place or make up a\n"
    "visit is stored before anything is sent, so that a crash gives no place twice.\n"
    "\n"
    "## Order\n"
    "\n"
    "Within a page, what locks no account (closed Tasks, notes) is sent first, then open\n"
    "Tasks and Events account by account, known by the opportunity look-up or by the company\n"
    "of the host's person.\n"
    "\n"
    "## Not here\n"
    "\n"
    "Engagement with a campaign is a CampaignMember and no activity. Classic Notes and\n"
    "EmailMessage are not written. Where an org has ContentNote switched off, notes are held\n"
    "as `object_missing`; set `activities.objects.note` to `Task`.\n";

static void add_kinds(crmi_buf *b, const crmsync_config *usual)
{
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        const crmi_activity_kind *k = crmi_activity_kind_at(i);
        bool on = (usual->activities.kinds & (1u << i)) != 0;
        crmi_buf_fmt(b, "| `%s` | %s | %s%s | %s | %s | %s |\n", k->name, on ? "enabled" : "listed",
                     k->object == CRMI_LOG_TASK ? k->done ? "closed " : "open " : "",
                     crmi_log_object_name(k->object), k->subtype ? k->subtype : "",
                     k->task_type ? k->task_type : "", k->doc);
    }
}

static void add_kind_names(crmi_buf *b, uint32_t kinds)
{
    const char *joint = "";
    if (kinds == CRMI_ACTIVITY_ALL) {
        crmi_buf_lit(b, "all");
        return;
    }
    bool most = __builtin_popcount(kinds) > (int)CRMI_ACTIVITY_LAST / 2;
    crmi_buf_lit(b, most ? "all but " : "");
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        if (((kinds >> i) & 1u) == (most ? 0u : 1u)) {
            crmi_buf_fmt(b, "%s`%s`", joint, crmi_activity_kind_at(i)->name);
            joint = ", ";
        }
    }
}

static void add_fields(crmi_buf *b)
{
    const crmi_activity_field *f;
    for (size_t i = 0; (f = crmi_activity_field_at(i)) != NULL; i++) {
        crmi_buf_fmt(b, "| `%s` | %s | ", f->name, f->type);
        add_kind_names(b, f->kinds);
        crmi_buf_fmt(b, " | %s | %s |\n",
                     f->line == CRMI_LINE_BODY ? "the text" : f->label, f->doc);
    }
}

static void render(crmi_buf *b)
{
    crmsync_config *usual = NULL;
    assert_int_equal(crmsync_config_parse(&alloc, CRMI_STR("{}"), &usual, NULL), 0);
    crmi_buf_lit(b, head);
    crmi_buf_lit(b, kinds_head);
    add_kinds(b, usual);
    crmi_buf_lit(b, fields_head);
    add_fields(b);
    crmi_buf_lit(b, rules);
    crmsync_config_free(usual);
}

static void test_activities_md__compared_equals_the_tables(void **state)
{
    char path[1024];
    crmi_buf want;
    const char *root = getenv("SOURCE_ROOT");
    (void)state;
    if (!root)
        fail_msg("SOURCE_ROOT must name the source folder");
    snprintf(path, sizeof(path), "%s/docs/activities.md", root);
    crmi_buf_init(&want, &alloc);
    render(&want);
    assert_true(crmi_buf_ok(&want));
    if (getenv("UPDATE_DOCS")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(want.ptr, 1, want.len, out), want.len);
        fclose(out);
    }
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s is missing: run this test with UPDATE_DOCS=1", path);
    char *have = malloc(want.len + 2);
    assert_non_null(have);
    size_t n = fread(have, 1, want.len + 1, in);
    fclose(in);
    assert_int_equal(n, want.len);
    assert_memory_equal(have, want.ptr, n);
    free(have);
    crmi_buf_clear(&want);
}

int main(void)
{
    crmi_alloc_init(&alloc, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_description__of_any_script_fits_and_says_when_it_was_cut),
        cmocka_unit_test(test_description__of_a_note_fits_as_html_in_base64),
        cmocka_unit_test(test_activities_md__compared_equals_the_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
