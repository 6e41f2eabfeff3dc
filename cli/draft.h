#ifndef CLI_DRAFT_H
#define CLI_DRAFT_H

#include "cli.h"

/*
 * One change set in the making: what a record command is about to write, remembered in words so that
 * it can be shown (--dry-run), committed and then reported in one way for every command.
 */

#define DRAFT_RECORDS_MAX 64 /* records one command line can touch: a trip and its stages */
#define DRAFT_FIELDS_TEXT 256
#define DRAFT_VALUE_MAX (1u << 20) /* bytes of one value, and of one in words */

struct draft_record {
    uint8_t id[VLS_ID_LEN];
    const struct vls_kind *kind;
    const char *action;               /* N_(): "recorded", "withdrawn"; NULL: the fields say it */
    char fields[DRAFT_FIELDS_TEXT];   /* "position, kind" */
    bool backed;                      /* a value of it rests on --cite */
};

/* One element of a list from which removals take at once. */
struct draft_element {
    uint8_t id[VLS_ID_LEN];
    const struct vls_field *field;
    char *text;
    bool out, only; /* taken out; one of those that the list is narrowed to */
};

#define DRAFT_HOMES_MAX 2 /* two are already one too many */

/* A record that is referred to and that not every member reads, and where it lies. */
struct draft_narrow {
    char ref[VLS_REF_TEXT], home[256];
};

struct draft {
    struct cli *c;
    struct vls_edit *edit;
    struct vls_backing why;
    char *cite_text; /* owner of what why points to */
    uint8_t citation[VLS_ID_LEN]; /* the record that --cite named */
    bool has_citation;
    struct draft_record record[DRAFT_RECORDS_MAX];
    size_t n;
    struct vls_buf shown; /* lines for --dry-run */
    struct draft_element *element; /* of lists under RWS, written at the end, a field at a time */
    size_t n_elements, cap_elements;
    struct draft_narrow narrow[DRAFT_HOMES_MAX]; /* home.h: one of each place */
    size_t n_narrow;
    const char *home; /* the compartment, when it is not the usual one and new records are made; NULL otherwise */
};

/** Begins in a compartment (NULL: the usual one), with --cite and --reason as backing. */
enum vls_code draft_begin(struct draft *d, struct cli *c, const char *compartment, struct vls_error *err) VLS_MUST_USE;
/** A new record, with the marking of its kind unless --tlp says otherwise for the first one. */
enum vls_code draft_create(struct draft *d, const struct vls_kind *kind, uint8_t id[VLS_ID_LEN],
                           struct vls_error *err) VLS_MUST_USE;
/** A record that is there. action: N_(), or NULL. */
enum vls_code draft_touch(struct draft *d, const struct vls_kind *kind, const uint8_t id[VLS_ID_LEN],
                          const char *action, struct vls_error *err) VLS_MUST_USE;
/** Says on stderr when a DATE value holds words only: it is recorded all the same, but takes no part in a timeline. A
 *  person at a terminal is asked whether it is meant so. Errors: VLS_EVALUE, it is not. */
enum vls_code draft_date_check(struct cli *c, const struct vls_field *field, struct vls_slice value,
                               struct vls_error *err) VLS_MUST_USE;
/** Takes the value back without another in its place. Errors: VLS_EVALUE, a field that is never empty. */
enum vls_code draft_empty(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field,
                          struct vls_error *err) VLS_MUST_USE;
/** Sets, adds or appends what was typed, by the field's policy. In an edit, nothing typed empties the field. */
enum vls_code draft_typed(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field,
                          const char *words, struct vls_error *err) VLS_MUST_USE;
/** The same for the field of that name of the record's kind, which must exist. */
enum vls_code draft_named(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const char *words,
                          struct vls_error *err) VLS_MUST_USE;
/** The same for what comes along without being typed: not backed by --cite and --reason. */
enum vls_code draft_along(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const char *words,
                          struct vls_error *err) VLS_MUST_USE;
/** Points a REF field at a record of this very draft or of the store. */
enum vls_code draft_link(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field,
                         const uint8_t to[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;
/** A list under RWS is narrowed to what was typed, and to whatever else is said so. */
enum vls_code draft_only(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field,
                         const char *words, struct vls_error *err) VLS_MUST_USE;
/** Takes what was typed out of a set. */
enum vls_code draft_remove(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field,
                           const char *words, struct vls_error *err) VLS_MUST_USE;
/** True when the field of that name of the record has been set in this draft. */
bool draft_has(const struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field);
/** Commits, or with --dry-run shows and forgets; then prints one line a record (or ids, or JSON). */
enum vls_code draft_finish(struct draft *d, struct vls_error *err) VLS_MUST_USE;
/** Gives everything back; after draft_finish or a failure. */
void draft_clear(struct draft *d);

/* ---- what was done, said (draft_report.c) ---- */

/** Appends a word to a list of fields, behind a comma; what does not fit is left out. */
void draft_words_add(char list[DRAFT_FIELDS_TEXT], const char *word);
/** One line a record (or ids, rows, JSON); with --dry-run what would be recorded. changed: anything was written. */
void draft_report(struct draft *d, bool changed);

/* ---- fields from the options that were given (draft_options.c) ---- */

/** Whether a field is of interest. */
typedef bool draft_wanted_fn(const struct vls_field *field);
/** Writes every option that stands for a field; wanted: NULL, or which of them. Errors: VLS_EUSAGE, two that exclude each
 *  other. */
enum vls_code draft_options(struct draft *d, const uint8_t id[VLS_ID_LEN], draft_wanted_fn *wanted,
                            struct vls_error *err) VLS_MUST_USE;
/** The names of a person (--name). */
enum vls_code draft_names(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;

/* ---- what backs the values (cite.c) ---- */

/** Reads --cite: "official:words", or a reference of a citation, whose class then counts. compartment: where what it
 * backs is written, as in draft_begin. Errors: VLS_EUSAGE; VLS_ENOTFOUND; VLS_EVALUE, withdrawn, or read by fewer. */
enum vls_code draft_cite(struct draft *d, const char *text, const char *compartment,
                         struct vls_error *err) VLS_MUST_USE;
/** Every record of which a value rests on that citation names it among what it cites. */
enum vls_code draft_cite_finish(struct draft *d, struct vls_error *err) VLS_MUST_USE;

/* ---- short cuts across kinds (shortcut.c) ---- */

/** A stage "Place, CC" of a trip; no: its position, from 1. */
enum vls_code draft_stage(struct draft *d, const uint8_t trip[VLS_ID_LEN], const char *place, unsigned no,
                          struct vls_error *err) VLS_MUST_USE;
/** Place and country of a stage that is in the draft. */
enum vls_code draft_stage_place(struct draft *d, const uint8_t leg[VLS_ID_LEN], const char *words,
                                struct vls_error *err) VLS_MUST_USE;
/** A name "ar=…" of a person. */
enum vls_code draft_name(struct draft *d, const uint8_t person[VLS_ID_LEN], const char *tagged,
                         struct vls_error *err) VLS_MUST_USE;
/** The trip that an info report speaks of (--trip-to, --dates), linked to it. */
enum vls_code draft_info_trip(struct draft *d, const uint8_t info[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;

#endif
