/* Two programs over UDP: an application on c-ares, and the DNS server that it asks. */
#include <offbeat/host.h>

enum variant { RACY, CANCELLING, REPAIRED };

OB_PROGRAM(dns_server);
OB_PROGRAM(dns_application);

static void setup(struct ob_world *world)
{
    static const char *const ways[] = {[CANCELLING] = "--cancel", [REPAIRED] = "--keep"};
    ob_host(world, "dns", &dns_server, (struct ob_host){.argv = {"dns", "53"}});
    ob_host(
        world, "app", &dns_application,
        (struct ob_host){.argv = {"app", ways[ob_world_variant(world)]},
                         .files = {{.path = "/etc/resolv.conf", .text = "nameserver 10.0.0.1\n"}}});
    /* An answer takes 0.4 ms, and 40 ms at the worst: more than the 30 ms after which the
     * application gives up. */
    ob_link(world, "*", "*",
            (struct ob_link){.latency_us = 200,
                             .latency_us_max = 20000,
                             .unordered = true,
                             .lossy = true,
                             .duplicating = true});
}

static void check_quiescent(struct ob_world *world)
{
    int code = 0;
    OB_INVARIANT(world, application_ends, ob_host_exited(world, "app", &code) && code != 2,
                 "the application has not ended, or with %d", code);
    OB_INVARIANT(world, no_lookup_is_lost, code == 0, "a lookup has failed that was not given up");
}

/* "ask red" and "answer red", from the bytes of RFC 1035. */
static void describe_message(const struct ob_message *message, struct ob_text *text)
{
    enum { FLAGS = 2, NAME = 12, LABEL_MAX = 63 };
    char label[LABEL_MAX + 1] = {0};
    if (message->size <= NAME || message->bytes[NAME] > LABEL_MAX ||
        NAME + 1u + message->bytes[NAME] > message->size)
        return;
    for (unsigned at = 0; at < message->bytes[NAME]; at++)
        label[at] = (char)message->bytes[NAME + 1 + at];
    ob_describe(text, "%s %s", message->bytes[FLAGS] & 0x80 ? "answer" : "ask", label);
}

OB_TARGET(resolver, .summary = "an application on c-ares gives up lookups whose answers still come",
          .variants = {[RACY] = "racy", [CANCELLING] = "cancelling", [REPAIRED] = "repaired"},
          .fails = {[RACY] = true, [CANCELLING] = true}, .setup = setup,
          .check_quiescent = check_quiescent, .describe_message = describe_message);
