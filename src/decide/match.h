/* Finding the CRM record of a person or company among candidates. */
#ifndef CRMI_DECIDE_MATCH_H
#define CRMI_DECIDE_MATCH_H

#include "decide/decide.h"

#define CRMI_FOLLOW_MAX 16 /* merges and conversions followed before giving up */

typedef struct crmi_match {
    crmi_record crm; /* the record found; {NULL,0} = none */
    crmsync_str object;
    crmsync_str id;
    const crmi_target *target; /* of the link, when the record is in it */
    uint32_t rule;             /* CRMSYNC_REASON_MATCH_*; 0 = none found */
    uint32_t held;             /* a reason to hold; 0 = go on */
    bool reactivated;          /* its earlier record is dead, and a new one may be created */
    const crmi_target *from;   /* the linked record that was merged or converted into this one */
    crmsync_str owner;         /* another local record that leads it; empty = none */
    bool collides;             /* the address belongs to a record that another one leads */
    uint32_t tie;              /* CRMSYNC_REASON_TIE_*: what chose it of several; 0 = it was alone */
    crmi_other *others;
    size_t other_count;
    crmsync_str detail;
} crmi_match;

/* Looks a record up by id; {NULL,0} = not among them. Ids may have 15 or 18 characters. */
crmi_record crmi_candidate(const crmi_record *candidates, size_t n, crmsync_str id);
/* Same id, whatever their lengths. */
bool crmi_same_id(crmsync_str a, crmsync_str b);
/* Follows merges and conversions to a living record. 0, or MATCH_MERGED / MATCH_CONVERTED when
 * `*record` moved; `*lost` tells why it ended nowhere. */
uint32_t crmi_follow(const crmi_record *candidates, size_t n, crmi_record *record, uint32_t *lost);

/* A deletion of such a record is no wish of anybody's about the host's: "deletes" says ignore. */
bool crmi_deletes_ignored(const crmi_decide_env *env, crmsync_str object);
/* The other local record that leads a candidate; `owners` may be NULL. Empty = none. */
crmsync_str crmi_candidate_owner(const crmi_record *candidates, const crmsync_str *owners, size_t n,
                                 crmsync_str id);
/* Leaves the record itself out of the further ones, and tells what chose it. false = no memory. */
bool crmi_match_told(crmi_match *match, crmi_arena *arena);
/* Adds a further record, once; false = no memory. `cap` bounds how many there can be. */
bool crmi_match_other(crmi_match *match, crmi_arena *arena, size_t cap, crmi_record record);
/* A linked record that lives on in another: kept as a pointer to it, and the base comes from it. */
bool crmi_match_moved(crmi_match *match, crmi_arena *arena, size_t cap, const crmi_target *from,
                      uint32_t rule);

int32_t crmi_match_person(const crmi_decide_env *env, const crmi_person_input *in,
                          crmsync_str email_key, crmi_arena *arena, crmi_match *out,
                          crmsync_error **err);
int32_t crmi_match_account(const crmi_decide_env *env, const crmi_company_input *in,
                           const crmi_company_keys *keys, crmsync_str owner_id, crmi_arena *arena,
                           crmi_match *out, crmsync_error **err);

#endif
