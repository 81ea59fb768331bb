/*
 * What the command and a fuzz program say to each other when the one asks the other which features
 * single inputs have: of the target's code, and of the order of messages.
 *
 * All numbers are 32-bit, little-endian. A greeting: OB_FEATURES_GREETING, then the number of
 * features that there are. Then for each input, its size and its bytes, an answer: how many
 * features it has and which, ascending; or OB_FEATURES_CRASHED or OB_FEATURES_HUNG, with a signal's
 * number or 0. An input runs in a process of its own as far as the one before crashed or hung:
 * longer than OFFBEAT_FEATURES_TIMEOUT seconds, of the environment, 10 by default. The end of the
 * inputs ends it.
 *
 * A feature is an edge of the target's code in one of libFuzzer's eight ranges of how often it was
 * taken, or a mark of the world's feedback.
 */
#ifndef OFFBEAT_BASE_FEATURES_H
#define OFFBEAT_BASE_FEATURES_H

/* The argument of the fuzz program that asks for it, alone. */
#define OB_FEATURES_ARGUMENT "-offbeat_features=1"

#define OB_FEATURES_GREETING 0x3146424FU
#define OB_FEATURES_CRASHED 0xFFFFFFFFU
#define OB_FEATURES_HUNG 0xFFFFFFFEU
#define OB_FEATURES_INPUT_BYTES_MAX (16u << 20)

#endif
