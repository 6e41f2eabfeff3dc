/*
 * Durations, days, authors and the sentences of rules, remarks and refusals, which review, dedupe,
 * share, status and timeline have in common.
 */
#include <string.h>

#include "words.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* Minutes count below two days, hours below ten, days alone beyond. */
static void
duration(char *out, size_t size, int64_t s)
{
    long long days = (long long)(s / DAY_S), hours = (long long)(s / HOUR_S), minutes = (long long)(s / MINUTE_S % 60);

    if (days >= 2 && (days >= 10 || hours % 24 == 0))
        snprintf(out, size, P_("%lld day", "%lld days", days), days);
    else if (days >= 2)
        snprintf(out, size, _("%lld days %lld h"), days, hours % 24);
    else if (hours == 0)
        snprintf(out, size, _("%lld min"), minutes);
    else if (minutes == 0)
        snprintf(out, size, _("%lld h"), hours);
    else
        snprintf(out, size, _("%lld h %lld min"), hours, minutes);
}

const char *
words_delay(char out[WORDS_TEXT], const struct vls_span *s)
{
    char from[SPAN_TEXT], to[SPAN_TEXT];

    if (!s->known)
        return words_who(out, "", "");
    if (s->negative) {
        duration(from, sizeof from, -s->max_s);
        snprintf(out, WORDS_TEXT, _("%s before it was received, which cannot be"), from);
        return out;
    }
    duration(to, sizeof to, s->max_s);
    if (s->max_s - s->min_s < MINUTE_S) {
        snprintf(out, WORDS_TEXT, "%s", to);
        return out;
    }
    duration(from, sizeof from, s->min_s);
    snprintf(out, WORDS_TEXT, _("between %s and %s"), from, to);
    return out;
}

const char *
words_days(char out[WORDS_TEXT], int32_t days)
{
    long long n = days < 0 ? -(long long)days : days;

    if (days == 0)
        snprintf(out, WORDS_TEXT, "%s", _("today"));
    else if (days > 0)
        snprintf(out, WORDS_TEXT, P_("in %lld day", "in %lld days", n), n);
    else
        snprintf(out, WORDS_TEXT, P_("%lld day ago", "%lld days ago", n), n);
    return out;
}

const char *
words_who(char out[WORDS_TEXT], const char *delegation, const char *post)
{
    if (delegation == NULL || *delegation == '\0')
        snprintf(out, WORDS_TEXT, "%s", _("unknown"));
    else
        snprintf(out, WORDS_TEXT, "%.70s%s%.70s", delegation, post == NULL || *post == '\0' ? "" : ", ",
                 post == NULL ? "" : post);
    return out;
}

const char *
words_instant(char out[WORDS_TEXT], const struct vls_instant *t)
{
    struct vls_buf text;

    vls_buf_init(&text, WORDS_TEXT - 1);
    vls_instant_print(&text, t);
    snprintf(out, WORDS_TEXT, "%.*s", (int)text.n, (const char *)text.p);
    vls_buf_clear(&text);
    return out;
}

const char *
words_label(const struct label *of, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(of[i].name, name) == 0)
            return _(of[i].words);
    }
    return name;
}

const char *
words_rule(enum vls_rule rule)
{
    switch (rule) {
    case VLS_RULE_DOCUMENT: return _("the value that the better document backs is shown");
    case VLS_RULE_NARROWER: return _("the narrower date is shown");
    case VLS_RULE_ALARMING: return _("the more alarming is shown until somebody decides");
    case VLS_RULE_ALL_SHOWN: return _("all are shown until somebody picks one");
    case VLS_RULE_STRICTER: return _("the stricter is kept");
    case VLS_RULE_EARLIER: return _("the earlier is kept");
    case VLS_RULE_FURTHER: return _("the further stage is kept");
    case VLS_RULE_WITHDRAWN: return _("it stays withdrawn; keep that, or restore the record");
    case VLS_RULE_PARAGRAPH: return _("each paragraph as whoever changed it left it; where several did, one is shown");
    case VLS_RULE_ORDER: break;
    }
    return _("neither knew of the other; one is shown until somebody decides");
}

const char *
words_remark(enum vls_remark remark)
{
    switch (remark) {
    case VLS_REMARK_SAME: return _("the same");
    case VLS_REMARK_DIFFERENT: return _("different");
    case VLS_REMARK_ONE_ONLY: return _("only one says");
    case VLS_REMARK_SAME_PLACE: return _("same place");
    case VLS_REMARK_SAME_COUNTRY: return _("same country");
    case VLS_REMARK_NARROWER_SHOWN: return _("the narrower is shown");
    case VLS_REMARK_ALARMING_SHOWN: return _("the more alarming is shown");
    case VLS_REMARK_BOTH_KEPT: return _("both kept");
    case VLS_REMARK_ALIKE: return _("alike");
    }
    return "";
}

const char *
words_refusal(enum vls_refusal refusal)
{
    switch (refusal) {
    case VLS_MAY_SHARE: break;
    case VLS_REFUSED_RED:
        return _(
            "it is marked RED: officers who are named receive it, and no group, State or all focal points together");
    case VLS_REFUSED_SEALED: return _("it concerns a matter under seal, which only the Court may receive");
    case VLS_REFUSED_COURT_ONLY: return _("it carries the caveat “Court only”");
    case VLS_REFUSED_FOCAL_ONLY: return _("it carries the caveat “focal points only”");
    case VLS_REFUSED_DESTINATION:
        return _("it must not reach the State of destination, which would be among its readers");
    case VLS_REFUSED_CONTESTED: return _("the country is contested; settle it first, or the wrong capital hears of it");
    case VLS_REFUSED_WITHDRAWN: return _("it was withdrawn");
    case VLS_REFUSED_RETURN: return _("it came from the Court itself");
    case VLS_REFUSED_CONSENT_WITHDRAWN: return _("its source has withdrawn its consent to that");
    case VLS_REFUSED_CONSENT_UNREAD: return _("an entry on its source’s consent is in words that are not known here");
    case VLS_REFUSED_NO_CONSENT: return _("its source has consented to other things only");
    }
    return "";
}

const char *
words_warning(enum vls_warning warning)
{
    switch (warning) {
    case VLS_WARN_LATE: return _("late");
    case VLS_WARN_URGENT: return _("urgent");
    case VLS_WARN_NONE: break;
    }
    return "";
}

json_t *
words_delay_json(const struct vls_span *s)
{
    if (!s->known)
        return json_null();
    return json_pack("{s:I, s:I}", "min_s", (json_int_t)s->min_s, "max_s", (json_int_t)s->max_s);
}

const char *
words_delay_plain(char out[WORDS_TEXT], const struct vls_span *s)
{
    if (!s->known)
        out[0] = '\0';
    else if (s->max_s - s->min_s < MINUTE_S)
        snprintf(out, WORDS_TEXT, "%lld", (long long)s->max_s);
    else
        snprintf(out, WORDS_TEXT, "%lld..%lld", (long long)s->min_s, (long long)s->max_s);
    return out;
}

enum vls_code
report_load(struct cli *c, struct vls_report **out, struct vls_error *err)
{
    return vls_report_open(out, cli_store(c), c->now, c->lang, err);
}
