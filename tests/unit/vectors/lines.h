#ifndef TESTS_UNIT_VECTORS_LINES_H
#define TESTS_UNIT_VECTORS_LINES_H

/*
 * Reads tests/vectors/wire.txt, whose form make_wire.py describes: lines of a kind, a verdict, a name and fields. The
 * whole file is held in memory; a test walks the lines of its kinds and counts what disagrees, so that one run names
 * every case.
 */
#include "tests/support/check.h"

#include "valise/cbor.h"
#include "valise/secret.h"

#define LINES_FILE "tests/vectors/wire.txt" /* tests run in the project's folder */
#define LINES_FIELDS 24
#define LINES_VALUE_MAX (2u << 20)

struct line {
    char *text, *kind, *verdict, *name;
    char *key[LINES_FIELDS], *value[LINES_FIELDS];
    size_t n;
};

static struct {
    struct line *line;
    size_t n;
    unsigned disagree; /* cases of the running test that came out otherwise */
} lines;

static struct vls_error lines_err;

#define disagree(l, ...)                                                                           \
    do {                                                                                           \
        print_error("%s %s: ", (l)->kind, (l)->name);                                              \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        lines.disagree++;                                                                          \
    } while (0)

static inline void
line_split(struct line *l)
{
    char *rest = l->text, *word;

    l->text[strcspn(l->text, "\n")] = '\0';
    l->kind = strsep(&rest, " ");
    l->verdict = strsep(&rest, " ");
    l->name = strsep(&rest, " ");
    assert_non_null(l->name);
    while ((word = strsep(&rest, " ")) != NULL) {
        char *value = strchr(word, '=');

        assert_true(l->n < LINES_FIELDS && value != NULL);
        *value++ = '\0';
        l->key[l->n] = word;
        l->value[l->n++] = value;
    }
}

/* Group set-up: a missing or empty file fails every test of the group. */
static inline int
lines_load(void **state)
{
    FILE *f = fopen(LINES_FILE, "r");
    char *text = NULL;
    size_t cap = 0, room = 0;

    (void)state;
    if (vls_secret_start(&lines_err) != VLS_OK || f == NULL) {
        print_error("%s cannot be read (tests run in the project's folder)\n", LINES_FILE);
        return -1;
    }
    while (getline(&text, &cap, f) > 0) {
        if (text[0] != '#') {
            if (lines.n == room) {
                room = room * 2 + 64;
                lines.line = realloc(lines.line, room * sizeof *lines.line);
                assert_non_null(lines.line);
            }
            lines.line[lines.n] = (struct line){.text = text};
            line_split(&lines.line[lines.n++]);
            text = NULL;
            cap = 0;
        }
    }
    free(text);
    fclose(f);
    return lines.n > 0 ? 0 : -1;
}

static inline int
lines_free(void **state)
{
    (void)state;
    for (size_t i = 0; i < lines.n; i++)
        free(lines.line[i].text);
    free(lines.line);
    return 0;
}

/* The next line of a kind after *at; NULL after the last. */
static inline struct line *
line_next(const char *kind, size_t *at)
{
    while (*at < lines.n)
        if (strcmp(lines.line[(*at)++].kind, kind) == 0)
            return &lines.line[*at - 1];
    return NULL;
}

static inline const char *
line_text(const struct line *l, const char *key)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->key[i], key) == 0)
            return l->value[i];
    return NULL;
}

static inline bool
line_is(const struct line *l, const char *verdict)
{
    return strcmp(l->verdict, verdict) == 0;
}

static inline long long
line_number(const struct line *l, const char *key)
{
    const char *s = line_text(l, key);

    if (s == NULL)
        fail_msg("%s %s has no %s", l->kind, l->name, key);
    return s == NULL ? 0 : s[0] == '-' ? strtoll(s, NULL, 10) : (long long)strtoull(s, NULL, 10);
}

/* One piece: HEX, HEX*N, HEX~N or HEX^N. */
static inline void
line_piece(struct vls_buf *out, const char *s, size_t n)
{
    size_t digits = strspn(s, "0123456789abcdef");
    unsigned long times = digits < n ? strtoul(s + digits + 1, NULL, 10) : 1;
    uint8_t *unit = malloc(digits / 2 + 1);
    char *hex = malloc(digits + 1);

    assert_true(unit != NULL && hex != NULL);
    memcpy(hex, s, digits);
    hex[digits] = '\0';
    assert_true(digits <= n && vls_unhex(unit, digits / 2, hex));
    for (unsigned long i = 0; i < times; i++) {
        vls_buf_put(out, unit, digits / 2);
        if (digits < n && s[digits] == '~') {
            const uint8_t be[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

            vls_buf_put(out, be, sizeof be);
            vls_buf_put_zeros(out, 28);
        } else if (digits < n && s[digits] == '^')
            vls_cbor_put_uint(out, i);
    }
    free(hex);
    free(unit);
}

/* The bytes of a field in an allocation of exactly their size, so that reading past them is seen. */
static inline struct vls_slice
line_bytes(const struct line *l, const char *key)
{
    const char *s = line_text(l, key);
    struct vls_buf b;
    uint8_t *exact;
    size_t n;

    if (s == NULL)
        fail_msg("%s %s has no %s", l->kind, l->name, key);
    vls_buf_init(&b, LINES_VALUE_MAX);
    for (; s != NULL && strcmp(s, "-") != 0; s = s[n] == '+' ? s + n + 1 : NULL) {
        n = strcspn(s, "+");
        line_piece(&b, s, n);
    }
    assert_int_equal(b.bad, VLS_OK);
    exact = malloc(b.n > 0 ? b.n : 1);
    assert_non_null(exact);
    memcpy(exact, b.n > 0 ? (const void *)b.p : "", b.n);
    n = b.n;
    vls_buf_clear(&b);
    return vls_slice_of(exact, n);
}

static inline void
bytes_free(struct vls_slice s)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } p = {.in = s.p};

    free(p.out);
}

/* A field of exactly n bytes, copied. */
static inline void
line_fixed(uint8_t *out, const struct line *l, const char *key, size_t n)
{
    struct vls_slice s = line_bytes(l, key);

    if (s.n != n)
        fail_msg("%s %s: %s has %zu bytes", l->kind, l->name, key, s.n);
    memcpy(out, s.p, n);
    bytes_free(s);
}

static inline struct vls_secret *
line_secret(const struct line *l, const char *key)
{
    struct vls_slice s = line_bytes(l, key);
    struct vls_secret *out;

    check_ok(vls_secret_copy(&out, s.p, s.n, &lines_err), &lines_err);
    bytes_free(s);
    return out;
}

/* Compares what the program says with a field. */
static inline void
expect_bytes(const struct line *l, const char *key, const void *p, size_t n)
{
    struct vls_slice s = line_bytes(l, key);

    if (s.n != n || (n > 0 && memcmp(s.p, p, n) != 0))
        disagree(l, "%s differs (%zu bytes, not %zu)", key, n, s.n);
    bytes_free(s);
}

static inline void
expect_number(const struct line *l, const char *key, long long v)
{
    if (line_number(l, key) != v)
        disagree(l, "%s is %lld, not %s", key, v, line_text(l, key));
}

/* The verdict's class against the code: malformed takes a limit too. Yields whether the case is one to look into further. */
static inline bool
expect_verdict(const struct line *l, enum vls_code rc)
{
    bool good = line_is(l, "ok")          ? rc == VLS_OK
                : line_is(l, "malformed") ? rc == VLS_EFORMAT || rc == VLS_ELIMIT
                : line_is(l, "newer")     ? rc == VLS_EVERSION
                : line_is(l, "forged")    ? rc == VLS_EAUTH
                                          : false;

    if (!good)
        disagree(l, "%s expected, %s: %s", l->verdict, vls_code_name(rc), rc == VLS_OK ? "accepted" : lines_err.text);
    return good && rc == VLS_OK;
}

#define LINES_BEGIN() (lines.disagree = 0)
/* At the end of a test: so many cases were met at least, and none disagreed. */
#define LINES_END(met, least)                                                                      \
    do {                                                                                           \
        assert_true((met) >= (least));                                                             \
        assert_int_equal(lines.disagree, 0);                                                       \
    } while (0)

#endif
