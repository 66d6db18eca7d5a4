/* Campaign members: which engagement decides, and whether the member moves on. */
#include "decide/member.h"

#include "decide/page.h"

static const crmi_member_rule *rule_for(const crmi_member_case *c, size_t engagement)
{
    crmi_record record = c->in->engagements[engagement];
    crmsync_str event = crmi_record_text(record, "event");
    crmsync_str form = crmi_record_text(record, "form_type");
    for (size_t i = 0; i < c->rules->event_count; i++) {
        const crmi_member_rule *rule = &c->rules->events[i];
        bool fits = !rule->form_type_count;
        for (size_t k = 0; k < rule->form_type_count; k++) {
            fits = fits || crmi_str_eq(rule->form_types[k], form);
        }
        if (fits && crmi_str_eq(rule->event, event)) {
            return rule;
        }
    }
    return NULL;
}

/* Labels are picklist values: their case does not matter. */
static int rank_of(const crmi_member_case *c, crmsync_str label)
{
    for (size_t i = 0; i < c->rules->status_count; i++) {
        if (crmi_str_eq_ci(c->rules->statuses[i], label)) {
            return (int)i;
        }
    }
    return CRMI_NO_RANK;
}

static int64_t time_of(const crmi_member_case *c, size_t engagement)
{
    int64_t at = 0;
    crmsync_cell cell = crmi_record_get(c->in->engagements[engagement], CRMI_STR("at"));
    crmi_cell_instant(&cell, &at);
    return at;
}

/* A removal starts the story anew: what counted once before it may count again. */
static bool happened(const crmi_member_case *c, crmsync_str event)
{
    for (size_t i = 0; i < c->in->past_count; i++) {
        const crmi_member_past *past = &c->in->past[i];
        if (crmi_str_eq(past->event, event) && past->at > c->removed_at) {
            return true;
        }
    }
    return false;
}

static void find_removal(crmi_member_case *c)
{
    c->removed_at = INT64_MIN;
    for (size_t i = 0; i < c->in->past_count; i++) {
        const crmi_member_past *past = &c->in->past[i];
        if (crmi_str_is(past->event, CRMI_EVENT_REMOVED) && past->at > c->removed_at) {
            c->removed_at = past->at;
        }
    }
}

/* Why an engagement does not count, or 0. */
static uint32_t refusal_of(const crmi_member_case *c, size_t i, const crmi_member_rule *rule)
{
    bool gone = !c->in->member_count && c->removed_at != INT64_MIN;
    if (!rule) {
        return CRMSYNC_REASON_ENGAGEMENT_UNMAPPED;
    }
    if (gone && time_of(c, i) <= c->removed_at) {
        return CRMSYNC_REASON_MEMBER_REMOVED;
    }
    return rule->once && happened(c, rule->event) ? CRMSYNC_REASON_ENGAGEMENT_REPEATED : 0;
}

/* Is engagement `i` later than `k`, however the page is ordered? */
static bool later(const crmi_member_case *c, size_t i, size_t k)
{
    int64_t a = time_of(c, i);
    int64_t b = time_of(c, k);
    if (a != b) {
        return a > b;
    }
    crmi_record left = c->in->engagements[i];
    crmi_record right = c->in->engagements[k];
    int order = crmi_str_cmp(crmi_record_text(left, "id"), crmi_record_text(right, "id"));
    order = order ? order
                  : crmi_str_cmp(crmi_record_text(left, "event"), crmi_record_text(right, "event"));
    return order > 0;
}

/* The engagement that leads furthest, of several the latest. Of refusals a removal says most. */
static void choose(crmi_member_case *c)
{
    c->best = CRMI_NO_DECISION;
    c->latest = CRMI_NO_DECISION;
    c->rank = CRMI_NO_RANK;
    for (size_t i = 0; i < c->in->engagement_count; i++) {
        const crmi_member_rule *rule = rule_for(c, i);
        uint32_t refusal = refusal_of(c, i, rule);
        int rank = rule ? rank_of(c, rule->status) : CRMI_NO_RANK;
        if (refusal) {
            bool more = !c->refusal || refusal < c->refusal;
            c->refusal = more ? refusal : c->refusal;
        } else if (c->best == CRMI_NO_DECISION || rank > c->rank ||
                   (rank == c->rank && later(c, i, c->best))) {
            c->best = i;
            c->rank = rank;
        }
        if (!refusal && (c->latest == CRMI_NO_DECISION || later(c, i, c->latest))) {
            c->latest = i;
        }
    }
}

/* Of a person with a Lead's and a Contact's member the one that is further counts. */
static void look_at_members(crmi_member_case *c)
{
    c->now = CRMI_NO_RANK;
    for (size_t i = 0; i < c->in->member_count; i++) {
        crmsync_str status = crmi_str_trim(crmi_record_text(c->in->members[i], "Status"));
        int rank = rank_of(c, status);
        c->foreign = c->foreign || (status.len && rank == CRMI_NO_RANK);
        c->now = rank > c->now ? rank : c->now;
    }
}

static crmi_decision *add(const crmi_member_case *c, crmi_plan *plan, uint32_t reason)
{
    const crmi_member_input *in = c->in;
    size_t said = c->best == CRMI_NO_DECISION ? 0 : c->best;
    crmi_decision *d = crmi_plan_add(plan);
    if (!d) {
        return NULL;
    }
    d->kind = CRMI_STR("member");
    d->local_id = in->person;
    d->object = CRMI_STR("CampaignMember");
    d->direction = CRMSYNC_DIRECTION_OUT;
    d->slot = in->campaign;
    d->detail = in->campaign;
    d->input = in->positions[said];
    if (in->member_count) {
        d->crm_id = crmi_record_text(in->members[0], "Id");
        d->crm_stamp = crmi_crm_stamp(in->members[0]);
    }
    crmi_decision_settle(d, reason);
    return d;
}

/* The member of the Lead, where the Contact has one too: told, and left alone. */
static bool tell_others(const crmi_member_case *c, crmi_plan *plan, crmi_decision *d)
{
    size_t n = c->in->member_count;
    if (n < 2) {
        return true;
    }
    d->others = crmi_arena_array(&plan->arena, n - 1, sizeof(*d->others));
    for (size_t i = 1; d->others && i < n; i++) {
        d->others[d->other_count++] = (crmi_other){
            .object = d->object,
            .id = crmi_record_text(c->in->members[i], "Id"),
            .state = CRMI_TARGET_LIVE,
        };
    }
    return d->others != NULL;
}

static int32_t claim(const crmi_member_case *c, crmi_plan *plan, crmi_decision *d,
                     crmsync_error **err)
{
    crmi_buf b;
    crmi_buf_init(&b, plan->arena.alloc);
    crmi_buf_fmt(&b, "%.*s/%.*s", CRMI_SPELL(c->in->campaign), CRMI_SPELL(c->in->person));
    bool ok = crmi_buf_ok(&b) &&
              crmi_decision_claim(&plan->arena, d, "member/campaign/", crmi_buf_str(&b));
    crmi_buf_clear(&b);
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* `701...: no status "Converted" among "Sent", "Responded"` */
static int32_t hold_status(const crmi_member_case *c, crmi_plan *plan, crmsync_error **err)
{
    crmi_buf b;
    crmi_decision *d = add(c, plan, CRMSYNC_REASON_MEMBER_STATUS_MISSING);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    crmi_buf_init(&b, plan->arena.alloc);
    crmi_buf_fmt(&b, "%.*s: no status \"%.*s\" among", CRMI_SPELL(c->in->campaign),
                 CRMI_SPELL(c->rules->statuses[c->rank]));
    for (size_t i = 0; i < c->in->label_count && b.len < 400; i++) {
        crmi_buf_fmt(&b, "%s \"%.*s\"", i ? "," : "", CRMI_SPELL(c->in->labels[i]));
    }
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(&plan->arena, crmi_buf_str(&b), &d->detail) &&
              tell_others(c, plan, d);
    crmi_buf_clear(&b);
    d->wish = c->rules->statuses[c->rank];
    return ok ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* The campaign's own spelling of the status, or false. */
static bool find_label(crmi_member_case *c)
{
    for (size_t i = 0; i < c->in->label_count; i++) {
        if (crmi_str_eq_ci(c->in->labels[i], c->rules->statuses[c->rank])) {
            c->label = c->in->labels[i];
            return true;
        }
    }
    return false;
}

static int32_t act(const crmi_member_case *c, crmi_plan *plan, uint32_t reason, crmsync_error **err)
{
    crmi_fields fields;
    bool fresh = !c->in->member_count;
    crmi_fields_init(&fields, &plan->arena, 3 + c->rules->field_count);
    int32_t code = crmi_member_fields(c, &fields, err);
    crmi_decision *d = code == CRMSYNC_OK ? add(c, plan, reason) : NULL;
    if (!d || !tell_others(c, plan, d)) {
        return code != CRMSYNC_OK ? code : crmi_fail_nomem(err);
    }
    bool writes = crmi_decision_fields(d, &fields);
    if (fresh) {
        d->crm_op = CRMI_OP_CREATE;
        d->link = true;
        return claim(c, plan, d, err);
    }
    if (writes && !c->label.len) {
        crmi_decision_settle(d, CRMSYNC_REASON_UPDATE_FIELDS);
    }
    return CRMSYNC_OK;
}

/* Why nothing is asked of Salesforce for this person and campaign, or 0. */
static uint32_t stops(const crmi_member_case *c)
{
    const crmi_member_input *in = c->in;
    if (!c->rules->enabled) {
        return CRMSYNC_REASON_CAMPAIGNS_DISABLED;
    }
    if (!in->contact.len && in->converted) {
        return CRMSYNC_REASON_CONVERTED_HIDDEN;
    }
    if (!in->contact.len && !in->lead.len) {
        return CRMSYNC_REASON_WAITING_PERSON;
    }
    return c->best == CRMI_NO_DECISION ? c->refusal : 0;
}

static int32_t decide_one(const crmi_decide_env *env, const crmi_member_input *in, crmi_plan *plan,
                          crmsync_error **err)
{
    crmi_member_case c = {.env = env, .rules = &env->config->campaigns, .in = in};
    find_removal(&c);
    choose(&c);
    look_at_members(&c);
    uint32_t stop = stops(&c);
    if (stop) {
        return add(&c, plan, stop) ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    if (in->member_count && (c.foreign || c.now >= c.rank)) {
        uint32_t reason = c.foreign ? CRMSYNC_REASON_MEMBER_FOREIGN : CRMSYNC_REASON_MEMBER_KEPT;
        return act(&c, plan, reason, err);
    }
    if (!in->label_count) {
        return add(&c, plan, CRMSYNC_REASON_MEMBER_STATUSES_UNREAD) ? CRMSYNC_OK
                                                                    : crmi_fail_nomem(err);
    }
    if (!find_label(&c)) {
        return hold_status(&c, plan, err);
    }
    uint32_t fresh =
        c.removed_at == INT64_MIN ? CRMSYNC_REASON_MEMBER_ADDED : CRMSYNC_REASON_MEMBER_RETURNED;
    return act(&c, plan, in->member_count ? CRMSYNC_REASON_MEMBER_ADVANCED : fresh, err);
}

/* Two people of the host's that are one in Salesforce have one member. */
static int32_t duplicate(const crmi_decide_env *env, const crmi_member_input *in, size_t of,
                         crmi_plan *plan, crmsync_error **err)
{
    crmi_member_case c = {.env = env, .in = in, .best = CRMI_NO_DECISION};
    crmi_decision *d = add(&c, plan, CRMSYNC_REASON_LOCAL_DUPLICATE);
    if (!d) {
        return crmi_fail_nomem(err);
    }
    d->same_as = of;
    return CRMSYNC_OK;
}

static bool key_of(const crmi_member_input *in, crmi_arena *arena, crmsync_str *out)
{
    crmi_buf b;
    crmsync_str who = in->contact.len ? in->contact : in->lead;
    crmi_buf_init(&b, arena->alloc);
    crmi_buf_fmt(&b, "%.*s/%.*s", CRMI_SPELL(in->campaign), CRMI_SPELL(who));
    bool ok = crmi_buf_ok(&b) && crmi_arena_str(arena, crmi_buf_str(&b), out);
    out->len = who.len ? out->len : 0;
    crmi_buf_clear(&b);
    return ok;
}

int32_t crmi_decide_members(const crmi_decide_env *env, const crmi_member_input *items,
                            size_t count, crmi_plan *plan, crmsync_error **err)
{
    crmi_map taken; /* campaign and CRM record -> decision */
    int32_t code = CRMSYNC_OK;
    crmi_map_init(&taken, env->alloc);
    for (size_t i = 0; code == CRMSYNC_OK && i < count; i++) {
        crmsync_str key = CRMI_STR_EMPTY;
        size_t first = 0;
        if (!key_of(&items[i], &plan->arena, &key)) {
            code = crmi_fail_nomem(err);
        } else if (key.len && crmi_map_get_index(&taken, key, &first)) {
            code = duplicate(env, &items[i], first, plan, err);
        } else {
            code = decide_one(env, &items[i], plan, err);
            bool kept =
                code != CRMSYNC_OK || !key.len || crmi_map_put_index(&taken, key, plan->count - 1);
            code = kept ? code : crmi_fail_nomem(err);
        }
    }
    crmi_map_clear(&taken);
    return code;
}
