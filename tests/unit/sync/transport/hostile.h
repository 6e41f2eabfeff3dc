#ifndef TESTS_UNIT_SYNC_TRANSPORT_HOSTILE_H
#define TESTS_UNIT_SYNC_TRANSPORT_HOSTILE_H

/* Writes arbitrary git objects into a hub, as a host that can do what it likes. Include after hub.h. */
#include "sync/courier/sha1.c" /* a function of its arguments; the program it belongs to is not linked here */
#include "sync/transport/layout.h"

/* The zlib stream of n bytes in stored blocks. */
static inline void
stored_put(struct vls_buf *out, const uint8_t *p, size_t n)
{
    uint32_t a = 1, b = 0;

    for (size_t i = 0; i < n; i++) {
        a = (a + p[i]) % 65521;
        b = (b + a) % 65521;
    }
    vls_buf_put(out, "\x78\x01", 2);
    do {
        size_t len = n < 65535 ? n : 65535;
        uint8_t head[5] = {len == n, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len, (uint8_t)(~len >> 8)};

        vls_buf_put(out, head, sizeof head);
        vls_buf_put(out, p, len);
        p += len;
        n -= len;
    } while (n > 0);
    vls_buf_put(out, (uint8_t[]){(uint8_t)(b >> 8), (uint8_t)b, (uint8_t)(a >> 8), (uint8_t)a}, 4);
}

/* Where a loose object lies; its folder is made. */
static inline void
loose_path(const struct scratch *s, char *out, size_t cap, const uint8_t id[VLS__OID])
{
    char hex[2 * VLS__OID + 1];

    vls_hex(hex, id, VLS__OID);
    (void)snprintf(out, cap, "%s/objects/%.2s", s->hub, hex);
    (void)mkdir(out, 0755);
    (void)snprintf(out, cap, "%s/objects/%.2s/%s", s->hub, hex, hex + 2);
}

/* A loose object whose head claims to have claimed bytes. */
static inline void
object_claim(const struct scratch *s, const char *kind, const void *p, size_t n, size_t claimed,
             uint8_t id[VLS__OID])
{
    struct vls_buf plain, file;
    struct sha1 sha;
    char path[512];

    vls_buf_init(&plain, n + 64);
    vls_buf_printf(&plain, "%s %zu", kind, claimed);
    vls_buf_put_u8(&plain, 0);
    vls_buf_put(&plain, p, n);
    sha1_init(&sha);
    sha1_add(&sha, plain.p, plain.n);
    sha1_end(&sha, id);
    vls_buf_init(&file, n + n / 1000 + 256);
    stored_put(&file, plain.p, plain.n);
    assert_int_equal(file.bad, VLS_OK);
    loose_path(s, path, sizeof path, id);
    file_put(path, file.p, file.n);
    vls_buf_clear(&plain);
    vls_buf_clear(&file);
}

static inline void
object_put(const struct scratch *s, const char *kind, const void *p, size_t n, uint8_t id[VLS__OID])
{
    object_claim(s, kind, p, n, n, id);
}

static inline void
branch_set(const struct scratch *s, const uint8_t id[VLS__OID])
{
    char line[2 * VLS__OID + 2], path[256];

    vls_hex(line, id, VLS__OID);
    line[2 * VLS__OID] = '\n';
    hub_path(s, path, sizeof path, VLS__REF);
    file_put(path, line, sizeof line - 1);
}

/* A commit on parent (NULL: none) with this tree, and the branch on it. */
static inline void
commit_put(const struct scratch *s, const uint8_t tree[VLS__OID], const uint8_t *parent, uint8_t id[VLS__OID])
{
    struct vls__commit c = {.has_parent = parent != NULL};
    struct vls_buf b;

    memcpy(c.tree, tree, VLS__OID);
    if (parent != NULL)
        memcpy(c.parent, parent, VLS__OID);
    vls_buf_init(&b, 1024);
    vls__commit_encode(&b, &c);
    object_put(s, "commit", b.p, b.n, id);
    branch_set(s, id);
    vls_buf_clear(&b);
}

/* Adds the blob made of text to a tree under its right name. Names must come in order. */
static inline void
entry_text(const struct scratch *s, struct vls_buf *tree, const char *text)
{
    char hex[VLS_REMOTE_NAME_LEN + 1];
    uint8_t name[VLS__NAME], id[VLS__OID];

    vls_remote_name(hex, vls_slice_str(text));
    assert_true(vls_unhex(name, sizeof name, hex));
    object_put(s, "blob", text, strlen(text), id);
    vls__tree_put(tree, name, id);
}

static inline void
entry_raw(struct vls_buf *tree, const char *mode, const char *name, const uint8_t id[VLS__OID])
{
    vls_buf_put(tree, mode, strlen(mode));
    vls_buf_put_u8(tree, ' ');
    vls_buf_put(tree, name, strlen(name) + 1);
    vls_buf_put(tree, id, VLS__OID);
}

/* Stores the tree, puts one commit on it and clears it. */
static inline void
tree_commit(const struct scratch *s, struct vls_buf *tree, const uint8_t *parent, uint8_t id[VLS__OID])
{
    uint8_t at[VLS__OID];

    assert_int_equal(tree->bad, VLS_OK);
    object_put(s, "tree", tree->p, tree->n, at);
    commit_put(s, at, parent, id);
    vls_buf_clear(tree);
}

/* A created, empty hub. */
static inline int
hostile_open(void **state)
{
    struct vls_remote *r;

    (void)scratch_open(state);
    r = client_open(*state, VLS_REMOTE_CREATE);
    vls_remote_close(r);
    return 0;
}

struct outcome {
    enum vls_code rc; /* of opening, or else of pulling everything */
    struct vls_remote_counts counts;
    double took_s;
};

static inline struct outcome
look(struct scratch *s)
{
    struct outcome o = {0};
    struct vls_remote *r = NULL;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    double start = now_s();

    s->seen.n = 0;
    if ((o.rc = vls_remote_open(&r, s->courier, s->hub, 0, &s->err)) == VLS_OK) {
        o.rc = vls_remote_pull(r, "", seen_add, &s->seen, tip, NULL, &s->err);
        vls_remote_counts(r, &o.counts);
    }
    vls_remote_close(r);
    o.took_s = now_s() - start;
    return o;
}

#endif
