#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scene_stores.h"

#include "base/sinks.h"

#define SCENE_PERSON                                       \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"}," \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"   \
    "{\"local\":\"email\",\"remote\":\"Email\"},"          \
    "{\"local\":\"job_title\",\"remote\":\"Title\"},"      \
    "{\"local\":\"phone\",\"remote\":\"Phone\"}"

/* By status, as leads and contacts; missing accounts are made; all that can be in one run. No field
 * that the org fills on create is mapped: a run that a fault made look again would read it, another
 * one not, and their ends could not be compared. */
const char scene_config[] =
    "{\"extends\":\"recommended\"," SCENE_CONNECTION
    ",\"local\":{\"opt_out\":null},\"objects\":{\"Contact\":{\"fields\":[" SCENE_PERSON "]},"
    "\"Lead\":{\"fields\":[" SCENE_PERSON ",{\"local\":\"company\",\"remote\":\"Company\"},"
    "{\"local\":\"website\",\"remote\":\"Website\"}]}}"
    ",\"export\":{\"mode\":\"by_status\",\"routes\":{"
    "\"New\":\"lead\",\"Interested\":\"contact\",\"Unsubscribed\":\"none\"},"
    "\"account_create\":true,\"stamp\":{\"field\":\"LeadSource\",\"value\":\"Other\"}},"
    "\"activities\":{\"kinds\":[\"email\",\"call\",\"meeting\",\"note\",\"task\","
    "\"linkedin_message\",\"linkedin_request\",\"email_clicked\",\"website_visit\"],"
    "\"opportunity\":\"newest_open\"}}";

static crmsync_str str(const char *text)
{
    return (crmsync_str){text, strlen(text)};
}

/* ---- memory ---- */

static void *counted_new(void *ctx, size_t size)
{
    counted_memory *m = ctx;
    if (++m->requests == m->fail_at)
        return NULL;
    void *p = malloc(size);
    m->held += p ? size : 0;
    m->blocks += p != NULL;
    return p;
}

static void *counted_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    counted_memory *m = ctx;
    if (++m->requests == m->fail_at)
        return NULL;
    void *p = realloc(ptr, new_size);
    if (p)
        m->held += new_size - old_size;
    return p;
}

static void counted_free(void *ctx, void *ptr, size_t size)
{
    counted_memory *m = ctx;
    m->held -= size;
    m->blocks--;
    free(ptr);
}

/* ---- opening ---- */

static void no_error(int32_t rc, crmsync_error **err, const char *what)
{
    if (rc)
        fail_msg("%s: %d %s (%s)", what, rc, crmsync_error_message(*err).ptr,
                 crmsync_error_where(*err).ptr ? crmsync_error_where(*err).ptr : "");
}

const crmsync_state_ops *scene_state_ops(const scene *s)
{
    return s->stores->state_ops();
}

const crmsync_record_ops *scene_record_ops(const scene *s)
{
    return s->stores->record_ops();
}

void *scene_store_open(scene *s)
{
    crmsync_error *err = NULL;
    void *store = s->store;
    if (!store || !s->stores->shared)
        no_error(s->stores->open(s->path, &store, &err), &err, s->stores->name);
    return store;
}

void scene_store_close(scene *s, void *store)
{
    if (!s->stores->shared)
        s->stores->close(store);
}

void scene_configure(scene *s, const char *config)
{
    crmsync_error *err = NULL;
    crmsync_config_free(s->config);
    no_error(crmsync_config_parse(&s->alloc, str(config), &s->config, &err), &err, "config");
}

void scene_open(scene *s, bool durable, const char *config)
{
    scene_open_org(s, NULL, durable, config);
}

static void open_stores(scene *s, bool durable)
{
    char name[] = "/tmp/crmsync-sweep-XXXXXX";
    s->stores = scene_stores(durable);
    if (s->stores->in_file) {
        int fd = mkstemp(name);
        assert_true(fd >= 0);
        close(fd);
        s->path = strdup(name);
    }
    s->store = scene_store_open(s);
    if (s->stores->empty)
        s->stores->empty();
}

static void open_on(scene *s, orgsim *org, int64_t now_ms, bool durable, const char *config)
{
    memset(s, 0, sizeof *s);
    s->verbose = getenv("SCENE_VERBOSE") != NULL;
    s->clock = (orgsim_clock){now_ms, 1000};
    s->random = UINT64_C(88172645463325252);
    s->alloc =
        (crmsync_alloc){sizeof s->alloc, &s->counted, counted_new, counted_resize, counted_free};
    s->org = org;
    s->transport = orgsim_transport_new(s->org, &s->clock);
    open_stores(s, durable);
    scene_configure(s, config ? config : scene_config);
}

void scene_open_org(scene *s, const orgsim_options *options, bool durable, const char *config)
{
    orgsim *org = orgsim_new(options);
    orgsim_set_now(org, SCENE_START_MS);
    open_on(s, org, SCENE_START_MS, durable, config);
    s->own_org = true;
}

void scene_open_beside(scene *s, const scene *other, const char *config)
{
    open_on(s, other->org, other->clock.wall_ms, false, config);
}

void scene_close(scene *s)
{
    crmsync_config_free(s->config);
    crmsync_plan_free(s->plan);
    assert_int_equal(s->counted.blocks, 0);
    assert_int_equal(s->counted.held, 0);
    orgsim_transport_free(s->transport);
    if (s->own_org)
        orgsim_free(s->org);
    s->stores->close(s->store);
    if (s->path) {
        static const char *const files[] = {"", "-wal", "-shm"};
        char name[200];
        for (size_t i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "%s%s", s->path, files[i]);
            unlink(name);
        }
    }
    free(s->path);
    memset(s, 0, sizeof *s);
}

void scene_pass(scene *s, uint64_t ms)
{
    s->clock.wall_ms += (int64_t)ms;
    s->clock.mono_ms += ms;
    orgsim_set_now(s->org, s->clock.wall_ms);
}

/* ---- the hands of people ---- */

void scene_seed(scene *s, const char *json)
{
    char why[200];
    if (orgsim_seed(s->org, json, strlen(json), why, sizeof why))
        fail_msg("seed: %s", why);
}

void scene_put(scene *s, const char *kind, const char *jsonl)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    no_error(crmsync_rows_new(NULL, str(kind), NULL, 0, &rows, &err), &err, "rows");
    no_error(crmsync_rows_append_jsonl(rows, str(jsonl), &err), &err, "jsonl");
    int32_t rc = s->stores->put(s->store, str(SCENE_WORKSPACE), rows, &err);
    no_error(rc, &err, "put");
    crmsync_rows_free(rows);
}

void scene_remove(scene *s, const char *kind, const char *id)
{
    crmsync_error *err = NULL;
    int32_t rc = s->stores->remove(s->store, str(SCENE_WORKSPACE), str(kind), str(id), &err);
    no_error(rc, &err, "remove");
}

static crmsync_rows *all_of(scene *s, const char *kind)
{
    crmsync_error *err = NULL;
    crmsync_rows *rows = NULL;
    int32_t rc = s->stores->get(s->store, str(SCENE_WORKSPACE), str(kind), &rows, &err);
    no_error(rc, &err, "get");
    return rows;
}

static bool is(crmsync_str a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0;
}

const char *scene_get(scene *s, const char *kind, const char *id, const char *field)
{
    static char text[1024];
    crmsync_rows *rows = all_of(s, kind);
    int32_t ids = crmsync_rows_find_field(rows, str("id"));
    int32_t at = crmsync_rows_find_field(rows, str(field));
    text[0] = '\0';
    for (size_t i = 0; at >= 0 && i < crmsync_rows_count(rows); i++) {
        if (is(crmsync_rows_get(rows, i, (size_t)ids).text, id)) {
            crmsync_cell cell = crmsync_rows_get(rows, i, (size_t)at);
            snprintf(text, sizeof text, "%.*s", (int)cell.text.len,
                     cell.text.ptr ? cell.text.ptr : "");
        }
    }
    crmsync_rows_free(rows);
    return text;
}

static void print_cell(char *out, size_t size, const crmsync_rows *rows, size_t row,
                       const char *field)
{
    int32_t at = crmsync_rows_find_field(rows, str(field));
    out[0] = '\0';
    if (at < 0)
        return;
    crmsync_cell cell = crmsync_rows_get(rows, row, (size_t)at);
    if (cell.text.ptr)
        snprintf(out, size, "%.*s", (int)cell.text.len, cell.text.ptr);
    else if (cell.type == CRMSYNC_CELL_BOOL)
        snprintf(out, size, "%s", cell.number ? "true" : "false");
    else if (cell.type != CRMSYNC_CELL_ABSENT && cell.type != CRMSYNC_CELL_NULL)
        snprintf(out, size, "%lld", (long long)cell.number);
}

const char *scene_value(scene *s, const char *kind, const char *by, const char *value,
                        const char *field)
{
    static char out[1024];
    char key[1024];
    size_t hits = 0;
    crmsync_rows *rows = all_of(s, kind);
    snprintf(out, sizeof out, "(none)");
    for (size_t i = 0; i < crmsync_rows_count(rows); i++) {
        print_cell(key, sizeof key, rows, i, by);
        if (strcmp(key, value) != 0)
            continue;
        print_cell(out, sizeof out, rows, i, field);
        hits++;
    }
    if (hits > 1)
        snprintf(out, sizeof out, "(several)");
    crmsync_rows_free(rows);
    return out;
}

size_t scene_count(scene *s, const char *kind)
{
    crmsync_rows *rows = all_of(s, kind);
    size_t n = crmsync_rows_count(rows);
    crmsync_rows_free(rows);
    return n;
}

/* ---- looking ---- */

typedef struct text_buf {
    char *ptr;
    size_t len, cap;
} text_buf;

static void add(text_buf *b, const char *format, ...)
{
    va_list args;
    for (;;) {
        va_start(args, format);
        int n = vsnprintf(b->ptr ? b->ptr + b->len : NULL, b->cap - b->len, format, args);
        va_end(args);
        if (b->len + (size_t)n < b->cap) {
            b->len += (size_t)n;
            return;
        }
        b->cap = (b->cap + (size_t)n) * 2 + 64;
        b->ptr = realloc(b->ptr, b->cap);
        assert_non_null(b->ptr);
    }
}

static int32_t keep_text(void *ctx, crmsync_str piece)
{
    add(ctx, "%.*s", (int)piece.len, piece.ptr);
    return 0;
}

/* Written and read back, as a plan that somebody reviews goes through the host's hands. */
void scene_keep_undo(scene *s, crmsync_workspace *workspace, const char *run)
{
    crmsync_error *err = NULL;
    crmsync_plan *plan = NULL;
    crmsync_str next;
    text_buf text = {NULL, 0, 0};
    no_error(crmsync_workspace_undo_plan(workspace, str(run), str(""), 0, &plan, &next, &err), &err,
             "undo_plan");
    assert_int_equal(next.len, 0);
    assert_true(crmsync_plan_count(plan) > 0);
    no_error(crmsync_plan_write_json(plan, keep_text, &text, &err), &err, "plan_write_json");
    crmsync_plan_free(plan);
    no_error(crmsync_plan_read(NULL, str(text.ptr), &s->plan, &err), &err, "plan_read");
    free(text.ptr);
}

/* Ids differ from run to run: what they point at does not. */
static void add_id(scene *s, text_buf *out, crmsync_str id)
{
    static const struct {
        const char *prefix, *soql;
    } objects[] = {{"003", "Contact"},
                   {"00Q", "Lead"},
                   {"001", "Account"},
                   {"006", "Opportunity"},
                   {"701", "Campaign"},
                   {"005", "User"}};
    char soql[200];
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        if (id.len != 18 || strncmp(id.ptr, objects[i].prefix, 3) != 0)
            continue;
        snprintf(soql, sizeof soql, "SELECT Name FROM %s WHERE Id='%.18s'", objects[i].soql,
                 id.ptr);
        char *answer = orgsim_query(s->org, soql, true);
        const char *name = answer ? strstr(answer, "\"Name\":") : NULL;
        int len = name ? (int)strcspn(name, ",}") : 0;
        add(out, "%s %.*s", objects[i].soql, len, name ? name : "");
        orgsim_string_free(answer);
        return;
    }
    add(out, "%.*s", (int)id.len, id.ptr ? id.ptr : "");
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *record_line(scene *s, const crmsync_rows *rows, size_t i, bool named)
{
    text_buf line = {NULL, 0, 0};
    add(&line, "%s", crmsync_rows_kind(rows).ptr);
    for (size_t f = 0; f < crmsync_rows_field_count(rows); f++) {
        crmsync_str name = crmsync_rows_field(rows, f);
        crmsync_cell cell = crmsync_rows_get(rows, i, f);
        if (cell.type == CRMSYNC_CELL_ABSENT || cell.type == CRMSYNC_CELL_NULL || is(name, "rev") ||
            (is(name, "id") && !named))
            continue;
        add(&line, " %s=", name.ptr);
        if (cell.text.ptr)
            add_id(s, &line, cell.text);
        else
            add(&line, "%lld", (long long)cell.number);
    }
    return line.ptr;
}

static void dump_kind(scene *s, const char *kind, text_buf *out)
{
    crmsync_rows *rows = all_of(s, kind);
    size_t n = crmsync_rows_count(rows);
    int32_t origin = crmsync_rows_find_field(rows, str("origin"));
    char **lines = calloc(n + 1, sizeof *lines);
    for (size_t i = 0; i < n; i++) {
        bool imported = origin >= 0 && crmsync_rows_get(rows, i, (size_t)origin).text.len > 0;
        lines[i] = record_line(s, rows, i, !imported);
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        add(out, "%s\n", lines[i]);
        free(lines[i]);
    }
    free(lines);
    crmsync_rows_free(rows);
}

char *scene_dump(scene *s)
{
    static const char *const kinds[] = {"company", "person", "user", "opportunity", "activity"};
    text_buf out = {NULL, 0, 0};
    char *org = orgsim_dump(s->org, "Account,Contact,Lead,Opportunity,Task,Event,ContentNote,"
                                  "Campaign,CampaignMember");
    add(&out, "%s", org);
    orgsim_string_free(org);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        dump_kind(s, kinds[i], &out);
    return out.ptr;
}

typedef struct counting_sink {
    crmsync_state_sink sink;
    size_t n;
    scene_entry_fn each; /* NULL = only counted */
    void *each_ctx;
} counting_sink;

static int32_t count_item(crmsync_state_sink *sink, const crmsync_kv_item *item)
{
    counting_sink *c = (counting_sink *)sink;
    c->n++;
    if (c->each)
        c->each(c->each_ctx, item);
    return CRMSYNC_OK;
}

static void print_item(void *ctx, const crmsync_kv_item *item)
{
    (void)ctx;
    print_message("  %u %.*s = %.*s\n", item->space, (int)item->key.len, item->key.ptr,
                  (int)(item->value.len > 900 ? 900 : item->value.len), item->value.ptr);
}

static size_t scan_space(scene *s, uint32_t space, const char *prefix, scene_entry_fn each,
                         void *ctx)
{
    counting_sink sink = {{count_item}, 0, each, ctx};
    char to[200];
    size_t len = strlen(prefix);
    void *store = s->store;
    memcpy(to, prefix, len + 1);
    if (len)
        to[len - 1]++;
    int32_t rc = scene_state_ops(s)->scan(store, str(SCENE_WORKSPACE), space, str(prefix), str(to),
                                          100000, 0, &sink.sink, NULL);
    assert_int_equal(rc, CRMSYNC_OK);
    return sink.n;
}

size_t scene_entries(scene *s, uint32_t space, const char *prefix)
{
    return scan_space(s, space, prefix, NULL, NULL);
}

typedef struct mention {
    const char *text;
    size_t n;
} mention;

static void count_mention(void *ctx, const crmsync_kv_item *item)
{
    mention *m = ctx;
    char *value = strndup(item->value.ptr, item->value.len);
    assert_non_null(value);
    m->n += strstr(value, m->text) != NULL;
    free(value);
}

size_t scene_mentions(scene *s, uint32_t space, const char *text)
{
    mention m = {text, 0};
    scan_space(s, space, "", count_mention, &m);
    return m.n;
}

void scene_queue(scene *s, const char *part, const char *kind, const char *id)
{
    char key[200], value[200];
    uint32_t outcome = 0;
    void *store = s->store;
    snprintf(key, sizeof key, "%s/5/000000000000001/%s/%s", part, kind, id);
    snprintf(value, sizeof value, "{\"kind\":\"%s\",\"id\":\"%s\"}", kind, id);
    crmsync_kv_item put = {str(key), str(value), 7, CRMSYNC_SPACE_QUEUE, 0};
    crmsync_kv_commit c = {.struct_size = sizeof c, .workspace = str(SCENE_WORKSPACE), .puts = &put,
                           .put_count = 1};
    assert_int_equal(scene_state_ops(s)->commit(store, &c, &outcome, NULL), CRMSYNC_OK);
    assert_int_equal(outcome, CRMSYNC_COMMIT_OK);
}

void scene_print(scene *s, uint32_t space)
{
    scan_space(s, space, "", print_item, NULL);
}

void scene_each(scene *s, uint32_t space, scene_entry_fn each, void *ctx)
{
    scan_space(s, space, "", each, ctx);
}

long scene_rows(scene *s, const char *object, const char *where)
{
    return orgsim_count(s->org, object, where);
}

/* Groups that hold more than one row. */
static size_t groups(scene *s, const char *soql)
{
    size_t n = 0;
    char *answer = orgsim_query(s->org, soql, false);
    assert_non_null(answer);
    for (const char *at = answer; (at = strstr(at, "\"expr0\":")) != NULL; at++)
        n++;
    orgsim_string_free(answer);
    return n;
}

static size_t people_twice(scene *s)
{
    size_t n = groups(s, "SELECT Email, COUNT(Id) FROM Lead WHERE Email != null AND "
                         "IsConverted = false GROUP BY Email HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT Email, COUNT(Id) FROM Contact WHERE Email != null GROUP BY Email "
                   "HAVING COUNT(Id) > 1");
    return n;
}

size_t scene_duplicates(scene *s)
{
    size_t n = people_twice(s);
    n += groups(s, "SELECT Name, COUNT(Id) FROM Account GROUP BY Name HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT Website, COUNT(Id) FROM Account WHERE Website != null GROUP BY Website "
                   "HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT Subject, WhoId, COUNT(Id) FROM Task GROUP BY Subject, WhoId "
                   "HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT Subject, WhoId, COUNT(Id) FROM Event GROUP BY Subject, WhoId "
                   "HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT CampaignId, LeadId, ContactId, COUNT(Id) FROM CampaignMember "
                   "GROUP BY CampaignId, LeadId, ContactId HAVING COUNT(Id) > 1");
    n += groups(s, "SELECT Title, COUNT(Id) FROM ContentNote GROUP BY Title HAVING COUNT(Id) > 1");
    return n;
}
