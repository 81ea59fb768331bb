#include <offbeat/service.h>

struct service {
    struct ob_service_config config;
    struct {
        uint32_t count;
        uint32_t amount;
    } done[OB_SERVICE_KEYS];
};

static void receive(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);
    uint32_t key = message->args[0];

    if (message->kind != service->config.request || key >= OB_SERVICE_KEYS)
        return;
    if (service->done[key].count == 0)
        service->done[key].amount = message->args[1];
    if (service->done[key].count == 0 || !service->config.remembers) {
        service->done[key].count++;
        if (service->config.work_us)
            ob_work(self, service->config.work_us);
    }
    ob_reply(self, message, service->config.answer, key, service->done[key].amount,
             message->args[2]);
}

struct ob_actor *ob_service_spawn(struct ob_world *world, const char *name,
                                  const struct ob_service_config *config)
{
    struct ob_actor *actor = ob_spawn(world, name, receive, sizeof(struct service));
    struct service *service = ob_state(actor);
    service->config = *config;
    return actor;
}

uint32_t ob_service_count(const struct ob_actor *actor, unsigned key)
{
    const struct service *service = ob_state(actor);
    return service->done[key % OB_SERVICE_KEYS].count;
}

uint32_t ob_service_amount(const struct ob_actor *actor, unsigned key)
{
    const struct service *service = ob_state(actor);
    return service->done[key % OB_SERVICE_KEYS].amount;
}
