#ifndef CLI_TASKS_H
#define CLI_TASKS_H

#include "words.h"

#define TASK_DAYS 7 /* so many before it is due a task is worth a line */

/* Open tasks whose day has passed or comes within TASK_DAYS. */
struct task_due {
    char ref[VLS_REF_TEXT], what[WORDS_TEXT];
    char due[64]; /* as EDTF */
    int32_t days; /* until its last day; below zero: overdue */
};

struct tasks {
    struct task_due *v; /* the most urgent first */
    size_t n, cap, n_overdue;
};

/** Cleared by tasks_clear, after a failure too. */
enum vls_code tasks_load(struct tasks *out, struct cli *c, struct vls_error *err) VLS_MUST_USE;
void tasks_clear(struct tasks *t);
/** True while neither done nor dropped. */
bool task_is_open(const struct vls_record *r);

/** "TSK-4Q9DM7H Write to the registry" of the first one, in out; "" when there is none. */
const char *tasks_first(const struct tasks *t, char out[2 * WORDS_TEXT]);
/** "5 days ago" of the first one; "" when there is none. */
const char *tasks_when(const struct tasks *t, char out[WORDS_TEXT]);
void tasks_rows(struct cli *c, const struct tasks *t); /* for programs */
json_t *tasks_json(const struct tasks *t);             /* owned by the caller */

#endif
