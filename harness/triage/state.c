/* A result as lines of `name value`, so that it can be looked at. What may hold line ends is in
 * hexadecimal digits. The last line says that it is whole. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "triage/triage.h"

#define RECORD_BYTES_MAX ((size_t)1 << 20)

static const char head[] = "offbeat triage result 1\n";
static const char tail[] = "end\n";

enum form { TEXT, NUMBER, HEX };

#define PLACE(member) offsetof(struct ob_triage_result, member)
#define SIZE(member) sizeof(((struct ob_triage_result *)NULL)->member)

static const struct field {
    const char *name;
    enum form form;
    size_t place;
    size_t size;
} fields[] = {
    {"state", NUMBER, PLACE(state), SIZE(state)},
    {"failure", NUMBER, PLACE(failure), SIZE(failure)},
    {"fails", NUMBER, PLACE(fails), SIZE(fails)},
    {"repeats", NUMBER, PLACE(repeats), SIZE(repeats)},
    {"reason", TEXT, PLACE(reason), SIZE(reason)},
    {"invariant", TEXT, PLACE(invariant), SIZE(invariant)},
    {"detail", TEXT, PLACE(detail), SIZE(detail)},
    {"trace", TEXT, PLACE(trace), SIZE(trace)},
    {"signature", TEXT, PLACE(signature), SIZE(signature)},
    {"orders", TEXT, PLACE(orders), SIZE(orders)},
    {"shared", TEXT, PLACE(shared), SIZE(shared)},
    {"decides", TEXT, PLACE(decides), SIZE(decides)},
    {"messages", NUMBER, PLACE(messages), SIZE(messages)},
    {"deviations", NUMBER, PLACE(deviations), SIZE(deviations)},
};

#define FIELDS (sizeof fields / sizeof fields[0])

static void add_hex(struct ob_text *text, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t at = 0; at < size; at++)
        ob_text_printf(text, "%02x", bytes[at]);
    ob_text_printf(text, "\n");
}

int ob_triage_keep(const struct ob_triage *triage, const char *key,
                   const struct ob_triage_result *result, struct ob_error *error)
{
    struct ob_file_writer writer;
    struct ob_text text = {0};

    ob_text_printf(&text, "%s", head);
    for (size_t index = 0; index < FIELDS; index++) {
        const char *place = (const char *)result + fields[index].place;
        ob_text_printf(&text, "%s ", fields[index].name);
        if (fields[index].form == NUMBER)
            ob_text_printf(&text, "%u", *(const unsigned *)(const void *)place);
        else
            ob_text_add_line(&text, place);
        ob_text_printf(&text, "\n");
    }
    ob_text_printf(&text, "minimal %d\nbytes ", result->is_minimal);
    add_hex(&text, result->bytes, result->size);
    ob_text_printf(&text, "report ");
    add_hex(&text, result->report ? result->report : "",
            result->report ? strlen(result->report) : 0);
    ob_text_printf(&text, "%s", tail);
    int failed = text.failed ? ob_error_set(error, "out of memory")
                             : ob_file_writer_begin_at(&writer, triage->state_directory,
                                                       triage->state_path, key, error);
    if (!failed && (ob_file_writer_write(&writer, text.data, text.length, error) ||
                    ob_file_writer_commit(&writer, error))) {
        ob_file_writer_cancel(&writer);
        failed = -1;
    }
    ob_text_release(&text);
    return failed;
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Reads up to `room` bytes. Returns their number, or -1 when it is something else. */
static long read_hex(const char *hex, uint8_t *bytes, size_t room)
{
    size_t size = 0;

    for (; hex[0] != '\0'; hex += 2) {
        int high = digit(hex[0]);
        int low = high < 0 ? -1 : digit(hex[1]);
        if (low < 0 || size == room)
            return -1;
        bytes[size++] = (uint8_t)(high << 4 | low);
    }
    return (long)size;
}

static int read_field(struct ob_triage_result *result, const char *name, const char *value)
{
    for (size_t index = 0; index < FIELDS; index++) {
        char *place = (char *)result + fields[index].place;
        if (strcmp(fields[index].name, name) != 0)
            continue;
        if (fields[index].form == NUMBER)
            *(unsigned *)(void *)place = (unsigned)strtoul(value, NULL, 10);
        else
            (void)snprintf(place, fields[index].size, "%s", value);
        return 0;
    }
    if (strcmp(name, "minimal") == 0) {
        result->is_minimal = value[0] == '1';
        return 0;
    }
    if (strcmp(name, "bytes") == 0) {
        long size = read_hex(value, result->bytes, sizeof result->bytes);
        result->size = size < 0 ? 0 : (size_t)size;
        return size < 0 ? -1 : 0;
    }
    if (strcmp(name, "report") == 0 && value[0] != '\0') {
        size_t room = strlen(value) / 2;
        result->report = calloc(room + 1, 1);
        return result->report && read_hex(value, (uint8_t *)result->report, room) >= 0 ? 0 : -1;
    }
    return 0;
}

static int read_record(struct ob_triage_result *result, char *text)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *space = strchr(line, ' ');
        if (!space)
            continue;
        *space = '\0';
        if (read_field(result, line, space + 1))
            return 1;
    }
    return result->state < OB_TRIAGE_STATES && result->failure < OB_FAILURES ? 0 : 1;
}

int ob_triage_load(const struct ob_triage *triage, const char *key, struct ob_triage_result *result)
{
    struct ob_text path = {0};
    uint8_t *data = NULL;
    size_t size = 0;

    memset(result, 0, sizeof *result);
    ob_text_printf(&path, "%s/%s", triage->state_path, key);
    int missing =
        path.failed || ob_file_read(ob_text_string(&path), RECORD_BYTES_MAX, &data, &size, NULL);
    ob_text_release(&path);
    if (missing)
        return 1;
    size_t head_size = strlen(head);
    size_t tail_size = strlen(tail);
    char *text = calloc(size + 1, 1);
    int failed = 1;
    if (text && size > head_size + tail_size && memcmp(data, head, head_size) == 0 &&
        memcmp(data + size - tail_size, tail, tail_size) == 0) {
        memcpy(text, data + head_size, size - head_size);
        failed = read_record(result, text);
    }
    free(text);
    free(data);
    if (failed) {
        ob_triage_result_release(result);
        memset(result, 0, sizeof *result);
    }
    return failed;
}

void ob_triage_result_release(struct ob_triage_result *result)
{
    free(result->report);
    result->report = NULL;
}
