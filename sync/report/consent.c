/*
 * What a source allows to be passed on (domain.md 1.6, W10). Withdrawn beats given, whoever logged it and in whatever
 * order it came: a withdrawal stands until a consent is logged that names it, and so was made with knowledge of it.
 */
#include "valise/prim.h"

#include "report_int.h"

#define ENTRY_LABEL "vls consent"

/* The scopes that concern what may leave; the source's identity never leaves, and nothing here publishes. */
static const char TO_COURT[] = "tell court content", TO_FOCAL_POINTS[] = "tell focal points",
                  TO_GROUPS[] = "tell regional groups";
static const char *const ASIDE[] = {"tell court identity", "publish"};

struct entry {
    struct vls_slice scope, given, renews;
    char name[RP_CONSENT_NAME];
};

static bool
says(struct vls_slice text, const char *words)
{
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    if (text.n != strlen(words))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)words[i])
            return false;
    }
    return true;
}

/* What cannot be read stands for a withdrawal of everything: it may be one, in a newer version's words. */
static void
entry_read(struct entry *e, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    uint8_t hash[VLS_HASH_LEN];
    size_t n = vls_cbor_map(&c, 64);

    memset(e, 0, sizeof *e);
    vls_hash1(hash, ENTRY_LABEL, value.p, value.n);
    vls_hex(e->name, hash, (RP_CONSENT_NAME - 1) / 2);
    for (; n > 0 && !vls_cbor_bad(&c); n--) {
        struct vls_slice key = vls_cbor_text(&c), text;

        if (vls_cbor_peek(&c) != VLS_CBOR_TEXT) {
            (void)vls_cbor_item(&c);
            continue;
        }
        text = vls_cbor_text(&c);
        if (says(key, "scope"))
            e->scope = text;
        else if (says(key, "given"))
            e->given = text;
        else if (says(key, "renews"))
            e->renews = text;
    }
}

static bool
is_given(const struct entry *e)
{
    return says(e->given, "given") || says(e->given, "donné") || says(e->given, "yes") || says(e->given, "oui");
}

/* Every release that could be meant; what is no scope of ours means each. */
static bool
concerns(const struct entry *e, const char *scope)
{
    static const char *const other[] = {TO_COURT, TO_FOCAL_POINTS, TO_GROUPS};

    if (says(e->scope, scope))
        return true;
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        if (says(e->scope, other[i]))
            return false;
    for (size_t i = 0; i < sizeof ASIDE / sizeof ASIDE[0]; i++)
        if (says(e->scope, ASIDE[i]))
            return false;
    return !is_given(e); /* an unknown consent allows nothing, an unknown withdrawal forbids everything */
}

static bool
renewed(const struct vls_record *source, const struct entry *withdrawal, const char *scope)
{
    const struct vls_row *row;

    for (size_t i = 0; (row = vls__rp_row(source, "consent", i)) != NULL; i++) {
        struct entry e;

        entry_read(&e, row->value);
        if (is_given(&e) && says(e.scope, scope) && says(e.renews, withdrawal->name))
            return true;
    }
    return false;
}

static enum rp_consent
judge(const struct vls_record *source, const char *scope, char name[RP_CONSENT_NAME])
{
    const struct vls_row *row;
    bool any = false, given = false;

    for (size_t i = 0; (row = vls__rp_row(source, "consent", i)) != NULL; i++) {
        struct entry e;

        entry_read(&e, row->value);
        any = true;
        if (!concerns(&e, scope))
            continue;
        if (is_given(&e)) {
            given = true;
        } else if (!renewed(source, &e, scope)) {
            memcpy(name, e.name, RP_CONSENT_NAME);
            return RP_CONSENT_WITHDRAWN;
        }
    }
    return any && !given ? RP_CONSENT_OTHER : RP_CONSENT_FREE;
}

static const char *
scope_of(enum vls_addressee to)
{
    switch (to) {
    case VLS_TO_COURT: return TO_COURT;
    case VLS_TO_GROUP:
    case VLS_TO_ALL_GROUPS:
    case VLS_TO_STATE: return TO_GROUPS;
    default: return TO_FOCAL_POINTS;
    }
}

bool
vls__rp_withdrawal(const struct vls_record *source, enum vls_addressee to, size_t i, struct rp_withdrawal *out)
{
    const char *scope = scope_of(to);
    const struct vls_row *row;

    for (size_t k = 0; (row = vls__rp_row(source, "consent", k)) != NULL; k++) {
        struct entry e;

        entry_read(&e, row->value);
        if (is_given(&e) || !concerns(&e, scope) || i-- > 0)
            continue;
        *out = (struct rp_withdrawal){row, renewed(source, &e, scope)};
        return true;
    }
    return false;
}

const struct vls_record *
vls__rp_source_of(const struct vls_report *r, const struct vls_record *info)
{
    const uint8_t *id = vls__rp_ref(info, "informant", 0);
    struct vls_slice codename = vls__rp_text(info, "source");
    size_t at = id != NULL ? vls__rp_find(r, RP_SOURCE, id) : RP_NONE;

    if (at != RP_NONE)
        return r->list[RP_SOURCE].v[at];
    for (size_t i = 0; codename.n > 0 && i < r->list[RP_SOURCE].n; i++)
        if (vls__rp_same_folded(codename, vls__rp_text(r->list[RP_SOURCE].v[i], "codename")))
            return r->list[RP_SOURCE].v[i];
    return NULL;
}

enum rp_consent
vls__rp_consent(const struct vls_report *r, const struct vls_record *info, enum vls_addressee to,
                const struct vls_record **source, char name[RP_CONSENT_NAME])
{
    name[0] = '\0';
    *source = vls__rp_source_of(r, info);
    return *source == NULL ? RP_CONSENT_FREE : judge(*source, scope_of(to), name);
}
