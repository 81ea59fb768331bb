/* The disk. A name leads to a body, which is what a write holds on to; bodies survive a crash. */
#include <offbeat/file.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BODIES                                                                                     \
    (OB_FILES + OB_FILE_WRITES) /* those with a name, and those that are only written to */
#define NO_BODY UINT8_MAX

struct body {
    uint32_t blocks[OB_FILE_BLOCKS];
    uint32_t count;
};

/* What is on the disk. */
struct plate {
    struct ob_disk_config config;
    struct body bodies[BODIES];
    uint8_t names[OB_FILES];
};

struct write {
    const struct ob_message *request; /* NULL for none */
    uint32_t left;                    /* blocks */
    uint8_t body;
};

/* What a loss of power takes with it. */
struct disk {
    struct write writes[OB_FILE_WRITES];
};

static void ignore(struct ob_actor *self, const struct ob_message *message)
{
    (void)self;
    (void)message;
}

/* The plate is the actor that was spawned right after the disk. */
static struct plate *plate_of(const struct ob_actor *disk)
{
    return ob_state(ob_actor_with_id(ob_world(disk), ob_id(disk) + 1));
}

static void answer(struct ob_actor *self, const struct ob_message *request, unsigned kind)
{
    ob_reply(self, request, plate_of(self)->config.first_kind + kind, request->args[0]);
}

static bool is_in_use(const struct plate *plate, const struct disk *disk, unsigned body)
{
    for (unsigned file = 0; file < OB_FILES; file++)
        if (plate->names[file] == body)
            return true;
    for (unsigned at = 0; at < OB_FILE_WRITES; at++)
        if (disk->writes[at].request && disk->writes[at].body == body)
            return true;
    return false;
}

/* An empty file under that name. There is always a body left, as there are more than names and
 * writes. */
static struct body *make(struct plate *plate, const struct disk *disk, unsigned file)
{
    unsigned body = 0;
    while (is_in_use(plate, disk, body))
        body++;
    assert(body < BODIES);
    plate->names[file] = (uint8_t)body;
    plate->bodies[body].count = 0;
    return &plate->bodies[body];
}

static struct body *find(struct plate *plate, unsigned file)
{
    return file < OB_FILES && plate->names[file] != NO_BODY ? &plate->bodies[plate->names[file]]
                                                            : NULL;
}

static bool is_whole(const struct body *body)
{
    for (uint32_t at = 1; body && at < body->count; at++)
        if (body->blocks[at] != body->blocks[0])
            return false;
    return true;
}

static void read_file(struct ob_actor *self, struct plate *plate, const struct ob_message *request)
{
    const struct body *body = find(plate, request->args[0]);
    uint32_t block = request->args[1] == OB_FILE_ALL ? 0 : request->args[1];
    if (!body) {
        answer(self, request, OB_FILE_FAILED);
        return;
    }
    ob_reply(self, request, plate->config.first_kind + OB_FILE_CONTENT, request->args[0],
             body->count, block < body->count ? body->blocks[block] : 0, is_whole(body));
}

/* Writes one block, or what is left when blocks take no time, and goes on later or is done. A write
 * fills the file from its beginning, whatever others have written there since. */
static void step(struct ob_actor *self, struct plate *plate, struct write *write, unsigned place)
{
    struct body *body = &plate->bodies[write->body];
    uint32_t total = write->request->args[2];
    while (write->left > 0) {
        uint32_t at = total - write->left--;
        while (body->count <= at) /* another may have emptied it: what is between are zeros */
            body->blocks[body->count++] = 0;
        body->blocks[at] = write->request->args[1];
        if (plate->config.block_us && write->left > 0) {
            ob_timer_start(self, plate->config.block_us, plate->config.first_kind + OB_FILE_STEP,
                           place);
            return;
        }
    }
    answer(self, write->request, OB_FILE_DONE);
    write->request = NULL;
}

static void write_file(struct ob_actor *self, struct plate *plate, struct disk *disk,
                       const struct ob_message *request)
{
    unsigned place = 0;
    while (place < OB_FILE_WRITES && disk->writes[place].request)
        place++;
    if (place == OB_FILE_WRITES || request->args[2] > OB_FILE_BLOCKS) {
        answer(self, request, OB_FILE_FAILED);
        return;
    }
    struct body *body = find(plate, request->args[0]);
    if (!body)
        body = make(plate, disk, request->args[0]);
    body->count = 0;
    disk->writes[place] = (struct write){
        .request = request, .left = request->args[2], .body = plate->names[request->args[0]]};
    step(self, plate, &disk->writes[place], place);
}

static bool append(struct plate *plate, struct disk *disk, const struct ob_message *request)
{
    struct body *body = find(plate, request->args[0]);
    if (!body)
        body = make(plate, disk, request->args[0]);
    if (request->args[2] > OB_FILE_BLOCKS - body->count)
        return false;
    for (uint32_t at = 0; at < request->args[2]; at++)
        body->blocks[body->count++] = request->args[1];
    return true;
}

static bool rename_file(struct plate *plate, const struct ob_message *request)
{
    unsigned to = request->args[1];
    if (!find(plate, request->args[0]) || to >= OB_FILES)
        return false;
    uint8_t body = plate->names[request->args[0]];
    plate->names[request->args[0]] = NO_BODY;
    plate->names[to] = body;
    return true;
}

static bool change(struct plate *plate, struct disk *disk, const struct ob_message *request,
                   unsigned kind)
{
    bool exists = find(plate, request->args[0]);
    switch (kind) {
    case OB_FILE_APPEND:
        return append(plate, disk, request);
    case OB_FILE_RENAME:
        return rename_file(plate, request);
    case OB_FILE_CREATE:
        if (!exists)
            (void)make(plate, disk, request->args[0]);
        return !exists;
    default:
        plate->names[request->args[0]] = NO_BODY;
        return exists;
    }
}

static void receive(struct ob_actor *self, const struct ob_message *request)
{
    struct plate *plate = plate_of(self);
    struct disk *disk = ob_state(self);
    unsigned kind = (unsigned)request->kind - plate->config.first_kind;
    if (kind > OB_FILE_STEP) /* or below the first */
        return;
    if (kind == OB_FILE_STEP)
        step(self, plate, &disk->writes[request->args[0]], request->args[0]);
    else if (request->args[0] >= OB_FILES)
        answer(self, request, OB_FILE_FAILED);
    else if (kind == OB_FILE_READ)
        read_file(self, plate, request);
    else if (kind == OB_FILE_WRITE)
        write_file(self, plate, disk, request);
    else
        answer(self, request, change(plate, disk, request, kind) ? OB_FILE_DONE : OB_FILE_FAILED);
}

struct ob_actor *ob_disk_spawn(struct ob_world *world, const char *name,
                               const struct ob_disk_config *config)
{
    static const char suffix[] = " (plate)";
    struct ob_actor *disk = ob_spawn(world, name, receive, sizeof(struct disk));
    size_t size = strlen(name) + sizeof suffix;
    char *plate_name = ob_alloc(world, size);
    (void)snprintf(plate_name, size, "%s%s", name, suffix);
    struct plate *plate = ob_state(ob_spawn(world, plate_name, ignore, sizeof *plate));
    plate->config = *config;
    memset(plate->names, NO_BODY, sizeof plate->names);
    return disk;
}

int ob_file_size(const struct ob_actor *disk, unsigned file)
{
    const struct body *body = find(plate_of(disk), file);
    return body ? (int)body->count : -1;
}

uint32_t ob_file_block(const struct ob_actor *disk, unsigned file, unsigned block)
{
    const struct body *body = find(plate_of(disk), file);
    assert(body && block < body->count);
    return body->blocks[block];
}

bool ob_file_is_whole(const struct ob_actor *disk, unsigned file)
{
    return is_whole(find(plate_of(disk), file));
}

unsigned ob_disk_writing_count(const struct ob_actor *actor)
{
    const struct disk *disk = ob_state(actor);
    unsigned count = 0;
    for (unsigned at = 0; at < OB_FILE_WRITES; at++)
        count += disk->writes[at].request != NULL;
    return count;
}
