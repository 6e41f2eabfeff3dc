/*
 * Interrupts: the first one is noticed at the next step, a second one ends the process, which the
 * store survives (I5).
 */
#include <signal.h>

#include "interrupt.h"

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int sig)
{
    (void)sig;
    interrupted = 1;
}

bool
cli_interrupted(void)
{
    return interrupted != 0;
}

/* A courier or a pager that dies must not take us with it, so writes to it fail instead. */
void
interrupt_start(void)
{
    struct sigaction on = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    interrupted = 0;
    sigemptyset(&on.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGINT, &on, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}
