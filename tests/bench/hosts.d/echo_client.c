/* Sends five lines, a second apart, and wants each back. A program like any other. Arguments: host
 * and port. */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINES 5

static int connect_to(const char *host, const char *port)
{
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    if (getaddrinfo(host, port, &wanted, &found) != 0)
        return -1;
    int fd = socket(found->ai_family, found->ai_socktype, 0);
    int error = connect(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return error ? -1 : fd;
}

int main(int argc, char **argv)
{
    static const char line[] = "is anybody there?\n";
    char answer[sizeof line];
    int fd = argc > 2 ? connect_to(argv[1], argv[2]) : -1;
    if (fd < 0)
        return 2;
    for (int count = 0; count < LINES; count++) {
        size_t got = 0;
        if (write(fd, line, sizeof line - 1) != (ssize_t)sizeof line - 1)
            return 1;
        for (ssize_t more; got < sizeof line - 1; got += (size_t)more) {
            more = read(fd, answer + got, sizeof line - 1 - got);
            if (more <= 0)
                return 1;
        }
        if (strncasecmp(line, answer, sizeof line - 1) != 0)
            return 1;
        sleep(1);
    }
    close(fd);
    return 0;
}
