/*
 * Merges change sets with the real store, in memory, and prints what it shows, keeps and remembers, for run.py to compare
 * with the oracle. Standard input is a row of histories, each a row of items
 *
 *     id 32, compartment 16, length (4 bytes, least significant first), change set
 *
 * in any order, ended by an item of zeros. As in a sync, a change set waits until all its dependencies are here, one
 * that cannot be read is here and carries nothing, and one that is here already is passed over. The compartment whose id
 * begins with 0x0e is not common. Every line ends an answer about one thing; "end" follows each history.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "valise/change.h"
#include "valise/store_write.h"

struct item {
    uint8_t id[VLS_HASH_LEN], compartment[VLS_ID_LEN];
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

/* False at the end of a history; exits when the input is cut. */
static bool
item_read(struct item *it, bool *more)
{
    static const uint8_t zeros[VLS_HASH_LEN];
    uint8_t le[4];

    *it = (struct item){.bytes = NULL};
    *more = get(it->id, sizeof it->id);
    if (!*more)
        return false;
    if (!get(it->compartment, sizeof it->compartment) || !get(le, sizeof le)) {
        fprintf(stderr, "merge_dump: cut input\n");
        exit(1);
    }
    it->len = vls_load_le32(le);
    if (it->len == 0 && memcmp(it->id, zeros, sizeof zeros) == 0)
        return false;
    it->bytes = malloc(it->len + 1u);
    if (it->bytes == NULL || !get(it->bytes, it->len)) {
        fprintf(stderr, "merge_dump: cut input, or no memory\n");
        exit(1);
    }
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
    e.device[0] = e.incarnation[0] = 1;
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
    print_hex(" ", r->value.p, r->value.n);
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
    for (size_t i = 0; i < r->n_rows; i++)
        print_row(&r->rows[i]);
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

    check(vls_store_list(h->store, &all, print_record, NULL, &err), "listing records");
    check(vls_store_conflicts(h->store, print_conflict, NULL, &err), "listing conflicts");
    check(vls_store_state(h->store, NULL, state, &err), "the state");
    printf("state %s\n", state);
    check(vls_store_state(h->store, "own", state, &err), "the state");
    printf("own %s\nend\n", state);
}

int
main(void)
{
    static const uint8_t common[VLS_ID_LEN] = {0xf0}, own[VLS_ID_LEN] = {0x0e};
    struct history h = {.store = NULL};

    check(vls_secret_start(&err), "starting");
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
