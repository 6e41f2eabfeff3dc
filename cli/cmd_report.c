/*
 * report: the yearly report on non-cooperation, drafted from the records. The draft goes to standard output, what
 * stands against it to standard error; nothing is corrected, and only what was written by hand is ever stored.
 */
#include <string.h>

#include "valise/prim.h"

#include "report_hand.h"
#include "report_signed.h"

const struct opt opts_report[] = {
    {"gaps", 0, NULL, N_("only what is to be looked at, on standard output"), NULL},
    {"edit", 0, N_("NUMBER"),
     N_("write a paragraph in your own words, in an editor; numbers are those of the template, in which paragraphs "
        "that no record makes are left out"),
     NULL},
    {"sign", 0, NULL, N_("put on record that your delegation signs off the text as it stands"), NULL},
    {0},
};

struct drafted {
    struct cli *c;
    struct vls_annual *a;
    const struct vls_para *para;
    const struct vls_point *point;
    size_t n_paras, n_points, n_gaps, n_checks; /* gaps and checks as people see them */
    char hash[2 * VLS_HASH_LEN + 1]; /* of the paragraphs as they stand, in this language */
};

static void
no_print(struct drafted *d, const struct vls_para *p, char out[16])
{
    (void)d;
    if (p->section == VLS_SECTION_ANNEX)
        snprintf(out, 16, "%u", p->no - 100);
    else if (p->section == VLS_SECTION_POINTERS)
        snprintf(out, 16, "%s", p->no == 200 ? "II" : p->no == 300 ? "III" : "–");
    else
        snprintf(out, 16, "%u", p->no);
}

/* ---- for people ---- */

static bool
is_current(const struct drafted *d, const struct vls_sign_off *s)
{
    return strcmp(s->hash, d->hash) == 0;
}

/* Its label, which is the standard's in every language. */
static const char *
marking(const char *term)
{
    const struct vls_field *f = vls_field_by_no(NULL, VLS_H_TLP);
    int rank = f == NULL ? -1 : vls_term_rank(f, vls_slice_str(term));

    return rank < 0 ? term : f->terms[rank].label.en;
}

static void
stale_line(struct drafted *d, const struct vls_sign_off *s)
{
    struct vls_buf line;

    vls_buf_init(&line, 4096);
    report_stale_print(&line, s);
    out_line(d->c, "%s", vls_buf_str(&line) != NULL ? vls_buf_str(&line) : "");
    vls_buf_clear(&line);
}

static void
heading(struct drafted *d)
{
    const struct vls_period *p = vls_annual_period(d->a);
    size_t i;

    out_line(d->c, _("Report of the Bureau on non-cooperation: %s"), p->name);
    out_line(d->c, _("Draft of %s, text %.*s, marked %s"), p->ref, REPORT_HASH_SHOWN, d->hash, marking(p->marking));
    for (i = 0; i < p->n_sign_offs; i++) {
        const struct vls_sign_off *s = &p->sign_off[i];

        if (strcmp(s->language, d->c->lang) != 0)
            out_line(d->c, _("Signed off by %s, %s, in another language (%s)"), s->by, s->at, s->language);
        else if (is_current(d, s))
            out_line(d->c, _("Signed off by %s, %s: this text"), s->by, s->at);
        else
            stale_line(d, s);
    }
}

static void
draft_show(struct drafted *d)
{
    struct footnotes notes = {0};
    struct vls_buf text;
    char no[16];
    size_t i;

    heading(d);
    vls_buf_init(&text, REPORT_TEXT_MAX);
    for (i = 0; i < d->n_paras; i++) {
        const struct vls_para *p = &d->para[i];

        if (i == 0 || p->section != d->para[i - 1].section) {
            out_line(d->c, "%s", "");
            out_line(d->c, "%s", report_section(p->section));
        }
        vls_buf_reset(&text);
        report_sentence(d->c, &text, d->a, p, &notes);
        no_print(d, p, no);
        out_line(d->c, "%s", "");
        if (p->state != VLS_PARA_READY)
            out_line(d->c, "%s. [%s]", no, report_absence(p));
        else {
            out_line(d->c, "%s. %.*s%s", no, (int)strcspn(vls_buf_str(&text) != NULL ? vls_buf_str(&text) : "", "\n"),
                     vls_buf_str(&text) != NULL ? vls_buf_str(&text) : "", p->locked ? _(" [locked]") : "");
            if (vls_buf_str(&text) != NULL && strchr(vls_buf_str(&text), '\n') != NULL)
                out_text(d->c, 0, vls_slice_str(strchr(vls_buf_str(&text), '\n') + 1));
        }
    }
    if (notes.n != 0) {
        out_line(d->c, "%s", "");
        out_line(d->c, "%s", _("Records"));
    }
    for (i = 0; i < notes.n; i++)
        out_line(d->c, "[%zu] %s", i + 1, notes.ref[i]);
    vls_buf_clear(&text);
    footnotes_clear(&notes);
}

static void
points_rows(struct drafted *d, struct table *t, bool gaps)
{
    struct vls_buf what, next;
    char no[16];
    size_t i;

    vls_buf_init(&what, 8192);
    vls_buf_init(&next, 8192);
    for (i = 0; i < d->n_points; i++) {
        const struct vls_point *p = &d->point[i];

        if (report_is_gap(p) != gaps)
            continue;
        vls_buf_reset(&what);
        vls_buf_reset(&next);
        if (!p->settled)
            report_point(d->c, &what, &next, d->a, p);
        else if (!report_settled(&what, d->point, d->n_points, i))
            continue;
        snprintf(no, sizeof no, "¶%u", p->para);
        table_row(t, no, p->settled ? "" : p->ref, vls_buf_str(&what));
        if (next.n != 0)
            table_row(t, "", "", vls_buf_str(&next));
    }
    vls_buf_clear(&what);
    vls_buf_clear(&next);
}

/* Gaps first: they keep a paragraph from being drafted. */
static void
points_show(struct drafted *d, bool to_stdout)
{
    const struct vls_period *period = vls_annual_period(d->a);
    struct table t;
    size_t i;
    int gaps;

    for (i = 0; to_stdout && i < period->n_sign_offs; i++) {
        if (report_sign_off_stale(d->c, period, i, d->hash))
            stale_line(d, &period->sign_off[i]);
    }
    for (gaps = 1; gaps >= 0; gaps--) {
        size_t n = gaps ? d->n_gaps : d->n_checks;
        char title[WORDS_TEXT];

        if (n == 0)
            continue;
        if (gaps)
            snprintf(title, sizeof title,
                     P_("%zu thing stands against a paragraph:", "%zu things stand against paragraphs:", n), n);
        else
            snprintf(title, sizeof title, P_("%zu thing to check:", "%zu things to check:", n), n);
        table_init(&t, 3, 2, 2);
        points_rows(d, &t, gaps != 0);
        if (to_stdout) {
            out_line(d->c, "%s", title);
            table_print(d->c, &t);
        } else {
            note(d->c, "%s", title);
            if (!d->c->quiet)
                table_note(d->c, &t);
            else
                table_clear(&t);
        }
    }
    if (d->n_points == 0 && to_stdout)
        out_line(d->c, "%s", _("Nothing stands against it."));
}

/* ---- for programs ---- */

static const char *
refs_plain(const struct vls_para *p, struct vls_buf *out)
{
    size_t i;

    vls_buf_reset(out);
    for (i = 0; i < p->n_facts; i++) {
        if (i == 0 || strcmp(p->fact[i].ref, p->fact[i - 1].ref) != 0)
            vls_buf_printf(out, "%s%s", i == 0 ? "" : ",", p->fact[i].ref);
    }
    return vls_buf_str(out) != NULL ? vls_buf_str(out) : "";
}

static const char *
date_plain(const struct vls_date *d, char out[WORDS_TEXT])
{
    snprintf(out, WORDS_TEXT, "%.*s", d->possible ? (int)d->edtf.n : 0, (const char *)d->edtf.p);
    return out;
}

/* The word in the first column says what kind of row it is. */
static void
show_plain(struct drafted *d, bool paragraphs)
{
    const struct vls_period *p = vls_annual_period(d->a);
    char no[24], opens[WORDS_TEXT], closes[WORDS_TEXT] = "";
    struct vls_buf text, refs;
    size_t i;

    vls_buf_init(&text, REPORT_TEXT_MAX);
    vls_buf_init(&refs, REPORT_TEXT_MAX);
    out_row(d->c, "period", p->ref, p->name, date_plain(&p->opens, opens),
            p->has_closes ? date_plain(&p->closes, closes) : "", d->hash, NULL);
    for (i = 0; i < p->n_sign_offs; i++)
        out_row(d->c, "sign-off", p->sign_off[i].by, p->sign_off[i].at, p->sign_off[i].language, p->sign_off[i].hash,
                is_current(d, &p->sign_off[i]) ? "current" : "other", NULL);
    for (i = 0; paragraphs && i < d->n_paras; i++) {
        const struct vls_para *para = &d->para[i];

        snprintf(no, sizeof no, "%u", para->no);
        vls_buf_reset(&text);
        report_sentence(d->c, &text, d->a, para, NULL);
        out_row(d->c, "paragraph", no, vls_section_name(para->section), vls_para_state_name(para->state),
                vls_say_name(para->say), para->by_hand_ref, refs_plain(para, &refs),
                vls_buf_str(&text) != NULL ? vls_buf_str(&text) : "", NULL);
    }
    for (i = 0; i < d->n_points; i++) {
        const struct vls_point *q = &d->point[i];

        snprintf(no, sizeof no, "%u", q->para);
        out_row(d->c, "point", no, report_is_gap(q) ? "gap" : "check", vls_point_name(q->kind), q->ref, q->other,
                q->has_date ? date_plain(&q->date, opens) : q->detail, NULL);
    }
    vls_buf_clear(&text);
    vls_buf_clear(&refs);
}

static json_t *
para_json(struct drafted *d, const struct vls_para *p)
{
    json_t *refs = json_array(), *o = json_object();
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, REPORT_TEXT_MAX);
    report_sentence(d->c, &text, d->a, p, NULL);
    for (i = 0; i < p->n_facts; i++) {
        if (i == 0 || strcmp(p->fact[i].ref, p->fact[i - 1].ref) != 0)
            json_array_append_new(refs, json_string(p->fact[i].ref));
    }
    json_object_set_new(o, "number", json_integer((json_int_t)p->no));
    json_object_set_new(o, "section", json_string(vls_section_name(p->section)));
    json_object_set_new(o, "state", json_string(vls_para_state_name(p->state)));
    json_object_set_new(o, "says", json_string(vls_say_name(p->say)));
    json_object_set_new(o, "text", p->state == VLS_PARA_READY ? json_text(vls_buf_slice(&text)) : json_null());
    json_object_set_new(o, "records", refs);
    json_object_set_new(o, "by_hand", p->by_hand_ref[0] != '\0' ? json_string(p->by_hand_ref) : json_null());
    json_object_set_new(o, "locked", json_boolean(p->locked));
    vls_buf_clear(&text);
    return o;
}

static json_t *
or_null(const char *text)
{
    return text[0] != '\0' ? json_text(vls_slice_str(text)) : json_null();
}

static void
show_json(struct drafted *d)
{
    const struct vls_period *p = vls_annual_period(d->a);
    json_t *doc = json_doc("report"), *paras = json_array(), *points = json_array(), *signs = json_array();
    char date[WORDS_TEXT];
    size_t i;

    for (i = 0; i < d->n_paras; i++)
        json_array_append_new(paras, para_json(d, &d->para[i]));
    for (i = 0; i < d->n_points; i++) {
        const struct vls_point *q = &d->point[i];

        json_array_append_new(points,
                              json_pack("{s:s, s:b, s:i, s:o, s:o, s:o, s:o}", "kind", vls_point_name(q->kind), "gap",
                                        (int)report_is_gap(q), "paragraph", (int)q->para, "ref", or_null(q->ref),
                                        "other", or_null(q->other), "detail", or_null(q->detail), "date",
                                        q->has_date ? json_string(date_plain(&q->date, date)) : json_null()));
    }
    for (i = 0; i < p->n_sign_offs; i++) {
        const struct vls_sign_off *s = &p->sign_off[i];

        json_array_append_new(signs, json_pack("{s:o, s:o, s:o, s:o, s:b}", "by", json_text(vls_slice_str(s->by)), "at",
                                               json_text(vls_slice_str(s->at)), "language",
                                               json_text(vls_slice_str(s->language)), "hash",
                                               json_text(vls_slice_str(s->hash)), "current", (int)is_current(d, s)));
    }
    json_object_set_new(doc, "period", json_string(p->ref));
    json_object_set_new(doc, "name", json_text(vls_slice_str(p->name)));
    json_object_set_new(doc, "language", json_string(d->c->lang));
    json_object_set_new(doc, "opens", json_string(date_plain(&p->opens, date)));
    json_object_set_new(doc, "closes", p->has_closes ? json_string(date_plain(&p->closes, date)) : json_null());
    json_object_set_new(doc, "text_hash", json_string(d->hash));
    json_object_set_new(doc, "marking", json_string(p->marking));
    json_object_set_new(doc, "stage", or_null(p->release));
    json_object_set_new(doc, "sign_offs", signs);
    json_object_set_new(doc, "paragraphs", paras);
    json_object_set_new(doc, "points", points);
    out_json(d->c, doc);
}

/* ---- the command ---- */

static void
count(struct drafted *d, size_t i)
{
    struct vls_buf what;

    vls_buf_init(&what, REPORT_TEXT_MAX);
    if (report_is_gap(&d->point[i]))
        d->n_gaps++;
    else
        d->n_checks += !d->point[i].settled || report_settled(&what, d->point, d->n_points, i);
    vls_buf_clear(&what);
}

static enum vls_code
drafted_load(struct drafted *d, struct cli *c, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("period");
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;
    size_t i;

    memset(d, 0, sizeof *d);
    d->c = c;
    if (c->args.n == 1 && (rc = record_find(c, kind, c->args.pos[0], id, err)) != VLS_OK)
        return rc;
    rc = vls_annual_open(&d->a, cli_store(c), c->args.n == 1 ? id : NULL, c->now, c->lang, err);
    if (rc == VLS_ENOTFOUND) {
        cli_advise(c, "%s",
                   "valise period add 2027 --from-session 25 --to-session 26 --opens 2026-12-07 --closes 2027-12-06");
        return cli_fail(c, err, rc, _("no reporting period is recorded"));
    }
    if (rc != VLS_OK)
        return rc;
    d->para = vls_annual_paras(d->a, &d->n_paras);
    d->point = vls_annual_points(d->a, &d->n_points);
    for (i = 0; i < d->n_points; i++)
        count(d, i);
    return report_hash(c, d->a, d->hash, err);
}

/* Only a text without holes can be signed: what would be filled in later nobody has seen. */
static enum vls_code
sign(struct drafted *d, struct vls_error *err)
{
    enum vls_code rc;
    size_t i, n = 0;

    for (i = 0; i < d->n_paras; i++)
        n += d->para[i].state == VLS_PARA_GAP || d->para[i].state == VLS_PARA_ATTEST;
    if (n != 0) {
        cli_advise(d->c, "valise report %s --gaps", vls_annual_period(d->a)->ref);
        return cli_fail(d->c, err, VLS_EVALUE,
                        P_("%zu paragraph is not drafted yet", "%zu paragraphs are not drafted yet", n), n);
    }
    if ((rc = report_sign(d->c, d->a, d->hash, err)) == VLS_OK && !d->c->dry_run)
        note(d->c,
             P_("Signed: %s (%s), text %.*s, against which %zu thing to check stands",
                "Signed: %s (%s), text %.*s, against which %zu things to check stand", d->n_checks),
             vls_annual_period(d->a)->name, vls_annual_period(d->a)->ref, REPORT_HASH_SHOWN, d->hash, d->n_checks);
    return rc;
}

enum vls_code
cmd_report(struct cli *c, struct vls_error *err)
{
    const char *edit = args_value(&c->args, "edit");
    bool gaps = args_flag(&c->args, "gaps");
    struct drafted d;
    enum vls_code rc = drafted_load(&d, c, err);

    if (rc == VLS_OK) {
        if (edit != NULL)
            rc = report_edit(c, d.a, edit, err);
        else if (args_flag(&c->args, "sign"))
            rc = sign(&d, err);
        else if (c->json)
            show_json(&d);
        else if (c->plain)
            show_plain(&d, !gaps);
        else if (gaps)
            points_show(&d, true);
        else {
            draft_show(&d);
            out_flush(c);
            points_show(&d, false);
        }
    }
    vls_annual_close(d.a);
    return rc;
}
