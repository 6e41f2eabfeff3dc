/*
 * Lists from which a removal takes at once (RWS): each element is a register of its own, in or out, and a
 * narrowing says "only these". Source: schemas/domain/merge.md section 3.4.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

#define NARROWING_MAX (256u * 1024)
#define ELEMENTS_MAX  4096

static int
text_cmp(const void *a, const void *b)
{
    return vls_slice_cmp(*(const struct vls_slice *)a, *(const struct vls_slice *)b);
}

/* Writes a narrowing to n elements; list is put in order, and what stands in it twice counts once. */
static enum vls_code
narrow(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field, struct vls_slice *list,
       size_t n, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_buf value;
    size_t n_once = 0;
    enum vls_code rc;

    qsort(list, n, sizeof *list, text_cmp);
    for (size_t i = 0; i < n; i++)
        if (n_once == 0 || !vls_slice_eq(list[n_once - 1], list[i]))
            list[n_once++] = list[i];
    vls_buf_init(&value, NARROWING_MAX);
    vls_cbor_put_array(&value, n_once);
    for (size_t i = 0; i < n_once; i++)
        vls_cbor_put_text(&value, list[i]);
    if ((rc = vls_buf_ok(&value, err)) == VLS_OK)
        rc = vls_edit_put(d, record, field, vls_slice_str(""), vls_buf_slice(&value), why, err);
    vls_buf_clear(&value);
    return rc;
}

static bool
is_narrowing(const struct vls_row *row, const struct vls_field *field)
{
    struct vls_cbor c = vls_cbor_of(row->value);

    return row->field == field->no && row->key.n == 0 && row->state == VLS_ROW_SHOWN &&
           vls_cbor_peek(&c) == VLS_CBOR_ARRAY;
}

/* Whether every narrowing that is shown names the element. *any: there is one. */
static bool
all_name(const struct vls_record *r, const struct vls_field *field, struct vls_slice key, bool *any)
{
    bool all = true;

    *any = false;
    for (size_t i = 0; i < r->n_rows; i++)
        if (is_narrowing(&r->rows[i], field)) {
            *any = true;
            all = all && vls_merge_narrowing_names(r->rows[i].value, key);
        }
    return all;
}

/* Whoever adds after a narrowing puts a new one: what all of them name, and what comes in. */
static enum vls_code
widen(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field, const struct vls_record *r,
      const struct vls_slice *in, size_t n_in, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_slice list[ELEMENTS_MAX];
    bool any, needed = false;
    size_t n = 0;

    for (size_t i = 0; i < n_in; i++)
        needed = !all_name(r, field, in[i], &any) || needed;
    if (!needed)
        return VLS_OK;
    for (size_t i = 0; i < r->n_rows; i++) {
        struct vls_cbor c = vls_cbor_of(r->rows[i].value);
        size_t n_items;

        if (!is_narrowing(&r->rows[i], field))
            continue;
        n_items = vls_cbor_array(&c, SIZE_MAX);
        for (size_t k = 0; k < n_items; k++) {
            struct vls_slice item = vls_cbor_item(&c);
            struct vls_cbor t = vls_cbor_of(item);
            struct vls_slice key = vls_cbor_text(&t);

            if (!vls_cbor_done(&t) || !all_name(r, field, key, &any))
                continue;
            if (n + n_in >= ELEMENTS_MAX)
                return VLS_FAIL(err, VLS_ELIMIT, "%s holds more than %d entries", field->name, ELEMENTS_MAX);
            list[n++] = key;
        }
    }
    memcpy(list + n, in, n_in * sizeof *in);
    return narrow(d, record, field, list, n + n_in, why, err);
}

static enum vls_code
set_element(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field, struct vls_slice key,
            bool in, const struct vls_backing *why, struct vls_error *err)
{
    const uint8_t value = in ? 0xf5 : 0xf4; /* CBOR true, false */

    return vls_edit_put(d, record, field, key, vls_slice_of(&value, 1), why, err);
}

static bool
holds(const struct vls_record *r, const struct vls_field *field, struct vls_slice key)
{
    const struct vls_row *row = r != NULL ? vls_record_row(r, field->no, key, 0) : NULL;

    return row != NULL && row->value.n == 1 && row->value.p[0] == 0xf5;
}

enum vls_code
vls_edit_members(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                 const struct vls_members *m, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_slice list[ELEMENTS_MAX];
    struct vls_record *r = NULL;
    enum vls_code rc = vls_store_record(d->e->store, record, VLS_LOAD_LIVE, &r, err);

    if (rc == VLS_ENOTFOUND)
        rc = VLS_OK; /* made in this very edit */
    if (rc == VLS_OK && (m->n_in > ELEMENTS_MAX / 2 || m->n_out > ELEMENTS_MAX))
        rc = VLS_FAIL(err, VLS_ELIMIT, "more than %d entries at once", ELEMENTS_MAX / 2);
    for (size_t i = 0; i < m->n_out && rc == VLS_OK; i++)
        rc = holds(r, field, m->out[i]) ? set_element(d, record, field, m->out[i], false, why, err)
                                        : VLS_FAIL(err, VLS_ENOTFOUND, "%s holds no such entry", field->name);
    for (size_t i = 0; i < m->n_in && rc == VLS_OK; i++)
        rc = set_element(d, record, field, m->in[i], true, why, err);
    if (rc == VLS_OK && m->only) {
        memcpy(list, m->in, m->n_in * sizeof *list);
        rc = narrow(d, record, field, list, m->n_in, why, err);
    } else if (rc == VLS_OK && r != NULL && m->n_in > 0) {
        rc = widen(d, record, field, r, m->in, m->n_in, why, err);
    }
    vls_record_free(r);
    return rc;
}
