/*
 * An application that fetches values for its users: on libuv, in whose pool of threads it asks a
 * store with sockets that block. A program like any other: it knows nothing of Offbeat.
 *
 * A user who has waited long enough is told so. uv_cancel() takes a job back that no thread has
 * begun, and its callback comes with UV_ECANCELED. When a thread has begun it, uv_cancel() returns
 * UV_EBUSY: the thread works with the job still, and the callback comes as for every other job. Who
 * takes that for the end of the job frees what others use. With `--twice` the job lives on, and
 * nobody remembers that its user has an answer; with `--mark` it is marked.
 */
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define JOBS 4
#define PAUSE_MS 5     /* from one job to the next */
#define PATIENCE_MS 40 /* of a user */

enum way { FREE, TWICE, MARK };

struct job {
    uv_work_t work;
    uv_timer_t *patience;
    int number;
    int is_given_up;
    char value[32];
};

struct line {
    uv_fs_t request;
    char text[64];
};

static enum way way;
static uv_timer_t next_job;
static uv_async_t asked; /* threads say by it that they have asked */
static uv_mutex_t lock;
static struct addrinfo *store;
static uv_file journal;
static int questions; /* that threads have asked, under `lock` */
static int begun, ended, lines, answered, given_up;

/* -- in the pool -- */

static int ask(int number, char *answer, size_t size)
{
    char question[16];
    size_t got = 0;
    int length = snprintf(question, sizeof question, "get %d\n", number);
    int fd = socket(store->ai_family, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, store->ai_addr, store->ai_addrlen) < 0 ||
        write(fd, question, (size_t)length) != length) {
        close(fd);
        return -1;
    }
    uv_mutex_lock(&lock);
    questions++;
    uv_mutex_unlock(&lock);
    uv_async_send(&asked);
    for (ssize_t more; got + 1 < size; got += (size_t)more) {
        more = read(fd, answer + got, size - 1 - got);
        if (more <= 0)
            break;
    }
    answer[got] = '\0';
    close(fd);
    return got > 0 ? 0 : -1;
}

static void work(uv_work_t *request)
{
    struct job *job = request->data;
    char answer[sizeof job->value];
    if (ask(job->number, answer, sizeof answer) == 0)
        strcpy(job->value, answer);
}

/* -- in the loop -- */

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void finish(void)
{
    uv_close((uv_handle_t *)&asked, NULL);
    uv_close((uv_handle_t *)&next_job, NULL);
}

static void on_written(uv_fs_t *request)
{
    struct line *line = request->data;
    if (request->result == (ssize_t)strlen(line->text))
        lines++;
    uv_fs_req_cleanup(request);
    free(line);
    if (ended == JOBS && lines == answered + given_up)
        finish();
}

/* The user of a job has an answer, which goes to the journal. */
static void say(const struct job *job, const char *answer)
{
    struct line *line = malloc(sizeof *line);
    line->request.data = line;
    snprintf(line->text, sizeof line->text, "%d %s\n", job->number, answer);
    uv_buf_t text = uv_buf_init(line->text, (unsigned)strlen(line->text));
    fputs(line->text, stdout);
    uv_fs_write(uv_default_loop(), &line->request, journal, &text, 1, -1, on_written);
}

static void on_patience_over(uv_timer_t *timer)
{
    struct job *job = timer->data;
    uv_close((uv_handle_t *)timer, free_handle);
    job->patience = NULL;
    given_up++;
    say(job, "given up");
    if (uv_cancel((uv_req_t *)&job->work) == UV_EBUSY && way == FREE) {
        ended++;
        free(job);
        return;
    }
    job->is_given_up = way == MARK;
}

static void on_worked(uv_work_t *request, int status)
{
    struct job *job = request->data;
    if (status != UV_ECANCELED && !job->is_given_up) {
        answered++;
        say(job, job->value[0] ? job->value : "has no value");
    }
    if (job->patience)
        uv_close((uv_handle_t *)job->patience, free_handle);
    free(job);
    if (++ended == JOBS && lines == answered + given_up)
        finish();
}

static void begin(uv_timer_t *timer)
{
    struct job *job = calloc(1, sizeof *job);
    job->number = ++begun;
    job->work.data = job;
    job->patience = malloc(sizeof *job->patience);
    uv_timer_init(timer->loop, job->patience);
    job->patience->data = job;
    uv_timer_start(job->patience, on_patience_over, PATIENCE_MS, 0);
    uv_queue_work(timer->loop, &job->work, work, on_worked);
    if (begun == JOBS)
        uv_timer_stop(timer);
}

static void on_asked(uv_async_t *handle)
{
    (void)handle;
    uv_mutex_lock(&lock);
    if (questions > begun)
        abort();
    uv_mutex_unlock(&lock);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    if (status < 0)
        exit(1);
    store = found;
    uv_timer_start(&next_job, begin, 0, PAUSE_MS);
    (void)request;
}

int main(int argc, char **argv)
{
    static uv_getaddrinfo_t search;
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    uv_loop_t *loop = uv_default_loop();
    uv_fs_t request;
    if (argc > 2)
        way = strcmp(argv[2], "--mark") == 0 ? MARK : TWICE;
    uv_mutex_init(&lock);
    uv_async_init(loop, &asked, on_asked);
    uv_timer_init(loop, &next_job);
    journal = uv_fs_open(NULL, &request, "journal", O_CREAT | O_WRONLY | O_APPEND, 0644, NULL);
    uv_fs_req_cleanup(&request);
    if (argc < 2 || journal < 0 ||
        uv_getaddrinfo(loop, &search, on_found, argv[1], "7000", &wanted) < 0)
        return 2;
    uv_run(loop, UV_RUN_DEFAULT);
    uv_fs_close(NULL, &request, journal, NULL);
    uv_fs_req_cleanup(&request);
    uv_freeaddrinfo(store);
    uv_mutex_destroy(&lock);
    int is_left = uv_loop_close(loop);
    uv_library_shutdown();
    return is_left || answered + given_up != JOBS ? 1 : 0;
}
