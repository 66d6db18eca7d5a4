/*
 * Records with a write in doubt, as far as this job has met them. They are not decided until the
 * recover phase knows: a second write beside the first could count a change twice.
 */
#include "sync/job.h"

static int32_t key_of(const crmsync_job *job, crmsync_str kind, crmsync_str id, crmi_buf *key)
{
    crmi_buf_init(key, crmi_workspace_alloc(job->ws));
    crmi_buf_add(key, kind);
    crmi_buf_char(key, '/');
    crmi_buf_add(key, id);
    return crmi_buf_ok(key) ? CRMSYNC_OK : CRMSYNC_E_NOMEM;
}

int32_t crmi_in_doubt_add(crmsync_job *job, crmsync_str kind, crmsync_str id, crmsync_error **err)
{
    crmi_buf key;
    crmsync_str kept;
    int32_t rc = id.len ? key_of(job, kind, id, &key) : CRMSYNC_OK;
    if (!id.len)
        return CRMSYNC_OK;
    if (!rc && !crmi_map_get(&job->in_doubt, crmi_buf_str(&key)) &&
        (!crmi_arena_str(&job->doubts, crmi_buf_str(&key), &kept) ||
         !crmi_map_put_index(&job->in_doubt, kept, 0)))
        rc = CRMSYNC_E_NOMEM;
    crmi_buf_clear(&key);
    return rc ? crmi_fail_nomem(err) : CRMSYNC_OK;
}

bool crmi_in_doubt(const crmsync_job *job, crmsync_str kind, crmsync_str id)
{
    crmi_buf key;
    bool found = job->in_doubt.count && !key_of(job, kind, id, &key);
    if (!job->in_doubt.count)
        return false;
    found = found && crmi_map_get(&job->in_doubt, crmi_buf_str(&key));
    crmi_buf_clear(&key);
    return found;
}
