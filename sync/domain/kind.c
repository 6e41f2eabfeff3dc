/*
 * Looking up kinds, fields and terms. The tables are small (a few hundred rows in all) and constant,
 * so a scan in table order is both the fastest and the plainest search.
 */
#include <string.h>

#include "sync/domain/domain_int.h"

const struct vls_kind *
vls_kinds(size_t *n)
{
    *n = vls__n_kinds;
    return vls__kinds;
}

const struct vls_kind *
vls_kind_by_no(uint16_t no)
{
    for (size_t i = 0; i < vls__n_kinds; i++)
        if (vls__kinds[i].no == no)
            return &vls__kinds[i];
    return NULL;
}

const struct vls_kind *
vls_kind_by_name(const char *name)
{
    for (size_t i = 0; i < vls__n_kinds; i++)
        if (strcmp(vls__kinds[i].name, name) == 0)
            return &vls__kinds[i];
    return NULL;
}

const struct vls_kind *
vls_kind_by_prefix(const char *prefix)
{
    for (size_t i = 0; i < vls__n_kinds; i++)
        if (strcmp(vls__kinds[i].prefix, prefix) == 0)
            return &vls__kinds[i];
    return NULL;
}

const struct vls_field *
vls_header_fields(size_t *n)
{
    *n = vls__n_header;
    return vls__header;
}

const struct vls_field *
vls_field_by_no(const struct vls_kind *kind, uint16_t no)
{
    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++)
        if (kind->fields[i].no == no)
            return &kind->fields[i];
    for (size_t i = 0; i < vls__n_header; i++)
        if (vls__header[i].no == no)
            return &vls__header[i];
    return NULL;
}

const struct vls_field *
vls_field_by_name(const struct vls_kind *kind, const char *name)
{
    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++)
        if (strcmp(kind->fields[i].name, name) == 0)
            return &kind->fields[i];
    for (size_t i = 0; i < vls__n_header; i++)
        if (strcmp(vls__header[i].name, name) == 0)
            return &vls__header[i];
    return NULL;
}

int
vls_term_rank(const struct vls_field *field, struct vls_slice term)
{
    for (size_t i = 0; i < field->n_terms; i++)
        if (vls_slice_eq(vls_slice_str(field->terms[i].name), term))
            return (int)i;
    return -1;
}

const char *
vls_policy_name(enum vls_policy p)
{
    static const char *const names[] = {
        [VLS_P_IMM] = "IMM",         [VLS_P_LWW] = "LWW+K",       [VLS_P_CITE] = "CITE",
        [VLS_P_REFINE] = "REFINE",   [VLS_P_MV] = "MV",           [VLS_P_RESTRICT] = "RESTRICT",
        [VLS_P_ALERT] = "ALERT",     [VLS_P_EARLY] = "EARLY",     [VLS_P_FWD] = "FWD",
        [VLS_P_AWS] = "AWS",         [VLS_P_GSET] = "GSET",       [VLS_P_RWS] = "RWS",
        [VLS_P_LOG] = "LOG",         [VLS_P_PARA] = "PARA",       [VLS_P_MAP] = "MAP",
        [VLS_P_REFDATA] = "REFDATA", [VLS_P_DERIVED] = "DERIVED",
    };
    size_t i = (size_t)p;

    return i < sizeof names / sizeof names[0] ? names[i] : "?";
}

const char *
vls_label_in(struct vls_label label, const char *lang)
{
    return lang != NULL && strncmp(lang, "fr", 2) == 0 ? label.fr : label.en;
}
