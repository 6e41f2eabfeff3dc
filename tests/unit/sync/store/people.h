#ifndef TESTS_UNIT_SYNC_STORE_PEOPLE_H
#define TESTS_UNIT_SYNC_STORE_PEOPLE_H

/* A small collection: two persons, a name form, a warrant, a trip with its stages. All invented. */

#include "tests/unit/sync/store/fixture.h"

enum { IDRIS = 1, FORM, MARGIT, WARRANT, TRIP, LEG_1, LEG_2, LEG_HOME, GONE, UNNAMED_TRIP, REPORT };

static uint64_t people_seq; /* of all devices together; it is the Lamport counter too */

static inline void
people_put(struct vls_store *s, unsigned device, unsigned record, const char *kind, const char *const *fields,
           const struct vls_dot *named, size_t n_named)
{
    struct set c;
    uint8_t id[VLS_ID_LEN], other[VLS_ID_LEN];

    id_of(id, record);
    people_seq++;
    set_begin(&c, FOCAL, device, people_seq, people_seq);
    if (named == NULL)
        set_create(&c, id, kind);
    for (; *fields != NULL; fields += 2) {
        const struct vls_field *f = vls_field_by_name(vls_kind_by_name(kind), fields[0]);

        assert_non_null(f);
        if (f->type == VLS_T_REF) {
            id_of(other, (unsigned)atoi(fields[1]));
            set_ref(&c, id, f->no, other);
        } else if (f->type == VLS_T_DATE)
            set_date(&c, id, f->no, fields[1]);
        else
            set_put(&c, id, f->no, fields[1], named, n_named);
    }
    set_end(&c);
    deliver(s, &c);
    set_free(&c);
}

#define PUT(s, record, kind, ...) people_put(s, 1, record, kind, (const char *const[]){__VA_ARGS__, NULL}, NULL, 0)

static inline struct vls_store *
people(void)
{
    struct vls_store *s = store_make();

    people_seq = 0;
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    PUT(s, TRIP, "trip", "person", "1", "window", "2027-04-12/2027-04-15", "status", "potential");
    PUT(s, LEG_2, "leg", "trip", "5", "place", "Kigali", "country", "RW", "order-key", "b");
    PUT(s, LEG_1, "leg", "trip", "5", "place", "Addis Ababa", "country", "ET", "order-key", "a");
    PUT(s, LEG_HOME, "leg", "trip", "5", "place", "Home", "country", "KE", "order-key", "c", "kind", "return");
    PUT(s, FORM, "name", "text", "Idrissou Elhadad", "person", "1");
    PUT(s, IDRIS, "person", "display-name", "Idris al-Haddad", "position", "Minister of Défense", "nationality", "TD");
    PUT(s, MARGIT, "person", "display-name", "Margit Ångström", "position", "Envoy");
    PUT(s, WARRANT, "warrant", "case", "ICC-99/99-01/27", "person", "1");
    PUT(s, GONE, "person", "display-name", "Idris Gone", "life", "retracted");
    PUT(s, UNNAMED_TRIP, "trip", "person", "77", "status", "cancelled");
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    return s;
}

#endif
