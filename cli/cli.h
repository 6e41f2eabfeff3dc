#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <libintl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "valise/engine.h"

/*
 * What the commands share. One table (table.c) drives parsing, help and completion; a command parses,
 * calls the library and prints. Data goes to stdout, everything else to stderr. Invariants: README.md.
 */

#define _(s) gettext(s)
#define N_(s) s
#define P_(one, many, n) ngettext((one), (many), (unsigned long)(n))

struct cli;
struct session;

/* ---- the table ---- */

struct opt {
    const char *name; /* without dashes; NULL ends a list */
    char letter;      /* '\0': none */
    const char *arg;  /* N_() metavariable in capitals; NULL: a flag */
    const char *help; /* N_(), one line, no full stop */
    const struct vls_field *field; /* set in options made from a kind */
};

enum need {
    NEED_NOTHING, /* runs without any valise; never unlocks */
    NEED_PLACES,  /* knows where the valise is; opens what it needs itself; knows no --dry-run */
    NEED_TRIAL,   /* the same, but can be tried out with --dry-run */
    NEED_STORE    /* the engine is open before run() */
};

enum group { IN_START, IN_RECORDS, IN_DECIDE, IN_SHARE, IN_READ, IN_EXCHANGE, IN_TRUST, IN_REPAIR, N_GROUPS };

/* Makes the options that depend on the kind; see opts_grow. */
struct opt_list {
    struct opt *v;
    size_t n, cap;
};
typedef void more_fn(struct opt_list *to, const struct vls_kind *kind);
typedef enum vls_code run_fn(struct cli *c, struct vls_error *err);

struct cmd {
    const char *noun;    /* NULL: a single verb; "KIND": every record kind */
    const char *verb;
    run_fn *run;
    enum need need;
    enum group group;
    const char *params;  /* N_() what follows the verb, "NAME [PATH]"; "" none */
    size_t n_min, n_max; /* number of positional arguments; n_max SIZE_MAX: any */
    const char *summary; /* N_(), one line, imperative, no full stop */
    const char *example; /* a whole command line, never translated */
    const struct opt *opts;
    more_fn *more;       /* NULL: none */
};

extern const struct cmd cmd_table[];
extern const size_t cmd_table_n;
extern const struct opt opt_globals[];

/** The command of these words; noun NULL for single verbs. NULL: none. kind receives the record kind or NULL. */
const struct cmd *cmd_find(const char *noun, const char *verb, const struct vls_kind **kind);
/** True when the word begins commands of two words (a noun of the table or a record kind). */
bool cmd_is_noun(const char *word);
/** The nearest word that may stand there (noun NULL: a first word), or NULL. */
const char *cmd_nearest(const char *noun, const char *word);
void opts_grow(struct opt_list *to, const struct opt *add);

/* ---- arguments ---- */

struct got {
    const struct opt *opt;
    const char *value; /* NULL for a flag; borrowed from argv */
};

struct args {
    const struct cmd *cmd;         /* NULL: none was named */
    const struct vls_kind *kind;   /* of a "KIND" command */
    const char *noun;              /* a noun without its verb, for help */
    const char **pos;              /* borrowed from argv */
    size_t n;
    struct got *got;
    size_t n_got;
    struct opt_list own;           /* options of the command, fixed and of its kind */
    bool help, version;
};

/**
 * Splits a command line (without the program's name). Options stand anywhere after the words of the
 * command, global ones before them too; "--" ends them.
 *
 * Errors: VLS_EUSAGE, with words for people; out is then as far as it came and must be freed all the same.
 */
enum vls_code args_parse(struct args *out, int argc, char **argv, struct vls_error *err);
void args_free(struct args *a);
/** The last value of an option, NULL when it was not given. */
const char *args_value(const struct args *a, const char *name);
/** The i-th value of a repeated option, NULL after the last. */
const char *args_each(const struct args *a, const char *name, size_t i);
bool args_flag(const struct args *a, const char *name);
/** Number of edits between two words (insertions, deletions, changes, swaps of neighbours). */
size_t word_distance(const char *a, const char *b);

/* ---- one run ---- */

struct cli {
    struct args args;
    const char *lang;      /* "en" or "fr" */
    bool json, plain, quiet, verbose, dry_run, yes, no_input;
    bool accessible;       /* ACCESSIBLE: no padding, no line that updates itself */
    size_t columns;        /* of the screen (COLUMNS); 0: not known, or no screen */
    bool out_tty, err_tty, ask; /* ask: questions may be put to a person */
    int64_t now;           /* the clock that is shown and stored (VALISE_NOW) */
    struct vls_places places;
    char *place_text[3];   /* owner of what places points to */
    struct vls_engine *engine_; /* private: cli_engine */
    struct session *session;    /* of the shell that runs this line; NULL outside one */
    int status;                 /* exit status of a run that succeeded, when it is not 0: a shell's script */
    struct vls_buf held;   /* output kept back for the pager */
    bool hold;
    int n_hints;
    bool own_words;        /* the error text comes from cli_fail, in the user's language */
    char hint[512];        /* what to do about the failure, "" for the table's words */
    bool said;             /* the failure has been shown as output already (one line per remote) */
    bool exchanging;       /* with remotes: a full or read-only one is "partly done" */
};

/** True once the user has interrupted; long work stops at its next step. */
bool cli_interrupted(void);
/** The opened engine, borrowed: from the unlock cache, else by passphrase, which is then cached.
 *  Errors: VLS_ENOSTORE; VLS_ELOCKED, no key to be had; VLS_EBUSY; VLS_EAUTH. */
enum vls_code cli_engine(struct cli *c, struct vls_engine **out, struct vls_error *err) VLS_MUST_USE;
/** Its store, NULL before cli_engine succeeded. Always there for NEED_STORE. */
struct vls_store *cli_store(struct cli *c);
struct vls_engine *cli_opened(struct cli *c);
void cli_close(struct cli *c);
/** Fails with words in the user's language: format already through _(). Messages may hold what was typed. */
enum vls_code cli_fail(struct cli *c, struct vls_error *err, enum vls_code code, const char *fmt, ...)
    VLS_PRINTF(4, 5);
/** What to do next about the failure that follows or was met; one line, shown after the message. */
void cli_advise(struct cli *c, const char *fmt, ...) VLS_PRINTF(2, 3);
/** Exit status of a code, valise(1). partly: it came from an exchange with remotes. */
int exit_status(enum vls_code code, bool partly);

/** The value of --max, or preset. Errors: VLS_EUSAGE, it is no number from 1 to most. */
enum vls_code max_wanted(struct cli *c, size_t *out, size_t preset, size_t most, struct vls_error *err) VLS_MUST_USE;

/* ---- output: text and rows to stdout ---- */

/** One line. Controls and bidirectional overrides in it become visible, line ends included. */
void out_line(struct cli *c, const char *fmt, ...) VLS_PRINTF(2, 3);
/** Text of several lines, each after indent spaces; sanitised line by line. */
void out_text(struct cli *c, size_t indent, struct vls_slice text);
/** One --plain row of NULL-terminated cells, tab-separated; TAB, LF and backslash become \t, \n, \\. */
void out_row(struct cli *c, const char *first, ...) __attribute__((sentinel));
/* The same cell by cell. */
struct row {
    struct vls_buf text;
    size_t n;
};
void row_init(struct row *row);
void row_cell(struct row *row, const char *cell); /* NULL counts as "" */
void row_print(struct cli *c, struct row *row);   /* and empties it */
void row_clear(struct row *row);
/** Bytes as they are, for shell scripts of our own and help. */
void out_raw(struct cli *c, const char *text);
/** Shows what was held back, through the pager where it is long; later output is not held. */
void out_flush(struct cli *c);
/** A line to stderr; not with -q. */
void note(struct cli *c, const char *fmt, ...) VLS_PRINTF(2, 3);
/** A line to stderr, with -q too. */
void complain(struct cli *c, const char *fmt, ...) VLS_PRINTF(2, 3);
/** The next command to type; at most two a run, only to a person's terminal. */
void hint(struct cli *c, const char *fmt, ...) VLS_PRINTF(2, 3);
/** Appends text made harmless for a terminal: C0, DEL and C1 as ^X, bidirectional controls as <U+202E>,
 *  broken UTF-8 as <XX>. keep_lf keeps line ends and tabs. */
void sanitise(struct vls_buf *out, struct vls_slice text, bool keep_lf);
/** Columns of a terminal that text takes. */
size_t text_width(const char *text);
/** True when some of it runs from right to left. */
bool text_rtl(const char *text);
/** "2027-03-08 09:10 UTC" of an instant, in out, which it returns. */
#define STAMP_TEXT 40
const char *stamp(char out[STAMP_TEXT], int64_t unix_s);
/** RFC 3339, for --plain and JSON. */
const char *stamp_plain(char out[STAMP_TEXT], int64_t unix_s);
/** "15 minutes", "1 h 10 min", "35 days" in the user's language. */
#define SPAN_TEXT 64
const char *span(char out[SPAN_TEXT], int64_t seconds);
/** Reads "90s", "15m", "1h", "2d" or "1h30m"; false for anything else, zero included. */
bool span_parse(int64_t *out, const char *text);

/* A table: cells are copied, columns padded to their widest cell, the last never. Where the screen is narrower, what does
 * not fit goes on below itself; see columns.c. */
struct table {
    char **cell;
    size_t n_cols, n_cells, cap;
    size_t indent, gap;
    size_t wrap;   /* width where that of the screen is not known; 0: any */
    bool labelled; /* the first column says what a row, and those after it without one, are about */
};
void table_init(struct table *t, size_t n_cols, size_t indent, size_t gap);
/** One row of exactly n_cols cells (NULL counts as ""). */
void table_row(struct table *t, ...);
void table_print(struct cli *c, struct table *t); /* to stdout, and empties it */
void table_note(struct cli *c, struct table *t);  /* to stderr, and empties it */
void table_clear(struct table *t);

/* ---- output: JSON ---- */

/** {"schema": "valise.NAME/1"}, owned by the caller. Fill it with jansson and pass it to out_json. */
json_t *json_doc(const char *name);
/** Prints the one document of this run and takes it. */
void out_json(struct cli *c, json_t *doc);
/** Appends JSON text with such controls as \u escapes, which changes no value. */
void json_escape(struct vls_buf *out, struct vls_slice text);
/** A JSON string of bytes that may not be UTF-8. */
json_t *json_text(struct vls_slice s);
/** An RFC 3339 instant; null for 0. */
json_t *json_instant(int64_t unix_s);

/* ---- asking; only when c->ask ---- */

/** One line from the terminal, without its end, in line. Errors: VLS_ECANCELLED, end of input;
 *  VLS_EINTERRUPT; VLS_EUSAGE, nobody can be asked: the message says which option answers instead. */
#define PROMPT_LINE_MAX 1024
enum vls_code prompt_line(struct cli *c, char line[PROMPT_LINE_MAX], const char *question,
                          const char *instead, struct vls_error *err) VLS_MUST_USE;
/** [y/N], yes with --yes. Errors: VLS_ECANCELLED, the answer was no; those of prompt_line. */
enum vls_code prompt_yes(struct cli *c, const char *question, struct vls_error *err) VLS_MUST_USE;
/** A number from 1 to n, or one of the letters; answer receives '1'.. or the letter. The caller has
 *  printed the choices. Errors: those of prompt_line. */
enum vls_code prompt_choice(struct cli *c, char *answer, const char *question, int n, const char *letters,
                            struct vls_error *err) VLS_MUST_USE;

/* Choices by number, the last of which leaves it for later, as q does with all that follow. */
struct menu {
    const char *line; /* "1 same   2 different   3 later   q quit   ? help" */
    int n;
    bool apart;                /* an empty line before it */
    void (*help)(struct cli *c); /* says what each of them does */
};
#define MENU_LATER '0'
/** answer receives '1'.., or MENU_LATER for the last and for q. Errors: those of prompt_line. */
enum vls_code prompt_menu(struct cli *c, char *answer, const struct menu *menu, bool *quit,
                          struct vls_error *err) VLS_MUST_USE;

/* ---- records by what people type ---- */

/** Resolves an id or a name fragment; kind NULL: any. Several: asks on a terminal, else lists them on
 *  stderr. Errors: those of vls_store_find. */
enum vls_code record_find(struct cli *c, const struct vls_kind *kind, const char *words, uint8_t out[VLS_ID_LEN],
                          struct vls_error *err) VLS_MUST_USE;
/** What vls_value_parse needs, with record_find as its resolver. */
struct vls_value_ctx value_ctx(struct cli *c);
/** One line about a record, sanitised by out_line later; owned by buf. */
const char *record_title(struct cli *c, struct vls_buf *buf, const struct vls_record *r);
/** The same by id; "" when it is not known here. buf is reset before. */
const char *title_by_id(struct cli *c, struct vls_buf *buf, const uint8_t id[VLS_ID_LEN]);
/** Appends the title of what a REF field of r points to; nothing when it is empty. */
void record_ref_title(struct cli *c, struct vls_buf *out, const struct vls_record *r, const char *field);
/** The reference ("PER-7K3MQ2V") of a record by id, or short hex when it is not known here. */
void record_ref(struct cli *c, char out[VLS_REF_TEXT], const uint8_t id[VLS_ID_LEN]);
/** A value for people, references resolved to "PER-7K3MQ2V Idris al-Haddad"; NUL-terminated, owned by buf. */
const char *value_text(struct cli *c, struct vls_buf *buf, const struct vls_field *field, struct vls_slice value);
/** A value for machines, references as ids. */
const char *value_plain(struct cli *c, struct vls_buf *buf, const struct vls_field *field, struct vls_slice value);

/** True for an ENUM or TEXT value that is this word. */
bool value_is(struct vls_slice value, const char *word);

/* ---- commands, one file each ---- */

run_fn cmd_init, cmd_join, cmd_admit, cmd_sync, cmd_unlock, cmd_lock, cmd_shell;
run_fn cmd_status, cmd_review, cmd_dedupe, cmd_share, cmd_timeline; /* with their options: */
extern const struct opt opts_status[], opts_review[], opts_dedupe[], opts_share[], opts_timeline[],
    opts_report[];
run_fn cmd_record_add, cmd_record_show, cmd_record_list, cmd_record_edit, cmd_record_withdraw, cmd_record_restore,
    cmd_record_history;
run_fn cmd_search, cmd_log, cmd_check, cmd_report;
run_fn cmd_remote_add, cmd_remote_list, cmd_remote_show, cmd_remote_remove, cmd_remote_compact;
run_fn cmd_key_safety_number, cmd_key_recovery, cmd_key_restore, cmd_key_passphrase, cmd_key_rekey;
run_fn cmd_delegation_list, cmd_device_list, cmd_compartment_list;
run_fn cmd_help, cmd_version, cmd_completion;

#endif
