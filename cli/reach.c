/*
 * Why a host was not reached: what ssh, curl and the host say in their own words, and what that means for somebody who
 * wants to exchange. One sentence for each cause, for sync, remote add and join alike.
 */
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "reach.h"

struct cause {
    const char *mark; /* in what was said; the first that fits counts */
    const char *advice;
    bool hides; /* the sentence says it better than the far side's words */
    bool line;  /* or there is no network at all */
};

#define NO_PLACE                                                                                                       \
    N_("The host was reached, but there is no such place. Ask whoever runs it to make one (README, Ways of "           \
       "exchange).")
#define NO_NAME   N_("No host of that name was found. Check how it is spelled, and whether there is a line.")
#define NO_ANSWER N_("Nothing answers there. Check the address and its port, or ask whoever runs the host.")
#define NO_WAY    N_("There is no way to the host now. Check the line, and try again.")
#define NO_TOOL   N_("The host lacks the program that keeps the place. Whoever runs it finds in README what it needs.")
#define NO_NAMES  N_("No server for names answers, so there is most likely no line now. Check it, and try again.")
#define OFFLINE   N_("This laptop is on no network now. Once it is, run this again.")
#define PROXY                                                                                                          \
    N_("The way out of this network is a proxy, which the variable https_proxy of your session names. Check it, or "   \
       "ask whoever runs the network.")
#define PROXY_NAME                                                                                                     \
    N_("Name and password for the proxy belong into the variable https_proxy of your session "                         \
       "(http://NAME:PASSWORD@PROXY:PORT); ask whoever runs the network.")
#define MIDWAY                                                                                                         \
    N_("The way to the host leads through another one (ProxyJump or ProxyCommand in your ssh configuration). Check "   \
       "the line, or ask whoever runs that one.")
#define NETRC                                                                                                          \
    N_("Name and password for the host belong into ~/.netrc, as a line:  machine HOST login NAME password PASSWORD")

static const struct cause causes[] = {
    {"the proxy wants", PROXY_NAME, false, false},
    {"the proxy does not answer: curl: (7) Failed to connect to 127.", PROXY, false, false}, /* needs no network */
    {"the proxy ", PROXY, false, true},
    {"on the way there: ", MIDWAY, false, true},
    {"Permission denied (",
     N_("The host knows no key of this laptop. Whoever runs it must be given the public one (ssh-keygen makes a "
        "pair)."),
     false, false},
    {"Host key verification failed",
     N_("The host is not known to this laptop yet. Compare its fingerprint once, by running ssh to it on a "
        "terminal."),
     false, false},
    {"does not appear to be", NO_PLACE, true, false},
    {"not a git repository", NO_PLACE, true, false},
    {"No such file or directory", NO_PLACE, true, false},
    {" 404", NO_PLACE, true, false},
    {"command not found", NO_TOOL, true, false},
    {": not found", NO_TOOL, true, false},
    {"Temporary failure in name resolution", NO_NAMES, false, true},
    {"Could not resolve", NO_NAME, false, true},
    {"refused", NO_ANSWER, false, false},
    {"Failed to connect to 127.", NO_ANSWER, false, false},
    {"Failed to connect", NO_ANSWER, false, true},
    {"timed out", NO_WAY, false, true},
    {"No route to host", NO_WAY, false, true},
    {"unreachable", NO_WAY, false, true},
    {"(401)", NETRC, false, false},
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

/* No network but the laptop's own: curl does not say, and ssh says it differently each time. */
static bool
is_offline(void)
{
    const unsigned works = IFF_UP | IFF_RUNNING;
    struct ifaddrs *all, *i;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (i = all; i != NULL; i = i->ifa_next)
        found = found ||
                (i->ifa_addr != NULL && (i->ifa_addr->sa_family == AF_INET || i->ifa_addr->sa_family == AF_INET6) &&
                 (i->ifa_flags & works) == works && (i->ifa_flags & IFF_LOOPBACK) == 0);
    freeifaddrs(all);
    return !found;
}

bool (*reach_offline)(void) = is_offline;

const char *
reach_advice(const char *why)
{
    const struct cause *cause = cause_of(why);

    if (cause != NULL && cause->line && reach_offline())
        return _(OFFLINE);
    return cause != NULL ? _(cause->advice) : _("Check the address and the line, or ask whoever runs the host.");
}

enum vls_code
reach_failed(struct cli *c, const char *place, enum vls_code rc, struct vls_error *err)
{
    const struct cause *cause = cause_of(err->text);
    const char *advice = reach_advice(err->text);

    if (rc != VLS_EUNREACHABLE || !reach_is_line(place))
        return rc;
    if (cause != NULL ? cause->hides : strstr(err->text, "fatal:") != NULL || strstr(err->text, "git-") != NULL) {
        if (c->verbose)
            note(c, "  %s", err->text);
        (void)cli_fail(c, err, rc, _("not there: %s"), place);
    }
    cli_advise(c, "%s", advice);
    return rc;
}
