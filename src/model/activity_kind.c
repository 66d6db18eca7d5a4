#include "model/activity_kind.h"

/*
 * TaskSubtype cannot change after the insert (Object Reference, Task), so each kind has its own; of
 * API 60.0 there are Task, Email, List Email, Cadence, Call and LinkedIn.
 */
static const crmi_activity_kind kinds[CRMI_ACTIVITY_LAST] = {
    [CRMI_ACTIVITY_EMAIL] = {"email", "Email", NULL, "Email", "Email", CRMI_LOG_TASK, true,
                             "An e-mail that was sent or, with direction inbound, received."},
    [CRMI_ACTIVITY_CALL] = {"call", "Call", NULL, "Call", "Call", CRMI_LOG_TASK, true,
                            "A telephone call, with the address of its recording."},
    [CRMI_ACTIVITY_MEETING] = {"meeting", "Meeting", NULL, NULL, NULL, CRMI_LOG_EVENT, true,
                               "A meeting that was booked or held."},
    [CRMI_ACTIVITY_NOTE] = {"note", "Note", NULL, NULL, NULL, CRMI_LOG_NOTE, true,
                            "A note about the person."},
    [CRMI_ACTIVITY_TASK] = {"task", "Task", NULL, "Task", NULL, CRMI_LOG_TASK, false,
                            "A to-do: open, with a due date, until it is done."},
    [CRMI_ACTIVITY_LINKEDIN_MESSAGE] = {"linkedin_message", "LinkedIn message", NULL, "LinkedIn",
                                        NULL, CRMI_LOG_TASK, true, "A message on LinkedIn."},
    [CRMI_ACTIVITY_LINKEDIN_REQUEST] = {"linkedin_request", "LinkedIn connection request", NULL,
                                        "LinkedIn", NULL, CRMI_LOG_TASK, true,
                                        "A connection request on LinkedIn."},
    [CRMI_ACTIVITY_EMAIL_OPENED] = {"email_opened", "Email opened", "email_name", NULL, "Email",
                                    CRMI_LOG_TASK, true, "A marketing e-mail was opened."},
    [CRMI_ACTIVITY_EMAIL_CLICKED] = {"email_clicked", "Email link clicked", "email_name", NULL,
                                     "Email", CRMI_LOG_TASK, true,
                                     "A link of a marketing e-mail was clicked; logged once for a "
                                     "person, an e-mail and a link."},
    [CRMI_ACTIVITY_FORM_SUBMISSION] = {"form_submission", "Form submitted", "form", NULL, NULL,
                                       CRMI_LOG_TASK, true, "A form was filled in and sent."},
    [CRMI_ACTIVITY_WEBSITE_VISIT] = {"website_visit", "Website visit", "site", NULL, NULL,
                                     CRMI_LOG_TASK, true,
                                     "A visit to the website; its page views are logged as one."},
    [CRMI_ACTIVITY_PERSONALIZATION] = {"personalization", "Personalization shown", "campaign",
                                       NULL, NULL, CRMI_LOG_TASK, true,
                                       "The website showed the person a variation of a campaign."},
};

#define ALL CRMI_ACTIVITY_ALL
#define BIT(kind) CRMI_ACTIVITY_BIT(kind)
#define MAILED (BIT(EMAIL_OPENED) | BIT(EMAIL_CLICKED))
#define LINKEDIN (BIT(LINKEDIN_MESSAGE) | BIT(LINKEDIN_REQUEST))
#define TALKED (BIT(EMAIL) | BIT(CALL) | BIT(MEETING) | LINKEDIN)
#define TIMED (BIT(CALL) | BIT(MEETING) | BIT(WEBSITE_VISIT))
#define LINKED (ALL & ~BIT(CALL))

static const crmi_activity_field fields[] = {
    {"id", "text", ALL, CRMI_LINE_NONE, "", "The host's id of the activity. Required."},
    {"rev", "text", ALL, CRMI_LINE_NONE, "",
     "The host's revision: another one means that the activity was edited."},
    {"kind", "text", ALL, CRMI_LINE_NONE, "", "One of the kinds above. Required."},
    {"person_id", "text", ALL, CRMI_LINE_NONE, "",
     "The host's id of the person it was done with. Required."},
    {"at", "DATETIME", ALL, CRMI_LINE_NONE, "",
     "When it happened: the date of the Task, the beginning of the Event."},
    {"owner", "text", ALL, CRMI_LINE_NONE, "",
     "The team member who did it; the field is named by `local.owner`."},
    {"opportunity_id", "text", ALL, CRMI_LINE_NONE, "",
     "The host's id of an imported opportunity that it is about."},
    {"subject", "text", ALL, CRMI_LINE_NONE, "",
     "The subject; without one the kind's own words stand there."},
    {"redact", "BOOL", ALL, CRMI_LINE_NONE, "",
     "True: nothing but kind, time, person and owner is copied, whatever is configured."},
    {"due", "DATE", BIT(TASK), CRMI_LINE_NONE, "", "When it is to be done."},
    {"done", "BOOL", BIT(TASK), CRMI_LINE_NONE, "", "Whether it is done."},
    {"direction", "text", TALKED, CRMI_LINE_TEXT, "Direction", "`inbound` or `outbound`."},
    {"outcome", "text", TALKED | BIT(TASK), CRMI_LINE_TEXT, "Outcome", "How it ended."},
    {"email_id", "text", MAILED, CRMI_LINE_NONE, "",
     "The host's id of the e-mail; part of what makes a click the first one."},
    {"email_name", "text", MAILED, CRMI_LINE_TEXT, "Email", "The e-mail's subject or name."},
    {"form", "text", BIT(FORM_SUBMISSION), CRMI_LINE_TEXT, "Form", "The form's name."},
    {"campaign", "text", BIT(PERSONALIZATION), CRMI_LINE_TEXT, "Campaign",
     "The campaign's name."},
    {"variation", "text", BIT(PERSONALIZATION), CRMI_LINE_TEXT, "Variation",
     "The variation that was shown."},
    {"visit_id", "text", BIT(WEBSITE_VISIT), CRMI_LINE_NONE, "",
     "The host's id of the visit, where it has a record for each page view."},
    {"site", "text", BIT(WEBSITE_VISIT), CRMI_LINE_TEXT, "Site", "The website's name."},
    {"url", "text", LINKED, CRMI_LINE_TEXT, "Link", "The thread, the page or the clicked link."},
    {"url", "text", BIT(CALL), CRMI_LINE_TEXT, "Recording", "The recording."},
    {"at", "DATETIME", BIT(FORM_SUBMISSION), CRMI_LINE_TIME, "Submitted", "When it was sent."},
    {"duration_s", "number", TIMED, CRMI_LINE_DURATION, "Duration",
     "How long it took, in seconds; of a visit the time on the site."},
    {"pages", "text", BIT(WEBSITE_VISIT), CRMI_LINE_PAGES, "Pages viewed",
     "The pages, a JSON array of texts, or a line each."},
    {"fields", "text", BIT(FORM_SUBMISSION), CRMI_LINE_FIELDS, "Fields",
     "What was filled in: a JSON object, or a line each."},
    {"body", "text", ALL, CRMI_LINE_BODY, "",
     "The text of the message or note; copied where `activities.content` is true."},
};

const crmi_activity_kind *crmi_activity_kind_at(uint32_t number)
{
    return number < CRMI_ACTIVITY_LAST ? &kinds[number] : NULL;
}

const crmi_activity_kind *crmi_activity_kind_named(crmsync_str name, uint32_t *number)
{
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        if (crmi_str_is(name, kinds[i].name)) {
            if (number)
                *number = i;
            return &kinds[i];
        }
    }
    return NULL;
}

const char *crmi_activity_kind_nearest(crmsync_str name)
{
    const char *nearest = kinds[0].name;
    size_t best = SIZE_MAX;
    for (uint32_t i = 0; i < CRMI_ACTIVITY_LAST; i++) {
        size_t d = crmi_str_distance(name, crmi_str(kinds[i].name));
        if (d < best) {
            best = d;
            nearest = kinds[i].name;
        }
    }
    return nearest;
}

const char *crmi_log_object_name(uint32_t object)
{
    static const char *const names[CRMI_LOG_LAST] = {"Task", "Event", "ContentNote"};
    return object < CRMI_LOG_LAST ? names[object] : "";
}

const crmi_activity_field *crmi_activity_field_at(size_t i)
{
    return i < sizeof fields / sizeof fields[0] ? &fields[i] : NULL;
}
