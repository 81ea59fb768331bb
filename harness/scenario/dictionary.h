/*
 * A dictionary of records for engines that mutate bytes: what the target's description says can be
 * sent from outside, and what may happen to messages on the way.
 */
#ifndef OFFBEAT_SCENARIO_DICTIONARY_H
#define OFFBEAT_SCENARIO_DICTIONARY_H

#include "base/text.h"
#include "scenario/vocabulary.h"

#define OB_DICTIONARY_MAX 256 /* entries; engines do not make use of many more */

/*
 * Adds the dictionary in the form that libFuzzer and AFL++ read: a line NAME="BYTES" an entry,
 * after a comment with the record in text form. Messages come first, each with its least and its
 * greatest arguments, then deviations that the vocabulary allows, for each kind of message. Of more
 * than OB_DICTIONARY_MAX the last are left out.
 */
void ob_dictionary_print(const struct ob_vocabulary *vocabulary, struct ob_text *text);

#endif
