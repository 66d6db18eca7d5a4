/* The one table of reasons: numbers, stored names, outcomes, words. */
#include "decide/reason.h"

#include <crmsync/decide.h>

#include "base/str.h"

#define RECORD(name, stored, outcome, text, remedy)                                                \
    {                                                                                              \
        CRMSYNC_REASON_##name, CRMSYNC_OUTCOME_##outcome, stored, text, remedy                     \
    }
#define OTHER(name, stored, text, remedy)                                                          \
    {                                                                                              \
        CRMSYNC_REASON_##name, 0, stored, text, remedy                                             \
    }

/* Ascending by number. */
static const crmi_reason reasons[] = {
    /* How a CRM record or a local record was found. */
    OTHER(MATCH_LINK, "match_link", "linked before", ""),
    OTHER(MATCH_ID, "match_id", "the local record carries its Salesforce id", ""),
    OTHER(MATCH_EXTERNAL_ID, "match_external_id", "the external-id field holds the host's id", ""),
    OTHER(MATCH_EMAIL, "match_email", "same e-mail address", ""),
    OTHER(MATCH_WEBSITE, "match_website", "same website domain", ""),
    OTHER(MATCH_EMAIL_DOMAIN, "match_email_domain",
          "website domain equals the domain of the person's e-mail address", ""),
    OTHER(MATCH_NAME, "match_name", "same company name without legal form and case", ""),
    OTHER(MATCH_CONVERTED, "match_converted", "a converted Lead points to this Contact", ""),
    OTHER(MATCH_MERGED, "match_merged", "the linked record was merged into this one", ""),
    OTHER(MATCH_ORIGIN, "match_origin", "the local record was imported from it", ""),
    /* Which of several was taken. */
    OTHER(TIE_LINK, "tie_link", "of several, the one that a locked link names", ""),
    OTHER(TIE_EXTERNAL_ID, "tie_external_id", "of several, the one that holds the host's id", ""),
    OTHER(TIE_HOST, "tie_host", "of several, the one with exactly this host in its website", ""),
    OTHER(TIE_OWNER, "tie_owner", "of several, the one of the same owner", ""),
    OTHER(TIE_OPPORTUNITIES, "tie_opportunities", "of several, the one with most open opportunities",
          ""),
    OTHER(TIE_CONTACTS, "tie_contacts", "of several, the one with most contacts", ""),
    OTHER(TIE_OLDEST, "tie_oldest", "of several, the oldest", ""),
    OTHER(TIE_MODIFIED, "tie_modified", "of several, the one modified last", ""),
    OTHER(TIE_LOWEST_ID, "tie_lowest_id", "of several that nothing tells apart, the lowest id", ""),
    /* What becomes of a record. */
    RECORD(CREATE_NO_MATCH, "create_no_match", CREATED,
           "nothing like it exists on the other side, so it is created", ""),
    RECORD(CREATE_REACTIVATED, "create_reactivated", CREATED,
           "its CRM record was deleted while it is active at the host, so a new one is created", ""),
    RECORD(UPDATE_FIELDS, "update_fields", UPDATED, "at least one field is written", ""),
    RECORD(CRM_DELETED, "crm_deleted", UPDATED,
           "deleted in Salesforce; the local record becomes inactive",
           "Restore the record in Salesforce, or reactivate the person."),
    RECORD(CRM_UNDELETED, "crm_undeleted", UPDATED, "restored in Salesforce; its link lives again",
           ""),
    RECORD(MERGED, "merged", UPDATED, "merged in Salesforce; the link follows the surviving record",
           ""),
    RECORD(CONVERTED, "converted", UPDATED, "the Lead was converted; the link follows the Contact",
           ""),
    RECORD(UNCHANGED, "unchanged", UNCHANGED, "nothing to write on either side", ""),
    RECORD(DIGEST_EQUAL, "digest_equal", UNCHANGED, "neither side changed since the last run", ""),
    RECORD(LINK_ONLY, "link_only", UNCHANGED, "found and linked; no field needs a change", ""),
    RECORD(DELETED_ONE_OF_SEVERAL, "deleted_one_of_several", UNCHANGED,
           "deleted in Salesforce, while another record of the same person lives", ""),
    RECORD(SECONDARY, "secondary", UNCHANGED,
           "a further record of the same person; kept as a pointer", ""),
    RECORD(LOGGED, "logged", UNCHANGED, "this activity is in Salesforce already", ""),
    RECORD(DELETED_IGNORED, "deleted_ignored", UNCHANGED,
           "deleted in Salesforce; deletions are ignored, so the local record stays active", ""),
    RECORD(OP_DISABLED, "op_disabled", SKIPPED, "this operation is switched off for the object",
           "Enable create or update for this direction in objects.<Object>."),
    RECORD(NO_KEY, "no_key", SKIPPED, "no usable e-mail address or key to match by",
           "Give the record a valid e-mail address, or allow creation without one "
           "(match.create_without_email)."),
    RECORD(NOT_IN_SEGMENT, "not_in_segment", SKIPPED,
           "not a member of a synced segment, or outside the filter",
           "Add the record to a segment, or widen the filter."),
    RECORD(ROUTE_NONE, "route_none", SKIPPED, "this status is configured not to be exported",
           "Map the status to lead or contact in export.routes."),
    RECORD(LOCAL_DUPLICATE, "local_duplicate", SKIPPED,
           "another local record of the same key stands for it; both share one CRM record",
           "Merge the two local records."),
    RECORD(STALE, "stale", SKIPPED,
           "the record changed between the decision and the write; it is decided again in the "
           "next run",
           ""),
    RECORD(TOMBSTONE, "tombstone", SKIPPED,
           "deleted in Salesforce by a person; it is not written again",
           "Restore it in Salesforce."),
    RECORD(KIND_DISABLED, "kind_disabled", SKIPPED, "this kind of activity is not logged",
           "Add the kind to activities.kinds."),
    RECORD(LOCAL_GONE, "local_gone", SKIPPED, "the local record no longer exists", ""),
    RECORD(DO_NOT_SYNC, "do_not_sync", SKIPPED, "the record is marked as not to be synced",
           "Clear the mark on the record."),
    RECORD(EXCLUDED, "excluded", SKIPPED, "taken out of the plan by a reviewer", ""),
    RECORD(DELETED_UNLINKED, "deleted_unlinked", SKIPPED, "deleted in Salesforce and never linked",
           ""),
    RECORD(NOTHING_TO_LOG, "nothing_to_log", SKIPPED,
           "the activity has no content that could be logged",
           "Give the activity a subject or, where bodies are logged, a body."),
    RECORD(CONVERTED_UNLINKED, "converted_unlinked", SKIPPED,
           "a converted Lead that was never linked; its Contact stands for the person", ""),
    RECORD(UNRELATED, "unrelated", SKIPPED, "it belongs to nobody that the host knows", ""),
    RECORD(OWN_ACTIVITY, "own_activity", SKIPPED, "the host's own activity, as it was logged", ""),
    RECORD(UNMAPPED_STATUS, "unmapped_status", HELD,
           "the status is mapped to no object, so none is chosen",
           "Map the status in export.routes, or name the object when exporting."),
    RECORD(AMBIGUOUS, "ambiguous", HELD, "several records fit equally well",
           "Merge the duplicates in Salesforce, or store the right Salesforce id in the record."),
    RECORD(KEY_COLLISION, "key_collision", HELD,
           "its e-mail address belongs to another linked record",
           "Correct the address on one side, or merge the records."),
    RECORD(INACTIVE, "inactive", HELD,
           "its CRM record was deleted; nothing of it is exported until it is reactivated",
           "Reactivate the person or company."),
    RECORD(CONVERTED_HIDDEN, "converted_hidden", HELD,
           "the Lead was converted into a Contact that cannot be read",
           "Grant the integration user access to the Contact."),
    RECORD(LOOKUP_UNKNOWN, "lookup_unknown", HELD,
           "the search in Salesforce failed, so absence is not certain",
           "It is tried again in the next run."),
    RECORD(REQUIRED_MISSING, "required_missing", HELD, "a required field has no value",
           "Give the record the value, or set a default in objects.<Object>.required_defaults."),
    RECORD(WAITING_PARENT, "waiting_parent", HELD, "its parent record is not in Salesforce yet",
           "It goes on by itself when the parent is there."),
    RECORD(WAITING_PERSON, "waiting_person", HELD, "its person is not in Salesforce yet",
           "It goes on by itself when the person is there."),
    RECORD(CLAIMED_ELSEWHERE, "claimed_elsewhere", HELD,
           "another run is creating the same record just now",
           "It goes on by itself in a later run."),
    RECORD(VANISHED, "vanished", HELD,
           "the linked record cannot be read any more and is not reported deleted",
           "Check the integration user's access to the record."),
    RECORD(PERMISSION_LOSS, "permission_loss", HELD,
           "many linked records vanished at once; nothing is changed",
           "Check sharing rules and the integration user's profile."),
    RECORD(BREAKER, "breaker", HELD,
           "an unusual number of changes; the circuit breaker stopped the run",
           "Review the plan and acknowledge the breaker."),
    RECORD(OWNER_REQUIRED, "owner_required", HELD,
           "no Salesforce user stands for the owner, and the configuration demands one",
           "Map the owner in owner.map, or set owner.fallback."),
    RECORD(OBJECT_MISSING, "object_missing", HELD, "the object is not visible in this org",
           "Grant the integration user access to the object."),
    RECORD(ORPHAN, "orphan", HELD,
           "the account was created but its contact was refused; the account is used by the next"
           " attempt",
           "Correct the contact's data."),
    RECORD(VALUE_REFUSED, "value_refused", HELD,
           "a value cannot be stored by Salesforce and the record cannot be created without it",
           "Correct the value on the record."),
    RECORD(SUPPRESSED, "suppressed", HELD, "on a suppression list",
           "Remove the record from the list."),
    RECORD(SAVE_CONFLICT, "save_conflict", HELD,
           "the local record changed while it was being saved",
           "It is decided again in the next run."),
    RECORD(SAVE_REFUSED, "save_refused", FAILED, "the host refused the values",
           "See the host's message."),
    RECORD(CRM_REFUSED, "crm_refused", FAILED, "Salesforce refused the record",
           "See Salesforce's message."),
    RECORD(DUPLICATE_RULE, "duplicate_rule", FAILED,
           "a duplicate rule of the org refused the record",
           "Merge the duplicates in Salesforce, or change the rule."),
    RECORD(INVALID_RECORD, "invalid_record", FAILED, "the record is not valid",
           "See the message, and correct the record."),
    RECORD(IN_FLIGHT, "in_flight", UNKNOWN, "sent, and it is not known yet whether it happened",
           "It is found out by itself in the next run."),
    RECORD(DUPLICATE_RACE, "duplicate_race", CREATED,
           "another writer created the same person in the same moment; both are linked, the "
           "older one leads",
           "Merge the two records in Salesforce."),
    RECORD(NOT_IN_CRM, "not_in_crm", SKIPPED,
           "only chosen fields were to be updated, and its CRM record is not known",
           "Export the whole record first."),
    /* What becomes of a field. */
    OTHER(EQUAL, "equal", "both sides hold the same value", ""),
    OTHER(FILLED, "filled", "empty in Salesforce, filled", ""),
    OTHER(OVERWRITTEN, "overwritten", "the local value replaces Salesforce's", ""),
    OTHER(CRM_WINS, "crm_wins", "Salesforce decides this field", ""),
    OTHER(CRM_FILLS_LOCAL, "crm_fills_local", "empty locally, filled from Salesforce", ""),
    OTHER(LOCAL_WINS, "local_wins",
          "the host decides this field; Salesforce keeps its own value because writing is not "
          "permitted",
          "Set the field's export rule to overwrite."),
    OTHER(LOCAL_EDIT_REVERTED, "local_edit_reverted",
          "edited locally, but Salesforce decides this field; the edit is undone",
          "Edit it in Salesforce, or change the field's import rule."),
    OTHER(CRM_CLEARED, "crm_cleared", "cleared in Salesforce", ""),
    OTHER(LOCAL_CLEARED, "local_cleared", "cleared locally", ""),
    OTHER(CLEARING_KEPT, "clearing_kept", "cleared on one side; clearing is not passed on",
          "Set propagate_null on the field to pass it on."),
    OTHER(DIVERGED, "diverged", "the two sides differ, as the rules allow",
          "Change the field's import or export rule, if one side should win."),
    OTHER(DIVERGENCE_KNOWN, "divergence_known", "the two sides differ as before; nothing moved",
          "Change the value on one side, or the field's import or export rule."),
    OTHER(NEWER_CRM, "newer_crm", "both sides changed; Salesforce's change is newer", ""),
    OTHER(NEWER_LOCAL, "newer_local", "both sides changed; the local change is newer", ""),
    OTHER(WINNER_CRM, "winner_crm", "both sides changed; Salesforce is the configured winner", ""),
    OTHER(WINNER_LOCAL, "winner_local", "both sides changed; the host is the configured winner",
          ""),
    OTHER(CRM_CHANGED, "crm_changed", "changed in Salesforce only", ""),
    OTHER(LOCAL_CHANGED, "local_changed", "changed locally only", ""),
    OTHER(CRM_ALTERED, "crm_altered",
          "Salesforce holds another value than we sent: an automation or a person changed it", ""),
    OTHER(FIELD_FIGHT, "field_fight",
          "somebody keeps changing this field back; it is left alone until the local value "
          "changes",
          "Find the automation that rewrites the field, or change its rule."),
    OTHER(BOTH_EMPTY, "both_empty", "empty on both sides", ""),
    OTHER(NOT_FILLED, "not_filled", "empty in Salesforce, but the rules do not let it be filled",
          "Set the field's export rule to fill or overwrite, and enable update in that direction."),
    OTHER(NOT_IMPORTED, "not_imported", "empty locally, but this field is never imported",
          "Change the field's import rule, if it should be."),
    OTHER(ADOPTED, "adopted", "first read of a value that the org set by itself", ""),
    OTHER(NOT_WRITEABLE, "not_writeable", "Salesforce does not let this user write the field",
          "Grant edit access, or set the field's export rule to never."),
    OTHER(INVISIBLE, "invisible",
          "the field does not exist in the org, or this user may not see it; it is left alone on "
          "both sides",
          "Grant field-level access, or correct the mapping."),
    OTHER(TOO_LONG, "too_long", "longer than the field; not written",
          "Shorten the value, or set too_long to cut."),
    OTHER(CUT, "cut", "shortened to the field's length", ""),
    OTHER(PICKLIST_MISS, "picklist_miss", "not a value of the restricted picklist; not written",
          "Add the value to the picklist or to the field's values."),
    OTHER(TYPE_MISMATCH, "type_mismatch", "cannot be converted to the field's type; not written",
          "Correct the value or the mapping."),
    OTHER(UNMAPPED_VALUE, "unmapped_value", "the value map has no entry for it; not written",
          "Add it to the field's values."),
    OTHER(LOCAL_ABSENT, "local_absent", "the local record says nothing about it",
          "Hand the field over with the record, as null when it is empty."),
    OTHER(CRM_ABSENT, "crm_absent", "the field was not read", ""),
    OTHER(OUT_OF_RANGE, "out_of_range", "does not fit the field's digits or range; not written",
          "Correct the value."),
    OTHER(OWNER_MAPPED, "owner_mapped", "owner by the configured map", ""),
    OTHER(OWNER_BY_EMAIL, "owner_by_email", "owner by equal e-mail address", ""),
    OTHER(OWNER_FALLBACK, "owner_fallback", "the configured fallback owner", ""),
    OTHER(OWNER_UNMAPPED, "owner_unmapped",
          "no Salesforce user stands for the owner; the owner is left out",
          "Map the owner in owner.map."),
    OTHER(OWNER_INACTIVE, "owner_inactive",
          "the mapped user is inactive in Salesforce; treated as unmapped",
          "Map the owner to an active user."),
    OTHER(OWNER_KEPT, "owner_kept", "the record has an owner already", ""),
    OTHER(OWNER_RULES, "owner_rules", "left to the org's assignment rules", ""),
    OTHER(STAMPED, "stamped", "the configured stamp", ""),
    OTHER(STAMP_KEPT, "stamp_kept", "the stamp field has a value already", ""),
    OTHER(STATUS_MAPPED, "status_mapped", "status by the configured map", ""),
    OTHER(STATUS_NOT_FORWARD, "status_not_forward",
          "Salesforce's status is further on; it is never moved backwards",
          "Change it in Salesforce, or set status.policy to always."),
    OTHER(STATUS_UNMAPPED, "status_unmapped", "the status has no entry in the map; it is left out",
          "Add the status to objects.<Object>.status.values."),
    OTHER(STATUS_CONVERTED, "status_converted",
          "this value would mark the Lead as converted; it is never written",
          "Convert the Lead in Salesforce."),
    OTHER(PARENT_SET, "parent_set", "associated with the account", ""),
    OTHER(PARENT_KEPT, "parent_kept", "stays with its own account; a contact is never moved",
          "Move the contact in Salesforce, if it belongs elsewhere."),
    OTHER(RELATED, "related", "the host's record that Salesforce refers to", ""),
    OTHER(REQUIRED_DEFAULT, "required_default", "the configured default of a required field", ""),
    OTHER(EXTERNAL_ID_SET, "external_id_set", "the host's id is stored in the record", ""),
    OTHER(EXTERNAL_ID_TAKEN, "external_id_taken",
          "the field holds the id of another record of the host", "Correct the id in Salesforce."),
    OTHER(DEACTIVATED, "deactivated", "marked inactive locally", ""),
    OTHER(NOT_CHOSEN, "not_chosen", "not among the fields that were to be updated", ""),
    OTHER(CONSENT_WITHDRAWN, "consent_withdrawn",
          "consent is withdrawn on one record of the person, so it is on all",
          "Clear the field in Salesforce and at the host, when the person consents again."),
    OTHER(ACTIVITY_FIELD, "activity_field", "part of the activity", ""),
    OTHER(CONTENT_WITHHELD, "content_withheld", "message content is not logged",
          "Set activities.content to log it."),
    OTHER(RANGE_BOUND, "range_bound", "a range of numbers; the configured bound of it was sent",
          ""),
    OTHER(VALUE_DEFAULT, "value_default",
          "not among the values of the map or picklist; the configured default was sent",
          "Add the value to the field's values."),
    OTHER(DAY_IN_UTC, "day_in_utc",
          "a point in time was sent as its day, or a day as its midnight, in UTC", ""),
    OTHER(TEMPLATE_INCOMPLETE, "template_incomplete",
          "a field that the template names is empty, so nothing was made of it", ""),
    OTHER(REDUCED, "reduced", "the values of both sides were combined", ""),
    OTHER(REDUCE_STARTED, "reduce_started",
          "nothing is known of the past; counting starts from these values", ""),
    OTHER(OWNER_IMPORTED, "owner_imported", "the owner in Salesforce, as the host names them", ""),
    OTHER(STATUS_NOT_FROM, "status_not_from",
          "the status in Salesforce is none that the policy may replace",
          "List it in status.only_from, or change the policy."),
    OTHER(REDUCE_NOTHING, "reduce_nothing", "the host has added nothing since it was counted", ""),
    /* Why a person is not contacted. */
    RECORD(SUPPRESSION_UNKNOWN, "suppression_unknown", HELD,
           "whether the person may be contacted is not known",
           "Read the sources of suppression again."),
    OTHER(OPT_OUT, "opt_out", "refused e-mails on one of the two sides",
          "Reactivate the person where consent was given again, or clear the mark on both sides."),
    OTHER(DO_NOT_CALL, "do_not_call", "refused calls on one of the two sides",
          "Reactivate the person where consent was given again, or clear the mark on both sides."),
    OTHER(ON_LIST, "on_list", "on a suppression list", "Remove the record from the list."),
    OTHER(CUSTOMER, "customer", "a customer by a won opportunity, a field or a domain", ""),
    OTHER(OPEN_OPPORTUNITY, "open_opportunity", "an opportunity is open", ""),
    OTHER(RECENTLY_LOST, "recently_lost", "an opportunity was lost a short time ago",
          "Wait until the day told, or shorten suppression.opportunities.lost_days."),
    OTHER(SOURCE_UNKNOWN, "source_unknown",
          "a source of suppression is missing, incomplete or could not be read",
          "Read it again; check that the list still exists and is shared with the user."),
    OTHER(SOURCE_STALE, "source_stale", "a source of suppression was read too long ago",
          "Read it again, or raise suppression.max_age_hours."),
    /* What becomes of a campaign member. */
    RECORD(MEMBER_ADDED, "member_added", CREATED, "not a member yet, so it is added", ""),
    RECORD(MEMBER_RETURNED, "member_returned", CREATED,
           "removed in Salesforce, and engaged again after that", ""),
    RECORD(MEMBER_ADVANCED, "member_advanced", UPDATED, "the engagement leads further", ""),
    RECORD(MEMBER_KEPT, "member_kept", UNCHANGED,
           "the member is as far, or further; it never goes back", ""),
    RECORD(MEMBER_FOREIGN, "member_foreign", UNCHANGED,
           "the member has a status of the org's own, which is left alone",
           "Give the status its rank in campaigns.statuses."),
    RECORD(MEMBER_REMOVED, "member_removed", SKIPPED,
           "removed from the campaign in Salesforce; only a later engagement brings it back", ""),
    RECORD(ENGAGEMENT_REPEATED, "engagement_repeated", SKIPPED,
           "this kind of engagement moves a member once only, and has done so", ""),
    RECORD(ENGAGEMENT_UNMAPPED, "engagement_unmapped", SKIPPED,
           "no status is configured for this engagement", "Add it to campaigns.events."),
    RECORD(CAMPAIGNS_DISABLED, "campaigns_disabled", SKIPPED, "campaign members are not written",
           "Set campaigns.enabled."),
    RECORD(MEMBER_STATUS_MISSING, "member_status_missing", HELD,
           "the campaign has no such member status, and Salesforce might put another in its place",
           "Add the status to the campaign, or map the engagement to one that it has."),
    RECORD(MEMBER_STATUSES_UNREAD, "member_statuses_unread", HELD,
           "the member statuses of the campaign are not known",
           "Grant the integration user access to the campaign."),
    RECORD(WAITING_CAMPAIGN, "waiting_campaign", HELD,
           "the campaign is not known in Salesforce; the engagement waits for it",
           "Import the campaign, or give its Salesforce id."),
    RECORD(ENGAGEMENT_INCOMPLETE, "engagement_incomplete", SKIPPED,
           "the engagement lacks its campaign, person, event or time",
           "Give campaign_id, person_id, event and at."),
    /* What becomes of a field of a campaign member. */
    OTHER(MEMBER_KEY, "member_key", "the campaign and the person", ""),
    OTHER(MEMBER_STATUS, "member_status", "the status that the engagement leads to", ""),
    OTHER(ENGAGEMENT_FIELD, "engagement_field", "a date or metric of the engagement", ""),
    /* Activities. */
    RECORD(CLICK_REPEATED, "click_repeated", SKIPPED,
           "the person clicked this link of this e-mail before; the first time is logged", ""),
    RECORD(VISITS_CAPPED, "visits_capped", SKIPPED,
           "as many visits of this person as are allowed are logged for the day",
           "Raise activities.visits_per_day."),
    RECORD(TIME_MISSING, "time_missing", HELD, "an Event needs the time at which it begins",
           "Give the activity its time, in \"at\"."),
    RECORD(PARK_EXPIRED, "park_expired", SKIPPED,
           "its person did not come to Salesforce in time; it is not logged any more",
           "Raise activities.park_days."),
    RECORD(PARK_FULL, "park_full", SKIPPED,
           "too many activities of its person wait already",
           "Bring the person into Salesforce, or raise activities.park_max."),
    RECORD(KIND_UNKNOWN, "kind_unknown", HELD, "there is no such kind of activity",
           "Correct the activity's kind; docs/activities.md lists them."),
    RECORD(PART_OF_VISIT, "part_of_visit", SKIPPED,
           "another record of the same visit is logged for all of them", ""),
    OTHER(OPPORTUNITY_NAMED, "opportunity_named", "the opportunity that the activity names", ""),
    OTHER(OPPORTUNITY_SINGLE, "opportunity_single", "the only open opportunity of the contact", ""),
    OTHER(OPPORTUNITY_NEWEST, "opportunity_newest", "the newest open opportunity of the contact",
          ""),
    OTHER(OPPORTUNITY_SEVERAL, "opportunity_several",
          "the contact has several open opportunities; none is chosen",
          "Set activities.opportunity to newest_open, or name one in opportunity_id."),
    OTHER(ACTIVITY_REDACTED, "activity_redacted", "the host marked the activity as not to be copied",
          ""),
    /* Taking back, and explaining. */
    OTHER(RESTORED, "restored", "put back to what it was before", ""),
    OTHER(NOT_RESTORED, "not_restored", "what it was before is not known, so it is left as it is",
          "Set the value by hand."),
    RECORD(CREATED_KEPT, "created_kept", SKIPPED,
           "created by what is being undone; nothing is ever deleted",
           "Delete the record by hand where it is not wanted, on both sides."),
    RECORD(NOT_UNDONE, "not_undone", SKIPPED,
           "an undo puts values back; it neither revives nor unlinks records", ""),
    OTHER(CHANGED_SINCE, "changed_since", "changed since the plan was made; left as it is",
          "Plan anew."),
    OTHER(NOT_MAPPED, "not_mapped", "the field is not mapped, so it is not synced",
          "Add it to objects.<Object>.fields."),
    /* What becomes of a signal. */
    RECORD(SIGNAL_APPLIED, "signal_applied", UPDATED, "a rule on the signal writes these fields", ""),
    RECORD(SIGNAL_TASK, "signal_task", CREATED, "a rule on the signal asks for a task", ""),
    RECORD(SIGNAL_UNMAPPED, "signal_unmapped", SKIPPED, "no rule is configured for this signal",
           "Add it to signals."),
    RECORD(WAITING_COMPANY, "waiting_company", HELD,
           "the company is not in Salesforce yet; the signal waits for it", "Export the company."),
    OTHER(SIGNAL_FIELD, "signal_field", "what the rule on the signal says", ""),
};

#undef RECORD
#undef OTHER

#define REASON_COUNT (sizeof(reasons) / sizeof(reasons[0]))

static const struct {
    uint32_t outcome;
    const char *name;
} outcomes[] = {
    {CRMSYNC_OUTCOME_CREATED, "created"},     {CRMSYNC_OUTCOME_UPDATED, "updated"},
    {CRMSYNC_OUTCOME_UNCHANGED, "unchanged"}, {CRMSYNC_OUTCOME_SKIPPED, "skipped"},
    {CRMSYNC_OUTCOME_HELD, "held"},           {CRMSYNC_OUTCOME_FAILED, "failed"},
    {CRMSYNC_OUTCOME_UNKNOWN, "unknown"},
};

size_t crmi_reason_count(void)
{
    return REASON_COUNT;
}

const crmi_reason *crmi_reason_at(size_t i)
{
    return i < REASON_COUNT ? &reasons[i] : NULL;
}

const crmi_reason *crmi_reason_find(uint32_t number)
{
    size_t low = 0;
    size_t high = REASON_COUNT;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (reasons[mid].number < number) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < REASON_COUNT && reasons[low].number == number ? &reasons[low] : NULL;
}

uint32_t crmi_reason_of(const crmi_reason *reason)
{
    if (reason->outcome) {
        return CRMI_REASON_OF_RECORD;
    }
    crmsync_str name = crmi_str(reason->name);
    bool match = crmi_str_starts(name, "match_") || crmi_str_starts(name, "tie_");
    return match ? CRMI_REASON_OF_MATCH : CRMI_REASON_OF_FIELD;
}

const char *crmsync_reason_name(uint32_t reason)
{
    const crmi_reason *found = crmi_reason_find(reason);
    return found ? found->name : "unknown";
}

const char *crmsync_reason_text(uint32_t reason)
{
    const crmi_reason *found = crmi_reason_find(reason);
    return found ? found->text : "";
}

const char *crmsync_reason_remedy(uint32_t reason)
{
    const crmi_reason *found = crmi_reason_find(reason);
    return found ? found->remedy : "";
}

uint32_t crmsync_reason_outcome(uint32_t reason)
{
    const crmi_reason *found = crmi_reason_find(reason);
    return found ? found->outcome : 0;
}

uint32_t crmsync_reason_by_name(crmsync_str name)
{
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (crmi_str_is(name, reasons[i].name)) {
            return reasons[i].number;
        }
    }
    return CRMSYNC_REASON_NONE;
}

const char *crmsync_outcome_name(uint32_t outcome)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        if (outcomes[i].outcome == outcome) {
            return outcomes[i].name;
        }
    }
    return "";
}

uint32_t crmsync_outcome_by_name(crmsync_str name)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        if (crmi_str_is(name, outcomes[i].name)) {
            return outcomes[i].outcome;
        }
    }
    return 0;
}
