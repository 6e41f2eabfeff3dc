/*
 * The sentences of the yearly report, short and the same every year: what changes are the facts. A name of a State
 * stands beside a sentence rather than in it, so that French needs no article for it.
 */
#include <string.h>

#include "report_words.h"

/* ---- dates ---- */

static const char *
month_name(int month)
{
    static const char *const NAME[] = {N_("January"),   N_("February"), N_("March"),    N_("April"),
                                       N_("May"),       N_("June"),     N_("July"),     N_("August"),
                                       N_("September"), N_("October"),  N_("November"), N_("December")};

    return month >= 1 && month <= 12 ? _(NAME[month - 1]) : "";
}

/* One end of a date: how exact it is, and its parts. */
struct end {
    int precision; /* 0 none, 1 year, 2 month, 3 day */
    int year, month, day;
};

static struct end
end_of(struct vls_slice text)
{
    struct end e = {0};
    struct vls_date d;

    while (text.n > 0 && strchr("?~%", text.p[text.n - 1]) != NULL)
        text.n--;
    if (!vls_edtf_bounds(&d, text))
        return e;
    e.precision = text.n == 10 ? 3 : text.n == 7 ? 2 : text.n == 4 ? 1 : 0;
    vls_day_civil(d.first, &e.year, &e.month, &e.day);
    return e;
}

static void
end_print(struct cli *c, struct vls_buf *out, const struct end *e, bool month, bool year)
{
    const char *mark = c->lang[0] == 'f' && e->day == 1 ? "er" : "";

    if (e->precision == 3)
        vls_buf_printf(out, "%d%s%s", e->day, mark, month ? " " : "");
    if (e->precision >= 2 && month)
        vls_buf_printf(out, "%s%s", month_name(e->month), year ? " " : "");
    if (year)
        vls_buf_printf(out, "%d", e->year);
}

void
report_date(struct cli *c, struct vls_buf *out, const struct vls_date *d)
{
    struct vls_slice first, last;
    struct vls_buf one, other;
    struct end a, b;

    if (!d->possible || d->edtf.n == 0) /* words that name no day may say anything */
        return;
    vls_edtf_ends(d->edtf, &first, &last);
    a = end_of(first);
    b = end_of(last);
    if (a.precision == 0 || b.precision == 0) {
        vls_buf_put_slice(out, d->edtf);
        return;
    }
    vls_buf_init(&one, 256);
    vls_buf_init(&other, 256);
    end_print(c, &other, &b, true, true);
    if (vls_slice_eq(first, last)) {
        vls_buf_printf(out, d->approximate ? _("about %s") : "%s", vls_buf_str(&other));
    } else {
        bool days = a.precision == 3 && b.precision == 3;

        end_print(c, &one, &a, !days || a.month != b.month || a.year != b.year, !days || a.year != b.year);
        vls_buf_printf(out, days ? _("%s to %s") : "%s – %s", vls_buf_str(&one), vls_buf_str(&other));
    }
    vls_buf_clear(&one);
    vls_buf_clear(&other);
}

/* With its preposition: "on 20 October 2021", "in February 2021", "from 17 to 20 October 2020". */
static void
when_print(struct cli *c, struct vls_buf *out, const struct vls_date *d)
{
    struct vls_slice first, last;
    struct vls_buf date;

    vls_buf_init(&date, 1024);
    report_date(c, &date, d);
    vls_edtf_ends(d->edtf, &first, &last);
    if (!d->possible || d->edtf.n == 0 || d->approximate || (first.n < 10 && !vls_slice_eq(first, last)))
        vls_buf_put_slice(out, vls_buf_slice(&date));
    else if (!vls_slice_eq(first, last))
        vls_buf_printf(out, _("from %s"), vls_buf_str(&date));
    else if (d->first == d->last)
        vls_buf_printf(out, _("on %s"), vls_buf_str(&date));
    else
        vls_buf_printf(out, _("in %s"), vls_buf_str(&date));
    vls_buf_clear(&date);
}

/* ---- footnotes ---- */

static void
cite(struct vls_buf *out, struct footnotes *notes, const struct vls_fact *f)
{
    size_t i;

    if (notes == NULL)
        return;
    for (i = 0; i < notes->n && strcmp(notes->ref[i], f->ref) != 0; i++)
        ;
    if (i == notes->n) {
        if (!vls_room(&notes->ref, &notes->cap, notes->n, 1, sizeof *notes->ref)) {
            out->bad = VLS_ENOMEM; /* a text without one of its notes is not shown */
            return;
        }
        notes->ref[notes->n++] = f->ref;
    }
    vls_buf_printf(out, " [%zu]", i + 1);
}

void
footnotes_clear(struct footnotes *f)
{
    free(f->ref);
    *f = (struct footnotes){0};
}

/* ---- sentences of section II to IV ---- */

const char *
report_section(enum vls_section section)
{
    switch (section) {
    case VLS_SECTION_INTRODUCTION: return _("I. Introduction");
    case VLS_SECTION_STATES_PARTIES: return _("II. Court proceedings and findings: States Parties");
    case VLS_SECTION_COUNCIL:
        return _(
            "III. Court proceedings and findings: States obliged to cooperate by a decision of the Security Council");
    case VLS_SECTION_NOT_PARTIES: return _("IV. Court proceedings and findings: States not Parties");
    case VLS_SECTION_ACTION:
        return _("V. Action by the President of the Assembly, the Bureau, States Parties and others");
    case VLS_SECTION_COUNCIL_REPORTS: return _("VI. The Security Council");
    case VLS_SECTION_CONSULTATIONS: return _("VII. Consultations on non-cooperation");
    case VLS_SECTION_RECOMMENDATIONS: return _("VIII. Recommendations");
    case VLS_SECTION_ANNEX: return _("Annex I. Language proposed for the resolution and its annex on mandates");
    case VLS_SECTION_POINTERS: return _("Annexes II and III");
    case VLS_N_SECTIONS: break;
    }
    return "";
}

static const char *
duty_of_council(int64_t resolution)
{
    if (resolution == 1593)
        return _("By resolution 1593 (2005) the Security Council decided that the Government of Sudan and all other "
                 "parties to "
                 "the conflict in Darfur shall cooperate fully with the Court and the Prosecutor and give them any "
                 "necessary "
                 "assistance.");
    return _("By resolution 1970 (2011) the Security Council decided that the Libyan authorities shall cooperate fully "
             "with the "
             "Court and the Prosecutor and give them any necessary assistance.");
}

static void
nil_print(struct cli *c, struct vls_buf *out, const struct vls_para *p)
{
    if (p->section == VLS_SECTION_STATES_PARTIES)
        vls_buf_printf(out, "%s",
                       _("There were no Court proceedings concerning non-cooperation in relation to States Parties."));
    else if (p->section == VLS_SECTION_NOT_PARTIES)
        vls_buf_printf(out, "%s",
                       _("There were no Court proceedings concerning non-cooperation in relation to States that are "
                         "not Parties to the Statute."));
    else
        vls_buf_printf(
            out,
            _("There were no Court proceedings concerning non-cooperation in relation to States under an obligation "
              "to cooperate with the Court by resolution %lld of the Security Council (%s)."),
            (long long)p->number, p->country == NULL ? "" : vls_label_in(p->country->name, c->lang));
}

static const char *
term_label(const char *field, const char *term, const char *lang)
{
    const struct vls_kind *kind = vls_kind_by_name("proceeding");
    const struct vls_field *f = kind == NULL ? NULL : vls_field_by_name(kind, field);
    int rank = f == NULL ? -1 : vls_term_rank(f, vls_slice_str(term));

    return rank < 0 ? "" : vls_label_in(f->terms[rank].label, lang);
}

static void
proceedings_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    size_t i;

    if (p->section == VLS_SECTION_STATES_PARTIES)
        vls_buf_printf(out, "%s", _("The Court took the following decisions on cooperation by States Parties:"));
    else if (p->section == VLS_SECTION_NOT_PARTIES)
        vls_buf_printf(out, "%s",
                       _("The Court took the following decisions on cooperation by States that are not Parties to the "
                         "Statute:"));
    else
        vls_buf_printf(
            out,
            _("The Court took the following decisions on the obligation to cooperate under resolution %lld of the "
              "Security Council:"),
            (long long)p->number);
    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];

        vls_buf_printf(out, "%s%s", i == 0 ? " " : _("; "), f->text);
        if (f->has_date) {
            vls_buf_printf(out, " ");
            when_print(c, out, &f->date);
        }
        vls_buf_printf(out, ", %s", f->label);
        if (f->detail[0] != '\0')
            vls_buf_printf(out, ", %s", term_label("finding", f->detail, c->lang));
        if (f->second[0] != '\0')
            vls_buf_printf(out, ", %s", term_label("referral", f->second, c->lang));
        if (f->country != NULL)
            vls_buf_printf(out, _(" (State concerned: %s)"), vls_label_in(f->country->name, c->lang));
        cite(out, notes, f);
    }
    vls_buf_printf(out, ".");
}

/* ---- the other sections ---- */

static void
sources_print(struct vls_buf *out, unsigned told)
{
    static const struct {
        unsigned bit;
        const char *name;
    } SOURCE[] = {{VLS_TOLD_COURT, N_("the Court")},
                  {VLS_TOLD_STATES_PARTIES, N_("States Parties")},
                  {VLS_TOLD_CIVIL_SOCIETY, N_("civil society")},
                  {VLS_TOLD_OTHER_STATES, N_("States that are not Parties")},
                  {VLS_TOLD_ORGANISATIONS, N_("international organisations")}};
    size_t i, n = sizeof SOURCE / sizeof *SOURCE;
    unsigned left = told;

    for (i = 0; i < n; i++) {
        if ((told & SOURCE[i].bit) == 0)
            continue;
        left &= ~SOURCE[i].bit;
        vls_buf_printf(out, "%s", _(SOURCE[i].name));
        if (left != 0)
            vls_buf_printf(out, "%s", (left & (left - 1)) == 0 ? _(" and ") : ", ");
    }
}

/* Where information came from, and where what came from others went. */
static void
told_print(struct vls_buf *out, const struct vls_para *p)
{
    struct vls_buf who;

    vls_buf_init(&who, 4096);
    sources_print(&who, p->told_by);
    if (vls_buf_str(&who) == NULL)
        return;
    if (p->say == VLS_SAY_RECEIVED)
        vls_buf_printf(out,
                       _("The focal points received information on possible travel of persons under warrants of arrest "
                         "issued by the Court. It came from: %s."),
                       vls_buf_str(&who));
    else
        vls_buf_printf(out, _("Such information was passed on to the Court where it came from: %s."),
                       vls_buf_str(&who));
    vls_buf_clear(&who);
}

static bool
same_day(const struct vls_fact *a, const struct vls_fact *b)
{
    return a->has_date == b->has_date && (!a->has_date || vls_slice_eq(a->date.edtf, b->date.edtf));
}

static void
appointed_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    size_t i;

    vls_buf_printf(out, "%s ",
                   _("As focal points on non-cooperation, each for its regional group, were appointed ad country:"));
    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];
        bool last = i + 1 == p->n_facts || !same_day(f, &p->fact[i + 1]);

        if (f->country != NULL)
            vls_buf_printf(out, "%s (%s)", vls_label_in(f->country->name, c->lang), f->detail);
        cite(out, notes, f);
        if (last && f->has_date) {
            vls_buf_printf(out, " ");
            when_print(c, out, &f->date);
        }
        vls_buf_printf(out, "%s", i + 1 == p->n_facts ? "." : last ? _("; ") : ", ");
    }
}

static void
visits_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    struct vls_buf when;
    size_t i;

    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];

        vls_buf_init(&when, 4096);
        when_print(c, &when, &f->date);
        if (f->kind == VLS_FACT_AGREEMENT)
            vls_buf_printf(out, _("Signed %s: %s, %s"), vls_buf_str(&when), f->label, f->text);
        else
            vls_buf_printf(out, _("Official visit %s: %s, %s"), vls_buf_str(&when),
                           f->text[0] != '\0' ? f->text : _("the Office of the Prosecutor"), f->detail);
        if (f->kind == VLS_FACT_VISIT && f->country != NULL)
            vls_buf_printf(out, "%s%s", f->detail[0] != '\0' ? ", " : "", vls_label_in(f->country->name, c->lang));
        cite(out, notes, f);
        vls_buf_printf(out, ".%s", i + 1 < p->n_facts ? " " : "");
        vls_buf_clear(&when);
    }
}

static void
council_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    struct vls_buf when;
    size_t i;

    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];

        vls_buf_printf(out, "%s", i == 0 ? "" : " ");
        if (f->kind == VLS_FACT_KEY_POINT) {
            vls_buf_printf(out, "%s%s", f->text, f->text[0] != '\0' && f->text[strlen(f->text) - 1] == '.' ? "" : ".");
            continue;
        }
        vls_buf_init(&when, 4096);
        when_print(c, &when, &f->date);
        vls_buf_printf(
            out, _("Report no. %lld of the Prosecutor under resolution %s was presented to the Security Council %s"),
            (long long)f->number, f->detail, vls_buf_str(&when));
        if (f->text[0] != '\0')
            vls_buf_printf(out, " (%s)", f->text);
        cite(out, notes, f);
        vls_buf_printf(out, ".");
        vls_buf_clear(&when);
    }
}

static void
meetings_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    size_t i;

    vls_buf_printf(out, "%s ",
                   p->say == VLS_SAY_CONSULTED
                       ? _("Under the mandate of the Bureau the focal points consulted those concerned on the "
                           "application of the Procedures:")
                       : _("The focal points took part in the following meetings:"));
    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];
        bool first = i == 0 || strcmp(f->term, p->fact[i - 1].term) != 0;

        vls_buf_printf(out, "%s", i == 0 ? "" : first ? _("; ") : ", ");
        if (first && f->label[0] != '\0')
            vls_buf_printf(out, "%s, ", f->label);
        report_date(c, out, &f->date);
        cite(out, notes, f);
    }
    vls_buf_printf(out, ".");
}

static void
texts_print(struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    size_t i;

    for (i = 0; i < p->n_facts; i++) {
        const struct vls_fact *f = &p->fact[i];

        if (p->say == VLS_SAY_QUOTE)
            vls_buf_printf(out, _("%s%s: “%s”"), i == 0 ? "" : " ", f->detail, f->text);
        else
            vls_buf_printf(out, "%s%s", i == 0 ? "" : " ", f->text);
        cite(out, notes, f);
        if (p->say == VLS_SAY_LANGUAGE && f->second[0] != '\0' && strcmp(f->second, f->text) == 0)
            vls_buf_printf(out, " %s", _("(unchanged)"));
        else if (p->say == VLS_SAY_LANGUAGE && f->second[0] != '\0')
            vls_buf_printf(out, _(" (before: “%s”)"), f->second);
    }
}

static void
period_print(struct cli *c, struct vls_buf *out, const struct vls_period *p)
{
    struct vls_buf from, to;

    vls_buf_init(&from, 4096);
    vls_buf_init(&to, 4096);
    report_date(c, &from, &p->opens);
    if (p->has_closes)
        report_date(c, &to, &p->closes);
    if (p->has_closes)
        vls_buf_printf(out, _("This report covers the time from %s to %s."), vls_buf_str(&from), vls_buf_str(&to));
    else
        vls_buf_printf(out, _("This report covers the time since %s."), vls_buf_str(&from));
    if (p->has_sessions)
        vls_buf_printf(out, _(" It lies between sessions no. %lld and %lld of the Assembly."),
                       (long long)p->from_session, (long long)p->to_session);
    vls_buf_clear(&from);
    vls_buf_clear(&to);
}

/* Documents first, then the numbers of the recommendations. */
static void
review_print(struct cli *c, struct vls_buf *out, const struct vls_para *p, struct footnotes *notes)
{
    bool documents = false;
    size_t i;

    for (i = 0; i < p->n_facts && p->fact[i].kind == VLS_FACT_DOCUMENT; i++) {
        const struct vls_fact *f = &p->fact[i];

        vls_buf_printf(out, "%s%s%s", i == 0 ? _("Documents of the review process:") : "", i == 0 ? " " : _("; "),
                       f->text);
        if (f->has_date) {
            vls_buf_printf(out, " (");
            report_date(c, out, &f->date);
            vls_buf_printf(out, ")");
        }
        cite(out, notes, f);
        documents = true;
    }
    if (documents)
        vls_buf_printf(out, ".%s", i < p->n_facts ? " " : "");
    if (i < p->n_facts)
        vls_buf_printf(
            out, "%s ",
            _("Of the recommendations of the Independent Expert Review the focal points were given to consider:"));
    for (; i < p->n_facts; i++) {
        vls_buf_printf(out, "%s", p->fact[i].text);
        cite(out, notes, &p->fact[i]);
        vls_buf_printf(out, "%s", i + 1 < p->n_facts ? ", " : ".");
    }
}

static const char *
fixed(const struct vls_para *p)
{
    switch (p->say) {
    case VLS_SAY_BASIS:
        return _("The Assembly of States Parties considers any question of non-cooperation under article 112, "
                 "paragraph 2 (f), and "
                 "article 87, paragraphs 5 and 7, of the Rome Statute.");
    case VLS_SAY_HISTORY:
        return _(
            "It adopted Procedures relating to non-cooperation at its tenth session (ICC-ASP/10/Res.5, annex) and "
            "revised them "
            "at its seventeenth (ICC-ASP/17/Res.5, annex II). This report is submitted under the mandate given since.");
    case VLS_SAY_FOCAL_RULE:
        return _(
            "Under the Procedures four focal points are appointed or, when the President of the Assembly asks for it, "
            "five, "
            "with equitable geographical representation. The President serves ex officio for her or his own region.");
    case VLS_SAY_DUTY_PARTIES:
        return _("Under article 86 of the Statute, States Parties cooperate fully with the Court in its investigation "
                 "and prosecution "
                 "of crimes within its jurisdiction; under article 89 they comply with its requests for arrest and "
                 "surrender.");
    case VLS_SAY_DUTY_COUNCIL: return duty_of_council(p->number);
    case VLS_SAY_DUTY_OTHERS:
        return _(
            "States that are not Parties to the Statute have no obligation under it; in resolutions 1593 (2005) and "
            "1970 (2011) "
            "the Security Council urged all States and the regional and other international organisations concerned to "
            "cooperate fully with the Court and the Prosecutor.");
    case VLS_SAY_PROCEDURES:
        return _("The Assembly procedures relating to non-cooperation stand in ICC-ASP/17/Res.5, annex II.");
    case VLS_SAY_TOOLKIT:
        return _("The Toolkit for the informal dimension of these procedures stands in ICC-ASP/17/31, annex III.");
    case VLS_SAY_ENCOURAGE:
        return _("The focal points encourage all sides to use these opportunities to strengthen cooperation with the "
                 "Court.");
    case VLS_SAY_PRESIDENT:
        return _("The President of the Assembly recalled how important it is that States carry out the warrants of "
                 "arrest issued by "
                 "the Court.");
    case VLS_SAY_GROUPS:
        return _("Through their regional groups the focal points kept States Parties informed of proposed travel.");
    case VLS_SAY_TOLD:
        return _("States Parties told the focal points what diplomatic action they took on such travel. The focal "
                 "points thank those "
                 "that encouraged other States to meet their obligation to cooperate.");
    default: break;
    }
    return "";
}

const char *
report_absence(const struct vls_para *p)
{
    switch (p->state) {
    case VLS_PARA_READY: return "";
    case VLS_PARA_ATTEST: return _("Not drafted: somebody has to attest that there was nothing.");
    case VLS_PARA_WITHHELD: return _("Withheld by hand.");
    case VLS_PARA_GAP: break;
    }
    return _("Not drafted: something stands against it.");
}

void
report_sentence(struct cli *c, struct vls_buf *out, const struct vls_annual *a, const struct vls_para *p,
                struct footnotes *notes)
{
    if (p->state != VLS_PARA_READY)
        return;
    if (p->by_hand[0] != '\0') {
        vls_buf_printf(out, "%s", p->by_hand);
        return;
    }
    switch (p->say) {
    case VLS_SAY_NIL:
        nil_print(c, out, p);
        for (size_t i = 0; i < p->n_facts; i++)
            cite(out, notes, &p->fact[i]);
        return;
    case VLS_SAY_PROCEEDINGS: proceedings_print(c, out, p, notes); return;
    case VLS_SAY_QUOTE:
    case VLS_SAY_RECOMMEND:
    case VLS_SAY_LANGUAGE: texts_print(out, p, notes); return;
    case VLS_SAY_APPOINTED: appointed_print(c, out, p, notes); return;
    case VLS_SAY_PERIOD: period_print(c, out, vls_annual_period(a)); return;
    case VLS_SAY_REVIEW: review_print(c, out, p, notes); return;
    case VLS_SAY_VISITS: visits_print(c, out, p, notes); return;
    case VLS_SAY_COUNCIL: council_print(c, out, p, notes); return;
    case VLS_SAY_CONSULTED:
    case VLS_SAY_MEETINGS: meetings_print(c, out, p, notes); return;
    case VLS_SAY_RECEIVED:
    case VLS_SAY_SHARED: told_print(out, p); return;
    default: vls_buf_printf(out, "%s", fixed(p)); return;
    }
}
