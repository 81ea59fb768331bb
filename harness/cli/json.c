#include "cli/json.h"

#include "base/json.h"

void cli_json_string(struct ob_text *text, const char *string)
{
    ob_json_string(text, string);
}

void cli_json_member(struct ob_text *text, const char *name, const char *value)
{
    ob_json_member(text, name, value);
}
