#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli.h"

/**
 * Runs one command line, with the program's name in front, and says what has to be said. Yields its exit status.
 *
 * session  of the shell whose line it is, NULL outside one.
 */
int cli_run(struct session *session, int argc, char **argv);

#endif
