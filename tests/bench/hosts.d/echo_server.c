/* Sends back whatever comes: on libevent. A program like any other. Argument: the port. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>

static void on_read(struct bufferevent *client, void *data)
{
    (void)data;
    evbuffer_add_buffer(bufferevent_get_output(client), bufferevent_get_input(client));
}

static void on_event(struct bufferevent *client, short what, void *data)
{
    (void)data;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        bufferevent_free(client);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                      int size, void *base)
{
    struct bufferevent *client = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    (void)listener;
    (void)address;
    (void)size;
    bufferevent_setcb(client, on_read, NULL, on_event, NULL);
    bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char **argv)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(argc > 1 ? argv[1] : "7000"))};
    struct event_base *base = event_base_new();
    if (!evconnlistener_new_bind(base, on_client, base, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                                 8, (const struct sockaddr *)&address, sizeof address))
        return 1;
    return event_base_dispatch(base) == 0 ? 0 : 1;
}
