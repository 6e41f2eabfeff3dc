#ifndef VALISE_RECALL_INT_H
#define VALISE_RECALL_INT_H

#include "report_int.h"

/* ---- recall.c ---- */

struct collecting {
    struct vls_report *r;
    struct rp_dots *out;
};
/* A vls_dot_fn. */
enum vls_code vls__recall_dot_add(void *collecting, const struct vls_dot *dot, struct vls_error *err);
bool vls__recall_names(const struct rp_dots *dots, const struct vls_dot *dot);

/* One transmission, and what it names. */
struct proof {
    const struct vls_record *record;
    const struct vls_row *to;
    struct rp_dots named;
};

enum vls_code vls__recall_proof(struct vls_report *r, const struct vls_record *transmission, struct proof *out,
                                struct vls_error *err);
enum vls_knew vls__recall_knew(const struct proof *p, enum vls_addressee to, const struct vls_record *rec,
                               const struct vls_row *value);

struct cause {
    struct vls_recall_cause said;
    const struct vls_record *rec; /* where the value stands that made it */
    const struct vls_row *row;
};

struct finding {
    struct vls_report *r;
    struct proof proof;
    enum vls_addressee to;
    struct cause *cause;
    size_t n, cap;
    struct vls_error *err;
};

/* ---- recall_told.c ---- */

/* It tells something of an earlier transmission, and is none that would be recalled itself. */
bool vls__recall_is_notice(const struct vls_record *transmission);
/* Notes at each cause by which notice the addressee was told of it. */
enum vls_code vls__recall_told(struct finding *f, const struct vls_record *transmission);

#endif
