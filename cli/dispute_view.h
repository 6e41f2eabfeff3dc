#ifndef CLI_DISPUTE_VIEW_H
#define CLI_DISPUTE_VIEW_H

#include "words.h"

#define VALUE_MAX (1u << 20) /* of one value as text */

/* A conflict for people and for programs; deciding it is the matter of cmd_review.c. */

const char *dispute_field_label(const struct cli *c, const struct vls_dispute *d, char out[WORDS_TEXT]);
/** Machine name, "" for a field of a newer version. */
const char *dispute_field_name(const struct vls_dispute *d);
/** The first value that is not the one shown first; NULL when there is none. *n receives how many distinct. */
const struct vls_rival_row *dispute_other(const struct vls_dispute *d, size_t *n);
/** Reference, record, title, field, the value shown and the first other one, as one row of a table. */
void dispute_row(struct table *t, struct cli *c, const struct vls_dispute *d);
void dispute_plain(struct cli *c, const struct vls_dispute *d);
/** Owned by the caller. */
json_t *dispute_json(struct cli *c, const struct vls_dispute *d);
/** no of n: which of those that wait. */
void dispute_show(struct cli *c, const struct vls_dispute *d, size_t no, size_t n);

#endif
