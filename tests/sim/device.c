/*
 * Laptops: a disk in memory, a clock that is wrong, and a store that is opened, cut off and put back. Key files
 * are left out: a laptop's master key is kept by the simulator, as the unlock cache would.
 */
#include "sim.h"

#include "tests/unit/crypto/pagelog/memio.h"

#define YEAR (365.25 * 86400)

static const char *const delegations[SIM_DELEGATIONS] = {SIM_PLANT " Ireland", SIM_PLANT " Croatia", SIM_PLANT " Kenya",
                                                         SIM_PLANT " Chile"};

const char *
sim_delegation(int i)
{
    return delegations[i];
}

struct vls_places
device_places(struct sim *s, struct device *d)
{
    (void)s;
    return (struct vls_places){
        .data = d->data, .state = d->data, .courier = d->courier, .io = &d->disk->io, .carrier = &host_carrier};
}

int64_t
device_clock(const struct sim *s, const struct device *d)
{
    return s->now + d->clock;
}

struct device *
device_new(struct sim *s, int delegation)
{
    struct device *d;

    if (s->n_dev == SIM_DEVICES)
        return NULL;
    d = &s->dev[s->n_dev];
    memset(d, 0, sizeof *d);
    d->no = s->n_dev++;
    d->delegation = delegation;
    (void)snprintf(d->courier, sizeof d->courier, "%d", d->no);
    (void)snprintf(d->data, sizeof d->data, "/simulated/%d", d->no);
    (void)snprintf(d->post, sizeof d->post, SIM_PLANT " post %d", d->no);
    d->disk = malloc(sizeof *d->disk);
    assert_non_null(d->disk);
    memio_init(d->disk);
    d->clock = (int64_t)(((double)sim_below(s, 80) - 40) * YEAR);
    SIM_OK(s, vls_secret_random(&d->master, VLS_MASTER_LEN, &s->err));
    vls_random(d->store_id, sizeof d->store_id);
    return d;
}

void
device_free(struct device *d)
{
    vls_engine_close(d->e);
    if (d->disk != NULL)
        memio_clear(d->disk);
    free(d->disk);
    free(d->copy);
    vls_secret_free(d->master);
}

enum vls_code
device_try_on(struct sim *s, struct device *d)
{
    struct vls_places p = device_places(s, d);

    return d->e != NULL ? VLS_OK : vls__engine_open_by_id(&d->e, &p, d->store_id, d->master, &s->err);
}

struct vls_engine *
device_on(struct sim *s, struct device *d)
{
    SIM_OK(s, device_try_on(s, d));
    return d->e;
}

void
device_off(struct device *d)
{
    vls_engine_close(d->e);
    d->e = NULL;
}

bool
device_member(const struct device *d)
{
    return d->e != NULL && vls_engine_me(d->e)->admitted;
}

void
device_break(struct sim *s, struct device *d, unsigned long n, bool full)
{
    (void)s;
    d->disk->fired = 0;
    d->disk->fail_at = d->disk->calls + (long)n;
    d->disk->fail_errno = full ? ENOSPC : EIO;
    d->disk->fail_always = 1;
    d->disk->fail_writes_only = full;
    d->disk->torn_write = !full && n % 2 == 0;
}

bool
device_broke(const struct device *d)
{
    return d->disk->fired > 0;
}

void
device_aside(struct device *d, bool on)
{
    d->disk->aside = on;
}

void
device_mend(struct device *d)
{
    d->disk->fail_at = d->disk->fail_always = d->disk->fail_writes_only = 0;
    d->disk->fired = 0;
}

void
device_power_cut(struct sim *s, struct device *d)
{
    /* the process is gone at once: what it would still do when it closes must not reach the disk */
    if (!device_broke(d))
        device_break(s, d, 1, false);
    device_off(d);
    memio_power_cut(d->disk, check_random, &s->random);
    device_mend(d);
}

static struct memio_file *
store_file(const struct device *d)
{
    char path[64];

    (void)snprintf(path, sizeof path, "%s/store", d->data);
    return memio_named(d->disk, path);
}

const uint8_t *
device_disk(const struct device *d, size_t *n)
{
    const struct memio_file *f = store_file(d);

    *n = f != NULL ? f->n_now : 0;
    return f != NULL ? f->now : NULL;
}

uint8_t *
device_image(const struct device *d, size_t *n)
{
    const uint8_t *p = device_disk(d, n);
    uint8_t *copy = malloc(*n + 1);

    assert_null(d->e);
    assert_non_null(copy);
    if (*n > 0)
        memcpy(copy, p, *n);
    return copy;
}

void
device_load(struct device *d, const uint8_t *image, size_t n)
{
    char path[64];

    assert_null(d->e);
    (void)snprintf(path, sizeof path, "%s/store", d->data);
    memio_clear(d->disk);
    memio_load(d->disk, path, image, n);
}

/* ---- beginning ---- */

static struct vls_engine *
begin(struct sim *s, struct device *d, const struct vls_new *n)
{
    struct vls_places p = device_places(s, d);
    struct vls_engine *e = NULL;
    char store[64];

    (void)snprintf(store, sizeof store, "%s/store", d->data);
    SIM_OK(s, vls__engine_new(&e, &p, &s->err));
    SIM_OK(s, vls__engine_make(e, store, d->store_id, d->master, n, &s->err));
    return e;
}

void
device_found(struct sim *s, struct device *d)
{
    struct vls_new n = {.title = SIM_PLANT " focal points",
                        .delegation = delegations[d->delegation],
                        .post = d->post,
                        .now_unix = device_clock(s, d)};

    d->e = begin(s, d, &n);
    SIM_OK(s, vls__engine_make_founder(d->e, &n, &s->err));
    d->begun = d->history = true;
    SIM_OK(s, vls_engine_remote_add(d->e, "stick", "/simulated-hub/0", true, &s->err));
    d->stick[0] = true;
}

bool
device_join(struct sim *s, struct device *d)
{
    struct vls_places p = device_places(s, d);
    struct vls_new n = {.delegation = delegations[d->delegation],
                        .post = d->post,
                        .remote_url = "/simulated-hub/0",
                        .remote_name = "stick",
                        .now_unix = device_clock(s, d)};
    struct vls_door door;

    if (vls__engine_knock(&door, &p, n.remote_url, &s->err) != VLS_OK)
        return false;
    d->e = begin(s, d, &n);
    if (vls__engine_make_newcomer(d->e, &n, &door, &s->err) != VLS_OK) {
        /* as init and join do: what fails leaves nothing */
        device_off(d);
        memio_clear(d->disk);
        return false;
    }
    d->begun = d->stick[0] = true;
    return true;
}

struct device *
sim_member(struct sim *s)
{
    for (int tries = 0; tries < 20; tries++) {
        struct device *d = &s->dev[sim_below(s, (size_t)s->n_dev)];

        if (d->begun && device_on(s, d) != NULL && device_member(d))
            return d;
    }
    (void)device_on(s, &s->dev[0]);
    return &s->dev[0];
}
