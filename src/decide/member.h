/* A person in a campaign while it is decided. */
#ifndef CRMI_DECIDE_MEMBER_H
#define CRMI_DECIDE_MEMBER_H

#include "decide/merge.h"

#define CRMI_NO_RANK (-1)

typedef struct crmi_member_case {
    const crmi_decide_env *env;
    const crmi_campaign_rule *rules;
    const crmi_member_input *in;
    int64_t removed_at; /* last removal; INT64_MIN = none */
    size_t best;        /* engagement that decides; CRMI_NO_DECISION */
    size_t latest;      /* engagement that dates and metrics are taken from */
    int rank;           /* of its status */
    uint32_t refusal;   /* why no engagement counts */
    int now;            /* rank of the member's status; CRMI_NO_RANK = none or blank */
    bool foreign;       /* the member has a status without a rank */
    crmsync_str label;  /* the status as the campaign spells it */
} crmi_member_case;

/* Adds key, status and mapped fields. `label` empty = the status stays. */
int32_t crmi_member_fields(const crmi_member_case *c, crmi_fields *fields, crmsync_error **err);

#endif
