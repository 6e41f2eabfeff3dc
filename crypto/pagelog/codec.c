/*
 * The bytes of the page log: how superblocks, headers, nodes and references are laid out, and how a
 * block is sealed. All numbers are little-endian; whatever a decoder returns has been checked against
 * the limits of the format (PL17), because an authentic block can still be a hostile one.
 */
#include <string.h>

#include "pagelog_int.h"

static const char MAGIC[8] = {'v', 'l', 's', 'p', 'g', 'l', 'o', 'g'};

static const char *const LABEL[PL_KINDS] = {
    [PL_SUPER] = "vls log super", [PL_HEADER] = "vls log header", [PL_PAGE] = "vls log page",
    [PL_LEAF] = "vls log leaf",   [PL_INDEX] = "vls log index",   [PL_SPACE] = "vls log space",
};

#define AAD_LEN 32

static enum vls_code
keys_room(struct pl_keys *k, const uint8_t id[PL_STORE_ID_LEN], struct vls_error *err)
{
    enum vls_code rc;

    memset(k, 0, sizeof *k);
    memcpy(k->store_id, id, PL_STORE_ID_LEN);
    if ((rc = vls_secret_new(&k->all, (size_t)PL_KINDS * VLS_KEY_LEN, err)) != VLS_OK)
        return rc;
    for (size_t kind = 0; kind < PL_KINDS; kind++) {
        k->key[kind].bytes = k->all->bytes + kind * VLS_KEY_LEN;
        k->key[kind].len = VLS_KEY_LEN;
    }
    return VLS_OK;
}

enum vls_code
vls__pl_keys_new(struct pl_keys *k, const struct vls_secret *key, const uint8_t id[PL_STORE_ID_LEN],
                 struct vls_error *err)
{
    struct vls_slice ctx = {id, PL_STORE_ID_LEN};
    enum vls_code rc;

    if (key->len != VLS_KEY_LEN)
        return VLS_FAIL(err, VLS_EFORMAT, "a store key of %zu bytes", key->len);
    if ((rc = keys_room(k, id, err)) != VLS_OK)
        return rc;
    for (int kind = PL_SUPER; kind < PL_KINDS; kind++) /* what vls_kdf does, into our own memory */
        vls_mac(k->key[kind].bytes, VLS_KEY_LEN, LABEL[kind], key, &ctx, 1);
    return VLS_OK;
}

enum vls_code
vls__pl_keys_copy(struct pl_keys *k, const struct pl_keys *from, struct vls_error *err)
{
    enum vls_code rc = keys_room(k, from->store_id, err);

    if (rc == VLS_OK)
        memcpy(k->all->bytes, from->all->bytes, from->all->len);
    return rc;
}

void
vls__pl_keys_clear(struct pl_keys *k)
{
    vls_secret_free(k->all);
    memset(k, 0, sizeof *k);
}

/* The context of a block, fixed width, made in this one place. */
static struct vls_slice
aad_build(uint8_t out[AAD_LEN], const struct pl_keys *k, enum pl_kind kind, uint64_t number)
{
    memcpy(out, k->store_id, PL_STORE_ID_LEN);
    vls_store_le32(out + 16, (uint32_t)VLS_SUITE | (uint32_t)PL_FORMAT << 16);
    vls_store_le32(out + 20, (uint32_t)kind);
    vls_store_le64(out + 24, number);
    return vls_slice_of(out, AAD_LEN);
}

void
vls__pl_seal(uint8_t block[VLS_PAGELOG_BLOCK], const struct pl_keys *k, enum pl_kind kind, uint64_t number,
             const uint8_t *plain)
{
    uint8_t aad[AAD_LEN];
    size_t clear = kind == PL_SUPER ? PL_SUPER_CLEAR : 0;

    if (kind == PL_SUPER)
        vls__pl_super_clear_part(block, k->store_id);
    vls_seal_at(block + clear, block + PL_NONCE_AT, block + PL_TAG_AT, &k->key[kind], LABEL[kind],
                aad_build(aad, k, kind, number), plain, VLS_PAGELOG_PAGE - clear);
}

bool
vls__pl_unseal(uint8_t *out, const struct pl_keys *k, enum pl_kind kind, uint64_t number, const uint8_t *block)
{
    uint8_t aad[AAD_LEN];
    size_t clear = kind == PL_SUPER ? PL_SUPER_CLEAR : 0;

    return vls_unseal_at(out, &k->key[kind], LABEL[kind], aad_build(aad, k, kind, number), block + clear,
                         VLS_PAGELOG_PAGE - clear, block + PL_NONCE_AT, block + PL_TAG_AT);
}

void
vls__pl_ref_put(uint8_t *p, const struct pl_ref *ref)
{
    vls_store_le32(p, ref->block);
    memcpy(p + 4, ref->tag, VLS_TAG_LEN);
}

struct pl_ref
vls__pl_ref_get(const uint8_t *p)
{
    struct pl_ref ref;

    ref.block = vls_load_le32(p);
    memcpy(ref.tag, p + 4, VLS_TAG_LEN);
    return ref;
}

/* Block 1 is a superblock; block 0 stands for nothing and then has no tag. */
static bool
ref_possible(const uint8_t *p)
{
    uint32_t block = vls_load_le32(p);

    return block >= PL_FIRST_BLOCK || (block == 0 && vls_all_zero(p + 4, VLS_TAG_LEN));
}

void
vls__pl_super_clear_part(uint8_t out[PL_SUPER_CLEAR], const uint8_t id[PL_STORE_ID_LEN])
{
    memcpy(out, MAGIC, sizeof MAGIC);
    vls_store_le32(out + 8, (uint32_t)PL_FORMAT | (uint32_t)VLS_SUITE << 16);
    vls_store_le32(out + 12, VLS_PAGELOG_BLOCK);
    memcpy(out + PL_ID_AT, id, PL_STORE_ID_LEN);
}

enum pl_clear
vls__pl_super_look(const uint8_t block[VLS_PAGELOG_BLOCK])
{
    uint32_t versions = vls_load_le32(block + 8);

    if (memcmp(block, MAGIC, sizeof MAGIC) != 0) /* public */
        return PL_CLEAR_OTHER;
    if ((versions & 0xffff) > PL_FORMAT || versions >> 16 > VLS_SUITE)
        return PL_CLEAR_NEWER;
    if (versions != ((uint32_t)PL_FORMAT | (uint32_t)VLS_SUITE << 16) || vls_load_le32(block + 12) != VLS_PAGELOG_BLOCK)
        return PL_CLEAR_OTHER;
    return PL_CLEAR_OURS;
}

void
vls__pl_super_encode(uint8_t out[PL_SUPER_PLAIN], const struct pl_super *s)
{
    memset(out, 0, PL_SUPER_PLAIN);
    vls_store_le64(out, s->generation);
    vls_store_le64(out + 8, s->proven);
    vls_store_le64(out + 16, s->sequence);
    vls_store_le64(out + 24, s->txn);
    memcpy(out + 32, s->head, VLS_HASH_LEN);
    vls_store_le32(out + 64, s->pages);
    vls_store_le32(out + 68, s->next);
    vls_store_le32(out + 72, s->n_root);
    for (uint32_t i = 0; i < s->n_root; i++)
        vls__pl_ref_put(out + 80 + i * PL_REF_LEN, &s->root[i]);
}

enum vls_code
vls__pl_super_decode(struct pl_super *s, const uint8_t in[PL_SUPER_PLAIN], struct vls_error *err)
{
    size_t end;

    memset(s, 0, sizeof *s);
    s->generation = vls_load_le64(in);
    s->proven = vls_load_le64(in + 8);
    s->sequence = vls_load_le64(in + 16);
    s->txn = vls_load_le64(in + 24);
    memcpy(s->head, in + 32, VLS_HASH_LEN);
    s->pages = vls_load_le32(in + 64);
    s->next = vls_load_le32(in + 68);
    s->n_root = vls_load_le32(in + 72);
    if (s->pages > VLS_PAGELOG_PAGES_MAX || s->n_root != vls__pl_indexes(s->pages))
        return VLS_FAIL(err, VLS_EFORMAT, "a superblock of %u pages and %u indexes", (unsigned)s->pages,
                        (unsigned)s->n_root);
    end = 80 + (size_t)s->n_root * PL_REF_LEN;
    if (s->next < PL_FIRST_BLOCK || s->proven < s->txn || !vls_all_zero(in + 76, 4) ||
        !vls_all_zero(in + end, PL_SUPER_PLAIN - end))
        return VLS_FAIL(err, VLS_EFORMAT, "a superblock with impossible fields");
    for (uint32_t i = 0; i < s->n_root; i++) {
        if (!ref_possible(in + 80 + i * PL_REF_LEN))
            return VLS_FAIL(err, VLS_EFORMAT, "a superblock with an impossible reference");
        s->root[i] = vls__pl_ref_get(in + 80 + i * PL_REF_LEN);
    }
    return VLS_OK;
}

void
vls__pl_header_encode(uint8_t out[VLS_PAGELOG_PAGE], const struct pl_header *h)
{
    memset(out, 0, VLS_PAGELOG_PAGE);
    vls_store_le64(out, h->sequence);
    vls_store_le64(out + 8, h->txn);
    vls_store_le32(out + 16, h->flags);
    vls_store_le32(out + 20, h->pages);
    vls_store_le32(out + 24, h->next);
    vls_store_le32(out + 28, h->n_entries);
    memcpy(out + 32, h->previous, VLS_HASH_LEN);
    for (uint32_t i = 0; i < h->n_entries; i++) {
        uint8_t *p = out + 64 + (size_t)i * (4 + PL_REF_LEN);

        vls_store_le32(p, h->entry[i].page);
        vls__pl_ref_put(p + 4, &h->entry[i].ref);
    }
}

enum vls_code
vls__pl_header_decode(struct pl_header *h, const uint8_t in[VLS_PAGELOG_PAGE], struct vls_error *err)
{
    size_t end;

    h->sequence = vls_load_le64(in);
    h->txn = vls_load_le64(in + 8);
    h->flags = vls_load_le32(in + 16);
    h->pages = vls_load_le32(in + 20);
    h->next = vls_load_le32(in + 24);
    h->n_entries = vls_load_le32(in + 28);
    memcpy(h->previous, in + 32, VLS_HASH_LEN);
    if (h->flags > PL_SEAL || h->n_entries > PL_ENTRIES_MAX || h->pages > VLS_PAGELOG_PAGES_MAX)
        return VLS_FAIL(err, VLS_EFORMAT, "a header with flags %u, %u entries, %u pages", (unsigned)h->flags,
                        (unsigned)h->n_entries, (unsigned)h->pages);
    end = 64 + (size_t)h->n_entries * (4 + PL_REF_LEN);
    if ((h->flags == PL_SEAL ? h->next != 0 : h->next < PL_FIRST_BLOCK) || !vls_all_zero(in + end, VLS_PAGELOG_PAGE - end))
        return VLS_FAIL(err, VLS_EFORMAT, "a header with impossible fields");
    for (uint32_t i = 0; i < h->n_entries; i++) {
        const uint8_t *p = in + 64 + (size_t)i * (4 + PL_REF_LEN);

        h->entry[i].page = vls_load_le32(p);
        if ((h->flags == PL_SEAL ? h->entry[i].page != i : h->entry[i].page >= h->pages) || !ref_possible(p + 4))
            return VLS_FAIL(err, VLS_EFORMAT, "a header with an impossible entry for page %u",
                            (unsigned)h->entry[i].page);
        h->entry[i].ref = vls__pl_ref_get(p + 4);
    }
    return VLS_OK;
}

enum vls_code
vls__pl_node_check(const uint8_t in[VLS_PAGELOG_PAGE], uint32_t n_live, struct vls_error *err)
{
    size_t end = (size_t)n_live * PL_REF_LEN;

    if (!vls_all_zero(in + end, VLS_PAGELOG_PAGE - end))
        return VLS_FAIL(err, VLS_EFORMAT, "a map block that refers beyond the last page");
    for (uint32_t i = 0; i < n_live; i++)
        if (!ref_possible(in + i * PL_REF_LEN))
            return VLS_FAIL(err, VLS_EFORMAT, "a map block with an impossible reference");
    return VLS_OK;
}

void
vls__pl_chain(uint8_t head[VLS_HASH_LEN], const uint8_t block[VLS_PAGELOG_BLOCK])
{
    struct vls_slice parts[] = {{head, VLS_HASH_LEN}, {block, VLS_PAGELOG_BLOCK}};
    uint8_t out[VLS_HASH_LEN];

    vls_hash(out, "vls log chain", parts, 2);
    memcpy(head, out, VLS_HASH_LEN);
}
