/*
 * Frames of the pipe, in either direction, as a stream of arbitrary bytes. What is accepted has exactly
 * one encoding; what is refused leaves the input where it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sync/transport/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
check_text(const struct vls__msg *msg)
{
    char text[VLS__TEXT_MAX + 1];

    vls__escape(text, msg->u.error.text);
    must(strlen(text) <= VLS__TEXT_MAX);
    for (const char *c = text; *c != '\0'; c++)
        must(*c >= 0x20 && *c < 0x7f);
    must(msg->u.error.code < 0 && msg->u.error.sys >= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_slice in = vls_slice_of(data, size), before = in;
    struct vls__frame frame;
    enum vls__frame_state state;
    size_t need = 0;

    while ((state = vls__frame_take(&in, &frame, &need)) == VLS__FRAME_OK) {
        struct vls__msg msg;
        struct vls_buf again;

        must(need == before.n - in.n && frame.body.n + VLS__FRAME_HEAD == need);
        vls_buf_init(&again, VLS__FRAME_HEAD + VLS__FRAME_BLOB_MAX);
        if (vls__msg_decode(&msg, &frame, NULL) == VLS_OK) {
            vls__msg_encode(&again, &msg);
            if (msg.type == VLS__F_ERROR)
                check_text(&msg); /* codes and numbers outside the lists are read as others */
            else
                must(vls_slice_eq(vls_buf_slice(&again), vls_slice_of(before.p, need)));
        }
        vls_buf_clear(&again);
        before = in;
    }
    must(in.n == before.n && in.p == before.p);
    must(state == VLS__FRAME_BAD || need > in.n);
    return 0;
}
