/* What the rules of both runtimes are made of. */
#ifndef OFFBEAT_TESTS_FIDELITY_PATTERNS_H
#define OFFBEAT_TESTS_FIDELITY_PATTERNS_H

#include <offbeat/process_task.h>

#include "support/task_log.h"

#define MS 1000u

enum kind {
    GO,
    JOB,
    NAMED,
    LEAVE,
    CALL,
    ANSWER,
    EXIT,
    DOWN,
    SHUTDOWN,
    A,
    B,
    C,
    CAST,
    INFO,
    IDLE,
    WAITED,
    TRANSFER,
    TASKS,
    KINDS = TASKS + OB_PROCESS_TASK_KINDS
};

#define MESSAGES(TO)                                                                               \
    {                                                                                              \
        [GO] = {.name = "go", .to = (TO)}, [JOB] = {.name = "job"}, [NAMED] = {.name = "note"},    \
        [LEAVE] = {.name = "leave"}, [CALL] = {.name = "call"}, [ANSWER] = {.name = "answer"},     \
        [EXIT] = {.name = "exit"}, [DOWN] = {.name = "down"}, [SHUTDOWN] = {.name = "shutdown"},   \
        [A] = {.name = "a"}, [B] = {.name = "b"}, [C] = {.name = "c"}, [CAST] = {.name = "cast"},  \
        [INFO] = {.name = "info"}, [IDLE] = {.name = "idle"}, [WAITED] = {.name = "waited"},       \
        [TRANSFER] = {.name = "transfer"}, OB_PROCESS_TASK_MESSAGES(TASKS),                        \
    }

/* Further rules of Erlang/OTP, and those of Elixir. */
extern const struct ob_target ob_target_otp;
extern const struct ob_target ob_target_elixir_tasks;
extern const struct ob_target ob_target_elixir_names;

/* Rules of Mnesia. */
extern const struct ob_target ob_target_mnesia;

/* Rules of Node, and of the library async. */
extern const struct ob_target ob_target_node;
extern const struct ob_target ob_target_node_flows;
extern const struct ob_target ob_target_node_synchronous;

#endif
