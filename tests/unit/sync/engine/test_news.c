/*
 * Since when nobody has been heard of: a host that shows the same view for ever, repeats what it had or makes something
 * up is silent, and only what a colleague newly signed ends the silence (GH-02). The clock is a number here.
 */
#include "two.h"

#include <sys/wait.h>

#define T0  INT64_C(1800100000)
#define DAY INT64_C(86400)

static enum vls_code
sync_at(struct two *t, int who, const char *remote, int64_t now)
{
    struct vls_sync_opts o = {.remote = remote, .now_unix = now};

    memset(&t->result, 0, sizeof t->result);
    return vls_engine_sync(t->e[who], &o, two_keep_result, t, &t->err);
}

static int64_t
news(struct two *t, int who)
{
    int64_t at = -1;

    check_ok(vls_engine_last_news(t->e[who], &at, &t->err), &t->err);
    return at;
}

struct of_remote {
    const char *name;
    int64_t at;
};

static enum vls_code
find_remote(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct of_remote *f = ctx;

    (void)err;
    if (strcmp(r->name, f->name) == 0)
        f->at = r->last_news_unix;
    return VLS_OK;
}

static int64_t
news_by(struct two *t, int who, const char *remote)
{
    struct of_remote f = {remote, -1};

    check_ok(vls_engine_remote_list(t->e[who], find_remote, &f, &t->err), &t->err);
    return f.at;
}

/* Two who have nothing to say to one another; New York heard of The Hague last at T0. */
static void
at_rest(struct two *t, uint8_t id[VLS_ID_LEN])
{
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_set(t, HAGUE, id, "position", "Minister"), &t->err);
    check_ok(sync_at(t, HAGUE, NULL, T0), &t->err);
    check_ok(sync_at(t, NY, NULL, T0), &t->err);
    check_ok(sync_at(t, HAGUE, NULL, T0), &t->err);
    check_ok(sync_at(t, NY, NULL, T0), &t->err);
    assert_int_equal(t->result.sent + t->result.received, 0);
}

static void
folder_copy(const char *from, const char *to)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        (void)execlp("cp", "cp", "-a", from, to, (char *)NULL);
        _exit(9);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* ---- tests ---- */

static void
a_frozen_view_is_silence_to_the_second_GH_02(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char real[320], frozen[320];
    unsigned n_frozen = 0;

    at_rest(t, id);
    assert_int_equal(news(t, NY), T0);
    (void)snprintf(real, sizeof real, "%s.real", t->hub);
    (void)snprintf(frozen, sizeof frozen, "%s.frozen", t->hub);
    folder_copy(t->hub, frozen);
    check_ok(two_set(t, HAGUE, id, "position", "Former Minister"), &t->err); /* which the host keeps to itself */
    check_ok(sync_at(t, HAGUE, NULL, T0 + 60), &t->err);
    assert_int_equal(t->result.sent, 1);
    assert_int_equal(rename(t->hub, real), 0);
    assert_int_equal(rename(frozen, t->hub), 0);
    for (int day = 1; day <= 9; day++) {
        check_ok(sync_at(t, NY, NULL, T0 + day * DAY), &t->err);
        n_frozen += t->result.code == VLS_OK && t->result.received == 0;
        assert_int_equal(news(t, NY), T0);
        assert_int_equal(news_by(t, NY, "stick"), T0);
    }
    assert_int_equal(n_frozen, 9);
    assert_int_equal(rename(t->hub, frozen), 0);
    assert_int_equal(rename(real, t->hub), 0);
    check_ok(sync_at(t, NY, NULL, T0 + 9 * DAY + 7), &t->err);
    assert_int_equal(t->result.received, 1);
    assert_int_equal(news(t, NY), T0 + 9 * DAY + 7);
    assert_int_equal(news_by(t, NY, "stick"), T0 + 9 * DAY + 7);
}

/* The door's key and the group's number lie on the remote in the clear: a host asks to join as often as it likes. */
static void
a_request_to_join_on_a_frozen_view_is_no_news(void **state)
{
    static const char *const STATES[] = {"Kenya", "Ghana", "Chile"};
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    at_rest(t, id);
    for (int day = 1; day <= 3; day++) {
        two_join(t, NAIROBI, STATES[day - 1], "Nairobi");
        check_ok(sync_at(t, NY, NULL, T0 + day * DAY), &t->err);
        assert_int_equal(t->result.received, 1); /* it is shown, as ever */
        assert_int_equal(news(t, NY), T0);
        assert_int_equal(news_by(t, NY, "stick"), T0);
        vls_engine_close(t->e[NAIROBI]);
        t->e[NAIROBI] = NULL;
        vls_secret_free(t->master[NAIROBI]);
        t->master[NAIROBI] = NULL;
        assert_int_equal(nftw(t->data[NAIROBI], two_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
    }
}

struct kept {
    uint8_t *p[64];
    struct vls_slice blob[64];
    size_t n;
};

static enum vls_code
keep(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct kept *k = ctx;

    (void)name;
    (void)err;
    assert_in_range(k->n, 0, 63);
    assert_non_null(k->p[k->n] = malloc(blob.n));
    memcpy(k->p[k->n], blob.p, blob.n);
    k->blob[k->n] = vls_slice_of(k->p[k->n], blob.n);
    k->n++;
    return VLS_OK;
}

static void
what_a_host_repeats_or_makes_up_is_no_news(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], junk[4096] = {0};
    struct vls_slice made_up = vls_slice_of(junk, sizeof junk);
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct kept k = {.n = 0};
    struct vls_remote *r;

    at_rest(t, id);
    check_ok(vls_remote_open(&r, t->courier, t->hub, 0, &t->err), &t->err);
    check_ok(vls_remote_pull(r, "", keep, &k, tip, NULL, &t->err), &t->err);
    vls_remote_close(r);
    assert_true(k.n >= 5);
    for (int day = 1; day <= 3; day++) { /* all of it once more, as if it were new */
        two_plant(t, k.blob, k.n);
        check_ok(sync_at(t, NY, NULL, T0 + day * DAY), &t->err);
        assert_int_equal(news(t, NY), T0);
        assert_int_equal(news_by(t, NY, "stick"), T0);
    }
    vls_random(junk, sizeof junk);
    two_plant(t, &made_up, 1);
    check_ok(sync_at(t, NY, NULL, T0 + 4 * DAY), &t->err);
    assert_int_equal(t->result.foreign, 1);
    for (size_t i = 0; i < k.n; i++)
        k.p[i][k.blob[i].n / 2] ^= 1;
    two_plant(t, k.blob, k.n);
    check_ok(sync_at(t, NY, NULL, T0 + 5 * DAY), &t->err);
    assert_int_equal(t->result.foreign, k.n);
    assert_int_equal(news(t, NY), T0);
    assert_int_equal(news_by(t, NY, "stick"), T0);
    for (size_t i = 0; i < k.n; i++)
        free(k.p[i]);
}

static void
another_history_of_what_is_known_is_no_news(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_sync_opts o = {.remote = "stick", .now_unix = T0 + DAY};
    struct vls_compacted is;

    at_rest(t, id);
    check_ok(vls_engine_remote_compact(t->e[HAGUE], &o, &is, &t->result, &t->err), &t->err);
    assert_true(is.replaced);
    check_ok(sync_at(t, NY, NULL, T0 + 2 * DAY), &t->err);
    assert_true(t->result.rewritten);
    assert_int_equal(news(t, NY), T0);
    assert_int_equal(news_by(t, NY, "stick"), T0);
}

static void
open_again(struct two *t, int who)
{
    struct vls_places p = two_places(t, who);

    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
    check_ok(vls_engine_open(&t->e[who], &p, t->master[who], &t->err), &t->err);
}

/* A store that was put back hears of its own work, and of nobody. */
static void
our_own_word_that_comes_back_is_no_news(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char old[340];

    at_rest(t, id);
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    (void)snprintf(old, sizeof old, "%s.old", t->data[NY]);
    folder_copy(t->data[NY], old);
    open_again(t, NY);
    check_ok(two_set(t, NY, id, "position", "Envoy"), &t->err);
    check_ok(sync_at(t, NY, NULL, T0 + DAY), &t->err);
    assert_int_equal(t->result.sent, 1);
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    assert_int_equal(nftw(t->data[NY], two_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(rename(old, t->data[NY]), 0);
    open_again(t, NY);
    check_ok(sync_at(t, NY, NULL, T0 + 2 * DAY), &t->err);
    assert_true(t->result.was_older);
    assert_int_equal(news(t, NY), T0);
    assert_int_equal(news_by(t, NY, "stick"), T0);
}

static void
who_is_alone_misses_nobody(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    two_found(t);
    check_ok(sync_at(t, NY, NULL, T0), &t->err);
    assert_int_equal(news(t, NY), 0);
    two_join(t, HAGUE, "Croatia", "The Hague");
    assert_int_equal(news(t, HAGUE), 0); /* not a member of anything yet */
    check_ok(sync_at(t, NY, NULL, T0 + 30 * DAY), &t->err);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Croatia", number, true, T0 + 30 * DAY, &shared, &t->err), &t->err);
    assert_int_equal(news(t, NY), T0 + 30 * DAY); /* until then there was nobody to be missed */
    check_ok(sync_at(t, NY, NULL, T0 + 31 * DAY), &t->err);
    assert_int_equal(news(t, NY), T0 + 30 * DAY); /* our own word is none */
    check_ok(sync_at(t, HAGUE, NULL, T0 + 32 * DAY), &t->err);
    assert_int_equal(news(t, HAGUE), T0 + 32 * DAY);
}

/* What came by the stick is no news when the host has it too; but the host is seen to be alive. */
static void
every_way_is_counted_by_itself(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char second[320];

    at_rest(t, id);
    (void)snprintf(second, sizeof second, "%s2", t->hub);
    check_ok(vls_engine_remote_add(t->e[NY], "second", second, true, &t->err), &t->err);
    assert_int_equal(news_by(t, NY, "second"), 0);
    check_ok(sync_at(t, NY, "second", T0 + DAY), &t->err);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "second", second, false, &t->err), &t->err);
    check_ok(sync_at(t, HAGUE, "second", T0 + DAY), &t->err);
    assert_int_equal(news_by(t, NY, "second"), T0 + DAY); /* the first exchange begins the count */
    assert_int_equal(news(t, NY), T0);
    check_ok(two_set(t, HAGUE, id, "position", "Envoy"), &t->err);
    check_ok(sync_at(t, HAGUE, NULL, T0 + 2 * DAY), &t->err);
    check_ok(sync_at(t, NY, "stick", T0 + 2 * DAY), &t->err);
    assert_int_equal(t->result.received, 1);
    check_ok(sync_at(t, NY, "second", T0 + 3 * DAY), &t->err);
    assert_int_equal(t->result.received, 0);
    assert_int_equal(news(t, NY), T0 + 2 * DAY);
    assert_int_equal(news_by(t, NY, "stick"), T0 + 2 * DAY);
    assert_int_equal(news_by(t, NY, "second"), T0 + 3 * DAY);
    check_ok(vls_engine_remote_remove(t->e[NY], "second", &t->err), &t->err);
    check_ok(vls_engine_remote_add(t->e[NY], "second", second, false, &t->err), &t->err);
    assert_int_equal(news_by(t, NY, "second"), 0);
    assert_int_equal(news(t, NY), T0 + 2 * DAY);
}

static void
a_file_brings_news(void **state)
{
    struct two *t = *state;
    struct vls_sync_opts o = {.now_unix = T0 + 5 * DAY};
    struct vls_bag_written out;
    uint8_t id[VLS_ID_LEN];
    char bag[320];

    at_rest(t, id);
    check_ok(two_set(t, HAGUE, id, "position", "Envoy"), &t->err);
    (void)snprintf(bag, sizeof bag, "%s/news.bag", t->dir);
    check_ok(vls_engine_bag_write(t->e[HAGUE], bag, false, T0 + 4 * DAY, &out, &t->err), &t->err);
    vls_bag_written_clear(&out);
    o.dry_run = true;
    check_ok(vls_engine_bag_read(t->e[NY], bag, &o, &t->result, &t->err), &t->err);
    assert_int_equal(news(t, NY), T0); /* only looked at */
    o.dry_run = false;
    check_ok(vls_engine_bag_read(t->e[NY], bag, &o, &t->result, &t->err), &t->err);
    assert_int_equal(t->result.received, 1);
    assert_int_equal(news(t, NY), T0 + 5 * DAY);
    assert_int_equal(news_by(t, NY, "stick"), T0);
    o.now_unix += DAY;
    check_ok(vls_engine_bag_read(t->e[NY], bag, &o, &t->result, &t->err), &t->err);
    assert_int_equal(news(t, NY), T0 + 5 * DAY); /* once more */
}

/* SD-05: what was written by a clock ten years ahead does not count for ten years. */
static void
a_clock_that_was_wrong_does_not_end_the_count(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    at_rest(t, id);
    check_ok(two_set(t, HAGUE, id, "position", "Envoy"), &t->err);
    check_ok(sync_at(t, HAGUE, NULL, T0 + DAY), &t->err);
    check_ok(sync_at(t, NY, NULL, T0 + 3650 * DAY), &t->err);
    assert_int_equal(news(t, NY), T0 + 3650 * DAY);
    check_ok(sync_at(t, NY, NULL, T0 + 2 * DAY), &t->err);
    assert_int_equal(news(t, NY), T0 + 2 * DAY);
    assert_int_equal(news_by(t, NY, "stick"), T0 + 2 * DAY);
    check_ok(sync_at(t, NY, NULL, T0 + 3 * DAY), &t->err);
    assert_int_equal(news(t, NY), T0 + 2 * DAY);
}

#define TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(a_frozen_view_is_silence_to_the_second_GH_02),
        TWO(a_request_to_join_on_a_frozen_view_is_no_news),
        TWO(what_a_host_repeats_or_makes_up_is_no_news),
        TWO(another_history_of_what_is_known_is_no_news),
        TWO(our_own_word_that_comes_back_is_no_news),
        TWO(who_is_alone_misses_nobody),
        TWO(every_way_is_counted_by_itself),
        TWO(a_file_brings_news),
        TWO(a_clock_that_was_wrong_does_not_end_the_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
