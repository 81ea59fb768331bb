/* Threads that hand numbers over, and two that take two locks: in one order, or with "--opposite"
 * in both. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBERS 5

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
static int handed, is_there, opposite;

static void *produce(void *argument)
{
    (void)argument;
    pthread_setspecific(key, malloc(8));
    for (int number = 1; number <= NUMBERS; number++) {
        pthread_mutex_lock(&lock);
        while (is_there)
            pthread_cond_wait(&changed, &lock);
        handed = number;
        is_there = 1;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        usleep(100);
    }
    return argument;
}

static void *consume(void *argument)
{
    long sum = 0;
    (void)argument;
    for (int count = 0; count < NUMBERS; count++) {
        pthread_mutex_lock(&lock);
        while (!is_there)
            pthread_cond_wait(&changed, &lock);
        sum += handed;
        is_there = 0;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    return (void *)sum;
}

static void take_both(pthread_mutex_t *one, pthread_mutex_t *other)
{
    pthread_mutex_lock(one);
    usleep(1000);
    pthread_mutex_lock(other);
    pthread_mutex_unlock(other);
    pthread_mutex_unlock(one);
}

static void *take_in_order(void *argument)
{
    take_both(&first, &second);
    return argument;
}

static void *take_again(void *argument)
{
    usleep(5000);
    if (opposite)
        take_both(&second, &first);
    else
        take_both(&first, &second);
    return argument;
}

int main(int argc, char **argv)
{
    pthread_t threads[4];
    void *sum = NULL;
    opposite = argc > 1 && strcmp(argv[1], "--opposite") == 0;
    pthread_key_create(&key, free);
    pthread_create(&threads[0], NULL, produce, NULL);
    pthread_create(&threads[1], NULL, consume, NULL);
    pthread_create(&threads[2], NULL, take_in_order, NULL);
    pthread_create(&threads[3], NULL, take_again, NULL);
    for (int at = 0; at < 4; at++)
        pthread_join(threads[at], at == 1 ? &sum : NULL);
    return (int)(long)sum;
}
