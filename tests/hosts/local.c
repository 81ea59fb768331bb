/* Threads of C11 with variables of their own, a spin lock, and a constructor that changes one. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

#define WORKERS 3
#define ROUNDS 4

static _Thread_local int rounds = 10;
static _Thread_local char name[24];
static _Thread_local char *kept; /* the one pointer to memory that is no leak */
static mtx_t lock;
static cnd_t done;
static once_flag once = ONCE_FLAG_INIT;
static pthread_spinlock_t spin;
static tss_t key;
static int ready, sum, freed;
static volatile int twenty = 20; /* else compilers make it the first value of all threads */

__attribute__((constructor)) static void begin(void)
{
    rounds = twenty;
}

static void free_counted(void *memory)
{
    freed++;
    free(memory);
}

static void prepare(void)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    tss_create(&key, free_counted);
}

static int work(void *argument)
{
    int number = *(int *)argument;
    call_once(&once, prepare);
    tss_set(key, malloc(8));
    kept = malloc(16);
    snprintf(name, sizeof name, "worker %d", number);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_spin_lock(&spin);
        usleep(100 * (unsigned)number); /* others want the lock meanwhile */
        rounds++;
        pthread_spin_unlock(&spin);
    }
    mtx_lock(&lock);
    printf("%s: %d\n", name, rounds);
    sum += rounds;
    ready++;
    cnd_signal(&done);
    mtx_unlock(&lock);
    free(kept);
    return number;
}

int main(void)
{
    thrd_t threads[WORKERS];
    int numbers[WORKERS];
    int results = 0;
    mtx_init(&lock, mtx_plain);
    cnd_init(&done);
    kept = malloc(32);
    for (int at = 0; at < WORKERS; at++) {
        numbers[at] = at + 1;
        if (thrd_create(&threads[at], work, &numbers[at]) != thrd_success)
            return 100;
    }
    mtx_lock(&lock);
    while (ready < WORKERS)
        cnd_wait(&done, &lock);
    mtx_unlock(&lock);
    for (int at = 0; at < WORKERS; at++) {
        int result = 0;
        thrd_join(threads[at], &result);
        results += result;
    }
    printf("main: %d, \"%s\", %d in all, %d, %d freed\n", rounds, name, sum, results, freed);
    exit(kept ? 0 : 101); /* its memory is no leak: the variable leads to it */
}
