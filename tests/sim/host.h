#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

/* The inside of the host: pieces, views, hubs. Include after sim.h; for host.c, shown.c, lies.c and short.c. */

#define OTHERS 6

struct piece {
    uint8_t *p;
    size_t n;
    char name[VLS_REMOTE_NAME_LEN + 1];
    bool ours;     /* left by one of our laptops */
    bool borrowed; /* bytes belong to another host's copy of it */
};

struct entry {
    size_t piece;
    bool damaged;
    char tip[VLS_REMOTE_TIP_LEN + 1];
};

struct view {
    struct entry *v;
    size_t n, cap;
    bool alone;    /* what others push is kept from it */
    bool put_back; /* it was, with what lay there before a short history */
};

struct hub {
    struct view view[4 * SIM_DEVICES];
    int n_views, of[SIM_DEVICES];
    size_t served[SIM_DEVICES]; /* how far each was shown its view */
    size_t *left;               /* pieces in the order in which they were left here */
    size_t n_left, cap_left;
    struct view before; /* what its branch was when a short history took its place, last time */
    bool lied, spoilt;  /* spoilt: a line fault or a lie ever */
};

struct host {
    struct piece *piece;
    size_t n_pieces, cap_pieces;
    struct hub hub[SIM_HUBS];
    size_t other[OTHERS]; /* pieces of another group: door first */
    uint64_t calls;
    enum line line;
    size_t after;
    int race;
    struct vls_buf *record;
    enum shown shown;
    bool weighs; /* who asks for everything holds it against what was there */
    bool drops;  /* a fault of ours: a short history loses a piece */
};

struct vls_remote {
    int dev, hub;
    struct vls_remote_counts counts;
    struct view aside; /* what was put beside the branch */
};

/* The run that goes on: the calls of the carrier have no context of ours. */
extern struct sim *host_sim;
size_t host_piece(struct host *h, const uint8_t *p, size_t n, bool ours);
void host_view_add(const struct host *h, struct view *v, size_t piece, bool damaged);
struct view *host_view_new(struct hub *hub, int *no);
struct view *host_view_clone(struct host *h, struct hub *hub, int from, size_t n, int *no);
struct view *host_view_of(struct host *h, int hub, int dev);
/* What a laptop would find there (shown.c). */
enum shown host_holds(struct sim *s, const struct view *v, int dev, int hub);
/* Lets another laptop in between, if one waits for that. */
void host_let_in(struct host *h);

/* short.c: the two calls by which histories are replaced. */
enum vls_code short_push_aside(struct vls_remote *r, const struct vls_slice *blobs, size_t n, const char *on_tip,
                               char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err);
enum vls_code short_move(struct vls_remote *r, const char *from_tip, const char *to_tip, struct vls_error *err);
/* The lies that become possible by that; v is to become what the laptop sees. */
void short_lie(struct sim *s, struct hub *hub, struct view *v, int from, enum lie lie);

#endif
