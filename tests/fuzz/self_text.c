/* Any text is read or refused, and what was read is printed as text that reads as the same. */
#include "self.h"

#include "base/text.h"
#include "scenario/scenario.h"

#include <string.h>

static void check_print(const struct ob_scenario *scenario)
{
    static struct ob_scenario read;
    static uint8_t bytes[OB_SCENARIO_BYTES_MAX];
    static uint8_t again[OB_SCENARIO_BYTES_MAX];
    struct ob_error error = {{0}};
    struct ob_text text = {0};
    size_t length = ob_scenario_encode(&self_vocabulary, scenario, bytes, sizeof(bytes));
    int result;

    ob_scenario_print(&self_vocabulary, scenario, &text);
    SELF_CHECK(memory_sufficed, !text.failed);
    SELF_CHECK(printed_begins_as_text,
               ob_scenario_form(NULL, (const uint8_t *)text.data, text.length) == OB_FORM_TEXT);
    result = ob_scenario_parse(&self_vocabulary, "printed", text.data, text.length, &read, &error);
    if (result != 0)
        fprintf(stderr, "%s\n%s", error.text, text.data);
    SELF_CHECK(what_is_printed_parses, result == 0);
    SELF_CHECK(equal_length_after_parsing,
               ob_scenario_encode(&self_vocabulary, &read, again, sizeof(again)) == length);
    SELF_CHECK(round_trip_gives_it_back, memcmp(bytes, again, length) == 0);
    ob_text_release(&text);
}

static void check_parse(const char *text, size_t size)
{
    static struct ob_scenario scenario;
    struct ob_error error = {{0}};

    if (ob_scenario_parse(&self_vocabulary, "input", text, size, &scenario, &error) == 0)
        check_print(&scenario);
    else
        SELF_CHECK(refused_with_one_line,
                   error.text[0] != '\0' && strchr(error.text, '\n') == NULL);
}

/* Few inputs begin with the line that every scenario begins with, so it is put before them. */
static void check_parse_after_header(const uint8_t *data, size_t size)
{
    struct ob_text text = {0};

    ob_text_printf(&text, "offbeat scenario 1 self\n");
    ob_text_append(&text, (const char *)data, size);
    SELF_CHECK(memory_sufficed, !text.failed);
    check_parse(text.data, text.length);
    ob_text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ob_scenario scenario;

    check_parse((const char *)data, size);
    check_parse_after_header(data, size);

    /* As the scenario that the bytes are, so that the printer sees everything that there can be. */
    ob_scenario_decode(&self_vocabulary, data, size, &scenario);
    check_print(&scenario);
    return 0;
}
