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

static crmsync_str owner_of(const search *s, crmi_record record)
{
    return crmi_candidate_owner(s->in->candidates, s->in->owners, s->in->candidate_count,
                                crmi_record_text(record, "Id"));
}

static void found(search *s, crmi_record record, uint32_t rule)
{
    s->out->crm = record;
    s->out->object = crmi_crm_object_word(crmsync_rows_kind(record.rows));
    s->out->id = crmi_record_text(record, "Id");
    s->out->rule = rule;
    s->out->target = s->in->link ? crmi_link_target(s->in->link, s->out->id) : NULL;
    if (!s->out->target || s->out->target->shared) {
        s->out->owner = owner_of(s, record);
    }
}

/* What another local record leads is none of this one's. */
static bool add_other(search *s, crmi_record record)
{
    const crmi_link *link = s->in->link;
    const crmi_target *t = link ? crmi_link_target(link, crmi_record_text(record, "Id")) : NULL;
    if (owner_of(s, record).len && (!t || t->shared)) {
        return true;
    }
    return crmi_match_other(s->out, s->arena, s->in->candidate_count, record);
}

/* Follows a record that is known by id to where it lives now. */
static bool by_known_id(search *s, crmi_record record, uint32_t rule)
{
    uint32_t lost = 0;
    uint32_t moved = crmi_follow(s->in->candidates, s->in->candidate_count, &record, &lost);
    if (lost) {
        s->out->held = lost;
        s->out->object = crmi_crm_object_word(crmsync_rows_kind(record.rows));
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
    if (link && link->inactive) { /* whatever lives by now: Salesforce reactivates nobody */
        s->out->held = CRMSYNC_REASON_INACTIVE;
        return true;
    }
    for (size_t i = 0; link && i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        bool pointer = t->state == CRMI_TARGET_CONVERTED || t->state == CRMI_TARGET_MERGED;
        crmsync_str id = pointer ? t->moved_to : t->id;
        if (t->state == CRMI_TARGET_DELETED) {
            s->out->reactivated = true;
            continue;
        }
        if (t->shared) { /* found again by the address, as long as it is the same */
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
            s->out->from = s->out->target ? NULL : t;
            return true;
        }
        bool ignored = s->out->held == CRMSYNC_REASON_INACTIVE &&
                       crmi_deletes_ignored(s->env, s->out->object);
        if (ignored) { /* as an import would say of it, had there been one since */
            s->out->reactivated = true;
            s->out->held = 0;
            s->out->object = s->out->id = CRMI_STR_EMPTY;
            continue;
        }
        held = held ? held : s->out->held;
    }
    s->out->held = held;
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
    uint32_t contact_tie, lead_tie; /* what chose it of several */
    bool hidden;                    /* a converted lead's Contact cannot be read */
    bool pointed;                   /* the Contact was found through a converted lead */
} hits;

static int64_t modified(crmi_record record)
{
    crmsync_cell at = crmi_record_get(record, CRMI_STR("LastModifiedDate"));
    if (at.type != CRMSYNC_CELL_DATETIME) {
        at = crmi_record_get(record, CRMI_STR("SystemModstamp"));
    }
    return at.type == CRMSYNC_CELL_DATETIME ? at.number : 0;
}

/* The one modified last, then the lowest id. */
static bool better(crmi_record a, crmi_record b, uint32_t *tie)
{
    int64_t x = modified(a);
    int64_t y = modified(b);
    *tie = x != y ? CRMSYNC_REASON_TIE_MODIFIED : CRMSYNC_REASON_TIE_LOWEST_ID;
    return x != y ? x > y : crmi_str_cmp(crmi_record_text(a, "Id"), crmi_record_text(b, "Id")) < 0;
}

static void count_hit(hits *h, crmi_record record, bool pointed)
{
    bool contact = is_object(record, "Contact");
    crmi_record *first = contact ? &h->contact : &h->lead;
    size_t *count = contact ? &h->contacts : &h->leads;
    if (first->rows &&
        crmi_same_id(crmi_record_text(*first, "Id"), crmi_record_text(record, "Id"))) {
        h->pointed = h->pointed && pointed;
        return;
    }
    uint32_t step = 0;
    uint32_t *tie = contact ? &h->contact_tie : &h->lead_tie;
    bool taken = !*count || better(record, *first, &step);
    h->pointed = contact && taken ? pointed : h->pointed;
    *tie = taken || step > *tie ? step : *tie;
    if (taken) {
        *first = record;
    }
    (*count)++;
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
        count_hit(h, record, converted);
        s->out->collides = s->out->collides || owner_of(s, record).len;
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
    bool several = h->contacts > 1 || (!h->contacts && h->leads > 1);
    if (several && s->env->config->match.ambiguous == CRMI_AMBIGUOUS_HOLD) {
        s->out->held = CRMSYNC_REASON_AMBIGUOUS;
        return list_ids(s) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    s->out->tie = !several ? 0 : h->contacts ? h->contact_tie : h->lead_tie;
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
    bool ok = !out->rule || !out->from ||
              crmi_match_moved(out, arena, in->candidate_count, out->from, out->rule);
    if (code == CRMSYNC_OK && out->rule) {
        ok = ok && crmi_match_told(out, arena);
    }
    return code != CRMSYNC_OK || ok ? code : crmi_fail_nomem(err);
}
