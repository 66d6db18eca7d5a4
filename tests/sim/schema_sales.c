/* schema_sales.c: opportunities and campaigns. */
#include "schema_macros.h"

#define STAGES "Prospecting|Qualification|Needs Analysis|Value Proposition|Id. Decision Makers|" \
    "Perception Analysis|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost"

static const orgsim_field_row opportunity[] = {
    STRING("Name", 120, REQUIRED | ORGSIM_F_NAME | INDEXED),
    REFERENCE("AccountId", CREATE_UPDATE | INDEXED, "Account:Account"),
    TEXTAREA("Description", 32000, CREATE_UPDATE),
    PICKLIST("StageName", REQUIRED, STAGES),
    CURRENCY("Amount", 2, CREATE_UPDATE),
    PERCENT("Probability", CREATE_UPDATE | ORGSIM_F_DEFAULTED),
    CURRENCY("ExpectedRevenue", 2, READ_ONLY | ORGSIM_F_CALCULATED),
    DOUBLE("TotalOpportunityQuantity", 16, 2, CREATE_UPDATE),
    DATE("CloseDate", REQUIRED),
    PICKLIST("Type", CREATE_UPDATE, "Existing Business|New Business"),
    STRING("NextStep", 255, CREATE_UPDATE),
    PICKLIST("LeadSource", CREATE_UPDATE, SOURCES),
    BOOLEAN("IsClosed", ORGSIM_F_DEFAULTED),
    BOOLEAN("IsWon", ORGSIM_F_DEFAULTED),
    PICKLIST("ForecastCategory", READ_ONLY | ORGSIM_F_RESTRICTED,
             "Omitted|Pipeline|BestCase|Forecast|Closed"),
    REFERENCE("CampaignId", CREATE_UPDATE | INDEXED, "Campaign:Campaign"),
    REFERENCE("ContactId", CREATE_ONLY, "Contact:Contact"),
    OWNER("User"),
    DATETIME("LastStageChangeDate", READ_ONLY),
    DATE("LastActivityDate", READ_ONLY),
};

static const orgsim_field_row opportunity_stage[] = {
    STRING("MasterLabel", 255, REQUIRED | ORGSIM_F_NAME),
    STRING("ApiName", 255, REQUIRED),
    INTEGER("SortOrder", DEFAULTED),
    BOOLEAN("IsActive", DEFAULTED),
    BOOLEAN("IsClosed", DEFAULTED),
    BOOLEAN("IsWon", DEFAULTED),
    PERCENT("DefaultProbability", CREATE_UPDATE),
    STRING("ForecastCategory", 40, CREATE_UPDATE),
    STRING("ForecastCategoryName", 40, CREATE_UPDATE),
};

static const orgsim_field_row contact_role[] = {
    REFERENCE("OpportunityId", REQUIRED_ONCE | INDEXED, "Opportunity:Opportunity"),
    REFERENCE("ContactId", REQUIRED | INDEXED, "Contact:Contact"),
    PICKLIST("Role", CREATE_UPDATE,
             "Business User|Decision Maker|Economic Buyer|Evaluator|Executive Sponsor|Influencer|"
             "Other"),
    BOOLEAN("IsPrimary", DEFAULTED),
};

static const orgsim_field_row campaign[] = {
    STRING("Name", 80, REQUIRED | ORGSIM_F_NAME | INDEXED),
    REFERENCE("ParentId", CREATE_UPDATE | INDEXED, "Campaign:Parent"),
    PICKLIST("Type", CREATE_UPDATE,
             "Conference|Webinar|Email|Telemarketing|Direct Mail|Advertisement|Other"),
    PICKLIST("Status", CREATE_UPDATE | ORGSIM_F_DEFAULTED,
             "*Planned|In Progress|Completed|Aborted"),
    DATE("StartDate", CREATE_UPDATE),
    DATE("EndDate", CREATE_UPDATE),
    CURRENCY("ExpectedRevenue", 0, CREATE_UPDATE),
    CURRENCY("BudgetedCost", 0, CREATE_UPDATE),
    CURRENCY("ActualCost", 0, CREATE_UPDATE),
    {"ExpectedResponse", ORGSIM_T_PERCENT, 8, 2, CREATE_UPDATE, NULL},
    DOUBLE("NumberSent", 18, 0, CREATE_UPDATE),
    BOOLEAN("IsActive", DEFAULTED),
    TEXTAREA("Description", 32000, CREATE_UPDATE),
    OWNER("User"),
    DATE("LastActivityDate", READ_ONLY),
};

static const orgsim_field_row campaign_member[] = {
    REFERENCE("CampaignId", REQUIRED_ONCE | INDEXED, "Campaign:Campaign"),
    REFERENCE("LeadId", CREATE_ONLY | INDEXED, "Lead:Lead"),
    REFERENCE("ContactId", CREATE_ONLY | INDEXED, "Contact:Contact"),
    {"Status", ORGSIM_T_PICKLIST, 40, 0, CREATE_UPDATE | ORGSIM_F_DEFAULTED, NULL},
    BOOLEAN("HasResponded", ORGSIM_F_DEFAULTED),
    DATE("FirstRespondedDate", READ_ONLY),
    STRING("Name", 255, READ_ONLY),
    STRING("FirstName", 40, READ_ONLY),
    STRING("LastName", 80, READ_ONLY),
    EMAIL("Email", READ_ONLY | INDEXED),
    STRING("CompanyOrAccount", 255, READ_ONLY),
    PICKLIST("Type", READ_ONLY, "Lead|Contact"),
    REFERENCE("LeadOrContactId", READ_ONLY, "Lead,Contact"),
    REFERENCE("LeadOrContactOwnerId", READ_ONLY, "User,Group"),
};

static const orgsim_field_row campaign_member_status[] = {
    REFERENCE("CampaignId", REQUIRED_ONCE | INDEXED, "Campaign"),
    STRING("Label", 765, REQUIRED),
    INTEGER("SortOrder", CREATE_UPDATE),
    BOOLEAN("IsDefault", DEFAULTED),
    BOOLEAN("HasResponded", DEFAULTED),
};

const orgsim_object_row orgsim_sales_objects[] = {
    {"Opportunity", "Opportunity", "Opportunities", "006", ORGSIM_O_EDIT, FIELDS(opportunity)},
    {"OpportunityStage", "Opportunity Stage", "Opportunity Stage", "01J",
     ORGSIM_O_NO_DELETED | ORGSIM_O_REPLICATED, FIELDS(opportunity_stage)},
    {"OpportunityContactRole", "Opportunity Contact Role", "Opportunity Contact Role", "00K",
     ORGSIM_O_EDIT | ORGSIM_O_HARD, FIELDS(contact_role)},
    {"Campaign", "Campaign", "Campaigns", "701", ORGSIM_O_EDIT, FIELDS(campaign)},
    {"CampaignMember", "Campaign Member", "Campaign Members", "00v",
     ORGSIM_O_EDIT | ORGSIM_O_HARD, FIELDS(campaign_member)},
    {"CampaignMemberStatus", "Campaign Member Status", "Campaign Member Statuses", "01Y",
     ORGSIM_O_EDIT | ORGSIM_O_HARD, FIELDS(campaign_member_status)},
};
const size_t orgsim_sales_object_count =
    sizeof orgsim_sales_objects / sizeof *orgsim_sales_objects;
