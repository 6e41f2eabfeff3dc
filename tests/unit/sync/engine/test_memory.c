/*
 * UL-08: what memory holds. Words in every place of an open valise, and its keys, are looked for in the whole process:
 * keys lie in guarded memory only, words in live memory of the heap only, nothing is freed with a word in it, and when
 * the valise is closed nothing is left anywhere.
 */
#include "two.h"

#include <malloc.h>

#include "sync/store/db.h"
#include "sync/store/store_int.h"
#include "tests/support/memscan.h"
#include "valise/report.h"

enum { TITLE, DELEGATION, POST, NAME, POSITION, LATER, SEARCHED, THEIRS, PASSPHRASE, N_WORDS };
enum { MASTER = N_WORDS, THEIR_MASTER, SIGNING, BOX, KEK, N_NEEDLES };

static struct memscan scan;
static volatile bool watching;         /* every free and realloc is looked at */
static volatile unsigned n_freed;      /* meanwhile */
static volatile unsigned n_freed_open; /* of them with a word still in it */

#if !VLS_SANITIZED
/* In place of the C library's own, which they call; a sanitizer has taken these names for itself. */
void __libc_free(void *p);
void *__libc_realloc(void *p, size_t n);
void free(void *p);
void *realloc(void *p, size_t n);

static bool
holds_a_word(void *p)
{
    size_t n = malloc_usable_size(p);

    n_freed++;
    for (unsigned k = 0; k < N_WORDS && k < scan.n; k++)
        if (memmem(p, n, scan.room->word[k], scan.len[k]) != NULL)
            return true;
    return false;
}

void
free(void *p)
{
    if (watching && p != NULL)
        n_freed_open += holds_a_word(p);
    __libc_free(p);
}

void *
realloc(void *p, size_t n)
{
    bool held = watching && p != NULL && holds_a_word(p);
    void *q = __libc_realloc(p, n);

    n_freed_open += held && q != p; /* moved, and a copy stays behind */
    return q;
}
#endif

static enum vls_code
ignore_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    size_t *n = ctx;

    (void)r;
    (void)err;
    (*n)++;
    return VLS_OK;
}

static void
search(struct two *t, int who, const char *words, size_t want)
{
    size_t n = 0;

    check_ok(vls_store_search(vls_engine_store(t->e[who]), words, 10, ignore_record, &n, &t->err), &t->err);
    assert_int_equal(n, want);
}

static void
look(struct two *t, int who)
{
    struct vls_filter everything = {0};
    struct vls_report *r;
    struct vls_check c;
    size_t n = 0;

    check_ok(vls_store_list(vls_engine_store(t->e[who]), &everything, ignore_record, &n, &t->err), &t->err);
    assert_true(n > 0);
    check_ok(vls_report_open(&r, vls_engine_store(t->e[who]), 1800000500, "en", &t->err), &t->err);
    vls_report_close(r);
    check_ok(vls_engine_check(t->e[who], &c, NULL, NULL, &t->err), &t->err);
}

/* A day of two laptops: everything that a person does with an open valise, with the planted words. */
static void
work(struct two *t, const char *const word[N_WORDS], uint8_t id[VLS_ID_LEN])
{
    struct vls_places p = two_places(t, NY);
    struct vls_new n = {
        .title = word[TITLE], .delegation = word[DELEGATION], .post = word[POST], .now_unix = 1800000000};

    vls_secret_free(t->passphrase);
    check_ok(vls_secret_copy(&t->passphrase, word[PASSPHRASE], strlen(word[PASSPHRASE]), &t->err), &t->err);
    check_ok(vls_engine_init(&t->e[NY], &t->master[NY], &p, &n, t->passphrase, &t->err), &t->err);
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, true, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    two_person(t, NY, word[NAME], id);
    for (int i = 0; i < 40; i++)
        check_ok(two_set(t, NY, id, "position", word[i % 2 ? POSITION : LATER]), &t->err);
    two_admit(t, HAGUE, word[THEIRS], word[POST], true);
    check_ok(two_set(t, HAGUE, id, "position", word[POSITION]), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_set(t, NY, id, "position", word[LATER]), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    for (int who = NY; who <= HAGUE; who++) {
        search(t, who, word[NAME], 1);
        search(t, who, word[SEARCHED], 0);
        look(t, who);
    }
    check_ok(vls__db_compact(vls_engine_store(t->e[NY])->db, NULL, &t->err), &t->err);
    vls_secret_free(t->passphrase);
    t->passphrase = NULL;
}

/* The search itself: it finds what was freed, what lies on the stack and in data, and a key in its place. */
static void
the_search_finds_what_is_left_UL_08(void **state)
{
    static char data[32];
    volatile char stack[32];
    uint64_t seed = check_seed(807);
    struct vls_secret *key;
    struct vls_error err = {0};
    const char *word[3];
    char *gone = malloc(64), *kept = malloc(64);

    (void)state;
    memscan_init(&scan);
    for (int i = 0; i < 3; i++)
        word[i] = memscan_word(&scan, &seed);
    check_ok(vls_secret_random(&key, VLS_KEY_LEN, &err), &err);
    assert_int_equal(memscan_bytes(&scan, key->bytes, key->len), 3);
    memcpy(gone + 40, word[0], 20);
    __asm__ __volatile__("" : : "r"(gone) : "memory"); /* no compiler may take this for a dead store */
    memcpy(kept, word[0], 20);
    for (size_t i = 0; i < 20; i++)
        stack[i] = word[1][i];
    memcpy(data, word[2], 20);
    n_freed_open = 0;
    watching = true;
    free(gone);
    watching = false;
    assert_int_equal(n_freed_open, VLS_SANITIZED ? 0 : 1);
    memscan_run(&scan);
    if (!VLS_SANITIZED) /* which may keep what was freed from being read */
        assert_int_equal(scan.found[0].heap, 2);
    assert_true(scan.found[0].heap >= 1 && scan.found[0].fixed == 0);
    assert_true(scan.found[1].fixed >= 1 && scan.found[1].heap == 0);
    assert_true(scan.found[2].fixed == 1 && scan.found[2].heap == 0);
    assert_int_equal(scan.found[3].guarded, 1);
    assert_int_equal(memscan_all(&scan.found[3]), 1);
    vls_secret_free(key);
    vls_wipe(data, sizeof data);
    vls_wipe_free(kept, 64);
    assert_int_equal(stack[0], word[1][0]);
    memscan_clear(&scan);
}

static void
keys_note(struct two *t)
{
    assert_int_equal(memscan_bytes(&scan, t->master[NY]->bytes, t->master[NY]->len), MASTER);
    (void)memscan_bytes(&scan, t->master[HAGUE]->bytes, t->master[HAGUE]->len);
    (void)memscan_bytes(&scan, t->e[NY]->sign_sk->bytes, 32); /* the seed; the public half stands elsewhere too */
    (void)memscan_bytes(&scan, t->e[NY]->box_sk->bytes, t->e[NY]->box_sk->len);
    (void)memscan_bytes(&scan, t->e[NY]->kek->bytes, t->e[NY]->kek->len);
    assert_int_equal(scan.n, N_NEEDLES);
}

static void
an_open_valise_shows_words_in_live_memory_and_a_closed_one_none_UL_08(void **state)
{
    struct two *t = *state;
    const char *word[N_WORDS];
    uint64_t seed = check_seed(808);
    uint8_t id[VLS_ID_LEN];

    memscan_init(&scan);
    for (int i = 0; i < N_WORDS; i++)
        word[i] = memscan_word(&scan, &seed);
    n_freed = n_freed_open = 0;
    watching = true;
    work(t, word, id);
    keys_note(t);
    scan.tell = true; /* from here on each place outside the heap is told */
    memscan_run(&scan);
    for (unsigned i = 0; i < N_NEEDLES; i++) {
        const struct memscan_found *f = &scan.found[i];

        if (i >= N_WORDS && (f->guarded < 1 || f->heap + f->fixed > 0))
            fail_msg("key %u: %u guarded, %u elsewhere", i, f->guarded, f->heap + f->fixed);
        else if ((i == PASSPHRASE || i == SEARCHED) && memscan_all(f) > 0)
            fail_msg("word %u stays in memory, %u times", i, memscan_all(f));
        else if (i < N_WORDS && (f->guarded > 0 || f->fixed > 0 || (f->heap == 0 && i != PASSPHRASE && i != SEARCHED)))
            fail_msg("word %u: %u on the heap, %u elsewhere", i, f->heap, f->fixed);
    }
    for (int i = 0; i < N_LAPTOPS; i++) {
        vls_engine_close(t->e[i]);
        t->e[i] = NULL;
        vls_secret_free(t->master[i]);
        t->master[i] = NULL;
    }
    memscan_run(&scan);
    watching = false;
    for (unsigned i = 0; i < N_NEEDLES; i++)
        if (memscan_all(&scan.found[i]) > 0)
            fail_msg("needle %u outlives the valise, %u times", i, memscan_all(&scan.found[i]));
    assert_int_equal(n_freed_open, 0);
    assert_true(VLS_SANITIZED || n_freed > 10000);
    print_message("%u pieces of memory were freed, none with a word in it\n", n_freed);
    memscan_clear(&scan);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_search_finds_what_is_left_UL_08, two_open, two_close),
        cmocka_unit_test_setup_teardown(an_open_valise_shows_words_in_live_memory_and_a_closed_one_none_UL_08, two_open,
                                        two_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
