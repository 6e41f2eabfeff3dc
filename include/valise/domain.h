#ifndef VALISE_DOMAIN_H
#define VALISE_DOMAIN_H

#include "valise/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Record kinds as data. Every kind is one file in schemas/domain/; a generator turns them into the
 * tables below at build time. Nothing here does I/O. Source: schemas/domain/README.md.
 */

/* How a field's value is encoded (canonical CBOR) and typed in. Source: schemas/domain/README.md. */
enum vls_type {
    VLS_T_TEXT,    /* tstr, NFC, no control characters but LF and TAB */
    VLS_T_ENUM,    /* tstr out of the field's terms; unknown terms of newer versions are kept */
    VLS_T_BOOL,    /* false, true */
    VLS_T_INT,     /* int */
    VLS_T_DATE,    /* [edtf tstr, words tstr]: edtf "" when the words name no possible date */
    VLS_T_INSTANT, /* [unix seconds int, UTC offset in minutes int, precision uint] */
    VLS_T_COUNTRY, /* tstr ISO 3166-1 alpha-2, upper case */
    VLS_T_REF,     /* bstr 16: record id */
    VLS_T_BYTES,   /* bstr */
    VLS_T_ENTRY    /* map {tstr: any}: an entry of a LOG */
};

/* Merge policies (schemas/domain/merge.md). REFDATA comes with the release, DERIVED from other records: no operation
 * gives a field of these its value. */
enum vls_policy {
    VLS_P_IMM, VLS_P_LWW, VLS_P_CITE, VLS_P_REFINE, VLS_P_MV, VLS_P_RESTRICT, VLS_P_ALERT, VLS_P_EARLY,
    VLS_P_FWD, VLS_P_AWS, VLS_P_GSET, VLS_P_RWS, VLS_P_LOG, VLS_P_PARA, VLS_P_MAP,
    VLS_P_REFDATA, VLS_P_DERIVED
};

struct vls_label {
    const char *en, *fr;
};

struct vls_term {
    const char *name; /* machine value, never translated */
    struct vls_label label;
};

enum vls_field_flag {
    VLS_F_REQUIRED = 1 << 0,
    VLS_F_TITLE = 1 << 1,    /* shown in one-line summaries, in field order */
    VLS_F_SEARCH = 1 << 2,   /* words go into the full-text index */
    VLS_F_NAME = 1 << 3,     /* a person's name: folded for candidates, its words may stand for the id */
    VLS_F_PARENT = 1 << 4,   /* REF to the record this one is a part of (leg of a trip, name of a person) */
    VLS_F_POSITIONAL = 1 << 5,/* may be given on the command line without its option name */
    VLS_F_SWITCH = 1 << 6,   /* ENUM: its terms are options too, --public for --publicity public */
    VLS_F_RELEASE = 1 << 7,  /* RESTRICT: a value that cites an official document beats the more restrictive ones */
    VLS_F_ORIGINATOR = 1 << 8 /* lowered, or taken from, by the delegation that recorded it alone */
};

struct vls_field {
    uint16_t no;         /* stable number on the wire, 1..999, unique in its kind */
    const char *name;    /* option name: lower case, dashes */
    enum vls_type type;
    enum vls_policy policy;
    unsigned flags;      /* enum vls_field_flag */
    uint16_t ref_kind;   /* REF: number of the kind referred to, 0 for any */
    /* ENUM: in the order of RESTRICT, ALERT and FWD: the winning end last. ENTRY: the keys of an entry. */
    const struct vls_term *terms;
    size_t n_terms;
    struct vls_label label;
};

struct vls_kind {
    uint16_t no;         /* stable number on the wire */
    const char *name;    /* "person" */
    const char *prefix;  /* "PER" */
    struct vls_label label;
    uint16_t parent;     /* number of the kind this is a part of, 0 for none */
    const struct vls_field *fields;
    size_t n_fields;
    const char *tlp;     /* marking of a new record unless somebody says otherwise: "amber" */
};

/* Field numbers of the header that every record carries (domain.md 1.3), the same in every kind. */
enum {
    VLS_H_LIFE = 1001,    /* ENUM active < superseded < retracted < purged, RESTRICT */
    VLS_H_TLP = 1002,     /* ENUM clear < green < amber < amber+strict < red, RESTRICT */
    VLS_H_CAVEAT = 1003,  /* ENUM, AWS */
    VLS_H_TAG = 1004,     /* TEXT, AWS */
    VLS_H_COMMENT = 1005, /* ENTRY, LOG */
    VLS_H_LANGUAGE = 1006,
    VLS_H_NATIONAL_MARKING = 1007,
    VLS_H_LIFE_REASON = 1008, /* TEXT, LWW: why it was withdrawn */
    VLS_H_CITES = 1009        /* REF to citations, AWS: what backs its values */
};

VLS_API const struct vls_kind *vls_kinds(size_t *n);
VLS_API const struct vls_field *vls_header_fields(size_t *n);
VLS_API const struct vls_kind *vls_kind_by_no(uint16_t no);      /* NULL: unknown to this version */
VLS_API const struct vls_kind *vls_kind_by_name(const char *name);
VLS_API const struct vls_kind *vls_kind_by_prefix(const char *prefix);
/** Fields of the kind, then of the header; NULL when neither has it. kind may be NULL: header only. */
VLS_API const struct vls_field *vls_field_by_no(const struct vls_kind *kind, uint16_t no);
VLS_API const struct vls_field *vls_field_by_name(const struct vls_kind *kind, const char *name);
/** Position of a term in the field's order, -1 when this version does not know it. */
VLS_API int vls_term_rank(const struct vls_field *field, struct vls_slice term);
VLS_API const char *vls_policy_name(enum vls_policy p); /* "LWW+K" */
VLS_API const char *vls_label_in(struct vls_label label, const char *lang); /* "fr" or anything else: English */

/* ---- values ---- */

struct vls_value_ctx {
    int64_t now_unix; /* for words such as "today"; never for merging */
    int tz_offset_min;/* offset assumed when a time is typed without one */
    /* Resolves what a person typed for a record (id or words of a name) of ref_kind. Owned by the caller. */
    enum vls_code (*find_ref)(void *ctx, uint16_t ref_kind, const char *words, uint8_t out[16],
                              struct vls_error *err);
    void *ctx;
};

/**
 * Turns what a person typed into the field's canonical CBOR, appended to out. "40 April" and other
 * impossible dates are kept as words; an ambiguous one such as 03/04/2027 is refused with both readings.
 *
 * Errors: VLS_EVALUE, with what is wrong and what to write instead; and those of find_ref.
 */
VLS_API enum vls_code vls_value_parse(struct vls_buf *out, const struct vls_field *field, const char *words,
                                      const struct vls_value_ctx *ctx, struct vls_error *err) VLS_MUST_USE;
/** True when value has the shape of the field's type. What arrives from colleagues with another shape
 *  is kept and shown as it is, but never interpreted. */
VLS_API bool vls_value_ok(const struct vls_field *field, struct vls_slice value);
/** True for CBOR null: the register was emptied on purpose. A value of no shape to every field, so that whatever was
 *  written at the same time stands before it. */
VLS_API bool vls_value_emptied(struct vls_slice value);
/** Whether a person may empty the field: not what a record needs, what is fixed or what only grows stricter. */
VLS_API bool vls_field_empties(const struct vls_field *field);
/** Appends the value for people: enum labels in lang, dates as written or EDTF, instants as
 *  "2027-03-08 09:10 UTC". REF and unknown shapes print as short hex or diagnostic notation, an
 *  emptied one as nothing. */
VLS_API void vls_value_print(struct vls_buf *out, const struct vls_field *field, struct vls_slice value,
                             const char *lang);
/** Appends the machine value (--plain): never translated, EDTF or words, RFC 3339 instants. */
VLS_API void vls_value_plain(struct vls_buf *out, const struct vls_field *field, struct vls_slice value);

/* ---- dates (EDTF level 0/1 subset of ISO 8601-2) ---- */

#define VLS_DAY_MIN INT32_MIN /* open start */
#define VLS_DAY_MAX INT32_MAX /* open end */

struct vls_date {
    int32_t first, last;     /* earliest and latest day, days since 1970-01-01 proleptic Gregorian, inclusive */
    bool uncertain, approximate;
    bool possible;           /* false: only words are known ("40 April"); first..last is then everything */
    struct vls_slice edtf, words; /* borrowed from the value */
};

/** Reads a DATE value. False when it has another shape. */
VLS_API bool vls_date_read(struct vls_date *out, struct vls_slice value);
/** Bounds of EDTF text; false when it is none of the supported forms or an impossible day. */
VLS_API bool vls_edtf_bounds(struct vls_date *out, struct vls_slice edtf);
/** Appends the DATE value for EDTF text ("" when there is none) and the words as written. */
VLS_API void vls_date_put(struct vls_buf *out, struct vls_slice edtf, struct vls_slice words);
/** Splits EDTF at its '/'; without one, both ends are the whole. An open end is "..". */
VLS_API void vls_edtf_ends(struct vls_slice edtf, struct vls_slice *start, struct vls_slice *end);
/** Appends the form of lists: "2027-04-12/15" for 2027-04-12/2027-04-15, other EDTF as it is. */
VLS_API void vls_edtf_short(struct vls_buf *out, struct vls_slice edtf);
/** Days since 1970-01-01 of a civil date of the years 0 to 9999; false when there is no such day. */
VLS_API bool vls_day_of(int32_t *out, int year, int month, int day);
VLS_API void vls_day_civil(int32_t day, int *year, int *month, int *mday);
/** 0 Monday .. 6 Sunday. */
VLS_API int vls_day_weekday(int32_t day);

/* ---- instants ---- */

enum vls_precision { VLS_TO_SECOND = 0, VLS_TO_MINUTE = 1, VLS_TO_HOUR = 2, VLS_TO_DAY = 3 };

struct vls_instant {
    int64_t unix_s;
    int offset_min;
    enum vls_precision precision;
};

VLS_API bool vls_instant_read(struct vls_instant *out, struct vls_slice value);
VLS_API void vls_instant_put(struct vls_buf *out, const struct vls_instant *t);
/** RFC 3339 with the shortened forms "2027-03-07T22:00Z", "2027-03-07 22:00" and "2027-03-07". */
VLS_API bool vls_instant_parse(struct vls_instant *out, const char *words, int default_offset_min);
/** "2027-03-08 09:10 UTC" according to precision. */
VLS_API void vls_instant_print(struct vls_buf *out, const struct vls_instant *t);
/** RFC 3339 with the offset it was entered in, "2027-03-07T23:00:00+01:00"; the day alone when no more
 *  is known. */
VLS_API void vls_instant_plain(struct vls_buf *out, const struct vls_instant *t);

/* ---- record ids ---- */

#define VLS_ID_LEN 16
#define VLS_REF_TEXT 16 /* "PER-7K3MQ2V" and its NUL, with room to spare */

/** Three letters, dash, six Crockford base-32 characters of the first 30 bits of id, check character. */
VLS_API void vls_ref_print(char out[VLS_REF_TEXT], const char *prefix, const uint8_t id[VLS_ID_LEN]);
/**
 * Reads such a reference in either case, with or without prefix, O as 0 and I, L as 1.
 * prefix receives three letters or "". bits30 receives the first 30 bits of the id.
 *
 * Errors: VLS_ENOTFOUND, not of that form at all; VLS_EVALUE, the check character is wrong.
 */
VLS_API enum vls_code vls_ref_parse(char prefix[4], uint32_t *bits30, const char *text,
                                    struct vls_error *err) VLS_MUST_USE;
VLS_API uint32_t vls_ref_bits(const uint8_t id[VLS_ID_LEN]);

/* ---- text, names, countries ---- */

#define VLS_TEXT_MAX 262144 /* bytes of one text value: a long report with room to spare */

/** NFC of typed text, line ends as LF; refuses invalid UTF-8, control characters and bidirectional overrides. */
VLS_API enum vls_code vls_text_clean(struct vls_buf *out, struct vls_slice typed, struct vls_error *err) VLS_MUST_USE;
/** Nothing at all, or nothing but the "…" that examples have where something is to be written. */
VLS_API bool vls_text_blank(struct vls_slice text);
/** Case- and diacritic-folded text for searching; never for identity. */
VLS_API void vls_text_fold(struct vls_buf *out, struct vls_slice text);
/** The folding key of domain.md annex D: sorted, space-separated tokens. Empty input gives an empty key. */
VLS_API void vls_name_key(struct vls_buf *out, struct vls_slice name);
#define VLS_LIKELY 700 /* from this likeness on, two names or places are proposed to a person as the same */

/** Likeness of two names in per mille, 0 when a rule of annex D forbids proposing them. Integer only. */
VLS_API int vls_name_likeness(struct vls_slice a, struct vls_slice b);
/** A name taken apart once, for comparing it with many: vls_name_parts_size() bytes of the caller's. */
struct vls_name_parts;
VLS_API size_t vls_name_parts_size(void);
VLS_API void vls_name_take_apart(struct vls_name_parts *out, struct vls_slice name);
/** As vls_name_likeness of the names that they were. */
VLS_API int vls_name_parts_likeness(const struct vls_name_parts *a, const struct vls_name_parts *b);
/** Likeness of two places ("Addis Ababa" ~ "Addis-Abeba") in per mille. */
VLS_API int vls_place_likeness(struct vls_slice a, struct vls_slice b);

struct vls_country {
    char code[3];
    struct vls_label name;
    const char *group;      /* "AFR" .. "WEOG", "" when in none */
    int32_t party_from, party_until; /* days; the first one as a State Party and the first one no longer;
                                        VLS_DAY_MAX: never */
    const char *resolution; /* of the Security Council that obliges it to cooperate, "1593"; "" for none */
    int32_t obliged_from;   /* the first day of that; VLS_DAY_MAX: never */
};

/* What a State owes the Court on a day, which decides the section of the annual report (domain.md 1.5). */
enum vls_standing { VLS_STATE_PARTY, VLS_COUNCIL_OBLIGED, VLS_NOT_PARTY };
#define VLS_N_STANDINGS 3

VLS_API const struct vls_country *vls_country_by_code(struct vls_slice code);
/** Whether it was a State Party on that day. */
VLS_API bool vls_country_party_on(const struct vls_country *country, int32_t day);
/** A State Party is one also where the Council has obliged it. */
VLS_API enum vls_standing vls_country_standing(const struct vls_country *country, int32_t day);
/** By code or by name in English or French, folded; NULL when unknown, or when two go by it ("Congo"). */
VLS_API const struct vls_country *vls_country_find(struct vls_slice words);
/** The i-th name that a State goes by, in English, in French, then the others; NULL after the last. */
VLS_API const char *vls_country_name(const struct vls_country *country, size_t i);
/** Splits "Addis Ababa, ET" into place and country; place may be empty. Errors: VLS_EVALUE. */
VLS_API enum vls_code vls_place_parse(struct vls_slice *place, const struct vls_country **country,
                                      struct vls_slice words, struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
