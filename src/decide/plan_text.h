/* Writing a plan for people: the pen that all parts of the text share. */
#ifndef CRMI_DECIDE_PLAN_TEXT_H
#define CRMI_DECIDE_PLAN_TEXT_H

#include "decide/plan.h"

typedef struct crmi_pen {
    const crmsync_plan *plan;
    crmsync_plan_text_options options;
    crmi_arena arena; /* what is laid out but not written yet */
    crmi_buf b;
    crmsync_write_fn write;
    void *ctx;
} crmi_pen;

enum {
    CRMI_PEN_PLAIN,
    CRMI_PEN_GREEN,
    CRMI_PEN_YELLOW,
    CRMI_PEN_CYAN,
    CRMI_PEN_RED,
    CRMI_PEN_DIM,
    CRMI_PEN_BOLD
};
void crmi_pen_colour(crmi_pen *p, int which); /* nothing unless colours are asked for */

/* Empties the buffer into a text that lives as long as the arena; false = no memory. */
bool crmi_pen_lift(crmi_pen *p, crmi_buf *b, crmsync_str *out);

/* Name of the record: of a person, a company, an activity; empty when no field tells. */
void crmi_pen_name(crmi_buf *b, const crmi_decision *d, size_t columns);

/* The fields of an operation, aligned; false = no memory. */
bool crmi_pen_fields(crmi_pen *p, const crmi_decision *d);

#endif
