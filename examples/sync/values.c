/* Values of the log and of explanations, as people write them. */
#include "values.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

pen pen_of(const settings *o)
{
    return o->colour ? (pen){"\033[2m", "\033[1m", "\033[0m"} : (pen){"", "", ""};
}

/* Values come from others: a terminal must not obey what stands in them. */
void print_safe(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool c1 = c == 0xc2 && i + 1 < len && (unsigned char)s[i + 1] < 0xa0;
        if (c < 0x20 || c == 0x7f || c1)
            printf("\\x%02x", c1 ? (unsigned char)s[++i] : c);
        else
            putchar(c);
    }
}

void print_str(crmsync_str s)
{
    print_safe(s.ptr, s.len);
}

/* A JSON value as people write it. */
void print_value(yyjson_val *v)
{
    if (!v || yyjson_is_null(v)) {
        fputs("(empty)", stdout);
    } else if (yyjson_is_str(v)) {
        putchar('"');
        print_safe(yyjson_get_str(v), yyjson_get_len(v));
        putchar('"');
    } else {
        char *json = yyjson_val_write(v, 0, NULL);
        if (json)
            print_safe(json, strlen(json));
        free(json);
    }
}

crmsync_str member(yyjson_val *object, const char *name)
{
    yyjson_val *v = yyjson_obj_get(object, name);
    return (crmsync_str){yyjson_get_str(v), yyjson_get_len(v)};
}

void print_time(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char when[32] = "";
    if (gmtime_r(&seconds, &tm))
        strftime(when, sizeof when, "%Y-%m-%d %H:%M:%SZ", &tm);
    fputs(when, stdout);
}

/* Old and new value of each field, and who won it. */
void print_fields(yyjson_val *fields, const pen *p)
{
    yyjson_val *f;
    size_t i, n;
    yyjson_arr_foreach(fields, i, n, f)
    {
        crmsync_str local = member(f, "local"), remote = member(f, "remote");
        uint32_t reason = crmsync_reason_by_name(member(f, "decision"));
        fputs("      ", stdout);
        print_str(local);
        fputs(local.len && remote.len ? " = " : "", stdout);
        print_str(remote);
        fputs(": ", stdout);
        print_value(yyjson_obj_get(f, "old"));
        printf(" -> %s", p->bold);
        print_value(yyjson_obj_get(f, "new"));
        printf("%s   %s%s%s\n", p->plain, p->dim, crmsync_reason_text(reason), p->plain);
    }
}
