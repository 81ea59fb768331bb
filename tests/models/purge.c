/* A stale fill: a cache asks the origin for a page, the page is published anew, the purge reaches
 * the cache, and then the old page does. Nothing takes it out again. */
#include <offbeat/offbeat.h>

#define PAGES 2

enum variant { RACY, PURGE_WINS };
enum kind { PUBLISH, REQUEST, FETCH, PAGE, PURGE };

struct origin {
    uint32_t versions[PAGES];
};
struct cache {
    struct {
        bool cached;
        uint32_t version;
        bool fetching;
        bool purged; /* while it was fetched */
    } pages[PAGES];
};

static void origin_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct origin *origin = ob_state(self);
    uint32_t page = message->args[0];

    if (message->kind == PUBLISH) {
        origin->versions[page]++;
        ob_send(self, "purger", PURGE, page);
    } else {
        ob_reply(self, message, PAGE, page, origin->versions[page]);
    }
}

static void cache_receive(struct ob_actor *self, const struct ob_message *message)
{
    struct cache *cache = ob_state(self);
    uint32_t page = message->args[0];

    switch (message->kind) {
    case REQUEST:
        if (cache->pages[page].cached || cache->pages[page].fetching)
            break;
        cache->pages[page].fetching = true;
        cache->pages[page].purged = false;
        ob_send(self, "origin", FETCH, page);
        break;
    case PURGE:
        cache->pages[page].cached = false;
        cache->pages[page].purged = true;
        break;
    default:
        cache->pages[page].fetching = false;
        if (ob_variant(self) == PURGE_WINS && cache->pages[page].purged)
            break; /* good for the reader who asked, and for nobody else */
        cache->pages[page].cached = true;
        cache->pages[page].version = message->args[1];
        break;
    }
    ob_declare_state(self, cache->pages[0].cached + 2u * cache->pages[0].fetching);
}

static void check_quiescent(struct ob_world *world)
{
    const struct origin *origin = ob_state(ob_actor(world, "origin"));
    const struct cache *cache = ob_state(ob_actor(world, "cache"));

    for (unsigned page = 0; page < PAGES; page++)
        OB_INVARIANT(world, cached_page_is_current,
                     !cache->pages[page].cached ||
                         cache->pages[page].version == origin->versions[page],
                     "page %u is cached as version %u, but version %u is published", page,
                     cache->pages[page].version, origin->versions[page]);
}

static void setup(struct ob_world *world)
{
    ob_spawn(world, "origin", origin_receive, sizeof(struct origin));
    ob_spawn(world, "cache", cache_receive, sizeof(struct cache));
    ob_spawn_forwarder(world, "purger", "cache");
    ob_link(world, "origin", "cache",
            (struct ob_link){.latency_us = 500, .latency_us_max = 300000});
}

OB_TARGET(purge, .summary = "an old page reaches the cache after its purge",
          .variants = {[RACY] = "racy", [PURGE_WINS] = "purge_wins"}, .fails = {[RACY] = true},
          .messages =
              {
                  [PUBLISH] = {.name = "publish", .to = "origin", .args = {{"page", 0, PAGES - 1}}},
                  [REQUEST] = {.name = "request", .to = "cache", .args = {{"page", 0, PAGES - 1}}},
                  [FETCH] = {.name = "fetch", .args = {{.name = "page"}}},
                  [PAGE] = {.name = "page", .args = {{.name = "page"}, {.name = "version"}}},
                  [PURGE] = {.name = "purge", .args = {{.name = "page"}}},
              },
          .setup = setup, .check_quiescent = check_quiescent);
