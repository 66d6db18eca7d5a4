/*
 * buf.h: memory and growing text of the simulator.
 *
 * Test-side code: when memory runs out the process ends, so that no caller has to check.
 */
#ifndef ORGSIM_BUF_H
#define ORGSIM_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

void *orgsim_alloc(size_t size); /* zeroed */
void *orgsim_realloc(void *ptr, size_t size);
char *orgsim_copy(const char *text, size_t len); /* NUL-terminated */
char *orgsim_copy_text(const char *text);        /* NULL stays NULL */

/* Makes room for one more element in a growing array. */
#define ORGSIM_ROOM(items, count, cap)                                              \
    do {                                                                            \
        if ((count) == (cap)) {                                                     \
            (cap) = (cap) ? (cap) * 2 : 8;                                          \
            (items) = orgsim_realloc((items), (size_t)(cap) * sizeof *(items));     \
        }                                                                           \
    } while (0)

typedef struct orgsim_buf {
    char *ptr; /* NUL-terminated once something was put */
    size_t len, cap;
} orgsim_buf;

void orgsim_buf_put(orgsim_buf *buf, const char *bytes, size_t len);
void orgsim_buf_puts(orgsim_buf *buf, const char *text);
void orgsim_buf_printf(orgsim_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void orgsim_buf_json(orgsim_buf *buf, const char *text, size_t len); /* quoted and escaped */
void orgsim_buf_jsons(orgsim_buf *buf, const char *text);            /* NULL gives null */
/* A number as Salesforce prints it: 23.0, 1.5; whole ones without fraction when `whole`. */
void orgsim_buf_number(orgsim_buf *buf, double number, int whole);
char *orgsim_buf_take(orgsim_buf *buf); /* never NULL; the buffer is empty afterwards */
void orgsim_buf_clear(orgsim_buf *buf);

#endif
