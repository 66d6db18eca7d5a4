/* How the recover phase tells our records among those of the same minutes. */
#include "sync/recover.h"

/* What tells our record among those of the same minutes: values that no automation rewrites. */
static const struct {
    const char *object;
    const char *keys[5]; /* the first that was sent decides alone when `first_alone` */
    bool first_alone;
    bool unique; /* the org refuses a second one, so absence need not be proven */
} key_table[] = {
    {"Lead", {"Email", "LastName", "FirstName", "Company", NULL}, true, false},
    {"Contact", {"Email", "LastName", "FirstName", NULL}, true, false},
    {"Account", {"Name", NULL}, true, false},
    {"Task", {"Subject", "ActivityDate", "OwnerId", "Description", NULL}, false, false},
    {"Event", {"Subject", "StartDateTime", "OwnerId", "Description", NULL}, false, false},
    {"ContentNote", {"Title", NULL}, true, false},
    {"CampaignMember", {"CampaignId", "ContactId", "LeadId", NULL}, false, true},
};

bool crmi_recover_unique(const crmi_intent *in)
{
    for (size_t o = 0; o < sizeof key_table / sizeof key_table[0]; o++) {
        if (crmi_str_is(in->object, key_table[o].object))
            return key_table[o].unique;
    }
    return false;
}

const crmsync_cell *crmi_intent_sent(const crmi_intent *in, const char *name)
{
    for (size_t i = 0; i < in->field_count; i++) {
        if (crmi_str_is(in->fields[i].name, name))
            return &in->fields[i].cell;
    }
    return NULL;
}

static bool same_key(crmi_recovery *t, const crmi_intent *in, const char *name, crmi_record row)
{
    const crmsync_cell *sent = crmi_intent_sent(in, name);
    crmsync_cell held = crmi_record_get(row, crmi_str(name));
    const crmi_field *field =
        crmi_schema_field(t->task.job->ws->schema, in->object, crmi_str(name));
    if (!sent)
        return true;
    return crmi_save_equal(field, sent, &held, &t->arena);
}

static bool is_ours(crmi_recovery *t, const crmi_intent *in, crmi_record row)
{
    for (size_t o = 0; o < sizeof key_table / sizeof key_table[0]; o++) {
        if (!crmi_str_is(in->object, key_table[o].object))
            continue;
        for (const char *const *key = key_table[o].keys; *key; key++) {
            const crmsync_cell *sent = crmi_intent_sent(in, *key);
            bool same = same_key(t, in, *key, row);
            if (!same)
                return false;
            if (key_table[o].first_alone && sent && !crmi_cell_blank(sent))
                return true;
        }
        return true;
    }
    return false;
}

static bool holds_all(crmi_recovery *t, const crmi_intent *in, crmi_record row)
{
    for (size_t i = 0; i < in->field_count; i++) {
        crmsync_cell held = crmi_record_get(row, in->fields[i].name);
        const crmi_field *field =
            crmi_schema_field(t->task.job->ws->schema, in->object, in->fields[i].name);
        if (!crmi_save_equal(field, &in->fields[i].cell, &held, &t->arena))
            return false;
    }
    return true;
}

void crmi_recover_settled(crmi_settled *end, const crmi_intent *in, crmsync_str crm_id)
{
    end->state = CRMI_SHIP_SETTLED;
    end->queue = false;
    end->crm_id = crm_id;
    end->outcome = crmi_intent_creates(in) ? CRMSYNC_OUTCOME_CREATED : CRMSYNC_OUTCOME_UPDATED;
    end->reason =
        crmi_intent_creates(in) ? CRMSYNC_REASON_CREATE_NO_MATCH : CRMSYNC_REASON_UPDATE_FIELDS;
}

void crmi_recover_plan_anew(crmi_recovery *t, crmi_settled *end)
{
    end->state = CRMI_SHIP_RETRY;
    end->queue = true;
    end->due_ms = crmi_engine_wall(t->task.job->ws->engine);
    end->outcome = CRMSYNC_OUTCOME_HELD;
    end->reason = CRMSYNC_REASON_STALE;
}

/* Ids of the page that are linked already are nobody's missing create. */
static int32_t linked_ids(crmi_recovery *t, const crmsync_rows *rows, bool **linked,
                          crmsync_error **err)
{
    size_t n = crmsync_rows_count(rows);
    crmsync_str *ids = crmi_arena_array(&t->arena, n + 1, sizeof *ids);
    crmi_reverse *owners = crmi_arena_array(&t->arena, n + 1, sizeof *owners);
    *linked = crmi_arena_array(&t->arena, n + 1, sizeof **linked);
    if (!ids || !owners || !*linked)
        return crmi_fail_nomem(err);
    for (size_t i = 0; i < n; i++)
        ids[i] = crmi_record_text((crmi_record){rows, i}, "Id");
    int32_t rc = crmi_reverse_get(&t->task.job->ws->store, ids, n, &t->arena, owners, err);
    for (size_t i = 0; !rc && i < n; i++)
        (*linked)[i] = owners[i].id.len > 0;
    return rc;
}

/* A multiset: k identical intents take k identical rows, whichever. */
static int32_t match_creates(crmi_recovery *t, crmi_recover_part *part, crmsync_error **err)
{
    bool *taken = NULL;
    int32_t rc = linked_ids(t, part->page.rows, &taken, err);
    for (size_t i = 0; !rc && i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (!crmi_intent_in_doubt(in) || t->ends[i].state || !crmi_intent_creates(in) ||
            !crmi_str_eq(in->object, part->object))
            continue;
        for (size_t r = 0; r < crmsync_rows_count(part->page.rows); r++) {
            crmi_record row = {part->page.rows, r};
            if (taken[r] || !is_ours(t, in, row))
                continue;
            taken[r] = true;
            crmi_recover_settled(&t->ends[i], in, crmi_record_text(row, "Id"));
            break;
        }
    }
    return rc;
}

static bool summed(const crmi_recovery *t, const crmi_intent *in, crmsync_str remote)
{
    const crmi_object_rule *rule = crmi_config_object(t->task.job->ws->config, in->object);
    const crmi_field_rule *field = rule ? crmi_object_rule_by_remote(rule, remote) : NULL;
    return field && field->reduce == CRMI_REDUCE_SUM;
}

/*
 * A sum that neither holds what was sent nor what was there before: somebody else has changed it
 * since. Adding our part again could count it twice. A PATCH is carried out whole or not at all, so
 * another field of it tells; where none does, ours counts as written: a sum may lack it then, and
 * never holds it twice.
 */
static bool sum_was_written(crmi_recovery *t, const crmi_intent *in, crmi_record row)
{
    bool moved = false;
    for (size_t i = 0; i < in->field_count; i++) {
        const crmi_named_cell *sent = &in->fields[i];
        const crmi_field *field = crmi_schema_field(t->task.job->ws->schema, in->object, sent->name);
        crmsync_cell held = crmi_record_get(row, sent->name);
        const crmsync_cell *before = NULL;
        for (size_t k = 0; k < in->before_count; k++) {
            if (crmi_str_eq(in->before[k].name, sent->name))
                before = &in->before[k].cell;
        }
        bool as_before = before && crmi_save_equal(field, before, &held, &t->arena);
        bool as_sent = crmi_save_equal(field, &sent->cell, &held, &t->arena);
        if (summed(t, in, sent->name))
            moved = moved || (!as_sent && !as_before);
        else if (as_before != as_sent)
            return as_sent;
    }
    return moved;
}

static bool has_sum(const crmi_recovery *t, const crmi_intent *in)
{
    for (size_t i = 0; i < in->field_count; i++) {
        if (summed(t, in, in->fields[i].name))
            return true;
    }
    return false;
}

static void match_updates(crmi_recovery *t, crmi_recover_part *part)
{
    for (size_t i = 0; i < t->shipment.count; i++) {
        const crmi_intent *in = &t->shipment.intents[i];
        if (!crmi_intent_in_doubt(in) || t->ends[i].state || crmi_intent_creates(in) ||
            !crmi_str_eq(in->object, part->object))
            continue;
        /* not as sent: the CRM side is looked at again, never written blindly */
        crmi_recover_plan_anew(t, &t->ends[i]);
        for (size_t r = 0; r < crmsync_rows_count(part->page.rows); r++) {
            crmi_record row = {part->page.rows, r};
            if (crmi_str_eq(crmi_record_text(row, "Id"), in->crm_id) &&
                (holds_all(t, in, row) || (has_sum(t, in) && sum_was_written(t, in, row))))
                crmi_recover_settled(&t->ends[i], in, in->crm_id);
        }
    }
}

int32_t crmi_recover_match(crmi_recovery *t, crmi_recover_part *part, crmsync_error **err)
{
    if (!part->updates)
        return match_creates(t, part, err);
    match_updates(t, part);
    return CRMSYNC_OK;
}
