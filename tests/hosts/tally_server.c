/* A server as textbooks have it: keeps one number, for clients that ask for lines. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 16

struct client {
    char line[64];
    size_t length;
};

static struct client *clients[CLIENTS_MAX];
static struct pollfd polled[CLIENTS_MAX + 1];
static int tally;

static void say(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

static void answer(int fd, const char *line)
{
    char text[32];
    if (strcmp(line, "get") == 0)
        snprintf(text, sizeof text, "%d\n", tally);
    else if (strncmp(line, "set ", 4) == 0)
        snprintf(text, sizeof text, "%d\n", tally = atoi(line + 4));
    else if (strcmp(line, "add") == 0)
        snprintf(text, sizeof text, "%d\n", ++tally);
    else
        snprintf(text, sizeof text, "what?\n");
    if (write(fd, text, strlen(text)) < 0)
        exit(3);
}

/* Returns false when the client is gone. */
static int serve(int fd, struct client *client)
{
    ssize_t count =
        read(fd, client->line + client->length, sizeof client->line - 1 - client->length);
    if (count <= 0)
        return 0;
    client->length += (size_t)count;
    client->line[client->length] = '\0';
    for (char *end; (end = strchr(client->line, '\n')) != NULL;) {
        *end = '\0';
        answer(fd, client->line);
        client->length -= (size_t)(end + 1 - client->line);
        memmove(client->line, end + 1, client->length + 1);
    }
    return 1;
}

int main(int argc, char **argv)
{
    int port = argc > 1 ? atoi(argv[1]) : 7000;
    int served = argc > 2 ? atoi(argv[2]) : 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 2;
    for (int at = 0; at <= CLIENTS_MAX; at++)
        polled[at] = (struct pollfd){.fd = -1, .events = POLLIN};
    polled[CLIENTS_MAX].fd = listener;
    while (served > 0) {
        if (poll(polled, CLIENTS_MAX + 1, -1) < 0)
            return 2;
        for (int at = 0; at < CLIENTS_MAX; at++) {
            if (polled[at].fd < 0 || !polled[at].revents || serve(polled[at].fd, clients[at]))
                continue;
            close(polled[at].fd);
            free(clients[at]);
            polled[at].fd = -1;
            served--;
        }
        for (int at = 0; (polled[CLIENTS_MAX].revents & POLLIN) && at < CLIENTS_MAX; at++) {
            if (polled[at].fd >= 0)
                continue;
            polled[at].fd = accept(listener, NULL, NULL);
            clients[at] = calloc(1, sizeof *clients[at]);
            break;
        }
    }
    close(listener);
    char text[32];
    snprintf(text, sizeof text, "tally %d\n", tally);
    say(text);
    return 0;
}
