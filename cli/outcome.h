#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "cli.h"
#include "progress.h"

/* One exchange with the remotes, and what came of it: said in lines, rows or a document. */

struct remote_known {
    char *name, *url;
    uint64_t n_waiting;
};
struct outcome {
    char *remote;
    struct vls_sync_result r;
};

struct exchange {
    struct cli *c;
    struct remote_known *known;
    size_t n_known;
    struct outcome *done;
    size_t n_done;
    int64_t known_before; /* of colleagues' stores (incident.h) */
    struct progress progress;
    const char *file; /* a file of changes is read, and no remote */
};

/** The remote of that name; NULL: none. */
const struct remote_known *known_of(const struct exchange *x, const char *name);
/** What was not taken over, on stderr: it is not what people did, and must not drown in it. refused: pieces that are
 * not authentic or not allowed among it. */
void trouble_line(struct exchange *x, const struct outcome *o, bool refused);
/** The failure that ends the run is said on stderr; its remote, or NULL. */
const struct outcome *ending_of(const struct exchange *x, enum vls_code rc);
/** Those that failed but one, a line each, on stderr: for those who are told nothing else. */
void failures_say(struct exchange *x, const struct outcome *but);
/** Says what came of all, with what waits for a person then. exchanged: how the exchange ended. */
void outcomes_report(struct exchange *x, enum vls_code exchanged);

#define REFUSED(n)                                                                                                     \
    P_("%s  %llu piece refused: not authentic or not allowed; nothing of it was taken over",                           \
       "%s  %llu pieces refused: not authentic or not allowed; nothing of them was taken over", n)

#endif
