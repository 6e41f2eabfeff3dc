/* What a conflict is about: the sides in their order, what came before, and the rule. */
#include "made_up.h"

static struct vls_row *
in_state(struct vls_row *row, enum vls_row_state state, const char *who)
{
    row->state = state;
    row->attention = VLS_CONFLICT;
    row->delegation = who;
    return row;
}

static struct vls_dispute
dispute(struct rp_arena *a, const struct made *m, const char *field, enum vls_attention attention)
{
    struct vls_error err = {0};
    struct vls_dispute d;

    memset(&d, 0, sizeof d);
    d.c.field = vls_field_by_name(m->rec.kind, field)->no;
    d.c.attention = attention;
    check_ok(vls__rp_dispute(&d, a, &m->rec, &err), &err);
    return d;
}

static void
text_is(const struct vls_rival_row *row, const char *text)
{
    struct vls_slice got = vls__rp_item_text(row->value);

    assert_int_equal(got.n, strlen(text));
    assert_memory_equal(got.p, text, got.n);
}

static void
the_shown_value_comes_first_then_the_other_then_what_both_started_from(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_row *base, *shown;
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    made_text(&m, "display-name", "Idris al-Haddad");
    base = in_state(made_text(&m, "position", "Minister of Defence and Security"), VLS_ROW_PAST, "Ireland");
    in_state(made_text(&m, "position", "Minister of Defence"), VLS_ROW_KEPT, "Ireland");
    shown = in_state(made_text(&m, "position", "Former Minister"), VLS_ROW_SHOWN, "Croatia");
    base->by = shown->dot;
    /* As the store orders them: shown, kept, past. */
    {
        struct vls_row keep = m.row[1];

        m.row[1] = m.row[3];
        m.row[3] = keep;
    }
    d = dispute(&a, &m, "position", VLS_CONFLICT);
    assert_int_equal(d.n_rows, 3);
    text_is(&d.row[0], "Former Minister");
    assert_int_equal(d.row[0].side, VLS_SIDE_SHOWN);
    assert_string_equal(d.row[0].delegation, "Croatia");
    text_is(&d.row[1], "Minister of Defence");
    assert_int_equal(d.row[1].side, VLS_SIDE_OTHER);
    text_is(&d.row[2], "Minister of Defence and Security");
    assert_int_equal(d.row[2].side, VLS_SIDE_BEFORE);
    assert_int_equal(d.rule, VLS_RULE_ORDER);
    assert_string_equal(d.field->name, "position");
    vls__rp_arena_clear(&a);
}

static void
a_value_set_for_the_first_time_twice_has_nothing_before_it(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    in_state(made_text(&m, "position", "Mayor"), VLS_ROW_SHOWN, "Ireland");
    in_state(made_text(&m, "position", "Governor"), VLS_ROW_KEPT, "Croatia");
    d = dispute(&a, &m, "position", VLS_CONFLICT);
    assert_int_equal(d.n_rows, 2);
    assert_int_equal(d.row[1].side, VLS_SIDE_OTHER);
    vls__rp_arena_clear(&a);
}

static void
other_fields_and_removals_are_not_sides(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    made_text(&m, "birth-place", "elsewhere");
    in_state(made_text(&m, "position", "Mayor"), VLS_ROW_SHOWN, "Ireland");
    in_state(made_text(&m, "position", "Governor"), VLS_ROW_KEPT, "Croatia");
    in_state(made_text(&m, "position", "gone"), VLS_ROW_PAST, "Croatia")->type = VLS_OP_REMOVE;
    d = dispute(&a, &m, "position", VLS_CONFLICT);
    assert_int_equal(d.n_rows, 2);
    vls__rp_arena_clear(&a);
}

struct rule_case {
    const char *kind, *field;
    enum vls_cite first, second;
    enum vls_attention attention;
    enum vls_rule rule;
};

static const struct rule_case RULES[] = {
    {"person", "position", VLS_CITE_NONE, VLS_CITE_OFFICIAL, VLS_CONFLICT, VLS_RULE_ORDER}, /* LWW+K looks at none */
    {"person", "display-name", VLS_CITE_OFFICIAL, VLS_CITE_PRESS, VLS_CONFLICT, VLS_RULE_DOCUMENT},
    {"person", "display-name", VLS_CITE_PRESS, VLS_CITE_PRESS, VLS_CONFLICT, VLS_RULE_ORDER},
    {"leg", "arrive", VLS_CITE_OFFICIAL, VLS_CITE_PRESS, VLS_CONFLICT, VLS_RULE_DOCUMENT},
    {"leg", "arrive", VLS_CITE_NONE, VLS_CITE_NONE, VLS_CONFLICT, VLS_RULE_ORDER},
    {"leg", "arrive", VLS_CITE_NONE, VLS_CITE_NONE, VLS_NOTICE, VLS_RULE_NARROWER},
    {"trip", "status", VLS_CITE_NONE, VLS_CITE_NONE, VLS_CONFLICT, VLS_RULE_ALARMING},
    {"leg", "country", VLS_CITE_NONE, VLS_CITE_NONE, VLS_CONFLICT, VLS_RULE_ALL_SHOWN},
    {"trip", "tlp", VLS_CITE_NONE, VLS_CITE_NONE, VLS_NOTICE, VLS_RULE_STRICTER},
    {"action", "told-focal-points", VLS_CITE_NONE, VLS_CITE_NONE, VLS_NOTICE, VLS_RULE_EARLIER},
    {"action", "content", VLS_CITE_NONE, VLS_CITE_NONE, VLS_CONFLICT, VLS_RULE_PARAGRAPH},
};

static void
the_rule_is_that_of_the_field_and_of_what_backs_the_values(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        struct rp_arena a = {NULL, VLS_OK};
        struct vls_dispute d;
        struct made m;

        made_new(&m, RULES[i].kind, 10, "Ireland");
        in_state(made_text(&m, RULES[i].field, "one"), VLS_ROW_SHOWN, "Ireland")->cite = RULES[i].first;
        in_state(made_text(&m, RULES[i].field, "two"), VLS_ROW_KEPT, "Croatia")->cite = RULES[i].second;
        d = dispute(&a, &m, RULES[i].field, RULES[i].attention);
        if (d.rule != RULES[i].rule)
            fail_msg("%s.%s: %s instead of %s", RULES[i].kind, RULES[i].field, vls_rule_name(d.rule),
                     vls_rule_name(RULES[i].rule));
        vls__rp_arena_clear(&a);
    }
}

static void
a_field_of_a_newer_version_is_shown_all_the_same(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_error err = {0};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    in_state(made_text(&m, "position", "one"), VLS_ROW_SHOWN, "Ireland")->field = 70000;
    in_state(made_text(&m, "position", "two"), VLS_ROW_KEPT, "Croatia")->field = 70000;
    memset(&d, 0, sizeof d);
    d.c.field = 70000; /* beyond what a field number of this version can be */
    check_ok(vls__rp_dispute(&d, &a, &m.rec, &err), &err);
    assert_null(d.field);
    assert_int_equal(d.n_rows, 2);
    assert_int_equal(d.rule, VLS_RULE_ORDER);
    vls__rp_arena_clear(&a);
}

/* A shown text as the store hands it out: merged, with what was typed and what it started from. */
static struct vls_row *
made_prose(struct made *m, const char *merged, const char *typed, const char *base, size_t n_texts)
{
    struct vls_row *row = in_state(made_text(m, "summary", merged), VLS_ROW_SHOWN, "Ireland"), *spare;

    spare = made_text(m, "summary", typed);
    row->typed = spare->value;
    row->base = vls_slice_str(base);
    row->n_texts = n_texts;
    m->rec.n_rows--; /* its bytes stay */
    return row;
}

static void
of_a_text_the_passages_that_several_changed_are_shown(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    made_prose(&m, "A\n\nX\n\nC", "A\n\nX\n\nc", "a\n\nb\n\nc", 2);
    in_state(made_text(&m, "summary", "a\n\nY\n\nC"), VLS_ROW_KEPT, "Croatia");
    d = dispute(&a, &m, "summary", VLS_CONFLICT);
    assert_int_equal(d.rule, VLS_RULE_PARAGRAPH);
    assert_int_equal(d.n_texts, 2);
    assert_int_equal(d.n_rows, 2); /* what all started from stands with each passage */
    text_is(&d.row[0], "A\n\nX\n\nC");
    text_is(&d.row[1], "A\n\nY\n\nC"); /* taking it leaves the agreed paragraphs as they are */
    assert_int_equal(d.n_passages, 1);
    assert_string_equal(d.passage[0].before, "b");
    assert_string_equal(d.passage[0].text[0], "X");
    assert_string_equal(d.passage[0].text[1], "Y");
    vls__rp_arena_clear(&a);
}

static void
a_text_of_which_nothing_is_left_is_null(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    made_prose(&m, "", "a", "a", 2);
    in_state(made_text(&m, "summary", "\n\n"), VLS_ROW_KEPT, "Croatia");
    d = dispute(&a, &m, "summary", VLS_NOTICE);
    assert_int_equal(d.n_passages, 0);
    assert_true(vls_value_emptied(d.row[0].value));
    assert_true(vls_value_emptied(d.row[1].value));
    vls__rp_arena_clear(&a);
}

static void
of_a_withdrawn_record_what_the_withdrawal_did_not_know_is_listed(void **state)
{
    struct rp_arena a = {NULL, VLS_OK};
    struct vls_dispute d;
    struct made m;

    (void)state;
    made_new(&m, "person", 10, "Ireland");
    in_state(made_text(&m, "life", "retracted"), VLS_ROW_SHOWN, "Ireland");
    made_text(&m, "position", "Mayor");
    made_text(&m, "birth-place", "Elsewhere")->unseen = true;
    d = dispute(&a, &m, "life", VLS_CONFLICT);
    assert_int_equal(d.rule, VLS_RULE_WITHDRAWN);
    assert_int_equal(d.n_unseen, 1);
    assert_string_equal(d.unseen[0].field->name, "birth-place");
    assert_string_equal(vls_rule_name(d.rule), "withdrawn");
    vls__rp_arena_clear(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shown_value_comes_first_then_the_other_then_what_both_started_from),
        cmocka_unit_test(a_value_set_for_the_first_time_twice_has_nothing_before_it),
        cmocka_unit_test(other_fields_and_removals_are_not_sides),
        cmocka_unit_test(the_rule_is_that_of_the_field_and_of_what_backs_the_values),
        cmocka_unit_test(a_field_of_a_newer_version_is_shown_all_the_same),
        cmocka_unit_test(of_a_text_the_passages_that_several_changed_are_shown),
        cmocka_unit_test(a_text_of_which_nothing_is_left_is_null),
        cmocka_unit_test(of_a_withdrawn_record_what_the_withdrawal_did_not_know_is_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
