/* A server that keeps a number, one request a connection: "get", "set N" or "add". It serves as
 * many as its second argument says, prints the number, and ends. An ordinary program: nothing of
 * Offbeat is in it. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int number;

/* A request is one line. Returns its length, 0 when the client went away before. */
static size_t read_line(int fd, char *line, size_t size)
{
    size_t length = 0;

    while (length + 1 < size) {
        ssize_t count = read(fd, line + length, size - 1 - length);
        if (count <= 0)
            return 0;
        length += (size_t)count;
        if (line[length - 1] == '\n')
            break;
    }
    line[length] = '\0';
    return length;
}

static void serve(int fd)
{
    char line[64];

    if (read_line(fd, line, sizeof line) == 0)
        return;
    if (strncmp(line, "set ", 4) == 0)
        number = atoi(line + 4);
    else if (strncmp(line, "add", 3) == 0)
        number++;
    snprintf(line, sizeof line, "%d\n", number);
    if (write(fd, line, strlen(line)) < 0)
        exit(3);
}

int main(int argc, char **argv)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};

    if (argc < 3)
        return 2;
    address.sin_port = htons((unsigned short)atoi(argv[1]));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        return 2;
    for (int left = atoi(argv[2]); left > 0; left--) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 2;
        serve(fd);
        close(fd);
    }
    close(listener);
    printf("number %d\n", number);
    return 0;
}
