/* schema_setup.c: what administrators see in Setup, and list views and reports. */
#include "schema_macros.h"

#define PERMISSION(name) BOOLEAN("Permissions" name, DEFAULTED)
#define PERMISSIONS                                                                          \
    PERMISSION("ApiEnabled"), PERMISSION("ApiUserOnly"), PERMISSION("ModifyAllData"),         \
        PERMISSION("ViewAllData"), PERMISSION("PasswordNeverExpires"),                        \
        PERMISSION("ForceTwoFactor"), PERMISSION("TwoFactorApi"), PERMISSION("RunReports"),   \
        PERMISSION("ViewSetup")

static const orgsim_field_row profile[] = {
    STRING("Name", 255, REQUIRED | ORGSIM_F_NAME),
    PICKLIST("UserType", READ_ONLY, "*Standard|PowerPartner|Guest"),
    PERMISSIONS,
};

static const orgsim_field_row permission_set[] = {
    STRING("Name", 80, REQUIRED | ORGSIM_F_NAME),
    STRING("Label", 80, REQUIRED),
    REFERENCE("ProfileId", READ_ONLY, "Profile:Profile"),
    BOOLEAN("IsOwnedByProfile", DEFAULTED),
    PERMISSIONS,
};

static const orgsim_field_row permission_set_assignment[] = {
    REFERENCE("AssigneeId", REQUIRED_ONCE | INDEXED, "User:Assignee"),
    REFERENCE("PermissionSetId", REQUIRED_ONCE, "PermissionSet:PermissionSet"),
};

static const orgsim_field_row user_role[] = {
    STRING("Name", 80, REQUIRED | ORGSIM_F_NAME),
    STRING("DeveloperName", 80, CREATE_UPDATE),
    REFERENCE("ParentRoleId", CREATE_UPDATE, "UserRole:ParentRole"),
};

static const orgsim_field_row login_history[] = {
    REFERENCE("UserId", READ_ONLY | INDEXED, "User:User"),
    DATETIME("LoginTime", READ_ONLY),
    STRING("LoginType", 80, READ_ONLY),
    STRING("SourceIp", 45, READ_ONLY),
    STRING("Status", 255, READ_ONLY),
};

static const orgsim_field_row auth_session[] = {
    REFERENCE("UsersId", READ_ONLY | INDEXED, "User:Users"),
    PICKLIST("SessionSecurityLevel", READ_ONLY, "LOW|STANDARD|HIGH_ASSURANCE"),
    STRING("LoginType", 80, READ_ONLY),
    STRING("SessionType", 80, READ_ONLY),
};

static const orgsim_field_row duplicate_rule[] = {
    STRING("DeveloperName", 80, REQUIRED | ORGSIM_F_NAME),
    STRING("MasterLabel", 80, REQUIRED),
    STRING("SobjectType", 80, REQUIRED),
    BOOLEAN("IsActive", DEFAULTED),
};

static const orgsim_field_row list_view[] = {
    STRING("Name", 80, REQUIRED | ORGSIM_F_NAME),
    STRING("DeveloperName", 80, READ_ONLY),
    STRING("SobjectType", 80, READ_ONLY),
    BOOLEAN("IsSoqlCompatible", READ_ONLY),
};

static const orgsim_field_row report[] = {
    STRING("Name", 80, REQUIRED | ORGSIM_F_NAME),
    STRING("DeveloperName", 80, READ_ONLY),
    STRING("FolderName", 256, READ_ONLY),
    PICKLIST("Format", READ_ONLY, "*Tabular|Summary|Matrix|MultiBlock"),
};

const orgsim_object_row orgsim_setup_objects[] = {
    {"Profile", "Profile", "Profile", "00e", ORGSIM_O_NO_DELETED, FIELDS(profile)},
    {"PermissionSet", "Permission Set", "Permission Set", "0PS", ORGSIM_O_NO_DELETED,
     FIELDS(permission_set)},
    {"PermissionSetAssignment", "Permission Set Assignment", "Permission Set Assignment", "0Pa",
     ORGSIM_O_NO_DELETED | ORGSIM_O_NO_CREATED, FIELDS(permission_set_assignment)},
    {"UserRole", "Role", "Role", "00E", ORGSIM_O_NO_DELETED | ORGSIM_O_NO_CREATED,
     FIELDS(user_role)},
    {"LoginHistory", "Login History", "Login History", "0Ya",
     ORGSIM_O_NO_DELETED | ORGSIM_O_NO_CREATED, FIELDS(login_history)},
    {"AuthSession", "Auth Session", "Auth Session", "0Ak", ORGSIM_O_NO_DELETED,
     FIELDS(auth_session)},
    {"DuplicateRule", "Duplicate Rule", "Duplicate Rule", "0Bm", ORGSIM_O_NO_DELETED,
     FIELDS(duplicate_rule)},
    {"ListView", "List View", "List View", "00B", ORGSIM_O_NO_DELETED, FIELDS(list_view)},
    {"Report", "Report", "Report", "00O", 0, FIELDS(report)},
};
const size_t orgsim_setup_object_count =
    sizeof orgsim_setup_objects / sizeof *orgsim_setup_objects;
