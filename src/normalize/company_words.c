/* Words of company names that mean something other than themselves. */
#include "normalize/normalizer.h"

static bool is_one_of(crmsync_str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (word.len > 0 && words[i][0] == word.ptr[0] && crmi_str_is(word, words[i]))
            return true;
    }
    return false;
}

bool crmi_is_placeholder(crmsync_str squeezed)
{
    static const char *const placeholders[] = {
        "na",     "none",         "null",         "nil",         "unknown",       "undefined",
        "tbd",    "notprovided",  "notavailable", "nocompany",   "notapplicable", "nocompanyname",
        "noname", "selfemployed", "notspecified", "unspecified",
    };
    return is_one_of(squeezed, placeholders, sizeof placeholders / sizeof placeholders[0]);
}

bool crmi_is_trade_mark(crmsync_str squeezed)
{
    static const char *const marks[] = {"dba", "fka", "doingbusinessas", "tradingas",
                                        "formerlyknownas"};
    return is_one_of(squeezed, marks, sizeof marks / sizeof marks[0]);
}

bool crmi_is_qualifier(crmsync_str squeezed)
{
    /* clang-format off */
    static const char *const qualifiers[] = {
        "ak", "al", "ar", "az", "ca", "co", "ct", "dc", "de", "fl", "ga", "hi", "ia", "id", "il",
        "in", "ks", "ky", "la", "ma", "md", "me", "mi", "mn", "mo", "ms", "mt", "nc", "nd", "ne",
        "nh", "nj", "nm", "nv", "ny", "oh", "ok", "on", "or", "pa", "pr", "ri", "sc", "sd", "tn",
        "tx", "uk", "ut", "va", "vt", "wa", "wi", "wv", "wy",
        "classa", "classb", "classc", "hc", "holdingcompany", "new", "reit",
    };
    /* clang-format on */
    return is_one_of(squeezed, qualifiers, sizeof qualifiers / sizeof qualifiers[0]);
}

crmsync_str crmi_spell_out(crmsync_str word)
{
    static const struct {
        const char *brief;
        const char *full;
    } words[] = {
        {"intl", "international"}, {"natl", "national"},    {"mfg", "manufacturing"},
        {"bros", "brothers"},      {"hldgs", "holdings"},   {"hldg", "holding"},
        {"grp", "group"},          {"svcs", "services"},    {"svc", "service"},
        {"assn", "association"},   {"corp", "corporation"}, {"ltd", "limited"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].brief[0] == word.ptr[0] && crmi_str_is(word, words[i].brief))
            return crmi_str(words[i].full);
    }
    return word;
}
