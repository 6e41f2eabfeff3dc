/* The messages of the pipe: one encoding each, and everything else refused. */
#include "tests/support/check.h"

#include "sync/transport/frame.h"

static const uint8_t name[32] = {1, 2, 3};

static size_t
samples(struct vls__msg out[20])
{
    struct vls__tip tip = {.set = true, .id = {9, 8, 7}};
    size_t n = 0;

    memset(out, 0, 20 * sizeof *out);
    out[n].type = VLS__F_OPEN;
    out[n].u.open.version = 1;
    out[n].u.open.flags = 3;
    out[n++].u.open.url = vls_slice_str("file:/x");
    out[n].type = VLS__F_PULL;
    out[n].u.pull.flags = 1;
    out[n++].u.pull.known = tip;
    out[n++].type = VLS__F_PULL;
    out[n].type = VLS__F_PUSH;
    out[n].u.push.on = tip;
    out[n].u.push.n = 70000;
    out[n++].u.push.bytes = UINT64_C(1) << 40;
    out[n].type = VLS__F_PUSH;
    out[n].u.push.flags = VLS__PUSH_ASIDE;
    out[n++].u.push.n = 1;
    out[n].type = VLS__F_MOVE;
    out[n].u.move.from = tip;
    out[n++].u.move.to = tip;
    out[n].type = VLS__F_TIDY;
    out[n++].u.tidy.flags = VLS__TIDY_COUNT;
    out[n].type = VLS__F_TIDIED;
    out[n].u.tidied.before = UINT64_C(1) << 33;
    out[n].u.tidied.waiting = 4096;
    out[n++].u.tidied.foreign = true;
    out[n].type = VLS__F_BLOB;
    out[n].u.blob.name = name;
    out[n++].u.blob.bytes = vls_slice_str("sealed");
    out[n].type = VLS__F_HELLO;
    out[n].u.hello.version = 1;
    out[n++].u.hello.landlock = 7;
    out[n++].type = VLS__F_GO;
    out[n].type = VLS__F_PROGRESS;
    out[n].u.progress.done = 5;
    out[n++].u.progress.total = 9;
    out[n].type = VLS__F_PULLED;
    out[n].u.pulled.tip = tip;
    out[n].u.pulled.rewritten = true;
    out[n++].u.pulled.ignored = 4;
    out[n].type = VLS__F_PUSHED;
    out[n++].u.pushed.tip = tip;
    out[n].type = VLS__F_ERROR;
    out[n].u.error.code = VLS_EFULL;
    out[n].u.error.sys = 28;
    out[n++].u.error.text = vls_slice_str("no space left");
    out[n++].type = VLS__F_LINE;
    out[n].type = VLS__F_DIAL;
    out[n++].u.dial.service = VLS__LINE_RECEIVE;
    return n;
}

static void
encode(struct vls_buf *b, const struct vls__msg *msg)
{
    vls_buf_init(b, VLS__FRAME_HEAD + VLS__FRAME_BLOB_MAX);
    vls__msg_encode(b, msg);
    assert_int_equal(b->bad, VLS_OK);
}

/* Decodes exactly n bytes in a block of their own, so that a sanitizer sees one byte too many. */
static bool
accepts(const uint8_t *p, size_t n, struct vls_buf *again)
{
    uint8_t *exact = calloc(1, n + 1);
    struct vls_slice in = vls_slice_of(exact, n);
    struct vls__frame frame;
    struct vls__msg msg;
    size_t need;
    bool ok;

    assert_non_null(exact);
    memcpy(exact, p, n);
    ok =
        vls__frame_take(&in, &frame, &need) == VLS__FRAME_OK && vls__msg_decode(&msg, &frame, NULL) == VLS_OK;
    if (ok && again != NULL)
        vls__msg_encode(again, &msg);
    free(exact);
    return ok;
}

static void
every_message_survives_the_pipe(void **state)
{
    struct vls__msg msg[20];
    size_t n = samples(msg);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct vls_buf b, again;

        encode(&b, &msg[i]);
        vls_buf_init(&again, VLS__FRAME_BLOB_MAX);
        assert_true(accepts(b.p, b.n, &again));
        assert_true(vls_slice_eq(vls_buf_slice(&b), vls_buf_slice(&again)));
        vls_buf_clear(&again);
        vls_buf_clear(&b);
    }
}

static void
a_shorter_or_longer_body_is_refused(void **state)
{
    struct vls__msg msg[20];
    size_t n = samples(msg);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct vls_buf b;
        bool open_ended =
            msg[i].type == VLS__F_OPEN || msg[i].type == VLS__F_BLOB || msg[i].type == VLS__F_ERROR;
        size_t least = msg[i].type == VLS__F_OPEN ? 2 : msg[i].type == VLS__F_BLOB ? 33 : 5;

        encode(&b, &msg[i]);
        for (size_t len = 0; len < b.n - VLS__FRAME_HEAD; len++) {
            vls_store_le32(b.p, (uint32_t)len);
            assert_int_equal(accepts(b.p, VLS__FRAME_HEAD + len, NULL), open_ended && len >= least);
        }
        vls_store_le32(b.p, (uint32_t)(b.n - VLS__FRAME_HEAD + 1));
        vls_buf_put_u8(&b, 0);
        assert_int_equal(accepts(b.p, b.n, NULL), open_ended);
        vls_buf_clear(&b);
    }
}

static void
a_frame_waits_for_its_last_byte(void **state)
{
    struct vls__msg msg[20];
    struct vls_buf b;
    struct vls__frame frame;
    size_t need;

    (void)state;
    (void)samples(msg);
    encode(&b, &msg[3]);
    for (size_t n = 0; n < b.n; n++) {
        struct vls_slice in = vls_slice_of(b.p, n);

        assert_int_equal(vls__frame_take(&in, &frame, &need), VLS__FRAME_SHORT);
        assert_int_equal(need, n < VLS__FRAME_HEAD ? VLS__FRAME_HEAD : b.n);
        assert_int_equal(in.n, n);
    }
    vls_buf_clear(&b);
}

static void
lengths_and_types_are_judged_before_the_body(void **state)
{
    static const struct {
        uint32_t len;
        uint8_t type;
        enum vls__frame_state want;
    } cases[] = {
        {VLS__FRAME_BLOB_MAX, VLS__F_BLOB, VLS__FRAME_SHORT},
        {VLS__FRAME_BLOB_MAX + 1, VLS__F_BLOB, VLS__FRAME_BAD},
        {VLS__FRAME_SMALL_MAX, VLS__F_OPEN, VLS__FRAME_SHORT},
        {VLS__FRAME_SMALL_MAX + 1, VLS__F_OPEN, VLS__FRAME_BAD},
        {VLS__FRAME_SMALL_MAX + 1, VLS__F_ERROR, VLS__FRAME_BAD},
        {UINT32_MAX, VLS__F_PULLED, VLS__FRAME_BAD},
        {1, VLS__F_GO, VLS__FRAME_BAD},
        {0, 0, VLS__FRAME_BAD},
        {1, VLS__F_LINE, VLS__FRAME_BAD},
        {0, 8, VLS__FRAME_BAD},
        {0, 24, VLS__FRAME_BAD},
        {0, 255, VLS__FRAME_BAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t head[VLS__FRAME_HEAD];
        struct vls_slice in = vls_slice_of(head, sizeof head);
        struct vls__frame frame;
        size_t need;

        vls_store_le32(head, cases[i].len);
        head[4] = cases[i].type;
        assert_int_equal(vls__frame_take(&in, &frame, &need), cases[i].want);
    }
}

static void
odd_values_are_refused(void **state)
{
    static const struct {
        uint8_t n, bytes[40];
    } cases[] = {
        {12, {7, 0, 0, 0, VLS__F_OPEN, 1, 8, 'f', 'i', 'l', 'e', ':'}}, /* an unknown flag */
        {7, {2, 0, 0, 0, VLS__F_PULL, 2, 0}},                           /* an unknown flag */
        {7, {2, 0, 0, 0, VLS__F_PULL, 0, 19}},                          /* a tip of another length */
        {27, {22, 0, 0, 0, VLS__F_PULL, 0, 21}},
        {19, {14, 0, 0, 0, VLS__F_PUSH, 2, 0, 1}}, /* an unknown flag */
        {7, {2, 0, 0, 0, VLS__F_MOVE, 0, 0}},      /* to nowhere */
        {23, {18, 0, 0, 0, VLS__F_PULLED, 0, 2}},  /* neither yes nor no */
        {6, {1, 0, 0, 0, VLS__F_TIDY, 4}},         /* an unknown flag */
        {7, {2, 0, 0, 0, VLS__F_TIDY, 0, 0}},      /* a byte too many */
        {30, {25, 0, 0, 0, VLS__F_TIDIED, [29] = 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(accepts(cases[i].bytes, cases[i].n, NULL));
}

static void
a_courier_reports_only_its_own_codes(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        uint8_t body[5] = {(uint8_t)code, 0xff, 0xff, 0xff, 0xff};
        struct vls__frame frame = {VLS__F_ERROR, vls_slice_of(body, sizeof body)};
        struct vls__msg msg;

        assert_int_equal(vls__msg_decode(&msg, &frame, NULL), VLS_OK);
        assert_int_equal(msg.u.error.sys, 0); /* no errno is that large */
        if (msg.u.error.code != VLS_EIO)
            assert_int_equal(-(int)msg.u.error.code, (int)code);
        assert_true(msg.u.error.code != VLS_OK && msg.u.error.code != VLS_EAUTH &&
                    msg.u.error.code != VLS_ELOCKED && msg.u.error.code != VLS_ENOTADMITTED &&
                    msg.u.error.code != VLS_ECANCELLED);
    }
}

static void
shown_text_is_printable_and_short(void **state)
{
    uint8_t every[256], esc[300];
    char out[VLS__TEXT_MAX + 1];

    (void)state;
    vls__escape(out, vls_slice_str("a\x1b[2J\\\xc3\xa9\n"));
    assert_string_equal(out, "a\\x1b[2J\\x5c\\xc3\\xa9\\x0a");
    for (size_t i = 0; i < sizeof every; i++)
        every[i] = (uint8_t)i;
    memset(esc, 0x1b, sizeof esc);
    for (size_t n = 0; n <= sizeof esc; n++) {
        vls__escape(out, vls_slice_of(n <= sizeof every ? every : esc, n));
        assert_true(strlen(out) <= VLS__TEXT_MAX);
        for (const char *c = out; *c != '\0'; c++)
            assert_true(*c >= 0x20 && *c < 0x7f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_survives_the_pipe),
        cmocka_unit_test(a_shorter_or_longer_body_is_refused),
        cmocka_unit_test(a_frame_waits_for_its_last_byte),
        cmocka_unit_test(lengths_and_types_are_judged_before_the_body),
        cmocka_unit_test(odd_values_are_refused),
        cmocka_unit_test(a_courier_reports_only_its_own_codes),
        cmocka_unit_test(shown_text_is_printable_and_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
