/*
 * Merges change sets with the real store, in memory, and prints what it shows, keeps and remembers, for run.py to
 * compare with the oracle. Standard input is a row of histories, each a row of items
 *
 *     id 32, compartment 16, device 16, incarnation 16, length (4 bytes, least significant first), change set
 *
 * in any order, ended by an item of zeros. As in a sync, a change set waits until all its dependencies are here, one
 * that cannot be read is here and carries nothing, and one that is here already is passed over. The compartment whose
 * id begins with 0x0e is not common. Every line is an answer about one thing; "end" follows each history, and is
 * flushed.
 *
 * With the argument "registers" a row is one register: policy, type and flags of its field, its terms, its rivals; the
 * answer is how they are judged. With "paragraphs" it is a number of texts, the base first; the answer is the merged
 * text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "valise/change.h"
#include "valise/merge.h"
#include "valise/store_write.h"

struct item {
    uint8_t id[VLS_HASH_LEN], compartment[VLS_ID_LEN], device[VLS_ID_LEN], incarnation[VLS_ID_LEN];
    uint8_t *bytes;
    uint32_t len;
};

struct history {
    struct item *item;
    size_t n, cap;
    struct vls_store *store;
};

static struct vls_error err;

static void
check(enum vls_code rc, const char *what)
{
    if (rc == VLS_OK)
        return;
    fprintf(stderr, "merge_dump: %s: %s\n", what, err.text);
    exit(1);
}

/* ---- reading ---- */

static bool
get(void *p, size_t n)
{
    return n == 0 || fread(p, 1, n, stdin) == n;
}

static void
must_get(void *p, size_t n)
{
    if (!get(p, n)) {
        fprintf(stderr, "merge_dump: cut input\n");
        exit(1);
    }
}

static uint32_t
must_get_le32(void)
{
    uint8_t le[4];

    must_get(le, sizeof le);
    return vls_load_le32(le);
}

static uint8_t *
must_get_bytes(uint32_t n)
{
    uint8_t *p = malloc(n + 1u);

    if (p == NULL) {
        fprintf(stderr, "merge_dump: no memory\n");
        exit(1);
    }
    must_get(p, n);
    return p;
}

/* False at the end of a history, more telling whether it was not that of the input. */
static bool
item_read(struct item *it, bool *more)
{
    static const uint8_t zeros[VLS_HASH_LEN];

    *it = (struct item){.bytes = NULL};
    *more = get(it->id, sizeof it->id);
    if (!*more)
        return false;
    must_get(it->compartment, sizeof it->compartment);
    must_get(it->device, sizeof it->device);
    must_get(it->incarnation, sizeof it->incarnation);
    it->len = must_get_le32();
    if (it->len == 0 && memcmp(it->id, zeros, sizeof zeros) == 0)
        return false;
    it->bytes = must_get_bytes(it->len);
    return true;
}

static bool
history_read(struct history *h)
{
    struct item it;
    bool more;

    while (item_read(&it, &more)) {
        if (h->n == h->cap) {
            h->cap = h->cap * 2 + 64;
            h->item = realloc(h->item, h->cap * sizeof *h->item);
            if (h->item == NULL)
                exit(1);
        }
        h->item[h->n++] = it;
    }
    return more;
}

static void
history_clear(struct history *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->item[i].bytes);
    free(h->item);
    vls_store_close(h->store);
    *h = (struct history){.store = NULL};
}

/* ---- merging ---- */

static bool
is_here(struct vls_store *s, const uint8_t *id)
{
    enum vls_envelope_state state;
    bool found;

    check(vls_store_envelope_find(s, id, &found, &state, &err), "finding an envelope");
    return found;
}

static void
put(struct vls_store *s, const struct item *it, enum vls_envelope_state state, uint64_t seq)
{
    struct vls_stored_envelope e = {.seq = seq, .kind = 1, .wall_unix_s = 1800000000, .state = state, .why = ""};

    memcpy(e.id, it->id, sizeof e.id);
    memcpy(e.device, it->device, sizeof e.device);
    memcpy(e.incarnation, it->incarnation, sizeof e.incarnation);
    e.bytes = vls_slice_of(it->bytes, it->len);
    check(vls_store_envelope_put(s, &e, &err), "keeping an envelope");
}

/* True when something came of it: it is applied, or known never to be. */
static bool
deliver(struct vls_store *s, const struct item *it, uint64_t seq)
{
    struct vls_slice bytes = vls_slice_of(it->bytes, it->len);
    struct vls_change c;

    if (vls_change_open(&c, bytes, &err) != VLS_OK) {
        put(s, it, err.code == VLS_EVERSION ? VLS_ENV_UNREADABLE : VLS_ENV_REFUSED, seq);
        return true;
    }
    for (size_t i = 0; i < c.n_deps; i++)
        if (!is_here(s, vls_change_dep(&c, i)))
            return false;
    put(s, it, VLS_ENV_DONE, seq);
    check(vls_store_apply(s, it->id, it->compartment, bytes, &err), "applying a change set");
    return true;
}

/* Commits now and then, so that records are judged in between too. */
static void
history_merge(struct history *h)
{
    uint64_t seq = 1;
    bool moved = true;

    check(vls_store_begin(h->store, &err), "beginning");
    while (moved) {
        moved = false;
        for (size_t i = 0; i < h->n; i++) {
            if (is_here(h->store, h->item[i].id) || !deliver(h->store, &h->item[i], seq))
                continue;
            moved = true;
            if (++seq % 7 == 0) {
                check(vls_store_commit(h->store, &err), "committing");
                check(vls_store_begin(h->store, &err), "beginning");
            }
        }
    }
    check(vls_store_commit(h->store, &err), "committing");
}

/* ---- printing ---- */

static void
print_hex(const char *before, const uint8_t *p, size_t n)
{
    fputs(before, stdout);
    if (n == 0)
        putchar('-');
    for (size_t i = 0; i < n; i++)
        printf("%02x", p[i]);
}

/* What became of each change set, in the order in which they came first. */
static void
print_verdicts(struct history *h)
{
    static const char *const words[] = {
        [VLS_ENV_DONE] = "applied", [VLS_ENV_REFUSED] = "refused", [VLS_ENV_UNREADABLE] = "newer"};
    enum vls_envelope_state state;
    bool found, again;

    for (size_t i = 0; i < h->n; i++) {
        again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = memcmp(h->item[i].id, h->item[j].id, sizeof h->item[i].id) == 0;
        if (again)
            continue;
        check(vls_store_envelope_find(h->store, h->item[i].id, &found, &state, &err), "finding an envelope");
        print_hex("set ", h->item[i].id, sizeof h->item[i].id);
        printf(" %s\n", found ? words[state] : "waits");
    }
}

static void
print_row(const struct vls_row *r)
{
    static const char *const states[] = {"shown", "kept", "past"};

    printf("%s %u", states[r->state], (unsigned)r->field);
    print_hex(" ", r->key.p, r->key.n);
    print_hex(" ", r->dot.change, sizeof r->dot.change);
    printf(":%u", (unsigned)r->dot.op);
    if (r->type == VLS_OP_REMOVE)
        printf(" removal");
    else if (r->state == VLS_ROW_PAST) {
        print_hex(" by ", r->by.change, sizeof r->by.change);
        printf(":%u", (unsigned)r->by.op);
    } else
        printf(" attention %d", (int)r->attention);
    printf(" lamport %llu class %d", (unsigned long long)r->lamport, (int)r->cite);
    print_hex(" ", r->cite_text.p, r->cite_text.n);
    print_hex(" ", r->reason.p, r->reason.n);
    print_hex(" ", vls_row_typed(r).p, vls_row_typed(r).n);
    putchar('\n');
}

/* Behind the register's live rows: what its texts were merged to. */
static void
print_merged(const struct vls_record *r, size_t i)
{
    struct vls_slice text;
    size_t first = i;
    struct vls_cbor c;

    while (first > 0 && r->rows[first - 1].field == r->rows[i].field &&
           vls_slice_eq(r->rows[first - 1].key, r->rows[i].key))
        first--;
    if (r->rows[first].typed.n == 0 ||
        (i + 1 < r->n_rows && r->rows[i + 1].field == r->rows[i].field && r->rows[i + 1].state != VLS_ROW_PAST &&
         vls_slice_eq(r->rows[i + 1].key, r->rows[i].key)))
        return;
    c = vls_cbor_of(r->rows[first].value);
    printf("merged %u", (unsigned)r->rows[first].field);
    if (vls_value_emptied(r->rows[first].value)) {
        puts(" -");
        return;
    }
    text = vls_cbor_text(&c);
    print_hex(" ", text.p, text.n);
    putchar('\n');
}

static enum vls_code
print_record(void *ctx, const struct vls_record *r, struct vls_error *e)
{
    (void)ctx;
    (void)e;
    print_hex("record ", r->id, sizeof r->id);
    print_hex(" in ", r->compartment, sizeof r->compartment);
    printf(" kind %u withdrawn %d\n", (unsigned)r->kind_no, r->withdrawn);
    for (size_t i = 0; i < r->n_rows; i++) {
        print_row(&r->rows[i]);
        if (r->rows[i].state != VLS_ROW_PAST)
            print_merged(r, i);
    }
    return VLS_OK;
}

static enum vls_code
print_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *e)
{
    (void)ctx;
    (void)e;
    print_hex("conflict ", c->id, sizeof c->id);
    print_hex(" ", c->record, sizeof c->record);
    printf(" %u", (unsigned)c->field);
    print_hex(" ", c->key.p, c->key.n);
    printf(" attention %d\n", (int)c->attention);
    return VLS_OK;
}

static void
history_print(struct history *h)
{
    struct vls_filter all = {.withdrawn = true, .load = VLS_LOAD_PAST};
    char state[VLS_STATE_TEXT];

    print_verdicts(h);
    check(vls_store_list(h->store, &all, print_record, NULL, &err), "listing records");
    check(vls_store_conflicts(h->store, print_conflict, NULL, &err), "listing conflicts");
    check(vls_store_state(h->store, NULL, state, &err), "the state");
    printf("state %s\n", state);
    check(vls_store_state(h->store, "own", state, &err), "the state");
    printf("own %s\nend\n", state);
    fflush(stdout);
}

/* ---- registers ---- */

#define TERMS_MAX  16
#define RIVALS_MAX 256
#define TEXTS_MAX  128

static uint32_t
must_get_count(uint32_t max)
{
    uint32_t n = must_get_le32();

    if (n > max) {
        fprintf(stderr, "merge_dump: %u are too many\n", (unsigned)n);
        exit(1);
    }
    return n;
}

/* A length and as many bytes, kept until the program ends its answer. */
static struct vls_slice
must_get_slice(uint8_t **keep)
{
    uint32_t len = must_get_le32();

    *keep = must_get_bytes(len);
    return vls_slice_of(*keep, len);
}

static void
judge_one(uint32_t policy)
{
    struct vls_term term[TERMS_MAX];
    struct vls_field field = {.no = 1, .name = "field", .policy = (enum vls_policy)policy, .terms = term};
    static struct vls_rival rival[RIVALS_MAX];
    static uint8_t *keep[TERMS_MAX + RIVALS_MAX];
    uint8_t record[VLS_ID_LEN] = {1}, id[VLS_ID_LEN], le64[8];
    struct vls_verdict v;
    size_t n_keep = 0, n;

    field.type = (enum vls_type)must_get_le32();
    field.flags = must_get_le32();
    field.n_terms = must_get_count(TERMS_MAX);
    for (size_t i = 0; i < field.n_terms; i++) {
        struct vls_slice name = must_get_slice(&keep[n_keep]);

        keep[n_keep][name.n] = 0; /* one more than its length was asked for */
        term[i] = (struct vls_term){.name = (const char *)keep[n_keep++]};
    }
    n = must_get_count(RIVALS_MAX);
    for (size_t i = 0; i < n; i++) {
        must_get(rival[i].dot.change, sizeof rival[i].dot.change);
        rival[i].dot.op = must_get_le32();
        must_get(le64, sizeof le64);
        rival[i].lamport = vls_load_le64(le64);
        rival[i].cite = (enum vls_cite)must_get_le32();
        rival[i].value = must_get_slice(&keep[n_keep++]);
    }
    vls_merge(&v, &field, rival, n);
    for (size_t i = 0; i < n; i++) {
        print_hex(i < v.n_shown ? "shown " : "kept ", rival[i].dot.change, sizeof rival[i].dot.change);
        printf(":%u\n", (unsigned)rival[i].dot.op);
    }
    vls_conflict_id(id, record, field.no, vls_slice_of("k", 1), rival, n);
    printf("attention %d permanent %d", (int)v.attention, vls_merge_permanent(&field));
    print_hex(" ", id, sizeof id);
    printf("\nend\n");
    while (n_keep > 0)
        free(keep[--n_keep]);
}

static void
merge_prose(uint32_t n)
{
    struct vls_slice text[TEXTS_MAX];
    uint8_t *keep[TEXTS_MAX];
    struct vls_buf out;
    size_t n_clashes;

    if (n < 2 || n > TEXTS_MAX)
        exit(1);
    for (uint32_t i = 0; i < n; i++)
        text[i] = must_get_slice(&keep[i]);
    vls_buf_init(&out, VLS_TEXT_MAX);
    check(vls_merge_paragraphs(&out, &n_clashes, text[0], text + 1, n - 1, NULL, NULL, &err), "merging paragraphs");
    printf("clashes %zu", n_clashes);
    print_hex(" ", out.p, out.n);
    printf("\nend\n");
    vls_buf_clear(&out);
    for (uint32_t i = 0; i < n; i++)
        free(keep[i]);
}

/* Row after row, each begins with a number. */
static void
each_row(void (*answer)(uint32_t))
{
    uint8_t le[4];

    while (get(le, sizeof le)) {
        answer(vls_load_le32(le));
        fflush(stdout);
    }
}

int
main(int argc, char **argv)
{
    static const uint8_t common[VLS_ID_LEN] = {0xf0}, own[VLS_ID_LEN] = {0x0e};
    struct history h = {.store = NULL};

    check(vls_secret_start(&err), "starting");
    if (argc == 2) {
        each_row(strcmp(argv[1], "registers") == 0 ? judge_one : merge_prose);
        return 0;
    }
    while (history_read(&h)) {
        check(vls_store_memory(&h.store, &err), "a store in memory");
        check(vls_store_compartment_put(h.store, common, "focal-points", true, &err), "a compartment");
        check(vls_store_compartment_put(h.store, own, "own", false, &err), "a compartment");
        history_merge(&h);
        history_print(&h);
        history_clear(&h);
    }
    history_clear(&h);
    return 0;
}
