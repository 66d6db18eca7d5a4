/* The activities phase from the inside: what a page of activities needs to see. */
#ifndef CRMI_SYNC_ACTIVITIES_H
#define CRMI_SYNC_ACTIVITIES_H

#include "state/waiting.h"
#include "sync/allowances.h"
#include "sync/opportunities.h"
#include "sync/page.h"
#include "sync/ship.h"

#define CRMI_ACTIVITIES_PAGE 500u

typedef struct crmi_activities {
    crmi_ship ship; /* first: this task ships */
    crmi_export_work work;
    crmi_plan plan;
    crmi_opportunities opportunities;
    crmi_buf seen_parent, seen_child; /* the last waiting one that was looked at */
    bool parked_read;                 /* all of them were */
    /* Of the page, in work.arena: */
    crmi_waiting *parked; /* to be released with it */
    size_t parked_count;
    crmi_activity_input *inputs; /* one per work.items */
    crmi_allowances allowances;
    crmi_allowances visits; /* which records make up a visit */
    crmi_loaded others;     /* records of the page's visits that the page did not bring */
} crmi_activities;

/* Adds waiting ones to the page: those whose person has come, and those that waited too long. */
int32_t crmi_activities_release(crmi_activities *t, crmsync_error **err);
/* Tells the inputs without a person how long they wait, and with how many others. */
int32_t crmi_activities_waiting(crmi_activities *t, crmsync_error **err);
/* Adds the other records of the page's visits. */
int32_t crmi_activities_visits(crmi_activities *t, crmsync_error **err);
/* From the page's items to inputs: people, dates, what waits, limits. Items that are not to be
 * decided leave the page. */
int32_t crmi_activities_inputs(crmi_activities *t, crmsync_error **err);
/* Ids of the Contacts that an opportunity is looked for; 0 = nothing to ask. */
int32_t crmi_activities_contacts(crmi_activities *t, crmsync_str **ids, size_t *n,
                                 crmsync_error **err);
/* Adds to the inputs what is known of accounts and opportunities. */
int32_t crmi_activities_relate(crmi_activities *t, crmsync_error **err);

#endif
