#ifndef CLI_RECALL_VIEW_H
#define CLI_RECALL_VIEW_H

#include "words.h"

/* What has come to be known of a transmission since it was sent, in words: the derived field "since". */

/** The words of a cause, in the user's language. */
const char *recall_words(const struct cli *c, const struct vls_recall_cause *cause);
/** "to be told", "told by TRM-7K3MQ2V", "consented again". */
const char *recall_state(const struct vls_recall_cause *cause, char out[WORDS_TEXT]);
/** Rows of show: the label, the cause with its record, who and when, what became of it. */
enum vls_code recall_rows(struct cli *c, const struct vls_record *r, struct table *t,
                          struct vls_error *err) VLS_MUST_USE;
/** Rows of show --plain: ref, "since", record, "derived", value, delegation, post, time, state. */
enum vls_code recall_plain(struct cli *c, const struct vls_record *r, struct vls_error *err) VLS_MUST_USE;
/** An array; empty for what is no transmission. */
enum vls_code recall_json(struct cli *c, const struct vls_record *r, json_t **out, struct vls_error *err) VLS_MUST_USE;
json_t *recall_causes_json(const struct vls_recall *recall);

#endif
