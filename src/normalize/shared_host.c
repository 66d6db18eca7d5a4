/*
 * Hosts under which everybody may have a page: site builders, social networks, directories, app
 * tenants. Two companies with a page there have nothing in common. Hosts that the public suffix
 * list knows as suffixes (myshopify.com) need no entry, since acme.myshopify.com is its own domain
 * then; those that only newer lists know have one. Companies whose own site is mostly their own
 * (dropbox.com) are left out, LinkedIn and its like are not: a page there is too often given as
 * "website".
 */
#include "normalize/normalizer.h"

#include <stdlib.h>

/* Sorted bytewise. */
/* clang-format off */
static const char *const hosts[] = {
    "about.me", "academia.edu", "angel.co", "app.link", "apply.workable.com", "apps.apple.com",
    "atlassian.net", "bandcamp.com", "behance.net", "bigcartel.com", "bit.ly", "blogger.com",
    "blogspot.com", "business.site", "canva.site", "carrd.co", "cloudfront.net", "crunchbase.com",
    "deviantart.com", "discord.com", "discord.gg", "docs.google.com", "dribbble.com",
    "drive.google.com", "dynamics.com", "ecwid.com", "etsy.com", "eventbrite.com", "facebook.com",
    "fb.com", "fb.me", "force.com", "forms.gle", "foursquare.com", "g.co", "g.page", "ghost.io",
    "github.com", "gitlab.com", "godaddysites.com", "gofundme.com", "goo.gl", "gumroad.com",
    "hatenablog.com", "homestead.com", "hubspotpagebuilder.com", "instagram.com", "issuu.com",
    "jimdo.com", "jimdofree.com", "jimdosite.com", "jobs.lever.co", "kickstarter.com", "line.me",
    "linkedin.com", "linktr.ee", "list-manage.com", "livejournal.com", "lnkd.in",
    "mailchimpsites.com", "maps.app.goo.gl", "maps.google.com", "medium.com", "meetup.com",
    "myspace.com", "mystrikingly.com", "notion.site", "notion.so", "ok.ru", "open.spotify.com",
    "opencorporates.com", "page.link", "page.tl", "patreon.com", "pinterest.com",
    "play.google.com", "reddit.com", "researchgate.net", "salesforce-sites.com",
    "salesforce.site", "scribd.com", "sharepoint.com", "sites.google.com", "slideshare.net",
    "snapchat.com", "soundcloud.com", "square.site", "squarespace.com", "strikingly.com",
    "substack.com", "t.co", "t.me", "threads.net", "tiktok.com", "tilda.ws", "tripadvisor.com",
    "tumblr.com", "twitch.tv", "twitter.com", "typepad.com", "ucoz.com", "ucoz.net", "ucoz.ru",
    "vimeo.com", "vk.com", "wa.me", "webflow.io", "webnode.com", "webnode.page", "weebly.com",
    "weibo.com", "wellfound.com", "whatsapp.com", "wikipedia.org", "wixsite.com", "wixstudio.io",
    "wordpress.com", "x.com", "xing.com", "yelp.com", "yolasite.com", "youtu.be", "youtube.com",
    "zendesk.com",
};
/* clang-format on */

const char *const *crmi_shared_hosts(size_t *count)
{
    *count = sizeof hosts / sizeof hosts[0];
    return hosts;
}

static int by_host(const void *host, const void *entry)
{
    return crmi_str_cmp(*(const crmsync_str *)host, crmi_str(*(const char *const *)entry));
}

bool crmi_shared_host_listed(crmsync_str host)
{
    return bsearch(&host, hosts, sizeof hosts / sizeof hosts[0], sizeof hosts[0], by_host) != NULL;
}

int32_t crmsync_is_shared_host(const crmsync_normalizer *n, crmsync_str host)
{
    char text[CRMI_HOST_SIZE];
    size_t len = 0;
    crmsync_str at;
    if (crmi_host_read(host, text, &len))
        return 0;
    for (at = (crmsync_str){text, len}; at.len > 0;) {
        ptrdiff_t dot = crmi_str_chr(at, '.');
        if (crmi_map_get(&n->shared_host_add, at))
            return 1;
        if (crmi_shared_host_listed(at))
            return at.len == len || !crmi_suffix_is_public(n, at.ptr);
        at = dot < 0 ? CRMI_STR_EMPTY : crmi_str_sub(at, (size_t)dot + 1, at.len);
    }
    return 0;
}
