/*
 * What single inputs show of a target, for who chooses among them: the features that libFuzzer goes
 * by, without the engine's search.
 */
#ifndef OFFBEAT_ENGINE_FEATURES_H
#define OFFBEAT_ENGINE_FEATURES_H

/* Serves features on standard input and output as base/features.h says, and ends the process, if
 * the arguments ask for it. Otherwise returns. */
void ob_features_serve(int argc, char **argv);

#endif
