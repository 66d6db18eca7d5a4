/* The statements of an import. */
#include "salesforce/soql.h"
#include "sync/import.h"

static bool has_deleted(const crmi_crm_object *crm)
{
    return crmi_str_find(crmi_str(crm->system_fields), CRMI_STR("IsDeleted")) >= 0;
}

bool crmi_import_query_all(uint32_t mode, const crmi_crm_object *crm)
{
    return mode != CRMI_IMPORT_BACKFILL && mode != CRMI_IMPORT_BULK && has_deleted(crm);
}

static void add_backfill(crmi_buf *out, crmsync_str filter, const crmi_cursor *cursor)
{
    const char *glue = " WHERE ";
    if (cursor->backfill_after.len) {
        crmi_buf_lit(out, " WHERE Id > ");
        crmi_soql_text(out, cursor->backfill_after);
        glue = " AND ";
    }
    if (filter.len) {
        crmi_buf_lit(out, glue);
        crmi_buf_char(out, '(');
        crmi_buf_add(out, filter);
        crmi_buf_char(out, ')');
    }
}

/* More rows of one stamp than a page holds are usual after a bulk load: the id goes on inside it.
 */
static void add_from(crmi_buf *out, const crmi_cursor *cursor)
{
    if (!cursor->scan_id.len) {
        crmi_buf_lit(out, " WHERE SystemModstamp >= ");
        crmi_soql_datetime(out, cursor->scan_lo);
        return;
    }
    crmi_buf_lit(out, " WHERE ((SystemModstamp = ");
    crmi_soql_datetime(out, cursor->scan_t);
    crmi_buf_lit(out, " AND Id > ");
    crmi_soql_text(out, cursor->scan_id);
    crmi_buf_lit(out, ") OR SystemModstamp > ");
    crmi_soql_datetime(out, cursor->scan_t);
    crmi_buf_char(out, ')');
}

static void add_poll(crmi_buf *out, const crmi_crm_object *crm, crmsync_str filter,
                     const crmi_cursor *cursor)
{
    add_from(out, cursor);
    crmi_buf_lit(out, " AND SystemModstamp < ");
    crmi_soql_datetime(out, cursor->scan_bound);
    if (filter.len) {
        crmi_buf_lit(out, " AND ((");
        crmi_buf_add(out, filter);
        crmi_buf_lit(out, has_deleted(crm) ? ") OR IsDeleted = true)" : "))");
    }
    crmi_buf_lit(out, " ORDER BY SystemModstamp, Id");
}

bool crmi_import_soql(crmi_buf *out, uint32_t mode, const crmi_crm_object *crm, crmsync_str select,
                      crmsync_str filter, const crmi_cursor *cursor, const crmsync_str *ids,
                      size_t n)
{
    crmi_buf_lit(out, "SELECT ");
    crmi_buf_add(out, select);
    crmi_buf_lit(out, " FROM ");
    crmi_buf_lit(out, crm->name);
    if (mode == CRMI_IMPORT_BACKFILL || mode == CRMI_IMPORT_BULK) {
        add_backfill(out, filter, cursor);
        crmi_buf_lit(out, mode == CRMI_IMPORT_BULK ? "" : " ORDER BY Id");
    } else if (mode == CRMI_IMPORT_POLL) {
        add_poll(out, crm, filter, cursor);
    } else {
        crmi_buf_lit(out, " WHERE ");
        crmi_soql_in(out, CRMI_STR("Id"), ids, n);
    }
    return crmi_buf_ok(out) && crmi_soql_name_ok(crmi_str(crm->name));
}
