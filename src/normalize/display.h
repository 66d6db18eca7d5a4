/* Texts from records on a terminal: harmless, and as wide as they say. */
#ifndef CRMI_NORMALIZE_DISPLAY_H
#define CRMI_NORMALIZE_DISPLAY_H

#include "base/str.h"

/*
 * Adds `s` from byte `from` on, at most `columns` wide; "..." stands where something is left out.
 * Controls, line ends and marks that turn the direction of writing are spelled out (\n, \x1b,
 * \u202e), bytes that are no UTF-8 too. `quoted`: in quotes, with \" and \\.
 */
void crmi_display_add(crmi_buf *b, crmsync_str s, size_t from, size_t columns, bool quoted);
/* Columns that a text without controls takes: wide characters two, combining ones none. */
size_t crmi_display_width(crmsync_str s);
void crmi_display_pad(crmi_buf *b, size_t width, size_t columns); /* spaces from width to columns */

#endif
