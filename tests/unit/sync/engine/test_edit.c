/* Originator control (domain 1.3): whoever may read a record may mark it more strictly; taking that back is for the
 * delegation that recorded it. All persons are invented. */
#include "two.h"

static const struct vls_field *
header(const char *name)
{
    return vls_field_by_name(NULL, name);
}

/* A record of New York that The Hague can read, amber, with a caveat of each. */
static void
shared(struct two *t, uint8_t id[VLS_ID_LEN])
{
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    check_ok(two_set(t, NY, id, "tlp", "amber"), &t->err);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
}

static enum vls_code
caveat(struct two *t, int who, const uint8_t id[VLS_ID_LEN], const char *term, bool add)
{
    uint8_t bytes[80];
    size_t n = strlen(term);
    struct vls_edit *d;
    enum vls_code rc;

    assert_true(n < 24);
    bytes[0] = (uint8_t)(0x60 + n);
    memcpy(bytes + 1, term, n);
    check_ok(vls_edit_begin(&d, t->e[who], NULL, &t->err), &t->err);
    rc = add ? vls_edit_add(d, id, header("caveat"), vls_slice_of(bytes, n + 1), NULL, &t->err)
             : vls_edit_remove(d, id, header("caveat"), vls_slice_of(bytes, n + 1), NULL, &t->err);
    if (rc == VLS_OK)
        return vls_edit_commit(d, 1800000030, &t->err);
    vls_edit_abort(d);
    return rc;
}

static void
refused(struct two *t, enum vls_code rc, const char *words)
{
    assert_int_equal(rc, VLS_EVALUE);
    assert_non_null(strstr(t->err.text, words));
    t->err = (struct vls_error){0};
}

static void
marked(struct two *t, int who, const uint8_t id[VLS_ID_LEN], const char *term)
{
    struct vls_record *rec;
    struct vls_cbor c;

    check_ok(vls_store_record(vls_engine_store(t->e[who]), id, VLS_LOAD_LIVE, &rec, &t->err), &t->err);
    c = vls_cbor_of(vls_record_value(rec, "tlp"));
    assert_true(vls_slice_eq(vls_cbor_text(&c), vls_slice_str(term)));
    vls_record_free(rec);
}

static void
others_raise_a_marking_and_do_not_lower_it(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    shared(t, id);
    refused(t, two_set(t, HAGUE, id, "tlp", "clear"), "Ireland recorded it");
    refused(t, two_set(t, HAGUE, id, "tlp", "green"), "may lower its tlp");
    marked(t, HAGUE, id, "amber");
    check_ok(two_set(t, HAGUE, id, "tlp", "red"), &t->err);
    /* not even what it raised itself: the record is not its own */
    refused(t, two_set(t, HAGUE, id, "tlp", "amber"), "Ireland recorded it");
    two_meet(t);
    marked(t, NY, id, "red");
    check_ok(two_set(t, NY, id, "tlp", "green"), &t->err);
    two_meet(t);
    marked(t, HAGUE, id, "green");
    two_equal(t, NY, HAGUE);
}

static void
others_add_a_caveat_and_do_not_remove_one(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    shared(t, id);
    check_ok(caveat(t, HAGUE, id, "court-only", true), &t->err);
    refused(t, caveat(t, HAGUE, id, "court-only", false), "Ireland recorded it");
    two_meet(t);
    check_ok(caveat(t, NY, id, "court-only", false), &t->err);
    two_meet(t);
    two_equal(t, NY, HAGUE);
}

static enum vls_code
keep_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct vls_conflict *kept = ctx;

    (void)err;
    if (c->field == VLS_H_TLP) {
        *kept = *c;
        kept->key = vls_slice_str("");
    }
    return VLS_OK;
}

/* Both marked it at once; the notice that a person reviews offers the lower value, too. */
static void
a_review_by_others_does_not_lower_it_either(void **state)
{
    static const uint8_t green[] = {0x65, 'g', 'r', 'e', 'e', 'n'};
    struct vls_conflict c = {.field = 0};
    struct two *t = *state;
    struct vls_edit *d;
    uint8_t id[VLS_ID_LEN];

    shared(t, id);
    check_ok(two_set(t, NY, id, "tlp", "green"), &t->err);
    check_ok(two_set(t, HAGUE, id, "tlp", "red"), &t->err);
    two_meet(t);
    check_ok(two_sync(t, HAGUE), &t->err);
    marked(t, HAGUE, id, "red");
    check_ok(vls_store_conflicts(vls_engine_store(t->e[HAGUE]), keep_conflict, &c, &t->err), &t->err);
    assert_int_equal(c.field, VLS_H_TLP);
    check_ok(vls_edit_begin(&d, t->e[HAGUE], NULL, &t->err), &t->err);
    refused(t, vls_edit_decide(d, &c, vls_slice_of(green, sizeof green), "", &t->err), "Ireland recorded it");
    vls_edit_abort(d);
    check_ok(vls_edit_begin(&d, t->e[NY], NULL, &t->err), &t->err);
    check_ok(vls_edit_decide(d, &c, vls_slice_of(green, sizeof green), "", &t->err), &t->err);
    check_ok(vls_edit_commit(d, 1800000040, &t->err), &t->err);
    two_meet(t);
    marked(t, HAGUE, id, "green");
}

static void
a_change_set_moved_before_it_is_committed_is_read_where_it_went(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_edit *d;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(vls_edit_begin(&d, t->e[NY], NULL, &t->err), &t->err);
    check_ok(vls_edit_create(d, vls_kind_by_name("person"), id, &t->err), &t->err);
    assert_int_equal(vls_edit_move(d, "nowhere", &t->err), VLS_ENOTFOUND);
    t->err = (struct vls_error){0};
    check_ok(vls_edit_move(d, "own", &t->err), &t->err);
    check_ok(vls_edit_commit(d, 1800000040, &t->err), &t->err);
    assert_string_equal(vls_engine_home_of(t->e[NY], id), "own");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(others_raise_a_marking_and_do_not_lower_it, two_open, two_close),
        cmocka_unit_test_setup_teardown(others_add_a_caveat_and_do_not_remove_one, two_open, two_close),
        cmocka_unit_test_setup_teardown(a_change_set_moved_before_it_is_committed_is_read_where_it_went, two_open,
                                        two_close),
        cmocka_unit_test_setup_teardown(a_review_by_others_does_not_lower_it_either, two_open, two_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
