#ifndef CLI_REPORT_WORDS_H
#define CLI_REPORT_WORDS_H

#include "valise/annual.h"

#include "words.h"

/* The sentences of the yearly report, in the language of this run. */

#define REPORT_TEXT_MAX (1u << 20)

/* Records that a text refers to, numbered in the order in which they are first met. */
struct footnotes {
    const char **ref;
    size_t n, cap;
};
void footnotes_clear(struct footnotes *f);

/** "II. Court proceedings and findings: States Parties" */
const char *report_section(enum vls_section section);
/**
 * Appends the text of a paragraph: what was written by hand, else the sentence; nothing when it is not drafted. With
 * notes, records are marked [1], [2], …
 */
void report_sentence(struct cli *c, struct vls_buf *out, const struct vls_annual *a, const struct vls_para *p,
                     struct footnotes *notes);
/** Why a paragraph is not drafted; "" when it is. */
const char *report_absence(const struct vls_para *p);
/** "20 October 2021", "17 to 20 October 2020", "February 2021"; nothing for no day. */
void report_date(struct cli *c, struct vls_buf *out, const struct vls_date *d);
/** What is to be looked at, and the command that helps; "" for none. */
void report_point(struct cli *c, struct vls_buf *what, struct vls_buf *command, const struct vls_annual *a,
                  const struct vls_point *p);
/** It keeps its paragraph from being drafted. */
bool report_is_gap(const struct vls_point *p);
/**
 * Of the i-th of n points, which a text by hand settled: all records of its paragraph that stand against it, without
 * advice. False, and nothing: one before it has said so.
 */
bool report_settled(struct vls_buf *what, const struct vls_point *point, size_t n, size_t i);

#endif
