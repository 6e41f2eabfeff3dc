/* Trees, commits and references of a hostile remote. The first byte chooses which. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sync/transport/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

/* The allowed entries, written again, read as themselves with nothing to ignore. */
static void
try_tree(struct vls_slice in)
{
    struct vls__tree_rd rd = vls__tree_of(in), back;
    struct vls__entry e, f;
    struct vls_buf again;
    uint64_t n = 0;

    vls_buf_init(&again, in.n + 1);
    for (; vls__tree_next(&rd, &e); n++)
        vls__tree_put(&again, e.name, e.oid);
    must(again.bad == VLS_OK && again.n == n * VLS__ENTRY_LEN);
    must(n * VLS__ENTRY_LEN <= in.n && (rd.ignored > 0 || again.n == in.n));
    rd = vls__tree_of(in);
    back = vls__tree_of(vls_buf_slice(&again));
    while (vls__tree_next(&back, &f))
        must(vls__tree_next(&rd, &e) && memcmp(e.name, f.name, VLS__NAME) == 0 &&
             memcmp(e.oid, f.oid, VLS__OID) == 0);
    must(back.ignored == 0);
    vls_buf_clear(&again);
}

/* The written form of what was read reads the same. */
static void
try_commit(struct vls_slice in)
{
    struct vls__commit c, back;
    struct vls_buf again;

    if (vls__commit_decode(&c, in, NULL) != VLS_OK)
        return;
    must(c.depth <= VLS__DEPTH_MAX);
    vls_buf_init(&again, 1024);
    vls__commit_encode(&again, &c);
    must(again.bad == VLS_OK && vls__commit_decode(&back, vls_buf_slice(&again), NULL) == VLS_OK);
    must(back.depth == c.depth && back.has_parent == c.has_parent &&
         memcmp(back.tree, c.tree, VLS__OID) == 0 && memcmp(back.parent, c.parent, VLS__OID) == 0);
    vls_buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t id[VLS__OID];
    uint64_t others;
    struct vls_slice in;

    if (size == 0)
        return 0;
    in = vls_slice_of(data + 1, size - 1);
    switch (data[0]) {
    case 't': try_tree(in); break;
    case 'c': try_commit(in); break;
    case 'r': must(!vls__ref_decode(id, in) || in.n == 41); break;
    case 'p':
        (void)vls__packed_find(id, in, &others);
        must(others <= in.n / 42 + 1);
        break;
    default: break;
    }
    return 0;
}
