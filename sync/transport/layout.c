/*
 * The layout of a remote, read with a strict allow-list and written in exactly one form. Git's own
 * parsers are not asked: they accept far more than a remote may hold.
 */
#include <string.h>

#include "sync/transport/layout.h"

#define PERSON "valise <valise@localhost>"
#define ZONE " +0000\n"
#define MESSAGE "\nsealed\n"

static int
nibble(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* vls_unhex takes both cases and a terminated string; here only lower case is a name. */
static bool
lower_unhex(uint8_t *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int hi = nibble(p[2 * i]), lo = nibble(p[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

struct vls__tree_rd
vls__tree_of(struct vls_slice bytes)
{
    struct vls__tree_rd t = {.rd = vls_rd_of(bytes.p, bytes.n)};

    return t;
}

/* Splits one entry off; false at the end and for bytes that are no entry. */
static bool
entry_split(struct vls_rd *r, struct vls_slice *mode, struct vls_slice *name, const uint8_t **oid)
{
    const uint8_t *space = memchr(r->p, ' ', r->left);
    const uint8_t *nul;

    if (space == NULL)
        return false;
    *mode = vls_slice_of(r->p, (size_t)(space - r->p));
    (void)vls_rd_take(r, mode->n + 1);
    nul = r->left > 0 ? memchr(r->p, '\0', r->left) : NULL;
    if (nul == NULL)
        return false;
    *name = vls_slice_of(r->p, (size_t)(nul - r->p));
    (void)vls_rd_take(r, name->n + 1);
    *oid = vls_rd_take(r, VLS__OID);
    return *oid != NULL;
}

bool
vls__tree_next(struct vls__tree_rd *t, struct vls__entry *out)
{
    while (t->rd.left > 0 && !t->rd.bad) {
        struct vls_slice mode, name;

        if (!entry_split(&t->rd, &mode, &name, &out->oid)) {
            t->rd.bad = true;
            t->ignored++;
            return false;
        }
        if (vls_slice_eq(mode, vls_slice_str("100644")) && name.n == 2 * VLS__NAME &&
            lower_unhex(out->name, name.p, VLS__NAME) &&
            (!t->any || memcmp(t->last, out->name, VLS__NAME) < 0)) { /* public: names of sealed blobs */
            t->any = true;
            memcpy(t->last, out->name, VLS__NAME);
            return true;
        }
        t->ignored++;
    }
    return false;
}

void
vls__tree_put(struct vls_buf *out, const uint8_t name[VLS__NAME], const uint8_t oid[VLS__OID])
{
    char hex[2 * VLS__NAME + 1];

    vls_hex(hex, name, VLS__NAME);
    vls_buf_put(out, "100644 ", 7);
    vls_buf_put(out, hex, sizeof hex); /* with its NUL */
    vls_buf_put(out, oid, VLS__OID);
}

/* Takes one line off r without its newline; an empty slice with n = 0 when there is none. */
static bool
line_take(struct vls_rd *r, struct vls_slice *out)
{
    const uint8_t *end = r->left > 0 ? memchr(r->p, '\n', r->left) : NULL;

    if (end == NULL)
        return false;
    *out = vls_slice_of(r->p, (size_t)(end - r->p));
    (void)vls_rd_take(r, out->n + 1);
    return true;
}

static bool
starts(struct vls_slice line, const char *with)
{
    size_t n = strlen(with);

    return line.n >= n && memcmp(line.p, with, n) == 0;
}

/* "tree <40 hex>" or "parent <40 hex>" and nothing behind it. */
static bool
id_line(struct vls_slice line, const char *with, uint8_t out[VLS__OID])
{
    size_t n = strlen(with);

    return starts(line, with) && line.n == n + 2 * VLS__OID && lower_unhex(out, line.p + n, VLS__OID);
}

/* The depth that a "committer … <seconds> <zone>" line tells; 0 for anything unexpected. */
static uint64_t
depth_of(struct vls_slice line)
{
    uint64_t v = 0;
    size_t i = line.n;

    while (i > 0 && line.p[i - 1] != '>')
        i--;
    if (i == 0 || i + 1 >= line.n || line.p[i] != ' ')
        return 0;
    for (i++; i < line.n && line.p[i] >= '0' && line.p[i] <= '9'; i++) {
        v = v * 10 + (uint64_t)(line.p[i] - '0');
        if (v > VLS__EPOCH + VLS__DEPTH_MAX)
            return 0;
    }
    return v < VLS__EPOCH ? 0 : v - VLS__EPOCH;
}

enum vls_code
vls__commit_decode(struct vls__commit *out, struct vls_slice bytes, struct vls_error *err)
{
    struct vls_rd r = vls_rd_of(bytes.p, bytes.n);
    struct vls_slice line;

    memset(out, 0, sizeof *out);
    if (!line_take(&r, &line) || !id_line(line, "tree ", out->tree) || !line_take(&r, &line))
        return VLS_FAIL(err, VLS_EFORMAT, "its history has a malformed step");
    if (starts(line, "parent ")) {
        out->has_parent = true;
        if (!id_line(line, "parent ", out->parent) || !line_take(&r, &line))
            return VLS_FAIL(err, VLS_EFORMAT, "its history has a malformed step");
    }
    if (starts(line, "parent "))
        return VLS_FAIL(err, VLS_EFORMAT, "its history is not one line");
    if (!starts(line, "author ") || !line_take(&r, &line) || !starts(line, "committer "))
        return VLS_FAIL(err, VLS_EFORMAT, "its history has a malformed step");
    out->depth = depth_of(line);
    return VLS_OK;
}

void
vls__commit_encode(struct vls_buf *out, const struct vls__commit *c)
{
    char hex[2 * VLS__OID + 1];
    uint64_t at = VLS__EPOCH + (c->depth > VLS__DEPTH_MAX ? VLS__DEPTH_MAX : c->depth);

    vls_hex(hex, c->tree, VLS__OID);
    vls_buf_printf(out, "tree %s\n", hex);
    if (c->has_parent) {
        vls_hex(hex, c->parent, VLS__OID);
        vls_buf_printf(out, "parent %s\n", hex);
    }
    vls_buf_printf(out, "author " PERSON " %llu" ZONE "committer " PERSON " %llu" ZONE MESSAGE,
                   (unsigned long long)at, (unsigned long long)at);
}

bool
vls__ref_decode(uint8_t out[VLS__OID], struct vls_slice bytes)
{
    return bytes.n == 2 * VLS__OID + 1 && bytes.p[2 * VLS__OID] == '\n' &&
           lower_unhex(out, bytes.p, VLS__OID);
}

bool
vls__packed_find(uint8_t out[VLS__OID], struct vls_slice bytes, uint64_t *others)
{
    struct vls_rd r = vls_rd_of(bytes.p, bytes.n);
    struct vls_slice line;
    uint8_t id[VLS__OID];
    bool found = false;

    *others = 0;
    while (line_take(&r, &line)) {
        struct vls_slice ref;

        if (line.n < 2 * VLS__OID + 2 || line.p[2 * VLS__OID] != ' ' || !lower_unhex(id, line.p, VLS__OID))
            continue; /* a comment, or the target of a tag */
        ref = vls_slice_of(line.p + 2 * VLS__OID + 1, line.n - 2 * VLS__OID - 1);
        if (!vls_slice_eq(ref, vls_slice_str(VLS__REF))) {
            ++*others;
        } else if (!found) {
            memcpy(out, id, VLS__OID);
            found = true;
        }
    }
    return found;
}
