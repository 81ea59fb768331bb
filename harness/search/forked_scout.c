#include "search/forked_scout.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/process.h"
#include "base/transfer.h"

/* For one that thinks for long: less is lost by not knowing what comes next. */
#define WAIT_MS 100

bool ob_scout_start(struct ob_scout *scout)
{
    int files[2];

    scout->process = -1;
    if (pipe(files))
        return false;
    scout->process = ob_process_fork();
    if (scout->process == 0) {
        if (ob_process_redirect(-1, OB_DEV_NULL, OB_DEV_NULL))
            _exit(0);
        (void)close(files[0]);
        scout->fd = files[1];
        scout->is_ahead = true;
        return true;
    }
    (void)fcntl(files[0], F_SETFD, FD_CLOEXEC);
    (void)close(files[1]);
    scout->fd = files[0];
    if (scout->process < 0)
        ob_scout_stop(scout);
    return false;
}

bool ob_scout_says(struct ob_scout *scout, const struct ob_scenario *scenario)
{
    if (!scout->is_ahead)
        return false;
    if (ob_write_all(scout->fd, scenario, sizeof *scenario))
        _exit(0);
    return true;
}

bool ob_scout_next(struct ob_scout *scout, struct ob_scenario *scenario)
{
    struct pollfd said = {.fd = scout->fd, .events = POLLIN};

    return scout->fd >= 0 && poll(&said, 1, WAIT_MS) > 0 &&
           ob_read_all(scout->fd, scenario, sizeof *scenario, NULL, NULL) == 0;
}

void ob_scout_stop(struct ob_scout *scout)
{
    if (scout->fd >= 0)
        (void)close(scout->fd);
    scout->fd = -1;
    if (scout->process <= 0)
        return;
    ob_process_kill(scout->process, NULL);
    scout->process = -1;
}

void ob_scout_join(const struct ob_scout *scout)
{
    if (scout->is_ahead)
        _exit(0);
}
