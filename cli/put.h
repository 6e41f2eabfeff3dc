#ifndef CLI_PUT_H
#define CLI_PUT_H

#include "cli.h"

/*
 * Writing records whose fields the program itself fills in (links, views, transmissions). The first
 * failure sticks and the rest is passed over, so that a caller writes all fields and looks once.
 */
struct put {
    struct cli *c;
    struct vls_edit *edit;
    struct vls_error *err;
    enum vls_code rc;
    const struct vls_kind *kind; /* of the record being written */
    uint8_t id[VLS_ID_LEN];
};

/** compartment as in vls_edit_begin. */
enum vls_code put_begin(struct put *p, struct cli *c, const char *compartment, struct vls_error *err) VLS_MUST_USE;
/** A new record with its marking (NULL: none); the following fields are its. */
void put_create(struct put *p, const struct vls_kind *kind, const char *tlp);
/** The following fields are those of a record that is there. */
void put_at(struct put *p, const struct vls_kind *kind, const uint8_t id[VLS_ID_LEN]);
/* Each writes by the field's policy; NULL and "" write nothing. */
void put_text(struct put *p, const char *field, const char *text);
/* The same, and the record says that its author had these values before it. */
void put_text_knowing(struct put *p, const char *field, const char *text, const struct vls_dot *known, size_t n);
void put_ref(struct put *p, const char *field, const uint8_t to[VLS_ID_LEN]);
void put_bytes(struct put *p, const char *field, const void *bytes, size_t n);
void put_instant(struct put *p, const char *field, const struct vls_instant *t);
void put_date(struct put *p, const char *field, const struct vls_date *d);
void put_note(struct put *p, const char *field, const char *text); /* an entry {"text": text} */
/** Seals and applies, or gives up what failed. */
enum vls_code put_commit(struct put *p) VLS_MUST_USE;

#endif
