/* bulk_multipart.c: a job and its data in one request of two parts. */
#include "bulk.h"

#include <string.h>

enum { MOST_BYTES = 100000 };

/* "--boundary" as the header tells; empty when it tells none. */
static void read_boundary(const orgsim_call *call, char out[80])
{
    const char *type = orgsim_pairs_get(&call->headers, "Content-Type");
    const char *at = type ? strstr(type, "boundary=") : NULL;
    out[0] = '\0';
    if (!at)
        return;
    at += strlen("boundary=");
    at += *at == '"';
    size_t len = strcspn(at, "\";");
    if (len && len < 76) {
        memcpy(out, "--", 2);
        memcpy(out + 2, at, len);
        out[len + 2] = '\0';
    }
}

static const char *find(const char *at, const char *end, const char *text)
{
    size_t len = strlen(text);
    for (; len && at + len <= end; at++) {
        if (memcmp(at, text, len) == 0)
            return at;
    }
    return NULL;
}

/* The content of the part of that name. */
static crmsync_str part(const orgsim_call *call, const char *boundary, const char *name)
{
    const char *end = call->body + call->body_len, *at = find(call->body, end, boundary);
    crmsync_str none = {NULL, 0};
    while (at) {
        const char *next = find(at + strlen(boundary), end, boundary);
        const char *blank = next ? find(at, next, "\r\n\r\n") : NULL;
        size_t skip = 4;
        if (next && !blank) {
            blank = find(at, next, "\n\n");
            skip = 2;
        }
        if (!blank)
            return none;
        if (find(at, blank, name)) {
            const char *from = blank + skip, *to = next;
            to -= to > from && to[-1] == '\n';
            to -= to > from && to[-1] == '\r';
            return (crmsync_str){from, (size_t)(to - from)};
        }
        at = next;
    }
    return none;
}

bool orgsim_is_multipart(const orgsim_call *call)
{
    const char *type = orgsim_pairs_get(&call->headers, "Content-Type");
    return type && orgsim_ieq_n(type, strcspn(type, "; "), "multipart/form-data");
}

yyjson_val *orgsim_multipart(orgsim_call *call, crmsync_str *csv)
{
    char boundary[80];
    read_boundary(call, boundary);
    crmsync_str job = part(call, boundary, "name=\"job\"");
    *csv = part(call, boundary, "name=\"content\"");
    if (job.ptr && !call->doc)
        call->doc = yyjson_read(job.ptr, job.len, 0);
    if (!call->doc || !csv->ptr)
        orgsim_refuse_with(call, 400, "INVALIDREQUEST",
                           "a multipart job has a part job and a part content");
    else if (csv->len > MOST_BYTES)
        orgsim_refuse_with(call, 400, "LIMIT_EXCEEDED",
                           "The content of a multipart job has at most %d characters", MOST_BYTES);
    else
        return yyjson_doc_get_root(call->doc);
    return NULL;
}
