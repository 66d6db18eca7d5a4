/* Built-in presets: documents that "extends" names. */
#include "model/config_preset_text.h"
#include "model/config_table.h"

static const crmi_preset presets[] = {
    {"default", "Empty: everything is off, and nothing is ever created in Salesforce.", "{}"},
    {"recommended",
     "All five objects with their usual fields; people are routed by status, missing accounts are "
     "created with their contacts, empty fields are filled and never overwritten, a consent that "
     "is withdrawn reaches both sides, owners follow equal e-mail addresses, activities are logged "
     "without their texts, and unusual numbers of changes stop a run.",
     crmi_preset_recommended},
    {"artisan",
     "Outbound: people are routed by status and held without a route, accounts are also known by "
     "their names, empty fields are filled, a source is stamped where there is none.",
     crmi_preset_artisan},
    {"abmatic",
     "Account-based marketing: revealed people become leads, accounts are enriched but not made, "
     "visits, forms and personalizations are logged, campaign members follow engagement.",
     crmi_preset_abmatic},
    {"andsend",
     "Prospecting: people are only exported, one by one, linked where they exist and created where "
     "they do not, owned by the user of the same e-mail address or assigned by the org's rules.",
     crmi_preset_andsend},
    {"journy",
     "Customer data: contacts and accounts of both sides are kept up to date and created on "
     "neither; accounts are known by the external id that the host names.",
     crmi_preset_journy},
    {"constant-contact",
     "Marketing next to sales: leads and contacts both ways, fields pushed, pulled or two-way, "
     "owners mapped by hand and followed both ways, chosen marketing events logged.",
     crmi_preset_constant_contact},
};

const crmi_preset *crmi_preset_at(size_t i)
{
    return i < sizeof presets / sizeof presets[0] ? &presets[i] : NULL;
}

const crmi_preset *crmi_preset_named(crmsync_str name)
{
    for (size_t i = 0; crmi_preset_at(i); i++) {
        if (crmi_str_is(name, crmi_preset_at(i)->name))
            return crmi_preset_at(i);
    }
    return NULL;
}
