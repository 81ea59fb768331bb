/* The pages of a triage: the list of bugs, and one page for each. */
#include <inttypes.h>
#include <string.h>

#include "base/html.h"
#include "report/pages.h"
#include "triage/report.h"

#define OPEN_MAX 20 /* longer lists of inputs are folded */

static void add(struct ob_text *text, const char *html)
{
    ob_text_append(text, html, strlen(html));
}

/* Adds `<TAG>string</TAG>`; the tag may have attributes. */
static void add_element(struct ob_text *text, const char *tag, const char *string)
{
    ob_text_printf(text, "<%s>", tag);
    ob_html_text(text, string);
    ob_text_printf(text, "</%.*s>", (int)strcspn(tag, " "), tag);
}

/* Adds a link to a file in a folder; "" for the page's own. */
static void add_link(struct ob_text *text, const char *attributes, const char *directory,
                     const char *file, const char *words)
{
    ob_text_printf(text, "<a%s href=\"", attributes);
    ob_html_path(text, directory);
    ob_text_printf(text, "%s", *directory ? "/" : "");
    ob_html_path(text, file);
    ob_text_printf(text, "\">");
    ob_html_text(text, words);
    ob_text_printf(text, "</a>");
}

static bool is_reproducible(const struct ob_triage_bucket *bucket)
{
    return bucket->repeats > 0 && bucket->fails == bucket->repeats;
}

/* -- inputs -- */

static void add_input(const struct ob_triage_input *input, struct ob_text *text)
{
    add(text, "<tr><td class=\"mono\">");
    ob_html_text(text, input->path);
    ob_text_printf(text, "</td><td>%s", ob_triage_state_name(input->state));
    if (input->repeats > 0)
        ob_text_printf(text, " <span class=\"soft\">%u of %u</span>", input->fails, input->repeats);
    if (*input->reason) {
        add(text, "<p class=\"soft\">");
        ob_html_text(text, input->reason);
        add(text, "</p>");
    }
    ob_text_printf(text, "</td><td class=\"number\">%" PRIu64 "</td></tr>\n", input->size);
}

static void begin_inputs(const char *title, size_t count, struct ob_text *text)
{
    ob_text_printf(text,
                   "<details%s>\n<summary>%s: %zu</summary>\n<div class=\"wide\"><table "
                   "class=\"list\">\n",
                   count <= OPEN_MAX ? " open" : "", title, count);
    add(text, "<thead><tr><th scope=\"col\">input</th><th scope=\"col\" data-choose>state</th>"
              "<th scope=\"col\" class=\"number\">bytes</th></tr></thead>\n<tbody>\n");
}

static void end_inputs(struct ob_text *text)
{
    add(text, "</tbody>\n</table></div>\n</details>\n");
}

static bool is_of_bug(const struct ob_triage_input *input)
{
    return input->state == OB_TRIAGE_FAILS || input->state == OB_TRIAGE_FLAKY;
}

/* -- the list -- */

static void add_counts(const struct ob_triage_report *report, struct ob_text *text)
{
    static const char *const words[OB_TRIAGE_STATES] = {
        [OB_TRIAGE_FAILS] = "fail every time",
        [OB_TRIAGE_FLAKY] = "fail at times",
        [OB_TRIAGE_PASSES] = "pass",
        [OB_TRIAGE_BROKEN] = "cannot be read",
        [OB_TRIAGE_UNKNOWN_TARGET] = "of no target that is known",
        [OB_TRIAGE_TROUBLE] = "triage could not deal with",
    };

    add(text, "<ul class=\"counts\">\n");
    ob_text_printf(text, "<li><b>%zu</b> input%s</li>\n", report->input_count,
                   ob_plural(report->input_count));
    for (size_t state = 0; state < OB_TRIAGE_STATES; state++) {
        if (report->state_counts[state] > 0)
            ob_text_printf(text, "<li><b>%zu</b> %s</li>\n", report->state_counts[state],
                           words[state]);
    }
    if (report->duplicates > 0)
        ob_text_printf(text, "<li><b>%zu</b> cop%s of others</li>\n", report->duplicates,
                       report->duplicates == 1 ? "y" : "ies");
    add(text, "</ul>\n");
}

static void add_row(const struct ob_triage_bucket *bucket, size_t place, struct ob_text *text)
{
    add(text, "<tr id=\"bug=");
    ob_html_text(text, bucket->id);
    ob_text_printf(text, "\"><td class=\"number\">%zu</td><td>", place);
    add_link(text, " class=\"name\"", bucket->directory, "index.html", bucket->invariant);
    add(text, "<p class=\"soft\">");
    ob_html_text(text, *bucket->decides ? bucket->decides : bucket->detail);
    add(text, "</p></td><td class=\"target\">");
    ob_html_text(text, bucket->target);
    add(text, "/");
    ob_html_text(text, bucket->variant);
    ob_text_printf(text, "</td><td class=\"whole\">%s</td><td class=\"number\">%zu</td>",
                   ob_triage_failure_name(bucket->failure), bucket->input_count);
    ob_text_printf(text, "<td class=\"number\">%u of %u</td>", bucket->fails, bucket->repeats);
    ob_text_printf(text, "<td class=\"number\">%u + %u</td><td>", bucket->messages,
                   bucket->deviations);
    if (bucket->has_explanation)
        add_link(text, "", bucket->directory, "explain.html", "step by step");
    add(text, "</td></tr>\n");
}

static void add_list(const struct ob_triage_report *report, struct ob_text *text)
{
    if (report->bucket_count == 0) {
        add(text, "<p class=\"verdict good\">No input fails.</p>\n");
        return;
    }
    add(text, "<div class=\"wide\"><table id=\"bugs\" class=\"list\">\n<thead><tr>"
              "<th scope=\"col\" class=\"number\">#</th>"
              "<th scope=\"col\">what is violated, and what decides</th>"
              "<th scope=\"col\" data-choose>target</th><th scope=\"col\" data-choose>kind</th>"
              "<th scope=\"col\" class=\"number\">inputs</th>"
              "<th scope=\"col\" class=\"number\">replays that fail</th><th scope=\"col\" "
              "class=\"number\" "
              "title=\"messages + deviations of the minimal scenario\">size</th>"
              "<th scope=\"col\">run</th></tr></thead>\n<tbody>\n");
    for (size_t index = 0; index < report->bucket_count; index++)
        add_row(report->buckets[index], index + 1, text);
    add(text, "</tbody>\n</table></div>\n");
}

int ob_triage_write_index_html(const struct ob_triage_report *report, struct ob_text *text,
                               struct ob_error *error)
{
    size_t others = 0;

    for (size_t index = 0; index < report->input_count; index++)
        others += !is_of_bug(report->inputs[index]);
    ob_page_begin(text, "Triage - Offbeat", "triage", "");
    ob_text_printf(text, "<h1>%zu bug%s</h1>\n", report->bucket_count,
                   ob_plural(report->bucket_count));
    add_counts(report, text);
    ob_page_begin_main(text);
    add_list(report, text);
    if (others > 0) {
        begin_inputs("Inputs that show no bug", others, text);
        for (size_t index = 0; index < report->input_count; index++)
            if (!is_of_bug(report->inputs[index]))
                add_input(report->inputs[index], text);
        end_inputs(text);
    }
    ob_page_end(text);
    return text->failed ? ob_error_set(error, "memory is short") : 0;
}

/* -- one bug -- */

static void add_fact(struct ob_text *text, const char *name, const char *value)
{
    ob_text_printf(text, "<tr><th scope=\"row\">%s</th><td>", name);
    ob_html_text(text, value);
    add(text, "</td></tr>\n");
}

static void add_facts(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    add(text, "<div class=\"wide\"><table class=\"facts\">\n<tbody>\n");
    add_fact(text, "Kind", ob_triage_failure_name(bucket->failure));
    ob_text_printf(text, "<tr><th scope=\"row\">Replays that fail</th><td>%u of %u%s</td></tr>\n",
                   bucket->fails, bucket->repeats,
                   is_reproducible(bucket) ? "" : ": not reproducible");
    ob_text_printf(text,
                   "<tr><th scope=\"row\">%s scenario</th><td>%u message%s, %u deviation%s, "
                   "%zu byte%s</td></tr>\n",
                   bucket->is_minimal ? "Minimal" : "Smallest", bucket->messages,
                   ob_plural(bucket->messages), bucket->deviations, ob_plural(bucket->deviations),
                   bucket->bytes, ob_plural(bucket->bytes));
    add_fact(text, "Made of", bucket->input_path);
    add_fact(text, "Trace", bucket->trace);
    add_fact(text, "Signature", bucket->signature);
    add_fact(text, "Bucket", bucket->id);
    add(text, "</tbody>\n</table></div>\n");
}

static void add_frames(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    if (bucket->frame_count > 0) {
        add(text, "<h2>Where</h2>\n<div class=\"wide\"><table>\n<tbody>\n");
        for (size_t index = 0; index < bucket->frame_count; index++) {
            const struct ob_triage_frame *frame = &bucket->frames[index];
            ob_text_printf(text, "<tr><td class=\"number\">%zu</td><td class=\"mono\">", index);
            ob_html_text(text, frame->function);
            add(text, "</td><td class=\"mono\">");
            ob_html_text(text, frame->file);
            if (frame->line > 0)
                ob_text_printf(text, ":%u", frame->line);
            add(text, "</td></tr>\n");
        }
        add(text, "</tbody>\n</table></div>\n");
    }
    if (!*bucket->report)
        return;
    add(text, "<details>\n<summary>What the sanitizer said</summary>\n");
    add_element(text, "pre", bucket->report);
    add(text, "\n</details>\n");
}

/* Adds a word of a command line, quoted for a shell where it has to be. */
static void add_word(struct ob_text *line, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/";

    if (*word && strspn(word, plain) == strlen(word)) {
        ob_text_printf(line, "%s", word);
        return;
    }
    ob_text_printf(line, "'");
    for (const char *at = word; *at; at++)
        if (*at == '\'')
            ob_text_printf(line, "'\\''");
        else
            ob_text_append(line, at, 1);
    ob_text_printf(line, "'");
}

static void add_commands(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    static const char *const commands[] = {"run", "explain", "debug", "export --c", "verify"};
    static const char *const words[] = {
        "replays it", "shows it", "stops in gdb before it is violated",
        "writes a regression test, with -o FILE.c", "after a fix: this, and what is around it"};
    struct ob_text subject = {0};
    struct ob_text lines = {0};

    ob_text_printf(&subject, "%s/%s", bucket->target, bucket->variant);
    for (size_t index = 0; index < sizeof commands / sizeof *commands; index++) {
        size_t start = lines.length;
        ob_text_printf(&lines, "offbeat %s ", commands[index]);
        add_word(&lines, ob_text_string(&subject));
        ob_text_printf(&lines, " scenario.txt");
        if (lines.length - start < 48)
            ob_text_printf(&lines, "%*s", (int)(48 - (lines.length - start)), "");
        ob_text_printf(&lines, "  # %s\n", words[index]);
    }
    add(text, "<h2>Replay</h2>\n<p class=\"soft\">In the folder of this page:</p>\n");
    add_element(text, "pre id=\"commands\"", ob_text_string(&lines));
    add(text, "\n");
    text->failed = text->failed || subject.failed || lines.failed;
    ob_text_release(&subject);
    ob_text_release(&lines);
}

static void add_files(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    const struct {
        const char *name;
        bool is_there;
    } files[] = {
        {"scenario.txt", true},
        {"scenario.bin", true},
        {"explain.txt", bucket->has_explanation},
        {"explain.json", bucket->has_explanation},
        {"sanitizer.txt", bucket->has_report},
    };

    add(text, "<p>");
    for (size_t index = 0; index < sizeof files / sizeof *files; index++) {
        if (!files[index].is_there)
            continue;
        add_link(text, "", "", files[index].name, files[index].name);
        add(text, "&ensp;\n");
    }
    add(text, "</p>\n");
}

static void add_head(const struct ob_triage_bucket *bucket, struct ob_text *text)
{
    add_element(text, "h1", bucket->invariant);
    add(text, "\n<p><span class=\"violated\">");
    ob_html_text(text, bucket->failure == OB_INVARIANT_VIOLATED
                           ? "violated"
                           : ob_triage_failure_name(bucket->failure));
    add(text, "</span> in ");
    ob_html_text(text, bucket->target);
    add(text, "/");
    ob_html_text(text, bucket->variant);
    add(text, "</p>\n");
    if (*bucket->detail) {
        add_element(text, "p class=\"detail soft\"", bucket->detail);
        add(text, "\n");
    }
    if (*bucket->decides) {
        add_element(text, "p class=\"decides\"", bucket->decides);
        add(text, "\n");
    }
    if (bucket->has_explanation)
        add_link(text, " class=\"action\"", "", "explain.html", "The run, step by step");
}

int ob_triage_write_bucket_html(const struct ob_triage_report *report,
                                const struct ob_triage_bucket *bucket, struct ob_text *text,
                                struct ob_error *error)
{
    struct ob_text title = {0};

    (void)report;
    ob_text_printf(&title, "%s in %s/%s - Offbeat", bucket->invariant, bucket->target,
                   bucket->variant);
    ob_page_begin(text, ob_text_string(&title), "triage",
                  "<a href=\"../../index.html\">All bugs</a>");
    ob_text_release(&title);
    add_head(bucket, text);
    ob_page_begin_main(text);
    add_facts(bucket, text);
    add_frames(bucket, text);
    add(text, "<h2>Scenario</h2>\n");
    add_element(text, "pre id=\"scenario\"", bucket->scenario);
    add(text, "\n");
    add_files(bucket, text);
    add_commands(bucket, text);
    begin_inputs("Inputs", bucket->input_count, text);
    for (size_t index = 0; index < bucket->input_count; index++)
        add_input(bucket->inputs[index], text);
    end_inputs(text);
    ob_page_end(text);
    return text->failed ? ob_error_set(error, "memory is short") : 0;
}
