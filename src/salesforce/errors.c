#include "salesforce/errors.h"

#include "salesforce/errors_table.h"

#define PLAIN_MESSAGE_MAX 200

size_t crmi_sf_rule_count(void)
{
    return crmi_sf_rules_count;
}

const crmi_sf_rule *crmi_sf_rule_at(size_t i)
{
    return i < crmi_sf_rules_count ? &crmi_sf_rules[i] : NULL;
}

static const crmi_sf_rule *rule_by_status(int32_t status)
{
    size_t i = 0;
    while (i + 1 < crmi_sf_status_rules_count &&
           (status < crmi_sf_status_rules[i].from || status > crmi_sf_status_rules[i].to))
        i++;
    return &crmi_sf_status_rules[i].rule;
}

const crmi_sf_rule *crmi_sf_rule_find(crmsync_str code, int32_t status)
{
    for (size_t i = 0; code.len && i < crmi_sf_rules_count; i++)
        if (crmi_str_is(code, crmi_sf_rules[i].code))
            return &crmi_sf_rules[i];
    return rule_by_status(status);
}

const crmi_sf_rule *crmi_sf_rule_of(crmsync_str code, crmsync_str message, int32_t status)
{
    for (size_t i = 0; code.len && i < crmi_sf_message_rules_count; i++) {
        const crmi_sf_message_rule *r = &crmi_sf_message_rules[i];
        if (crmi_str_is(code, r->code) && crmi_str_find(message, crmi_str(r->says)) >= 0)
            return &r->rule;
    }
    return crmi_sf_rule_find(code, status);
}

/* Texts go into the arena: the document is freed before the caller looks at them. */
static bool keep(crmi_arena *arena, crmsync_str in, crmsync_str *out)
{
    if (in.len)
        return crmi_arena_str(arena, in, out);
    *out = CRMI_STR_EMPTY;
    return true;
}

static bool take_fields(crmi_arena *arena, yyjson_val *list, crmi_sf_error *e)
{
    size_t i, n;
    yyjson_val *v;
    if (!yyjson_is_arr(list) || !yyjson_arr_size(list))
        return true;
    crmsync_str *fields = crmi_arena_array(arena, yyjson_arr_size(list), sizeof *fields);
    if (!fields)
        return false;
    yyjson_arr_foreach(list, i, n, v)
    {
        crmsync_str text = crmi_json_text(v);
        if (text.len && !keep(arena, text, &fields[e->field_count++]))
            return false;
    }
    e->fields = fields;
    return true;
}

static size_t count_match_records(yyjson_val *results)
{
    size_t i, n, total = 0;
    yyjson_val *v;
    yyjson_arr_foreach(results, i, n, v) total +=
        yyjson_arr_size(crmi_json_member(v, "matchRecords"));
    return total;
}

static bool take_match(crmi_arena *arena, yyjson_val *found, crmsync_str object, crmi_sf_match *m)
{
    yyjson_val *record = crmi_json_member(found, "record");
    crmsync_str type = crmi_json_member_text(crmi_json_member(record, "attributes"), "type");
    crmsync_str id = crmi_json_member_text(record, "Id");
    m->id = CRMI_STR_EMPTY;
    if (!crmi_sf_id_like(id))
        return true;
    return keep(arena, id, &m->id) && keep(arena, type.len ? type : object, &m->object);
}

/* The key is spelled duplicateResut by API versions 48 to 51 and maybe others. */
static bool take_duplicates(crmi_arena *arena, const yyjson_val *item, crmi_sf_error *e)
{
    size_t i, n, k, count;
    yyjson_val *result, *found, *d = crmi_json_member(item, "duplicateResult");
    if (!d)
        d = crmi_json_member(item, "duplicateResut");
    yyjson_val *results = crmi_json_member(d, "matchResults");
    size_t total = count_match_records(results);
    e->allow_save = crmi_json_member_bool(d, "allowSave", false);
    if (!total)
        return true;
    crmi_sf_match *matches = crmi_arena_array(arena, total, sizeof *matches);
    if (!matches)
        return false;
    e->matches = matches;
    yyjson_arr_foreach(results, i, n, result)
    {
        crmsync_str object = crmi_json_member_text(result, "entityType");
        yyjson_arr_foreach(crmi_json_member(result, "matchRecords"), k, count, found)
        {
            if (!take_match(arena, found, object, &matches[e->match_count]))
                return false;
            if (matches[e->match_count].id.len)
                e->match_count++;
        }
    }
    return true;
}

/* "duplicate value found: Ext__c duplicates value on record with id: 001..." */
static bool take_id_of_message(crmi_arena *arena, crmi_sf_error *e)
{
    static const char mark[] = "with id: ";
    ptrdiff_t at = crmi_str_find(e->message, crmi_str(mark));
    if (at < 0)
        return true;
    crmsync_str rest = crmi_str_sub(e->message, (size_t)at + sizeof mark - 1, e->message.len);
    crmsync_str id = crmi_str_sub(rest, 0, 18); /* followed by the end or by a sentence's */
    if (!crmi_sf_id_like(id))
        id = crmi_str_sub(rest, 0, 15);
    if (!crmi_sf_id_like(id))
        return true;
    crmi_sf_match *m = CRMI_ARENA_NEW(arena, crmi_sf_match);
    if (!m || !keep(arena, id, &m->id))
        return false;
    e->matches = m;
    e->match_count = 1;
    return true;
}

/* One error object: errorCode at the top, statusCode in collection items, error in OAuth answers.
 */
static bool take_error(crmi_arena *arena, const yyjson_val *item, int32_t status, crmi_sf_error *e)
{
    crmsync_str code = crmi_json_member_text(item, "errorCode");
    crmsync_str message = crmi_json_member_text(item, "message");
    if (!code.len)
        code = crmi_json_member_text(item, "statusCode");
    if (!code.len)
        code = crmi_json_member_text(item, "error");
    if (!message.ptr)
        message = crmi_json_member_text(item, "error_description");
    memset(e, 0, sizeof *e);
    bool ok = keep(arena, code, &e->code) && keep(arena, message, &e->message) &&
              take_fields(arena, crmi_json_member(item, "fields"), e) &&
              take_duplicates(arena, item, e);
    if (ok && !e->match_count && crmi_str_is(code, "DUPLICATE_VALUE"))
        ok = take_id_of_message(arena, e);
    e->rule = crmi_sf_rule_of(e->code, e->message, status);
    return ok;
}

/* 300 lists the URLs of the records that share an external id. */
static bool take_url(crmi_arena *arena, crmsync_str url, int32_t status, crmi_sf_error *e)
{
    size_t cut = url.len;
    while (cut && url.ptr[cut - 1] != '/')
        cut--;
    crmsync_str id = crmi_str_sub(url, cut, url.len),
                object = crmi_str_sub(url, 0, cut ? cut - 1 : 0);
    size_t from = object.len;
    while (from && object.ptr[from - 1] != '/')
        from--;
    crmi_sf_match *m = CRMI_ARENA_NEW(arena, crmi_sf_match);
    memset(e, 0, sizeof *e);
    if (!m || !keep(arena, id, &m->id) ||
        !keep(arena, crmi_str_sub(object, from, object.len), &m->object))
        return false;
    e->matches = m;
    e->match_count = crmi_sf_id_like(id) ? 1 : 0;
    e->rule = rule_by_status(status);
    return true;
}

static void decide(crmi_sf_errors *out)
{
    const crmi_sf_error *chosen = &out->items[0];
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].rule->retry != CRMI_RETRY_CULPRIT) {
            chosen = &out->items[i];
            break;
        }
    }
    out->rule = chosen->rule;
    /* a complete refusal with a 4xx status was not carried out; all else may have been. A
     * precondition that does not hold is answered without a body. */
    bool refused = (out->documented || out->status == 412) && out->status >= 200 && out->status < 500;
    out->applied = refused ? chosen->rule->applied : CRMI_APPLIED_MAYBE;
}

static int32_t without_json(crmi_arena *arena, int32_t status, crmsync_str message,
                            crmi_sf_errors *out, crmsync_error **err)
{
    crmi_sf_error *e = CRMI_ARENA_NEW(arena, crmi_sf_error);
    if (!e || !keep(arena, message, &e->message))
        return crmi_fail_nomem(err);
    e->rule = rule_by_status(status);
    *out = (crmi_sf_errors){e, 1, status, false, 0, NULL};
    decide(out);
    return CRMSYNC_OK;
}

static bool error_shaped(const yyjson_val *item)
{
    return crmi_json_member_text(item, "errorCode").len ||
           crmi_json_member_text(item, "statusCode").len ||
           crmi_json_member_text(item, "error").len;
}

int32_t crmi_sf_error_take(crmi_arena *arena, int32_t status, const yyjson_val *body,
                           crmi_sf_errors *out, crmsync_error **err)
{
    yyjson_val *v, *item;
    size_t i, n;
    memcpy(&v, &body, sizeof v);
    bool list = yyjson_is_arr(v) && yyjson_arr_size(v) > 0;
    bool shaped = list || error_shaped(v);
    yyjson_arr_foreach(v, i, n, item) shaped =
        shaped && (error_shaped(item) || (status == 300 && yyjson_is_str(item)));
    if (!shaped)
        return without_json(arena, status, CRMI_STR_EMPTY, out, err);
    size_t count = list ? yyjson_arr_size(v) : 1;
    crmi_sf_error *items = crmi_arena_array(arena, count, sizeof *items);
    bool ok = items != NULL;
    if (ok && !list)
        ok = take_error(arena, v, status, &items[0]);
    yyjson_arr_foreach(v, i, n, item)
    {
        crmsync_str url = crmi_json_text(item);
        if (ok)
            ok = url.ptr ? take_url(arena, url, status, &items[i])
                         : take_error(arena, item, status, &items[i]);
    }
    if (!ok)
        return crmi_fail_nomem(err);
    *out = (crmi_sf_errors){items, count, status, true, 0, NULL};
    decide(out);
    return CRMSYNC_OK;
}

/* Identity answers refuse in a plain word; HTML and binary say nothing that a person could use. */
static crmsync_str plain_message(crmsync_str body)
{
    body = crmi_str_trim(body);
    if (body.len > PLAIN_MESSAGE_MAX || crmi_str_chr(body, '<') >= 0)
        return CRMI_STR_EMPTY;
    for (size_t i = 0; i < body.len; i++)
        if ((unsigned char)body.ptr[i] < 0x20 || (unsigned char)body.ptr[i] >= 0x7f)
            return CRMI_STR_EMPTY;
    return body;
}

int32_t crmi_sf_error_read(crmi_arena *arena, const crmi_response *response, crmi_sf_errors *out,
                           crmsync_error **err)
{
    yyjson_doc *doc;
    crmsync_error *fault = NULL;
    int32_t rc = crmi_json_read(arena->alloc, response->body, &doc, &fault);
    crmi_error_drop(&fault);
    if (rc == CRMSYNC_E_NOMEM)
        return crmi_fail_nomem(err);
    if (rc)
        return without_json(arena, response->status, plain_message(response->body), out, err);
    rc = crmi_sf_error_take(arena, response->status, yyjson_doc_get_root(doc), out, err);
    yyjson_doc_free(doc);
    return rc;
}
