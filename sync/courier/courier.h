#ifndef SYNC_COURIER_COURIER_H
#define SYNC_COURIER_COURIER_H

#include <sys/types.h>

#include "valise/bytes.h"

#include "sync/transport/frame.h"
#include "sync/transport/layout.h"

/*
 * The courier: libgit2 and nothing secret. Shared by the files of this folder only; layered
 * main > net > pull, push, fold, tidy > ref, reach, packs > hub, pack, objects > lock > files, sha1 > pipe, confine.
 */

struct objects;
struct net;

/* A folder used as a remote. The process works from inside it: its working directory is the folder. */
struct hub {
    int fd; /* the folder, -1 when closed */
    bool writable;
    bool made;               /* false: an empty folder in which nothing was created */
    mode_t dir_mode;         /* for what is created below; files take it without the x bits */
    struct objects *objects; /* opened at need */
    unsigned fresh_looks;    /* how often a miss may still open them anew */
    struct net *net;         /* the folder is our own, for a remote over a line; NULL: it is the remote */
};

/* pipe.c: frames on descriptors 0 and 1. */
enum pipe_state { PIPE_OK, PIPE_END, PIPE_BAD };
/** Waits for the next message; it borrows from a buffer that the next call overwrites. */
enum pipe_state pipe_next(struct vls__msg *out);
/** False when the parent is gone. */
bool pipe_send(const struct vls__msg *msg);
bool pipe_send_blob(const uint8_t name[VLS__NAME], const void *p, size_t n);
bool pipe_send_error(const struct vls_error *err);
bool pipe_send_progress(uint64_t done, uint64_t total, uint64_t bytes);
/** Asks the parent for a line to a service of git's; -1 when there is none. */
int pipe_take_line(enum vls__line service);

/* confine.c: what the process gives up. */
/** Limits, signals, no new privileges; before any byte is read. False when one of them is refused. */
bool confine_process(void);
/** Leaves only the folder dir; returns the Landlock version in force, 0 for a kernel without it. */
int confine_to_folder(int dir, bool writable);
/** Takes away starting programs and making connections; false when the kernel has no filters. */
bool confine_calls(void);

/* files.c: folders and small files of a hub, no link followed, regular files only. */
/** Names an errno met while writing below the hub: full, read-only, gone, or plain I/O. */
enum vls_code file_fail(struct vls_error *err, int sys, const char *what);
/** Opens the folder a, or a/b, under dir; -1 with errno. */
int folder_open(int dir, const char *a, const char *b);
/** Makes the bytes of a file durable. */
bool file_sync(int fd);
/** Makes the names in a folder durable. */
bool folder_sync(int dir);
/** From now on both do nothing: what this process writes ends with it. */
void files_pass(void);
/** Calls each for at most max names in a folder, until it says false; -1 with errno, E2BIG for more. */
typedef bool folder_each_fn(void *ctx, const char *name);
int folder_each(int dir, unsigned max, folder_each_fn *each, void *ctx);
/**
 * Reads a whole file of at most max bytes. Errors: VLS_ENOTFOUND; VLS_EFORMAT for anything that is not
 * a regular file of that size; VLS_EIO.
 */
enum vls_code file_load(struct vls_buf *out, int dir, const char *name, size_t max, struct vls_error *err) VLS_MUST_USE;
bool file_write(int fd, const void *p, size_t n);
/** prefix and 16 random hex digits. */
void file_temp_name(char *out, size_t cap, const char *prefix);

/* hub.c: recognising and creating. From hub_open on the process is confined; hello says how far. */
enum vls_code hub_open(struct hub *hub, const char *path, unsigned flags, struct vls__msg *hello,
                       struct vls_error *err) VLS_MUST_USE;
/** Ours, an unused repository, an empty place (then made is false, or it is made), or an error for what
 *  is not to be touched. */
enum vls_code hub_look(struct hub *hub, bool create, struct vls_error *err) VLS_MUST_USE;
void hub_close(struct hub *hub);

/* lock.c: the lock on the branch; dir is the branch's folder. */
#define LOCK_NAME 40
/** Learns what tells this kernel from others; before the process is confined. */
void lock_begin(void);
/** Waits a while for the lock and clears away what a dead writer left. Errors: VLS_ERACE, somebody is
 *  writing; VLS_EBUSY, a left lock that may still be somebody's; those of writing. */
enum vls_code lock_take(int dir, mode_t mode, int *lock, struct vls_error *err) VLS_MUST_USE;
bool lock_mine(int dir, int lock);
/** Removes the lock and closes it; nothing for -1. */
void lock_give(int dir, int *lock);
/** Writes a file beside the branch, to be renamed to it; open, or -1 with errno and an empty name. */
int lock_file_make(int dir, mode_t mode, const char *text, size_t n, char name[LOCK_NAME]);
/** A name that stands for no branch. */
bool lock_is_name(const char *name);

/* ref.c: the branch. */
enum vls_code ref_read(const struct hub *hub, struct vls__tip *out, uint64_t *others,
                       struct vls_error *err) VLS_MUST_USE;
struct pack;
/** Publishes a finished pack and moves the branch from on to the commit to, or does neither; pack NULL: all that to leads
 *  to lies there. Errors: VLS_ERACE, the branch is not at on, something is not there, or somebody is writing; VLS_EBUSY,
 *  a fresh left-over lock; those of writing. */
enum vls_code ref_move(struct hub *hub, const struct vls__tip *on, const uint8_t to[VLS__OID], struct pack *pack,
                       struct vls_error *err) VLS_MUST_USE;

/* objects.c: reading objects through libgit2. */
#define FRESH_LOOKS 64 /* in one request: folding is rare, and a hostile hub can miss millions */
enum object_kind { OBJECT_COMMIT = 1, OBJECT_TREE = 2, OBJECT_BLOB = 3 };
enum object_found { OBJECT_OK, OBJECT_DAMAGED, OBJECT_ODD };
bool objects_init(void);
void objects_exit(void);
/**
 * Reads one object whose bytes match its id. ODD: of another kind, or longer than max, not read.
 * DAMAGED: absent or unreadable. out borrows until the next call.
 */
enum object_found object_read(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind kind, size_t max,
                              struct vls_slice *out);
/** loose.c: the same for an object outside packs, unfolded into out. */
enum object_found loose_read(const struct hub *hub, const uint8_t id[VLS__OID], enum object_kind kind, size_t max,
                             struct vls_buf *out);
/** The id of an object that is being written. */
bool object_id(uint8_t out[VLS__OID], enum object_kind kind, const void *p, size_t n);
/** The same for whatever an id leads to. */
bool object_read_any(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind *kind, struct vls_slice *out);
/** Kind and size of whatever an id leads to; false when it is not there. The kind may be another one than those three. */
bool object_look(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind *kind, size_t *n);
/** Appends the ids in one pack, given the path of its index from the hub's folder. */
bool objects_of_pack(const char *idx, struct vls_buf *ids);
/** Forgets what is open, so that the next read looks at the folder again. */
void objects_close(struct hub *hub);
/** Looks at what lies among the objects; loose says whether there are any outside packs. Errors:
 *  VLS_EFORMAT, something else than plain folders and files; VLS_ELIMIT, too many. */
enum vls_code objects_check(const struct hub *hub, bool *loose, struct vls_error *err) VLS_MUST_USE;

/* pull.c, push.c, fold.c, tidy.c */
enum vls_code hub_pull(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;
enum vls_code hub_push(struct hub *hub, const struct vls__msg *push, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;
/** Makes what pushes put aside the history, if the branch is still at from. */
enum vls_code hub_move(struct hub *hub, const struct vls__tip *from, const struct vls__tip *to, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;
/* net.c: the same for a remote over a line; scratch is an empty folder of our own. net_close and then hub_close clear
 * away whatever opening came to. */
enum vls_code net_open_line(struct hub *hub, const char *scratch, unsigned flags, struct vls__msg *hello,
                            struct vls_error *err) VLS_MUST_USE;
/** Over a line for each request, as https has it. */
enum vls_code net_open_requests(struct hub *hub, const char *scratch, unsigned flags, struct vls__msg *hello,
                                struct vls_error *err) VLS_MUST_USE;
void net_close(struct hub *hub);
/** A host clears away what no branch leads to in its own time; here nothing is found and nothing goes. */
enum vls_code net_tidy(struct hub *hub, unsigned flags, struct vls__msg *reply, struct vls_error *err) VLS_MUST_USE;
enum vls_code net_pull(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;
enum vls_code net_push(struct hub *hub, const struct vls__msg *push, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;
enum vls_code net_move(struct hub *hub, const struct vls__tip *from, const struct vls__tip *to, struct vls__msg *reply,
                       struct vls_error *err) VLS_MUST_USE;

/** Gives back the room of what valise wrote and nothing leads to any more; flags: VLS__TIDY_…. */
enum vls_code hub_tidy(struct hub *hub, unsigned flags, struct vls__msg *reply, struct vls_error *err) VLS_MUST_USE;
/** Joins small packs when there are many. Failing leaves them as they were; nobody is told. */
void hub_fold(struct hub *hub);

#endif
