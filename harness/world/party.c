#include "world/party.h"

#include "world/leave.h"
#include "world/names.h"

struct ob_actor *ob_party_create(struct ob_world *world, const char *call, unsigned id,
                                 struct ob_party party)
{
    world->names[id] = ob_name_keep(world, party.name);
    struct ob_actor *actor = &world->actors[id];
    *actor = (struct ob_actor){
        .world = world,
        .receive = party.receive,
        .id = (uint16_t)id,
        .state_size = party.state_size,
        .last_delivery = OB_NONE,
        .busy_by = OB_NONE,
        .restart_by = OB_NONE,
        .mailbox_first = OB_NONE,
        .mailbox_last = OB_NONE,
        .postponed_first = OB_NONE,
        .postponed_last = OB_NONE,
        .rate_ppm = 1000000,
    };
    actor->state = ob_arena_alloc(&world->arena, party.state_size ? party.state_size : 1);
    if (!actor->state)
        ob_defect(world,
                  "%s(\"%s\"): a state of %zu bytes does not fit what is left of the arena of %u",
                  call, party.name, party.state_size, OB_ARENA_SIZE);
    return actor;
}
