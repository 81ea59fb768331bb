/*
 * A small server that speaks enough of Redis's protocol (RESP) for GET and SET. A program like any
 * other: it knows nothing of Offbeat.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 8
#define WORDS_MAX 8
#define ENTRIES_MAX 32

struct client {
    char bytes[1024];
    size_t size;
};

struct entry {
    char *key;
    char *value;
};

static struct entry entries[ENTRIES_MAX];
static struct client *clients[CLIENTS_MAX];
static struct pollfd polled[CLIENTS_MAX + 1]; /* the last one listens */

static struct entry *find(const char *key)
{
    struct entry *free_entry = NULL;
    for (int at = 0; at < ENTRIES_MAX; at++) {
        if (entries[at].key && strcmp(entries[at].key, key) == 0)
            return &entries[at];
        if (!entries[at].key && !free_entry)
            free_entry = &entries[at];
    }
    return free_entry;
}

static void answer(int fd, char *words[], int count)
{
    char text[1200] = "-ERR unknown command\r\n";
    if (count == 3 && strcasecmp(words[0], "SET") == 0) {
        struct entry *entry = find(words[1]);
        if (entry) {
            free(entry->key);
            free(entry->value);
            entry->key = strdup(words[1]);
            entry->value = strdup(words[2]);
        }
        snprintf(text, sizeof text, "+OK\r\n");
    } else if (count == 2 && strcasecmp(words[0], "GET") == 0) {
        const struct entry *entry = find(words[1]);
        if (entry && entry->key)
            snprintf(text, sizeof text, "$%zu\r\n%s\r\n", strlen(entry->value), entry->value);
        else
            snprintf(text, sizeof text, "$-1\r\n");
    }
    (void)!write(fd, text, strlen(text));
}

/* Takes "*N\r\n" and N times "$LENGTH\r\nBYTES\r\n" from the front. Returns how many bytes that
 * were, 0 when it is not all there yet, -1 when it is something else. */
static long take_command(struct client *client, char *words[], int *count)
{
    char *at = client->bytes;
    char *end = client->bytes + client->size;
    char *line = memchr(at, '\n', client->size);
    if (!line)
        return 0;
    if (*at != '*' || (*count = atoi(at + 1)) < 1 || *count > WORDS_MAX)
        return -1;
    at = line + 1;
    for (int word = 0; word < *count; word++) {
        line = memchr(at, '\n', (size_t)(end - at));
        if (!line)
            return 0;
        long length = *at == '$' ? atol(at + 1) : -1;
        if (length < 0 || length > 512)
            return -1;
        if (end - line - 1 < length + 2)
            return 0;
        words[word] = line + 1;
        at = line + 1 + length;
        *at = '\0';
        at += 2;
    }
    return at - client->bytes;
}

static int serve(int fd, struct client *client)
{
    char *words[WORDS_MAX];
    int count;
    long taken;
    ssize_t got = read(fd, client->bytes + client->size, sizeof client->bytes - client->size);
    if (got <= 0)
        return 0;
    client->size += (size_t)got;
    while (client->size > 0 && (taken = take_command(client, words, &count)) > 0) {
        answer(fd, words, count);
        client->size -= (size_t)taken;
        memmove(client->bytes, client->bytes + taken, client->size);
    }
    return client->size == 0 || taken == 0;
}

static void take_client(int listener)
{
    for (int at = 0; at < CLIENTS_MAX; at++) {
        if (polled[at].fd >= 0)
            continue;
        polled[at].fd = accept(listener, NULL, NULL);
        clients[at] = calloc(1, sizeof *clients[at]);
        return;
    }
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 6379;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 1;
    for (int at = 0; at < CLIENTS_MAX; at++)
        polled[at] = (struct pollfd){.fd = -1, .events = POLLIN};
    polled[CLIENTS_MAX] = (struct pollfd){.fd = listener, .events = POLLIN};
    for (;;) {
        if (poll(polled, CLIENTS_MAX + 1, -1) < 0)
            return 1;
        for (int at = 0; at < CLIENTS_MAX; at++) {
            if (polled[at].fd < 0 || !polled[at].revents || serve(polled[at].fd, clients[at]))
                continue;
            close(polled[at].fd);
            free(clients[at]);
            polled[at].fd = -1;
        }
        if (polled[CLIENTS_MAX].revents & POLLIN)
            take_client(listener);
    }
}
