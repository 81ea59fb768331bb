#include "triage/report.h"

const char *ob_triage_state_name(enum ob_triage_state state)
{
    static const char *const names[OB_TRIAGE_STATES] = {
        [OB_TRIAGE_FAILS] = "fails",           [OB_TRIAGE_FLAKY] = "flaky",
        [OB_TRIAGE_PASSES] = "passes",         [OB_TRIAGE_BROKEN] = "broken",
        [OB_TRIAGE_UNKNOWN_TARGET] = "untold", [OB_TRIAGE_TROUBLE] = "trouble",
    };

    return names[state];
}

const char *ob_triage_failure_name(enum ob_failure failure)
{
    static const char *const names[OB_FAILURES] = {
        [OB_NO_FAILURE] = "none",
        [OB_INVARIANT_VIOLATED] = "invariant",
        [OB_MEMORY_ERROR] = "memory error",
        [OB_KILLED] = "crash",
        [OB_HANG] = "hang",
        [OB_OUT_OF_MEMORY] = "out of memory",
        [OB_LEAK] = "leak",
        [OB_EXITED] = "exit",
    };

    return names[failure];
}
