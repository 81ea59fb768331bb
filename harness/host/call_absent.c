/*
 * What a machine may be without, and is here: terminals, libraries that are loaded while a program
 * runs, and word of changes to files. Calls fail as they do on one that has none of these, so that
 * programs which can do without go on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "host/call.h"
#include "host/process_data.h"

/* -- terminals: no descriptor is one, tcgetattr(3), ttyname(3) -- */

static int no_terminal(const char *name, int fd)
{
    return (int)OB_CALL(name, ob_kernel_file(kernel, fd) ? -ENOTTY : -EBADF);
}

int ob_c_isatty(int fd)
{
    (void)no_terminal("isatty", fd);
    return 0;
}

int ob_c_tcgetattr(int fd, struct termios *settings)
{
    (void)settings;
    return no_terminal("tcgetattr", fd);
}

int ob_c_tcsetattr(int fd, int actions, const struct termios *settings)
{
    (void)actions;
    (void)settings;
    return no_terminal("tcsetattr", fd);
}

int ob_c_ttyname_r(int fd, char *name, size_t size)
{
    (void)name;
    (void)size;
    int error = errno;
    (void)no_terminal("ttyname_r", fd);
    int found = errno;
    errno = error;
    return found;
}

/* -- libraries by name: none is found, dlopen(3) -- */

OB_PROCESS_DATA static char library_error[160] = {0};
OB_PROCESS_DATA static bool has_library_error = false;

static void *no_library(const char *name, const char *words)
{
    (void)snprintf(library_error, sizeof library_error, "%.100s: %s", name ? name : "program",
                   words);
    has_library_error = true;
    return NULL;
}

void *ob_c_dlopen(const char *name, int flags)
{
    (void)flags;
    return no_library(name, "cannot open shared object file: No such file or directory");
}

void *ob_c_dlsym(void *library, const char *name)
{
    (void)library;
    return no_library(name, "undefined symbol");
}

int ob_c_dlclose(void *library)
{
    (void)library;
    (void)no_library("dlclose", "shared object not open");
    return -1;
}

/* Once of each error. */
char *ob_c_dlerror(void)
{
    char *said = has_library_error ? library_error : NULL;
    has_library_error = false;
    return said;
}

/* -- word of changes to files: as a kernel without it, inotify(7) -- */

static int not_there(const char *name)
{
    return (int)OB_CALL(name, kernel ? -ENOSYS : 0);
}

int ob_c_inotify_init1(int flags)
{
    (void)flags;
    return not_there("inotify_init1");
}

int ob_c_inotify_add_watch(int fd, const char *path, uint32_t events)
{
    (void)fd;
    (void)path;
    (void)events;
    return not_there("inotify_add_watch");
}

int ob_c_inotify_rm_watch(int fd, int watch)
{
    (void)fd;
    (void)watch;
    return not_there("inotify_rm_watch");
}
