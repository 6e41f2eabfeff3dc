/*
 * What backs the values that are typed: --cite with a class and words, or with the reference of a citation record. A
 * record gives its class, and is then named among what the records written here cite, so that what rests on it can be
 * found.
 */
#include <stdlib.h>
#include <string.h>

#include "home.h"

static const struct {
    const char *name;
    enum vls_cite cite;
} CLASS[] = {{"official", VLS_CITE_OFFICIAL}, {"state", VLS_CITE_STATE}, {"press", VLS_CITE_PRESS}};

static enum vls_cite
class_of(const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < sizeof CLASS / sizeof *CLASS; i++)
        if (strlen(CLASS[i].name) == n && strncmp(CLASS[i].name, name, n) == 0)
            return CLASS[i].cite;
    return VLS_CITE_NONE;
}

static enum vls_cite
class_in(const struct vls_record *citation)
{
    size_t i;

    for (i = 0; i < sizeof CLASS / sizeof *CLASS; i++)
        if (value_is(vls_record_value(citation, "class"), CLASS[i].name))
            return CLASS[i].cite;
    return VLS_CITE_NONE;
}

/* The words go where the value goes: a citation that fewer may read must not leave its compartment by them. */
static enum vls_code
citation_check(struct draft *d, const struct vls_record *r, const char *compartment, struct vls_error *err)
{
    const char *home = r->compartment_name;

    if (r->withdrawn)
        return cli_fail(d->c, err, VLS_EVALUE, _("%s is withdrawn; cite another document"), r->ref);
    if (compartment == NULL)
        compartment = HOME_EVERYBODY;
    if (home == NULL || (strcmp(home, HOME_EVERYBODY) != 0 && strcmp(home, compartment) != 0))
        return cli_fail(d->c, err, VLS_EVALUE,
                        _("%s is read by fewer than what it would back; record a citation there"), r->ref);
    return VLS_OK;
}

static enum vls_code
cite_record(struct draft *d, const char *ref, const char *compartment, struct vls_error *err)
{
    struct vls_record *r = NULL;
    struct vls_buf words;
    enum vls_code rc = record_find(d->c, vls_kind_by_name("citation"), ref, d->citation, err);

    vls_buf_init(&words, VLS_TEXT_MAX);
    if (rc != VLS_OK || (rc = vls_store_record(cli_store(d->c), d->citation, VLS_LOAD_LIVE, &r, err)) != VLS_OK ||
        (rc = citation_check(d, r, compartment, err)) != VLS_OK)
        goto out;
    d->has_citation = true;
    if ((d->why.cite = class_in(r)) == VLS_CITE_NONE)
        goto out;
    vls_buf_printf(&words, "%s  ", r->ref);
    (void)record_title(d->c, &words, r);
    if ((rc = vls_buf_ok(&words, err)) == VLS_OK && (d->cite_text = strdup(vls_buf_str(&words))) == NULL)
        rc = VLS_FAIL(err, VLS_ENOMEM, "citation");
    d->why.cite_text = d->cite_text;
out:
    vls_record_free(r);
    vls_buf_clear(&words);
    return rc;
}

enum vls_code
draft_cite(struct draft *d, const char *text, const char *compartment, struct vls_error *err)
{
    size_t n = strcspn(text, ":");
    char prefix[4];
    uint32_t bits;

    if ((d->why.cite = class_of(text, n)) == VLS_CITE_NONE) {
        /* Mistyped ones too: record_find says what is wrong. */
        if (vls_ref_parse(prefix, &bits, text, NULL) != VLS_ENOTFOUND)
            return cite_record(d, text, compartment, err);
        return cli_fail(d->c, err, VLS_EUSAGE,
                        _("--cite is official:TEXT, state:TEXT or press:TEXT, or the id of a citation"));
    }
    if ((d->cite_text = strdup(text[n] == ':' ? text + n + 1 : "")) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "citation");
    d->why.cite_text = d->cite_text;
    return VLS_OK;
}

static bool
cites_already(struct draft *d, const uint8_t id[VLS_ID_LEN])
{
    struct vls_record *r = NULL;
    const struct vls_row *row;
    bool found = false;
    size_t i;

    if (vls_store_record(cli_store(d->c), id, VLS_LOAD_LIVE, &r, NULL) != VLS_OK)
        return false;
    for (i = 0; (row = vls_record_row(r, VLS_H_CITES, vls_slice_of(NULL, 0), i)) != NULL; i++) {
        struct vls_cbor c = vls_cbor_of(row->value);
        const uint8_t *other = vls_cbor_fixed(&c, VLS_ID_LEN);

        found = found || (other != NULL && memcmp(other, d->citation, VLS_ID_LEN) == 0);
    }
    vls_record_free(r);
    return found;
}

enum vls_code
draft_cite_finish(struct draft *d, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; d->has_citation && i < d->n && rc == VLS_OK; i++)
        if (d->record[i].backed && memcmp(d->record[i].id, d->citation, VLS_ID_LEN) != 0 &&
            !cites_already(d, d->record[i].id))
            rc = draft_link(d, d->record[i].id, "cites", d->citation, err);
    return rc;
}
