#ifndef VALISE_NOTED_INT_H
#define VALISE_NOTED_INT_H

#include "valise/notes.h"

#include "report_int.h"

/* Notes of the pairs of a report, of whatever kind (noted.c). */
enum vls_code vls__rp_note_pairs(struct vls_store *s, const struct vls_report *r, struct vls_error *err);
/* Brings what is noted of persons up to date: their tokens, and with whom they are compared. Of the ids that have
 * changed only those of persons count (noted_persons.c). */
enum vls_code vls__rp_note_persons(struct rp_gather *g, const struct rp_ids *changed, struct vls_error *err);

#endif
