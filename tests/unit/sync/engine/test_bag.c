/* Exchange by files that somebody carries: joining, twice, out of order, with gaps, cut, damaged, of another valise. */
#include "two.h"

#include "valise/file.h"

/* What a laptop writes, in a file of its own; returns its path until the next but nine. */
static const char *
carry_out(struct two *t, int who, bool all, struct vls_bag_written *w)
{
    static char path[10][360];
    static unsigned n;
    char *p = path[n % 10];

    (void)snprintf(p, sizeof path[0], "%s/%u.bag", t->dir, n++);
    check_ok(vls_engine_bag_write(t->e[who], p, all, 1800000050, w, &t->err), &t->err);
    assert_string_equal(vls_buf_str(&w->path), p);
    vls_bag_written_clear(w);
    return p;
}

static const char *
carry(struct two *t, int who)
{
    struct vls_bag_written w;

    return carry_out(t, who, false, &w);
}

static enum vls_code
take_in(struct two *t, int who, const char *path)
{
    struct vls_sync_opts o = {.now_unix = 1800000060};

    return vls_engine_bag_read(t->e[who], path, &o, &t->result, &t->err);
}

static void
take(struct two *t, int who, const char *path)
{
    check_ok(take_in(t, who, path), &t->err);
    assert_false(t->result.cut);
    assert_int_equal(t->result.damaged, 0);
    assert_int_equal(t->result.refused, 0);
}

struct gaps {
    char text[512];
};

static enum vls_code
gap_add(void *ctx, const struct vls_gap *gap, struct vls_error *err)
{
    struct gaps *g = ctx;
    size_t n = strlen(g->text);

    (void)err;
    (void)snprintf(g->text + n, sizeof g->text - n, "%s %llu-%llu;", gap->delegation, (unsigned long long)gap->first,
                   (unsigned long long)gap->last);
    return VLS_OK;
}

static void
gaps_are(struct two *t, int who, const char *text)
{
    struct gaps g = {""};
    uint64_t more;

    check_ok(vls_engine_gaps(t->e[who], gap_add, &g, &more, &t->err), &t->err);
    assert_string_equal(g.text, text);
    assert_int_equal(more, 0);
}

/* Two laptops that never share a folder. */
static void
joined(struct two *t)
{
    struct vls_places p = two_places(t, HAGUE);
    struct vls_new n = {.delegation = "Croatia", .post = "The Hague", .now_unix = 1800000001};
    char number[VLS_SAFETY_TEXT];
    struct vls_bag_written w;
    const char *path;
    uint64_t shared;

    two_init(t, NY, "Ireland", "New York");
    n.remote_url = carry(t, NY);
    check_ok(vls_engine_join(&t->e[HAGUE], &t->master[HAGUE], &p, &n, t->passphrase, &t->err), &t->err);
    path = carry_out(t, HAGUE, false, &w);
    assert_int_equal(w.n_letters, 1);
    assert_int_equal(w.n_changes, 0);
    take(t, NY, path);
    assert_int_equal(t->result.received, 1);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Croatia", number, true, 1800000002, &shared, &t->err), &t->err);
    path = carry_out(t, NY, false, &w);
    assert_int_equal(w.n_letters, 1);
    take(t, HAGUE, path);
    assert_true(t->result.admitted_now);
    assert_true(vls_engine_me(t->e[HAGUE])->admitted);
    two_equal(t, NY, HAGUE);
}

static void
a_newcomer_joins_without_a_shared_folder(void **state)
{
    struct two *t = *state;
    struct vls_bag_written w;
    const char *path;

    joined(t);
    take(t, NY, carry(t, HAGUE));
    path = carry_out(t, NY, false, &w);
    assert_int_equal(w.n_letters, 0); /* the letter was read: its device has spoken */
    (void)carry_out(t, HAGUE, false, &w);
    assert_int_equal(w.n_letters, 0);
    take(t, HAGUE, path);
    two_equal(t, NY, HAGUE);
}

static void
only_what_nobody_has_confirmed_is_carried(void **state)
{
    struct two *t = *state;
    struct vls_bag_written w;
    uint8_t id[VLS_ID_LEN];
    const char *path;

    joined(t);
    for (int i = 0; i < 5; i++)
        two_person(t, NY, "Invented Person", id);
    path = carry_out(t, NY, false, &w);
    assert_int_equal(w.n_changes, 5);
    (void)carry_out(t, NY, false, &w);
    assert_int_equal(w.n_changes, 5); /* nobody said that it arrived */
    take(t, HAGUE, path);
    take(t, NY, carry(t, HAGUE));
    path = carry_out(t, NY, false, &w);
    assert_int_equal(w.n_changes, 0);
    two_person(t, NY, "Another Invented Person", id);
    path = carry_out(t, NY, false, &w);
    assert_int_equal(w.n_changes, 1);
    take(t, HAGUE, path);
    two_equal(t, NY, HAGUE);
    path = carry_out(t, NY, true, &w);
    assert_int_equal(w.n_changes, 6);
    take(t, HAGUE, path);
    assert_int_equal(t->result.received, 0);
}

static void
files_are_taken_twice_and_in_any_order(void **state)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    unsigned n_taken = 0;

    joined(t);
    two_person(t, NY, "Invented Person", id);
    take(t, HAGUE, carry(t, NY));
    for (int o = 0; o < 6; o++) {
        const char *path[3];
        char words[48];

        for (int i = 0; i < 3; i++) {
            (void)snprintf(words, sizeof words, "Minister %d %d", o, i);
            check_ok(two_set(t, NY, id, "position", words), &t->err);
            path[i] = carry(t, NY);
        }
        for (int twice = 0; twice < 2; twice++)
            for (int i = 0; i < 3; i++, n_taken++)
                take(t, HAGUE, path[orders[o][i]]);
        two_equal(t, NY, HAGUE);
        assert_int_equal(t->result.waiting, 0);
    }
    assert_int_equal(n_taken, 36);
}

/* Leaves the frames from..to of a file out, counted without the door. */
static const char *
without_frames(struct two *t, const char *path, size_t from, size_t to)
{
    static char out[360];
    struct vls_buf in, cut;
    size_t at = 0, k = 0;

    vls_buf_init(&in, 64u << 20);
    vls_buf_init(&cut, 64u << 20);
    check_ok(vls_file_read(&in, path, 0, &t->err), &t->err);
    while (at < in.n) {
        size_t n = 36 + ((size_t)in.p[at] | (size_t)in.p[at + 1] << 8 | (size_t)in.p[at + 2] << 16);

        if (k < from || k > to)
            vls_buf_put(&cut, in.p + at, n);
        at += n;
        k++;
    }
    assert_true(k > to);
    (void)snprintf(out, sizeof out, "%s/gap.bag", t->dir);
    check_ok(vls_file_write(out, vls_buf_slice(&cut), 0600, 0, &t->err), &t->err);
    vls_buf_clear(&in);
    vls_buf_clear(&cut);
    return out;
}

/* A file in which pieces are lacking says how many and whose, until one comes that has them. */
static void
a_gap_is_named_until_it_is_filled(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    const char *whole;
    char text[3900];

    joined(t);
    gaps_are(t, HAGUE, "");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    two_person(t, NY, "Invented Person", id);
    for (int i = 0; i < 80; i++) { /* some sixteen to a packet */
        text[0] = (char)('a' + i % 26);
        text[1] = (char)('a' + i / 26);
        check_ok(two_set(t, NY, id, "summary", text), &t->err);
    }
    whole = carry(t, NY);
    check_ok(take_in(t, HAGUE, without_frames(t, whole, 2, 3)), &t->err);
    assert_int_equal(t->result.damaged, 1); /* its sum */
    assert_true(t->result.waiting >= 3);
    {
        struct gaps g = {""};
        uint64_t more;

        check_ok(vls_engine_gaps(t->e[HAGUE], gap_add, &g, &more, &t->err), &t->err);
        assert_int_equal(more, 0);
        assert_memory_equal(g.text, "Ireland ", 8);
        assert_non_null(strchr(g.text, ';'));
        assert_int_equal(strchr(g.text, ';')[1], '\0');
    }
    take(t, HAGUE, whole);
    gaps_are(t, HAGUE, "");
    two_equal(t, NY, HAGUE);
}

/* An envelope far down a chain that nobody has the beginning of: it waits, and lacks what is before it. */
static void
make_it_wait(struct two *t, const uint8_t device[VLS_ID_LEN])
{
    static const uint8_t zeros[VLS_HASH_LEN];
    uint8_t incarnation[VLS_ID_LEN], id[VLS_HASH_LEN], pk[VLS_SIGN_PK_LEN];
    struct vls_envelope_draft d = {.kind = VLS_ENV_ACK, .group = t->e[NY]->door.group};
    struct vls_secret *sk = NULL;
    struct vls_buf env;

    vls_buf_init(&env, VLS_ENVELOPE_MAX);
    vls_random(incarnation, sizeof incarnation);
    check_ok(vls_sign_keypair(pk, &sk, &t->err), &t->err);
    d.device = device;
    d.incarnation = incarnation;
    d.seq = 100;
    d.prev = zeros;
    check_ok(vls_envelope_write(&env, id, &d, sk, NULL, vls_slice_of(NULL, 0), &t->err), &t->err);
    check_ok(vls_store_wait(t->e[NY]->store, id, vls_buf_slice(&env), &t->err), &t->err);
    vls_secret_free(sk);
    vls_buf_clear(&env);
}

struct named {
    unsigned ireland, croatia, strangers;
};

static enum vls_code
count_named(void *ctx, const struct vls_gap *gap, struct vls_error *err)
{
    struct named *n = ctx;

    (void)err;
    assert_true(gap->first == 1 && gap->last == 99);
    n->ireland += strcmp(gap->delegation, "Ireland") == 0;
    n->croatia += strcmp(gap->delegation, "Croatia") == 0;
    n->strangers += gap->delegation[0] == '\0';
    return VLS_OK;
}

/* Lives and devices that a member makes up without end hide nobody else's gap and fill no screen. */
static void
a_member_who_makes_gaps_is_named_a_few_times(void **state)
{
    struct two *t = *state;
    struct named n = {0, 0, 0};
    uint8_t device[VLS_ID_LEN];
    uint64_t more;

    joined(t);
    take(t, NY, carry(t, HAGUE));
    check_ok(vls__engine_start(t->e[NY], &t->err), &t->err);
    for (int i = 0; i < 200; i++) {
        make_it_wait(t, vls_engine_me(t->e[HAGUE])->device);
        vls_random(device, sizeof device);
        make_it_wait(t, device);
    }
    make_it_wait(t, vls_engine_me(t->e[NY])->device);
    check_ok(vls__engine_end(t->e[NY], VLS_OK, &t->err), &t->err);
    check_ok(vls_engine_gaps(t->e[NY], count_named, &n, &more, &t->err), &t->err);
    assert_int_equal(n.ireland, 1);
    assert_int_equal(n.croatia, VLS_GAPS_EACH);
    assert_int_equal(n.strangers, VLS_GAPS_EACH);
    assert_int_equal(more, 401 - 1 - 2 * VLS_GAPS_EACH);
}

static void
a_file_that_was_cut_is_used_as_far_as_it_goes(void **state)
{
    struct two *t = *state;
    struct vls_buf whole;
    char path[320];
    uint8_t id[VLS_ID_LEN];
    unsigned n_cuts = 0, n_none = 0;

    joined(t);
    for (int i = 0; i < 3; i++)
        two_person(t, NY, "Invented Person", id);
    vls_buf_init(&whole, 64u << 20);
    check_ok(vls_file_read(&whole, carry(t, NY), 0, &t->err), &t->err);
    (void)snprintf(path, sizeof path, "%s/cut.bag", t->dir);
    for (size_t n = 0; n < whole.n; n += 97, n_cuts++) {
        enum vls_code rc;

        check_ok(vls_file_write(path, vls_slice_of(whole.p, n), 0600, 0, &t->err), &t->err);
        rc = take_in(t, HAGUE, path);
        n_none += rc == VLS_EFORMAT;
        assert_true(rc == VLS_EFORMAT || (rc == VLS_OK && t->result.cut));
    }
    assert_true(n_cuts > 50 && n_none >= 11);
    check_ok(vls_file_write(path, vls_buf_slice(&whole), 0600, 0, &t->err), &t->err);
    take(t, HAGUE, path);
    two_equal(t, NY, HAGUE);
    vls_buf_clear(&whole);
}

static void
damage_is_said_and_the_rest_is_used(void **state)
{
    struct two *t = *state;
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT], path[320];
    struct vls_buf whole;
    uint8_t id[VLS_ID_LEN];
    unsigned n_flips = 0;

    joined(t);
    take(t, NY, carry(t, HAGUE)); /* no letter in the next */
    two_person(t, NY, "Invented Person", id);
    two_state(t, HAGUE, before);
    vls_buf_init(&whole, 64u << 20);
    check_ok(vls_file_read(&whole, carry(t, NY), 0, &t->err), &t->err);
    (void)snprintf(path, sizeof path, "%s/bad.bag", t->dir);
    for (size_t i = 4 + 32 + 1024 + 4 + 32; i + 36 < whole.n; i += 53, n_flips++) { /* within the only packet */
        whole.p[i] ^= 0x10;
        check_ok(vls_file_write(path, vls_buf_slice(&whole), 0600, 0, &t->err), &t->err);
        check_ok(take_in(t, HAGUE, path), &t->err);
        assert_int_equal(t->result.damaged, 1);
        assert_int_equal(t->result.received, 0);
        whole.p[i] ^= 0x10;
    }
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    assert_true(n_flips > 10);
    vls_buf_clear(&whole);
}

static void
another_valise_is_refused_whole(void **state)
{
    struct two *t = *state;
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    uint8_t id[VLS_ID_LEN];
    const char *path;

    joined(t);
    two_init(t, NAIROBI, "Kenya", "Nairobi");
    two_person(t, NAIROBI, "Invented Person", id);
    path = carry(t, NAIROBI);
    two_state(t, HAGUE, before);
    assert_int_equal(take_in(t, HAGUE, path), VLS_ETRUST);
    assert_int_equal(t->result.received, 0);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    assert_int_equal(take_in(t, HAGUE, t->dir), VLS_EFORMAT);
    assert_int_equal(take_in(t, HAGUE, "/nowhere/at/all"), VLS_EUNREACHABLE);
}

static void
a_trial_leaves_everything_as_it_was(void **state)
{
    struct two *t = *state;
    struct vls_sync_opts o = {.now_unix = 1800000060, .dry_run = true};
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    struct vls_bag_written w;
    uint8_t id[VLS_ID_LEN];
    const char *path;

    joined(t);
    two_person(t, NY, "Invented Person", id);
    check_ok(vls_engine_bag_write(t->e[NY], NULL, false, 1800000050, &w, &t->err), &t->err);
    assert_int_equal(w.n_changes, 1);
    assert_int_equal(w.path.n, 0);
    vls_bag_written_clear(&w);
    path = carry(t, NY);
    two_state(t, HAGUE, before);
    check_ok(vls_engine_bag_read(t->e[HAGUE], path, &o, &t->result, &t->err), &t->err);
    assert_int_equal(t->result.received, 1);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    take(t, HAGUE, path);
    two_equal(t, NY, HAGUE);
}

#define BETWEEN_TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        BETWEEN_TWO(a_newcomer_joins_without_a_shared_folder),
        BETWEEN_TWO(only_what_nobody_has_confirmed_is_carried),
        BETWEEN_TWO(files_are_taken_twice_and_in_any_order),
        BETWEEN_TWO(a_gap_is_named_until_it_is_filled),
        BETWEEN_TWO(a_member_who_makes_gaps_is_named_a_few_times),
        BETWEEN_TWO(a_file_that_was_cut_is_used_as_far_as_it_goes),
        BETWEEN_TWO(damage_is_said_and_the_rest_is_used),
        BETWEEN_TWO(another_valise_is_refused_whole),
        BETWEEN_TWO(a_trial_leaves_everything_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
