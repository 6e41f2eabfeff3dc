/* Packs that unfold to more than anybody has: the courier refuses them within its limits, or dies of them
 * alone; valise goes on. */
#include "tests/support/check.h"

#include "tests/unit/sync/transport/hub.h"

#include "tests/unit/sync/transport/hostile.h"

#include "tests/unit/sync/transport/raw.h"

#include "crypto/base/sanitized.h"
#include "sync/transport/transport_int.h"

/* Writes pack and index into the hub, and a branch whose tree leads to its last object. */
static void
raw_end(struct scratch *s, struct raw_pack *p)
{
    static const char stem[] = "objects/pack/pack-2222222222222222222222222222222222222222";
    struct vls_buf idx, tree;
    struct sha1 sha;
    uint8_t sum[20], name[VLS__NAME] = {1}, tip[VLS__OID];
    char path[512], below[128];

    sha1_init(&sha);
    sha1_add(&sha, p->bytes.p, p->bytes.n);
    sha1_end(&sha, sum);
    vls_buf_put(&p->bytes, sum, sizeof sum);
    assert_int_equal(p->bytes.bad, VLS_OK);
    (void)snprintf(below, sizeof below, "%s.pack", stem);
    hub_path(s, path, sizeof path, below);
    file_put(path, p->bytes.p, p->bytes.n);
    vls_buf_init(&idx, 1 << 16);
    vls_buf_put(&idx, "\377tOc", 4);
    put_be32(&idx, 2);
    for (unsigned first = 0; first < 256; first++) {
        uint32_t upto = 0;

        while (upto < p->n && p->object[upto].id[0] <= first)
            upto++;
        put_be32(&idx, upto);
    }
    for (size_t i = 0; i < p->n; i++)
        vls_buf_put(&idx, p->object[i].id, VLS__OID);
    vls_buf_put_zeros(&idx, 4 * p->n);
    for (size_t i = 0; i < p->n; i++)
        put_be32(&idx, (uint32_t)p->object[i].at);
    vls_buf_put(&idx, sum, sizeof sum);
    sha1_init(&sha);
    sha1_add(&sha, idx.p, idx.n);
    sha1_end(&sha, sum);
    vls_buf_put(&idx, sum, sizeof sum);
    (void)snprintf(below, sizeof below, "%s.idx", stem);
    hub_path(s, path, sizeof path, below);
    file_put(path, idx.p, idx.n);
    vls_buf_init(&tree, 4096);
    vls__tree_put(&tree, name, p->object[p->n - 1].id);
    tree_commit(s, &tree, NULL, tip);
    vls_buf_clear(&idx);
    vls_buf_clear(&p->bytes);
}

/* Nothing is delivered, the wait is bounded, and another remote works at once. */
static void
survives(struct scratch *s)
{
    static unsigned nth;
    struct outcome o = look(s);
    char other[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote *r;

    assert_int_equal(o.counts.blobs, 0);
    assert_true(o.took_s < 20);
    if (o.rc == VLS_OK)
        assert_int_equal(o.counts.damaged + o.counts.ignored, 1);
    else
        assert_true(o.rc == VLS_EIO || o.rc == VLS_EFORMAT || o.rc == VLS_ENOMEM);
    print_message("# %s, damaged %llu, ignored %llu\n", vls_code_name(o.rc), (unsigned long long)o.counts.damaged,
                  (unsigned long long)o.counts.ignored);
    (void)snprintf(s->hub, sizeof s->hub, "%s/healthy-%u", s->dir, nth++);
    r = client_open(s, VLS_REMOTE_CREATE);
    check_ok(push_text(s, r, "x", "", other), &s->err);
    vls_remote_close(r);
}

static void
a_chain_of_growing_deltas(void **state)
{
#if VLS_SANITIZED
    skip(); /* a sanitizer has no limit of address space to run into */
#endif
    struct scratch *s = *state;
    uint8_t *base = calloc(1, 1 << 20);
    struct raw_pack p;
    struct vls_buf delta;
    uint64_t size = 1 << 20;

    assert_non_null(base);
    vls_buf_init(&delta, 1 << 16);
    raw_begin(&p, 5);
    raw_add(&p, BLOB, size, base, (size_t)size);
    size = delta_put(&delta, size, 1 << 20, 64); /* 64 MiB */
    raw_add(&p, DELTA, delta.n, delta.p, delta.n);
    size = delta_put(&delta, size, 0xffffff, 64); /* 1 GiB */
    raw_add(&p, DELTA, delta.n, delta.p, delta.n);
    size = delta_put(&delta, size, 0xffffff, 4096); /* 64 GiB */
    raw_add(&p, DELTA, delta.n, delta.p, delta.n);
    (void)delta_put(&delta, size, 10, 1); /* and ten bytes of that */
    raw_add(&p, DELTA, delta.n, delta.p, delta.n);
    raw_end(s, &p);
    survives(s);
    vls_buf_clear(&delta);
    free(base);
}

static void
a_delta_that_is_too_large_itself(void **state)
{
    struct scratch *s = *state;
    struct raw_pack p;
    struct vls_buf delta;

    vls_buf_init(&delta, 1 << 16);
    raw_begin(&p, 2);
    raw_add(&p, BLOB, 10, (const uint8_t *)"0123456789", 10);
    put_varint(&delta, 10);
    put_varint(&delta, UINT64_C(1) << 40);
    vls_buf_put_zeros(&delta, 8);
    raw_add(&p, DELTA, delta.n, delta.p, delta.n);
    raw_end(s, &p);
    survives(s);
    vls_buf_clear(&delta);
}

static void
objects_that_claim_more_or_less_than_they_hold(void **state)
{
    static const struct {
        uint64_t claimed;
        size_t n;
    } cases[] = {{UINT64_C(2) << 30, 100}, {UINT64_MAX >> 5, 100}, {10, 1000000}, {VLS_REMOTE_BLOB_MAX, 100}};
    struct scratch *s = *state;
    uint8_t *bytes = calloc(1, 1000000);
    char hub[sizeof s->hub];

    assert_non_null(bytes);
    memcpy(hub, s->hub, sizeof hub);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct raw_pack p;

        memcpy(s->hub, hub, sizeof hub);
        raw_begin(&p, 1);
        raw_add(&p, BLOB, cases[i].claimed, bytes, cases[i].n);
        raw_end(s, &p);
        survives(s);
    }
    free(bytes);
}

/* A terabyte that takes no room on the disk. */
static void
sparse_files(void **state)
{
    static const char *const names[] = {"objects/pack/pack-2222222222222222222222222222222222222222.idx",
                                        "objects/pack/pack-2222222222222222222222222222222222222222.pack",
                                        "refs/heads/valise", "packed-refs"};
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        struct outcome o;

        hub_path(s, path, sizeof path, names[i]);
        file_put(path, "\377tOc\0\0\0\2", 8);
        assert_int_equal(truncate(path, (off_t)1 << 40), 0);
        o = look(s);
        assert_true(o.took_s < 10);
        assert_true(o.rc == VLS_OK || o.rc == VLS_EFORMAT || o.rc == VLS_EIO);
        if (i >= 2)
            assert_int_equal(unlink(path), 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_chain_of_growing_deltas, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_delta_that_is_too_large_itself, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(objects_that_claim_more_or_less_than_they_hold, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(sparse_files, hostile_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
