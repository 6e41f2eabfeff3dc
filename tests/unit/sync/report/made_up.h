#ifndef TESTS_REPORT_MADE_UP_H
#define TESTS_REPORT_MADE_UP_H

#include "tests/support/check.h"

#include "valise/cbor.h"

#include "sync/report/report_int.h"

/*
 * Records made up for the report's tests, without a store. All persons, places of work and sources
 * are invented. Every value is committed on its own: a later one has a greater Lamport counter.
 */

#define MADE_ROWS  24
#define MADE_BYTES 4096

struct made {
    struct vls_record rec;
    struct vls_row row[MADE_ROWS];
    uint8_t bytes[MADE_BYTES];
    size_t n_bytes;
    const char *who;
};

static uint64_t made_clock;

/* id: its first byte, so that references and order are in the test's hands. */
static inline void
made_new(struct made *m, const char *kind, uint8_t id, const char *who)
{
    memset(m, 0, sizeof *m);
    m->rec.kind = vls_kind_by_name(kind);
    assert_non_null(m->rec.kind);
    m->rec.kind_no = m->rec.kind->no;
    m->rec.id[0] = id;
    m->rec.compartment_name = "focal-points";
    m->rec.common = true;
    m->rec.rows = m->row;
    m->who = who;
    vls_ref_print(m->rec.ref, m->rec.kind->prefix, m->rec.id);
}

/* A further value of a field; state as given. Takes and empties value. */
static inline struct vls_row *
made_value(struct made *m, const char *field, struct vls_buf *value)
{
    const struct vls_field *f = vls_field_by_name(m->rec.kind, field);
    struct vls_row *row = &m->row[m->rec.n_rows++];

    if (f == NULL)
        fail_msg("%s has no field %s", m->rec.kind->name, field);
    assert_true(m->rec.n_rows <= MADE_ROWS && m->n_bytes + value->n <= MADE_BYTES);
    memcpy(m->bytes + m->n_bytes, value->p, value->n);
    row->field = f->no;
    row->value = vls_slice_of(m->bytes + m->n_bytes, value->n);
    row->type = VLS_OP_PUT;
    row->lamport = ++made_clock;
    vls_store_le64(row->dot.change, row->lamport);
    row->wall_unix_s = 1800000000 + (int64_t)row->lamport;
    row->delegation = m->who;
    row->post = "";
    m->n_bytes += value->n;
    vls_buf_clear(value);
    return row;
}

static inline struct vls_row *
made_text(struct made *m, const char *field, const char *text)
{
    struct vls_buf b;

    vls_buf_init(&b, MADE_BYTES);
    vls_cbor_put_str(&b, text);
    return made_value(m, field, &b);
}

static inline struct vls_row *
made_ref(struct made *m, const char *field, uint8_t id)
{
    uint8_t bytes[VLS_ID_LEN] = {id};
    struct vls_buf b;

    vls_buf_init(&b, MADE_BYTES);
    vls_cbor_put_bytes(&b, bytes, sizeof bytes);
    return made_value(m, field, &b);
}

static inline struct vls_row *
made_instant(struct made *m, const char *field, const char *words)
{
    struct vls_instant t;
    struct vls_buf b;

    if (!vls_instant_parse(&t, words, 0))
        fail_msg("%s is no instant", words);
    vls_buf_init(&b, MADE_BYTES);
    vls_instant_put(&b, &t);
    return made_value(m, field, &b);
}

static inline struct vls_row *
made_date(struct made *m, const char *field, const char *edtf)
{
    struct vls_buf b;

    vls_buf_init(&b, MADE_BYTES);
    vls_date_put(&b, vls_slice_str(edtf), vls_slice_str(edtf));
    return made_value(m, field, &b);
}

/* ---- a report over made-up records ---- */

static inline struct vls_report *
made_report(const char *now)
{
    struct vls_report *r = calloc(1, sizeof *r);
    struct vls_instant t;

    assert_non_null(r);
    assert_true(vls_instant_parse(&t, now, 0));
    r->now_unix = t.unix_s;
    r->today = vls__rp_day(t.unix_s);
    r->lang = "en";
    return r;
}

static inline void
made_feed(struct vls_report *r, const struct made *m)
{
    struct vls_error err = {0};

    check_ok(vls__rp_feed(r, &m->rec, &err), &err);
}

static inline void
made_build(struct vls_report *r)
{
    struct vls_error err = {0};

    check_ok(vls__rp_build(r, &err), &err);
}

/* ---- whole records in one call ---- */

static inline void
made_person(struct vls_report *r, uint8_t id, const char *name)
{
    struct made m;

    made_new(&m, "person", id, "Ireland");
    made_text(&m, "display-name", name);
    made_feed(r, &m);
}

/* A trip with one stage (id + 1 is the leg's). dates "" and place "": unknown. */
static inline void
made_trip(struct vls_report *r, uint8_t id, uint8_t person, const char *place, const char *country, const char *dates,
          const char *status, const char *who)
{
    struct made m;

    made_new(&m, "trip", id, who);
    made_ref(&m, "person", person);
    if (*dates != '\0')
        made_date(&m, "window", dates);
    made_text(&m, "status", status);
    made_feed(r, &m);
    if (*country == '\0')
        return;
    made_new(&m, "leg", (uint8_t)(id + 1), who);
    made_ref(&m, "trip", id);
    if (*place != '\0')
        made_text(&m, "place", place);
    made_text(&m, "country", country);
    made_feed(r, &m);
}

/* trip 0: attached to none. */
static inline void
made_info(struct vls_report *r, uint8_t id, uint8_t trip, const char *from, const char *source, const char *received,
          const char *who)
{
    struct made m;

    made_new(&m, "info", id, who);
    made_text(&m, "from", from);
    if (*source != '\0')
        made_text(&m, "source", source);
    made_instant(&m, "received", received);
    made_text(&m, "claim", "potential");
    if (trip != 0)
        made_ref(&m, "trip", trip);
    made_feed(r, &m);
}

static inline void
made_transmission(struct vls_report *r, uint8_t id, uint8_t covers, const char *to, const char *detail,
                  const char *sent)
{
    struct made m;

    made_new(&m, "transmission", id, "Ireland");
    made_ref(&m, "covers", covers);
    made_text(&m, "to", to);
    if (*detail != '\0')
        made_text(&m, "to-detail", detail);
    made_instant(&m, "sent", sent);
    made_feed(r, &m);
}

static inline void
made_link(struct vls_report *r, uint8_t id, const char *kind, uint8_t a, uint8_t b, const char *verdict)
{
    struct made m;

    made_new(&m, kind, id, "Ireland");
    made_ref(&m, "a", a);
    made_ref(&m, "b", b);
    made_text(&m, "verdict", verdict);
    made_feed(r, &m);
}

static inline const struct vls_trip *
made_row(const struct vls_report *r, uint8_t id)
{
    uint8_t bytes[VLS_ID_LEN] = {id};

    return vls_report_trip_of(r, bytes);
}

#endif
