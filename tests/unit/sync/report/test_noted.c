/*
 * What waits, found from notes: over random histories the same as what reading everything finds, row by row and pair by
 * pair. All persons in here are invented.
 */
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

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
};

static uint64_t
pick(struct world *w, uint64_t n)
{
    return check_random(&w->seed) % n;
}

static const uint8_t *
record_id(int kind, size_t i)
{
    static uint8_t id[4][VLS_ID_LEN];
    static unsigned turn;
    uint8_t *out = id[turn++ % 4];

    id_of(out, (unsigned)(10000 + kind * 100 + (int)i));
    return out;
}

/* ---- one change ---- */

static void
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

static void
text(struct world *w, struct set *c, int kind, size_t i, const char *field, const char *words)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_cbor_put_str(&b, words);
    put(w, c, kind, i, field, &b);
}

static void
ref(struct world *w, struct set *c, int kind, size_t i, const char *field, int to_kind, size_t to)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_cbor_put_bytes(&b, record_id(to_kind, to), VLS_ID_LEN);
    put(w, c, kind, i, field, &b);
}

static void
date(struct world *w, struct set *c, int kind, size_t i, const char *field)
{
    char edtf[24];
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    (void)snprintf(edtf, sizeof edtf, "2027-0%u-%02u", (unsigned)pick(w, 2) + 3, (unsigned)pick(w, 9) + 1);
    vls_date_put(&b, vls_slice_str(edtf), vls_slice_str(edtf));
    put(w, c, kind, i, field, &b);
}

static void
instant(struct world *w, struct set *c, int kind, size_t i, const char *field)
{
    struct vls_instant t = {NOW - (int64_t)pick(w, 9) * 40000, 0, VLS_TO_MINUTE};
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls_instant_put(&b, &t);
    put(w, c, kind, i, field, &b);
}

static void
a_name(struct world *w, char out[64])
{
    static const char *const given[] = {"Idris", "Idriz", "Marta", "Marda", "Tomas", "Tomaz"};
    static const char *const family[] = {"Velkin", "Velken", "al-Haddad", "Orsova", "Ruiz", "Tamsin", "Baro"};

    (void)snprintf(out, 64, "%s %s", given[pick(w, 6)], family[pick(w, 7)]);
}

static const char *
one_of(struct world *w, const char *const *v, size_t n)
{
    return v[pick(w, n)];
}
#define ONE_OF(w, v) one_of(w, v, sizeof(v) / sizeof *(v))

static const char *const VERDICT[] = {"same", "same", "different", "unsure"};
static const char *const COUNTRY[] = {"ET", "KE", "MN"};
static const char *const PLACE[] = {"Addis Ababa", "Nairobi", "Ulaanbaatar"};

static const char *const CODENAME[] = {"GREENLAKE", "BLUEFIELD", "REDROCK", "GREYHILL"};

static void
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

/* What a kind needs when it is made, or one thing that may change later. */
static void
change(struct world *w, struct set *c, int kind, size_t i, bool first)
{
    static const char *const status[] = {"potential", "announced", "confirmed"};
    static const char *const from[] = {"state-party", "court-registry", "media"};
    static const char *const to[] = {"court", "court-registry", "state"};
    static const char *const life[] = {"retracted", "active"}, *const marking[] = {"red", "green", "amber"};
    static const char *const recall[] = {"consent-withdrawn", "withdrawn", "restricted"};
    char words[64];
    size_t what = pick(w, 4);

    if (!first && pick(w, 6) == 0) {
        w->away[kind][i] = !w->away[kind][i];
        text(w, c, kind, i, "life", life[w->away[kind][i] ? 0 : 1]);
        return;
    }
    a_name(w, words);
    switch (kind) {
    case 0:
        if (first || what < 2)
            text(w, c, kind, i, "display-name", words);
        else if (what == 2)
            date(w, c, kind, i, "born");
        else
            set_add(c, record_id(kind, i), field_no("person", "identifier"), pick(w, 2) ? "warrant:1" : "warrant:2");
        break;
    case 1:
        if (first) {
            text(w, c, kind, i, "text", words);
            ref(w, c, kind, i, "person", 0, pick(w, PERSONS));
        } else {
            struct vls_buf b;

            vls_buf_init(&b, 16);
            vls_cbor_put_bool(&b, what < 2);
            put(w, c, kind, i, "rejected", &b);
        }
        break;
    case 2:
        if (first || what == 0)
            ref(w, c, kind, i, "person", 0, pick(w, 6));
        if (first || what == 1)
            text(w, c, kind, i, "status", ONE_OF(w, status));
        if (first || what > 1)
            date(w, c, kind, i, "window");
        break;
    case 3:
        if (first)
            ref(w, c, kind, i, "trip", 2, pick(w, TRIPS));
        if (first || what < 2)
            text(w, c, kind, i, "country", ONE_OF(w, COUNTRY));
        if (first || what == 2)
            date(w, c, kind, i, "arrive");
        if (what == 3)
            text(w, c, kind, i, "place", ONE_OF(w, PLACE));
        break;
    case 4:
        if (first) {
            instant(w, c, kind, i, "received");
            text(w, c, kind, i, "from", ONE_OF(w, from));
            text(w, c, kind, i, "claim", "potential");
            text(w, c, kind, i, "person-as-written", words);
            text(w, c, kind, i, "source", ONE_OF(w, CODENAME)); /* the file is found by it, or named */
            if (pick(w, 2) == 0)
                ref(w, c, kind, i, "informant", 8, pick(w, SOURCES));
        } else {
            ref(w, c, kind, i, "about", 0, pick(w, PERSONS));
        }
        if (!first && what == 2)
            text(w, c, kind, i, "tlp", ONE_OF(w, marking));
        if (first || what < 2) {
            struct vls_buf b;

            vls_buf_init(&b, 64);
            vls_cbor_put_bytes(&b, record_id(2, pick(w, TRIPS)), VLS_ID_LEN);
            set_value(c, record_id(kind, i), VLS_OP_ADD, field_no("info", "trip"), "", vls_buf_slice(&b), NULL, 0);
            vls_buf_clear(&b);
        }
        break;
    case 5:
        if (first) {
            text(w, c, kind, i, "to", ONE_OF(w, to));
            if (pick(w, 3) == 0)
                text(w, c, kind, i, "withheld-because", "a reason");
            instant(w, c, kind, i, "sent");
            if (i > 2 && pick(w, 2) == 0) { /* or it tells the addressee of another that something no longer stands */
                ref(w, c, kind, i, "correction-of", 5, pick(w, 3));
                for (size_t k = 0; k < 3; k++)
                    set_add(c, record_id(kind, i), field_no("transmission", "recall"), recall[k]);
            }
        }
        {
            struct vls_buf b;

            vls_buf_init(&b, 64);
            vls_cbor_put_bytes(&b, pick(w, 4) != 0 ? record_id(4, pick(w, INFOS)) : record_id(2, pick(w, TRIPS)),
                               VLS_ID_LEN);
            set_value(c, record_id(kind, i), VLS_OP_ADD, field_no("transmission", "covers"), "", vls_buf_slice(&b),
                      NULL, 0);
            vls_buf_clear(&b);
        }
        break;
    case 8:
        if (first)
            text(w, c, kind, i, "codename", CODENAME[i]);
        else
            consent(w, c, i);
        break;
    default:
        if (first) {
            int of = kind == 6 ? 0 : 2;

            ref(w, c, kind, i, "a", of, pick(w, of == 0 ? 12 : TRIPS));
            ref(w, c, kind, i, "b", of, pick(w, of == 0 ? 12 : TRIPS));
        }
        text(w, c, kind, i, "verdict", ONE_OF(w, VERDICT));
    }
}

static void
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

/* ---- the two answers ---- */

struct noted_pairs {
    const struct vls_pair *pair;
    size_t n, at;
};

static enum vls_code
same_pair(void *ctx, const struct vls_note_pair *p, struct vls_error *err)
{
    struct noted_pairs *all = ctx;
    const struct vls_pair *want = &all->pair[all->at];

    (void)err;
    assert_true(all->at < all->n);
    assert_memory_equal(p->a, want->a, VLS_ID_LEN);
    assert_memory_equal(p->b, want->b, VLS_ID_LEN);
    assert_int_equal(p->kind, want->kind);
    assert_int_equal(p->likeness, want->likeness);
    assert_int_equal(p->unsure, want->unsure);
    all->at++;
    return VLS_OK;
}

static void
same_unshared(const struct vls_unshared *a, const struct vls_unshared *b)
{
    assert_memory_equal(a->id, b->id, VLS_ID_LEN);
    assert_string_equal(a->ref, b->ref);
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->delegation, b->delegation);
    assert_string_equal(a->post, b->post);
    assert_int_equal(a->has_received, b->has_received);
    assert_int_equal(a->age.known, b->age.known);
    assert_int_equal(a->age.min_s, b->age.min_s);
    assert_int_equal(a->age.max_s, b->age.max_s);
    assert_int_equal(a->has_travel, b->has_travel);
    assert_int_equal(a->days_to_travel, b->days_to_travel);
    assert_int_equal(a->warning, b->warning);
}

/* The open ones of all are those that wait. */
static void
same_recalls(struct world *w, const struct vls_report *all, const struct vls_report *waiting)
{
    const struct vls_recall *a, *b;
    size_t n, m, at = 0;

    a = vls_report_recalls(all, &n);
    b = vls_report_recalls(waiting, &m);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < a[i].n_causes; k++)
            w->n_told += *a[i].cause[k].told_ref != '\0';
        if (!a[i].open)
            continue;
        while (at < m && !b[at].open) /* all were read, since notes could not be written */
            at++;
        assert_true(at < m);
        assert_memory_equal(a[i].id, b[at].id, VLS_ID_LEN);
        assert_true(b[at].open);
        assert_string_equal(a[i].ref, b[at].ref);
        assert_string_equal(a[i].addressee, b[at].addressee);
        assert_int_equal(a[i].n_causes, b[at].n_causes);
        for (size_t k = 0; k < a[i].n_causes; k++) {
            assert_int_equal(a[i].cause[k].why, b[at].cause[k].why);
            assert_int_equal(a[i].cause[k].knew, b[at].cause[k].knew);
            assert_int_equal(a[i].cause[k].over, b[at].cause[k].over);
            assert_string_equal(a[i].cause[k].record_ref, b[at].cause[k].record_ref);
            assert_string_equal(a[i].cause[k].told_ref, b[at].cause[k].told_ref);
        }
        at++;
        w->n_recalls++;
    }
    while (at < m && !b[at].open)
        at++;
    assert_int_equal(at, m);
}

static enum vls_code
count_id(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    (void)id;
    (void)err;
    ++*(size_t *)ctx;
    return VLS_OK;
}

static void
note_what_was_met(struct world *w, const struct vls_pair_count *count, size_t n_unshared)
{
    struct vls_error err = {0};
    size_t n = 0;

    check_ok(vls_notes_token_persons(w->s, vls_slice_str("vlkn"), SIZE_MAX, count_id, &n, &err), &err);
    w->n_common += n > RP_COMMON && !w->was_common;
    w->n_apart += n <= RP_COMMON && w->was_common;
    w->was_common = n > RP_COMMON;
    w->n_pairs += count->n_sure;
    w->n_unsure += count->n_unsure;
    w->n_unshared += n_unshared;
}

static void
compare(struct world *w)
{
    struct vls_report *all, *waiting;
    struct vls_error err = {0};
    const struct vls_unshared *u, *v;
    struct vls_pair_count p, q;
    struct noted_pairs pairs = {.at = 0};
    enum vls_notes_state notes;
    size_t n, m;

    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    w->n_behind += notes == VLS_NOTES_BEHIND;
    check_ok(vls_report_open(&all, w->s, NOW, "en", &err), &err);
    check_ok(vls_report_open_waiting(&waiting, w->s, NOW, "en", &err), &err);
    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    assert_int_equal(notes, VLS_NOTES_CURRENT);

    assert_int_equal(vls_report_left_out(all), vls_report_left_out(waiting));
    u = vls_report_unshared(all, &n);
    v = vls_report_unshared(waiting, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        same_unshared(&u[i], &v[i]);

    same_recalls(w, all, waiting);
    pairs.pair = vls_report_pairs(all, &pairs.n);
    check_ok(vls_notes_pairs(w->s, NULL, SIZE_MAX, same_pair, &pairs, &err), &err);
    assert_int_equal(pairs.at, pairs.n);
    vls_report_pair_count(all, &p);
    vls_report_pair_count(waiting, &q);
    assert_int_equal(p.n_sure, q.n_sure);
    assert_int_equal(p.n_unsure, q.n_unsure);
    assert_memory_equal(p.a, q.a, VLS_ID_LEN);
    assert_memory_equal(p.b, q.b, VLS_ID_LEN);
    assert_string_equal(p.ref_a, q.ref_a);
    assert_string_equal(p.ref_b, q.ref_b);
    note_what_was_met(w, &p, n);
    vls_report_close(all);
    vls_report_close(waiting);
}

static struct world *
world_new(uint64_t seed)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->s = store_make();
    w->seed = seed;
    return w;
}

static void
world_free(struct world *w)
{
    vls_store_close(w->s);
    free(w);
}

static void
notes_answer_what_reading_everything_answers(void **state)
{
    uint64_t seed = check_seed(0x0707e5);
    struct world sum = {.n_behind = 0};
    int histories = getenv("VLS_TEST_LONG") != NULL ? 60 : 5;

    (void)state;
    print_message("VLS_SEED=%#llx\n", (unsigned long long)seed);
    for (int i = 0; i < histories; i++) {
        struct world *w = world_new(check_random(&seed));

        compare(w);
        for (int k = 0; k < 160; k++) {
            for (uint64_t n = pick(w, 3) == 0 ? 1 + pick(w, 6) : 1; n > 0; n--)
                step(w);
            compare(w);
        }
        sum.n_behind += w->n_behind;
        sum.n_pairs += w->n_pairs;
        sum.n_unsure += w->n_unsure;
        sum.n_unshared += w->n_unshared;
        sum.n_common += w->n_common;
        sum.n_apart += w->n_apart;
        sum.n_recalls += w->n_recalls;
        sum.n_told += w->n_told;
        world_free(w);
    }
    print_message(
        "%zu looks at changes; %zu pairs, %zu unsure, %zu unshared; a token became common %zu times, rare %zu\n",
        sum.n_behind, sum.n_pairs, sum.n_unsure, sum.n_unshared, sum.n_common, sum.n_apart);
    assert_true(sum.n_behind > 150 * (size_t)histories);
    assert_true(sum.n_pairs > 1000 && sum.n_unsure > 100 && sum.n_unshared > 1000);
    print_message("%zu addressees to be told, %zu were\n", sum.n_recalls, sum.n_told);
    assert_true(sum.n_common >= 5 && sum.n_apart >= 3);
    assert_true(sum.n_recalls > 200 && sum.n_told > 15);
}

static void
forgotten_notes_are_made_anew(void **state)
{
    struct world *w = world_new(5);
    struct vls_error err = {0};
    enum vls_notes_state notes;

    (void)state;
    for (int k = 0; k < 120; k++)
        step(w);
    compare(w);
    check_ok(vls_notes_forget(w->s, &err), &err);
    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    assert_int_equal(notes, VLS_NOTES_NONE);
    step(w);
    compare(w);
    check_ok(vls_notes_look(w->s, 3, &notes, &err), &err); /* of another version */
    assert_int_equal(notes, VLS_NOTES_NONE);
    world_free(w);
}

static void
notes_that_cannot_be_written_are_done_without(void **state)
{
    struct world *w = world_new(6);
    struct vls_report *all, *waiting;
    struct vls_error err = {0};
    struct vls_pair_count p, q;
    enum vls_notes_state notes;

    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        for (int k = 0; k < 60; k++)
            step(w);
        check_ok(vls_store_begin(w->s, &err), &err); /* nobody else can begin one */
        check_ok(vls_report_open(&all, w->s, NOW, "en", &err), &err);
        check_ok(vls_report_open_waiting(&waiting, w->s, NOW, "en", &err), &err);
        vls_report_pair_count(all, &p);
        vls_report_pair_count(waiting, &q);
        assert_true(p.n_sure > 0);
        assert_int_equal(p.n_sure, q.n_sure);
        assert_string_equal(p.ref_a, q.ref_a);
        vls_report_close(all);
        vls_report_close(waiting);
        vls_store_rollback(w->s);
        check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
        assert_int_equal(notes, behind != 0 ? VLS_NOTES_BEHIND : VLS_NOTES_NONE);
        compare(w);
    }
    world_free(w);
}

static char folder[32], path[48];

static int
make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/valise-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

/* No byte can be written any more: what waits is told, and the notes are as old as they were. */
static void
on_a_full_disk_what_waits_is_told_all_the_same(void **state)
{
    struct rlimit before, none;
    struct world *w = world_new(8);
    struct vls_report *waiting = NULL;
    struct vls_secret *key = NULL;
    struct vls_error err = {0};
    struct vls_pair_count p, q;
    enum vls_notes_state notes;
    enum vls_code rc;

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_secret_random(&key, VLS_KEY_LEN, &err), &err);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    vls_store_close(w->s);
    check_ok(vls_store_open(&w->s, path, key, true, &err), &err);
    check_ok(vls_store_compartment_put(w->s, FOCAL, "focal-points", true, &err), &err);
    check_ok(vls_store_compartment_put(w->s, COURT, "court", false, &err), &err);
    for (int behind = 0; behind < 2; behind++) {
        for (int k = 0; k < 80; k++)
            step(w);
        check_ok(vls_report_open(&waiting, w->s, NOW, "en", &err), &err);
        vls_report_pair_count(waiting, &p);
        vls_report_close(waiting);
        none = before;
        none.rlim_cur = 0;
        (void)setrlimit(RLIMIT_FSIZE, &none);
        rc = vls_report_open_waiting(&waiting, w->s, NOW, "en", &err);
        (void)setrlimit(RLIMIT_FSIZE, &before);
        check_ok(rc, &err);
        vls_report_pair_count(waiting, &q);
        assert_true(p.n_sure > 0);
        assert_int_equal(p.n_sure, q.n_sure);
        assert_string_equal(p.ref_a, q.ref_a);
        vls_report_close(waiting);
        vls_store_close(w->s);
        check_ok(vls_store_open(&w->s, path, key, false, &err), &err);
        check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
        assert_int_equal(notes, behind != 0 ? VLS_NOTES_BEHIND : VLS_NOTES_NONE);
        compare(w);
    }
    world_free(w);
    vls_secret_free(key);
    (void)signal(SIGXFSZ, SIG_DFL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_answer_what_reading_everything_answers),
        cmocka_unit_test(forgotten_notes_are_made_anew),
        cmocka_unit_test(notes_that_cannot_be_written_are_done_without),
        cmocka_unit_test_setup_teardown(on_a_full_disk_what_waits_is_told_all_the_same, make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
