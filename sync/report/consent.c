/*
 * What a source allows to be passed on (domain.md 1.6, W10). Withdrawn beats given, whoever logged it and in whatever
 * order it came: a withdrawal stands until a consent is logged that names it, and so was made with knowledge of it.
 * Words that are not known here give nothing and withdraw nothing: what they concern waits until somebody who has read
 * them logs what the source consents to, and nobody is told that anything was withdrawn.
 */
#include "valise/cbor.h"
#include "valise/prim.h"

#include "report_int.h"

#define ENTRY_LABEL "vls consent"
#define PARTS_MAX   64

/* The first three concern what may leave; the source's identity never leaves, and nothing here publishes. */
static const char *const SCOPE[] = {"tell Court content", "tell focal points", "tell regional groups",
                                    "tell Court identity", "publish"};
#define TO_COURT        SCOPE[0]
#define TO_FOCAL_POINTS SCOPE[1]
#define TO_GROUPS       SCOPE[2]
#define N_SCOPES        (sizeof SCOPE / sizeof *SCOPE)

static const char *const GIVEN[] = {"given", "withdrawn"};

const char *
vls_consent_scope(size_t i)
{
    return i < N_SCOPES ? SCOPE[i] : NULL;
}

const char *
vls_consent_given(size_t i)
{
    return i < sizeof GIVEN / sizeof *GIVEN ? GIVEN[i] : NULL;
}

enum says { SAYS_GIVEN, SAYS_WITHDRAWN, SAYS_UNKNOWN };

struct entry {
    struct vls_slice scope, given, renews;
    enum says says;
    const char *of; /* a scope; NULL: none that is known */
    char name[RP_CONSENT_NAME];
};

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool
begins(struct vls_slice text, const char *words)
{
    size_t n = strlen(words);

    if (text.n < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(text.p[i]) != lower((uint8_t)words[i]))
            return false;
    return true;
}

static bool
says(struct vls_slice text, const char *words)
{
    while (text.n > 0 && text.p[text.n - 1] == ' ')
        text.n--;
    return text.n == strlen(words) && begins(text, words);
}

static bool
says_any(struct vls_slice text, const char *const *words)
{
    while (*words != NULL && !says(text, *words))
        words++;
    return *words != NULL;
}

/* "withdrawn on the phone" was written by somebody who meant it. */
static enum says
said(struct vls_slice given)
{
    static const char *const yes[] = {"given", "donné", "yes", "oui", NULL}, *const no[] = {"no", "non", NULL};

    return says_any(given, yes)                                                           ? SAYS_GIVEN
           : says_any(given, no) || begins(given, "withdrawn") || begins(given, "retiré") ? SAYS_WITHDRAWN
                                                                                          : SAYS_UNKNOWN;
}

static void
entry_of(struct entry *e, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    size_t n = vls_cbor_map(&c, PARTS_MAX);

    memset(e, 0, sizeof *e);
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
    e->says = said(e->given);
    for (size_t i = 0; i < N_SCOPES; i++)
        if (says(e->scope, SCOPE[i]))
            e->of = SCOPE[i];
}

/* An entry is named by who logged it when, not by its words: a source may withdraw twice in the same ones. */
static void
entry_read(struct entry *e, const struct vls_row *row)
{
    uint8_t dot[VLS_CHANGE_ID_LEN + 4], hash[VLS_HASH_LEN];

    entry_of(e, row->value);
    memcpy(dot, row->dot.change, VLS_CHANGE_ID_LEN);
    vls_store_le32(dot + VLS_CHANGE_ID_LEN, row->dot.op);
    vls_hash1(hash, ENTRY_LABEL, dot, sizeof dot);
    vls_hex(e->name, hash, (RP_CONSENT_NAME - 1) / 2);
}

/* Equal entries are shown as one, and each of them counts: the second may be a withdrawal after a consent. */
static const struct vls_row *
entry_at(const struct vls_record *source, size_t i)
{
    const struct vls_field *field = vls__rp_field(source, "consent");

    for (size_t k = 0; field != NULL && k < source->n_rows; k++) {
        const struct vls_row *row = &source->rows[k];

        if (row->field == field->no && row->state != VLS_ROW_PAST && row->type != VLS_OP_REMOVE && i-- == 0)
            return row;
    }
    return NULL;
}

/* An unknown consent allows nothing; an unknown scope of anything else means each release that could be meant. */
static bool
concerns(const struct entry *e, const char *scope)
{
    return e->of != NULL ? e->of == scope : e->says != SAYS_GIVEN;
}

static bool
lists(struct vls_slice names, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i + len <= names.n; i++)
        if (begins(vls_slice_of(names.p + i, names.n - i), name) && (i == 0 || names.p[i - 1] == ' ') &&
            (i + len == names.n || names.p[i + len] == ' '))
            return true;
    return false;
}

static bool
renewed(const struct vls_record *source, const struct entry *stands, const char *scope)
{
    const struct vls_row *row;

    for (size_t i = 0; (row = entry_at(source, i)) != NULL; i++) {
        struct entry e;

        entry_read(&e, row);
        if (e.says == SAYS_GIVEN && e.of == scope && lists(e.renews, stands->name))
            return true;
    }
    return false;
}

static enum rp_consent
judge(const struct vls_record *source, const char *scope)
{
    const struct vls_row *row;
    bool any = false, given = false, unread = false;

    for (size_t i = 0; (row = entry_at(source, i)) != NULL; i++) {
        struct entry e;

        entry_read(&e, row);
        any = true;
        if (!concerns(&e, scope))
            continue;
        if (e.says == SAYS_GIVEN)
            given = true;
        else if (!renewed(source, &e, scope) && e.says == SAYS_WITHDRAWN)
            return RP_CONSENT_WITHDRAWN;
        else if (!renewed(source, &e, scope))
            unread = true;
    }
    return unread ? RP_CONSENT_UNREAD : any && !given ? RP_CONSENT_OTHER : RP_CONSENT_FREE;
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

    for (size_t k = 0; (row = entry_at(source, k)) != NULL; k++) {
        struct entry e;

        entry_read(&e, row);
        if (e.says != SAYS_WITHDRAWN || !concerns(&e, scope) || i-- > 0)
            continue;
        *out = (struct rp_withdrawal){row, renewed(source, &e, scope)};
        return true;
    }
    return false;
}

bool
vls__rp_renewed(const struct vls_record *source, const struct vls_row *entry, enum vls_addressee to)
{
    struct entry e;

    entry_read(&e, entry);
    return renewed(source, &e, scope_of(to));
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
                const struct vls_record **source)
{
    *source = vls__rp_source_of(r, info);
    return *source == NULL ? RP_CONSENT_FREE : judge(*source, scope_of(to));
}

const char *
vls_consent_scope_of(enum vls_addressee to)
{
    return scope_of(to);
}

/* ---- an entry that is typed ---- */

/* The names of all that stands against that scope here, behind what was typed. */
static void
put_renewed(struct vls_buf *names, const struct entry *typed, const struct vls_record *source, size_t *n)
{
    const struct vls_row *row;

    vls_buf_put_slice(names, typed->renews);
    for (size_t i = 0; source != NULL && (row = entry_at(source, i)) != NULL; i++) {
        struct entry e;

        entry_read(&e, row);
        if (e.says == SAYS_GIVEN || !concerns(&e, typed->of) || renewed(source, &e, typed->of))
            continue;
        *n += e.says == SAYS_WITHDRAWN;
        if (!lists(typed->renews, e.name))
            vls_buf_printf(names, "%s%s", names->n > 0 ? " " : "", e.name);
    }
}

/* Keys of canonical CBOR go by their length: "renews" is the longest of ours. */
static void
put_entry(struct vls_buf *out, const struct entry *e, struct vls_slice typed, struct vls_slice renews)
{
    struct vls_cbor c = vls_cbor_of(typed);
    size_t n = vls_cbor_map(&c, PARTS_MAX);

    vls_cbor_put_map(out, n + (renews.n > 0) - (e->renews.n > 0));
    for (; n > 0 && !vls_cbor_bad(&c); n--) {
        struct vls_slice key = vls_cbor_text(&c), text = vls_cbor_text(&c);

        if (says(key, "renews"))
            continue;
        vls_cbor_put_text(out, key);
        vls_cbor_put_text(out, says(key, "scope")   ? vls_slice_str(e->of)
                               : says(key, "given") ? vls_slice_str(GIVEN[e->says])
                                                    : text);
    }
    if (renews.n == 0)
        return;
    vls_cbor_put_str(out, "renews");
    vls_cbor_put_text(out, renews);
}

enum vls_code
vls_consent_entry(struct vls_buf *out, struct vls_slice typed, const struct vls_record *source, size_t *n_renewed,
                  struct vls_error *err)
{
    struct vls_buf names;
    struct entry e;
    enum vls_code rc;

    *n_renewed = 0;
    entry_of(&e, typed);
    if (e.of == NULL)
        return VLS_FAIL(err, VLS_EVALUE, "no scope of consent");
    if (e.says == SAYS_UNKNOWN)
        return VLS_FAIL(err, VLS_EVALUE, "neither given nor withdrawn");
    vls_buf_init(&names, RP_TEXT_MAX);
    if (e.says == SAYS_GIVEN)
        put_renewed(&names, &e, source, n_renewed);
    if ((rc = vls_buf_ok(&names, err)) == VLS_OK) {
        put_entry(out, &e, typed, vls_buf_slice(&names));
        rc = vls_buf_ok(out, err);
    }
    vls_buf_clear(&names);
    return rc;
}
