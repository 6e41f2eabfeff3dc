/*
 * The messages of the pipe between valise and its courier. Lengths are checked against the type before
 * anything is allocated for a frame, and every message has exactly one encoding.
 */
#include <string.h>

#include "sync/transport/frame.h"

/* The codes a courier may report. Others would let it speak about keys or membership. */
static const enum vls_code reportable[] = {VLS_ENOMEM, VLS_EIO,       VLS_EFORMAT, VLS_EUSAGE,
                                           VLS_ETRUST, VLS_EBUSY,     VLS_ELIMIT,  VLS_EUNREACHABLE,
                                           VLS_EFULL,  VLS_EREADONLY, VLS_ERACE};

static size_t
body_max(uint8_t type)
{
    switch (type) {
    case VLS__F_BLOB: return VLS__FRAME_BLOB_MAX;
    case VLS__F_OPEN:
    case VLS__F_PULL:
    case VLS__F_PUSH:
    case VLS__F_MOVE:
    case VLS__F_TIDY:
    case VLS__F_TIDIED:
    case VLS__F_HELLO:
    case VLS__F_PROGRESS:
    case VLS__F_PULLED:
    case VLS__F_PUSHED:
    case VLS__F_DIAL:
    case VLS__F_ERROR: return VLS__FRAME_SMALL_MAX;
    case VLS__F_LINE:
    case VLS__F_GO: return 0;
    default: return SIZE_MAX; /* not a type */
    }
}

enum vls__frame_state
vls__frame_take(struct vls_slice *in, struct vls__frame *out, size_t *need)
{
    size_t len;

    *need = VLS__FRAME_HEAD;
    if (in->n < VLS__FRAME_HEAD)
        return VLS__FRAME_SHORT;
    len = vls_load_le32(in->p);
    if (body_max(in->p[4]) == SIZE_MAX || len > body_max(in->p[4]))
        return VLS__FRAME_BAD;
    *need = VLS__FRAME_HEAD + len;
    if (in->n < *need)
        return VLS__FRAME_SHORT;
    out->type = in->p[4];
    out->body = vls_slice_of(in->p + VLS__FRAME_HEAD, len);
    in->p += *need;
    in->n -= *need;
    return VLS__FRAME_OK;
}

static struct vls__tip
tip_read(struct vls_rd *r)
{
    struct vls__tip tip = {0};
    uint8_t len = vls_rd_u8(r);
    const uint8_t *p;

    if (len == VLS__TIP_LEN && (p = vls_rd_take(r, sizeof tip.id)) != NULL) {
        tip.set = true;
        memcpy(tip.id, p, sizeof tip.id);
        tip.depth = vls_rd_le32(r);
    } else if (len != 0) {
        r->bad = true;
    }
    return tip;
}

static bool
bool_read(struct vls_rd *r)
{
    uint8_t v = vls_rd_u8(r);

    if (v > 1)
        r->bad = true;
    return v == 1;
}

static enum vls_code
code_read(struct vls_rd *r)
{
    uint8_t v = vls_rd_u8(r);

    for (size_t i = 0; i < sizeof reportable / sizeof reportable[0]; i++)
        if (-(int)reportable[i] == (int)v)
            return reportable[i];
    return VLS_EIO;
}

static struct vls_slice
rest_read(struct vls_rd *r, size_t max)
{
    size_t n = r->left;

    if (n > max)
        r->bad = true;
    return vls_slice_of(vls_rd_take(r, n), r->bad ? 0 : n);
}

static void
open_read(struct vls__msg *out, struct vls_rd *r)
{
    out->u.open.version = vls_rd_u8(r);
    out->u.open.flags = vls_rd_u8(r);
    out->u.open.url = rest_read(r, VLS__URL_MAX);
    if ((out->u.open.flags & ~(VLS__OPEN_CREATE | VLS__OPEN_READONLY | VLS__OPEN_LOOK)) != 0)
        r->bad = true;
}

static void
pull_read(struct vls__msg *out, struct vls_rd *r)
{
    out->u.pull.flags = vls_rd_u8(r);
    out->u.pull.known = tip_read(r);
    if ((out->u.pull.flags & ~VLS__PULL_REWRITTEN) != 0)
        r->bad = true;
}

static void
push_read(struct vls__msg *out, struct vls_rd *r)
{
    out->u.push.flags = vls_rd_u8(r);
    out->u.push.on = tip_read(r);
    out->u.push.n = vls_rd_le32(r);
    out->u.push.bytes = vls_rd_le64(r);
    if ((out->u.push.flags & ~VLS__PUSH_ASIDE) != 0)
        r->bad = true;
}

static void
error_read(struct vls__msg *out, struct vls_rd *r)
{
    uint32_t sys;

    out->u.error.code = code_read(r);
    sys = vls_rd_le32(r);
    out->u.error.sys = sys < 4096 ? (int)sys : 0; /* an errno is smaller than this on Linux */
    out->u.error.text = rest_read(r, VLS__TEXT_MAX);
}

enum vls_code
vls__msg_decode(struct vls__msg *out, const struct vls__frame *frame, struct vls_error *err)
{
    struct vls_rd r = vls_rd_of(frame->body.p, frame->body.n);

    memset(out, 0, sizeof *out);
    out->type = frame->type;
    switch (frame->type) {
    case VLS__F_OPEN: open_read(out, &r); break;
    case VLS__F_PULL: pull_read(out, &r); break;
    case VLS__F_PUSH: push_read(out, &r); break;
    case VLS__F_MOVE:
        out->u.move.from = tip_read(&r);
        out->u.move.to = tip_read(&r);
        if (!out->u.move.to.set)
            r.bad = true;
        break;
    case VLS__F_TIDY:
        out->u.tidy.flags = vls_rd_u8(&r);
        if ((out->u.tidy.flags & ~(VLS__TIDY_COUNT | VLS__TIDY_SHARED)) != 0)
            r.bad = true;
        break;
    case VLS__F_TIDIED:
        out->u.tidied.before = vls_rd_le64(&r);
        out->u.tidied.after = vls_rd_le64(&r);
        out->u.tidied.waiting = vls_rd_le64(&r);
        out->u.tidied.foreign = bool_read(&r);
        break;
    case VLS__F_BLOB:
        out->u.blob.name = vls_rd_take(&r, 32);
        out->u.blob.bytes = rest_read(&r, VLS__BLOB_MAX);
        if (out->u.blob.bytes.n == 0)
            r.bad = true;
        break;
    case VLS__F_HELLO:
        out->u.hello.version = vls_rd_u8(&r);
        out->u.hello.landlock = vls_rd_u8(&r);
        out->u.hello.seccomp = vls_rd_u8(&r);
        break;
    case VLS__F_LINE:
    case VLS__F_GO: break;
    case VLS__F_DIAL:
        out->u.dial.service = vls_rd_u8(&r);
        if (out->u.dial.service < VLS__LINE_UPLOAD || out->u.dial.service > VLS__LINE_RECEIVE_REQUEST)
            r.bad = true;
        break;
    case VLS__F_PROGRESS:
        out->u.progress.done = vls_rd_le64(&r);
        out->u.progress.total = vls_rd_le64(&r);
        out->u.progress.bytes = vls_rd_le64(&r);
        break;
    case VLS__F_PULLED:
        out->u.pulled.tip = tip_read(&r);
        out->u.pulled.rewritten = bool_read(&r);
        out->u.pulled.damaged = vls_rd_le64(&r);
        out->u.pulled.ignored = vls_rd_le64(&r);
        break;
    case VLS__F_PUSHED: out->u.pushed.tip = tip_read(&r); break;
    case VLS__F_ERROR: error_read(out, &r); break;
    default: r.bad = true; break;
    }
    if (!vls_rd_done(&r))
        return VLS_FAIL(err, VLS_EFORMAT, "message %u of %zu bytes is malformed", (unsigned)frame->type,
                        frame->body.n);
    return VLS_OK;
}

static void
tip_put(struct vls_buf *out, const struct vls__tip *tip)
{
    vls_buf_put_u8(out, tip->set ? VLS__TIP_LEN : 0);
    if (!tip->set)
        return;
    vls_buf_put(out, tip->id, sizeof tip->id);
    vls_buf_put_le32(out, tip->depth);
}

static void
body_put(struct vls_buf *out, const struct vls__msg *msg)
{
    struct vls_slice text = msg->u.error.text;

    switch (msg->type) {
    case VLS__F_OPEN:
        vls_buf_put_u8(out, msg->u.open.version);
        vls_buf_put_u8(out, msg->u.open.flags);
        vls_buf_put_slice(out, msg->u.open.url);
        break;
    case VLS__F_PULL:
        vls_buf_put_u8(out, msg->u.pull.flags);
        tip_put(out, &msg->u.pull.known);
        break;
    case VLS__F_PUSH:
        vls_buf_put_u8(out, msg->u.push.flags);
        tip_put(out, &msg->u.push.on);
        vls_buf_put_le32(out, msg->u.push.n);
        vls_buf_put_le64(out, msg->u.push.bytes);
        break;
    case VLS__F_BLOB:
        vls_buf_put(out, msg->u.blob.name, 32);
        vls_buf_put_slice(out, msg->u.blob.bytes);
        break;
    case VLS__F_MOVE:
        tip_put(out, &msg->u.move.from);
        tip_put(out, &msg->u.move.to);
        break;
    case VLS__F_TIDY: vls_buf_put_u8(out, msg->u.tidy.flags); break;
    case VLS__F_TIDIED:
        vls_buf_put_le64(out, msg->u.tidied.before);
        vls_buf_put_le64(out, msg->u.tidied.after);
        vls_buf_put_le64(out, msg->u.tidied.waiting);
        vls_buf_put_u8(out, msg->u.tidied.foreign ? 1 : 0);
        break;
    case VLS__F_HELLO:
        vls_buf_put_u8(out, msg->u.hello.version);
        vls_buf_put_u8(out, msg->u.hello.landlock);
        vls_buf_put_u8(out, msg->u.hello.seccomp);
        break;
    case VLS__F_PROGRESS:
        vls_buf_put_le64(out, msg->u.progress.done);
        vls_buf_put_le64(out, msg->u.progress.total);
        vls_buf_put_le64(out, msg->u.progress.bytes);
        break;
    case VLS__F_PULLED:
        tip_put(out, &msg->u.pulled.tip);
        vls_buf_put_u8(out, msg->u.pulled.rewritten ? 1 : 0);
        vls_buf_put_le64(out, msg->u.pulled.damaged);
        vls_buf_put_le64(out, msg->u.pulled.ignored);
        break;
    case VLS__F_PUSHED: tip_put(out, &msg->u.pushed.tip); break;
    case VLS__F_DIAL: vls_buf_put_u8(out, msg->u.dial.service); break;
    case VLS__F_ERROR:
        vls_buf_put_u8(out, (uint8_t)(-(int)msg->u.error.code));
        vls_buf_put_le32(out, (uint32_t)msg->u.error.sys);
        text.n = text.n > VLS__TEXT_MAX ? VLS__TEXT_MAX : text.n;
        vls_buf_put_slice(out, text);
        break;
    default: break; /* GO has no body */
    }
}

void
vls__msg_encode(struct vls_buf *out, const struct vls__msg *msg)
{
    size_t at = out->n;

    vls_buf_put_le32(out, 0);
    vls_buf_put_u8(out, msg->type);
    body_put(out, msg);
    if (out->bad == VLS_OK)
        vls_store_le32(out->p + at, (uint32_t)(out->n - at - VLS__FRAME_HEAD));
}

void
vls__blob_head(uint8_t out[VLS__FRAME_HEAD + 32], const uint8_t name[32], size_t n)
{
    vls_store_le32(out, (uint32_t)(32 + n));
    out[4] = VLS__F_BLOB;
    memcpy(out + VLS__FRAME_HEAD, name, 32);
}

void
vls__escape(char out[VLS__TEXT_MAX + 1], struct vls_slice text)
{
    static const char hex[] = "0123456789abcdef";
    size_t at = 0;

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (c >= 0x20 && c < 0x7f && c != '\\') {
            if (at + 1 > VLS__TEXT_MAX)
                break;
            out[at++] = (char)c;
        } else {
            if (at + 4 > VLS__TEXT_MAX)
                break;
            out[at++] = '\\';
            out[at++] = 'x';
            out[at++] = hex[c >> 4];
            out[at++] = hex[c & 15];
        }
    }
    out[at] = '\0';
}
