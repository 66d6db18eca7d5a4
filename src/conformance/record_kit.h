/* The record kit: the store under test, and what it delivered and answered. */
#ifndef CRMI_CONFORMANCE_RECORD_KIT_H
#define CRMI_CONFORMANCE_RECORD_KIT_H

#include "base/sinks.h"
#include "kit.h"

enum { CRMI_ANSWERS = 8, CRMI_TEXTS = 4, CRMI_TEXT_SIZE = 160 };

/* The fields that the kit works with, in the order of its rows behind id and rev. */
enum { CRMI_ORIGIN, CRMI_EMAIL, CRMI_FIRST, CRMI_LAST };

/* One record: what is to be saved, or what was delivered. An empty text is ABSENT when saved, and
 * was absent or empty when delivered. */
typedef struct crmi_person {
    char id[CRMI_TEXT_SIZE];
    char rev[CRMI_TEXT_SIZE];
    char texts[CRMI_TEXTS][CRMI_TEXT_SIZE];
    bool clear[CRMI_TEXTS]; /* save NULL */
    bool deleted;
} crmi_person;

typedef struct crmi_save_answer {
    unsigned times;
    uint32_t outcome;
    char id[CRMI_TEXT_SIZE];
    char rev[CRMI_TEXT_SIZE];
} crmi_save_answer;

typedef struct crmi_record_kit {
    crmi_kit kit;
    struct crmsync_record_sink sink; /* found by its offset */
    const crmsync_record_ops *ops;
    void *ctx;
    crmsync_conformance_record_options options;
    crmsync_str workspace;
    crmsync_str kind;
    crmsync_str names[2 + CRMI_TEXTS]; /* id, rev, origin, e-mail, two texts */
    char token[32];                    /* makes ids and addresses of this run its own */
    unsigned serial;
    crmi_person *seen;
    size_t seen_count;
    size_t seen_cap;
    crmi_save_answer answers[CRMI_ANSWERS];
    char cursor[512];
    size_t cursor_len;
    int32_t more;
    unsigned cursors;
} crmi_record_kit;

typedef struct crmi_record_case {
    const char *name;
    void (*run)(crmi_record_kit *k);
} crmi_record_case;

extern const crmi_record_case crmi_record_save_cases[];
extern const crmi_record_case crmi_record_read_cases[];

/* A person with an id and an address of its own. */
crmi_person crmi_person_new(crmi_record_kit *k, const char *first, const char *last);
void crmi_person_set(crmi_person *p, size_t field, const char *text);
/* Saves up to CRMI_ANSWERS of them and checks that each was answered once. */
bool crmi_record_save(crmi_record_kit *k, const crmi_person *people, size_t n);
/* Saves one and takes over its id and rev; the outcome must be SAVED. */
bool crmi_record_create(crmi_record_kit *k, crmi_person *p);
bool crmi_record_answer_is(crmi_record_kit *k, size_t item, uint32_t outcome);
bool crmi_record_load(crmi_record_kit *k, const crmsync_str *ids, size_t n);
/* Loads one and compares; returns what was delivered, or NULL. */
const crmi_person *crmi_record_holds(crmi_record_kit *k, const crmi_person *p);
bool crmi_record_find(crmi_record_kit *k, const char *key_kind, const char *value);
bool crmi_record_changed(crmi_record_kit *k, uint32_t limit); /* goes on at k->cursor */
bool crmi_record_catch_up(crmi_record_kit *k); /* reads the feed to its end; keeps what it said */
size_t crmi_record_seen(const crmi_record_kit *k, const char *id);
void crmi_record_forget(crmi_record_kit *k);

#endif
