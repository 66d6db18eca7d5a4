/*
 * A page of local records on their way out: which ones, what is remembered of them, and what the org
 * holds. Filled step by step by the export phase.
 */
#ifndef CRMI_SYNC_PAGE_H
#define CRMI_SYNC_PAGE_H

#include "state/cursor.h"
#include "state/queue.h"
#include "sync/lookup.h"
#include "sync/owners.h"

/* One record of the page. */
typedef struct crmi_page_item {
    crmsync_str id;
    bool from_queue;  /* asked for, or tried again: never passed over as unchanged */
    bool manual;
    uint32_t tries;   /* that failed before */
    bool gone;        /* the feed says it was deleted */
    uint32_t route;   /* CRMI_ROUTE_*, named by the caller */
    crmsync_str *fields; /* the only ones to update; none = all */
    size_t field_count;
    crmsync_str wish; /* the entry's detail, for a retry */
    crmi_record local;
    crmi_link *link;
    uint64_t digest;
    uint32_t partition; /* of a record that is handed over: to which */
    uint32_t lane;    /* from_queue: CRMI_PRIO_* */
    bool decide;      /* takes part in the decision of this page */
    bool in_doubt;    /* a write of it is: it comes again when that is known */
} crmi_page_item;

typedef struct crmi_work_company {
    crmsync_str id;   /* of the host's record; empty = only known from people */
    crmi_record local;
    crmi_link *link;
    crmi_record sample;
    crmi_company_keys keys;
    uint64_t digest;
    bool probed;
    const crmi_page_item *item; /* exported for its own sake; NULL = only people need it */
} crmi_work_company;

typedef struct crmi_export_work {
    crmsync_job *job;
    crmi_arena arena;
    const char *flow;            /* as counted: "export" or "activities" */
    crmsync_str kind;            /* person, company or activity */
    crmi_page_item *items;
    size_t count;
    crmi_page_item *handed;      /* those that belong to other partitions */
    size_t handed_count;
    crmi_queued *queued;         /* entries to drop with the page */
    size_t queued_count;
    crmi_feed_page feed;
    uint64_t feed_version;
    bool fed;                    /* the feed was read for this page */
    crmi_buf position;           /* how far this job has read the feed of the kind; kept over pages */
    int64_t due_ms; /* queue entries due by then: what this phase puts off waits for another job */
    int64_t since_ms; /* server time this phase began */
    bool positioned, queue_read; /* a dry run moves nothing in the store, so it goes by these */
    bool queue_only; /* the feed is not due */
    bool silent; /* records that are gone are counted by the caller */
    bool last;                   /* nothing is left of this kind */
    crmi_loaded records;
    crmi_loaded company_records;
    crmi_work_company *companies;
    size_t company_count;
    size_t *company_of;          /* per item, or (size_t)-1 */
    crmi_link *links;            /* per item */
    crmi_owners owners;          /* of the records that were looked up */
    struct crmi_deals *deals;    /* opportunities of the page's people; NULL = nobody is judged */
} crmi_export_work;

void crmi_work_init(crmi_export_work *w, crmsync_job *job);
void crmi_work_clear(crmi_export_work *w); /* the end of it all */
/* Another kind comes: its feed starts where the store says, or at the beginning. */
void crmi_work_rewind(crmi_export_work *w, bool from_start);
/* An empty page of `kind`, to be filled with records that the caller chooses. */
void crmi_work_begin(crmi_export_work *w, const char *kind);
/* Takes the next page of `kind`: what is queued first, then the feed. w->count 0 = none left. */
int32_t crmi_work_gather(crmi_export_work *w, const char *kind, size_t limit, crmsync_error **err);
/* Loads records and links, and passes over what did not change. */
int32_t crmi_work_load(crmi_export_work *w, crmsync_error **err);
/* Finds the companies of the people, theirs records, links and keys. */
int32_t crmi_work_companies(crmi_export_work *w, crmsync_error **err);
/* Wishes for everything the decisions of the page need to see. */
int32_t crmi_work_want(crmi_export_work *w, crmi_lookup *l, crmsync_error **err);
/* Version of the reverse row of a record whose local record is gone; 0 = it has none. */
uint64_t crmi_work_way_back(const crmi_export_work *w, crmsync_str crm_id);
/* Decides the page. */
int32_t crmi_work_decide(crmi_export_work *w, const crmi_lookup *l, crmi_plan *plan,
                         crmsync_error **err);
/* The feed's position moves and the queue entries go: the end of a page. */
int32_t crmi_work_close(crmi_export_work *w, crmsync_error **err);

#endif
