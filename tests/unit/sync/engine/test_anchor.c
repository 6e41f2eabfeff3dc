/* The state file: a store that was put back is noticed at every age before it writes, a crash and everything that can
 * be wrong with the file itself is no alarm. LL-07 of the threat catalogue, on one laptop. */
#include "back.h"

enum { AGES = 12, NEWEST = AGES - 1 };

static uint8_t person[VLS_ID_LEN];

/* A story that changes the store at every step, in every way in which it can change; a copy after each. */
static int
live(void **state)
{
    struct two *t;
    char words[32];

    back_two_open(state);
    t = *state;
    two_found(t);
    back_keep(t, NY, 0);
    two_person(t, NY, "Idris al-Haddad", person);
    back_keep(t, NY, 1);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    back_keep(t, NY, 2);
    for (int age = 3; age < AGES; age++) {
        (void)snprintf(words, sizeof words, "Position %d", age);
        switch (age % 3) {
        case 0: check_ok(two_set(t, NY, person, "position", words), &t->err); break;
        case 1: check_ok(two_sync(t, NY), &t->err); break;
        default:
            check_ok(two_sync(t, HAGUE), &t->err);
            check_ok(two_set(t, HAGUE, person, "position", words), &t->err);
            check_ok(two_sync(t, HAGUE), &t->err);
            check_ok(two_sync(t, NY), &t->err);
        }
        back_keep(t, NY, age);
    }
    return 0;
}

/* The laptop as the story left it. */
static void
begin(struct two *t, uint8_t id[VLS_ID_LEN])
{
    char path[480];

    memcpy(id, person, VLS_ID_LEN);
    back_shut(t, NY);
    (void)snprintf(path, sizeof path, "%s/anchor", t->data[NY]);
    (void)remove(path); /* whatever the last test left there */
    back_put(t, NY, NEWEST, BACK_ALL);
    back_open(t, NY);
}

static uint64_t
own_seq(struct two *t, const uint8_t incarnation[VLS_ID_LEN], uint8_t head[VLS_HASH_LEN])
{
    uint64_t seq;

    check_ok(vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, incarnation, &seq, head, &t->err), &t->err);
    return seq;
}

struct first {
    const struct vls_engine *e;
    uint8_t prev[VLS_HASH_LEN];
    unsigned n;
};

static enum vls_code
find_first(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct first *f = ctx;
    struct vls_envelope env;

    if (s->seq == 1 && memcmp(s->incarnation, f->e->incarnation, VLS_ID_LEN) == 0) {
        check_ok(vls_envelope_read(&env, s->bytes, err), err);
        memcpy(f->prev, env.prev, sizeof f->prev);
        f->n++;
    }
    return VLS_OK;
}

static void
put_back_at_every_age(struct two *t, unsigned what, enum vls_notice notice)
{
    uint8_t id[VLS_ID_LEN], was[VLS_ID_LEN], newest[VLS_HASH_LEN], head[VLS_HASH_LEN];
    unsigned noticed = 0, quiet = 0;

    begin(t, id);
    memcpy(was, t->e[NY]->incarnation, sizeof was);
    (void)own_seq(t, was, newest);
    for (int age = 0; age < AGES; age++) {
        struct first first = {.n = 0};
        uint64_t before;

        back_put(t, NY, NEWEST, BACK_STATE);
        back_put(t, NY, age, what & BACK_STORE);
        if (!(what & BACK_STATE)) {
            char anchor[400];

            (void)snprintf(anchor, sizeof anchor, "%s/anchor", t->data[NY]);
            (void)unlink(anchor);
        }
        back_open(t, NY);
        if (notice == VLS_NOTICE_OLDER && age == NEWEST) { /* nothing was put back */
            assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
            assert_memory_equal(t->e[NY]->incarnation, was, sizeof was);
            quiet++;
            continue;
        }
        assert_int_equal(vls_engine_notice(t->e[NY]), notice);
        assert_memory_not_equal(t->e[NY]->incarnation, was, sizeof was);
        before = own_seq(t, was, head);
        two_person(t, NY, "Mariam Osei", id);
        assert_int_equal(own_seq(t, was, head), before); /* nothing more under the old one */
        first.e = t->e[NY];
        check_ok(vls_store_envelopes(t->e[NY]->store, 0, (enum vls_envelope_state)0, find_first, &first, &t->err),
                 &t->err);
        assert_int_equal(first.n, 1);
        assert_memory_equal(first.prev, notice == VLS_NOTICE_OLDER ? newest : head, sizeof newest);
        back_shut(t, NY);
        back_open(t, NY);
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE); /* said once */
        noticed++;
    }
    print_message("%u put back and noticed, %u left alone\n", noticed, quiet);
    assert_int_equal(noticed + quiet, AGES);
    assert_int_equal(quiet, notice == VLS_NOTICE_OLDER ? 1 : 0);
}

static void
a_store_put_back_at_any_age_is_noticed_before_it_writes(void **state)
{
    put_back_at_every_age(*state, BACK_ALL, VLS_NOTICE_OLDER);
}

static void
without_its_state_file_a_store_goes_on_as_another_one(void **state)
{
    put_back_at_every_age(*state, BACK_STORE, VLS_NOTICE_NO_STATE);
}

/* What a crash between the commit and the state file leaves, however many commits it had missed. */
static void
a_state_file_that_is_behind_is_no_alarm(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], was[VLS_ID_LEN];
    unsigned n = 0;

    begin(t, id);
    memcpy(was, t->e[NY]->incarnation, sizeof was);
    for (int age = 0; age < AGES; age++, n++) {
        back_put(t, NY, NEWEST, BACK_STORE);
        back_put(t, NY, age, BACK_STATE);
        back_open(t, NY);
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
        assert_memory_equal(t->e[NY]->incarnation, was, sizeof was);
    }
    assert_int_equal(n, AGES);
}

/* Another copy of the store went on from the same age, and further than this one ever was. */
static void
another_copy_that_went_further_is_noticed(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char words[32];

    begin(t, id);
    back_put(t, NY, 5, BACK_ALL);
    back_open(t, NY);
    for (int i = 0; i < 3 * AGES; i++) {
        (void)snprintf(words, sizeof words, "Elsewhere %d", i);
        check_ok(two_set(t, NY, id, "position", words), &t->err);
    }
    back_put(t, NY, NEWEST, BACK_STATE);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_OLDER);
}

/* Cut off after the new life was begun and before the state file was written again. */
static void
one_state_file_is_answered_once(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], life[VLS_ID_LEN];

    begin(t, id);
    back_put(t, NY, 4, BACK_STORE);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_OLDER);
    memcpy(life, t->e[NY]->incarnation, sizeof life);
    back_put(t, NY, NEWEST, BACK_STATE);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    assert_memory_equal(t->e[NY]->incarnation, life, sizeof life);
    back_put(t, NY, 4, BACK_STORE); /* and what is put back a second time is noticed a second time */
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_OLDER);
}

static void
anchor_path(struct two *t, char out[400])
{
    (void)snprintf(out, 400, "%s/anchor", t->data[NY]);
}

static void
anchor_write(struct two *t, const uint8_t *p, size_t n)
{
    char path[400];

    anchor_path(t, path);
    check_ok(vls_file_write(path, vls_slice_of(p, n), 0600, 0, &t->err), &t->err);
}

static void
a_damaged_or_foreign_state_file_counts_as_none(void **state)
{
    struct two *t = *state;
    uint8_t file[VLS_ANCHOR_FILE_LEN + 1] = {0}, id[VLS_ID_LEN];
    struct vls_buf b;
    char path[400];
    unsigned n = 0;

    begin(t, id);
    anchor_path(t, path);
    for (int kind = 0; kind < 4; kind++, n++) {
        back_shut(t, NY);
        vls_buf_init(&b, sizeof file);
        check_ok(vls_file_read(&b, path, 0, &t->err), &t->err);
        assert_int_equal(b.n, VLS_ANCHOR_FILE_LEN);
        memcpy(file, b.p, b.n);
        vls_buf_clear(&b);
        switch (kind) {
        case 0: /* both slots turned over */
            file[100] ^= 1;
            file[VLS_ANCHOR_SLOT_AT + 100] ^= 1;
            break;
        case 1: /* of another store */
            file[16] ^= 1;
            file[VLS_ANCHOR_SLOT_AT + 16] ^= 1;
            break;
        case 2: memset(file, 0, sizeof file); break;
        default: break; /* one byte longer than any */
        }
        anchor_write(t, file, kind == 3 ? sizeof file : VLS_ANCHOR_FILE_LEN);
        back_open(t, NY);
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NO_STATE);
        back_shut(t, NY);
        back_open(t, NY); /* a good one has taken its place */
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    }
    assert_int_equal(n, 4);
}

/* Either slot alone is enough: a write that was torn is no alarm. */
static void
a_torn_slot_is_no_alarm(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char path[400];
    FILE *f;

    begin(t, id);
    anchor_path(t, path);
    for (long slot = 0; slot < VLS_ANCHOR_SLOTS; slot++) {
        back_shut(t, NY);
        f = fopen(path, "r+b");
        assert_non_null(f);
        assert_int_equal(fseek(f, slot * VLS_ANCHOR_SLOT_AT + 128, SEEK_SET), 0);
        assert_int_equal(fwrite("torn", 1, 4, f), 4);
        (void)fclose(f);
        back_open(t, NY);
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
        check_ok(two_set(t, NY, id, "position", slot == 0 ? "one" : "two"), &t->err);
        check_ok(two_set(t, NY, id, "position", "both slots are whole again"), &t->err);
    }
}

/* A newer version's file, a link, a folder: left as they are, and nothing is concluded. */
static void
what_cannot_be_read_is_left_alone(void **state)
{
    struct two *t = *state;
    uint8_t slot[VLS_ANCHOR_SLOT_LEN] = "valanch", id[VLS_ID_LEN];
    char path[400], elsewhere[400];
    struct vls_buf b;
    struct stat st;

    begin(t, id);
    back_shut(t, NY);
    anchor_path(t, path);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", t->dir);
    vls_store_le32(slot + 8, 2);
    vls_store_le32(slot + 12, 1);
    {
        struct vls_places p = two_places(t, NY);

        check_ok(vls_engine_store_id(&p, slot + 16, &t->err), &t->err);
    }
    anchor_write(t, slot, sizeof slot);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    check_ok(two_set(t, NY, id, "position", "not held up"), &t->err);
    back_shut(t, NY);
    vls_buf_init(&b, VLS_ANCHOR_FILE_LEN);
    check_ok(vls_file_read(&b, path, 0, &t->err), &t->err);
    assert_true(vls_slice_eq(vls_buf_slice(&b), vls_slice_of(slot, sizeof slot)));
    vls_buf_clear(&b);

    assert_int_equal(rename(path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, path), 0);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    back_shut(t, NY);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, sizeof slot);
    assert_int_equal(unlink(path), 0);

    assert_int_equal(mkdir(path, 0700), 0);
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    check_ok(two_set(t, NY, id, "position", "not held up either"), &t->err);
}

/* No room, no right, no folder: recording goes on, and the loss is said once. */
static void
a_state_folder_that_cannot_be_made_holds_nobody_up(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    uint8_t id[VLS_ID_LEN];
    char nowhere[400];

    begin(t, id);
    back_shut(t, NY);
    (void)snprintf(nowhere, sizeof nowhere, "%s/keys/state", t->data[NY]); /* below a file */
    p.state = nowhere;
    for (int round = 0; round < 3; round++) {
        check_ok(vls_engine_open(&t->e[NY], &p, t->master[NY], &t->err), &t->err);
        assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
        check_ok(two_set(t, NY, id, "position", round == 1 ? "b" : "a"), &t->err);
        back_shut(t, NY);
    }
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE); /* the old file is behind, no more */
}

static void
the_same_words_are_said_until_something_happens(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    char left[VLS_WORDS_TEXT], found[VLS_WORDS_TEXT], again[VLS_WORDS_TEXT];
    uint8_t id[VLS_ID_LEN];

    begin(t, id);
    back_shut(t, NY);
    check_ok(vls_engine_words_left(&p, t->master[NY], left, &t->err), &t->err);
    back_open(t, NY);
    vls_engine_words(t->e[NY], found);
    assert_string_equal(left, found);
    check_ok(two_set(t, NY, id, "position", "something happened"), &t->err);
    vls_engine_words(t->e[NY], again);
    assert_string_equal(again, found); /* those of the state it was found in */
    back_shut(t, NY);
    check_ok(vls_engine_words_left(&p, t->master[NY], again, &t->err), &t->err);
    assert_string_not_equal(again, left);
    back_put(t, NY, NEWEST, BACK_ALL); /* a whole home put back: the words are what a person can notice */
    back_open(t, NY);
    assert_int_equal(vls_engine_notice(t->e[NY]), VLS_NOTICE_NONE);
    vls_engine_words(t->e[NY], found);
    assert_string_not_equal(found, again);
    assert_string_equal(found, left);
    assert_int_equal(vls_engine_words_left(&p, t->master[HAGUE], left, &t->err), VLS_EAUTH);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_put_back_at_any_age_is_noticed_before_it_writes),
        cmocka_unit_test(without_its_state_file_a_store_goes_on_as_another_one),
        cmocka_unit_test(a_state_file_that_is_behind_is_no_alarm),
        cmocka_unit_test(another_copy_that_went_further_is_noticed),
        cmocka_unit_test(one_state_file_is_answered_once),
        cmocka_unit_test(a_damaged_or_foreign_state_file_counts_as_none),
        cmocka_unit_test(a_torn_slot_is_no_alarm),
        cmocka_unit_test(what_cannot_be_read_is_left_alone),
        cmocka_unit_test(a_state_folder_that_cannot_be_made_holds_nobody_up),
        cmocka_unit_test(the_same_words_are_said_until_something_happens),
    };

    return cmocka_run_group_tests_name("anchor", tests, live, two_close);
}
