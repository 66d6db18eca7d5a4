/* setup.c: the rights, role and logins of the API user, and the switches over them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "org.h"

static orgsim_row *add(orgsim *org, const char *object)
{
    orgsim_row *row = orgsim_row_new(org, orgsim_object_named(org, object), NULL);
    row->created = row->modified = row->stamp = org->now_ms;
    row->creator = row->modifier = org->api_user;
    return row;
}

static orgsim_row *first_of(const orgsim *org, const char *object)
{
    const orgsim_object *o = orgsim_object_named(org, object);
    return o->row_count ? o->rows[0] : NULL;
}

void orgsim_add_setup(orgsim *org)
{
    orgsim_row *profile = add(org, "Profile"), *set = add(org, "PermissionSet");
    orgsim_row *assignment = add(org, "PermissionSetAssignment"), *session = add(org, "AuthSession");
    orgsim_put_text(profile, "Name", "Salesforce API Only System Integrations");
    orgsim_put_text(org->api_user, "ProfileId", profile->id);
    orgsim_put_text(set, "Name", "X00eIntegration");
    orgsim_put_text(set, "Label", "Integration");
    orgsim_put_text(set, "ProfileId", profile->id);
    orgsim_put_bool(set, "IsOwnedByProfile", true);
    orgsim_put_bool(set, "PermissionsApiEnabled", true);
    orgsim_put_bool(set, "PermissionsApiUserOnly", true);
    orgsim_put_text(assignment, "AssigneeId", org->api_user->id);
    orgsim_put_text(assignment, "PermissionSetId", set->id);
    orgsim_put_text(session, "UsersId", org->api_user->id);
    orgsim_put_text(session, "SessionSecurityLevel", "STANDARD");
}

bool orgsim_api_enabled(const orgsim *org)
{
    const orgsim_row *set = first_of(org, "PermissionSet");
    return !set || orgsim_get_bool(set, "PermissionsApiEnabled");
}

/* "Right=on": the checkbox `prefix` + "Right" of a row; -1 when the row has none of the name. */
static int set_checkbox(orgsim_row *row, const char *prefix, const char *value)
{
    char field[100];
    const char *equals = value ? strchr(value, '=') : NULL;
    if (!equals)
        return -1;
    snprintf(field, sizeof field, "%s%.*s", prefix, (int)(equals - value), value);
    if (!orgsim_field_named(row->object, field))
        return -1;
    orgsim_put_bool(row, field, strcmp(equals + 1, "on") == 0);
    return 0;
}

/* "ModifyAllData=on" of the set that the profile of the API user owns. */
int orgsim_set_permission(orgsim *org, const char *name, const char *value)
{
    (void)name;
    return set_checkbox(first_of(org, "PermissionSet"), "Permissions", value);
}

/* "MarketingUser=on" (a UserPermissions... checkbox) or "Role=Sales". */
int orgsim_set_api_user(orgsim *org, const char *name, const char *value)
{
    (void)name;
    if (value && strncmp(value, "Role=", 5) == 0) {
        orgsim_row *role = add(org, "UserRole");
        orgsim_put_text(role, "Name", value + 5);
        orgsim_put_text(org->api_user, "UserRoleId", role->id);
        return 0;
    }
    return set_checkbox(org->api_user, "UserPermissions", value);
}

/* "Application" (a browser), "Remote Access 2.0": one more login of the API user. */
int orgsim_add_login(orgsim *org, const char *name, const char *value)
{
    (void)name;
    orgsim_row *row = add(org, "LoginHistory");
    orgsim_put_text(row, "UserId", org->api_user->id);
    orgsim_put_text(row, "LoginType", value);
    return 0;
}

/* "HIGH_ASSURANCE" of the API user's session. */
int orgsim_set_session_level(orgsim *org, const char *name, const char *value)
{
    (void)name;
    orgsim_put_text(first_of(org, "AuthSession"), "SessionSecurityLevel",
                    strcmp(value, "off") == 0 ? "STANDARD" : value);
    return 0;
}

/* "Lead": an active duplicate rule in Setup; it is told, and acts by the switch duplicate_rule. */
int orgsim_add_duplicate_rule(orgsim *org, const char *name, const char *value)
{
    (void)name;
    orgsim_row *row = add(org, "DuplicateRule");
    orgsim_put_text(row, "DeveloperName", "Standard_Rule");
    orgsim_put_text(row, "MasterLabel", "Standard Rule");
    orgsim_put_text(row, "SobjectType", value);
    orgsim_put_bool(row, "IsActive", true);
    return 0;
}

/* "Contact.create=off", "Contact.update=off": the user's right on the object. */
int orgsim_set_object_right(orgsim *org, const char *name, const char *value)
{
    const char *dot = strchr(value, '.');
    orgsim_object *object =
        dot ? orgsim_object_named_n(org, value, (size_t)(dot - value)) : NULL;
    (void)name;
    if (!object)
        return -1;
    uint32_t right = strncmp(dot, ".create", 7) == 0 ? ORGSIM_O_CREATEABLE : ORGSIM_O_UPDATEABLE;
    object->flags = strstr(value, "=off") ? object->flags & ~right : object->flags | right;
    object->described_at = org->now_ms;
    return 0;
}
