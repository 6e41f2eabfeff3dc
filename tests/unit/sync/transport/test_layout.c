/* Trees, commits and references as bytes: the allow-list, and the one form that is written. */
#include "tests/support/check.h"

#include "sync/transport/layout.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static const uint8_t oid[VLS__OID] = {0xaa, 0, 0xbb};

static void
entry_put(struct vls_buf *b, const char *mode, const char *name)
{
    vls_buf_put(b, mode, strlen(mode));
    vls_buf_put_u8(b, ' ');
    vls_buf_put(b, name, strlen(name) + 1);
    vls_buf_put(b, oid, sizeof oid);
}

static uint64_t
tree_count(const struct vls_buf *b, uint64_t *ignored)
{
    struct vls__tree_rd rd = vls__tree_of(vls_buf_slice(b));
    struct vls__entry e;
    uint64_t n = 0;

    while (vls__tree_next(&rd, &e)) {
        assert_memory_equal(e.oid, oid, sizeof oid);
        n++;
    }
    *ignored = rd.ignored;
    return n;
}

static void
only_allowed_entries_are_read(void **state)
{
    static const struct {
        const char *mode, *name;
    } odd[] = {
        {"100644", ".."},      {"100644", "../" HEX64}, {"100644", "/etc/passwd"}, {"100644", ".git"},
        {"100644", ""},        {"100644", HEX64},       {"100644", HEX64 "00"},    {"100644", HEX64 "A"},
        {"100644", HEX64 "g"}, {"100644", HEX64 " "},   {"100755", HEX64 "1"},     {"120000", HEX64 "1"},
        {"160000", HEX64 "1"}, {"40000", HEX64 "1"},    {"040000", HEX64 "1"},     {"0100644", HEX64 "1"},
        {"100664", HEX64 "1"}, {"", HEX64 "1"},         {"10064", HEX64 "1"},      {"1006444", HEX64 "1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct vls_buf b;
        uint64_t ignored;

        vls_buf_init(&b, 4096);
        entry_put(&b, "100644", HEX64 "0");
        entry_put(&b, odd[i].mode, odd[i].name);
        entry_put(&b, "100644", HEX64 "f");
        assert_int_equal(tree_count(&b, &ignored), 2);
        assert_int_equal(ignored, 1);
        vls_buf_clear(&b);
    }
}

static void
repeated_and_unsorted_names_are_ignored(void **state)
{
    struct vls_buf b;
    uint64_t ignored;

    (void)state;
    vls_buf_init(&b, 4096);
    entry_put(&b, "100644", HEX64 "5");
    entry_put(&b, "100644", HEX64 "5");
    entry_put(&b, "100644", HEX64 "4");
    entry_put(&b, "100644", HEX64 "6");
    assert_int_equal(tree_count(&b, &ignored), 2);
    assert_int_equal(ignored, 2);
    vls_buf_clear(&b);
}

static void
a_cut_tree_is_read_up_to_the_cut(void **state)
{
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 4096);
    entry_put(&b, "100644", HEX64 "1");
    entry_put(&b, "100644", HEX64 "2");
    for (size_t n = 0; n <= b.n; n++) {
        uint8_t *exact = calloc(1, n + 1);
        struct vls_buf cut = {.p = exact, .n = n};
        uint64_t ignored;

        assert_non_null(exact);
        memcpy(exact, b.p, n);
        assert_int_equal(tree_count(&cut, &ignored), n / VLS__ENTRY_LEN);
        assert_int_equal(ignored, n % VLS__ENTRY_LEN != 0);
        free(exact);
    }
    vls_buf_clear(&b);
}

static void
a_written_tree_reads_back(void **state)
{
    uint8_t name[VLS__NAME] = {0};
    struct vls_buf b;
    uint64_t ignored;

    (void)state;
    vls_buf_init(&b, VLS__TREE_MAX);
    for (unsigned i = 0; i < VLS__TREE_ENTRIES; i++) {
        name[0] = (uint8_t)(i >> 8);
        name[1] = (uint8_t)i;
        vls__tree_put(&b, name, oid);
    }
    assert_int_equal(b.bad, VLS_OK);
    assert_int_equal(b.n, VLS__TREE_MAX);
    assert_int_equal(tree_count(&b, &ignored), VLS__TREE_ENTRIES);
    assert_int_equal(ignored, 0);
    vls_buf_clear(&b);
}

static void
a_commit_has_one_form(void **state)
{
    static const char first[] = "tree aa00bb0000000000000000000000000000000000\n"
                                "author valise <valise@localhost> 1000000000 +0000\n"
                                "committer valise <valise@localhost> 1000000000 +0000\n\nsealed\n";
    struct vls__commit c = {.depth = 0}, back;
    struct vls_buf b;

    (void)state;
    memcpy(c.tree, oid, sizeof oid);
    vls_buf_init(&b, 1024);
    vls__commit_encode(&b, &c);
    assert_true(vls_slice_eq(vls_buf_slice(&b), vls_slice_str(first)));
    vls_buf_reset(&b);
    c.has_parent = true;
    memcpy(c.parent, oid, sizeof oid);
    c.depth = 12345;
    vls__commit_encode(&b, &c);
    assert_int_equal(vls__commit_decode(&back, vls_buf_slice(&b), NULL), VLS_OK);
    assert_memory_equal(back.tree, oid, sizeof oid);
    assert_memory_equal(back.parent, oid, sizeof oid);
    assert_true(back.has_parent);
    assert_int_equal(back.depth, 12345);
    vls_buf_reset(&b);
    c.depth = UINT64_MAX;
    vls__commit_encode(&b, &c);
    assert_int_equal(vls__commit_decode(&back, vls_buf_slice(&b), NULL), VLS_OK);
    assert_int_equal(back.depth, VLS__DEPTH_MAX);
    vls_buf_clear(&b);
}

#define TREE "tree aa00bb0000000000000000000000000000000000\n"
#define PARENT "parent bb00bb0000000000000000000000000000000000\n"
#define WHO(t) "author a <b> " t " +0000\ncommitter a <b> " t " +0000\n\nx"

static void
malformed_commits_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "tree",
        TREE,
        TREE PARENT,
        TREE PARENT PARENT WHO("1"),
        TREE PARENT PARENT PARENT WHO("1"),
        PARENT TREE WHO("1"),
        TREE WHO("1") PARENT,
        "tree AA00BB0000000000000000000000000000000000\n" WHO("1"),
        "tree aa00bb00000000000000000000000000000000\n" WHO("1"),
        "tree aa00bb0000000000000000000000000000000000 \n" WHO("1"),
        TREE "parent bb\n" WHO("1"),
        TREE "gpgsig x\n" WHO("1"),
        TREE "committer a <b> 1 +0000\n",
        TREE "author a <b> 1 +0000\n\nx",
        "object aa00bb0000000000000000000000000000000000\n",
    };
    struct vls__commit c;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool accepted = vls__commit_decode(&c, vls_slice_str(cases[i]), NULL) == VLS_OK;

        /* A parent behind the head is only text. */
        assert_int_equal(accepted, strcmp(cases[i], TREE WHO("1") PARENT) == 0);
    }
}

static void
strange_times_count_as_depth_zero(void **state)
{
    static const struct {
        const char *text;
        uint64_t depth;
    } cases[] = {
        {TREE WHO("1000000007"), 7},
        {TREE WHO("999999999"), 0},
        {TREE WHO("-1"), 0},
        {TREE WHO(""), 0},
        {TREE WHO("x"), 0},
        {TREE WHO("99999999999999999999999999999999"), 0},
        {TREE WHO("2073741823"), VLS__DEPTH_MAX},
        {TREE WHO("2073741824"), 0},
        {TREE "author\x20\ncommitter \n\n", 0},
        {TREE "author x\ncommitter a <b>\n\n", 0},
    };
    struct vls__commit c;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(vls__commit_decode(&c, vls_slice_str(cases[i].text), NULL), VLS_OK);
        assert_int_equal(c.depth, cases[i].depth);
    }
}

#define ID "aa00bb0000000000000000000000000000000000"

static void
only_a_plain_id_is_a_branch(void **state)
{
    static const char *const cases[] = {"",
                                        ID,
                                        ID "\r\n",
                                        ID "\n\n",
                                        " " ID "\n",
                                        "ref: refs/heads/valise\n",
                                        "aa00bb000000000000000000000000000000000\n",
                                        "AA00BB0000000000000000000000000000000000\n",
                                        ID "00\n"};
    uint8_t out[VLS__OID];

    (void)state;
    assert_true(vls__ref_decode(out, vls_slice_str(ID "\n")));
    assert_memory_equal(out, oid, sizeof oid);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(vls__ref_decode(out, vls_slice_str(cases[i])));
}

static void
packed_references_show_ours_and_count_others(void **state)
{
    static const struct {
        const char *text;
        bool found;
        uint64_t others;
    } cases[] = {
        {"", false, 0},
        {"# pack-refs with: peeled fully-peeled sorted \n", false, 0},
        {"# c\n" ID " refs/heads/main\n" ID " refs/heads/valise\n", true, 1},
        {ID " refs/heads/valise\n^" ID "\n" ID " refs/tags/x\n", true, 1},
        {ID " refs/heads/valise", false, 0}, /* without its newline the line may be cut */
        {ID " refs/heads/valise2\n" ID " refs/heads/valis\n" ID " xrefs/heads/valise\n", false, 3},
        {ID "  refs/heads/valise\n", false, 1},
        {"zz00bb0000000000000000000000000000000000 refs/heads/valise\n", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[VLS__OID];
        uint64_t others;

        assert_int_equal(vls__packed_find(out, vls_slice_str(cases[i].text), &others), cases[i].found);
        assert_int_equal(others, cases[i].others);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_allowed_entries_are_read),
        cmocka_unit_test(repeated_and_unsorted_names_are_ignored),
        cmocka_unit_test(a_cut_tree_is_read_up_to_the_cut),
        cmocka_unit_test(a_written_tree_reads_back),
        cmocka_unit_test(a_commit_has_one_form),
        cmocka_unit_test(malformed_commits_are_refused),
        cmocka_unit_test(strange_times_count_as_depth_zero),
        cmocka_unit_test(only_a_plain_id_is_a_branch),
        cmocka_unit_test(packed_references_show_ours_and_count_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
