/*
 * Who and where: devices with the names of their authors, and compartments with their Lamport counter
 * and the sum of their records' digests. Both are few, and kept in memory while the store is open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define LANES_LEN (2 * VLS_STATE_LANES)
#define NAME_MAX_LEN 256 /* bytes of a compartment's name; the engine writes far shorter ones */

/* ---- devices ---- */

enum vls_code
vls__device_find(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_DEVICE_FIND, err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    return vls__sql_int(&q, 1, INT64_MAX, n, err);
}

enum vls_code
vls__device_n(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__device_find(s, id, n, err);

    if (rc != VLS_OK || *n != 0 || (rc = vls__sql_take(&q, s, VLS__SQL_DEVICE_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    rc = vls__sql_run(&q, NULL, err);
    *n = sqlite3_last_insert_rowid(s->db);
    return rc;
}

enum vls_code
vls_store_device_put(struct vls_store *s, const uint8_t device[VLS_ID_LEN], const char *delegation, const char *post,
                     struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n = 0;
    bool own;
    enum vls_code rc = vls__scope_begin(s, &own, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = vls__device_n(s, device, &n, err)) == VLS_OK &&
        (rc = vls__sql_take(&q, s, VLS__SQL_DEVICE_NAME, err)) == VLS_OK) {
        vls__bind_int(&q, 1, n);
        vls__bind_text(&q, 2, delegation);
        vls__bind_text(&q, 3, post);
        rc = vls__sql_run(&q, NULL, err);
    }
    vls__devices_forget(s);
    return vls__scope_end(s, own, rc, err);
}

void
vls__devices_forget(struct vls_store *s)
{
    for (size_t i = 0; i < s->n_devices; i++) {
        vls_wipe_free_str(s->devices[i].delegation);
        vls_wipe_free_str(s->devices[i].post);
    }
    free(s->devices);
    s->devices = NULL;
    s->n_devices = 0;
    s->have_devices = false;
}

static enum vls_code
devices_load(struct vls_store *s, struct vls_error *err)
{
    struct vls__stmt q;
    size_t cap = 0;
    bool row;
    enum vls_code rc;

    vls__devices_forget(s);
    if ((rc = vls__sql_take(&q, s, VLS__SQL_DEVICES, err)) != VLS_OK)
        return rc;
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        struct vls__device d = {.n = vls__col_int(&q, 0, 1, INT64_MAX)};

        if (!vls_room(&s->devices, &cap, s->n_devices, 1, sizeof *s->devices)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for the authors");
            break;
        }
        d.delegation = strdup(vls__col_text(&q, 1));
        d.post = strdup(vls__col_text(&q, 2));
        s->devices[s->n_devices++] = d;
        if (d.delegation == NULL || d.post == NULL) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for the authors");
            break;
        }
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    s->have_devices = rc == VLS_OK;
    return rc;
}

static int
device_cmp(const void *key, const void *element)
{
    const int64_t *n = key;
    const struct vls__device *d = element;

    return *n < d->n ? -1 : *n > d->n;
}

enum vls_code
vls__device_names(struct vls_store *s, int64_t n, const char **delegation, const char **post, struct vls_error *err)
{
    const struct vls__device *d;
    enum vls_code rc;

    *delegation = *post = "";
    if (!s->have_devices && (rc = devices_load(s, err)) != VLS_OK)
        return rc;
    d = s->n_devices > 0 ? bsearch(&n, s->devices, s->n_devices, sizeof *s->devices, device_cmp) : NULL;
    if (d == NULL) { /* heard of since the copies were made; nobody has named it */
        return VLS_OK;
    }
    *delegation = d->delegation;
    *post = d->post;
    return VLS_OK;
}

/* ---- compartments ---- */

void
vls__compartments_forget(struct vls_store *s)
{
    for (size_t i = 0; i < s->n_compartments; i++)
        vls_wipe_free_str(s->compartments[i].name);
    free(s->compartments);
    s->compartments = NULL;
    s->n_compartments = s->cap_compartments = 0;
    s->have_compartments = false;
}

static void
lanes_encode(uint8_t out[LANES_LEN], const struct vls_state *state)
{
    for (size_t i = 0; i < VLS_STATE_LANES; i++) {
        out[2 * i] = (uint8_t)(state->lane[i] & 0xff);
        out[2 * i + 1] = (uint8_t)(state->lane[i] >> 8);
    }
}

static enum vls_code
compartment_read(struct vls__stmt *q, struct vls__compartment *c, struct vls_error *err)
{
    uint8_t lanes[LANES_LEN];

    c->n = vls__col_int(q, 0, 1, INT64_MAX);
    vls__col_fixed(q, 1, c->id, VLS_ID_LEN);
    c->name = strdup(vls__col_text(q, 2));
    c->common = vls__col_int(q, 3, 0, 1) != 0;
    c->lamport = (uint64_t)vls__col_int(q, 4, 0, INT64_MAX);
    vls__col_fixed(q, 5, lanes, sizeof lanes);
    for (size_t i = 0; i < VLS_STATE_LANES; i++)
        c->state.lane[i] = (uint16_t)(lanes[2 * i] | lanes[2 * i + 1] << 8);
    if (c->name == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a compartment");
    return vls__sql_ok(q, err);
}

enum vls_code
vls__compartments(struct vls_store *s, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if (s->have_compartments)
        return VLS_OK;
    vls__compartments_forget(s);
    if ((rc = vls__sql_take(&q, s, VLS__SQL_COMPARTMENTS, err)) != VLS_OK)
        return rc;
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        struct vls__compartment *more;

        if (!vls_room(&s->compartments, &s->cap_compartments, s->n_compartments, 1, sizeof *more)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a compartment");
            break;
        }
        more = &s->compartments[s->n_compartments++];
        *more = (struct vls__compartment){0};
        if ((rc = compartment_read(&q, more, err)) != VLS_OK)
            break;
    }
    vls__sql_give(&q);
    s->have_compartments = rc == VLS_OK;
    return rc;
}

enum vls_code
vls__compartments_save(struct vls_store *s, struct vls_error *err)
{
    uint8_t lanes[LANES_LEN];
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < s->n_compartments && rc == VLS_OK; i++) {
        struct vls__compartment *c = &s->compartments[i];
        struct vls__stmt q;

        if (!c->dirty)
            continue;
        if ((rc = vls__sql_take(&q, s, VLS__SQL_COMPARTMENT_SAVE, err)) != VLS_OK)
            break;
        lanes_encode(lanes, &c->state);
        vls__bind_int(&q, 1, c->n);
        vls__bind_int(&q, 2, (int64_t)c->lamport);
        vls__bind_blob(&q, 3, lanes, sizeof lanes);
        rc = vls__sql_run(&q, NULL, err);
        c->dirty = rc != VLS_OK;
    }
    return rc;
}

struct vls__compartment *
vls__compartment_by_n(struct vls_store *s, int64_t n)
{
    for (size_t i = 0; i < s->n_compartments; i++)
        if (s->compartments[i].n == n)
            return &s->compartments[i];
    return NULL;
}

enum vls_code
vls__compartment_by_id(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls__compartment **out,
                       struct vls_error *err)
{
    enum vls_code rc = vls__compartments(s, err);
    char hex[2 * VLS_ID_LEN + 1];

    *out = NULL;
    if (rc != VLS_OK)
        return rc;
    for (size_t i = 0; i < s->n_compartments; i++)
        if (memcmp(s->compartments[i].id, id, VLS_ID_LEN) == 0) {
            *out = &s->compartments[i];
            return VLS_OK;
        }
    vls_hex(hex, id, VLS_ID_LEN);
    return VLS_FAIL(err, VLS_ENOTFOUND, "no compartment %s", hex);
}

/* Records that exist in several compartments are shown from another one when this one's place in the
 * order changes. */
static enum vls_code
rehome_twins(struct vls_store *s, struct vls_error *err)
{
    uint8_t id[VLS_ID_LEN];
    size_t len = 0;

    for (;;) {
        struct vls__stmt q;
        bool row;
        enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RECORD_TWINS, err);

        if (rc != VLS_OK)
            return rc;
        vls__bind_blob(&q, 1, id, len);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            vls__col_fixed(&q, 0, id, sizeof id);
            rc = vls__sql_ok(&q, err);
        }
        vls__sql_give(&q);
        if (rc != VLS_OK || !row)
            return rc;
        len = sizeof id;
        if ((rc = vls__rehome(s, id, err)) != VLS_OK)
            return rc;
    }
}

enum vls_code
vls_store_compartment_put(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const char *name, bool common,
                          struct vls_error *err)
{
    static const uint8_t zeros[LANES_LEN];
    struct vls__stmt q;
    bool own, reorder = false;
    enum vls_code rc;

    if (strlen(name) > NAME_MAX_LEN)
        return VLS_FAIL(err, VLS_ELIMIT, "a compartment's name of %zu bytes", strlen(name));
    if ((rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        return rc;
    if ((rc = vls__compartments(s, err)) != VLS_OK || (rc = vls__compartments_save(s, err)) != VLS_OK)
        goto out;
    for (size_t i = 0; i < s->n_compartments; i++)
        if (memcmp(s->compartments[i].id, id, VLS_ID_LEN) == 0)
            reorder = s->compartments[i].common != common;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_COMPARTMENT_PUT, err)) != VLS_OK)
        goto out;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    vls__bind_text(&q, 2, name);
    vls__bind_int(&q, 3, common);
    vls__bind_blob(&q, 4, zeros, sizeof zeros);
    if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK)
        goto out;
    vls__compartments_forget(s);
    if (reorder)
        rc = rehome_twins(s, err);
out:
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_store_compartment_of(struct vls_store *s, const uint8_t record[VLS_ID_LEN], uint8_t out[VLS_ID_LEN],
                         struct vls_error *err)
{
    const struct vls__compartment *c;
    int64_t record_n = 0, n = 0;
    enum vls_code rc;

    if ((rc = vls__compartments(s, err)) != VLS_OK || (rc = vls__record_home(s, record, &record_n, &n, err)) != VLS_OK)
        return rc;
    if (record_n == 0 || (c = vls__compartment_by_n(s, n)) == NULL)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no such record");
    memcpy(out, c->id, VLS_ID_LEN);
    return VLS_OK;
}

enum vls_code
vls_store_originator(struct vls_store *s, const uint8_t record[VLS_ID_LEN], const char **out, struct vls_error *err)
{
    int64_t created = 0;
    struct vls__envelope e;
    struct vls__stmt q;
    const char *post;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RECORD_BY_ID, err);

    *out = "";
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, record, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        if (vls__col_int(&q, 5, 0, 1) == 0) /* the one that is shown */
            created = vls__col_int(&q, 3, 0, INT64_MAX);
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    if (rc != VLS_OK)
        return rc;
    if (created == 0)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no such record");
    if ((rc = vls__envelope_by_n(s, created, &e, err)) != VLS_OK)
        return rc;
    return vls__device_names(s, e.device, out, &post, err);
}

/* ---- the state that people compare ---- */

enum vls_code
vls_store_state(struct vls_store *s, const char *compartment, char out[VLS_STATE_TEXT], struct vls_error *err)
{
    uint8_t sum[VLS_HASH_LEN], before[VLS_HASH_LEN], digest[VLS_HASH_LEN];
    struct vls_slice parts[3] = {{before, sizeof before}, {NULL, VLS_ID_LEN}, {digest, sizeof digest}};
    size_t n = 0;
    enum vls_code rc;

    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = vls__compartments(s, err)) != VLS_OK)
        return rc;
    vls_hash(sum, "valise state txt", NULL, 0);
    for (size_t i = 0; i < s->n_compartments; i++) { /* by id */
        const struct vls__compartment *c = &s->compartments[i];

        if (compartment != NULL ? n > 0 || strcmp(c->name, compartment) != 0 : !c->common)
            continue;
        vls_state_digest(digest, &c->state);
        parts[1].p = c->id;
        memcpy(before, sum, sizeof before);
        vls_hash(sum, "valise state txt", parts, 3);
        n++;
    }
    if (compartment != NULL && n == 0)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no compartment “%s”", compartment);
    (void)snprintf(out, VLS_STATE_TEXT, "%02X%02X-%02X%02X-%02X%02X", sum[0], sum[1], sum[2], sum[3], sum[4], sum[5]);
    return VLS_OK;
}
