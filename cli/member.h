#ifndef CLI_MEMBER_H
#define CLI_MEMBER_H

#include "cli.h"

#define SAFETY_SHOWN 48 /* 30 digits in groups of five */

/** "41273 80915 …" */
void safety_groups(char out[SAFETY_SHOWN], const char digits[VLS_SAFETY_TEXT]);
/** Prints "Croatia, The Hague asks to join:  valise admit Croatia" for each request. */
enum vls_code requests_show(struct cli *c, struct vls_error *err) VLS_MUST_USE;
/** To stderr, where nothing was found to show: why, when it is because nobody has admitted us yet. True when it was
 * said; programs are told by status. */
bool waiting_say(struct cli *c);
/** What lies here from before this laptop was admitted, and whom to ask; nothing when there is none. As a sentence, as the
 *  row "unread", and for programs (null). */
void unread_say(struct cli *c, const struct vls_unread *u);
void unread_row(struct cli *c, const struct vls_unread *u);
json_t *unread_json(const struct vls_unread *u);

#endif
