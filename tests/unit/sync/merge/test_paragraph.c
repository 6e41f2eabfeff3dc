/* Prose merged by paragraph. "/" stands for an empty line in these tables. */
#include "tests/support/check.h"

#include "valise/merge.h"

static struct vls_slice
prose(char room[512], const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s++) {
        assert_true(n + 2 < 512);
        room[n++] = *s == '/' ? '\n' : *s;
        if (*s == '/')
            room[n++] = '\n';
    }
    return vls_slice_of(room, n);
}

struct weaving {
    const char *name, *base, *text[3], *want;
    size_t n_clashes;
};

static void
check_weaving(const struct weaving *w)
{
    char rooms[5][512];
    struct vls_slice texts[3], want = prose(rooms[4], w->want);
    struct vls_error err = {0};
    struct vls_buf out;
    size_t n = 0, n_clashes = 99;

    for (; n < 3 && w->text[n] != NULL; n++)
        texts[n] = prose(rooms[n], w->text[n]);
    vls_buf_init(&out, 4096);
    check_ok(vls_merge_paragraphs(&out, &n_clashes, prose(rooms[3], w->base), texts, n, NULL, NULL, &err), &err);
    if (!vls_slice_eq(vls_buf_slice(&out), want))
        fail_msg("%s: %.*s", w->name, (int)out.n, (const char *)out.p);
    if (n_clashes != w->n_clashes)
        fail_msg("%s: %zu clashes", w->name, n_clashes);
    vls_buf_clear(&out);
}

#define CHECK_WEAVINGS(table)                                                                                          \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof((table)[0]); i_++)                                                 \
        check_weaving(&(table)[i_])

static void
edits_of_different_paragraphs_are_united(void **state)
{
    static const struct weaving table[] = {
        {"one text", "a/b/c", {"a/B/c"}, "a/B/c", 0},
        {"nothing changed", "a/b/c", {"a/b/c", "a/b/c"}, "a/b/c", 0},
        {"first and last", "a/b/c", {"A/b/c", "a/b/C"}, "A/b/C", 0},
        {"neighbours", "a/b/c", {"a/B/c", "a/b/C"}, "a/B/C", 0},
        {"all three", "a/b/c", {"A/b/c", "a/B/c", "a/b/C"}, "A/B/C", 0},
        {"the same edit", "a/b/c", {"a/B/c", "a/B/c"}, "a/B/c", 0},
        {"added at both ends", "a/b", {"x/a/b", "a/b/y"}, "x/a/b/y", 0},
        {"added in different places", "a/b/c", {"a/x/b/c", "a/b/y/c"}, "a/x/b/y/c", 0},
        {"removed and edited elsewhere", "a/b/c", {"b/c", "a/b/C"}, "b/C", 0},
        {"all removed by one", "a/b", {"", "a/b"}, "", 0},
        {"begun from nothing by one", "", {"a", ""}, "a", 0},
        {"repeated paragraphs", "a/a/a", {"a/a/a/a", "a/a/a"}, "a/a/a/a", 0},
    };

    (void)state;
    CHECK_WEAVINGS(table);
}

static void
edits_of_one_paragraph_go_by_rank(void **state)
{
    static const struct weaving table[] = {
        {"one paragraph", "a/b/c", {"a/x/c", "a/y/c"}, "a/x/c", 1},
        {"order decides", "a/b/c", {"a/y/c", "a/x/c"}, "a/y/c", 1},
        {"others untouched", "a/b/c", {"a/x/c", "A/y/C"}, "A/x/C", 1},
        {"one edits, one removes", "a/b/c", {"a/c", "a/y/c"}, "a/c", 1},
        {"three differ", "a/b/c", {"a/x/c", "a/y/c", "a/z/c"}, "a/x/c", 1},
        {"two agree against one", "a/b/c", {"a/x/c", "a/y/c", "a/y/c"}, "a/x/c", 1},
        {"two clashes", "a/b/c", {"x/b/y", "z/b/w"}, "x/b/y", 2},
        {"begun from nothing by both", "", {"a", "b"}, "a", 1},
        {"both add in one place", "a/b", {"a/x/b", "a/y/b"}, "a/x/b", 1},
        {"unchanged first text yields", "a/b", {"a/b", "a/y", "a/z"}, "a/y", 1},
    };

    (void)state;
    CHECK_WEAVINGS(table);
}

static void
line_feeds_at_the_ends_and_in_rows_set_paragraphs_apart(void **state)
{
    static const struct weaving table[] = {
        {"surplus", "a/b", {"//a///b/"}, "a/b", 0},
        {"a line feed within", "a\nb/c", {"a\nb/C", "a\nB/c"}, "a\nB/C", 0},
        {"one at the end", "a", {"a\n"}, "a", 0},
        {"only line feeds", "a", {"//"}, "", 0},
    };

    (void)state;
    CHECK_WEAVINGS(table);
}

static void
too_many_paragraphs_leave_the_first_text_whole(void **state)
{
    struct vls_slice texts[65];
    struct vls_error err = {0};
    struct vls_buf out, b;
    size_t n_clashes;

    (void)state;
    vls_buf_init(&b, 1 << 16);
    vls_buf_init(&out, 1 << 16);
    for (int i = 0; i < 512; i++)
        vls_buf_put(&b, "a\n\n", 3);
    texts[0] = vls_buf_slice(&b);
    check_ok(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str(""), texts, 1, NULL, NULL, &err), &err);
    assert_int_equal(n_clashes, 0);
    vls_buf_put(&b, "a", 1);
    vls_buf_reset(&out);
    texts[0] = vls_buf_slice(&b);
    check_ok(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str(""), texts, 1, NULL, NULL, &err), &err);
    assert_int_equal(n_clashes, 1);
    assert_true(vls_slice_eq(vls_buf_slice(&out), texts[0]));
    vls_buf_reset(&out);
    for (size_t i = 0; i < 65; i++)
        texts[i] = vls_slice_str("a");
    check_ok(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str("a"), texts, 64, NULL, NULL, &err), &err);
    assert_int_equal(n_clashes, 0);
    check_ok(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str("a"), texts, 65, NULL, NULL, &err), &err);
    assert_int_equal(n_clashes, 1);
    vls_buf_clear(&out);
    vls_buf_init(&out, 3);
    assert_int_equal(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str(""), (struct vls_slice[]){vls_slice_str("abcd")}, 1, NULL, NULL, &err),
                     VLS_ELIMIT);
    vls_buf_clear(&out);
    vls_buf_clear(&b);
}

/* ---- clashes ---- */

struct told {
    char text[512];
    size_t n;
};

static void
tell(void *ctx, const struct vls_clash *clash)
{
    struct told *t = ctx;
    size_t at = strlen(t->text);

    t->n++;
    at += (size_t)snprintf(t->text + at, sizeof t->text - at, "%.*s:", (int)clash->base.n, (const char *)clash->base.p);
    for (size_t i = 0; i < clash->n; i++)
        at += (size_t)snprintf(t->text + at, sizeof t->text - at, "%s%.*s%s", i > 0 ? "," : "", (int)clash->text[i].n,
                               (const char *)clash->text[i].p, i == clash->chosen ? "!" : "");
    (void)snprintf(t->text + at, sizeof t->text - at, ";");
}

static void
each_clash_is_told_with_what_everybody_has_there(void **state)
{
    static const struct {
        const char *base, *text[3], *want;
    } table[] = {
        {"a/b/c", {"A/b/c", "a/b/C"}, ""},
        {"a/b/c", {"a/X/c", "a/Y/c"}, "b:X!,Y;"},
        {"a/b/c", {"a/b/c", "a/X/c", "a/Y/c"}, "b:b,X!,Y;"},
        {"a/b/c", {"X/b/Y", "Z/b/W"}, "a:X!,Z;c:Y!,W;"},
        {"a/b/c", {"X/Y/c", "Z/W/c"}, "a:X!,Z;b:Y!,W;"},
        {"a/b", {"a/x/b", "a/y/b"}, ":x!,y;"},
        {"a/b/c", {"a/c", "a/Y/c"}, "b:!,Y;"},
        {"a/b/c", {"a/X/Z/c", "a/Y/c"}, "b:X\n\nZ!,Y;"},
        {"", {"x", "y"}, ":x!,y;"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char rooms[4][512];
        struct vls_slice texts[3];
        struct told told = {.n = 0};
        struct vls_error err = {0};
        struct vls_buf out;
        size_t n = 0, n_clashes = 99;

        for (; n < 3 && table[i].text[n] != NULL; n++)
            texts[n] = prose(rooms[n], table[i].text[n]);
        vls_buf_init(&out, 4096);
        check_ok(vls_merge_paragraphs(&out, &n_clashes, prose(rooms[3], table[i].base), texts, n, tell, &told, &err),
                 &err);
        assert_string_equal(told.text, table[i].want);
        assert_int_equal(told.n, n_clashes);
        vls_buf_clear(&out);
    }
}

static void
a_result_that_is_too_long_leaves_the_first_text_as_one_clash(void **state)
{
    struct vls_slice texts[2] = {vls_slice_str("aaaa\n\nb"), vls_slice_str("a\n\nbbbb")};
    struct told told = {.n = 0};
    struct vls_error err = {0};
    struct vls_buf out;
    size_t n_clashes = 99;

    (void)state;
    vls_buf_init(&out, 9); /* the merged text has ten bytes */
    check_ok(vls_merge_paragraphs(&out, &n_clashes, vls_slice_str("a\n\nb"), texts, 2, tell, &told, &err), &err);
    assert_true(vls_slice_eq(vls_buf_slice(&out), texts[0]));
    assert_int_equal(n_clashes, 1);
    assert_string_equal(told.text, "a\n\nb:aaaa\n\nb!,a\n\nbbbb;");
    vls_buf_clear(&out);
}

static void
what_stood_in_the_buffer_before_is_gone(void **state)
{
    struct vls_slice text = vls_slice_str("a");
    struct vls_error err = {0};
    struct vls_buf out;
    size_t n_clashes;

    (void)state;
    vls_buf_init(&out, 64);
    vls_buf_put(&out, "before", 6);
    check_ok(vls_merge_paragraphs(&out, &n_clashes, text, &text, 1, NULL, NULL, &err), &err);
    assert_true(vls_slice_eq(vls_buf_slice(&out), text));
    vls_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_of_different_paragraphs_are_united),
        cmocka_unit_test(edits_of_one_paragraph_go_by_rank),
        cmocka_unit_test(line_feeds_at_the_ends_and_in_rows_set_paragraphs_apart),
        cmocka_unit_test(too_many_paragraphs_leave_the_first_text_whole),
        cmocka_unit_test(each_clash_is_told_with_what_everybody_has_there),
        cmocka_unit_test(a_result_that_is_too_long_leaves_the_first_text_as_one_clash),
        cmocka_unit_test(what_stood_in_the_buffer_before_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
