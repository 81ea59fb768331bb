/* A target with goals of every kind, for goals.bats. */
#include "../support/desk.h"
