/*
 * dedupe: records that may be the same. The matcher proposes with its reasons, a person decides; a
 * decision is a link record that a later one replaces, so nothing is ever merged beyond undoing.
 */
#include <string.h>

#include "valise/cbor.h"
#include "valise/reconcile.h"

#include "put.h"
#include "words.h"

#define VALUE_MAX (64u << 10)

const struct opt opts_dedupe[] = {
    {"list", 0, NULL, N_("list the pairs, ask nothing"), NULL},
    {"same", 0, NULL, N_("the two records are the same"), NULL},
    {"different", 0, NULL, N_("the two records are different"), NULL},
    {"unsure", 0, NULL, N_("nobody can tell for now"), NULL},
    {"reason", 0, N_("TEXT"), N_("why"), NULL},
    {0},
};

/* ---- judging ---- */

struct judging {
    struct cli *c;
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN]; /* a < b */
    const struct vls_kind *kind, *link;
    enum vls_same verdict;
    uint8_t (*links)[VLS_ID_LEN]; /* that judge this pair already */
    size_t n_links;
    struct vls_report *report;
};

static const uint8_t *
end_of(const struct vls_record *r, const char *name)
{
    struct vls_cbor c = vls_cbor_of(vls_record_value(r, name));

    return vls_cbor_fixed(&c, VLS_ID_LEN);
}

static enum vls_code
link_add(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct judging *j = ctx;
    const uint8_t *x = end_of(r, "a"), *y = end_of(r, "b");
    void *more;

    if (x == NULL || y == NULL ||
        !((memcmp(x, j->a, VLS_ID_LEN) == 0 && memcmp(y, j->b, VLS_ID_LEN) == 0) ||
          (memcmp(x, j->b, VLS_ID_LEN) == 0 && memcmp(y, j->a, VLS_ID_LEN) == 0)))
        return VLS_OK;
    if ((more = realloc(j->links, (j->n_links + 1) * sizeof *j->links)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the links");
    j->links = more;
    memcpy(j->links[j->n_links++], r->id, VLS_ID_LEN);
    return VLS_OK;
}

/* Every link that judges this pair gets the new verdict: it was given with knowledge of all of them. */
static void
judge_edit(struct put *p, const struct judging *j)
{
    const char *reason = args_value(&j->c->args, "reason"); /* the log keeps it after a later verdict */
    size_t i;

    if (j->n_links == 0) {
        put_create(p, j->link, j->link->tlp);
        put_ref(p, "a", j->a);
        put_ref(p, "b", j->b);
        put_text(p, "verdict", vls_same_term(j->verdict));
        put_note(p, "reason", reason);
    }
    for (i = 0; i < j->n_links; i++) {
        put_at(p, j->link, j->links[i]);
        put_text(p, "verdict", vls_same_term(j->verdict));
        put_note(p, "reason", reason);
    }
}

/* A link between compartments lives in the narrower one, so that it names nothing to those outside. */
static const char *
home_of_link(const struct judging *j)
{
    struct vls_engine *e = cli_opened(j->c);
    const char *a = vls_engine_home_of(e, j->a), *b = vls_engine_home_of(e, j->b);

    return a == NULL || b == NULL || strcmp(a, "focal-points") == 0 ? b : a;
}

static enum vls_code
judge_commit(struct judging *j, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = j->link->no, .refers_to = j->a};
    struct put p;
    enum vls_code rc;

    if ((rc = vls_store_list(cli_store(j->c), &f, link_add, j, err)) != VLS_OK || j->c->dry_run)
        return rc;
    if ((rc = put_begin(&p, j->c, home_of_link(j), err)) != VLS_OK)
        return rc;
    judge_edit(&p, j);
    return put_commit(&p);
}

/* The answer to be changed when people gave several that cannot all be right. */
static bool
say_obstacle(struct cli *c, struct vls_report *r, enum vls_pair_kind kind, const uint8_t a[VLS_ID_LEN],
             const uint8_t b[VLS_ID_LEN])
{
    struct vls_obstacle way;

    if (!vls_report_obstacle(r, kind, a, b, &way))
        return false;
    if (way.different)
        out_line(
            c,
            _("In the way: %s and %s are judged different. None of all these is joined before one answer is changed:"),
            way.ref_a, way.ref_b);
    else
        out_line(
            c, _("In the way: %s and %s are judged unsure. None of all these is joined before one answer is changed:"),
            way.ref_a, way.ref_b);
    out_line(c, "    valise dedupe --same %s %s", way.ref_a, way.ref_b);
    return true;
}

/* Who stands for whom now; the same id twice when the two were not joined. */
static enum vls_code
stand_in(struct judging *j, uint8_t for_a[VLS_ID_LEN], uint8_t for_b[VLS_ID_LEN], struct vls_error *err)
{
    const struct vls_trip *x, *y;
    const uint8_t *p, *q;
    struct vls_report *r;
    enum vls_code rc = report_load(j->c, &r, err);

    if (rc != VLS_OK)
        return rc;
    x = vls_report_trip_of(r, j->a);
    y = vls_report_trip_of(r, j->b);
    p = x != NULL ? x->id : vls_report_person_of(r, j->a);
    q = y != NULL ? y->id : vls_report_person_of(r, j->b);
    memcpy(for_a, p != NULL ? p : j->a, VLS_ID_LEN);
    memcpy(for_b, q != NULL ? q : j->b, VLS_ID_LEN);
    j->report = r; /* what was said is said out of it */
    return VLS_OK;
}

static void
say_same(struct cli *c, const struct judging *j, const uint8_t stands[VLS_ID_LEN], bool joined)
{
    char ref[VLS_REF_TEXT], a[VLS_REF_TEXT], b[VLS_REF_TEXT];

    record_ref(c, ref, stands);
    record_ref(c, a, j->a);
    record_ref(c, b, j->b);
    if (!joined) {
        out_line(c, _("%s, %s  judged the same, but other answers contradict it: nothing is joined yet"), a, b);
        (void)say_obstacle(c, j->report, strcmp(j->kind->name, "trip") == 0 ? VLS_PAIR_TRIP : VLS_PAIR_PERSON, j->a,
                           j->b);
    } else
        out_line(c, _("%s  stands for both; %s still leads to it"), ref, strcmp(ref, a) == 0 ? b : a);
}

static enum vls_code
judged_report(struct judging *j, struct vls_error *err)
{
    struct cli *c = j->c;
    char a[VLS_REF_TEXT], b[VLS_REF_TEXT], stands[VLS_REF_TEXT];
    uint8_t for_a[VLS_ID_LEN], for_b[VLS_ID_LEN];
    bool joined;
    json_t *doc;
    enum vls_code rc = stand_in(j, for_a, for_b, err);

    if (rc != VLS_OK)
        return rc;
    joined = memcmp(for_a, for_b, VLS_ID_LEN) == 0;
    record_ref(c, a, j->a);
    record_ref(c, b, j->b);
    record_ref(c, stands, for_a);
    if (c->json) {
        doc = json_doc("verdict");
        json_object_set_new(doc, "a", json_string(a));
        json_object_set_new(doc, "b", json_string(b));
        json_object_set_new(doc, "kind", json_string(j->kind->name));
        json_object_set_new(doc, "verdict", json_string(vls_same_term(j->verdict)));
        json_object_set_new(doc, "joined", json_boolean(joined));
        json_object_set_new(doc, "stands", joined ? json_string(stands) : json_null());
        json_object_set_new(doc, "dry_run", json_boolean(c->dry_run));
        out_json(c, doc);
    } else if (c->plain) {
        out_row(c, joined ? stands : a, a, b, j->kind->name, vls_same_term(j->verdict), NULL);
    } else if (c->quiet) {
        out_line(c, "%s", joined ? stands : a);
    } else if (c->dry_run) {
        out_line(c, _("%s, %s  would be judged; nothing was changed"), a, b);
    } else if (j->verdict == VLS_SAME_YES) {
        say_same(c, j, for_a, joined);
    } else if (j->verdict == VLS_SAME_NO) {
        out_line(c, _("%s, %s  judged different; they are not proposed again"), a, b);
    } else {
        out_line(c, _("%s, %s  judged unsure; both stay as they are"), a, b);
    }
    return VLS_OK;
}

static enum vls_code
judge(struct cli *c, const struct vls_kind *kind, const uint8_t a[VLS_ID_LEN], const uint8_t b[VLS_ID_LEN],
      enum vls_same verdict, struct vls_error *err)
{
    bool swap = memcmp(a, b, VLS_ID_LEN) > 0;
    struct judging j = {.c = c, .kind = kind, .verdict = verdict};
    enum vls_code rc;

    j.link = vls_kind_by_name(strcmp(kind->name, "trip") == 0 ? "trip-link" : "identity-link");
    memcpy(j.a, swap ? b : a, VLS_ID_LEN);
    memcpy(j.b, swap ? a : b, VLS_ID_LEN);
    if ((rc = judge_commit(&j, err)) == VLS_OK)
        rc = judged_report(&j, err);
    vls_report_close(j.report);
    free(j.links);
    return rc;
}

/* ---- by option ---- */

static enum vls_code
kind_of_id(struct cli *c, const uint8_t id[VLS_ID_LEN], const struct vls_kind **out, struct vls_error *err)
{
    struct vls_record *r;
    enum vls_code rc = vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, err);

    if (rc != VLS_OK)
        return rc;
    *out = r->kind;
    vls_record_free(r);
    return VLS_OK;
}

static enum vls_code
judge_named(struct cli *c, enum vls_same verdict, struct vls_error *err)
{
    const struct vls_kind *x, *y;
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN];
    enum vls_code rc;

    if (c->args.n != 2)
        return cli_fail(c, err, VLS_EUSAGE, _("name the two records: valise dedupe --same TRP-… TRP-…"));
    if ((rc = record_find(c, NULL, c->args.pos[0], a, err)) != VLS_OK || (rc = kind_of_id(c, a, &x, err)) != VLS_OK ||
        (rc = record_find(c, x, c->args.pos[1], b, err)) != VLS_OK || (rc = kind_of_id(c, b, &y, err)) != VLS_OK)
        return rc;
    if (x == NULL || x != y || (strcmp(x->name, "trip") != 0 && strcmp(x->name, "person") != 0))
        return cli_fail(c, err, VLS_EUSAGE, _("two trips or two persons can be judged, nothing else"));
    if (memcmp(a, b, VLS_ID_LEN) == 0)
        return cli_fail(c, err, VLS_EUSAGE, _("that is one and the same record"));
    return judge(c, x, a, b, verdict, err);
}

/* ---- the list ---- */

static const char *
kind_name(const struct vls_pair *p)
{
    return p->kind == VLS_PAIR_TRIP ? "trip" : "person";
}

/* "same-person,same-dates": for machines. */
static void
why_plain(struct vls_buf *out, unsigned why)
{
    unsigned i;

    for (i = 0; i < VLS_N_WHY; i++) {
        if ((why & 1u << i) != 0)
            vls_buf_printf(out, "%s%s", out->n != 0 ? "," : "", vls_why_name(1u << i));
    }
}

static void
pair_plain(struct cli *c, const struct vls_pair *p)
{
    char likeness[16];
    struct vls_buf why;

    vls_buf_init(&why, VALUE_MAX);
    why_plain(&why, p->why);
    snprintf(likeness, sizeof likeness, "%d.%03d", p->likeness / 1000, p->likeness % 1000);
    out_row(c, p->ref_a, p->ref_b, kind_name(p), likeness, p->unsure ? "unsure" : "", p->subject_ref,
            why.n == 0 ? "" : vls_buf_str(&why), NULL);
    vls_buf_clear(&why);
}

static json_t *
pair_json(const struct vls_pair *p)
{
    json_t *why = json_array(), *lines = json_array();
    unsigned k;
    size_t i;

    for (k = 0; k < VLS_N_WHY; k++) {
        if ((p->why & 1u << k) != 0)
            json_array_append_new(why, json_string(vls_why_name(1u << k)));
    }
    for (i = 0; i < p->n_lines; i++)
        json_array_append_new(lines, json_pack("{s:s, s:o, s:o, s:s}", "field", p->line[i].field, "a",
                                               json_text(vls_slice_str(p->line[i].a)), "b",
                                               json_text(vls_slice_str(p->line[i].b)), "remark",
                                               vls_remark_name(p->line[i].remark)));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:i, s:b, s:o, s:o}", "a", p->ref_a, "b", p->ref_b, "kind",
                     kind_name(p), "by_a", json_text(vls_slice_str(p->by_a)), "by_b", json_text(vls_slice_str(p->by_b)),
                     "subject_ref", p->subject_ref, "subject", json_text(vls_slice_str(p->subject)),
                     "likeness_per_mille", p->likeness, "unsure", p->unsure, "why", why, "lines", lines);
}

static void
list_all(struct cli *c, const struct vls_pair *p, size_t n)
{
    char likeness[16];
    json_t *doc, *all;
    struct table t;
    size_t i;

    if (c->json) {
        doc = json_doc("dedupe");
        all = json_array();
        for (i = 0; i < n; i++)
            json_array_append_new(all, pair_json(&p[i]));
        json_object_set_new(doc, "pairs", all);
        out_json(c, doc);
        return;
    }
    table_init(&t, 6, 0, 2);
    for (i = 0; i < n; i++) {
        snprintf(likeness, sizeof likeness, "%d.%02d", p[i].likeness / 1000, p[i].likeness % 1000 / 10);
        if (c->plain)
            pair_plain(c, &p[i]);
        else if (c->quiet)
            out_line(c, "%s %s", p[i].ref_a, p[i].ref_b);
        else
            table_row(&t, p[i].ref_a, p[i].ref_b, likeness, p[i].unsure ? _("unsure") : "",
                      p[i].kind == VLS_PAIR_TRIP ? p[i].subject : p[i].line[0].a,
                      p[i].kind == VLS_PAIR_TRIP ? p[i].line[0].a : p[i].line[0].b);
    }
    table_print(c, &t);
    if (n == 0 && !c->plain && !c->quiet)
        out_line(c, "%s", _("No possible duplicates."));
}

/* ---- asking ---- */

static const char *
line_label(const char *field)
{
    static const struct label LABEL[] = {
        {"to", N_("to")},
        {"dates", N_("dates")},
        {"status", N_("status")},
        {"occasion", N_("occasion")},
        {"told-by", N_("told by")},
        {"name", N_("name")},
        {"born", N_("born")},
        {"nationality", N_("nationality")},
        {"position", N_("position")},
        {"case", N_("case")},
        {"identifier", N_("identifier")},
    };

    return words_label(LABEL, sizeof LABEL / sizeof *LABEL, field);
}

static void
pair_show(struct cli *c, struct vls_report *r, const struct vls_pair *p, size_t no, size_t n)
{
    char head_a[WORDS_TEXT], head_b[WORDS_TEXT];
    struct table t;
    size_t i;

    if (p->kind == VLS_PAIR_TRIP)
        out_line(c, _("Pair %zu of %zu    likeness %d.%02d    trips of %s %s"), no, n, p->likeness / 1000,
                 p->likeness % 1000 / 10, p->subject_ref, p->subject);
    else
        out_line(c, _("Pair %zu of %zu    likeness %d.%02d    persons"), no, n, p->likeness / 1000,
                 p->likeness % 1000 / 10);
    if (p->unsure && !say_obstacle(c, r, p->kind, p->a, p->b))
        out_line(c, "%s", _("Somebody could not tell, or two answers differ."));
    out_line(c, "%s", "");
    snprintf(head_a, sizeof head_a, "%s  %.100s", p->ref_a, p->by_a);
    snprintf(head_b, sizeof head_b, "%s  %.100s", p->ref_b, p->by_b);
    table_init(&t, 4, 2, 3);
    table_row(&t, _("field"), head_a, head_b, "");
    for (i = 0; i < p->n_lines; i++)
        table_row(&t, line_label(p->line[i].field), p->line[i].a, p->line[i].b, words_remark(p->line[i].remark));
    table_print(c, &t);
    out_line(c, "%s", "");
}

static void
help_show_choices(struct cli *c)
{
    out_line(c, "%s", _("1  both are one: they are shown once, and both ids lead there"));
    out_line(c, "%s", _("2  they are two: the pair is not proposed again"));
    out_line(c, "%s", _("3  you looked and cannot tell: both stay, and colleagues see that you looked"));
    out_line(c, "%s", _("4  nothing is decided now"));
    out_line(c, "%s", _("Every answer can be replaced later by another one; nothing is ever lost."));
}

static enum vls_code
ask_one(struct cli *c, const struct vls_pair *p, bool *quit, struct vls_error *err)
{
    static const enum vls_same VERDICT[] = {VLS_SAME_YES, VLS_SAME_NO, VLS_SAME_UNSURE};
    const struct menu menu = {
        .line = _("1 same   2 different   3 unsure   4 later   q quit   ? help"), .n = 4, .help = help_show_choices};
    enum vls_code rc;
    char answer;

    if ((rc = prompt_menu(c, &answer, &menu, quit, err)) != VLS_OK || answer == MENU_LATER)
        return rc;
    return judge(c, vls_kind_by_name(kind_name(p)), p->a, p->b, VERDICT[answer - '1'], err);
}

static enum vls_code
ask_all(struct cli *c, struct vls_report *r, const struct vls_pair *p, size_t n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    bool quit = false;
    size_t i;

    for (i = 0; i < n && rc == VLS_OK && !quit; i++) {
        pair_show(c, r, &p[i], i + 1, n);
        rc = ask_one(c, &p[i], &quit, err);
        out_line(c, "%s", "");
    }
    return rc;
}

enum vls_code
cmd_dedupe(struct cli *c, struct vls_error *err)
{
    const struct args *a = &c->args;
    bool same = args_flag(a, "same"), different = args_flag(a, "different"), unsure = args_flag(a, "unsure");
    const struct vls_pair *pairs;
    struct vls_report *r;
    enum vls_code rc;
    size_t n;

    if (same + different + unsure > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("--same, --different and --unsure exclude each other"));
    if (same || different || unsure)
        return judge_named(c, same ? VLS_SAME_YES : different ? VLS_SAME_NO : VLS_SAME_UNSURE, err);
    if (a->n != 0)
        return cli_fail(c, err, VLS_EUSAGE, _("say how you judge them: --same, --different or --unsure"));
    if ((rc = report_load(c, &r, err)) != VLS_OK)
        return rc;
    pairs = vls_report_pairs(r, &n);
    if (c->ask && !args_flag(a, "list") && !c->json && !c->plain && n != 0)
        rc = ask_all(c, r, pairs, n, err);
    else
        list_all(c, pairs, n);
    vls_report_close(r);
    return rc;
}
