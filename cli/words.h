#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "valise/report.h"

#include "cli.h"

/* The words of the reading and deciding commands, in the user's language. */

#define WORDS_TEXT 160

/** "11 h 10 min", "35 days", "between 9 h and 33 h"; "unknown" when nobody noted an instant. */
const char *words_delay(char out[WORDS_TEXT], const struct vls_span *s);
/** "in 35 days", "today", "3 days ago". */
const char *words_days(char out[WORDS_TEXT], int32_t days);
/** "Ireland, New York", "Ireland", or "unknown". */
const char *words_who(char out[WORDS_TEXT], const char *delegation, const char *post);
/** "2027-03-08 09:10 UTC", as exact as it is known. */
const char *words_instant(char out[WORDS_TEXT], const struct vls_instant *t);
/* A name that machines know, and its words: N_(). */
struct label {
    const char *name, *words;
};
/** The words of a name; the name itself where there are none. */
const char *words_label(const struct label *of, size_t n, const char *name);
const char *words_rule(enum vls_rule rule);
const char *words_remark(enum vls_remark remark);
/** Why something may not be passed on to this addressee; a whole sentence without its full stop. */
const char *words_refusal(enum vls_refusal refusal);
const char *words_warning(enum vls_warning warning); /* "", "late", "urgent" */
/** {"min_s", "max_s"} or null. */
json_t *words_delay_json(const struct vls_span *s);
/** Seconds for --plain: "40200", "32400..118799", "" when unknown. */
const char *words_delay_plain(char out[WORDS_TEXT], const struct vls_span *s);

/** Opens the report of the store with the clock and the language of this run. */
enum vls_code report_load(struct cli *c, struct vls_report **out, struct vls_error *err) VLS_MUST_USE;

#endif
