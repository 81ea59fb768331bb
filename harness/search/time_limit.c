#include "search/time_limit.h"

#include "base/process.h"

bool ob_is_late(uint64_t since_ms, uint32_t timeout_ms, pid_t process, uint64_t cpu_ms_before)
{
    if (since_ms < timeout_ms)
        return false;
    return since_ms >= (uint64_t)OB_WAIT_FACTOR * timeout_ms ||
           ob_process_cpu_ms(process) >= cpu_ms_before + timeout_ms;
}
