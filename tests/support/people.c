/* Fifty people of all sorts. The org knows some of them; the host's users did something with some. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

static const char org_knows[] =
    "{\"Account\":["
    "{\"Name\":\"Acme Inc.\",\"Website\":\"https://www.acme.com\",\"_ref\":\"acme\"},"
    "{\"Name\":\"Globex Corporation\",\"Website\":\"globex.net\",\"_ref\":\"globex\"},"
    "{\"Name\":\"Initech\",\"Website\":\"http://initech.org/about\",\"_ref\":\"initech\"}],"
    "\"Contact\":["
    "{\"LastName\":\"Known0\",\"FirstName\":\"Kim\",\"Email\":\"known0@acme.com\",\"AccountId\":\"@acme\"},"
    "{\"LastName\":\"Known1\",\"FirstName\":\"Kim\",\"Email\":\"known1@globex.net\",\"AccountId\":\"@globex\"},"
    "{\"LastName\":\"Known2\",\"FirstName\":\"Kim\",\"Email\":\"known2@initech.org\",\"AccountId\":\"@initech\",\"Title\":\"CTO\"},"
    "{\"LastName\":\"Known3\",\"FirstName\":\"Kim\",\"Email\":\"known3@initech.org\",\"AccountId\":\"@initech\"}],"
    "\"Lead\":["
    "{\"LastName\":\"Old0\",\"Company\":\"Umbra\",\"Email\":\"old0@umbra.com\"},"
    "{\"LastName\":\"Old1\",\"Company\":\"Umbra\",\"Email\":\"old1@umbra.com\"},"
    "{\"LastName\":\"Old2\",\"Company\":\"Umbra\",\"Email\":\"old2@gmail.com\"},"
    "{\"LastName\":\"Known3\",\"Company\":\"Initech\",\"Email\":\"known3@initech.org\"},"
    "{\"LastName\":\"Turned\",\"FirstName\":\"Tara\",\"Company\":\"Turnco\",\"Email\":\"tara@turnco.com\"}]}";

/* Companies the host keeps itself; c2 is not in the org. */
static const char companies[] =
    "{\"id\":\"c1\",\"name\":\"Globex\",\"website\":\"https://www.globex.net\",\"industry\":\"Energy\"}\n"
    "{\"id\":\"c2\",\"name\":\"Hooli GmbH\",\"website\":\"hooli.io\",\"employees\":120}\n";

typedef struct people_group {
    int count;
    const char *id;      /* prefix */
    const char *email;   /* format with the number */
    const char *rest;    /* further members */
} people_group;

static const people_group people[] = {
    {3, "k", "Known%d@acme.com", "\"company\":\"Acme\",\"job_title\":\"CEO\",\"status\":\"Interested\""},
    {3, "o", "OLD%d@umbra.com", "\"company\":\"Umbra\",\"phone\":\"+1 555 010\",\"status\":\"New\""},
    {5, "a", "ann%d@globex.net", "\"company_id\":\"c1\",\"company\":\"Globex\",\"status\":\"Interested\",\"owner\":\"ada@example.com\""},
    {4, "h", "hal%d@hooli.io", "\"company_id\":\"c2\",\"company\":\"Hooli\",\"status\":\"Interested\""},
    {5, "n", "nia%d@newco.de", "\"company\":\"Newco GmbH\",\"website\":\"www.newco.de\",\"status\":\"Interested\",\"owner\":\"ben@example.com\""},
    {3, "v", "vic%d@vandelay.biz", "\"company\":\"Vandelay Industries\",\"status\":\"Interested\""},
    {12, "l", "lou%1$d@leadco%1$d.com", "\"company\":\"Leadco\",\"status\":\"New\",\"owner\":\"cleo@example.com\""},
    {3, "f", "free%d@gmail.com", "\"company\":\"Solo\",\"status\":\"New\""},
    {2, "w", "weird%d@odd.com", "\"company\":\"Odd\",\"status\":\"Weird\""},
    {2, "u", "un%d@gone.com", "\"company\":\"Gone\",\"status\":\"Unsubscribed\""},
    {1, "t", "tara@turnco.com", "\"company\":\"Turnco\",\"job_title\":\"VP\",\"status\":\"New\""},
    {1, "b", "known3@initech.org", "\"company\":\"Initech\",\"phone\":\"+49 30 1\",\"status\":\"Interested\""},
    {1, "g", "old2@gmail.com", "\"company\":\"Umbra\",\"job_title\":\"Poet\",\"status\":\"New\""},
};

/* Of these, second records of one person: one address, written otherwise. */
static const char doubles[] =
    "{\"id\":\"d1\",\"first_name\":\"Lou\",\"last_name\":\"Lead0\",\"email\":\"LOU0@Leadco0.com\","
    "\"company\":\"Leadco\",\"status\":\"New\"}\n"
    "{\"id\":\"d2\",\"first_name\":\"Nia\",\"last_name\":\"New0\",\"email\":\"Nia0@NEWCO.de\","
    "\"company\":\"Newco\",\"status\":\"Interested\"}\n"
    "{\"id\":\"d3\",\"first_name\":\"Free\",\"last_name\":\"F0\",\"email\":\"FREE0@gmail.com\","
    "\"company\":\"Solo\",\"status\":\"New\"}\n"
    "{\"id\":\"e1\",\"first_name\":\"No\",\"last_name\":\"Mail\",\"company\":\"Nomail\",\"status\":\"New\"}\n"
    "{\"id\":\"e2\",\"first_name\":\"Zoe\",\"last_name\":\"O'Neil\\\\\",\"email\":\"o'neil@zo\\u00eb.com\","
    "\"company\":\"Zo\\u00eb \\ud83d\\ude80\",\"status\":\"New\"}\n";

static void put_people(scene *s)
{
    char line[600], email[100];
    for (size_t g = 0; g < sizeof people / sizeof people[0]; g++) {
        for (int i = 0; i < people[g].count; i++) {
            snprintf(email, sizeof email, people[g].email, i);
            snprintf(line, sizeof line,
                     "{\"id\":\"%s%d\",\"first_name\":\"F%s\",\"last_name\":\"L%s%d\",\"email\":\"%s\",%s}\n",
                     people[g].id, i, people[g].id, people[g].id, i, email, people[g].rest);
            scene_put(s, "person", line);
        }
    }
    scene_put(s, "person", doubles);
}

static void put_activities(scene *s)
{
    static const char *const kinds[] = {"email", "call", "meeting", "note", "task",
                                        "linkedin_message", "linkedin_request"};
    static const char *const who[] = {"k0", "l1", "a2", "n3", "o1", "w0", "t0", "b0", "h1", "v2"};
    char line[400];
    for (int i = 0; i < 20; i++) {
        snprintf(line, sizeof line,
                 "{\"id\":\"act%d\",\"kind\":\"%s\",\"person_id\":\"%s\","
                 "\"at\":\"2026-01-1%dT1%d:00:00Z\",\"subject\":\"Subject %d\",\"body\":\"Text %d\","
                 "\"direction\":\"outbound\",\"duration_s\":1800,\"owner\":\"ada@example.com\"}\n",
                 i, kinds[i % 7], who[i % 10], i % 9, i % 10, i, i);
        scene_put(s, "activity", line);
    }
    /* two alike: each is logged, none twice */
    scene_put(s, "activity",
              "{\"id\":\"twin1\",\"kind\":\"call\",\"person_id\":\"k0\",\"at\":\"2026-01-10T10:00:00Z\","
              "\"subject\":\"Twin A\"}\n"
              "{\"id\":\"twin2\",\"kind\":\"call\",\"person_id\":\"l0\",\"at\":\"2026-01-10T10:00:00Z\","
              "\"subject\":\"Twin A\"}\n");
    /* one visit of two page views, one link clicked twice */
    scene_put(s, "activity",
              "{\"id\":\"view1\",\"kind\":\"website_visit\",\"person_id\":\"k1\",\"visit_id\":\"s1\","
              "\"at\":\"2026-01-10T10:00:00Z\",\"url\":\"/\"}\n"
              "{\"id\":\"view2\",\"kind\":\"website_visit\",\"person_id\":\"k1\",\"visit_id\":\"s1\","
              "\"at\":\"2026-01-10T10:01:00Z\",\"url\":\"/pricing\"}\n"
              "{\"id\":\"click1\",\"kind\":\"email_clicked\",\"person_id\":\"l2\",\"email_id\":\"e1\","
              "\"at\":\"2026-01-10T10:00:00Z\",\"url\":\"/offer\"}\n"
              "{\"id\":\"click2\",\"kind\":\"email_clicked\",\"person_id\":\"l2\",\"email_id\":\"e1\","
              "\"at\":\"2026-01-10T10:02:00Z\",\"url\":\"/offer\"}\n");
}

/* A lead that somebody turned into a contact already. */
static void convert(scene *s)
{
    char contact[19], id[19] = "";
    char *answer = orgsim_query(s->org, "SELECT Id FROM Lead WHERE LastName='Turned'", false);
    const char *at = answer ? strstr(answer, "\"Id\":\"") : NULL;
    if (at)
        snprintf(id, sizeof id, "%.18s", at + 6);
    orgsim_string_free(answer);
    orgsim_convert_lead(s->org, id, NULL, NULL, false, contact);
}

void scene_fill(scene *s)
{
    scene_seed(s, org_knows);
    convert(s);
    scene_put(s, "company", companies);
    put_people(s);
    put_activities(s);
    scene_pass(s, 3600000);
}
