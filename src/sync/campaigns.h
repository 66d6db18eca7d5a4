/* The campaigns phase from the inside: what a page of engagements needs to see. */
#ifndef CRMI_SYNC_CAMPAIGNS_H
#define CRMI_SYNC_CAMPAIGNS_H

#include "decide/match.h"
#include "decide/plan.h"
#include "salesforce/query.h"
#include "state/membership.h"
#include "state/waiting.h"
#include "sync/page.h"
#include "sync/ship.h"

#define CRMI_CAMPAIGNS_PAGE 200u
#define CRMI_CAMPAIGN_QUERIES 4

/* An engagement of the page that can be decided. */
typedef struct crmi_touch {
    crmsync_str id;
    crmi_record local;
    crmsync_str campaign; /* id of 18 characters */
    size_t pair;
} crmi_touch;

/* A person in a campaign. */
typedef struct crmi_pair {
    crmi_membership *state; /* as stored, and as it is to be */
    crmsync_str contact, lead;
    bool converted;
    uint32_t tries;
} crmi_pair;

/* One query of the look-up, with all of its pages. */
typedef struct crmi_campaign_query {
    const char *name;
    crmsync_str object;
    crmi_query_column *columns;
    size_t column_count;
    crmsync_rows *rows;
    crmi_buf next_url; /* empty = read to its end */
    bool asked, answered;
} crmi_campaign_query;

typedef struct crmi_campaigns {
    crmi_ship ship; /* first: this task ships */
    crmi_export_work work;
    crmsync_plan *plan;
    crmi_buf seen_parent, seen_child; /* the last waiting one that was looked at */
    uint32_t parked_kind;             /* which parents are being looked at; past the last = done */
    bool queue_read;                  /* all retries were taken up */
    bool removed_read;                /* this job has asked who was removed */
    crmi_cursor removals;             /* how far removals were read */
    crmsync_rows *labels;             /* CampaignMemberStatus, read once a job */
    crmi_arena label_arena;
    crmi_map labelled; /* campaigns whose statuses are in `labels` */
    bool labels_made;  /* statuses were made for this page */
    /* Of the page, in work.arena: */
    crmi_queued *queued; /* retries to be dropped with it */
    size_t queued_count;
    crmi_waiting *parked; /* to be released with it */
    size_t parked_count;
    crmi_loaded others; /* engagements that an earlier page could not settle */
    crmi_touch *touches;
    size_t touch_count;
    crmi_pair *pairs; /* in the order of the plan */
    size_t pair_count;
    crmi_write *made; /* statuses that were asked for */
    size_t made_count;
    crmi_campaign_query queries[CRMI_CAMPAIGN_QUERIES];
} crmi_campaigns;

crmsync_workspace *crmi_campaigns_workspace(const crmi_campaigns *t);
bool crmi_campaigns_dry(const crmi_campaigns *t);

/* campaigns_gather.c: which engagements the page has. */
int32_t crmi_campaigns_gather(crmi_campaigns *t, crmsync_error **err);
/* campaigns_touches.c: from the page's items to touches and pairs; what cannot be decided is
 * counted here. */
int32_t crmi_campaigns_touches(crmi_campaigns *t, crmsync_error **err);

/* campaigns_removed.c: state that asks who was removed, and goes on with `after`. */
int32_t crmi_campaigns_removed(crmi_task *task, crmsync_error **err);

/* campaigns_ask.c: state that asks for members, statuses and what became of leads. */
int32_t crmi_campaigns_ask(crmi_task *task, crmsync_error **err);
void crmi_campaigns_queries_clear(crmi_campaigns *t);
const crmsync_rows *crmi_campaigns_members(const crmi_campaigns *t);
/* Learns from the answers: converted leads, labels, members removed by people. */
int32_t crmi_campaigns_learn(crmi_campaigns *t, crmsync_error **err);

/* campaigns_decide.c: the plan of the page. */
int32_t crmi_campaigns_decide(crmi_campaigns *t, crmsync_error **err);
/* State after the look-up: decides, and either makes statuses or carries the page out. */
int32_t crmi_campaigns_decided(crmi_task *task, crmsync_error **err);

/* campaigns_statuses.c: asks for statuses that the plan misses; *asked = a request is under way. */
int32_t crmi_campaigns_make_statuses(crmi_campaigns *t, bool *asked, crmsync_error **err);

/* campaigns_settle.c: what writes nothing, before the writes; and what became of those. */
int32_t crmi_campaigns_settle_quiet(crmi_campaigns *t, crmsync_error **err);
int32_t crmi_campaigns_settle_written(crmi_campaigns *t, crmsync_error **err);
/* Was it released for this page? Whoever waits on then has waited too long. */
bool crmi_campaigns_waited(const crmi_campaigns *t, crmsync_str engagement);
/* Lets an engagement wait for a record of the host that is not in the CRM yet. */
void crmi_campaigns_park(crmi_campaigns *t, crmi_units *units, const char *parent_kind,
                         crmsync_str parent, crmsync_str engagement, uint32_t reason);

/* campaigns.c: state that carries out the plan. */
int32_t crmi_campaigns_carry_out(crmi_task *task, crmsync_error **err);

#endif
