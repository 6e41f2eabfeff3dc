#ifndef TESTS_ENGINE_BACK_H
#define TESTS_ENGINE_BACK_H

/* Copies of a laptop's files at every step of a story, to be put back later: with or without the state file. */
#include "two.h"

#include "valise/file.h"

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

#endif
