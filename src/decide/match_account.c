/*
 * A company's Account: the configured matchers in order, the first that hits decides. Several hits
 * are normal (parents and subsidiaries share a domain): the tie-break is total and deterministic.
 */
#include "decide/match.h"

typedef struct account {
    crmi_record record;
    crmsync_str id;
    char host[CRMSYNC_KEY_MAX];   /* of its website */
    char domain[CRMSYNC_KEY_MAX]; /* registrable; empty = none or shared */
    char name[CRMSYNC_KEY_MAX];
    size_t host_len, domain_len, name_len;
} account;

typedef struct search {
    const crmi_decide_env *env;
    const crmi_company_input *in;
    const crmi_company_keys *keys;
    crmsync_str owner_id;
    crmsync_str local_id;
    const crmi_object_rule *rule;
} search;

static bool key(int32_t code, crmsync_error **err, int32_t *result)
{
    if (code == CRMSYNC_E_NOMEM) {
        *result = crmi_fail_nomem(err);
    }
    return code == CRMSYNC_OK;
}

/* Keys of one candidate; over-long values have none. */
static int32_t read_account(const search *s, crmi_record record, account *a, crmsync_error **err)
{
    int32_t result = CRMSYNC_OK;
    crmsync_str site = crmi_record_text(record, "Website");
    a->record = record;
    a->id = crmi_record_text(record, "Id");
    a->host_len = a->domain_len = a->name_len = 0;
    if (!key(crmsync_normalize_host(s->env->normalizer, site, a->host, sizeof(a->host),
                                    &a->host_len),
             err, &result)) {
        a->host_len = 0;
    }
    if (!key(crmsync_normalize_domain(s->env->normalizer, site, a->domain, sizeof(a->domain),
                                      &a->domain_len),
             err, &result)) {
        a->domain_len = 0;
    }
    if (!key(crmsync_normalize_company(s->env->normalizer, crmi_record_text(record, "Name"),
                                       a->name, sizeof(a->name), &a->name_len),
             err, &result)) {
        a->name_len = 0;
    }
    crmsync_str host = {a->host, a->host_len};
    crmsync_str domain = {a->domain, a->domain_len};
    if (crmsync_is_shared_host(s->env->normalizer, host) ||
        crmsync_is_shared_host(s->env->normalizer, domain)) {
        a->domain_len = a->host_len = 0;
    }
    return result;
}

static bool equals(const char *text, size_t len, crmsync_str wanted)
{
    return wanted.len && crmi_str_eq((crmsync_str){text, len}, wanted);
}

static bool has_external_id(const search *s, const account *a)
{
    return s->rule && s->rule->external_id.len && s->local_id.len &&
           crmi_str_eq(crmi_record_get(a->record, s->rule->external_id).text, s->local_id);
}

static bool hit_id(const search *s, const account *a)
{
    crmsync_str field = s->env->config->local.crm_id;
    if (!s->in->local.rows) {
        return false;
    }
    return crmi_same_id(crmi_record_text(s->in->local, "origin"), a->id) ||
           (field.len && crmi_same_id(crmi_record_get(s->in->local, field).text, a->id));
}

static bool hit_website(const search *s, const account *a)
{
    return equals(a->domain, a->domain_len, s->keys->website);
}

static bool hit_email_domain(const search *s, const account *a)
{
    return equals(a->domain, a->domain_len, s->keys->email_domain);
}

/* The name alone is weak: never where both sides have a domain and it is another one. */
static bool hit_name(const search *s, const account *a)
{
    bool ours = s->keys->website.len || s->keys->email_domain.len;
    bool differ = ours && a->domain_len && !hit_website(s, a) && !hit_email_domain(s, a);
    return !differ && equals(a->name, a->name_len, s->keys->name);
}

static const struct {
    bool (*hit)(const search *s, const account *a);
    uint32_t rule;
} matchers[CRMI_MATCH_LAST] = {
    [CRMI_MATCH_ID] = {hit_id, CRMSYNC_REASON_MATCH_ID},
    [CRMI_MATCH_EXTERNAL_ID] = {has_external_id, CRMSYNC_REASON_MATCH_EXTERNAL_ID},
    [CRMI_MATCH_WEBSITE] = {hit_website, CRMSYNC_REASON_MATCH_WEBSITE},
    [CRMI_MATCH_EMAIL_DOMAIN] = {hit_email_domain, CRMSYNC_REASON_MATCH_EMAIL_DOMAIN},
    [CRMI_MATCH_NAME] = {hit_name, CRMSYNC_REASON_MATCH_NAME},
};

/* Counts are read only for tied keys; a missing one is 0. */
static int by_count(const account *a, const account *b, const char *field)
{
    uint64_t x = 0;
    uint64_t y = 0;
    if (!crmi_str_to_u64(crmi_record_text(a->record, field), &x)) {
        x = 0;
    }
    if (!crmi_str_to_u64(crmi_record_text(b->record, field), &y)) {
        y = 0;
    }
    return x > y ? -1 : x < y ? 1 : 0;
}

static int prefer(bool a, bool b)
{
    return a == b ? 0 : a ? -1 : 1;
}

/* What each step of compare() is told as. */
static const uint32_t ties[] = {
    CRMSYNC_REASON_TIE_LINK,   CRMSYNC_REASON_TIE_EXTERNAL_ID,   CRMSYNC_REASON_TIE_HOST,
    CRMSYNC_REASON_TIE_OWNER,  CRMSYNC_REASON_TIE_OPPORTUNITIES, CRMSYNC_REASON_TIE_CONTACTS,
    CRMSYNC_REASON_TIE_OLDEST,
};

/* Below 0: `a` is the better one. Locked link, external id, exact host, owner's, most open
 * opportunities, most contacts, oldest, lowest id. */
static int compare(const search *s, const account *a, const account *b, uint32_t *tie)
{
    const crmi_link *link = s->in->link;
    bool locked = link && link->account_locked;
    crmsync_cell old_a = crmi_record_get(a->record, CRMI_STR("CreatedDate"));
    crmsync_cell old_b = crmi_record_get(b->record, CRMI_STR("CreatedDate"));
    bool owner_a =
        s->owner_id.len && crmi_same_id(crmi_record_text(a->record, "OwnerId"), s->owner_id);
    bool owner_b =
        s->owner_id.len && crmi_same_id(crmi_record_text(b->record, "OwnerId"), s->owner_id);
    bool dated = old_a.type == CRMSYNC_CELL_DATETIME && old_b.type == CRMSYNC_CELL_DATETIME;
    const int steps[] = {
        locked
            ? prefer(crmi_link_target(link, a->id) != NULL, crmi_link_target(link, b->id) != NULL)
            : 0,
        prefer(has_external_id(s, a), has_external_id(s, b)),
        prefer(equals(a->host, a->host_len, s->keys->host),
               equals(b->host, b->host_len, s->keys->host)),
        prefer(owner_a, owner_b),
        by_count(a, b, "OpenOpportunities"),
        by_count(a, b, "ContactCount"),
        dated ? (old_a.number > old_b.number) - (old_a.number < old_b.number) : 0,
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (steps[i]) {
            *tie = ties[i];
            return steps[i];
        }
    }
    *tie = CRMSYNC_REASON_TIE_LOWEST_ID;
    return crmi_str_cmp(a->id, b->id);
}

static void take(crmi_match *out, const search *s, crmi_record record, uint32_t rule)
{
    out->crm = record;
    out->object = CRMI_STR("Account");
    out->id = crmi_record_text(record, "Id");
    out->rule = rule;
    out->target = s->in->link ? crmi_link_target(s->in->link, out->id) : NULL;
    if (!out->target || out->target->shared) {
        out->owner =
            crmi_candidate_owner(s->in->candidates, s->in->owners, s->in->candidate_count, out->id);
    }
}

/* A living stored link is never recomputed. true = decided. */
static bool by_link(const search *s, crmi_match *out)
{
    const crmi_link *link = s->in->link;
    for (size_t i = 0; link && i < link->target_count; i++) {
        const crmi_target *t = &link->targets[i];
        crmsync_str id = t->state == CRMI_TARGET_MERGED ? t->moved_to : t->id;
        uint32_t lost = 0;
        if (t->state == CRMI_TARGET_DELETED) {
            out->reactivated = !link->inactive;
            continue;
        }
        if (t->shared) { /* found again by its keys, as long as they are the same */
            continue;
        }
        crmi_record record = crmi_candidate(s->in->candidates, s->in->candidate_count, id);
        if (!record.rows) {
            out->held = s->in->unknown ? CRMSYNC_REASON_LOOKUP_UNKNOWN : CRMSYNC_REASON_VANISHED;
            continue;
        }
        uint32_t moved = crmi_follow(s->in->candidates, s->in->candidate_count, &record, &lost);
        out->held = lost;
        if (!lost) {
            take(out, s, record, moved ? moved : CRMSYNC_REASON_MATCH_LINK);
            out->from = out->target ? NULL : t;
            return true;
        }
    }
    if (!out->held && link && link->inactive) {
        out->held = CRMSYNC_REASON_INACTIVE;
    }
    return out->held != 0;
}

static bool tied(const crmi_match *out, crmsync_str id)
{
    for (size_t i = 0; i < out->other_count; i++) {
        if (crmi_same_id(out->others[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* A matcher without its input is skipped. */
static bool applies(const search *s, uint32_t matcher)
{
    switch (matcher) {
    case CRMI_MATCH_ID: return s->in->local.rows != NULL;
    case CRMI_MATCH_EXTERNAL_ID: return s->rule && s->rule->external_id.len && s->local_id.len;
    case CRMI_MATCH_WEBSITE: return s->keys->website.len > 0;
    case CRMI_MATCH_EMAIL_DOMAIN: return s->keys->email_domain.len > 0;
    default: return s->keys->name.len > 0;
    }
}

/* Best hit of one matcher, with the tied ones beside it. */
static int32_t try_matcher(const search *s, uint32_t matcher, account *best, account *current,
                           crmi_arena *arena, crmi_match *out, crmsync_error **err)
{
    size_t hits = 0;
    uint32_t moved = 0;
    out->tie = 0;
    out->others = crmi_arena_array(arena, s->in->candidate_count + 1, sizeof(*out->others));
    if (!out->others) {
        return crmi_fail_nomem(err);
    }
    out->other_count = 0;
    for (size_t i = 0; i < s->in->candidate_count; i++) {
        crmi_record record = s->in->candidates[i];
        uint32_t lost = 0;
        bool dead = crmi_record_flag(record, "IsDeleted");
        if (dead && matcher != CRMI_MATCH_ID) {
            continue;
        }
        int32_t code = read_account(s, record, current, err);
        if (code != CRMSYNC_OK) {
            return code;
        }
        if (!matchers[matcher].hit(s, current)) {
            continue;
        }
        if (dead) { /* the id that the host stored may have been merged into another */
            moved = crmi_follow(s->in->candidates, s->in->candidate_count, &record, &lost);
            code = lost ? CRMSYNC_OK : read_account(s, record, current, err);
        }
        if (code != CRMSYNC_OK || lost || tied(out, current->id)) {
            if (code != CRMSYNC_OK) {
                return code;
            }
            continue;
        }
        out->others[out->other_count++] =
            (crmi_other){CRMI_STR("Account"), current->id, CRMI_TARGET_LIVE, CRMI_STR_EMPTY};
        uint32_t tie = 0;
        bool first = !hits++;
        bool better = first || compare(s, current, best, &tie) < 0;
        if (better) {
            *best = *current;
        }
        out->tie = better || tie > out->tie ? tie : out->tie;
    }
    if (!hits) {
        return CRMSYNC_OK;
    }
    if (matcher == CRMI_MATCH_EXTERNAL_ID && hits > 1) { /* it names one company or is no id */
        out->held = CRMSYNC_REASON_AMBIGUOUS;
        return CRMSYNC_OK;
    }
    take(out, s, best->record, moved ? moved : matchers[matcher].rule);
    return crmi_match_told(out, arena) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

int32_t crmi_match_account(const crmi_decide_env *env, const crmi_company_input *in,
                           const crmi_company_keys *keys, crmsync_str owner_id, crmi_arena *arena,
                           crmi_match *out, crmsync_error **err)
{
    search s = {env,
                in,
                keys,
                owner_id,
                in->local.rows ? crmi_record_text(in->local, "id") : CRMI_STR_EMPTY,
                crmi_config_object(env->config, CRMI_STR("Account"))};
    *out = (crmi_match){0};
    if (by_link(&s, out) || !in->candidate_count) {
        bool told = !out->from || (crmi_match_moved(out, arena, 1, out->from, out->rule) &&
                                   crmi_match_told(out, arena));
        return told ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    account work[2];
    for (size_t i = 0; i < env->config->match.account_count; i++) {
        uint32_t matcher = env->config->match.account[i];
        if (matcher >= CRMI_MATCH_LAST || !applies(&s, matcher)) {
            continue;
        }
        int32_t code = try_matcher(&s, matcher, &work[0], &work[1], arena, out, err);
        if (code != CRMSYNC_OK || out->rule || out->held) {
            return code;
        }
    }
    out->other_count = 0;
    return CRMSYNC_OK;
}
