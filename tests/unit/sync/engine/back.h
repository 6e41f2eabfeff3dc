#ifndef TESTS_ENGINE_BACK_H
#define TESTS_ENGINE_BACK_H

/* Copies of a laptop's files at every step of a story, to be put back later: with or without the state file. */
#include "two.h"

#include "valise/file.h"

#include "crypto/base/sanitized.h"

/* Under sanitizers a sample is enough: every case runs without them. */
#if VLS_SANITIZED
#define BACK_SAMPLE(all, some) (some)
#else
#define BACK_SAMPLE(all, some) (all)
#endif

enum { BACK_STORE = 1, BACK_STATE = 2, BACK_ALL = 3 };

#define BACK_FILE_MAX (64u << 20)

static inline void
back_one(const char *from_folder, const char *to_folder, const char *name)
{
    char from[480], to[480];
    struct vls_error err = {VLS_OK, 0, 0, ""};
    struct vls_buf b;
    enum vls_code rc;

    (void)snprintf(from, sizeof from, "%s/%s", from_folder, name);
    (void)snprintf(to, sizeof to, "%s/%s", to_folder, name);
    vls_buf_init(&b, BACK_FILE_MAX);
    if ((rc = vls_file_read(&b, from, 0, &err)) == VLS_ENOTFOUND) {
        (void)unlink(to);
    } else {
        check_ok(rc, &err);
        (void)mkdir(to_folder, 0700);
        check_ok(vls_file_write(to, vls_buf_slice(&b), 0600, 0, &err), &err);
    }
    vls_buf_clear(&b);
}

static inline void
back_copy(const char *from, const char *to, unsigned what)
{
    if (what & BACK_STORE) {
        back_one(from, to, "keys");
        back_one(from, to, "store");
    }
    if (what & BACK_STATE)
        back_one(from, to, "anchor");
}

static inline void
back_place(const struct two *t, int who, int age, char out[400])
{
    (void)snprintf(out, 400, "%s/back-%d-%d", t->dir, who, age);
}

static inline void
back_shut(struct two *t, int who)
{
    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
}

static inline void
back_open(struct two *t, int who)
{
    struct vls_places p = two_places(t, who);

    check_ok(vls_engine_open(&t->e[who], &p, t->master[who], &t->err), &t->err);
}

/* Keeps the laptop as it is now as its age-th copy; it is closed and opened for that. */
static inline void
back_keep(struct two *t, int who, int age)
{
    char place[400];

    back_place(t, who, age, place);
    back_shut(t, who);
    back_copy(t->data[who], place, BACK_ALL);
    back_open(t, who);
}

/* Puts a copy back; the laptop stays closed. */
static inline void
back_put(struct two *t, int who, int age, unsigned what)
{
    char place[400];

    back_place(t, who, age, place);
    back_shut(t, who);
    back_copy(place, t->data[who], what);
}

/* The hub as it is now, and back again. */
static inline void
back_hub(const struct two *t, const char *from, const char *to)
{
    char cmd[1200];

    (void)snprintf(cmd, sizeof cmd, "rm -rf '%s/%s' && cp -a '%s/%s' '%s/%s'", t->dir, to, t->dir, from, t->dir, to);
    assert_int_equal(system(cmd), 0);
}

/* Hundreds of exchanges wait for no disk where there is a file system in memory. */
static inline int
back_two_open(void **state)
{
    static const char *const names[] = {"ny", "hague", "nairobi"};
    char dir[] = "/dev/shm/valise-test-XXXXXX";
    struct two *t;

    two_open(state);
    t = *state;
    if (mkdtemp(dir) == NULL)
        return 0;
    (void)rmdir(t->dir);
    memcpy(t->dir, dir, sizeof dir);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub", dir);
    for (int i = 0; i < N_LAPTOPS; i++)
        (void)snprintf(t->data[i], sizeof t->data[i], "%s/%s", dir, names[i]);
    return 0;
}

/* ---- what must hold at the end ---- */

static inline bool
back_holds(struct two *t, int who, const uint8_t id[VLS_ID_LEN], const char *words)
{
    struct vls_record *r;
    bool found = false;

    check_ok(vls_store_record(t->e[who]->store, id, VLS_LOAD_PAST, &r, &t->err), &t->err);
    for (size_t i = 0; i < r->n_rows && !found; i++)
        found = memmem(r->rows[i].value.p, r->rows[i].value.n, words, strlen(words)) != NULL;
    vls_record_free(r);
    return found;
}

/* Merged afresh it is the same, and nothing waits or fails. */
static inline void
back_sound(struct two *t, int who)
{
    struct vls_check k;

    check_ok(vls_engine_check(t->e[who], &k, NULL, NULL, &t->err), &t->err);
    assert_int_equal(k.n_bad, 0);
    assert_int_equal(k.n_differ, 0);
    assert_int_equal(k.n_missing, 0);
}

/* How often a number was used again in any one life of a device. */
struct back_numbers {
    const uint8_t *device;
    struct {
        uint8_t incarnation[VLS_ID_LEN];
        uint64_t seq;
    } used[2048];
    size_t n;
    unsigned again;
};

static inline enum vls_code
back_number(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct back_numbers *k = ctx;

    (void)err;
    if (memcmp(s->device, k->device, VLS_ID_LEN) != 0)
        return VLS_OK;
    for (size_t i = 0; i < k->n; i++)
        if (k->used[i].seq == s->seq && memcmp(k->used[i].incarnation, s->incarnation, VLS_ID_LEN) == 0) {
            k->again++;
            break;
        }
    assert_in_range(k->n, 0, 2047);
    memcpy(k->used[k->n].incarnation, s->incarnation, VLS_ID_LEN);
    k->used[k->n++].seq = s->seq;
    return VLS_OK;
}

static inline unsigned
back_used_again(struct two *t, int who, const uint8_t *device)
{
    struct back_numbers *k = calloc(1, sizeof *k);
    unsigned again;

    assert_non_null(k);
    k->device = device;
    check_ok(vls_store_envelopes(t->e[who]->store, 0, (enum vls_envelope_state)0, back_number, k, &t->err), &t->err);
    again = k->again;
    free(k);
    return again;
}

static inline enum vls_code
back_incident(void *ctx, const struct vls_incident *in, struct vls_error *err)
{
    unsigned *n = ctx;

    (void)err;
    n[in->kind]++;
    return VLS_OK;
}

static inline unsigned
back_incidents(struct two *t, int who, enum vls_incident_kind kind)
{
    unsigned n[2] = {0, 0};

    check_ok(vls_engine_incidents(t->e[who], 0, NULL, back_incident, n, &t->err), &t->err);
    return n[kind];
}

#endif
