/*
 * Laws of merging prose by paragraph, over random edits of a random text. VLS_SEED=n runs the one
 * case n.
 */
#include "tests/support/check.h"

#include "valise/merge.h"

#define RUNS 4000
#define TEXT_MAX 1024
#define TEXTS 3

/* Paragraphs are letters, so that repetitions are frequent. */
static void
put_paragraph(struct vls_buf *b, uint64_t *random, const char *letters)
{
    if (b->n > 0)
        vls_buf_put(b, "\n\n\n", 2 + (size_t)(check_random(random) % 8 == 0));
    vls_buf_put(b, letters + check_random(random) % strlen(letters), 1);
}

static void
make_base(struct vls_buf *b, uint64_t *random)
{
    for (size_t n = (size_t)(check_random(random) % 9); n > 0; n--)
        put_paragraph(b, random, "abcde");
}

/* Some paragraphs left out, some replaced, some added. */
static void
make_edit(struct vls_buf *out, struct vls_slice base, uint64_t *random, unsigned calm)
{
    for (size_t i = 0; i < base.n; i++) {
        uint64_t dice = check_random(random) % calm;

        if (base.p[i] == '\n')
            continue;
        if (dice == 0)
            continue;
        if (dice == 1)
            put_paragraph(out, random, "xyz");
        if (dice != 2) {
            if (out->n > 0)
                vls_buf_put(out, "\n\n", 2);
            vls_buf_put(out, base.p + i, 1);
        } else {
            put_paragraph(out, random, "xyz");
        }
    }
    if (check_random(random) % calm == 0)
        put_paragraph(out, random, "xyz");
}

static void
weave(struct vls_buf *out, size_t *n_clashes, struct vls_slice base, const struct vls_slice *texts, size_t n)
{
    struct vls_error err = {0};

    vls_buf_reset(out);
    check_ok(vls_merge_paragraphs(out, n_clashes, base, texts, n, NULL, NULL, &err), &err);
}

static void
one_case(uint64_t seed)
{
    uint64_t random = seed;
    struct vls_buf base, text[TEXTS], out, other;
    struct vls_slice t[TEXTS], b, turned[TEXTS];
    size_t n_clashes, n_other;

    vls_buf_init(&base, TEXT_MAX);
    vls_buf_init(&out, TEXT_MAX);
    vls_buf_init(&other, TEXT_MAX);
    make_base(&base, &random);
    b = vls_buf_slice(&base);
    for (size_t i = 0; i < TEXTS; i++) {
        vls_buf_init(&text[i], TEXT_MAX);
        make_edit(&text[i], b, &random, i == 0 ? 4 : 9);
        t[i] = vls_buf_slice(&text[i]);
    }
    /* One text alone, and a text beside unchanged ones, is that text. */
    weave(&out, &n_clashes, b, (struct vls_slice[]){t[0]}, 1);
    weave(&other, &n_other, b, (struct vls_slice[]){b, t[0], b}, 3);
    if (n_clashes + n_other != 0 || !vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&other)))
        fail_msg("VLS_SEED=%llu: unchanged texts have a say", (unsigned long long)seed);
    weave(&other, &n_other, b, (struct vls_slice[]){t[0], t[0]}, 2);
    if (n_other != 0 || !vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&other)))
        fail_msg("VLS_SEED=%llu: equal texts clash", (unsigned long long)seed);
    /* Order decides clashes, neither their number nor anything where there are none. */
    weave(&out, &n_clashes, b, t, TEXTS);
    for (size_t i = 0; i < TEXTS; i++)
        turned[i] = t[TEXTS - 1 - i];
    weave(&other, &n_other, b, turned, TEXTS);
    if (n_clashes != n_other || (n_clashes == 0 && !vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&other))))
        fail_msg("VLS_SEED=%llu: order counts where nothing clashes", (unsigned long long)seed);
    vls_buf_clear(&base);
    vls_buf_clear(&out);
    vls_buf_clear(&other);
    for (size_t i = 0; i < TEXTS; i++)
        vls_buf_clear(&text[i]);
}

static void
paragraphs_are_merged_without_regard_to_order(void **state)
{
    (void)state;
    if (getenv("VLS_SEED") != NULL) {
        one_case(check_seed(0));
        return;
    }
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        one_case(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(paragraphs_are_merged_without_regard_to_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
