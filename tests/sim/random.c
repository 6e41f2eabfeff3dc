/*
 * Chance: one stream for what happens, another behind every key and nonce, both of the seed. The library's own
 * sources are put aside at link time (--wrap), and so is the one slow derivation that a run would need.
 */
#include <stdarg.h>
#include <unistd.h>

#include <sodium.h>

#include "sim.h"

static struct sim *current;
static bool replaying;

static bool disk; /* what is drawn is for a page of a store */

void __wrap_vls_random(void *out, size_t n);
void __wrap_vls_seal_at(uint8_t *cipher, uint8_t *nonce, uint8_t *tag, const struct vls_secret *key, const char *label,
                        struct vls_slice aad, const void *plain, size_t n);
void __real_vls_seal_at(uint8_t *cipher, uint8_t *nonce, uint8_t *tag, const struct vls_secret *key, const char *label,
                        struct vls_slice aad, const void *plain, size_t n);
void __wrap_vls__nonce_used(const struct vls_secret *key, const uint8_t *nonce);
void __real_vls__nonce_used(const struct vls_secret *key, const uint8_t *nonce);
bool __wrap_vls_sign_ok(const uint8_t *sig, const uint8_t *pk, const char *label, struct vls_slice msg);
bool __real_vls_sign_ok(const uint8_t *sig, const uint8_t *pk, const char *label, struct vls_slice msg);
enum vls_code __wrap_vls_safety_number(char out[31], const struct vls_door *d, const uint8_t *request_hash,
                                       struct vls_error *err);

void
__wrap_vls_random(void *out, size_t n)
{
    static uint64_t nobody = 1;
    uint64_t *state = current == NULL ? &nobody : disk ? &current->pages : &current->secrets, word = 0;
    uint8_t *p = out;

    for (size_t i = 0; i < n; i++) {
        if (i % 8 == 0)
            word = check_random(state);
        p[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}

/* Pages draw from a stream of their own, so that what is sent can be compared whatever was stored in between. */
void
__wrap_vls_seal_at(uint8_t *cipher, uint8_t *nonce, uint8_t *tag, const struct vls_secret *key, const char *label,
                   struct vls_slice aad, const void *plain, size_t n)
{
    disk = true;
    __real_vls_seal_at(cipher, nonce, tag, key, label, aad, plain, n);
    disk = false;
}

/* A step that is taken back and done again draws the same nonces for the same bytes. */
void
__wrap_vls__nonce_used(const struct vls_secret *key, const uint8_t *nonce)
{
    if (!replaying && (current == NULL || !current->trial))
        __real_vls__nonce_used(key, nonce);
}

/* A tenth of a second of Argon2id in the product; here a hash of the same things. */
enum vls_code
__wrap_vls_safety_number(char out[31], const struct vls_door *d, const uint8_t *request_hash, struct vls_error *err)
{
    const struct vls_slice parts[] = {{d->group, VLS_HASH_LEN}, {d->pk, VLS_BOX_PK_LEN}, {request_hash, VLS_HASH_LEN}};
    uint8_t sum[VLS_HASH_LEN];

    (void)err;
    vls_hash(sum, "sim number", parts, 3);
    for (size_t i = 0; i < 30; i++)
        out[i] = (char)('0' + sum[i] % 10);
    out[30] = '\0';
    return VLS_OK;
}

/* Nine laptops verify each envelope, every opening every request again: what was once asked is remembered. */
#define ASKED 65536

bool
__wrap_vls_sign_ok(const uint8_t *sig, const uint8_t *pk, const char *label, struct vls_slice msg)
{
    static struct {
        uint8_t sum[VLS_HASH_LEN];
        bool set, good;
    } asked[ASKED];
    const struct vls_slice parts[] = {{sig, VLS_SIG_LEN}, {pk, VLS_SIGN_PK_LEN}, vls_slice_str(label), msg};
    uint8_t sum[VLS_HASH_LEN];
    size_t at;

    vls_hash(sum, "sim asked", parts, 4);
    at = sum[0] | (size_t)sum[1] << 8;
    if (!asked[at].set || memcmp(asked[at].sum, sum, sizeof sum) != 0) {
        asked[at].good = __real_vls_sign_ok(sig, pk, label, msg);
        asked[at].set = true;
        memcpy(asked[at].sum, sum, sizeof sum);
    }
    return asked[at].good;
}

static const char *
sodium_name(void)
{
    return "simulated";
}

static uint32_t
sodium_word(void)
{
    uint32_t w;

    __wrap_vls_random(&w, sizeof w);
    return w;
}

static void
sodium_buf(void *p, size_t n)
{
    __wrap_vls_random(p, n);
}

void
sim_random_start(void)
{
    static struct randombytes_implementation ours = {
        .implementation_name = sodium_name, .random = sodium_word, .buf = sodium_buf};

    assert_int_equal(randombytes_set_implementation(&ours), 0);
}

void
sim_random_of(struct sim *s)
{
    current = s;
}

void
sim_random_replay(bool on)
{
    replaying = on;
}

size_t
sim_below(struct sim *s, size_t n)
{
    return n > 0 ? (size_t)(check_random(&s->random) % n) : 0;
}

bool
sim_chance(struct sim *s, unsigned percent)
{
    return sim_below(s, 100) < percent;
}

void
sim_fail(struct sim *s, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (s->must_fail)
        _exit(SIM_FOUND);
    fail_msg("VLS_SEED=%llu%s%s step %u, %s: %s", (unsigned long long)s->seed,
             (s->flags & SIM_LONG) != 0 ? " VLS_SIM_LONG=1" : "", (s->flags & SIM_TWINS) == 0 ? " VLS_SIM_TWINS=0" : "",
             s->step, s->doing, text);
    abort();
}

void
sim_count(struct sim *s, enum sim_event what, uint64_t n)
{
    if (!s->trial)
        s->count[what] += n;
}

void *
sim_room(void *v, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return v;
    *cap = *cap == 0 ? 16 : 2 * *cap;
    if ((v = realloc(v, *cap * size)) == NULL)
        abort();
    return v;
}
