/*
 * Arbitrary bytes as change sets, applied to replicas in memory. The input is a byte that picks the
 * schema, then pieces of a little-endian 16-bit length each. Whatever they hold: applying them forwards,
 * backwards, twice and with waiting for dependencies ends in one state.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/prim.h"

#include "tests/support/history.h"

#define REQUIRE(c)                                                                                 \
    do {                                                                                           \
        if (!(c))                                                                                  \
            abort();                                                                               \
    } while (0)

#define INPUT_MAX 8192 /* replicas search linearly */
#define PIECES_MAX 64
#define DUMP_MAX (16u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct piece {
    uint8_t id[VLS_CHANGE_ID_LEN];
    struct vls_slice bytes;
};

static size_t
cut(const uint8_t *data, size_t size, struct piece *out)
{
    struct vls_rd r = vls_rd_of(data, size);
    size_t n = 0;

    while (n < PIECES_MAX && r.left >= 2) {
        size_t len = vls_rd_u8(&r);

        len |= (size_t)vls_rd_u8(&r) << 8;
        if (len > r.left)
            len = r.left;
        out[n].bytes = vls_slice_of(vls_rd_take(&r, len), len);
        /* As in a history: the id is that of the place, so that pieces can depend on one another. */
        memset(out[n].id, 0, sizeof out[n].id);
        out[n].id[0] = (uint8_t)n;
        n++;
    }
    return n;
}

static void
deliver(struct replica *r, const struct piece *p, bool wait)
{
    enum vls_code rc = replica_deliver(r, p->id, p->bytes, wait, NULL);

    REQUIRE(rc == VLS_OK || rc == VLS_EFORMAT || rc == VLS_EVERSION || rc == VLS_ELIMIT);
}

static void
same(struct replica *a, struct replica *b)
{
    uint8_t sa[32], sb[32];
    struct vls_buf da, db;

    vls_buf_init(&da, DUMP_MAX);
    vls_buf_init(&db, DUMP_MAX);
    replica_dump(a, &da);
    replica_dump(b, &db);
    REQUIRE(da.bad == VLS_OK && vls_slice_eq(vls_buf_slice(&da), vls_buf_slice(&db)));
    replica_state(a, sa);
    replica_state(b, sb);
    REQUIRE(memcmp(sa, sb, 32) == 0);
    replica_state_afresh(a, sb);
    REQUIRE(memcmp(sa, sb, 32) == 0);
    vls_buf_clear(&da);
    vls_buf_clear(&db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct piece pieces[PIECES_MAX];
    struct replica *forwards, *backwards, *waiting;
    replica_field_fn *schema;
    uint8_t state[32];
    size_t n;

    if (size < 1 || size > INPUT_MAX)
        return 0;
    schema = data[0] % 2 == 0 ? history_field : NULL;
    n = cut(data + 1, size - 1, pieces);
    forwards = replica_new(schema);
    backwards = replica_new(schema);
    waiting = replica_new(schema);
    for (size_t i = 0; i < n; i++) {
        deliver(forwards, &pieces[i], false);
        deliver(backwards, &pieces[n - 1 - i], false);
        deliver(waiting, &pieces[(i * 7 + 3) % n], true);
        if (i % 3 == 0)
            replica_state(backwards, state);
    }
    same(forwards, backwards);
    for (size_t i = 0; i < n; i++) {
        deliver(forwards, &pieces[i], false);
        deliver(waiting, &pieces[i], true);
    }
    for (size_t i = replica_n_changes(forwards); i-- > 0;)
        REQUIRE(replica_repeat(forwards, i, NULL) == VLS_OK);
    same(forwards, backwards);
    if (replica_n_waiting(waiting) == 0)
        same(waiting, backwards);
    replica_free(forwards);
    replica_free(backwards);
    replica_free(waiting);
    return 0;
}
