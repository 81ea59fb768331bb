/* Names of hosts, services and protocols: hosts are those of the world, and known at once. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/call.h"
#include "host/process_data.h"

#define LOOPBACK 0x7f000001u

void *ob_c_calloc(size_t count, size_t size);
void ob_c_free(void *memory);

/* The address of a name, in the host's byte order; false where nobody has it. */
static bool find_host(const char *name, uint32_t *ip)
{
    const struct ob_vocabulary *vocabulary =
        ob_world_vocabulary(ob_world(ob_current.process->actor));
    struct in_addr address;
    if (inet_aton(name, &address)) {
        *ip = ntohl(address.s_addr);
        return true;
    }
    *ip = LOOPBACK;
    if (strcmp(name, "localhost") == 0)
        return true;
    for (unsigned id = 1; id <= vocabulary->actor_count; id++) {
        *ip = OB_HOST_NETWORK + id;
        if (strcmp(vocabulary->actor_names[id], name) == 0)
            return true;
    }
    return false;
}

static const struct {
    const char *name;
    uint16_t port;
} services[] = {{"http", 80}, {"https", 443}, {"domain", 53}, {"ssh", 22}, {"smtp", 25}};

static bool find_service(const char *name, uint16_t *port)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (*name && !*end && number <= UINT16_MAX) {
        *port = (uint16_t)number;
        return true;
    }
    for (size_t at = 0; at < sizeof services / sizeof *services; at++) {
        *port = services[at].port;
        if (strcmp(services[at].name, name) == 0)
            return true;
    }
    return false;
}

/* One piece of memory for each answer, so that freeing is simple. */
struct answer {
    struct addrinfo info;
    struct sockaddr_in address;
};

static int check_hints(const struct addrinfo *hints, const char *node, const char *service)
{
    if (!node && !service)
        return EAI_NONAME;
    if (hints && hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET)
        return hints->ai_family == AF_INET6 ? EAI_NONAME : EAI_FAMILY;
    return 0;
}

static int add_answer(struct addrinfo ***end, const struct addrinfo *hints, int type, uint32_t ip,
                      uint16_t port)
{
    struct answer *answer = ob_c_calloc(1, sizeof *answer);
    if (!answer)
        return EAI_MEMORY;
    answer->address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
    answer->info = (struct addrinfo){
        .ai_family = AF_INET,
        .ai_socktype = type,
        .ai_protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP,
        .ai_addrlen = sizeof answer->address,
        .ai_addr = (struct sockaddr *)&answer->address,
        .ai_flags = hints ? hints->ai_flags : 0,
    };
    **end = &answer->info;
    *end = &answer->info.ai_next;
    return 0;
}

int ob_c_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                     struct addrinfo **result)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    bool is_passive = hints && (hints->ai_flags & AI_PASSIVE);
    uint32_t ip = is_passive ? INADDR_ANY : LOOPBACK;
    uint16_t port = 0;
    struct addrinfo **end = result;
    struct in_addr numeric;
    int error = check_hints(hints, node, service);
    *result = NULL;
    if (error)
        return error;
    if (service && !find_service(service, &port))
        return EAI_SERVICE;
    if (node && hints && (hints->ai_flags & AI_NUMERICHOST) && !inet_aton(node, &numeric))
        return EAI_NONAME;
    if (node && !find_host(node, &ip))
        return EAI_NONAME;
    for (unsigned at = 0; at < 2 && !error; at++)
        if (!hints || hints->ai_socktype == 0 || hints->ai_socktype == types[at])
            error = add_answer(&end, hints, types[at], ip, port);
    return error ? error : *result ? 0 : EAI_SOCKTYPE;
}

void ob_c_freeaddrinfo(struct addrinfo *result)
{
    while (result) {
        struct addrinfo *next = result->ai_next;
        ob_c_free(result);
        result = next;
    }
}

const char *ob_c_gai_strerror(int error)
{
    return gai_strerror(error); /* one of fixed texts */
}

/* The name of an address: of a host, or the numbers. */
static void name_of(uint32_t ip, bool is_numeric, char *name, size_t size)
{
    const struct ob_vocabulary *vocabulary =
        ob_world_vocabulary(ob_world(ob_current.process->actor));
    unsigned id = ip - OB_HOST_NETWORK;
    if (!is_numeric && id >= 1 && id <= vocabulary->actor_count)
        (void)snprintf(name, size, "%s", vocabulary->actor_names[id]);
    else if (!is_numeric && ip == LOOPBACK)
        (void)snprintf(name, size, "localhost");
    else
        (void)snprintf(name, size, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
                       ip & 255);
}

int ob_c_getnameinfo(const struct sockaddr *address, socklen_t length, char *host,
                     socklen_t host_size, char *service, socklen_t service_size, int flags)
{
    struct sockaddr_in internet;
    if (length < sizeof internet || address->sa_family != AF_INET)
        return EAI_FAMILY;
    memcpy(&internet, address, sizeof internet);
    if (host && host_size)
        name_of(ntohl(internet.sin_addr.s_addr), flags & NI_NUMERICHOST, host, host_size);
    if (service && service_size)
        (void)snprintf(service, service_size, "%u", ntohs(internet.sin_port));
    return 0;
}

OB_PROCESS_DATA static char address_text[INET_ADDRSTRLEN] = {0};

char *ob_c_inet_ntoa(struct in_addr address)
{
    (void)inet_ntop(AF_INET, &address, address_text, sizeof address_text);
    return address_text;
}

OB_PROCESS_DATA static struct hostent host_entry = {0};
OB_PROCESS_DATA static char host_name[256] = {0};
OB_PROCESS_DATA static struct in_addr host_address = {0};
OB_PROCESS_DATA static char *host_addresses[2] = {NULL, NULL};
OB_PROCESS_DATA static char *no_names[1] = {NULL};

struct hostent *ob_c_gethostbyname(const char *name)
{
    uint32_t ip;
    if (!find_host(name, &ip))
        return NULL;
    host_address.s_addr = htonl(ip);
    host_addresses[0] = (char *)&host_address;
    (void)snprintf(host_name, sizeof host_name, "%s", name);
    host_entry = (struct hostent){.h_name = host_name,
                                  .h_aliases = no_names,
                                  .h_addrtype = AF_INET,
                                  .h_length = sizeof host_address,
                                  .h_addr_list = host_addresses};
    return &host_entry;
}

OB_PROCESS_DATA static struct servent service_entry = {0};
OB_PROCESS_DATA static char service_name[64] = {0};

struct servent *ob_c_getservbyname(const char *name, const char *protocol)
{
    uint16_t port;
    if (!find_service(name, &port))
        return NULL;
    (void)snprintf(service_name, sizeof service_name, "%s", name);
    service_entry = (struct servent){.s_name = service_name,
                                     .s_aliases = no_names,
                                     .s_port = htons(port),
                                     .s_proto = (char *)(uintptr_t)protocol};
    return &service_entry;
}

/* The name, and an empty list of aliases, lie in the caller's `room`. */
int ob_c_getservbyport_r(int port, const char *protocol, struct servent *entry, char *room,
                         size_t size, struct servent **result)
{
    char *const none = NULL;
    *result = NULL;
    for (size_t at = 0; at < sizeof services / sizeof *services; at++) {
        if (services[at].port != ntohs((uint16_t)port))
            continue;
        size_t length = strlen(services[at].name) + 1;
        size_t aliases = (size_t)(-(uintptr_t)room % _Alignof(char *));
        if (size < aliases + sizeof none + length)
            return ERANGE;
        memcpy(room + aliases, &none, sizeof none);
        *entry = (struct servent){
            .s_name = memcpy(room + aliases + sizeof none, services[at].name, length),
            .s_aliases = (char **)(void *)(room + aliases),
            .s_port = port,
            .s_proto = (char *)(uintptr_t)(protocol ? protocol : "tcp")};
        *result = entry;
        return 0;
    }
    return 0;
}

OB_PROCESS_DATA static struct protoent protocol_entry = {0};

struct protoent *ob_c_getprotobynumber(int number)
{
    if (number != IPPROTO_TCP && number != IPPROTO_UDP)
        return NULL;
    protocol_entry =
        (struct protoent){.p_name = (char *)(uintptr_t)(number == IPPROTO_TCP ? "tcp" : "udp"),
                          .p_aliases = no_names,
                          .p_proto = number};
    return &protocol_entry;
}
