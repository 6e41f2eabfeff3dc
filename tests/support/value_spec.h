#ifndef TESTS_SUPPORT_VALUE_SPEC_H
#define TESTS_SUPPORT_VALUE_SPEC_H

/* Values of records written as short strings, for tables and generators. */
#include "tests/support/check.h"

#include "valise/cbor.h"
#include "valise/domain.h"

/* Kind of value, colon, content:
 * t: text   n: null   i: integer   b: 0 or 1   d: EDTF date   w: a date of words only   a: array of texts
 * s: instant "seconds,offset,precision"   m: entry "key=value;key=value" with values as here */
static inline void
value_put(struct vls_buf *out, const char *spec)
{
    const char *s = spec + 2;
    long long unix_s;
    int offset;
    unsigned precision;

    switch (spec[0]) {
    case 't':
        vls_cbor_put_str(out, s);
        break;
    case 'i':
        vls_cbor_put_int(out, strtoll(s, NULL, 10));
        break;
    case 'n': vls_cbor_put_null(out); break;
    case 'b':
        vls_cbor_put_bool(out, *s == '1');
        break;
    case 'd':
        vls_date_put(out, vls_slice_str(s), vls_slice_str(s));
        break;
    case 'w':
        vls_date_put(out, vls_slice_str(""), vls_slice_str(s));
        break;
    case 's':
        assert_int_equal(sscanf(s, "%lld,%d,%u", &unix_s, &offset, &precision), 3);
        vls_instant_put(out, &(struct vls_instant){unix_s, offset, (enum vls_precision)precision});
        break;
    case 'a':
    case 'm': {
        const char *sep = spec[0] == 'a' ? "," : ";";
        size_t n = *s != '\0';
        char part[128];

        for (const char *p = s; (p = strpbrk(p, sep)) != NULL; p++)
            n++;
        if (spec[0] == 'a')
            vls_cbor_put_array(out, n);
        else
            vls_cbor_put_map(out, n);
        for (size_t i = 0; i < n; i++) {
            size_t len = strcspn(s, sep);
            char *eq;

            assert_true(len < sizeof part);
            memcpy(part, s, len);
            part[len] = '\0';
            eq = strchr(part, '=');
            if (spec[0] == 'm' && eq != NULL) {
                *eq = '\0';
                vls_cbor_put_str(out, part);
                value_put(out, eq + 1);
            } else {
                vls_cbor_put_str(out, part);
            }
            s += len + 1;
        }
        break;
    }
    default:
        fail_msg("value %s", spec);
    }
}

#endif
