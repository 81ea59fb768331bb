/* Sends back in upper case what comes, which a thread of libuv's pool makes of it. A program like
 * any other. Argument: the port. */
#include <ctype.h>
#include <stdlib.h>
#include <uv.h>

struct job {
    uv_work_t work;
    uv_write_t write;
    uv_stream_t *client;
    uv_buf_t bytes;
};

static void make_room(uv_handle_t *handle, size_t wanted, uv_buf_t *bytes)
{
    (void)handle;
    (void)wanted;
    *bytes = uv_buf_init(malloc(256), 256);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_written(uv_write_t *request, int status)
{
    struct job *job = request->data;
    (void)status;
    free(job->bytes.base);
    free(job);
}

static void work(uv_work_t *request)
{
    struct job *job = request->data;
    for (size_t at = 0; at < job->bytes.len; at++)
        job->bytes.base[at] = (char)toupper((unsigned char)job->bytes.base[at]);
}

static void on_worked(uv_work_t *request, int status)
{
    struct job *job = request->data;
    (void)status;
    job->write.data = job;
    uv_write(&job->write, job->client, &job->bytes, 1, on_written);
}

static void on_read(uv_stream_t *client, ssize_t got, const uv_buf_t *bytes)
{
    if (got <= 0) {
        free(bytes->base);
        if (got < 0) /* its last job has been worked off, as clients wait for answers */
            uv_close((uv_handle_t *)client, on_closed);
        return;
    }
    struct job *job = calloc(1, sizeof *job);
    job->client = client;
    job->bytes = uv_buf_init(bytes->base, (unsigned)got);
    job->work.data = job;
    uv_queue_work(client->loop, &job->work, work, on_worked);
}

static void on_client(uv_stream_t *listener, int status)
{
    uv_tcp_t *client = malloc(sizeof *client);
    (void)status;
    uv_tcp_init(listener->loop, client);
    uv_accept(listener, (uv_stream_t *)client);
    uv_read_start((uv_stream_t *)client, make_room, on_read);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    struct sockaddr_in address;
    uv_tcp_t listener;
    uv_ip4_addr("0.0.0.0", atoi(argc > 1 ? argv[1] : "7000"), &address);
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0) < 0 ||
        uv_listen((uv_stream_t *)&listener, 8, on_client) < 0)
        return 1;
    return uv_run(loop, UV_RUN_DEFAULT);
}
