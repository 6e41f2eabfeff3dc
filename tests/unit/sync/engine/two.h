#ifndef TESTS_ENGINE_TWO_H
#define TESTS_ENGINE_TWO_H

/* Two laptops and a hub in a throw-away folder, through a real courier. */
#include "tests/support/check.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/engine/engine_int.h"
#include "valise/transport.h"
#include "valise/unlock.h"

enum { NY, HAGUE, NAIROBI, N_LAPTOPS };

struct two {
    char dir[256], hub[300], data[N_LAPTOPS][300], courier[512];
    struct vls_secret *passphrase, *master[N_LAPTOPS];
    struct vls_engine *e[N_LAPTOPS];
    struct vls_sync_result result;
    struct vls_error err;
};

static inline int
two_unlink(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline struct vls_places
two_places(const struct two *t, int who)
{
    return (struct vls_places){.data = t->data[who], .state = t->data[who], .courier = t->courier};
}

/* build/x/tests/unit/…/test_y: the courier is build/x/valise-courier. */
static inline void
two_courier(struct two *t)
{
    char self[400];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *at;

    assert_true(n > 0);
    self[n] = '\0';
    at = strstr(self, "/tests/unit/");
    assert_non_null(at);
    *at = '\0';
    (void)snprintf(t->courier, sizeof t->courier, "%s/valise-courier", self);
}

static inline int
two_open(void **state)
{
    static const char *const names[] = {"ny", "hague", "nairobi"};
    struct two *t = calloc(1, sizeof *t);
    char dir[] = "/tmp/valise-test-XXXXXX";

    assert_non_null(t);
    check_ok(vls_secret_start(&t->err), &t->err);
    assert_non_null(mkdtemp(dir));
    memcpy(t->dir, dir, sizeof dir);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub", dir);
    for (int i = 0; i < N_LAPTOPS; i++)
        (void)snprintf(t->data[i], sizeof t->data[i], "%s/%s", dir, names[i]);
    two_courier(t);
    check_ok(vls_secret_copy(&t->passphrase, "correct horse", 13, &t->err), &t->err);
    *state = t;
    return 0;
}

static inline int
two_close(void **state)
{
    struct two *t = *state;

    for (int i = 0; i < N_LAPTOPS; i++) {
        vls_engine_close(t->e[i]);
        vls_secret_free(t->master[i]);
    }
    vls_secret_free(t->passphrase);
    (void)nftw(t->dir, two_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(t);
    return 0;
}

static inline void
two_init(struct two *t, int who, const char *delegation, const char *post)
{
    struct vls_places p = two_places(t, who);
    struct vls_new n = {.title = "Focal points", .delegation = delegation, .post = post, .now_unix = 1800000000};

    check_ok(vls_engine_init(&t->e[who], &t->master[who], &p, &n, t->passphrase, &t->err), &t->err);
}

static inline void
two_keep_result(void *ctx, const char *remote, const struct vls_sync_result *r)
{
    struct two *t = ctx;

    (void)remote;
    t->result = *r;
}

static inline enum vls_code
two_sync(struct two *t, int who)
{
    struct vls_sync_opts o = {.now_unix = 1800000100};

    memset(&t->result, 0, sizeof t->result);
    return vls_engine_sync(t->e[who], &o, two_keep_result, t, &t->err);
}

static inline void
two_join(struct two *t, int who, const char *delegation, const char *post)
{
    struct vls_places p = two_places(t, who);
    struct vls_new n = {.delegation = delegation,
                        .post = post,
                        .remote_url = t->hub,
                        .remote_name = "stick",
                        .now_unix = 1800000001};

    check_ok(vls_engine_join(&t->e[who], &t->master[who], &p, &n, t->passphrase, &t->err), &t->err);
}

/* NY founds and puts a hub up; who asks, is admitted, and both know it. */
static inline void
two_found(struct two *t)
{
    two_init(t, NY, "Ireland", "New York");
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, true, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
}

static inline void
two_admit(struct two *t, int who, const char *delegation, const char *post, bool share_history)
{
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    two_join(t, who, delegation, post);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[who], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], delegation, number, share_history, 1800000002, &shared, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, who), &t->err);
    assert_true(vls_engine_me(t->e[who])->admitted);
    check_ok(two_sync(t, NY), &t->err);
}

/* Records a person with a position; id receives its id. */
static inline void
two_person(struct two *t, int who, const char *name, uint8_t id[VLS_ID_LEN])
{
    const struct vls_kind *kind = vls_kind_by_name("person");
    struct vls_value_ctx ctx = {0};
    struct vls_edit *d;
    struct vls_buf v;

    assert_non_null(kind);
    vls_buf_init(&v, 4096);
    check_ok(vls_value_parse(&v, vls_field_by_name(kind, "display-name"), name, &ctx, &t->err), &t->err);
    check_ok(vls_edit_begin(&d, t->e[who], NULL, &t->err), &t->err);
    check_ok(vls_edit_create(d, kind, id, &t->err), &t->err);
    check_ok(vls_edit_put(d, id, vls_field_by_name(kind, "display-name"), vls_slice_str(""), vls_buf_slice(&v), NULL,
                          &t->err),
             &t->err);
    check_ok(vls_edit_commit(d, 1800000010, &t->err), &t->err);
    vls_buf_clear(&v);
}

static inline enum vls_code
two_set(struct two *t, int who, const uint8_t id[VLS_ID_LEN], const char *field, const char *words)
{
    const struct vls_kind *kind = vls_kind_by_name("person");
    struct vls_value_ctx ctx = {0};
    struct vls_edit *d;
    struct vls_buf v;
    enum vls_code rc;

    vls_buf_init(&v, 4096);
    check_ok(vls_value_parse(&v, vls_field_by_name(kind, field), words, &ctx, &t->err), &t->err);
    check_ok(vls_edit_begin(&d, t->e[who], NULL, &t->err), &t->err);
    rc = vls_edit_put(d, id, vls_field_by_name(kind, field), vls_slice_str(""), vls_buf_slice(&v), NULL, &t->err);
    if (rc == VLS_OK)
        rc = vls_edit_commit(d, 1800000020, &t->err);
    else
        vls_edit_abort(d);
    vls_buf_clear(&v);
    return rc;
}

static inline void
two_state(struct two *t, int who, char out[VLS_STATE_TEXT])
{
    check_ok(vls_store_state(vls_engine_store(t->e[who]), NULL, out, &t->err), &t->err);
}

static inline void
two_equal(struct two *t, int a, int b)
{
    char x[VLS_STATE_TEXT], y[VLS_STATE_TEXT];

    two_state(t, a, x);
    two_state(t, b, y);
    assert_string_equal(x, y);
}

static inline uint64_t
two_count(struct two *t, int who)
{
    uint64_t n;

    check_ok(vls_store_count(vls_engine_store(t->e[who]), 0, &n, &t->err), &t->err);
    return n;
}

static inline enum vls_code
two_ignore(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    size_t *n = ctx;

    (void)name;
    (void)blob;
    (void)err;
    (*n)++;
    return VLS_OK;
}

/* Leaves raw blobs on the hub, as its host could. */
static inline void
two_plant(struct two *t, const struct vls_slice *blobs, size_t n)
{
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", next[VLS_REMOTE_TIP_LEN + 1];
    size_t there = 0;

    check_ok(vls_remote_open(&r, t->courier, t->hub, 0, &t->err), &t->err);
    check_ok(vls_remote_pull(r, "", two_ignore, &there, tip, NULL, &t->err), &t->err);
    check_ok(vls_remote_push(r, blobs, NULL, n, tip, next, &t->err), &t->err);
    vls_remote_close(r);
}

/* New York and The Hague exchange what they have. */
static inline void
two_meet(struct two *t)
{
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
}

/* The same with Nairobi. */
static inline void
two_meet_all(struct two *t)
{
    static const int order[] = {NY, HAGUE, NAIROBI, NY, HAGUE, NAIROBI};

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        check_ok(two_sync(t, order[i]), &t->err);
}

#endif
