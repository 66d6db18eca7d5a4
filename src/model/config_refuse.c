/* Where a document is wrong, and what is nearest to what it says. */
#include <stdio.h>

#include "model/config_reader.h"

int32_t crmi_reader_enter(crmi_reader *r, crmsync_str token, size_t *mark)
{
    *mark = r->place.len;
    crmi_pointer_add(&r->place, token);
    return crmi_buf_ok(&r->place) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

int32_t crmi_reader_enter_item(crmi_reader *r, size_t index, size_t *mark)
{
    *mark = r->place.len;
    crmi_buf_fmt(&r->place, "/%zu", index);
    return crmi_buf_ok(&r->place) ? CRMSYNC_OK : crmi_fail_nomem(r->err);
}

void crmi_reader_leave(crmi_reader *r, size_t mark)
{
    r->place.len = mark;
    r->place.ptr[mark] = '\0';
}

/* Ends an error that is not about memory: place and, if given, remedy. */
int32_t crmi_reader_refuse(crmi_reader *r, const char *remedy)
{
    crmi_error_set_where(r->err, crmi_buf_str(&r->place));
    if (remedy)
        crmi_error_set_remedy(r->err, crmi_str(remedy));
    return CRMSYNC_E_INVALID;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

int32_t crmi_reader_refuse_member(crmi_reader *r, const crmi_group *group, crmsync_str name)
{
    const char *nearest = "";
    size_t best = SIZE_MAX, mark;
    char remedy[160];
    for (size_t i = 0; i < group->count; i++) {
        size_t d = crmi_str_distance(name, crmi_str(group->members[i].name));
        if (d < best) {
            best = d;
            nearest = group->members[i].name;
        }
    }
    if (crmi_reader_enter(r, name, &mark))
        return CRMSYNC_E_NOMEM;
    crmi_fail(r->err, CRMSYNC_E_INVALID, "unknown member \"%.*s\"", CRMI_SPELL(name));
    snprintf(remedy, sizeof remedy,
             "The nearest known member is \"%s\"; docs/configuration.md lists all of them.",
             nearest);
    return crmi_reader_refuse(r, remedy);
}

int32_t crmi_reader_refuse_word(crmi_reader *r, const char *const *words, crmsync_str s)
{
    char list[400] = "", remedy[100];
    const char *nearest = words[0];
    size_t n = 0, best = SIZE_MAX;
    for (size_t i = 0; words[i]; i++) {
        int more = snprintf(list + n, sizeof list - n, "%s\"%s\"", i ? ", " : "", words[i]);
        n = smaller(n + (size_t)more, sizeof list - 1);
        size_t d = crmi_str_distance(s, crmi_str(words[i]));
        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    crmi_fail(r->err, CRMSYNC_E_INVALID, "\"%.*s\" is none of %s", CRMI_SPELL(s), list);
    snprintf(remedy, sizeof remedy, "The nearest is \"%s\".", nearest);
    return crmi_reader_refuse(r, remedy);
}

int32_t crmi_reader_refuse_type(crmi_reader *r, const char *wanted)
{
    crmi_fail(r->err, CRMSYNC_E_INVALID, "must be %s", wanted);
    return crmi_reader_refuse(r, NULL);
}
