#include "sync/lookup.h"

#include <stdio.h>

#include "salesforce/composite.h"
#include "salesforce/describe.h"
#include "salesforce/soql.h"

#define SOQL_BUDGET 95000u /* below Salesforce's 100,000 characters, for what stands around the lists */
#define ROUNDS_MAX 4       /* a conversion into a contact that was merged, and one more */

static const char *const ask_fields[] = {"Id", "Email", "Website", "Name", NULL};

/* Empty = cannot be asked: the query would fail over a field that is hidden, or that is no text. */
static crmsync_str asked_field(const crmi_lookup *l, uint32_t object, uint32_t what)
{
    const crmsync_workspace *ws = l->task->job->ws;
    const crmi_object_rule *rule = &ws->config->objects[object];
    if (what != CRMI_ASK_EXTERNAL_ID)
        return crmi_str(ask_fields[what]);
    const crmi_field *field =
        rule->external_id.len
            ? crmi_schema_field(ws->schema, crmi_str(rule->crm->name), rule->external_id)
            : NULL;
    return field && field->type == CRMI_TYPE_STRING ? rule->external_id : CRMI_STR_EMPTY;
}

void crmi_lookup_init(crmi_lookup *l, crmi_task *task)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(task->job->ws);
    memset(l, 0, sizeof *l);
    l->task = task;
    crmi_arena_init(&l->arena, alloc);
    crmi_map_init(&l->asked, alloc);
    crmi_map_init(&l->by_id, alloc);
}

void crmi_lookup_reset(crmi_lookup *l)
{
    crmi_task *task = l->task;
    crmi_lookup_clear(l);
    crmi_lookup_init(l, task);
}

void crmi_lookup_clear(crmi_lookup *l)
{
    if (!l->task)
        return;
    const crmsync_alloc *alloc = crmi_workspace_alloc(l->task->job->ws);
    for (size_t i = 0; i < l->page_count; i++)
        crmsync_rows_free(l->pages[i]);
    crmi_dealloc_array(alloc, l->pages, l->page_cap, sizeof *l->pages);
    crmi_dealloc_array(alloc, l->records, l->record_cap, sizeof *l->records);
    for (size_t i = 0; i < l->more_count; i++)
        crmi_buf_clear(&l->more[i].next_url);
    crmi_dealloc_array(alloc, l->more, l->more_cap, sizeof *l->more);
    for (uint32_t o = 0; o < CRMI_OBJECT_LAST; o++) {
        crmi_selection_clear(&l->ask[o].selection);
        for (uint32_t w = 0; w < CRMI_ASK_LAST; w++)
            crmi_dealloc_array(alloc, l->ask[o].values[w], l->ask[o].cap[w], sizeof(crmsync_str));
    }
    crmi_map_clear(&l->asked);
    crmi_map_clear(&l->by_id);
    crmi_arena_clear(&l->arena);
    crmi_task *task = l->task;
    memset(l, 0, sizeof *l);
    l->task = task;
}

int32_t crmi_lookup_want(crmi_lookup *l, uint32_t object, uint32_t what, crmsync_str value,
                         crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(l->task->job->ws);
    crmi_lookup_ask *ask = &l->ask[object];
    crmi_buf key;
    crmsync_str kept;
    if (value.len == 0 || value.len > CRMI_SOQL_LITERAL_MAX / 4 || !asked_field(l, object, what).len)
        return CRMSYNC_OK;
    crmi_buf_init(&key, alloc);
    crmi_buf_fmt(&key, "%u/%u/", object, what);
    size_t prefix = key.len;
    crmi_buf_add(&key, value);
    int32_t rc = CRMSYNC_OK;
    if (!crmi_buf_ok(&key)) {
        rc = crmi_fail_nomem(err);
    } else if (!crmi_map_get(&l->asked, crmi_buf_str(&key))) {
        if (!crmi_arena_str(&l->arena, crmi_buf_str(&key), &kept) ||
            !crmi_map_put_index(&l->asked, kept, 0) ||
            !crmi_grow(alloc, &ask->values[what], &ask->cap[what], ask->count[what] + 1,
                       sizeof(crmsync_str)))
            rc = crmi_fail_nomem(err);
        else
            ask->values[what][ask->count[what]++] = crmi_str_sub(kept, prefix, kept.len);
    }
    crmi_buf_clear(&key);
    return rc;
}

int32_t crmi_lookup_want_domain(crmi_lookup *l, crmsync_str domain, crmsync_error **err)
{
    static const char *const schemes[] = {"", "http://", "https://"};
    static const char *const hosts[] = {"", "www."};
    static const char *const ends[] = {"", "/"};
    crmi_buf form;
    int32_t rc = CRMSYNC_OK;
    crmi_buf_init(&form, crmi_workspace_alloc(l->task->job->ws));
    for (size_t i = 0; !rc && i < 12; i++) {
        crmi_buf_reset(&form);
        crmi_buf_lit(&form, schemes[i / 4]);
        crmi_buf_lit(&form, hosts[i / 2 % 2]);
        crmi_buf_add(&form, domain);
        crmi_buf_lit(&form, ends[i % 2]);
        rc = crmi_buf_ok(&form) ? crmi_lookup_want(l, CRMI_OBJECT_ACCOUNT, CRMI_ASK_WEBSITE,
                                                   crmi_buf_str(&form), err)
                                : crmi_fail_nomem(err);
    }
    crmi_buf_clear(&form);
    return rc;
}

/* ---- asking ---- */

static int32_t select_columns(crmi_lookup *l, uint32_t object, crmsync_error **err)
{
    crmsync_workspace *ws = l->task->job->ws;
    crmi_lookup_ask *ask = &l->ask[object];
    const crmi_crm_object *crm = crmi_crm_object_at(object);
    if (ask->columns)
        return CRMSYNC_OK;
    int32_t rc = crmi_selection_make(ws, crm, &ask->selection, err);
    if (rc)
        return rc;
    ask->columns = crmi_arena_array(&l->arena, ask->selection.count, sizeof *ask->columns);
    if (!ask->columns)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < ask->selection.count; i++)
        ask->columns[i].name = ask->selection.names[i];
    crmi_query_columns_type(ask->columns, ask->selection.count, ws->schema, crmi_str(crm->name));
    return CRMSYNC_OK;
}

static bool open_asks(const crmi_lookup *l, uint32_t object)
{
    for (uint32_t w = 0; w < CRMI_ASK_LAST; w++) {
        if (l->ask[object].sent[w] < l->ask[object].count[w])
            return true;
    }
    return false;
}

/* One statement of an object: as many of its open values as fit, of all fields, joined by OR. */
static int32_t next_soql(crmi_lookup *l, uint32_t object, crmi_buf *soql, crmsync_error **err)
{
    crmi_lookup_ask *ask = &l->ask[object];
    int32_t rc = select_columns(l, object, err);
    if (rc)
        return rc;
    crmi_buf_reset(soql);
    crmi_buf_fmt(soql, "SELECT %.*s FROM %s WHERE ", CRMI_SPELL(ask->selection.list),
                 crmi_crm_object_at(object)->name);
    const char *joint = "";
    for (uint32_t w = 0; w < CRMI_ASK_LAST; w++) {
        const crmsync_str *values = ask->values[w] ? ask->values[w] + ask->sent[w] : NULL;
        size_t left = ask->count[w] - ask->sent[w];
        if (!left || soql->len >= SOQL_BUDGET)
            continue;
        crmsync_str field = asked_field(l, object, w);
        size_t fit = crmi_soql_in_fit(field, values, left, SOQL_BUDGET - soql->len, 0);
        if (!fit)
            continue;
        crmi_buf_lit(soql, joint);
        crmi_soql_in(soql, field, values, fit);
        ask->sent[w] += fit;
        joint = " OR ";
    }
    return crmi_buf_ok(soql) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

static void part_name(char out[24], size_t part)
{
    snprintf(out, 24, "q%zu", part);
}

static int32_t send_composite(crmi_lookup *l, crmsync_error **err)
{
    crmsync_workspace *ws = l->task->job->ws;
    crmsync_str version = crmi_workspace_api_version(ws);
    size_t call = l->task->calls;
    crmi_composite c;
    crmi_buf soql;
    char name[24];
    size_t n = 0;
    int32_t rc = CRMSYNC_OK;
    crmi_request *r = crmi_task_request(l->task);
    crmi_composite_begin(&c, r, version, false);
    crmi_buf_init(&soql, crmi_workspace_alloc(ws));
    for (uint32_t o = 0; !rc && o < CRMI_OBJECT_LAST; o++) {
        while (!rc && n < CRMI_COMPOSITE_MAX_HEAVY && open_asks(l, o)) {
            rc = next_soql(l, o, &soql, err);
            part_name(name, n);
            if (!rc)
                rc = crmi_composite_add_query(&c, crmi_str(name), version, crmi_buf_str(&soql),
                                              crmi_crm_object_at(o)->number != CRMI_OBJECT_USER, err);
            l->parts[call][n++].object = o;
        }
    }
    crmi_buf_clear(&soql);
    if (!rc)
        rc = crmi_task_ask(l->task, &c, err);
    l->part_count[call] = n;
    return rc;
}

static int32_t send_more(crmi_lookup *l, crmsync_error **err)
{
    crmi_lookup_part *part = &l->more[--l->more_count];
    size_t call = l->task->calls;
    int32_t rc = crmi_query_more_request(crmi_task_request(l->task), crmi_buf_str(&part->next_url), err);
    crmi_buf_clear(&part->next_url);
    if (rc)
        return rc;
    l->parts[call][0].object = part->object;
    l->part_count[call] = 0;
    crmi_task_send(l->task, false);
    return CRMSYNC_OK;
}

int32_t crmi_lookup_send(crmi_lookup *l, size_t *sent, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    bool open = true;
    while (!rc && open && l->task->calls < CRMI_TASK_CALLS) {
        open = l->more_count > 0;
        if (open) {
            rc = send_more(l, err);
            continue;
        }
        for (uint32_t o = 0; o < CRMI_OBJECT_LAST; o++)
            open = open || open_asks(l, o);
        if (open)
            rc = send_composite(l, err);
    }
    *sent = l->task->calls;
    return rc;
}

/* ---- taking answers ---- */

static int32_t add_record(crmi_lookup *l, crmi_record record, crmsync_error **err)
{
    char key[32];
    size_t len = 0;
    crmsync_str kept;
    crmsync_normalize_id(crmi_record_text(record, "Id"), key, sizeof key, &len);
    if (!len || crmi_map_get(&l->by_id, (crmsync_str){key, len}))
        return CRMSYNC_OK;
    if (!crmi_arena_str(&l->arena, (crmsync_str){key, len}, &kept) ||
        !crmi_grow(crmi_workspace_alloc(l->task->job->ws), &l->records, &l->record_cap,
                   l->record_count + 1, sizeof *l->records) ||
        !crmi_map_put_index(&l->by_id, kept, l->record_count))
        return crmi_fail_nomem(err);
    l->records[l->record_count++] = record;
    return CRMSYNC_OK;
}

/* A merged or converted record leads to another one, which must be seen before anything is decided. */
static int32_t want_forward(crmi_lookup *l, uint32_t object, crmi_record record, crmsync_error **err)
{
    int32_t rc = crmi_lookup_want(l, object, CRMI_ASK_ID, crmi_record_text(record, "MasterRecordId"),
                                  err);
    if (!rc && object == CRMI_OBJECT_LEAD)
        rc = crmi_lookup_want(l, CRMI_OBJECT_CONTACT, CRMI_ASK_ID,
                              crmi_record_text(record, "ConvertedContactId"), err);
    return rc;
}

/* Keeps a page, which then belongs to the lookup. */
static int32_t take_page(crmi_lookup *l, uint32_t object, crmi_query_page *page, crmsync_error **err)
{
    const crmsync_alloc *alloc = crmi_workspace_alloc(l->task->job->ws);
    if (!crmi_grow(alloc, &l->pages, &l->page_cap, l->page_count + 1, sizeof *l->pages))
        return crmi_fail_nomem(err);
    crmsync_rows *rows = page->rows;
    l->pages[l->page_count++] = rows;
    page->rows = NULL;
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < crmsync_rows_count(rows); i++) {
        crmi_record record = {rows, i};
        rc = add_record(l, record, err);
        if (!rc && l->rounds < ROUNDS_MAX)
            rc = want_forward(l, object, record, err);
    }
    if (rc || page->done)
        return rc;
    if (!crmi_grow(alloc, &l->more, &l->more_cap, l->more_count + 1, sizeof *l->more))
        return crmi_fail_nomem(err);
    crmi_lookup_part *more = &l->more[l->more_count++];
    more->object = object;
    crmi_buf_init(&more->next_url, alloc);
    crmi_buf_add(&more->next_url, crmi_buf_str(&page->next_url));
    return crmi_buf_ok(&more->next_url) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* The whole query is refused over one field that the org does not show any more. */
static int32_t learn_fields(crmi_lookup *l, const crmi_composite_part *part, crmsync_error **err)
{
    crmi_sf_errors errors;
    int32_t rc = crmi_sf_error_take(&l->arena, part->status, part->body, &errors, err);
    return rc || errors.rule->retry != CRMI_RETRY_DESCRIBE ? rc
                                                           : crmi_describe_doubt(l->task->job->ws, err);
}

static int32_t take_part(crmi_lookup *l, uint32_t object, const crmi_composite_part *part,
                         crmsync_error **err)
{
    const crmi_lookup_ask *ask = &l->ask[object];
    crmi_query_page page;
    if (!part || part->status != 200) {
        l->ask[object].failed = true;
        crmi_engine_log(l->task->job->ws->engine, CRMSYNC_LOG_WARN,
                        "looking up %s records failed with status %d; their creation is held",
                        crmi_crm_object_at(object)->name, part ? part->status : 0);
        return part && part->status >= 400 ? learn_fields(l, part, err) : CRMSYNC_OK;
    }
    crmi_query_page_init(&page, crmi_workspace_alloc(l->task->job->ws));
    int32_t rc = crmi_query_page_take(crmi_workspace_alloc(l->task->job->ws), part->body,
                                      crmi_str(crmi_crm_object_at(object)->name), ask->columns,
                                      ask->selection.count, &page, err);
    if (!rc)
        rc = take_page(l, object, &page, err);
    crmi_query_page_clear(&page);
    return rc;
}

static int32_t take_composite(crmi_lookup *l, size_t call, crmsync_error **err)
{
    crmi_composite_answer answer;
    char name[24];
    int32_t rc = crmi_composite_read(crmi_workspace_alloc(l->task->job->ws),
                                     &l->task->call[call].response, l->part_count[call], &answer, err);
    for (size_t i = 0; !rc && i < l->part_count[call]; i++) {
        part_name(name, i);
        rc = take_part(l, l->parts[call][i].object, crmi_composite_find(&answer, crmi_str(name)), err);
    }
    crmi_composite_answer_clear(&answer);
    return rc;
}

static int32_t take_more(crmi_lookup *l, size_t call, crmsync_error **err)
{
    uint32_t object = l->parts[call][0].object;
    const crmi_lookup_ask *ask = &l->ask[object];
    crmi_query_page page;
    crmi_query_page_init(&page, crmi_workspace_alloc(l->task->job->ws));
    int32_t rc = crmi_query_answer_read(crmi_workspace_alloc(l->task->job->ws), 0,
                                        &l->task->call[call].response,
                                        crmi_str(crmi_crm_object_at(object)->name), ask->columns,
                                        ask->selection.count, &page, err);
    if (!rc)
        rc = take_page(l, object, &page, err);
    crmi_query_page_clear(&page);
    return rc;
}

int32_t crmi_lookup_take(crmi_lookup *l, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    l->rounds++;
    for (size_t i = 0; !rc && i < l->task->calls; i++) {
        rc = crmi_task_answer(l->task, i, err);
        if (!rc)
            rc = l->part_count[i] ? take_composite(l, i, err) : take_more(l, i, err);
    }
    crmi_task_reset_calls(l->task);
    return rc;
}

crmi_record crmi_lookup_get(const crmi_lookup *l, crmsync_str id)
{
    char key[32];
    size_t len = 0, index;
    crmsync_normalize_id(id, key, sizeof key, &len);
    if (!len || !crmi_map_get_index(&l->by_id, (crmsync_str){key, len}, &index))
        return (crmi_record){NULL, 0};
    return l->records[index];
}

bool crmi_lookup_failed(const crmi_lookup *l, uint32_t object)
{
    return l->ask[object].failed;
}
