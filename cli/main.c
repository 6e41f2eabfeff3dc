/* The program: one command line. What becomes of it stands in run.c. */
#include "interrupt.h"
#include "run.h"

int
main(int argc, char **argv)
{
    interrupt_start();
    return cli_run(NULL, argc, argv);
}
