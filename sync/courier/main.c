/*
 * valise-courier: started by valise with an empty environment, serves one remote over descriptors 0 and
 * 1 and ends when they close. It exists so that a hole in git code meets no key and no plaintext.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/courier/courier.h"

/* How remotes of one form are reached. */
struct carrier {
    const char *prefix;
    enum vls_code (*open)(struct hub *hub, const char *address, unsigned flags, struct vls__msg *hello,
                          struct vls_error *err);
    enum vls_code (*pull)(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply,
                          struct vls_error *err);
    enum vls_code (*push)(struct hub *hub, const struct vls__msg *push, struct vls__msg *reply, struct vls_error *err);
    enum vls_code (*move)(struct hub *hub, const struct vls__tip *from, const struct vls__tip *to,
                          struct vls__msg *reply, struct vls_error *err);
    enum vls_code (*tidy)(struct hub *hub, unsigned flags, struct vls__msg *reply, struct vls_error *err);
};

static const struct carrier carriers[] = {
    {"file:", hub_open, hub_pull, hub_push, hub_move, hub_tidy},
    {"line:", net_open_line, net_pull, net_push, net_move, net_tidy},
    {"request:", net_open_requests, net_pull, net_push, net_move, net_tidy},
};

static const struct carrier *
carrier_find(const char *url)
{
    for (size_t i = 0; i < sizeof carriers / sizeof carriers[0]; i++)
        if (strncmp(url, carriers[i].prefix, strlen(carriers[i].prefix)) == 0)
            return &carriers[i];
    return NULL;
}

static enum vls_code
serve_open(struct hub *hub, const struct carrier **by, const struct vls__msg *msg, struct vls__msg *reply,
           struct vls_error *err)
{
    char url[VLS__URL_MAX + 1];
    const struct carrier *carrier;
    enum vls_code rc;

    if (msg->u.open.version != VLS__PIPE_VERSION)
        return VLS_FAIL(err, VLS_EIO, "the courier belongs to another version of valise");
    memcpy(url, msg->u.open.url.p, msg->u.open.url.n);
    url[msg->u.open.url.n] = '\0';
    if ((carrier = carrier_find(url)) == NULL)
        return VLS_FAIL(err, VLS_EUSAGE, "a remote of a form that is not known here");
    rc = carrier->open(hub, url + strlen(carrier->prefix), msg->u.open.flags, reply, err);
    if (rc != VLS_OK)
        return rc;
    *by = carrier;
    reply->type = VLS__F_HELLO;
    reply->u.hello.version = VLS__PIPE_VERSION;
    return VLS_OK;
}

static bool
answer(enum vls_code rc, const struct vls__msg *reply, const struct vls_error *err)
{
    return rc == VLS_OK ? pipe_send(reply) : pipe_send_error(err);
}

/* Serves until the parent closes; the exit status is for a person with a debugger. */
static int
serve(struct hub *hub)
{
    struct vls_error err = {0};
    struct vls__msg msg, reply = {0};
    const struct carrier *by = NULL;
    enum pipe_state state;
    enum vls_code rc;

    if (pipe_next(&msg) != PIPE_OK || msg.type != VLS__F_OPEN)
        return 2;
    rc = serve_open(hub, &by, &msg, &reply, &err);
    if (!answer(rc, &reply, &err) || rc != VLS_OK)
        return 1;
    while ((state = pipe_next(&msg)) == PIPE_OK) {
        memset(&reply, 0, sizeof reply);
        hub->fresh_looks = FRESH_LOOKS;
        if (msg.type == VLS__F_PULL) {
            const struct vls__tip known = msg.u.pull.known;

            rc = by->pull(hub, (msg.u.pull.flags & VLS__PULL_REWRITTEN) != 0, &known, &reply, &err);
        } else if (msg.type == VLS__F_PUSH) {
            const struct vls__msg push = msg;

            rc = by->push(hub, &push, &reply, &err);
        } else if (msg.type == VLS__F_MOVE) {
            const struct vls__tip from = msg.u.move.from, to = msg.u.move.to;

            rc = by->move(hub, &from, &to, &reply, &err);
        } else if (msg.type == VLS__F_TIDY) {
            rc = by->tidy(hub, msg.u.tidy.flags, &reply, &err);
        } else {
            return 2;
        }
        if (!answer(rc, &reply, &err))
            return 1;
    }
    return state == PIPE_END ? 0 : 2;
}

int
main(void)
{
    struct hub hub = {.fd = -1};
    int status;

    if (!confine_process() || !objects_init())
        return 3;
    lock_begin();
    status = serve(&hub);
    net_close(&hub);
    hub_close(&hub);
    objects_exit();
    return status;
}
