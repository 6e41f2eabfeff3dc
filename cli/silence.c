/*
 * Silence: a host that shows the same view for ever cannot be told from colleagues who have nothing to say, but by
 * asking one of them. After a week that is worth a phone call, and a sentence; before it is worth nothing.
 */
#include "silence.h"

enum vls_code
silence_load(struct silence *s, struct cli *c, struct vls_error *err)
{
    enum vls_code rc;

    *s = (struct silence){.is = false};
    if ((rc = vls_engine_last_news(cli_opened(c), &s->since, err)) != VLS_OK || s->since == 0)
        return rc;
    s->seconds = c->now > s->since ? c->now - s->since : 0;
    s->is = s->seconds >= SILENCE_S;
    return VLS_OK;
}

bool
silence_of_remote(const struct silence *s, const struct vls_remote_info *r)
{
    return s->since != 0 && r->last_news_unix != 0 && r->last_contact_unix - r->last_news_unix >= SILENCE_S;
}

void
silence_say(struct cli *c, const struct silence *s)
{
    char long_is[SPAN_TEXT];

    if (s->is)
        out_line(
            c,
            _("Nothing new from anybody for %s. If a colleague has synced since then, it is kept from you: compare "
              "by phone:  valise status --state"),
            span(long_is, s->seconds));
}

void
silence_plain(struct cli *c, const struct silence *s)
{
    char at[STAMP_TEXT], days[24];

    if (!s->is)
        return;
    snprintf(days, sizeof(days), "%lld", (long long)(s->seconds / 86400));
    out_row(c, "silence", stamp_plain(at, s->since), days, NULL);
}

json_t *
silence_json(const struct silence *s)
{
    return s->is ? json_pack("{s:o, s:I}", "since", json_instant(s->since), "days", (json_int_t)(s->seconds / 86400))
                 : json_null();
}
