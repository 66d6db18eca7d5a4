/* The open opportunities that a page's activities could be related to: one call a page. */
#ifndef CRMI_SYNC_OPPORTUNITIES_H
#define CRMI_SYNC_OPPORTUNITIES_H

#include "decide/decide.h"
#include "sync/job.h"

typedef struct crmi_opportunities {
    crmi_arena arena;
    crmi_opportunity *items;
    size_t count, cap;
    crmi_map accounts; /* contact id of 18 characters -> position in account_ids */
    crmsync_str *account_ids;
    size_t account_count, account_cap;
} crmi_opportunities;

void crmi_opportunities_init(crmi_opportunities *o, const crmsync_alloc *alloc);
void crmi_opportunities_clear(crmi_opportunities *o);
/* Asks for the accounts and open opportunities of these contacts; starts one call of the task. */
int32_t crmi_opportunities_ask(crmi_task *task, const crmsync_str *contacts, size_t n,
                               crmsync_error **err);
/* Takes the answer. What the user cannot see, or what is too much for one page, is not there: the
 * activities go without an opportunity then, and the log says so. */
int32_t crmi_opportunities_take(crmi_task *task, crmi_opportunities *o, crmsync_error **err);
crmsync_str crmi_opportunities_account(const crmi_opportunities *o, crmsync_str contact);

#endif
