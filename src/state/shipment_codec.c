#include "state/shipment_codec.h"

static const char *const states[] = {"planned", "sending", "settled", "failed",
                                     "unknown", "retry",   "parked"};
#define STATES ((crmi_names){states, sizeof states / sizeof *states})

/* Texts of an intent. */
#define INTENT_MEMBER(name, member)                                                                \
    {                                                                                              \
        name, offsetof(crmi_intent, member)                                                        \
    }
static const struct {
    const char *member;
    size_t offset;
} texts[] = {
    INTENT_MEMBER("uuid", uuid),       INTENT_MEMBER("op", op),
    INTENT_MEMBER("object", object),   INTENT_MEMBER("crm_id", crm_id),
    INTENT_MEMBER("kind", local_kind), INTENT_MEMBER("id", local_id),
    INTENT_MEMBER("rev", local_rev),   INTENT_MEMBER("slot", slot),
    INTENT_MEMBER("user", user),       INTENT_MEMBER("group", group),
    INTENT_MEMBER("code", code),       INTENT_MEMBER("message", message),
};
#define TEXTS (sizeof texts / sizeof texts[0])

static const char *const intent_known[] = {
    "uuid",     "op",    "object",   "crm_id",  "kind",       "id",    "rev",    "slot",
    "user",     "group", "code",     "message", "fields",     "local", "before", "claims",
    "position", "state", "attempts", "sent",    "look_after", "plan",  NULL};
static const char *const head_known[] = {"kind", "job",         "run",  "state",
                                         "sent", "send_within", "rows", NULL};

crmi_key crmi_shipment_head_key(crmsync_str part, crmsync_str ulid)
{
    return crmi_key_of(CRMI_KEY_PARTS(part, ulid));
}

crmi_key crmi_shipment_row_key(crmsync_str part, crmsync_str ulid, size_t row)
{
    crmi_key k = crmi_shipment_head_key(part, ulid);
    crmi_key_digits(&k, row, 5);
    return k;
}

static void encode_claims(crmi_jw *w, const crmi_intent *intent)
{
    if (intent->claim_count == 0)
        return;
    crmi_jw_member_array(w, "claims");
    for (size_t i = 0; i < intent->claim_count; i++) {
        crmi_jw_array(w);
        crmi_jw_text(w, intent->claims[i].kind);
        crmi_jw_text(w, intent->claims[i].key_kind);
        crmi_jw_text(w, intent->claims[i].key);
        crmi_jw_array_end(w);
    }
    crmi_jw_array_end(w);
}

void crmi_intent_encode(const crmi_intent *intent, crmi_buf *out)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        memcpy(&s, (const char *)intent + texts[i].offset, sizeof s);
        crmi_member_text(&w, texts[i].member, s);
    }
    crmi_name_write(&w, "state", STATES, intent->state);
    crmi_member_u64(&w, "position", intent->position);
    crmi_member_u64(&w, "attempts", intent->attempts);
    crmi_member_i64(&w, "sent", intent->sent);
    crmi_member_i64(&w, "look_after", intent->look_after);
    crmi_fields_write(&w, "fields", intent->fields, intent->field_count);
    crmi_fields_write(&w, "local", intent->local, intent->local_count);
    crmi_fields_write(&w, "before", intent->before, intent->before_count);
    encode_claims(&w, intent);
    if (intent->plan.len) {
        crmi_jw_key(&w, CRMI_STR("plan"));
        crmi_jw_raw(&w, intent->plan);
    }
    crmi_extra_write(&w, intent->extra);
    crmi_jw_object_end(&w);
}

void crmi_shipment_head_encode(const crmi_shipment *s, crmi_buf *out)
{
    crmi_jw w = crmi_jw_to(out);
    crmi_jw_object(&w);
    crmi_member_text(&w, "kind", s->kind);
    crmi_member_text(&w, "job", s->job);
    crmi_member_text(&w, "run", s->run);
    crmi_name_write(&w, "state", STATES, s->state);
    crmi_member_i64(&w, "sent", s->sent);
    crmi_member_i64(&w, "send_within", s->send_within);
    crmi_jw_member_u64(&w, "rows", s->rows);
    crmi_extra_write(&w, s->extra);
    crmi_jw_object_end(&w);
}

static int32_t decode_claims(crmi_arena *arena, yyjson_val *list, crmi_intent *out)
{
    yyjson_val *row;
    size_t i, n;
    if (!list)
        return CRMSYNC_OK;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    crmi_claim *claims = crmi_arena_array(arena, yyjson_arr_size(list) + 1, sizeof *claims);
    if (!claims)
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, row)
    {
        if (!yyjson_is_arr(row) || yyjson_arr_size(row) != 3)
            return CRMSYNC_E_CORRUPT;
        if (!crmi_arena_str(arena, crmi_json_text(yyjson_arr_get(row, 0)), &claims[i].kind) ||
            !crmi_arena_str(arena, crmi_json_text(yyjson_arr_get(row, 1)), &claims[i].key_kind) ||
            !crmi_arena_str(arena, crmi_json_text(yyjson_arr_get(row, 2)), &claims[i].key))
            return CRMSYNC_E_NOMEM;
    }
    out->claims = claims;
    out->claim_count = yyjson_arr_size(list);
    return CRMSYNC_OK;
}

static int32_t decode_values(crmi_arena *arena, const yyjson_val *o, crmi_intent *out)
{
    crmi_named_cell *fields, *local, *before;
    int32_t rc = crmi_fields_read(arena, crmi_json_member(o, "fields"), &fields, &out->field_count);
    if (!rc)
        rc = crmi_fields_read(arena, crmi_json_member(o, "local"), &local, &out->local_count);
    if (!rc)
        rc = crmi_fields_read(arena, crmi_json_member(o, "before"), &before, &out->before_count);
    if (rc)
        return rc;
    out->fields = fields;
    out->local = local;
    out->before = before;
    return decode_claims(arena, crmi_json_member(o, "claims"), out);
}

static int32_t decode_plan(crmi_arena *arena, const yyjson_val *plan, crmi_intent *out)
{
    crmi_buf buf;
    if (!plan)
        return CRMSYNC_OK;
    crmi_buf_init(&buf, arena->alloc);
    crmi_jw w = crmi_jw_to(&buf);
    crmi_jw_value(&w, plan);
    bool ok = crmi_buf_ok(&buf) && crmi_arena_str(arena, crmi_buf_str(&buf), &out->plan);
    crmi_buf_clear(&buf);
    return ok ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

static int32_t decode_intent(crmi_arena *arena, yyjson_val *o, crmi_intent *out)
{
    uint64_t position = 0, attempts = 0;
    if (!yyjson_is_obj(o) || !crmi_name_read(o, "state", STATES, &out->state))
        return CRMSYNC_E_CORRUPT;
    for (size_t i = 0; i < TEXTS; i++) {
        crmsync_str s;
        if (!crmi_member_dup(arena, o, texts[i].member, &s))
            return CRMSYNC_E_NOMEM;
        memcpy((char *)out + texts[i].offset, &s, sizeof s);
    }
    crmi_json_member_u64(o, "position", &position);
    crmi_json_member_u64(o, "attempts", &attempts);
    out->position = (uint32_t)position;
    out->attempts = (uint32_t)attempts;
    crmi_json_member_i64(o, "sent", &out->sent);
    crmi_json_member_i64(o, "look_after", &out->look_after);
    int32_t rc = decode_values(arena, o, out);
    if (!rc)
        rc = decode_plan(arena, crmi_json_member(o, "plan"), out);
    if (!rc && !crmi_extra_read(arena, o, intent_known, &out->extra))
        rc = CRMSYNC_E_NOMEM;
    return rc;
}

static int32_t decode_intents(crmi_shipment *s, yyjson_val *list)
{
    yyjson_val *o;
    size_t i, n;
    if (!yyjson_is_arr(list))
        return CRMSYNC_E_CORRUPT;
    if (!crmi_arena_grow(&s->arena, &s->intents, &s->cap, s->count + yyjson_arr_size(list),
                         sizeof *s->intents))
        return CRMSYNC_E_NOMEM;
    yyjson_arr_foreach(list, i, n, o)
    {
        crmi_intent intent = {.state = CRMI_SHIP_PLANNED};
        int32_t rc = decode_intent(&s->arena, o, &intent);
        if (rc)
            return rc;
        s->intents[s->count++] = intent;
    }
    return CRMSYNC_OK;
}

int32_t crmi_shipment_row_decode(crmi_shipment *s, const crmsync_kv_item *item, crmsync_error **err)
{
    yyjson_doc *doc;
    int32_t rc = crmi_document_open(s->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    rc = decode_intents(s, crmi_json_member(yyjson_doc_get_root(doc), "intents"));
    yyjson_doc_free(doc);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    return rc ? crmi_document_corrupt(item, "not a row of intents", err) : CRMSYNC_OK;
}

int32_t crmi_shipment_head_decode(crmi_shipment *s, const crmsync_kv_item *item,
                                  crmsync_error **err)
{
    yyjson_doc *doc;
    uint64_t rows = 0;
    int32_t rc = crmi_document_open(s->arena.alloc, item, &doc, err);
    if (rc)
        return rc;
    const yyjson_val *o = yyjson_doc_get_root(doc);
    if (!crmi_member_dup(&s->arena, o, "kind", &s->kind) ||
        !crmi_member_dup(&s->arena, o, "job", &s->job) ||
        !crmi_member_dup(&s->arena, o, "run", &s->run) ||
        !crmi_extra_read(&s->arena, o, head_known, &s->extra))
        rc = crmi_fail_nomem(err);
    else if (!crmi_name_read(o, "state", STATES, &s->state) ||
             !crmi_json_member_u64(o, "rows", &rows) || rows > 99999)
        rc = crmi_document_corrupt(item, "not a shipment", err);
    crmi_json_member_i64(o, "sent", &s->sent);
    crmi_json_member_i64(o, "send_within", &s->send_within);
    s->rows = (size_t)rows;
    s->version = item->version;
    yyjson_doc_free(doc);
    return rc;
}
