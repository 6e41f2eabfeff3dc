/*
 * Why a host was not reached: what ssh, curl and the host say in their own words, and what that means for somebody who
 * wants to exchange. One sentence for each cause, for sync, remote add and join alike.
 */
#include <string.h>

#include "reach.h"

struct cause {
    const char *mark; /* in what was said; the first that fits counts */
    const char *advice;
    bool hides; /* the sentence says it better than the far side's words */
};

#define NO_PLACE                                                                                                       \
    N_("The host was reached, but there is no such place. Ask whoever runs it to make one (README, Ways of "           \
       "exchange).")
#define NO_NAME   N_("No host of that name was found. Check how it is spelled, and whether there is a line.")
#define NO_ANSWER N_("Nothing answers there. Check the address and its port, or ask whoever runs the host.")
#define NO_WAY    N_("There is no way to the host now. Check the line, and try again.")
#define NO_TOOL   N_("The host lacks the program that keeps the place. Whoever runs it finds in README what it needs.")
#define NETRC                                                                                                          \
    N_("Name and password for the host belong into ~/.netrc, as a line:  machine HOST login NAME password PASSWORD")

static const struct cause causes[] = {
    {"Permission denied (",
     N_("The host knows no key of this laptop. Whoever runs it must be given the public one (ssh-keygen makes a "
        "pair)."),
     false},
    {"Host key verification failed",
     N_("The host is not known to this laptop yet. Compare its fingerprint once, by running ssh to it on a "
        "terminal."),
     false},
    {"does not appear to be", NO_PLACE, true},
    {"not a git repository", NO_PLACE, true},
    {"No such file or directory", NO_PLACE, true},
    {" 404", NO_PLACE, true},
    {"command not found", NO_TOOL, true},
    {": not found", NO_TOOL, true},
    {"Could not resolve", NO_NAME, false},
    {"refused", NO_ANSWER, false},
    {"Failed to connect", NO_ANSWER, false},
    {"timed out", NO_WAY, false},
    {"No route to host", NO_WAY, false},
    {"unreachable", NO_WAY, false},
    {"(401)", NETRC, false},
    {"(407)", NETRC, false},
};

static const struct cause *
cause_of(const char *why)
{
    size_t i;

    for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        if (strstr(why, causes[i].mark) != NULL)
            return &causes[i];
    return NULL;
}

bool
reach_is_line(const char *place)
{
    return strstr(place, "://") != NULL ? strncmp(place, "file://", 7) != 0 : place[strcspn(place, ":/")] == ':';
}

bool
reach_no_place(const char *why)
{
    const struct cause *cause = cause_of(why);

    return cause != NULL && strcmp(cause->advice, NO_PLACE) == 0;
}

const char *
reach_advice(const char *why)
{
    const struct cause *cause = cause_of(why);

    return cause != NULL ? _(cause->advice) : _("Check the address and the line, or ask whoever runs the host.");
}

enum vls_code
reach_failed(struct cli *c, const char *place, enum vls_code rc, struct vls_error *err)
{
    const struct cause *cause = cause_of(err->text);

    if (rc != VLS_EUNREACHABLE || !reach_is_line(place))
        return rc;
    if (cause != NULL ? cause->hides : strstr(err->text, "fatal:") != NULL || strstr(err->text, "git-") != NULL) {
        if (c->verbose)
            note(c, "  %s", err->text);
        (void)cli_fail(c, err, rc, _("not there: %s"), place);
    }
    cli_advise(c, "%s", reach_advice(cause != NULL ? cause->mark : ""));
    return rc;
}
