/* journal.c: what changed since a mark, so that it can be taken back. */
#include "org.h"

#include <stdlib.h>
#include <string.h>

static void free_cells(orgsim_row *row)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        if (row->cells[i].kind == ORGSIM_TEXT)
            free(row->cells[i].as.text);
    }
    free(row->cells);
    row->cells = NULL;
    row->cell_count = row->cell_cap = 0;
}

static void copy_cells(orgsim_row *to, const orgsim_row *from)
{
    to->cells = orgsim_alloc(from->cell_count * sizeof *to->cells);
    to->cell_count = to->cell_cap = from->cell_count;
    for (size_t i = 0; i < from->cell_count; i++) {
        to->cells[i] = from->cells[i];
        if (from->cells[i].kind == ORGSIM_TEXT)
            to->cells[i].as.text = orgsim_copy_text(from->cells[i].as.text);
    }
}

static orgsim_change *record(orgsim *org, orgsim_row *row)
{
    ORGSIM_ROOM(org->journal, org->journal_count, org->journal_cap);
    orgsim_change *change = &org->journal[org->journal_count++];
    memset(change, 0, sizeof *change);
    change->row = row;
    return change;
}

void orgsim_remember(orgsim *org, orgsim_row *row)
{
    orgsim_change *change = record(org, row);
    if (row->created == 0) { /* its creation is under way */
        change->created = true;
        return;
    }
    change->before = *row;
    copy_cells(&change->before, row);
}

size_t orgsim_mark(const orgsim *org)
{
    return org->journal_count;
}

static void reindex_cells(orgsim_row *row, bool add)
{
    for (size_t i = 0; i < row->cell_count; i++) {
        orgsim_field *field = row->object->fields[row->cells[i].slot];
        if (!field->index || row->cells[i].kind != ORGSIM_TEXT)
            continue;
        if (add)
            orgsim_index_add(field->index, row->cells[i].as.text, row);
        else
            orgsim_index_drop(field->index, row->cells[i].as.text, row);
    }
}

static void undo(orgsim *org, orgsim_change *change)
{
    orgsim_row *row = change->row;
    if (change->created) {
        orgsim_row_gone(org, row);
        return;
    }
    reindex_cells(row, false);
    free_cells(row);
    *row = change->before;
    reindex_cells(row, true);
}

void orgsim_rollback(orgsim *org, size_t mark)
{
    while (org->journal_count > mark)
        undo(org, &org->journal[--org->journal_count]);
    while (org->deletion_count &&
           org->deletions[org->deletion_count - 1].when == org->now_ms) {
        const struct orgsim_deletion *last = &org->deletions[org->deletion_count - 1];
        const orgsim_row *row = orgsim_row_by_id(org, last->object, last->id);
        if (!row || row->deleted)
            break;
        org->deletion_count--;
    }
}

void orgsim_journal_clear(orgsim *org)
{
    for (size_t i = 0; i < org->journal_count; i++)
        free_cells(&org->journal[i].before);
    org->journal_count = 0;
}
