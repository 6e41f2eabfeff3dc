/*
 * Rules that hold between records: what a careful reader of the draft would ask. Each finding names the record and the
 * paragraph; nothing is corrected.
 */
#include "annual_int.h"

void
vls__an_checks(struct vls_annual *a)
{
    (void)a;
}
