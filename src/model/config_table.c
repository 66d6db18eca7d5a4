#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(mode_words, "leads", "contacts", "by_status");
WORDS(route_words, "none", "lead", "contact");
WORDS(stamp_words, "create", "always", "if_empty");
WORDS(match_words, "id", "external_id", "website", "email_domain", "name");
WORDS(unmapped_words, "fallback", "omit", "skip_field", "error");
WORDS(apply_words, "create", "always", "never", "two_way", "in");
WORDS(stamped_words, "Lead", "Contact", "Account");
WORDS(push_words, "new_people", "accounts", "engagement");
WORDS(both_words, "contact", "lead", "each");
WORDS(packing_words, "auto", "max", "one");
WORDS(create_words, "collections", "ui_idempotent");
WORDS(duplicates_words, "use_existing", "allow_save", "fail");
WORDS(twin_words, "keep", "delete_own");
WORDS(deletes_words, "ignore", "deactivate");
WORDS(undelete_words, "link", "person");
WORDS(ambiguous_words, "hold", "choose");
WORDS(both_exist_words, "primary", "each");
/* By CRMI_ACTIVITY_*. */
WORDS(kind_words, "email", "call", "meeting", "note", "task", "linkedin_message",
      "linkedin_request", "email_opened", "email_clicked", "form_submission", "website_visit",
      "personalization");
WORDS(log_words, "Task", "Event", "ContentNote"); /* by CRMI_LOG_* */
WORDS(opportunity_words, "off", "open_single", "newest_open");

#define AT(field) .at = offsetof(struct crmsync_config, field)
#define COUNT(field) .count_at = offsetof(struct crmsync_config, field)
#define MEMBERS(array) .members = array, .count = sizeof array / sizeof array[0]

#define OBJECT(label, number, sentence) \
    {label, CRMI_MEMBER_GROUP, AT(objects[number]), .group = &crmi_object_group, .doc = sentence}

static const crmi_member objects_members[] = {
    OBJECT("User", CRMI_OBJECT_USER, "Salesforce users, imported only."),
    OBJECT("Account", CRMI_OBJECT_ACCOUNT, "Companies."),
    OBJECT("Contact", CRMI_OBJECT_CONTACT, "People who belong to an account."),
    OBJECT("Lead", CRMI_OBJECT_LEAD, "People who are not qualified yet."),
    OBJECT("Opportunity", CRMI_OBJECT_OPPORTUNITY,
           "Deals, imported only; company_id and campaign_id name the host's records."),
    OBJECT("Campaign", CRMI_OBJECT_CAMPAIGN, "Campaigns, imported only; see campaigns.picked."),
    OBJECT("OpportunityContactRole", CRMI_OBJECT_CONTACT_ROLE,
           "Who has a part in which deal, imported only, as records of kind opportunity_role with "
           "opportunity_id and person_id."),
    OBJECT("CampaignMember", CRMI_OBJECT_CAMPAIGN_MEMBER,
           "Members of campaigns, imported as records of kind campaign_member with campaign_id "
           "and person_id; what is written is said by campaigns."),
    OBJECT("Task", CRMI_OBJECT_TASK,
           "Tasks of people the host knows, imported as records of kind crm_activity with "
           "person_id, opportunity_id and company_id, but those that it logged itself; what is "
           "logged is said by activities."),
    OBJECT("Event", CRMI_OBJECT_EVENT, "Events, imported as Tasks are."),
};
static const crmi_group objects_group = {MEMBERS(objects_members)};

#define LOCAL(label, field, preset, sentence)                                               \
    {label, CRMI_MEMBER_TEXT, AT(local.field), .rule = &crmi_text_local, .fallback = preset, \
     .doc = sentence}

static const crmi_member local_members[] = {
    LOCAL("email", email, "email", "Person: the e-mail address, the key people are matched by."),
    LOCAL("first_name", first_name, "first_name", "Person: the given name."),
    LOCAL("last_name", last_name, "last_name", "Person: the family name."),
    LOCAL("company_name", company_name, "company", "Person: the employer's name."),
    LOCAL("company_id", company_id, "company_id", "Person: the id of the company record."),
    LOCAL("website", website, "website", "Person: the employer's website."),
    LOCAL("owner", owner, "owner", "Person and company: the team member in charge."),
    LOCAL("status", status, "status", "Person: the stage that export.routes looks at."),
    LOCAL("crm_id", crm_id, "crm_id", "Where the Salesforce id is saved; empty: nowhere."),
    LOCAL("company_label", company_label, "name", "Company: the name."),
    LOCAL("company_domain", company_domain, "domain", "Company: the domain."),
    LOCAL("company_website", company_website, "website", "Company: the website."),
    LOCAL("do_not_sync", do_not_sync, "",
          "A BOOL field that keeps a record out of the sync; empty: none."),
    LOCAL("segments", segments, "segments",
          "Person and company: what it is a member of, apart by semicolons; see export.segments."),
    LOCAL("opt_out", opt_out, "",
          "Person: a BOOL field that says no e-mail; where it is mapped, true on one record makes it "
          "true on all."),
    LOCAL("do_not_contact", do_not_contact, "",
          "Person: the same for every kind of contact; nothing but people on both sides undoes it."),
};
static const crmi_group local_group = {MEMBERS(local_members)};

#define STAMP(field) .at = offsetof(crmi_stamp_rule, field)

static const crmi_member stamp_members[] = {
    {"field", CRMI_MEMBER_TEXT, STAMP(field), .rule = &crmi_text_remote, .fallback = "",
     .doc = "The field of exported records that tells where they came from; empty: none."},
    {"value", CRMI_MEMBER_TEXT, STAMP(value), .fallback = "", .doc = "What is written there."},
    {"when", CRMI_MEMBER_WORD, STAMP(when), .words = stamp_words, .fallback = "create",
     .doc = "Whether only new records get it, every one that is written, or those where it is "
            "empty. Never because a record was merely linked."},
    {"objects", CRMI_MEMBER_SET, STAMP(objects), .words = stamped_words,
     .fallback = "Lead Contact", .doc = "Which objects get it."},
};
static const crmi_group stamp_group = {"stamp", MEMBERS(stamp_members),
                                       .size = sizeof(crmi_stamp_rule)};

static const crmi_member export_members[] = {
    {"mode", CRMI_MEMBER_WORD, AT(export.mode), .words = mode_words, .fallback = "leads",
     .doc = "What people become in Salesforce: leads, contacts, or as routes says by status."},
    {"routes", CRMI_MEMBER_PAIRS, AT(export.routes), COUNT(export.route_count),
     .words = route_words,
     .doc = "Status to lead, contact or none; a status that is not listed is held back."},
    {"account_create", CRMI_MEMBER_BOOL, AT(export.account_create), .fallback = "false",
     .doc = "Whether a contact's missing account is created with it."},
    {"stamp", CRMI_MEMBER_GROUP, AT(export.stamp), .group = &stamp_group,
     .doc = "The source stamp."},
    {"stamps", CRMI_MEMBER_GROUPS, AT(export.stamps), COUNT(export.stamp_count),
     .group = &stamp_group, .doc = "Further stamps."},
    {"segments", CRMI_MEMBER_TEXTS, AT(export.segments), COUNT(export.segment_count),
     .fallback = "",
     .doc = "Only members of one of these segments are created and updated in Salesforce; one who "
            "leaves is no longer updated, nor deleted. Empty: everybody. A manual export asks "
            "nobody's membership."},
    {"auto_push", CRMI_MEMBER_SET, AT(export.auto_push), .words = push_words, .fallback = "",
     .doc = "What the host enqueues as it happens, without waiting for the interval. Told to the "
            "host only: the library pushes what it is given."},
    {"create_api", CRMI_MEMBER_WORD, AT(export.create_api), .words = create_words,
     .fallback = "collections",
     .doc = "How records are created that go one by one (a manual export, or limits.packing one): "
            "like all others, or by the UI API under an idempotency key, so that a lost answer is "
            "settled by sending the same again."},
    {"strict", CRMI_MEMBER_BOOL, AT(export.strict), .fallback = "false",
     .doc = "Whether an update is refused when somebody wrote the record after it was read (to the "
            "second), and decided anew; 25 updates a call instead of up to 1,000."},
    {"duplicates", CRMI_MEMBER_WORD, AT(export.duplicates), .words = duplicates_words,
     .fallback = "use_existing",
     .doc = "What happens to a record that a duplicate rule of the org refuses: it is linked to the "
            "record that is there, saved all the same where the rule only alerts, or left failed."},
    {"twin", CRMI_MEMBER_WORD, AT(export.twin), .words = twin_words, .fallback = "keep",
     .doc = "What becomes of a person we created in the seconds after somebody else had: it stays "
            "linked beside the older record, or is deleted again while nobody has modified it and no "
            "task, event, campaign or opportunity names it."},
};
static const crmi_group export_group = {MEMBERS(export_members)};

static const crmi_member match_members[] = {
    {"account", CRMI_MEMBER_WORDS, AT(match.account), COUNT(match.account_count),
     .words = match_words, .fallback = "id external_id website email_domain",
     .doc = "How an account is looked for, in this order; name is off unless listed."},
    {"keep_subdomains", CRMI_MEMBER_BOOL, AT(match.keep_subdomains), .fallback = "false",
     .doc = "Whether shop.acme.example is another company than acme.example."},
    {"create_without_email", CRMI_MEMBER_BOOL, AT(match.create_without_email),
     .fallback = "false", .doc = "Whether a person without an e-mail address may be created."},
    {"ambiguous", CRMI_MEMBER_WORD, AT(match.ambiguous), .words = ambiguous_words,
     .fallback = "hold",
     .doc = "Several contacts, or several leads, of one address: hold the person, or choose the one "
            "modified last, then the lowest id, and keep the others beside it."},
    {"both_exist", CRMI_MEMBER_WORD, AT(match.both_exist), .words = both_exist_words,
     .fallback = "primary",
     .doc = "Which records of a person with several are written: the primary one or each. A consent "
            "withdrawn goes to all of them."},
    {"freemail_add", CRMI_MEMBER_TEXTS, AT(match.freemail_add), COUNT(match.freemail_add_count),
     .rule = &crmi_text_domain, .fallback = "",
     .doc = "Further consumer mail domains, which never stand for a company."},
    {"freemail_remove", CRMI_MEMBER_TEXTS, AT(match.freemail_remove),
     COUNT(match.freemail_remove_count), .rule = &crmi_text_domain, .fallback = "",
     .doc = "Built-in consumer mail domains that are employers to this host."},
    {"shared_host_add", CRMI_MEMBER_TEXTS, AT(match.shared_host_add),
     COUNT(match.shared_host_add_count), .rule = &crmi_text_domain, .fallback = "",
     .doc = "Further hosts under which everybody may have a page, which never stand for a company."},
    {"legal_form_add", CRMI_MEMBER_TEXTS, AT(match.legal_form_add),
     COUNT(match.legal_form_add_count), .fallback = "",
     .doc = "Further legal forms, such as Oy Ab, which a company name may end with or not."},
};
static const crmi_group match_group = {MEMBERS(match_members)};

static const crmi_member owner_members[] = {
    {"map", CRMI_MEMBER_PAIRS, AT(owner.map), COUNT(owner.map_count), .rule = &crmi_text_owner,
     .doc = "Team member of the host to Salesforce user."},
    {"inverse", CRMI_MEMBER_FLIPPED, AT(owner.inverse), COUNT(owner.inverse_count),
     .key_rule = &crmi_text_owner,
     .doc = "Salesforce user to team member, where several users stand for one; map then says "
            "which of them is preferred outward."},
    {"by_email", CRMI_MEMBER_BOOL, AT(owner.by_email), .fallback = "true",
     .doc = "Whether team members and users missing in both are found by equal e-mail address."},
    {"unmapped", CRMI_MEMBER_WORD, AT(owner.unmapped), .words = unmapped_words,
     .fallback = "skip_field",
     .doc = "An owner nobody maps: use fallback, omit the owner and let the org assign one, leave "
            "the field alone, or hold the record, new or not."},
    {"apply", CRMI_MEMBER_WORD, AT(owner.apply), .words = apply_words, .fallback = "create",
     .doc = "When the owner is written: on create, always, never; two_way merges it like a field "
            "of its own, whose conflicts Salesforce wins, and in only imports it."},
    {"fallback", CRMI_MEMBER_TEXT, AT(owner.fallback), .rule = &crmi_text_owner, .fallback = "",
     .doc = "The owner where no other is known; a queue only where leads alone are exported."},
};
static const crmi_group owner_group = {MEMBERS(owner_members)};

#define LOGGED_AS(label, number, object)                                                        \
    {label, CRMI_MEMBER_WORD, AT(activities.objects[number]), .words = log_words,               \
     .fallback = object, .doc = "What this kind becomes in Salesforce."}

static const crmi_member logged_members[] = {
    LOGGED_AS("email", CRMI_ACTIVITY_EMAIL, "Task"),
    LOGGED_AS("call", CRMI_ACTIVITY_CALL, "Task"),
    LOGGED_AS("meeting", CRMI_ACTIVITY_MEETING, "Event"),
    LOGGED_AS("note", CRMI_ACTIVITY_NOTE, "ContentNote"),
    LOGGED_AS("linkedin_message", CRMI_ACTIVITY_LINKEDIN_MESSAGE, "Task"),
    LOGGED_AS("linkedin_request", CRMI_ACTIVITY_LINKEDIN_REQUEST, "Task"),
    LOGGED_AS("email_opened", CRMI_ACTIVITY_EMAIL_OPENED, "Task"),
    LOGGED_AS("email_clicked", CRMI_ACTIVITY_EMAIL_CLICKED, "Task"),
    LOGGED_AS("form_submission", CRMI_ACTIVITY_FORM_SUBMISSION, "Task"),
    LOGGED_AS("website_visit", CRMI_ACTIVITY_WEBSITE_VISIT, "Task"),
    LOGGED_AS("personalization", CRMI_ACTIVITY_PERSONALIZATION, "Task"),
};
static const crmi_group logged_group = {MEMBERS(logged_members)};

static const crmi_member activities_members[] = {
    {"enabled", CRMI_MEMBER_BOOL, AT(activities.enabled), .fallback = "false",
     .doc = "Whether activities are logged in Salesforce."},
    {"kinds", CRMI_MEMBER_SET, AT(activities.kinds), .words = kind_words,
     .fallback = "email call meeting note task linkedin_message linkedin_request",
     .doc = "Which kinds are logged; those of a website and of marketing e-mails only if listed."},
    {"objects", CRMI_MEMBER_GROUP, .group = &logged_group,
     .doc = "What each kind becomes in Salesforce; a task is always a Task."},
    {"both", CRMI_MEMBER_WORD, AT(activities.both), .words = both_words, .fallback = "contact",
     .doc = "Where it is logged for a person who is both a lead and a contact."},
    {"content", CRMI_MEMBER_BOOL, AT(activities.content), .fallback = "false",
     .doc = "Whether texts of e-mails and messages are copied too."},
    {"opportunity", CRMI_MEMBER_WORD, AT(activities.opportunity), .words = opportunity_words,
     .fallback = "off",
     .doc = "Whether it is related to an open opportunity of the contact: never, to the only one, "
            "or to the newest one."},
    {"park_days", CRMI_MEMBER_NUMBER, 3650, AT(activities.park_days), .fallback = "30",
     .doc = "Days that an activity waits for its person to be in Salesforce; 0: for ever."},
    {"park_max", CRMI_MEMBER_NUMBER, 10000, AT(activities.park_max), .fallback = "100",
     .doc = "How many activities of one person wait for it; 0: any number."},
    {"visits_per_day", CRMI_MEMBER_NUMBER, 100, AT(activities.visits_per_day), .fallback = "5",
     .doc = "How many website visits of a person are logged for one day; 0: any number."},
    {"context_days", CRMI_MEMBER_NUMBER, 3650, AT(activities.context_days), .fallback = "90",
     .doc = "How many days old Tasks and Events of Salesforce may be to be imported, where "
            "objects.Task and objects.Event are; 0: of any age."},
};
static const crmi_group activities_group = {MEMBERS(activities_members)};

static const crmi_member breaker_members[] = {
    {"creates", CRMI_MEMBER_NUMBER, 1000000000, AT(limits.breaker_creates), .fallback = "0",
     .doc = "Stop a run before it creates more records than this; 0: no limit."},
    {"updates", CRMI_MEMBER_NUMBER, 1000000000, AT(limits.breaker_updates), .fallback = "0",
     .doc = "Stop a run before it updates more records than this; 0: no limit."},
    {"deactivations", CRMI_MEMBER_NUMBER, 1000000000, AT(limits.breaker_deactivations),
     .fallback = "0",
     .doc = "Stop a run before it deactivates more records than this; 0: no limit."},
};
static const crmi_group breaker_group = {MEMBERS(breaker_members)};

static const crmi_member limits_members[] = {
    {"daily_share", CRMI_MEMBER_NUMBER, 100, AT(limits.daily_share), .fallback = "80",
     .doc = "Percent of the org's daily API calls that may be used up before the sync pauses."},
    {"packing", CRMI_MEMBER_WORD, AT(limits.packing), .words = packing_words, .fallback = "auto",
     .doc = "How many records share a call: as many as stay fast, as many as possible, or one."},
    {"bulk_from", CRMI_MEMBER_NUMBER, 1000000000, AT(limits.bulk_from), .fallback = "0",
     .doc = "From how many creates, or updates, of one object in one page they go as a job of the "
            "Bulk API 2.0; pages hold up to 10,000 records then. 0: never."},
    {"overlap_s", CRMI_MEMBER_NUMBER, 86400, AT(limits.overlap_s), .fallback = "900",
     .doc = "Seconds that an incremental import reads again, for changes committed late."},
    {"pause_min", CRMI_MEMBER_NUMBER, 1440, AT(limits.pause_min), .fallback = "15",
     .doc = "Minutes that a pause over the daily share lasts before one call looks again."},
    {"bulk_query_from", CRMI_MEMBER_NUMBER, 1000000000, AT(limits.bulk_query_from),
     .fallback = "20000",
     .doc = "Read an object's existing records by the Bulk API when there are at least so many; 0: "
            "never."},
    {"partitions", CRMI_MEMBER_NUMBER, 64, AT(limits.partitions), .fallback = "1",
     .doc = "Shares that exports are split into, so that several workers write at a time; 0: one. To "
            "have fewer, let one worker finish all of them first."},
    {"reconcile_days", CRMI_MEMBER_NUMBER, 365, AT(limits.reconcile_days), .fallback = "7",
     .doc = "Days between two reconciliations, which compare all ids of the org with all links; 0: "
            "only when asked, and after a doubt."},
    {"deletions_h", CRMI_MEMBER_NUMBER, 336, AT(limits.deletions_h), .fallback = "24",
     .doc = "Hours between two calls that ask for records deleted from the recycle bin too; 0: in "
            "each import."},
    {"breaker", CRMI_MEMBER_GROUP, .group = &breaker_group,
     .doc = "The circuit breaker against unusual numbers of changes."},
};
static const crmi_group limits_group = {MEMBERS(limits_members)};

static const crmi_member retention_members[] = {
    {"log_days", CRMI_MEMBER_NUMBER, 3650, AT(retention.log_days), .fallback = "0",
     .doc = "Days that the log, the reports of runs, and which clicks and visits were logged are "
            "kept; 0: until crmsync_workspace_trim()."},
    {"undo_days", CRMI_MEMBER_NUMBER, 3650, AT(retention.undo_days), .fallback = "7",
     .doc = "Days that the values are kept which a run overwrote, for "
            "crmsync_workspace_undo_plan(); 0: not at all."},
};
static const crmi_group retention_group = {MEMBERS(retention_members)};

static const crmi_member members[] = {
    {"version", CRMI_MEMBER_VERSION, .fallback = "1", .doc = "The version of this format."},
    {"extends", CRMI_MEMBER_PRESET, .fallback = "default",
     .doc = "The built-in preset that this document is a merge patch over."},
    {"connection", CRMI_MEMBER_GROUP, .group = &crmi_connection_group,
     .doc = "The way to the org."},
    {"data_sync", CRMI_MEMBER_BOOL, AT(data_sync), .fallback = "true",
     .doc = "Whether records are synced at all. Off: the connection stays, and a job that would read "
            "or write records is refused."},
    {"objects", CRMI_MEMBER_GROUP, .group = &objects_group,
     .doc = "What is synced; objects that are not mentioned are off."},
    {"local", CRMI_MEMBER_GROUP, .group = &local_group,
     .doc = "Where the host's records keep what matching and routing look at."},
    {"export", CRMI_MEMBER_GROUP, .group = &export_group,
     .doc = "What the host's people become."},
    {"match", CRMI_MEMBER_GROUP, .group = &match_group, .doc = "How records are found again."},
    {"owner", CRMI_MEMBER_GROUP, .group = &owner_group, .doc = "Who owns exported records."},
    {"activities", CRMI_MEMBER_GROUP, .group = &activities_group,
     .doc = "What was done with people: e-mails, calls, meetings, notes, visits and more."},
    {"limits", CRMI_MEMBER_GROUP, .group = &limits_group, .doc = "Budget and safety."},
    {"retention", CRMI_MEMBER_GROUP, .group = &retention_group,
     .doc = "How long what only grows is kept in the state store."},
    {"empty_values", CRMI_MEMBER_TEXTS, AT(empty_values), COUNT(empty_value_count),
     .fallback = "",
     .doc = "Values such as Unknown that count as empty in every mapped field, whatever their "
            "case; false and 0 are values unless listed."},
    {"deletes", CRMI_MEMBER_SWITCH, AT(delete_deactivates), .words = deletes_words,
     .fallback = "deactivate",
     .doc = "What a record deleted in Salesforce does to the host's: deactivate it, and it is never "
            "created again until it comes back; or ignore, and its next export creates a new one."},
    {"undelete", CRMI_MEMBER_SWITCH, AT(undelete_person), .words = undelete_words,
     .fallback = "link",
     .doc = "What a record restored in Salesforce makes live again: its link alone, or the host's "
            "person or company too."},
    {"suppression", CRMI_MEMBER_GROUP, AT(suppression), .group = &crmi_suppression_group,
     .doc = "Who is not contacted."},
    {"audiences", CRMI_MEMBER_GROUPS, AT(audiences), COUNT(audience_count),
     .group = &crmi_audience_group,
     .doc = "List views, reports, queries and campaigns of the org whose members are kept as sets."},
    {"campaigns", CRMI_MEMBER_GROUP, AT(campaigns), .group = &crmi_campaigns_group,
     .doc = "What engagement makes of people in Salesforce campaigns."},
    {"signals", CRMI_MEMBER_GROUPS, AT(signals), COUNT(signal_count), .group = &crmi_signal_group,
     .doc = "What the host's signals write, and which Tasks they make."},
};
const crmi_group crmi_config_group = {MEMBERS(members), .size = sizeof(struct crmsync_config)};

size_t crmi_words_count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}
