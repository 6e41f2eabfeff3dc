#ifndef SYNC_TRANSPORT_FRAME_H
#define SYNC_TRANSPORT_FRAME_H

#include "valise/bytes.h"

/*
 * The messages between valise and its courier, as bytes. Pure functions, linked into both programs;
 * each decoder is fed by a process that may have been taken over. Source: schemas/wire/courier.md.
 */

#define VLS__PIPE_VERSION 4
#define VLS__FRAME_HEAD 5
#define VLS__BLOB_MAX ((size_t)4 * 1024 * 1024 + 64 * 1024)
#define VLS__FRAME_BLOB_MAX (32 + VLS__BLOB_MAX)
#define VLS__FRAME_SMALL_MAX ((size_t)4200) /* every other frame: an address and a little */
#define VLS__URL_MAX 4096
#define VLS__TEXT_MAX 200

enum vls__frame_type {
    VLS__F_OPEN = 1,
    VLS__F_PULL = 2,
    VLS__F_PUSH = 3,
    VLS__F_BLOB = 4, /* both ways */
    VLS__F_LINE = 5, /* carries a descriptor */
    VLS__F_MOVE = 6,
    VLS__F_TIDY = 7,
    VLS__F_HELLO = 16,
    VLS__F_GO = 17,
    VLS__F_PROGRESS = 18,
    VLS__F_PULLED = 19,
    VLS__F_PUSHED = 20,
    VLS__F_ERROR = 21,
    VLS__F_DIAL = 22,
    VLS__F_TIDIED = 23
};

/* git's services, as the host names them; over https a listing of what the host has, then one request after the other. */
enum vls__line {
    VLS__LINE_UPLOAD = 1,
    VLS__LINE_RECEIVE = 2,
    VLS__LINE_UPLOAD_REQUEST = 3,
    VLS__LINE_RECEIVE_REQUEST = 4
};

enum { VLS__OPEN_CREATE = 1, VLS__OPEN_READONLY = 2, VLS__OPEN_LOOK = 4 };
enum { VLS__PULL_REWRITTEN = 1 }; /* list everything when history was rewritten */
enum { VLS__PUSH_ASIDE = 1 };     /* the branch is neither looked at nor moved */
enum {
    VLS__TIDY_COUNT = 1, /* nothing goes */
    VLS__TIDY_SHARED = 2 /* as on a file system that several kernels share, whatever it is */
};

struct vls__frame {
    uint8_t type;
    struct vls_slice body; /* borrowed from the input */
};

#define VLS__TIP_LEN 24

struct vls__tip {
    bool set; /* false: a remote without blobs */
    uint8_t id[20];
    uint32_t depth; /* commits below it, so that building on it needs no look at it */
};

struct vls__msg {
    uint8_t type;
    union {
        struct {
            uint8_t version, flags;
            struct vls_slice url;
        } open;
        struct {
            uint8_t flags;
            struct vls__tip known;
        } pull;
        struct {
            uint8_t flags;
            struct vls__tip on;
            uint32_t n;
            uint64_t bytes;
        } push;
        struct {
            struct vls__tip from, to; /* to is set */
        } move;
        struct {
            uint8_t flags;
        } tidy;
        struct {
            const uint8_t *name; /* 32 bytes */
            struct vls_slice bytes;
        } blob;
        struct {
            uint8_t version, landlock, seccomp;
        } hello;
        struct {
            uint8_t service; /* enum vls__line */
        } dial;
        struct {
            uint64_t done, total, bytes;
        } progress;
        struct {
            struct vls__tip tip;
            bool rewritten;
            uint64_t damaged, ignored;
        } pulled;
        struct {
            struct vls__tip tip;
        } pushed;
        struct {
            uint64_t before, after, waiting; /* bytes of packs and their indexes */
            bool foreign;
        } tidied;
        struct {
            enum vls_code code; /* one of those a courier may report, VLS_EIO for any other */
            int sys;
            struct vls_slice text; /* raw: escape before showing */
        } error;
    } u;
};

enum vls__frame_state { VLS__FRAME_OK, VLS__FRAME_SHORT, VLS__FRAME_BAD };

/**
 * Takes the first frame off in. SHORT: more bytes are needed, and *need says how many the frame has in
 * all as far as known. BAD: unknown type, or longer than its type allows; in is then untouched.
 */
enum vls__frame_state vls__frame_take(struct vls_slice *in, struct vls__frame *out, size_t *need);

/** Reads the body of a frame; out borrows from it. Errors: VLS_EFORMAT. */
enum vls_code vls__msg_decode(struct vls__msg *out, const struct vls__frame *frame,
                              struct vls_error *err) VLS_MUST_USE;

/** Appends the whole frame of a message. */
void vls__msg_encode(struct vls_buf *out, const struct vls__msg *msg);

/** The first bytes of a blob's frame, so that the n bytes of the blob itself need not be copied. */
void vls__blob_head(uint8_t out[VLS__FRAME_HEAD + 32], const uint8_t name[32], size_t n);

/** Printable ASCII without the backslash as it is, any other byte as \xNN, cut to VLS__TEXT_MAX. */
void vls__escape(char out[VLS__TEXT_MAX + 1], struct vls_slice text);

#endif
