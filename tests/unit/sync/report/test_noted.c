/*
 * What waits, found from notes: over random histories the same as what reading everything finds, row by row and pair by
 * pair. All persons in here are invented.
 */
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "noted_world.h"

/* ---- the two answers ---- */

struct noted_pairs {
    const struct vls_pair *pair;
    size_t n, at;
};

static enum vls_code
same_pair(void *ctx, const struct vls_note_pair *p, struct vls_error *err)
{
    struct noted_pairs *all = ctx;
    const struct vls_pair *want = &all->pair[all->at];

    (void)err;
    assert_true(all->at < all->n);
    assert_memory_equal(p->a, want->a, VLS_ID_LEN);
    assert_memory_equal(p->b, want->b, VLS_ID_LEN);
    assert_int_equal(p->kind, want->kind);
    assert_int_equal(p->likeness, want->likeness);
    assert_int_equal(p->unsure, want->unsure);
    all->at++;
    return VLS_OK;
}

static void
same_unshared(const struct vls_unshared *a, const struct vls_unshared *b)
{
    assert_memory_equal(a->id, b->id, VLS_ID_LEN);
    assert_string_equal(a->ref, b->ref);
    assert_string_equal(a->title, b->title);
    assert_string_equal(a->delegation, b->delegation);
    assert_string_equal(a->post, b->post);
    assert_int_equal(a->has_received, b->has_received);
    assert_int_equal(a->age.known, b->age.known);
    assert_int_equal(a->age.min_s, b->age.min_s);
    assert_int_equal(a->age.max_s, b->age.max_s);
    assert_int_equal(a->has_travel, b->has_travel);
    assert_int_equal(a->days_to_travel, b->days_to_travel);
    assert_int_equal(a->warning, b->warning);
}

/* The open ones of all are those that wait. */
static void
same_recalls(struct world *w, const struct vls_report *all, const struct vls_report *waiting)
{
    const struct vls_recall *a, *b;
    size_t n, m, at = 0;

    a = vls_report_recalls(all, &n);
    b = vls_report_recalls(waiting, &m);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < a[i].n_causes; k++)
            w->n_told += *a[i].cause[k].told_ref != '\0';
        if (!a[i].open)
            continue;
        while (at < m && !b[at].open) /* all were read, since notes could not be written */
            at++;
        assert_true(at < m);
        assert_memory_equal(a[i].id, b[at].id, VLS_ID_LEN);
        assert_true(b[at].open);
        assert_string_equal(a[i].ref, b[at].ref);
        assert_string_equal(a[i].addressee, b[at].addressee);
        assert_int_equal(a[i].n_causes, b[at].n_causes);
        for (size_t k = 0; k < a[i].n_causes; k++) {
            assert_int_equal(a[i].cause[k].why, b[at].cause[k].why);
            assert_int_equal(a[i].cause[k].knew, b[at].cause[k].knew);
            assert_int_equal(a[i].cause[k].over, b[at].cause[k].over);
            assert_string_equal(a[i].cause[k].record_ref, b[at].cause[k].record_ref);
            assert_string_equal(a[i].cause[k].told_ref, b[at].cause[k].told_ref);
        }
        at++;
        w->n_recalls++;
    }
    while (at < m && !b[at].open)
        at++;
    assert_int_equal(at, m);
}

static enum vls_code
count_id(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    (void)id;
    (void)err;
    ++*(size_t *)ctx;
    return VLS_OK;
}

static void
note_what_was_met(struct world *w, const struct vls_pair_count *count, size_t n_unshared)
{
    struct vls_error err = {0};
    size_t n = 0;

    check_ok(vls_notes_token_persons(w->s, vls_slice_str("vlkn"), SIZE_MAX, count_id, &n, &err), &err);
    w->n_common += n > RP_COMMON && !w->was_common;
    w->n_apart += n <= RP_COMMON && w->was_common;
    w->was_common = n > RP_COMMON;
    w->n_pairs += count->n_sure;
    w->n_unsure += count->n_unsure;
    w->n_unshared += n_unshared;
}

static void
compare(struct world *w)
{
    struct vls_report *all, *waiting;
    struct vls_error err = {0};
    const struct vls_unshared *u, *v;
    struct vls_pair_count p, q;
    struct noted_pairs pairs = {.at = 0};
    enum vls_notes_state notes;
    size_t n, m;

    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    w->n_behind += notes == VLS_NOTES_BEHIND;
    check_ok(vls_report_open(&all, w->s, NOW, "en", &err), &err);
    check_ok(vls_report_open_waiting(&waiting, w->s, NOW, "en", &err), &err);
    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    assert_int_equal(notes, VLS_NOTES_CURRENT);

    assert_int_equal(vls_report_left_out(all), vls_report_left_out(waiting));
    u = vls_report_unshared(all, &n);
    v = vls_report_unshared(waiting, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        same_unshared(&u[i], &v[i]);

    same_recalls(w, all, waiting);
    pairs.pair = vls_report_pairs(all, &pairs.n);
    check_ok(vls_notes_pairs(w->s, NULL, SIZE_MAX, same_pair, &pairs, &err), &err);
    assert_int_equal(pairs.at, pairs.n);
    vls_report_pair_count(all, &p);
    vls_report_pair_count(waiting, &q);
    assert_int_equal(p.n_sure, q.n_sure);
    assert_int_equal(p.n_unsure, q.n_unsure);
    assert_memory_equal(p.a, q.a, VLS_ID_LEN);
    assert_memory_equal(p.b, q.b, VLS_ID_LEN);
    assert_string_equal(p.ref_a, q.ref_a);
    assert_string_equal(p.ref_b, q.ref_b);
    note_what_was_met(w, &p, n);
    vls_report_close(all);
    vls_report_close(waiting);
}

static void
notes_answer_what_reading_everything_answers(void **state)
{
    uint64_t seed = check_seed(0x0707e5);
    struct world sum = {.n_behind = 0};
    int histories = getenv("VLS_TEST_LONG") != NULL ? 60 : 5;

    (void)state;
    print_message("VLS_SEED=%#llx\n", (unsigned long long)seed);
    for (int i = 0; i < histories; i++) {
        struct world *w = world_new(check_random(&seed));

        compare(w);
        for (int k = 0; k < 160; k++) {
            for (uint64_t n = pick(w, 3) == 0 ? 1 + pick(w, 6) : 1; n > 0; n--)
                step(w);
            compare(w);
        }
        sum.n_behind += w->n_behind;
        sum.n_pairs += w->n_pairs;
        sum.n_unsure += w->n_unsure;
        sum.n_unshared += w->n_unshared;
        sum.n_common += w->n_common;
        sum.n_apart += w->n_apart;
        sum.n_recalls += w->n_recalls;
        sum.n_told += w->n_told;
        world_free(w);
    }
    print_message(
        "%zu looks at changes; %zu pairs, %zu unsure, %zu unshared; a token became common %zu times, rare %zu\n",
        sum.n_behind, sum.n_pairs, sum.n_unsure, sum.n_unshared, sum.n_common, sum.n_apart);
    assert_true(sum.n_behind > 150 * (size_t)histories);
    assert_true(sum.n_pairs > 1000 && sum.n_unsure > 100 && sum.n_unshared > 1000);
    print_message("%zu addressees to be told, %zu were\n", sum.n_recalls, sum.n_told);
    assert_true(sum.n_common >= 5 && sum.n_apart >= 3);
    assert_true(sum.n_recalls > 200 && sum.n_told > 15);
}

static void
forgotten_notes_are_made_anew(void **state)
{
    struct world *w = world_new(5);
    struct vls_error err = {0};
    enum vls_notes_state notes;

    (void)state;
    for (int k = 0; k < 120; k++)
        step(w);
    compare(w);
    check_ok(vls_notes_forget(w->s, &err), &err);
    check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
    assert_int_equal(notes, VLS_NOTES_NONE);
    step(w);
    compare(w);
    check_ok(vls_notes_look(w->s, 3, &notes, &err), &err); /* of another version */
    assert_int_equal(notes, VLS_NOTES_NONE);
    world_free(w);
}

static void
notes_that_cannot_be_written_are_done_without(void **state)
{
    struct world *w = world_new(6);
    struct vls_report *all, *waiting;
    struct vls_error err = {0};
    struct vls_pair_count p, q;
    enum vls_notes_state notes;

    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        for (int k = 0; k < 60; k++)
            step(w);
        check_ok(vls_store_begin(w->s, &err), &err); /* nobody else can begin one */
        check_ok(vls_report_open(&all, w->s, NOW, "en", &err), &err);
        check_ok(vls_report_open_waiting(&waiting, w->s, NOW, "en", &err), &err);
        vls_report_pair_count(all, &p);
        vls_report_pair_count(waiting, &q);
        assert_true(p.n_sure > 0);
        assert_int_equal(p.n_sure, q.n_sure);
        assert_string_equal(p.ref_a, q.ref_a);
        vls_report_close(all);
        vls_report_close(waiting);
        vls_store_rollback(w->s);
        check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
        assert_int_equal(notes, behind != 0 ? VLS_NOTES_BEHIND : VLS_NOTES_NONE);
        compare(w);
    }
    world_free(w);
}

static char folder[32], path[48];

static int
make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/valise-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

/* No byte can be written any more: what waits is told, and the notes are as old as they were. */
static void
on_a_full_disk_what_waits_is_told_all_the_same(void **state)
{
    struct rlimit before, none;
    struct world *w = world_new(8);
    struct vls_report *waiting = NULL;
    struct vls_secret *key = NULL;
    struct vls_error err = {0};
    struct vls_pair_count p, q;
    enum vls_notes_state notes;
    enum vls_code rc;

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_secret_random(&key, VLS_KEY_LEN, &err), &err);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    vls_store_close(w->s);
    check_ok(vls_store_open(&w->s, path, key, true, &err), &err);
    check_ok(vls_store_compartment_put(w->s, FOCAL, "focal-points", true, &err), &err);
    check_ok(vls_store_compartment_put(w->s, COURT, "court", false, &err), &err);
    for (int behind = 0; behind < 2; behind++) {
        for (int k = 0; k < 80; k++)
            step(w);
        check_ok(vls_report_open(&waiting, w->s, NOW, "en", &err), &err);
        vls_report_pair_count(waiting, &p);
        vls_report_close(waiting);
        none = before;
        none.rlim_cur = 0;
        (void)setrlimit(RLIMIT_FSIZE, &none);
        rc = vls_report_open_waiting(&waiting, w->s, NOW, "en", &err);
        (void)setrlimit(RLIMIT_FSIZE, &before);
        check_ok(rc, &err);
        vls_report_pair_count(waiting, &q);
        assert_true(p.n_sure > 0);
        assert_int_equal(p.n_sure, q.n_sure);
        assert_string_equal(p.ref_a, q.ref_a);
        vls_report_close(waiting);
        vls_store_close(w->s);
        check_ok(vls_store_open(&w->s, path, key, false, &err), &err);
        check_ok(vls_notes_look(w->s, 2, &notes, &err), &err);
        assert_int_equal(notes, behind != 0 ? VLS_NOTES_BEHIND : VLS_NOTES_NONE);
        compare(w);
    }
    world_free(w);
    vls_secret_free(key);
    (void)signal(SIGXFSZ, SIG_DFL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_answer_what_reading_everything_answers),
        cmocka_unit_test(forgotten_notes_are_made_anew),
        cmocka_unit_test(notes_that_cannot_be_written_are_done_without),
        cmocka_unit_test_setup_teardown(on_a_full_disk_what_waits_is_told_all_the_same, make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
