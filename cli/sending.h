#ifndef CLI_SENDING_H
#define CLI_SENDING_H

#include "cli.h"

/* What is asked of everything that is passed on: how it goes, and when it went. */

/** A field of transmissions. */
const struct vls_field *sending_field(const char *name);
/** The label of a value of the field "to", with its detail behind it; out holds WORDS_TEXT. */
const char *sending_addressee(const struct cli *c, const char *to, const char *detail, char *out);
/** By --channel, or by number or by its word on a terminal. Errors: VLS_EUSAGE; VLS_ECANCELLED. */
enum vls_code sending_channel(struct cli *c, const char **out, struct vls_error *err) VLS_MUST_USE;
/** What everybody can read carries only what is CLEAR. marking: machine value of what goes. Errors: VLS_EVALUE. */
enum vls_code sending_check(struct cli *c, const char *channel, const char *marking,
                            struct vls_error *err) VLS_MUST_USE;
/** --sent, or now. Errors: VLS_EUSAGE, no time, or one in the future. */
enum vls_code sending_time(struct cli *c, struct vls_instant *out, struct vls_error *err) VLS_MUST_USE;

/** share --recall (cmd_recall.c). */
enum vls_code share_recall(struct cli *c, struct vls_error *err) VLS_MUST_USE;

#endif
