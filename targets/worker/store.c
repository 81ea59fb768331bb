/*
 * A store that answers one client after the other. A program like any other: it knows nothing of
 * Offbeat.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const values[] = {"red", "green", "blue"};

static void answer(int fd)
{
    char question[32];
    size_t got = 0;
    while (got + 1 < sizeof question && !memchr(question, '\n', got)) {
        ssize_t more = read(fd, question + got, sizeof question - 1 - got);
        if (more <= 0)
            return;
        got += (size_t)more;
    }
    question[got] = '\0';
    if (strncmp(question, "get ", 4) == 0) {
        const char *value = values[(unsigned)atoi(question + 4) % 3];
        (void)!write(fd, value, strlen(value));
    }
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7000)};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 1;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 1;
        answer(fd);
        close(fd);
    }
}
