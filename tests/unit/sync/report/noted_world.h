#ifndef TESTS_SYNC_REPORT_NOTED_WORLD_H
#define TESTS_SYNC_REPORT_NOTED_WORLD_H

/* Random histories of the records that reports are made of. All persons in here are invented. */
#include "tests/support/check.h"

#include "valise/notes.h"

#include "sync/report/report_int.h"
#include "tests/unit/sync/store/fixture.h"

#define NOW 1800000000

enum {
    PERSONS = 26,
    NAMES = 14,
    TRIPS = 18,
    LEGS = 22,
    INFOS = 12,
    SENDINGS = 9,
    PERSON_LINKS = 9,
    TRIP_LINKS = 7,
    SOURCES = 4
};
enum { N_KINDS = 9, MOST = PERSONS };

static const char *const KIND[N_KINDS] = {"person",       "name",          "trip",      "leg",   "info",
                                          "transmission", "identity-link", "trip-link", "source"};
static const unsigned MANY[N_KINDS] = {PERSONS, NAMES, TRIPS, LEGS, INFOS, SENDINGS, PERSON_LINKS, TRIP_LINKS, SOURCES};

/* One device writes everything; the last value of each field is known, so that another may replace it. */
struct world {
    struct vls_store *s;
    uint64_t seed, seq;
    bool made[N_KINDS][MOST], away[N_KINDS][MOST];
    const uint8_t *home[N_KINDS][MOST]; /* compartment */
    struct {
        bool is;
        struct vls_dot dot;
    } last[N_KINDS][MOST][64];
    size_t n_behind, n_pairs, n_unsure, n_unshared, n_common, n_apart, n_recalls, n_told; /* what the history met */
    bool was_common;
    char name[64]; /* that a change may give */
};

static inline uint64_t
pick(struct world *w, uint64_t n)
{
    return check_random(&w->seed) % n;
}

static inline const uint8_t *
record_id(int kind, size_t i)
{
    static uint8_t id[4][VLS_ID_LEN];
    static unsigned turn;
    uint8_t *out = id[turn++ % 4];

    id_of(out, (unsigned)(10000 + kind * 100 + (int)i));
    return out;
}

/* ---- one change ---- */

static inline void
put(struct world *w, struct set *c, int kind, size_t i, const char *field, struct vls_buf *value)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name(KIND[kind]), field);
    size_t slot;
    bool names;

    assert_non_null(f);
    slot = f->no > 1000 ? 60 : f->no;
    names = w->last[kind][i][slot].is && pick(w, 4) != 0; /* otherwise the two are rivals */
    set_value(c, record_id(kind, i), VLS_OP_PUT, f->no, "", vls_buf_slice(value), &w->last[kind][i][slot].dot,
              names ? 1 : 0);
    vls_buf_clear(value);
    w->last[kind][i][slot].is = true;
    w->last[kind][i][slot].dot.op = c->n_ops - 1; /* its change set is named at the end */
}

static inline void
text(struct world *w, struct set *c, int kind, size_t i, const char *field, const char *words)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_cbor_put_str(&b, words);
    put(w, c, kind, i, field, &b);
}

static inline void
ref(struct world *w, struct set *c, int kind, size_t i, const char *field, int to_kind, size_t to)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_cbor_put_bytes(&b, record_id(to_kind, to), VLS_ID_LEN);
    put(w, c, kind, i, field, &b);
}

static inline void
date(struct world *w, struct set *c, int kind, size_t i, const char *field)
{
    char edtf[24];
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    (void)snprintf(edtf, sizeof edtf, "2027-0%u-%02u", (unsigned)pick(w, 2) + 3, (unsigned)pick(w, 9) + 1);
    vls_date_put(&b, vls_slice_str(edtf), vls_slice_str(edtf));
    put(w, c, kind, i, field, &b);
}

static inline void
instant(struct world *w, struct set *c, int kind, size_t i, const char *field)
{
    struct vls_instant t = {NOW - (int64_t)pick(w, 9) * 40000, 0, VLS_TO_MINUTE};
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_instant_put(&b, &t);
    put(w, c, kind, i, field, &b);
}

static inline void
a_name(struct world *w, char out[64])
{
    static const char *const given[] = {"Idris", "Idriz", "Marta", "Marda", "Tomas", "Tomaz"};
    static const char *const family[] = {"Velkin", "Velken", "al-Haddad", "Orsova", "Ruiz", "Tamsin", "Baro"};

    (void)snprintf(out, 64, "%s %s", given[pick(w, 6)], family[pick(w, 7)]);
}

static inline const char *
one_of(struct world *w, const char *const *v, size_t n)
{
    return v[pick(w, n)];
}
#define ONE_OF(w, v) one_of(w, v, sizeof(v) / sizeof *(v))

static const char *const CODENAME[] = {"GREENLAKE", "BLUEFIELD", "REDROCK", "GREYHILL"};

static inline void
consent(struct world *w, struct set *c, size_t i)
{
    static const char *const given[] = {"given", "withdrawn"}, *const scope[] = {"tell Court content",
                                                                                 "tell regional groups"};
    struct vls_buf b;

    vls_buf_init(&b, 256);
    vls_cbor_put_map(&b, 2);
    vls_cbor_put_str(&b, "given");
    vls_cbor_put_str(&b, ONE_OF(w, given));
    vls_cbor_put_str(&b, "scope");
    vls_cbor_put_str(&b, ONE_OF(w, scope));
    set_value(c, record_id(8, i), VLS_OP_APPEND, field_no("source", "consent"), "", vls_buf_slice(&b), NULL, 0);
    vls_buf_clear(&b);
}

/* What a kind needs when it is made, or one thing that may change later: which of four, what. */
typedef void change_fn(struct world *w, struct set *c, size_t i, bool first, size_t what);

static inline void
change_person(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    if (first || what < 2)
        text(w, c, 0, i, "display-name", w->name);
    else if (what == 2)
        date(w, c, 0, i, "born");
    else
        set_add(c, record_id(0, i), field_no("person", "identifier"), pick(w, 2) ? "warrant:1" : "warrant:2");
}

static inline void
change_name(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    struct vls_buf b;

    if (first) {
        text(w, c, 1, i, "text", w->name);
        ref(w, c, 1, i, "person", 0, pick(w, PERSONS));
        return;
    }
    vls_buf_init(&b, 16);
    vls_cbor_put_bool(&b, what < 2);
    put(w, c, 1, i, "rejected", &b);
}

static inline void
change_trip(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    static const char *const status[] = {"potential", "announced", "confirmed"};

    if (first || what == 0)
        ref(w, c, 2, i, "person", 0, pick(w, 6));
    if (first || what == 1)
        text(w, c, 2, i, "status", ONE_OF(w, status));
    if (first || what > 1)
        date(w, c, 2, i, "window");
}

static inline void
change_leg(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    static const char *const country[] = {"ET", "KE", "MN"};
    static const char *const place[] = {"Addis Ababa", "Nairobi", "Ulaanbaatar"};

    if (first)
        ref(w, c, 3, i, "trip", 2, pick(w, TRIPS));
    if (first || what < 2)
        text(w, c, 3, i, "country", ONE_OF(w, country));
    if (first || what == 2)
        date(w, c, 3, i, "arrive");
    if (what == 3)
        text(w, c, 3, i, "place", ONE_OF(w, place));
}

static inline void
add_ref(struct set *c, int kind, size_t i, const char *field, const uint8_t *to)
{
    struct vls_buf b;

    vls_buf_init(&b, 64);
    vls_cbor_put_bytes(&b, to, VLS_ID_LEN);
    set_value(c, record_id(kind, i), VLS_OP_ADD, field_no(KIND[kind], field), "", vls_buf_slice(&b), NULL, 0);
    vls_buf_clear(&b);
}

static inline void
change_report(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    static const char *const from[] = {"state-party", "court-registry", "media"};
    static const char *const marking[] = {"red", "green", "amber"};

    if (first) {
        instant(w, c, 4, i, "received");
        text(w, c, 4, i, "from", ONE_OF(w, from));
        text(w, c, 4, i, "claim", "potential");
        text(w, c, 4, i, "person-as-written", w->name);
        text(w, c, 4, i, "source", ONE_OF(w, CODENAME)); /* the file is found by it, or named */
        if (pick(w, 2) == 0)
            ref(w, c, 4, i, "informant", 8, pick(w, SOURCES));
    } else {
        ref(w, c, 4, i, "about", 0, pick(w, PERSONS));
    }
    if (!first && what == 2)
        text(w, c, 4, i, "tlp", ONE_OF(w, marking));
    if (first || what < 2)
        add_ref(c, 4, i, "trip", record_id(2, pick(w, TRIPS)));
}

static inline void
change_transmission(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    static const char *const to[] = {"court", "court-registry", "state"};
    static const char *const recall[] = {"consent-withdrawn", "withdrawn", "restricted"};

    (void)what;
    if (first) {
        size_t of = pick(w, 3);
        bool tells = i > 2 && pick(w, 2) == 0; /* the addressee of another that something no longer stands */

        text(w, c, 5, i, "to", i <= 2 ? to[i] : tells && pick(w, 4) != 0 ? to[of] : ONE_OF(w, to));
        if (pick(w, 3) == 0)
            text(w, c, 5, i, "withheld-because", "a reason");
        instant(w, c, 5, i, "sent");
        if (tells) {
            ref(w, c, 5, i, "correction-of", 5, of);
            for (size_t k = 0; k < 3; k++)
                set_add(c, record_id(5, i), field_no("transmission", "recall"), recall[k]);
        }
    }
    add_ref(c, 5, i, "covers", pick(w, 4) != 0 ? record_id(4, pick(w, INFOS)) : record_id(2, pick(w, TRIPS)));
}

static inline void
change_link(struct world *w, struct set *c, int kind, size_t i, bool first)
{
    static const char *const verdict[] = {"same", "same", "different", "unsure"};
    int of = kind == 6 ? 0 : 2;

    if (first) {
        ref(w, c, kind, i, "a", of, pick(w, of == 0 ? 12 : TRIPS));
        ref(w, c, kind, i, "b", of, pick(w, of == 0 ? 12 : TRIPS));
    }
    text(w, c, kind, i, "verdict", ONE_OF(w, verdict));
}

static inline void
change_person_link(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    (void)what;
    change_link(w, c, 6, i, first);
}

static inline void
change_trip_link(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    (void)what;
    change_link(w, c, 7, i, first);
}

static inline void
change_source(struct world *w, struct set *c, size_t i, bool first, size_t what)
{
    (void)what;
    if (first)
        text(w, c, 8, i, "codename", CODENAME[i]);
    else
        consent(w, c, i);
}

static inline void
change(struct world *w, struct set *c, int kind, size_t i, bool first)
{
    static change_fn *const of[N_KINDS] = {change_person,      change_name,      change_trip,
                                           change_leg,         change_report,    change_transmission,
                                           change_person_link, change_trip_link, change_source};
    size_t what = pick(w, 4);

    if (!first && pick(w, 6) == 0) {
        w->away[kind][i] = !w->away[kind][i];
        text(w, c, kind, i, "life", w->away[kind][i] ? "retracted" : "active");
        return;
    }
    a_name(w, w->name);
    of[kind](w, c, i, first, what);
}

static inline void
step(struct world *w)
{
    int kind = (int)pick(w, N_KINDS);
    size_t i;
    struct set c;
    bool first, other;

    if (pick(w, 3) == 0)
        kind = 0;
    i = pick(w, MANY[kind]);
    first = !w->made[kind][i];
    w->seq++;
    /* Now and then the same record in another compartment, with little in it; the common one stands before. */
    other = !first && pick(w, 12) == 0;
    if (first)
        w->home[kind][i] = pick(w, 5) == 0 ? COURT : FOCAL;
    if (other)
        memset(w->last[kind][i], 0, sizeof w->last[kind][i]);
    set_begin(&c, other == (w->home[kind][i] == FOCAL) ? COURT : FOCAL, 1, w->seq, w->seq);
    if (first || other)
        set_create(&c, record_id(kind, i), KIND[kind]);
    w->made[kind][i] = true;
    change(w, &c, kind, i, first);
    set_end(&c);
    for (size_t f = 0; f < 64; f++) { /* the dots of this change set get its id */
        static const uint8_t none[VLS_CHANGE_ID_LEN];

        if (w->last[kind][i][f].is && memcmp(w->last[kind][i][f].dot.change, none, sizeof none) == 0)
            memcpy(w->last[kind][i][f].dot.change, c.id, sizeof c.id);
    }
    deliver(w->s, &c);
    set_free(&c);
    if (other)
        memset(w->last[kind][i], 0, sizeof w->last[kind][i]);
}

static inline struct world *
world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->s = store_make();
    w->seed = seed;
    return w;
}

static inline void
world_free(struct world *w)
{
    vls_store_close(w->s);
    free(w);
}

#endif
