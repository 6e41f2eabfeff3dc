/* The key file as its owner uses it: making, opening, changing, recovery. */
#include "keyfile_fixture.h"

static void
a_new_file_opens_with_its_passphrase_only(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], id[VLS_STORE_ID_LEN];
    struct stat st;

    (void)state;
    make("six words or so", &m, image);
    check_ok(try_open("six words or so", m, &info), &err);
    assert_int_equal(info.generation, 1);
    assert_false(info.degraded);
    assert_int_equal(info.passphrase_cost.ops, VLS_ARGON2_FLOOR_OPS);
    assert_int_equal(info.passphrase_cost.kib, VLS_ARGON2_FLOOR_KIB);
    check_ok(vls_keyfile_store_id(id, path, &err), &err);
    assert_memory_equal(id, info.store_id, sizeof id);
    assert_memory_equal(id, image + 16, sizeof id);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 2 * COPY);

    assert_int_equal(try_open("six words or s", NULL, NULL), VLS_ELOCKED);
    assert_int_equal(try_open("six words or so ", NULL, NULL), VLS_ELOCKED);
    assert_int_equal(try_open("Six words or so", NULL, NULL), VLS_ELOCKED);
    assert_non_null(strstr(err.text, path));
    vls_secret_free(m);
}

static void
the_file_shows_no_key_and_not_how_many_slots_are_used(void **state)
{
    struct vls_secret *m, *text;
    uint8_t before[2 * COPY], after[2 * COPY];

    (void)state;
    make("canary passphrase", &m, before);
    check_ok(vls_keyfile_set_recovery(&text, path, m, &err), &err);
    image_get(after);
    assert_null(memmem(after, sizeof after, m->bytes, m->len));
    assert_null(memmem(after, sizeof after, "canary", 6));
    assert_memory_equal(after, after + COPY, COPY);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(vls_load_le32(before + SLOT(i) + 16), VLS_ARGON2_FLOOR_OPS);
        assert_int_equal(vls_load_le32(after + SLOT(i) + 20), VLS_ARGON2_FLOOR_KIB);
        assert_false(sodium_is_zero(before + SLOT(i) + 24, 104));
        if (i != 1) /* only the recovery slot changed */
            assert_memory_equal(before + SLOT(i), after + SLOT(i), 128);
        else
            assert_memory_not_equal(before + SLOT(i), after + SLOT(i), 128);
    }
    vls_secret_free(text);
    vls_secret_free(m);
}

static void
bad_arguments_make_no_file(void **state)
{
    static const struct vls_argon2 bad[] = {{0, 8}, {5, 8}, {1, 7}, {1, 1025}, {UINT32_MAX, 8}, {1, UINT32_MAX}};
    struct vls_secret *p = secret("a passphrase"), *empty, *longest, *m;
    uint8_t id[VLS_STORE_ID_LEN];

    (void)state;
    (void)unlink(path);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(vls_keyfile_create(id, &m, path, p, &bad[i], &err), VLS_EVALUE);
    check_ok(vls_secret_new(&empty, 0, &err), &err);
    assert_int_equal(vls_keyfile_create(id, &m, path, empty, NULL, &err), VLS_EVALUE);
    check_ok(vls_secret_new(&longest, VLS_PASSPHRASE_MAX + 1, &err), &err);
    assert_int_equal(vls_keyfile_create(id, &m, path, longest, NULL, &err), VLS_EVALUE);
    assert_null(m);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(vls_keyfile_create(id, &m, "/nonexistent/keys", p, NULL, &err), VLS_ENOTFOUND);

    longest->len--;
    check_ok(vls_keyfile_create(id, &m, path, longest, NULL, &err), &err);
    vls_secret_free(m);
    assert_int_equal(vls_keyfile_create(id, &m, path, p, NULL, &err), VLS_EEXIST);
    assert_null(m);
    assert_int_equal(vls_keyfile_open(&m, NULL, path, p, &err), VLS_ELOCKED);
    check_ok(vls_keyfile_open(&m, NULL, path, longest, &err), &err);
    vls_secret_free(m);
    vls_secret_free(longest);
    vls_secret_free(empty);
    vls_secret_free(p);
}

static void
what_is_no_key_file_is_refused(void **state)
{
    struct vls_secret *m = NULL;
    uint8_t id[VLS_STORE_ID_LEN], image[2 * COPY];
    char other[128];

    (void)state;
    make("p", NULL, image);
    (void)unlink(path);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ENOSTORE);
    assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_ENOSTORE);

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EFORMAT); /* and does not wait for a writer */
    (void)unlink(path);

    image_put(image, sizeof image);
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EFORMAT);
    (void)unlink(path);
    (void)unlink(other);

    {
        static uint8_t huge[65537];

        image_put(huge, sizeof huge);
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        image_put(huge, 65536);
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        assert_non_null(strstr(err.text, path));
    }
    vls_secret_free(m);
}

static void
costs_in_range_are_kept_and_shown(void **state)
{
    static const struct vls_argon2 cost = {2, 16};
    struct vls_secret *m, *q = secret("q");
    struct vls_keyfile_info info;

    (void)state;
    make("p", &m, NULL);
    check_ok(vls_keyfile_set_passphrase(path, m, q, &cost, &err), &err);
    check_ok(try_open("q", m, &info), &err);
    assert_int_equal(info.passphrase_cost.ops, 2);
    assert_int_equal(info.passphrase_cost.kib, 16);
    vls_secret_free(q);
    vls_secret_free(m);
}

static void
only_the_right_master_key_may_change_it(void **state)
{
    struct vls_secret *m, *wrong, *q = secret("q"), *empty, *text;
    uint8_t before[2 * COPY], after[2 * COPY];
    struct vls_keyfile_info info;
    int fd;

    (void)state;
    make("p", &m, before);
    check_ok(vls_secret_random(&wrong, VLS_MASTER_LEN, &err), &err);
    check_ok(vls_secret_new(&empty, 0, &err), &err);
    assert_int_equal(vls_keyfile_check(&info, path, wrong, &err), VLS_EAUTH);
    assert_int_equal(vls_keyfile_set_passphrase(path, wrong, q, NULL, &err), VLS_EAUTH);
    assert_int_equal(vls_keyfile_set_recovery(&text, path, wrong, &err), VLS_EAUTH);
    assert_null(text);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, empty, NULL, &err), VLS_EVALUE);

    assert_true((fd = open(path, O_RDWR)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, q, NULL, &err), VLS_EBUSY);
    (void)close(fd);
    image_get(after);
    assert_memory_equal(before, after, sizeof after);

    (void)unlink(path);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, q, NULL, &err), VLS_ENOSTORE);
    vls_secret_free(empty);
    vls_secret_free(wrong);
    vls_secret_free(q);
    vls_secret_free(m);
}

static void
a_recovery_code_opens_until_it_is_replaced(void **state)
{
    struct vls_secret *m, *first, *second, *out;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY];

    (void)state;
    make("p", &m, image);
    check_ok(vls_keyfile_set_recovery(&first, path, m, &err), &err);
    assert_int_equal(first->len, VLS_RECOVERY_TEXT);
    check_ok(vls_keyfile_open_recovery(&out, &info, path, first, &err), &err);
    assert_memory_equal(out->bytes, m->bytes, VLS_MASTER_LEN);
    assert_int_equal(info.generation, 2);
    vls_secret_free(out);
    check_ok(try_open("p", m, NULL), &err);

    change(m, "q"); /* leaves the code in force */
    check_ok(vls_keyfile_open_recovery(&out, NULL, path, first, &err), &err);
    vls_secret_free(out);
    check_ok(vls_keyfile_set_recovery(&second, path, m, &err), &err);
    assert_memory_not_equal(first->bytes, second->bytes, 11);
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, first, &err), VLS_ELOCKED);
    assert_non_null(strstr(err.text, "recovery code"));
    assert_null(out);
    check_ok(vls_keyfile_open_recovery(&out, NULL, path, second, &err), &err);
    vls_secret_free(out);

    image_put(image, sizeof image); /* a file without a code */
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_ELOCKED);
    make("p", NULL, NULL); /* another valise */
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_ETRUST);
    second->bytes[3] = '?';
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_EVALUE);
    vls_secret_free(first);
    vls_secret_free(second);
    vls_secret_free(m);
}

static void
each_purpose_and_store_has_a_subkey_of_its_own(void **state)
{
    struct vls_secret *m, *key[2 * VLS_SUBKEY_COUNT];
    uint8_t id[VLS_STORE_ID_LEN] = {7};

    (void)state;
    check_ok(vls_secret_random(&m, VLS_MASTER_LEN, &err), &err);
    for (size_t i = 0; i < 2 * VLS_SUBKEY_COUNT; i++) {
        id[15] = (uint8_t)(i / VLS_SUBKEY_COUNT);
        check_ok(vls_keyfile_subkey(&key[i], m, id, (enum vls_subkey)(i % VLS_SUBKEY_COUNT), &err), &err);
        assert_int_equal(key[i]->len, VLS_KEY_LEN);
        assert_memory_not_equal(key[i]->bytes, m->bytes, VLS_KEY_LEN);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(key[i]->bytes, key[k]->bytes, VLS_KEY_LEN);
    }
    for (size_t i = 0; i < 2 * VLS_SUBKEY_COUNT; i++)
        vls_secret_free(key[i]);
    vls_secret_free(m);
}

/* ---- a file made by another implementation, tests/vectors/make_keyfile.py ---- */

/* The rest of the line that begins with this word. */
static void
vector_line(char *out, size_t cap, const char *word)
{
    FILE *f = fopen("tests/vectors/keyfile.txt", "r"); /* tests run in the project's folder */
    char line[256];
    size_t n = strlen(word);

    assert_non_null(f);
    out[0] = '\0';
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, word, n) == 0 && line[n] == ' ') {
            line[strcspn(line, "\n")] = '\0';
            snprintf(out, cap, "%s", line + n + 1);
        }
    (void)fclose(f);
    assert_true(out[0] != '\0');
}

static void
a_file_of_another_implementation_opens(void **state)
{
    char text[128];
    uint8_t image[2 * COPY], key[VLS_KEY_LEN], id[VLS_STORE_ID_LEN], words[64];
    struct vls_secret *m, *passphrase, *typed, *sub;
    struct vls_keyfile_info info;
    FILE *f = fopen("tests/vectors/keyfile.bin", "rb");

    (void)state;
    assert_non_null(f);
    assert_int_equal(fread(image, 1, sizeof image, f), sizeof image);
    (void)fclose(f);
    image_put(image, sizeof image);

    vector_line(text, sizeof text, "passphrase");
    assert_true(vls_unhex(words, strlen(text) / 2, text));
    check_ok(vls_secret_copy(&passphrase, words, strlen(text) / 2, &err), &err);
    check_ok(vls_keyfile_open(&m, &info, path, passphrase, &err), &err);
    vector_line(text, sizeof text, "master");
    assert_true(vls_unhex(key, sizeof key, text));
    assert_memory_equal(m->bytes, key, sizeof key);
    vector_line(text, sizeof text, "store_id");
    assert_true(vls_unhex(id, sizeof id, text));
    assert_memory_equal(info.store_id, id, sizeof id);
    assert_int_equal(info.generation, 7);
    assert_false(info.degraded);
    assert_int_equal(info.passphrase_cost.ops, 2);
    assert_int_equal(info.passphrase_cost.kib, 16);

    vector_line(text, sizeof text, "pagelog");
    assert_true(vls_unhex(key, sizeof key, text));
    check_ok(vls_keyfile_subkey(&sub, m, id, VLS_SUBKEY_PAGE_LOG, &err), &err);
    assert_memory_equal(sub->bytes, key, sizeof key);
    vls_secret_free(sub);
    vls_secret_free(m);

    vector_line(text, sizeof text, "recovery");
    typed = secret(text);
    check_ok(vls_keyfile_open_recovery(&m, NULL, path, typed, &err), &err);
    vls_secret_free(m);
    vls_secret_free(typed);
    vls_secret_free(passphrase);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_opens_with_its_passphrase_only),
        cmocka_unit_test(the_file_shows_no_key_and_not_how_many_slots_are_used),
        cmocka_unit_test(bad_arguments_make_no_file),
        cmocka_unit_test(what_is_no_key_file_is_refused),
        cmocka_unit_test(costs_in_range_are_kept_and_shown),
        cmocka_unit_test(only_the_right_master_key_may_change_it),
        cmocka_unit_test(a_recovery_code_opens_until_it_is_replaced),
        cmocka_unit_test(each_purpose_and_store_has_a_subkey_of_its_own),
        cmocka_unit_test(a_file_of_another_implementation_opens),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
