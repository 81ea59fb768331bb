#include "oracle/serial_view.h"

#include "world/hash.h"
#include "world/log.h"

void ob_observe(struct ob_view *view, uint64_t value, const char *format, ...)
{
    if (view->count == OB_OBSERVED_MAX)
        return;
    view->hash = ob_hash_step(view->hash, value, view->count);
    if (view->keeps_parts) {
        va_list arguments;
        va_start(arguments, format);
        view->values[view->count] = value;
        view->names[view->count] = view->texts.length;
        ob_text_vprintf(&view->texts, format, arguments);
        ob_text_append(&view->texts, "", 1);
        va_end(arguments);
    }
    view->count++;
}

void ob_view_take(struct ob_view *view, const struct ob_world *world,
                  const struct ob_oracle *oracle, bool keeps_parts)
{
    view->hash = 0;
    view->count = 0;
    view->keeps_parts = keeps_parts;
    view->texts = (struct ob_text){0};
    oracle->observe(world, view);
}

void ob_view_release(struct ob_view *view)
{
    ob_text_release(&view->texts);
}

const char *ob_view_name(const struct ob_view *view, uint32_t part)
{
    return view->texts.failed || !view->texts.data ? "?" : view->texts.data + view->names[part];
}
