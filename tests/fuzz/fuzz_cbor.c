/* Whatever vls_cbor_item accepts, the writers reproduce byte for byte; and nothing else. */
#include <stdlib.h>

#include "valise/cbor.h"

#include "tests/support/cbor_again.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_cbor c = vls_cbor_of(vls_slice_of(data, size)), again = c;
    struct vls_buf out;

    vls_buf_init(&out, size + 16);
    while (!vls_cbor_bad(&c) && !vls_cbor_done(&c)) {
        struct vls_slice s = vls_cbor_item(&c);

        vls_buf_reset(&out);
        cbor_again(&out, &again, VLS_CBOR_DEPTH_MAX);
        if (vls_cbor_bad(&c) != vls_cbor_bad(&again))
            abort();
        if (!vls_cbor_bad(&c) && (out.bad != VLS_OK || !vls_slice_eq(s, vls_buf_slice(&out)) || s.n == 0))
            abort();
    }
    vls_buf_clear(&out);
    return 0;
}
