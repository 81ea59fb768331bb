/*
 * Inputs from wherever they are: files, directories, what fuzzing engines leave, archives.
 */
#ifndef OFFBEAT_CORPUS_GATHER_H
#define OFFBEAT_CORPUS_GATHER_H

#include "corpus/archive.h"

/* What is called for each archive that is damaged: what is intact of it was visited. */
struct ob_gathering {
    ob_archive_visit *visit; /* for each input; the name is that of its file, or in its archive */
    void (*damaged)(void *context, const char *path, const struct ob_archive_damage *damage);
    void *context; /* passed on to both */
};

/*
 * Visits all inputs of `path`, which is
 *   - an archive, if its name ends in .tar, .tar.zst, .tzst, .tar.gz, .tgz, .tar.bz2, .tbz2 or
 * .zip;
 *   - a directory: the regular files in it and below it, archives as the inputs that they may be.
 *     Symbolic links, names that start with a dot and README.txt are left out: fuzzers keep notes
 *     under such names. Of what AFL++ leaves, told by fuzzer_setup or fuzzer_stats beside queue/,
 *     only the queue is taken. A file that goes away meanwhile is passed over;
 *   - else an input. "-" is standard input.
 *
 * Returns 0, or -1 with `error` set.
 */
int ob_gather(const char *path, const struct ob_gathering *gathering, struct ob_error *error);

/* Whether the name of a file says that it is an archive. */
bool ob_gather_is_archive(const char *path);

#endif
