/* The version of Offbeat, in one place: the build, the CLI and the reports read it from here. */
#ifndef OFFBEAT_VERSION_H
#define OFFBEAT_VERSION_H

#define OB_VERSION_MAJOR 0
#define OB_VERSION_MINOR 1
#define OB_VERSION_PATCH 0
#define OB_VERSION "0.1.0"

/* For comparisons: OB_VERSION_NUMBER >= 10000 is 1.0.0 or later. */
#define OB_VERSION_NUMBER (OB_VERSION_MAJOR * 10000 + OB_VERSION_MINOR * 100 + OB_VERSION_PATCH)

#endif
