/*
 * Options and summaries that come from record kinds: one option for every field, so that a new field
 * in schemas/domain/ is a new option, a line of help and a word of completion without a line here.
 */
#include <string.h>

#include "kindopts.h"

static const char *
metavariable(const struct vls_field *f)
{
    switch (f->type) {
    case VLS_T_ENUM: return N_("WORD");
    case VLS_T_BOOL: return N_("yes|no");
    case VLS_T_INT: return N_("NUMBER");
    case VLS_T_DATE: return N_("DATE");
    case VLS_T_INSTANT: return N_("TIME");
    case VLS_T_COUNTRY: return N_("COUNTRY");
    case VLS_T_REF: return N_("RECORD");
    case VLS_T_ENTRY: return N_("NAME=TEXT;…");
    case VLS_T_TEXT:
    case VLS_T_BYTES: break;
    }
    return N_("TEXT");
}

bool
field_repeats(const struct vls_field *f)
{
    return f->policy == VLS_P_AWS || f->policy == VLS_P_GSET || f->policy == VLS_P_RWS || f->policy == VLS_P_LOG ||
           f->policy == VLS_P_REFDATA;
}

const struct vls_field *
field_positional(const struct vls_kind *kind)
{
    size_t i;

    for (i = 0; i < kind->n_fields; i++)
        if ((kind->fields[i].flags & VLS_F_POSITIONAL) != 0)
            return &kind->fields[i];
    return NULL;
}

static void
field_option(struct opt_list *to, const struct vls_field *f)
{
    size_t i;

    if (f->policy == VLS_P_DERIVED) /* nobody writes it */
        return;
    opts_grow(to, &(struct opt){.name = f->name, .arg = metavariable(f), .field = f});
    if ((f->flags & VLS_F_SWITCH) == 0)
        return;
    for (i = 0; i < f->n_terms; i++)
        opts_grow(to, &(struct opt){.name = f->terms[i].name, .field = f});
}

/* What a person may set: the state of the record has verbs of its own. */
static const uint16_t header_fields[] = {VLS_H_TLP,      VLS_H_CAVEAT,           VLS_H_TAG,  VLS_H_COMMENT,
                                         VLS_H_LANGUAGE, VLS_H_NATIONAL_MARKING, VLS_H_CITES};

static const struct opt opts_backing[] = {
    {"cite", 0, N_("CLASS:TEXT"),
     N_("document that backs the values: official, state or press; or the id of a citation"), NULL},
    {"reason", 0, N_("TEXT"), N_("why these values were chosen"), NULL},
};

static void
fields_more(struct opt_list *to, const struct vls_kind *kind)
{
    const struct vls_field *f;
    size_t i;

    for (i = 0; i < kind->n_fields; i++)
        field_option(to, &kind->fields[i]);
    for (i = 0; i < sizeof(header_fields) / sizeof(header_fields[0]); i++)
        if ((f = vls_field_by_no(kind, header_fields[i])) != NULL)
            field_option(to, f);
    for (i = 0; i < sizeof(opts_backing) / sizeof(opts_backing[0]); i++)
        if (vls_field_by_name(kind, opts_backing[i].name) == NULL) /* a judgement's own "reason" */
            opts_grow(to, &opts_backing[i]);
}

/* ---- short cuts across kinds ---- */

static const struct opt opt_name = {"name", 0, N_("LANGUAGE=NAME"), N_("the name in another language or script"), NULL};
static const struct opt opt_to = {"to", 0, N_("\"PLACE, CC\""), N_("where to: place and country of a stage"), NULL};
static const struct opt opt_dates = {"dates", 0, N_("DATE"), N_("when, as in “valise help dates”"), NULL};
static const struct opt opt_trip_to = {"trip-to", 0, N_("\"PLACE, CC\""),
                                       N_("also record the trip it speaks of"), NULL};
static const struct opt opt_compartment = {"compartment", 0, N_("NAME"),
                                           N_("who may read it; unless said focal-points, or where what it refers to is read"), NULL};

static bool
is_kind(const struct vls_kind *kind, const char *name)
{
    return strcmp(kind->name, name) == 0;
}

static void
shortcuts(struct opt_list *to, const struct vls_kind *kind)
{
    if (is_kind(kind, "person"))
        opts_grow(to, &opt_name);
    if (is_kind(kind, "trip")) {
        opts_grow(to, &opt_to);
        opts_grow(to, &opt_dates);
    }
}

void
more_add(struct opt_list *to, const struct vls_kind *kind)
{
    shortcuts(to, kind);
    if (is_kind(kind, "info")) {
        opts_grow(to, &opt_trip_to);
        opts_grow(to, &opt_dates);
    }
    fields_more(to, kind);
    opts_grow(to, &opt_compartment);
}

void
more_edit(struct opt_list *to, const struct vls_kind *kind)
{
    static const struct opt remove = {"remove", 0, N_("FIELD=VALUE"), N_("take a value out of a list"), NULL};

    static const struct opt only = {"only", 0, N_("FIELD=VALUE"), N_("narrow a list: these, and nothing else"), NULL};
    bool narrows = false;

    shortcuts(to, kind);
    fields_more(to, kind);
    opts_grow(to, &remove);
    for (size_t i = 0; i < kind->n_fields; i++)
        narrows = narrows || kind->fields[i].policy == VLS_P_RWS;
    if (narrows)
        opts_grow(to, &only);
}
