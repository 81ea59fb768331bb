/* A customer who buys when there is one left. Exit code 0: bought, 1: not. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(FILE *server, const char *request, char *answer, int size)
{
    fputs(request, server);
    fflush(server);
    return fgets(answer, size, server) != NULL;
}

int main(int argc, char **argv)
{
    char answer[32];
    struct addrinfo *found;
    if (argc < 2 || getaddrinfo(argv[1], "7000", NULL, &found) != 0)
        return 2;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        return 2;
    freeaddrinfo(found);
    FILE *server = fdopen(fd, "r+");
    int bought = ask(server, "stock\n", answer, sizeof answer) && answer[0] != '0' &&
                 ask(server, "buy\n", answer, sizeof answer) && strncmp(answer, "sold,", 5) == 0;
    fclose(server);
    return bought ? 0 : 1;
}
