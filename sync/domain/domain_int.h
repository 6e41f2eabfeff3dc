#ifndef SYNC_DOMAIN_DOMAIN_INT_H
#define SYNC_DOMAIN_DOMAIN_INT_H

#include "valise/domain.h"

/* ---- tables made by schemas/domain/kinds.awk ---- */

struct vls__alias {
    const char *name;
    uint16_t at; /* countries: index in vls__countries; places: equal for all names of one place */
};

extern const struct vls_kind vls__kinds[];
extern const size_t vls__n_kinds;
extern const struct vls_field vls__header[];
extern const size_t vls__n_header;
extern const struct vls_country vls__countries[];
extern const size_t vls__n_countries;
extern const struct vls__alias vls__country_aliases[];
extern const size_t vls__n_country_aliases;
/* VLS_EVALUE: nobody is called so, or two are, with what to write instead. */
enum vls_code vls__no_country(struct vls_slice words, struct vls_error *err);
extern const struct vls__alias vls__place_aliases[];
extern const size_t vls__n_place_aliases;

/* ---- text.c ---- */

/** True for NFC text that vls_text_clean would have left as it is. */
bool vls__text_ok(struct vls_slice s);
/** The slice without white space at both ends. */
struct vls_slice vls__trim(struct vls_slice s);
/** Appends text that is safe on a terminal: what vls_text_clean refuses is shown as <U+202E>. */
void vls__text_visible(struct vls_buf *out, struct vls_slice text);

#define VLS__WORDS_MAX 160 /* folded bytes of a name or label that is looked up */

/*
 * Folded words for looking something up by name: vls_text_fold, then apostrophes dropped, every other
 * character that is no letter, digit or '+' a single space, none at the ends. Longer input is cut.
 */
struct vls__words {
    char text[VLS__WORDS_MAX];
    size_t n;
};

void vls__words_split(struct vls__words *out, struct vls_slice text);
bool vls__words_eq(const struct vls__words *a, struct vls_slice text);

/* ---- date.c and edtf.c ---- */

/** Appends the EDTF text and the words to keep for what a person typed as a date. VLS_EVALUE when it
 *  has two readings. */
enum vls_code vls__date_typed(struct vls_buf *out, const char *words, const struct vls_value_ctx *ctx,
                              struct vls_error *err) VLS_MUST_USE;
/** "2027-04-03" into out, which holds 11 chars. */
void vls__day_iso(char *out, int32_t day);

/* ---- diag.c ---- */

/** Appends any bytes in CBOR diagnostic notation, or as h'..' when they are no CBOR. Safe on a terminal. */
void vls__diag(struct vls_buf *out, struct vls_slice value);

#endif
