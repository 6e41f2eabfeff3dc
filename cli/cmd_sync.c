/*
 * sync: the exchange with each remote, or the reading of a file, and how the run ends when a remote was not what it
 * should be.
 */
#include <string.h>

#include "carry.h"
#include "incident.h"
#include "outcome.h"

/* ---- what happens meanwhile ---- */

static enum vls_code
remote_remember(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct exchange *x = ctx;
    struct remote_known *known = realloc(x->known, (x->n_known + 1) * sizeof(*known));

    if (known == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "remotes");
    x->known = known;
    known[x->n_known] = (struct remote_known){strdup(r->name), strdup(r->url), r->n_waiting};
    x->n_known++;
    return VLS_OK;
}

static bool
on_progress(void *ctx, const char *remote, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct exchange *x = ctx;

    progress_step(x->c, &x->progress, remote, done, total, bytes);
    return !cli_interrupted();
}

static void
outcome_add(void *ctx, const char *remote, const struct vls_sync_result *r)
{
    struct exchange *x = ctx;
    struct outcome *done = realloc(x->done, (x->n_done + 1) * sizeof(*done));

    if (done == NULL)
        return;
    x->done = done;
    done[x->n_done].remote = strdup(remote);
    done[x->n_done].r = *r;
    x->n_done++;
}

static void
known_clear(struct exchange *x)
{
    size_t i;

    for (i = 0; i < x->n_known; i++) {
        free(x->known[i].name);
        free(x->known[i].url);
    }
    free(x->known);
    x->known = NULL;
    x->n_known = 0;
}

static enum vls_code
known_load(struct exchange *x, struct vls_error *err)
{
    known_clear(x);
    return vls_engine_remote_list(cli_opened(x->c), remote_remember, x, err);
}

static void
exchange_clear(struct exchange *x)
{
    size_t i;

    known_clear(x);
    for (i = 0; i < x->n_done; i++)
        free(x->done[i].remote);
    free(x->done);
}

/* ---- the command ---- */

/* How much still waits, and what to do about the remote. */
static void
advise_waiting(struct exchange *x, const struct outcome *o, const char *next)
{
    const struct remote_known *known = known_of(x, o->remote);
    uint64_t n = known != NULL ? known->n_waiting : 0;
    char waiting[160];

    snprintf(waiting, sizeof(waiting),
             o->r.sent == 0 ? P_("Nothing was sent; %llu change waits.", "Nothing was sent; %llu changes wait.", n)
                            : P_("%llu change still waits.", "%llu changes still wait.", n),
             (unsigned long long)n);
    cli_advise(x->c, "%s %s", waiting, next);
}

static void
advise_remote(struct exchange *x, const struct outcome *o)
{
    const struct remote_known *known = known_of(x, o->remote);

    switch (o->r.code) {
    case VLS_ETRUST:
        cli_advise(x->c,
                   _("Nothing was read or written. If the place was replaced or restored on purpose:  valise remote "
                     "remove %s  and then  valise remote add %s PLACE"),
                   o->remote, o->remote);
        break;
    case VLS_EREADONLY:
        advise_waiting(x, o, _("Make the place writable, or use another one, and run:  valise sync"));
        break;
    case VLS_EFULL: advise_waiting(x, o, _("Make room there and run:  valise sync")); break;
    case VLS_EFORMAT:
        advise_waiting(x, o, _("If the place stays damaged, make another:  valise remote add NAME PLACE --create"));
        break;
    case VLS_EIO:
        if (known != NULL && known->url[0] == '/')
            advise_waiting(x, o, _("If it is a stick, plug it in again or have it repaired, and run:  valise sync"));
        break;
    default: break;
    }
}

/* An exchange that ended well but brought what nobody may have written is a failure of trust. */
static enum vls_code
refused(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    const struct outcome *first = NULL;
    size_t i;

    for (i = 0; i < x->n_done; i++) {
        const struct outcome *o = &x->done[i];
        bool ends = o->r.refused > 0 && first == NULL && (rc == VLS_OK || rc == VLS_EPARTIAL);

        trouble_line(x, o, !ends);
        if (o->r.refused > 0 && !ends && x->c->quiet && !x->c->json)
            complain(x->c, REFUSED(o->r.refused), o->remote, (unsigned long long)o->r.refused);
        if (ends)
            first = o;
    }
    if (first == NULL)
        return rc;
    cli_advise(x->c, "%s", _("See:  valise check"));
    return cli_fail(x->c, err, VLS_ETRUST, REFUSED(first->r.refused), first->remote,
                    (unsigned long long)first->r.refused);
}

/* How many of several. */
static enum vls_code
partly(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    size_t i, n = 0;

    if (!x->c->quiet) { /* each has had its line */
        x->c->said = true;
        return rc;
    }
    for (i = 0; i < x->n_done; i++)
        n += x->done[i].r.code != VLS_OK;
    return x->n_done > 1 ? cli_fail(x->c, err, rc,
                                    P_("%zu of %zu remotes was not synced", "%zu of %zu remotes were not synced", n), n,
                                    x->n_done)
                         : rc;
}

static enum vls_code
advise(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    const struct outcome *ending = ending_of(x, rc);
    struct cli *c = x->c;
    enum vls_code judged = refused(x, rc, err);

    if (c->quiet && !c->json && x->n_done > 1)
        failures_say(x, judged == rc ? ending : NULL);
    if (judged != rc)
        return judged;
    if (rc == VLS_EBUSY && ending != NULL) /* not our own store: that is open */
        return cli_fail(c, err, VLS_EUNREACHABLE,
                        _("%s: an interrupted transfer left its mark there, which counts for 5 minutes; sync again "
                          "after that"),
                        ending->remote);
    if (ending != NULL) {
        vls_while(err, "%s", ending->remote);
        advise_remote(x, ending);
    } else if (rc == VLS_EPARTIAL || rc == VLS_EUNREACHABLE) {
        return partly(x, rc, err);
    } else if (rc == VLS_ENOTADMITTED) {
        cli_advise(c, "%s", _("Read your safety number to a member:  valise key safety-number"));
        return cli_fail(c, err, rc, _("your request waits on the remote; nobody has admitted you yet"));
    }
    return rc;
}

static enum vls_code
with_remotes(struct exchange *x, const struct vls_sync_opts *o, struct vls_error *err)
{
    struct vls_error ignored = {.code = VLS_OK};
    enum vls_code rc = known_load(x, err);

    if (rc == VLS_OK && x->n_known == 0) {
        cli_advise(x->c, "%s", "valise remote add stick /media/usb/valise.git --create");
        return cli_fail(x->c, err, VLS_ENOTFOUND, _("there is no remote yet"));
    }
    if (rc != VLS_OK)
        return rc;
    rc = vls_engine_sync(cli_opened(x->c), o, outcome_add, x, err);
    progress_clear(&x->progress);
    if (x->n_done == 0)
        return rc;
    if (known_load(x, &ignored) != VLS_OK) /* what waits now */
        note(x->c, "%s", ignored.text);
    outcomes_report(x, rc);
    return advise(x, rc, err);
}

static enum vls_code
from_file(struct exchange *x, const struct vls_sync_opts *o, struct vls_error *err)
{
    struct vls_sync_result result;
    enum vls_code rc = vls_engine_bag_read(cli_opened(x->c), x->file, o, &result, err);

    progress_clear(&x->progress);
    if (rc != VLS_OK)
        return carry_failed(x->c, x->file, rc, err);
    outcome_add(x, carry_name(x->file), &result);
    outcomes_report(x, rc);
    rc = advise(x, rc, err);
    return rc != VLS_OK ? rc : carry_lacking(x->c, &result, err);
}

enum vls_code
cmd_sync(struct cli *c, struct vls_error *err)
{
    struct exchange x = {.c = c, .file = args_value(&c->args, "from-file")};
    struct vls_sync_opts o = {.remote = c->args.n > 0 ? c->args.pos[0] : NULL,
                              .dry_run = c->dry_run,
                              .now_unix = c->now,
                              .progress = on_progress,
                              .ctx = &x};
    const char *to = args_value(&c->args, "to-file");
    enum vls_code rc;

    if ((to != NULL) + (x.file != NULL) + (o.remote != NULL) > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("a remote, --to-file and --from-file exclude one another"));
    if (to == NULL && args_flag(&c->args, "all"))
        return cli_fail(c, err, VLS_EUSAGE, _("--all goes with --to-file"));
    if ((to != NULL && strcmp(to, "-") == 0) || (x.file != NULL && strcmp(x.file, "-") == 0))
        return cli_fail(c, err, VLS_EUSAGE,
                        _("a file of changes has a name, and is not written to or read from a pipe; for a file named "
                          "“-” write ./-"));
    c->exchanging = true;
    if ((rc = vls_engine_incidents(cli_opened(c), INT64_MAX, &x.known_before, NULL, NULL, err)) != VLS_OK)
        return rc;
    rc = to != NULL ? carry_write(c, to, err) : x.file != NULL ? from_file(&x, &o, err) : with_remotes(&x, &o, err);
    exchange_clear(&x);
    return rc;
}
