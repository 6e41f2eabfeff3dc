/*
 * A laptop as an oracle: the host leaves every kind of rubbish and watches what comes back. Whatever is wrong with a
 * blob, the calls that follow, and the number and lengths of what is sent, are those of a laptop that met none (GH-20).
 */
#include "hostile.h"

#define NOTED 4096

/* What a host sees of one exchange. */
static struct watch {
    struct vls_carrier table;
    size_t n;
    char seen[NOTED];
} watch;

static void
note(const char *what, size_t n)
{
    int put = snprintf(watch.seen + watch.n, NOTED - watch.n, "%s %zu\n", what, n);

    assert_in_range(put, 1, NOTED - watch.n - 1);
    watch.n += (size_t)put;
}

static enum vls_code
watched_open(struct vls_remote **out, const char *courier, const char *url, unsigned flags, vls_remote_progress_fn *fn,
             void *ctx, struct vls_error *err)
{
    note("open", flags);
    return vls_remote_open_with(out, courier, url, flags, fn, ctx, err);
}

static enum vls_code
watched_pull(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
             char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err)
{
    note(known_tip[0] != '\0' ? "pull on" : "pull all", 0);
    return vls_remote_pull(r, known_tip, blob, ctx, new_tip, rewritten, err);
}

static enum vls_code
watched_push(struct vls_remote *r, const struct vls_slice *blobs, const char (*names)[VLS_REMOTE_NAME_LEN + 1],
             size_t n, const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    note("push", n);
    for (size_t i = 0; i < n; i++)
        note("blob", blobs[i].n);
    return vls_remote_push(r, blobs, names, n, on_tip, new_tip, err);
}

static void
watched(struct two *t, int who)
{
    watch.table = *vls_carrier_courier();
    watch.table.open = watched_open;
    watch.table.pull = watched_pull;
    watch.table.push = watched_push;
    t->e[who]->carrier = &watch.table;
    watch.n = 0;
    watch.seen[0] = '\0';
}

/* An envelope by HAGUE for the group, which is right or wrong in one place; blob receives its packet. */
enum wrong { WRONG_AUTHOR, WRONG_PLACE, WRONG_GROUP, WRONG_SIGNATURE, NO_ENVELOPE, WRONG_KEY, N_WRONG };

static void
packet_make(struct two *t, enum wrong wrong, struct vls_buf *blob)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];
    struct vls_engine *liar = t->e[HAGUE], *as = wrong == WRONG_AUTHOR ? t->e[NY] : liar;
    struct vls_epoch *epoch = vls__engine_epoch_for(liar, zeros), *other = NULL;
    struct vls_secret *key = NULL;
    uint8_t prev[VLS_HASH_LEN], id[VLS_HASH_LEN], group[VLS_HASH_LEN] = {1};
    struct vls_envelope_draft d = {.kind = VLS_ENV_ACK,
                                   .group = wrong == WRONG_GROUP ? group : liar->door.group,
                                   .device = as->me.device,
                                   .incarnation = as->incarnation,
                                   .prev = prev};
    struct vls_buf env;

    vls_buf_init(&env, VLS_ENVELOPE_MAX);
    vls_buf_init(blob, 4u * 1024 * 1024);
    check_ok(vls_store_chain_head(liar->store, as->me.device, as->incarnation, &d.seq, prev, &t->err), &t->err);
    d.seq += wrong == WRONG_PLACE ? 2 : 1;
    check_ok(vls_envelope_write(&env, id, &d, liar->sign_sk, NULL, vls_slice_str(""), &t->err), &t->err);
    if (wrong == WRONG_SIGNATURE)
        env.p[env.n - 1] ^= 1;
    if (wrong == NO_ENVELOPE) {
        vls_buf_reset(&env);
        vls_buf_printf(&env, "no envelope at all");
    }
    if (wrong == WRONG_KEY) {
        check_ok(vls_secret_random(&key, VLS_KEY_LEN, &t->err), &t->err);
        check_ok(vls_epoch_new(&other, key, liar->door.group, zeros, &t->err), &t->err);
    }
    check_ok(vls_packet_seal(blob, other != NULL ? other : epoch, liar->door.group, vls_buf_slice(&env), &t->err),
             &t->err);
    vls_epoch_free(other);
    vls_secret_free(key);
    vls_buf_clear(&env);
}

/* Leaves one kind of rubbish; kind < N_WRONG are sealed by a member, the others need no key. */
enum { RANDOM = N_WRONG, FLIPPED, CUT, LONGER, REPEATED, N_KINDS };

static void
rubbish(struct two *t, int kind)
{
    uint8_t junk[4096];
    struct vls_slice one;
    struct vls_buf sealed = {.p = NULL};
    struct kept k = {.count = 0};

    vls_random(junk, sizeof junk);
    one = vls_slice_of(junk, sizeof junk);
    if (kind < N_WRONG) {
        packet_make(t, (enum wrong)kind, &sealed);
        one = vls_buf_slice(&sealed);
    } else if (kind != RANDOM) {
        size_t last;

        fetch_all(t, &k);
        last = k.count - 1;
        one = vls_slice_of(k.p[last], k.n[last]);
        if (kind == FLIPPED)
            k.p[last][k.n[last] / 2] ^= 1;
        if (kind == CUT)
            one.n /= 2;
        if (kind == LONGER) {
            k.p[last] = realloc(k.p[last], k.n[last] + 100);
            assert_non_null(k.p[last]);
            memset(k.p[last] + k.n[last], 7, 100);
            one = vls_slice_of(k.p[last], k.n[last] + 100);
        }
    }
    two_plant(t, &one, 1);
    vls_buf_clear(&sealed);
    for (size_t i = 0; i < k.count; i++)
        free(k.p[i]);
}

/* Everything that New York shows its host while it takes in what is there, does it again, and has something to say. */
static void
three_exchanges(struct two *t, const uint8_t id[VLS_ID_LEN], unsigned round)
{
    char words[32];

    watched(t, NY);
    check_ok(two_sync(t, NY), &t->err);
    note("received", t->result.received);
    check_ok(two_sync(t, NY), &t->err);
    (void)snprintf(words, sizeof words, "position %04u", round);
    check_ok(two_set(t, NY, id, "position", words), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    note("sent", t->result.sent);
}

static void
what_follows_does_not_tell_what_was_wrong_GH_20(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char without[NOTED];
    uint64_t rejected = 0;

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    three_exchanges(t, id, 0);
    three_exchanges(t, id, 1);
    memcpy(without, watch.seen, sizeof without);
    assert_non_null(strstr(without, "push 1\n")); /* there is something to compare */
    for (int kind = 0; kind < N_KINDS; kind++) {
        rubbish(t, kind);
        watched(t, NY);
        three_exchanges(t, id, 2 + (unsigned)kind);
        if (strcmp(watch.seen, without) != 0)
            fail_msg("after rubbish %d a host sees\n%swithout it\n%s", kind, watch.seen, without);
    }
    for (int kind = 0; kind < N_KINDS; kind++) { /* and each of them was met */
        rubbish(t, kind);
        check_ok(two_sync(t, NY), &t->err);
        if (t->result.refused + t->result.foreign + t->result.waiting + t->result.damaged > 0)
            rejected++;
    }
    assert_int_equal(rejected, N_KINDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_follows_does_not_tell_what_was_wrong_GH_20, two_open, two_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
