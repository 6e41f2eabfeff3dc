/*
 * What people add to a draft: a paragraph in their own words, and their signature under the text as it stands. Both are
 * records, made on the first need, and travel like all others.
 */
#include <string.h>

#include "draft.h"
#include "editor.h"
#include "report_hand.h"

/* The record of the draft, in the change set at hand: the one that is there, or a new one. */
static enum vls_code
draft_record(struct draft *d, const struct vls_annual *a, uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct vls_period *p = vls_annual_period(a);
    const struct vls_kind *kind = vls_kind_by_name("report-draft");
    enum vls_code rc;

    if (p->has_draft) {
        memcpy(id, p->draft, VLS_ID_LEN);
        return VLS_OK;
    }
    if ((rc = draft_create(d, kind, id, err)) != VLS_OK || (rc = draft_link(d, id, "period", p->id, err)) != VLS_OK)
        return rc;
    return draft_named(d, id, "release", "draft", err);
}

static enum vls_code
begin(struct draft *d, struct cli *c, const struct vls_annual *a, struct vls_error *err)
{
    const struct vls_period *p = vls_annual_period(a);

    return draft_begin(d, c, vls_engine_home_of(cli_opened(c), p->has_draft ? p->draft : p->id), err);
}

static enum vls_code
paragraph_write(struct cli *c, const struct vls_annual *a, const struct vls_para *para, const char *text,
                struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("report-paragraph");
    uint8_t id[VLS_ID_LEN], in[VLS_ID_LEN];
    char number[24], ref[VLS_REF_TEXT];
    struct draft d;
    enum vls_code rc;

    snprintf(number, sizeof number, "%u", para->no);
    if ((rc = begin(&d, c, a, err)) == VLS_OK) {
        if (para->by_hand_ref[0] != '\0') {
            if ((rc = vls_store_find(cli_store(c), kind->no, para->by_hand_ref, id, NULL, NULL, err)) == VLS_OK &&
                (rc = draft_touch(&d, kind, id, NULL, err)) == VLS_OK)
                rc = draft_named(&d, id, "text", text, err);
        } else if ((rc = draft_record(&d, a, in, err)) == VLS_OK && (rc = draft_create(&d, kind, id, err)) == VLS_OK &&
                   (rc = draft_link(&d, id, "draft", in, err)) == VLS_OK &&
                   (rc = draft_named(&d, id, "number", number, err)) == VLS_OK &&
                   (rc = draft_named(&d, id, "in", c->lang, err)) == VLS_OK) {
            rc = draft_named(&d, id, "text", text, err);
        }
    }
    if (rc == VLS_OK && (rc = draft_finish(&d, err)) == VLS_OK) {
        vls_ref_print(ref, kind->prefix, id);
        note(c, _("Paragraph %u says what you wrote: %s"), para->no, ref);
    }
    draft_clear(&d);
    return rc;
}

static const struct vls_para *
para_of(const struct vls_annual *a, const char *number)
{
    size_t i, n;
    const struct vls_para *p = vls_annual_paras(a, &n);
    char text[24];

    for (i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%u", p[i].no);
        if (strcmp(text, number) == 0)
            return &p[i];
    }
    return NULL;
}

/* Lines in front of the text: which paragraph it is, what stands against it, and what becomes of what is written. */
static void
guide(struct cli *c, struct vls_buf *out, const struct vls_annual *a, const struct vls_para *para)
{
    size_t i, n;
    const struct vls_point *p = vls_annual_points(a, &n);
    struct vls_buf next;

    vls_buf_init(&next, 8192);
    vls_buf_printf(out, "# ¶%u  %s\n", para->no, report_section(para->section));
    if (para->state != VLS_PARA_READY)
        vls_buf_printf(out, "# %s\n", report_absence(para));
    for (i = 0; i < n; i++) {
        if (p[i].para != para->no || !report_is_gap(&p[i]))
            continue;
        vls_buf_printf(out, "# %s%s", p[i].ref, p[i].ref[0] != '\0' ? "  " : "");
        report_point(c, out, &next, a, &p[i]);
        vls_buf_put_u8(out, '\n');
    }
    vls_buf_printf(out, "# %s\n# %s\n\n", _("What you write below stands in the place of this paragraph."),
                   _("Lines above the text that begin with # are left out; without a text nothing is changed."));
    vls_buf_clear(&next);
}

/* What somebody wrote, without the guide above it, and without empty lines at either end. */
static void
text_take(struct vls_buf *out, struct vls_slice edited)
{
    size_t i = 0, len;

    while (i < edited.n) {
        const uint8_t *end = memchr(edited.p + i, '\n', edited.n - i);

        len = end == NULL ? edited.n - i : (size_t)(end - edited.p) - i + 1;
        if (out->n > 0 || (edited.p[i] != '#' && edited.p[i] != '\n'))
            vls_buf_put_slice(out, vls_slice_of(edited.p + i, len));
        i += len;
    }
    while (out->n > 0 && out->p[out->n - 1] == '\n')
        out->n--;
}

/* The command that does the same where nobody can be asked. */
static enum vls_code
without_terminal(struct cli *c, const struct vls_annual *a, const struct vls_para *para, struct vls_error *err)
{
    const struct vls_period *p = vls_annual_period(a);

    if (para->by_hand_ref[0] != '\0') {
        cli_advise(c, "valise report-paragraph edit %s --text \"…\"", para->by_hand_ref);
    } else if (p->has_draft) {
        cli_advise(c, "valise report-paragraph add %u --draft %s --in %s --text \"…\"", para->no, p->draft_ref,
                   c->lang);
    } else {
        cli_advise(c, "valise report-draft add %s", p->ref);
        return cli_fail(
            c, err, VLS_EUSAGE,
            _("an editor needs a terminal; without one, begin the draft and call this again for the command "
              "that writes a paragraph of it"));
    }
    return cli_fail(c, err, VLS_EUSAGE,
                    _("an editor needs a terminal; without one this writes paragraph %u, with your text for “…”"),
                    para->no);
}

enum vls_code
report_edit(struct cli *c, const struct vls_annual *a, const char *number, struct vls_error *err)
{
    const struct vls_para *para = para_of(a, number);
    struct vls_buf before, file, text;
    const char *ref;
    enum vls_code rc;

    if (para == NULL)
        return cli_fail(c, err, VLS_ENOTFOUND, _("this report has no paragraph %.20s"), number);
    if (!c->ask)
        return without_terminal(c, a, para, err);
    vls_buf_init(&before, EDITOR_TEXT_MAX);
    vls_buf_init(&file, EDITOR_TEXT_MAX);
    vls_buf_init(&text, EDITOR_TEXT_MAX);
    report_sentence(c, &before, a, para, NULL);
    guide(c, &file, a, para);
    vls_buf_put_slice(&file, vls_buf_slice(&before));
    vls_buf_put_u8(&file, '\n');
    if (para->locked)
        note(c, _("%s is locked: colleagues are asked to leave this paragraph alone."), para->by_hand_ref);
    if ((rc = vls_buf_ok(&file, err)) == VLS_OK && (rc = editor_run(c, &file, err)) == VLS_OK) {
        text_take(&text, vls_buf_slice(&file));
        if (text.n == 0 || (text.n == before.n && memcmp(text.p, before.p, text.n) == 0))
            rc = cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed"));
        else if (vls_annual_names(a, para->no, vls_buf_slice(&text), &ref))
            rc =
                cli_fail(c, err, VLS_EVALUE,
                         _("the text names a traveller, a destination or an informant (%s); nothing was changed"), ref);
        else if (vls_buf_str(&text) != NULL)
            rc = paragraph_write(c, a, para, vls_buf_str(&text), err);
    }
    vls_buf_clear(&before);
    vls_buf_clear(&file);
    vls_buf_clear(&text);
    return rc;
}

enum vls_code
report_sign(struct cli *c, const struct vls_annual *a, const char *hash, struct vls_error *err)
{
    char entry[256], at[STAMP_TEXT];
    uint8_t id[VLS_ID_LEN];
    struct draft d;
    enum vls_code rc;

    snprintf(entry, sizeof entry, "at=%s;language=%s;hash=%s", stamp_plain(at, c->now), c->lang, hash);
    if ((rc = begin(&d, c, a, err)) == VLS_OK && (rc = draft_record(&d, a, id, err)) == VLS_OK &&
        (!vls_annual_period(a)->has_draft ||
         (rc = draft_touch(&d, vls_kind_by_name("report-draft"), id, NULL, err)) == VLS_OK) &&
        (rc = draft_named(&d, id, "sign-off", entry, err)) == VLS_OK)
        rc = draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}
