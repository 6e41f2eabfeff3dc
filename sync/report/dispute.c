/*
 * One conflict as people need to see it: the value shown, the others, and the value all started from,
 * each with who wrote it and when, and the rule that chose. Never "mine" or "theirs": that wording
 * makes people keep the wrong side (ux.md 1.3).
 */
#include "report_int.h"

const char *
vls_rule_name(enum vls_rule rule)
{
    static const char *const NAME[] = {
        [VLS_RULE_ORDER] = "order",         [VLS_RULE_DOCUMENT] = "document",   [VLS_RULE_NARROWER] = "narrower",
        [VLS_RULE_ALARMING] = "alarming",   [VLS_RULE_ALL_SHOWN] = "all-shown", [VLS_RULE_STRICTER] = "stricter",
        [VLS_RULE_EARLIER] = "earlier",     [VLS_RULE_FURTHER] = "further",     [VLS_RULE_PARAGRAPH] = "paragraph",
        [VLS_RULE_WITHDRAWN] = "withdrawn",
    };

    return (size_t)rule < sizeof NAME / sizeof *NAME ? NAME[rule] : "";
}

static bool
of_register(const struct vls_row *row, const struct vls_conflict *c)
{
    return row->field == c->field && vls_slice_eq(row->key, c->key) && row->type != VLS_OP_REMOVE;
}

/* Rivals backed by documents of different classes: then the class chose, else the order did. */
static bool
documents_differ(const struct vls_record *rec, const struct vls_conflict *c)
{
    const struct vls_row *first = NULL;
    size_t i;

    for (i = 0; i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];

        if (!of_register(row, c) || row->state == VLS_ROW_PAST)
            continue;
        if (first == NULL)
            first = row;
        else if (row->cite != first->cite)
            return true;
    }
    return false;
}

static enum vls_rule
rule_of(const struct vls_field *field, const struct vls_record *rec, const struct vls_conflict *c)
{
    if (field == NULL)
        return VLS_RULE_ORDER;
    switch (field->policy) {
    case VLS_P_CITE:
    case VLS_P_REFINE:
        if (documents_differ(rec, c))
            return VLS_RULE_DOCUMENT;
        return c->attention == VLS_CONFLICT || field->policy == VLS_P_CITE ? VLS_RULE_ORDER : VLS_RULE_NARROWER;
    case VLS_P_ALERT: return VLS_RULE_ALARMING;
    case VLS_P_MV: return VLS_RULE_ALL_SHOWN;
    case VLS_P_RESTRICT:
    case VLS_P_RWS: return VLS_RULE_STRICTER;
    case VLS_P_EARLY: return VLS_RULE_EARLIER;
    case VLS_P_FWD: return VLS_RULE_FURTHER;
    case VLS_P_IMM:
    case VLS_P_LWW:
    case VLS_P_AWS:
    case VLS_P_GSET:
    case VLS_P_LOG:
    case VLS_P_REFDATA:
    case VLS_P_DERIVED:
    case VLS_P_MAP: break;
    case VLS_P_PARA: return VLS_RULE_PARAGRAPH;
    }
    return VLS_RULE_ORDER;
}

/* What all rivals replaced: the newest past value that is older than every one of them by the logical
 * clock, and that one of them is known to have replaced. */
static const struct vls_row *
before(const struct vls_record *rec, const struct vls_conflict *c)
{
    const struct vls_row *best = NULL;
    uint64_t oldest = UINT64_MAX;
    size_t i, k;

    for (i = 0; i < rec->n_rows; i++) {
        if (of_register(&rec->rows[i], c) && rec->rows[i].state != VLS_ROW_PAST && rec->rows[i].lamport < oldest)
            oldest = rec->rows[i].lamport;
    }
    for (i = 0; i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];

        if (!of_register(row, c) || row->state != VLS_ROW_PAST || row->lamport >= oldest ||
            (best != NULL && row->lamport <= best->lamport))
            continue;
        for (k = 0; k < rec->n_rows; k++) { /* replaced by a value of this register, not taken out */
            if (of_register(&rec->rows[k], c) && vls_dot_cmp(&rec->rows[k].dot, &row->by) == 0)
                best = row;
        }
    }
    return best;
}

static void
add_row(struct rp_arena *a, struct vls_rival_row *out, const struct vls_row *row, enum vls_side side)
{
    out->side = side;
    out->value = vls_slice_of(vls__rp_strn(a, row->value.p, row->value.n), row->value.n);
    out->delegation = vls__rp_str(a, row->delegation);
    out->post = vls__rp_str(a, row->post);
    out->wall_unix_s = row->wall_unix_s;
    out->cite = vls__rp_strn(a, row->cite_text.p, row->cite_text.n);
    out->reason = vls__rp_strn(a, row->reason.p, row->reason.n);
}

/* ---- prose ---- */

#define TEXTS_MAX 64 /* more are not merged (vls_merge_paragraphs) */

/* Where the passages of a dispute are gathered. */
struct passages {
    struct rp_arena *arena;
    struct vls_passage *v;
    size_t n, cap;
};

static void
passage_add(void *ctx, const struct vls_clash *clash)
{
    struct passages *p = ctx;
    struct vls_passage *room = vls__rp_room(p->arena, p->v, p->n, &p->cap, sizeof *p->v);
    const char **text = vls__rp_alloc(p->arena, clash->n, sizeof *text);

    if (room == NULL || text == NULL)
        return; /* the arena remembers */
    p->v = room;
    for (size_t i = 0; i < clash->n; i++)
        text[i] = vls__rp_strn(p->arena, clash->text[i].p, clash->text[i].n);
    p->v[p->n++] = (struct vls_passage){vls__rp_strn(p->arena, clash->base.p, clash->base.n), text};
}

static struct vls_slice
text_of(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice text = vls_cbor_text(&c);

    return vls_cbor_done(&c) ? text : vls_slice_of(NULL, 0);
}

/* The merged text with the text at first in front of the others, as a value. */
static enum vls_code
merged_for(struct rp_arena *a, struct vls_slice *out, struct vls_slice base, const struct vls_slice *text, size_t n,
           size_t first, struct passages *passages, struct vls_error *err)
{
    struct vls_slice order[TEXTS_MAX + 1];
    struct vls_buf merged, value;
    size_t n_clashes, k = 0;
    enum vls_code rc;

    order[k++] = text[first];
    for (size_t i = 0; i < n; i++)
        if (i != first)
            order[k++] = text[i];
    vls_buf_init(&merged, VLS_TEXT_MAX);
    vls_buf_init(&value, VLS_TEXT_MAX + 16);
    rc = vls_merge_paragraphs(&merged, &n_clashes, base, order, n, passages != NULL ? passage_add : NULL, passages, err);
    if (rc == VLS_OK) {
        if (merged.n == 0)
            vls_cbor_put_null(&value);
        else
            vls_cbor_put_text(&value, vls_buf_slice(&merged));
        if ((rc = vls_buf_ok(&value, err)) == VLS_OK)
            *out = vls_slice_of(vls__rp_strn(a, value.p, value.n), value.n);
    }
    vls_buf_clear(&merged);
    vls_buf_clear(&value);
    return rc;
}

/* The rows are in the order in which they were merged; shown is the first one's. */
static enum vls_code
dispute_prose(struct vls_dispute *out, struct rp_arena *a, struct vls_rival_row *rows, const struct vls_row *shown,
              struct vls_error *err)
{
    size_t n = shown->n_texts <= TEXTS_MAX ? shown->n_texts : TEXTS_MAX + 1;
    struct vls_slice text[TEXTS_MAX + 1];
    struct passages passages = {.arena = a};
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n; i++)
        text[i] = text_of(i == 0 ? shown->typed : rows[i].value);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = merged_for(a, &rows[i].value, shown->base, text, n, i, i == 0 ? &passages : NULL, err);
    out->n_texts = n;
    out->passage = passages.v;
    out->n_passages = passages.n;
    return rc;
}

static bool
list_unseen(struct vls_dispute *out, struct rp_arena *a, const struct vls_record *rec)
{
    struct vls_unseen_row *list = vls__rp_alloc(a, rec->n_rows + 1, sizeof *list);

    for (size_t i = 0; list != NULL && i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];
        struct vls_slice value = vls_row_typed(row);

        if (!row->unseen)
            continue;
        list[out->n_unseen++] = (struct vls_unseen_row){row->field,
                                                        vls_field_by_no(rec->kind, (uint16_t)row->field),
                                                        vls_slice_of(vls__rp_strn(a, value.p, value.n), value.n),
                                                        vls__rp_str(a, row->delegation),
                                                        vls__rp_str(a, row->post),
                                                        row->wall_unix_s};
    }
    out->unseen = list;
    return out->n_unseen > 0;
}

enum vls_code
vls__rp_dispute(struct vls_dispute *out, struct rp_arena *a, const struct vls_record *rec, struct vls_error *err)
{
    struct vls_rival_row *rows = vls__rp_alloc(a, rec->n_rows + 1, sizeof *rows);
    const struct vls_row *base = before(rec, &out->c), *prose = NULL;
    enum vls_code rc;
    size_t i;

    if (rows == NULL)
        return rp_no_memory(err);
    for (i = 0; i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];

        if (of_register(row, &out->c) && row->state != VLS_ROW_PAST)
            add_row(a, &rows[out->n_rows++], row, row->state == VLS_ROW_SHOWN ? VLS_SIDE_SHOWN : VLS_SIDE_OTHER);
        if (of_register(row, &out->c) && row->typed.n > 0)
            prose = row;
    }
    if (prose != NULL && a->bad == VLS_OK && (rc = dispute_prose(out, a, rows, prose, err)) != VLS_OK)
        return rc;
    if (base != NULL && prose == NULL) /* prose has it passage by passage */
        add_row(a, &rows[out->n_rows++], base, VLS_SIDE_BEFORE);
    out->row = rows;
    out->record_ref = vls__rp_str(a, rec->ref);
    out->compartment = vls__rp_str(a, rec->compartment_name);
    out->field = out->c.field <= UINT16_MAX ? vls_field_by_no(rec->kind, (uint16_t)out->c.field) : NULL;
    out->rule = rule_of(out->field, rec, &out->c);
    if (out->c.field == VLS_H_LIFE && list_unseen(out, a, rec))
        out->rule = VLS_RULE_WITHDRAWN;
    return a->bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

enum vls_code
vls_dispute_load(struct vls_dispute *out, struct vls_store *s, const struct vls_conflict *c, const char *lang,
                 struct vls_error *err)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_record *rec = NULL;
    struct vls_buf title;
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls_store_record(s, c->record, VLS_LOAD_PAST, &rec, err)) != VLS_OK)
        return rc;
    out->c = *c;
    out->c.key = vls_slice_of(vls__rp_strn(&a, c->key.p, c->key.n), c->key.n); /* borrowed no longer */
    rc = vls__rp_dispute(out, &a, rec, err);
    vls_buf_init(&title, RP_TEXT_MAX);
    vls_record_title(&title, s, rec, lang);
    out->title = vls__rp_take(&a, &title);
    vls_record_free(rec);
    out->mem_ = a.head;
    if (rc != VLS_OK)
        vls_dispute_clear(out);
    return rc;
}

void
vls_dispute_clear(struct vls_dispute *d)
{
    struct rp_arena a = {d->mem_, VLS_OK};

    vls__rp_arena_clear(&a);
    memset(d, 0, sizeof *d);
}
