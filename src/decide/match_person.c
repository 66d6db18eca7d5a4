/*
 * A person's CRM record, in this order: the living stored link, the stored or external id, the
 * e-mail address over Leads and Contacts together. A converted Lead points to its Contact.
 */
#include "decide/match.h"

typedef struct search {
    const crmi_decide_env *env;
    const crmi_person_input *in;
    crmi_arena *arena;
    crmi_match *out;
} search;

static bool is_object(crmi_record record, const char *name)
{
    return crmi_str_is(crmsync_rows_kind(record.rows), name);
}

static void found(search *s, crmi_record record, uint32_t rule)
{
    s->out->crm = record;
    s->out->object = crmsync_rows_kind(record.rows);
    s->out->id = crmi_record_text(record, "Id");
    s->out->rule = rule;
    s->out->target = s->in->link ? crmi_link_target(s->in->link, s->out->id) : NULL;
}

static bool add_other(search *s, crmi_record record)
{
    crmi_match *m = s->out;
    if (!m->others) {
        m->others = crmi_arena_array(s->arena, s->in->candidate_count + 1, sizeof(*m->others));
    }
    if (!m->others) {
        return false;
    }
    crmsync_str id = crmi_record_text(record, "Id");
    for (size_t i = 0; i < m->other_count; i++) {
        if (crmi_same_id(m->others[i].id, id)) {
            return true;
        }
    }
    bool converted = crmi_record_flag(record, "IsConverted");
    m->others[m->other_count++] = (crmi_other){
        .object = crmsync_rows_kind(record.rows),
        .id = id,
        .state = converted ? CRMI_TARGET_CONVERTED : CRMI_TARGET_LIVE,
        .moved_to = converted ? crmi_record_text(record, "ConvertedContactId") : CRMI_STR_EMPTY,
    };
    return true;
}

/* Follows a record that is known by id to where it lives now. */
static bool by_known_id(search *s, crmi_record record, uint32_t rule)
{
    uint32_t lost = 0;
    uint32_t moved = crmi_follow(s->in->candidates, s->in->candidate_count, &record, &lost);
    if (lost) {
        s->out->held = lost;
        s->out->object = crmsync_rows_kind(record.rows);
        s->out->id = crmi_record_text(record, "Id");
        return false;
    }
    found(s, record, moved ? moved : rule);
    return true;
}

/* The living targets first, then what became of the others. */
static bool by_link(search *s)
{
    const crmi_link *link = s->in->link;
    uint32_t held = 0;
    for (size_t i = 0; link && i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        bool pointer = t->state == CRMI_TARGET_CONVERTED || t->state == CRMI_TARGET_MERGED;
        crmsync_str id = pointer ? t->moved_to : t->id;
        if (t->state == CRMI_TARGET_DELETED) {
            s->out->reactivated = !link->inactive;
            continue;
        }
        crmi_record record = crmi_candidate(s->in->candidates, s->in->candidate_count, id);
        if (t->state == CRMI_TARGET_VANISHED || !record.rows) {
            bool hidden = t->state == CRMI_TARGET_CONVERTED && !s->in->unknown;
            held = held             ? held
                   : s->in->unknown ? CRMSYNC_REASON_LOOKUP_UNKNOWN
                   : hidden         ? CRMSYNC_REASON_CONVERTED_HIDDEN
                   : pointer        ? held
                                    : CRMSYNC_REASON_VANISHED;
            continue;
        }
        s->out->held = 0;
        if (by_known_id(s, record, CRMSYNC_REASON_MATCH_LINK)) {
            return true;
        }
        held = held ? held : s->out->held;
    }
    s->out->held = held;
    if (!held && link && link->inactive) {
        s->out->held = CRMSYNC_REASON_INACTIVE;
    }
    return s->out->held != 0;
}

static bool by_stored_id(search *s)
{
    const crmsync_str fields[] = {s->env->config->local.crm_id, CRMI_STR("origin")};
    for (size_t i = 0; i < 2; i++) {
        if (!fields[i].len) {
            continue;
        }
        crmsync_cell cell = crmi_record_get(s->in->local, fields[i]);
        crmi_record record =
            crmi_candidate(s->in->candidates, s->in->candidate_count, crmi_str_trim(cell.text));
        bool revived = s->out->reactivated && record.rows && crmi_record_flag(record, "IsDeleted");
        if (record.rows && !revived) {
            by_known_id(s, record, CRMSYNC_REASON_MATCH_ID);
            return true;
        }
    }
    return false;
}

static bool by_external_id(search *s)
{
    crmsync_str id = crmi_record_text(s->in->local, "id");
    crmi_record hit = {NULL, 0};
    for (size_t i = 0; id.len && i < s->in->candidate_count; i++) {
        crmi_record record = s->in->candidates[i];
        const crmi_object_rule *rule =
            crmi_config_object(s->env->config, crmsync_rows_kind(record.rows));
        if (!rule || !rule->external_id.len || crmi_record_flag(record, "IsDeleted") ||
            !crmi_str_eq(crmi_record_get(record, rule->external_id).text, id)) {
            continue;
        }
        if (!hit.rows || is_object(record, "Contact")) {
            hit = record;
        }
    }
    return hit.rows && (by_known_id(s, hit, CRMSYNC_REASON_MATCH_EXTERNAL_ID) || s->out->held);
}

/* Name of the e-mail field as mapped for that object; Email when it is not. */
static crmsync_str email_field(const search *s, crmi_record record)
{
    const crmi_object_rule *rule =
        crmi_config_object(s->env->config, crmsync_rows_kind(record.rows));
    const crmi_field_rule *mapped =
        rule ? crmi_object_rule_by_local(rule, s->env->config->local.email) : NULL;
    return mapped ? mapped->remote : CRMI_STR("Email");
}

static int32_t has_email(const search *s, crmi_record record, crmsync_str key, bool *yes,
                         crmsync_error **err)
{
    char have[CRMSYNC_KEY_MAX];
    size_t len = 0;
    crmsync_cell cell = crmi_record_get(record, email_field(s, record));
    *yes = false;
    if (crmi_cell_blank(&cell)) {
        return CRMSYNC_OK;
    }
    int32_t code = crmsync_normalize_email(s->env->normalizer, cell.text, have, sizeof(have), &len);
    *yes = code == CRMSYNC_OK && crmi_str_eq((crmsync_str){have, len}, key);
    return code == CRMSYNC_E_NOMEM ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

typedef struct hits {
    crmi_record contact, lead;
    size_t contacts, leads;
    bool hidden;  /* a converted lead's Contact cannot be read */
    bool pointed; /* the Contact was found through a converted lead */
} hits;

static void count_hit(search *s, hits *h, crmi_record record, bool pointed)
{
    bool contact = is_object(record, "Contact");
    crmi_record *first = contact ? &h->contact : &h->lead;
    size_t *count = contact ? &h->contacts : &h->leads;
    if (first->rows &&
        crmi_same_id(crmi_record_text(*first, "Id"), crmi_record_text(record, "Id"))) {
        h->pointed = h->pointed && pointed;
        return;
    }
    h->pointed = contact && !*count ? pointed : h->pointed;
    if (!*count) {
        *first = record;
    }
    (*count)++;
    (void)s;
}

static int32_t collect(search *s, crmsync_str key, hits *h, crmsync_error **err)
{
    for (size_t i = 0; i < s->in->candidate_count; i++) {
        crmi_record record = s->in->candidates[i];
        bool yes = false;
        uint32_t lost = 0;
        if (crmi_record_flag(record, "IsDeleted")) {
            continue;
        }
        int32_t code = has_email(s, record, key, &yes, err);
        if (code != CRMSYNC_OK) {
            return code;
        }
        if (!yes) {
            continue;
        }
        bool converted = crmi_record_flag(record, "IsConverted");
        if (!add_other(s, record)) {
            return crmi_fail_nomem(err);
        }
        crmi_follow(s->in->candidates, s->in->candidate_count, &record, &lost);
        if (lost) {
            h->hidden = true;
            continue;
        }
        count_hit(s, h, record, converted);
        if (!add_other(s, record)) {
            return crmi_fail_nomem(err);
        }
    }
    return CRMSYNC_OK;
}

static bool list_ids(search *s)
{
    crmi_buf b;
    crmi_buf_init(&b, s->arena->alloc);
    for (size_t i = 0; i < s->out->other_count && i < 8; i++) {
        crmi_buf_fmt(&b, "%s%.*s %.*s", i ? ", " : "", CRMI_SPELL(s->out->others[i].object),
                     CRMI_SPELL(s->out->others[i].id));
    }
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(s->arena, crmi_buf_str(&b), &s->out->detail);
    crmi_buf_clear(&b);
    return ok;
}

/* Without a link: a Contact before a Lead; two of one kind cannot be told apart. */
static int32_t by_email(search *s, const hits *h, crmsync_error **err)
{
    if (h->contacts > 1 || (!h->contacts && h->leads > 1)) {
        s->out->held = CRMSYNC_REASON_AMBIGUOUS;
        return list_ids(s) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    if (h->contacts) {
        found(s, h->contact,
              h->pointed ? CRMSYNC_REASON_MATCH_CONVERTED : CRMSYNC_REASON_MATCH_EMAIL);
    } else if (h->hidden) {
        s->out->held = CRMSYNC_REASON_CONVERTED_HIDDEN;
    } else if (h->leads) {
        found(s, h->lead, CRMSYNC_REASON_MATCH_EMAIL);
    }
    return CRMSYNC_OK;
}

/* The record itself is no further record of the person. */
static void drop_self(crmi_match *m)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->other_count; i++) {
        if (!crmi_same_id(m->others[i].id, m->id)) {
            m->others[kept++] = m->others[i];
        }
    }
    m->other_count = kept;
}

int32_t crmi_match_person(const crmi_decide_env *env, const crmi_person_input *in,
                          crmsync_str email_key, crmi_arena *arena, crmi_match *out,
                          crmsync_error **err)
{
    search s = {env, in, arena, out};
    hits h = {0};
    int32_t code = CRMSYNC_OK;
    *out = (crmi_match){0};
    if (email_key.len) {
        code = collect(&s, email_key, &h, err);
    }
    if (code != CRMSYNC_OK) {
        return code;
    }
    bool done = by_link(&s) || by_stored_id(&s) || by_external_id(&s);
    if (!done && email_key.len) {
        code = by_email(&s, &h, err);
    }
    if (out->rule) {
        drop_self(out);
    }
    return code;
}
