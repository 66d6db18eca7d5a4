/* Built-in presets: documents that "extends" names. */
#include "model/config_table.h"

/* Fields, read and written by the defaults or only read. */
#define ALL "\"direction\":\"both\",\"create\":{\"in\":true,\"out\":true}"
#define FIELD(local, remote) "{\"local\":\"" local "\",\"remote\":\"" remote "\"}"
#define READ(local, remote) \
    "{\"local\":\"" local "\",\"remote\":\"" remote "\",\"export\":\"never\"}"

static const char recommended[] =
    "{\"objects\":{"
    "\"User\":{\"direction\":\"in\",\"fields\":["
    READ("name", "Name") "," READ("email", "Email") "," READ("active", "IsActive") "]},"
    "\"Account\":{" ALL ",\"fields\":["
    FIELD("name", "Name") "," FIELD("website", "Website") ","
    FIELD("annual_revenue", "AnnualRevenue") "," FIELD("employees", "NumberOfEmployees") ","
    FIELD("industry", "Industry") "," FIELD("type", "Type") ","
    FIELD("country", "BillingCountry") "]},"
    "\"Contact\":{" ALL ",\"fields\":["
    FIELD("first_name", "FirstName") "," FIELD("last_name", "LastName") ","
    FIELD("email", "Email") "," FIELD("job_title", "Title") "," FIELD("phone", "Phone") "]},"
    "\"Lead\":{" ALL ",\"fields\":["
    FIELD("first_name", "FirstName") "," FIELD("last_name", "LastName") ","
    FIELD("email", "Email") "," FIELD("job_title", "Title") "," FIELD("phone", "Phone") ","
    FIELD("company", "Company") "," FIELD("website", "Website") "]},"
    "\"Opportunity\":{\"direction\":\"in\",\"fields\":["
    READ("name", "Name") "," READ("stage", "StageName") "," READ("amount", "Amount") ","
    READ("close_date", "CloseDate") "," READ("type", "Type") ","
    READ("lead_source", "LeadSource") "]}},"
    "\"export\":{\"mode\":\"by_status\",\"routes\":{"
    "\"Interested\":\"contact\",\"Meeting booked\":\"contact\","
    "\"Neutral\":\"lead\",\"No response\":\"lead\",\"Negative\":\"lead\"},"
    "\"account_create\":true},"
    "\"owner\":{\"by_email\":true},"
    "\"activities\":{\"enabled\":true,\"content\":false}}";

static const crmi_preset presets[] = {
    {"default", "Empty: everything is off, and nothing is ever created in Salesforce.", "{}"},
    {"recommended",
     "All five objects with their usual fields; people are routed by status, missing accounts are "
     "created with their contacts, empty fields are filled and never overwritten, owners follow "
     "equal e-mail addresses, activities are logged without their texts.",
     recommended},
};

const crmi_preset *crmi_preset_at(size_t i)
{
    return i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const crmi_preset *crmi_preset_named(crmsync_str name)
{
    for (size_t i = 0; crmi_preset_at(i); i++) {
        if (crmi_str_is(name, crmi_preset_at(i)->name))
            return crmi_preset_at(i);
    }
    return NULL;
}
