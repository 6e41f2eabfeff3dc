/*
 * A record as JSON, for show, list and history: every field with all its values, who wrote each, when,
 * on what ground, and what became of it. Described by schemas/output/record.schema.json.
 */
#include <string.h>

#include "record_view.h"

static json_t *
value_json(struct cli *c, const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor item = vls_cbor_of(value);
    struct vls_buf text;
    json_t *out;

    if (vls_value_emptied(value))
        return json_null();
    if (field != NULL && field->type == VLS_T_BOOL && vls_value_ok(field, value))
        return json_boolean(vls_cbor_bool(&item));
    if (field != NULL && field->type == VLS_T_INT && vls_value_ok(field, value))
        return json_integer((json_int_t)vls_cbor_int(&item));
    vls_buf_init(&text, RECORD_TEXT_MAX);
    out = json_text(vls_slice_str(value_plain(c, &text, field, value)));
    vls_buf_clear(&text);
    return out;
}

const char *
row_state_name(const struct vls_row *row)
{
    if (row->outside)
        return "outside";
    if (row->state == VLS_ROW_SHOWN)
        return "shown";
    return row->state == VLS_ROW_KEPT ? "kept" : row->type == VLS_OP_REMOVE ? "removal" : "past";
}

const char *
cite_name(enum vls_cite cite)
{
    static const char *const names[] = {"", "press", "state", "official"};

    return (size_t)cite < sizeof(names) / sizeof(names[0]) ? names[cite] : "";
}

const char *
cite_words(const struct cli *c, enum vls_cite cite)
{
    const struct vls_field *class = vls_field_by_name(vls_kind_by_name("citation"), "class");
    int rank = vls_term_rank(class, vls_slice_str(cite_name(cite)));

    return rank < 0 ? cite_name(cite) : vls_label_in(class->terms[rank].label, c->lang);
}

static const char *
attention_name(enum vls_attention attention)
{
    return attention == VLS_CONFLICT ? "conflict" : attention == VLS_NOTICE ? "notice" : "none";
}

static void
dot_hex(char out[2 * VLS_CHANGE_ID_LEN + 1], const struct vls_dot *dot)
{
    vls_hex(out, dot->change, VLS_CHANGE_ID_LEN);
}

static json_t *
row_json(struct cli *c, const struct vls_field *field, const struct vls_row *row)
{
    char change[2 * VLS_CHANGE_ID_LEN + 1];
    json_t *out = json_object();

    json_object_set_new(out, "value", row->type == VLS_OP_REMOVE ? json_null() : value_json(c, field, row->value));
    if (row->typed.n > 0) /* value is what several people's texts were merged to */
        json_object_set_new(out, "typed", value_json(c, field, row->typed));
    json_object_set_new(out, "state", json_string(row_state_name(row)));
    json_object_set_new(out, "delegation", json_text(vls_slice_str(row->delegation)));
    json_object_set_new(out, "post", json_text(vls_slice_str(row->post)));
    json_object_set_new(out, "at", json_instant(row->wall_unix_s));
    json_object_set_new(out, "decision", json_boolean(row->type == VLS_OP_DECIDE));
    if (row->cite != VLS_CITE_NONE) {
        json_object_set_new(out, "cite", json_string(cite_name(row->cite)));
        json_object_set_new(out, "cite_text", json_text(row->cite_text));
    }
    if (row->reason.n > 0)
        json_object_set_new(out, "reason", json_text(row->reason));
    dot_hex(change, &row->dot);
    json_object_set_new(out, "change", json_string(change));
    if (row->state == VLS_ROW_PAST) {
        dot_hex(change, &row->by);
        json_object_set_new(out, "replaced_by", json_string(change));
    }
    return out;
}

bool
row_same_register(const struct vls_row *a, const struct vls_row *b)
{
    return a->field == b->field && vls_slice_eq(a->key, b->key);
}

static json_t *
fields_json(struct cli *c, const struct vls_record *r)
{
    json_t *fields = json_array();
    size_t i = 0;

    while (i < r->n_rows) {
        const struct vls_row *first = &r->rows[i];
        const struct vls_field *field = vls_field_by_no(r->kind, (uint16_t)first->field);
        json_t *one = json_object(), *values = json_array();
        char no[24];

        snprintf(no, sizeof(no), "%u", (unsigned)first->field);
        json_object_set_new(one, "field", json_string(field != NULL ? field->name : no));
        if (first->key.n > 0)
            json_object_set_new(one, "key", json_text(first->key));
        json_object_set_new(one, "policy", json_string(field != NULL ? vls_policy_name(field->policy) : ""));
        json_object_set_new(one, "attention", json_string(attention_name(first->attention)));
        for (; i < r->n_rows && row_same_register(first, &r->rows[i]); i++)
            json_array_append_new(values, row_json(c, field, &r->rows[i]));
        json_object_set_new(one, "values", values);
        json_array_append_new(fields, one);
    }
    return fields;
}

json_t *
record_json(struct cli *c, const struct vls_record *r)
{
    json_t *out = json_object();
    struct vls_buf title;
    char id[2 * VLS_ID_LEN + 1];

    vls_hex(id, r->id, VLS_ID_LEN);
    vls_buf_init(&title, RECORD_TEXT_MAX);
    json_object_set_new(out, "ref", json_string(r->ref));
    json_object_set_new(out, "id", json_string(id));
    json_object_set_new(out, "kind", json_string(r->kind != NULL ? r->kind->name : ""));
    json_object_set_new(out, "title", json_text(vls_slice_str(record_title(c, &title, r))));
    json_object_set_new(out, "compartment",
                        json_text(vls_slice_str(r->compartment_name != NULL ? r->compartment_name : "")));
    json_object_set_new(out, "withdrawn", json_boolean(r->withdrawn));
    json_object_set_new(out, "fields", fields_json(c, r));
    vls_buf_clear(&title);
    return out;
}
