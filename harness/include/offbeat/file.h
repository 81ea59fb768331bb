/*
 * Files on a disk, as an actor that is asked to read, write, append and rename. Every request is
 * answered once, by ob_reply(), so that plain handlers and tasks that await the answer can use it
 * alike.
 *
 * A file is a row of blocks, each of which holds a number. A write puts the same number into
 * several blocks, one after the other, so that a file whose blocks differ was written halfway, or
 * by two writers at a time.
 *
 * Semantics of: POSIX.1-2017 and Node's fs.promises over it. A write (fs.writeFile) empties the
 * file and then fills it block by block, and others read and write in between. An append (O_APPEND)
 * of whole records is atomic. rename() replaces its target in one step; an open writer of the old
 * file keeps writing to that file. Creation with O_EXCL fails when the file exists, which makes a
 * lock of it. When the disk loses power (it crashes or restarts), what was written so far stays,
 * and the rest is never written: a torn write. Left out: caches that lose what was acknowledged
 * (every block is synced), descriptors, directories.
 */
#ifndef OFFBEAT_FILE_H
#define OFFBEAT_FILE_H

#include <offbeat/offbeat.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OB_FILES 8        /* names of files, by number */
#define OB_FILE_BLOCKS 16 /* of one file; what is beyond is not written */
#define OB_FILE_WRITES 16 /* writes under way at one time; FAILED beyond */
#define OB_FILE_ALL UINT32_MAX

/* Kinds of message, from the first on that the target gives the disk. */
enum ob_file_kind {
    OB_FILE_READ,  /* (file, block or OB_FILE_ALL). CONTENT, or FAILED when there is no such file */
    OB_FILE_WRITE, /* (file, value, blocks). DONE when the last block is written */
    OB_FILE_APPEND, /* (file, value, blocks): all of them at once. DONE, or FAILED when it is full
                     */
    OB_FILE_RENAME, /* (file, to). DONE, or FAILED when there is no such file */
    OB_FILE_CREATE, /* (file): with O_EXCL. DONE, or FAILED when there is one */
    OB_FILE_REMOVE, /* (file). DONE, or FAILED when there is no such file */
    OB_FILE_STEP,   /* the disk's own: the next block of a write */
    /* Answers: */
    OB_FILE_CONTENT, /* (file, blocks, value, whole): how many blocks it has; the value of the block
                        that was asked for, or of the first; whether all blocks are the same */
    OB_FILE_DONE,    /* (file) */
    OB_FILE_FAILED,  /* (file) */
    OB_FILE_KINDS,   /* how many kinds of the target's are the disk's */
};

/* The names of these kinds, for the target's `messages`: OB_FILE_MESSAGES(FILES) */
#define OB_FILE_MESSAGES(FIRST)                                                                    \
    OB_AT((FIRST) + OB_FILE_READ){.name = "read_file",                                             \
                                  .args = {{.name = "file"}, {.name = "block"}},                   \
                                  .may_be_unused = true},                                          \
        OB_AT((FIRST) +                                                                            \
              OB_FILE_WRITE){.name = "write_file",                                                 \
                             .args = {{.name = "file"}, {.name = "value"}, {.name = "blocks"}},    \
                             .may_be_unused = true},                                               \
        OB_AT((FIRST) +                                                                            \
              OB_FILE_APPEND){.name = "append",                                                    \
                              .args = {{.name = "file"}, {.name = "value"}, {.name = "blocks"}},   \
                              .may_be_unused = true},                                              \
        OB_AT((FIRST) + OB_FILE_RENAME){                                                           \
            .name = "rename", .args = {{.name = "file"}, {.name = "to"}}, .may_be_unused = true},  \
        OB_AT((FIRST) + OB_FILE_CREATE){                                                           \
            .name = "create_file", .args = {{.name = "file"}}, .may_be_unused = true},             \
        OB_AT((FIRST) + OB_FILE_REMOVE){                                                           \
            .name = "remove", .args = {{.name = "file"}}, .may_be_unused = true},                  \
        OB_AT((FIRST) + OB_FILE_STEP){                                                             \
            .name = "next_block", .args = {{.name = "write"}}, .may_be_unused = true},             \
        OB_AT((FIRST) + OB_FILE_CONTENT){                                                          \
            .name = "content",                                                                     \
            .args = {{.name = "file"}, {.name = "blocks"}, {.name = "value"}, {.name = "whole"}},  \
            .may_be_unused = true},                                                                \
        OB_AT((FIRST) + OB_FILE_DONE){                                                             \
            .name = "file_done", .args = {{.name = "file"}}, .may_be_unused = true},               \
        OB_AT((FIRST) + OB_FILE_FAILED)                                                            \
    {                                                                                              \
        .name = "file_failed", .args = {{.name = "file"}}, .may_be_unused = true                   \
    }

struct ob_disk_config {
    uint8_t first_kind; /* of the target's kinds: that of OB_FILE_READ */
    uint32_t block_us;  /* for one block of a write; 0: all of them at once */
};

/* Adds the disk as an actor. What is on it survives that one's crashes. `config` is copied. */
struct ob_actor *ob_disk_spawn(struct ob_world *world, const char *name,
                               const struct ob_disk_config *config);

/* -- for checks -- */

/* How many blocks a file has; -1 when there is no such file. */
int ob_file_size(const struct ob_actor *disk, unsigned file);

/* The number in a block of a file, which must have it. */
uint32_t ob_file_block(const struct ob_actor *disk, unsigned file, unsigned block);

/* Whether all blocks of a file are the same; true for one that is empty or not there. */
bool ob_file_is_whole(const struct ob_actor *disk, unsigned file);

/* How many writes are under way. */
unsigned ob_disk_writing_count(const struct ob_actor *disk);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
