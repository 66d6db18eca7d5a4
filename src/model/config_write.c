/* A configuration as JSON: every member, in the table's order. */
#include "model/config_table.h"

static void write_texts(crmi_jw *w, const crmsync_str *texts, size_t n)
{
    crmi_jw_array(w);
    for (size_t i = 0; i < n; i++)
        crmi_jw_text(w, texts[i]);
    crmi_jw_array_end(w);
}

static void write_words(crmi_jw *w, const crmi_member *m, const uint32_t *list, size_t n)
{
    crmi_jw_array(w);
    for (size_t i = 0; m->kind == CRMI_MEMBER_WORDS && i < n; i++)
        crmi_jw_text(w, crmi_str(m->words[list[i]]));
    for (size_t i = 0; m->kind == CRMI_MEMBER_SET && m->words[i]; i++) {
        if (*list & (1u << i))
            crmi_jw_text(w, crmi_str(m->words[i]));
    }
    crmi_jw_array_end(w);
}

static void write_pairs(crmi_jw *w, const crmi_value_pair *pairs, size_t n, bool flipped)
{
    crmi_jw_object(w);
    for (size_t i = 0; i < n; i++) {
        crmi_jw_key(w, flipped ? pairs[i].remote : pairs[i].local);
        crmi_jw_text(w, flipped ? pairs[i].local : pairs[i].remote);
    }
    crmi_jw_object_end(w);
}

static void write_groups(crmi_jw *w, const crmi_group *group, const char *items, size_t n)
{
    crmi_jw_array(w);
    for (size_t i = 0; i < n; i++)
        crmi_config_write(w, group, items + i * group->size);
    crmi_jw_array_end(w);
}

void crmi_config_write_member(crmi_jw *w, const crmi_member *m, const void *group)
{
    const char *base = group;
    const void *at = base + m->at;
    size_t n = m->count_at ? *(const size_t *)(base + m->count_at) : 0;
    switch (m->kind) {
    case CRMI_MEMBER_VERSION: crmi_jw_i64(w, CRMI_CONFIG_VERSION); break;
    case CRMI_MEMBER_WORD: crmi_jw_text(w, crmi_str(m->words[*(const uint32_t *)at])); break;
    case CRMI_MEMBER_SWITCH: crmi_jw_text(w, crmi_str(m->words[*(const bool *)at])); break;
    case CRMI_MEMBER_BOOL: crmi_jw_bool(w, *(const bool *)at); break;
    case CRMI_MEMBER_NUMBER: crmi_jw_u64(w, *(const uint32_t *)at); break;
    case CRMI_MEMBER_TEXT: crmi_jw_text(w, *(const crmsync_str *)at); break;
    case CRMI_MEMBER_TEXTS: write_texts(w, *(const crmsync_str *const *)at, n); break;
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET: write_words(w, m, at, n); break;
    case CRMI_MEMBER_PAIRS:
    case CRMI_MEMBER_FLIPPED:
        write_pairs(w, *(const crmi_value_pair *const *)at, n, m->kind == CRMI_MEMBER_FLIPPED);
        break;
    case CRMI_MEMBER_GROUP: crmi_config_write(w, m->group, at); break;
    default: write_groups(w, m->group, *(const char *const *)at, n); break;
    }
}

void crmi_config_write(crmi_jw *w, const crmi_group *group, const void *base)
{
    crmi_jw_object(w);
    for (size_t i = 0; i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        /* merged in, or told by the members that it stands for */
        if (m->kind == CRMI_MEMBER_PRESET || m->kind == CRMI_MEMBER_SHORTHAND)
            continue;
        crmi_jw_key(w, crmi_str(m->name));
        crmi_config_write_member(w, m, base);
    }
    crmi_jw_object_end(w);
}
