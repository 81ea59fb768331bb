/* A client that adds 1 to what a server keeps: client SERVER PORT set|add [MILLISECONDS]. By "set"
 * it reads the number and writes it back; by "add" the server does it in one step. It waits so long
 * first. */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const struct addrinfo *server, const char *request)
{
    char line[64];
    size_t length = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, server->ai_addr, server->ai_addrlen) < 0 ||
        write(fd, request, strlen(request)) < 0)
        exit(3);
    do {
        ssize_t count = read(fd, line + length, sizeof line - 1 - length);
        if (count <= 0)
            exit(4);
        length += (size_t)count;
    } while (line[length - 1] != '\n' && length + 1 < sizeof line);
    line[length] = '\0';
    close(fd);
    return atoi(line);
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *server;

    if (argc < 4 || getaddrinfo(argv[1], argv[2], &hints, &server) != 0)
        return 2;
    if (argc > 4)
        usleep((useconds_t)atoi(argv[4]) * 1000);
    if (strcmp(argv[3], "add") == 0) {
        ask(server, "add\n");
    } else {
        char request[32];
        snprintf(request, sizeof request, "set %d\n", ask(server, "get\n") + 1);
        ask(server, request);
    }
    freeaddrinfo(server);
    return 0;
}
