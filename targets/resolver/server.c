/*
 * A small DNS server, which knows the addresses of a few names. A program like any other: it knows
 * nothing of Offbeat.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEADER 12
#define PACKET_MAX 512
#define NAME_MAX_LENGTH 255

#define IS_ANSWER 0x80 /* of the third byte */
#define NO_SUCH_NAME 3 /* of the fourth */

static const struct {
    const char *name;
    unsigned char address[4];
} hosts[] = {
    {"red.example", {192, 0, 2, 1}},
    {"green.example", {192, 0, 2, 2}},
    {"blue.example", {192, 0, 2, 3}},
};

/* The name that is asked for, with dots. Returns where what is behind it begins, or 0. */
static size_t read_name(const unsigned char *packet, size_t size, char name[NAME_MAX_LENGTH + 1])
{
    size_t at = HEADER, length = 0;
    while (at < size && packet[at] != 0) {
        size_t part = packet[at];
        if (part > 63 || at + 1 + part >= size || length + part + 1 > NAME_MAX_LENGTH)
            return 0;
        if (length)
            name[length++] = '.';
        memcpy(name + length, packet + at + 1, part);
        length += part;
        at += part + 1;
    }
    name[length] = '\0';
    return at + 1;
}

static const unsigned char *find(const char *name)
{
    for (size_t at = 0; at < sizeof hosts / sizeof *hosts; at++)
        if (strcasecmp(hosts[at].name, name) == 0)
            return hosts[at].address;
    return NULL;
}

/* Makes the answer of a question, in its place. Returns its size, or 0: there is none. */
static size_t answer(unsigned char packet[PACKET_MAX], size_t size)
{
    /* The name of the question; type A, class IN, a minute, four bytes. */
    static const unsigned char record[] = {0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
    const unsigned char *address;
    char name[NAME_MAX_LENGTH + 1];
    size_t end = size > HEADER && !(packet[2] & IS_ANSWER) ? read_name(packet, size, name) : 0;
    if (end == 0 || end + 4 + sizeof record + 4 > PACKET_MAX || end + 4 > size)
        return 0;
    end += 4; /* type and class */
    address = find(name);
    packet[2] |= IS_ANSWER;
    packet[3] = address ? 0 : NO_SUCH_NAME;
    memset(packet + 6, 0, HEADER - 6); /* one question, and nothing else yet */
    if (!address)
        return end;
    packet[7] = 1;
    memcpy(packet + end, record, sizeof record);
    memcpy(packet + end + sizeof record, address, 4);
    return end + sizeof record + 4;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 53;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return 1;
    for (;;) {
        unsigned char packet[PACKET_MAX];
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
        if (size < 0)
            return 1;
        size = (ssize_t)answer(packet, (size_t)size);
        if (size > 0)
            sendto(fd, packet, (size_t)size, 0, (struct sockaddr *)&from, length);
    }
}
