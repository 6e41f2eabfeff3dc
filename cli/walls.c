/*
 * The walls around the courier in words. A machine that has them all is worth half a line; one that lacks some, what
 * a hole in the code that reads foreign bytes could then do, and what it could not.
 */
#include "walls.h"

void
walls_load(struct walls *w, struct cli *c)
{
    *w = (struct walls){.known = false};
    w->known = vls_courier_walls(&w->stand, c->place_text[2], &w->why) == VLS_OK;
}

const char *
walls_text(const struct walls *w, char *out, size_t size)
{
    if (!w->known) {
        snprintf(out, size, _("CANNOT RUN: %s"), w->why.text);
        return out;
    }
    if (w->stand.landlock > 0)
        return w->stand.calls ? _("confined to the place that it serves")
                              : _("confined to the place that it serves, but NOT KEPT FROM CONNECTIONS");
    return w->stand.calls ? _("NOT KEPT FROM YOUR OTHER FILES") : _("NOT CONFINED");
}

void
walls_say(struct cli *c, const struct walls *w)
{
    if (!w->known || (w->stand.landlock > 0 && w->stand.calls))
        return;
    out_line(
        c, "%s",
        _("The courier is the program that reads what others put on a stick or a host. It holds no key and no record, "
          "and what it carries is sealed: that stays so here."));
    if (w->stand.landlock > 0)
        out_line(c, "%s", _("Bytes that were made to take it over could open connections from here."));
    else if (w->stand.calls)
        out_line(c, "%s",
                 _("Bytes that were made to take it over could read and change other files of yours on this laptop."));
    else
        out_line(c, "%s", _("Bytes that were made to take it over could do on this laptop what you can do."));
    out_line(
        c, "%s",
        w->stand.landlock > 0
            ? _("A kernel with seccomp prevents that, as Debian's does on a usual processor; ask whoever looks after "
                "this laptop.")
            : _("A kernel with Landlock and seccomp prevents that, as Debian's does; ask whoever looks after this "
                "laptop."));
}

void
walls_row(struct cli *c, const struct walls *w)
{
    const char *word = w->stand.calls ? "confined" : "no-call-filter";

    if (!w->known)
        word = "cannot-run";
    else if (w->stand.landlock == 0)
        word = w->stand.calls ? "no-landlock" : "not-confined";
    out_row(c, "courier", word, NULL);
}

json_t *
walls_json(const struct walls *w)
{
    if (!w->known)
        return json_null();
    return json_pack("{s:i, s:b}", "landlock", (int)w->stand.landlock, "call_filter", w->stand.calls);
}
