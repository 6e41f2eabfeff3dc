/*
 * Files of changes: writing one, and what there is to say about one that was read. What is lacking is named with
 * whose it is, because a file has nobody to ask again but a person.
 */
#include <string.h>

#include "carry.h"

/* ---- writing ---- */

static void
written_text(struct cli *c, struct vls_bag_written *w)
{
    unsigned long long changes = w->n_changes, kib = (w->bytes + 1023) / 1024;
    char letters[96] = "";

    if (w->n_letters > 0)
        snprintf(letters, sizeof(letters),
                 P_(", %llu letter of admission", ", %llu letters of admission", w->n_letters),
                 (unsigned long long)w->n_letters);
    if (c->dry_run) {
        out_line(c, P_("would write %llu change%s, %llu KiB", "would write %llu changes%s, %llu KiB", w->n_changes),
                 changes, letters, kib);
        return;
    }
    out_line(c, P_("%s  %llu change%s, %llu KiB", "%s  %llu changes%s, %llu KiB", w->n_changes), vls_buf_str(&w->path),
             changes, letters, kib);
    note(c, "%s", _("Sealed; send it by any way. Whoever gets it runs:  valise sync --from-file FILE"));
}

static void
written_json(struct cli *c, const struct vls_bag_written *w)
{
    json_t *doc = json_doc("bag");

    json_object_set_new(doc, "dry_run", json_boolean(c->dry_run));
    json_object_set_new(doc, "path", c->dry_run ? json_null() : json_text(vls_buf_slice(&w->path)));
    json_object_set_new(doc, "changes", json_integer((json_int_t)w->n_changes));
    json_object_set_new(doc, "letters", json_integer((json_int_t)w->n_letters));
    json_object_set_new(doc, "bytes", json_integer((json_int_t)w->bytes));
    out_json(c, doc);
}

/* path, changes, letters, bytes */
static void
written_plain(struct cli *c, struct vls_bag_written *w)
{
    const uint64_t of[3] = {w->n_changes, w->n_letters, w->bytes};
    char number[3][24];
    size_t i;

    for (i = 0; i < 3; i++)
        snprintf(number[i], sizeof(number[i]), "%llu", (unsigned long long)of[i]);
    out_row(c, c->dry_run ? "" : vls_buf_str(&w->path), number[0], number[1], number[2], NULL);
}

static enum vls_code
write_failed(struct cli *c, const char *path, enum vls_code rc, struct vls_error *err)
{
    switch (rc) {
    case VLS_EEXIST:
        cli_advise(c, "%s", _("Nothing is replaced. Give another name, or a folder:  valise sync --to-file FOLDER"));
        return cli_fail(c, err, rc, _("there is a file %s already"), path);
    case VLS_EUNREACHABLE: return cli_fail(c, err, rc, _("there is no folder for %s"), path);
    case VLS_EREADONLY: return cli_fail(c, err, rc, _("%s cannot be written there"), path);
    case VLS_EFULL:
        cli_advise(c, "%s", _("No file was left there. Make room and try again."));
        return cli_fail(c, err, rc, _("no space left for %s"), path);
    default: return rc;
    }
}

enum vls_code
carry_write(struct cli *c, const char *path, struct vls_error *err)
{
    struct vls_bag_written w;
    enum vls_code rc =
        vls_engine_bag_write(cli_opened(c), c->dry_run ? NULL : path, args_flag(&c->args, "all"), c->now, &w, err);

    if (rc != VLS_OK)
        return write_failed(c, path, rc, err);
    if (c->json)
        written_json(c, &w);
    else if (c->plain)
        written_plain(c, &w);
    else if (!c->quiet)
        written_text(c, &w);
    else if (!c->dry_run)
        out_line(c, "%s", vls_buf_str(&w.path));
    vls_bag_written_clear(&w);
    return VLS_OK;
}

/* ---- a file that was read ---- */

const char *
carry_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

enum vls_code
carry_failed(struct cli *c, const char *path, enum vls_code rc, struct vls_error *err)
{
    switch (rc) {
    case VLS_EUNREACHABLE: return cli_fail(c, err, rc, _("not there: %s"), path);
    case VLS_EFORMAT:
        cli_advise(c, "%s",
                   _("Nothing was taken in. Ask for the file once more, sent as an attachment or on a stick."));
        return cli_fail(c, err, rc, _("%s is no file of changes, or its beginning is damaged"), carry_name(path));
    case VLS_ETRUST:
        cli_advise(c, "%s", _("Nothing was taken in."));
        return cli_fail(c, err, rc, _("%s is of a different valise"), carry_name(path));
    default: return rc;
    }
}

void
carry_trouble(struct cli *c, const char *name, const struct vls_sync_result *r)
{
    if (r->cut)
        note(c, _("%s  is cut short; what arrived whole was taken over"), name);
    if (r->damaged > 0)
        note(c,
             P_("%s  %llu piece is damaged; the others were taken over",
                "%s  %llu pieces are damaged; the others were taken over", r->damaged),
             name, (unsigned long long)r->damaged);
}

static void
gap_who(char out[160], const struct vls_gap *gap)
{
    if (gap->delegation[0] == '\0')
        snprintf(out, 160, "%s", _("somebody not known here yet"));
    else
        snprintf(out, 160, "%s, %s", gap->delegation, gap->post);
}

static enum vls_code
gap_say(void *ctx, const struct vls_gap *gap, struct vls_error *err)
{
    struct cli *c = ctx;
    unsigned long long n = gap->last - gap->first + 1;
    char who[160];

    (void)err;
    gap_who(who, gap);
    note(c, P_("missing  %llu piece of %s (number %llu)", "missing  %llu pieces of %s (from number %llu)", n), n, who,
         (unsigned long long)gap->first);
    return VLS_OK;
}

enum vls_code
carry_lacking(struct cli *c, const struct vls_sync_result *r, struct vls_error *err)
{
    uint64_t more = 0;
    enum vls_code rc = c->json || c->plain || c->quiet ? VLS_OK : vls_engine_gaps(cli_opened(c), gap_say, c, &more, err);

    if (rc != VLS_OK)
        return rc;
    if (more > 0)
        note(c, P_("missing  pieces in %llu more place", "missing  pieces in %llu more places", more),
             (unsigned long long)more);
    if (r->waiting > 0 && !r->cut && r->damaged == 0)
        cli_advise(c, "%s",
                   _("Take in the files that were written before this one, or ask for one with everything:  "
                     "valise sync --to-file FILE --all"));
    if (!r->cut && r->damaged == 0)
        return VLS_OK;
    cli_advise(c, "%s", _("Ask for the file once more; reading it twice does no harm."));
    return cli_fail(c, err, VLS_EPARTIAL, _("the file did not arrive whole"));
}

static enum vls_code
gap_add(void *ctx, const struct vls_gap *gap, struct vls_error *err)
{
    json_t *one = json_object();

    (void)err;
    json_object_set_new(one, "delegation", json_text(vls_slice_str(gap->delegation)));
    json_object_set_new(one, "post", json_text(vls_slice_str(gap->post)));
    json_object_set_new(one, "first", json_integer((json_int_t)gap->first));
    json_object_set_new(one, "last", json_integer((json_int_t)gap->last));
    json_array_append_new(ctx, one);
    return VLS_OK;
}

json_t *
gaps_json(struct cli *c, uint64_t *more)
{
    struct vls_error err = {.code = VLS_OK};
    json_t *list = json_array();

    if (vls_engine_gaps(cli_opened(c), gap_add, list, more, &err) != VLS_OK)
        note(c, "%s", err.text);
    return list;
}
