/* A remote that was prepared by somebody: what is outside the layout is ignored and counted, or the
 * whole is refused; nothing of it crashes, blocks or leads out of the folder. */
#include "tests/support/check.h"

#include "tests/unit/sync/transport/hub.h"

#include "tests/unit/sync/transport/hostile.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void
loose_objects_are_read(void **state)
{
    struct scratch *s = *state;
    struct vls_buf tree;
    uint8_t tip[VLS__OID];
    struct outcome o;

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "only");
    tree_commit(s, &tree, NULL, tip);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.blobs, 1);
    assert_int_equal(o.counts.damaged + o.counts.ignored, 0);
    assert_true(seen_text(s, 0, "only"));
}

static void
odd_entries_are_ignored_and_counted(void **state)
{
    struct scratch *s = *state;
    static const struct {
        const char *mode, *name;
    } odd[] = {{"100644", "../../../etc/passwd"},
               {"120000", ZEROS},
               {"160000", ZEROS},
               {"40000", ZEROS},
               {"100755", ZEROS},
               {"100644", ".git"},
               {"100644", "0000"},
               {"100644", "A" ZEROS}};
    struct vls_buf tree;
    uint8_t id[VLS__OID], tip[VLS__OID];
    struct outcome o;

    object_put(s, "blob", "evil", 4, id);
    vls_buf_init(&tree, 65536);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        entry_raw(&tree, odd[i].mode, odd[i].name, id);
    entry_text(s, &tree, "good");
    entry_text(s, &tree, "good");
    vls_buf_put(&tree, "100644 cut", 10);
    tree_commit(s, &tree, NULL, tip);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.blobs, 1);
    assert_int_equal(o.counts.ignored, sizeof odd / sizeof odd[0] + 2);
    assert_true(seen_text(s, 0, "good"));
}

static void
blobs_that_are_not_what_they_should_be_are_left_out(void **state)
{
    struct scratch *s = *state;
    char *large = calloc(1, VLS_REMOTE_BLOB_MAX + 1);
    static const uint8_t nowhere[VLS__OID] = {0x42};
    uint8_t name[VLS__NAME] = {0}, id[VLS__OID], empty[VLS__OID], tip[VLS__OID];
    struct vls_buf tree;
    struct outcome o;

    assert_non_null(large);
    vls_buf_init(&tree, 65536);
    object_put(s, "blob", "other bytes", 11, id);
    vls__tree_put(&tree, name, id); /* damage: not its name */
    name[31]++;
    vls__tree_put(&tree, name, nowhere); /* damage: missing */
    name[31]++;
    object_put(s, "blob", "", 0, id);
    vls__tree_put(&tree, name, id); /* ignored: empty */
    name[31]++;
    object_put(s, "blob", large, VLS_REMOTE_BLOB_MAX + 1, id);
    vls__tree_put(&tree, name, id); /* ignored: too large */
    name[31]++;
    object_put(s, "tree", "", 0, empty);
    vls__tree_put(&tree, name, empty); /* ignored: a tree */
    name[31]++;
    object_claim(s, "blob", "bomb", 4, (size_t)1 << 31, id);
    vls__tree_put(&tree, name, id); /* ignored: claims 2 GiB */
    name[31]++;
    object_claim(s, "blob", large, 1000000, 10, id);
    vls__tree_put(&tree, name, id); /* damage: unfolds to more than it claims */
    name[31]++;
    object_claim(s, "blob", "short", 5, 50, id);
    vls__tree_put(&tree, name, id); /* damage: unfolds to less */
    entry_text(s, &tree, "good");
    tree_commit(s, &tree, NULL, tip);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.blobs, 1);
    assert_int_equal(o.counts.damaged, 4);
    assert_int_equal(o.counts.ignored, 4);
    assert_true(seen_text(s, 0, "good"));
    free(large);
}

static void
trees_outside_the_layout_do_not_stop_the_rest(void **state)
{
    struct scratch *s = *state;
    static const uint8_t nowhere[VLS__OID] = {0x42};
    uint8_t name[VLS__NAME] = {0}, id[VLS__OID], tip[VLS__OID];
    struct vls_buf tree;
    struct outcome o;

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "first");
    tree_commit(s, &tree, NULL, tip);
    commit_put(s, nowhere, tip, tip); /* damage */
    object_put(s, "blob", "not a tree", 10, id);
    commit_put(s, id, tip, tip); /* ignored */
    vls_buf_init(&tree, 2 * VLS__TREE_MAX);
    for (unsigned i = 0; i <= VLS__TREE_ENTRIES; i++) {
        name[0] = (uint8_t)(i >> 8);
        name[1] = (uint8_t)i;
        vls__tree_put(&tree, name, id);
    }
    tree_commit(s, &tree, tip, tip); /* ignored: one entry too many */
    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "last");
    tree_commit(s, &tree, tip, tip);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.damaged, 1);
    assert_int_equal(o.counts.ignored, 2);
    assert_int_equal(o.counts.blobs, 2);
    assert_true(seen_text(s, 0, "first") && seen_text(s, 1, "last"));
}

/* Puts a commit of these bytes on the branch. */
static void
commit_raw(struct scratch *s, const struct vls_buf *text)
{
    uint8_t id[VLS__OID];

    object_put(s, "commit", text->p, text->n, id);
    branch_set(s, id);
}

static void
a_history_that_is_not_one_line_is_refused(void **state)
{
    struct scratch *s = *state;
    static const char id[] = "aa00bb0000000000000000000000000000000000";
    struct vls_buf text, tree;
    uint8_t tip[VLS__OID], blob[VLS__OID];

    for (unsigned parents = 2; parents <= 10000; parents *= 70) {
        vls_buf_init(&text, 1 << 20);
        vls_buf_printf(&text, "tree %s\n", id);
        for (unsigned i = 0; i < parents; i++)
            vls_buf_printf(&text, "parent %s\n", id);
        vls_buf_printf(&text, "author a <b> 1 +0000\ncommitter a <b> 1 +0000\n\n");
        commit_raw(s, &text);
        assert_int_equal(look(s).rc, VLS_EFORMAT);
        vls_buf_clear(&text);
    }
    /* A parent that is missing, and one that is a blob. */
    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "kept back");
    memset(blob, 0x17, sizeof blob);
    tree_commit(s, &tree, blob, tip);
    assert_int_equal(look(s).rc, VLS_EFORMAT);
    assert_int_equal(s->seen.n, 0);
    object_put(s, "blob", "x", 1, blob);
    branch_set(s, blob);
    assert_int_equal(look(s).rc, VLS_EFORMAT);
    /* One that is too long to be a commit. */
    vls_buf_init(&text, 1 << 20);
    vls_buf_printf(&text, "tree %s\nauthor a <b> 1 +0000\ncommitter a <b> 1 +0000\n\n", id);
    vls_buf_put_zeros(&text, VLS__COMMIT_MAX);
    commit_raw(s, &text);
    assert_int_equal(look(s).rc, VLS_EFORMAT);
    vls_buf_clear(&text);
}

static void
put_pipe(const char *path)
{
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0644), 0);
}

static void
put_link(const char *path)
{
    (void)unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
}

static void
put_folder(const char *path)
{
    (void)unlink(path);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void
links_pipes_and_folders_in_the_place_of_files_are_refused(void **state)
{
    static void (*const put[])(const char *) = {put_pipe, put_link, put_folder};
    static const char *const where[] = {
        "refs/heads/valise", "packed-refs", "objects/pack/pack-1111111111111111111111111111111111111111.idx",
        "objects/pack/pack-1111111111111111111111111111111111111111.pack", "objects/pack/multi-pack-index"};
    struct scratch *s = *state;

    for (size_t w = 0; w < sizeof where / sizeof where[0]; w++)
        for (size_t i = 0; i < sizeof put / sizeof put[0]; i++) {
            struct outcome o;
            char path[512];

            hub_path(s, path, sizeof path, where[w]);
            put[i](path);
            o = look(s);
            assert_int_equal(o.rc, VLS_EFORMAT);
            assert_true(o.took_s < 5);
            assert_int_equal(remove(path), 0);
            check_ok(look(s).rc, &s->err);
        }
}

static void
a_loose_object_may_not_block_or_lead_elsewhere(void **state)
{
    static void (*const put[])(const char *) = {put_pipe, put_link, put_folder};
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof put / sizeof put[0]; i++) {
        struct vls_buf tree;
        uint8_t id[VLS__OID], tip[VLS__OID], name[VLS__NAME] = {1};
        struct outcome o;
        char path[512];

        object_put(s, "blob", "x", 1, id);
        loose_path(s, path, sizeof path, id);
        put[i](path);
        vls_buf_init(&tree, 4096);
        vls__tree_put(&tree, name, id);
        tree_commit(s, &tree, NULL, tip);
        o = look(s);
        check_ok(o.rc, &s->err);
        assert_true(o.took_s < 5);
        assert_int_equal(o.counts.blobs, 0);
        assert_int_equal(o.counts.ignored + o.counts.damaged, 1);
        assert_int_equal(remove(path), 0);
    }
}

static void
folders_that_are_links_are_refused(void **state)
{
    static const char *const where[] = {"objects", "objects/pack", "refs", "refs/heads"};
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
        char path[512], aside[512];

        hub_path(s, path, sizeof path, where[i]);
        (void)snprintf(aside, sizeof aside, "%s/aside", s->dir);
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(symlink(aside, path), 0);
        assert_int_equal(look(s).rc, VLS_EFORMAT);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rename(aside, path), 0);
    }
    check_ok(look(s).rc, &s->err);
}

static void
alternates_and_replacements_are_not_followed(void **state)
{
    struct scratch *s = *state;
    struct vls_buf tree;
    uint8_t tip[VLS__OID], id[VLS__OID], other[VLS__OID];
    char path[512], elsewhere[512], line[600], hex[2 * VLS__OID + 1], folder[512];
    struct outcome o;

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "here");
    tree_commit(s, &tree, NULL, tip);
    /* The blob lies in another object folder that the hub points to. */
    object_put(s, "blob", "here", 4, id);
    loose_path(s, path, sizeof path, id);
    vls_hex(hex, id, sizeof id);
    (void)snprintf(folder, sizeof folder, "%s/other", s->dir);
    assert_int_equal(mkdir(folder, 0755), 0);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/other/%.2s", s->dir, hex);
    assert_int_equal(mkdir(elsewhere, 0755), 0);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/other/%.2s/%s", s->dir, hex, hex + 2);
    assert_int_equal(rename(path, elsewhere), 0);
    hub_path(s, path, sizeof path, "objects/info/alternates");
    (void)snprintf(line, sizeof line, "%s/other\n", s->dir);
    file_put(path, line, strlen(line));
    hub_path(s, path, sizeof path, "commondir");
    file_put(path, "../other\n", 9);
    hub_path(s, path, sizeof path, "config");
    file_put(path, "[core]\n\tworktree = /\n[include]\n\tpath = /etc/passwd\n[", 50);
    hub_path(s, path, sizeof path, "shallow");
    file_put(path, "x\n", 2);
    /* And somebody says that another blob stands for it. */
    object_put(s, "blob", "there", 5, other);
    hub_path(s, path, sizeof path, "refs/replace");
    assert_int_equal(mkdir(path, 0755), 0);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.blobs, 0);
    assert_int_equal(o.counts.damaged, 1);
}

/* Changes a file in place, n bytes at a time, and looks after each change. */
static void
mangle(struct scratch *s, const char *path, bool cut)
{
    struct stat st;
    uint8_t *whole;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    size_t size, step;

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    size = (size_t)st.st_size;
    whole = malloc(size);
    assert_non_null(whole);
    assert_int_equal(pread(fd, whole, size, 0), (ssize_t)size);
    step = size / 50 + 1;
    for (size_t at = 0; at < size; at += step) {
        struct outcome o;

        if (cut) {
            assert_int_equal(ftruncate(fd, (off_t)at), 0);
        } else {
            uint8_t byte = (uint8_t)(whole[at] ^ (1 + at % 255));

            assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
        }
        o = look(s);
        if (o.rc == VLS_OK)
            assert_int_equal(o.counts.blobs + o.counts.damaged + o.counts.ignored >= 1, 1);
        else if (o.rc != VLS_EFORMAT && o.rc != VLS_ELIMIT)
            fail_msg("byte %zu of %s: %s: %s", at, path, vls_code_name(o.rc), s->err.text);
        for (size_t i = 0; i < s->seen.n; i++)
            assert_true(seen_text(s, i, "one") || seen_text(s, i, "two") || s->seen.len[i] == 3000);
        assert_true(o.took_s < 10);
        assert_int_equal(pwrite(fd, whole, size, 0), (ssize_t)size);
    }
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 3);
    free(whole);
    (void)close(fd);
}

static void
mangled_packs_cost_blobs_and_nothing_else(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, 0);
    uint8_t large[3000] = {7};
    struct vls_slice blobs[3] = {vls_slice_str("one"), vls_slice_str("two"), {large, sizeof large}};
    char tip[VLS_REMOTE_TIP_LEN + 1], folder[512], path[1024];
    struct dirent *e;
    DIR *d;
    unsigned met = 0;

    check_ok(vls_remote_push(r, blobs, NULL, 3, "", tip, &s->err), &s->err);
    vls_remote_close(r);
    hub_path(s, folder, sizeof folder, "objects/pack");
    assert_non_null(d = opendir(folder));
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        assert_int_equal(chmod(path, 0644), 0);
        mangle(s, path, false);
        mangle(s, path, true);
        met++;
    }
    (void)closedir(d);
    assert_int_equal(met, 2);
}

static void
other_branches_are_ignored_beside_ours(void **state)
{
    struct scratch *s = *state;
    struct vls_buf tree;
    uint8_t tip[VLS__OID];
    char path[512];

    hub_path(s, path, sizeof path, "refs/heads/main");
    file_put(path, "ref: refs/heads/main\n", 21);
    assert_int_equal(look(s).rc, VLS_ETRUST); /* without ours it is somebody else's */
    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "ours");
    tree_commit(s, &tree, NULL, tip);
    for (unsigned i = 0; i < 2000; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, "refs/heads/x%u", i);
        hub_path(s, path, sizeof path, name);
        file_put(path, "../../../etc/passwd\n", 20);
    }
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 1);
}

static void
a_packed_branch_is_found(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r;
    struct vls_buf tree;
    uint8_t tip[VLS__OID];
    char path[512], text[300], hex[VLS_REMOTE_TIP_LEN + 1], new_tip[VLS_REMOTE_TIP_LEN + 1];

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "packed");
    tree_commit(s, &tree, NULL, tip);
    vls_hex(hex, tip, sizeof tip);
    hub_path(s, path, sizeof path, "refs/heads/valise");
    assert_int_equal(unlink(path), 0);
    hub_path(s, path, sizeof path, "refs/heads");
    assert_int_equal(rmdir(path), 0); /* git removes it when it is empty */
    hub_path(s, path, sizeof path, "packed-refs");
    (void)snprintf(text, sizeof text, "# pack-refs with: peeled \n%s refs/heads/valise\n", hex);
    file_put(path, text, strlen(text));
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 1);
    r = client_open(s, 0);
    (void)snprintf(hex + 40, sizeof hex - 40, "%08x", 0); /* its depth */
    check_ok(push_text(s, r, "on top", hex, new_tip), &s->err);
    vls_remote_close(r);
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 2);
}

/* GH-15: whoever can make two contents with one id of git can put any bytes under any id. */
static void
an_id_of_git_proves_nothing_GH_15(void **state)
{
    struct scratch *s = *state;
    struct vls_buf tree, file;
    uint8_t tip[VLS__OID], id[VLS__OID], evil[VLS__NAME];
    char path[512], hex[VLS_REMOTE_NAME_LEN + 1];
    struct outcome o;

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "good");
    tree_commit(s, &tree, NULL, tip);
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 1);
    object_put(s, "blob", "good", 4, id);
    loose_path(s, path, sizeof path, id);
    vls_buf_init(&file, 256);
    stored_put(&file, (const uint8_t *)"blob 4\0evil", 11);
    assert_int_equal(chmod(path, 0644), 0);
    file_put(path, file.p, file.n); /* the same id, other bytes */
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.blobs, 0);
    assert_int_equal(o.counts.damaged, 1);
    /* The other bytes under their own name: what counts is the name, so that is no lie. */
    vls_remote_name(hex, vls_slice_str("evil"));
    assert_true(vls_unhex(evil, sizeof evil, hex));
    vls_buf_init(&tree, 4096);
    vls__tree_put(&tree, evil, id);
    tree_commit(s, &tree, tip, tip);
    o = look(s);
    check_ok(o.rc, &s->err);
    assert_int_equal(o.counts.damaged + o.counts.blobs, 2);
    for (size_t i = 0; i < s->seen.n; i++)
        assert_true(seen_text(s, i, "evil"));
    vls_buf_clear(&file);
}

/* n empty files with one name each in a folder of the hub. */
static void
flood(const struct scratch *s, const char *stem, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char below[80], path[512];

        (void)snprintf(below, sizeof below, "objects/pack/%s-%u", stem, i);
        hub_path(s, path, sizeof path, below);
        file_put(path, "", 0);
    }
}

static void
floods_of_files_are_refused_and_odd_names_ignored_US_06(void **state)
{
    static const char *const twins[] = {"refs/heads/VALISE", "refs/heads/Valise", "refs/heads/valise.", "HEAD.",
                                        "head", "objects/PACK", "objects/pack/PACK-1.IDX", "Refs"};
    struct scratch *s = *state;
    struct vls_buf tree;
    uint8_t tip[VLS__OID];
    char name[256], path[700];

    vls_buf_init(&tree, 4096);
    entry_text(s, &tree, "ours");
    tree_commit(s, &tree, NULL, tip);
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        hub_path(s, path, sizeof path, twins[i]);
        file_put(path, "../../../etc/passwd\n", 20);
    }
    memset(name, 'x', 255); /* as long as a name can be */
    name[255] = '\0';
    (void)snprintf(path, sizeof path, "%s/refs/heads/%s", s->hub, name);
    file_put(path, "x", 1);
    (void)snprintf(path, sizeof path, "%s/objects/pack/%s", s->hub, name);
    file_put(path, "x", 1);
    flood(s, "note", 5000);
    check_ok(look(s).rc, &s->err);
    assert_int_equal(s->seen.n, 1);
    assert_true(seen_text(s, 0, "ours"));
    flood(s, "more", 16000);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_true(count_files(path, "") > 20000);
    assert_int_equal(look(s).rc, VLS_ELIMIT);
    assert_int_equal(s->seen.n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loose_objects_are_read, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(odd_entries_are_ignored_and_counted, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(blobs_that_are_not_what_they_should_be_are_left_out, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(trees_outside_the_layout_do_not_stop_the_rest, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_history_that_is_not_one_line_is_refused, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(links_pipes_and_folders_in_the_place_of_files_are_refused,
                                        hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_loose_object_may_not_block_or_lead_elsewhere, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(folders_that_are_links_are_refused, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(alternates_and_replacements_are_not_followed, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(mangled_packs_cost_blobs_and_nothing_else, hostile_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(other_branches_are_ignored_beside_ours, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_packed_branch_is_found, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(an_id_of_git_proves_nothing_GH_15, hostile_open, scratch_close),
        cmocka_unit_test_setup_teardown(floods_of_files_are_refused_and_odd_names_ignored_US_06, hostile_open,
                                        scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
