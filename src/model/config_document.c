/* A whole configuration document: repeats, version, preset and merge, before its members. */
#include <stdio.h>

#include "model/config_reader.h"


/* Twice the same name: no reader can know which one is meant. */
static int32_t refuse_repeats(crmi_reader *r, yyjson_val *v)
{
    yyjson_val *key, *item;
    size_t i, n, mark;
    int32_t code = CRMSYNC_OK;
    crmi_map seen;
    crmi_map_init(&seen, &r->config->alloc);
    if (yyjson_is_arr(v)) {
        yyjson_arr_foreach(v, i, n, item) {
            code = crmi_reader_enter_item(r, i, &mark);
            if (!code)
                code = refuse_repeats(r, item);
            if (code)
                break;
            crmi_reader_leave(r, mark);
        }
    } else if (yyjson_is_obj(v)) {
        yyjson_obj_foreach(v, i, n, key, item) {
            crmsync_str name = crmi_json_text(key);
            code = crmi_reader_enter(r, name, &mark);
            if (!code && crmi_map_get(&seen, name)) {
                crmi_fail(r->err, CRMSYNC_E_INVALID, "member \"%.*s\" occurs twice",
                          CRMI_SPELL(name));
                code = crmi_reader_refuse(r, "Remove one of them.");
            }
            if (!code && !crmi_map_put(&seen, name, key))
                code = crmi_fail_nomem(r->err);
            if (!code)
                code = refuse_repeats(r, item);
            if (code)
                break;
            crmi_reader_leave(r, mark);
        }
    }
    crmi_map_clear(&seen);
    return code;
}

static int32_t check_version(crmi_reader *r, yyjson_val *root)
{
    uint64_t version = CRMI_CONFIG_VERSION;
    yyjson_val *v = crmi_json_member(root, "version");
    if (!v || (crmi_str_to_u64(crmi_json_raw(v), &version) && version == CRMI_CONFIG_VERSION))
        return CRMSYNC_OK;
    crmi_buf_lit(&r->place, "/version");
    if (!yyjson_is_raw(v) || version < CRMI_CONFIG_VERSION)
        return crmi_reader_refuse_type(r, "the number 1");
    crmi_fail(r->err, CRMSYNC_E_UNSUPPORTED, "this library knows version %d only",
              CRMI_CONFIG_VERSION);
    crmi_reader_refuse(r, "Use a newer library, or write the configuration for version 1.");
    return CRMSYNC_E_UNSUPPORTED;
}

static int32_t find_preset(crmi_reader *r, yyjson_val *root, const crmi_preset **out)
{
    yyjson_val *v = crmi_json_member(root, "extends");
    char list[200] = "Known presets: ";
    *out = crmi_preset_at(0);
    if (!v || yyjson_is_null(v))
        return CRMSYNC_OK;
    crmi_buf_lit(&r->place, "/extends");
    if (!yyjson_is_str(v))
        return crmi_reader_refuse_type(r, "the name of a preset");
    *out = crmi_preset_named(crmi_json_text(v));
    crmi_buf_reset(&r->place);
    if (*out)
        return CRMSYNC_OK;
    for (size_t i = 0, n = strlen(list); crmi_preset_at(i) && n < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "",
                              crmi_preset_at(i)->name);
    crmi_buf_lit(&r->place, "/extends");
    crmi_fail(r->err, CRMSYNC_E_INVALID, "unknown preset \"%.*s\"",
              CRMI_SPELL(crmi_str_sub(crmi_json_text(v), 0, 80)));
    return crmi_reader_refuse(r, list);
}

/* RFC 7396: the document is a merge patch over the preset. */
static yyjson_doc *merge(const crmsync_alloc *alloc, yyjson_val *preset, yyjson_val *patch)
{
    yyjson_alc alc = crmi_json_alc(alloc);
    yyjson_mut_doc *work = yyjson_mut_doc_new(&alc);
    yyjson_mut_val *merged = work ? yyjson_merge_patch(work, preset, patch) : NULL;
    yyjson_doc *out = merged ? yyjson_mut_val_imut_copy(merged, &alc) : NULL;
    yyjson_mut_doc_free(work);
    return out;
}

static int32_t read_document(crmi_reader *r, yyjson_val *root)
{
    const crmi_preset *preset;
    const crmsync_alloc *alloc = &r->config->alloc;
    yyjson_doc *below, *merged;
    if (!yyjson_is_obj(root))
        return crmi_reader_refuse_type(r, "a JSON object");
    int32_t code = refuse_repeats(r, root);
    if (!code)
        code = check_version(r, root);
    if (!code)
        code = find_preset(r, root, &preset);
    if (!code)
        code = crmi_json_read(alloc, crmi_str(preset->json), &below, r->err);
    if (code)
        return code;
    merged = merge(alloc, yyjson_doc_get_root(below), root);
    code = merged ? crmi_reader_group(r, &crmi_config_group, r->config, yyjson_doc_get_root(merged))
                  : crmi_fail_nomem(r->err);
    yyjson_doc_free(merged);
    yyjson_doc_free(below);
    return code;
}

int32_t crmi_config_read(crmsync_config *config, yyjson_val *root, crmsync_error **err)
{
    crmi_reader r = {.config = config, .err = err};
    crmi_buf_init(&r.place, &config->alloc);
    int32_t code = crmi_buf_reserve(&r.place, 256) ? read_document(&r, root) : crmi_fail_nomem(err);
    crmi_buf_clear(&r.place);
    return code;
}
