#ifndef CLI_INCIDENT_H
#define CLI_INCIDENT_H

#include "cli.h"

/* What became known of colleagues' stores: that one goes on as a new copy, or signed two versions. */
struct incident {
    enum vls_incident_kind kind;
    char delegation[64], post[64];
    bool me, elsewhere;
    int64_t unix_s;
};

struct incidents {
    struct cli *c;
    struct incident *v;
    size_t n;
    int64_t newest; /* what to give as since the next time */
};

/** Those after since, at most one of a kind for a post: the newest. Cleared by incidents_clear in any case. */
enum vls_code incidents_load(struct incidents *all, struct cli *c, int64_t since, struct vls_error *err) VLS_MUST_USE;
void incidents_clear(struct incidents *all);
/** True when somebody signed two versions. */
bool incidents_alarm(const struct incidents *all);
/** A sentence for each. */
void incidents_say(const struct incidents *all);
/** Rows that begin with new-copy or two-versions. */
void incidents_rows(const struct incidents *all);
json_t *incidents_json(const struct incidents *all);

#endif
