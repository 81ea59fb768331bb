/* Who runs, and what that user may do: one user, of whom the system knows the name. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/resource.h>

#include "host/call.h"
#include "host/process_data.h"

/* -- identity -- */

uid_t ob_c_getuid(void)
{
    return OB_HOST_USER;
}

int ob_c_getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
    *real = *effective = *saved = OB_HOST_USER;
    return 0;
}

/* An ordinary user stays what it is: setuid(2). */
int ob_c_setuid(uid_t user)
{
    if (user == OB_HOST_USER)
        return 0;
    errno = EPERM;
    return -1;
}

int ob_c_setgroups(size_t count, const gid_t *groups)
{
    (void)count;
    (void)groups;
    errno = EPERM;
    return -1;
}

/* It leads a group of its own, so that it cannot begin another: setsid(2). */
int ob_c_setsid(void)
{
    errno = EPERM;
    return -1;
}

/* Which runs first is the world's, whatever is said here; an ordinary user only gives way:
 * setpriority(2). */
OB_PROCESS_DATA static int niceness = 0;

static bool names_process(int which, id_t who)
{
    bool is_self = which == PRIO_PROCESS && who == (id_t)ob_process_number(ob_current.process);
    errno = which == PRIO_PROCESS || which == PRIO_PGRP || which == PRIO_USER ? ESRCH : EINVAL;
    return is_self || (errno == ESRCH && who == 0);
}

int ob_c_getpriority(int which, id_t who)
{
    int error = errno;
    if (!names_process(which, who))
        return -1;
    errno = error;
    return niceness;
}

int ob_c_setpriority(int which, id_t who, int wanted)
{
    int error = errno;
    if (!names_process(which, who))
        return -1;
    wanted = wanted < -20 ? -20 : wanted > 19 ? 19 : wanted;
    errno = EACCES;
    if (wanted < niceness)
        return -1;
    niceness = wanted;
    errno = error;
    return 0;
}

/* -- names: getpwnam(3) -- */

/* There is one user. */
static const char user_name[] = "user", user_home[] = "/tmp", user_shell[] = "/bin/sh";

/* Copies a text to the front of the caller's room, which it moves on. */
static char *put_text(char **room, const char *text)
{
    char *copy = strcpy(*room, text);
    *room += strlen(text) + 1;
    return copy;
}

static int give_user(bool is_known, struct passwd *entry, char *room, size_t size,
                     struct passwd **result)
{
    *result = NULL;
    if (!is_known)
        return 0;
    if (size < sizeof user_name + sizeof user_home + sizeof user_shell + 2)
        return ERANGE;
    *entry = (struct passwd){.pw_name = put_text(&room, user_name),
                             .pw_passwd = put_text(&room, "x"),
                             .pw_uid = OB_HOST_USER,
                             .pw_gid = OB_HOST_USER,
                             .pw_dir = put_text(&room, user_home),
                             .pw_shell = put_text(&room, user_shell)};
    entry->pw_gecos = entry->pw_passwd + 1; /* empty */
    *result = entry;
    return 0;
}

int ob_c_getpwuid_r(uid_t user, struct passwd *entry, char *room, size_t size,
                    struct passwd **result)
{
    return give_user(user == OB_HOST_USER, entry, room, size, result);
}

int ob_c_getpwnam_r(const char *name, struct passwd *entry, char *room, size_t size,
                    struct passwd **result)
{
    return give_user(strcmp(name, user_name) == 0, entry, room, size, result);
}

OB_PROCESS_DATA static struct passwd user_entry = {0};
OB_PROCESS_DATA static char user_text[64] = {0};

struct passwd *ob_c_getpwuid(uid_t user)
{
    struct passwd *found;
    (void)ob_c_getpwuid_r(user, &user_entry, user_text, sizeof user_text, &found);
    return found;
}

struct passwd *ob_c_getpwnam(const char *name)
{
    struct passwd *found;
    (void)ob_c_getpwnam_r(name, &user_entry, user_text, sizeof user_text, &found);
    return found;
}
