#include "model/config_table.h"

#define WORDS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

WORDS(flow_words, "web_server", "jwt_bearer");
WORDS(environment_words, "production", "sandbox");
WORDS(mode_words, "leads", "contacts", "by_status");
WORDS(route_words, "none", "lead", "contact");
WORDS(stamp_words, "create", "always", "if_empty");
WORDS(match_words, "id", "external_id", "website", "email_domain", "name");
WORDS(unmapped_words, "fallback", "omit", "skip_field", "error");
WORDS(apply_words, "create", "always", "never");
WORDS(both_words, "contact", "lead", "each");
WORDS(packing_words, "auto", "max", "one");
WORDS(deletes_words, "ignore", "deactivate");
/* By CRMI_ACTIVITY_*. */
WORDS(kind_words, "email", "call", "meeting", "note", "task", "linkedin_message",
      "linkedin_request");

#define AT(field) .at = offsetof(struct crmsync_config, field)
#define COUNT(field) .count_at = offsetof(struct crmsync_config, field)
#define MEMBERS(array) .members = array, .count = sizeof array / sizeof array[0]

static const crmi_member connection_members[] = {
    {"flow", CRMI_MEMBER_WORD, AT(connection.flow), .words = flow_words, .fallback = "web_server",
     .doc = "How the host is authorized: by a person in a browser, or by a signed assertion."},
    {"environment", CRMI_MEMBER_SWITCH, AT(connection.sandbox), .words = environment_words,
     .fallback = "production",
     .doc = "Which login host is used when neither my_domain nor login_host is given."},
    {"my_domain", CRMI_MEMBER_TEXT, AT(connection.my_domain), .rule = &crmi_text_my_domain,
     .fallback = "", .doc = "The org's My Domain, as it stands before .my.salesforce.com."},
    {"login_host", CRMI_MEMBER_TEXT, AT(connection.login_host), .rule = &crmi_text_origin,
     .fallback = "", .doc = "The whole login address instead of a derived one."},
    {"api_version", CRMI_MEMBER_TEXT, AT(connection.api_version), .rule = &crmi_text_version,
     .fallback = "60.0", .doc = "The REST API version all requests use."},
    {"client_id", CRMI_MEMBER_TEXT, AT(connection.client_id), .fallback = "",
     .doc = "The consumer key of the connected app; its secret is never part of a configuration."},
    {"redirect_uri", CRMI_MEMBER_TEXT, AT(connection.redirect_uri), .fallback = "",
     .doc = "Where the browser returns to, exactly as the connected app has it."},
    {"username", CRMI_MEMBER_TEXT, AT(connection.username), .fallback = "",
     .doc = "The integration user that jwt_bearer acts as."},
    {"scopes", CRMI_MEMBER_TEXTS, AT(connection.scopes), COUNT(connection.scope_count),
     .fallback = "api refresh_token", .doc = "The OAuth scopes asked for."},
    {"allow_loopback_http", CRMI_MEMBER_BOOL, AT(connection.allow_loopback_http),
     .fallback = "false",
     .doc = "Whether plain http is allowed to 127.0.0.1, [::1] and localhost, for tests."},
};
static const crmi_group connection_group = {MEMBERS(connection_members)};

#define OBJECT(label, number, sentence) \
    {label, CRMI_MEMBER_GROUP, AT(objects[number]), .group = &crmi_object_group, .doc = sentence}

static const crmi_member objects_members[] = {
    OBJECT("User", CRMI_OBJECT_USER, "Salesforce users, imported only."),
    OBJECT("Account", CRMI_OBJECT_ACCOUNT, "Companies."),
    OBJECT("Contact", CRMI_OBJECT_CONTACT, "People who belong to an account."),
    OBJECT("Lead", CRMI_OBJECT_LEAD, "People who are not qualified yet."),
    OBJECT("Opportunity", CRMI_OBJECT_OPPORTUNITY, "Deals, imported only."),
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
};
static const crmi_group local_group = {MEMBERS(local_members)};

static const crmi_member stamp_members[] = {
    {"field", CRMI_MEMBER_TEXT, AT(export.stamp_field), .rule = &crmi_text_remote, .fallback = "",
     .doc = "The field of exported people that tells where they came from; empty: none."},
    {"value", CRMI_MEMBER_TEXT, AT(export.stamp_value), .fallback = "",
     .doc = "What is written there."},
    {"when", CRMI_MEMBER_WORD, AT(export.stamp_when), .words = stamp_words, .fallback = "create",
     .doc = "Whether only new records get it, every exported one, or those where it is empty."},
};
static const crmi_group stamp_group = {MEMBERS(stamp_members)};

static const crmi_member export_members[] = {
    {"mode", CRMI_MEMBER_WORD, AT(export.mode), .words = mode_words, .fallback = "leads",
     .doc = "What people become in Salesforce: leads, contacts, or as routes says by status."},
    {"routes", CRMI_MEMBER_PAIRS, AT(export.routes), COUNT(export.route_count),
     .words = route_words,
     .doc = "Status to lead, contact or none; a status that is not listed is held back."},
    {"account_create", CRMI_MEMBER_BOOL, AT(export.account_create), .fallback = "false",
     .doc = "Whether a contact's missing account is created with it."},
    {"stamp", CRMI_MEMBER_GROUP, .group = &stamp_group, .doc = "The source stamp."},
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
    {"by_email", CRMI_MEMBER_BOOL, AT(owner.by_email), .fallback = "true",
     .doc = "Whether team members missing in map are found by equal e-mail address."},
    {"unmapped", CRMI_MEMBER_WORD, AT(owner.unmapped), .words = unmapped_words,
     .fallback = "skip_field",
     .doc = "An owner nobody maps: use fallback, omit the owner and let the org assign one, leave "
            "the field alone, or fail the record."},
    {"apply", CRMI_MEMBER_WORD, AT(owner.apply), .words = apply_words, .fallback = "create",
     .doc = "When the owner is written: on create, always, never."},
    {"fallback", CRMI_MEMBER_TEXT, AT(owner.fallback), .rule = &crmi_text_owner, .fallback = "",
     .doc = "The owner where no other is known; a queue only where leads alone are exported."},
};
static const crmi_group owner_group = {MEMBERS(owner_members)};

static const crmi_member activities_members[] = {
    {"enabled", CRMI_MEMBER_BOOL, AT(activities.enabled), .fallback = "false",
     .doc = "Whether activities are logged in Salesforce."},
    {"kinds", CRMI_MEMBER_SET, AT(activities.kinds), .words = kind_words,
     .fallback = "email call meeting note task linkedin_message linkedin_request",
     .doc = "Which kinds are logged."},
    {"both", CRMI_MEMBER_WORD, AT(activities.both), .words = both_words, .fallback = "contact",
     .doc = "Where it is logged for a person who is both a lead and a contact."},
    {"content", CRMI_MEMBER_BOOL, AT(activities.content), .fallback = "false",
     .doc = "Whether texts of e-mails and messages are copied too."},
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
    {"overlap_s", CRMI_MEMBER_NUMBER, 86400, AT(limits.overlap_s), .fallback = "900",
     .doc = "Seconds that an incremental import reads again, for changes committed late."},
    {"breaker", CRMI_MEMBER_GROUP, .group = &breaker_group,
     .doc = "The circuit breaker against unusual numbers of changes."},
};
static const crmi_group limits_group = {MEMBERS(limits_members)};

static const crmi_member members[] = {
    {"version", CRMI_MEMBER_VERSION, .fallback = "1", .doc = "The version of this format."},
    {"extends", CRMI_MEMBER_PRESET, .fallback = "default",
     .doc = "The built-in preset that this document is a merge patch over."},
    {"connection", CRMI_MEMBER_GROUP, .group = &connection_group, .doc = "The way to the org."},
    {"objects", CRMI_MEMBER_GROUP, .group = &objects_group,
     .doc = "What is synced; objects that are not mentioned are off."},
    {"local", CRMI_MEMBER_GROUP, .group = &local_group,
     .doc = "Where the host's records keep what matching and routing look at."},
    {"export", CRMI_MEMBER_GROUP, .group = &export_group,
     .doc = "What the host's people become."},
    {"match", CRMI_MEMBER_GROUP, .group = &match_group, .doc = "How records are found again."},
    {"owner", CRMI_MEMBER_GROUP, .group = &owner_group, .doc = "Who owns exported records."},
    {"activities", CRMI_MEMBER_GROUP, .group = &activities_group,
     .doc = "E-mails, calls, meetings, notes and tasks."},
    {"limits", CRMI_MEMBER_GROUP, .group = &limits_group, .doc = "Budget and safety."},
    {"deletes", CRMI_MEMBER_SWITCH, AT(delete_deactivates), .words = deletes_words,
     .fallback = "deactivate",
     .doc = "What a record deleted in Salesforce does to the host's: ignore or deactivate."},
};
const crmi_group crmi_config_group = {MEMBERS(members), .size = sizeof(struct crmsync_config)};

size_t crmi_words_count(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}
