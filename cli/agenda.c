/*
 * What waits for a person after an exchange, counted with the first of each sort as an example, see agenda.h.
 */
#include <string.h>

#include "valise/annual.h"
#include "valise/report.h"

#include "agenda.h"
#include "tasks.h"

static enum vls_code
first_conflict(void *ctx, const struct vls_conflict *conflict, struct vls_error *err)
{
    struct agenda *a = ((void **)ctx)[0];
    struct cli *c = ((void **)ctx)[1];
    struct vls_record *r = NULL;
    const struct vls_field *f;
    enum vls_code rc;

    if (a->conflict[0] != '\0' || conflict->attention != VLS_CONFLICT)
        return VLS_OK;
    if ((rc = vls_store_record(cli_store(c), conflict->record, VLS_LOAD_LIVE, &r, err)) != VLS_OK)
        return rc;
    f = vls_field_by_no(r->kind, (uint16_t)conflict->field);
    snprintf(a->conflict, sizeof(a->conflict), "%s %s", r->ref, f != NULL ? f->name : "");
    vls_record_free(r);
    return VLS_OK;
}

static enum vls_code
tasks_count(struct cli *c, struct agenda *a, struct vls_error *err)
{
    char when[WORDS_TEXT];
    struct tasks tasks;
    enum vls_code rc = tasks_load(&tasks, c, err);

    a->n_tasks = tasks.n;
    if (tasks.n > 0)
        snprintf(a->task, sizeof(a->task), "%s %s", tasks.v[0].ref, tasks_when(&tasks, when));
    tasks_clear(&tasks);
    return rc;
}

enum vls_code
agenda_load(struct cli *c, struct agenda *a, struct vls_error *err)
{
    void *ctx[2] = {a, c};
    struct vls_report *report = NULL;
    const struct vls_unshared *unshared;
    const struct vls_recall *recall;
    struct vls_pair_count pairs;
    struct vls_void *voids;
    uint64_t notices;
    int64_t oldest = -1;
    size_t n, i;
    enum vls_code rc;

    memset(a, 0, sizeof(*a));
    if ((rc = vls_store_state(cli_store(c), NULL, a->state, err)) != VLS_OK ||
        (rc = vls_engine_unread(cli_opened(c), &a->unread, err)) != VLS_OK)
        return rc;
    if (!c->json && (c->plain || c->quiet)) /* nobody will read the rest */
        return VLS_OK;
    if ((rc = vls_store_conflict_count(cli_store(c), &a->n_conflicts, &notices, err)) != VLS_OK ||
        (rc = vls_store_conflicts(cli_store(c), first_conflict, ctx, err)) != VLS_OK ||
        (rc = vls_annual_voids(&voids, &n, cli_store(c), err)) != VLS_OK)
        return rc;
    a->n_voids = n;
    if (n > 0)
        snprintf(a->voided, sizeof(a->voided), "%s %s", voids[0].nil_ref, voids[0].since_ref);
    free(voids);
    if ((rc = tasks_count(c, a, err)) != VLS_OK ||
        (!c->json && (rc = report_changed_load(&a->changed, c, err)) != VLS_OK) ||
        (rc = vls_report_open_waiting(&report, cli_store(c), c->now, c->lang, err)) != VLS_OK)
        return rc;
    vls_report_pair_count(report, &pairs);
    a->n_pairs = pairs.n_sure;
    if (a->n_pairs > 0)
        snprintf(a->pair, sizeof(a->pair), "%s %s", pairs.ref_a, pairs.ref_b);
    recall = vls_report_recalls(report, &n);
    for (i = 0; i < n; i++)
        if (recall[i].open && a->n_recalls++ == 0)
            snprintf(a->recall, sizeof(a->recall), "%s %s", recall[i].ref, recall[i].addressee);
    unshared = vls_report_unshared(report, &n);
    a->n_unshared = n;
    for (i = 0; i < n; i++)
        if (unshared[i].age.known && unshared[i].age.max_s > oldest)
            oldest = unshared[i].age.max_s;
    if (oldest >= 0)
        span(a->oldest, oldest);
    vls_report_close(report);
    return VLS_OK;
}

static void
agenda_line(struct table *t, uint64_t n, const char *what, const char *example, const char *command)
{
    char count[24];

    if (n == 0)
        return;
    snprintf(count, sizeof(count), "%llu", (unsigned long long)n);
    table_row(t, what, count, example, command);
}

void
agenda_show(struct cli *c, const struct agenda *a)
{
    char oldest[SPAN_TEXT + 32] = "";
    struct table t;

    if (a->n_conflicts + a->n_pairs + a->n_unshared + a->n_voids + a->n_recalls + a->n_tasks + a->changed.n == 0) {
        out_line(c, _("State %s, nothing to review."), a->state);
        return;
    }
    if (a->oldest[0] != '\0')
        snprintf(oldest, sizeof(oldest), _("oldest %s"), a->oldest);
    table_init(&t, 4, 0, 3);
    t.labelled = true;
    agenda_line(&t, a->n_conflicts, _("Settled by rule, please review"), a->conflict, "valise review");
    agenda_line(&t, a->n_pairs, _("Possible duplicates"), a->pair, "valise dedupe");
    agenda_line(&t, a->n_unshared, _("Not yet shared with the Court"), oldest, "valise status");
    agenda_line(&t, a->n_recalls, _("Addressees to be told"), a->recall, "valise status");
    agenda_line(&t, a->n_tasks, _("Tasks due"), a->task, "valise task list");
    agenda_line(&t, a->n_voids, _("Nil return void"), a->voided, "valise report --gaps");
    agenda_line(&t, a->changed.n, _("Signed text was changed"), a->changed.example, a->changed.command);
    table_print(c, &t);
    out_line(c, _("State %s"), a->state);
}
