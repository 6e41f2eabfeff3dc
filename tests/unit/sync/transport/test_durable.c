/*
 * What a courier waits for a disk to take, seen from outside: everything that a folder is to hold, in the order that
 * RM4 needs, and nothing of what lies in a folder of its own and ends with it.
 */
#include "tests/support/check.h"

#include "tests/unit/sync/transport/line.h"

/* Starts the courier so that its calls are noted; false where nothing can be traced. */
static bool
courier_traced(struct line *l)
{
    char script[2048], path[400];

    (void)snprintf(path, sizeof path, "%s/traced", l->bin);
    (void)snprintf(script, sizeof script,
                   "#!/bin/sh\nexec strace -f -o '%s/calls' -e trace=fsync,fdatasync,syncfs,renameat,renameat2 '%s'\n",
                   l->s.dir, l->s.courier);
    file_put(path, script, strlen(script));
    assert_int_equal(chmod(path, 0755), 0);
    (void)snprintf(l->s.courier, sizeof l->s.courier, "%s", path);
    return run((const char *const[]){"strace", "-o", "/dev/null", "true", NULL}) == 0;
}

/* A letter for each call that was made: s a file's bytes, S a folder, a rename by what it names. */
static void
calls_read(const struct line *l, char *out, size_t cap)
{
    char path[400], row[600];
    size_t n = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/calls", l->s.dir);
    assert_non_null(f = fopen(path, "r"));
    while (fgets(row, sizeof row, f) != NULL && n + 1 < cap) {
        if (strstr(row, " fdatasync(") != NULL)
            out[n++] = 's';
        else if (strstr(row, " fsync(") != NULL || strstr(row, " syncfs(") != NULL)
            out[n++] = 'S';
        else if (strstr(row, " rename") != NULL)
            out[n++] = strstr(row, ".pack\"") != NULL           ? 'p'
                       : strstr(row, ".idx\"") != NULL          ? 'i'
                       : strstr(row, "\"valise.lock\"") != NULL ? 'l'
                       : strstr(row, "\"valise\"") != NULL      ? 'b'
                                                                : '?';
    }
    out[n] = '\0';
    (void)fclose(f);
}

static void
a_push_to_a_folder_is_on_the_disk_before_anything_names_it_RM4(void **state)
{
    struct line *l = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", calls[64];
    struct vls_remote *r;

    if (!courier_traced(l))
        skip();
    r = client_open(&l->s, 0);
    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    check_ok(push_one(l, r, 1, tip, tip), &l->s.err);
    vls_remote_close(r);
    calls_read(l, calls, sizeof calls);
    /* pack and index, the lock, the branch's new text; each name, and what FAT keeps beside it; the folder; the branch */
    assert_string_equal(calls, "sslspsisSbsS");
}

static void
over_a_line_nothing_waits_for_this_disk(void **state)
{
    struct line *l = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", calls[64];
    struct vls_remote *r;

    if (!courier_traced(l))
        skip();
    r = dial(l, 0);
    check_ok(push_one(l, r, 1, tip, tip), &l->s.err);
    check_ok(push_one(l, r, 2, tip, tip), &l->s.err);
    vls_remote_close(r);
    calls_read(l, calls, sizeof calls);
    assert_null(strpbrk(calls, "sS"));
    assert_non_null(strstr(calls, "pib")); /* it was traced all the same */
    r = dial(l, 0);
    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    vls_remote_close(r);
    assert_int_equal(l->s.seen.n, 2);
    calls_read(l, calls, sizeof calls);
    assert_null(strpbrk(calls, "sS"));
}

#define OVER_A_LINE(f) cmocka_unit_test_setup_teardown(f, line_new, line_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_A_LINE(a_push_to_a_folder_is_on_the_disk_before_anything_names_it_RM4),
        OVER_A_LINE(over_a_line_nothing_waits_for_this_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
