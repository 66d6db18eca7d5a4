/**
 * @file campaign.h
 * What engagement makes of people in Salesforce campaigns: members added, moved on, or left alone.
 *
 * Pure: rows in, a plan out. The rules are the configuration's `campaigns`.
 */
#ifndef CRMSYNC_CAMPAIGN_H
#define CRMSYNC_CAMPAIGN_H

#include <crmsync/plan.h>

CRMSYNC_BEGIN_DECLS

/** What campaign members are decided from. Rows are copied; times are DATETIME or such a text. */
typedef struct crmsync_campaign_input {
    size_t struct_size;
    const crmsync_config *config;         /**< required */
    const crmsync_schema *schema;         /**< NULL = nothing is known of the org's fields */
    const crmsync_normalizer *normalizer; /**< required */
    /** Required. `campaign_id`, `person_id`, `event`, `at`; `form_type` of forms; and what
     *  campaigns.fields names. The campaign is that of the touch itself. */
    const crmsync_rows *engagements;
    /** Required. `id`, and as far as they are known `contact_id`, `lead_id`, `lead_converted`
     *  (BOOL); where neither id is given, the field local.crm_id. */
    const crmsync_rows *people;
    /** CampaignMemberStatus of these campaigns: `CampaignId`, `Label`, and `SortOrder`,
     *  `IsDefault`, `HasResponded`, which are not looked at. A campaign without any is held. */
    const crmsync_rows *statuses;
    /** CampaignMember of these campaigns and people, looked up by Lead and by Contact: `Id`,
     *  `CampaignId`, `LeadId`, `ContactId`, `Status`, and the fields of campaigns.fields. */
    const crmsync_rows *members;
    /** What happened before, NULL = nothing: engagements decided in earlier calls (`campaign_id`,
     *  `person_id`, `event`, `at`), and the event `removed` where a member was found removed. */
    const crmsync_rows *history;
} crmsync_campaign_input;
#define CRMSYNC_CAMPAIGN_INPUT_INIT                                                                \
    {                                                                                              \
        sizeof(crmsync_campaign_input), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL             \
    }

/**
 * Decides campaign members: one operation of kind `member` per campaign and person, in the order of
 * their first engagements, with the person's id as local id, `CampaignMember` as object and a
 * detail that begins with the campaign's id. A member that is there or will be tells it in the
 * field `CampaignId`, too.
 *
 * The engagement that leads furthest decides, of several the latest. A member never goes back from
 * what Salesforce says; one that was removed returns only by an engagement later than that; an
 * event that counts once counts once. A status that the campaign does not have is held, never sent.
 * Somebody who is both Lead and Contact has one member: that of the Contact. A converted Lead is
 * its Contact.
 *
 * @param alloc  NULL = libc
 * @param input  with struct_size set
 * @param out    set to NULL first; free with crmsync_plan_free()
 * @return CRMSYNC_OK; CRMSYNC_E_INVALID (rows missing, an engagement without campaign, person,
 *         event or time, with its position); CRMSYNC_E_UNSUPPORTED (a member of a newer library);
 *         CRMSYNC_E_NOMEM. Calls no hooks. Since 0.1.
 */
CRMSYNC_API int32_t crmsync_decide_members(const crmsync_alloc *alloc,
                                           const crmsync_campaign_input *input, crmsync_plan **out,
                                           crmsync_error **err);

CRMSYNC_END_DECLS

#endif
