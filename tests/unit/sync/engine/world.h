#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

/*
 * Laptops in the middle of their work, put back to the same moment before every attempt to break them.
 * New York has an edit that it has not sent, one of The Hague to receive that contradicts it, and a request
 * of Kenya to answer; in the second moment Kenya is admitted and does not know it yet.
 */
#include "two.h"

#include <dirent.h>
#include <fcntl.h>

enum moment {
    ASKED,
    ADMITTED,
    OLDER,  /* New York's store was put back, and its state file says so */
    COPIED, /* its whole home was put back, and written to */
    N_MOMENTS
};

struct world {
    struct two *t;
    char live[280], snap[N_MOMENTS][300];
    uint8_t person[VLS_ID_LEN], made[VLS_ID_LEN];
    char number[VLS_SAFETY_TEXT];
    uint8_t envoy[16]; /* "Envoy" as a position */
    size_t envoy_len;
    struct vls_secret *other; /* a second passphrase */
    struct vls_engine *begun; /* by init and join */
    struct vls_secret *begun_master;
};

static inline void
tree_remove(const char *path)
{
    (void)nftw(path, two_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
file_copy(const char *from, const char *to)
{
    static uint8_t block[1 << 16];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ssize_t n;

    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, block, sizeof block)) > 0)
        assert_int_equal(write(out, block, (size_t)n), n);
    (void)close(in);
    (void)close(out);
}

static inline void
tree_copy(const char *from, const char *to)
{
    DIR *dir = opendir(from);
    struct dirent *d;

    assert_non_null(dir);
    assert_int_equal(mkdir(to, 0700), 0);
    while ((d = readdir(dir)) != NULL) {
        char a[700], b[700];
        struct stat st;

        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        (void)snprintf(a, sizeof a, "%s/%s", from, d->d_name);
        (void)snprintf(b, sizeof b, "%s/%s", to, d->d_name);
        assert_int_equal(lstat(a, &st), 0);
        if (S_ISDIR(st.st_mode))
            tree_copy(a, b);
        else
            file_copy(a, b);
    }
    (void)closedir(dir);
}

static inline void
world_shut(struct world *w)
{
    for (int i = 0; i < N_LAPTOPS; i++) {
        vls_engine_close(w->t->e[i]);
        w->t->e[i] = NULL;
    }
    vls_engine_close(w->begun);
    w->begun = NULL;
    vls_secret_free(w->begun_master);
    w->begun_master = NULL;
}

static inline void
world_back(struct world *w, enum moment when)
{
    world_shut(w);
    tree_remove(w->live);
    tree_copy(w->snap[when], w->live);
}

static inline void
world_reopen(struct world *w, int who)
{
    struct two *t = w->t;
    struct vls_places p = two_places(t, who);

    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
    check_ok(vls_engine_open(&t->e[who], &p, t->master[who], &t->err), &t->err);
}

static inline void
world_keep(struct world *w, enum moment when)
{
    world_shut(w);
    tree_copy(w->live, w->snap[when]);
    for (int i = 0; i < N_LAPTOPS; i++)
        world_reopen(w, i);
}

/* As it was when Kenya had asked, although more of it is on the hub. */
static inline void
world_put_back(struct world *w)
{
    static const char *const names[] = {"keys", "store"};
    char from[700], to[700];

    world_shut(w);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(from, sizeof from, "%s/ny/%s", w->snap[ASKED], names[i]);
        (void)snprintf(to, sizeof to, "%s/ny/%s", w->live, names[i]);
        (void)unlink(to);
        file_copy(from, to);
    }
    world_keep(w, OLDER);
    assert_int_equal(vls_engine_notice(w->t->e[NY]), VLS_NOTICE_OLDER); /* once it is opened */
    world_shut(w);
    (void)snprintf(from, sizeof from, "%s/ny", w->snap[ASKED]);
    (void)snprintf(to, sizeof to, "%s/ny", w->live);
    tree_remove(to);
    tree_copy(from, to);
    world_reopen(w, NY);
    check_ok(two_set(w->t, NY, w->person, "position", "Unsent"), &w->t->err);
    world_keep(w, COPIED);
    check_ok(two_sync(w->t, NY), &w->t->err);
    assert_true(w->t->result.was_older);
}

static inline void
world_value(struct world *w, const char *text)
{
    const struct vls_kind *kind = vls_kind_by_name("person");
    struct vls_value_ctx ctx = {0};
    struct vls_buf v;

    vls_buf_init(&v, sizeof w->envoy);
    check_ok(vls_value_parse(&v, vls_field_by_name(kind, "position"), text, &ctx, &w->t->err), &w->t->err);
    memcpy(w->envoy, v.p, v.n);
    w->envoy_len = v.n;
    vls_buf_clear(&v);
}

/* Hundreds of attempts with a dozen syncs each: where there is a file system in memory, they wait for no disk. */
static inline void
world_in_memory(struct two *t)
{
    char dir[] = "/dev/shm/valise-test-XXXXXX";

    if (mkdtemp(dir) == NULL)
        return;
    assert_int_equal(rmdir(t->dir), 0);
    memcpy(t->dir, dir, sizeof dir);
}

static inline int
world_open(void **state)
{
    static const char *const names[] = {"ny", "hague", "nairobi"};
    struct world *w = calloc(1, sizeof *w);
    struct two *t;
    uint64_t shared;

    assert_non_null(w);
    (void)two_open((void **)&w->t);
    t = w->t;
    world_in_memory(t);
    (void)snprintf(w->live, sizeof w->live, "%s/live", t->dir);
    assert_int_equal(mkdir(w->live, 0700), 0);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub", w->live);
    for (int i = 0; i < N_LAPTOPS; i++)
        (void)snprintf(t->data[i], sizeof t->data[i], "%s/%s", w->live, names[i]);
    for (int i = 0; i < N_MOMENTS; i++)
        (void)snprintf(w->snap[i], sizeof w->snap[i], "%s/snap%d", t->dir, i);
    check_ok(vls_secret_copy(&w->other, "battery staple", 14, &t->err), &t->err);
    world_value(w, "Envoy");
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", w->person);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[NAIROBI], NULL, w->number, &t->err), &t->err);
    check_ok(two_set(t, HAGUE, w->person, "position", "Former Minister"), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_set(t, NY, w->person, "position", "Minister"), &t->err);
    world_keep(w, ASKED);
    check_ok(vls_engine_admit(t->e[NY], "Kenya", w->number, true, 1800000003, &shared, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    world_keep(w, ADMITTED);
    world_put_back(w);
    world_shut(w);
    *state = w;
    return 0;
}

static inline int
world_close(void **state)
{
    struct world *w = *state;
    void *t = w->t;

    world_shut(w);
    vls_secret_free(w->other);
    (void)two_close(&t);
    free(w);
    return 0;
}

/* ---- what is tried, without anything that would stop the test when it fails ---- */

static inline enum vls_code
try_open(struct world *w, struct vls_error *err)
{
    struct vls_places p = two_places(w->t, NY);

    return vls_engine_open(&w->t->e[NY], &p, w->t->master[NY], err);
}

static inline enum vls_code
try_edit(struct world *w, struct vls_error *err)
{
    const struct vls_field *field = vls_field_by_name(vls_kind_by_name("person"), "position");
    struct vls_edit *d;
    enum vls_code rc;

    if ((rc = vls_edit_begin(&d, w->t->e[NY], NULL, err)) != VLS_OK)
        return rc;
    rc = vls_edit_put(d, w->person, field, vls_slice_str(""), vls_slice_of(w->envoy, w->envoy_len), NULL, err);
    if (rc == VLS_OK)
        return vls_edit_commit(d, 1800000020, err);
    vls_edit_abort(d);
    return rc;
}

static inline enum vls_code
try_record(struct world *w, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("person");
    struct vls_slice name = vls_slice_of(w->envoy, w->envoy_len); /* a text like any other */
    struct vls_edit *d;
    enum vls_code rc;

    if ((rc = vls_edit_begin(&d, w->t->e[NY], NULL, err)) != VLS_OK)
        return rc;
    if ((rc = vls_edit_create(d, kind, w->made, err)) == VLS_OK &&
        (rc = vls_edit_put(d, w->made, vls_field_by_name(kind, "display-name"), vls_slice_str(""), name, NULL, err)) ==
            VLS_OK)
        return vls_edit_commit(d, 1800000020, err);
    vls_edit_abort(d);
    return rc;
}

static inline enum vls_code
sync_of(struct world *w, int who, struct vls_error *err)
{
    struct vls_sync_opts o = {.now_unix = 1800000100};

    return vls_engine_sync(w->t->e[who], &o, NULL, NULL, err);
}

static inline enum vls_code
try_sync(struct world *w, struct vls_error *err)
{
    return sync_of(w, NY, err);
}

static inline enum vls_code
try_welcome(struct world *w, struct vls_error *err)
{
    return sync_of(w, NAIROBI, err);
}

static inline enum vls_code
try_admit(struct world *w, struct vls_error *err)
{
    uint64_t shared;

    return vls_engine_admit(w->t->e[NY], "Kenya", w->number, true, 1800000003, &shared, err);
}

/* Without history: new epochs for every compartment that the newcomer will read. */
static inline enum vls_code
try_admit_from_now(struct world *w, struct vls_error *err)
{
    struct vls_shared handed;
    uint64_t shared;
    enum vls_code rc = vls_engine_admit(w->t->e[NY], "Kenya", w->number, false, 1800000003, &shared, err);

    /* Once admitted, it asks no more. What was kept is handed over whole, or not at all. */
    if ((rc == VLS_OK || rc == VLS_ENOTFOUND) &&
        (rc = vls_engine_share_history(w->t->e[NY], "Kenya", 1800000004, &handed, err)) == VLS_OK) {
        assert_int_equal(handed.n_devices, handed.n_epochs > 0);
        assert_int_equal(handed.n_records, handed.n_epochs > 0 ? 1 : 0);
    }
    return rc;
}

static inline enum vls_code
try_refuse(struct world *w, struct vls_error *err)
{
    size_t n;

    return vls_engine_refuse(w->t->e[NY], "Kenya", NULL, &n, err);
}

static inline enum vls_code
try_begin(struct world *w, bool join, struct vls_error *err)
{
    char data[400];
    struct vls_places p = two_places(w->t, NY);
    struct vls_new n = {.title = "Another", .delegation = "Chile", .post = "Santiago", .now_unix = 1800000004};

    (void)snprintf(data, sizeof data, "%s/fourth/data", w->live);
    p.data = p.state = data;
    if (!join)
        return vls_engine_init(&w->begun, &w->begun_master, &p, &n, w->t->passphrase, err);
    n.remote_url = w->t->hub;
    n.remote_name = "stick";
    return vls_engine_join(&w->begun, &w->begun_master, &p, &n, w->t->passphrase, err);
}

static inline enum vls_code
try_init(struct world *w, struct vls_error *err)
{
    return try_begin(w, false, err);
}

static inline enum vls_code
try_join(struct world *w, struct vls_error *err)
{
    return try_begin(w, true, err);
}

static inline enum vls_code
try_remote(struct world *w, struct vls_error *err)
{
    char hub[400];

    (void)snprintf(hub, sizeof hub, "%s/hub2", w->live);
    return vls_engine_remote_add(w->t->e[NY], "second", hub, true, err);
}

static inline enum vls_code
try_check(struct world *w, struct vls_error *err)
{
    struct vls_check c;

    return vls_engine_check(w->t->e[NY], &c, NULL, NULL, err);
}

static inline enum vls_code
try_passphrase(struct world *w, struct vls_error *err)
{
    struct vls_places p = two_places(w->t, NY);

    return vls_engine_new_passphrase(&p, w->t->master[NY], w->other, err);
}

static inline enum vls_code
try_unlock(struct world *w, struct vls_error *err)
{
    struct vls_places p = two_places(w->t, NY);
    struct vls_secret *master = NULL;
    enum vls_code rc = vls_engine_unlock(&master, &p, w->t->passphrase, err);

    vls_secret_free(master);
    return rc;
}

struct attempt {
    const char *name;
    enum moment when;
    int who; /* whose valise is open; -1: nobody's */
    enum vls_code (*run)(struct world *w, struct vls_error *err);
    bool changes_records, again_is_refused; /* a second success is VLS_EEXIST, VLS_ENOTFOUND, VLS_ENOTADMITTED */
    bool writes;
};

static const struct attempt attempts[] = {
    {"open", ASKED, -1, try_open, false, false, true},
    {"edit", ASKED, NY, try_edit, true, false, true},
    {"a new record", ASKED, NY, try_record, true, false, true},
    {"sync", ASKED, NY, try_sync, false, false, true},
    {"admit", ASKED, NY, try_admit, false, true, true},
    {"admit from now on, then hand over", ASKED, NY, try_admit_from_now, false, false, true},
    {"refuse", ASKED, NY, try_refuse, false, true, true},
    {"opening what was put back", OLDER, -1, try_open, false, false, true},
    {"sync of what was put back", COPIED, NY, try_sync, false, false, true},
    {"sync of a newcomer", ADMITTED, NAIROBI, try_welcome, false, false, true},
    {"init", ASKED, -1, try_init, false, true, true},
    {"join", ASKED, -1, try_join, false, true, true},
    {"remote", ASKED, NY, try_remote, false, true, true},
    {"passphrase", ASKED, NY, try_passphrase, false, false, true},
    {"check", ASKED, NY, try_check, false, false, false},
    {"unlock", ASKED, -1, try_unlock, false, false, false},
};

#define N_ATTEMPTS (sizeof attempts / sizeof *attempts)

/* ---- what must hold afterwards ---- */

static inline bool
holds(struct two *t, int who, const uint8_t id[VLS_ID_LEN], const void *text, size_t n)
{
    struct vls_record *r;
    bool found = false;
    enum vls_code rc = vls_store_record(vls_engine_store(t->e[who]), id, VLS_LOAD_PAST, &r, &t->err);

    if (rc == VLS_ENOTFOUND)
        return false;
    check_ok(rc, &t->err);
    for (size_t i = 0; i < r->n_rows; i++)
        found = found || memmem(r->rows[i].value.p, r->rows[i].value.n, text, n) != NULL;
    vls_record_free(r);
    return found;
}

static inline void
world_clean(struct world *w, int who)
{
    struct two *t = w->t;
    struct vls_check c;

    check_ok(vls_engine_check(t->e[who], &c, NULL, NULL, &t->err), &t->err);
    assert_true(c.store_ok);
    assert_int_equal(c.n_bad, 0);
    assert_int_equal(c.n_differ, 0);
    assert_int_equal(c.n_missing, 0);
}

/* Everybody's store opens and is in order, an exchange ends in equal states, and nothing committed is gone. */
static inline void
world_settles(struct world *w, const struct attempt *a)
{
    struct two *t = w->t;
    int last = a->when == ADMITTED ? NAIROBI : HAGUE;

    for (int i = NY; i <= last; i++)
        if (t->e[i] == NULL)
            world_reopen(w, i);
    check_ok(two_sync(t, NY), &t->err);
    for (int i = HAGUE; i <= last; i++)
        check_ok(two_sync(t, i), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    for (int i = NY; i <= last; i++) {
        two_equal(t, NY, i);
        world_clean(w, i);
        assert_true(holds(t, i, w->person, "Former Minister", 15));
        assert_true(holds(t, i, w->person, "Minister", 8));
    }
}

/* A valise that was begun is either not there or whole. */
static inline void
world_begun(struct world *w)
{
    struct two *t = w->t;
    struct vls_places p = two_places(t, NY);
    struct vls_secret *master = NULL;
    struct vls_engine *e = NULL;
    char data[400];

    (void)snprintf(data, sizeof data, "%s/fourth/data", w->live);
    p.data = p.state = data;
    if (!vls_engine_exists(&p))
        return;
    check_ok(vls_engine_unlock(&master, &p, t->passphrase, &t->err), &t->err);
    check_ok(vls_engine_open(&e, &p, master, &t->err), &t->err);
    assert_string_equal(vls_engine_me(e)->delegation, "Chile");
    vls_engine_close(e);
    vls_secret_free(master);
}

#endif
