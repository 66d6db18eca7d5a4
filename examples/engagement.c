/*
 * Whom to contact, what engagement makes of campaign members, and what a deal is owed to: decided
 * from rows, without a store or a network.
 */
#include <stdio.h>

#include <crmsync/crmsync.h>

#define STR(s) ((crmsync_str)CRMSYNC_STR_LIT(s))
#define NOON   INT64_C(1795176000000) /* 2026-11-20T12:00:00Z */

static const char settings[] =
    "{\"version\": 1,"
    " \"suppression\": {\"lists\": [\"Competitors\"], \"opportunities\": {\"lost_days\": 180}},"
    " \"campaigns\": {\"enabled\": true, \"fields\": {\"at\": \"Last_Engaged__c\"}}}";

static const char people_lines[] =
    "{\"id\": \"ada\", \"email\": \"ada@acme.example\", \"contact_id\": \"003000000000001AAA\","
    " \"account_id\": \"001000000000001AAA\"}\n"
    "{\"id\": \"ben\", \"email\": \"ben@rival.example\", \"lead_id\": \"00Q000000000001EAA\"}\n"
    "{\"id\": \"cleo\", \"email\": \"cleo@new.example\"}\n";

static int32_t rows_of(const char *kind, const char *lines, size_t len, crmsync_rows **out,
                       crmsync_error **err)
{
    crmsync_str name = {kind, 0};
    while (kind[name.len])
        name.len++;
    int32_t rc = crmsync_rows_new(NULL, name, NULL, 0, out, err);
    return rc ? rc : crmsync_rows_append_jsonl(*out, (crmsync_str){lines, len}, err);
}
#define ROWS(kind, lines, out, err) rows_of(kind, lines, sizeof(lines) - 1, out, err)

/* Prints some fields of each row. */
static void print_rows(const crmsync_rows *rows, const char *const *fields, size_t n)
{
    for (size_t row = 0; row < crmsync_rows_count(rows); row++) {
        for (size_t i = 0; i < n; i++) {
            crmsync_str name = {fields[i], 0};
            while (fields[i][name.len])
                name.len++;
            int32_t at = crmsync_rows_find_field(rows, name);
            crmsync_str text = crmsync_rows_get(rows, row, (size_t)at).text;
            printf("%s%.*s", i ? "  " : "", text.len ? (int)text.len : 1,
                   text.len ? text.ptr : "-");
        }
        printf("\n");
    }
}

static int32_t whom_to_contact(const crmsync_config *config, const crmsync_normalizer *normalizer,
                               const crmsync_rows *people, crmsync_error **err)
{
    static const char *const shown[] = {"id", "verdict", "reason", "source", "record"};
    static const char rival_lines[] = "{\"domain\": \"rival.example\"}\n";
    static const char deal_lines[] =
        "{\"Id\": \"006000000000001AAA\", \"Name\": \"Big one\", \"AccountId\": "
        "\"001000000000001AAA\","
        " \"StageName\": \"Proposal\", \"CloseDate\": \"2026-12-15\", \"IsClosed\": false}\n";
    crmsync_suppression *set = NULL;
    crmsync_rows *rivals = NULL, *deals = NULL, *verdicts = NULL;
    crmsync_suppression_source source = CRMSYNC_SUPPRESSION_SOURCE_INIT;
    crmsync_suppression_query query = CRMSYNC_SUPPRESSION_QUERY_INIT;
    int32_t rc = crmsync_suppression_new(NULL, config, normalizer, &set, err);

    if (!rc)
        rc = ROWS("list", rival_lines, &rivals, err);
    if (!rc)
        rc = ROWS("Opportunity", deal_lines, &deals, err);
    source.complete = 1; /* read to the end */
    source.read_ms = NOON - 3600000;
    if (!rc) {
        source.kind = CRMSYNC_SOURCE_LIST;
        source.name = STR("Competitors");
        source.rows = rivals;
        rc = crmsync_suppression_add_source(set, &source, err);
    }
    if (!rc) {
        source.kind = CRMSYNC_SOURCE_OPPORTUNITIES;
        source.name = STR("");
        source.rows = deals;
        rc = crmsync_suppression_add_source(set, &source, err);
    }
    query.people = people;
    query.now_ms = NOON;
    if (!rc)
        rc = crmsync_suppression_check(set, &query, &verdicts, err);
    if (!rc)
        print_rows(verdicts, shown, 5);
    crmsync_rows_free(verdicts);
    crmsync_rows_free(deals);
    crmsync_rows_free(rivals);
    crmsync_suppression_free(set);
    return rc;
}

static int32_t print_text(void *ctx, crmsync_str text)
{
    (void)ctx;
    printf("%.*s", (int)text.len, text.ptr);
    return CRMSYNC_OK;
}

static int32_t who_moves_on(const crmsync_config *config, const crmsync_normalizer *normalizer,
                            const crmsync_rows *people, crmsync_error **err)
{
    static const char engagement_lines[] =
        "{\"campaign_id\": \"701000000000001AAA\", \"person_id\": \"ada\", \"event\": \"form\","
        " \"form_type\": \"demo\", \"at\": \"2026-11-20T09:30:00Z\"}\n"
        "{\"campaign_id\": \"701000000000001AAA\", \"person_id\": \"ben\", \"event\": "
        "\"viewed_page\","
        " \"at\": \"2026-11-20T10:00:00Z\"}\n";
    static const char status_lines[] =
        "{\"CampaignId\": \"701000000000001AAA\", \"Label\": \"Sent\"}\n"
        "{\"CampaignId\": \"701000000000001AAA\", \"Label\": \"Responded\"}\n"
        "{\"CampaignId\": \"701000000000001AAA\", \"Label\": \"Qualified\"}\n";
    static const char member_lines[] =
        "{\"Id\": \"00v000000000001AAA\", \"CampaignId\": \"701000000000001AAA\","
        " \"ContactId\": \"003000000000001AAA\", \"Status\": \"Responded\"}\n";
    crmsync_rows *engagements = NULL, *statuses = NULL, *members = NULL;
    crmsync_campaign_input input = CRMSYNC_CAMPAIGN_INPUT_INIT;
    crmsync_plan *plan = NULL;
    int32_t rc = ROWS("engagement", engagement_lines, &engagements, err);

    if (!rc)
        rc = ROWS("CampaignMemberStatus", status_lines, &statuses, err);
    if (!rc)
        rc = ROWS("CampaignMember", member_lines, &members, err);
    input.config = config;
    input.normalizer = normalizer;
    input.engagements = engagements;
    input.people = people;
    input.statuses = statuses;
    input.members = members;
    if (!rc)
        rc = crmsync_decide_members(NULL, &input, &plan, err);
    if (!rc)
        rc = crmsync_plan_write_text(plan, NULL, print_text, NULL, err);
    crmsync_plan_free(plan);
    crmsync_rows_free(members);
    crmsync_rows_free(statuses);
    crmsync_rows_free(engagements);
    return rc;
}

static int32_t what_it_is_owed_to(crmsync_error **err)
{
    static const char *const shown[] = {"id", "campaign_id", "share_ppm", "amount"};
    static const char touch_lines[] = "{\"id\": \"ad\", \"campaign_id\": \"701000000000001AAA\", "
                                      "\"at\": \"2026-10-01T08:00:00Z\"}\n"
                                      "{\"id\": \"webinar\", \"campaign_id\": "
                                      "\"701000000000002AAA\", \"at\": \"2026-10-20T15:00:00Z\"}\n"
                                      "{\"id\": \"demo\", \"campaign_id\": \"701000000000001AAA\", "
                                      "\"at\": \"2026-11-20T09:30:00Z\"}\n";
    crmsync_rows *touches = NULL, *shares = NULL;
    crmsync_attribution deal = CRMSYNC_ATTRIBUTION_INIT;
    int32_t rc = ROWS("touch", touch_lines, &touches, err);

    deal.model = CRMSYNC_ATTRIBUTION_U_SHAPED;
    deal.amount = STR("9999.99");
    deal.converted_ms = NOON;
    if (!rc)
        rc = crmsync_attribute(NULL, &deal, touches, &shares, err);
    if (!rc)
        print_rows(shares, shown, 4);
    crmsync_rows_free(shares);
    crmsync_rows_free(touches);
    return rc;
}

int main(void)
{
    crmsync_config *config = NULL;
    crmsync_normalizer *normalizer = NULL;
    crmsync_rows *people = NULL;
    crmsync_error *err = NULL;
    int32_t rc = crmsync_config_parse(NULL, STR(settings), &config, &err);

    if (!rc)
        rc = crmsync_config_normalizer(config, NULL, &normalizer, &err);
    if (!rc)
        rc = ROWS("person", people_lines, &people, &err);
    if (!rc)
        rc = whom_to_contact(config, normalizer, people, &err);
    if (!rc)
        rc = who_moves_on(config, normalizer, people, &err);
    if (!rc)
        rc = what_it_is_owed_to(&err);
    if (rc)
        fprintf(stderr, "%s\n", crmsync_error_message(err).ptr);
    crmsync_error_free(err);
    crmsync_rows_free(people);
    crmsync_normalizer_free(normalizer);
    crmsync_config_free(config);
    return rc ? 1 : 0;
}
