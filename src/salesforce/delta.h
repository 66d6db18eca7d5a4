/* Replication calls and limits: getUpdated, getDeleted, /limits, and the versions an org offers. */
#ifndef CRMI_SALESFORCE_DELTA_H
#define CRMI_SALESFORCE_DELTA_H

#include "salesforce/request.h"

/* Salesforce ignores seconds: start is rounded down and end up, and they are a minute apart. */
int32_t crmi_updated_request(crmi_request *r, crmsync_str version, crmsync_str object,
                             int64_t start_ms, int64_t end_ms, crmsync_error **err);
int32_t crmi_deleted_request(crmi_request *r, crmsync_str version, crmsync_str object,
                             int64_t start_ms, int64_t end_ms, crmsync_error **err);

typedef struct crmi_deleted_record {
    crmsync_str id;
    int64_t deleted_ms;
} crmi_deleted_record;

typedef struct crmi_delta {
    const crmi_deleted_record *records; /* deleted_ms is 0 for getUpdated */
    size_t count;
    int64_t latest_covered_ms;     /* where the next call starts */
    int64_t earliest_available_ms; /* getDeleted; 0 for getUpdated */
} crmi_delta;

/* Both readers put everything into the arena; refusals by crmi_fail_response(). */
int32_t crmi_updated_read(crmi_arena *arena, const crmi_response *response, crmi_delta *out,
                          crmsync_error **err);
int32_t crmi_deleted_read(crmi_arena *arena, const crmi_response *response, crmi_delta *out,
                          crmsync_error **err);

/* What one call may ask for. The next one starts at latest_covered_ms. */
typedef struct crmi_delta_window {
    int64_t start_ms, end_ms;
} crmi_delta_window;

/*
 * The window from `from_ms` to now, server times. false: it begins later than asked, because
 * Salesforce looks back 15 days for deleted records and 30 for updated ones: reconcile.
 */
bool crmi_deleted_window(int64_t from_ms, int64_t now_ms, crmi_delta_window *w);
bool crmi_updated_window(int64_t from_ms, int64_t now_ms, crmi_delta_window *w);
/* After EXCEEDED_ID_LIMIT: its first half, in whole minutes. false = it is too short for that. */
bool crmi_delta_window_halve(crmi_delta_window *w);
/* Did the log of deletions still reach back to the start of the window? If not: reconcile. */
bool crmi_deleted_complete(const crmi_delta *deleted, int64_t start_ms);

int32_t crmi_limits_request(crmi_request *r, crmsync_str version, crmsync_error **err);
/* Max and Remaining of one limit, "DailyApiRequests". CRMSYNC_E_NOT_FOUND when it is not listed. */
int32_t crmi_limits_read(const crmsync_alloc *alloc, const crmi_response *response,
                         crmsync_str name, uint64_t *max, uint64_t *remaining, crmsync_error **err);
/* Sforce-Limit-Info, "api-usage=25/5000; per-app-api-usage=17/250(appName=x)". False = neither. */
bool crmi_limit_info_parse(crmsync_str value, crmi_response *out);

/* GET /services/data needs no version. The answer: is `version` ("60.0") offered, and the newest.
 */
int32_t crmi_versions_request(crmi_request *r, crmsync_error **err);
int32_t crmi_versions_read(const crmsync_alloc *alloc, const crmi_response *response,
                           crmsync_str version, bool *offered, crmi_buf *newest,
                           crmsync_error **err);

#endif
