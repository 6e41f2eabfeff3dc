/* Bags as arbitrary bytes: what is delivered hashes to its name, and a bag without a fault is written back as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/bag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
    if (!ok)
        abort();
}

struct again {
    size_t n_bytes, n;
};

static enum vls_code
blob_each(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct again *a = ctx;
    char expected[VLS_REMOTE_NAME_LEN + 1];

    (void)err;
    vls_remote_name(expected, blob);
    must(strcmp(name, expected) == 0 && blob.n > 0 && blob.n <= VLS_REMOTE_BLOB_MAX);
    must(a->n > 0 || blob.n == 1024);
    a->n++;
    a->n_bytes += 36 + blob.n;
    return VLS_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_bag_counts counts;
    struct again a = {0, 0};
    enum vls_code rc = vls_bag_decode(vls_slice_of(data, size), blob_each, &a, &counts, NULL);

    must(rc == VLS_OK || rc == VLS_EFORMAT || rc == VLS_ENOMEM);
    must(rc != VLS_OK || counts.blobs == a.n);
    must(rc == VLS_OK || a.n == 0);
    must(a.n_bytes <= size);
    if (rc == VLS_OK && counts.damaged == 0 && !counts.cut)
        must(a.n_bytes + 36 == size);
    return 0;
}
