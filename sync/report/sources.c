/*
 * How many independent sources tell of a journey. Two posts that heard the same informant have one
 * origin, and known copies of one another count once: corroboration must not be made of echoes.
 */
#include "report_int.h"

static bool
names_as_copy(const struct vls_record *info, const struct vls_record *other)
{
    size_t i;

    for (i = 0; vls__rp_row(info, "derived-from", i) != NULL; i++) {
        const uint8_t *id = vls__rp_ref(info, "derived-from", i);

        if (id != NULL && rp_same_id(id, other->id))
            return true;
    }
    return false;
}

static const struct vls_row *
origin_mark(const struct vls_report *r, const uint8_t source[VLS_ID_LEN])
{
    size_t i = vls__rp_find(r, RP_SOURCE, source);

    return i == RP_NONE ? NULL : vls__rp_row(r->list[RP_SOURCE].v[i], "origin-mark", 0);
}

bool
vls__rp_same_folded(struct vls_slice a, struct vls_slice b)
{
    struct vls_buf x, y;
    bool same;

    vls_buf_init(&x, RP_TEXT_MAX);
    vls_buf_init(&y, RP_TEXT_MAX);
    vls_text_fold(&x, a);
    vls_text_fold(&y, b);
    same = vls_slice_eq(vls_buf_slice(&x), vls_buf_slice(&y));
    vls_buf_clear(&x);
    vls_buf_clear(&y);
    return same;
}

/* Two reports that may have one origin. A source that nobody named cannot be shown to be another one,
 * so two unnamed ones of a kind count once. */
static bool
same_origin(const struct vls_report *r, const struct vls_record *a, const struct vls_record *b)
{
    const uint8_t *x = vls__rp_ref(a, "informant", 0), *y = vls__rp_ref(b, "informant", 0);
    const struct vls_row *mark_x, *mark_y;

    if (names_as_copy(a, b) || names_as_copy(b, a))
        return true;
    if (x != NULL && y != NULL) {
        mark_x = origin_mark(r, x);
        mark_y = origin_mark(r, y);
        return rp_same_id(x, y) || (mark_x != NULL && mark_y != NULL && vls_slice_eq(mark_x->value, mark_y->value));
    }
    return vls_slice_eq(vls__rp_text(a, "from"), vls__rp_text(b, "from")) &&
           vls__rp_same_folded(vls__rp_text(a, "source"), vls__rp_text(b, "source"));
}

size_t
vls__rp_sources(struct vls_report *r, const struct rp_edge *infos, size_t n)
{
    size_t *root = vls__rp_alloc(&r->arena, n, sizeof *root); /* the smallest index of the origin's reports */
    size_t i, k, m, n_sources = 0;

    if (root == NULL)
        return 0;
    for (i = 0; i < n; i++) {
        const struct vls_record *info = r->list[RP_INFO].v[infos[i].to];

        root[i] = i;
        for (k = 0; k < i && !info->withdrawn; k++) {
            const struct vls_record *other = r->list[RP_INFO].v[infos[k].to];
            size_t lo = root[k] < root[i] ? root[k] : root[i], hi = root[k] < root[i] ? root[i] : root[k];

            if (other->withdrawn || lo == hi || !same_origin(r, info, other))
                continue;
            for (m = 0; m <= i; m++)
                root[m] = root[m] == hi ? lo : root[m];
        }
    }
    for (i = 0; i < n; i++)
        n_sources += root[i] == i && !r->list[RP_INFO].v[infos[i].to]->withdrawn;
    return n_sources;
}
