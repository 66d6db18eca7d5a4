/* Enhanced notes: a ContentNote and its links to records, in one composite that holds or falls. */
#ifndef CRMI_SALESFORCE_NOTE_H
#define CRMI_SALESFORCE_NOTE_H

#include "salesforce/composite.h"
#include "salesforce/sobject.h"

#define CRMI_NOTE_MAX_LINKS (CRMI_COMPOSITE_MAX - 1)

/* Appends plain text as a note's Content: HTML-escaped, line ends as <br>, base64. */
void crmi_note_content(crmi_buf *b, const crmsync_alloc *alloc, crmsync_str text);
/* A note with its links. `owner` may be empty. */
int32_t crmi_note_request(crmi_request *r, crmsync_str version, crmsync_str title, crmsync_str text,
                          crmsync_str owner, const crmsync_str *record_ids, size_t n,
                          crmsync_error **err);
/* A link for a note that exists. */
int32_t crmi_note_link_request(crmi_request *r, crmsync_str version, crmsync_str note_id,
                               crmsync_str record_id, crmsync_error **err);
/* Result of the note (its id), or the refusal that made all of it fall. */
int32_t crmi_note_read(crmi_arena *arena, const crmi_response *response, size_t n_links,
                       crmi_write_result *out, crmsync_error **err);

#endif
