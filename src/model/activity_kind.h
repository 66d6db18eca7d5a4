/* What kinds of activities there are, and what a host's activity record carries: two const tables. */
#ifndef CRMI_MODEL_ACTIVITY_KIND_H
#define CRMI_MODEL_ACTIVITY_KIND_H

#include "base/str.h"

/* Names are stored and configured; new ones are added at the end. */
enum {
    CRMI_ACTIVITY_EMAIL,
    CRMI_ACTIVITY_CALL,
    CRMI_ACTIVITY_MEETING,
    CRMI_ACTIVITY_NOTE,
    CRMI_ACTIVITY_TASK,
    CRMI_ACTIVITY_LINKEDIN_MESSAGE,
    CRMI_ACTIVITY_LINKEDIN_REQUEST,
    CRMI_ACTIVITY_EMAIL_OPENED,
    CRMI_ACTIVITY_EMAIL_CLICKED,
    CRMI_ACTIVITY_FORM_SUBMISSION,
    CRMI_ACTIVITY_WEBSITE_VISIT,
    CRMI_ACTIVITY_PERSONALIZATION,
    CRMI_ACTIVITY_LAST
};

/* Objects an activity is logged as ("activities.objects"). */
enum { CRMI_LOG_TASK, CRMI_LOG_EVENT, CRMI_LOG_NOTE, CRMI_LOG_LAST };

typedef struct crmi_activity_kind {
    const char *name;      /* email, call, ... */
    const char *title;     /* the subject of a record that has none */
    const char *about;     /* local field whose text follows the title, or NULL */
    const char *subtype;   /* TaskSubtype, or NULL */
    const char *task_type; /* Task.Type, or NULL */
    uint32_t object;       /* CRMI_LOG_*, unless configured */
    bool done;             /* logged as completed */
    const char *doc;       /* for docs/activities.md */
} crmi_activity_kind;

const crmi_activity_kind *crmi_activity_kind_at(uint32_t number);
const crmi_activity_kind *crmi_activity_kind_named(crmsync_str name, uint32_t *number);
/* The name that is spelled most like `name`, for messages. */
const char *crmi_activity_kind_nearest(crmsync_str name);
const char *crmi_log_object_name(uint32_t object); /* Task, Event, ContentNote */

#define CRMI_ACTIVITY_BIT(kind) (1u << CRMI_ACTIVITY_##kind)
#define CRMI_ACTIVITY_ALL ((1u << CRMI_ACTIVITY_LAST) - 1)

/* How a field of the record is told in the description. */
enum {
    CRMI_LINE_NONE,     /* not there: it has a field of its own, or none */
    CRMI_LINE_TEXT,     /* "Label: value" */
    CRMI_LINE_TIME,     /* an instant, UTC */
    CRMI_LINE_DURATION, /* seconds as h, min, s */
    CRMI_LINE_PAGES,    /* a list: its length, then a line each */
    CRMI_LINE_FIELDS,   /* names and values: a line each */
    CRMI_LINE_BODY      /* the text itself, where content is logged */
};

typedef struct crmi_activity_field {
    const char *name;  /* of the host's record */
    const char *type;  /* for docs/activities.md */
    uint32_t kinds;    /* CRMI_ACTIVITY_BIT() of those that it is for */
    uint32_t line;     /* CRMI_LINE_*; in the table's order */
    const char *label;
    const char *doc;
} crmi_activity_field;

const crmi_activity_field *crmi_activity_field_at(size_t i); /* NULL past the last one */

#endif
