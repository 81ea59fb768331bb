#include "world/access_note.h"

#include "world/state.h"

void ob_access_ask(const struct ob_actor *actor)
{
    struct ob_access *access = actor->world->access;
    if (access->in_check)
        ob_actor_set_add(&access->checked, actor->id);
    else
        ob_actor_set_add(&access->asked, actor->id);
}

void ob_access_ask_up(const struct ob_actor *actor)
{
    struct ob_access *access = actor->world->access;
    if (access->in_check)
        ob_actor_set_add(&access->checked, actor->id);
    else
        ob_actor_set_add(&access->asked_up, actor->id);
}

void ob_access_change(const struct ob_actor *actor)
{
    ob_actor_set_add(&actor->world->access->changed, actor->id);
}

void ob_access_clock(const struct ob_world *world, unsigned self)
{
    struct ob_access *access = world->access;
    if (access->clock_reader != 0)
        return;
    if (access->in_check)
        self = OB_CLOCK_OF_CHECK;
    else if (self == 0 && world->run.log.current != OB_NONE)
        self = world->run.log.deliveries[world->run.log.current].actor;
    access->clock_reader = (uint16_t)(self ? self : OB_CLOCK_OF_ORACLE);
}

void ob_access_choice(struct ob_access *access, const struct ob_chosen *choice)
{
    for (uint32_t at = 0; at < access->choice_count; at++) {
        struct ob_chosen *known = &access->choices[at];
        if (known->actor != choice->actor || known->point != choice->point ||
            known->ordinal != choice->ordinal)
            continue;
        if (known->count < choice->count)
            known->count = choice->count;
        return;
    }
    if (access->choice_count == OB_CHOICES_NOTED)
        access->more_choices = true;
    else
        access->choices[access->choice_count++] = *choice;
}

void ob_access_work(const struct ob_actor *actor)
{
    actor->world->access->worker = actor->id;
}

unsigned ob_access_worker(const struct ob_world *world)
{
    const struct ob_log *log = &world->run.log;
    return log->current != OB_NONE ? log->deliveries[log->current].actor : world->run.starting;
}
