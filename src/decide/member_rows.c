/* Deciding campaign members from rows: gathers what belongs to each campaign and person. */
#include <crmsync/campaign.h>

#include "base/sized.h"
#include "decide/offline.h"

#include "model/rows.h"

/* Records under a key, in the order they were added. */
typedef struct bundle {
    crmi_record *items;
    size_t *positions;
    size_t count, cap;
} bundle;

typedef struct gathering {
    crmi_offline o;
    const crmsync_campaign_input *in;
    crmsync_rows *engagements, *people, *statuses, *members, *history;
    crmi_map statuses_of; /* campaign -> bundle */
    crmi_map members_of;  /* campaign/contact, campaign/lead -> bundle */
    crmi_map past_of;     /* campaign/person -> bundle */
    crmi_map person_of;   /* person -> row */
    crmi_map item_of;     /* campaign/person -> item */
    bundle **said;        /* engagements of each item */
    crmi_member_input *items;
    size_t count;
} gathering;

static bool bundle_add(crmi_arena *arena, bundle *b, crmi_record record, size_t position)
{
    if (b->count == b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 4;
        crmi_record *items = crmi_arena_array(arena, cap, sizeof(*items));
        size_t *positions = crmi_arena_array(arena, cap, sizeof(*positions));
        if (!items || !positions) {
            return false;
        }
        for (size_t i = 0; i < b->count; i++) {
            items[i] = b->items[i];
            positions[i] = b->positions[i];
        }
        b->items = items;
        b->positions = positions;
        b->cap = cap;
    }
    b->items[b->count] = record;
    b->positions[b->count++] = position;
    return true;
}

/* `a/b`, or `a` when there is no b. */
static bool join(gathering *g, crmsync_str a, crmsync_str b, crmsync_str *out)
{
    crmi_buf text;
    crmi_buf_init(&text, &g->o.plan->alloc);
    crmi_buf_add(&text, a);
    crmi_buf_lit(&text, b.len ? "/" : "");
    crmi_buf_add(&text, b);
    bool ok = crmi_buf_ok(&text) && crmi_arena_str(g->o.arena, crmi_buf_str(&text), out);
    crmi_buf_clear(&text);
    return ok;
}

static bool file(gathering *g, crmi_map *under, crmsync_str a, crmsync_str b, crmi_record record)
{
    crmsync_str key;
    if (!join(g, a, b, &key)) {
        return false;
    }
    bundle *found = crmi_map_get(under, key);
    if (!found) {
        found = CRMI_ARENA_NEW(g->o.arena, bundle);
        if (!found || !crmi_map_put(under, key, found)) {
            return false;
        }
    }
    return bundle_add(g->o.arena, found, record, record.row);
}

static const bundle *filed(gathering *g, const crmi_map *under, crmsync_str a, crmsync_str b,
                           bool *oom)
{
    static const bundle nothing = {0};
    crmsync_str key;
    if (!join(g, a, b, &key)) {
        *oom = true;
        return &nothing;
    }
    const bundle *found = crmi_map_get(under, key);
    return found ? found : &nothing;
}

/* The id in a field, which need not be configured. */
static bool id_of(gathering *g, crmi_record record, crmsync_str field, crmsync_str *out)
{
    crmsync_str text = field.len ? crmi_record_get(record, field).text : CRMI_STR_EMPTY;
    return crmi_keep_id(g->o.arena, text, out);
}

static bool file_statuses(gathering *g)
{
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(g->statuses); i++) {
        crmi_record row = {g->statuses, i};
        crmsync_str campaign;
        ok = id_of(g, row, CRMI_STR("CampaignId"), &campaign) &&
             (!campaign.len || file(g, &g->statuses_of, campaign, CRMI_STR_EMPTY, row));
    }
    return ok;
}

/* A member of a converted Lead may carry both ids: it is found by either. */
static bool file_members(gathering *g)
{
    static const char *const who[] = {"ContactId", "LeadId"};
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(g->members); i++) {
        crmi_record row = {g->members, i};
        crmsync_str campaign;
        crmsync_str id;
        ok = id_of(g, row, CRMI_STR("CampaignId"), &campaign);
        for (size_t k = 0; ok && k < 2; k++) {
            ok = id_of(g, row, crmi_str(who[k]), &id) &&
                 (!id.len || !campaign.len || file(g, &g->members_of, campaign, id, row));
        }
    }
    return ok;
}

static bool file_history(gathering *g)
{
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(g->history); i++) {
        crmi_record row = {g->history, i};
        crmsync_str person = crmi_record_text(row, "person_id");
        crmsync_str campaign;
        ok = id_of(g, row, CRMI_STR("campaign_id"), &campaign) &&
             (!campaign.len || !person.len || file(g, &g->past_of, campaign, person, row));
    }
    return ok;
}

static bool file_people(gathering *g)
{
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(g->people); i++) {
        crmsync_str id = crmi_record_text((crmi_record){g->people, i}, "id");
        ok = !id.len || crmi_map_put_index(&g->person_of, id, i);
    }
    return ok;
}

static int32_t file_engagement(gathering *g, size_t i, crmsync_error **err)
{
    crmi_record row = {g->engagements, i};
    crmsync_cell at = crmi_record_get(row, CRMI_STR("at"));
    crmsync_str person = crmi_record_text(row, "person_id");
    crmsync_str campaign;
    crmsync_str key;
    int64_t ms = 0;
    size_t item = g->count;
    if (!id_of(g, row, CRMI_STR("campaign_id"), &campaign)) {
        return crmi_fail_nomem(err);
    }
    if (!campaign.len || !person.len || !crmi_record_text(row, "event").len ||
        !crmi_cell_instant(&at, &ms)) {
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "engagement %zu needs \"campaign_id\" (a Salesforce id), \"person_id\", "
                         "\"event\" and \"at\"",
                         i);
    }
    if (!join(g, campaign, person, &key)) {
        return crmi_fail_nomem(err);
    }
    if (!crmi_map_get_index(&g->item_of, key, &item)) {
        g->items[item].campaign = campaign;
        g->items[item].person = person;
        g->said[item] = CRMI_ARENA_NEW(g->o.arena, bundle);
        if (!g->said[item] || !crmi_map_put_index(&g->item_of, key, item)) {
            return crmi_fail_nomem(err);
        }
        g->count++;
    }
    return bundle_add(g->o.arena, g->said[item], row, i) ? CRMSYNC_OK : crmi_fail_nomem(err);
}

/* Who the person is in Salesforce. */
static bool fill_person(gathering *g, crmi_member_input *item)
{
    size_t at = 0;
    crmsync_str own;
    if (!crmi_map_get_index(&g->person_of, item->person, &at)) {
        return true;
    }
    crmi_record row = {g->people, at};
    if (!id_of(g, row, CRMI_STR("contact_id"), &item->contact) ||
        !id_of(g, row, CRMI_STR("lead_id"), &item->lead) ||
        !id_of(g, row, g->in->config->local.crm_id, &own)) {
        return false;
    }
    item->converted = crmi_record_flag(row, "lead_converted");
    const crmi_crm_object *object = crmi_crm_object_by_id(own);
    if (!item->contact.len && !item->lead.len && object) {
        item->contact = object->number == CRMI_OBJECT_CONTACT ? own : CRMI_STR_EMPTY;
        item->lead = object->number == CRMI_OBJECT_LEAD ? own : CRMI_STR_EMPTY;
    }
    return true;
}

static bool fill_members(gathering *g, crmi_member_input *item)
{
    bool oom = false;
    const bundle *of[] = {filed(g, &g->members_of, item->campaign, item->contact, &oom),
                          filed(g, &g->members_of, item->campaign, item->lead, &oom)};
    const crmsync_str who[] = {item->contact, item->lead};
    crmi_record *list =
        crmi_arena_array(g->o.arena, of[0]->count + of[1]->count + 1, sizeof(*list));
    for (size_t k = 0; !oom && list && k < 2; k++) {
        for (size_t i = 0; who[k].len && i < of[k]->count; i++) {
            bool known = false;
            for (size_t m = 0; m < item->member_count; m++) {
                known = known || list[m].row == of[k]->items[i].row;
            }
            list[item->member_count] = of[k]->items[i];
            item->member_count += !known;
        }
    }
    item->members = list;
    return !oom && list;
}

static bool fill_past(gathering *g, crmi_member_input *item)
{
    bool oom = false;
    const bundle *past = filed(g, &g->past_of, item->campaign, item->person, &oom);
    crmi_member_past *list = crmi_arena_array(g->o.arena, past->count + 1, sizeof(*list));
    for (size_t i = 0; list && i < past->count; i++) {
        crmsync_cell at = crmi_record_get(past->items[i], CRMI_STR("at"));
        list[i].event = crmi_record_text(past->items[i], "event");
        item->past_count += crmi_cell_instant(&at, &list[i].at) ? 1 : 0;
    }
    item->past = list;
    return !oom && list && item->past_count == past->count;
}

static bool fill_labels(gathering *g, crmi_member_input *item)
{
    bool oom = false;
    const bundle *statuses = filed(g, &g->statuses_of, item->campaign, CRMI_STR_EMPTY, &oom);
    crmsync_str *labels = crmi_arena_array(g->o.arena, statuses->count + 1, sizeof(*labels));
    for (size_t i = 0; labels && i < statuses->count; i++) {
        crmsync_str label = crmi_record_text(statuses->items[i], "Label");
        labels[item->label_count] = label;
        item->label_count += label.len > 0;
    }
    item->labels = labels;
    return !oom && labels;
}

static int32_t keep(gathering *g, const crmsync_rows *from, crmsync_rows **out)
{
    return from ? crmi_offline_keep(&g->o, from, out) : CRMSYNC_OK;
}

static int32_t gather(gathering *g, crmsync_error **err)
{
    const struct {
        const crmsync_rows *from;
        crmsync_rows **to;
    } all[] = {{g->in->engagements, &g->engagements},
               {g->in->people, &g->people},
               {g->in->statuses, &g->statuses},
               {g->in->members, &g->members},
               {g->in->history, &g->history}};
    int32_t code = CRMSYNC_OK;
    for (size_t i = 0; code == CRMSYNC_OK && i < 5; i++) {
        code = keep(g, all[i].from, all[i].to);
    }
    size_t n = crmsync_rows_count(g->engagements);
    g->items = crmi_arena_array(g->o.arena, n + 1, sizeof(*g->items));
    g->said = crmi_arena_array(g->o.arena, n + 1, sizeof(*g->said));
    bool ok = code == CRMSYNC_OK && g->items && g->said && file_people(g) && file_statuses(g) &&
              file_members(g) && file_history(g);
    if (!ok) {
        return code != CRMSYNC_OK ? code : crmi_fail_nomem(err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < n; i++) {
        code = file_engagement(g, i, err);
    }
    for (size_t i = 0; code == CRMSYNC_OK && i < g->count; i++) {
        crmi_member_input *item = &g->items[i];
        item->engagements = g->said[i]->items;
        item->positions = g->said[i]->positions;
        item->engagement_count = g->said[i]->count;
        ok = fill_person(g, item) && fill_members(g, item) && fill_past(g, item) &&
             fill_labels(g, item);
        code = ok ? CRMSYNC_OK : crmi_fail_nomem(err);
    }
    return code;
}

/* What happened before is of no use without its time: it may have been before a removal. */
static int32_t check_history(const crmsync_rows *history, crmsync_error **err)
{
    for (size_t i = 0; i < crmsync_rows_count(history); i++) {
        crmsync_cell at = crmi_record_get((crmi_record){history, i}, CRMI_STR("at"));
        int64_t ms = 0;
        if (!crmi_cell_instant(&at, &ms)) {
            return crmi_fail(err, CRMSYNC_E_INVALID, "row %zu of the history needs \"at\"", i);
        }
    }
    return CRMSYNC_OK;
}

static int32_t decide(gathering *g, crmsync_error **err)
{
    crmsync_plan *plan = g->o.plan;
    crmi_map *maps[] = {&g->statuses_of, &g->members_of, &g->past_of, &g->person_of, &g->item_of};
    for (size_t i = 0; i < 5; i++) {
        crmi_map_init(maps[i], &plan->alloc);
    }
    plan->inputs = crmi_arena_array(&plan->own.arena, 5, sizeof(*plan->inputs));
    int32_t code = plan->inputs ? gather(g, err) : crmi_fail_nomem(err);
    if (code == CRMSYNC_OK) {
        code = crmi_decide_members(&g->o.env, g->items, g->count, &plan->own, err);
    }
    for (size_t i = 0; i < 5; i++) {
        crmi_map_clear(maps[i]);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_plan_seal(plan, err);
    }
    return code != CRMSYNC_OK || crmi_offline_keep_names(&plan->own) ? code : crmi_fail_nomem(err);
}

int32_t crmsync_decide_members(const crmsync_alloc *alloc, const crmsync_campaign_input *given,
                               crmsync_plan **out, crmsync_error **err)
{
    crmsync_campaign_input in;
    crmsync_plan *plan = NULL;
    crmsync_schema *empty = NULL;
    *out = NULL;
    int32_t code = crmi_copy_in(&in, sizeof(in), given, "members of the input", err);
    if (code == CRMSYNC_OK && (!in.config || !in.normalizer || !in.engagements || !in.people)) {
        code = crmi_fail(err, CRMSYNC_E_INVALID,
                         "deciding members needs a configuration, a normalizer, engagements and "
                         "people");
    }
    if (code == CRMSYNC_OK) {
        code = check_history(in.history, err);
    }
    if (code == CRMSYNC_OK) {
        code = crmi_plan_owned(alloc, &plan, err);
    }
    if (code == CRMSYNC_OK && !in.schema) {
        code = crmsync_schema_new(&plan->alloc, &empty, err);
    }
    if (code == CRMSYNC_OK) {
        gathering g = {.in = &in};
        g.o = (crmi_offline){.plan = plan, .arena = &plan->own.arena, .err = err};
        g.o.env = (crmi_decide_env){.alloc = &plan->alloc,
                                    .config = in.config,
                                    .schema = in.schema ? in.schema : empty,
                                    .normalizer = in.normalizer};
        code = decide(&g, err);
    }
    crmsync_schema_free(empty);
    if (code != CRMSYNC_OK) {
        crmsync_plan_free(plan);
        return code;
    }
    *out = plan;
    return CRMSYNC_OK;
}
