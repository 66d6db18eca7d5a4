/*
 * docs/configuration.md and docs/config.schema.json are generated from the table that parses
 * configurations. With UPDATE_DOCS=1 in the environment this writes them, else it compares.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/config_table.h"

static crmsync_alloc libc_alloc;

/* ---- the reference ---- */

static void md_words(crmi_buf *b, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        crmi_buf_fmt(b, "%s`%s`", i ? ", " : "", words[i]);
}

static void md_type(crmi_buf *b, const crmi_member *m)
{
    switch (m->kind) {
    case CRMI_MEMBER_VERSION: crmi_buf_lit(b, "`1`"); break;
    case CRMI_MEMBER_PRESET: crmi_buf_lit(b, "name of a preset"); break;
    case CRMI_MEMBER_BOOL: crmi_buf_lit(b, "boolean"); break;
    case CRMI_MEMBER_NUMBER: crmi_buf_fmt(b, "number, 0 to %u", m->max); break;
    case CRMI_MEMBER_TEXT: crmi_buf_lit(b, m->rule ? m->rule->says : "text"); break;
    case CRMI_MEMBER_TEXTS: crmi_buf_lit(b, "array of texts"); break;
    case CRMI_MEMBER_WORDS:
    case CRMI_MEMBER_SET:
        crmi_buf_lit(b, "array of ");
        md_words(b, m->words);
        break;
    case CRMI_MEMBER_PAIRS:
    case CRMI_MEMBER_FLIPPED:
        crmi_buf_lit(b, "object of texts");
        if (m->words) {
            crmi_buf_lit(b, ", each ");
            md_words(b, m->words);
        }
        break;
    case CRMI_MEMBER_WORD:
    case CRMI_MEMBER_SHORTHAND:
    case CRMI_MEMBER_SWITCH: md_words(b, m->words); break;
    case CRMI_MEMBER_GROUPS: crmi_buf_lit(b, "array of objects"); break;
    default: crmi_buf_lit(b, "object"); break;
    }
}

static void md_list(crmi_buf *b, crmsync_str words)
{
    while (words.len) {
        ptrdiff_t blank = crmi_str_chr(words, ' ');
        size_t len = blank < 0 ? words.len : (size_t)blank;
        crmi_buf_fmt(b, "`%.*s`%s", (int)len, words.ptr, blank < 0 ? "" : ", ");
        words = crmi_str_sub(words, len + 1, words.len);
    }
}

static void md_default(crmi_buf *b, const crmi_member *m)
{
    bool list = m->kind == CRMI_MEMBER_TEXTS || m->kind == CRMI_MEMBER_WORDS ||
                m->kind == CRMI_MEMBER_SET;
    if (m->kind == CRMI_MEMBER_PAIRS || m->kind == CRMI_MEMBER_FLIPPED)
        crmi_buf_lit(b, "`{}`");
    else if (m->kind == CRMI_MEMBER_GROUPS || (list && !m->fallback[0]))
        crmi_buf_lit(b, "`[]`");
    else if (list)
        md_list(b, crmi_str(m->fallback));
    else if (m->kind == CRMI_MEMBER_SHORTHAND)
        crmi_buf_lit(b, "not given");
    else if (!m->fallback)
        crmi_buf_lit(b, "required");
    else if (!m->fallback[0])
        crmi_buf_lit(b, "empty");
    else
        crmi_buf_fmt(b, "`%s`", m->fallback);
}

static void md_group(crmi_buf *b, const crmi_group *group, const char *path);

static void md_section(crmi_buf *b, const crmi_member *m, const char *path)
{
    char below[160];
    snprintf(below, sizeof below, "%s%s%s", path, path[0] ? "." : "", m->name);
    if (m->group == &crmi_object_group) /* five of the same: told once, below */
        return;
    crmi_buf_fmt(b, "\n## %s\n\n%s\n", below, m->doc);
    md_group(b, m->group, below);
}

static void md_group(crmi_buf *b, const crmi_group *group, const char *path)
{
    crmi_buf_lit(b, "\n| member | type | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        crmi_buf_fmt(b, "| `%s` | ", m->name);
        md_type(b, m);
        crmi_buf_lit(b, " | ");
        if (m->kind != CRMI_MEMBER_GROUP)
            md_default(b, m);
        crmi_buf_fmt(b, " | %s |\n", m->doc);
    }
    for (size_t i = 0; i < group->count; i++) {
        const crmi_member *m = &group->members[i];
        if (m->group)
            md_section(b, m, path);
    }
}

static void make_reference(crmi_buf *b)
{
    crmi_buf_lit(b,
        "# Configuration\n\n"
        "Generated from the table that parses it; do not edit. The JSON Schema of the same table is "
        "[config.schema.json](config.schema.json).\n\n"
        "A configuration is one JSON document of at most 1 MiB. It is an RFC 7396 merge patch over "
        "the preset that `extends` names: objects are merged, arrays and plain values replaced, and "
        "`null` takes a member of the preset away. Members that are not listed here are refused. "
        "`crmsync_config_dump()` gives the merged document with every default filled in.\n\n"
        "## Presets\n\nWhat each member of a preset is for is told in [presets.md](presets.md).\n\n");
    for (size_t i = 0; crmi_preset_at(i); i++)
        crmi_buf_fmt(b, "- `%s`: %s\n", crmi_preset_at(i)->name, crmi_preset_at(i)->doc);
    crmi_buf_lit(b, "\n## The document\n");
    md_group(b, &crmi_config_group, "");
    crmi_buf_lit(b, "\n## objects.*\n\nEvery object has the same members. `User` and `Opportunity` "
                    "are imported only.\n");
    md_group(b, &crmi_object_group, "objects.*");
    crmi_buf_lit(b,
        "\n## Rules between members\n\n"
        "- Nothing is created in Salesforce unless `objects.<Object>.create.out` is true; an account "
        "that is missing for a contact also needs `export.account_create`.\n"
        "- A mapped field has one of `local`, `constant` and `template`; the latter two are "
        "exported only.\n"
        "- `policy` stands for `import` and `export` and is not given together with them; the dump "
        "shows those two.\n"
        "- `reduce` does not go with maps of values, nor with `\"export\":\"fill\"`. Combining "
        "never removes: what is cleared on one side comes back from the other. `sum` counts from "
        "what it knows: without a base the host's number fills an empty field, and a field that "
        "has a number is left as it is, counting from there on; an empty number at the host says nothing.\n"
        "- Permissions count only in the directions that `direction` allows.\n"
        "- Paths, `Id` and other fields that the org itself writes need `\"export\":\"never\"`; so do "
        "`OwnerId`, a contact's `AccountId` and the field of `status`, which rules of their own write.\n"
        "- One Salesforce field is exported to from one local field, and one local field is imported "
        "into from one Salesforce field. `id`, `rev`, `origin` and `deleted` are reserved locally.\n"
        "- `export.mode` `by_status` needs `export.routes`; a stamp needs both `field` and `value`.\n"
        "- A team member with several users in `owner.inverse` needs an entry in `owner.map` where "
        "owners are exported. Imported owners need a local field that no mapped field imports "
        "into.\n"
        "- `status.policy` `only_from` and the list `status.only_from` need each other; "
        "`export.segments` needs `local.segments`.\n"
        "- Two stamps do not write one field of one object, nor one that a mapping or the status "
        "writes.\n"
        "- Texts are at most 4096 bytes, field names at most 255: the schema counts characters.\n"
        "- `owner.unmapped` `fallback` needs `owner.fallback`. Owner ids of 15 characters are "
        "lengthened to 18.\n"
        "- `campaigns.events` leads to statuses of `campaigns.statuses`, which lists each once; an "
        "entry behind one that takes the same event in any form would never count and is refused; "
        "two entries of `campaigns.fields` do not write one field.\n"
        "- An entry of `match.legal_form_add` has a letter or a digit.\n"
        "- `suppression.opt_out` follows `local.opt_out` unless given, and `local.do_not_contact` refuses "
        "every way of contact there as well.\n"
        "- `connection.login_host` is https; plain http is for loopback addresses together with "
        "`allow_loopback_http`.\n");
}

/* ---- the JSON Schema ---- */

static void js_group(crmi_jw *w, const crmi_group *group);

static void js_words(crmi_jw *w, const char *const *words)
{
    crmi_jw_member_array(w, "enum");
    for (size_t i = 0; words[i]; i++)
        crmi_jw_text(w, crmi_str(words[i]));
    crmi_jw_array_end(w);
}

static void js_rule(crmi_jw *w, const crmi_text_rule *rule)
{
    if (!rule)
        rule = &crmi_text_plain;
    if (rule->pattern)
        crmi_jw_member_text(w, "pattern", crmi_str(rule->pattern));
}

static void js_reference(crmi_jw *w, const crmi_group *group)
{
    char ref[64];
    if (!group->name) {
        js_group(w, group);
        return;
    }
    snprintf(ref, sizeof ref, "#/$defs/%s", group->name);
    crmi_jw_member_text(w, "$ref", crmi_str(ref));
}

static void js_array(crmi_jw *w, const crmi_member *m)
{
    crmi_jw_member_text(w, "type", CRMI_STR("array"));
    if (m->kind == CRMI_MEMBER_WORDS || m->kind == CRMI_MEMBER_SET)
        crmi_jw_member_bool(w, "uniqueItems", true);
    crmi_jw_member_object(w, "items");
    if (m->kind == CRMI_MEMBER_GROUPS) {
        js_reference(w, m->group);
    } else if (m->words) {
        js_words(w, m->words);
    } else {
        crmi_jw_member_text(w, "type", CRMI_STR("string"));
        crmi_jw_member_i64(w, "minLength", 1);
        js_rule(w, m->rule);
    }
    crmi_jw_object_end(w);
}

static void js_map(crmi_jw *w, const crmi_member *m)
{
    crmi_jw_member_text(w, "type", CRMI_STR("object"));
    crmi_jw_member_object(w, "propertyNames");
    crmi_jw_member_i64(w, "minLength", 1);
    js_rule(w, m->key_rule);
    crmi_jw_object_end(w);
    crmi_jw_member_object(w, "additionalProperties");
    if (m->words)
        js_words(w, m->words);
    else
        crmi_jw_member_text(w, "type", CRMI_STR("string"));
    if (m->rule)
        crmi_jw_member_i64(w, "minLength", 1);
    js_rule(w, m->rule);
    crmi_jw_object_end(w);
}

static void js_type(crmi_jw *w, const crmi_member *m)
{
    switch (m->kind) {
    case CRMI_MEMBER_VERSION: crmi_jw_member_i64(w, "const", CRMI_CONFIG_VERSION); break;
    case CRMI_MEMBER_PRESET:
        crmi_jw_member_array(w, "enum");
        for (size_t i = 0; crmi_preset_at(i); i++)
            crmi_jw_text(w, crmi_str(crmi_preset_at(i)->name));
        crmi_jw_array_end(w);
        break;
    case CRMI_MEMBER_WORD:
    case CRMI_MEMBER_SHORTHAND:
    case CRMI_MEMBER_SWITCH: js_words(w, m->words); break;
    case CRMI_MEMBER_BOOL: crmi_jw_member_text(w, "type", CRMI_STR("boolean")); break;
    case CRMI_MEMBER_NUMBER:
        crmi_jw_member_text(w, "type", CRMI_STR("integer"));
        crmi_jw_member_i64(w, "minimum", 0);
        crmi_jw_member_i64(w, "maximum", m->max);
        break;
    case CRMI_MEMBER_TEXT:
        crmi_jw_member_text(w, "type", CRMI_STR("string"));
        if (!m->fallback)
            crmi_jw_member_i64(w, "minLength", 1);
        js_rule(w, m->rule);
        break;
    case CRMI_MEMBER_PAIRS:
    case CRMI_MEMBER_FLIPPED: js_map(w, m); break;
    case CRMI_MEMBER_GROUP: js_reference(w, m->group); break;
    default: js_array(w, m); break;
    }
}

static void js_default(crmi_jw *w, const crmi_member *m)
{
    switch (m->kind) {
    case CRMI_MEMBER_BOOL:
    case CRMI_MEMBER_NUMBER:
        crmi_jw_key(w, CRMI_STR("default"));
        crmi_jw_raw(w, crmi_str(m->fallback));
        break;
    case CRMI_MEMBER_PRESET:
    case CRMI_MEMBER_WORD:
    case CRMI_MEMBER_SWITCH:
    case CRMI_MEMBER_TEXT:
        if (m->fallback)
            crmi_jw_member_text(w, "default", crmi_str(m->fallback));
        break;
    default: break;
    }
}

/* null takes a preset's member away; within arrays nothing is merged and so nothing is null. */
static void js_member(crmi_jw *w, const crmi_member *m)
{
    crmi_jw_member_object(w, m->name);
    crmi_jw_member_text(w, "description", crmi_str(m->doc));
    js_type(w, m);
    js_default(w, m);
    crmi_jw_object_end(w);
}

static void js_group(crmi_jw *w, const crmi_group *group)
{
    crmi_jw_member_text(w, "type", CRMI_STR("object"));
    crmi_jw_member_bool(w, "additionalProperties", false);
    crmi_jw_member_object(w, "properties");
    for (size_t i = 0; i < group->count; i++)
        js_member(w, &group->members[i]);
    crmi_jw_object_end(w);
    bool opened = false;
    for (size_t i = 0; i < group->count; i++) {
        if (group->members[i].kind != CRMI_MEMBER_TEXT || group->members[i].fallback)
            continue;
        if (!opened)
            crmi_jw_member_array(w, "required");
        opened = true;
        crmi_jw_text(w, crmi_str(group->members[i].name));
    }
    if (opened)
        crmi_jw_array_end(w);
}

/* Every group with a name, once. */
static void js_definitions(crmi_jw *w, const crmi_group *group, const crmi_group *seen[32])
{
    for (size_t i = 0; i < group->count; i++) {
        const crmi_group *below = group->members[i].group;
        size_t n = 0;
        while (seen[n] && seen[n] != below)
            n++;
        if (!below || seen[n])
            continue;
        assert_true(n < 31);
        seen[n] = below;
        if (below->name) {
            crmi_jw_member_object(w, below->name);
            js_group(w, below);
            crmi_jw_object_end(w);
        }
        js_definitions(w, below, seen);
    }
}

static void make_schema(crmi_buf *b)
{
    crmi_buf plain;
    const crmi_group *seen[32] = {NULL};
    crmi_buf_init(&plain, &libc_alloc);
    crmi_jw w = crmi_jw_to(&plain);
    crmi_jw_object(&w);
    crmi_jw_member_text(&w, "$schema", CRMI_STR("https://json-schema.org/draft/2020-12/schema"));
    crmi_jw_member_text(&w, "title", CRMI_STR("crmsync configuration"));
    crmi_jw_member_text(&w, "$comment", CRMI_STR("Generated; do not edit. A null that takes a "
                                                 "preset's member away is not described here."));
    js_group(&w, &crmi_config_group);
    crmi_jw_member_object(&w, "$defs");
    js_definitions(&w, &crmi_config_group, seen);
    crmi_jw_object_end(&w);
    crmi_jw_object_end(&w);
    yyjson_doc *doc = yyjson_read(plain.ptr, plain.len, 0);
    assert_non_null(doc);
    char *pretty = yyjson_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, NULL);
    crmi_buf_lit(b, pretty);
    crmi_buf_char(b, '\n');
    free(pretty);
    yyjson_doc_free(doc);
    crmi_buf_clear(&plain);
}

/* ---- files ---- */

static void read_all(const char *path, crmi_buf *b)
{
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s is missing: run this test with UPDATE_DOCS=1", path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        crmi_buf_add(b, (crmsync_str){piece, n});
    fclose(f);
}

static void check_file(const char *name, void (*make)(crmi_buf *b))
{
    char path[1024];
    crmi_buf made, found;
    const char *root = getenv("SOURCE_ROOT"), *update = getenv("UPDATE_DOCS");
    crmi_buf_init(&made, &libc_alloc);
    crmi_buf_init(&found, &libc_alloc);
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
    make(&made);
    assert_true(crmi_buf_ok(&made));
    if (update && update[0] == '1') {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(made.ptr, 1, made.len, f), made.len);
        assert_int_equal(fclose(f), 0);
    }
    read_all(path, &found);
    if (!crmi_str_eq(crmi_buf_str(&made), crmi_buf_str(&found)))
        fail_msg("%s is out of date: run this test with UPDATE_DOCS=1", path);
    crmi_buf_clear(&made);
    crmi_buf_clear(&found);
}

static void test_configuration_md__is_up_to_date(void **state)
{
    (void)state;
    check_file("docs/configuration.md", make_reference);
}

static void test_config_schema_json__is_up_to_date(void **state)
{
    (void)state;
    check_file("docs/config.schema.json", make_schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_configuration_md__is_up_to_date),
        cmocka_unit_test(test_config_schema_json__is_up_to_date),
    };
    crmi_alloc_init(&libc_alloc, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
