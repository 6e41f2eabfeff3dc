/* The main job, through the engine alone: two laptops, a hub, one truth. */
#include "two.h"

static void
a_valise_is_made_and_opened_again(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    uint8_t id[VLS_ID_LEN];
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    assert_false(vls_engine_exists(&p));
    two_init(t, NY, "Ireland", "New York");
    two_person(t, NY, "Idris al-Haddad", id);
    two_state(t, NY, before);
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    assert_true(vls_engine_exists(&p));
    check_ok(vls_engine_open(&t->e[NY], &p, t->master[NY], &t->err), &t->err);
    assert_string_equal(vls_engine_me(t->e[NY])->delegation, "Ireland");
    assert_string_equal(vls_engine_me(t->e[NY])->title, "Focal points");
    assert_true(vls_engine_me(t->e[NY])->admitted);
    two_state(t, NY, after);
    assert_string_equal(before, after);
    assert_int_equal(two_count(t, NY), 1);
}

static void
a_second_valise_in_one_place_is_refused(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    struct vls_new n = {.title = "Other", .delegation = "Ireland", .post = "New York"};
    struct vls_engine *e;
    struct vls_secret *m;

    two_init(t, NY, "Ireland", "New York");
    assert_int_equal(vls_engine_init(&e, &m, &p, &n, t->passphrase, &t->err), VLS_EEXIST);
    assert_null(e);
    assert_null(m);
}

static void
a_wrong_key_opens_nothing(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    struct vls_secret *wrong;
    struct vls_engine *e;

    two_init(t, NY, "Ireland", "New York");
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    check_ok(vls_secret_random(&wrong, 32, &t->err), &t->err);
    assert_int_equal(vls_engine_open(&e, &p, wrong, &t->err), VLS_EAUTH);
    assert_null(e);
    vls_secret_free(wrong);
}

static void
history_is_shared_when_asked(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    assert_int_equal(two_count(t, HAGUE), 1);
    two_equal(t, NY, HAGUE);
}

static void
without_history_a_newcomer_reads_from_now_on(void **state)
{
    struct two *t = *state;
    uint8_t before[VLS_ID_LEN], after[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", before);
    check_ok(two_sync(t, NY), &t->err);
    two_admit(t, HAGUE, "Croatia", "The Hague", false);
    assert_int_equal(two_count(t, HAGUE), 0);
    two_person(t, NY, "Mariam Osei", after);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(two_count(t, HAGUE), 1);
}

static void
both_edit_without_a_line_and_agree(void **state)
{
    struct two *t = *state;
    uint64_t conflicts[2], notices;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_set(t, NY, id, "position", "Minister of Defence"), &t->err);
    check_ok(two_set(t, HAGUE, id, "position", "Former Minister of Defence"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 1);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
    for (int i = 0; i < 2; i++)
        check_ok(vls_store_conflict_count(vls_engine_store(t->e[i]), &conflicts[i], &notices, &t->err), &t->err);
    assert_int_equal(conflicts[0], 1);
    assert_int_equal(conflicts[1], 1);
    /* a later edit that knows both ends it everywhere */
    check_ok(two_set(t, HAGUE, id, "position", "Adviser"), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_store_conflict_count(vls_engine_store(t->e[NY]), &conflicts[0], &notices, &t->err), &t->err);
    assert_int_equal(conflicts[0], 0);
    two_equal(t, NY, HAGUE);
}

static void
nothing_is_sent_twice_and_silence_stays_silent(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    for (int i = 0; i < 3; i++)
        for (int who = NY; who <= HAGUE; who++)
            check_ok(two_sync(t, who), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.sent, 0);
    assert_int_equal(t->result.received, 0);
    two_person(t, NY, "Idris al-Haddad", id);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.sent, 1);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.sent, 0);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 1);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 0);
}

static void
a_wrong_number_admits_nobody(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    number[29] = number[29] == '0' ? '1' : '0';
    assert_int_equal(vls_engine_admit(t->e[NY], "Croatia", number, true, 0, &shared, &t->err), VLS_ETRUST);
    assert_int_equal(vls_engine_admit(t->e[NY], "Croatia", "12345", true, 0, &shared, &t->err), VLS_EVALUE);
    assert_int_equal(vls_engine_admit(t->e[NY], "Kenya", number, true, 0, &shared, &t->err), VLS_ENOTFOUND);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(two_sync(t, HAGUE), VLS_ENOTADMITTED);
    assert_false(vls_engine_me(t->e[HAGUE])->admitted);
}

static void
only_the_root_admits_a_delegation(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(vls_engine_safety_number(t->e[NAIROBI], NULL, number, &t->err), &t->err);
    assert_int_equal(vls_engine_admit(t->e[HAGUE], "Kenya", number, true, 0, &shared, &t->err), VLS_ENOTADMITTED);
}

static void
before_admission_nothing_can_be_recorded(void **state)
{
    struct two *t = *state;
    struct vls_edit *d;

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    assert_int_equal(vls_edit_begin(&d, t->e[HAGUE], NULL, &t->err), VLS_ENOTADMITTED);
    assert_null(d);
}

static enum vls_code
count_receipt(void *ctx, const struct vls_receipt *r, struct vls_error *err)
{
    int *n = ctx;

    (void)err;
    assert_string_equal(r->delegation, "Croatia");
    (*n)++;
    return VLS_OK;
}

static void
a_colleague_confirms_what_it_received(void **state)
{
    struct two *t = *state;
    struct vls_record *rec;
    uint8_t id[VLS_ID_LEN];
    int n = 0;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_person(t, NY, "Idris al-Haddad", id);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_store_record(vls_engine_store(t->e[NY]), id, 0, &rec, &t->err), &t->err);
    check_ok(vls_store_receipts(vls_engine_store(t->e[NY]), &rec->rows[0].dot, count_receipt, &n, &t->err), &t->err);
    assert_int_equal(n, 0);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_store_receipts(vls_engine_store(t->e[NY]), &rec->rows[0].dot, count_receipt, &n, &t->err), &t->err);
    assert_int_equal(n, 1);
    vls_record_free(rec);
}

static void
own_records_never_leave_the_delegation(void **state)
{
    struct two *t = *state;
    const struct vls_kind *kind = vls_kind_by_name("person");
    const struct vls_field *name = vls_field_by_name(kind, "display-name");
    struct vls_edit *d;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(vls_edit_begin(&d, t->e[NY], "own", &t->err), &t->err);
    check_ok(vls_edit_create(d, kind, id, &t->err), &t->err);
    check_ok(vls_edit_put(d, id, name, vls_slice_str(""), vls_slice_of("\x61" "A", 2), NULL, &t->err), &t->err);
    check_ok(vls_edit_commit(d, 0, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(two_count(t, NY), 1);
    assert_int_equal(two_count(t, HAGUE), 0);
    two_equal(t, NY, HAGUE); /* the common state does not tell */
}

/* The code opens, begins another life of the store, and colleagues take it for what it is. */
static void
the_recovery_code_begins_a_new_incarnation(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    struct vls_secret *text, *fresh, *again;
    uint8_t before[VLS_ID_LEN], id[VLS_ID_LEN];

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    memcpy(before, t->e[NY]->incarnation, sizeof before);
    check_ok(vls_engine_recovery(&p, t->master[NY], &text, &t->err), &t->err);
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    check_ok(vls_secret_copy(&fresh, "another horse", 13, &t->err), &t->err);
    check_ok(vls_engine_restore(&again, &p, text, fresh, &t->err), &t->err);
    vls_secret_free(again);
    assert_int_equal(vls_engine_unlock(&again, &p, t->passphrase, &t->err), VLS_ELOCKED);
    check_ok(vls_engine_unlock(&again, &p, fresh, &t->err), &t->err);
    check_ok(vls_engine_open(&t->e[NY], &p, again, &t->err), &t->err);
    assert_memory_not_equal(t->e[NY]->incarnation, before, sizeof before);
    two_person(t, NY, "Mariam Osei", id);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 1);
    assert_int_equal(t->result.refused, 0);
    two_equal(t, NY, HAGUE);
    vls_secret_free(again);
    vls_secret_free(fresh);
    vls_secret_free(text);
}

static void
everything_merged_afresh_agrees(void **state)
{
    struct two *t = *state;
    struct vls_check c;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_set(t, NY, id, "position", "one"), &t->err);
    check_ok(two_set(t, HAGUE, id, "position", "two"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    for (int i = NY; i <= HAGUE; i++) {
        check_ok(two_sync(t, i), &t->err);
        check_ok(vls_engine_check(t->e[i], &c, NULL, NULL, &t->err), &t->err);
        assert_true(c.store_ok);
        assert_int_equal(c.n_bad, 0);
        assert_int_equal(c.n_missing, 0);
        assert_int_equal(c.n_differ, 0);
        assert_int_equal(c.n_records, 1);
        assert_int_equal(c.n_devices, 2);
        assert_int_equal(c.n_changes, 3 + 0);
    }
}

#define STORY(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_valise_is_made_and_opened_again),
        STORY(a_second_valise_in_one_place_is_refused),
        STORY(a_wrong_key_opens_nothing),
        STORY(history_is_shared_when_asked),
        STORY(without_history_a_newcomer_reads_from_now_on),
        STORY(both_edit_without_a_line_and_agree),
        STORY(nothing_is_sent_twice_and_silence_stays_silent),
        STORY(a_wrong_number_admits_nobody),
        STORY(only_the_root_admits_a_delegation),
        STORY(before_admission_nothing_can_be_recorded),
        STORY(a_colleague_confirms_what_it_received),
        STORY(own_records_never_leave_the_delegation),
        STORY(the_recovery_code_begins_a_new_incarnation),
        STORY(everything_merged_afresh_agrees),
    };

    return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
