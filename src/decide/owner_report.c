/* Whose records nobody works on: users without a team member, users who left, queues. */
#include "decide/decide.h"
#include "decide/match.h"

/* What is the matter with an owner; the order is that of the report. */
enum { UNMAPPED, INACTIVE, QUEUE, UNKNOWN, FINDINGS };

static const char *const findings[FINDINGS] = {"unmapped", "inactive", "queue", "unknown"};

/* Records of one object that one owner has. */
typedef struct holding {
    crmsync_str owner; /* id of 18 characters */
    crmsync_str object;
    uint64_t records;
} holding;

typedef struct owner_report {
    const crmsync_config *config;
    const crmsync_normalizer *normalizer;
    const crmsync_rows *users, *members;
    crmi_arena arena;
    holding *holdings;
    size_t count;
    crmi_map user_of; /* id -> row of users */
    crmi_map team;    /* normalized addresses of members */
    crmsync_rows *out;
} owner_report;

static bool normal_email(owner_report *r, crmsync_str text, crmsync_str *out)
{
    char email[CRMSYNC_KEY_MAX];
    size_t len = 0;
    text = crmi_str_trim(text);
    if (r->config->connection.sandbox && crmi_str_ends(text, ".invalid"))
        text.len -= sizeof ".invalid" - 1;
    *out = CRMI_STR_EMPTY;
    int32_t rc = crmsync_normalize_email(r->normalizer, text, email, sizeof email, &len);
    return rc != CRMSYNC_E_NOMEM &&
           (rc || !len || crmi_arena_str(&r->arena, (crmsync_str){email, len}, out));
}

static bool index_users(owner_report *r)
{
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(r->users); i++) {
        crmsync_str id;
        ok = crmi_keep_id(&r->arena, crmi_record_text((crmi_record){r->users, i}, "Id"), &id) &&
             (!id.len || crmi_map_put_index(&r->user_of, id, i));
    }
    return ok;
}

/* A member is known by its address, which may be its id, too. */
static bool index_team(owner_report *r)
{
    static const char *const fields[] = {"email", "id"};
    bool ok = true;
    for (size_t i = 0; ok && i < crmsync_rows_count(r->members); i++) {
        for (size_t k = 0; ok && k < 2; k++) {
            crmsync_str email;
            ok = normal_email(r, crmi_record_text((crmi_record){r->members, i}, fields[k]), &email) &&
                 (!email.len || crmi_map_put_index(&r->team, email, i));
        }
    }
    return ok;
}

static uint64_t records_of(crmi_record row)
{
    crmsync_str text = crmi_record_text(row, "records");
    uint64_t n = 0;
    for (size_t i = 0; i < text.len && i < 18 && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(text.ptr[i] - '0');
    return text.len ? n : 1;
}

/* Adds up by owner and object, in the order they come. */
static bool count_owned(owner_report *r, const crmsync_rows *owned)
{
    crmi_map seen;
    bool ok = true;
    r->holdings =
        crmi_arena_array(&r->arena, crmsync_rows_count(owned) + 1, sizeof *r->holdings);
    crmi_map_init(&seen, r->arena.alloc);
    for (size_t i = 0; ok && r->holdings && i < crmsync_rows_count(owned); i++) {
        crmi_record row = {owned, i};
        crmsync_str object = crmi_record_text(row, "object");
        crmsync_str key, owner;
        crmi_buf b;
        size_t at = r->count;
        if (!object.len)
            object = crmsync_rows_kind(owned);
        crmi_buf_init(&b, r->arena.alloc);
        ok = crmi_keep_id(&r->arena, crmi_record_text(row, "OwnerId"), &owner);
        crmi_buf_fmt(&b, "%.*s/%.*s", CRMI_SPELL(owner), CRMI_SPELL(object));
        ok = ok && crmi_buf_ok(&b) && crmi_arena_str(&r->arena, crmi_buf_str(&b), &key);
        crmi_buf_clear(&b);
        if (!ok || !owner.len)
            continue;
        if (!crmi_map_get_index(&seen, key, &at)) {
            ok = crmi_map_put_index(&seen, key, at);
            r->holdings[r->count++] = (holding){owner, object, 0};
        }
        r->holdings[at].records += records_of(row);
    }
    crmi_map_clear(&seen);
    return ok && r->holdings;
}

/* ---- findings ---- */

static bool named(const crmi_value_pair *pairs, size_t n, crmsync_str id)
{
    for (size_t i = 0; i < n; i++) {
        if (crmi_same_id(pairs[i].remote, id))
            return true;
    }
    return false;
}

static bool mapped(owner_report *r, crmi_record user, crmsync_str id, bool *oom)
{
    const crmsync_config *c = r->config;
    crmsync_str email = CRMI_STR_EMPTY;
    if (named(c->owner.map, c->owner.map_count, id) ||
        named(c->owner.inverse, c->owner.inverse_count, id))
        return true;
    if (!normal_email(r, crmi_record_text(user, "Email"), &email))
        *oom = true;
    return c->owner.by_email && email.len && crmi_map_get(&r->team, email);
}

/* What is the matter with an owner; FINDINGS = nothing. */
static int finding_of(owner_report *r, crmsync_str id, crmi_record user, bool *oom)
{
    crmsync_str type = crmi_record_text(user, "UserType");
    if (crmi_str_starts(id, "00G"))
        return QUEUE;
    if (!user.rows)
        return UNKNOWN;
    if (!crmi_record_flag(user, "IsActive"))
        return INACTIVE;
    bool works = !type.len || crmi_str_is(type, "Standard");
    return works && !mapped(r, user, id, oom) ? UNMAPPED : FINDINGS;
}

static bool add_row(owner_report *r, int finding, crmsync_str id, crmi_record user,
                    const holding *held)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t n = held ? held->records : 0;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    crmsync_cell cells[] = {
        crmi_cell_text(crmi_str(findings[finding])),
        crmi_cell_id(id),
        crmi_cell_text(crmi_record_text(user, "Name")),
        crmi_cell_text(crmi_record_text(user, "Email")),
        crmi_cell_text(held ? held->object : CRMI_STR_EMPTY),
        {.type = CRMSYNC_CELL_DECIMAL, .text = {digits + at, sizeof digits - at}},
    };
    return crmi_rows_append_checked(r->out, cells, sizeof cells / sizeof cells[0]);
}

static crmi_record user_of(const owner_report *r, crmsync_str id)
{
    size_t at;
    bool known = crmi_map_get_index(&r->user_of, id, &at);
    return known ? (crmi_record){r->users, at} : (crmi_record){NULL, 0};
}

/* Users without a member are told even when they own nothing yet. */
static bool add_idle(owner_report *r, int finding)
{
    bool oom = false;
    for (size_t i = 0; finding == UNMAPPED && !oom && i < crmsync_rows_count(r->users); i++) {
        crmi_record user = {r->users, i};
        crmsync_str id;
        bool owns = false;
        if (!crmi_keep_id(&r->arena, crmi_record_text(user, "Id"), &id))
            return false;
        for (size_t k = 0; k < r->count; k++)
            owns = owns || crmi_str_eq(r->holdings[k].owner, id);
        if (id.len && !owns && finding_of(r, id, user, &oom) == finding && !oom)
            oom = !add_row(r, finding, id, user, NULL);
    }
    return !oom;
}

static bool tell(owner_report *r)
{
    bool oom = false;
    for (int f = 0; !oom && f < FINDINGS; f++) {
        for (size_t i = 0; !oom && i < r->count; i++) {
            crmsync_str id = r->holdings[i].owner;
            crmi_record user = user_of(r, id);
            if (finding_of(r, id, user, &oom) == f && !oom)
                oom = !add_row(r, f, id, user, &r->holdings[i]);
        }
        oom = oom || !add_idle(r, f);
    }
    return !oom;
}

int32_t crmsync_owner_report(const crmsync_config *config, const crmsync_normalizer *normalizer,
                             const crmsync_rows *users, const crmsync_rows *owned,
                             const crmsync_rows *members, crmsync_rows **out, crmsync_error **err)
{
    static const crmsync_str fields[] = {
        CRMSYNC_STR_LIT("finding"), CRMSYNC_STR_LIT("owner"),  CRMSYNC_STR_LIT("name"),
        CRMSYNC_STR_LIT("email"),   CRMSYNC_STR_LIT("object"), CRMSYNC_STR_LIT("records")};
    owner_report r = {
        .config = config, .normalizer = normalizer, .users = users, .members = members};
    *out = NULL;
    if (!config || !normalizer || !users)
        return crmi_fail(err, CRMSYNC_E_INVALID,
                         "a configuration, a normalizer and the org's users are needed");
    const crmsync_alloc *alloc = crmi_rows_alloc(users);
    crmi_arena_init(&r.arena, alloc);
    crmi_map_init(&r.user_of, alloc);
    crmi_map_init(&r.team, alloc);
    int32_t rc = crmsync_rows_new(alloc, CRMI_STR("owner"), fields,
                                  sizeof fields / sizeof fields[0], &r.out, err);
    if (!rc && !(index_users(&r) && index_team(&r) && count_owned(&r, owned) && tell(&r)))
        rc = crmi_fail_nomem(err);
    if (rc)
        crmsync_rows_free(r.out);
    else
        *out = r.out;
    crmi_map_clear(&r.team);
    crmi_map_clear(&r.user_of);
    crmi_arena_clear(&r.arena);
    return rc;
}
