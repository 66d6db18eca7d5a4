/*
 * The presets' documents. They are written in examples/configs, and embed_presets.py makes texts of
 * them when the library is built.
 */
#ifndef CRMI_MODEL_CONFIG_PRESET_TEXT_H
#define CRMI_MODEL_CONFIG_PRESET_TEXT_H

extern const char crmi_preset_recommended[];
extern const char crmi_preset_artisan[];
extern const char crmi_preset_abmatic[];
extern const char crmi_preset_andsend[];
extern const char crmi_preset_journy[];
extern const char crmi_preset_constant_contact[];

#endif
