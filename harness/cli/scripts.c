#include "cli/scripts.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"

static const struct {
    const char *name; /* the script's, or that of the folder whose script `command` it is */
    const char *summary;
    bool is_command_too; /* of targets that are built in. The installed command has the script, as
                            it knows no project's targets; the script ends in a project's command */
} scripts[] = {
    {"new", "Begins a project with a target, its repaired variant and all that goes with it.",
     false},
    {"fuzz", "Builds and fuzzes a target of a project until the first violation.", false},
    {"campaign", "Fuzzes targets of a project for a night, and writes a report.", false},
    {"bisect", "Names the commit of a project that brought a bug.", false},
    {"build", "Builds the command, or fuzz programs, of a project.", false},
    {"redirect", "Says what a program calls that is pure, simulated, or would trap.", false},
    {"doctor", "Says what is missing on this machine, and how to mend it.", false},
    {"oss-fuzz", "Checks, or writes, what a project gives to OSS-Fuzz.", false},
    {"triage", "", true},
};

#define SCRIPT_COUNT (sizeof scripts / sizeof scripts[0])
_Static_assert(SCRIPT_COUNT <= CLI_SCRIPTS_MAX, "there is room for all");

/* Where scripts are, as seen from the folder of the command: installed, or in a source tree. For
 * the command of a project the build names the folder itself. */
#ifndef OFFBEAT_SCRIPTS_DIR
#define OFFBEAT_SCRIPTS_DIR "../libexec/offbeat/scripts"
#endif
static const char *const places[] = {OFFBEAT_SCRIPTS_DIR, "../../scripts"};

static bool is_program(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

/* The script in one of the places; false where there is none. */
static bool find_script(const char *name, const char *place, char path[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    if (size <= 0)
        return false;
    self[size] = '\0';
    char *slash = strrchr(self, '/');
    if (place[0] == '/' || !slash)
        slash = self; /* an absolute place */
    *slash = '\0';
    static const char *const endings[] = {"", "/command"};
    for (size_t index = 0; index < sizeof endings / sizeof endings[0]; index++) {
        int length = snprintf(path, PATH_MAX, "%s%s%s/%s%s", self, place[0] == '/' ? "" : "/",
                              place, name, endings[index]);
        if (length < PATH_MAX && is_program(path))
            return true;
    }
    return false;
}

void cli_run_script(char *const argv[])
{
    char path[PATH_MAX];
    size_t index = 0;

    while (index < SCRIPT_COUNT && strcmp(argv[1], scripts[index].name) != 0)
        index++;
    if (index == SCRIPT_COUNT)
        return;
    bool is_there = find_script(argv[1], places[0], path);
    bool is_project = places[0][0] == '/';
    if (scripts[index].is_command_too && (is_project || !is_there))
        return;
    if (!is_there && !find_script(argv[1], places[1], path))
        exit(cli_trouble("%s: this command has no scripts beside it; the installed one has, and a "
                         "source tree has ./scripts/%s",
                         argv[1], argv[1]));
    (void)execv(path, argv + 1);
    exit(cli_trouble("%s: %s", path, strerror(errno)));
}

size_t cli_script_names(const char **names)
{
    for (size_t index = 0; index < SCRIPT_COUNT; index++)
        names[index] = scripts[index].name;
    return SCRIPT_COUNT;
}

void cli_describe_scripts(struct ob_text *text)
{
    for (size_t index = 0; index < SCRIPT_COUNT; index++)
        if (!scripts[index].is_command_too)
            ob_text_printf(text, "  %-10s %s\n", scripts[index].name, scripts[index].summary);
}
