/*
 * The operands of the target's comparisons, while the mutator runs a parent. The calls that the
 * compiler puts at comparisons (-fsanitize-coverage=trace-cmp) belong to the engine; where it has
 * such hooks, the linker routes them through here (--wrap) on their way to it.
 */
#ifndef OFFBEAT_ENGINE_COMPARISONS_H
#define OFFBEAT_ENGINE_COMPARISONS_H

#include "search/operands.h"

/* Where operands are noted from now on; NULL: nowhere. */
extern struct ob_operands *ob_comparisons_noted;

/* Whether the engine has no use for comparisons, so that they end here. Nobody may know: then they
 * are passed on. libFuzzer keeps operands for mutations of its own, of which there are none beside
 * Offbeat's, and for -use_value_profile=1. */
extern bool ob_comparisons_unwanted;

#endif
