/*
 * Who stands for whom, see joined.h. The report is loaded only where a link of the kind exists, so that lists stay as
 * quick as they are in a store without any.
 */
#include <string.h>

#include "joined.h"

static enum vls_code
link_seen(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    bool *seen = ctx;

    (void)r;
    (void)err;
    *seen = true;
    return VLS_OK;
}

enum vls_code
joined_load(struct joined *out, struct cli *c, const struct vls_kind *kind, struct vls_error *err)
{
    bool trip = kind != NULL && strcmp(kind->name, "trip") == 0, seen = false;
    const struct vls_kind *link = vls_kind_by_name(trip ? "trip-link" : "identity-link");
    struct vls_filter f = {.kind_no = link != NULL ? link->no : 0, .load = VLS_LOAD_TITLE};
    enum vls_code rc;

    *out = (struct joined){.c = c, .trips = trip};
    if (kind == NULL || link == NULL || (!trip && strcmp(kind->name, "person") != 0))
        return VLS_OK;
    if ((rc = vls_store_list(cli_store(c), &f, link_seen, &seen, err)) != VLS_OK || !seen)
        return rc;
    return report_load(c, &out->report, err);
}

void
joined_clear(struct joined *j)
{
    vls_report_close(j->report);
    j->report = NULL;
}

const struct vls_trip *
joined_trip(const struct joined *j, const uint8_t id[VLS_ID_LEN])
{
    const struct vls_trip *t = j->report != NULL && j->trips ? vls_report_trip_of(j->report, id) : NULL;

    return t != NULL && t->n_members > 1 ? t : NULL;
}

const char *
joined_words(const struct joined *j, const uint8_t id[VLS_ID_LEN], char out[WORDS_TEXT])
{
    const struct vls_trip *t = joined_trip(j, id);
    const uint8_t *stands = t != NULL                        ? t->id
                            : j->report != NULL && !j->trips ? vls_report_person_of(j->report, id)
                                                             : NULL;
    char ref[VLS_REF_TEXT];
    size_t i, n;

    out[0] = '\0';
    if (stands != NULL && memcmp(stands, id, VLS_ID_LEN) != 0) {
        record_ref(j->c, ref, stands);
        snprintf(out, WORDS_TEXT, _("shown as %s"), ref);
    } else if (t != NULL) {
        snprintf(out, WORDS_TEXT, "%s", _("stands for"));
        for (i = 0; i < t->n_alias; i++) {
            n = strlen(out);
            snprintf(out + n, WORDS_TEXT - n, "%s %s", i > 0 ? "," : "", t->alias[i]);
        }
    }
    return out;
}

enum vls_code
joined_alone_note(struct cli *c, const uint8_t id[VLS_ID_LEN], bool withdraw, struct vls_error *err)
{
    char alias[VLS_REF_TEXT];
    const struct vls_trip *t;
    struct joined j;
    enum vls_code rc = joined_load(&j, c, c->args.kind, err);
    size_t i;

    if (rc != VLS_OK)
        return rc;
    t = joined_trip(&j, id);
    for (i = 0; t != NULL && i < t->n_members; i++) {
        if (memcmp(t->member[i], id, VLS_ID_LEN) == 0)
            continue;
        record_ref(c, alias, t->member[i]);
        if (withdraw)
            note(c, _("%s was judged the same trip and stays:  valise trip withdraw %s"), alias, alias);
        else
            note(c, _("%s was judged the same trip and is not changed by this:  valise trip edit %s"), alias, alias);
    }
    joined_clear(&j);
    return VLS_OK;
}
