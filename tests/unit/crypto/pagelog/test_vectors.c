/*
 * A page log made by another implementation, tests/vectors/make_pagelog.py: read whole, in every state that a cut
 * leaves it in, and refused in every way that the format says (PL8 to PL21). What opens is written, too, and opens
 * again.
 */
#include "memio.h"
#include "model.h"

#define CASES_LEAST 80

static struct memio disk;
static struct vls_secret *key, *other_key;
static uint8_t *bytes, *patched; /* all blocks of the file; the store of one case */
static size_t n_blocks, n_store;
static char text[16384]; /* of pagelog.txt */

static char *
rest_of(const char *word)
{
    static char line[160];
    size_t n = strlen(word);

    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1)
        if (strncmp(p, word, n) == 0 && p[n] == ' ') {
            (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(p + n + 1, "\n"), p + n + 1);
            return line;
        }
    fail_msg("no %s", word);
    return NULL;
}

static struct vls_secret *
key_of(const char *word)
{
    struct vls_secret *k = NULL;
    struct vls_error err = {0};
    uint8_t raw[VLS_KEY_LEN];

    assert_true(vls_unhex(raw, sizeof raw, rest_of(word)));
    check_ok(vls_secret_copy(&k, raw, sizeof raw, &err), &err);
    return k;
}

static int
setup(void **state)
{
    struct vls_error err = {0};
    FILE *f = fopen("tests/vectors/pagelog.txt", "r"); /* tests run in the project's folder */
    size_t n;

    (void)state;
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    assert_true(n > 0 && n < sizeof text - 1);
    (void)fclose(f);
    assert_non_null(f = fopen("tests/vectors/pagelog.bin", "rb"));
    assert_non_null(bytes = malloc((size_t)256 * VLS_PAGELOG_BLOCK));
    n_blocks = fread(bytes, VLS_PAGELOG_BLOCK, 256, f);
    (void)fclose(f);
    n_store = strtoul(rest_of("blocks"), NULL, 10);
    assert_true(n_store >= 3 && n_store < n_blocks && n_blocks < 256);
    assert_non_null(patched = malloc((n_store + 1) * VLS_PAGELOG_BLOCK));
    check_ok(vls_secret_start(&err), &err);
    key = key_of("key");
    other_key = key_of("other_key");
    memio_init(&disk);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    memio_clear(&disk);
    vls_secret_free(key);
    vls_secret_free(other_key);
    free(bytes);
    free(patched);
    return 0;
}

/* One change of the store; size and key with it. */
static void
patch(const char *word, size_t *size, const struct vls_secret **with)
{
    unsigned long to, from;
    char *end;

    if (strcmp(word, "key=other") == 0) {
        *with = other_key;
    } else if (sscanf(word, "cut=%lu", &from) == 1) {
        *size = from * VLS_PAGELOG_BLOCK;
    } else if (sscanf(word, "more=%lu", &from) == 1) {
        memset(patched + *size, 0x5a, from);
        *size += from;
    } else {
        to = strtoul(word, &end, 10);
        assert_true(to < n_store);
        if (*end == '^') {
            from = strtoul(end + 1, NULL, 10);
            assert_true(from < VLS_PAGELOG_BLOCK);
            patched[to * VLS_PAGELOG_BLOCK + from] ^= 2;
        } else if (strcmp(end, "=zero") == 0) {
            memset(patched + to * VLS_PAGELOG_BLOCK, 0, VLS_PAGELOG_BLOCK);
        } else {
            from = strtoul(end + 1 + (end[1] == 'x'), NULL, 10) + (end[1] == 'x' ? n_store : 0);
            assert_true(*end == '=' && from < n_blocks);
            memcpy(patched + to * VLS_PAGELOG_BLOCK, bytes + from * VLS_PAGELOG_BLOCK, VLS_PAGELOG_BLOCK);
        }
    }
}

/* Transaction, size, head, pages and holes are those of the named state. */
static void
state_is(struct vls_pagelog *log, const char *name, const char *where)
{
    uint8_t page[VLS_PAGELOG_BLOCK], hash[VLS_HASH_LEN], want[VLS_HASH_LEN];
    char word[40], hex[65];
    struct vls_error err = {0};
    unsigned long long txn;
    uint64_t found_txn;
    unsigned pages, number, seen = 0;

    (void)snprintf(word, sizeof word, "state %s", name);
    assert_int_equal(sscanf(rest_of(word), "txn %llu pages %u head %64s", &txn, &pages, hex), 3);
    vls_pagelog_head(log, &found_txn, hash);
    assert_true(vls_unhex(want, sizeof want, hex));
    if (found_txn != txn || vls_pagelog_pages(log) != pages || memcmp(hash, want, sizeof want) != 0)
        fail_msg("%s: transaction %llu of %u pages", where, (unsigned long long)found_txn, vls_pagelog_pages(log));
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1) {
        bool hole = strncmp(p, "hole ", 5) == 0;

        if ((!hole && strncmp(p, "page ", 5) != 0) || sscanf(p + 5, "%39s %u %64s", word, &number, hex) < 2 ||
            strcmp(word, name) != 0)
            continue;
        check_ok(vls_pagelog_get(log, number, page, &err), &err);
        vls_hash1(hash, "test page", page, VLS_PAGELOG_PAGE);
        if (hole)
            memset(want, 0, sizeof want);
        else
            assert_true(vls_unhex(want, sizeof want, hex));
        if (hole ? memcmp(page, (const uint8_t[VLS_PAGELOG_BLOCK]){0}, sizeof page) != 0
                 : memcmp(hash, want, sizeof want) != 0)
            fail_msg("%s: page %u is another", where, number);
        seen++;
    }
    assert_true(seen >= 4);
}

/* It can be written, so often that freed blocks are used again, and what was there stays. */
static void
goes_on(struct vls_pagelog *log)
{
    static const uint8_t plain[VLS_PAGELOG_PAGE] = {7};
    struct vls_error err = {0};
    uint8_t page[VLS_PAGELOG_BLOCK];
    uint32_t end = vls_pagelog_pages(log);

    check_ok(vls_pagelog_verify(log, &err), &err);
    for (uint32_t i = 0; i < 12; i++) {
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls_pagelog_put(log, end + i % 2, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
    }
    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    check_ok(vls_pagelog_get(log, end, page, &err), &err);
    assert_memory_equal(page, plain, sizeof plain);
    vls_pagelog_close(log);
}

/* The result that a case promises: "open:…", "refused:…", "page:N:…", "verify:…". */
static void
judge(const char *name, const char *result, const struct vls_secret *with)
{
    const char *what = strchr(result, ':');
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint8_t page[VLS_PAGELOG_BLOCK];
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", with, 0, &err);

    assert_non_null(what);
    what++;
    if (strncmp(result, "refused:", 8) == 0) {
        if (rc == VLS_OK || strcmp(vls_code_name(rc), what) != 0)
            fail_msg("%s: %s instead of %s: %s", name, vls_code_name(rc), what, err.text);
        assert_null(log);
        return;
    }
    if (rc != VLS_OK)
        fail_msg("%s: %s", name, err.text);
    if (strncmp(result, "open:", 5) == 0) {
        state_is(log, what, name);
        goes_on(log);
        return;
    }
    if (strncmp(result, "page:", 5) == 0) {
        char *end;

        rc = vls_pagelog_get(log, (uint32_t)strtoul(what, &end, 10), page, &err);
        what = end + 1;
        assert_memory_equal(page, ((const uint8_t[VLS_PAGELOG_BLOCK]){0}), sizeof page);
        if (strcmp(vls_code_name(rc), what) == 0)
            rc = vls_pagelog_verify(log, &err);
    } else {
        rc = vls_pagelog_verify(log, &err);
    }
    if (strcmp(vls_code_name(rc), what) != 0)
        fail_msg("%s: %s instead of %s: %s", name, vls_code_name(rc), what, err.text);
    vls_pagelog_close(log);
}

static void
every_case_of_another_implementation_comes_out_as_it_says(void **state)
{
    unsigned n = 0, opened = 0;

    (void)state;
    for (const char *p = text; *p != '\0'; p += strcspn(p, "\n") + 1) {
        const struct vls_secret *with = key;
        size_t size = n_store * VLS_PAGELOG_BLOCK;
        char line[256], *name, *result, *word, *at = NULL;

        if (strncmp(p, "case ", 5) != 0)
            continue;
        (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
        memcpy(patched, bytes, size);
        (void)strtok_r(line, " ", &at);
        name = strtok_r(NULL, " ", &at);
        (void)strtok_r(NULL, " ", &at); /* the rule, for people */
        result = strtok_r(NULL, " ", &at);
        assert_non_null(result);
        while ((word = strtok_r(NULL, " ", &at)) != NULL)
            patch(word, &size, &with);
        memio_load(&disk, "store", patched, size);
        judge(name, result, with);
        n++;
        opened += strncmp(result, "open:", 5) == 0;
    }
    print_message("# %u cases, %u of them open\n", n, opened);
    assert_true(n >= CASES_LEAST && opened >= 15 && n - opened > 3 * opened / 2);
}

static void
what_it_says_of_the_blocks_in_use_is_believed(void **state)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    (void)state;
    memio_load(&disk, "store", bytes, n_store * VLS_PAGELOG_BLOCK);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(vls_pagelog_begin(log, &err), &err);
    assert_true(log->space_told); /* PL21 */
    vls_pagelog_rollback(log);
    check_ok(vls_pagelog_verify(log, &err), &err);
    vls_pagelog_close(log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_of_another_implementation_comes_out_as_it_says),
        cmocka_unit_test(what_it_says_of_the_blocks_in_use_is_believed),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
