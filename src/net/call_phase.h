/* What the steps of a call and the judgement of its outcome share. */
#ifndef CRMI_NET_CALL_PHASE_H
#define CRMI_NET_CALL_PHASE_H

#include "net/call.h"

enum {
    CRMI_CALL_PHASE_READY = 0,
    CRMI_CALL_PHASE_WAIT,
    CRMI_CALL_PHASE_RENEW,
    CRMI_CALL_PHASE_SENT,
    CRMI_CALL_PHASE_DONE
};

bool crmi_call_writes(const crmi_call *call);
uint64_t crmi_call_now(const crmi_call *call);
/* Ends it without an effect, or without an answer when it is a read. */
void crmi_call_end_without(crmi_call *call);
/* Judges the finished exchange: ends the call, or schedules what comes next. */
int32_t crmi_call_classify(crmi_call *call, crmsync_error **err);

#endif
