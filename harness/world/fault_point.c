#include "world/fault_point.h"

#include "world/choose.h"
#include "world/leave.h"

unsigned ob_world_add_fault_point(struct ob_world *world, const struct ob_fault_point *point)
{
    assert(!world->set_up);
    unsigned own = 0;
    for (; own < OB_CHOICES_MAX && world->target->choices[own]; own++)
        if (strcmp(world->target->choices[own], point->name) == 0)
            ob_defect(
                world,
                "a choice is named \"%s\", as what may go wrong in a host is; give it another "
                "name",
                point->name);
    if (world->fault_point_count == OB_FAULT_POINTS_MAX)
        ob_defect(world, "more than %u kinds of what may go wrong; declare less",
                  OB_FAULT_POINTS_MAX);
    world->fault_names[world->fault_point_count] = point->name;
    world->fault_points[world->fault_point_count] = point;
    return own + (own == 0) + world->fault_point_count++;
}

const struct ob_fault_point *ob_world_fault_point(const struct ob_world *world, unsigned point)
{
    unsigned own = ob_vocabulary_own_choices(&world->vocabulary);
    return point < own ? NULL : world->fault_points[point - own];
}

unsigned ob_choose_fault(struct ob_actor *self, unsigned point, unsigned count,
                         struct ob_chosen **noted)
{
    assert(ob_world_fault_point(self->world, point) && count >= 1 && count <= OB_ALTERNATIVES_MAX);
    return ob_choose_here(self, point, count, noted);
}
