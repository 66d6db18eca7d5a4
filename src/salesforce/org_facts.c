#include "salesforce/org_facts.h"

#include "normalize/normalizer.h"
#include "salesforce/answer.h"
#include "salesforce/query.h"

#define LOGINS "100" /* so many of the latest are looked at */

static const struct {
    uint32_t right;
    const char *field; /* of PermissionSet; a profile's rights are in a set of its own */
} rights[] = {
    {CRMI_RIGHT_API, "PermissionsApiEnabled"},
    {CRMI_RIGHT_API_ONLY, "PermissionsApiUserOnly"},
    {CRMI_RIGHT_MODIFY_ALL, "PermissionsModifyAllData"},
    {CRMI_RIGHT_VIEW_ALL, "PermissionsViewAllData"},
    {CRMI_RIGHT_PASSWORD_STAYS, "PermissionsPasswordNeverExpires"},
    {CRMI_RIGHT_SECOND_FACTOR, "PermissionsForceTwoFactor"},
    {CRMI_RIGHT_SECOND_FACTOR_API, "PermissionsTwoFactorApi"},
    {CRMI_RIGHT_RUN_REPORTS, "PermissionsRunReports"},
};
#define RIGHTS (sizeof rights / sizeof rights[0])

static void take_org(crmi_org_facts *f, yyjson_val *records, bool *ok);
static void take_user(crmi_org_facts *f, yyjson_val *records, bool *ok);
static void take_rights(crmi_org_facts *f, yyjson_val *records, bool *ok);
static void take_logins(crmi_org_facts *f, yyjson_val *records, bool *ok);
static void take_session(crmi_org_facts *f, yyjson_val *records, bool *ok);

#define WHO (1u << CRMI_FACTS_IDENTITY)
#define ALL (1u << CRMI_FACTS_ALL)

/* `select` NULL = the rights above; where `of_user`, the user's id in quotes comes next. */
static const struct {
    const char *reference;
    uint32_t depths;
    const char *select, *end;
    bool of_user;
    void (*take)(crmi_org_facts *f, yyjson_val *records, bool *ok);
} parts[] = {
    {"Organization", WHO | ALL, "SELECT Name, OrganizationType, IsSandbox FROM Organization", "",
     false, take_org},
    {"User", WHO, "SELECT Username, Name, IsActive, UserType FROM User WHERE Id = ", "", true,
     take_user},
    {"User", ALL,
     "SELECT Username, Name, IsActive, UserType, UserPermissionsMarketingUser, UserRole.Name, "
     "Profile.Name FROM User WHERE Id = ",
     "", true, take_user},
    {"PermissionSet", ALL, NULL, "", true, take_rights},
    {"LoginHistory", ALL, "SELECT LoginType FROM LoginHistory WHERE UserId = ",
     " ORDER BY LoginTime DESC LIMIT " LOGINS, true, take_logins},
    {"AuthSession", ALL, "SELECT SessionSecurityLevel FROM AuthSession WHERE UsersId = ",
     " ORDER BY LastModifiedDate DESC LIMIT 1", true, take_session},
};
#define PARTS (sizeof parts / sizeof parts[0])

static void add_rights(crmi_buf *soql)
{
    crmi_buf_lit(soql, "SELECT ");
    for (size_t i = 0; i < RIGHTS; i++)
        crmi_buf_fmt(soql, "%sPermissionSet.%s", i ? ", " : "", rights[i].field);
    crmi_buf_lit(soql, " FROM PermissionSetAssignment WHERE AssigneeId = ");
}

int32_t crmi_org_facts_ask(crmi_composite *c, crmsync_str version, uint32_t depth,
                           crmsync_str user_id, size_t *n, crmsync_error **err)
{
    crmi_buf soql;
    int32_t rc = CRMSYNC_OK;
    *n = 0;
    crmi_buf_init(&soql, c->request->alloc);
    for (size_t i = 0; !rc && i < PARTS; i++) {
        if (!(parts[i].depths & (1u << depth)) || (parts[i].of_user && !crmi_sf_id_like(user_id)))
            continue;
        crmi_buf_reset(&soql);
        if (parts[i].select)
            crmi_buf_lit(&soql, parts[i].select);
        else
            add_rights(&soql);
        if (parts[i].of_user)
            crmi_buf_fmt(&soql, "'%.*s'", CRMI_SPELL(user_id));
        crmi_buf_lit(&soql, parts[i].end);
        rc = crmi_buf_ok(&soql)
                 ? crmi_composite_add_query(c, crmi_str(parts[i].reference), version,
                                            crmi_buf_str(&soql), false, err)
                 : crmi_fail_nomem(err);
        ++*n;
    }
    crmi_buf_clear(&soql);
    return rc;
}

static bool dup(crmi_org_facts *f, const yyjson_val *o, const char *member, crmsync_str *out)
{
    return crmi_arena_str(&f->arena, crmi_json_member_text(o, member), out);
}

static void take_org(crmi_org_facts *f, yyjson_val *records, bool *ok)
{
    const yyjson_val *row = yyjson_arr_get_first(records);
    *ok = dup(f, row, "Name", &f->org_name) && dup(f, row, "OrganizationType", &f->edition);
    f->sandbox = crmi_json_member_bool(row, "IsSandbox", false);
    f->org_read = row != NULL;
}

static void take_user(crmi_org_facts *f, yyjson_val *records, bool *ok)
{
    const yyjson_val *row = yyjson_arr_get_first(records);
    *ok = dup(f, row, "Username", &f->username) && dup(f, row, "Name", &f->user_name) &&
          dup(f, row, "UserType", &f->user_type) &&
          dup(f, crmi_json_member(row, "UserRole"), "Name", &f->role) &&
          dup(f, crmi_json_member(row, "Profile"), "Name", &f->profile);
    f->active = crmi_json_member_bool(row, "IsActive", false);
    f->marketing = crmi_json_member_bool(row, "UserPermissionsMarketingUser", false);
    f->user_read = row != NULL;
}

static void take_rights(crmi_org_facts *f, yyjson_val *records, bool *ok)
{
    yyjson_val *row;
    size_t i, n;
    *ok = true;
    yyjson_arr_foreach(records, i, n, row)
    {
        const yyjson_val *set = crmi_json_member(row, "PermissionSet");
        for (size_t k = 0; k < RIGHTS; k++) {
            if (crmi_json_member_bool(set, rights[k].field, false))
                f->rights |= rights[k].right;
        }
        f->rights_read = true; /* every user has the set of the profile */
    }
}

static void take_logins(crmi_org_facts *f, yyjson_val *records, bool *ok)
{
    yyjson_val *row;
    size_t i, n;
    *ok = true;
    f->logins_read = true;
    yyjson_arr_foreach(records, i, n, row)
    {
        if (crmi_str_is(crmi_json_member_text(row, "LoginType"), "Application"))
            f->browser_logins++;
    }
}

static void take_session(crmi_org_facts *f, yyjson_val *records, bool *ok)
{
    const yyjson_val *row = yyjson_arr_get_first(records);
    *ok = dup(f, row, "SessionSecurityLevel", &f->session_level);
    f->session_read = f->session_level.len > 0;
}

static yyjson_val *records_of(const yyjson_val *body)
{
    yyjson_val *list = crmi_json_member(body, "records");
    return yyjson_is_arr(list) ? list : NULL;
}

int32_t crmi_org_facts_read(const crmi_response *response, size_t n, crmi_org_facts *f,
                            crmsync_error **err)
{
    crmi_composite_answer answer;
    int32_t rc = crmi_composite_read(f->arena.alloc, response, n, &answer, err);
    for (size_t i = 0; !rc && i < PARTS; i++) {
        if (i && strcmp(parts[i].reference, parts[i - 1].reference) == 0)
            continue; /* asked for in another way, told in the same words */
        const crmi_composite_part *part =
            crmi_composite_find(&answer, crmi_str(parts[i].reference));
        yyjson_val *records = part && part->status == 200 ? records_of(part->body) : NULL;
        bool ok = true;
        if (records)
            parts[i].take(f, records, &ok);
        if (!ok)
            rc = crmi_fail_nomem(err);
    }
    crmi_composite_answer_clear(&answer);
    return rc;
}

int32_t crmi_duplicate_rules_ask(crmi_request *r, crmsync_str version, crmsync_error **err)
{
    return crmi_query_request(r, version,
                              CRMI_STR("SELECT SobjectType FROM DuplicateRule WHERE IsActive = true"),
                              false, 0, err);
}

int32_t crmi_duplicate_rules_read(const crmi_response *response, crmi_org_facts *f,
                                  crmsync_error **err)
{
    yyjson_doc *doc;
    yyjson_val *row;
    size_t i, n;
    crmi_buf names;
    if (response->status != 200)
        return CRMSYNC_OK;
    int32_t rc = crmi_answer_json(f->arena.alloc, response, "query", &doc, err);
    if (rc)
        return rc;
    crmi_buf_init(&names, f->arena.alloc);
    yyjson_arr_foreach(records_of(yyjson_doc_get_root(doc)), i, n, row)
    {
        crmsync_str object = crmi_json_member_text(row, "SobjectType");
        if (crmi_str_find(crmi_buf_str(&names), object) < 0)
            crmi_buf_fmt(&names, "%s%.*s", names.len ? ", " : "", CRMI_SPELL(object));
    }
    f->duplicates_read = true;
    if (!crmi_buf_ok(&names) ||
        !crmi_arena_str(&f->arena, crmi_buf_str(&names), &f->duplicate_rules))
        rc = crmi_fail_nomem(err);
    crmi_buf_clear(&names);
    yyjson_doc_free(doc);
    return rc;
}
