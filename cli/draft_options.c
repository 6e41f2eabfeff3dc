/*
 * The options that were given are the fields that are written; nothing else of the record is touched, so that two
 * people can edit it at once.
 */
#include <string.h>

#include "draft.h"
#include "kindopts.h"

/* As everywhere, the last one counts, unless the field holds any number of values. */
static bool
overruled(const struct args *a, size_t i)
{
    const struct vls_field *f = a->got[i].opt->field;

    if (f == NULL || field_repeats(f))
        return f == NULL;
    while (++i < a->n_got)
        if (a->got[i].opt->field == f)
            return true;
    return false;
}

/* An option without a value is a term of its field (--public). */
static const char *
got_words(const struct got *g)
{
    return g->value != NULL ? g->value : g->opt->name;
}

/* A switch and another word for the same field are two answers to one question: neither is a slip of the other. */
static enum vls_code
switches_check(struct cli *c, struct vls_error *err)
{
    const struct args *a = &c->args;
    size_t i, j;

    for (i = 0; i < a->n_got; i++) {
        const struct got *g = &a->got[i];

        for (j = i + 1; g->opt->field != NULL && !field_repeats(g->opt->field) && j < a->n_got; j++)
            if (a->got[j].opt->field == g->opt->field && (g->value == NULL || a->got[j].value == NULL) &&
                strcmp(got_words(g), got_words(&a->got[j])) != 0)
                return cli_fail(c, err, VLS_EUSAGE, _("--%s and --%s exclude each other"), g->opt->name,
                                a->got[j].opt->name);
    }
    return VLS_OK;
}

enum vls_code
draft_options(struct draft *d, const uint8_t id[VLS_ID_LEN], draft_wanted_fn *wanted, struct vls_error *err)
{
    const struct args *a = &d->c->args;
    enum vls_code rc = switches_check(d->c, err);
    size_t i;

    for (i = 0; i < a->n_got && rc == VLS_OK; i++)
        if (!overruled(a, i) && (wanted == NULL || wanted(a->got[i].opt->field)))
            rc = draft_typed(d, id, a->got[i].opt->field, got_words(&a->got[i]), err);
    return rc;
}

enum vls_code
draft_names(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const char *tagged;
    enum vls_code rc = VLS_OK;
    size_t i;

    if (strcmp(d->c->args.kind->name, "person") != 0)
        return VLS_OK;
    for (i = 0; rc == VLS_OK && (tagged = args_each(&d->c->args, "name", i)) != NULL; i++)
        rc = draft_name(d, id, tagged, err);
    return rc;
}
