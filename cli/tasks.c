/*
 * Tasks that wait: open ones that are overdue or due soon. A task says when it is due with whatever precision it was
 * given; it counts by the last day that the words allow, and not at all where they allow any.
 */
#include <string.h>

#include "tasks.h"

#define DAY_S 86400

struct loading {
    struct tasks *to;
    int32_t today;
};

bool
task_is_open(const struct vls_record *r)
{
    struct vls_slice state = vls_record_value(r, "state");

    return !value_is(state, "done") && !value_is(state, "dropped");
}

static enum vls_code
task_add(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct loading *l = ctx;
    struct task_due *t;
    struct vls_buf what;
    struct vls_date d;

    if (!task_is_open(r) || !vls_date_read(&d, vls_record_value(r, "due")) || !d.possible || d.last == VLS_DAY_MAX ||
        d.last > l->today + TASK_DAYS)
        return VLS_OK;
    if (!vls_room(&l->to->v, &l->to->cap, l->to->n, 1, sizeof *t))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the tasks");
    t = &l->to->v[l->to->n++];
    memset(t, 0, sizeof *t);
    memcpy(t->ref, r->ref, sizeof t->ref);
    t->days = d.last - l->today;
    l->to->n_overdue += t->days < 0;
    snprintf(t->due, sizeof t->due, "%.*s", (int)d.edtf.n, (const char *)d.edtf.p);
    vls_buf_init(&what, VLS_TEXT_MAX);
    vls_record_print(&what, r, "what", "en"); /* prose has no language of its own */
    snprintf(t->what, sizeof t->what, "%s", vls_buf_str(&what) != NULL ? vls_buf_str(&what) : "");
    if (what.n >= sizeof t->what && strrchr(t->what, ' ') != NULL) /* not within a character */
        *strrchr(t->what, ' ') = '\0';
    t->what[strcspn(t->what, "\n")] = '\0';
    vls_buf_clear(&what);
    return VLS_OK;
}

static int
more_urgent(const void *a, const void *b)
{
    const struct task_due *x = a, *y = b;

    return x->days != y->days ? (x->days < y->days ? -1 : 1) : strcmp(x->ref, y->ref);
}

enum vls_code
tasks_load(struct tasks *out, struct cli *c, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("task");
    struct vls_filter f = {.load = VLS_LOAD_LIVE};
    struct loading l = {.to = out, .today = (int32_t)((c->now - (c->now < 0 ? DAY_S - 1 : 0)) / DAY_S)};
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if (kind == NULL)
        return VLS_OK;
    f.kind_no = kind->no;
    rc = vls_store_list(cli_store(c), &f, task_add, &l, err);
    if (rc == VLS_OK && out->n > 1)
        qsort(out->v, out->n, sizeof *out->v, more_urgent);
    return rc;
}

void
tasks_clear(struct tasks *t)
{
    for (size_t i = 0; i < t->n; i++)
        vls_wipe(&t->v[i], sizeof t->v[i]);
    free(t->v);
    memset(t, 0, sizeof *t);
}

/* A task may be described at length: here its beginning is enough, cut at a blank. */
const char *
tasks_first(const struct tasks *t, char out[2 * WORDS_TEXT])
{
    enum { SHOWN = 40 };
    size_t n, blank;

    out[0] = '\0';
    if (t->n == 0)
        return out;
    n = strlen(t->v[0].what);
    for (blank = n > SHOWN ? SHOWN : n; n > SHOWN && blank > 0 && t->v[0].what[blank] != ' '; blank--)
        ;
    snprintf(out, 2 * WORDS_TEXT, "%s %.*s%s", t->v[0].ref, (int)blank, t->v[0].what, n > SHOWN ? "…" : "");
    return out;
}

const char *
tasks_when(const struct tasks *t, char out[WORDS_TEXT])
{
    out[0] = '\0';
    return t->n > 0 ? words_days(out, t->v[0].days) : out;
}

void
tasks_rows(struct cli *c, const struct tasks *t)
{
    char days[16];

    for (size_t i = 0; i < t->n; i++) {
        snprintf(days, sizeof days, "%ld", (long)t->v[i].days);
        out_row(c, "task-due", t->v[i].ref, t->v[i].due, days, t->v[i].what, NULL);
    }
}

json_t *
tasks_json(const struct tasks *t)
{
    json_t *all = json_array();

    for (size_t i = 0; i < t->n; i++)
        json_array_append_new(all, json_pack("{s:s, s:o, s:o, s:i}", "ref", t->v[i].ref, "what",
                                             json_text(vls_slice_str(t->v[i].what)), "due",
                                             json_text(vls_slice_str(t->v[i].due)), "days_left", (int)t->v[i].days));
    return all;
}
