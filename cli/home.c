/*
 * Where a new record goes, see home.h. A trip of a person whom only our own posts know would tell everybody that there
 * is somebody, and where they go: what refers to a record is read by nobody who may not read that record, unless a
 * person says so.
 */
#include <string.h>

#include "valise/cbor.h"

#include "home.h"

bool
home_is_narrow(const char *compartment)
{
    return compartment != NULL && strcmp(compartment, HOME_EVERYBODY) != 0 && strcmp(compartment, "court") != 0;
}

/* r NULL: it is not here. */
static bool
narrow_take(const struct vls_record *r, char ref[VLS_REF_TEXT], char home[HOME_TEXT])
{
    if (r == NULL || !home_is_narrow(r->compartment_name))
        return false;
    snprintf(ref, VLS_REF_TEXT, "%s", r->ref);
    snprintf(home, HOME_TEXT, "%s", r->compartment_name);
    return true;
}

bool
home_of_narrow(struct cli *c, const uint8_t id[VLS_ID_LEN], char ref[VLS_REF_TEXT], char home[HOME_TEXT])
{
    struct vls_record *r = NULL, *person = NULL;
    bool found;

    if (vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, NULL) != VLS_OK)
        return false;
    found = narrow_take(r, ref, home);
    for (size_t i = 0; !found && i < r->n_rows; i++) {
        const struct vls_field *field = vls_field_by_no(r->kind, (uint16_t)r->rows[i].field);
        struct vls_cbor v = vls_cbor_of(r->rows[i].value);
        const uint8_t *to = NULL;

        if (field != NULL && (strcmp(field->name, "person") == 0 || strcmp(field->name, "about") == 0) &&
            r->rows[i].state != VLS_ROW_PAST)
            to = vls_cbor_fixed(&v, VLS_ID_LEN);
        if (to == NULL || vls_store_record(cli_store(c), to, VLS_LOAD_TITLE, &person, NULL) != VLS_OK)
            continue;
        found = narrow_take(person, ref, home);
        vls_record_free(person);
    }
    vls_record_free(r);
    return found;
}

enum vls_code
home_refers(struct draft *d, const struct vls_field *field, struct vls_slice value, struct vls_error *err)
{
    struct vls_cbor c = vls_cbor_of(value);
    const uint8_t *id = field->type == VLS_T_REF ? vls_cbor_fixed(&c, VLS_ID_LEN) : NULL;
    struct vls_record *r = NULL;
    enum vls_code rc;
    size_t i;

    if (id == NULL)
        return VLS_OK;
    if ((rc = vls_store_record(cli_store(d->c), id, VLS_LOAD_TITLE, &r, err)) != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc; /* one of this very draft */
    for (i = 0; i < d->n_narrow && strcmp(d->narrow[i].home, r->compartment_name) != 0; i++)
        ;
    if (home_is_narrow(r->compartment_name) && i == d->n_narrow && i < DRAFT_HOMES_MAX) {
        snprintf(d->narrow[i].home, sizeof d->narrow[i].home, "%s", r->compartment_name);
        snprintf(d->narrow[d->n_narrow++].ref, VLS_REF_TEXT, "%s", r->ref);
    }
    vls_record_free(r);
    return VLS_OK;
}

enum vls_code
home_settle(struct draft *d, const char *given, struct vls_error *err)
{
    enum vls_code rc;

    if (given != NULL || d->n_narrow == 0) {
        if (given != NULL && strcmp(given, HOME_EVERYBODY) != 0)
            d->home = given;
        if (given != NULL && d->n_narrow > 0 && !home_is_narrow(given))
            note(d->c, _("%s is read in “%s” alone; what is recorded here refers to it, and every member reads it."),
                 d->narrow[0].ref, d->narrow[0].home);
        return VLS_OK;
    }
    if (d->n_narrow > 1)
        return cli_fail(d->c, err, VLS_EVALUE,
                        _("%s and %s are not read by the same members; say who may read what refers to both:  "
                          "--compartment NAME"),
                        d->narrow[0].ref, d->narrow[1].ref);
    if ((rc = vls_edit_move(d->edit, d->narrow[0].home, err)) == VLS_ENOTFOUND)
        return cli_fail(d->c, err, VLS_EVALUE,
                        _("%s is read in “%s”, where you record nothing; say who may read what refers to it:  "
                          "--compartment NAME"),
                        d->narrow[0].ref, d->narrow[0].home);
    if (rc == VLS_OK)
        d->home = d->narrow[0].home;
    return rc;
}
