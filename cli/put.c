/*
 * Records that the program fills in itself, see put.h.
 */
#include <string.h>

#include "valise/cbor.h"

#include "put.h"

#define VALUE_MAX (1u << 20)

enum vls_code
put_begin(struct put *p, struct cli *c, const char *compartment, struct vls_error *err)
{
    memset(p, 0, sizeof *p);
    p->c = c;
    p->err = err;
    return vls_edit_begin(&p->edit, cli_opened(c), compartment, err);
}

void
put_create(struct put *p, const struct vls_kind *kind, const char *tlp)
{
    p->kind = kind;
    if (p->rc == VLS_OK)
        p->rc = vls_edit_create(p->edit, kind, p->id, p->err);
    put_text(p, "tlp", tlp);
}

void
put_at(struct put *p, const struct vls_kind *kind, const uint8_t id[VLS_ID_LEN])
{
    p->kind = kind;
    memcpy(p->id, id, VLS_ID_LEN);
}

/* Takes value. A register is put, a set added to, a log appended to. */
static void
put_value(struct put *p, const char *name, struct vls_buf *value)
{
    const struct vls_field *field = vls_field_by_name(p->kind, name);
    const struct vls_backing why = {VLS_CITE_NONE, NULL, args_value(&p->c->args, "reason")};
    struct vls_slice v = vls_buf_slice(value);

    if (p->rc == VLS_OK)
        p->rc = vls_buf_ok(value, p->err);
    if (p->rc == VLS_OK && field == NULL)
        p->rc = VLS_FAIL(p->err, VLS_EVERSION, "this version has no field %s", name);
    if (p->rc == VLS_OK) {
        switch (field->policy) {
        case VLS_P_AWS:
        case VLS_P_GSET: p->rc = vls_edit_add(p->edit, p->id, field, v, &why, p->err); break;
        case VLS_P_REFDATA:
        case VLS_P_LOG: p->rc = vls_edit_append(p->edit, p->id, field, v, p->err); break;
        case VLS_P_RWS: p->rc = VLS_FAIL(p->err, VLS_EUSAGE, "%s is a list that people keep", name); break;
        case VLS_P_DERIVED: p->rc = VLS_FAIL(p->err, VLS_EUSAGE, "%s is worked out, never written", name); break;
        case VLS_P_IMM:
        case VLS_P_LWW:
        case VLS_P_CITE:
        case VLS_P_REFINE:
        case VLS_P_MV:
        case VLS_P_RESTRICT:
        case VLS_P_ALERT:
        case VLS_P_EARLY:
        case VLS_P_FWD:
        case VLS_P_PARA:
        case VLS_P_MAP: p->rc = vls_edit_put(p->edit, p->id, field, vls_slice_of(NULL, 0), v, &why, p->err); break;
        }
    }
    vls_buf_clear(value);
}

void
put_text(struct put *p, const char *field, const char *text)
{
    struct vls_buf value;

    if (text == NULL || *text == '\0')
        return;
    vls_buf_init(&value, VALUE_MAX);
    vls_cbor_put_str(&value, text);
    put_value(p, field, &value);
}

void
put_text_knowing(struct put *p, const char *name, const char *text, const struct vls_dot *known, size_t n)
{
    const struct vls_field *field = vls_field_by_name(p->kind, name);
    struct vls_buf value;

    vls_buf_init(&value, VALUE_MAX);
    vls_cbor_put_str(&value, text);
    if (p->rc == VLS_OK)
        p->rc = vls_buf_ok(&value, p->err);
    if (p->rc == VLS_OK)
        p->rc = vls_edit_put_knowing(p->edit, p->id, field, vls_buf_slice(&value), known, n, p->err);
    vls_buf_clear(&value);
}

void
put_ref(struct put *p, const char *field, const uint8_t to[VLS_ID_LEN])
{
    put_bytes(p, field, to, VLS_ID_LEN);
}

void
put_bytes(struct put *p, const char *field, const void *bytes, size_t n)
{
    struct vls_buf value;

    vls_buf_init(&value, VALUE_MAX);
    vls_cbor_put_bytes(&value, bytes, n);
    put_value(p, field, &value);
}

void
put_instant(struct put *p, const char *field, const struct vls_instant *t)
{
    struct vls_buf value;

    vls_buf_init(&value, VALUE_MAX);
    vls_instant_put(&value, t);
    put_value(p, field, &value);
}

void
put_date(struct put *p, const char *field, const struct vls_date *d)
{
    struct vls_buf value;

    vls_buf_init(&value, VALUE_MAX);
    vls_date_put(&value, d->edtf, d->words);
    put_value(p, field, &value);
}

void
put_note(struct put *p, const char *field, const char *text)
{
    struct vls_buf value;

    if (text == NULL || *text == '\0')
        return;
    vls_buf_init(&value, VALUE_MAX);
    vls_cbor_put_map(&value, 1);
    vls_cbor_put_str(&value, "text");
    vls_cbor_put_str(&value, text);
    put_value(p, field, &value);
}

enum vls_code
put_commit(struct put *p)
{
    if (p->rc == VLS_OK)
        return vls_edit_commit(p->edit, p->c->now, p->err);
    vls_edit_abort(p->edit);
    return p->rc;
}
