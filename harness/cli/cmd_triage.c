/* offbeat triage: from a folder of crashes to a short list of bugs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "cli/input.h"
#include "cli/triage.h"

#define OUTPUT_DEFAULT "triage"
#define REPEATS_DEFAULT 10u
#define EXECUTABLE_BYTES_MAX ((size_t)1 << 30)
#define WIDTH_DEFAULT 100u

static int make_directory(const char *path, struct ob_error *error)
{
    struct stat status;

    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
        return 0;
    return ob_error_set(error, "%s: %s", path, strerror(errno == EEXIST ? ENOTDIR : errno));
}

/* OUT, OUT/state, OUT/state/inputs and OUT/buckets, for this process alone. */
static int open_output(struct cli_triage *triage, struct ob_error *error)
{
    static const char *const names[] = {"", "/state", "/state/inputs", "/buckets"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        struct ob_text path = {0};
        ob_text_printf(&path, "%s%s", triage->output, names[index]);
        int failed =
            path.failed ? ob_error_set(error, "out of memory") : make_directory(path.data, error);
        if (index == 1 && !failed)
            triage->state_path = path.data;
        else
            ob_text_release(&path);
        if (failed)
            return -1;
    }
    triage->state_directory = open(triage->state_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (triage->state_directory < 0)
        return ob_error_set(error, "%s: %s", triage->state_path, strerror(errno));
    triage->inputs_directory =
        openat(triage->state_directory, "inputs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (triage->inputs_directory < 0)
        return ob_error_set(error, "%s/inputs: %s", triage->state_path, strerror(errno));
    if (flock(triage->state_directory, LOCK_EX | LOCK_NB))
        return ob_error_set(error, "%s: another triage is at work there", triage->output);
    return 0;
}

/* A target that was built anew may fail where it passed: results are of one executable. */
static int hash_executable(struct cli_triage *triage, struct ob_error *error)
{
    uint8_t *data = NULL;
    size_t size = 0;

    if (ob_file_read("/proc/self/exe", EXECUTABLE_BYTES_MAX, &data, &size, error))
        return -1;
    ob_sha256_of(data, size, triage->executable);
    free(data);
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    const struct cli_triage_found *one = a;
    const struct cli_triage_found *other = b;
    int order = strcmp(one->path, other->path);

    return order ? order : strcmp(one->hash, other->hash);
}

static void make_key(const struct cli_triage *triage, const struct cli_triage_found *found,
                     char key[OB_SHA256_HEX])
{
    char text[512];
    int length =
        snprintf(text, sizeof text, "triage 1\n%s\n%u %u %u\n%s\n%s/%s\n", triage->executable,
                 triage->repeats, triage->limits.timeout_ms, triage->limits.memory_mb, found->hash,
                 found->target->name, found->target->variants[found->variant]);

    ob_sha256_of(text, length > 0 && (size_t)length < sizeof text ? (size_t)length : sizeof text,
                 key);
}

struct keyed {
    char key[OB_SHA256_HEX];
    size_t found;
};

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *one = a;
    const struct keyed *other = b;
    int order = strcmp(one->key, other->key);

    return order ? order : (one->found > other->found) - (one->found < other->found);
}

static int compare_jobs(const void *a, const void *b)
{
    const struct cli_triage_job *one = a;
    const struct cli_triage_job *other = b;

    return (one->found > other->found) - (one->found < other->found);
}

/* One job for each content of a target and variant, in the order of paths. */
static int make_jobs(struct cli_triage *triage, struct ob_error *error)
{
    struct keyed *keyed = calloc(triage->found_count + 1, sizeof *keyed);
    size_t count = 0;

    triage->jobs = calloc(triage->found_count + 1, sizeof *triage->jobs);
    if (!keyed || !triage->jobs) {
        free(keyed);
        return ob_error_set(error, "out of memory");
    }
    for (size_t index = 0; index < triage->found_count; index++) {
        if (!triage->found[index].target)
            continue;
        make_key(triage, &triage->found[index], keyed[count].key);
        keyed[count++].found = index;
    }
    qsort(keyed, count, sizeof *keyed, compare_keys);
    for (size_t index = 0; index < count; index++) {
        if (index > 0 && strcmp(keyed[index].key, keyed[index - 1].key) == 0) {
            triage->duplicates++;
            continue;
        }
        struct cli_triage_job *job = &triage->jobs[triage->job_count++];
        job->found = keyed[index].found;
        memcpy(job->key, keyed[index].key, sizeof job->key);
    }
    qsort(triage->jobs, triage->job_count, sizeof *triage->jobs, compare_jobs);
    /* From each input to its job: keys of jobs are found by the first input of the same key. */
    size_t first = 0;
    for (size_t index = 0; index < count; index++) {
        if (index == 0 || strcmp(keyed[index].key, keyed[index - 1].key) != 0)
            first = keyed[index].found;
        const struct cli_triage_job wanted = {.found = first};
        const struct cli_triage_job *job =
            bsearch(&wanted, triage->jobs, triage->job_count, sizeof *triage->jobs, compare_jobs);
        triage->found[keyed[index].found].job = (size_t)(job - triage->jobs);
    }
    free(keyed);
    return 0;
}

/* The same path given twice is looked at once. */
static void drop_repeated(struct cli_triage *triage)
{
    size_t kept = 0;

    for (size_t index = 0; index < triage->found_count; index++) {
        struct cli_triage_found *found = &triage->found[index];
        if (kept > 0 && compare_paths(found, &triage->found[kept - 1]) == 0) {
            free(found->path);
            free(found->reason);
            continue;
        }
        triage->found[kept++] = *found;
    }
    triage->found_count = kept;
}

static int collect(struct cli_triage *triage, const struct cli_arguments *arguments,
                   struct ob_error *error)
{
    for (size_t index = 0; index < arguments->count; index++)
        if (cli_triage_collect(triage, arguments->positional[index], error))
            return -1;
    if (triage->found_count == 0)
        return ob_error_set(error, "%s%s: no inputs there", arguments->positional[0],
                            arguments->count > 1 ? " and the others" : "");
    qsort(triage->found, triage->found_count, sizeof *triage->found, compare_paths);
    drop_repeated(triage);
    return make_jobs(triage, error);
}

static unsigned find_width(const struct cli_arguments *arguments)
{
    struct winsize size = {0};

    if (arguments->width)
        return (unsigned)arguments->width;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    return WIDTH_DEFAULT;
}

static int read_arguments(struct cli_triage *triage, const struct cli_arguments *arguments,
                          struct ob_error *error)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct ob_forked_options options = cli_guard_options(arguments);

    triage->output = arguments->output ? arguments->output : OUTPUT_DEFAULT;
    triage->repeats = arguments->repeat ? (unsigned)arguments->repeat : REPEATS_DEFAULT;
    triage->jobs_at_once = arguments->jobs                   ? options.jobs
                           : processors < 1                  ? 1
                           : processors > OB_FORKED_JOBS_MAX ? OB_FORKED_JOBS_MAX
                                                             : (unsigned)processors;
    triage->limits = options;
    triage->limits.jobs = 1; /* inputs are dealt with at the same time, not runs */
    triage->width = find_width(arguments);
    if (!arguments->target)
        return 0;
    struct ob_world *world = cli_open_world(arguments->target, false, error);
    if (!world)
        return -1;
    triage->target = ob_world_vocabulary(world)->target;
    triage->variant = ob_world_vocabulary(world)->variant;
    ob_world_destroy(world);
    return 0;
}

static void release(struct cli_triage *triage)
{
    for (size_t index = 0; index < triage->found_count; index++) {
        free(triage->found[index].path);
        free(triage->found[index].reason);
    }
    free(triage->found);
    free(triage->jobs);
    free(triage->state_path);
    if (triage->inputs_directory >= 0)
        (void)close(triage->inputs_directory);
    if (triage->state_directory >= 0)
        (void)close(triage->state_directory);
}

static int triage_all(const struct cli_arguments *arguments)
{
    struct cli_triage triage = {.state_directory = -1, .inputs_directory = -1};
    struct ob_error error = {{0}};
    int code = CLI_TROUBLE;

    if (read_arguments(&triage, arguments, &error) || open_output(&triage, &error) ||
        hash_executable(&triage, &error) || collect(&triage, arguments, &error) ||
        cli_triage_work(&triage, &error))
        (void)cli_trouble("%s", error.text);
    else
        code = cli_triage_finish(&triage);
    release(&triage);
    return code;
}

const struct cli_command cli_triage = {
    .name = "triage",
    .usage = "PATH... [-o OUT] [--target TARGET/VARIANT] [--jobs N] [--repeat N] [--timeout S]",
    .summary = "Makes a short list of bugs of a folder of crashes.",
    .help =
        "Takes what fuzzing leaves: files of libFuzzer (crash-*, leak-*, timeout-*, ...), output "
        "folders of\n"
        "AFL++ as they are (crashes and hangs of every instance), test cases of ClusterFuzz, "
        "scenarios in\n"
        "text form, archives of all these (.tar.zst, .tar.gz, .tar), and folders of them, mixed "
        "and nested.\n"
        "README.txt, names that begin with a dot and what AFL++ notes for itself are left out.\n"
        "\n"
        "Each input is run N times (--repeat, default 10), minimized, and put into a bucket with "
        "those that\n"
        "fail for the same cause. Crashes, hangs (--timeout, default 10 s) and memory without "
        "bound\n"
        "(--memory MB, default 2048) end nothing but their own process; a command that was built "
        "with\n"
        "AddressSanitizer says which memory error it was and finds leaks, too. ./scripts/triage "
        "builds one.\n"
        "\n"
        "Whose input it is, its path says: a part of it that has TARGET-VARIANT or TARGET_VARIANT "
        "as a word\n"
        "(crashes/order-racy-1f2e, fuzz_order_racy), or TARGET/VARIANT; else the command line "
        "that AFL++\n"
        "has noted; else the text form, where its target has but one variant. --target says it "
        "for all.\n"
        "\n"
        "Of each input becomes one of these:\n"
        "  fails    every run failed, in the same way\n"
        "  flaky    some did, or not in the same way: not minimized, ranked last\n"
        "  passes   none did: fixed since, or of another build\n"
        "  broken   cannot be read\n"
        "  untold   nothing says of which target and variant it is\n"
        "  trouble  triage itself could not deal with it\n"
        "\n"
        "OUT (default: triage) then has index.html, triage.sarif and triage.json (described in "
        "harness/report/triage_schema.json),\n"
        "and for each bug buckets/ID/ with scenario.txt and scenario.bin, the smallest scenario "
        "that shows\n"
        "it, and explain.txt, explain.html and explain.json. A table is printed: what fails every "
        "time first,\n"
        "then by gravity, then by size. OUT/state/ keeps what was found out: interrupted, it goes "
        "on where it\n"
        "was, and a second time only what is new is run, or all when the command was built anew. "
        "The result\n"
        "is the same, byte for byte.\n"
        "\n"
        "--jobs N inputs are dealt with at the same time (default: one for each processor).\n"
        "\n"
        "Exit code: 0 nothing fails, 1 something does, 2 trouble. Broken and untold inputs are "
        "listed, and\n"
        "are no trouble unless there is nothing else.\n",
    .options = CLI_OUTPUT | CLI_TRIAGE | CLI_JOBS | CLI_TIMEOUT | CLI_WIDTH,
    .count_min = 1,
    .count_max = SIZE_MAX,
    .run = triage_all,
};
