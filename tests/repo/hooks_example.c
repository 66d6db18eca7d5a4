/*
 * The hooks of docs/hooks.md, as short as they can be, under the conformance kits. The paper quotes
 * this file; tests/check_papers.py compares.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include <crmsync/conformance.h>
#include <crmsync/engine.h>

static int compare(crmsync_str a, crmsync_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* With a NUL behind; ptr NULL = no memory. */
static crmsync_str copy(crmsync_str s)
{
    char *p = malloc(s.len + 1);
    if (p && s.len)
        memcpy(p, s.ptr, s.len);
    if (p)
        p[s.len] = '\0';
    return (crmsync_str){p, p ? s.len : 0};
}

static void drop(crmsync_str s)
{
    free((char *)s.ptr);
}

/* ---- a state store ---- */

struct entry {
    struct entry *next;
    crmsync_str workspace;
    crmsync_kv_item item; /* space, key, value, version */
};

struct toy_store {
    struct entry *first; /* by workspace, space, key */
};

/* Where the entry stands, or would stand; *found tells. */
static struct entry **place(struct toy_store *s, crmsync_str workspace, uint32_t space,
                            crmsync_str key, int *found)
{
    struct entry **at = &s->first;
    int c = 1;
    for (; *at; at = &(*at)->next) {
        c = compare((*at)->workspace, workspace);
        c = c ? c : ((*at)->item.space > space) - ((*at)->item.space < space);
        c = c ? c : compare((*at)->item.key, key);
        if (c >= 0)
            break;
    }
    *found = *at && c == 0;
    return at;
}

static void entry_free(struct entry *e)
{
    drop(e->workspace);
    drop(e->item.key);
    drop(e->item.value);
    free(e);
}

static void unlink_entry(struct entry **at)
{
    struct entry *gone = *at;
    *at = gone->next;
    entry_free(gone);
}

static int32_t toy_get(void *ctx, crmsync_str workspace, const crmsync_kv_item *keys, size_t n,
                       crmsync_state_sink *sink, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    (void)err;
    for (size_t i = 0; !rc && i < n; i++) {
        int found;
        struct entry **at = place(ctx, workspace, keys[i].space, keys[i].key, &found);
        if (found)
            rc = crmsync_state_item(sink, &(*at)->item);
    }
    return rc;
}

static int in_range(const struct entry *e, crmsync_str workspace, uint32_t space, crmsync_str from,
                    crmsync_str to)
{
    return compare(e->workspace, workspace) == 0 && e->item.space == space &&
           compare(e->item.key, from) >= 0 && (!to.len || compare(e->item.key, to) < 0);
}

static int32_t toy_scan(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                        crmsync_str to, uint32_t limit, uint32_t flags, crmsync_state_sink *sink,
                        crmsync_error **err)
{
    struct toy_store *s = ctx;
    size_t hits = 0, skip, i = 0;
    int32_t rc = CRMSYNC_OK;
    (void)err;
    for (struct entry *e = s->first; e; e = e->next)
        hits += (size_t)in_range(e, workspace, space, from, to);
    if (!(flags & CRMSYNC_SCAN_REVERSE)) {
        for (struct entry *e = s->first; !rc && e && i < limit; e = e->next) {
            if (in_range(e, workspace, space, from, to)) {
                rc = crmsync_state_item(sink, &e->item);
                i++;
            }
        }
        return rc;
    }
    for (; !rc && i < limit && hits; i++) { /* the last one, the one before, ... */
        skip = --hits;
        for (struct entry *e = s->first; e; e = e->next) {
            if (in_range(e, workspace, space, from, to) && skip-- == 0) {
                rc = crmsync_state_item(sink, &e->item);
                break;
            }
        }
    }
    return rc;
}

static struct entry *entry_new(crmsync_str workspace, const crmsync_kv_item *item)
{
    struct entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->item = *item;
    e->workspace = copy(workspace);
    e->item.key = copy(item->key);
    e->item.value = copy(item->value);
    if (e->workspace.ptr && e->item.key.ptr && e->item.value.ptr)
        return e;
    entry_free(e);
    return NULL;
}

static int32_t toy_commit(void *ctx, const crmsync_kv_commit *c, uint32_t *outcome,
                          crmsync_error **err)
{
    struct entry *fresh = NULL, *e;
    int found;
    for (size_t i = 0; i < c->expect_count; i++) {
        const crmsync_kv_item *want = &c->expects[i];
        struct entry **at = place(ctx, c->workspace, want->space, want->key, &found);
        if ((found ? (*at)->item.version : 0) != want->version) {
            *outcome = CRMSYNC_COMMIT_CONFLICT;
            return CRMSYNC_OK;
        }
    }
    for (size_t i = 0; i < c->put_count;
         i++) { /* all that can fail comes before the first change */
        e = entry_new(c->workspace, &c->puts[i]);
        if (!e) {
            while ((e = fresh) != NULL) {
                fresh = e->next;
                entry_free(e);
            }
            return crmsync_error_new(CRMSYNC_E_NOMEM, (crmsync_str)CRMSYNC_STR_LIT("no memory"),
                                     err);
        }
        e->next = fresh;
        fresh = e;
    }
    for (size_t i = 0; i < c->delete_count; i++) {
        struct entry **at =
            place(ctx, c->workspace, c->deletes[i].space, c->deletes[i].key, &found);
        if (found)
            unlink_entry(at);
    }
    while ((e = fresh) != NULL) {
        fresh = e->next;
        struct entry **at = place(ctx, c->workspace, e->item.space, e->item.key, &found);
        if (found)
            unlink_entry(at);
        e->next = *at;
        *at = e;
    }
    *outcome = CRMSYNC_COMMIT_OK; /* durable from here on */
    return CRMSYNC_OK;
}

static int32_t toy_clear(void *ctx, crmsync_str workspace, uint32_t space, crmsync_str from,
                         crmsync_str to, crmsync_error **err)
{
    struct toy_store *s = ctx;
    struct entry **at = &s->first;
    (void)err;
    while (*at) {
        if (in_range(*at, workspace, space, from, to))
            unlink_entry(at);
        else
            at = &(*at)->next;
    }
    return CRMSYNC_OK;
}

static const crmsync_state_ops toy_state_ops = {
    sizeof(crmsync_state_ops),
    1000,
    1u << 20,
    16u << 20,
    toy_get,
    toy_scan,
    toy_commit,
    toy_clear,
    NULL,
};

/* ---- a transport ---- */

struct blocking {
    CURL *curl;
    crmsync_str body;          /* of the request under way */
    size_t sent;
    crmsync_http_reply *reply; /* where its answer goes */
    int head_given;
    crmsync_header headers[64];
    size_t header_count;
};

static size_t give_body(char *room, size_t size, size_t n, void *ctx)
{
    struct blocking *b = ctx;
    size_t left = b->body.len - b->sent, take = size * n < left ? size * n : left;
    if (take)
        memcpy(room, b->body.ptr + b->sent, take);
    b->sent += take;
    return take;
}

/* libcurl asks to rewind the body when it wants to send a request a second time. Never. */
static int refuse_rewind(void *ctx, curl_off_t offset, int origin)
{
    (void)ctx;
    (void)offset;
    (void)origin;
    return CURL_SEEKFUNC_FAIL;
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx)
{
    struct blocking *b = ctx;
    size_t len = size * n;
    char *colon = memchr(line, ':', len);
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) { /* a new head, after 100 Continue */
        while (b->header_count)
            drop(b->headers[--b->header_count].name);
    } else if (colon && b->header_count < 64) {
        crmsync_str kept = copy((crmsync_str){line, len});
        size_t at = (size_t)(colon - line), from = at + 1;
        while (kept.ptr && len > from && strchr(" \r\n", line[len - 1]))
            len--;
        while (kept.ptr && from < len && line[from] == ' ')
            from++;
        if (kept.ptr)
            b->headers[b->header_count++] =
                (crmsync_header){{kept.ptr, at}, {kept.ptr + from, len - from}};
    }
    return size * n;
}

static void give_head(struct blocking *b)
{
    long status = 0;
    if (b->head_given)
        return;
    b->head_given = 1;
    curl_easy_getinfo(b->curl, CURLINFO_RESPONSE_CODE, &status);
    crmsync_http_reply_head(b->reply, (int32_t)status, b->headers, b->header_count);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct blocking *b = ctx;
    give_head(b);
    if (crmsync_http_reply_body(b->reply, (crmsync_str){bytes, size * n}) ==
        CRMSYNC_HTTP_BODY_LIMIT)
        return 0; /* ends the exchange with an error: UNKNOWN */
    return size * n;
}

static uint64_t mono_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int32_t outcome_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return CRMSYNC_HTTP_RESPONDED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_URL_MALFORMAT:
        return CRMSYNC_HTTP_NOT_SENT; /* nothing can have left */
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return CRMSYNC_HTTP_REFUSED_TLS;
    default:
        return CRMSYNC_HTTP_UNKNOWN; /* if in doubt, this one: it is looked up, never repeated */
    }
}

static void set_body(struct blocking *b, const crmsync_http_request *r, const char *method)
{
    b->body = r->body;
    b->sent = 0;
    if (strcmp(method, "GET") != 0 && strcmp(method, "DELETE") != 0) {
        curl_easy_setopt(b->curl, CURLOPT_POST, 1L);
        curl_easy_setopt(b->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        curl_easy_setopt(b->curl, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(b->curl, CURLOPT_READDATA, b);
        curl_easy_setopt(b->curl, CURLOPT_SEEKFUNCTION, refuse_rewind);
    }
    if (!r->body.len &&
        !(r->flags & CRMSYNC_HTTP_IDEMPOTENT)) /* no body that it could ask to rewind */
        curl_easy_setopt(b->curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(b->curl, CURLOPT_CUSTOMREQUEST, method);
}

static void set_answer(struct blocking *b, crmsync_http_reply *reply)
{
    b->reply = reply;
    b->head_given = 0;
    curl_easy_setopt(b->curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(b->curl, CURLOPT_HEADERDATA, b);
    curl_easy_setopt(b->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(b->curl, CURLOPT_WRITEDATA, b);
    curl_easy_setopt(b->curl, CURLOPT_ACCEPT_ENCODING, "");
}

static struct curl_slist *header_lines(const crmsync_http_request *r)
{
    struct curl_slist *lines = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < r->header_count; i++) {
        const crmsync_header *h = &r->headers[i];
        size_t size = h->name.len + h->value.len + 3;
        char *line = malloc(size);
        if (line) {
            snprintf(line, size, "%.*s: %.*s", (int)h->name.len, h->name.ptr, (int)h->value.len,
                     h->value.ptr);
            lines = curl_slist_append(lines, line);
        }
        free(line);
    }
    return lines;
}

static int32_t blocking_send(void *ctx, const crmsync_http_request *r, crmsync_http_reply *reply,
                             crmsync_error **err)
{
    struct blocking *b = ctx;
    int32_t outcome = CRMSYNC_HTTP_NOT_SENT;
    crmsync_str url = copy(r->url), method = copy(r->method);
    struct curl_slist *lines = header_lines(r);
    (void)err;
    curl_easy_reset(b->curl); /* keeps its connections */
    curl_easy_setopt(b->curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(b->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(b->curl, CURLOPT_TIMEOUT_MS, (long)(r->timeout_ms ? r->timeout_ms : 120000));
    curl_easy_setopt(b->curl, CURLOPT_URL, url.ptr);
    curl_easy_setopt(b->curl, CURLOPT_HTTPHEADER, lines);
    if (method.ptr && lines && url.ptr && (strncmp(url.ptr, "http://", 7) == 0 ||
                                           strncmp(url.ptr, "https://", 8) == 0)) {
        set_body(b, r, method.ptr);
        set_answer(b, reply);
        if (!r->not_after || mono_ms() <= r->not_after) /* asked as late as it can be */
            outcome = outcome_of(curl_easy_perform(b->curl));
    }
    if (outcome == CRMSYNC_HTTP_RESPONDED)
        give_head(b); /* an answer without a body */
    while (b->header_count)
        drop(b->headers[--b->header_count].name);
    curl_slist_free_all(lines);
    drop(url);
    drop(method);
    return outcome;
}

/* ---- a record store ---- */

enum { EMAIL, FIRST_NAME, LAST_NAME, FIELDS };
static const char *const field_names[] = {"email", "first_name", "last_name"};

struct person {
    unsigned id, rev;
    uint64_t changed; /* number of its last change */
    int deleted;
    crmsync_str workspace, origin;
    crmsync_str fields[FIELDS]; /* ptr NULL = empty */
};

struct toy_people {
    struct person all[100];
    unsigned count;
    uint64_t changes;
};

static crmsync_str str(const char *s)
{
    return (crmsync_str){s, strlen(s)};
}

static crmsync_cell text_cell(crmsync_str s)
{
    crmsync_cell cell = {s, 0, s.ptr ? CRMSYNC_CELL_TEXT : CRMSYNC_CELL_NULL, 0};
    return cell;
}

static crmsync_str numbered(char *room, size_t size, const char *prefix, uint64_t n)
{
    snprintf(room, size, "%s%llu", prefix, (unsigned long long)n);
    return str(room);
}

/* The person of this id, or of this origin; NULL = there is none. */
static struct person *find_person(struct toy_people *p, crmsync_str workspace, crmsync_str id,
                                  crmsync_str origin)
{
    char room[24];
    for (unsigned i = 0; i < p->count; i++) {
        struct person *one = &p->all[i];
        if (one->deleted || compare(one->workspace, workspace) != 0)
            continue;
        if ((id.len && compare(numbered(room, sizeof room, "p", one->id), id) == 0) ||
            (origin.len && compare(one->origin, origin) == 0))
            return one;
    }
    return NULL;
}

static int32_t people_load(void *ctx, crmsync_str workspace, crmsync_str kind,
                           const crmsync_str *ids, size_t n, crmsync_record_sink *sink,
                           crmsync_error **err)
{
    crmsync_str names[3 + FIELDS] = {str("id"), str("rev"), str("origin")};
    crmsync_rows *rows = NULL;
    for (size_t f = 0; f < FIELDS; f++)
        names[3 + f] = str(field_names[f]);
    int32_t rc = crmsync_rows_new(NULL, kind, names, 3 + FIELDS, &rows, err);
    for (size_t i = 0; !rc && i < n; i++) {
        struct person *one = find_person(ctx, workspace, ids[i], str(""));
        char rev[24];
        if (!one)
            continue;
        crmsync_cell cells[3 + FIELDS] = {
            text_cell(ids[i]), text_cell(numbered(rev, sizeof rev, "", one->rev)),
            text_cell(one->origin)};
        for (size_t f = 0; f < FIELDS; f++)
            cells[3 + f] = text_cell(one->fields[f]);
        rc = crmsync_rows_append(rows, cells, 3 + FIELDS, err);
    }
    rc = rc ? rc : crmsync_record_rows(sink, rows);
    crmsync_rows_free(rows);
    return rc;
}

static crmsync_cell cell_of(const crmsync_rows *rows, size_t row, const char *name)
{
    int32_t at = crmsync_rows_find_field(rows, str(name));
    return crmsync_rows_get(rows, row, at < 0 ? (size_t)-1 : (size_t)at);
}

/* 1 = the row says nothing that the person does not hold already. */
static int holds(const struct person *one, const crmsync_rows *items, size_t row)
{
    for (size_t f = 0; f < FIELDS; f++) {
        crmsync_cell cell = cell_of(items, row, field_names[f]);
        if (cell.type != CRMSYNC_CELL_ABSENT && compare(cell.text, one->fields[f]) != 0)
            return 0;
    }
    return 1;
}

static void write_person(struct toy_people *p, struct person *one, const crmsync_rows *items,
                         size_t row)
{
    for (size_t f = 0; f < FIELDS; f++) {
        crmsync_cell cell = cell_of(items, row, field_names[f]);
        if (cell.type == CRMSYNC_CELL_ABSENT) /* says nothing of this field */
            continue;
        drop(one->fields[f]);
        one->fields[f] = cell.type == CRMSYNC_CELL_TEXT ? copy(cell.text) : (crmsync_str){NULL, 0};
    }
    one->rev++;
    one->changed = ++p->changes;
}

static uint32_t save_one(struct toy_people *p, crmsync_str workspace, const crmsync_rows *items,
                         size_t row, struct person **out)
{
    crmsync_str rev = cell_of(items, row, "rev").text, origin = cell_of(items, row, "origin").text;
    char now[24];
    if (rev.len) {
        *out = find_person(p, workspace, cell_of(items, row, "id").text, str(""));
        if (!*out)
            return CRMSYNC_SAVE_GONE;
        if (compare(numbered(now, sizeof now, "", (*out)->rev), rev) != 0)
            return CRMSYNC_SAVE_CONFLICT; /* somebody edited it since it was loaded */
    } else {
        *out = origin.len ? find_person(p, workspace, str(""), origin) : NULL;
        if (*out) /* this creation was carried out before: the same answer again */
            return holds(*out, items, row) ? CRMSYNC_SAVE_SAVED : CRMSYNC_SAVE_CONFLICT;
        if (p->count == 100)
            return CRMSYNC_SAVE_REFUSED;
        *out = &p->all[p->count++];
        (*out)->id = p->count;
        (*out)->workspace = copy(workspace);
        (*out)->origin = copy(origin);
    }
    write_person(p, *out, items, row);
    return CRMSYNC_SAVE_SAVED;
}

static int32_t people_save(void *ctx, crmsync_str workspace, const crmsync_rows *items,
                           crmsync_record_sink *sink, crmsync_error **err)
{
    int32_t rc = CRMSYNC_OK;
    (void)err;
    for (size_t i = 0; !rc && i < crmsync_rows_count(items); i++) {
        struct person *one = NULL;
        char id[24] = "", rev[24] = "";
        uint32_t outcome = save_one(ctx, workspace, items, i, &one);
        if (outcome == CRMSYNC_SAVE_SAVED) {
            numbered(id, sizeof id, "p", one->id);
            numbered(rev, sizeof rev, "", one->rev);
        }
        rc = crmsync_record_saved(sink, i, outcome, str(id), str(rev), NULL, 0, /* stored as sent */
                                  str(outcome == CRMSYNC_SAVE_REFUSED ? "the store is full" : ""));
    }
    return rc;
}

static struct person *changed_after(struct toy_people *p, crmsync_str workspace, uint64_t number)
{
    struct person *first = NULL;
    for (unsigned i = 0; i < p->count; i++) {
        struct person *one = &p->all[i];
        if (one->changed > number && compare(one->workspace, workspace) == 0 &&
            (!first || one->changed < first->changed))
            first = one;
    }
    return first;
}

static int32_t people_changed(void *ctx, crmsync_str workspace, crmsync_str kind,
                              crmsync_str cursor, uint32_t limit, crmsync_record_sink *sink,
                              crmsync_error **err)
{
    const crmsync_str names[] = {str("id"), str("rev"), str("deleted")};
    struct person *one = NULL;
    crmsync_rows *rows = NULL;
    char id[24], rev[24], next[24];
    uint64_t at = 0;
    for (size_t i = 0; i < cursor.len; i++) /* the cursor is ours: the number of a change */
        at = at * 10 + (uint64_t)(cursor.ptr[i] - '0');
    int32_t rc = crmsync_rows_new(NULL, kind, names, 3, &rows, err);
    for (uint32_t n = 0; !rc && n < limit && (one = changed_after(ctx, workspace, at)) != NULL;
         n++) {
        crmsync_cell cells[3] = {text_cell(numbered(id, sizeof id, "p", one->id)),
                                 text_cell(numbered(rev, sizeof rev, "", one->rev)),
                                 {{NULL, 0}, one->deleted, CRMSYNC_CELL_BOOL, 0}};
        rc = crmsync_rows_append(rows, cells, 3, err);
        at = one->changed;
    }
    rc = rc ? rc : crmsync_record_rows(sink, rows);
    rc = rc ? rc : crmsync_record_cursor(sink, numbered(next, sizeof next, "", at),
                                         changed_after(ctx, workspace, at) != NULL);
    crmsync_rows_free(rows);
    return rc;
}

static const crmsync_record_ops people_ops = {
    sizeof(crmsync_record_ops), people_load, NULL, people_save, people_changed, NULL,
};

/* ---- an environment ---- */

static int64_t wall_ms(void *ctx)
{
    struct timespec t;
    (void)ctx;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t boot_ms(void *ctx)
{
    (void)ctx;
    return mono_ms();
}

static int32_t fill_random(void *ctx, void *out, size_t n, crmsync_error **err)
{
    (void)ctx;
    for (size_t done = 0; done < n; done += 256) {
        if (getentropy((char *)out + done, n - done < 256 ? n - done : 256) != 0)
            return crmsync_error_new(CRMSYNC_E_CALLBACK, str("no random bytes"), err);
    }
    return CRMSYNC_OK;
}

static int32_t seal_key(void *ctx, crmsync_str workspace, crmsync_str key_id,
                        crmsync_bytes_sink *key_out, crmsync_bytes_sink *id_out,
                        crmsync_error **err)
{
    (void)ctx;
    (void)workspace;
    if (key_id.len && compare(key_id, str("2026")) != 0)
        return crmsync_error_new(CRMSYNC_E_CALLBACK, str("no key of that id"), err);
    int32_t rc = crmsync_bytes_set(id_out, str("2026"));
    return rc ? rc : crmsync_bytes_set(key_out, str("32 bytes from your own key store"));
}

static const crmsync_env_ops env_ops = {
    sizeof(crmsync_env_ops),
    wall_ms,
    boot_ms,
    fill_random,
    NULL,
    NULL,
    NULL,
    seal_key,
    NULL,
    NULL,
    NULL,
};

/* ---- the kits ---- */

static void tell(void *ctx, const char *name, int32_t result, const char *message)
{
    (void)ctx;
    if (result != CRMSYNC_CASE_PASSED)
        printf("%s %s: %s\n", result == CRMSYNC_CASE_FAILED ? "FAILED" : "skipped", name, message);
}

static int32_t check_store(void)
{
    struct toy_store store = {NULL};
    int32_t failures = crmsync_conformance_state(&toy_state_ops, &store, NULL, tell, NULL);
    while (store.first)
        unlink_entry(&store.first);
    return failures;
}

static int32_t check_transport(void)
{
    struct blocking b = {.curl = curl_easy_init()};
    crmsync_conformance_transport_options options = CRMSYNC_CONFORMANCE_TRANSPORT_OPTIONS_INIT;
    crmsync_sync_transport_options blocking = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    crmsync_sync_transport *transport = NULL;
    blocking.send = blocking_send;
    blocking.ctx = &b;
    options.blocking = 1;
    int32_t failures = crmsync_sync_transport_new(&blocking, &transport, NULL)
                           ? 1
                           : crmsync_conformance_transport(crmsync_sync_transport_ops(), transport,
                                                           &options, tell, NULL);
    crmsync_sync_transport_free(transport);
    curl_easy_cleanup(b.curl);
    return failures;
}

static int32_t remove_person(void *ctx, crmsync_str workspace, crmsync_str kind, crmsync_str id)
{
    struct toy_people *p = ctx;
    struct person *one = find_person(p, workspace, id, str(""));
    (void)kind;
    if (!one)
        return CRMSYNC_E_NOT_FOUND;
    one->deleted = 1;
    one->changed = ++p->changes;
    return CRMSYNC_OK;
}

static int32_t check_records(void)
{
    static struct toy_people people;
    crmsync_conformance_record_options options = CRMSYNC_CONFORMANCE_RECORD_OPTIONS_INIT;
    options.remove = remove_person;
    options.remove_ctx = &people;
    int32_t failures = crmsync_conformance_records(&people_ops, &people, &options, tell, NULL);
    for (unsigned i = 0; i < people.count; i++) {
        drop(people.all[i].workspace);
        drop(people.all[i].origin);
        for (size_t f = 0; f < FIELDS; f++)
            drop(people.all[i].fields[f]);
    }
    return failures;
}

/* An engine asks for all that is required, and takes what is given. */
static int32_t check_engine(void)
{
    struct toy_store store = {NULL};
    static struct toy_people people;
    crmsync_engine_options hooks = CRMSYNC_ENGINE_OPTIONS_INIT;
    crmsync_engine *engine = NULL;
    crmsync_sync_transport *transport = NULL;
    struct blocking b = {.curl = NULL};
    crmsync_sync_transport_options blocking = CRMSYNC_SYNC_TRANSPORT_OPTIONS_INIT;
    blocking.send = blocking_send;
    blocking.ctx = &b;
    if (crmsync_sync_transport_new(&blocking, &transport, NULL))
        return 1;
    hooks.env = &env_ops;
    hooks.state = &toy_state_ops;
    hooks.state_ctx = &store;
    hooks.records = &people_ops;
    hooks.records_ctx = &people;
    hooks.transport = crmsync_sync_transport_ops();
    hooks.transport_ctx = transport;
    int32_t rc = crmsync_engine_new(&hooks, &engine, NULL);
    crmsync_engine_free(engine); /* and with it the transport, whose table has a destroy */
    return rc ? 1 : 0;
}

int main(void)
{
    int32_t failures = check_store() + check_records() + check_transport() + check_engine();
    printf("%d failures\n", (int)failures);
    return failures ? 1 : 0;
}
