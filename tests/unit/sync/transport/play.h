#ifndef TESTS_SYNC_TRANSPORT_PLAY_H
#define TESTS_SYNC_TRANSPORT_PLAY_H

/* What a host says, prepared byte by byte and played by a program in the place of ssh or curl. */

#include "tests/support/check.h"

#include "tests/unit/sync/transport/line.h"

#include "tests/unit/sync/transport/hostile.h"

#include "tests/unit/sync/transport/raw.h"

/* Says what is in "advert" and waits for the whole of a request. */
#define PLAYED                                                                                                         \
    "#!/bin/sh\necho x >>$T/played\ncat $T/advert\nsed -u '/0009done/q' >$T/request\n"                                 \
    "grep -aq 0009done $T/request && echo x >>$T/asked\n"

static const char played[] = PLAYED "exec cat $T/answer\n";

static const uint8_t made_up[VLS__OID] = {0xaa, 0xbb, 0xcc};

static inline void
pkt(struct vls_buf *b, const void *p, size_t n)
{
    vls_buf_printf(b, "%04zx", n + 4);
    vls_buf_put(b, p, n);
}

static inline void
flush(struct vls_buf *b)
{
    vls_buf_put(b, "0000", 4);
}

static inline void
ref(struct vls_buf *b, const uint8_t id[VLS__OID], const char *name, const char *abilities)
{
    char text[700];
    int n = 2 * VLS__OID;

    vls_hex(text, id, VLS__OID);
    n += snprintf(text + n, sizeof text - (size_t)n, " %s", name);
    if (abilities != NULL) /* behind a zero, with the first */
        n += 1 + snprintf(text + n + 1, sizeof text - (size_t)n - 1, "%s", abilities);
    text[n++] = '\n';
    pkt(b, text, (size_t)n);
}

/* Writes a part of the play into the scratch folder. */
static inline void
part(const struct line *l, const char *name, struct vls_buf *b)
{
    char path[400];

    assert_int_equal(b->bad, VLS_OK);
    (void)snprintf(path, sizeof path, "%s/%s", l->s.dir, name);
    file_put(path, b->p, b->n);
    vls_buf_clear(b);
}

static inline unsigned
times(const struct line *l, const char *what)
{
    long n = file_size(l, what);

    return n < 0 ? 0 : (unsigned)n / 2;
}

static inline void
printable(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            fail_msg("byte %02x in “%s”", (unsigned char)*p, text);
}

/* After an attempt: nothing was delivered, what is said is plain, and with an honest host the same remote works. */
static inline void
survives(struct line *l, struct vls_remote *r, enum vls_code rc, const char *attempt)
{
    char got[VLS_REMOTE_TIP_LEN + 1];

    print_message("# %s: %s, %s\n", attempt, vls_code_name(rc), rc == VLS_OK ? "" : l->s.err.text);
    assert_int_equal(l->s.seen.n, 0);
    if (rc != VLS_OK)
        printable(l->s.err.text);
    script_put(l, honest);
    r->stall_ms = 20000;
    check_ok(pull_seen(&l->s, r, "", got), &l->s.err);
    assert_int_equal(l->s.seen.n, 1);
}

#define OVER_A_LINE(f) cmocka_unit_test_setup_teardown(f, line_new, line_free)

#endif
