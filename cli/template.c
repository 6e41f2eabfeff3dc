/*
 * A record as text in an editor: one line "field: value" for each value, prose indented below its
 * field. What comes back is compared with what was given, field by field, and only differences are
 * written: a colleague's edit of another field is never touched.
 */
#include <string.h>

#include "draft.h"
#include "editor.h"
#include "kindopts.h"
#include "record_view.h"

/* ---- writing ---- */

static bool
editable(const struct vls_field *f)
{
    return f != NULL && (f->flags & VLS_F_PARENT) == 0 && f->policy != VLS_P_RWS && f->policy != VLS_P_DERIVED &&
           f->policy != VLS_P_REFDATA && f->no != VLS_H_LIFE && f->no != VLS_H_LIFE_REASON;
}

/* Kept as it is once it has a value; entries of a log likewise. */
static bool
fixed(const struct vls_field *f, bool has_value)
{
    return (f->policy == VLS_P_IMM && has_value) || f->policy == VLS_P_LOG;
}

static void
put_value(struct vls_buf *out, const char *comment, const char *name, const char *text)
{
    const char *end;

    vls_buf_printf(out, "%s%s:", comment, name);
    if (strchr(text, '\n') == NULL && strcmp(text, "|") != 0) {
        vls_buf_printf(out, "%s%s\n", text[0] != '\0' ? " " : "", text);
        return;
    }
    vls_buf_printf(out, " |\n");
    for (; text[0] != '\0'; text = end[0] != '\0' ? end + 1 : end) {
        end = text + strcspn(text, "\n");
        vls_buf_printf(out, "%s  %.*s\n", comment, (int)(end - text), text);
    }
}

static void
put_terms(struct vls_buf *out, const struct vls_field *f)
{
    size_t i;

    if (f->type != VLS_T_ENUM)
        return;
    vls_buf_printf(out, "# %s: ", f->name);
    for (i = 0; i < f->n_terms; i++)
        vls_buf_printf(out, "%s%s", i > 0 ? ", " : "", f->terms[i].name);
    vls_buf_printf(out, "\n");
}

static void
put_field(struct cli *c, struct vls_buf *out, const struct vls_record *r, const struct vls_field *f)
{
    const char *mine = vls_engine_me(cli_opened(c))->delegation;
    const struct vls_row *row;
    struct vls_buf text, clean;
    bool any = false;
    size_t i;

    vls_buf_init(&text, RECORD_TEXT_MAX);
    vls_buf_init(&clean, 4 * (size_t)RECORD_TEXT_MAX);
    for (i = 0; (row = vls_record_row(r, f->no, (struct vls_slice){NULL, 0}, i)) != NULL; i++) {
        if (f->policy == VLS_P_MAP && !vls_slice_eq(row->key, vls_slice_str(mine)))
            continue; /* another delegation's opinion is not ours to change */
        any = true;
        vls_buf_reset(&clean);
        sanitise(&clean, vls_slice_str(value_plain(c, &text, f, row->value)), true);
        put_value(out, fixed(f, true) ? "# " : "", f->name, vls_buf_str(&clean));
    }
    if (!any || f->policy == VLS_P_LOG)
        put_value(out, "", f->name, "");
    if (!any)
        put_terms(out, f);
    vls_buf_clear(&text);
    vls_buf_clear(&clean);
}

void
template_write(struct cli *c, struct vls_buf *out, const struct vls_record *r)
{
    static const uint16_t header[] = {VLS_H_TLP, VLS_H_NATIONAL_MARKING, VLS_H_CAVEAT, VLS_H_TAG, VLS_H_COMMENT};
    struct vls_buf title, clean;
    size_t i;

    vls_buf_init(&title, RECORD_TEXT_MAX);
    vls_buf_init(&clean, 4 * (size_t)RECORD_TEXT_MAX);
    record_title(c, &title, r);
    sanitise(&clean, vls_buf_slice(&title), false);
    vls_buf_printf(out, "# %s  %s\n", r->ref, clean.n > 0 ? vls_buf_str(&clean) : "");
    vls_buf_printf(out, "# %s\n# %s\n# %s\n\n",
                   _("Save and leave to record (in vi: Esc :wq Enter); leave unsaved to change nothing (Esc :q! Enter)."),
                   _("Lines that begin with # are left out; those are fixed, or only help."),
                   _("What you do not change stays as it is. An empty file changes nothing."));
    for (i = 0; i < r->kind->n_fields; i++)
        if (editable(&r->kind->fields[i]))
            put_field(c, out, r, &r->kind->fields[i]);
    vls_buf_printf(out, "\n");
    for (i = 0; i < sizeof(header) / sizeof(header[0]); i++)
        if (editable(vls_field_by_no(r->kind, header[i])))
            put_field(c, out, r, vls_field_by_no(r->kind, header[i]));
    vls_buf_clear(&title);
    vls_buf_clear(&clean);
}

/* ---- reading ---- */

struct line {
    const struct vls_field *field;
    char *text;
};

struct lines {
    struct line *v;
    size_t n;
};

static void
lines_clear(struct lines *l)
{
    size_t i;

    for (i = 0; i < l->n; i++) {
        vls_wipe(l->v[i].text, strlen(l->v[i].text));
        free(l->v[i].text);
    }
    free(l->v);
    *l = (struct lines){NULL, 0};
}

static enum vls_code
lines_add(struct lines *l, const struct vls_field *f, const struct vls_buf *text, struct vls_error *err)
{
    struct line *v = realloc(l->v, (l->n + 1) * sizeof(*v));
    char *copy;

    if (v != NULL)
        l->v = v;
    if (v == NULL || (copy = strndup(text->n > 0 ? (const char *)text->p : "", text->n)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the text");
    if (copy[0] == '\0') { /* "field:" says nothing */
        free(copy);
        return VLS_OK;
    }
    v[l->n++] = (struct line){f, copy};
    return VLS_OK;
}

static struct vls_slice
line_take(struct vls_slice *rest)
{
    const uint8_t *lf = memchr(rest->p, '\n', rest->n);
    size_t n = lf != NULL ? (size_t)(lf - rest->p) : rest->n, step = n + (lf != NULL);
    struct vls_slice line = {rest->p, n};

    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    rest->p += step;
    rest->n -= step;
    return line;
}

static struct vls_slice
trimmed(struct vls_slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* Indented lines and empty ones between them. */
static void
take_block(struct vls_slice *rest, unsigned *no, struct vls_buf *text)
{
    size_t blank = 0, cut;

    while (rest->n > 0) {
        struct vls_slice peek = *rest, line = line_take(&peek);

        if (line.n > 0 && line.p[0] != ' ' && line.p[0] != '\t')
            return;
        *rest = peek;
        ++*no;
        if (trimmed(line).n == 0) {
            blank++;
            continue;
        }
        for (; text->n > 0 && blank > 0; blank--)
            vls_buf_put_u8(text, '\n');
        blank = 0;
        if (text->n > 0)
            vls_buf_put_u8(text, '\n');
        cut = line.n >= 2 && line.p[1] == ' ' ? 2 : 1;
        vls_buf_put(text, line.p + cut, line.n - cut);
    }
}

static enum vls_code
lines_read(struct cli *c, struct lines *out, const struct vls_kind *kind, struct vls_slice rest, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    struct vls_buf text;
    unsigned no = 0;

    vls_buf_init(&text, EDITOR_TEXT_MAX);
    while (rest.n > 0 && rc == VLS_OK) {
        struct vls_slice line = line_take(&rest), value;
        const uint8_t *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
        const struct vls_field *f = NULL;
        char name[64] = "";

        no++;
        if (trimmed(line).n == 0 || line.p[0] == '#')
            continue;
        if (colon != NULL && (size_t)(colon - line.p) < sizeof(name)) {
            memcpy(name, line.p, (size_t)(colon - line.p));
            f = vls_field_by_name(kind, name);
        }
        if (!editable(f)) {
            rc = cli_fail(c, err, VLS_EVALUE, _("line %u does not begin with a field and a colon"), no);
            break;
        }
        value = trimmed(vls_slice_of(colon + 1, line.n - (size_t)(colon + 1 - line.p)));
        vls_buf_reset(&text);
        if (value.n == 1 && value.p[0] == '|')
            take_block(&rest, &no, &text);
        else
            vls_buf_put_slice(&text, value);
        rc = lines_add(out, f, &text, err);
    }
    vls_buf_clear(&text);
    return rc;
}

/* ---- comparing ---- */

static size_t
count_of(const struct lines *l, const struct vls_field *f, const char *text, const char **first)
{
    size_t i, n = 0;

    for (i = 0; i < l->n; i++)
        if (l->v[i].field == f && (text == NULL || strcmp(l->v[i].text, text) == 0)) {
            if (n++ == 0 && first != NULL)
                *first = l->v[i].text;
        }
    return n;
}

/* True when a field has the same lines before and after, in whatever order. */
static bool
unchanged(const struct lines *a, const struct lines *b, const struct vls_field *f)
{
    size_t i;

    if (count_of(a, f, NULL, NULL) != count_of(b, f, NULL, NULL))
        return false;
    for (i = 0; i < a->n; i++)
        if (a->v[i].field == f && count_of(b, f, a->v[i].text, NULL) == 0)
            return false;
    return true;
}

static enum vls_code
apply_set(struct draft *d, const uint8_t *id, const struct vls_field *f, const struct lines *before,
          const struct lines *after, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < before->n && rc == VLS_OK; i++)
        if (before->v[i].field == f && count_of(after, f, before->v[i].text, NULL) == 0)
            rc = draft_remove(d, id, f, before->v[i].text, err);
    for (i = 0; i < after->n && rc == VLS_OK; i++)
        if (after->v[i].field == f && count_of(before, f, after->v[i].text, NULL) == 0)
            rc = draft_typed(d, id, f, after->v[i].text, err);
    return rc;
}

static enum vls_code
apply_field(struct draft *d, const uint8_t *id, const struct vls_field *f, const struct lines *before,
            const struct lines *after, struct vls_error *err)
{
    const char *text = NULL;
    size_t n = count_of(after, f, NULL, &text);

    if (unchanged(before, after, f))
        return VLS_OK;
    if (field_repeats(f))
        return apply_set(d, id, f, before, after, err);
    if (n == 0)
        return draft_empty(d, id, f, err);
    if (n > 1)
        return cli_fail(d->c, err, VLS_EVALUE, _("%s has one value; keep one line of it"), f->name);
    return draft_typed(d, id, f, text, err);
}

enum vls_code
template_apply(struct draft *d, const struct vls_record *r, struct vls_slice before, struct vls_slice after,
               struct vls_error *err)
{
    struct lines old = {NULL, 0}, new = {NULL, 0};
    enum vls_code rc;
    size_t i;

    if ((rc = lines_read(d->c, &old, r->kind, before, err)) == VLS_OK)
        rc = lines_read(d->c, &new, r->kind, after, err);
    if (new.n > 0) { /* an empty file changes nothing */
        for (i = 0; i < r->kind->n_fields && rc == VLS_OK; i++)
            if (editable(&r->kind->fields[i]))
                rc = apply_field(d, r->id, &r->kind->fields[i], &old, &new, err);
        for (i = VLS_H_LIFE; i <= VLS_H_LIFE_REASON && rc == VLS_OK; i++)
            if (editable(vls_field_by_no(r->kind, (uint16_t)i)))
                rc = apply_field(d, r->id, vls_field_by_no(r->kind, (uint16_t)i), &old, &new, err);
    }
    lines_clear(&old);
    lines_clear(&new);
    return rc;
}
