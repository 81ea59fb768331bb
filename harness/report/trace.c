#include "report/trace.h"

#include "report/message.h"
#include "world/trace.h"
#include "world/world.h"

#define TIME_COLUMN 12 /* where times end */

static const struct {
    uint8_t flag;
    const char *word;
} words[] = {
    {OB_DELIVERY_TIMER, "timer"},         {OB_DELIVERY_COPY, "copy"},
    {OB_DELIVERY_POSTPONED, "postponed"}, {OB_DELIVERY_RETRIED, "retried"},
    {OB_DELIVERY_LOST, "lost"},           {OB_DELIVERY_CRASHED, "crashed"},
    {OB_DELIVERY_ENDED, "ended"},
};

static void print_time(uint64_t time_us, struct ob_text *text)
{
    struct ob_text time = {0};

    ob_duration_print(&time, time_us);
    ob_text_printf(text, "%*s  ", TIME_COLUMN, ob_text_string(&time));
    ob_text_release(&time);
}

static void print_delivery(const struct ob_world *world, const struct ob_arities *arities,
                           uint32_t index, struct ob_text *text)
{
    const struct ob_vocabulary *vocabulary = ob_world_vocabulary(world);
    const struct ob_delivery *delivery = ob_world_delivery(world, index);
    const char *receiver = ob_report_actor(vocabulary, delivery->actor);

    print_time(delivery->time_us, text);
    if (delivery->sent == OB_NONE) {
        ob_text_printf(text, "%s started again\n", receiver);
        return;
    }
    const struct ob_sent *sent = ob_world_sent(world, delivery->sent);
    ob_text_printf(text, "%s -> %s ", ob_report_actor(vocabulary, sent->message.from), receiver);
    ob_report_message(world, arities, delivery->sent, text);
    unsigned flags = delivery->flags;
    if (ob_world_is_resume(world, delivery->sent)) /* its name says so */
        flags &= ~(unsigned)OB_DELIVERY_TIMER;
    for (size_t word = 0; word < sizeof words / sizeof words[0]; word++)
        if (flags & words[word].flag)
            ob_text_printf(text, " (%s)", words[word].word);
    /* Which deviation it was, the scenario says, and this listing does not have it. */
    if (sent->deviation)
        ob_text_printf(text, " !");
    ob_text_printf(text, "\n");
}

void ob_report_trace(const struct ob_world *world, struct ob_text *text)
{
    size_t start = text->length;
    uint32_t count = ob_world_delivery_count(world);
    uint32_t first = count > OB_REPORT_TRACE_MAX ? count - OB_REPORT_TRACE_MAX : 0;
    struct ob_arities arities;

    ob_report_arities(world, &arities);
    ob_text_printf(text, "trace: %u %s, ! where a deviation hit\n", count,
                   count == 1 ? "delivery" : "deliveries");
    if (first > 0)
        ob_text_printf(text, "%*s  (the first %u are left out)\n", TIME_COLUMN, "", first);
    for (uint32_t index = first; index < count; index++)
        print_delivery(world, &arities, index, text);
    ob_report_clean(text, start);
}
