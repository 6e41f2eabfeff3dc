/*
 * What a source consents to, as people type it: in words that every laptop reads alike, or not at all. What is written
 * in other words would count for nothing, and whoever wrote it would believe that it does.
 */
#include <string.h>

#include "valise/report.h"

#include "consent.h"
#include "kindopts.h"

bool
consent_is(const struct vls_field *field)
{
    const struct vls_kind *kind = vls_kind_by_name("source");

    return kind != NULL && field != NULL && field == vls_field_by_name(kind, "consent");
}

static void
put_words(struct vls_buf *out, const char *word_at(size_t), const char *between)
{
    const char *word;

    for (size_t i = 0; (word = word_at(i)) != NULL; i++)
        vls_buf_printf(out, "%s%s", i > 0 ? between : "", word);
}

void
consent_help(struct vls_buf *out)
{
    vls_buf_printf(out, "scope=");
    put_words(out, vls_consent_scope, "|");
    vls_buf_printf(out, ";given=");
    put_words(out, vls_consent_given, "|");
    vls_buf_printf(out, "; at, how, renews");
}

static enum vls_code
refuse(struct cli *c, struct vls_error *err)
{
    struct vls_buf scopes, given;

    vls_buf_init(&scopes, 512);
    vls_buf_init(&given, 512);
    put_words(&scopes, vls_consent_scope, ", ");
    put_words(&given, vls_consent_given, ", ");
    cli_advise(c, "%s", _("More:  valise help consent"));
    (void)cli_fail(c, err, VLS_EVALUE,
                   _("write what the source consents to as in \"scope=%s;given=%s\": scope is one of: %s; given is one "
                     "of: %s"),
                   vls_consent_scope(0), vls_consent_given(0), vls_buf_str(&scopes) != NULL ? vls_buf_str(&scopes) : "",
                   vls_buf_str(&given) != NULL ? vls_buf_str(&given) : "");
    vls_buf_clear(&scopes);
    vls_buf_clear(&given);
    return VLS_EVALUE;
}

enum vls_code
consent_typed(struct cli *c, const uint8_t source[VLS_ID_LEN], struct vls_buf *value, struct vls_error *err)
{
    struct vls_record *file = NULL;
    struct vls_buf entry;
    enum vls_code rc = vls_store_record(cli_store(c), source, VLS_LOAD_LIVE, &file, err);
    size_t n = 0;

    if (rc != VLS_OK && rc != VLS_ENOTFOUND)
        return rc;
    vls_buf_init(&entry, DRAFT_VALUE_MAX);
    if ((rc = vls_consent_entry(&entry, vls_buf_slice(value), file, &n, err)) == VLS_EVALUE)
        rc = refuse(c, err);
    if (rc == VLS_OK) {
        vls_buf_reset(value);
        vls_buf_put_slice(value, vls_buf_slice(&entry));
        rc = vls_buf_ok(value, err);
    }
    if (rc == VLS_OK && n > 0)
        note(c,
             P_("The consent is logged with knowledge of %zu withdrawal, which no longer stands.",
                "The consent is logged with knowledge of %zu withdrawals, which no longer stand.", n),
             n);
    vls_buf_clear(&entry);
    vls_record_free(file);
    return rc;
}
