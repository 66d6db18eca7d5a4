/*
 * Who is not to be contacted, from what is stored of audiences and what the org says of
 * opportunities: for the host's questions, and for people on their way out.
 */
#ifndef CRMI_SYNC_SUPPRESS_H
#define CRMI_SYNC_SUPPRESS_H

#include <crmsync/suppression.h>

#include "sync/page.h"

/* A person and every CRM record that a list may name it by. */
typedef struct crmi_listed {
    crmsync_str id; /* the host's */
    crmsync_str *crm_ids;
    size_t count, cap;
} crmi_listed;

/* Adds an id, as 18 characters; what is none is left out. */
int32_t crmi_listed_add(crmi_listed *p, crmi_arena *arena, crmsync_str crm_id, crmsync_error **err);
/* Adds what the links name, and the accounts of the domains of person and company. */
int32_t crmi_listed_gather(const crmsync_workspace *ws, crmi_listed *p, crmi_record person,
                           const crmi_link *link, crmi_record company, const crmi_link *company_link,
                           crmi_arena *arena, crmsync_error **err);
/* Adds the lists of suppression.lists that are audiences, as far as these people are on them. */
int32_t crmi_suppress_lists(const crmsync_workspace *ws, crmsync_suppression *set,
                            const crmi_listed *people, size_t n, crmsync_error **err);

/* The opportunities that matter to a page of people, asked of the org. */
typedef struct crmi_deals {
    crmi_task *task;
    crmi_arena arena;
    crmi_listed *people; /* per item of the page */
    size_t count;
    crmsync_rows *deals, *roles; /* NULL = not wanted */
    crmi_buf next_url[2];
    int64_t read_ms;
    bool asked, cut; /* cut: not all of them came */
} crmi_deals;

void crmi_deals_init(crmi_deals *d, crmi_task *task);
void crmi_deals_clear(crmi_deals *d);
/* Starts what is still to be asked; *sent false = nothing, the page can be decided. */
int32_t crmi_deals_ask(crmi_deals *d, const crmi_export_work *w, const crmi_lookup *l, bool *sent,
                       crmsync_error **err);
int32_t crmi_deals_take(crmi_deals *d, crmsync_error **err);
/* Judges the people of the page: fills `suppressed` and `suppressed_by` of each input. */
int32_t crmi_suppress_page(const crmi_deals *d, crmi_export_work *w, crmi_person_input *in, size_t n,
                           crmsync_error **err);

#endif
