#ifndef TESTS_UNIT_SYNC_TRANSPORT_TIDY_H
#define TESTS_UNIT_SYNC_TRANSPORT_TIDY_H

/* Histories that are replaced, and what is left of them. Include after check.h. */
#include "tests/unit/sync/transport/hub.h"

#include "sync/transport/transport_int.h"

#define TIP (VLS_REMOTE_TIP_LEN + 1)

static inline int
git(struct scratch *s, const char *a, const char *b, const char *c, const char *d)
{
    return run((const char *const[]){"git", "-c", "safe.directory=*", "-c", "user.name=x", "-c", "user.email=x@x",
                                     "--git-dir", s->hub, a, b, c, d, NULL});
}

static inline bool
has_git(void)
{
    return run((const char *const[]){"git", "--version", NULL}) == 0;
}

static inline void
git_is_content(struct scratch *s)
{
    if (has_git())
        assert_int_equal(git(s, "fsck", "--strict", "--full", NULL), 0);
}

/* n blobs of that many bytes, one push each. */
static inline void
fill(struct scratch *s, struct vls_remote *r, const char *word, unsigned n, size_t size, char tip[TIP])
{
    uint8_t *bytes = calloc(1, size);

    assert_non_null(bytes);
    for (unsigned i = 0; i < n; i++) {
        struct vls_slice blob = vls_slice_of(bytes, size);

        (void)snprintf((char *)bytes, size, "%s %u", word, i);
        check_ok(vls_remote_push(r, &blob, NULL, 1, tip, tip, &s->err), &s->err);
    }
    free(bytes);
}

/* Puts two blobs in the place of the history that ends at tip. */
static inline void
replace(struct scratch *s, struct vls_remote *r, const char *word, char tip[TIP])
{
    char text[2][64], next[TIP];
    struct vls_slice blobs[2];

    for (int i = 0; i < 2; i++) {
        (void)snprintf(text[i], sizeof text[i], "%s short %d", word, i);
        blobs[i] = vls_slice_str(text[i]);
    }
    check_ok(vls_remote_push_aside(r, blobs, 2, "", next, &s->err), &s->err);
    check_ok(vls_remote_move(r, tip, next, &s->err), &s->err);
    memcpy(tip, next, TIP);
}

static inline struct vls_remote_room
tidy(struct scratch *s, struct vls_remote *r, unsigned flags)
{
    struct vls_remote_room room;

    check_ok(vls_remote_tidy(r, flags, &room, &s->err), &s->err);
    return room;
}

static inline size_t
all_there(struct scratch *s)
{
    struct vls_remote *r = client_open(s, VLS_REMOTE_READONLY);
    char tip[TIP];

    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_close(r);
    return s->seen.n;
}

static inline void
branch_get(const struct scratch *s, char line[48])
{
    char path[256];
    FILE *f;

    hub_path(s, path, sizeof path, "refs/heads/valise");
    assert_non_null(f = fopen(path, "r"));
    assert_non_null(fgets(line, 48, f));
    (void)fclose(f);
}

static inline void
put(const struct scratch *s, const char *below, const char *text)
{
    char path[256];

    hub_path(s, path, sizeof path, below);
    file_put(path, text, strlen(text));
}

static inline void
gone(const struct scratch *s, const char *below)
{
    char path[256];

    hub_path(s, path, sizeof path, below);
    assert_int_equal(unlink(path), 0);
}

static inline unsigned
packs(const struct scratch *s, const char *suffix)
{
    char path[256];

    hub_path(s, path, sizeof path, "objects/pack");
    return count_files(path, suffix);
}

#endif
