#ifndef SYNC_COURIER_NET_H
#define SYNC_COURIER_NET_H

#include "sync/courier/courier.h"

struct git_transport;
struct git_remote;

/* line.c: a git_transport_cb over lines that the parent opens. */
int line_transport(struct git_transport **out, struct git_remote *owner, void *param);
/* The same with a line for each request. */
int request_transport(struct git_transport **out, struct git_remote *owner, void *param);
/* Whether the conversation that was begun last ended because the host's list of what it has was too long. */
bool line_is_flooded(void);

#endif
