/*
 * Sets of test inputs in one file, TARGET.tar.zst: a tar archive under zstd that the same set of
 * inputs always gives the same bytes of, so that it can be kept under version control.
 *
 * What is read is not trusted. Everything is bounded, a name in an archive is never used as a
 * path, and a damaged archive gives what can still be read of it.
 */
#ifndef OFFBEAT_CORPUS_ARCHIVE_H
#define OFFBEAT_CORPUS_ARCHIVE_H

#include "base/error.h"
#include "base/text.h"
#include "corpus/input_set.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The result of a read; the third is -1 with the error set. */
enum {
    OB_ARCHIVE_WHOLE = 0,
    OB_ARCHIVE_DAMAGED = 1, /* some entries could be read, others are lost */
};

/* More holes than this are not told apart. */
#define OB_ARCHIVE_HOLES_MAX 16

/* What became of an archive that was read. */
struct ob_archive_damage {
    size_t entries_read;
    size_t entries_skipped; /* directories, links and the like, which hold no input: no damage */
    struct ob_error reason; /* what the first damage is; empty if there is none */

    /* Of an archive whose entries are numbered from 0, which numbers are missing. */
    bool is_numbered;
    struct {
        uint64_t first;
        uint64_t last;
    } holes[OB_ARCHIVE_HOLES_MAX]; /* the last one takes in all that follow */
    size_t hole_count;
    uint64_t next_number; /* the one after the last that was read */
    bool has_lost_end;    /* what came from there on is lost, however much it was */
};

/* Adds the reason and what is lost as one line without its end: "...; lost: 000003 to 000007". */
void ob_archive_damage_print(const struct ob_archive_damage *damage, struct ob_text *text);

/* Bounds on what is read. */
struct ob_archive_limits {
    size_t input_bytes_max;
    size_t inputs_max;
    size_t total_bytes_max; /* of all inputs */

    /*
     * What any archive may expand to, however small it is. A larger archive may expand to
     * OB_ARCHIVE_EXPANSION_MAX times its own size; inputs alike compress well, but not that well.
     */
    size_t expanded_bytes_free;
};

#define OB_ARCHIVE_EXPANSION_MAX 4096
#define OB_ARCHIVE_EXPANDED_BYTES_FREE ((size_t)256 << 20)
#define OB_ARCHIVE_FILE_BYTES_MAX ((size_t)1 << 30)

/* An archive in memory. */
struct ob_archive_source {
    const char *name; /* for messages */
    const void *data;
    size_t size;
    const struct ob_archive_limits *limits; /* NULL for those of an input set */
};

/* One input of an archive, valid only during the visit. */
struct ob_archive_entry {
    const char *name; /* from the archive, for display: printable ASCII, cut, not unique */
    const uint8_t *data;
    size_t size;
};

/* Returns 0 to go on, or -1 with `error` set to stop. */
typedef int ob_archive_visit(void *context, const struct ob_archive_entry *entry,
                             struct ob_error *error);

/*
 * Visits the inputs of an archive in their order, one at a time. All other ways to read are made
 * of this one. Any tar archive is accepted, plain or under zstd, gzip or bzip2, and zip with
 * entries that are stored or deflated. Only regular files are visited. Any bytes at all are safe to
 * pass. What is visited from an archive of ours is exactly what was written, however damaged the
 * archive is; of others that holds as far as they have checksums.
 *
 * `context` is passed on to `visit`. `damage` may be NULL.
 * Returns OB_ARCHIVE_WHOLE; OB_ARCHIVE_DAMAGED if at least one entry was visited and `damage` says
 * what is wrong with the rest; or -1 with `error` set if nothing can be read or a visit failed.
 */
int ob_archive_each_memory(const struct ob_archive_source *source, ob_archive_visit *visit,
                           void *context, struct ob_archive_damage *damage, struct ob_error *error);

/* As ob_archive_each_memory, for the file `path`, or standard input if that is "-". */
int ob_archive_each(const char *path, ob_archive_visit *visit, void *context,
                    struct ob_archive_damage *damage, struct ob_error *error);

/*
 * Adds the inputs of an archive to `set`, in their order and with repetitions. The set is the
 * caller's to release, also after an error. Otherwise as ob_archive_each_memory.
 */
int ob_archive_read_memory(const struct ob_archive_source *source, struct ob_input_set *set,
                           struct ob_archive_damage *damage, struct ob_error *error);

/* As ob_archive_read_memory, for the file `path`, or standard input if that is "-". */
int ob_archive_read(const char *path, struct ob_input_set *set, struct ob_archive_damage *damage,
                    struct ob_error *error);

/* How an archive is made. Zero-initialised, each field means its default. */
struct ob_archive_options {
    bool zip;         /* a zip, as fuzzing services take it for a seed corpus, in place of a tar */
    int level;        /* of zstd, 1 to 22; by default OB_ARCHIVE_LEVEL */
    unsigned threads; /* that compress, up to 64; by default as many as there are processors */
    size_t frame_entries; /* inputs that decode together, by default and at most 512: with fewer,
                           * less is lost to a damage, and the archive is larger */
    void (*progress)(void *context, const char *what, size_t inputs); /* called now and then */
    void *progress_context;
};

#define OB_ARCHIVE_LEVEL 19

/* An archive while it is written. */
struct ob_archive_writer;

/*
 * Begins to write an archive in place of the file `path`, or to standard output for "-". Nothing at
 * `path` changes before ob_archive_writer_commit(). `options` may be NULL.
 *
 * The same inputs at the same level, in frames of the same size, give the same bytes, whatever the
 * other options are.
 * Returns the writer, to commit or to cancel, or NULL with `error` set.
 */
struct ob_archive_writer *ob_archive_writer_begin(const char *path,
                                                  const struct ob_archive_options *options,
                                                  struct ob_error *error);

/* Adds an input; they come sorted, as ob_input_set_normalize() sorts. The bytes stay the caller's.
 * Entries are numbered, and have no owner and no time.
 * Returns 0, or -1 with `error` set; the caller then cancels. */
int ob_archive_writer_add(struct ob_archive_writer *writer, const void *data, size_t size,
                          struct ob_error *error);

/* Puts the archive in place and releases the writer, whatever the result. Returns 0, or -1 with
 * `error` set, in which case an earlier file is still there as it was. */
int ob_archive_writer_commit(struct ob_archive_writer *writer, struct ob_error *error);

/* Drops what was written and releases the writer. */
void ob_archive_writer_cancel(struct ob_archive_writer *writer);

/*
 * Writes `set` as an archive, in place of the file `path` or to standard output for "-". The set
 * is normalized on the way (see ob_input_set_normalize) and stays the caller's. `options` may be
 * NULL.
 *
 * Returns 0, or -1 with `error` set, in which case an earlier file is still there as it was.
 */
int ob_archive_write(const char *path, struct ob_input_set *set,
                     const struct ob_archive_options *options, struct ob_error *error);

/*
 * Writes the inputs of an archive into `directory`, which is created if it is missing, as files
 * named 000000, 000001 and so on. A file that is there with the same content is left alone; one
 * with another content, or a symbolic link, is an error rather than overwritten.
 *
 * `*unpacked`, if not NULL, becomes the number of inputs that are now in the directory.
 * Returns as ob_archive_each_memory does; a damaged archive is unpacked as far as it can be read.
 */
int ob_archive_unpack(const char *archive_path, const char *directory, size_t *unpacked,
                      struct ob_archive_damage *damage, struct ob_error *error);

#endif
