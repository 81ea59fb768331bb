/* What makes the command with a target where there is no CMake. */
#include <offbeat/command.h>

OB_COMMAND_TARGET(demo);
OB_COMMAND(&ob_target_demo);
