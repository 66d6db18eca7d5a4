/* A host in memory that imports from the simulated org, and what happens meanwhile. */
#ifndef TESTS_IMPORT_BENCH_H
#define TESTS_IMPORT_BENCH_H

#include "host.h"

#define OBJECTS                                                                                    \
    "\"objects\":{"                                                                                \
    "\"User\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"         \
    "{\"local\":\"email\",\"remote\":\"Email\"}]},"                                                \
    "\"Account\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"      \
    "{\"local\":\"website\",\"remote\":\"Website\"},"                                              \
    "{\"local\":\"industry\",\"remote\":\"Industry\"}]},"                                          \
    "\"Contact\":{\"direction\":\"in\",\"fields\":[" PERSON "]},"                                  \
    "\"Lead\":{\"direction\":\"in\",\"fields\":[" PERSON ","                                       \
    "{\"local\":\"company\",\"remote\":\"Company\"}]},"                                            \
    "\"Opportunity\":{\"direction\":\"in\",\"fields\":[{\"local\":\"name\",\"remote\":\"Name\"},"  \
    "{\"local\":\"stage\",\"remote\":\"StageName\"}]}}"
#define PERSON                                                                                     \
    "{\"local\":\"first_name\",\"remote\":\"FirstName\"},"                                         \
    "{\"local\":\"last_name\",\"remote\":\"LastName\"},"                                           \
    "{\"local\":\"email\",\"remote\":\"Email\"},{\"local\":\"phone\",\"remote\":\"Phone\"}"

#define CONFIG(members) "{" SCENE_CONNECTION "," members "}"

#define IMPORT CRMSYNC_PHASE_IMPORT
#define MINUTE 60000
#define HOUR   (60 * MINUTE)

/* A scene with one process on it, what it calls, and what happens meanwhile. */
typedef struct bench {
    scene scene;
    host host;
    crmsync_job *job;                     /* the last one; freed by the next run */
    uint64_t saves, loads;                /* calls */
    uint64_t fail_commit;                 /* the n-th commit from now fails once; 0 = none */
    bool refuse;                          /* the host wants no values */
    void (*before_save)(struct bench *b); /* at the next save, once: what happens "meanwhile" */
} bench;

crmsync_str text_of(const char *text);
void bench_fail_now(bench *b, int fault);
void bench_open(bench *b, const orgsim_options *org, const char *config);
/* The process ends as in a crash, another one begins. `config` NULL = the same. */
void bench_restart(bench *b, const char *config);
void bench_close(bench *b);
int32_t bench_run(bench *b, uint32_t phases, uint32_t flags);
void bench_must_run(bench *b, uint32_t phases);
uint64_t bench_count(const bench *b, const char *key);
const char *bench_person(bench *b, const char *by, const char *value, const char *field);
/* The id of the org's one report. */
void bench_report_id(bench *b, char id[19]);
void bench_crm_id(bench *b, const char *kind, const char *by, const char *value, char id[19]);

#endif
