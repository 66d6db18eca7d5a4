/*
 * One request in, one classified answer out: the token added, refreshed once on 401, reads retried,
 * writes never repeated unless it is proven that they had no effect.
 */
#ifndef CRMI_NET_CALL_H
#define CRMI_NET_CALL_H

#include "net/governor.h"
#include "net/session.h"
#include "salesforce/errors.h"
#include "salesforce/request.h"
#include "state/store.h"

/* How a call ended. */
enum {
    CRMI_CALL_UNDER_WAY = 0,
    CRMI_CALL_ANSWERED = 1,    /* 2xx, 300 or 304 */
    CRMI_CALL_NOT_APPLIED = 2, /* refused or never sent: surely without effect; see error */
    CRMI_CALL_UNKNOWN = 3,     /* a write whose effect is not known: read back */
    CRMI_CALL_FAILED = 4       /* a read without an answer one can use; see error */
};

typedef struct crmi_call_policy {
    uint32_t tries;           /* of reads and of what provably had no effect; 0 = 5 */
    uint64_t first_wait_ms;   /* doubled per try, half of it random; 0 = 500 */
    uint64_t longest_wait_ms; /* 0 = 60 s */
    uint32_t timeout_ms;      /* of one exchange; 0 = 120 s */
    uint64_t not_after;       /* mono ms after which nothing more leaves; 0 = none */
} crmi_call_policy;

/* What the calls of one org share. */
typedef struct crmi_calls {
    crmi_session *session;
    crmi_pump *pump;
    crmi_governor *governor; /* NULL = no budget */
    crmi_random random;
    const crmsync_alloc *alloc;
    crmi_call_policy policy;
} crmi_calls;

typedef struct crmi_call {
    crmi_calls *calls;
    const crmi_request *request; /* borrowed until the call is cleared */
    uint32_t result;             /* CRMI_CALL_* */
    crmi_response response;      /* ANSWERED, and refusals that were complete; borrowed from it */
    crmsync_error *error; /* NOT_APPLIED, UNKNOWN, FAILED: what happened, unless _step said */
    uint32_t retry;       /* CRMI_RETRY_* of the refusal */
    uint64_t sent_at;     /* mono ms of the last exchange; 0 = never sent */
    uint64_t elapsed_ms;  /* of the last exchange, for the prediction of server time */
    uint32_t attempts;
    uint64_t not_after;  /* policy's, or what _start was given */
    uint32_t timeout_ms; /* of one exchange; 0 = the policy's */
    crmi_body_fn on_body;
    void *body_ctx;
    /* private */
    crmi_exchange *exchange;
    uint32_t phase;
    uint64_t wake;
    uint64_t generation; /* of the token that was sent */
    bool renewed;        /* 401 was answered once already */
    bool streamed;       /* body was handed on: no silent second try */
} crmi_call;

void crmi_calls_init(crmi_calls *calls, crmi_session *session, crmi_governor *governor,
                     crmi_random random, const crmi_call_policy *policy);

/* Starts nothing yet; the first step does. `not_after` 0 = the policy's. */
void crmi_call_start(crmi_call *call, crmi_calls *calls, const crmi_request *request,
                     uint64_t not_after);
/* A 2xx body goes to `on_body` piece by piece; the response's body is then empty. */
void crmi_call_stream(crmi_call *call, crmi_body_fn on_body, void *ctx);
/*
 * Moves it on; never waits. want DONE: look at call->result. An error return is trouble of the
 * library's own (no memory, the hook failed, CRMSYNC_E_AUTH, CRMSYNC_E_BUDGET with retry-after):
 * the call has ended, and call->result says what became of the request.
 */
int32_t crmi_call_step(crmi_call *call, crmi_want *want, crmsync_error **err);
/* Steps n calls; *want: DONE when all are, else the soonest that any needs. The first error of a
 * call is returned after all have been stepped. */
int32_t crmi_calls_step(crmi_call *const *calls, size_t n, crmi_want *want, crmsync_error **err);
/* Goes on with a streamed body whose reader answered PAUSED. */
int32_t crmi_call_resume(crmi_call *call, crmsync_error **err);
/* Cancels what is in flight and frees. A write cut off so has an unknown outcome. */
void crmi_call_clear(crmi_call *call);
bool crmi_call_done(const crmi_call *call);

/* Blocks: steps and polls until done, for tests and short phases. */
int32_t crmi_call_run(crmi_call *call, crmsync_error **err);

#endif
