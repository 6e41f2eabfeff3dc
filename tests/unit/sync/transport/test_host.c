/*
 * A host that is the enemy, at the other end of a line: what it says is prepared byte by byte and a program of ours in
 * the place of ssh or curl plays it. Each attempt is counted by what reached the courier; none delivers anything, kills
 * the parent or lasts, and the same remote works with an honest host at once.
 */
#include "play.h"

#include <sys/resource.h>

#include "crypto/base/sanitized.h"

static void
advertise(const struct line *l, const uint8_t id[VLS__OID], const char *abilities)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    ref(&b, id, VLS__REF, abilities);
    flush(&b);
    part(l, "advert", &b);
}

/* The largest of the couriers and stand-ins so far. */
static long
peak_kib(void)
{
    struct rusage u;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &u), 0);
    return u.ru_maxrss;
}

/* ---- GH-12: references ---- */

/* n references around ours, with names that no git makes. */
static void
advertise_many(const struct line *l, const uint8_t *id, unsigned n)
{
    static const char *const odd[] = {"refs/heads/valise/below",
                                      "refs/heads/VALISE",
                                      "refs/heads/../../../etc/passwd",
                                      "refs/heads/\xff\xfe",
                                      "/refs/heads/valise",
                                      "refs/heads/valise.lock",
                                      "refs/heads/valise\x1b[2J",
                                      "refs/replace/aabbcc",
                                      "refs/heads/-upload-pack=id",
                                      "HEAD"};
    struct vls_buf b;
    char name[80];

    vls_buf_init(&b, 64 << 20);
    ref(&b, made_up, "HEAD", "symref=HEAD:HEAD symref=refs/heads/valise:refs/heads/valise agent=\x1b]0;evil\x07");
    for (unsigned i = 0; i < n; i++) {
        if (i == n / 2 && id != NULL)
            ref(&b, id, VLS__REF, NULL);
        if (i % 1000 < sizeof odd / sizeof *odd)
            (void)snprintf(name, sizeof name, "%s", odd[i % 1000]);
        else
            (void)snprintf(name, sizeof name, "refs/heads/x%u/%u", i % 7, i);
        ref(&b, made_up, name, NULL);
    }
    flush(&b);
    part(l, "advert", &b);
}

static void
a_hundred_thousand_references_cost_little_GH_12(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    struct vls_buf none;
    uint8_t id[VLS__OID];

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    (void)snprintf(got, sizeof got, "%.40s", tip);
    assert_true(vls_unhex(id, sizeof id, got));
    vls_buf_init(&none, 16);
    part(l, "answer", &none);
    script_put(l, played);
    advertise_many(l, id, 100000);
    assert_true(file_size(l, "advert") > 6000000);
    check_ok(pull_seen(&l->s, r, tip, got), &l->s.err); /* ours is found among them, and nothing is new */
    assert_string_equal(got, tip);
    survives(l, r, VLS_OK, "100,000 references");
    script_put(l, played);
    advertise_many(l, NULL, 100000);
    assert_int_equal(pull_seen(&l->s, r, "", got), VLS_ETRUST); /* without ours: somebody else's */
    assert_int_equal(push_one(l, r, 2, "", got), VLS_ETRUST);
    survives(l, r, VLS_ETRUST, "100,000 references, none ours");
    assert_int_equal(times(l, "played"), 3);
    if (!VLS_SANITIZED)
        assert_in_range(peak_kib(), 1, 128 * 1024);
    print_message("# largest process %ld KiB\n", peak_kib());
    vls_remote_close(r);
}

static void
references_without_end_are_refused_GH_12(void **state)
{
    static const char *const endless = "#!/bin/sh\necho x >>$T/played\ncat $T/advert\n"
                                       "yes '0040aabbcc0000000000000000000000000000000000 refs/heads/x-23456'\n";
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct vls_buf b;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    vls_buf_init(&b, 4096);
    ref(&b, made_up, VLS__REF, "ofs-delta");
    part(l, "advert", &b);
    for (int i = 0; i < 2; i++) {
        enum vls_code rc;

        script_put(l, endless);
        rc = i == 0 ? pull_seen(&l->s, r, "", tip) : push_one(l, r, 2, tip, tip);
        assert_int_equal(rc, VLS_ELIMIT);
        l->s.seen.n = 0;
        survives(l, r, rc, i == 0 ? "endless references while fetching" : "endless references while sending");
    }
    assert_int_equal(times(l, "played"), 2);
    vls_remote_close(r);
}

/* ---- GH-14: bombs in what is fetched ---- */

/* The zlib stream of n zeros, about n / 159 bytes: matches of 258 bytes at distance 1. */
static void
zeros_put(struct vls_buf *out, uint64_t n)
{
    uint32_t acc = 1 | 1 << 1, sum = (uint32_t)(n % 65521); /* last block, fixed codes */
    unsigned bits = 3;
    uint64_t left = n - 1;

#define BITS(value, count)                                                                                             \
    for (acc |= (uint32_t)(value) << bits, bits += (count); bits >= 8; bits -= 8, acc >>= 8)                           \
    vls_buf_put_u8(out, (uint8_t)acc)

    vls_buf_put(out, "\x78\x01", 2);
    BITS(0x0c, 8); /* a zero: 00110000 from its highest bit */
    for (; left >= 258; left -= 258)
        BITS(0xa3, 13); /* 285: 11000101, and distance 00000 */
    for (; left > 0; left--)
        BITS(0x0c, 8);
    BITS(0, 7); /* the end */
    BITS(0, 8);
#undef BITS
    vls_buf_put(out, (uint8_t[]){(uint8_t)(sum >> 8), (uint8_t)sum, 0, 1}, 4);
}

static void
raw_head(struct raw_pack *p, unsigned kind, uint64_t claimed)
{
    uint8_t c = (uint8_t)(kind << 4 | (claimed & 15));

    for (claimed >>= 4; claimed > 0; claimed >>= 7) {
        vls_buf_put_u8(&p->bytes, c | 0x80);
        c = claimed & 0x7f;
    }
    vls_buf_put_u8(&p->bytes, c);
}

/* The pack as the answer to a request. */
static void
answer_pack(const struct line *l, struct raw_pack *p)
{
    struct vls_buf b;
    struct sha1 sha;
    uint8_t sum[20];

    sha1_init(&sha);
    sha1_add(&sha, p->bytes.p, p->bytes.n);
    sha1_end(&sha, sum);
    vls_buf_init(&b, 64 << 20);
    pkt(&b, "NAK\n", 4);
    vls_buf_put(&b, p->bytes.p, p->bytes.n);
    vls_buf_put(&b, sum, sizeof sum);
    assert_int_equal(p->bytes.bad, VLS_OK);
    part(l, "answer", &b);
    vls_buf_clear(&p->bytes);
}

static void
bomb_growing(struct raw_pack *p)
{
    uint8_t *base = calloc(1, 1 << 20);
    uint64_t size = 1 << 20;
    struct vls_buf delta;

    assert_non_null(base);
    vls_buf_init(&delta, 1 << 16);
    raw_begin(p, 5);
    raw_add(p, BLOB, size, base, (size_t)size);
    size = delta_put(&delta, size, 1 << 20, 64); /* 64 MiB */
    raw_add(p, DELTA, delta.n, delta.p, delta.n);
    size = delta_put(&delta, size, 0xffffff, 64); /* 1 GiB */
    raw_add(p, DELTA, delta.n, delta.p, delta.n);
    size = delta_put(&delta, size, 0xffffff, 4096); /* 64 GiB */
    raw_add(p, DELTA, delta.n, delta.p, delta.n);
    (void)delta_put(&delta, size, 10, 1);
    raw_add(p, DELTA, delta.n, delta.p, delta.n);
    vls_buf_clear(&delta);
    free(base);
}

static void
bomb_zeros(struct raw_pack *p)
{
    raw_begin(p, 1);
    raw_head(p, BLOB, 200u << 20);
    zeros_put(&p->bytes, 200u << 20);
    assert_true(p->bytes.n < 1400000);
}

static void
bomb_claims_2_gib(struct raw_pack *p)
{
    raw_begin(p, 1);
    raw_add(p, BLOB, UINT64_C(2) << 30, (const uint8_t *)"bomb", 4);
}

static void
bomb_claims_little(struct raw_pack *p)
{
    raw_begin(p, 1);
    raw_head(p, BLOB, 10);
    zeros_put(&p->bytes, 16u << 20);
}

/* The tip itself. */
static void
bomb_commit(struct raw_pack *p)
{
    static const uint8_t zeros[1 << 16];
    struct sha1 sha;

    raw_begin(p, 1);
    raw_head(p, 1, 32u << 20);
    zeros_put(&p->bytes, 32u << 20);
    sha1_init(&sha);
    sha1_add(&sha, (const uint8_t *)"commit 33554432", 16);
    for (unsigned i = 0; i < (32u << 20) / sizeof zeros; i++)
        sha1_add(&sha, zeros, sizeof zeros);
    sha1_end(&sha, p->object[0].id);
    p->n = 1;
}

static void
bomb_many_objects(struct raw_pack *p)
{
    raw_begin(p, UINT32_MAX);
    raw_add(p, BLOB, 4, (const uint8_t *)"bomb", 4);
}

static void
bomb_delta_of_a_tebibyte(struct raw_pack *p)
{
    struct vls_buf delta;

    vls_buf_init(&delta, 1 << 16);
    raw_begin(p, 2);
    raw_add(p, BLOB, 10, (const uint8_t *)"0123456789", 10);
    put_varint(&delta, 10);
    put_varint(&delta, UINT64_C(1) << 40);
    vls_buf_put_zeros(&delta, 8);
    raw_add(p, DELTA, delta.n, delta.p, delta.n);
    vls_buf_clear(&delta);
}

static void
bombs_in_what_is_fetched_hurt_nobody_GH_14(void **state)
{
    static const struct {
        void (*make)(struct raw_pack *);
        const char *name;
    } bombs[] = {{bomb_growing, "deltas that grow to 64 GiB"},
                 {bomb_zeros, "200 MiB of zeros"},
                 {bomb_claims_2_gib, "four bytes that claim 2 GiB"},
                 {bomb_claims_little, "16 MiB that claim ten bytes"},
                 {bomb_commit, "a commit of 32 MiB"},
                 {bomb_many_objects, "four billion objects"},
                 {bomb_delta_of_a_tebibyte, "a delta of a tebibyte"}};
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    for (size_t i = VLS_SANITIZED ? 1 : 0; i < sizeof bombs / sizeof bombs[0]; i++, n++) {
        struct raw_pack p;
        enum vls_code rc;

        bombs[i].make(&p);
        answer_pack(l, &p);
        advertise(l, bombs[i].make == bomb_commit ? p.object[0].id : made_up, "ofs-delta");
        script_put(l, played);
        memcpy(got, "same", 5);
        rc = pull_seen(&l->s, r, "", got);
        assert_true(rc == VLS_EFORMAT || rc == VLS_ELIMIT || rc == VLS_ENOMEM || rc == VLS_EIO ||
                    rc == VLS_EUNREACHABLE);
        assert_string_equal(got, "same");
        survives(l, r, rc, bombs[i].name);
    }
    assert_int_equal(times(l, "played"), n);
    assert_int_equal(times(l, "asked"), n); /* every one of them was asked for and sent */
    print_message("# largest process %ld KiB\n", peak_kib());
    if (!VLS_SANITIZED)
        assert_in_range(peak_kib(), 1, 768 * 1024);
    vls_remote_close(r);
}

/* ---- GH-24: without end, or nearly without beginning ---- */

static void
endless_data_and_a_trickle_end_GH_24(void **state)
{
    static const struct {
        const char *name, *script;
    } ways[] = {
        {"a list, a byte at a time", "#!/bin/sh\necho x >>$T/played\nwhile printf 1; do sleep 0.1; done\n"},
        {"acknowledgements without end", PLAYED "yes '0038ACK aabbcc0000000000000000000000000000000000 common'\n"},
        {"words on the side without end", PLAYED "printf '0008NAK\\n'; yes \"$(printf '0009\\002yes')\"\n"},
        {"a pack, a byte at a time",
         PLAYED "printf '0008NAK\\nPACK\\0\\0\\0\\002\\0\\0\\0\\007'; while printf 0; do sleep 0.1; done\n"},
        {"noughts in place of a pack", PLAYED "printf '0008NAK\\n'; exec cat /dev/zero\n"},
        {"silence in place of a pack", PLAYED "printf '0008NAK\\n'; exec sleep 60\n"},
    };
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++, n++) {
        double start = now_s();
        enum vls_code rc;

        advertise(l, made_up, i == 2 ? "side-band-64k" : "multi_ack_detailed");
        script_put(l, ways[i].script);
        r->stall_ms = 500;
        memcpy(got, "same", 5);
        rc = pull_seen(&l->s, r, "", got);
        assert_true(rc == VLS_EUNREACHABLE || rc == VLS_EFORMAT || rc == VLS_ELIMIT);
        assert_string_equal(got, "same");
        assert_true(now_s() - start < 20);
        survives(l, r, rc, ways[i].name);
    }
    assert_int_equal(times(l, "played"), n);
    assert_int_equal(times(l, "asked"), n - 1); /* the first never comes to that */
    vls_remote_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_A_LINE(a_hundred_thousand_references_cost_little_GH_12),
        OVER_A_LINE(references_without_end_are_refused_GH_12),
        OVER_A_LINE(bombs_in_what_is_fetched_hurt_nobody_GH_14),
        OVER_A_LINE(endless_data_and_a_trickle_end_GH_24),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
