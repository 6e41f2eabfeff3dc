/*
 * What is to be looked at before a report is signed, each with the command that helps.
 */
#include <string.h>

#include "report_words.h"

/* "valise meeting edit MTG-…": a command on the record of a point. */
static void
on_record(struct vls_buf *out, const struct vls_point *p, const char *verb, const char *options)
{
    char prefix[4] = "";
    const struct vls_kind *kind;

    if (strlen(p->ref) < 4)
        return;
    memcpy(prefix, p->ref, 3);
    kind = vls_kind_by_prefix(prefix);
    if (kind != NULL)
        vls_buf_printf(out, "valise %s %s %s%s%s", kind->name, verb, p->ref, options[0] != '\0' ? " " : "", options);
}

static void
attest_command(struct vls_buf *out, const struct vls_annual *a, const struct vls_point *p)
{
    vls_buf_printf(out, "valise nil-return add %s --period %s", p->detail, vls_annual_period(a)->ref);
    if (p->other[0] != '\0')
        vls_buf_printf(out, " --scope %s", p->other);
    vls_buf_printf(out, " --asserted \"by=…;at=…;how=…\"");
}

static void
command(struct vls_buf *out, const struct vls_annual *a, const struct vls_point *p)
{
    switch (p->kind) {
    case VLS_POINT_UNSHARED: vls_buf_printf(out, "valise share %s --to court", p->ref); return;
    case VLS_POINT_NO_NIL: attest_command(out, a, p); return;
    case VLS_POINT_LEFT_OUT:
    case VLS_POINT_EVENT: vls_buf_printf(out, "valise report %s --edit %u", vls_annual_period(a)->ref, p->para); return;
    case VLS_POINT_NIL_UNSAID:
    case VLS_POINT_NIL_LACKS: on_record(out, p, "edit", "--asserted \"by=…;at=…;how=…\""); return;
    case VLS_POINT_NOT_CLEAR: on_record(out, p, "edit", "--tlp clear"); return;
    case VLS_POINT_NO_CONDUCT: on_record(out, p, "edit", "--conduct TRP-…"); return;
    case VLS_POINT_NO_ACTOR: on_record(out, p, "edit", "--actor …"); return;
    case VLS_POINT_TWICE: on_record(out, p, "withdraw", "--reason \"entered twice\""); return;
    case VLS_POINT_FIFTH: on_record(out, p, "edit", "--requested-by …"); return;
    case VLS_POINT_VOID:
    case VLS_POINT_APART:
    case VLS_POINT_APART_HOLDS:
    case VLS_POINT_CITED_SUPERSEDED:
    case VLS_POINT_NIL_PERIOD:
    case VLS_POINT_GROUP_TWICE: on_record(out, p, "show", ""); return;
    default: on_record(out, p, "edit", ""); return;
    }
}

/* Points whose sentence needs nothing but the record. */
static const char *
plain_words(enum vls_point_kind kind)
{
    switch (kind) {
    case VLS_POINT_UNSHARED: return _("came from a State or civil society, and the Court was not told");
    case VLS_POINT_LEFT_OUT: return _("came from a State or civil society, and the Court is deliberately not told");
    case VLS_POINT_NIL_UNSAID: return _("says nothing yet: nobody has asserted it");
    case VLS_POINT_UNPLACED:
        return _("may belong here: its day or its State is not known, so that nobody can say there was none");
    case VLS_POINT_NO_STATE: return _("names no State that is known: no section can be told");
    case VLS_POINT_NIL_SCOPE: return _("is on the Security Council’s situations and does not say which: 1593 or 1970");
    case VLS_POINT_NO_CONDUCT:
        return _("does not say which trip it is about: the State’s standing is that on the day of the decision");
    case VLS_POINT_NO_ACTOR: return _("does not say who acted: it is not counted");
    case VLS_POINT_UNKNOWN_TERM: return _("says something that only a newer version of valise knows");
    case VLS_POINT_NO_OPENING: return _("does not say on which day the period begins");
    case VLS_POINT_FIFTH: return _("makes five, and no request of the President is recorded");
    case VLS_POINT_PRESENTERS: return _("was presented by another Prosecutor than the one before it: name both");
    default: return "";
    }
}

static void
dated_words(struct cli *c, struct vls_buf *out, const struct vls_point *p)
{
    struct vls_buf when;

    if (!p->has_date && p->detail[0] == '\0') { /* its words stay in the record */
        vls_buf_printf(out, "%s", _("its date is to be looked at"));
        return;
    }
    vls_buf_init(&when, 4096);
    report_date(c, &when, &p->date);
    if (p->kind == VLS_POINT_OUTSIDE)
        vls_buf_printf(out, _("outside the period, and in no other: %s"), vls_buf_str(&when));
    else if (p->kind == VLS_POINT_STRADDLES)
        vls_buf_printf(out, _("dated too widely to tell whether it belongs here: %s"), vls_buf_str(&when));
    else if (p->kind == VLS_POINT_IMPOSSIBLE)
        vls_buf_printf(out, _("“%s” is no day; it is kept as written"), p->detail);
    else if (p->kind == VLS_POINT_YEAR_INFERRED)
        vls_buf_printf(out, _("“%s” was written without a year; printed as %s"), p->detail, vls_buf_str(&when));
    else if (p->kind == VLS_POINT_WEEKEND)
        vls_buf_printf(out, _("%s was a weekend"), vls_buf_str(&when));
    else
        vls_buf_printf(out, _("an event of the period that section III does not tell: %s"), vls_buf_str(&when));
    vls_buf_clear(&when);
}

static void
nobody_attests(struct cli *c, struct vls_buf *out, const struct vls_point *p)
{
    (void)c;
    if (strcmp(p->detail, "states-parties") == 0)
        vls_buf_printf(out, "%s", _("nobody attests that there were no proceedings against States Parties"));
    else if (p->other[0] != '\0')
        vls_buf_printf(out, _("nobody attests that there were no proceedings under resolution %s"), p->other);
    else
        vls_buf_printf(out, "%s", _("nobody attests that there were no proceedings against other States"));
}

void
report_point(struct cli *c, struct vls_buf *what, struct vls_buf *next, const struct vls_annual *a,
             const struct vls_point *p)
{
    switch (p->kind) {
    case VLS_POINT_OUTSIDE:
    case VLS_POINT_STRADDLES:
    case VLS_POINT_IMPOSSIBLE:
    case VLS_POINT_YEAR_INFERRED:
    case VLS_POINT_WEEKEND:
    case VLS_POINT_EVENT: dated_words(c, what, p); break;
    case VLS_POINT_NO_NIL: nobody_attests(c, what, p); break;
    case VLS_POINT_NIL_LACKS:
        vls_buf_printf(what, _("does not count: its attestation lacks %s (by whom, at which day, how checked)"),
                       p->detail);
        break;
    case VLS_POINT_NOT_CLEAR: vls_buf_printf(what, _("belongs here and is not marked CLEAR: %s"), p->detail); break;
    case VLS_POINT_NAMES:
        vls_buf_printf(what, _("its words name a traveller, a destination or an informant: %s"), p->other);
        break;
    case VLS_POINT_VOID: vls_buf_printf(what, _("void since %s, which stands against it; it is kept"), p->other); break;
    case VLS_POINT_CITED_OLDER:
        vls_buf_printf(what, _("the document cited is older than what it is cited for: %s"), p->other);
        break;
    case VLS_POINT_CITED_SUPERSEDED: vls_buf_printf(what, _("the document cited was revised: %s"), p->other); break;
    case VLS_POINT_GROUP_TWICE:
        vls_buf_printf(what, _("is of the regional group of %s, which has one already"), p->other);
        break;
    case VLS_POINT_CONSIDERED:
        if (p->detail[0] == '\0')
            vls_buf_printf(what, "%s", _("considered in one year, decided a year later or more"));
        else
            vls_buf_printf(what, _("considered until %s, decided a year later or more"), p->detail);
        break;
    case VLS_POINT_NIL_PERIOD:
        if (p->detail[0] == '\0')
            vls_buf_printf(what, "%s", _("speaks of a period that is not on record"));
        else
            vls_buf_printf(what, _("speaks of a period that is not on record: %s"), p->detail);
        break;
    case VLS_POINT_APART_HOLDS:
        vls_buf_printf(what, _("not every member reads “%s”: neither is it told, nor that there was none"), p->detail);
        break;
    case VLS_POINT_APART:
        vls_buf_printf(what,
                       _("is not told: not every member reads “%s”; what they may read is recorded anew for them"),
                       p->detail);
        break;
    case VLS_POINT_TWICE: vls_buf_printf(what, _("was entered before, and is told once: %s"), p->other); break;
    case VLS_POINT_TWO_TEXTS:
        vls_buf_printf(what, _("a second text for a paragraph that %s has written already"), p->other);
        break;
    default: vls_buf_printf(what, "%s", plain_words(p->kind)); break;
    }
    command(next, a, p);
}

bool
report_is_gap(const struct vls_point *p)
{
    return vls_point_is_gap(p->kind) && !p->settled;
}

bool
report_settled(struct vls_buf *what, const struct vls_point *point, size_t n, size_t i)
{
    size_t k;

    for (k = 0; k < i; k++) {
        if (point[k].settled && point[k].para == point[i].para)
            return false;
    }
    vls_buf_printf(what, "%s", _("written or held back by hand; these records stand against it:"));
    for (; k < n; k++) {
        if (point[k].settled && point[k].para == point[i].para && strstr(vls_buf_str(what), point[k].ref) == NULL)
            vls_buf_printf(what, " %s", point[k].ref);
    }
    return true;
}
