#include "salesforce/bulk.h"

#include "salesforce/answer.h"

#define WAIT_MAX_MS 30000

static const char *const kind_paths[] = {"/jobs/ingest/", "/jobs/query/"};

static const char *const state_names[] = {"Open",        "UploadComplete", "InProgress",
                                          "JobComplete", "Failed",         "Aborted"};

int32_t crmi_bulk_path(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                       const char *rest, crmsync_error **err)
{
    if (!crmi_sf_id_like(id))
        return crmi_fail(err, CRMSYNC_E_INVALID, "\"%.*s\" is not the id of a bulk job",
                         CRMI_SPELL(crmi_str_sub(id, 0, 40)));
    crmi_request_path(r, version, kind_paths[kind]);
    crmi_buf_add(&r->path, id);
    crmi_buf_lit(&r->path, rest);
    return crmi_request_check(r, err);
}

int32_t crmi_bulk_job_request(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                              crmsync_error **err)
{
    crmi_request_start(r, "GET", CRMI_REQ_IDEMPOTENT);
    return crmi_bulk_path(r, version, kind, id, "", err);
}

int32_t crmi_bulk_state_request(crmi_request *r, crmsync_str version, uint32_t kind, crmsync_str id,
                                uint32_t state, crmsync_error **err)
{
    crmi_request_start(r, "PATCH", CRMI_REQ_WRITE);
    crmi_jw w = crmi_jw_to(&r->body);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "state", crmi_str(state_names[state]));
    crmi_jw_object_end(&w);
    crmi_request_json(r);
    return crmi_bulk_path(r, version, kind, id, "", err);
}

int32_t crmi_bulk_delete_request(crmi_request *r, crmsync_str version, uint32_t kind,
                                 crmsync_str id, crmsync_error **err)
{
    crmi_request_start(r, "DELETE", CRMI_REQ_IDEMPOTENT);
    return crmi_bulk_path(r, version, kind, id, "", err);
}

static bool state_of(crmsync_str name, uint32_t *state)
{
    for (uint32_t i = 0; i < sizeof state_names / sizeof *state_names; i++) {
        if (crmi_str_is(name, state_names[i])) {
            *state = i;
            return true;
        }
    }
    return false;
}

static int32_t take_job(crmi_arena *arena, const yyjson_val *root, crmi_bulk_job *job,
                        crmsync_error **err)
{
    crmsync_str id = crmi_json_member_text(root, "id");
    crmsync_str message = crmi_json_member_text(root, "errorMessage");
    if (crmi_answer_repeats(root))
        return crmi_answer_odd(err, "bulk job", "");
    if (!crmi_sf_id_like(id))
        return crmi_answer_odd(err, "bulk job", "/id");
    if (!state_of(crmi_json_member_text(root, "state"), &job->state))
        return crmi_answer_odd(err, "bulk job", "/state");
    memcpy(job->id, id.ptr, id.len);
    job->id[id.len] = '\0';
    crmi_json_member_u64(root, "numberRecordsProcessed", &job->processed);
    crmi_json_member_u64(root, "numberRecordsFailed", &job->failed);
    if (message.len && !crmi_arena_str(arena, message, &job->error_message))
        return crmi_fail_nomem(err);
    return CRMSYNC_OK;
}

int32_t crmi_bulk_job_read(crmi_arena *arena, const crmi_response *response, crmi_bulk_job *job,
                           crmsync_error **err)
{
    yyjson_doc *doc;
    crmi_response ok = *response;
    memset(job, 0, sizeof *job);
    if (ok.status == 201) /* the guide says 200; some orgs answer a creation so */
        ok.status = 200;
    int32_t rc = crmi_answer_json(arena->alloc, &ok, "bulk job", &doc, err);
    if (rc)
        return rc;
    rc = take_job(arena, yyjson_doc_get_root(doc), job, err);
    yyjson_doc_free(doc);
    if (rc)
        memset(job, 0, sizeof *job);
    return rc;
}

uint32_t crmi_bulk_poll_wait(uint32_t n)
{
    return n > 4 ? WAIT_MAX_MS : (uint32_t)1000 << n;
}
