/* The bytes of the state file: against vectors of another implementation, and each of them turned over. */
#include "tests/support/check.h"

#include "valise/anchor.h"

#define VECTORS "tests/vectors/anchor.txt" /* tests run in the project's folder */
#define HEX_MAX (2 * VLS_ANCHOR_SLOT_LEN)

static const uint8_t store_id[VLS_STORE_ID_LEN] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                                   0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static struct vls_secret *key;
static struct vls_error err;

static int
start(void **state)
{
    uint8_t bytes[VLS_KEY_LEN];

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    check_ok(vls_secret_copy(&key, bytes, sizeof bytes, &err), &err);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    vls_secret_free(key);
    return 0;
}

static size_t
unhex(uint8_t *out, const char *hex)
{
    size_t n = 0;
    unsigned byte;

    while (sscanf(hex + 2 * n, "%2x", &byte) == 1)
        out[n++] = (uint8_t)byte;
    return n;
}

/* The value of "key=" in a line of the vectors, up to the next blank. */
static const char *
value_of(const char *line, const char *name, char out[HEX_MAX + 1])
{
    const char *at = strstr(line, name);
    size_t n;

    assert_non_null(at);
    at += strlen(name);
    n = strcspn(at, " \n");
    assert_in_range(n, 0, HEX_MAX);
    memcpy(out, at, n);
    out[n] = '\0';
    return out;
}

static uint64_t
number_of(const char *line, const char *name)
{
    char text[HEX_MAX + 1];

    return strtoull(value_of(line, name, text), NULL, 10);
}

static void
one_file(const char *line, enum vls_code wanted)
{
    uint8_t file[VLS_ANCHOR_SLOT_AT + VLS_ANCHOR_SLOT_LEN] = {0};
    struct vls_anchor a = {.generation = 77};
    char hex[HEX_MAX + 1];
    unsigned slot = 9;
    size_t n = unhex(file, value_of(line, " a=", hex)), b;
    enum vls_code rc;

    if ((b = unhex(file + VLS_ANCHOR_SLOT_AT, value_of(line, " b=", hex))) > 0)
        n = VLS_ANCHOR_SLOT_AT + b;
    rc = vls_anchor_read(&a, &slot, vls_slice_of(file, n), store_id, key, &err);
    if (rc != wanted)
        fail_msg("%.60s: %s instead of %s", line, vls_code_name(rc), vls_code_name(wanted));
    if (rc != VLS_OK) {
        assert_int_equal(a.generation, 77); /* untouched */
        assert_int_equal(slot, 9);
        return;
    }
    assert_int_equal(slot, number_of(line, " slot="));
    assert_true(a.generation == number_of(line, " generation="));
    assert_true(a.txn == number_of(line, " txn="));
    assert_true(a.seq == number_of(line, " seq="));
}

static void
vectors_of_another_implementation_agree(void **state)
{
    static const struct {
        const char *word;
        enum vls_code code;
    } verdicts[] = {{"ok ", VLS_OK}, {"none ", VLS_ENOTFOUND}, {"damaged ", VLS_EAUTH}, {"newer ", VLS_EVERSION}};
    FILE *f = fopen(VECTORS, "r");
    char line[8 * HEX_MAX];
    unsigned n[5] = {0};

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++)
            if (strncmp(line, verdicts[i].word, strlen(verdicts[i].word)) == 0) {
                one_file(line, verdicts[i].code);
                n[i]++;
            }
        if (strncmp(line, "words ", 6) == 0) {
            char said[VLS_STATE_WORDS], hex[HEX_MAX + 1];
            uint8_t head[VLS_HASH_LEN];

            assert_int_equal(unhex(head, value_of(line, " head=", hex)), sizeof head);
            vls_state_words(said, strtoull(line + 6, NULL, 10), head);
            for (char *c = said; *c != '\0'; c++)
                if (*c == ' ')
                    *c = '-';
            assert_string_equal(said, value_of(line, " say=", hex));
            n[4]++;
        }
    }
    (void)fclose(f);
    for (size_t i = 0; i < 5; i++)
        assert_true(n[i] >= 3);
}

static void
what_was_sealed_is_read_again(void **state)
{
    struct vls_anchor a = {.generation = 5, .txn = 1u << 30, .seq = 9}, b;
    uint8_t file[VLS_ANCHOR_FILE_LEN] = {0};
    unsigned slot;

    (void)state;
    vls_random(a.head, sizeof a.head);
    vls_random(a.device, sizeof a.device);
    vls_random(a.incarnation, sizeof a.incarnation);
    vls_random(a.envelope, sizeof a.envelope);
    vls_anchor_seal(file + VLS_ANCHOR_SLOT_AT, &a, store_id, key);
    check_ok(vls_anchor_read(&b, &slot, vls_slice_of(file, sizeof file), store_id, key, &err), &err);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(slot, 1);
}

/* LL-04: each bit of a slot turned over, and each length it can be cut to. */
static void
no_changed_bit_and_no_cut_is_believed(void **state)
{
    struct vls_anchor a = {.generation = 5, .txn = 6}, b;
    uint8_t slot_bytes[VLS_ANCHOR_SLOT_LEN];
    unsigned slot, refused = 0;

    (void)state;
    vls_anchor_seal(slot_bytes, &a, store_id, key);
    for (size_t i = 0; i < 8 * sizeof slot_bytes; i++) {
        slot_bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        refused +=
            vls_anchor_read(&b, &slot, vls_slice_of(slot_bytes, sizeof slot_bytes), store_id, key, NULL) != VLS_OK;
        slot_bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t n = 0; n < sizeof slot_bytes; n++) {
        uint8_t *exact = malloc(n + 1); /* one byte too many would be seen */

        assert_non_null(exact);
        memcpy(exact, slot_bytes, n);
        refused += vls_anchor_read(&b, &slot, vls_slice_of(exact, n), store_id, key, NULL) == VLS_ENOTFOUND;
        free(exact);
    }
    assert_int_equal(refused, 9 * sizeof slot_bytes);
    check_ok(vls_anchor_read(&b, &slot, vls_slice_of(slot_bytes, sizeof slot_bytes), store_id, key, &err), &err);
}

static void
words_follow_number_and_head(void **state)
{
    uint8_t head[VLS_HASH_LEN] = {0};
    char a[VLS_STATE_WORDS], b[VLS_STATE_WORDS], c[VLS_STATE_WORDS];

    (void)state;
    vls_state_words(a, 1, head);
    vls_state_words(b, 2, head);
    head[31] = 1;
    vls_state_words(c, 1, head);
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_another_implementation_agree),
        cmocka_unit_test(what_was_sealed_is_read_again),
        cmocka_unit_test(no_changed_bit_and_no_cut_is_believed),
        cmocka_unit_test(words_follow_number_and_head),
    };

    return cmocka_run_group_tests_name("anchor", tests, start, end);
}
