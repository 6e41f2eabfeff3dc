/*
 * What makes an attestation one: who says so, on which day, and how it was checked. Whatever else stands in its place
 * lets nobody print that there was nothing.
 */
#include <stdio.h>

#include "valise/cbor.h"

#include "annual_int.h"

static const char *const PART[] = {"by", "at", "how"};
#define N_PARTS (sizeof PART / sizeof *PART)
#define AT      1

/* "2021-11-20", or a time on a day. */
static bool
is_day(struct vls_slice text)
{
    struct vls_instant t;
    struct vls_date d;
    char words[40];

    if (vls_edtf_bounds(&d, text))
        return d.first == d.last;
    if (text.n >= sizeof words)
        return false;
    memcpy(words, text.p, text.n);
    words[text.n] = '\0';
    return vls_instant_parse(&t, words, 0);
}

/* The parts of an entry that say nothing, as bits. */
static unsigned
entry_lacks(struct vls_slice entry)
{
    struct vls_cbor c = vls_cbor_of(entry);
    size_t i, k, n = vls_cbor_map(&c, SIZE_MAX);
    unsigned lacks = (1u << N_PARTS) - 1;

    for (i = 0; i < n && !vls_cbor_bad(&c); i++) {
        struct vls_slice key = vls_cbor_text(&c), text = vls_cbor_item(&c);

        if (vls_cbor_bad(&c))
            break;
        text = vls__rp_item_text(text);
        for (k = 0; k < N_PARTS; k++) {
            if (vls_slice_eq(key, vls_slice_str(PART[k])) && !vls_text_blank(text) && (k != AT || is_day(text)))
                lacks &= ~(1u << k);
        }
    }
    return lacks;
}

static unsigned
count(unsigned bits)
{
    return bits == 0 ? 0 : 1 + count(bits & (bits - 1));
}

bool
vls__an_attested(const struct vls_record *nil, char lacks[AN_LACKS])
{
    unsigned best = (1u << N_PARTS) - 1, one;
    const struct vls_row *row;
    size_t i, k, n = 0;

    for (i = 0; (row = vls__rp_row(nil, "asserted", i)) != NULL; i++) {
        one = entry_lacks(row->value);
        if (i == 0 || count(one) < count(best))
            best = one;
    }
    lacks[0] = '\0';
    for (k = 0; i != 0 && k < N_PARTS; k++) {
        if ((best & 1u << k) != 0)
            n += (size_t)snprintf(lacks + n, AN_LACKS - n, "%s%s", n == 0 ? "" : ", ", PART[k]);
    }
    return best == 0;
}
