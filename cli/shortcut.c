/*
 * What one line of a person becomes several records: a trip with its stages, a person with a name in
 * another script, a report with the trip it speaks of. All in one change set, so that no colleague
 * ever sees half of it.
 */
#include <stdlib.h>
#include <string.h>

#include "draft.h"

static const struct vls_kind *
kind_needed(const char *name, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name(name);

    if (kind == NULL)
        vls_error_set(err, VLS_ENOTFOUND, "record kind %s", name);
    return kind;
}

enum vls_code
draft_stage_place(struct draft *d, const uint8_t leg[VLS_ID_LEN], const char *words, struct vls_error *err)
{
    const struct vls_country *country = NULL;
    struct vls_slice place;
    enum vls_code rc;
    char *text;

    if ((rc = vls_place_parse(&place, &country, vls_slice_str(words), err)) != VLS_OK ||
        (rc = draft_named(d, leg, "country", country->code, err)) != VLS_OK || place.n == 0)
        return rc;
    if ((text = strndup((const char *)place.p, place.n)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "place");
    rc = draft_named(d, leg, "place", text, err);
    free(text);
    return rc;
}

enum vls_code
draft_stage(struct draft *d, const uint8_t trip[VLS_ID_LEN], const char *place, unsigned no, struct vls_error *err)
{
    const struct vls_kind *leg = kind_needed("leg", err);
    uint8_t id[VLS_ID_LEN];
    char order[16];
    enum vls_code rc;

    if (leg == NULL)
        return VLS_ENOTFOUND;
    snprintf(order, sizeof(order), "%02u", no);
    if ((rc = draft_create(d, leg, id, err)) != VLS_OK || (rc = draft_link(d, id, "trip", trip, err)) != VLS_OK ||
        (rc = draft_stage_place(d, id, place, err)) != VLS_OK)
        return rc;
    return draft_along(d, id, "order-key", order, err);
}

enum vls_code
draft_name(struct draft *d, const uint8_t person[VLS_ID_LEN], const char *tagged, struct vls_error *err)
{
    const struct vls_kind *name = kind_needed("name", err);
    const char *eq = strchr(tagged, '=');
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;
    char *language;

    if (name == NULL)
        return VLS_ENOTFOUND;
    if (eq == NULL || eq == tagged || eq - tagged > 16)
        return cli_fail(d->c, err, VLS_EUSAGE, _("--name is LANGUAGE=NAME, as in ar=…"));
    if ((language = strndup(tagged, (size_t)(eq - tagged))) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "language");
    if ((rc = draft_create(d, name, id, err)) == VLS_OK && (rc = draft_link(d, id, "person", person, err)) == VLS_OK &&
        (rc = draft_along(d, id, "name-language", language, err)) == VLS_OK)
        rc = draft_named(d, id, "text", eq + 1, err);
    free(language);
    return rc;
}

/* What a report claims, as the status that the trip begins with. */
static const char *
status_of_claim(const char *claim)
{
    static const char *const pairs[][2] = {
        {"announced", "announced"}, {"confirmed", "confirmed"}, {"observed", "under-way"}, {"cancelled", "cancelled"}};
    size_t i;

    for (i = 0; claim != NULL && i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (strcmp(claim, pairs[i][0]) == 0)
            return pairs[i][1];
    return "potential";
}

enum vls_code
draft_info_trip(struct draft *d, const uint8_t info[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const char *place = args_value(a, "trip-to"), *dates = args_value(a, "dates"), *about = args_value(a, "about");
    const struct vls_kind *kind = kind_needed("trip", err);
    uint8_t trip[VLS_ID_LEN];
    enum vls_code rc = VLS_OK;
    unsigned i;

    if (kind == NULL)
        return VLS_ENOTFOUND;
    if (place == NULL)
        return VLS_OK;
    if (about == NULL)
        return cli_fail(d->c, err, VLS_EUSAGE, _("--trip-to needs --about: whose trip is it?"));
    if ((rc = draft_create(d, kind, trip, err)) != VLS_OK ||
        (rc = draft_named(d, trip, "person", about, err)) != VLS_OK)
        return rc;
    if (dates != NULL && (rc = draft_named(d, trip, "window", dates, err)) != VLS_OK)
        return rc;
    if ((rc = draft_named(d, trip, "status", status_of_claim(args_value(a, "claim")), err)) != VLS_OK)
        return rc;
    for (i = 0; rc == VLS_OK && (place = args_each(a, "trip-to", i)) != NULL; i++)
        rc = draft_stage(d, trip, place, i + 1, err);
    return rc == VLS_OK ? draft_link(d, info, "trip", trip, err) : rc;
}
