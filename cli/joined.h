#ifndef CLI_JOINED_H
#define CLI_JOINED_H

#include "words.h"

/*
 * Trips and persons that were judged the same: which record stands for which others. Commands that show or change one
 * record ask here, so that they do not contradict what is shown of all of them together.
 */
struct joined {
    struct cli *c;
    struct vls_report *report; /* NULL: nothing of that kind was ever judged */
    bool trips;
};

/** kind: any; of other kinds than trip and person nothing is joined. Errors: those of the store. */
enum vls_code joined_load(struct joined *out, struct cli *c, const struct vls_kind *kind,
                          struct vls_error *err) VLS_MUST_USE;
void joined_clear(struct joined *j);
/** The trip that is shown for this one and at least one more; NULL when it stands alone. Borrowed. */
const struct vls_trip *joined_trip(const struct joined *j, const uint8_t id[VLS_ID_LEN]);
/** "shown as TRP-…" for a record that another stands for, "stands for TRP-… too", or "". */
const char *joined_words(const struct joined *j, const uint8_t id[VLS_ID_LEN], char out[WORDS_TEXT]);
/** Says of one of several trips that are shown as one that what is about to happen to it happens to no other. */
enum vls_code joined_alone_note(struct cli *c, const uint8_t id[VLS_ID_LEN], bool withdraw,
                                struct vls_error *err) VLS_MUST_USE;

#endif
