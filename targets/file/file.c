/* Requests of one service write and read the same file. See README.md for what goes wrong. */
#include <offbeat/file.h>
#include <offbeat/lock.h>

#define DOCUMENT 0u /* number of the file */
#define DRAFTS 1u   /* and from here on those that are renamed to it */
#define BLOCKS 3u   /* of the document */
#define BLOCK_US 20
#define RECORD 2 /* blocks of a record that is appended */

enum variant { RACY, LOCK, RENAME, APPEND, LOCK_LATE, KEPT };
enum kind { SAVE, LOAD, DISK, KINDS = DISK + OB_FILE_KINDS };

/* Each request is a task, and all of them share this. */
struct service {
    struct ob_rwlock lock;
    uint32_t saves;  /* that are done */
    uint32_t drafts; /* that were begun */
    uint32_t torn;   /* times that a reader got half of one document and half of another */
    uint32_t begun;  /* requests */
    uint32_t ended;
};

static const struct ob_message *ask(struct ob_actor *self, unsigned kind, uint32_t first,
                                    uint32_t second, uint32_t third)
{
    return ob_call(self, "disk", OB_FOREVER, DISK + kind, first, second, third);
}

/* The document holds the number of the save that wrote it. */
static uint32_t version(struct ob_actor *self)
{
    return ask(self, OB_FILE_READ, DOCUMENT, OB_FILE_ALL, 0)->args[2];
}

static void write_next(struct ob_actor *self)
{
    (void)ask(self, OB_FILE_WRITE, DOCUMENT, version(self) + 1, BLOCKS);
}

static void write_locked(struct ob_actor *self, bool read_before)
{
    struct service *service = ob_state(self);
    uint32_t early = read_before ? version(self) : 0;

    (void)ob_rwlock_write_lock(self, &service->lock, OB_FOREVER);
    if (read_before)
        (void)ask(self, OB_FILE_WRITE, DOCUMENT, early + 1, BLOCKS);
    else
        write_next(self);
    (void)ob_rwlock_unlock(self, &service->lock);
}

/* Writes a file of its own, and puts it in the document's place in one step. The last one wins. */
static void write_then_rename(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    uint32_t number = ++service->drafts;
    uint32_t draft = DRAFTS + number % (OB_FILES - DRAFTS);

    if (ask(self, OB_FILE_CREATE, draft, 0, 0)->kind != DISK + OB_FILE_DONE)
        return; /* as many drafts as there are names for are under way: refused */
    (void)ask(self, OB_FILE_WRITE, draft, number, BLOCKS);
    (void)ask(self, OB_FILE_RENAME, draft, DOCUMENT, 0);
}

static void save(struct ob_actor *self)
{
    struct service *service = ob_state(self);

    switch (ob_variant(self)) {
    case RACY:
        write_next(self);
        break;
    case LOCK:
    case KEPT:
        write_locked(self, false);
        break;
    case LOCK_LATE:
        write_locked(self, true);
        break;
    case RENAME:
        write_then_rename(self);
        break;
    default:
        if (ask(self, OB_FILE_APPEND, DOCUMENT, ++service->drafts, RECORD)->kind !=
            DISK + OB_FILE_DONE)
            return; /* it is full */
        break;
    }
    service->saves++;
}

static void load(struct ob_actor *self)
{
    struct service *service = ob_state(self);
    bool locked =
        ob_variant(self) == LOCK || ob_variant(self) == LOCK_LATE || ob_variant(self) == KEPT;

    if (locked)
        (void)ob_rwlock_read_lock(self, &service->lock, OB_FOREVER);
    const struct ob_message *content = ask(self, OB_FILE_READ, DOCUMENT, OB_FILE_ALL, 0);
    if (ob_variant(self) == KEPT && content->kind == DISK + OB_FILE_FAILED)
        return; /* and the lock is still held */
    if (locked)
        (void)ob_rwlock_unlock(self, &service->lock);
    if (content->kind == DISK + OB_FILE_FAILED)
        return; /* nothing was saved yet */
    if (ob_variant(self) == APPEND)
        service->torn += content->args[1] % (unsigned)RECORD != 0;
    else
        service->torn += content->args[1] != BLOCKS || !content->args[3];
}

static void service_handle(struct ob_actor *self, const struct ob_message *message)
{
    struct service *service = ob_state(self);

    service->begun++;
    if (message->kind == SAVE)
        save(self);
    else
        load(self);
    service->ended++;
}

static void check(struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));

    OB_INVARIANT(world, reader_gets_whole_file, service->torn == 0,
                 "%u readers got a file that was written half", service->torn);
}

static bool is_whole(const struct ob_actor *disk, unsigned variant)
{
    if (variant != APPEND)
        return ob_file_is_whole(disk, DOCUMENT);
    for (int block = 0; block + 1 < ob_file_size(disk, DOCUMENT); block += RECORD)
        if (ob_file_block(disk, DOCUMENT, (unsigned)block) !=
            ob_file_block(disk, DOCUMENT, (unsigned)block + 1))
            return false;
    return true;
}

static void check_quiescent(struct ob_world *world)
{
    const struct service *service = ob_state(ob_actor(world, "service"));
    const struct ob_actor *disk = ob_actor(world, "disk");
    int size = ob_file_size(disk, DOCUMENT);
    uint32_t kept = 0;

    if (size > 0)
        kept = ob_world_variant(world) == APPEND ? (uint32_t)(size / RECORD)
                                                 : ob_file_block(disk, DOCUMENT, 0);
    OB_INVARIANT(world, file_is_of_one_writer, is_whole(disk, ob_world_variant(world)),
                 "a part is of one, a part of another");
    OB_INVARIANT(world, requests_end, service->ended == service->begun,
                 "%u of %u requests have ended", service->ended, service->begun);
    OB_INVARIANT(world, no_save_lost, ob_world_variant(world) == RENAME || kept == service->saves,
                 "%u saves, of which the file knows %u", service->saves, kept);
}

static void describe(const struct ob_actor *actor, struct ob_text *text)
{
    if (ob_id(actor) == ob_id(ob_actor(ob_world(actor), "service"))) {
        const struct service *service = ob_state(actor);
        ob_describe(text, "saved: %u, torn reads: %u", service->saves, service->torn);
        return;
    }
    if (ob_id(actor) != ob_id(ob_actor(ob_world(actor), "disk")))
        return;
    int size = ob_file_size(actor, DOCUMENT);
    ob_describe(text, size > 0 ? "document" : "no document");
    for (int block = 0; block < size; block++)
        ob_describe(text, " %u", ob_file_block(actor, DOCUMENT, (unsigned)block));
}

static void setup(struct ob_world *world)
{
    struct ob_disk_config config = {.first_kind = DISK, .block_us = BLOCK_US};

    ob_spawn_async(world, "service", service_handle, sizeof(struct service));
    ob_disk_spawn(world, "disk", &config);
    /* A pool of threads does the input and output: nothing keeps the order of what is asked. */
    ob_link(world, "service", "disk", (struct ob_link){.unordered = true});
    ob_link(world, "disk", "service", (struct ob_link){.unordered = true});
}

OB_TARGET(file, .summary = "requests of one service write and read the same file",
          .variants = {[RACY] = "racy",
                       [LOCK] = "lock",
                       [RENAME] = "rename",
                       [APPEND] = "append",
                       [LOCK_LATE] = "lock_late",
                       [KEPT] = "kept"},
          .fails = {[RACY] = true, [LOCK_LATE] = true, [KEPT] = true},
          .messages = {[SAVE] = {.name = "save", .to = "service"},
                       [LOAD] = {.name = "load", .to = "service"},
                       OB_FILE_MESSAGES(DISK)},
          .setup = setup, .check = check, .check_quiescent = check_quiescent, .describe = describe);
