/* The room of histories that were replaced is given back, and nothing else goes: not what any reference leads to, not
 * what valise did not write. */
#include "tests/support/check.h"

#include <utime.h>

#include "tests/unit/sync/transport/tidy.h"

static void
the_room_of_a_replaced_history_is_given_back(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE), *late = client_open(s, 0);
    char tip[TIP] = "", old[TIP], got[TIP];
    struct vls_remote_room room;
    bool rewritten = false;

    room = tidy(s, r, 0);
    assert_int_equal(room.before + room.after + room.waiting + room.foreign, 0);
    fill(s, r, "old", 40, 3000, tip);
    memcpy(old, tip, sizeof old);
    check_ok(pull_seen(s, late, "", got), &s->err);
    room = tidy(s, r, 0); /* all of it is needed */
    assert_true(room.before > 40 * 3000 && room.before == room.after && room.waiting == 0 && !room.foreign);
    replace(s, r, "new", tip);
    room = tidy(s, r, VLS_REMOTE_TIDY_COUNT);
    assert_true(room.after < 2000);
    assert_int_equal(tidy(s, r, VLS_REMOTE_TIDY_COUNT).before, room.before);
    assert_int_equal(tidy(s, r, 0).after, room.after);
    assert_int_equal(packs(s, ".pack"), 1);
    assert_int_equal(packs(s, ""), 2);
    assert_int_equal(tidy(s, r, 0).before, room.after); /* once is enough */
    git_is_content(s);
    assert_int_equal(pull_seen(s, late, old, got), VLS_ETRUST); /* who holds the old tip: told apart, and shown all */
    s->seen.n = 0;
    check_ok(vls_remote_pull(late, old, seen_add, &s->seen, got, &rewritten, &s->err), &s->err);
    assert_true(rewritten && s->seen.n == 2 && seen_text(s, 0, "new short 0") && seen_text(s, 1, "new short 1"));
    assert_int_equal(push_text(s, late, "late", old, got), VLS_ERACE);
    check_ok(push_text(s, late, "late", tip, got), &s->err);
    assert_int_equal(all_there(s), 3);
    vls_remote_close(r);
    vls_remote_close(late);
}

static void
what_any_reference_leads_to_stays(void **state)
{
    static const char *const where[] = {"refs/heads/backup", "refs/tags/before", "refs/heads/deep/down", "packed-refs",
                                        "HEAD"};
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[TIP] = "", line[48], path[256], text[128];
    struct vls_remote_room room;
    unsigned n = 0;

    fill(s, r, "old", 20, 500, tip);
    branch_get(s, line);
    replace(s, r, "new", tip);
    hub_path(s, path, sizeof path, "refs/heads/deep");
    assert_int_equal(mkdir(path, 0755), 0);
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        (void)snprintf(text, sizeof text, "# pack-refs with: peeled\n%.40s refs/heads/kept\n", line);
        put(s, where[i], strcmp(where[i], "packed-refs") == 0 ? text : line);
        room = tidy(s, r, 0);
        assert_true(room.before > 20 * 500 && room.after == room.before && room.waiting == 0 && !room.foreign);
        git_is_content(s);
        if (strcmp(where[i], "HEAD") == 0)
            put(s, "HEAD", "ref: refs/heads/valise\n");
        else
            gone(s, where[i]);
        n++;
    }
    assert_int_equal(n, 5);
    room = tidy(s, r, 0);
    assert_true(room.after < 2000);
    git_is_content(s);
    assert_int_equal(all_there(s), 2);
    vls_remote_close(r);
}

/* Nothing goes where something cannot be followed: another kind of reference or object, or git's own notes. */
static void
what_cannot_be_followed_keeps_everything(void **state)
{
    static const struct {
        const char *where, *text;
    } odd[] = {
        {"refs/heads/broken", "not an id\n"},
        {"refs/heads/lost", "00112233445566778899aabbccddeeff00112233\n"},
        {"packed-refs", "0011223344556677 refs/heads/short and wrong in this way\n"},
        {"FETCH_HEAD", ""},
        {"shallow", ""},
        {"logs", ""},
        {"HEAD", "nonsense\n"},
        {"objects/pack/multi-pack-index", ""},
    };
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_remote_room room;
    char tip[TIP] = "", path[256];
    unsigned n = 0;

    fill(s, r, "old", 20, 500, tip);
    replace(s, r, "new", tip);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        put(s, odd[i].where, odd[i].text);
        room = tidy(s, r, 0);
        assert_true(room.foreign && room.before == room.after && room.before > 20 * 500);
        if (strcmp(odd[i].where, "HEAD") == 0)
            put(s, "HEAD", "ref: refs/heads/valise\n");
        else
            gone(s, odd[i].where);
        n++;
    }
    hub_path(s, path, sizeof path, "refs/heads/link");
    assert_int_equal(symlink("valise", path), 0);
    assert_true(tidy(s, r, 0).foreign);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(n, 8);
    room = tidy(s, r, 0);
    assert_true(!room.foreign && room.after < 2000);
    vls_remote_close(r);
}

/* Files that were being named when a stick was pulled: nothing leads to them, and they keep nothing else. */
static void
what_a_repair_of_FAT_leaves_keeps_no_room(void **state)
{
    static const char *const cut[] = {"objects/pack/pack-00112233445566778899aabbccddeeff00112233.idx",
                                      "objects/pack/pack-00112233445566778899aabbccddeeff00112233.pack"};
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_remote_room room;
    char tip[TIP] = "";

    fill(s, r, "old", 20, 500, tip);
    put(s, cut[0], "");
    put(s, cut[1], "PACK");
    room = tidy(s, r, 0); /* all of it is needed */
    assert_true(!room.foreign && room.before == room.after);
    replace(s, r, "new", tip);
    room = tidy(s, r, 0);
    assert_true(!room.foreign && room.before > 20 * 500 && room.after < 2000);
    assert_int_equal(all_there(s), 2);
    gone(s, cut[0]);
    gone(s, cut[1]);
    git_is_content(s);
    vls_remote_close(r);
}

/* Runs git with a shell, for what it writes. */
static int
sh(const struct scratch *s, const char *text)
{
    char all[1200];

    (void)snprintf(all, sizeof all,
                   "cd %s && export GIT_DIR=%s GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x "
                   "GIT_COMMITTER_EMAIL=x@x; git() { command git -c safe.directory='*' \"$@\"; }; %s",
                   s->dir, s->hub, text);
    return run((const char *const[]){"sh", "-ec", all, NULL});
}

static void
what_valise_did_not_write_stays(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[TIP] = "";

    if (!has_git())
        skip();
    fill(s, r, "old", 20, 500, tip);
    /* somebody's work in packs that no reference leads to any more: stored as git stores, and with no compression */
    assert_int_equal(sh(s, "b=$(echo theirs | git hash-object -w --stdin)\n"
                           "t=$(printf '100644 blob %s\\tfile\\n' $b | git mktree)\n"
                           "c=$(git commit-tree $t -m theirs </dev/null)\n"
                           "printf '%s\\n' $b $t $c | git -c core.compression=0 pack-objects -q hub/objects/pack/pack\n"
                           "echo more | git hash-object -w --stdin | git -c core.compression=0 pack-objects -q "
                           "hub/objects/pack/pack\n"
                           "git prune-packed -q; echo $c >theirs"),
                     0);
    assert_true(packs(s, ".pack") >= 3);
    replace(s, r, "new", tip);
    assert_false(tidy(s, r, 0).foreign);
    assert_int_equal(packs(s, ".pack"), 3);
    assert_int_equal(sh(s, "git cat-file -e $(cat theirs):file && git fsck --strict --full"), 0);
    /* theirs, on a branch of its own, with a merge and a folder */
    assert_int_equal(sh(s, "c=$(cat theirs); t=$(git rev-parse $c^{tree})\n"
                           "t=$(printf '040000 tree %s\\tbelow\\n160000 commit %s\\tsub\\n' $t $c | git mktree)\n"
                           "m=$(git commit-tree $t -p $c -p $(cat hub/refs/heads/valise) -m merge </dev/null)\n"
                           "git update-ref refs/heads/theirs $m"),
                     0);
    fill(s, r, "more", 18, 500, tip);
    replace(s, r, "newer", tip); /* the one before stays: that branch was joined to it */
    assert_false(tidy(s, r, 0).foreign);
    assert_int_equal(sh(s, "git fsck --strict --full && git log -q theirs && git cat-file -e theirs:below/file"), 0);
    assert_int_equal(sh(s, "git tag -a -m note annotated theirs"), 0);
    fill(s, r, "yet more", 18, 500, tip);
    replace(s, r, "newest", tip);
    assert_true(tidy(s, r, 0).foreign); /* what an annotated tag leads to is not followed */
    assert_int_equal(sh(s, "git tag -d annotated"), 0);
    assert_false(tidy(s, r, 0).foreign);
    assert_int_equal(sh(s, "git fsck --strict --full && git log -q theirs && git cat-file -e theirs:below/file"), 0);
    assert_int_equal(all_there(s), 2);
    vls_remote_close(r);
}

static void
packs_that_git_tends_stay(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_remote_room room;
    char tip[TIP] = "", path[256], keep[80] = "";
    struct dirent *e;
    DIR *d;

    fill(s, r, "old", 1, 5000, tip);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_non_null(d = opendir(path));
    while ((e = readdir(d)) != NULL)
        if (strstr(e->d_name, ".pack") != NULL)
            (void)snprintf(keep, sizeof keep, "objects/pack/%.45s.keep", e->d_name);
    (void)closedir(d);
    put(s, keep, "");
    fill(s, r, "older", 5, 5000, tip);
    replace(s, r, "new", tip);
    room = tidy(s, r, 0);
    assert_true(room.after > 5000 && room.after < 10000);
    gone(s, keep);
    assert_true(tidy(s, r, 0).after < 2000);
    vls_remote_close(r);
}

/* Old and new objects in one pack, as joining small packs makes them: what is needed is taken out before it goes. */
static void
a_mixed_pack_is_taken_apart(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[TIP] = "", path[256];
    struct vls_remote_room room;

    fill(s, r, "old", 10, 700, tip);
    replace(s, r, "new", tip);
    fill(s, r, "after", 12, 700, tip); /* 17 packs and more are joined */
    assert_true(packs(s, ".pack") < 10);
    room = tidy(s, r, 0);
    assert_true(room.before - room.after > 10 * 700 && room.after > 12 * 700);
    git_is_content(s);
    assert_int_equal(all_there(s), 14);
    room = tidy(s, r, 0);
    assert_true(room.before == room.after);
    /* an index whose pack was removed by somebody who was stopped then */
    hub_path(s, path, sizeof path, "objects/pack/pack-00112233445566778899aabbccddeeff00112233.idx");
    file_put(path, "left", 4);
    assert_int_equal(tidy(s, r, 0).after, room.after);
    assert_int_equal(access(path, F_OK), -1);
    vls_remote_close(r);
}

static void
age(const struct scratch *s, time_t by)
{
    struct utimbuf then = {time(NULL) - by, time(NULL) - by};
    char path[256], file[600];
    struct dirent *e;
    DIR *d;

    hub_path(s, path, sizeof path, "objects/pack");
    assert_non_null(d = opendir(path));
    while ((e = readdir(d)) != NULL)
        if (e->d_name[0] != '.') {
            (void)snprintf(file, sizeof file, "%s/%s", path, e->d_name);
            assert_int_equal(utime(file, &then), 0);
        }
    (void)closedir(d);
}

static void
where_others_may_be_reading_it_stays_a_day(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_remote_room room;
    char tip[TIP] = "";

    fill(s, r, "old", 20, 500, tip);
    age(s, 30 * 86400);
    replace(s, r, "new", tip);
    room = tidy(s, r, VLS_REMOTE_TIDY_SHARED);
    assert_true(room.before == room.after && room.waiting > 20 * 500);
    age(s, 86000);
    room = tidy(s, r, VLS_REMOTE_TIDY_SHARED | VLS_REMOTE_TIDY_COUNT);
    assert_true(room.before == room.after && room.waiting > 20 * 500);
    age(s, 87000);
    room = tidy(s, r, VLS_REMOTE_TIDY_SHARED);
    assert_true(room.after < 2000 && room.waiting == 0);
    git_is_content(s);
    vls_remote_close(r);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(the_room_of_a_replaced_history_is_given_back),
        WITH(what_any_reference_leads_to_stays),
        WITH(what_cannot_be_followed_keeps_everything),
        WITH(what_a_repair_of_FAT_leaves_keeps_no_room),
        WITH(what_valise_did_not_write_stays),
        WITH(packs_that_git_tends_stay),
        WITH(a_mixed_pack_is_taken_apart),
        WITH(where_others_may_be_reading_it_stays_a_day),
    };

    return cmocka_run_group_tests_name("tidy", tests, NULL, NULL);
}
