#ifndef CLI_LINE_H
#define CLI_LINE_H

#include "cli.h"

/* A shell's line: read without reading ahead, split into words. */

#define LINE_MAX_LEN   65536u /* bytes; a long report's text fits */
#define LINE_WORDS_MAX 1024u

/**
 * Reads the next line of a descriptor, without its end, into line, whose maximum is LINE_MAX_LEN + 1; no byte behind
 * it is taken, so that another process can go on reading. A last line without an end counts.
 *
 * Errors: VLS_ENOTFOUND, there is none; VLS_EINTERRUPT; VLS_ELIMIT, too long (the rest of it is passed over);
 * VLS_EVALUE, a zero byte in it; VLS_EIO; VLS_ENOMEM.
 */
enum vls_code line_read(struct vls_buf *line, int fd, struct vls_error *err) VLS_MUST_USE;
/**
 * Splits text in place. Blanks separate words; 'as it is', "with \" and \\", and \ before any sign keep together what
 * belongs together; # at the beginning of a word lets the rest be a remark. Nothing is expanded.
 *
 * words  receives at most LINE_WORDS_MAX of them, borrowed from text.
 *
 * Errors: VLS_EUSAGE, a quotation mark without its partner, a backslash at the end, or too many words.
 */
enum vls_code line_split(char *text, char **words, size_t *n, struct vls_error *err) VLS_MUST_USE;

#endif
