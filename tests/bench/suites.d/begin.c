/* How libuv's tests begin: with the servers of theirs, see beside.c. */
#include <pthread.h>
#include <unistd.h>

int main(int count, char **arguments);
int suite_begin(int count, char **arguments);
int suite_serve(const char *name);

static void *serve(void *name)
{
    (void)suite_serve(name);
    return NULL;
}

int suite_begin(int count, char **arguments)
{
    pthread_t thread;
    if (chdir("/tests") != 0) /* where the files are that the tests read and write */
        return 2;
    for (int at = 3; at < count; at++)
        if (pthread_create(&thread, NULL, serve, arguments[at]) != 0)
            return 2;
    if (count > 3)
        usleep(250000); /* as the runner of the tests does */
    arguments[count < 3 ? count : 3] = NULL;
    return main(count < 3 ? count : 3, arguments);
}
