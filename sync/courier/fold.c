#include "sync/courier/pack.h"

void
hub_fold(struct hub *hub)
{
    (void)hub;
}
