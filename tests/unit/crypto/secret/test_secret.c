/* Guarded memory: what it holds, that it is guarded, and that random bytes do not repeat in a child. */
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "valise/secret.h"

#include "crypto/base/sanitized.h"

static struct vls_error err;

/* ---- UL-02: core dumps and debuggers ---- */

#define CANARY_LEN 24

static char core_dir[40];
static bool core_possible;               /* this machine writes core files that we can find */
static unsigned n_forced, n_forced_with; /* core files of a process with a secret, and those that hold it */

/* In the canary's place only after this: the program holds it as this and a mask. */
static const uint8_t canary_masked[CANARY_LEN] = "a canary that is masked";

static void
canary_make(uint8_t out[CANARY_LEN])
{
    for (size_t i = 0; i < CANARY_LEN; i++)
        out[i] = canary_masked[i] ^ 0x5a;
}

/* Dies by the signal in core_dir, with the limit lifted where that is possible; yields whether a core was written. */
static bool
dumps_core(void (*prepare)(void), int sig)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct rlimit core;

        (void)signal(sig, SIG_DFL);
        if (chdir(core_dir) != 0)
            _exit(2);
        prepare();
        if (getrlimit(RLIMIT_CORE, &core) == 0) { /* what a thief's wrapper around the program could have done */
            core.rlim_cur = core.rlim_max;
            (void)setrlimit(RLIMIT_CORE, &core);
        }
        (void)raise(sig);
        _exit(3);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == sig);
    return WCOREDUMP(status);
}

/* Takes all files of core_dir away and yields how many there were; *with: with the canary in them. */
static unsigned
cores_remove(unsigned *with)
{
    uint8_t canary[CANARY_LEN]; /* wiped, so that no child has it from us */
    DIR *d = opendir(core_dir);
    struct dirent *e;
    unsigned n = 0;

    assert_non_null(d);
    canary_make(canary);
    *with = 0;
    while ((e = readdir(d)) != NULL) {
        struct stat st;
        char name[320];
        uint8_t *p;
        int fd;

        (void)snprintf(name, sizeof name, "%s/%s", core_dir, e->d_name);
        if (e->d_name[0] == '.' || stat(name, &st) != 0)
            continue;
        n++;
        fd = open(name, O_RDONLY);
        p = malloc((size_t)st.st_size + 1);
        assert_true(fd >= 0 && p != NULL && read(fd, p, (size_t)st.st_size) == st.st_size);
        *with += memmem(p, (size_t)st.st_size, canary, CANARY_LEN) != NULL;
        free(p);
        (void)close(fd);
        (void)unlink(name);
    }
    (void)closedir(d);
    vls_wipe(canary, sizeof canary);
    return n;
}

static void
as_any_program(void)
{
    static uint8_t *kept;
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

    (void)setrlimit(RLIMIT_CORE, &all);
    if ((kept = malloc(4096)) != NULL)
        canary_make(kept + 64);
    __asm__ __volatile__("" : : "r"(kept) : "memory");
}

static void
as_started(void)
{
    struct vls_secret *s;

    as_any_program();
    if (vls_secret_start(&err) != VLS_OK || vls_secret_new(&s, CANARY_LEN, &err) != VLS_OK)
        _exit(2);
    canary_make(s->bytes);
}

/* Somebody took both defences away; what is left is that guarded memory is not for dumps. */
static void
as_forced(void)
{
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    struct vls_secret *s;

    if (sodium_init() < 0 || vls_secret_new(&s, CANARY_LEN, &err) != VLS_OK)
        _exit(2);
    canary_make(s->bytes);
    (void)setrlimit(RLIMIT_CORE, &all);
}

/* Before the process is closed to dumps, which its children inherit: does this machine write them? */
static void
core_probe(void)
{
    unsigned with;

    (void)snprintf(core_dir, sizeof core_dir, "/tmp/valise-test-XXXXXX");
    assert_non_null(mkdtemp(core_dir));
    core_possible = !VLS_SANITIZED && dumps_core(as_any_program, SIGSEGV); /* a sanitizer's shadow would go into it */
    core_possible = cores_remove(&with) > 0 && with > 0 && core_possible;
    if (core_possible && dumps_core(as_forced, SIGSEGV))
        n_forced = cores_remove(&n_forced_with);
}

static int
setup(void **state)
{
    (void)state;
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    return rmdir(core_dir); /* fails when a core was left */
}

static void
starting_closes_the_process_to_dumps_UL_02(void **state)
{
    struct rlimit core;

    (void)state;
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_cur, 0);
    assert_int_equal(core.rlim_max, 0);
    check_ok(vls_secret_start(&err), &err); /* a second start does no harm */
}

static void
a_crash_leaves_no_core_UL_02(void **state)
{
    static const int signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGQUIT, SIGTRAP};
    unsigned with;

    (void)state;
    if (!core_possible)
        skip(); /* this machine writes no core file where we could find it, or only sanitized ones */
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        assert_false(dumps_core(as_started, signals[i]));
        assert_int_equal(cores_remove(&with), 0);
    }
}

static void
a_core_that_was_forced_holds_no_secret_UL_02(void **state)
{
    (void)state;
    if (!core_possible)
        skip(); /* as above */
    assert_int_equal(n_forced, 1);
    assert_int_equal(n_forced_with, 0);
}

static void
guarded_memory_is_locked_and_not_for_dumps_UL_02(void **state)
{
    char line[512];
    unsigned long long from, to;
    bool inside = false, seen = false;
    struct vls_secret *s;
    FILE *f = fopen("/proc/self/smaps", "r");

    (void)state;
    assert_non_null(f);
    check_ok(vls_secret_new(&s, 32, &err), &err);
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%llx-%llx ", &from, &to) == 2)
            inside = from <= (uintptr_t)s->bytes && (uintptr_t)s->bytes < to;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            assert_non_null(strstr(line, " dd")); /* not for dumps */
            if (!VLS_SANITIZED)                       /* which answers mlock by itself */
                assert_non_null(strstr(line, " lo"));
            seen = true;
        }
    }
    (void)fclose(f);
    assert_true(seen);
    vls_secret_free(s);
}

/* What a process of the same user learns of a victim: bit 1 attached, bit 2 opened its memory, bit 4 read it. */
static int
attack(pid_t victim)
{
    char name[40], byte;
    struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)canary_masked, 1};
    int got = 0, fd;

    (void)snprintf(name, sizeof name, "/proc/%d/mem", (int)victim);
    if ((fd = open(name, O_RDONLY)) >= 0)
        got |= 2;
    if (process_vm_readv(victim, &local, 1, &remote, 1, 0) == 1)
        got |= 4;
    if (ptrace(PTRACE_ATTACH, victim, NULL, NULL) == 0) {
        got |= 1;
        (void)waitpid(victim, NULL, 0);
        (void)ptrace(PTRACE_DETACH, victim, NULL, NULL);
    }
    return got;
}

static void
become_nobody(void)
{
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
        _exit(99);
}

/* A victim, started or not, and an attacker of the same user beside it; yields what the attacker got. */
static int
attacked(bool started)
{
    int ready[2], status;
    pid_t victim, attacker;
    char c;

    assert_int_equal(pipe(ready), 0);
    if ((victim = fork()) == 0) {
        become_nobody();
        if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 || (started && vls_secret_start(&err) != VLS_OK))
            _exit(1);
        if (!started)
            (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* where only ancestors may */
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    if ((attacker = fork()) == 0) {
        become_nobody();
        _exit(attack(victim));
    }
    assert_int_equal(waitpid(attacker, &status, 0), attacker);
    (void)kill(victim, SIGKILL);
    (void)waitpid(victim, NULL, 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
a_debugger_of_the_same_user_cannot_attach_UL_02(void **state)
{
    (void)state;
    if (attacked(false) != 7)
        skip(); /* this machine lets nobody attach to anything */
    assert_int_equal(attacked(true), 0);
}

/* Runs fn in a child with core files and sanitizer reports out of the way; yields its wait status. */
static int
in_child(void (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
start_without_lockable_memory(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        _exit(2);
    _exit(vls_secret_start(&err) == VLS_ENOMEM && strstr(err.text, "ulimit -l") != NULL ? 7 : 1);
}

static void
memory_that_cannot_be_locked_is_refused_at_start_UL_03(void **state)
{
    int status = in_child(start_without_lockable_memory);

    (void)state;
    assert_true(WIFEXITED(status));
    /* a sanitizer answers mlock by itself, with success */
    assert_int_equal(WEXITSTATUS(status), VLS_SANITIZED ? 1 : 7);
}

static void
a_new_secret_is_zeros_of_its_length(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 100; len++) {
        struct vls_secret *s;

        check_ok(vls_secret_new(&s, len, &err), &err);
        assert_int_equal(s->len, len);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(s->bytes[i], 0);
        memset(s->bytes, 0xff, len);
        vls_secret_free(s);
    }
    vls_secret_free(NULL);
}

static void
a_copy_is_apart_from_its_source(void **state)
{
    uint8_t source[3] = {1, 2, 3};
    struct vls_secret *s;

    (void)state;
    check_ok(vls_secret_copy(&s, source, sizeof source, &err), &err);
    source[0] = 9;
    assert_memory_equal(s->bytes, ((uint8_t[]){1, 2, 3}), 3);
    vls_secret_free(s);
    check_ok(vls_secret_copy(&s, NULL, 0, &err), &err);
    assert_int_equal(s->len, 0);
    vls_secret_free(s);
}

static void
random_secrets_differ(void **state)
{
    struct vls_secret *s[16];

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        check_ok(vls_secret_random(&s[i], 32, &err), &err);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(s[i]->bytes, s[k]->bytes, 32);
    }
    for (size_t i = 0; i < 16; i++)
        vls_secret_free(s[i]);
}

static void
too_much_is_refused(void **state)
{
    struct vls_secret *s = (struct vls_secret *)(void *)&err;

    (void)state;
    assert_int_equal(vls_secret_new(&s, SIZE_MAX / 4, &err), VLS_ENOMEM);
    assert_null(s);
    assert_int_equal(vls_secret_new(&s, SIZE_MAX - 8, &err), VLS_ENOMEM);
    assert_null(s);
    assert_int_equal(vls_secret_new(&s, SIZE_MAX, &err), VLS_ENOMEM);
    assert_null(s);
}

static void
write_behind_the_end(void)
{
    struct vls_secret *s;
    volatile uint8_t *p;

    if (vls_secret_new(&s, 32, &err) != VLS_OK)
        _exit(2);
    p = s->bytes;
    p[32] = 1; /* the guard page begins here */
    _exit(0);
}

static void
read_after_free(void)
{
    struct vls_secret *s;
    volatile uint8_t *p;

    if (vls_secret_new(&s, 32, &err) != VLS_OK)
        _exit(2);
    p = s->bytes;
    vls_secret_free(s);
    _exit(p[0]);
}

static void
a_step_outside_ends_the_process(void **state)
{
    (void)state;
    assert_true(WIFSIGNALED(in_child(write_behind_the_end)));
    assert_true(WIFSIGNALED(in_child(read_after_free)));
}

static void
read_hidden(void)
{
    struct vls_secret *s;
    volatile uint8_t *p;

    if (vls_secret_random(&s, 32, &err) != VLS_OK)
        _exit(2);
    p = s->bytes;
    vls_secret_hide(s);
    _exit(p[0]);
}

static void
a_hidden_secret_is_out_of_reach_until_it_is_shown(void **state)
{
    struct vls_secret *s, *same;

    (void)state;
    check_ok(vls_secret_random(&s, 32, &err), &err);
    check_ok(vls_secret_clone(&same, s, &err), &err);
    for (int i = 0; i < 3; i++) {
        vls_secret_hide(s);
        vls_secret_show(s);
        assert_int_equal(s->len, 32);
        assert_memory_equal(s->bytes, same->bytes, 32);
    }
    assert_true(WIFSIGNALED(in_child(read_hidden)));
    vls_secret_hide(s);
    vls_secret_free(s); /* hidden or not */
    vls_secret_free(same);
}

/* ---- vls_random ---- */

static void
random_bytes_cover_every_length(void **state)
{
    static uint8_t big[20000];

    (void)state;
    for (size_t n = 0; n < 80; n++) {
        uint8_t b[82];

        memset(b, 0xaa, sizeof b);
        vls_random(b + 1, n);
        assert_int_equal(b[0], 0xaa);
        assert_int_equal(b[n + 1], 0xaa);
    }
    vls_random(big, sizeof big); /* several fillings of the pool */
    for (size_t i = 0; i + 64 <= sizeof big; i += 32)
        assert_memory_not_equal(big + i, big + i + 32, 32);
}

/* Every byte value appears about equally often, and no 16 bytes twice. Bounds at more than 8 sigma. */
static void
random_bytes_are_spread(void **state)
{
    static uint8_t b[1 << 16];
    unsigned count[256] = {0};

    (void)state;
    vls_random(b, sizeof b);
    for (size_t i = 0; i < sizeof b; i++)
        count[b[i]]++;
    for (size_t i = 0; i < 256; i++)
        assert_in_range(count[i], 256 - 128, 256 + 128);
}

static void
a_child_does_not_repeat_its_parents_bytes(void **state)
{
    uint8_t mine[32], theirs[32];
    int ends[2], status;
    pid_t pid;

    (void)state;
    vls_random(mine, sizeof mine); /* the pool is filled before the fork */
    assert_int_equal(pipe(ends), 0);
    if ((pid = fork()) == 0) {
        vls_random(theirs, sizeof theirs);
        _exit(write(ends[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    vls_random(mine, sizeof mine);
    assert_memory_not_equal(mine, theirs, sizeof mine);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting_closes_the_process_to_dumps_UL_02),
        cmocka_unit_test(a_crash_leaves_no_core_UL_02),
        cmocka_unit_test(a_core_that_was_forced_holds_no_secret_UL_02),
        cmocka_unit_test(guarded_memory_is_locked_and_not_for_dumps_UL_02),
        cmocka_unit_test(a_debugger_of_the_same_user_cannot_attach_UL_02),
        cmocka_unit_test(memory_that_cannot_be_locked_is_refused_at_start_UL_03),
        cmocka_unit_test(a_new_secret_is_zeros_of_its_length),
        cmocka_unit_test(a_copy_is_apart_from_its_source),
        cmocka_unit_test(random_secrets_differ),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_step_outside_ends_the_process),
        cmocka_unit_test(a_hidden_secret_is_out_of_reach_until_it_is_shown),
        cmocka_unit_test(random_bytes_cover_every_length),
        cmocka_unit_test(random_bytes_are_spread),
        cmocka_unit_test(a_child_does_not_repeat_its_parents_bytes),
    };

    core_probe();
    return cmocka_run_group_tests(tests, setup, teardown);
}
