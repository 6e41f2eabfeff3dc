#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "cli.h"

/** From here on an interrupt is noticed by cli_interrupted instead of ending the process; an earlier one is forgotten. */
void interrupt_start(void);

#endif
