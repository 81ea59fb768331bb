/* A thread that may miss its wake-up: it waits without a look at what it waits for, unless
 * "--check" is given. With the name of a server it waits for a word of it instead, for ever. */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int is_filled, checks;

static void *consume(void *argument)
{
    pthread_mutex_lock(&lock);
    while (checks && !is_filled)
        pthread_cond_wait(&filled, &lock);
    if (!checks)
        pthread_cond_wait(&filled, &lock);
    pthread_mutex_unlock(&lock);
    fprintf(stderr, "it is there\nat last\n");
    return argument;
}

static int wait_for_word(const char *server)
{
    char word[8];
    struct addrinfo *found;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (getaddrinfo(server, "7000", NULL, &found) != 0 ||
        connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        return 2;
    freeaddrinfo(found);
    return read(fd, word, sizeof word) > 0;
}

int main(int argc, char **argv)
{
    pthread_t consumer;
    printf("begins\n");
    checks = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc > 1 && !checks)
        return wait_for_word(argv[1]);
    pthread_create(&consumer, NULL, consume, NULL);
    usleep(1000);
    pthread_mutex_lock(&lock);
    is_filled = 1;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
    pthread_join(consumer, NULL);
    return 0;
}
