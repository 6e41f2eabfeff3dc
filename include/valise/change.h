#ifndef VALISE_CHANGE_H
#define VALISE_CHANGE_H

#include "valise/cbor.h"
#include "valise/domain.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Change sets: the edits one device commits at once in one compartment, as canonical CBOR.
 * No I/O. Source: schemas/wire/change.md.
 */

#define VLS_CHANGE_VERSION 1
#define VLS_CHANGE_ID_LEN 32
#define VLS_CHANGE_MAX (960u * 1024) /* plaintext; a larger import is cut into several change sets */
#define VLS_CHANGE_REFS_MAX 16384    /* change sets one change set can name */
#define VLS_CHANGE_OPS_MAX 65536
#define VLS_CHANGE_NAMES_MAX 4096    /* values one operation can replace */

/* A value's place: the change set that brought it and the number of its operation there. */
struct vls_dot {
    uint8_t change[VLS_CHANGE_ID_LEN];
    uint32_t op;
};

VLS_API int vls_dot_cmp(const struct vls_dot *a, const struct vls_dot *b);

enum vls_op_type {
    VLS_OP_CREATE = 1, /* a record of a kind */
    VLS_OP_PUT = 2,    /* a register gets a value and names the values it replaces */
    VLS_OP_ADD = 3,    /* a set element */
    VLS_OP_REMOVE = 4, /* takes out the additions it names */
    VLS_OP_APPEND = 5, /* an immutable entry of a log */
    VLS_OP_DECIDE = 6  /* a person settles a conflict: a put that names all rivals, with a reason */
};

/* Class of the document that backs a value, weakest first (domain.md 1.2, CITE). */
enum vls_cite { VLS_CITE_NONE = 0, VLS_CITE_PRESS = 1, VLS_CITE_STATE = 2, VLS_CITE_OFFICIAL = 3 };

/* One operation, borrowed from the change set it was read from. */
struct vls_op {
    unsigned type;         /* enum vls_op_type, or a number that this version does not know */
    uint32_t no;           /* position among all operations of the change set, from 0 */
    const uint8_t *record; /* VLS_ID_LEN bytes */
    uint32_t kind;         /* CREATE */
    uint32_t field;        /* PUT, ADD, REMOVE, APPEND, DECIDE */
    struct vls_slice key;  /* PUT, DECIDE: key of a MAP register, empty otherwise */
    struct vls_slice value;/* PUT, ADD, APPEND, DECIDE: one canonical CBOR item */
    enum vls_cite cite;
    struct vls_slice cite_text, reason; /* UTF-8, empty when absent */
    struct vls_cbor names_; /* private: the replaced values */
    size_t n_names;         /* how many values it replaces or removes */
};

struct vls_change {
    uint64_t lamport;
    int64_t wall_unix_s; /* shown, never compared */
    struct vls_slice deps_, refs_; /* private */
    size_t n_deps, n_refs;
    struct vls_cbor entries_;
    size_t n_entries_, n_left_in_entry_;
    const uint8_t *record_;
    uint32_t next_no_;
};

/**
 * Checks a whole change set and prepares to read its operations. bytes stays borrowed by c.
 *
 * Errors: VLS_EVERSION, another version; VLS_EFORMAT, anything schemas/wire/change.md does not allow;
 * VLS_ELIMIT, larger than a limit.
 */
VLS_API enum vls_code vls_change_open(struct vls_change *c, struct vls_slice bytes, struct vls_error *err) VLS_MUST_USE;
/** How many records it has operations for. */
VLS_API size_t vls_change_n_records(const struct vls_change *c);
/** The i-th dependency (32 bytes, borrowed), i < n_deps, ascending. */
VLS_API const uint8_t *vls_change_dep(const struct vls_change *c, size_t i);
/** The next operation; false after the last. */
VLS_API bool vls_change_next(struct vls_change *c, struct vls_op *op);
/** The i-th value that op replaces or removes, i < op->n_names, in the order written. */
VLS_API void vls_change_named(const struct vls_change *c, const struct vls_op *op, size_t i, struct vls_dot *out);
/** The first of the values that op still names, which is then no longer counted; false when none is left.
 *  Reads all of them in linear time. */
VLS_API bool vls_change_next_named(const struct vls_change *c, struct vls_op *op, struct vls_dot *out);

/* ---- writing ---- */

struct vls_change_writer;

/** An empty change set, owned by the caller. */
VLS_API enum vls_code vls_change_writer_new(struct vls_change_writer **out, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_change_writer_free(struct vls_change_writer *w);
/** Copies op (its no is ignored) with the n values it names. A create comes before the rest of its record. */
VLS_API enum vls_code vls_change_add(struct vls_change_writer *w, const struct vls_op *op, const struct vls_dot *named,
                                     size_t n, struct vls_error *err) VLS_MUST_USE;
/** Number of operations so far, and a good estimate of the encoded size in bytes. */
VLS_API size_t vls_change_n_ops(const struct vls_change_writer *w);
VLS_API size_t vls_change_size(const struct vls_change_writer *w);
/**
 * Appends the encoding: operations grouped by record id, in the order added within a record.
 * deps: n_deps ids of VLS_CHANGE_ID_LEN bytes one after another, any order, no repetition.
 */
VLS_API enum vls_code vls_change_finish(struct vls_change_writer *w, struct vls_buf *out, uint64_t lamport,
                                        int64_t wall_unix_s, const uint8_t *deps, size_t n_deps,
                                        struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
