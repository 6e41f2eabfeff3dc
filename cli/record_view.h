#ifndef CLI_RECORD_VIEW_H
#define CLI_RECORD_VIEW_H

#include "valise/cbor.h"

#include "cli.h"

#define RECORD_TEXT_MAX (1u << 20) /* of one value as text */

/** {"ref", "id", "kind", "title", "compartment", "withdrawn", "fields": […]}, owned by the caller. */
json_t *record_json(struct cli *c, const struct vls_record *r);
/** Every value of a record with what became of it: for people, or as rows with --plain. */
void history_print(struct cli *c, const struct vls_record *r);
/** "shown", "kept", "past" or "removal": for machines. */
const char *row_state_name(const struct vls_row *row);
/** "official", "state", "press" or "": for machines. */
const char *cite_name(enum vls_cite cite);
/** The same for people, in the user's language. */
const char *cite_words(const struct cli *c, enum vls_cite cite);
/** True when two rows are values of one register. */
bool row_same_register(const struct vls_row *a, const struct vls_row *b);

/* Records that refer to one, gathered in the order of the store; owned by the caller. */
struct referring {
    uint8_t (*id)[VLS_ID_LEN];
    size_t n, cap;
};
/** Errors: those of vls_store_list. */
enum vls_code referring_load(struct cli *c, struct referring *out, const uint8_t id[VLS_ID_LEN],
                             struct vls_error *err) VLS_MUST_USE;
void referring_clear(struct referring *r);
/** True when r is a part of (stage, name) the record of that id. */
bool record_part_of(const struct vls_record *r, const uint8_t id[VLS_ID_LEN]);

#endif
