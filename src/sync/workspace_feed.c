/*
 * What reaches the workspace between runs: changes that the org told of, and records that the host
 * wants pushed as they happen.
 */
#include "state/cursor.h"
#include "state/queue.h"
#include "sync/workspace.h"

#define EVENTS_MOST 10000u
#define IDS_MOST    10000u
#define REPLAY_MOST 512u

/* ---- change events ---- */

typedef struct feed_reader {
    crmsync_workspace *ws;
    crmi_units units;
    int64_t now_ms;
    crmsync_str replay; /* of the last event that told one */
    uint64_t taken;
} feed_reader;

static bool imported(const crmsync_config *config, const crmi_crm_object *crm)
{
    const crmi_object_rule *rule = crm ? &config->objects[crm->number] : NULL;
    return rule && rule->enabled &&
           (rule->direction == CRMI_DIRECTION_IN || rule->direction == CRMI_DIRECTION_BOTH);
}

/* The record is read again by its id, whatever happened to it. */
static bool put_changed(feed_reader *r, const crmi_crm_object *crm, crmsync_str text,
                        crmsync_str why, crmi_arena *arena)
{
    crmsync_str id;
    if (!crmi_keep_id(arena, text, &id))
        return false;
    if (!id.len || crmi_crm_object_by_id(id) != crm)
        return true; /* a wildcard, or an id of something else: nothing to read */
    crmi_queued item = {.part = crmi_str(crm->name),
                        .kind = crmi_str(crm->name),
                        .id = id,
                        .reason = why,
                        .space = CRMSYNC_SPACE_PENDING,
                        .prio = CRMI_PRIO_EVENT,
                        .due_ms = r->now_ms,
                        .since_ms = r->now_ms};
    crmi_units_begin(&r->units);
    crmi_queue_put(&r->units.changes, &item);
    r->taken++;
    return true;
}

/* More changed than was told: the object is polled again from where it stands, as soon as may be. */
static void put_gap(feed_reader *r, const crmi_crm_object *crm)
{
    crmi_key key = crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("gap"), crmi_str(crm->name)));
    crmi_buf value;
    crmi_buf_init(&value, crmi_workspace_alloc(r->ws));
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_i64(&w, "since", r->now_ms);
    crmi_jw_object_end(&w);
    crmi_units_begin(&r->units);
    crmi_document_put(&r->units.changes, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &value);
    r->taken++;
}

/* CometD hands over {"data":{"payload":...,"event":{"replayId"}}}, decoders of the Pub/Sub API
 * {"payload":...,"replayId"}, others the payload itself. */
static const yyjson_val *payload_of(const yyjson_val *event, crmsync_str *replay)
{
    const yyjson_val *data = crmi_json_member(event, "data");
    const yyjson_val *outer = data ? data : event;
    const yyjson_val *told = crmi_json_member(crmi_json_member(outer, "event"), "replayId");
    const yyjson_val *payload = crmi_json_member(outer, "payload");
    if (!told)
        told = crmi_json_member(outer, "replayId");
    *replay = crmi_json_text(told);
    if (!replay->ptr)
        *replay = crmi_json_raw(told);
    return payload ? payload : outer;
}

static int32_t refuse(size_t at, const char *what, crmsync_error **err)
{
    char where[32];
    snprintf(where, sizeof where, "/%zu", at);
    return crmi_fail_at(err, CRMSYNC_E_INVALID, crmi_str(where),
                        "Hand over change events as Salesforce delivers them, decoded to JSON.", what);
}

static int32_t read_event(feed_reader *r, const yyjson_val *event, size_t at, crmi_arena *arena,
                          crmsync_error **err)
{
    crmsync_str replay;
    const yyjson_val *payload = payload_of(event, &replay);
    const yyjson_val *header = crmi_json_member(payload, "ChangeEventHeader");
    crmsync_str entity = crmi_json_member_text(header, "entityName");
    crmsync_str type = crmi_json_member_text(header, "changeType");
    yyjson_val *list = crmi_json_member(header, "recordIds"), *v;
    size_t i, n;
    if (!entity.len || !type.len || !yyjson_is_arr(list))
        return refuse(at, "not a change event: ChangeEventHeader with entityName, changeType and "
                          "recordIds is needed", err);
    if (yyjson_arr_size(list) > IDS_MOST || replay.len > REPLAY_MOST)
        return refuse(at, "a change event with too many ids, or too long a replay id", err);
    if (replay.len && !crmi_arena_str(arena, replay, &r->replay))
        return crmi_fail_nomem(err);
    const crmi_crm_object *crm = crmi_crm_object_named(entity);
    if (!imported(r->ws->config, crm))
        return CRMSYNC_OK;
    if (crmi_str_is(type, "GAP_OVERFLOW"))
        put_gap(r, crm);
    yyjson_arr_foreach(list, i, n, v)
    {
        if (!put_changed(r, crm, crmi_json_text(v), type, arena))
            return crmi_fail_nomem(err);
    }
    return CRMSYNC_OK;
}

static crmi_key replay_key(crmsync_str channel)
{
    return crmi_key_of(CRMI_KEY_PARTS(CRMI_STR("replay"), channel));
}

/* Last of all: who hands the same events over once more queues the same ids once more. */
static void put_replay(feed_reader *r, crmsync_str channel)
{
    crmi_key key = replay_key(channel);
    crmi_buf value;
    if (!channel.len || !r->replay.len)
        return;
    crmi_buf_init(&value, crmi_workspace_alloc(r->ws));
    crmi_jw w = crmi_jw_to(&value);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "channel", channel);
    crmi_jw_member_text(&w, "replay", r->replay);
    crmi_jw_member_i64(&w, "at", r->now_ms);
    crmi_jw_object_end(&w);
    crmi_units_begin_closing(&r->units);
    crmi_document_put(&r->units.changes, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &value);
}

static int32_t take_events(crmsync_workspace *ws, crmsync_str channel, yyjson_val *events,
                           uint64_t *taken, crmsync_error **err)
{
    crmi_store store = ws->store;
    feed_reader r = {.ws = ws, .now_ms = crmi_engine_wall(ws->engine)};
    crmi_arena arena;
    size_t conflicts = 0, count = yyjson_is_arr(events) ? yyjson_arr_size(events) : 1;
    int32_t rc = CRMSYNC_OK;
    store.fence = NULL; /* whoever holds the lease */
    crmi_arena_init(&arena, crmi_workspace_alloc(ws));
    crmi_units_init(&r.units, &store);
    if (count > EVENTS_MOST)
        rc = crmi_fail(err, CRMSYNC_E_LIMIT, "%zu events at once; at most %u", count, EVENTS_MOST);
    for (size_t i = 0; !rc && i < count; i++)
        rc = read_event(&r, yyjson_is_arr(events) ? yyjson_arr_get(events, i) : events, i,
                        &arena, err);
    if (!rc) {
        put_replay(&r, channel);
        rc = crmi_units_run(&r.units, &conflicts, err);
    }
    if (!rc && taken)
        *taken = r.taken;
    crmi_units_clear(&r.units);
    crmi_arena_clear(&arena);
    return rc;
}

int32_t crmsync_workspace_feed(crmsync_workspace *workspace, crmsync_str channel, crmsync_str events,
                               uint64_t *taken, crmsync_error **err)
{
    yyjson_doc *doc = NULL;
    if (taken)
        *taken = 0;
    if (!workspace || channel.len > CRMI_LOCAL_ID_MAX)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "workspace is NULL, or the channel has more than %d bytes",
                         CRMI_LOCAL_ID_MAX);
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = crmi_json_read(crmi_workspace_alloc(workspace), events, &doc, err);
    if (!rc)
        rc = take_events(workspace, channel, yyjson_doc_get_root(doc), taken, err);
    yyjson_doc_free(doc);
    crmi_engine_leave(workspace->engine);
    return rc;
}

int32_t crmsync_workspace_replay(crmsync_workspace *workspace, crmsync_str channel,
                                 crmsync_str *replay, crmsync_error **err)
{
    crmi_items items;
    yyjson_doc *doc = NULL;
    bool found = false;
    if (!workspace || !replay || !channel.len || channel.len > CRMI_LOCAL_ID_MAX)
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or replay is NULL, or channel is empty");
    *replay = CRMI_STR_EMPTY;
    int32_t rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    crmi_key key = replay_key(channel);
    crmi_items_init(&items, crmi_workspace_alloc(workspace));
    rc = crmi_store_get_one(&workspace->store, CRMSYNC_SPACE_CURSOR, crmi_key_str(&key), &items, &found,
                            err);
    if (!rc && found)
        rc = crmi_document_open(crmi_workspace_alloc(workspace), &items.v[0], &doc, err);
    crmi_buf_reset(&workspace->text);
    if (!rc && found)
        crmi_buf_add(&workspace->text, crmi_json_member_text(yyjson_doc_get_root(doc), "replay"));
    if (!rc && !crmi_buf_ok(&workspace->text))
        rc = crmi_fail_nomem(err);
    if (!rc)
        *replay = crmi_buf_str(&workspace->text);
    yyjson_doc_free(doc);
    crmi_items_clear(&items);
    crmi_engine_leave(workspace->engine);
    return rc;
}

/* ---- auto-push ---- */

static const struct {
    uint32_t what, bit;
    const char *kind, *wish;
} pushes[] = {
    {CRMSYNC_PUSH_NEW_PERSON, CRMI_PUSH_NEW_PEOPLE, "person", "{\"manual\":false,\"as\":\"lead\"}"},
    {CRMSYNC_PUSH_COMPANY, CRMI_PUSH_ACCOUNTS, "company", NULL},
    {CRMSYNC_PUSH_ENGAGEMENT, CRMI_PUSH_ENGAGEMENT, "activity", NULL},
};
#define PUSHES (sizeof pushes / sizeof pushes[0])

static int32_t push(crmsync_workspace *ws, size_t at, const crmsync_str *ids, size_t n,
                    crmsync_error **err)
{
    crmi_units units;
    crmi_store store = ws->store;
    size_t conflicts = 0;
    int64_t now = crmi_engine_wall(ws->engine);
    store.fence = NULL;
    crmi_units_init(&units, &store);
    for (size_t i = 0; i < n; i++) {
        crmi_queued item = {.part = CRMI_PART,
                            .kind = crmi_str(pushes[at].kind),
                            .id = ids[i],
                            .detail = crmi_str(pushes[at].wish),
                            .space = CRMSYNC_SPACE_QUEUE,
                            .prio = CRMI_PRIO_PUSH,
                            .due_ms = now,
                            .since_ms = now};
        crmi_units_begin(&units);
        crmi_queue_put(&units.changes, &item);
    }
    int32_t rc = crmi_units_run(&units, &conflicts, err);
    crmi_units_clear(&units);
    return rc;
}

int32_t crmsync_workspace_push(crmsync_workspace *workspace, uint32_t what, const crmsync_str *ids,
                               size_t n, uint32_t *pushed, crmsync_error **err)
{
    size_t at = 0;
    if (pushed)
        *pushed = 0;
    while (at < PUSHES && pushes[at].what != what)
        at++;
    if (!workspace || at == PUSHES || (n && !ids))
        return crmi_fail(err, CRMSYNC_E_INVALID, "workspace or ids is NULL, or %u is no CRMSYNC_PUSH_*",
                         (unsigned)what);
    int32_t rc = CRMSYNC_OK;
    for (size_t i = 0; !rc && i < n; i++)
        rc = crmi_key_check_local_id(crmi_str(pushes[at].kind), ids[i], err);
    if (rc || !(workspace->config->export.auto_push & (1u << pushes[at].bit)))
        return rc;
    rc = crmi_engine_enter(workspace->engine, err);
    if (rc)
        return rc;
    rc = push(workspace, at, ids, n, err);
    if (!rc && pushed)
        *pushed = 1;
    crmi_engine_leave(workspace->engine);
    return rc;
}
