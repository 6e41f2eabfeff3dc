/*
 * Membership graphs against tests/vectors/wire.txt: the verdict on every operation, and what the valid ones add up to, in
 * the order written and in one as different as chains and graph allow.
 */
#include "lines.h"

#include "valise/member.h"

/* One graph of the file: its line, and the lines of its nodes and of its end. */
struct graph {
    struct line *head, *end; /* [head, end) */
    struct vls_members *m;
    bool *fed;
};

static void
graph_start(struct graph *g)
{
    struct vls_slice genesis = line_bytes(g->head, "genesis");

    check_ok(vls_members_new(&g->m, genesis, &lines_err), &lines_err);
    bytes_free(genesis);
    g->fed = calloc((size_t)(g->end - g->head), sizeof *g->fed);
    assert_non_null(g->fed);
}

static void
graph_stop(struct graph *g)
{
    free(g->fed);
    vls_members_free(g->m);
}

/* Feeds one node; false when a head it names is not there yet. */
static bool
node_feed(struct graph *g, struct line *l)
{
    struct vls_slice data = line_bytes(l, "data");
    const char *bits = line_text(l, "verdicts");
    struct vls_envelope e;
    size_t invalid = 0, expected = 0;
    enum vls_code rc;

    check_ok(vls_envelope_read(&e, data, &lines_err), &lines_err);
    rc = vls_members_feed(g->m, &e, &invalid, &lines_err);
    bytes_free(data);
    if (rc == VLS_ENOTFOUND)
        return false;
    g->fed[l - g->head] = true;
    if (line_is(l, "void")) {
        if (rc != VLS_EFORMAT && rc != VLS_EAUTH)
            disagree(l, "should be void, is %s with %zu invalid", vls_code_name(rc), invalid);
        return true;
    }
    for (; *bits != '\0'; bits++)
        expected += *bits == '0';
    if (rc != VLS_OK || invalid != expected)
        disagree(l, "%s, %zu of %s invalid: %s", vls_code_name(rc), invalid, line_text(l, "verdicts"), lines_err.text);
    return true;
}

/* An author's chain is fed in order: no earlier node of the same incarnation may still be missing. */
static bool
chain_ready(const struct graph *g, const struct line *l)
{
    struct vls_slice data = line_bytes(l, "data");
    struct vls_envelope e, other;
    bool ready = true;

    check_ok(vls_envelope_read(&e, data, &lines_err), &lines_err);
    for (struct line *o = g->head; o < g->end && ready; o++) {
        struct vls_slice bytes;

        if (strcmp(o->kind, "node") != 0 || g->fed[o - g->head] || o == l)
            continue;
        bytes = line_bytes(o, "data");
        check_ok(vls_envelope_read(&other, bytes, &lines_err), &lines_err);
        ready = other.seq >= e.seq || memcmp(other.device, e.device, VLS_DEVICE_LEN) != 0 ||
                memcmp(other.incarnation, e.incarnation, VLS_DEVICE_LEN) != 0;
        bytes_free(bytes);
    }
    bytes_free(data);
    return ready;
}

/* ---- what the operations add up to ---- */

static void
device_agrees(const struct graph *g, const struct line *l)
{
    uint8_t id[VLS_DEVICE_LEN];
    const struct vls_member_device *d;

    line_fixed(id, l, "id", sizeof id);
    if ((d = vls_members_device(g->m, id)) == NULL) {
        disagree(l, "device %.8s is missing", line_text(l, "id"));
        return;
    }
    expect_bytes(l, "delegation", d->delegation, strlen(d->delegation));
    expect_bytes(l, "post", d->post, strlen(d->post));
    expect_number(l, "rank", d->rank);
}

static bool
listed(struct vls_slice ids, const uint8_t id[VLS_DEVICE_LEN])
{
    for (size_t i = 0; i + VLS_DEVICE_LEN <= ids.n; i += VLS_DEVICE_LEN)
        if (memcmp(ids.p + i, id, VLS_DEVICE_LEN) == 0)
            return true;
    return false;
}

static const struct vls_member_compartment *
compartment_of(const struct vls_members *m, const uint8_t id[VLS_COMPARTMENT_LEN])
{
    for (size_t i = 0; i < vls_members_n_compartments(m); i++)
        if (memcmp(vls_members_compartment_at(m, i)->id, id, VLS_COMPARTMENT_LEN) == 0)
            return vls_members_compartment_at(m, i);
    return NULL;
}

static void
compartment_agrees(const struct graph *g, const struct line *l)
{
    const struct vls_member_compartment *c;
    struct vls_slice readers = line_bytes(l, "readers");
    uint8_t id[VLS_COMPARTMENT_LEN];

    line_fixed(id, l, "id", sizeof id);
    c = compartment_of(g->m, id);
    if (line_text(l, "owner") != NULL && c != NULL) {
        expect_bytes(l, "owner", c->owner, strlen(c->owner));
        expect_bytes(l, "label", c->name, strlen(c->name));
        expect_number(l, "common", c->common);
    } else if ((c != NULL) != (line_text(l, "owner") != NULL))
        disagree(l, "compartment %.8s: %s", line_text(l, "id"), c == NULL ? "missing" : "there");
    for (size_t i = 0; i < vls_members_n_devices(g->m); i++) {
        const struct vls_member_device *d = vls_members_device_at(g->m, i);

        if (vls_members_reads(g->m, d->id, id) != listed(readers, d->id))
            disagree(l, "compartment %.8s: who reads it", line_text(l, "id"));
    }
    bytes_free(readers);
}

struct wraps {
    const struct line *line;
    uint8_t compartment[VLS_COMPARTMENT_LEN], epoch[VLS_HASH_LEN];
    size_t n;
};

static enum vls_code
wrap_count(void *ctx, const uint8_t *compartment, const uint8_t *epoch, const uint8_t *wrap, struct vls_error *err)
{
    struct wraps *w = ctx;

    (void)wrap;
    (void)err;
    w->n += memcmp(w->compartment, compartment, VLS_COMPARTMENT_LEN) == 0 &&
            memcmp(w->epoch, epoch, VLS_HASH_LEN) == 0;
    return VLS_OK;
}

static void
holders_agree(const struct graph *g, const struct line *l)
{
    struct vls_slice devices = line_bytes(l, "devices");
    struct wraps w = {.line = l};

    line_fixed(w.compartment, l, "compartment", sizeof w.compartment);
    line_fixed(w.epoch, l, "epoch", sizeof w.epoch);
    expect_number(l, "covers", vls_members_epoch_covers(g->m, w.compartment, w.epoch));
    for (size_t i = 0; i < vls_members_n_devices(g->m); i++) {
        const struct vls_member_device *d = vls_members_device_at(g->m, i);

        w.n = 0;
        check_ok(vls_members_wraps(g->m, d->id, wrap_count, &w, &lines_err), &lines_err);
        if ((w.n > 0) != listed(devices, d->id))
            disagree(l, "epoch %.8s: who holds it", line_text(l, "epoch"));
    }
    bytes_free(devices);
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, VLS_HASH_LEN);
}

static void
graph_agrees(const struct graph *g)
{
    struct vls_buf heads;
    size_t devices = 0;

    for (const struct line *l = g->head; l < g->end; l++) {
        if (strcmp(l->kind, "device") == 0) {
            device_agrees(g, l);
            devices++;
        } else if (strcmp(l->kind, "compartment") == 0)
            compartment_agrees(g, l);
        else if (strcmp(l->kind, "holders") == 0)
            holders_agree(g, l);
        else if (strcmp(l->kind, "heads") == 0) {
            vls_buf_init(&heads, LINES_VALUE_MAX);
            vls_members_heads(g->m, &heads);
            if (heads.n > 0)
                qsort(heads.p, heads.n / VLS_HASH_LEN, VLS_HASH_LEN, by_bytes);
            expect_bytes(l, "ids", heads.p, heads.n);
            vls_buf_clear(&heads);
        }
    }
    if (devices != vls_members_n_devices(g->m))
        disagree(g->head, "%zu devices, not %zu", vls_members_n_devices(g->m), devices);
}

/* ---- tests ---- */

static bool
graph_next(struct graph *g, size_t *at)
{
    if ((g->head = line_next("graph", at)) == NULL)
        return false;
    for (g->end = g->head + 1; g->end < lines.line + lines.n && strcmp(g->end->kind, "graph") != 0;)
        g->end++;
    return true;
}

static void
operations_are_judged_alike(void **state)
{
    struct graph g;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    while (graph_next(&g, &at)) {
        graph_start(&g);
        for (struct line *l = g.head; l < g.end; l++)
            if (strcmp(l->kind, "node") == 0) {
                met++;
                if (!node_feed(&g, l))
                    disagree(l, "waits");
            }
        graph_agrees(&g);
        graph_stop(&g);
    }
    LINES_END(met, 40);
}

static void
arrival_plays_no_part(void **state)
{
    struct graph g;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    while (graph_next(&g, &at)) {
        bool progress = true;

        graph_start(&g);
        while (progress) {
            progress = false;
            for (struct line *l = g.end - 1; l > g.head; l--)
                if (strcmp(l->kind, "node") == 0 && !g.fed[l - g.head] && chain_ready(&g, l) && node_feed(&g, l)) {
                    progress = true;
                    met++;
                }
        }
        graph_agrees(&g);
        graph_stop(&g);
    }
    LINES_END(met, 40);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_judged_alike),
        cmocka_unit_test(arrival_plays_no_part),
    };

    return cmocka_run_group_tests(tests, lines_load, lines_free);
}
