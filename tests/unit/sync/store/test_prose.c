/*
 * Texts that several people edited at once, as the store shows them: merged by paragraph, whatever order the
 * change sets came in, with every typed text kept. "/" stands for an empty line.
 */
#include "tests/unit/sync/store/fixture.h"

#include "sync/store/store_int.h"

#define MAX 12

static uint8_t record[VLS_ID_LEN];

/* The case's change sets: the first one creates the record. */
struct story {
    struct set set[MAX];
    size_t n;
};

static struct vls_slice
typed(char room[512], const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++) {
        assert_true(n + 2 < 512);
        room[n++] = *s == '/' ? '\n' : *s;
        if (*s == '/')
            room[n++] = '\n';
    }
    room[n] = '\0';
    return vls_slice_of(room, n);
}

static void
story_begin(struct story *s)
{
    memset(s, 0, sizeof *s);
    id_of(record, 1);
    set_begin(&s->set[0], FOCAL, 1, 1, 1);
    set_create(&s->set[0], record, "person");
    set_end(&s->set[0]);
    s->n = 1;
}

/* A text that names those of the change sets in names ("12": the first and second after the create). Each has a device
 * of its own. */
static void
writes(struct story *s, const char *text, const char *names)
{
    struct set *c = &s->set[s->n];
    struct vls_dot named[MAX];
    char room[512];
    size_t n = 0;

    for (; names[n] != '\0'; n++)
        named[n] = dot_of(&s->set[names[n] - '0'], 0);
    set_begin(c, FOCAL, 10 + (unsigned)s->n, 1, 1 + s->n);
    if (text == NULL) {
        const uint8_t null = 0xf6;

        set_value(c, record, VLS_OP_PUT, field_no("person", "summary"), "", vls_slice_of(&null, 1), named, n);
    } else {
        (void)typed(room, text);
        set_put(c, record, field_no("person", "summary"), room, named, n);
    }
    set_end(c);
    s->n++;
}

static struct vls_store *
told(const struct story *s, uint64_t seed)
{
    struct vls_store *store = store_make();
    size_t order[MAX];

    for (size_t i = 0; i < s->n; i++) {
        size_t k = seed == 0 ? i : (size_t)(check_random(&seed) % (i + 1));

        order[i] = order[k];
        order[k] = i;
    }
    check_ok(vls_store_begin(store, &fixture_err), &fixture_err);
    for (size_t i = 0; i < s->n; i++)
        deliver(store, &s->set[order[i]]);
    check_ok(vls_store_commit(store, &fixture_err), &fixture_err);
    return store;
}

/* want: the shown text; NULL: nothing is left of it. Whatever the order of arrival. */
static void
shows(const struct story *s, const char *want, size_t n_texts, size_t n_clashes, enum vls_attention attention)
{
    char room[512];

    for (uint64_t seed = 0; seed < 12; seed++) {
        struct vls_store *store = told(s, seed);
        struct vls_record *r = record_get(store, record, VLS_LOAD_PAST);
        const struct vls_row *row = vls_record_row(r, field_no("person", "summary"), vls_slice_str(""), 0);
        struct vls_slice value = vls_record_value(r, "summary");
        struct vls_cbor c = vls_cbor_of(value);
        uint64_t conflicts, notices;

        assert_non_null(row);
        if (want == NULL)
            assert_int_equal(value.n, 0);
        else if (!vls_slice_eq(vls_cbor_text(&c), typed(room, want)))
            fail_msg("VLS_SEED=%u: %.*s", (unsigned)seed, (int)value.n, (const char *)value.p);
        assert_int_equal(row->attention, attention);
        assert_int_equal(row->n_texts, n_texts);
        assert_int_equal(row->n_clashes, n_clashes);
        check_ok(vls_store_conflict_count(store, &conflicts, &notices, &fixture_err), &fixture_err);
        assert_int_equal(conflicts, attention == VLS_CONFLICT);
        assert_int_equal(notices, attention == VLS_NOTICE);
        vls_record_free(r);
        vls_store_close(store);
    }
}

static void
story_end(struct story *s)
{
    for (size_t i = 0; i < s->n; i++)
        set_free(&s->set[i]);
}

static void
edits_of_different_paragraphs_are_one_text_and_a_notice(void **state)
{
    struct story *s = *state;

    writes(s, "a/b/c", "");
    writes(s, "A/b/c", "1");
    writes(s, "a/b/C", "1");
    shows(s, "A/b/C", 2, 0, VLS_NOTICE);
}

static void
two_edits_of_one_paragraph_clash_there_and_nowhere_else(void **state)
{
    struct story *s = *state;

    writes(s, "a/b/c", "");
    writes(s, "a/X/c", "1");
    writes(s, "a/Y/C", "1");
    shows(s, "a/Y/C", 2, 1, VLS_CONFLICT);
}

/* Each post may have edited any number of times before they meet. */
static void
the_text_that_all_started_from_may_lie_further_back(void **state)
{
    struct story *s = *state;

    writes(s, "a/b/c", "");
    writes(s, "A/b/c", "1");
    writes(s, "AA/b/c", "2");
    writes(s, "a/b/C", "1");
    writes(s, "a/b/C/d", "4");
    shows(s, "AA/b/C/d", 2, 0, VLS_NOTICE);
}

/* Whoever edits a merged text names all that it was merged from; what both had before them was the merged one. */
static void
edits_of_a_merged_text_start_from_it(void **state)
{
    struct story *s = *state;

    writes(s, "a/b/c", "");
    writes(s, "A/b/c", "1");
    writes(s, "a/b/C", "1");
    writes(s, "A/X/C", "23");
    writes(s, "A/b/C/d", "23");
    shows(s, "A/X/C/d", 2, 0, VLS_NOTICE);
    writes(s, "A/X/C/d!", "45");
    writes(s, "A!/X/C/d", "45");
    shows(s, "A!/X/C/d!", 2, 0, VLS_NOTICE);
    writes(s, "A!/X/C/d!", "67");
    shows(s, "A!/X/C/d!", 0, 0, VLS_QUIET);
}

static void
nothing_common_means_that_everything_clashes(void **state)
{
    struct story *s = *state;

    writes(s, "a/b", "");
    writes(s, "a/c", "");
    shows(s, "a/c", 2, 1, VLS_CONFLICT);
}

static void
equal_texts_are_one(void **state)
{
    struct story *s = *state;

    writes(s, "a/b", "");
    writes(s, "a/c", "1");
    writes(s, "a/c", "1");
    shows(s, "a/c", 0, 0, VLS_QUIET);
}

static void
what_is_emptied_stands_behind_what_was_typed_meanwhile(void **state)
{
    struct story *s = *state;

    writes(s, "a/b", "");
    writes(s, NULL, "1");
    shows(s, NULL, 0, 0, VLS_QUIET);
    writes(s, "a/B", "1");
    shows(s, "a/B", 0, 0, VLS_CONFLICT);
    writes(s, "A/b", "1");
    shows(s, "A/B", 2, 0, VLS_CONFLICT); /* the texts agree; the emptying does not */
}

static void
a_text_of_empty_lines_leaves_nothing(void **state)
{
    struct story *s = *state;

    writes(s, "a", "");
    writes(s, "/", "1");
    writes(s, "a", "1");
    shows(s, NULL, 2, 0, VLS_NOTICE);
}

static void
every_typed_text_stays_what_it_was(void **state)
{
    struct vls_store *store;
    struct vls_record *r;
    char room[512];
    struct story *s = *state;
    size_t n = 0;

    writes(s, "a/b/c", "");
    writes(s, "A/b/c", "1");
    writes(s, "a/b/C", "1");
    store = told(s, 0);
    r = record_get(store, record, VLS_LOAD_PAST);
    for (size_t i = 0; i < r->n_rows; i++) {
        static const char *const want[] = {"a/b/C", "A/b/c", "a/b/c"};
        struct vls_cbor c = vls_cbor_of(vls_row_typed(&r->rows[i]));

        assert_true(n < 3);
        assert_true(vls_slice_eq(vls_cbor_text(&c), typed(room, want[n])));
        assert_int_equal(r->rows[i].typed.n > 0, n == 0);
        n++;
    }
    assert_int_equal(n, 3);
    assert_true(vls_slice_eq(r->rows[0].base, typed(room, "a/b/c")));
    vls_record_free(r);
    vls_store_close(store);
}

/* A hostile member may name anything. */
static void
names_of_other_registers_and_of_nothing_lead_nowhere(void **state)
{
    struct vls_dot named[2] = {{{7}, 3}, {{0}, 0}};
    struct story *s = *state;

    set_begin(&s->set[1], FOCAL, 2, 1, 2);
    set_put(&s->set[1], record, field_no("person", "position"), "x", NULL, 0);
    set_end(&s->set[1]);
    s->n = 2;
    named[1] = dot_of(&s->set[1], 0);
    for (unsigned i = 0; i < 2; i++) {
        struct set *c = &s->set[s->n++];
        char room[512];

        (void)typed(room, i == 0 ? "a/b" : "a/c");
        set_begin(c, FOCAL, 3 + i, 1, 3 + i);
        set_put(c, record, field_no("person", "summary"), room, named, 2);
        set_end(c);
    }
    shows(s, "a/c", 2, 1, VLS_CONFLICT);
}

static void
a_row_that_is_no_row_is_damage(void **state)
{
    struct vls_record *r = NULL;
    struct vls_store *store;
    struct story *s = *state;

    writes(s, "a/b", "");
    writes(s, "a/B", "1");
    writes(s, "A/b", "1");
    store = told(s, 0);
    assert_int_equal(sqlite3_exec(store->db, "UPDATE named SET change = x'00'", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(vls_store_record(store, record, VLS_LOAD_LIVE, &r, &fixture_err), VLS_EAUTH);
    assert_null(r);
    vls_store_close(store);
}

/* Whoever floods a text with versions costs no more than reading them. */
static void
of_more_texts_than_are_merged_the_first_stands(void **state)
{
    struct vls_store *store = store_make();
    struct vls_record *r;
    struct set create, c;
    struct vls_dot base;
    char text[32];

    (void)state;
    id_of(record, 1);
    set_begin(&create, FOCAL, 1, 1, 1);
    set_create(&create, record, "person");
    set_put(&create, record, field_no("person", "summary"), "a\n\nb", NULL, 0);
    set_end(&create);
    deliver(store, &create);
    base = dot_of(&create, 1);
    for (unsigned i = 0; i < 65; i++) {
        (void)snprintf(text, sizeof text, "a\n\nb%u", i);
        set_begin(&c, FOCAL, 2 + i, 1, 2 + i);
        set_put(&c, record, field_no("person", "summary"), text, &base, 1);
        set_end(&c);
        deliver(store, &c);
        set_free(&c);
    }
    r = record_get(store, record, VLS_LOAD_LIVE);
    assert_int_equal(r->rows[0].n_texts, 65);
    assert_int_equal(r->rows[0].n_clashes, 1);
    assert_true(vls_slice_eq(r->rows[0].value, r->rows[0].typed));
    vls_record_free(r);
    vls_store_close(store);
    set_free(&create);
}

/* As in a store of a version that did not note what values name. */
static void
a_store_of_before_learns_what_texts_started_from(void **state)
{
    struct vls_store *store;
    struct vls_record *r;
    struct story *s = *state;
    char room[512];

    writes(s, "a/b/c", "");
    writes(s, "A/b/c", "1");
    writes(s, "a/b/C", "1");
    store = told(s, 0);
    assert_int_equal(sqlite3_exec(store->db, "DELETE FROM named", NULL, NULL, NULL), SQLITE_OK);
    r = record_get(store, record, VLS_LOAD_LIVE);
    assert_int_equal(r->rows[0].n_clashes, 1); /* what they started from is not known */
    vls_record_free(r);
    check_ok(vls_store_begin(store, &fixture_err), &fixture_err);
    for (size_t i = 0; i < s->n; i++)
        for (int twice = 0; twice < 2; twice++)
            check_ok(vls_store_learn_names(store, s->set[i].id, FOCAL, vls_buf_slice(&s->set[i].bytes), &fixture_err),
                     &fixture_err);
    check_ok(vls_store_commit(store, &fixture_err), &fixture_err);
    r = record_get(store, record, VLS_LOAD_LIVE);
    assert_int_equal(r->rows[0].n_clashes, 0);
    {
        struct vls_slice merged = vls_record_value(r, "summary");
        struct vls_cbor c = vls_cbor_of(merged);

        assert_true(vls_slice_eq(vls_cbor_text(&c), typed(room, "A/b/C")));
    }
    vls_record_free(r);
    vls_store_close(store);
}

static int
story_new(void **state)
{
    struct story *s = malloc(sizeof *s);

    if (s == NULL)
        return -1;
    story_begin(s);
    *state = s;
    return 0;
}

static int
story_free(void **state)
{
    story_end(*state);
    free(*state);
    return 0;
}

#define TOLD(f) cmocka_unit_test_setup_teardown(f, story_new, story_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD(edits_of_different_paragraphs_are_one_text_and_a_notice),
        TOLD(two_edits_of_one_paragraph_clash_there_and_nowhere_else),
        TOLD(the_text_that_all_started_from_may_lie_further_back),
        TOLD(edits_of_a_merged_text_start_from_it),
        TOLD(nothing_common_means_that_everything_clashes),
        TOLD(equal_texts_are_one),
        TOLD(what_is_emptied_stands_behind_what_was_typed_meanwhile),
        TOLD(a_text_of_empty_lines_leaves_nothing),
        TOLD(every_typed_text_stays_what_it_was),
        TOLD(names_of_other_registers_and_of_nothing_lead_nowhere),
        TOLD(a_row_that_is_no_row_is_damage),
        cmocka_unit_test(of_more_texts_than_are_merged_the_first_stands),
        TOLD(a_store_of_before_learns_what_texts_started_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
