/* dml_value.c: from a JSON value to what Salesforce would store. */
#include "dml.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *json_kind(yyjson_val *json)
{
    if (yyjson_is_str(json))
        return "VALUE_STRING";
    if (yyjson_is_real(json))
        return "VALUE_NUMBER_FLOAT";
    if (yyjson_is_num(json))
        return "VALUE_NUMBER_INT";
    if (yyjson_is_bool(json))
        return yyjson_get_bool(json) ? "VALUE_TRUE" : "VALUE_FALSE";
    return yyjson_is_arr(json) ? "START_ARRAY" : "START_OBJECT";
}

static int bad_json(const char *type, yyjson_val *json, orgsim_problem *problem)
{
    const char *text = yyjson_is_str(json) ? yyjson_get_str(json) : "";
    return orgsim_problem_set(problem, 400, "JSON_PARSER_ERROR", NULL,
                              "Cannot deserialize instance of %s from %s value %s or request may "
                              "be missing a required field",
                              type, json_kind(json), text);
}

bool orgsim_email_valid(const char *email)
{
    const char *at = strchr(email, '@');
    if (!at || at == email || strchr(at + 1, '@') || at[-1] == '.' || email[0] == '.')
        return false;
    for (const char *c = email; *c; c++) {
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127 || strchr("()<>,;:\\\"[]", *c))
            return false;
        if (c[0] == '.' && c[1] == '.')
            return false;
    }
    const char *dot = strrchr(at, '.');
    return dot && at[1] != '.' && at[1] != '-' && strlen(dot + 1) >= 2;
}

/* Blanks at both ends go, and so do line ends. */
static char *trimmed(const char *text, size_t len)
{
    while (len && isspace((unsigned char)*text)) {
        text++;
        len--;
    }
    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    return orgsim_copy(text, len);
}

static void lower_ascii(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + 32);
    }
}

static void widen_newlines(char **text)
{
    orgsim_buf out = {NULL, 0, 0};
    for (const char *c = *text; *c; c++) {
        if (*c == '\n' && (c == *text || c[-1] != '\r'))
            orgsim_buf_puts(&out, "\r");
        orgsim_buf_put(&out, c, 1);
    }
    free(*text);
    *text = orgsim_buf_take(&out);
}

static int check_picklist(const orgsim_field *field, orgsim_draft *draft, orgsim_problem *problem)
{
    long at = orgsim_picklist_position(field, draft->owned);
    if (at >= 0) {
        free(draft->owned);
        draft->owned = orgsim_copy_text(field->values[at]);
        return 0;
    }
    if (!(field->flags & ORGSIM_F_RESTRICTED))
        return 0;
    return orgsim_problem_set(problem, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                              field->name, "%s: bad value for restricted picklist field: %s",
                              field->label, draft->owned);
}

static int check_multipicklist(const orgsim_field *field, const orgsim_draft *draft,
                               orgsim_problem *problem)
{
    if (!(field->flags & ORGSIM_F_RESTRICTED))
        return 0;
    const char *at = draft->owned;
    while (*at) {
        size_t len = strcspn(at, ";");
        char *part = orgsim_copy(at, len);
        bool known = orgsim_picklist_position(field, part) >= 0;
        free(part);
        if (!known)
            return orgsim_problem_set(problem, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                                      field->name,
                                      "%s: bad value for restricted picklist field: %s",
                                      field->label, draft->owned);
        at += len + (at[len] == ';');
    }
    return 0;
}

static int make_text(orgsim *org, const orgsim_field *field, yyjson_val *json,
                     orgsim_draft *draft, orgsim_problem *problem)
{
    if (!yyjson_is_str(json))
        return bad_json("string", json, problem);
    if (strlen(yyjson_get_str(json)) != yyjson_get_len(json))
        return orgsim_problem_set(problem, 400, "TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET",
                                  field->name, "%s: characters outside the charset",
                                  field->label);
    draft->owned = trimmed(yyjson_get_str(json), yyjson_get_len(json));
    if (!*draft->owned)
        return 0;
    if (field->type == ORGSIM_T_TEXTAREA && orgsim_setting_find(org, "textarea_crlf", NULL))
        widen_newlines(&draft->owned);
    if (field->type == ORGSIM_T_EMAIL)
        lower_ascii(draft->owned);
    if (field->length && orgsim_utf8_count(draft->owned) > (size_t)field->length)
        return orgsim_problem_set(problem, 400, "STRING_TOO_LONG", field->name,
                                  "%s: data value too large: %.200s (max length=%d)",
                                  field->label, draft->owned, field->length);
    if (field->type == ORGSIM_T_EMAIL && !orgsim_email_valid(draft->owned))
        return orgsim_problem_set(problem, 400, "INVALID_EMAIL_ADDRESS", field->name,
                                  "%s: invalid email address: %s", field->label, draft->owned);
    if (field->type == ORGSIM_T_PICKLIST && field->value_count)
        return check_picklist(field, draft, problem);
    if (field->type == ORGSIM_T_MULTIPICKLIST)
        return check_multipicklist(field, draft, problem);
    return 0;
}

static int make_number(const orgsim_field *field, yyjson_val *json, orgsim_draft *draft,
                       orgsim_problem *problem)
{
    double number;
    if (yyjson_is_num(json)) {
        number = yyjson_get_num(json);
    } else if (yyjson_is_str(json) && yyjson_get_len(json)) {
        char *end;
        number = strtod(yyjson_get_str(json), &end);
        if (*end)
            return bad_json(orgsim_type_name(field->type), json, problem);
    } else {
        return bad_json(orgsim_type_name(field->type), json, problem);
    }
    int scale = field->type == ORGSIM_T_INT ? 0 : field->scale;
    int digits = field->length - (field->type == ORGSIM_T_DOUBLE ? 0 : scale);
    if (fabs(number) >= pow(10, digits > 0 ? digits : 18))
        return orgsim_problem_set(problem, 400, "NUMBER_OUTSIDE_VALID_RANGE", field->name,
                                  "%s: value outside of valid range on numeric field: %g",
                                  field->label, number);
    double unit = pow(10, scale);
    draft->value.kind = ORGSIM_NUMBER;
    draft->value.as.number = fabs(number) * unit < 9e15 ? round(number * unit) / unit : number;
    return 0;
}

static int make_bool(const orgsim_field *field, yyjson_val *json, orgsim_draft *draft,
                     orgsim_problem *problem)
{
    draft->value.kind = ORGSIM_BOOL;
    if (yyjson_is_bool(json)) {
        draft->value.as.when = yyjson_get_bool(json);
        return 0;
    }
    if (yyjson_is_str(json) && (orgsim_ieq(yyjson_get_str(json), "true") ||
                                orgsim_ieq(yyjson_get_str(json), "false"))) {
        draft->value.as.when = orgsim_ieq(yyjson_get_str(json), "true");
        return 0;
    }
    if (yyjson_is_null(json))
        return orgsim_problem_set(problem, 400, "INVALID_TYPE_ON_FIELD_IN_RECORD", field->name,
                                  "%s: value not of required type: null", field->label);
    return bad_json("boolean", json, problem);
}

static int make_date(const orgsim_field *field, yyjson_val *json, orgsim_draft *draft,
                     orgsim_problem *problem)
{
    const char *text = yyjson_get_str(json);
    size_t len = yyjson_get_len(json);
    bool day = field->type == ORGSIM_T_DATE;
    if (!yyjson_is_str(json))
        return bad_json(orgsim_type_name(field->type), json, problem);
    if (!len)
        return 0;
    draft->value.kind = day ? ORGSIM_DAY : ORGSIM_INSTANT;
    bool good = day ? orgsim_parse_date(text, len, &draft->value.as.when)
                    : orgsim_parse_datetime(text, len, &draft->value.as.when);
    if (!good)
        return bad_json(orgsim_type_name(field->type), json, problem);
    if (!day) /* stored to the second */
        draft->value.as.when -= ((draft->value.as.when % 1000) + 1000) % 1000;
    return 0;
}

static bool refers_to(const orgsim_field *field, const char *object)
{
    for (size_t i = 0; i < field->ref_count; i++) {
        if (strcmp(field->refs[i], object) == 0)
            return true;
    }
    return false;
}

static int make_reference(orgsim *org, const orgsim_writer *writer, const orgsim_field *field,
                          yyjson_val *json, orgsim_draft *draft, orgsim_problem *problem)
{
    char id[19];
    if (!yyjson_is_str(json))
        return bad_json("reference", json, problem);
    const char *text = yyjson_get_str(json);
    if (!*text)
        return 0;
    if (!orgsim_id_normal(text, yyjson_get_len(json), id))
        return orgsim_problem_set(problem, 400, "MALFORMED_ID", field->name,
                                  "%s: id value of incorrect type: %s", field->label, text);
    bool prefix_fits = false;
    orgsim_row *target = NULL;
    for (size_t i = 0; i < field->ref_count && !target; i++) {
        orgsim_object *object = orgsim_object_named(org, field->refs[i]);
        if (!object || memcmp(object->prefix, id, 3) != 0)
            continue;
        prefix_fits = true;
        target = orgsim_row_by_id(org, object, id);
    }
    if (!prefix_fits)
        return orgsim_problem_set(problem, 400, "MALFORMED_ID", field->name,
                                  "%s: id value of incorrect type: %s", field->label, text);
    if (!target || !refers_to(field, target->object->name))
        return orgsim_problem_set(problem, 400, "INVALID_CROSS_REFERENCE_KEY", field->name,
                                  "invalid cross reference id");
    if (target->deleted)
        return orgsim_problem_set(problem, 400, "ENTITY_IS_DELETED", field->name,
                                  "entity is deleted");
    if (!writer->by_hand && !orgsim_row_shared(target))
        return orgsim_problem_set(problem, 400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
                                  NULL, "insufficient access rights on cross-reference id: %s",
                                  id);
    draft->owned = orgsim_copy_text(id);
    return 0;
}

int orgsim_draft_make(orgsim *org, const orgsim_writer *writer, const orgsim_field *field,
                      yyjson_val *json, orgsim_draft *draft, orgsim_problem *problem)
{
    int r = 0;
    memset(draft, 0, sizeof *draft);
    draft->field = field;
    if (yyjson_is_null(json) && field->type != ORGSIM_T_BOOLEAN)
        return 0;
    if (field->type == ORGSIM_T_REFERENCE || field->type == ORGSIM_T_ID)
        r = make_reference(org, writer, field, json, draft, problem);
    else if (field->type == ORGSIM_T_BOOLEAN)
        r = make_bool(field, json, draft, problem);
    else if (field->type == ORGSIM_T_DATE || field->type == ORGSIM_T_DATETIME)
        r = make_date(field, json, draft, problem);
    else if (orgsim_type_is_number(field->type))
        r = make_number(field, json, draft, problem);
    else
        r = make_text(org, field, json, draft, problem);
    if (r == 0 && draft->owned && *draft->owned) {
        draft->value.kind = ORGSIM_TEXT;
        draft->value.as.text = draft->owned;
    }
    return r;
}
