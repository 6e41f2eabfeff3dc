/*
 * How a run begins: with a group that somebody has begun already, made once for many runs and copied, or made afresh.
 */
#include "sim.h"

#define N_SHAPES 4

struct shape {
    int delegation[4], n;
    bool history[4];
};

static const struct shape shapes[N_SHAPES] = {
    {{0, 1}, 2, {true, true}},
    {{0, 1, 1}, 3, {true, true, true}},
    {{0, 1, 2, 0}, 4, {true, true, true, true}},
    {{0, 1, 2}, 3, {true, true, false}},
};

struct beginning {
    struct sim s;
    uint8_t *image[SIM_DEVICES];
    size_t n_image[SIM_DEVICES];
};

static struct beginning *beginnings[N_SHAPES];

static void
sim_start(struct sim *s, uint64_t seed, unsigned flags)
{
    uint64_t mix = seed * 0x9e3779b97f4a7c15u;

    memset(s, 0, sizeof *s);
    s->seed = seed;
    s->flags = flags;
    s->random = check_random(&mix);
    s->secrets = check_random(&mix);
    s->pages = check_random(&mix);
    s->now = 1800000000;
    s->doing = "the beginning";
    sim_random_of(s);
}

void
sim_stop(struct sim *s)
{
    for (int i = 0; i < s->n_dev; i++)
        device_free(&s->dev[i]);
    host_free(s->host);
    free(s->rec);
    free(s->value);
    free(s->known);
    sim_random_of(NULL);
}

/* The founder and whoever it admits at once, all with the hub. */
static void
admit_all(struct sim *s, const struct shape *shape)
{
    device_found(s, device_new(s, shape->delegation[0]));
    (void)work_sync(s, &s->dev[0], false);
    for (int i = 1; i < shape->n; i++) {
        struct device *d = device_new(s, shape->delegation[i]), *by = &s->dev[0];
        char number[VLS_SAFETY_TEXT];
        uint64_t shared;

        for (int k = i; k-- > 0;)
            if (s->dev[k].delegation == d->delegation)
                by = &s->dev[k];
        SIM_CHECK(s, device_join(s, d), "an honest hub let nobody in");
        (void)work_sync(s, by, false);
        SIM_OK(s, vls_engine_safety_number(d->e, NULL, number, &s->err));
        SIM_OK(s, vls_engine_admit(by->e, sim_delegation(d->delegation), number, shape->history[i], s->now, &shared,
                                   &s->err));
        d->history = shape->history[i];
        for (int k = 0; k <= i; k++)
            (void)work_sync(s, &s->dev[k], false);
        (void)work_sync(s, d, false);
    }
}

static void
begin_afresh(struct sim *s, const struct shape *shape)
{
    s->host = host_new(s);
    admit_all(s, shape);
}

static const struct beginning *
beginning_of(size_t which)
{
    struct beginning *b = beginnings[which];

    if (b != NULL)
        return b;
    b = calloc(1, sizeof *b);
    assert_non_null(b);
    sim_start(&b->s, 0x626567696eu + which, 0);
    begin_afresh(&b->s, &shapes[which]);
    for (int i = 0; i < 4 * b->s.n_dev; i++)
        work_edit(&b->s, &b->s.dev[i % b->s.n_dev], false);
    for (int i = 0; i < 3 * b->s.n_dev; i++)
        (void)work_sync(&b->s, &b->s.dev[i % b->s.n_dev], false);
    truth_end(&b->s);
    for (int i = 0; i < b->s.n_dev; i++) {
        device_off(&b->s.dev[i]);
        b->image[i] = device_image(&b->s.dev[i], &b->n_image[i]);
    }
    sim_random_of(NULL);
    beginnings[which] = b;
    return b;
}

void
sim_forget(void)
{
    for (size_t i = 0; i < N_SHAPES; i++) {
        struct beginning *b = beginnings[i];

        if (b == NULL)
            continue;
        for (int k = 0; k < b->s.n_dev; k++)
            free(b->image[k]);
        sim_stop(&b->s);
        free(b);
        beginnings[i] = NULL;
    }
}

static void
begin_copied(struct sim *s, const struct beginning *b)
{
    s->host = host_copy(s, b->s.host);
    s->n_tokens = b->s.n_tokens;
    for (size_t i = 0; i < b->s.n_rec; i++) {
        s->rec = sim_room(s->rec, s->n_rec, &s->cap_rec, sizeof *s->rec);
        s->rec[s->n_rec++] = b->s.rec[i];
    }
    for (size_t i = 0; i < b->s.n_value; i++) {
        s->value = sim_room(s->value, s->n_value, &s->cap_value, sizeof *s->value);
        s->value[s->n_value++] = b->s.value[i];
    }
    for (int i = 0; i < b->s.n_dev; i++) {
        const struct device *from = &b->s.dev[i];
        struct device *d = device_new(s, from->delegation);

        vls_secret_free(d->master);
        SIM_OK(s, vls_secret_copy(&d->master, from->master->bytes, from->master->len, &s->err));
        memcpy(d->store_id, from->store_id, sizeof d->store_id);
        d->history = from->history;
        d->begun = true;
        d->stick[0] = true;
        device_load(d, b->image[i], b->n_image[i]);
    }
}

void
sim_begin(struct sim *s, uint64_t seed, unsigned flags)
{
    size_t which = (size_t)(seed % N_SHAPES);
    const struct beginning *b = NULL;

    if (seed % 16 != 15)
        b = beginning_of(which);
    sim_start(s, seed, flags);
    if (b != NULL)
        begin_copied(s, b);
    else
        begin_afresh(s, &shapes[which]);
    s->most_dev = s->n_dev + (int)sim_below(s, (flags & SIM_LONG) != 0 ? SIM_DEVICES : 3);
    if (s->most_dev > SIM_DEVICES)
        s->most_dev = SIM_DEVICES;
}
