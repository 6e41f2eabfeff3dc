/*
 * The text that is signed, as a hash, and which signatures are of another text than the one that stands now.
 */
#include <string.h>

#include "valise/cbor.h"

#include "report_signed.h"

enum vls_code
report_hash(struct cli *c, const struct vls_annual *a, char out[2 * VLS_HASH_LEN + 1], struct vls_error *err)
{
    uint8_t hash[VLS_HASH_LEN];
    enum vls_code rc = VLS_OK;
    struct vls_buf text;
    size_t i, n;
    const struct vls_para *p = vls_annual_paras(a, &n);

    vls_buf_init(&text, REPORT_TEXT_MAX);
    vls_annual_hash_begin(hash, c->lang);
    for (i = 0; i < n && rc == VLS_OK; i++) {
        vls_buf_reset(&text);
        report_sentence(c, &text, a, &p[i], NULL);
        vls_annual_hash_add(hash, &p[i], vls_buf_slice(&text));
        if (text.bad != VLS_OK) /* a part of it is not the text */
            rc = cli_fail(c, err, text.bad, _("paragraph %u is too long to be shown or signed"), p[i].no);
    }
    for (i = 0; i < VLS_HASH_LEN; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    vls_buf_clear(&text);
    return rc;
}

bool
report_sign_off_stale(const struct cli *c, const struct vls_period *p, size_t i, const char *hash)
{
    size_t k;

    if (strcmp(p->sign_off[i].language, c->lang) != 0)
        return false;
    for (k = 0; k < p->n_sign_offs; k++) { /* whoever signed anew stands by that */
        const struct vls_sign_off *s = &p->sign_off[k];

        if (strcmp(s->by, p->sign_off[i].by) == 0 && strcmp(s->language, c->lang) == 0 &&
            (strcmp(s->hash, hash) == 0 || (k > i && strcmp(s->hash, p->sign_off[i].hash) == 0)))
            return false;
    }
    return true;
}

void
report_stale_print(struct vls_buf *out, const struct vls_sign_off *s)
{
    vls_buf_printf(out, _("Signed off by %s, %s: ANOTHER TEXT (%.*s); it was changed since"), s->by, s->at,
                   REPORT_HASH_SHOWN, s->hash);
}

/* ---- over all reports ---- */

struct signed_periods {
    uint8_t (*id)[VLS_ID_LEN];
    size_t n, cap;
};

static enum vls_code
signed_add(void *ctx, const struct vls_record *draft, struct vls_error *err)
{
    const struct vls_field *sign = vls_field_by_name(draft->kind, "sign-off");
    struct vls_slice release = vls_record_value(draft, "release"), period = vls_record_value(draft, "period");
    struct vls_cbor word = vls_cbor_of(release), ref = vls_cbor_of(period);
    struct vls_slice stage = release.n == 0 ? vls_slice_str("") : vls_cbor_text(&word), id = vls_cbor_bytes(&ref);
    struct signed_periods *all = ctx;
    size_t i;

    if (sign == NULL || vls_record_row(draft, sign->no, vls_slice_of(NULL, 0), 0) == NULL ||
        vls_slice_eq(stage, vls_slice_str("submitted")) || vls_cbor_bad(&ref) || id.n != VLS_ID_LEN)
        return VLS_OK;
    for (i = 0; i < all->n; i++) {
        if (memcmp(all->id[i], id.p, VLS_ID_LEN) == 0)
            return VLS_OK;
    }
    if (!vls_room(&all->id, &all->cap, all->n, 1, sizeof *all->id))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the signed reports");
    memcpy(all->id[all->n++], id.p, VLS_ID_LEN);
    return VLS_OK;
}

static enum vls_code
period_look(struct report_changed *out, struct cli *c, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    char hash[2 * VLS_HASH_LEN + 1];
    const struct vls_period *p;
    struct vls_annual *a = NULL;
    enum vls_code rc = vls_annual_open(&a, cli_store(c), id, c->now, c->lang, err);
    size_t i;

    if (rc == VLS_ENOTFOUND) /* the period was withdrawn */
        return VLS_OK;
    if (rc != VLS_OK)
        return rc;
    p = vls_annual_period(a);
    rc = report_hash(c, a, hash, err);
    for (i = 0; i < p->n_sign_offs && rc == VLS_OK; i++) {
        if (!report_sign_off_stale(c, p, i, hash))
            continue;
        if (out->n++ == 0) {
            snprintf(out->example, sizeof out->example, "%s %s", p->name, p->sign_off[i].by);
            snprintf(out->command, sizeof out->command, "valise report %s", p->ref);
        }
    }
    vls_annual_close(a);
    return rc;
}

enum vls_code
report_changed_load(struct report_changed *out, struct cli *c, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("report-draft");
    struct vls_filter f = {.kind_no = kind == NULL ? 0 : kind->no};
    struct signed_periods all = {0};
    enum vls_code rc = VLS_OK;
    size_t i;

    memset(out, 0, sizeof *out);
    if (kind != NULL)
        rc = vls_store_list(cli_store(c), &f, signed_add, &all, err);
    for (i = 0; i < all.n && rc == VLS_OK; i++)
        rc = period_look(out, c, all.id[i], err);
    free(all.id);
    return rc;
}
