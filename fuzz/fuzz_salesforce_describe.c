/*
 * Any bytes as what an org tells of itself. The first byte chooses: 'G' its objects, 'L' its limits,
 * 'V' the versions it speaks, 'U' what was updated, 'X' what was deleted, 'I' an identity's URL, else
 * one object's describe. What is taken can be used; what is refused leaves nothing and says why.
 */
#include <stdint.h>
#include <stdlib.h>

#include <crmsync/schema.h>

#include "salesforce/auth.h"
#include "salesforce/delta.h"
#include "salesforce/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int holds)
{
    if (!holds)
        abort();
}

static int32_t read_global(crmi_arena *arena, const crmi_response *said, crmsync_error **err)
{
    const crmi_global_object *objects;
    size_t n;
    bool unchanged;
    int32_t rc = crmi_describe_global_read(arena, said, &objects, &n, &unchanged, err);
    for (size_t i = 0; !rc && i < n; i++) {
        expect(objects[i].name.len > 0 && objects[i].name.len <= said->body.len);
        expect(crmi_str_utf8_valid(objects[i].name, NULL));
        expect(crmi_str_utf8_valid(objects[i].label, NULL));
    }
    return rc;
}

static int32_t read_object(const crmsync_alloc *alloc, const crmi_response *said,
                           crmsync_error **err)
{
    crmsync_schema *schema = NULL;
    bool unchanged;
    int64_t modified;
    expect(crmsync_schema_new(NULL, &schema, NULL) == CRMSYNC_OK);
    int32_t rc = crmi_describe_read(alloc, said, schema, &unchanged, &modified, err);
    expect(rc || !unchanged);
    crmsync_schema_free(schema);
    return rc;
}

static int32_t read_delta(crmi_arena *arena, const crmi_response *said, bool deleted,
                          crmsync_error **err)
{
    crmi_delta delta;
    int32_t rc = deleted ? crmi_deleted_read(arena, said, &delta, err)
                         : crmi_updated_read(arena, said, &delta, err);
    for (size_t i = 0; !rc && i < delta.count; i++)
        expect(delta.records[i].id.len > 0);
    return rc;
}

static int32_t read_limits(const crmsync_alloc *alloc, const crmi_response *said,
                           crmsync_error **err)
{
    uint64_t max, remaining;
    int32_t rc =
        crmi_limits_read(alloc, said, CRMI_STR("DailyApiRequests"), &max, &remaining, err);
    expect(!rc || (max == 0 && remaining == 0));
    return rc;
}

static int32_t read_versions(const crmsync_alloc *alloc, const crmi_response *said,
                             crmsync_error **err)
{
    crmi_buf newest;
    bool offered;
    crmi_buf_init(&newest, alloc);
    int32_t rc = crmi_versions_read(alloc, said, CRMI_STR("60.0"), &offered, &newest, err);
    expect(rc || newest.len > 0 || !offered);
    crmi_buf_clear(&newest);
    return rc;
}

static int32_t read_identity(crmsync_str url)
{
    crmsync_str org, user;
    if (crmi_auth_identity_split(url, &org, &user))
        expect(org.len >= 15 && user.len >= 15);
    return CRMSYNC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crmsync_alloc alloc;
    crmi_arena arena;
    crmsync_error *err = NULL;
    char kind = size ? (char)data[0] : 'D';
    crmi_response said = {.status = 200};
    int32_t rc;
    said.body = (crmsync_str){(const char *)data + (size ? 1 : 0), size ? size - 1 : 0};
    expect(crmi_alloc_init(&alloc, NULL) == CRMSYNC_OK);
    crmi_arena_init(&arena, &alloc);
    switch (kind) {
    case 'G': rc = read_global(&arena, &said, &err); break;
    case 'L': rc = read_limits(&alloc, &said, &err); break;
    case 'V': rc = read_versions(&alloc, &said, &err); break;
    case 'U': rc = read_delta(&arena, &said, false, &err); break;
    case 'X': rc = read_delta(&arena, &said, true, &err); break;
    case 'I': rc = read_identity(said.body); break;
    default: rc = read_object(&alloc, &said, &err); break;
    }
    expect(rc == crmsync_error_code(err));
    crmsync_error_free(err);
    crmi_arena_clear(&arena);
    return 0;
}
