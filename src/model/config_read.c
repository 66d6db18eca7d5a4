/* A JSON document into a configuration, member by member as the table says. */
#include "model/config_reader.h"

/* ---- words ---- */

static bool find_word(const char *const *words, crmsync_str s, uint32_t *out)
{
    for (uint32_t i = 0; words[i]; i++) {
        if (crmi_str_is(s, words[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* ---- texts ---- */

static int32_t keep(crmi_reader *r, crmsync_str in, crmsync_str *out)
{
    return crmi_arena_str(&r->config->arena, in, out) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

static int32_t check_text(crmi_reader *r, const crmi_text_rule *rule, crmsync_str s)
{
    if (!rule)
        rule = &crmi_text_plain;
    if (rule->holds(s))
        return CRMSYNC_OK;
    crmi_fail(r->err, CRMSYNC_E_INVALID, "\"%.*s\" must be %s", CRMI_SPELL(crmi_str_sub(s, 0, 200)),
              rule->says);
    return crmi_reader_refuse(r, NULL);
}

static int32_t read_number(crmi_reader *r, const crmi_member *m, crmsync_str digits, uint32_t *out)
{
    uint64_t n;
    if (!crmi_str_to_u64(digits, &n) || n > m->max) {
        crmi_fail(r->err, CRMSYNC_E_INVALID, "must be a whole number from 0 to %u", m->max);
        return crmi_reader_refuse(r, NULL);
    }
    *out = (uint32_t)n;
    return CRMSYNC_OK;
}

/* One value that JSON spells as a string, a number or a boolean; `s` is its spelling. */
static int32_t read_scalar(crmi_reader *r, const crmi_member *m, void *at, crmsync_str s)
{
    uint32_t word = 0;
    int32_t code = CRMSYNC_OK;
    switch (m->kind) {
    case CRMI_MEMBER_BOOL: *(bool *)at = crmi_str_is(s, "true"); return CRMSYNC_OK;
    case CRMI_MEMBER_NUMBER: return read_number(r, m, s, at);
    case CRMI_MEMBER_TEXT:
        if (s.len || !m->fallback)
            code = check_text(r, m->rule, s);
        return code ? code : keep(r, s, at);
    default:
        if (!find_word(m->words, s, &word))
            return crmi_reader_refuse_word(r, m->words, s);
        if (m->kind == CRMI_MEMBER_SWITCH)
            *(bool *)at = word != 0;
        else
            *(uint32_t *)at = word;
        return CRMSYNC_OK;
    }
}

/* ---- lists: the same code for JSON arrays and for the words of a default ---- */

static int32_t add_word(crmi_reader *r, const crmi_member *m, void *at, size_t *count,
                        crmsync_str s)
{
    uint32_t word, *list = at;
    if (!find_word(m->words, s, &word))
        return crmi_reader_refuse_word(r, m->words, s);
    bool repeated = m->kind == CRMI_MEMBER_SET && (*list & (1u << word));
    for (size_t i = 0; m->kind == CRMI_MEMBER_WORDS && i < *count; i++)
        repeated = repeated || list[i] == word;
    if (repeated) {
        crmi_fail(r->err, CRMSYNC_E_INVALID, "\"%.*s\" is listed twice", CRMI_SPELL(s));
        return crmi_reader_refuse(r, "Remove one of them.");
    }
    if (m->kind == CRMI_MEMBER_SET)
        *list |= 1u << word;
    else
        list[*count] = word;
    ++*count;
    return CRMSYNC_OK;
}

static int32_t add_item(crmi_reader *r, const crmi_member *m, void *at, size_t *count,
                        crmsync_str s)
{
    if (m->kind != CRMI_MEMBER_TEXTS)
        return add_word(r, m, at, count, s);
    int32_t code = s.len ? check_text(r, m->rule, s)
                         : crmi_reader_refuse_type(r, "a text that is not empty");
    crmsync_str *list = *(crmsync_str **)at;
    if (!code)
        code = keep(r, s, &list[*count]);
    ++*count;
    return code;
}

static int32_t make_room(crmi_reader *r, const crmi_member *m, void *at, size_t n, size_t size)
{
    void *room = NULL;
    if (n && m->kind != CRMI_MEMBER_WORDS && m->kind != CRMI_MEMBER_SET) {
        room = crmi_arena_array(&r->config->arena, n, size);
        if (!room)
            return crmi_fail_nomem(r->err);
    }
    if (m->kind != CRMI_MEMBER_WORDS && m->kind != CRMI_MEMBER_SET)
        memcpy(at, &room, sizeof room);
    return CRMSYNC_OK;
}

static int32_t read_list(crmi_reader *r, const crmi_member *m, char *base, yyjson_val *array)
{
    size_t ignored = 0, *count = m->count_at ? (size_t *)(base + m->count_at) : &ignored;
    yyjson_val *v;
    size_t i, n, mark;
    if (!yyjson_is_arr(array))
        return crmi_reader_refuse_type(r, "an array of strings");
    int32_t code = make_room(r, m, base + m->at, yyjson_arr_size(array), sizeof(crmsync_str));
    if (code)
        return code;
    yyjson_arr_foreach(array, i, n, v) {
        code = crmi_reader_enter_item(r, i, &mark);
        if (!code)
            code = yyjson_is_str(v) ? add_item(r, m, base + m->at, count, crmi_json_text(v))
                                    : crmi_reader_refuse_type(r, "a string");
        if (code)
            return code;
        crmi_reader_leave(r, mark);
    }
    return CRMSYNC_OK;
}

static int32_t default_list(crmi_reader *r, const crmi_member *m, char *base)
{
    size_t ignored = 0, *count = m->count_at ? (size_t *)(base + m->count_at) : &ignored;
    crmsync_str rest = crmi_str(m->fallback);
    size_t n = rest.len > 0;
    for (size_t i = 0; i < rest.len; i++)
        n += rest.ptr[i] == ' ';
    int32_t code = make_room(r, m, base + m->at, n, sizeof(crmsync_str));
    while (!code && rest.len) {
        ptrdiff_t blank = crmi_str_chr(rest, ' ');
        size_t len = blank < 0 ? rest.len : (size_t)blank;
        code = add_item(r, m, base + m->at, count, crmi_str_sub(rest, 0, len));
        rest = crmi_str_sub(rest, len + 1, rest.len);
    }
    return code;
}

/* ---- maps ---- */

static int32_t read_pair(crmi_reader *r, const crmi_member *m, crmsync_str key, yyjson_val *v,
                         crmi_value_pair *out)
{
    uint32_t word;
    crmsync_str text = crmi_json_text(v);
    if (!yyjson_is_str(v))
        return crmi_reader_refuse_type(r, "a string");
    if (key.len == 0)
        return crmi_reader_refuse_type(r, "under a name that is not empty");
    int32_t code = check_text(r, m->key_rule, key);
    if (!code && m->words && !find_word(m->words, text, &word))
        code = crmi_reader_refuse_word(r, m->words, text);
    else if (!code)
        code = check_text(r, m->rule, text);
    bool flipped = m->kind == CRMI_MEMBER_FLIPPED;
    if (!code)
        code = keep(r, key, flipped ? &out->remote : &out->local);
    if (!code)
        code = keep(r, text, flipped ? &out->local : &out->remote);
    return code;
}

static int32_t read_pairs(crmi_reader *r, const crmi_member *m, char *base, yyjson_val *object)
{
    yyjson_val *key, *v;
    size_t i, n, mark;
    if (!yyjson_is_obj(object))
        return crmi_reader_refuse_type(r, "an object of strings");
    int32_t code = make_room(r, m, base + m->at, yyjson_obj_size(object), sizeof(crmi_value_pair));
    if (code)
        return code;
    crmi_value_pair *pairs = *(crmi_value_pair **)(base + m->at);
    yyjson_obj_foreach(object, i, n, key, v) {
        code = crmi_reader_enter(r, crmi_json_text(key), &mark);
        if (!code)
            code = read_pair(r, m, crmi_json_text(key), v, &pairs[i]);
        if (code)
            return code;
        crmi_reader_leave(r, mark);
    }
    *(size_t *)(base + m->count_at) = yyjson_obj_size(object);
    return CRMSYNC_OK;
}

/* ---- groups ---- */

static int32_t read_groups(crmi_reader *r, const crmi_member *m, char *base, yyjson_val *array)
{
    yyjson_val *v;
    size_t i, n, mark;
    if (!yyjson_is_arr(array))
        return crmi_reader_refuse_type(r, "an array of objects");
    int32_t code = make_room(r, m, base + m->at, yyjson_arr_size(array), m->group->size);
    if (code)
        return code;
    yyjson_arr_foreach(array, i, n, v) {
        code = crmi_reader_enter_item(r, i, &mark);
        if (!code)
            code = crmi_reader_group(r, m->group, *(char **)(base + m->at) + i * m->group->size, v);
        if (code)
            return code;
        crmi_reader_leave(r, mark);
    }
    *(size_t *)(base + m->count_at) = yyjson_arr_size(array);
    return CRMSYNC_OK;
}

/* What a member that is there says of one that is missing; NULL = nothing. */
static const char *implied(const crmi_group *group, yyjson_val *object, const char *name)
{
    for (size_t i = 0; object && i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        crmsync_str given = crmi_json_text(yyjson_obj_get(object, m->name));
        if (!m->implies || !given.len || (m->fallback && crmi_str_is(given, m->fallback)))
            continue;
        for (const crmi_implied *row = m->implies; row->member; row++) {
            if (!strcmp(row->member, name) && (!row->word || crmi_str_is(given, row->word)))
                return row->value;
        }
    }
    return NULL;
}

/* A shorthand together with what it stands for says one thing twice. */
static int32_t check_shorthand(crmi_reader *r, const crmi_member *m, yyjson_val *v,
                               yyjson_val *object)
{
    uint32_t word;
    if (!yyjson_is_str(v))
        return crmi_reader_refuse_type(r, "a string");
    if (!find_word(m->words, crmi_json_text(v), &word))
        return crmi_reader_refuse_word(r, m->words, crmi_json_text(v));
    for (const crmi_implied *row = m->implies; row->member; row++) {
        if (!yyjson_obj_get(object, row->member))
            continue;
        crmi_fail(r->err, CRMSYNC_E_INVALID, "\"%s\" stands for \"%s\", which is given too",
                  m->name, row->member);
        return crmi_reader_refuse(r, "Keep one of the two.");
    }
    return CRMSYNC_OK;
}

static int32_t read_missing(crmi_reader *r, const crmi_member *m, char *base, const char *instead)
{
    switch (m->kind) {
    case CRMI_MEMBER_VERSION:
    case CRMI_MEMBER_PRESET:
    case CRMI_MEMBER_SHORTHAND:
    case CRMI_MEMBER_PAIRS:
    case CRMI_MEMBER_FLIPPED:
    case CRMI_MEMBER_GROUPS: return CRMSYNC_OK;
    case CRMI_MEMBER_GROUP: return crmi_reader_group(r, m->group, base + m->at, NULL);
    case CRMI_MEMBER_TEXTS:
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET: return default_list(r, m, base);
    default: break;
    }
    if (instead || m->fallback)
        return read_scalar(r, m, base + m->at, crmi_str(instead ? instead : m->fallback));
    crmi_fail(r->err, CRMSYNC_E_INVALID, "\"%s\" is missing", m->name);
    return crmi_reader_refuse(r, m->doc);
}

static int32_t read_member(crmi_reader *r, const crmi_member *m, char *base, yyjson_val *v)
{
    switch (m->kind) {
    case CRMI_MEMBER_VERSION:
    case CRMI_MEMBER_PRESET: return CRMSYNC_OK; /* looked at before the rest */
    case CRMI_MEMBER_PAIRS:
    case CRMI_MEMBER_FLIPPED: return read_pairs(r, m, base, v);
    case CRMI_MEMBER_GROUP: return crmi_reader_group(r, m->group, base + m->at, v);
    case CRMI_MEMBER_GROUPS: return read_groups(r, m, base, v);
    case CRMI_MEMBER_TEXTS:
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET: return read_list(r, m, base, v);
    case CRMI_MEMBER_BOOL:
        if (!yyjson_is_bool(v))
            return crmi_reader_refuse_type(r, "true or false");
        return read_scalar(r, m, base + m->at, crmi_str(yyjson_get_bool(v) ? "true" : "false"));
    case CRMI_MEMBER_NUMBER: return read_scalar(r, m, base + m->at, crmi_json_raw(v));
    default:
        if (!yyjson_is_str(v))
            return crmi_reader_refuse_type(r, "a string");
        return read_scalar(r, m, base + m->at, crmi_json_text(v));
    }
}

static int32_t refuse_strangers(crmi_reader *r, const crmi_group *group, yyjson_val *object)
{
    yyjson_val *key, *v;
    size_t i, n;
    yyjson_obj_foreach(object, i, n, key, v) {
        size_t known = 0;
        (void)v;
        while (known < group->count &&
               !crmi_str_is(crmi_json_text(key), group->members[known].name))
            known++;
        if (known == group->count)
            return crmi_reader_refuse_member(r, group, crmi_json_text(key));
    }
    return CRMSYNC_OK;
}

int32_t crmi_reader_group(crmi_reader *r, const crmi_group *group, void *base, yyjson_val *object)
{
    size_t mark;
    if (object && !yyjson_is_obj(object))
        return crmi_reader_refuse_type(r, "an object");
    int32_t code = refuse_strangers(r, group, object);
    for (size_t i = 0; !code && i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        yyjson_val *v = yyjson_obj_get(object, m->name);
        code = crmi_reader_enter(r, crmi_str(m->name), &mark);
        if (!code && v && m->kind == CRMI_MEMBER_SHORTHAND)
            code = check_shorthand(r, m, v, object);
        else if (!code)
            code = v ? read_member(r, m, base, v)
                     : read_missing(r, m, base, implied(group, object, m->name));
        if (!code)
            crmi_reader_leave(r, mark);
    }
    return code;
}
