/*
 * Legal forms: a curated core. Thirty times as many terms bring half a point of recall and cost a
 * point of precision. Two-letter forms are no prefixes (AB InBev, AG Barr, SE Ranking), PT apart,
 * which nearly every Indonesian company puts first.
 */
#include "normalize/normalizer.h"

#define END CRMI_FORM_SUFFIX
#define START CRMI_FORM_PREFIX
#define EITHER (CRMI_FORM_SUFFIX | CRMI_FORM_PREFIX)
#define LETTERS (END | CRMI_FORM_LETTERS)
#define GLUED_END (END | CRMI_FORM_GLUED)
#define GLUED_START (START | CRMI_FORM_GLUED)
#define GLUED_EITHER (EITHER | CRMI_FORM_GLUED)

/* Sorted bytewise as if without spaces; folded as crmi_fold_name folds, so that words compare. */
/* clang-format off */
static const crmi_legal_form forms[] = {
    {"ab", END}, {"abee", END}, {"ab oy", END}, {"abp", END}, {"ab publ", END}, {"ad", END},
    {"adsits", END}, {"ae", END}, {"aebe", END}, {"ag", END}, {"akcine bendrove", END},
    {"akciova spolecnost", END}, {"akciova spolocnost", END}, {"aksjeselskap", END},
    {"aktiebolag", END}, {"aktiebolaget", START}, {"aktiengesellschaft", END},
    {"aktieselskab", END}, {"aktieselskabet", START}, {"aktsiaselts", END},
    {"allmennaksjeselskap", END}, {"amba", END}, {"and cie", END}, {"anonim sirketi", END},
    {"anonim sti", END}, {"anpartsselskab", END}, {"ans", END}, {"ao", END}, {"aps", END},
    {"as", END}, {"asa", END}, {"asbl", END}, {"ba", LETTERS}, {"berhad", END},
    {"besloten vennootschap", END}, {"bhd", END}, {"bsc", END}, {"bscc", END}, {"bt", END},
    {"bv", END}, {"bvba", END}, {"cia", END}, {"cic", END}, {"cie", END}, {"cjsc", EITHER},
    {"clg", END}, {"closed joint stock company", EITHER}, {"co", END}, {"co jsc", END},
    {"co limited", END}, {"co ltd", END}, {"community interest company", END}, {"comm v", END},
    {"compagnie", END}, {"companhia", END}, {"compania", END}, {"compania limitada", END},
    {"company", END}, {"company limited", END}, {"cong ty co phan", EITHER},
    {"cong ty tnhh", START}, {"cong ty trach nhiem huu han", START}, {"corp", END},
    {"corporation", END}, {"cvba", END}, {"cwmni cyfyngedig", END}, {"cyf", END}, {"dac", END},
    {"dd", END}, {"designated activity company", END}, {"doo", END},
    {"drustvo s ogranicenom odgovornoscu", END}, {"druzba z omejeno odgovornostjo", END},
    {"ead", END}, {"e cia", END}, {"eeig", END}, {"e figli", END}, {"eg", END}, {"ehf", END},
    {"eingetragener verein", END}, {"eireli", END}, {"eirl", END}, {"ek", END}, {"ek for", END},
    {"eood", END}, {"eooo", END}, {"epe", END}, {"epp", END}, {"et cie", END}, {"eurl", EITHER},
    {"ev", LETTERS}, {"fzc", END}, {"fzco", END}, {"fze", END}, {"fz llc", END}, {"gbr", END},
    {"gesellschaft mit beschrankter haftung", EITHER}, {"gesmbh", END}, {"ggmbh", END},
    {"gk", END}, {"gmbh", END}, {"gmbh and co kg", END}, {"gmbh co kg", END},
    {"godo kaisha", END}, {"haftungsbeschrankt", END}, {"handelsbolag", END}, {"hb", END},
    {"hf", END}, {"ike", END}, {"inc", END}, {"incorporated", END}, {"ivs", END}, {"jdoo", END},
    {"joint stock company", EITHER}, {"joint stock corporation", END}, {"jsc", EITHER},
    {"jsco", END}, {"julkinen osakeyhtio", END}, {"kabushikigaisha", EITHER},
    {"kabushikikaisha", EITHER}, {"kb", END}, {"kft", END}, {"kg", END}, {"kgaa", END},
    {"kk", END}, {"kommandiittiyhtio", END}, {"kommanditbolag", END},
    {"kommanditgesellschaft", END}, {"kommanditgesellschaft auf aktien", END},
    {"korlatolt felelossegu tarsasag", END}, {"ks", END}, {"ksc", END}, {"kscc", END},
    {"kscp", END}, {"ky", END}, {"lc", END}, {"lda", END}, {"limitada", END}, {"limited", END},
    {"limited liability co", END}, {"limited liability company", EITHER},
    {"limited liability partnership", END}, {"limited partnership", END},
    {"limited sirketi", END}, {"limited sti", END}, {"llc", EITHER}, {"lllp", END}, {"llp", END},
    {"lp", END}, {"ltd", END}, {"ltda", END}, {"ltd co", END}, {"ltd liability co", END},
    {"ltd sti", END}, {"mbh", END}, {"mtu", END}, {"na", END}, {"naamloze vennootschap", END},
    {"national association", END}, {"nuf", END}, {"nv", END},
    {"nyilvanosan mukodo reszvenytarsasag", END}, {"nyrt", END}, {"oao", EITHER}, {"oe", END},
    {"offene handelsgesellschaft", END}, {"ohf", END}, {"ohg", END}, {"ojsc", EITHER},
    {"ood", END}, {"ooo", EITHER}, {"opc", END}, {"open joint stock company", EITHER},
    {"osakeyhtio", END}, {"osauhing", END}, {"ou", END}, {"oy", END}, {"oy ab", END},
    {"oyj", END}, {"pa", LETTERS}, {"pao", EITHER}, {"partgmbb", END},
    {"partnerschaftsgesellschaft mbb", END}, {"pcl", END}, {"persero", END},
    {"perseroan terbatas", EITHER}, {"persero tbk", END}, {"pjsc", EITHER}, {"plc", END},
    {"pllc", END}, {"p ltd", END}, {"private company limited", END},
    {"private joint stock company", EITHER}, {"private limited", END},
    {"private limited company", END}, {"proprietary", END}, {"proprietary limited", END},
    {"proprietary ltd", END}, {"psa", END}, {"psc", END}, {"pt", START}, {"pte", END},
    {"pte limited", END}, {"pte ltd", END}, {"pty", END}, {"pty limited", END}, {"pty ltd", END},
    {"publ", END}, {"public company limited", END}, {"public joint stock company", EITHER},
    {"public limited company", END}, {"pvt", END}, {"pvt limited", END}, {"pvt ltd", END},
    {"qcsc", END}, {"qpsc", END}, {"qsc", END}, {"reszvenytarsasag", END}, {"sa", END},
    {"saa", END}, {"sab", END}, {"sab de cv", END},
    {"sabiedriba ar ierobezotu atbildibu", EITHER}, {"sac", END}, {"sa de cv", END},
    {"sa de cv sofom", END}, {"sa de cv sofom enr", END}, {"sae", END}, {"sa esp", END},
    {"sagl", END}, {"sak", END}, {"sal", END}, {"sanayi ve ticaret anonim sirketi", END},
    {"sanayi ve ticaret as", END}, {"sanayi ve ticaret ltd sti", END}, {"san ve tic as", END},
    {"san ve tic ltd sti", END}, {"saoc", END}, {"saog", END}, {"sapa", END},
    {"sapib de cv", END}, {"sapi de cv", END}, {"sarl", EITHER}, {"sas", END}, {"sas esp", END},
    {"sa sgps", END}, {"sasu", EITHER}, {"sau", END}, {"sca", END}, {"scarl", END},
    {"sc de rl", END}, {"scop", END}, {"scpa", END}, {"scrl", END}, {"scs", END}, {"sc srl", END},
    {"s de rl", END}, {"s de rl de cv", END}, {"sdn bhd", END}, {"se", END}, {"s en c", END},
    {"sendirian berhad", END}, {"sgps", END}, {"sia", END}, {"sirketi", END}, {"ska", END},
    {"sl", END}, {"sll", END}, {"slu", END}, {"snc", END}, {"soc coop", END},
    {"sociedad anonima", EITHER}, {"sociedad anonima bursatil de capital variable", END},
    {"sociedad anonima cerrada", END}, {"sociedad anonima de capital variable", END},
    {"sociedad de responsabilidad limitada", END}, {"sociedade anonima", END},
    {"sociedad limitada", END}, {"societa a responsabilita limitata", END},
    {"societa cooperativa", END}, {"societa per azioni", EITHER}, {"societas europaea", END},
    {"societe anonyme", EITHER}, {"societe a responsabilite limitee", EITHER},
    {"societe par actions simplifiee", EITHER}, {"spa", END}, {"sp j", END}, {"sp k", END},
    {"spolecnost s rucenim omezenym", END}, {"spolka akcyjna", EITHER}, {"spolka jawna", END},
    {"spolka komandytowa", END}, {"spolka z ograniczona odpowiedzialnoscia", END},
    {"spolocnost s rucenim obmedzenym", END}, {"spol s ro", END}, {"sp p", END}, {"sprl", END},
    {"sp z oo", END}, {"sp zoo sp k", END}, {"srl", END}, {"srl de cv", END}, {"srls", END},
    {"sro", END}, {"sti", END}, {"tas", END}, {"tbk", END}, {"teoranta", END}, {"terbuka", END},
    {"tmi", END}, {"tovarystvo z obmezhenoiu vidpovidalnistiu", START}, {"ua", LETTERS},
    {"uab", EITHER}, {"ug", END}, {"ug haftungsbeschrankt", END}, {"ulc", END}, {"und co", END},
    {"unlimited", END}, {"unlimited company", END}, {"unltd", END},
    {"unternehmergesellschaft", END}, {"uzdaroji akcine bendrove", EITHER},
    {"ve ticaret as", END}, {"vof", END}, {"vos", END}, {"vzw", END}, {"wll", END},
    {"y cia", END}, {"yk", END}, {"yugen kaisha", END}, {"zao", EITHER},
    {"zartkoruen mukodo reszvenytarsasag", END}, {"zrt", END}, {"αβεε", END}, {"αε", END},
    {"αεβε", END}, {"ανωνυμη εταιρεια", END}, {"ανωνυμη εταιρια", END}, {"εε", END}, {"επε", END},
    {"ικε", END}, {"μεπε", END}, {"μονοπροσωπη επε", END}, {"οε", END}, {"ад", END},
    {"акционерное общество", EITHER}, {"ао", EITHER}, {"ат", END}, {"дд", END}, {"доо", END},
    {"еад", END}, {"еоод", END}, {"закрытое акционерное общество", START}, {"зао", EITHER},
    {"ип", EITHER}, {"нао", EITHER}, {"оао", EITHER},
    {"общество с ограниченной ответственностью", EITHER}, {"оод", END}, {"ооо", EITHER},
    {"открытое акционерное общество", START}, {"пао", EITHER}, {"пат", EITHER}, {"пп", END},
    {"прат", EITHER}, {"приватне акціонерне товариство", START},
    {"публичное акционерное общество", START}, {"публічне акціонерне товариство", START},
    {"тов", EITHER}, {"товариство з обмеженою відповідальністю", START}, {"тоо", EITHER},
    {"בעמ", END}, {"ש מ מ", END}, {"المحدودة", END}, {"ذمم", END}, {"شذمم", END}, {"شركة", START},
    {"شمع", END}, {"شمك", END}, {"شمم", END}, {"مساهمة", END}, {"จํากัด", GLUED_END},
    {"บริษัท", GLUED_START}, {"มหาชน", END}, {"ห้างหุ้นส่วนจํากัด", GLUED_START}, {"合", EITHER},
    {"合同会社", GLUED_EITHER}, {"合名会社", GLUED_EITHER}, {"合資会社", GLUED_EITHER}, {"有", EITHER},
    {"有限会社", GLUED_EITHER}, {"有限公司", GLUED_END}, {"有限責任公司", GLUED_END}, {"有限责任公司", GLUED_END},
    {"株", EITHER}, {"株式会社", GLUED_EITHER}, {"株式會社", GLUED_EITHER}, {"股份公司", GLUED_END},
    {"股份有限公司", GLUED_END}, {"股份有限责任公司", GLUED_END}, {"유", EITHER}, {"유한책임회사", GLUED_EITHER},
    {"유한회사", GLUED_EITHER}, {"주", EITHER}, {"주식회사", GLUED_EITHER}, {"합자회사", GLUED_EITHER},
};
/* clang-format on */

const crmi_legal_form *crmi_legal_forms(size_t *count)
{
    *count = sizeof forms / sizeof forms[0];
    return forms;
}

/* memcmp order of squeezed against words without its spaces. */
static int compare(crmsync_str squeezed, const char *words)
{
    size_t i = 0;
    for (; *words; words++) {
        int d;
        if (*words == ' ')
            continue;
        if (i == squeezed.len)
            return -1;
        d = (unsigned char)squeezed.ptr[i++] - (unsigned char)*words;
        if (d)
            return d;
    }
    return i < squeezed.len;
}

uint32_t crmi_legal_form_find(crmsync_str squeezed)
{
    size_t from = 0;
    size_t to = sizeof forms / sizeof forms[0];
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        int c = compare(squeezed, forms[mid].words);
        if (c == 0)
            return forms[mid].flags;
        if (c < 0)
            to = mid;
        else
            from = mid + 1;
    }
    return 0;
}
