/* Signals: what the host noticed of a person or company, and what rules make of it. */
#ifndef CRMI_DECIDE_SIGNAL_H
#define CRMI_DECIDE_SIGNAL_H

#include "decide/decide.h"

/* The fields of a signal: id, name, person_id or company_id, at, and what templates name. */
typedef struct crmi_signal_input {
    crmi_record local;
    const crmi_link *person, *company; /* NULL = not in the CRM yet */
    const crmi_link *link;             /* of the signal itself: what was done of it already */
    int64_t civil_date;                /* of `at`, days since 1970-01-01 */
} crmi_signal_input;

/*
 * Adds the decisions of each signal: an update of the person's or company's record with the fields
 * of all rules of its name, and a Task for each rule that wants one; or one decision that tells why
 * there is none. Each is done once: the link keeps a slot for it. CRMSYNC_E_NOMEM,
 * CRMSYNC_E_INVALID.
 */
int32_t crmi_decide_signals(const crmi_decide_env *env, const crmi_signal_input *items,
                            size_t count, crmi_plan *plan, crmsync_error **err);

#endif
