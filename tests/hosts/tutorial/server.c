/* A shop that sells what it has one of: "stock" asks how many are left, "buy" takes one. */
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int stock = 1;
static int checks; /* whether there is one left before it is sold */

static void *serve(void *argument)
{
    int fd = (int)(long)argument;
    FILE *requests = fdopen(fd, "r");
    char line[32];
    while (fgets(line, sizeof line, requests))
        if (strcmp(line, "stock\n") == 0)
            dprintf(fd, "%d left\n", stock);
        else if (checks && stock == 0)
            dprintf(fd, "sold out\n");
        else
            dprintf(fd, "sold, %d left\n", --stock);
    fclose(requests);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    checks = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 1;
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(long)fd) != 0)
            return 1;
        pthread_detach(thread);
    }
}
